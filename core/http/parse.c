/* parse.c - from bytes to one checked request: llhttp, and our refusals on top of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * llhttp finds the parts; every byte outside bodies goes through check_lines as well, because parsers that
 * disagree about line ends and control bytes are how requests are smuggled (RFC 9112, 2.2, 5.2 and 11.2). */
#include <stdlib.h>
#include <string.h>

#include "http/http_p.h"

#define SPANS_FIRST 16
#define ARENA_FACTOR 4 /* a handler's memory, in multiples of the largest request */
#define KEEP_MAX ((size_t)4 << 10) /* of each buffer that a connection keeps for its next request */

static struct http_conn *conn_of(llhttp_t *parser)
{
    return container_of(parser, struct http_conn, parser);
}

int parse_refuse(struct http_conn *c, int status, const char *reason)
{
    if (!c->bad_status) {
        c->bad_status = status;
        c->bad_reason = reason;
    }
    return HPE_USER;
}

static int put_head(struct http_conn *c, const char *at, size_t len, uint32_t *io_len)
{
    strbuf_add(&c->head, at, len);
    if (c->head.nomem)
        return parse_refuse(c, 503, "out of memory; try again later");
    if (c->head.failed && c->version_done)
        return parse_refuse(c, 431, "the headers are too large; send fewer or shorter ones");
    if (c->head.failed)
        return parse_refuse(c, 414, "the request target is too long; ask for less in one request");
    *io_len += (uint32_t)len;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    return put_head(c, at, len, &c->target_len);
}

static int on_version(llhttp_t *parser, const char *at, size_t len)
{
    (void)at;
    conn_of(parser)->version_len += (unsigned)len;
    return 0;
}

static int on_version_complete(llhttp_t *parser)
{
    conn_of(parser)->version_done = true;
    return 0;
}

static int header_begin(struct http_conn *c)
{
    size_t count = c->req.header_count;

    if (count == c->server->limits.headers_max)
        return parse_refuse(c, 431, "too many headers; send fewer");
    if (count == c->span_cap) {
        c->span_cap = c->span_cap ? c->span_cap * 2 : SPANS_FIRST;
        c->spans = xrealloc(c->spans, c->span_cap * sizeof(*c->spans));
    }
    c->spans[count] = (struct header_span){ .name = (uint32_t)c->head.len };
    c->header_open = true;
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    if (c->head_done) { /* a trailer: read and thrown away (RFC 9112, 7.1.2) */
        c->header_open = c->header_open || len > 0;
        return 0;
    }
    if (!c->header_open && header_begin(c))
        return HPE_USER;
    return put_head(c, at, len, &c->spans[c->req.header_count].name_len);
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct http_conn *c = conn_of(parser);

    if (!c->header_open || (!c->head_done && !c->spans[c->req.header_count].name_len))
        return parse_refuse(c, 400, "a header has no name");
    if (c->head_done) {
        c->header_open = false;
        return 0;
    }
    c->spans[c->req.header_count].value = (uint32_t)c->head.len;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    if (c->head_done)
        return 0;
    if (!c->header_open)
        return parse_refuse(c, 400, "a header has no name");
    return put_head(c, at, len, &c->spans[c->req.header_count].value_len);
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct http_conn *c = conn_of(parser);

    if (!c->head_done && c->header_open) {
        c->header_open = false;
        c->req.header_count++;
    }
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    return head_check(conn_of(parser));
}

/* What is wrong with a line goes before what llhttp or a callback found behind it: how the text was cut must
 * not decide which refusal it is. Returns false. */
static bool refuse_line(struct http_conn *c, int status, const char *reason)
{
    c->bad_status = status;
    c->bad_reason = reason;
    return false;
}

/* RFC 9112, 3: METHOD SP TARGET SP VERSION. llhttp takes more spaces than these, no version at all, and the
 * versions of RTSP and ICE. */
static bool end_request_line(struct http_conn *c)
{
    c->request_line_done = true;
    if (llhttp_get_method(&c->parser) == HTTP_PRI) /* the preface of HTTP/2 */
        return refuse_line(c, 505, BAD_VERSION);
    if (!c->version_done || c->spaces != 2)
        return refuse_line(c, 400,
                           "the request line is not a method, a target and a version with one space between");
    return c->protocol == 'H' || refuse_line(c, 400, BAD_VERSION);
}

/* Lines end in CR LF and nothing else; no control byte but a tab; none begins with white space. */
static bool check_byte(struct http_conn *c, unsigned char byte)
{
    if (c->line == LINE_CR) {
        if (byte != '\n')
            return refuse_line(c, 400, "a CR stands without LF");
        c->line = LINE_START;
        return !c->begun || c->request_line_done || end_request_line(c);
    }
    if (byte == '\r') {
        c->line = LINE_CR;
        return true;
    }
    if (byte == '\n')
        return refuse_line(c, 400, "a LF stands without CR");
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        return refuse_line(c, 400, "a control byte stands outside the body");
    if (c->line == LINE_START && (byte == ' ' || byte == '\t'))
        return refuse_line(c, 400, "a line begins with white space");
    c->line = LINE_INSIDE;
    c->begun = true;
    if (c->request_line_done)
        return true;
    if (byte == ' ')
        c->spaces++;
    else if (c->spaces == 2 && !c->protocol)
        c->protocol = (char)byte;
    return true;
}

static void check_lines(struct http_conn *c, const char *end)
{
    for (const char *p = c->checked; p < end; p++) {
        if (!check_byte(c, (unsigned char)*p))
            return;
    }
    c->framing += (size_t)(end - c->checked);
    c->checked = end;
    if (c->framing <= c->server->limits.head_max)
        return;
    if (c->begun && !c->request_line_done)
        parse_refuse(c, 414, "the request target is too long; ask for less in one request");
    else
        parse_refuse(c, 431, "the headers are too large; send fewer or shorter ones");
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    check_lines(c, at);
    c->checked = at + len;
    c->line = LINE_INSIDE;
    c->framing = 0;
    if (c->bad_status)
        return HPE_USER;
    if (len > c->server->limits.body_max || c->body.len > c->server->limits.body_max - len)
        return parse_refuse(c, 413, "the body is too large; send less in one request");
    strbuf_add(&c->body, at, len);
    return c->body.failed ? parse_refuse(c, 503, "out of memory; try again later") : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_conn *c = conn_of(parser);

    c->req.body = strbuf_str(&c->body);
    c->complete = true;
    return HPE_PAUSED; /* the next request waits until this one is answered */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_version = on_version,
    .on_version_complete = on_version_complete,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* A method that could be one is not implemented (RFC 9110, 9.1); anything else is no method (5.6.2). */
static int refuse_method(struct http_conn *c, unsigned char byte)
{
    bool token = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                 (byte >= '0' && byte <= '9') || (byte && strchr("!#$%&'*+-.^_`|~", byte)) ||
                 (byte == ' ' && c->begun);

    return parse_refuse(c, token ? 501 : 400, BAD_METHOD);
}

/* RFC 9110, 15.6.6: 505 is for a version that is one. */
static int refuse_version(struct http_conn *c)
{
    bool whole = !c->version_done && c->version_len == strlen("1.1");

    return parse_refuse(c, whole ? 505 : 400, BAD_VERSION);
}

static int refuse_error(struct http_conn *c, llhttp_errno_t err)
{
    switch (err) {
    case HPE_INVALID_METHOD:
        return refuse_method(c, (unsigned char)*llhttp_get_error_pos(&c->parser));
    case HPE_INVALID_URL:
        return parse_refuse(c, 400, "the request target is malformed");
    case HPE_INVALID_VERSION:
        return refuse_version(c);
    case HPE_INVALID_CONSTANT: /* a version of another protocol, or a method of another one */
        return head_method(c) ? HPE_USER : parse_refuse(c, 400, BAD_VERSION);
    case HPE_INVALID_HEADER_TOKEN:
        return parse_refuse(c, 400, "a header is malformed");
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return parse_refuse(c, 400,
                            "the Content-Length is malformed, repeated or beside a Transfer-Encoding");
    case HPE_INVALID_TRANSFER_ENCODING:
        return parse_refuse(c, 400, "the Transfer-Encoding is malformed");
    case HPE_INVALID_CHUNK_SIZE:
        return parse_refuse(c, 400, "a chunk size is malformed");
    default:
        return parse_refuse(c, 400, "the request is malformed");
    }
}

size_t parse_feed(struct http_conn *c, const char *data, size_t len)
{
    llhttp_errno_t err;
    size_t used = len;

    c->checked = data;
    err = llhttp_execute(&c->parser, data, len);
    if (err != HPE_OK)
        used = (size_t)(llhttp_get_error_pos(&c->parser) - data);
    check_lines(c, data + used);
    if (err == HPE_OK || c->complete)
        return used;
    refuse_error(c, err);
    return len;
}

void parse_init(struct http_conn *c)
{
    const struct http_limits *limits = &c->server->limits;

    strbuf_init(&c->head, limits->head_max);
    strbuf_init(&c->body, limits->body_max + 1);
    arena_init(&c->req.arena, ARENA_FACTOR * (limits->head_max + limits->body_max));
    parse_reset(c);
}

/* What a request brought may be a password or a token. */
static void forget(struct strbuf *b)
{
    if (b->len > 0)
        explicit_bzero(b->data, b->len);
    if (b->cap > KEEP_MAX)
        strbuf_fini(b);
    else
        strbuf_reset(b);
}

void parse_fini(struct http_conn *c)
{
    forget(&c->head);
    forget(&c->body);
    strbuf_fini(&c->head);
    strbuf_fini(&c->body);
    arena_fini(&c->req.arena);
    free(c->spans);
}

void parse_reset(struct http_conn *c)
{
    struct http_request *req = &c->req;

    llhttp_init(&c->parser, HTTP_REQUEST, &settings);
    forget(&c->head);
    forget(&c->body);
    arena_fini(&req->arena); /* thousands of connections are idle most of the time */
    *req = (struct http_request){ .peer = req->peer, .arena = req->arena };
    c->target_len = 0;
    c->begun = c->request_line_done = c->version_done = c->header_open = false;
    c->head_done = c->complete = c->expects = false;
    c->keep_alive = false;
    c->spaces = c->version_len = 0;
    c->protocol = '\0';
    c->line = LINE_START;
    c->framing = 0;
    c->bad_status = 0;
}

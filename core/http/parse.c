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
#define KEEP_MAX ((size_t)64 << 10) /* memory that a connection keeps for its next request */

static struct http_conn *conn_of(llhttp_t *parser)
{
    return container_of(parser, struct http_conn, parser);
}

/* The first refusal counts. */
static int refuse(struct http_conn *c, int status, const char *reason)
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
    if (c->head.failed && c->version_done)
        return refuse(c, 431, "the headers are too large; send fewer or shorter ones");
    if (c->head.failed)
        return refuse(c, 414, "the request target is too long; ask for less in one request");
    *io_len += (uint32_t)len;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    return put_head(c, at, len, &c->target_len);
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
        return refuse(c, 431, "too many headers; send fewer");
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

    if (c->head_done) /* a trailer: read and thrown away (RFC 9112, 7.1.2) */
        return 0;
    if (!c->header_open && header_begin(c))
        return HPE_USER;
    return put_head(c, at, len, &c->spans[c->req.header_count].name_len);
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct http_conn *c = conn_of(parser);

    if (c->head_done)
        return 0;
    if (!c->header_open || !c->spans[c->req.header_count].name_len)
        return refuse(c, 400, "a header has no name");
    c->spans[c->req.header_count].value = (uint32_t)c->head.len;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_conn *c = conn_of(parser);

    if (c->head_done)
        return 0;
    if (!c->header_open)
        return refuse(c, 400, "a header has no name");
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

static int set_method(struct http_conn *c)
{
    switch (llhttp_get_method(&c->parser)) {
    case HTTP_GET:
        c->req.method = HTTP_GET_;
        return 0;
    case HTTP_HEAD:
        c->req.method = HTTP_HEAD_;
        return 0;
    case HTTP_POST:
        c->req.method = HTTP_POST_;
        return 0;
    case HTTP_PUT:
        c->req.method = HTTP_PUT_;
        return 0;
    case HTTP_PATCH:
        c->req.method = HTTP_PATCH_;
        return 0;
    case HTTP_DELETE:
        c->req.method = HTTP_DELETE_;
        return 0;
    default:
        return refuse(c, 400, "the method is not one of GET, HEAD, POST, PUT, PATCH and DELETE");
    }
}

static int set_target(struct http_conn *c)
{
    struct http_request *req = &c->req;
    const char *question;

    req->target = (struct ipam_str){ c->head.data, c->target_len };
    if (!c->target_len || req->target.data[0] != '/')
        return refuse(c, 400, "the request target does not begin with '/'");
    for (size_t i = 0; i < req->target.len; i++) {
        if (req->target.data[i] <= 0x20 || req->target.data[i] == 0x7f || req->target.data[i] == '#')
            return refuse(c, 400, "the request target has a character that must be percent-encoded");
    }
    req->path = req->target;
    req->query = (struct ipam_str){ "", 0 };
    question = memchr(req->target.data, '?', req->target.len);
    if (question) {
        req->path.len = (size_t)(question - req->target.data);
        req->query = (struct ipam_str){ question + 1, req->target.len - req->path.len - 1 };
    }
    return 0;
}

/* RFC 9112, 3.2: a server refuses a Host that cannot be one. */
static bool is_host(struct ipam_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char ch = value.data[i];

        if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9') &&
            (!ch || !strchr("-._~:[]%!$&'()*+;=", ch)))
            return false;
    }
    return true;
}

static bool is_digits(struct ipam_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    }
    return value.len > 0;
}

/* How often the headers that decide about the message stand in it. */
struct counts {
    unsigned host, length, coding;
};

static int check_header(struct http_conn *c, const struct http_header *h, struct counts *counts)
{
    switch (h->name.len) {
    case 4:
        if (name_is(h->name, "host")) {
            counts->host++;
            if (!is_host(h->value))
                return refuse(c, 400, "the Host header is malformed");
        }
        return 0;
    case 6:
        if (name_is(h->name, "expect")) {
            if (!name_is(h->value, "100-continue"))
                return refuse(c, 417, "the only expectation known here is 100-continue");
            c->expects = c->parser.http_minor == 1;
        }
        return 0;
    case 14:
        if (name_is(h->name, "content-length")) {
            counts->length++;
            if (!is_digits(h->value))
                return refuse(c, 400, "the Content-Length is not a number");
        }
        return 0;
    case 17:
        if (name_is(h->name, "transfer-encoding")) {
            counts->coding++;
            if (!name_is(h->value, "chunked"))
                return refuse(c, 400, "the only transfer coding known here is chunked");
        }
        return 0;
    default:
        return 0;
    }
}

static int set_headers(struct http_conn *c, struct counts *counts)
{
    size_t count = c->req.header_count;
    struct http_header *headers = arena_alloc(&c->req.arena, count * sizeof(*headers));

    if (!headers)
        return refuse(c, 503, "out of memory; try again later");
    c->req.headers = headers;
    for (size_t i = 0; i < count; i++) {
        const struct header_span *span = &c->spans[i];
        struct ipam_str value = { c->head.data + span->value, span->value_len };

        while (value.len && (value.data[value.len - 1] == ' ' || value.data[value.len - 1] == '\t'))
            value.len--;
        while (value.len && (value.data[0] == ' ' || value.data[0] == '\t')) {
            value.data++;
            value.len--;
        }
        headers[i] = (struct http_header){ { c->head.data + span->name, span->name_len }, value };
        if (check_header(c, &headers[i], counts))
            return HPE_USER;
    }
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_conn *c = conn_of(parser);
    struct counts counts = { 0 };

    if (parser->http_major != 1 || parser->http_minor > 1)
        return refuse(c, 400, "the HTTP version is not 1.0 or 1.1");
    if (set_method(c) || set_target(c) || set_headers(c, &counts))
        return HPE_USER;
    if (counts.host > 1 || (!counts.host && parser->http_minor == 1))
        return refuse(c, 400, "a request has exactly one Host header");
    if (counts.length > 1 || counts.coding > 1 || (counts.length && counts.coding))
        return refuse(c, 400, "a request has one Content-Length or one Transfer-Encoding at most");
    if (counts.coding && parser->http_minor == 0)
        return refuse(c, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (counts.length && parser->content_length > c->server->limits.body_max)
        return refuse(c, 413, "the body is too large; send less in one request");
    if (!counts.coding && !parser->content_length)
        c->expects = false;
    c->keep_alive = llhttp_should_keep_alive(parser);
    c->head_done = true;
    return 0;
}

/* RFC 9112, 3: METHOD SP TARGET SP VERSION. llhttp takes more spaces than these, and no version at all. */
static bool end_request_line(struct http_conn *c)
{
    c->request_line_done = true;
    if (c->version_done && c->spaces == 2)
        return true;
    refuse(c, 400, "the request line is not a method, a target and a version with one space between");
    return false;
}

/* Lines end in CR LF and nothing else; no control byte but a tab; none begins with white space. */
static void check_lines(struct http_conn *c, const char *end)
{
    for (const char *p = c->checked; p < end; p++) {
        unsigned char byte = (unsigned char)*p;

        if (c->line == LINE_CR) {
            if (byte != '\n') {
                refuse(c, 400, "a CR stands without LF");
                return;
            }
            c->line = LINE_START;
            if (c->begun && !c->request_line_done && !end_request_line(c))
                return;
        } else if (byte == '\r') {
            c->line = LINE_CR;
        } else if (byte == '\n') {
            refuse(c, 400, "a LF stands without CR");
            return;
        } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            refuse(c, 400, "a control byte stands outside the body");
            return;
        } else if (c->line == LINE_START && (byte == ' ' || byte == '\t')) {
            refuse(c, 400, "a line begins with white space");
            return;
        } else {
            c->line = LINE_INSIDE;
            c->begun = true;
            c->spaces += byte == ' ' && !c->request_line_done;
        }
    }
    c->framing += (size_t)(end - c->checked);
    c->checked = end;
    if (c->framing > c->server->limits.head_max)
        refuse(c, 431, "the headers are too large; send fewer or shorter ones");
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
        return refuse(c, 413, "the body is too large; send less in one request");
    strbuf_add(&c->body, at, len);
    return c->body.failed ? refuse(c, 503, "out of memory; try again later") : 0;
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
    .on_version_complete = on_version_complete,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static const char *reason_of(llhttp_errno_t err)
{
    switch (err) {
    case HPE_INVALID_METHOD:
        return "the method is not one of GET, HEAD, POST, PUT, PATCH and DELETE";
    case HPE_INVALID_URL:
        return "the request target is malformed";
    case HPE_INVALID_VERSION:
    case HPE_INVALID_CONSTANT:
        return "the HTTP version is not 1.0 or 1.1";
    case HPE_INVALID_HEADER_TOKEN:
        return "a header is malformed";
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return "the Content-Length is malformed, repeated or beside a Transfer-Encoding";
    case HPE_INVALID_TRANSFER_ENCODING:
        return "the Transfer-Encoding is malformed";
    case HPE_INVALID_CHUNK_SIZE:
        return "a chunk size is malformed";
    default:
        return "the request is malformed";
    }
}

size_t parse_feed(struct http_conn *c, const char *data, size_t len)
{
    llhttp_errno_t err;
    size_t used = len;

    c->checked = data;
    err = llhttp_execute(&c->parser, data, len);
    if (c->complete)
        used = (size_t)(llhttp_get_error_pos(&c->parser) - data);
    else if (err != HPE_OK)
        refuse(c, 400, reason_of(err));
    if (!c->bad_status)
        check_lines(c, data + used);
    return used;
}

void parse_init(struct http_conn *c)
{
    const struct http_limits *limits = &c->server->limits;

    strbuf_init(&c->head, limits->head_max);
    strbuf_init(&c->body, limits->body_max + 1);
    arena_init(&c->req.arena, ARENA_FACTOR * (limits->head_max + limits->body_max));
    parse_reset(c);
}

void parse_fini(struct http_conn *c)
{
    strbuf_fini(&c->head);
    strbuf_fini(&c->body);
    arena_fini(&c->req.arena);
    free(c->spans);
}

static void forget(struct strbuf *b)
{
    if (b->cap > KEEP_MAX)
        strbuf_fini(b);
    else
        strbuf_reset(b);
}

void parse_reset(struct http_conn *c)
{
    struct http_request *req = &c->req;

    llhttp_init(&c->parser, HTTP_REQUEST, &settings);
    forget(&c->head);
    forget(&c->body);
    arena_reset(&req->arena);
    *req = (struct http_request){ .peer = req->peer, .arena = req->arena };
    c->target_len = 0;
    c->begun = c->request_line_done = c->version_done = c->header_open = false;
    c->head_done = c->complete = c->expects = false;
    c->keep_alive = false;
    c->spaces = 0;
    c->line = LINE_START;
    c->framing = 0;
    c->bad_status = 0;
}

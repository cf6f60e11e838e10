/* head.c - what a request's head must be: method, target, Host, and how its body ends.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "http/http_p.h"

static const struct {
    uint8_t parsed; /* llhttp's number */
    enum http_method method;
} methods[] = {
    { HTTP_GET, HTTP_GET_ }, { HTTP_HEAD, HTTP_HEAD_ },   { HTTP_POST, HTTP_POST_ },
    { HTTP_PUT, HTTP_PUT_ }, { HTTP_PATCH, HTTP_PATCH_ }, { HTTP_DELETE, HTTP_DELETE_ },
};

int head_method(struct http_conn *c)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].parsed == llhttp_get_method(&c->parser)) {
            c->req.method = methods[i].method;
            return 0;
        }
    }
    return parse_refuse(c, 501, BAD_METHOD);
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* A '%' is the begin of an escape (RFC 3986, 2.1), and nothing else. */
static bool is_escape(struct ipam_str s, size_t i)
{
    return s.len - i > 2 && hex_digit(s.data[i + 1]) >= 0 && hex_digit(s.data[i + 2]) >= 0;
}

static bool is_host_char(struct ipam_str s, size_t i)
{
    char ch = s.data[i];

    if (ch == '%')
        return is_escape(s, i);
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || is_digit(ch) ||
           (ch && strchr("-._~!$&'()*+;=,", ch));
}

/* RFC 9110, 7.2: a name or an address, and perhaps a port. Empty is one as well (RFC 9112, 3.2). */
static bool is_host(struct ipam_str s)
{
    bool bracket = s.len && s.data[0] == '[';
    size_t i = bracket;

    while (i < s.len && (is_host_char(s, i) || (bracket && s.data[i] == ':')))
        i++;
    if (bracket && (i == s.len || s.data[i++] != ']'))
        return false;
    if (i < s.len && s.data[i++] != ':')
        return false;
    while (i < s.len && is_digit(s.data[i]))
        i++;
    return i == s.len;
}

static bool begins_with(struct ipam_str s, const char *lower)
{
    size_t len = strlen(lower);

    return s.len >= len && name_is((struct ipam_str){ s.data, len }, lower);
}

/* RFC 9112, 3.2.2: a server takes the absolute form as well. Of it the path and the query are kept; an empty
 * path is "/" (RFC 9110, 4.2.3). */
static int strip_origin(struct http_conn *c, struct ipam_str *target)
{
    static const char scheme[] = "http://";
    struct ipam_str host;

    if (begins_with(*target, "https://")) /* RFC 9110, 7.4 */
        return parse_refuse(c, 421, "https is not served on this connection; ask for an http URL");
    if (!begins_with(*target, scheme))
        return parse_refuse(c, 400,
                            "the request target is neither a path that begins with '/' nor an http URL");
    target->data += strlen(scheme);
    target->len -= strlen(scheme);
    host = *target;
    for (host.len = 0; host.len < target->len && !strchr("/?", host.data[host.len]);)
        host.len++;
    if (!host.len || !is_host(host))
        return parse_refuse(c, 400, "the request target has a malformed host");
    target->data += host.len;
    target->len -= host.len;
    if (target->len && target->data[0] == '/')
        return 0;
    *target = str_from(arena_printf(&c->req.arena, "/" STR_FMT, STR_ARG(*target)));
    return target->data ? 0 : parse_refuse(c, 503, "out of memory; try again later");
}

/* RFC 3986, 3.3 and 3.4; '[' and ']' pass, for many clients leave them as they are in a query. */
static int set_target(struct http_conn *c)
{
    struct http_request *req = &c->req;
    struct ipam_str target = { c->head.data, c->target_len };
    const char *question;

    for (size_t i = 0; i < target.len; i++) {
        unsigned char ch = (unsigned char)target.data[i];

        if (ch <= 0x20 || ch >= 0x7f || strchr("\"#<>\\^`{|}", ch) || (ch == '%' && !is_escape(target, i)))
            return parse_refuse(c, 400, "the request target has a character that must be percent-encoded");
    }
    if (!begins_with(target, "/") && strip_origin(c, &target))
        return HPE_USER;
    req->target = req->path = target;
    req->query = (struct ipam_str){ "", 0 };
    question = memchr(target.data, '?', target.len);
    if (question) {
        req->path.len = (size_t)(question - target.data);
        req->query = (struct ipam_str){ question + 1, target.len - req->path.len - 1 };
    }
    return 0;
}

static bool is_digits(struct ipam_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.data[i]))
            return false;
    }
    return value.len > 0;
}

static struct ipam_str trimmed(struct ipam_str s)
{
    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }
    return s;
}

/* RFC 9112: when chunked is the last coding, the message has an end, and another one is not implemented: 501
 * (6.1). Otherwise it has none: 400 (6.3). */
static int refuse_coding(struct http_conn *c, struct ipam_str value)
{
    struct ipam_str last = value;

    while (last.len && value.data[last.len - 1] != ',')
        last.len--;
    last = trimmed((struct ipam_str){ value.data + last.len, value.len - last.len });
    return parse_refuse(c, name_is(last, "chunked") ? 501 : 400,
                        "the only transfer coding known here is chunked");
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
                return parse_refuse(c, 400, "the Host header is malformed");
        }
        return 0;
    case 6:
        if (name_is(h->name, "expect")) {
            if (!name_is(h->value, "100-continue"))
                return parse_refuse(c, 417, "the only expectation known here is 100-continue");
            c->expects = c->parser.http_minor == 1;
        }
        return 0;
    case 14:
        if (name_is(h->name, "content-length")) {
            counts->length++;
            if (!is_digits(h->value))
                return parse_refuse(c, 400, "the Content-Length is not a number");
        }
        return 0;
    case 17:
        if (name_is(h->name, "transfer-encoding")) {
            counts->coding++;
            if (!name_is(h->value, "chunked"))
                return refuse_coding(c, h->value);
        }
        return 0;
    default: return 0;
    }
}

static int set_headers(struct http_conn *c, struct counts *counts)
{
    size_t count = c->req.header_count;
    struct http_header *headers = arena_alloc(&c->req.arena, count * sizeof(*headers));

    if (!headers)
        return parse_refuse(c, 503, "out of memory; try again later");
    c->req.headers = headers;
    for (size_t i = 0; i < count; i++) {
        const struct header_span *span = &c->spans[i];
        struct ipam_str value = { c->head.data + span->value, span->value_len };

        headers[i] = (struct http_header){ { c->head.data + span->name, span->name_len }, trimmed(value) };
        if (check_header(c, &headers[i], counts))
            return HPE_USER;
    }
    return 0;
}

int head_check(struct http_conn *c)
{
    const llhttp_t *parser = &c->parser;
    struct counts counts = { 0 };

    if (parser->http_major != 1 || parser->http_minor > 1)
        return parse_refuse(c, 505, BAD_VERSION);
    if (head_method(c) || set_target(c) || set_headers(c, &counts))
        return HPE_USER;
    if (counts.host > 1 || (!counts.host && parser->http_minor == 1))
        return parse_refuse(c, 400, "a request has exactly one Host header");
    if (counts.length > 1 || counts.coding > 1 || (counts.length && counts.coding))
        return parse_refuse(c, 400, "a request has one Content-Length or one Transfer-Encoding at most");
    if (counts.coding && parser->http_minor == 0)
        return parse_refuse(c, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (counts.length && parser->content_length > c->server->limits.body_max)
        return parse_refuse(c, 413, "the body is too large; send less in one request");
    if (!counts.coding && !parser->content_length)
        c->expects = false;
    c->keep_alive = llhttp_should_keep_alive(parser);
    c->head_done = true;
    return 0;
}

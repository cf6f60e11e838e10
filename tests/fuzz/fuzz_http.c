/* fuzz_http.c - HTTP requests from outside: what is accepted is well formed, and the same however it is cut.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says how the rest is cut. `make check` replays the seeds in tests/fuzz/corpus/http and
 * mutations of them (fuzz_main.c); to fuzz, configure with --enable-fuzzing CC=clang, then:
 *   make tests/fuzz/fuzz_http && cp -r $srcdir/tests/fuzz/corpus/http work && tests/fuzz/fuzz_http work */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/http_p.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static bool is_clean(struct ipam_str s, const char *none_of)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f || strchr(none_of, c))
            return false;
    }
    return true;
}

/* What the handler may rely on. */
static void check_request(const struct http_conn *c)
{
    const struct http_request *req = &c->req;
    unsigned hosts = 0;

    CHECK(req->target.len && req->target.data[0] == '/' && is_clean(req->target, " #\t"));
    CHECK(req->path.data == req->target.data && !memchr(req->path.data, '?', req->path.len));
    CHECK(req->header_count <= c->server->limits.headers_max);
    CHECK(req->body.len <= c->server->limits.body_max);
    for (size_t i = 0; i < req->header_count; i++) {
        const struct http_header *h = &req->headers[i];

        CHECK(h->name.len && is_clean(h->name, " \t:"));
        CHECK(is_clean(h->value, ""));
        CHECK(!h->value.len || !strchr(" \t", h->value.data[0]));
        CHECK(!h->value.len || !strchr(" \t", h->value.data[h->value.len - 1]));
        hosts += name_is(h->name, "host");
    }
    CHECK(hosts == 1 || (hosts == 0 && c->parser.http_minor == 0));
}

static void note(struct strbuf *log, const struct http_request *req)
{
    strbuf_printf(log, "%s ", http_method_name(req->method));
    strbuf_addstr(log, req->target);
    for (size_t i = 0; i < req->header_count; i++) {
        strbuf_putc(log, '\n');
        strbuf_addstr(log, req->headers[i].name);
        strbuf_putc(log, '=');
        strbuf_addstr(log, req->headers[i].value);
    }
    strbuf_printf(log, "\n%zu ", req->body.len);
    strbuf_addstr(log, req->body);
}

/* Reads all requests of the text in pieces of `step` bytes. */
static void read_all(struct http_server *s, const char *text, size_t len, size_t step, struct strbuf *log)
{
    struct http_conn *c = xcalloc(1, sizeof(*c));
    size_t used = 0;

    c->server = s;
    parse_init(c);
    while (used < len && !c->bad_status) {
        size_t piece = len - used < step ? len - used : step;
        char *copy = malloc(piece);

        CHECK(copy);
        memcpy(copy, text + used, piece);
        piece = parse_feed(c, copy, piece);
        free(copy);
        CHECK(piece > 0 || c->bad_status);
        used += piece;
        if (c->bad_status || !c->complete)
            continue;
        check_request(c);
        note(log, &c->req);
        strbuf_printf(log, "\nended at %zu\n", used);
        parse_reset(c);
    }
    strbuf_puts(log, c->bad_status ? "refused" : "goes on");
    CHECK(!c->bad_status || (c->bad_status >= 400 && c->bad_reason));
    parse_fini(c);
    free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_server server;
    struct strbuf whole, cut;

    if (size < 2)
        return 0;
    server.limits = http_limits_default;
    server.limits.head_max = 512;
    server.limits.headers_max = 8;
    server.limits.body_max = 128;
    strbuf_init(&whole, (size_t)8 << 20);
    strbuf_init(&cut, (size_t)8 << 20);
    read_all(&server, (const char *)data + 1, size - 1, size, &whole);
    read_all(&server, (const char *)data + 1, size - 1, data[0] % 32 + 1, &cut);
    CHECK(!whole.failed && whole.len == cut.len && memcmp(whole.data, cut.data, cut.len) == 0);
    strbuf_fini(&whole);
    strbuf_fini(&cut);
    return 0;
}

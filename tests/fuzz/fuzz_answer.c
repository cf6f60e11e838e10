/* fuzz_answer.c - answers, whole and streamed: whatever a client says of how it wants them, it gets these very bytes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte has the version, the method and whether the answer is a stream; the second how the connection goes
 * on; then come, each behind its length, the Accept-Encoding and the Range of the request; the rest are the sizes of
 * the pieces of the answer. `make check` replays the seeds in tests/fuzz/corpus/answer and mutations of them
 * (fuzz_main.c); to fuzz, configure with --enable-fuzzing CC=clang, then:
 *   make tests/fuzz/fuzz_answer && cp -r $srcdir/tests/fuzz/corpus/answer work && tests/fuzz/fuzz_answer work */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/loop.h"
#include "dial.h"
#include "fuzz.h"
#include "http/http.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)
#define BODY_MAX   (1 << 18)
#define PIECES     64
#define TURNS_MOST 100000

static struct loop *loop;
static struct http_server *server;
static uint16_t port;

/* What is to be answered. */
static struct {
    bool stream, old, head, close, etag;
    size_t sizes[PIECES], count, at;
    struct http_request *req;
} plan;
static char text[BODY_MAX + 1];
static unsigned streams, gone;

static void go_on(struct http_request *req)
{
    while (plan.at < plan.count) {
        size_t from = 0;
        struct http_piece *p;
        bool more;

        for (size_t i = 0; i < plan.at; i++)
            from += plan.sizes[i];
        p = http_piece_new((struct ipam_str){ text + from, plan.sizes[plan.at++] });
        CHECK(p);
        more = http_stream_write(req, &p, 1);
        http_piece_unref(p);
        if (!more)
            return;
    }
    http_stream_end(req);
    streams--;
}

static void on_gone(struct http_request *req)
{
    (void)req;
    streams--;
    gone++;
}

static size_t total(void)
{
    size_t sum = 0;

    for (size_t i = 0; i < plan.count; i++)
        sum += plan.sizes[i];
    return sum;
}

static void handle(void *user, struct http_request *req)
{
    struct http_header h[2] = { { IPAM_STR("Content-Type"), IPAM_STR("application/json") },
                                { IPAM_STR("ETag"), IPAM_STR("\"7\"") } };

    (void)user;
    if (!plan.stream) {
        http_respond(req, 200, h, plan.etag ? 2 : 1, (struct ipam_str){ text, total() });
        return;
    }
    req->gone = on_gone;
    if (!http_stream_begin(req, 200, h, 1, go_on))
        return;
    streams++;
    if (http_stream_ready(req))
        go_on(req);
}

static void begin(void)
{
    char err[256];
    uint64_t z = 1;

    for (size_t i = 0; i < BODY_MAX; i++) { /* text that gzip finds something in, and not too much */
        z = z * 6364136223846793005u + 1442695040888963407u;
        text[i] = "{\"address\":\"192.0.2.\",}"[z >> 60];
    }
    loop = loop_new();
    server = http_server_new(loop, NULL, handle, NULL);
    CHECK(http_listen_tcp(server, "127.0.0.1:0", &port, err, sizeof(err)) == 0);
}

static void turn(void)
{
    uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

/* A header value of the input: what cannot stand in one is left out, for that is fuzz_http's. */
static void value(const uint8_t **data, size_t *size, char *ret, size_t cap)
{
    size_t len = *size > 0 ? **data % 32 : 0, n = 0;

    if (*size > 0) {
        (*data)++;
        (*size)--;
    }
    for (size_t i = 0; i<len && * size> 0; i++, (*data)++, (*size)--)
        if (**data > 0x20 && **data < 0x7f && n < cap - 1)
            ret[n++] = (char)**data;
    ret[n] = '\0';
}

/* Undoes the chunks in place; 0 when the end is not there. */
static size_t unchunk(char *data, size_t len, size_t *ret_len)
{
    size_t at = 0, out = 0;

    for (;;) {
        char *end;
        size_t size;

        if (!memmem(data + at, len - at, "\r\n", 2))
            return 0;
        size = strtoull(data + at, &end, 16);
        CHECK(end > data + at && end[0] == '\r' && end[1] == '\n');
        at = (size_t)(end - data) + 2;
        if (len - at < size + 2)
            return 0;
        CHECK(memcmp(data + at + size, "\r\n", 2) == 0);
        memmove(data + out, data + at, size);
        out += size;
        at += size + 2;
        if (size == 0) {
            *ret_len = out;
            return at;
        }
    }
}

static void check_body(const char *head, const char *body, size_t len)
{
    static char plain[BODY_MAX + 1];
    z_stream z = { 0 };

    if (!strstr(head, "Content-Encoding: gzip\r\n")) {
        CHECK(len == total() && memcmp(body, text, len) == 0);
        return;
    }
    CHECK(!plan.stream && !plan.etag && strstr(head, "Vary: Accept-Encoding\r\n"));
    CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)body;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)plain;
    z.avail_out = sizeof(plain);
    CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0);
    CHECK(sizeof(plain) - z.avail_out == total() && memcmp(plain, text, total()) == 0);
    inflateEnd(&z);
}

/* Whether the answer is whole; it is right then. */
static bool answered(char *data, size_t len, bool ended)
{
    char *body = memmem(data, len, "\r\n\r\n", 4), *at;
    size_t body_len;

    if (!body)
        return false;
    body[2] = '\0'; /* the head ends with its last line */
    body += 4;
    body_len = len - (size_t)(body - data);
    CHECK(strncmp(data, "HTTP/1.1 200 OK\r\n", 17) == 0 && !strstr(data, "Content-Range"));
    at = strstr(data, "\r\nContent-Length: ");
    if (plan.head) {
        CHECK(body_len == 0);
        return true;
    }
    if (strstr(data, "\r\nTransfer-Encoding: chunked\r\n")) {
        CHECK(plan.stream && !plan.old && !at);
        if (!unchunk(body, body_len, &body_len)) {
            body[-2] = '\r';
            return false;
        }
    } else if (at) {
        size_t want = strtoull(at + 18, NULL, 10);

        CHECK(!plan.stream && body_len <= want);
        if (body_len < want) {
            body[-2] = '\r';
            return false;
        }
    } else {
        CHECK(plan.stream && plan.old);
        if (!ended) {
            body[-2] = '\r';
            return false;
        }
    }
    check_body(data, body, body_len);
    return true;
}

static void ask(const char *encoding, const char *range, size_t leave_after)
{
    static char data[2 * BODY_MAX], request[400], copy[2 * BODY_MAX];
    size_t len = 0;
    int fd = dial(port);
    int n = snprintf(request, sizeof(request), "%s / HTTP/1.%d\r\nHost: a\r\n%s%s%s%s%s%s%s\r\n",
                     plan.head ? "HEAD" : "GET", !plan.old, encoding[0] ? "Accept-Encoding: " : "", encoding,
                     encoding[0] ? "\r\n" : "", range[0] ? "Range: " : "", range, range[0] ? "\r\n" : "",
                     plan.close ? "Connection: close\r\n" : "");

    CHECK(send(fd, request, (size_t)n, MSG_NOSIGNAL) == n);
    for (unsigned i = 0; i < TURNS_MOST; i++) {
        ssize_t got;

        turn();
        got = recv(fd, data + len, sizeof(data) - 1 - len, 0);
        if (got < 0) {
            CHECK(errno == EAGAIN);
            continue;
        }
        len += (size_t)got;
        data[len] = '\0';
        if (leave_after > 0 && len >= leave_after)
            break; /* it goes away in the middle of it */
        memcpy(copy, data, len + 1);
        if (answered(copy, len, got == 0))
            break;
        CHECK(got > 0);
    }
    close(fd);
    for (struct http_stats s = { .open = 1 }; s.open > 0;) {
        turn();
        http_server_stats(server, &s);
    }
    CHECK(streams == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char encoding[64], range[64];
    size_t leave_after = 0;

    if (!loop)
        begin();
    if (size < 2)
        return 0;
    memset(&plan, 0, sizeof(plan));
    plan.stream = data[0] & 1;
    plan.old = data[0] & 2;
    plan.head = data[0] & 4;
    plan.close = data[0] & 8;
    plan.etag = data[0] & 16;
    if (data[1] & 1)
        leave_after = (size_t)data[1] * 40;
    data += 2;
    size -= 2;
    value(&data, &size, encoding, sizeof(encoding));
    value(&data, &size, range, sizeof(range));
    for (; size >= 2 && plan.count < PIECES; data += 2, size -= 2) {
        size_t want = ((size_t)data[0] << 8 | data[1]) % 8192 + 1;

        if (total() + want <= BODY_MAX)
            plan.sizes[plan.count++] = want;
    }
    ask(encoding, range, leave_after);
    return 0;
}

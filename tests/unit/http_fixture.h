/* http_fixture.h - for the tests of core/http: a server and raw clients on one thread.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/loop.h"
#include "http/http.h"

#define WAIT_MS 20000 /* how long a test waits for what must come */

struct fixture {
    struct loop *loop;
    struct http_server *server;
    uint16_t port;
    int handled;            /* how often the handler was called */
    int closed;
    struct http_request *kept[64]; /* by the handler `keep` */
    int kept_count;
};

static struct fixture fx;

/* Answers with what it was asked: "GET path?query len=N body". */
static inline void echo(void *user, struct http_request *req)
{
    struct http_header type = { IPAM_STR("Content-Type"), IPAM_STR("text/plain") };
    char *text = arena_printf(&req->arena, "%s " STR_FMT " len=%zu " STR_FMT, http_method_name(req->method),
                              STR_ARG(req->target), req->body.len, STR_ARG(req->body));

    (void)user;
    fx.handled++;
    assert_non_null(text);
    http_respond(req, 200, &type, 1, str_from(text));
}

static inline void keep(void *user, struct http_request *req)
{
    (void)user;
    fx.handled++;
    assert_true(fx.kept_count < 64);
    fx.kept[fx.kept_count++] = req;
}

static inline void start(const struct http_limits *limits, http_handler handler)
{
    char err[256];

    memset(&fx, 0, sizeof(fx));
    fx.loop = loop_new();
    fx.server = http_server_new(fx.loop, limits, handler, NULL);
    if (http_listen_tcp(fx.server, "127.0.0.1:0", &fx.port, err, sizeof(err)))
        fail_msg("%s", err);
}

static inline void on_stopped(void *user)
{
    (void)user;
    fx.closed++;
    loop_stop(fx.loop);
}

static inline void stop(void)
{
    http_server_close(fx.server, 0, on_stopped, NULL);
    loop_run(fx.loop);
    assert_int_equal(fx.closed, 1);
    loop_free(fx.loop);
}

static inline void turn(void)
{
    uv_run(loop_uv(fx.loop), UV_RUN_NOWAIT);
}

static inline struct http_stats stats(void)
{
    struct http_stats s;

    http_server_stats(fx.server, &s);
    return s;
}

/* A connection that the server has accepted. */
static inline int dial(void)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(fx.port) };
    uint64_t before = stats().accepted;
    int64_t end = clock_mono_ms() + WAIT_MS;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (stats().accepted == before && clock_mono_ms() < end)
        turn();
    assert_true(stats().accepted > before);
    return fd;
}

/* Sends all of it, running the loop while the socket is full. False when the server has closed. */
static inline bool send_bytes(int fd, const char *data, size_t len)
{
    int64_t end = clock_mono_ms() + WAIT_MS;

    while (len && clock_mono_ms() < end) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            return false;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
        turn();
    }
    return len == 0;
}

static inline void send_text(int fd, const char *text)
{
    assert_true(send_bytes(fd, text, strlen(text)));
}

struct reply {
    char data[65536];
    size_t len;
    bool ended; /* the server has closed */
};

/* Reads until `text` stands in the reply, or the server closes, or `wait_ms` are over. */
static inline void receive(int fd, struct reply *r, const char *text, int64_t wait_ms)
{
    int64_t end = clock_mono_ms() + wait_ms;

    for (;;) {
        ssize_t n = recv(fd, r->data + r->len, sizeof(r->data) - 1 - r->len, 0);

        if (n > 0)
            r->len += (size_t)n;
        r->data[r->len] = '\0';
        if (n == 0 || (n < 0 && errno != EAGAIN))
            r->ended = true;
        if (r->ended || (text && memmem(r->data, r->len, text, strlen(text))) || clock_mono_ms() >= end)
            return;
        turn();
        if (n < 0) {
            struct pollfd p = { uv_backend_fd(loop_uv(fx.loop)), POLLIN, 0 };

            poll(&p, 1, 1);
        }
    }
}

/* Sends and reads until `text` came. */
static inline struct reply *talk(int fd, const char *request, const char *text)
{
    static struct reply r;

    memset(&r, 0, sizeof(r));
    send_text(fd, request);
    receive(fd, &r, text, WAIT_MS);
    if (!strstr(r.data, text))
        fail_msg("no '%s' in the reply: %s", text, r.data);
    return &r;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

/* What the server has closed, and what it said before. */
static inline struct reply *talk_to_end(int fd, const char *request)
{
    static struct reply r;

    memset(&r, 0, sizeof(r));
    send_text(fd, request);
    receive(fd, &r, NULL, WAIT_MS);
    if (!r.ended)
        fail_msg("not closed after %.60s: %s", request, r.data);
    close(fd);
    return &r;
}

static inline void answer(struct http_request *req, const char *text)
{
    http_respond(req, 200, NULL, 0, str_from(text));
}

static inline void wait_handled(int count)
{
    int64_t end = clock_mono_ms() + WAIT_MS;

    while (fx.handled < count && clock_mono_ms() < end)
        turn();
    assert_int_equal(fx.handled, count);
}

#endif

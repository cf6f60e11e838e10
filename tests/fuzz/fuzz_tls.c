/* fuzz_tls.c - bytes before and in a TLS handshake: no request comes of them, and the connection ends or waits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says how the rest is cut. `make check` replays the seeds in tests/fuzz/corpus/tls and mutations of
 * them (fuzz_main.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "dial.h"
#include "fuzz.h"
#include "http/tls.h"
#include "tls_files.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

static struct loop *loop;
static struct http_server *server;
static uint16_t port;

static void handle(void *user, struct http_request *req)
{
    (void)user;
    (void)req;
    abort(); /* nobody here ends a handshake */
}

static void begin(void)
{
    struct http_tls_files files = { 0 };
    enum http_tls_file wrong;
    struct tls_made made;
    struct http_tls *tls;
    char err[HTTP_TLS_ERR];

    tls_make(&made);
    files.certificate = files.client_ca = made.certificate;
    files.key = made.key;
    loop = loop_new();
    server = http_server_new(loop, NULL, handle, NULL);
    CHECK(http_tls_new(&files, &tls, &wrong, err) == 0);
    CHECK(http_listen_tls(server, "127.0.0.1:0", tls, &port, err, sizeof(err)) == 0);
    tls_unmake(&made);
}

static struct http_stats stats(void)
{
    struct http_stats s;

    http_server_stats(server, &s);
    return s;
}

static void turn(void)
{
    uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step, at = 1;
    char answer[4096];
    int fd;

    if (!loop)
        begin();
    if (size < 2)
        return 0;
    step = data[0] % 64 ? data[0] % 64 * 16 : 1;
    fd = dial(port);
    while (!stats().open)
        turn();
    while (at < size) {
        ssize_t n = send(fd, data + at, size - at < step ? size - at : step, MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            break;
        at += n > 0 ? (size_t)n : 0;
        turn();
    }
    turn();
    while (recv(fd, answer, sizeof(answer), 0) > 0)
        continue;
    close(fd);
    while (stats().open)
        turn();
    CHECK(stats().unsent == 0 && stats().requests == 0);
    return 0;
}

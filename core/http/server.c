/* server.c - the HTTP server: listeners, connections, closing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http_p.h"
#include "http/tls.h"
#include "ipam/status.h"

#define BACKLOG 1024

const struct http_limits http_limits_default = {
    .head_max = 32 << 10,
    .headers_max = 100,
    .body_max = 16 << 20,
    .connections_max = 20000,
    .handshake_timeout_ms = 10000,
    .head_timeout_ms = 10000,
    .body_timeout_ms = 30000,
    .idle_timeout_ms = 75000,
    .write_timeout_ms = 30000,
    .answer_timeout_ms = 600000,
    .rate_grace_ms = 30000,
    .rate_least = 500,
    .unsent_max = (size_t)256 << 20,
    .compress_least = 1024,
};

struct http_server *http_server_new(struct loop *loop, const struct http_limits *limits, http_handler handler,
                                    void *user)
{
    struct http_server *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->limits = limits ? *limits : http_limits_default;
    s->handler = handler;
    s->user = user;
    return s;
}

void http_server_on_bad(struct http_server *s, http_bad_body body)
{
    s->bad_body = body;
}

void http_server_stats(const struct http_server *s, struct http_stats *ret)
{
    *ret = s->stats;
}

static void on_connection(uv_stream_t *stream, int status)
{
    if (status == 0)
        conn_accept(container_of(stream, struct http_listener, uv.stream));
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct http_listener *l = container_of(handle, struct http_listener, uv.handle), **at;
    struct http_server *s = l->server;

    for (at = &s->listeners; *at != l;)
        at = &(*at)->next;
    *at = l->next;
    free(l->address);
    free(l);
    server_conn_gone(s);
}

static struct http_listener *listener_new(struct http_server *s, bool local)
{
    struct http_listener *l = xcalloc(1, sizeof(*l));

    l->server = s;
    l->local = local;
    l->next = s->listeners;
    s->listeners = l;
    if (local)
        uv_pipe_init(loop_uv(s->loop), &l->uv.pipe, 0);
    else
        uv_tcp_init(loop_uv(s->loop), &l->uv.tcp);
    return l;
}

/* "127.0.0.1:8053" or "[::1]:8053". */
static int address_parse(const char *text, struct sockaddr_storage *ret)
{
    const char *colon = strrchr(text, ':');
    char host[64], *end;
    size_t len = colon ? (size_t)(colon - text) : 0;
    bool six = text[0] == '[';
    long port;

    if (!len || len >= sizeof(host) || (six && text[len - 1] != ']') || colon[1] < '0' || colon[1] > '9')
        return -EINVAL;
    port = strtol(colon + 1, &end, 10);
    if (*end || port > 65535)
        return -EINVAL;
    memcpy(host, text + six, len - (six ? 2 : 0));
    host[len - (six ? 2 : 0)] = '\0';
    memset(ret, 0, sizeof(*ret));
    return six ? uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)ret)
               : uv_ip4_addr(host, (int)port, (struct sockaddr_in *)ret);
}

static int listen_tcp(struct http_server *s, const char *address, struct http_tls *tls, uint16_t *ret_port,
                      char *err, size_t err_len)
{
    struct http_listener *l;
    struct sockaddr_storage addr;
    const struct sockaddr_in *in4 = (const void *)&addr; /* the port is at the same place in both families */
    int len = sizeof(addr), rc = address_parse(address, &addr);

    if (rc) {
        snprintf(err, err_len, "'%s' is not an address with a port, such as 127.0.0.1:8053 or [::1]:8053",
                 address);
        return -EINVAL;
    }
    l = listener_new(s, false);
    l->tls = tls;
    l->address = xstrdup(address);
    rc = uv_tcp_bind(&l->uv.tcp, (struct sockaddr *)&addr, addr.ss_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0);
    if (!rc)
        rc = uv_listen(&l->uv.stream, BACKLOG, on_connection);
    if (!rc)
        rc = uv_tcp_getsockname(&l->uv.tcp, (struct sockaddr *)&addr, &len);
    if (rc) {
        snprintf(err, err_len,
                 "cannot listen on %s: %s; choose an address of this host and a port nobody uses", address,
                 uv_strerror(rc));
        uv_close(&l->uv.handle, on_listener_closed);
        return rc;
    }
    if (ret_port)
        *ret_port = ntohs(in4->sin_port);
    return 0;
}

int http_listen_tcp(struct http_server *s, const char *address, uint16_t *ret_port, char *err, size_t err_len)
{
    return listen_tcp(s, address, NULL, ret_port, err, err_len);
}

int http_listen_tls(struct http_server *s, const char *address, struct http_tls *t, uint16_t *ret_port,
                    char *err, size_t err_len)
{
    if (!s->tls)
        tls_server_init(s);
    return listen_tcp(s, address, t, ret_port, err, err_len);
}

const char *http_server_certificate(const struct http_server *s, size_t i, int64_t *ret_until_ms)
{
    int64_t from_ms;

    for (const struct http_listener *l = s->listeners; l; l = l->next) {
        if (!l->tls || i--)
            continue;
        http_tls_validity(l->tls, &from_ms, ret_until_ms);
        return l->address;
    }
    return NULL;
}

/* Makes room for a socket file: removes one on which nobody listens. */
static int socket_path_clear(const char *path, char *err, size_t err_len)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct stat st;
    int fd, rc;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        snprintf(err, err_len, "the socket path %s is longer than %zu bytes; use a shorter one", path,
                 sizeof(addr.sun_path) - 1);
        return -ENAMETOOLONG;
    }
    if (lstat(path, &st))
        return 0; /* binding will say what is wrong, if anything is */
    if (!S_ISSOCK(st.st_mode)) {
        snprintf(err, err_len, "%s exists and is no socket; remove it or use another path", path);
        return IPAM_E_EXIST;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        rc = -errno;
        snprintf(err, err_len, "cannot make a socket: %s", strerror(-rc));
        return rc;
    }
    rc = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ? errno : 0;
    close(fd);
    if (rc != ECONNREFUSED) {
        snprintf(err, err_len, "another process listens on %s; stop it or use another path", path);
        return IPAM_E_EXIST;
    }
    unlink(path);
    return 0;
}

int http_listen_unix(struct http_server *s, const char *path, mode_t mode, char *err, size_t err_len)
{
    struct http_listener *l;
    int rc = socket_path_clear(path, err, err_len);

    if (rc)
        return rc;
    l = listener_new(s, true);
    rc = uv_pipe_bind(&l->uv.pipe, path);
    if (!rc && chmod(path, mode)) /* before listening: nobody gets in by the first mode */
        rc = -errno;
    if (!rc)
        rc = uv_listen(&l->uv.stream, BACKLOG, on_connection);
    if (rc) {
        snprintf(err, err_len, "cannot listen on %s: %s; check its folder and the folder's permissions", path,
                 uv_strerror(rc));
        uv_close(&l->uv.handle, on_listener_closed);
    }
    return rc;
}

static void on_server_closed(struct loop_work *w)
{
    struct http_server *s = container_of(w, struct http_server, closed_post);
    void (*closed)(void *user) = s->closed;
    void *user = s->closed_user;

    compress_free(s);
    tls_server_free(s);
    free(s);
    if (closed)
        closed(user);
}

void server_conn_gone(struct http_server *s)
{
    if (!s->closing || s->conns || s->listeners || s->ended)
        return;
    s->ended = true;
    timer_stop(&s->grace);
    loop_post(s->loop, &s->closed_post, on_server_closed);
}

static void on_grace_over(struct loop_timer *t)
{
    struct http_server *s = container_of(t, struct http_server, grace);

    for (struct http_conn *c = s->conns; c; c = c->next)
        conn_close(c);
}

void http_server_close(struct http_server *s, int64_t grace_ms, void (*closed)(void *user), void *user)
{
    s->closed = closed;
    s->closed_user = user;
    s->closing = true;
    for (struct http_listener *l = s->listeners; l; l = l->next) {
        if (!uv_is_closing(&l->uv.handle))
            uv_close(&l->uv.handle, on_listener_closed);
    }
    for (struct http_conn *c = s->conns; c; c = c->next) {
        if (c->state == CONN_IDLE && !c->pending.len)
            conn_close(c);
    }
    timer_start(s->loop, &s->grace, grace_ms, on_grace_over);
    server_conn_gone(s);
}

/* conn.c - the life of a connection: accept, read, hand over, answer, linger, close.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A connection answers one request at a time. What arrives meanwhile is kept (one read of it, then reading
 * stops) and parsed when the answer is written. */
#include "config.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/http_p.h"

#define LINGER_MS 2000
#define TURN_REQUESTS 16 /* of one client that sends ahead, before others have their turn */

static void on_deadline(struct loop_timer *t);

/* A later deadline costs nothing: the timer fires at the earlier time and is set anew. */
void conn_deadline(struct http_conn *c, int64_t after_ms)
{
    c->deadline_ms = clock_mono_ms() + after_ms;
    if (!c->timer.due_ms || c->timer.due_ms > c->deadline_ms)
        timer_start(c->server->loop, &c->timer, after_ms, on_deadline);
}

/* Frees the connection when nothing refers to it any more. */
static void release(struct http_conn *c)
{
    struct http_server *s = c->server;

    if (c->open || c->posted || c->answer_due)
        return;
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    parse_fini(c);
    strbuf_fini(&c->pending);
    strbuf_fini(&c->out);
    respond_body_done(c);
    stream_free(c);
    io_free(c);
    free(c);
    server_conn_gone(s);
}

void conn_answer_dropped(struct http_conn *c)
{
    c->answer_due = false;
    release(c);
}

static void on_closed(uv_handle_t *handle)
{
    struct http_conn *c = container_of(handle, struct http_conn, uv.handle);

    c->open = false;
    c->server->stats.open--;
    release(c);
}

void conn_close(struct http_conn *c)
{
    enum conn_state before = c->state;

    if (before == CONN_CLOSED)
        return;
    c->state = CONN_CLOSED;
    timer_stop(&c->timer);
    if (before == CONN_IDLE)
        io_bye(c);
    uv_close(&c->uv.handle, on_closed);
    if (before != CONN_ANSWERING && before != CONN_STREAMING)
        return;
    if (c->req.gone)
        c->req.gone(&c->req);
    else
        c->answer_due = before == CONN_ANSWERING; /* a stream without it has ended */
}

/* Whether the client took something since it was last looked at; then it has as long again. */
static bool takes(struct http_conn *c)
{
    size_t queued = io_unwritten(c);
    bool some = queued < c->write_left;

    c->write_left = queued;
    if (some)
        conn_deadline(c, c->server->limits.write_timeout_ms);
    return some;
}

static void on_deadline(struct loop_timer *t)
{
    struct http_conn *c = container_of(t, struct http_conn, timer);
    int64_t left_ms = c->deadline_ms - clock_mono_ms();

    if (!c->deadline_ms)
        return;
    if (left_ms > 0) {
        timer_start(c->server->loop, t, left_ms, on_deadline);
        return;
    }
    switch (c->state) {
    case CONN_HEAD:
        respond_bad(c, 408, "the request line and headers did not arrive in time");
        break;
    case CONN_BODY:
        respond_bad(c, 408, "the body did not arrive in time");
        break;
    case CONN_WRITING:
        if (!takes(c) || clock_mono_ms() - c->since_ms > c->server->limits.answer_timeout_ms)
            conn_close(c);
        break;
    case CONN_STREAMING:
        if (!stream_stalls(c) || !takes(c))
            conn_close(c);
        break;
    default:
        conn_close(c);
    }
}

static void hand_over(struct http_conn *c)
{
    c->state = CONN_ANSWERING;
    c->deadline_ms = 0;
    if (c->server->stats.unsent > c->server->limits.unsent_max) {
        respond_bad(c, 503, "too many answers wait for clients that do not read them; try again later");
        return;
    }
    c->server->stats.requests++;
    if (memory_low()) {
        respond_bad(c, 503, "memory is short; nothing was done, try again later");
        return;
    }
    c->server->handler(c->server->user, &c->req);
}

static void begin_body(struct http_conn *c)
{
    c->state = CONN_BODY;
    c->since_ms = clock_mono_ms();
}

/* A body that always makes a little progress would hold its memory for ever. */
static bool drips(const struct http_conn *c)
{
    const struct http_limits *limits = &c->server->limits;
    int64_t took_ms = clock_mono_ms() - c->since_ms;

    return took_ms > limits->rate_grace_ms && (int64_t)c->body.len < took_ms / 1000 * limits->rate_least;
}

/* Parses requests and hands them over until one stays unanswered, the input ends, or the connection does.
 * Returns how much was used: less than all also when others must have their turn first (then the state is
 * CONN_IDLE). */
static size_t feed(struct http_conn *c, const char *data, size_t len)
{
    const struct http_limits *limits = &c->server->limits;
    unsigned requests = 0;
    size_t used = 0;

    c->feeding = true;
    while (used < len && c->state <= CONN_BODY && requests < TURN_REQUESTS) {
        if (c->state == CONN_IDLE) {
            c->state = CONN_HEAD;
            c->deadline_ms = 0;
        }
        used += parse_feed(c, data + used, len - used);
        if (c->bad_status) {
            respond_bad(c, c->bad_status, c->bad_reason);
        } else if (c->complete) {
            requests++;
            hand_over(c);
        } else if (c->head_done && c->state != CONN_BODY) {
            begin_body(c);
        }
    }
    c->feeding = false;
    if (c->state == CONN_BODY && drips(c))
        respond_bad(c, 408, "the body comes too slowly");
    if (c->state == CONN_HEAD && !c->deadline_ms)
        conn_deadline(c, limits->head_timeout_ms);
    if (c->state == CONN_BODY) {
        conn_deadline(c, limits->body_timeout_ms);
        if (c->expects && !c->body.len)
            respond_continue(c);
        c->expects = false;
    }
    return used;
}

static void stop_reading(struct http_conn *c)
{
    io_read_stop(c);
    c->reading = false;
}

void conn_ended(struct http_conn *c)
{
    if (c->state == CONN_WRITING)
        stop_reading(c); /* it may have closed its half only; writing will tell */
    else
        conn_close(c);
}

static void on_resume(struct loop_work *w);

static void post_resume(struct http_conn *c)
{
    if (c->posted)
        return;
    c->posted = true;
    loop_post(c->server->loop, &c->resume, on_resume);
}

void conn_received(struct http_conn *c, size_t len)
{
    char *data = c->server->read_buf;
    size_t used = 0;

    if (c->state <= CONN_BODY)
        used = feed(c, data, len);
    if (used < len && c->state <= CONN_STREAMING) {
        stop_reading(c);
        strbuf_add(&c->pending, data + used, len - used);
        if (c->state == CONN_IDLE)
            post_resume(c);
    }
    explicit_bzero(data, len); /* it may have been a password or a token */
}

static void start_reading(struct http_conn *c)
{
    if (c->reading)
        return;
    c->reading = true;
    if (!io_read(c))
        conn_close(c);
}

/* Goes on with the requests that waited. */
static void on_resume(struct loop_work *w)
{
    struct http_conn *c = container_of(w, struct http_conn, resume);

    c->posted = false;
    if (c->state == CONN_IDLE && c->pending.len)
        c->pending_pos += feed(c, c->pending.data + c->pending_pos, c->pending.len - c->pending_pos);
    if (c->state == CONN_IDLE && c->pending_pos < c->pending.len) {
        post_resume(c);
    } else if (c->state <= CONN_BODY) {
        strbuf_fini(&c->pending); /* few clients send ahead */
        c->pending_pos = 0;
        if (c->server->closing && c->state == CONN_IDLE)
            conn_close(c);
        else
            start_reading(c);
    }
    release(c);
}

/* Closing with unread input would reset the connection and may destroy the answer on its way. */
void conn_linger(struct http_conn *c)
{
    if (!io_shut(c)) {
        conn_close(c);
        return;
    }
    c->state = CONN_LINGER;
    conn_deadline(c, LINGER_MS);
    start_reading(c);
}

void conn_answered(struct http_conn *c)
{
    parse_reset(c);
    if (c->shut || (c->server->closing && !c->pending.len)) {
        conn_linger(c);
        return;
    }
    c->state = CONN_IDLE;
    conn_deadline(c, c->server->limits.idle_timeout_ms);
    if (!c->reading && !c->feeding)
        post_resume(c);
}

static int peer_tcp(struct http_conn *c)
{
    struct sockaddr_storage addr;
    struct http_peer *peer = &c->req.peer;
    const struct sockaddr_in *in4 = (const void *)&addr;
    const struct sockaddr_in6 *in6 = (const void *)&addr;
    int len = sizeof(addr), rc = uv_tcp_getpeername(&c->uv.tcp, (struct sockaddr *)&addr, &len);

    if (rc)
        return rc;
    if (addr.ss_family == AF_INET) {
        peer->addr.family = 4;
        memcpy(peer->addr.bytes, &in4->sin_addr, 4);
        peer->port = ntohs(in4->sin_port);
    } else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        peer->addr.family = 4;
        memcpy(peer->addr.bytes, in6->sin6_addr.s6_addr + 12, 4);
        peer->port = ntohs(in6->sin6_port);
    } else {
        peer->addr.family = 6;
        memcpy(peer->addr.bytes, &in6->sin6_addr, 16);
        peer->port = ntohs(in6->sin6_port);
    }
    return uv_tcp_nodelay(&c->uv.tcp, 1);
}

static int peer_unix(struct http_conn *c)
{
    struct ucred cred;
    socklen_t len = sizeof(cred);
    int fd, rc = uv_fileno(&c->uv.handle, &fd);

    if (rc)
        return rc;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
        return -1;
    c->req.peer.local = true;
    c->req.peer.uid = cred.uid;
    c->req.peer.gid = cred.gid;
    c->req.peer.pid = cred.pid;
    return 0;
}

void conn_accept(struct http_listener *l)
{
    struct http_server *s = l->server;
    struct http_conn *c = xcalloc(1, sizeof(*c));
    bool full = s->stats.open >= s->limits.connections_max || memory_low();

    c->server = s;
    c->open = true;
    if (l->local)
        uv_pipe_init(loop_uv(s->loop), &c->uv.pipe, 0);
    else
        uv_tcp_init(loop_uv(s->loop), &c->uv.tcp);
    parse_init(c);
    strbuf_init(&c->pending, READ_MAX);
    strbuf_init(&c->out, s->limits.head_max + READ_MAX);
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    s->stats.open++;
    if (uv_accept(&l->uv.stream, &c->uv.stream)) {
        conn_close(c);
        return;
    }
    s->stats.accepted++;
    if (full || s->closing || (l->local ? peer_unix(c) : peer_tcp(c)) || io_start(c, l)) {
        s->stats.refused++;
        conn_close(c);
        return;
    }
    conn_deadline(c, c->tls ? s->limits.handshake_timeout_ms : s->limits.idle_timeout_ms);
    start_reading(c);
}

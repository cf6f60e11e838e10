/* stream.c - answers that go on: pieces as they come, at the pace of the client.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A piece carries its chunk framing (RFC 9112, 7.1) with it, so that it goes to many clients as it is;
 * HTTP/1.0 gets what lies between. What the socket does not take at once waits in one write; the references
 * to its pieces are held until then. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "http/http_p.h"

struct http_piece {
    unsigned refs;
    unsigned frame; /* bytes of the chunk size and its CR LF, before the payload; another CR LF follows it */
    size_t len;     /* of the payload */
    char data[];
};

struct http_stream {
    void (*drained)(struct http_request *req);
    struct http_piece *held[HTTP_PIECES_MAX]; /* of the write under way */
    size_t held_count;
    bool busy;   /* a write is under way */
    bool ending; /* after it, the end */
    bool broken; /* the socket takes no more; `gone` comes in the next turn */
    bool plain;  /* HTTP/1.0: no framing */
};

struct http_piece *http_piece_new(struct ipam_str bytes)
{
    char size[24];
    int frame = snprintf(size, sizeof(size), "%zx\r\n", bytes.len);
    size_t whole = sizeof(struct http_piece) + (size_t)frame + bytes.len + 2;
    struct http_piece *p;

    assert(bytes.len); /* an empty chunk would be the end */
    do
        p = malloc(whole);
    while (!p && memory_release_for(whole));
    if (!p)
        return NULL;
    p->refs = 1;
    p->frame = (unsigned)frame;
    p->len = bytes.len;
    memcpy(p->data, size, (size_t)frame);
    memcpy(p->data + frame, bytes.data, bytes.len);
    memcpy(p->data + frame + bytes.len, "\r\n", 2);
    return p;
}

struct http_piece *http_piece_ref(struct http_piece *p)
{
    p->refs++;
    return p;
}

void http_piece_unref(struct http_piece *p)
{
    if (p && --p->refs == 0)
        free(p);
}

struct ipam_str http_piece_bytes(const struct http_piece *p)
{
    return (struct ipam_str){ p->data + p->frame, p->len };
}

static void let_go(struct http_stream *s)
{
    for (size_t i = 0; i < s->held_count; i++)
        http_piece_unref(s->held[i]);
    s->held_count = 0;
}

void stream_free(struct http_conn *c)
{
    if (!c->stream)
        return;
    let_go(c->stream);
    free(c->stream);
    c->stream = NULL;
}

bool stream_stalls(const struct http_conn *c)
{
    return c->stream && c->stream->busy && !c->stream->broken;
}

/* The socket failed, or memory did, inside a call of the handler: it hears so later. */
static void break_later(struct http_conn *c)
{
    c->stream->broken = c->stream->busy = true;
    conn_deadline(c, 0);
}

static void finish(struct http_conn *c)
{
    stream_free(c);
    conn_answered(c);
}

static void on_written(struct http_conn *c, int status)
{
    struct http_stream *s = c->stream;

    if (c->state == CONN_CLOSED) {
        stream_free(c);
        return;
    }
    let_go(s);
    if (status) {
        conn_close(c);
        return;
    }
    s->busy = s->broken;
    c->deadline_ms = s->broken ? c->deadline_ms : 0;
    if (s->broken)
        return;
    if (s->ending)
        finish(c);
    else
        s->drained(&c->req);
}

/* Writes what the socket takes now. True: it was all of it. */
static bool send_bufs(struct http_conn *c, uv_buf_t *bufs, unsigned count)
{
    int written = io_try_write(c, bufs, count);
    size_t left;

    if (written < 0 && written != UV_EAGAIN) {
        break_later(c);
        return false;
    }
    for (left = written > 0 ? (size_t)written : 0; count && left >= bufs->len; count--, bufs++)
        left -= bufs->len;
    if (!count)
        return true;
    bufs->base += left;
    bufs->len -= left;
    if (io_write(c, bufs, count, on_written)) {
        break_later(c);
        return false;
    }
    c->stream->busy = true;
    c->write_left = io_unwritten(c);
    conn_deadline(c, c->server->limits.write_timeout_ms);
    return false;
}

bool http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t count,
                       void (*drained)(struct http_request *req))
{
    struct http_conn *c = container_of(req, struct http_conn, req);
    uv_buf_t buf;

    if (c->state == CONN_CLOSED || req->method == HTTP_HEAD_) {
        http_respond(req, status, headers, count, (struct ipam_str){ NULL, 0 });
        return false;
    }
    assert(c->state == CONN_ANSWERING && req->gone);
    c->stream = xcalloc(1, sizeof(*c->stream));
    c->stream->drained = drained;
    c->stream->plain = c->parser.http_minor == 0;
    c->shut = !c->keep_alive || c->server->closing || c->stream->plain;
    c->state = CONN_STREAMING;
    respond_head(c, status, headers, count, c->stream->plain ? HEAD_UNTIL_CLOSE : HEAD_CHUNKED, "");
    if (c->out.failed) {
        break_later(c);
        return true;
    }
    buf = uv_buf_init(c->out.data, (unsigned)c->out.len);
    send_bufs(c, &buf, 1);
    return true;
}

bool http_stream_write(struct http_request *req, struct http_piece *const *pieces, size_t count)
{
    struct http_conn *c = container_of(req, struct http_conn, req);
    struct http_stream *s = c->stream;
    uv_buf_t bufs[HTTP_PIECES_MAX];

    assert(c->state == CONN_STREAMING && !s->ending && count <= HTTP_PIECES_MAX);
    if (s->busy || s->broken || !count)
        return !s->busy && !s->broken && count == 0;
    for (size_t i = 0; i < count; i++) {
        struct http_piece *p = pieces[i];

        bufs[i] = s->plain ? uv_buf_init(p->data + p->frame, (unsigned)p->len)
                           : uv_buf_init(p->data, (unsigned)(p->frame + p->len + 2));
    }
    if (send_bufs(c, bufs, (unsigned)count))
        return true;
    for (size_t i = 0; s->busy && !s->broken && i < count; i++)
        s->held[s->held_count++] = http_piece_ref(pieces[i]);
    return false;
}

bool http_stream_send(struct http_request *req, struct ipam_str bytes)
{
    struct http_piece *p = http_piece_new(bytes);
    bool more;

    if (!p) {
        break_later(container_of(req, struct http_conn, req));
        return false;
    }
    more = http_stream_write(req, &p, 1);
    http_piece_unref(p);
    return more;
}

bool http_stream_ready(const struct http_request *req)
{
    const struct http_conn *c = container_of(req, struct http_conn, req);

    return !c->stream->busy && !c->stream->broken;
}

void http_stream_end(struct http_request *req)
{
    struct http_conn *c = container_of(req, struct http_conn, req);
    struct http_stream *s = c->stream;
    static char last[] = "0\r\n\r\n";
    uv_buf_t buf = uv_buf_init(last, sizeof(last) - 1);

    assert(c->state == CONN_STREAMING && !s->ending);
    req->gone = NULL;
    if (s->broken)
        return; /* it is closed in the next turn */
    s->ending = true;
    assert(!s->busy);
    if (s->plain || send_bufs(c, &buf, 1))
        finish(c);
}

void http_stream_cut(struct http_request *req)
{
    struct http_conn *c = container_of(req, struct http_conn, req);

    req->gone = NULL;
    if (!c->stream->broken)
        break_later(c);
}

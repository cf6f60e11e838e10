/* stream.c - frames over one end of a helper's socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ipam/status.h"

#define READ_BYTES (64u << 10)

struct stream {
    uv_pipe_t pipe;
    const struct stream_events *ev;
    void *user;
    struct strbuf in;
    bool ended, closing;
};

struct sending {
    uv_write_t write;
    char *data;
    size_t len;
    bool secret;
};

static bool tracing;

void stream_trace(void)
{
    tracing = true;
}

static void trace(const char *direction, const struct wire_frame *f)
{
    if (tracing)
        log_event(LOG_NOTE_, "frame", "%s %s %u, %zu bytes", direction, wire_kind_name(f->kind),
                  (unsigned)f->id, f->payload.len);
}

static void trace_all(const char *data, size_t len)
{
    struct wire_frame f;
    size_t size;

    for (; tracing && wire_next(data, len, &f, &size) > 0; data += size, len -= size)
        trace("out", &f);
}

static void end(struct stream *s, const char *error)
{
    if (s->ended || s->closing)
        return;
    s->ended = true;
    uv_read_stop((uv_stream_t *)&s->pipe);
    s->ev->ended(s->user, error);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct stream *s = container_of((uv_pipe_t *)handle, struct stream, pipe);
    char *room = strbuf_room(&s->in, READ_BYTES);

    (void)suggested;
    *buf = uv_buf_init(room, room ? READ_BYTES : 0); /* no room: libuv reports ENOBUFS */
}

/* Gives away every whole frame; false when one breaks the protocol. */
static bool take_frames(struct stream *s)
{
    size_t taken = 0, size;
    struct wire_frame f;
    int more = 1;

    while (!s->closing && (more = wire_next(s->in.data + taken, s->in.len - taken, &f, &size)) > 0) {
        struct ipam_bytes raw = { (const uint8_t *)s->in.data + taken, size };
        bool well;

        trace("in", &f);
        well = s->ev->frame(s->user, &f, raw);

        if (f.kind == WIRE_OPEN || f.kind == WIRE_CALL)
            explicit_bzero(s->in.data + taken, size); /* it may have brought secrets */
        if (!well)
            return false;
        taken += size;
    }
    strbuf_drop(&s->in, taken);
    return more >= 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct stream *s = container_of((uv_pipe_t *)handle, struct stream, pipe);

    strbuf_fini(&s->in);
    free(s);
}

static void on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct stream *s = container_of((uv_pipe_t *)pipe, struct stream, pipe);

    (void)buf;
    if (n < 0) {
        end(s, n == UV_EOF || n == UV_ECONNRESET ? "" : uv_strerror((int)n));
        return;
    }
    if (n == 0)
        return;
    strbuf_advance(&s->in, (size_t)n);
    if (!take_frames(s))
        end(s, "a malformed frame came");
    else if (!s->closing && s->ev->pause)
        s->ev->pause(s->user);
}

struct stream *stream_open(struct loop *loop, int fd, const struct stream_events *ev, void *user)
{
    struct stream *s = xcalloc(1, sizeof(*s));

    s->ev = ev;
    s->user = user;
    strbuf_init(&s->in, WIRE_PAYLOAD_MAX + WIRE_HEAD + READ_BYTES);
    uv_pipe_init(loop_uv(loop), &s->pipe, 0);
    if (uv_pipe_open(&s->pipe, fd) < 0 || uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_read) < 0) {
        close(fd); /* a socket just made is always good for this; the reading end would tell otherwise */
        s->ended = true;
    }
    return s;
}

/* A frame is lost, so none may follow it. The end is found by reading, later, as if the other side had
 * gone. */
static void give_up(uv_stream_t *pipe)
{
    int fd;

    if (uv_fileno((uv_handle_t *)pipe, &fd) == 0)
        shutdown(fd, SHUT_RDWR);
}

static void on_sent(uv_write_t *write, int status)
{
    struct sending *w = container_of(write, struct sending, write);

    if (status < 0 && status != UV_ECANCELED)
        give_up(write->handle);
    if (w->secret)
        explicit_bzero(w->data, w->len);
    free(w->data);
    free(w);
}

void stream_write(struct stream *s, struct strbuf *data, bool secret)
{
    struct sending *w = xcalloc(1, sizeof(*w));
    uv_buf_t buf;
    int status = 0;

    w->secret = secret;
    w->write.handle = (uv_stream_t *)&s->pipe;
    if (data->failed)
        status = UV_ENOMEM;
    w->data = strbuf_take(data, &w->len);
    trace_all(w->data, w->len);
    buf = uv_buf_init(w->data, (unsigned)w->len);
    if (status == 0 && w->len > 0)
        status = uv_write(&w->write, w->write.handle, &buf, 1, on_sent);
    if (status < 0 || w->len == 0)
        on_sent(&w->write, status);
}

void stream_close(struct stream *s)
{
    if (s == NULL || s->closing)
        return;
    s->closing = true;
    uv_close((uv_handle_t *)&s->pipe, on_closed);
}

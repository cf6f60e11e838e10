/* io.c - the bytes of a connection in and out: as they are, or through TLS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "http/http_p.h"

int io_start(struct http_conn *c, struct http_listener *l)
{
    return l->tls && !tls_start(c, l->tls) ? UV_ENOMEM : 0;
}

void io_free(struct http_conn *c)
{
    if (c->tls)
        tls_free(c);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct http_conn *c = container_of(handle, struct http_conn, uv.handle);

    (void)suggested;
    if (c->tls)
        tls_alloc(c, buf);
    else
        *buf = uv_buf_init(c->server->read_buf, sizeof(c->server->read_buf));
}

static void on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    struct http_conn *c = container_of(stream, struct http_conn, uv.stream);
    struct loop *loop = c->server->loop;

    (void)buf;
    if (nread == UV_EOF)
        conn_ended(c);
    else if (nread == UV_ENOBUFS)
        return; /* others have their turn first */
    else if (nread < 0)
        conn_close(c);
    else if (c->tls)
        tls_received(c, (size_t)nread);
    else
        conn_received(c, (size_t)nread);
    loop_hear(loop); /* storage does not wait for all who have sent something */
}

bool io_read(struct http_conn *c)
{
    if (uv_read_start(&c->uv.stream, on_alloc, on_read))
        return false;
    if (c->tls && tls_input_ended(c)) /* it came with what was answered meanwhile */
        conn_ended(c);
    return true;
}

void io_read_stop(struct http_conn *c)
{
    uv_read_stop(&c->uv.stream);
}

int io_try_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count)
{
    return c->tls ? tls_try_write(c, bufs, count) : uv_try_write(&c->uv.stream, bufs, count);
}

static void on_written(uv_write_t *write, int status)
{
    struct http_conn *c = container_of(write, struct http_conn, write);

    c->written(c, status);
}

int io_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count,
             void (*written)(struct http_conn *c, int status))
{
    c->written = written;
    return c->tls ? tls_write(c, bufs, count) : uv_write(&c->write, &c->uv.stream, bufs, count, on_written);
}

size_t io_unwritten(const struct http_conn *c)
{
    return uv_stream_get_write_queue_size(&c->uv.stream) + (c->tls ? tls_unwritten(c) : 0);
}

bool io_shut(struct http_conn *c)
{
    int fd;

    if (c->tls)
        return tls_shut(c);
    return !uv_fileno(&c->uv.handle, &fd) && !shutdown(fd, SHUT_WR);
}

void io_bye(struct http_conn *c)
{
    if (c->tls)
        tls_shut(c);
}

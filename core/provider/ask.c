/* ask.c - a helper that is asked one thing and ends: --describe, --check.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "provider/fence.h"

#define ASK_MS     10000
#define ANSWER_MAX (256u << 10)
#define READ_BYTES (16u << 10)

struct ask {
    struct ask *next;
    struct providers *providers;
    void (*answered)(void *user, int status, struct ipam_str output);
    void *user;
    struct strbuf input, output;
    uv_pipe_t pipe;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct loop_timer timer;
    pid_t pid;
    bool started; /* the keeper has answered; the pipe is open */
    bool answered_once;
};

static void ask_free(struct ask *a)
{
    struct ask **at = &a->providers->asks;

    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    strbuf_fini(&a->input);
    strbuf_fini(&a->output);
    providers_step(a->providers);
    free(a);
}

static void on_closed(uv_handle_t *handle)
{
    ask_free(container_of((uv_pipe_t *)handle, struct ask, pipe));
}

/* Answers once; what is left goes away when the keeper and the pipe have let go. */
static void finish(struct ask *a, int status)
{
    if (a->answered_once)
        return;
    a->answered_once = true;
    timer_stop(&a->timer);
    if (status < 0 && a->pid > 0)
        keeper_kill(a->providers->keeper, a->pid);
    a->answered(a->user, status, strbuf_str(&a->output));
    if (a->started)
        uv_close((uv_handle_t *)&a->pipe, on_closed);
}

static void on_timer(struct loop_timer *t)
{
    finish(container_of(t, struct ask, timer), -ETIMEDOUT);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct ask *a = container_of((uv_pipe_t *)handle, struct ask, pipe);
    char *room = strbuf_room(&a->output, READ_BYTES);

    (void)suggested;
    *buf = uv_buf_init(room, room ? READ_BYTES : 0);
}

static void on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct ask *a = container_of((uv_pipe_t *)pipe, struct ask, pipe);

    (void)buf;
    if (n > 0)
        strbuf_advance(&a->output, (size_t)n);
    else if (n == UV_EOF || n == UV_ECONNRESET)
        finish(a, 0);
    else if (n < 0)
        finish(a, n == UV_ENOBUFS ? -EMSGSIZE : (int)n);
}

static void on_shutdown(uv_shutdown_t *s, int status)
{
    (void)s, (void)status;
}

/* A helper that ended early is seen by reading. */
static void on_written(uv_write_t *w, int status)
{
    struct ask *a = container_of(w, struct ask, write);

    if (status == 0 && !a->answered_once)
        uv_shutdown(&a->shutdown, (uv_stream_t *)&a->pipe, on_shutdown);
}

static void on_started(void *user, pid_t pid, int fd, int door)
{
    struct ask *a = user;
    uv_buf_t buf = uv_buf_init(a->input.data, (unsigned)a->input.len);

    (void)door; /* what is only asked something reaches nobody */
    if (a->answered_once || pid < 0) {
        if (fd >= 0)
            close(fd); /* it writes to nobody and ends */
        finish(a, pid);
        ask_free(a);
        return;
    }
    a->pid = pid;
    a->started = true;
    uv_pipe_init(loop_uv(a->providers->loop), &a->pipe, 0);
    if (uv_pipe_open(&a->pipe, fd) < 0 || uv_read_start((uv_stream_t *)&a->pipe, on_alloc, on_read) < 0) {
        close(fd);
        finish(a, -EIO);
        return;
    }
    if (buf.len > 0)
        uv_write(&a->write, (uv_stream_t *)&a->pipe, &buf, 1, on_written);
    else
        uv_shutdown(&a->shutdown, (uv_stream_t *)&a->pipe, on_shutdown);
}

void ask_helper(struct providers *p, enum keeper_run how, const char *plugin,
                const struct sandbox_words *fence, struct strbuf *input,
                void (*answered)(void *user, int status, struct ipam_str output), void *user)
{
    struct ask *a = xcalloc(1, sizeof(*a));
    struct sandbox_words least;

    a->providers = p;
    a->answered = answered;
    a->user = user;
    strbuf_init(&a->output, ANSWER_MAX);
    strbuf_init(&a->input, 1);
    if (input) {
        a->input = *input;
        strbuf_init(input, 1);
    }
    a->next = p->asks;
    p->asks = a;
    timer_start(p->loop, &a->timer, ASK_MS, on_timer);
    fence_begin(p, &least);
    keeper_start(p->keeper, how, plugin, &p->limits, fence != NULL ? fence : &least, on_started, a);
}

void ask_cancel_all(struct providers *p)
{
    for (struct ask *a = p->asks, *next; a; a = next) {
        next = a->next;
        finish(a, -ECANCELED);
    }
}

void ask_forget_all(struct providers *p)
{
    for (struct ask *a = p->asks, *next; a; a = next) {
        next = a->next;
        finish(a, -ECANCELED);
        if (!a->started)
            ask_free(a);
    }
}

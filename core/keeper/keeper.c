/* keeper.c - the daemon's side of the keeper: orders go out, reports come in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keeper/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "keeper/keeper_p.h"

#define REAP_MS 1000 /* how long the end of the daemon waits for the keeper's */

static pid_t keeper_pid; /* this process has one */

int keeper_fork(const char *binary, enum sandbox_mode mode)
{
    int pair[2];
    pid_t daemon = getpid(), pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid = fork();
    if (pid < 0) {
        int error = errno;

        close(pair[0]);
        close(pair[1]);
        return -error;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(getppid() == daemon ? keeper_process(pair[1], binary, mode) : 1);
    }
    close(pair[1]);
    keeper_pid = pid;
    return pair[0];
}

/* A start that waits for its report. */
struct start {
    struct start *next;
    int error; /* -errno when the order could not be sent */
    void (*started)(void *user, pid_t pid, int fd, int door);
    void *user;
};

struct keeper {
    struct loop *loop;
    int fd;
    uv_poll_t poll;
    bool gone;
    void (*helper_ended)(void *user, pid_t pid, int wait_status);
    void *user;
    struct start *first_start, **last_start;
    struct loop_work later;
    bool later_posted, closing, poll_closed;
};

static void answer_start(struct keeper *k, pid_t pid, const int fds[KEEPER_PASSED])
{
    struct start *s = k->first_start;

    if (s == NULL) { /* a report nobody asked for */
        for (int i = 0; i < KEEPER_PASSED; i++)
            if (fds[i] >= 0)
                close(fds[i]);
        return;
    }
    k->first_start = s->next;
    if (k->first_start == NULL)
        k->last_start = &k->first_start;
    s->started(s->user, pid, fds[0], fds[1]);
    free(s);
}

static void dispatch(struct keeper *k, const struct keeper_report *r, const int fds[KEEPER_PASSED])
{
    if (r->event == KEEPER_STARTED)
        answer_start(k, r->pid, fds);
    else
        k->helper_ended(k->user, r->pid, r->status);
}

/* Starts whose order could not even be sent. */
static void answer_failed(struct keeper *k)
{
    static const int none[KEEPER_PASSED] = { -1, -1 };

    while (k->first_start && !k->closing && (k->first_start->error || k->gone))
        answer_start(k, k->first_start->error ? k->first_start->error : -EPIPE, none);
}

static void keeper_free(struct keeper *k)
{
    while (k->first_start) {
        struct start *s = k->first_start;

        k->first_start = s->next;
        free(s);
    }
    free(k);
}

static void on_later(struct loop_work *w)
{
    struct keeper *k = container_of(w, struct keeper, later);

    k->later_posted = false;
    if (!k->closing)
        answer_failed(k);
    if (k->closing && k->poll_closed && !k->later_posted)
        keeper_free(k);
}

static void dispatch_later(struct keeper *k)
{
    if (k->later_posted)
        return;
    k->later_posted = true;
    loop_post(k->loop, &k->later, on_later);
}

/* The keeper has gone, and with it every helper; or it said what it never says, and ends now. */
static void lose(struct keeper *k)
{
    if (k->gone)
        return;
    k->gone = true;
    uv_poll_stop(&k->poll);
    shutdown(k->fd, SHUT_RDWR);
    log_event(LOG_ERR_, "keeper-ended",
              "the ipam-keeper process has ended and its helpers with it; restart ipamd");
    k->helper_ended(k->user, 0, 0);
    if (!k->closing)
        answer_failed(k);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct keeper *k = container_of(poll, struct keeper, poll);
    struct keeper_report report;
    int fds[KEEPER_PASSED], n;

    (void)status;
    (void)events;
    answer_failed(k);
    while (!k->closing) {
        n = keeper_receive(k->fd, MSG_DONTWAIT, &report, fds);
        if (n == -EAGAIN)
            return;
        if (n <= 0) {
            lose(k);
            return;
        }
        dispatch(k, &report, fds);
        answer_failed(k);
    }
}

struct keeper *keeper_open(struct loop *loop, int fd,
                           void (*helper_ended)(void *user, pid_t pid, int wait_status), void *user)
{
    struct keeper *k = xcalloc(1, sizeof(*k));

    k->loop = loop;
    k->fd = fd;
    k->helper_ended = helper_ended;
    k->user = user;
    k->last_start = &k->first_start;
    uv_poll_init(loop_uv(loop), &k->poll, fd);
    uv_poll_start(&k->poll, UV_READABLE, on_readable);
    return k;
}

/* Without what is not used of the rules' room. */
static int order(const struct keeper *k, const struct keeper_order *o)
{
    size_t len = offsetof(struct keeper_order, sandbox) + strlen(o->sandbox);

    if (k->gone)
        return -EPIPE;
    return send(k->fd, o, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void keeper_start(struct keeper *k, enum keeper_run how, const char *plugin,
                  const struct keeper_limits *limits, const struct sandbox_words *sandbox,
                  void (*started)(void *user, pid_t pid, int fd, int door), void *user)
{
    struct keeper_order o = { .op = how, .memory_mib = limits->memory_mib, .files = limits->files };
    struct start *s = xcalloc(1, sizeof(*s));
    size_t len = strlen(plugin);

    s->started = started;
    s->user = user;
    if (len <= KEEPER_PLUGIN_MAX)
        memcpy(o.plugin, plugin, len);
    memcpy(o.sandbox, sandbox->text, sandbox->len + 1);
    s->error = len > KEEPER_PLUGIN_MAX ? -ENAMETOOLONG : order(k, &o);
    *k->last_start = s;
    k->last_start = &s->next;
    if (s->error)
        dispatch_later(k);
}

void keeper_kill(struct keeper *k, pid_t pid)
{
    order(k, &(struct keeper_order){ .op = KEEPER_KILL, .pid = pid });
}

/* It ends at once when its socket closes; nobody but us would see to its remains. */
static void reap(void)
{
    int64_t until_ms = clock_mono_ms() + REAP_MS;

    while (keeper_pid > 0 && waitpid(keeper_pid, NULL, WNOHANG) == 0 && clock_mono_ms() < until_ms)
        usleep(1000);
    keeper_pid = 0;
}

static void on_poll_closed(uv_handle_t *h)
{
    struct keeper *k = container_of((uv_poll_t *)h, struct keeper, poll);

    close(k->fd);
    reap();
    k->poll_closed = true;
    if (!k->later_posted)
        keeper_free(k);
}

void keeper_close(struct keeper *k)
{
    k->closing = true;
    uv_close((uv_handle_t *)&k->poll, on_poll_closed);
}

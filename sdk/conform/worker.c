/* worker.c - the threads the tester calls the plugin on; one of them is the loop of LOOP plugins.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"

struct task {
    void (*run)(void *);
    void *arg;
    struct ipam_inst *inst; /* set: it is the plugin's own */
    struct task *next;
};
struct ipam_timer {
    struct ipam_inst *inst;
    int64_t due_ms;
    void (*due)(void *);
    void *user;
    struct ipam_timer *next;
};
struct watch {
    struct ipam_inst *inst;
    int fd;
    uint32_t events;
    void (*ready)(void *, int32_t, uint32_t);
    void *user;
};
#define WATCH_MAX 256
struct worker {
    pthread_t thread;
    int wake;
    bool stop;
    struct task *first, **last;
    struct ipam_timer *timers;
    struct watch watches[WATCH_MAX];
    unsigned watch_count;
};

#define THREADS_MAX 4096
static atomic_long tids[THREADS_MAX];
static atomic_uint tid_count;
static __thread struct worker *self;

int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sleep_ms(int64_t ms)
{
    struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };

    nanosleep(&t, NULL);
}

bool tester_thread(long tid)
{
    unsigned count = atomic_load(&tid_count);

    if (tid == getpid())
        return true;
    for (unsigned i = 0; i < count && i < THREADS_MAX; i++)
        if (atomic_load(&tids[i]) == tid)
            return true;
    return false;
}

static void own_signals(void)
{
    sigset_t all;

    /* Those of a fault stay: blocked, they would kill without a word. */
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    sigdelset(&all, SIGTRAP);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static struct task *next_task(struct worker *w)
{
    struct task *t;

    lock();
    t = w->first;
    if (t != NULL) {
        w->first = t->next;
        if (w->first == NULL)
            w->last = &w->first;
    }
    unlock();
    return t;
}

static void run_tasks(struct worker *w)
{
    struct task *t;
    struct entry e;

    while ((t = next_task(w)) != NULL) {
        if (t->inst == NULL) {
            t->run(t->arg);
        } else if (t->inst->state != INST_CLOSED) {
            enter(&e, t->inst, "a deferred function");
            t->run(t->arg);
            leave(&e);
        }
        free(t);
    }
}

static void run_timers(struct worker *w)
{
    int64_t now = now_ms();
    struct ipam_timer *t;
    struct entry e;

    for (struct ipam_timer **at = &w->timers; *at != NULL;) {
        t = *at;
        if (t->due_ms > now) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        enter(&e, t->inst, "a timer");
        t->due(t->user);
        leave(&e);
        free(t);
        at = &w->timers; /* the list may have changed */
    }
}

static int wait_time(const struct worker *w)
{
    int64_t least = 1000, now = now_ms();

    for (const struct ipam_timer *t = w->timers; t != NULL; t = t->next)
        if (t->due_ms - now < least)
            least = t->due_ms > now ? t->due_ms - now : 0;
    return (int)least;
}

static void run_ready(struct worker *w, const struct pollfd *p)
{
    struct entry e;
    uint32_t events = 0;

    for (unsigned i = 0; i < w->watch_count; i++) {
        struct watch copy = w->watches[i];
        if (copy.fd != p->fd)
            continue;
        if (p->revents & (POLLIN | POLLHUP | POLLERR))
            events |= copy.events & IPAM_FD_READ;
        if (p->revents & (POLLOUT | POLLHUP | POLLERR))
            events |= copy.events & IPAM_FD_WRITE;
        if (events == 0)
            return;
        enter(&e, copy.inst, "a function of watch_fd");
        copy.ready(copy.user, copy.fd, events);
        leave(&e);
        return;
    }
}

static void poll_once(struct worker *w)
{
    struct pollfd fds[WATCH_MAX + 1] = { { .fd = w->wake, .events = POLLIN } };
    unsigned count = w->watch_count;
    uint64_t n;

    for (unsigned i = 0; i < count; i++) {
        fds[i + 1].fd = w->watches[i].fd;
        fds[i + 1].events = (short)(((w->watches[i].events & IPAM_FD_READ) ? POLLIN : 0) |
                                    ((w->watches[i].events & IPAM_FD_WRITE) ? POLLOUT : 0));
    }
    if (poll(fds, count + 1, wait_time(w)) <= 0)
        return;
    if (fds[0].revents != 0 && read(w->wake, &n, sizeof(n)) < 0)
        return;
    for (unsigned i = 1; i <= count; i++)
        if (fds[i].revents != 0)
            run_ready(w, &fds[i]);
}

static void *run_worker(void *arg)
{
    struct worker *w = arg;
    unsigned n = atomic_fetch_add(&tid_count, 1);

    host_side = 1;
    if (n < THREADS_MAX)
        atomic_store(&tids[n], syscall(SYS_gettid));
    self = w;
    while (!w->stop) {
        poll_once(w);
        run_tasks(w);
        run_timers(w);
    }
    return NULL;
}

struct worker *worker_new(void)
{
    struct worker *w = xcalloc(1, sizeof(*w));
    sigset_t old;

    w->last = &w->first;
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_sigmask(SIG_SETMASK, NULL, &old);
    own_signals();
    if (w->wake < 0 || pthread_create(&w->thread, NULL, run_worker, w) != 0)
        trial_unjudged("the tester cannot start a thread");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return w;
}

static void post(struct worker *w, struct ipam_inst *inst, void (*run)(void *), void *arg)
{
    struct task *t = xcalloc(1, sizeof(*t));
    uint64_t one = 1;

    *t = (struct task){ run, arg, inst, NULL };
    lock();
    *w->last = t;
    w->last = &t->next;
    unlock();
    if (write(w->wake, &one, sizeof(one)) < 0)
        trial_unjudged("the tester cannot wake its thread");
}

void worker_post(struct worker *w, void (*run)(void *), void *arg)
{
    post(w, NULL, run, arg);
}

void worker_defer(struct worker *w, struct ipam_inst *inst, void (*run)(void *), void *user)
{
    post(w, inst, run, user);
}

struct sync {
    void (*run)(void *);
    void *arg;
    bool over;
};

static void run_sync(void *arg)
{
    struct sync *s = arg;

    s->run(s->arg);
    lock();
    s->over = true;
    changed();
    unlock();
}

bool worker_call(struct worker *w, void (*run)(void *), void *arg, int64_t limit_ms)
{
    struct sync *s = xcalloc(1, sizeof(*s));
    int64_t until = now_ms() + limit_ms;
    bool over;

    *s = (struct sync){ run, arg, false };
    worker_post(w, run_sync, s);
    lock();
    while (!s->over && wait_change(until))
        continue;
    over = s->over;
    unlock();
    if (over)
        free(s);
    return over;
}

static void stop_worker(void *arg)
{
    ((struct worker *)arg)->stop = true;
}

void worker_free(struct worker *w)
{
    struct ipam_timer *t;

    worker_post(w, stop_worker, w);
    pthread_join(w->thread, NULL);
    close(w->wake);
    while ((t = w->timers) != NULL) {
        w->timers = t->next;
        free(t);
    }
    free(w);
}

bool on_worker(const struct worker *w)
{
    return self == w;
}

int32_t worker_watch(struct worker *w, struct ipam_inst *inst, int fd, uint32_t events,
                     void (*ready)(void *, int32_t, uint32_t), void *user)
{
    unsigned i = 0;

    while (i < w->watch_count && w->watches[i].fd != fd)
        i++;
    if (events == 0) {
        if (i < w->watch_count)
            w->watches[i] = w->watches[--w->watch_count];
        return 0;
    }
    if (i == WATCH_MAX)
        return IPAM_E_NOMEM;
    if (i == w->watch_count)
        w->watch_count++;
    w->watches[i] = (struct watch){ inst, fd, events, ready, user };
    return 0;
}

struct ipam_timer *worker_timer(struct worker *w, struct ipam_inst *inst, int64_t after_ms,
                                void (*due)(void *), void *user)
{
    struct ipam_timer *t = xcalloc(1, sizeof(*t));

    *t = (struct ipam_timer){ inst, now_ms() + (after_ms > 0 ? after_ms : 0), due, user, w->timers };
    w->timers = t;
    return t;
}

void worker_timer_stop(struct worker *w, struct ipam_timer *timer)
{
    for (struct ipam_timer **at = &w->timers; *at != NULL; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            free(timer);
            return;
        }
    }
}

void worker_forget(struct worker *w, const struct ipam_inst *inst)
{
    struct ipam_timer *t;

    for (unsigned i = 0; i < w->watch_count;) {
        if (w->watches[i].inst == inst)
            w->watches[i] = w->watches[--w->watch_count];
        else
            i++;
    }
    for (struct ipam_timer **at = &w->timers; (t = *at) != NULL;) {
        if (t->inst == inst) {
            *at = t->next;
            free(t);
        } else {
            at = &t->next;
        }
    }
}

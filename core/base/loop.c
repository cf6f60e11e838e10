/* loop.c - the event loop thread: handles for posted work, one timer handle over a heap.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop_p.h"

#define POSTED_TURN_NS UINT64_C(2000000) /* posted work of one turn; then sockets have theirs */

struct work_queue {
    struct loop_work *head, **tail;
};

struct loop {
    uv_loop_t uv;
    uv_async_t async; /* wakes the loop for what another thread posted */
    uv_idle_t idle;   /* lets it not sleep for what was posted by itself, which costs no system call */
    uv_timer_t timer;
    pthread_t thread;
    unsigned holds;
    bool stopping;

    pthread_mutex_t mutex; /* of the next two */
    struct work_queue posted;
    bool deaf; /* the async handle is closed */
    atomic_bool called; /* by another thread */

    struct work_queue due; /* taken from `posted`, not yet run */

    struct loop_timer **heap; /* the earliest at 0 */
    size_t timers, timers_cap;
    uint64_t order;
    int64_t armed_ms; /* when the timer handle fires; INT64_MAX: never */
    bool in_timers;   /* timers are being run */
};

static void queue_init(struct work_queue *q)
{
    q->head = NULL;
    q->tail = &q->head;
}

static struct loop_work *queue_pop(struct work_queue *q)
{
    struct loop_work *w = q->head;

    q->head = w->next;
    if (!q->head)
        q->tail = &q->head;
    return w;
}

/* Appends all of `from` to `to` and leaves it empty. */
static void queue_move(struct work_queue *to, struct work_queue *from)
{
    if (!from->head)
        return;
    *to->tail = from->head;
    to->tail = from->tail;
    queue_init(from);
}

static void on_idle(uv_idle_t *idle);

void loop_post(struct loop *l, struct loop_work *w, void (*run)(struct loop_work *w))
{
    bool first, mine = loop_is_mine(l);

    w->next = NULL;
    w->run = run;
    pthread_mutex_lock(&l->mutex);
    first = !l->posted.head && !l->deaf;
    *l->posted.tail = w;
    l->posted.tail = &w->next;
    if (!mine)
        atomic_store_explicit(&l->called, true, memory_order_relaxed);
    if (first && !mine) /* under the mutex: the handle must not be closed between the look and the call */
        uv_async_send(&l->async);
    pthread_mutex_unlock(&l->mutex);
    if (first && mine)
        uv_idle_start(&l->idle, on_idle);
}

/* Runs what was posted before now, for POSTED_TURN_NS at most. */
static void run_posted(struct loop *l)
{
    uint64_t start = uv_hrtime();
    unsigned done = 0;

    uv_idle_stop(&l->idle);
    pthread_mutex_lock(&l->mutex);
    atomic_store_explicit(&l->called, false, memory_order_relaxed);
    queue_move(&l->due, &l->posted);
    pthread_mutex_unlock(&l->mutex);
    while (l->due.head) {
        struct loop_work *w = queue_pop(&l->due);

        w->run(w);
        if (++done % 16 == 0 && l->due.head && uv_hrtime() - start > POSTED_TURN_NS) {
            uv_idle_start(&l->idle, on_idle);
            break;
        }
    }
}

void loop_hear(struct loop *l)
{
    if (atomic_load_explicit(&l->called, memory_order_relaxed))
        run_posted(l);
}

static void on_idle(uv_idle_t *idle)
{
    run_posted(container_of(idle, struct loop, idle));
}

static void on_async(uv_async_t *async)
{
    run_posted(container_of(async, struct loop, async));
}

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->order < b->order);
}

static void heap_set(struct loop *l, size_t i, struct loop_timer *t)
{
    l->heap[i] = t;
    t->heap_index = i;
}

static void heap_up(struct loop *l, size_t i, struct loop_timer *t)
{
    for (; i && earlier(t, l->heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap_set(l, i, l->heap[(i - 1) / 2]);
    heap_set(l, i, t);
}

static void heap_down(struct loop *l, size_t i, struct loop_timer *t)
{
    for (size_t child; (child = 2 * i + 1) < l->timers; i = child) {
        if (child + 1 < l->timers && earlier(l->heap[child + 1], l->heap[child]))
            child++;
        if (!earlier(l->heap[child], t))
            break;
        heap_set(l, i, l->heap[child]);
    }
    heap_set(l, i, t);
}

static void on_timer(uv_timer_t *handle);

/* The handle is set only to fire earlier; that it fires for a timer stopped meanwhile costs less than to
 * set it at every change. */
static void arm(struct loop *l, int64_t least_ms)
{
    int64_t due_ms = l->timers ? l->heap[0]->due_ms : INT64_MAX, after_ms;

    if (due_ms >= l->armed_ms || l->in_timers || uv_is_closing((uv_handle_t *)&l->timer))
        return;
    after_ms = due_ms - clock_mono_ms();
    uv_update_time(&l->uv);
    uv_timer_start(&l->timer, on_timer, (uint64_t)(after_ms > least_ms ? after_ms : least_ms), 0);
    l->armed_ms = due_ms;
}

static void on_timer(uv_timer_t *handle)
{
    struct loop *l = container_of(handle, struct loop, timer);
    int64_t now = clock_mono_ms();
    uint64_t order = l->order; /* what is started from here on waits for the next turn */

    l->armed_ms = INT64_MAX;
    l->in_timers = true;
    while (l->timers && l->heap[0]->due_ms <= now && l->heap[0]->order < order) {
        struct loop_timer *t = l->heap[0];

        timer_stop(t);
        t->run(t);
    }
    l->in_timers = false;
    arm(l, 1); /* at 0 libuv would call us again in this turn, and never come to its sockets */
}

void timer_start(struct loop *l, struct loop_timer *t, int64_t after_ms, void (*run)(struct loop_timer *t))
{
    int64_t now = clock_mono_ms();

    timer_stop(t);
    if (l->timers == l->timers_cap) {
        l->timers_cap = l->timers_cap ? l->timers_cap * 2 : 64;
        l->heap = xrealloc(l->heap, l->timers_cap * sizeof(struct loop_timer *));
    }
    t->loop = l;
    t->run = run;
    t->order = l->order++;
    t->due_ms = after_ms <= 0 ? now : after_ms < INT64_MAX - now ? now + after_ms : INT64_MAX - 1;
    if (t->due_ms < 1)
        t->due_ms = 1;
    heap_up(l, l->timers++, t);
    arm(l, 0);
}

void timer_stop(struct loop_timer *t)
{
    struct loop_timer *last;
    struct loop *l;

    if (!t || !t->due_ms)
        return;
    l = t->loop;
    t->due_ms = 0;
    last = l->heap[--l->timers];
    if (last == t)
        return;
    heap_up(l, t->heap_index, last);
    heap_down(l, last->heap_index, last);
}

/* libuv aborts where its small pieces of memory are refused; ours never are. */
static void lend_memory(void)
{
    uv_replace_allocator(xmalloc, xrealloc, xcalloc, free);
}

struct loop *loop_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct loop *l = xcalloc(1, sizeof(*l));
    int rc;

    l->armed_ms = INT64_MAX;
    l->thread = pthread_self();
    queue_init(&l->posted);
    queue_init(&l->due);
    signal(SIGPIPE, SIG_IGN);
    pthread_once(&once, lend_memory);
    rc = uv_loop_init(&l->uv);
    if (rc == 0)
        rc = uv_async_init(&l->uv, &l->async, on_async);
    if (rc != 0) {
        log_event(LOG_ERR_, "loop-failed",
                  "the event loop cannot be made: %s; look at the limits of the process and of the system",
                  uv_strerror(rc));
        _exit(EX_OSERR);
    }
    uv_idle_init(&l->uv, &l->idle);
    uv_timer_init(&l->uv, &l->timer);
    uv_unref((uv_handle_t *)&l->timer); /* the async handle keeps a running loop alive */
    pthread_mutex_init(&l->mutex, NULL);
    return l;
}

void loop_hold(struct loop *l)
{
    if (!l->holds++)
        uv_ref((uv_handle_t *)&l->async);
}

void loop_release(struct loop *l)
{
    assert(l->holds);
    if (!--l->holds && l->stopping)
        uv_unref((uv_handle_t *)&l->async);
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
    if (!l->holds)
        uv_unref((uv_handle_t *)&l->async);
}

/* Hears no more posts; returns whether something is left to run. */
static bool deafen(struct loop *l)
{
    bool left;

    pthread_mutex_lock(&l->mutex);
    left = l->posted.head || l->due.head;
    l->deaf = !left;
    pthread_mutex_unlock(&l->mutex);
    return left;
}

void loop_run(struct loop *l)
{
    if (!loop_is_mine(l))
        l->thread = pthread_self(); /* before any other thread knows of the loop */
    for (;;) {
        uv_run(&l->uv, UV_RUN_DEFAULT);
        if (!deafen(l))
            break;
        run_posted(l);
    }
}

void loop_free(struct loop *l)
{
    int rc;

    if (!l)
        return;
    uv_close((uv_handle_t *)&l->async, NULL);
    uv_close((uv_handle_t *)&l->idle, NULL);
    uv_close((uv_handle_t *)&l->timer, NULL);
    uv_run(&l->uv, UV_RUN_NOWAIT);
    rc = uv_loop_close(&l->uv);
    assert(rc == 0);
    (void)rc;
    pthread_mutex_destroy(&l->mutex);
    free(l->heap);
    free(l);
}

uv_loop_t *loop_uv(struct loop *l)
{
    return &l->uv;
}

bool loop_is_mine(const struct loop *l)
{
    return pthread_equal(l->thread, pthread_self());
}

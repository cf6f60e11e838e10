/* lane.c - threads for work that may block, with a bounded queue in front.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/lane.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/loop_p.h"
#include "base/slot.h"
#include "ipam/status.h"

struct lane {
    struct loop *loop;
    struct loop_work closed_post;
    void (*closed)(void *user);
    void *user;

    pthread_mutex_t mutex; /* of all below but `threads` */
    pthread_cond_t wake;
    struct lane_work *head, **tail;
    unsigned queued, queue_max, running; /* running: threads that have not ended */
    bool closing, abandoned;

    unsigned thread_count;
    struct lane_thread {
        struct lane *lane;
        pthread_t id;
    } threads[];
};

/* On the loop. */
static void work_done(struct loop_work *post)
{
    struct lane_work *w = container_of(post, struct lane_work, post);

    w->lane = NULL;
    w->done(w, w->canceled);
}

static void lane_free(struct lane *l)
{
    for (unsigned i = 0; i < l->thread_count; i++)
        pthread_join(l->threads[i].id, NULL);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

/* On the loop, posted by the last thread. */
static void lane_closed(struct loop_work *post)
{
    struct lane *l = container_of(post, struct lane, closed_post);
    struct loop *loop = l->loop;
    void (*closed)(void *user) = l->closed;
    void *user = l->user;

    lane_free(l);
    if (closed)
        closed(user);
    loop_release(loop);
}

/* The next work, or NULL when the lane closes. */
static struct lane_work *take(struct lane *l)
{
    struct lane_work *w;

    pthread_mutex_lock(&l->mutex);
    while (!l->head && !l->closing)
        pthread_cond_wait(&l->wake, &l->mutex);
    w = l->head;
    if (w) {
        l->head = w->next;
        if (!l->head)
            l->tail = &l->head;
        l->queued--;
    }
    pthread_mutex_unlock(&l->mutex);
    return w;
}

static void *thread_main(void *arg)
{
    struct lane_thread *self = arg;
    struct lane *l = self->lane;
    struct lane_work *w;
    bool last, abandoned = false;

    crash_report_thread();
    while (!abandoned && (w = take(l))) {
        w->run(w, (unsigned)(self - l->threads));
        pthread_mutex_lock(&l->mutex); /* of an abandoned lane the loop may be gone */
        abandoned = l->abandoned;
        if (!abandoned)
            loop_post(l->loop, &w->post, work_done);
        pthread_mutex_unlock(&l->mutex);
    }
    pthread_mutex_lock(&l->mutex);
    last = --l->running == 0 && !l->abandoned;
    pthread_mutex_unlock(&l->mutex);
    if (last)
        loop_post(l->loop, &l->closed_post, lane_closed);
    return NULL;
}

/* Starts the threads with every signal blocked: signals are for the loop's thread. But one comes of what the
 * thread itself did, a call that the sandbox forbids: blocked, it would end the process without a word. */
static bool start_threads(struct lane *l, const char *name, unsigned threads)
{
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGSYS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; l->thread_count < threads; l->thread_count++) {
        struct lane_thread *t = &l->threads[l->thread_count];

        t->lane = l;
        if (pthread_create(&t->id, NULL, thread_main, t))
            break;
        pthread_setname_np(t->id, name);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->thread_count == threads;
}

struct lane *lane_new(struct loop *loop, const char *name, unsigned threads, unsigned queue_max)
{
    struct lane *l = xcalloc(1, sizeof(*l) + threads * sizeof(l->threads[0]));

    assert(threads > 0);
    l->loop = loop;
    l->queue_max = queue_max;
    l->tail = &l->head;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->wake, NULL);
    l->running = threads + 1; /* one more until all are made: a failed start posts nothing */
    if (!start_threads(l, name, threads)) {
        pthread_mutex_lock(&l->mutex);
        l->closing = true;
        pthread_cond_broadcast(&l->wake);
        pthread_mutex_unlock(&l->mutex);
        lane_free(l);
        return NULL;
    }
    pthread_mutex_lock(&l->mutex);
    l->running--;
    pthread_mutex_unlock(&l->mutex);
    loop_hold(loop);
    return l;
}

int lane_submit(struct lane *l, struct lane_work *w)
{
    int rc = 0;

    w->next = NULL;
    w->canceled = false;
    pthread_mutex_lock(&l->mutex);
    if (l->closing) {
        rc = IPAM_E_CANCELED;
    } else if (l->queued >= l->queue_max) {
        rc = IPAM_E_BUSY;
    } else {
        w->lane = l;
        *l->tail = w;
        l->tail = &w->next;
        l->queued++;
    }
    pthread_mutex_unlock(&l->mutex);
    if (rc == 0) /* after the unlock: the thread it wakes wants the mutex */
        pthread_cond_signal(&l->wake);
    return rc;
}

bool lane_cancel(struct lane_work *w)
{
    struct lane *l = w->lane;
    struct lane_work **at;
    bool found;

    if (!l)
        return false;
    pthread_mutex_lock(&l->mutex);
    for (at = &l->head; *at && *at != w;)
        at = &(*at)->next;
    found = *at == w;
    if (found) {
        *at = w->next;
        if (!w->next)
            l->tail = at;
        l->queued--;
        w->canceled = true;
    }
    pthread_mutex_unlock(&l->mutex);
    if (found)
        loop_post(l->loop, &w->post, work_done);
    return found;
}

/* Posts `done`, canceled, of everything that has not begun. */
static void cancel_queued(struct lane *l)
{
    struct lane_work *rest;

    pthread_mutex_lock(&l->mutex);
    assert(!l->closing);
    rest = l->head;
    l->head = NULL;
    l->tail = &l->head;
    l->queued = 0;
    pthread_mutex_unlock(&l->mutex);
    while (rest) {
        struct lane_work *w = rest;

        rest = w->next;
        w->canceled = true;
        loop_post(l->loop, &w->post, work_done);
    }
}

void lane_close(struct lane *l, void (*closed)(void *user), void *user)
{
    l->closed = closed;
    l->user = user;
    cancel_queued(l);
    /* Only now: the last thread posts `closed`, which comes after every `done`. */
    pthread_mutex_lock(&l->mutex);
    l->closing = true;
    pthread_cond_broadcast(&l->wake);
    pthread_mutex_unlock(&l->mutex);
}

void lane_abandon(struct lane *l)
{
    cancel_queued(l);
    pthread_mutex_lock(&l->mutex);
    l->closing = l->abandoned = true;
    pthread_cond_broadcast(&l->wake);
    pthread_mutex_unlock(&l->mutex);
    for (unsigned i = 0; i < l->thread_count; i++)
        pthread_detach(l->threads[i].id);
    loop_release(l->loop);
}

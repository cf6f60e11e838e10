/* loop_things.c - descriptors, timers and deferred functions of a LOOP plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/loop_things.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/slot.h"
#include "ipam/host.h"

#define BLOCKING_US 50000 /* a LOOP plugin that takes longer is named */

struct watched {
    struct watched *next;
    struct loop_things *things;
    uv_poll_t poll;
    int32_t fd;
    bool closing;
    void (*ready)(void *user, int32_t fd, uint32_t events);
    void *user;
};

struct ipam_timer {
    struct ipam_timer *next;
    struct loop_things *things;
    struct loop_timer timer;
    void (*due)(void *user);
    void *user;
};

struct deferred {
    struct deferred *next;
    void (*run)(void *user);
    void *user;
};

void things_judge(const char *plugin, const char *what, int64_t us)
{
    if (us > BLOCKING_US)
        log_event_with(
            LOG_WARN_, "plugin-blocks", LOG_FIELDS(LOG_TEXT("plugin", plugin)),
            "the plugin %s held up the event loop for %lld ms in %s, although it says that it never blocks: "
            "report it to the plugin's author, or isolate the plugin",
            plugin, (long long)(us / 1000), what);
}

static void run_in_slot(struct loop_things *t, const char *what, void (*run)(void *user), void *user)
{
    slot_enter(t->plugin, what);
    run(user);
    things_judge(t->plugin, what, slot_leave());
}

/* --- deferred functions --- */

static struct deferred *take_deferred(struct loop_things *t)
{
    struct deferred *list;

    pthread_mutex_lock(&t->lock);
    t->deferred_posted = false;
    list = t->first_deferred;
    t->first_deferred = NULL;
    t->last_deferred = &t->first_deferred;
    pthread_mutex_unlock(&t->lock);
    return list;
}

static void step_close(struct loop_things *t)
{
    bool waits;

    if (!t->closing || t->open_handles > 0)
        return;
    pthread_mutex_lock(&t->lock);
    waits = t->deferred_posted;
    pthread_mutex_unlock(&t->lock);
    if (waits)
        return; /* what is posted comes here */
    pthread_mutex_destroy(&t->lock);
    t->closed(t->user);
}

static void on_deferred(struct loop_work *w)
{
    struct loop_things *t = container_of(w, struct loop_things, deferred_post);
    struct deferred *d, *next;

    for (d = take_deferred(t); d; d = next) {
        next = d->next;
        if (!t->closing)
            run_in_slot(t, "a deferred function", d->run, d->user);
        free(d);
    }
    step_close(t);
}

int32_t things_defer(struct loop_things *t, void (*run)(void *user), void *user)
{
    struct deferred *d = calloc(1, sizeof(*d));
    bool post;

    if (d == NULL)
        return IPAM_E_NOMEM;
    d->run = run;
    d->user = user;
    pthread_mutex_lock(&t->lock);
    *t->last_deferred = d;
    t->last_deferred = &d->next;
    post = !t->deferred_posted;
    t->deferred_posted = true;
    pthread_mutex_unlock(&t->lock);
    if (post)
        loop_post(t->loop, &t->deferred_post, on_deferred);
    return 0;
}

/* --- timers --- */

static void forget_timer(struct ipam_timer *timer)
{
    struct ipam_timer **at = &timer->things->timers;

    while (*at != timer)
        at = &(*at)->next;
    *at = timer->next;
    timer_stop(&timer->timer);
    free(timer);
}

static void on_due(struct loop_timer *lt)
{
    struct ipam_timer *timer = container_of(lt, struct ipam_timer, timer);
    struct loop_things *t = timer->things;
    void (*due)(void *user) = timer->due;
    void *user = timer->user;

    forget_timer(timer);
    run_in_slot(t, "a timer", due, user);
}

struct ipam_timer *things_timer(struct loop_things *t, int64_t after_ms, void (*due)(void *user), void *user)
{
    struct ipam_timer *timer = calloc(1, sizeof(*timer));

    if (timer == NULL)
        return NULL;
    timer->things = t;
    timer->due = due;
    timer->user = user;
    timer->next = t->timers;
    t->timers = timer;
    timer_start(t->loop, &timer->timer, after_ms, on_due);
    return timer;
}

void things_timer_stop(struct loop_things *t, struct ipam_timer *timer)
{
    for (struct ipam_timer *known = t->timers; known; known = known->next) {
        if (known != timer)
            continue;
        forget_timer(timer);
        return;
    }
}

/* --- descriptors --- */

static void on_closed(uv_handle_t *handle)
{
    struct watched *w = container_of((uv_poll_t *)handle, struct watched, poll);
    struct loop_things *t = w->things;
    struct watched **at = &t->watched;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    free(w);
    t->open_handles--;
    step_close(t);
}

static void unwatch(struct watched *w)
{
    if (w->closing)
        return;
    w->closing = true;
    uv_close((uv_handle_t *)&w->poll, on_closed);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watched *w = container_of(poll, struct watched, poll);
    uint32_t what = (events & UV_READABLE ? IPAM_FD_READ : 0) | (events & UV_WRITABLE ? IPAM_FD_WRITE : 0);

    if (status < 0)
        what = IPAM_FD_READ | IPAM_FD_WRITE; /* reading or writing tells the error */
    slot_enter(w->things->plugin, "a descriptor's function");
    w->ready(w->user, w->fd, what);
    things_judge(w->things->plugin, "a descriptor's function", slot_leave());
}

static struct watched *find_watched(const struct loop_things *t, int32_t fd)
{
    struct watched *w = t->watched;

    while (w && (w->closing || w->fd != fd))
        w = w->next;
    return w;
}

static struct watched *new_watched(struct loop_things *t, int32_t fd)
{
    struct watched *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    w->things = t;
    w->fd = fd;
    if (uv_poll_init(loop_uv(t->loop), &w->poll, fd) < 0) {
        free(w);
        return NULL;
    }
    t->open_handles++;
    w->next = t->watched;
    t->watched = w;
    return w;
}

int32_t things_watch(struct loop_things *t, int32_t fd, uint32_t events,
                     void (*ready)(void *user, int32_t fd, uint32_t events), void *user)
{
    struct watched *w = find_watched(t, fd);
    int wanted = (events & IPAM_FD_READ ? UV_READABLE : 0) | (events & IPAM_FD_WRITE ? UV_WRITABLE : 0);

    if (wanted == 0 || ready == NULL) {
        if (w)
            unwatch(w);
        return wanted == 0 ? 0 : IPAM_E_INVAL;
    }
    if (w == NULL)
        w = new_watched(t, fd);
    if (w == NULL)
        return IPAM_E_INVAL;
    w->ready = ready;
    w->user = user;
    return uv_poll_start(&w->poll, wanted, on_ready) < 0 ? IPAM_E_INVAL : 0;
}

void things_init(struct loop_things *t, struct loop *loop, const char *plugin)
{
    *t = (struct loop_things){ .loop = loop, .plugin = plugin };
    pthread_mutex_init(&t->lock, NULL);
    t->last_deferred = &t->first_deferred;
}

void things_close(struct loop_things *t, void (*closed)(void *user), void *user)
{
    t->closing = true;
    t->closed = closed;
    t->user = user;
    while (t->timers)
        forget_timer(t->timers);
    for (struct watched *w = t->watched; w; w = w->next)
        unwatch(w);
    step_close(t);
}

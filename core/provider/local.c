/* local.c - a plugin's context in this process: its lanes and the calls on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slot.h"
#include "ipam/status.h"
#include "provider/local_p.h"

#define CALLS_DEFAULT 4           /* at once, of a plugin that does not say how many it likes */
#define LASTING_MOST  4           /* calls that last, beside the others */
#define ALLOC_MAX     (64u << 20) /* host->alloc of one request */
#define IMPORT_MAX    (16u << 20) /* one record unfolded */

static const struct ipam_ops *ops_of(const struct local *l)
{
    return kind_ops(&l->spec.plugin->tables, l->spec.kind);
}

/* --- the plugin's functions, each in the slot of its thread --- */

void local_run_open(struct local *l)
{
    const struct plugin *pl = l->spec.plugin;

    slot_enter(pl->name, "open");
    if (l->spec.kind == IPAM_KIND_STORAGE)
        l->open_status = pl->tables.storage.open(&l->inst, &host_table, l->spec.schema, &l->ctx);
    else
        l->open_status = ops_of(l)->open(&l->inst, &host_table, &l->ctx);
    if (l->on_loop)
        things_judge(pl->name, "open", slot_leave());
    else
        slot_leave();
    options_wipe_secrets(&l->inst.options);
}

static void on_caps(struct loop_work *w)
{
    struct local *l = container_of(w, struct local, caps_post);
    uint64_t capabilities;

    pthread_mutex_lock(&l->caps_lock);
    l->caps_posted = false;
    capabilities = l->capabilities;
    pthread_mutex_unlock(&l->caps_lock);
    if (l->spec.caps_changed)
        l->spec.caps_changed(l->spec.user, capabilities);
}

void local_caps_changed(struct local *l, uint64_t capabilities)
{
    pthread_mutex_lock(&l->caps_lock);
    l->capabilities = capabilities & l->spec.plugin->offers[l->spec.kind].capabilities;
    if (!l->caps_posted && !l->caps_closed) {
        l->caps_posted = true;
        loop_post(l->spec.loop, &l->caps_post, on_caps);
    }
    pthread_mutex_unlock(&l->caps_lock);
}

void local_run_close(struct local *l)
{
    const struct plugin *pl = l->spec.plugin;

    pthread_mutex_lock(&l->caps_lock);
    l->caps_closed = true; /* what is posted by now runs before the end */
    pthread_mutex_unlock(&l->caps_lock);

    slot_enter(pl->name, "close");
    if (l->spec.kind == IPAM_KIND_STORAGE)
        pl->tables.storage.close(l->ctx);
    else
        ops_of(l)->close(l->ctx);
    slot_leave();
}

/* The number of the reader's thread goes where the operation's arguments have it. */
static void set_reader(uint32_t op, void *args, unsigned thread)
{
    if (op == CALL_QUERY)
        ((struct ipam_query *)args)->reader = thread;
    else if (op == CALL_CHANGES)
        ((struct ipam_changes *)args)->reader = thread;
    else if (op == CALL_LOG_QUERY)
        ((struct ipam_log_query *)args)->reader = thread;
    else if (op == CALL_DUMP)
        ((struct ipam_dump *)args)->reader = thread;
}

void local_run_call(struct local_call *c, unsigned thread)
{
    const struct local *l = c->local;
    const char *name = call_kind(c->op)->name;
    int64_t us;

    set_reader(c->op, (void *)c->args, thread);
    slot_enter(l->spec.plugin->name, name);
    if (!call_plugin(&l->spec.plugin->tables, l->spec.kind, c->op, l->ctx, c->req, c->args))
        host_unsupported(c->req, name);
    us = slot_leave();
    if (l->on_loop)
        things_judge(l->spec.plugin->name, name, us);
}

/* --- opening and closing --- */

static void run_open(struct lane_work *w, unsigned thread)
{
    (void)thread;
    local_run_open(container_of(w, struct local, open_work));
}

void local_tell_opened(struct local *l)
{
    l->open = l->open_status == 0;
    l->spec.opened(l->spec.user, l->open_status, l->open ? "" : l->inst.open_error);
}

static void open_done(struct lane_work *w, bool canceled)
{
    (void)canceled; /* nothing closes the lane before `opened` */
    local_tell_opened(container_of(w, struct local, open_work));
}

void local_free(struct local *l)
{
    pthread_mutex_destroy(&l->caps_lock);
    log_quota_fini(&l->inst.quota);
    options_fini(&l->inst.options);
    free(l->inst.target);
    free(l);
}

static struct lane *make_lane(struct local *l, const char *name, unsigned threads)
{
    char thread_name[16];

    snprintf(thread_name, sizeof(thread_name), "%.11s%s", l->spec.plugin->name, name);
    return lane_new(l->spec.loop, thread_name, threads, LOCAL_QUEUE_MAX);
}

/* Calls at once: what the plugin can stand, or less if the operator says so. */
static unsigned most_calls(const struct local_spec *spec)
{
    const struct kind_offer *offer = &spec->plugin->offers[spec->kind];
    unsigned most = offer->concurrency ? offer->concurrency : CALLS_DEFAULT;

    if (spec->kind == IPAM_KIND_STORAGE || offer->thread_model == IPAM_THREAD_SERIAL)
        return 1;
    return spec->most_calls && spec->most_calls < most ? spec->most_calls : most;
}

/* Threads for calls that last come on top, so that they keep out no other. */
static unsigned lasting_threads(const struct local_spec *spec)
{
    uint64_t caps = spec->plugin->offers[spec->kind].capabilities;
    bool lasting = (spec->kind == IPAM_KIND_VSPACE && (caps & IPAM_VSPACE_CAP_WATCH)) ||
                   (spec->kind == IPAM_KIND_AUDIT && (caps & IPAM_AUDIT_CAP_LISTEN));

    return lasting ? LASTING_MOST : 0;
}

static bool make_lanes(struct local *l)
{
    const struct local_spec *spec = &l->spec;
    bool storage = spec->kind == IPAM_KIND_STORAGE;

    l->open_work.run = run_open;
    l->open_work.done = open_done;
    l->writer = make_lane(l, "", l->most_calls + lasting_threads(spec));
    if (l->writer && storage)
        l->reader = make_lane(l, ".rd", spec->plugin->tables.storage.readers);
    if (l->writer && (!storage || l->reader) && lane_submit(l->writer, &l->open_work) == 0)
        return true;
    if (l->writer)
        lane_close(l->writer, NULL, NULL);
    if (l->reader)
        lane_close(l->reader, NULL, NULL);
    return false;
}

struct local *local_open(const struct local_spec *spec)
{
    struct local *l = xcalloc(1, sizeof(*l));

    l->spec = *spec;
    l->on_loop = spec->plugin->offers[spec->kind].thread_model == IPAM_THREAD_LOOP;
    l->most_calls = most_calls(spec);
    l->inst.plugin = spec->plugin;
    l->inst.local = l;
    l->inst.target = xstrdup(spec->target);
    l->inst.options = spec->options;
    log_quota_init(&l->inst.quota);
    pthread_mutex_init(&l->caps_lock, NULL);
    if (l->on_loop) {
        on_loop_open(l);
    } else if (!make_lanes(l)) {
        local_free(l);
        return NULL;
    }
    return l;
}

static void lane_gone(void *user)
{
    struct local *l = user;
    void (*closed)(void *) = l->spec.closed;

    if (--l->closing_lanes > 0)
        return;
    user = l->spec.user;
    local_free(l);
    closed(user);
}

static void run_close(struct lane_work *w, unsigned thread)
{
    (void)thread;
    local_run_close(container_of(w, struct local, close_work));
}

static void close_done(struct lane_work *w, bool canceled)
{
    struct local *l = container_of(w, struct local, close_work);

    (void)canceled;
    l->closing_lanes = l->reader ? 2 : 1;
    if (l->reader)
        lane_close(l->reader, lane_gone, l);
    lane_close(l->writer, lane_gone, l);
}

void local_close(struct local *l)
{
    if (l->on_loop) {
        on_loop_close(l);
        return;
    }
    l->close_work.run = run_close;
    l->close_work.done = close_done;
    if (!l->open || lane_submit(l->writer, &l->close_work) < 0)
        close_done(&l->close_work, true);
}

static void forgotten(void *user)
{
    (void)user; /* the context leaks knowingly */
}

void local_abandon(struct local *l)
{
    if (l->closing_lanes) /* its threads are about to end */
        return;
    for (struct ipam_req *req = l->live; req; req = req->next) {
        pthread_mutex_lock(&req->lock);
        req->abandoned = true;
        req->call = NULL;
        pthread_cond_broadcast(&req->wake);
        pthread_mutex_unlock(&req->lock);
    }
    if (l->on_loop) {
        l->first_wait = NULL;
        l->last_wait = &l->first_wait;
        if (!l->things.closing)
            things_close(&l->things, forgotten, NULL);
        return;
    }
    lane_abandon(l->writer);
    if (l->reader)
        lane_abandon(l->reader);
}

/* --- calls --- */

/* On a lane thread. Returns only when the plugin has called done, from whatever thread. */
static void run_call(struct lane_work *w, unsigned thread)
{
    struct local_call *c = container_of(w, struct local_call, work);
    struct ipam_req *req = c->req;

    pthread_mutex_lock(&req->lock);
    c->started = true;
    pthread_mutex_unlock(&req->lock);
    local_run_call(c, thread);
    pthread_mutex_lock(&req->lock);
    while (req->call)
        pthread_cond_wait(&req->wake, &req->lock);
    pthread_mutex_unlock(&req->lock);
}

static bool lasts(const struct local_call *c)
{
    return call_kind(c->op)->flags & CALL_LASTING;
}

void local_call_ended(struct local_call *c, bool canceled)
{
    struct ipam_req *req = c->req, **at = &c->local->live;

    while (*at != req)
        at = &(*at)->next;
    *at = req->next;
    pthread_mutex_lock(&req->lock);
    req->call = NULL;
    pthread_mutex_unlock(&req->lock);
    handle_give(req);
    c->req = NULL;
    c->local->lasting -= lasts(c);
    arena_fini(&c->memory);
    arena_fini(&c->scratch);
    chunk_free(c->filling);
    chunk_queue_fini(&c->ready);
    c->ended(c, canceled);
}

static void call_done(struct lane_work *w, bool canceled)
{
    local_call_ended(container_of(w, struct local_call, work), canceled);
}

static int hand_in(struct local *l, struct local_call *c)
{
    if (lasts(c) && l->lasting == LASTING_MOST)
        return IPAM_E_BUSY;
    if (l->on_loop)
        return on_loop_submit(l, c);
    return lane_submit(call_kind(c->op)->flags & CALL_READER ? l->reader : l->writer, &c->work);
}

int local_submit(struct local *l, struct local_call *c)
{
    int status;

    c->local = l;
    c->work.run = run_call;
    c->work.done = call_done;
    arena_init(&c->memory, ALLOC_MAX);
    arena_init(&c->scratch, IMPORT_MAX);
    chunk_queue_init(&c->ready);
    c->req = handle_take(c, l->spec.plugin->name);
    c->req->next = l->live;
    l->live = c->req;
    status = hand_in(l, c);
    if (status < 0) {
        l->live = c->req->next;
        c->req->call = NULL;
        handle_give(c->req);
        c->req = NULL;
    } else {
        l->lasting += lasts(c);
    }
    return status;
}

/* What the plugin has for it, in the slot of this thread; a slow one is named. */
static void tell_cancel(struct local *l, struct ipam_req *req)
{
    const struct ipam_ops *ops = ops_of(l);

    if (ops == NULL || ops->cancel == NULL)
        return;
    slot_enter(l->spec.plugin->name, "cancel");
    ops->cancel(l->ctx, req);
    things_judge(l->spec.plugin->name, "cancel", slot_leave());
}

void local_cancel(struct local_call *c)
{
    struct ipam_req *req = c->req;
    bool tell;

    if (req == NULL || (c->local->on_loop ? on_loop_cancel(c) : lane_cancel(&c->work)))
        return;
    pthread_mutex_lock(&req->lock);
    tell = req->call == c && c->started && !c->canceled;
    c->canceled = true;
    if (tell)
        on_loop_credit(c);
    pthread_cond_broadcast(&req->wake);
    pthread_mutex_unlock(&req->lock);
    if (tell)
        tell_cancel(c->local, req);
}

bool local_started(struct local_call *c)
{
    bool started;

    if (c->req == NULL)
        return false;
    pthread_mutex_lock(&c->req->lock);
    started = c->started;
    pthread_mutex_unlock(&c->req->lock);
    return started;
}

void local_credit(struct local_call *c, size_t bytes)
{
    if (c->req == NULL)
        return;
    pthread_mutex_lock(&c->req->lock);
    c->outstanding -= bytes < c->outstanding ? bytes : c->outstanding;
    if (c->req->call == c)
        on_loop_credit(c);
    pthread_cond_broadcast(&c->req->wake);
    pthread_mutex_unlock(&c->req->lock);
}

void local_stepped(struct local_call *c)
{
    if (c->req == NULL)
        return;
    pthread_mutex_lock(&c->req->lock);
    c->stepped = true;
    pthread_cond_broadcast(&c->req->wake);
    pthread_mutex_unlock(&c->req->lock);
}

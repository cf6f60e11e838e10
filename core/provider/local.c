/* local.c - a plugin's context in this process: its lanes and the calls on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/local_p.h"

#define PARALLEL_THREADS 4       /* of a plugin that stands several calls at once */
#define ALLOC_MAX (64u << 20)    /* host->alloc of one request */
#define IMPORT_MAX (16u << 20)   /* one record unfolded */

static void run_open(struct lane_work *w, unsigned thread)
{
    struct local *l = container_of(w, struct local, open_work);
    const struct plugin *pl = l->spec.plugin;

    (void)thread;
    if (l->spec.schema)
        l->open_status = pl->storage.open(&l->inst, &host_table, l->spec.schema, &l->ctx);
    else
        l->open_status = pl->dhcp.open(&l->inst, &host_table, &l->ctx);
    options_wipe_secrets(&l->inst.options);
}

static void open_done(struct lane_work *w, bool canceled)
{
    struct local *l = container_of(w, struct local, open_work);
    const char *message = l->inst.open_error;

    (void)canceled; /* nothing closes the lane before `opened` */
    l->open = l->open_status == 0;
    l->spec.opened(l->spec.user, l->open_status, l->open ? "" : message);
}

static void local_free(struct local *l)
{
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

struct local *local_open(const struct local_spec *spec)
{
    struct local *l = xcalloc(1, sizeof(*l));
    bool parallel = !spec->schema && spec->plugin->dhcp.thread_model == IPAM_THREAD_PARALLEL;

    l->spec = *spec;
    l->inst.plugin = spec->plugin;
    l->inst.target = xstrdup(spec->target);
    l->inst.options = spec->options;
    l->open_work.run = run_open;
    l->open_work.done = open_done;
    l->writer = make_lane(l, "", parallel ? PARALLEL_THREADS : 1);
    if (l->writer && spec->schema)
        l->reader = make_lane(l, ".rd", spec->plugin->storage.readers);
    if (l->writer == NULL || (spec->schema && l->reader == NULL) ||
        lane_submit(l->writer, &l->open_work) < 0) {
        if (l->writer)
            lane_close(l->writer, NULL, NULL);
        if (l->reader)
            lane_close(l->reader, NULL, NULL);
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
    struct local *l = container_of(w, struct local, close_work);

    (void)thread;
    if (l->spec.schema)
        l->spec.plugin->storage.close(l->ctx);
    else
        l->spec.plugin->dhcp.close(l->ctx);
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
    l->close_work.run = run_close;
    l->close_work.done = close_done;
    if (!l->open || lane_submit(l->writer, &l->close_work) < 0)
        close_done(&l->close_work, true);
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
    lane_abandon(l->writer);
    if (l->reader)
        lane_abandon(l->reader);
}

/* The reader's number goes where the operation's arguments have it. */
static void call_storage(struct local_call *c, unsigned thread)
{
    const struct ipam_storage_ops *o = &c->local->spec.plugin->storage;
    void *ctx = c->local->ctx, *args = (void *)c->args;

    switch ((enum call_op)c->op) {
    case CALL_ENTER:
        o->gate_enter(ctx, c->req, args);
        break;
    case CALL_GET:
        o->gate_get(ctx, c->req, args);
        break;
    case CALL_COMMIT:
        o->gate_commit(ctx, c->req, args);
        break;
    case CALL_ABORT:
        o->gate_abort(ctx, c->req);
        break;
    case CALL_OUTCOME:
        o->outcome(ctx, c->req, args);
        break;
    case CALL_QUERY:
        ((struct ipam_query *)args)->reader = thread;
        o->query(ctx, c->req, args);
        break;
    case CALL_CHANGES:
        ((struct ipam_changes *)args)->reader = thread;
        o->changes(ctx, c->req, args);
        break;
    default:
        host_table.done(c->req, IPAM_E_UNSUPPORTED, NULL);
    }
}

static void call_dhcp(struct local_call *c)
{
    const struct ipam_dhcp_ops *o = &c->local->spec.plugin->dhcp;
    void *ctx = c->local->ctx;

    if (c->op == CALL_PROBE)
        o->probe(ctx, c->req);
    else if (c->op == CALL_READ_CONFIG)
        o->read_config(ctx, c->req, c->args);
    else if (c->op == CALL_READ_LEASES && o->read_leases)
        o->read_leases(ctx, c->req, c->args);
    else if (c->op == CALL_APPLY && o->apply)
        o->apply(ctx, c->req, c->args);
    else
        host_table.done(c->req, IPAM_E_UNSUPPORTED, NULL);
}

/* On a lane thread. Returns only when the plugin has called done, from whatever thread: one call at a time.
 */
static void run_call(struct lane_work *w, unsigned thread)
{
    struct local_call *c = container_of(w, struct local_call, work);
    struct ipam_req *req = c->req;

    pthread_mutex_lock(&req->lock);
    c->started = true;
    pthread_mutex_unlock(&req->lock);
    if (c->local->spec.schema)
        call_storage(c, thread);
    else
        call_dhcp(c);
    pthread_mutex_lock(&req->lock);
    while (req->call)
        pthread_cond_wait(&req->wake, &req->lock);
    pthread_mutex_unlock(&req->lock);
}

static void call_done(struct lane_work *w, bool canceled)
{
    struct local_call *c = container_of(w, struct local_call, work);
    struct ipam_req *req = c->req, **at = &c->local->live;

    while (*at != req)
        at = &(*at)->next;
    *at = req->next;
    pthread_mutex_lock(&req->lock);
    req->call = NULL;
    pthread_mutex_unlock(&req->lock);
    handle_give(req);
    c->req = NULL;
    arena_fini(&c->memory);
    arena_fini(&c->scratch);
    chunk_free(c->filling);
    chunk_queue_fini(&c->ready);
    c->ended(c, canceled);
}

int local_submit(struct local *l, struct local_call *c)
{
    const struct call_kind *kind = call_kind(c->op);
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
    status = lane_submit(kind->reader ? l->reader : l->writer, &c->work);
    if (status < 0) {
        l->live = c->req->next;
        c->req->call = NULL;
        handle_give(c->req);
        c->req = NULL;
    }
    return status;
}

void local_cancel(struct local_call *c)
{
    struct ipam_req *req = c->req;
    const struct plugin *pl;
    bool tell;

    if (req == NULL || lane_cancel(&c->work))
        return;
    pl = c->local->spec.plugin;
    pthread_mutex_lock(&req->lock);
    tell = req->call == c && c->started && !c->canceled;
    c->canceled = true;
    pthread_cond_broadcast(&req->wake);
    pthread_mutex_unlock(&req->lock);
    if (tell && pl->dhcp.cancel && !c->local->spec.schema)
        pl->dhcp.cancel(c->local->ctx, req);
}

void local_credit(struct local_call *c, size_t bytes)
{
    if (c->req == NULL)
        return;
    pthread_mutex_lock(&c->req->lock);
    c->outstanding -= bytes < c->outstanding ? bytes : c->outstanding;
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

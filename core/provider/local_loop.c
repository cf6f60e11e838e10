/* local_loop.c - a LOOP plugin's context: opened, called and closed on the loop's own thread, later.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/slot.h"
#include "ipam/status.h"
#include "provider/local_p.h"

static void on_turn(struct loop_work *w);

static void post_turn(struct local *l)
{
    if (l->turn_posted)
        return;
    l->turn_posted = true;
    loop_post(l->spec.loop, &l->turn, on_turn);
}

static void on_things_closed(void *user)
{
    struct local *l = user;
    void (*closed)(void *) = l->spec.closed;

    user = l->spec.user;
    local_free(l);
    closed(user);
}

static void run_close(struct local *l)
{
    if (l->open)
        local_run_close(l);
    things_close(&l->things, on_things_closed, l);
}

static bool lasts(const struct local_call *c)
{
    return call_kind(c->op)->flags & CALL_LASTING;
}

/* The first that waits and may begin, taken out. */
static struct local_call *take_waiting(struct local *l)
{
    struct local_call **at = &l->first_wait, *c;

    while (*at && !lasts(*at) && l->active >= l->most_calls)
        at = &(*at)->wait_next;
    c = *at;
    if (c == NULL)
        return NULL;
    *at = c->wait_next;
    if (*at == NULL)
        l->last_wait = at;
    return c;
}

static void on_turn(struct loop_work *w)
{
    struct local *l = container_of(w, struct local, turn);
    struct local_call *c;

    l->turn_posted = false;
    if (l->life == LIFE_OPENING) {
        l->life = LIFE_OPEN;
        local_run_open(l);
        local_tell_opened(l);
        return;
    }
    if (l->life == LIFE_CLOSING) {
        run_close(l);
        return;
    }
    while ((c = take_waiting(l))) {
        l->active += !lasts(c);
        c->started = true;
        local_run_call(c, 0);
    }
}

void on_loop_open(struct local *l)
{
    l->life = LIFE_OPENING;
    l->last_wait = &l->first_wait;
    l->turn_posted = false;
    things_init(&l->things, l->spec.loop, l->spec.plugin->name);
    post_turn(l);
}

void on_loop_close(struct local *l)
{
    l->life = LIFE_CLOSING;
    post_turn(l);
}

int on_loop_submit(struct local *l, struct local_call *c)
{
    unsigned waiting = 0;

    for (const struct local_call *w = l->first_wait; w; w = w->wait_next)
        waiting++;
    if (waiting >= LOCAL_QUEUE_MAX)
        return IPAM_E_BUSY;
    c->wait_next = NULL;
    *l->last_wait = c;
    l->last_wait = &c->wait_next;
    post_turn(l);
    return 0;
}

static void on_end(struct loop_work *w)
{
    struct local_call *c = container_of(w, struct local_call, end_post);
    struct local *l = c->local;

    l->active -= c->started && !lasts(c);
    if (l->first_wait)
        post_turn(l);
    local_call_ended(c, !c->started);
}

void on_loop_done(struct local_call *c)
{
    loop_post(c->local->spec.loop, &c->end_post, on_end);
}

bool on_loop_cancel(struct local_call *c)
{
    struct local *l = c->local;
    struct local_call **at = &l->first_wait;

    while (*at && *at != c)
        at = &(*at)->wait_next;
    if (*at == NULL)
        return false;
    *at = c->wait_next;
    if (*at == NULL)
        l->last_wait = at;
    on_loop_done(c);
    return true;
}

static void on_credit_due(struct loop_work *w)
{
    struct local_call *c = container_of(w, struct local_call, credit_post);
    void (*run)(void *user);
    void *user;

    pthread_mutex_lock(&c->req->lock);
    c->credit_posted = false;
    run = c->req->call ? c->on_credit : NULL; /* done meanwhile: it is not wanted any more */
    user = c->on_credit_user;
    c->on_credit = NULL;
    pthread_mutex_unlock(&c->req->lock);
    if (run == NULL)
        return;
    slot_enter(c->local->spec.plugin->name, "the function for credit");
    run(user);
    things_judge(c->local->spec.plugin->name, "the function for credit", slot_leave());
}

void on_loop_credit(struct local_call *c)
{
    if (c->on_credit == NULL || c->credit_posted || (c->outstanding >= LOCAL_CREDIT && !c->canceled))
        return;
    c->credit_posted = true;
    loop_post(c->local->spec.loop, &c->credit_post, on_credit_due);
}

/* follow.c - follows the changes: what they make suspect is judged in the gate, a batch at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * At most one batch is under way. A turn goes on with spans and walks, then hands in what waits. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "conflict/follow_p.h"
#include "model/rules.h"

#define HELD_POLL_MS 10    /* how soon it is seen that a server was read */
#define HELD_MOST_MS 10000 /* a server that takes longer is judged by what is known of it */
#define RETRY_MS     1000  /* after storage did not take a batch */

struct look conflicts_look(const struct conflicts *c)
{
    return (struct look){ state_view(c->state), &c->side };
}

static void on_work(struct loop_work *w);
static void on_timer(struct loop_timer *t);

static void wake(struct conflicts *c)
{
    if (c->posted || c->in_flight || c->stopped || c->gate == NULL)
        return;
    c->posted = true;
    loop_post(c->loop, &c->work, on_work);
}

static void on_changed(struct state_watch *w, const void *before, const void *after)
{
    struct conflicts *c = container_of(w, struct conflicts, watch);
    note_row(c, before, after);
    if (!conflicts_settled(c))
        wake(c);
}

/* --- what waits --- */

static void items_init(struct items *l)
{
    l->first = NULL;
    l->tail = &l->first;
}

static struct item *items_pop(struct items *l)
{
    struct item *i = l->first;
    if (i == NULL)
        return NULL;
    l->first = i->next;
    if (l->first == NULL)
        l->tail = &l->first;
    i->next = NULL;
    return i;
}

static void items_push(struct items *l, struct item *i)
{
    i->next = NULL;
    *l->tail = i;
    l->tail = &i->next;
}

/* Thousands may be held, of few servers: each is asked for once in a row. */
static void release_held(struct conflicts *c)
{
    int64_t now = clock_mono_ms(), server = 0;
    struct items all = c->held;
    struct item *i;
    bool busy = false;
    if (all.first == NULL || now - c->polled_ms < HELD_POLL_MS)
        return;
    c->polled_ms = now;
    items_init(&c->held);
    while ((i = items_pop(&all)) != NULL) {
        if (i->server != server)
            busy = i->server != 0 && fleet_is_busy(c->fleet, i->server);
        server = i->server;
        items_push(busy && now - i->noted_ms < HELD_MOST_MS ? &c->held : &c->ready, i);
    }
}

/* An object is looked at with all that it overlaps. */
static unsigned weight_of(const struct item *i)
{
    return i->place.type == IPAM_T_ADDRESS ? 1 : 8;
}

static void take(struct conflicts *c)
{
    struct item *i;
    unsigned weight = 0;
    while (weight < BATCH_PLACES &&
           ((i = items_pop(&c->urgent)) != NULL || (i = items_pop(&c->ready)) != NULL)) {
        smap_del(&c->queued, &i->place, sizeof(i->place));
        c->waiting--;
        c->batch[c->batch_count++] = i;
        weight += weight_of(i);
    }
}

/* --- a batch --- */

static void on_settled(struct intent *in, int status)
{
    struct conflicts *c = container_of(in, struct conflicts, intent);
    c->in_flight = false;
    for (size_t i = 0; i < c->batch_count; i++) {
        if (status != 0) /* storage is away: they wait for another turn */
            note_place(c, &c->batch[i]->place, c->batch[i]->rev, 0);
        free(c->batch[i]);
    }
    c->batch_count = 0;
    if (c->stopped)
        return;
    if (status != 0)
        timer_start(c->loop, &c->timer, RETRY_MS, on_timer);
    else
        wake(c);
}

static void hand_in(struct conflicts *c)
{
    c->intent = (struct intent){ .operation = "ipam.conflict.judge",
                                 .actor.name = IPAM_STR(MODEL_SELF),
                                 .rows = (unsigned)c->batch_count,
                                 .needs = decide_needs,
                                 .decide = decide_batch,
                                 .settled = on_settled };
    c->in_flight = true;
    gate_submit(c->gate, &c->intent);
}

static void turn(struct conflicts *c)
{
    if (c->in_flight || c->stopped)
        return;
    release_held(c);
    expand_some(c);
    take(c);
    if (c->batch_count > 0)
        hand_in(c);
    else if (!expand_is_done(c))
        wake(c);
    else if (c->held.first != NULL)
        timer_start(c->loop, &c->timer, HELD_POLL_MS, on_timer);
}

static void on_work(struct loop_work *w)
{
    struct conflicts *c = container_of(w, struct conflicts, work);
    c->posted = false;
    turn(c);
}

static void on_timer(struct loop_timer *t)
{
    turn(container_of(t, struct conflicts, timer));
}

/* --- life --- */

struct conflicts *conflicts_new(struct loop *loop, struct state *state)
{
    struct conflicts *c = xcalloc(1, sizeof(*c));
    c->loop = loop;
    c->state = state;
    c->watch.changed = on_changed;
    side_init(&c->side);
    smap_init(&c->queued);
    items_init(&c->urgent);
    items_init(&c->ready);
    items_init(&c->held);
    state_watch(state, &c->watch);
    return c;
}

void conflicts_start(struct conflicts *c, struct gate *gate, struct fleet *fleet)
{
    c->gate = gate;
    c->fleet = fleet;
    expand_sweep(c);
    wake(c);
}

void conflicts_stop(struct conflicts *c)
{
    c->stopped = true;
    timer_stop(&c->timer);
}

bool conflicts_settled(const struct conflicts *c)
{
    return !c->in_flight && c->waiting == 0 && expand_is_done(c);
}

static void items_drop(struct items *l)
{
    for (struct item *i; (i = items_pop(l)) != NULL;)
        free(i);
}

void conflicts_free(struct conflicts *c)
{
    if (c == NULL)
        return;
    items_drop(&c->urgent);
    items_drop(&c->ready);
    items_drop(&c->held);
    expand_drop(c);
    smap_fini(&c->queued);
    side_fini(&c->side);
    free(c);
}

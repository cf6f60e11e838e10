/* head.c - calls that wait until memory has reached a revision.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What storage has made durable is published in memory a moment later. An answer that shows it waits for
 * that, so that no client sees a revision from one list and an older one from the next; and a client may
 * ask for a revision that it heard of elsewhere (IPAM-Min-Revision). */
#include "api/call.h"

void call_head_leave(struct call *c)
{
    struct head_wait *w = &c->at_head;

    if (w->link == NULL)
        return;
    timer_stop(&w->timer);
    *w->link = w->next;
    if (w->next != NULL)
        w->next->at_head.link = w->link;
    w->link = NULL;
}

static void on_late(struct loop_timer *t)
{
    struct call *c = container_of(t, struct call, at_head.timer);

    call_head_leave(c);
    c->at_head.late = true;
    c->at_head.then(c);
}

static bool reached(const struct call *c)
{
    return state_head(c->api->at.state) >= c->at_head.rev;
}

void call_at_head(struct call *c, int64_t rev, int64_t timeout_ms, void (*then)(struct call *c))
{
    struct head_wait *w = &c->at_head;
    struct api *a = c->api;

    w->rev = rev;
    w->then = then;
    w->late = false;
    if (reached(c)) {
        then(c);
        return;
    }
    w->next = a->behind;
    w->link = &a->behind;
    if (w->next != NULL)
        w->next->at_head.link = &w->next;
    a->behind = c;
    timer_start(a->at.loop, &w->timer, timeout_ms, on_late);
}

/* One that goes on may make others go on or leave, so each look begins anew. */
static void on_moved(struct loop_work *work)
{
    struct api *a = container_of(work, struct api, moved);
    struct call *c;

    a->moving = false;
    do {
        for (c = a->behind; c != NULL && !reached(c);)
            c = c->at_head.next;
        if (c != NULL) {
            call_head_leave(c);
            c->at_head.then(c);
        }
    } while (c != NULL);
}

static void note_move(struct state_watch *w)
{
    struct api *a = container_of(w, struct api, watch);

    if (a->moving || a->behind == NULL)
        return;
    a->moving = true;
    loop_post(a->at.loop, &a->moved, on_moved);
}

void api_watch_head(struct api *a)
{
    a->watch.moved = note_move;
    state_watch(a->at.state, &a->watch);
}

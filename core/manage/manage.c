/* manage.c - which servers have plans waiting, and who waits for plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage/manage.h"

#include <stdlib.h>

#include "manage/manage_p.h"

struct plan_wait {
    struct plan_wait *next, **link;
    struct loop_timer timer;   /* also carries the wake-up, so that done never runs inside the caller */
    struct manage *m;
    int64_t plan;
    void (*done)(void *user);
    void *user;
};

struct manage *manage_new(const struct manage_config *config)
{
    struct manage *m = xcalloc(1, sizeof(*m));
    m->at = *config;
    imap_init(&m->servers);
    return m;
}

void manage_free(struct manage *m)
{
    size_t pos = 0;
    uint64_t id;
    void *r;
    if (m == NULL)
        return;
    while (imap_next(&m->servers, &pos, &id, &r)) {
        timer_stop(&((struct runner *)r)->retry);
        free(r);
    }
    imap_fini(&m->servers);
    free(m);
}

void manage_kick(struct manage *m, int64_t server)
{
    struct runner *r = imap_get(&m->servers, (uint64_t)server);
    if (m->closing)
        return;
    if (r == NULL) {
        r = xcalloc(1, sizeof(*r));
        r->m = m;
        r->server = server;
        imap_put(&m->servers, (uint64_t)server, r);
    }
    timer_stop(&r->retry);
    r->kicked = true;
    runner_start(r);
}

void manage_recover(struct manage *m)
{
    const struct state *s = m->at.state;
    for (const struct ipam_server *row = state_next(s, IPAM_T_SERVER, 0); row != NULL; row = state_next(s, IPAM_T_SERVER, row->id))
        manage_kick(m, row->id);
}

void manage_close(struct manage *m, void (*closed)(void *user), void *user)
{
    size_t pos = 0;
    uint64_t id;
    void *r;
    m->closing = true;
    m->closed = closed;
    m->closed_user = user;
    while (imap_next(&m->servers, &pos, &id, &r))
        timer_stop(&((struct runner *)r)->retry);
    if (m->running == 0)
        closed(user);
}

static void wait_free(struct plan_wait *w)
{
    timer_stop(&w->timer);
    *w->link = w->next;
    if (w->next != NULL)
        w->next->link = w->link;
    free(w);
}

static void wait_fire(struct loop_timer *t)
{
    struct plan_wait *w = container_of(t, struct plan_wait, timer);
    void (*done)(void *) = w->done;
    void *user = w->user;
    wait_free(w);
    done(user);
}

struct plan_wait *manage_wait(struct manage *m, int64_t plan, int64_t timeout_ms, void (*done)(void *user), void *user)
{
    struct plan_wait *w = xcalloc(1, sizeof(*w));
    w->m = m;
    w->plan = plan;
    w->done = done;
    w->user = user;
    w->next = m->waits;
    w->link = &m->waits;
    if (w->next != NULL)
        w->next->link = &w->next;
    m->waits = w;
    timer_start(m->at.loop, &w->timer, timeout_ms, wait_fire);
    return w;
}

void manage_wait_cancel(struct plan_wait *w)
{
    wait_free(w);
}

void waits_wake(struct manage *m, int64_t plan)
{
    for (struct plan_wait *w = m->waits; w != NULL; w = w->next) {
        if (w->plan != plan)
            continue;
        timer_stop(&w->timer);
        timer_start(m->at.loop, &w->timer, 0, wait_fire);
    }
}

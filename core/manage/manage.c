/* manage.c - which servers have plans waiting, and who waits for plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage/manage.h"

#include <stdlib.h>

#include "base/log.h"
#include "manage/manage_p.h"

#define CLOSE_GRACE_MS 2000 /* for calls under way when it closes */

struct plan_wait {
    struct plan_wait *next, **link;
    struct loop_timer timer; /* also carries the wake-up, so that done never runs inside the caller */
    struct manage *m;
    int64_t plans[WAIT_PLANS_MOST]; /* that have not ended */
    size_t count;
    void (*done)(void *user);
    void *user;
};

struct manage *manage_new(const struct manage_config *config)
{
    struct manage *m = xcalloc(1, sizeof(*m));
    m->at = *config;
    if (m->at.steps_most == 0)
        m->at.steps_most = RUN_STEPS;
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
        timer_stop(&((struct runner *)r)->due);
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

/* Asks storage for the plans in one state that have not ended, whatever their servers are now. */
struct recovery {
    struct manage *m;
    uint32_t state;
};

static void recover_state(struct recovery *r);

static void on_plan(void *user, const struct record_type *t, void *rec)
{
    const struct recovery *r = user;
    const struct ipam_plan *plan = rec;
    (void)t;
    if (record_has(plan, IPAM_PLAN_SERVER)) /* else its parts have */
        manage_kick(r->m, plan->server);
}

static void on_plans(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct recovery *r = user;
    struct manage *m = r->m;
    (void)answer;
    if (status != 0)
        log_event(LOG_WARN_, "plans-unknown",
                  "plans that wait could not be read: %s; they go on after the next start or change",
                  message);
    if (status == 0 && r->state == IPAM_PLAN_STATE_RUNNING) {
        r->state = IPAM_PLAN_STATE_PLANNED;
        recover_state(r);
        return;
    }
    free(r);
    manage_leave(m);
}

static void recover_state(struct recovery *r)
{
    struct ipam_plan like;
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_STATE, state, r->state);
    struct store_filter f = { IPAM_PLAN_STATE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = &f, .filter_count = 1 };
    store_query(r->m->at.store, &q, on_plan, on_plans, r);
}

void manage_recover(struct manage *m)
{
    struct recovery *r = xcalloc(1, sizeof(*r));
    r->m = m;
    r->state = IPAM_PLAN_STATE_RUNNING;
    m->running++;
    recover_state(r);
}

void manage_leave(struct manage *m)
{
    m->running--;
    if (!m->closing || m->running > 0)
        return;
    timer_stop(&m->hurry_timer);
    m->closed(m->closed_user);
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

/* What was sent has had its time to be answered; what it did is read back at the next start, as after a
 * crash. */
static void on_hurry(struct loop_timer *t)
{
    struct manage *m = container_of(t, struct manage, hurry_timer);
    size_t pos = 0;
    uint64_t id;
    void *r;
    m->hurried = true;
    while (imap_next(&m->servers, &pos, &id, &r))
        if (((struct runner *)r)->current != NULL)
            request_cancel(((struct runner *)r)->current);
}

void manage_close(struct manage *m, void (*closed)(void *user), void *user)
{
    size_t pos = 0;
    uint64_t id;
    void *r;
    m->closing = true;
    m->closed = closed;
    m->closed_user = user;
    while (imap_next(&m->servers, &pos, &id, &r)) {
        timer_stop(&((struct runner *)r)->retry);
        timer_stop(&((struct runner *)r)->due);
    }
    for (struct plan_wait *w = m->waits; w != NULL; w = w->next)
        timer_start(m->at.loop, &w->timer, 0, wait_fire);
    if (m->running == 0)
        closed(user);
    else
        timer_start(m->at.loop, &m->hurry_timer, CLOSE_GRACE_MS, on_hurry);
}

struct plan_wait *manage_wait(struct manage *m, const int64_t *plans, size_t count, int64_t timeout_ms,
                              void (*done)(void *user), void *user)
{
    struct plan_wait *w = xcalloc(1, sizeof(*w));
    w->m = m;
    w->count = count < WAIT_PLANS_MOST ? count : WAIT_PLANS_MOST;
    for (size_t i = 0; i < w->count; i++)
        w->plans[i] = plans[i];
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

/* Whether that was the last one that it waits for. */
static bool was_last(struct plan_wait *w, int64_t plan)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->plans[i] == plan) {
            w->plans[i] = w->plans[--w->count];
            return w->count == 0;
        }
    return false;
}

/* Partners whose plans wait for one look again. */
static void kick_awaiting(struct manage *m)
{
    size_t pos = 0;
    uint64_t id;
    void *value;
    while (imap_next(&m->servers, &pos, &id, &value)) {
        struct runner *r = value;
        if (!r->awaits)
            continue;
        r->awaits = false;
        manage_kick(m, r->server);
    }
}

void waits_wake(struct manage *m, int64_t plan)
{
    kick_awaiting(m);
    for (struct plan_wait *w = m->waits; w != NULL; w = w->next) {
        if (!was_last(w, plan))
            continue;
        timer_stop(&w->timer);
        timer_start(m->at.loop, &w->timer, 0, wait_fire);
    }
}

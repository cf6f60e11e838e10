/* load.c - what of a server's plans is to be done now, as storage has it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Of a plan that is not due (its time, its window, the rate of its server, the plan of its partner) only
 * those steps are taken up that were sent already. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "manage/manage_p.h"
#include "model/window.h"

#define ZONE_STEPS 200
#define LOAD_MOST 4000 /* plans looked at in a round: those of one part hide no others */

struct load {
    struct runner *r;
    void (*done)(struct runner *r, int status);
    struct ipam_plan **plans;
    size_t count, room, next;
    uint32_t state; /* plans looked for */
    /* of the plan whose steps are read */
    size_t of_part; /* steps of its part that were taken */
    size_t seen, damaged;
    bool due;
    bool waits;           /* for that of its partner */
    const char *why_not;  /* that did not end well */
    bool partner_changed; /* but did something */
};

static void load_next(struct load *l);

static void load_done(struct load *l, int status)
{
    struct runner *r = l->r;
    void (*done)(struct runner *, int) = l->done;
    free(l->plans);
    free(l);
    done(r, status);
}

/* --- when it is due --- */

static void note_due(struct runner *r, int64_t at)
{
    if (r->due_ms == 0 || at < r->due_ms)
        r->due_ms = at;
}

/* When the plan may go on (UTC); 0: now. */
static int64_t due_at(const struct ipam_plan *p, int64_t now)
{
    struct window w;
    int64_t at = record_has(p, IPAM_PLAN_BEGIN) && p->begin > now ? p->begin : now;
    if (record_has(p, IPAM_PLAN_WINDOW) && window_parse(p->window, &w) == 0)
        at += window_wait(&w, at);
    return at > now ? at : 0;
}

static bool is_due(struct load *l, const struct ipam_plan *p)
{
    struct runner *r = l->r;
    int64_t now = clock_wall_ms(), at = due_at(p, now), quiet = r->quiet_ms - clock_mono_ms();
    if (at == 0 && quiet > 0)
        at = now + quiet;
    if (at != 0)
        note_due(r, at);
    return at == 0;
}

/* --- its steps --- */

/* Steps of a part in one call. Those of a zone are one message. */
static size_t most_of(const struct runner *r, const struct ipam_plan *p)
{
    return p->zone != 0 && r->m->at.steps_most > ZONE_STEPS ? ZONE_STEPS : r->m->at.steps_most;
}

static void take(struct load *l, const void *rec)
{
    struct runner *r = l->r;
    const struct ipam_plan_step *s = rec;
    bool pending = s->state == IPAM_PLAN_STEP_STATE_SENT || s->state == IPAM_PLAN_STEP_STATE_UNKNOWN;
    if (!pending && !l->due)
        return;
    if (l->of_part >= most_of(r, l->plans[l->next]) || (!pending && r->allowance == 0)) {
        r->more = true;
        return;
    }
    if (r->count == r->room) {
        r->room = r->room == 0 ? 16 : 2 * r->room;
        r->work = xrealloc(r->work, r->room * sizeof(r->work[0]));
    }
    struct work *w = &r->work[r->count];
    *w = (struct work){ .plan = l->plans[l->next],
                        .step = record_copy(&r->arena, rec),
                        .order = r->count,
                        .pending = pending,
                        .why_not = pending ? NULL : l->why_not,
                        .partner_changed = l->partner_changed };
    if (!object_unpack(r, w)) {
        l->damaged++;
        return;
    }
    r->count++;
    l->of_part++;
    r->allowance -= !pending && r->allowance != SIZE_MAX;
}

static void on_step_row(void *user, const struct record_type *t, void *rec)
{
    struct load *l = user;
    const struct ipam_plan_step *s = rec;
    (void)t;
    l->seen++;
    if (s->state == IPAM_PLAN_STEP_STATE_PLANNED || s->state == IPAM_PLAN_STEP_STATE_SENT ||
        s->state == IPAM_PLAN_STEP_STATE_UNKNOWN)
        take(l, rec);
}

static void on_steps(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct load *l = user;
    (void)message;
    (void)answer;
    if (status == 0 && (l->seen == 0 || l->damaged > 0))
        log_event(LOG_ERR_, "plan-damaged", "plan %lld has no step that can be read; it is left alone",
                  (long long)l->plans[l->next]->id);
    l->next++;
    if (status != 0)
        load_done(l, status);
    else
        load_next(l);
}

static void load_steps(struct load *l)
{
    const struct runner *r = l->r;
    const struct ipam_plan *p = l->plans[l->next];
    struct ipam_plan_step like;
    l->of_part = l->seen = l->damaged = 0;
    for (size_t i = 0; i < r->count; i++)
        l->of_part += r->work[i].plan->zone == p->zone;
    l->due = l->why_not != NULL || (!l->waits && is_due(l, p));
    record_init(&like, IPAM_T_PLAN_STEP);
    RECORD_SET(&like, IPAM_PLAN_STEP_PLAN, plan, p->id);
    struct store_filter f = { IPAM_PLAN_STEP_PLAN, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN_STEP, .filters = &f, .filter_count = 1 };
    store_query(r->m->at.store, &q, on_step_row, on_steps, l);
}

/* --- that of its partner --- */

static void on_former_row(void *user, const struct record_type *t, void *rec)
{
    struct load *l = user;
    const struct ipam_plan *former = rec;
    char text[256];
    (void)t;
    l->waits = former->state == IPAM_PLAN_STATE_PLANNED || former->state == IPAM_PLAN_STATE_RUNNING;
    l->why_not = NULL;
    if (l->waits || former->state == IPAM_PLAN_STATE_VERIFIED)
        return;
    l->partner_changed = former->ended > former->failed && former->state != IPAM_PLAN_STATE_UNDONE;
    int n = snprintf(text, sizeof(text), "not sent: plan %lld, of the partner, did not end verified",
                     (long long)former->id);
    l->why_not = arena_memdup(&l->r->arena, text, (size_t)n + 1);
}

static void on_former(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct load *l = user;
    (void)message;
    (void)answer;
    if (status != 0) {
        load_done(l, status);
        return;
    }
    l->r->awaits = l->r->awaits && l->waits;
    load_steps(l);
}

static void load_former(struct load *l, int64_t id)
{
    struct ipam_plan like;
    l->r->awaits = l->waits = true; /* before it is asked: it may end meanwhile */
    l->why_not = "not sent: the plan of the partner is not there any more";
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, 1, id, id);
    struct store_filter f = { 1, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = &f, .filter_count = 1 };
    store_query(l->r->m->at.store, &q, on_former_row, on_former, l);
}

static void load_next(struct load *l)
{
    if (l->next == l->count) {
        load_done(l, 0);
        return;
    }
    const struct ipam_plan *p = l->plans[l->next];
    l->waits = l->partner_changed = false;
    l->why_not = NULL;
    if (record_has(p, IPAM_PLAN_AFTER))
        load_former(l, p->after);
    else
        load_steps(l);
}

/* --- its plans --- */

static void on_plan_row(void *user, const struct record_type *t, void *rec)
{
    struct load *l = user;
    (void)t;
    if (l->count == l->room) {
        l->room = l->room == 0 ? 16 : 2 * l->room;
        l->plans = xrealloc(l->plans, l->room * sizeof(l->plans[0]));
    }
    l->plans[l->count++] = record_copy(&l->r->arena, rec);
}

static void load_plans(struct load *l);

static void on_plans(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct load *l = user;
    (void)message;
    (void)answer;
    if (status != 0) {
        load_done(l, status);
    } else if (l->state == IPAM_PLAN_STATE_RUNNING) {
        l->state = IPAM_PLAN_STATE_PLANNED;
        load_plans(l);
    } else {
        load_next(l);
    }
}

static void load_plans(struct load *l)
{
    struct ipam_plan like;
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_SERVER, server, l->r->server);
    RECORD_SET(&like, IPAM_PLAN_STATE, state, l->state);
    struct store_filter f[] = { { IPAM_PLAN_STATE, IPAM_CMP_EQ, &like },
                                { IPAM_PLAN_SERVER, IPAM_CMP_EQ, &like } };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = f, .filter_count = 2, .limit = LOAD_MOST };
    store_query(l->r->m->at.store, &q, on_plan_row, on_plans, l);
}

/* Steps a minute that the server is sent at most; 0: as many as there are. */
static int64_t rate_of(const struct runner *r)
{
    const struct ipam_server *s = view_get(state_view(r->m->at.state), IPAM_T_SERVER, r->server);
    return s != NULL && record_has(s, IPAM_SERVER_CHANGE_RATE) ? s->change_rate : 0;
}

void load_sent(struct runner *r, size_t steps)
{
    int64_t rate = rate_of(r);
    if (rate > 0)
        r->quiet_ms = clock_mono_ms() + (int64_t)steps * 60000 / rate;
}

void runner_load(struct runner *r, void (*done)(struct runner *r, int status))
{
    struct load *l = xcalloc(1, sizeof(*l));
    int64_t rate = rate_of(r);
    l->r = r;
    l->done = done;
    l->state = IPAM_PLAN_STATE_RUNNING;
    r->kicked = r->more = r->awaits = false;
    r->due_ms = 0;
    r->allowance = rate > 0 ? (size_t)rate : SIZE_MAX;
    load_plans(l);
}

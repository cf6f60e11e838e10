/* plan_resume.c - POST /manage/plans/{key}/resume: on with a plan now, or with its steps that failed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What failed is planned anew by as many change sets as it takes. A resume that is interrupted is asked for
 * again. */
#include "api/plan_again.h"

#include <stdlib.h>

#define SET_STEPS 1000 /* of one change set */

struct resuming {
    struct plan_parts parts; /* first: c->work */
    struct intent intent;
    size_t from, to; /* steps of the change set under way */
};

static void next_part(struct plan_parts *p);

static void work_free(struct call *c)
{
    struct resuming *w = c->work;
    if (w == NULL)
        return;
    plan_parts_fini(&w->parts);
    free(w);
}

static bool is_under_way(const struct ipam_plan *p)
{
    return p->state == IPAM_PLAN_STATE_PLANNED || p->state == IPAM_PLAN_STATE_RUNNING;
}

static bool has_failed(const struct ipam_plan *p)
{
    return p->state == IPAM_PLAN_STATE_FAILED || p->state == IPAM_PLAN_STATE_PARTLY ||
           p->state == IPAM_PLAN_STATE_DRIFTED;
}

/* A step that was accepted and read back as something else has ended as done; of several, with words. */
static bool is_again(const struct ipam_plan *plan, const struct ipam_plan_step *s)
{
    return s->state == IPAM_PLAN_STEP_STATE_FAILED ||
           (s->state == IPAM_PLAN_STEP_STATE_DONE && plan->state != IPAM_PLAN_STATE_FAILED &&
            (record_has(s, IPAM_PLAN_STEP_MESSAGE) || plan->steps == 1));
}

/* --- steps that are planned anew --- */

static void unset(void *rec, unsigned number)
{
    ((struct ipam_record *)rec)->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

/* So many of its steps have not ended any more. */
static void uncount(struct draft *d, int64_t id, int64_t failed, int64_t drifted, uint32_t state)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    if (before == NULL)
        return;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, state);
    RECORD_SET(&p, IPAM_PLAN_ENDED, ended, p.ended - failed - drifted);
    RECORD_SET(&p, IPAM_PLAN_FAILED, failed, p.failed - failed);
    RECORD_SET(&p, IPAM_PLAN_DRIFTED, drifted, p.drifted - drifted);
    unset(&p, IPAM_PLAN_MESSAGE);
    unset(&p, IPAM_PLAN_FINISHED);
    draft_replace(d, before, &p);
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    const struct resuming *w = container_of(in, struct resuming, intent);
    const struct ipam_plan *plan = w->parts.plans[w->parts.at];
    (void)v;
    needs_row(n, IPAM_T_PLAN, plan->id);
    if (record_has(plan, IPAM_PLAN_PARENT))
        needs_row(n, IPAM_T_PLAN, plan->parent);
    for (size_t i = w->from; i < w->to; i++)
        needs_row(n, IPAM_T_PLAN_STEP, w->parts.steps[i]->id);
}

static int decide(struct intent *in, struct draft *d)
{
    const struct resuming *w = container_of(in, struct resuming, intent);
    const struct ipam_plan *plan = w->parts.plans[w->parts.at];
    int64_t failed = 0, drifted = 0;
    for (size_t i = w->from; i < w->to; i++) {
        const struct ipam_plan_step *before =
            view_get(draft_view(d), IPAM_T_PLAN_STEP, w->parts.steps[i]->id);
        if (before == NULL || !is_again(plan, before))
            continue;
        struct ipam_plan_step s = *before;
        failed += s.state == IPAM_PLAN_STEP_STATE_FAILED;
        drifted += s.state == IPAM_PLAN_STEP_STATE_DONE;
        RECORD_SET(&s, IPAM_PLAN_STEP_STATE, state, IPAM_PLAN_STEP_STATE_PLANNED);
        unset(&s, IPAM_PLAN_STEP_MESSAGE);
        draft_replace(d, before, &s);
    }
    if (failed + drifted == 0)
        return 0;
    bool begun = plan->steps > failed + drifted;
    uncount(d, plan->id, failed, drifted, begun ? IPAM_PLAN_STATE_RUNNING : IPAM_PLAN_STATE_PLANNED);
    if (record_has(plan, IPAM_PLAN_PARENT))
        uncount(d, plan->parent, failed, drifted, IPAM_PLAN_STATE_RUNNING);
    return 0;
}

static void next_set(struct resuming *w);

static void settled(struct intent *in, int status)
{
    struct resuming *w = container_of(in, struct resuming, intent);
    struct call *c = w->parts.c;
    if (status != 0) {
        c->problem = in->problem;
        call_problem(c);
        return;
    }
    next_set(w);
}

static void next_set(struct resuming *w)
{
    struct plan_parts *p = &w->parts;
    struct call *c = p->c;
    const struct ipam_plan *plan = p->plans[p->at];
    size_t count = 0;
    for (w->from = w->to; w->from < p->step_count && !is_again(plan, p->steps[w->from]); w->from++)
        ;
    for (w->to = w->from; w->to < p->step_count && count < SET_STEPS; w->to++)
        count += is_again(plan, p->steps[w->to]);
    if (count == 0) {
        p->at++;
        next_part(p);
        return;
    }
    w->intent = (struct intent){ .operation = c->route->operation,
                                 .actor = c->actor,
                                 .rows = (unsigned)count,
                                 .needs = needs,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(c->api->at.gate, &w->intent);
}

static void steps_read(struct plan_parts *p)
{
    struct resuming *w = (struct resuming *)p;
    w->from = w->to = 0;
    next_set(w);
}

/* --- the answer --- */

static void needs_plan(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    needs_row(n, IPAM_T_PLAN, call_of(in)->id);
}

/* The plan itself says whether it goes on. */
static int decide_answer(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct ipam_plan *p = view_get(draft_view(d), IPAM_T_PLAN, c->id);
    if (p == NULL || !is_under_way(p)) {
        problem_hint(&in->problem, "GET /api/v1/manage/plans/%lld says how", (long long)c->id);
        return problem_set(&in->problem, PROBLEM_IN_USE, "plan %lld has ended", (long long)c->id);
    }
    call_decide_object(c, 202, draft_view(d), p);
    return 0;
}

static void accepted(struct call *c)
{
    const struct resuming *w = c->work;
    for (size_t i = 0; i < w->parts.count; i++)
        manage_kick(c->api->at.manage, w->parts.plans[i]->server);
    call_reply(c);
}

/* Those before a partner's first: the one that waits for it is looked at when it has ended. */
static void next_part(struct plan_parts *p)
{
    while (p->at < p->count && !has_failed(p->plans[p->at]))
        p->at++;
    if (p->at < p->count && !write_is_dry(p->c))
        plan_parts_steps(p, steps_read);
    else
        call_submit(p->c, needs_plan, decide_answer, accepted);
}

static void found(struct call *c)
{
    struct resuming *w = xcalloc(1, sizeof(*w));
    c->work = w;
    c->ended = work_free;
    plan_parts_init(&w->parts, c);
    plan_parts_read(&w->parts, next_part);
}

void handle_plan_resume(struct call *c)
{
    call_find_plain(c, found);
}

/* outcome.c - what becomes of steps and plans, written through the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "manage/manage_p.h"

/* An intent about the work of a runner's round that is under way. */
struct written {
    struct intent intent;
    struct runner *r;
    void (*next)(struct runner *r, int status);
};

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    (void)v;
    for (size_t i = r->from; i < r->to; i++) {
        const struct work *w = &r->work[i];
        needs_row(n, IPAM_T_PLAN, w->plan->id);
        needs_row(n, IPAM_T_PLAN_STEP, w->step->id);
        if (record_has(w->step, IPAM_PLAN_STEP_ADDRESS))
            needs_row(n, IPAM_T_ADDRESS, w->step->address);
    }
}

/* The words that belong to a state; none: those of the state before do not stay. */
static void set_message(void *rec, unsigned number, struct ipam_str *member, const char *message)
{
    struct ipam_record *head = rec;
    *member = str_from(message);
    if (message != NULL && message[0] != '\0')
        IPAM_SET_FIELD(head, number);
    else
        head->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

static void put_step(struct draft *d, const struct work *w, uint32_t state, const char *message)
{
    const struct ipam_plan_step *before = view_get(draft_view(d), IPAM_T_PLAN_STEP, w->step->id);
    if (before == NULL)
        return;
    struct ipam_plan_step s = *before;
    RECORD_SET(&s, IPAM_PLAN_STEP_STATE, state, state);
    set_message(&s, IPAM_PLAN_STEP_MESSAGE, &s.message, message);
    draft_replace(d, before, &s);
}

static void put_plan(struct draft *d, const struct work *w, uint32_t state, const char *message)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, w->plan->id);
    if (before == NULL)
        return;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, state);
    set_message(&p, IPAM_PLAN_MESSAGE, &p.message, message);
    if (state != IPAM_PLAN_STATE_PLANNED && state != IPAM_PLAN_STATE_RUNNING)
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
    draft_replace(d, before, &p);
}

static int decide_sent(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        const struct ipam_plan *plan = view_get(draft_view(d), IPAM_T_PLAN, r->work[i].plan->id);
        r->work[i].ended = plan == NULL ||
                           (plan->state != IPAM_PLAN_STATE_PLANNED && plan->state != IPAM_PLAN_STATE_RUNNING);
        if (r->work[i].ended)
            continue;
        put_step(d, &r->work[i], IPAM_PLAN_STEP_STATE_SENT, NULL);
        if (!r->work[i].pending) /* one that is resumed says why until it ends */
            put_plan(d, &r->work[i], IPAM_PLAN_STATE_RUNNING, NULL);
    }
    return 0;
}

static int decide_waits(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        const struct work *w = &r->work[i];
        const struct ipam_plan *plan = view_get(draft_view(d), IPAM_T_PLAN, w->plan->id);
        if (plan == NULL || plan->state == IPAM_PLAN_STATE_UNDONE)
            continue;
        put_step(d, w, w->pending ? w->step->state : IPAM_PLAN_STEP_STATE_PLANNED, NULL);
        put_plan(d, w, w->pending ? IPAM_PLAN_STATE_RUNNING : IPAM_PLAN_STATE_PLANNED, r->message);
    }
    return 0;
}

static int decide_unknown(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        put_step(d, &r->work[i], IPAM_PLAN_STEP_STATE_UNKNOWN, r->message);
        put_plan(d, &r->work[i], IPAM_PLAN_STATE_RUNNING, r->message);
    }
    return 0;
}

static void put_address(struct draft *d, const struct work *w, uint32_t sync)
{
    const struct ipam_address *before = record_has(w->step, IPAM_PLAN_STEP_ADDRESS)
                                            ? view_get(draft_view(d), IPAM_T_ADDRESS, w->step->address)
                                            : NULL;
    if (before == NULL)
        return;
    struct ipam_address a = *before;
    rule_sync_set(&a, rule_served_by(w->object), sync);
    draft_replace(d, before, &a);
}

static int decide_ended(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        const struct work *w = &r->work[i];
        bool wanted_there = w->step->verb != IPAM_PLAN_STEP_VERB_DELETE;
        uint32_t failed = wanted_there ? IPAM_ADDRESS_DHCP_SYNC_FAILED : IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED;
        if (w->status != 0) {
            put_step(d, w, IPAM_PLAN_STEP_STATE_FAILED, w->message);
            put_plan(d, w, IPAM_PLAN_STATE_FAILED, w->message);
            put_address(d, w, failed);
        } else if (w->there == wanted_there) {
            put_step(d, w, IPAM_PLAN_STEP_STATE_DONE, NULL);
            put_plan(d, w, IPAM_PLAN_STATE_VERIFIED, w->pending ? "finished after an interruption" : NULL);
            put_address(d, w, wanted_there ? IPAM_ADDRESS_DHCP_SYNC_SYNCED : IPAM_ADDRESS_DHCP_SYNC_REMOVED);
        } else {
            put_step(d, w, IPAM_PLAN_STEP_STATE_DONE, NULL);
            put_plan(d, w, IPAM_PLAN_STATE_DRIFTED,
                     "the server accepted it, but reading back shows otherwise; somebody else may have "
                     "changed it");
            put_address(d, w, failed);
        }
    }
    return 0;
}

static void settled(struct intent *in, int status)
{
    struct written *w = container_of(in, struct written, intent);
    struct runner *r = w->r;
    void (*next)(struct runner *, int) = w->next;
    free(w);
    next(r, status);
}

static void submit(struct runner *r, int (*decide)(struct intent *, struct draft *),
                   void (*next)(struct runner *r, int status))
{
    struct written *w = xcalloc(1, sizeof(*w));
    w->r = r;
    w->next = next;
    w->intent.operation = "manage.plan.run";
    w->intent.actor.name = IPAM_STR(MODEL_SELF);
    w->intent.needs = needs_rows;
    w->intent.decide = decide;
    w->intent.settled = settled;
    gate_submit(r->m->at.gate, &w->intent);
}

void outcome_sent(struct runner *r, void (*next)(struct runner *r, int status))
{
    submit(r, decide_sent, next);
}

void outcome_ended(struct runner *r, void (*next)(struct runner *r, int status))
{
    submit(r, decide_ended, next);
}

void outcome_waits(struct runner *r, void (*next)(struct runner *r, int status))
{
    submit(r, decide_waits, next);
}

void outcome_unknown(struct runner *r, void (*next)(struct runner *r, int status))
{
    submit(r, decide_unknown, next);
}

/* outcome.c - what becomes of steps and plans, written through the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "manage/manage_p.h"
#include "model/drift.h"

#define DRIFTED "the server accepted it, but reading back shows otherwise; somebody else may have changed it"

/* An intent about the work of a runner's round that is under way. */
struct written {
    struct intent intent;
    struct runner *r;
    void (*next)(struct runner *r, int status);
};

/* Whether the work before it is of the same plan, so that all was said of that. */
static bool is_next_of_plan(const struct runner *r, size_t i)
{
    return i > r->from && r->work[i - 1].plan->id == r->work[i].plan->id;
}

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    (void)v;
    for (size_t i = r->from; i < r->to; i++) {
        const struct work *w = &r->work[i];
        if (!is_next_of_plan(r, i))
            needs_row(n, IPAM_T_PLAN, w->plan->id);
        if (!is_next_of_plan(r, i) && record_has(w->plan, IPAM_PLAN_PARENT))
            needs_row(n, IPAM_T_PLAN, w->plan->parent);
        needs_row(n, IPAM_T_PLAN_STEP, w->step->id);
        if (record_has(w->step, IPAM_PLAN_STEP_ADDRESS))
            needs_row(n, IPAM_T_ADDRESS, w->step->address);
        if (record_has(w->step, IPAM_PLAN_STEP_DRIFT))
            needs_row(n, IPAM_T_DRIFT, w->step->drift);
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

static bool has_ended(const struct ipam_plan *p)
{
    return p == NULL || (p->state != IPAM_PLAN_STATE_PLANNED && p->state != IPAM_PLAN_STATE_RUNNING);
}

static void put_plan(struct draft *d, int64_t id, uint32_t state, const char *message)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    if (has_ended(before))
        return;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, state);
    set_message(&p, IPAM_PLAN_MESSAGE, &p.message, message);
    draft_replace(d, before, &p);
}

/* A plan under way, and that which it is a part of. */
static void put_running(struct draft *d, const struct ipam_plan *plan, const char *message)
{
    put_plan(d, plan->id, IPAM_PLAN_STATE_RUNNING, message);
    if (record_has(plan, IPAM_PLAN_PARENT))
        put_plan(d, plan->parent, IPAM_PLAN_STATE_RUNNING, message);
}

static int decide_sent(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        struct work *w = &r->work[i];
        w->ended = has_ended(view_get(draft_view(d), IPAM_T_PLAN, w->plan->id));
        w->plan_ended = w->ended;
        if (w->ended)
            continue;
        put_step(d, w, IPAM_PLAN_STEP_STATE_SENT, NULL);
        if (!w->pending && !is_next_of_plan(r, i)) /* one that is resumed says why until it ends */
            put_running(d, w->plan, NULL);
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
        bool begun = w->pending || plan->ended > 0;
        put_plan(d, w->plan->id, begun ? IPAM_PLAN_STATE_RUNNING : IPAM_PLAN_STATE_PLANNED, r->message);
    }
    return 0;
}

static int decide_unknown(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    for (size_t i = r->from; i < r->to; i++) {
        put_step(d, &r->work[i], IPAM_PLAN_STEP_STATE_UNKNOWN, r->message);
        if (!is_next_of_plan(r, i))
            put_running(d, r->work[i].plan, r->message);
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

/* --- ended --- */

/* Steps of one plan that ended together. */
struct tally {
    int64_t ended, failed, drifted;
    bool resumed;
    const char *message; /* of the last one that is not as it was wanted */
};

static uint32_t final_state(const struct ipam_plan *p)
{
    if (p->failed == 0)
        return p->drifted == 0 ? IPAM_PLAN_STATE_VERIFIED : IPAM_PLAN_STATE_DRIFTED;
    return p->failed == p->steps ? IPAM_PLAN_STATE_FAILED : IPAM_PLAN_STATE_PARTLY;
}

/* What is said of a plan that has ended. */
static const char *final_words(const struct ipam_plan *p, const struct tally *t, char *buf, size_t size)
{
    if (p->failed + p->drifted == 0)
        return t->resumed ? "finished after an interruption" : NULL;
    if (p->steps == 1)
        return t->message;
    int n = 0;
    if (p->failed > 0)
        n = snprintf(buf, size, "%lld of %lld steps failed", (long long)p->failed, (long long)p->steps);
    if (p->drifted > 0)
        n += snprintf(buf + n, size - (size_t)n, "%s%lld of %lld steps were read back as something else",
                      n > 0 ? ", " : "", (long long)p->drifted, (long long)p->steps);
    snprintf(buf + n, size - (size_t)n, "; each step says why");
    return buf;
}

/* Counts them on the plan; whether it has ended with them. */
static bool count_on(struct draft *d, int64_t id, const struct tally *t)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    char words[256];
    if (has_ended(before))
        return false;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_ENDED, ended, p.ended + t->ended);
    if (t->failed > 0)
        RECORD_SET(&p, IPAM_PLAN_FAILED, failed, p.failed + t->failed);
    if (t->drifted > 0)
        RECORD_SET(&p, IPAM_PLAN_DRIFTED, drifted, p.drifted + t->drifted);
    bool ends = p.ended >= p.steps;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, ends ? final_state(&p) : IPAM_PLAN_STATE_RUNNING);
    if (ends) {
        set_message(&p, IPAM_PLAN_MESSAGE, &p.message, final_words(&p, t, words, sizeof(words)));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
    }
    draft_replace(d, before, &p);
    return ends;
}

static void count_end(struct draft *d, struct work *w, struct tally *t)
{
    w->plan_ended = count_on(d, w->plan->id, t);
    w->parent_ended = record_has(w->plan, IPAM_PLAN_PARENT) && count_on(d, w->plan->parent, t);
    *t = (struct tally){ 0 };
}

/* What the step was to put back; the reading may have closed it already. */
static void put_drift(struct draft *d, const struct work *w, const char *why)
{
    const struct ipam_drift *drift = record_has(w->step, IPAM_PLAN_STEP_DRIFT)
                                         ? view_get(draft_view(d), IPAM_T_DRIFT, w->step->drift)
                                         : NULL;
    if (drift == NULL || drift->state != IPAM_DRIFT_STATE_OPEN || drift->plan != w->plan->id)
        return;
    if (why == NULL)
        rule_drift_close(d, drift, IPAM_DRIFT_STATE_RESTORED);
    else
        rule_drift_not_restored(d, drift, why);
}

static void put_ended(struct draft *d, const struct work *w, struct tally *t)
{
    bool wanted_there = w->step->verb != IPAM_PLAN_STEP_VERB_DELETE;
    uint32_t failed = wanted_there ? IPAM_ADDRESS_DHCP_SYNC_FAILED : IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED;
    bool well = w->status == 0 && w->there == wanted_there;
    t->ended++;
    t->resumed = t->resumed || w->pending;
    if (w->status != 0) {
        put_step(d, w, IPAM_PLAN_STEP_STATE_FAILED, w->message);
        put_address(d, w, failed);
        put_drift(d, w, w->message);
        t->failed++;
        t->message = w->message;
    } else if (well) {
        put_step(d, w, IPAM_PLAN_STEP_STATE_DONE, NULL);
        put_address(d, w, wanted_there ? IPAM_ADDRESS_DHCP_SYNC_SYNCED : IPAM_ADDRESS_DHCP_SYNC_REMOVED);
        put_drift(d, w, NULL);
    } else {
        put_step(d, w, IPAM_PLAN_STEP_STATE_DONE, w->plan->steps > 1 ? DRIFTED : NULL);
        put_address(d, w, failed);
        put_drift(d, w, DRIFTED);
        t->drifted++;
        t->message = DRIFTED;
    }
    pair_note(d, w, well);
}

static int decide_ended(struct intent *in, struct draft *d)
{
    const struct runner *r = container_of(in, struct written, intent)->r;
    struct tally t = { 0 };
    for (size_t i = r->from; i < r->to; i++) {
        r->work[i].plan_ended = r->work[i].parent_ended = false;
        put_ended(d, &r->work[i], &t);
        if (i + 1 == r->to || !is_next_of_plan(r, i + 1))
            count_end(d, &r->work[i], &t);
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

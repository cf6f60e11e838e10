/* plan_undo.c - POST /manage/plans/{key}/undo: a plan that takes back what another has done.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Its steps are made the other way round, from the last on. Of a plan that waits nothing was sent: it
 * ends. One under way is waited for. */
#include "api/plan_again.h"

#include <stdlib.h>

#define SET_STEPS 200 /* of one change set */

struct undoing_plan {
    struct noting noting; /* first: c->work */
    struct plan_parts parts;
    struct arena objects;     /* of one change set */
    struct ipam_plan **plans; /* of each group */
    size_t left;              /* steps of the part that are not taken back yet */
    size_t from;              /* and from which on they are in this change set */
};

static void work_free(struct call *c)
{
    struct undoing_plan *w = c->work;
    if (w == NULL)
        return;
    plan_parts_fini(&w->parts);
    arena_fini(&w->objects);
    free(w->noting.groups);
    free(w->plans);
    free(w);
}

/* --- one that waits --- */

static void needs_parts(struct intent *in, const struct view *v, struct needs *n)
{
    const struct call *c = call_of(in);
    const struct undoing_plan *w = c->work;
    (void)v;
    needs_row(n, IPAM_T_PLAN, c->id);
    for (size_t i = 0; i < w->parts.count; i++)
        needs_row(n, IPAM_T_PLAN, w->parts.plans[i]->id);
}

static bool take_back(struct draft *d, int64_t id)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    if (before == NULL || before->state != IPAM_PLAN_STATE_PLANNED || before->ended > 0)
        return false;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
    RECORD_SET(&p, IPAM_PLAN_MESSAGE, message, str_from("taken back before anything was sent"));
    RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
    draft_replace(d, before, &p);
    return true;
}

static int decide_waiting(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct undoing_plan *w = c->work;
    bool all = true;
    for (size_t i = 0; i < w->parts.count; i++)
        all = take_back(d, w->parts.plans[i]->id) && all;
    if (!record_has(c->row, IPAM_PLAN_SERVER))
        all = take_back(d, c->id) && all;
    if (!all) {
        problem_hint(&in->problem, "wait until it has ended, and take it back then");
        return problem_set(&in->problem, PROBLEM_IN_USE, "plan %lld is under way", (long long)c->id);
    }
    call_decide_object(c, 202, draft_view(d), view_get(draft_view(d), IPAM_T_PLAN, c->id));
    return 0;
}

/* --- one that has ended --- */

static bool did_something(const struct ipam_plan *p)
{
    return p->state == IPAM_PLAN_STATE_VERIFIED || p->state == IPAM_PLAN_STATE_PARTLY ||
           p->state == IPAM_PLAN_STATE_DRIFTED;
}

static struct ipam_str summary(void *user, const struct view *v, size_t group, bool whole)
{
    struct undoing_plan *w = user;
    const struct ipam_plan *p = whole ? w->parts.c->row : w->plans[group];
    (void)v;
    return str_from(
        arena_printf(&w->objects, "take back plan %lld: " STR_FMT, (long long)p->id, STR_ARG(p->summary)));
}

/* The other way round. */
static int draft_step(struct undoing_plan *w, struct draft *d, const struct ipam_plan_step *s,
                      struct problem *p)
{
    const struct record_type *t = record_type((uint32_t)s->object_type);
    void *before = NULL, *after = NULL;
    if ((s->after.len > 0 && record_unpack(t, s->after, &w->objects, &before) != 0) ||
        (s->before.len > 0 && record_unpack(t, s->before, &w->objects, &after) != 0))
        return problem_set(p, PROBLEM_INTERNAL, "step %lld of plan %lld cannot be read", (long long)s->seq,
                           (long long)s->plan);
    const struct server_change change = { .before = before, .after = after, .address = s->address };
    return note_step(&w->noting, d, &change, p);
}

static int draft_set(void *user, struct draft *d, struct problem *p)
{
    struct undoing_plan *w = user;
    arena_reset(&w->objects);
    for (size_t i = w->left; i > w->from; i--)
        if (w->parts.steps[i - 1]->state == IPAM_PLAN_STEP_STATE_DONE &&
            draft_step(w, d, w->parts.steps[i - 1], p) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static void needs_none(void *user, struct needs *n)
{
    (void)user;
    (void)n;
}

static void hand_in(struct undoing_plan *w)
{
    w->from = w->left > SET_STEPS ? w->left - SET_STEPS : 0;
    w->noting.last = w->from == 0 && w->noting.group + 1 == w->noting.count;
    note_set(&w->noting, SET_STEPS);
}

static void steps_read(struct plan_parts *p)
{
    struct undoing_plan *w = p->c->work;
    w->left = p->step_count;
    hand_in(w);
}

/* The steps of one plan after the other. */
static void read_group(struct undoing_plan *w)
{
    const struct plan_parts *p = &w->parts;
    for (w->parts.at = 0; p->plans[p->at] != w->plans[w->noting.group];)
        w->parts.at++;
    plan_parts_steps(&w->parts, steps_read);
}

static void took(void *user)
{
    struct undoing_plan *w = user;
    w->left = w->from;
    if (w->left > 0) {
        hand_in(w);
        return;
    }
    w->noting.group++;
    read_group(w);
}

/* Of a pair the second goes first, as it came second. */
static void link_groups(struct undoing_plan *w)
{
    struct noting *n = &w->noting;
    for (size_t i = 0; i < n->count; i++)
        for (size_t k = 0; k < n->count && record_has(w->plans[i], IPAM_PLAN_AFTER); k++)
            if (w->plans[k]->id == w->plans[i]->after && n->groups[k].after == NULL)
                n->groups[k].after = &n->groups[i];
}

static void plan_back(struct undoing_plan *w)
{
    struct noting *n = &w->noting;
    struct call *c = w->parts.c;
    n->groups = xcalloc(w->parts.count + 1, sizeof(n->groups[0]));
    w->plans = xcalloc(w->parts.count + 1, sizeof(w->plans[0]));
    for (size_t i = 0; i < w->parts.count; i++)
        if (did_something(w->parts.plans[i])) {
            w->plans[n->count] = w->parts.plans[i];
            n->groups[n->count++].server = w->parts.plans[i]->server;
        }
    if (n->count == 0) {
        problem_hint(&c->problem, "GET /api/v1/manage/plans/%lld says how it ended", (long long)c->id);
        problem_set(&c->problem, PROBLEM_IN_USE, "plan %lld has changed nothing", (long long)c->id);
        call_problem(c);
        return;
    }
    link_groups(w);
    n->head.undoes = c->id;
    read_group(w);
}

static void parts_read(struct plan_parts *p)
{
    struct undoing_plan *w = p->c->work;
    const struct ipam_plan *plan = p->c->row;
    bool waits = plan->state == IPAM_PLAN_STATE_PLANNED || plan->state == IPAM_PLAN_STATE_RUNNING;
    if (waits)
        call_submit(p->c, needs_parts, decide_waiting, NULL);
    else
        plan_back(w);
}

static void found(struct call *c)
{
    struct undoing_plan *w = xcalloc(1, sizeof(*w));
    c->work = w;
    c->ended = work_free;
    arena_init(&w->objects, 0);
    w->noting = (struct noting){
        .c = c, .summary = summary, .user = w, .took = took, .draft = draft_set, .needs = needs_none
    };
    plan_parts_init(&w->parts, c);
    plan_parts_read(&w->parts, parts_read);
}

void handle_plan_undo(struct call *c)
{
    call_find_plain(c, found);
}

/* noting.c - plans of many steps, noted in several change sets before any of it is sent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/noting.h"

#include <stdio.h>

/* --- plans --- */

static int64_t parent_of(const struct noting *n)
{
    return n->made_parent != 0 ? n->made_parent : n->parent;
}

static int64_t plan_of(const struct noting *n, size_t group)
{
    return group == n->group && n->made_plan != 0 ? n->made_plan : n->groups[group].plan;
}

static int64_t steps_of(const struct noting *n, size_t group)
{
    return n->groups[group].steps + (group == n->group ? n->made_steps : 0);
}

static struct plan_head head_of(const struct noting *n)
{
    struct plan_head h = n->head;
    h.state = IPAM_PLAN_STATE_PLANNING;
    h.actor = n->c->actor.name;
    h.reason = n->c->actor.reason;
    return h;
}

static void open_parent(struct noting *n, struct draft *d)
{
    struct plan_head h = head_of(n);
    h.summary = n->summary(n->user, draft_view(d), 0, true);
    n->made_parent = rule_plan_open(d, &h);
}

static void open_plan(struct noting *n, struct draft *d)
{
    const struct note_group *g = &n->groups[n->group];
    const struct ipam_server *server = view_get(draft_view(d), IPAM_T_SERVER, g->server);
    struct plan_head h = head_of(n);
    if (parent_of(n) == 0 && n->count > 1)
        open_parent(n, d);
    if (h.window.len == 0 && record_has(server, IPAM_SERVER_CHANGE_WINDOW))
        h.window = server->change_window;
    h.server = g->server;
    h.parent = parent_of(n);
    h.summary = n->summary(n->user, draft_view(d), n->group, false);
    n->made_plan = rule_plan_open(d, &h);
}

int note_step(struct noting *n, struct draft *d, const struct server_change *change, struct problem *p)
{
    if (plan_of(n, n->group) == 0)
        open_plan(n, d);
    n->made_steps++;
    if (steps_of(n, n->group) > NOTE_STEPS) {
        problem_hint(p, "make several requests of it");
        return problem_set(p, PROBLEM_TOO_LARGE, "there would be more than %d steps on one server",
                           NOTE_STEPS);
    }
    rule_plan_step(d, plan_of(n, n->group), steps_of(n, n->group), change);
    return 0;
}

/* --- all is noted: it may be sent --- */

static void release(struct draft *d, int64_t id, int64_t steps, int64_t after)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    if (before == NULL)
        return;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, steps > 0 ? IPAM_PLAN_STATE_PLANNED : IPAM_PLAN_STATE_VERIFIED);
    RECORD_SET(&p, IPAM_PLAN_STEPS, steps, steps);
    if (after != 0)
        RECORD_SET(&p, IPAM_PLAN_AFTER, after, after);
    if (steps == 0) {
        RECORD_SET(&p, IPAM_PLAN_MESSAGE, message, str_from("nothing to change: all is as it is wanted"));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
    }
    draft_replace(d, before, &p);
}

static void release_all(struct noting *n, struct draft *d)
{
    int64_t total = n->total + n->made_steps;
    for (size_t i = 0; i < n->count; i++) {
        const struct note_group *after = n->groups[i].after;
        if (plan_of(n, i) != 0)
            release(d, plan_of(n, i), steps_of(n, i),
                    after != NULL ? plan_of(n, (size_t)(after - n->groups)) : 0);
    }
    if (total == 0)
        open_parent(n, d);
    if (parent_of(n) != 0)
        release(d, parent_of(n), total, 0);
}

/* --- it is given up: what was noted of it is never sent --- */

static void needs_plans(const struct noting *n, struct needs *needs)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->groups[i].plan != 0)
            needs_row(needs, IPAM_T_PLAN, n->groups[i].plan);
    if (n->parent != 0)
        needs_row(needs, IPAM_T_PLAN, n->parent);
}

static void needs_gone(struct intent *in, const struct view *v, struct needs *needs)
{
    (void)v;
    needs_plans(container_of(in, struct noting, intent), needs);
}

static int decide_gone(struct intent *in, struct draft *d)
{
    const struct noting *n = container_of(in, struct noting, intent);
    for (size_t i = 0; i <= n->count; i++) {
        int64_t id = i < n->count ? n->groups[i].plan : n->parent;
        const struct ipam_plan *before = id != 0 ? view_get(draft_view(d), IPAM_T_PLAN, id) : NULL;
        if (before == NULL)
            continue;
        struct ipam_plan p = *before;
        RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
        RECORD_SET(&p, IPAM_PLAN_MESSAGE, message, str_from(n->problem.detail));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
        draft_replace(d, before, &p);
    }
    return 0;
}

/* Where even that was not taken, the next start does it (manage_abandon). */
static void on_gone(struct intent *in, int status)
{
    const struct noting *n = container_of(in, struct noting, intent);
    (void)status;
    n->c->problem = n->problem;
    call_problem(n->c);
}

static void submit(struct noting *n, unsigned rows,
                   void (*needs)(struct intent *, const struct view *, struct needs *),
                   int (*decide)(struct intent *, struct draft *), void (*settled)(struct intent *, int))
{
    n->intent = (struct intent){ .operation = n->c->route->operation,
                                 .actor = n->c->actor,
                                 .bulk = true,
                                 .rows = rows,
                                 .needs = needs,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(n->c->api->at.gate, &n->intent);
}

/* --- change sets --- */

static int draft_set(struct noting *n, struct draft *d, struct problem *p)
{
    n->made_parent = n->made_plan = n->made_steps = 0;
    if (n->draft(n->user, d, p) != 0)
        return IPAM_E_INVAL;
    if (n->last)
        release_all(n, d);
    return 0;
}

static void needs_more(struct intent *in, const struct view *v, struct needs *needs)
{
    const struct noting *n = container_of(in, struct noting, intent);
    (void)v;
    n->needs(n->user, needs);
}

static int decide_more(struct intent *in, struct draft *d)
{
    return draft_set(container_of(in, struct noting, intent), d, &in->problem);
}

static void on_more(struct intent *in, int status)
{
    struct noting *n = container_of(in, struct noting, intent);
    if (status != 0) {
        n->problem = in->problem;
        submit(n, 1, needs_gone, decide_gone, on_gone);
        return;
    }
    n->parent = parent_of(n);
    if (n->group < n->count) {
        n->groups[n->group].plan = plan_of(n, n->group);
        n->groups[n->group].steps += n->made_steps;
    }
    n->total += n->made_steps;
    n->took(n->user);
}

/* --- the last one, which answers --- */

static void needs_last(struct intent *in, const struct view *v, struct needs *needs)
{
    const struct noting *n = call_of(in)->work;
    (void)v;
    n->needs(n->user, needs);
    needs_plans(n, needs);
}

static int decide_last(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct noting *n = c->work;
    if (draft_set(n, d, &in->problem) != 0)
        return IPAM_E_INVAL;
    int64_t id = parent_of(n) != 0 ? parent_of(n) : plan_of(n, 0);
    snprintf(c->location, sizeof(c->location), "/api/v1/manage/plans/%lld", (long long)id);
    call_decide_object(c, 202, draft_view(d), view_get(draft_view(d), IPAM_T_PLAN, id));
    return 0;
}

static void accepted(struct call *c)
{
    const struct noting *n = c->work;
    for (size_t i = 0; i < n->count; i++)
        manage_kick(c->api->at.manage, n->groups[i].server);
    call_reply(c);
}

/* What the gate refused of the last one, when others are noted already. */
static bool refused(struct call *c)
{
    struct noting *n = c->work;
    if (n->total == 0)
        return false;
    n->problem = c->intent.problem;
    submit(n, 1, needs_gone, decide_gone, on_gone);
    return true;
}

void note_set(struct noting *n, unsigned rows)
{
    if (!n->last) {
        submit(n, rows, needs_more, decide_more, on_more);
        return;
    }
    n->c->intent.rows = rows;
    call_on_refusal(n->c, refused);
    call_submit(n->c, needs_last, decide_last, accepted);
}

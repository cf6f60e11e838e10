/* plan_again.c - the parts of a plan and their steps, read for what is done to them again: resume, undo.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/plan_again.h"

#include <stdlib.h>

void plan_parts_init(struct plan_parts *p, struct call *c)
{
    p->c = c;
    arena_init(&p->arena, 0);
    arena_init(&p->rows, 0);
}

void plan_parts_fini(struct plan_parts *p)
{
    free(p->plans);
    free(p->steps);
    arena_fini(&p->arena);
    arena_fini(&p->rows);
}

static void add_plan(struct plan_parts *p, const void *rec)
{
    if (p->count == p->room) {
        p->room = p->room == 0 ? 16 : 2 * p->room;
        p->plans = xrealloc(p->plans, p->room * sizeof(p->plans[0]));
    }
    p->plans[p->count++] = record_copy(&p->arena, rec);
}

static void on_plan(void *user, const struct record_type *t, void *rec)
{
    (void)t;
    add_plan(user, rec);
}

static void on_step(void *user, const struct record_type *t, void *rec)
{
    struct plan_parts *p = user;
    (void)t;
    if (p->step_count == p->step_room) {
        p->step_room = p->step_room == 0 ? 64 : 2 * p->step_room;
        p->steps = xrealloc(p->steps, p->step_room * sizeof(p->steps[0]));
    }
    p->steps[p->step_count++] = record_copy(&p->rows, rec);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct plan_parts *p = user;
    (void)answer;
    p->c->reading = NULL;
    if (status != 0)
        call_status_problem(p->c, status, message);
    else
        p->found(p);
}

void plan_parts_read(struct plan_parts *p, void (*found)(struct plan_parts *p))
{
    struct call *c = p->c;
    const struct ipam_plan *plan = c->row;
    struct ipam_plan like;
    p->found = found;
    if (record_has(plan, IPAM_PLAN_SERVER)) {
        add_plan(p, plan);
        found(p);
        return;
    }
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_PARENT, parent, c->id);
    struct store_filter f = { IPAM_PLAN_PARENT, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = &f, .filter_count = 1 };
    c->reading = store_query(c->api->at.store, &q, on_plan, on_read, p);
}

void plan_parts_steps(struct plan_parts *p, void (*found)(struct plan_parts *p))
{
    struct call *c = p->c;
    struct ipam_plan_step like;
    p->found = found;
    p->step_count = 0;
    arena_reset(&p->rows);
    record_init(&like, IPAM_T_PLAN_STEP);
    RECORD_SET(&like, IPAM_PLAN_STEP_PLAN, plan, p->plans[p->at]->id);
    struct store_filter f = { IPAM_PLAN_STEP_PLAN, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN_STEP, .filters = &f, .filter_count = 1 };
    c->reading = store_query(c->api->at.store, &q, on_step, on_read, p);
}

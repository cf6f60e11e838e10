/* abandon.c - plans that were still being noted when the service stopped: nothing of them is sent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/log.h"
#include "manage/manage_p.h"

#define ABANDON_MOST 5000 /* plans of one change set */

struct abandoned {
    struct intent intent;
    struct manage *m;
    int64_t *ids;
    size_t count, room;
};

static void needs_plans(struct intent *in, const struct view *v, struct needs *n)
{
    const struct abandoned *a = container_of(in, struct abandoned, intent);
    (void)v;
    for (size_t i = 0; i < a->count; i++)
        needs_row(n, IPAM_T_PLAN, a->ids[i]);
}

static int decide(struct intent *in, struct draft *d)
{
    const struct abandoned *a = container_of(in, struct abandoned, intent);
    for (size_t i = 0; i < a->count; i++) {
        const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, a->ids[i]);
        if (before == NULL || before->state != IPAM_PLAN_STATE_PLANNING)
            continue;
        struct ipam_plan p = *before;
        RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
        RECORD_SET(&p, IPAM_PLAN_MESSAGE, message,
                   str_from("the service stopped before all of it was noted; nothing was sent"));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
        draft_replace(d, before, &p);
    }
    return 0;
}

static void end(struct abandoned *a)
{
    struct manage *m = a->m;
    free(a->ids);
    free(a);
    manage_leave(m);
}

static void settled(struct intent *in, int status)
{
    if (status != 0)
        log_event(LOG_WARN_, "plans-unknown", "plans that were not noted to their end could not be ended: %s",
                  in->problem.detail);
    end(container_of(in, struct abandoned, intent));
}

static void on_plan(void *user, const struct record_type *t, void *rec)
{
    struct abandoned *a = user;
    (void)t;
    if (a->count == a->room) {
        a->room = a->room == 0 ? 16 : 2 * a->room;
        a->ids = xrealloc(a->ids, a->room * sizeof(a->ids[0]));
    }
    a->ids[a->count++] = ((const struct ipam_plan *)rec)->id;
}

static void on_plans(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct abandoned *a = user;
    (void)message;
    (void)answer;
    if (status != 0 || a->count == 0) {
        end(a);
        return;
    }
    a->intent.operation = "manage.plan.run";
    a->intent.actor.name = IPAM_STR(MODEL_SELF);
    a->intent.rows = (unsigned)a->count;
    a->intent.needs = needs_plans;
    a->intent.decide = decide;
    a->intent.settled = settled;
    gate_submit(a->m->at.gate, &a->intent);
}

void manage_abandon(struct manage *m)
{
    struct abandoned *a = xcalloc(1, sizeof(*a));
    struct ipam_plan like;
    a->m = m;
    m->running++;
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_PLANNING);
    struct store_filter f = { IPAM_PLAN_STATE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = &f, .filter_count = 1, .limit = ABANDON_MOST };
    store_query(m->at.store, &q, on_plan, on_plans, a);
}

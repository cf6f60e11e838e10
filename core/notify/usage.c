/* usage.c - the task utilization: blocks, subnets and ranges against their thresholds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "notify/notify_p.h"

static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE };
#define TYPES (sizeof(types) / sizeof(types[0]))

static bool has_gone(struct pass *p, const struct ipam_alert *a)
{
    const struct view *v = state_view(p->at->state);
    return a->about != IPAM_ALERT_ABOUT_ADDRESS && view_get(v, judge_type(a), a->object) == NULL;
}

static void next_stage(struct pass *p)
{
    p->stage++;
    p->after = 0;
}

static void look_at_rows(struct pass *p, uint32_t type)
{
    const struct view *v = state_view(p->at->state);
    int64_t now = clock_wall_ms(), until = clock_mono_us() + SLICE_US;
    for (int i = 0; i < SLICE_ROWS && !batch_is_full(&p->batch) && clock_mono_us() <= until; i++) {
        const void *row = state_next(p->at->state, type, p->after);
        if (row == NULL) {
            next_stage(p);
            return;
        }
        p->after = *(const int64_t *)(const void *)((const char *)row + record_type(type)->fields[0].offset);
        p->looked++;
        if (judge_differs(v, row, p->after, now, false))
            batch_add(&p->batch, type, p->after);
    }
}

void usage_look(struct pass *p)
{
    if (p->stage < TYPES)
        look_at_rows(p, types[p->stage]);
    else
        p->all = pass_look_at_alerts(p, has_gone);
    pass_go_on(p);
}

/* expiry.c - the task address_expiry: addresses against their expiry dates.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Addresses are not in memory, and the date has no column of its own: they are read in pages, no more at once
 * than can be judged in one turn of the loop. */
#include "base/clock.h"
#include "notify/notify_p.h"

/* One that was not met among those with an alert has gone, or lost its date. */
static bool was_not_seen(struct pass *p, const struct ipam_alert *a)
{
    return a->about == IPAM_ALERT_ABOUT_ADDRESS && imap_get(&p->seen, (uint64_t)a->object) == NULL;
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct pass *p = user;
    const struct ipam_address *a = rec;
    const struct view *v = state_view(p->at->state);
    (void)t;
    p->after = a->id;
    p->looked++;
    p->all = false; /* of the addresses */
    if (!record_has(a, IPAM_ADDRESS_EXPIRES))
        return;
    bool differs = judge_differs(v, a, a->id, clock_wall_ms(), true);
    if (differs)
        batch_add(&p->batch, IPAM_T_ADDRESS, a->id);
    if (differs || view_alert(v, a->id) != 0)
        imap_put(&p->seen, (uint64_t)a->id, p);
}

static void on_page(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pass *p = user;
    (void)answer;
    if (status != 0) {
        pass_end(p, status, message);
        return;
    }
    if (p->all) { /* an empty page */
        p->all = false;
        p->stage = 1;
        p->after = 0;
    }
    pass_go_on(p);
}

void expiry_look(struct pass *p)
{
    if (p->stage == 1) {
        p->all = pass_look_at_alerts(p, was_not_seen);
        pass_go_on(p);
        return;
    }
    struct store_query q = { .type = IPAM_T_ADDRESS, .after_id = p->after, .limit = PAGE_ROWS };
    p->all = true;
    store_query(p->at->store, &q, on_row, on_page, p);
}

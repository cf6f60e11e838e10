/* release.c - taking addresses back: their reservations, their plans; reclaiming them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

/* Plans away the reservations that stand at an address on servers that may be changed. */
static int reservations_drop(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, a->space, &a->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_reservation *r =
            users[i].type == IPAM_T_RESERVATION ? view_get(v, IPAM_T_RESERVATION, users[i].id) : NULL;
        const struct ipam_server *server = r != NULL ? view_get(v, IPAM_T_SERVER, r->server) : NULL;
        if (server == NULL || !server->managed)
            continue;
        const struct server_change gone = { .before = r, .reason = IPAM_STR("address released") };
        if (rule_plan(d, &gone, p) == 0)
            return IPAM_E_INVAL;
    }
    return 0;
}

/* A plan that still waits is taken back; one that is under way must end first, or it would put something
 * on the server that belongs to nobody. */
static int plan_undo(struct draft *d, const struct ipam_address *a, enum served_kind kind, struct problem *p)
{
    const struct ipam_plan *plan = view_get(draft_view(d), IPAM_T_PLAN, rule_sync_plan(a, kind));
    if (plan == NULL || plan->state != IPAM_PLAN_STATE_PLANNED)
        return rule_under_way(a, kind, p);
    struct ipam_plan undone = *plan;
    RECORD_SET(&undone, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
    RECORD_SET(&undone, IPAM_PLAN_FINISHED, finished, draft_now(d));
    RECORD_SET(&undone, IPAM_PLAN_MESSAGE, message,
               IPAM_STR("the address was released before anything was sent"));
    draft_replace(d, plan, &undone);
    return 0;
}

/* Of everything that is to be made for it. */
static int plans_undo(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    for (enum served_kind kind = SERVED_RESERVATION; kind < SERVED_KINDS; kind++)
        if (rule_sync(a, kind) == IPAM_ADDRESS_DHCP_SYNC_PENDING && plan_undo(d, a, kind, p) != 0)
            return IPAM_E_INVAL;
    return 0;
}

int rule_release(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    uint32_t sync = rule_sync(a, SERVED_RESERVATION);
    int rc = plans_undo(d, a, p);
    if (rc == 0 && (sync == IPAM_ADDRESS_DHCP_SYNC_SYNCED || sync == IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED))
        /* the reservation that was made for it goes with it; one that is leaving already goes on */
        rc = reservations_drop(d, a, p);
    if (rc != 0)
        return rc;
    claim_release(d, a->space, a->claim);
    draft_delete(d, a);
    quarantine_begin(d, a);
    return 0;
}

bool rule_is_mapped(const struct ipam_range *r, const struct ipam_address *a)
{
    return a->space == r->space && addr_compare(&a->address, &r->first) >= 0 &&
           addr_compare(&a->address, &r->last) <= 0 && str_equal(a->managed_by, r->managed_by) &&
           str_equal(a->instance, r->instance);
}

int rule_reclaim(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    if (record_has(a, IPAM_ADDRESS_MANAGED_BY) && !str_is(a->managed_by, MODEL_SELF)) {
        addr_print(&a->address, text);
        problem_hint(p, "delete it where it is managed, and collect again");
        return problem_set(p, PROBLEM_MANAGED, "address %s is managed by " STR_FMT, text,
                           STR_ARG(a->managed_by));
    }
    if (plans_undo(d, a, p) != 0)
        return IPAM_E_INVAL;
    claim_release(d, a->space, a->claim);
    draft_delete(d, a);
    quarantine_begin(d, a);
    return 0;
}

void rule_reclaimed(struct draft *d, const struct ipam_range *r)
{
    struct ipam_range now = *r;
    RECORD_SET(&now, IPAM_RANGE_RECLAIMED, reclaimed, draft_now(d));
    draft_replace(d, r, &now);
}

/* release.c - taking addresses back: their claims, their reservations, their plans.
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
        if (rule_plan_reservation(d, IPAM_PLAN_STEP_VERB_DELETE, r, 0, (struct ipam_str){ NULL, 0 },
                                  IPAM_STR("address released"), p) == 0)
            return IPAM_E_INVAL;
    }
    return 0;
}

/* A plan that still waits is taken back; one that is under way must end first, or it would put a reservation
 * on the server that belongs to nobody. */
static int plan_undo(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    const struct ipam_plan *plan = view_get(draft_view(d), IPAM_T_PLAN, a->plan);
    char text[ADDR_TEXT_MAX];
    if (plan != NULL && plan->state == IPAM_PLAN_STATE_PLANNED) {
        struct ipam_plan undone = *plan;
        RECORD_SET(&undone, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
        RECORD_SET(&undone, IPAM_PLAN_FINISHED, finished, draft_now(d));
        RECORD_SET(&undone, IPAM_PLAN_MESSAGE, message,
                   IPAM_STR("the address was released before anything was sent"));
        draft_replace(d, plan, &undone);
        return 0;
    }
    addr_print(&a->address, text);
    problem_hint(p, "wait until the plan has ended: GET /api/v1/manage/plans/%lld", (long long)a->plan);
    return problem_set(p, PROBLEM_IN_USE,
                       "the reservation of %s is on its way to the DHCP server (plan %lld)", text,
                       (long long)a->plan);
}

static void claim_release(struct draft *d, const struct ipam_address *a)
{
    struct ipam_claim like;
    record_init(&like, IPAM_T_CLAIM);
    RECORD_SET(&like, IPAM_CLAIM_SPACE, space, a->space);
    RECORD_SET(&like, IPAM_CLAIM_CLAIM, claim, a->claim);
    const struct ipam_claim *c = draft_find(d, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &like);
    if (c == NULL)
        return;
    struct ipam_claim released = *c;
    RECORD_SET(&released, IPAM_CLAIM_RELEASED, released, 1);
    draft_replace(d, c, &released);
}

int rule_release(struct draft *d, const struct ipam_address *a, struct problem *p)
{
    uint32_t sync = record_has(a, IPAM_ADDRESS_DHCP_SYNC) ? a->dhcp_sync : IPAM_ADDRESS_DHCP_SYNC_NONE;
    int rc = 0;
    if (sync == IPAM_ADDRESS_DHCP_SYNC_PENDING)
        rc = plan_undo(d, a, p);
    else if (sync == IPAM_ADDRESS_DHCP_SYNC_SYNCED) /* the reservation that was made for it goes with it */
        rc = reservations_drop(d, a, p);
    if (rc != 0)
        return rc;
    if (a->claim.len != 0)
        claim_release(d, a);
    draft_delete(d, a);
    return 0;
}

/* quarantine.c - addresses that were released are kept back for a while.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Whoever held an address may go on using it, and caches may go on leading to it: for as long as the subnet,
 * or the nearest block or space around it, says, nobody else gets it. */
#include "model/rules_p.h"

#define SECOND_MS INT64_C(1000)

/* Seconds; the nearest that says something holds. */
static int64_t duration(const struct view *v, int64_t space, const struct ipam_addr *at)
{
    const struct ipam_prefix host = { *at, (uint8_t)addr_bits(at->family) };
    const struct ipam_subnet *n =
        view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, space, &host, false));
    if (n != NULL && record_has(n, IPAM_SUBNET_QUARANTINE))
        return n->quarantine;
    const struct ipam_block *b = view_get(
        v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, n != NULL ? &n->prefix : &host, false));
    while (b != NULL && !record_has(b, IPAM_BLOCK_QUARANTINE))
        b = view_get(v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, &b->prefix, true));
    if (b != NULL)
        return b->quarantine;
    const struct ipam_space *s = view_get(v, IPAM_T_SPACE, space);
    return s != NULL && record_has(s, IPAM_SPACE_QUARANTINE) ? s->quarantine : 0;
}

void quarantine_begin(struct draft *d, const struct ipam_address *a)
{
    int64_t seconds = duration(draft_view(d), a->space, &a->address);
    struct ipam_quarantine q;
    if (seconds <= 0)
        return;
    record_init(&q, IPAM_T_QUARANTINE);
    RECORD_SET(&q, IPAM_QUARANTINE_SPACE, space, a->space);
    RECORD_SET(&q, IPAM_QUARANTINE_ADDRESS, address, a->address);
    RECORD_SET(&q, IPAM_QUARANTINE_SINCE, since, draft_now(d));
    RECORD_SET(&q, IPAM_QUARANTINE_UNTIL, until, draft_now(d) + seconds * SECOND_MS);
    if (record_has(a, IPAM_ADDRESS_NAME))
        RECORD_SET(&q, IPAM_QUARANTINE_NAME, name, a->name);
    if (record_has(a, IPAM_ADDRESS_MAC))
        RECORD_SET(&q, IPAM_QUARANTINE_MAC, mac, a->mac);
    draft_put(d, &q);
}

int quarantine_refuses(const struct ipam_addr *at, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(at, text);
    problem_hint(p, "wait until it is over, or end it: DELETE /api/v1/ipam/quarantines/%s", text);
    return problem_set(p, PROBLEM_IN_USE, "address %s was released and is in quarantine", text);
}

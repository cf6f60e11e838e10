/* served.c - what servers have for an address, and how far each has come: reservation, host and PTR record.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "model/rules_p.h"

_Static_assert((int)IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED == (int)IPAM_ADDRESS_FORWARD_SYNC_REMOVE_FAILED &&
                   (int)IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED ==
                       (int)IPAM_ADDRESS_REVERSE_SYNC_REMOVE_FAILED &&
                   (int)IPAM_ADDRESS_DHCP_SYNC_PENDING == (int)IPAM_ADDRESS_FORWARD_SYNC_PENDING,
               "the states of each are the same");

/* Where it is noted. */
static const struct note {
    unsigned sync, plan, zone; /* fields; 0: it has none */
    size_t sync_at, plan_at, zone_at;
    const char *what; /* for messages */
} notes[SERVED_KINDS] = {
    [SERVED_RESERVATION] = { IPAM_ADDRESS_DHCP_SYNC, IPAM_ADDRESS_PLAN, 0,
                             offsetof(struct ipam_address, dhcp_sync), offsetof(struct ipam_address, plan), 0,
                             "reservation" },
    [SERVED_HOST] = { IPAM_ADDRESS_FORWARD_SYNC, IPAM_ADDRESS_FORWARD_PLAN, IPAM_ADDRESS_FORWARD_ZONE,
                      offsetof(struct ipam_address, forward_sync),
                      offsetof(struct ipam_address, forward_plan),
                      offsetof(struct ipam_address, forward_zone), "host record" },
    [SERVED_PTR] = { IPAM_ADDRESS_REVERSE_SYNC, IPAM_ADDRESS_REVERSE_PLAN, IPAM_ADDRESS_REVERSE_ZONE,
                     offsetof(struct ipam_address, reverse_sync), offsetof(struct ipam_address, reverse_plan),
                     offsetof(struct ipam_address, reverse_zone), "PTR record" },
};

const char *rule_served_name(enum served_kind kind)
{
    return notes[kind].what;
}

enum served_kind rule_served_by(const void *object)
{
    const struct ipam_dns_record *r = object;
    if (r->type != IPAM_T_DNS_RECORD)
        return SERVED_RESERVATION;
    return str_is(r->type_, "PTR") ? SERVED_PTR : SERVED_HOST;
}

uint32_t rule_sync(const struct ipam_address *a, enum served_kind kind)
{
    uint32_t sync;
    if (!record_has(a, notes[kind].sync))
        return IPAM_ADDRESS_DHCP_SYNC_NONE;
    memcpy(&sync, (const char *)a + notes[kind].sync_at, sizeof(sync));
    return sync;
}

int64_t rule_sync_plan(const struct ipam_address *a, enum served_kind kind)
{
    int64_t plan;
    if (!record_has(a, notes[kind].plan))
        return 0;
    memcpy(&plan, (const char *)a + notes[kind].plan_at, sizeof(plan));
    return plan;
}

void rule_sync_set(struct ipam_address *a, enum served_kind kind, uint32_t sync)
{
    memcpy((char *)a + notes[kind].sync_at, &sync, sizeof(sync));
    IPAM_SET_FIELD((struct ipam_record *)a, notes[kind].sync);
}

static void put_ref(struct ipam_address *a, unsigned field, size_t at, int64_t id)
{
    memcpy((char *)a + at, &id, sizeof(id));
    IPAM_SET_FIELD((struct ipam_record *)a, field);
}

void rule_sync_begin(struct ipam_address *a, enum served_kind kind, uint32_t sync, int64_t plan, int64_t zone)
{
    rule_sync_set(a, kind, sync);
    put_ref(a, notes[kind].plan, notes[kind].plan_at, plan);
    if (notes[kind].zone != 0)
        put_ref(a, notes[kind].zone, notes[kind].zone_at, zone);
}

void rule_sync_forget(struct ipam_address *a, enum served_kind kind)
{
    const unsigned fields[] = { notes[kind].sync, notes[kind].plan, notes[kind].zone };
    for (size_t i = 0; i < 3; i++)
        if (fields[i] != 0)
            a->has[fields[i] >> 6] &= ~((uint64_t)1 << (fields[i] & 63));
}

bool rule_is_under_way(const struct ipam_address *a, enum served_kind kind)
{
    uint32_t sync = rule_sync(a, kind);
    return sync == IPAM_ADDRESS_DHCP_SYNC_PENDING || sync == IPAM_ADDRESS_DHCP_SYNC_REMOVING;
}

int rule_under_way(const struct ipam_address *a, enum served_kind kind, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    int64_t plan = rule_sync_plan(a, kind);
    addr_print(&a->address, text);
    problem_about(p, IPAM_T_PLAN, plan);
    problem_hint(p, "wait until the plan has ended: GET /api/v1/manage/plans/%lld", (long long)plan);
    return problem_set(p, PROBLEM_IN_USE, "a %s of %s is on its way to or from its server (plan %lld)",
                       notes[kind].what, text, (long long)plan);
}

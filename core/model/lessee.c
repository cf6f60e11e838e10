/* lessee.c - whose lease it is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/lessee.h"

#include <string.h>

#include "record/record.h"

static bool both_have(const struct ipam_lease *a, const struct ipam_lease *b, unsigned field)
{
    return record_has(a, field) && record_has(b, field);
}

static bool same_bytes(struct ipam_bytes a, struct ipam_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool lessee_same(const struct ipam_lease *a, const struct ipam_lease *b)
{
    if (both_have(a, b, IPAM_LEASE_DUID))
        return same_bytes(a->duid, b->duid) && (!both_have(a, b, IPAM_LEASE_IAID) || a->iaid == b->iaid);
    if (both_have(a, b, IPAM_LEASE_CLIENT_ID))
        return same_bytes(a->client_id, b->client_id);
    return !both_have(a, b, IPAM_LEASE_MAC) || same_bytes(a->mac, b->mac);
}

/* Whether a client has it. */
static bool is_held(const struct ipam_lease *l)
{
    return l != NULL && (l->state == IPAM_LEASE_STATE_ACTIVE || l->state == IPAM_LEASE_STATE_REGISTERED);
}

/* Servers forget most leases that are over without a word of how they ended. */
static int event_of_gone(const struct ipam_lease *before, int64_t now)
{
    bool over = record_has(before, IPAM_LEASE_EXPIRES) && before->expires <= now;
    if (!is_held(before)) /* its end was told */
        return -1;
    return over ? IPAM_CHANGE_ITEM_EVENT_LEASE_EXPIRE : IPAM_CHANGE_ITEM_EVENT_LEASE_RELEASE;
}

int lessee_event(const struct ipam_lease *before, const struct ipam_lease *after, int64_t now)
{
    if (after == NULL)
        return event_of_gone(before, now);
    if (is_held(after) && is_held(before))
        return lessee_same(before, after) ? -1 : IPAM_CHANGE_ITEM_EVENT_LEASE_OWNER;
    if (is_held(after)) /* one that is over and kept by its server goes to another, or back to its client */
        return before == NULL || lessee_same(before, after) ? IPAM_CHANGE_ITEM_EVENT_LEASE_NEW
                                                            : IPAM_CHANGE_ITEM_EVENT_LEASE_OWNER;
    if (before != NULL && before->state == after->state)
        return -1;
    switch (after->state) {
    case IPAM_LEASE_STATE_DECLINED: return IPAM_CHANGE_ITEM_EVENT_LEASE_DECLINE;
    case IPAM_LEASE_STATE_RELEASED: return is_held(before) ? IPAM_CHANGE_ITEM_EVENT_LEASE_RELEASE : -1;
    default: return is_held(before) ? IPAM_CHANGE_ITEM_EVENT_LEASE_EXPIRE : -1;
    }
}

void lessee_print(const struct ipam_lease *l, struct strbuf *out)
{
    static const unsigned fields[] = { IPAM_LEASE_MAC, IPAM_LEASE_CLIENT_ID, IPAM_LEASE_DUID, IPAM_LEASE_IAID,
                                       IPAM_LEASE_NAME };
    const char *between = "";
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct record_field *f = record_field_number(record_type(IPAM_T_LEASE), fields[i]);
        if (!record_has(l, fields[i]))
            continue;
        strbuf_printf(out, "%s%s ", between, f->name);
        record_field_print(f, l, out);
        between = ", ";
    }
}

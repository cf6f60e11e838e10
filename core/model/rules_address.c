/* rules_address.c - addresses of the plan: what may be created and changed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/classes.h"

static int mac_check(const struct ipam_address *before, const struct ipam_address *a, struct problem *p)
{
    const struct record_field *f = record_field_number(record_type(IPAM_T_ADDRESS), IPAM_ADDRESS_MAC);
    bool kept =
        before != NULL && record_field_equal(f, before, a); /* it was taken before there was the rule */
    if (!record_has(a, IPAM_ADDRESS_MAC) || kept || a->mac.len == 6 || a->mac.len == 8 || a->mac.len == 20)
        return 0;
    problem_hint(p, "give 6 octets (Ethernet), 8 (EUI-64) or 20 (InfiniBand), such as 00:53:ab:00:00:01");
    return problem_set(p, PROBLEM_INVALID, "mac: %zu octets are no hardware address", a->mac.len);
}

/* Each protocol knows its clients by something else. */
static int client_check(const struct ipam_address *a, struct problem *p)
{
    bool v4 = a->address.family == 4;
    const char *wrong = !v4 && record_has(a, IPAM_ADDRESS_CLIENT_ID) ? "client_id"
                        : v4 && record_has(a, IPAM_ADDRESS_DUID)     ? "duid"
                        : v4 && record_has(a, IPAM_ADDRESS_IAID)     ? "iaid"
                                                                     : NULL;
    if (wrong == NULL)
        return 0;
    problem_hint(p, v4 ? "give client_id for an IPv4 address" : "give duid and iaid for an IPv6 address");
    return problem_set(p, PROBLEM_INVALID, "%s: an IPv%d address has none", wrong, v4 ? 4 : 6);
}

/* Stored, so that they stay what they were when the product has others. */
static void fill_in(struct ipam_address *a)
{
    if (!record_has(a, IPAM_ADDRESS_DEVICE_TYPE))
        RECORD_SET(a, IPAM_ADDRESS_DEVICE_TYPE, device_type, IPAM_STR("Host"));
    if (!record_has(a, IPAM_ADDRESS_STATE))
        RECORD_SET(a, IPAM_ADDRESS_STATE, state, IPAM_ADDRESS_STATE_IN_USE);
    if (!record_has(a, IPAM_ADDRESS_ASSIGNMENT))
        RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, IPAM_ADDRESS_ASSIGNMENT_STATIC);
}

int address_check(const struct ipam_address *before, struct ipam_address *a, struct problem *p)
{
    if (mac_check(before, a, p) != 0 || client_check(a, p) != 0)
        return IPAM_E_INVAL;
    if (record_has(a, IPAM_ADDRESS_ASSIGNED) && record_has(a, IPAM_ADDRESS_EXPIRES) &&
        a->assigned > a->expires) {
        problem_hint(p, "give an end that is not before the begin");
        return problem_set(p, PROBLEM_INVALID, "expires: the address would end before it was assigned");
    }
    fill_in(a);
    return 0;
}

static int create(struct draft *d, struct ipam_address *a, bool over_released, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct view_user users[USERS_MAX];
    char text[ADDR_TEXT_MAX];
    int64_t space = space_check(v, a->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    addr_print(&a->address, text);
    const char *class = class_reserved(&a->address);
    if (class != NULL) {
        problem_hint(p, "give an address that a host can have in a network");
        return problem_set(p, PROBLEM_INVALID, "address: %s is %s", text, class);
    }
    if (address_check(NULL, a, p) != 0)
        return IPAM_E_INVAL;
    size_t n = view_users(v, space, &a->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        if (users[i].type == IPAM_T_QUARANTINE && !over_released &&
            !view_is_gone(v, IPAM_T_QUARANTINE, users[i].id))
            return quarantine_refuses(&a->address, p);
        if (users[i].type == IPAM_T_ADDRESS &&
            !(over_released && view_is_gone(v, IPAM_T_ADDRESS, users[i].id))) {
            problem_about(p, IPAM_T_ADDRESS, space);
            p->about_addr = a->address;
            problem_hint(p, "change the existing one, or release it first");
            return problem_set(p, PROBLEM_EXISTS, "address %s exists already (id %lld)", text,
                               (long long)users[i].id);
        }
    }
    if (!record_has(a, IPAM_ADDRESS_MANAGED_BY))
        RECORD_SET(a, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    draft_put(d, a);
    return 0;
}

int address_create(struct draft *d, struct ipam_address *a, struct problem *p)
{
    return create(d, a, false, p);
}

int address_come_back(struct draft *d, struct ipam_address *a, struct problem *p)
{
    return create(d, a, true, p);
}

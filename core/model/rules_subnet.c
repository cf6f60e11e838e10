/* rules_subnet.c - subnets: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

/* IEEE 802.1Q: 0 and 4095 are reserved. */
static int vlans_check(const struct ipam_subnet *s, int most, struct problem *p)
{
    for (size_t i = 0; record_has(s, IPAM_SUBNET_VLANS) && i < s->vlans.count; i++) {
        int64_t vlan = s->vlans.items[i];
        if (vlan < 1 || vlan > most) {
            problem_hint(p, "give VLAN ids from 1 to %d", most);
            return problem_set(p, PROBLEM_INVALID, "vlans: %lld is no VLAN id", (long long)vlan);
        }
        for (size_t k = 0; k < i; k++) {
            if (s->vlans.items[k] != vlan)
                continue;
            problem_hint(p, "give each VLAN id once");
            return problem_set(p, PROBLEM_INVALID, "vlans: %lld is given twice", (long long)vlan);
        }
    }
    return 0;
}

static int gateways_check(const struct ipam_subnet *s, struct problem *p)
{
    char text[ADDR_TEXT_MAX], prefix[PREFIX_TEXT_MAX];
    for (size_t i = 0; record_has(s, IPAM_SUBNET_GATEWAYS) && i < s->gateways.count; i++) {
        if (prefix_contains_addr(&s->prefix, &s->gateways.items[i]))
            continue;
        addr_print(&s->gateways.items[i], text);
        prefix_print(&s->prefix, prefix);
        problem_hint(p, "give addresses of the subnet");
        return problem_set(p, PROBLEM_INVALID, "gateways: %s is not in %s", text, prefix);
    }
    return 0;
}

int subnet_check(const struct view *v, const struct ipam_subnet *s, struct problem *p)
{
    int most = space_is_strict(v, s->space) ? 4095 : 4094;
    return vlans_check(s, most, p) != 0 ? IPAM_E_INVAL : gateways_check(s, p);
}

int subnet_create(struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    char text[PREFIX_TEXT_MAX];
    int64_t space = space_check(v, s->space, p);
    if (space == 0 || subnet_check(v, s, p) != 0)
        return IPAM_E_INVAL;
    prefix_print(&s->prefix, text);
    int64_t clash = view_enclosing(v, IPAM_T_SUBNET, space, &s->prefix, false);
    if (clash == 0)
        clash = view_first_inside(v, IPAM_T_SUBNET, space, &s->prefix);
    if (clash != 0) {
        const struct ipam_subnet *o = view_get(v, IPAM_T_SUBNET, clash);
        problem_about(p, IPAM_T_SUBNET, clash);
        char other[PREFIX_TEXT_MAX];
        if (prefix_equal(&o->prefix, &s->prefix)) {
            problem_hint(p, "change the existing one, or delete it first");
            return problem_set(p, PROBLEM_EXISTS, "subnet %s exists already (id %lld)", text,
                               (long long)clash);
        }
        prefix_print(&o->prefix, other);
        problem_hint(p, "subnets do not overlap: use a block to group them");
        return problem_set(p, PROBLEM_OVERLAP, "subnet %s overlaps subnet %s (id %lld)", text, other,
                           (long long)clash);
    }
    if (!record_has(s, IPAM_SUBNET_MANAGED_BY))
        RECORD_SET(s, IPAM_SUBNET_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    draft_put(d, s);
    return 0;
}

static int first_range(void *user, const struct ipam_range *r)
{
    *(const struct ipam_range **)user = r;
    return 1;
}

/* Something of a subnet that stands in the way of deleting it. */
int subnet_holds(struct draft *d, const struct ipam_subnet *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_range *range = NULL;
    struct ipam_addr first, last, used;
    char text[PREFIX_TEXT_MAX], at[ADDR_TEXT_MAX];
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    prefix_print(&s->prefix, text);
    if (rule_first_left(v, s->space, &first, &last, &used) == 0) {
        addr_print(&used, at);
        problem_about(p, IPAM_T_ADDRESS, s->space);
        p->about_addr = used;
        problem_hint(p, "release or move them first: GET /api/v1/ipam/addresses?within=%s", text);
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds addresses in use, the first of them %s", text,
                           at);
    }
    if (view_ranges(v, s->space, &first, &last, first_range, &range) != 0) {
        problem_about(p, IPAM_T_RANGE, range->id);
        problem_hint(p, !rule_is_own(range) ? "remove its scope on the server and collect again"
                                            : "delete its ranges first");
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds range %lld", text, (long long)range->id);
    }
    return 0;
}

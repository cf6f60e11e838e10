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

/* The problem that it cannot be where another one is. */
static int clash(const struct ipam_subnet *s, const struct ipam_subnet *other, const char *why,
                 struct problem *p)
{
    char text[PREFIX_TEXT_MAX], there[PREFIX_TEXT_MAX];
    prefix_print(&s->prefix, text);
    prefix_print(&other->prefix, there);
    problem_about(p, IPAM_T_SUBNET, other->id);
    return problem_set(p, PROBLEM_OVERLAP, "subnet %s overlaps subnet %s (id %lld)%s", text, there,
                       (long long)other->id, why);
}

static int overlap_refused(const struct view *v, const struct ipam_subnet *s, int64_t id, struct problem *p)
{
    const struct ipam_space *space = view_get(v, IPAM_T_SPACE, s->space);
    if (id == 0 || !record_has(space, IPAM_SPACE_SUBNET_OVERLAP) ||
        space->subnet_overlap != IPAM_SPACE_SUBNET_OVERLAP_REFUSE)
        return 0;
    problem_hint(p, "use a block to group subnets, or set subnet_overlap of the space to allow");
    return clash(s, view_get(v, IPAM_T_SUBNET, id), "", p);
}

/* An address has its access scope from the smallest subnet around it. So those that overlap are in one:
 * nobody gets or gives away addresses by it, nor learns of a subnet that he does not see. */
static int same_scope(const struct view *v, const struct ipam_subnet *s, const struct ipam_subnet *other,
                      struct problem *p)
{
    if (other == NULL || rule_access_scope(v, s) == rule_access_scope(v, other))
        return 0;
    problem_hint(p, "put both into one access scope first, or the block around them");
    return clash(s, other, ", which is in another access scope", p);
}

static int same_scopes(const struct view *v, const struct ipam_subnet *s, const struct ipam_subnet *outer,
                       struct problem *p)
{
    const struct ipam_subnet *inner = NULL;
    int rc = same_scope(v, s, outer, p);
    while (rc == 0 && (inner = view_get(v, IPAM_T_SUBNET,
                                        view_next_inside(v, IPAM_T_SUBNET, s->space, &s->prefix,
                                                         inner != NULL ? &inner->prefix : NULL))) != NULL)
        rc = same_scope(v, s, inner, p);
    return rc;
}

struct inmates {
    const struct view *v;
    const struct ipam_subnet *subnet;
    struct problem *p;
};

/* A range that lay in the outer subnet is in the new one now, if that is around all of it. */
static int inmate_check(void *user, const struct ipam_range *r)
{
    const struct inmates *i = user;
    const struct ipam_prefix *p = &i->subnet->prefix;
    const struct ipam_subnet *around =
        view_get(i->v, IPAM_T_SUBNET, rule_subnet_around(i->v, r->space, &r->first, &r->last));
    bool lies_in = prefix_contains_addr(p, &r->first) && prefix_contains_addr(p, &r->last);
    return lies_in && (around == NULL || around->prefix.length < p->length) ? range_ends_check(r, p, i->p)
                                                                            : 0;
}

static int subnet_fits(const struct view *v, const struct ipam_subnet *s, struct problem *p)
{
    int64_t around = view_enclosing(v, IPAM_T_SUBNET, s->space, &s->prefix, false);
    const struct ipam_subnet *outer = view_get(v, IPAM_T_SUBNET, around);
    struct inmates i = { v, s, p };
    struct ipam_addr first, last;
    if (outer != NULL && prefix_equal(&outer->prefix, &s->prefix)) {
        char text[PREFIX_TEXT_MAX];
        prefix_print(&s->prefix, text);
        problem_about(p, IPAM_T_SUBNET, around);
        problem_hint(p, "change the existing one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "subnet %s exists already (id %lld)", text, (long long)around);
    }
    if (overlap_refused(
            v, s, around != 0 ? around : view_first_inside(v, IPAM_T_SUBNET, s->space, &s->prefix), p) != 0 ||
        same_scopes(v, s, outer, p) != 0)
        return IPAM_E_INVAL;
    if (outer == NULL)
        return 0;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    return view_ranges(v, s->space, &first, &last, inmate_check, &i) == 0 ? 0 : IPAM_E_INVAL;
}

int subnet_may_be(const struct view *v, const struct ipam_subnet *s, struct problem *p)
{
    return space_check(v, s->space, p) == 0 || subnet_check(v, s, p) != 0 || subnet_fits(v, s, p) != 0
               ? IPAM_E_INVAL
               : 0;
}

int subnet_create(struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    if (subnet_may_be(draft_view(d), s, p) != 0)
        return IPAM_E_INVAL;
    if (!record_has(s, IPAM_SUBNET_MANAGED_BY))
        RECORD_SET(s, IPAM_SUBNET_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    draft_put(d, s);
    return 0;
}

/* What lies in a subnet, and in none inside it. */
struct own_range {
    const struct view *v;
    const struct ipam_subnet *subnet;
    const struct ipam_range *found;
};

static int find_own_range(void *user, const struct ipam_range *r)
{
    struct own_range *o = user;
    if (rule_subnet_around(o->v, r->space, &r->first, &r->last) != o->subnet->id)
        return 0;
    o->found = r;
    return 1;
}

/* The first address in use that is in no subnet inside: 0, or IPAM_E_NOENT. */
static int first_own_used(const struct view *v, const struct ipam_subnet *s, struct ipam_addr *ret)
{
    struct ipam_addr from, last;
    prefix_first(&s->prefix, &from);
    prefix_last(&s->prefix, &last);
    while (rule_first_left(v, s->space, &from, &last, ret) == 0) {
        const struct ipam_subnet *in = view_get(v, IPAM_T_SUBNET, rule_subnet_around(v, s->space, ret, ret));
        if (in == NULL || in->id == s->id)
            return 0;
        prefix_last(&in->prefix, ret);
        if (addr_add(ret, u128_from(1), &from) != 0 || addr_compare(&from, &last) > 0)
            break;
    }
    return IPAM_E_NOENT;
}

/* Something of a subnet that stands in the way of deleting it. */
int subnet_holds(struct draft *d, const struct ipam_subnet *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct own_range own = { v, s, NULL };
    struct ipam_addr first, last, used;
    char text[PREFIX_TEXT_MAX], at[ADDR_TEXT_MAX];
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    prefix_print(&s->prefix, text);
    if (first_own_used(v, s, &used) == 0) {
        addr_print(&used, at);
        problem_about(p, IPAM_T_ADDRESS, s->space);
        p->about_addr = used;
        problem_hint(p, "release or move them first: GET /api/v1/ipam/addresses?within=%s", text);
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds addresses in use, the first of them %s", text,
                           at);
    }
    if (view_ranges(v, s->space, &first, &last, find_own_range, &own) != 0) {
        problem_about(p, IPAM_T_RANGE, own.found->id);
        problem_hint(p, !rule_is_own(own.found) ? "remove its scope on the server and collect again"
                                                : "delete its ranges first");
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds range %lld", text, (long long)own.found->id);
    }
    return 0;
}

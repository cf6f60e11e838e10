/* allocate.c - handing out addresses: claims, strategies, reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
#include "model/rules_p.h"

#define RANDOM_TRIES 32

#define GATEWAYS_MAX 32

/* Where to look: [first, last] of a space, with dynamic ranges passed over unless the target is such a range.
 */
struct search {
    const struct view *v;
    int64_t space;
    struct ipam_addr first, last;
    bool skip_dynamic;
    struct ipam_addr gateways[GATEWAYS_MAX]; /* that scopes there offer: never handed out */
    size_t gateway_count;
    char name[2 * ADDR_TEXT_MAX]; /* for messages */
};

static int find_dynamic(void *user, const struct ipam_range *r)
{
    if (r->kind != IPAM_RANGE_KIND_DYNAMIC)
        return 0;
    *(const struct ipam_range **)user = r;
    return 1;
}

static int add_gateways(void *user, const struct ipam_scope *scope)
{
    struct search *s = user;
    for (size_t i = 0; i < scope->routers.count && s->gateway_count < GATEWAYS_MAX; i++)
        s->gateways[s->gateway_count++] = scope->routers.items[i];
    return 0;
}

static bool is_gateway(const struct search *s, const struct ipam_addr *a)
{
    for (size_t i = 0; i < s->gateway_count; i++)
        if (addr_equal(&s->gateways[i], a))
            return true;
    return false;
}

/* What holds a free address back: the run to pass over around it. False: it may be handed out. */
static bool is_held(const struct search *s, const struct ipam_addr *a, struct ipam_addr *ret_first,
                    struct ipam_addr *ret_last)
{
    const struct ipam_range *r = NULL;
    *ret_first = *ret_last = *a;
    if (is_gateway(s, a))
        return true;
    if (!s->skip_dynamic || view_ranges(s->v, s->space, a, a, find_dynamic, &r) == 0)
        return false;
    *ret_first = r->first;
    *ret_last = r->last;
    return true;
}

/* The first free address at or after `from` that nothing holds back. */
static int search_up(const struct search *s, struct ipam_addr from, struct ipam_addr *ret)
{
    struct ipam_addr first, last;
    for (;;) {
        int rc = view_next_free(s->v, s->space, &from, &s->last, &from);
        if (rc != 0)
            return rc;
        if (!is_held(s, &from, &first, &last))
            break;
        if (addr_compare(&last, &s->last) >= 0 || addr_add(&last, u128_from(1), &from) != 0)
            return IPAM_E_EXHAUSTED;
    }
    *ret = from;
    return 0;
}

static int search_down(const struct search *s, struct ipam_addr from, struct ipam_addr *ret)
{
    struct ipam_addr first, last;
    for (;;) {
        int rc = view_last_free(s->v, s->space, &s->first, &from, &from);
        if (rc != 0)
            return rc;
        if (!is_held(s, &from, &first, &last))
            break;
        if (addr_compare(&first, &s->first) <= 0 || addr_sub(&first, u128_from(1), &from) != 0)
            return IPAM_E_EXHAUSTED;
    }
    *ret = from;
    return 0;
}

/* A random number in [0, bound), bound above 0. */
static struct ipam_u128 random_below(struct ipam_u128 bound)
{
    struct ipam_u128 r = { 0, 0 };
    if (bound.hi == 0) {
        r.lo = rng_below(bound.lo);
        return r;
    }
    do {
        rng_bytes(&r, sizeof(r));
        if (bound.hi != UINT64_MAX)
            r.hi = rng_below(bound.hi + 1);
    } while (u128_compare(r, bound) >= 0);
    return r;
}

/* Uniform over what is free. Where most of it lies in dynamic ranges or was just drafted, the address after
 * them comes up more often than others: after some tries it will do. */
static int search_random(const struct search *s, struct ipam_addr *ret)
{
    struct ipam_u128 all = addr_distance(&s->first, &s->last);
    struct ipam_u128 left = u128_sub(all, view_used(s->v, s->space, &s->first, &s->last));
    struct ipam_addr at = s->first;
    int rc = IPAM_E_EXHAUSTED;
    for (int tries = 0; tries < RANDOM_TRIES && u128_compare(left, u128_from(0)) > 0; tries++) {
        rc = view_nth_free(s->v, s->space, &s->first, &s->last, random_below(left), &at);
        if (rc == 0)
            rc = search_up(s, at, ret);
        if (rc == 0 && addr_equal(&at, ret))
            break;
    }
    return rc == 0 ? 0 : search_up(s, s->first, ret);
}

static int search_one(const struct search *s, enum strategy strategy, struct ipam_addr *ret)
{
    switch (strategy) {
    case STRATEGY_LAST: return search_down(s, s->last, ret);
    case STRATEGY_RANDOM: return search_random(s, ret);
    default: return search_up(s, s->first, ret);
    }
}

/* Usable addresses of a subnet: without network and broadcast address (but /31, RFC 3021, and /32), and
 * without the subnet-router anycast address (RFC 4291 2.6.1; but /127, RFC 6164, and /128). */
static void usable(const struct ipam_prefix *p, struct ipam_addr *ret_first, struct ipam_addr *ret_last)
{
    bool v4 = p->addr.family == 4;
    prefix_first(p, ret_first);
    prefix_last(p, ret_last);
    if (p->length + 1u >= addr_bits(p->addr.family))
        return;
    addr_add(ret_first, u128_from(1), ret_first);
    if (v4)
        addr_sub(ret_last, u128_from(1), ret_last);
}

static int search_subnet(struct search *s, int64_t id, struct problem *p)
{
    const struct ipam_subnet *n = view_get(s->v, IPAM_T_SUBNET, id);
    if (n == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "there is no subnet %lld", (long long)id);
    s->space = n->space;
    s->skip_dynamic = true;
    usable(&n->prefix, &s->first, &s->last);
    prefix_print(&n->prefix, s->name);
    return 0;
}

/* Of a range, what its subnet lets be used. */
static int search_range(struct search *s, int64_t id, bool reservation, struct problem *p)
{
    const struct ipam_range *r = view_get(s->v, IPAM_T_RANGE, id);
    if (r == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "there is no range %lld", (long long)id);
    s->space = r->space;
    s->skip_dynamic = r->kind != IPAM_RANGE_KIND_DYNAMIC;
    s->first = r->first;
    s->last = r->last;
    size_t n = addr_print(&r->first, s->name);
    s->name[n] = '-';
    addr_print(&r->last, s->name + n + 1);
    if (r->kind == IPAM_RANGE_KIND_DYNAMIC && !reservation) {
        problem_hint(p, "ask for a reservation too, or allocate from the subnet, outside its dynamic ranges");
        return problem_set(p, PROBLEM_MANAGED,
                           "range %s is leased by its DHCP server, which may give the address away", s->name);
    }
    struct ipam_prefix host = { r->first, (uint8_t)addr_bits(r->first.family) };
    const struct ipam_subnet *subnet =
        view_get(s->v, IPAM_T_SUBNET, view_enclosing(s->v, IPAM_T_SUBNET, r->space, &host, false));
    if (subnet != NULL) {
        struct ipam_addr first, last;
        usable(&subnet->prefix, &first, &last);
        if (addr_compare(&s->first, &first) < 0)
            s->first = first;
        if (addr_compare(&s->last, &last) > 0)
            s->last = last;
    }
    return 0;
}

static int search_init(struct search *s, const struct view *v, const struct allocation *a, struct problem *p)
{
    memset(s, 0, sizeof(*s));
    s->v = v;
    int rc = a->subnet != 0 ? search_subnet(s, a->subnet, p) : search_range(s, a->range, a->reservation, p);
    if (rc == 0)
        view_scopes_at(v, s->space, &s->first, add_gateways, s);
    return rc;
}

/* The claim's answer: 1 when the claim is new, 0 when it was answered, an error otherwise. */
static int claim_answer(struct draft *d, struct allocation *a, int64_t space, struct problem *p)
{
    struct ipam_claim like;
    record_init(&like, IPAM_T_CLAIM);
    RECORD_SET(&like, IPAM_CLAIM_SPACE, space, space);
    RECORD_SET(&like, IPAM_CLAIM_CLAIM, claim, a->claim);
    const struct ipam_claim *c = draft_find(d, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &like);
    if (c == NULL)
        return 1;
    if (c->request.len != a->digest.len || memcmp(c->request.data, a->digest.data, a->digest.len) != 0) {
        problem_hint(p, "use the request the claim was made with, or another claim");
        return problem_set(p, PROBLEM_CLAIM_MISMATCH, "claim \"" STR_FMT "\" was made with another request",
                           STR_ARG(a->claim));
    }
    if (record_has(c, IPAM_CLAIM_RELEASED) && c->released) {
        problem_hint(p, "use another claim: this one never gets other addresses");
        return problem_set(p, PROBLEM_CLAIM_RELEASED, "the addresses of claim \"" STR_FMT "\" were released",
                           STR_ARG(a->claim));
    }
    for (size_t i = 0; i < c->addresses.count; i++)
        a->ret_ids[i] = c->addresses.items[i];
    a->ret_count = (int64_t)c->addresses.count;
    a->ret_replayed = true;
    return 0;
}

static void claim_put(struct draft *d, const struct allocation *a, int64_t space)
{
    struct ipam_claim c;
    record_init(&c, IPAM_T_CLAIM);
    RECORD_SET(&c, IPAM_CLAIM_SPACE, space, space);
    RECORD_SET(&c, IPAM_CLAIM_CLAIM, claim, a->claim);
    RECORD_SET(&c, IPAM_CLAIM_REQUEST, request, a->digest);
    RECORD_SET(&c, IPAM_CLAIM_ADDRESSES, addresses, ((struct ipam_ints){ a->ret_ids, (size_t)a->ret_count }));
    RECORD_SET(&c, IPAM_CLAIM_ACTOR, actor, a->actor);
    RECORD_SET(&c, IPAM_CLAIM_CREATED, created, draft_now(d));
    draft_put(d, &c);
}

static int64_t address_put(struct draft *d, const struct allocation *a, int64_t space,
                           const struct ipam_addr *at, bool pending)
{
    struct ipam_address rec = *a->fields;
    RECORD_SET(&rec, IPAM_ADDRESS_SPACE, space, space);
    RECORD_SET(&rec, IPAM_ADDRESS_ADDRESS, address, *at);
    RECORD_SET(&rec, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    if (a->claim.len != 0)
        RECORD_SET(&rec, IPAM_ADDRESS_CLAIM, claim, a->claim);
    if (pending)
        RECORD_SET(&rec, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    draft_put(d, &rec);
    return rec.id;
}

/* Plans the reservation of one address and notes the plan on the address. */
static int reservation_plan(struct draft *d, struct allocation *a, int64_t id, struct problem *p)
{
    const struct ipam_address *address = view_get(draft_view(d), IPAM_T_ADDRESS, id);
    const struct ipam_scope *scope = rule_scope_for(draft_view(d), address->space, &address->address, p);
    struct ipam_reservation r;
    if (scope == NULL)
        return IPAM_E_INVAL;
    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_SERVER, server, scope->server);
    RECORD_SET(&r, IPAM_RESERVATION_SCOPE, scope, scope->id);
    RECORD_SET(&r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, scope->native);
    RECORD_SET(&r, IPAM_RESERVATION_SPACE, space, address->space);
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address, address->address);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, a->identifier_type);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier, a->identifier);
    if (record_has(address, IPAM_ADDRESS_NAME))
        RECORD_SET(&r, IPAM_RESERVATION_NAME, name, address->name);
    int64_t plan = rule_plan_reservation(d, IPAM_PLAN_STEP_VERB_ADD, &r, id, a->actor, a->reason, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    struct ipam_address with_plan = *address;
    RECORD_SET(&with_plan, IPAM_ADDRESS_PLAN, plan, plan);
    draft_replace(d, address, &with_plan);
    a->ret_plan = plan;
    return 0;
}

int rule_allocate(struct draft *d, struct allocation *a, struct problem *p)
{
    struct search s;
    int rc = search_init(&s, draft_view(d), a, p);
    if (rc != 0)
        return rc;
    if (a->claim.len != 0 && (rc = claim_answer(d, a, s.space, p)) <= 0)
        return rc;
    for (a->ret_count = 0; a->ret_count < a->count; a->ret_count++) {
        struct ipam_addr at;
        if (search_one(&s, a->strategy, &at) != 0) {
            problem_hint(p, "release addresses, or allocate from another subnet");
            return problem_set(p, PROBLEM_EXHAUSTED, "%s has %lld of the %lld addresses asked for free",
                               s.name, (long long)a->ret_count, (long long)a->count);
        }
        a->ret_ids[a->ret_count] = address_put(d, a, s.space, &at, a->reservation);
    }
    for (int64_t i = 0; a->reservation && i < a->ret_count; i++)
        if ((rc = reservation_plan(d, a, a->ret_ids[i], p)) != 0)
            return rc;
    if (a->claim.len != 0)
        claim_put(d, a, s.space);
    return 0;
}

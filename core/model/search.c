/* search.c - which addresses may be handed out: free, usable and held back by nothing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/search.h"

#include <string.h>

#include "base/clock.h"
#include "net/u128.h"

#define RANDOM_TRIES 32

static void add_gateways(struct search *s, const struct ipam_addrs *gateways)
{
    for (size_t i = 0; i < gateways->count && s->gateway_count < GATEWAYS_MAX; i++)
        s->gateways[s->gateway_count++] = gateways->items[i];
}

static int add_routers(void *user, const struct ipam_scope *scope)
{
    add_gateways(user, &scope->routers);
    return 0;
}

/* Looks for what holds back one of [first, last]. */
struct holder {
    const struct search *s;
    struct ipam_addr first, last;
    struct ipam_addr held_first, held_last; /* what does */
};

static bool run_holds(struct holder *h, const struct ipam_strs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        if (range_run_parse(runs->items[i], &h->held_first, &h->held_last) &&
            addr_compare(&h->held_first, &h->last) <= 0 && addr_compare(&h->held_last, &h->first) >= 0)
            return true;
    return false;
}

static bool gateway_holds(struct holder *h, const struct ipam_strs *gateways)
{
    for (size_t i = 0; i < gateways->count; i++)
        if (range_gateway_parse(gateways->items[i], &h->held_first) &&
            addr_compare(&h->held_first, &h->first) >= 0 && addr_compare(&h->held_first, &h->last) <= 0) {
            h->held_last = h->held_first;
            return true;
        }
    return false;
}

/* A range that is not for assignment by hand, or with an access scope of its own that is not the asker's;
 * else what is reserved in it. */
static int find_holder(void *user, const struct ipam_range *r)
{
    struct holder *h = user;
    const struct allocation *a = h->s->a;
    bool other = h->s->skip_dynamic && r->kind != IPAM_RANGE_KIND_STATIC;
    if (!other && (a->may == NULL || r->access_scope == 0 || a->may(a->user, h->s->v, r)))
        return run_holds(h, &r->reserved) || run_holds(h, &r->vips) || gateway_holds(h, &r->gateways);
    h->held_first = r->first;
    h->held_last = r->last;
    return 1;
}

/* The first of those from first to last at which a probe found somebody. */
static const struct ipam_addr *find_taken(const struct allocation *a, const struct ipam_addr *first,
                                          const struct ipam_addr *last)
{
    const struct ipam_addr *found = NULL;
    for (size_t i = 0; i < a->probed_count; i++) {
        const struct ipam_addr *at = &a->probed[i].address;
        if (a->probed[i].taken && at->family == first->family && addr_compare(at, first) >= 0 &&
            addr_compare(at, last) <= 0 && (found == NULL || addr_compare(at, found) < 0))
            found = at;
    }
    return found;
}

/* A subnet inside has its addresses: the first one that has some from first to last, and the last address
 * before the next that is in none. */
static bool subnet_holds_some(const struct search *s, const struct ipam_addr *first,
                              const struct ipam_addr *last, struct ipam_addr *ret_first,
                              struct ipam_addr *ret_last)
{
    const struct ipam_prefix host = { *first, (uint8_t)addr_bits(first->family) };
    const struct ipam_subnet *n =
        view_get(s->v, IPAM_T_SUBNET, view_enclosing(s->v, IPAM_T_SUBNET, s->space, &host, false));
    struct ipam_addr bare;
    if (n == NULL || n->prefix.length <= s->subnet.length) /* the first address is not in one */
        n = view_get(s->v, IPAM_T_SUBNET, view_next_inside(s->v, IPAM_T_SUBNET, s->space, &s->subnet, &host));
    if (n == NULL || addr_compare(&n->prefix.addr, last) > 0)
        return false;
    prefix_first(&n->prefix, ret_first);
    *ret_last = s->all_last;
    if (view_next_bare(s->v, s->space, &s->subnet, ret_first, &bare) == 0)
        addr_sub(&bare, u128_from(1), ret_last);
    return true;
}

/* What holds back addresses from first to last though they are free: the run to pass over. False: they may be
 * handed out. */
static bool is_held(const struct search *s, const struct ipam_addr *first, const struct ipam_addr *last,
                    struct ipam_addr *ret_first, struct ipam_addr *ret_last)
{
    struct holder h = { .s = s, .first = *first, .last = *last };
    for (size_t i = 0; i < s->gateway_count; i++) {
        const struct ipam_addr *g = &s->gateways[i];
        if (g->family != first->family || addr_compare(g, first) < 0 || addr_compare(g, last) > 0)
            continue;
        *ret_first = *ret_last = *g;
        return true;
    }
    const struct ipam_addr *taken = find_taken(s->a, first, last);
    if (taken != NULL) {
        *ret_first = *ret_last = *taken;
        return true;
    }
    if (s->subnet.addr.family != 0 && subnet_holds_some(s, first, last, ret_first, ret_last))
        return true;
    if (view_ranges(s->v, s->space, first, last, find_holder, &h) == 0)
        return false;
    *ret_first = h.held_first;
    *ret_last = h.held_last;
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
        if (!is_held(s, &from, &from, &first, &last))
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
        if (!is_held(s, &from, &from, &first, &last))
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

/* The middle of [first, last], as the first address of the upper half. */
static void halve(const struct ipam_addr *first, const struct ipam_addr *last,
                  struct ipam_addr *ret_lower_last, struct ipam_addr *ret_upper_first)
{
    struct ipam_u128 half = u128_make((u128_value(addr_distance(first, last)) - 1) / 2);
    addr_add(first, half, ret_lower_last);
    addr_add(ret_lower_last, u128_from(1), ret_upper_first);
}

/* Far from all that is in use: down into the emptier half, the lower one of two alike, until one is empty;
 * its first address. From nothing this is the order of RFC 3531 (leftmost): 0, 8, 4, 12, 2, 10, 6, 14, 1,
 * ... of sixteen. */
static int search_sparse(const struct search *s, struct ipam_addr *ret)
{
    struct ipam_addr first = s->all_first, last = s->all_last, lower_last, upper_first;
    struct ipam_u128 lower, upper, taken = view_taken(s->v, s->space, &first, &last);
    while (!addr_equal(&first, &last) && u128_compare(taken, u128_from(0)) > 0) {
        halve(&first, &last, &lower_last, &upper_first);
        lower = view_taken(s->v, s->space, &first, &lower_last);
        upper = u128_sub(taken, lower);
        if (u128_compare(lower, upper) <= 0) {
            last = lower_last;
            taken = lower;
        } else {
            first = upper_first;
            taken = upper;
        }
    }
    if (addr_compare(&first, &s->first) < 0)
        first = s->first;
    return search_up(s, first, ret) == 0 ? 0 : search_up(s, s->first, ret);
}

/* What a client makes of the prefix by itself, with its hardware address: RFC 4291, appendix A. */
static int search_eui64(const struct search *s, struct ipam_addr *ret)
{
    struct ipam_addr at = s->all_first;
    const struct ipam_bytes *mac = &s->a->fields->mac;
    uint8_t *host = at.bytes + 8;
    memcpy(host, mac->data, 3);
    if (mac->len == 6) {
        host[3] = 0xff;
        host[4] = 0xfe;
    }
    memcpy(host + (mac->len == 6 ? 5 : 3), mac->data + 3, mac->len - 3);
    host[0] ^= 2;
    *ret = at;
    return search_may(s, &at) ? 0 : IPAM_E_EXHAUSTED;
}

bool search_may(const struct search *s, const struct ipam_addr *at)
{
    struct ipam_addr first, last, found;
    return at->family == s->first.family && addr_compare(at, &s->first) >= 0 &&
           addr_compare(at, &s->last) <= 0 && view_next_free(s->v, s->space, at, at, &found) == 0 &&
           !is_held(s, at, at, &first, &last);
}

int search_one(const struct search *s, struct ipam_addr *ret)
{
    switch (s->a->strategy) {
    case STRATEGY_LAST: return search_down(s, s->last, ret);
    case STRATEGY_RANDOM: return search_random(s, ret);
    case STRATEGY_SPARSE: return search_sparse(s, ret);
    case STRATEGY_EUI64: return search_eui64(s, ret);
    default: return search_up(s, s->first, ret);
    }
}

int search_run(const struct search *s, uint32_t n, struct ipam_addr *ret)
{
    struct ipam_addr from = s->first, end, first, last;
    for (;;) {
        int rc = view_next_run(s->v, s->space, &from, &s->last, n, &from);
        if (rc != 0)
            return rc;
        addr_add(&from, u128_from(n - 1), &end);
        if (!is_held(s, &from, &end, &first, &last))
            break;
        if (addr_compare(&last, &s->last) >= 0 || addr_add(&last, u128_from(1), &from) != 0)
            return IPAM_E_EXHAUSTED;
    }
    *ret = from;
    return 0;
}

int search_gap(const struct search *s, const struct ipam_addr *from, struct ipam_addr *ret_first,
               struct ipam_addr *ret_last)
{
    struct ipam_addr first, last = s->last, at, held_last;
    int rc = search_up(s, addr_compare(from, &s->first) < 0 ? s->first : *from, &first);
    if (rc != 0)
        return rc;
    if (view_first_used(s->v, s->space, &first, &last, &at) == 0)
        addr_sub(&at, u128_from(1), &last);
    while (is_held(s, &first, &last, &at, &held_last)) /* gateways are in no order */
        addr_sub(&at, u128_from(1), &last);
    *ret_first = first;
    *ret_last = last;
    return 0;
}

static int search_subnet(struct search *s, int64_t id, struct problem *p)
{
    const struct ipam_subnet *n = view_get(s->v, IPAM_T_SUBNET, id);
    if (n == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "there is no subnet %lld", (long long)id);
    s->space = n->space;
    s->skip_dynamic = true;
    prefix_first(&n->prefix, &s->all_first);
    prefix_last(&n->prefix, &s->all_last);
    prefix_usable(&n->prefix, &s->first, &s->last);
    if (view_first_inside(s->v, IPAM_T_SUBNET, s->space, &n->prefix) != 0)
        s->subnet = n->prefix;
    add_gateways(s, &n->gateways);
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
    s->skip_dynamic = r->kind == IPAM_RANGE_KIND_STATIC;
    s->first = s->all_first = r->first;
    s->last = s->all_last = r->last;
    size_t n = addr_print(&r->first, s->name);
    s->name[n] = '-';
    addr_print(&r->last, s->name + n + 1);
    if (r->kind == IPAM_RANGE_KIND_DYNAMIC && !reservation) {
        problem_hint(p, "ask for a reservation too, or allocate from the subnet, outside its dynamic ranges");
        return problem_set(p, PROBLEM_MANAGED,
                           "range %s is leased by its DHCP server, which may give the address away", s->name);
    }
    const struct ipam_subnet *subnet =
        view_get(s->v, IPAM_T_SUBNET, rule_subnet_around(s->v, r->space, &r->first, &r->last));
    if (subnet != NULL) {
        struct ipam_addr first, last;
        prefix_usable(&subnet->prefix, &first, &last);
        add_gateways(s, &subnet->gateways);
        if (addr_compare(&s->first, &first) < 0)
            s->first = first;
        if (addr_compare(&s->last, &last) > 0)
            s->last = last;
    }
    return 0;
}

int search_init(struct search *s, const struct view *v, const struct allocation *a, struct problem *p)
{
    memset(s, 0, sizeof(*s));
    s->v = v;
    s->a = a;
    int rc = a->subnet != 0 ? search_subnet(s, a->subnet, p) : search_range(s, a->range, a->reservation, p);
    if (rc == 0)
        view_scopes_at(v, s->space, &s->first, add_routers, s);
    return rc;
}

int rule_free_run(const struct view *v, const struct allocation *a, const struct ipam_addr *from,
                  struct ipam_addr *ret_first, struct ipam_addr *ret_last, struct problem *p)
{
    struct search s;
    int rc = search_init(&s, v, a, p);
    if (rc != 0)
        return rc;
    return from->family == s.first.family && addr_compare(from, &s.last) > 0
               ? IPAM_E_EXHAUSTED
               : search_gap(&s, from->family == 0 ? &s.first : from, ret_first, ret_last);
}

/* Leases and reservations are the server's own, which has just said that there is none. */
static bool plan_has(const struct search *s, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(s->v, s->space, at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        if (users[i].type != IPAM_T_LEASE && users[i].type != IPAM_T_RESERVATION)
            return true;
    return false;
}

int rule_keep_unheld(const struct view *v, const struct allocation *a, struct ipam_addr *list, size_t *count,
                     struct problem *p)
{
    struct search s;
    struct ipam_addr first, last;
    size_t kept = 0;
    int rc = search_init(&s, v, a, p);
    for (size_t i = 0; i < *count && rc == 0; i++)
        if (addr_compare(&list[i], &s.first) >= 0 && addr_compare(&list[i], &s.last) <= 0 &&
            !plan_has(&s, &list[i]) && !is_held(&s, &list[i], &list[i], &first, &last))
            list[kept++] = list[i];
    *count = kept;
    return rc;
}

/* judge.c - which conflicts there are at one place, given what stands there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/judge.h"

#include <string.h>

#include "conflict/holder.h"

static void begin(struct finding *f, uint32_t kind, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last)
{
    memset(f, 0, offsetof(struct finding, parties));
    f->kind = kind;
    f->space = space;
    f->first = *first;
    f->last = *last;
    f->count = 0;
}

static void begin_prefix(struct finding *f, uint32_t kind, int64_t space, const struct ipam_prefix *p)
{
    struct ipam_addr first, last;
    prefix_first(p, &first);
    prefix_last(p, &last);
    begin(f, kind, space, &first, &last);
    f->prefix = *p;
}

static void add_party(struct finding *f, const struct party *p)
{
    if (f->count < PARTIES_MAX)
        f->parties[f->count++] = *p;
}

static void add(struct finding *f, const void *row)
{
    if (row != NULL)
        add_party(f, &(struct party){ .row = row });
}

/* --- one address --- */

/* Everybody who holds the address: the plan's holder first, then reservations, then leases. */
struct holders {
    const void *rows[1 + 2 * HOLDERS_MAX];
    size_t count, reserved_from, leased_from;
    bool matched[1 + 2 * HOLDERS_MAX]; /* a reservation is for him */
    bool against[1 + 2 * HOLDERS_MAX]; /* he is in contradiction to another */
};

static bool is_reservation(const struct holders *h, size_t i)
{
    return i >= h->reserved_from && i < h->leased_from;
}

static bool is_lease(const struct holders *h, size_t i)
{
    return i >= h->leased_from;
}

/* A server goes by what it told last: whose lease has run out is a holder until the server says so. */
static bool holds(const struct ipam_lease *l)
{
    return l->state == IPAM_LEASE_STATE_ACTIVE || l->state == IPAM_LEASE_STATE_REGISTERED;
}

/* Partners tell of one lease at different times: what one says is past when the other tells of a later
 * request. */
static bool is_past(const struct standing *s, const struct ipam_lease *l)
{
    for (size_t i = 0; i < s->lease_count; i++) {
        const struct ipam_lease *o = s->leases[i];
        if (holds(o) && o->server != l->server && record_has(o, IPAM_LEASE_STARTED) &&
            record_has(l, IPAM_LEASE_STARTED) && o->started > l->started &&
            s->partners(s->user, o->server, l->server))
            return true;
    }
    return false;
}

static void gather(const struct standing *s, struct holders *h)
{
    memset(h, 0, sizeof(*h));
    if (s->plan != NULL && s->plan->state != IPAM_ADDRESS_STATE_INACTIVE)
        h->rows[h->count++] = s->plan;
    h->reserved_from = h->count;
    for (size_t i = 0; i < s->reservation_count; i++)
        h->rows[h->count++] = s->reservations[i];
    h->leased_from = h->count;
    for (size_t i = 0; i < s->lease_count; i++)
        if (holds(s->leases[i]) && !is_past(s, s->leases[i]))
            h->rows[h->count++] = s->leases[i];
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = h->reserved_from; k < h->leased_from; k++)
            h->matched[i] = h->matched[i] ||
                            (!is_reservation(h, i) && holder_compare(h->rows[i], h->rows[k]) == HOLDER_SAME);
}

/* Where nothing says which of the partners is right, either may be. */
static bool may_differ(const struct standing *s, const struct holders *h, size_t i, size_t k)
{
    const struct ipam_lease *a = h->rows[i], *b = h->rows[k];
    if (!is_lease(h, i) || !is_lease(h, k))
        return false;
    return a->server == b->server || s->partners(s->user, a->server, b->server);
}

/* Whether a pair that contradicts each other is a conflict of its own. Reservations are judged apart; who
 * is reserved for is right, whatever another reservation says. */
static bool counts(const struct standing *s, const struct holders *h, size_t i, size_t k)
{
    if (is_reservation(h, i) && is_reservation(h, k))
        return false;
    if (is_reservation(h, i) || is_reservation(h, k))
        return !h->matched[is_reservation(h, i) ? k : i];
    return !(h->matched[i] && h->matched[k]) && !may_differ(s, h, i, k);
}

static bool contradict(const struct standing *s, struct holders *h)
{
    bool any = false;
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = i + 1; k < h->count; k++)
            if (counts(s, h, i, k) && holder_compare(h->rows[i], h->rows[k]) == HOLDER_OTHER)
                any = h->against[i] = h->against[k] = true;
    return any;
}

static void find_two_holders(const struct standing *s, const struct holders *h, judge_found found, void *user)
{
    struct finding f;
    begin(&f, IPAM_CONFLICT_KIND_TWO_HOLDERS, s->space, &s->addr, &s->addr);
    for (size_t i = 0; i < h->count; i++)
        if (h->against[i])
            add(&f, h->rows[i]);
    found(user, &f);
}

static void find_reserved_twice(const struct standing *s, judge_found found, void *user)
{
    bool against[HOLDERS_MAX] = { false };
    struct finding f;
    begin(&f, IPAM_CONFLICT_KIND_RESERVATION_TWICE, s->space, &s->addr, &s->addr);
    for (size_t i = 0; i < s->reservation_count; i++)
        for (size_t k = i + 1; k < s->reservation_count; k++)
            if (holder_compare(s->reservations[i], s->reservations[k]) == HOLDER_OTHER)
                against[i] = against[k] = true;
    for (size_t i = 0; i < s->reservation_count; i++)
        if (against[i])
            add(&f, s->reservations[i]);
    if (f.count > 0)
        found(user, &f);
}

/* The gateway itself may well lease its address by a reservation, or be in the plan with its own hardware
 * address. */
static bool is_gateways_own(const struct standing *s, const struct ipam_lease *l)
{
    for (size_t i = 0; i < s->reservation_count; i++)
        if (holder_compare(s->reservations[i], l) != HOLDER_OTHER)
            return true;
    return s->plan != NULL && holder_compare(s->plan, l) == HOLDER_SAME;
}

static void add_gateway(struct finding *f, const struct standing *s)
{
    add(f, s->gateway_of != NULL ? (const void *)s->gateway_of : s->router_of);
}

static bool find_gateway_held(const struct standing *s, const struct holders *h, judge_found found,
                              void *user)
{
    struct finding f;
    begin(&f, IPAM_CONFLICT_KIND_GATEWAY_HELD, s->space, &s->addr, &s->addr);
    add_gateway(&f, s);
    size_t before = f.count;
    for (size_t i = h->leased_from; before > 0 && i < h->count; i++)
        if (!is_gateways_own(s, h->rows[i]))
            add(&f, h->rows[i]);
    if (f.count == before)
        return false;
    add(&f, s->plan);
    found(user, &f);
    return true;
}

/* What the plan gives out itself, whether somebody has it already or it is kept back for him. A
 * reservation that is on its way to the server is as good as there. */
static bool is_static(const struct ipam_address *a)
{
    return a != NULL && a->state != IPAM_ADDRESS_STATE_INACTIVE &&
           a->assignment != IPAM_ADDRESS_ASSIGNMENT_DYNAMIC &&
           a->assignment != IPAM_ADDRESS_ASSIGNMENT_AUTO &&
           !(record_has(a, IPAM_ADDRESS_DHCP_SYNC) && a->dhcp_sync == IPAM_ADDRESS_DHCP_SYNC_PENDING);
}

static bool find_lease_of_static(const struct standing *s, const struct holders *h, judge_found found,
                                 void *user)
{
    struct finding f;
    if (!is_static(s->plan) || s->reservation_count > 0)
        return false;
    begin(&f, IPAM_CONFLICT_KIND_LEASE_OF_STATIC, s->space, &s->addr, &s->addr);
    add(&f, s->plan);
    for (size_t i = h->leased_from; i < h->count; i++)
        if (holder_compare(s->plan, h->rows[i]) != HOLDER_SAME)
            add(&f, h->rows[i]);
    if (f.count > 1)
        found(user, &f);
    return f.count > 1;
}

/* A reservation keeps the address on its server, and on who shares its leases; any other server leases it
 * to anybody. */
static bool is_kept_on(const struct standing *s, int64_t server)
{
    for (size_t i = 0; i < s->reservation_count; i++)
        if (s->reservations[i]->server == server || s->partners(s->user, s->reservations[i]->server, server))
            return true;
    return false;
}

static void find_in_pool(const struct standing *s, judge_found found, void *user)
{
    struct finding f;
    bool gateway = s->gateway_of != NULL || s->router_of != NULL;
    if (!gateway && (!is_static(s->plan) || s->in_static_range))
        return;
    begin(&f, gateway ? IPAM_CONFLICT_KIND_GATEWAY_IN_POOL : IPAM_CONFLICT_KIND_STATIC_IN_POOL, s->space,
          &s->addr, &s->addr);
    if (gateway)
        add_gateway(&f, s);
    else
        add(&f, s->plan);
    size_t before = f.count;
    for (size_t i = 0; i < s->leased_count; i++)
        if (!is_kept_on(s, ((const struct ipam_scope *)s->leased[i].row)->server))
            add_party(&f, &s->leased[i]);
    if (f.count > before)
        found(user, &f);
}

void judge_address(const struct standing *s, judge_found found, void *user)
{
    struct holders h;
    gather(s, &h);
    find_reserved_twice(s, found, user);
    if (find_gateway_held(s, &h, found, user))
        return;
    if (contradict(s, &h))
        find_two_holders(s, &h, found, user);
    else if (!find_lease_of_static(s, &h, found, user))
        find_in_pool(s, found, user);
}

/* --- ranges, scopes, subnets --- */

static const struct ipam_addr *later(const struct ipam_addr *a, const struct ipam_addr *b)
{
    return addr_compare(a, b) > 0 ? a : b;
}

static const struct ipam_addr *earlier(const struct ipam_addr *a, const struct ipam_addr *b)
{
    return addr_compare(a, b) < 0 ? a : b;
}

/* The runs of one part that another shares with it, from the first address to the last. */
static bool share(const struct run *runs, size_t count, const struct leasing *l, struct run *ret)
{
    bool any = false;
    for (size_t i = 0, k = 0; i < count && k < l->count;) {
        const struct ipam_addr *first = later(&runs[i].first, &l->runs[k].first);
        const struct ipam_addr *last = earlier(&runs[i].last, &l->runs[k].last);
        if (addr_compare(first, last) <= 0) {
            if (!any)
                ret->first = *first;
            ret->last = *last;
            any = true;
        }
        if (addr_compare(&runs[i].last, &l->runs[k].last) < 0)
            i++;
        else
            k++;
    }
    return any;
}

static struct party part_of(const struct leasing *l, const struct run *shared)
{
    const struct run *at = leasing_at(l, &shared->first);
    return (struct party){ l->scope, at->first, at->last };
}

bool judge_pools(const struct leasing *a, const struct leasing *b, struct finding *ret)
{
    struct run shared;
    const struct leasing *low = a->scope->id < b->scope->id ? a : b, *high = low == a ? b : a;
    if (a->scope->server == b->scope->server || a->scope->space != b->scope->space ||
        !share(low->runs, low->count, high, &shared))
        return false;
    begin(ret, IPAM_CONFLICT_KIND_POOLS_OVERLAP, low->scope->space, &shared.first, &shared.last);
    const struct party parties[2] = { part_of(low, &shared), part_of(high, &shared) };
    add_party(ret, &parties[0]);
    add_party(ret, &parties[1]);
    return true;
}

/* All that a scope leases, from its first address to the last; of one without pools nothing. */
static struct party whole_of(const struct leasing *l)
{
    struct party p = { .row = l->scope };
    if (l->count > 0) {
        p.first = l->runs[0].first;
        p.last = l->runs[l->count - 1].last;
    }
    return p;
}

bool judge_twins(const struct leasing *a, const struct leasing *b, struct finding *ret)
{
    struct run shared;
    const struct leasing *low = a->scope->id < b->scope->id ? a : b, *high = low == a ? b : a;
    if (a->scope->server == b->scope->server || a->scope->space != b->scope->space ||
        !prefix_equal(&a->scope->prefix, &b->scope->prefix) || !a->serves || !b->serves ||
        low->count + high->count == 0 || share(low->runs, low->count, high, &shared))
        return false;
    begin_prefix(ret,
                 low->count > 0 && high->count > 0 ? IPAM_CONFLICT_KIND_SCOPE_SPLIT
                                                   : IPAM_CONFLICT_KIND_SCOPE_TWICE,
                 low->scope->space, &low->scope->prefix);
    const struct party parties[2] = { whole_of(low), whole_of(high) };
    add_party(ret, &parties[0]);
    add_party(ret, &parties[1]);
    return true;
}

bool judge_pool(const struct ipam_pool *pool, const struct ipam_scope *scope, struct finding *ret)
{
    if (record_has(pool, IPAM_POOL_DELEGATED_LENGTH)) /* prefixes are delegated from anywhere */
        return false;
    if (prefix_contains_addr(&scope->prefix, &pool->first) &&
        prefix_contains_addr(&scope->prefix, &pool->last))
        return false;
    begin(ret, IPAM_CONFLICT_KIND_POOL_OUTSIDE, scope->space, &pool->first, &pool->last);
    add(ret, pool);
    add(ret, scope);
    return true;
}

/* Addresses that the plan hands out, keeps back or gives to load balancers. Those that hosts make
 * themselves are checked by them before they are used; dynamic ones are those of the server. */
bool range_is_static(const struct ipam_range *r)
{
    return !record_has(r, IPAM_RANGE_SCOPE) &&
           (r->kind == IPAM_RANGE_KIND_STATIC || r->kind == IPAM_RANGE_KIND_RESERVED ||
            r->kind == IPAM_RANGE_KIND_VIP);
}

bool judge_range(const struct ipam_range *r, const struct leasing *scopes, size_t count, struct finding *ret)
{
    struct run own = { r->first, r->last }, shared;
    bool any = false;
    begin(ret, IPAM_CONFLICT_KIND_RANGES_OVERLAP, r->space, &r->last, &r->first);
    add(ret, r);
    for (size_t i = 0; i < count && range_is_static(r); i++) {
        if (r->space != scopes[i].scope->space || !share(&own, 1, &scopes[i], &shared))
            continue;
        const struct party leases = part_of(&scopes[i], &shared);
        ret->first = *earlier(&ret->first, &shared.first);
        ret->last = *later(&ret->last, &shared.last);
        add_party(ret, &leases);
        any = true;
    }
    return any;
}

static bool is_for(const struct ipam_reservation *r, const struct ipam_addr *a)
{
    bool found = addr_equal(&r->address, a);
    for (size_t i = 0; i < r->addresses.count && !found; i++)
        found = addr_equal(&r->addresses.items[i], a);
    return found;
}

/* A list of addresses may begin with another one on another server. */
static bool share_address(const struct ipam_reservation *a, const struct ipam_reservation *b)
{
    return is_for(a, &b->address) || is_for(b, &a->address);
}

bool judge_client(const struct ipam_reservation *const *rows, size_t count, int64_t space,
                  const struct ipam_prefix *prefix, uint64_t client, struct finding *ret)
{
    bool differ = false;
    for (size_t i = 0; i < count && !differ; i++)
        for (size_t k = i + 1; k < count && !differ; k++)
            differ = !share_address(rows[i], rows[k]);
    if (!differ)
        return false;
    begin_prefix(ret, IPAM_CONFLICT_KIND_RESERVATION_TWICE, space, prefix);
    ret->client = client;
    for (size_t i = 0; i < count; i++)
        add(ret, rows[i]);
    return true;
}

bool judge_reservation(const struct ipam_reservation *r, const struct ipam_scope *scope, struct finding *ret)
{
    if (r->address.family == 0 || prefix_contains_addr(&scope->prefix, &r->address))
        return false;
    begin(ret, IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE, r->space, &r->address, &r->address);
    add(ret, r);
    add(ret, scope);
    return true;
}

void judge_subnets(const struct ipam_subnet *inner, const struct ipam_subnet *outer, struct finding *ret)
{
    begin_prefix(ret, IPAM_CONFLICT_KIND_SUBNETS_OVERLAP, inner->space, &inner->prefix);
    add(ret, inner);
    add(ret, outer);
}

void judge_outside(const struct ipam_scope *scope, struct finding *ret)
{
    begin_prefix(ret, IPAM_CONFLICT_KIND_OUTSIDE_PLAN, scope->space, &scope->prefix);
    add(ret, scope);
}

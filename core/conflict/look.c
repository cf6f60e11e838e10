/* look.c - what stands at a place, as a view shows it, and the conflicts that are there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/look.h"

#include <stdlib.h>
#include <string.h>

#include "conflict/holder.h"
#include "conflict/partner.h"
#include "conflict/text.h"
#include "model/rules.h"

#define USERS_MAX      64   /* of one address */
#define CLIENT_MAX     1000 /* reservations of one client that are looked at */
#define NEIGHBOURS_MAX 1000 /* scopes that overlap one */

/* --- scopes --- */

/* The superscope of a scope: of its own protocol, or of both. */
static bool is_served(const struct view *v, const struct ipam_scope *s)
{
    uint32_t family = s->prefix.addr.family == 4 ? IPAM_SUPERSCOPE_FAMILY_IPV4 : IPAM_SUPERSCOPE_FAMILY_IPV6;
    const struct ipam_superscope *super = NULL;
    if (s->superscope.len > 0) {
        super = view_get(v, IPAM_T_SUPERSCOPE, view_superscope(v, s->server, family, s->superscope));
        if (super == NULL)
            super = view_get(v, IPAM_T_SUPERSCOPE, view_superscope(v, s->server, 0, s->superscope));
    }
    return s->state != IPAM_SCOPE_STATE_INACTIVE && s->assignment != IPAM_SCOPE_ASSIGNMENT_STATELESS &&
           (super == NULL || super->state != IPAM_SUPERSCOPE_STATE_INACTIVE);
}

static int add_run(void *user, const struct ipam_range *r)
{
    struct leasing *l = user;
    if (record_has(r, IPAM_RANGE_SCOPE) && r->scope == l->scope->id)
        leasing_add(l, &r->first, &r->last);
    return 0;
}

/* What a scope leases now; nothing, when it is switched off. */
static struct leasing leasing_of(const struct look *l, const struct ipam_scope *s)
{
    struct leasing leases = { .scope = s };
    const struct ids *exclusions = side_exclusions(l->side, s->id);
    struct ipam_addr first, last;
    leases.serves = is_served(l->view, s);
    if (!leases.serves)
        return leases;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    view_ranges(l->view, s->space, &first, &last, add_run, &leases);
    leasing_sort(&leases);
    for (size_t i = 0; i < exclusions->count; i++) {
        const struct ipam_exclusion *e = view_get(l->view, IPAM_T_EXCLUSION, exclusions->items[i]);
        if (e != NULL)
            leasing_exclude(&leases, &e->first, &e->last);
    }
    return leases;
}

/* --- one address --- */

struct at_address {
    const struct look *look;
    struct standing *standing;
};

static bool is_excluded(const struct look *l, int64_t scope, const struct ipam_addr *a)
{
    const struct ids *exclusions = side_exclusions(l->side, scope);
    for (size_t i = 0; i < exclusions->count; i++) {
        const struct ipam_exclusion *e = view_get(l->view, IPAM_T_EXCLUSION, exclusions->items[i]);
        if (e != NULL && addr_compare(&e->first, a) <= 0 && addr_compare(a, &e->last) <= 0)
            return true;
    }
    return false;
}

static bool is_leased_by(const struct standing *s, int64_t scope)
{
    for (size_t i = 0; i < s->leased_count; i++)
        if (((const struct ipam_scope *)s->leased[i].row)->id == scope)
            return true;
    return false;
}

static int see_range(void *user, const struct ipam_range *r)
{
    const struct at_address *at = user;
    struct standing *s = at->standing;
    s->in_static_range = s->in_static_range || range_is_static(r);
    if (!record_has(r, IPAM_RANGE_SCOPE) || s->leased_count == HOLDERS_MAX || is_leased_by(s, r->scope))
        return 0;
    const struct ipam_scope *scope = view_get(at->look->view, IPAM_T_SCOPE, r->scope);
    if (scope != NULL && is_served(at->look->view, scope) && !is_excluded(at->look, scope->id, &s->addr))
        s->leased[s->leased_count++] = (struct party){ scope, r->first, r->last };
    return 0;
}

static bool is_among(const struct ipam_addrs *list, const struct ipam_addr *a)
{
    for (size_t i = 0; i < list->count; i++)
        if (addr_equal(&list->items[i], a))
            return true;
    return false;
}

/* Several servers may offer the same one, also outside of their own prefix: the scope that was there first is
 * named. */
static void see_routers(const struct look *l, struct standing *s)
{
    const struct aset *gateways = side_gateways(l->side, s->space, s->addr.family);
    uint64_t handles[USERS_MAX];
    size_t n = gateways != NULL ? aset_get(gateways, &s->addr, handles, USERS_MAX) : 0;
    for (size_t i = 0; i < n && i < USERS_MAX && s->router_of == NULL; i++) {
        uint32_t type;
        int64_t id;
        side_gateway(handles[i], &type, &id);
        const struct ipam_scope *scope = type == IPAM_T_SCOPE ? view_get(l->view, IPAM_T_SCOPE, id) : NULL;
        if (scope != NULL && record_has(scope, IPAM_SCOPE_ROUTERS) && is_among(&scope->routers, &s->addr))
            s->router_of = scope;
    }
}

static void see_gateway(const struct look *l, struct standing *s)
{
    struct ipam_prefix host = { s->addr, (uint8_t)addr_bits(s->addr.family) };
    const struct ipam_subnet *n =
        view_get(l->view, IPAM_T_SUBNET, view_enclosing(l->view, IPAM_T_SUBNET, s->space, &host, false));
    if (n != NULL && record_has(n, IPAM_SUBNET_GATEWAYS) && is_among(&n->gateways, &s->addr))
        s->gateway_of = n;
    see_routers(l, s);
}

/* Who uses an address, as view_users has it, with reservations that have it besides another. */
static size_t users_of(const struct look *l, int64_t space, const struct ipam_addr *addr,
                       struct view_user *ret, size_t max)
{
    const struct aset *further = side_further(l->side, space, addr->family);
    uint64_t handles[USERS_MAX];
    size_t n = view_users(l->view, space, addr, ret, max);
    size_t more = further != NULL ? aset_get(further, addr, handles, USERS_MAX) : 0;
    for (size_t i = 0; i < more && i < USERS_MAX; i++, n++)
        if (n < max)
            ret[n] = (struct view_user){ IPAM_T_RESERVATION, (int64_t)handles[i] };
    return n;
}

/* Whether it had not run out yet when its server told of it last: what runs out later is a lease until the
 * server says otherwise, for the client may have asked again. */
static bool is_running(const struct look *l, const struct ipam_lease *lease)
{
    const struct ipam_server *s = view_get(l->view, IPAM_T_SERVER, lease->server);
    return s == NULL || !record_has(s, IPAM_SERVER_LEASES_READ) || !record_has(lease, IPAM_LEASE_EXPIRES) ||
           lease->expires > s->leases_read;
}

static void see_user(const struct look *l, struct standing *s, const struct view_user *u)
{
    const void *row = view_get(l->view, u->type, u->id);
    if (row == NULL) /* it is gone; or it came just now, and has a turn of its own */
        return;
    if (u->type == IPAM_T_ADDRESS)
        s->plan = row;
    else if (u->type == IPAM_T_RESERVATION && s->reservation_count < HOLDERS_MAX)
        s->reservations[s->reservation_count++] = row;
    else if (u->type == IPAM_T_LEASE && s->lease_count < HOLDERS_MAX && is_running(l, row))
        s->leases[s->lease_count++] = row;
}

static bool are_partners(void *user, int64_t server, int64_t other)
{
    const struct look *l = user;
    return partner_servers(l, server, other);
}

static int by_scope(const void *a, const void *b)
{
    int64_t x = ((const struct ipam_scope *)((const struct party *)a)->row)->id;
    int64_t y = ((const struct ipam_scope *)((const struct party *)b)->row)->id;
    return x < y ? -1 : x > y;
}

static void see_users(const struct look *l, struct standing *s)
{
    struct view_user users[USERS_MAX];
    size_t n = users_of(l, s->space, &s->addr, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        see_user(l, s, &users[i]);
}

static void at_address(const struct look *l, const struct place *p, judge_found found, void *user)
{
    struct standing s = { .space = p->space, .addr = p->addr, .partners = are_partners, .user = (void *)l };
    struct at_address at = { l, &s };
    see_users(l, &s);
    view_ranges(l->view, p->space, &p->addr, &p->addr, see_range, &at);
    qsort(s.leased, s.leased_count, sizeof(s.leased[0]), by_scope);
    see_gateway(l, &s);
    judge_address(&s, found, user);
}

/* Most addresses are no gateway of anything. */
static bool is_gateway(const struct look *l, int64_t space, const struct ipam_addr *addr)
{
    const struct aset *gateways = side_gateways(l->side, space, addr->family);
    if (gateways == NULL || !aset_has(gateways, addr))
        return false;
    struct standing s = { .space = space, .addr = *addr };
    see_gateway(l, &s);
    return s.gateway_of != NULL || s.router_of != NULL;
}

static int is_dynamic(void *user, const struct ipam_range *r)
{
    (void)user;
    return record_has(r, IPAM_RANGE_SCOPE);
}

static bool is_recorded_at(const struct look *l, int64_t space, const struct ipam_addr *addr)
{
    const struct rset *places = side_places(l->side, space, addr->family);
    struct rset_item item;
    return places != NULL && rset_count(places) > 0 && rset_next(places, addr, addr, NULL, &item) == 0;
}

bool look_is_contested(const struct look *l, const struct place *p)
{
    struct standing s = { .space = p->space, .addr = p->addr };
    see_users(l, &s);
    for (size_t i = 1; i < s.lease_count; i++)
        if (!holder_equal(s.leases[0], s.leases[i]))
            return true;
    return false;
}

bool look_is_undecided(const struct look *l, int64_t space, const struct ipam_addr *addr)
{
    return side_is_contested(l->side, space, addr) || is_recorded_at(l, space, addr);
}

/* Most addresses have one user, which is a lease. */
bool look_is_suspect(const struct look *l, int64_t space, const struct ipam_addr *addr)
{
    struct view_user users[2];
    size_t n = users_of(l, space, addr, users, 2);
    if (n > 1 || is_recorded_at(l, space, addr))
        return true;
    bool gateway = is_gateway(l, space, addr);
    if (gateway && n > 0)
        return true;
    return (gateway || (n > 0 && users[0].type == IPAM_T_ADDRESS)) &&
           view_ranges(l->view, space, addr, addr, is_dynamic, NULL) != 0;
}

/* --- scopes and ranges of the plan --- */

struct neighbours {
    int64_t scopes[NEIGHBOURS_MAX];
    size_t count;
};

/* Scopes that lease something there, each once. */
static int list_scope(void *user, const struct ipam_range *r)
{
    struct neighbours *n = user;
    bool known = !record_has(r, IPAM_RANGE_SCOPE) || n->count == NEIGHBOURS_MAX;
    for (size_t i = 0; i < n->count; i++)
        known = known || n->scopes[i] == r->scope;
    if (!known)
        n->scopes[n->count++] = r->scope;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void list_scopes(const struct look *l, int64_t space, const struct ipam_addr *first,
                        const struct ipam_addr *last, struct neighbours *ret)
{
    ret->count = 0;
    view_ranges(l->view, space, first, last, list_scope, ret);
    qsort(ret->scopes, ret->count, sizeof(ret->scopes[0]), by_value);
}

static void judge_pair(const struct look *l, const struct leasing *leases, int64_t id, judge_found found,
                       void *user)
{
    const struct ipam_scope *other = view_get(l->view, IPAM_T_SCOPE, id);
    struct finding f;
    if (other == NULL || other->server == leases->scope->server || partner_scopes(l, leases->scope, other))
        return;
    struct leasing theirs = leasing_of(l, other);
    if (judge_pools(leases, &theirs, &f))
        found(user, &f);
    leasing_fini(&theirs);
}

/* Scopes of other servers for the same prefix. */
struct twins {
    const struct look *look;
    const struct leasing *leases;
    judge_found found;
    void *user;
};

static int judge_twin(void *user, const struct ipam_scope *s)
{
    const struct twins *t = user;
    const struct ipam_scope *scope = t->leases->scope;
    struct finding f;
    if (s->server == scope->server || !prefix_equal(&s->prefix, &scope->prefix) ||
        partner_scopes(t->look, scope, s))
        return 0;
    struct leasing theirs = leasing_of(t->look, s);
    if (judge_twins(t->leases, &theirs, &f))
        t->found(t->user, &f);
    leasing_fini(&theirs);
    return 0;
}

/* Whether the plan has a place for the scope. One around subnets of the plan, or in one, is found by its
 * own subnet. */
static bool is_planned(const struct look *l, const struct ipam_scope *s)
{
    const struct view *v = l->view;
    if (!side_has_plan(l->side, s->space, s->prefix.addr.family) ||
        view_enclosing(v, IPAM_T_BLOCK, s->space, &s->prefix, false) != 0)
        return true;
    const struct ipam_subnet *n = NULL;
    for (int64_t id = view_enclosing(v, IPAM_T_SUBNET, s->space, &s->prefix, false); id != 0;
         id = view_enclosing(v, IPAM_T_SUBNET, s->space, &n->prefix, true)) {
        n = view_get(v, IPAM_T_SUBNET, id);
        if (rule_is_own(n))
            return true;
    }
    for (int64_t id = view_next_inside(v, IPAM_T_SUBNET, s->space, &s->prefix, NULL); id != 0;
         id = view_next_inside(v, IPAM_T_SUBNET, s->space, &s->prefix, &n->prefix)) {
        n = view_get(v, IPAM_T_SUBNET, id);
        if (rule_is_own(n))
            return true;
    }
    return false;
}

static void at_scope(const struct look *l, int64_t id, judge_found found, void *user)
{
    const struct ipam_scope *s = view_get(l->view, IPAM_T_SCOPE, id);
    struct finding f;
    if (s == NULL)
        return;
    if (!is_planned(l, s)) {
        judge_outside(s, &f);
        found(user, &f);
    }
    struct leasing leases = leasing_of(l, s);
    struct neighbours n = { .count = 0 };
    if (leases.count > 0)
        list_scopes(l, s->space, &leases.runs[0].first, &leases.runs[leases.count - 1].last, &n);
    for (size_t i = 0; i < n.count; i++)
        judge_pair(l, &leases, n.scopes[i], found, user);
    struct twins t = { l, &leases, found, user };
    view_scopes_at(l->view, s->space, &s->prefix.addr, judge_twin, &t);
    leasing_fini(&leases);
}

static void at_range(const struct look *l, int64_t id, judge_found found, void *user)
{
    const struct ipam_range *r = view_get(l->view, IPAM_T_RANGE, id);
    struct leasing leases[NEIGHBOURS_MAX];
    struct neighbours n;
    struct finding f;
    size_t count = 0;
    if (r == NULL || !range_is_static(r))
        return;
    list_scopes(l, r->space, &r->first, &r->last, &n);
    for (size_t i = 0; i < n.count; i++) {
        const struct ipam_scope *s = view_get(l->view, IPAM_T_SCOPE, n.scopes[i]);
        if (s != NULL)
            leases[count++] = leasing_of(l, s);
    }
    if (judge_range(r, leases, count, &f))
        found(user, &f);
    for (size_t i = 0; i < count; i++)
        leasing_fini(&leases[i]);
}

static void at_pool(const struct look *l, int64_t id, judge_found found, void *user)
{
    const struct ipam_pool *p = view_get(l->view, IPAM_T_POOL, id);
    const struct ipam_scope *s = p != NULL ? view_get(l->view, IPAM_T_SCOPE, p->scope) : NULL;
    struct finding f;
    if (s != NULL && judge_pool(p, s, &f))
        found(user, &f);
}

static void at_subnet(const struct look *l, int64_t id, judge_found found, void *user)
{
    const struct ipam_subnet *n = view_get(l->view, IPAM_T_SUBNET, id);
    int64_t outer = n != NULL ? view_enclosing(l->view, IPAM_T_SUBNET, n->space, &n->prefix, true) : 0;
    struct finding f;
    if (outer == 0)
        return;
    judge_subnets(n, view_get(l->view, IPAM_T_SUBNET, outer), &f);
    found(user, &f);
}

/* --- reservations --- */

static int by_prefix(const void *a, const void *b)
{
    const struct ipam_scope *const *x = a, *const *y = b;
    return prefix_compare(&(*x)->prefix, &(*y)->prefix);
}

struct reserved {
    const struct ipam_scope *scope; /* first: by_prefix */
    const struct ipam_reservation *row;
};

/* All reservations of one client, those of each prefix apart. */
static void at_client(const struct look *l, uint64_t client, judge_found found, void *user)
{
    const struct ids *ids = side_clients(l->side, client);
    struct reserved all[CLIENT_MAX];
    const struct ipam_reservation *rows[CLIENT_MAX];
    struct finding f;
    size_t count = 0;
    for (size_t i = 0; i < ids->count && count < CLIENT_MAX; i++) {
        const struct ipam_reservation *r = view_get(l->view, IPAM_T_RESERVATION, ids->items[i]);
        const struct ipam_scope *s = r != NULL ? view_get(l->view, IPAM_T_SCOPE, r->scope) : NULL;
        if (s != NULL)
            all[count++] = (struct reserved){ s, r };
    }
    qsort(all, count, sizeof(all[0]), by_prefix);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && prefix_equal(&all[from].scope->prefix, &all[to].scope->prefix); to++)
            rows[to - from] = all[to].row;
        if (judge_client(rows, to - from, all[from].scope->space, &all[from].scope->prefix, client, &f))
            found(user, &f);
    }
}

static void at_reservation(const struct look *l, const struct place *p, judge_found found, void *user)
{
    const struct ipam_reservation *r = view_get(l->view, IPAM_T_RESERVATION, p->id);
    const struct ipam_scope *s = r != NULL ? view_get(l->view, IPAM_T_SCOPE, r->scope) : NULL;
    struct finding f;
    if (s != NULL && judge_reservation(r, s, &f))
        found(user, &f);
    if (p->client != 0)
        at_client(l, p->client, found, user);
}

/* --- places --- */

void look_needs(const struct look *l, const struct place *p,
                void (*fn)(void *user, uint32_t type, int64_t id), void *user)
{
    struct view_user users[USERS_MAX];
    size_t n = p->type == IPAM_T_ADDRESS ? users_of(l, p->space, &p->addr, users, USERS_MAX) : 0;
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        fn(user, users[i].type, users[i].id);
    if (p->type != IPAM_T_RESERVATION)
        return;
    const struct ids *ids = side_clients(l->side, p->client);
    for (size_t i = 0; i < ids->count && i < CLIENT_MAX; i++)
        fn(user, IPAM_T_RESERVATION, ids->items[i]);
    fn(user, IPAM_T_RESERVATION, p->id);
}

void look_at(const struct look *l, const struct place *p, judge_found found, void *user)
{
    switch (p->type) {
    case IPAM_T_ADDRESS: at_address(l, p, found, user); break;
    case IPAM_T_SCOPE: at_scope(l, p->id, found, user); break;
    case IPAM_T_RANGE: at_range(l, p->id, found, user); break;
    case IPAM_T_SUBNET: at_subnet(l, p->id, found, user); break;
    case IPAM_T_POOL: at_pool(l, p->id, found, user); break;
    default: at_reservation(l, p, found, user); break;
    }
}

/* --- what is recorded --- */

struct recorded {
    const struct look *look;
    void (*fn)(void *user, const struct ipam_conflict *c);
    void *user;
};

uint64_t look_client(const struct ipam_conflict *c)
{
    uint64_t client = 0;
    size_t from = c->key.len;
    while (from > 0 && c->key.data[from - 1] != '/')
        from--;
    if (c->kind != IPAM_CONFLICT_KIND_RESERVATION_TWICE || side_is_at_address(c))
        return 0;
    for (; from < c->key.len; from++) {
        char d = c->key.data[from];
        client = client << 4 | (uint64_t)(d <= '9' ? d - '0' : d - 'a' + 10);
    }
    return client;
}

/* Whether a conflict of a party is judged at the place: of a subnet those in which it is the inner one, of
 * the other reservations of a client only that they are his. */
static bool is_judged_at(const struct ipam_conflict *c, const struct place *p, int64_t party)
{
    uint32_t type = 0;
    int64_t first = 0;
    switch (c->kind) {
    case IPAM_CONFLICT_KIND_POOLS_OVERLAP:
    case IPAM_CONFLICT_KIND_SCOPE_SPLIT:
    case IPAM_CONFLICT_KIND_SCOPE_TWICE:
    case IPAM_CONFLICT_KIND_OUTSIDE_PLAN: return p->type == IPAM_T_SCOPE;
    case IPAM_CONFLICT_KIND_POOL_OUTSIDE: return p->type == IPAM_T_POOL;
    case IPAM_CONFLICT_KIND_RANGES_OVERLAP: return p->type == IPAM_T_RANGE;
    case IPAM_CONFLICT_KIND_SUBNETS_OVERLAP:
        return p->type == IPAM_T_SUBNET && conflict_party(c->parties.items[0], &type, &first) &&
               first == p->id;
    case IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE: return p->type == IPAM_T_RESERVATION && party == p->id;
    case IPAM_CONFLICT_KIND_RESERVATION_TWICE:
        return p->type == IPAM_T_RESERVATION && p->client != 0 && look_client(c) == p->client;
    default: return false;
    }
}

static void recorded_of(const struct recorded *r, const struct place *p, int64_t party)
{
    const struct ids *ids = side_conflicts(r->look->side, p->type, party);
    for (size_t i = 0; i < ids->count; i++) {
        const struct ipam_conflict *c = view_get(r->look->view, IPAM_T_CONFLICT, ids->items[i]);
        if (c != NULL && is_judged_at(c, p, party))
            r->fn(r->user, c);
    }
}

static void recorded_at(const struct recorded *r, const struct place *p)
{
    const struct rset *places = side_places(r->look->side, p->space, p->addr.family);
    struct rset_item item;
    for (int rc = places != NULL ? rset_next(places, &p->addr, &p->addr, NULL, &item) : IPAM_E_NOENT; rc == 0;
         rc = rset_next(places, &p->addr, &p->addr, &item, &item)) {
        const struct ipam_conflict *c = view_get(r->look->view, IPAM_T_CONFLICT, (int64_t)item.handle);
        if (c != NULL)
            r->fn(r->user, c);
    }
}

void look_recorded(const struct look *l, const struct place *p,
                   void (*fn)(void *user, const struct ipam_conflict *c), void *user)
{
    const struct recorded r = { l, fn, user };
    if (p->type == IPAM_T_ADDRESS) {
        recorded_at(&r, p);
        return;
    }
    recorded_of(&r, p, p->id);
    if (p->type != IPAM_T_RESERVATION)
        return;
    const struct ids *ids = side_clients(l->side, p->client);
    for (size_t i = 0; i < ids->count && i < CLIENT_MAX; i++)
        if (ids->items[i] != p->id)
            recorded_of(&r, p, ids->items[i]);
}

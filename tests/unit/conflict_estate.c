/* conflict_estate.c - a small network that changes at random, through the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict_estate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct estate estate;

static unsigned pick(unsigned n) /* splitmix64 */
{
    uint64_t z = estate.random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (unsigned)((z ^ z >> 31) % n);
}

uint32_t type_of(const void *row)
{
    return ((const struct ipam_record *)row)->type;
}

int64_t *id_in(void *row)
{
    return (int64_t *)(void *)((char *)row + record_type(type_of(row))->fields[0].offset);
}

static void *new_row(uint32_t type)
{
    return record_new(&estate.arena, type);
}

struct ipam_addr estate_address(uint8_t family, unsigned n)
{
    struct ipam_addr a = { .family = family };
    if (family == 4) {
        a.bytes[0] = 10;
        a.bytes[3] = (uint8_t)n;
    } else {
        a.bytes[0] = 0x20;
        a.bytes[1] = 1;
        a.bytes[15] = (uint8_t)n;
    }
    return a;
}

static struct ipam_prefix prefix(uint8_t family, unsigned from, unsigned host_bits)
{
    return (struct ipam_prefix){ estate_address(family, from), (uint8_t)(addr_bits(family) - host_bits) };
}

/* --- edits through the gate, as a collector or the API makes them --- */

static void edit_needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct edit *e = container_of(in, struct edit, intent);
    (void)v;
    for (size_t i = 0; i < e->count; i++)
        if (*id_in(e->rows[i]) != 0 && record_type(type_of(e->rows[i]))->residency != RES_RESIDENT)
            needs_row(n, type_of(e->rows[i]), *id_in(e->rows[i]));
}

static int edit_decide(struct intent *in, struct draft *d)
{
    struct edit *e = container_of(in, struct edit, intent);
    for (size_t i = 0; i < e->count; i++) {
        const void *before =
            *id_in(e->rows[i]) != 0 ? view_get(draft_view(d), type_of(e->rows[i]), *id_in(e->rows[i])) : NULL;
        if (e->gone[i])
            draft_delete(d, before);
        else
            draft_replace(d, before, e->rows[i]);
    }
    return 0;
}

static void edit_settled(struct intent *in, int status)
{
    container_of(in, struct edit, intent)->status = status;
}

void edit_submit(struct edit *e)
{
    e->status = 1;
    e->intent = (struct intent){ .operation = "ipam.address.create",
                                 .actor.name = IPAM_STR("somebody"),
                                 .needs = edit_needs,
                                 .decide = edit_decide,
                                 .settled = edit_settled };
    gate_submit(estate.site->gate, &e->intent);
}

void estate_settle(void)
{
    for (int i = 0; i < 1000; i++) {
        fake_spin(estate.site->loop);
        fake_trace(estate.site->store); /* forgets */
        if (conflicts_settled(estate.conflicts))
            return;
        fake_pass(estate.site->loop, 10);
    }
    fail_msg("it does not come to an end");
}

static void put(struct edit *e, void *row)
{
    assert_true(e->count < EDIT_MAX);
    e->rows[e->count] = row;
    e->gone[e->count++] = false;
}

static void drop(struct edit *e, void *row)
{
    put(e, row);
    e->gone[e->count - 1] = true;
}

/* What the test knows of the rows after an edit. */
void edit_remember(const struct edit *e)
{
    for (size_t i = 0; i < e->count; i++) {
        size_t at = 0;
        while (at < estate.count && (type_of(estate.rows[at]) != type_of(e->rows[i]) ||
                                     *id_in(estate.rows[at]) != *id_in(e->rows[i])))
            at++;
        if (e->gone[i]) {
            estate.rows[at] = estate.rows[--estate.count];
            continue;
        }
        assert_true(at < ROWS_MAX);
        estate.rows[at] = e->rows[i];
        estate.count += at == estate.count;
    }
}

void edit_run(struct edit *e)
{
    edit_submit(e);
    estate_settle();
    assert_int_equal(e->status, 0);
    edit_remember(e);
}

void *row_by(uint32_t type, int64_t id)
{
    for (size_t i = 0; i < estate.count; i++)
        if (type_of(estate.rows[i]) == type && *id_in(estate.rows[i]) == id)
            return estate.rows[i];
    return NULL;
}

bool is_in(const struct ipam_addr *a, const struct ipam_addr *first, const struct ipam_addr *last)
{
    return a->family == first->family && addr_compare(first, a) <= 0 && addr_compare(a, last) <= 0;
}

/* --- random rows --- */

static struct ipam_bytes mac(void)
{
    static const uint8_t macs[3][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, { 2, 0, 0, 0, 0, 3 } };
    return (struct ipam_bytes){ macs[pick(3)], 6 };
}

static uint8_t family(void)
{
    return pick(3) == 0 ? 6 : 4;
}

static void *any(uint32_t type)
{
    void *found = NULL;
    unsigned n = 0;
    for (size_t i = 0; i < estate.count; i++)
        if (type_of(estate.rows[i]) == type && pick(++n) == 0)
            found = estate.rows[i];
    return found;
}

static struct ipam_prefix some_prefix(uint8_t f)
{
    switch (pick(4)) {
    case 0: return prefix(f, 0, 5);
    case 1: return prefix(f, 0, 4);
    case 2: return prefix(f, 16, 4);
    default: return prefix(f, 16, 3);
    }
}

/* A run in a prefix, in the order of its ends. */
static void some_run(const struct ipam_prefix *p, struct ipam_addr *first, struct ipam_addr *last)
{
    unsigned bits = addr_bits(p->addr.family) - p->length, from = pick(1u << bits), to = pick(1u << bits);
    addr_add(&p->addr, u128_from(from < to ? from : to), first);
    addr_add(&p->addr, u128_from(from < to ? to : from), last);
}

static bool prefix_taken(uint32_t type, int64_t space, const struct ipam_prefix *p)
{
    EACH(ipam_subnet, IPAM_T_SUBNET, n)
    if (type == IPAM_T_SUBNET && n->space == space && prefix_equal(&n->prefix, p))
        return true;
    EACH(ipam_block, IPAM_T_BLOCK, b)
    if (type == IPAM_T_BLOCK && b->space == space && prefix_equal(&b->prefix, p))
        return true;
    return false;
}

static void make_scope(struct edit *e)
{
    struct ipam_scope *s = new_row(IPAM_T_SCOPE);
    unsigned server = pick(SERVERS);
    char native[16];
    static unsigned number;
    snprintf(native, sizeof(native), "v4/%u", ++number);
    RECORD_SET(s, IPAM_SCOPE_SERVER, server, estate.servers[server]);
    RECORD_SET(s, IPAM_SCOPE_SPACE, space, estate.server_space[server]);
    RECORD_SET(s, IPAM_SCOPE_PREFIX, prefix, some_prefix(family()));
    RECORD_SET(s, IPAM_SCOPE_NATIVE, native, str_from(arena_strdup(&estate.arena, native)));
    EACH(ipam_scope, IPAM_T_SCOPE, o)
    if (o->server == s->server && prefix_overlaps(&o->prefix, &s->prefix))
        return;
    put(e, s);
}

static void make_pool(struct edit *e)
{
    const struct ipam_scope *s = any(IPAM_T_SCOPE);
    struct ipam_range *r = new_row(IPAM_T_RANGE);
    if (s == NULL)
        return;
    some_run(&s->prefix, &r->first, &r->last);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, s->space);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, r->first);
    RECORD_SET(r, IPAM_RANGE_LAST, last, r->last);
    RECORD_SET(r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_SCOPE, scope, s->id);
    EACH(ipam_range, IPAM_T_RANGE, o) /* no server takes pools that overlap */
    if (record_has(o, IPAM_RANGE_SCOPE) && o->scope == s->id &&
        (is_in(&r->first, &o->first, &o->last) || is_in(&o->first, &r->first, &r->last)))
        return;
    put(e, r);
}

static void make_range(struct edit *e)
{
    static const uint32_t kinds[] = { IPAM_RANGE_KIND_STATIC, IPAM_RANGE_KIND_VIP, IPAM_RANGE_KIND_DYNAMIC };
    struct ipam_range *r = new_row(IPAM_T_RANGE);
    const struct ipam_prefix all = prefix(family(), 0, 5);
    some_run(&all, &r->first, &r->last);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, estate.spaces[pick(2)]);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, r->first);
    RECORD_SET(r, IPAM_RANGE_LAST, last, r->last);
    RECORD_SET(r, IPAM_RANGE_KIND, kind, kinds[pick(3)]);
    put(e, r);
}

/* A pool as the server has it, which may lie anywhere. */
static void make_server_pool(struct edit *e)
{
    const struct ipam_scope *s = any(IPAM_T_SCOPE);
    struct ipam_pool *p = new_row(IPAM_T_POOL);
    if (s == NULL)
        return;
    const struct ipam_prefix all = prefix(s->prefix.addr.family, 0, 5);
    some_run(pick(2) == 0 ? &all : &s->prefix, &p->first, &p->last);
    RECORD_SET(p, IPAM_POOL_SERVER, server, s->server);
    RECORD_SET(p, IPAM_POOL_SCOPE, scope, s->id);
    RECORD_SET(p, IPAM_POOL_FIRST, first, p->first);
    RECORD_SET(p, IPAM_POOL_LAST, last, p->last);
    if (p->first.family == 6 && pick(4) == 0)
        RECORD_SET(p, IPAM_POOL_DELEGATED_LENGTH, delegated_length, 128);
    put(e, p);
}

static void make_exclusion(struct edit *e)
{
    const struct ipam_scope *s = any(IPAM_T_SCOPE);
    struct ipam_exclusion *x = new_row(IPAM_T_EXCLUSION);
    if (s == NULL)
        return;
    some_run(&s->prefix, &x->first, &x->last);
    RECORD_SET(x, IPAM_EXCLUSION_SERVER, server, s->server);
    RECORD_SET(x, IPAM_EXCLUSION_SCOPE, scope, s->id);
    RECORD_SET(x, IPAM_EXCLUSION_FIRST, first, x->first);
    RECORD_SET(x, IPAM_EXCLUSION_LAST, last, x->last);
    put(e, x);
}

static void make_address(struct edit *e)
{
    struct ipam_address *a = new_row(IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, estate.spaces[pick(4) == 0]);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, estate_address(family(), pick(UNIVERSE)));
    if (pick(3) > 0)
        RECORD_SET(a, IPAM_ADDRESS_MAC, mac, mac());
    RECORD_SET(a, IPAM_ADDRESS_STATE, state,
               pick(4) == 0 ? IPAM_ADDRESS_STATE_INACTIVE : IPAM_ADDRESS_STATE_IN_USE);
    RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, pick(5) == 0);
    EACH(ipam_address, IPAM_T_ADDRESS, o)
    if (o->space == a->space && addr_equal(&o->address, &a->address))
        return;
    put(e, a);
}

static struct ipam_addrs further(void)
{
    struct ipam_addr *items = arena_alloc(&estate.arena, 2 * sizeof(*items));
    for (int i = 0; i < 2; i++)
        items[i] = estate_address(6, pick(UNIVERSE));
    return (struct ipam_addrs){ items, pick(3) };
}

static void make_reservation(struct edit *e)
{
    const struct ipam_scope *s = any(IPAM_T_SCOPE);
    struct ipam_reservation *r = new_row(IPAM_T_RESERVATION);
    if (s == NULL)
        return;
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, s->server);
    RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, s->id);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, estate_address(s->prefix.addr.family, pick(UNIVERSE)));
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, mac());
    if (r->address.family == 6)
        RECORD_SET(r, IPAM_RESERVATION_ADDRESSES, addresses, further());
    put(e, r);
}

static void make_lease(struct edit *e)
{
    const struct ipam_scope *s = any(IPAM_T_SCOPE);
    struct ipam_lease *l = new_row(IPAM_T_LEASE);
    if (s == NULL)
        return;
    RECORD_SET(l, IPAM_LEASE_SERVER, server, s->server);
    RECORD_SET(l, IPAM_LEASE_SCOPE, scope, s->id);
    RECORD_SET(l, IPAM_LEASE_SPACE, space, s->space);
    some_run(&s->prefix, &l->address, &(struct ipam_addr){ 0 });
    RECORD_SET(l, IPAM_LEASE_ADDRESS, address, l->address);
    RECORD_SET(l, IPAM_LEASE_MAC, mac, mac());
    RECORD_SET(l, IPAM_LEASE_STATE, state, pick(4) == 0 ? pick(4) : IPAM_LEASE_STATE_ACTIVE);
    RECORD_SET(l, IPAM_LEASE_STARTED, started, 1 + pick(9));
    EACH(ipam_lease, IPAM_T_LEASE, o)
    if (o->server == l->server && addr_equal(&o->address, &l->address))
        return;
    put(e, l);
}

static struct ipam_addrs some_gateways(const struct ipam_prefix *p)
{
    struct ipam_addr *items = arena_alloc(&estate.arena, 2 * sizeof(*items));
    for (int i = 0; i < 2; i++)
        some_run(p, &items[i], &(struct ipam_addr){ 0 });
    return (struct ipam_addrs){ items, pick(3) };
}

static void make_subnet(struct edit *e)
{
    struct ipam_subnet *n = new_row(IPAM_T_SUBNET);
    RECORD_SET(n, IPAM_SUBNET_SPACE, space, estate.spaces[pick(4) == 0]);
    RECORD_SET(n, IPAM_SUBNET_PREFIX, prefix, some_prefix(family()));
    RECORD_SET(n, IPAM_SUBNET_MANAGED_BY, managed_by, pick(2) == 0 ? IPAM_STR("ipamd") : IPAM_STR("dummy"));
    RECORD_SET(n, IPAM_SUBNET_GATEWAYS, gateways, some_gateways(&n->prefix));
    if (!prefix_taken(IPAM_T_SUBNET, n->space, &n->prefix))
        put(e, n);
}

static void make_block(struct edit *e)
{
    struct ipam_block *b = new_row(IPAM_T_BLOCK);
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, estate.spaces[pick(4) == 0]);
    RECORD_SET(b, IPAM_BLOCK_PREFIX, prefix, some_prefix(family()));
    if (!prefix_taken(IPAM_T_BLOCK, b->space, &b->prefix))
        put(e, b);
}

static void make_failover(struct edit *e)
{
    struct ipam_failover *f = new_row(IPAM_T_FAILOVER);
    unsigned from = pick(3), to = (from + 1 + pick(2)) % 3;
    const struct ipam_server *partner =
        view_get(state_view(estate.site->state), IPAM_T_SERVER, estate.servers[to]);
    RECORD_SET(f, IPAM_FAILOVER_SERVER, server, estate.servers[from]);
    RECORD_SET(f, IPAM_FAILOVER_NAME, name, IPAM_STR("pair"));
    RECORD_SET(f, IPAM_FAILOVER_PARTNER, partner, partner->name);
    put(e, f);
}

/* A scope goes with its pools, and after its reservations and leases. */
static void drop_some(struct edit *e)
{
    void *row = estate.count > 0 ? estate.rows[pick((unsigned)estate.count)] : NULL;
    if (row == NULL)
        return;
    EACH(ipam_reservation, IPAM_T_RESERVATION, o)
    if (type_of(row) == IPAM_T_SCOPE && o->scope == *id_in(row))
        row = o;
    EACH(ipam_lease, IPAM_T_LEASE, l)
    if (type_of(row) == IPAM_T_SCOPE && l->scope == *id_in(row))
        row = l;
    if (type_of(row) == IPAM_T_SCOPE)
        EACH(ipam_range, IPAM_T_RANGE, r)
    if (record_has(r, IPAM_RANGE_SCOPE) && r->scope == *id_in(row) && e->count < EDIT_MAX - 1)
        drop(e, r);
    if (type_of(row) == IPAM_T_SCOPE)
        EACH(ipam_pool, IPAM_T_POOL, p)
    if (p->scope == *id_in(row) && e->count < EDIT_MAX - 1)
        drop(e, p);
    if (e->count < EDIT_MAX - 1)
        drop(e, row);
}

static void change_some(struct edit *e)
{
    void *was = estate.count > 0 ? estate.rows[pick((unsigned)estate.count)] : NULL;
    if (was == NULL)
        return;
    void *row = record_copy(&estate.arena, was);
    switch (type_of(row)) {
    case IPAM_T_ADDRESS: {
        struct ipam_address *a = row;
        RECORD_SET(a, IPAM_ADDRESS_STATE, state, pick(3));
        RECORD_SET(a, IPAM_ADDRESS_MAC, mac, mac());
        break;
    }
    case IPAM_T_LEASE: {
        struct ipam_lease *l = row;
        RECORD_SET(l, IPAM_LEASE_STARTED, started, 1 + pick(9));
        if (pick(2) == 0) /* renewed, and nothing else */
            break;
        RECORD_SET(l, IPAM_LEASE_STATE, state, pick(4));
        if (pick(2) == 0)
            RECORD_SET(l, IPAM_LEASE_MAC, mac, mac());
        break;
    }
    case IPAM_T_SCOPE: {
        struct ipam_scope *s = row;
        const struct ipam_prefix all = prefix(s->prefix.addr.family, 0, 5);
        RECORD_SET(s, IPAM_SCOPE_STATE, state, pick(2));
        RECORD_SET(s, IPAM_SCOPE_ROUTERS, routers, some_gateways(pick(3) == 0 ? &all : &s->prefix));
        break;
    }
    case IPAM_T_SUBNET: {
        struct ipam_subnet *n = row;
        RECORD_SET(n, IPAM_SUBNET_GATEWAYS, gateways, some_gateways(&n->prefix));
        RECORD_SET(n, IPAM_SUBNET_MANAGED_BY, managed_by,
                   pick(2) == 0 ? IPAM_STR("ipamd") : IPAM_STR("dummy"));
        break;
    }
    default: return;
    }
    put(e, row);
}

void edit_make(struct edit *e)
{
    static void (*const makers[])(
        struct edit *) = { make_scope,   make_pool,    make_pool,        make_range,       make_exclusion,
                           make_address, make_address, make_reservation, make_reservation, make_lease,
                           make_lease,   make_subnet,  make_block,       make_failover,    make_server_pool };
    memset(e, 0, sizeof(*e));
    unsigned what = pick(10);
    if (estate.count > 60 || what < 3)
        drop_some(e);
    else if (what < 5)
        change_some(e);
    else
        makers[pick(sizeof(makers) / sizeof(makers[0]))](e);
}

/* --- rows of a test, one by one --- */

void edit_begin(struct edit *e)
{
    memset(e, 0, sizeof(*e));
}

void edit_add(struct edit *e, void *row)
{
    assert_true(e->count < EDIT_MAX);
    e->rows[e->count++] = row;
}

struct ipam_scope *scope_of(unsigned server, const char *native)
{
    struct ipam_scope *s = record_new(&estate.arena, IPAM_T_SCOPE);
    RECORD_SET(s, IPAM_SCOPE_SERVER, server, estate.servers[server]);
    RECORD_SET(s, IPAM_SCOPE_SPACE, space, estate.spaces[0]);
    RECORD_SET(s, IPAM_SCOPE_PREFIX, prefix, ((struct ipam_prefix){ estate_address(4, 0), 24 }));
    RECORD_SET(s, IPAM_SCOPE_NATIVE, native, str_from(native));
    return s;
}

struct ipam_range *pool_of(const struct ipam_scope *s, unsigned first, unsigned last)
{
    struct ipam_range *r = record_new(&estate.arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, s->space);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, estate_address(4, first));
    RECORD_SET(r, IPAM_RANGE_LAST, last, estate_address(4, last));
    RECORD_SET(r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_SCOPE, scope, s->id);
    return r;
}

struct ipam_address *plan_of(unsigned n)
{
    struct ipam_address *a = record_new(&estate.arena, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, estate.spaces[0]);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, estate_address(4, n));
    return a;
}

struct ipam_lease *lease_of(unsigned server, unsigned n, int64_t expires)
{
    static const uint8_t mac[6] = { 2, 9, 9, 9, 9, 9 };
    struct ipam_lease *l = record_new(&estate.arena, IPAM_T_LEASE);
    RECORD_SET(l, IPAM_LEASE_SERVER, server, estate.servers[server]);
    RECORD_SET(l, IPAM_LEASE_SPACE, space, estate.spaces[0]);
    RECORD_SET(l, IPAM_LEASE_ADDRESS, address, estate_address(4, n));
    RECORD_SET(l, IPAM_LEASE_MAC, mac, ((struct ipam_bytes){ mac, 6 }));
    RECORD_SET(l, IPAM_LEASE_STATE, state, IPAM_LEASE_STATE_ACTIVE);
    RECORD_SET(l, IPAM_LEASE_EXPIRES, expires, expires);
    return l;
}

size_t open_now(void)
{
    return state_count(estate.site->state, IPAM_T_CONFLICT);
}

const struct ipam_scope *add_pool(unsigned server)
{
    struct edit e;
    struct ipam_scope *s = scope_of(server, "v4/1");
    edit_begin(&e);
    edit_add(&e, s);
    edit_run(&e);
    edit_begin(&e);
    edit_add(&e, pool_of(s, 10, 20));
    edit_run(&e);
    return s;
}

struct ipam_failover *relation_of(unsigned server, const struct relation *r)
{
    struct ipam_failover *f = record_new(&estate.arena, IPAM_T_FAILOVER);
    struct ipam_str *scopes = arena_alloc(&estate.arena, sizeof(*scopes));
    RECORD_SET(f, IPAM_FAILOVER_SERVER, server, estate.servers[server]);
    RECORD_SET(f, IPAM_FAILOVER_NAME, name, str_from(r->name));
    RECORD_SET(f, IPAM_FAILOVER_PARTNER, partner, str_from(r->partner));
    RECORD_SET(f, IPAM_FAILOVER_FAMILY, family, r->ipv6);
    *scopes = str_from(r->scopes);
    if (r->scopes != NULL)
        RECORD_SET(f, IPAM_FAILOVER_SCOPES, scopes, ((struct ipam_strs){ scopes, 1 }));
    return f;
}

/* --- life --- */

static void add_servers(struct site *s)
{
    static const char *const names[SERVERS] = { "a.example.com", "b.example.com", "c.example.com",
                                                "d.example.com" };
    for (int i = 0; i < SERVERS; i++) {
        estate.server_space[i] = estate.spaces[i == 3];
        struct ipam_server v;
        record_init(&v, IPAM_T_SERVER);
        RECORD_SET(&v, IPAM_SERVER_NAME, name, str_from(names[i]));
        RECORD_SET(&v, IPAM_SERVER_DRIVER, driver, IPAM_STR("dummy"));
        RECORD_SET(&v, IPAM_SERVER_SPACE, space, estate.server_space[i]);
        estate.servers[i] = site_put(s, &v);
    }
}

int estate_setup(void **state)
{
    struct ipam_space other;
    site_setup(state);
    memset(&estate, 0, sizeof(estate));
    arena_init(&estate.arena, 0);
    estate.site = *state;
    estate.conflicts = conflicts_new(estate.site->loop, estate.site->state);
    record_init(&other, IPAM_T_SPACE);
    RECORD_SET(&other, IPAM_SPACE_NAME, name, IPAM_STR("other"));
    estate.spaces[0] = estate.site->space;
    estate.spaces[1] = site_put(estate.site, &other);
    add_servers(estate.site);
    conflicts_start(estate.conflicts, estate.site->gate, estate.site->fleet);
    estate_settle();
    return 0;
}

int estate_teardown(void **state)
{
    conflicts_stop(estate.conflicts);
    site_teardown(state);
    conflicts_free(estate.conflicts);
    arena_fini(&estate.arena);
    return 0;
}

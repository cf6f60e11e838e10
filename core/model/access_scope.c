/* access_scope.c - in which access scope an object is: its own, or the one it inherits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * After [MS-IPAMM2]: a space hands on to what lies in it, a block to blocks and subnets, a subnet to
 * ranges; a DHCP server to superscopes, these to scopes; a DNS server to zones, these to their records. What
 * has no scope of its own follows what holds it. */
#include "model/rules_p.h"
#include "net/u128.h"

/* What a row of a server names of what holds it; offsets of int64_t, 0: the type has no such field. */
struct holders {
    bool known;
    bool placed;                  /* it is in a scope, its own or one that it inherits */
    unsigned scope, zone, server; /* field numbers */
    uint32_t scope_at, zone_at, server_at, own_at;
    const struct record_field *effective; /* where it is shown; NULL: it is not */
};

static unsigned ref_to(const struct record_type *t, const char *name, uint32_t type, uint32_t *ret_offset)
{
    const struct record_field *f = record_field(t, str_from(name));
    if (f == NULL || f->kind != KIND_REF || f->ref != type)
        return 0;
    *ret_offset = f->offset;
    return f->number;
}

static void look_at(struct holders *h, uint32_t type)
{
    const struct record_type *t = record_type(type);
    h->known = true;
    if (t == NULL)
        return;
    h->scope = ref_to(t, "scope", IPAM_T_SCOPE, &h->scope_at);
    h->zone = ref_to(t, "zone", IPAM_T_ZONE, &h->zone_at);
    h->server = ref_to(t, "server", IPAM_T_SERVER, &h->server_at);
    h->effective = record_field(t, IPAM_STR("effective_scope"));
    h->placed = h->effective != NULL || h->server != 0 ||
                ref_to(t, "access_scope", IPAM_T_ACCESS_SCOPE, &h->own_at) != 0;
}

static const struct holders *holders_of(uint32_t type)
{
    static const struct holders none;
    static struct holders known[RECORD_TYPES];
    if (type >= RECORD_TYPES)
        return &none;
    if (!known[type].known)
        look_at(&known[type], type);
    return &known[type];
}

static int64_t ref_at(const void *rec, uint32_t offset)
{
    return *(const int64_t *)(const void *)((const char *)rec + offset);
}

/* --- the address plan --- */

static int64_t of_space(const struct view *v, int64_t id)
{
    const struct ipam_space *s = view_get(v, IPAM_T_SPACE, id);
    return s != NULL ? s->access_scope : 0;
}

/* Of a block, from itself upwards. */
static int64_t of_block(const struct view *v, const struct ipam_block *b)
{
    int64_t space = b->space;
    while (b != NULL && b->access_scope == 0)
        b = view_get(v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, &b->prefix, true));
    return b != NULL ? b->access_scope : of_space(v, space);
}

/* Of what lies in that block, or (0) in none. The next row of a list lies mostly in the same one. */
static int64_t in_block(const struct view *v, int64_t space, int64_t block)
{
    struct view_memo *memo = view_memo(v);
    if (block == 0)
        return of_space(v, space);
    if (memo != NULL && memo->block == block)
        return memo->scope;
    int64_t scope = of_block(v, view_get(v, IPAM_T_BLOCK, block));
    if (memo != NULL)
        *memo = (struct view_memo){ block, scope };
    return scope;
}

static int64_t of_blocks(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    return in_block(v, space, view_enclosing(v, IPAM_T_BLOCK, space, p, false));
}

static int64_t of_subnet(const struct view *v, const struct ipam_subnet *s)
{
    return s->access_scope != 0 ? s->access_scope : of_blocks(v, s->space, &s->prefix);
}

/* Of a range, and of an address that lies in none. A subnet hands on to what lies in it whole. */
static int64_t of_place(const struct view *v, int64_t space, const struct ipam_addr *first,
                        const struct ipam_addr *last)
{
    struct ipam_prefix span;
    prefix_span(first, last, &span);
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, space, &span, false));
    return s != NULL ? of_subnet(v, s) : of_blocks(v, space, &span);
}

static int64_t of_range(const struct view *v, const struct ipam_range *r)
{
    return r->access_scope != 0 ? r->access_scope : of_place(v, r->space, &r->first, &r->last);
}

/* Its members may be elsewhere. */
static int64_t of_pool(const struct view *v, const struct ipam_address_pool *pool)
{
    return pool->access_scope != 0 ? pool->access_scope : of_space(v, pool->space);
}

static int64_t of_vlan(const struct view *v, const struct ipam_vlan *n)
{
    const struct ipam_vlan_group *g = view_get(v, IPAM_T_VLAN_GROUP, n->group);
    return n->access_scope != 0 || g == NULL ? n->access_scope : g->access_scope;
}

struct smallest {
    const struct ipam_range *range;
    struct ipam_u128 size;
};

static int find_smallest(void *user, const struct ipam_range *r)
{
    struct smallest *found = user;
    struct ipam_u128 size = addr_distance(&r->first, &r->last);
    if (found->range == NULL || u128_value(size) < u128_value(found->size))
        *found = (struct smallest){ r, size };
    return 0;
}

static int64_t of_address(const struct view *v, const struct ipam_address *a)
{
    struct smallest in = { NULL, u128_from(0) };
    view_ranges(v, a->space, &a->address, &a->address, find_smallest, &in);
    return in.range != NULL ? of_range(v, in.range) : of_place(v, a->space, &a->address, &a->address);
}

/* Of an alert: where its object is; of one that has gone, where it was. An address is not at hand, but by its
 * key it is known where it is. */
static int64_t of_alert(const struct view *v, const struct ipam_alert *a)
{
    static const uint32_t types[] = { [IPAM_ALERT_ABOUT_BLOCK] = IPAM_T_BLOCK,
                                      [IPAM_ALERT_ABOUT_SUBNET] = IPAM_T_SUBNET,
                                      [IPAM_ALERT_ABOUT_RANGE] = IPAM_T_RANGE };
    const void *row = a->about != IPAM_ALERT_ABOUT_ADDRESS ? view_get(v, types[a->about], a->object) : NULL;
    struct ipam_address at;
    struct ipam_prefix p;
    if (row != NULL)
        return rule_access_scope(v, row);
    if (a->about <= IPAM_ALERT_ABOUT_SUBNET && prefix_parse(a->key.data, a->key.len, &p) == 0)
        return of_blocks(v, a->space, &p);
    record_init(&at, IPAM_T_ADDRESS);
    RECORD_SET(&at, IPAM_ADDRESS_SPACE, space, a->space);
    if (addr_parse(a->key.data, a->key.len, &at.address) == 0)
        return of_address(v, &at);
    return of_space(v, a->space);
}

static int64_t of_quarantine(const struct view *v, const struct ipam_quarantine *q)
{
    struct ipam_address at = { .space = q->space, .address = q->address };
    return of_address(v, &at);
}

/* A conflict is where what lies at its place is. */
static int64_t of_conflict(const struct view *v, const struct ipam_conflict *c)
{
    struct ipam_address at = { .space = c->space, .address = c->first };
    return addr_equal(&c->first, &c->last) ? of_address(v, &at) : of_place(v, c->space, &c->first, &c->last);
}

/* --- DHCP --- */

static int64_t of_server(const struct view *v, int64_t id)
{
    const struct ipam_server *s = view_get(v, IPAM_T_SERVER, id);
    return s != NULL ? s->access_scope : 0;
}

static int64_t of_superscope(const struct view *v, const struct ipam_superscope *s)
{
    return s->access_scope != 0 ? s->access_scope : of_server(v, s->server);
}

/* A scope names its superscope; one of its own protocol is meant before one of both. */
static const struct ipam_superscope *superscope_of(const struct view *v, const struct ipam_scope *s)
{
    uint32_t family = s->prefix.addr.family == 4 ? IPAM_SUPERSCOPE_FAMILY_IPV4 : IPAM_SUPERSCOPE_FAMILY_IPV6;
    const struct ipam_superscope *found =
        view_get(v, IPAM_T_SUPERSCOPE, view_superscope(v, s->server, family, s->superscope));
    return found != NULL ? found
                         : view_get(v, IPAM_T_SUPERSCOPE, view_superscope(v, s->server, 0, s->superscope));
}

static int64_t of_scope(const struct view *v, const struct ipam_scope *s)
{
    const struct ipam_superscope *super = s->superscope.len > 0 ? superscope_of(v, s) : NULL;
    if (s->access_scope != 0)
        return s->access_scope;
    return super != NULL ? of_superscope(v, super) : of_server(v, s->server);
}

/* --- DNS --- */

static int64_t of_zone(const struct view *v, const struct ipam_zone *z)
{
    return z->access_scope != 0 ? z->access_scope : of_server(v, z->server);
}

/* --- what has none of its own --- */

static int64_t of_held(const struct view *v, const void *rec)
{
    const struct holders *h = holders_of(((const struct ipam_record *)rec)->type);
    const struct ipam_scope *scope =
        h->scope != 0 ? view_get(v, IPAM_T_SCOPE, ref_at(rec, h->scope_at)) : NULL;
    const struct ipam_zone *zone = h->zone != 0 ? view_get(v, IPAM_T_ZONE, ref_at(rec, h->zone_at)) : NULL;
    if (scope != NULL)
        return of_scope(v, scope);
    if (zone != NULL)
        return of_zone(v, zone);
    return h->server != 0 ? of_server(v, ref_at(rec, h->server_at)) : 0;
}

bool rule_follows_parent(const void *rec)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_BLOCK: return ((const struct ipam_block *)rec)->access_scope == 0;
    case IPAM_T_SUBNET: return ((const struct ipam_subnet *)rec)->access_scope == 0;
    case IPAM_T_RANGE: return ((const struct ipam_range *)rec)->access_scope == 0;
    default: return false;
    }
}

bool rule_has_access_scope(uint32_t type)
{
    return holders_of(type)->placed;
}

/* Of a row whose block is known. */
static int64_t of_derived(const struct view *v, const void *rec, int64_t block)
{
    const struct ipam_subnet *s = rec;
    const struct ipam_block *b = rec;
    switch (s->type) {
    case IPAM_T_SUBNET: return s->access_scope != 0 ? s->access_scope : in_block(v, s->space, block);
    case IPAM_T_BLOCK: return b->access_scope != 0 ? b->access_scope : in_block(v, b->space, block);
    default: return rule_access_scope(v, rec);
    }
}

void derive_access_scope(const struct view *v, void *rec, int64_t block)
{
    struct ipam_record *head = rec;
    const struct record_field *f = view_is_scoped(v) ? holders_of(head->type)->effective : NULL;
    int64_t scope = f != NULL ? of_derived(v, rec, block) : 0;
    if (scope == 0)
        return;
    *(int64_t *)(void *)((char *)rec + f->offset) = scope;
    IPAM_SET_FIELD(head, f->number);
}

int64_t rule_access_scope(const struct view *v, const void *rec)
{
    if (!view_is_scoped(v))
        return 0;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SPACE: return ((const struct ipam_space *)rec)->access_scope;
    case IPAM_T_BLOCK: return of_block(v, rec);
    case IPAM_T_SUBNET: return of_subnet(v, rec);
    case IPAM_T_RANGE: return of_range(v, rec);
    case IPAM_T_ADDRESS_POOL: return of_pool(v, rec);
    case IPAM_T_VLAN_GROUP: return ((const struct ipam_vlan_group *)rec)->access_scope;
    case IPAM_T_VLAN: return of_vlan(v, rec);
    case IPAM_T_VRF: return ((const struct ipam_vrf *)rec)->access_scope;
    case IPAM_T_ADDRESS: return of_address(v, rec);
    case IPAM_T_ALERT: return of_alert(v, rec);
    case IPAM_T_QUARANTINE: return of_quarantine(v, rec);
    case IPAM_T_SERVER: return ((const struct ipam_server *)rec)->access_scope;
    case IPAM_T_SUPERSCOPE: return of_superscope(v, rec);
    case IPAM_T_SCOPE: return of_scope(v, rec);
    case IPAM_T_ZONE: return of_zone(v, rec);
    case IPAM_T_CONFLICT: return of_conflict(v, rec);
    default: return of_held(v, rec);
    }
}

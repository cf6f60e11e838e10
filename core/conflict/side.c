/* side.c - what the rows of memory are also known by here.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/side.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "conflict/holder.h"
#include "conflict/text.h"
#include "model/rules.h"

#define FNV_BASE  UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define FNV_PRIME UINT64_C(0x100000001b3)

#define PARTY_TYPE_SHIFT 56

static const struct ids none;

void side_init(struct side *s)
{
    imap_init(&s->exclusions);
    imap_init(&s->failovers);
    imap_init(&s->clients);
    imap_init(&s->parties);
    imap_init(&s->places);
    imap_init(&s->plans);
}

static void lists_fini(struct imap *m)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    while (imap_next(m, &pos, &key, &value)) {
        free(((struct ids *)value)->items);
        free(value);
    }
    imap_fini(m);
}

struct place_sets {
    struct rset *conflicts[2];
    struct aset *gateways[2], *further[2], *contested[2];
};

void side_fini(struct side *s)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    lists_fini(&s->exclusions);
    lists_fini(&s->failovers);
    lists_fini(&s->clients);
    lists_fini(&s->parties);
    while (imap_next(&s->places, &pos, &key, &value)) {
        struct place_sets *p = value;
        for (int i = 0; i < 2; i++) {
            rset_free(p->conflicts[i]);
            aset_free(p->gateways[i]);
            aset_free(p->further[i]);
            aset_free(p->contested[i]);
        }
        free(p);
    }
    imap_fini(&s->places);
    imap_fini(&s->plans);
}

/* --- lists --- */

static const struct ids *list_at(const struct imap *m, uint64_t key)
{
    const struct ids *l = imap_get(m, key);
    return l != NULL ? l : &none;
}

static size_t place_of(const struct ids *l, int64_t id)
{
    size_t i = 0;
    while (i < l->count && l->items[i] != id)
        i++;
    return i;
}

static void list_put(struct imap *m, uint64_t key, int64_t id)
{
    struct ids *l = imap_get(m, key);
    if (l == NULL) {
        l = xcalloc(1, sizeof(*l));
        imap_put(m, key, l);
    }
    if (place_of(l, id) < l->count)
        return;
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? l->cap * 2 : 1;
        l->items = xrealloc(l->items, l->cap * sizeof(l->items[0]));
    }
    l->items[l->count++] = id;
}

static void list_drop(struct imap *m, uint64_t key, int64_t id)
{
    struct ids *l = imap_get(m, key);
    size_t at = l != NULL ? place_of(l, id) : 0;
    if (l == NULL || at == l->count)
        return;
    l->items[at] = l->items[--l->count];
    if (l->count > 0)
        return;
    imap_del(m, key);
    free(l->items);
    free(l);
}

static void change(struct imap *m, uint64_t key, int64_t id, bool put)
{
    if (put)
        list_put(m, key, id);
    else
        list_drop(m, key, id);
}

/* --- keys --- */

static uint64_t party_key(uint32_t type, int64_t id)
{
    return (uint64_t)type << PARTY_TYPE_SHIFT | (uint64_t)id;
}

void side_gateway(uint64_t handle, uint32_t *ret_type, int64_t *ret_id)
{
    *ret_type = (uint32_t)(handle >> PARTY_TYPE_SHIFT);
    *ret_id = (int64_t)(handle & (((uint64_t)1 << PARTY_TYPE_SHIFT) - 1));
}

static uint64_t plan_key(int64_t space, uint8_t family)
{
    return (uint64_t)space << 1 | (family == 6);
}

static uint64_t fnv(uint64_t h, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * FNV_PRIME;
    return h;
}

uint64_t side_client(const struct ipam_reservation *r)
{
    uint8_t identity[HOLDER_IDENTITY_MAX];
    size_t len = holder_identity(r, identity);
    if (len == 0 || r->address.family == 0 || !record_has(r, IPAM_RESERVATION_SCOPE))
        return 0;
    uint64_t h = fnv(FNV_BASE, &r->space, sizeof(r->space));
    h = fnv(fnv(h, &r->address.family, 1), identity, len);
    return h != 0 ? h : 1;
}

/* --- rows --- */

static struct place_sets *places_of(struct side *s, int64_t space)
{
    static const uint8_t family[2] = { 4, 6 };
    struct place_sets *p = imap_get(&s->places, (uint64_t)space);
    if (p != NULL)
        return p;
    p = xcalloc(1, sizeof(*p));
    for (int i = 0; i < 2; i++) {
        p->conflicts[i] = rset_new(family[i]);
        p->gateways[i] = aset_new(family[i]);
        p->further[i] = aset_new(family[i]);
        p->contested[i] = aset_new(family[i]);
    }
    imap_put(&s->places, (uint64_t)space, p);
    return p;
}

static void change_set(struct aset *at, const struct ipam_addr *a, uint64_t handle, bool put)
{
    if (put)
        aset_add(at, a, handle);
    else
        aset_remove(at, a, handle);
}

static void change_gateways(struct side *s, uint32_t type, int64_t id, int64_t space,
                            const struct ipam_addrs *list, bool put)
{
    for (size_t i = 0; i < list->count; i++)
        change_set(places_of(s, space)->gateways[list->items[i].family == 6], &list->items[i],
                   party_key(type, id), put);
}

static void change_reservation(struct side *s, const struct ipam_reservation *r, bool put)
{
    const struct ipam_addrs *list = &r->addresses;
    uint64_t client = side_client(r);
    if (client != 0)
        change(&s->clients, client, r->id, put);
    for (size_t i = 0; i < list->count; i++)
        if (!addr_equal(&list->items[i], &r->address))
            change_set(places_of(s, r->space)->further[list->items[i].family == 6], &list->items[i],
                       (uint64_t)r->id, put);
}

bool side_is_at_address(const struct ipam_conflict *c)
{
    return c->kind != IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE && c->kind != IPAM_CONFLICT_KIND_POOL_OUTSIDE &&
           record_has(c, IPAM_CONFLICT_ADDRESS) && c->kind != IPAM_CONFLICT_KIND_POOLS_OVERLAP &&
           c->kind != IPAM_CONFLICT_KIND_RANGES_OVERLAP;
}

static void change_conflict(struct side *s, const struct ipam_conflict *c, bool put)
{
    struct rset_item item = { c->first, c->last, (uint64_t)c->id };
    uint32_t type;
    int64_t id;
    for (size_t i = 0; i < c->parties.count; i++)
        if (conflict_party(c->parties.items[i], &type, &id))
            change(&s->parties, party_key(type, id), c->id, put);
    if (!side_is_at_address(c))
        return;
    struct rset *at = places_of(s, c->space)->conflicts[c->first.family == 6];
    if (put)
        rset_insert(at, &item);
    else
        rset_remove(at, &item);
}

static void change_plan(struct side *s, int64_t space, uint8_t family, bool put)
{
    uint64_t key = plan_key(space, family);
    uintptr_t n = (uintptr_t)imap_get(&s->plans, key) + (put ? 1 : (uintptr_t)-1);
    if (n != 0)
        imap_put(&s->plans, key, (void *)n);
    else
        imap_del(&s->plans, key);
}

static void change_row(struct side *s, const void *row, bool put)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_EXCLUSION: {
        const struct ipam_exclusion *e = row;
        change(&s->exclusions, (uint64_t)e->scope, e->id, put);
        break;
    }
    case IPAM_T_FAILOVER: {
        const struct ipam_failover *f = row;
        change(&s->failovers, (uint64_t)f->server, f->id, put);
        break;
    }
    case IPAM_T_RESERVATION: change_reservation(s, row, put); break;
    case IPAM_T_BLOCK: {
        const struct ipam_block *b = row;
        change_plan(s, b->space, b->prefix.addr.family, put);
        break;
    }
    case IPAM_T_SUBNET: {
        const struct ipam_subnet *n = row;
        change_gateways(s, n->type, n->id, n->space, &n->gateways, put);
        if (rule_is_own(n))
            change_plan(s, n->space, n->prefix.addr.family, put);
        break;
    }
    case IPAM_T_SCOPE: {
        const struct ipam_scope *c = row;
        change_gateways(s, c->type, c->id, c->space, &c->routers, put);
        break;
    }
    case IPAM_T_CONFLICT: change_conflict(s, row, put); break;
    default: break;
    }
}

void side_note(struct side *s, const void *before, const void *after)
{
    if (before != NULL)
        change_row(s, before, false);
    if (after != NULL)
        change_row(s, after, true);
}

/* --- asking --- */

const struct ids *side_exclusions(const struct side *s, int64_t scope)
{
    return list_at(&s->exclusions, (uint64_t)scope);
}

const struct ids *side_failovers(const struct side *s, int64_t server)
{
    return list_at(&s->failovers, (uint64_t)server);
}

const struct ids *side_clients(const struct side *s, uint64_t client)
{
    return list_at(&s->clients, client);
}

const struct ids *side_conflicts(const struct side *s, uint32_t type, int64_t party)
{
    return list_at(&s->parties, party_key(type, party));
}

bool side_has_plan(const struct side *s, int64_t space, uint8_t family)
{
    return imap_get(&s->plans, plan_key(space, family)) != NULL;
}

const struct rset *side_places(const struct side *s, int64_t space, uint8_t family)
{
    const struct place_sets *p = imap_get(&s->places, (uint64_t)space);
    return p != NULL ? p->conflicts[family == 6] : NULL;
}

const struct aset *side_gateways(const struct side *s, int64_t space, uint8_t family)
{
    const struct place_sets *p = imap_get(&s->places, (uint64_t)space);
    return p != NULL ? p->gateways[family == 6] : NULL;
}

const struct aset *side_further(const struct side *s, int64_t space, uint8_t family)
{
    const struct place_sets *p = imap_get(&s->places, (uint64_t)space);
    return p != NULL ? p->further[family == 6] : NULL;
}

void side_contest(struct side *s, int64_t space, const struct ipam_addr *a, bool contested)
{
    if (contested || side_is_contested(s, space, a))
        change_set(places_of(s, space)->contested[a->family == 6], a, 0, contested);
}

bool side_is_contested(const struct side *s, int64_t space, const struct ipam_addr *a)
{
    const struct place_sets *p = imap_get(&s->places, (uint64_t)space);
    return p != NULL && aset_has(p->contested[a->family == 6], a);
}

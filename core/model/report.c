/* report.c - the figures of reports: what is free in blocks, and what somebody answers for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/report.h"

#include <stdlib.h>
#include <string.h>

#include "model/rules.h"
#include "net/addr.h"
#include "net/u128.h"

/* --- what is free --- */

static void keep_largest(struct free_sum *s, const struct ipam_prefix *gap)
{
    size_t at = s->count;

    while (at > 0 && s->largest[at - 1].length > gap->length)
        at--;
    if (at == FREE_LARGEST)
        return;
    size_t after = (s->count < FREE_LARGEST ? s->count : FREE_LARGEST - 1) - at;
    memmove(&s->largest[at + 1], &s->largest[at], after * sizeof(s->largest[0]));
    s->largest[at] = *gap;
    s->count += s->count < FREE_LARGEST;
}

void free_sum_add(struct free_sum *s, const struct ipam_prefix *gap)
{
    if (s->length != 0 && gap->length <= s->length) {
        unsigned more = (unsigned)(s->length - gap->length);
        struct ipam_u128 all = { UINT64_MAX, UINT64_MAX }; /* 2^128 of them are said as one less */

        s->prefixes = u128_add(s->prefixes, more < 128 ? u128_make((uint128)1 << more) : all);
    }
    keep_largest(s, gap);
}

/* --- the blocks --- */

static const struct ipam_prefix whole[2] = { { .addr = { .family = 4 } }, { .addr = { .family = 6 } } };

static bool is_looked_at(const struct tree_walk *w, uint8_t family)
{
    return w->within.addr.family == 0 || w->within.addr.family == family;
}

static const struct ipam_block *block_at(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    return view_get(v, IPAM_T_BLOCK, view_by_prefix(v, IPAM_T_BLOCK, space, p));
}

/* The next one of a family; the place is in that family, or before its first. */
static const struct ipam_block *next_of(const struct view *v, const struct ipam_prefix *outer,
                                        const struct tree_place *place)
{
    bool begins = place->prefix.addr.family != outer->addr.family;
    const struct ipam_block *own = begins ? block_at(v, place->space, outer) : NULL;

    if (own != NULL)
        return own;
    return view_get(v, IPAM_T_BLOCK,
                    view_next_inside(v, IPAM_T_BLOCK, place->space, outer, begins ? NULL : &place->prefix));
}

static const struct ipam_block *next_in_space(const struct view *v, const struct tree_walk *w,
                                              const struct tree_place *place)
{
    const struct ipam_block *b = NULL;

    for (int i = place->prefix.addr.family == 6; i < 2 && b == NULL; i++)
        if (is_looked_at(w, whole[i].addr.family))
            b = next_of(v, w->within.addr.family != 0 ? &w->within : &whole[i], place);
    return b;
}

struct next_space {
    int64_t after, id;
};

static int find_space(void *user, const void *row)
{
    struct next_space *n = user;
    const struct ipam_space *s = row;

    if (s->id > n->after)
        n->id = s->id;
    return n->id != 0; /* they come by their ids */
}

static int64_t space_after(const struct view *v, const struct tree_walk *w, int64_t after)
{
    struct next_space n = { after, 0 };

    if (w->space != 0)
        return after < w->space ? w->space : 0;
    view_each(v, IPAM_T_SPACE, find_space, &n);
    return n.id;
}

const struct ipam_block *tree_next(const struct view *v, const struct tree_walk *w, struct tree_place *place)
{
    if (place->space == 0)
        *place = (struct tree_place){ .space = space_after(v, w, 0) };
    while (place->space != 0) {
        const struct ipam_block *b = next_in_space(v, w, place);

        if (b != NULL) {
            place->prefix = b->prefix;
            return b;
        }
        *place = (struct tree_place){ .space = space_after(v, w, place->space) };
    }
    return NULL;
}

/* --- owners --- */

void owner_totals_init(struct owner_totals *t, const struct view *v, struct arena *arena)
{
    memset(t, 0, sizeof(*t));
    t->v = v;
    t->arena = arena;
    smap_init(&t->by_name);
}

void owner_totals_fini(struct owner_totals *t)
{
    smap_fini(&t->by_name);
    free(t->items);
    t->items = NULL;
}

static struct ipam_str owner_of(const void *row)
{
    const struct record_type *type = record_type(((const struct ipam_record *)row)->type);
    const struct record_field *f = record_field(type, IPAM_STR("owner"));
    const struct ipam_str *owner = (const void *)((const char *)row + f->offset);

    return record_has(row, f->number) && owner->len > 0 ? *owner : (struct ipam_str){ NULL, 0 };
}

static struct owner_total *new_total(struct owner_totals *t, struct ipam_str owner)
{
    struct owner_total *o = arena_alloc(t->arena, sizeof(*o));
    struct ipam_str name = owner.data != NULL ? arena_str(t->arena, owner) : owner;

    if (o == NULL || (owner.data != NULL && name.data == NULL)) {
        t->starved = true;
        return NULL;
    }
    memset(o, 0, sizeof(*o));
    o->owner = name;
    if (t->count == t->cap) {
        t->cap = t->cap > 0 ? 2 * t->cap : 64;
        t->items = xrealloc(t->items, t->cap * sizeof(t->items[0]));
    }
    t->items[t->count++] = o;
    return o;
}

static struct owner_total *total_of(struct owner_totals *t, struct ipam_str owner)
{
    struct owner_total *o = owner.data == NULL ? t->nobody : smap_get(&t->by_name, owner.data, owner.len);

    if (o != NULL || (o = new_total(t, owner)) == NULL)
        return o;
    if (owner.data == NULL)
        t->nobody = o;
    else
        smap_put(&t->by_name, o->owner.data, o->owner.len, o);
    return o;
}

static bool lies_within(const struct owner_totals *t, const struct ipam_addr *first,
                        const struct ipam_addr *last)
{
    return t->within.addr.family == 0 ||
           (prefix_contains_addr(&t->within, first) && prefix_contains_addr(&t->within, last));
}

/* Whether what encloses counts for the same owner, so that the addresses are counted there. */
static bool counts_for(const struct owner_totals *t, const void *outer, const struct ipam_prefix *prefix,
                       struct ipam_str owner)
{
    struct ipam_str other = owner_of(outer);
    struct ipam_addr first, last;

    prefix_first(prefix, &first);
    prefix_last(prefix, &last);
    return (owner.data == NULL ? other.data == NULL : other.data != NULL && str_equal(owner, other)) &&
           lies_within(t, &first, &last) && t->sees(t->user, outer);
}

/* A block or subnet of the prefix, unless the row is it itself, or one around it. */
static bool in_any(const struct owner_totals *t, uint32_t type, int64_t space, const struct ipam_prefix *p,
                   bool strict, struct ipam_str owner)
{
    struct ipam_prefix at = *p;

    for (;; strict = true) {
        const void *outer = view_get(t->v, type, view_enclosing(t->v, type, space, &at, strict));
        if (outer == NULL)
            return false;
        at = type == IPAM_T_BLOCK ? ((const struct ipam_block *)outer)->prefix
                                  : ((const struct ipam_subnet *)outer)->prefix;
        if (counts_for(t, outer, &at, owner))
            return true;
    }
}

struct extent {
    int64_t space;
    struct ipam_addr first, last;
    struct ipam_prefix span;
};

static void extent_of(const void *row, struct extent *e)
{
    const struct ipam_block *b = row;
    const struct ipam_subnet *s = row;
    const struct ipam_range *r = row;

    if (r->type == IPAM_T_RANGE) {
        *e = (struct extent){ .space = r->space, .first = r->first, .last = r->last };
        prefix_span(&r->first, &r->last, &e->span);
        return;
    }
    e->space = b->type == IPAM_T_BLOCK ? b->space : s->space;
    e->span = b->type == IPAM_T_BLOCK ? b->prefix : s->prefix;
    prefix_first(&e->span, &e->first);
    prefix_last(&e->span, &e->last);
}

static void add_addresses(const struct owner_totals *t, struct owner_total *o, uint32_t type,
                          const struct extent *e)
{
    int family = e->first.family == 6;

    if (type != IPAM_T_BLOCK && in_any(t, IPAM_T_SUBNET, e->space, &e->span, type == IPAM_T_SUBNET, o->owner))
        return;
    if (in_any(t, IPAM_T_BLOCK, e->space, &e->span, type == IPAM_T_BLOCK, o->owner))
        return;
    o->size[family] = u128_add(o->size[family], addr_distance(&e->first, &e->last));
    o->used[family] = u128_add(o->used[family], view_used(t->v, e->space, &e->first, &e->last));
}

void owner_totals_add(struct owner_totals *t, const void *row)
{
    uint32_t type = ((const struct ipam_record *)row)->type;
    struct extent e;

    if (!t->sees(t->user, row) || (type == IPAM_T_SPACE && t->within.addr.family != 0))
        return;
    if (type != IPAM_T_SPACE) {
        extent_of(row, &e);
        if (!lies_within(t, &e.first, &e.last))
            return;
    }
    struct owner_total *o = total_of(t, owner_of(row));
    if (o == NULL)
        return;
    o->spaces += type == IPAM_T_SPACE;
    o->blocks += type == IPAM_T_BLOCK;
    o->subnets += type == IPAM_T_SUBNET;
    o->ranges += type == IPAM_T_RANGE;
    if (type != IPAM_T_SPACE)
        add_addresses(t, o, type, &e);
}

static int compare_owners(struct ipam_str x, struct ipam_str y)
{
    size_t shorter = x.len < y.len ? x.len : y.len;

    if (x.data == NULL || y.data == NULL)
        return (x.data == NULL) - (y.data == NULL);
    int order = shorter > 0 ? memcmp(x.data, y.data, shorter) : 0;
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

bool owner_comes_after(struct ipam_str owner, struct ipam_str other)
{
    return other.data == NULL || compare_owners(owner, other) > 0;
}

static int by_owner(const void *a, const void *b)
{
    return compare_owners((*(struct owner_total *const *)a)->owner, (*(struct owner_total *const *)b)->owner);
}

void owner_totals_sort(struct owner_totals *t)
{
    if (t->count > 1)
        qsort(t->items, t->count, sizeof(t->items[0]), by_owner);
}

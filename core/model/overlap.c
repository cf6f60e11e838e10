/* overlap.c - ranges and subnets that have addresses in common, and which of them count.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/overlap.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/excluded.h"
#include "model/relation.h"
#include "net/u128.h"

static const struct ipam_scope *scope_of(const struct view *v, const struct ipam_range *r)
{
    return record_has(r, IPAM_RANGE_SCOPE) ? view_get(v, IPAM_T_SCOPE, r->scope) : NULL;
}

/* Whether there is an address in both, given that their ends overlap. */
static bool share(const struct view *v, const struct ipam_range *a, const struct ipam_range *b)
{
    const struct ipam_scope *of_a = scope_of(v, a), *of_b = scope_of(v, b);
    const struct ipam_addr *first = addr_compare(&a->first, &b->first) > 0 ? &a->first : &b->first;
    const struct ipam_addr *last = addr_compare(&a->last, &b->last) < 0 ? &a->last : &b->last;
    int64_t servers[2];
    size_t count = 0;
    if (of_a != NULL)
        servers[count++] = of_a->server;
    if (of_b != NULL)
        servers[count++] = of_b->server;
    return count == 0 || u128_compare(excluded_of(v, a->space, servers, count, first, last),
                                      addr_distance(first, last)) < 0;
}

/* --- how one stands to others --- */

struct standing {
    const struct view *v;
    const struct ipam_range *range;
    uint32_t overlap;
};

static bool are_partners(const struct view *v, const struct ipam_range *a, const struct ipam_range *b)
{
    const struct ipam_scope *of_a = scope_of(v, a), *of_b = scope_of(v, b);
    return of_a != NULL && of_b != NULL && of_a->server != of_b->server && relation_joins(v, of_a, of_b);
}

static int stand_to(void *user, const struct ipam_range *other)
{
    struct standing *s = user;
    if (other->id == s->range->id || !share(s->v, s->range, other))
        return 0;
    s->overlap =
        are_partners(s->v, s->range, other) ? IPAM_RANGE_OVERLAP_FAILOVER : IPAM_RANGE_OVERLAP_OVERLAPPING;
    return s->overlap == IPAM_RANGE_OVERLAP_OVERLAPPING;
}

uint32_t overlap_of_range(const struct view *v, const struct ipam_range *r)
{
    struct standing s = { v, r, IPAM_RANGE_OVERLAP_NONE };
    view_ranges(v, r->space, &r->first, &r->last, stand_to, &s);
    return s.overlap;
}

uint32_t overlap_of_subnet(const struct view *v, const struct ipam_subnet *s, bool *ret_counts)
{
    *ret_counts = view_enclosing(v, IPAM_T_SUBNET, s->space, &s->prefix, true) == 0;
    return *ret_counts && view_first_inside(v, IPAM_T_SUBNET, s->space, &s->prefix) == 0
               ? IPAM_SUBNET_OVERLAP_NONE
               : IPAM_SUBNET_OVERLAP_OVERLAPPING;
}

/* --- which ones count --- */

static const char yes, no; /* what is known of a range points to one of them */

/* A range whose turn it is, and those before it with which it shares addresses. */
struct turn {
    const struct ipam_range *range;
    const struct ipam_range **before;
    size_t count, cap, at;
    const struct view *v;
};

/* Turns that wait for others: a chain of ranges may be long. */
struct turns {
    struct turn *list;
    size_t count, cap;
};

static bool comes_before(const struct ipam_range *a, const struct ipam_range *b)
{
    return a->choice != b->choice ? a->choice > b->choice : a->id < b->id;
}

static int note_before(void *user, const struct ipam_range *other)
{
    struct turn *t = user;
    if (other->id == t->range->id || !comes_before(other, t->range) || !share(t->v, t->range, other))
        return 0;
    if (t->count == t->cap) {
        t->cap = t->cap != 0 ? t->cap * 2 : 4;
        t->before = xrealloc(t->before, t->cap * sizeof(struct ipam_range *));
    }
    t->before[t->count++] = other;
    return 0;
}

static void push(struct turns *turns, const struct view *v, const struct ipam_range *r)
{
    if (turns->count == turns->cap) {
        turns->cap = turns->cap != 0 ? turns->cap * 2 : 4;
        turns->list = xrealloc(turns->list, turns->cap * sizeof(turns->list[0]));
    }
    struct turn *t = &turns->list[turns->count++];
    *t = (struct turn){ .range = r, .v = v };
    view_ranges(v, r->space, &r->first, &r->last, note_before, t);
}

/* What is known of it now; NULL: one before it has its turn first, which is in `ret_first`. */
static const char *judge(const struct overlaps *o, struct turn *t, const struct ipam_range **ret_first)
{
    for (; t->at < t->count; t->at++) {
        const char *known = imap_get(&o->known, (uint64_t)t->before[t->at]->id);
        if (known == &yes)
            return &no;
        if (known == NULL) {
            *ret_first = t->before[t->at];
            return NULL;
        }
    }
    return &yes;
}

void overlaps_begin(struct overlaps *o, const struct view *v)
{
    o->v = v;
    imap_init(&o->known);
}

bool overlaps_counts(struct overlaps *o, const struct ipam_range *r)
{
    struct turns turns = { 0 };
    const struct ipam_range *first = NULL;
    if (imap_get(&o->known, (uint64_t)r->id) == NULL)
        push(&turns, o->v, r);
    while (turns.count > 0) {
        struct turn *t = &turns.list[turns.count - 1];
        const char *known = judge(o, t, &first);
        if (known == NULL) {
            push(&turns, o->v, first);
            continue;
        }
        imap_put(&o->known, (uint64_t)t->range->id, (void *)(uintptr_t)known);
        free(t->before);
        turns.count--;
    }
    free(turns.list);
    return imap_get(&o->known, (uint64_t)r->id) == &yes;
}

void overlaps_end(struct overlaps *o)
{
    imap_fini(&o->known);
}

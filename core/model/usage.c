/* usage.c - how full a run of addresses is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/usage.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/excluded.h"
#include "model/overlap.h"
#include "net/u128.h"
#include "record/record.h"

static struct ipam_u128 utilized(const struct ipam_range *r, const struct view_use *use)
{
    if (record_has(r, IPAM_RANGE_UTILIZED))
        return r->utilized;
    return u128_from(r->kind == IPAM_RANGE_KIND_DYNAMIC ? use->of[USE_LEASED]
                     : r->kind == IPAM_RANGE_KIND_AUTO  ? use->of[USE_STATELESS]
                                                        : use->planned);
}

/* Adds what a range has assigned and utilised. */
static void add_range(const struct view *v, const struct ipam_range *r, struct usage *u)
{
    struct ipam_u128 size = addr_distance(&r->first, &r->last);
    const struct ipam_scope *scope = view_get(v, IPAM_T_SCOPE, r->scope);
    struct view_use use;
    view_use(v, r->space, &r->first, &r->last, &use);
    if (scope != NULL)
        size = u128_sub(size, excluded_of(v, r->space, &scope->server, 1, &r->first, &r->last));
    u->assigned = u128_add(u->assigned, size);
    u->utilized = u128_add(u->utilized, utilized(r, &use));
}

/* The ranges that have addresses of a run, in the order of their first addresses. */
struct ranges {
    const struct ipam_range **list;
    size_t count, cap;
};

static int keep_range(void *user, const struct ipam_range *r)
{
    struct ranges *k = user;
    if (k->count == k->cap) {
        k->cap = k->cap != 0 ? k->cap * 2 : 16;
        k->list = xrealloc(k->list, k->cap * sizeof(struct ipam_range *));
    }
    k->list[k->count++] = r;
    return 0;
}

/* Those that lie in it as a whole, and count. Most overlap neither the one before nor the one after. */
static void add_ranges(const struct view *v, const struct ranges *k, const struct ipam_addr *first,
                       const struct ipam_addr *last, struct usage *u)
{
    const struct ipam_addr *reach = NULL; /* how far those before go */
    struct overlaps o;
    overlaps_begin(&o, v);
    for (size_t i = 0; i < k->count; i++) {
        const struct ipam_range *r = k->list[i];
        bool alone = (reach == NULL || addr_compare(reach, &r->first) < 0) &&
                     (i + 1 == k->count || addr_compare(&r->last, &k->list[i + 1]->first) < 0);
        if (reach == NULL || addr_compare(reach, &r->last) < 0)
            reach = &r->last;
        if (addr_compare(&r->first, first) >= 0 && addr_compare(&r->last, last) <= 0 &&
            (alone || overlaps_counts(&o, r)))
            add_range(v, r, u);
    }
    overlaps_end(&o);
}

static void begin(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct usage *u)
{
    *u = (struct usage){ .size = addr_distance(first, last) };
    view_use(v, space, first, last, &u->use);
    u->excluded = excluded_of(v, space, NULL, 0, first, last);
}

void usage_of_run(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct usage *ret)
{
    struct ranges k = { 0 };
    begin(v, space, first, last, ret);
    view_ranges(v, space, first, last, keep_range, &k);
    add_ranges(v, &k, first, last, ret);
    free(k.list);
}

void usage_of_range(const struct view *v, const struct ipam_range *r, struct usage *ret)
{
    begin(v, r->space, &r->first, &r->last, ret);
    add_range(v, r, ret);
}

struct ipam_u128 usage_used(const struct usage *u)
{
    uint64_t used = 0;
    for (size_t i = 0; i < USES; i++)
        used += u->use.of[i];
    return u128_from(used);
}

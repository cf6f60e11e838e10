/* usage.c - how full a run of addresses is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/usage.h"

#include <stdlib.h>

#include "base/arena.h"
#include "net/u128.h"
#include "record/record.h"

struct run {
    struct ipam_addr first, last;
};

/* Exclusions in a run of addresses; `server` 0: of all servers. */
struct exclusions {
    int64_t server;
    struct ipam_addr first, last;
    struct run *runs;
    size_t count, cap;
};

static int keep_exclusion(void *user, const struct ipam_exclusion *e)
{
    struct exclusions *x = user;
    if (x->server != 0 && e->server != x->server)
        return 0;
    if (x->count == x->cap) {
        x->cap = x->cap != 0 ? x->cap * 2 : 16;
        x->runs = xrealloc(x->runs, x->cap * sizeof(*x->runs));
    }
    x->runs[x->count++] = (struct run){ addr_compare(&e->first, &x->first) < 0 ? x->first : e->first,
                                        addr_compare(&e->last, &x->last) > 0 ? x->last : e->last };
    return 0;
}

static int by_first(const void *a, const void *b)
{
    return addr_compare(&((const struct run *)a)->first, &((const struct run *)b)->first);
}

/* How many addresses are in any of the runs. */
static struct ipam_u128 united(struct run *runs, size_t count)
{
    struct ipam_u128 sum = u128_from(0);
    if (count == 0)
        return sum;
    qsort(runs, count, sizeof(*runs), by_first);
    struct run open = runs[0];
    for (size_t i = 1; i < count; i++) {
        if (addr_compare(&runs[i].first, &open.last) > 0) {
            sum = u128_add(sum, addr_distance(&open.first, &open.last));
            open = runs[i];
        } else if (addr_compare(&runs[i].last, &open.last) > 0) {
            open.last = runs[i].last;
        }
    }
    return u128_add(sum, addr_distance(&open.first, &open.last));
}

static struct ipam_u128 excluded(const struct view *v, int64_t space, int64_t server,
                                 const struct ipam_addr *first, const struct ipam_addr *last)
{
    struct exclusions x = { .server = server, .first = *first, .last = *last };
    view_exclusions(v, space, first, last, keep_exclusion, &x);
    struct ipam_u128 sum = united(x.runs, x.count);
    free(x.runs);
    return sum;
}

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
        size = u128_sub(size, excluded(v, r->space, scope->server, &r->first, &r->last));
    u->assigned = u128_add(u->assigned, size);
    u->utilized = u128_add(u->utilized, utilized(r, &use));
}

/* The ranges of a run of addresses, in the order of their first addresses. */
struct ranges {
    struct ipam_addr first, last;
    const struct ipam_range **list;
    size_t count, cap;
};

static int keep_range(void *user, const struct ipam_range *r)
{
    struct ranges *k = user;
    if (addr_compare(&r->first, &k->first) < 0 || addr_compare(&r->last, &k->last) > 0)
        return 0;
    if (k->count == k->cap) {
        k->cap = k->cap != 0 ? k->cap * 2 : 16;
        k->list = xrealloc(k->list, k->cap * sizeof(struct ipam_range *));
    }
    k->list[k->count++] = r;
    return 0;
}

static int by_id(const void *a, const void *b)
{
    const struct ipam_range *x = *(const struct ipam_range *const *)a,
                            *y = *(const struct ipam_range *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static bool overlap(const struct ipam_range *a, const struct ipam_range *b)
{
    return addr_compare(&a->first, &b->last) <= 0 && addr_compare(&b->first, &a->last) <= 0;
}

/* Ranges that overlap each other, one after the other: one counts that overlaps no older one which counts. */
static void add_cluster(const struct view *v, const struct ipam_range **list, size_t count, struct usage *u)
{
    size_t counted = 0;
    qsort(list, count, sizeof(*list), by_id);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < counted && !overlap(list[k], list[i]))
            k++;
        if (k < counted)
            continue;
        add_range(v, list[i], u);
        list[counted++] = list[i];
    }
}

static void add_ranges(const struct view *v, struct ranges *k, struct usage *u)
{
    size_t i = 0, end;
    for (; i < k->count; i = end) {
        struct ipam_addr last = k->list[i]->last;
        for (end = i + 1; end < k->count && addr_compare(&k->list[end]->first, &last) <= 0; end++)
            if (addr_compare(&k->list[end]->last, &last) > 0)
                last = k->list[end]->last;
        add_cluster(v, k->list + i, end - i, u);
    }
}

static void begin(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct usage *u)
{
    *u = (struct usage){ .size = addr_distance(first, last) };
    view_use(v, space, first, last, &u->use);
    u->excluded = excluded(v, space, 0, first, last);
}

void usage_of_run(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct usage *ret)
{
    struct ranges k = { .first = *first, .last = *last };
    begin(v, space, first, last, ret);
    view_ranges(v, space, first, last, keep_range, &k);
    add_ranges(v, &k, ret);
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

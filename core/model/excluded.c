/* excluded.c - how many addresses of a run DHCP servers exclude.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/excluded.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/u128.h"
#include "record/record.h"

struct run {
    struct ipam_addr first, last;
};

/* Exclusions in a run of addresses; no servers: of all. */
struct exclusions {
    const int64_t *servers;
    size_t server_count;
    struct ipam_addr first, last;
    struct run *runs;
    size_t count, cap;
};

static bool is_asked_for(const struct exclusions *x, int64_t server)
{
    bool found = x->server_count == 0;
    for (size_t i = 0; i < x->server_count && !found; i++)
        found = x->servers[i] == server;
    return found;
}

static int keep_exclusion(void *user, const struct ipam_exclusion *e)
{
    struct exclusions *x = user;
    if (!is_asked_for(x, e->server))
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

struct ipam_u128 excluded_of(const struct view *v, int64_t space, const int64_t *servers, size_t count,
                             const struct ipam_addr *first, const struct ipam_addr *last)
{
    struct exclusions x = { .servers = servers, .server_count = count, .first = *first, .last = *last };
    view_exclusions(v, space, first, last, keep_exclusion, &x);
    struct ipam_u128 sum = united(x.runs, x.count);
    free(x.runs);
    return sum;
}

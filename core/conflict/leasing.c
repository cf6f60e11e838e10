/* leasing.c - what a scope leases: the runs of its pools without what is excluded.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "conflict/judge.h"

void leasing_add(struct leasing *l, const struct ipam_addr *first, const struct ipam_addr *last)
{
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? l->cap * 2 : 8;
        l->runs = xrealloc(l->runs, l->cap * sizeof(l->runs[0]));
    }
    l->runs[l->count++] = (struct run){ *first, *last };
}

static int by_first(const void *a, const void *b)
{
    return addr_compare(&((const struct run *)a)->first, &((const struct run *)b)->first);
}

void leasing_sort(struct leasing *l)
{
    size_t kept = 0;
    if (l->count > 1)
        qsort(l->runs, l->count, sizeof(l->runs[0]), by_first);
    for (size_t i = 0; i < l->count; i++) {
        if (kept == 0 || addr_compare(&l->runs[i].first, &l->runs[kept - 1].last) > 0)
            l->runs[kept++] = l->runs[i];
        else if (addr_compare(&l->runs[i].last, &l->runs[kept - 1].last) > 0)
            l->runs[kept - 1].last = l->runs[i].last;
    }
    l->count = kept;
}

/* What is left of one run: nothing, one end of it, or both. */
static void cut(struct leasing *l, size_t i, const struct ipam_addr *first, const struct ipam_addr *last)
{
    struct run whole = l->runs[i];
    bool below = addr_compare(&whole.first, first)<0, above = addr_compare(&whole.last, last)> 0;
    struct ipam_addr end = *first, begin = *last;
    addr_sub(first, u128_from(1), &end);
    addr_add(last, u128_from(1), &begin);
    if (below)
        l->runs[i].last = end;
    else if (above)
        l->runs[i].first = begin;
    else
        memmove(&l->runs[i], &l->runs[i + 1], (--l->count - i) * sizeof(l->runs[0]));
    if (!below || !above)
        return;
    leasing_add(l, &begin, &whole.last);
    memmove(&l->runs[i + 2], &l->runs[i + 1], (l->count - i - 2) * sizeof(l->runs[0]));
    l->runs[i + 1] = (struct run){ begin, whole.last };
}

void leasing_exclude(struct leasing *l, const struct ipam_addr *first, const struct ipam_addr *last)
{
    for (size_t i = l->count; i-- > 0;)
        if (addr_compare(&l->runs[i].first, last) <= 0 && addr_compare(first, &l->runs[i].last) <= 0)
            cut(l, i, first, last);
}

const struct run *leasing_at(const struct leasing *l, const struct ipam_addr *a)
{
    for (size_t i = 0; i < l->count; i++)
        if (addr_compare(&l->runs[i].first, a) <= 0 && addr_compare(a, &l->runs[i].last) <= 0)
            return &l->runs[i];
    return NULL;
}

void leasing_fini(struct leasing *l)
{
    free(l->runs);
    *l = (struct leasing){ 0 };
}

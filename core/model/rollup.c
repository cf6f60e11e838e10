/* rollup.c - how full several subnets or ranges are together, each address counted once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rollup.h"

#include <stdlib.h>

#include "net/u128.h"

static bool is_subnet(const void *rec)
{
    return ((const struct ipam_record *)rec)->type == IPAM_T_SUBNET;
}

void rollup_member(const void *rec, struct rollup_member *ret)
{
    const struct ipam_subnet *s = rec;
    const struct ipam_range *r = rec;
    if (is_subnet(rec)) {
        *ret = (struct rollup_member){ .rec = rec, .space = s->space, .id = s->id };
        prefix_first(&s->prefix, &ret->first);
        prefix_last(&s->prefix, &ret->last);
    } else {
        *ret = (struct rollup_member){ rec, r->space, r->id, r->first, r->last };
    }
}

static int by_place(const void *a, const void *b)
{
    const struct rollup_member *x = a, *y = b;
    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    int order = addr_compare(&x->first, &y->first);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

/* Which of those that overlap comes first. */
static int by_rank(const void *a, const void *b)
{
    const struct rollup_member *x = a, *y = b;
    if (is_subnet(x->rec)) {
        int order = u128_compare(addr_distance(&y->first, &y->last), addr_distance(&x->first, &x->last));
        if (order != 0)
            return order;
    } else {
        int64_t a_choice = ((const struct ipam_range *)x->rec)->choice,
                b_choice = ((const struct ipam_range *)y->rec)->choice;
        if (a_choice != b_choice)
            return a_choice > b_choice ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static bool overlap(const struct rollup_member *a, const struct rollup_member *b)
{
    return addr_compare(&a->first, &b->last) <= 0 && addr_compare(&b->first, &a->last) <= 0;
}

/* Of members that overlap each other, one after the other; returns how many are left. */
static size_t pick_cluster(struct rollup_member *m, size_t count)
{
    size_t kept = 0;
    qsort(m, count, sizeof(*m), by_rank);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < kept && !overlap(&m[k], &m[i]))
            k++;
        if (k == kept)
            m[kept++] = m[i];
    }
    qsort(m, kept, sizeof(*m), by_place);
    return kept;
}

size_t rollup_pick(struct rollup_member *members, size_t count)
{
    size_t kept = 0, end;
    if (count > 0)
        qsort(members, count, sizeof(*members), by_place);
    for (size_t i = 0; i < count; i = end) {
        struct ipam_addr last = members[i].last;
        for (end = i + 1; end < count && members[end].space == members[i].space &&
                          addr_compare(&members[end].first, &last) <= 0;
             end++)
            if (addr_compare(&members[end].last, &last) > 0)
                last = members[end].last;
        size_t left = pick_cluster(members + i, end - i);
        for (size_t k = 0; k < left; k++)
            members[kept++] = members[i + k];
    }
    return kept;
}

void rollup_usage(const struct view *v, const struct rollup_member *members, size_t count, struct usage *ret)
{
    struct usage one;
    *ret = (struct usage){ .size = u128_from(0) };
    for (size_t i = 0; i < count; i++) {
        const struct rollup_member *m = &members[i];
        if (is_subnet(m->rec))
            usage_of_run(v, m->space, &m->first, &m->last, &one);
        else
            usage_of_range(v, m->rec, &one);
        ret->size = u128_add(ret->size, one.size);
        ret->excluded = u128_add(ret->excluded, one.excluded);
        ret->assigned = u128_add(ret->assigned, one.assigned);
        ret->utilized = u128_add(ret->utilized, one.utilized);
        for (size_t k = 0; k < USES; k++)
            ret->use.of[k] += one.use.of[k];
    }
}

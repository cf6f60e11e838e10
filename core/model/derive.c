/* derive.c - values that are computed on read: parents, sizes, utilisation.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

/* Sizes of the dynamic ranges of one scope, and how much of them is in use. */
struct pool_sum {
    const struct view *v;
    int64_t scope;
    struct ipam_u128 size, used;
};

static int add_pool(void *user, const struct ipam_range *r)
{
    struct pool_sum *sum = user;
    if (!record_has(r, IPAM_RANGE_SCOPE) || r->scope != sum->scope)
        return 0;
    sum->size = u128_add(sum->size, addr_distance(&r->first, &r->last));
    sum->used = u128_add(sum->used, view_used(sum->v, r->space, &r->first, &r->last));
    return 0;
}

static struct ipam_u128 used_in(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    struct ipam_addr first, last;
    prefix_first(p, &first);
    prefix_last(p, &last);
    return view_used(v, space, &first, &last);
}

static int64_t subnet_at(const struct view *v, int64_t space, const struct ipam_addr *a)
{
    struct ipam_prefix host = { *a, (uint8_t)addr_bits(a->family) };
    return view_enclosing(v, IPAM_T_SUBNET, space, &host, false);
}

#define SET_USE(r, T, size_value, used_value)                                                              \
    do {                                                                                                   \
        RECORD_SET(r, IPAM_##T##_SIZE, size_, size_value);                                                 \
        RECORD_SET(r, IPAM_##T##_USED, used, used_value);                                                  \
        RECORD_SET(r, IPAM_##T##_UTILIZATION, utilization, u128_percent((r)->used, (r)->size_));           \
    } while (0)

static void derive_scope(const struct view *v, struct ipam_scope *s)
{
    struct pool_sum sum = { v, s->id, u128_from(0), u128_from(0) };
    struct ipam_addr first, last;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    view_ranges(v, s->space, &first, &last, add_pool, &sum);
    SET_USE(s, SCOPE, sum.size, sum.used);
    int64_t subnet = view_by_prefix(v, IPAM_T_SUBNET, s->space, &s->prefix);
    if (subnet != 0)
        RECORD_SET(s, IPAM_SCOPE_SUBNET, subnet, subnet);
}

void rule_derive(const struct view *v, void *rec)
{
    int64_t parent;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_BLOCK: {
        struct ipam_block *b = rec;
        if ((parent = view_enclosing(v, IPAM_T_BLOCK, b->space, &b->prefix, true)) != 0)
            RECORD_SET(b, IPAM_BLOCK_PARENT, parent, parent);
        SET_USE(b, BLOCK, prefix_size(&b->prefix), used_in(v, b->space, &b->prefix));
        break;
    }
    case IPAM_T_SUBNET: {
        struct ipam_subnet *s = rec;
        if ((parent = view_enclosing(v, IPAM_T_BLOCK, s->space, &s->prefix, false)) != 0)
            RECORD_SET(s, IPAM_SUBNET_PARENT, parent, parent);
        SET_USE(s, SUBNET, prefix_size(&s->prefix), used_in(v, s->space, &s->prefix));
        break;
    }
    case IPAM_T_RANGE: {
        struct ipam_range *r = rec;
        if ((parent = subnet_at(v, r->space, &r->first)) != 0)
            RECORD_SET(r, IPAM_RANGE_PARENT, parent, parent);
        SET_USE(r, RANGE, addr_distance(&r->first, &r->last), view_used(v, r->space, &r->first, &r->last));
        break;
    }
    case IPAM_T_ADDRESS: {
        struct ipam_address *a = rec;
        if ((parent = subnet_at(v, a->space, &a->address)) != 0)
            RECORD_SET(a, IPAM_ADDRESS_PARENT, parent, parent);
        break;
    }
    case IPAM_T_SCOPE:
        derive_scope(v, rec);
        break;
    default:
        break;
    }
}

/* derive.c - values that are computed on read: parents, sizes, utilisation.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/classes.h"
#include "model/overlap.h"
#include "model/rules_p.h"
#include "net/u128.h"

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

int64_t rule_subnet_around(const struct view *v, int64_t space, const struct ipam_addr *first,
                           const struct ipam_addr *last)
{
    struct ipam_prefix span;
    prefix_span(first, last, &span);
    return view_enclosing(v, IPAM_T_SUBNET, space, &span, false);
}

#define SET_USE(r, T, size_value, used_value)                                                                \
    do {                                                                                                     \
        RECORD_SET(r, IPAM_##T##_SIZE, size_, size_value);                                                   \
        RECORD_SET(r, IPAM_##T##_USED, used, used_value);                                                    \
        RECORD_SET(r, IPAM_##T##_UTILIZATION, utilization, u128_percent((r)->used, (r)->size_));             \
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
    if (s->size_.hi != 0 || s->size_.lo != 0) /* without pools it is neither full nor empty */
        derive_level(v, s);
}

/* Prefixes that are delegated are no addresses of the subnet: they are counted as what they are. */
static struct ipam_u128 delegated_prefixes(const struct ipam_pool *p)
{
    unsigned host_bits = (unsigned)(addr_bits(p->first.family) - p->delegated_length);
    return u128_make(u128_value(addr_distance(&p->first, &p->last)) >> host_bits);
}

static void derive_pool(const struct view *v, struct ipam_pool *p)
{
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, p->server);
    if (server == NULL)
        return;
    if (!record_has(p, IPAM_POOL_DELEGATED_LENGTH))
        SET_USE(p, POOL, addr_distance(&p->first, &p->last),
                view_used(v, server->space, &p->first, &p->last));
    else if (p->delegated_length > 0 && p->delegated_length <= addr_bits(p->first.family))
        RECORD_SET(p, IPAM_POOL_SIZE, size_, delegated_prefixes(p));
}

static void derive_server(struct ipam_server *s)
{
    if (record_has(s, IPAM_SERVER_WATCHED) && s->watched > 0)
        RECORD_SET(s, IPAM_SERVER_AVAILABILITY, availability,
                   u128_percent(u128_from((uint64_t)s->available), u128_from((uint64_t)s->watched)));
}

/* The scope whose path is what stands before the last slash. */
static void derive_parent_scope(const struct view *v, struct ipam_access_scope *s)
{
    size_t len = s->path.len;
    while (len > 0 && s->path.data[len - 1] != '/')
        len--;
    int64_t parent =
        len > 1 ? view_by_name(v, IPAM_T_ACCESS_SCOPE, (struct ipam_str){ s->path.data, len - 1 }) : 0;
    if (parent != 0)
        RECORD_SET(s, IPAM_ACCESS_SCOPE_PARENT, parent, parent);
}

static void derive_space(const struct view *v, struct ipam_space *s)
{
    const struct ipam_prefix all4 = { .addr = { .family = 4 } }, all6 = { .addr = { .family = 6 } };
    RECORD_SET(s, IPAM_SPACE_USED4, used4, used_in(v, s->id, &all4));
    RECORD_SET(s, IPAM_SPACE_USED6, used6, used_in(v, s->id, &all6));
}

static void derive_nesting(const struct view *v, struct ipam_subnet *s)
{
    bool counts;
    uint32_t overlap = overlap_of_subnet(v, s, &counts);
    RECORD_SET(s, IPAM_SUBNET_OVERLAP, overlap, overlap);
    RECORD_SET(s, IPAM_SUBNET_COUNTED, counted, counts);
}

static void derive_overlap(const struct view *v, struct ipam_range *r)
{
    uint32_t overlap = overlap_of_range(v, r);
    bool counts = true;
    if (overlap != IPAM_RANGE_OVERLAP_NONE) {
        struct overlaps o;
        overlaps_begin(&o, v);
        counts = overlaps_counts(&o, r);
        overlaps_end(&o);
    }
    RECORD_SET(r, IPAM_RANGE_OVERLAP, overlap, overlap);
    RECORD_SET(r, IPAM_RANGE_COUNTED, counted, counts);
}

void rule_derive(const struct view *v, void *rec)
{
    int64_t parent = 0;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SPACE: derive_space(v, rec); break;
    case IPAM_T_BLOCK: {
        struct ipam_block *b = rec;
        if ((parent = view_enclosing(v, IPAM_T_BLOCK, b->space, &b->prefix, true)) != 0)
            RECORD_SET(b, IPAM_BLOCK_PARENT, parent, parent);
        RECORD_SET(b, IPAM_BLOCK_CATEGORY, category, class_category(&b->prefix));
        SET_USE(b, BLOCK, prefix_size(&b->prefix), used_in(v, b->space, &b->prefix));
        derive_level(v, b);
        break;
    }
    case IPAM_T_SUBNET: {
        struct ipam_subnet *s = rec;
        if ((parent = view_enclosing(v, IPAM_T_BLOCK, s->space, &s->prefix, false)) != 0)
            RECORD_SET(s, IPAM_SUBNET_PARENT, parent, parent);
        SET_USE(s, SUBNET, prefix_size(&s->prefix), used_in(v, s->space, &s->prefix));
        derive_level(v, s);
        derive_nesting(v, s);
        break;
    }
    case IPAM_T_RANGE: {
        struct ipam_range *r = rec;
        if ((parent = rule_subnet_around(v, r->space, &r->first, &r->last)) != 0)
            RECORD_SET(r, IPAM_RANGE_PARENT, parent, parent);
        SET_USE(r, RANGE, addr_distance(&r->first, &r->last), view_used(v, r->space, &r->first, &r->last));
        derive_level(v, r);
        derive_overlap(v, r);
        break;
    }
    case IPAM_T_ADDRESS: {
        struct ipam_address *a = rec;
        if ((parent = rule_subnet_around(v, a->space, &a->address, &a->address)) != 0)
            RECORD_SET(a, IPAM_ADDRESS_PARENT, parent, parent);
        break;
    }
    case IPAM_T_QUARANTINE: {
        struct ipam_quarantine *q = rec;
        if ((parent = rule_subnet_around(v, q->space, &q->address, &q->address)) != 0)
            RECORD_SET(q, IPAM_QUARANTINE_PARENT, parent, parent);
        break;
    }
    case IPAM_T_SCOPE: derive_scope(v, rec); break;
    case IPAM_T_POOL: derive_pool(v, rec); break;
    case IPAM_T_ADDRESS_POOL: derive_pool_use(v, rec); break;
    case IPAM_T_VLAN_GROUP: derive_vlan_group(v, rec); break;
    case IPAM_T_SERVER: derive_server(rec); break;
    case IPAM_T_ACCESS_SCOPE: derive_parent_scope(v, rec); break;
    case IPAM_T_ROLE: /* those that are stored */
        RECORD_SET((struct ipam_role *)rec, IPAM_ROLE_KIND, kind, IPAM_ROLE_KIND_CUSTOM);
        break;
    default: break;
    }
    derive_access_scope(v, rec, parent);
}

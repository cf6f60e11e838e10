/* rules_pool.c - pools: which members they may have, and what these are together.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A member is kept as TYPE ID: its prefix or addresses may change, its id stays. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/pool.h"
#include "model/rules_p.h"
#include "net/u128.h"

#define KEY_MOST 128 /* bytes of a member as a client writes it */

static const uint32_t types[] = { IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_BLOCK };
#define TYPES (sizeof(types) / sizeof(types[0]))

/* --- members as they are written --- */

/* A number that is an id; 0: it is none. */
static int64_t id_of(struct ipam_str text)
{
    int64_t id = 0;
    if (text.len == 0 || text.len > 16)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        id = id * 10 + (text.data[i] - '0');
    }
    return id;
}

/* Takes the type off the front of "TYPE KEY"; 0 where there is only a key. */
static uint32_t take_type(struct ipam_str *text)
{
    for (size_t i = 0; i < TYPES; i++) {
        const char *name = record_type(types[i])->name;
        size_t len = strlen(name);
        if (text->len <= len + 1 || memcmp(text->data, name, len) != 0 || text->data[len] != ' ')
            continue;
        text->data += len + 1;
        text->len -= len + 1;
        return types[i];
    }
    return 0;
}

bool pool_member_parse(struct ipam_str text, struct pool_member *ret)
{
    ret->type = take_type(&text);
    ret->id = ret->type != 0 ? id_of(text) : 0;
    return ret->id != 0;
}

static int64_t space_of(const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    return *(const int64_t *)(const void *)((const char *)row + record_field(t, IPAM_STR("space"))->offset);
}

static const void *row_in(const struct view *v, int64_t space, const struct pool_member *m)
{
    const void *row = view_get(v, m->type, m->id);
    return row != NULL && space_of(row) == space ? row : NULL;
}

const void *pool_member_row(const struct view *v, const struct ipam_address_pool *pool,
                            const struct pool_member *m)
{
    return row_in(v, pool->space, m);
}

void pool_member_print(const struct view *v, const struct pool_member *m, struct strbuf *out)
{
    const struct ipam_range *r = view_get(v, m->type, m->id);
    char last[ADDR_TEXT_MAX];
    strbuf_printf(out, "%s ", record_type(m->type)->name);
    if (r == NULL) {
        strbuf_printf(out, "%" PRId64, m->id);
        return;
    }
    record_key_print(r, out);
    if (r->type != IPAM_T_RANGE)
        return;
    addr_print(&r->last, last);
    strbuf_printf(out, "-%s", last);
}

struct range_search {
    struct ipam_addr first, last; /* last of family 0: any */
    int64_t found;
    unsigned count;
};

static int find_range(void *user, const struct ipam_range *r)
{
    struct range_search *s = user;
    if (!addr_equal(&r->first, &s->first) || (s->last.family != 0 && !addr_equal(&r->last, &s->last)))
        return 0;
    s->found = r->id;
    s->count++;
    return 0;
}

/* FIRST or FIRST-LAST; of several that begin there none is meant. */
static int64_t range_of(const struct view *v, int64_t space, struct ipam_str key)
{
    struct range_search s = { .count = 0 };
    const char *dash = memchr(key.data, '-', key.len);
    size_t len = dash != NULL ? (size_t)(dash - key.data) : key.len;
    if (addr_parse(key.data, len, &s.first) != 0 ||
        (dash != NULL && addr_parse(dash + 1, key.len - len - 1, &s.last) != 0))
        return 0;
    view_ranges(v, space, &s.first, &s.first, find_range, &s);
    return s.count == 1 ? s.found : 0;
}

/* 10.1.2.0/24, or 10.1.2.0_24 as it stands in a path. */
static bool prefix_of(struct ipam_str key, struct ipam_prefix *ret)
{
    char text[KEY_MOST];
    if (key.len >= sizeof(text))
        return false;
    memcpy(text, key.data, key.len);
    for (size_t i = 0; i < key.len; i++)
        if (text[i] == '_')
            text[i] = '/';
    return prefix_parse(text, key.len, ret) == 0;
}

bool pool_member_find(const struct view *v, int64_t space, struct ipam_str text, struct pool_member *ret)
{
    struct ipam_prefix prefix;
    uint32_t type = take_type(&text);
    *ret = (struct pool_member){ type, type != 0 ? id_of(text) : 0 };
    if (ret->id != 0)
        return row_in(v, space, ret) != NULL;
    if (prefix_of(text, &prefix)) {
        for (size_t i = 0; i < TYPES && ret->id == 0; i++)
            if (types[i] != IPAM_T_RANGE && (type == 0 || type == types[i]))
                *ret = (struct pool_member){ types[i], view_by_prefix(v, types[i], space, &prefix) };
    } else if (type == 0 || type == IPAM_T_RANGE) {
        *ret = (struct pool_member){ IPAM_T_RANGE, range_of(v, space, text) };
    }
    return ret->id != 0;
}

/* --- what a pool may be --- */

int pool_no_member(size_t place, struct problem *p)
{
    problem_hint(p, "give subnet PREFIX, range FIRST-LAST or block PREFIX, or the id in place of the key");
    return problem_set(
        p, PROBLEM_INVALID,
        "members: what the list has at place %zu is no subnet, range or block in the space of the pool",
        place + 1);
}

static uint8_t family_of(const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_SUBNET: return ((const struct ipam_subnet *)row)->prefix.addr.family;
    case IPAM_T_BLOCK: return ((const struct ipam_block *)row)->prefix.addr.family;
    default: return ((const struct ipam_range *)row)->first.family;
    }
}

static int unlike(const struct view *v, const struct pool_member *m, const char *why, struct problem *p)
{
    struct strbuf text;
    strbuf_init(&text, 1024);
    pool_member_print(v, m, &text);
    problem_about(p, m->type, m->id);
    problem_hint(p, "make a pool of its own for what is different");
    problem_set(p, PROBLEM_INVALID, "members: " STR_FMT " %s", STR_ARG(strbuf_str(&text)), why);
    strbuf_fini(&text);
    return IPAM_E_INVAL;
}

/* A pool hands out addresses of one family, or subnets of one family: its first member says which. */
static int members_check(const struct view *v, struct ipam_address_pool *pool, struct arena *a,
                         struct problem *p)
{
    struct pool_member m, first = { 0, 0 };
    struct ipam_str *items = arena_alloc(a, (pool->members.count + 1) * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0); /* the arena has no limit */
    if (pool->members.count == 0) {
        problem_hint(p, "give at least one subnet, range or block");
        return problem_set(p, PROBLEM_INVALID, "members: a pool without a member hands out nothing");
    }
    for (size_t i = 0; i < pool->members.count; i++) {
        if (!pool_member_find(v, pool->space, pool->members.items[i], &m))
            return pool_no_member(i, p);
        if (i == 0)
            first = m;
        items[i] = str_from(arena_printf(a, "%s %" PRId64, record_type(m.type)->name, m.id));
        for (size_t k = 0; k < i; k++)
            if (str_equal(items[k], items[i]))
                return unlike(v, &m, "is given twice", p);
        if ((m.type == IPAM_T_BLOCK) != (first.type == IPAM_T_BLOCK))
            return unlike(v, &m,
                          m.type == IPAM_T_BLOCK ? "hands out subnets, the first member addresses"
                                                 : "hands out addresses, the first member subnets",
                          p);
        if (family_of(view_get(v, m.type, m.id)) != family_of(view_get(v, first.type, first.id)))
            return unlike(v, &m, "is of the other family than the first member", p);
    }
    pool->members.items = items;
    return 0;
}

static int name_check(const struct view *v, const struct ipam_address_pool *pool, struct problem *p)
{
    if (name_is_no_id(pool->name, p) != 0)
        return IPAM_E_INVAL;
    int64_t twin = view_by_name(v, IPAM_T_ADDRESS_POOL, pool->name);
    if (twin == 0 || twin == pool->id)
        return 0;
    problem_about(p, IPAM_T_ADDRESS_POOL, twin);
    problem_hint(p, "use the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "pool \"" STR_FMT "\" exists already (id %lld)",
                       STR_ARG(pool->name), (long long)twin);
}

int pool_check(const struct view *v, struct ipam_address_pool *pool, struct arena *a, struct problem *p)
{
    return name_check(v, pool, p) != 0 ? IPAM_E_INVAL : members_check(v, pool, a, p);
}

int pool_create(struct draft *d, struct ipam_address_pool *pool, struct problem *p)
{
    if (space_check(draft_view(d), pool->space, p) == 0 ||
        pool_check(draft_view(d), pool, draft_arena(d), p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, pool);
    return 0;
}

/* --- members that would go --- */

struct holder {
    struct ipam_str member;
    const struct ipam_address_pool *found;
};

static int find_holder(void *user, const void *row)
{
    struct holder *h = user;
    const struct ipam_address_pool *pool = row;
    for (size_t i = 0; i < pool->members.count && h->found == NULL; i++)
        if (str_equal(pool->members.items[i], h->member))
            h->found = pool;
    return h->found != NULL;
}

int pool_lets_go(const struct view *v, const void *row, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    char text[64];
    struct strbuf name;
    struct pool_member m = { t->type, *(const int64_t *)((const char *)row + t->fields[0].offset) };
    if (t->type != IPAM_T_SUBNET && t->type != IPAM_T_RANGE && t->type != IPAM_T_BLOCK)
        return 0;
    snprintf(text, sizeof(text), "%s %" PRId64, t->name, m.id);
    struct holder h = { str_from(text), NULL };
    view_each(v, IPAM_T_ADDRESS_POOL, find_holder, &h);
    if (h.found == NULL)
        return 0;
    strbuf_init(&name, 1024);
    pool_member_print(v, &m, &name);
    problem_about(p, IPAM_T_ADDRESS_POOL, h.found->id);
    problem_hint(p, "take it out of the pool first: PATCH /api/v1/ipam/pools/%lld", (long long)h.found->id);
    problem_set(p, PROBLEM_IN_USE, STR_FMT " is a member of the pool \"" STR_FMT "\"",
                STR_ARG(strbuf_str(&name)), STR_ARG(h.found->name));
    strbuf_fini(&name);
    return IPAM_E_INVAL;
}

/* --- derived --- */

struct run {
    struct ipam_addr first, last;
};

static void run_of(const void *row, struct run *ret)
{
    const struct ipam_range *r = row;
    if (r->type == IPAM_T_RANGE) {
        *ret = (struct run){ r->first, r->last };
        return;
    }
    const struct ipam_prefix *p = r->type == IPAM_T_SUBNET ? &((const struct ipam_subnet *)row)->prefix
                                                           : &((const struct ipam_block *)row)->prefix;
    prefix_first(p, &ret->first);
    prefix_last(p, &ret->last);
}

static int by_first(const void *a, const void *b)
{
    return addr_compare(&((const struct run *)a)->first, &((const struct run *)b)->first);
}

/* Members may overlap: what several have counts once. */
void derive_pool_use(const struct view *v, struct ipam_address_pool *pool)
{
    struct run *runs = xcalloc(pool->members.count + 1, sizeof(*runs));
    struct ipam_u128 size = u128_from(0), used = u128_from(0);
    size_t count = 0;
    for (size_t i = 0; i < pool->members.count; i++) {
        struct pool_member m;
        const void *row = pool_member_parse(pool->members.items[i], &m) ? pool_member_row(v, pool, &m) : NULL;
        if (row != NULL)
            run_of(row, &runs[count++]);
    }
    qsort(runs, count, sizeof(*runs), by_first);
    for (size_t i = 0; i < count;) {
        struct run open = runs[i++];
        for (; i < count && addr_compare(&runs[i].first, &open.last) <= 0; i++)
            if (addr_compare(&runs[i].last, &open.last) > 0)
                open.last = runs[i].last;
        size = u128_add(size, addr_distance(&open.first, &open.last));
        used = u128_add(used, view_used(v, pool->space, &open.first, &open.last));
    }
    free(runs);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_SIZE, size_, size);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_USED, used, used);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_UTILIZATION, utilization, u128_percent(used, size));
}

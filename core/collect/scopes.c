/* scopes.c - scopes with their subnets and ranges, drafted as they were read, and drafted away.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All of them are resident, so everything is decided on the view inside the gate. */
#include <stdlib.h>

#include "collect/collect_p.h"

/* --- ranges --- */

struct range_match {
    int64_t scope;
    const struct ipam_pool *pool;
};

static int match_range(void *user, const struct ipam_range *r)
{
    const struct range_match *m = user;
    return record_has(r, IPAM_RANGE_SCOPE) && r->scope == m->scope &&
           addr_equal(&r->first, &m->pool->first) && addr_equal(&r->last, &m->pool->last);
}

static void put_range(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope,
                      const struct ipam_pool *pool)
{
    struct range_match m = { scope->id, pool };
    if (view_ranges(draft_view(d), scope->space, &pool->first, &pool->last, match_range, &m) != 0)
        return;
    struct ipam_range r;
    record_init(&r, IPAM_T_RANGE);
    RECORD_SET(&r, IPAM_RANGE_SPACE, space, scope->space);
    RECORD_SET(&r, IPAM_RANGE_FIRST, first, pool->first);
    RECORD_SET(&r, IPAM_RANGE_LAST, last, pool->last);
    RECORD_SET(&r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(&r, IPAM_RANGE_MANAGED_BY, managed_by, server->driver);
    RECORD_SET(&r, IPAM_RANGE_INSTANCE, instance, server->name);
    RECORD_SET(&r, IPAM_RANGE_SCOPE, scope, scope->id);
    draft_put(d, &r);
}

/* Ranges of the scope that no pool has any more. */
struct stale_ranges {
    int64_t scope;
    const struct list *pools;
    struct list found;
};

static int find_stale(void *user, const struct ipam_range *r)
{
    struct stale_ranges *s = user;
    if (!record_has(r, IPAM_RANGE_SCOPE) || r->scope != s->scope)
        return 0;
    for (size_t i = 0; i < s->pools->count; i++) {
        const struct ipam_pool *p = s->pools->items[i];
        if (addr_equal(&p->first, &r->first) && addr_equal(&p->last, &r->last))
            return 0;
    }
    list_add(&s->found, (void *)r);
    return 0;
}

static void drop_stale_ranges(struct draft *d, const struct ipam_scope *scope, const struct list *pools)
{
    struct stale_ranges s = { scope->id, pools, { 0 } };
    struct ipam_addr first, last;
    prefix_first(&scope->prefix, &first);
    prefix_last(&scope->prefix, &last);
    view_ranges(draft_view(d), scope->space, &first, &last, find_stale, &s);
    for (size_t i = 0; i < s.found.count; i++)
        draft_delete(d, s.found.items[i]);
    list_fini(&s.found);
}

/* --- subnets --- */

static void put_subnet(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope)
{
    if (view_by_prefix(draft_view(d), IPAM_T_SUBNET, scope->space, &scope->prefix) != 0)
        return; /* the plan has it, or another server brought it */
    struct ipam_subnet s;
    record_init(&s, IPAM_T_SUBNET);
    RECORD_SET(&s, IPAM_SUBNET_SPACE, space, scope->space);
    RECORD_SET(&s, IPAM_SUBNET_PREFIX, prefix, scope->prefix);
    if (record_has(scope, IPAM_SCOPE_NAME))
        RECORD_SET(&s, IPAM_SUBNET_NAME, name, scope->name);
    RECORD_SET(&s, IPAM_SUBNET_MANAGED_BY, managed_by, server->driver);
    RECORD_SET(&s, IPAM_SUBNET_INSTANCE, instance, server->name);
    draft_put(d, &s);
}

struct heir_search {
    const struct ipam_scope *gone, *found;
};

static int find_heir(void *user, const struct ipam_scope *s)
{
    struct heir_search *h = user;
    if (s->id == h->gone->id || !prefix_equal(&s->prefix, &h->gone->prefix))
        return 0;
    h->found = s;
    return 1;
}

/* The subnet a server brought goes with its scope, or to the server of another scope of that prefix. */
static void leave_subnet(struct draft *d, const struct ipam_server *server, const struct ipam_scope *gone)
{
    const struct view *v = draft_view(d);
    const struct ipam_subnet *subnet =
        view_get(v, IPAM_T_SUBNET, view_by_prefix(v, IPAM_T_SUBNET, gone->space, &gone->prefix));
    struct heir_search h = { gone, NULL };
    struct ipam_addr first;
    if (subnet == NULL || !str_equal(subnet->managed_by, server->driver) ||
        !str_equal(subnet->instance, server->name))
        return;
    prefix_first(&gone->prefix, &first);
    view_scopes_at(v, gone->space, &first, find_heir, &h);
    const struct ipam_server *heir = h.found != NULL ? view_get(v, IPAM_T_SERVER, h.found->server) : NULL;
    if (heir == NULL) {
        draft_delete(d, subnet);
        return;
    }
    struct ipam_subnet s = *subnet;
    RECORD_SET(&s, IPAM_SUBNET_MANAGED_BY, managed_by, heir->driver);
    RECORD_SET(&s, IPAM_SUBNET_INSTANCE, instance, heir->name);
    draft_replace(d, subnet, &s);
}

/* --- scopes --- */

static void drop_scope(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope)
{
    static const struct list none = { 0 };
    drop_stale_ranges(d, scope, &none);
    leave_subnet(d, server, scope);
    draft_delete(d, scope);
}

static void draft_put_scope(struct draft *d, const struct ipam_server *server, void *items, size_t i)
{
    const struct seen_scope *seen = ((struct seen_scope **)items)[i];
    struct ipam_scope scope = *seen->scope;
    const struct ipam_scope *before =
        seen->before != 0 ? view_get(draft_view(d), IPAM_T_SCOPE, seen->before) : NULL;
    RECORD_SET(&scope, IPAM_SCOPE_SERVER, server, server->id);
    RECORD_SET(&scope, IPAM_SCOPE_SPACE, space, server->space);
    if (before != NULL && !prefix_equal(&before->prefix, &scope.prefix)) {
        drop_scope(d, server, before); /* the identifier was given to another prefix: another scope */
        if (seen->former != NULL)
            rule_drift(d, server, seen->former, before, NULL);
        before = NULL;
    }
    if (before != NULL && record_has(before, IPAM_SCOPE_ACCESS_SCOPE)) /* no server says it: it stays */
        RECORD_SET(&scope, IPAM_SCOPE_ACCESS_SCOPE, access_scope, before->access_scope);
    if (before != NULL && !record_has(&scope, IPAM_SCOPE_FAILOVER_SYNC) &&
        record_has(before, IPAM_SCOPE_FAILOVER_SYNC)) /* plans know it */
        RECORD_SET(&scope, IPAM_SCOPE_FAILOVER_SYNC, failover_sync, before->failover_sync);
    if (before == NULL && seen->seen != NULL && rule_drift_comes_back(d, seen->seen, &scope))
        draft_restore(d, &scope);
    else
        draft_replace(d, before, &scope);
    if (seen->seen != NULL)
        rule_drift(d, server, seen->seen, before, &scope);
    put_subnet(d, server, &scope);
    if (before != NULL)
        drop_stale_ranges(d, &scope, &seen->pools);
    for (size_t k = 0; k < seen->pools.count; k++)
        put_range(d, server, &scope, seen->pools.items[k]);
}

static size_t put_rows(const void *items, size_t i)
{
    return ((struct seen_scope *const *)items)[i]->rows;
}

static void put_needs(struct needs *n, const struct view *v, const void *items, size_t i)
{
    const struct seen_scope *seen = ((struct seen_scope *const *)items)[i];
    (void)v;
    drifts_need(n, seen->seen);
    drifts_need(n, seen->former);
}

const struct handed collect_put_scopes = { .rows = put_rows, .draft = draft_put_scope, .needs = put_needs };

static void draft_drop_scope(struct draft *d, const struct ipam_server *server, void *items, size_t i)
{
    const struct gone_scope *gone = (struct gone_scope *)items + i;
    const struct ipam_scope *scope = view_get(draft_view(d), IPAM_T_SCOPE, gone->id);
    if (scope == NULL)
        return;
    drop_scope(d, server, scope);
    if (gone->seen != NULL)
        rule_drift(d, server, gone->seen, scope, NULL);
}

static size_t drop_rows(const void *items, size_t i)
{
    return ((const struct gone_scope *)items)[i].rows;
}

static void drop_needs(struct needs *n, const struct view *v, const void *items, size_t i)
{
    (void)v;
    drifts_need(n, ((const struct gone_scope *)items)[i].seen);
}

const struct handed collect_drop_scopes = { .rows = drop_rows,
                                            .draft = draft_drop_scope,
                                            .needs = drop_needs };

void gone_add(struct gone_scopes *g, const struct state *s, const struct ipam_scope *scope)
{
    if (g->count == g->cap) {
        g->cap = g->cap != 0 ? g->cap * 2 : 64;
        g->items = xrealloc(g->items, g->cap * sizeof(g->items[0]));
    }
    g->items[g->count++] = (struct gone_scope){ .id = scope->id, .rows = scope_rows(s, scope) };
}

/* --- what stands on a server --- */

struct range_count {
    int64_t scope;
    size_t count;
};

static int count_range(void *user, const struct ipam_range *r)
{
    struct range_count *n = user;
    n->count += record_has(r, IPAM_RANGE_SCOPE) && r->scope == n->scope;
    return 0;
}

size_t scope_rows(const struct state *s, const struct ipam_scope *scope)
{
    struct range_count n = { scope->id, 2 };
    struct ipam_addr first, last;
    prefix_first(&scope->prefix, &first);
    prefix_last(&scope->prefix, &last);
    view_ranges(state_view(s), scope->space, &first, &last, count_range, &n);
    return n.count;
}

void scope_map_init(struct smap *m, const struct state *s, int64_t server)
{
    smap_init(m);
    for (const struct ipam_scope *sc = state_next_of(s, IPAM_T_SCOPE, server, 0); sc != NULL;
         sc = state_next_of(s, IPAM_T_SCOPE, server, sc->id))
        smap_put(m, sc->native.data, sc->native.len, (void *)(intptr_t)sc->id);
}

void zone_map_init(struct smap *m, const struct state *s, int64_t server)
{
    smap_init(m);
    for (const struct ipam_zone *z = state_next_of(s, IPAM_T_ZONE, server, 0); z != NULL;
         z = state_next_of(s, IPAM_T_ZONE, server, z->id))
        smap_put(m, z->native.data, z->native.len, (void *)(intptr_t)z->id);
}

int64_t part_map_get(const struct smap *m, struct ipam_str native)
{
    return native.len != 0 ? (int64_t)(intptr_t)smap_get(m, native.data, native.len) : 0;
}

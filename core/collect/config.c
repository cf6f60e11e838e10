/* config.c - a server's configuration as read, turned into scopes, subnets, ranges and reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

#define CONFIG_TIMEOUT_MS 120000
#define SCOPES_PER_INTENT 500   /* with its subnet and ranges a scope is some four rows */

/* Reading: rows are gathered; once the provider says they are complete, scopes are handed in, then reservations. */
struct observation {
    struct collect *c;
    struct instance *inst;
    int64_t server;
    char only[72];              /* one scope's native identifier, or "" */
    struct arena arena;
    struct list scopes;         /* struct seen_scope */
    struct list reservations, stored;
    struct smap natives;        /* native -> scope id, as in the state */
    struct smap seen;           /* native -> struct seen_scope */
    struct differences diff;
    size_t pieces;
    int status;
    char message[512];
    collect_done done;
    void *user;
    struct request **current, *own_current;
};

/* A scope as it was read, with its pools. */
struct seen_scope {
    struct ipam_scope *scope;
    struct list pools;
};

struct scopes_intent {
    struct intent intent;       /* first: cast back */
    struct observation *o;
    size_t from, to;
    bool gone;                  /* removes what was not seen */
};

static void finish(struct observation *o, int status, const char *message)
{
    o->done(o->user, status, message);
    for (size_t i = 0; i < o->scopes.count; i++)
        list_fini(&((struct seen_scope *)o->scopes.items[i])->pools);
    list_fini(&o->scopes);
    list_fini(&o->reservations);
    list_fini(&o->stored);
    smap_fini(&o->natives);
    smap_fini(&o->seen);
    free(o->diff.items);
    arena_fini(&o->arena);
    free(o);
}

/* --- scopes, subnets, ranges: decided on the view, since all of them are resident --- */

struct range_match {
    int64_t scope;
    struct ipam_addr first, last;
    const struct ipam_range *found;
};

static int match_range(void *user, const struct ipam_range *r)
{
    struct range_match *m = user;
    if (!record_has(r, IPAM_RANGE_SCOPE) || r->scope != m->scope || !addr_equal(&r->first, &m->first) || !addr_equal(&r->last, &m->last))
        return 0;
    m->found = r;
    return 1;
}

static void put_range(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope, const struct ipam_pool *pool)
{
    struct range_match m = { scope->id, pool->first, pool->last, NULL };
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

static int other_scope(void *user, const struct ipam_scope *s)
{
    const struct ipam_scope *gone = user;
    return s->id != gone->id && prefix_equal(&s->prefix, &gone->prefix);
}

void collect_drop_scope(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope)
{
    static const struct list none = { 0 };
    const struct view *v = draft_view(d);
    struct ipam_addr first;
    prefix_first(&scope->prefix, &first);
    drop_stale_ranges(d, scope, &none);
    const struct ipam_subnet *subnet = view_get(v, IPAM_T_SUBNET, view_by_prefix(v, IPAM_T_SUBNET, scope->space, &scope->prefix));
    bool ours = subnet != NULL && str_equal(subnet->managed_by, server->driver) && str_equal(subnet->instance, server->name);
    if (ours && view_scopes_at(v, scope->space, &first, other_scope, (void *)scope) == 0)
        draft_delete(d, subnet);
    draft_delete(d, scope);
}

static void put_scope(struct draft *d, const struct observation *o, const struct ipam_server *server, const struct seen_scope *seen)
{
    struct ipam_scope scope = *seen->scope;
    const struct ipam_scope *before = view_get(draft_view(d), IPAM_T_SCOPE, scope_map_get(&o->natives, scope.native));
    RECORD_SET(&scope, IPAM_SCOPE_SERVER, server, server->id);
    RECORD_SET(&scope, IPAM_SCOPE_SPACE, space, server->space);
    if (before != NULL && !prefix_equal(&before->prefix, &scope.prefix)) {
        collect_drop_scope(d, server, before); /* the identifier was given to another prefix: another scope */
        before = NULL;
    }
    draft_replace(d, before, &scope);
    put_subnet(d, server, &scope);
    for (size_t i = 0; i < seen->pools.count; i++)
        put_range(d, server, &scope, seen->pools.items[i]);
    if (before != NULL)
        drop_stale_ranges(d, &scope, &seen->pools);
}

static void drop_unseen(struct draft *d, const struct observation *o, const struct ipam_server *server)
{
    const struct state *s = o->c->at.state;
    for (const struct ipam_scope *sc = state_next(s, IPAM_T_SCOPE, 0); sc != NULL; sc = state_next(s, IPAM_T_SCOPE, sc->id)) {
        if (sc->server != o->server || smap_get(&o->seen, sc->native.data, sc->native.len) != NULL)
            continue;
        if (o->only[0] == '\0' || str_is(sc->native, o->only))
            collect_drop_scope(d, server, sc);
    }
}

static int decide_scopes(struct intent *in, struct draft *d)
{
    struct scopes_intent *si = (struct scopes_intent *)in;
    const struct observation *o = si->o;
    const struct ipam_server *server = view_get(draft_view(d), IPAM_T_SERVER, o->server);
    if (server == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile", (long long)o->server);
    if (si->gone) {
        drop_unseen(d, o, server);
        return 0;
    }
    for (size_t i = si->from; i < si->to; i++)
        put_scope(d, o, server, o->scopes.items[i]);
    return 0;
}

/* --- reservations: compared with what is stored, outside the gate --- */

static void reservation_key(const struct ipam_reservation *r, struct strbuf *b)
{
    strbuf_reset(b);
    strbuf_addstr(b, r->native_scope);
    strbuf_putc(b, '\0');
    strbuf_putc(b, (char)r->identifier_type);
    strbuf_add(b, r->identifier.data, r->identifier.len);
}

static void on_reservations_in(void *user, int status, const char *message)
{
    finish(user, status, message);
}

static void compare_reservations(struct observation *o)
{
    struct smap stored;
    struct strbuf key;
    const struct ipam_server *server = view_get(state_view(o->c->at.state), IPAM_T_SERVER, o->server);
    if (server == NULL) {
        finish(o, IPAM_E_NOENT, "the server was deleted meanwhile");
        return;
    }
    smap_fini(&o->natives);
    scope_map_init(&o->natives, o->c->at.state, o->server);
    smap_init(&stored);
    strbuf_init(&key, 1024);
    for (size_t i = 0; i < o->stored.count; i++) {
        reservation_key(o->stored.items[i], &key);
        smap_put(&stored, key.data, key.len, o->stored.items[i]);
    }
    for (size_t i = 0; i < o->reservations.count; i++) {
        struct ipam_reservation *r = o->reservations.items[i];
        int64_t scope = scope_map_get(&o->natives, r->native_scope);
        RECORD_SET(r, IPAM_RESERVATION_SERVER, server, o->server);
        RECORD_SET(r, IPAM_RESERVATION_SPACE, space, server->space);
        if (scope != 0)
            RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, scope);
        reservation_key(r, &key);
        struct ipam_reservation *before = smap_del(&stored, key.data, key.len);
        uint64_t changed[2];
        if (before != NULL) {
            RECORD_SET(r, IPAM_RESERVATION_ID, id, before->id);
            RECORD_SET(r, IPAM_RESERVATION_REV, rev, before->rev);
        }
        if (before == NULL || record_diff(before, r, changed))
            difference_add(&o->diff, before, r);
    }
    size_t pos = 0, len;
    const void *k;
    void *gone;
    while (smap_next(&stored, &pos, &k, &len, &gone))
        difference_add(&o->diff, gone, NULL);
    smap_fini(&stored);
    strbuf_fini(&key);
    collect_hand_in(o->c, o->server, &o->diff, on_reservations_in, o);
}

static void on_stored_row(void *user, const struct record_type *t, void *rec)
{
    struct observation *o = user;
    const struct ipam_reservation *r = rec;
    (void)t;
    if (o->only[0] == '\0' || str_is(r->native_scope, o->only))
        list_add(&o->stored, record_copy(&o->arena, rec));
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    (void)answer;
    if (status != 0)
        finish(user, status, message);
    else
        compare_reservations(user);
}

static void query_stored(struct observation *o)
{
    struct ipam_reservation like;
    record_init(&like, IPAM_T_RESERVATION);
    RECORD_SET(&like, IPAM_RESERVATION_SERVER, server, o->server);
    struct store_filter f = { IPAM_RESERVATION_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_RESERVATION, .filters = &f, .filter_count = 1 };
    store_query(o->c->at.store, &q, on_stored_row, on_stored, o);
}

/* --- the course of it --- */

static void scopes_settled(struct intent *in, int status)
{
    struct scopes_intent *si = (struct scopes_intent *)in;
    struct observation *o = si->o;
    if (status != 0 && o->status == 0) {
        o->status = status;
        snprintf(o->message, sizeof(o->message), "%s", in->problem.detail);
    }
    free(si);
    if (--o->pieces > 0)
        return;
    if (o->status != 0)
        finish(o, o->status, o->message);
    else
        query_stored(o);
}

static void submit_scopes(struct observation *o, size_t from, size_t to, bool gone)
{
    struct scopes_intent *si = xcalloc(1, sizeof(*si));
    si->o = o;
    si->from = from;
    si->to = to;
    si->gone = gone;
    si->intent.operation = "inventory.server.collect";
    si->intent.actor.name = IPAM_STR(MODEL_SELF);
    si->intent.bulk = true;
    si->intent.rows = (unsigned)(to - from) * 4;
    si->intent.decide = decide_scopes;
    si->intent.settled = scopes_settled;
    o->pieces++;
    gate_submit(o->c->at.gate, &si->intent);
}

static void on_config_row(void *user, const struct ipam_record *rec)
{
    struct observation *o = user;
    void *copy = record_copy(&o->arena, rec);
    switch (rec->type) {
    case IPAM_T_SCOPE: {
        struct seen_scope *seen = arena_alloc(&o->arena, sizeof(*seen));
        seen->scope = copy;
        list_add(&o->scopes, seen);
        smap_put(&o->seen, seen->scope->native.data, seen->scope->native.len, seen);
        break;
    }
    case IPAM_T_POOL: {
        struct ipam_pool *pool = copy;
        struct seen_scope *seen = smap_get(&o->seen, pool->native_scope.data, pool->native_scope.len);
        if (seen != NULL)
            list_add(&seen->pools, pool);
        break;
    }
    case IPAM_T_RESERVATION: list_add(&o->reservations, copy); break;
    default: break; /* what a newer provider knows more */
    }
}

static void on_config_read(void *user, int status, const struct ipam_outcome *info)
{
    struct observation *o = user;
    char text[512];
    *o->current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if (status == 0 && (info->flags & IPAM_DONE_COMPLETE) == 0) {
        status = IPAM_E_PROTO;
        snprintf(text, sizeof(text), "the provider did not say that its answer is complete; nothing was recorded");
    }
    if (status != 0) {
        finish(o, status, text);
        return;
    }
    fleet_set_token(o->c->at.fleet, o->server, info->token);
    scope_map_init(&o->natives, o->c->at.state, o->server);
    for (size_t from = 0; from < o->scopes.count; from += SCOPES_PER_INTENT)
        submit_scopes(o, from, o->scopes.count - from > SCOPES_PER_INTENT ? from + SCOPES_PER_INTENT : o->scopes.count, false);
    submit_scopes(o, 0, 0, true);
}

void collect_config_read(struct collect *c, struct instance *inst, int64_t server,
                         struct ipam_str native_scope,
                         void (*done)(void *user, int status, const char *message), void *user,
                         struct request **ret_current)
{
    static const struct request_events events = { .record = on_config_row, .done = on_config_read };
    struct observation *o = xcalloc(1, sizeof(*o));
    struct ipam_dhcp_read args;
    o->c = c;
    o->inst = inst;
    o->server = server;
    o->done = done;
    o->user = user;
    snprintf(o->only, sizeof(o->only), STR_FMT, STR_ARG(native_scope));
    arena_init(&o->arena, 0);
    smap_init(&o->natives);
    smap_init(&o->seen);
    record_init(&args, IPAM_T_DHCP_READ);
    if (native_scope.len != 0)
        RECORD_SET(&args, IPAM_DHCP_READ_NATIVE_SCOPE, native_scope, native_scope);
    o->current = ret_current != NULL ? ret_current : &o->own_current;
    *o->current = dhcp_read_config(inst, &args, CONFIG_TIMEOUT_MS, &events, o);
}

/* config.c - a server's configuration: read as a whole, then recorded: scopes, what is gone, reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

#define CONFIG_TIMEOUT_MS 120000
#define NATIVE_MAX        64

/* Rows are gathered first; only when the provider says that they are all, anything is recorded. */
struct observation {
    struct collect *c;
    int64_t server;
    char only[NATIVE_MAX + 1]; /* one scope's native identifier, or "" */
    struct arena arena;
    struct list scopes; /* struct seen_scope */
    struct list reservations;
    struct smap seen; /* native -> struct seen_scope */
    struct gone_scopes gone;
    char wrong[256]; /* the first row that makes no sense, or "" */
    collect_done done;
    void *user;
    struct request **current, *own_current;
};

static void finish(void *user, int status, const char *message)
{
    struct observation *o = user;
    o->done(o->user, status, message);
    for (size_t i = 0; i < o->scopes.count; i++)
        list_fini(&((struct seen_scope *)o->scopes.items[i])->pools);
    list_fini(&o->scopes);
    list_fini(&o->reservations);
    smap_fini(&o->seen);
    free(o->gone.items);
    arena_fini(&o->arena);
    free(o);
}

/* --- recording, step by step --- */

static void on_scopes_dropped(void *user, int status, const char *message)
{
    struct observation *o = user;
    if (status != 0)
        finish(o, status, message);
    else
        collect_reservations(o->c, o->server, o->only, &o->reservations, finish, o);
}

static void on_scopes_put(void *user, int status, const char *message)
{
    struct observation *o = user;
    const struct state *s = o->c->at.state;
    if (status != 0) {
        finish(o, status, message);
        return;
    }
    for (const struct ipam_scope *sc = state_next(s, IPAM_T_SCOPE, 0); sc != NULL;
         sc = state_next(s, IPAM_T_SCOPE, sc->id)) {
        if (sc->server == o->server && smap_get(&o->seen, sc->native.data, sc->native.len) == NULL &&
            (o->only[0] == '\0' || str_is(sc->native, o->only)))
            gone_add(&o->gone, s, sc);
    }
    collect_hand_in(o->c, o->server, &collect_drop_scopes, o->gone.items, o->gone.count, on_scopes_dropped,
                    o);
}

static void put_scopes(struct observation *o)
{
    const struct state *s = o->c->at.state;
    struct smap natives;
    scope_map_init(&natives, s, o->server);
    for (size_t i = 0; i < o->scopes.count; i++) {
        struct seen_scope *seen = o->scopes.items[i];
        seen->before = scope_map_get(&natives, seen->scope->native);
        seen->rows = 2 + seen->pools.count;
        if (seen->before != 0)
            seen->rows += scope_rows(s, view_get(state_view(s), IPAM_T_SCOPE, seen->before));
    }
    smap_fini(&natives);
    collect_hand_in(o->c, o->server, &collect_put_scopes, o->scopes.items, o->scopes.count, on_scopes_put, o);
}

/* --- reading --- */

__attribute__((format(printf, 2, 3))) static void wrong(struct observation *o, const char *fmt, ...)
{
    va_list ap;
    if (o->wrong[0] != '\0')
        return;
    va_start(ap, fmt);
    vsnprintf(o->wrong, sizeof(o->wrong), fmt, ap);
    va_end(ap);
}

static bool is_prefix(const struct ipam_prefix *p)
{
    struct ipam_prefix masked = *p;
    if (addr_bits(p->addr.family) == 0 || p->length > addr_bits(p->addr.family))
        return false;
    prefix_mask(&masked);
    return prefix_equal(&masked, p);
}

static void add_scope(struct observation *o, struct ipam_scope *scope)
{
    if (scope->native.len == 0 || scope->native.len > NATIVE_MAX || !record_has(scope, IPAM_SCOPE_PREFIX) ||
        !is_prefix(&scope->prefix)) {
        wrong(o, "scope \"" STR_FMT "\" has no identifier or no prefix", STR_ARG(scope->native));
        return;
    }
    struct seen_scope *seen = arena_alloc(&o->arena, sizeof(*seen));
    seen->scope = scope;
    if (smap_get(&o->seen, scope->native.data, scope->native.len) != NULL) {
        wrong(o, "scope \"" STR_FMT "\" is there twice", STR_ARG(scope->native));
        return;
    }
    smap_put(&o->seen, scope->native.data, scope->native.len, seen);
    list_add(&o->scopes, seen);
}

static void add_pool(struct observation *o, struct ipam_pool *pool)
{
    struct seen_scope *seen = smap_get(&o->seen, pool->native_scope.data, pool->native_scope.len);
    if (seen == NULL)
        wrong(o, "a pool belongs to scope \"" STR_FMT "\", which is not there", STR_ARG(pool->native_scope));
    else if (!prefix_contains_addr(&seen->scope->prefix, &pool->first) ||
             !prefix_contains_addr(&seen->scope->prefix, &pool->last) ||
             addr_compare(&pool->first, &pool->last) > 0)
        wrong(o, "a pool of scope \"" STR_FMT "\" does not lie in it", STR_ARG(pool->native_scope));
    else
        list_add(&seen->pools, pool);
}

static void on_row(void *user, const struct ipam_record *rec)
{
    struct observation *o = user;
    switch (rec->type) {
    case IPAM_T_SCOPE: add_scope(o, record_copy(&o->arena, rec)); break;
    case IPAM_T_POOL:
        if (!record_has(rec, IPAM_POOL_DELEGATED_LENGTH)) /* of prefixes it is no range of addresses */
            add_pool(o, record_copy(&o->arena, rec));
        break;
    case IPAM_T_RESERVATION: list_add(&o->reservations, record_copy(&o->arena, rec)); break;
    default: break; /* what a newer provider knows more */
    }
}

static void on_read(void *user, int status, const struct ipam_outcome *info)
{
    struct observation *o = user;
    char text[512];
    *o->current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if (status == 0 && o->wrong[0] != '\0') {
        status = IPAM_E_PROTO;
        snprintf(text, sizeof(text), "the provider's answer makes no sense: %s; nothing was recorded",
                 o->wrong);
    } else if (status == 0 && (info->flags & IPAM_DONE_COMPLETE) == 0) {
        status = IPAM_E_PROTO;
        snprintf(text, sizeof(text),
                 "the provider did not say that its answer is complete; nothing was recorded");
    }
    if (status != 0) {
        finish(o, status, text);
        return;
    }
    fleet_set_token(o->c->at.fleet, o->server, info->token);
    put_scopes(o);
}

void collect_config_read(struct collect *c, struct instance *inst, int64_t server,
                         struct ipam_str native_scope,
                         void (*done)(void *user, int status, const char *message), void *user,
                         struct request **ret_current)
{
    static const struct request_events events = { .record = on_row, .done = on_read };
    struct observation *o = xcalloc(1, sizeof(*o));
    struct ipam_dhcp_read args;
    o->c = c;
    o->server = server;
    o->done = done;
    o->user = user;
    snprintf(o->only, sizeof(o->only), STR_FMT, STR_ARG(native_scope));
    arena_init(&o->arena, 0);
    smap_init(&o->seen);
    record_init(&args, IPAM_T_DHCP_READ);
    if (native_scope.len != 0)
        RECORD_SET(&args, IPAM_DHCP_READ_NATIVE_SCOPE, native_scope, native_scope);
    o->current = ret_current != NULL ? ret_current : &o->own_current;
    *o->current = request_start(inst, CALL_READ_CONFIG, &args, CONFIG_TIMEOUT_MS, &events, o);
}

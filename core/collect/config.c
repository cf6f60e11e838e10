/* config.c - a server's configuration: read as a whole, then recorded: scopes, what is gone, reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

#define CONFIG_TIMEOUT_MS 120000
#define NATIVE_MAX        64

/* What a configuration has beside scopes, in the order in which it is recorded, and how people call it. */
static const uint32_t types[] = {
    IPAM_T_DHCP_SERVER,  IPAM_T_SUPERSCOPE,     IPAM_T_FAILOVER,          IPAM_T_DHCP_CLASS,
    IPAM_T_POOL,         IPAM_T_EXCLUSION,      IPAM_T_RESERVATION,       IPAM_T_DHCP_FILTER,
    IPAM_T_DHCP_POLICY,  IPAM_T_DHCP_CONDITION, IPAM_T_DHCP_POLICY_RANGE, IPAM_T_OPTION_DEFINITION,
    IPAM_T_OPTION_VALUE,
};
static const char *const words[] = {
    NULL,
    "superscopes",
    "failover relations",
    "classes",
    "pools",
    "exclusions",
    "reservations",
    "filters",
    "policies",
    NULL,
    NULL,
    "option definitions",
    "option values",
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* Rows are gathered first; only when the provider says that they are all, anything is recorded. */
struct observation {
    struct collect *c;
    struct config_read what;
    char only[NATIVE_MAX + 1]; /* one scope's native identifier, or "" */
    struct arena arena;
    struct list scopes; /* struct seen_scope */
    struct list rows[TYPES];
    size_t delegating; /* pools of prefixes */
    struct smap seen;  /* native -> struct seen_scope */
    struct gone_scopes gone;
    struct drifts drifts;
    char token[TOKEN_MAX + 1];
    struct archive_visit *visit; /* keeps it as the server spells it; NULL: nobody does */
    bool unchanged;              /* only what is fleeting was read */
    char wrong[256];             /* the first row that makes no sense, or "" */
    collect_done done;
    void *user;
    struct request *own_current;
};

static void finish(void *user, int status, const char *message)
{
    struct observation *o = user;
    if (status == 0 && o->only[0] == '\0')
        snprintf(collect_watched(o->c, o->what.server)->token, TOKEN_MAX + 1, "%s", o->token);
    o->done(o->user, status, message);
    if (o->visit != NULL)
        archive_drop(o->visit);
    for (size_t i = 0; i < o->scopes.count; i++)
        list_fini(&((struct seen_scope *)o->scopes.items[i])->pools);
    list_fini(&o->scopes);
    for (size_t i = 0; i < TYPES; i++)
        list_fini(&o->rows[i]);
    smap_fini(&o->seen);
    free(o->gone.items);
    drifts_fini(&o->drifts);
    arena_fini(&o->arena);
    free(o);
}

/* --- recording, step by step --- */

static void count_up(char *text, size_t count, const char *what)
{
    size_t len = strlen(text);
    if (count != 0)
        snprintf(text + len, sizeof(((struct config_tally *)NULL)->text) - len, "%s%zu %s",
                 len != 0 ? ", " : "", count, what);
}

static void tell(const struct observation *o)
{
    struct config_tally *t = o->what.tally;
    if (t == NULL)
        return;
    t->scopes = o->scopes.count;
    if (o->unchanged) {
        snprintf(t->text, sizeof(t->text), "as it was");
        return;
    }
    t->text[0] = '\0';
    count_up(t->text, t->scopes, "scopes");
    for (size_t i = 0; i < TYPES; i++) {
        bool pools = types[i] == IPAM_T_POOL;
        if (words[i] != NULL)
            count_up(t->text, o->rows[i].count - (pools ? o->delegating : 0), words[i]);
        if (pools)
            count_up(t->text, o->delegating, "pools of prefixes");
    }
    if (t->text[0] == '\0')
        snprintf(t->text, sizeof(t->text), "empty");
}

static void on_merged(void *user, int status, const char *message, size_t changed)
{
    struct observation *o = user;
    (void)changed;
    tell(o);
    finish(o, status, message);
}

static void merge(struct observation *o)
{
    struct merge m = { .server = o->what.server,
                       .types = types,
                       .seen = o->rows,
                       .types_count = TYPES,
                       .only = str_from(o->only),
                       .keep = o->unchanged,
                       .drifts = &o->drifts,
                       .canceled = o->what.canceled };
    collect_merge(o->c, &m, on_merged, o);
}

static void on_scopes_dropped(void *user, int status, const char *message)
{
    struct observation *o = user;
    if (status != 0)
        finish(o, status, message);
    else
        merge(o);
}

static void drop_scopes(void *user, int status, const char *message)
{
    struct observation *o = user;
    const struct view *v = state_view(o->c->at.state);
    if (status != 0) {
        finish(o, status, message);
        return;
    }
    for (size_t i = 0; i < o->gone.count; i++)
        o->gone.items[i].seen =
            drifts_see(&o->drifts, view_get(v, IPAM_T_SCOPE, o->gone.items[i].id), NULL, 0);
    collect_hand_in_judged(o->c, o->what.server, &collect_drop_scopes, o->gone.items, o->gone.count,
                           o->what.canceled, &o->drifts, on_scopes_dropped, o);
}

static void on_scopes_put(void *user, int status, const char *message)
{
    struct observation *o = user;
    const struct state *s = o->c->at.state;
    if (status != 0) {
        finish(o, status, message);
        return;
    }
    for (const struct ipam_scope *sc = state_next_of(s, IPAM_T_SCOPE, o->what.server, 0); sc != NULL;
         sc = state_next_of(s, IPAM_T_SCOPE, o->what.server, sc->id)) {
        if (smap_get(&o->seen, sc->native.data, sc->native.len) == NULL &&
            (o->only[0] == '\0' || str_is(sc->native, o->only)))
            gone_add(&o->gone, s, sc);
    }
    if (o->gone.count == 0)
        merge(o);
    else
        drifts_load(&o->drifts, drop_scopes, o);
}

static const struct ipam_scope *scope_before(const struct observation *o, const struct seen_scope *seen)
{
    return seen->before != 0 ? view_get(state_view(o->c->at.state), IPAM_T_SCOPE, seen->before) : NULL;
}

/* Another prefix is another scope, whatever its identifier. */
static void judge_scope(struct observation *o, struct seen_scope *seen)
{
    const struct ipam_scope *before = scope_before(o, seen);
    if (before != NULL && !prefix_equal(&before->prefix, &seen->scope->prefix)) {
        seen->former = drifts_see(&o->drifts, before, NULL, 0);
        before = NULL;
    }
    RECORD_SET(seen->scope, IPAM_SCOPE_SERVER, server, o->what.server);
    seen->seen = drifts_see(&o->drifts, before, seen->scope, 0);
}

static void hand_in_scopes(void *user, int status, const char *message)
{
    struct observation *o = user;
    if (status != 0) {
        finish(o, status, message);
        return;
    }
    for (size_t i = 0; i < o->scopes.count && o->drifts.loaded; i++)
        drifts_name_scope(&o->drifts, ((struct seen_scope *)o->scopes.items[i])->scope);
    for (size_t i = 0; i < o->scopes.count && o->drifts.loaded; i++)
        judge_scope(o, o->scopes.items[i]);
    collect_hand_in_judged(o->c, o->what.server, &collect_put_scopes, o->scopes.items, o->scopes.count,
                           o->what.canceled, &o->drifts, on_scopes_put, o);
}

static void put_scopes(struct observation *o)
{
    const struct state *s = o->c->at.state;
    bool differ = false;
    struct smap natives;
    scope_map_init(&natives, s, o->what.server);
    for (size_t i = 0; i < o->scopes.count; i++) {
        struct seen_scope *seen = o->scopes.items[i];
        seen->before = part_map_get(&natives, seen->scope->native);
        seen->rows = 2 + seen->pools.count;
        if (seen->before != 0)
            seen->rows += scope_rows(s, view_get(state_view(s), IPAM_T_SCOPE, seen->before));
        differ = differ || drifts_differ(&o->drifts, scope_before(o, seen), seen->scope);
    }
    smap_fini(&natives);
    if (differ)
        drifts_load(&o->drifts, hand_in_scopes, o);
    else
        hand_in_scopes(o, 0, "");
}

/* --- reading --- */

__attribute__((format(printf, 2, 3))) static void wrong(struct observation *o, const char *fmt, ...)
{
    va_list ap;
    if (o->wrong[0] != '\0')
        return;
    va_start(ap, fmt);
    utf8_vprint(o->wrong, sizeof(o->wrong), fmt, ap);
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

/* Pools of prefixes are no ranges of addresses. */
static void add_row(struct observation *o, size_t kind, const struct ipam_record *rec)
{
    void *row = record_copy(&o->arena, rec);
    list_add(&o->rows[kind], row);
    if (rec->type != IPAM_T_POOL)
        return;
    if (record_has(row, IPAM_POOL_DELEGATED_LENGTH))
        o->delegating++;
    else
        add_pool(o, row);
}

static void on_row(void *user, const struct ipam_record *rec)
{
    struct observation *o = user;
    if (rec->type == IPAM_T_SCOPE) {
        add_scope(o, record_copy(&o->arena, rec));
        return;
    }
    if (rec->type == IPAM_T_CONFIG_TEXT && o->visit != NULL)
        archive_take(o->visit, (const struct ipam_config_text *)rec);
    for (size_t i = 0; i < TYPES; i++)
        if (types[i] == rec->type)
            add_row(o, i, rec);
    /* else: what a newer provider knows more */
}

/* What is wrong with an answer; NULL: nothing. */
static const char *answer_problem(struct observation *o, const struct ipam_outcome *info, char *text,
                                  size_t size)
{
    o->unchanged = (info->flags & IPAM_DONE_DELTA) != 0;
    if (o->unchanged && o->what.token.len == 0)
        return "the provider told only what is new, which it was not asked for; nothing was recorded";
    if (!o->unchanged && (info->flags & IPAM_DONE_COMPLETE) == 0)
        return "the provider did not say that its answer is complete; nothing was recorded";
    if (o->wrong[0] == '\0')
        return NULL;
    snprintf(text, size, "the provider's answer makes no sense: %s; nothing was recorded", o->wrong);
    return text;
}

static void on_kept(void *user, int status, const char *message)
{
    struct observation *o = user;
    if (status != 0)
        finish(o, status, message);
    else
        put_scopes(o);
}

/* What it is spelled like is kept before anything is made of it. */
static void keep(struct observation *o)
{
    struct archive_visit *visit = o->visit;
    o->visit = NULL;
    archive_end(visit, str_from(o->token), o->only[0] == '\0', on_kept, o);
}

static void on_read(void *user, int status, const struct ipam_outcome *info)
{
    struct observation *o = user;
    char text[512];
    *o->what.current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    const char *problem = status == 0 ? answer_problem(o, info, text, sizeof(text)) : text;
    if (problem != NULL) {
        finish(o, status != 0 ? status : IPAM_E_PROTO, problem);
        return;
    }
    drifts_init(&o->drifts, o->c, o->what.server, info->token, o->only[0] == '\0');
    fleet_set_token(o->c->at.fleet, o->what.server, IPAM_STR(""), info->token);
    snprintf(o->token, sizeof(o->token), STR_FMT, STR_ARG(info->token));
    if (o->unchanged)
        merge(o);
    else if (o->visit != NULL)
        keep(o);
    else
        put_scopes(o);
}

static void collect_scopes(struct collect *c, const struct config_read *what, collect_done done, void *user)
{
    static const struct request_events events = { .record = on_row, .done = on_read };
    struct observation *o = xcalloc(1, sizeof(*o));
    struct ipam_dhcp_read args;
    o->c = c;
    o->what = *what;
    o->done = done;
    o->user = user;
    snprintf(o->only, sizeof(o->only), STR_FMT, STR_ARG(what->only));
    arena_init(&o->arena, 0);
    smap_init(&o->seen);
    record_init(&args, IPAM_T_DHCP_READ);
    if (what->only.len != 0)
        RECORD_SET(&args, IPAM_DHCP_READ_NATIVE_SCOPE, native_scope, what->only);
    if (what->token.len != 0)
        RECORD_SET(&args, IPAM_DHCP_READ_TOKEN, token, what->token);
    if (c->at.archive != NULL) {
        o->visit = archive_begin(c->at.archive, what->server);
        RECORD_SET(&args, IPAM_DHCP_READ_TEXT, text, true);
    }
    if (o->what.current == NULL)
        o->what.current = &o->own_current;
    *o->what.current = request_start(what->inst, CALL_READ_CONFIG, &args, CONFIG_TIMEOUT_MS, &events, o);
}

void collect_config(struct collect *c, const struct config_read *what, collect_done done, void *user)
{
    if (fleet_kind(c->at.fleet, what->server) == IPAM_KIND_DNS)
        collect_zones(c, what, done, user);
    else
        collect_scopes(c, what, done, user);
}

void collect_config_read(struct collect *c, struct instance *inst, int64_t server, struct ipam_str only,
                         void (*done)(void *user, int status, const char *message), void *user,
                         struct request **ret_current)
{
    struct config_read what = { .inst = inst, .server = server, .only = only, .current = ret_current };
    collect_config(c, &what, done, user);
}

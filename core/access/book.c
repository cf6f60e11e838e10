/* book.c - the rights of everybody, made of roles and policies when they are asked for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/access_p.h"
#include "access/rights.h"
#include "access/rows.h"
#include "base/hash.h"
#include "model/identity.h"

#define KEPT_MOST 10000 /* principals; beyond it all are made anew */

/* What rights are made of. */
static const uint32_t made_of[] = { IPAM_T_ROLE,  IPAM_T_ACCESS_SCOPE, IPAM_T_ACCESS_POLICY, IPAM_T_USER,
                                    IPAM_T_GROUP, IPAM_T_TOKEN,        IPAM_T_SESSION };
#define MADE_OF (sizeof(made_of) / sizeof(made_of[0]))

struct book {
    const struct state *state;
    uint64_t edition; /* what it was made at */
    bool distrusted;
    uint64_t changes, told; /* the edition that was told, and the state then */
    struct arena arena;
    struct smap policies;  /* principal -> struct list of his policies */
    struct smap roles;     /* name of a role that people made -> its operations */
    struct smap kept;      /* principal -> struct rights */
    struct principal last; /* who was asked for last: rows that follow each other are judged for one */
    const struct rights *last_rights; /* NULL: nobody */
};

struct list {
    const struct ipam_access_policy *policy;
    struct list *next;
};

static uint64_t edition_now(const struct book *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < MADE_OF; i++)
        sum += state_edition(b->state, made_of[i]);
    return sum;
}

/* Asked for each row that is shown. */
uint64_t book_edition(struct book *b)
{
    if (b->changes != state_changes(b->state)) {
        b->changes = state_changes(b->state);
        b->told = edition_now(b) + state_scoped_edition(b->state) + b->distrusted;
    }
    return b->told;
}

static uint64_t mixed(uint64_t h, const void *data, size_t len)
{
    uint64_t parts[2] = { h, len > 0 ? hash_bytes(data, len) : 0 };
    return hash_bytes(parts, sizeof(parts));
}

static uint64_t hash_right(uint64_t h, const struct right *r)
{
    const int64_t numbers[3] = { r->from, r->until, r->policy };
    h = mixed(h, r->role_name.data, r->role_name.len);
    h = mixed(h, r->path.data, r->path.len);
    return mixed(h, numbers, sizeof(numbers));
}

uint64_t book_outlook(struct book *b, const struct principal *who)
{
    const struct rights *r = book_rights(b, who);
    const uint64_t places[3] = { state_scoped_edition(b->state), state_edition(b->state, IPAM_T_ACCESS_SCOPE),
                                 state_edition(b->state, IPAM_T_ROLE) };
    uint64_t h = mixed(0, places, sizeof(places));
    for (size_t i = 0; i < r->count; i++)
        h = hash_right(h, &r->items[i]);
    return r->narrow != NULL ? hash_right(h, r->narrow) : h;
}

struct book *book_new(const struct state *state)
{
    struct book *b = xcalloc(1, sizeof(*b));
    b->state = state;
    b->edition = UINT64_MAX;
    arena_init(&b->arena, 0);
    smap_init(&b->policies);
    smap_init(&b->roles);
    smap_init(&b->kept);
    return b;
}

static void forget(struct book *b)
{
    smap_fini(&b->policies);
    smap_fini(&b->roles);
    smap_fini(&b->kept);
    arena_reset(&b->arena);
    b->last_rights = NULL;
    smap_init(&b->policies);
    smap_init(&b->roles);
    smap_init(&b->kept);
}

void book_free(struct book *b)
{
    if (b == NULL)
        return;
    forget(b);
    arena_fini(&b->arena);
    free(b);
}

void book_distrust(struct book *b, bool distrust)
{
    if (b->distrusted == distrust)
        return;
    b->distrusted = distrust;
    b->edition = UINT64_MAX; /* all are made anew */
}

static int read_role(void *user, const void *row)
{
    struct book *b = user;
    const struct ipam_role *r = row;
    uint64_t *bits = arena_alloc(&b->arena, OPERATION_WORDS * sizeof(*bits));
    for (size_t i = 0; i < r->operations.count; i++) {
        const struct operation *op = access_operation_named(r->operations.items[i]);
        size_t n = op != NULL ? (size_t)(op - access_operations) : 0;
        if (op != NULL && (op->flags & (OPERATION_ADMIN | OPERATION_GROUPS)) == 0)
            bits[n / 64] |= UINT64_C(1) << n % 64;
    }
    smap_put(&b->roles, r->name.data, r->name.len, bits);
    return 0;
}

static int read_policy(void *user, const void *row)
{
    struct book *b = user;
    const struct ipam_access_policy *policy = row;
    struct list *item = arena_alloc(&b->arena, sizeof(*item)), *first;
    item->policy = policy;
    first = smap_put(&b->policies, policy->principal.data, policy->principal.len, item);
    item->next = first;
    return 0;
}

static void read_all(struct book *b)
{
    const struct view *v = state_view(b->state);
    uint64_t now = edition_now(b);
    if (b->edition == now && b->kept.count < KEPT_MOST)
        return;
    forget(b);
    b->edition = now;
    view_each(v, IPAM_T_ROLE, read_role, b);
    view_each(v, IPAM_T_ACCESS_POLICY, read_policy, b);
}

struct ipam_str book_path(const struct view *v, int64_t scope)
{
    const struct ipam_access_scope *s = scope != 0 ? view_get(v, IPAM_T_ACCESS_SCOPE, scope) : NULL;
    return s != NULL ? s->path : IPAM_STR(ACCESS_ROOT);
}

/* A policy whose role or scope is gone gives nothing. */
static bool right_of(struct book *b, const struct ipam_access_policy *policy, struct right *ret)
{
    const struct ipam_access_scope *s = view_get(state_view(b->state), IPAM_T_ACCESS_SCOPE, policy->scope);
    *ret = (struct right){
        .role = access_role(policy->role),
        .operations = smap_get(&b->roles, policy->role.data, policy->role.len),
        .role_name = policy->role,
        .path = s != NULL ? s->path : (struct ipam_str){ NULL, 0 },
        .principal = policy->principal,
        .policy = policy->id,
        .from = record_has(policy, IPAM_ACCESS_POLICY_FROM) ? policy->from : INT64_MIN,
        .until = record_has(policy, IPAM_ACCESS_POLICY_UNTIL) ? policy->until : INT64_MAX,
        .max_blocks = record_has(policy, IPAM_ACCESS_POLICY_MAX_BLOCKS) ? policy->max_blocks : -1,
        .min_length4 = (int)policy->min_length4,
        .min_length6 = (int)policy->min_length6,
    };
    return s != NULL && (ret->role != NULL || ret->operations != NULL);
}

/* --- the rights of one --- */

struct making {
    struct book *b;
    struct right *items;
    size_t count, cap;
};

static void add(struct making *m, const struct right *r)
{
    if (m->count == m->cap) {
        size_t cap = m->cap > 0 ? 2 * m->cap : 8;
        struct right *larger = arena_alloc(&m->b->arena, cap * sizeof(*larger));
        if (m->count > 0)
            memcpy(larger, m->items, m->count * sizeof(*larger));
        m->items = larger;
        m->cap = cap;
    }
    m->items[m->count++] = *r;
}

static void add_policies(struct making *m, struct ipam_str principal)
{
    struct right r;
    for (const struct list *l = smap_get(&m->b->policies, principal.data, principal.len); l != NULL;
         l = l->next)
        if (right_of(m->b, l->policy, &r))
            add(m, &r);
}

static int add_group(void *arg, struct ipam_str name, const struct ipam_group *g)
{
    struct making *m = arg;
    struct ipam_str principal = str_from(arena_printf(&m->b->arena, "group:" STR_FMT, STR_ARG(name)));
    const struct role *role = g != NULL && record_has(g, IPAM_GROUP_ROLE) ? access_role(g->role) : NULL;
    add_policies(m, principal);
    if (role != NULL)
        add(m, &(struct right){ .role = role,
                                .role_name = g->role,
                                .principal = principal,
                                .path = IPAM_STR(ACCESS_ROOT),
                                .from = INT64_MIN,
                                .until = INT64_MAX,
                                .max_blocks = -1 });
    return 0;
}

/* By policies: his own, be it by a token of his, and those of his groups. */
static void add_stored(struct making *m, const struct principal *who)
{
    const struct view *v = state_view(m->b->state);
    const struct ipam_user *u = who->user != 0 ? view_get(v, IPAM_T_USER, who->user) : NULL;
    if (u != NULL)
        add_policies(m, str_from(arena_printf(&m->b->arena, "user:" STR_FMT, STR_ARG(u->name))));
    else
        add_policies(m, str_from(who->name));
    if (who->user != 0 || who->token != 0)
        identity_groups(v, who->user, who->token, add_group, m);
}

/* What a token may less than its owner; NULL: it names what is not there. */
static const struct right *limit_of(struct book *b, struct ipam_str role, struct ipam_str scope)
{
    int64_t id = scope.len > 0 ? view_by_name(state_view(b->state), IPAM_T_ACCESS_SCOPE, scope) : 0;
    struct right *to = arena_alloc(&b->arena, sizeof(*to));
    *to = (struct right){
        .role = access_role(role),
        .operations = smap_get(&b->roles, role.data, role.len),
        .role_name = role.len > 0 ? arena_str(&b->arena, role) : role,
        .path = id != 0 ? book_path(state_view(b->state), id) : (struct ipam_str){ NULL, 0 },
    };
    bool known = role.len == 0 || to->role != NULL || to->operations != NULL;
    return known && (scope.len == 0 || id != 0) ? to : NULL;
}

const struct rights *book_narrow(struct book *b, const struct rights *his, struct ipam_str role,
                                 struct ipam_str scope)
{
    struct rights *r = arena_alloc(&b->arena, sizeof(*r));
    const struct right *limit = limit_of(b, role, scope);
    *r = limit != NULL ? (struct rights){ his->items, his->count, limit } : (struct rights){ NULL, 0, NULL };
    return r;
}

static const struct rights *make(struct book *b, const struct principal *who)
{
    struct making m = { .b = b };
    struct rights *r = arena_alloc(&b->arena, sizeof(*r));
    if (who->role != NULL)
        add(&m, &(struct right){ .role = who->role,
                                 .role_name = str_from(access_role_key(who->role)),
                                 .path = IPAM_STR(ACCESS_ROOT),
                                 .from = INT64_MIN,
                                 .until = INT64_MAX,
                                 .max_blocks = -1 });
    if (!b->distrusted)
        add_stored(&m, who);
    *r = (struct rights){ m.items, m.count, NULL };
    const struct ipam_token *t =
        who->token != 0 ? view_get(state_view(b->state), IPAM_T_TOKEN, who->token) : NULL;
    return t != NULL && (t->role.len > 0 || t->access_scope.len > 0)
               ? book_narrow(b, r, t->role, t->access_scope)
               : r;
}

static bool is_same(const struct principal *a, const struct principal *b)
{
    return a->role == b->role && a->user == b->user && a->token == b->token && strcmp(a->name, b->name) == 0;
}

const struct rights *book_rights(struct book *b, const struct principal *who)
{
    char key[320];
    read_all(b);
    if (b->last_rights != NULL && is_same(&b->last, who))
        return b->last_rights;
    int len =
        snprintf(key, sizeof(key), "%s %lld %lld %s", who->role != NULL ? access_role_key(who->role) : "-",
                 (long long)who->user, (long long)who->token, who->name);
    const struct rights *r = smap_get(&b->kept, key, (size_t)len);
    if (r == NULL) {
        r = make(b, who);
        smap_put(&b->kept, key, (size_t)len, (void *)(uintptr_t)r);
    }
    b->last = *who;
    b->last_rights = r;
    return r;
}

/* find.c - from the key in a path to the object: an id, or a natural key with its container.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * "17" is an id. "10.1.2.0_24@tenant-a" is a natural key ("_" stands for the slash of a prefix) and, where it is not the
 * default one, its container: a space, or a server for what is configured on one. */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define MATCHES_MAX 16

/* Ids that fit a natural key, over all containers it may mean. */
struct matches {
    struct call *c;
    int64_t ids[MATCHES_MAX];
    size_t count;
    int64_t server; /* only of this server; 0: any */
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
};

static void match_add(struct matches *m, int64_t id)
{
    if (m->count < MATCHES_MAX)
        m->ids[m->count++] = id;
}

static void not_found(struct call *c, const char *what)
{
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no %s %s", c->type->name, what);
    problem_hint(&c->problem, "list them with GET /api/v1/%s/%s", c->type->group, c->type->plural);
    call_problem(c);
}

/* --- by id --- */

struct stored_find {
    struct call *c;
    void (*found)(struct call *c);
};

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct stored_find *f = user;
    (void)t;
    f->c->row = record_copy(&f->c->arena, rec);
}

static void on_answer(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct stored_find *f = user;
    struct call *c = f->c;
    (void)answer;
    if (status != 0)
        call_status_problem(c, status, message);
    else if (c->row == NULL)
        not_found(c, arena_printf(&c->arena, STR_FMT, STR_ARG(c->key)));
    else
        f->found(c);
}

static void find_id(struct call *c, void (*found)(struct call *c))
{
    const void *row = NULL;
    if (c->type->residency == RES_RESIDENT)
        row = view_get(call_view(c), c->type->type, c->id);
    else if (c->type->type == IPAM_T_JOB)
        row = jobs_running(c->api->at.jobs, c->id);
    if (row != NULL) {
        c->row = record_copy(&c->arena, row);
        found(c);
        return;
    }
    if (c->type->residency == RES_RESIDENT) {
        not_found(c, arena_printf(&c->arena, STR_FMT, STR_ARG(c->key)));
        return;
    }
    struct stored_find *f = arena_alloc(&c->arena, sizeof(*f));
    void *like = record_new(&c->arena, c->type->type);
    *(int64_t *)((char *)like + c->type->fields[0].offset) = c->id;
    IPAM_SET_FIELD((struct ipam_record *)like, 1);
    struct store_filter filter = { 0, IPAM_CMP_EQ, like };
    struct store_query q = { .type = c->type->type, .filters = &filter, .filter_count = 1, .limit = 1 };
    *f = (struct stored_find){ c, found };
    store_query(c->api->at.store, &q, on_row, on_answer, f);
}

/* --- by natural key --- */

static int add_range(void *user, const struct ipam_range *r)
{
    struct matches *m = user;
    if (addr_equal(&r->first, &m->first) && (m->last.family == 0 || addr_equal(&r->last, &m->last)))
        match_add(m, r->id);
    return 0;
}

static int add_scope(void *user, const struct ipam_scope *s)
{
    struct matches *m = user;
    if (prefix_equal(&s->prefix, &m->prefix) && (m->server == 0 || s->server == m->server))
        match_add(m, s->id);
    return 0;
}

static void add_users(struct matches *m, int64_t space)
{
    struct view_user users[MATCHES_MAX];
    size_t n = view_users(call_view(m->c), space, &m->first, users, MATCHES_MAX);
    for (size_t i = 0; i < n && i < MATCHES_MAX; i++)
        if (users[i].type == m->c->type->type)
            match_add(m, users[i].id);
}

static void match_in_space(struct matches *m, int64_t space)
{
    const struct view *v = call_view(m->c);
    int64_t id;
    switch (m->c->type->type) {
    case IPAM_T_BLOCK:
    case IPAM_T_SUBNET:
        if ((id = view_by_prefix(v, m->c->type->type, space, &m->prefix)) != 0)
            match_add(m, id);
        break;
    case IPAM_T_SCOPE: view_scopes_at(v, space, &m->prefix.addr, add_scope, m); break;
    case IPAM_T_RANGE: view_ranges(v, space, &m->first, &m->first, add_range, m); break;
    default: add_users(m, space); break;
    }
}

static bool parse_key(struct matches *m, struct ipam_str text)
{
    uint32_t type = m->c->type->type;
    char *copy = arena_memdup(&m->c->arena, text.data, text.len);
    char *slash = strrchr(copy, '_');
    if (type == IPAM_T_BLOCK || type == IPAM_T_SUBNET || type == IPAM_T_SCOPE) {
        if (slash != NULL)
            *slash = '/';
        return prefix_parse(copy, text.len, &m->prefix) == 0;
    }
    char *dash = strchr(copy, '-');
    if (type == IPAM_T_RANGE && dash != NULL)
        return addr_parse(copy, (size_t)(dash - copy), &m->first) == 0 &&
               addr_parse(dash + 1, strlen(dash + 1), &m->last) == 0;
    return addr_parse(copy, text.len, &m->first) == 0;
}

static void find_natural(struct call *c, void (*found)(struct call *c))
{
    const struct view *v = call_view(c);
    struct matches m = { .c = c };
    struct ipam_str text = c->key, container = { NULL, 0 };
    uint32_t type = c->type->type;
    if (type == IPAM_T_SPACE || type == IPAM_T_SERVER) {
        c->id = view_by_name(v, type, text);
        find_id(c, found);
        return;
    }
    const char *at = memrchr(text.data, '@', text.len);
    if (at != NULL) {
        container = (struct ipam_str){ at + 1, (size_t)(text.data + text.len - at - 1) };
        text.len = (size_t)(at - text.data);
    }
    bool on_server = type == IPAM_T_SCOPE || type == IPAM_T_RESERVATION || type == IPAM_T_LEASE;
    if (c->type->fields[0].number != 1 || !parse_key(&m, text)) {
        not_found(c, arena_printf(&c->arena, "\"" STR_FMT "\"", STR_ARG(c->key)));
        return;
    }
    if (on_server && container.data != NULL) {
        m.server = call_ref(c, IPAM_T_SERVER, container);
        const struct ipam_server *s = view_get(v, IPAM_T_SERVER, m.server);
        if (s != NULL)
            match_in_space(&m, s->space);
    } else if (container.data != NULL) {
        match_in_space(&m, call_ref(c, IPAM_T_SPACE, container));
    } else {
        match_in_space(&m, view_by_name(v, IPAM_T_SPACE, IPAM_STR("default")));
    }
    if (m.count > 1) {
        struct strbuf list;
        strbuf_init(&list, 256);
        for (size_t i = 0; i < m.count; i++)
            strbuf_printf(&list, "%s%lld", i > 0 ? ", " : "", (long long)m.ids[i]);
        problem_set(&c->problem, PROBLEM_AMBIGUOUS, STR_FMT " means the %s with the ids " STR_FMT,
                    STR_ARG(c->key), c->type->plural, STR_ARG(strbuf_str(&list)));
        problem_hint(&c->problem, "use the id, or name the container after an @");
        strbuf_fini(&list);
        call_problem(c);
        return;
    }
    c->id = m.count == 1 ? m.ids[0] : 0;
    find_id(c, found);
}

void call_find(struct call *c, void (*found)(struct call *c))
{
    bool digits = c->key.len > 0 && c->key.len <= 16;
    for (size_t i = 0; digits && i < c->key.len; i++)
        digits = c->key.data[i] >= '0' && c->key.data[i] <= '9';
    if (!digits) {
        find_natural(c, found);
        return;
    }
    c->id = call_ref(c, 0, c->key);
    find_id(c, found);
}

void call_find_plain(struct call *c, void (*found)(struct call *c))
{
    static const char *const none[] = { NULL };
    c->csv = false;
    if (!call_params_known(c, none))
        call_problem(c);
    else
        call_find(c, found);
}

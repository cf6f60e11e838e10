/* find.c - from the key in a path to the object: an id, or a natural key with its container.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * "17" is an id. "10.1.2.0_24@tenant-a" is a natural key ("_" stands for the slash of a prefix) and, where it
 * is not the default one, its container: a space, or a server for what is configured on one. */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define MATCHES_MAX 16

/* Ids that fit a natural key, over all containers it may mean. */
struct matches {
    struct call *c;
    int64_t ids[MATCHES_MAX];
    size_t count;
    int64_t server;  /* only of this server; 0: any */
    int64_t space;   /* only in this space; 0: any */
    bool any_length; /* the key names a scope by its address alone */
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
    void (*found)(struct call *c);
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
    bool same =
        m->any_length ? addr_equal(&s->prefix.addr, &m->prefix.addr) : prefix_equal(&s->prefix, &m->prefix);
    if (same && (m->server == 0 || s->server == m->server))
        match_add(m, s->id);
    return 0;
}

static void match_resident(struct matches *m)
{
    const struct view *v = call_view(m->c);
    int64_t space = m->space;
    int64_t id;
    switch (m->c->type->type) {
    case IPAM_T_BLOCK:
    case IPAM_T_SUBNET:
        if ((id = view_by_prefix(v, m->c->type->type, space, &m->prefix)) != 0)
            match_add(m, id);
        break;
    case IPAM_T_SCOPE: view_scopes_at(v, space, &m->prefix.addr, add_scope, m); break;
    case IPAM_T_RANGE: view_ranges(v, space, &m->first, &m->first, add_range, m); break;
    default: break; /* a record without a natural key */
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
        m->any_length = type == IPAM_T_SCOPE && addr_parse(copy, text.len, &m->prefix.addr) == 0;
        return m->any_length || prefix_parse(copy, text.len, &m->prefix) == 0;
    }
    char *dash = strchr(copy, '-');
    if (type == IPAM_T_RANGE && dash != NULL)
        return addr_parse(copy, (size_t)(dash - copy), &m->first) == 0 &&
               addr_parse(dash + 1, strlen(dash + 1), &m->last) == 0;
    return addr_parse(copy, text.len, &m->first) == 0;
}

/* What the key means, once it is known. */
static void matched(struct matches *m)
{
    struct call *c = m->c;
    struct strbuf list;
    if (m->count == 1) {
        c->id = m->ids[0];
        find_id(c, m->found);
        return;
    }
    if (m->count == 0) {
        not_found(c, arena_printf(&c->arena, "\"" STR_FMT "\"", STR_ARG(c->key)));
        return;
    }
    strbuf_init(&list, 512);
    for (size_t i = 0; i < m->count; i++)
        strbuf_printf(&list, "%s%lld", i > 0 ? ", " : "", (long long)m->ids[i]);
    problem_set(&c->problem, PROBLEM_AMBIGUOUS, STR_FMT " means the %s with the ids " STR_FMT,
                STR_ARG(c->key), c->type->plural, STR_ARG(strbuf_str(&list)));
    problem_hint(&c->problem, "use the id, or name the container after an @");
    strbuf_fini(&list);
    call_problem(c);
}

/* Whether a row's reference of that name is absent from the question or as asked. */
static bool ref_is(const void *rec, const struct record_type *t, const char *name, int64_t wanted)
{
    const struct record_field *f = record_field(t, str_from(name));
    return wanted == 0 || f == NULL ||
           *(const int64_t *)(const void *)((const char *)rec + f->offset) == wanted;
}

static void on_match(void *user, const struct record_type *t, void *rec)
{
    struct matches *m = user;
    if (ref_is(rec, t, "server", m->server) && ref_is(rec, t, "space", m->space))
        match_add(m, *(const int64_t *)(const void *)((const char *)rec + t->fields[0].offset));
}

static void on_matches(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct matches *m = user;
    (void)answer;
    if (status != 0)
        call_status_problem(m->c, status, message);
    else
        matched(m);
}

/* Addresses, reservations and leases: storage knows on which server and in which space they are. */
static void match_stored(struct matches *m)
{
    struct call *c = m->c;
    struct matches *kept = arena_alloc(&c->arena, sizeof(*kept));
    const struct record_field *f = record_field(c->type, IPAM_STR("address"));
    void *like = record_new(&c->arena, c->type->type);
    *(struct ipam_addr *)(void *)((char *)like + f->offset) = m->first;
    IPAM_SET_FIELD((struct ipam_record *)like, f->number);
    struct store_filter filter = { f->number, IPAM_CMP_EQ, like };
    struct store_query q = { .type = c->type->type, .filters = &filter, .filter_count = 1 };
    *kept = *m;
    store_query(c->api->at.store, &q, on_match, on_matches, kept);
}

/* The container after the @, or the default one; false: there is none of that name. */
static bool read_container(struct matches *m, struct ipam_str name)
{
    struct call *c = m->c;
    uint32_t type = c->type->type;
    const struct view *v = call_view(c);
    if (name.data == NULL) {
        m->space = view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
    } else if (type == IPAM_T_SCOPE || type == IPAM_T_RESERVATION || type == IPAM_T_LEASE) {
        m->server = call_ref(c, IPAM_T_SERVER, name);
        const struct ipam_server *s = view_get(v, IPAM_T_SERVER, m->server);
        m->space = s != NULL ? s->space : 0;
    } else {
        m->space = call_ref(c, IPAM_T_SPACE, name);
    }
    return m->space != 0;
}

static void find_natural(struct call *c, void (*found)(struct call *c))
{
    struct matches m = { .c = c, .found = found };
    struct ipam_str text = c->key, container = { NULL, 0 };
    uint32_t type = c->type->type;
    if (type == IPAM_T_SPACE || type == IPAM_T_SERVER) {
        c->id = view_by_name(call_view(c), type, text);
        find_id(c, found);
        return;
    }
    const char *at = memrchr(text.data, '@', text.len);
    if (at != NULL) {
        container = (struct ipam_str){ at + 1, (size_t)(text.data + text.len - at - 1) };
        text.len = (size_t)(at - text.data);
    }
    if (!parse_key(&m, text) || !read_container(&m, container)) {
        matched(&m);
    } else if (c->type->residency == RES_INDEXED) {
        match_stored(&m);
    } else {
        match_resident(&m);
        matched(&m);
    }
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

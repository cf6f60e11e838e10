/* find.c - from the key in a path to the object: an id, or a natural key with its container.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * "17" is an id. "10.1.2.0_24@tenant-a" is a natural key ("_" stands for the slash of a prefix) and, where
 * it is not the default one, its container: a space, or a server for what is configured on one. With `at`
 * the object is looked for in storage, as it was; its container is found by the name it has now. */
#include <stdlib.h>
#include <string.h>

#include "access/rows.h"
#include "api/call.h"
#include "model/identity.h"
#include "record/condition.h"

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
    struct ipam_str name; /* of a space or server */
    void (*found)(struct call *c);
};

/* Of several rows that a key may mean, those that are hidden are not meant. */
static void match_add(struct matches *m, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    if (m->count < MATCHES_MAX && call_sees(m->c, rec))
        m->ids[m->count++] = *(const int64_t *)(const void *)((const char *)rec + t->fields[0].offset);
}

static void not_found(struct call *c, const char *what)
{
    if (c->missing != NULL) {
        c->id = 0;
        c->missing(c);
        return;
    }
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no %s %s", c->type->name, what);
    problem_hint(&c->problem, "list them with GET /api/v1/%s/%s", c->type->group, c->type->plural);
    call_problem(c);
}

/* --- who sees it --- */

/* A saved query is changed and deleted by who made it, and by administrators; with the problem. */
static bool is_anothers(struct call *c)
{
    const struct ipam_saved_query *q = c->row;
    if (c->type->type != IPAM_T_SAVED_QUERY || (c->sight.op->flags & OPERATION_READS) != 0 ||
        sight_made(&c->sight, q) || sight_whole(&c->sight))
        return false;
    problem_hint(&c->problem, "make one of your own, under another name");
    problem_set(&c->problem, PROBLEM_DENIED, "the query " STR_FMT " is for who made it to change, " STR_FMT,
                STR_ARG(q->name), STR_ARG(q->made_by));
    return true;
}

/* Any row that is found goes through here: hidden, refused or handed on. */
static void judge(struct call *c, void (*found)(struct call *c))
{
    const struct view *v = call_view(c);
    if (!call_sees(c, c->row)) {
        c->row = NULL;
        not_found(c, arena_printf(&c->arena, STR_FMT, STR_ARG(c->key)));
    } else if (is_anothers(c)) {
        call_problem(c);
    } else if (!c->own_only && (c->sight.op->flags & OPERATION_READS) == 0 &&
               sight_may(&c->sight, v, c->row, c->sight.now_ms, &c->problem) != 0) {
        call_problem(c);
    } else {
        found(c);
    }
}

/* --- by id --- */

#define TRIES 3 /* to read a row and memory at one revision */

struct stored_find {
    struct call *c;
    void (*found)(struct call *c);
    int tries;
};

static void find_stored(struct stored_find *f);

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct stored_find *f = user;
    (void)t;
    if (call_sees(f->c, rec))
        f->c->row = record_copy(&f->c->arena, rec);
}

static void judge_stored(struct call *c)
{
    judge(c, c->work_found);
}

static void on_answer(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct stored_find *f = user;
    struct call *c = f->c;
    uint64_t derived[2];
    c->reading = NULL;
    record_mask(c->type, FIELD_DERIVED, derived);
    if (status != 0) {
        call_status_problem(c, status, message);
    } else if (c->row == NULL) {
        not_found(c, arena_printf(&c->arena, STR_FMT, STR_ARG(c->key)));
    } else if (c->past) {
        judge(c, f->found);
    } else if ((derived[0] | derived[1]) != 0 && state_head(c->api->at.state) > answer->head &&
               f->tries++ < TRIES) {
        find_stored(f); /* derived fields would be newer than the row */
    } else {
        c->head = answer->head;
        c->work_found = f->found;
        call_at_head(c, answer->head, HEAD_WAIT_MS, judge_stored);
    }
}

static void find_stored(struct stored_find *f)
{
    struct call *c = f->c;
    void *like = record_new(&c->arena, c->type->type);
    *(int64_t *)((char *)like + c->type->fields[0].offset) = c->id;
    IPAM_SET_FIELD((struct ipam_record *)like, 1);
    struct store_filter filter = { 0, IPAM_CMP_EQ, like };
    struct store_query q = {
        .type = c->type->type, .filters = &filter, .filter_count = 1, .limit = 1, .at = c->past ? c->rev : 0
    };
    c->row = NULL;
    c->reading = store_query(c->api->at.store, &q, on_row, on_answer, f);
}

static void find_id(struct call *c, void (*found)(struct call *c))
{
    const void *row = NULL;
    bool resident = c->type->residency == RES_RESIDENT && !c->past;
    if (resident)
        row = view_get(call_view(c), c->type->type, c->id);
    else if (c->type->type == IPAM_T_JOB)
        row = jobs_running(c->api->at.jobs, c->id);
    if (row != NULL) {
        c->row = record_copy(&c->arena, row);
        judge(c, found);
        return;
    }
    if (resident || (c->past && c->rev == 0)) {
        not_found(c, arena_printf(&c->arena, STR_FMT, STR_ARG(c->key)));
        return;
    }
    struct stored_find *f = arena_alloc(&c->arena, sizeof(*f));
    *f = (struct stored_find){ c, found, 0 };
    find_stored(f);
}

/* --- by natural key --- */

static int add_range(void *user, const struct ipam_range *r)
{
    struct matches *m = user;
    if (addr_equal(&r->first, &m->first) && (m->last.family == 0 || addr_equal(&r->last, &m->last)))
        match_add(m, r);
    return 0;
}

static int add_scope(void *user, const struct ipam_scope *s)
{
    struct matches *m = user;
    bool same =
        m->any_length ? addr_equal(&s->prefix.addr, &m->prefix.addr) : prefix_equal(&s->prefix, &m->prefix);
    if (same && (m->server == 0 || s->server == m->server))
        match_add(m, s);
    return 0;
}

static int add_conflict(void *user, const void *row)
{
    struct matches *m = user;
    const struct ipam_conflict *k = row;
    if (k->space == m->space && addr_equal(&k->first, &m->first) &&
        (m->last.family == 0 || addr_equal(&k->last, &m->last)))
        match_add(m, k);
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
            match_add(m, view_get(v, m->c->type->type, id));
        break;
    case IPAM_T_SCOPE: view_scopes_at(v, space, &m->prefix.addr, add_scope, m); break;
    case IPAM_T_RANGE: view_ranges(v, space, &m->first, &m->first, add_range, m); break;
    case IPAM_T_CONFLICT: view_each(v, IPAM_T_CONFLICT, add_conflict, m); break;
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
    if ((type == IPAM_T_RANGE || type == IPAM_T_CONFLICT) && dash != NULL)
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

/* Whether the natural key of a row is the one that was asked for. */
static bool key_is(const struct matches *m, const struct record_type *t, const void *rec)
{
    const struct record_field *f =
        record_field(t, t->type == IPAM_T_ACCESS_SCOPE ? IPAM_STR("path") : IPAM_STR("name"));
    struct record_place place;
    if (m->name.data != NULL)
        return f != NULL &&
               str_equal(*(const struct ipam_str *)(const void *)((const char *)rec + f->offset), m->name);
    if (!record_place_of(t, &place) || !record_has(rec, place.at->number))
        return false;
    const void *at = (const char *)rec + place.at->offset;
    if (place.at->kind == KIND_PREFIX)
        return m->any_length ? addr_equal(&((const struct ipam_prefix *)at)->addr, &m->prefix.addr)
                             : prefix_equal(at, &m->prefix);
    if (m->last.family != 0 && place.last != NULL &&
        !addr_equal((const void *)((const char *)rec + place.last->offset), &m->last))
        return false;
    return addr_equal(at, &m->first);
}

static void on_match(void *user, const struct record_type *t, void *rec)
{
    struct matches *m = user;
    if (key_is(m, t, rec) && ref_is(rec, t, "server", m->server) && ref_is(rec, t, "space", m->space))
        match_add(m, rec);
}

static void on_matches(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct matches *m = user;
    (void)answer;
    m->c->reading = NULL;
    if (status != 0)
        call_status_problem(m->c, status, message);
    else
        matched(m);
}

/* Addresses, reservations and leases: storage knows on which server and in which space they are. Where the
 * key's field has no column, or is given in part, each row is looked at. */
static void match_stored(struct matches *m)
{
    struct call *c = m->c;
    struct matches *kept = arena_alloc(&c->arena, sizeof(*kept));
    struct record_place place;
    struct store_filter filter = { 0 };
    struct store_query q = { .type = c->type->type, .filters = &filter, .at = c->past ? c->rev : 0 };
    if (m->name.data == NULL && !m->any_length && record_place_of(c->type, &place) &&
        (place.at->flags & FIELD_INDEXED) != 0) {
        void *like = record_new(&c->arena, c->type->type);
        void *at = (char *)like + place.at->offset;
        if (place.at->kind == KIND_PREFIX)
            *(struct ipam_prefix *)at = m->prefix;
        else
            *(struct ipam_addr *)at = m->first;
        IPAM_SET_FIELD((struct ipam_record *)like, place.at->number);
        filter = (struct store_filter){ place.at->number, IPAM_CMP_EQ, like };
        q.filter_count = 1;
    }
    *kept = *m;
    c->reading = store_query(c->api->at.store, &q, on_match, on_matches, kept);
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

/* Types whose natural key is one name. */
static bool is_named(uint32_t type)
{
    return type == IPAM_T_SPACE || type == IPAM_T_SERVER || type == IPAM_T_SECRET || type == IPAM_T_ROLE ||
           type == IPAM_T_ACCESS_SCOPE || type == IPAM_T_USER || type == IPAM_T_GROUP ||
           type == IPAM_T_SESSION || type == IPAM_T_CUSTOM_FIELD || type == IPAM_T_LOGICAL_GROUP ||
           type == IPAM_T_ADDRESS_POOL || type == IPAM_T_SAVED_QUERY || type == IPAM_T_VLAN_GROUP ||
           type == IPAM_T_VRF;
}

/* "ci@alice"; without a user, one's own. As it was a token is found by its id alone. */
static void find_token(struct matches *m)
{
    struct call *c = m->c;
    const char *at = memrchr(c->key.data, '@', c->key.len);
    struct ipam_str name = { c->key.data, at != NULL ? (size_t)(at - c->key.data) : c->key.len };
    int64_t user = c->who.user;
    if (at != NULL)
        user = call_ref(c, IPAM_T_USER,
                        (struct ipam_str){ at + 1, (size_t)(c->key.data + c->key.len - at - 1) });
    const struct ipam_token *t = identity_token(call_view(c), user, name);
    if (t != NULL)
        match_add(m, t);
    matched(m);
}

/* "120@campus", or "office@campus" by its name. As it was a VLAN is found by what it is called now. */
static void find_vlan(struct matches *m)
{
    const void *n = view_get(call_view(m->c), IPAM_T_VLAN, call_vlan(m->c, m->c->key));
    if (n != NULL)
        match_add(m, n);
    matched(m);
}

struct zone_search {
    struct matches *m;
    struct ipam_str name;
    int64_t server; /* 0: any */
};

static int add_zone(void *user, const void *row)
{
    struct zone_search *s = user;
    const struct ipam_zone *z = row;
    if (str_equal(z->name, s->name) && (s->server == 0 || z->server == s->server))
        match_add(s->m, z);
    return 0;
}

/* "example.com@ns1", or without its server where one alone has it. As it was a zone is found by what there is
 * now. */
static void find_zones(struct matches *m, struct ipam_str key)
{
    const char *at = memrchr(key.data, '@', key.len);
    struct zone_search s = { m, { key.data, at != NULL ? (size_t)(at - key.data) : key.len }, 0 };
    if (at != NULL)
        s.server =
            call_ref(m->c, IPAM_T_SERVER, (struct ipam_str){ at + 1, (size_t)(key.data + key.len - at - 1) });
    if (at == NULL || s.server != 0)
        view_each(call_view(m->c), IPAM_T_ZONE, add_zone, &s);
}

int64_t call_zone(struct call *c, struct ipam_str text)
{
    struct matches m = { .c = c };
    find_zones(&m, text);
    return m.count == 1 ? m.ids[0] : 0;
}

static void find_natural(struct call *c, void (*found)(struct call *c))
{
    struct matches m = { .c = c, .found = found };
    struct ipam_str text = c->key, container = { NULL, 0 };
    uint32_t type = c->type->type;
    if (type == IPAM_T_TOKEN) {
        find_token(&m);
        return;
    }
    if (type == IPAM_T_VLAN) {
        find_vlan(&m);
        return;
    }
    if (type == IPAM_T_ZONE) {
        find_zones(&m, c->key);
        matched(&m);
        return;
    }
    if (is_named(type)) {
        if (type == IPAM_T_ACCESS_SCOPE)
            text = access_path(&c->arena, text);
        m.name = text;
        c->id = view_by_name(call_view(c), type, text);
        if (!c->past || c->rev == 0)
            find_id(c, found);
        else
            match_stored(&m);
        return;
    }
    const char *at = memrchr(text.data, '@', text.len);
    if (at != NULL) {
        container = (struct ipam_str){ at + 1, (size_t)(text.data + text.len - at - 1) };
        text.len = (size_t)(at - text.data);
    }
    if (!parse_key(&m, text) || !read_container(&m, container)) {
        matched(&m);
    } else if (c->past && c->rev == 0) {
        matched(&m);
    } else if (c->type->residency == RES_INDEXED || c->past) {
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
    if (!call_params_known(c, none))
        call_problem(c);
    else
        call_find(c, found);
}

/* create.c - new objects: one, a list (all or nothing, or each by itself), or one at the key of a PUT.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/create.h"

#include <stdio.h>
#include <string.h>

#include "access/rows.h"
#include "api/dry_run.h"
#include "api/import.h"
#include "api/queries.h"

#define CREATE_MOST 1000 /* objects in one list */

struct create {
    bool partial, subnets; /* subnets: a range brings along the one that its prefix is, where there is none */
    struct problem *problems; /* one an object; NONE: nothing is wrong with it */
    bool *unread;             /* what was wrong was found before the gate */
    char *given; /* the objects as they were read: a decision fills them in, and may be made again */
};

/* --- the decision --- */

/* What is wrong with the objects of a list, each named by its place; the type and hint are those of the
 * first. */
static int refuse_list(struct call *c, const struct create *w, size_t wrong, struct problem *ret)
{
    struct record_problems all;
    const struct problem *first = NULL;
    record_problems_init(&all, &c->arena);
    for (size_t i = 0; i < c->rec_count; i++) {
        char at[32];
        if (w->problems[i].type == PROBLEM_NONE)
            continue;
        first = first != NULL ? first : &w->problems[i];
        snprintf(at, sizeof(at), "/%zu", i);
        record_problem(&all, at, "%s", w->problems[i].detail);
    }
    ret->errors = all.first;
    problem_hint(ret, "%s", first->hint);
    return problem_set(ret, first->type, "%zu of %zu objects cannot be created; the first: %s: %s", wrong,
                       c->rec_count, all.first->pointer, all.first->message);
}

static void write_partial(struct call *c, const struct create *w, struct draft *d)
{
    struct json_writer j;
    jw_init(&j, &c->out);
    jw_object(&j);
    jw_key(&j, "items");
    jw_array(&j);
    for (size_t i = 0; i < c->rec_count; i++) {
        const struct problem *p = &w->problems[i];
        int status = p->type == PROBLEM_NONE ? 201 : problem_status(p->type);
        jw_object(&j);
        jw_key(&j, "status");
        jw_int(&j, status);
        jw_key(&j, p->type == PROBLEM_NONE ? "object" : "problem");
        if (p->type == PROBLEM_NONE) {
            void *rec =
                write_is_dry(c) ? dry_run_record(c, d, c->recs[i], true) : record_copy(&c->arena, c->recs[i]);
            call_derive(c, draft_view(d), rec);
            sight_trim(&c->sight, draft_view(d), rec);
            record_to_json(rec, NULL, &j);
        } else {
            problem_write(&j, p, status);
        }
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    c->status = 200;
    c->media = "application/json";
    c->shows_rows = true;
}

static void write_created(struct call *c, struct draft *d)
{
    if (c->many) {
        call_decide_items(c, 201, draft_view(d));
        return;
    }
    snprintf(c->location, sizeof(c->location), "/api/v1/%s/%s/%lld", c->type->group, c->type->plural,
             (long long)*(int64_t *)((char *)c->recs[0] + c->type->fields[0].offset));
    call_decide_object(c, 201, draft_view(d), c->recs[0]);
}

int create_row(struct sight *s, struct draft *d, void *rec, struct problem *p)
{
    struct ipam_saved_query *q = rec;
    int rc = rule_prepare(draft_view(d), rec, p);
    if (q->type == IPAM_T_SAVED_QUERY) /* whoever may make any, for himself */
        RECORD_SET(q, IPAM_SAVED_QUERY_MADE_BY, made_by, str_from(s->who->name));
    else if (rc == 0)
        rc = sight_allot(s, d, rec, p);
    if (rc == 0)
        rc = sight_check_members(s, draft_view(d), NULL, rec, p);
    if (rc == 0)
        rc = access_is_row(((struct ipam_record *)rec)->type) ? access_row_create(d, rec, p)
                                                              : rule_create(d, rec, p);
    if (rc != 0)
        sight_veil(s, draft_view(d), p);
    return rc;
}

/* The subnet of a range, if there is none. */
static int make_subnet(struct call *c, struct draft *d, const struct ipam_range *r, struct problem *p)
{
    const struct view *v = draft_view(d);
    int64_t space =
        record_has(r, IPAM_RANGE_SPACE) ? r->space : view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
    struct ipam_subnet *n = record_new(draft_arena(d), IPAM_T_SUBNET);
    struct sight s = c->sight;
    if (!record_has(r, IPAM_RANGE_PREFIX)) {
        problem_hint(p, "give the prefix of the subnet, and first and last where the range is not all of it");
        return problem_set(p, PROBLEM_INVALID, "prefix: is missing, of which create_subnet makes a subnet");
    }
    if (view_enclosing(v, IPAM_T_SUBNET, space, &r->prefix, false) != 0)
        return 0;
    RECORD_SET(n, IPAM_SUBNET_SPACE, space, space);
    RECORD_SET(n, IPAM_SUBNET_PREFIX, prefix, r->prefix);
    s.op = access_operation("ipam.subnet.create");
    return create_row(&s, d, n, p);
}

static int decide_one(struct call *c, struct draft *d, size_t i)
{
    struct create *w = c->work;
    struct problem *p = &w->problems[i];
    int rc = w->subnets ? make_subnet(c, d, c->recs[i], p) : 0;
    if (rc == 0)
        rc = create_row(&c->sight, d, c->recs[i], p);
    return rc == 0 ? identity_keep(c, d, c->recs[i], p) : rc;
}

/* The objects as they were read, whatever a decision before has made of them. */
static void take_given(struct call *c, struct create *w)
{
    bool first = w->given == NULL;
    if (first)
        w->given = arena_alloc(&c->arena, c->rec_count * c->type->size);
    for (size_t i = 0; w->given != NULL && i < c->rec_count; i++) {
        char *given = w->given + i * c->type->size;
        if (c->recs[i] != NULL)
            memcpy(first ? given : c->recs[i], first ? c->recs[i] : given, c->type->size);
    }
}

static int decide_create(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct create *w = c->work;
    size_t wrong = 0;
    take_given(c, w);
    for (size_t i = 0; i < c->rec_count; i++) {
        struct draft_place place = draft_place(d);
        if (!w->unread[i]) {
            memset(&w->problems[i], 0, sizeof(w->problems[i]));
            if (decide_one(c, d, i) != 0)
                draft_back(d, &place);
        }
        wrong += w->problems[i].type != PROBLEM_NONE;
    }
    if (w->partial) {
        write_partial(c, w, d);
        if (wrong == c->rec_count)
            write_keeps_nothing(c);
        return 0;
    }
    if (wrong == 0) {
        write_created(c, d);
        return 0;
    }
    if (c->many)
        return refuse_list(c, w, wrong, &in->problem);
    in->problem = w->problems[0];
    return IPAM_E_INVAL;
}

/* Rows that are not resident whose keys the new objects have. */
static void needs_keys(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    (void)v;
    if (c->type->residency == RES_RESIDENT)
        return;
    for (unsigned i = 0; i < c->type->field_count; i++) {
        const struct record_field *f = &c->type->fields[i];
        if ((f->flags & FIELD_KEY) == 0 || (f->flags & FIELD_INDEXED) == 0 ||
            c->type->residency == RES_INDEXED)
            continue; /* the index of addresses is in memory */
        for (size_t k = 0; k < c->rec_count; k++)
            if (c->recs[k] != NULL && record_has(c->recs[k], f->number))
                needs_find(n, c->type->type, f->number, c->recs[k]);
    }
}

void create_submit(struct call *c)
{
    if (c->work == NULL) {
        struct create *w = arena_alloc(&c->arena, sizeof(*w));
        w->problems = arena_alloc(&c->arena, c->rec_count * sizeof(w->problems[0]));
        w->unread = arena_alloc(&c->arena, c->rec_count * sizeof(w->unread[0]));
        c->work = w;
    }
    c->intent.rows = (unsigned)c->rec_count;
    call_submit(c, needs_keys, decide_create, c->type->type == IPAM_T_TOKEN ? identity_show : NULL);
}

/* --- reading --- */

int call_invalid(struct call *c, const struct record_problems *problems)
{
    c->problem.errors = problems->first;
    problem_hint(&c->problem, "see /api/v1/openapi.json for the fields of a %s", c->type->name);
    if (problems->count == 1)
        return problem_set(&c->problem, PROBLEM_INVALID, "%s%s%s", problems->first->pointer,
                           problems->first->pointer[0] != '\0' ? ": " : "", problems->first->message);
    return problem_set(&c->problem, PROBLEM_INVALID, "%u fields are wrong; the first: %s: %s",
                       problems->count, problems->first->pointer, problems->first->message);
}

/* The form of one object: its own problem, and in a list that is taken whole the list's. */
static void read_one(struct call *c, struct create *w, size_t i, const struct json *v,
                     struct record_problems *all)
{
    struct record_problems own, *problems = w->partial ? &own : all;
    char base[32];
    snprintf(base, sizeof(base), "/%zu", i);
    record_problems_init(&own, &c->arena);
    record_from_json(c->type, MODE_CREATE, c->doc, v, c->many ? base : "", &c->arena, &c->recs[i], NULL,
                     problems);
    if (w->partial && own.count > 0) {
        call_invalid(c, &own);
        w->problems[i] = c->problem;
        memset(&c->problem, 0, sizeof(c->problem));
        w->unread[i] = true;
    }
}

/* Reads one record or a list of them out of the body. */
static int read_records(struct call *c)
{
    struct create *w = arena_alloc(&c->arena, sizeof(*w));
    const struct json *root = json_root(c->doc);
    struct record_problems all;
    c->work = w;
    c->many = json_type(root) == JSON_ARRAY;
    c->rec_count = c->many ? json_count(root) : 1;
    if (!call_param_bool(c, "partial", &w->partial) || !call_param_bool(c, "create_subnet", &w->subnets))
        return IPAM_E_INVAL;
    if (w->partial && !c->many) {
        problem_hint(&c->problem, "send a list, or leave partial away");
        return problem_set(&c->problem, PROBLEM_INVALID, "partial=true is for lists; the body is one object");
    }
    if (c->rec_count == 0)
        return problem_set(&c->problem, PROBLEM_INVALID, "the list is empty");
    if (c->rec_count > CREATE_MOST) {
        problem_hint(&c->problem, "send lists of 1 to %d objects, or one file as text/csv", CREATE_MOST);
        return problem_set(&c->problem, PROBLEM_TOO_LARGE, "the list has %zu objects", c->rec_count);
    }
    c->recs = arena_alloc(&c->arena, c->rec_count * sizeof(c->recs[0]));
    w->problems = arena_alloc(&c->arena, c->rec_count * sizeof(w->problems[0]));
    w->unread = arena_alloc(&c->arena, c->rec_count * sizeof(w->unread[0]));
    record_problems_init(&all, &c->arena);
    const struct json *v = c->many ? json_first(root) : root;
    for (size_t i = 0; i < c->rec_count; i++, v = json_next(v))
        read_one(c, w, i, v, &all);
    return all.count == 0 ? 0 : call_invalid(c, &all);
}

/* What others say of the objects before the gate. */
static int check_taken(struct call *c)
{
    struct create *w = c->work;
    for (size_t i = 0; i < c->rec_count; i++) {
        struct problem p = { 0 };
        if (w->unread[i] || create_is_taken(c, c->recs[i], &p))
            continue;
        if (!w->partial) {
            c->problem = p;
            return IPAM_E_INVAL;
        }
        w->problems[i] = p;
        w->unread[i] = true;
    }
    return 0;
}

bool create_is_taken(struct call *c, const void *rec, struct problem *p)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SERVER: return fleet_check(c->api->at.fleet, rec, p) == 0;
    case IPAM_T_SAVED_QUERY: return query_is_taken(c, rec, p);
    default: return true;
    }
}

void handle_create(struct call *c)
{
    static const char *const params[] = { "partial", NULL }, *const of_ranges[] = { "partial",
                                                                                    "create_subnet", NULL };
    if (c->type->type != IPAM_T_SAVED_QUERY && import_is_file(c)) {
        import_start(c);
        return;
    }
    c->csv = false;
    int rc = call_params_known(c, c->type->type == IPAM_T_RANGE ? of_ranges : params) ? call_body(c)
                                                                                      : IPAM_E_INVAL;
    if (rc == 0)
        rc = read_records(c);
    if (call_take_secret(c) != 0 && rc == 0)
        rc = IPAM_E_INVAL;
    if (rc == 0)
        rc = check_taken(c);
    if (rc != 0) {
        call_problem(c);
        return;
    }
    call_body_done(c);
    identity_prepare(c, create_submit);
}

/* --- at the key of a PUT --- */

/* The route by which objects of the type are made; NULL: none, or not one by one. */
static const struct route *create_route(const struct record_type *t)
{
    for (const struct route *r = api_routes; r->path != NULL; r++)
        if (r->handler == handle_create && r->type == t->type)
            return r;
    return NULL;
}

/* The field that is the whole natural key, or its first. */
static const struct record_field *key_field(const struct record_type *t, unsigned flag)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if ((t->fields[i].flags & flag) != 0)
            return &t->fields[i];
    return NULL;
}

static bool may_create(struct call *c, const struct route *r)
{
    return rights_judge(book_rights(c->api->book, &c->who), access_operation(r->operation),
                        (struct ipam_str){ NULL, 0 }, c->sight.now_ms) == ACCESS_ALLOWED;
}

bool create_may_have_key(struct call *c)
{
    const struct route *r = create_route(c->type);
    bool id = true;
    for (size_t i = 0; i < c->key.len; i++)
        id = id && c->key.data[i] >= '0' && c->key.data[i] <= '9';
    return !id && r != NULL && key_field(c->type, FIELD_KEY) != NULL && may_create(c, r);
}

static int key_differs(struct call *c, const struct record_field *f, const char *why)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, arena_printf(&c->arena, "/%s", f->name), "%s", why);
    return call_invalid(c, &problems);
}

/* The container after the @ of the key, or the default one, must be what the body says; where that is
 * silent, it is. */
static int container_agrees(struct call *c, struct ipam_str name, bool named)
{
    const struct record_field *f = key_field(c->type, FIELD_CONTAINER);
    if (f == NULL || f->kind != KIND_REF)
        return 0;
    int64_t *at = (int64_t *)(void *)((char *)c->recs[0] + f->offset);
    int64_t wanted = call_ref(c, f->ref, named ? name : IPAM_STR("default"));
    if (wanted == 0)
        return key_differs(c, f, "the container that the key in the path names does not exist");
    if (record_has(c->recs[0], f->number) && *at != wanted)
        return key_differs(c, f,
                           named ? "differs from the container in the path"
                                 : "is not the default one, which a key without @ means");
    *at = wanted;
    IPAM_SET_FIELD((struct ipam_record *)c->recs[0], f->number);
    return 0;
}

static int key_agrees(struct call *c, struct ipam_str text)
{
    const struct record_field *f = key_field(c->type, FIELD_KEY);
    void *like = record_new(&c->arena, c->type->type);
    char err[256], *copy = arena_memdup(&c->arena, text.data, text.len);
    char *under = f->kind == KIND_PREFIX ? strrchr(copy, '_') : NULL;
    char *dash =
        f->kind == KIND_ADDR ? strchr(copy, '-') : NULL; /* FIRST-LAST: the last is not part of the key */
    if (under != NULL)
        *under = '/';
    if (dash != NULL)
        *dash = '\0';
    if (record_field_parse(f, str_from(copy), &c->arena, like, err) != 0) {
        problem_hint(&c->problem, "the key in the path is %s", f->help);
        return problem_set(&c->problem, PROBLEM_NOT_FOUND,
                           "there is no %s " STR_FMT ", and none can be made there: %s", c->type->name,
                           STR_ARG(c->key), err);
    }
    return record_field_equal(f, like, c->recs[0]) ? 0
                                                   : key_differs(c, f, "differs from the key in the path");
}

/* What a client never sets is not taken along from an object that was read elsewhere or before. */
static int drop_unset(struct call *c)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    for (unsigned i = 0; i < c->type->field_count; i++) {
        const struct record_field *f = &c->type->fields[i];
        if (!record_has(c->recs[0], f->number) || (f->flags & (FIELD_READONLY | FIELD_DERIVED)) == 0)
            continue;
        if ((f->flags & FIELD_READONLY) != 0)
            record_problem(&problems, arena_printf(&c->arena, "/%s", f->name),
                           "is read-only, and there is no object that has it");
        struct ipam_record *head = c->recs[0];
        head->has[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
    }
    return problems.count == 0 ? 0 : call_invalid(c, &problems);
}

int create_at_key(struct call *c)
{
    struct ipam_str text = c->key, name = { NULL, 0 };
    const struct record_field *f = key_field(c->type, FIELD_KEY);
    const char *at = f->kind != KIND_TEXT ? memrchr(text.data, '@', text.len) : NULL;
    if (at != NULL) {
        name = (struct ipam_str){ at + 1, (size_t)(text.data + text.len - at - 1) };
        text.len = (size_t)(at - text.data);
    }
    int rc = key_agrees(c, text);
    if (rc == 0 && f->kind != KIND_TEXT)
        rc = container_agrees(c, name, at != NULL);
    return rc == 0 ? drop_unset(c) : rc;
}

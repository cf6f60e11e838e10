/* diff.c - GET /audit/diff: what is different between two moments, whatever happened in between.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/past.h"
#include "commit/fold.h"

#define OBJECTS_MOST 10000

struct diff {
    struct call *c;
    const struct record_type *only; /* NULL: objects of all types */
    struct ipam_str to;
    int64_t from;
    struct fold fold;
    struct changelog_look look;
    int failed;
    int64_t damaged;
};

static const struct changelog_look *look_of(struct diff *f)
{
    return sight_whole(&f->c->sight) ? NULL : &f->look;
}

static void on_row(void *user, int64_t rev, struct ipam_bytes body)
{
    struct diff *f = user;
    if (f->failed != 0)
        return;
    f->failed = fold_add(&f->fold, body, look_of(f));
    if (f->failed == 0)
        return;
    f->damaged = rev;
    request_cancel(f->c->reading);
}

static int by_type_and_id(const void *a, const void *b)
{
    const struct fold_object *x = *(const struct fold_object *const *)a,
                             *y = *(const struct fold_object *const *)b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool is_wanted(const struct diff *f, struct fold_object *o)
{
    return (f->only == NULL || f->only->type == o->type) && fold_differs(o);
}

/* Those fields of a record that were changed and are shown. */
static void write_record(struct diff *f, const char *name, void *rec, bool there, const uint64_t fields[2],
                         struct json_writer *w)
{
    if (rec == NULL || !there)
        return;
    if (look_of(f) != NULL)
        f->look.trim(f->look.user, rec);
    jw_key(w, name);
    record_to_json(rec, fields, w);
}

/* In the form of a dry run's changes. */
static void write_object(struct diff *f, struct fold_object *o, struct json_writer *w)
{
    const struct record_type *t = record_type(o->type);
    jw_object(w);
    jw_key(w, "verb");
    jw_text(w, !o->was ? "add" : o->is ? "set" : "delete");
    jw_key(w, "type");
    jw_text(w, t != NULL ? t->name : "unknown");
    jw_key(w, "id");
    jw_int(w, o->id);
    if (o->key.len != 0) {
        jw_key(w, "key");
        jw_str(w, o->key);
    }
    write_record(f, "before", o->before, o->was, o->fields, w);
    write_record(f, "after", o->after, o->is, o->fields, w);
    jw_key(w, "fields");
    jw_array(w);
    for (unsigned i = 0; o->was && o->is && t != NULL && i < t->field_count; i++) {
        unsigned n = t->fields[i].number;
        bool shown = record_has(o->before, n) || record_has(o->after, n);
        if (shown && (o->fields[n >> 6] >> (n & 63) & 1) != 0)
            jw_text(w, t->fields[i].name);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static void write_objects(struct diff *f, struct json_writer *w)
{
    for (size_t i = 0; i < f->fold.count; i++)
        if (is_wanted(f, f->fold.list[i]))
            write_object(f, f->fold.list[i], w);
}

static void answer(struct diff *f)
{
    struct call *c = f->c;
    struct json_writer w;
    if (f->fold.count > 1)
        qsort(f->fold.list, f->fold.count, sizeof(struct fold_object *), by_type_and_id);
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "from");
    jw_int(&w, f->from);
    jw_key(&w, "to");
    jw_int(&w, c->rev);
    jw_key(&w, "changes");
    jw_array(&w);
    write_objects(f, &w);
    jw_array_end(&w);
    jw_object_end(&w);
    call_json(c, 200);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *store)
{
    struct diff *f = user;
    struct call *c = f->c;
    (void)store;
    c->reading = NULL;
    if (f->failed == IPAM_E_TOOBIG) {
        problem_hint(&c->problem, "take moments that are nearer to each other");
        problem_set(&c->problem, PROBLEM_TOO_LARGE,
                    "more than %d objects were changed from revision %lld to %lld", OBJECTS_MOST,
                    (long long)f->from, (long long)c->rev);
        call_problem(c);
    } else if (f->failed != 0) {
        call_status_problem(
            c, IPAM_E_BUG,
            arena_printf(&c->arena, "revision %lld of the change log cannot be read: the database is damaged",
                         (long long)f->damaged));
    } else if (status != 0) {
        call_status_problem(c, status, message);
    } else {
        answer(f);
    }
}

static void found_to(struct call *c)
{
    struct diff *f = c->work;
    if (!c->past)
        c->rev = state_head(c->api->at.state);
    c->past = false; /* the answer is of now */
    if (c->rev < f->from) {
        problem_hint(&c->problem, "exchange the two");
        problem_set(&c->problem, PROBLEM_INVALID, "to: revision %lld is before %lld", (long long)c->rev,
                    (long long)f->from);
        call_problem(c);
        return;
    }
    if (c->rev == f->from)
        answer(f);
    else
        c->reading = store_changes(c->api->at.store, f->from, c->rev, 0, 0, on_row, on_read, f);
}

static void found_from(struct call *c)
{
    struct diff *f = c->work;
    f->from = c->rev;
    c->past_name = "to";
    past_find(c, f->to, -1, found_to);
}

static void end(struct call *c)
{
    struct diff *f = c->work;
    fold_fini(&f->fold);
}

/* The type by its name, if one is named. */
static bool type_named(struct call *c, struct diff *f)
{
    struct ipam_str name = call_param(c, "type");
    if (name.data == NULL)
        return true;
    for (uint32_t type = 1; type < RECORD_TYPES && f->only == NULL; type++) {
        const struct record_type *t = record_type(type);
        if (t != NULL && t->cls == CLASS_RECORD && str_is(name, t->name))
            f->only = t;
    }
    if (f->only != NULL)
        return true;
    problem_hint(&c->problem, "give the name of a record, such as subnet or address");
    problem_set(&c->problem, PROBLEM_INVALID, "type: there is no record \"" STR_FMT "\"", STR_ARG(name));
    return false;
}

void handle_diff(struct call *c)
{
    static const char *const known[] = { "from", "to", "type", NULL };
    struct diff *f = arena_alloc(&c->arena, sizeof(*f));
    struct ipam_str from = call_param(c, "from");
    c->work = f;
    f->c = c;
    f->to = call_param(c, "to");
    f->look = sight_look(&c->sight);
    fold_init(&f->fold, OBJECTS_MOST);
    c->ended = end;
    if (!call_accept(c, false) || !call_params_known(c, known) || !type_named(c, f)) {
        call_problem(c);
        return;
    }
    if (from.data == NULL) {
        problem_hint(&c->problem, "give a revision or a time: ?from=2026-01-31T00:00:00Z");
        problem_set(&c->problem, PROBLEM_BAD_REQUEST, "from is missing");
        call_problem(c);
        return;
    }
    c->past_name = "from";
    past_find(c, from, -1, found_from);
}

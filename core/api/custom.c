/* custom.c - POST /ipam/custom-fields/{key}/set-values, and what a rename must read.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/objects.h"
#include "base/memory.h"

#define CHANGES_MOST 1000 /* values of one kind in one request */

void needs_of_rename(struct needs *n, const struct view *v, struct ipam_str field, struct ipam_str value)
{
    int64_t *ids = xcalloc(MODEL_SET_ROWS, sizeof(*ids));
    size_t count = view_addresses_with(v, field, value, ids, MODEL_SET_ROWS);
    for (size_t i = 0; count < MODEL_SET_ROWS && i < count; i++) /* more is refused */
        needs_row(n, IPAM_T_ADDRESS, ids[i]);
    free(ids);
}

/* --- the body --- */

static int wrong_body(struct call *c, const char *pointer, const char *message)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    c->problem.errors = problems.first;
    problem_hint(&c->problem, "send {\"add\": [\"NEW\", ..], \"remove\": [\"OLD\", ..], \"rename\": "
                              "{\"OLD\": \"NEW\", ..}}, or some of it");
    return problem_set(&c->problem, PROBLEM_INVALID, "%s%s%s", pointer, pointer[0] != '\0' ? ": " : "",
                       message);
}

/* One text as the values of the field take it. */
static bool take_text(struct call *c, const struct json *v, struct ipam_str *ret)
{
    const struct record_field *f =
        record_field_number(record_type(IPAM_T_CUSTOM_FIELD), IPAM_CUSTOM_FIELD_VALUES);
    struct ipam_custom_field like;
    char err[256];
    record_init(&like, IPAM_T_CUSTOM_FIELD);
    if (json_type(v) != JSON_STRING || record_field_parse(f, json_str(v), &c->arena, &like, err) != 0 ||
        like.values.count != 1)
        return false;
    *ret = like.values.items[0];
    return true;
}

static int read_texts(struct call *c, const struct json *v, const char *pointer, struct ipam_strs *ret)
{
    size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : CHANGES_MOST + 1;
    if (n > CHANGES_MOST)
        return wrong_body(c, pointer, "must be a list of at most 1000 texts");
    struct ipam_str *items = arena_alloc(&c->arena, (n + 1) * sizeof(items[0]));
    size_t i = 0;
    for (const struct json *t = json_first(v); t != NULL; t = json_next(t), i++)
        if (!take_text(c, t, &items[i]))
            return wrong_body(c, pointer, "has an item that is no text that a value can be");
    *ret = (struct ipam_strs){ items, n };
    return 0;
}

static int read_renames(struct call *c, const struct json *v, struct value_changes *w)
{
    size_t n = json_type(v) == JSON_OBJECT ? json_count(v) : CHANGES_MOST + 1, i = 0;
    if (n > CHANGES_MOST)
        return wrong_body(c, "/rename", "must be an object of at most 1000 members, OLD: NEW");
    struct ipam_str *from = arena_alloc(&c->arena, (n + 1) * sizeof(from[0]));
    struct ipam_str *to = arena_alloc(&c->arena, (n + 1) * sizeof(to[0]));
    for (const struct json *t = json_first(v); t != NULL; t = json_next(t), i++) {
        from[i] = arena_str(&c->arena, json_key(t));
        if (!take_text(c, t, &to[i]))
            return wrong_body(c, "/rename", "has a member that is no text that a value can be");
    }
    w->from = (struct ipam_strs){ from, n };
    w->to = (struct ipam_strs){ to, n };
    return 0;
}

static int read_body(struct call *c, struct value_changes *w)
{
    int rc = call_body(c);
    const struct json *root = rc == 0 ? json_root(c->doc) : NULL;
    if (rc != 0)
        return rc;
    if (json_type(root) != JSON_OBJECT)
        return wrong_body(c, "", "must be an object");
    for (const struct json *v = json_first(root); rc == 0 && v != NULL; v = json_next(v)) {
        if (str_is(json_key(v), "add"))
            rc = read_texts(c, v, "/add", &w->add);
        else if (str_is(json_key(v), "remove"))
            rc = read_texts(c, v, "/remove", &w->remove);
        else if (str_is(json_key(v), "rename"))
            rc = read_renames(c, v, w);
        else
            rc = wrong_body(c, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(v))),
                            "unknown field; set-values takes add, remove and rename");
    }
    return rc;
}

/* --- the decision --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    const struct value_changes *w = c->work;
    const struct ipam_custom_field *f = view_get(v, IPAM_T_CUSTOM_FIELD, c->id); /* as it is called now */
    for (size_t i = 0; f != NULL && i < w->from.count; i++)
        needs_of_rename(n, v, f->name, w->from.items[i]);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = view_get(draft_view(d), IPAM_T_CUSTOM_FIELD, c->id);
    if (before == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    int rc = rule_set_values(d, before, c->work, &in->problem);
    if (rc != 0)
        sight_veil(&c->sight, draft_view(d), &in->problem);
    else
        call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), IPAM_T_CUSTOM_FIELD, c->id));
    return rc;
}

static void found(struct call *c)
{
    call_submit(c, needs, decide, NULL);
}

void handle_set_values(struct call *c)
{
    static const char *const none[] = { NULL };
    struct value_changes *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    int rc = call_params_known(c, none) ? read_body(c, w) : IPAM_E_INVAL;
    call_body_done(c);
    if (rc != 0)
        call_problem(c);
    else
        call_find(c, found);
}

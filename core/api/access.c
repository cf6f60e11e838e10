/* access.c - roles that people make, objects put into access scopes, and what binds all of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/rows.h"
#include "api/objects.h"

/* --- roles --- */

/* A fixed group or built-in role is the same everywhere, which is why nobody changes it. */
void handle_role_change(struct call *c)
{
    if (access_role(c->key) != NULL) {
        problem_hint(&c->problem, "add a role of another name, with the operations it shall have");
        problem_set(&c->problem, PROBLEM_IN_USE, "the role " STR_FMT " is built in and stays as it is",
                    STR_ARG(c->key));
        call_problem(c);
    } else if (c->method == HTTP_DELETE_) {
        handle_delete(c);
    } else {
        handle_patch(c);
    }
}

/* --- set-scope --- */

struct set_scope {
    int64_t scope; /* 0: it inherits one */
};

static int wrong_body(struct call *c, const char *pointer, const char *message)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    c->problem.errors = problems.first;
    problem_hint(&c->problem, "send {\"access_scope\": \"/Global/Europe\"}, an id, or null to inherit one");
    return problem_set(&c->problem, PROBLEM_INVALID, "%s%s%s", pointer, pointer[0] != '\0' ? ": " : "",
                       message);
}

/* The scope by its id or path; one that the caller does not see is not there. */
static int read_scope(struct call *c, const struct json *v, int64_t *ret)
{
    const struct view *view = call_view(c);
    *ret = 0;
    if (json_type(v) == JSON_NULL)
        return 0;
    if (json_type(v) == JSON_STRING)
        *ret = view_by_name(view, IPAM_T_ACCESS_SCOPE, access_path(&c->arena, json_str(v)));
    else if (json_int(v, ret) != 0)
        return wrong_body(c, "/access_scope", "expected the path of an access scope, its id, or null");
    const void *row = view_get(view, IPAM_T_ACCESS_SCOPE, *ret);
    if (row == NULL || !call_sees(c, row))
        return wrong_body(c, "/access_scope", "there is no such access scope");
    return 0;
}

static int read_body(struct call *c, int64_t *ret)
{
    bool given = false;
    if (call_body(c) != 0)
        return IPAM_E_INVAL;
    const struct json *root = json_root(c->doc);
    if (json_type(root) != JSON_OBJECT)
        return wrong_body(c, "", "must be an object");
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v)) {
        given = str_is(json_key(v), "access_scope");
        if (!given)
            return wrong_body(c, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(v))),
                              "unknown field; set-scope takes access_scope");
        if (read_scope(c, v, ret) != 0)
            return IPAM_E_INVAL;
    }
    return given ? 0 : wrong_body(c, "/access_scope", "is missing");
}

/* A server may be of both kinds: then both operations are needed. */
static int may_as_dns(struct call *c, struct draft *d, const void *row, struct problem *p)
{
    const struct operation *op = access_operation("dns.server.set-scope");
    const struct ipam_server *s = row;
    bool dns = false;
    for (size_t i = 0; s->type == IPAM_T_SERVER && i < s->roles.count; i++)
        dns = dns || str_is(s->roles.items[i], "dns");
    if (!dns || sight_judge(&c->sight, draft_view(d), op, row, draft_now(d)) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&c->sight, op, p);
}

static int decide_scope(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct set_scope *w = c->work;
    const void *before = view_get(draft_view(d), c->type->type, c->id);
    if (before == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    int rc = may_as_dns(c, d, before, &in->problem);
    rc = rc == 0 ? access_row_set_scope(d, before, w->scope, &in->problem) : rc;
    if (rc == 0)
        call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), c->type->type, c->id));
    return rc;
}

static void found(struct call *c)
{
    call_submit(c, NULL, decide_scope, NULL);
}

void handle_set_scope(struct call *c)
{
    static const char *const none[] = { NULL };
    struct set_scope *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    if (!call_params_known(c, none) || read_body(c, &w->scope) != 0) {
        call_problem(c);
        return;
    }
    call_body_done(c);
    call_find(c, found);
}

/* --- the binding --- */

static void write_binding(struct call *c)
{
    static const char *const states[] = { "none", "fresh", "good", "broken" };
    const char *message;
    enum binding state = vault_binding(c->api->at.vault, &message);
    struct json_writer w;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "state");
    jw_text(&w, states[state]);
    if (message[0] != '\0') {
        jw_key(&w, "message");
        jw_text(&w, message);
    }
    jw_object_end(&w);
}

void handle_binding(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_accept(c, false) || !call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    write_binding(c);
    call_json(c, 200);
}

static int decide_recompute(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    call_decide_empty(c, 204);
    return vault_retie(c->api->at.vault, d, &in->problem);
}

static void accepted_recompute(struct call *c)
{
    vault_tied(c->api->at.vault);
    call_reply(c);
}

void handle_binding_recompute(struct call *c)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    if (!call_params_known(c, none))
        call_problem(c);
    else
        call_submit(c, NULL, decide_recompute, accepted_recompute);
}

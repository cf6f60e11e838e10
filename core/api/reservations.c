/* reservations.c - reservations planned onto and off their servers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/call.h"

struct plan_work {
    uint32_t verb;
    int64_t plan, server;
    struct ipam_reservation wanted;
};

static void needs_row_itself(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    (void)v;
    if (c->id != 0)
        needs_row(n, IPAM_T_RESERVATION, c->id);
}

static int not_managed(const struct ipam_server *server, struct problem *p)
{
    problem_about(p, IPAM_T_SERVER, server->id);
    problem_hint(p, "let ipamd manage it: PATCH the server with {\"managed\": true}");
    return problem_set(p, PROBLEM_MANAGED, "server " STR_FMT " is not managed by ipamd",
                       STR_ARG(server->name));
}

static int scope_is_managed(struct sight *s, struct draft *d, struct plan_work *w, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_scope *scope = view_get(v, IPAM_T_SCOPE, w->wanted.scope);
    const struct ipam_server *server = scope != NULL ? view_get(v, IPAM_T_SERVER, scope->server) : NULL;
    if (server == NULL || !sight_sees(s, v, scope)) {
        problem_hint(p, "list the scopes with GET /api/v1/dhcp/scopes");
        return problem_set(p, PROBLEM_INVALID, "scope: there is no scope %lld", (long long)w->wanted.scope);
    }
    if (!server->managed) {
        return not_managed(server, p);
    }
    if (!prefix_contains_addr(&scope->prefix, &w->wanted.address))
        return problem_set(p, PROBLEM_INVALID, "address: it does not lie in the scope");
    RECORD_SET(&w->wanted, IPAM_RESERVATION_SERVER, server, server->id);
    RECORD_SET(&w->wanted, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, scope->native);
    RECORD_SET(&w->wanted, IPAM_RESERVATION_SPACE, space, scope->space);
    return 0;
}

static int address_is_free(struct draft *d, const struct ipam_reservation *r, struct problem *p)
{
    struct view_user users[8];
    size_t n = view_users(draft_view(d), r->space, &r->address, users, 8);
    for (size_t i = 0; i < n && i < 8; i++) {
        if (users[i].type != IPAM_T_RESERVATION)
            continue;
        problem_about(p, IPAM_T_RESERVATION, users[i].id);
        problem_hint(p, "delete that one first, or choose another address");
        return problem_set(p, PROBLEM_EXISTS, "the address is reserved already (reservation %lld)",
                           (long long)users[i].id);
    }
    return 0;
}

/* What is to be planned: w->wanted. */
static int judge(struct call *c, struct draft *d, struct plan_work *w, struct problem *p)
{
    int rc = 0;
    if (w->verb == IPAM_PLAN_STEP_VERB_DELETE) {
        const struct ipam_reservation *r = view_get(draft_view(d), IPAM_T_RESERVATION, c->id);
        const struct ipam_server *server =
            r != NULL ? view_get(draft_view(d), IPAM_T_SERVER, r->server) : NULL;
        if (server == NULL)
            return problem_set(p, PROBLEM_NOT_FOUND, "the reservation was deleted meanwhile");
        if (!server->managed)
            return not_managed(server, p);
        w->wanted = *r;
    } else if ((rc = scope_is_managed(&c->sight, d, w, p)) == 0) {
        rc = address_is_free(d, &w->wanted, p);
    }
    return rc;
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct plan_work *w = c->work;
    int rc = judge(c, d, w, &in->problem);
    if (rc != 0) {
        sight_veil(&c->sight, draft_view(d), &in->problem);
        return rc;
    }
    w->server = w->wanted.server;
    w->plan = rule_plan_reservation(d, w->verb, &w->wanted, 0, c->actor.name, c->actor.reason, &in->problem);
    if (w->plan == 0)
        return IPAM_E_INVAL;
    snprintf(c->location, sizeof(c->location), "/api/v1/manage/plans/%lld", (long long)w->plan);
    call_decide_object(c, 202, draft_view(d), view_get(draft_view(d), IPAM_T_PLAN, w->plan));
    return 0;
}

static void accepted(struct call *c)
{
    struct plan_work *w = c->work;
    manage_kick(c->api->at.manage, w->server);
    call_reply(c);
}

static void submit(struct call *c)
{
    call_submit(c, needs_row_itself, decide, accepted);
}

void handle_reservation_create(struct call *c)
{
    static const char *const none[] = { NULL };
    struct plan_work *w = arena_alloc(&c->arena, sizeof(*w));
    struct record_problems problems;
    void *rec = NULL;
    c->csv = false;
    c->work = w;
    w->verb = IPAM_PLAN_STEP_VERB_ADD;
    record_problems_init(&problems, &c->arena);
    if (!call_params_known(c, none) || call_body(c) != 0) {
        call_problem(c);
        return;
    }
    record_from_json(c->type, MODE_CREATE, c->doc, json_root(c->doc), "", &c->arena, &rec, NULL, &problems);
    if (problems.count == 0 && !record_has(rec, IPAM_RESERVATION_SCOPE))
        record_problem(&problems, "/scope", "a scope is needed; give its id");
    if (problems.count == 0 && !record_has(rec, IPAM_RESERVATION_ADDRESS))
        record_problem(&problems, "/address", "an address is needed");
    if (problems.count > 0) {
        call_invalid(c, &problems);
        call_problem(c);
        return;
    }
    w->wanted = *(struct ipam_reservation *)rec;
    if (!record_has(rec, IPAM_RESERVATION_IDENTIFIER_TYPE))
        RECORD_SET(&w->wanted, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    submit(c);
}

void handle_reservation_delete(struct call *c)
{
    struct plan_work *w = arena_alloc(&c->arena, sizeof(*w));
    c->work = w;
    w->verb = IPAM_PLAN_STEP_VERB_DELETE;
    call_find_plain(c, submit);
}

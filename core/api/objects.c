/* objects.c - one object: show, create, change, delete.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "api/call.h"

#define CREATE_MOST 1000 /* objects in one list */

static void answer_row(struct call *c)
{
    call_object(c, 200, c->row);
}

void handle_get(struct call *c)
{
    call_find_plain(c, answer_row);
}

/* --- create --- */

static int decide_create(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    for (size_t i = 0; i < c->rec_count; i++) {
        int rc = rule_create(d, c->recs[i], &in->problem);
        if (rc != 0 && c->many) {
            char at[32];
            struct record_problems problems;
            snprintf(at, sizeof(at), "/%zu", i);
            record_problems_init(&problems, &c->arena);
            record_problem(&problems, at, "%s", in->problem.detail);
            in->problem.errors = problems.first;
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void settled_create(struct intent *in, int status)
{
    struct call *c = call_of(in);
    if (status != 0) {
        c->problem = in->problem;
        call_problem(c);
        return;
    }
    if (c->many) {
        call_items(c, 201);
        return;
    }
    snprintf(c->location, sizeof(c->location), "/api/v1/%s/%s/%lld", c->type->group, c->type->plural,
             (long long)*(int64_t *)((char *)c->recs[0] + c->type->fields[0].offset));
    call_object(c, 201, c->recs[0]);
}

/* Reads one record or a list of them out of the body. */
static int read_records(struct call *c)
{
    const struct json *root = json_root(c->doc);
    struct record_problems problems;
    char base[32];
    record_problems_init(&problems, &c->arena);
    c->many = json_type(root) == JSON_ARRAY;
    c->rec_count = c->many ? json_count(root) : 1;
    if (c->rec_count == 0 || c->rec_count > CREATE_MOST) {
        problem_hint(&c->problem, "send one object, or a list of 1 to %d", CREATE_MOST);
        return problem_set(&c->problem, PROBLEM_INVALID, "the list has %zu objects", c->rec_count);
    }
    c->recs = arena_alloc(&c->arena, c->rec_count * sizeof(c->recs[0]));
    const struct json *v = c->many ? json_first(root) : root;
    for (size_t i = 0; i < c->rec_count; i++, v = json_next(v)) {
        snprintf(base, sizeof(base), "/%zu", i);
        record_from_json(c->type, MODE_CREATE, c->doc, v, c->many ? base : "", &c->arena, &c->recs[i], NULL,
                         &problems);
    }
    if (problems.count == 0)
        return 0;
    c->problem.errors = problems.first;
    problem_hint(&c->problem, "see /api/v1/openapi.json for the fields of a %s", c->type->name);
    return problem_set(&c->problem, PROBLEM_INVALID, "%u %s wrong; the first: %s: %s", problems.count,
                       problems.count == 1 ? "field is" : "fields are", problems.first->pointer,
                       problems.first->message);
}

void handle_create(struct call *c)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    int rc = call_params_known(c, none) ? call_body(c) : IPAM_E_INVAL;
    if (rc == 0)
        rc = read_records(c);
    for (size_t i = 0; rc == 0 && c->type->type == IPAM_T_SERVER && i < c->rec_count; i++)
        rc = fleet_check(c->api->at.fleet, c->recs[i], &c->problem);
    if (rc != 0) {
        call_problem(c);
    } else {
        call_body_done(c);
        c->intent.rows = (unsigned)c->rec_count;
        call_submit(c, NULL, decide_create, settled_create);
    }
}

/* --- change --- */

static void needs_row_and_claim(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    struct view_user users[8];
    if (c->type->residency == RES_RESIDENT)
        return;
    needs_row(n, c->type->type, c->id);
    if (c->type->type != IPAM_T_ADDRESS)
        return;
    const struct ipam_address *a = c->row;
    if (record_has(a, IPAM_ADDRESS_PLAN))
        needs_row(n, IPAM_T_PLAN, a->plan);
    if (record_has(a, IPAM_ADDRESS_CLAIM)) {
        struct ipam_claim *like = c->work;
        RECORD_SET(like, IPAM_CLAIM_CLAIM, claim, a->claim);
        needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, like);
    }
    size_t count = view_users(v, a->space, &a->address, users, 8);
    for (size_t i = 0; i < count && i < 8; i++)
        if (users[i].type == IPAM_T_RESERVATION)
            needs_row(n, IPAM_T_RESERVATION, users[i].id);
}

/* The row as it is inside the gate; a problem when it is gone. */
static const void *row_now(struct call *c, struct draft *d, struct intent *in)
{
    const void *row = view_get(draft_view(d), c->type->type, c->id);
    if (row == NULL)
        problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    return row;
}

static int decide_patch(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = row_now(c, d, in);
    if (before == NULL)
        return IPAM_E_NOENT;
    int rc = rule_update(d, before, c->recs[0], c->cleared, &in->problem);
    if (rc == 0)
        c->row = record_copy(&c->arena, view_get(draft_view(d), c->type->type, c->id));
    return rc;
}

static void settled_patch(struct intent *in, int status)
{
    struct call *c = call_of(in);
    c->problem = in->problem;
    if (status != 0) {
        call_problem(c);
        return;
    }
    if (c->type->type == IPAM_T_SERVER)
        fleet_refresh(c->api->at.fleet, c->id);
    call_object(c, 200, c->row);
}

static void found_patch(struct call *c)
{
    if (c->type->type == IPAM_T_SERVER) {
        struct ipam_server *after = record_copy(&c->arena, c->row);
        record_merge(after, c->recs[0], c->cleared);
        if (fleet_check(c->api->at.fleet, after, &c->problem) != 0) {
            call_problem(c);
            return;
        }
    }
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_patch, settled_patch);
}

void handle_patch(struct call *c)
{
    static const char *const none[] = { NULL };
    struct record_problems problems;
    c->csv = false;
    record_problems_init(&problems, &c->arena);
    if (!call_params_known(c, none) || call_body(c) != 0) {
        call_problem(c);
        return;
    }
    c->recs = arena_alloc(&c->arena, sizeof(c->recs[0]));
    if (record_from_json(c->type, MODE_PATCH, c->doc, json_root(c->doc), "", &c->arena, &c->recs[0],
                         c->cleared, &problems) != 0) {
        c->problem.errors = problems.first;
        problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", problems.first->pointer, problems.first->message);
        call_problem(c);
        return;
    }
    call_find(c, found_patch);
}

/* --- delete --- */

static int decide_delete(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = row_now(c, d, in);
    return before != NULL ? rule_delete(d, before, &in->problem) : IPAM_E_NOENT;
}

static void settled_delete(struct intent *in, int status)
{
    struct call *c = call_of(in);
    c->problem = in->problem;
    if (status != 0) {
        call_problem(c);
        return;
    }
    if (c->type->type == IPAM_T_ADDRESS && record_has(c->row, IPAM_ADDRESS_PLAN))
        manage_recover(c->api->at.manage); /* the removal of its reservation was planned */
    call_empty(c, 204);
}

static void found_delete(struct call *c)
{
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_delete, settled_delete);
}

void handle_delete(struct call *c)
{
    call_find_plain(c, found_delete);
}

/* objects.c - one object: show, change, replace, delete.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "access/rows.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/objects.h"
#include "api/past.h"

static void answer_row(struct call *c)
{
    if (call_unchanged(c, c->row))
        call_empty(c, 304);
    else
        call_object(c, 200, c->row);
}

static void find_row(struct call *c)
{
    call_find(c, answer_row);
}

void handle_get(struct call *c)
{
    static const char *const known[] = { "fields", "at", NULL };
    uint64_t *fields = arena_alloc(&c->arena, 2 * sizeof(*fields));
    struct ipam_str at = call_param(c, "at");
    if (!call_accept(c, false) || !call_params_known(c, known) || !ask_fields(c, c->type, fields) ||
        (at.data != NULL && !ask_past_known(c, c->type))) {
        call_problem(c);
        return;
    }
    c->fields = fields;
    past_find(c, at, -1, find_row);
}

/* --- change --- */

void needs_of_row(struct needs *n, const struct view *v, const void *row, struct ipam_claim *like)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    struct view_user users[8];
    if (t->type == IPAM_T_SUBNET && record_has(row, IPAM_SUBNET_CLAIM)) {
        RECORD_SET(like, IPAM_CLAIM_CLAIM, claim, ((const struct ipam_subnet *)row)->claim);
        needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, like);
    }
    if (t->residency == RES_RESIDENT)
        return;
    needs_row(n, t->type, *(const int64_t *)((const char *)row + t->fields[0].offset));
    if (t->type != IPAM_T_ADDRESS)
        return;
    const struct ipam_address *a = row;
    for (enum served_kind kind = SERVED_RESERVATION; kind < SERVED_KINDS; kind++)
        if (rule_sync_plan(a, kind) != 0)
            needs_row(n, IPAM_T_PLAN, rule_sync_plan(a, kind));
    if (record_has(a, IPAM_ADDRESS_CLAIM)) {
        RECORD_SET(like, IPAM_CLAIM_CLAIM, claim, a->claim);
        needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, like);
    }
    size_t count = view_users(v, a->space, &a->address, users, 8);
    for (size_t i = 0; i < count && i < 8; i++)
        if (users[i].type == IPAM_T_RESERVATION)
            needs_row(n, IPAM_T_RESERVATION, users[i].id);
}

void needs_addresses(struct needs *n, const struct view *v, int64_t space, struct ipam_addr from,
                     const struct ipam_addr *last, size_t most)
{
    struct view_user users[8];
    struct ipam_addr used;
    size_t needed = 0;
    while (needed < most && view_first_used(v, space, &from, last, &used) == 0) {
        size_t count = view_users(v, space, &used, users, 8);
        for (size_t k = 0; k < count && k < 8; k++)
            if (users[k].type == IPAM_T_ADDRESS) {
                needs_row(n, IPAM_T_ADDRESS, users[k].id);
                needed++;
            }
        if (addr_equal(&used, last) || addr_add(&used, u128_from(1), &from) != 0)
            break;
    }
}

void needs_inside(struct needs *n, const struct view *v, const void *row)
{
    const struct ipam_subnet *s = row;
    const struct ipam_range *r = row;
    struct ipam_addr first, last;
    if (s->type == IPAM_T_SUBNET) {
        prefix_first(&s->prefix, &first);
        prefix_last(&s->prefix, &last);
        needs_addresses(n, v, s->space, first, &last, MODEL_SET_ROWS + 1);
    } else if (r->type == IPAM_T_RANGE) {
        needs_addresses(n, v, r->space, r->first, &r->last, MODEL_SET_ROWS + 1);
    }
}

/* The name that a custom field would lose, perhaps another than when it was found; absent: it keeps it. */
static struct ipam_str name_lost(const struct call *c, const struct view *v)
{
    const struct ipam_custom_field *now = NULL, *then = c->rec_count == 1 ? c->recs[0] : NULL;
    if (c->type->type == IPAM_T_CUSTOM_FIELD)
        now = view_get(v, IPAM_T_CUSTOM_FIELD, c->id);
    bool renames = now != NULL && then != NULL && record_has(then, IPAM_CUSTOM_FIELD_NAME) &&
                   !str_equal(now->name, then->name);
    return renames ? now->name : (struct ipam_str){ NULL, 0 };
}

static void needs_row_and_claim(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    struct ipam_str name = name_lost(c, v);
    needs_of_row(n, v, c->row, c->work);
    if (name.data != NULL)
        needs_of_rename(n, v, name, (struct ipam_str){ NULL, 0 });
}

/* The row as it is inside the gate; a problem when it is gone. */
static const void *row_now(struct call *c, struct draft *d, struct intent *in)
{
    const void *row = view_get(draft_view(d), c->type->type, c->id);
    if (row == NULL)
        problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    return row;
}

int change_row(struct sight *s, struct draft *d, const void *before, const void *patch,
               const uint64_t cleared[2], struct problem *p)
{
    int rc = sight_check_members(s, draft_view(d), before, patch, p);
    if (rc == 0)
        rc = access_is_row(((const struct ipam_record *)before)->type)
                 ? access_row_update(d, before, patch, cleared, p)
                 : rule_update(d, before, patch, cleared, p);
    if (rc != 0)
        sight_veil(s, draft_view(d), p);
    return rc;
}

int delete_row(struct sight *s, struct draft *d, const void *before, struct problem *p)
{
    int rc = access_is_row(((const struct ipam_record *)before)->type) ? access_row_delete(d, before, p)
                                                                       : rule_delete(d, before, p);
    if (rc == 0)
        access_forget(d, before);
    else
        sight_veil(s, draft_view(d), p);
    return rc;
}

static int decide_patch(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = row_now(c, d, in);
    if (before == NULL)
        return IPAM_E_NOENT;
    int rc = change_row(&c->sight, d, before, c->recs[0], c->cleared, &in->problem);
    if (rc == 0)
        rc = identity_keep(c, d, view_get(draft_view(d), c->type->type, c->id), &in->problem);
    if (rc == 0)
        call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), c->type->type, c->id));
    return rc;
}

static void accepted_change(struct call *c)
{
    if (c->type->type == IPAM_T_SERVER)
        fleet_refresh(c->api->at.fleet, c->id);
    call_reply(c);
}

static void found_patch(struct call *c)
{
    if (c->type->type == IPAM_T_SERVER || c->type->type == IPAM_T_SAVED_QUERY) {
        void *after = record_copy(&c->arena, c->row);
        if (after == NULL) {
            call_starved(c);
            call_problem(c);
            return;
        }
        record_merge(after, c->recs[0], c->cleared);
        if (!create_is_taken(c, after, &c->problem)) {
            call_problem(c);
            return;
        }
    }
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_patch, accepted_change);
}

/* Reads the one object of the body. */
static int read_object(struct call *c, enum record_mode mode)
{
    static const char *const none[] = { NULL };
    struct record_problems problems;
    c->csv = false;
    record_problems_init(&problems, &c->arena);
    if (!call_params_known(c, none) || call_body(c) != 0)
        return IPAM_E_INVAL;
    c->recs = arena_alloc(&c->arena, sizeof(c->recs[0]));
    c->rec_count = 1;
    int rc = record_from_json(c->type, mode, c->doc, json_root(c->doc), "", &c->arena, &c->recs[0],
                              mode == MODE_PATCH ? c->cleared : NULL, &problems);
    int taken = call_take_secret(c);
    call_body_done(c);
    return rc == 0 ? taken : call_invalid(c, &problems);
}

static void find_patch(struct call *c)
{
    call_find(c, found_patch);
}

void handle_patch(struct call *c)
{
    if (read_object(c, MODE_PATCH) != 0)
        call_problem(c);
    else
        identity_prepare(c, find_patch);
}

/* --- replace --- */

static int decide_replace(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct record_problems problems;
    const void *before = row_now(c, d, in);
    if (before == NULL)
        return IPAM_E_NOENT;
    record_problems_init(&problems, &c->arena);
    void *given = record_copy(draft_arena(d), c->recs[0]);
    if (given == NULL)
        out_of_memory(0); /* the arena has no limit */
    int rc = sight_check_members(&c->sight, draft_view(d), before, given, &in->problem);
    sight_keep_named(&c->sight, draft_view(d), before, given);
    if (rc == 0)
        rc = rule_replace(d, before, given, &problems, &in->problem);
    if (rc != 0)
        sight_veil(&c->sight, draft_view(d), &in->problem);
    else
        call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), c->type->type, c->id));
    return rc;
}

static void found_put(struct call *c)
{
    if (!create_is_taken(c, c->recs[0], &c->problem)) {
        call_problem(c);
        return;
    }
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_replace, accepted_change);
}

/* Nothing has that key: it becomes the object's, if the body agrees and such objects are made by POST too. */
static void missing_put(struct call *c)
{
    c->missing = NULL;
    if (create_at_key(c) != 0 || !create_is_taken(c, c->recs[0], &c->problem))
        call_problem(c);
    else
        create_submit(c);
}

static void find_put(struct call *c)
{
    if (create_may_have_key(c))
        c->missing = missing_put;
    call_find(c, found_put);
}

void handle_put(struct call *c)
{
    if (read_object(c, MODE_REPLACE) != 0)
        call_problem(c);
    else
        identity_prepare(c, find_put);
}

/* --- delete --- */

static int decide_delete(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = row_now(c, d, in);
    if (before == NULL)
        return IPAM_E_NOENT;
    call_decide_empty(c, 204);
    return delete_row(&c->sight, d, before, &in->problem);
}

/* The same of an address, whose reservation stays on its server. */
static int decide_keeping(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *before = row_now(c, d, in);
    if (before == NULL)
        return IPAM_E_NOENT;
    call_decide_empty(c, 204);
    int rc = rule_reclaim(d, before, &in->problem);
    if (rc != 0)
        sight_veil(&c->sight, draft_view(d), &in->problem);
    return rc;
}

static void accepted_delete(struct call *c)
{
    if (c->type->type == IPAM_T_ADDRESS && record_has(c->row, IPAM_ADDRESS_PLAN))
        manage_recover(c->api->at.manage); /* the removal of its reservation was planned */
    call_reply(c);
}

void delete_found(struct call *c)
{
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_delete, accepted_delete);
}

void handle_delete(struct call *c)
{
    call_find_plain(c, delete_found);
}

static void delete_keeping(struct call *c)
{
    c->work = record_new(&c->arena, IPAM_T_CLAIM);
    call_submit(c, needs_row_and_claim, decide_keeping, NULL);
}

void handle_address_delete(struct call *c)
{
    static const char *const known[] = { "keep_reservation", NULL };
    bool keeps = false;
    if (!call_params_known(c, known) || !call_param_bool(c, "keep_reservation", &keeps))
        call_problem(c);
    else
        call_find(c, keeps ? delete_keeping : delete_found);
}

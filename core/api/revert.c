/* revert.c - POST /audit/changes/{rev}/revert: what a revision did is undone, by a new one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The change log is read from the revision on: later ones that changed the same objects, and those that
 * changed what these changed, are undone with it (`cascade`), or stand in its way and are named. */
#include <stdio.h>

#include "api/grant.h"
#include "api/revert.h"

#define NAMED_MOST 100 /* later revisions that an answer names */

struct revert {
    struct grant grant; /* for its readers of members */
    struct call *c;
    int64_t rev;
    bool cascade;
    struct fold fold;
    bool found;      /* the revision is there, and he sees something of it */
    int failed;      /* of a row */
    int64_t damaged; /* the revision that could not be read */
    int64_t *revs;   /* that are undone, in order; NAMED_MOST of them */
    size_t count;    /* of all */
    struct record_problems later;
    struct undoing *list;
};

static int read_cascade(struct call *c, struct grant *g, const struct json *v)
{
    struct revert *r = container_of(g, struct revert, grant);
    if (json_bool(v, &r->cascade) != 0)
        return grant_wrong(c, "/cascade", "expected true or false");
    return 0;
}

static const struct grant_member members[] = { { "cascade", read_cascade }, { NULL, NULL } };

/* --- the change log --- */

static bool shown(struct revert *r, struct ipam_bytes body, struct ipam_change **ret)
{
    struct call *c = r->c;
    struct changelog_look look = sight_look(&c->sight);
    return changelog_head(body, &c->arena, sight_whole(&c->sight) ? NULL : &look, ret) == 1;
}

static void note(struct revert *r, int64_t rev, struct ipam_bytes body)
{
    struct ipam_change *head;
    if (r->count < NAMED_MOST)
        r->revs[r->count] = rev;
    if (rev != r->rev && r->count < NAMED_MOST && shown(r, body, &head)) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/audit/changes/%lld", (long long)rev);
        record_problem(&r->later, pointer, STR_FMT " by " STR_FMT, STR_ARG(head->operation),
                       STR_ARG(head->actor));
    }
    r->count++;
}

static void on_row(void *user, int64_t rev, struct ipam_bytes body)
{
    struct revert *r = user;
    struct ipam_change *head;
    if (r->failed != 0 || (rev != r->rev && !r->found))
        return;
    int rc = rev == r->rev ? shown(r, body, &head) : fold_touches(&r->fold, body);
    if (rc == 1) {
        r->found = true;
        rc = fold_add(&r->fold, body, NULL);
        note(r, rev, body);
    }
    if (rc >= 0)
        return;
    r->failed = rc;
    r->damaged = rev;
    request_cancel(r->c->reading);
}

static void end(struct call *c)
{
    struct revert *r = c->work;
    fold_fini(&r->fold);
}

/* --- the gate --- */

/* The claims of an address or subnet that goes or comes. */
static void needs_claim(struct arena *a, struct needs *n, const void *rec)
{
    const struct ipam_address *at = rec;
    const struct ipam_subnet *s = rec;
    struct ipam_claim *like = record_new(a, IPAM_T_CLAIM);
    bool address = at->type == IPAM_T_ADDRESS;
    struct ipam_str claim = address ? at->claim : s->claim;
    if (claim.len == 0 || like == NULL)
        return;
    RECORD_SET(like, IPAM_CLAIM_SPACE, space, address ? at->space : s->space);
    RECORD_SET(like, IPAM_CLAIM_CLAIM, claim, claim);
    needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, like);
}

void revert_needs(const struct fold *f, struct arena *a, const struct view *v, struct needs *n)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct fold_object *o = f->list[i];
        const struct record_type *t = record_type(o->type);
        if (t == NULL)
            continue;
        if (t->residency != RES_RESIDENT)
            needs_row(n, o->type, o->id);
        if (o->type == IPAM_T_ADDRESS || o->type == IPAM_T_SUBNET) {
            needs_claim(a, n, o->before);
            needs_claim(a, n, o->after);
        }
        if (o->type == IPAM_T_ADDRESS && record_has(o->after, IPAM_ADDRESS_PLAN))
            needs_row(n, IPAM_T_PLAN, ((const struct ipam_address *)o->after)->plan);
        const void *row = o->type == IPAM_T_SUBNET ? view_get(v, o->type, o->id) : NULL;
        if (row != NULL)
            needs_inside(n, v, row);
    }
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    revert_needs(&((struct revert *)c->work)->fold, &c->arena, v, n);
}

static void write_answer(struct call *c, struct revert *r)
{
    struct json_writer w;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "reverted");
    jw_array(&w);
    for (size_t i = 0; i < r->count && i < NAMED_MOST; i++)
        jw_int(&w, r->revs[i]);
    jw_array_end(&w);
    jw_key(&w, "count");
    jw_int(&w, (int64_t)r->count);
    jw_key(&w, "objects");
    jw_int(&w, (int64_t)r->fold.count);
    jw_object_end(&w);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct revert *r = c->work;
    struct arena scratch;
    arena_init(&scratch, 0);
    int rc = rule_undo(d, r->list, r->fold.count, &scratch, &in->problem);
    arena_fini(&scratch);
    if (rc != 0) {
        sight_veil(&c->sight, draft_view(d), &in->problem);
        return rc;
    }
    call_decide_empty(c, 201);
    c->media = "application/json";
    write_answer(c, r);
    snprintf(c->location, sizeof(c->location), "/api/v1/audit/changes/%lld", (long long)draft_revision(d));
    return 0;
}

static void accepted(struct call *c)
{
    manage_recover(c->api->at.manage); /* reservations may go with addresses */
    call_reply(c);
}

/* Who sees a part alone is not told how many there are that he does not see. */
static void refuse_later(struct call *c, const struct revert *r)
{
    size_t named = r->count < NAMED_MOST ? r->count : NAMED_MOST;
    c->problem.errors = r->later.first;
    problem_hint(&c->problem, "undo those first, or all together with \"cascade\": true");
    if (sight_whole(&c->sight))
        problem_set(&c->problem, PROBLEM_CHANGED_SINCE,
                    "%zu later revision%s changed what revision %lld changed: the newest is %lld",
                    r->count - 1, r->count == 2 ? "" : "s", (long long)r->rev, (long long)r->revs[named - 1]);
    else
        problem_set(&c->problem, PROBLEM_CHANGED_SINCE, "what revision %lld changed was changed again later",
                    (long long)r->rev);
    call_problem(c);
}

static void submit(struct call *c)
{
    struct revert *r = c->work;
    if (r->count > 1 && !r->cascade) {
        refuse_later(c, r);
        return;
    }
    c->sight.by_row = true;
    c->intent.rows = (unsigned)r->fold.count;
    c->intent.bulk = r->fold.count > 1000;
    r->list = fold_undoing(&r->fold);
    call_submit(c, needs, decide, accepted);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct revert *r = user;
    struct call *c = r->c;
    (void)answer;
    c->reading = NULL;
    if (r->failed == IPAM_E_TOOBIG) {
        problem_hint(&c->problem, "undo later revisions first, some at a time");
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "more than %d objects would be changed", MODEL_SET_ROWS);
        call_problem(c);
    } else if (r->failed != 0) {
        char text[128];
        snprintf(text, sizeof(text),
                 "revision %lld of the change log cannot be read: the database is damaged",
                 (long long)r->damaged);
        call_status_problem(c, IPAM_E_BUG, text);
    } else if (status != 0) {
        call_status_problem(c, status, message);
    } else if (!r->found) {
        call_no_revision(c);
    } else {
        submit(c);
    }
}

void handle_revert(struct call *c)
{
    static const char *const none[] = { NULL };
    struct revert *r = arena_alloc(&c->arena, sizeof(*r));
    c->csv = false;
    c->work = r;
    r->c = c;
    r->revs = arena_alloc(&c->arena, NAMED_MOST * sizeof(r->revs[0]));
    record_problems_init(&r->later, &c->arena);
    if (!call_params_known(c, none) || grant_read(c, &r->grant, members, "revert") != 0) {
        call_problem(c);
        return;
    }
    call_body_done(c);
    r->rev = call_ref(c, 0, c->key);
    if (r->rev == 0 || r->rev > state_head(c->api->at.state)) {
        call_no_revision(c);
        return;
    }
    fold_init(&r->fold, MODEL_SET_ROWS);
    c->ended = end;
    c->reading = store_changes(c->api->at.store, r->rev - 1, 0, 0, 0, on_row, on_read, r);
}

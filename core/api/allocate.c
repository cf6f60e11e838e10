/* allocate.c - POST .../allocate: addresses handed out, once per claim.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/clock.h"

#define COUNT_MOST   1000
#define WAIT_MOST_MS 60000

struct allocate {
    struct allocation a;
    struct ipam_claim like;
    uint8_t digest[ACCESS_DIGEST_BYTES];
    struct ipam_address fields;
    int64_t wait_ms;
    int64_t server; /* whose plan waits */
};

static int wrong(struct call *c, const char *pointer, const char *message)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    c->problem.errors = problems.first;
    return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", pointer, message);
}

static int read_strategy(struct call *c, struct allocate *w, const struct json *v)
{
    struct allocation *a = &w->a;
    struct ipam_str s = json_str(v);
    if (str_is(s, "first"))
        a->strategy = STRATEGY_FIRST;
    else if (str_is(s, "last"))
        a->strategy = STRATEGY_LAST;
    else if (str_is(s, "random"))
        a->strategy = STRATEGY_RANDOM;
    else if (str_is(s, "sparse"))
        return problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                           "strategy \"sparse\" is not supported; use first, last or random");
    else
        return wrong(c, "/strategy", "expected first, last or random");
    return 0;
}

/* "reservation": true, or { "identifier_type": ..., "identifier": ... }. */
static int read_reservation(struct call *c, struct allocate *w, const struct json *v)
{
    struct allocation *a = &w->a;
    struct record_problems problems;
    void *rec;
    bool flag;
    if (json_bool(v, &flag) == 0) {
        a->reservation = flag;
        return 0;
    }
    if (json_type(v) != JSON_OBJECT)
        return wrong(c, "/reservation",
                     "expected true, false, or an object with identifier_type and identifier");
    record_problems_init(&problems, &c->arena);
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m))
        if (!str_is(json_key(m), "identifier_type") && !str_is(json_key(m), "identifier"))
            return wrong(c, arena_printf(&c->arena, "/reservation/" STR_FMT, STR_ARG(json_key(m))),
                         "unknown field; a reservation takes identifier_type and identifier here");
    record_from_json(record_type(IPAM_T_RESERVATION), MODE_CREATE, c->doc, v, "/reservation", &c->arena, &rec,
                     NULL, &problems);
    if (problems.count > 0) {
        c->problem.errors = problems.first;
        return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", problems.first->pointer,
                           problems.first->message);
    }
    const struct ipam_reservation *r = rec;
    a->reservation = true;
    a->identifier = r->identifier;
    a->identifier_type = record_has(r, IPAM_RESERVATION_IDENTIFIER_TYPE)
                             ? r->identifier_type
                             : IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    return 0;
}

static int read_count(struct call *c, struct allocate *w, const struct json *v)
{
    if (json_int(v, &w->a.count) != 0 || w->a.count < 1 || w->a.count > COUNT_MOST)
        return wrong(c, "/count", "expected a whole number from 1 to 1000");
    return 0;
}

/* A text member, judged by the field that will hold it. */
static int read_text(struct call *c, const struct json *v, uint32_t type, unsigned number, void *rec)
{
    const struct record_field *f = record_field_number(record_type(type), number);
    char err[256];
    if (json_type(v) != JSON_STRING)
        snprintf(err, sizeof(err), "must be a string, not %s", json_type_name(json_type(v)));
    else if (record_field_parse(f, json_str(v), &c->arena, rec, err) == 0)
        return 0;
    return wrong(c, arena_printf(&c->arena, "/%s", f->name), err);
}

static int read_claim(struct call *c, struct allocate *w, const struct json *v)
{
    int rc = read_text(c, v, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &w->like);
    w->a.claim = w->like.claim;
    return rc;
}

static int read_name(struct call *c, struct allocate *w, const struct json *v)
{
    return read_text(c, v, IPAM_T_ADDRESS, IPAM_ADDRESS_NAME, &w->fields);
}

static int read_mac(struct call *c, struct allocate *w, const struct json *v)
{
    return read_text(c, v, IPAM_T_ADDRESS, IPAM_ADDRESS_MAC, &w->fields);
}

static int read_description(struct call *c, struct allocate *w, const struct json *v)
{
    return read_text(c, v, IPAM_T_ADDRESS, IPAM_ADDRESS_DESCRIPTION, &w->fields);
}

/* What the body may hold: members of the verb, and fields of the address. */
static const struct member {
    const char *name;
    int (*read)(struct call *c, struct allocate *w, const struct json *v);
} members[] = {
    { "count", read_count },
    { "strategy", read_strategy },
    { "claim", read_claim },
    { "reservation", read_reservation },
    { "name", read_name },
    { "mac", read_mac },
    { "description", read_description },
};

static int read_member(struct call *c, struct allocate *w, const struct json *v)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (str_is(json_key(v), members[i].name))
            return members[i].read(c, w, v);
    return wrong(
        c, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(v))),
        "unknown field; allocate takes count, strategy, claim, reservation, name, mac and description");
}

static int read_wait(struct call *c, struct allocate *w)
{
    struct ipam_str wait = call_param(c, "wait");
    if (wait.data == NULL ||
        (duration_parse(wait.data, wait.len, &w->wait_ms) == 0 && w->wait_ms <= WAIT_MOST_MS))
        return 0;
    return problem_set(&c->problem, PROBLEM_INVALID,
                       "wait=" STR_FMT " is not a duration up to 60s, such as 10s", STR_ARG(wait));
}

static int read_request(struct call *c, struct allocate *w)
{
    int rc = c->body.len != 0 ? call_body(c) : json_parse("{}", 2, 2, &c->doc, &(struct json_error){ 0 });
    if (rc != 0 || (rc = read_wait(c, w)) != 0)
        return rc;
    const struct json *root = json_root(c->doc);
    if (json_type(root) != JSON_OBJECT)
        return wrong(c, "",
                     arena_printf(&c->arena, "must be an object, not %s", json_type_name(json_type(root))));
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v))
        if ((rc = read_member(c, w, v)) != 0)
            return rc;
    if (w->a.reservation && w->a.identifier.len == 0) {
        w->a.identifier = w->fields.mac;
        w->a.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
        if (w->a.identifier.len == 0)
            return wrong(c, "/reservation", "a reservation needs the client's mac, or an identifier");
    }
    if (w->a.reservation && w->a.count != 1)
        return wrong(c, "/count", "a reservation is for one client: count is 1");
    return 0;
}

/* What makes the request of a claim the same: the object and the whole body, whatever its spacing and order.
 */
static void make_digest(struct call *c, struct allocate *w)
{
    struct strbuf canonical;
    strbuf_init(&canonical, 64u << 20);
    strbuf_printf(&canonical, "%u %lld ", c->type->type, (long long)c->id);
    json_canonical(c->doc, json_root(c->doc), &canonical);
    access_digest(canonical.data, canonical.len, w->digest);
    strbuf_fini(&canonical);
}

static void needs_claim(struct intent *in, const struct view *v, struct needs *n)
{
    struct allocate *w = call_of(in)->work;
    (void)v;
    if (w->a.claim.len != 0)
        needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &w->like);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct allocate *w = c->work;
    w->a.ret_plan = w->server = 0;
    w->a.ret_replayed = false;
    int rc = rule_allocate(d, &w->a, &in->problem);
    if (rc != 0 || w->a.ret_replayed)
        return rc;
    c->rec_count = (size_t)w->a.ret_count;
    for (size_t i = 0; i < c->rec_count; i++)
        c->recs[i] = record_copy(&c->arena, view_get(draft_view(d), IPAM_T_ADDRESS, w->a.ret_ids[i]));
    if (w->a.ret_plan != 0)
        w->server = ((const struct ipam_plan *)view_get(draft_view(d), IPAM_T_PLAN, w->a.ret_plan))->server;
    return 0;
}

/* --- the answer: what storage has now, for a replay and after waiting --- */

static void on_address(void *user, const struct record_type *t, void *rec)
{
    struct call *c = user;
    struct allocate *w = c->work;
    (void)t;
    for (int64_t i = 0; i < w->a.ret_count; i++)
        if (w->a.ret_ids[i] == ((const struct ipam_address *)rec)->id)
            c->recs[i] = record_copy(&c->arena, rec);
}

static void load_next(struct call *c);

static void on_loaded(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct call *c = user;
    (void)answer;
    if (c->recs[c->rec_count] == NULL && status != 0) { /* else the row as it was committed will do */
        call_status_problem(c, status, message);
        return;
    }
    if (c->recs[c->rec_count] == NULL) { /* between the gate's answer and this reading */
        problem_hint(&c->problem, "allocate again under another claim");
        problem_set(&c->problem, PROBLEM_CLAIM_RELEASED, "an address of the claim was released just now");
        call_problem(c);
        return;
    }
    c->rec_count++;
    load_next(c);
}

static void load_next(struct call *c)
{
    struct allocate *w = c->work;
    struct ipam_address like;
    if (c->rec_count == (size_t)w->a.ret_count) {
        c->type = record_type(IPAM_T_ADDRESS);
        call_items(c, w->a.ret_replayed ? 200 : 201);
        return;
    }
    record_init(&like, IPAM_T_ADDRESS);
    RECORD_SET(&like, IPAM_ADDRESS_ID, id, w->a.ret_ids[c->rec_count]);
    struct store_filter f = { 0, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_ADDRESS, .filters = &f, .filter_count = 1, .limit = 1 };
    store_query(c->api->at.store, &q, on_address, on_loaded, c);
}

static void on_waited(struct call *c)
{
    c->rec_count = 0;
    load_next(c);
}

static void settled(struct intent *in, int status)
{
    struct call *c = call_of(in);
    struct allocate *w = c->work;
    c->problem = in->problem;
    if (status != 0) {
        call_problem(c);
        return;
    }
    if (w->server != 0)
        manage_kick(c->api->at.manage, w->server);
    if (w->a.ret_replayed) {
        c->rec_count = 0;
        load_next(c);
    } else if (w->server != 0 && w->wait_ms > 0) {
        call_wait(c, w->a.ret_plan, w->wait_ms, on_waited);
    } else {
        call_items(c, 201);
    }
}

static void found(struct call *c)
{
    struct allocate *w = c->work;
    *(c->type->type == IPAM_T_SUBNET ? &w->a.subnet : &w->a.range) = c->id;
    make_digest(c, w);
    call_body_done(c);
    w->a.digest = (struct ipam_bytes){ w->digest, sizeof(w->digest) };
    w->a.fields = &w->fields;
    w->a.actor = c->actor.name;
    w->a.reason = c->actor.reason;
    w->a.ret_ids = arena_alloc(&c->arena, (size_t)w->a.count * sizeof(w->a.ret_ids[0]));
    c->recs = arena_alloc(&c->arena, (size_t)w->a.count * sizeof(c->recs[0]));
    c->intent.rows = (unsigned)w->a.count;
    call_submit(c, needs_claim, decide, settled);
}

void handle_allocate(struct call *c)
{
    static const char *const params[] = { "wait", NULL };
    struct allocate *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    w->a.count = 1;
    record_init(&w->fields, IPAM_T_ADDRESS);
    record_init(&w->like, IPAM_T_CLAIM);
    if (!call_params_known(c, params) || read_request(c, w) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

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

static int read_strategy(struct call *c, struct allocation *a, const struct json *v)
{
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
static int read_reservation(struct call *c, struct allocation *a, const struct json *v)
{
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

static int read_count(struct call *c, struct allocation *a, const struct json *v)
{
    if (json_int(v, &a->count) != 0 || a->count < 1 || a->count > COUNT_MOST)
        return wrong(c, "/count", "expected a whole number from 1 to 1000");
    return 0;
}

static int read_claim(struct call *c, struct allocation *a, const struct json *v)
{
    a->claim = json_str(v);
    if (a->claim.len == 0 || a->claim.len > 255)
        return wrong(c, "/claim", "expected a text of 1 to 255 bytes");
    return 0;
}

/* Members that are not of the verb are fields of the address. */
static int read_fields(struct call *c, struct allocate *w)
{
    static const char *const fields[] = { "name", "mac", "description", NULL };
    static const char *const known[] = { "count", "strategy", "claim", "reservation" };
    static int (*const read[])(struct call *, struct allocation *,
                               const struct json *) = { read_count, read_strategy, read_claim,
                                                        read_reservation };
    const struct json *root = json_root(c->doc);
    const struct record_type *t = record_type(IPAM_T_ADDRESS);
    if (json_type(root) != JSON_OBJECT)
        return problem_set(&c->problem, PROBLEM_INVALID, "the body is not an object");
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v)) {
        struct ipam_str key = json_key(v);
        size_t i = 0, k = 0;
        while (i < 4 && !str_is(key, known[i]))
            i++;
        if (i < 4) {
            int rc = read[i](c, &w->a, v);
            if (rc != 0)
                return rc;
            continue;
        }
        while (fields[k] != NULL && !str_is(key, fields[k]))
            k++;
        if (fields[k] == NULL)
            return wrong(c, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(key)),
                         "unknown field; allocate takes count, strategy, claim, reservation, name, mac and "
                         "description");
    }
    struct json_writer jw;
    struct strbuf own;
    struct json_doc *doc = NULL;
    struct json_error e;
    struct record_problems problems;
    void *rec = NULL;
    strbuf_init(&own, 1u << 20);
    jw_init(&jw, &own);
    jw_object(&jw);
    for (size_t k = 0; fields[k] != NULL; k++) {
        const struct json *v = json_get(root, fields[k]);
        if (v == NULL)
            continue;
        jw_key(&jw, fields[k]);
        jw_raw(&jw, json_span(c->doc, v));
    }
    jw_object_end(&jw);
    record_problems_init(&problems, &c->arena);
    int rc = json_parse(own.data, own.len, own.max, &doc, &e);
    if (rc == 0)
        record_from_json(t, MODE_TRUSTED, doc, json_root(doc), "", &c->arena, &rec, NULL, &problems);
    json_free(doc);
    strbuf_fini(&own);
    if (problems.count > 0) {
        c->problem.errors = problems.first;
        return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", problems.first->pointer,
                           problems.first->message);
    }
    w->fields = *(struct ipam_address *)rec;
    return rc;
}

static int read_request(struct call *c, struct allocate *w)
{
    struct strbuf canonical;
    struct ipam_str wait = call_param(c, "wait");
    w->a.count = 1;
    int rc = c->body.len != 0 ? call_body(c) : json_parse("{}", 2, 2, &c->doc, &(struct json_error){ 0 });
    if (rc == 0)
        rc = read_fields(c, w);
    if (rc != 0)
        return rc;
    if (wait.data != NULL &&
        (duration_parse(wait.data, wait.len, &w->wait_ms) != 0 || w->wait_ms > WAIT_MOST_MS))
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "wait=" STR_FMT " is not a duration up to 60s, such as 10s", STR_ARG(wait));
    if (w->a.reservation && w->a.identifier.len == 0) {
        w->a.identifier = w->fields.mac;
        w->a.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
        if (w->a.identifier.len == 0)
            return wrong(c, "/reservation", "a reservation needs the client's mac, or an identifier");
    }
    if (w->a.reservation && w->a.count != 1)
        return wrong(c, "/count", "a reservation is for one client: count is 1");
    strbuf_init(&canonical, 16u << 20);
    strbuf_printf(&canonical, "%u %lld ", c->type->type, (long long)c->id);
    json_canonical(c->doc, json_root(c->doc), &canonical);
    access_digest(canonical.data, canonical.len, w->digest);
    strbuf_fini(&canonical);
    return 0;
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
    w->a.ret_plan = 0;
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
    if (status != 0) {
        call_status_problem(c, status, message);
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

static void on_waited(void *user)
{
    struct call *c = user;
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
        manage_wait(c->api->at.manage, w->a.ret_plan, w->wait_ms, on_waited, c);
    } else {
        call_items(c, 201);
    }
}

static void found(struct call *c)
{
    struct allocate *w = arena_alloc(&c->arena, sizeof(*w));
    c->work = w;
    record_init(&w->fields, IPAM_T_ADDRESS);
    if (read_request(c, w) != 0) {
        call_problem(c);
        return;
    }
    *(c->type->type == IPAM_T_SUBNET ? &w->a.subnet : &w->a.range) = c->id;
    w->a.digest = (struct ipam_bytes){ w->digest, sizeof(w->digest) };
    w->a.fields = &w->fields;
    w->a.actor = c->actor.name;
    w->a.reason = c->actor.reason;
    w->a.ret_ids = arena_alloc(&c->arena, COUNT_MOST * sizeof(w->a.ret_ids[0]));
    c->recs = arena_alloc(&c->arena, (size_t)COUNT_MOST * sizeof(c->recs[0]));
    record_init(&w->like, IPAM_T_CLAIM);
    RECORD_SET(&w->like, IPAM_CLAIM_CLAIM, claim, w->a.claim);
    call_submit(c, needs_claim, decide, settled);
}

void handle_allocate(struct call *c)
{
    static const char *const params[] = { "wait", NULL };
    c->csv = false;
    if (!call_params_known(c, params))
        call_problem(c);
    else
        call_find(c, found);
}

/* grant.c - what the verbs that hand something out share: count, strategy, claim, the answer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/grant.h"

#include <stdio.h>

#define COUNT_MOST 1000

/* In the order of enum strategy. */
static const char *const strategies[] = { "first", "last", "random", "sparse", "eui64" };

void grant_init(struct grant *g, uint32_t type)
{
    g->type = record_type(type);
    g->count = 1;
    record_init(&g->like, IPAM_T_CLAIM);
}

/* --- the request --- */

int grant_wrong(struct call *c, const char *pointer, const char *message)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    c->problem.errors = problems.first;
    return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", pointer, message);
}

/* "a, b and c" */
static const char *listed(struct call *c, const char *const *names, const char *last)
{
    const char *text = names[0];
    for (size_t i = 1; names[i] != NULL; i++)
        text = arena_printf(&c->arena, "%s%s%s", text, names[i + 1] == NULL ? last : ", ", names[i]);
    return text;
}

int grant_read_strategy(struct call *c, struct grant *g, const struct json *v, const char *const *known)
{
    for (size_t i = 0; known[i] != NULL; i++)
        for (size_t k = 0; str_is(json_str(v), known[i]) && k < sizeof(strategies) / sizeof(strategies[0]);
             k++)
            if (str_is(json_str(v), strategies[k])) {
                g->strategy = (enum strategy)k;
                return 0;
            }
    return grant_wrong(c, "/strategy", arena_printf(&c->arena, "expected %s", listed(c, known, " or ")));
}

int grant_read_count(struct call *c, struct grant *g, const struct json *v)
{
    if (json_int(v, &g->count) != 0 || g->count < 1 || g->count > COUNT_MOST)
        return grant_wrong(c, "/count", "expected a whole number from 1 to 1000");
    return 0;
}

int grant_read_text(struct call *c, const struct json *v, unsigned number, void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field_number(t, number);
    char err[256];
    if (json_type(v) != JSON_STRING)
        snprintf(err, sizeof(err), "must be a string, not %s", json_type_name(json_type(v)));
    else if (record_field_parse(f, json_str(v), &c->arena, rec, err) == 0)
        return 0;
    return grant_wrong(c, arena_printf(&c->arena, "/%s", f->name), err);
}

int grant_read_claim(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_CLAIM_CLAIM, &g->like);
}

static int read_member(struct call *c, struct grant *g, const struct json *v,
                       const struct grant_member *members, const char *verb)
{
    const char *names[32];
    size_t n = 0;
    for (; members[n].name != NULL; n++) {
        if (str_is(json_key(v), members[n].name))
            return members[n].read(c, g, v);
        names[n] = members[n].name;
    }
    names[n] = NULL;
    return grant_wrong(
        c, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(v))),
        arena_printf(&c->arena, "unknown field; %s takes %s", verb, listed(c, names, " and ")));
}

int grant_read(struct call *c, struct grant *g, const struct grant_member *members, const char *verb)
{
    int rc = c->doc != NULL     ? 0
             : c->body.len != 0 ? call_body(c)
                                : json_parse("{}", 2, 2, &c->doc, &(struct json_error){ 0 });
    if (rc != 0)
        return rc;
    const struct json *root = json_root(c->doc);
    if (json_type(root) != JSON_OBJECT)
        return grant_wrong(
            c, "", arena_printf(&c->arena, "must be an object, not %s", json_type_name(json_type(root))));
    for (const struct json *v = json_first(root); v != NULL && rc == 0; v = json_next(v))
        rc = read_member(c, g, v, members, verb);
    return rc;
}

/* What makes the request of a claim the same: the object and the whole body, whatever its spacing and order.
 */
static void make_digest(struct call *c, struct grant *g)
{
    struct strbuf canonical;
    strbuf_init(&canonical, 64u << 20);
    strbuf_printf(&canonical, "%u %lld ", c->type->type, (long long)c->id);
    json_canonical(c->doc, json_root(c->doc), &canonical);
    if (canonical.failed) /* no digest of less than the whole body */
        call_starved(c);
    access_digest(canonical.data, canonical.len, g->digest);
    strbuf_fini(&canonical);
}

void grant_begin(struct call *c, struct grant *g)
{
    make_digest(c, g);
    call_body_done(c);
    g->ids = arena_alloc(&c->arena, (size_t)g->count * sizeof(g->ids[0]));
    c->recs = arena_alloc(&c->arena, (size_t)g->count * sizeof(c->recs[0]));
    c->intent.rows = (unsigned)g->count;
}

/* What is shown of a row: that no probe was asked for is said, too. */
static void *shown(struct call *c, const void *row)
{
    struct ipam_address *a = record_copy(&c->arena, row);
    if (a == NULL || a->type != IPAM_T_ADDRESS)
        return a;
    if (!record_has(a, IPAM_ADDRESS_PING))
        RECORD_SET(a, IPAM_ADDRESS_PING, ping, IPAM_ADDRESS_PING_UNDETECTED);
    if (!record_has(a, IPAM_ADDRESS_DNS))
        RECORD_SET(a, IPAM_ADDRESS_DNS, dns, IPAM_ADDRESS_DNS_UNDETECTED);
    if (!record_has(a, IPAM_ADDRESS_DHCP))
        RECORD_SET(a, IPAM_ADDRESS_DHCP, dhcp, IPAM_ADDRESS_DHCP_UNDETECTED);
    return a;
}

/* --- the gate --- */

void grant_needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct grant *g = call_of(in)->work;
    (void)v;
    if (g->like.claim.len != 0)
        needs_find(n, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &g->like);
}

void grant_decided(struct call *c, struct grant *g, struct draft *d)
{
    if (g->replayed) { /* what they are now is read afterwards */
        call_decide_empty(c, 200);
        write_keeps_nothing(c);
        return;
    }
    c->rec_count = (size_t)g->got;
    for (size_t i = 0; i < c->rec_count; i++)
        c->recs[i] = shown(c, view_get(draft_view(d), g->type->type, g->ids[i]));
    call_decide_items(c, 201, draft_view(d));
}

/* --- the answer: what storage has now, for a replay and after waiting --- */

static void load_next(struct call *c);

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct call *c = user;
    struct grant *g = c->work;
    (void)t;
    for (int64_t i = 0; i < g->got; i++)
        if (g->ids[i] == *(const int64_t *)((const char *)rec + g->type->fields[0].offset))
            c->recs[i] = shown(c, rec);
}

static void on_loaded(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct call *c = user;
    struct grant *g = c->work;
    (void)answer;
    if (c->recs[c->rec_count] == NULL && status != 0) { /* else the row as it was committed will do */
        call_status_problem(c, status, message);
        return;
    }
    if (c->recs[c->rec_count] == NULL) { /* between the gate's answer and this reading */
        problem_hint(&c->problem, "allocate again under another claim");
        problem_set(&c->problem, PROBLEM_CLAIM_RELEASED, "a%s %s of the claim was released just now",
                    g->type->type == IPAM_T_ADDRESS ? "n" : "", g->type->name);
        call_problem(c);
        return;
    }
    c->rec_count++;
    load_next(c);
}

static void load_next(struct call *c)
{
    struct grant *g = c->work;
    if (c->rec_count == (size_t)g->got) {
        strbuf_reset(&c->out);
        call_decide_items(c, g->replayed ? 200 : 201, call_view(c));
        call_reply_anew(c);
        return;
    }
    if (g->type->residency == RES_RESIDENT) {
        const void *row = view_get(call_view(c), g->type->type, g->ids[c->rec_count]);
        c->recs[c->rec_count] = row != NULL ? record_copy(&c->arena, row) : NULL;
        on_loaded(c, 0, NULL, NULL);
        return;
    }
    void *like = record_new(&c->arena, g->type->type);
    *(int64_t *)(void *)((char *)like + g->type->fields[0].offset) = g->ids[c->rec_count];
    IPAM_SET_FIELD((struct ipam_record *)like, g->type->fields[0].number);
    struct store_filter f = { 0, IPAM_CMP_EQ, like };
    struct store_query q = { .type = g->type->type, .filters = &f, .filter_count = 1, .limit = 1 };
    store_query(c->api->at.store, &q, on_row, on_loaded, c);
}

void grant_answer_anew(struct call *c)
{
    c->rec_count = 0;
    load_next(c);
}

/* record_addresses.c - POST /dns/records/{key}/address and /dns/records/addresses: addresses made of records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Records are read in the gate, so that what is made is of what they say then. All are made, or none. */
#include <stdio.h>
#include <string.h>

#include "api/create.h"

#define MOST 1000

struct making {
    int64_t *records; /* ids, as they were given */
    size_t count;
    int64_t *made; /* ids of the addresses, each once */
    size_t made_count;
};

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    const struct making *m = call_of(in)->work;
    (void)v;
    for (size_t i = 0; i < m->count; i++)
        needs_row(n, IPAM_T_DNS_RECORD, m->records[i]);
}

static int no_record(const struct call *c, struct ipam_str key, struct problem *p)
{
    problem_hint(p, "list them with GET /api/v1/%s/%s", c->type->group, c->type->plural);
    return problem_set(p, PROBLEM_NOT_FOUND, "there is no %s " STR_FMT, c->type->name, STR_ARG(key));
}

/* The record of that id, if he may read it; NULL with the problem. */
static const struct ipam_dns_record *record_of(struct call *c, struct draft *d, int64_t id, struct problem *p)
{
    const struct operation *reads = access_operation("dns.record.read");
    const struct view *v = draft_view(d);
    const struct ipam_dns_record *r = view_get(v, IPAM_T_DNS_RECORD, id);
    if (r == NULL || !sight_sees(&c->sight, v, r)) {
        no_record(c, str_from(arena_printf(&c->arena, "%lld", (long long)id)), p);
        return NULL;
    }
    if (sight_judge(&c->sight, v, reads, r, draft_now(d)) == ACCESS_ALLOWED)
        return r;
    sight_denied(&c->sight, reads, p);
    return NULL;
}

static bool tells_address(const struct ipam_dns_record *r)
{
    return record_has(r, IPAM_DNS_RECORD_ADDRESS) &&
           (str_is(r->type_, "A") || str_is(r->type_, "AAAA") || str_is(r->type_, "PTR"));
}

/* Several records of one request may be of one address: the first names it. */
static bool is_made(const struct making *m, const struct view *v, const struct ipam_dns_record *r)
{
    int64_t there = rule_address_at(v, r->space, &r->address);
    for (size_t i = 0; i < m->made_count; i++)
        if (m->made[i] == there)
            return true;
    return false;
}

static int make_one(struct call *c, struct draft *d, int64_t id, struct problem *p)
{
    struct making *m = c->work;
    const struct ipam_dns_record *r = record_of(c, d, id, p);
    struct ipam_address a;
    if (r == NULL)
        return IPAM_E_INVAL;
    if (!tells_address(r)) {
        problem_hint(p, "choose A, AAAA or PTR records");
        return problem_set(p, PROBLEM_INVALID,
                           "record %lld, " STR_FMT " of " STR_FMT ", stands for no address", (long long)id,
                           STR_ARG(r->type_), STR_ARG(r->name));
    }
    if (is_made(m, draft_view(d), r))
        return 0;
    struct ipam_str name = str_is(r->type_, "PTR") ? r->target : r->name;
    record_init(&a, IPAM_T_ADDRESS);
    RECORD_SET(&a, IPAM_ADDRESS_SPACE, space, r->space);
    RECORD_SET(&a, IPAM_ADDRESS_ADDRESS, address, r->address);
    if (rule_dns_names(name))
        RECORD_SET(&a, IPAM_ADDRESS_NAME, name, name);
    int rc = create_row(&c->sight, d, &a, p);
    if (rc == 0)
        m->made[m->made_count++] = a.id;
    return rc;
}

static void say_which(const struct call *c, size_t i, struct problem *p)
{
    char detail[sizeof(p->detail)];
    if (!c->many)
        return;
    snprintf(detail, sizeof(detail), "%s", p->detail);
    problem_set(p, p->type, "/keys/%zu: %s; nothing was made", i, detail);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct making *m = c->work;
    m->made_count = 0;
    for (size_t i = 0; i < m->count; i++) {
        int rc = make_one(c, d, m->records[i], &in->problem);
        if (rc != 0) {
            say_which(c, i, &in->problem);
            return rc;
        }
    }
    c->rec_count = m->made_count;
    for (size_t i = 0; i < c->rec_count; i++)
        c->recs[i] = record_copy(&c->arena, view_get(draft_view(d), IPAM_T_ADDRESS, m->made[i]));
    if (c->many) {
        call_decide_items(c, 201, draft_view(d));
        return 0;
    }
    snprintf(c->location, sizeof(c->location), "/api/v1/ipam/addresses/%lld", (long long)m->made[0]);
    call_decide_object(c, 201, draft_view(d), c->recs[0]);
    return 0;
}

static void submit(struct call *c)
{
    struct making *m = c->work;
    c->intent.rows = (unsigned)m->count;
    m->made = arena_alloc(&c->arena, m->count * sizeof(m->made[0]));
    c->recs = arena_alloc(&c->arena, m->count * sizeof(c->recs[0]));
    if (m->made == NULL || c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    call_submit(c, needs, decide, NULL);
}

/* --- what is sent --- */

static struct making *making_new(struct call *c, size_t count)
{
    struct making *m = arena_alloc(&c->arena, sizeof(*m));
    memset(m, 0, sizeof(*m));
    m->records = arena_alloc(&c->arena, count * sizeof(m->records[0]));
    if (m->records == NULL)
        call_starved(c);
    c->csv = false;
    c->work = m;
    return m;
}

/* 0: it is no id. */
static int64_t id_of(struct call *c, struct ipam_str text)
{
    return text.len <= 16 ? call_ref(c, 0, text) : 0;
}

void handle_record_address(struct call *c)
{
    static const char *const none[] = { NULL };
    struct making *m = making_new(c, 1);
    if (!call_params_known(c, none) || call_is_starved(c)) {
        call_problem(c);
        return;
    }
    c->id = id_of(c, c->key);
    if (c->id == 0) {
        no_record(c, str_from(arena_printf(&c->arena, "\"" STR_FMT "\"", STR_ARG(c->key))), &c->problem);
        call_problem(c);
        return;
    }
    m->records[m->count++] = c->id;
    submit(c);
}

static int wrong_keys(struct call *c)
{
    problem_hint(&c->problem, "GET /api/v1/dns/records lists records with their ids");
    return problem_set(&c->problem, PROBLEM_INVALID, "expected {\"keys\": [ID, ...]}");
}

/* {"keys": [ID]}. */
static int read_keys(struct call *c)
{
    const struct json *root = json_root(c->doc), *keys = json_get(root, "keys");
    size_t count = json_type(keys) == JSON_ARRAY ? json_count(keys) : 0;
    if (json_type(root) != JSON_OBJECT || json_count(root) != 1 || json_type(keys) != JSON_ARRAY)
        return wrong_keys(c);
    if (count < 1 || count > MOST) {
        problem_hint(&c->problem, "send lists of 1 to %d", MOST);
        return problem_set(&c->problem, count == 0 ? PROBLEM_INVALID : PROBLEM_TOO_LARGE,
                           "the list has %zu items", count);
    }
    struct making *m = making_new(c, count);
    for (const struct json *v = json_first(keys); v != NULL && !call_is_starved(c); v = json_next(v)) {
        int64_t id = 0;
        if (json_type(v) == JSON_STRING)
            id = id_of(c, json_str(v));
        else if (json_int(v, &id) != 0)
            id = 0;
        if (id <= 0)
            return wrong_keys(c);
        m->records[m->count++] = id;
    }
    return 0;
}

void handle_record_addresses(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || call_body(c) != 0 || read_keys(c) != 0 || call_is_starved(c)) {
        call_problem(c);
        return;
    }
    call_body_done(c);
    c->many = true;
    submit(c);
}

/* allocate.c - POST .../allocate of subnets, ranges and pools: addresses handed out, once per claim.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/grant.h"
#include "api/plans.h"
#include "api/probe.h"
#include "api/register.h"
#include "base/clock.h"

#define WAIT_MOST_MS 60000

struct allocate {
    struct grant grant;
    struct allocation a;
    struct ipam_address fields;
    struct dns_ask dns; /* what `a` names, if it does */
    int64_t wait_ms;
    int64_t plans[1 + PLANS_EACH], servers[1 + PLANS_EACH]; /* what waits, and for whom */
    size_t plan_count;
    struct probing probing;
};

static struct allocate *of(struct grant *g)
{
    return container_of(g, struct allocate, grant);
}

static int read_strategy(struct call *c, struct grant *g, const struct json *v)
{
    static const char *const known[] = { "first", "last", "random", "sparse", "eui64", NULL };
    return grant_read_strategy(c, g, v, known);
}

static int read_contiguous(struct call *c, struct grant *g, const struct json *v)
{
    if (json_bool(v, &of(g)->a.contiguous) != 0)
        return grant_wrong(c, "/contiguous", "expected true or false");
    return 0;
}

/* "reservation": true, or { "identifier_type": ..., "identifier": ... }. */
static int read_reservation(struct call *c, struct grant *g, const struct json *v)
{
    struct allocation *a = &of(g)->a;
    struct record_problems problems;
    void *rec;
    bool flag;
    if (json_bool(v, &flag) == 0) {
        a->reservation = flag;
        return 0;
    }
    if (json_type(v) != JSON_OBJECT)
        return grant_wrong(c, "/reservation",
                           "expected true, false, or an object with identifier_type and identifier");
    record_problems_init(&problems, &c->arena);
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m))
        if (!str_is(json_key(m), "identifier_type") && !str_is(json_key(m), "identifier"))
            return grant_wrong(c, arena_printf(&c->arena, "/reservation/" STR_FMT, STR_ARG(json_key(m))),
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

/* "dns": true, or an object as of register. */
static int read_dns(struct call *c, struct grant *g, const struct json *v)
{
    struct allocate *w = of(g);
    bool flag = true;
    if (json_type(v) == JSON_NULL || (json_bool(v, &flag) == 0 && !flag))
        return 0;
    if (json_type(v) != JSON_OBJECT && json_bool(v, &flag) != 0)
        return grant_wrong(c, "/dns",
                           "expected true, false, or an object with host, ptr, zone, reverse_zone and ttl");
    dns_ask_init(c, &w->dns);
    for (const struct json *m = json_type(v) == JSON_OBJECT ? json_first(v) : NULL; m != NULL;
         m = json_next(m)) {
        const char *what = arena_printf(&c->arena, "/dns/" STR_FMT, STR_ARG(json_key(m)));
        int rc = dns_ask_member(c, &w->dns, m, what);
        if (rc == 0)
            return grant_wrong(c, what, "unknown field; dns takes host, ptr, zone, reverse_zone and ttl");
        if (rc < 0)
            return rc;
    }
    w->a.dns = &w->dns.q;
    return dns_ask_check(c, &w->dns, "/dns");
}

static int read_probe(struct call *c, struct grant *g, const struct json *v)
{
    return probe_parse_json(v, &of(g)->probing.methods) == 0 ? 0 : grant_wrong(c, "/probe", PROBE_EXPECTED);
}

static int read_name(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_ADDRESS_NAME, &of(g)->fields);
}

static int read_mac(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_ADDRESS_MAC, &of(g)->fields);
}

static int read_description(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_ADDRESS_DESCRIPTION, &of(g)->fields);
}

/* What the body may hold: members of the verb, and fields of the address. */
static const struct grant_member members[] = {
    { "spread", grant_read_spread }, /* of pools alone */
    { "count", grant_read_count },
    { "strategy", read_strategy },
    { "contiguous", read_contiguous },
    { "claim", grant_read_claim },
    { "reservation", read_reservation },
    { "dns", read_dns },
    { "probe", read_probe },
    { "name", read_name },
    { "mac", read_mac },
    { "description", read_description },
    { NULL, NULL },
};

static int read_wait(struct call *c, struct allocate *w)
{
    struct ipam_str wait = call_param(c, "wait");
    if (wait.data == NULL ||
        (duration_parse(wait.data, wait.len, &w->wait_ms) == 0 && w->wait_ms <= WAIT_MOST_MS))
        return 0;
    return problem_set(&c->problem, PROBLEM_INVALID,
                       "wait=" STR_FMT " is not a duration up to 60s, such as 10s", STR_ARG(wait));
}

/* What only holds of all the members together. */
static int check_reservation(struct call *c, struct allocate *w)
{
    if (!w->a.reservation)
        return 0;
    if (w->a.identifier.len == 0) {
        w->a.identifier = w->fields.mac;
        w->a.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
        if (w->a.identifier.len == 0)
            return grant_wrong(c, "/reservation", "a reservation needs the client's mac, or an identifier");
    }
    return w->grant.count == 1 ? 0 : grant_wrong(c, "/count", "a reservation is for one client: count is 1");
}

static int check_dns(struct call *c, const struct allocate *w)
{
    if (w->a.dns == NULL)
        return 0;
    if (!record_has(&w->fields, IPAM_ADDRESS_NAME))
        return grant_wrong(c, "/dns", "records of the DNS need a name");
    return w->grant.count == 1 ? 0 : grant_wrong(c, "/count", "a name in the DNS is for one: count is 1");
}

static int check_strategy(struct call *c, const struct allocate *w)
{
    if (w->a.contiguous && w->grant.pool.spread)
        return grant_wrong(c, "/spread",
                           "addresses that follow one another are of one member: leave it away");
    if (w->a.contiguous && w->grant.strategy != STRATEGY_FIRST)
        return grant_wrong(c, "/contiguous",
                           "the first run of addresses is taken: it goes with no other strategy than first");
    if (w->grant.strategy != STRATEGY_EUI64)
        return 0;
    if (w->grant.count != 1)
        return grant_wrong(c, "/count", "a client makes one address of its mac: count is 1 with eui64");
    if (w->fields.mac.len != 6 && w->fields.mac.len != 8)
        return grant_wrong(c, "/mac", "eui64 makes the address of a mac of 6 or 8 bytes: give it");
    return 0;
}

static int check_probe(struct call *c, const struct allocate *w)
{
    if (w->probing.methods == 0 || w->grant.count <= PROBE_COUNT_MOST)
        return 0;
    return grant_wrong(c, "/count",
                       "at most 256 addresses are probed at a time: ask for fewer, or without probe");
}

static int read_request(struct call *c, struct allocate *w)
{
    int rc = grant_read(c, &w->grant, grant_is_pool(c) ? members : members + 1, "allocate");
    if (rc == 0)
        rc = read_wait(c, w);
    if (rc == 0)
        rc = check_strategy(c, w);
    if (rc == 0)
        rc = check_probe(c, w);
    if (rc == 0)
        rc = check_dns(c, w);
    return rc == 0 ? check_reservation(c, w) : rc;
}

/* Ranges that are not his he has no addresses of. */
static bool may_hand_out(void *user, const struct view *v, const struct ipam_range *r)
{
    struct call *c = user;
    const struct operation *op = c->sight.making != NULL ? c->sight.making : c->sight.op;
    return sight_judge(&c->sight, v, op, r, c->sight.now_ms) == ACCESS_ALLOWED;
}

/* RFC 4291 2.5.1: the identifiers that clients make of a hardware address have 64 bits. */
static bool has_interface_ids(const struct call *c)
{
    const struct ipam_prefix *p = &((const struct ipam_subnet *)c->row)->prefix;
    return c->type->type == IPAM_T_SUBNET && p->addr.family == 6 && p->length == 64;
}

/* A reservation in a scope that the caller does not see is none that he can have. */
static int sees_plan(struct call *c, struct draft *d, const struct allocate *w, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_plan *plan = view_get(v, IPAM_T_PLAN, w->a.ret_plan);
    const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, w->a.ret_ids[0]);
    return sight_sees(&c->sight, v, plan) ? 0 : rule_no_scope(&a->address, p);
}

/* --- the probe: the gate decides with what is known; what it lacks is asked for, and it decides anew --- */

static void write_skipped(struct call *c, struct json_writer *w)
{
    jw_key(w, "skipped");
    probe_write_taken(&((struct allocate *)c->work)->probing, w);
}

/* Inside the gate: whether addresses were taken that nobody has asked for yet. */
static bool lacks_probes(struct call *c, struct allocate *w, const struct view *v)
{
    for (int64_t i = 0; w->probing.methods != 0 && !w->a.ret_replayed && i < w->a.ret_count; i++) {
        const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, w->a.ret_ids[i]);
        w->probing.space = a->space;
        probe_want(c, &w->probing, &a->address);
    }
    return probe_is_due(&w->probing) || w->probing.full;
}

/* So many that the plan does not know of are no accident. */
static int too_many(const struct allocate *w, struct problem *p)
{
    char text[ADDR_TEXT_MAX] = "none";
    for (size_t i = 0; i < w->probing.known; i++)
        if (w->probing.items[i].taken) {
            addr_print(&w->probing.items[i].address, text);
            break;
        }
    problem_hint(p, "add those that are in use to the plan, or ask without probe");
    return problem_set(
        p, PROBLEM_EXHAUSTED,
        "%zu of %zu addresses that are free in the plan, %s first, answered the probe: no more are tried",
        w->probing.taken, w->probing.known, text);
}

static void say_taken(const struct allocate *w, struct problem *p)
{
    if (w->probing.taken > 0 && p->type == PROBLEM_EXHAUSTED)
        problem_hint(
            p,
            "%zu addresses that are free in the plan answered the probe: add those that are in use to it, or "
            "ask without probe",
            w->probing.taken);
}

static void submit(struct call *c);

/* The gate refused because it lacks probes, and nothing was handed out. */
static bool goes_on(struct call *c)
{
    struct allocate *w = c->work;
    if (!probe_is_due(&w->probing) || w->probing.full || c->http == NULL)
        return false;
    memset(&c->intent.problem, 0, sizeof(c->intent.problem));
    probe_ask(c, &w->probing, submit);
    return true;
}

static void note_plan(struct allocate *w, int64_t plan, int64_t server)
{
    w->plans[w->plan_count] = plan;
    w->servers[w->plan_count++] = server;
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct allocate *w = c->work;
    w->a.ret_plan = 0;
    w->a.ret_dns.count = w->plan_count = 0;
    w->a.ret_replayed = false;
    probe_restart(&w->probing);
    if (w->probing.taken > PROBE_TAKEN_MOST)
        return too_many(w, &in->problem);
    w->a.probed = w->probing.items;
    w->a.probed_count = w->probing.known;
    int rc = grant_is_pool(c) ? rule_pool_allocate(d, &w->grant.pool, &w->a, &in->problem)
                              : rule_allocate(d, &w->a, &in->problem);
    if (rc == 0 && w->a.ret_plan != 0)
        rc = sees_plan(c, d, w, &in->problem);
    if (rc != 0) {
        grant_refused_pool(c, &w->grant, draft_view(d), "addresses", &in->problem);
        say_taken(w, &in->problem);
        sight_veil(&c->sight, draft_view(d), &in->problem);
        return rc;
    }
    if (lacks_probes(c, w, draft_view(d)))
        return w->probing.full ? too_many(w, &in->problem)
                               : problem_set(&in->problem, PROBLEM_UNAVAILABLE,
                                             "the client has gone: nothing is probed for nobody");
    w->grant.got = w->a.ret_count;
    w->grant.replayed = w->a.ret_replayed;
    if (w->a.ret_plan != 0)
        note_plan(w, w->a.ret_plan,
                  ((const struct ipam_plan *)view_get(draft_view(d), IPAM_T_PLAN, w->a.ret_plan))->server);
    for (size_t i = 0; i < w->a.ret_dns.count && !w->a.ret_replayed; i++)
        note_plan(w, w->a.ret_dns.ids[i], w->a.ret_dns.servers[i]);
    grant_decided(c, &w->grant, d);
    return 0;
}

static void accepted(struct call *c)
{
    struct allocate *w = c->work;
    plans_kick(c, w->servers, w->plan_count);
    if (w->a.ret_replayed)
        grant_answer_anew(c);
    else if (w->plan_count > 0 && w->wait_ms > 0)
        call_wait(c, w->plans, w->plan_count, w->wait_ms, grant_answer_anew);
    else
        call_reply(c);
}

static void submit(struct call *c)
{
    call_on_refusal(c, goes_on);
    call_submit(c, grant_needs, decide, accepted);
}

static void found(struct call *c)
{
    struct allocate *w = c->work;
    if (grant_is_pool(c))
        grant_begin_pool(c, &w->grant, "ipam.address.allocate");
    else
        *(c->type->type == IPAM_T_SUBNET ? &w->a.subnet : &w->a.range) = c->id;
    if (w->grant.strategy == STRATEGY_EUI64 && !has_interface_ids(c)) {
        grant_wrong(c, "/strategy",
                    "eui64 is for IPv6 subnets of 64 bits: there a client makes its own address");
        call_problem(c);
        return;
    }
    grant_begin(c, &w->grant);
    w->a.count = w->grant.count;
    w->a.strategy = w->grant.strategy;
    w->a.claim = w->grant.like.claim;
    w->a.digest = (struct ipam_bytes){ w->grant.digest, sizeof(w->grant.digest) };
    w->a.fields = &w->fields;
    w->a.may = sight_all(&c->sight) ? NULL : may_hand_out;
    w->a.user = c;
    w->a.actor = w->dns.q.actor = c->actor.name;
    w->a.reason = w->dns.q.reason = c->actor.reason;
    w->a.ret_ids = w->grant.ids;
    if (w->probing.methods != 0)
        c->adds = write_skipped;
    submit(c);
}

void handle_allocate(struct call *c)
{
    static const char *const params[] = { "wait", NULL };
    struct allocate *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    grant_init(&w->grant, IPAM_T_ADDRESS);
    record_init(&w->fields, IPAM_T_ADDRESS);
    if (!call_params_known(c, params) || read_request(c, w) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

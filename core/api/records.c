/* records.c - records of the DNS planned onto and off their servers: one, a list.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/plans.h"
#include "api/records_look.h"
#include "api/register.h"
#include "net/dns.h"

struct record_work {
    struct plans plans;
    bool deletes, replaces;
    struct ipam_dns_record *given; /* as they were sent; of those that go the id */
    struct record_ids *there;      /* of those that are sent: what their zone has of the name */
    char *scratch;                 /* twice DNS_DATA_MAX */
};

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    struct record_work *w = call_of(in)->work;
    (void)v;
    for (size_t i = 0; i < w->plans.items; i++) {
        if (w->deletes)
            needs_row(n, IPAM_T_DNS_RECORD, w->given[i].id);
        else
            records_need(n, &w->there[i]);
    }
}

/* --- what is to be made --- */

static int there_already(const struct ipam_dns_record *there, const char *hint, struct problem *p)
{
    problem_about(p, IPAM_T_DNS_RECORD, there->id);
    problem_hint(p, "%s", hint);
    return problem_set(
        p, PROBLEM_EXISTS, "the zone has " STR_FMT " " STR_FMT " " STR_FMT " already (record %lld)",
        STR_ARG(there->name), STR_ARG(there->type_), STR_ARG(there->data), (long long)there->id);
}

static bool is_same(const struct record_work *w, const struct ipam_dns_record *a,
                    const struct ipam_dns_record *b)
{
    if (!record_has(a, IPAM_DNS_RECORD_DATA) || !record_has(b, IPAM_DNS_RECORD_DATA))
        return a->rdata.len == b->rdata.len && a->rdata.len > 0 &&
               memcmp(a->rdata.data, b->rdata.data, a->rdata.len) == 0;
    return dns_data_equal(a->type_, a->data, b->data, w->scratch);
}

/* The record whose place it takes, if it may: the only one of its name and type. *ret NULL: it is added. */
static int find_former(const struct record_work *w, const struct view *v, size_t i,
                       const struct ipam_dns_record **ret, struct problem *p)
{
    const struct ipam_dns_record *r = &w->given[i];
    *ret = NULL;
    for (size_t k = 0; k < w->there[i].count; k++) {
        const struct ipam_dns_record *there = view_get(v, IPAM_T_DNS_RECORD, w->there[i].ids[k]);
        if (there == NULL || there->zone != r->zone || !str_equal(there->name, r->name) ||
            !str_equal(there->type_, r->type_))
            continue;
        if (w->replaces && *ret != NULL)
            return there_already(there, "several have that name and type: delete those that are not right",
                                 p);
        if (w->replaces)
            *ret = there;
        else if (is_same(w, there, r))
            return there_already(there, "say replace=true to give it another ttl", p);
    }
    return 0;
}

/* Fills in where it is to be. */
static int place(struct call *c, const struct view *v, struct ipam_dns_record *r, struct problem *p)
{
    const struct dns_request q = { .may = dns_zone_is_seen, .user = c };
    const struct ipam_zone *z;
    if (rule_zone_takes(v, r->zone, &q, "zone", &z, p) != 0)
        return IPAM_E_INVAL;
    if (!dns_name_within(r->name, z->name)) {
        problem_hint(p, "names are absolute: " STR_FMT "." STR_FMT, STR_ARG(r->name), STR_ARG(z->name));
        return problem_set(p, PROBLEM_INVALID, "name: " STR_FMT " does not lie in the zone " STR_FMT,
                           STR_ARG(r->name), STR_ARG(z->name));
    }
    RECORD_SET(r, IPAM_DNS_RECORD_SERVER, server, z->server);
    RECORD_SET(r, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, z->native);
    return 0;
}

/* The record of that id, in a zone that may be changed; NULL with the problem. */
static const struct ipam_dns_record *find_leaving(struct call *c, const struct view *v, int64_t id,
                                                  struct problem *p)
{
    const struct dns_request q = { .may = dns_zone_is_seen, .user = c };
    const struct ipam_dns_record *r = view_get(v, IPAM_T_DNS_RECORD, id);
    const struct ipam_zone *z;
    if (r == NULL || !sight_sees(&c->sight, v, r)) {
        problem_hint(p, "list them with GET /api/v1/dns/records");
        problem_set(p, PROBLEM_NOT_FOUND, "there is no record %lld", (long long)id);
        return NULL;
    }
    return rule_zone_takes(v, r->zone, &q, "zone", &z, p) == 0 ? r : NULL;
}

static int draft_one(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    struct record_work *w = c->work;
    const struct view *v = draft_view(d);
    const struct ipam_dns_record *former = NULL;
    struct ipam_dns_record r = w->given[i];
    struct server_change change = { .actor = c->actor.name, .reason = c->actor.reason };
    if (w->deletes)
        former = find_leaving(c, v, r.id, p);
    else if (place(c, v, &r, p) == 0 && find_former(w, v, i, &former, p) == 0)
        change.after = &r;
    if (change.after == NULL && (former == NULL || !w->deletes))
        return IPAM_E_INVAL;
    change.before = former;
    int64_t plan = rule_plan(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    plans_add(c, d, plan, w->deletes ? former->server : r.server);
    return 0;
}

static void submit(struct call *c)
{
    plans_submit(c, needs_rows);
}

/* --- what is sent --- */

static struct record_work *work_new(struct call *c, bool deletes, size_t count)
{
    struct record_work *w = arena_alloc(&c->arena, sizeof(*w));
    w->plans.items = count;
    w->plans.draft = draft_one;
    w->deletes = deletes;
    w->given = arena_alloc(&c->arena, count * sizeof(w->given[0]));
    w->there = arena_alloc(&c->arena, count * sizeof(w->there[0]));
    w->scratch = deletes ? NULL : arena_alloc(&c->arena, 2 * (size_t)DNS_DATA_MAX);
    if (w->given == NULL || w->there == NULL || (!deletes && w->scratch == NULL))
        call_starved(c);
    c->work = w;
    return w;
}

static struct ipam_str kept(struct call *c, const char *text)
{
    return str_from(arena_printf(&c->arena, "%s", text));
}

/* Upper case, as types are written. */
static bool tidy_type(struct call *c, struct ipam_dns_record *r)
{
    char text[17];
    for (size_t i = 0; i < r->type_.len && i < sizeof(text) - 1; i++) {
        char ch = r->type_.data[i];
        text[i] = ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
        if (!((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= '0' && text[i] <= '9') || text[i] == '-'))
            return false;
    }
    text[r->type_.len] = '\0';
    r->type_ = kept(c, text);
    return r->type_.len > 0;
}

/* In the form of records; what is wrong is named. */
static void tidy(struct call *c, struct ipam_dns_record *r, const char *base,
                 struct record_problems *problems)
{
    const struct record_work *w = c->work;
    char name[DNS_NAME_MAX];
    const char *wrong = NULL;
    if (!record_has(r, IPAM_DNS_RECORD_ZONE))
        record_problem(problems, arena_printf(&c->arena, "%s/zone", base), "a zone is needed");
    if (!dns_name_tidy(r->name, name))
        record_problem(problems, arena_printf(&c->arena, "%s/name", base), "it can be no name of the DNS");
    else
        r->name = kept(c, name);
    if (!tidy_type(c, r))
        record_problem(problems, arena_printf(&c->arena, "%s/type", base),
                       "expected a type such as A or TYPE65280");
    else if (record_has(r, IPAM_DNS_RECORD_DATA))
        wrong = dns_data_tidy(r->type_, r->data, w->scratch);
    else if (!record_has(r, IPAM_DNS_RECORD_RDATA))
        wrong = "data is needed";
    if (wrong != NULL)
        record_problem(problems, arena_printf(&c->arena, "%s/data", base), "%s", wrong);
    else if (record_has(r, IPAM_DNS_RECORD_DATA))
        r->data = kept(c, w->scratch);
}

static void read_one(struct call *c, const struct json *v, const char *base, size_t i,
                     struct record_problems *problems)
{
    struct record_work *w = c->work;
    void *rec = NULL;
    unsigned before = problems->count;
    record_from_json(c->type, MODE_CREATE, c->doc, v, base, &c->arena, &rec, NULL, problems);
    if (problems->count > before || rec == NULL)
        return;
    w->given[i] = *(struct ipam_dns_record *)rec;
    tidy(c, &w->given[i], base, problems);
}

static int read_given(struct call *c, bool replaces)
{
    size_t count = plans_listed(c);
    if (count == 0)
        return IPAM_E_INVAL;
    struct record_work *w = work_new(c, false, count);
    w->replaces = replaces;
    return call_is_starved(c) ? 0 : plans_read(c, read_one);
}

static bool ask_name(struct call *c, size_t i, struct ipam_dns_record *like)
{
    const struct record_work *w = c->work;
    RECORD_SET(like, IPAM_DNS_RECORD_ZONE, zone, w->given[i].zone);
    RECORD_SET(like, IPAM_DNS_RECORD_NAME, name, w->given[i].name);
    return true;
}

static struct record_ids *ids_of(struct call *c, size_t i)
{
    return &((struct record_work *)c->work)->there[i];
}

void handle_record_create(struct call *c)
{
    static const char *const known[] = { "replace", NULL };
    bool replaces = false;
    if (!call_params_known(c, known) || !call_param_bool(c, "replace", &replaces) || call_body(c) != 0 ||
        read_given(c, replaces) != 0 || call_is_starved(c)) {
        call_problem(c);
        return;
    }
    const struct records_look what = {
        .items = ((struct plans *)c->work)->items, .ask = ask_name, .ids = ids_of, .next = submit
    };
    records_look(c, &what);
}

static void found_one(struct call *c)
{
    struct record_work *w = work_new(c, true, 1);
    if (w->given != NULL)
        w->given[0].id = c->id;
    submit(c);
}

void handle_record_delete(struct call *c)
{
    call_find_plain(c, found_one);
}

/* {"keys": [ID, ...]}. */
static int read_keys(struct call *c)
{
    const struct json *keys = plans_keys(c, "ID", false);
    size_t i = 0;
    if (keys == NULL)
        return IPAM_E_INVAL;
    struct record_work *w = work_new(c, true, json_count(keys));
    for (const struct json *v = json_first(keys); v != NULL && w->given != NULL; v = json_next(v), i++) {
        struct ipam_str text = json_str(v);
        if (json_int(v, &w->given[i].id) != 0 && text.len > 0)
            w->given[i].id = call_ref(c, IPAM_T_DNS_RECORD, text);
        if (w->given[i].id <= 0)
            return problem_set(&c->problem, PROBLEM_INVALID, "keys: /%zu is no id of a record", i);
    }
    return 0;
}

void handle_records_delete(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || call_body(c) != 0 || read_keys(c) != 0)
        call_problem(c);
    else
        submit(c);
}

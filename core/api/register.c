/* register.c - the records of an address planned onto and off the DNS, alone and in bulk.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/register.h"

#include <string.h>

#include "api/grant.h"
#include "api/plans.h"
#include "api/records_look.h"

#define TTL_MOST 2147483647 /* RFC 2181 8 */

struct item {
    struct ipam_addr address;
    int64_t space, id;
    struct record_ids records;
};

struct register_work {
    struct plans plans;
    bool removes;
    struct dns_ask ask;
    struct item *list;
};

/* --- what is asked for --- */

bool dns_zone_is_seen(void *user, const struct view *v, const struct ipam_zone *z)
{
    struct call *c = user;
    return sight_sees(&c->sight, v, z);
}

void dns_ask_init(struct call *c, struct dns_ask *a)
{
    *a = (struct dns_ask){ .q = { .ttl = -1, .may = dns_zone_is_seen, .user = c } };
}

static int read_zone(struct call *c, const struct json *v, const char *what, int64_t *ret)
{
    struct ipam_str text = json_str(v);
    if (json_int(v, ret) == 0)
        return 1;
    *ret = text.len > 0 ? call_ref(c, IPAM_T_ZONE, text) : 0;
    if (*ret != 0)
        return 1;
    grant_wrong(c, what,
                text.len > 0 ? "there is no such zone, or there are several: NAME@SERVER, or its id"
                             : "expected a zone: NAME@SERVER, or its id");
    return IPAM_E_INVAL;
}

/* What is not named is done only if neither is. */
static int read_flag(struct call *c, const struct json *v, const char *what, bool *ret, int *said)
{
    if (json_bool(v, ret) != 0)
        return grant_wrong(c, what, "expected true or false");
    *said = *ret ? 1 : -1;
    return 1;
}

int dns_ask_member(struct call *c, struct dns_ask *a, const struct json *v, const char *what)
{
    struct ipam_str key = json_key(v);
    struct dns_request *q = &a->q;
    if (str_is(key, "host"))
        return read_flag(c, v, what, &q->host, &a->host);
    if (str_is(key, "ptr"))
        return read_flag(c, v, what, &q->ptr, &a->ptr);
    if (str_is(key, "zone"))
        return read_zone(c, v, what, &q->zone);
    if (str_is(key, "reverse_zone"))
        return read_zone(c, v, what, &q->reverse_zone);
    if (!str_is(key, "ttl"))
        return 0;
    if (json_int(v, &q->ttl) != 0 || q->ttl < 0 || q->ttl > TTL_MOST)
        return grant_wrong(c, what, "expected seconds, 0 to 2147483647");
    return 1;
}

int dns_ask_check(struct call *c, struct dns_ask *a, const char *what)
{
    struct dns_request *q = &a->q;
    q->either = a->host == 0 && a->ptr == 0;
    q->host = a->host > 0 || (a->host == 0 && a->ptr <= 0);
    q->ptr = a->ptr > 0 || (a->ptr == 0 && a->host <= 0);
    if (!q->host && !q->ptr)
        return grant_wrong(c, what, "neither host nor ptr is asked for");
    if (!q->ptr && q->reverse_zone != 0)
        return grant_wrong(c, what, "reverse_zone goes with ptr");
    return 0;
}

static int read_request(struct call *c, struct register_work *w, bool bulk)
{
    for (const struct json *v = json_first(json_root(c->doc)); v != NULL; v = json_next(v)) {
        const char *what = arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(v)));
        if (bulk && str_is(json_key(v), "keys"))
            continue;
        int rc = w->removes && str_is(json_key(v), "ttl") ? 0 : dns_ask_member(c, &w->ask, v, what);
        if (rc == 0)
            return grant_wrong(c, what,
                               w->removes ? "unknown field; it takes host, ptr, zone and reverse_zone"
                                          : "unknown field; it takes host, ptr, zone, reverse_zone and ttl");
        if (rc < 0)
            return rc;
    }
    return dns_ask_check(c, &w->ask, "");
}

/* --- the decision --- */

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    struct register_work *w = call_of(in)->work;
    (void)v;
    for (size_t i = 0; i < w->plans.items; i++) {
        needs_row(n, IPAM_T_ADDRESS, w->list[i].id);
        records_need(n, &w->list[i].records);
    }
}

static int not_there(const struct ipam_addr *address, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(address, text);
    return problem_set(p, PROBLEM_NOT_FOUND, "there is no address %s in the plan", text);
}

static int draft_one(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    struct register_work *w = c->work;
    const struct item *item = &w->list[i];
    const struct ipam_address *a = view_get(draft_view(d), IPAM_T_ADDRESS, item->id);
    struct dns_plans plans;
    if (a == NULL || !sight_sees(&c->sight, draft_view(d), a))
        return not_there(&item->address, p);
    if (sight_may(&c->sight, draft_view(d), a, draft_now(d), p) != 0)
        return IPAM_E_ACCESS;
    int rc = (w->removes ? rule_unregister : rule_register)(d, a->id, &w->ask.q, item->records.ids,
                                                            item->records.count, &plans, p);
    for (size_t k = 0; rc == 0 && k < plans.count; k++)
        plans_add(c, d, plans.ids[k], plans.servers[k]);
    return rc;
}

static void submit(struct call *c)
{
    plans_submit(c, needs_rows);
}

/* --- what is known of the addresses --- */

static bool ask_address(struct call *c, size_t i, struct ipam_dns_record *like)
{
    const struct item *item = &((struct register_work *)c->work)->list[i];
    RECORD_SET(like, IPAM_DNS_RECORD_SPACE, space, item->space);
    RECORD_SET(like, IPAM_DNS_RECORD_ADDRESS, address, item->address);
    return true;
}

static struct record_ids *ids_of(struct call *c, size_t i)
{
    return &((struct register_work *)c->work)->list[i].records;
}

static void look(struct call *c)
{
    struct register_work *w = c->work;
    const struct records_look what = {
        .items = w->plans.items, .ask = ask_address, .ids = ids_of, .next = submit
    };
    c->many = true; /* several plans may come of one address */
    w->ask.q.actor = c->actor.name;
    w->ask.q.reason = c->actor.reason;
    records_look(c, &what);
}

static struct register_work *work_new(struct call *c, bool removes)
{
    struct register_work *w = arena_alloc(&c->arena, sizeof(*w));
    if (w == NULL) {
        call_starved(c);
        return NULL;
    }
    w->plans.draft = draft_one;
    w->removes = removes;
    dns_ask_init(c, &w->ask);
    c->csv = false;
    c->work = w;
    return w;
}

static bool list_new(struct call *c, struct register_work *w, size_t count)
{
    w->plans.items = count;
    w->list = arena_alloc(&c->arena, count * sizeof(w->list[0]));
    if (w->list == NULL)
        call_starved(c);
    return w->list != NULL;
}

/* --- one --- */

static void found(struct call *c)
{
    const struct ipam_address *a = c->row;
    struct register_work *w = c->work;
    w->plans.single = true;
    if (!list_new(c, w, 1)) {
        call_problem(c);
        return;
    }
    w->list[0] = (struct item){ .address = a->address, .space = a->space, .id = a->id };
    look(c);
}

static int read_body(struct call *c, struct register_work *w, bool bulk)
{
    int rc =
        c->body.len != 0 || bulk ? call_body(c) : json_parse("{}", 2, 2, &c->doc, &(struct json_error){ 0 });
    if (rc == 0 && json_type(json_root(c->doc)) != JSON_OBJECT)
        rc = grant_wrong(c, "", "must be an object");
    return rc == 0 ? read_request(c, w, bulk) : rc;
}

static bool read_params(struct call *c, struct register_work *w)
{
    static const char *const known[] = { "replace", NULL };
    return call_params_known(c, w->removes ? known + 1 : known) &&
           call_param_bool(c, "replace", &w->ask.q.replace);
}

static void one(struct call *c, bool removes)
{
    struct register_work *w = work_new(c, removes);
    if (w == NULL || !read_params(c, w) || read_body(c, w, false) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

void handle_address_register(struct call *c)
{
    one(c, false);
}

void handle_address_unregister(struct call *c)
{
    one(c, true);
}

/* --- many --- */

/* "ADDRESS@SPACE", or "ADDRESS" of the default space. */
static int read_key(struct call *c, const struct json *v, struct item *ret)
{
    struct ipam_str key = json_str(v);
    const char *at = key.data != NULL ? memchr(key.data, '@', key.len) : NULL;
    size_t len = at != NULL ? (size_t)(at - key.data) : key.len;
    if (key.data == NULL || addr_parse(key.data, len, &ret->address) != 0)
        return problem_set(&c->problem, PROBLEM_INVALID, "keys: expected ADDRESS@SPACE, or ADDRESS");
    ret->space = at != NULL ? call_ref(c, IPAM_T_SPACE, (struct ipam_str){ at + 1, key.len - len - 1 })
                            : view_by_name(call_view(c), IPAM_T_SPACE, IPAM_STR("default"));
    ret->id = ret->space != 0 ? rule_address_at(call_view(c), ret->space, &ret->address) : 0;
    return ret->id != 0 ? 0 : not_there(&ret->address, &c->problem);
}

static int read_keys(struct call *c, struct register_work *w)
{
    const struct json *keys = plans_keys(c, "ADDRESS@SPACE", true);
    size_t i = 0;
    if (keys == NULL || !list_new(c, w, json_count(keys)))
        return IPAM_E_INVAL;
    for (const struct json *v = json_first(keys); v != NULL; v = json_next(v), i++)
        if (read_key(c, v, &w->list[i]) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static void many(struct call *c, bool removes)
{
    struct register_work *w = work_new(c, removes);
    if (w == NULL || !read_params(c, w) || read_body(c, w, true) != 0 || read_keys(c, w) != 0)
        call_problem(c);
    else
        look(c);
}

void handle_addresses_register(struct call *c)
{
    many(c, false);
}

void handle_addresses_unregister(struct call *c)
{
    many(c, true);
}

/* free.c - GET .../free: what is free in a block, a subnet or a range, nothing changed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Free prefixes are as large as what is free lets them be, or all of the length that is asked for; free
 * addresses are runs of those that allocate would hand out. */
#include "api/ask.h"
#include "api/call.h"
#include "api/next_free.h"
#include "api/probe.h"

#define LIMIT_MOST   1000
#define LIMIT_PROBED 10 /* when it is not given */

struct free_list {
    struct call *c;
    struct json_writer w;
    int64_t limit, count;
    int64_t length;        /* of prefixes; 0: any */
    struct ipam_addr from; /* where the page begins; family 0: at the start */
    bool more;
    struct probing probing; /* of addresses: each is an item of its own then */
    bool asks;              /* the DHCP server of the range is asked */
    struct next_free asked;
};

/* False with the problem. */
static bool read_request(struct call *c, struct free_list *l, const char *const *known)
{
    struct ipam_bytes place;
    struct ipam_str probe = call_param(l->c, "probe");
    if (probe.data != NULL && probe_parse(probe, &l->probing.methods) != 0) {
        problem_set(&c->problem, PROBLEM_INVALID, "probe=" STR_FMT ": " PROBE_EXPECTED, STR_ARG(probe));
        return false;
    }
    if (!call_accept(c, false) || !call_params_known(c, known) ||
        !call_param_int(c, "limit", l->probing.methods != 0 ? LIMIT_PROBED : 100, 1, LIMIT_MOST, &l->limit) ||
        !call_param_int(c, "prefix_length", 0, 1, 128, &l->length) || !call_param_bool(c, "ask", &l->asks) ||
        !cursor_get(c, &place))
        return false;
    if (l->probing.methods != 0 && l->limit > PROBE_COUNT_MOST)
        l->limit = PROBE_COUNT_MOST; /* the rest is on further pages */
    if (place.data == NULL)
        return true;
    if (place.len != sizeof(l->from))
        return cursor_bad(c);
    memcpy(&l->from, place.data, sizeof(l->from));
    return l->from.family == 4 || l->from.family == 6 || cursor_bad(c);
}

static void begin(struct free_list *l)
{
    jw_init(&l->w, &l->c->out);
    jw_object(&l->w);
    jw_key(&l->w, "items");
    jw_array(&l->w);
}

static void end(struct free_list *l)
{
    jw_array_end(&l->w);
    jw_key(&l->w, "next");
    if (l->more) {
        cursor_set(l->c, (struct ipam_bytes){ (const uint8_t *)&l->from, sizeof(l->from) });
        jw_text(&l->w, l->c->next);
    } else {
        jw_null(&l->w);
    }
    jw_object_end(&l->w);
    call_json(l->c, 200);
}

/* `prefix`: NULL where addresses are listed; `probed` NULL: no probe was asked for. */
static void show(struct free_list *l, const struct ipam_addr *first, const struct ipam_addr *last,
                 const struct ipam_prefix *prefix, const struct probed *probed)
{
    struct ipam_free_run run;
    record_init(&run, IPAM_T_FREE_RUN);
    if (prefix != NULL)
        RECORD_SET(&run, IPAM_FREE_RUN_PREFIX, prefix, *prefix);
    RECORD_SET(&run, IPAM_FREE_RUN_FIRST, first, *first);
    RECORD_SET(&run, IPAM_FREE_RUN_LAST, last, *last);
    RECORD_SET(&run, IPAM_FREE_RUN_SIZE, size_, addr_distance(first, last));
    if (prefix == NULL) { /* they have the same words as those of addresses */
        RECORD_SET(&run, IPAM_FREE_RUN_PING, ping,
                   probed != NULL ? probed->ping : IPAM_FREE_RUN_PING_UNDETECTED);
        RECORD_SET(&run, IPAM_FREE_RUN_DNS, dns, probed != NULL ? probed->dns : IPAM_FREE_RUN_DNS_UNDETECTED);
        RECORD_SET(&run, IPAM_FREE_RUN_DHCP, dhcp,
                   probed != NULL ? probed->dhcp : IPAM_FREE_RUN_DHCP_UNDETECTED);
    }
    record_to_json(&run, NULL, &l->w);
}

/* A cursor of a list of the other family is none of this one. False with the problem, answered. */
static bool begins_in(struct free_list *l, uint8_t family)
{
    if (l->from.family == 0 || l->from.family == family)
        return true;
    cursor_bad(l->c);
    call_problem(l->c);
    return false;
}

/* Whether one more is shown; where the next one is looked for otherwise. */
static bool has_room(struct free_list *l, const struct ipam_addr *at)
{
    if (l->count++ < l->limit)
        return true;
    l->from = *at;
    l->more = true;
    return false;
}

static void found_block(struct call *c)
{
    struct free_list *l = c->work;
    const struct ipam_block *b = c->row;
    struct ipam_prefix at = { l->from.family != 0 ? l->from : b->prefix.addr, (uint8_t)l->length };
    struct ipam_addr last;
    if (!begins_in(l, b->prefix.addr.family))
        return;
    if (l->length != 0 && (l->length < b->prefix.length || l->length > addr_bits(at.addr.family))) {
        problem_hint(&c->problem, "give a prefix_length from %u to %u", b->prefix.length,
                     addr_bits(b->prefix.addr.family));
        problem_set(&c->problem, PROBLEM_INVALID, "prefix_length=%lld: the block has no such prefixes",
                    (long long)l->length);
        call_problem(c);
        return;
    }
    begin(l);
    for (;;) {
        int rc = l->length != 0
                     ? view_next_prefix(call_view(c), b->space, &b->prefix, (uint8_t)l->length, &at, &at)
                     : rule_next_gap(call_view(c), b->space, &b->prefix, &at.addr, &at);
        if (rc != 0 || !has_room(l, &at.addr))
            break;
        prefix_last(&at, &last);
        show(l, &at.addr, &last, &at, NULL);
        if (addr_add(&last, u128_from(1), &at.addr) != 0 || !prefix_contains_addr(&b->prefix, &at.addr))
            break;
    }
    end(l);
}

/* Ranges that the caller does not see he has no addresses of. */
static bool may_see(void *user, const struct view *v, const struct ipam_range *r)
{
    struct call *c = user;
    return sight_sees(&c->sight, v, r);
}

/* With a probe each address of a run is an item of its own. */
static void add_one(struct free_list *l, const struct ipam_addr *first, struct ipam_addr *last)
{
    probe_want(l->c, &l->probing, first);
    *last = *first;
}

static void show_probed(struct call *c)
{
    struct free_list *l = c->work;
    for (size_t i = 0; i < l->probing.known; i++)
        show(l, &l->probing.items[i].address, &l->probing.items[i].address, NULL, &l->probing.items[i]);
    end(l);
}

/* What the server has named, without what the plan has for somebody, as runs. */
static void asked(struct call *c)
{
    struct free_list *l = c->work;
    struct next_free *f = &l->asked;
    struct allocation a = {
        .range = c->id, .may = sight_all(&c->sight) ? NULL : may_see, .user = c, .reservation = true
    };
    struct ipam_addr after;
    if (f->count == f->most && addr_add(&f->items[f->count - 1], u128_from(1), &after) == 0) {
        l->from = after;
        l->more = addr_compare(&after, &f->last) <= 0;
    }
    if (rule_keep_unheld(call_view(c), &a, f->items, &f->count, &c->problem) != 0) {
        call_problem(c);
        return;
    }
    begin(l);
    for (size_t i = 0, n; i < f->count; i += n) {
        const struct ipam_addr *first = &f->items[i];
        n = 1;
        if (l->probing.methods != 0) {
            probe_want(c, &l->probing, first);
            continue;
        }
        while (i + n < f->count &&
               u128_compare(addr_distance(first, &f->items[i + n]), u128_from(n + 1)) == 0)
            n++;
        show(l, first, &f->items[i + n - 1], NULL, NULL);
    }
    if (probe_is_due(&l->probing))
        probe_ask(c, &l->probing, show_probed);
    else
        end(l);
}

static void ask_server(struct free_list *l, const struct ipam_range *range)
{
    struct next_free *f = &l->asked;
    *f = (struct next_free){ .first = l->from.family != 0 ? l->from : range->first,
                             .last = range->last,
                             .most = (size_t)l->limit,
                             .otherwise = "without ask: what is free by the last collection" };
    if (l->c->type->type == IPAM_T_RANGE && next_free_place(l->c, range, f)) {
        next_free_ask(l->c, f, asked);
        return;
    }
    problem_hint(&l->c->problem, "ask for a range that a DHCP server leases, or without ask");
    problem_set(&l->c->problem, PROBLEM_INVALID, "ask=true: no DHCP server leases this range");
    call_problem(l->c);
}

static void found_addresses(struct call *c)
{
    struct free_list *l = c->work;
    struct allocation a = { .may = sight_all(&c->sight) ? NULL : may_see, .user = c, .reservation = true };
    struct ipam_addr first, last;
    int rc;
    bool subnet = c->type->type == IPAM_T_SUBNET;
    l->probing.space =
        subnet ? ((const struct ipam_subnet *)c->row)->space : ((const struct ipam_range *)c->row)->space;
    if (!begins_in(l, subnet ? ((const struct ipam_subnet *)c->row)->prefix.addr.family
                             : ((const struct ipam_range *)c->row)->first.family))
        return;
    if (l->asks) {
        ask_server(l, c->row);
        return;
    }
    *(subnet ? &a.subnet : &a.range) = c->id;
    begin(l);
    while ((rc = rule_free_run(call_view(c), &a, &l->from, &first, &last, &c->problem)) == 0 &&
           has_room(l, &first)) {
        if (l->probing.methods != 0)
            add_one(l, &first, &last);
        else
            show(l, &first, &last, NULL, NULL);
        if (addr_add(&last, u128_from(1), &l->from) != 0)
            break;
    }
    if (rc != 0 && rc != IPAM_E_EXHAUSTED)
        call_problem(c);
    else if (probe_is_due(&l->probing))
        probe_ask(c, &l->probing, show_probed);
    else
        end(l);
}

static void handle(struct call *c, const char *const *known, void (*found)(struct call *c))
{
    struct free_list *l = arena_alloc(&c->arena, sizeof(*l));
    c->work = l;
    l->c = c;
    if (read_request(c, l, known))
        call_find(c, found);
    else
        call_problem(c);
}

void handle_free_prefixes(struct call *c)
{
    static const char *const known[] = { "prefix_length", "limit", "cursor", NULL };
    handle(c, known, found_block);
}

void handle_free_addresses(struct call *c)
{
    static const char *const known[] = { "limit", "cursor", "probe", NULL }, *const of_ranges[] = {
        "limit", "cursor", "probe", "ask", NULL
    };
    handle(c, c->type->type == IPAM_T_RANGE ? of_ranges : known, found_addresses);
}

/* rules_range.c - ranges: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/classes.h"
#include "model/overlap.h"

#define METRIC_MOST 9999

bool range_run_parse(struct ipam_str text, struct ipam_addr *ret_first, struct ipam_addr *ret_last)
{
    const char *dash = memchr(text.data, '-', text.len);
    size_t len = dash != NULL ? (size_t)(dash - text.data) : text.len;
    if (addr_parse(text.data, len, ret_first) != 0)
        return false;
    *ret_last = *ret_first;
    return dash == NULL || (addr_parse(dash + 1, text.len - len - 1, ret_last) == 0 &&
                            ret_last->family == ret_first->family && addr_compare(ret_first, ret_last) <= 0);
}

static int runs_check(const struct ipam_range *r, const char *name, const struct ipam_strs *runs,
                      struct problem *p)
{
    struct ipam_addr first, last;
    for (size_t i = 0; i < runs->count; i++) {
        struct ipam_str text = runs->items[i];
        bool is_run = range_run_parse(text, &first, &last);
        if (is_run && first.family == r->first.family && addr_compare(&first, &r->first) >= 0 &&
            addr_compare(&last, &r->last) <= 0)
            continue;
        problem_hint(p, "give addresses of the range, or runs of them as FIRST-LAST");
        return problem_set(p, PROBLEM_INVALID,
                           is_run ? "%s: " STR_FMT " is not in the range"
                                  : "%s: \"" STR_FMT "\" is no address and no run of them",
                           name, STR_ARG(text));
    }
    return 0;
}

/* 1-9999 after the =, without a sign or zeros before it. */
static bool metric_is_good(struct ipam_str text)
{
    int n = 0;
    for (size_t i = 0; i < text.len && n <= METRIC_MOST; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || (i == 0 && text.data[i] == '0'))
            return false;
        n = n * 10 + (text.data[i] - '0');
    }
    return n >= 1 && n <= METRIC_MOST;
}

bool range_gateway_parse(struct ipam_str text, struct ipam_addr *ret)
{
    const char *equal = memchr(text.data, '=', text.len);
    size_t len = equal != NULL ? (size_t)(equal - text.data) : text.len;
    return addr_parse(text.data, len, ret) == 0 &&
           (equal == NULL || metric_is_good((struct ipam_str){ equal + 1, text.len - len - 1 }));
}

static int gateways_check(const struct ipam_range *r, struct problem *p)
{
    for (size_t i = 0; i < r->gateways.count; i++) {
        struct ipam_addr a;
        if (range_gateway_parse(r->gateways.items[i], &a) && a.family == r->first.family)
            continue;
        problem_hint(p, "give ADDRESS, or ADDRESS=METRIC with a metric of 1-%d", METRIC_MOST);
        return problem_set(p, PROBLEM_INVALID, "gateways: \"" STR_FMT "\" is no IPv%d address with a metric",
                           STR_ARG(r->gateways.items[i]), r->first.family);
    }
    return 0;
}

static int wins_check(const struct ipam_range *r, struct problem *p)
{
    bool v4 = r->first.family == 4;
    for (size_t i = 0; i < r->wins.count; i++)
        v4 = v4 && r->wins.items[i].family == 4;
    if (v4 || r->wins.count == 0)
        return 0;
    problem_hint(p, "give IPv4 addresses, for an IPv4 range");
    return problem_set(p, PROBLEM_INVALID, "wins: WINS servers are of IPv4 alone");
}

static int utilized_check(const struct ipam_range *r, struct problem *p)
{
    struct ipam_u128 size = addr_distance(&r->first, &r->last);
    char most[U128_TEXT_MAX];
    if (!record_has(r, IPAM_RANGE_UTILIZED) || u128_compare(r->utilized, size) <= 0)
        return 0;
    u128_print(size, most);
    problem_hint(p, "give at most %s, or leave it away: then they are counted", most);
    return problem_set(p, PROBLEM_INVALID, "utilized: the range has only %s addresses", most);
}

int range_check(const struct ipam_range *r, struct problem *p)
{
    if ((record_has(r, IPAM_RANGE_RESERVED) && runs_check(r, "reserved", &r->reserved, p) != 0) ||
        (record_has(r, IPAM_RANGE_VIPS) && runs_check(r, "vips", &r->vips, p) != 0) ||
        (record_has(r, IPAM_RANGE_GATEWAYS) && gateways_check(r, p) != 0))
        return IPAM_E_INVAL;
    return record_has(r, IPAM_RANGE_WINS) && wins_check(r, p) != 0 ? IPAM_E_INVAL : utilized_check(r, p);
}

int range_ends(struct ipam_range *r, struct problem *p)
{
    struct ipam_addr first, last;
    char text[PREFIX_TEXT_MAX];
    if (record_has(r, IPAM_RANGE_PREFIX)) {
        prefix_usable(&r->prefix, &first, &last);
        if (!record_has(r, IPAM_RANGE_FIRST))
            RECORD_SET(r, IPAM_RANGE_FIRST, first, first);
        if (!record_has(r, IPAM_RANGE_LAST))
            RECORD_SET(r, IPAM_RANGE_LAST, last, last);
        if (!prefix_contains_addr(&r->prefix, &r->first) || !prefix_contains_addr(&r->prefix, &r->last)) {
            prefix_print(&r->prefix, text);
            problem_hint(p, "give ends that lie in the prefix, or leave them away");
            return problem_set(p, PROBLEM_INVALID, "prefix: the range sticks out of %s", text);
        }
        r->has[0] &= ~(UINT64_C(1) << IPAM_RANGE_PREFIX);
    }
    if (record_has(r, IPAM_RANGE_FIRST) && record_has(r, IPAM_RANGE_LAST))
        return 0;
    problem_hint(p, "give first and last, or the prefix that they are the usable ends of");
    return problem_set(p, PROBLEM_INVALID, "%s: is missing",
                       record_has(r, IPAM_RANGE_FIRST) ? "last" : "first");
}

/* Of the plan's own ranges: no host has the address of the network, or its broadcast address. */
int range_ends_check(const struct ipam_range *r, const struct ipam_prefix *subnet, struct problem *p)
{
    struct ipam_addr first, last, end;
    char text[ADDR_TEXT_MAX];
    prefix_usable(subnet, &first, &last);
    bool low = addr_compare(&r->first, &first) < 0;
    if (subnet->addr.family != 4 || !rule_is_own(r) || (!low && addr_compare(&r->last, &last) <= 0))
        return 0;
    end = low ? r->first : r->last;
    addr_print(&end, text);
    problem_hint(p, "leave it away: give the prefix alone for all addresses that hosts can have");
    return problem_set(p, PROBLEM_INVALID,
                       low ? "first: %s is the address of the network"
                           : "last: %s is the broadcast address of the network",
                       text);
}

/* The range of the same source that is in the way of `self`. */
struct range_clash {
    const struct ipam_range *self, *found;
};

static int find_own_range(void *user, const struct ipam_range *r)
{
    struct range_clash *c = user;
    if (!str_equal(r->managed_by, c->self->managed_by) || !str_equal(r->instance, c->self->instance))
        return 0;
    c->found = r;
    return 1;
}

int range_create(struct draft *d, struct ipam_range *r, struct problem *p)
{
    const struct view *v = draft_view(d);
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    int64_t space = space_check(v, r->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    addr_print(&r->first, first);
    addr_print(&r->last, last);
    if (r->first.family != r->last.family || addr_compare(&r->first, &r->last) > 0) {
        problem_hint(p, "give the lower address as first and the higher one as last, both of one family");
        return problem_set(p, PROBLEM_INVALID, "range %s-%s: first is not below or equal to last", first,
                           last);
    }
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, rule_subnet_around(v, space, &r->first, &r->last));
    if (s == NULL) {
        problem_hint(p, "add the subnet that holds both ends first");
        return problem_set(p, PROBLEM_INVALID, "range %s-%s lies in no subnet", first, last);
    }
    if (!record_has(r, IPAM_RANGE_MANAGED_BY))
        RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    if (range_ends_check(r, &s->prefix, p) != 0 || range_check(r, p) != 0)
        return IPAM_E_INVAL;
    struct range_clash clash = { r, NULL };
    if (view_ranges(v, space, &r->first, &r->last, find_own_range, &clash) != 0) {
        problem_hint(p, "ranges of one source do not overlap");
        problem_about(p, IPAM_T_RANGE, clash.found->id);
        char other[ADDR_TEXT_MAX], other_last[ADDR_TEXT_MAX];
        addr_print(&clash.found->first, other);
        addr_print(&clash.found->last, other_last);
        return problem_set(p, PROBLEM_OVERLAP, "range %s-%s overlaps range %s-%s (id %lld)", first, last,
                           other, other_last, (long long)clash.found->id);
    }
    if (!record_has(r, IPAM_RANGE_KIND))
        RECORD_SET(r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_STATIC);
    draft_put(d, r);
    return 0;
}

/* The same of addresses in a range. */
int range_hands_on(struct draft *d, const struct ipam_range *r, struct problem *p)
{
    struct ipam_addr used;
    char first[ADDR_TEXT_MAX];
    if (r->access_scope == 0 || rule_first_left(draft_view(d), r->space, &r->first, &r->last, &used) != 0)
        return 0;
    addr_print(&r->first, first);
    problem_hint(p, "have the range inherit its access scope first: POST .../set-scope with null");
    return problem_set(p, PROBLEM_IN_USE, "addresses in the range that begins with %s have its access scope",
                       first);
}

/* The highest choice of the ranges that it meets, whatever servers exclude there at the moment. */
struct highest {
    int64_t self, choice;
};

static int find_highest(void *user, const struct ipam_range *r)
{
    struct highest *h = user;
    if (r->id != h->self && r->choice > h->choice)
        h->choice = r->choice;
    return 0;
}

void rule_use_range(struct draft *d, const struct ipam_range *r)
{
    const struct view *v = draft_view(d);
    struct highest h = { r->id, 0 };
    struct overlaps o;
    overlaps_begin(&o, v);
    bool counts = overlaps_counts(&o, r);
    overlaps_end(&o);
    if (counts)
        return;
    view_ranges(v, r->space, &r->first, &r->last, find_highest, &h);
    struct ipam_range chosen = *r;
    RECORD_SET(&chosen, IPAM_RANGE_CHOICE, choice, h.choice + 1);
    draft_replace(d, r, &chosen);
}

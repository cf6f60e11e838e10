/* register.c - records of the DNS for an address: the host record of its name, the PTR record.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model/zones.h"
#include "net/dns.h"
#include "net/facts.h"

/* One address, and what is asked for. */
struct naming {
    struct draft *d;
    int64_t id;
    const struct dns_request *q;
    const int64_t *records;
    size_t count;
    struct dns_plans *ret;
    struct problem *p;
};

/* As it is now: each plan is noted on it. */
static const struct ipam_address *address_of(const struct naming *n)
{
    return view_get(draft_view(n->d), IPAM_T_ADDRESS, n->id);
}

static const struct ipam_dns_record *record_at(const struct naming *n, size_t i)
{
    return view_get(draft_view(n->d), IPAM_T_DNS_RECORD, n->records[i]);
}

static int plan(struct naming *n, const struct ipam_dns_record *before, const struct ipam_dns_record *after)
{
    const struct server_change change = {
        .before = before, .after = after, .address = n->id, .actor = n->q->actor, .reason = n->q->reason
    };
    int64_t id = rule_plan_noted(n->d, &change, n->p);
    if (id == 0)
        return IPAM_E_INVAL;
    n->ret->servers[n->ret->count] = (after != NULL ? after : before)->server;
    n->ret->ids[n->ret->count++] = id;
    return 0;
}

/* --- names --- */

/* The absolute name of the address, which in a zone (NULL: in none that is known) may be its first label. */
static int host_name(const struct naming *n, const char *what, const struct ipam_zone *z, char *ret)
{
    const struct ipam_address *a = address_of(n);
    struct ipam_str text = a->name;
    bool absolute = text.len > 0 && text.data[text.len - 1] == '.';
    if (!record_has(a, IPAM_ADDRESS_NAME)) {
        problem_hint(n->p, "PATCH it with a name, or POST /api/v1/dns/records");
        return problem_set(n->p, PROBLEM_INVALID, "%s: the address has no name", what);
    }
    if (!dns_name_tidy(text, ret) || strcmp(ret, ".") == 0) {
        problem_hint(n->p, "labels are of letters, digits, - and _, with dots between them");
        return problem_set(n->p, PROBLEM_INVALID, "%s: \"" STR_FMT "\" can be no name of the DNS", what,
                           STR_ARG(text));
    }
    if (z == NULL ? absolute || strchr(ret, '.') != NULL : dns_name_within(str_from(ret), z->name))
        return 0;
    if (z == NULL) {
        problem_hint(n->p, "give the zone, or let the name say it: %s.example.com", ret);
        return problem_set(n->p, PROBLEM_INVALID, "%s: the name %s says no zone", what, ret);
    }
    size_t len = strlen(ret);
    if (absolute || strchr(ret, '.') != NULL || len + 1 + z->name.len >= DNS_NAME_MAX) {
        problem_hint(n->p, "only a name of one label is taken as one of the zone");
        return problem_set(n->p, PROBLEM_INVALID, "%s: the name %s does not lie in the zone " STR_FMT, what,
                           ret, STR_ARG(z->name));
    }
    if (!str_is(z->name, "."))
        snprintf(ret + len, DNS_NAME_MAX - len, "." STR_FMT, STR_ARG(z->name));
    return 0;
}

/* Of the address in a reverse zone that is for it; a classless one (RFC 2317) has names of its own. */
static void ptr_name(const struct ipam_zone *z, const struct ipam_addr *a, char *ret)
{
    const struct ipam_prefix whole = { *a, (uint8_t)addr_bits(a->family) };
    reverse_zone(&whole, 0, ret);
    if (!dns_name_within(str_from(ret), z->name))
        snprintf(ret, DNS_NAME_MAX, "%u." STR_FMT, a->bytes[3], STR_ARG(z->name));
}

/* --- records --- */

static void record_of(const struct naming *n, const struct ipam_zone *z, const char *name, const char *type,
                      const char *data, struct ipam_dns_record *ret)
{
    record_init(ret, IPAM_T_DNS_RECORD);
    RECORD_SET(ret, IPAM_DNS_RECORD_SERVER, server, z->server);
    RECORD_SET(ret, IPAM_DNS_RECORD_ZONE, zone, z->id);
    RECORD_SET(ret, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, z->native);
    RECORD_SET(ret, IPAM_DNS_RECORD_NAME, name, str_from(name));
    RECORD_SET(ret, IPAM_DNS_RECORD_TYPE, type_, str_from(type));
    RECORD_SET(ret, IPAM_DNS_RECORD_DATA, data, str_from(data));
    if (n->q->ttl >= 0)
        RECORD_SET(ret, IPAM_DNS_RECORD_TTL, ttl, n->q->ttl);
}

static bool is_host(const struct ipam_dns_record *r, const struct ipam_address *a)
{
    return r != NULL && (str_is(r->type_, "A") || str_is(r->type_, "AAAA")) && r->space == a->space &&
           addr_equal(&r->address, &a->address);
}

static bool is_ptr(const struct ipam_dns_record *r, const struct ipam_address *a)
{
    return r != NULL && str_is(r->type_, "PTR") && r->space == a->space &&
           addr_equal(&r->address, &a->address);
}

/* Whether a record that is there is what is wanted. */
static bool is_same(const struct ipam_dns_record *there, const struct ipam_dns_record *wanted)
{
    char name[DNS_NAME_MAX];
    if (!str_equal(there->name, wanted->name))
        return false;
    return !str_is(wanted->type_, "PTR") || (dns_name_tidy(there->data, name) && str_is(wanted->data, name));
}

static int there_already(const struct naming *n, const char *what, const struct ipam_dns_record *there,
                         const char *hint)
{
    problem_about(n->p, IPAM_T_DNS_RECORD, there->id);
    problem_hint(n->p, "%s", hint);
    return problem_set(
        n->p, PROBLEM_EXISTS, "%s: the zone has " STR_FMT " " STR_FMT " " STR_FMT " already (record %lld)",
        what, STR_ARG(there->name), STR_ARG(there->type_), STR_ARG(there->data), (long long)there->id);
}

/* The one record of the zone in whose place it comes; NULL: it is added beside what is there. */
static int find_former(const struct naming *n, const char *what, const struct ipam_dns_record *wanted,
                       bool (*is)(const struct ipam_dns_record *, const struct ipam_address *),
                       const struct ipam_dns_record **ret)
{
    const struct ipam_address *a = address_of(n);
    *ret = NULL;
    for (size_t i = 0; i < n->count; i++) {
        const struct ipam_dns_record *there = record_at(n, i);
        if (!is(there, a) || there->zone != wanted->zone)
            continue;
        if (is_same(there, wanted))
            return there_already(n, what, there, "there is nothing to do for it: leave it away");
        if (n->q->replace && *ret != NULL)
            return there_already(n, what, there, "several are there: delete those that are not right first");
        if (!n->q->replace && str_is(wanted->type_, "PTR"))
            return there_already(n, what, there, "say replace=true, or delete that one first");
        if (n->q->replace)
            *ret = there;
    }
    return 0;
}

/* --- made --- */

static int in_space(const struct naming *n, const char *what, const struct ipam_zone *z)
{
    if (z->space == address_of(n)->space)
        return 0;
    problem_about(n->p, IPAM_T_ZONE, z->id);
    return problem_set(n->p, PROBLEM_INVALID, "%s: the zone " STR_FMT " is of another address space", what,
                       STR_ARG(z->name));
}

static int forward_zone(const struct naming *n, const struct ipam_zone **ret, char *name)
{
    const struct view *v = draft_view(n->d);
    if (n->q->zone == 0) {
        int rc = host_name(n, "host", NULL, name);
        return rc == 0 ? zone_of_name(v, n->q, address_of(n)->space, name, ret, n->p) : rc;
    }
    if (rule_zone_takes(v, n->q->zone, n->q, "zone", ret, n->p) != 0 || in_space(n, "zone", *ret) != 0)
        return IPAM_E_INVAL;
    if ((*ret)->lookup != IPAM_ZONE_LOOKUP_FORWARD) {
        problem_hint(n->p, "it is one for reverse_zone");
        return problem_set(n->p, PROBLEM_INVALID,
                           "zone: " STR_FMT " is a reverse zone, which has no host records",
                           STR_ARG((*ret)->name));
    }
    return host_name(n, "host", *ret, name);
}

static int register_host(struct naming *n)
{
    const struct ipam_zone *z;
    const struct ipam_dns_record *former;
    struct ipam_dns_record r;
    char name[DNS_NAME_MAX], data[ADDR_TEXT_MAX];
    if (forward_zone(n, &z, name) != 0)
        return IPAM_E_INVAL;
    const struct ipam_addr *a = &address_of(n)->address;
    addr_print(a, data);
    record_of(n, z, name, a->family == 4 ? "A" : "AAAA", data, &r);
    return find_former(n, "host", &r, is_host, &former) == 0 ? plan(n, former, &r) : IPAM_E_INVAL;
}

static int reverse_zone_of(const struct naming *n, const struct ipam_zone **ret)
{
    const struct ipam_address *a = address_of(n);
    const struct view *v = draft_view(n->d);
    char text[ADDR_TEXT_MAX];
    if (n->q->reverse_zone == 0)
        return zone_of_address(v, n->q, a->space, &a->address, ret, n->p);
    if (rule_zone_takes(v, n->q->reverse_zone, n->q, "reverse_zone", ret, n->p) != 0 ||
        in_space(n, "reverse_zone", *ret) != 0)
        return IPAM_E_INVAL;
    if (zone_covers(*ret, &a->address))
        return 0;
    addr_print(&a->address, text);
    uint8_t family = (*ret)->lookup == IPAM_ZONE_LOOKUP_IPV4_REVERSE   ? 4
                     : (*ret)->lookup == IPAM_ZONE_LOOKUP_IPV6_REVERSE ? 6
                                                                       : 0;
    problem_hint(n->p, "leave it away, and the longest that is for the address is taken");
    return problem_set(n->p, PROBLEM_INVALID, "reverse_zone: " STR_FMT " is %s %s", STR_ARG((*ret)->name),
                       family == 0                   ? "no reverse zone: it is not for"
                       : family != a->address.family ? "for addresses of the other family, not for"
                                                     : "not for",
                       text);
}

/* Where the PTR record leads to: the name in the zone that is given, or in which the host record is. */
static int ptr_target(const struct naming *n, char *ret)
{
    const struct ipam_address *a = address_of(n);
    const struct view *v = draft_view(n->d);
    int64_t zone = n->q->zone != 0 ? n->q->zone : rule_sync(a, SERVED_HOST) != 0 ? a->forward_zone : 0;
    const struct ipam_zone *z = zone != 0 ? view_get(v, IPAM_T_ZONE, zone) : NULL;
    if (z != NULL && n->q->may != NULL && !n->q->may(n->q->user, v, z))
        z = NULL;
    bool full = record_has(a, IPAM_ADDRESS_NAME) && memchr(a->name.data, '.', a->name.len) != NULL;
    return host_name(n, "ptr", full ? NULL : z, ret);
}

static int register_ptr(struct naming *n)
{
    const struct ipam_zone *z;
    const struct ipam_dns_record *former;
    struct ipam_dns_record r;
    char name[DNS_NAME_MAX], target[DNS_NAME_MAX];
    if (reverse_zone_of(n, &z) != 0 || ptr_target(n, target) != 0)
        return IPAM_E_INVAL;
    ptr_name(z, &address_of(n)->address, name);
    record_of(n, z, name, "PTR", target, &r);
    return find_former(n, "ptr", &r, is_ptr, &former) == 0 ? plan(n, former, &r) : IPAM_E_INVAL;
}

static int no_address(const struct naming *n)
{
    return problem_set(n->p, PROBLEM_NOT_FOUND, "the address was released meanwhile");
}

int rule_register(struct draft *d, int64_t address, const struct dns_request *q, const int64_t *records,
                  size_t count, struct dns_plans *ret, struct problem *p)
{
    struct naming n = { d, address, q, records, count, ret, p };
    ret->count = 0;
    if (address_of(&n) == NULL)
        return no_address(&n);
    if (q->host && register_host(&n) != 0)
        return IPAM_E_INVAL;
    return q->ptr ? register_ptr(&n) : 0;
}

/* --- taken away --- */

/* How well a record is the one that is meant: in the zone that is noted, of the name that the address has. */
static unsigned likeness(const struct naming *n, const struct ipam_dns_record *r, int64_t noted)
{
    const struct ipam_address *a = address_of(n);
    struct ipam_str name = str_is(r->type_, "PTR") ? r->data : r->name;
    char own[DNS_NAME_MAX], its[DNS_NAME_MAX];
    bool named = dns_name_tidy(a->name, own) && dns_name_tidy(name, its) &&
                 strncmp(own, its, strlen(own)) == 0 &&
                 (its[strlen(own)] == '\0' || (its[strlen(own)] == '.' && strchr(own, '.') == NULL));
    return (r->zone == noted ? 2u : 0u) + (named ? 1u : 0u);
}

static int which_one(const struct naming *n, const char *what, const struct ipam_dns_record *a,
                     const struct ipam_dns_record *b)
{
    problem_hint(n->p, "say the zone, or DELETE /api/v1/dns/records/%lld or .../%lld", (long long)a->id,
                 (long long)b->id);
    return problem_set(n->p, PROBLEM_AMBIGUOUS, "%s: several are there, " STR_FMT " and " STR_FMT, what,
                       STR_ARG(a->name), STR_ARG(b->name));
}

static bool in_sight(const struct naming *n, const struct ipam_dns_record *r)
{
    const struct view *v = draft_view(n->d);
    const struct ipam_zone *z = view_get(v, IPAM_T_ZONE, r->zone);
    return z != NULL && (n->q->may == NULL || n->q->may(n->q->user, v, z));
}

/* The record of a kind that is there for the address. *ret NULL: none. */
static int find_leaving(const struct naming *n, enum served_kind kind, const char *what,
                        const struct ipam_dns_record **ret)
{
    const struct ipam_address *a = address_of(n);
    int64_t named = kind == SERVED_HOST ? n->q->zone : n->q->reverse_zone, noted = rule_sync(a, kind) == 0 ? 0
                                                                                   : kind == SERVED_HOST
                                                                                       ? a->forward_zone
                                                                                       : a->reverse_zone;
    const struct ipam_dns_record *rival = NULL;
    unsigned best = 0;
    *ret = NULL;
    for (size_t i = 0; i < n->count; i++) {
        const struct ipam_dns_record *r = record_at(n, i);
        if (!(kind == SERVED_HOST ? is_host(r, a) : is_ptr(r, a)) || (named != 0 && r->zone != named) ||
            !in_sight(n, r))
            continue;
        unsigned like = likeness(n, r, noted);
        if (*ret == NULL || like > best) {
            *ret = r;
            rival = NULL;
            best = like;
        } else if (like == best) {
            rival = r;
        }
    }
    return rival != NULL ? which_one(n, what, *ret, rival) : 0;
}

static int unregister(struct naming *n, enum served_kind kind, bool wanted)
{
    const char *what = kind == SERVED_HOST ? "host" : "ptr";
    const struct ipam_address *a = address_of(n);
    const struct ipam_dns_record *r;
    const struct ipam_zone *z;
    char text[ADDR_TEXT_MAX];
    if (!wanted)
        return 0;
    if (rule_is_under_way(a, kind))
        return rule_under_way(a, kind, n->p);
    if (find_leaving(n, kind, what, &r) != 0)
        return IPAM_E_INVAL;
    if (r == NULL) {
        addr_print(&a->address, text);
        problem_hint(n->p, "GET /api/v1/dns/records?address=%s lists what is known of it", text);
        problem_set(n->p, PROBLEM_NOT_FOUND, "%s: no %s of %s is known", what, rule_served_name(kind), text);
        return n->q->either ? 0 : IPAM_E_NOENT;
    }
    if (rule_zone_takes(draft_view(n->d), r->zone, n->q, what, &z, n->p) != 0)
        return IPAM_E_INVAL;
    return plan(n, r, NULL);
}

int rule_unregister(struct draft *d, int64_t address, const struct dns_request *q, const int64_t *records,
                    size_t count, struct dns_plans *ret, struct problem *p)
{
    struct naming n = { d, address, q, records, count, ret, p };
    ret->count = 0;
    if (address_of(&n) == NULL)
        return no_address(&n);
    int rc = unregister(&n, SERVED_HOST, q->host);
    if (rc == 0)
        rc = unregister(&n, SERVED_PTR, q->ptr);
    if (rc != 0 || ret->count == 0)
        return rc != 0 ? rc : IPAM_E_NOENT; /* the problem is that of the last */
    memset(p, 0, sizeof(*p));
    return 0;
}

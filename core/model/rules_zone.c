/* rules_zone.c - reverse zones mapped to ranges, and the addresses that their PTR records make.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * After [MS-IPAMM2]: a range has one reverse zone at the most, none in a customer space. Of ranges that
 * overlap one is mapped, so that no address is asked of two zones. */
#include "model/classes.h"

#define NAME_MOST 253 /* of an address */

/* --- which zone --- */

static bool has_pointers(const struct ipam_zone *z)
{
    return z->type_ != IPAM_ZONE_TYPE_FORWARDER && z->type_ != IPAM_ZONE_TYPE_STATIC_STUB &&
           z->type_ != IPAM_ZONE_TYPE_STUB && z->type_ != IPAM_ZONE_TYPE_HINT;
}

static bool covers(const struct ipam_zone *z, const struct ipam_range *r)
{
    return record_has(z, IPAM_ZONE_PREFIX) && prefix_contains_addr(&z->prefix, &r->first) &&
           prefix_contains_addr(&z->prefix, &r->last);
}

/* What of the zone itself is in the way; NULL: nothing. */
static const char *misfit(const struct ipam_range *r, const struct ipam_zone *z)
{
    if (z->space != r->space)
        return "is of another address space";
    if (!record_has(z, IPAM_ZONE_PREFIX) || z->prefix.addr.family != r->first.family)
        return r->first.family == 4 ? "is no reverse zone of IPv4" : "is no reverse zone of IPv6";
    if (!covers(z, r))
        return "does not cover the range wholly";
    return has_pointers(z) ? NULL : "has no PTR records on its server";
}

static int space_maps(const struct view *v, const struct ipam_range *r, struct problem *p)
{
    const struct ipam_space *s = view_get(v, IPAM_T_SPACE, r->space);
    if (s == NULL || !record_has(s, IPAM_SPACE_KIND) || s->kind != IPAM_SPACE_KIND_CUSTOMER)
        return 0;
    problem_hint(p, "map zones to ranges of provider spaces");
    return problem_set(p, PROBLEM_INVALID,
                       "zone: the range is in the customer space " STR_FMT ", which has no reverse zones",
                       STR_ARG(s->name));
}

struct mapped_search {
    int64_t self;
    const struct ipam_range *found;
};

static int find_mapped(void *user, const struct ipam_range *r)
{
    struct mapped_search *s = user;
    if (r->id == s->self || !record_has(r, IPAM_RANGE_REVERSE_ZONE))
        return 0;
    s->found = r;
    return 1;
}

static int overlap_maps(const struct view *v, const struct ipam_range *r, struct problem *p)
{
    struct mapped_search s = { r->id, NULL };
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    if (view_ranges(v, r->space, &r->first, &r->last, find_mapped, &s) == 0)
        return 0;
    addr_print(&s.found->first, first);
    addr_print(&s.found->last, last);
    problem_about(p, IPAM_T_RANGE, s.found->id);
    problem_hint(p, "map that one to no zone first: POST .../map-zone with {\"zone\": null}");
    return problem_set(p, PROBLEM_OVERLAP,
                       "zone: the range overlaps range %s-%s (id %lld), which is mapped to a zone", first,
                       last, (long long)s.found->id);
}

int rule_zone_fits(const struct view *v, const struct ipam_range *r, const struct ipam_zone *z,
                   struct problem *p)
{
    const char *why = misfit(r, z);
    if (space_maps(v, r, p) != 0)
        return IPAM_E_INVAL;
    if (why == NULL)
        return overlap_maps(v, r, p);
    problem_hint(p, "choose one of those that can be mapped: GET .../mappable-zones");
    return problem_set(p, PROBLEM_INVALID, "zone: " STR_FMT " %s", STR_ARG(z->name), why);
}

static int mapped_already(const struct ipam_range *r, const struct ipam_zone *z, struct problem *p)
{
    char first[ADDR_TEXT_MAX];
    if (z == NULL) /* it is mapped, and nothing more can be said of it */
        return 0;
    addr_print(&r->first, first);
    problem_about(p, IPAM_T_ZONE, z->id);
    problem_hint(p, "map it to no zone first: POST .../map-zone with {\"zone\": null}");
    return problem_set(p, PROBLEM_EXISTS, "the range from %s on is mapped to zone " STR_FMT " already", first,
                       STR_ARG(z->name));
}

static void set_zone(struct draft *d, const struct ipam_range *r, int64_t zone)
{
    struct ipam_range mapped = *r;
    mapped.reverse_zone = 0;
    if (zone != 0)
        RECORD_SET(&mapped, IPAM_RANGE_REVERSE_ZONE, reverse_zone, zone);
    else
        mapped.has[0] &= ~(UINT64_C(1) << IPAM_RANGE_REVERSE_ZONE);
    draft_replace(d, r, &mapped);
}

int rule_map_zone(struct draft *d, const struct ipam_range *r, int64_t zone, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_zone *z = view_get(v, IPAM_T_ZONE, zone);
    bool mapped = record_has(r, IPAM_RANGE_REVERSE_ZONE);
    if (mapped ? r->reverse_zone == zone : zone == 0)
        return 0;
    if (zone != 0 && z == NULL)
        return rule_no_ref("zone", IPAM_T_ZONE, zone, p);
    if (zone != 0 && (rule_zone_fits(v, r, z, p) != 0 ||
                      (mapped && mapped_already(r, view_get(v, IPAM_T_ZONE, r->reverse_zone), p) != 0)))
        return IPAM_E_INVAL;
    set_zone(d, r, zone);
    return 0;
}

void range_keeps_zone(const struct view *v, struct ipam_range *r)
{
    struct problem p = { 0 };
    const struct ipam_zone *z =
        record_has(r, IPAM_RANGE_REVERSE_ZONE) ? view_get(v, IPAM_T_ZONE, r->reverse_zone) : NULL;
    if (z == NULL || rule_zone_fits(v, r, z, &p) != 0)
        r->has[0] &= ~(UINT64_C(1) << IPAM_RANGE_REVERSE_ZONE);
}

/* --- the ranges of a zone --- */

struct mapped_walk {
    int64_t zone;
    int (*fn)(void *user, const struct ipam_range *r);
    void *user;
};

static int visit_mapped(void *user, const struct ipam_range *r)
{
    const struct mapped_walk *w = user;
    bool its = record_has(r, IPAM_RANGE_REVERSE_ZONE) && r->reverse_zone == w->zone;
    return its ? w->fn(w->user, r) : 0;
}

int rule_each_mapped(const struct view *v, const struct ipam_zone *z,
                     int (*fn)(void *user, const struct ipam_range *r), void *user)
{
    struct mapped_walk w = { z->id, fn, user };
    struct ipam_addr first, last;
    if (!record_has(z, IPAM_ZONE_PREFIX))
        return 0;
    prefix_first(&z->prefix, &first);
    prefix_last(&z->prefix, &last);
    return view_ranges(v, z->space, &first, &last, visit_mapped, &w);
}

/* Those that are to be mapped to none; counted first, then noted. */
struct losing {
    const struct ipam_zone *after; /* NULL: the zone is gone */
    const struct ipam_range **found;
    size_t count;
};

static int note_losing(void *user, const struct ipam_range *r)
{
    struct losing *l = user;
    if (l->after != NULL && misfit(r, l->after) == NULL)
        return 0;
    if (l->found != NULL)
        l->found[l->count] = r;
    l->count++;
    return 0;
}

void rule_zone_changed(struct draft *d, const struct ipam_zone *before, const struct ipam_zone *after)
{
    struct losing l = { after, NULL, 0 };
    rule_each_mapped(draft_view(d), before, note_losing, &l);
    if (l.count == 0)
        return;
    l.found = arena_alloc(draft_arena(d), l.count * sizeof(l.found[0]));
    if (l.found == NULL)
        out_of_memory(0); /* the arena has no limit */
    l.count = 0;
    rule_each_mapped(draft_view(d), before, note_losing, &l);
    for (size_t i = 0; i < l.count; i++)
        set_zone(d, l.found[i], 0);
}

/* --- addresses --- */

/* Ranges of several servers may come to overlap after they were mapped: the one that was there first says. */
struct deciding {
    const struct view *v;
    const struct ipam_addr *at;
    int64_t range, zone;
};

static int find_deciding(void *user, const struct ipam_range *r)
{
    struct deciding *s = user;
    const struct ipam_zone *z =
        record_has(r, IPAM_RANGE_REVERSE_ZONE) ? view_get(s->v, IPAM_T_ZONE, r->reverse_zone) : NULL;
    if (z == NULL || z->space != r->space || !record_has(z, IPAM_ZONE_PREFIX) ||
        !prefix_contains_addr(&z->prefix, s->at) || (s->range != 0 && s->range < r->id))
        return 0;
    s->range = r->id;
    s->zone = z->id;
    return 0;
}

int64_t rule_zone_at(const struct view *v, int64_t space, const struct ipam_addr *at)
{
    struct deciding s = { v, at, 0, 0 };
    view_ranges(v, space, at, at, find_deciding, &s);
    return s.zone;
}

static bool is_from_dns(const struct ipam_address *a)
{
    return record_has(a, IPAM_ADDRESS_FROM_DNS) && a->from_dns;
}

void rule_take_over(const struct ipam_address *before, struct ipam_address *a)
{
    if (!is_from_dns(before))
        return;
    a->from_dns = false;
    a->has[0] &= ~(UINT64_C(1) << IPAM_ADDRESS_FROM_DNS);
}

static bool is_in_quarantine(const struct view *v, int64_t space, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, space, at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        if (users[i].type == IPAM_T_QUARANTINE && !view_is_gone(v, IPAM_T_QUARANTINE, users[i].id))
            return true;
    return false;
}

/* One that is in quarantine comes when that is over. */
static int make_address(struct draft *d, int64_t space, const struct ipam_addr *at, struct ipam_str name,
                        struct problem *p)
{
    struct ipam_address a;
    if (class_reserved(at) != NULL || is_in_quarantine(draft_view(d), space, at))
        return 0;
    record_init(&a, IPAM_T_ADDRESS);
    RECORD_SET(&a, IPAM_ADDRESS_SPACE, space, space);
    RECORD_SET(&a, IPAM_ADDRESS_ADDRESS, address, *at);
    RECORD_SET(&a, IPAM_ADDRESS_NAME, name, name);
    RECORD_SET(&a, IPAM_ADDRESS_FROM_DNS, from_dns, true);
    return rule_create(d, &a, p);
}

static bool has_name(const struct ipam_address *a, struct ipam_str name)
{
    return record_has(a, IPAM_ADDRESS_NAME) && str_equal(a->name, name);
}

/* What somebody had registered in the DNS is his. */
bool rule_dns_differs(const struct ipam_address *a, struct ipam_str name)
{
    return is_from_dns(a) && !record_has(a, IPAM_ADDRESS_FORWARD_ZONE) &&
           !record_has(a, IPAM_ADDRESS_REVERSE_ZONE) && !has_name(a, name);
}

bool rule_dns_names(struct ipam_str target)
{
    return target.len > 0 && target.len <= NAME_MOST && !str_is(target, ".");
}

int rule_follow_dns(struct draft *d, int64_t zone, const struct ipam_addr *at, struct ipam_str name,
                    struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_zone *z = view_get(v, IPAM_T_ZONE, zone);
    if (z == NULL || rule_zone_at(v, z->space, at) != zone)
        return 0; /* mapped no more */
    int64_t id = rule_address_at(v, z->space, at);
    const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, id);
    if (id == 0)
        return name.data != NULL ? make_address(d, z->space, at, name, p) : 0;
    if (a == NULL || !rule_dns_differs(a, name))
        return 0;
    if (name.data == NULL)
        return rule_reclaim(d, a, p);
    struct ipam_address renamed = *a;
    RECORD_SET(&renamed, IPAM_ADDRESS_NAME, name, name);
    draft_replace(d, a, &renamed);
    return 0;
}

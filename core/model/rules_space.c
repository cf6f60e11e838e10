/* rules_space.c - address spaces: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

int64_t space_check(const struct view *v, int64_t space, struct problem *p)
{
    if (view_get(v, IPAM_T_SPACE, space) == NULL) {
        problem_set(p, PROBLEM_INVALID, "space: there is no address space %lld", (long long)space);
        problem_hint(p, "list the spaces with GET /api/v1/ipam/spaces");
        return 0;
    }
    return space;
}

bool space_is_strict(const struct view *v, int64_t space)
{
    const struct ipam_space *s = view_get(v, IPAM_T_SPACE, space);
    return s != NULL && record_has(s, IPAM_SPACE_LIMITS) && s->limits == IPAM_SPACE_LIMITS_STRICT;
}

static bool is_default(const struct ipam_space *s)
{
    return str_is(s->name, "default");
}

static bool is_customer(const struct ipam_space *s)
{
    return record_has(s, IPAM_SPACE_KIND) && s->kind == IPAM_SPACE_KIND_CUSTOMER;
}

static int name_check(const struct view *v, const struct ipam_space *s, int64_t self, struct problem *p)
{
    if (name_is_no_id(s->name, p) != 0)
        return IPAM_E_INVAL;
    int64_t twin = view_by_name(v, IPAM_T_SPACE, s->name);
    if (twin == 0 || twin == self)
        return 0;
    problem_about(p, IPAM_T_SPACE, twin);
    problem_hint(p, "use the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "space " STR_FMT " exists already (id %lld)", STR_ARG(s->name),
                       (long long)twin);
}

static int no_provider(struct problem *p)
{
    problem_hint(p, "give a space of kind provider: GET /api/v1/ipam/spaces?kind=provider");
    return IPAM_E_INVAL;
}

static int provider_check(const struct view *v, const struct ipam_space *s, struct problem *p)
{
    const struct ipam_space *provider = view_get(v, IPAM_T_SPACE, s->provider);
    if (!record_has(s, IPAM_SPACE_PROVIDER))
        problem_set(p, PROBLEM_INVALID, "provider: a customer space lies on a provider space");
    else if (provider == NULL)
        problem_set(p, PROBLEM_INVALID, "provider: there is no address space %lld", (long long)s->provider);
    else if (is_customer(provider))
        problem_set(p, PROBLEM_INVALID, "provider: space " STR_FMT " is a customer's",
                    STR_ARG(provider->name));
    if (p->type != PROBLEM_NONE)
        return no_provider(p);
    if (record_has(s, IPAM_SPACE_ISOLATION))
        return 0;
    problem_hint(p, "give nvgre, vlan, vxlan or iprewrite");
    return problem_set(p, PROBLEM_INVALID, "isolation: a customer space is kept apart from others somehow");
}

/* What only a customer space has, as the record table names it. */
static int fits_kind(const struct view *v, const struct ipam_space *s, struct problem *p)
{
    static const unsigned of_customers[] = { IPAM_SPACE_PROVIDER, IPAM_SPACE_ISOLATION, IPAM_SPACE_TENANT,
                                             IPAM_SPACE_VM_NETWORK };
    if (is_customer(s))
        return provider_check(v, s, p);
    for (size_t i = 0; i < sizeof(of_customers) / sizeof(of_customers[0]); i++) {
        if (!record_has(s, of_customers[i]))
            continue;
        problem_hint(p, "leave it away, or create a space of kind customer");
        return problem_set(p, PROBLEM_INVALID, "%s: only a customer space has one",
                           record_field_number(record_type(IPAM_T_SPACE), of_customers[i])->name);
    }
    return 0;
}

int space_create(struct draft *d, struct ipam_space *s, struct problem *p)
{
    if (!record_has(s, IPAM_SPACE_KIND))
        RECORD_SET(s, IPAM_SPACE_KIND, kind, IPAM_SPACE_KIND_PROVIDER);
    if (name_check(draft_view(d), s, 0, p) != 0 || fits_kind(draft_view(d), s, p) != 0 ||
        space_takes_vrf(draft_view(d), s, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, s);
    return 0;
}

/* Whether they differ in nothing but what holds for the addresses in it, and its VRF. */
static bool only_settings(const struct ipam_space *before, const struct ipam_space *after)
{
    uint64_t differ[2];
    const uint64_t settings = UINT64_C(1) << IPAM_SPACE_UNDER | UINT64_C(1) << IPAM_SPACE_OVER |
                              UINT64_C(1) << IPAM_SPACE_EXPIRY_ALERT |
                              UINT64_C(1) << IPAM_SPACE_EXPIRY_EVENTS | UINT64_C(1) << IPAM_SPACE_QUARANTINE |
                              UINT64_C(1) << IPAM_SPACE_VRF | UINT64_C(1) << IPAM_SPACE_SUBNET_OVERLAP;
    return !record_diff(before, after, differ) || ((differ[0] & ~settings) | differ[1]) == 0;
}

/* Whoever names no space means it. */
static int default_stays(struct problem *p)
{
    problem_hint(p, "add a space of your own and change that; of this one thresholds, expiry, quarantine "
                    "VRF and subnet_overlap can be set");
    return problem_set(p, PROBLEM_IN_USE, "the default space stays as it is");
}

int space_change(const struct view *v, const struct ipam_space *before, const struct ipam_space *after,
                 struct problem *p)
{
    if (is_default(before) && !only_settings(before, after))
        return default_stays(p);
    if (name_check(v, after, before->id, p) != 0 || space_takes_vrf(v, after, p) != 0)
        return IPAM_E_INVAL;
    return fits_kind(v, after, p);
}

/* --- deleting --- */

static int held(const struct ipam_space *s, const char *what, struct ipam_str text, const char *collection,
                struct problem *p)
{
    problem_hint(p, "delete what is in it first: GET /api/v1/%s?space=%lld", collection, (long long)s->id);
    return problem_set(p, PROBLEM_IN_USE, "space " STR_FMT " holds %s " STR_FMT, STR_ARG(s->name), what,
                       STR_ARG(text));
}

/* The first block or subnet of one family. */
static int64_t first_prefix(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *all)
{
    int64_t id = view_by_prefix(v, type, space, all);
    return id != 0 ? id : view_first_inside(v, type, space, all);
}

static int holds_prefixes(const struct view *v, const struct ipam_space *s, const struct ipam_prefix *all,
                          struct problem *p)
{
    char text[PREFIX_TEXT_MAX];
    int64_t id = first_prefix(v, IPAM_T_BLOCK, s->id, all);
    if (id != 0) {
        problem_about(p, IPAM_T_BLOCK, id);
        prefix_print(&((const struct ipam_block *)view_get(v, IPAM_T_BLOCK, id))->prefix, text);
        return held(s, "block", str_from(text), "ipam/blocks", p);
    }
    id = first_prefix(v, IPAM_T_SUBNET, s->id, all);
    if (id == 0)
        return 0;
    problem_about(p, IPAM_T_SUBNET, id);
    prefix_print(&((const struct ipam_subnet *)view_get(v, IPAM_T_SUBNET, id))->prefix, text);
    return held(s, "subnet", str_from(text), "ipam/subnets", p);
}

static int any_range(void *user, const struct ipam_range *r)
{
    *(const struct ipam_range **)user = r;
    return 1;
}

static int holds_addresses(const struct view *v, const struct ipam_space *s, const struct ipam_prefix *all,
                           struct problem *p)
{
    struct ipam_addr first, last, used;
    const struct ipam_range *range = NULL;
    char text[ADDR_TEXT_MAX];
    prefix_first(all, &first);
    prefix_last(all, &last);
    if (view_ranges(v, s->id, &first, &last, any_range, &range) != 0) {
        problem_about(p, IPAM_T_RANGE, range->id);
        addr_print(&range->first, text);
        return held(s, "the range that begins with", str_from(text), "ipam/ranges", p);
    }
    if (view_first_used(v, s->id, &first, &last, &used) != 0)
        return 0;
    problem_about(p, IPAM_T_ADDRESS, s->id);
    p->about_addr = used;
    addr_print(&used, text);
    return held(s, "address", str_from(text), "ipam/addresses", p);
}

struct server_search {
    int64_t space;
    const struct ipam_server *found;
};

static int find_server(void *user, const void *row)
{
    struct server_search *s = user;
    const struct ipam_server *server = row;
    if (server->space != s->space)
        return 0;
    s->found = server;
    return 1;
}

static int space_holds(const struct view *v, const struct ipam_space *s, struct problem *p)
{
    struct server_search server = { s->id, NULL };
    for (int family = 4; family <= 6; family += 2) {
        struct ipam_prefix all = { .addr = { .family = (uint8_t)family } };
        if (holds_prefixes(v, s, &all, p) != 0 || holds_addresses(v, s, &all, p) != 0)
            return IPAM_E_INVAL;
    }
    if (view_each(v, IPAM_T_SERVER, find_server, &server) == 0)
        return 0;
    problem_about(p, IPAM_T_SERVER, server.found->id);
    return held(s, "server", server.found->name, "inventory/servers", p);
}

struct customers {
    struct draft *d;
    struct problem *problem;
    int64_t provider;
};

static int delete_customer(void *user, const void *row)
{
    struct customers *c = user;
    const struct ipam_space *s = row;
    if (!is_customer(s) || s->provider != c->provider)
        return 0;
    int rc = space_holds(draft_view(c->d), s, c->problem);
    if (rc == 0)
        draft_delete(c->d, s);
    return rc;
}

int space_delete(struct draft *d, const struct ipam_space *s, struct problem *p)
{
    struct customers c = { d, p, s->id };
    if (is_default(s))
        return default_stays(p);
    if (space_holds(draft_view(d), s, p) != 0 ||
        view_each(draft_view(d), IPAM_T_SPACE, delete_customer, &c) != 0)
        return IPAM_E_INVAL;
    draft_delete(d, s);
    return 0;
}

/* rules_vlan.c - VLAN groups, VLANs and the subnets in them: what may be made, changed, deleted, handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A VLAN is found by its group and id, which stay: the VLANs of a group are looked at id by id. */
#include <string.h>

#include "model/rules_p.h"

static int64_t lowest(const struct ipam_vlan_group *g)
{
    return record_has(g, IPAM_VLAN_GROUP_MIN_VID) ? g->min_vid : VLAN_FIRST;
}

static int64_t highest(const struct ipam_vlan_group *g)
{
    return record_has(g, IPAM_VLAN_GROUP_MAX_VID) ? g->max_vid : VLAN_LAST;
}

int rule_no_ref(const char *field, uint32_t type, int64_t id, struct problem *p)
{
    const struct record_type *t = record_type(type);
    problem_hint(p, "list them with GET /api/v1/%s/%s", t->group, t->plural);
    return problem_set(p, PROBLEM_INVALID, "%s: there is no %s %lld", field, t->name, (long long)id);
}

/* --- groups --- */

static int group_name_check(const struct view *v, const struct ipam_vlan_group *g, struct problem *p)
{
    int64_t twin = view_by_name(v, IPAM_T_VLAN_GROUP, g->name);
    if (name_is_no_id(g->name, p) != 0)
        return IPAM_E_INVAL;
    if (memchr(g->name.data, '@', g->name.len) != NULL) {
        problem_hint(p, "leave the @ out of the name");
        return problem_set(p, PROBLEM_INVALID,
                           "name: a VLAN is called ID@GROUP: no group has an @ in its name");
    }
    if (twin == 0 || twin == g->id)
        return 0;
    problem_about(p, IPAM_T_VLAN_GROUP, twin);
    problem_hint(p, "use the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "VLAN group \"" STR_FMT "\" exists already (id %lld)",
                       STR_ARG(g->name), (long long)twin);
}

/* The first VLAN of the group whose id lies in [from, to]; NULL: there is none. */
static const struct ipam_vlan *first_vlan(const struct view *v, int64_t group, int64_t from, int64_t to)
{
    const struct ipam_vlan *found = NULL;
    for (int64_t vid = from; vid <= to && found == NULL; vid++)
        found = view_get(v, IPAM_T_VLAN, view_vlan(v, group, vid));
    return found;
}

int vlan_group_check(const struct view *v, const struct ipam_vlan_group *g, struct problem *p)
{
    if (group_name_check(v, g, p) != 0)
        return IPAM_E_INVAL;
    if (lowest(g) > highest(g)) {
        problem_hint(p, "give a min_vid that is not above max_vid");
        return problem_set(p, PROBLEM_INVALID, "min_vid: %lld is above max_vid, %lld", (long long)lowest(g),
                           (long long)highest(g));
    }
    const struct ipam_vlan *out = first_vlan(v, g->id, VLAN_FIRST, lowest(g) - 1);
    if (out == NULL)
        out = first_vlan(v, g->id, highest(g) + 1, VLAN_LAST);
    if (out == NULL)
        return 0;
    problem_about(p, IPAM_T_VLAN, out->id);
    problem_hint(p, "delete the VLANs outside of the range first, or make it wider");
    return problem_set(p, PROBLEM_IN_USE, "VLAN group \"" STR_FMT "\" has the VLAN %lld, not in %lld-%lld",
                       STR_ARG(g->name), (long long)out->vid, (long long)lowest(g), (long long)highest(g));
}

int vlan_group_create(struct draft *d, struct ipam_vlan_group *g, struct problem *p)
{
    g->id = 0; /* one that is new, or comes back, has no VLAN */
    if (vlan_group_check(draft_view(d), g, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, g);
    return 0;
}

void derive_vlan_group(const struct view *v, struct ipam_vlan_group *g)
{
    int64_t used = 0;
    for (int64_t vid = lowest(g); vid <= highest(g); vid++)
        used += view_vlan(v, g->id, vid) != 0;
    RECORD_SET(g, IPAM_VLAN_GROUP_USED, used, used);
    RECORD_SET(g, IPAM_VLAN_GROUP_FREE, free, highest(g) - lowest(g) + 1 - used);
}

/* --- VLANs --- */

static int taken(const struct ipam_vlan_group *g, int64_t twin, const char *what, struct ipam_str text,
                 struct problem *p)
{
    problem_about(p, IPAM_T_VLAN, twin);
    problem_hint(p, "use the existing one, or choose another %s", what);
    return problem_set(p, PROBLEM_EXISTS,
                       "VLAN group \"" STR_FMT "\" has a VLAN with the %s " STR_FMT " already (id %lld)",
                       STR_ARG(g->name), what, STR_ARG(text), (long long)twin);
}

int vlan_check(const struct view *v, const struct ipam_vlan *n, struct problem *p)
{
    const struct ipam_vlan_group *g = view_get(v, IPAM_T_VLAN_GROUP, n->group);
    int64_t twin = record_has(n, IPAM_VLAN_NAME) ? view_vlan_named(v, n->group, n->name) : 0;
    if (record_has(n, IPAM_VLAN_NAME) && name_is_no_id(n->name, p) != 0)
        return IPAM_E_INVAL;
    return twin == 0 || twin == n->id ? 0 : taken(g, twin, "name", n->name, p);
}

int vlan_create(struct draft *d, struct ipam_vlan *n, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_vlan_group *g = view_get(v, IPAM_T_VLAN_GROUP, n->group);
    if (g == NULL)
        return rule_no_ref("group", IPAM_T_VLAN_GROUP, n->group, p);
    if (n->vid < lowest(g) || n->vid > highest(g)) {
        problem_hint(p, "choose another id, or change min_vid and max_vid of the group");
        return problem_set(p, PROBLEM_INVALID,
                           "vid: %lld is not in %lld-%lld of the VLAN group \"" STR_FMT "\"",
                           (long long)n->vid, (long long)lowest(g), (long long)highest(g), STR_ARG(g->name));
    }
    int64_t twin = view_vlan(v, n->group, n->vid);
    if (twin != 0)
        return taken(g, twin, "id", str_from(arena_printf(draft_arena(d), "%lld", (long long)n->vid)), p);
    if (vlan_check(v, n, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, n);
    return 0;
}

/* --- the next free ones --- */

static int exhausted(const struct ipam_vlan_group *g, int64_t free, int64_t count, struct problem *p)
{
    problem_hint(p, "delete VLANs that are not needed, or make the range of the group wider");
    return problem_set(p, PROBLEM_EXHAUSTED, "VLAN group \"" STR_FMT "\" has %lld of the %lld ids free",
                       STR_ARG(g->name), (long long)free, (long long)count);
}

/* A name is of one VLAN: of several each has its id behind it. */
static int name_one(struct ipam_vlan *n, bool several, struct arena *a, struct problem *p)
{
    if (!several || !record_has(n, IPAM_VLAN_NAME))
        return 0;
    n->name = str_from(arena_printf(a, STR_FMT "-%lld", STR_ARG(n->name), (long long)n->vid));
    if (n->name.len <= (size_t)record_field_number(record_type(IPAM_T_VLAN), IPAM_VLAN_NAME)->max)
        return 0;
    problem_hint(p, "give a shorter name");
    return problem_set(p, PROBLEM_INVALID, "name: is too long with an id behind it");
}

int rule_vlan_allocate(struct draft *d, struct vlan_wish *w, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_vlan_group *g = view_get(v, IPAM_T_VLAN_GROUP, w->group);
    w->ret_count = 0;
    if (g == NULL)
        return rule_no_ref("group", IPAM_T_VLAN_GROUP, w->group, p);
    for (int64_t vid = lowest(g); vid <= highest(g) && w->ret_count < w->count; vid++) {
        if (view_vlan(v, g->id, vid) != 0)
            continue;
        struct ipam_vlan *n = record_copy(draft_arena(d), w->fields);
        if (n == NULL)
            out_of_memory(0); /* the arena has no limit */
        RECORD_SET(n, IPAM_VLAN_GROUP, group, g->id);
        RECORD_SET(n, IPAM_VLAN_VID, vid, vid);
        if (name_one(n, w->count > 1, draft_arena(d), p) != 0 || w->make(w->user, d, n, p) != 0)
            return IPAM_E_INVAL;
        w->ret_ids[w->ret_count++] = n->id;
    }
    return w->ret_count == w->count ? 0 : exhausted(g, w->ret_count, w->count, p);
}

/* --- subnets --- */

static bool lists(const struct ipam_subnet *s, int64_t vid)
{
    for (size_t i = 0; record_has(s, IPAM_SUBNET_VLANS) && i < s->vlans.count; i++)
        if (s->vlans.items[i] == vid)
            return true;
    return false;
}

/* Puts the id among those of the subnet: in the place of the one that its VLAN had before, or behind all. */
static int add_vid(struct ipam_subnet *s, int64_t vid, int64_t old, struct arena *a, struct problem *p)
{
    size_t count = record_has(s, IPAM_SUBNET_VLANS) ? s->vlans.count : 0, at = count;
    int64_t *items = arena_alloc(a, (count + 1) * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0); /* the arena has no limit */
    for (size_t i = 0; i < count; i++) {
        items[i] = s->vlans.items[i];
        at = items[i] == old ? i : at;
    }
    items[at] = vid;
    count += at == count;
    if (count > (size_t)record_field_number(record_type(IPAM_T_SUBNET), IPAM_SUBNET_VLANS)->max) {
        problem_hint(p, "take ids out of vlans that are not needed");
        return problem_set(p, PROBLEM_INVALID, "vlans: there is no room for %lld, the id of in_vlan",
                           (long long)vid);
    }
    RECORD_SET(s, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ items, count }));
    return 0;
}

static const struct ipam_vlan *vlan_of(const struct view *v, const struct ipam_subnet *s)
{
    return s != NULL && record_has(s, IPAM_SUBNET_IN_VLAN) ? view_get(v, IPAM_T_VLAN, s->in_vlan) : NULL;
}

int subnet_takes_vlan(const struct view *v, const struct ipam_subnet *before, struct ipam_subnet *s,
                      struct arena *a, struct problem *p)
{
    const struct ipam_vlan *n = vlan_of(v, s), *was = vlan_of(v, before);
    const struct record_field *f = record_field_number(record_type(IPAM_T_SUBNET), IPAM_SUBNET_VLANS);
    if (!record_has(s, IPAM_SUBNET_IN_VLAN))
        return 0;
    if (n == NULL)
        return rule_no_ref("in_vlan", IPAM_T_VLAN, s->in_vlan, p);
    if (lists(s, n->vid))
        return 0;
    bool given = before == NULL ? record_has(s, IPAM_SUBNET_VLANS) : !record_field_equal(f, before, s);
    if (!given)
        return add_vid(s, n->vid, was != NULL ? was->vid : 0, a, p);
    if (was == n) { /* who takes the id away need not see the VLAN */
        s->has[IPAM_SUBNET_IN_VLAN >> 6] &= ~(UINT64_C(1) << (IPAM_SUBNET_IN_VLAN & 63));
        return 0;
    }
    problem_hint(p, "put it among vlans, or leave vlans away: the id comes to them by itself");
    return problem_set(p, PROBLEM_INVALID, "vlans: %lld, the id of in_vlan, is missing", (long long)n->vid);
}

struct subnet_search {
    int64_t vlan;
    const struct ipam_subnet *found;
};

static int find_subnet(void *user, const void *row)
{
    struct subnet_search *s = user;
    const struct ipam_subnet *subnet = row;
    if (!record_has(subnet, IPAM_SUBNET_IN_VLAN) || subnet->in_vlan != s->vlan)
        return 0;
    s->found = subnet;
    return 1;
}

/* --- what would go --- */

static int vlan_lets_go(const struct view *v, const struct ipam_vlan *n, struct problem *p)
{
    struct subnet_search s = { n->id, NULL };
    char prefix[PREFIX_TEXT_MAX];
    if (view_each(v, IPAM_T_SUBNET, find_subnet, &s) == 0)
        return 0;
    prefix_print(&s.found->prefix, prefix);
    problem_about(p, IPAM_T_SUBNET, s.found->id);
    problem_hint(p, "take it out of its subnets first: GET /api/v1/ipam/subnets?in_vlan=%lld",
                 (long long)n->id);
    return problem_set(p, PROBLEM_IN_USE, "VLAN %lld has the subnet %s", (long long)n->vid, prefix);
}

static int group_lets_go(const struct view *v, const struct ipam_vlan_group *g, struct problem *p)
{
    const struct ipam_vlan *n = first_vlan(v, g->id, VLAN_FIRST, VLAN_LAST);
    if (n == NULL)
        return 0;
    problem_about(p, IPAM_T_VLAN, n->id);
    problem_hint(p, "delete its VLANs first: GET /api/v1/ipam/vlans?group=%lld", (long long)g->id);
    return problem_set(p, PROBLEM_IN_USE, "VLAN group \"" STR_FMT "\" has the VLAN %lld", STR_ARG(g->name),
                       (long long)n->vid);
}

int network_lets_go(const struct view *v, const void *row, struct problem *p)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_VLAN_GROUP: return group_lets_go(v, row, p);
    case IPAM_T_VLAN: return vlan_lets_go(v, row, p);
    case IPAM_T_VRF: return vrf_lets_go(v, row, p);
    default: return 0;
    }
}

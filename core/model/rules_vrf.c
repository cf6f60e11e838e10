/* rules_vrf.c - VRFs: what may be created, changed and deleted, and which space has one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rd.h"
#include "model/rules_p.h"

static int no_rd(const char *field, struct ipam_str text, const char *what, struct problem *p)
{
    problem_hint(p, "give ASN:NUMBER, ADDRESS:NUMBER or TYPE:ASN:NUMBER, such as 65000:100, 192.0.2.1:100, "
                    "4200000000:100 or 2:65000:100");
    return problem_set(p, PROBLEM_INVALID, "%s: \"%.*s\" is no %s", field,
                       (int)(text.len < 100 ? text.len : 100), text.data, what);
}

/* The one spelling of what is meant. */
static int settle(struct ipam_str *text, struct arena *a)
{
    char buf[RD_TEXT_MAX];
    struct rd rd;
    if (rd_parse(*text, &rd) != 0)
        return IPAM_E_INVAL;
    size_t len = rd_print(&rd, buf);
    *text = arena_str(a, (struct ipam_str){ buf, len });
    if (a->failed)
        out_of_memory(0); /* the arena has no limit */
    return 0;
}

static int settle_targets(struct ipam_strs *list, const char *field, struct arena *a, struct problem *p)
{
    struct ipam_str *items = arena_alloc(a, (list->count + 1) * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[i];
        if (settle(&items[i], a) != 0)
            return no_rd(field, items[i], "route target", p);
        for (size_t k = 0; k < i; k++) {
            if (!str_equal(items[k], items[i]))
                continue;
            problem_hint(p, "give each route target once");
            return problem_set(p, PROBLEM_INVALID, "%s: " STR_FMT " is given twice", field,
                               STR_ARG(items[i]));
        }
    }
    list->items = items;
    return 0;
}

struct twin_search {
    const struct ipam_vrf *self, *found;
};

static int same_rd(void *user, const void *row)
{
    struct twin_search *s = user;
    const struct ipam_vrf *vrf = row;
    if (vrf->id == s->self->id || !record_has(vrf, IPAM_VRF_RD) || !str_equal(vrf->rd, s->self->rd))
        return 0;
    s->found = vrf;
    return 1;
}

static int exists(const struct ipam_vrf *twin, const char *what, struct ipam_str text, struct problem *p)
{
    problem_about(p, IPAM_T_VRF, twin->id);
    problem_hint(p, "use the existing one, or choose another %s", what);
    return problem_set(p, PROBLEM_EXISTS, "VRF \"" STR_FMT "\" has the %s " STR_FMT " already (id %lld)",
                       STR_ARG(twin->name), what, STR_ARG(text), (long long)twin->id);
}

/* Every route of a network has the distinguisher of one VRF: two of one would be mixed up. */
static int rd_check(const struct view *v, struct ipam_vrf *vrf, struct arena *a, struct problem *p)
{
    struct twin_search s = { vrf, NULL };
    if (!record_has(vrf, IPAM_VRF_RD))
        return 0;
    if (settle(&vrf->rd, a) != 0)
        return no_rd("rd", vrf->rd, "route distinguisher", p);
    return view_each(v, IPAM_T_VRF, same_rd, &s) == 0 ? 0 : exists(s.found, "rd", vrf->rd, p);
}

int vrf_check(const struct view *v, struct ipam_vrf *vrf, struct arena *a, struct problem *p)
{
    const struct ipam_vrf *twin = view_get(v, IPAM_T_VRF, view_by_name(v, IPAM_T_VRF, vrf->name));
    if (name_is_no_id(vrf->name, p) != 0)
        return IPAM_E_INVAL;
    if (twin != NULL && twin->id != vrf->id)
        return exists(twin, "name", vrf->name, p);
    if (rd_check(v, vrf, a, p) != 0 || settle_targets(&vrf->import_targets, "import_targets", a, p) != 0)
        return IPAM_E_INVAL;
    return settle_targets(&vrf->export_targets, "export_targets", a, p);
}

int vrf_create(struct draft *d, struct ipam_vrf *vrf, struct problem *p)
{
    if (vrf_check(draft_view(d), vrf, draft_arena(d), p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, vrf);
    return 0;
}

/* --- the space --- */

struct space_search {
    int64_t vrf, but; /* not this space */
    const struct ipam_space *found;
};

static int find_space(void *user, const void *row)
{
    struct space_search *s = user;
    const struct ipam_space *space = row;
    if (!record_has(space, IPAM_SPACE_VRF) || space->vrf != s->vrf || space->id == s->but)
        return 0;
    s->found = space;
    return 1;
}

int space_takes_vrf(const struct view *v, const struct ipam_space *space, struct problem *p)
{
    struct space_search s = { space->vrf, space->id, NULL };
    if (!record_has(space, IPAM_SPACE_VRF))
        return 0;
    const struct ipam_vrf *vrf = view_get(v, IPAM_T_VRF, space->vrf);
    if (vrf == NULL)
        return rule_no_ref("vrf", IPAM_T_VRF, space->vrf, p);
    if (view_each(v, IPAM_T_SPACE, find_space, &s) == 0)
        return 0;
    problem_about(p, IPAM_T_SPACE, s.found->id);
    problem_hint(p, "a VRF has one address plan: take it from the other space first, or add a VRF");
    return problem_set(p, PROBLEM_IN_USE, "vrf: \"" STR_FMT "\" is the VRF of the space " STR_FMT " already",
                       STR_ARG(vrf->name), STR_ARG(s.found->name));
}

int vrf_lets_go(const struct view *v, const struct ipam_vrf *vrf, struct problem *p)
{
    struct space_search s = { vrf->id, 0, NULL };
    if (view_each(v, IPAM_T_SPACE, find_space, &s) == 0)
        return 0;
    problem_about(p, IPAM_T_SPACE, s.found->id);
    problem_hint(p, "take it out of the space first: PATCH /api/v1/ipam/spaces/%lld with {\"vrf\": null}",
                 (long long)s.found->id);
    return problem_set(p, PROBLEM_IN_USE, "VRF \"" STR_FMT "\" is that of the space " STR_FMT,
                       STR_ARG(vrf->name), STR_ARG(s.found->name));
}

/* rules_group.c - links between custom fields, and logical groups: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/custom.h"
#include "model/rules_p.h"

/* --- links --- */

static const struct ipam_custom_field *choice_of(const struct view *v, int64_t id, const char *what,
                                                 struct problem *p)
{
    const struct ipam_custom_field *f = view_get(v, IPAM_T_CUSTOM_FIELD, id);
    problem_hint(
        p, "give the ids of two custom fields of kind choice: GET /api/v1/ipam/custom-fields?kind=choice");
    if (f == NULL)
        problem_set(p, PROBLEM_INVALID, "%s: there is no custom field %lld", what, (long long)id);
    else if (f->kind != IPAM_CUSTOM_FIELD_KIND_CHOICE)
        problem_set(p, PROBLEM_INVALID, "%s: \"" STR_FMT "\" is free and has no values that could be linked",
                    what, STR_ARG(f->name));
    return p->type == PROBLEM_NONE ? f : NULL;
}

static int no_pair(const char *why, struct ipam_str pair, struct problem *p)
{
    problem_hint(p, "give VALUE=VALUE, of the first field and of the second, each pair once");
    return problem_set(p, PROBLEM_INVALID, "pairs: \"%.*s\" %s", (int)(pair.len < 200 ? pair.len : 200),
                       pair.data, why);
}

static int pair_check(const struct ipam_field_link *l, size_t at, const struct ipam_custom_field *first,
                      const struct ipam_custom_field *second, struct problem *p)
{
    struct ipam_str pair = l->pairs.items[at], a, b;
    if (!custom_split(pair, &a, &b))
        return no_pair("is no pair", pair, p);
    int64_t x = custom_place(first, a), y = custom_place(second, b);
    if (x < 0 || !str_equal(first->values.items[x], a))
        return no_pair("begins with no value of the first field", pair, p);
    if (y < 0 || !str_equal(second->values.items[y], b))
        return no_pair("ends with no value of the second field", pair, p);
    for (size_t i = 0; i < at; i++)
        if (str_equal(l->pairs.items[i], pair))
            return no_pair("is given twice", pair, p);
    return 0;
}

int link_check(const struct view *v, const struct ipam_field_link *l, struct problem *p)
{
    if (l->first == l->second) {
        problem_hint(p, "give two different fields");
        return problem_set(p, PROBLEM_INVALID, "second: a field is not linked with itself");
    }
    const struct ipam_custom_field *first = choice_of(v, l->first, "first", p),
                                   *second = first != NULL ? choice_of(v, l->second, "second", p) : NULL;
    if (second == NULL)
        return IPAM_E_INVAL;
    if (l->pairs.count == 0) {
        problem_hint(p, "give at least one VALUE=VALUE");
        return problem_set(p, PROBLEM_INVALID, "pairs: a link without a pair links nothing");
    }
    for (size_t i = 0; i < l->pairs.count; i++)
        if (pair_check(l, i, first, second, p) != 0)
            return IPAM_E_INVAL;
    p->hint[0] = '\0';
    return 0;
}

struct link_search {
    int64_t one, other;
    const struct ipam_field_link *found;
};

static int find_link(void *user, const void *row)
{
    struct link_search *s = user;
    const struct ipam_field_link *l = row;
    if ((l->first == s->one && l->second == s->other) || (l->first == s->other && l->second == s->one))
        s->found = l;
    return s->found != NULL;
}

const struct ipam_field_link *link_of(const struct view *v, int64_t one, int64_t other)
{
    struct link_search s = { one, other, NULL };
    view_each(v, IPAM_T_FIELD_LINK, find_link, &s);
    return s.found;
}

int link_create(struct draft *d, struct ipam_field_link *l, struct problem *p)
{
    const struct ipam_field_link *twin = link_of(draft_view(d), l->first, l->second);
    if (twin != NULL) {
        problem_about(p, IPAM_T_FIELD_LINK, twin->id);
        problem_hint(p, "add the pairs to that one");
        return problem_set(p, PROBLEM_EXISTS, "the two fields are linked already (id %lld)",
                           (long long)twin->id);
    }
    if (link_check(draft_view(d), l, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, l);
    return 0;
}

/* --- groups --- */

static bool is_builtin(const struct ipam_logical_group *g)
{
    return record_has(g, IPAM_LOGICAL_GROUP_BUILTIN) && g->builtin;
}

static int stays(const struct ipam_logical_group *g, struct problem *p)
{
    problem_hint(p, "create a group of your own");
    return problem_set(p, PROBLEM_IN_USE, "the logical group \"" STR_FMT "\" is built in and stays as it is",
                       STR_ARG(g->name));
}

static int name_check(const struct view *v, const struct ipam_logical_group *g, int64_t self,
                      struct problem *p)
{
    int64_t twin = view_by_name(v, IPAM_T_LOGICAL_GROUP, g->name);
    if (name_is_no_id(g->name, p) != 0)
        return IPAM_E_INVAL;
    if (twin == 0 || twin == self)
        return 0;
    problem_about(p, IPAM_T_LOGICAL_GROUP, twin);
    problem_hint(p, "use the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "logical group \"" STR_FMT "\" exists already (id %lld)",
                       STR_ARG(g->name), (long long)twin);
}

static int bad_level(const char *why, struct ipam_str name, struct problem *p)
{
    problem_hint(p, "give names of custom fields: GET /api/v1/ipam/custom-fields?kind=choice");
    return problem_set(p, PROBLEM_INVALID, "levels: \"%.*s\" %s", (int)(name.len < 200 ? name.len : 200),
                       name.data, why);
}

/* Names of choice fields, each once, spelled as the fields are. */
static int levels_check(const struct view *v, struct ipam_logical_group *g, struct arena *a,
                        struct problem *p)
{
    struct ipam_str *items = arena_alloc(a, (g->levels.count + 1) * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0); /* the arena has no limit */
    if (g->levels.count == 0) {
        problem_hint(p, "give the name of a custom field of kind choice");
        return problem_set(p, PROBLEM_INVALID, "levels: a group has at least one");
    }
    for (size_t i = 0; i < g->levels.count; i++) {
        const struct ipam_custom_field *f = custom_field(v, g->levels.items[i]);
        if (f == NULL)
            return bad_level("is no custom field", g->levels.items[i], p);
        if (f->kind != IPAM_CUSTOM_FIELD_KIND_CHOICE)
            return bad_level("is a free field, which has no values to group by", f->name, p);
        for (size_t k = 0; k < i; k++)
            if (str_equal(items[k], f->name))
                return bad_level("is given twice", f->name, p);
        items[i] = f->name;
    }
    g->levels.items = items;
    return 0;
}

int group_create(struct draft *d, struct ipam_logical_group *g, struct problem *p)
{
    if (name_check(draft_view(d), g, 0, p) != 0 || levels_check(draft_view(d), g, draft_arena(d), p) != 0)
        return IPAM_E_INVAL;
    RECORD_SET(g, IPAM_LOGICAL_GROUP_BUILTIN, builtin, 0);
    draft_put(d, g);
    return 0;
}

int group_change(const struct view *v, const struct ipam_logical_group *before, struct ipam_logical_group *g,
                 struct arena *a, struct problem *p)
{
    if (is_builtin(before))
        return stays(before, p);
    return name_check(v, g, before->id, p) != 0 ? IPAM_E_INVAL : levels_check(v, g, a, p);
}

int group_delete(struct draft *d, const struct ipam_logical_group *g, struct problem *p)
{
    if (is_builtin(g))
        return stays(g, p);
    draft_delete(d, g);
    return 0;
}

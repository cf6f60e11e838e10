/* rules_custom.c - custom fields: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model/custom.h"
#include "model/rules_p.h"

#define FIELDS_MOST 1000

/* --- names --- */

/* In lists an "=" ends a name, and a line its item. */
static int text_is_good(const char *what, struct ipam_str text, size_t most, struct problem *p)
{
    bool bad = text.len == 0 || text.data[0] == ' ' || text.data[text.len - 1] == ' ';
    for (size_t i = 0; !bad && i < text.len; i++)
        bad = text.data[i] == '=' || text.data[i] == '\n' || text.data[i] == '\t';
    if (!bad && text.len <= most)
        return 0;
    problem_hint(p, "give 1 to %zu bytes without \"=\", line ends and tabs, and no blank at either end",
                 most);
    return problem_set(p, PROBLEM_INVALID, "%s: \"%.*s\" cannot be one", what,
                       (int)(text.len < 100 ? text.len : 100), text.len > 0 ? text.data : "");
}

/* The type of object that has a field of that name of its own; NULL: none has. */
static const struct record_type *has_field(struct ipam_str name)
{
    for (size_t i = 0; i < custom_type_count; i++) {
        const struct record_type *t = record_type(custom_types[i]);
        for (unsigned k = 0; k < t->field_count; k++)
            if (custom_same(name, str_from(t->fields[k].name)))
                return t;
    }
    return NULL;
}

static int name_check(const struct view *v, struct ipam_str name, int64_t self, struct problem *p)
{
    const struct record_type *t = has_field(name);
    int64_t twin = view_by_name(v, IPAM_T_CUSTOM_FIELD, name);
    if (text_is_good("name", name, CUSTOM_NAME_MOST, p) != 0)
        return IPAM_E_INVAL;
    if (name_is_no_id(name, p) != 0)
        return IPAM_E_INVAL;
    if (t != NULL) {
        problem_hint(p, "choose another name");
        return problem_set(p, PROBLEM_INVALID, "name: the record %s has a field \"" STR_FMT "\" of its own",
                           t->name, STR_ARG(name));
    }
    if (twin == 0 || twin == self)
        return 0;
    problem_about(p, IPAM_T_CUSTOM_FIELD, twin);
    problem_hint(p, "use the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "custom field \"" STR_FMT "\" exists already (id %lld)",
                       STR_ARG(name), (long long)twin);
}

/* --- values --- */

static bool is_listed(const struct ipam_strs *l, struct ipam_str value)
{
    for (size_t i = 0; i < l->count; i++)
        if (str_equal(l->items[i], value))
            return true;
    return false;
}

static int values_check(const struct ipam_custom_field *f, struct problem *p)
{
    if (f->kind == IPAM_CUSTOM_FIELD_KIND_FREE && f->values.count > 0) {
        problem_hint(p, "leave values away, or create a field of kind choice");
        return problem_set(p, PROBLEM_INVALID, "values: a free field has none to choose from");
    }
    for (size_t i = 0; i < f->values.count; i++) {
        struct ipam_str value = f->values.items[i];
        if (text_is_good("values", value, CUSTOM_VALUE_MOST, p) != 0)
            return IPAM_E_INVAL;
        if (custom_place(f, value) == (int64_t)i)
            continue;
        problem_hint(p, "give each value once");
        return problem_set(p, PROBLEM_INVALID, "values: \"" STR_FMT "\" is given twice", STR_ARG(value));
    }
    return 0;
}

static bool is_builtin(const struct ipam_custom_field *f)
{
    return record_has(f, IPAM_CUSTOM_FIELD_BUILTIN) && f->builtin;
}

static int stays(const struct ipam_custom_field *f, struct problem *p)
{
    problem_hint(p, "add values to it, or create a field of your own");
    return problem_set(p, PROBLEM_IN_USE, "the custom field \"" STR_FMT "\" is built in and stays as it is",
                       STR_ARG(f->name));
}

static int value_stays(const struct ipam_custom_field *f, struct ipam_str value, struct problem *p)
{
    problem_hint(p, "keep it; others can be added");
    return problem_set(p, PROBLEM_IN_USE, "values: \"" STR_FMT "\" of \"" STR_FMT "\" is built in and stays",
                       STR_ARG(value), STR_ARG(f->name));
}

static bool value_is_seed(const struct ipam_custom_field *f, struct ipam_str value)
{
    const char *const *seed = is_builtin(f) ? custom_seed_values(f->name) : NULL;
    for (; seed != NULL && *seed != NULL; seed++)
        if (str_is(value, *seed))
            return true;
    return false;
}

/* --- the rules --- */

static int count_one(void *user, const void *row)
{
    (void)row;
    return ++*(int *)user >= FIELDS_MOST;
}

int field_create(struct draft *d, struct ipam_custom_field *f, struct problem *p)
{
    int count = 0;
    if (!record_has(f, IPAM_CUSTOM_FIELD_KIND))
        RECORD_SET(f, IPAM_CUSTOM_FIELD_KIND, kind,
                   f->values.count > 0 ? IPAM_CUSTOM_FIELD_KIND_CHOICE : IPAM_CUSTOM_FIELD_KIND_FREE);
    if (name_check(draft_view(d), f->name, 0, p) != 0 || values_check(f, p) != 0)
        return IPAM_E_INVAL;
    if (view_each(draft_view(d), IPAM_T_CUSTOM_FIELD, count_one, &count) != 0) {
        problem_hint(p, "delete one that nothing uses");
        return problem_set(p, PROBLEM_INVALID, "there are %d custom fields already, and no more can be",
                           count);
    }
    RECORD_SET(f, IPAM_CUSTOM_FIELD_BUILTIN, builtin, 0);
    draft_put(d, f);
    return 0;
}

/* Values that are there no more are those that nothing has. */
static int removed_check(struct draft *d, const struct ipam_custom_field *before,
                         const struct ipam_custom_field *after, struct problem *p)
{
    for (size_t i = 0; i < before->values.count; i++) {
        struct ipam_str value = before->values.items[i];
        if (is_listed(&after->values, value))
            continue;
        if (value_is_seed(before, value))
            return value_stays(before, value, p);
        if (custom_in_use(d, before, value, p) != 0)
            return IPAM_E_INVAL;
    }
    return 0;
}

int field_change(struct draft *d, const struct ipam_custom_field *before,
                 const struct ipam_custom_field *after, struct problem *p)
{
    if (values_check(after, p) != 0 || removed_check(d, before, after, p) != 0)
        return IPAM_E_INVAL;
    if (str_equal(before->name, after->name))
        return 0;
    if (is_builtin(before))
        return stays(before, p);
    if (name_check(draft_view(d), after->name, before->id, p) != 0)
        return IPAM_E_INVAL;
    return custom_rename_field(d, before, after->name, p);
}

int field_delete(struct draft *d, const struct ipam_custom_field *f, struct problem *p)
{
    if (is_builtin(f))
        return stays(f, p);
    if (custom_in_use(d, f, (struct ipam_str){ NULL, 0 }, p) != 0)
        return IPAM_E_INVAL;
    draft_delete(d, f);
    return 0;
}

/* --- several values at once --- */

static int not_there(const struct ipam_custom_field *f, struct ipam_str value, struct problem *p)
{
    problem_hint(p, "GET /api/v1/ipam/custom-fields/%lld lists its values", (long long)f->id);
    return problem_set(p, PROBLEM_INVALID, "\"" STR_FMT "\" is none of the values of \"" STR_FMT "\"",
                       STR_ARG(value), STR_ARG(f->name));
}

static int rename_one(struct draft *d, const struct ipam_custom_field *f, struct ipam_str *at,
                      struct ipam_str to, struct problem *p)
{
    int64_t twin = custom_place(f, to);
    if (value_is_seed(f, *at))
        return value_stays(f, *at, p);
    if (text_is_good("rename", to, CUSTOM_VALUE_MOST, p) != 0)
        return IPAM_E_INVAL;
    if (twin >= 0 && &f->values.items[twin] != at) {
        problem_hint(p, "choose another one");
        return problem_set(p, PROBLEM_EXISTS, "rename: \"" STR_FMT "\" has a value \"" STR_FMT "\" already",
                           STR_ARG(f->name), STR_ARG(to));
    }
    if (custom_rename_value(d, f, *at, to, p) != 0)
        return IPAM_E_INVAL;
    *at = to;
    return 0;
}

static size_t exact_place(const struct ipam_str *items, size_t count, struct ipam_str value)
{
    size_t i = 0;
    while (i < count && !str_equal(items[i], value))
        i++;
    return i;
}

int rule_set_values(struct draft *d, const struct ipam_custom_field *before, const struct value_changes *c,
                    struct problem *p)
{
    struct ipam_custom_field after = *before;
    size_t room = before->values.count + c->add.count;
    struct ipam_str *items = arena_alloc(draft_arena(d), (room + 1) * sizeof(items[0]));
    if (before->values.count > 0)
        memcpy(items, before->values.items, before->values.count * sizeof(items[0]));
    RECORD_SET(&after, IPAM_CUSTOM_FIELD_VALUES, values, ((struct ipam_strs){ items, before->values.count }));
    for (size_t i = 0; i < c->from.count; i++) {
        size_t at = exact_place(items, after.values.count, c->from.items[i]);
        if (at == after.values.count)
            return not_there(before, c->from.items[i], p);
        if (rename_one(d, &after, &items[at], c->to.items[i], p) != 0)
            return IPAM_E_INVAL;
    }
    for (size_t i = 0; i < c->remove.count; i++) {
        size_t at = exact_place(items, after.values.count, c->remove.items[i]);
        if (at == after.values.count)
            return not_there(before, c->remove.items[i], p);
        memmove(&items[at], &items[at + 1], (after.values.count - at - 1) * sizeof(items[0]));
        after.values.count--;
    }
    for (size_t i = 0; i < c->add.count; i++)
        items[after.values.count++] = c->add.items[i];
    int64_t most = record_field_number(record_type(IPAM_T_CUSTOM_FIELD), IPAM_CUSTOM_FIELD_VALUES)->max;
    if (after.values.count > (size_t)most) {
        problem_hint(p, "remove values that nothing has");
        return problem_set(p, PROBLEM_INVALID, "values: a field has at most %lld", (long long)most);
    }
    if (field_change(d, before, &after, p) != 0)
        return IPAM_E_INVAL;
    draft_replace(d, before, &after);
    return 0;
}

/* --- what is always there --- */

static struct ipam_strs list_of(struct draft *d, const char *const *texts)
{
    size_t n = 0;
    while (texts != NULL && texts[n] != NULL)
        n++;
    struct ipam_str *items = arena_alloc(draft_arena(d), (n + 1) * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0); /* the arena has no limit */
    for (size_t i = 0; i < n; i++)
        items[i] = str_from(texts[i]);
    return (struct ipam_strs){ items, n };
}

void custom_seed(struct draft *d)
{
    for (const struct seed_field *s = seed_fields; s->name != NULL; s++) {
        struct ipam_custom_field f;
        if (view_by_name(draft_view(d), IPAM_T_CUSTOM_FIELD, str_from(s->name)) != 0)
            continue;
        record_init(&f, IPAM_T_CUSTOM_FIELD);
        RECORD_SET(&f, IPAM_CUSTOM_FIELD_NAME, name, str_from(s->name));
        RECORD_SET(&f, IPAM_CUSTOM_FIELD_KIND, kind, IPAM_CUSTOM_FIELD_KIND_CHOICE);
        RECORD_SET(&f, IPAM_CUSTOM_FIELD_VALUES, values, list_of(d, s->values));
        RECORD_SET(&f, IPAM_CUSTOM_FIELD_BUILTIN, builtin, 1);
        draft_put(d, &f);
    }
    for (const struct seed_group *s = seed_groups; s->name != NULL; s++) {
        struct ipam_logical_group g;
        if (view_by_name(draft_view(d), IPAM_T_LOGICAL_GROUP, str_from(s->name)) != 0)
            continue;
        record_init(&g, IPAM_T_LOGICAL_GROUP);
        RECORD_SET(&g, IPAM_LOGICAL_GROUP_NAME, name, str_from(s->name));
        RECORD_SET(&g, IPAM_LOGICAL_GROUP_OF, of, s->of);
        RECORD_SET(&g, IPAM_LOGICAL_GROUP_LEVELS, levels, list_of(d, s->levels));
        RECORD_SET(&g, IPAM_LOGICAL_GROUP_BUILTIN, builtin, 1);
        draft_put(d, &g);
    }
}

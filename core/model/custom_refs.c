/* custom_refs.c - what refers to custom fields and values: renamed with them, or keeping them from deletion.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/custom.h"

/* What is looked for: a value of the field, or (absent) any. */
struct search {
    struct draft *d;
    const struct ipam_custom_field *field;
    struct ipam_str value;
    struct ipam_str name_to, value_to; /* absent: it stays */
    size_t rows;
    struct problem *p;
};

/* The item of an object's list that is looked for; -1: it has none. */
static int64_t item_of(const struct search *s, const struct ipam_strs *list)
{
    struct ipam_str name, value;
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (custom_split(list->items[i], &name, &value) && custom_same(name, s->field->name) &&
            (s->value.data == NULL || str_equal(value, s->value)))
            return (int64_t)i;
    return -1;
}

/* The record's own field that says what is looked for; NULL: none does. */
static const struct record_field *own_field(const struct search *s, const void *row)
{
    const struct record_field *f = custom_own(((const struct ipam_record *)row)->type, s->field->name);
    if (f == NULL || f->kind != KIND_TEXT || (f->flags & FIELD_READONLY) != 0 || !record_has(row, f->number))
        return NULL;
    const struct ipam_str *text = (const void *)((const char *)row + f->offset);
    return s->value.data == NULL || custom_same(*text, s->value) ? f : NULL;
}

/* --- renaming --- */

static int too_many(const struct search *s)
{
    problem_hint(s->p, "create a new one, and give it to the objects in several requests");
    return problem_set(s->p, PROBLEM_TOO_LARGE,
                       "more than %d objects have a value of \"" STR_FMT "\"; one change set holds no more",
                       MODEL_SET_ROWS - 2, STR_ARG(s->field->name));
}

static struct ipam_str text(const struct search *s, struct ipam_str a, struct ipam_str b)
{
    const char *made = arena_printf(draft_arena(s->d), STR_FMT "=" STR_FMT, STR_ARG(a), STR_ARG(b));
    if (made == NULL)
        out_of_memory(0); /* the arena has no limit */
    return str_from(made);
}

/* A copy of a list with one item made anew. */
static struct ipam_strs with_item(const struct search *s, const struct ipam_strs *l, size_t at,
                                  struct ipam_str item)
{
    struct ipam_str *items = arena_alloc(draft_arena(s->d), l->count * sizeof(items[0]));
    if (items == NULL)
        out_of_memory(0);
    memcpy(items, l->items, l->count * sizeof(items[0]));
    items[at] = item;
    return (struct ipam_strs){ items, l->count };
}

static int rename_in(void *user, const void *row)
{
    struct search *s = user;
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    const struct ipam_strs *list = custom_list(row);
    const struct record_field *own = s->value_to.data != NULL ? own_field(s, row) : NULL;
    int64_t at = item_of(s, list);
    struct ipam_str name, value;
    if (at < 0 && own == NULL)
        return 0;
    if (++s->rows > MODEL_SET_ROWS - 2)
        return too_many(s);
    void *after = record_copy(draft_arena(s->d), row);
    if (after == NULL)
        out_of_memory(0);
    if (own != NULL) {
        *(struct ipam_str *)(void *)((char *)after + own->offset) = s->value_to;
        draft_replace(s->d, row, after);
        return 0;
    }
    custom_split(list->items[at], &name, &value);
    const struct record_field *f = record_field(t, IPAM_STR("custom"));
    struct ipam_strs made = with_item(
        s, list, (size_t)at,
        text(s, s->name_to.data != NULL ? s->name_to : name, s->value_to.data != NULL ? s->value_to : value));
    *(struct ipam_strs *)(void *)((char *)after + f->offset) = made;
    draft_replace(s->d, row, after);
    return 0;
}

/* What was to be read was told by other names or values than there are now. */
static int not_read(const struct search *s)
{
    s->p->retry_after_s = 1;
    problem_hint(s->p, "send the request again");
    return problem_set(s->p, PROBLEM_UNAVAILABLE,
                       "\"" STR_FMT "\" was changed meanwhile; nothing was changed", STR_ARG(s->field->name));
}

static int rename_in_addresses(struct search *s)
{
    const struct view *v = draft_view(s->d);
    int64_t *ids = xcalloc(MODEL_SET_ROWS, sizeof(*ids));
    size_t n = view_addresses_with(v, s->field->name, s->value, ids, MODEL_SET_ROWS);
    int rc = n > MODEL_SET_ROWS - 2 ? too_many(s) : 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const void *row = view_get(v, IPAM_T_ADDRESS, ids[i]);
        rc = row != NULL ? rename_in(s, row) : not_read(s);
    }
    free(ids);
    return rc;
}

static int rename_in_objects(struct search *s)
{
    int rc = rename_in_addresses(s);
    for (size_t i = 0; rc == 0 && i < custom_type_count; i++)
        if (record_type(custom_types[i])->residency == RES_RESIDENT)
            rc = view_each(draft_view(s->d), custom_types[i], rename_in, s);
    return rc;
}

static int rename_in_group(void *user, const void *row)
{
    struct search *s = user;
    struct ipam_logical_group g = *(const struct ipam_logical_group *)row;
    for (size_t i = 0; i < g.levels.count; i++) {
        if (!custom_same(g.levels.items[i], s->field->name))
            continue;
        g.levels = with_item(s, &g.levels, i, s->name_to);
        draft_replace(s->d, row, &g);
        return 0;
    }
    return 0;
}

/* A value may be in several pairs. */
static int rename_in_link(void *user, const void *row)
{
    struct search *s = user;
    struct ipam_field_link l = *(const struct ipam_field_link *)row;
    struct ipam_str a, b;
    bool first = l.first == s->field->id;
    if (!first && l.second != s->field->id)
        return 0;
    for (size_t i = 0; i < l.pairs.count; i++)
        if (custom_split(l.pairs.items[i], &a, &b) && str_equal(first ? a : b, s->value))
            l.pairs = with_item(s, &l.pairs, i, text(s, first ? s->value_to : a, first ? b : s->value_to));
    draft_replace(s->d, row, &l);
    return 0;
}

int custom_rename_field(struct draft *d, const struct ipam_custom_field *f, struct ipam_str to,
                        struct problem *p)
{
    struct search s = { .d = d, .field = f, .name_to = to, .p = p };
    int rc = rename_in_objects(&s);
    return rc != 0 ? rc : view_each(draft_view(d), IPAM_T_LOGICAL_GROUP, rename_in_group, &s);
}

int custom_rename_value(struct draft *d, const struct ipam_custom_field *f, struct ipam_str value,
                        struct ipam_str to, struct problem *p)
{
    struct search s = { .d = d, .field = f, .value = value, .value_to = to, .p = p };
    int rc = rename_in_objects(&s);
    return rc != 0 ? rc : view_each(draft_view(d), IPAM_T_FIELD_LINK, rename_in_link, &s);
}

/* --- in use --- */

static int used(const struct search *s, const char *by, struct ipam_str which)
{
    if (s->value.data == NULL)
        return problem_set(s->p, PROBLEM_IN_USE, "the custom field \"" STR_FMT "\" is used by %s" STR_FMT,
                           STR_ARG(s->field->name), by, STR_ARG(which));
    return problem_set(s->p, PROBLEM_IN_USE,
                       "the value \"" STR_FMT "\" of \"" STR_FMT "\" is used by %s" STR_FMT,
                       STR_ARG(s->value), STR_ARG(s->field->name), by, STR_ARG(which));
}

static int used_by_object(void *user, const void *row)
{
    struct search *s = user;
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    struct strbuf key;
    const struct record_field *own = own_field(s, row);
    if (item_of(s, custom_list(row)) < 0 && own == NULL)
        return 0;
    strbuf_init(&key, 1024);
    strbuf_putc(&key, ' ');
    record_key_print(row, &key);
    problem_about(s->p, t->type, *(const int64_t *)((const char *)row + t->fields[0].offset));
    problem_hint(s->p, "clear it in all objects first: GET /api/v1/%s/%s?%s.null=false", t->group, t->plural,
                 own != NULL ? own->name : "custom");
    used(s, t->name, strbuf_str(&key));
    strbuf_fini(&key);
    return IPAM_E_INVAL;
}

static int used_by_addresses(const struct search *s)
{
    int64_t id;
    if (view_addresses_with(draft_view(s->d), s->field->name, s->value, &id, 1) == 0)
        return 0;
    problem_hint(s->p, "clear it in all objects first: GET /api/v1/ipam/addresses?custom.null=false");
    return used(s, "addresses", IPAM_STR(""));
}

static int used_by_group(void *user, const void *row)
{
    struct search *s = user;
    const struct ipam_logical_group *g = row;
    for (size_t i = 0; i < g->levels.count; i++) {
        if (!custom_same(g->levels.items[i], s->field->name))
            continue;
        problem_hint(s->p, "change or delete the group first");
        return used(s, "logical group ", g->name);
    }
    return 0;
}

static int used_by_link(void *user, const void *row)
{
    struct search *s = user;
    const struct ipam_field_link *l = row;
    char id[32];
    struct ipam_str a, b;
    bool first = l->first == s->field->id, has = s->value.data == NULL;
    if (!first && l->second != s->field->id)
        return 0;
    for (size_t i = 0; !has && i < l->pairs.count; i++)
        has = custom_split(l->pairs.items[i], &a, &b) && str_equal(first ? a : b, s->value);
    if (!has)
        return 0;
    snprintf(id, sizeof(id), "%lld", (long long)l->id);
    problem_hint(s->p, "change or delete the link first");
    return used(s, "field link ", str_from(id));
}

int custom_in_use(struct draft *d, const struct ipam_custom_field *f, struct ipam_str value,
                  struct problem *p)
{
    struct search s = { .d = d, .field = f, .value = value, .p = p };
    const struct view *v = draft_view(d);
    for (size_t i = 0; i < custom_type_count; i++)
        if (record_type(custom_types[i])->residency == RES_RESIDENT &&
            view_each(v, custom_types[i], used_by_object, &s) != 0)
            return IPAM_E_INVAL;
    if (used_by_addresses(&s) != 0 || view_each(v, IPAM_T_FIELD_LINK, used_by_link, &s) != 0)
        return IPAM_E_INVAL;
    return value.data == NULL ? view_each(v, IPAM_T_LOGICAL_GROUP, used_by_group, &s) : 0;
}

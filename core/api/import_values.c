/* import_values.c - columns that are custom fields, and lists of which services and instances there are.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A column of a custom field says nothing of the others: an object that is there keeps those that the file
 * has no column for. Where a column has the whole list, custom, the values of single ones come on top. */
#include <string.h>

#include "api/import_p.h"

#define SERVICES  "Managed by"
#define INSTANCES "Managed by entity"

/* --- the columns --- */

static const struct record_field *list_of(const struct import *im)
{
    for (size_t i = 0; i < custom_type_count; i++)
        if (custom_types[i] == im->type->type)
            return record_field(im->type, IPAM_STR("custom"));
    return NULL;
}

const struct ipam_custom_field *import_custom_field(const struct import *im, const struct view *v,
                                                    struct ipam_str title, struct problem *p)
{
    const struct ipam_custom_field *f = list_of(im) != NULL ? custom_field(v, title) : NULL;
    const struct record_field *own = f != NULL ? custom_own(im->type->type, f->name) : NULL;
    if (own == NULL)
        return f;
    problem_hint(p,
                 (own->flags & FIELD_READONLY) != 0 ? "leave the column %s away: the service sets it itself"
                                                    : "name the column %s",
                 own->name);
    problem_set(p, PROBLEM_INVALID, "a %s has a field of its own for \"" STR_FMT "\": %s", im->type->name,
                STR_ARG(f->name), own->name);
    return NULL;
}

void import_add_value(struct import *im, struct import_row *row, struct ipam_str name, struct ipam_str value)
{
    const struct record_field *list = list_of(im);
    const char *item = arena_printf(&im->arena, STR_FMT "=" STR_FMT, STR_ARG(name), STR_ARG(value));
    void *like = record_new(&im->arena, im->type->type);
    struct custom_cell *add = arena_alloc(&im->arena, sizeof(*add)), **at = &row->values;
    char err[256];
    if (item == NULL || like == NULL || add == NULL) {
        import_refuse(im, row, "is too much for the memory of one request");
        return;
    }
    if (value.len > 0 && (memchr(value.data, '\n', value.len) != NULL ||
                          record_field_parse(list, str_from(item), &im->arena, like, err) != 0)) {
        import_refuse(im, row, STR_FMT ": a value of a custom field is one line of text", STR_ARG(name));
        return;
    }
    while (*at != NULL)
        at = &(*at)->next;
    *add = (struct custom_cell){ str_from(item), arena_str(&im->arena, name), arena_str(&im->arena, value),
                                 NULL };
    *at = add;
}

int import_put_values(struct import *im, const struct import_row *row, const struct view *v,
                      const void *before, void *rec, uint64_t cleared[2], struct problem *p)
{
    const struct record_field *f = row->values != NULL ? list_of(im) : NULL;
    if (f == NULL)
        return 0;
    uint64_t bit = (uint64_t)1 << (f->number & 63), *has = ((struct ipam_record *)rec)->has;
    bool whole = record_has(rec, f->number) || (cleared[f->number >> 6] & bit) != 0, changed;
    const struct ipam_strs *base = custom_list(whole || before == NULL ? rec : before);
    size_t most = (base != NULL ? base->count : 0) + IMPORT_COLUMNS;
    struct ipam_str *items = arena_alloc(&im->arena, most * sizeof(items[0]));
    if (items == NULL)
        return problem_set(p, PROBLEM_UNAVAILABLE, "there is no memory for it");
    size_t count = custom_overlay(v, base, row->values, items, &changed);
    if (!changed)
        return 0;
    if (count > (size_t)f->max)
        return problem_set(p, PROBLEM_INVALID, "custom: an object has at most %lld values",
                           (long long)f->max);
    cleared[f->number >> 6] &= ~bit;
    has[f->number >> 6] &= ~bit;
    if (count == 0) {
        cleared[f->number >> 6] |= bit;
        return 0;
    }
    *(struct ipam_strs *)(void *)((char *)rec + f->offset) = (struct ipam_strs){ items, count };
    has[f->number >> 6] |= bit;
    return 0;
}

/* --- who manages it --- */

/* A value that the list of the field has, or is given now. */
static int list_has(struct import *im, struct draft *d, const char *field, struct ipam_str value,
                    struct problem *p)
{
    const struct ipam_custom_field *f =
        value.data != NULL ? custom_field(draft_view(d), str_from(field)) : NULL;
    if (f == NULL || custom_place(f, value) >= 0)
        return 0;
    if (!im->create_source) {
        problem_hint(p, "add it to the field, or send the file with create_source=true");
        return problem_set(p, PROBLEM_INVALID,
                           "\"" STR_FMT
                           "\" is none of the values of the custom field \"%s\"; add it, or import "
                           "with create_source=true",
                           STR_ARG(value), field);
    }
    const struct operation *op = access_operation("ipam.custom-field.set-values");
    if (sight_judge(&im->sight, draft_view(d), op, f, draft_now(d)) != ACCESS_ALLOWED)
        return sight_denied(&im->sight, op, p);
    return rule_set_values(d, f, &(struct value_changes){ .add = { &value, 1 } }, p);
}

int import_source(struct import *im, const struct import_row *row, struct draft *d, struct problem *p)
{
    int rc = list_has(im, d, SERVICES, row->service, p);
    return rc == 0 ? list_has(im, d, INSTANCES, row->instance, p) : rc;
}

/* custom.h - custom fields: what there is, and the values that objects have of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_CUSTOM_H
#define MODEL_CUSTOM_H

#include <string.h>
#include <strings.h>

#include "model/rules.h"

#define CUSTOM_NAME_MOST  128
#define CUSTOM_VALUE_MOST 255

/* Makes the fields and groups that are always there, where they are not. */
void custom_seed(struct draft *d);
/* What they are made of; each table ends without a name. */
struct seed_field {
    const char *name;
    const char *const *values; /* NULL: none yet */
};
struct seed_group {
    const char *name;
    uint32_t of;
    const char *const *levels;
};
extern const struct seed_field seed_fields[];
extern const struct seed_group seed_groups[];
/* What a field that is always there begins with: ended by NULL; NULL: nothing, or it is another one. */
const char *const *custom_seed_values(struct ipam_str name);

/* Types whose objects have values of custom fields. */
extern const uint32_t custom_types[];
extern const size_t custom_type_count;
/* The list of an object: NAME=VALUE each; NULL: it has none, or no such field. */
const struct ipam_strs *custom_list(const void *rec);
/* Cuts NAME=VALUE; false for what is none. */
static inline bool custom_split(struct ipam_str item, struct ipam_str *ret_name, struct ipam_str *ret_value)
{
    const char *equal = item.len > 0 ? memchr(item.data, '=', item.len) : NULL;
    if (equal == NULL || equal == item.data || equal + 1 == item.data + item.len)
        return false;
    *ret_name = (struct ipam_str){ item.data, (size_t)(equal - item.data) };
    *ret_value = (struct ipam_str){ equal + 1, item.len - ret_name->len - 1 };
    return true;
}

/* In any case of letters. */
static inline bool custom_same(struct ipam_str a, struct ipam_str b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}
/* The field of that name; NULL: there is none. */
const struct ipam_custom_field *custom_field(const struct view *v, struct ipam_str name);
/* The place of a value among those of the field, in any case of letters; -1: it is none. */
int64_t custom_place(const struct ipam_custom_field *f, struct ipam_str value);
/* The record's own field that says what a custom field of that name would; NULL: it has none. */
const struct record_field *custom_own(uint32_t type, struct ipam_str name);
/* What an object has of the field, in its own field or its list; absent: nothing. */
struct ipam_str custom_value(const struct ipam_custom_field *f, const void *rec);

/* Judges the values of an object that is drafted, spells names and values as the fields do, and adds those that are
 * linked; the new list is in the arena. `before` NULL: it is new. */
int custom_apply(const struct view *v, const void *before, void *rec, struct arena *a, struct problem *p);

/* What a file says of one custom field of an object, in a cell of its own; an empty value takes the object's away. */
struct custom_cell {
    struct ipam_str item, name, value; /* item: NAME=VALUE */
    struct custom_cell *next;
};
/* The list `base` (NULL: none) with what the cells say of their fields; other values stay, each at its place. Returns how
 * many items there are; room for those of `base` and of all cells is needed. */
size_t custom_overlay(const struct view *v, const struct ipam_strs *base, const struct custom_cell *cells,
                      struct ipam_str *items, bool *ret_changed);

/* The same in all that refers: objects, groups, links. */
int custom_rename_field(struct draft *d, const struct ipam_custom_field *f, struct ipam_str to,
                        struct problem *p);
int custom_rename_value(struct draft *d, const struct ipam_custom_field *f, struct ipam_str value,
                        struct ipam_str to, struct problem *p);
/* Whether anything refers to the field, or (value given) to that value of it: an error that says what does. */
int custom_in_use(struct draft *d, const struct ipam_custom_field *f, struct ipam_str value,
                  struct problem *p);

/* The rules of each type, as rules_p.h has those of others. */
int field_create(struct draft *d, struct ipam_custom_field *f, struct problem *p);
int field_change(struct draft *d, const struct ipam_custom_field *before,
                 const struct ipam_custom_field *after, struct problem *p);
int field_delete(struct draft *d, const struct ipam_custom_field *f, struct problem *p);
int link_create(struct draft *d, struct ipam_field_link *l, struct problem *p);
int link_check(const struct view *v, const struct ipam_field_link *l, struct problem *p);
/* The link of two fields, whichever is the first; NULL: there is none. */
const struct ipam_field_link *link_of(const struct view *v, int64_t one, int64_t other);
int group_create(struct draft *d, struct ipam_logical_group *g, struct problem *p);
/* `g` is as it would be; its levels are spelled as the fields are, in the arena. */
int group_change(const struct view *v, const struct ipam_logical_group *before, struct ipam_logical_group *g,
                 struct arena *a, struct problem *p);
int group_delete(struct draft *d, const struct ipam_logical_group *g, struct problem *p);

#endif

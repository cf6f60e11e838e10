/* types.c - finds record types and fields in the tables, and makes empty records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "record/tables.h"

const struct record_type *record_type(uint32_t type)
{
    uint8_t place = type < sizeof(record_table_place) ? record_table_place[type] : 0;
    return place ? &record_table[place - 1] : NULL;
}

const struct record_type *record_types(unsigned *ret_count)
{
    *ret_count = record_table_count;
    return record_table;
}

const struct record_type *record_type_by_name(struct ipam_str name)
{
    for (unsigned i = 0; i < record_table_count; i++)
        if (str_is(name, record_table[i].name) || str_is(name, record_table[i].plural))
            return &record_table[i];
    return NULL;
}

const struct record_field *record_field(const struct record_type *t, struct ipam_str name)
{
    if (name.len == 0)
        return NULL;
    for (unsigned i = 0; i < t->field_count; i++) /* most differ in the first letter */
        if (t->fields[i].name[0] == name.data[0] && str_is(name, t->fields[i].name))
            return &t->fields[i];
    return NULL;
}

const struct record_field *record_field_number(const struct record_type *t, unsigned number)
{
    /* Numbers ascend without repetition from 1, so field `number` is at place number-1 or before. */
    unsigned i = number < t->field_count ? number : t->field_count;
    while (i > 0 && t->fields[i - 1].number > number)
        i--;
    return i > 0 && t->fields[i - 1].number == number ? &t->fields[i - 1] : NULL;
}

void record_init(void *rec, uint32_t type)
{
    const struct record_type *t = record_type(type);
    struct ipam_record *head = rec;

    assert(t != NULL);
    memset(rec, 0, t->size);
    head->size = t->size;
    head->type = type;
}

void *record_new(struct arena *a, uint32_t type)
{
    const struct record_type *t = record_type(type);
    struct ipam_record *head;

    assert(t != NULL);
    head = arena_alloc(a, t->size);
    if (head == NULL)
        return NULL;
    head->size = t->size;
    head->type = type;
    return head;
}

void record_mask(const struct record_type *t, unsigned flags, uint64_t ret_fields[2])
{
    ret_fields[0] = ret_fields[1] = 0;
    for (unsigned i = 0; i < t->field_count; i++)
        if (t->fields[i].flags & flags)
            ret_fields[t->fields[i].number >> 6] |= (uint64_t)1 << (t->fields[i].number & 63);
}

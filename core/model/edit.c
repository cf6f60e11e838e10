/* edit.c - one edit over many objects: what it makes of a field of one of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/edit.h"

#include <string.h>

static const char *const words[EDIT_WORDS] = { "add", "overwrite", "append", "replace", "delete" };

const char *edit_word_name(enum edit_word w)
{
    return words[w];
}

bool edit_word_by_name(struct ipam_str name, enum edit_word *ret)
{
    for (int i = 0; i < EDIT_WORDS; i++)
        if (str_is(name, words[i])) {
            *ret = (enum edit_word)i;
            return true;
        }
    return false;
}

/* --- lists --- */

static size_t item_size(const struct record_field *f)
{
    switch (f->kind) {
    case KIND_TEXTS: return sizeof(struct ipam_str);
    case KIND_INTS: return sizeof(int64_t);
    case KIND_ADDRS: return sizeof(struct ipam_addr);
    default: return 0;
    }
}

bool edit_fits(const struct record_field *f, enum edit_word w)
{
    return w != EDIT_APPEND || item_size(f) != 0;
}

/* As ipam_strs, ipam_ints and ipam_addrs are. */
struct items {
    const char *at;
    size_t count;
};

static struct items items_of(const struct record_field *f, const void *rec)
{
    struct items list = { NULL, 0 };
    if (record_has(rec, f->number))
        memcpy(&list, (const char *)rec + f->offset, sizeof(list));
    return list;
}

static void clear(const struct record_field *f, struct arena *a, void *rec)
{
    const uint64_t cleared[2] = { f->number < 64 ? UINT64_C(1) << f->number : 0,
                                  f->number < 64 ? 0 : UINT64_C(1) << (f->number - 64) };
    const void *none = record_new(a, ((const struct ipam_record *)rec)->type);
    if (none != NULL)
        record_merge(rec, none, cleared);
}

static void set_items(const struct record_field *f, struct arena *a, void *rec, struct items list)
{
    if (list.count == 0) {
        clear(f, a, rec);
        return;
    }
    memcpy((char *)rec + f->offset, &list, sizeof(list));
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
}

static bool same_item(const struct record_field *f, const char *a, const char *b)
{
    if (f->kind == KIND_TEXTS)
        return str_equal(*(const struct ipam_str *)(const void *)a,
                         *(const struct ipam_str *)(const void *)b);
    return memcmp(a, b, item_size(f)) == 0;
}

static bool holds(const struct record_field *f, struct items list, const char *item)
{
    for (size_t i = 0; i < list.count; i++)
        if (same_item(f, list.at + i * item_size(f), item))
            return true;
    return false;
}

/* A list that is made item by item, with room for all that may come. */
struct making {
    const struct record_field *field;
    char *at;
    size_t count;
};

static void put(struct making *m, const char *item)
{
    size_t size = item_size(m->field);
    memcpy(m->at + m->count++ * size, item, size);
}

/* Those that are not there yet. */
static void put_new(struct making *m, struct items list)
{
    size_t size = item_size(m->field);
    for (size_t i = 0; i < list.count; i++)
        if (!holds(m->field, (struct items){ m->at, m->count }, list.at + i * size))
            put(m, list.at + i * size);
}

static bool edit_list(const struct field_edit *e, struct arena *a, void *rec)
{
    const struct record_field *f = e->field;
    size_t size = item_size(f);
    struct items is = items_of(f, rec), given = items_of(f, e->value);
    struct items old = e->old != NULL ? items_of(f, e->old) : (struct items){ NULL, 0 };
    struct making m = { f, arena_alloc(a, (is.count + given.count) * size + 1), 0 };
    bool changed = false;
    for (size_t i = 0; i < is.count; i++) {
        const char *item = is.at + i * size;
        bool goes = e->word == EDIT_DELETE ? holds(f, given, item) : holds(f, old, item);
        if (!goes)
            put(&m, item);
        else if (e->word == EDIT_REPLACE)
            put_new(&m, given);
        changed = changed || goes;
    }
    if (changed && e->word == EDIT_REPLACE) { /* what it became is not there twice */
        struct items made = { m.at, m.count };
        m = (struct making){ f, arena_alloc(a, made.count * size + 1), 0 };
        put_new(&m, made);
    }
    if (e->word == EDIT_APPEND) {
        put_new(&m, given);
        changed = m.count > is.count;
    }
    if (changed)
        set_items(f, a, rec, (struct items){ m.at, m.count });
    return changed;
}

/* --- anything --- */

static bool take(const struct field_edit *e, void *rec)
{
    const uint64_t nothing[2] = { 0, 0 };
    if (record_field_equal(e->field, rec, e->value))
        return false;
    record_merge(rec, e->value, nothing);
    return true;
}

bool edit_field(const struct field_edit *e, struct arena *a, void *rec)
{
    const struct record_field *f = e->field;
    bool is_list = item_size(f) != 0;
    switch (e->word) {
    case EDIT_ADD: return !record_has(rec, f->number) && take(e, rec);
    case EDIT_OVERWRITE: return take(e, rec);
    case EDIT_APPEND: return edit_list(e, a, rec);
    case EDIT_REPLACE:
        if (is_list)
            return edit_list(e, a, rec);
        return record_field_equal(f, rec, e->old) && take(e, rec);
    case EDIT_DELETE:
        if (!record_has(rec, f->number) ||
            (e->value != NULL && !is_list && !record_field_equal(f, rec, e->value)))
            return false;
        if (e->value != NULL && is_list)
            return edit_list(e, a, rec);
        clear(f, a, rec);
        return true;
    }
    return false;
}

/* clone.c - deep copies of records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A record and all it points to become one block: the struct, then the lists (8-aligned), then the bytes. */
#include <assert.h>
#include <string.h>

#include "record/field.h"

#define ALIGN8(n) (((n) + 7) & ~(size_t)7)

/* Bytes for lists and bytes for texts, told apart because only lists need alignment. */
struct extra {
    size_t lists, bytes;
};

static struct extra extra_size(const struct record_type *t, const void *rec)
{
    struct extra e = { 0, ((const struct ipam_record *)rec)->rest.len };

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!record_has(rec, f->number))
            continue;
        switch (f->kind) {
        case KIND_TEXT:
        case KIND_JSON:
        case KIND_BYTES:
            e.bytes += field_bytes(f, rec).len;
            break;
        case KIND_TEXTS: {
            const struct ipam_strs *l = field_at(f, rec);
            e.lists += l->count * sizeof(l->items[0]);
            for (size_t k = 0; k < l->count; k++)
                e.bytes += l->items[k].len;
            break;
        }
        case KIND_INTS: {
            const struct ipam_ints *l = field_at(f, rec);
            e.lists += l->count * sizeof(l->items[0]);
            break;
        }
        case KIND_ADDRS: {
            const struct ipam_addrs *l = field_at(f, rec);
            e.lists += ALIGN8(l->count * sizeof(l->items[0]));
            break;
        }
        default:
            break;
        }
    }
    return e;
}

/* Copies to *at and moves it; an absent text stays NULL, an empty one stays an address. */
static void *take(char **at, const void *data, size_t len)
{
    char *to = *at;

    if (data == NULL)
        return NULL;
    if (len > 0)
        memcpy(to, data, len);
    *at += len;
    return to;
}

static void take_texts(struct ipam_strs *l, char **lists, char **bytes)
{
    struct ipam_str *items = take(lists, l->items, l->count * sizeof(l->items[0]));

    for (size_t k = 0; k < l->count; k++)
        items[k].data = take(bytes, items[k].data, items[k].len);
    l->items = items;
}

static void take_field(const struct record_field *f, void *rec, char **lists, char **bytes)
{
    void *at = field_at_mut(f, rec);

    switch (f->kind) {
    case KIND_TEXT:
    case KIND_JSON: {
        struct ipam_str *s = at;
        s->data = take(bytes, s->data, s->len);
        break;
    }
    case KIND_BYTES: {
        struct ipam_bytes *b = at;
        b->data = take(bytes, b->data, b->len);
        break;
    }
    case KIND_TEXTS:
        take_texts(at, lists, bytes);
        break;
    case KIND_INTS: {
        struct ipam_ints *l = at;
        l->items = take(lists, l->items, l->count * sizeof(l->items[0]));
        break;
    }
    case KIND_ADDRS: {
        struct ipam_addrs *l = at;
        size_t size = l->count * sizeof(l->items[0]);
        l->items = take(lists, l->items, size);
        *lists += ALIGN8(size) - size;
        break;
    }
    default:
        break;
    }
}

size_t record_extra_size(const struct record_type *t, const void *rec)
{
    struct extra e = extra_size(t, rec);
    return e.lists + e.bytes;
}

void record_take_in(const struct record_type *t, void *rec, void *extra)
{
    struct ipam_record *head = rec;
    char *lists = extra, *bytes = lists + extra_size(t, rec).lists;

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (record_has(rec, f->number))
            take_field(f, rec, &lists, &bytes);
        else
            memset(field_at_mut(f, rec), 0, field_size(f)); /* no pointer into the source stays */
    }
    head->rest.data = take(&bytes, head->rest.data, head->rest.len);
}

static size_t block_size(const struct record_type *t, struct extra e)
{
    return ALIGN8(t->size) + e.lists + e.bytes;
}

/* Into a block of zeros: what is absent stays zero, so that no pointer into the source is left. */
static void *copy_to(const struct record_type *t, const void *rec, struct extra e, void *block)
{
    char *lists = (char *)block + ALIGN8(t->size), *bytes = lists + e.lists;
    struct ipam_record *head = block;

    *head = *(const struct ipam_record *)rec;
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!record_has(rec, f->number))
            continue;
        memcpy(field_at_mut(f, block), field_at(f, rec), field_size(f));
        take_field(f, block, &lists, &bytes);
    }
    head->rest.data = take(&bytes, head->rest.data, head->rest.len);
    return block;
}

void *record_clone(const void *rec)
{
    const struct record_type *t = type_of(rec);

    assert(t != NULL && ((const struct ipam_record *)rec)->size == t->size);
    struct extra e = extra_size(t, rec);
    return copy_to(t, rec, e, xcalloc(1, block_size(t, e)));
}

void *record_copy(struct arena *a, const void *rec)
{
    const struct record_type *t = type_of(rec);
    void *block;

    assert(t != NULL && ((const struct ipam_record *)rec)->size == t->size);
    struct extra e = extra_size(t, rec);
    block = arena_alloc(a, block_size(t, e));
    return block == NULL ? NULL : copy_to(t, rec, e, block);
}

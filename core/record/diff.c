/* diff.c - compares and merges records field by field.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kept fields of a newer author (`rest`) are not compared: a program cannot have changed what it does not
 * know. */
#include <string.h>

#include "net/addr.h"
#include "record/field.h"

static int compare_int(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_bytes(const void *a, size_t alen, const void *b, size_t blen)
{
    size_t len = alen < blen ? alen : blen;
    int c = len > 0 ? memcmp(a, b, len) : 0;
    return c != 0 ? c : alen < blen ? -1 : alen > blen;
}

static int compare_texts(const struct ipam_strs *a, const struct ipam_strs *b)
{
    int c = 0;
    for (size_t i = 0; c == 0 && i < a->count && i < b->count; i++)
        c = compare_bytes(a->items[i].data, a->items[i].len, b->items[i].data, b->items[i].len);
    return c != 0 ? c : compare_int((int64_t)a->count, (int64_t)b->count);
}

static int compare_ints(const struct ipam_ints *a, const struct ipam_ints *b)
{
    int c = 0;
    for (size_t i = 0; c == 0 && i < a->count && i < b->count; i++)
        c = compare_int(a->items[i], b->items[i]);
    return c != 0 ? c : compare_int((int64_t)a->count, (int64_t)b->count);
}

static int compare_addrs(const struct ipam_addrs *a, const struct ipam_addrs *b)
{
    int c = 0;
    for (size_t i = 0; c == 0 && i < a->count && i < b->count; i++)
        c = addr_compare(&a->items[i], &b->items[i]);
    return c != 0 ? c : compare_int((int64_t)a->count, (int64_t)b->count);
}

static int compare_value(const struct record_field *f, const void *a, const void *b)
{
    const void *x = field_at(f, a), *y = field_at(f, b);

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
        return compare_int(*(const int64_t *)x, *(const int64_t *)y);
    case KIND_BOOL:
    case KIND_ENUM:
        return compare_int(*(const uint32_t *)x, *(const uint32_t *)y);
    case KIND_TEXT:
    case KIND_JSON:
    case KIND_BYTES: {
        struct ipam_bytes p = field_bytes(f, a), q = field_bytes(f, b);
        return compare_bytes(p.data, p.len, q.data, q.len);
    }
    case KIND_ADDR:
        return addr_compare(x, y);
    case KIND_PREFIX:
        return prefix_compare(x, y);
    case KIND_U128:
        return u128_compare(*(const struct ipam_u128 *)x, *(const struct ipam_u128 *)y);
    case KIND_TEXTS:
        return compare_texts(x, y);
    case KIND_INTS:
        return compare_ints(x, y);
    case KIND_ADDRS:
        return compare_addrs(x, y);
    }
    return 0;
}

int record_field_compare(const struct record_field *f, const void *a, const void *b)
{
    bool x = record_has(a, f->number), y = record_has(b, f->number);
    return x && y ? compare_value(f, a, b) : (int)x - (int)y;
}

bool record_field_equal(const struct record_field *f, const void *a, const void *b)
{
    return record_field_compare(f, a, b) == 0;
}

bool record_diff(const void *a, const void *b, uint64_t ret_fields[2])
{
    const struct record_type *t = type_of(a);

    ret_fields[0] = ret_fields[1] = 0;
    for (unsigned i = 0; i < t->field_count; i++)
        if (!(t->fields[i].flags & FIELD_DERIVED) && !record_field_equal(&t->fields[i], a, b))
            field_mark(t->fields[i].number, ret_fields);
    return ret_fields[0] != 0 || ret_fields[1] != 0;
}

void record_merge(void *dst, const void *patch, const uint64_t cleared[2])
{
    const struct record_type *t = type_of(dst);
    const struct ipam_record *from = patch;

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (record_has(patch, f->number)) {
            memcpy(field_at_mut(f, dst), field_at(f, patch), field_size(f));
            field_set(dst, f->number);
        } else if (cleared != NULL && (cleared[f->number >> 6] >> (f->number & 63) & 1)) {
            memset(field_at_mut(f, dst), 0, field_size(f));
            field_clear(dst, f->number);
        }
    }
    if (from->rest.len > 0)
        ((struct ipam_record *)dst)->rest = from->rest;
}

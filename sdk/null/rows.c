/* rows.c - records copied into memory, and lists of them in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A record from the host lives until `done`: what is kept must be copied, with all that it points to. A
 * record may be smaller than the struct known here, when the host is older: what it has not is absent. */
#include "null.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNED(n) (((n) + 15u) & ~(size_t)15u)

/* Texts, bytes and lists are all a pointer and a count. */
struct list {
    const void *items;
    size_t count;
};

static bool field_is(const struct ipam_record *rec, const struct null_field *f)
{
    return f->offset + f->size <= rec->size && IPAM_HAS_FIELD(rec, f->number);
}

static struct list list_of(const struct ipam_record *rec, const struct null_field *f)
{
    struct list l;

    memcpy(&l, (const char *)rec + f->offset, sizeof(l));
    return l;
}

/* The bytes that a field takes beyond the struct. */
static size_t beyond(const struct ipam_record *rec, const struct null_field *f)
{
    size_t need = 0;

    if (f->element == 0)
        return 0;
    struct list l = list_of(rec, f);
    if (f->element != NULL_TEXTS)
        return ALIGNED(l.count * f->element);
    for (size_t i = 0; i < l.count; i++)
        need += ALIGNED(((const struct ipam_str *)l.items)[i].len);
    return need + ALIGNED(l.count * sizeof(struct ipam_str));
}

static void *put_bytes(char **at, const void *data, size_t len)
{
    void *copy = *at;

    if (len)
        memcpy(copy, data, len);
    *at += ALIGNED(len);
    return copy;
}

static void put_field(struct ipam_record *copy, const struct ipam_record *rec, const struct null_field *f,
                      char **at)
{
    char *member = (char *)copy + f->offset;

    copy->has[f->number >> 6] |= (uint64_t)1 << (f->number & 63);
    if (f->element == 0) {
        memcpy(member, (const char *)rec + f->offset, f->size);
        return;
    }
    struct list l = list_of(rec, f);
    size_t element = f->element == NULL_TEXTS ? sizeof(struct ipam_str) : f->element;
    struct ipam_str *texts = put_bytes(at, l.items, l.count * element);

    for (size_t i = 0; f->element == NULL_TEXTS && i < l.count; i++)
        texts[i].data = put_bytes(at, texts[i].data, texts[i].len);
    l.items = texts;
    memcpy(member, &l, sizeof(l));
}

struct null_row *null_row_new(const struct null_shape *shape, const struct ipam_record *rec)
{
    size_t head = ALIGNED(sizeof(struct null_row)), size = head + ALIGNED(shape->size);

    for (const struct null_field *f = shape->fields; f->number; f++)
        if (field_is(rec, f))
            size += beyond(rec, f);
    char *piece = calloc(1, size + 1); /* an empty text at the very end still has an address */
    if (!piece)
        return NULL;
    struct null_row *row = (void *)piece;
    char *at = piece + head + ALIGNED(shape->size);
    row->rec = (void *)(piece + head);
    row->rec->size = (uint32_t)shape->size;
    row->rec->type = shape->type;
    for (const struct null_field *f = shape->fields; f->number; f++)
        if (field_is(rec, f))
            put_field(row->rec, rec, f, &at);
    return row;
}

static bool same_list(const struct list *a, const struct list *b, uint32_t element)
{
    const struct ipam_str *x = a->items, *y = b->items;

    if (a->count != b->count)
        return false;
    if (element != NULL_TEXTS)
        return a->count == 0 || memcmp(a->items, b->items, a->count * element) == 0;
    for (size_t i = 0; i < a->count; i++)
        if (null_compare(x[i], y[i]) != 0)
            return false;
    return true;
}

bool null_row_same(const struct null_shape *shape, const struct ipam_record *a, const struct ipam_record *b)
{
    for (const struct null_field *f = shape->fields; f->number; f++) {
        if (field_is(a, f) != field_is(b, f))
            return false;
        if (!field_is(a, f))
            continue;
        if (f->element == 0) {
            if (memcmp((const char *)a + f->offset, (const char *)b + f->offset, f->size) != 0)
                return false;
            continue;
        }
        struct list x = list_of(a, f), y = list_of(b, f);
        if (!same_list(&x, &y, f->element))
            return false;
    }
    return true;
}

size_t null_find(const struct null_list *l, const void *key, null_order *order, bool *ret_found)
{
    size_t low = 0, high = l->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (order(l->rows[middle]->rec, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < l->count && order(l->rows[low]->rec, key) == 0;
    return low;
}

/* Merges two parts that are sorted, up to `middle` and from there, by way of `room`. */
static void merge(struct null_row **rows, struct null_row **room, size_t middle, size_t count,
                  null_order *order)
{
    size_t a = 0, b = middle;

    for (size_t n = 0; n < count; n++)
        room[n] =
            b == count || (a < middle && order(rows[a]->rec, rows[b]->rec) <= 0) ? rows[a++] : rows[b++];
    memcpy(rows, room, count * sizeof(struct null_row *));
}

static void sort(struct null_row **rows, struct null_row **room, size_t count, null_order *order)
{
    size_t middle = count / 2;

    if (count < 2)
        return;
    sort(rows, room, middle, order);
    sort(rows + middle, room, count - middle, order);
    if (order(rows[middle - 1]->rec, rows[middle]->rec) > 0)
        merge(rows, room, middle, count, order);
}

bool null_list_sort(struct null_list *l, null_order *order)
{
    struct null_row **room = calloc(l->count + 1, sizeof(struct null_row *));

    if (!room)
        return false;
    sort(l->rows, room, l->count, order);
    free(room);
    return true;
}

bool null_list_reserve(struct null_list *l, size_t more)
{
    size_t room = l->room ? l->room : 16;

    while (room < l->count + more)
        room *= 2;
    if (room == l->room)
        return true;
    struct null_row **rows = realloc(l->rows, room * sizeof(struct null_row *));
    if (!rows)
        return false;
    l->rows = rows;
    l->room = room;
    return true;
}

bool null_list_insert(struct null_list *l, size_t at, struct null_row *row)
{
    if (!null_list_reserve(l, 1))
        return false;
    memmove(l->rows + at + 1, l->rows + at, (l->count - at) * sizeof(struct null_row *));
    l->rows[at] = row;
    l->count++;
    return true;
}

struct null_row *null_list_take(struct null_list *l, size_t at)
{
    struct null_row *row = l->rows[at];

    l->count--;
    memmove(l->rows + at, l->rows + at + 1, (l->count - at) * sizeof(struct null_row *));
    return row;
}

void null_list_free(struct null_list *l, bool with_rows)
{
    for (size_t i = 0; with_rows && i < l->count; i++)
        free(l->rows[i]);
    free(l->rows);
    *l = (struct null_list){ NULL, 0, 0 };
}

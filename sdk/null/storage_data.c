/* storage_data.c - null-storage: cells, lists of them, and what a batch does to them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <stdlib.h>
#include <string.h>

struct cell *cell_new(uint32_t type, int64_t id, int64_t rev, struct ipam_bytes body,
                      const struct ipam_bytes *columns, uint32_t column_count)
{
    size_t size = sizeof(struct cell) + column_count * sizeof(struct ipam_bytes) + body.len;

    for (uint32_t i = 0; i < column_count; i++)
        size += columns[i].len;
    struct cell *c = calloc(1, size + 1);
    if (!c)
        return NULL;
    atomic_init(&c->refs, 1);
    c->type = type;
    c->id = id;
    c->rev = rev;
    c->column_count = column_count;
    uint8_t *at = (uint8_t *)(c->columns + column_count);
    for (uint32_t i = 0; i <= column_count; i++) {
        struct ipam_bytes from = i < column_count ? columns[i] : body,
                          *to = i < column_count ? &c->columns[i] : &c->body;

        if (from.len)
            memcpy(at, from.data, from.len);
        *to = (struct ipam_bytes){ at, from.len };
        at += from.len;
    }
    return c;
}

void cell_drop(struct cell *c)
{
    if (c && atomic_fetch_sub(&c->refs, 1) == 1)
        free(c);
}

bool cells_reserve(struct cells *l, size_t more)
{
    size_t room = l->room ? l->room : 16;

    while (room < l->count + more)
        room *= 2;
    if (room == l->room)
        return true;
    struct cell **items = realloc(l->items, room * sizeof(struct cell *));
    if (!items)
        return false;
    l->items = items;
    l->room = room;
    return true;
}

void cells_insert(struct cells *l, size_t at, struct cell *c)
{
    memmove(l->items + at + 1, l->items + at, (l->count - at) * sizeof(struct cell *));
    l->items[at] = c;
    l->count++;
}

struct cell *cells_take(struct cells *l, size_t at)
{
    struct cell *c = l->items[at];

    l->count--;
    memmove(l->items + at, l->items + at + 1, (l->count - at) * sizeof(struct cell *));
    return c;
}

void cells_free(struct cells *l)
{
    for (size_t i = 0; i < l->count; i++)
        cell_drop(l->items[i]);
    free(l->items);
    *l = (struct cells){ NULL, 0, 0 };
}

bool cells_share(struct cells *l, struct cell *c)
{
    if (!cells_reserve(l, 1))
        return false;
    atomic_fetch_add(&c->refs, 1);
    cells_insert(l, l->count, c);
    return true;
}

bool cells_share_all(struct cells *to, const struct cells *from)
{
    bool good = cells_reserve(to, from->count);

    for (size_t i = 0; good && i < from->count; i++)
        good = cells_share(to, from->items[i]);
    return good;
}

size_t cells_find(const struct cells *l, int64_t id)
{
    size_t low = 0, high = l->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (l->items[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool content_init(struct content *c, const struct ipam_schema *schema)
{
    *c = (struct content){ .next_id = 1, .table_count = schema->table_count };
    c->tables = calloc(schema->table_count + 1u, sizeof(*c->tables));
    return c->tables != NULL;
}

void content_free(struct content *c)
{
    for (uint32_t i = 0; c->tables && i < c->table_count; i++)
        cells_free(&c->tables[i]);
    free(c->tables);
    cells_free(&c->versions);
    cells_free(&c->changes);
    cells_free(&c->entries);
    c->tables = NULL;
}

bool content_empty(const struct content *c)
{
    size_t count = c->versions.count + c->changes.count + c->entries.count;

    for (uint32_t i = 0; i < c->table_count; i++)
        count += c->tables[i].count;
    return count == 0 && c->head == 0;
}

int table_of(const struct ipam_schema *schema, uint32_t type)
{
    for (uint32_t i = 0; i < schema->table_count; i++)
        if (schema->tables[i]->type == type)
            return (int)i;
    return -1;
}

int column_of(const struct ipam_table *table, uint32_t number)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->column_numbers[i] == number)
            return (int)i;
    return -1;
}

void content_apply(struct content *c, const struct ipam_schema *schema, uint32_t type, int64_t id,
                   int64_t rev, struct cell *cell)
{
    int table = table_of(schema, type);
    struct cells *rows = &c->tables[table];
    size_t at = cells_find(rows, id);

    if (at < rows->count && rows->items[at]->id == id) {
        struct cell *former = cells_take(rows, at);

        /* What was written in the same revision was never there for anybody else. */
        if (schema->tables[table]->versions && former->rev < rev) {
            former->gone = rev;
            cells_insert(&c->versions, c->versions.count, former);
        } else {
            cell_drop(former);
        }
    }
    if (cell)
        cells_insert(rows, at, cell);
}

size_t content_entry_place(const struct content *c, int64_t time_ms)
{
    size_t at = c->entries.count;

    while (at > 0 && c->entries.items[at - 1]->id > time_ms)
        at--;
    return at;
}

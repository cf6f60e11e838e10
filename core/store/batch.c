/* batch.c - what the gate decided, packed for the backend.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store/store_p.h"

struct store_batch *store_batch_new(struct store *s)
{
    struct store_batch *b = xcalloc(1, sizeof(*b));

    (void)s;
    arena_init(&b->arena, 0);
    strbuf_init(&b->scratch, STORE_ROW_MAX);
    return b;
}

void store_batch_free(struct store_batch *b)
{
    if (!b)
        return;
    arena_fini(&b->arena);
    strbuf_fini(&b->scratch);
    free(b->rows);
    free(b->logs);
    free(b);
}

size_t store_batch_rows(const struct store_batch *b)
{
    return b->row_count;
}

/* A list of pointers with room for one more. */
static void *grow(void *list, size_t count, size_t *cap)
{
    if (count < *cap)
        return list;
    *cap = *cap ? *cap * 2 : 64;
    return xrealloc(list, *cap * sizeof(void *));
}

static struct ipam_row *row_new(struct store_batch *b, uint32_t op, uint32_t type, int64_t id, int64_t rev)
{
    struct ipam_row *row = arena_alloc(&b->arena, sizeof(*row));

    if (!row) {
        b->status = IPAM_E_NOMEM;
        return NULL;
    }
    *row = (struct ipam_row){ .size = sizeof(*row), .op = op, .type = type, .id = id, .rev = rev };
    b->rows = grow(b->rows, b->row_count, &b->row_cap);
    b->rows[b->row_count++] = row;
    return row;
}

/* Packs a record into the scratch: the sort keys of its columns, whose lengths go to `columns`, then its
 * packed form. */
static int pack(struct store_batch *b, const struct ipam_table *table, const void *rec,
                struct ipam_bytes *columns)
{
    const struct record_type *t = record_type(table->type);

    strbuf_reset(&b->scratch);
    for (uint32_t i = 0; i < table->column_count; i++) {
        size_t from = b->scratch.len;

        record_field_sortkey(record_field_number(t, table->column_numbers[i]), rec, &b->scratch);
        columns[i].len = b->scratch.len - from;
    }
    int status = record_pack(rec, NULL, &b->scratch);
    return status == 0 ? strbuf_status(&b->scratch) : status;
}

static int put(struct store_batch *b, const void *rec)
{
    uint32_t type = ((const struct ipam_record *)rec)->type;
    const struct ipam_table *table = store_table(type);

    if (!table)
        return IPAM_E_BUG;
    struct ipam_bytes *columns = arena_alloc(&b->arena, (table->column_count + 1) * sizeof(*columns));
    int status = columns ? pack(b, table, rec, columns) : IPAM_E_NOMEM;
    if (status != 0)
        return status;
    const uint8_t *at = (const uint8_t *)arena_memdup(&b->arena, b->scratch.data, b->scratch.len);
    struct ipam_row *row =
        row_new(b, IPAM_ROW_PUT, type, store_int(rec, STORE_ID), store_int(rec, STORE_REV));
    if (!at || !row)
        return IPAM_E_NOMEM;
    const uint8_t *end = at + b->scratch.len;
    for (uint32_t i = 0; i < table->column_count; at += columns[i++].len)
        columns[i].data = at;
    row->columns = columns;
    row->column_count = table->column_count;
    row->body = (struct ipam_bytes){ at, (size_t)(end - at) };
    return 0;
}

void store_batch_put(struct store_batch *b, const void *rec)
{
    int status = put(b, rec);

    if (b->status == 0)
        b->status = status;
}

void store_batch_delete(struct store_batch *b, uint32_t type, int64_t id, int64_t rev)
{
    row_new(b, IPAM_ROW_DELETE, type, id, rev);
}

void store_batch_log(struct store_batch *b, int64_t rev, int64_t time_ms, struct ipam_bytes body)
{
    struct ipam_log_row *row = arena_alloc(&b->arena, sizeof(*row));
    const uint8_t *copy = (const uint8_t *)arena_memdup(&b->arena, body.data, body.len);

    if (!row || !copy) {
        b->status = IPAM_E_NOMEM;
        return;
    }
    *row = (struct ipam_log_row){
        .size = sizeof(*row), .rev = rev, .time_ms = time_ms, .body = { copy, body.len }
    };
    b->logs = grow(b->logs, b->log_count, &b->log_cap);
    b->logs[b->log_count++] = row;
}

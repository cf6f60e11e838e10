/* storage_load.c - null-storage: taking a dump, forgetting entries, looking for damage, figures.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_number(uint8_t *at, uint64_t n, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        at[i] = (uint8_t)(n >> (i * 8));
}

/* Numbers as little-endian bytes: 4 of the type, 8 of the id, 8 of the revision; then the body. */
void storage_digest(struct blake2b *b, uint32_t type, int64_t id, int64_t rev, struct ipam_bytes body)
{
    uint8_t head[20];

    put_number(head, type, 4);
    put_number(head + 4, (uint64_t)id, 8);
    put_number(head + 12, (uint64_t)rev, 8);
    blake2b_add(b, head, sizeof(head));
    blake2b_add(b, body.data, body.len);
}

/* The columns of a row that came without: they are read from its body. */
struct columns {
    struct ipam_bytes *values;
    uint8_t *memory;
    size_t used, room;
    bool failed;
};

static void on_column(void *user, uint32_t place, struct ipam_bytes value)
{
    struct columns *c = user;

    if (c->used + value.len > c->room) {
        c->failed = true;
        return;
    }
    if (value.len)
        memcpy(c->memory + c->used, value.data, value.len);
    c->values[place] = (struct ipam_bytes){ c->memory + c->used, value.len };
    c->used += value.len;
}

/* Calls `use` with the columns as the body has them; they take less room than twice the body and some. */
static int32_t with_columns(const struct ipam_schema *schema, const struct ipam_table *table,
                            struct ipam_bytes body, bool (*use)(void *user, const struct ipam_bytes *columns),
                            void *user)
{
    struct columns c = { .room = 2 * body.len + 64 * (size_t)table->column_count + 64 };
    int32_t status = IPAM_E_NOMEM;

    c.values = calloc(table->column_count + 1u, sizeof(*c.values));
    c.memory = malloc(c.room);
    if (c.values && c.memory)
        status = schema->columns(table, body, on_column, &c);
    if (status == IPAM_OK && (c.failed || !use(user, c.values)))
        status = IPAM_E_NOMEM;
    free(c.values);
    free(c.memory);
    return status;
}

struct new_row {
    const struct ipam_row *row;
    uint32_t column_count;
    struct cell *cell;
};

static bool make_cell(void *user, const struct ipam_bytes *columns)
{
    struct new_row *n = user;

    n->cell = cell_new(n->row->type, n->row->id, n->row->rev, n->row->body, columns, n->column_count);
    return n->cell != NULL;
}

struct cell *storage_cell(const struct ipam_schema *schema, const struct ipam_row *row)
{
    const struct ipam_table *table = schema->tables[table_of(schema, row->type)];
    struct new_row n = { .row = row, .column_count = table->column_count };

    return with_columns(schema, table, row->body, make_cell, &n) == IPAM_OK ? n.cell : NULL;
}

/* A version says since when it was there; if it does not, since the one before it was replaced. */
static void add_version(struct content *c, struct cell *cell, const struct ipam_row *row)
{
    cell->gone = cell->rev;
    cell->rev = 0;
    for (unsigned i = 0; row->columns && i < 8; i++)
        cell->rev |= (int64_t)((uint64_t)row->columns[0].data[i] << (8 * i));
    for (size_t i = c->versions.count; i > 0 && !row->columns && cell->rev == 0; i--)
        if (c->versions.items[i - 1]->type == cell->type && c->versions.items[i - 1]->id == cell->id)
            cell->rev = c->versions.items[i - 1]->gone;
    cells_insert(&c->versions, c->versions.count, cell);
}

static bool good_row(const struct storage *s, const struct ipam_row *row)
{
    int table = table_of(s->schema, row->type);

    switch (row->op) {
    case IPAM_ROW_PUT:
        return table >= 0 && row->id > 0 &&
               (!row->columns || row->column_count == s->schema->tables[table]->column_count);
    case IPAM_ROW_VERSION:
        return table >= 0 && row->id > 0 &&
               (!row->columns || (row->column_count == 1 && row->columns[0].len == 8));
    case IPAM_ROW_CHANGE: return true;
    case IPAM_ROW_ENTRY: return row->columns && row->column_count == 1;
    default: return false;
    }
}

/* Makes the cell of a row and puts it where it belongs. */
static int32_t stage(struct storage *s, const struct ipam_row *row)
{
    struct content *c = &s->staged;
    struct new_row n = { .row = row };
    int table = table_of(s->schema, row->type);
    int32_t status = IPAM_OK;

    if (!good_row(s, row))
        return IPAM_E_INVAL;
    struct cells *to = row->op == IPAM_ROW_PUT       ? &c->tables[table]
                       : row->op == IPAM_ROW_VERSION ? &c->versions
                       : row->op == IPAM_ROW_ENTRY   ? &c->entries
                                                     : &c->changes;
    n.column_count = row->op == IPAM_ROW_PUT     ? s->schema->tables[table]->column_count
                     : row->op == IPAM_ROW_ENTRY ? 1
                                                 : 0;
    if (!cells_reserve(to, 1))
        return IPAM_E_NOMEM;
    if (row->op == IPAM_ROW_PUT && !row->columns)
        status = with_columns(s->schema, s->schema->tables[table], row->body, make_cell, &n);
    else if (!make_cell(&n, row->columns))
        status = IPAM_E_NOMEM;
    if (status != IPAM_OK)
        return status;
    if (row->op == IPAM_ROW_PUT)
        content_apply(c, s->schema, row->type, row->id, row->rev, n.cell);
    else if (row->op == IPAM_ROW_VERSION)
        add_version(c, n.cell, row);
    else if (row->op == IPAM_ROW_ENTRY)
        cells_insert(to, content_entry_place(c, row->id), n.cell);
    else
        cells_insert(to, cells_find(to, row->id), n.cell);
    return IPAM_OK;
}

static void unstage(struct storage *s)
{
    content_free(&s->staged);
    s->staging = false;
}

/* Begins anew, or goes on with what was begun. */
static int32_t begin(struct null_call *call, struct storage *s, uint32_t flags)
{
    if (s->inside)
        return null_fail(call, IPAM_E_BUG, "memory: a load came inside the gate; please report it");
    if (!(flags & IPAM_LOAD_FIRST))
        return s->staging
                   ? IPAM_OK
                   : null_fail(call, IPAM_E_BUG, "memory: a load goes on that never began; please report it");
    unstage(s);
    if (!content_empty(&s->now) && !(flags & IPAM_LOAD_REPLACE))
        return null_fail(call, IPAM_E_CONFLICT, "memory: the storage is not empty; load into a new one");
    if (!content_init(&s->staged, s->schema)) {
        unstage(s);
        return null_fail(call, IPAM_E_NOMEM, "memory: out of memory");
    }
    blake2b_init(&s->digest);
    s->staging = true;
    return IPAM_OK;
}

/* Puts what was staged in place, if it is all of the dump. */
static int32_t end(struct null_call *call, struct storage *s, const struct ipam_load *args)
{
    struct content former = s->now;
    uint8_t digest[32];

    blake2b_end(&s->digest, digest);
    if (memcmp(digest, args->digest, sizeof(digest)) != 0)
        return null_fail(
            call, IPAM_E_CONFLICT,
            "memory: the digest is not that of the dump: part of it is missing or damaged; nothing "
            "was loaded");
    s->staged.next_id = args->next_id;
    s->staged.head = args->head;
    pthread_mutex_lock(&s->lock);
    s->now = s->staged;
    pthread_mutex_unlock(&s->lock);
    s->staged = former;
    unstage(s);
    return IPAM_OK;
}

void storage_load(void *ctx, struct ipam_req *req, const struct ipam_load *args)
{
    struct storage *s = ctx;
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = begin(&call, s, args->flags);
    bool begun = status == IPAM_OK;
    for (uint32_t i = 0; i < args->row_count && status == IPAM_OK; i++) {
        const struct ipam_row *row = args->rows[i];

        status = stage(s, row);
        storage_digest(&s->digest, row->type, row->id, row->rev, row->body);
        if (status != IPAM_OK)
            null_fail(
                &call, status,
                "memory: row %u of a load (type %u, id %lld) cannot be taken; nothing was loaded; see that "
                "the dump is of this version, and that there is memory for it",
                (unsigned)i, (unsigned)row->type, (long long)row->id);
    }
    if (status == IPAM_OK && (args->flags & IPAM_LOAD_LAST))
        status = end(&call, s, args);
    if (begun && status != IPAM_OK)
        unstage(s);
    null_done(&call, status);
}

void storage_prune(void *ctx, struct ipam_req *req, struct ipam_log_prune *args)
{
    struct storage *s = ctx;
    struct cells *entries = &s->now.entries;
    struct null_call call;
    size_t kept = 0;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, false);
    args->ret_count = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < entries->count && status == IPAM_OK; i++) {
        struct cell *c = entries->items[i];

        if (c->type == args->log && c->id < args->before_ms) {
            cell_drop(c);
            args->ret_count++;
        } else {
            entries->items[kept++] = c;
        }
    }
    if (status == IPAM_OK)
        entries->count = kept;
    pthread_mutex_unlock(&s->lock);
    null_done(&call, status);
}

static bool same_columns(void *user, const struct ipam_bytes *columns)
{
    struct new_row *n = user;
    const struct cell *c = n->cell;

    for (uint32_t i = 0; i < c->column_count; i++)
        if (columns[i].len != c->columns[i].len ||
            (columns[i].len && memcmp(columns[i].data, c->columns[i].data, columns[i].len) != 0))
            n->column_count++; /* of those that differ */
    return true;
}

/* Whether the columns of all rows are what their bodies say. */
static int32_t verify_table(struct null_call *call, const struct storage *s, const struct ipam_table *table,
                            const struct cells *rows)
{
    struct ipam_check check = { .size = sizeof(check),
                                .type = IPAM_T_CHECK,
                                .channel = null_str(table->name) };
    char text[128];
    size_t bad = 0;

    for (size_t i = 0; i < rows->count; i++) {
        struct new_row n = { .cell = rows->items[i] };

        if (i % 1024 == 0 && call->host->cancelled(call->req))
            return null_fail(call, IPAM_E_CANCELED, "given up: the caller cancelled it");
        if (with_columns(s->schema, table, n.cell->body, same_columns, &n) != IPAM_OK || n.column_count)
            bad++;
    }
    snprintf(text, sizeof(text), "%zu rows, of which %zu have columns that are not those of their body",
             rows->count, bad);
    check.state = bad ? IPAM_CHECK_STATE_ERROR : IPAM_CHECK_STATE_OK;
    check.message = null_str(text);
    check.remedy = NULL_STR("please report it, and load a dump into a new storage");
    IPAM_SET_FIELD(&check, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&check, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_MESSAGE);
    if (bad)
        IPAM_SET_FIELD(&check, IPAM_CHECK_REMEDY);
    return null_emit(call, &check);
}

void storage_verify(void *ctx, struct ipam_req *req)
{
    struct storage *s = ctx;
    struct null_call call;
    int32_t status = IPAM_OK;

    null_begin(&call, s->host, req);
    for (uint32_t t = 0; t < s->schema->table_count && status == IPAM_OK; t++) {
        struct cells rows = { NULL, 0, 0 };

        pthread_mutex_lock(&s->lock);
        bool good = cells_share_all(&rows, &s->now.tables[t]);
        pthread_mutex_unlock(&s->lock);
        status = good ? verify_table(&call, s, s->schema->tables[t], &rows)
                      : null_fail(&call, IPAM_E_NOMEM, "memory: out of memory");
        cells_free(&rows);
    }
    null_done(&call, status);
}

void storage_stat(void *ctx, struct ipam_req *req)
{
    struct storage *s = ctx;
    uint64_t rows = 0, versions, changes, entries, head;
    struct ipam_str none = { NULL, 0 };
    struct null_call call;

    null_begin(&call, s->host, req);
    pthread_mutex_lock(&s->lock);
    for (uint32_t t = 0; t < s->schema->table_count; t++)
        rows += s->now.tables[t].count;
    versions = s->now.versions.count;
    changes = s->now.changes.count;
    entries = s->now.entries.count;
    head = (uint64_t)s->now.head;
    pthread_mutex_unlock(&s->lock);
    int32_t status = null_emit_count(&call, "rows", none, rows);
    status = status == IPAM_OK ? null_emit_count(&call, "versions", none, versions) : status;
    status = status == IPAM_OK ? null_emit_count(&call, "changes", none, changes) : status;
    status = status == IPAM_OK ? null_emit_count(&call, "entries", none, entries) : status;
    status = status == IPAM_OK ? null_emit_count(&call, "head", none, head) : status;
    null_done(&call, status);
}

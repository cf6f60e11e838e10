/* storage_read.c - null-storage: queries, the change log, the logs of entries, and dumps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <stdlib.h>
#include <string.h>

#define POLL_ROWS 1024 /* rows looked at between two looks at whether the request was cancelled */

int32_t storage_emit(struct null_call *call, const struct cell *c, uint32_t op)
{
    struct ipam_row row = {
        .size = sizeof(row), .op = op, .type = c->type, .id = c->id, .rev = c->rev, .body = c->body
    };
    uint8_t made[8];
    struct ipam_bytes column = { made, sizeof(made) };
    int32_t status;

    if (op == IPAM_ROW_VERSION) {
        for (unsigned i = 0; i < sizeof(made); i++)
            made[i] = (uint8_t)((uint64_t)c->rev >> (8 * i));
        row.rev = c->gone;
        row.columns = &column;
        row.column_count = 1;
    }
    if (op == IPAM_ROW_ENTRY) {
        row.columns = c->columns;
        row.column_count = 1;
    }
    status = call->host->row(call->req, &row);
    return status < 0 ? null_fail(call, status, "the reader wants no more rows") : IPAM_OK;
}

static int32_t polled(struct null_call *call, size_t n)
{
    return n % POLL_ROWS == 0 && call->host->cancelled(call->req)
               ? null_fail(call, IPAM_E_CANCELED, "given up: the caller cancelled it")
               : IPAM_OK;
}

static int32_t no_memory(struct null_call *call)
{
    return null_fail(call, IPAM_E_NOMEM, "out of memory for the rows of an answer; ask for fewer");
}

/* Byte strings, an absent one first. */
static int compare(struct ipam_bytes a, struct ipam_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool holds(uint32_t cmp, int order)
{
    switch (cmp) {
    case IPAM_CMP_EQ: return order == 0;
    case IPAM_CMP_LT: return order < 0;
    case IPAM_CMP_LE: return order <= 0;
    case IPAM_CMP_GT: return order > 0;
    default: return order >= 0;
    }
}

/* The id as the 8 bytes that filters compare it by. */
static struct ipam_bytes id_bytes(int64_t id, uint8_t buf[8])
{
    uint64_t n = (uint64_t)id ^ (uint64_t)1 << 63;

    for (unsigned i = 8; i > 0; i--, n >>= 8)
        buf[i - 1] = (uint8_t)n;
    return (struct ipam_bytes){ buf, 8 };
}

static bool passes(const struct ipam_table *table, const struct cell *c, const struct ipam_filter *f)
{
    uint8_t buf[8];
    struct ipam_bytes have = f->column ? c->columns[column_of(table, f->column)] : id_bytes(c->id, buf);

    if (have.len == 0) /* absent: equal to absence alone */
        return f->cmp == IPAM_CMP_EQ && f->value.len == 0;
    if (f->cmp == IPAM_CMP_PREFIX)
        return have.len >= f->value.len &&
               (f->value.len == 0 || memcmp(have.data, f->value.data, f->value.len) == 0);
    return holds(f->cmp, compare(have, f->value));
}

static bool good_filter(const struct ipam_table *table, const struct ipam_filter *f)
{
    if (f->column == 0)
        return f->value.len == 8 && f->cmp >= IPAM_CMP_EQ && f->cmp <= IPAM_CMP_GE;
    return column_of(table, f->column) >= 0 && f->cmp >= IPAM_CMP_EQ && f->cmp <= IPAM_CMP_PREFIX;
}

/* A row and what it is sorted by: qsort knows nothing else. */
struct sorted {
    struct cell *cell;
    struct ipam_bytes value;
    int sign; /* -1: descending */
};

static int by_value(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    int order = compare(a->value, b->value);

    if (order == 0)
        order = (a->cell->id > b->cell->id) - (a->cell->id < b->cell->id);
    return order * a->sign;
}

struct query {
    struct null_call *call;
    struct ipam_query *args;
    const struct ipam_table *table;
    int order;  /* column; -1: id */
    int64_t at; /* the revision that is wanted; 0: now */
};

static struct sorted sorted_of(const struct query *q, struct cell *c)
{
    return (struct sorted){ .cell = c,
                            .value = q->order < 0 ? (struct ipam_bytes){ NULL, 0 } : c->columns[q->order],
                            .sign = q->args->flags & IPAM_QUERY_DESCENDING ? -1 : 1 };
}

static bool after(const struct query *q, struct cell *c)
{
    struct cell last = { .id = q->args->after_id };
    struct sorted from = sorted_of(q, c), to = { .cell = &last, .sign = from.sign };

    if (q->order >= 0)
        to.value = q->args->after_value;
    return q->args->after_id == 0 || by_value(&from, &to) > 0;
}

/* Whether a row, or an old version of one, was what stood there at the revision. */
static bool stood(const struct query *q, const struct cell *c, bool old)
{
    if (c->type != q->args->type)
        return false;
    return q->at ? c->rev <= q->at && (!old || c->gone > q->at) : !old;
}

/* References to the rows that pass, and how many do in all; with the lock. */
static int32_t collect(struct query *q, const struct cells *rows, bool old, struct cells *found,
                       int64_t *total)
{
    int32_t status = IPAM_OK;

    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++) {
        struct cell *c = rows->items[i];
        bool good = stood(q, c, old);

        for (uint32_t k = 0; good && k < q->args->filter_count; k++)
            good = passes(q->table, c, q->args->filters[k]);
        *total += good;
        if (good && after(q, c) && !cells_share(found, c))
            return no_memory(q->call);
        status = polled(q->call, i);
    }
    return status;
}

static int32_t emit_sorted(struct query *q, const struct cells *found, size_t limit)
{
    struct sorted *list = calloc(found->count + 1, sizeof(*list));
    int32_t status = list ? IPAM_OK : no_memory(q->call);

    for (size_t i = 0; list && i < found->count; i++)
        list[i] = sorted_of(q, found->items[i]);
    if (list)
        qsort(list, found->count, sizeof(*list), by_value);
    for (size_t i = 0; i < limit && status == IPAM_OK; i++) {
        status = polled(q->call, i);
        if (status == IPAM_OK)
            status = storage_emit(q->call, list[i].cell, 0);
    }
    free(list);
    return status;
}

/* Fails for what no table has; IPAM_OK otherwise. */
static int32_t check(struct query *q, const struct ipam_schema *schema)
{
    int table = table_of(schema, q->args->type);
    bool good = table >= 0 && q->args->reader < STORAGE_READERS;

    q->order = -1;
    if (good) {
        q->table = schema->tables[table];
        q->order = q->args->order ? column_of(q->table, q->args->order) : -1;
        good = (q->args->order == 0 || q->order >= 0) && (!q->at || q->table->versions);
    }
    for (uint32_t i = 0; good && i < q->args->filter_count; i++)
        good = good_filter(q->table, q->args->filters[i]);
    return good
               ? IPAM_OK
               : null_fail(q->call, IPAM_E_INVAL,
                           "memory: a query of type %u compares or orders by what is no column, asks a table "
                           "without versions for the past, or names a reader above %d; please report it",
                           (unsigned)q->args->type, STORAGE_READERS - 1);
}

void storage_query(void *ctx, struct ipam_req *req, struct ipam_query *args)
{
    struct storage *s = ctx;
    struct null_call call;
    struct query q = { .call = &call, .args = args };
    struct cells found = { NULL, 0, 0 };
    int64_t total = 0;

    null_begin(&call, s->host, req);
    q.at = IPAM_HAS(args, at) ? args->at : 0;
    int32_t status = check(&q, s->schema);
    if (status == IPAM_OK) {
        pthread_mutex_lock(&s->lock);
        args->ret_head = q.at && q.at < s->now.head ? q.at : s->now.head;
        status = collect(&q, &s->now.tables[table_of(s->schema, args->type)], false, &found, &total);
        if (status == IPAM_OK && q.at)
            status = collect(&q, &s->now.versions, true, &found, &total);
        pthread_mutex_unlock(&s->lock);
        if (args->flags & IPAM_QUERY_TOTAL)
            args->ret_total = total;
        size_t limit = args->limit && args->limit < found.count ? args->limit : found.count;
        args->ret_count = (int64_t)limit;
        if (status == IPAM_OK && !(args->flags & IPAM_QUERY_COUNT))
            status = emit_sorted(&q, &found, limit);
    }
    cells_free(&found);
    null_done(&call, status);
}

/* Emits what was collected, in order or backwards. */
static int32_t emit_all(struct null_call *call, const struct cells *found, bool descending, uint32_t limit,
                        uint32_t op)
{
    size_t count = limit && limit < found->count ? limit : found->count;
    int32_t status = IPAM_OK;

    for (size_t i = 0; i < count && status == IPAM_OK; i++) {
        status = polled(call, i);
        if (status == IPAM_OK)
            status = storage_emit(call, found->items[descending ? found->count - 1 - i : i], op);
    }
    return status;
}

void storage_changes(void *ctx, struct ipam_req *req, struct ipam_changes *args)
{
    struct storage *s = ctx;
    bool descending = args->flags & IPAM_QUERY_DESCENDING;
    int64_t above = descending ? 0 : args->after, upto = args->upto ? args->upto : INT64_MAX;
    struct cells found = { NULL, 0, 0 };
    struct null_call call;
    int32_t status = IPAM_OK;

    null_begin(&call, s->host, req);
    if (descending && args->after && args->after - 1 < upto)
        upto = args->after - 1;
    pthread_mutex_lock(&s->lock);
    args->ret_head = s->now.head;
    args->ret_count = (int64_t)s->now.changes.count;
    for (size_t i = cells_find(&s->now.changes, above + 1); i < s->now.changes.count; i++) {
        if (s->now.changes.items[i]->id > upto)
            break;
        if (!cells_share(&found, s->now.changes.items[i])) {
            status = no_memory(&call);
            break;
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (status == IPAM_OK)
        status = emit_all(&call, &found, descending, args->limit, 0);
    cells_free(&found);
    null_done(&call, status);
}

void storage_log_query(void *ctx, struct ipam_req *req, struct ipam_log_query *args)
{
    struct storage *s = ctx;
    struct cells found = { NULL, 0, 0 };
    struct null_call call;
    int32_t status = IPAM_OK;

    null_begin(&call, s->host, req);
    pthread_mutex_lock(&s->lock);
    for (size_t i = cells_find(&s->now.entries, args->from_ms); i < s->now.entries.count && status == IPAM_OK;
         i++) {
        struct cell *c = s->now.entries.items[i];

        if (c->id >= args->to_ms)
            break;
        if (c->type == args->log && (args->key.len == 0 || compare(c->columns[0], args->key) == 0) &&
            !cells_share(&found, c))
            status = no_memory(&call);
        else
            status = polled(&call, i);
    }
    pthread_mutex_unlock(&s->lock);
    args->ret_count = (int64_t)(args->limit && args->limit < found.count ? args->limit : found.count);
    if (status == IPAM_OK && !(args->flags & IPAM_QUERY_COUNT))
        status = emit_all(&call, &found, args->flags & IPAM_QUERY_DESCENDING, args->limit, 0);
    cells_free(&found);
    null_done(&call, status);
}

static int32_t dump_part(struct null_call *call, const struct cells *part, uint32_t op,
                         struct ipam_dump *args, struct blake2b *digest)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct cell *c = part->items[i];
        int32_t status = polled(call, i);

        if (status == IPAM_OK)
            status = storage_emit(call, c, op);
        if (status != IPAM_OK)
            return status;
        storage_digest(digest, c->type, c->id, op == IPAM_ROW_VERSION ? c->gone : c->rev, c->body);
        args->ret_count++;
    }
    return IPAM_OK;
}

void storage_dump(void *ctx, struct ipam_req *req, struct ipam_dump *args)
{
    static const uint32_t ops[] = { IPAM_ROW_PUT, IPAM_ROW_VERSION, IPAM_ROW_CHANGE, IPAM_ROW_ENTRY };
    struct storage *s = ctx;
    struct cells parts[4] = { { NULL, 0, 0 } };
    struct blake2b digest;
    struct null_call call;
    bool good = true;

    null_begin(&call, s->host, req);
    blake2b_init(&digest);
    args->ret_count = 0;
    pthread_mutex_lock(&s->lock);
    args->ret_head = s->now.head;
    if (args->size >= offsetof(struct ipam_dump, ret_next_id) + sizeof(args->ret_next_id))
        args->ret_next_id = s->now.next_id;
    for (uint32_t i = 0; i < s->schema->table_count && good; i++)
        good = cells_share_all(&parts[0], &s->now.tables[i]);
    good = good && cells_share_all(&parts[1], &s->now.versions) &&
           cells_share_all(&parts[2], &s->now.changes) && cells_share_all(&parts[3], &s->now.entries);
    pthread_mutex_unlock(&s->lock);
    int32_t status = good ? IPAM_OK : no_memory(&call);
    for (unsigned i = 0; i < 4; i++) {
        if (status == IPAM_OK)
            status = dump_part(&call, &parts[i], ops[i], args, &digest);
        cells_free(&parts[i]);
    }
    blake2b_end(&digest, args->ret_digest);
    null_done(&call, status);
}

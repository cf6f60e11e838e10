/* storage.c - null-storage: opening, the gate, and the descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All or nothing without an undo: what a batch needs is looked at and allocated first, and what then is done
 * cannot fail. Durable here means: for as long as the process lives, also after close. */
#include "storage.h"

#include <stdlib.h>
#include <string.h>

static void storage_close(void *ctx)
{
    struct storage *s = ctx;

    storage_leave(s);
    content_free(&s->staged);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int32_t storage_open(struct ipam_inst *inst, const struct ipam_host *host,
                            const struct ipam_schema *schema, void **ret_ctx)
{
    struct storage *s = calloc(1, sizeof(*s));

    if (!s)
        return IPAM_E_NOMEM;
    s->host = host;
    s->inst = inst;
    s->schema = schema;
    s->capacity = (uint64_t)null_option_int(host, inst, "capacity");
    int32_t status = storage_take(s, null_option_text(host, inst, "name"));
    if (status != IPAM_OK) {
        free(s);
        return status;
    }
    pthread_mutex_init(&s->lock, NULL);
    host->log(
        inst, 4, "null-storage-memory",
        "what is stored is in memory and gone when the process ends; use another storage for what must stay");
    *ret_ctx = s;
    return IPAM_OK;
}

/* IPAM_OK when the gate is as the call needs it. */
int32_t storage_gate_is(struct null_call *call, const struct storage *s, bool inside)
{
    return s->inside == inside
               ? IPAM_OK
               : null_fail(call, IPAM_E_BUG,
                           "memory: a gate call came out of order (the gate is %s); please report it",
                           s->inside ? "open" : "closed");
}

/* What changed above a revision, in order of revisions. */
struct change {
    const struct cell *cell;
    uint32_t op;
    int64_t rev;
};

static int by_rev(const void *a, const void *b)
{
    const struct change *x = a, *y = b;

    return (x->rev > y->rev) - (x->rev < y->rev);
}

static bool is_there(const struct storage *s, uint32_t type, int64_t id)
{
    const struct cells *rows = &s->now.tables[table_of(s->schema, type)];
    size_t at = cells_find(rows, id);

    return at < rows->count && rows->items[at]->id == id;
}

/* A row that is gone was there at `head` when one of its versions spans it; it went with its last version. */
static size_t deleted_since(const struct storage *s, int64_t head, struct change *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < s->now.versions.count; i++) {
        const struct cell *c = s->now.versions.items[i];

        if (c->rev > head || c->gone <= head || is_there(s, c->type, c->id))
            continue;
        ret[count] = (struct change){ .cell = c, .op = IPAM_ROW_DELETE, .rev = c->gone };
        for (size_t k = i + 1; k < s->now.versions.count; k++)
            if (s->now.versions.items[k]->type == c->type && s->now.versions.items[k]->id == c->id)
                ret[count].rev = s->now.versions.items[k]->gone;
        count++;
    }
    return count;
}

static int32_t emit_changed(struct null_call *call, const struct storage *s, int64_t head)
{
    size_t most = s->now.versions.count + 1, count;
    int32_t status = IPAM_OK;

    for (uint32_t t = 0; t < s->schema->table_count; t++)
        most += s->now.tables[t].count;
    struct change *list = calloc(most, sizeof(*list));
    if (!list)
        return null_fail(call, IPAM_E_NOMEM, "memory: out of memory");
    count = deleted_since(s, head, list);
    for (uint32_t t = 0; t < s->schema->table_count; t++)
        for (size_t i = 0; i < s->now.tables[t].count; i++)
            if (s->now.tables[t].items[i]->rev > head)
                list[count++] = (struct change){ s->now.tables[t].items[i], IPAM_ROW_PUT,
                                                 s->now.tables[t].items[i]->rev };
    qsort(list, count, sizeof(*list), by_rev);
    for (size_t i = 0; i < count && status == IPAM_OK; i++) {
        struct ipam_row row = { .size = sizeof(row),
                                .op = list[i].op,
                                .type = list[i].cell->type,
                                .id = list[i].cell->id,
                                .rev = list[i].rev };

        if (row.op == IPAM_ROW_PUT)
            row.body = list[i].cell->body;
        status = call->host->row(call->req, &row);
    }
    free(list);
    return status < 0 ? null_fail(call, status, "the reader wants no more rows") : IPAM_OK;
}

static void storage_enter(void *ctx, struct ipam_req *req, struct ipam_gate_enter *args)
{
    struct storage *s = ctx;
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, false);
    if (status == IPAM_OK && args->head > s->now.head)
        status =
            null_fail(&call, IPAM_E_IO,
                      "memory: it holds revision %lld, but revision %lld was there before: it is not the one "
                      "that was opened; start the service again",
                      (long long)s->now.head, (long long)args->head);
    args->ret_clock_ms = null_clock_ms();
    args->ret_next_id = s->now.next_id;
    args->ret_head = s->now.head;
    if (status == IPAM_OK && args->head < s->now.head)
        status = emit_changed(&call, s, args->head);
    s->inside = s->inside || status == IPAM_OK;
    null_done(&call, status);
}

static int32_t get_one(struct null_call *call, const struct storage *s, const struct ipam_key *key)
{
    int table = table_of(s->schema, key->type), column = -1;
    int32_t status = IPAM_OK;

    if (table >= 0 && key->id == 0)
        column = column_of(s->schema->tables[table], key->column);
    if (table < 0 || (key->id == 0 && column < 0))
        return null_fail(call, IPAM_E_INVAL,
                         "memory: no table of type %u has a column of field %u; please report it",
                         (unsigned)key->type, (unsigned)key->column);
    const struct cells *rows = &s->now.tables[table];
    for (size_t i = key->id ? cells_find(rows, key->id) : 0; i < rows->count && status == IPAM_OK; i++) {
        const struct cell *c = rows->items[i];

        if (key->id ? c->id == key->id
                    : key->value.len && c->columns[column].len == key->value.len &&
                          memcmp(c->columns[column].data, key->value.data, key->value.len) == 0)
            status = storage_emit(call, c, 0);
        if (key->id)
            break;
    }
    return status;
}

static void storage_get(void *ctx, struct ipam_req *req, const struct ipam_gate_get *args)
{
    struct storage *s = ctx;
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, true);
    for (uint32_t i = 0; i < args->count && status == IPAM_OK; i++)
        status = get_one(&call, s, args->keys[i]);
    null_done(&call, status);
}

/* A batch ready to be done: a cell for each row that is put, each change set and each entry. */
struct batch {
    const struct ipam_gate_commit *args;
    uint32_t entry_count;
    struct cell **rows, **logs, **entries;
};

static void batch_free(struct batch *b)
{
    for (uint32_t i = 0; b->rows && i < b->args->row_count; i++)
        cell_drop(b->rows[i]);
    for (uint32_t i = 0; b->logs && i < b->args->log_count; i++)
        cell_drop(b->logs[i]);
    for (uint32_t i = 0; b->entries && i < b->entry_count; i++)
        cell_drop(b->entries[i]);
    free(b->rows);
    free(b->logs);
    free(b->entries);
}

static bool good_row(const struct storage *s, const struct ipam_row *row)
{
    int table = table_of(s->schema, row->type);

    if (table < 0 || row->id <= 0)
        return false;
    return row->op == IPAM_ROW_DELETE ||
           (row->op == IPAM_ROW_PUT && row->column_count == s->schema->tables[table]->column_count);
}

static int32_t check_batch(struct null_call *call, const struct storage *s,
                           const struct ipam_gate_commit *args)
{
    const struct cells *changes = &s->now.changes;
    int64_t last = changes->count ? changes->items[changes->count - 1]->rev : 0;
    uint64_t rows = 0;

    for (uint32_t t = 0; t < s->schema->table_count; t++)
        rows += s->now.tables[t].count;
    for (uint32_t i = 0; i < args->row_count; i++) {
        const struct ipam_row *row = args->rows[i];

        if (!good_row(s, row))
            return null_fail(
                call, IPAM_E_INVAL,
                "memory: the batch has a row (type %u, id %lld, operation %u, %u columns) that does not "
                "fit the schema; nothing was changed; please report it",
                (unsigned)row->type, (long long)row->id, (unsigned)row->op, (unsigned)row->column_count);
        rows += row->op == IPAM_ROW_PUT && !is_there(s, row->type, row->id);
    }
    for (uint32_t i = 0; i < args->log_count; last = args->logs[i++]->rev)
        if (args->logs[i]->rev <= last)
            return null_fail(
                call, IPAM_E_CONFLICT,
                "memory: revision %lld is in the change log already; nothing was changed; please report it",
                (long long)args->logs[i]->rev);
    if (rows > s->capacity)
        return null_fail(call, IPAM_E_NOSPC,
                         "memory: no room for more than %llu rows (option capacity); nothing was changed",
                         (unsigned long long)s->capacity);
    return IPAM_OK;
}

static bool make_cells(struct storage *s, struct batch *b)
{
    const struct ipam_gate_commit *args = b->args;
    bool good = b->rows && b->logs && b->entries && cells_reserve(&s->now.versions, args->row_count) &&
                cells_reserve(&s->now.changes, args->log_count) &&
                cells_reserve(&s->now.entries, b->entry_count);

    for (uint32_t i = 0; i < s->schema->table_count && good; i++)
        good = cells_reserve(&s->now.tables[i], args->row_count);
    for (uint32_t i = 0; i < args->row_count && good; i++) {
        const struct ipam_row *r = args->rows[i];

        if (r->op == IPAM_ROW_DELETE)
            continue;
        b->rows[i] = cell_new(r->type, r->id, r->rev, r->body, r->columns, r->column_count);
        good = b->rows[i] != NULL;
    }
    for (uint32_t i = 0; i < args->log_count && good; i++) {
        b->logs[i] =
            cell_new(IPAM_T_CHANGE, args->logs[i]->rev, args->logs[i]->rev, args->logs[i]->body, NULL, 0);
        good = b->logs[i] != NULL;
    }
    for (uint32_t i = 0; i < b->entry_count && good; i++) {
        const struct ipam_log_entry *e = args->entries[i];

        b->entries[i] = cell_new(e->log, e->time_ms, 0, e->body, &e->key, 1);
        good = b->entries[i] != NULL;
    }
    return good;
}

/* The steps that cannot fail; with the lock. */
static void do_batch(struct storage *s, struct batch *b)
{
    const struct ipam_gate_commit *args = b->args;

    for (uint32_t i = 0; i < args->row_count; i++) {
        content_apply(&s->now, s->schema, args->rows[i]->type, args->rows[i]->id, args->rows[i]->rev,
                      b->rows[i]);
        b->rows[i] = NULL;
    }
    for (uint32_t i = 0; i < args->log_count; i++) {
        cells_insert(&s->now.changes, s->now.changes.count, b->logs[i]);
        b->logs[i] = NULL;
    }
    for (uint32_t i = 0; i < b->entry_count; i++) {
        cells_insert(&s->now.entries, content_entry_place(&s->now, b->entries[i]->id), b->entries[i]);
        b->entries[i] = NULL;
    }
    s->now.next_id = args->next_id;
    s->now.head = args->head;
    memcpy(s->batches[s->batch_count++ % STORAGE_BATCHES], args->batch_id, 16);
}

static void storage_commit(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *args)
{
    struct storage *s = ctx;
    struct batch b = { .args = args };
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, true);
    if (status == IPAM_OK)
        status = check_batch(&call, s, args);
    if (status == IPAM_OK) {
        b.entry_count = IPAM_HAS(args, entries) ? args->entry_count : 0;
        b.rows = calloc(args->row_count + 1u, sizeof(*b.rows));
        b.logs = calloc(args->log_count + 1u, sizeof(*b.logs));
        b.entries = calloc(b.entry_count + 1u, sizeof(*b.entries));
        pthread_mutex_lock(&s->lock);
        if (make_cells(s, &b))
            do_batch(s, &b);
        else
            status = null_fail(&call, IPAM_E_NOSPC, "memory: out of memory for a batch; nothing was changed");
        pthread_mutex_unlock(&s->lock);
        batch_free(&b);
    }
    s->inside = false; /* whatever the status */
    null_done(&call, status);
}

static void storage_abort(void *ctx, struct ipam_req *req)
{
    struct storage *s = ctx;
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, true);
    s->inside = false;
    null_done(&call, status);
}

static void storage_outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args)
{
    struct storage *s = ctx;
    struct null_call call;

    null_begin(&call, s->host, req);
    int32_t status = storage_gate_is(&call, s, false);
    args->ret_outcome = status == IPAM_OK ? IPAM_OUTCOME_ABSENT : IPAM_OUTCOME_UNKNOWN;
    for (size_t i = 0; i < STORAGE_BATCHES && i < s->batch_count && status == IPAM_OK; i++)
        if (memcmp(s->batches[i], args->batch_id, 16) == 0)
            args->ret_outcome = IPAM_OUTCOME_COMMITTED;
    null_done(&call, status);
}

static const struct ipam_option name = NULL_OPTION(IPAM_OPT_TEXT, "name", "null", 0, 0, NULL,
                                                   "what it is kept under as long as the process lives"),
                                capacity =
                                    NULL_OPTION(IPAM_OPT_INT, "capacity", "100000000", 0, INT64_MAX, NULL,
                                                "rows there is room for, so that it can be full");
static const struct ipam_option *const options[] = { &name, &capacity, NULL };

static const struct ipam_storage_ops ops = {
    .size = sizeof(ops),
    .readers = STORAGE_READERS,
    .capabilities = IPAM_STORAGE_CAP_LOGS | IPAM_STORAGE_CAP_DUMP | IPAM_STORAGE_CAP_VERIFY |
                    IPAM_STORAGE_CAP_STATS | IPAM_STORAGE_CAP_AT,
    .open = storage_open,
    .close = storage_close,
    .gate_enter = storage_enter,
    .gate_get = storage_get,
    .gate_commit = storage_commit,
    .gate_abort = storage_abort,
    .outcome = storage_outcome,
    .query = storage_query,
    .changes = storage_changes,
    .log_query = storage_log_query,
    .log_prune = storage_prune,
    .dump = storage_dump,
    .load = storage_load,
    .verify = storage_verify,
    .stat = storage_stat,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-storage",
                                               .version = NULL_VERSION,
                                               .summary = "storage in memory: gone when the process ends",
                                               .options = options,
                                               .storage = &ops };

    return &plugin;
}

/* gate.c - the one write transaction: enter, read, commit, abort.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The log is written back to the database when it holds this many pages, after the answer and before the next
 * batch. Where a reader kept it from starting anew, again after each so many more. */
#define CHECKPOINT_PAGES 4000
#define CHECKPOINT_AGAIN 1000

static int64_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int on_commit(void *user, sqlite3 *db, const char *name, int pages)
{
    struct sq_ctx *ctx = user;

    (void)db;
    (void)name;
    if (pages < ctx->wal_pages)
        ctx->wal_due = CHECKPOINT_PAGES;
    ctx->wal_pages = pages;
    return SQLITE_OK;
}

static int32_t read_batches(struct sq_ctx *ctx, struct sq_error *err)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_cached(&ctx->writer, "SELECT batches FROM ipam_meta", &stmt, err);

    if (status != IPAM_OK)
        return status;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        struct ipam_bytes all = sq_column_bytes(stmt, 0);

        if (all.len)
            memcpy(ctx->batches, all.data, all.len < sizeof(ctx->batches) ? all.len : sizeof(ctx->batches));
    } else {
        status = sq_fail(&ctx->writer, "cannot read its batches", err);
    }
    sqlite3_reset(stmt);
    return status;
}

int32_t sq_gate_prepare(struct sq_ctx *ctx, struct sq_error *err)
{
    static const char append[] = "INSERT INTO ipam_log(rev, time, body, sum) VALUES(?, ?, ?, ?)";
    static const char bookkeep[] = "UPDATE ipam_meta SET next_id=?, head=?, changes=changes+?, batches=?";
    int32_t status = sq_prepare(&ctx->writer, append, &ctx->append, err);

    if (status == IPAM_OK)
        status = sq_prepare(&ctx->writer, bookkeep, &ctx->bookkeep, err);
    if (status == IPAM_OK)
        status = read_batches(ctx, err);
    for (uint32_t i = 0; status == IPAM_OK && i < ctx->schema->table_count; i++)
        status = sq_write_prepare(ctx, &ctx->tables[i], err);
    ctx->wal_due = CHECKPOINT_PAGES;
    sqlite3_wal_hook(ctx->writer.db, on_commit, ctx);
    return status;
}

void sq_gate_release(struct sq_ctx *ctx)
{
    sqlite3_finalize(ctx->append);
    sqlite3_finalize(ctx->bookkeep);
    for (uint32_t i = 0; ctx->tables && i < ctx->schema->table_count; i++)
        sq_write_release(&ctx->tables[i]);
    ctx->append = ctx->bookkeep = NULL;
}

void sq_give_up(struct sq_ctx *ctx, const struct sq_error *err)
{
    if (atomic_exchange(&ctx->giving_up, true))
        return;
    ctx->why = *err;
    atomic_store_explicit(&ctx->broken, true, memory_order_release);
    ctx->host->log(ctx->inst, 3, "sqlite-broken", err->text);
}

static void leave(struct sq_ctx *ctx)
{
    sq_rollback(&ctx->writer);
    ctx->inside = false;
}

/* Ends a request of the gate that failed. */
static void end_failed(struct sq_ctx *ctx, struct ipam_req *req, const struct sq_error *err)
{
    if (err->status == IPAM_E_IO)
        sq_give_up(ctx, err);
    sq_done(ctx, req, err);
}

/* True when the gate is as the call needs it; else the request has been ended. */
static bool gate_is(struct sq_ctx *ctx, struct ipam_req *req, bool inside)
{
    struct sq_error err;

    if (!sq_usable(ctx, req))
        return false;
    if (ctx->inside == inside)
        return true;
    sq_refuse(&err, IPAM_E_BUG, "%s: a gate call came out of order (the gate is %s); please report it",
              ctx->path, ctx->inside ? "open" : "closed");
    sq_done(ctx, req, &err);
    return false;
}

static int32_t emit_all(struct sq_ctx *ctx, struct ipam_req *req, uint32_t type, uint32_t op,
                        sqlite3_stmt *stmt, struct sq_error *err)
{
    int32_t status = IPAM_OK;
    int rc = SQLITE_DONE;

    while (status == IPAM_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        status = sq_emit(ctx, req, type, op, stmt, err);
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(&ctx->writer, "cannot read a row", err);
    sqlite3_reset(stmt);
    return status;
}

static int32_t read_head(struct sq_ctx *ctx, struct ipam_gate_enter *args, struct sq_error *err)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_cached(&ctx->writer, "SELECT next_id, head FROM ipam_meta", &stmt, err);

    if (status != IPAM_OK)
        return status;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        args->ret_next_id = sqlite3_column_int64(stmt, 0);
        args->ret_head = sqlite3_column_int64(stmt, 1);
        args->ret_clock_ms = clock_ms();
    } else {
        status = sq_fail(&ctx->writer, "cannot read its head", err);
    }
    sqlite3_reset(stmt);
    return status;
}

/* Rows put and rows deleted above ?1, in order of revision. A row that is gone was there at ?1 when one of
 * its versions spans it. What has no versions leaves no trace when it goes: one process has the file, and it
 * knows what it deleted. */
static void changed_sql(const struct sq_ctx *ctx, struct sq_sql *s)
{
    const char *all = "";

    sq_sql_add(s, "SELECT id, rev, body, sum, type, op FROM (");
    for (uint32_t i = 0; i < ctx->schema->table_count; i++) {
        const struct ipam_table *def = ctx->tables[i].def;

        sq_sql_add(s, "%sSELECT id, rev, body, sum, %u AS type, %d AS op FROM \"%s\" WHERE rev>?1", all,
                   def->type, IPAM_ROW_PUT, def->name);
        all = " UNION ALL ";
        if (def->versions)
            sq_sql_add(s,
                       "%sSELECT id, (SELECT max(rev_to) FROM ipam_version WHERE type=v.type AND id=v.id), "
                       "x'', 0, type, %d FROM ipam_version AS v WHERE type=%u AND rev_from<=?1 AND rev_to>?1 "
                       "AND id NOT IN (SELECT id FROM \"%s\")",
                       all, IPAM_ROW_DELETE, def->type, def->name);
    }
    sq_sql_add(s, ") ORDER BY rev");
}

static int32_t emit_changed(struct sq_ctx *ctx, struct ipam_req *req, int64_t head, struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };
    sqlite3_stmt *stmt;
    int rc = SQLITE_DONE;

    changed_sql(ctx, &s);
    if (s.failed)
        return sq_refuse(err, IPAM_E_TOOBIG, "%s: the schema has too many tables", ctx->path);
    int32_t status = sq_prepare(&ctx->writer, s.text, &stmt, err);
    if (status != IPAM_OK)
        return status;
    sqlite3_bind_int64(stmt, 1, head);
    while (status == IPAM_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        uint32_t type = (uint32_t)sqlite3_column_int(stmt, 4), op = (uint32_t)sqlite3_column_int(stmt, 5);

        status = sq_emit(ctx, req, type, op, stmt, err);
    }
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(&ctx->writer, "cannot read what changed", err);
    sqlite3_finalize(stmt);
    return status;
}

static int32_t get_one(struct sq_ctx *ctx, struct ipam_req *req, const struct ipam_key *key,
                       struct sq_error *err)
{
    const struct sq_table *t = sq_table_find(ctx, key->type);
    const char *column = t && !key->id ? sq_column_name(t, key->column) : NULL;
    sqlite3_stmt *stmt;
    char sql[3 * SQ_NAME_MAX + 64];

    if (!t || (!key->id && !column))
        return sq_refuse(err, IPAM_E_INVAL,
                         "%s: no table of type %u has a column of field %u; please report it", ctx->path,
                         key->type, key->column);
    if (key->id)
        snprintf(sql, sizeof(sql), "SELECT id, rev, body, sum FROM \"%s\" WHERE id=?", t->def->name);
    else
        snprintf(sql, sizeof(sql), "SELECT id, rev, body, sum FROM \"%s\" WHERE \"%s\"=? ORDER BY id",
                 t->def->name, column);
    int32_t status = sq_cached(&ctx->writer, sql, &stmt, err);
    if (status != IPAM_OK)
        return status;
    if (key->id)
        sqlite3_bind_int64(stmt, 1, key->id);
    else
        sq_bind_bytes(stmt, 1, key->value);
    return emit_all(ctx, req, key->type, 0, stmt, err);
}

static int32_t get_all(struct sq_ctx *ctx, struct ipam_req *req, const struct ipam_key *const *keys,
                       uint32_t count, struct sq_error *err)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < count; i++)
        status = get_one(ctx, req, keys[i], err);
    return status;
}

/* What the batch will ask for, while we are at it; a caller of an older interface has no keys. */
static int32_t read_ahead(struct sq_ctx *ctx, struct ipam_req *req, struct ipam_gate_enter *args,
                          struct sq_error *err)
{
    if (args->size < offsetof(struct ipam_gate_enter, keys) + sizeof(args->keys))
        return IPAM_OK;
    args->ret_read = 1;
    return get_all(ctx, req, args->keys, args->key_count, err);
}

void sq_gate_enter(void *user, struct ipam_req *req, struct ipam_gate_enter *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };

    if (!gate_is(ctx, req, false))
        return;
    int32_t status = sq_begin(&ctx->writer, &err);
    if (status == IPAM_OK) {
        ctx->inside = true;
        status = read_head(ctx, args, &err);
        ctx->newest_id = args->ret_next_id - 1;
    }
    if (status == IPAM_OK && args->head > args->ret_head)
        status = sq_refuse(&err, IPAM_E_IO,
                           "%s: it holds revision %lld, but revision %lld was there before: the file was put "
                           "in place of the one that was opened; start the service again",
                           ctx->path, (long long)args->ret_head, (long long)args->head);
    if (status == IPAM_OK && args->head < args->ret_head)
        status = emit_changed(ctx, req, args->head, &err);
    if (status == IPAM_OK)
        status = read_ahead(ctx, req, args, &err);
    if (status != IPAM_OK) {
        leave(ctx);
        end_failed(ctx, req, &err);
        return;
    }
    sq_done(ctx, req, &err);
}

void sq_gate_get(void *user, struct ipam_req *req, const struct ipam_gate_get *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };

    if (!gate_is(ctx, req, true))
        return;
    if (get_all(ctx, req, args->keys, args->count, &err) != IPAM_OK)
        end_failed(ctx, req, &err);
    else
        sq_done(ctx, req, &err);
}

static int32_t append_log(struct sq_ctx *ctx, const struct ipam_log_row *row, struct sq_error *err)
{
    sqlite3_bind_int64(ctx->append, 1, row->rev);
    sqlite3_bind_int64(ctx->append, 2, row->time_ms);
    sq_bind_bytes(ctx->append, 3, row->body);
    sqlite3_bind_int64(ctx->append, 4, sq_sum(row->rev, row->time_ms, row->body));
    return sq_run(&ctx->writer, ctx->append, "cannot append to the change log", err);
}

/* A caller that looks at the capabilities does not get here; taking half of a batch would be worse. */
static int32_t no_logs(const struct sq_ctx *ctx, struct sq_error *err)
{
    return sq_refuse(err, IPAM_E_UNSUPPORTED,
                     "%s: logs of events are unsupported by the sqlite backend; nothing was changed",
                     ctx->path);
}

/* Writes the batch into the open transaction; `batches` is what the file then knows of the last ones. */
static int32_t apply(struct sq_ctx *ctx, const struct ipam_gate_commit *args, uint8_t batches[SQ_BATCHES][16],
                     struct sq_error *err)
{
    int32_t status = args->entry_count ? no_logs(ctx, err) : IPAM_OK;

    if (args->next_id <= ctx->newest_id)
        return sq_refuse(err, IPAM_E_INVAL,
                         "%s: the batch would give ids anew (next %lld, but %lld was given); nothing was "
                         "changed; please report it",
                         ctx->path, (long long)args->next_id, (long long)ctx->newest_id);
    if (status == IPAM_OK)
        status = sq_write_rows(ctx, args, err);
    for (uint32_t i = 0; status == IPAM_OK && i < args->log_count; i++)
        status = append_log(ctx, args->logs[i], err);
    if (status != IPAM_OK)
        return status;
    sqlite3_bind_int64(ctx->bookkeep, 1, args->next_id);
    sqlite3_bind_int64(ctx->bookkeep, 2, args->head);
    sqlite3_bind_int64(ctx->bookkeep, 3, args->log_count);
    memcpy(batches[0], args->batch_id, 16);
    memcpy(batches[1], ctx->batches, sizeof(ctx->batches) - 16);
    sqlite3_bind_blob(ctx->bookkeep, 4, batches, sizeof(ctx->batches), SQLITE_STATIC);
    return sq_run(&ctx->writer, ctx->bookkeep, "cannot write its head", err);
}

/* A COMMIT that failed is not a commit that failed: the last page may have reached the log before the sync
 * did not. Only want of space is certain, for then the frame that would commit was not written whole. */
static int32_t commit(struct sq_ctx *ctx, struct sq_error *err)
{
    int32_t status = sq_commit(&ctx->writer, err);

    if (status != IPAM_OK && status != IPAM_E_NOSPC)
        status = err->status = IPAM_E_IO;
    return status;
}

static void checkpoint(struct sq_ctx *ctx)
{
    struct sq_error err;

    ctx->wal_due = ctx->wal_pages + CHECKPOINT_AGAIN;
    if (sqlite3_wal_checkpoint_v2(ctx->writer.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK)
        return;
    if (sq_fail(&ctx->writer, "cannot write the log back to the database", &err) == IPAM_E_IO)
        sq_give_up(ctx, &err);
    else /* no space: the log keeps growing until there is */
        ctx->host->log(ctx->inst, 4, "sqlite-checkpoint", err.text);
}

void sq_gate_commit(void *user, struct ipam_req *req, const struct ipam_gate_commit *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };
    uint8_t batches[SQ_BATCHES][16];

    if (!gate_is(ctx, req, true))
        return;
    int32_t status = apply(ctx, args, batches, &err);
    if (status == IPAM_OK)
        status = commit(ctx, &err);
    leave(ctx);
    if (status != IPAM_OK) {
        end_failed(ctx, req, &err);
        return;
    }
    memcpy(ctx->batches, batches, sizeof(batches));
    sq_done(ctx, req, &err);
    if (ctx->wal_pages >= ctx->wal_due)
        checkpoint(ctx);
}

void sq_gate_abort(void *user, struct ipam_req *req)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };

    if (!gate_is(ctx, req, true))
        return;
    leave(ctx);
    sq_done(ctx, req, &err);
}

/* The last batches are known by name. After an I/O error SQLite cannot be asked: what it would read may be
 * what the kernel kept in memory, not what is on disk. */
void sq_outcome(void *user, struct ipam_req *req, struct ipam_gate_outcome *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };

    args->ret_outcome = IPAM_OUTCOME_UNKNOWN;
    if (!gate_is(ctx, req, false))
        return;
    args->ret_outcome = IPAM_OUTCOME_ABSENT;
    for (unsigned i = 0; i < SQ_BATCHES; i++)
        if (memcmp(ctx->batches[i], args->batch_id, 16) == 0)
            args->ret_outcome = IPAM_OUTCOME_COMMITTED;
    sq_done(ctx, req, &err);
}

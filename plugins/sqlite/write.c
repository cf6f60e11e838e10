/* write.c - the rows of a batch written into the open transaction.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Most rows are new, and many at once when there is much to write: those go in groups, for SQLite looks for
 * the place of each row in each index from its root unless the statement that wrote the row before still
 * stands there. */
#include "sq.h"

/* --- statements --- */

void sq_insert_sql(const struct ipam_table *def, unsigned rows, struct sq_sql *s)
{
    sq_sql_add(s, "INSERT INTO \"%s\"(id, rev, body, sum", def->name);
    for (uint32_t i = 0; i < def->column_count; i++)
        sq_sql_add(s, ", \"%s\"", def->column_names[i]);
    sq_sql_add(s, ") VALUES");
    for (unsigned row = 0; row < rows; row++) {
        sq_sql_add(s, row ? ", (?, ?, ?, ?" : "(?, ?, ?, ?");
        for (uint32_t i = 0; i < def->column_count; i++)
            sq_sql_add(s, ", ?");
        sq_sql_add(s, ")");
    }
}

int32_t sq_write_prepare(struct sq_ctx *ctx, struct sq_table *t, struct sq_error *err)
{
    struct sq_sql put = { .len = 0 }, touch = { .len = 0 }, keep = { .len = 0 }, erase = { .len = 0 };
    const struct ipam_table *def = t->def;

    sq_insert_sql(def, 1, &put);
    sq_sql_add(&put, " ON CONFLICT(id) DO UPDATE SET rev=excluded.rev, body=excluded.body, sum=excluded.sum");
    for (uint32_t i = 0; i < def->column_count; i++)
        sq_sql_add(&put, ", \"%s\"=excluded.\"%s\"", def->column_names[i], def->column_names[i]);
    sq_sql_add(&touch, "UPDATE \"%s\" SET rev=?2, body=?3, sum=?4 WHERE id=?1", def->name);
    for (uint32_t i = 0; i < def->column_count; i++)
        sq_sql_add(&touch, " AND \"%s\" IS ?", def->column_names[i]);
    sq_sql_add(&keep,
               "INSERT INTO ipam_version(type, id, rev_from, rev_to, sum, body)"
               " SELECT %u, id, rev, ?2, sum, body FROM \"%s\" WHERE id=?1 AND rev<?2",
               def->type, def->name);
    sq_sql_add(&erase, "DELETE FROM \"%s\" WHERE id=?", def->name);
    if (put.failed || touch.failed)
        return sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many columns", ctx->path, def->name);
    int32_t status = sq_prepare(&ctx->writer, put.text, &t->put, err);
    if (status == IPAM_OK)
        status = sq_prepare(&ctx->writer, touch.text, &t->touch, err);
    if (status == IPAM_OK)
        status = sq_prepare(&ctx->writer, erase.text, &t->erase, err);
    if (status == IPAM_OK && def->versions)
        status = sq_prepare(&ctx->writer, keep.text, &t->keep, err);
    return status;
}

void sq_write_release(struct sq_table *t)
{
    sqlite3_finalize(t->put);
    sqlite3_finalize(t->touch);
    sqlite3_finalize(t->keep);
    sqlite3_finalize(t->erase);
    sqlite3_finalize(t->group);
    *t = (struct sq_table){ .def = t->def };
}

/* --- one row --- */

static int32_t keep_version(struct sq_ctx *ctx, const struct sq_table *t, const struct ipam_row *row,
                            struct sq_error *err)
{
    sqlite3_bind_int64(t->keep, 1, row->id);
    sqlite3_bind_int64(t->keep, 2, row->rev);
    return sq_run(&ctx->writer, t->keep, "cannot keep an old version", err);
}

/* The values of a row, from that place on. Returns the place behind them. */
static int bind_row(sqlite3_stmt *stmt, int place, const struct ipam_row *row)
{
    sqlite3_bind_int64(stmt, place++, row->id);
    sqlite3_bind_int64(stmt, place++, row->rev);
    sq_bind_bytes(stmt, place++, row->body);
    sqlite3_bind_int64(stmt, place++, sq_sum(row->id, row->rev, row->body));
    for (uint32_t i = 0; i < row->column_count; i++)
        sq_bind_column(stmt, place++, row->columns[i]);
    return place;
}

static int32_t put_whole(struct sq_ctx *ctx, const struct sq_table *t, const struct ipam_row *row,
                         struct sq_error *err)
{
    bind_row(t->put, 1, row);
    return sq_run(&ctx->writer, t->put, "cannot write a row", err);
}

/* Most rows that are written again keep their columns: then no index need be touched, which SQLite would not
 * notice. */
static int32_t put_again(struct sq_ctx *ctx, const struct sq_table *t, const struct ipam_row *row,
                         struct sq_error *err)
{
    bind_row(t->touch, 1, row);
    int32_t status = sq_run(&ctx->writer, t->touch, "cannot write a row", err);
    if (status != IPAM_OK || sqlite3_changes(ctx->writer.db) > 0)
        return status;
    return put_whole(ctx, t, row, err);
}

static bool fits(const struct sq_table *t, const struct ipam_row *row, int64_t next_id)
{
    return t && row->id > 0 && row->id < next_id &&
           (row->op == IPAM_ROW_PUT ? row->column_count == t->def->column_count : row->op == IPAM_ROW_DELETE);
}

static int32_t apply_row(struct sq_ctx *ctx, const struct ipam_row *row, int64_t next_id,
                         struct sq_error *err)
{
    const struct sq_table *t = sq_table_find(ctx, row->type);
    bool put = row->op == IPAM_ROW_PUT;

    if (!fits(t, row, next_id))
        return sq_refuse(err, IPAM_E_INVAL,
                         "%s: the batch has a row (type %u, id %lld, operation %u, %u columns) that does not "
                         "fit the schema; nothing was changed; please report it",
                         ctx->path, row->type, (long long)row->id, row->op, row->column_count);
    if (put && row->id > ctx->newest_id) { /* ids only grow: nothing of it is there to keep or to replace */
        ctx->newest_id = row->id;
        return put_whole(ctx, t, row, err);
    }
    if (t->keep) {
        int32_t status = keep_version(ctx, t, row, err);
        if (status != IPAM_OK)
            return status;
    }
    if (put)
        return put_again(ctx, t, row, err);
    sqlite3_bind_int64(t->erase, 1, row->id);
    return sq_run(&ctx->writer, t->erase, "cannot delete a row", err);
}

/* --- groups of new rows --- */

static int32_t prepare_group(struct sq_ctx *ctx, struct sq_table *t, struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };

    sq_insert_sql(t->def, SQ_GROUP, &s);
    return s.failed
               ? sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many columns", ctx->path, t->def->name)
               : sq_prepare(&ctx->writer, s.text, &t->group, err);
}

/* How many rows of a batch, from `from` on, are new, of one table, and fit a group; at least 1. */
static uint32_t group_at(const struct sq_ctx *ctx, const struct ipam_gate_commit *args, uint32_t from)
{
    uint32_t left = args->row_count - from, most = left < SQ_GROUP ? left : SQ_GROUP, count = 0;
    const struct ipam_row *const *rows = &args->rows[from];
    const struct sq_table *t = sq_table_find(ctx, rows[0]->type);
    int64_t newest = ctx->newest_id;

    while (count < most && rows[count]->type == rows[0]->type && rows[count]->op == IPAM_ROW_PUT &&
           rows[count]->id > newest && fits(t, rows[count], args->next_id))
        newest = rows[count++]->id;
    return count > 1 ? count : 1;
}

/* SQLite opens each index once for all of them, and goes on where it stood. */
static int32_t put_group(struct sq_ctx *ctx, const struct ipam_row *const *rows, struct sq_error *err)
{
    struct sq_table *t = &ctx->tables[sq_table_find(ctx, rows[0]->type) - ctx->tables];
    int32_t status = t->group ? IPAM_OK : prepare_group(ctx, t, err);
    int place = 1;

    if (status != IPAM_OK)
        return status;
    for (unsigned i = 0; i < SQ_GROUP; i++)
        place = bind_row(t->group, place, rows[i]);
    ctx->newest_id = rows[SQ_GROUP - 1]->id;
    return sq_run(&ctx->writer, t->group, "cannot write rows", err);
}

/* --- all of them --- */

int32_t sq_write_rows(struct sq_ctx *ctx, const struct ipam_gate_commit *args, struct sq_error *err)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0, run = 0; status == IPAM_OK && i < args->row_count;) {
        if (run == 0)
            run = group_at(ctx, args, i);
        if (run == SQ_GROUP) {
            status = put_group(ctx, &args->rows[i], err);
            i += SQ_GROUP;
            run = 0;
        } else {
            status = apply_row(ctx, args->rows[i++], args->next_id, err);
            run--;
        }
    }
    return status;
}

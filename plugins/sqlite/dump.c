/* dump.c - all rows of a file, from one snapshot: for backups, and for a file of a newer layout.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <stdio.h>
#include <string.h>

struct walk {
    struct sq_ctx *ctx;
    struct sq_conn *c;
    int layout;
    sq_each each;
    void *user;
    struct sq_error *err;
};

static void put_number(uint8_t *at, uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(n >> (8 * i));
}

/* Hands out the rows of a statement: id, a number, body, a second number, sum. What the numbers are, the
 * operation says: see ipam/storage.h. `name` is what a row is called in a complaint. */
static int32_t walk_rows(const struct walk *w, sqlite3_stmt *stmt, uint32_t op, uint32_t type,
                         const char *name)
{
    int32_t status = IPAM_OK;
    int rc = SQLITE_DONE;

    while (status == IPAM_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(stmt, 0), rev = sqlite3_column_int64(stmt, 1),
                second = sqlite3_column_int64(stmt, 3);
        uint8_t number[8];
        struct ipam_bytes extra = { number, sizeof(number) };
        struct ipam_row row = { .size = sizeof(row), .op = op, .type = type, .id = id, .rev = rev };

        row.body = sq_column_bytes(stmt, 2);
        if (op != IPAM_ROW_PUT) {
            put_number(number, (uint64_t)second);
            row.columns = &extra;
            row.column_count = 1;
        }
        if (w->layout >= 2)
            status = sq_check_sum(w->ctx, name, id, sq_sum(id, op == IPAM_ROW_PUT ? rev : second, row.body),
                                  sqlite3_column_int64(stmt, 4), w->err);
        if (status == IPAM_OK)
            status = w->each(w->user, &row, w->err);
    }
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(w->c, "cannot read its rows", w->err);
    return status;
}

/* An older file has not all tables. */
static int32_t has_table(const struct walk *w, const char *name, bool *ret)
{
    sqlite3_stmt *stmt;
    int32_t status =
        sq_cached(w->c, "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name=?", &stmt, w->err);

    if (status != IPAM_OK)
        return status;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *ret = sqlite3_column_int(stmt, 0) > 0;
    else
        status = sq_fail(w->c, "cannot read its layout", w->err);
    sqlite3_reset(stmt);
    return status;
}

static int32_t walk_table(const struct walk *w, const struct ipam_table *def)
{
    char sql[SQ_NAME_MAX + 80], name[SQ_NAME_MAX + 8];
    sqlite3_stmt *stmt;
    bool there = false;
    int32_t status = has_table(w, def->name, &there);

    if (status != IPAM_OK || !there)
        return status;
    snprintf(sql, sizeof(sql), "SELECT id, rev, body, 0%s FROM \"%s\" ORDER BY id",
             w->layout >= 2 ? ", sum" : "", def->name);
    snprintf(name, sizeof(name), "row %s", def->name);
    status = sq_prepare(w->c, sql, &stmt, w->err);
    if (status != IPAM_OK)
        return status;
    status = walk_rows(w, stmt, IPAM_ROW_PUT, def->type, name);
    sqlite3_finalize(stmt);
    return status;
}

static int32_t walk_versions(const struct walk *w, const struct ipam_table *def)
{
    char sql[160], name[SQ_NAME_MAX + 24];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof(sql),
             "SELECT id, rev_to, body, rev_from%s FROM ipam_version WHERE type=%u ORDER BY id, rev_from",
             w->layout >= 2 ? ", sum" : "", def->type);
    snprintf(name, sizeof(name), "an old version of %s", def->name);
    int32_t status = sq_prepare(w->c, sql, &stmt, w->err);
    if (status != IPAM_OK)
        return status;
    status = walk_rows(w, stmt, IPAM_ROW_VERSION, def->type, name);
    sqlite3_finalize(stmt);
    return status;
}

static int32_t walk_changes(const struct walk *w)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_prepare(w->c,
                                w->layout >= 2 ? "SELECT rev, rev, body, time, sum FROM ipam_log ORDER BY rev"
                                               : "SELECT rev, rev, body, time FROM ipam_log ORDER BY rev",
                                &stmt, w->err);

    if (status != IPAM_OK)
        return status;
    status = walk_rows(w, stmt, IPAM_ROW_CHANGE, IPAM_T_CHANGE, "revision");
    sqlite3_finalize(stmt);
    return status;
}

int32_t sq_walk(struct sq_ctx *ctx, struct sq_conn *c, int layout, sq_each each, void *user,
                struct sq_error *err)
{
    const struct walk w = { ctx, c, layout, each, user, err };
    const struct ipam_schema *schema = ctx->schema;
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < schema->table_count; i++)
        status = walk_table(&w, schema->tables[i]);
    for (uint32_t i = 0; status == IPAM_OK && i < schema->table_count; i++)
        if (schema->tables[i]->versions)
            status = walk_versions(&w, schema->tables[i]);
    return status == IPAM_OK ? walk_changes(&w) : status;
}

/* --- the operation --- */

struct dump {
    struct sq_ctx *ctx;
    struct ipam_req *req;
    struct ipam_dump *args;
    crypto_generichash_state digest;
};

static int32_t dump_row(void *user, const struct ipam_row *row, struct sq_error *err)
{
    struct dump *d = user;
    int32_t status = d->ctx->host->row(d->req, row);

    if (status < 0)
        return sq_stopped(err, status, d->ctx->path);
    sq_digest_row(&d->digest, row);
    d->args->ret_count++;
    return IPAM_OK;
}

void sq_dump(void *user, struct ipam_req *req, struct ipam_dump *args)
{
    struct dump d = { .ctx = user, .req = req, .args = args };
    struct sq_error err = { .status = IPAM_OK };
    struct sq_conn *c;
    struct sq_poll p;
    int64_t next_id = 0;

    sq_read_begin(d.ctx, req, args->reader, &p, &c);
    if (!c)
        return;
    args->ret_count = 0;
    sq_digest_init(&d.digest);
    int32_t status = sq_integer(c, "SELECT head FROM ipam_meta", &args->ret_head, &err);
    if (status == IPAM_OK)
        status = sq_integer(c, "SELECT next_id FROM ipam_meta", &next_id, &err);
    if (status == IPAM_OK)
        status = sq_walk(d.ctx, c, SQ_LAYOUT, dump_row, &d, &err);
    if (status == IPAM_OK) {
        sq_digest_end(&d.digest, args->ret_digest);
        if (args->size >= offsetof(struct ipam_dump, ret_next_id) + sizeof(args->ret_next_id))
            args->ret_next_id = next_id;
    }
    sq_read_end(d.ctx, req, c, &err);
}

/* load.c - rows into a new file: a dump that is loaded, or what an older file holds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The file is made beside the database and takes its place when it is whole (swap.c). */
#include "sq.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sq_digest_init(crypto_generichash_state *d)
{
    crypto_generichash_init(d, NULL, 0, 32);
}

/* Numbers as little-endian bytes: 4 of the type, 8 of the id, 8 of the revision; then the body. */
void sq_digest_row(crypto_generichash_state *d, const struct ipam_row *row)
{
    uint64_t numbers[] = { row->type, (uint64_t)row->id, (uint64_t)row->rev };
    uint8_t head[24];

    for (unsigned i = 0; i < 24; i++)
        head[i] = (uint8_t)(numbers[i / 8] >> (i % 8 * 8));
    crypto_generichash_update(d, head, 4);
    crypto_generichash_update(d, head + 8, 16);
    crypto_generichash_update(d, row->body.data, row->body.len);
}

void sq_digest_end(crypto_generichash_state *d, uint8_t ret[32])
{
    crypto_generichash_final(d, ret, 32);
}

struct sq_load {
    struct sq_ctx *ctx;
    struct sq_conn conn;
    char path[PATH_MAX];
    sqlite3_stmt **put; /* one a table of the schema */
    sqlite3_stmt *version, *change;
    int64_t changes, last_change, most_rev, most_id;
    uint32_t version_type; /* of the last version: */
    int64_t version_id, version_rev;
    crypto_generichash_state digest; /* of a dump */
    bool replaces;
};

void sq_load_drop(struct sq_load *l)
{
    struct sq_error err;

    if (!l)
        return;
    for (uint32_t i = 0; l->put && i < l->ctx->schema->table_count; i++)
        sqlite3_finalize(l->put[i]);
    sqlite3_finalize(l->version);
    sqlite3_finalize(l->change);
    sq_conn_close(&l->conn);
    if (l->path[0] && sq_new_drop(l->ctx, &err) != IPAM_OK)
        l->ctx->host->log(l->ctx->inst, 4, "sqlite-leftover", err.text);
    free(l->put);
    free(l);
}

static int32_t prepare_put(struct sq_load *l, uint32_t i, struct sq_error *err)
{
    const struct ipam_table *def = l->ctx->schema->tables[i];
    struct sq_sql s = { .len = 0 };

    sq_insert_sql(def, 1, &s);
    return s.failed
               ? sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many columns", l->ctx->path, def->name)
               : sq_prepare(&l->conn, s.text, &l->put[i], err);
}

static int32_t prepare_all(struct sq_load *l, struct sq_error *err)
{
    static const char version[] =
        "INSERT INTO ipam_version(type, id, rev_from, rev_to, sum, body) VALUES(?, ?, ?, ?, ?, ?)";
    static const char change[] = "INSERT INTO ipam_log(rev, time, sum, body) VALUES(?, ?, ?, ?)";
    int32_t status = sq_exec(&l->conn, "BEGIN", err);

    if (status == IPAM_OK)
        status = sq_layout_tables(l->ctx, &l->conn, err);
    for (uint32_t i = 0; status == IPAM_OK && i < l->ctx->schema->table_count; i++)
        status = prepare_put(l, i, err);
    if (status == IPAM_OK)
        status = sq_prepare(&l->conn, version, &l->version, err);
    return status == IPAM_OK ? sq_prepare(&l->conn, change, &l->change, err) : status;
}

int32_t sq_load_begin(struct sq_ctx *ctx, struct sq_load **ret, struct sq_error *err)
{
    struct sq_load *l = calloc(1, sizeof(*l));

    if (!l)
        return sq_refuse(err, IPAM_E_NOMEM, "%s: out of memory; nothing was changed", ctx->path);
    l->ctx = ctx;
    sq_digest_init(&l->digest);
    l->put = calloc(ctx->schema->table_count + 1u, sizeof(l->put[0]));
    int32_t status = l->put
                         ? sq_new_open(ctx, &l->conn, l->path, sizeof(l->path), err)
                         : sq_refuse(err, IPAM_E_NOMEM, "%s: out of memory; nothing was changed", ctx->path);
    if (status == IPAM_OK)
        status = prepare_all(l, err);
    if (status == IPAM_OK)
        *ret = l;
    else
        sq_load_drop(l);
    return status;
}

static int32_t run(struct sq_load *l, sqlite3_stmt *stmt, const struct ipam_row *row, struct sq_error *err)
{
    int32_t status = IPAM_OK;
    char what[96];

    if (sqlite3_step(stmt) != SQLITE_DONE) {
        snprintf(what, sizeof(what), "cannot load row %lld of type %u", (long long)row->id, row->type);
        status = sq_fail(&l->conn, what, err);
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return status;
}

static int32_t unfit(const struct sq_load *l, const struct ipam_row *row, struct sq_error *err)
{
    return sq_refuse(
        err, IPAM_E_INVAL,
        "%s: a row (operation %u, type %u, id %lld, revision %lld) does not fit; nothing was loaded; "
        "load what this version, or an older one, dumped",
        l->ctx->path, row->op, row->type, (long long)row->id, (long long)row->rev);
}

static bool number_of(const struct ipam_row *row, int64_t *ret)
{
    uint64_t n = 0;

    if (!row->columns || row->column_count != 1 || row->columns[0].len != 8)
        return false;
    for (unsigned i = 0; i < 8; i++)
        n |= (uint64_t)row->columns[0].data[i] << (8 * i);
    *ret = (int64_t)n;
    return true;
}

static void bind_read(void *user, uint32_t place, struct ipam_bytes value)
{
    if (value.len)
        sqlite3_bind_blob64(user, 5 + (int)place, value.data, value.len, SQLITE_TRANSIENT);
}

static int32_t load_put(struct sq_load *l, const struct ipam_row *row, struct sq_error *err)
{
    const struct ipam_schema *schema = l->ctx->schema;
    const struct sq_table *t = sq_table_find(l->ctx, row->type);

    if (!t || row->id <= 0 || (row->columns && row->column_count != t->def->column_count))
        return unfit(l, row, err);
    sqlite3_stmt *put = l->put[t - l->ctx->tables];
    sqlite3_bind_int64(put, 1, row->id);
    sqlite3_bind_int64(put, 2, row->rev);
    sq_bind_bytes(put, 3, row->body);
    sqlite3_bind_int64(put, 4, sq_sum(row->id, row->rev, row->body));
    for (uint32_t i = 0; row->columns && i < row->column_count; i++)
        sq_bind_column(put, 5 + (int)i, row->columns[i]);
    if (!row->columns && schema->columns(t->def, row->body, bind_read, put) != IPAM_OK)
        return sq_refuse(
            err, IPAM_E_CONFIG,
            "%s: row %lld of table %s cannot be read, so its columns cannot be filled; nothing was "
            "changed; restore a backup",
            l->ctx->path, (long long)row->id, t->def->name);
    return run(l, put, row, err);
}

/* Without its own word a version begins where the one before it ended. */
static int32_t load_version(struct sq_load *l, const struct ipam_row *row, struct sq_error *err)
{
    bool follows = l->version_type == row->type && l->version_id == row->id;
    int64_t from = follows ? l->version_rev : 0;

    if (!sq_table_find(l->ctx, row->type) || row->id <= 0 || (row->columns && !number_of(row, &from)) ||
        from >= row->rev || (follows && from < l->version_rev))
        return unfit(l, row, err);
    l->version_type = row->type;
    l->version_id = row->id;
    l->version_rev = row->rev;
    sqlite3_bind_int64(l->version, 1, row->type);
    sqlite3_bind_int64(l->version, 2, row->id);
    sqlite3_bind_int64(l->version, 3, from);
    sqlite3_bind_int64(l->version, 4, row->rev);
    sqlite3_bind_int64(l->version, 5, sq_sum(row->id, from, row->body));
    sq_bind_bytes(l->version, 6, row->body);
    return run(l, l->version, row, err);
}

static int32_t load_change(struct sq_load *l, const struct ipam_row *row, struct sq_error *err)
{
    int64_t time = 0;

    if (row->rev <= l->last_change || row->id != row->rev || (row->columns && !number_of(row, &time)))
        return unfit(l, row, err);
    l->changes++;
    l->last_change = row->rev;
    sqlite3_bind_int64(l->change, 1, row->rev);
    sqlite3_bind_int64(l->change, 2, time);
    sqlite3_bind_int64(l->change, 3, sq_sum(row->rev, time, row->body));
    sq_bind_bytes(l->change, 4, row->body);
    return run(l, l->change, row, err);
}

int32_t sq_load_row(struct sq_load *l, const struct ipam_row *row, struct sq_error *err)
{
    if (row->rev > l->most_rev)
        l->most_rev = row->rev;
    if (row->op != IPAM_ROW_CHANGE && row->id > l->most_id)
        l->most_id = row->id;
    switch (row->op) {
    case IPAM_ROW_PUT: return load_put(l, row, err);
    case IPAM_ROW_VERSION: return load_version(l, row, err);
    case IPAM_ROW_CHANGE: return load_change(l, row, err);
    default: return unfit(l, row, err);
    }
}

static int32_t finish(struct sq_load *l, int64_t next_id, int64_t head, struct sq_error *err)
{
    char sql[160];
    int32_t status = IPAM_OK;

    if (l->most_rev > head || l->most_id >= next_id)
        status = sq_refuse(
            err, IPAM_E_CONFLICT,
            "%s: what came has revision %lld and id %lld, but says to end at revision %lld and below "
            "id %lld; nothing was loaded; take another backup",
            l->ctx->path, (long long)l->most_rev, (long long)l->most_id, (long long)head, (long long)next_id);
    snprintf(sql, sizeof(sql), "UPDATE ipam_meta SET next_id=%lld, head=%lld, changes=%lld; COMMIT",
             (long long)next_id, (long long)head, (long long)l->changes);
    if (status == IPAM_OK)
        status = sq_layout_indexes(l->ctx, &l->conn, err);
    return status == IPAM_OK ? sq_exec(&l->conn, sql, err) : status;
}

int32_t sq_load_end(struct sq_load *l, int64_t next_id, int64_t head, struct sq_error *err)
{
    int32_t status = finish(l, next_id, head, err);

    if (status == IPAM_OK)
        l->path[0] = '\0'; /* it stays */
    sq_load_drop(l);
    return status;
}

/* --- the operation --- */

static int32_t begin(struct sq_ctx *ctx, uint32_t flags, struct sq_error *err)
{
    int64_t empty = 0;
    int32_t status = IPAM_OK;

    if (ctx->inside || (!(flags & IPAM_LOAD_FIRST) && !ctx->load))
        return sq_refuse(err, IPAM_E_BUG, "%s: a load %s; please report it", ctx->path,
                         ctx->inside ? "came inside the gate" : "goes on that never began");
    if (!(flags & IPAM_LOAD_FIRST))
        return IPAM_OK;
    sq_load_drop(ctx->load);
    ctx->load = NULL;
    status = sq_integer(&ctx->writer,
                        "SELECT head=0 AND next_id=1 AND NOT EXISTS(SELECT 1 FROM ipam_log) FROM ipam_meta",
                        &empty, err);
    if (status == IPAM_OK && !empty && !(flags & IPAM_LOAD_REPLACE))
        status = sq_refuse(
            err, IPAM_E_CONFLICT,
            "%s: it is not empty; nothing was loaded; name another file, or say that this one is to be "
            "replaced: it is kept then",
            ctx->path);
    if (status == IPAM_OK)
        status = sq_load_begin(ctx, &ctx->load, err);
    if (status == IPAM_OK)
        ctx->load->replaces = !empty;
    return status;
}

/* Nobody reads while the file is exchanged. If it cannot be opened again, nobody will. */
static int32_t put_in_place(struct sq_ctx *ctx, bool replaces, struct sq_error *err)
{
    char kept[PATH_MAX], text[PATH_MAX + 64];
    struct sq_error again;

    pthread_rwlock_wrlock(&ctx->in_place);
    sq_disconnect(ctx);
    int32_t status = sq_new_use(ctx, replaces ? "replaced" : NULL, kept, sizeof(kept), err);
    if (sq_connect(ctx, &again) != IPAM_OK) {
        ctx->why = again;
        atomic_store_explicit(&ctx->broken, true, memory_order_release);
        if (status == IPAM_OK)
            status = sq_refuse(err, again.status, "%s", again.text);
    }
    pthread_rwlock_unlock(&ctx->in_place);
    if (status == IPAM_OK && kept[0]) {
        snprintf(text, sizeof(text), "%s: what was there is now in %s", ctx->path, kept);
        ctx->host->log(ctx->inst, 5, "sqlite-kept", text);
    }
    return status;
}

static int32_t end(struct sq_ctx *ctx, const struct ipam_load *args, struct sq_error *err)
{
    struct sq_load *l = ctx->load;
    bool replaces = l->replaces;
    uint8_t digest[32];

    sq_digest_end(&l->digest, digest);
    if (memcmp(digest, args->digest, sizeof(digest)) != 0)
        return sq_refuse(
            err, IPAM_E_CONFLICT,
            "%s: the digest is not that of the dump: part of it is missing or damaged; nothing was "
            "loaded; take another backup",
            ctx->path);
    ctx->load = NULL;
    int32_t status = sq_load_end(l, args->next_id, args->head, err);
    return status == IPAM_OK ? put_in_place(ctx, replaces, err) : status;
}

void sq_load(void *user, struct ipam_req *req, const struct ipam_load *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };

    if (!sq_usable(ctx, req))
        return;
    int32_t status = begin(ctx, args->flags, &err);
    for (uint32_t i = 0; status == IPAM_OK && i < args->row_count; i++) {
        status = sq_load_row(ctx->load, args->rows[i], &err);
        sq_digest_row(&ctx->load->digest, args->rows[i]);
    }
    if (status == IPAM_OK && (args->flags & IPAM_LOAD_LAST))
        status = end(ctx, args, &err);
    if (status != IPAM_OK && !ctx->inside) {
        sq_load_drop(ctx->load);
        ctx->load = NULL;
    }
    sq_done(ctx, req, &err);
}

/* upgrade.c - a file of an older layout or schema, brought up in a copy; the old one is kept.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rows are read as the old file has them and stored as the present layout does; indexes are made anew.
 * Nothing of the old file is touched, so the version that wrote it can go on with it. */
#include "sq.h"

#include <limits.h>
#include <stdio.h>

#define SAY_ROWS 250000 /* progress is told this often */

struct upgrade {
    struct sq_ctx *ctx;
    struct sq_load *load;
    int64_t rows, all;
};

static int32_t take(void *user, const struct ipam_row *row, struct sq_error *err)
{
    struct upgrade *u = user;
    char text[PATH_MAX + 96];

    if (++u->rows % SAY_ROWS == 0) {
        snprintf(text, sizeof(text), "%s: %lld of about %lld rows are copied", u->ctx->path,
                 (long long)u->rows, (long long)u->all);
        u->ctx->host->log(u->ctx->inst, 5, "sqlite-upgrade", text);
    }
    return sq_load_row(u->load, row, err);
}

/* How many rows the old file has, about: what it says of its change log, and its newest id. */
static int32_t estimate(struct sq_ctx *ctx, int64_t *ret, struct sq_error *err)
{
    return sq_integer(&ctx->writer,
                      "SELECT changes + next_id - 1 + (SELECT count(*) FROM ipam_version) FROM ipam_meta",
                      ret, err);
}

static int32_t copy(struct upgrade *u, int layout, struct sq_error *err)
{
    struct sq_conn *old = &u->ctx->writer;
    int64_t next_id = 0, head = 0;
    int32_t status = sq_load_begin(u->ctx, &u->load, err);

    if (status != IPAM_OK)
        return status;
    status = sq_walk(u->ctx, old, layout, take, u, err);
    if (status == IPAM_OK)
        status = sq_integer(old, "SELECT next_id FROM ipam_meta", &next_id, err);
    if (status == IPAM_OK)
        status = sq_integer(old, "SELECT head FROM ipam_meta", &head, err);
    if (status == IPAM_OK)
        return sq_load_end(u->load, next_id, head, err);
    sq_load_drop(u->load);
    return status;
}

int32_t sq_upgrade(struct sq_ctx *ctx, int layout, int64_t schema, struct sq_error *err)
{
    struct upgrade u = { .ctx = ctx };
    char kind[32], kept[PATH_MAX], text[2 * PATH_MAX + 160];
    int32_t status = sq_new_room(ctx, err);

    if (layout < SQ_LAYOUT)
        snprintf(kind, sizeof(kind), "v%d", layout);
    else
        snprintf(kind, sizeof(kind), "schema%lld", (long long)schema);
    if (status == IPAM_OK)
        status = estimate(ctx, &u.all, err);
    if (status != IPAM_OK)
        return status;
    snprintf(text, sizeof(text),
             "%s: it has layout %d and schema %lld, which this version brings up to %d and %u in a "
             "copy; the old file is kept",
             ctx->path, layout, (long long)schema, SQ_LAYOUT, ctx->schema->version);
    ctx->host->log(ctx->inst, 5, "sqlite-upgrade", text);
    status = copy(&u, layout, err);
    if (status != IPAM_OK)
        return status;
    sq_conn_close(&ctx->writer);
    status = sq_new_use(ctx, kind, kept, sizeof(kept), err);
    if (status != IPAM_OK)
        return status;
    snprintf(text, sizeof(text),
             "%s: it is brought up, with %lld rows; the old file is %s: remove it when the new one "
             "has proved itself",
             ctx->path, (long long)u.rows, kept);
    ctx->host->log(ctx->inst, 5, "sqlite-upgraded", text);
    return sq_conn_open(&ctx->writer, &ctx->settings, false, err);
}

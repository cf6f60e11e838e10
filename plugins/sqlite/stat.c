/* stat.c - figures of the database: sizes, rows, revisions, and the space that is left.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

struct stat_call {
    struct sq_ctx *ctx;
    struct ipam_req *req;
    struct sq_conn conn;
    struct sq_error *err;
};

static struct ipam_str str(const char *text)
{
    return (struct ipam_str){ text, strlen(text) };
}

/* `target` and `unit` may be NULL; since 0: not known. */
static int32_t tell(struct stat_call *s, const char *name, const char *target, uint64_t count,
                    const char *unit, int64_t since)
{
    struct ipam_stat stat = { .size = sizeof(stat), .type = IPAM_T_STAT, .name = str(name) };

    stat.count.lo = count;
    IPAM_SET_FIELD(&stat, IPAM_STAT_NAME);
    IPAM_SET_FIELD(&stat, IPAM_STAT_COUNT);
    if (target) {
        stat.target = str(target);
        IPAM_SET_FIELD(&stat, IPAM_STAT_TARGET);
    }
    if (unit) {
        stat.unit = str(unit);
        IPAM_SET_FIELD(&stat, IPAM_STAT_UNIT);
    }
    if (since) {
        stat.since = since;
        IPAM_SET_FIELD(&stat, IPAM_STAT_SINCE);
    }
    int32_t status = s->ctx->host->emit(s->req, (const struct ipam_record *)&stat);
    return status < 0 ? sq_stopped(s->err, status, s->ctx->path) : IPAM_OK;
}

static int32_t tell_files(struct stat_call *s)
{
    char wal[PATH_MAX];
    struct statvfs fs;
    struct stat st;
    int32_t status = IPAM_OK;

    snprintf(wal, sizeof(wal), "%s-wal", s->ctx->path);
    if (stat(s->ctx->path, &st) == 0)
        status = tell(s, "file", NULL, (uint64_t)st.st_size, "bytes", 0);
    if (status == IPAM_OK)
        status = tell(s, "log", NULL, stat(wal, &st) == 0 ? (uint64_t)st.st_size : 0, "bytes", 0);
    if (status == IPAM_OK && statvfs(s->ctx->path, &fs) == 0)
        status = tell(s, "free-space", NULL, (uint64_t)fs.f_bavail * fs.f_frsize, "bytes", 0);
    return status;
}

/* Figures that SQLite, or the one row of ipam_meta, has at hand. */
static const struct {
    const char *name, *unit, *sql;
} figures[] = {
    { "pages", "pages", "PRAGMA page_count" },
    { "page", "bytes", "PRAGMA page_size" },
    { "free-pages", "pages", "PRAGMA freelist_count" },
    { "layout", NULL, "PRAGMA user_version" },
    { "schema", NULL, "SELECT schema FROM ipam_meta" },
    { "head", NULL, "SELECT head FROM ipam_meta" },
    { "next-id", NULL, "SELECT next_id FROM ipam_meta" },
    { "versions", "rows", "SELECT count(*) FROM ipam_version" },
    { "last-change", "ms", "SELECT coalesce((SELECT time FROM ipam_log ORDER BY rev DESC LIMIT 1), 0)" },
};

static int32_t tell_figures(struct stat_call *s)
{
    int64_t n = 0, since = 0;
    int32_t status = IPAM_OK;

    for (size_t i = 0; status == IPAM_OK && i < sizeof(figures) / sizeof(figures[0]); i++) {
        status = sq_integer(&s->conn, figures[i].sql, &n, s->err);
        if (status == IPAM_OK)
            status = tell(s, figures[i].name, NULL, (uint64_t)n, figures[i].unit, 0);
    }
    if (status == IPAM_OK)
        status = sq_integer(&s->conn, "SELECT changes FROM ipam_meta", &n, s->err);
    if (status == IPAM_OK)
        status = sq_integer(&s->conn, "SELECT coalesce((SELECT time FROM ipam_log ORDER BY rev LIMIT 1), 0)",
                            &since, s->err);
    return status == IPAM_OK ? tell(s, "changes", NULL, (uint64_t)n, "rows", since) : status;
}

static int32_t tell_rows(struct stat_call *s)
{
    int64_t count = 0, all = 0;
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < s->ctx->schema->table_count; i++) {
        const char *name = s->ctx->schema->tables[i]->name;
        char sql[SQ_NAME_MAX + 40];

        snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\"", name);
        status = sq_integer(&s->conn, sql, &count, s->err);
        if (status == IPAM_OK)
            status = tell(s, "table", name, (uint64_t)count, "rows", 0);
        all += count;
    }
    return status == IPAM_OK ? tell(s, "rows", NULL, (uint64_t)all, "rows", 0) : status;
}

void sq_stat(void *user, struct ipam_req *req)
{
    struct sq_error err = { .status = IPAM_OK };
    struct stat_call s = { .ctx = user, .req = req, .err = &err };
    struct sq_poll p = { s.ctx->host, req };

    if (!sq_usable(s.ctx, req))
        return;
    pthread_rwlock_rdlock(&s.ctx->in_place);
    int32_t status = sq_conn_open(&s.conn, &s.ctx->settings, true, &err);
    if (status == IPAM_OK) {
        sq_poll_on(&s.conn, &p);
        status = sq_exec(&s.conn, "BEGIN", &err);
        if (status == IPAM_OK)
            status = tell_files(&s);
        if (status == IPAM_OK)
            status = tell_figures(&s);
        if (status == IPAM_OK)
            tell_rows(&s);
        sq_conn_close(&s.conn);
    }
    pthread_rwlock_unlock(&s.ctx->in_place);
    sq_done(s.ctx, req, &err);
}

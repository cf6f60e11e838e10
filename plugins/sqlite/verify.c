/* verify.c - looks for damage: the file, its layout, its figures, and every row.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * On a connection of its own, so that readers and the writer go on. */
#include "sq.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MOST 3 /* told of one thing; the rest is counted */

struct verify {
    struct sq_ctx *ctx;
    struct ipam_req *req;
    struct sq_conn conn;
    struct sq_error *err;
    uint64_t findings; /* of the thing that is looked at */
    char text[900];
    size_t len;
};

static void finding(struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void finding(struct verify *v, const char *fmt, ...)
{
    va_list ap;

    if (v->findings++ >= FINDINGS_MOST || v->len + 2 >= sizeof(v->text))
        return;
    if (v->len)
        v->len += (size_t)snprintf(v->text + v->len, sizeof(v->text) - v->len, "; ");
    va_start(ap, fmt);
    int n = vsnprintf(v->text + v->len, sizeof(v->text) - v->len, fmt, ap);
    va_end(ap);
    v->len += n < 0 ? 0 : (size_t)n;
    if (v->len >= sizeof(v->text))
        v->len = sizeof(v->text) - 1;
}

/* Tells what was found of one thing, or that it is well: `good`. */
static int32_t tell(struct verify *v, const char *channel, const char *good)
{
    static const char remedy[] = "stop the service, keep the file for a look, and restore the newest backup";
    struct ipam_check check = { .size = sizeof(check), .type = IPAM_T_CHECK };
    char text[1000];

    if (v->findings > FINDINGS_MOST)
        snprintf(text, sizeof(text), "%s; and %llu more", v->text,
                 (unsigned long long)(v->findings - FINDINGS_MOST));
    else
        snprintf(text, sizeof(text), "%s", v->findings ? v->text : good);
    check.channel = (struct ipam_str){ channel, strlen(channel) };
    check.state = v->findings ? IPAM_CHECK_STATE_ERROR : IPAM_CHECK_STATE_OK;
    check.message = (struct ipam_str){ text, strlen(text) };
    IPAM_SET_FIELD(&check, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&check, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_MESSAGE);
    if (v->findings) {
        check.remedy = (struct ipam_str){ remedy, sizeof(remedy) - 1 };
        IPAM_SET_FIELD(&check, IPAM_CHECK_REMEDY);
    }
    v->findings = 0;
    v->len = 0;
    int32_t status = v->ctx->host->emit(v->req, (const struct ipam_record *)&check);
    return status < 0 ? sq_stopped(v->err, status, v->ctx->path) : IPAM_OK;
}

/* Reading damaged pages fails: that is a finding, and no reason to stop looking. */
static int32_t stopped(struct verify *v, int32_t status)
{
    if (status == IPAM_OK || status == IPAM_E_CANCELED || status == IPAM_E_NOMEM ||
        v->ctx->host->cancelled(v->req))
        return status;
    finding(v, "%s", v->err->text);
    v->err->status = IPAM_OK;
    return IPAM_OK;
}

static int32_t verify_file(struct verify *v)
{
    sqlite3_stmt *stmt;
    int rc;
    int32_t status = sq_cached(&v->conn, "PRAGMA integrity_check(20)", &stmt, v->err);

    if (status == IPAM_OK) {
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
            const char *line = (const char *)sqlite3_column_text(stmt, 0);

            if (line && strcmp(line, "ok") != 0)
                finding(v, "%.200s", line);
        }
        if (rc != SQLITE_DONE)
            status = sq_fail(&v->conn, "cannot look for damage", v->err);
        sqlite3_reset(stmt);
    }
    status = stopped(v, status);
    return status == IPAM_OK ? tell(v, "file", "its pages, tables and indexes agree") : status;
}

static void on_problem(void *user, const char *text)
{
    finding(user, "%s", text);
}

static int32_t verify_layout(struct verify *v)
{
    int32_t status = stopped(v, sq_layout_judge(v->ctx, &v->conn, on_problem, v, v->err));
    char text[96];

    snprintf(text, sizeof(text), "layout %d with the %u tables of schema %u", SQ_LAYOUT,
             v->ctx->schema->table_count, v->ctx->schema->version);
    return status == IPAM_OK ? tell(v, "layout", text) : status;
}

/* The figures that everything else goes by. */
struct figures {
    int64_t next_id, head, changes;
};

static int32_t read_figures(struct verify *v, struct figures *f)
{
    int32_t status = sq_integer(&v->conn, "SELECT next_id FROM ipam_meta", &f->next_id, v->err);

    if (status == IPAM_OK)
        status = sq_integer(&v->conn, "SELECT head FROM ipam_meta", &f->head, v->err);
    return status == IPAM_OK ? sq_integer(&v->conn, "SELECT changes FROM ipam_meta", &f->changes, v->err)
                             : status;
}

/* Revisions are 1, 2, 3, ... without a gap; the oldest may have been dropped by age. */
static int32_t verify_changes(struct verify *v, const struct figures *f)
{
    int64_t last = 0, count = 0;
    sqlite3_stmt *stmt;
    char text[96];
    int rc = SQLITE_DONE;
    int32_t status =
        sq_cached(&v->conn, "SELECT rev, time, body, sum FROM ipam_log ORDER BY rev", &stmt, v->err);

    if (status == IPAM_OK) {
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
            int64_t rev = sqlite3_column_int64(stmt, 0);

            if (last && rev != last + 1)
                finding(v, "revision %lld is followed by %lld", (long long)last, (long long)rev);
            if (sq_sum(rev, sqlite3_column_int64(stmt, 1), sq_column_bytes(stmt, 2)) !=
                sqlite3_column_int64(stmt, 3))
                finding(v, "revision %lld is not what was stored", (long long)rev);
            last = rev;
            count++;
        }
        if (rc != SQLITE_DONE)
            status = sq_fail(&v->conn, "cannot read the change log", v->err);
        else if (count != f->changes || (count && last != f->head))
            finding(v, "it has %lld change sets up to revision %lld, but says %lld and %lld",
                    (long long)count, (long long)last, (long long)f->changes, (long long)f->head);
        sqlite3_reset(stmt);
    }
    status = stopped(v, status);
    snprintf(text, sizeof(text), "%lld change sets without a gap up to revision %lld", (long long)count,
             (long long)f->head);
    return status == IPAM_OK ? tell(v, "changes", text) : status;
}

/* --- rows --- */

/* The columns of the row a statement stands on, beside those its body says. */
struct compare {
    sqlite3_stmt *row;
    uint32_t wrong;
    bool seen[SQ_COLUMNS_MAX];
};

static bool same(sqlite3_stmt *row, uint32_t place, struct ipam_bytes value)
{
    struct ipam_bytes there = sq_column_bytes(row, 4 + (int)place);

    return there.len == value.len && (value.len == 0 || memcmp(there.data, value.data, value.len) == 0);
}

static void compare_column(void *user, uint32_t place, struct ipam_bytes value)
{
    struct compare *c = user;

    c->seen[place] = true;
    c->wrong += !same(c->row, place, value);
}

static void verify_row(struct verify *v, const struct ipam_table *def, sqlite3_stmt *stmt,
                       const struct figures *f)
{
    int64_t id = sqlite3_column_int64(stmt, 0), rev = sqlite3_column_int64(stmt, 1);
    struct ipam_bytes body = sq_column_bytes(stmt, 2);
    struct compare c = { .row = stmt };

    if (sq_sum(id, rev, body) != sqlite3_column_int64(stmt, 3)) {
        finding(v, "row %lld is not what was stored", (long long)id);
        return;
    }
    if (id >= f->next_id || rev > f->head)
        finding(v, "row %lld of revision %lld is beyond the next id %lld or the head %lld", (long long)id,
                (long long)rev, (long long)f->next_id, (long long)f->head);
    if (v->ctx->schema->columns(def, body, compare_column, &c) != IPAM_OK) {
        finding(v, "row %lld cannot be read", (long long)id);
        return;
    }
    for (uint32_t i = 0; i < def->column_count; i++)
        c.wrong += !c.seen[i] && !same(stmt, i, (struct ipam_bytes){ NULL, 0 });
    if (c.wrong)
        finding(v, "row %lld has columns that are not those of its body", (long long)id);
}

static int32_t verify_table(struct verify *v, const struct ipam_table *def, const struct figures *f)
{
    struct sq_sql s = { .len = 0 };
    sqlite3_stmt *stmt;
    char text[96];
    uint64_t count = 0;
    int rc = SQLITE_DONE;

    sq_sql_add(&s, "SELECT id, rev, body, sum");
    for (uint32_t i = 0; i < def->column_count; i++)
        sq_sql_add(&s, ", \"%s\"", def->column_names[i]);
    sq_sql_add(&s, " FROM \"%s\" ORDER BY id", def->name);
    int32_t status = sq_prepare(&v->conn, s.text, &stmt, v->err);
    if (status == IPAM_OK) {
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
            verify_row(v, def, stmt, f);
            count++;
        }
        if (rc != SQLITE_DONE)
            status = sq_fail(&v->conn, "cannot read its rows", v->err);
        sqlite3_finalize(stmt);
    }
    status = stopped(v, status);
    snprintf(text, sizeof(text), "%llu rows", (unsigned long long)count);
    return status == IPAM_OK ? tell(v, def->name, text) : status;
}

/* Versions of a row follow each other, and the row that is there follows the last. */
static int32_t verify_versions(struct verify *v, const struct figures *f)
{
    int64_t type = 0, id = 0, until = 0;
    uint64_t count = 0;
    sqlite3_stmt *stmt;
    char text[64];
    int rc = SQLITE_DONE;
    int32_t status = sq_cached(&v->conn,
                               "SELECT type, id, rev_from, rev_to, body, sum FROM ipam_version"
                               " ORDER BY type, id, rev_from",
                               &stmt, v->err);

    if (status == IPAM_OK) {
        for (; (rc = sqlite3_step(stmt)) == SQLITE_ROW; count++) {
            int64_t from = sqlite3_column_int64(stmt, 2), to = sqlite3_column_int64(stmt, 3);
            bool follows = type == sqlite3_column_int64(stmt, 0) && id == sqlite3_column_int64(stmt, 1);

            type = sqlite3_column_int64(stmt, 0);
            id = sqlite3_column_int64(stmt, 1);
            if (sq_sum(id, from, sq_column_bytes(stmt, 4)) != sqlite3_column_int64(stmt, 5))
                finding(v, "version %lld of object %lld is not what was stored", (long long)from,
                        (long long)id);
            else if (from >= to || to > f->head || (follows && from < until))
                finding(v, "version %lld to %lld of object %lld does not follow the one before",
                        (long long)from, (long long)to, (long long)id);
            until = to;
        }
        if (rc != SQLITE_DONE)
            status = sq_fail(&v->conn, "cannot read old versions", v->err);
        sqlite3_reset(stmt);
    }
    status = stopped(v, status);
    snprintf(text, sizeof(text), "%llu old versions", (unsigned long long)count);
    return status == IPAM_OK ? tell(v, "versions", text) : status;
}

/* A row is not older than the version before it. */
static int32_t verify_newest(struct verify *v)
{
    const struct ipam_schema *schema = v->ctx->schema;
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < schema->table_count; i++) {
        const struct ipam_table *def = schema->tables[i];
        struct sq_sql s = { .len = 0 };
        int64_t wrong = 0;

        if (!def->versions)
            continue;
        sq_sql_add(&s,
                   "SELECT count(*) FROM \"%s\" AS r WHERE rev < (SELECT max(rev_to) FROM ipam_version AS v"
                   " WHERE v.type=%u AND v.id=r.id)",
                   def->name, def->type);
        status = stopped(v, sq_integer(&v->conn, s.text, &wrong, v->err));
        if (status == IPAM_OK && wrong)
            finding(v, "%lld rows of %s are older than a version that they replaced", (long long)wrong,
                    def->name);
    }
    return status == IPAM_OK ? tell(v, "newest", "every row is newer than the versions it replaced") : status;
}

static int32_t verify_all(struct verify *v)
{
    const struct ipam_schema *schema = v->ctx->schema;
    struct figures f = { 0, 0, 0 };
    int32_t status = verify_file(v);

    if (status == IPAM_OK)
        status = verify_layout(v);
    if (status == IPAM_OK)
        status = stopped(v, read_figures(v, &f));
    if (status == IPAM_OK)
        status = verify_changes(v, &f);
    for (uint32_t i = 0; status == IPAM_OK && i < schema->table_count; i++)
        status = verify_table(v, schema->tables[i], &f);
    if (status == IPAM_OK)
        status = verify_versions(v, &f);
    return status == IPAM_OK ? verify_newest(v) : status;
}

void sq_verify(void *user, struct ipam_req *req)
{
    struct sq_error err = { .status = IPAM_OK };
    struct verify v = { .ctx = user, .req = req, .err = &err };
    struct sq_poll p = { v.ctx->host, req };

    if (!sq_usable(v.ctx, req))
        return;
    pthread_rwlock_rdlock(&v.ctx->in_place);
    int32_t status = sq_conn_open(&v.conn, &v.ctx->settings, true, &err);
    if (status == IPAM_OK) {
        sq_poll_on(&v.conn, &p);
        status = sq_exec(&v.conn, "BEGIN", &err);
        if (status == IPAM_OK)
            status = verify_all(&v);
        sq_conn_close(&v.conn);
    }
    pthread_rwlock_unlock(&v.ctx->in_place);
    if (status == IPAM_OK)
        err.status = IPAM_OK;
    sq_done(v.ctx, req, &err);
}

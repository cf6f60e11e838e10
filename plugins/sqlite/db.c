/* db.c - one SQLite connection: opening, statements, errors as people read them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 2000

/* The system's error behind the one SQLite just reported, or 0. sqlite3_system_errno does not know it when a
 * COMMIT failed. */
static int system_error(sqlite3 *db)
{
    int code = sqlite3_extended_errcode(db) & 0xff;

    return code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? errno : 0;
}

/* A write that failed for want of space left no whole frame in the log, so nothing was committed. SQLite
 * reports ENOSPC as SQLITE_FULL, but a quota or a file size limit as an I/O error. */
static bool is_full(int native, int number)
{
    return (native & 0xff) == SQLITE_FULL ||
           (native == SQLITE_IOERR_WRITE && (number == ENOSPC || number == EDQUOT || number == EFBIG));
}

static int32_t status_of(int native, int number)
{
    if (is_full(native, number))
        return IPAM_E_NOSPC;
    if (native == SQLITE_IOERR_NOMEM)
        return IPAM_E_NOMEM;
    switch (native & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: return IPAM_E_IO;
    case SQLITE_NOMEM: return IPAM_E_NOMEM;
    case SQLITE_CONSTRAINT: return IPAM_E_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return IPAM_E_BUSY;
    case SQLITE_INTERRUPT: return IPAM_E_CANCELED;
    case SQLITE_TOOBIG: return IPAM_E_TOOBIG;
    case SQLITE_READONLY:
    case SQLITE_PERM: return IPAM_E_ACCESS;
    case SQLITE_NOTADB: return IPAM_E_CONFIG;
    default: return IPAM_E_BUG;
    }
}

static const char *remedy(int32_t status)
{
    switch (status) {
    case IPAM_E_NOSPC: return "nothing was changed; free space on its file system";
    case IPAM_E_IO:
        return "look at the disk and the system log, then start the service again, which recovers the file";
    case IPAM_E_NOMEM: return "nothing was changed; free memory or lower cache_mib";
    case IPAM_E_CONFLICT: return "nothing was changed; the batch contradicts what is stored";
    case IPAM_E_BUSY: return "end the other program that has the file open";
    case IPAM_E_CANCELED: return "it was cancelled";
    case IPAM_E_TOOBIG: return "nothing was changed; the row is too large";
    case IPAM_E_ACCESS: return "make the file and its folder writable for the service's user";
    case IPAM_E_CONFIG: return "this is no database; let option path name another file";
    default: return "this is a fault of the sqlite plugin; please report it";
    }
}

int32_t sq_fail(struct sq_conn *c, const char *what, struct sq_error *err)
{
    int number = system_error(c->db);
    char reason[96] = "";

    errno = number;
    if (number)
        snprintf(reason, sizeof(reason), ", %m");
    err->native = sqlite3_extended_errcode(c->db);
    err->status = status_of(err->native, number);
    snprintf(err->text, sizeof(err->text), "%s: %s: %s (SQLite %d%s); %s", c->path, what,
             sqlite3_errmsg(c->db), err->native, reason, remedy(err->status));
    return err->status;
}

int32_t sq_refuse(struct sq_error *err, int32_t status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err->status = status;
    err->native = 0;
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return status;
}

int32_t sq_stopped(struct sq_error *err, int32_t status, const char *path)
{
    return sq_refuse(err, status, "%s: %s", path,
                     status == IPAM_E_NOMEM ? "out of memory for what was read" : "the reader stopped");
}

int32_t sq_exec(struct sq_conn *c, const char *sql, struct sq_error *err)
{
    errno = 0;
    if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return IPAM_OK;
    char what[96];
    snprintf(what, sizeof(what), "cannot run '%.64s'", sql);
    return sq_fail(c, what, err);
}

int32_t sq_prepare(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) == SQLITE_OK) {
        *ret = stmt;
        return IPAM_OK;
    }
    char what[96];
    snprintf(what, sizeof(what), "cannot prepare '%.64s'", sql);
    return sq_fail(c, what, err);
}

int32_t sq_run(struct sq_conn *c, sqlite3_stmt *stmt, const char *what, struct sq_error *err)
{
    errno = 0;
    int32_t status = sqlite3_step(stmt) == SQLITE_DONE ? IPAM_OK : sq_fail(c, what, err);

    sqlite3_reset(stmt);
    return status;
}

int32_t sq_begin(struct sq_conn *c, struct sq_error *err)
{
    if (!sqlite3_get_autocommit(c->db)) {
        int32_t status = sq_run(c, c->rollback, "cannot end the transaction before", err);
        if (status != IPAM_OK)
            return status;
    }
    return sq_run(c, c->begin, "cannot run 'BEGIN'", err);
}

int32_t sq_commit(struct sq_conn *c, struct sq_error *err)
{
    return sq_run(c, c->commit, "cannot run 'COMMIT'", err);
}

void sq_rollback(struct sq_conn *c)
{
    if (sqlite3_get_autocommit(c->db))
        return;
    sqlite3_step(c->rollback); /* where it fails, sq_begin tries it again */
    sqlite3_reset(c->rollback);
}

int32_t sq_cached(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (const char *p = sql; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    struct sq_cached *slot = &c->cache[hash % SQ_CACHE];
    if (slot->sql && strcmp(slot->sql, sql) == 0) {
        *ret = slot->stmt;
        return IPAM_OK;
    }
    sqlite3_stmt *stmt;
    int32_t status = sq_prepare(c, sql, &stmt, err);
    if (status != IPAM_OK)
        return status;
    char *copy = strdup(sql);
    if (!copy) {
        sqlite3_finalize(stmt);
        return sq_refuse(err, IPAM_E_NOMEM, "%s: out of memory; nothing was changed", c->path);
    }
    sqlite3_finalize(slot->stmt);
    free(slot->sql);
    *slot = (struct sq_cached){ copy, stmt };
    *ret = stmt;
    return IPAM_OK;
}

int32_t sq_integer(struct sq_conn *c, const char *sql, int64_t *ret, struct sq_error *err)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_cached(c, sql, &stmt, err);

    if (status != IPAM_OK)
        return status;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    else
        status = sq_fail(c, "cannot read its head", err);
    sqlite3_reset(stmt);
    return status;
}

void sq_bind_bytes(sqlite3_stmt *stmt, int place, struct ipam_bytes value)
{
    if (value.len)
        sqlite3_bind_blob64(stmt, place, value.data, value.len, SQLITE_STATIC);
    else
        sqlite3_bind_zeroblob(stmt, place, 0);
}

void sq_bind_column(sqlite3_stmt *stmt, int place, struct ipam_bytes value)
{
    if (value.len)
        sqlite3_bind_blob64(stmt, place, value.data, value.len, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, place);
}

struct ipam_bytes sq_column_bytes(sqlite3_stmt *stmt, int column)
{
    const uint8_t *data = sqlite3_column_blob(stmt, column);

    return (struct ipam_bytes){ data, (size_t)sqlite3_column_bytes(stmt, column) };
}

int64_t sq_sum(int64_t a, int64_t b, struct ipam_bytes body)
{
    uint8_t key[crypto_shorthash_KEYBYTES], sum[crypto_shorthash_BYTES];
    uint64_t n = 0;

    for (unsigned i = 0; i < 8; i++) {
        key[i] = (uint8_t)((uint64_t)a >> (8 * i));
        key[i + 8] = (uint8_t)((uint64_t)b >> (8 * i));
    }
    crypto_shorthash(sum, body.data, body.len, key);
    for (unsigned i = 0; i < 8; i++)
        n |= (uint64_t)sum[i] << (8 * i);
    return (int64_t)n;
}

static int32_t configure(struct sq_conn *c, const struct sq_settings *set, bool reader, struct sq_error *err)
{
    char sql[512];

    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    if (reader)
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    /* The writer too: a reader that met a half-written log index holds the write lock as it looks again. */
    sqlite3_busy_timeout(c->db, BUSY_MS);
    snprintf(sql, sizeof(sql),
             "PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA query_only=%d; "
             "PRAGMA synchronous=%s; PRAGMA cache_size=-%lld",
             reader, set->full ? "FULL" : "NORMAL", (long long)set->cache_mib * 1024);
    return sq_exec(c, sql, err);
}

int32_t sq_conn_open(struct sq_conn *c, const struct sq_settings *set, bool reader, struct sq_error *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                (reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int32_t status;

    c->path = set->path;
    if (sqlite3_open_v2(set->path, &c->db, flags, NULL) != SQLITE_OK)
        status = c->db ? sq_fail(c, "cannot open it", err)
                       : sq_refuse(err, IPAM_E_NOMEM, "%s: cannot open it: out of memory", set->path);
    else
        status = configure(c, set, reader, err);
    if (status == IPAM_OK)
        status = sq_prepare(c, reader ? "BEGIN" : "BEGIN IMMEDIATE", &c->begin, err);
    if (status == IPAM_OK)
        status = sq_prepare(c, "COMMIT", &c->commit, err);
    if (status == IPAM_OK)
        status = sq_prepare(c, "ROLLBACK", &c->rollback, err);
    if (status != IPAM_OK)
        sq_conn_close(c);
    return status;
}

void sq_conn_close(struct sq_conn *c)
{
    for (unsigned i = 0; i < SQ_CACHE; i++) {
        sqlite3_finalize(c->cache[i].stmt);
        free(c->cache[i].sql);
    }
    sqlite3_finalize(c->begin);
    sqlite3_finalize(c->commit);
    sqlite3_finalize(c->rollback);
    sqlite3_close(c->db);
    *c = (struct sq_conn){ 0 };
}

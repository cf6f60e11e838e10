/* sq.h - what the files of the sqlite plugin share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One writer connection, used by the writer thread alone, which alone checkpoints; one read-only connection
 * for each reader thread. No connection is ever used by two threads, and no second process gets past the lock
 * file: SQLite up to 3.51.2 can lose a reset of its log when two connections write or checkpoint at once
 * (https://sqlite.org/wal.html), and this rule makes that unreachable. */
#ifndef SQLITE_SQ_H
#define SQLITE_SQ_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ipam/plugin.h"

#define SQ_READERS     2
#define SQ_TEXT        1024       /* bytes of a message */
#define SQ_APPLICATION 0x6970616d /* "ipam", PRAGMA application_id */
#define SQ_LAYOUT      1          /* PRAGMA user_version: of the tables that are the plugin's own */
#define SQ_NAME_MAX    63         /* of a table or column */
#define SQ_COLUMNS_MAX 64
#define SQ_BATCHES     16 /* batch ids that are remembered */

/* Why a call fails. */
struct sq_error {
    int32_t status; /* IPAM_E_* */
    int native;     /* SQLite's extended code; 0: none */
    char text[SQ_TEXT];
};

/* db.c: one connection and its statements. */
#define SQ_CACHE 64
struct sq_conn {
    sqlite3 *db;
    const char *path; /* the context's */
    struct sq_cached {
        char *sql;
        sqlite3_stmt *stmt;
    } cache[SQ_CACHE];
};

/* One table of the schema, with the writer's statements. */
struct sq_table {
    const struct ipam_table *def;
    sqlite3_stmt *put, *touch, *keep, *erase;
};

struct sq_settings {
    const char *path;
    bool full;         /* synchronous=FULL */
    int64_t cache_mib; /* of each connection */
};

struct sq_ctx {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    const struct ipam_schema *schema;
    char *path;
    int lock_fd;
    struct sq_conn writer, readers[SQ_READERS];
    struct sq_table *tables; /* schema->table_count of them */
    sqlite3_stmt *append, *bookkeep;
    bool inside;                     /* the gate is open */
    uint8_t batches[SQ_BATCHES][16]; /* the last that were committed, newest first */
    int wal_pages, wal_due; /* in the write-ahead log after the last commit; at how many it is written back */
    atomic_bool broken;     /* an I/O error made the outcome of a commit unknown; `why` says which */
    struct sq_error why;
};

#define SQ_MUST_USE __attribute__((warn_unused_result))

/* Fills *err from SQLite's last error on the connection; `what` says what was tried ("cannot commit").
 * Returns err->status. */
int32_t sq_fail(struct sq_conn *c, const char *what, struct sq_error *err);
/* Fills *err with a text of our own. Returns status. */
int32_t sq_refuse(struct sq_error *err, int32_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

int32_t sq_conn_open(struct sq_conn *c, const struct sq_settings *set, bool reader,
                     struct sq_error *err) SQ_MUST_USE;
void sq_conn_close(struct sq_conn *c); /* fine on a zeroed one */
/* Runs statements that return no row. */
int32_t sq_exec(struct sq_conn *c, const char *sql, struct sq_error *err) SQ_MUST_USE;
/* Runs a statement that returns one integer. */
int32_t sq_integer(struct sq_conn *c, const char *sql, int64_t *ret, struct sq_error *err) SQ_MUST_USE;
/* A prepared statement that the caller finalizes. */
int32_t sq_prepare(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err) SQ_MUST_USE;
/* A prepared statement that the connection keeps; reset it after use. Only one of a connection is in use at a
 * time: the next call may drop it. */
int32_t sq_cached(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err) SQ_MUST_USE;
/* Binds bytes; empty ones as NULL, which is how an absent value is stored. The bytes must live until the
 * reset. */
void sq_bind_column(sqlite3_stmt *stmt, int place, struct ipam_bytes value);
/* Binds bytes; empty ones as an empty blob. */
void sq_bind_bytes(sqlite3_stmt *stmt, int place, struct ipam_bytes value);
struct ipam_bytes sq_column_bytes(sqlite3_stmt *stmt, int column); /* valid until the next step or reset */

/* file.c: the folder, the lock and the file, before SQLite touches them. */
/* Checks owners and modes, takes the lock (ret_lock: a descriptor that holds it until it is closed), and
 * creates an empty file durably when there is none. IPAM_E_BUSY: another process has it. */
int32_t sq_file_claim(const char *path, int *ret_lock, struct sq_error *err) SQ_MUST_USE;

/* layout.c: tables and indexes. */
/* Creates what is missing; refuses a newer schema and a foreign file. */
int32_t sq_layout(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;
const struct sq_table *sq_table_find(const struct sq_ctx *ctx, uint32_t type); /* NULL: not in the schema */
/* Name of the column with that field number; NULL: none. */
const char *sq_column_name(const struct sq_table *t, uint32_t number);

/* Text of SQL, built in a fixed buffer: what does not fit makes it fail, once and for all. */
struct sq_sql {
    char text[16384];
    size_t len;
    bool failed;
};
void sq_sql_add(struct sq_sql *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* gate.c: the writer thread's calls. */
int32_t sq_gate_prepare(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;
void sq_gate_release(struct sq_ctx *ctx);
void sq_gate_enter(void *ctx, struct ipam_req *req, struct ipam_gate_enter *args);
void sq_gate_get(void *ctx, struct ipam_req *req, const struct ipam_gate_get *args);
void sq_gate_commit(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *args);
void sq_gate_abort(void *ctx, struct ipam_req *req);
void sq_outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args);

/* query.c: the reader threads' calls. */
void sq_query(void *ctx, struct ipam_req *req, struct ipam_query *args);
void sq_changes(void *ctx, struct ipam_req *req, struct ipam_changes *args);

/* plugin.c */
/* Ends a request with the status in *err. */
void sq_done(struct sq_ctx *ctx, struct ipam_req *req, const struct sq_error *err);
/* True when the context may still be used; else the request has been ended. */
bool sq_usable(struct sq_ctx *ctx, struct ipam_req *req);
/* Hands out the row a statement stands on: its columns are id, rev, body. */
int32_t sq_emit(struct sq_ctx *ctx, struct ipam_req *req, uint32_t type, uint32_t op,
                sqlite3_stmt *stmt) SQ_MUST_USE;

#endif

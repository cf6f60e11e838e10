/* sq.h - what the files of the sqlite plugin share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One writer connection, used by the writer thread alone, which alone checkpoints; one read-only connection
 * for each reader thread. No connection is ever used by two threads, and no second process gets past the lock
 * file: SQLite up to 3.51.2 can lose a reset of its log when two connections write or checkpoint at once
 * (https://sqlite.org/wal.html), and this rule makes that unreachable. */
#ifndef SQLITE_SQ_H
#define SQLITE_SQ_H

#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ipam/plugin.h"

#define SQ_READERS     2
#define SQ_TEXT        1024       /* bytes of a message */
#define SQ_APPLICATION 0x6970616d /* "ipam", PRAGMA application_id */
#define SQ_LAYOUT      2          /* PRAGMA user_version: how rows are stored. 1: without their sums */
#define SQ_NAME_MAX    63         /* of a table or column */
#define SQ_COLUMNS_MAX 64
#define SQ_BATCHES     16 /* batch ids that are remembered */
#define SQ_GROUP       32 /* new rows of one table that are written by one statement */

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
    const char *path;                        /* the context's */
    sqlite3_stmt *begin, *commit, *rollback; /* prepared, so that the end of a transaction needs no memory */
    struct sq_cached {
        char *sql;
        sqlite3_stmt *stmt;
    } cache[SQ_CACHE];
};

/* One table of the schema, with the writer's statements. */
struct sq_table {
    const struct ipam_table *def;
    sqlite3_stmt *put, *touch, *keep, *erase;
    sqlite3_stmt *group; /* SQ_GROUP new rows; NULL: there never were so many at once */
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
    int64_t newest_id;               /* no row has a higher one, nor has the batch put one so far */
    uint8_t batches[SQ_BATCHES][16]; /* the last that were committed, newest first */
    int wal_pages, wal_due; /* in the write-ahead log after the last commit; at how many it is written back */
    atomic_bool giving_up;  /* whoever set it writes `why` */
    atomic_bool broken;     /* an I/O error made the outcome of a commit unknown; `why` says which */
    struct sq_error why;
    struct sq_settings settings;
    pthread_rwlock_t in_place; /* read: a call uses the file; write: another takes its place */
    struct sq_load *load;      /* under way */
};

#define SQ_MUST_USE __attribute__((warn_unused_result))

/* Fills *err from SQLite's last error on the connection; `what` says what was tried ("cannot commit").
 * Returns err->status. */
int32_t sq_fail(struct sq_conn *c, const char *what, struct sq_error *err);
/* Fills *err with a text of our own. Returns status. */
int32_t sq_refuse(struct sq_error *err, int32_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for what the core answered to a row or a record. */
int32_t sq_stopped(struct sq_error *err, int32_t status, const char *path);

int32_t sq_conn_open(struct sq_conn *c, const struct sq_settings *set, bool reader,
                     struct sq_error *err) SQ_MUST_USE;
void sq_conn_close(struct sq_conn *c); /* fine on a zeroed one */
/* Runs statements that return no row. */
int32_t sq_exec(struct sq_conn *c, const char *sql, struct sq_error *err) SQ_MUST_USE;
/* Begins a transaction; one that could not be ended before is ended first. */
int32_t sq_begin(struct sq_conn *c, struct sq_error *err) SQ_MUST_USE;
int32_t sq_commit(struct sq_conn *c, struct sq_error *err) SQ_MUST_USE;
void sq_rollback(struct sq_conn *c); /* fine without a transaction */
/* Runs a statement that returns one integer. */
int32_t sq_integer(struct sq_conn *c, const char *sql, int64_t *ret, struct sq_error *err) SQ_MUST_USE;
/* A prepared statement that the caller finalizes. */
int32_t sq_prepare(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err) SQ_MUST_USE;
/* Runs a bound statement that returns no row, and resets it. */
int32_t sq_run(struct sq_conn *c, sqlite3_stmt *stmt, const char *what, struct sq_error *err) SQ_MUST_USE;
/* A prepared statement that the connection keeps; reset it after use. Only one of a connection is in use at a
 * time: the next call may drop it. */
int32_t sq_cached(struct sq_conn *c, const char *sql, sqlite3_stmt **ret, struct sq_error *err) SQ_MUST_USE;
/* Binds bytes; empty ones as NULL, which is how an absent value is stored. The bytes must live until the
 * reset. */
void sq_bind_column(sqlite3_stmt *stmt, int place, struct ipam_bytes value);
/* Binds bytes; empty ones as an empty blob. */
void sq_bind_bytes(sqlite3_stmt *stmt, int place, struct ipam_bytes value);
struct ipam_bytes sq_column_bytes(sqlite3_stmt *stmt, int column); /* valid until the next step or reset */

/* What a row must be stored with: a sum over its body, keyed by two numbers that name it. */
int64_t sq_sum(int64_t a, int64_t b, struct ipam_bytes body);

/* file.c: the folder, the lock and the file, before SQLite touches them. */
/* Checks owners and modes, takes the lock (ret_lock: a descriptor that holds it until it is closed), and
 * creates an empty file durably when there is none. IPAM_E_BUSY: another process has it. As it is: nothing is
 * created; IPAM_E_NOENT when there is none. */
int32_t sq_file_claim(const char *path, bool as_is, int *ret_lock, struct sq_error *err) SQ_MUST_USE;
bool sq_as_is(const struct sq_ctx *ctx); /* only looked at: IPAM_SCHEMA_AS_IS */

/* layout.c: tables and indexes. */
/* Creates what is missing; refuses a newer schema and a foreign file. */
int32_t sq_layout(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;
/* What is wrong with the layout of a file that is open: `problem` for each thing. */
int32_t sq_layout_judge(struct sq_ctx *ctx, struct sq_conn *c, void (*problem)(void *user, const char *text),
                        void *user, struct sq_error *err) SQ_MUST_USE;
/* The tables of an empty file, without indexes; and those. */
int32_t sq_layout_tables(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err) SQ_MUST_USE;
int32_t sq_layout_indexes(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err) SQ_MUST_USE;
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
/* From now on every call is answered with *err: what is on disk is known only after the next start has recovered
 * it. Any thread. */
void sq_give_up(struct sq_ctx *ctx, const struct sq_error *err);
void sq_outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args);

/* write.c: the rows of a batch. */
/* Adds the text that inserts so many rows: of each id, rev, body, sum, and the columns. */
void sq_insert_sql(const struct ipam_table *def, unsigned rows, struct sq_sql *s);
/* The writer's statements for a table; and their end. */
int32_t sq_write_prepare(struct sq_ctx *ctx, struct sq_table *t, struct sq_error *err) SQ_MUST_USE;
void sq_write_release(struct sq_table *t);
/* Writes the rows in their order. */
int32_t sq_write_rows(struct sq_ctx *ctx, const struct ipam_gate_commit *args, struct sq_error *err) SQ_MUST_USE;

/* swap.c: a file beside the database, made in peace, that takes its place. */
#define SQ_NEW ".new"
/* Drops what an interrupted attempt left: the file beside, and a second name of the database. */
int32_t sq_new_drop(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;
/* Makes it, empty, and opens it for writing without syncs: if anything fails it is dropped. */
int32_t sq_new_open(struct sq_ctx *ctx, struct sq_conn *ret, char *path, size_t room,
                    struct sq_error *err) SQ_MUST_USE;
/* Lets it take the place of the database, which must be closed and is kept under PATH.<kind>-TIME; a kind of NULL
 * keeps nothing. After any crash one of the two is there, whole. The name it is kept under goes to ret_kept. */
int32_t sq_new_use(struct sq_ctx *ctx, const char *kind, char *ret_kept, size_t room,
                   struct sq_error *err) SQ_MUST_USE;
/* Fails unless the folder has room for a copy of the database. */
int32_t sq_new_room(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;

/* dump.c: all rows of a file, from one snapshot. */
typedef int32_t (*sq_each)(void *user, const struct ipam_row *row, struct sq_error *err);
/* Rows in the order of dump, from a file of this layout. */
int32_t sq_walk(struct sq_ctx *ctx, struct sq_conn *c, int layout, sq_each each, void *user,
                struct sq_error *err) SQ_MUST_USE;
void sq_dump(void *ctx, struct ipam_req *req, struct ipam_dump *args);

/* load.c: rows into a new file. */
int32_t sq_load_begin(struct sq_ctx *ctx, struct sq_load **ret, struct sq_error *err) SQ_MUST_USE;
int32_t sq_load_row(struct sq_load *l, const struct ipam_row *row, struct sq_error *err) SQ_MUST_USE;
/* Closes the file, durable and whole; then only sq_new_use is left to do. `l` is gone. */
int32_t sq_load_end(struct sq_load *l, int64_t next_id, int64_t head, struct sq_error *err) SQ_MUST_USE;
void sq_load_drop(struct sq_load *l); /* NULL-safe */
void sq_load(void *ctx, struct ipam_req *req, const struct ipam_load *args);
/* The digest of a dump. */
void sq_digest_init(crypto_generichash_state *d);
void sq_digest_row(crypto_generichash_state *d, const struct ipam_row *row);
void sq_digest_end(crypto_generichash_state *d, uint8_t ret[32]);

/* upgrade.c: a file of an older layout or schema. */
int32_t sq_upgrade(struct sq_ctx *ctx, int layout, int64_t schema, struct sq_error *err) SQ_MUST_USE;

/* verify.c, stat.c */
void sq_verify(void *ctx, struct ipam_req *req);
void sq_stat(void *ctx, struct ipam_req *req);

/* query.c: the reader threads' calls. */
struct sq_poll {
    const struct ipam_host *host;
    struct ipam_req *req;
};
/* Lets a request that was cancelled interrupt what runs on the connection; NULL: no more. */
void sq_poll_on(struct sq_conn *c, struct sq_poll *p);
/* Begins the snapshot a request reads from; *ret_conn is NULL when the request has been ended instead. */
void sq_read_begin(struct sq_ctx *ctx, struct ipam_req *req, uint32_t reader, struct sq_poll *p,
                   struct sq_conn **ret_conn);
void sq_read_end(struct sq_ctx *ctx, struct ipam_req *req, struct sq_conn *c, const struct sq_error *err);
void sq_query(void *ctx, struct ipam_req *req, struct ipam_query *args);
void sq_changes(void *ctx, struct ipam_req *req, struct ipam_changes *args);

/* past.c: rows as they were. */
/* Gives a reader's connection what sq_past_from needs. */
int32_t sq_past_prepare(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err) SQ_MUST_USE;
/* Adds a FROM clause: id, rev, body and the columns in `wanted` (bit i: the table's column i) of the rows that
 * stood in the table at the revision of each "?", which is there SQ_PAST_BINDS times. */
void sq_past_from(const struct sq_table *t, uint64_t wanted, struct sq_sql *s);
#define SQ_PAST_BINDS 3

/* plugin.c */
/* Opens the connections of a file that is there, and makes the gate ready; closes them. */
int32_t sq_connect(struct sq_ctx *ctx, struct sq_error *err) SQ_MUST_USE;
void sq_disconnect(struct sq_ctx *ctx);
/* Ends a request with the status in *err. */
void sq_done(struct sq_ctx *ctx, struct ipam_req *req, const struct sq_error *err);
/* True when the context may still be used; else the request has been ended. */
bool sq_usable(struct sq_ctx *ctx, struct ipam_req *req);
/* Hands out the row a statement stands on: its columns are id, rev, body, sum, and for the sum of a change set its
 * time. A row that is not what was stored is refused, as damage that no other check sees; with SQ_UNCHECKED beside
 * the op it is not looked at. */
#define SQ_UNCHECKED 0x100u
int32_t sq_emit(struct sq_ctx *ctx, struct ipam_req *req, uint32_t type, uint32_t op, sqlite3_stmt *stmt,
                struct sq_error *err) SQ_MUST_USE;
/* Whether the sum is that of the body; else IPAM_E_PROVIDER with what to do. */
int32_t sq_check_sum(const struct sq_ctx *ctx, const char *what, int64_t id, int64_t sum, int64_t wanted,
                     struct sq_error *err) SQ_MUST_USE;

#endif

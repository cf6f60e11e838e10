/* storage.h - storage backend interface (kind "storage", v0). Runs in the daemon's process.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Threads: the gate_* calls and outcome come one at a time on the writer thread; query and changes on reader
 * threads, several at once, each call telling its reader number. open and close come on the writer thread.
 * Rows are opaque packed bodies beside the columns the schema names; values of columns are byte strings that
 * order like the values do. */
#ifndef IPAM_STORAGE_H
#define IPAM_STORAGE_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One table of the schema. */
struct ipam_table {
    uint32_t size, type; /* sizeof; record type number */
    const char *name;    /* [a-z_]+ */
    uint32_t versions;   /* nonzero: the row that is replaced or deleted is kept as an old version */
    uint32_t column_count;
    const uint32_t *column_numbers; /* field numbers, ascending */
    const char *const *column_names;
};
struct ipam_schema {
    uint32_t size, version; /* sizeof; of the layout: an older one is brought up, a newer one refused */
    uint32_t table_count;
    const struct ipam_table *const *tables;
    /* Reads the columns of a stored row from its body, for a column that is new in a table: calls `column`
     * for each value that is there with its place in column_numbers; the value lives until that returns. 0,
     * or IPAM_E_INVAL for a body that cannot be read. Any thread. */
    int32_t (*columns)(const struct ipam_table *table, struct ipam_bytes body,
                       void (*column)(void *user, uint32_t place, struct ipam_bytes value), void *user);
    uint32_t flags; /* IPAM_SCHEMA_* */
};
/* To look at what is stored: nothing is created or brought up. IPAM_E_NOENT: nothing is stored yet;
 * IPAM_E_CHANGED: it is older, and the next open without this flag brings it up. */
#define IPAM_SCHEMA_AS_IS 1

#define IPAM_ROW_PUT    1
#define IPAM_ROW_DELETE 2

/* One row. In a batch: what to do with it. From a query: what is there (op 0). */
struct ipam_row {
    uint32_t size, op, type;
    int64_t id, rev;
    const struct ipam_bytes
        *columns; /* in the order of the table's column_numbers; empty: absent; NULL from a query */
    uint32_t column_count;
    struct ipam_bytes body;
};

/* From dump, and to load: what there is beside present rows, which are IPAM_ROW_PUT. A number in columns[0] is
 * 8 bytes, little-endian; without columns it is not known. */
#define IPAM_ROW_VERSION                                                                                     \
    3 /* an old version: rev is the revision that replaced it, columns[0] the one that made it */
#define IPAM_ROW_CHANGE 4 /* a change set: id and rev the revision, columns[0] its time */
#define IPAM_ROW_ENTRY  5 /* an entry of a log: type the log, id its time, columns[0] its key */

/* One change set: what is appended to the change log. */
struct ipam_log_row {
    uint32_t size;
    int64_t rev, time_ms;
    struct ipam_bytes body;
};

/* One entry of a log of events or samples: never changed, found by time and key, dropped by age. */
struct ipam_log_entry {
    uint32_t size, log; /* sizeof; record type number of the entries */
    int64_t time_ms;
    struct ipam_bytes key, body;
};

struct ipam_key { /* a row by id, or by the value of one column when id is 0 */
    uint32_t size, type;
    int64_t id;
    uint32_t column; /* field number */
    struct ipam_bytes value;
};
struct ipam_gate_enter {
    uint32_t size;
    int64_t head; /* the caller's; rows changed since are emitted first */
    int64_t ret_clock_ms, ret_next_id, ret_head;
    /* A gate_get on the way in, which saves a round trip: the rows that exist are emitted last, with op 0. A
     * backend that does it says so in ret_read; else gate_get follows. */
    uint32_t key_count, ret_read;
    const struct ipam_key *const *keys;
};
struct ipam_gate_get {
    uint32_t size, count;
    const struct ipam_key *const *keys;
};
struct ipam_gate_commit {
    uint32_t size;
    uint8_t batch_id[16];
    int64_t next_id, head; /* after the batch; next_id is above every id that was ever put, and never falls */
    uint32_t row_count, log_count;
    const struct ipam_row *const *rows;     /* applied in this order */
    const struct ipam_log_row *const *logs; /* ascending revisions */
    uint32_t entry_count;                   /* 0 without IPAM_STORAGE_CAP_LOGS */
    const struct ipam_log_entry *const *entries;
};
#define IPAM_OUTCOME_COMMITTED 1
#define IPAM_OUTCOME_ABSENT    2
#define IPAM_OUTCOME_UNKNOWN   3
struct ipam_gate_outcome {
    uint32_t size;
    uint8_t batch_id[16];
    uint32_t ret_outcome;
};

#define IPAM_CMP_EQ     1
#define IPAM_CMP_LT     2
#define IPAM_CMP_LE     3
#define IPAM_CMP_GT     4
#define IPAM_CMP_GE     5
#define IPAM_CMP_PREFIX 6 /* the value begins with these bytes */
struct ipam_filter {
    uint32_t size, column, cmp; /* field number of a column; 0: the id (8 bytes big-endian, sign flipped) */
    struct ipam_bytes value;
};
#define IPAM_QUERY_DESCENDING 1
#define IPAM_QUERY_COUNT      2 /* emit no row; count in ret_count */
#define IPAM_QUERY_TOTAL      4 /* emit rows, and count in ret_total all that pass the filters */
#define IPAM_QUERY_UNCHECKED  8 /* of changes: also rows that the backend finds damaged, for who judges them otherwise */
struct ipam_query {
    uint32_t size, type, flags, limit; /* limit 0: none */
    uint32_t reader;                   /* number of the reader thread */
    uint32_t filter_count;
    const struct ipam_filter *const *filters; /* all must hold */
    uint32_t order;                           /* column to order by, then id; 0: by id */
    int64_t after_id;                         /* with after_value: where to go on; 0: from the start */
    struct ipam_bytes after_value;
    int64_t ret_head; /* the revision the answer shows, exactly */
    int64_t ret_count;
    int64_t at;        /* rows as they were at this revision, their rev that of then; 0: now */
    int64_t ret_total; /* with IPAM_QUERY_TOTAL: whatever after_id and limit say */
};
struct ipam_changes {
    uint32_t size, flags, limit, reader; /* IPAM_QUERY_DESCENDING: newest first; IPAM_QUERY_UNCHECKED */
    int64_t after;               /* revisions above this; with DESCENDING below it (0: from the newest) */
    int64_t upto;                /* none above this; 0: no limit */
    int64_t ret_head, ret_count; /* count of all change sets that exist */
};

struct ipam_log_query {
    uint32_t size, log, flags, limit, reader; /* IPAM_QUERY_DESCENDING, IPAM_QUERY_COUNT */
    struct ipam_bytes key;                    /* entries of this key; empty: all */
    int64_t from_ms, to_ms;                   /* from <= time < to */
    int64_t ret_count;
};
struct ipam_log_prune {
    uint32_t size, log;
    int64_t before_ms; /* whole segments that end before it are dropped */
    int64_t ret_count; /* entries dropped */
};
struct ipam_dump {
    uint32_t size, reader;
    int64_t ret_head, ret_count;
    /* BLAKE2b-256 over each row in the order emitted: type (4 bytes, little-endian), id and rev (8), body */
    uint8_t ret_digest[32];
    int64_t ret_next_id;
};
struct ipam_load {
    uint32_t size, flags; /* IPAM_LOAD_* */
    uint32_t row_count;
    const struct ipam_row *const *rows; /* as dump emitted them */
    int64_t next_id, head;              /* with LAST: after everything */
    uint8_t digest[32];                 /* with LAST: dump's, which must be that of all rows loaded */
};
#define IPAM_LOAD_FIRST   1 /* the storage must be empty; what an unfinished load left is dropped */
#define IPAM_LOAD_LAST    2 /* afterwards, and only then, all of it is there */
#define IPAM_LOAD_REPLACE 4 /* with FIRST: it need not be empty; what was there is kept aside for people */

/* What a backend can do beyond the gate, queries and changes. */
#define IPAM_STORAGE_CAP_LOGS   0x1 /* entries in gate_commit, log_query, log_prune */
#define IPAM_STORAGE_CAP_DUMP   0x2 /* dump, load */
#define IPAM_STORAGE_CAP_VERIFY 0x4 /* verify */
#define IPAM_STORAGE_CAP_STATS  0x8 /* stat */
#define IPAM_STORAGE_CAP_AT     0x10 /* query with `at`, of tables with versions */

struct ipam_storage_ops {
    uint32_t size, version;
    uint32_t readers; /* reader threads it can use, 1-16 */
    uint64_t capabilities;
    /* Opens or creates what is missing. IPAM_E_CONFIG: a newer schema or a foreign file; IPAM_E_BUSY: another
     * process has it. */
    int32_t (*open)(struct ipam_inst *inst, const struct ipam_host *host, const struct ipam_schema *schema,
                    void **ret_ctx);
    void (*close)(void *ctx);
    /* Begins the one write transaction; emits by host->row the rows changed after args->head, in order, and then,
     * if it likes, those of args->keys. */
    void (*gate_enter)(void *ctx, struct ipam_req *req, struct ipam_gate_enter *args);
    /* Emits the rows that exist, inside the transaction. */
    void (*gate_get)(void *ctx, struct ipam_req *req, const struct ipam_gate_get *args);
    /* All or nothing, durable when done says IPAM_OK; the transaction is over whatever the status.
     * IPAM_E_NOSPC: definitely not committed. IPAM_E_IO: not known, and the backend must not be used again by
     * this process unless outcome can tell. */
    void (*gate_commit)(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *args);
    void (*gate_abort)(void *ctx, struct ipam_req *req);
    void (*outcome)(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args);
    /* Emits rows by host->row, from one snapshot. */
    void (*query)(void *ctx, struct ipam_req *req, struct ipam_query *args);
    /* Emits change sets by host->row: type IPAM_T_CHANGE, id and rev the revision, columns[0] its time as dump
     * has it, body as it was appended. */
    void (*changes)(void *ctx, struct ipam_req *req, struct ipam_changes *args);
    /* Emits entries by host->row, oldest first: type the log, id the time, body as appended. Reader thread.
     * */
    void (*log_query)(void *ctx, struct ipam_req *req, struct ipam_log_query *args);
    /* Drops what is older; durable when done says IPAM_OK. Writer thread, outside a transaction. */
    void (*log_prune)(void *ctx, struct ipam_req *req, struct ipam_log_prune *args);
    /* Emits everything by host->row, from one snapshot, in an order that load takes. Reader thread. */
    void (*dump)(void *ctx, struct ipam_req *req, struct ipam_dump *args);
    /* Takes a dump in pieces; rows without columns have them in their bodies (schema->columns).
     * IPAM_E_CONFLICT: the digest differs, or the storage was not empty; nothing of it is there then.
     * Writer thread, outside a transaction; nothing is committed between the first piece and the last. */
    void (*load)(void *ctx, struct ipam_req *req, const struct ipam_load *args);
    /* Looks for damage: emits an ipam_check for each thing looked at. A reader thread, beside others. */
    void (*verify)(void *ctx, struct ipam_req *req);
    /* Emits ipam_stat: sizes, counts, times. A reader thread, beside others. */
    void (*stat)(void *ctx, struct ipam_req *req);
};

#ifdef __cplusplus
}
#endif
#endif

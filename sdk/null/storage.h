/* storage.h - null-storage: a storage backend in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One thread writes, several read. A cell (a row, a change set, an entry) never changes; whoever uses one
 * holds a reference. A reader takes references to what it wants while it has the lock, which is its snapshot,
 * and hands the rows out without it: to emit may take long. */
#ifndef IPAM_NULL_STORAGE_H
#define IPAM_NULL_STORAGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "blake2b.h"
#include "null.h"

#define STORAGE_READERS 4
#define STORAGE_BATCHES 16 /* whose outcome is known */

struct cell {
    atomic_uint refs;
    uint32_t type, column_count;
    int64_t id, rev;
    int64_t gone; /* of an old version: the revision that replaced it. The writer's, and dump's */
    struct ipam_bytes body;
    struct ipam_bytes columns[]; /* one at least: the key of an entry */
};

struct cells {
    struct cell **items;
    size_t count, room;
};

/* All that is stored. */
struct content {
    uint32_t table_count;
    struct cells *tables;  /* by id, one a table of the schema */
    struct cells versions; /* in the order they were replaced */
    struct cells changes;  /* by revision */
    struct cells entries;  /* by time */
    int64_t next_id, head;
};

struct storage {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    const struct ipam_schema *schema;
    struct kept *kept; /* where it all goes when this is closed */
    uint64_t capacity; /* rows */
    pthread_mutex_t lock;
    struct content now, staged; /* staged: what load has got so far */
    struct blake2b digest;      /* of it */
    bool staging;
    bool inside; /* the writer has entered the gate */
    uint8_t batches[STORAGE_BATCHES][16];
    size_t batch_count;
};

/* Cells and lists of them (storage_data.c). */
struct cell *cell_new(uint32_t type, int64_t id, int64_t rev, struct ipam_bytes body,
                      const struct ipam_bytes *columns, uint32_t column_count);
void cell_drop(struct cell *c); /* NULL is fine */
bool cells_reserve(struct cells *l, size_t more);
void cells_insert(struct cells *l, size_t at, struct cell *c); /* room was reserved */
struct cell *cells_take(struct cells *l, size_t at);
void cells_free(struct cells *l);
/* Adds a reference to another list; false: out of memory. */
bool cells_share(struct cells *l, struct cell *c);
bool cells_share_all(struct cells *to, const struct cells *from);
/* The place of the first whose id is not below. */
size_t cells_find(const struct cells *l, int64_t id);

bool content_init(struct content *c, const struct ipam_schema *schema);
void content_free(struct content *c);
bool content_empty(const struct content *c);
/* The number of a table, or of a column in it; -1: there is none. */
int table_of(const struct ipam_schema *schema, uint32_t type);
int column_of(const struct ipam_table *table, uint32_t number);
/* Puts or deletes one row; room was reserved in its table and in the versions. `cell` is NULL for a
 * deletion. */
void content_apply(struct content *c, const struct ipam_schema *schema, uint32_t type, int64_t id,
                   int64_t rev, struct cell *cell);
/* The place of an entry among those of its time: after them. */
size_t content_entry_place(const struct content *c, int64_t time_ms);

/* IPAM_OK when the gate is as the call needs it (storage.c). */
int32_t storage_gate_is(struct null_call *call, const struct storage *s, bool inside);

/* What is stored under a name as long as the process lives (storage_keep.c). */
int32_t storage_take(struct storage *s, struct ipam_str name); /* IPAM_E_BUSY: another instance has it */
void storage_leave(struct storage *s);

/* Reading (storage_read.c). */
void storage_query(void *ctx, struct ipam_req *req, struct ipam_query *args);
void storage_changes(void *ctx, struct ipam_req *req, struct ipam_changes *args);
void storage_log_query(void *ctx, struct ipam_req *req, struct ipam_log_query *args);
void storage_dump(void *ctx, struct ipam_req *req, struct ipam_dump *args);
int32_t storage_emit(struct null_call *call, const struct cell *c, uint32_t op);

/* The cell of a row whose columns are read from its body; NULL: they cannot be, or there is no memory. */
struct cell *storage_cell(const struct ipam_schema *schema, const struct ipam_row *row);

/* The digest of a dump (storage_load.c). */
void storage_digest(struct blake2b *b, uint32_t type, int64_t id, int64_t rev, struct ipam_bytes body);
void storage_load(void *ctx, struct ipam_req *req, const struct ipam_load *args);
void storage_prune(void *ctx, struct ipam_req *req, struct ipam_log_prune *args);
void storage_verify(void *ctx, struct ipam_req *req);
void storage_stat(void *ctx, struct ipam_req *req);

#endif

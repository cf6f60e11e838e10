/* null_storage.h - a null-storage opened with a small schema, and batches for it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_NULL_STORAGE_H
#define TESTS_NULL_STORAGE_H

#include "null_host.h"

#define THING     5 /* a table with versions and the columns a, b (fields 3, 4) */
#define SEEN      9 /* a table without versions and the column a */
#define EVENTS    36
#define COL_A     3
#define COL_B     4
#define VALUE_MAX 4

extern struct ipam_inst inst;
extern struct ipam_req req;
extern void *db;
extern const uint32_t numbers[2]; /* of the columns */

/* One row as the model has it: its body is what its columns are read from. */
struct row {
    int64_t rev; /* 0: there is none */
    uint8_t body[2 * (VALUE_MAX + 1)];
    size_t len;
    struct ipam_bytes columns[2];
};

/* A batch of any rows; what they hold must live until it is run. */
#define BATCH_MAX 64
struct batch {
    struct ipam_row rows[BATCH_MAX];
    struct row bodies[BATCH_MAX];
    struct ipam_log_row logs[8];
    struct ipam_log_entry entries[BATCH_MAX];
    uint32_t row_count, log_count, entry_count;
    uint8_t batch_id[16];
};

const struct ipam_storage_ops *ops(void);
int32_t open_named(const char *name, const char *capacity);
void open_db(const char *capacity); /* a new one */
int setup(void **state);
int teardown(void **state);
uint64_t draw(uint64_t below); /* at random, from the seed that start_seed prints */
void start_seed(void);
void set_columns(struct row *r, uint32_t count, const struct ipam_bytes *values);
/* Points the columns into the body; to be done again when the row was copied. */
void point(struct row *r, uint32_t count);
void draw_row(struct row *r, uint32_t count, int64_t rev);
void put(struct batch *b, uint32_t type, int64_t id, int64_t rev, const struct row *r);
void erase(struct batch *b, uint32_t type, int64_t id, int64_t rev);
void log_row(struct batch *b, int64_t rev);
void log_entry(struct batch *b, int64_t time_ms, const char *key, const char *body);
int32_t enter(int64_t head, struct ipam_gate_enter *args);
void abort_gate(int32_t status);
int64_t head_of(void);
/* enter and commit; what commit said. */
int32_t run(struct batch *b, int64_t next_id, int64_t head);
struct row text_row(const char *a, const char *b);
void commit_thing(int64_t id, int64_t rev, const char *a, const char *b);
int32_t query(struct ipam_query *q);
size_t count_rows(uint32_t type);

#endif

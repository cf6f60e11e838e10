/* sqlite_host.h - a host in a few lines, for tests of the sqlite plugin on real files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SQLITE_HOST_H
#define TESTS_SQLITE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipam/plugin.h"

#define THING 5 /* a table with versions and the columns a, b, c (fields 3, 4, 7) */
#define SEEN  9 /* a table without versions and the column a */
#define COL_A 3
#define COL_B 4
#define COL_C 7

struct ipam_inst {
    const char *path, *synchronous;
    char error[1024];          /* what open_error said */
    unsigned warnings, errors; /* logged */
    char logged[1024];         /* the last of them */
};

struct seen_row {
    uint32_t op, type;
    int64_t id, rev;
    char *body; /* a text: tests put nothing else there */
    size_t len;
    uint8_t extra[8]; /* columns[0], of a dump */
    bool has_extra;
};

/* An ipam_check or ipam_stat that was emitted. */
struct seen_word {
    char name[64], target[64], text[1024];
    uint32_t state;
    uint64_t count;
};

struct ipam_req {
    struct seen_row *rows;
    size_t count;
    struct seen_word words[64];
    size_t word_count;
    unsigned done; /* times done was called */
    int32_t status;
    char message[1024], native[32];
    volatile int cancelled;
    unsigned polls;    /* times the plugin asked whether it was cancelled: every so many rows */
    size_t stop_after; /* rows; 0: never */
    void (*on_row)(struct ipam_req *req);
    void *user;
};

struct db {
    struct ipam_inst inst;
    const struct ipam_storage_ops *ops;
    void *ctx;
};

extern const struct ipam_host test_host;
extern const struct ipam_schema test_schema; /* version 3: THING and SEEN */

/* A folder of mode 0700 for one test, and a file name in it; removed by folder_remove. */
struct folder {
    char dir[64], path[96];
};
void folder_make(struct folder *f);
void folder_make_memory(struct folder *f); /* in memory, for tests that sync often */
void folder_make_in(struct folder *f, const char *parent);
void folder_remove(struct folder *f);

int32_t db_open(struct db *db, const char *path,
                const struct ipam_schema *schema); /* what the plugin's open says */
void db_close(struct db *db);

void req_free(struct ipam_req *req); /* forgets the answer; the request can be used again */

/* A batch: rows and log rows in order. Texts live until batch_run. */
#define BATCH_MAX 128
struct batch {
    uint32_t entry_count; /* of a log of events, all alike */
    struct ipam_row rows[BATCH_MAX];
    struct ipam_bytes columns[BATCH_MAX][3];
    char bodies[BATCH_MAX][64];
    struct ipam_log_row logs[BATCH_MAX];
    uint32_t row_count, log_count;
    uint8_t batch_id[16];
    bool ids_anew; /* the next id is the one told, though a higher one was given */
};
/* The body is "a|b|c"; NULL columns are absent. */
void batch_put(struct batch *b, int64_t id, int64_t rev, const char *va, const char *vb, const char *vc);
void batch_seen(struct batch *b, int64_t id, int64_t rev, const char *va);
void batch_delete(struct batch *b, uint32_t type, int64_t id, int64_t rev);
void batch_log(struct batch *b, int64_t rev, const char *text);
/* enter, commit with the given next id and head; the status of commit (or of enter when it fails). */
int32_t batch_run(struct db *db, struct batch *b, int64_t next_id, int64_t head, struct ipam_req *req);
/* The same with one row of THING and one log row, revision `rev`; asserts success. */
void commit_thing(struct db *db, int64_t id, int64_t rev, const char *va, const char *vb, const char *vc);

int32_t enter(struct db *db, int64_t head, struct ipam_gate_enter *args, struct ipam_req *req);
int32_t get_id(struct db *db, uint32_t type, int64_t id, struct ipam_req *req); /* inside the gate */
int32_t query(struct db *db, struct ipam_query *q, struct ipam_req *req);
int32_t changes(struct db *db, struct ipam_changes *c, struct ipam_req *req);
int32_t dump(struct db *db, struct ipam_dump *d, struct ipam_req *req);
/* Hands the rows of a dump to load, `piece` at a time. */
int32_t load(struct db *db, const struct ipam_req *rows, const struct ipam_dump *d, uint32_t flags,
             size_t piece, struct ipam_req *req);
const struct seen_word *word(const struct ipam_req *req, const char *name); /* fails when there is none */
/* Rows of a table, by id. */
size_t count_rows(struct db *db, uint32_t type);
int64_t head_of(struct db *db);
/* Asserts that one text contains another. */
void assert_says(const char *text, const char *part);

#endif

/* store_test.h - a store on the real sqlite plugin in a folder of its own, driven step by step.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_STORE_TEST_H
#define TESTS_STORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"

extern struct store *store;
extern char db_path[128];

/* Of a group: makes the folder and copies the plugin where providers look for it; removes both. */
int store_group_up(void **state);
int store_group_down(void **state);
/* Of a test: a new database, open; closed and removed. */
int store_up(void **state);
int store_down(void **state);
/* Opens the database at `path`; what `opened` said. */
int store_try(const char *path);
void store_shut(void);

/* What was heard of the last call that was waited for. */
struct heard {
    bool done;
    int status;
    char message[1400];
    struct store_entry entry;
    struct store_answer answer;
    void **records; /* clones, in order */
    size_t count;
    struct strbuf changes; /* "rev:body;" of each change set */
};
extern struct heard heard;

int do_enter(int64_t head);
int do_enter_for(int64_t head, const struct store_key *keys, size_t count); /* what they found is in `records` */
int do_get(const struct store_key *keys, size_t count);
int do_commit(struct store_batch *b, int64_t next_id, int64_t head);
int do_abort(void);
int do_query(const struct store_query *q);
int do_changes(int64_t after, int64_t upto, uint32_t limit, uint32_t flags);
/* enter and commit of what `fill` puts; asserts success. */
void commit_all(void (*fill)(struct store_batch *b), int64_t next_id, int64_t head);

uint64_t draw(uint64_t below); /* from `seed` */
extern uint64_t seed;
void seed_print(void);

#endif

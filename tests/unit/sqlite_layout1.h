/* sqlite_layout1.h - writes files of layout 1, as the sqlite plugin did before rows had sums; and kills.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SQLITE_LAYOUT1_H
#define TESTS_SQLITE_LAYOUT1_H

#include "sqlite_host.h"

/* A file of layout 1 with this schema version: 3 rows of THING, one of them changed twice, a fourth deleted, and one
 * of SEEN; head 7, next id 20. The newest of it is in its log only, as after a crash. */
void layout1_write(const char *path, unsigned schema);
/* Asserts that what is open holds just that. */
void layout1_check(struct db *db);

/* Runs `work` in a child that is killed before its n-th system call that may change a file; false when it ended before that. */
bool killed_at(unsigned n, void (*work)(void));

#endif

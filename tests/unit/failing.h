/* failing.h - allocations of the code under test that fail in turn.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A test that links failing.c with FAILING_LINK has every malloc, calloc, realloc and strdup of its own objects and of
 * the static libraries go through it; those of shared libraries do not. With every sanitizer. */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stdbool.h>
#include <stdint.h>

/* The n-th allocation from now on fails, and with `hold` every one after it. 0: none. */
void failing_set(unsigned n, bool hold);
/* Allocations since failing_set, and how many of them failed. */
unsigned failing_count(void);
unsigned failing_failed(void);
/* Blocks that are allocated and not freed. */
int64_t failing_live(void);

#endif

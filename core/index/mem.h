/* mem.h - counted memory and packed arrays for the index structures.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `bytes` is the structure's running total; it counts what the allocator takes, not what was asked. */
#ifndef INDEX_MEM_H
#define INDEX_MEM_H

#include <stddef.h>

/* Zeroed. */
void *mem_alloc(size_t size, size_t *bytes);
void mem_free(void *p, size_t size, size_t *bytes);
/* realloc from `old` to `size` bytes; 0 is no memory (NULL) on either side. */
void *mem_resize(void *p, size_t old, size_t size, size_t *bytes);

/* An array of `n` items grows by one at index `at`; the new item is not written. Returns the array. */
void *mem_open(void *items, size_t width, size_t n, size_t at, size_t *bytes);
/* Takes the item at index `at` out of an array of `n`; NULL when it was the last. */
void *mem_close(void *items, size_t width, size_t n, size_t at, size_t *bytes);

#endif

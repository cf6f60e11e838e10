/* arena.h - memory of a request or a batch, freed in one go.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "ipam/types.h"

/* A bump allocator over a chain of chunks. Owned by one thread at a time. One without a limit is the core's own and
 * may use the reserve of memory.h. */
struct arena {
    struct arena_chunk *head;
    size_t used, limit; /* bytes handed out; the most it may (0: no limit) */
    bool failed;        /* something was not given since it was empty: who copies texts freely checks once */
};

void arena_init(struct arena *a, size_t limit);
/* Frees everything; the arena may be used again. */
void arena_fini(struct arena *a);
/* Overwrites everything that was handed out: it held a secret. */
void arena_wipe(struct arena *a);
/* Forgets everything but keeps one chunk for reuse. */
void arena_reset(struct arena *a);
/* 16-byte aligned, zeroed memory; NULL beyond the limit or when memory is out. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of `len` bytes with a NUL after them; NULL as arena_alloc. */
char *arena_memdup(struct arena *a, const void *data, size_t len);
char *arena_strdup(struct arena *a, const char *text);
/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A copied text as ipam_str. */
struct ipam_str arena_str(struct arena *a, struct ipam_str s);

#define IPAM_STR(literal) ((struct ipam_str){ (literal), sizeof(literal) - 1 })
struct ipam_str str_from(const char *text); /* NULL gives an absent text */
int str_equal(struct ipam_str a, struct ipam_str b);
int str_is(struct ipam_str a, const char *text);
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).data ? (s).data : ""

#endif

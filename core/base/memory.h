/* memory.h - allocations that cannot be refused, and the memory that is kept back for them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Where what comes from outside decides a size or a number: use malloc, an arena with a limit or a strbuf, and answer
 * IPAM_E_NOMEM. In a process with a reserve their small pieces are never refused for want of memory. The functions below are for what the core cannot do without, such as the next entry of an index after
 * its row is durable. docs/decisions/0011 says why. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Never NULL: what the system refuses is taken from the reserve; when that is used up too, the process ends. Any
 * thread. Never for sizes that come from input. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *text);

/* Keeps so much back; it costs address space until it is used. Once, before there are threads. `told` (may be NULL)
 * hears, on any thread, when the reserve is used and when there is a new one. Returns 0 or IPAM_E_NOMEM. */
int memory_reserve(size_t size, void (*told)(bool low));
/* Gives the reserve to the heap. True: there was one, so it is worth to ask again. Any thread. */
bool memory_release(void);
/* The same for what the core cannot do without; where there is no reserve left the process ends. False in a process
 * that keeps none. */
bool memory_release_or_end(size_t size);
/* The same for pieces of work under way, up to MEMORY_SMALL; larger ones may be refused: false. */
#define MEMORY_SMALL ((size_t)64 << 10)
bool memory_release_for(size_t size);
/* True while the reserve is used up and no new one can be had, which each call tries: take on no new work. A process
 * without a reserve is never low. Any thread. */
bool memory_low(void);
/* A line to stderr, then the end with status MEMORY_EXIT: nothing is left undone that a normal start does not mend. */
_Noreturn void out_of_memory(size_t size);
#define MEMORY_EXIT 71 /* EX_OSERR */

#endif

/* mem.c - counted memory and packed arrays for the index structures.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "index/mem.h"

/* What glibc takes on 64-bit machines: an 8-byte head, rounded up to 16, at least 32. */
static size_t chunk(size_t size)
{
    return size == 0 ? 0 : size <= 24 ? 32 : (size + 8 + 15) & ~(size_t)15;
}

void *mem_alloc(size_t size, size_t *bytes)
{
    *bytes += chunk(size);
    return xcalloc(1, size);
}

void mem_free(void *p, size_t size, size_t *bytes)
{
    *bytes -= chunk(size);
    free(p);
}

void *mem_resize(void *p, size_t old, size_t size, size_t *bytes)
{
    *bytes += chunk(size) - chunk(old);
    if (size != 0)
        return xrealloc(p, size);
    free(p);
    return NULL;
}

void *mem_open(void *items, size_t width, size_t n, size_t at, size_t *bytes)
{
    uint8_t *p = mem_resize(items, n * width, (n + 1) * width, bytes);

    memmove(p + (at + 1) * width, p + at * width, (n - at) * width);
    return p;
}

void *mem_close(void *items, size_t width, size_t n, size_t at, size_t *bytes)
{
    uint8_t *p = items;

    memmove(p + at * width, p + (at + 1) * width, (n - at - 1) * width);
    return mem_resize(p, n * width, (n - 1) * width, bytes);
}

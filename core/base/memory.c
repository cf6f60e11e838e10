/* memory.c - allocations that cannot be refused, and the memory that is kept back for them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipam/status.h"

static _Atomic(void *) reserve;
static atomic_size_t reserve_size; /* 0: this process keeps none */
static void (*tell)(bool low);

void out_of_memory(size_t size)
{
    char line[160];
    int len = snprintf(
        line, sizeof(line),
        "<2>out-of-memory: %zu bytes could not be had; give the process more memory, and start it again\n",
        size);

    if (write(STDERR_FILENO, line, (size_t)len) != len) { /* there is nothing else to say it to */
    }
    _exit(MEMORY_EXIT); /* no handlers: they would want memory */
}

/* Lays a reserve by; another thread may do so at the same time. */
static bool lay_by(size_t size)
{
    void *p = malloc(size);

    if (p)
        free(atomic_exchange(&reserve, p));
    return p != NULL;
}

int memory_reserve(size_t size, void (*told)(bool low))
{
    tell = told;
    atomic_store(&reserve_size, size);
    return lay_by(size) ? 0 : IPAM_E_NOMEM;
}

bool memory_release(void)
{
    void *p = atomic_exchange(&reserve, NULL);

    if (!p)
        return false;
    free(p);
    if (tell)
        tell(true);
    return true;
}

bool memory_release_or_end(size_t size)
{
    if (!atomic_load(&reserve_size))
        return false;
    if (!memory_release())
        out_of_memory(size);
    return true;
}

bool memory_release_for(size_t size)
{
    return size <= MEMORY_SMALL && memory_release_or_end(size);
}

bool memory_low(void)
{
    size_t size = atomic_load(&reserve_size);

    if (!size || atomic_load(&reserve))
        return false;
    if (!lay_by(size))
        return true;
    if (tell)
        tell(false);
    return false;
}

void *xmalloc(size_t size)
{
    void *p;

    do
        p = malloc(size ? size : 1);
    while (!p && memory_release());
    if (!p)
        out_of_memory(size);
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    void *p;

    do
        p = calloc(count ? count : 1, size ? size : 1);
    while (!p && memory_release());
    if (!p)
        out_of_memory(count > SIZE_MAX / (size ? size : 1) ? SIZE_MAX : count * size);
    return p;
}

void *xrealloc(void *p, size_t size)
{
    void *q;

    do
        q = realloc(p, size ? size : 1);
    while (!q && memory_release());
    if (!q)
        out_of_memory(size);
    return q;
}

char *xstrdup(const char *text)
{
    size_t len = strlen(text) + 1;

    return memcpy(xmalloc(len), text, len);
}

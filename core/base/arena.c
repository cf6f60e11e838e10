/* arena.c - memory of a request or a batch, freed in one go.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16
#define CHUNK_FIRST 4096
#define CHUNK_MOST ((size_t)256 << 10)

/* Chunks are chained newest first; allocations come from the newest alone. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used; /* of data */
    _Alignas(ALIGN) unsigned char data[];
};

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){ .limit = limit };
}

static void chunks_free(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *next = c->next;

        free(c);
        c = next;
    }
}

void arena_fini(struct arena *a)
{
    chunks_free(a->head);
    a->head = NULL;
    a->used = 0;
    a->failed = false;
}

void arena_wipe(struct arena *a)
{
    for (struct arena_chunk *c = a->head; c; c = c->next)
        explicit_bzero(c->data, c->used);
}

void arena_reset(struct arena *a)
{
    if (a->head) {
        chunks_free(a->head->next);
        a->head->next = NULL;
        a->head->used = 0;
        if (a->head->size > CHUNK_MOST) {
            free(a->head);
            a->head = NULL;
        }
    }
    a->used = 0;
    a->failed = false;
}

/* A new chunk that holds at least `size` bytes; each is twice the one before, up to CHUNK_MOST. */
static struct arena_chunk *chunk_add(struct arena *a, size_t size)
{
    size_t want = a->head ? a->head->size * 2 : CHUNK_FIRST;
    struct arena_chunk *c;

    if (want > CHUNK_MOST)
        want = CHUNK_MOST;
    if (want < size)
        want = size;
    while (!(c = malloc(sizeof(*c) + want))) {
        want = size < CHUNK_FIRST ? CHUNK_FIRST : size;
        if (a->limit ? !memory_release_for(want) : !memory_release_or_end(want))
            return NULL;
    }
    c->next = a->head;
    c->size = want;
    c->used = 0;
    a->head = c;
    return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_chunk *c = a->head;
    void *p;

    if (size > SIZE_MAX / 2 || (a->limit && (size > a->limit || a->used > a->limit - size))) {
        a->failed = true;
        return NULL;
    }
    a->used += size;
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!c || c->size - c->used < size)
        c = chunk_add(a, size);
    if (!c) {
        a->failed = true;
        return NULL;
    }
    p = c->data + c->used;
    c->used += size;
    return memset(p, 0, size);
}

char *arena_memdup(struct arena *a, const void *data, size_t len)
{
    char *p = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

    if (p && len)
        memcpy(p, data, len);
    return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_memdup(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char *p = NULL;
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len >= 0)
        p = arena_alloc(a, (size_t)len + 1);
    if (p) {
        va_start(ap, fmt);
        vsnprintf(p, (size_t)len + 1, fmt, ap);
        va_end(ap);
    }
    return p;
}

struct ipam_str arena_str(struct arena *a, struct ipam_str s)
{
    struct ipam_str copy = { NULL, 0 };

    if (s.data)
        copy.data = arena_memdup(a, s.data, s.len);
    if (copy.data)
        copy.len = s.len;
    return copy;
}

struct ipam_str str_from(const char *text)
{
    return (struct ipam_str){ text, text ? strlen(text) : 0 };
}

int str_equal(struct ipam_str a, struct ipam_str b)
{
    return !a.data == !b.data && a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

int str_is(struct ipam_str a, const char *text)
{
    return str_equal(a, str_from(text));
}

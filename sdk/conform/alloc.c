/* alloc.c - counts the plugin's allocations, and lets the n-th fail.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The program defines malloc and its kin, which every library it loads then uses. What the tester itself
 * allocates (host_side above 0) is let through. Under a sanitizer malloc is taken already. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 0
#endif
#endif
#ifndef OWN_MALLOC
#define OWN_MALLOC 1
#endif

struct block {
    void *at;
    size_t size;
    void *caller;
    unsigned generation;
};
#define SLOTS (1u << 18)
static struct block blocks[SLOTS]; /* open addressing; at NULL: free */
static unsigned generation;
static atomic_uint fail_at, failed;
static atomic_bool counting;

#if OWN_MALLOC
static unsigned block_count;
static atomic_flag table_lock = ATOMIC_FLAG_INIT;

static void take_table(void)
{
    while (atomic_flag_test_and_set_explicit(&table_lock, memory_order_acquire))
        continue;
}

static void give_table(void)
{
    atomic_flag_clear_explicit(&table_lock, memory_order_release);
}

static unsigned slot_of(const void *at)
{
    return (unsigned)(((uintptr_t)at >> 4) * 2654435761u) & (SLOTS - 1);
}

static void note(void *at, size_t size, void *caller)
{
    unsigned i = slot_of(at);

    take_table();
    if (block_count < SLOTS / 2) {
        while (blocks[i].at != NULL)
            i = (i + 1) & (SLOTS - 1);
        blocks[i] = (struct block){ at, size, caller, generation };
        block_count++;
    }
    give_table();
}

/* Takes one out and moves up what follows it, so that nothing is lost behind a gap. */
static void forget(const void *at)
{
    unsigned i = slot_of(at), j;

    take_table();
    while (blocks[i].at != NULL && blocks[i].at != at)
        i = (i + 1) & (SLOTS - 1);
    if (blocks[i].at == NULL) {
        give_table();
        return;
    }
    block_count--;
    for (j = (i + 1) & (SLOTS - 1); blocks[j].at != NULL; j = (j + 1) & (SLOTS - 1)) {
        unsigned home = slot_of(blocks[j].at);
        if (((j - home) & (SLOTS - 1)) >= ((j - i) & (SLOTS - 1))) {
            blocks[i] = blocks[j];
            i = j;
        }
    }
    blocks[i].at = NULL;
    give_table();
}

static bool plugin_side(void)
{
    return atomic_load_explicit(&counting, memory_order_relaxed) && host_side == 0;
}

static bool must_fail(void)
{
    unsigned n = atomic_load(&fail_at);

    if (n == 0 || host_side != 0)
        return false;
    n = atomic_fetch_sub(&fail_at, 1);
    if (n != 1)
        return false;
    atomic_store(&failed, 1);
    errno = ENOMEM;
    return true;
}

/* Seen by every library, however this file is built. */
#define SEEN __attribute__((visibility("default")))

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

SEEN void *malloc(size_t size)
{
    void *p = must_fail() ? NULL : __libc_malloc(size);

    if (p != NULL && plugin_side())
        note(p, size, __builtin_return_address(0));
    return p;
}

SEEN void *calloc(size_t count, size_t size)
{
    void *p = must_fail() ? NULL : __libc_calloc(count, size);

    if (p != NULL && plugin_side())
        note(p, count * size, __builtin_return_address(0));
    return p;
}

SEEN void *realloc(void *old, size_t size)
{
    void *p;

    if (must_fail())
        return NULL;
    if (old != NULL && atomic_load_explicit(&counting, memory_order_relaxed))
        forget(old);
    p = __libc_realloc(old, size);
    if (p != NULL && plugin_side())
        note(p, size, __builtin_return_address(0));
    return p;
}

SEEN void *aligned_alloc(size_t align, size_t size)
{
    void *p = must_fail() ? NULL : __libc_memalign(align, size);

    if (p != NULL && plugin_side())
        note(p, size, __builtin_return_address(0));
    return p;
}

SEEN int posix_memalign(void **ret, size_t align, size_t size)
{
    void *p = must_fail() ? NULL : __libc_memalign(align, size);

    if (p == NULL)
        return ENOMEM;
    if (plugin_side())
        note(p, size, __builtin_return_address(0));
    *ret = p;
    return 0;
}

SEEN void free(void *p)
{
    if (p != NULL && atomic_load_explicit(&counting, memory_order_relaxed))
        forget(p);
    __libc_free(p);
}
#endif

bool alloc_works(void)
{
    return OWN_MALLOC != 0;
}

void alloc_watch(bool on)
{
    atomic_store(&counting, on);
}

void alloc_generation(unsigned n)
{
    generation = n;
}

void alloc_fail_at(unsigned n)
{
    atomic_store(&failed, 0);
    atomic_store(&fail_at, n);
}

bool alloc_failed(void)
{
    return atomic_load(&failed) != 0;
}

/* The loader and the C library keep stacks and thread data for later threads; that is no leak. */
static bool of_libc(const void *caller)
{
    Dl_info info;

    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return false;
    return strstr(info.dli_fname, "/ld-linux") != NULL || strstr(info.dli_fname, "/libpthread") != NULL;
}

unsigned alloc_left(unsigned first, unsigned last, size_t *ret_bytes, char *where, size_t size)
{
    unsigned n = 0;
    Dl_info info;

    *ret_bytes = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct block *b = &blocks[i];
        if (b->at == NULL || b->generation < first || b->generation > last || of_libc(b->caller))
            continue;
        if (n++ == 0 && dladdr(b->caller, &info) != 0 && info.dli_fname != NULL)
            snprintf(where, size, "%s+0x%zx%s%s",
                     strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 : info.dli_fname,
                     (size_t)((const char *)b->caller - (const char *)info.dli_fbase),
                     info.dli_sname ? " in " : "", info.dli_sname ? info.dli_sname : "");
        *ret_bytes += b->size;
    }
    return n;
}

/* guard.c - memory that tells when it is touched too late, or beyond its end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conform.h"

#define PAGE 4096u

struct keep {
    char *base;
    size_t size, used;
};
struct region {
    char *base;
    size_t size;
    const char *rule, *what;
};
#define REGIONS_MAX 4096
static struct region regions[REGIONS_MAX];
static atomic_uint region_count;
bool guarding;

static char *map_pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        trial_unjudged("the tester has no memory left");
    return p;
}

struct keep *keep_new(size_t size)
{
    struct keep *k = xcalloc(1, sizeof(*k));

    k->size = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
    k->base = map_pages(k->size);
    return k;
}

void *keep_alloc(struct keep *k, size_t size)
{
    void *p = k->base + k->used;

    if (size > k->size - k->used)
        trial_unjudged("the tester's memory of one request is full");
    k->used += (size + 15) & ~(size_t)15;
    if (k->used > k->size)
        k->used = k->size;
    return p;
}

void keep_free(struct keep *k)
{
    munmap(k->base, k->size);
    free(k);
}

static void add_region(char *base, size_t size, const char *rule, const char *what)
{
    unsigned n = atomic_fetch_add(&region_count, 1);

    if (n >= REGIONS_MAX)
        return;
    regions[n] = (struct region){ base, size, rule, what };
    mprotect(base, size, PROT_NONE);
}

void keep_seal(struct keep *k, const char *rule, const char *what)
{
    add_region(k->base, k->size, rule, what);
}

void *guard_copy(const void *data, size_t size, const char *rule, const char *what)
{
    size_t pages = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
    char *base = map_pages(pages + PAGE);

    add_region(base + pages, PAGE, rule, what);
    memcpy(base + pages - size, data, size);
    return base + pages - size;
}

/* The thread is the plugin's, inside a broken access: broken() only copies text and takes the area's lock. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
    const char *at = info->si_addr;
    unsigned count = atomic_load(&region_count);

    (void)context;
    for (unsigned i = 0; i < count && i < REGIONS_MAX; i++) {
        if (at >= regions[i].base && at < regions[i].base + regions[i].size) {
            broken(regions[i].rule, "%s; seen in %s", regions[i].what, atomic_load(&area->stage));
            trial_end();
        }
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

void guard_start(void)
{
    struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_NODEFER };

    sa.sa_sigaction = on_fault;
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
}

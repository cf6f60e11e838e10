/* guess.c - failures counted by account and source, and the delays they make.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/guess.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define WAYS      8 /* entries of one place */
#define TEXT_MOST 256

struct entry {
    uint64_t key; /* 0: free */
    int64_t last_ms;
    uint32_t failures;
};

struct guess {
    uint8_t seed[crypto_shorthash_KEYBYTES];
    int64_t all_ms;
    uint32_t all;
    struct entry entries[GUESS_ENTRIES];
};

struct guess *guess_new(const uint8_t seed[16])
{
    struct guess *g = xcalloc(1, sizeof(*g));
    memcpy(g->seed, seed, sizeof(g->seed));
    return g;
}

void guess_free(struct guess *g)
{
    free(g);
}

/* --- keys --- */

/* What of a source is one for us: whoever has an IPv6 network has all of its addresses. */
static size_t source_bytes(const struct guess_source *from, uint8_t ret[16])
{
    if (from->local) {
        memcpy(ret, "uid", 3);
        memcpy(ret + 3, &from->uid, sizeof(from->uid));
        return 3 + sizeof(from->uid);
    }
    size_t len = from->addr.family == 4 ? 4 : 8;
    memcpy(ret, from->addr.bytes, len);
    return len;
}

/* With an account: its key from that source; absent: the key of the source. */
static uint64_t key_of(const struct guess *g, enum guess_kind kind, struct ipam_str account,
                       const struct guess_source *from)
{
    uint8_t bytes[18 + TEXT_MOST], digest[crypto_shorthash_BYTES];
    size_t len = 2 + source_bytes(from, bytes + 2), more = account.len < TEXT_MOST ? account.len : TEXT_MOST;
    uint64_t key;
    bytes[0] = (uint8_t)kind;
    bytes[1] = (uint8_t)(len << 1 | (account.data != NULL));
    if (more > 0)
        memcpy(bytes + len, account.data, more);
    crypto_shorthash(digest, bytes, len + more, g->seed);
    memcpy(&key, digest, sizeof(key));
    return key | 1; /* 0 is that of no entry */
}

/* --- entries --- */

static void forget_half(uint32_t *count, int64_t *last_ms, int64_t half_ms, int64_t now_ms)
{
    while (*count > 0 && now_ms - *last_ms >= half_ms) {
        *count /= 2;
        *last_ms += half_ms;
    }
}

static struct entry *place_of(struct guess *g, uint64_t key)
{
    return &g->entries[(key >> 8) % (GUESS_ENTRIES / WAYS) * WAYS];
}

static struct entry *find(struct guess *g, uint64_t key, int64_t now_ms)
{
    struct entry *e = place_of(g, key);
    for (unsigned i = 0; i < WAYS; i++) {
        if (e[i].key != key)
            continue;
        forget_half(&e[i].failures, &e[i].last_ms, GUESS_HALF_MS, now_ms);
        return &e[i];
    }
    return NULL;
}

/* The entry that is forgotten for another: one with the fewest failures, of those the oldest. */
static struct entry *victim(struct guess *g, uint64_t key, int64_t now_ms)
{
    struct entry *e = place_of(g, key), *least = &e[0];
    for (unsigned i = 0; i < WAYS; i++) {
        forget_half(&e[i].failures, &e[i].last_ms, GUESS_HALF_MS, now_ms);
        if (e[i].failures < least->failures ||
            (e[i].failures == least->failures && e[i].last_ms < least->last_ms))
            least = &e[i];
    }
    return least;
}

static void charge(struct guess *g, uint64_t key, int64_t now_ms)
{
    struct entry *e = find(g, key, now_ms);
    if (e == NULL) {
        e = victim(g, key, now_ms);
        *e = (struct entry){ .key = key };
    }
    e->failures++;
    e->last_ms = now_ms;
}

static void discharge(struct guess *g, uint64_t key, int64_t now_ms, bool all)
{
    struct entry *e = find(g, key, now_ms);
    if (e != NULL && e->failures > 0)
        e->failures = all ? 0 : e->failures - 1;
}

static unsigned free_ones(const struct guess *g, unsigned of)
{
    return g->all > GUESS_ALL_MOST ? 0 : of;
}

/* How long an attempt must wait for the failures before it. */
static int64_t wait_for(struct guess *g, uint64_t key, unsigned free_most, int64_t now_ms, bool *ret_last)
{
    const struct entry *e = find(g, key, now_ms);
    unsigned allowed = free_ones(g, free_most), failures = e != NULL ? e->failures : 0;
    int64_t delay = GUESS_DELAY_MS;
    *ret_last = *ret_last || (failures == allowed && allowed > 0);
    if (failures <= allowed)
        return 0;
    for (unsigned i = allowed + 1; i < failures && delay < GUESS_DELAY_MOST; i++)
        delay *= 2;
    delay = (delay < GUESS_DELAY_MOST ? delay : GUESS_DELAY_MOST) - (now_ms - e->last_ms);
    return delay > 0 ? delay : 0;
}

int64_t guess_try(struct guess *g, enum guess_kind kind, struct ipam_str account,
                  const struct guess_source *from, int64_t now_ms, bool *ret_first)
{
    const struct ipam_str none = { NULL, 0 };
    uint64_t source = key_of(g, kind, none, from), own = key_of(g, kind, account, from);
    int64_t wait, wait_own = 0;
    *ret_first = false;
    forget_half(&g->all, &g->all_ms, GUESS_ALL_HALF_MS, now_ms);
    wait = wait_for(g, source, GUESS_FREE_SOURCE, now_ms, ret_first);
    if (account.data != NULL)
        wait_own = wait_for(g, own, GUESS_FREE_ACCOUNT, now_ms, ret_first);
    wait = wait > wait_own ? wait : wait_own;
    if (wait > 0) {
        *ret_first = false;
        return wait;
    }
    charge(g, source, now_ms);
    if (account.data != NULL)
        charge(g, own, now_ms);
    if (g->all++ == 0)
        g->all_ms = now_ms;
    *ret_first = *ret_first || g->all == GUESS_ALL_MOST + 1;
    return 0;
}

static void take_back(struct guess *g, enum guess_kind kind, struct ipam_str account,
                      const struct guess_source *from, int64_t now_ms, bool right)
{
    const struct ipam_str none = { NULL, 0 };
    forget_half(&g->all, &g->all_ms, GUESS_ALL_HALF_MS, now_ms);
    if (g->all > 0)
        g->all--;
    discharge(g, key_of(g, kind, none, from), now_ms, false);
    if (account.data != NULL)
        discharge(g, key_of(g, kind, account, from), now_ms, right);
}

void guess_right(struct guess *g, enum guess_kind kind, struct ipam_str account,
                 const struct guess_source *from, int64_t now_ms)
{
    take_back(g, kind, account, from, now_ms, true);
}

void guess_unjudged(struct guess *g, enum guess_kind kind, struct ipam_str account,
                    const struct guess_source *from, int64_t now_ms)
{
    take_back(g, kind, account, from, now_ms, false);
}

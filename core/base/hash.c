/* hash.c - open-addressing hash maps with linear probing; SipHash for byte keys.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * SipHash-1-3 as in Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
#include "base/hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define CAP_FIRST 16

/* A slot is free (never used), a tomb (its entry was removed: probing goes on), or holds a value. */
static char tomb_mark;
#define TOMB ((void *)&tomb_mark)

static bool in_use(const void *value)
{
    return value && value != TOMB;
}

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void seed_make(void)
{
    rng_bytes(seed, sizeof(seed));
}

static const uint64_t *seed_get(void)
{
    pthread_once(&seed_once, seed_make);
    return seed;
}

/* Seeded finalizer of a 64-bit key: two multiply-xorshift rounds spread every bit. */
static uint64_t mix(uint64_t key)
{
    const uint64_t *k = seed_get();

    key ^= k[0];
    key = (key ^ (key >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    key ^= k[1];
    key = (key ^ (key >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return key ^ (key >> 32);
}

static uint64_t rotl(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

uint64_t hash_bytes(const void *data, size_t len)
{
    const uint64_t *k = seed_get();
    const unsigned char *p = data;
    uint64_t v[4] = { k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d),
                      k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573) };
    uint64_t word, last = (uint64_t)len << 56;
    size_t left = len;

    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)p[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The table size for a rebuild: at most half full. A table is rebuilt when entries and tombs fill three
 * quarters of it, so a quarter of it must change before the next time: cost per change is constant. */
static size_t cap_for(size_t count)
{
    size_t cap = CAP_FIRST;

    while (cap / 2 < count + 1)
        cap *= 2;
    return cap;
}

static bool is_full(size_t count, size_t tombs, size_t cap)
{
    return count + tombs + 1 > cap / 4 * 3;
}

struct imap_slot {
    uint64_t key;
    void *value;
};

void imap_init(struct imap *m)
{
    *m = (struct imap){ 0 };
}

void imap_fini(struct imap *m)
{
    free(m->slots);
    imap_init(m);
}

static struct imap_slot *imap_find(const struct imap *m, uint64_t key)
{
    size_t i;

    if (!m->cap)
        return NULL;
    for (i = mix(key) & (m->cap - 1); m->slots[i].value; i = (i + 1) & (m->cap - 1)) {
        if (m->slots[i].key == key && m->slots[i].value != TOMB)
            return &m->slots[i];
    }
    return NULL;
}

static struct imap_slot *imap_vacant(struct imap *m, uint64_t key)
{
    size_t i = mix(key) & (m->cap - 1);

    while (in_use(m->slots[i].value))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

static void imap_rebuild(struct imap *m)
{
    struct imap old = *m;

    m->cap = cap_for(m->count);
    m->tombs = 0;
    m->slots = xcalloc(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (in_use(old.slots[i].value))
            *imap_vacant(m, old.slots[i].key) = old.slots[i];
    }
    free(old.slots);
}

void *imap_get(const struct imap *m, uint64_t key)
{
    struct imap_slot *s = imap_find(m, key);

    return s ? s->value : NULL;
}

void *imap_put(struct imap *m, uint64_t key, void *value)
{
    struct imap_slot *s = imap_find(m, key);
    void *former = s ? s->value : NULL;

    if (!s) {
        if (is_full(m->count, m->tombs, m->cap))
            imap_rebuild(m);
        s = imap_vacant(m, key);
        m->tombs -= s->value == TOMB;
        m->count++;
        s->key = key;
    }
    s->value = value;
    return former;
}

void *imap_del(struct imap *m, uint64_t key)
{
    struct imap_slot *s = imap_find(m, key);
    void *former = s ? s->value : NULL;

    if (s) {
        s->value = TOMB;
        m->count--;
        m->tombs++;
    }
    return former;
}

int imap_next(const struct imap *m, size_t *pos, uint64_t *ret_key, void **ret_value)
{
    for (; *pos < m->cap; (*pos)++) {
        const struct imap_slot *s = &m->slots[*pos];

        if (!in_use(s->value))
            continue;
        *ret_key = s->key;
        *ret_value = s->value;
        (*pos)++;
        return 1;
    }
    return 0;
}

struct smap_slot {
    uint64_t hash;
    void *value;
    char *key;
    size_t len;
};

void smap_init(struct smap *m)
{
    *m = (struct smap){ 0 };
}

void smap_fini(struct smap *m)
{
    for (size_t i = 0; i < m->cap; i++)
        free(m->slots[i].key);
    free(m->slots);
    smap_init(m);
}

static struct smap_slot *smap_find(const struct smap *m, uint64_t hash, const void *key, size_t len)
{
    size_t i;

    if (!m->cap)
        return NULL;
    for (i = hash & (m->cap - 1); m->slots[i].value; i = (i + 1) & (m->cap - 1)) {
        const struct smap_slot *s = &m->slots[i];

        if (s->hash == hash && s->value != TOMB && s->len == len && (!len || memcmp(s->key, key, len) == 0))
            return &m->slots[i];
    }
    return NULL;
}

static struct smap_slot *smap_vacant(struct smap *m, uint64_t hash)
{
    size_t i = hash & (m->cap - 1);

    while (in_use(m->slots[i].value))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

static void smap_rebuild(struct smap *m)
{
    struct smap old = *m;

    m->cap = cap_for(m->count);
    m->tombs = 0;
    m->slots = xcalloc(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (in_use(old.slots[i].value))
            *smap_vacant(m, old.slots[i].hash) = old.slots[i];
    }
    free(old.slots);
}

void *smap_get(const struct smap *m, const void *key, size_t len)
{
    struct smap_slot *s = smap_find(m, hash_bytes(key, len), key, len);

    return s ? s->value : NULL;
}

void *smap_put(struct smap *m, const void *key, size_t len, void *value)
{
    uint64_t hash = hash_bytes(key, len);
    struct smap_slot *s = smap_find(m, hash, key, len);
    void *former = s ? s->value : NULL;

    if (!s) {
        if (is_full(m->count, m->tombs, m->cap))
            smap_rebuild(m);
        s = smap_vacant(m, hash);
        m->tombs -= s->value == TOMB;
        m->count++;
        s->hash = hash;
        s->len = len;
        s->key = xmalloc(len);
        if (len)
            memcpy(s->key, key, len);
    }
    s->value = value;
    return former;
}

void *smap_del(struct smap *m, const void *key, size_t len)
{
    struct smap_slot *s = smap_find(m, hash_bytes(key, len), key, len);
    void *former = s ? s->value : NULL;

    if (s) {
        free(s->key);
        s->key = NULL;
        s->value = TOMB;
        m->count--;
        m->tombs++;
    }
    return former;
}

int smap_next(const struct smap *m, size_t *pos, const void **ret_key, size_t *ret_len, void **ret_value)
{
    for (; *pos < m->cap; (*pos)++) {
        const struct smap_slot *s = &m->slots[*pos];

        if (!in_use(s->value))
            continue;
        *ret_key = s->key;
        *ret_len = s->len;
        *ret_value = s->value;
        (*pos)++;
        return 1;
    }
    return 0;
}

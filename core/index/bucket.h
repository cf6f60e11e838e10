/* bucket.h - a few keys of equal width with their handles, sorted and packed without gaps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Both tries end in buckets: a key is what the path to the bucket does not say already, so that an
 * entry costs little. The width of a key follows from the place and is not stored. */
#ifndef INDEX_BUCKET_H
#define INDEX_BUCKET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BUCKET_MAX 8192 /* entries: moving them must stay cheap */

struct bucket {
    uint16_t n;     /* 1 or more: a trie node has 0 here */
    uint8_t data[]; /* n handles, then n keys; not aligned */
};

static inline const uint8_t *bucket_key(const struct bucket *b, unsigned width, unsigned i)
{
    return b->data + sizeof(uint64_t) * b->n + (size_t)width * i;
}

static inline uint64_t bucket_handle(const struct bucket *b, unsigned i)
{
    uint64_t handle;

    memcpy(&handle, b->data + sizeof(handle) * i, sizeof(handle));
    return handle;
}

static inline void bucket_set_handle(struct bucket *b, unsigned i, uint64_t handle)
{
    memcpy(b->data + sizeof(handle) * i, &handle, sizeof(handle));
}

/* Index of the first entry whose key is `key` or higher; n when there is none. */
unsigned bucket_find(const struct bucket *b, unsigned width, const uint8_t *key);
/* True when entry i exists and has this key. */
static inline int bucket_has(const struct bucket *b, unsigned width, unsigned i, const uint8_t *key)
{
    return i < b->n && memcmp(bucket_key(b, width, i), key, width) == 0;
}

/* Puts an entry in at index i (b NULL: makes the bucket), keeps `bytes` (see mem.h); returns the bucket. */
struct bucket *bucket_insert(struct bucket *b, unsigned width, unsigned i, const uint8_t *key,
                             uint64_t handle, size_t *bytes);
/* Takes entry i out; NULL when it was the last. */
struct bucket *bucket_remove(struct bucket *b, unsigned width, unsigned i, size_t *bytes);
void bucket_free(struct bucket *b, unsigned width, size_t *bytes);

#endif

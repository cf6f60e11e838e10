/* bucket.c - a few keys of equal width with their handles, sorted and packed without gaps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/bucket.h"
#include "index/mem.h"

static size_t size_of(unsigned n, unsigned width)
{
    return n == 0 ? 0 : offsetof(struct bucket, data) + n * (sizeof(uint64_t) + width);
}

unsigned bucket_find(const struct bucket *b, unsigned width, const uint8_t *key)
{
    unsigned low = 0, high = b->n;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (memcmp(bucket_key(b, width, mid), key, width) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct bucket *bucket_insert(struct bucket *b, unsigned width, unsigned i, const uint8_t *key,
                             uint64_t handle, size_t *bytes)
{
    const size_t h = sizeof(handle);
    unsigned n = b == NULL ? 0 : b->n;
    uint8_t *d;

    b = mem_resize(b, size_of(n, width), size_of(n + 1, width), bytes);
    d = b->data;
    /* Everything moves up, so the highest goes first: keys from i on, keys below i, handles from i on. */
    memmove(d + h * (n + 1) + (size_t)width * (i + 1), d + h * n + (size_t)width * i,
            (size_t)width * (n - i));
    memmove(d + h * (n + 1), d + h * n, (size_t)width * i);
    memmove(d + h * (i + 1), d + h * i, h * (n - i));
    memcpy(d + h * (n + 1) + (size_t)width * i, key, width);
    b->n = (uint16_t)(n + 1);
    bucket_set_handle(b, i, handle);
    return b;
}

struct bucket *bucket_remove(struct bucket *b, unsigned width, unsigned i, size_t *bytes)
{
    const size_t h = sizeof(uint64_t);
    unsigned n = b->n;
    uint8_t *d = b->data;

    memmove(d + h * i, d + h * (i + 1), h * (n - i - 1));
    memmove(d + h * (n - 1), d + h * n, (size_t)width * i);
    memmove(d + h * (n - 1) + (size_t)width * i, d + h * n + (size_t)width * (i + 1),
            (size_t)width * (n - i - 1));
    b->n = (uint16_t)(n - 1);
    return mem_resize(b, size_of(n, width), size_of(n - 1, width), bytes);
}

void bucket_free(struct bucket *b, unsigned width, size_t *bytes)
{
    mem_free(b, size_of(b->n, width), bytes);
}

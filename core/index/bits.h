/* bits.h - small fixed bit sets in 64-bit words: bit i is in word i / 64.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef INDEX_BITS_H
#define INDEX_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool bits_test(const uint64_t *w, unsigned i)
{
    return w[i >> 6] >> (i & 63) & 1;
}

static inline void bits_set(uint64_t *w, unsigned i)
{
    w[i >> 6] |= (uint64_t)1 << (i & 63);
}

static inline void bits_clear(uint64_t *w, unsigned i)
{
    w[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

/* Written out because the baseline x86-64 has no instruction and the compiler would call a function. */
static inline unsigned bits_count(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned)(x * 0x0101010101010101 >> 56);
}

/* How many bits below i are set: where the entry of bit i stands in a packed array. */
static inline unsigned bits_rank(const uint64_t *w, unsigned i)
{
    unsigned n = 0, word = i >> 6;

    for (unsigned k = 0; k < word; k++)
        n += bits_count(w[k]);
    return (i & 63) == 0 ? n : n + bits_count(w[word] << (64 - (i & 63)));
}

/* The first set bit in [from, end), or end; with `flip` all ones, the first clear bit. */
static inline unsigned bits_seek(const uint64_t *w, unsigned from, unsigned end, uint64_t flip)
{
    for (unsigned i = from; i < end; i = (i | 63) + 1) {
        uint64_t rest = (w[i >> 6] ^ flip) >> (i & 63);

        if (rest != 0) {
            i += (unsigned)__builtin_ctzll(rest);
            return i < end ? i : end;
        }
    }
    return end;
}

static inline unsigned bits_next(const uint64_t *w, unsigned from, unsigned end)
{
    return bits_seek(w, from, end, 0);
}

static inline unsigned bits_next_clear(const uint64_t *w, unsigned from, unsigned end)
{
    return bits_seek(w, from, end, ~(uint64_t)0);
}

/* The last clear bit at or below `from`, or -1. */
static inline int bits_last_clear(const uint64_t *w, int from)
{
    for (int i = from; i >= 0; i = (i & ~63) - 1) {
        uint64_t rest = ~w[i >> 6] << (63 - (i & 63));

        if (rest != 0)
            return i - __builtin_clzll(rest);
    }
    return -1;
}

#endif

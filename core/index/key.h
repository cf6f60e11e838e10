/* key.h - addresses as 128-bit numbers, first byte most significant; IPv4 fills the top 32 bits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * With both families left-aligned, byte and bit numbers count from the front for either, and a prefix is
 * the block from key to key | key_host(length). */
#ifndef INDEX_KEY_H
#define INDEX_KEY_H

#include <endian.h>
#include <string.h>

#include "net/addr.h"
#include "net/u128.h"

static inline uint128 key_load(const uint8_t bytes[16])
{
    uint64_t half[2];

    memcpy(half, bytes, sizeof(half));
    return (uint128)be64toh(half[0]) << 64 | be64toh(half[1]);
}

static inline void key_store(uint128 key, uint8_t bytes[16])
{
    uint64_t half[2] = { htobe64((uint64_t)(key >> 64)), htobe64((uint64_t)key) };

    memcpy(bytes, half, sizeof(half));
}

static inline uint128 key_of(const struct ipam_addr *a)
{
    return key_load(a->bytes);
}

static inline struct ipam_addr key_addr(uint8_t family, uint128 key)
{
    struct ipam_addr a = { .family = family };

    key_store(key, a.bytes);
    return a;
}

/* All ones beyond the first `len` bits. */
static inline uint128 key_host(unsigned len)
{
    return len >= 128 ? 0 : ~(uint128)0 >> len;
}

/* True when the first `len` bits are equal. */
static inline bool key_same(uint128 a, uint128 b, unsigned len)
{
    return ((a ^ b) & ~key_host(len)) == 0;
}

/* Byte number `depth`, 0 being the first. */
static inline unsigned key_byte(uint128 key, unsigned depth)
{
    return (unsigned)(key >> (120 - 8 * depth)) & 255;
}

/* `key` with byte number `depth` or-ed in. */
static inline uint128 key_with(uint128 key, unsigned depth, unsigned byte)
{
    return key | (uint128)byte << (120 - 8 * depth);
}

/* How many leading bits two keys share. */
static inline unsigned key_common(uint128 a, uint128 b)
{
    uint64_t hi = (uint64_t)((a ^ b) >> 64), lo = (uint64_t)(a ^ b);

    return hi != 0 ? (unsigned)__builtin_clzll(hi) : lo != 0 ? 64 + (unsigned)__builtin_clzll(lo) : 128;
}

/* A valid address of this family: nothing stands behind its last byte. */
static inline bool key_valid(uint8_t family, const struct ipam_addr *a)
{
    return a->family == family && (key_of(a) & key_host(addr_bits(family))) == 0;
}

#endif

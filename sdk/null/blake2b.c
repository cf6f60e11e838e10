/* blake2b.c - BLAKE2b-256 (RFC 7693), for the digest of a dump.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Here because the null providers link to nothing; a provider with libsodium calls that. */
#include "blake2b.h"

#include <string.h>

static const uint64_t iv[8] = { 0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu,
                                0xa54ff53a5f1d36f1u, 0x510e527fade682d1u, 0x9b05688c2b3e6c1fu,
                                0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u };
static const uint8_t sigma[10][16] = {
    { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
    { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
    { 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
    { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
    { 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
    { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
    { 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
    { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
    { 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
    { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static void mix(uint64_t v[16], const unsigned at[4], uint64_t x, uint64_t y)
{
    uint64_t *a = &v[at[0]], *b = &v[at[1]], *c = &v[at[2]], *d = &v[at[3]];

    *a += *b + x;
    *d = rotate(*d ^ *a, 32);
    *c += *d;
    *b = rotate(*b ^ *c, 24);
    *a += *b + y;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 63);
}

static void compress(struct blake2b *b, int last)
{
    static const unsigned places[8][4] = { { 0, 4, 8, 12 },  { 1, 5, 9, 13 },  { 2, 6, 10, 14 },
                                           { 3, 7, 11, 15 }, { 0, 5, 10, 15 }, { 1, 6, 11, 12 },
                                           { 2, 7, 8, 13 },  { 3, 4, 9, 14 } };
    uint64_t v[16], m[16] = { 0 };

    for (unsigned i = 0; i < 128; i++)
        m[i / 8] |= (uint64_t)b->block[i] << (i % 8 * 8);
    memcpy(v, b->h, sizeof(b->h));
    memcpy(v + 8, iv, sizeof(iv));
    v[12] ^= b->count;
    v[14] ^= last ? ~(uint64_t)0 : 0;
    for (unsigned round = 0; round < 12; round++)
        for (unsigned i = 0; i < 8; i++)
            mix(v, places[i], m[sigma[round % 10][2 * i]], m[sigma[round % 10][2 * i + 1]]);
    for (unsigned i = 0; i < 8; i++)
        b->h[i] ^= v[i] ^ v[i + 8];
}

void blake2b_init(struct blake2b *b)
{
    memset(b, 0, sizeof(*b));
    memcpy(b->h, iv, sizeof(iv));
    b->h[0] ^= 0x01010000u ^ 32u; /* no key, 32 bytes of digest */
}

void blake2b_add(struct blake2b *b, const void *data, size_t len)
{
    const uint8_t *at = data;

    while (len > 0) {
        size_t room = sizeof(b->block) - b->used, n = len < room ? len : room;

        if (room == 0) { /* only now is it known not to be the last block */
            compress(b, 0);
            b->used = 0;
            continue;
        }
        memcpy(b->block + b->used, at, n);
        b->used += n;
        b->count += n;
        at += n;
        len -= n;
    }
}

void blake2b_end(struct blake2b *b, uint8_t digest[32])
{
    memset(b->block + b->used, 0, sizeof(b->block) - b->used);
    compress(b, 1);
    for (unsigned i = 0; i < 32; i++)
        digest[i] = (uint8_t)(b->h[i / 8] >> (i % 8 * 8));
}

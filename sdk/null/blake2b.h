/* blake2b.h - BLAKE2b-256 (RFC 7693), for the digest of a dump.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_NULL_BLAKE2B_H
#define IPAM_NULL_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

struct blake2b {
    uint64_t h[8], count; /* count: bytes so far; 2^64 are enough */
    uint8_t block[128];
    size_t used;
};

void blake2b_init(struct blake2b *b);
void blake2b_add(struct blake2b *b, const void *data, size_t len);
void blake2b_end(struct blake2b *b, uint8_t digest[32]);

#endif

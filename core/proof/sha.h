/* sha.h - SHA-256 in pieces; its state may be copied.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROOF_SHA_H
#define PROOF_SHA_H

#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHA_GATHERED 4096 /* bytes; a page of small changes */

struct sha {
    SHA256_CTX state;
    size_t count;
    uint8_t gathered[SHA_GATHERED]; /* the first `count` are not hashed yet */
};
void sha_begin(struct sha *s);
/* Hashes what was gathered, and what does not fit behind it. */
void sha_add_far(struct sha *s, const void *data, size_t len);
static inline void sha_add(struct sha *s, const void *data, size_t len)
{
    if (len > 0 && len <= sizeof(s->gathered) - s->count) {
        memcpy(s->gathered + s->count, data, len);
        s->count += len;
    } else {
        sha_add_far(s, data, len);
    }
}
void sha_end(struct sha *s, uint8_t ret[SHA256_DIGEST_LENGTH]);

#endif

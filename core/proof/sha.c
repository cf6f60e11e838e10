/* sha.c - SHA-256 in pieces, by OpenSSL, which has the processor's own instructions for it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * By the functions of the algorithm, which OpenSSL 3 keeps and advises against: those in their place allocate
 * for each hash and each copy, and here a hash is of some hundred bytes. Small pieces are gathered first: to
 * begin and end a run of blocks costs as much as a block. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proof/sha.h"

void sha_begin(struct sha *s)
{
    SHA256_Init(&s->state); /* of all that these are given, none can fail */
    s->count = 0;
}

static void flush(struct sha *s)
{
    SHA256_Update(&s->state, s->gathered, s->count);
    s->count = 0;
}

void sha_add_far(struct sha *s, const void *data, size_t len)
{
    flush(s);
    SHA256_Update(&s->state, data, len);
}

void sha_end(struct sha *s, uint8_t ret[SHA256_DIGEST_LENGTH])
{
    flush(s);
    SHA256_Final(ret, &s->state);
}

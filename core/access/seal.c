/* seal.c - texts that nobody but this process reads.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A nonce, then the text, filled up to a multiple of 64 bytes (ISO/IEC 7816-4: 0x80 and zeros), encrypted. */
#include "access/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define STEP  64

_Static_assert(NONCE + TAG + STEP <= SEAL_MORE, "raise SEAL_MORE");

static const uint8_t *key(void)
{
    static uint8_t bytes[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    static bool drawn;
    if (!drawn && sodium_init() < 0)
        abort(); /* no random numbers: nothing here could be trusted */
    if (!drawn)
        randombytes_buf(bytes, sizeof(bytes));
    drawn = true;
    return bytes;
}

struct ipam_bytes seal_close(struct arena *a, struct ipam_bytes text, struct ipam_bytes with)
{
    size_t room = text.len / STEP * STEP + STEP, filled;
    uint8_t *sealed = arena_alloc(a, NONCE + room + TAG);
    if (sealed == NULL)
        return (struct ipam_bytes){ NULL, 0 };
    randombytes_buf(sealed, NONCE);
    memcpy(sealed + NONCE, text.data, text.len);
    if (sodium_pad(&filled, sealed + NONCE, text.len, STEP, room) != 0)
        return (struct ipam_bytes){ NULL, 0 };
    uint8_t *text_at = sealed + NONCE;
    crypto_aead_xchacha20poly1305_ietf_encrypt(text_at, NULL, text_at, filled, with.data, with.len, NULL,
                                               sealed, key());
    return (struct ipam_bytes){ sealed, NONCE + filled + TAG };
}

struct ipam_bytes seal_open(struct arena *a, struct ipam_bytes sealed, struct ipam_bytes with)
{
    unsigned long long len;
    size_t plain;
    if (sealed.len < NONCE + STEP + TAG)
        return (struct ipam_bytes){ NULL, 0 };
    uint8_t *text = arena_alloc(a, sealed.len);
    const uint8_t *from = sealed.data + NONCE;
    if (text == NULL ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(text, &len, NULL, from, sealed.len - NONCE, with.data,
                                                   with.len, sealed.data, key()) != 0 ||
        sodium_unpad(&plain, text, (size_t)len, STEP) != 0)
        return (struct ipam_bytes){ NULL, 0 };
    return (struct ipam_bytes){ text, plain };
}

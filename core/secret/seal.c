/* seal.c - sealing and opening of secrets, and the master keys in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ipam/status.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_BYTES   crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define ID_BYTES    8
#define AD_MAX      64

_Static_assert(SEAL_WRAPPED_BYTES == NONCE_BYTES + KEY_BYTES + TAG_BYTES,
               "a wrapped key is nonce, key and tag");
_Static_assert(SEAL_OVERHEAD == NONCE_BYTES + TAG_BYTES, "a box is nonce, text and tag");
_Static_assert(MASTER_KEY_BYTES == KEY_BYTES, "a master key is a key of the cipher");

struct master {
    struct master *next;
    uint8_t *key; /* of sodium_malloc */
    char id[MASTER_KEY_ID_SIZE];
};

struct keyring {
    struct master *first;
};

struct keyring *keyring_new(void)
{
    return sodium_init() < 0 ? NULL : xcalloc(1, sizeof(struct keyring));
}

void keyring_free(struct keyring *k)
{
    struct master *m;
    while (k != NULL && (m = k->first) != NULL) {
        k->first = m->next;
        sodium_free(m->key);
        free(m);
    }
    free(k);
}

static void key_id(const uint8_t *key, char *ret)
{
    static const unsigned char context[] = "ipamd master key id";
    uint8_t digest[crypto_generichash_BYTES_MIN];
    crypto_generichash(digest, sizeof(digest), context, sizeof(context), key, KEY_BYTES);
    sodium_bin2hex(ret, MASTER_KEY_ID_SIZE, digest, ID_BYTES);
}

static const struct master *find(const struct keyring *k, struct ipam_str id)
{
    const struct master *m = k->first;
    while (m != NULL && !str_is(id, m->id))
        m = m->next;
    return m;
}

bool keyring_has(const struct keyring *k, struct ipam_str id)
{
    return find(k, id) != NULL;
}

void keyring_add(struct keyring *k, const uint8_t key[MASTER_KEY_BYTES], char ret_id[MASTER_KEY_ID_SIZE])
{
    key_id(key, ret_id);
    if (find(k, str_from(ret_id)) != NULL)
        return;
    struct master *m = xcalloc(1, sizeof(*m));
    m->key = sodium_malloc(KEY_BYTES);
    if (m->key == NULL)
        out_of_memory(KEY_BYTES);
    memcpy(m->key, key, KEY_BYTES);
    sodium_mprotect_readonly(m->key);
    memcpy(m->id, ret_id, sizeof(m->id));
    m->next = k->first;
    k->first = m;
}

void secret_wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}

void secret_random(void *data, size_t len)
{
    randombytes_buf(data, len);
}

int secret_from_base64(struct ipam_str text, uint8_t *buf, size_t cap)
{
    size_t len;
    return sodium_base642bin(buf, cap, text.data, text.len, NULL, &len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0
               ? (int)len
               : IPAM_E_INVAL;
}

/* --- boxes: nonce, then what is sealed, then the tag --- */

static void box_with(const uint8_t *nonce, const uint8_t *key, const void *ad, size_t ad_len,
                     const void *data, size_t len, uint8_t *ret)
{
    memmove(ret, nonce, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE_BYTES, NULL, data, len, ad, ad_len, NULL, ret,
                                               key);
}

static void box(const uint8_t *key, const void *ad, size_t ad_len, const void *data, size_t len, uint8_t *ret)
{
    uint8_t nonce[NONCE_BYTES];
    randombytes_buf(nonce, sizeof(nonce));
    box_with(nonce, key, ad, ad_len, data, len, ret);
}

/* 0, or IPAM_E_INVAL: another key, other associated data, or other bytes. */
static int unbox(const uint8_t *key, const void *ad, size_t ad_len, struct ipam_bytes in, void *ret)
{
    if (in.len < SEAL_OVERHEAD)
        return IPAM_E_INVAL;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, in.data + NONCE_BYTES,
                                                      in.len - NONCE_BYTES, ad, ad_len, in.data, key) == 0
               ? 0
               : IPAM_E_INVAL;
}

static size_t put_number(uint8_t *at, uint64_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(n >> (8 * i));
    return bytes;
}

/* What a box belongs to, as bytes of one length: `what` tells a secret from its key. */
static size_t place_bytes(const char *what, const struct seal_place *at, struct ipam_str id, uint8_t *ret)
{
    size_t n = strlen(what) + 1;
    memcpy(ret, what, n);
    n += put_number(ret + n, at->type, 4);
    n += put_number(ret + n, (uint64_t)at->object, 8);
    n += put_number(ret + n, at->field, 4);
    n += put_number(ret + n, (uint64_t)at->version, 8);
    if (id.len > 0)
        memcpy(ret + n, id.data, id.len);
    return n + id.len;
}

#define SECRET_AD(at, ad)  place_bytes("secret", at, (struct ipam_str){ "", 0 }, ad)
#define KEY_AD(at, id, ad) place_bytes("key", at, id, ad)

int secret_seal(const struct keyring *k, struct ipam_str id, const struct seal_place *at, const void *data,
                size_t len, uint8_t wrapped[SEAL_WRAPPED_BYTES], uint8_t *body)
{
    const struct master *m = find(k, id);
    uint8_t key[KEY_BYTES], ad[AD_MAX];
    if (m == NULL)
        return IPAM_E_NOENT;
    randombytes_buf(key, sizeof(key));
    box(key, ad, SECRET_AD(at, ad), data, len, body);
    box(m->key, ad, KEY_AD(at, id, ad), key, sizeof(key), wrapped);
    sodium_memzero(key, sizeof(key));
    return 0;
}

/* The key of a secret. */
static int unwrap(const struct keyring *k, struct ipam_str id, const struct seal_place *at,
                  struct ipam_bytes wrapped, uint8_t *ret)
{
    const struct master *m = find(k, id);
    uint8_t ad[AD_MAX];
    if (m == NULL)
        return IPAM_E_NOENT;
    return wrapped.len == SEAL_WRAPPED_BYTES ? unbox(m->key, ad, KEY_AD(at, id, ad), wrapped, ret)
                                             : IPAM_E_INVAL;
}

int secret_open(const struct keyring *k, struct ipam_str id, const struct seal_place *at,
                struct ipam_bytes wrapped, struct ipam_bytes body, void *buf, size_t cap)
{
    uint8_t key[KEY_BYTES], ad[AD_MAX];
    int rc = unwrap(k, id, at, wrapped, key);
    if (rc == 0 && body.len >= SEAL_OVERHEAD && body.len - SEAL_OVERHEAD > cap)
        rc = IPAM_E_TOOBIG;
    if (rc == 0)
        rc = unbox(key, ad, SECRET_AD(at, ad), body, buf);
    sodium_memzero(key, sizeof(key));
    return rc == 0 ? (int)(body.len - SEAL_OVERHEAD) : rc;
}

int secret_rewrap(const struct keyring *k, struct ipam_str from, struct ipam_str to,
                  const struct seal_place *at, struct ipam_bytes wrapped, uint8_t ret[SEAL_WRAPPED_BYTES])
{
    const struct master *m = find(k, to);
    uint8_t key[KEY_BYTES], ad[AD_MAX];
    int rc = m != NULL ? unwrap(k, from, at, wrapped, key) : IPAM_E_NOENT;
    if (rc == 0)
        box(m->key, ad, KEY_AD(at, to, ad), key, sizeof(key), ret);
    sodium_memzero(key, sizeof(key));
    return rc;
}

int secret_digest(const struct keyring *k, struct ipam_str id, const void *data, size_t len,
                  uint8_t ret[SECRET_DIGEST_BYTES])
{
    static const unsigned char context[] = "ipamd digest of a request";
    const struct master *m = find(k, id);
    uint8_t key[KEY_BYTES];
    if (m == NULL)
        return IPAM_E_NOENT;
    crypto_generichash(key, sizeof(key), context, sizeof(context), m->key, KEY_BYTES);
    crypto_generichash(ret, SECRET_DIGEST_BYTES, data, len, key, sizeof(key));
    sodium_memzero(key, sizeof(key));
    return 0;
}

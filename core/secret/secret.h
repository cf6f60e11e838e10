/* secret.h - secrets under a master key: sealed for one place, opened nowhere else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each secret has a key of its own, which the master key wraps: a new master key wraps those keys anew and leaves the
 * secrets as they are. Both are XChaCha20-Poly1305 with the place as associated data, so that what is sealed for one
 * object, field or version opens for no other. Loop thread only. */
#ifndef SECRET_SECRET_H
#define SECRET_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipam/types.h"

#define MASTER_KEY_BYTES    32
#define MASTER_KEY_ID_SIZE  17 /* 16 hex digits, ended */
#define SECRET_BYTES_MAX    65536
#define SEAL_WRAPPED_BYTES  72 /* nonce, key, tag */
#define SEAL_OVERHEAD       40 /* nonce, tag */
#define SECRET_DIGEST_BYTES 32

/* The master keys at hand, in memory that is locked, guarded and left out of core files. */
struct keyring;
/* NULL: the library cannot be used. */
struct keyring *keyring_new(void);
void keyring_free(struct keyring *k);
/* Takes a copy, and answers the id that names the key and tells nothing of it. Twice does no harm. */
void keyring_add(struct keyring *k, const uint8_t key[MASTER_KEY_BYTES], char ret_id[MASTER_KEY_ID_SIZE]);
bool keyring_has(const struct keyring *k, struct ipam_str id);

/* What a secret belongs to. */
struct seal_place {
    uint32_t type;
    int64_t object;
    uint32_t field;
    int64_t version;
};

/* Seals under the master key `id`: `body` has room for len + SEAL_OVERHEAD. 0, or IPAM_E_NOENT without that key. */
int secret_seal(const struct keyring *k, struct ipam_str id, const struct seal_place *at, const void *data,
                size_t len, uint8_t wrapped[SEAL_WRAPPED_BYTES], uint8_t *body);
/* Opens into buf: the length; IPAM_E_NOENT: the master key is not at hand; IPAM_E_INVAL: it is not what was sealed for
 * this place; IPAM_E_TOOBIG. The caller wipes buf. */
int secret_open(const struct keyring *k, struct ipam_str id, const struct seal_place *at,
                struct ipam_bytes wrapped, struct ipam_bytes body, void *buf, size_t cap);
/* Wraps the key of a secret under another master key: 0, or as secret_open. */
int secret_rewrap(const struct keyring *k, struct ipam_str from, struct ipam_str to,
                  const struct seal_place *at, struct ipam_bytes wrapped, uint8_t ret[SEAL_WRAPPED_BYTES]);
/* A digest that nobody without the master key can compare guesses with. IPAM_E_NOENT without that key. */
int secret_digest(const struct keyring *k, struct ipam_str id, const void *data, size_t len,
                  uint8_t ret[SECRET_DIGEST_BYTES]);
void secret_wipe(void *data, size_t len);
/* Bytes for a new key. */
void secret_random(void *data, size_t len);
/* Strict base64 (RFC 4648, with padding) into buf: the length, or IPAM_E_INVAL. */
int secret_from_base64(struct ipam_str text, uint8_t *buf, size_t cap);

/* --- files of master keys --- */

#define KEYFILE_ERR 512
/* A key as it is written: 32 bytes, or 64 hex digits and at most a newline. */
bool keyfile_take(const uint8_t *text, size_t len, uint8_t ret[MASTER_KEY_BYTES]);
/* Reads a file. `own`: it must be a regular file that nobody but
 * its owner may touch. 0; IPAM_E_NOENT: there is none; else an error with the reason and what to do. */
int keyfile_read(const char *path, bool own, uint8_t ret[MASTER_KEY_BYTES], char *err);
/* Makes a new key in a new file of mode 0600, durable before it is used. */
int keyfile_make(const char *path, uint8_t ret[MASTER_KEY_BYTES], char *err);
/* `next` takes the place of `path`, which stays as `old`. At no moment is there no file at `path`. */
int keyfile_exchange(const char *path, const char *next, const char *old, char *err);

#endif

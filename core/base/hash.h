/* hash.h - open-addressing hash map from a 64-bit or byte key to a pointer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 64-bit keys (any value) to non-NULL pointers. Keys are mixed with a per-process random seed. */
struct imap {
    struct imap_slot *slots;
    size_t count, cap, tombs;
};
void imap_init(struct imap *m);
void imap_fini(struct imap *m);
void *imap_get(const struct imap *m, uint64_t key);
/* Sets or replaces; returns the former value or NULL. Aborts when memory is out. */
void *imap_put(struct imap *m, uint64_t key, void *value);
/* Removes; returns the former value or NULL. */
void *imap_del(struct imap *m, uint64_t key);
/* Walks all entries in no order: start with *pos = 0, until it returns 0. No change meanwhile. */
int imap_next(const struct imap *m, size_t *pos, uint64_t *ret_key, void **ret_value);

/* Byte-string keys (copied) to non-NULL pointers. SipHash-1-3 or better with a random seed. */
struct smap {
    struct smap_slot *slots;
    size_t count, cap, tombs;
};
void smap_init(struct smap *m);
void smap_fini(struct smap *m);
void *smap_get(const struct smap *m, const void *key, size_t len);
void *smap_put(struct smap *m, const void *key, size_t len, void *value);
void *smap_del(struct smap *m, const void *key, size_t len);
int smap_next(const struct smap *m, size_t *pos, const void **ret_key, size_t *ret_len, void **ret_value);

/* 64-bit keyed hash of bytes with the process seed. Not stable across processes. */
uint64_t hash_bytes(const void *data, size_t len);

#endif

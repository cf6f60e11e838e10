/* ptrie.h - prefixes of one space and family: longest match, order, overlap, next free prefix.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A 256-way trie. Every operation touches at most about one node per address byte, however many
 * prefixes there are; the searches for a free prefix at most about two.
 *
 * A handle is any 64-bit value of the caller's, usually a record id. Prefixes and addresses must be of
 * the trie's family and prefixes without host bits: anything else is IPAM_E_INVAL. All `ret_` pointers
 * may be NULL and are written only on success. Nothing is locked: one thread at a time. A query changes
 * nothing; no cursor is kept, so changes between two steps of an iteration are allowed. */
#ifndef INDEX_PTRIE_H
#define INDEX_PTRIE_H

#include "net/addr.h"

struct ptrie;

/* An empty trie of family 4 or 6 (required); the caller owns it. */
struct ptrie *ptrie_new(uint8_t family);
/* NULL is allowed. */
void ptrie_free(struct ptrie *t);

/* IPAM_E_EXIST when the prefix is there; its handle then stays. */
int ptrie_insert(struct ptrie *t, const struct ipam_prefix *p, uint64_t handle);
/* Gives a stored prefix another handle; IPAM_E_NOENT when it is not there. */
int ptrie_replace(struct ptrie *t, const struct ipam_prefix *p, uint64_t handle, uint64_t *ret_old);
int ptrie_remove(struct ptrie *t, const struct ipam_prefix *p, uint64_t *ret_old);
/* Exactly this prefix, or IPAM_E_NOENT. */
int ptrie_get(const struct ptrie *t, const struct ipam_prefix *p, uint64_t *ret_handle);

/* The longest prefix that holds the address, or IPAM_E_NOENT. */
int ptrie_match(const struct ptrie *t, const struct ipam_addr *a, struct ipam_prefix *ret_prefix,
                uint64_t *ret_handle);
/* The longest prefix that contains `p` and is not `p` itself, stored or not; or IPAM_E_NOENT. */
int ptrie_parent(const struct ptrie *t, const struct ipam_prefix *p, struct ipam_prefix *ret_prefix,
                 uint64_t *ret_handle);

/* Walk in prefix_compare order over the prefixes strictly inside `within` (NULL: over all): the first
 * one after `after` (NULL: the first of all). `after` need not be stored. IPAM_E_NOENT at the end.
 *
 *     struct ipam_prefix at, *after = NULL;
 *     while (ptrie_next(t, &block, after, &at, &handle) == 0) { ...; after = &at; } */
int ptrie_next(const struct ptrie *t, const struct ipam_prefix *within, const struct ipam_prefix *after,
               struct ipam_prefix *ret_prefix, uint64_t *ret_handle);
/* As ptrie_next, but skips what is inside `after`: started from NULL it gives the direct children. */
int ptrie_next_child(const struct ptrie *t, const struct ipam_prefix *within, const struct ipam_prefix *after,
                     struct ipam_prefix *ret_prefix, uint64_t *ret_handle);

/* A stored prefix that contains `p` (the longest, `p` itself included), else the first one inside it;
 * IPAM_E_NOENT when nothing overlaps. */
int ptrie_overlap(const struct ptrie *t, const struct ipam_prefix *p, struct ipam_prefix *ret_prefix,
                  uint64_t *ret_handle);

/* The first prefix of `length` bits inside `within`, at or after the address of `from` (NULL: from the
 * start), that overlaps no prefix stored strictly inside `within`. `within` need not be stored, and what
 * contains it does not count. `length` equal to that of `within` asks whether `within` is empty.
 * IPAM_E_RANGE when `length` is shorter than that of `within` or too long for the family;
 * IPAM_E_EXHAUSTED when nothing is free. */
int ptrie_next_free(const struct ptrie *t, const struct ipam_prefix *within, uint8_t length,
                    const struct ipam_prefix *from, struct ipam_prefix *ret_prefix);

uint64_t ptrie_count(const struct ptrie *t);
/* Memory the trie occupies, the allocator's overhead included. */
size_t ptrie_bytes(const struct ptrie *t);
/* Nodes touched by this thread's last call: the measure of being size-blind. */
unsigned ptrie_visited(void);

#endif

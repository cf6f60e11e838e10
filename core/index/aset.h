/* aset.h - addresses in use in one space and family: who uses one, which are free, how many.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An address may have several entries, one for each source, told apart by their handles; it is in use
 * while it has one. A 256-way trie down to a map of the last byte; every node knows how many addresses
 * below it are in use and which free runs they leave. No operation touches more than about two nodes
 * per address byte, whatever is in use: a full /8 is passed in one step.
 *
 * What an address is used for is said by bits of its handles: an address is of the highest class of its entries,
 * and marked when one of them is. How many there are of each class is counted on every change.
 *
 * Ranges are [first, last], both included. Addresses must be of the set's family and first <= last:
 * anything else is IPAM_E_INVAL (counts are then 0). All `ret_` pointers are written only on success.
 * Nothing is locked: one thread at a time. */
#ifndef INDEX_ASET_H
#define INDEX_ASET_H

#include "net/addr.h"

struct aset;

#define ASET_CLASS_SHIFT 53 /* three bits of a handle are its class, 0 to 7 */
#define ASET_CLASSES     8
#define ASET_MARK        ((uint64_t)1 << 63)

/* An empty set of family 4 or 6 (required); the caller owns it. */
struct aset *aset_new(uint8_t family);
/* NULL is allowed. */
void aset_free(struct aset *s);

/* IPAM_E_EXIST when the address has an entry with this handle; IPAM_E_TOOBIG beyond 8,192 entries in
 * one block of 256 addresses or 2^32-1 addresses in all. */
int aset_add(struct aset *s, const struct ipam_addr *a, uint64_t handle);
/* IPAM_E_NOENT when there is no such entry. */
int aset_remove(struct aset *s, const struct ipam_addr *a, uint64_t handle);

bool aset_has(const struct aset *s, const struct ipam_addr *a);
/* How many entries the address has; the first `max` handles, in ascending order, go to ret_handles. */
size_t aset_get(const struct aset *s, const struct ipam_addr *a, uint64_t *ret_handles, size_t max);

/* The first address of the range that is in use, or IPAM_E_NOENT. To iterate, begin the next range one
 * behind the answer (addr_add). */
int aset_next_used(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr);

/* The first free address of the range, or IPAM_E_EXHAUSTED. The first that is free in two sets is found
 * by asking them in turn, each from the other's answer, until both agree. */
int aset_next_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr);
/* The last free address of the range, or IPAM_E_EXHAUSTED. */
int aset_last_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr);
/* The free address of the range with `rank` free ones before it (0: the first), or IPAM_E_EXHAUSTED. */
int aset_nth_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                  struct ipam_u128 rank, struct ipam_addr *ret_addr);
/* Where the first run of `n` (1 or more) free addresses inside the range begins, or IPAM_E_EXHAUSTED. */
int aset_next_run(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last, uint32_t n,
                  struct ipam_addr *ret_addr);
/* The runs of what has changed are found out by the next who asks for one, or when there are many; or now. */
void aset_settle(struct aset *s);

/* How many different addresses of the range are in use. */
uint64_t aset_used(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last);
/* How many of them are of each class, and marked. */
struct aset_count {
    uint64_t of[ASET_CLASSES], marked;
};
void aset_count(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                struct aset_count *ret);
/* How many different addresses are in use. */
uint64_t aset_total(const struct aset *s);
/* How many entries they have. */
uint64_t aset_entries(const struct aset *s);
/* Memory the set occupies, the allocator's overhead included. */
size_t aset_bytes(const struct aset *s);
/* Nodes touched by this thread's last call: the measure of being size-blind. */
unsigned aset_visited(void);

#endif

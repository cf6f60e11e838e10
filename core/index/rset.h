/* rset.h - address ranges of one space and family, which may overlap: who holds an address, what overlaps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A balanced interval tree ordered by first address, last address, handle. Equal ranges are told apart
 * by their handles. Addresses must be of the set's family and first <= last: anything else is
 * IPAM_E_INVAL. Nothing is locked: one thread at a time. */
#ifndef INDEX_RSET_H
#define INDEX_RSET_H

#include "net/addr.h"

struct rset;

struct rset_item {
    struct ipam_addr first, last; /* both included */
    uint64_t handle;              /* the caller's, usually a record id */
};

/* An empty set of family 4 or 6 (required); the caller owns it. */
struct rset *rset_new(uint8_t family);
/* NULL is allowed. */
void rset_free(struct rset *s);

/* IPAM_E_EXIST when this range is there with this handle. */
int rset_insert(struct rset *s, const struct rset_item *item);
/* IPAM_E_NOENT when it is not. */
int rset_remove(struct rset *s, const struct rset_item *item);

/* Calls `fn` for each range that overlaps [first, last], in order; first == last asks who holds an
 * address. `fn` must not change the set; what it returns other than 0 ends the walk and is returned.
 * 0 at the end. O(log n + found). */
typedef int rset_fn(void *arg, const struct rset_item *item);
int rset_each(const struct rset *s, const struct ipam_addr *first, const struct ipam_addr *last,
              rset_fn *fn, void *arg);

/* The same walk step by step, O(log n) each: the first overlapping range after `after` (NULL: the first
 * of all; it need not be in the set), or IPAM_E_NOENT. first and last NULL walk over all. The set may
 * change between steps. `after` and `ret_item` may be the same. */
int rset_next(const struct rset *s, const struct ipam_addr *first, const struct ipam_addr *last,
              const struct rset_item *after, struct rset_item *ret_item);

uint64_t rset_count(const struct rset *s);
/* Memory the set occupies, the allocator's overhead included. */
size_t rset_bytes(const struct rset *s);
/* Nodes touched by this thread's last call. */
unsigned rset_visited(void);

#endif

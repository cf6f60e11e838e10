/* indexes.h - the address indexes of all spaces: which rows stand at which address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One set holds what is durable, another what a batch has drafted. */
#ifndef STATE_INDEXES_H
#define STATE_INDEXES_H

#include "base/hash.h"
#include "index/aset.h"
#include "index/ptrie.h"
#include "index/rset.h"
#include "record/record.h"

/* One space; [0] is IPv4, [1] IPv6. Tries give ids; ranges give ids; users give index_user() handles. */
struct space_index {
    struct ptrie *blocks[2], *subnets[2], *scopes[2];
    struct rset *ranges[2];
    struct aset *users[2];
    struct imap scope_twins; /* first scope id of a prefix -> struct scope_list: several servers may have a
                                scope of one prefix */
};

/* Of one DHCP server; [0] is IPv4, [1] IPv6: ids. */
struct server_index {
    struct rset *exclusions[2];
};

struct indexes {
    struct imap spaces;  /* id -> struct space_index */
    struct imap servers; /* id -> struct server_index */
};

/* Chain of the scopes that share one prefix. */
struct scope_list {
    size_t count;
    int64_t ids[];
};

#define INDEX_FAMILY(f) ((f) == 6)

void indexes_init(struct indexes *ix);
void indexes_fini(struct indexes *ix);
/* The index of a space, made when it is first needed, or NULL. */
struct space_index *indexes_space(struct indexes *ix, int64_t space);
const struct space_index *indexes_peek(const struct indexes *ix, int64_t space);
/* Enters or removes a row of any type; types that stand at no address are ignored. Entering twice does no
 * harm. */
void indexes_add(struct indexes *ix, const void *rec);
void indexes_remove(struct indexes *ix, const void *rec);
/* Whether the row takes its address: addresses, those in quarantine, reservations with an
 * address, leases that are not expired. */
bool indexes_uses_address(const void *rec, int64_t *ret_space, struct ipam_addr *ret_addr);

/* Without what it is used for, which is said in between (aset.h): an id has at most 53 bits, a type 7. */
static inline uint64_t index_user(uint32_t type, int64_t id)
{
    return (uint64_t)type << 56 | (uint64_t)id;
}
static inline uint32_t index_user_type(uint64_t handle)
{
    return (uint32_t)(handle >> 56 & (RECORD_TYPES - 1));
}
static inline int64_t index_user_id(uint64_t handle)
{
    return (int64_t)(handle & (((uint64_t)1 << ASET_CLASS_SHIFT) - 1));
}

#endif

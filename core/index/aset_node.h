/* aset_node.h - the inside of the address set, shared by its files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A node stands at a depth of c bytes and has a slot for each value of byte c. At the last byte it is a
 * page: a map of 256 addresses and their entries. Levels that would have one way only are skipped: a node
 * says at which depth it stands. A slot with few entries is a bucket, which becomes a node when it
 * overflows. */
#ifndef INDEX_ASET_NODE_H
#define INDEX_ASET_NODE_H

#include "index/aset.h"
#include "index/bits.h"
#include "index/bucket.h"
#include "index/key.h"

#define ASET_BUCKET 16 /* entries in a bucket */
/* A node with no more entries is a bucket again: fewer than make one burst, so that an address that comes and
 * goes does not rebuild it, but not so few that nodes above each other would be many for what they hold. */
#define ASET_SMALL 13
#define ASET_UNSETTLED 1024 /* changes after which the runs are found out, asked for or not */

/* What is known of a block of addresses; a number that would be higher is UINT32_MAX. How many are used is
 * counted on every change; the runs are found out when somebody asks for one (aset_settle). Where there is a
 * free address and the longest run is 0, they are not known. */
struct asum {
    uint32_t used;    /* different addresses in use: exact, aset_add sees to it */
    uint32_t lead;    /* free ones before the first in use */
    uint32_t trail;   /* free ones behind the last */
    uint32_t longest; /* longest free run, those at the ends included */
};

struct aslot {
    void *content; /* struct anode or struct bucket */
    struct asum sum;
};

/* How many addresses of a block are of each class, and marked. */
struct atally {
    uint32_t of[ASET_CLASSES], marked;
};

struct anode {
    uint16_t tag; /* 0: no bucket */
    uint16_t nslots;
    uint8_t depth;    /* bytes of key that all addresses here share */
    bool stale;       /* its runs, and those of slots that changed, are not known */
    uint64_t entries; /* here and below */
    uint128 key;      /* zero beyond depth */
    uint64_t used[4]; /* bit b: an address with this byte is in use */
    uint64_t full[4]; /* bit b: all of them are; in a page the same as used */
    struct asum sum;  /* of the key's block */
    struct atally tally;
    union {
        struct aslot *slots; /* one a bit of used */
        struct bucket *page; /* keys of one byte */
    } u;
};

struct aset {
    uint8_t family;
    uint8_t width;  /* bytes of an address */
    void *root;     /* the slot at depth 0: NULL, struct anode or struct bucket */
    uint64_t total; /* addresses in use */
    uint64_t entries;
    unsigned unsettled; /* changes since aset_settle */
    size_t bytes;
};

extern _Thread_local unsigned aset_touched;

static inline bool anode_is(const void *slot)
{
    return *(const uint16_t *)slot == 0;
}

static inline bool anode_is_page(const struct aset *s, const struct anode *n)
{
    return n->depth == s->width - 1;
}

static inline struct aslot *anode_slot(const struct anode *n, unsigned byte)
{
    return bits_test(n->used, byte) ? &n->u.slots[bits_rank(n->used, byte)] : NULL;
}

static inline void *anode_content(const struct anode *n, unsigned byte)
{
    return bits_test(n->used, byte) ? n->u.slots[bits_rank(n->used, byte)].content : NULL;
}

/* The difference between neighbouring addresses. */
static inline uint128 aset_unit(const struct aset *s)
{
    return (uint128)1 << (128 - 8 * s->width);
}

/* How many addresses a difference of keys is. */
static inline uint128 aset_number(const struct aset *s, uint128 difference)
{
    return difference >> (128 - 8 * s->width);
}

/* The last address of the block with the first `depth` bytes of `key`. */
static inline uint128 aset_end(const struct aset *s, uint128 key, unsigned depth)
{
    return (key | key_host(8 * depth)) & ~key_host(8u * s->width);
}

static inline uint128 aset_start(uint128 key, unsigned depth)
{
    return key & ~key_host(8 * depth);
}

static inline uint32_t aset_capped(uint128 n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* A bucket's key is the address from byte `depth` on. */
static inline void abucket_encode(const struct aset *s, unsigned depth, uint128 key, uint8_t ret[16])
{
    uint8_t bytes[16];

    key_store(key, bytes);
    memcpy(ret, bytes + depth, s->width - depth);
}

/* The address of entry i of a bucket in a slot at `depth`; `base` gives the bytes before it. */
static inline uint128 abucket_addr(const struct aset *s, const struct bucket *b, unsigned depth, uint128 base,
                                   unsigned i)
{
    uint8_t bytes[16];

    key_store(base, bytes);
    memcpy(bytes + depth, bucket_key(b, s->width - depth, i), s->width - depth);
    return key_load(bytes);
}

/* What an address is: -1: free; else its class, and whether it is marked. */
#define ASET_FREE   (-1)
#define ASET_MARKED ASET_CLASSES

static inline int aset_kind(uint64_t handle)
{
    return (int)(handle >> ASET_CLASS_SHIFT & (ASET_CLASSES - 1)) |
           ((handle & ASET_MARK) != 0 ? ASET_MARKED : 0);
}

/* What an address is that is `kind` and has one more entry. */
static inline int aset_kind_with(int kind, uint64_t handle)
{
    int more = aset_kind(handle), class = kind & (ASET_CLASSES - 1);

    if (kind == ASET_FREE)
        return more;
    return ((more & (ASET_CLASSES - 1)) > class ? more & (ASET_CLASSES - 1) : class) |
           ((kind | more) & ASET_MARKED);
}

/* What the address of entry `*at` of a bucket is; *at goes on to the next address. */
static inline int abucket_kind(const struct bucket *b, unsigned width, unsigned *at)
{
    const uint8_t *key = bucket_key(b, width, *at);
    int kind = ASET_FREE;

    for (; bucket_has(b, width, *at, key); (*at)++)
        kind = aset_kind_with(kind, bucket_handle(b, *at));
    return kind;
}

/* True when [first, last] is a range of the set's family. */
static inline bool aset_takes(const struct aset *s, const struct ipam_addr *first,
                              const struct ipam_addr *last)
{
    return key_valid(s->family, first) && key_valid(s->family, last) && key_of(first) <= key_of(last);
}

/* Finds out the runs of a node and of those below it. */
void aset_node_settle(const struct aset *s, struct anode *n);

#endif

/* ptrie_node.h - the inside of the prefix trie, shared by its three files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A node stands at a depth of c bytes and holds the prefixes of 8c+1 to 8c+8 bits that begin with its key
 * (the root also that of 0 bits), and for each value of byte c a slot with all longer ones. Levels that
 * would have one way only are skipped: a node says at which depth it stands. A slot with few prefixes is
 * a bucket, which becomes a node when it overflows. */
#ifndef INDEX_PTRIE_NODE_H
#define INDEX_PTRIE_NODE_H

#include "index/bits.h"
#include "index/bucket.h"
#include "index/key.h"
#include "index/ptrie.h"

#define PTRIE_BUCKET  16  /* prefixes in a bucket */
#define PTRIE_SMALL   13  /* a node with no more is a bucket again; see ASET_SMALL */
#define PTRIE_NO_FREE 255 /* as a length: nothing is free */

struct pnode {
    uint16_t tag;  /* 0: no bucket */
    uint8_t depth; /* bytes of key that all prefixes here share */
    uint8_t free;  /* length of the shortest free prefix in the key's block, or PTRIE_NO_FREE */
    uint16_t nhandles, nslots;
    uint8_t used_before[4]; /* how many bits are set in the words before each of used */
    uint64_t used[4];       /* bit b: the slot of byte b is not empty */
    void **
        slots; /* one a bit of used: struct pnode or struct bucket; a walk down needs no more than what stands above */
    uint8_t *slot_free;     /* the same for the slot's block: its shortest free prefix */
    uint128 key;            /* zero beyond depth */
    uint64_t count;         /* prefixes here and below */
    uint64_t *handles;      /* one a bit of has */
    uint16_t has_before[8]; /* as used_before, of has */
    uint64_t has[8];        /* bit 2^l + v: the prefix whose l bits beyond the depth have the value v */
};

struct ptrie {
    uint8_t family;
    uint8_t width;      /* bytes of an address */
    struct pnode *root; /* always there, depth 0 */
    size_t bytes;
};

/* A prefix in internal form. */
struct pkey {
    uint128 key;
    unsigned len;
};

extern _Thread_local unsigned ptrie_touched;

static inline bool pnode_is(const void *slot)
{
    return *(const uint16_t *)slot == 0;
}

/* Where the entries of a bit of `has` and of `used` stand: bits_rank with one word counted. */
static inline unsigned pnode_has_rank(const struct pnode *n, unsigned bit)
{
    return n->has_before[bit >> 6] + bits_count(n->has[bit >> 6] & (((uint64_t)1 << (bit & 63)) - 1));
}

static inline unsigned pnode_used_rank(const struct pnode *n, unsigned byte)
{
    return n->used_before[byte >> 6] + bits_count(n->used[byte >> 6] & (((uint64_t)1 << (byte & 63)) - 1));
}

/* The bit in `has` of a prefix that belongs to the node. */
static inline unsigned pnode_bit(const struct pnode *n, struct pkey p)
{
    unsigned level = p.len - 8u * n->depth;

    return 1u << level | key_byte(p.key, n->depth) >> (8 - level);
}

static inline struct pkey pnode_prefix(const struct pnode *n, unsigned bit)
{
    unsigned level = 31u - (unsigned)__builtin_clz(bit);

    return (struct pkey){ key_with(n->key, n->depth, (bit - (1u << level)) << (8 - level) & 255),
                          8u * n->depth + level };
}

static inline uint64_t pnode_handle(const struct pnode *n, unsigned bit)
{
    return n->handles[pnode_has_rank(n, bit)];
}

/* What the slot of a byte holds, or NULL. */
static inline void *pnode_slot(const struct pnode *n, unsigned byte)
{
    return bits_test(n->used, byte) ? n->slots[pnode_used_rank(n, byte)] : NULL;
}

/* A bucket's key is the address from byte `depth` on, then the length: memcmp order is prefix order. */
static inline unsigned pbucket_width(const struct ptrie *t, unsigned depth)
{
    return t->width - depth + 1;
}

static inline void pbucket_encode(const struct ptrie *t, unsigned depth, struct pkey p, uint8_t key[17])
{
    uint8_t bytes[16];

    key_store(p.key, bytes);
    memcpy(key, bytes + depth, t->width - depth);
    key[t->width - depth] = (uint8_t)p.len;
}

/* The length of entry i of a bucket in a slot at `depth`. */
static inline unsigned pbucket_len(const struct ptrie *t, const struct bucket *b, unsigned depth, unsigned i)
{
    return bucket_key(b, pbucket_width(t, depth), i)[t->width - depth];
}

/* Entry i of a bucket in a slot at `depth`; `base` gives the bytes before it. */
static inline struct pkey pbucket_prefix(const struct ptrie *t, const struct bucket *b, unsigned depth,
                                         uint128 base, unsigned i)
{
    const uint8_t *key = bucket_key(b, pbucket_width(t, depth), i);
    uint8_t bytes[16];

    key_store(base, bytes);
    memcpy(bytes + depth, key, t->width - depth);
    return (struct pkey){ key_load(bytes), key[t->width - depth] };
}

static inline bool ptrie_takes(const struct ptrie *t, const struct ipam_prefix *p)
{
    return p->addr.family == t->family && p->length <= 8 * t->width &&
           (key_of(&p->addr) & key_host(p->length)) == 0;
}

static inline struct pkey ptrie_key(const struct ipam_prefix *p)
{
    return (struct pkey){ key_of(&p->addr), p->length };
}

static inline struct ipam_prefix ptrie_prefix(const struct ptrie *t, struct pkey p)
{
    return (struct ipam_prefix){ key_addr(t->family, p.key), (uint8_t)p.len };
}

/* Shortest free prefix in the block of a slot at `depth`, and in a node's own block. */
uint8_t ptrie_slot_free(const struct ptrie *t, const void *slot, unsigned depth, uint128 base);
uint8_t ptrie_node_free(const struct pnode *n);

#endif

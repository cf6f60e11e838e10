/* ptrie_free.c - the prefix trie: what is free.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every slot notes the length of its shortest free prefix, so a search for one as long or longer knows
 * without a look whether a slot has it. Only the slot in which the search begins may disappoint. */
#include "index/ptrie_node.h"

/* Doubles each of the low 32 bits: bit i becomes bits 2i and 2i+1. */
static uint64_t doubled(uint64_t x)
{
    x &= 0xffffffff;
    x = (x | x << 16) & 0x0000ffff0000ffff;
    x = (x | x << 8) & 0x00ff00ff00ff00ff;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
    x = (x | x << 2) & 0x3333333333333333;
    x = (x | x << 1) & 0x5555555555555555;
    return x | x << 1;
}

/* The bytes covered by the node's own prefixes of `level` bits and more beyond its depth. */
static void node_cover(const struct pnode *n, unsigned level, uint64_t ret_cover[4])
{
    uint64_t c[4] = { 0 };

    /* Level by level, each with twice the bits of the one before: level l is at bits 2^l of `has`. */
    for (unsigned l = 0; l < 6; l++) {
        c[0] = doubled(c[0]);
        if (l >= level)
            c[0] |= n->has[0] >> (1u << l) & (((uint64_t)1 << (1u << l)) - 1);
    }
    c[0] = doubled(c[0]) | (level <= 6 ? n->has[1] : 0);
    c[1] = doubled(c[0] >> 32) | (level <= 7 ? n->has[3] : 0);
    c[0] = doubled(c[0]) | (level <= 7 ? n->has[2] : 0);
    c[3] = doubled(c[1] >> 32) | n->has[7];
    c[2] = doubled(c[1]) | n->has[6];
    c[1] = doubled(c[0] >> 32) | n->has[5];
    c[0] = doubled(c[0]) | n->has[4];
    memcpy(ret_cover, c, sizeof(c));
}

/* log2 of the largest aligned group of clear bits, or -1 when all are set. */
static int largest_clear(const uint64_t w[4])
{
    static const uint64_t first_of[6] = { ~(uint64_t)0,       0x5555555555555555, 0x1111111111111111,
                                          0x0101010101010101, 0x0001000100010001, 0x0000000100000001 };
    int best = -1;

    if ((w[0] | w[1]) == 0 || (w[2] | w[3]) == 0)
        return (w[0] | w[1] | w[2] | w[3]) == 0 ? 8 : 7;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t any = w[i]; /* the first bit of each group tells whether one in it is set */

        if (any == 0)
            return 6;
        for (int k = 0; k < 6 && any != first_of[k]; k++) {
            best = k > best ? k : best;
            if (k < 5)
                any = (any | any >> (1u << k)) & first_of[k + 1];
        }
    }
    return best;
}

uint8_t ptrie_node_free(const struct pnode *n)
{
    uint8_t best = PTRIE_NO_FREE;
    uint64_t cover[4], taken[4];
    int log;

    node_cover(n, 0, cover);
    for (unsigned i = 0; i < 4; i++)
        taken[i] = cover[i] | n->used[i];
    log = largest_clear(taken);
    if (log >= 0)
        return (uint8_t)(8 * n->depth + 8 - log);
    for (unsigned i = 0, byte = 0; i < n->nslots; i++, byte++) {
        byte = bits_next(n->used, byte, 256);
        if (!bits_test(cover, byte) && n->slot_free[i] < best)
            best = n->slot_free[i];
    }
    return best;
}

/* Length of the largest aligned block inside [first, last], which is not empty: an address is one. */
static unsigned largest_block(uint128 first, uint128 last, unsigned shortest)
{
    for (unsigned len = shortest;; len++) {
        uint128 host = key_host(len), at = (first + host) & ~host;

        if (at >= first && at <= last && (at | host) <= last)
            return len;
    }
}

uint8_t ptrie_slot_free(const struct ptrie *t, const void *slot, unsigned depth, uint128 base)
{
    const struct pnode *n = slot;
    const struct bucket *b = slot;
    uint128 from = base & ~key_host(8 * depth), end = from | key_host(8 * depth);
    unsigned best = PTRIE_NO_FREE, len;

    if (pnode_is(slot)) /* a node further down leaves at least one half of the block free */
        return n->depth == depth ? n->free : (uint8_t)(8 * depth + 1);
    for (unsigned i = 0; i < b->n; i++) {
        struct pkey p = pbucket_prefix(t, b, depth, base, i);

        if (p.key > from) {
            len = largest_block(from, p.key - 1, 8 * depth + 1);
            best = len < best ? len : best;
        }
        if ((p.key | key_host(p.len)) >= end)
            return (uint8_t)best;
        if ((p.key | key_host(p.len)) >= from)
            from = (p.key | key_host(p.len)) + 1;
    }
    len = largest_block(from, end, 8 * depth + 1);
    return (uint8_t)(len < best ? len : best);
}

/* A search: the first free block of `len` bits at or after `at` that ends inside a region. */
struct hunt {
    const struct ptrie *t;
    unsigned len;
    uint128 at; /* in: where to begin; out: the answer */
};

/* Moves on to where a block of the wanted length may begin; false past the end of all addresses. */
static bool align(struct hunt *h)
{
    uint128 host = key_host(h->len);

    if ((h->at & host) == 0)
        return true;
    h->at = (h->at | host) + 1;
    return h->at != 0;
}

/* Moves on behind `end`. */
static bool pass(struct hunt *h, uint128 end)
{
    h->at = end + 1;
    return h->at != 0 && align(h);
}

static bool hunt_slot(struct hunt *h, const void *slot, unsigned depth, struct pkey region);

static bool hunt_bucket(struct hunt *h, const struct bucket *b, unsigned depth, struct pkey region)
{
    if (!align(h))
        return false;
    for (unsigned i = 0; i < b->n; i++) {
        struct pkey p = pbucket_prefix(h->t, b, depth, region.key, i);
        uint128 end = p.key | key_host(p.len);

        if (p.len <= region.len || !key_same(p.key, region.key, region.len) || end < h->at)
            continue;
        if (p.key > (h->at | key_host(h->len)))
            break;
        if (!pass(h, end))
            return false;
    }
    return h->at <= (region.key | key_host(region.len));
}

/* Blocks of one byte value or more: groups of bytes without prefix and slot. */
static bool hunt_bytes(struct hunt *h, const struct pnode *n, const uint64_t cover[4], uint128 end)
{
    unsigned group = 1u << (8u * n->depth + 8 - h->len), byte, last = key_byte(end, n->depth);
    uint64_t taken[4];

    if (!align(h) || h->at > end)
        return false;
    for (unsigned i = 0; i < 4; i++)
        taken[i] = cover[i] | n->used[i];
    for (byte = key_byte(h->at, n->depth); byte <= last; byte += group) {
        if (bits_next(taken, byte, byte + group) == byte + group) {
            h->at = key_with(n->key, n->depth, byte);
            return true;
        }
    }
    return false;
}

/* The part of a node that lies in a region of 8 * depth bits or up to seven more. */
static bool hunt_node(struct hunt *h, const struct pnode *n, struct pkey region)
{
    unsigned block = 8u * n->depth + 8;
    uint128 start = h->at, end = region.key | key_host(region.len);
    uint64_t cover[4];
    unsigned i;

    node_cover(n, region.len - 8u * n->depth + 1, cover);
    if (h->len <= block)
        return hunt_bytes(h, n, cover, end);
    i = pnode_used_rank(n, key_byte(start, n->depth));
    for (unsigned byte = key_byte(start, n->depth); byte <= key_byte(end, n->depth); byte++) {
        bool used = bits_test(n->used, byte);
        const void *slot = used ? n->slots[i] : NULL;
        uint8_t shortest = used ? n->slot_free[i++] : 0;
        struct pkey inner = { key_with(n->key, n->depth, byte), block };

        if (bits_test(cover, byte))
            continue;
        h->at = start > inner.key ? start : inner.key;
        if (shortest <= h->len && hunt_slot(h, slot, n->depth + 1u, inner))
            return true;
    }
    return false;
}

/* A region around a node's block: what lies before and behind the block is free. */
static bool hunt_around(struct hunt *h, const struct pnode *n, struct pkey region)
{
    uint128 end = n->key | key_host(8u * n->depth);

    if (!align(h))
        return false;
    if (h->len > 8u * n->depth) {
        if (h->at < n->key)
            return true;
        if (h->at <= end && hunt_node(h, n, (struct pkey){ n->key, 8u * n->depth }))
            return true;
        if (h->at <= end && !pass(h, end))
            return false;
    } else if (key_same(h->at, n->key, h->len) && !pass(h, h->at | key_host(h->len))) {
        return false;
    }
    return h->at <= (region.key | key_host(region.len));
}

/* Searches a region of the slot at `depth`; the region has 8 * depth bits or more. */
static bool hunt_slot(struct hunt *h, const void *slot, unsigned depth, struct pkey region)
{
    while (slot != NULL) {
        const struct pnode *n = slot;
        unsigned bits = 8u * n->depth;

        ptrie_touched++;
        if (!pnode_is(slot))
            return hunt_bucket(h, slot, depth, region);
        if (!key_same(n->key, region.key, region.len < bits ? region.len : bits))
            break;
        if (region.len < bits)
            return hunt_around(h, n, region);
        if (region.len < bits + 8)
            return hunt_node(h, n, region);
        slot = pnode_slot(n, key_byte(region.key, n->depth));
        depth = n->depth + 1u;
    }
    return align(h) && h->at <= (region.key | key_host(region.len));
}

int ptrie_next_free(const struct ptrie *t, const struct ipam_prefix *within, uint8_t length,
                    const struct ipam_prefix *from, struct ipam_prefix *ret_prefix)
{
    struct hunt h = { .t = t, .len = length };
    struct pkey region;

    ptrie_touched = 0;
    if (!ptrie_takes(t, within) || (from != NULL && !ptrie_takes(t, from)))
        return IPAM_E_INVAL;
    if (length < within->length || length > 8 * t->width)
        return IPAM_E_RANGE;
    region = ptrie_key(within);
    h.at = from != NULL && key_of(&from->addr) > region.key ? key_of(&from->addr) : region.key;
    if (h.at > (region.key | key_host(region.len)) || !hunt_slot(&h, t->root, 0, region))
        return IPAM_E_EXHAUSTED;
    if (ret_prefix != NULL)
        *ret_prefix = ptrie_prefix(t, (struct pkey){ h.at, length });
    return 0;
}

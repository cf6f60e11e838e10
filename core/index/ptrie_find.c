/* ptrie_find.c - the prefix trie: exact and longest match, order, overlap.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/ptrie_node.h"

/* Where a prefix was found. */
struct found {
    struct pkey p;
    uint64_t handle;
};

static int answer(const struct ptrie *t, const struct found *f, struct ipam_prefix *ret_prefix,
                  uint64_t *ret_handle)
{
    if (ret_prefix != NULL)
        *ret_prefix = ptrie_prefix(t, f->p);
    if (ret_handle != NULL)
        *ret_handle = f->handle;
    return 0;
}

/* The handle of exactly this prefix, in place; NULL when it is not there. It may not be aligned. */
static void *locate(const struct ptrie *t, struct pkey p)
{
    struct pnode *n = t->root;
    struct bucket *b;
    unsigned depth, width, i;
    uint8_t key[17];
    void *slot;

    for (;;) {
        ptrie_touched++;
        if (p.len <= 8u * n->depth + 8) {
            unsigned bit = pnode_bit(n, p);

            return bits_test(n->has, bit) ? &n->handles[pnode_has_rank(n, bit)] : NULL;
        }
        slot = pnode_slot(n, key_byte(p.key, n->depth));
        if (slot == NULL)
            return NULL;
        if (!pnode_is(slot))
            break;
        depth = ((struct pnode *)slot)->depth;
        if (p.len <= 8 * depth || !key_same(p.key, ((struct pnode *)slot)->key, 8 * depth))
            return NULL;
        n = slot;
    }
    ptrie_touched++;
    b = slot;
    width = pbucket_width(t, n->depth + 1u);
    pbucket_encode(t, n->depth + 1u, p, key);
    i = bucket_find(b, width, key);
    return bucket_has(b, width, i, key) ? b->data + sizeof(uint64_t) * i : NULL;
}

int ptrie_get(const struct ptrie *t, const struct ipam_prefix *p, uint64_t *ret_handle)
{
    const void *at;

    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    at = locate(t, ptrie_key(p));
    if (at == NULL)
        return IPAM_E_NOENT;
    if (ret_handle != NULL)
        memcpy(ret_handle, at, sizeof(*ret_handle));
    return 0;
}

int ptrie_replace(struct ptrie *t, const struct ipam_prefix *p, uint64_t handle, uint64_t *ret_old)
{
    void *at;

    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    at = locate(t, ptrie_key(p));
    if (at == NULL)
        return IPAM_E_NOENT;
    if (ret_old != NULL)
        memcpy(ret_old, at, sizeof(*ret_old));
    memcpy(at, &handle, sizeof(handle));
    return 0;
}

/* The longest prefix in the node that holds `key` and has at most `max` bits: its bit, or 0. */
static unsigned node_match(const struct pnode *n, uint128 key, unsigned max)
{
    unsigned level = max - 8u * n->depth, bit;

    if (level > 8)
        level = 8;
    bit = 1u << level | key_byte(key, n->depth) >> (8 - level);
    while (bit != 0 && !bits_test(n->has, bit))
        bit >>= 1;
    return bit;
}

/* True when the first `bits` bits are equal. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    for (; bits >= 8; bits -= 8) { /* a loop: most differ in the first bytes */
        if (*a++ != *b++)
            return false;
    }
    return bits == 0 || ((*a ^ *b) & (0xff00 >> bits) & 0xff) == 0;
}

/* As node_match; the entry, or -1. */
static int bucket_match(const struct ptrie *t, const struct bucket *b, unsigned depth, uint128 key,
                        unsigned max)
{
    unsigned width = pbucket_width(t, depth);
    uint8_t asked[16];

    key_store(key, asked);
    for (int i = b->n - 1; i >= 0; i--) { /* what contains another stands before it */
        const uint8_t *entry = bucket_key(b, width, (unsigned)i);
        unsigned len = entry[width - 1];

        if (len <= max && same_bits(entry, asked + depth, len - 8 * depth))
            return i;
    }
    return -1;
}

/* The longest prefix that holds `key` and has at most `max` bits. */
static bool match(const struct ptrie *t, uint128 key, unsigned max, struct found *ret)
{
    const struct pnode *n = t->root, *best = NULL;
    unsigned best_bit = 0;

    for (;;) {
        unsigned bit, depth = n->depth;
        const void *slot;

        ptrie_touched++;
        bit = node_match(n, key, max);
        if (bit != 0) {
            best = n;
            best_bit = bit;
        }
        slot = max > 8 * depth + 8 ? pnode_slot(n, key_byte(key, depth)) : NULL;
        if (slot == NULL)
            break;
        if (!pnode_is(slot)) {
            int i = bucket_match(t, slot, depth + 1, key, max);

            ptrie_touched++;
            if (i < 0)
                break;
            ret->p = pbucket_prefix(t, slot, depth + 1, key, (unsigned)i);
            ret->handle = bucket_handle(slot, (unsigned)i);
            return true;
        }
        n = slot;
        if (max <= 8u * n->depth || !key_same(key, n->key, 8u * n->depth))
            break;
    }
    if (best == NULL)
        return false;
    ret->p = pnode_prefix(best, best_bit);
    ret->handle = pnode_handle(best, best_bit);
    return true;
}

int ptrie_match(const struct ptrie *t, const struct ipam_addr *a, struct ipam_prefix *ret_prefix,
                uint64_t *ret_handle)
{
    struct found f;

    ptrie_touched = 0;
    if (!key_valid(t->family, a))
        return IPAM_E_INVAL;
    return match(t, key_of(a), 8u * t->width, &f) ? answer(t, &f, ret_prefix, ret_handle) : IPAM_E_NOENT;
}

int ptrie_parent(const struct ptrie *t, const struct ipam_prefix *p, struct ipam_prefix *ret_prefix,
                 uint64_t *ret_handle)
{
    struct found f;

    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    if (p->length == 0 || !match(t, key_of(&p->addr), p->length - 1u, &f))
        return IPAM_E_NOENT;
    return answer(t, &f, ret_prefix, ret_handle);
}

/* The first byte at or after `from` at which a prefix of the node begins or a slot is in use; 256: none. */
static unsigned node_next(const struct pnode *n, unsigned from)
{
    unsigned next = bits_next(n->used, from, 256);

    for (unsigned level = 0; level <= 8; level++) {
        unsigned shift = 8 - level, one = 1u << level;
        unsigned bit = bits_next(n->has, one + ((from + (1u << shift) - 1) >> shift), 2 * one);

        if (bit < 2 * one && (bit - one) << shift < next)
            next = (bit - one) << shift;
    }
    return next;
}

static bool slot_seek(const struct ptrie *t, const void *slot, unsigned depth, struct pkey from,
                      struct found *ret);

/* The first prefix in or below the node that is `from` or comes after it. A bucket is only asked from a
 * place in its own block. */
static bool node_seek(const struct ptrie *t, const struct pnode *n, struct pkey from, struct found *ret)
{
    unsigned depth = n->depth, byte, level;

    ptrie_touched++;
    if (from.key < n->key)
        from = (struct pkey){ n->key, 0 };
    else if (!key_same(from.key, n->key, 8 * depth))
        return false;
    byte = key_byte(from.key, depth);
    level = (from.key & key_host(8 * depth + 8)) != 0 ? 9 : from.len > 8 * depth ? from.len - 8 * depth : 0;
    for (; byte < 256; byte = node_next(n, byte + 1), level = 0) {
        for (; level <= 8; level++) {
            unsigned bit = 1u << level | byte >> (8 - level);

            if ((byte & (0xffu >> level)) == 0 && bits_test(n->has, bit)) {
                ret->p = pnode_prefix(n, bit);
                ret->handle = pnode_handle(n, bit);
                return true;
            }
        }
        if (byte != key_byte(from.key, depth))
            from = (struct pkey){ key_with(n->key, depth, byte), 0 };
        if (bits_test(n->used, byte) && slot_seek(t, pnode_slot(n, byte), depth + 1, from, ret))
            return true;
    }
    return false;
}

static bool slot_seek(const struct ptrie *t, const void *slot, unsigned depth, struct pkey from,
                      struct found *ret)
{
    const struct bucket *b = slot;
    uint8_t key[17];
    unsigned i;

    if (pnode_is(slot))
        return node_seek(t, slot, from, ret);
    ptrie_touched++;
    pbucket_encode(t, depth, from, key);
    i = bucket_find(b, pbucket_width(t, depth), key);
    if (i == b->n)
        return false;
    *ret = (struct found){ pbucket_prefix(t, b, depth, from.key, i), bucket_handle(b, i) };
    return true;
}

/* The first prefix at or after `from` and strictly inside `within` (NULL: anywhere). */
static bool seek_inside(const struct ptrie *t, const struct ipam_prefix *within, struct pkey from,
                        struct found *ret)
{
    struct pkey w;

    if (within == NULL)
        return node_seek(t, t->root, from, ret);
    w = ptrie_key(within);
    if (from.key < w.key || (from.key == w.key && from.len <= w.len))
        from = (struct pkey){ w.key, w.len + 1 };
    return node_seek(t, t->root, from, ret) && key_same(ret->p.key, w.key, w.len);
}

static int next(const struct ptrie *t, const struct ipam_prefix *within, const struct ipam_prefix *after,
                bool skip, struct ipam_prefix *ret_prefix, uint64_t *ret_handle)
{
    struct pkey from = { 0, 0 };
    struct found f;

    ptrie_touched = 0;
    if ((within != NULL && !ptrie_takes(t, within)) || (after != NULL && !ptrie_takes(t, after)))
        return IPAM_E_INVAL;
    if (after != NULL) {
        from = ptrie_key(after);
        if (skip) {
            from = (struct pkey){ (from.key | key_host(from.len)) + 1, 0 };
            if (from.key == 0) /* `after` reaches the last address */
                return IPAM_E_NOENT;
        } else {
            from.len++;
        }
    }
    return seek_inside(t, within, from, &f) ? answer(t, &f, ret_prefix, ret_handle) : IPAM_E_NOENT;
}

int ptrie_next(const struct ptrie *t, const struct ipam_prefix *within, const struct ipam_prefix *after,
               struct ipam_prefix *ret_prefix, uint64_t *ret_handle)
{
    return next(t, within, after, false, ret_prefix, ret_handle);
}

int ptrie_next_child(const struct ptrie *t, const struct ipam_prefix *within, const struct ipam_prefix *after,
                     struct ipam_prefix *ret_prefix, uint64_t *ret_handle)
{
    return next(t, within, after, true, ret_prefix, ret_handle);
}

int ptrie_overlap(const struct ptrie *t, const struct ipam_prefix *p, struct ipam_prefix *ret_prefix,
                  uint64_t *ret_handle)
{
    struct found f;

    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    if (!match(t, key_of(&p->addr), p->length, &f) && !seek_inside(t, p, ptrie_key(p), &f))
        return IPAM_E_NOENT;
    return answer(t, &f, ret_prefix, ret_handle);
}

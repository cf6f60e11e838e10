/* ptrie_find.c - the prefix trie: exact and longest match, order, overlap.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/ptrie_node.h"

/* Where a prefix was found. Its key may have bits beyond its length: answer takes them off. */
struct found {
    struct pkey p;
    uint64_t handle;
};

static int answer(const struct ptrie *t, const struct found *f, struct ipam_prefix *ret_prefix,
                  uint64_t *ret_handle)
{
    if (ret_prefix != NULL)
        *ret_prefix = ptrie_prefix(t, (struct pkey){ f->p.key & ~key_host(f->p.len), f->p.len });
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

/* The prefixes of 0 to 5 bits that hold the byte, as bits of has[0]. */
static uint64_t short_bits(unsigned byte)
{
    return (uint64_t)1 << (32 | byte >> 3) | (uint64_t)1 << (16 | byte >> 4) | 1u << (8 | byte >> 5) |
           1u << (4 | byte >> 6) | 1u << (2 | byte >> 7) | 1u << 1;
}

/* The longest prefix in the node that holds the byte and has at most `level` bits beyond the depth, 8 at
 * most: its bit, or 0. */
static unsigned node_match(const struct pnode *n, unsigned byte, unsigned level)
{
    uint64_t few;

    if (n->nhandles == 0) /* spares the lines of has: most nodes on a way down hold none */
        return 0;
    for (; level > 5; level--) {
        unsigned bit = 1u << level | byte >> (8 - level);

        if (bits_test(n->has, bit))
            return bit;
    }
    few = n->has[0] & short_bits(byte) & ~(uint64_t)0 >> (64 - (2u << level));
    return few != 0 ? 63u - (unsigned)__builtin_clzll(few) : 0;
}

/* True when the first `bits` bits are equal; 1 or more. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    for (; bits > 8; bits -= 8) { /* a loop: most differ in the first bytes */
        if (*a++ != *b++)
            return false;
    }
    return ((*a ^ *b) & 0xff00 >> bits & 0xff) == 0;
}

/* The same for keys of 8 bytes or more, whose first 8 are compared at once. */
static bool same_bits_wide(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    x = be64toh(x ^ y);
    if (bits <= 64)
        return x >> (64 - bits) == 0;
    return x == 0 && same_bits(a + 8, b + 8, bits - 64);
}

/* As node_match; the entry, or -1. `asked` is the address, with 8 bytes more behind it. */
static int bucket_match(const struct ptrie *t, const struct bucket *b, unsigned depth, const uint8_t *asked,
                        unsigned max)
{
    unsigned width = pbucket_width(t, depth);
    const uint8_t *entry = bucket_key(b, width, b->n);

    asked += depth;
    for (int i = b->n - 1; i >= 0; i--) { /* what contains another stands before it */
        unsigned len, bits;

        entry -= width;
        len = entry[width - 1];
        bits = len - 8 * depth;
        if (len <= max && (width < 8 ? same_bits(entry, asked, bits) : same_bits_wide(entry, asked, bits)))
            return i;
    }
    return -1;
}

/* The longest prefix in these nodes, from the root to the deepest on its way, that holds the address and has
 * at most `max` bits. */
static bool path_match(const struct pnode *const nodes[], unsigned count, const uint8_t *asked, unsigned max,
                       struct found *ret)
{
    while (count-- > 0) {
        const struct pnode *n = nodes[count];
        unsigned level = max - 8u * n->depth, bit = node_match(n, asked[n->depth], level < 8 ? level : 8);

        if (bit != 0) {
            *ret = (struct found){ pnode_prefix(n, bit), pnode_handle(n, bit) };
            return true;
        }
    }
    return false;
}

/* The longest prefix that holds `key` and has at most `max` bits. The way down reads slots alone; the
 * prefixes of the nodes are looked at on the way back, where the first is the longest. */
static bool match(const struct ptrie *t, uint128 key, unsigned max, struct found *ret)
{
    const struct pnode *n = t->root, *path[16];
    uint8_t asked[24] = { 0 };
    unsigned count = 0;

    key_store(key, asked);
    for (;;) {
        unsigned depth = n->depth;
        const void *slot;

        ptrie_touched++;
        path[count++] = n;
        slot = max > 8 * depth + 8 ? pnode_slot(n, asked[depth]) : NULL;
        if (slot == NULL)
            break;
        __builtin_prefetch((const char *)slot + 64); /* of both kinds more than one line is read */
        __builtin_prefetch((const char *)slot + 128);
        if (!pnode_is(slot)) {
            int i = bucket_match(t, slot, depth + 1, asked, max);

            ptrie_touched++;
            if (i < 0)
                break;
            *ret = (struct found){ { key, pbucket_len(t, slot, depth + 1, (unsigned)i) },
                                   bucket_handle(slot, (unsigned)i) };
            return true;
        }
        n = slot;
        if (max <= 8u * n->depth || (n->depth != depth + 1 && !key_same(key, n->key, 8u * n->depth)))
            break;
    }
    return path_match(path, count, asked, max, ret);
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

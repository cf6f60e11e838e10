/* aset_find.c - the address set: entries of an address, the next one in use, the next and last free one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/aset_node.h"

/* The bucket or page that holds the entries of an address, and the width of its keys; NULL: none. */
static const struct bucket *locate(const struct aset *s, uint128 key, unsigned *ret_width)
{
    const void *slot = s->root;
    unsigned depth = 0;

    while (slot != NULL) {
        const struct anode *n = slot;

        aset_touched++;
        if (!anode_is(slot)) {
            *ret_width = s->width - depth;
            return slot;
        }
        if (!key_same(key, n->key, 8u * n->depth))
            break;
        if (anode_is_page(s, n)) {
            *ret_width = 1;
            return n->u.page;
        }
        slot = anode_content(n, key_byte(key, n->depth));
        depth = n->depth + 1u;
    }
    return NULL;
}

size_t aset_get(const struct aset *s, const struct ipam_addr *a, uint64_t *ret_handles, size_t max)
{
    const struct bucket *b;
    unsigned width, first, i;
    uint8_t bytes[16];

    aset_touched = 0;
    if (!key_valid(s->family, a))
        return 0;
    b = locate(s, key_of(a), &width);
    if (b == NULL)
        return 0;
    abucket_encode(s, s->width - width, key_of(a), bytes);
    first = bucket_find(b, width, bytes);
    for (i = first; bucket_has(b, width, i, bytes); i++) {
        if (i - first < max)
            ret_handles[i - first] = bucket_handle(b, i);
    }
    return i - first;
}

bool aset_has(const struct aset *s, const struct ipam_addr *a)
{
    return aset_get(s, a, NULL, 0) > 0;
}

/* The first address in use at or after `from`, which is in the slot's block. */
static bool next_used(const struct aset *s, const void *slot, unsigned depth, uint128 from, uint128 *ret)
{
    const struct anode *n = slot;
    const struct bucket *b = slot;
    unsigned first, byte, i;
    uint8_t bytes[16];

    if (slot == NULL)
        return false;
    aset_touched++;
    if (!anode_is(slot)) {
        abucket_encode(s, depth, from, bytes);
        i = bucket_find(b, s->width - depth, bytes);
        if (i == b->n)
            return false;
        *ret = abucket_addr(s, b, depth, from, i);
        return true;
    }
    if (from < n->key)
        from = n->key;
    else if (!key_same(from, n->key, 8u * n->depth))
        return false;
    first = key_byte(from, n->depth);
    for (byte = first; (byte = bits_next(n->used, byte, 256)) < 256; byte++) {
        if (byte != first)
            from = key_with(n->key, n->depth, byte);
        if (anode_is_page(s, n)) {
            *ret = from;
            return true;
        }
        if (next_used(s, anode_content(n, byte), n->depth + 1u, from, ret))
            return true;
    }
    return false;
}

int aset_next_used(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr)
{
    uint128 at;

    aset_touched = 0;
    if (!aset_takes(s, first, last))
        return IPAM_E_INVAL;
    if (!next_used(s, s->root, 0, key_of(first), &at) || at > key_of(last))
        return IPAM_E_NOENT;
    *ret_addr = key_addr(s->family, at);
    return 0;
}

static bool bucket_next_free(const struct aset *s, const struct bucket *b, unsigned depth, uint128 *at)
{
    uint128 end = aset_end(s, *at, depth);

    for (unsigned i = 0; i < b->n; i++) {
        uint128 addr = abucket_addr(s, b, depth, *at, i);

        if (addr > *at)
            break;
        if (addr < *at)
            continue;
        if (addr == end)
            return false;
        *at += aset_unit(s);
    }
    return true;
}

/* Moves `at`, which is in the slot's block, to the first free address; false when the rest is in use.
 * Only the slot in which the search begins can disappoint: the others say when they are full. */
static bool next_free(const struct aset *s, const void *slot, unsigned depth, uint128 *at)
{
    const struct anode *n = slot;
    uint128 from = *at;
    unsigned byte;

    if (slot == NULL)
        return true;
    aset_touched++;
    if (!anode_is(slot))
        return bucket_next_free(s, slot, depth, at);
    if (!key_same(from, n->key, 8u * n->depth))
        return true;
    for (byte = key_byte(from, n->depth); (byte = bits_next_clear(n->full, byte, 256)) < 256; byte++) {
        uint128 base = key_with(n->key, n->depth, byte);

        *at = from > base ? from : base;
        if (anode_is_page(s, n) || next_free(s, anode_content(n, byte), n->depth + 1u, at))
            return true;
    }
    *at = aset_end(s, n->key, n->depth);
    if (*at == aset_end(s, n->key, depth))
        return false;
    *at += aset_unit(s); /* behind a node that is smaller than the block nothing is in use */
    return true;
}

int aset_next_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr)
{
    uint128 at;

    aset_touched = 0;
    if (!aset_takes(s, first, last))
        return IPAM_E_INVAL;
    at = key_of(first);
    if (!next_free(s, s->root, 0, &at) || at > key_of(last))
        return IPAM_E_EXHAUSTED;
    *ret_addr = key_addr(s->family, at);
    return 0;
}

static bool bucket_last_free(const struct aset *s, const struct bucket *b, unsigned depth, uint128 *at)
{
    uint128 start = aset_start(*at, depth);

    for (unsigned i = b->n; i-- > 0;) {
        uint128 addr = abucket_addr(s, b, depth, *at, i);

        if (addr < *at)
            break;
        if (addr > *at)
            continue;
        if (addr == start)
            return false;
        *at -= aset_unit(s);
    }
    return true;
}

/* next_free backwards. */
static bool last_free(const struct aset *s, const void *slot, unsigned depth, uint128 *at)
{
    const struct anode *n = slot;
    uint128 from = *at;

    if (slot == NULL)
        return true;
    aset_touched++;
    if (!anode_is(slot))
        return bucket_last_free(s, slot, depth, at);
    if (!key_same(from, n->key, 8u * n->depth))
        return true;
    for (int byte = (int)key_byte(from, n->depth); (byte = bits_last_clear(n->full, byte)) >= 0; byte--) {
        uint128 end = aset_end(s, key_with(n->key, n->depth, (unsigned)byte), n->depth + 1u);

        *at = from < end ? from : end;
        if (anode_is_page(s, n) || last_free(s, anode_content(n, (unsigned)byte), n->depth + 1u, at))
            return true;
    }
    *at = n->key;
    if (*at == aset_start(n->key, depth))
        return false;
    *at -= aset_unit(s);
    return true;
}

int aset_last_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   struct ipam_addr *ret_addr)
{
    uint128 at;

    aset_touched = 0;
    if (!aset_takes(s, first, last))
        return IPAM_E_INVAL;
    at = key_of(last);
    if (!last_free(s, s->root, 0, &at) || at < key_of(first))
        return IPAM_E_EXHAUSTED;
    *ret_addr = key_addr(s->family, at);
    return 0;
}

/* ptrie.c - the prefix trie: make, insert, replace, remove.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/mem.h"
#include "index/ptrie_node.h"

_Thread_local unsigned ptrie_touched;

static struct pnode *node_new(struct ptrie *t, unsigned depth, uint128 key)
{
    struct pnode *n = mem_alloc(sizeof(*n), &t->bytes);

    n->depth = (uint8_t)depth;
    n->key = key & ~key_host(8 * depth);
    n->free = (uint8_t)(8 * depth);
    return n;
}

/* Frees the node, not what its slots hold. */
static void node_free(struct ptrie *t, struct pnode *n)
{
    mem_free(n->handles, n->nhandles * sizeof(*n->handles), &t->bytes);
    mem_free(n->slots, n->nslots * sizeof(*n->slots), &t->bytes);
    mem_free(n->slot_free, n->nslots, &t->bytes);
    mem_free(n, sizeof(*n), &t->bytes);
}

/* Frees all that a slot at `depth` holds. */
static void slot_free(struct ptrie *t, void *slot, unsigned depth)
{
    struct pnode *n = slot;

    if (!pnode_is(slot)) {
        bucket_free(slot, pbucket_width(t, depth), &t->bytes);
        return;
    }
    for (unsigned i = 0; i < n->nslots; i++)
        slot_free(t, n->slots[i], n->depth + 1u);
    node_free(t, n);
}

struct ptrie *ptrie_new(uint8_t family)
{
    size_t bytes = 0;
    struct ptrie *t = mem_alloc(sizeof(*t), &bytes);

    t->bytes = bytes;
    t->family = family;
    t->width = (uint8_t)(addr_bits(family) / 8);
    t->root = node_new(t, 0, 0);
    return t;
}

void ptrie_free(struct ptrie *t)
{
    if (t == NULL)
        return;
    slot_free(t, t->root, 0);
    mem_free(t, sizeof(*t), &t->bytes);
}

uint64_t ptrie_count(const struct ptrie *t)
{
    return t->root->count;
}

size_t ptrie_bytes(const struct ptrie *t)
{
    return t->bytes;
}

unsigned ptrie_visited(void)
{
    return ptrie_touched;
}

/* Keeps has_before and used_before. */
static void count_words(struct pnode *n)
{
    for (unsigned i = 1; i < 8; i++)
        n->has_before[i] = (uint16_t)(n->has_before[i - 1] + bits_count(n->has[i - 1]));
    for (unsigned i = 1; i < 4; i++)
        n->used_before[i] = (uint8_t)(n->used_before[i - 1] + bits_count(n->used[i - 1]));
}

static void open_slot(struct ptrie *t, struct pnode *n, unsigned byte, void *content)
{
    unsigned i = pnode_used_rank(n, byte);

    n->slots = mem_open(n->slots, sizeof(*n->slots), n->nslots, i, &t->bytes);
    n->slot_free = mem_open(n->slot_free, sizeof(*n->slot_free), n->nslots, i, &t->bytes);
    n->slots[i] = content;
    n->slot_free[i] = PTRIE_NO_FREE;
    n->nslots++;
    bits_set(n->used, byte);
    count_words(n);
}

static void close_slot(struct ptrie *t, struct pnode *n, unsigned byte)
{
    unsigned i = pnode_used_rank(n, byte);

    n->slots = mem_close(n->slots, sizeof(*n->slots), n->nslots, i, &t->bytes);
    n->slot_free = mem_close(n->slot_free, sizeof(*n->slot_free), n->nslots, i, &t->bytes);
    n->nslots--;
    bits_clear(n->used, byte);
    count_words(n);
}

/* The content of a slot has changed: notes its shortest free prefix, and the node's when that matters. */
static void slot_changed(struct ptrie *t, struct pnode *n, unsigned byte, bool opened)
{
    unsigned i = pnode_used_rank(n, byte);
    uint8_t is = ptrie_slot_free(t, n->slots[i], n->depth + 1u, key_with(n->key, n->depth, byte));

    if (is == n->slot_free[i] && !opened)
        return;
    n->slot_free[i] = is;
    n->free = ptrie_node_free(n);
}

static int slot_insert(struct ptrie *t, void **slot, unsigned depth, struct pkey p, uint64_t handle);

static int node_insert(struct ptrie *t, struct pnode *n, struct pkey p, uint64_t handle)
{
    ptrie_touched++;
    if (p.len <= 8u * n->depth + 8) {
        unsigned bit = pnode_bit(n, p), i = pnode_has_rank(n, bit);

        if (bits_test(n->has, bit))
            return IPAM_E_EXIST;
        n->handles = mem_open(n->handles, sizeof(*n->handles), n->nhandles++, i, &t->bytes);
        n->handles[i] = handle;
        bits_set(n->has, bit);
        count_words(n);
        n->free = ptrie_node_free(n);
    } else {
        unsigned byte = key_byte(p.key, n->depth);
        bool opened = !bits_test(n->used, byte);
        int rc;

        if (opened)
            open_slot(t, n, byte, NULL);
        rc = slot_insert(t, &n->slots[pnode_used_rank(n, byte)], n->depth + 1u, p, handle);
        if (rc != 0) /* it was there, so the slot was not empty */
            return rc;
        slot_changed(t, n, byte, opened);
    }
    n->count++;
    return 0;
}

/* Turns a bucket into a node at the depth where its prefixes part. */
static struct pnode *burst(struct ptrie *t, struct bucket *b, unsigned depth, uint128 base)
{
    uint128 first = pbucket_prefix(t, b, depth, base, 0).key;
    uint128 last = pbucket_prefix(t, b, depth, base, b->n - 1u).key;
    unsigned at = key_common(first, last) / 8, touched = ptrie_touched;
    struct pnode *n;

    for (unsigned i = 0; i < b->n; i++) {
        unsigned len = pbucket_prefix(t, b, depth, base, i).len;

        if ((len - 1) / 8 < at)
            at = (len - 1) / 8;
    }
    n = node_new(t, at, first);
    for (unsigned i = 0; i < b->n; i++)
        (void)node_insert(t, n, pbucket_prefix(t, b, depth, base, i), bucket_handle(b, i));
    bucket_free(b, pbucket_width(t, depth), &t->bytes);
    ptrie_touched = touched + 1;
    return n;
}

/* Puts a node above `below`, at the depth where `p` parts from it. */
static struct pnode *part(struct ptrie *t, struct pnode *below, struct pkey p)
{
    unsigned at = key_common(below->key, p.key) / 8;
    unsigned byte;
    struct pnode *n;

    if ((p.len - 1) / 8 < at)
        at = (p.len - 1) / 8;
    byte = key_byte(below->key, at);
    n = node_new(t, at, below->key);
    open_slot(t, n, byte, below);
    slot_changed(t, n, byte, true);
    n->count = below->count;
    return n;
}

/* Inserts a prefix longer than 8 * depth bits into the slot it belongs to. */
static int slot_insert(struct ptrie *t, void **slot, unsigned depth, struct pkey p, uint64_t handle)
{
    unsigned width = pbucket_width(t, depth), i = 0;
    struct bucket *b = *slot;
    struct pnode *n = *slot;
    uint8_t key[17];

    if (*slot != NULL && pnode_is(*slot)) {
        if (p.len <= 8u * n->depth || !key_same(p.key, n->key, 8u * n->depth))
            *slot = n = part(t, n, p);
        return node_insert(t, n, p, handle);
    }
    ptrie_touched++;
    pbucket_encode(t, depth, p, key);
    if (b != NULL) {
        i = bucket_find(b, width, key);
        if (bucket_has(b, width, i, key))
            return IPAM_E_EXIST;
    }
    *slot = b = bucket_insert(b, width, i, key, handle, &t->bytes);
    if (b->n > PTRIE_BUCKET)
        *slot = burst(t, b, depth, p.key);
    return 0;
}

int ptrie_insert(struct ptrie *t, const struct ipam_prefix *p, uint64_t handle)
{
    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    return node_insert(t, t->root, ptrie_key(p), handle);
}

/* Adds all that a slot at `depth` holds to a bucket for a slot at `to_depth`. */
static struct bucket *gather(struct ptrie *t, const void *slot, unsigned depth, uint128 base,
                             struct bucket *to, unsigned to_depth)
{
    const struct pnode *n = slot;
    const struct bucket *b = slot;
    unsigned width = pbucket_width(t, to_depth), total = pnode_is(slot) ? n->nhandles : b->n;
    uint8_t key[17];

    for (unsigned i = 0, bit = 0; i < total; i++, bit++) {
        struct pkey p;

        if (pnode_is(slot)) {
            bit = bits_next(n->has, bit, 512);
            p = pnode_prefix(n, bit);
        } else {
            p = pbucket_prefix(t, b, depth, base, i);
        }
        pbucket_encode(t, to_depth, p, key);
        to = bucket_insert(to, width, to == NULL ? 0 : bucket_find(to, width, key), key,
                           pnode_is(slot) ? n->handles[i] : bucket_handle(b, i), &t->bytes);
    }
    for (unsigned i = 0, byte = 0; pnode_is(slot) && i < n->nslots; i++, byte++) {
        byte = bits_next(n->used, byte, 256);
        to = gather(t, n->slots[i], n->depth + 1u, key_with(n->key, n->depth, byte), to, to_depth);
    }
    return to;
}

/* After a removal: what a node's slot at `depth` holds if the node has become too small. */
static void *shrink(struct ptrie *t, struct pnode *n, unsigned depth)
{
    void *only;

    if (n->count <= PTRIE_SMALL) {
        only = gather(t, n, depth, n->key, NULL, depth);
        slot_free(t, n, depth);
        return only;
    }
    if (n->nhandles > 0 || n->nslots > 1 || !pnode_is(n->slots[0]))
        return n;
    only = n->slots[0];
    node_free(t, n);
    return only;
}

static int slot_remove(struct ptrie *t, void **slot, unsigned depth, struct pkey p, uint64_t *ret_old);

static int node_remove(struct ptrie *t, struct pnode *n, struct pkey p, uint64_t *ret_old)
{
    ptrie_touched++;
    if (p.len <= 8u * n->depth + 8) {
        unsigned bit = pnode_bit(n, p), i = pnode_has_rank(n, bit);

        if (!bits_test(n->has, bit))
            return IPAM_E_NOENT;
        *ret_old = n->handles[i];
        n->handles = mem_close(n->handles, sizeof(*n->handles), n->nhandles--, i, &t->bytes);
        bits_clear(n->has, bit);
        count_words(n);
        n->free = ptrie_node_free(n);
    } else {
        unsigned byte = key_byte(p.key, n->depth), i = pnode_used_rank(n, byte);
        int rc;

        if (!bits_test(n->used, byte))
            return IPAM_E_NOENT;
        rc = slot_remove(t, &n->slots[i], n->depth + 1u, p, ret_old);
        if (rc != 0)
            return rc;
        if (n->slots[i] == NULL) {
            close_slot(t, n, byte);
            n->free = ptrie_node_free(n);
        } else {
            slot_changed(t, n, byte, false);
        }
    }
    n->count--;
    return 0;
}

static int slot_remove(struct ptrie *t, void **slot, unsigned depth, struct pkey p, uint64_t *ret_old)
{
    unsigned width = pbucket_width(t, depth), i;
    struct bucket *b = *slot;
    struct pnode *n = *slot;
    uint8_t key[17];
    int rc;

    if (pnode_is(*slot)) {
        if (p.len <= 8u * n->depth || !key_same(p.key, n->key, 8u * n->depth))
            return IPAM_E_NOENT;
        rc = node_remove(t, n, p, ret_old);
        if (rc == 0)
            *slot = shrink(t, n, depth);
        return rc;
    }
    ptrie_touched++;
    pbucket_encode(t, depth, p, key);
    i = bucket_find(b, width, key);
    if (!bucket_has(b, width, i, key))
        return IPAM_E_NOENT;
    *ret_old = bucket_handle(b, i);
    *slot = bucket_remove(b, width, i, &t->bytes);
    return 0;
}

int ptrie_remove(struct ptrie *t, const struct ipam_prefix *p, uint64_t *ret_old)
{
    uint64_t old;
    int rc;

    ptrie_touched = 0;
    if (!ptrie_takes(t, p))
        return IPAM_E_INVAL;
    rc = node_remove(t, t->root, ptrie_key(p), &old);
    if (rc == 0 && ret_old != NULL)
        *ret_old = old;
    return rc;
}

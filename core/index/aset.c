/* aset.c - the address set: make, add, remove.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/aset_node.h"
#include "index/mem.h"

_Thread_local unsigned aset_touched;

struct aset *aset_new(uint8_t family)
{
    size_t bytes = 0;
    struct aset *s = mem_alloc(sizeof(*s), &bytes);

    s->bytes = bytes;
    s->family = family;
    s->width = (uint8_t)(addr_bits(family) / 8);
    return s;
}

static struct anode *node_new(struct aset *s, unsigned depth, uint128 key)
{
    struct anode *n = mem_alloc(sizeof(*n), &s->bytes);

    n->depth = (uint8_t)depth;
    n->key = aset_start(key, depth);
    return n;
}

/* Frees the node, not what its slots hold; a page with its entries. */
static void node_free(struct aset *s, struct anode *n)
{
    if (anode_is_page(s, n))
        bucket_free(n->u.page, 1, &s->bytes);
    else
        mem_free(n->u.slots, n->nslots * sizeof(*n->u.slots), &s->bytes);
    mem_free(n, sizeof(*n), &s->bytes);
}

/* Frees all that a slot at `depth` holds. */
static void slot_free(struct aset *s, void *slot, unsigned depth)
{
    struct anode *n = slot;

    if (!anode_is(slot)) {
        bucket_free(slot, s->width - depth, &s->bytes);
        return;
    }
    for (unsigned i = 0; i < n->nslots; i++)
        slot_free(s, n->u.slots[i].content, n->depth + 1u);
    node_free(s, n);
}

void aset_free(struct aset *s)
{
    if (s == NULL)
        return;
    if (s->root != NULL)
        slot_free(s, s->root, 0);
    mem_free(s, sizeof(*s), &s->bytes);
}

uint64_t aset_total(const struct aset *s)
{
    return s->total;
}

uint64_t aset_entries(const struct aset *s)
{
    return s->entries;
}

size_t aset_bytes(const struct aset *s)
{
    return s->bytes;
}

unsigned aset_visited(void)
{
    return aset_touched;
}

static void open_slot(struct aset *s, struct anode *n, unsigned byte, void *content)
{
    unsigned i = bits_rank(n->used, byte);

    n->u.slots = mem_open(n->u.slots, sizeof(*n->u.slots), n->nslots++, i, &s->bytes);
    n->u.slots[i] = (struct aslot){ .content = content };
    bits_set(n->used, byte);
}

static void close_slot(struct aset *s, struct anode *n, unsigned byte)
{
    unsigned i = bits_rank(n->used, byte);

    n->u.slots = mem_close(n->u.slots, sizeof(*n->u.slots), n->nslots--, i, &s->bytes);
    bits_clear(n->used, byte);
}

/* So many addresses have come into a slot, or gone. */
static void slot_changed(const struct aset *s, struct anode *n, unsigned byte, int64_t change)
{
    struct aslot *slot = anode_slot(n, byte);
    unsigned below = s->width - n->depth - 1u; /* bytes of an address below the slot */

    n->stale = true;
    bits_clear(n->full, byte);
    if (slot == NULL)
        return;
    slot->sum = (struct asum){ .used = (uint32_t)(slot->sum.used + change) };
    /* From 2^32 addresses on a block is never full: aset_add sees to it. */
    if (below < 4 && slot->sum.used == (uint32_t)1 << 8 * below)
        bits_set(n->full, byte);
}

/* What an address was and what it is. */
struct turn {
    int was, is;
};

static void tally_turn(struct anode *n, const struct turn *t)
{
    if (t->was != ASET_FREE) {
        n->tally.of[t->was & (ASET_CLASSES - 1)]--;
        n->tally.marked -= (t->was & ASET_MARKED) != 0;
    }
    if (t->is != ASET_FREE) {
        n->tally.of[t->is & (ASET_CLASSES - 1)]++;
        n->tally.marked += (t->is & ASET_MARKED) != 0;
    }
}

static int slot_add(struct aset *s, void **slot, unsigned depth, uint128 key, uint64_t handle,
                    struct turn *turn);

/* Where the entry (key, handle) stands in a bucket or belongs; IPAM_E_EXIST when it is there. `ret_kind`:
 * what the address is by its entries here. */
static int find_entry(const struct bucket *b, unsigned width, const uint8_t *key, uint64_t handle,
                      unsigned *ret_at, int *ret_kind)
{
    unsigned first = b == NULL ? 0 : bucket_find(b, width, key), i = first, behind = first;

    while (b != NULL && bucket_has(b, width, i, key) && bucket_handle(b, i) < handle)
        i++;
    *ret_at = i;
    *ret_kind = b != NULL && bucket_has(b, width, first, key) ? abucket_kind(b, width, &behind) : ASET_FREE;
    return i < behind && bucket_handle(b, i) == handle ? IPAM_E_EXIST : 0;
}

static int page_add(struct aset *s, struct anode *n, uint8_t byte, uint64_t handle, struct turn *turn)
{
    unsigned at;
    int rc = find_entry(n->u.page, 1, &byte, handle, &at, &turn->was);

    if (rc != 0)
        return rc;
    if (n->u.page != NULL && n->u.page->n == BUCKET_MAX)
        return IPAM_E_TOOBIG;
    n->u.page = bucket_insert(n->u.page, 1, at, &byte, handle, &s->bytes);
    turn->is = aset_kind_with(turn->was, handle);
    if (turn->was == ASET_FREE) {
        bits_set(n->used, byte);
        bits_set(n->full, byte);
        n->stale = true;
    }
    return 0;
}

static int node_add(struct aset *s, struct anode *n, uint128 key, uint64_t handle, struct turn *turn)
{
    unsigned byte = key_byte(key, n->depth);
    int rc;

    aset_touched++;
    if (anode_is_page(s, n)) {
        rc = page_add(s, n, (uint8_t)byte, handle, turn);
        if (rc != 0)
            return rc;
    } else {
        if (!bits_test(n->used, byte))
            open_slot(s, n, byte, NULL);
        rc = slot_add(s, &anode_slot(n, byte)->content, n->depth + 1u, key, handle, turn);
        if (rc != 0) /* there are entries, so the slot was not empty */
            return rc;
        if (turn->was == ASET_FREE)
            slot_changed(s, n, byte, 1);
    }
    n->entries++;
    n->sum.used += turn->was == ASET_FREE;
    tally_turn(n, turn);
    return 0;
}

/* Turns a bucket into a node at the depth where its addresses part, or into a page. */
static struct anode *burst(struct aset *s, struct bucket *b, unsigned depth, uint128 base)
{
    uint128 first = abucket_addr(s, b, depth, base, 0), last = abucket_addr(s, b, depth, base, b->n - 1u);
    unsigned at = key_common(first, last) / 8, touched = aset_touched;
    struct anode *n;
    struct turn turn;

    n = node_new(s, at < s->width ? at : s->width - 1u, first);
    for (unsigned i = 0; i < b->n; i++)
        (void)node_add(s, n, abucket_addr(s, b, depth, base, i), bucket_handle(b, i), &turn);
    bucket_free(b, s->width - depth, &s->bytes);
    aset_node_settle(s, n); /* what was known of the slot still is */
    aset_touched = touched + 1;
    return n;
}

/* Puts a node above `below`, at the depth where `key` parts from it. */
static struct anode *part(struct aset *s, struct anode *below, uint128 key)
{
    struct anode *n = node_new(s, key_common(below->key, key) / 8, key);
    unsigned byte = key_byte(below->key, n->depth);

    open_slot(s, n, byte, below);
    slot_changed(s, n, byte, below->sum.used);
    n->entries = below->entries;
    n->sum.used = below->sum.used;
    n->tally = below->tally;
    return n;
}

static int slot_add(struct aset *s, void **slot, unsigned depth, uint128 key, uint64_t handle,
                    struct turn *turn)
{
    unsigned width = s->width - depth, at;
    struct bucket *b = *slot;
    struct anode *n = *slot;
    uint8_t bytes[16];
    int rc;

    if (*slot != NULL && anode_is(*slot)) {
        if (!key_same(key, n->key, 8u * n->depth))
            *slot = n = part(s, n, key);
        return node_add(s, n, key, handle, turn);
    }
    aset_touched++;
    abucket_encode(s, depth, key, bytes);
    rc = find_entry(b, width, bytes, handle, &at, &turn->was);
    if (rc != 0)
        return rc;
    *slot = b = bucket_insert(b, width, at, bytes, handle, &s->bytes);
    turn->is = aset_kind_with(turn->was, handle);
    if (b->n > ASET_BUCKET)
        *slot = burst(s, b, depth, key);
    return 0;
}

/* Bounds what the next who asks for a run has to find out. */
static void changed(struct aset *s)
{
    if (++s->unsettled >= ASET_UNSETTLED)
        aset_settle(s);
}

int aset_add(struct aset *s, const struct ipam_addr *a, uint64_t handle)
{
    struct turn turn;
    int rc;

    aset_touched = 0;
    if (!key_valid(s->family, a))
        return IPAM_E_INVAL;
    if (s->total == UINT32_MAX && !aset_has(s, a))
        return IPAM_E_TOOBIG;
    rc = slot_add(s, &s->root, 0, key_of(a), handle, &turn);
    if (rc != 0)
        return rc;
    s->entries++;
    s->total += turn.was == ASET_FREE;
    changed(s);
    return 0;
}

/* Adds all that a slot at `depth` holds to a bucket for a slot at `to_depth`. */
static struct bucket *gather(struct aset *s, const void *slot, unsigned depth, uint128 base,
                             struct bucket *to, unsigned to_depth)
{
    const struct anode *n = slot;
    const struct bucket *b = slot;
    uint8_t bytes[16];

    if (anode_is(slot) && !anode_is_page(s, n)) {
        for (unsigned i = 0, byte = 0; i < n->nslots; i++, byte++) {
            byte = bits_next(n->used, byte, 256);
            to = gather(s, n->u.slots[i].content, n->depth + 1u, key_with(n->key, n->depth, byte), to,
                        to_depth);
        }
        return to;
    }
    if (anode_is(slot)) { /* a page is a bucket at the last byte */
        b = n->u.page;
        base = n->key;
        depth = n->depth;
    }
    for (unsigned i = 0; i < b->n; i++) { /* all come in order */
        abucket_encode(s, to_depth, abucket_addr(s, b, depth, base, i), bytes);
        to = bucket_insert(to, s->width - to_depth, to == NULL ? 0 : to->n, bytes, bucket_handle(b, i),
                           &s->bytes);
    }
    return to;
}

/* After a removal: what a node's slot at `depth` holds if the node has become too small. */
static void *shrink(struct aset *s, struct anode *n, unsigned depth)
{
    void *only;

    if (n->entries <= ASET_SMALL) {
        only = gather(s, n, depth, n->key, NULL, depth);
        slot_free(s, n, depth);
        return only;
    }
    if (anode_is_page(s, n) || n->nslots > 1 || !anode_is(n->u.slots[0].content))
        return n;
    only = n->u.slots[0].content;
    node_free(s, n);
    return only;
}

static int slot_remove(struct aset *s, void **slot, unsigned depth, uint128 key, uint64_t handle,
                       struct turn *turn);

/* Takes an entry out of a bucket. */
static int bucket_take(struct aset *s, struct bucket **b, unsigned width, const uint8_t *key, uint64_t handle,
                       struct turn *turn)
{
    unsigned at;

    if (*b == NULL || find_entry(*b, width, key, handle, &at, &turn->was) != IPAM_E_EXIST)
        return IPAM_E_NOENT;
    *b = bucket_remove(*b, width, at, &s->bytes);
    (void)find_entry(*b, width, key, handle, &at, &turn->is);
    return 0;
}

static int node_remove(struct aset *s, struct anode *n, uint128 key, uint64_t handle, struct turn *turn)
{
    unsigned byte = key_byte(key, n->depth);
    uint8_t page_key = (uint8_t)byte;
    int rc;

    aset_touched++;
    if (!bits_test(n->used, byte))
        return IPAM_E_NOENT;
    if (anode_is_page(s, n)) {
        rc = bucket_take(s, &n->u.page, 1, &page_key, handle, turn);
        if (rc == 0 && turn->is == ASET_FREE) {
            bits_clear(n->used, byte);
            bits_clear(n->full, byte);
            n->stale = true;
        }
    } else {
        struct aslot *slot = anode_slot(n, byte);

        rc = slot_remove(s, &slot->content, n->depth + 1u, key, handle, turn);
        if (rc == 0 && turn->is == ASET_FREE) {
            if (slot->content == NULL)
                close_slot(s, n, byte);
            slot_changed(s, n, byte, -1);
        }
    }
    if (rc != 0)
        return rc;
    n->entries--;
    n->sum.used -= turn->is == ASET_FREE;
    tally_turn(n, turn);
    return 0;
}

static int slot_remove(struct aset *s, void **slot, unsigned depth, uint128 key, uint64_t handle,
                       struct turn *turn)
{
    struct anode *n = *slot;
    struct bucket *b = *slot;
    uint8_t bytes[16];
    int rc;

    if (*slot != NULL && anode_is(*slot)) {
        if (!key_same(key, n->key, 8u * n->depth))
            return IPAM_E_NOENT;
        rc = node_remove(s, n, key, handle, turn);
        if (rc == 0)
            *slot = shrink(s, n, depth);
        return rc;
    }
    aset_touched++;
    abucket_encode(s, depth, key, bytes);
    rc = bucket_take(s, &b, s->width - depth, bytes, handle, turn);
    if (rc == 0)
        *slot = b;
    return rc;
}

int aset_remove(struct aset *s, const struct ipam_addr *a, uint64_t handle)
{
    struct turn turn;
    int rc;

    aset_touched = 0;
    if (!key_valid(s->family, a))
        return IPAM_E_INVAL;
    rc = slot_remove(s, &s->root, 0, key_of(a), handle, &turn);
    if (rc != 0)
        return rc;
    s->entries--;
    s->total -= turn.is == ASET_FREE;
    changed(s);
    return 0;
}

/* aset_tally.c - the address set: how many addresses of a range are of each class.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A node knows it of its whole block: only the blocks that a range cuts are looked into. */
#include "index/aset_node.h"

struct tally {
    const struct aset *s;
    uint128 first, last;
    struct aset_count *count;
};

static void tally_address(struct tally *t, int kind)
{
    t->count->of[kind & (ASET_CLASSES - 1)]++;
    t->count->marked += (kind & ASET_MARKED) != 0;
}

static void tally_bucket(struct tally *t, const struct bucket *b, unsigned depth, uint128 base)
{
    for (unsigned i = 0; i < b->n;) {
        uint128 addr = abucket_addr(t->s, b, depth, base, i);
        int kind = abucket_kind(b, t->s->width - depth, &i);

        if (addr >= t->first && addr <= t->last)
            tally_address(t, kind);
    }
}

static void tally_block(struct tally *t, const struct anode *n)
{
    for (unsigned i = 0; i < ASET_CLASSES; i++)
        t->count->of[i] += n->tally.of[i];
    t->count->marked += n->tally.marked;
}

/* `base` is an address of the slot. */
static void tally_slot(struct tally *t, const void *slot, unsigned depth, uint128 base)
{
    const struct anode *n = slot;
    uint128 end;

    aset_touched++;
    if (!anode_is(slot)) {
        tally_bucket(t, slot, depth, base);
        return;
    }
    end = aset_end(t->s, n->key, n->depth);
    if (n->key > t->last || end < t->first)
        return;
    if (n->key >= t->first && end <= t->last)
        tally_block(t, n);
    else if (anode_is_page(t->s, n))
        tally_bucket(t, n->u.page, n->depth, n->key);
    else {
        unsigned byte = n->key < t->first ? key_byte(t->first, n->depth) : 0;
        unsigned behind = end > t->last ? key_byte(t->last, n->depth) + 1u : 256;

        for (; (byte = bits_next(n->used, byte, behind)) < behind; byte++)
            tally_slot(t, anode_content(n, byte), n->depth + 1u, key_with(n->key, n->depth, byte));
    }
}

void aset_count(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                struct aset_count *ret)
{
    struct tally t = { .s = s, .count = ret };

    *ret = (struct aset_count){ 0 };
    aset_touched = 0;
    if (!aset_takes(s, first, last) || s->root == NULL)
        return;
    t.first = key_of(first);
    t.last = key_of(last);
    tally_slot(&t, s->root, 0, 0);
}

/* aset_count.c - the address set: sums, counts, the n-th free address, free runs.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/aset_node.h"

/* Sums while a block is passed from front to back. */
struct pass {
    uint64_t run; /* free addresses since the last one in use; at most 2^41 here */
    struct asum sum;
};

static void pass_free(struct pass *p, uint64_t n)
{
    p->run += n;
}

/* The free run ends at something in use. */
static void pass_used(struct pass *p)
{
    uint32_t run = aset_capped(p->run);

    if (p->sum.used == 0)
        p->sum.lead = run;
    if (run > p->sum.longest)
        p->sum.longest = run;
    p->run = 0;
    p->sum.used++;
}

static struct asum pass_end(struct pass *p)
{
    p->sum.trail = aset_capped(p->run);
    if (p->sum.trail > p->sum.longest)
        p->sum.longest = p->sum.trail;
    return p->sum;
}

static void page_runs(struct pass *p, const struct anode *n)
{
    unsigned at = 0, end;

    while (at < 256) {
        end = bits_next(n->used, at, 256);
        pass_free(p, end - at);
        if (end < 256)
            pass_used(p);
        at = bits_next_clear(n->used, end, 256);
    }
}

/* A node's from its map or its slots, but for `used`. */
static void node_runs(const struct aset *s, struct anode *n)
{
    uint64_t block = aset_capped(aset_number(s, key_host(8u * n->depth + 8)) + 1);
    struct pass p = { 0 };
    unsigned at = 0;

    if (anode_is_page(s, n)) {
        page_runs(&p, n);
    } else {
        for (unsigned i = 0; i < n->nslots; i++) {
            const struct asum *sum = &n->u.slots[i].sum;
            unsigned byte = bits_next(n->used, at, 256);

            pass_free(&p, (byte - at) * block + sum->lead);
            pass_used(&p);
            if (sum->longest > p.sum.longest)
                p.sum.longest = sum->longest;
            pass_free(&p, sum->trail);
            at = byte + 1;
        }
        pass_free(&p, (256 - at) * block);
    }
    p.sum.used = n->sum.used; /* counted by those who add and remove */
    n->sum = pass_end(&p);
}

/* The sums of what a slot at `depth` holds. */
static struct asum slot_sum(const struct aset *s, const void *slot, unsigned depth, uint128 base)
{
    uint128 start = aset_start(base, depth), end = aset_end(s, base, depth), before = start;
    const struct anode *n = slot;
    const struct bucket *b = slot;
    struct pass p = { 0 };

    if (anode_is(slot)) {
        p.sum = n->sum;
        p.sum.lead = aset_capped(aset_number(s, n->key - start) + n->sum.lead);
        p.sum.trail = aset_capped(aset_number(s, end - aset_end(s, n->key, n->depth)) + n->sum.trail);
        if (p.sum.lead > p.sum.longest)
            p.sum.longest = p.sum.lead;
        if (p.sum.trail > p.sum.longest)
            p.sum.longest = p.sum.trail;
        return p.sum;
    }
    for (unsigned i = 0; i < b->n; i++) {
        uint128 addr = abucket_addr(s, b, depth, base, i);

        if (i > 0 && addr == before)
            continue;
        pass_free(&p, aset_capped(i == 0 ? aset_number(s, addr - start) : aset_number(s, addr - before) - 1));
        pass_used(&p);
        before = addr;
    }
    pass_free(&p, aset_capped(aset_number(s, end - before)));
    return pass_end(&p);
}

void aset_node_settle(const struct aset *s, struct anode *n)
{
    if (!n->stale)
        return;
    for (unsigned i = 0, byte = 0; !anode_is_page(s, n) && i < n->nslots; i++, byte++) {
        struct aslot *slot = &n->u.slots[i];

        byte = bits_next(n->used, byte, 256);
        if (slot->sum.longest != 0)
            continue;
        if (anode_is(slot->content))
            aset_node_settle(s, slot->content);
        slot->sum = slot_sum(s, slot->content, n->depth + 1u, key_with(n->key, n->depth, byte));
    }
    node_runs(s, n);
    n->stale = false;
}

void aset_settle(struct aset *s)
{
    s->unsettled = 0;
    if (s->root != NULL && anode_is(s->root))
        aset_node_settle(s, s->root);
}

/* How many addresses up to and with `key` are in use. */
static uint64_t used_up_to(const struct aset *s, uint128 key)
{
    const void *slot = s->root;
    unsigned depth = 0, byte;
    uint64_t used = 0;

    while (slot != NULL) {
        const struct anode *n = slot;

        aset_touched++;
        if (!anode_is(slot)) {
            const struct bucket *b = slot;
            uint128 before = 0;

            for (unsigned i = 0; i < b->n; i++) {
                uint128 addr = abucket_addr(s, b, depth, key, i);

                if (addr > key)
                    break;
                used += i == 0 || addr != before;
                before = addr;
            }
            break;
        }
        if (!key_same(key, n->key, 8u * n->depth))
            return used + (key > n->key ? n->sum.used : 0);
        byte = key_byte(key, n->depth);
        if (anode_is_page(s, n))
            return used + bits_rank(n->used, byte) + bits_test(n->used, byte);
        for (unsigned i = bits_rank(n->used, byte); i-- > 0;)
            used += n->u.slots[i].sum.used;
        slot = anode_content(n, byte);
        depth = n->depth + 1u;
    }
    return used;
}

uint64_t aset_used(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last)
{
    uint64_t before;

    aset_touched = 0;
    if (!aset_takes(s, first, last))
        return 0;
    before = key_of(first) == 0 ? 0 : used_up_to(s, key_of(first) - aset_unit(s));
    return used_up_to(s, key_of(last)) - before;
}

/* The search for the free address with `rank` free ones before it, from front to back. */
struct rank {
    const struct aset *s;
    uint128 rank; /* free addresses still to be passed */
    uint128 at;   /* out: the answer */
};

/* Passes [from, end], all free; true when the address is among them. */
static bool rank_free(struct rank *r, uint128 from, uint128 end)
{
    uint128 most = aset_number(r->s, end - from); /* one less than there are: 2^128 is no number */

    if (r->rank <= most) {
        r->at = from + r->rank * aset_unit(r->s);
        return true;
    }
    r->rank -= most + 1;
    return false;
}

static bool rank_bucket(struct rank *r, const struct bucket *b, unsigned depth, uint128 from)
{
    uint128 end = aset_end(r->s, from, depth);

    for (unsigned i = 0; i < b->n; i++) {
        uint128 addr = abucket_addr(r->s, b, depth, from, i);

        if (addr < from)
            continue;
        if (addr > from && rank_free(r, from, addr - aset_unit(r->s)))
            return true;
        if (addr == end)
            return false;
        from = addr + aset_unit(r->s);
    }
    return rank_free(r, from, end);
}

static bool rank_slot(struct rank *r, const void *slot, unsigned depth, uint128 from);

static bool rank_node(struct rank *r, const struct anode *n, uint128 from)
{
    unsigned byte = key_byte(from, n->depth), i = bits_rank(n->used, byte), depth = n->depth + 1u;
    uint128 block = aset_number(r->s, key_host(8 * depth)) + 1;

    for (; byte < 256; byte++) {
        uint128 base = key_with(n->key, n->depth, byte), free;
        bool used = bits_test(n->used, byte), found = false;

        if (!used) {
            found = rank_free(r, from > base ? from : base, aset_end(r->s, base, depth));
        } else if (!anode_is_page(r->s, n)) {
            free = block - n->u.slots[i].sum.used;
            if (from > base || r->rank < free)
                found = rank_slot(r, n->u.slots[i].content, depth, from > base ? from : base);
            else
                r->rank -= free;
        }
        if (found)
            return true;
        i += used;
    }
    return false;
}

/* Passes the slot's block from `from`, which is in it, to its end. Only the slot in which the search begins
 * can disappoint: of the others it is known how many are free. */
static bool rank_slot(struct rank *r, const void *slot, unsigned depth, uint128 from)
{
    uint128 end = aset_end(r->s, from, depth), node_end;
    const struct anode *n = slot;

    if (slot == NULL)
        return rank_free(r, from, end);
    aset_touched++;
    if (!anode_is(slot))
        return rank_bucket(r, slot, depth, from);
    node_end = aset_end(r->s, n->key, n->depth);
    if (from > node_end)
        return rank_free(r, from, end);
    if (from < n->key) {
        if (rank_free(r, from, n->key - aset_unit(r->s)))
            return true;
        from = n->key;
    }
    if (rank_node(r, n, from))
        return true;
    return node_end < end && rank_free(r, node_end + aset_unit(r->s), end);
}

int aset_nth_free(const struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                  struct ipam_u128 rank, struct ipam_addr *ret_addr)
{
    struct rank r = { .s = s, .rank = u128_value(rank) };

    aset_touched = 0;
    if (!aset_takes(s, first, last))
        return IPAM_E_INVAL;
    if (!rank_slot(&r, s->root, 0, key_of(first)) || r.at > key_of(last))
        return IPAM_E_EXHAUSTED;
    *ret_addr = key_addr(s->family, r.at);
    return 0;
}

/* The search for a run of free addresses, from front to back. */
struct hunt {
    const struct aset *s;
    uint32_t n; /* wanted */
    bool open;  /* all from `start` to where we are is free */
    uint128 start;
};

/* Passes [from, end], all free; true when the run is long enough. */
static bool hunt_free(struct hunt *h, uint128 from, uint128 end)
{
    if (!h->open)
        h->start = from;
    h->open = true;
    return aset_number(h->s, end - h->start) >= h->n - 1;
}

static bool hunt_bucket(struct hunt *h, const struct bucket *b, unsigned depth, uint128 from)
{
    uint128 end = aset_end(h->s, from, depth);

    for (unsigned i = 0; i < b->n; i++) {
        uint128 addr = abucket_addr(h->s, b, depth, from, i);

        if (addr < from)
            continue;
        if (addr > from && hunt_free(h, from, addr - aset_unit(h->s)))
            return true;
        h->open = false;
        if (addr == end)
            return false;
        from = addr + aset_unit(h->s);
    }
    return hunt_free(h, from, end);
}

static bool hunt_slot(struct hunt *h, const void *slot, unsigned depth, uint128 from);

/* Passes a whole slot by its sums, or goes into it when they promise the run. */
static bool hunt_sum(struct hunt *h, const struct aslot *slot, unsigned depth, uint128 base)
{
    const struct asum *sum = &slot->sum;

    if (sum->lead > 0 && hunt_free(h, base, base + (sum->lead - 1) * aset_unit(h->s)))
        return true;
    h->open = false;
    if (sum->longest >= h->n)
        return hunt_slot(h, slot->content, depth, base);
    if (sum->trail > 0) {
        h->open = true;
        h->start = aset_end(h->s, base, depth) - (sum->trail - 1) * aset_unit(h->s);
    }
    return false;
}

static bool hunt_node(struct hunt *h, const struct anode *n, uint128 from)
{
    unsigned byte = key_byte(from, n->depth), i = bits_rank(n->used, byte), depth = n->depth + 1u;

    for (; byte < 256; byte++) {
        uint128 base = key_with(n->key, n->depth, byte);
        bool used = bits_test(n->used, byte), found;

        if (!used)
            found = hunt_free(h, from > base ? from : base, aset_end(h->s, base, depth));
        else if (anode_is_page(h->s, n))
            found = h->open = false;
        else if (from > base)
            found = hunt_slot(h, n->u.slots[i].content, depth, from);
        else
            found = hunt_sum(h, &n->u.slots[i], depth, base);
        if (found)
            return true;
        i += used;
    }
    return false;
}

/* Passes the slot's block from `from`, which is in it, to its end. */
static bool hunt_slot(struct hunt *h, const void *slot, unsigned depth, uint128 from)
{
    uint128 end = aset_end(h->s, from, depth), node_end;
    const struct anode *n = slot;

    if (slot == NULL)
        return hunt_free(h, from, end);
    aset_touched++;
    if (!anode_is(slot))
        return hunt_bucket(h, slot, depth, from);
    node_end = aset_end(h->s, n->key, n->depth);
    if (from > node_end)
        return hunt_free(h, from, end);
    if (from < n->key) {
        if (hunt_free(h, from, n->key - aset_unit(h->s)))
            return true;
        from = n->key;
    }
    if (hunt_node(h, n, from))
        return true;
    return node_end < end && hunt_free(h, node_end + aset_unit(h->s), end);
}

int aset_next_run(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last, uint32_t n,
                  struct ipam_addr *ret_addr)
{
    struct hunt h = { .s = s, .n = n };

    aset_settle(s);
    aset_touched = 0;
    if (!aset_takes(s, first, last) || n == 0)
        return IPAM_E_INVAL;
    if (!hunt_slot(&h, s->root, 0, key_of(first)) || h.start > key_of(last) ||
        aset_number(s, key_of(last) - h.start) < n - 1)
        return IPAM_E_EXHAUSTED;
    *ret_addr = key_addr(s->family, h.start);
    return 0;
}

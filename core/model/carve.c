/* carve.c - carving prefixes out of a block: the next free ones, as subnets, once per claim.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "model/rules_p.h"
#include "net/u128.h"

#define RANDOM_TRIES 32

/* The free prefix that begins where this one does and holds the most. */
static void grow(const struct view *v, int64_t space, const struct ipam_prefix *within,
                 struct ipam_prefix *at)
{
    struct ipam_prefix wide, found;
    while (at->length > within->length) {
        wide = *at;
        wide.length--;
        prefix_mask(&wide);
        if (!addr_equal(&wide.addr, &at->addr) ||
            view_next_prefix(v, space, within, wide.length, &wide, &found) != 0 ||
            !prefix_equal(&found, &wide))
            return;
        *at = wide;
    }
}

int rule_next_gap(const struct view *v, int64_t space, const struct ipam_prefix *within,
                  const struct ipam_addr *from, struct ipam_prefix *ret)
{
    uint8_t bits = (uint8_t)addr_bits(within->addr.family);
    struct ipam_prefix host = { *from, bits };
    int rc = view_next_prefix(v, space, within, bits, &host, ret);
    if (rc == 0)
        grow(v, space, within, ret);
    return rc;
}

/* The start of the largest free prefix, the first of several: what is carved keeps room to grow. */
static int next_sparse(const struct view *v, const struct ipam_block *b, uint8_t length,
                       struct ipam_prefix *ret)
{
    int rc = IPAM_E_EXHAUSTED;
    for (uint8_t l = b->prefix.length; rc != 0 && l <= length; l++)
        rc = view_next_prefix(v, b->space, &b->prefix, l, NULL, ret);
    ret->length = length;
    return rc;
}

/* The first free one at or after a place that is drawn; where most is taken, the one after a long run of
 * taken ones comes up more often. */
static int next_random(const struct view *v, const struct ipam_block *b, uint8_t length,
                       struct ipam_prefix *ret)
{
    unsigned drawn = length - b->prefix.length;
    for (int tries = 0; tries < RANDOM_TRIES; tries++) {
        struct ipam_prefix at = { b->prefix.addr, length };
        uint64_t words[2];
        rng_bytes(words, sizeof(words));
        uint128 r = (uint128)words[0] << 64 | words[1];
        if (drawn == 0)
            r = 0;
        else if (drawn < 128)
            r >>= 128 - drawn;
        addr_add(&at.addr, u128_make(r << (addr_bits(at.addr.family) - length)), &at.addr);
        if (view_next_prefix(v, b->space, &b->prefix, length, &at, ret) == 0)
            return 0;
    }
    return view_next_prefix(v, b->space, &b->prefix, length, NULL, ret);
}

static int next_prefix(const struct view *v, const struct ipam_block *b, const struct carving *c,
                       struct ipam_prefix *ret)
{
    uint8_t length = (uint8_t)c->length;
    switch (c->strategy) {
    case STRATEGY_SPARSE: return next_sparse(v, b, length, ret);
    case STRATEGY_RANDOM: return next_random(v, b, length, ret);
    default: return view_next_prefix(v, b->space, &b->prefix, length, NULL, ret);
    }
}

static int refuse(const struct ipam_block *b, const struct carving *c, struct problem *p)
{
    char text[PREFIX_TEXT_MAX];
    prefix_print(&b->prefix, text);
    if (c->length < b->prefix.length || c->length > addr_bits(b->prefix.addr.family)) {
        problem_hint(p, "give a prefix_length from %u to %u", b->prefix.length,
                     addr_bits(b->prefix.addr.family));
        return problem_set(p, PROBLEM_INVALID, "prefix_length: block %s has no prefixes of %lld bits", text,
                           (long long)c->length);
    }
    problem_hint(p, "ask for fewer or smaller ones: GET /api/v1/ipam/blocks/%lld/free shows what is free",
                 (long long)b->id);
    return problem_set(p, PROBLEM_EXHAUSTED, "%s has %lld of the %lld prefixes of %lld bits asked for free",
                       text, (long long)c->ret_count, (long long)c->count, (long long)c->length);
}

static int take_one(struct draft *d, struct carving *c, const struct ipam_block *b, struct problem *p)
{
    struct ipam_subnet s = *c->fields;
    if (next_prefix(draft_view(d), b, c, &s.prefix) != 0)
        return refuse(b, c, p);
    IPAM_SET_FIELD((struct ipam_record *)&s, IPAM_SUBNET_PREFIX);
    RECORD_SET(&s, IPAM_SUBNET_SPACE, space, b->space);
    if (c->claim.len != 0)
        RECORD_SET(&s, IPAM_SUBNET_CLAIM, claim, c->claim);
    int rc = c->make(c->user, d, &s, p);
    if (rc == 0)
        c->ret_ids[c->ret_count++] = s.id;
    return rc;
}

static const struct ipam_block *find_block(struct draft *d, const struct carving *c, struct problem *p)
{
    const struct ipam_block *b = view_get(draft_view(d), IPAM_T_BLOCK, c->block);
    if (b == NULL)
        problem_set(p, PROBLEM_NOT_FOUND, "there is no block %lld", (long long)c->block);
    return b;
}

int carve_part(struct draft *d, struct carving *c, struct problem *p)
{
    const struct ipam_block *b = find_block(d, c, p);
    int rc = b != NULL ? 0 : IPAM_E_NOENT;
    c->ret_count = 0;
    if (rc == 0 && (c->length < b->prefix.length || c->length > addr_bits(b->prefix.addr.family)))
        return refuse(b, c, p);
    while (rc == 0 && c->ret_count < c->count)
        rc = take_one(d, c, b, p);
    return rc;
}

int rule_carve(struct draft *d, struct carving *c, struct problem *p)
{
    const struct ipam_block *b = find_block(d, c, p);
    if (b == NULL)
        return IPAM_E_NOENT;
    struct claiming k = { b->space, c->claim, c->actor, c->digest, true };
    int rc = claim_answer(d, &k, c->ret_ids, &c->ret_count, p);
    if (rc <= 0) {
        c->ret_replayed = rc == 0;
        return rc;
    }
    if ((rc = carve_part(d, c, p)) == 0)
        claim_put(d, &k, c->ret_ids, c->ret_count);
    return rc;
}

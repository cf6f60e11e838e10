/* report.h - the figures of reports: what is free in blocks, and what somebody answers for. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include "base/hash.h"
#include "model/view.h"

/* --- what is free --- */

#define FREE_LARGEST 8

struct free_sum {
    uint8_t length;                           /* of the prefixes that are counted; 0: none are */
    struct ipam_u128 prefixes;                /* that many of them are free */
    struct ipam_prefix largest[FREE_LARGEST]; /* the largest first, of equal ones that of the lower address */
    size_t count;                             /* of these */
};
/* Adds a free prefix, which overlaps none that was added; in the order of addresses. */
void free_sum_add(struct free_sum *s, const struct ipam_prefix *gap);

/* --- the blocks --- */

/* A place in the order of the tree: space after space, IPv4 before IPv6, and what holds others before them. */
struct tree_place {
    int64_t space;
    struct ipam_prefix prefix; /* family 0: before the first */
};
/* Which blocks are looked at. */
struct tree_walk {
    int64_t space;             /* in this space; 0: in all */
    struct ipam_prefix within; /* family 0: anywhere */
};
/* The first block behind the place, which it is moved to; NULL: there is none. Two walks of the same state give the same
 * blocks; one that goes on later passes over what came before its place meanwhile. */
const struct ipam_block *tree_next(const struct view *v, const struct tree_walk *w, struct tree_place *place);

/* --- owners --- */

struct owner_total {
    struct ipam_str owner; /* data NULL: of what has none */
    int64_t spaces, blocks, subnets, ranges;
    struct ipam_u128 size[2], used[2]; /* IPv4, IPv6 */
};
struct owner_totals {
    const struct view *v;
    struct ipam_prefix within;                 /* family 0: anywhere; else spaces are not counted */
    bool (*sees)(void *user, const void *row); /* whether a row counts */
    void *user;
    struct arena *arena; /* for names and totals */
    struct smap by_name; /* owner -> struct owner_total */
    struct owner_total *nobody;
    struct owner_total **items;
    size_t count, cap;
    bool starved; /* memory was short: the totals are none */
};
void owner_totals_init(struct owner_totals *t, const struct view *v, struct arena *arena);
void owner_totals_fini(struct owner_totals *t);
/* Adds a space, block, subnet or range. */
void owner_totals_add(struct owner_totals *t, const void *row);
/* Puts them in the order of their owners, what has none last. */
void owner_totals_sort(struct owner_totals *t);

/* Whether an owner comes behind another in that order; behind one that is absent any does. */
bool owner_comes_after(struct ipam_str owner, struct ipam_str other);

#endif

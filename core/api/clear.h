/* clear.h - what goes with a subnet, a range or a block, in one change set or in many.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CLEAR_H
#define API_CLEAR_H

#include "api/objects.h"
#include "base/hash.h"

/* By whose rights, and of what; for one decision. */
struct clearing {
    struct sight *sight;
    const void *row;          /* the subnet or range as it is in the draft */
    const struct imap *known; /* the ids of addresses that were read, whose claims were fetched; NULL: not those of all */
};

/* What a range or a subnet, as it is now, reaches. */
void clear_ends(const void *row, struct ipam_addr *first, struct ipam_addr *last, int64_t *ret_space);
/* Whether what has these addresses goes with the row: of a subnet, what is in none inside it. */
bool clear_takes(const struct view *v, const void *row, const struct ipam_addr *first,
                 const struct ipam_addr *last);
/* Moves an address on to the last one of the smallest subnet around it. */
void clear_pass(const struct view *v, int64_t space, struct ipam_addr *at);
/* 0, or an error with the problem: whether he may do that to the row. */
int clear_may(const struct clearing *w, struct draft *d, const char *operation, const void *row,
              struct problem *p);
/* That a DHCP server has an object of the type at an address: always an error, with the problem. */
int clear_held(const struct ipam_addr *at, uint32_t type, struct problem *p);
/* Deletes the addresses in [first, last]; an error with the problem when he may not delete one, one is not known, or, in
 * a subnet, a DHCP server has one. */
int clear_addresses(const struct clearing *w, struct draft *d, struct ipam_addr first,
                    const struct ipam_addr *last, struct problem *p);
/* Deletes the first ranges of a subnet, at most `most`. */
int clear_ranges(const struct clearing *w, struct draft *d, size_t most, size_t *ret_count, struct problem *p);

/* Deletes c->row, a subnet, range or block, with all that lies in it, as a job of many change sets; answers 202, or with
 * the problem. */
void clear_job(struct call *c);

#endif

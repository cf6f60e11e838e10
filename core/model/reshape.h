/* reshape.h - what goes with a subnet to another place, by one change set or by many.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RESHAPE_H
#define MODEL_RESHAPE_H

#include "model/rules_p.h"

struct shift {
    struct draft *d;
    const struct view *v;
    struct arena *arena; /* without a limit */
    const void *row;     /* that is moved, as it is */
    struct problem *p;
    const struct ipam_prefix *from, *to;
    int64_t space; /* where it goes */
    const struct ipam_range **ranges;
    size_t count;
    struct ipam_addr *used; /* and who is at them */
    size_t used_count;
    const struct relocation *job; /* of many change sets; NULL: of one */
    size_t moved;                 /* addresses */
};

/* Where an address of the old prefix is in the new one; others stay. */
void shift_addr(const struct shift *s, struct ipam_addr *a);
/* The same of a copy's gateways and DNS servers; of a copy of a range and all that it names. */
void shift_subnet(const struct shift *s, struct ipam_subnet *subnet);
void shift_range(const struct shift *s, struct ipam_range *r);
/* Moves a range; all who use an address: 0, or an error with the problem. */
int shift_move_range(struct shift *s, const struct ipam_range *before);
int shift_move_address(struct shift *s, const struct ipam_addr *at);
/* Whether the prefixes, what is in the subnet, and its pools and claim let it go: else an error. */
int shift_place_check(const struct shift *s);
int shift_own_range(const struct shift *s, const struct ipam_range *r);
int shift_inner_check(const struct view *v, int64_t space, const struct ipam_prefix *where,
                      struct problem *p);
int shift_address_check(const struct shift *s, const struct ipam_address *a);
int shift_claim_stays(const struct shift *s, int64_t was_in, struct ipam_str claim);
/* That a server has what uses the address: an error. */
int shift_in_the_way(const struct shift *s, const struct ipam_addr *at, uint32_t type);

#endif

/* overlap.h - ranges and subnets that have addresses in common, and which of them count.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What its DHCP server excludes is not in a range: split scopes have nothing in common. Of ranges that overlap, one counts
 * that overlaps no other before it which counts. Before others are those that were chosen, the last one first, then
 * those that were there first. Of subnets one counts that lies in no other. */
#ifndef MODEL_OVERLAP_H
#define MODEL_OVERLAP_H

#include "base/hash.h"
#include "model/view.h"
#include "record/record.h"

/* IPAM_RANGE_OVERLAP_*: of a range with others. `failover`: all that it overlaps are those of failover partners. */
uint32_t overlap_of_range(const struct view *v, const struct ipam_range *r);

/* IPAM_SUBNET_OVERLAP_*: of a subnet with others; and whether it counts. */
uint32_t overlap_of_subnet(const struct view *v, const struct ipam_subnet *s, bool *ret_counts);

/* Which ranges count, remembered while the view stays what it is. */
struct overlaps {
    const struct view *v;
    struct imap known; /* id -> whether it does */
};
void overlaps_begin(struct overlaps *o, const struct view *v);
bool overlaps_counts(struct overlaps *o, const struct ipam_range *r);
void overlaps_end(struct overlaps *o);

#endif

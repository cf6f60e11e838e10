/* usage.h - how full a run of addresses is: what is in use for what, and how much of its ranges.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is assigned are the addresses of ranges, without those that a DHCP server excludes. What of that is utilised is in
 * a range of leases what is leased, in one where hosts make their addresses what they made, in another what the plan has.
 * Of ranges that overlap, one counts (overlap.h). docs/utilization.md says where that comes from.
 */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include "model/view.h"

struct usage {
    struct ipam_u128 size; /* addresses in all */
    struct view_use use;
    struct ipam_u128 excluded; /* that a DHCP server never leases */
    struct ipam_u128 assigned, utilized;
};

/* Of the addresses from first to last, as they are durably; ranges that lie in it as a whole count. */
void usage_of_run(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct usage *ret);
/* Of a range alone, whether it counts for others or not. */
void usage_of_range(const struct view *v, const struct ipam_range *r, struct usage *ret);
/* Different addresses in use. */
struct ipam_u128 usage_used(const struct usage *u);

#endif

/* zones.h - zones of the DNS whose records may be changed: the longest that fits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_ZONES_H
#define MODEL_ZONES_H

#include "model/rules.h"

/* The longest primary zone of the space on a managed server that an absolute name lies in, or that is for an address: 0,
 * or an error whose problem says that there is none or, by their names, that there are several. */
int zone_of_name(const struct view *v, const struct dns_request *q, int64_t space, const char *name,
                 const struct ipam_zone **ret, struct problem *p);
int zone_of_address(const struct view *v, const struct dns_request *q, int64_t space,
                    const struct ipam_addr *a, const struct ipam_zone **ret, struct problem *p);
/* Whether it is a reverse zone of the family, for that address too. */
bool zone_covers(const struct ipam_zone *z, const struct ipam_addr *a);

#endif

/* lessee.h - whose lease it is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_LESSEE_H
#define MODEL_LESSEE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "ipam/records.h"

/* Whether two leases of one address are one client's, as servers tell clients apart: by DUID and IAID, by the client
 * identifier where both have one, else by the hardware address. Without anything to compare they are. */
bool lessee_same(const struct ipam_lease *a, const struct ipam_lease *b);
/* What became of a lease (`before` NULL: there was none; `after` NULL: there is none any more), at that time:
 * IPAM_CHANGE_ITEM_EVENT_*, or -1: nothing but a renewal, or what was told before. */
int lessee_event(const struct ipam_lease *before, const struct ipam_lease *after, int64_t now);
/* Who has it: "mac 02:00:00:00:00:07, name printer"; nothing, when nothing is known of him. */
void lessee_print(const struct ipam_lease *l, struct strbuf *out);

#endif

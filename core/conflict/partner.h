/* partner.h - servers that share their leases by a failover or HA relation.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_PARTNER_H
#define CONFLICT_PARTNER_H

#include "conflict/look.h"

/* Whether two servers are partners in some relation; in one that covers both scopes. Both must say so: one
 * that is alone in a relation leases on its own. */
bool partner_servers(const struct look *l, int64_t server, int64_t other);
bool partner_scopes(const struct look *l, const struct ipam_scope *scope, const struct ipam_scope *other);
/* Servers with a relation that names this one, or has the name of this relation and names nobody that is known:
 * all that may be partners of it, or have been when it or the relation was as given; each may come more than
 * once. Server or relation NULL: nothing comes by that one. */
void partner_candidates(const struct look *l, const struct ipam_server *s, const struct ipam_failover *f,
                        void (*found)(void *user, int64_t server), void *user);

#endif

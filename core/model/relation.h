/* relation.h - failover and HA relations: who is whose partner.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RELATION_H
#define MODEL_RELATION_H

#include "model/view.h"
#include "record/record.h"

/* Whether a relation names the server as the partner. */
bool relation_names(const struct ipam_failover *f, const struct ipam_server *s);
/* The server of the inventory that a relation names: `wanted` if it is among several; 0: none, by that name. */
int64_t relation_target(const struct view *v, const struct ipam_failover *f, int64_t wanted);
bool relation_covers(const struct ipam_failover *f, const struct ipam_scope *s);
bool relation_same_name(const struct ipam_failover *a, const struct ipam_failover *b);
/* Whether two relations, each of its server, are one: both must say so, since one that is alone in a relation
 * leases on its own. */
bool relation_match(const struct view *v, const struct ipam_failover *a, const struct ipam_failover *b);
/* Whether a relation of their servers covers both scopes, by looking at all there are. */
bool relation_joins(const struct view *v, const struct ipam_scope *scope, const struct ipam_scope *other);

#endif

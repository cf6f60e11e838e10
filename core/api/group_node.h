/* group_node.h - the objects of a node of a logical group.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_GROUP_NODE_H
#define API_GROUP_NODE_H

#include "api/call.h"
#include "model/rollup.h"

/* In the arena of the call. */
struct group_node {
    struct rollup_member *members[2]; /* of IPv4, of IPv6: what counts of the node's objects */
    size_t counts[2];
};
/* Those of c->row that the caller sees, in the node that the parameter `node` names: a value of the first level, or a
 * list in JSON of one value a level, whose last one may be null for objects without one; absent: all of the group.
 * False with the problem. `keep`: as many at the most outlive this turn of the loop; 0: none needs to. */
bool group_node_read(struct call *c, struct group_node *ret, size_t keep);

#endif

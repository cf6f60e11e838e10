/* pool.h - pools: ordered members of one space, and what is handed out of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_POOL_H
#define MODEL_POOL_H

#include "base/strbuf.h"
#include "model/rules.h"

#define POOL_MEMBERS 256 /* the most of one pool */

/* A member: a subnet, a range or a block. */
struct pool_member {
    uint32_t type;
    int64_t id;
};

/* A member as a pool keeps it, "TYPE ID"; false: the text is none. */
bool pool_member_parse(struct ipam_str text, struct pool_member *ret);
/* What a client has written, if it is in the space. A prefix alone is the subnet, or else the block. */
bool pool_member_find(const struct view *v, int64_t space, struct ipam_str text, struct pool_member *ret);
/* Its row, if it is still there and in the space of the pool; else NULL: servers take theirs away. */
const void *pool_member_row(const struct view *v, const struct ipam_address_pool *pool,
                            const struct pool_member *m);
/* "subnet 10.1.2.0/24", "range 10.1.2.10-10.1.2.19"; its id where it is gone. */
void pool_member_print(const struct view *v, const struct pool_member *m, struct strbuf *out);
/* The problem that the list of members has nothing at that place (from 0) that could be one; an error. */
int pool_no_member(size_t place, struct problem *p);

/* What came of asking one member. */
struct pool_try {
    struct pool_member member;
    enum problem_type why; /* NONE: it gave; INVALID: it has nothing of that length */
    int64_t had;           /* of what was asked for: how many it gave or could have given */
};

/* What is asked of a pool. */
struct pool_request {
    int64_t pool;
    bool spread; /* several members may give a part each */
    /* Whether he who asks may have something of the member; NULL: of all. The others are passed over. */
    bool (*may)(void *user, const struct view *v, const void *row);
    void *user;
    /* answer: the members that were asked, in order */
    struct pool_try *ret_tries; /* room for POOL_MEMBERS */
    size_t ret_count;
};
/* As rule_allocate and rule_carve, of the first member that can give all, or with `spread` of the members in order. `a`
 * and `c` name no subnet, range or block. exhausted only when no member that may be asked can give it, or all together
 * cannot. */
int rule_pool_allocate(struct draft *d, struct pool_request *q, struct allocation *a, struct problem *p);
int rule_pool_carve(struct draft *d, struct pool_request *q, struct carving *c, struct problem *p);

#endif

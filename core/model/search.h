/* search.h - which addresses of a subnet or range may be handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include "model/rules_p.h"

#define GATEWAYS_MAX 32

/* Where to look: [first, last] of a space, with ranges that are not static passed over unless the
 * target is one. */
struct search {
    const struct view *v;
    int64_t space;
    struct ipam_addr first, last;         /* that may be handed out */
    struct ipam_addr all_first, all_last; /* of the whole subnet or range */
    const struct allocation *a;
    bool skip_dynamic;
    struct ipam_prefix
        subnet; /* that has subnets inside, whose addresses are theirs; family 0: there are none */
    struct ipam_addr gateways[GATEWAYS_MAX]; /* that scopes there offer: never handed out */
    size_t gateway_count;
    char name[2 * ADDR_TEXT_MAX]; /* for messages */
};

/* Of the subnet or range that `a` names, which must live as long as the search; 0, or an error with its problem. */
int search_init(struct search *s, const struct view *v, const struct allocation *a, struct problem *p);
/* Whether this very address may be handed out. */
bool search_may(const struct search *s, const struct ipam_addr *at);
/* One address by the strategy of the request, or IPAM_E_EXHAUSTED. */
int search_one(const struct search *s, struct ipam_addr *ret);
/* Where the first run of n addresses begins, or IPAM_E_EXHAUSTED. */
int search_run(const struct search *s, uint32_t n, struct ipam_addr *ret);
/* The first run, as long as it is, of addresses at or after `from`, or IPAM_E_EXHAUSTED. */
int search_gap(const struct search *s, const struct ipam_addr *from, struct ipam_addr *ret_first,
               struct ipam_addr *ret_last);

#endif

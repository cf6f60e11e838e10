/* rules_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RULES_P_H
#define MODEL_RULES_P_H

#include "model/rules.h"

#define VLAN_FIRST 1 /* IEEE 802.1Q: 0 and 4095 are reserved */
#define VLAN_LAST  4094
#define USERS_MAX  64 /* of one address: the plan, and each server with a reservation and a lease */

/* rule_create, rule_update and rule_move without a look at what is moved by a job: for that job, and where it is undone. */
int row_create(struct draft *d, void *rec, struct problem *p);
int row_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
               struct problem *p);
int row_move(struct draft *d, const void *before, void *after, struct problem *p);
/* Whether a row would come into a subnet that a job moves, or into its stand-in: an error. */
int moving_refuses(const struct view *v, const void *rec, struct problem *p);

/* The rules of each type, for rule_create, rule_update and rule_delete: 0, or an error with a problem. */
int space_create(struct draft *d, struct ipam_space *s, struct problem *p);
int space_change(const struct view *v, const struct ipam_space *before, const struct ipam_space *after,
                 struct problem *p);
/* Deletes a space that holds nothing; of a provider's, the customer spaces on it, which hold nothing either. */
int space_delete(struct draft *d, const struct ipam_space *s, struct problem *p);
int block_create(struct draft *d, struct ipam_block *b, struct problem *p);
/* Whether what lies in the block has its access scope from it: an error. */
int block_hands_on(struct draft *d, const struct ipam_block *b, struct problem *p);
/* What the record table does not say of a row as it would be. */
int block_check(const struct view *v, const struct ipam_block *b, struct problem *p);
int subnet_check(const struct view *v, const struct ipam_subnet *s, struct problem *p);
int range_check(const struct ipam_range *r, struct problem *p);
/* `before` NULL: it is new. Fills in what was not said. */
int address_check(const struct ipam_address *before, struct ipam_address *a, struct problem *p);
int subnet_create(struct draft *d, struct ipam_subnet *s, struct problem *p);
/* Whether one may be there: an error. */
int subnet_may_be(const struct view *v, const struct ipam_subnet *s, struct problem *p);
/* Whether something of a subnet stands in the way of deleting it: an error. */
int subnet_holds(struct draft *d, const struct ipam_subnet *s, struct problem *p);
/* A run in a range: an address, or FIRST-LAST of one family in this order. */
bool range_run_parse(struct ipam_str text, struct ipam_addr *ret_first, struct ipam_addr *ret_last);
/* A gateway of a range: ADDRESS, or ADDRESS=METRIC. */
bool range_gateway_parse(struct ipam_str text, struct ipam_addr *ret);
/* The ends that were not given, from the prefix, which is not kept. */
int range_ends(struct ipam_range *r, struct problem *p);
/* Whether an end of it is no host's in that subnet: an error. */
int range_ends_check(const struct ipam_range *r, const struct ipam_prefix *subnet, struct problem *p);
int range_create(struct draft *d, struct ipam_range *r, struct problem *p);
/* Takes away the reverse zone of a range as it is to be, if it cannot have it there. */
void range_keeps_zone(const struct view *v, struct ipam_range *r);
/* Whether addresses in the range have their access scope from it: an error. */
/* The first address in use in [first, last] of whose users the draft does not delete all, quarantine aside: 0 or
 * IPAM_E_NOENT. */
int rule_first_left(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct ipam_addr *ret);
/* An address is about to be deleted: keeps it back, where it is in quarantine then. */
void quarantine_begin(struct draft *d, const struct ipam_address *a);
/* The problem that an address is in quarantine; an error. */
int quarantine_refuses(const struct ipam_addr *at, struct problem *p);
int range_hands_on(struct draft *d, const struct ipam_range *r, struct problem *p);
int address_create(struct draft *d, struct ipam_address *a, struct problem *p);
/* The same where an address that this draft has released is free already. */
int address_come_back(struct draft *d, struct ipam_address *a, struct problem *p);
/* The id of a space that exists; 0 with a problem. */
int64_t space_check(const struct view *v, int64_t space, struct problem *p);

int pool_create(struct draft *d, struct ipam_address_pool *pool, struct problem *p);
/* Whether a pool may be as it would be; its members become TYPE ID. `a`: without a limit. */
int pool_check(const struct view *v, struct ipam_address_pool *pool, struct arena *a, struct problem *p);
/* Whether a pool has the row as a member, which therefore stays in its space: an error. */
int pool_lets_go(const struct view *v, const void *row, struct problem *p);
/* Fills size, used and utilization. */
void derive_pool_use(const struct view *v, struct ipam_address_pool *pool);

int vlan_group_create(struct draft *d, struct ipam_vlan_group *g, struct problem *p);
int vlan_group_check(const struct view *v, const struct ipam_vlan_group *g, struct problem *p);
int vlan_create(struct draft *d, struct ipam_vlan *n, struct problem *p);
/* Of one that is there: its group and id stay. */
int vlan_check(const struct view *v, const struct ipam_vlan *n, struct problem *p);
/* Whether a subnet may be in the VLAN it names, whose id comes to its vlans; where it was taken out of these, the subnet
 * is in the VLAN no more. `before` NULL: it is new. `a`: without a limit. */
int subnet_takes_vlan(const struct view *v, const struct ipam_subnet *before, struct ipam_subnet *s,
                      struct arena *a, struct problem *p);
int vrf_create(struct draft *d, struct ipam_vrf *vrf, struct problem *p);
/* Whether a VRF may be as it would be; its distinguisher and targets get their one spelling. `a`: without a limit. */
int vrf_check(const struct view *v, struct ipam_vrf *vrf, struct arena *a, struct problem *p);
/* Whether a space may have the VRF it names: an error. */
int space_takes_vrf(const struct view *v, const struct ipam_space *space, struct problem *p);
/* Whether a space has the VRF: an error. */
int vrf_lets_go(const struct view *v, const struct ipam_vrf *vrf, struct problem *p);
/* Whether something names the VLAN group, VLAN or VRF: an error. Of other rows nothing does. */
int network_lets_go(const struct view *v, const void *row, struct problem *p);
/* Fills used and free. */
void derive_vlan_group(const struct view *v, struct ipam_vlan_group *g);

/* Whether a row came from a server: an error that names it. */
int rule_own_check(const void *rec, struct problem *p);

/* Deletes an address; its claim is marked released. The reservation that stands on the server for it is
 * planned away; a plan that waits to put it there (fetched for the batch) is undone. */
int rule_release(struct draft *d, const struct ipam_address *a, struct problem *p);

/* A claim of a request: what it is made with. */
struct claiming {
    int64_t space;
    struct ipam_str claim, actor; /* no claim: nothing is promised */
    struct ipam_bytes digest;     /* of the request */
    bool subnets;                 /* it is for subnets, not for addresses */
};
/* 1 when it is new; 0 when it has had an answer, with the ids, for which the request has room; else an error with its
 * problem: it was made with another request, or what it had was released. The claim has been fetched. */
int claim_answer(struct draft *d, const struct claiming *k, int64_t *ret_ids, int64_t *ret_count,
                 struct problem *p);
/* Keeps what it got. */
void claim_put(struct draft *d, const struct claiming *k, int64_t *ids, int64_t count);
/* Something of it was released: it never gets anything again. */
void claim_release(struct draft *d, int64_t space, struct ipam_str claim);

/* What rule_allocate and rule_carve do without a look at claims. When it ends with an error, ret_count says how many are
 * drafted all the same. */
int allocate_part(struct draft *d, struct allocation *a, struct problem *p);
int carve_part(struct draft *d, struct carving *c, struct problem *p);

/* Fills the field that shows the access scope an object is in. `block`: what encloses a block or a subnet, 0: nothing
 * does; of others it is not looked at. */
void derive_access_scope(const struct view *v, void *rec, int64_t block);
/* Fills the level of a block, subnet or range, whose utilisation is filled. */
void derive_level(const struct view *v, void *rec);
/* Whether thresholds that were changed (`before` NULL: given) are percentages and do not contradict those that hold
 * beside them: an error. */
int threshold_check(const struct view *v, const void *before, const void *after, struct problem *p);
/* A block or subnet goes: it counts no more for the right it was made by. */
void rule_give_back(struct draft *d, const void *rec);

/* In paths and cells digits alone are an id: no name is that. 0, or an error with the problem. */
int name_is_no_id(struct ipam_str name, struct problem *p);
/* Saved queries (rules_query.c); `self`: the id of the one that is changed, 0: it is new. */
int query_create(struct draft *d, struct ipam_saved_query *q, struct problem *p);
int query_check(const struct view *v, const struct ipam_saved_query *q, int64_t self, struct problem *p);

#endif

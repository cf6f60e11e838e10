/* rules.h - what may be created, changed, deleted and handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each function decides on the draft alone and either drafts all of its rows and returns 0, or fills the
 * problem and returns an error; what it drafted until then is taken back with its intent (draft_refuse).
 * Inputs have passed the checks of the record table. */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "model/view.h"

#define MODEL_SELF     "ipamd" /* managed_by of what the plan itself owns */
#define MODEL_SET_ROWS 10000   /* the most rows of one change set */

/* A new block, subnet, range, address or server. Fills the space (the default one), the source, and the id.
 */
int rule_create(struct draft *d, void *rec, struct problem *p);
/* Sets the fields `patch` has and clears those in `cleared`. `before` is the row as it is. */
int rule_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                struct problem *p);
int rule_delete(struct draft *d, const void *before, struct problem *p);

enum strategy { STRATEGY_FIRST, STRATEGY_LAST, STRATEGY_RANDOM };

/* What to hand out. Either `subnet` or `range` is set. */
struct allocation {
    int64_t subnet, range;
    int64_t count; /* 1-1000 */
    enum strategy strategy;
    bool reservation;             /* also keep it on the DHCP server */
    uint32_t identifier_type;     /* IPAM_RESERVATION_IDENTIFIER_TYPE_*, with `identifier` */
    struct ipam_bytes identifier; /* absent: the address's mac is used */
    struct ipam_str claim;
    struct ipam_bytes digest;          /* of the request, for the claim */
    const struct ipam_address *fields; /* name, mac, description for each */
    struct ipam_str actor, reason;
    /* answer */
    int64_t *ret_ids;            /* room for count */
    int64_t ret_count, ret_plan; /* plan 0: none */
    bool ret_replayed;           /* the claim had them already */
};
/* First answers from the claim if it exists: the same addresses, claim-mismatch, or claim-released. Otherwise
 * hands out free addresses, all or none. Network, broadcast and anycast addresses are passed over, and
 * dynamic ranges unless the target is one. */
int rule_allocate(struct draft *d, struct allocation *a, struct problem *p);

/* Drafts a plan of one step that adds (`verb` ADD) or deletes a reservation on its server; `address` is the
 * plan's address it serves, or 0. */
int64_t rule_plan_reservation(struct draft *d, uint32_t verb, const struct ipam_reservation *r,
                              int64_t address, struct ipam_str actor, struct ipam_str reason,
                              struct problem *p);

/* Fills the DERIVED fields of a record that was copied from the view. */
void rule_derive(const struct view *v, void *rec);

#endif

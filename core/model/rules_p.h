/* rules_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RULES_P_H
#define MODEL_RULES_P_H

#include "model/rules.h"

#define USERS_MAX 64 /* of one address: the plan, and each server with a reservation and a lease */

/* Deletes an address; its claim is marked released. The reservation that stands on the server for it is
 * planned away; a plan that waits to put it there (fetched for the batch) is undone. */
int rule_release(struct draft *d, const struct ipam_address *a, struct problem *p);
/* The scope whose server keeps reservations for an address: the longest prefix on a managed server; NULL with
 * a problem. */
const struct ipam_scope *rule_scope_for(const struct view *v, int64_t space, const struct ipam_addr *a,
                                        struct problem *p);

#endif

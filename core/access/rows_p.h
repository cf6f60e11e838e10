/* rows_p.h - what the rules of access control share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCESS_ROWS_P_H
#define ACCESS_ROWS_P_H

#include "access/rows.h"

int scope_create(struct draft *d, struct ipam_access_scope *s, struct problem *p);
/* `rec` is the scope as it shall be; one with another path takes its parts along. */
int scope_change(struct draft *d, const struct ipam_access_scope *before, struct ipam_access_scope *rec,
                 struct problem *p);
int scope_delete(struct draft *d, const struct ipam_access_scope *s, struct problem *p);
/* Deletes a policy, and what was counted for it. */
void policy_drop(struct draft *d, const struct ipam_access_policy *policy);

#endif

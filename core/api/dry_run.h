/* dry_run.h - the answer to a dry run: what would be changed, nothing of which happens.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DRY_RUN_H
#define API_DRY_RUN_H

#include "api/call.h"

/* Makes of what the open intent drafted the answer {"dry_run": true, "changes": [...], "would": STATUS}. Ids that would
 * be given, and revisions, are left out. */
int dry_run_write(struct call *c, const struct draft *d, struct problem *p);
/* The record as a dry run may show it: without revision, without an id that is not given yet, and without references to
 * rows that are not there yet. `is_new`: it is drafted itself. A copy in the call's arena. */
void *dry_run_record(struct call *c, const struct draft *d, const void *rec, bool is_new);

#endif

/* reports.h - the reports that there are.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_REPORTS_H
#define API_REPORTS_H

#include "api/call.h"

/* Calls fn for each; the record is in the arena. */
void reports_each(struct arena *a, void (*fn)(void *user, struct ipam_report *r), void *user);

#endif

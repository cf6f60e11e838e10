/* past.h - which revision a request asks about: at=REV, at=TIME.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PAST_H
#define API_PAST_H

#include "api/call.h"

/* Goes on with `then` when c->past and c->rev are known, at once or later; without `at` (absent) that is now. A
 * page that goes on keeps the revision that the first one found for a time: `known`, or -1. Answers with the
 * problem itself when `at` means nothing. */
void past_find(struct call *c, struct ipam_str at, int64_t known, void (*then)(struct call *c));

#endif

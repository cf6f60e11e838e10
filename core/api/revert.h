/* revert.h - what undoing change sets needs, one at once or many in a job.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_REVERT_H
#define API_REVERT_H

#include "api/objects.h"
#include "commit/fold.h"

/* Rows that are looked at when what is in the fold is undone. The arena must live until the intent is decided. */
void revert_needs(const struct fold *f, struct arena *a, const struct view *v, struct needs *n);

#endif

/* moment.h - what of a row depends on the moment that is shown, and on nothing else that is not stored with it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_MOMENT_H
#define API_MOMENT_H

#include "api/call.h"

/* Whether a derived field is known of the past too, and of rows that are not in memory. */
bool moment_tells(const struct record_type *t, const struct record_field *f);
/* When c->past and c->rev are known, and ms for a time that was asked for (0: a revision was): reads what held then. Goes on
 * with `then`, at once or later, or answers with the problem. */
void moment_find(struct call *c, int64_t ms, void (*then)(struct call *c));
/* Fills those fields. */
void moment_derive(struct call *c, const struct view *v, void *rec);

#endif

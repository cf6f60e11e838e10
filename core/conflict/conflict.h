/* conflict.h - the live set of conflicts: opened and closed as the network changes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * docs/conflicts.md has the kinds. Loop thread only. */
#ifndef CONFLICT_CONFLICT_H
#define CONFLICT_CONFLICT_H

#include "commit/gate.h"
#include "fleet/fleet.h"

struct conflicts;

/* Before the rows are loaded: it learns of each. Lives as long as the state, and ends before it. */
struct conflicts *conflicts_new(struct loop *loop, struct state *state);
/* When all rows are there: looks at everything, then at what changes. `fleet` (may be NULL) tells whose
 * configuration is being read: what is half read is not judged. */
void conflicts_start(struct conflicts *c, struct gate *gate, struct fleet *fleet);
/* Before the gate is closed: nothing more is handed in. */
void conflicts_stop(struct conflicts *c);
/* When the gate is closed and the loop has run dry. NULL-safe. */
void conflicts_free(struct conflicts *c);
/* Whether all changes so far were judged. */
bool conflicts_settled(const struct conflicts *c);

#endif

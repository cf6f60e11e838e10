/* quarantine.h - ends the quarantine of addresses when its time has come.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_QUARANTINE_H
#define NOTIFY_QUARANTINE_H

#include "commit/gate.h"

#define QUARANTINE_LOOK_MS 60000 /* how often it is looked for what is over */

/* Loop thread only. Looks from now on. */
struct quarantine *quarantine_new(struct loop *loop, struct store *store, struct gate *gate);
/* Looks no more; what is under way ends by itself. */
void quarantine_stop(struct quarantine *q);
/* When nothing is under way: the gate is closed and the loop has run dry. NULL-safe. */
void quarantine_free(struct quarantine *q);

#endif

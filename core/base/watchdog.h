/* watchdog.h - a thread that sees when the loop's thread stands still, and says in whose code.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WATCHDOG_H
#define BASE_WATCHDOG_H

#include "base/loop.h"

struct watchdog;

/* Looks 4 times a second whether the loop still turns; to be called on the loop's thread. A loop that has
 * stood still for a second is logged as "loop-stuck" with that thread's slot; one that still does after
 * `fatal_ms` (0: never) ends the process with `exit_status`. NULL when no thread can be made. */
struct watchdog *watchdog_start(struct loop *loop, int64_t fatal_ms, int exit_status);
/* After loop_run, before loop_free. NULL-safe. */
void watchdog_stop(struct watchdog *w);

#endif

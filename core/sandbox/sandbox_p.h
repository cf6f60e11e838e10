/* sandbox_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SANDBOX_P_H
#define SANDBOX_SANDBOX_P_H

#include "sandbox/sandbox.h"

/* From which version of Landlock on there are... */
#define LANDLOCK_PORTS   4
#define LANDLOCK_SIGNALS 6

/* The version that the running kernel has; 0: none. */
int landlock_version(void);
/* Fences paths, ports and signals, as far as that version can; 0 or -errno. */
int landlock_enter(const struct sandbox_rules *r, int version);

/* Whether the kernel and this build filter calls. */
bool calls_can_be_filtered(void);
/* Fences system calls; 0 or -errno. */
int calls_enter(const struct sandbox_rules *r);

/* No new privileges, no capabilities, no core dumps, no look from other processes of this user; 0 or -errno. */
int privileges_drop(void);

#endif

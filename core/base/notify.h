/* notify.h - what a supervisor such as systemd hears of the daemon: the protocol of sd_notify(3).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. What cannot be told is logged once, and harms nothing. */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include "base/loop.h"

struct notify;

/* Tells the socket that $NOTIFY_SOCKET names, a path or (with a @ at its beginning) an abstract one. NULL:
 * nobody wants to hear anything; every function takes it. */
struct notify *notify_new(void);
void notify_free(struct notify *n);
/* Lines VARIABLE=VALUE, such as "READY=1\nSTATUS=serving". */
void notify_say(struct notify *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* RELOADING=1 with the time that systemd wants beside it. READY=1 ends it. */
void notify_reloading(struct notify *n);
/* From now on says WATCHDOG=1 at half of the time of $WATCHDOG_USEC, when $WATCHDOG_PID is ours: from the loop,
 * so that one that stands still is missed. */
void notify_watchdog(struct notify *n, struct loop *loop);

#endif

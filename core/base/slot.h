/* slot.h - whose code a thread is running, and the last words of a process that crashes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SLOT_H
#define BASE_SLOT_H

#include <stdint.h>

/* One of each thread. */
struct slot;

/* Says that this thread runs foreign code from now on: WHAT of the plugin WHO. Both texts live until
 * slot_leave, `what` for ever. Does not nest. */
void slot_enter(const char *who, const char *what);
/* Its end; how long it took in microseconds. */
int64_t slot_leave(void);

/* This thread's slot, for another thread to read. */
const struct slot *slot_mine(void);
/* `ret_who` is NULL when the thread runs our own code. Any thread. */
void slot_read(const struct slot *s, const char **ret_who, const char **ret_what);

/* When the process dies of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, a line "crashed" with the signal and
 * the thread's slot goes to stderr; then it dies as it would have. Not in builds with a sanitizer, which
 * reports by itself. */
void crash_report_init(void);
/* When foreign code calls exit, a line "plugin-exit" names it. */
void exit_report_init(void);
/* Each thread that runs foreign code: its own stack for the report, so that an overflow of the thread's stack
 * is reported, too. */
void crash_report_thread(void);

#endif

/* log.h - structured log events of the daemon and its helpers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

/* syslog's levels. */
enum log_level { LOG_ERR_ = 3, LOG_WARN_ = 4, LOG_NOTE_ = 5, LOG_INFO_ = 6, LOG_DEBUG_ = 7 };

/* Writes events up to `level` to stderr as "<N>EVENT: text" lines (journald reads the priority);
 * on a terminal with a time and without <N>. Thread-safe: one write(2) a line. */
void log_init(const char *program, enum log_level level);
/* Logs one event. `event` is a stable id such as "plugin-refused", listed in docs/events.md.
 * Control characters in the text are written as \xNN. Lines end at 2,000 bytes. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_eventv(enum log_level level, const char *event, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
enum log_level log_level_now(void);

#endif

/* log.h - structured log events of the daemon and its helpers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdint.h>

/* syslog's levels. */
enum log_level { LOG_ERR_ = 3, LOG_WARN_ = 4, LOG_NOTE_ = 5, LOG_INFO_ = 6, LOG_DEBUG_ = 7 };

/* LOG_JOURNALD: "<N>EVENT: text" (journald reads the priority); on a terminal with a time and without <N>.
 * LOG_JSON: one object a line; docs/events.md has its keys. */
enum log_format { LOG_JOURNALD, LOG_JSON };

/* Once, before there are threads: who writes events up to `level` to stderr. Everything else here is for any
 * thread: one write(2) a line. */
void log_init(const char *program, enum log_level level);
void log_set_level(enum log_level level);
void log_set_format(enum log_format format);
enum log_level log_level_now(void);
enum log_format log_format_now(void);
/* Lines written at this level since the start. */
uint64_t log_line_count(enum log_level level);
const char *log_level_name(enum log_level level); /* "error", ... "debug" */

/* Logs one event. `event` is a stable id such as "plugin-refused", listed in docs/events.md.
 * Control characters in the text are escaped. Lines end at 2,000 bytes. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_eventv(enum log_level level, const char *event, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* What a line is about, beside its text: a member of the JSON object; the other format has the text alone. */
struct log_field {
    const char *key;
    const char *text; /* "": the member is left out; NULL: it is the number */
    int64_t number;
};
/* `fields` ends with one without a key. */
void log_event_with(enum log_level level, const char *event, const struct log_field *fields, const char *fmt,
                    ...) __attribute__((format(printf, 4, 5)));
#define LOG_TEXT(k, t)   { .key = (k), .text = (t) }
#define LOG_NUMBER(k, n) { .key = (k), .number = (n) }
#define LOG_FIELDS(...)  (const struct log_field[]){ __VA_ARGS__, { .key = NULL } }

#endif

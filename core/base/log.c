/* log.c - structured log events on stderr, one write(2) a line.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_p.h"

#define LINE_MAX_ 2000 /* bytes, the newline included */
#define CUT       "..."

/* Of a JSON line: what a value may take of it, and what is left to the message. */
#define EVENT_MOST    200
#define FIELD_MOST    400
#define MESSAGE_LEAST 400

static struct {
    char program[32];
    bool terminal;
} settings;
static _Atomic uint64_t lines[LOG_DEBUG_ + 1];
static _Atomic int level_now = LOG_NOTE_, format_now = LOG_JOURNALD;

void log_init(const char *program, enum log_level level)
{
    snprintf(settings.program, sizeof(settings.program), "%s", program);
    settings.terminal = isatty(STDERR_FILENO) == 1;
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    atomic_store(&level_now, level);
}

void log_set_format(enum log_format format)
{
    atomic_store(&format_now, format);
}

enum log_level log_level_now(void)
{
    return (enum log_level)atomic_load_explicit(&level_now, memory_order_relaxed);
}

enum log_format log_format_now(void)
{
    return (enum log_format)atomic_load_explicit(&format_now, memory_order_relaxed);
}

uint64_t log_line_count(enum log_level level)
{
    return atomic_load_explicit(&lines[level & LOG_DEBUG_], memory_order_relaxed);
}

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = { "error", "warning", "notice", "info", "debug" };

    return names[level < LOG_ERR_ ? 0 : level > LOG_DEBUG_ ? LOG_DEBUG_ - LOG_ERR_ : level - LOG_ERR_];
}

struct line {
    char data[LINE_MAX_];
    size_t len;
    bool cut;
};

/* --- the format "journald" --- */

static void put(struct line *l, const char *data, size_t len)
{
    if (l->cut || len > sizeof(l->data) - sizeof(CUT) - l->len) {
        l->cut = true;
        return;
    }
    memcpy(l->data + l->len, data, len);
    l->len += len;
}

/* Control characters would let a hostile text forge lines or talk to a terminal. C1 controls hide in
 * UTF-8 as C2 80..C2 9F. */
static void put_escaped(struct line *l, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool c1 = *p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
        char hex[12];

        if (*p >= 0x20 && *p != 0x7f && !c1) {
            put(l, (const char *)p, 1);
            continue;
        }
        snprintf(hex, sizeof(hex), "\\x%02x", *p);
        put(l, hex, 4);
        if (c1) {
            snprintf(hex, sizeof(hex), "\\x%02x", *++p);
            put(l, hex, 4);
        }
    }
}

/* A cut must not leave half a UTF-8 sequence. */
static void finish(struct line *l)
{
    if (l->cut) {
        while (l->len && ((unsigned char)l->data[l->len - 1] & 0xc0) == 0x80)
            l->len--;
        if (l->len && (unsigned char)l->data[l->len - 1] >= 0xc0)
            l->len--;
        memcpy(l->data + l->len, CUT, sizeof(CUT) - 1);
        l->len += sizeof(CUT) - 1;
    }
    l->data[l->len++] = '\n';
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
    char head[TIME_TEXT_MAX + 64];

    if (settings.terminal) {
        head[time_print(clock_wall_ms(), head)] = ' ';
        put(l, head, strlen("2026-11-23T01:02:03.004Z "));
        put(l, settings.program, strlen(settings.program));
        put(l, ": ", 2);
    } else {
        put(l, head, (size_t)snprintf(head, sizeof(head), "<%d>", (int)level));
    }
    put_escaped(l, event);
    put(l, ": ", 2);
}

static void write_plain(struct line *l, enum log_level level, const char *event, const char *text)
{
    put_head(l, level, event);
    put_escaped(l, text);
    finish(l);
}

/* --- the format "json" --- */

/* The next character as it stands in a JSON string: its length in `piece`, and in `ret_used` what it took of
 * the text. A byte that is no UTF-8 is written as the text \xNN, so that the line is JSON whatever it is. */
static size_t next_piece(const char *text, size_t left, char piece[8], size_t *ret_used)
{
    uint32_t code;
    size_t n = utf8_decode(text, left, &code);

    *ret_used = n ? n : 1;
    if (n == 0)
        return (size_t)snprintf(piece, 8, "\\\\x%02x", (unsigned char)text[0]);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
        return (size_t)snprintf(piece, 8, "\\u%04x", (unsigned)code);
    if (code == '"' || code == '\\')
        return (size_t)snprintf(piece, 8, "\\%c", (char)code);
    memcpy(piece, text, n);
    return n;
}

/* The text as a JSON string of at most `most` bytes; one that is too long ends in "...". */
static void put_json(struct line *l, const char *text, size_t most)
{
    size_t end = l->len + most - sizeof(CUT), left = strlen(text), used;
    char piece[8];

    l->data[l->len++] = '"';
    for (; left > 0; text += used, left -= used) {
        size_t n = next_piece(text, left, piece, &used);

        if (l->len + n > end) {
            memcpy(l->data + l->len, CUT, sizeof(CUT) - 1);
            l->len += sizeof(CUT) - 1;
            break;
        }
        memcpy(l->data + l->len, piece, n);
        l->len += n;
    }
    l->data[l->len++] = '"';
}

/* Keys are ours: plain words. */
static void put_key(struct line *l, const char *key)
{
    l->len +=
        (size_t)snprintf(l->data + l->len, sizeof(l->data) - l->len, "%c\"%.32s\":", l->len ? ',' : '{', key);
}

static void put_field(struct line *l, const struct log_field *f)
{
    if (f->text != NULL && f->text[0] == '\0')
        return;
    if (l->len + FIELD_MOST + 40 > LINE_MAX_ - MESSAGE_LEAST) /* the message matters more */
        return;
    put_key(l, f->key);
    if (f->text != NULL)
        put_json(l, f->text, FIELD_MOST);
    else
        l->len += (size_t)snprintf(l->data + l->len, sizeof(l->data) - l->len, "%lld", (long long)f->number);
}

static void write_json(struct line *l, enum log_level level, const char *event,
                       const struct log_field *fields, const char *text)
{
    char time[TIME_TEXT_MAX];

    time_print(clock_wall_ms(), time);
    put_key(l, "time");
    put_json(l, time, FIELD_MOST);
    put_key(l, "level");
    put_json(l, log_level_name(level), FIELD_MOST);
    put_key(l, "event");
    put_json(l, event, EVENT_MOST);
    put_key(l, "program");
    put_json(l, settings.program, EVENT_MOST);
    for (; fields != NULL && fields->key != NULL; fields++)
        put_field(l, fields);
    put_key(l, "message");
    put_json(l, text, sizeof(l->data) - strlen("}\n") - l->len);
    l->data[l->len++] = '}';
    l->data[l->len++] = '\n';
}

/* --- both --- */

static void log_line(enum log_level level, const char *event, const struct log_field *fields, const char *fmt,
                     va_list ap) __attribute__((format(printf, 4, 0)));
static void log_line(enum log_level level, const char *event, const struct log_field *fields, const char *fmt,
                     va_list ap)
{
    char text[LINE_MAX_ + 1];
    struct line l = { .len = 0 };
    int saved = errno;

    if (level > log_level_now())
        return;
    atomic_fetch_add_explicit(&lines[level & LOG_DEBUG_], 1, memory_order_relaxed);
    vsnprintf(text, sizeof(text), fmt, ap);
    if (log_format_now() == LOG_JSON)
        write_json(&l, level, event, fields, text);
    else
        write_plain(&l, level, event, text);
    /* A log that cannot be written has nowhere to complain. */
    while (write(STDERR_FILENO, l.data, l.len) < 0 && errno == EINTR)
        ;
    errno = saved;
}

void log_eventv(enum log_level level, const char *event, const char *fmt, va_list ap)
{
    log_line(level, event, NULL, fmt, ap);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_line(level, event, NULL, fmt, ap);
    va_end(ap);
}

void log_event_with(enum log_level level, const char *event, const struct log_field *fields, const char *fmt,
                    ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_line(level, event, fields, fmt, ap);
    va_end(ap);
}

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

#define LINE_MAX_ 2000 /* bytes, the newline included */
#define CUT "..."

static struct {
    char program[32];
    bool terminal;
} settings;
static _Atomic int level_now = LOG_NOTE_;

void log_init(const char *program, enum log_level level)
{
    snprintf(settings.program, sizeof(settings.program), "%s", program);
    settings.terminal = isatty(STDERR_FILENO) == 1;
    atomic_store(&level_now, level);
}

enum log_level log_level_now(void)
{
    return (enum log_level)atomic_load_explicit(&level_now, memory_order_relaxed);
}

struct line {
    char data[LINE_MAX_];
    size_t len;
    bool cut;
};

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

void log_eventv(enum log_level level, const char *event, const char *fmt, va_list ap)
{
    char text[LINE_MAX_ + 1];
    struct line l = { .len = 0 };
    int saved = errno;

    if (level > log_level_now())
        return;
    put_head(&l, level, event);
    vsnprintf(text, sizeof(text), fmt, ap);
    put_escaped(&l, text);
    finish(&l);
    /* A log that cannot be written has nowhere to complain. */
    while (write(STDERR_FILENO, l.data, l.len) < 0 && errno == EINTR)
        ;
    errno = saved;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_eventv(level, event, fmt, ap);
    va_end(ap);
}

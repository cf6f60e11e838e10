/* strbuf.c - a growing byte buffer with a mandatory maximum.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAP_FIRST 64

void strbuf_init(struct strbuf *b, size_t max)
{
    assert(max > 0 && max < SIZE_MAX / 4);
    *b = (struct strbuf){ .max = max };
}

void strbuf_fini(struct strbuf *b)
{
    free(b->data);
    *b = (struct strbuf){ .max = b->max };
}

void strbuf_reset(struct strbuf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for `len` bytes and the NUL after them. */
static bool grow(struct strbuf *b, size_t len)
{
    size_t cap = b->cap ? b->cap : CAP_FIRST;
    char *data;

    if (b->failed || len > b->max || b->len > b->max - len) {
        b->failed = true;
        return false;
    }
    if (b->len + len < b->cap)
        return true;
    while (cap <= b->len + len)
        cap *= 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    data = realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
    if (!grow(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *text)
{
    strbuf_add(b, text, strlen(text));
}

void strbuf_putc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_addstr(struct strbuf *b, struct ipam_str s)
{
    strbuf_add(b, s.data, s.len);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0)
        b->failed = true;
    if (len < 0 || !grow(b, (size_t)len))
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}

char *strbuf_room(struct strbuf *b, size_t len)
{
    return grow(b, len) ? b->data + b->len : NULL;
}

void strbuf_advance(struct strbuf *b, size_t len)
{
    assert(b->len + len < b->cap);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_drop(struct strbuf *b, size_t len)
{
    assert(len <= b->len);
    if (!len)
        return;
    b->len -= len;
    memmove(b->data, b->data + len, b->len + 1);
}

struct ipam_str strbuf_str(const struct strbuf *b)
{
    return (struct ipam_str){ b->data ? b->data : "", b->len };
}

char *strbuf_take(struct strbuf *b, size_t *ret_len)
{
    char *data = b->data;

    *ret_len = b->len;
    *b = (struct strbuf){ .max = b->max };
    return data;
}

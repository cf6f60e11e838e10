/* strbuf.c - a growing byte buffer with a mandatory maximum.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ipam/status.h"

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
    b->failed = b->nomem = false;
    if (b->data)
        b->data[0] = '\0';
}

static bool enlarge(struct strbuf *b, size_t len)
{
    size_t cap = b->cap ? b->cap : CAP_FIRST;
    char *data;

    if (b->failed || len > b->max || b->len > b->max - len) {
        b->failed = true;
        return false;
    }
    while (cap <= b->len + len)
        cap *= 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    do
        data = realloc(b->data, cap);
    while (!data && memory_release_for(cap));
    if (!data) {
        b->failed = b->nomem = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

/* Room for `len` bytes and the NUL after them; there is none beyond the maximum, for cap is never above it
 * by more than the NUL. */
static inline bool grow(struct strbuf *b, size_t len)
{
    return (len < b->cap - b->len && !b->failed) || enlarge(b, len);
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
    if (!grow(b, 1))
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void strbuf_int(struct strbuf *b, int64_t n)
{
    char text[20], *at = text + sizeof(text);
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (n < 0)
        *--at = '-';
    strbuf_add(b, at, (size_t)(text + sizeof(text) - at));
}

void strbuf_addstr(struct strbuf *b, struct ipam_str s)
{
    strbuf_add(b, s.data, s.len);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;
    int len;

    size_t room = b->failed ? 0 : b->cap - b->len;

    va_start(ap, fmt);
    len = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
    va_end(ap);
    if (len >= 0 && (size_t)len >= room && grow(b, (size_t)len)) {
        va_start(ap, fmt);
        vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
        va_end(ap);
    } else if (len < 0 || (size_t)len >= room) {
        b->failed = true;
        if (room > 0) /* what was begun is no part of it */
            b->data[b->len] = '\0';
        return;
    }
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

void strbuf_fail_with(struct strbuf *b, const struct strbuf *part)
{
    b->failed = b->failed || part->failed;
    b->nomem = b->nomem || part->nomem;
}

int strbuf_status(const struct strbuf *b)
{
    return b->nomem ? IPAM_E_NOMEM : b->failed ? IPAM_E_TOOBIG : 0;
}

char *strbuf_take(struct strbuf *b, size_t *ret_len)
{
    char *data = b->data;

    *ret_len = b->len;
    *b = (struct strbuf){ .max = b->max };
    return data;
}

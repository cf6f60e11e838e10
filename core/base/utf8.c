/* utf8.c - well-formed UTF-8 as in table 3-7 of the Unicode standard.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/json_p.h"

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, size_t left, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)text;
    uint32_t c = p[0];

    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf && left >= 2 && is_tail(p[1])) {
        *ret = (c & 0x1f) << 6 | (p[1] & 0x3fu);
        return 2;
    }
    if ((c & 0xf0) == 0xe0 && left >= 3 && is_tail(p[1]) && is_tail(p[2])) {
        c = (c & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
        *ret = c;
        return c >= 0x800 && (c < 0xd800 || c > 0xdfff) ? 3 : 0;
    }
    if (c >= 0xf0 && c <= 0xf4 && left >= 4 && is_tail(p[1]) && is_tail(p[2]) && is_tail(p[3])) {
        c = (c & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
        *ret = c;
        return c >= 0x10000 && c <= 0x10ffff ? 4 : 0;
    }
    return 0;
}

bool utf8_valid(const char *data, size_t len)
{
    uint32_t code;

    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_decode(data + i, len - i, &code);
        if (!n || !code)
            return false;
    }
    return true;
}

void utf8_vprint(char *buf, size_t size, const char *fmt, va_list ap)
{
    uint32_t code;
    int n = vsnprintf(buf, size, fmt, ap);

    if (n < 0) {
        buf[0] = '\0';
        return;
    }
    if ((size_t)n < size)
        return;
    /* Back to where the last character begins; it goes unless it is whole. */
    size_t len = size - 1, start = len;
    while (start > 0 && len - start < 4 && is_tail((unsigned char)buf[start - 1]))
        start--;
    if (start > 0)
        start--;
    if (start < len && utf8_decode(buf + start, len - start, &code) != len - start)
        len = start;
    buf[len] = '\0';
}

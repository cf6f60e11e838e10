/* text.c - text on terminals: width, control characters, bars, near misses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ipam/types.h"

#define COLOR_RED    "\033[31m"
#define COLOR_YELLOW "\033[33m"
#define COLOR_END    "\033[0m"
#define BUSY         8000 /* hundredths: yellow from here */
#define FULL         9500 /* red */

void term_init(struct term *t, int fd)
{
    const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct winsize size;

    t->tty = isatty(fd) == 1;
    t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (t->tty && ioctl(fd, TIOCGWINSZ, &size) == 0)
        t->columns = size.ws_col;
    t->color = t->tty && kind != NULL && strcmp(kind, "dumb") != 0 && (no_color == NULL || *no_color == '\0');
}

/* Decodes one character of at most `len` bytes; returns its bytes, or 0 when it is not UTF-8 (RFC 3629). */
static size_t decode(const char *text, size_t len, uint32_t *ret)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t c;

    if (n > len || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
        return 0;
    c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return n;
}

size_t text_width(const char *text)
{
    size_t width = 0, left = strlen(text);

    while (left > 0) {
        uint32_t c = 0;
        size_t n = decode(text, left, &c);

        if (c == 0x1b) {
            n = strcspn(text, "m");
            n += text[n] == 'm';
        } else if (n == 0) {
            n = 1;
            width++;
        } else {
            int w = c < 0x80 ? 1 : wcwidth((wchar_t)c);
            width += w < 0 ? 1 : (size_t)w;
        }
        text += n;
        left -= n;
    }
    return width;
}

void text_cut(const char *text, size_t columns, bool utf8, struct strbuf *out)
{
    size_t width = 0, left = strlen(text);

    while (left > 0 && columns > 0) {
        uint32_t c = 0;
        size_t n = decode(text, left, &c);
        int w = n == 0 || c < 0x80 ? 1 : wcwidth((wchar_t)c);

        n += n == 0;
        width += w < 0 ? 1 : (size_t)w;
        if (width > columns - 1)
            break;
        strbuf_add(out, text, n);
        text += n;
        left -= n;
    }
    if (left > 0 && columns > 0)
        strbuf_puts(out, utf8 ? "\xe2\x80\xa6" : "~");
}

void text_clean(struct ipam_str s, struct strbuf *out)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t c = 0;
        size_t n = decode(s.data + i, s.len - i, &c);

        if (n == 0)
            strbuf_putc(out, '?');
        else if (c == '\n' || c == '\t')
            strbuf_putc(out, ' ');
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            strbuf_printf(out, "\\x%02x", (unsigned)c);
        else
            strbuf_add(out, s.data + i, n);
        i += n == 0 ? 1 : n;
    }
}

int64_t text_percent(struct ipam_str s)
{
    int64_t value = 0;
    size_t i = 0;
    unsigned decimals = 0;

    for (; i < s.len && s.data[i] >= '0' && s.data[i] <= '9' && i < 9; i++)
        value = value * 10 + (s.data[i] - '0');
    if (i == 0)
        return -1;
    if (i < s.len && s.data[i] == '.')
        for (i++; i < s.len && s.data[i] >= '0' && s.data[i] <= '9' && decimals < 2; i++, decimals++)
            value = value * 10 + (s.data[i] - '0');
    for (; decimals < 2; decimals++)
        value *= 10;
    return i == s.len ? value : -1;
}

void text_bar(int64_t hundredths, unsigned cells, const struct term *t, struct strbuf *out)
{
    int64_t full = hundredths >= 10000 ? cells : hundredths * (int64_t)cells / 10000;
    const char *color = !t->color || hundredths < BUSY ? NULL : hundredths < FULL ? COLOR_YELLOW : COLOR_RED;

    if (full == 0 && hundredths > 0)
        full = 1;
    strbuf_putc(out, '[');
    if (color != NULL)
        strbuf_puts(out, color);
    for (unsigned i = 0; i < cells; i++)
        strbuf_putc(out, i < full ? '#' : '-');
    if (color != NULL)
        strbuf_puts(out, COLOR_END);
    strbuf_putc(out, ']');
}

void text_bar_percent(int64_t hundredths, const struct term *t, struct strbuf *out)
{
    text_bar(hundredths, 10, t, out);
    strbuf_printf(out, " %3d.%d %%", (int)(hundredths / 100), (int)(hundredths / 10 % 10));
}

void text_count(struct ipam_str decimal, struct strbuf *out)
{
    unsigned __int128 n = 0;
    unsigned power = 0;

    for (size_t i = 0; i < decimal.len; i++) {
        if (decimal.data[i] < '0' || decimal.data[i] > '9' || i >= 39) {
            text_clean(decimal, out);
            return;
        }
        n = n * 10 + (unsigned)(decimal.data[i] - '0');
    }
    while (n > 1 && (n & 1) == 0) {
        n >>= 1;
        power++;
    }
    if (n == 1 && power >= 33)
        strbuf_printf(out, "2^%u", power);
    else
        strbuf_addstr(out, decimal);
}

#define WORD_MAX 64

unsigned text_distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    unsigned rows[3][WORD_MAX];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];

    if (la >= WORD_MAX || lb >= WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= lb; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *spare = before;

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[lb];
}

void text_nearest(const char *word, const char *candidate, const char **best, unsigned *best_distance)
{
    unsigned d = text_distance(word, candidate);
    size_t len = strlen(word);

    if (len >= 3 && strncmp(word, candidate, len) == 0)
        d = 1; /* the beginning of a word, as in "res" for "reservation" */
    if (d > (len < 4 ? 1 : len / 3 + 1) || (*best != NULL && d >= *best_distance))
        return;
    *best = candidate;
    *best_distance = d;
}

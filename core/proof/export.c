/* export.c - the change log and its checkpoints as one stream: read into a judge.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "proof/export.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#define BUFFER_MOST (EXPORT_BODY_MAX + (16u << 20))

void export_row_head(const struct proof_row *row, struct strbuf *out)
{
    strbuf_printf(out, "row %" PRId64 " %" PRId64 " %zu\n", row->rev, row->time_ms, row->body.len);
}

void export_tail(int64_t rows, int64_t last, struct strbuf *out)
{
    strbuf_printf(out, "end %" PRId64 " %" PRId64 "\n", rows, last);
}

void export_reader_init(struct export_reader *r, struct judge *j, bool again)
{
    memset(r, 0, sizeof(*r));
    r->judge = j;
    r->again = again;
    strbuf_init(&r->buf, BUFFER_MOST);
}

void export_reader_fini(struct export_reader *r)
{
    strbuf_fini(&r->buf);
}

static bool broken(struct export_reader *r, const char *why)
{
    if (!r->broken && !r->again)
        judge_broken(r->judge, why);
    r->broken = true;
    return false;
}

static bool begins(struct ipam_str *s, const char *with)
{
    size_t n = strlen(with);
    if (s->len < n || memcmp(s->data, with, n) != 0)
        return false;
    *s = (struct ipam_str){ s->data + n, s->len - n };
    return true;
}

/* How many of eight bytes are digits before one that is none, and the number that they are. All at once:
 * neighbours become numbers below 100, those become numbers below 10,000, and so on. */
static size_t eight_digits(const char *text, uint64_t *ret)
{
    uint64_t v, other;
    size_t n;
    memcpy(&v, text, sizeof(v));
    v = le64toh(v) - UINT64_C(0x3030303030303030);
    other = ((v + UINT64_C(0x7676767676767676)) | v) & UINT64_C(0x8080808080808080);
    n = other != 0 ? (size_t)__builtin_ctzll(other) / 8 : 8;
    if (n == 0)
        return 0;
    v <<= 64 - 8 * n; /* zeros go before it */
    v = (v * 10 + (v >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v * 100 + (v >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *ret = (v * 10000 + (v >> 32)) & UINT32_MAX;
    return n;
}

/* Up to eight digits at the front of s, which moves behind them; how many there were. */
static inline size_t digits(struct ipam_str *s, uint64_t *ret)
{
    size_t n = 0;
    *ret = 0;
    if (s->len >= 8)
        n = eight_digits(s->data, ret);
    else
        for (; n < s->len && s->data[n] >= '0' && s->data[n] <= '9'; n++)
            *ret = *ret * 10 + (uint64_t)(s->data[n] - '0');
    *s = (struct ipam_str){ s->data + n, s->len - n };
    return n;
}

/* A number of up to 18 digits, at the front of s, which moves behind it. False: there is none. */
static bool number(struct ipam_str *s, int64_t *ret)
{
    static const uint64_t power[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };
    bool minus = s->len > 0 && s->data[0] == '-';
    uint64_t sum, more;
    size_t n, all;
    if (minus)
        *s = (struct ipam_str){ s->data + 1, s->len - 1 };
    all = n = digits(s, &sum);
    while (n == 8 && all <= 16) { /* a log of years has three numbers a row, of two such parts at most */
        all += n = digits(s, &more);
        sum = sum * power[n] + more;
    }
    *ret = minus ? -(int64_t)sum : (int64_t)sum;
    return all > 0 && all <= 18;
}

/* As many numbers as are wanted, a space between two, and nothing else. */
static bool numbers(struct ipam_str s, int64_t *ret, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((i > 0 && !begins(&s, " ")) || !number(&s, &ret[i]))
            return false;
    return s.len == 0;
}

static void begin(struct export_reader *r)
{
    if (!r->begun)
        judge_begin(r->judge);
    r->begun = true;
}

static bool read_row(struct export_reader *r, struct ipam_str s)
{
    int64_t n[3];
    if (!numbers(s, n, 3) || n[2] < 0 || n[2] > EXPORT_BODY_MAX)
        return broken(r, "a row's line cannot be read");
    begin(r);
    r->row = (struct proof_row){ n[0], n[1], { NULL, (size_t)n[2] } };
    r->body = (size_t)n[2] + 1;
    return true;
}

static bool read_end(struct export_reader *r, struct ipam_str s)
{
    int64_t n[2];
    if (!numbers(s, n, 2))
        return broken(r, "its last line cannot be read");
    if (n[0] != r->rows)
        return broken(r, "it has another number of rows than its last line says");
    begin(r);
    r->ended = true;
    return true;
}

static bool read_line(struct export_reader *r, struct ipam_str line)
{
    if (!r->headed) {
        r->headed = line.len + 1 == strlen(EXPORT_HEAD) && memcmp(line.data, EXPORT_HEAD, line.len) == 0;
        return r->headed || broken(r, "it does not begin as one");
    }
    if (r->ended)
        return broken(r, "something follows its end");
    if (begins(&line, "row "))
        return read_row(r, line);
    if (begins(&line, "end "))
        return read_end(r, line);
    if (begins(&line, "key ")) /* its own word, which proves nothing */
        return true;
    if (r->begun)
        return broken(r, "a line between rows cannot be read");
    judge_line(r->judge, line, false); /* which says so when it is none */
    return true;
}

/* Takes a line or a row from the front of what is there; the bytes taken, 0: not all of it is there. */
static size_t take(struct export_reader *r, const char *data, size_t len)
{
    const char *end;
    if (r->body > 0) {
        size_t n = r->body;
        if (len < n)
            return 0;
        r->row.body.data = (const uint8_t *)data;
        r->body = 0;
        r->rows++;
        if (data[n - 1] != '\n')
            broken(r, "a row does not end where its line says");
        else
            judge_row(r->judge, &r->row);
        return n;
    }
    end = memchr(data, '\n', len);
    if (end == NULL) {
        if (len > PROOF_LINE_MOST)
            broken(r, "a line is too long");
        return 0;
    }
    read_line(r, (struct ipam_str){ data, (size_t)(end - data) });
    return (size_t)(end - data) + 1;
}

bool export_feed(struct export_reader *r, const char *data, size_t len)
{
    size_t at = 0, n;
    if (r->broken)
        return false;
    if (r->buf.len > 0) {
        strbuf_add(&r->buf, data, len);
        data = r->buf.data;
        len = r->buf.len;
    }
    while (!r->broken && !r->buf.failed && at < len && (n = take(r, data + at, len - at)) > 0)
        at += n;
    if (r->buf.len > 0)
        strbuf_drop(&r->buf, at);
    else if (at < len)
        strbuf_add(&r->buf, data + at, len - at);
    if (r->buf.failed)
        return broken(r, "there is not enough memory for it");
    return !r->broken;
}

bool export_end(struct export_reader *r)
{
    if (!r->ended && !r->broken)
        broken(r, "it ends before its end");
    begin(r);
    return judge_end_rows(r->judge);
}

/* The checkpoint in a line of a file, which may have a syslog's words before it. */
static bool held_line(struct judge *j, struct ipam_str line)
{
    static const char what[] = PROOF_LINE " ";
    const char *at = memmem(line.data, line.len, what, sizeof(what) - 1);
    if (at == NULL)
        return false;
    line.len -= (size_t)(at - line.data);
    line.data = at;
    while (line.len > 0 && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' '))
        line.len--;
    judge_line(j, line, true);
    return true;
}

size_t held_feed(struct judge *j, struct ipam_str text)
{
    size_t count = 0;
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t n = end != NULL ? (size_t)(end - text.data) : text.len;
        count += held_line(j, (struct ipam_str){ text.data, n });
        n += end != NULL;
        text = (struct ipam_str){ text.data + n, text.len - n };
    }
    return count;
}

/* json_scan.c - the strict JSON scanner: accepts or refuses a text, and finds the place of every value.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8259 and I-JSON (RFC 7493), but for duplicate keys, which need the unescaped keys. Recursion is bounded
 * by JSON_DEPTH_MAX. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_p.h"
#include "ipam/status.h"

struct scan {
    const char *text;
    size_t len, pos;
    unsigned depth;
    struct json_values *values;
    struct json_error *error;
};

static int scan_value(struct scan *s, size_t key);

__attribute__((format(printf, 3, 4))) static int refuse(struct scan *s, size_t offset, const char *fmt, ...)
{
    va_list ap;

    s->error->offset = offset;
    va_start(ap, fmt);
    vsnprintf(s->error->message, sizeof(s->error->message), fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

/* Refuses what stands at the present position, naming it. */
static int refuse_here(struct scan *s, const char *expected)
{
    unsigned char c = s->pos < s->len ? (unsigned char)s->text[s->pos] : 0;

    if (s->pos == s->len)
        return refuse(s, s->pos, "expected %s, but the text ends here", expected);
    if (c == '/' || c == '#')
        return refuse(s, s->pos, "expected %s; JSON has no comments", expected);
    if (c == '\'')
        return refuse(s, s->pos, "expected %s; JSON quotes with \"", expected);
    if (c > 0x20 && c < 0x7f)
        return refuse(s, s->pos, "expected %s, found '%c'", expected, c);
    return refuse(s, s->pos, "expected %s, found byte 0x%02x", expected, c);
}

static bool at(const struct scan *s, char c)
{
    return s->pos < s->len && s->text[s->pos] == c;
}

static bool at_digit(const struct scan *s)
{
    return s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9';
}

static void skip_space(struct scan *s)
{
    while (at(s, ' ') || at(s, '\n') || at(s, '\r') || at(s, '\t'))
        s->pos++;
}

static int value_add(struct scan *s, size_t key, size_t *ret_index)
{
    struct json_values *v = s->values;

    if (v->count == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 64;
        struct json *items = realloc(v->items, cap * sizeof(*items));

        if (!items) {
            refuse(s, s->pos, "out of memory");
            return IPAM_E_NOMEM;
        }
        v->items = items;
        v->cap = cap;
    }
    v->items[v->count] = (struct json){ .key = (uint32_t)key, .start = (uint32_t)s->pos };
    *ret_index = v->count++;
    return 0;
}

/* Four hexadecimal digits at `pos`, or -1. */
static int32_t hex4(const struct scan *s, size_t pos)
{
    int32_t n = 0;

    if (s->len - pos < 4)
        return -1;
    for (size_t i = pos; i < pos + 4; i++) {
        char c = s->text[i];

        if (c >= '0' && c <= '9')
            n = n * 16 + (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            n = n * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return n;
}

/* At a backslash. */
static int scan_escape(struct scan *s)
{
    size_t start = s->pos++;
    int32_t high, low;

    if (s->pos == s->len)
        return refuse(s, start, "the text ends inside an escape");
    if (s->text[s->pos] != 'u') {
        if (!s->text[s->pos] || !strchr("\"\\/bfnrt", s->text[s->pos]))
            return refuse(s, start, "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
        s->pos++;
        return 0;
    }
    high = hex4(s, s->pos + 1);
    if (high < 0)
        return refuse(s, start, "\\u needs four hexadecimal digits");
    if (high == 0)
        return refuse(s, start, "a NUL character (\\u0000) is not allowed in a text");
    s->pos += 5;
    if (high < 0xd800 || high > 0xdfff)
        return 0;
    low = -1;
    if (high <= 0xdbff && at(s, '\\') && s->pos + 1 < s->len && s->text[s->pos + 1] == 'u')
        low = hex4(s, s->pos + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return refuse(s, start, "\\u%04x is half of a surrogate pair", (unsigned)high);
    s->pos += 6;
    return 0;
}

/* At the opening quote. */
static int scan_string(struct scan *s)
{
    size_t start = s->pos++, n;
    uint32_t code;
    int rc;

    while (s->pos < s->len) {
        unsigned char c = (unsigned char)s->text[s->pos];

        if (c == '"') {
            s->pos++;
            return 0;
        }
        if (c == '\\') {
            rc = scan_escape(s);
            if (rc)
                return rc;
        } else if (c < 0x20) {
            return refuse(s, s->pos, "control character 0x%02x in a string; write it as \\u%04x", c, c);
        } else if (c < 0x80) {
            s->pos++;
        } else {
            n = utf8_decode(s->text + s->pos, s->len - s->pos, &code);
            if (!n)
                return refuse(s, s->pos, "malformed UTF-8 (byte 0x%02x) in a string", c);
            s->pos += n;
        }
    }
    return refuse(s, start, "the string that begins here is not closed");
}

static int scan_digits(struct scan *s, const char *expected)
{
    if (!at_digit(s))
        return refuse_here(s, expected);
    while (at_digit(s))
        s->pos++;
    return 0;
}

static int scan_number(struct scan *s)
{
    int rc;

    if (at(s, '-'))
        s->pos++;
    if (at(s, '0')) {
        s->pos++;
        if (at_digit(s))
            return refuse(s, s->pos - 1, "a number must not begin with a zero");
    } else {
        rc = scan_digits(s, "a digit after '-'");
        if (rc)
            return rc;
    }
    if (at(s, '.')) {
        s->pos++;
        rc = scan_digits(s, "a digit after '.'");
        if (rc)
            return rc;
    }
    if (at(s, 'e') || at(s, 'E')) {
        s->pos++;
        if (at(s, '+') || at(s, '-'))
            s->pos++;
        return scan_digits(s, "a digit in the exponent");
    }
    return 0;
}

static int scan_word(struct scan *s, enum json_type *ret_type)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = { { "true", JSON_TRUE }, { "false", JSON_FALSE }, { "null", JSON_NULL } };
    size_t end = s->pos;

    while (end < s->len && (s->text[end] | 0x20) >= 'a' && (s->text[end] | 0x20) <= 'z')
        end++;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].word) == end - s->pos &&
            memcmp(words[i].word, s->text + s->pos, end - s->pos) == 0) {
            *ret_type = words[i].type;
            s->pos = end;
            return 0;
        }
    }
    return refuse(s, s->pos, "unknown word; JSON has true, false and null");
}

/* After '{' and after each comma of an object. */
static int scan_member(struct scan *s)
{
    size_t key = s->pos;
    int rc;

    if (!at(s, '"'))
        return refuse_here(s, "a key in double quotes");
    rc = scan_string(s);
    if (rc)
        return rc;
    skip_space(s);
    if (!at(s, ':'))
        return refuse_here(s, "':' after the key");
    s->pos++;
    skip_space(s);
    return scan_value(s, key);
}

/* At '{' or '['. */
static int scan_container(struct scan *s, bool object)
{
    char close = object ? '}' : ']';
    int rc;

    if (s->depth == JSON_DEPTH_MAX)
        return refuse(s, s->pos, "nested deeper than %d levels", JSON_DEPTH_MAX);
    s->depth++;
    s->pos++;
    skip_space(s);
    while (!at(s, close)) {
        size_t comma;

        rc = object ? scan_member(s) : scan_value(s, 0);
        if (rc)
            return rc;
        skip_space(s);
        if (at(s, close))
            break;
        if (!at(s, ','))
            return refuse_here(s, object ? "',' or '}' after a member" : "',' or ']' after an element");
        comma = s->pos++;
        skip_space(s);
        if (at(s, close))
            return refuse(s, comma, "a comma must not stand before '%c'", close);
    }
    s->pos++;
    s->depth--;
    return 0;
}

static int scan_value(struct scan *s, size_t key)
{
    enum json_type type = JSON_NONE;
    size_t index = 0;
    char c;
    int rc;

    if (s->pos == s->len)
        return refuse_here(s, "a value");
    rc = value_add(s, key, &index);
    if (rc)
        return rc;
    c = s->text[s->pos];
    if (c == '{' || c == '[') {
        type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
        rc = scan_container(s, c == '{');
    } else if (c == '"') {
        type = JSON_STRING;
        rc = scan_string(s);
    } else if (c == '-' || at_digit(s)) {
        type = JSON_NUMBER;
        rc = scan_number(s);
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        rc = scan_word(s, &type);
    } else {
        return refuse_here(s, "a value");
    }
    if (rc)
        return rc;
    s->values->items[index].type = type;
    s->values->items[index].end = (uint32_t)s->pos;
    return 0;
}

int json_scan(const char *text, size_t len, struct json_values *values, struct json_error *reterr)
{
    struct scan s = { .text = text, .len = len, .values = values, .error = reterr };
    int rc;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return refuse(&s, 0, "a byte order mark stands before the value; save the text without it");
    skip_space(&s);
    rc = scan_value(&s, 0);
    if (rc)
        return rc;
    skip_space(&s);
    if (s.pos < len)
        return refuse_here(&s, "nothing after the value");
    return 0;
}

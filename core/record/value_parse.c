/* value_parse.c - reads one value from text and judges it; the messages say what is expected.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/addr.h"
#include "record/field.h"

#define ECHO_SIZE 64

static int bad(char *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int bad(char *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err, RECORD_ERR_SIZE, fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

/* The input as a message may repeat it: short, whole characters, no control characters. */
static const char *echo(struct ipam_str s, char *buf)
{
    size_t len = s.len < ECHO_SIZE - 4 ? s.len : ECHO_SIZE - 4;

    if (s.len > len)
        while (len > 0 && ((unsigned char)s.data[len] & 0xc0) == 0x80)
            len--;
    for (size_t i = 0; i < len; i++)
        buf[i] = (unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f ? '?' : s.data[i];
    memcpy(buf + len, s.len > len ? "..." : "", s.len > len ? 4 : 1);
    return buf;
}

int value_check_int(const struct record_field *f, int64_t n, char *err)
{
    if (field_limited(f) && (n < f->min || n > f->max))
        return bad(err, "must be between %" PRId64 " and %" PRId64 ", not %" PRId64, f->min, f->max, n);
    if (f->kind == KIND_REF && n < 1)
        return bad(err, "must be the id of a %s, a number from 1", record_type(f->ref)->name);
    return 0;
}

/* Position of the first control character other than line feed and tab (C0, DEL, C1), or len. */
static size_t control_character(struct ipam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            return i;
        if (c == 0xc2 && i + 1 < s.len && (unsigned char)s.data[i + 1] < 0xa0)
            return i;
    }
    return s.len;
}

int value_check_text(const struct record_field *f, struct ipam_str text, char *err)
{
    int64_t max = f->kind == KIND_TEXTS ? RECORD_ITEM_MAX : f->max;
    size_t at;

    if (text.len == 0 && (f->flags & (FIELD_KEY | FIELD_REQUIRED)))
        return bad(err, "must not be empty");
    if (text.len > (size_t)max)
        return bad(err, "must be at most %" PRId64 " bytes long, not %zu", max, text.len);
    if (!utf8_valid(text.data, text.len))
        return bad(err, "must be UTF-8 text");
    at = control_character(text);
    if (at < text.len)
        return bad(err, "must not contain control characters; there is one at byte %zu", at + 1);
    return 0;
}

static int parse_int(const struct record_field *f, struct ipam_str text, int64_t *ret, char *err)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    uint64_t n = 0, limit = (uint64_t)INT64_MAX + negative;
    char shown[ECHO_SIZE];
    int64_t value;
    int rc;

    if (text.len == negative)
        return bad(err, "\"%s\" is not a whole number", echo(text, shown));
    for (size_t i = negative; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9)
            return bad(err, "\"%s\" is not a whole number", echo(text, shown));
        if (n > (limit - digit) / 10)
            return bad(err, "%s is too large a number", echo(text, shown));
        n = n * 10 + digit;
    }
    value = (int64_t)(negative ? 0 - n : n);
    rc = value_check_int(f, value, err);
    if (rc == 0)
        *ret = value;
    return rc;
}

static int parse_percent(struct ipam_str text, int64_t *ret, char *err)
{
    unsigned decimals = 0;
    bool point = false;
    int64_t n = 0;
    char shown[ECHO_SIZE];

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (text.data[i] == '.' && !point && i > 0) {
            point = true;
            continue;
        }
        if (digit > 9 || decimals == 2 || n > INT64_MAX / 1000)
            return bad(err, "\"%s\" is not a percentage; write it like 12.34", echo(text, shown));
        n = n * 10 + digit;
        decimals += point;
    }
    if (text.len == 0 || (point && decimals == 0))
        return bad(err, "\"%s\" is not a percentage; write it like 12.34", echo(text, shown));
    for (; decimals < 2; decimals++)
        n *= 10;
    *ret = n;
    return 0;
}

static int parse_bool(struct ipam_str text, uint32_t *ret, char *err)
{
    char shown[ECHO_SIZE];

    if (!str_is(text, "true") && !str_is(text, "false"))
        return bad(err, "\"%s\" is neither true nor false", echo(text, shown));
    *ret = str_is(text, "true");
    return 0;
}

static int parse_enum(const struct record_field *f, struct ipam_str text, uint32_t *ret, char *err)
{
    char shown[ECHO_SIZE], names[RECORD_ERR_SIZE - ECHO_SIZE - 16];
    size_t len = 0;

    for (unsigned i = 0; f->names[i] != NULL; i++) {
        if (str_is(text, f->names[i])) {
            *ret = i;
            return 0;
        }
        if (len < sizeof(names))
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "", f->names[i]);
    }
    return bad(err, "\"%s\" is not one of %s", echo(text, shown), names);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* aa:bb:cc, aa-bb-cc, aabb.cc00 or aabbcc: one separator throughout, at equal distances of whole bytes. */
static int parse_bytes(const struct record_field *f, struct ipam_str text, struct arena *a, struct ipam_bytes *ret,
                       char *err)
{
    char separator = 0, shown[ECHO_SIZE];
    size_t count = 0, group = 0, run = 0;
    uint8_t *to = arena_alloc(a, text.len / 2 + 1);

    if (to == NULL)
        return bad(err, OUT_OF_MEMORY);
    for (size_t i = 0; i < text.len;) {
        int hi = hex_digit(text.data[i]), lo = i + 1 < text.len ? hex_digit(text.data[i + 1]) : -1;
        if (run > 0 && (text.data[i] == ':' || text.data[i] == '-' || text.data[i] == '.') && i + 1 < text.len &&
            (separator == 0 || (separator == text.data[i] && run == group))) {
            separator = text.data[i++];
            group = run;
            run = 0;
            continue;
        }
        if (hi < 0 || lo < 0)
            return bad(err, "\"%s\" is not hexadecimal; write it like aa:bb:cc", echo(text, shown));
        to[count++] = (uint8_t)(hi << 4 | lo);
        run++;
        i += 2;
    }
    if (run > group && separator != 0)
        return bad(err, "\"%s\" is not hexadecimal; write it like aa:bb:cc", echo(text, shown));
    if (count == 0 && (f->flags & (FIELD_KEY | FIELD_REQUIRED)))
        return bad(err, "must not be empty");
    if (count > (size_t)f->max)
        return bad(err, "must be at most %" PRId64 " bytes long, not %zu", f->max, count);
    ret->data = to;
    ret->len = count;
    return 0;
}

static int parse_addr(struct ipam_str text, struct ipam_addr *ret, char *err)
{
    char shown[ECHO_SIZE];

    if (addr_parse(text.data, text.len, ret) == 0)
        return 0;
    return bad(err, "\"%s\" is not an IP address; write it like 10.1.2.3 or 2001:db8::1", echo(text, shown));
}

static int parse_prefix(struct ipam_str text, struct ipam_prefix *ret, char *err)
{
    char shown[ECHO_SIZE], meant[PREFIX_TEXT_MAX];
    struct ipam_prefix p;

    if (prefix_parse(text.data, text.len, ret) == 0)
        return 0;
    if (prefix_parse_host(text.data, text.len, &p) == 0) {
        prefix_print(&p, meant);
        return bad(err, "%s has host bits set; did you mean %s?", echo(text, shown), meant);
    }
    return bad(err, "\"%s\" is not a prefix; write it like 10.1.2.0/24 or 2001:db8::/64", echo(text, shown));
}

static int parse_u128(struct ipam_str text, struct ipam_u128 *ret, char *err)
{
    char shown[ECHO_SIZE];

    if (u128_parse(text.data, text.len, ret) == 0)
        return 0;
    return bad(err, "\"%s\" is not a count; write decimal digits, at most 2^128-1", echo(text, shown));
}

static int parse_time(struct ipam_str text, int64_t *ret, char *err)
{
    char shown[ECHO_SIZE];
    int64_t ms;

    if (time_parse(text.data, text.len, &ms) < 0 || ms < 0 || ms > RECORD_TIME_MAX)
        return bad(err, "\"%s\" is not a time; write it like 2026-11-23T01:02:03Z", echo(text, shown));
    *ret = ms;
    return 0;
}

static int parse_text(const struct record_field *f, struct ipam_str text, struct arena *a, struct ipam_str *ret, char *err)
{
    int rc = value_check_text(f, text, err);
    char *copy;

    if (rc < 0)
        return rc;
    copy = arena_memdup(a, text.len > 0 ? text.data : "", text.len);
    if (copy == NULL)
        return bad(err, OUT_OF_MEMORY);
    ret->data = copy;
    ret->len = text.len;
    return 0;
}

int value_take_json(const struct record_field *f, const struct json_doc *doc, const struct json *v, struct arena *a,
                    struct ipam_str *ret, char *err)
{
    struct ipam_str copy;
    struct strbuf b;
    int rc = 0;

    strbuf_init(&b, (size_t)f->max + 1);
    json_canonical(doc, v, &b);
    if (b.failed || b.len > (size_t)f->max)
        rc = bad(err, "must be at most %" PRId64 " bytes long", f->max);
    else if ((copy = arena_str(a, strbuf_str(&b))).data == NULL)
        rc = bad(err, OUT_OF_MEMORY);
    else
        *ret = copy;
    strbuf_fini(&b);
    return rc;
}

static int parse_json(const struct record_field *f, struct ipam_str text, struct arena *a, struct ipam_str *ret, char *err)
{
    struct json_doc *doc;
    struct json_error why;
    int rc = json_parse(text.data, text.len, (size_t)f->max, &doc, &why);

    if (rc < 0)
        return bad(err, "is not JSON: %s at byte %zu", why.message, why.offset + 1);
    rc = value_take_json(f, doc, json_root(doc), a, ret, err);
    json_free(doc);
    return rc;
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\n' || c == '\t';
}

/* The next item of a list in text, absent at the end. */
static struct ipam_str next_item(struct ipam_str *text)
{
    struct ipam_str item;

    while (text->len > 0 && is_separator(text->data[0])) {
        text->data++;
        text->len--;
    }
    item.data = text->len > 0 ? text->data : NULL;
    item.len = 0;
    while (item.len < text->len && !is_separator(text->data[item.len]))
        item.len++;
    text->data += item.len;
    text->len -= item.len;
    return item;
}

static int parse_item(const struct record_field *f, struct ipam_str item, struct arena *a, void *items, size_t i, char *err)
{
    if (f->kind == KIND_TEXTS)
        return parse_text(f, item, a, (struct ipam_str *)items + i, err);
    if (f->kind == KIND_ADDRS)
        return parse_addr(item, (struct ipam_addr *)items + i, err);
    /* The limit is of the list, not of the number. */
    return parse_int(&(struct record_field){ .kind = KIND_INT, .min = 1 }, item, (int64_t *)items + i, err);
}

static int parse_list(const struct record_field *f, struct ipam_str text, struct arena *a, void *at, char *err)
{
    size_t size = f->kind == KIND_TEXTS ? sizeof(struct ipam_str)
                : f->kind == KIND_ADDRS ? sizeof(struct ipam_addr) : sizeof(int64_t);
    struct ipam_str left = text;
    size_t count = 0;
    void *items;
    int rc;

    while (next_item(&left).data != NULL)
        count++;
    if (count > (size_t)f->max)
        return bad(err, "must have at most %" PRId64 " items, not %zu", f->max, count);
    items = arena_alloc(a, count > 0 ? count * size : 1);
    if (items == NULL)
        return bad(err, OUT_OF_MEMORY);
    left = text;
    for (size_t i = 0; i < count; i++) {
        rc = parse_item(f, next_item(&left), a, items, i, err);
        if (rc < 0)
            return rc;
    }
    if (f->kind == KIND_TEXTS)
        *(struct ipam_strs *)at = (struct ipam_strs){ items, count };
    else if (f->kind == KIND_ADDRS)
        *(struct ipam_addrs *)at = (struct ipam_addrs){ items, count };
    else
        *(struct ipam_ints *)at = (struct ipam_ints){ items, count };
    return 0;
}

int value_parse(const struct record_field *f, struct ipam_str text, struct arena *a, void *at, char *err)
{
    if (text.data == NULL)
        text = IPAM_STR("");
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        return parse_int(f, text, at, err);
    case KIND_TIME:
        return parse_time(text, at, err);
    case KIND_BOOL:
        return parse_bool(text, at, err);
    case KIND_ENUM:
        return parse_enum(f, text, at, err);
    case KIND_TEXT:
        return parse_text(f, text, a, at, err);
    case KIND_BYTES:
        return parse_bytes(f, text, a, at, err);
    case KIND_ADDR:
        return parse_addr(text, at, err);
    case KIND_PREFIX:
        return parse_prefix(text, at, err);
    case KIND_U128:
        return parse_u128(text, at, err);
    case KIND_PERCENT:
        return parse_percent(text, at, err);
    case KIND_JSON:
        return parse_json(f, text, a, at, err);
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        return parse_list(f, text, a, at, err);
    }
    return bad(err, "cannot be given as text");
}

/* value_parse.c - reads one value from text and judges it; the messages say what is expected.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/addr.h"
#include "record/field.h"

/* What is parsed, for which field, and where memory and messages go. */
struct parse {
    const struct record_field *f;
    struct ipam_str text;
    struct arena *arena;
    char *err;
};

static int bad(char *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int bad(char *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err, RECORD_ERR_SIZE, fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

const char *record_echo(struct ipam_str s, char *buf)
{
    size_t len = s.len < RECORD_ECHO_SIZE - 4 ? s.len : RECORD_ECHO_SIZE - 4;

    if (s.len > len)
        while (len > 0 && ((unsigned char)s.data[len] & 0xc0) == 0x80)
            len--;
    for (size_t i = 0; i < len; i++)
        buf[i] = (unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f ? '?' : s.data[i];
    memcpy(buf + len, s.len > len ? "..." : "", s.len > len ? 4 : 1);
    return buf;
}

/* "10.1.2" is not an IP address; ... */
static int bad_form(const struct parse *p, const char *why)
{
    char shown[RECORD_ECHO_SIZE];
    return bad(p->err, "\"%s\" %s", record_echo(p->text, shown), why);
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

static int parse_int(const struct parse *p, int64_t *ret)
{
    bool negative = p->text.len > 0 && p->text.data[0] == '-';
    uint64_t n = 0, limit = (uint64_t)INT64_MAX + negative;
    int64_t value;
    int rc;

    if (p->text.len == negative)
        return bad_form(p, "is not a whole number");
    for (size_t i = negative; i < p->text.len; i++) {
        unsigned digit = (unsigned char)p->text.data[i] - (unsigned)'0';
        if (digit > 9)
            return bad_form(p, "is not a whole number");
        if (n > (limit - digit) / 10)
            return bad_form(p, "is more than 64 bits can hold");
        n = n * 10 + digit;
    }
    value = (int64_t)(negative ? 0 - n : n);
    rc = value_check_int(p->f, value, p->err);
    if (rc == 0)
        *ret = value;
    return rc;
}

/* Digits with up to two decimals, in hundredths. What is taken is taken again as it is shown. */
#define PERCENT_MOST (INT64_MAX / 10 - 1)
static int parse_percent(const struct parse *p, int64_t *ret)
{
    unsigned decimals = 0;
    bool point = false;
    int64_t n = 0;

    for (size_t i = 0; i < p->text.len; i++) {
        unsigned digit = (unsigned char)p->text.data[i] - (unsigned)'0';
        if (p->text.data[i] == '.' && !point && i > 0) {
            point = true;
            continue;
        }
        if (digit > 9 || decimals == 2 || n > PERCENT_MOST)
            return bad_form(p, "is not a percentage; write it like 12.34");
        n = n * 10 + digit;
        decimals += point;
    }
    int64_t scale = decimals == 0 ? 100 : decimals == 1 ? 10 : 1;
    if (p->text.len == 0 || (point && decimals == 0) || n > PERCENT_MOST / scale)
        return bad_form(p, "is not a percentage; write it like 12.34");
    *ret = n * scale;
    return 0;
}

static int parse_bool(const struct parse *p, uint32_t *ret)
{
    if (!str_is(p->text, "true") && !str_is(p->text, "false"))
        return bad_form(p, "is neither true nor false");
    *ret = str_is(p->text, "true");
    return 0;
}

static int parse_enum(const struct parse *p, uint32_t *ret)
{
    char why[RECORD_ERR_SIZE - RECORD_ECHO_SIZE] = "is not one of";
    size_t len = strlen(why);

    for (unsigned i = 0; p->f->names[i] != NULL; i++) {
        if (str_is(p->text, p->f->names[i])) {
            *ret = i;
            return 0;
        }
        if (len < sizeof(why))
            len += (size_t)snprintf(why + len, sizeof(why) - len, "%s %s", i > 0 ? "," : "", p->f->names[i]);
    }
    return bad_form(p, why);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The ways in which devices write them: aa:bb:cc, aa-bb-cc, aabb.ccdd and aabbcc. Returns the number of
 * bytes, or -1. `to` holds half the text. */
static int64_t parse_hex(struct ipam_str s, uint8_t *to)
{
    char separator = s.len > 2 && (s.data[2] == ':' || s.data[2] == '-') ? s.data[2]
                   : s.len > 4 && s.data[4] == '.' ? '.' : '\0';
    size_t group = separator == '.' ? 2 : 1, count = 0;

    for (size_t i = 0; i < s.len; i += 2) {
        if (separator != '\0' && count > 0 && count % group == 0 && s.data[i++] != separator)
            return -1;
        if (i + 2 > s.len || hex_digit(s.data[i]) < 0 || hex_digit(s.data[i + 1]) < 0)
            return -1;
        to[count++] = (uint8_t)(hex_digit(s.data[i]) << 4 | hex_digit(s.data[i + 1]));
    }
    return (int64_t)count;
}

static int parse_bytes(const struct parse *p, struct ipam_bytes *ret)
{
    uint8_t *data = arena_alloc(p->arena, p->text.len / 2 + 1);
    int64_t count = data != NULL ? parse_hex(p->text, data) : 0;

    if (data == NULL)
        return bad(p->err, OUT_OF_MEMORY);
    if (count < 0)
        return bad_form(p, "is not hexadecimal; write it like aa:bb:cc");
    if (count == 0 && (p->f->flags & (FIELD_KEY | FIELD_REQUIRED)))
        return bad(p->err, "must not be empty");
    if (count > p->f->max)
        return bad(p->err, "must be at most %" PRId64 " bytes long, not %" PRId64, p->f->max, count);
    ret->data = data;
    ret->len = (size_t)count;
    return 0;
}

static int parse_addr(const struct parse *p, struct ipam_addr *ret)
{
    if (addr_parse(p->text.data, p->text.len, ret) == 0)
        return 0;
    return bad_form(p, "is not an IP address; write it like 10.1.2.3 or 2001:db8::1");
}

static int parse_prefix(const struct parse *p, struct ipam_prefix *ret)
{
    char shown[RECORD_ECHO_SIZE], meant[PREFIX_TEXT_MAX];
    struct ipam_prefix masked;

    if (prefix_parse(p->text.data, p->text.len, ret) == 0)
        return 0;
    if (prefix_parse_host(p->text.data, p->text.len, &masked) < 0)
        return bad_form(p, "is not a prefix; write it like 10.1.2.0/24 or 2001:db8::/64");
    prefix_print(&masked, meant);
    return bad(p->err, "%s has host bits set; did you mean %s?", record_echo(p->text, shown), meant);
}

static int parse_u128(const struct parse *p, struct ipam_u128 *ret)
{
    if (u128_parse(p->text.data, p->text.len, ret) == 0)
        return 0;
    return bad_form(p, "is not a count; write decimal digits, at most 2^128-1");
}

static int parse_time(const struct parse *p, int64_t *ret)
{
    int64_t ms;

    if (time_parse(p->text.data, p->text.len, &ms) < 0)
        return bad_form(p, "is not a time; write it like 2026-11-23T01:02:03Z");
    if (ms < 0 || ms > RECORD_TIME_MAX)
        return bad_form(p, "is not between 1970 and 9999");
    *ret = ms;
    return 0;
}

static int parse_text(const struct parse *p, struct ipam_str *ret)
{
    size_t control = control_character(p->text);
    char *copy;

    if (p->text.len == 0 && (p->f->flags & (FIELD_KEY | FIELD_REQUIRED)))
        return bad(p->err, "must not be empty");
    if (p->text.len > (size_t)p->f->max)
        return bad(p->err, "must be at most %" PRId64 " bytes long, not %zu", p->f->max, p->text.len);
    if (!utf8_valid(p->text.data, p->text.len))
        return bad(p->err, "must be UTF-8 text");
    if (control < p->text.len)
        return bad(p->err, "must not contain control characters; there is one at byte %zu", control + 1);
    copy = arena_memdup(p->arena, p->text.data, p->text.len);
    if (copy == NULL)
        return bad(p->err, OUT_OF_MEMORY);
    ret->data = copy;
    ret->len = p->text.len;
    return 0;
}

int value_take_json(const struct record_field *f, const struct json_doc *doc, const struct json *v,
                    struct arena *a, struct ipam_str *ret, char *err)
{
    struct ipam_str copy;
    struct strbuf b;
    int rc = 0;

    strbuf_init(&b, (size_t)f->max + 1);
    json_canonical(doc, v, &b);
    a->failed = a->failed || b.nomem;
    if (b.nomem)
        rc = bad(err, OUT_OF_MEMORY);
    else if (b.failed || b.len > (size_t)f->max)
        rc = bad(err, "must be at most %" PRId64 " bytes long", f->max);
    else if ((copy = arena_str(a, strbuf_str(&b))).data == NULL)
        rc = bad(err, OUT_OF_MEMORY);
    else
        *ret = copy;
    strbuf_fini(&b);
    return rc;
}

static int parse_json(const struct parse *p, struct ipam_str *ret)
{
    struct json_doc *doc;
    struct json_error why;
    int rc = json_parse(p->text.data, p->text.len, (size_t)p->f->max, &doc, &why);

    if (rc == IPAM_E_NOMEM)
        p->arena->failed = true;
    if (rc < 0)
        return bad(p->err, "is not JSON: %s at byte %zu", why.message, why.offset + 1);
    rc = value_take_json(p->f, doc, json_root(doc), p->arena, ret, p->err);
    json_free(doc);
    return rc;
}

struct record_field value_item_field(const struct record_field *f)
{
    struct record_field item = { .name = f->name, .min = 1, .max = 0 };

    if (f->kind == KIND_TEXTS) {
        item.kind = KIND_TEXT;
        item.flags = FIELD_REQUIRED; /* an empty item says nothing, and CSV cannot show it */
        item.min = 0;
        item.max = RECORD_ITEM_MAX;
    } else {
        item.kind = f->kind == KIND_ADDRS ? KIND_ADDR : KIND_INT;
    }
    return item;
}

size_t value_item_size(const struct record_field *f)
{
    return f->kind == KIND_TEXTS ? sizeof(struct ipam_str)
         : f->kind == KIND_ADDRS ? sizeof(struct ipam_addr) : sizeof(int64_t);
}

void value_set_list(const struct record_field *f, void *at, const void *items, size_t count)
{
    if (f->kind == KIND_TEXTS)
        *(struct ipam_strs *)at = (struct ipam_strs){ items, count };
    else if (f->kind == KIND_ADDRS)
        *(struct ipam_addrs *)at = (struct ipam_addrs){ items, count };
    else
        *(struct ipam_ints *)at = (struct ipam_ints){ items, count };
}

static bool is_separator(const struct record_field *f, char c)
{
    return c == '\n' || (!(f->flags & FIELD_PHRASES) && (c == ' ' || c == ',' || c == '\t'));
}

/* Cuts the next item of a list off the text; absent at the end. */
static struct ipam_str next_item(const struct record_field *f, struct ipam_str *text)
{
    struct ipam_str item = { NULL, 0 };

    while (text->len > 0 && is_separator(f, text->data[0])) {
        text->data++;
        text->len--;
    }
    if (text->len > 0)
        item.data = text->data;
    while (item.len < text->len && !is_separator(f, text->data[item.len]))
        item.len++;
    text->data += item.len;
    text->len -= item.len;
    return item;
}

static int parse_list(const struct parse *p, void *at)
{
    struct record_field item = value_item_field(p->f);
    struct ipam_str left = p->text;
    size_t count = 0, size = value_item_size(p->f);
    char *items;
    int rc = 0;

    while (next_item(p->f, &left).data != NULL)
        count++;
    if (count > (size_t)p->f->max)
        return bad(p->err, "must have at most %" PRId64 " items, not %zu", p->f->max, count);
    items = arena_alloc(p->arena, count > 0 ? count * size : 1);
    if (items == NULL)
        return bad(p->err, OUT_OF_MEMORY);
    left = p->text;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = value_parse(&item, next_item(p->f, &left), p->arena, items + i * size, p->err);
    if (rc == 0)
        value_set_list(p->f, at, items, count);
    return rc;
}

int value_parse(const struct record_field *f, struct ipam_str text, struct arena *a, void *at, char *err)
{
    struct parse p = { f, text.data != NULL ? text : IPAM_STR(""), a, err };

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        return parse_int(&p, at);
    case KIND_TIME:
        return parse_time(&p, at);
    case KIND_BOOL:
        return parse_bool(&p, at);
    case KIND_ENUM:
        return parse_enum(&p, at);
    case KIND_TEXT:
        return parse_text(&p, at);
    case KIND_BYTES:
        return parse_bytes(&p, at);
    case KIND_ADDR:
        return parse_addr(&p, at);
    case KIND_PREFIX:
        return parse_prefix(&p, at);
    case KIND_U128:
        return parse_u128(&p, at);
    case KIND_PERCENT:
        return parse_percent(&p, at);
    case KIND_JSON:
        return parse_json(&p, at);
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        return parse_list(&p, at);
    }
    return IPAM_E_BUG;
}

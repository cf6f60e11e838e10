/* option_value.c - the value of an option between Kea's text, the bytes that are sent, and texts of ours.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 2132, RFC 8415; ARM, "Standard DHCP option types". What Kea would not take is refused, so that a value
 * is either exactly what is sent or not told at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ipam/records.h"
#include "net/addr.h"
#include "option.h"

#define TYPE(word)      IPAM_OPTION_DEFINITION_TYPE_##word
#define NAME_BYTES_MAX  255 /* RFC 1035 2.3.4 */
#define LABEL_BYTES_MAX 63
#define ROUTES_CODE     121 /* RFC 3442 */
#define SZTP_CODE4      143 /* RFC 8572: the one tuple of DHCPv4 with a length of two bytes */

static bool is_routes(const struct kea_definition *d)
{
    return d->internal && d->code == ROUTES_CODE && str_is(d->space, "dhcp4");
}

static size_t tuple_length_bytes(const struct kea_definition *d, enum kea_service s)
{
    return s == KEA_DHCP6 || (d->code == SZTP_CODE4 && str_is(d->space, "dhcp4")) ? 2 : 1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static struct ipam_str trimmed(struct ipam_str s)
{
    while (s.len && is_blank(s.data[0]))
        s.data++, s.len--;
    while (s.len && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

int kea_option_split(struct ipam_str text, struct arena *a, struct ipam_strs *ret)
{
    size_t most = 1, count = 0, used = 0;
    struct ipam_str *parts;
    char *out;

    for (size_t i = 0; i < text.len; i++)
        most += text.data[i] == ',';
    parts = arena_alloc(a, most * sizeof(*parts));
    out = arena_alloc(a, text.len + 1);
    if (!parts || !out)
        return IPAM_E_NOMEM;
    for (size_t i = 0; i < text.len;) {
        size_t from = used;

        while (i < text.len && text.data[i] != ',') {
            /* A backslash before a comma or another backslash is gone, before anything else it stays. */
            if (text.data[i] == '\\' && i + 1 < text.len &&
                (text.data[i + 1] == '\\' || text.data[i + 1] == ','))
                i++;
            out[used++] = text.data[i++];
        }
        if (used > from)
            parts[count++] = trimmed((struct ipam_str){ out + from, used - from });
        i++;
    }
    *ret = (struct ipam_strs){ parts, count };
    return 0;
}

/* --- from text --- */

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decimal, or hexadecimal with or without 0x, as Kea reads numbers. */
static bool parse_number(struct ipam_str s, int64_t low, int64_t high, int64_t *ret)
{
    char text[24], *end;
    long long n;

    if (s.len == 0 || s.len >= sizeof(text) || is_blank(s.data[0]))
        return false;
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    n = strtoll(text, &end, 10);
    if (*end)
        n = strtoll(text, &end, 16);
    if (*end || end == text || n < low || n > high)
        return false;
    *ret = n;
    return true;
}

static bool put_number(struct strbuf *out, struct ipam_str s, int64_t low, int64_t high, int bytes)
{
    int64_t n;

    if (!parse_number(s, low, high, &n))
        return false;
    for (int i = bytes - 1; i >= 0; i--)
        strbuf_putc(out, (char)((uint64_t)n >> (8 * i)));
    return true;
}

static bool put_boolean(struct strbuf *out, struct ipam_str s)
{
    int64_t n;
    bool yes = s.len == 4 && strncasecmp(s.data, "true", 4) == 0;

    if (!yes && !(s.len == 5 && strncasecmp(s.data, "false", 5) == 0)) {
        if (!parse_number(s, 0, 1, &n))
            return false;
        yes = n == 1;
    }
    strbuf_putc(out, yes ? 1 : 0);
    return true;
}

static bool put_binary(struct strbuf *out, struct ipam_str s)
{
    bool high = s.len % 2 == 0;
    int byte = 0;

    for (size_t i = 0; i < s.len; i++, high = !high) {
        int d = digit(s.data[i]);

        if (d < 0)
            return false;
        byte = high ? d << 4 : byte | d;
        if (!high) {
            strbuf_putc(out, (char)byte);
            byte = 0;
        }
    }
    return true;
}

static bool put_address(struct strbuf *out, struct ipam_str s, uint8_t family)
{
    struct ipam_addr a;

    if (addr_parse(s.data, s.len, &a) || a.family != family)
        return false;
    strbuf_add(out, a.bytes, family == 4 ? 4 : 16);
    return true;
}

/* One escape of a master file (RFC 1035 5.1) at *at, or a plain character. */
static bool next_char(struct ipam_str s, size_t *at, char *ret, bool *ret_escaped)
{
    *ret_escaped = s.data[*at] == '\\';
    if (!*ret_escaped) {
        *ret = s.data[(*at)++];
        return true;
    }
    if (*at + 1 >= s.len)
        return false;
    if (s.data[*at + 1] >= '0' && s.data[*at + 1] <= '9') {
        int n = 0;

        if (*at + 3 >= s.len)
            return false;

        for (size_t i = *at + 1; i <= *at + 3; i++) {
            if (s.data[i] < '0' || s.data[i] > '9')
                return false;
            n = 10 * n + (s.data[i] - '0');
        }
        *ret = (char)n;
        *at += 4;
        return n <= 255;
    }
    *ret = s.data[*at + 1];
    *at += 2;
    return true;
}

static bool put_name(struct strbuf *out, struct ipam_str s)
{
    uint8_t wire[NAME_BYTES_MAX + 1];
    size_t used = 1, label = 0; /* label: where the length of the label under way stands */
    bool ended = false;

    if (s.len == 0)
        return false;
    for (size_t at = 0; at < s.len && !(s.len == 1 && s.data[0] == '.');) {
        bool escaped;
        char c;

        if (!next_char(s, &at, &c, &escaped))
            return false;
        ended = c == '.' && !escaped;
        if (ended ? used == label + 1 : used - label > LABEL_BYTES_MAX)
            return false;
        if (used >= NAME_BYTES_MAX)
            return false;
        if (ended) {
            wire[label] = (uint8_t)(used - label - 1);
            label = used;
        } else {
            wire[used] = (uint8_t)c;
        }
        used++;
    }
    if (!ended && used > 1) {
        wire[label] = (uint8_t)(used - label - 1);
        label = used++;
    }
    wire[label] = 0;
    strbuf_add(out, wire, label + 1);
    return true;
}

static bool put_prefix(struct strbuf *out, struct ipam_str s)
{
    struct ipam_prefix p;
    char text[PREFIX_TEXT_MAX];
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++)
        if (!is_blank(s.data[i])) {
            if (len == sizeof(text))
                return false;
            text[len++] = s.data[i];
        }
    if (prefix_parse_host(text, len, &p) || p.addr.family != 6)
        return false;
    strbuf_putc(out, (char)p.length);
    strbuf_add(out, p.addr.bytes, (p.length + 7) / 8);
    return true;
}

/* "3/4": the port set 3, which has 4 bits (RFC 7598 5.1). */
static bool put_psid(struct strbuf *out, struct ipam_str s)
{
    const char *slash = memchr(s.data, '/', s.len);
    struct ipam_str number, bits;
    int64_t n, len;

    if (!slash)
        return false;
    number = trimmed((struct ipam_str){ s.data, (size_t)(slash - s.data) });
    bits = trimmed((struct ipam_str){ slash + 1, (size_t)(s.data + s.len - slash - 1) });
    if (!parse_number(bits, 0, 16, &len) || !parse_number(number, 0, UINT16_MAX, &n) || n >> len)
        return false;
    n <<= 16 - len;
    strbuf_putc(out, (char)len);
    strbuf_putc(out, (char)(n >> 8));
    strbuf_putc(out, (char)n);
    return true;
}

static bool put_tuple(struct strbuf *out, struct ipam_str s, size_t length_bytes)
{
    if (s.len == 0 || s.len > (length_bytes == 1 ? UINT8_MAX : UINT16_MAX))
        return false;
    if (length_bytes == 2)
        strbuf_putc(out, (char)(s.len >> 8));
    strbuf_putc(out, (char)s.len);
    strbuf_addstr(out, s);
    return true;
}

/* "10.0.0.0/8 - 10.0.0.1" */
static bool put_route(struct strbuf *out, struct ipam_str s)
{
    const char *dash = memchr(s.data, '-', s.len);
    struct ipam_str net, router;
    struct ipam_prefix p;

    if (!dash)
        return false;
    net = trimmed((struct ipam_str){ s.data, (size_t)(dash - s.data) });
    router = trimmed((struct ipam_str){ dash + 1, (size_t)(s.data + s.len - dash - 1) });
    if (prefix_parse_host(net.data, net.len, &p) || p.addr.family != 4)
        return false;
    strbuf_putc(out, (char)p.length);
    strbuf_add(out, p.addr.bytes, (p.length + 7) / 8);
    return put_address(out, router, 4);
}

static bool put_one(struct strbuf *out, uint32_t type, struct ipam_str s, size_t tuple)
{
    switch (type) {
    case TYPE(BINARY): return put_binary(out, s);
    case TYPE(BOOLEAN): return put_boolean(out, s);
    case TYPE(UINT8): return put_number(out, s, 0, UINT8_MAX, 1);
    case TYPE(UINT16): return put_number(out, s, 0, UINT16_MAX, 2);
    case TYPE(UINT32): return put_number(out, s, 0, UINT32_MAX, 4);
    case TYPE(INT8): return put_number(out, s, INT8_MIN, INT8_MAX, 1);
    case TYPE(INT16): return put_number(out, s, INT16_MIN, INT16_MAX, 2);
    case TYPE(INT32): return put_number(out, s, INT32_MIN, INT32_MAX, 4);
    case TYPE(IPV4): return put_address(out, s, 4);
    case TYPE(IPV6): return put_address(out, s, 6);
    case TYPE(PREFIX): return put_prefix(out, s);
    case TYPE(PSID): return put_psid(out, s);
    case TYPE(NAME): return put_name(out, s);
    case TYPE(TUPLE): return put_tuple(out, s, tuple);
    case TYPE(TEXT): strbuf_addstr(out, s); return s.len > 0;
    default: return false; /* none that stands in a part */
    }
}

static bool put_parts(struct strbuf *out, const struct kea_definition *d, enum kea_service s,
                      struct ipam_strs parts)
{
    size_t tuple = tuple_length_bytes(d, s), fields = d->type == TYPE(RECORD) ? d->field_count : 1;
    size_t used = d->array ? parts.count : fields;

    if (d->type == TYPE(EMPTY) || d->type == TYPE(ENCAPSULATED))
        return true;
    if (parts.count < fields)
        return false;
    for (size_t i = 0; i < used; i++) {
        size_t field = i < fields ? i : fields - 1;
        uint32_t type = d->type == TYPE(RECORD) ? d->fields[field] : d->type;

        if (!put_one(out, type, parts.items[i], tuple))
            return false;
    }
    return true;
}

int kea_option_encode(const struct kea_definition *d, enum kea_service s, struct ipam_strs parts,
                      struct arena *a, struct ipam_bytes *ret)
{
    struct strbuf out;
    bool good;
    void *copy;

    strbuf_init(&out, KEA_OPTION_DATA_MAX);
    if (is_routes(d)) {
        good = parts.count > 0;
        for (size_t i = 0; i < parts.count && good; i++)
            good = put_route(&out, parts.items[i]);
    } else {
        good = !d->internal && put_parts(&out, d, s, parts);
    }
    if (good && out.failed)
        good = false; /* longer than any option */
    copy = good ? arena_memdup(a, out.data ? out.data : "", out.len) : NULL;
    if (copy)
        *ret = (struct ipam_bytes){ copy, out.len };
    strbuf_fini(&out);
    return !good ? IPAM_E_INVAL : copy ? 0 : IPAM_E_NOMEM;
}

/* --- from bytes --- */

/* What is read, and the texts made of it. */
struct decoder {
    const struct kea_definition *d;
    struct ipam_bytes data;
    size_t at, tuple;
    struct arena *arena;
    struct strbuf text; /* of one value */
    struct ipam_str *values;
    size_t count, most;
};

static size_t left(const struct decoder *k)
{
    return k->data.len - k->at;
}

static bool get_number(struct decoder *k, size_t bytes, bool is_signed)
{
    uint64_t n = 0;

    if (left(k) < bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | k->data.data[k->at++];
    if (is_signed && n >> (8 * bytes - 1))
        strbuf_printf(&k->text, "-%llu", (unsigned long long)(((uint64_t)1 << (8 * bytes)) - n));
    else
        strbuf_printf(&k->text, "%llu", (unsigned long long)n);
    return true;
}

static bool get_boolean(struct decoder *k)
{
    if (left(k) < 1 || k->data.data[k->at] > 1)
        return false;
    strbuf_puts(&k->text, k->data.data[k->at++] ? "true" : "false");
    return true;
}

static bool get_address(struct decoder *k, uint8_t family)
{
    size_t bytes = family == 4 ? 4 : 16;
    struct ipam_addr a = { .family = family };
    char text[ADDR_TEXT_MAX];

    if (left(k) < bytes)
        return false;
    memcpy(a.bytes, k->data.data + k->at, bytes);
    k->at += bytes;
    addr_print(&a, text);
    strbuf_puts(&k->text, text);
    return true;
}

static bool get_binary(struct decoder *k)
{
    for (size_t i = 0; k->at < k->data.len; i++, k->at++)
        strbuf_printf(&k->text, "%s%02x", i ? ":" : "", k->data.data[k->at]);
    return true;
}

static bool add_text(struct decoder *k, size_t len)
{
    const char *text = (const char *)k->data.data + k->at;

    if (left(k) < len || !utf8_valid(text, len))
        return false;
    strbuf_add(&k->text, text, len);
    k->at += len;
    return true;
}

static bool get_tuple(struct decoder *k)
{
    size_t len = 0;

    if (left(k) < k->tuple)
        return false;
    for (size_t i = 0; i < k->tuple; i++)
        len = len << 8 | k->data.data[k->at++];
    return add_text(k, len);
}

static bool get_name(struct decoder *k)
{
    size_t total = 0;

    for (;;) {
        size_t len;

        if (left(k) < 1)
            return false;
        len = k->data.data[k->at++];
        total += len + 1;
        if (len > LABEL_BYTES_MAX || len > left(k) || total > NAME_BYTES_MAX)
            return false; /* also a pointer: Kea writes none */
        if (len == 0)
            break;
        if (k->text.len)
            strbuf_putc(&k->text, '.');
        for (size_t i = 0; i < len; i++) {
            uint8_t c = k->data.data[k->at++];

            if (c <= ' ' || c >= 0x7f)
                strbuf_printf(&k->text, "\\%03u", c);
            else if (c == '.' || c == '\\')
                strbuf_printf(&k->text, "\\%c", c);
            else
                strbuf_putc(&k->text, (char)c);
        }
    }
    if (!k->text.len)
        strbuf_putc(&k->text, '.');
    return true;
}

static bool get_prefix(struct decoder *k, uint8_t family)
{
    struct ipam_prefix p = { .addr = { .family = family } };
    char text[PREFIX_TEXT_MAX];
    size_t bytes;

    if (left(k) < 1 || k->data.data[k->at] > addr_bits(family))
        return false;
    p.length = k->data.data[k->at++];
    bytes = ((size_t)p.length + 7) / 8;
    if (left(k) < bytes)
        return false;
    memcpy(p.addr.bytes, k->data.data + k->at, bytes);
    k->at += bytes;
    prefix_mask(&p);
    prefix_print(&p, text);
    strbuf_puts(&k->text, text);
    return true;
}

static bool get_psid(struct decoder *k)
{
    unsigned bits, n;

    if (left(k) < 3 || k->data.data[k->at] > 16)
        return false;
    bits = k->data.data[k->at];
    n = (unsigned)k->data.data[k->at + 1] << 8 | k->data.data[k->at + 2];
    k->at += 3;
    strbuf_printf(&k->text, "%u/%u", bits ? n >> (16 - bits) : 0, bits);
    return true;
}

static bool get_one(struct decoder *k, uint32_t type)
{
    switch (type) {
    case TYPE(BINARY): return get_binary(k);
    case TYPE(BOOLEAN): return get_boolean(k);
    case TYPE(UINT8): return get_number(k, 1, false);
    case TYPE(UINT16): return get_number(k, 2, false);
    case TYPE(UINT32): return get_number(k, 4, false);
    case TYPE(INT8): return get_number(k, 1, true);
    case TYPE(INT16): return get_number(k, 2, true);
    case TYPE(INT32): return get_number(k, 4, true);
    case TYPE(IPV4): return get_address(k, 4);
    case TYPE(IPV6): return get_address(k, 6);
    case TYPE(PREFIX): return get_prefix(k, 6);
    case TYPE(PSID): return get_psid(k);
    case TYPE(NAME): return get_name(k);
    case TYPE(TUPLE): return get_tuple(k);
    case TYPE(TEXT): return add_text(k, left(k));
    default: return false;
    }
}

static bool get_route(struct decoder *k)
{
    if (!get_prefix(k, 4))
        return false;
    strbuf_puts(&k->text, " - ");
    return get_address(k, 4);
}

/* Takes over the value that was read. */
static int keep(struct decoder *k)
{
    if (k->text.failed || k->count == k->most)
        return IPAM_E_TOOBIG;
    k->values[k->count] = arena_str(k->arena, k->text.data ? strbuf_str(&k->text) : IPAM_STR(""));
    if (!k->values[k->count].data)
        return IPAM_E_NOMEM;
    k->count++;
    strbuf_reset(&k->text);
    return 0;
}

static int decode(struct decoder *k)
{
    const struct kea_definition *d = k->d;
    size_t fields = d->type == TYPE(RECORD) ? d->field_count : 1;
    int status = 0;

    if (d->type == TYPE(EMPTY) || d->type == TYPE(ENCAPSULATED))
        return k->data.len == 0 || d->type == TYPE(ENCAPSULATED) ? 0 : IPAM_E_INVAL;
    for (size_t i = 0; status == 0 && (i < fields || (d->array && left(k) > 0)); i++) {
        size_t field = i < fields ? i : fields - 1;
        bool good =
            is_routes(d) ? get_route(k) : get_one(k, d->type == TYPE(RECORD) ? d->fields[field] : d->type);

        status = good ? keep(k) : IPAM_E_INVAL;
    }
    if (status == 0 && is_routes(d))
        while (status == 0 && left(k) > 0)
            status = get_route(k) ? keep(k) : IPAM_E_INVAL;
    if (status == 0 && left(k) > 0 && !d->encapsulates.len)
        return IPAM_E_INVAL; /* more than the definition has room for */
    return status;
}

int kea_option_decode(const struct kea_definition *d, enum kea_service s, struct ipam_bytes data,
                      struct arena *a, struct ipam_strs *ret)
{
    struct decoder k = { .d = d, .data = data, .tuple = tuple_length_bytes(d, s), .arena = a };
    int status;

    if (d->internal && !is_routes(d))
        return IPAM_E_INVAL;
    k.most = data.len < KEA_OPTION_VALUES_MAX ? data.len + 1
                                              : KEA_OPTION_VALUES_MAX; /* no value but one takes no byte */
    k.values = arena_alloc(a, k.most * sizeof(*k.values));
    if (!k.values)
        return IPAM_E_NOMEM;
    strbuf_init(&k.text, KEA_VALUE_MAX);
    status = decode(&k);
    strbuf_fini(&k.text);
    if (status)
        return status;
    *ret = (struct ipam_strs){ k.values, k.count };
    return 0;
}

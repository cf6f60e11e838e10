/* eval_read.c - the parts of a test that read the message: options, fields, data of vendors.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eval_p.h"

#define PATH_MOST 8
#define SHOWN_MAX 48 /* bytes of a value in a reason */

static void show(struct strbuf *out, struct ipam_bytes b)
{
    size_t n = b.len < SHOWN_MAX ? b.len : SHOWN_MAX;
    bool plain = b.len > 0;

    for (size_t i = 0; i < b.len; i++)
        plain = plain && b.data[i] >= ' ' && b.data[i] < 127 && b.data[i] != '\'';
    strbuf_puts(out, plain || b.len == 0 ? "'" : "0x");
    for (size_t i = 0; i < n; i++)
        plain ? strbuf_putc(out, (char)b.data[i]) : strbuf_printf(out, "%02x", b.data[i]);
    strbuf_puts(out, n < b.len ? ".." : "");
    strbuf_puts(out, plain || b.len == 0 ? "'" : "");
}

/* What was read of the message: a value, "" where it has none, or nothing that is known. */
static struct value read_value(struct eval *e, const char *name, enum kea_found found, struct ipam_bytes data)
{
    if (found == KEA_UNTOLD)
        return eval_untold(e, false, name);
    if (found == KEA_MISSING)
        data = (struct ipam_bytes){ (const uint8_t *)"", 0 };
    strbuf_printf(&e->read, "%s%s is ", e->read.len ? ", " : "", name);
    if (found == KEA_MISSING)
        strbuf_puts(&e->read, "not sent");
    else
        show(&e->read, data);
    return eval_text(data);
}

static struct value read_exists(struct eval *e, const char *name, enum kea_found found)
{
    if (found == KEA_UNTOLD)
        return eval_untold(e, true, name);
    strbuf_printf(&e->read, "%s%s is %ssent", e->read.len ? ", " : "", name,
                  found == KEA_THERE ? "" : "not ");
    return eval_truth(found == KEA_THERE);
}

/* --- options --- */

static bool parse_code(struct eval *e, int64_t *ret)
{
    const struct kea_definitions *d = e->q->definitions;

    if (e->s.token != T_WORD)
        return eval_int(e, ret);
    for (size_t i = 0; i < d->count; i++)
        if (str_equal(d->items[i].name, e->s.text) &&
            str_is(d->items[i].space, kea_own_space(e->q->service))) {
            *ret = d->items[i].code;
            eval_next(&e->s);
            return true;
        }
    eval_not_understood(e, "it names an option that is not defined");
    return false;
}

/* "[12].option[3].": the codes of a path up to the last point. */
static bool parse_path(struct eval *e, int64_t *path, size_t *count)
{
    for (;;) {
        if (*count == PATH_MOST) {
            eval_not_understood(e, "options are in one another too deep");
            return false;
        }
        if (!eval_expect(e, '[') || !parse_code(e, &path[*count]) || !eval_expect(e, ']') ||
            !eval_expect(e, '.'))
            return false;
        (*count)++;
        if (!eval_is_word(e, "option"))
            return true;
        eval_next(&e->s);
    }
}

static const char *path_name(struct eval *e, const char *first, const int64_t *path, size_t count)
{
    char *name = arena_printf(e->a, "%s[%lld]", first, (long long)path[0]);

    for (size_t i = 1; i < count && name; i++)
        name = arena_printf(e->a, "%s.option[%lld]", name, (long long)path[i]);
    return name ? name : first;
}

/* hex, text or exists, of what was found. `texts`: it is a text, so that both are the same. */
static struct value parse_form(struct eval *e, const char *name, enum kea_found found, struct ipam_bytes data,
                               bool texts)
{
    if (eval_is_word(e, "exists")) {
        eval_next(&e->s);
        return read_exists(e, name, found);
    }
    if (!eval_is_word(e, "hex") && !eval_is_word(e, "text"))
        return eval_not_understood(e, "hex, text or exists is expected of an option");
    name = arena_printf(e->a, "%s." STR_FMT, name, STR_ARG(e->s.text));
    if (eval_is_word(e, "text") && found == KEA_THERE && !texts)
        found = KEA_UNTOLD; /* how the server writes what is no text is its own */
    eval_next(&e->s);
    return read_value(e, name ? name : "", found, data);
}

static struct value parse_option(struct eval *e)
{
    struct ipam_bytes data = { NULL, 0 };
    int64_t path[PATH_MOST];
    enum kea_found found;
    size_t count = 0;

    if (!parse_path(e, path, &count))
        return eval_text(data);
    found = kea_packet_option(e->q, path, count, &data);
    return parse_form(e, path_name(e, "option", path, count), found, data,
                      count == 1 && kea_packet_is_text(e->q, path[0]));
}

static struct value parse_relay4(struct eval *e)
{
    struct ipam_bytes data = { NULL, 0 };
    int64_t path[PATH_MOST] = { 82 };
    enum kea_found found;
    size_t count = 1;

    if (e->q->service != KEA_DHCP4)
        return eval_not_understood(e, "relay4 is of DHCPv4");
    if (!parse_path(e, path, &count))
        return eval_text(data);
    found = kea_packet_option(e->q, path, count, &data);
    return parse_form(e, path_name(e, "relay4", path + 1, count - 1), found, data, false);
}

/* Of the one relay that there is: the nearest to the server, and to the client. */
static struct value parse_relay6(struct eval *e)
{
    struct ipam_bytes data = { NULL, 0 };
    struct ipam_str field;
    const char *name;
    int64_t nest, path[PATH_MOST];
    enum kea_found found;
    size_t count = 0;

    if (e->q->service != KEA_DHCP6)
        return eval_not_understood(e, "relay6 is of DHCPv6");
    if (!eval_expect(e, '[') || !eval_int(e, &nest) || !eval_expect(e, ']') || !eval_expect(e, '.'))
        return eval_text(data);
    name = arena_printf(e->a, "relay6[%lld]", (long long)nest);
    field = e->s.text;
    if (eval_is_word(e, "option")) {
        eval_next(&e->s);
        return parse_path(e, path, &count) ? parse_form(e, name, KEA_UNTOLD, data, false) : eval_text(data);
    }
    eval_next(&e->s);
    name = arena_printf(e->a, "%s." STR_FMT, name, STR_ARG(field));
    if (nest != 0 && nest != -1)
        return eval_untold(e, false, name);
    found = kea_packet_field(e->q, IPAM_STR("relay6"), field, e->a, &data);
    return read_value(e, name, found, data);
}

static struct value parse_field(struct eval *e, struct ipam_str object)
{
    struct ipam_bytes data = { NULL, 0 };
    struct ipam_str field;
    enum kea_found found;

    if (!eval_expect(e, '.'))
        return eval_text(data);
    field = e->s.text;
    found = kea_packet_field(e->q, object, field, e->a, &data);
    if (e->s.token != T_WORD || found == KEA_MISSING)
        return eval_not_understood(e, "it names a field of the message that there is not");
    eval_next(&e->s);
    return read_value(e, arena_printf(e->a, STR_FMT "." STR_FMT, STR_ARG(object), STR_ARG(field)), found,
                      data);
}

/* vendor and vendor-class, after "[4491]." */
static struct value parse_of_enterprise(struct eval *e, bool class_option, int64_t enterprise)
{
    struct ipam_bytes within = { NULL, 0 }, data = { NULL, 0 };
    uint32_t number = 0;
    enum kea_found found = kea_packet_vendor(e->q, class_option, enterprise, &number, &within);
    const char *name =
        arena_printf(e->a, "%s[%lld]", class_option ? "vendor-class" : "vendor", (long long)enterprise);
    int64_t index = 0;

    if (eval_is_word(e, "exists"))
        return parse_form(e, name, found, within, false);
    if (class_option && eval_is_word(e, "data")) {
        eval_next(&e->s);
        if (eval_is_mark(e, '[') && (!eval_expect(e, '[') || !eval_int(e, &index) || !eval_expect(e, ']')))
            return eval_text(data);
        if (found == KEA_THERE)
            found = kea_packet_tuple(e->q, within, index, &data);
        return read_value(e, arena_printf(e->a, "%s.data", name), found, data);
    }
    if (class_option || !eval_is_word(e, "option"))
        return eval_not_understood(e, "vendor data is read by option, data, exists or enterprise");
    eval_next(&e->s);
    if (!eval_expect(e, '[') || !eval_int(e, &index) || !eval_expect(e, ']') || !eval_expect(e, '.'))
        return eval_text(data);
    if (found == KEA_THERE)
        found = kea_packet_suboption(e->q, within, index, &data);
    if (eval_is_word(e, "option"))
        return eval_not_understood(e, "options inside options of vendors are not read");
    return parse_form(e, arena_printf(e->a, "%s.option[%lld]", name, (long long)index), found, data, false);
}

static struct value parse_vendor(struct eval *e, bool class_option)
{
    struct ipam_bytes data = { NULL, 0 };
    uint32_t number = 0;
    int64_t enterprise = 0;
    enum kea_found found;
    uint8_t bytes[4];

    if (eval_is_mark(e, '.')) {
        eval_next(&e->s);
        if (!eval_is_word(e, "enterprise"))
            return eval_not_understood(e, "enterprise is expected");
        eval_next(&e->s);
        found = kea_packet_vendor(e->q, class_option, 0, &number, &data);
        for (int i = 0; i < 4; i++)
            bytes[i] = (uint8_t)(number >> (24 - 8 * i));
        data = (struct ipam_bytes){ (const uint8_t *)arena_memdup(e->a, bytes, 4), 4 };
        return read_value(e, class_option ? "vendor-class.enterprise" : "vendor.enterprise", found, data);
    }
    if (!eval_expect(e, '['))
        return eval_text(data);
    if (eval_is_mark(e, '*'))
        eval_next(&e->s);
    else if (!eval_int(e, &enterprise))
        return eval_text(data);
    if (!eval_expect(e, ']') || !eval_expect(e, '.'))
        return eval_text(data);
    return parse_of_enterprise(e, class_option, enterprise);
}

bool eval_read(struct eval *e, struct ipam_str word, struct value *ret)
{
    if (str_is(word, "option"))
        *ret = parse_option(e);
    else if (str_is(word, "relay4"))
        *ret = parse_relay4(e);
    else if (str_is(word, "relay6"))
        *ret = parse_relay6(e);
    else if (str_is(word, "vendor") || str_is(word, "vendor-class"))
        *ret = parse_vendor(e, str_is(word, "vendor-class"));
    else if (str_is(word, "pkt") || str_is(word, "pkt4") || str_is(word, "pkt6"))
        *ret = parse_field(e, word);
    else
        return false;
    return true;
}

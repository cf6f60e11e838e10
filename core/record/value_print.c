/* value_print.c - writes one value as text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/clock.h"
#include "net/addr.h"
#include "record/field.h"

void bytes_print(struct ipam_bytes b, struct strbuf *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = b.len > 0 ? b.len * 3 - 1 : 0;
    char *p = strbuf_room(out, len);

    if (p == NULL)
        return;
    for (size_t i = 0; i < b.len; i++) {
        if (i > 0)
            *p++ = ':';
        *p++ = digits[b.data[i] >> 4];
        *p++ = digits[b.data[i] & 15];
    }
    strbuf_advance(out, len);
}

void percent_print(int64_t hundredths, struct strbuf *out)
{
    strbuf_printf(out, "%" PRId64 ".%02" PRId64, hundredths / 100, hundredths % 100);
}

static void addr_add_to(const struct ipam_addr *a, struct strbuf *out)
{
    char buf[ADDR_TEXT_MAX];
    strbuf_add(out, buf, addr_print(a, buf));
}

static void list_print(const struct record_field *f, const void *at, const char *separator,
                       struct strbuf *out)
{
    if (f->kind == KIND_TEXTS) {
        const struct ipam_strs *l = at;
        for (size_t i = 0; i < l->count; i++) {
            strbuf_puts(out, i > 0 ? separator : "");
            strbuf_addstr(out, l->items[i]);
        }
    } else if (f->kind == KIND_INTS) {
        const struct ipam_ints *l = at;
        for (size_t i = 0; i < l->count; i++)
            strbuf_printf(out, "%s%" PRId64, i > 0 ? separator : "", l->items[i]);
    } else {
        const struct ipam_addrs *l = at;
        for (size_t i = 0; i < l->count; i++) {
            strbuf_puts(out, i > 0 ? separator : "");
            addr_add_to(&l->items[i], out);
        }
    }
}

static void enum_print(const struct record_field *f, uint32_t value, struct strbuf *out)
{
    const char *name = enum_name(f, value);

    if (name != NULL)
        strbuf_puts(out, name);
    else
        strbuf_printf(out, "%" PRIu32, value); /* a newer version's value */
}

void value_print(const struct record_field *f, const void *rec, const char *separator, struct strbuf *out)
{
    const void *at = field_at(f, rec);
    char buf[PREFIX_TEXT_MAX];

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        strbuf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case KIND_TIME:
        strbuf_add(out, buf, time_print(*(const int64_t *)at, buf));
        break;
    case KIND_BOOL:
        strbuf_puts(out, *(const uint32_t *)at ? "true" : "false");
        break;
    case KIND_ENUM:
        enum_print(f, *(const uint32_t *)at, out);
        break;
    case KIND_TEXT:
    case KIND_JSON:
        strbuf_addstr(out, *(const struct ipam_str *)at);
        break;
    case KIND_BYTES:
        bytes_print(*(const struct ipam_bytes *)at, out);
        break;
    case KIND_ADDR:
        addr_add_to(at, out);
        break;
    case KIND_PREFIX:
        strbuf_add(out, buf, prefix_print(at, buf));
        break;
    case KIND_U128:
        strbuf_add(out, buf, u128_print(*(const struct ipam_u128 *)at, buf));
        break;
    case KIND_PERCENT:
        percent_print(*(const int64_t *)at, out);
        break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        list_print(f, at, separator, out);
        break;
    }
}

/* sortkey.c - bytes that order like the values, for index columns and cursors.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record/field.h"

static void add_be64(uint64_t n, struct strbuf *out)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> (56 - 8 * i));
    strbuf_add(out, bytes, sizeof(bytes));
}

static void add_addr(const struct ipam_addr *a, struct strbuf *out)
{
    strbuf_putc(out, (char)a->family);
    strbuf_add(out, a->bytes, a->family == 4 ? 4 : 16);
}

void record_field_sortkey(const struct record_field *f, const void *rec, struct strbuf *out)
{
    const void *at = field_at(f, rec);

    if (!record_has(rec, f->number))
        return;
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_REF:
    case KIND_PERCENT:
        add_be64((uint64_t)*(const int64_t *)at ^ (uint64_t)1 << 63, out);
        break;
    case KIND_BOOL:
    case KIND_ENUM:
        add_be64(*(const uint32_t *)at ^ (uint64_t)1 << 63, out);
        break;
    case KIND_TEXT:
    case KIND_JSON:
    case KIND_BYTES: {
        struct ipam_bytes b = field_bytes(f, rec);
        strbuf_add(out, b.data, b.len);
        break;
    }
    case KIND_ADDR:
        add_addr(at, out);
        break;
    case KIND_PREFIX:
        add_addr(&((const struct ipam_prefix *)at)->addr, out);
        strbuf_putc(out, (char)((const struct ipam_prefix *)at)->length);
        break;
    case KIND_U128:
        add_be64(((const struct ipam_u128 *)at)->hi, out);
        add_be64(((const struct ipam_u128 *)at)->lo, out);
        break;
    case KIND_TEXTS: /* lists have no index; any steady order will do */
    case KIND_INTS:
    case KIND_ADDRS:
        value_print(f, rec, " ", out);
        break;
    }
}

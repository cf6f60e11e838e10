/* pack.c - writes the packed form: the one binary form of records, for the wire, for storage and for digests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   packed = pair*                          ascending numbers, each at most once, present fields only
 *   pair   = number length value            number: one byte, 1-127; length: a varint, the bytes of value
 *
 *   kind                      value
 *   int time percent ref      two's complement, little-endian, in as few bytes as hold it: 0 has none,
 *   bool enum                 1 has 01, 200 has c8 00, -1 has ff
 *   text bytes json           the bytes
 *   addr                      the 4 or 16 bytes in network order; none when there is no address
 *   prefix                    the same and one byte of length
 *   u128                      unsigned, little-endian, in as few bytes as hold it
 *   texts                     for each: a varint, the bytes of the text, and the text
 *   ints                      for each: a varint, zigzag (0, -1, 1, -2 are 0, 1, 2, 3)
 *   addrs                     for each: one byte, 4 or 6, and its 4 or 16 bytes
 *
 * A varint has seven bits a byte, least significant first, the top bit set on all but the last, and no
 * redundant last byte. A length is below 2^28. So every record has exactly one packed form, and a reader
 * passes over fields it does not know. A number keeps its kind for ever. Derived fields are never written. */
#include <string.h>

#include "record/field.h"
#include "record/packed.h"

static uint64_t zigzag(int64_t n)
{
    return ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0);
}

static unsigned varint_size(uint64_t n)
{
    unsigned size = 1;
    while (n >= 0x80) {
        n >>= 7;
        size++;
    }
    return size;
}

static uint8_t *varint_put(uint8_t *p, uint64_t n)
{
    while (n >= 0x80) {
        *p++ = (uint8_t)(n | 0x80);
        n >>= 7;
    }
    *p++ = (uint8_t)n;
    return p;
}

/* Bytes of n in two's complement without redundant sign bytes. */
static unsigned int_size(int64_t n)
{
    uint64_t magnitude = n < 0 ? ~(uint64_t)n : (uint64_t)n;
    return n == 0 ? 0 : magnitude == 0 ? 1 : (unsigned)(64 - __builtin_clzll(magnitude)) / 8 + 1;
}

static unsigned u128_size(struct ipam_u128 n)
{
    if (n.hi != 0)
        return 8 + (unsigned)(71 - __builtin_clzll(n.hi)) / 8;
    return n.lo == 0 ? 0 : (unsigned)(71 - __builtin_clzll(n.lo)) / 8;
}

static uint8_t *put_le(uint8_t *p, uint64_t n, unsigned size)
{
    for (; size > 0; size--) {
        *p++ = (uint8_t)n;
        n >>= 8;
    }
    return p;
}

static unsigned addr_size(const struct ipam_addr *a)
{
    return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

static uint8_t *put_bytes(uint8_t *p, const void *data, size_t len)
{
    if (len > 0)
        memcpy(p, data, len);
    return p + len;
}

static int64_t number_of(const struct record_field *f, const void *at)
{
    if (f->kind == KIND_BOOL || f->kind == KIND_ENUM)
        return *(const uint32_t *)at;
    return *(const int64_t *)at;
}

static size_t value_size(const struct record_field *f, const void *rec)
{
    const void *at = field_at(f, rec);
    size_t size = 0;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
    case KIND_BOOL:
    case KIND_ENUM:
        return int_size(number_of(f, at));
    case KIND_TEXT:
    case KIND_JSON:
        return ((const struct ipam_str *)at)->len;
    case KIND_BYTES:
        return ((const struct ipam_bytes *)at)->len;
    case KIND_ADDR:
        return addr_size(at);
    case KIND_PREFIX:
        return addr_size(&((const struct ipam_prefix *)at)->addr) + 1;
    case KIND_U128:
        return u128_size(*(const struct ipam_u128 *)at);
    case KIND_TEXTS: {
        const struct ipam_strs *l = at;
        for (size_t i = 0; i < l->count; i++)
            size += varint_size(l->items[i].len) + l->items[i].len;
        return size;
    }
    case KIND_INTS: {
        const struct ipam_ints *l = at;
        for (size_t i = 0; i < l->count; i++)
            size += varint_size(zigzag(l->items[i]));
        return size;
    }
    case KIND_ADDRS: {
        const struct ipam_addrs *l = at;
        for (size_t i = 0; i < l->count; i++)
            size += 1 + addr_size(&l->items[i]);
        return size;
    }
    }
    return size;
}

static void put_list(const struct record_field *f, const void *at, uint8_t *p)
{
    if (f->kind == KIND_TEXTS) {
        const struct ipam_strs *l = at;
        for (size_t i = 0; i < l->count; i++) {
            p = varint_put(p, l->items[i].len);
            p = put_bytes(p, l->items[i].data, l->items[i].len);
        }
    } else if (f->kind == KIND_INTS) {
        const struct ipam_ints *l = at;
        for (size_t i = 0; i < l->count; i++)
            p = varint_put(p, zigzag(l->items[i]));
    } else {
        const struct ipam_addrs *l = at;
        for (size_t i = 0; i < l->count; i++) {
            *p++ = l->items[i].family;
            p = put_bytes(p, l->items[i].bytes, addr_size(&l->items[i]));
        }
    }
}

static void put_value(const struct record_field *f, const void *rec, size_t size, uint8_t *p)
{
    const void *at = field_at(f, rec);

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
    case KIND_BOOL:
    case KIND_ENUM:
        put_le(p, (uint64_t)number_of(f, at), (unsigned)size);
        break;
    case KIND_TEXT:
    case KIND_JSON:
        put_bytes(p, ((const struct ipam_str *)at)->data, size);
        break;
    case KIND_BYTES:
        put_bytes(p, ((const struct ipam_bytes *)at)->data, size);
        break;
    case KIND_ADDR:
        put_bytes(p, ((const struct ipam_addr *)at)->bytes, size);
        break;
    case KIND_PREFIX:
        put_bytes(p, ((const struct ipam_prefix *)at)->addr.bytes, size - 1);
        p[size - 1] = ((const struct ipam_prefix *)at)->length;
        break;
    case KIND_U128: {
        const struct ipam_u128 *n = at;
        p = put_le(p, n->lo, size < 8 ? (unsigned)size : 8);
        put_le(p, n->hi, size < 8 ? 0 : (unsigned)size - 8);
        break;
    }
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        put_list(f, at, p);
        break;
    }
}

static int put_pair(const struct record_field *f, const void *rec, struct strbuf *out)
{
    size_t size = value_size(f, rec), all;
    uint8_t *p;

    if (size > PACKED_LENGTH_MAX)
        return IPAM_E_TOOBIG;
    all = 1 + varint_size(size) + size;
    p = (uint8_t *)strbuf_room(out, all);
    if (p == NULL)
        return strbuf_status(out);
    *p++ = f->number;
    put_value(f, rec, size, varint_put(p, size));
    strbuf_advance(out, all);
    return 0;
}

/* Writes the kept pairs with numbers below `below` from *pos on; those not wanted are passed over. */
static int put_rest(struct ipam_bytes rest, size_t *pos, unsigned below, const uint64_t fields[2],
                    struct strbuf *out)
{
    while (*pos < rest.len && rest.data[*pos] < below) {
        struct ipam_bytes value;
        size_t start = *pos;
        unsigned number = 0;

        if (packed_next(rest, pos, &number, &value) != 1)
            return IPAM_E_INVAL;
        if (fields == NULL || (fields[number >> 6] >> (number & 63) & 1))
            strbuf_add(out, rest.data + start, *pos - start);
    }
    return strbuf_status(out);
}

int record_pack(const void *rec, const uint64_t fields[2], struct strbuf *out)
{
    const struct record_type *t = type_of(rec);
    const struct ipam_record *head = rec;
    size_t pos = 0;
    int rc = 0;

    if (t == NULL)
        return IPAM_E_INVAL;
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!record_has(rec, f->number) || (f->flags & FIELD_DERIVED) || !field_wanted(f, fields))
            continue;
        if (pos < head->rest.len)
            rc = put_rest(head->rest, &pos, f->number, fields, out);
        if (rc == 0)
            rc = put_pair(f, rec, out);
        if (rc < 0)
            return rc;
    }
    return put_rest(head->rest, &pos, 128, fields, out);
}

int record_frame(const void *rec, struct strbuf *out)
{
    size_t start = out->len, length;
    char *p = strbuf_room(out, 6);
    int rc;

    if (p == NULL)
        return strbuf_status(out);
    strbuf_advance(out, 6);
    rc = record_pack(rec, NULL, out);
    if (rc < 0)
        return rc;
    length = out->len - start - 4;
    put_le((uint8_t *)out->data + start, length, 4);
    put_le((uint8_t *)out->data + start + 4, ((const struct ipam_record *)rec)->type, 2);
    return 0;
}

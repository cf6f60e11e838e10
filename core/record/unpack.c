/* unpack.c - reads the packed form strictly; pack.c describes it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What pack.c would not have written is refused, so unpacking and packing again gives the same bytes. Limits
 * and UTF-8 are not judged here: bytes from outside the process go through record_check as well. */
#include <string.h>

#include "net/addr.h"
#include "record/field.h"
#include "record/packed.h"

/* Reads a varint of at most `max` at *p; false when it is cut off, too large or longer than it need be. */
static bool varint_get(const uint8_t **p, const uint8_t *end, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t byte = *(*p)++;
        uint64_t part = byte & 0x7f;
        if (part > max >> shift)
            return false;
        n |= part << shift;
        if (!(byte & 0x80)) {
            *ret = n;
            return n <= max && (byte != 0 || shift == 0);
        }
    }
    return false;
}

int packed_next(struct ipam_bytes packed, size_t *pos, unsigned *number, struct ipam_bytes *ret_value)
{
    const uint8_t *p, *end;
    unsigned n;
    uint64_t len;

    if (*pos >= packed.len)
        return 0;
    p = packed.data + *pos;
    end = packed.data + packed.len;
    n = *p++;
    if (n <= *number || n > PACKED_NUMBER_MAX)
        return IPAM_E_INVAL;
    if (p < end && *p < 0x80)
        len = *p++; /* nearly always */
    else if (!varint_get(&p, end, PACKED_LENGTH_MAX, &len))
        return IPAM_E_INVAL;
    if (len > (size_t)(end - p))
        return IPAM_E_INVAL;
    ret_value->data = p;
    ret_value->len = (size_t)len;
    *pos = (size_t)(p - packed.data) + (size_t)len;
    *number = n;
    return 1;
}

static bool get_int(struct ipam_bytes v, int64_t *ret)
{
    uint64_t n = 0;

    if (v.len > 8)
        return false;
    for (size_t i = 0; i < v.len; i++)
        n |= (uint64_t)v.data[i] << (8 * i);
    if (v.len > 0) {
        uint8_t last = v.data[v.len - 1];
        uint8_t sign = v.len > 1 && v.data[v.len - 2] >= 0x80 ? 0xff : 0; /* of the bytes before */
        if (last == sign)
            return false; /* a redundant byte */
        if (last >= 0x80 && v.len < 8)
            n |= UINT64_MAX << (8 * v.len);
    }
    *ret = (int64_t)n;
    return true;
}

static bool get_word(const struct record_field *f, struct ipam_bytes v, uint32_t *ret)
{
    int64_t n;

    if (!get_int(v, &n) || n < 0 || n > (f->kind == KIND_BOOL ? 1 : (int64_t)UINT32_MAX))
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool get_u128(struct ipam_bytes v, struct ipam_u128 *ret)
{
    if (v.len > 16 || (v.len > 0 && v.data[v.len - 1] == 0))
        return false;
    ret->lo = ret->hi = 0;
    for (size_t i = 0; i < v.len; i++)
        *(i < 8 ? &ret->lo : &ret->hi) |= (uint64_t)v.data[i] << (8 * (i & 7));
    return true;
}

static bool get_addr(const uint8_t *data, size_t len, struct ipam_addr *ret)
{
    if (len != 0 && len != 4 && len != 16)
        return false;
    memset(ret, 0, sizeof(*ret));
    ret->family = len == 4 ? 4 : len == 16 ? 6 : 0;
    if (len > 0)
        memcpy(ret->bytes, data, len);
    return true;
}

static bool get_prefix(struct ipam_bytes v, struct ipam_prefix *ret)
{
    struct ipam_prefix masked;

    if (v.len == 0 || !get_addr(v.data, v.len - 1, &ret->addr))
        return false;
    ret->length = v.data[v.len - 1];
    if (ret->length > addr_bits(ret->addr.family))
        return false;
    masked = *ret;
    prefix_mask(&masked);
    return prefix_equal(ret, &masked);
}

/* Lists: items are counted first, then read into memory of exactly that size. An item has at least one byte,
 * so what is allocated is a small multiple of what came in. */
static int get_texts(struct ipam_bytes v, struct arena *a, struct ipam_strs *ret)
{
    const uint8_t *p = v.data, *end = v.data + v.len;
    struct ipam_str *items;
    size_t count = 0;
    uint64_t len;

    for (; p < end; p += len, count++)
        if (!varint_get(&p, end, PACKED_LENGTH_MAX, &len) || len > (size_t)(end - p))
            return IPAM_E_INVAL;
    items = arena_alloc(a, count > 0 ? count * sizeof(*items) : 1);
    if (items == NULL)
        return IPAM_E_NOMEM;
    p = v.data;
    for (size_t i = 0; i < count; i++, p += len) {
        varint_get(&p, end, PACKED_LENGTH_MAX, &len);
        items[i].data = (const char *)p;
        items[i].len = (size_t)len;
    }
    ret->items = items;
    ret->count = count;
    return 0;
}

static int get_ints(struct ipam_bytes v, struct arena *a, struct ipam_ints *ret)
{
    const uint8_t *p = v.data, *end = v.data + v.len;
    size_t count = 0;
    int64_t *items;
    uint64_t n;

    for (; p < end; count++)
        if (!varint_get(&p, end, UINT64_MAX, &n))
            return IPAM_E_INVAL;
    items = arena_alloc(a, count > 0 ? count * sizeof(*items) : 1);
    if (items == NULL)
        return IPAM_E_NOMEM;
    p = v.data;
    for (size_t i = 0; i < count; i++) {
        varint_get(&p, end, UINT64_MAX, &n);
        items[i] = (int64_t)((n >> 1) ^ (n & 1 ? UINT64_MAX : 0));
    }
    ret->items = items;
    ret->count = count;
    return 0;
}

/* Bytes of the item at p, 0 when it is malformed. */
static size_t addr_item_size(const uint8_t *p, const uint8_t *end)
{
    size_t size = *p == 4 ? 5 : *p == 6 ? 17 : 0;
    return size <= (size_t)(end - p) ? size : 0;
}

static int get_addrs(struct ipam_bytes v, struct arena *a, struct ipam_addrs *ret)
{
    const uint8_t *p = v.data, *end = v.data + v.len;
    struct ipam_addr *items;
    size_t count = 0, size;

    for (; p < end; p += size, count++) {
        size = addr_item_size(p, end);
        if (size == 0)
            return IPAM_E_INVAL;
    }
    items = arena_alloc(a, count > 0 ? count * sizeof(*items) : 1);
    if (items == NULL)
        return IPAM_E_NOMEM;
    p = v.data;
    for (size_t i = 0; i < count; i++, p += size) {
        size = addr_item_size(p, end);
        get_addr(p + 1, size - 1, &items[i]);
    }
    ret->items = items;
    ret->count = count;
    return 0;
}

static int get_value(const struct record_field *f, struct ipam_bytes v, struct arena *a, void *at)
{
    bool ok = true;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
        ok = get_int(v, at);
        break;
    case KIND_BOOL:
    case KIND_ENUM:
        ok = get_word(f, v, at);
        break;
    case KIND_TEXT:
    case KIND_JSON:
        ((struct ipam_str *)at)->data = (const char *)v.data;
        ((struct ipam_str *)at)->len = v.len;
        break;
    case KIND_BYTES:
        *(struct ipam_bytes *)at = v;
        break;
    case KIND_ADDR:
        ok = get_addr(v.data, v.len, at);
        break;
    case KIND_PREFIX:
        ok = get_prefix(v, at);
        break;
    case KIND_U128:
        ok = get_u128(v, at);
        break;
    case KIND_TEXTS:
        return get_texts(v, a, at);
    case KIND_INTS:
        return get_ints(v, a, at);
    case KIND_ADDRS:
        return get_addrs(v, a, at);
    }
    return ok ? 0 : IPAM_E_INVAL;
}

/* Keeps the pair that ends at `end` of the packed bytes. */
static int keep(struct ipam_record *rec, struct ipam_bytes packed, size_t start, size_t end, struct arena *a)
{
    if (rec->rest.data == NULL) {
        rec->rest.data = arena_alloc(a, packed.len - start);
        if (rec->rest.data == NULL)
            return IPAM_E_NOMEM;
    }
    memcpy((uint8_t *)rec->rest.data + rec->rest.len, packed.data + start, end - start);
    rec->rest.len += end - start;
    return 0;
}

int record_unpack(const struct record_type *t, struct ipam_bytes packed, struct arena *a, void **ret)
{
    struct ipam_record *rec = record_new(a, t->type);
    unsigned number = 0, i = 0;
    struct ipam_bytes value;
    size_t pos = 0, start = 0;
    int rc;

    if (rec == NULL)
        return IPAM_E_NOMEM;
    /* Texts of the record point into this one copy. */
    packed.data = (const uint8_t *)arena_memdup(a, packed.data != NULL ? (const char *)packed.data : "",
                                                packed.len);
    if (packed.data == NULL)
        return IPAM_E_NOMEM;
    for (; (rc = packed_next(packed, &pos, &number, &value)) > 0; start = pos) {
        while (i < t->field_count && t->fields[i].number < number)
            i++;
        if (i == t->field_count || t->fields[i].number != number) {
            rc = keep(rec, packed, start, pos, a);
        } else if (t->fields[i].flags & FIELD_DERIVED) {
            rc = IPAM_E_INVAL;
        } else {
            rc = get_value(&t->fields[i], value, a, field_at_mut(&t->fields[i], rec));
            field_set(rec, number);
        }
        if (rc < 0)
            return rc;
    }
    if (rc == 0)
        *ret = rec;
    return rc;
}

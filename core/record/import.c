/* import.c - takes over a record that somebody else filled: checks it and copies it into the newest struct.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The author may be older (a shorter struct) or newer (a longer one, bits we do not know): only fields that
 * lie whole in the author's struct and that we know are taken. What is taken keeps every promise of types.h
 * afterwards, whoever wrote it. */
#include <string.h>

#include "net/addr.h"
#include "record/field.h"

#define REST_MAX (1u << 20) /* as much as all known fields of the largest record */

static int import_str(struct ipam_str s, int64_t max)
{
    if (s.len > (size_t)max)
        return IPAM_E_TOOBIG;
    return s.data != NULL && utf8_valid(s.data, s.len) ? 0 : IPAM_E_INVAL;
}

static int import_json(const struct record_field *f, struct arena *a, struct ipam_str *s)
{
    char err[RECORD_ERR_SIZE];

    if (s->len > (size_t)f->max)
        return IPAM_E_TOOBIG;
    if (s->data == NULL)
        return IPAM_E_INVAL;

    int rc = value_parse(f, *s, a, s, err);
    return rc < 0 && a->failed ? IPAM_E_NOMEM : rc;
}

static int import_addr(struct ipam_addr *addr)
{
    if (addr->family != 4 && addr->family != 6)
        return IPAM_E_INVAL;
    if (addr->family == 4)
        memset(addr->bytes + 4, 0, sizeof(addr->bytes) - 4);
    return 0;
}

static int import_prefix(struct ipam_prefix *p)
{
    struct ipam_prefix masked;

    if (import_addr(&p->addr) < 0 || p->length > addr_bits(p->addr.family))
        return IPAM_E_INVAL;
    masked = *p;
    prefix_mask(&masked);
    return prefix_equal(p, &masked) ? 0 : IPAM_E_INVAL;
}

static int import_number(const struct record_field *f, int64_t n)
{
    if (f->kind == KIND_TIME)
        return n >= 0 && n <= RECORD_TIME_MAX ? 0 : IPAM_E_INVAL;
    return field_limited(f) && (n < f->min || n > f->max) ? IPAM_E_INVAL : 0;
}

static int import_texts(const struct ipam_strs *l, int64_t max)
{
    int rc = l->count > (size_t)max ? IPAM_E_TOOBIG : 0;

    for (size_t i = 0; rc == 0 && i < l->count; i++)
        rc = import_str(l->items[i], RECORD_ITEM_MAX);
    return rc;
}

static int import_addrs(const struct ipam_addrs *l, int64_t max)
{
    int rc = l->count > (size_t)max ? IPAM_E_TOOBIG : 0;

    for (size_t i = 0; rc == 0 && i < l->count; i++) {
        struct ipam_addr copy = l->items[i];
        rc = import_addr(&copy);
        if (rc == 0 && !addr_equal(&copy, &l->items[i]))
            rc = IPAM_E_INVAL; /* an IPv4 address with bytes beyond its four */
    }
    return rc;
}

/* A field whose bit is set but that holds "none" is absent. */
static bool holds_none(const struct record_field *f, const void *at)
{
    switch (f->kind) {
    case KIND_TEXT:
    case KIND_JSON:
        return ((const struct ipam_str *)at)->data == NULL && ((const struct ipam_str *)at)->len == 0;
    case KIND_BYTES:
        return ((const struct ipam_bytes *)at)->data == NULL && ((const struct ipam_bytes *)at)->len == 0;
    case KIND_ADDR:
        return ((const struct ipam_addr *)at)->family == 0;
    case KIND_PREFIX:
        return ((const struct ipam_prefix *)at)->addr.family == 0;
    default:
        return false;
    }
}

static int import_field(const struct record_field *f, struct arena *a, void *at)
{
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
        return import_number(f, *(int64_t *)at);
    case KIND_BOOL:
        *(uint32_t *)at = *(uint32_t *)at != 0;
        return 0;
    case KIND_ENUM:
        return enum_name(f, *(uint32_t *)at) != NULL ? 0 : IPAM_E_INVAL;
    case KIND_TEXT:
        return import_str(*(struct ipam_str *)at, f->max);
    case KIND_JSON:
        return import_json(f, a, at);
    case KIND_BYTES: {
        const struct ipam_bytes *b = at;
        return b->len > (size_t)f->max ? IPAM_E_TOOBIG : b->data == NULL ? IPAM_E_INVAL : 0;
    }
    case KIND_ADDR:
        return import_addr(at);
    case KIND_PREFIX:
        return import_prefix(at);
    case KIND_U128:
        return 0;
    case KIND_TEXTS: {
        const struct ipam_strs *l = at;
        return l->count > 0 && l->items == NULL ? IPAM_E_INVAL : import_texts(l, f->max);
    }
    case KIND_INTS: {
        const struct ipam_ints *l = at;
        if (l->count > (size_t)f->max)
            return IPAM_E_TOOBIG;
        return l->count > 0 && l->items == NULL ? IPAM_E_INVAL : 0;
    }
    case KIND_ADDRS: {
        const struct ipam_addrs *l = at;
        return l->count > 0 && l->items == NULL ? IPAM_E_INVAL : import_addrs(l, f->max);
    }
    }
    return IPAM_E_BUG;
}

/* The kept bytes must be pairs with numbers we do not know, or packing would give what unpacking refuses. */
static int import_rest(const struct record_type *t, struct ipam_bytes rest)
{
    struct ipam_bytes value;
    unsigned number = 0;
    size_t pos = 0;
    int rc;

    if (rest.len > REST_MAX)
        return IPAM_E_TOOBIG;
    if (rest.len > 0 && rest.data == NULL)
        return IPAM_E_INVAL;
    while ((rc = packed_next(rest, &pos, &number, &value)) > 0)
        if (record_field_number(t, number) != NULL)
            return IPAM_E_INVAL;
    return rc;
}

/* Judges what lies in the first `size` bytes of the struct, and leaves only that present. */
static int import_fields(const struct record_type *t, size_t size, struct arena *a, struct ipam_record *rec)
{
    uint64_t taken[2] = { 0, 0 };
    int rc;

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        void *at = field_at_mut(f, rec);
        if (!record_has(rec, f->number) || f->offset + field_size(f) > size || holds_none(f, at))
            continue;
        rc = import_field(f, a, at);
        if (rc < 0)
            return rc;
        field_mark(f->number, taken);
    }
    memcpy(rec->has, taken, sizeof(taken));
    return import_rest(t, rec->rest);
}

int record_check(struct arena *a, void *rec)
{
    const struct record_type *t = type_of(rec);

    return t != NULL ? import_fields(t, t->size, a, rec) : IPAM_E_INVAL;
}

int record_import(struct arena *a, const struct ipam_record *in, void **ret)
{
    const struct record_type *t = record_type(in->type);
    struct ipam_record *rec;
    size_t extra_size;
    void *extra;
    int rc;

    if (t == NULL || in->size < sizeof(*in))
        return IPAM_E_INVAL;
    rec = arena_alloc(a, t->size);
    if (rec == NULL)
        return IPAM_E_NOMEM;
    memcpy(rec, in, in->size < t->size ? in->size : t->size);
    rec->size = t->size;
    rc = import_fields(t, in->size, a, rec);
    if (rc < 0)
        return rc;
    extra_size = record_extra_size(t, rec);
    extra = arena_alloc(a, extra_size > 0 ? extra_size : 1);
    if (extra == NULL)
        return IPAM_E_NOMEM;
    record_take_in(t, rec, extra);
    *ret = rec;
    return 0;
}

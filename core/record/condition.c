/* condition.c - reads and judges what a client asks of a field.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record/condition.h"

#include <stdio.h>
#include <string.h>

#include "net/addr.h"
#include "record/field.h"

static const char *const cmp_names[CMP_COUNT] = { "",   "ne",       "lt",     "le", "gt",
                                                  "ge", "contains", "prefix", "in", "null" };

#define BIT(cmp) (1u << (cmp))
#define SAME     (BIT(CMP_EQ) | BIT(CMP_NE) | BIT(CMP_IN) | BIT(CMP_NULL))
#define ORDERED  (SAME | BIT(CMP_LT) | BIT(CMP_LE) | BIT(CMP_GT) | BIT(CMP_GE))
#define PARTS    (BIT(CMP_CONTAINS) | BIT(CMP_PREFIX))
#define LIST     (BIT(CMP_EQ) | BIT(CMP_NE) | BIT(CMP_CONTAINS) | BIT(CMP_NULL))

static const unsigned fitting[] = {
    [KIND_INT] = ORDERED,
    [KIND_TIME] = ORDERED,
    [KIND_BOOL] = SAME,
    [KIND_ENUM] = SAME,
    [KIND_TEXT] = ORDERED | PARTS,
    [KIND_BYTES] = ORDERED | PARTS,
    [KIND_ADDR] = ORDERED,
    [KIND_PREFIX] = ORDERED,
    [KIND_U128] = ORDERED,
    [KIND_PERCENT] = ORDERED,
    [KIND_JSON] = LIST,
    [KIND_TEXTS] = LIST,
    [KIND_INTS] = LIST,
    [KIND_ADDRS] = LIST,
    [KIND_REF] = SAME,
};

const char *record_cmp_name(enum record_cmp cmp)
{
    return cmp_names[cmp];
}

bool record_cmp_by_name(struct ipam_str name, enum record_cmp *ret)
{
    for (unsigned i = CMP_NE; i < CMP_COUNT; i++) {
        if (str_is(name, cmp_names[i])) {
            *ret = (enum record_cmp)i;
            return true;
        }
    }
    return false;
}

bool record_cmp_fits(const struct record_field *f, enum record_cmp cmp)
{
    return fitting[f->kind] & BIT(cmp);
}

void record_cmps_print(const struct record_field *f, struct strbuf *out)
{
    strbuf_puts(out, "=");
    for (unsigned i = CMP_NE; i < CMP_COUNT; i++)
        if (record_cmp_fits(f, (enum record_cmp)i))
            strbuf_printf(out, ", .%s=", cmp_names[i]);
}

static bool is_list(const struct record_field *f)
{
    return f->kind == KIND_TEXTS || f->kind == KIND_INTS || f->kind == KIND_ADDRS;
}

static bool is_run(const struct record_field *f)
{
    return f->kind == KIND_TEXT || f->kind == KIND_JSON || f->kind == KIND_BYTES;
}

/* All lists are a pointer and a count. */
static size_t list_count(const struct record_field *f, const void *rec)
{
    return ((const struct ipam_ints *)field_at(f, rec))->count;
}

bool record_filled(const struct record_field *f, const void *rec)
{
    if (!record_has(rec, f->number))
        return false;
    if (is_run(f))
        return field_bytes(f, rec).len > 0;
    return !is_list(f) || list_count(f, rec) > 0;
}

/* --- reading --- */

static int wrong(char *err, const char *text)
{
    snprintf(err, CONDITION_ERR_SIZE, "%s", text);
    return IPAM_E_INVAL;
}

/* A part of JSON is no JSON, so it is taken as it is. */
static int part_of_json(const struct record_field *f, struct ipam_str text, struct arena *a, void *rec,
                        char *err)
{
    struct ipam_str *to = field_at_mut(f, rec);

    *to = arena_str(a, text);
    if (to->data == NULL)
        return wrong(err, OUT_OF_MEMORY);
    field_set(rec, f->number);
    return 0;
}

static int ref_value(const struct record_field *f, int64_t id, struct ipam_str text, void *rec, char *err)
{
    char shown[RECORD_ECHO_SIZE];

    if (id == 0) {
        snprintf(err, CONDITION_ERR_SIZE, "there is no %s \"%s\"; give its id, or its name where it has one",
                 record_type(f->ref)->name, record_echo(text, shown));
        return IPAM_E_INVAL;
    }
    *(int64_t *)field_at_mut(f, rec) = id;
    field_set(rec, f->number);
    return 0;
}

static int missing(char *err)
{
    return wrong(err, "a value is missing; what has none is found by .null=true");
}

static int add_value(struct record_condition *c, struct ipam_str text, struct arena *a,
                     int64_t (*ref)(void *user, uint32_t type, struct ipam_str text), void *user, char *err)
{
    const struct record_field *f = c->field;
    void *rec = record_new(a, c->type);
    int rc;

    if (rec == NULL)
        return wrong(err, OUT_OF_MEMORY);
    if (text.len == 0)
        return missing(err);
    if (f->kind == KIND_REF)
        rc = ref_value(f, ref(user, f->ref, text), text, rec, err);
    else if (f->kind == KIND_JSON && c->cmp == CMP_CONTAINS)
        rc = part_of_json(f, text, a, rec, err);
    else
        rc = record_field_parse(f, text, a, rec, err);
    if (rc == 0 && !record_filled(f, rec)) /* a list of nothing but blanks */
        return missing(err);
    if (rc == 0)
        c->values[c->count++] = rec;
    return rc;
}

static int parse_null(struct record_condition *c, struct ipam_str value, char *err)
{
    c->absent = str_is(value, "true");
    return c->absent || str_is(value, "false") ? 0 : wrong(err, "true or false is expected");
}

int record_condition_parse(struct record_condition *c, struct ipam_str value, struct arena *a,
                           int64_t (*ref)(void *user, uint32_t type, struct ipam_str text), void *user,
                           char *err)
{
    size_t room = 1, from = 0;
    int rc = 0;

    c->count = 0;
    if (c->cmp == CMP_NULL)
        return parse_null(c, value, err);
    for (size_t i = 0; c->cmp == CMP_IN && i < value.len; i++)
        room += value.data[i] == ',';
    if (room > CONDITION_VALUES) {
        snprintf(err, CONDITION_ERR_SIZE, "%zu values are given; at most %d can be", room, CONDITION_VALUES);
        return IPAM_E_INVAL;
    }
    c->values = arena_alloc(a, room * sizeof(c->values[0]));
    if (c->values == NULL)
        return wrong(err, OUT_OF_MEMORY);
    for (size_t i = 0; rc == 0 && i < room; i++) {
        struct ipam_str one = { value.data + from, value.len - from };
        const char *comma = c->cmp == CMP_IN ? memchr(one.data, ',', one.len) : NULL;

        if (comma != NULL)
            one.len = (size_t)(comma - one.data);
        from += one.len + 1;
        rc = add_value(c, one, a, ref, user, err);
    }
    return rc;
}

/* --- judging --- */

static bool contains_bytes(struct ipam_bytes all, struct ipam_bytes part)
{
    return part.len <= all.len && memmem(all.data, all.len, part.data, part.len) != NULL;
}

static bool has_word(struct ipam_str text, struct ipam_str word)
{
    for (size_t from = 0, to; from <= text.len; from = to + 1) {
        for (to = from; to < text.len && text.data[to] != ' ';)
            to++;
        if (str_equal((struct ipam_str){ text.data + from, to - from }, word))
            return true;
    }
    return false;
}

/* Of a text, one of its words will do where what is looked for was split at blanks. */
static bool item_has(const struct record_field *f, const void *list, size_t i, const void *other, size_t k)
{
    if (f->kind == KIND_TEXTS) {
        struct ipam_str text = ((const struct ipam_strs *)list)->items[i];
        struct ipam_str wanted = ((const struct ipam_strs *)other)->items[k];
        return (f->flags & FIELD_PHRASES) != 0 ? str_equal(text, wanted) : has_word(text, wanted);
    }
    if (f->kind == KIND_ADDRS)
        return addr_equal(&((const struct ipam_addrs *)list)->items[i],
                          &((const struct ipam_addrs *)other)->items[k]);
    return ((const struct ipam_ints *)list)->items[i] == ((const struct ipam_ints *)other)->items[k];
}

static bool has_item(const struct record_field *f, const void *rec, const void *like, size_t place)
{
    for (size_t i = 0; i < list_count(f, rec); i++)
        if (item_has(f, field_at(f, rec), i, field_at(f, like), place))
            return true;
    return false;
}

static bool contains(const struct record_field *f, const void *rec, const void *like)
{
    if (is_run(f))
        return contains_bytes(field_bytes(f, rec), field_bytes(f, like));
    for (size_t i = 0; i < list_count(f, like); i++)
        if (!has_item(f, rec, like, i))
            return false;
    return true;
}

static bool begins(const struct record_field *f, const void *rec, const void *like)
{
    struct ipam_bytes all = field_bytes(f, rec), part = field_bytes(f, like);

    return part.len <= all.len && memcmp(all.data, part.data, part.len) == 0;
}

static bool is_one_of(const struct record_condition *c, const void *rec)
{
    for (size_t i = 0; i < c->count; i++)
        if (record_field_compare(c->field, rec, c->values[i]) == 0)
            return true;
    return false;
}

bool record_condition_holds(const struct record_condition *c, const void *rec)
{
    const struct record_field *f = c->field;

    if (c->cmp == CMP_NULL)
        return record_filled(f, rec) != c->absent;
    if (!record_filled(f, rec))
        return c->cmp == CMP_NE;
    switch (c->cmp) {
    case CMP_CONTAINS: return contains(f, rec, c->values[0]);
    case CMP_PREFIX: return begins(f, rec, c->values[0]);
    case CMP_IN: return is_one_of(c, rec);
    default: break;
    }
    int order = record_field_compare(f, rec, c->values[0]);
    switch (c->cmp) {
    case CMP_NE: return order != 0;
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_GT: return order > 0;
    case CMP_GE: return order >= 0;
    default: return order == 0;
    }
}

/* --- places --- */

static const struct record_field *field_named(const struct record_type *t, const char *name,
                                              enum record_kind kind)
{
    const struct record_field *f = record_field(t, str_from(name));

    return f != NULL && f->kind == kind ? f : NULL;
}

bool record_place_of(const struct record_type *t, struct record_place *ret)
{
    *ret = (struct record_place){ NULL, NULL, NULL };
    for (unsigned i = 0; ret->at == NULL && i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];

        if ((f->flags & FIELD_KEY) && (f->kind == KIND_PREFIX || f->kind == KIND_ADDR))
            ret->at = f;
    }
    if (ret->at == NULL)
        return false;
    if (ret->at->kind == KIND_ADDR) {
        ret->last = strcmp(ret->at->name, "first") == 0 ? field_named(t, "last", KIND_ADDR) : NULL;
        ret->length = field_named(t, "prefix_length", KIND_INT);
    }
    return true;
}

static void addr_span(const struct record_place *p, const void *rec, struct ipam_addr *first,
                      struct ipam_addr *last)
{
    *first = *last = *(const struct ipam_addr *)field_at(p->at, rec);
    if (p->last != NULL && record_has(rec, p->last->number))
        *last = *(const struct ipam_addr *)field_at(p->last, rec);
    if (p->length != NULL && record_has(rec, p->length->number)) {
        int64_t length = *(const int64_t *)field_at(p->length, rec);
        struct ipam_prefix whole = { *first, (uint8_t)length };

        if (length >= 0 && length <= (int64_t)addr_bits(first->family)) {
            prefix_mask(&whole);
            prefix_last(&whole, last);
        }
    }
}

bool record_place_span(const struct record_place *p, const void *rec, struct ipam_addr *ret_first,
                       struct ipam_addr *ret_last)
{
    if (!record_has(rec, p->at->number))
        return false;
    if (p->at->kind == KIND_PREFIX) {
        prefix_first(field_at(p->at, rec), ret_first);
        prefix_last(field_at(p->at, rec), ret_last);
    } else {
        addr_span(p, rec, ret_first, ret_last);
    }
    return true;
}

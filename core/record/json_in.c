/* json_in.c - reads records from JSON objects and lists everything that is wrong.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "record/field.h"
#include "record/json_in.h"

#define POINTER_MAX 160

struct reading {
    const struct record_type *t;
    enum record_mode mode;
    const struct json_doc *doc;
    const char *base;
    struct arena *arena;
    struct record_problems *problems;
    uint64_t cleared[2];
};

/* Flags of fields a client cannot set in this mode. */
static unsigned closed_flags(enum record_mode mode)
{
    switch (mode) {
    case MODE_CREATE:
        return FIELD_READONLY | FIELD_DERIVED;
    case MODE_PATCH:
        return FIELD_READONLY | FIELD_DERIVED | FIELD_FIXED;
    case MODE_TRUSTED:
        return 0;
    }
    return 0;
}

static int wrong_type(const char *expected, const struct json *v, char *err)
{
    snprintf(err, RECORD_ERR_SIZE, "must be %s, not %s", expected, json_type_name(json_type(v)));
    return IPAM_E_INVAL;
}

static int read_int(const struct record_field *f, const struct json *v, int64_t *ret, char *err)
{
    int64_t n;
    int rc;

    if (json_type(v) != JSON_NUMBER)
        return wrong_type("a number", v, err);
    rc = json_int(v, &n);
    if (rc < 0) {
        snprintf(err, RECORD_ERR_SIZE, "must be a whole number%s", rc == IPAM_E_RANGE ? " of at most 64 bits" : "");
        return IPAM_E_INVAL;
    }
    rc = value_check_int(f, n, err);
    if (rc == 0)
        *ret = n;
    return rc;
}

static int read_item(struct reading *r, const struct record_field *f, const struct json *v, void *items, size_t i, char *err)
{
    struct record_field item = *f;

    if (f->kind == KIND_INTS) {
        item.kind = KIND_INT;
        item.min = 1; /* the limit is of the list, not of the number */
        item.max = 0;
        return read_int(&item, v, (int64_t *)items + i, err);
    }
    if (json_type(v) != JSON_STRING)
        return wrong_type("a string", v, err);
    if (f->kind == KIND_ADDRS) {
        item.kind = KIND_ADDR;
        return value_parse(&item, json_str(v), r->arena, (struct ipam_addr *)items + i, err);
    }
    item.kind = KIND_TEXT;
    item.max = RECORD_ITEM_MAX;
    item.flags |= FIELD_REQUIRED; /* an empty item says nothing and vanishes in CSV */
    return value_parse(&item, json_str(v), r->arena, (struct ipam_str *)items + i, err);
}

/* Items report their own problems; then the list as a whole has none to add (err is empty). */
static int read_list(struct reading *r, const struct record_field *f, const struct json *v, const char *pointer, void *at,
                     char *err)
{
    size_t size = f->kind == KIND_TEXTS ? sizeof(struct ipam_str)
                : f->kind == KIND_ADDRS ? sizeof(struct ipam_addr) : sizeof(int64_t);
    size_t count = json_count(v), i = 0;
    int result = 0;
    void *items;

    if (json_type(v) != JSON_ARRAY)
        return wrong_type("an array", v, err);
    if (count > (size_t)f->max) {
        snprintf(err, RECORD_ERR_SIZE, "must have at most %zu items, not %zu", (size_t)f->max, count);
        return IPAM_E_INVAL;
    }
    items = arena_alloc(r->arena, count > 0 ? count * size : 1);
    if (items == NULL)
        return IPAM_E_INVAL;
    for (const struct json *item = json_first(v); item != NULL; item = json_next(item), i++) {
        char place[POINTER_MAX + 24];
        if (read_item(r, f, item, items, i, err) == 0)
            continue;
        snprintf(place, sizeof(place), "%s/%zu", pointer, i);
        record_problem(r->problems, place, "%s", err);
        result = IPAM_E_INVAL;
    }
    err[0] = '\0';
    if (f->kind == KIND_TEXTS)
        *(struct ipam_strs *)at = (struct ipam_strs){ items, count };
    else if (f->kind == KIND_ADDRS)
        *(struct ipam_addrs *)at = (struct ipam_addrs){ items, count };
    else
        *(struct ipam_ints *)at = (struct ipam_ints){ items, count };
    return result;
}

static int read_value(struct reading *r, const struct record_field *f, const struct json *v, const char *pointer, void *at,
                      char *err)
{
    bool flag = false;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        return read_int(f, v, at, err);
    case KIND_BOOL:
        if (json_bool(v, &flag) < 0)
            return wrong_type("true or false", v, err);
        *(uint32_t *)at = flag;
        return 0;
    case KIND_PERCENT:
        if (json_type(v) != JSON_NUMBER)
            return wrong_type("a number", v, err);
        return value_parse(f, json_span(r->doc, v), r->arena, at, err);
    case KIND_JSON:
        return value_take_json(f, r->doc, v, r->arena, at, err);
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        return read_list(r, f, v, pointer, at, err);
    case KIND_TIME:
    case KIND_ENUM:
    case KIND_TEXT:
    case KIND_BYTES:
    case KIND_ADDR:
    case KIND_PREFIX:
    case KIND_U128:
        if (json_type(v) != JSON_STRING)
            return wrong_type("a string", v, err);
        return value_parse(f, json_str(v), r->arena, at, err);
    }
    return IPAM_E_BUG;
}

/* BASE/NAME with ~ and / of the name escaped (RFC 6901), cut where it gets too long. */
static void make_pointer(const char *base, struct ipam_str name, char *buf)
{
    size_t len = (size_t)snprintf(buf, POINTER_MAX, "%.80s/", base);

    for (size_t i = 0; i < name.len && len < POINTER_MAX - 3; i++) {
        char c = name.data[i];
        if (((unsigned char)c & 0xc0) != 0x80 && len >= POINTER_MAX - 8)
            break; /* whole characters only */
        if (c == '~' || c == '/') {
            buf[len++] = '~';
            buf[len++] = c == '~' ? '0' : '1';
        } else {
            buf[len++] = c;
        }
    }
    buf[len] = '\0';
}

static void unknown_member(struct reading *r, struct ipam_str name, const char *pointer)
{
    const struct record_field *near = record_nearest(r->t, closed_flags(r->mode), name);
    char names[384];
    size_t len = 0;

    if (near != NULL) {
        record_problem(r->problems, pointer, "unknown field; did you mean \"%s\"?", near->name);
        return;
    }
    names[0] = '\0';
    for (unsigned i = 0; i < r->t->field_count && len < sizeof(names); i++)
        if (!(r->t->fields[i].flags & closed_flags(r->mode)))
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len > 0 ? ", " : "", r->t->fields[i].name);
    record_problem(r->problems, pointer, "unknown field; %s", len > 0 ? names : "none can be set");
}

/* Says why the field cannot be given in this mode; NULL when it can. */
static const char *refusal(struct reading *r, const struct record_field *f, const struct json *v)
{
    if (f->flags & closed_flags(r->mode) & FIELD_DERIVED)
        return "is computed and cannot be set";
    if (f->flags & closed_flags(r->mode) & FIELD_READONLY)
        return "is read-only";
    if (f->flags & closed_flags(r->mode) & FIELD_FIXED)
        return "can be set only when the object is created";
    if (json_type(v) == JSON_NULL && (f->flags & FIELD_REQUIRED) && r->mode == MODE_PATCH)
        return "is required and cannot be cleared";
    return NULL;
}

static bool read_member(struct reading *r, const struct json *v, struct ipam_record *rec)
{
    const struct record_field *f = record_field(r->t, json_key(v));
    char pointer[POINTER_MAX], err[RECORD_ERR_SIZE] = OUT_OF_MEMORY;
    const char *no;

    make_pointer(r->base, json_key(v), pointer);
    if (f == NULL) {
        unknown_member(r, json_key(v), pointer);
        return false;
    }
    no = refusal(r, f, v);
    if (no != NULL) {
        record_problem(r->problems, pointer, "%s", no);
        return false;
    }
    if (json_type(v) == JSON_NULL) {
        field_mark(f->number, r->cleared);
        return true;
    }
    if (read_value(r, f, v, pointer, field_at_mut(f, rec), err) < 0) {
        if (err[0] != '\0')
            record_problem(r->problems, pointer, "%s", err);
        return false;
    }
    field_set(rec, f->number);
    return true;
}

static bool all_required(struct reading *r, const struct json *v)
{
    char pointer[POINTER_MAX];
    bool ok = true;

    for (unsigned i = 0; i < r->t->field_count; i++) {
        const struct record_field *f = &r->t->fields[i];
        const struct json *member = f->flags & FIELD_REQUIRED ? json_get(v, f->name) : NULL;
        if (!(f->flags & FIELD_REQUIRED) || (member != NULL && json_type(member) != JSON_NULL))
            continue;
        make_pointer(r->base, str_from(f->name), pointer);
        record_problem(r->problems, pointer, "is required");
        ok = false;
    }
    return ok;
}

int record_from_json(const struct record_type *t, enum record_mode mode, const struct json_doc *doc,
                     const struct json *v, const char *base, struct arena *a, void **ret, uint64_t ret_cleared[2],
                     struct record_problems *problems)
{
    struct reading r = { .t = t, .mode = mode, .doc = doc, .base = base, .arena = a, .problems = problems };
    struct ipam_record *rec;
    bool ok = true;

    if (json_type(v) != JSON_OBJECT) {
        record_problem(problems, base, "must be an object, not %s", json_type_name(json_type(v)));
        return IPAM_E_INVAL;
    }
    rec = record_new(a, t->type);
    if (rec == NULL) {
        record_problem(problems, base, OUT_OF_MEMORY);
        return IPAM_E_INVAL;
    }
    for (const struct json *member = json_first(v); member != NULL; member = json_next(member))
        ok = read_member(&r, member, rec) && ok;
    if (mode == MODE_CREATE)
        ok = all_required(&r, v) && ok;
    if (!ok)
        return IPAM_E_INVAL;
    *ret = rec;
    if (ret_cleared != NULL)
        memcpy(ret_cleared, r.cleared, sizeof(r.cleared));
    return 0;
}

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
    char err[RECORD_ERR_SIZE]; /* what is wrong with the value at hand */
};

unsigned record_closed_flags(enum record_mode mode)
{
    switch (mode) {
    case MODE_CREATE:
        return FIELD_READONLY | FIELD_DERIVED;
    case MODE_PATCH:
        return FIELD_READONLY | FIELD_DERIVED | FIELD_FIXED;
    case MODE_REPLACE:
    case MODE_TRUSTED:
        return 0;
    }
    return 0;
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

static int wrong_type(struct reading *r, const char *expected, const struct json *v)
{
    snprintf(r->err, RECORD_ERR_SIZE, "must be %s, not %s", expected, json_type_name(json_type(v)));
    return IPAM_E_INVAL;
}

static int read_int(struct reading *r, const struct record_field *f, const struct json *v, int64_t *ret)
{
    int64_t n;
    int rc;

    if (json_type(v) != JSON_NUMBER)
        return wrong_type(r, "a number", v);
    rc = json_int(v, &n);
    if (rc < 0) {
        snprintf(r->err, RECORD_ERR_SIZE, "must be a whole number%s",
                 rc == IPAM_E_RANGE ? " of at most 64 bits" : "");
        return IPAM_E_INVAL;
    }
    rc = value_check_int(f, n, r->err);
    if (rc == 0)
        *ret = n;
    return rc;
}

static int read_item(struct reading *r, const struct record_field *item, const struct json *v, void *at)
{
    if (item->kind == KIND_INT)
        return read_int(r, item, v, at);
    if (json_type(v) != JSON_STRING)
        return wrong_type(r, "a string", v);
    return value_parse(item, json_str(v), r->arena, at, r->err);
}

/* Each item reports its own problem. */
static bool read_items(struct reading *r, const struct record_field *f, const struct json *v,
                       const char *pointer, char *items)
{
    struct record_field item = value_item_field(f);
    size_t size = value_item_size(f), i = 0;
    bool ok = true;

    for (v = json_first(v); v != NULL; v = json_next(v), i++) {
        char place[POINTER_MAX + 24];
        if (read_item(r, &item, v, items + i * size) == 0)
            continue;
        snprintf(place, sizeof(place), "%s/%zu", pointer, i);
        record_problem(r->problems, place, "%s", r->err);
        ok = false;
    }
    return ok;
}

/* An empty message: the problems are listed already. */
static int read_list(struct reading *r, const struct record_field *f, const struct json *v, void *at)
{
    size_t count = json_count(v);
    char pointer[POINTER_MAX], *items;

    if (json_type(v) != JSON_ARRAY)
        return wrong_type(r, "an array", v);
    if (count > (size_t)f->max) {
        snprintf(r->err, RECORD_ERR_SIZE, "must have at most %zu items, not %zu", (size_t)f->max, count);
        return IPAM_E_INVAL;
    }
    items = arena_alloc(r->arena, count > 0 ? count * value_item_size(f) : 1);
    if (items == NULL) {
        snprintf(r->err, RECORD_ERR_SIZE, OUT_OF_MEMORY);
        return IPAM_E_INVAL;
    }
    make_pointer(r->base, str_from(f->name), pointer);
    if (!read_items(r, f, v, pointer, items)) {
        r->err[0] = '\0';
        return IPAM_E_INVAL;
    }
    value_set_list(f, at, items, count);
    return 0;
}

static int read_value(struct reading *r, const struct record_field *f, const struct json *v, void *at)
{
    bool flag = false;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        return read_int(r, f, v, at);
    case KIND_BOOL:
        if (json_bool(v, &flag) < 0)
            return wrong_type(r, "true or false", v);
        *(uint32_t *)at = flag;
        return 0;
    case KIND_PERCENT:
        if (json_type(v) != JSON_NUMBER)
            return wrong_type(r, "a number", v);
        return value_parse(f, json_span(r->doc, v), r->arena, at, r->err);
    case KIND_JSON:
        return value_take_json(f, r->doc, v, r->arena, at, r->err);
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        return read_list(r, f, v, at);
    case KIND_TIME:
    case KIND_ENUM:
    case KIND_TEXT:
    case KIND_BYTES:
    case KIND_ADDR:
    case KIND_PREFIX:
    case KIND_U128:
        if (json_type(v) != JSON_STRING)
            return wrong_type(r, "a string", v);
        return value_parse(f, json_str(v), r->arena, at, r->err);
    }
    return IPAM_E_BUG;
}

static void unknown_member(struct reading *r, struct ipam_str name, const char *pointer)
{
    const struct record_field *near = record_nearest(r->t, record_closed_flags(r->mode), name);
    char names[384];
    size_t len = 0;

    if (near != NULL) {
        record_problem(r->problems, pointer, "unknown field; did you mean \"%s\"?", near->name);
        return;
    }
    names[0] = '\0';
    for (unsigned i = 0; i < r->t->field_count && len < sizeof(names); i++) {
        const struct record_field *f = &r->t->fields[i];
        if (!(f->flags & record_closed_flags(r->mode)))
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len > 0 ? ", " : "", f->name);
    }
    record_problem(r->problems, pointer, "unknown field; known are: %s", len > 0 ? names : "none");
}

/* Says why the field cannot be given in this mode; NULL when it can. */
static const char *refusal(struct reading *r, const struct record_field *f, const struct json *v)
{
    if (f->flags & record_closed_flags(r->mode) & FIELD_DERIVED)
        return "is computed and cannot be set";
    if (f->flags & record_closed_flags(r->mode) & FIELD_READONLY)
        return "is read-only";
    if (f->flags & record_closed_flags(r->mode) & FIELD_FIXED)
        return "can be set only when the object is created";
    if (json_type(v) == JSON_NULL && (f->flags & FIELD_REQUIRED) && r->mode == MODE_PATCH)
        return "is required and cannot be cleared";
    return NULL;
}

static bool read_member(struct reading *r, const struct json *v, struct ipam_record *rec)
{
    const struct record_field *f = record_field(r->t, json_key(v));
    char pointer[POINTER_MAX];
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
    if (read_value(r, f, v, field_at_mut(f, rec)) < 0) {
        if (r->err[0] != '\0')
            record_problem(r->problems, pointer, "%s", r->err);
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
                     const struct json *v, const char *base, struct arena *a, void **ret,
                     uint64_t ret_cleared[2], struct record_problems *problems)
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
    if (mode == MODE_CREATE || mode == MODE_REPLACE)
        ok = all_required(&r, v) && ok;
    if (!ok)
        return IPAM_E_INVAL;
    *ret = rec;
    if (ret_cleared != NULL)
        memcpy(ret_cleared, r.cleared, sizeof(r.cleared));
    return 0;
}

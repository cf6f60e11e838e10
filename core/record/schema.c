/* schema.c - JSON Schema (2020-12) of a record type, for OpenAPI.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record/field.h"
#include "record/json_in.h"

static void write_pair(struct json_writer *w, const char *key, const char *value)
{
    jw_key(w, key);
    jw_text(w, value);
}

static void write_number(struct json_writer *w, const char *key, int64_t value)
{
    jw_key(w, key);
    jw_int(w, value);
}

static void write_string(struct json_writer *w, const char *format, const char *pattern)
{
    write_pair(w, "type", "string");
    if (format != NULL)
        write_pair(w, "format", format);
    if (pattern != NULL)
        write_pair(w, "pattern", pattern);
}

static void write_enum(const struct record_field *f, struct json_writer *w)
{
    write_string(w, NULL, NULL);
    jw_key(w, "enum");
    jw_array(w);
    for (unsigned i = 0; f->names[i] != NULL; i++)
        jw_text(w, f->names[i]);
    jw_array_end(w);
}

static void write_int(const struct record_field *f, struct json_writer *w)
{
    write_pair(w, "type", "integer");
    if (f->kind == KIND_REF)
        write_number(w, "minimum", 1);
    if (!field_limited(f))
        return;
    write_number(w, "minimum", f->min);
    write_number(w, "maximum", f->max);
}

static void write_list(const struct record_field *f, struct json_writer *w)
{
    write_pair(w, "type", "array");
    write_number(w, "maxItems", f->max);
    jw_key(w, "items");
    jw_object(w);
    write_pair(w, "type", f->kind == KIND_INTS ? "integer" : "string");
    if (f->kind == KIND_TEXTS)
        write_number(w, "maxLength", RECORD_ITEM_MAX);
    if (f->kind == KIND_ADDRS)
        write_pair(w, "format", "ip");
    jw_object_end(w);
}

static void write_value(const struct record_field *f, enum record_mode mode, struct json_writer *w)
{
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF: write_int(f, w); break;
    case KIND_TIME: write_string(w, "date-time", NULL); break;
    case KIND_BOOL: write_pair(w, "type", "boolean"); break;
    case KIND_ENUM: write_enum(f, w); break;
    case KIND_TEXT:
        write_string(w, NULL, NULL);
        if (mode != MODE_TRUSTED && (f->flags & (FIELD_KEY | FIELD_REQUIRED)))
            write_number(w, "minLength", 1);
        write_number(w, "maxLength", f->max);
        break;
    case KIND_BYTES:
        write_string(w, NULL, "^([0-9a-fA-F]{2}([:.-]?[0-9a-fA-F]{2})*)?$");
        write_number(w, "maxLength", f->max * 3 - 1);
        break;
    case KIND_ADDR: write_string(w, "ip", NULL); break;
    case KIND_PREFIX: write_string(w, "ip-prefix", NULL); break;
    case KIND_U128: write_string(w, NULL, "^[0-9]{1,39}$"); break;
    case KIND_PERCENT: write_pair(w, "type", "number"); break;
    case KIND_JSON: break; /* any value: no type */
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS: write_list(f, w); break;
    }
}

/* null clears a field in a PATCH. */
static void write_nullable(const struct record_field *f, struct json_writer *w)
{
    jw_key(w, "anyOf");
    jw_array(w);
    jw_object(w);
    write_value(f, MODE_PATCH, w);
    jw_object_end(w);
    jw_object(w);
    write_pair(w, "type", "null");
    jw_object_end(w);
    jw_array_end(w);
}

static void write_property(const struct record_field *f, enum record_mode mode, struct json_writer *w)
{
    jw_key(w, f->name);
    jw_object(w);
    if (mode == MODE_PATCH && (f->flags & FIELD_REQUIRED) == 0)
        write_nullable(f, w);
    else
        write_value(f, mode, w);
    write_pair(w, "description", f->help);
    if (f->unit[0] != '\0')
        write_pair(w, "x-unit", f->unit);
    if (f->flags & (FIELD_READONLY | FIELD_DERIVED)) {
        jw_key(w, "readOnly");
        jw_bool(w, true);
    }
    if ((f->flags & (FIELD_SECRET | FIELD_READONLY)) == FIELD_SECRET) {
        jw_key(w, "writeOnly");
        jw_bool(w, true);
    }
    if (f->flags & FIELD_FIXED) {
        jw_key(w, "x-fixed");
        jw_bool(w, true);
    }
    write_pair(w, "x-since", f->since);
    jw_object_end(w);
}

static bool is_shown(const struct record_field *f, enum record_mode mode)
{
    if (mode == MODE_TRUSTED) /* what is secret is never shown, but for what is shown once */
        return (f->flags & (FIELD_SECRET | FIELD_READONLY)) != FIELD_SECRET;
    return (f->flags & record_closed_flags(mode)) == 0;
}

void record_schema_properties(const struct record_type *t, enum record_mode mode, const uint64_t fields[2],
                              struct json_writer *w)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if (field_wanted(&t->fields[i], fields) && is_shown(&t->fields[i], mode))
            write_property(&t->fields[i], mode, w);
}

/* An answer always has the id, but of roles that are built in; what is created must have what is required
 * of it. */
static bool is_required(const struct record_type *t, unsigned i, enum record_mode mode)
{
    if (mode == MODE_TRUSTED)
        return i == 0 && t->residency != RES_NONE && t->type != IPAM_T_ROLE;
    return (mode == MODE_CREATE || mode == MODE_REPLACE) && (t->fields[i].flags & FIELD_REQUIRED) != 0;
}

void record_schema(const struct record_type *t, enum record_mode mode, struct json_writer *w)
{
    jw_object(w);
    write_pair(w, "type", "object");
    write_pair(w, "title", t->name);
    write_pair(w, "description", t->help);
    jw_key(w, "properties");
    jw_object(w);
    record_schema_properties(t, mode, NULL, w);
    jw_object_end(w);
    jw_key(w, "required");
    jw_array(w);
    for (unsigned i = 0; i < t->field_count; i++)
        if (is_required(t, i, mode))
            jw_text(w, t->fields[i].name);
    jw_array_end(w);
    jw_key(w, "additionalProperties");
    jw_bool(w, false);
    jw_object_end(w);
}

/* json_out.c - records as JSON objects.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "net/addr.h"
#include "record/field.h"

static void write_addr(const struct ipam_addr *a, struct json_writer *w)
{
    char buf[ADDR_TEXT_MAX];

    addr_print(a, buf);
    jw_text(w, buf);
}

static void write_list(const struct record_field *f, const void *at, struct json_writer *w)
{
    jw_array(w);
    if (f->kind == KIND_TEXTS) {
        const struct ipam_strs *l = at;
        for (size_t i = 0; i < l->count; i++)
            jw_str(w, l->items[i]);
    } else if (f->kind == KIND_INTS) {
        const struct ipam_ints *l = at;
        for (size_t i = 0; i < l->count; i++)
            jw_int(w, l->items[i]);
    } else {
        const struct ipam_addrs *l = at;
        for (size_t i = 0; i < l->count; i++)
            write_addr(&l->items[i], w);
    }
    jw_array_end(w);
}

/* Writes what value_print prints, as a string or as it is. */
static void write_printed(const struct record_field *f, const void *rec, bool raw, struct json_writer *w)
{
    struct strbuf text;

    strbuf_init(&text, 4096);
    value_print(f, rec, "", &text);
    if (raw)
        jw_raw(w, strbuf_str(&text));
    else
        jw_str(w, text.len > 0 ? strbuf_str(&text) : IPAM_STR(""));
    strbuf_fini(&text);
}

void record_field_to_json(const struct record_field *f, const void *rec, struct json_writer *w)
{
    const void *at = field_at(f, rec);

    if (!record_has(rec, f->number) || (f->flags & FIELD_SECRET)) {
        jw_null(w);
        return;
    }
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        jw_int(w, *(const int64_t *)at);
        break;
    case KIND_BOOL:
        jw_bool(w, *(const uint32_t *)at);
        break;
    case KIND_TEXT: {
        struct ipam_str s = *(const struct ipam_str *)at;
        jw_str(w, s.data != NULL ? s : IPAM_STR(""));
        break;
    }
    case KIND_JSON:
        jw_raw(w, *(const struct ipam_str *)at);
        break;
    case KIND_ADDR:
        write_addr(at, w);
        break;
    case KIND_PERCENT:
        write_printed(f, rec, true, w);
        break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        write_list(f, at, w);
        break;
    case KIND_TIME:
    case KIND_ENUM:
    case KIND_BYTES:
    case KIND_PREFIX:
    case KIND_U128:
        write_printed(f, rec, false, w);
        break;
    }
}

void record_to_json(const void *rec, const uint64_t fields[2], struct json_writer *w)
{
    const struct record_type *t = type_of(rec);

    jw_object(w);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!record_has(rec, f->number) || (f->flags & FIELD_SECRET) || !field_wanted(f, fields))
            continue;
        jw_key(w, f->name);
        record_field_to_json(f, rec, w);
    }
    jw_object_end(w);
}

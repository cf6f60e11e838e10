/* json_out.c - records as JSON objects.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
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

/* Writes what value_print prints. */
static void write_printed(const struct record_field *f, const void *rec, struct json_writer *w)
{
    struct strbuf text;

    strbuf_init(&text, f->kind == KIND_BYTES ? 3 * field_bytes(f, rec).len + 1 : 4096);
    value_print(f, rec, "", &text);
    strbuf_fail_with(w->out, &text); /* never an object with less */
    jw_str(w, text.len > 0 ? strbuf_str(&text) : IPAM_STR(""));
    strbuf_fini(&text);
}

/* The same without memory of its own: lists are made of these. */
static void write_enum(const struct record_field *f, const void *rec, struct json_writer *w)
{
    const char *name = enum_name(f, *(const uint32_t *)field_at(f, rec));

    if (name != NULL)
        jw_text(w, name);
    else
        write_printed(f, rec, w); /* a newer version's value */
}

static void write_bytes(const struct record_field *f, const void *rec, struct json_writer *w)
{
    static const char digits[] = "0123456789abcdef";
    struct ipam_bytes b = field_bytes(f, rec);
    char buf[3 * 64];

    if (b.len == 0 || b.len > sizeof(buf) / 3) {
        write_printed(f, rec, w);
        return;
    }
    for (size_t i = 0; i < b.len; i++) {
        buf[3 * i] = digits[b.data[i] >> 4];
        buf[3 * i + 1] = digits[b.data[i] & 15];
        buf[3 * i + 2] = ':';
    }
    jw_str(w, (struct ipam_str){ buf, 3 * b.len - 1 });
}

/* Each row of most lists has one, so it is not printed by format. Never below 0. */
static void write_percent(int64_t hundredths, struct json_writer *w)
{
    char buf[24], *end = buf + sizeof(buf), *at = end;
    uint64_t left = (uint64_t)hundredths;
    for (int digits = 0; digits < 3 || left != 0; digits++, left /= 10) {
        if (digits == 2)
            *--at = '.';
        *--at = (char)('0' + left % 10);
    }
    jw_raw(w, (struct ipam_str){ at, (size_t)(end - at) });
}

void record_field_to_json(const struct record_field *f, const void *rec, struct json_writer *w)
{
    const void *at = field_at(f, rec);
    char buf[PREFIX_TEXT_MAX]; /* the longest of what is printed into it */

    if (!record_has(rec, f->number) || (f->flags & FIELD_SECRET)) {
        jw_null(w);
        return;
    }
    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF: jw_int(w, *(const int64_t *)at); break;
    case KIND_BOOL: jw_bool(w, *(const uint32_t *)at); break;
    case KIND_TEXT: {
        struct ipam_str s = *(const struct ipam_str *)at;
        jw_str(w, s.data != NULL ? s : IPAM_STR(""));
        break;
    }
    case KIND_JSON: jw_raw(w, *(const struct ipam_str *)at); break;
    case KIND_ADDR: write_addr(at, w); break;
    case KIND_PERCENT: write_percent(*(const int64_t *)at, w); break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS: write_list(f, at, w); break;
    case KIND_TIME: jw_str(w, (struct ipam_str){ buf, time_print(*(const int64_t *)at, buf) }); break;
    case KIND_ENUM: write_enum(f, rec, w); break;
    case KIND_BYTES: write_bytes(f, rec, w); break;
    case KIND_PREFIX: jw_str(w, (struct ipam_str){ buf, prefix_print(at, buf) }); break;
    case KIND_U128:
        jw_str(w, (struct ipam_str){ buf, u128_print(*(const struct ipam_u128 *)at, buf) });
        break;
    }
}

void record_to_json(const void *rec, const uint64_t fields[2], struct json_writer *w)
{
    const struct record_type *t = type_of(rec);
    const struct ipam_record *head = rec;
    const struct record_field *f = t->fields, *end = t->fields + t->field_count;

    jw_object(w);
    for (unsigned word = 0; word < 2; word++) { /* most rows have few of the fields that their type has */
        uint64_t left = head->has[word] & (fields != NULL ? fields[word] : ~UINT64_C(0));
        for (; left != 0; left &= left - 1) {
            unsigned number = word * 64 + (unsigned)__builtin_ctzll(left);
            while (f < end && f->number < number)
                f++;
            if (f == end || f->number != number || (f->flags & FIELD_SECRET))
                continue;
            jw_name(w, f->name);
            record_field_to_json(f, rec, w);
        }
    }
    jw_object_end(w);
}

/* csv.c - records as CSV (RFC 4180).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "record/csv_in.h"
#include "record/field.h"

#define CELL_MAX (8u << 20) /* a full list of the longest texts */

static bool shown(const struct record_field *f, const uint64_t fields[2])
{
    return !(f->flags & FIELD_SECRET) && field_wanted(f, fields);
}

static bool is_text(const struct record_field *f)
{
    return f->kind == KIND_TEXT || f->kind == KIND_TEXTS || f->kind == KIND_JSON;
}

static bool needs_quotes(struct ipam_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '"' || s.data[i] == ',' || s.data[i] == '\r' || s.data[i] == '\n')
            return true;
    return false;
}

static void add_cell(struct ipam_str s, bool text, struct strbuf *out)
{
    bool quotes = needs_quotes(s) || s.len == 0; /* an empty value is not an absent one */

    if (quotes)
        strbuf_putc(out, '"');
    if (text && csv_guarded(s)) /* a spreadsheet would take it for a formula (OWASP, CSV Injection) */
        strbuf_putc(out, '\'');
    if (!quotes) {
        strbuf_addstr(out, s);
        return;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, s.data[i]);
    }
    strbuf_putc(out, '"');
}

/* Whether spaces cannot separate the items of a list: there is none, or one holds what would be read
 * otherwise. */
static bool needs_array(const struct record_field *f, const void *rec)
{
    if (f->kind == KIND_INTS)
        return ((const struct ipam_ints *)field_at(f, rec))->count == 0;
    if (f->kind == KIND_ADDRS)
        return ((const struct ipam_addrs *)field_at(f, rec))->count == 0;
    if (f->kind != KIND_TEXTS)
        return false;
    const struct ipam_strs *l = field_at(f, rec);
    bool phrases = (f->flags & FIELD_PHRASES) != 0;
    bool needs =
        l->count == 0 || (phrases && l->count > 1) || (l->items[0].len > 0 && l->items[0].data[0] == '[');
    for (size_t i = 0; !needs && i < l->count; i++) {
        struct ipam_str s = l->items[i];
        needs = s.len == 0;
        for (size_t k = 0; !needs && k < s.len; k++)
            needs = strchr(phrases ? "\n" : " ,\t\n", s.data[k]) != NULL;
    }
    return needs;
}

void record_csv_header(const struct record_type *t, const uint64_t fields[2], struct strbuf *out)
{
    bool first = true;

    for (unsigned i = 0; i < t->field_count; i++) {
        if (!shown(&t->fields[i], fields))
            continue;
        if (!first)
            strbuf_putc(out, ',');
        strbuf_puts(out, t->fields[i].name);
        first = false;
    }
    strbuf_puts(out, "\r\n");
}

void record_csv_row(const void *rec, const uint64_t fields[2], struct strbuf *out)
{
    const struct record_type *t = type_of(rec);
    bool first = true;
    struct strbuf cell;

    strbuf_init(&cell, CELL_MAX);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!shown(f, fields))
            continue;
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        if (!record_has(rec, f->number))
            continue;
        strbuf_reset(&cell);
        if (needs_array(f, rec)) {
            struct json_writer w;
            jw_init(&w, &cell);
            record_field_to_json(f, rec, &w);
        } else {
            value_print(f, rec, " ", &cell);
        }
        strbuf_fail_with(out, &cell); /* never a row with a hole in it */
        add_cell(strbuf_str(&cell), is_text(f), out);
    }
    strbuf_puts(out, "\r\n");
    strbuf_fini(&cell);
}

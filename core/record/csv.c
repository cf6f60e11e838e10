/* csv.c - records as CSV (RFC 4180).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

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

/* A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV Injection). */
static bool formula(struct ipam_str s)
{
    return s.len > 0 && memchr("=+-@\t\r", s.data[0], 6) != NULL;
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
    bool quotes = needs_quotes(s);

    if (quotes)
        strbuf_putc(out, '"');
    if (text && formula(s))
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
        value_print(f, rec, " ", &cell);
        if (cell.failed)
            out->failed = true; /* never a row with a hole in it */
        add_cell(strbuf_str(&cell), is_text(f), out);
    }
    strbuf_puts(out, "\r\n");
    strbuf_fini(&cell);
}

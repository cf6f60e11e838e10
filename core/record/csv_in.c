/* csv_in.c - reads CSV (RFC 4180), strictly: every mistake has its line and column.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "record/csv_in.h"
#include "record/field.h"

#define CELL_LIST_MAX (1u << 20) /* bytes of a list written as JSON */

static int wrong(struct csv_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int wrong(struct csv_reader *r, const char *fmt, ...)
{
    va_list ap;
    size_t n = (size_t)snprintf(r->err, sizeof(r->err), "line %u, column %u: ", r->line,
                                (unsigned)(r->at - r->line_start) + 1);
    va_start(ap, fmt);
    vsnprintf(r->err + n, sizeof(r->err) - n, fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

int csv_open(struct csv_reader *r, struct ipam_str text, struct arena *a)
{
    memset(r, 0, sizeof(*r));
    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) { /* a mark that says UTF-8 */
        text.data += 3;
        text.len -= 3;
    }
    r->text = text;
    r->arena = a;
    r->line = 1;
    while (r->at < text.len) { /* where it is not UTF-8 */
        const char *end = memchr(text.data + r->at, '\n', text.len - r->at);
        size_t len = end != NULL ? (size_t)(end - text.data) + 1 - r->at : text.len - r->at;
        if (!utf8_valid(text.data + r->at, len)) {
            r->line_start = r->at;
            return wrong(r, "this line is not UTF-8, or has a NUL");
        }
        r->at += len;
        r->line++;
    }
    r->at = 0;
    r->line = 1;
    return 0;
}

static char peek(const struct csv_reader *r)
{
    return r->at < r->text.len ? r->text.data[r->at] : '\0';
}

static void new_line(struct csv_reader *r)
{
    r->line++;
    r->line_start = r->at;
}

/* The end of a line at r->at: LF or CRLF, which it passes; true. */
static bool line_end(struct csv_reader *r)
{
    size_t n = peek(r) == '\n' ? 1 : 0;
    if (peek(r) == '\r' && r->at + 1 < r->text.len && r->text.data[r->at + 1] == '\n')
        n = 2;
    r->at += n;
    if (n > 0)
        new_line(r);
    return n > 0;
}

/* A cell in quotes, of which two stand for one. */
static int read_quoted(struct csv_reader *r, struct csv_cell *cell)
{
    uint32_t opened = r->line;
    size_t from = ++r->at, len = 0;
    bool doubled = false;
    for (;;) {
        if (r->at == r->text.len)
            return wrong(r, "the quote opened in line %u is never closed", opened);
        if (peek(r) == '"') {
            if (r->at + 1 == r->text.len || r->text.data[r->at + 1] != '"')
                break;
            doubled = true;
            r->at++;
        }
        r->at++;
        if (r->text.data[r->at - 1] == '\n')
            new_line(r);
    }
    len = r->at++ - from;
    cell->text = (struct ipam_str){ r->text.data + from, len };
    cell->quoted = true;
    if (!doubled)
        return 0;
    char *copy = arena_alloc(r->arena, len + 1);
    if (copy == NULL)
        return wrong(r, OUT_OF_MEMORY);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        copy[n++] = r->text.data[from + i];
        i += r->text.data[from + i] == '"';
    }
    cell->text = (struct ipam_str){ copy, n };
    return 0;
}

static int read_plain(struct csv_reader *r, struct csv_cell *cell)
{
    size_t from = r->at;
    while (r->at < r->text.len && strchr(",\r\n\"", peek(r)) == NULL)
        r->at++;
    if (peek(r) == '"')
        return wrong(
            r, "a quote inside a cell that does not begin with one; write the whole cell in quotes, and each "
               "quote in it twice");
    cell->text = (struct ipam_str){ r->text.data + from, r->at - from };
    cell->quoted = false;
    return 0;
}

int csv_row(struct csv_reader *r, struct csv_cell *cells, size_t most, size_t *ret_count)
{
    size_t n = 0;
    if (r->at == r->text.len)
        return 0;
    r->row_line = r->line;
    for (;;) {
        if (n == most)
            return wrong(r, "more than %zu cells", most);
        cells[n].column = (uint32_t)(r->at - r->line_start) + 1;
        int rc = peek(r) == '"' ? read_quoted(r, &cells[n]) : read_plain(r, &cells[n]);
        if (rc != 0)
            return rc;
        n++;
        if (r->at == r->text.len || line_end(r))
            break;
        if (peek(r) != ',')
            return wrong(r, peek(r) == '\r'
                                ? "a carriage return without a line feed"
                                : "a comma or the end of the line is expected after the closing quote");
        r->at++;
    }
    *ret_count = n;
    return 1;
}

/* --- cells --- */

bool csv_guarded(struct ipam_str s)
{
    size_t i = 0;
    while (i < s.len && s.data[i] == '\'')
        i++;
    return i < s.len && memchr("=+-@\t\r", s.data[i], 6) != NULL;
}

static bool is_list(const struct record_field *f)
{
    return f->kind == KIND_TEXTS || f->kind == KIND_INTS || f->kind == KIND_ADDRS;
}

/* A list that spaces cannot separate is a JSON array. */
static int parse_json_list(const struct record_field *f, struct ipam_str text, struct arena *a, void *at,
                           char *err)
{
    struct record_field item = value_item_field(f);
    size_t size = value_item_size(f), i = 0;
    struct json_doc *doc;
    struct json_error e;
    if (json_parse(text.data, text.len, CELL_LIST_MAX, &doc, &e) != 0) {
        snprintf(err, RECORD_ERR_SIZE, "begins with [ but is no JSON array: %s", e.message);
        return IPAM_E_INVAL;
    }
    const struct json *root = json_root(doc);
    size_t count = json_count(root);
    char *items = count <= (size_t)f->max ? arena_alloc(a, count > 0 ? count * size : 1) : NULL;
    int rc = items != NULL ? 0 : IPAM_E_INVAL;
    if (rc != 0)
        snprintf(err, RECORD_ERR_SIZE, "must have at most %zu items, not %zu", (size_t)f->max, count);
    for (const struct json *v = json_first(root); rc == 0 && v != NULL; v = json_next(v), i++) {
        struct ipam_str part = json_type(v) == JSON_STRING ? arena_str(a, json_str(v)) : json_span(doc, v);
        rc = value_parse(&item, part, a, items + i * size, err);
    }
    json_free(doc);
    if (rc == 0)
        value_set_list(f, at, items, count);
    return rc;
}

int csv_cell_parse(const struct record_field *f, const struct csv_cell *cell, struct arena *a, void *rec,
                   char *err)
{
    struct ipam_str text = cell->text;
    bool texts = f->kind == KIND_TEXT || f->kind == KIND_TEXTS || f->kind == KIND_JSON;
    int rc;
    if (texts && text.len > 0 && text.data[0] == '\'' && csv_guarded(text)) {
        text.data++;
        text.len--;
    }
    if (is_list(f) && text.len > 0 && text.data[0] == '[')
        rc = parse_json_list(f, text, a, field_at_mut(f, rec), err);
    else
        rc = value_parse(f, text, a, field_at_mut(f, rec), err);
    if (rc == 0)
        field_set(rec, f->number);
    return rc;
}

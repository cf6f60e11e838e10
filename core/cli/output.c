/* output.c - writes the daemon's objects to stdout: the frame around the objects, tables, CSV.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/nouns.h"
#include "cli/refs.h"

#define TEXT_MAX   (256u * 1024 * 1024) /* of one page */
#define CELL_ITEMS 3                    /* of a list, in a table of many objects */
#define CELL_MAX   (1024 * 1024)

int output_format(const char *word, enum cli_format *ret)
{
    static const char *const names[] = { "table", "json", "jsonl", "csv", "yaml", "svg" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (word == NULL || strcmp(word, names[i]) == 0) {
            *ret = (enum cli_format)i;
            return CLI_OK;
        }
    }
    cli_error("--output '%s': expected table, json, jsonl, csv, yaml or svg", word);
    return CLI_USAGE;
}

static void add_column(struct output *o, const struct record_field *f)
{
    if (o->column_count < TABLE_COLUMNS_MAX && !(f->flags & FIELD_SECRET))
        o->columns[o->column_count++] = f;
}

static void add_every_column(struct output *o)
{
    for (unsigned i = 0; i < o->type->field_count; i++)
        add_column(o, &o->type->fields[i]);
}

/* Adds the fields named in a list cut at `cut`; "all" is every one. */
static int add_columns(struct output *o, const char *names, const char *cut)
{
    if (strcmp(names, "all") == 0) {
        add_every_column(o);
        return CLI_OK;
    }
    for (const char *p = names + strspn(names, cut); *p != '\0'; p += strspn(p, cut)) {
        struct ipam_str name = { p, strcspn(p, cut) };
        const struct record_field *f = record_field(o->type, name);

        if (f == NULL) {
            const struct noun *noun = noun_of_type(o->type->type);

            if (noun == NULL) /* of no record of the daemon's */
                cli_error("--columns: there is no field '%.*s'; -o json shows all, or use all", (int)name.len,
                          name.data);
            else
                cli_error("--columns: a %s has no field '%.*s'; its fields are those of ipamctl %s --help, "
                          "or all",
                          noun->name, (int)name.len, name.data, noun->name);
            return CLI_USAGE;
        }
        add_column(o, f);
        p += name.len;
    }
    return CLI_OK;
}

static bool is_number(const struct record_field *f)
{
    return f->kind == KIND_INT || f->kind == KIND_U128 || f->kind == KIND_PERCENT;
}

static void begin_table(struct output *o)
{
    for (unsigned i = 0; i < o->column_count; i++)
        table_column(&o->table, o->columns[i]->name, is_number(o->columns[i]));
}

static void begin_csv(struct output *o)
{
    for (unsigned i = 0; i < o->column_count; i++)
        strbuf_printf(&o->text, "%s%s", i > 0 ? "," : "", o->columns[i]->name);
    strbuf_puts(&o->text, "\r\n");
}

int output_begin(struct output *o, struct cli *c, const struct record_type *t, const char *columns,
                 enum output_shape shape)
{
    bool table = c->format == FORMAT_TABLE;
    int rc = CLI_OK;

    memset(o, 0, sizeof(*o));
    o->c = c;
    o->type = t;
    o->shape = shape;
    o->chosen = c->columns != NULL;
    strbuf_init(&o->text, TEXT_MAX);
    table_init(&o->table, true, "-");
    o->table.limit = c->out.columns;
    o->table.utf8 = c->out.utf8;
    if (o->chosen)
        rc = add_columns(o, c->columns, ", ");
    else if (table && shape != OUTPUT_DETAIL)
        rc = add_columns(o, columns, " ");
    else
        add_every_column(o);
    if (rc == CLI_OK && table && shape != OUTPUT_DETAIL)
        begin_table(o);
    else if (rc == CLI_OK && c->format == FORMAT_CSV)
        begin_csv(o);
    else if (rc == CLI_OK && c->format == FORMAT_JSON && shape == OUTPUT_LIST)
        strbuf_putc(&o->text, '[');
    return rc;
}

void output_value(const struct json_doc *doc, const struct json *v, struct strbuf *out)
{
    const struct json *item;

    switch (json_type(v)) {
    case JSON_NONE:
    case JSON_NULL: break;
    case JSON_STRING: strbuf_addstr(out, json_str(v)); break;
    case JSON_ARRAY:
        for (item = json_first(v); item != NULL; item = json_next(item)) {
            if (item != json_first(v))
                strbuf_putc(out, ' ');
            output_value(doc, item, out);
        }
        break;
    default: strbuf_addstr(out, json_span(doc, v));
    }
}

/* A list in a table: its first items, and how many more there are. */
static void list_cell(const struct json_doc *doc, const struct json *list, size_t most, struct strbuf *out)
{
    struct strbuf plain;
    size_t i = 0;

    strbuf_init(&plain, CELL_MAX);
    for (const struct json *v = json_first(list); v != NULL && i < most; v = json_next(v), i++) {
        if (i > 0)
            strbuf_puts(&plain, ", ");
        output_value(doc, v, &plain);
    }
    if (json_count(list) > i)
        strbuf_printf(&plain, ", %zu more", json_count(list) - i);
    text_clean(strbuf_str(&plain), out);
    strbuf_fini(&plain);
}

/* One value of a table. */
static void cell(struct output *o, const struct record_field *f, const struct json_doc *doc,
                 const struct json *v, struct strbuf *out)
{
    const struct term *term = &o->c->out;
    struct ipam_str span = json_span(doc, v), text = json_str(v);
    struct strbuf plain;
    int64_t id;

    if (v == NULL)
        return;
    if (f != NULL && f->kind == KIND_PERCENT && term->tty && text_percent(span) >= 0) {
        text_bar_percent(text_percent(span), term, out);
    } else if (f != NULL && f->kind == KIND_U128 && term->tty) {
        text_count(text, out);
    } else if (f != NULL && f->kind == KIND_REF && json_int(v, &id) == 0) {
        text_clean(str_from(refs_key(o->c, f->ref, id)), out);
    } else if (f != NULL && f->kind == KIND_BOOL) {
        strbuf_puts(out, json_type(v) == JSON_TRUE ? "yes" : json_type(v) == JSON_FALSE ? "no" : "");
    } else if (f != NULL && f->kind == KIND_TIME && text.len > 5 && text.data[text.len - 5] == '.') {
        text_clean((struct ipam_str){ text.data, text.len - 5 }, out); /* without the milliseconds */
        strbuf_putc(out, 'Z');
    } else if (json_type(v) == JSON_ARRAY) {
        list_cell(doc, v, o->shape == OUTPUT_DETAIL ? SIZE_MAX : CELL_ITEMS, out);
    } else {
        strbuf_init(&plain, CELL_MAX);
        output_value(doc, v, &plain);
        text_clean(strbuf_str(&plain), out);
        strbuf_fini(&plain);
    }
}

static void table_row_of(struct output *o, const struct json_doc *doc, const struct json *item)
{
    struct strbuf text;

    strbuf_init(&text, CELL_MAX);
    for (unsigned i = 0; i < o->column_count; i++) {
        strbuf_reset(&text);
        cell(o, o->columns[i], doc, json_get(item, o->columns[i]->name), &text);
        table_cell(&o->table, text.len > 0 ? text.data : "");
    }
    strbuf_fini(&text);
}

static bool wanted(const struct output *o, struct ipam_str name)
{
    if (!o->chosen)
        return true;
    for (unsigned i = 0; i < o->column_count; i++)
        if (str_is(name, o->columns[i]->name))
            return true;
    return false;
}

/* A list of objects inside an object, as a table of their plain members. What every row would repeat is left
 * out: the revision, and the object they belong to. */
static void detail_list(struct output *o, const struct json_doc *doc, const struct json *items)
{
    struct table t;
    struct strbuf text;

    table_init(&t, true, "-");
    t.limit = o->c->out.columns;
    t.utf8 = o->c->out.utf8;
    for (const struct json *item = json_first(items); item != NULL; item = json_next(item)) {
        for (const struct json *v = json_first(item); v != NULL; v = json_next(v)) {
            char *name = arena_memdup(&o->c->arena, json_key(v).data, json_key(v).len);
            bool plain = json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY;

            if (name != NULL && plain && strcmp(name, "rev") != 0 && strcmp(name, o->type->name) != 0)
                table_column_once(&t, name, json_type(v) == JSON_NUMBER);
        }
    }
    strbuf_init(&text, CELL_MAX);
    for (const struct json *item = json_first(items); item != NULL; item = json_next(item)) {
        for (unsigned i = 0; i < t.column_count; i++) {
            strbuf_reset(&text);
            cell(o, NULL, doc, json_get(item, t.columns[i].title), &text);
            table_cell(&t, text.len > 0 ? text.data : "");
        }
    }
    strbuf_putc(&o->text, '\n');
    text_clean(json_key(items), &o->text);
    strbuf_putc(&o->text, '\n');
    table_flush(&t, o->c->out.color, &o->text);
    table_fini(&t);
    strbuf_fini(&text);
}

static bool is_object_list(const struct json *v)
{
    return json_type(v) == JSON_ARRAY && json_type(json_first(v)) == JSON_OBJECT;
}

/* Every field the daemon sent that holds something, one on a line; lists of objects below. */
static void detail(struct output *o, const struct json_doc *doc, const struct json *item)
{
    struct table lines;
    struct strbuf text;

    table_init(&lines, false, "");
    table_column(&lines, "", false);
    table_column(&lines, "", false);
    strbuf_init(&text, CELL_MAX);
    for (const struct json *v = json_first(item); v != NULL; v = json_next(v)) {
        const struct record_field *f = record_field(o->type, json_key(v));

        if (!wanted(o, json_key(v)) || json_type(v) == JSON_NULL || is_object_list(v))
            continue;
        if ((json_type(v) == JSON_STRING && json_str(v).len == 0) ||
            (json_type(v) == JSON_ARRAY && json_count(v) == 0))
            continue;
        strbuf_reset(&text);
        text_clean(json_key(v), &text);
        table_cell(&lines, text.data);
        strbuf_reset(&text);
        cell(o, f, doc, v, &text);
        if (f != NULL && f->unit[0] != '\0' && f->kind != KIND_PERCENT)
            strbuf_printf(&text, " %s", f->unit);
        table_cell(&lines, text.len > 0 ? text.data : "");
    }
    if (o->count > 0)
        strbuf_putc(&o->text, '\n');
    table_flush(&lines, false, &o->text);
    for (const struct json *v = json_first(item); v != NULL; v = json_next(v))
        if (wanted(o, json_key(v)) && is_object_list(v))
            detail_list(o, doc, v);
    table_fini(&lines);
    strbuf_fini(&text);
}

void csv_text(struct ipam_str s, struct strbuf *out)
{
    bool quote = false;

    for (size_t i = 0; i < s.len && !quote; i++)
        quote = memchr(",\"\r\n", s.data[i], 4) != NULL;
    if (quote)
        strbuf_putc(out, '"');
    if (s.len > 0 && memchr("=+-@\t\r", s.data[0], 6) != NULL)
        strbuf_putc(out, '\''); /* a spreadsheet would run it (OWASP, CSV injection) */
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, s.data[i]);
    }
    if (quote)
        strbuf_putc(out, '"');
}

static void csv_row(struct output *o, const struct json_doc *doc, const struct json *item)
{
    struct strbuf text;

    strbuf_init(&text, CELL_MAX);
    for (unsigned i = 0; i < o->column_count; i++) {
        const struct json *v = json_get(item, o->columns[i]->name);

        strbuf_reset(&text);
        output_value(doc, v, &text);
        if (i > 0)
            strbuf_putc(&o->text, ',');
        if (json_type(v) == JSON_NUMBER)
            strbuf_addstr(&o->text, strbuf_str(&text));
        else if (text.len > 0)
            csv_text(strbuf_str(&text), &o->text);
    }
    strbuf_puts(&o->text, "\r\n");
    strbuf_fini(&text);
}

/* The object with the chosen members alone, compact. */
static void json_item(const struct output *o, const struct json_doc *doc, const struct json *item,
                      struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    w.shown = true;
    jw_object(&w);
    for (const struct json *v = json_first(item); v != NULL; v = json_next(v)) {
        if (!wanted(o, json_key(v)))
            continue;
        jw_key_str(&w, json_key(v));
        output_json(doc, v, &w);
    }
    jw_object_end(&w);
}

static void yaml_item(struct output *o, const struct json_doc *doc, const struct json *item)
{
    unsigned indent = o->shape == OUTPUT_LIST ? 2 : 0;
    struct json_doc *chosen = NULL;
    struct json_error e;
    struct strbuf text;

    if (!o->chosen) {
        output_yaml(doc, item, indent, &o->text);
        return;
    }
    strbuf_init(&text, TEXT_MAX);
    json_item(o, doc, item, &text);
    if (!text.failed && json_parse(text.data, text.len, TEXT_MAX, &chosen, &e) == 0)
        output_yaml(chosen, json_root(chosen), indent, &o->text);
    json_free(chosen);
    strbuf_fini(&text);
}

void output_item(struct output *o, const struct json_doc *doc, const struct json *item)
{
    switch (o->c->format) {
    case FORMAT_TABLE:
        if (o->shape == OUTPUT_DETAIL)
            detail(o, doc, item);
        else
            table_row_of(o, doc, item);
        break;
    case FORMAT_JSON:
        if (o->shape == OUTPUT_LIST)
            strbuf_puts(&o->text, o->count > 0 ? ",\n " : "\n ");
        json_item(o, doc, item, &o->text);
        break;
    case FORMAT_JSONL:
        json_item(o, doc, item, &o->text);
        strbuf_putc(&o->text, '\n');
        break;
    case FORMAT_CSV: csv_row(o, doc, item); break;
    case FORMAT_SVG: break; /* no objects: main refuses it where nothing is drawn */
    case FORMAT_YAML: yaml_item(o, doc, item); break;
    }
    o->count++;
}

int output_text(const struct strbuf *text)
{
    if (text->failed) {
        cli_error("out of memory for the output; ask for less with --limit or a filter");
        return CLI_FAILED;
    }
    if (fwrite(text->data != NULL ? text->data : "", 1, text->len, stdout) != text->len ||
        fflush(stdout) != 0) {
        cli_error("cannot write to standard output: %s", strerror(errno));
        return CLI_FAILED;
    }
    return CLI_OK;
}

int output_flush(struct output *o)
{
    int rc;

    if (o->count > 0 && o->c->format == FORMAT_TABLE && o->shape != OUTPUT_DETAIL)
        table_flush(&o->table, o->c->out.color, &o->text);
    rc = output_text(&o->text);
    strbuf_reset(&o->text);
    return rc;
}

int output_page(void *user, const struct json_doc *doc, const struct json *items)
{
    struct output *o = user;

    for (const struct json *v = json_first(items); v != NULL; v = json_next(v))
        output_item(o, doc, v);
    return output_flush(o);
}

int output_end(struct output *o, int rc)
{
    int written;

    if ((rc != CLI_OK || o->elsewhere) && o->count == 0)
        strbuf_reset(&o->text); /* nothing came: no frame around it */
    else if (o->c->format == FORMAT_JSON && o->shape == OUTPUT_LIST)
        strbuf_puts(&o->text, o->count > 0 ? "\n]\n" : "]\n");
    else if (o->c->format == FORMAT_JSON && o->count > 0)
        strbuf_putc(&o->text, '\n');
    else if (o->c->format == FORMAT_YAML && o->shape == OUTPUT_LIST && o->count == 0)
        strbuf_puts(&o->text, "[]\n");
    written = output_flush(o);
    table_fini(&o->table);
    strbuf_fini(&o->text);
    return written != CLI_OK ? written : rc;
}

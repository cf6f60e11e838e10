/* output.h - writes the daemon's objects to stdout as a table, JSON, JSON lines, CSV or YAML.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Objects are shown as the daemon sent them: what a newer daemon knows beyond our tables is shown too, but in
 * tables and CSV, whose columns are settled before the first row. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/json.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "record/record.h"

enum output_shape {
    OUTPUT_LIST,  /* any number of objects: an array, a table */
    OUTPUT_ROW,   /* one object, as a table of one row */
    OUTPUT_DETAIL /* one object with every field on a line of its own */
};

struct output {
    struct cli *c;
    const struct record_type *type;
    enum output_shape shape;
    bool chosen; /* --columns was given: only these members in every format */
    unsigned column_count;
    const struct record_field *columns[TABLE_COLUMNS_MAX];
    struct table table;
    struct strbuf text; /* not yet written */
    uint64_t count;     /* objects so far */
    bool elsewhere;     /* what there is was shown in another way: with no object nothing is written */
};

/* `columns`: names of fields separated by spaces, used for tables unless --columns says otherwise. CLI_USAGE
 * when --columns names an unknown field. */
int output_begin(struct output *o, struct cli *c, const struct record_type *t, const char *columns,
                 enum output_shape shape);
void output_item(struct output *o, const struct json_doc *doc, const struct json *item);
/* Writes what there is so far. CLI_FAILED when stdout takes no more. */
int output_flush(struct output *o);
/* A pages_fn: the items of one page; user is the output. */
int output_page(void *user, const struct json_doc *doc, const struct json *items);
/* Ends the document; `rc` is what the command has come to, and is returned unless writing fails. */
int output_end(struct output *o, int rc);

/* The exit code and the format for a word of --output. */
int output_format(const char *word, enum cli_format *ret);
/* Writes text to stdout as it is. */
int output_text(const struct strbuf *text);

/* One value as text for people and CSV: lists joined by spaces, objects as JSON. */
void output_value(const struct json_doc *doc, const struct json *v, struct strbuf *out);
/* Appends one JSON value without white space, and one object as YAML with this indentation. Both pure. */
void output_json(const struct json_doc *doc, const struct json *v, struct json_writer *w);
void output_yaml(const struct json_doc *doc, const struct json *item, unsigned indent, struct strbuf *out);
/* A text as a YAML scalar: plain where no reader can take it for anything else, else in double quotes. */
void yaml_text(struct ipam_str s, struct strbuf *out);
/* One field of CSV (RFC 4180), safe in a spreadsheet. */
void csv_text(struct ipam_str s, struct strbuf *out);

#endif

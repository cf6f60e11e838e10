/* csv_in.h - reads CSV (RFC 4180), strictly: every mistake has its line and column.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What record_csv_row writes is read back as it was: a cell without anything is an absent field, an empty one in
 * quotes is an empty value; the apostrophe before what a spreadsheet would take for a formula is taken off again. */
#ifndef RECORD_CSV_IN_H
#define RECORD_CSV_IN_H

#include "record/record.h"

struct csv_cell {
    struct ipam_str text; /* in the reader's text, or its arena */
    bool quoted;
    uint32_t column; /* of its first byte in its line, from 1 */
};

struct csv_reader {
    struct ipam_str text;
    struct arena *arena;
    size_t at, line_start;
    uint32_t line, row_line; /* from 1; row_line: where the last row began */
    char err[320];
};

/* Begins with a text that must outlive the reader; a byte order mark is passed over. IPAM_E_INVAL with r->err when it
 * is not UTF-8. */
int csv_open(struct csv_reader *r, struct ipam_str text, struct arena *a);
/* The next row: 1 and its cells, 0 at the end, or IPAM_E_INVAL with r->err. */
int csv_row(struct csv_reader *r, struct csv_cell *cells, size_t most, size_t *ret_count);
/* Reads a cell into its field of `rec`; messages (256 bytes) as record_field_parse. */
int csv_cell_parse(const struct record_field *f, const struct csv_cell *cell, struct arena *a, void *rec,
                   char *err);
/* Whether a text begins, perhaps after apostrophes, with what makes a formula: an apostrophe is put before it. */
bool csv_guarded(struct ipam_str s);

#endif

/* table.h - aligned columns of text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rows are collected and written in batches, so that a list of any length needs the memory of one batch: the
 * first batch settles the widths, later ones only widen them. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/arena.h"
#include "base/strbuf.h"

#define TABLE_COLUMNS_MAX 40

struct table_row; /* one row of cells */

struct table {
    unsigned column_count;
    struct {
        const char *title; /* borrowed */
        bool right;        /* numbers stand to the right */
        size_t width;
        bool whole; /* what is in it is never cut: it has a bar */
    } columns[TABLE_COLUMNS_MAX];
    bool titled;        /* a first line with the titles, in capitals */
    const char *empty;  /* what an empty cell shows, "-" or "" */
    size_t limit;       /* lines are cut to so many columns; 0: never */
    bool utf8;          /* of the mark where a cell was cut */
    struct arena arena; /* rows not yet written */
    struct table_row *first, **tail;
    unsigned filled; /* cells in the last row */
};

void table_init(struct table *t, bool titled, const char *empty);
void table_fini(struct table *t);
/* At most TABLE_COLUMNS_MAX; further ones are left out. Before the first cell. */
void table_column(struct table *t, const char *title, bool right);
/* The same unless there is one of this title. */
void table_column_once(struct table *t, const char *title, bool right);
/* Adds the next cell of the row; the text is copied. A full row starts the next one. */
void table_cell(struct table *t, const char *text);
/* Appends the titles, once, and the rows so far. `bold`: titles in bold type. */
void table_flush(struct table *t, bool bold, struct strbuf *out);

#endif

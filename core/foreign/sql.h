/* sql.h - the rows of a dump in SQL: INSERT statements, and the CREATE TABLE that say the order of columns.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * As mysqldump writes it, and tolerant of how: with or without names of columns, one row a statement or many, comments,
 * other statements. Of a table that is not wanted only the rows are counted. */
#ifndef FOREIGN_SQL_H
#define FOREIGN_SQL_H

#include "foreign/foreign_p.h"

struct sql_cell {
    struct ipam_str text; /* absent: NULL */
    bool hex;             /* text is hexadecimal digits of bytes */
};

struct sql_token {
    enum sql_kind { SQL_WORD, SQL_NAME, SQL_STRING, SQL_MARK } kind;
    struct ipam_str text;
};

struct sql_table {
    const char *name;
    const char **columns; /* as CREATE TABLE has them; in the keep arena */
    size_t count;
};

#define SQL_TABLES 8

struct sql {
    /* Set by who reads: tables that are wanted, the last one with name NULL. */
    struct sql_table tables[SQL_TABLES];
    /* A row of a wanted table, or of another one, which has a name alone. */
    int (*row)(struct foreign *f, struct sql *s, bool wanted);
    void (*begin)(struct foreign *f, struct sql *s); /* the columns of a statement are known */

    /* Of the row under way. */
    const char *table;
    const char *columns[FOREIGN_COLUMNS];
    struct sql_cell cells[FOREIGN_COLUMNS];
    size_t column_count, cell_count;
    uint32_t line; /* where it begins */

    /* The scanner. */
    int state, step;
    char quote;
    bool escaped, ended, star;
    uint32_t now;
    struct strbuf held;
    /* The statement under way. */
    struct arena names;
    struct sql_table *of;
    unsigned depth;
    bool item, hex, minus;
};

/* Begins a text; `tables`, `row` and `begin` are set, and stay. */
void sql_init(struct sql *s);
void sql_fini(struct sql *s);
int sql_feed(struct foreign *f, struct sql *s, struct ipam_str piece);
int sql_end(struct foreign *f, struct sql *s);
/* The text of a column of the row; absent when it is NULL or there is none. */
struct ipam_str sql_text(const struct sql *s, const char *column);

#endif

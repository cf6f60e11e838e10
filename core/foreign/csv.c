/* csv.c - CSV whose first line has the titles of its columns: each row by its own table.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "foreign/foreign_p.h"

static int parse_row(struct foreign *f, struct foreign_csv *csv, struct ipam_str row, uint32_t line,
                     size_t *ret_count)
{
    struct csv_reader r;
    if (csv_open(&r, row, &f->arena) != 0)
        return foreign_fail(f, "%s", r.err);
    r.line = line;
    return csv_row(&r, csv->cells, FOREIGN_COLUMNS, ret_count) < 0 ? foreign_fail(f, "%s", r.err) : 0;
}

static int on_titles(struct foreign *f, struct foreign_csv *csv, struct ipam_str row, uint32_t line)
{
    char shown[RECORD_ECHO_SIZE];
    size_t count;
    if (row.len > 5 &&
        memcmp(row.data, "#TYPE", 5) == 0) /* some programs say first of what class the rows are */
        return 0;
    int rc = parse_row(f, csv, row, line, &count);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < count; i++) {
        csv->titles[i] = arena_strdup(&f->keep, record_echo(foreign_trim(csv->cells[i].text), shown));
        if (csv->titles[i] == NULL)
            return foreign_fail(f, "line %u is too much for the memory of one request", line);
    }
    csv->count = count;
    const struct foreign_column *columns = csv->pick(f, csv);
    if (columns == NULL)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < count; i++) {
        csv->columns[i] = foreign_column(columns, str_from(csv->titles[i]));
        csv->customs[i] = csv->columns[i] == NULL && f->is_custom != NULL &&
                          f->is_custom(f->user, str_from(csv->titles[i]));
        if (csv->columns[i] == NULL && !csv->customs[i])
            csv->notes[i] = foreign_noting(f, "a value of the column \"%s\"", csv->titles[i]);
    }
    csv->open = true;
    return 0;
}

static void take(struct foreign *f, struct foreign_csv *csv, size_t i, uint32_t line)
{
    const struct foreign_column *c = csv->columns[i];
    struct ipam_str value = foreign_trim(csv->cells[i].text);
    if (value.len > 0 && value.data[0] == '\'' && csv_guarded(value)) { /* against formulas in spreadsheets */
        value.data++;
        value.len--;
    }
    if (str_is(value, FOREIGN_DASH))
        value.len = 0;
    f->where = csv->titles[i];
    if (csv->customs[i])
        csv->values[f->row.value_count++] = (struct foreign_value){ str_from(csv->titles[i]), value };
    else if (c == NULL && !foreign_is_no(value))
        foreign_pass(f, csv->notes[i], line);
    else if (c != NULL && c->take != NULL)
        c->take(f, c, value);
    f->where = NULL;
}

static int on_row(struct foreign *f, struct ipam_str row, uint32_t line)
{
    struct foreign_csv *csv = f->csv;
    size_t count;
    if (!csv->open)
        return on_titles(f, csv, row, line);
    int rc = parse_row(f, csv, row, line, &count);
    if (rc != 0)
        return rc;
    if (count == 1 && foreign_trim(csv->cells[0].text).len == 0)
        return 0;
    bool whole = count == csv->count;
    if (!foreign_begin(f, whole ? csv->kind(f, csv) : f->wanted, line))
        return 0;
    if (!whole)
        foreign_refuse(f, "%zu cells instead of the %zu of the titles", count, csv->count);
    f->row.values = csv->values;
    for (size_t i = 0; whole && i < count; i++)
        take(f, csv, i, line);
    if (whole && csv->done != NULL)
        csv->done(f);
    foreign_emit(f);
    return 0;
}

void foreign_csv_open(struct foreign *f, uint32_t line,
                      const struct foreign_column *(*pick)(struct foreign *f, const struct foreign_csv *csv),
                      uint32_t (*kind)(struct foreign *f, const struct foreign_csv *csv))
{
    f->csv = xcalloc(1, sizeof(*f->csv));
    f->csv->pick = pick;
    f->csv->kind = kind;
    foreign_cut_init(&f->csv->cut, true);
    f->csv->cut.line = f->csv->cut.first = line - 1;
}

int foreign_csv_feed(struct foreign *f, struct ipam_str piece)
{
    return foreign_cut_feed(f, &f->csv->cut, piece, on_row);
}

int foreign_csv_end(struct foreign *f)
{
    int rc = foreign_cut_end(f, &f->csv->cut, on_row);
    if (rc == 0 && !f->csv->open)
        rc = foreign_fail(f, "the text is empty; the first line has the titles of the columns");
    return rc;
}

/* table.c - aligned columns of text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <string.h>

#include "cli/text.h"

#define GAP     2 /* spaces between columns */
#define CUT_MIN 8 /* no column is cut to less */

struct table_row {
    struct table_row *next;
    const char *cells[];
};

void table_init(struct table *t, bool titled, const char *empty)
{
    memset(t, 0, sizeof(*t));
    t->titled = titled;
    t->empty = empty;
    t->tail = &t->first;
    arena_init(&t->arena, 0);
}

void table_fini(struct table *t)
{
    arena_fini(&t->arena);
}

void table_column(struct table *t, const char *title, bool right)
{
    if (t->column_count == TABLE_COLUMNS_MAX)
        return;
    t->columns[t->column_count].title = title;
    t->columns[t->column_count].right = right;
    t->column_count++;
    t->filled = t->column_count;
}

void table_column_once(struct table *t, const char *title, bool right)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (strcmp(t->columns[i].title, title) == 0)
            return;
    table_column(t, title, right);
}

void table_cell(struct table *t, const char *text)
{
    struct table_row *row;
    const char *copy = arena_strdup(&t->arena, *text != '\0' ? text : t->empty);

    if (t->filled == t->column_count) {
        row = arena_alloc(&t->arena, sizeof(*row) + (t->column_count + 1) * sizeof(row->cells[0]));
        if (row == NULL)
            return;
        *t->tail = row;
        t->filled = 0;
    }
    row = *t->tail;
    row->cells[t->filled++] = copy != NULL ? copy : "";
    if (t->filled == t->column_count)
        t->tail = &row->next;
}

static void widen(struct table *t, unsigned i, const char *text)
{
    size_t width = text_width(text);

    if (width > t->columns[i].width)
        t->columns[i].width = width;
    t->columns[i].whole |= strchr(text, '[') != NULL && strchr(text, ']') != NULL;
}

static size_t line_width(const struct table *t)
{
    size_t width = 0;

    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].width > 0)
            width += t->columns[i].width + (width > 0 ? GAP : 0);
    return width;
}

/* The widest column that may be narrower; NULL when none may. */
static size_t *widest(struct table *t)
{
    size_t *found = NULL;

    for (unsigned i = 0; i < t->column_count; i++) {
        size_t *width = &t->columns[i].width;

        if (!t->columns[i].right && !t->columns[i].whole && *width > CUT_MIN &&
            (found == NULL || *width > *found))
            found = width;
    }
    return found;
}

/* Makes lines fit a terminal: the widest columns give way, then the last ones go. */
static void fit(struct table *t)
{
    while (t->limit > 0 && line_width(t) > t->limit) {
        size_t *width = widest(t);
        unsigned last = t->column_count;

        if (width != NULL) {
            --*width;
            continue;
        }
        while (last > 1 && t->columns[last - 1].width == 0)
            last--;
        if (last <= 1)
            return;
        t->columns[last - 1].width = 0;
    }
}

static void pad(struct strbuf *out, size_t count)
{
    for (; count > 0; count--)
        strbuf_putc(out, ' ');
}

static const char *capitals(struct table *t, const char *title)
{
    char *copy = arena_strdup(&t->arena, title);

    for (char *p = copy; p != NULL && *p != '\0'; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    return copy != NULL ? copy : "";
}

/* One line; blanks at its end are left out. */
static void line(const struct table *t, const char *const *cells, struct strbuf *out)
{
    size_t due = 0;

    for (unsigned i = 0; i < t->column_count; i++) {
        size_t width = text_width(cells[i]);
        bool cut = width > t->columns[i].width;
        size_t spare = t->columns[i].width > width ? t->columns[i].width - width : 0;

        if (t->columns[i].width == 0)
            continue;
        if (t->columns[i].right)
            due += spare;
        if (*cells[i] != '\0') {
            pad(out, due);
            due = 0;
            if (cut)
                text_cut(cells[i], t->columns[i].width, t->utf8, out);
            else
                strbuf_puts(out, cells[i]);
        }
        due += (t->columns[i].right ? 0 : spare) + GAP;
    }
    strbuf_putc(out, '\n');
}

void table_flush(struct table *t, bool bold, struct strbuf *out)
{
    const char *titles[TABLE_COLUMNS_MAX];

    for (unsigned i = 0; t->titled && i < t->column_count; i++) {
        titles[i] = capitals(t, t->columns[i].title);
        widen(t, i, titles[i]);
    }
    for (const struct table_row *r = t->first; r != NULL; r = r->next)
        for (unsigned i = 0; i < t->column_count; i++)
            widen(t, i, r->cells[i]);
    fit(t);
    if (t->titled) {
        strbuf_puts(out, bold ? "\033[1m" : "");
        line(t, titles, out);
        if (bold) {
            out->len--; /* the type ends before the line does */
            strbuf_puts(out, "\033[0m\n");
        }
        t->titled = false;
    }
    for (const struct table_row *r = t->first; r != NULL; r = r->next)
        line(t, r->cells, out);
    t->first = NULL;
    t->tail = &t->first;
    t->filled = t->column_count;
    arena_reset(&t->arena);
}

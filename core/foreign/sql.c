/* sql.c - a dump in SQL taken apart into tokens, statements, and the rows of those that have any.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "foreign/sql.h"

enum { BLANK, WORD, QUOTED, LINE, BLOCK, DASH, SLASH };                           /* where the scanner is */
enum { START, SKIP, INTO, TABLE, COLUMNS, LISTED, VALUES, ROW, CREATE, DEFINED }; /* and in a statement */

static const char no_memory[] = "line %u: is too much for the memory of one request";

/* --- statements --- */

static bool among(struct ipam_str word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (foreign_is(word, *words))
            return true;
    return false;
}

static bool is_mark(const struct sql_token *t, char c)
{
    return t->kind == SQL_MARK && t->text.data[0] == c;
}

static struct sql_table *wanted(struct sql *s, const char *name)
{
    for (struct sql_table *t = s->tables; t->name != NULL; t++)
        if (strcasecmp(t->name, name) == 0)
            return t;
    return NULL;
}

static int start(struct sql *s, const struct sql_token *t)
{
    static const char *const inserts[] = { "insert", "replace", NULL };
    s->of = NULL;
    s->table = NULL;
    s->column_count = 0;
    arena_reset(&s->names);
    if (is_mark(t, ';'))
        return START;
    if (t->kind != SQL_WORD)
        return SKIP;
    return among(t->text, inserts) ? INTO : foreign_is(t->text, "create") ? CREATE : SKIP;
}

/* The name of the statement's table, before which INSERT and CREATE TABLE have words. */
static int name_table(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    static const char *const words[] = { "into",  "ignore", "low_priority", "delayed", "high_priority",
                                         "table", "if",     "not",          "exists",  "temporary",
                                         NULL };
    if (is_mark(t, '.') || (t->kind == SQL_WORD && among(t->text, words)))
        return 0;
    if (s->step == CREATE && s->table != NULL && is_mark(t, '(')) {
        s->step = DEFINED;
        s->item = true;
        s->depth = 0;
        return 0;
    }
    if (t->kind == SQL_MARK || t->kind == SQL_STRING || (t->kind == SQL_WORD && s->step == CREATE)) {
        s->step = is_mark(t, ';') ? START : SKIP; /* CREATE of something else */
        return 0;
    }
    s->table = arena_memdup(&s->names, t->text.data, t->text.len);
    if (s->table == NULL)
        return foreign_fail(f, no_memory, s->now);
    s->of = wanted(s, s->table);
    s->step = s->step == INTO ? TABLE : CREATE;
    return 0;
}

static int add_column(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    if (s->of == NULL)
        return 0;
    const char *name = arena_memdup(&s->names, t->text.data, t->text.len);
    if (name == NULL || s->column_count == FOREIGN_COLUMNS)
        return foreign_fail(f, "line %u: more than %d columns", s->now, FOREIGN_COLUMNS);
    s->columns[s->column_count++] = name;
    return 0;
}

/* Keeps the columns of a CREATE TABLE for the INSERTs that name none. */
static int keep_columns(struct foreign *f, struct sql *s)
{
    if (s->of == NULL)
        return 0;
    s->of->columns = arena_alloc(&f->keep, (s->column_count + 1) * sizeof(s->of->columns[0]));
    s->of->count = s->column_count;
    bool all = s->of->columns != NULL;
    for (size_t i = 0; all && i < s->column_count; i++)
        all = (s->of->columns[i] = arena_strdup(&f->keep, s->columns[i])) != NULL;
    return all ? 0 : foreign_fail(f, no_memory, s->now);
}

static int begin_values(struct foreign *f, struct sql *s)
{
    s->step = VALUES;
    if (s->of == NULL)
        return 0;
    for (size_t i = 0, known = s->column_count; known == 0 && i < s->of->count; i++)
        s->columns[s->column_count++] = s->of->columns[i];
    if (s->column_count == 0)
        return foreign_fail(
            f, "line %u: this INSERT INTO %s names no columns, and no CREATE TABLE before it does", s->now,
            s->of->name);
    if (s->begin != NULL)
        s->begin(f, s);
    return 0;
}

static void begin_row(struct foreign *f, struct sql *s)
{
    arena_reset(&f->arena);
    s->step = ROW;
    s->line = s->now;
    s->depth = 0;
    s->cell_count = 1;
    s->hex = s->minus = false;
    memset(&s->cells[0], 0, sizeof(s->cells[0]));
}

static int add_value(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    struct sql_cell *c = &s->cells[s->cell_count - 1];
    bool word = t->kind == SQL_WORD;
    if (t->kind == SQL_MARK)
        s->minus = is_mark(t, '-');
    if (s->of == NULL || t->kind == SQL_MARK || (word && foreign_is(t->text, "null")))
        return 0;
    if (word && (foreign_is(t->text, "x") || t->text.data[0] == '_')) { /* X'0A', _binary '...' */
        s->hex = t->text.data[0] != '_';
        return 0;
    }
    struct ipam_str text = t->text;
    c->hex = s->hex || (word && text.len > 2 && strncasecmp(text.data, "0x", 2) == 0);
    if (c->hex && !s->hex) {
        text.data += 2;
        text.len -= 2;
    }
    s->hex = false;
    c->text =
        s->minus ? str_from(arena_printf(&f->arena, "-" STR_FMT, STR_ARG(text))) : arena_str(&f->arena, text);
    s->minus = false;
    return c->text.data != NULL ? 0 : foreign_fail(f, no_memory, s->now);
}

static int in_row(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    if (is_mark(t, ';'))
        return foreign_fail(f, "line %u: the row that begins in line %u has no end", s->now, s->line);
    if (s->depth == 0 && is_mark(t, ')')) {
        s->step = VALUES;
        return s->row(f, s, s->of != NULL);
    }
    if (s->depth == 0 && is_mark(t, ',')) {
        if (s->cell_count == FOREIGN_COLUMNS)
            return foreign_fail(f, "line %u: more than %d columns", s->now, FOREIGN_COLUMNS);
        memset(&s->cells[s->cell_count++], 0, sizeof(s->cells[0]));
        s->hex = s->minus = false;
        return 0;
    }
    s->depth += is_mark(t, '(');
    s->depth -= is_mark(t, ')');
    return add_value(f, s, t);
}

/* Columns of a CREATE TABLE begin an item of it, in back quotes, as keys do not. */
static int in_definitions(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    bool item = s->item;
    s->item = s->depth == 0 && is_mark(t, ',');
    if (s->depth == 0 && is_mark(t, ')')) {
        s->step = SKIP;
        return keep_columns(f, s);
    }
    s->depth += is_mark(t, '(');
    s->depth -= is_mark(t, ')');
    return item && t->kind == SQL_NAME ? add_column(f, s, t) : 0;
}

static bool begins_values(const struct sql_token *t)
{
    static const char *const words[] = { "values", "value", NULL };
    return t->kind == SQL_WORD && among(t->text, words);
}

static int after_table(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    if (begins_values(t))
        return begin_values(f, s);
    bool open = s->step == TABLE;
    s->step = is_mark(t, ';')           ? START
              : open && is_mark(t, '(') ? COLUMNS
              : open && is_mark(t, '.') ? INTO
                                        : SKIP;
    return 0;
}

static int take_token(struct foreign *f, struct sql *s, const struct sql_token *t)
{
    switch (s->step) {
    case START: s->step = start(s, t); return 0;
    case INTO:
    case CREATE: return name_table(f, s, t);
    case TABLE:
    case LISTED: return after_table(f, s, t);
    case COLUMNS:
        if (is_mark(t, ')'))
            s->step = LISTED;
        else if (t->kind == SQL_NAME || t->kind == SQL_WORD)
            return add_column(f, s, t);
        break;
    case VALUES:
        if (is_mark(t, '('))
            begin_row(f, s);
        else if (!is_mark(t, ',') && !is_mark(t, ';'))
            s->step = SKIP;
        break;
    case ROW: return in_row(f, s, t);
    case DEFINED: return in_definitions(f, s, t);
    default: break;
    }
    if (is_mark(t, ';'))
        s->step = START;
    return 0;
}

/* --- tokens --- */

static int give(struct foreign *f, struct sql *s, enum sql_kind kind)
{
    struct sql_token t = { kind, strbuf_str(&s->held) };
    if (s->held.failed)
        return foreign_fail(f, "line %u: a value of more than 1 MiB", s->now);
    if (t.text.data == NULL)
        t.text = IPAM_STR("");
    if ((kind == SQL_NAME || kind == SQL_WORD) && !utf8_valid(t.text.data, t.text.len))
        return foreign_fail(f, "line %u is not UTF-8, or has a NUL", s->now);
    int rc = take_token(f, s, &t);
    strbuf_reset(&s->held);
    s->state = BLANK;
    return rc;
}

static char unescape(char c)
{
    static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\x1a";
    const char *at = c != '\0' ? strchr(from, c) : NULL;
    return at != NULL ? to[at - from] : c;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static int mark(struct foreign *f, struct sql *s, char c)
{
    strbuf_putc(&s->held, c);
    return give(f, s, SQL_MARK);
}

static int blank(struct foreign *f, struct sql *s, char c)
{
    if (c == '\'' || c == '"' || c == '`') {
        s->quote = c;
        s->escaped = s->ended = false;
        s->state = QUOTED;
    } else if (in_word(c)) {
        strbuf_putc(&s->held, c);
        s->state = WORD;
    } else if (c == '#') {
        s->state = LINE;
    } else if (c == '-') {
        s->state = DASH;
    } else if (c == '/') {
        s->state = SLASH;
    } else if (!isspace((unsigned char)c)) {
        return mark(f, s, c);
    }
    return 0;
}

/* In quotes, until the quote that is not doubled; true: `c` comes after it. */
static bool quoted(struct sql *s, char c)
{
    if (s->ended && c != s->quote)
        return true;
    if (!s->ended && !s->escaped && c == '\\' && s->quote != '`') {
        s->escaped = true;
    } else if (!s->ended && !s->escaped && c == s->quote) {
        s->ended = true;
    } else {
        strbuf_putc(&s->held, s->escaped ? unescape(c) : c);
        s->escaped = s->ended = false;
    }
    return false;
}

static int one(struct foreign *f, struct sql *s, char c)
{
    int rc = 0;
    switch (s->state) {
    case WORD:
        if (in_word(c)) {
            strbuf_putc(&s->held, c);
            return 0;
        }
        rc = give(f, s, SQL_WORD);
        break;
    case QUOTED:
        if (!quoted(s, c))
            return 0;
        rc = give(f, s, s->quote == '`' ? SQL_NAME : SQL_STRING);
        break;
    case LINE: s->state = c == '\n' ? BLANK : LINE; return 0;
    case BLOCK:
        s->state = s->star && c == '/' ? BLANK : BLOCK;
        s->star = c == '*';
        return 0;
    case DASH:
    case SLASH:
        s->star = false;
        if (c == (s->state == DASH ? '-' : '*')) {
            s->state = s->state == DASH ? LINE : BLOCK;
            return 0;
        }
        rc = mark(f, s, s->state == DASH ? '-' : '/');
        break;
    default: break;
    }
    return rc == 0 ? blank(f, s, c) : rc;
}

void sql_init(struct sql *s)
{
    s->state = BLANK;
    s->step = START;
    s->now = 1;
    strbuf_init(&s->held, FOREIGN_ROW_MAX);
    arena_init(&s->names, FOREIGN_ROW_MAX);
}

void sql_fini(struct sql *s)
{
    strbuf_fini(&s->held);
    arena_fini(&s->names);
}

int sql_feed(struct foreign *f, struct sql *s, struct ipam_str piece)
{
    int rc = 0;
    for (size_t i = 0; i < piece.len && rc == 0; i++) {
        rc = one(f, s, piece.data[i]);
        s->now += piece.data[i] == '\n';
    }
    return rc;
}

int sql_end(struct foreign *f, struct sql *s)
{
    int rc = (s->state == QUOTED && !s->ended) || s->state == BLOCK ? IPAM_E_INVAL : one(f, s, '\n');
    if (rc == 0 && s->step != ROW)
        return 0;
    if (rc == 0 || f->err[0] == '\0')
        foreign_fail(f, "line %u: the text ends inside a %s", s->now,
                     s->state == BLOCK ? "comment"
                     : s->step == ROW  ? "row"
                                       : "text in quotes");
    return IPAM_E_INVAL;
}

struct ipam_str sql_text(const struct sql *s, const char *column)
{
    for (size_t i = 0; i < s->column_count && i < s->cell_count; i++)
        if (strcasecmp(s->columns[i], column) == 0)
            return foreign_trim(s->cells[i].text);
    return (struct ipam_str){ NULL, 0 };
}

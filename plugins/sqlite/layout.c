/* layout.c - tables and indexes: made when missing, brought up when older, refused when newer or foreign.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One table a record type, with one column and one index for each column of the schema; the rest of a row is
 * its body. Tables of the plugin itself begin with "ipam_". */
#include "sq.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sq_sql_add(struct sq_sql *s, const char *fmt, ...)
{
    va_list ap;

    if (s->failed)
        return;
    va_start(ap, fmt);
    int n = vsnprintf(s->text + s->len, sizeof(s->text) - s->len, fmt, ap);
    va_end(ap);
    s->failed = n < 0 || (size_t)n >= sizeof(s->text) - s->len;
    s->len += s->failed ? 0 : (size_t)n;
}

const struct sq_table *sq_table_find(const struct sq_ctx *ctx, uint32_t type)
{
    for (uint32_t i = 0; i < ctx->schema->table_count; i++)
        if (ctx->tables[i].def->type == type)
            return &ctx->tables[i];
    return NULL;
}

const char *sq_column_name(const struct sq_table *t, uint32_t number)
{
    for (uint32_t i = 0; i < t->def->column_count; i++)
        if (t->def->column_numbers[i] == number)
            return t->def->column_names[i];
    return NULL;
}

static int find_column(const struct ipam_table *def, const char *name)
{
    for (uint32_t i = 0; i < def->column_count; i++)
        if (strcmp(def->column_names[i], name) == 0)
            return (int)i;
    return -1;
}

/* The columns that every table has. */
static const char *const own_columns[] = { "id", "rev", "sum", "body" };

static bool is_own(const char *name)
{
    for (size_t i = 0; i < sizeof(own_columns) / sizeof(own_columns[0]); i++)
        if (strcmp(name, own_columns[i]) == 0)
            return true;
    return false;
}

/* Names become SQL text, so they are what the schema promises, or nothing is done. */
static bool good_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");

    return len > 0 && len <= SQ_NAME_MAX && name[len] == '\0' && strncmp(name, "ipam_", 5) != 0;
}

static int32_t check_schema(const struct sq_ctx *ctx, struct sq_error *err)
{
    for (uint32_t i = 0; i < ctx->schema->table_count; i++) {
        const struct ipam_table *def = ctx->schema->tables[i];
        bool good = good_name(def->name) && def->column_count <= SQ_COLUMNS_MAX;

        for (uint32_t k = 0; good && k < def->column_count; k++) {
            const char *name = def->column_names[k];

            good = good_name(name) && !is_own(name);
        }
        if (!good)
            return sq_refuse(err, IPAM_E_BUG,
                             "%s: the schema's table %s has a name that cannot be stored; please report it",
                             ctx->path, def->name);
    }
    return IPAM_OK;
}

static int32_t create_own(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };

    sq_sql_add(&s, "PRAGMA application_id=%d; PRAGMA user_version=%d;", SQ_APPLICATION, SQ_LAYOUT);
    sq_sql_add(&s,
               "CREATE TABLE ipam_meta(one INTEGER PRIMARY KEY CHECK(one=1), schema INTEGER NOT NULL,"
               " next_id INTEGER NOT NULL, head INTEGER NOT NULL, changes INTEGER NOT NULL,"
               " batches BLOB NOT NULL) STRICT;"
               "INSERT INTO ipam_meta VALUES(1, %u, 1, 0, 0, x'');",
               ctx->schema->version);
    sq_sql_add(&s, "CREATE TABLE ipam_log(rev INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
                   " sum INTEGER NOT NULL, body BLOB NOT NULL) STRICT;");
    sq_sql_add(&s, "CREATE TABLE ipam_version(type INTEGER, id INTEGER, rev_from INTEGER,"
                   " rev_to INTEGER NOT NULL, sum INTEGER NOT NULL, body BLOB NOT NULL,"
                   " PRIMARY KEY(type, id, rev_from)) STRICT, WITHOUT ROWID;");
    return sq_exec(c, s.text, err);
}

static int32_t create_table(struct sq_ctx *ctx, struct sq_conn *c, const struct ipam_table *def,
                            struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };

    sq_sql_add(&s,
               "CREATE TABLE IF NOT EXISTS \"%s\"(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, sum INTEGER "
               "NOT NULL",
               def->name);
    for (uint32_t i = 0; i < def->column_count; i++)
        sq_sql_add(&s, ", \"%s\" BLOB", def->column_names[i]);
    sq_sql_add(&s, ", body BLOB NOT NULL) STRICT;");
    if (s.failed)
        return sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many columns", ctx->path, def->name);
    return sq_exec(c, s.text, err);
}

/* Marks in `there` which columns of the schema the table has, and drops one that the schema has no more: it
 * would not be written any longer, and stale when it came back. */
static int32_t compare_columns(struct sq_ctx *ctx, const struct ipam_table *def, bool *there,
                               struct sq_error *err)
{
    struct sq_sql drop = { .len = 0 };
    sqlite3_stmt *stmt;
    int rc;
    int32_t status = sq_cached(&ctx->writer, "SELECT name FROM pragma_table_info(?)", &stmt, err);

    if (status != IPAM_OK)
        return status;
    sqlite3_bind_text(stmt, 1, def->name, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        int place = find_column(def, name);

        if (place >= 0)
            there[place] = true;
        else if (!is_own(name))
            sq_sql_add(&drop, "DROP INDEX IF EXISTS \"%s.%s\"; ALTER TABLE \"%s\" DROP COLUMN \"%s\";",
                       def->name, name, def->name, name);
    }
    if (rc != SQLITE_DONE)
        status = sq_fail(&ctx->writer, "cannot read its layout", err);
    sqlite3_reset(stmt);
    if (status != IPAM_OK)
        return status;
    if (drop.failed)
        return sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many columns that are not used any more",
                         ctx->path, def->name);
    return drop.len ? sq_exec(&ctx->writer, drop.text, err) : IPAM_OK;
}

/* The statement that fills the new columns of a table's rows. */
struct filler {
    const struct ipam_table *def;
    const bool *there;
    sqlite3_stmt *update;
};

static void fill_column(void *user, uint32_t place, struct ipam_bytes value)
{
    const struct filler *f = user;
    int at = 1;

    for (uint32_t i = 0; i < place; i++)
        at += !f->there[i];
    if (!f->there[place] && value.len)
        sqlite3_bind_blob64(f->update, at, value.data, value.len, SQLITE_TRANSIENT);
}

/* Fills the new columns of one row from its body. */
static int32_t fill_row(struct sq_ctx *ctx, struct filler *f, sqlite3_stmt *row, struct sq_error *err)
{
    int64_t id = sqlite3_column_int64(row, 0);

    sqlite3_clear_bindings(f->update);
    if (ctx->schema->columns(f->def, sq_column_bytes(row, 1), fill_column, f) != IPAM_OK)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "%s: row %lld of table %s cannot be read, so its new column cannot be filled; "
                         "restore the file from a backup",
                         ctx->path, (long long)id, f->def->name);
    sqlite3_bind_int64(f->update, sqlite3_bind_parameter_count(f->update), id);
    int32_t status = IPAM_OK;
    if (sqlite3_step(f->update) != SQLITE_DONE)
        status = sq_fail(&ctx->writer, "cannot fill a new column", err);
    sqlite3_reset(f->update);
    return status;
}

static int32_t fill_columns(struct sq_ctx *ctx, const struct ipam_table *def, const bool *there,
                            struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };
    struct filler f = { .def = def, .there = there };
    sqlite3_stmt *rows = NULL;
    const char *comma = "";
    int rc = SQLITE_DONE;

    sq_sql_add(&s, "UPDATE \"%s\" SET ", def->name);
    for (uint32_t i = 0; i < def->column_count; i++) {
        if (there[i])
            continue;
        sq_sql_add(&s, "%s\"%s\"=?", comma, def->column_names[i]);
        comma = ", ";
    }
    sq_sql_add(&s, " WHERE id=?");
    int32_t status = sq_prepare(&ctx->writer, s.text, &f.update, err);
    if (status != IPAM_OK)
        return status;
    s = (struct sq_sql){ .len = 0 };
    sq_sql_add(&s, "SELECT id, body FROM \"%s\" ORDER BY id", def->name);
    status = sq_prepare(&ctx->writer, s.text, &rows, err);
    while (status == IPAM_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW)
        status = fill_row(ctx, &f, rows, err);
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(&ctx->writer, "cannot read its rows", err);
    sqlite3_finalize(rows);
    sqlite3_finalize(f.update);
    return status;
}

static int32_t add_columns(struct sq_ctx *ctx, const struct ipam_table *def, const bool *there,
                           struct sq_error *err)
{
    struct sq_sql s = { .len = 0 };

    for (uint32_t i = 0; i < def->column_count; i++)
        if (!there[i])
            sq_sql_add(&s, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" BLOB;", def->name, def->column_names[i]);
    if (s.len == 0)
        return IPAM_OK;
    if (s.failed)
        return sq_refuse(err, IPAM_E_TOOBIG, "%s: table %s has too many new columns", ctx->path, def->name);
    int32_t status = sq_exec(&ctx->writer, s.text, err);
    return status == IPAM_OK ? fill_columns(ctx, def, there, err) : status;
}

static int32_t create_indexes(struct sq_conn *c, const struct ipam_table *def, struct sq_error *err)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < def->column_count; i++) {
        struct sq_sql s = { .len = 0 };
        const char *name = def->column_names[i];

        sq_sql_add(&s, "CREATE INDEX IF NOT EXISTS \"%s.%s\" ON \"%s\"(\"%s\");", def->name, name, def->name,
                   name);
        status = sq_exec(c, s.text, err);
    }
    return status;
}

int32_t sq_layout_tables(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err)
{
    int32_t status = create_own(ctx, c, err);

    for (uint32_t i = 0; status == IPAM_OK && i < ctx->schema->table_count; i++)
        status = create_table(ctx, c, ctx->schema->tables[i], err);
    return status;
}

int32_t sq_layout_indexes(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; status == IPAM_OK && i < ctx->schema->table_count; i++)
        status = create_indexes(c, ctx->schema->tables[i], err);
    return status;
}

static int32_t bring_up(struct sq_ctx *ctx, const struct ipam_table *def, struct sq_error *err)
{
    bool there[SQ_COLUMNS_MAX] = { false };
    int32_t status = create_table(ctx, &ctx->writer, def, err);

    if (status == IPAM_OK)
        status = compare_columns(ctx, def, there, err);
    if (status == IPAM_OK)
        status = add_columns(ctx, def, there, err);
    if (status == IPAM_OK)
        status = create_indexes(&ctx->writer, def, err);
    return status;
}

/* Reads whose file it is; *ret_fresh when there is nothing in it. */
static int32_t identify(struct sq_ctx *ctx, bool *ret_fresh, int64_t *ret_layout, struct sq_error *err)
{
    int64_t application = 0, layout = 0, objects = 0;
    int32_t status = sq_integer(&ctx->writer, "PRAGMA application_id", &application, err);

    if (status == IPAM_OK)
        status = sq_integer(&ctx->writer, "PRAGMA user_version", &layout, err);
    if (status == IPAM_OK)
        status = sq_integer(&ctx->writer, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (status != IPAM_OK)
        return status;
    *ret_fresh = application == 0 && layout == 0 && objects == 0;
    if (!*ret_fresh && application != SQ_APPLICATION)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "%s: this is another program's database; let option path name another file",
                         ctx->path);
    if (layout > SQ_LAYOUT)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "%s: its layout %lld is newer than %d, the newest this version knows; install the "
                         "version that wrote it, or a newer one",
                         ctx->path, (long long)layout, SQ_LAYOUT);
    *ret_layout = layout;
    return IPAM_OK;
}

static int32_t check_version(struct sq_ctx *ctx, int64_t *ret_version, struct sq_error *err)
{
    int64_t version = 0;
    int32_t status = sq_integer(&ctx->writer, "SELECT schema FROM ipam_meta", &version, err);

    if (status == IPAM_OK && version > ctx->schema->version)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "%s: its schema %lld is newer than %u, the newest this version knows; install the "
                         "version that wrote it, or a newer one",
                         ctx->path, (long long)version, ctx->schema->version);
    *ret_version = version;
    return status;
}

static int32_t use_wal(struct sq_ctx *ctx, struct sq_error *err)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_cached(&ctx->writer, "PRAGMA journal_mode=WAL", &stmt, err);

    if (status != IPAM_OK)
        return status;
    if (sqlite3_step(stmt) != SQLITE_ROW)
        status = sq_fail(&ctx->writer, "cannot switch to a write-ahead log", err);
    else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") != 0)
        status = sq_refuse(err, IPAM_E_CONFIG,
                           "%s: its file system cannot carry a write-ahead log (it needs shared memory); let "
                           "option path name a file on a local disk",
                           ctx->path);
    sqlite3_reset(stmt);
    return status;
}

static int32_t look(struct sq_ctx *ctx, bool fresh, int64_t layout, int64_t version, struct sq_error *err);

int32_t sq_layout(struct sq_ctx *ctx, struct sq_error *err)
{
    bool fresh = false;
    int64_t layout = SQ_LAYOUT, version = ctx->schema->version;
    int32_t status = check_schema(ctx, err);

    if (status == IPAM_OK)
        status = identify(ctx, &fresh, &layout, err);
    if (status == IPAM_OK && !fresh)
        status = check_version(ctx, &version, err);
    if (status == IPAM_OK && sq_as_is(ctx))
        return look(ctx, fresh, layout, version, err);
    if (status == IPAM_OK && !fresh && (layout < SQ_LAYOUT || version < ctx->schema->version))
        status = sq_upgrade(ctx, (int)layout, version, err);
    if (status == IPAM_OK)
        status = use_wal(ctx, err);
    if (status == IPAM_OK)
        status = sq_exec(&ctx->writer, "BEGIN IMMEDIATE", err);
    if (status != IPAM_OK)
        return status;
    if (fresh)
        status = create_own(ctx, &ctx->writer, err);
    for (uint32_t i = 0; status == IPAM_OK && i < ctx->schema->table_count; i++)
        status = bring_up(ctx, ctx->schema->tables[i], err);
    if (status == IPAM_OK)
        status = sq_exec(&ctx->writer, "COMMIT", err);
    if (!sqlite3_get_autocommit(ctx->writer.db))
        sqlite3_exec(ctx->writer.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* --- what a file has that it should not, or has not --- */

struct judge {
    struct sq_ctx *ctx;
    struct sq_conn *c;
    void (*problem)(void *user, const char *text);
    void *user;
    struct sq_error *err;
};

static void say(const struct judge *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct judge *j, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    j->problem(j->user, text);
}

/* Whether a table or index of the file is one of ours. */
static bool expected(const struct judge *j, const char *name, bool index)
{
    static const char *const own[] = { "ipam_meta", "ipam_log", "ipam_version" };
    const char *dot = strchr(name, '.');
    size_t len = dot ? (size_t)(dot - name) : strlen(name);

    for (size_t i = 0; !index && i < sizeof(own) / sizeof(own[0]); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    for (uint32_t i = 0; i < j->ctx->schema->table_count; i++) {
        const struct ipam_table *def = j->ctx->schema->tables[i];

        if (strlen(def->name) == len && memcmp(def->name, name, len) == 0)
            return index ? dot && find_column(def, dot + 1) >= 0 : !dot;
    }
    return false;
}

static int32_t judge_objects(const struct judge *j)
{
    static const char sql[] =
        "SELECT name, type FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    sqlite3_stmt *stmt;
    int rc;
    int32_t status = sq_cached(j->c, sql, &stmt, j->err);

    if (status != IPAM_OK)
        return status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const char *kind = (const char *)sqlite3_column_text(stmt, 1);

        if (!expected(j, name, strcmp(kind, "index") == 0) ||
            (strcmp(kind, "table") != 0 && strcmp(kind, "index") != 0))
            say(j, "it has a %.20s %.100s that is not ours", kind, name);
    }
    if (rc != SQLITE_DONE)
        status = sq_fail(j->c, "cannot read its layout", j->err);
    sqlite3_reset(stmt);
    return status;
}

/* What a table must have, by a question that counts it. */
static int32_t judge_count(const struct judge *j, const char *sql, const char *table, const char *name,
                           const char *what)
{
    sqlite3_stmt *stmt;
    int32_t status = sq_cached(j->c, sql, &stmt, j->err);

    if (status != IPAM_OK)
        return status;
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_ROW)
        status = sq_fail(j->c, "cannot read its layout", j->err);
    else if (sqlite3_column_int(stmt, 0) == 0)
        say(j, "table %s has no %s %s", table, what, name);
    sqlite3_reset(stmt);
    return status;
}

static int32_t judge_table(const struct judge *j, const struct ipam_table *def)
{
    static const char column[] = "SELECT count(*) FROM pragma_table_info(?) WHERE name=?",
                      index[] =
                          "SELECT count(*) FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c"
                          " WHERE c.name=?";
    int32_t status = IPAM_OK;

    for (size_t i = 0; status == IPAM_OK && i < sizeof(own_columns) / sizeof(own_columns[0]); i++)
        status = judge_count(j, column, def->name, own_columns[i], "column");
    for (uint32_t i = 0; status == IPAM_OK && i < def->column_count; i++) {
        status = judge_count(j, column, def->name, def->column_names[i], "column");
        if (status == IPAM_OK)
            status = judge_count(j, index, def->name, def->column_names[i], "index on");
    }
    return status;
}

int32_t sq_layout_judge(struct sq_ctx *ctx, struct sq_conn *c, void (*problem)(void *user, const char *text),
                        void *user, struct sq_error *err)
{
    const struct judge j = { ctx, c, problem, user, err };
    int32_t status = judge_objects(&j);

    for (uint32_t i = 0; status == IPAM_OK && i < ctx->schema->table_count; i++)
        status = judge_table(&j, ctx->schema->tables[i]);
    return status;
}

/* What would be done to a file that is only looked at. */
static void count_missing(void *user, const char *text)
{
    unsigned *count = user;

    *count += strstr(text, " has no ") != NULL;
}

static int32_t look(struct sq_ctx *ctx, bool fresh, int64_t layout, int64_t version, struct sq_error *err)
{
    if (fresh)
        return sq_refuse(err, IPAM_E_NOENT, "%s: there is nothing in it yet; the first start makes it",
                         ctx->path);
    if (layout == SQ_LAYOUT && version == ctx->schema->version) {
        unsigned missing = 0;
        int32_t status = sq_layout_judge(ctx, &ctx->writer, count_missing, &missing, err);

        return status == IPAM_OK && missing
                   ? sq_refuse(err, IPAM_E_CHANGED,
                               "%s: it lacks %u columns or indexes, which the next start adds", ctx->path,
                               missing)
                   : status;
    }
    return sq_refuse(
        err, IPAM_E_CHANGED,
        "%s: it has layout %lld and schema %lld; the next start brings it up to %d and %u in a copy, for "
        "which there must be space, and keeps the old file",
        ctx->path, (long long)layout, (long long)version, SQ_LAYOUT, ctx->schema->version);
}

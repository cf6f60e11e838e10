/* past.c - rows as they were at a revision: those that have not changed since, and old versions.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An old version is its body alone. What it is filtered and ordered by is read from that body again, by a
 * function that SQL calls. */
#include "sq.h"

#include <stddef.h>

struct wanted {
    uint32_t place;
    sqlite3_context *context;
    bool found;
};

static void take_column(void *user, uint32_t place, struct ipam_bytes value)
{
    struct wanted *w = user;

    if (place != w->place || value.len == 0)
        return;
    sqlite3_result_blob64(w->context, value.data, value.len, SQLITE_TRANSIENT);
    w->found = true;
}

/* ipam_column(TYPE, PLACE, BODY): the column that a table of the type would have for the body. */
static void column_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct sq_ctx *ctx = sqlite3_user_data(context);
    const struct sq_table *t = sq_table_find(ctx, (uint32_t)sqlite3_value_int(values[0]));
    struct ipam_bytes body = { sqlite3_value_blob(values[2]), (size_t)sqlite3_value_bytes(values[2]) };
    struct wanted w = { (uint32_t)sqlite3_value_int(values[1]), context, false };

    (void)count;
    if (!t || ctx->schema->columns(t->def, body, take_column, &w) != IPAM_OK)
        sqlite3_result_error(context, "an old version of a row cannot be read", -1);
    else if (!w.found)
        sqlite3_result_null(context);
}

int32_t sq_past_prepare(struct sq_ctx *ctx, struct sq_conn *c, struct sq_error *err)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

    if (sqlite3_create_function_v2(c->db, "ipam_column", 3, flags, ctx, column_function, NULL, NULL, NULL) ==
        SQLITE_OK)
        return IPAM_OK;
    return sq_fail(c, "cannot prepare to read old versions", err);
}

void sq_past_from(const struct sq_table *t, uint64_t wanted, struct sq_sql *s)
{
    const struct ipam_table *def = t->def;

    sq_sql_add(s, " FROM (SELECT id, rev, body, sum");
    for (uint32_t i = 0; i < def->column_count; i++)
        if (wanted >> i & 1)
            sq_sql_add(s, ", \"%s\"", def->column_names[i]);
    sq_sql_add(s, " FROM \"%s\" WHERE rev<=? UNION ALL SELECT id, rev_from, body, sum", def->name);
    for (uint32_t i = 0; i < def->column_count; i++)
        if (wanted >> i & 1)
            sq_sql_add(s, ", ipam_column(%u, %u, body)", def->type, i);
    sq_sql_add(s, " FROM ipam_version WHERE type=%u AND rev_from<=? AND rev_to>?) WHERE 1", def->type);
}

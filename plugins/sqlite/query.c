/* query.c - lists and the change log, each from one snapshot, on the reader threads.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every row has the same container and few have the same name, and SQLite without statistics cannot tell.
 * So the index to walk is chosen here: of the columns that are filtered, the one with the fewest rows,
 * counted up to a limit; when none is selective, the one that gives the order. A query for the past looks
 * at every row and old version of the table, unless it names an id. */
#include "sq.h"

#include <stdio.h>
#include <string.h>

#define FILTERS_MAX 32
#define PROBE_LIMIT 4096  /* rows in an index; counting them takes well under a millisecond */
#define POLL_STEPS  20000 /* of SQLite's machine between two looks at whether the request was cancelled */

/* A value bound to a statement; ids are numbers, columns are bytes. */
struct value {
    bool number;
    int64_t id;
    struct ipam_bytes bytes;
};
struct values {
    struct value items[2 * FILTERS_MAX + 8];
    int count;
};

struct query {
    struct sq_ctx *ctx;
    struct sq_conn *conn;
    struct ipam_req *req;
    struct ipam_query *args;
    const struct sq_table *table;
    const char *order;                /* column; NULL: id */
    const char *driver;               /* column whose index is walked; NULL: the table itself */
    uint8_t bounds[FILTERS_MAX][256]; /* ends of prefixes */
    struct sq_error *err;
};

static void add_bytes(struct values *v, struct ipam_bytes bytes)
{
    v->items[v->count++] = (struct value){ .bytes = bytes };
}

static void add_id(struct values *v, int64_t id)
{
    v->items[v->count++] = (struct value){ .number = true, .id = id };
}

static void bind_all(sqlite3_stmt *stmt, const struct values *v)
{
    for (int i = 0; i < v->count; i++) {
        const struct value *item = &v->items[i];

        if (item->number)
            sqlite3_bind_int64(stmt, i + 1, item->id);
        else
            sq_bind_bytes(stmt, i + 1, item->bytes);
    }
}

static const char *operator_of(uint32_t cmp)
{
    static const char *const names[] = { [IPAM_CMP_EQ] = "=",
                                         [IPAM_CMP_LT] = "<",
                                         [IPAM_CMP_LE] = "<=",
                                         [IPAM_CMP_GT] = ">",
                                         [IPAM_CMP_GE] = ">=" };

    return cmp < sizeof(names) / sizeof(names[0]) ? names[cmp] : NULL;
}

/* The least value above everything that begins with `prefix`; false when there is none. */
static bool prefix_end(struct ipam_bytes prefix, uint8_t *buf, struct ipam_bytes *ret)
{
    size_t len = prefix.len;

    while (len > 0 && prefix.data[len - 1] == 0xff)
        len--;
    if (len == 0)
        return false;
    memcpy(buf, prefix.data, len);
    buf[len - 1]++;
    *ret = (struct ipam_bytes){ buf, len };
    return true;
}

/* The inverse of the schema's order-preserving form of an id. */
static int64_t id_of(struct ipam_bytes value)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < 8; i++)
        n = n << 8 | value.data[i];
    return (int64_t)(n ^ (uint64_t)1 << 63);
}

static void add_filter(struct query *q, uint32_t index, struct sq_sql *s, struct values *v)
{
    const struct ipam_filter *f = q->args->filters[index];
    const char *name = f->column ? sq_column_name(q->table, f->column) : "id";
    struct ipam_bytes end;

    if (f->column == 0) {
        sq_sql_add(s, " AND id%s?", operator_of(f->cmp));
        add_id(v, id_of(f->value));
    } else if (f->cmp == IPAM_CMP_PREFIX) {
        sq_sql_add(s, " AND \"%s\">=?", name);
        add_bytes(v, f->value);
        if (prefix_end(f->value, q->bounds[index], &end)) {
            sq_sql_add(s, " AND \"%s\"<?", name);
            add_bytes(v, end);
        }
    } else if (f->cmp == IPAM_CMP_EQ && f->value.len == 0) {
        sq_sql_add(s, " AND \"%s\" IS NULL", name);
    } else {
        sq_sql_add(s, " AND \"%s\"%s?", name, operator_of(f->cmp));
        add_bytes(v, f->value);
    }
}

static bool good_filter(const struct query *q, const struct ipam_filter *f)
{
    if (f->column == 0)
        return f->value.len == 8 && operator_of(f->cmp);
    return sq_column_name(q->table, f->column) && (f->cmp == IPAM_CMP_PREFIX || operator_of(f->cmp)) &&
           f->value.len <= (f->cmp == IPAM_CMP_PREFIX ? sizeof(q->bounds[0]) : SIZE_MAX);
}

/* The revision that is wanted; 0: now. */
static int64_t past_of(const struct ipam_query *args)
{
    return IPAM_HAS(args, at) ? args->at : 0;
}

static int32_t check(struct query *q)
{
    const struct ipam_query *args = q->args;
    bool good = q->table && args->filter_count <= FILTERS_MAX;

    if (good && past_of(args) != 0 && !q->table->def->versions)
        return sq_refuse(q->err, IPAM_E_INVAL,
                         "%s: table %s keeps no versions, so its past is not known; please report it",
                         q->ctx->path, q->table->def->name);

    if (good && args->order) {
        q->order = sq_column_name(q->table, args->order);
        good = q->order != NULL;
    }
    for (uint32_t i = 0; good && i < args->filter_count; i++)
        good = good_filter(q, args->filters[i]);
    return good ? IPAM_OK
                : sq_refuse(q->err, IPAM_E_INVAL,
                            "%s: a query of type %u compares or orders by what is no column, or has more "
                            "than %d filters; please report it",
                            q->ctx->path, args->type, FILTERS_MAX);
}

/* Counts the rows that pass the filters on one column, up to PROBE_LIMIT. */
static int32_t probe(struct query *q, uint32_t column, const char *name, int64_t *ret)
{
    struct sq_sql s = { .len = 0 };
    struct values v = { .count = 0 };
    sqlite3_stmt *stmt;

    sq_sql_add(&s, "SELECT count(*) FROM (SELECT 1 FROM \"%s\" INDEXED BY \"%s.%s\" WHERE 1",
               q->table->def->name, q->table->def->name, name);
    for (uint32_t i = 0; i < q->args->filter_count; i++)
        if (q->args->filters[i]->column == column)
            add_filter(q, i, &s, &v);
    sq_sql_add(&s, " LIMIT %d)", PROBE_LIMIT);
    int32_t status = sq_cached(q->conn, s.text, &stmt, q->err);
    if (status != IPAM_OK)
        return status;
    bind_all(stmt, &v);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    else
        status = sq_fail(q->conn, "cannot count rows", q->err);
    sqlite3_reset(stmt);
    return status;
}

static bool seen_before(const struct ipam_query *args, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (args->filters[i]->column == args->filters[index]->column)
            return true;
    return false;
}

static int32_t choose_driver(struct query *q)
{
    const struct ipam_query *args = q->args;
    bool ordered =
        !(args->flags & IPAM_QUERY_COUNT) && args->limit; /* the first rows in order are all that is wanted */
    int64_t best = PROBE_LIMIT;
    int32_t status = IPAM_OK;

    q->driver = q->order;
    if (past_of(args) != 0)
        return IPAM_OK;
    for (uint32_t i = 0; status == IPAM_OK && i < args->filter_count; i++) {
        const struct ipam_filter *f = args->filters[i];
        const char *name = sq_column_name(q->table, f->column);
        int64_t rows = PROBE_LIMIT;

        if (f->column == 0 && f->cmp == IPAM_CMP_EQ) {
            q->driver = NULL;
            return IPAM_OK;
        }
        if (!name || seen_before(args, i))
            continue;
        status = probe(q, f->column, name, &rows);
        if (rows < best || (rows == best && !ordered && !q->driver)) {
            q->driver = name;
            best = rows;
        }
    }
    return status;
}

/* One statement; a list that goes on after a row needs two where absent values, which come first, end. */
enum part { PART_ALL, PART_AFTER, PART_REST };

static bool part_exists(const struct query *q, enum part part)
{
    const struct ipam_query *args = q->args;
    bool absent = args->after_value.len == 0, descending = args->flags & IPAM_QUERY_DESCENDING;

    if (args->after_id == 0)
        return part == PART_ALL;
    return part == PART_AFTER || (part == PART_REST && q->order && absent != descending);
}

static void add_part(struct query *q, enum part part, struct sq_sql *s, struct values *v)
{
    const struct ipam_query *args = q->args;
    bool absent = args->after_value.len == 0;
    const char *cmp = args->flags & IPAM_QUERY_DESCENDING ? "<" : ">";

    if (part == PART_REST) {
        sq_sql_add(s, " AND \"%s\" IS %sNULL", q->order, absent ? "NOT " : "");
    } else if (part == PART_AFTER && q->order && absent) {
        sq_sql_add(s, " AND \"%s\" IS NULL AND id%s?", q->order, cmp);
        add_id(v, args->after_id);
    } else if (part == PART_AFTER && q->order) {
        sq_sql_add(s, " AND (\"%s\", id)%s(?, ?)", q->order, cmp);
        add_bytes(v, args->after_value);
        add_id(v, args->after_id);
    } else if (part == PART_AFTER) {
        sq_sql_add(s, " AND id%s?", cmp);
        add_id(v, args->after_id);
    }
}

/* The columns that are filtered or ordered by, as sq_past_from wants them. */
static uint64_t columns_used(const struct query *q)
{
    const struct ipam_table *def = q->table->def;
    uint64_t used = 0;

    for (uint32_t i = 0; i < def->column_count; i++) {
        bool wanted = def->column_numbers[i] == q->args->order;

        for (uint32_t k = 0; k < q->args->filter_count; k++)
            wanted = wanted || def->column_numbers[i] == q->args->filters[k]->column;
        used |= (uint64_t)wanted << i;
    }
    return used;
}

static void add_from(const struct query *q, struct sq_sql *s, struct values *v)
{
    const char *table = q->table->def->name;

    if (past_of(q->args) != 0) {
        sq_past_from(q->table, columns_used(q), s);
        for (unsigned i = 0; i < SQ_PAST_BINDS; i++)
            add_id(v, past_of(q->args));
        return;
    }
    sq_sql_add(s, " FROM \"%s\"", table);
    if (q->driver)
        sq_sql_add(s, " INDEXED BY \"%s.%s\"", table, q->driver);
    else if (q->args->filter_count || q->args->limit)
        sq_sql_add(s, " NOT INDEXED");
    sq_sql_add(s, " WHERE 1");
}

static void add_order(const struct query *q, struct sq_sql *s)
{
    const char *down = q->args->flags & IPAM_QUERY_DESCENDING ? " DESC" : "";

    if (q->order)
        sq_sql_add(s, " ORDER BY \"%s\"%s, id%s", q->order, down, down);
    else
        sq_sql_add(s, " ORDER BY id%s", down);
}

static int32_t prepare_part(struct query *q, enum part part, struct values *v, sqlite3_stmt **ret)
{
    const struct ipam_query *args = q->args;
    struct sq_sql s = { .len = 0 };
    bool count = args->flags & IPAM_QUERY_COUNT;

    sq_sql_add(&s, count ? "SELECT count(*) FROM (SELECT 1" : "SELECT id, rev, body, sum");
    add_from(q, &s, v);
    for (uint32_t i = 0; i < args->filter_count; i++)
        add_filter(q, i, &s, v);
    add_part(q, part, &s, v);
    if (!count)
        add_order(q, &s);
    if (args->limit) {
        sq_sql_add(&s, " LIMIT ?");
        add_id(v, (int64_t)args->limit - args->ret_count);
    }
    sq_sql_add(&s, count ? ")" : "");
    if (s.failed)
        return sq_refuse(q->err, IPAM_E_TOOBIG, "%s: a query of table %s has too many filters", q->ctx->path,
                         q->table->def->name);
    return sq_cached(q->conn, s.text, ret, q->err);
}

static int32_t run_part(struct query *q, enum part part)
{
    struct values v = { .count = 0 };
    struct ipam_query *args = q->args;
    sqlite3_stmt *stmt;
    int rc = SQLITE_DONE;
    int32_t status = prepare_part(q, part, &v, &stmt);

    if (status != IPAM_OK)
        return status;
    bind_all(stmt, &v);
    while (status == IPAM_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (args->flags & IPAM_QUERY_COUNT)
            args->ret_count += sqlite3_column_int64(stmt, 0);
        else if ((status = sq_emit(q->ctx, q->req, args->type, 0, stmt, q->err)) == IPAM_OK)
            args->ret_count++;
    }
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(q->conn, "cannot read rows", q->err);
    sqlite3_reset(stmt);
    return status;
}

/* How many rows pass the filters, whatever the page is: a query like this one, from the same snapshot. */
static int32_t count_total(struct query *q)
{
    struct ipam_query all = *q->args;
    struct query counting = *q;

    all.flags = IPAM_QUERY_COUNT;
    all.limit = 0;
    all.order = 0;
    all.after_id = 0;
    all.ret_count = 0;
    counting.args = &all;
    counting.order = NULL;
    int32_t status = choose_driver(&counting);
    if (status == IPAM_OK)
        status = run_part(&counting, PART_ALL);
    q->args->ret_total = all.ret_count;
    return status;
}

static int32_t run_query(struct query *q)
{
    int32_t status = check(q);

    if (status == IPAM_OK && (q->args->flags & IPAM_QUERY_TOTAL))
        status = count_total(q);
    if (status == IPAM_OK)
        status = choose_driver(q);
    for (int part = PART_ALL; status == IPAM_OK && part <= PART_REST; part++)
        if (part_exists(q, (enum part)part) && (q->args->limit == 0 || q->args->ret_count < q->args->limit))
            status = run_part(q, (enum part)part);
    return status;
}

static int poll_cancelled(void *user)
{
    const struct sq_poll *p = user;

    return p->host->cancelled(p->req);
}

void sq_poll_on(struct sq_conn *c, struct sq_poll *p)
{
    sqlite3_progress_handler(c->db, p ? POLL_STEPS : 0, p ? poll_cancelled : NULL, p);
}

void sq_read_begin(struct sq_ctx *ctx, struct ipam_req *req, uint32_t reader, struct sq_poll *p,
                   struct sq_conn **ret_conn)
{
    struct sq_error err;
    struct sq_conn *c = reader < SQ_READERS ? &ctx->readers[reader] : NULL;

    *ret_conn = NULL;
    if (!sq_usable(ctx, req))
        return;
    pthread_rwlock_rdlock(&ctx->in_place);
    if (!c)
        sq_refuse(&err, IPAM_E_INVAL, "%s: there is no reader %u, only %d; please report it", ctx->path,
                  reader, SQ_READERS);
    if (!c || sq_begin(c, &err) != IPAM_OK) {
        pthread_rwlock_unlock(&ctx->in_place);
        sq_done(ctx, req, &err);
        return;
    }
    *p = (struct sq_poll){ ctx->host, req };
    sq_poll_on(c, p);
    *ret_conn = c;
}

void sq_read_end(struct sq_ctx *ctx, struct ipam_req *req, struct sq_conn *c, const struct sq_error *err)
{
    sq_poll_on(c, NULL);
    sq_rollback(c);
    pthread_rwlock_unlock(&ctx->in_place);
    if ((err->native & 0xff) == SQLITE_PROTOCOL) /* a lock could not be given back, and nobody will */
        sq_give_up(ctx, err);
    sq_done(ctx, req, err);
}

void sq_query(void *user, struct ipam_req *req, struct ipam_query *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };
    struct query q = {
        .ctx = ctx, .req = req, .args = args, .table = sq_table_find(ctx, args->type), .err = &err
    };
    struct sq_poll p;

    sq_read_begin(ctx, req, args->reader, &p, &q.conn);
    if (!q.conn)
        return;
    args->ret_count = 0;
    int32_t status = sq_integer(q.conn, "SELECT head FROM ipam_meta", &args->ret_head, &err);
    if (status == IPAM_OK && past_of(args) != 0 && past_of(args) < args->ret_head)
        args->ret_head = past_of(args);
    if (status == IPAM_OK)
        run_query(&q);
    sq_read_end(ctx, req, q.conn, &err);
}

static int32_t run_changes(struct sq_ctx *ctx, struct ipam_req *req, struct sq_conn *c,
                           const struct ipam_changes *args, struct sq_error *err)
{
    bool descending = args->flags & IPAM_QUERY_DESCENDING;
    int64_t above = descending ? 0 : args->after, upto = args->upto ? args->upto : INT64_MAX;
    sqlite3_stmt *stmt;
    char sql[128];
    int rc = SQLITE_DONE;

    if (descending && args->after && args->after - 1 < upto)
        upto = args->after - 1;
    snprintf(sql, sizeof(sql),
             "SELECT rev, rev, body, sum, time FROM ipam_log WHERE rev>? AND rev<=? ORDER BY rev %s LIMIT ?",
             descending ? "DESC" : "ASC");
    int32_t status = sq_cached(c, sql, &stmt, err);
    if (status != IPAM_OK)
        return status;
    sqlite3_bind_int64(stmt, 1, above);
    sqlite3_bind_int64(stmt, 2, upto);
    sqlite3_bind_int64(stmt, 3, args->limit ? (int64_t)args->limit : -1);
    while (status == IPAM_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        status = sq_emit(ctx, req, IPAM_T_CHANGE, args->flags & IPAM_QUERY_UNCHECKED ? SQ_UNCHECKED : 0, stmt,
                         err);
    if (status == IPAM_OK && rc != SQLITE_DONE)
        status = sq_fail(c, "cannot read the change log", err);
    sqlite3_reset(stmt);
    return status;
}

void sq_changes(void *user, struct ipam_req *req, struct ipam_changes *args)
{
    struct sq_ctx *ctx = user;
    struct sq_error err = { .status = IPAM_OK };
    struct sq_conn *c;
    struct sq_poll p;

    sq_read_begin(ctx, req, args->reader, &p, &c);
    if (!c)
        return;
    int32_t status = sq_integer(c, "SELECT head FROM ipam_meta", &args->ret_head, &err);
    if (status == IPAM_OK)
        status = sq_integer(c, "SELECT changes FROM ipam_meta", &args->ret_count, &err);
    if (status == IPAM_OK)
        run_changes(ctx, req, c, args, &err);
    sq_read_end(ctx, req, c, &err);
}

/* sqlite_host.c - a host in a few lines, for tests of the sqlite plugin on real files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int32_t option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    const char *text = strcmp(name, "path") == 0          ? inst->path
                       : strcmp(name, "synchronous") == 0 ? inst->synchronous
                                                          : NULL;

    if (!text)
        return IPAM_E_NOENT;
    *ret = (struct ipam_str){ text, strlen(text) };
    return IPAM_OK;
}

static int32_t option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    (void)inst;
    if (strcmp(name, "cache_mib") != 0)
        return IPAM_E_INVAL;
    *ret = 4;
    return IPAM_OK;
}

static void open_error(struct ipam_inst *inst, const char *text)
{
    snprintf(inst->error, sizeof(inst->error), "%s", text);
}

static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    inst->errors += level == 3;
    inst->warnings += level == 4;
    snprintf(inst->logged, sizeof(inst->logged), "%s: %s", event, text);
}

static int32_t host_row(struct ipam_req *req, const struct ipam_row *row)
{
    assert_int_equal(req->done, 0);
    if (req->stop_after && req->count == req->stop_after)
        return IPAM_E_TIMEOUT;
    req->rows = realloc(req->rows, (req->count + 1) * sizeof(*req->rows));
    assert_non_null(req->rows);
    struct seen_row *seen = &req->rows[req->count++];
    *seen = (struct seen_row){
        .op = row->op, .type = row->type, .id = row->id, .rev = row->rev, .len = row->body.len
    };
    seen->body = calloc(1, row->body.len + 1);
    assert_non_null(seen->body);
    if (row->body.len)
        memcpy(seen->body, row->body.data, row->body.len);
    seen->has_extra = row->columns != NULL;
    if (row->columns) {
        assert_int_equal(row->column_count, 1);
        assert_int_equal(row->columns[0].len, 8);
        memcpy(seen->extra, row->columns[0].data, 8);
    }
    if (req->on_row)
        req->on_row(req);
    return IPAM_OK;
}

static void copy_text(char *to, size_t room, struct ipam_str text)
{
    snprintf(to, room, "%.*s", (int)text.len, text.len ? text.data : "");
}

static int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec)
{
    assert_int_equal(req->done, 0);
    assert_true(req->word_count < sizeof(req->words) / sizeof(req->words[0]));
    struct seen_word *w = &req->words[req->word_count++];
    *w = (struct seen_word){ .state = 0 };
    if (rec->type == IPAM_T_CHECK) {
        const struct ipam_check *c = (const struct ipam_check *)rec;

        copy_text(w->name, sizeof(w->name), c->channel);
        copy_text(w->text, sizeof(w->text), c->message);
        w->state = c->state;
        assert_true((c->state == IPAM_CHECK_STATE_OK) == (c->remedy.len == 0));
    } else {
        const struct ipam_stat *s = (const struct ipam_stat *)rec;

        assert_int_equal(rec->type, IPAM_T_STAT);
        copy_text(w->name, sizeof(w->name), s->name);
        copy_text(w->target, sizeof(w->target), s->target);
        w->count = s->count.lo;
    }
    return IPAM_OK;
}

const struct seen_word *word(const struct ipam_req *req, const char *name)
{
    for (size_t i = 0; i < req->word_count; i++)
        if (strcmp(req->words[i].name, name) == 0)
            return &req->words[i];
    fail_msg("nothing was said of %s", name);
    return NULL;
}

static int32_t host_cancelled(struct ipam_req *req)
{
    req->polls++;
    return req->cancelled;
}

static void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    assert_int_equal(req->done, 0);
    req->done++;
    req->status = status;
    assert_true(status == IPAM_OK || (info && info->message.len));
    if (!info)
        return;
    snprintf(req->message, sizeof(req->message), "%.*s", (int)info->message.len, info->message.data);
    snprintf(req->native, sizeof(req->native), "%.*s", (int)info->native.len,
             info->native.len ? info->native.data : "");
}

const struct ipam_host test_host = { .size = sizeof(test_host),
                                     .abi = IPAM_ABI,
                                     .option_text = option_text,
                                     .option_int = option_int,
                                     .open_error = open_error,
                                     .log = host_log,
                                     .row = host_row,
                                     .emit = host_emit,
                                     .cancelled = host_cancelled,
                                     .done = host_done };

/* Splits "a|b|c" again: by name, so that a column may come or go. */
static int32_t columns(const struct ipam_table *table, struct ipam_bytes body,
                       void (*column)(void *user, uint32_t place, struct ipam_bytes value), void *user)
{
    const uint8_t *from = body.data, *last = body.data + body.len;

    for (const char *name = "abc"; *name; name++) {
        const uint8_t *to = from;

        if (from > last)
            return IPAM_E_INVAL;
        while (to < last && *to != '|')
            to++;
        for (uint32_t i = 0; i < table->column_count; i++)
            if (table->column_names[i][0] == *name)
                column(user, i, (struct ipam_bytes){ from, (size_t)(to - from) });
        from = to + 1;
    }
    return IPAM_OK;
}

static const uint32_t thing_numbers[] = { COL_A, COL_B, COL_C }, seen_numbers[] = { COL_A };
static const char *const names[] = { "a", "b", "c" };
static const struct ipam_table thing = { .size = sizeof(thing),
                                         .type = THING,
                                         .name = "thing",
                                         .versions = 1,
                                         .column_count = 3,
                                         .column_numbers = thing_numbers,
                                         .column_names = names };
static const struct ipam_table seen_table = { .size = sizeof(seen_table),
                                              .type = SEEN,
                                              .name = "seen",
                                              .column_count = 1,
                                              .column_numbers = seen_numbers,
                                              .column_names = names };
static const struct ipam_table *const tables[] = { &thing, &seen_table };
const struct ipam_schema test_schema = {
    .size = sizeof(test_schema), .version = 3, .table_count = 2, .tables = tables, .columns = columns
};

void folder_make_in(struct folder *f, const char *parent)
{
    snprintf(f->dir, sizeof(f->dir), "%s/sqlite-test-XXXXXX", parent);
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/db", f->dir);
}

void folder_make(struct folder *f)
{
    folder_make_in(f, "/tmp");
}

void folder_make_memory(struct folder *f)
{
    folder_make_in(f, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

void folder_remove(struct folder *f)
{
    DIR *dir = opendir(f->dir);

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    rmdir(f->dir);
}

int32_t db_open(struct db *db, const char *path, const struct ipam_schema *schema)
{
    *db = (struct db){ .inst = { .path = path, .synchronous = "full" }, .ops = ipam_plugin_v0()->storage };
    return db->ops->open(&db->inst, &test_host, schema, &db->ctx);
}

void db_close(struct db *db)
{
    if (db->ctx)
        db->ops->close(db->ctx);
    db->ctx = NULL;
}

void req_free(struct ipam_req *req)
{
    for (size_t i = 0; i < req->count; i++)
        free(req->rows[i].body);
    free(req->rows);
    *req = (struct ipam_req){ .stop_after = req->stop_after, .on_row = req->on_row, .user = req->user };
}

static struct ipam_row *add_row(struct batch *b, uint32_t type, uint32_t op, int64_t id, int64_t rev)
{
    assert_true(b->row_count < BATCH_MAX);
    struct ipam_row *row = &b->rows[b->row_count];
    *row = (struct ipam_row){ .size = sizeof(*row),
                              .op = op,
                              .type = type,
                              .id = id,
                              .rev = rev,
                              .columns = b->columns[b->row_count] };
    b->row_count++;
    return row;
}

static void set_columns(struct batch *b, struct ipam_row *row, const char *const *values, uint32_t count)
{
    char *body = b->bodies[row - b->rows];

    for (uint32_t i = 0; i < count; i++)
        b->columns[row - b->rows][i] =
            (struct ipam_bytes){ (const uint8_t *)values[i], values[i] ? strlen(values[i]) : 0 };
    row->column_count = count;
    row->body.len = (size_t)snprintf(body, sizeof(b->bodies[0]), "%s|%s|%s", values[0] ? values[0] : "",
                                     values[1] ? values[1] : "", values[2] ? values[2] : "");
    row->body.data = (const uint8_t *)body;
}

void batch_put(struct batch *b, int64_t id, int64_t rev, const char *va, const char *vb, const char *vc)
{
    const char *const values[] = { va, vb, vc };

    set_columns(b, add_row(b, THING, IPAM_ROW_PUT, id, rev), values, 3);
}

void batch_seen(struct batch *b, int64_t id, int64_t rev, const char *va)
{
    const char *const values[] = { va, NULL, NULL };

    set_columns(b, add_row(b, SEEN, IPAM_ROW_PUT, id, rev), values, 1);
}

void batch_delete(struct batch *b, uint32_t type, int64_t id, int64_t rev)
{
    add_row(b, type, IPAM_ROW_DELETE, id, rev);
}

void batch_log(struct batch *b, int64_t rev, const char *text)
{
    assert_true(b->log_count < BATCH_MAX);
    b->logs[b->log_count++] = (struct ipam_log_row){ .size = sizeof(b->logs[0]),
                                                     .rev = rev,
                                                     .time_ms = 1000 + rev,
                                                     .body = { (const uint8_t *)text, strlen(text) } };
}

int32_t enter(struct db *db, int64_t head, struct ipam_gate_enter *args, struct ipam_req *req)
{
    *args = (struct ipam_gate_enter){ .size = sizeof(*args), .head = head };
    req_free(req);
    db->ops->gate_enter(db->ctx, req, args);
    assert_int_equal(req->done, 1);
    return req->status;
}

int32_t batch_run(struct db *db, struct batch *b, int64_t next_id, int64_t head, struct ipam_req *req)
{
    const struct ipam_row *rows[BATCH_MAX];
    const struct ipam_log_row *logs[BATCH_MAX];
    static const struct ipam_log_entry entry = { .size = sizeof(entry), .log = 36, .time_ms = 1 };
    static const struct ipam_log_entry *const entries[] = { &entry };
    struct ipam_gate_commit args = { .size = sizeof(args),
                                     .next_id = next_id,
                                     .head = head,
                                     .row_count = b->row_count,
                                     .log_count = b->log_count,
                                     .rows = rows,
                                     .logs = logs,
                                     .entry_count = b->entry_count,
                                     .entries = entries };
    struct ipam_gate_enter in;
    int64_t before = head_of(db);

    for (uint32_t i = 0; i < b->row_count; i++)
        rows[i] = &b->rows[i];
    for (uint32_t i = 0; i < b->log_count; i++)
        logs[i] = &b->logs[i];
    memcpy(args.batch_id, b->batch_id, 16);
    int32_t status = enter(db, before < 0 ? 0 : before, &in, req);
    if (status != IPAM_OK)
        return status;
    if (args.next_id < in.ret_next_id && !b->ids_anew)
        args.next_id = in.ret_next_id;
    req_free(req);
    db->ops->gate_commit(db->ctx, req, &args);
    assert_int_equal(req->done, 1);
    return req->status;
}

void commit_thing(struct db *db, int64_t id, int64_t rev, const char *va, const char *vb, const char *vc)
{
    struct batch b = { .row_count = 0 };
    struct ipam_req req = { .count = 0 };

    batch_put(&b, id, rev, va, vb, vc);
    batch_log(&b, rev, "log");
    assert_int_equal(batch_run(db, &b, id + 1, rev, &req), IPAM_OK);
    req_free(&req);
}

int32_t get_id(struct db *db, uint32_t type, int64_t id, struct ipam_req *req)
{
    struct ipam_key key = { .size = sizeof(key), .type = type, .id = id };
    const struct ipam_key *keys[] = { &key };
    struct ipam_gate_get args = { .size = sizeof(args), .count = 1, .keys = keys };

    req_free(req);
    db->ops->gate_get(db->ctx, req, &args);
    assert_int_equal(req->done, 1);
    return req->status;
}

int32_t query(struct db *db, struct ipam_query *q, struct ipam_req *req)
{
    q->size = sizeof(*q);
    req_free(req);
    db->ops->query(db->ctx, req, q);
    assert_int_equal(req->done, 1);
    return req->status;
}

int32_t changes(struct db *db, struct ipam_changes *c, struct ipam_req *req)
{
    c->size = sizeof(*c);
    req_free(req);
    db->ops->changes(db->ctx, req, c);
    assert_int_equal(req->done, 1);
    return req->status;
}

int32_t dump(struct db *db, struct ipam_dump *d, struct ipam_req *req)
{
    *d = (struct ipam_dump){ .size = sizeof(*d) };
    req_free(req);
    db->ops->dump(db->ctx, req, d);
    assert_int_equal(req->done, 1);
    return req->status;
}

int32_t load(struct db *db, const struct ipam_req *rows, const struct ipam_dump *d, uint32_t flags,
             size_t piece, struct ipam_req *req)
{
    struct ipam_row row[BATCH_MAX];
    const struct ipam_row *list[BATCH_MAX];
    struct ipam_bytes extra[BATCH_MAX];
    size_t at = 0;

    do {
        struct ipam_load l = { .size = sizeof(l),
                               .flags = at == 0 ? IPAM_LOAD_FIRST | flags : 0,
                               .rows = list };

        for (; l.row_count < piece && at < rows->count; l.row_count++, at++) {
            const struct seen_row *from = &rows->rows[at];

            extra[l.row_count] = (struct ipam_bytes){ from->extra, 8 };
            row[l.row_count] = (struct ipam_row){ .size = sizeof(row[0]),
                                                  .op = from->op,
                                                  .type = from->type,
                                                  .id = from->id,
                                                  .rev = from->rev,
                                                  .columns = from->has_extra ? &extra[l.row_count] : NULL,
                                                  .column_count = from->has_extra,
                                                  .body = { (const uint8_t *)from->body, from->len } };
            list[l.row_count] = &row[l.row_count];
        }
        l.flags |= at == rows->count ? IPAM_LOAD_LAST : 0;
        l.next_id = d->ret_next_id;
        l.head = d->ret_head;
        memcpy(l.digest, d->ret_digest, sizeof(l.digest));
        req_free(req);
        db->ops->load(db->ctx, req, &l);
        assert_int_equal(req->done, 1);
    } while (req->status == IPAM_OK && at < rows->count);
    return req->status;
}

size_t count_rows(struct db *db, uint32_t type)
{
    struct ipam_query q = { .type = type, .flags = IPAM_QUERY_COUNT };
    struct ipam_req req = { .count = 0 };

    assert_int_equal(query(db, &q, &req), IPAM_OK);
    req_free(&req);
    return (size_t)q.ret_count;
}

int64_t head_of(struct db *db)
{
    struct ipam_changes c = { .limit = 1 };
    struct ipam_req req = { .count = 0 };
    int32_t status = changes(db, &c, &req);

    req_free(&req);
    return status == IPAM_OK ? c.ret_head : -1;
}

void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

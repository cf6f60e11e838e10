/* null_storage.c - a null-storage opened with a small schema, and batches for it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_storage.h"

#include <time.h>

struct ipam_inst inst;
struct ipam_req req;
void *db;
static uint64_t seed;

/* The body is the columns, each a length and its bytes. */
static int32_t read_columns(const struct ipam_table *table, struct ipam_bytes body,
                            void (*column)(void *user, uint32_t place, struct ipam_bytes value), void *user)
{
    const uint8_t *at = body.data;

    for (uint32_t i = 0; i < table->column_count; i++) {
        if (at >= body.data + body.len || at + 1 + *at > body.data + body.len)
            return IPAM_E_INVAL;
        column(user, i, (struct ipam_bytes){ at + 1, *at });
        at += 1 + *at;
    }
    return IPAM_OK;
}

const uint32_t numbers[2] = { COL_A, COL_B };
static const char *const names[] = { "a", "b" };
static const struct ipam_table thing = { sizeof(thing), THING, "thing", 1, 2, numbers, names },
                               seen_table = { sizeof(seen_table), SEEN, "seen", 0, 1, numbers, names };
static const struct ipam_table *const tables[] = { &thing, &seen_table };
static const struct ipam_schema schema = { sizeof(schema), 1, 2, tables, read_columns, 0 };

const struct ipam_storage_ops *ops(void)
{
    return ipam_plugin_v0()->storage;
}

int32_t open_named(const char *name, const char *capacity)
{
    inst = (struct ipam_inst){ .plugin = ipam_plugin_v0(), .credit = -1 };
    inst.options[0] = (struct option_pair){ "name", name };
    if (capacity)
        inst.options[1] = (struct option_pair){ "capacity", capacity };
    return ops()->open(&inst, &null_host, &schema, &db);
}

void open_db(const char *capacity)
{
    static unsigned opened;
    static char name[16];

    snprintf(name, sizeof(name), "test-%u", opened++);
    assert_int_equal(open_named(name, capacity), IPAM_OK);
    assert_int_equal(inst.warnings, 1); /* that it is in memory alone */
    req_init(&req, &inst);
}

int setup(void **state)
{
    (void)state;
    open_db(NULL);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    req_free(&req);
    ops()->close(db);
    return 0;
}

uint64_t draw(uint64_t below) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

void start_seed(void)
{
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
}

void set_columns(struct row *r, uint32_t count, const struct ipam_bytes *values)
{
    r->len = 0;
    for (uint32_t i = 0; i < count; i++) {
        r->body[r->len++] = (uint8_t)values[i].len;
        if (values[i].len)
            memcpy(r->body + r->len, values[i].data, values[i].len);
        r->len += values[i].len;
    }
}

void point(struct row *r, uint32_t count)
{
    const uint8_t *at = r->body;

    for (uint32_t i = 0; i < count; i++) {
        r->columns[i] = (struct ipam_bytes){ at + 1, *at };
        at += 1 + *at;
    }
}

void draw_row(struct row *r, uint32_t count, int64_t rev)
{
    static const uint8_t bytes[] = { 0x00, 0x01, 0xfe, 0xff };
    uint8_t data[2][VALUE_MAX];
    struct ipam_bytes values[2];

    for (uint32_t i = 0; i < count; i++) {
        values[i] = (struct ipam_bytes){ data[i], (size_t)draw(VALUE_MAX) };
        for (size_t k = 0; k < values[i].len; k++)
            data[i][k] = bytes[draw(4)];
    }
    set_columns(r, count, values);
    r->rev = rev;
}

void put(struct batch *b, uint32_t type, int64_t id, int64_t rev, const struct row *r)
{
    struct ipam_row *row = &b->rows[b->row_count];
    uint32_t count = type == THING ? 2 : 1;

    assert_true(b->row_count < BATCH_MAX);
    b->bodies[b->row_count] = *r;
    point(&b->bodies[b->row_count], count);
    *row = (struct ipam_row){ .size = sizeof(*row),
                              .op = IPAM_ROW_PUT,
                              .type = type,
                              .id = id,
                              .rev = rev,
                              .columns = b->bodies[b->row_count].columns,
                              .column_count = count,
                              .body = { b->bodies[b->row_count].body, r->len } };
    b->row_count++;
}

void erase(struct batch *b, uint32_t type, int64_t id, int64_t rev)
{
    b->rows[b->row_count++] = (struct ipam_row){
        .size = sizeof(struct ipam_row), .op = IPAM_ROW_DELETE, .type = type, .id = id, .rev = rev
    };
}

void log_row(struct batch *b, int64_t rev)
{
    b->logs[b->log_count++] = (struct ipam_log_row){ .size = sizeof(struct ipam_log_row),
                                                     .rev = rev,
                                                     .time_ms = 1000 + rev,
                                                     .body = { (const uint8_t *)"log", 3 } };
}

void log_entry(struct batch *b, int64_t time_ms, const char *key, const char *body)
{
    b->entries[b->entry_count++] = (struct ipam_log_entry){ .size = sizeof(struct ipam_log_entry),
                                                            .log = EVENTS,
                                                            .time_ms = time_ms,
                                                            .key = { (const uint8_t *)key, strlen(key) },
                                                            .body = { (const uint8_t *)body, strlen(body) } };
}

int32_t enter(int64_t head, struct ipam_gate_enter *args)
{
    *args = (struct ipam_gate_enter){ .size = sizeof(*args), .head = head };
    req_free(&req);
    ops()->gate_enter(db, &req, args);
    assert_int_equal(req.done, 1);
    return req.status;
}

void abort_gate(int32_t status)
{
    req_free(&req);
    ops()->gate_abort(db, &req);
    req_ended(&req, status);
}

int64_t head_of(void)
{
    struct ipam_changes c = { .size = sizeof(c), .limit = 1 };

    req_free(&req);
    ops()->changes(db, &req, &c);
    req_ended(&req, IPAM_OK);
    return c.ret_head;
}

int32_t run(struct batch *b, int64_t next_id, int64_t head)
{
    const struct ipam_row *rows[BATCH_MAX];
    const struct ipam_log_row *logs[8];
    const struct ipam_log_entry *entries[BATCH_MAX];
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

    for (uint32_t i = 0; i < b->row_count; i++)
        rows[i] = &b->rows[i];
    for (uint32_t i = 0; i < b->log_count; i++)
        logs[i] = &b->logs[i];
    for (uint32_t i = 0; i < b->entry_count; i++)
        entries[i] = &b->entries[i];
    memcpy(args.batch_id, b->batch_id, 16);
    assert_int_equal(enter(head_of(), &in), IPAM_OK);
    req_free(&req);
    ops()->gate_commit(db, &req, &args);
    assert_int_equal(req.done, 1);
    return req.status;
}

struct row text_row(const char *a, const char *b)
{
    const struct ipam_bytes values[] = { { (const uint8_t *)a, a ? strlen(a) : 0 },
                                         { (const uint8_t *)b, b ? strlen(b) : 0 } };
    struct row r = { .rev = 1 };

    set_columns(&r, 2, values);
    return r;
}

void commit_thing(int64_t id, int64_t rev, const char *a, const char *b)
{
    struct batch batch = { .row_count = 0 };
    struct row r = text_row(a, b);

    put(&batch, THING, id, rev, &r);
    log_row(&batch, rev);
    assert_int_equal(run(&batch, id + 1, rev), IPAM_OK);
}

int32_t query(struct ipam_query *q)
{
    q->size = sizeof(*q);
    req_free(&req);
    ops()->query(db, &req, q);
    assert_int_equal(req.done, 1);
    return req.status;
}

size_t count_rows(uint32_t type)
{
    struct ipam_query q = { .type = type, .flags = IPAM_QUERY_COUNT };

    assert_int_equal(query(&q), IPAM_OK);
    return (size_t)q.ret_count;
}

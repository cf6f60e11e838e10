/* rules_storage.c - storage: what is committed is found, aborts leave nothing, readers see revisions.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../null/blake2b.h"
#include "conform.h"

#define ROWS   3
#define COLUMN 4 /* field number of the first column */
#define ROUNDS 50

static const uint32_t column_numbers[] = { COLUMN, 5 };
static const char *const column_names[] = { "thing", "label" };
static const struct ipam_table table = { sizeof(table),  IPAM_T_ADDRESS, "things", 1, 2,
                                         column_numbers, column_names };
static const struct ipam_table *const tables[] = { &table };

/* The body of a row is its columns, each of one byte. */
static int32_t columns(const struct ipam_table *t, struct ipam_bytes body,
                       void (*column)(void *, uint32_t, struct ipam_bytes), void *user)
{
    if (body.len < 2)
        return IPAM_E_INVAL;
    for (uint32_t i = 0; i < t->column_count; i++)
        column(user, i, (struct ipam_bytes){ body.data + i, 1 });
    return 0;
}

static const struct ipam_schema schema = { sizeof(schema), 1, 1, tables, columns, 0 };

/* What a call was told. */
struct told {
    unsigned rows;
    uint8_t bodies[64];
    int64_t ids[64], revs[64];
};

static void take_told(struct ipam_req *req, const struct ipam_row *row)
{
    struct told *told = req->user;

    if (told->rows < 64) {
        told->ids[told->rows] = row->id;
        told->revs[told->rows] = row->rev;
        told->bodies[told->rows] = row->body.len > 0 ? row->body.data[0] : 0;
    }
    told->rows++;
}

#define RUN(op, type)                                                                                        \
    static void run_##op(struct ipam_req *req)                                                               \
    {                                                                                                        \
        ops.storage.op(req->inst->ctx, req, (struct type *)req->args);                                       \
    }
RUN(gate_enter, ipam_gate_enter)
RUN(gate_get, ipam_gate_get)
RUN(gate_commit, ipam_gate_commit)
RUN(outcome, ipam_gate_outcome)
RUN(query, ipam_query)
RUN(changes, ipam_changes)
RUN(dump, ipam_dump)
RUN(load, ipam_load)

static void run_gate_abort(struct ipam_req *req)
{
    ops.storage.gate_abort(req->inst->ctx, req);
}

static struct ipam_req *start(struct ipam_inst *inst, const char *what, void (*run)(struct ipam_req *),
                              void *args, struct told *told, unsigned worker)
{
    struct ipam_req *req = req_plain(inst, what, run);

    req->args = args;
    req->user = told;
    req->on_row = told != NULL ? take_told : NULL;
    if (told != NULL)
        told->rows = 0;
    req_start_on(req, worker);
    return req;
}

static int32_t call(struct ipam_inst *inst, const char *what, void (*run)(struct ipam_req *), void *args,
                    struct told *told)
{
    bool reader = run == run_query || run == run_changes || run == run_dump;
    struct ipam_req *req = start(inst, what, run, args, told, reader ? 1 : 0);

    req_finish(req, "done-always");
    return req->status;
}

static void must(int32_t status, const char *rule, const char *what)
{
    if (status == 0)
        return;
    broken(rule, "%s is answered %s", what,
           status_name(status) != NULL ? status_name(status) : "an unknown status");
    trial_end();
}

/* Puts ROWS rows, all with this body, as the next revision. */
struct batch {
    struct ipam_gate_enter enter;
    struct ipam_gate_commit commit;
    struct ipam_row rows[ROWS];
    const struct ipam_row *row_list[ROWS];
    struct ipam_log_row log;
    const struct ipam_log_row *log_list[1];
    struct ipam_bytes values[ROWS][2];
    uint8_t bytes[ROWS][2];
};

static void fill_batch(struct batch *b, uint8_t body, uint8_t id)
{
    for (unsigned i = 0; i < ROWS; i++) {
        b->bytes[i][0] = body;
        b->bytes[i][1] = (uint8_t)('a' + i);
        b->values[i][0] = (struct ipam_bytes){ &b->bytes[i][0], 1 };
        b->values[i][1] = (struct ipam_bytes){ &b->bytes[i][1], 1 };
        b->rows[i] = (struct ipam_row){ sizeof(b->rows[i]),    IPAM_ROW_PUT, table.type, (int64_t)i + 1,
                                        b->enter.ret_head + 1, b->values[i], 2,          { b->bytes[i], 2 } };
        b->row_list[i] = &b->rows[i];
    }
    b->log = (struct ipam_log_row){ sizeof(b->log), b->enter.ret_head + 1, 1000, { b->bytes[0], 2 } };
    b->log_list[0] = &b->log;
    b->commit = (struct ipam_gate_commit){ .size = sizeof(b->commit),
                                           .next_id = ROWS + 1,
                                           .head = b->enter.ret_head + 1,
                                           .row_count = ROWS,
                                           .log_count = 1,
                                           .rows = b->row_list,
                                           .logs = b->log_list };
    memset(b->commit.batch_id, id, sizeof(b->commit.batch_id));
}

static void enter_gate(struct ipam_inst *inst, struct batch *b, const char *rule)
{
    struct told told;

    b->enter = (struct ipam_gate_enter){ .size = sizeof(b->enter) };
    must(call(inst, "gate_enter", run_gate_enter, &b->enter, &told), rule, "gate_enter");
}

static void put(struct ipam_inst *inst, struct batch *b, uint8_t body, uint8_t id, const char *rule)
{
    enter_gate(inst, b, rule);
    fill_batch(b, body, id);
    must(call(inst, "gate_commit", run_gate_commit, &b->commit, NULL), rule, "gate_commit");
}

static void expect_rows(struct ipam_inst *inst, uint8_t body, int64_t head, const char *when,
                        const char *rule)
{
    struct ipam_query q = { .size = sizeof(q), .type = table.type };
    struct told told = { 0 };

    must(call(inst, "query", run_query, &q, &told), rule, "query");
    if (told.rows != (head > 0 ? ROWS : 0) || q.ret_head != head)
        broken(rule, "query %s finds %u rows at revision %lld, not %d at %lld", when, told.rows,
               (long long)q.ret_head, head > 0 ? ROWS : 0, (long long)head);
    for (unsigned i = 0; i < told.rows && i < ROWS; i++)
        if (told.bodies[i] != body || told.ids[i] != (int64_t)i + 1)
            broken(rule, "row %u of query %s has another id or body than was committed", i + 1, when);
}

/* What the past is asked for, if the backend says that it knows it. */
static void expect_past(struct ipam_inst *inst, uint8_t body, int64_t at, const char *rule)
{
    struct ipam_query q = {
        .size = sizeof(q), .type = table.type, .flags = IPAM_QUERY_TOTAL, .limit = 1, .at = at
    };
    struct told told = { 0 };

    if (!(ops.storage.capabilities & IPAM_STORAGE_CAP_AT))
        return;
    must(call(inst, "query", run_query, &q, &told), rule, "query for the past");
    if (told.rows != 1 || told.bodies[0] != body || told.revs[0] != at || q.ret_head != at ||
        q.ret_total != ROWS)
        broken(rule,
               "query at revision %lld finds %u rows of %lld at %lld, or another body or revision than stood "
               "there",
               (long long)at, told.rows, (long long)q.ret_total, (long long)q.ret_head);
}

/* A backend that says it has read the keys has found what gate_get would. */
static void enter_for(struct ipam_inst *inst, const struct ipam_key *const *keys, int64_t head,
                      const char *rule)
{
    struct ipam_gate_enter enter = { .size = sizeof(enter), .head = head, .key_count = 1, .keys = keys };
    struct told told = { 0 };

    must(call(inst, "gate_enter", run_gate_enter, &enter, &told), rule, "gate_enter with keys");
    if (enter.ret_read && (told.rows != 1 || told.ids[0] != 2))
        broken(rule, "gate_enter says that it read its keys, but finds %u rows, not the one gate_get finds",
               told.rows);
}

static void expect_found(struct ipam_inst *inst, const char *rule)
{
    uint8_t b = 'b';
    struct ipam_filter filter = { sizeof(filter), 5, IPAM_CMP_EQ, { &b, 1 } };
    const struct ipam_filter *const filters[] = { &filter };
    struct ipam_query q = { .size = sizeof(q), .type = table.type, .filter_count = 1, .filters = filters };
    struct ipam_key key = { sizeof(key), table.type, 0, 5, { &b, 1 } };
    const struct ipam_key *const keys[] = { &key };
    struct ipam_gate_get get = { sizeof(get), 1, keys };
    struct told told = { 0 };

    must(call(inst, "query", run_query, &q, &told), rule, "query with a filter");
    if (told.rows != 1 || told.ids[0] != 2)
        broken(rule, "a query for one value of a column finds %u rows, not the one that has it", told.rows);
    enter_for(inst, keys, q.ret_head, rule);
    must(call(inst, "gate_get", run_gate_get, &get, &told), rule, "gate_get");
    if (told.rows != 1 || told.ids[0] != 2)
        broken(rule, "gate_get by the value of a column finds %u rows, not the one that has it", told.rows);
    must(call(inst, "gate_abort", run_gate_abort, NULL, NULL), rule, "gate_abort");
}

static void expect_outcome(struct ipam_inst *inst, uint8_t id, uint32_t wanted, const char *rule)
{
    struct ipam_gate_outcome o = { .size = sizeof(o) };

    memset(o.batch_id, id, sizeof(o.batch_id));
    must(call(inst, "outcome", run_outcome, &o, NULL), rule, "outcome");
    if (o.ret_outcome != wanted && o.ret_outcome != IPAM_OUTCOME_UNKNOWN)
        broken(rule, "outcome of a batch that was %s is %u",
               wanted == IPAM_OUTCOME_COMMITTED ? "committed" : "never seen", o.ret_outcome);
}

static void expect_changes(struct ipam_inst *inst, int64_t head, const char *rule)
{
    struct ipam_changes c = { .size = sizeof(c) };
    struct told told = { 0 };

    must(call(inst, "changes", run_changes, &c, &told), rule, "changes");
    if (told.rows != head || c.ret_head != head || (head > 0 && told.ids[head - 1] != head))
        broken(rule, "changes tells %u change sets up to %lld, not %lld in ascending order", told.rows,
               (long long)c.ret_head, (long long)head);
}

void try_storage(void)
{
    static const char rule[] = "storage-round-trip";
    struct batch b;
    struct ipam_inst *inst;

    schema_use(&schema);
    inst = inst_opened(0);
    expect_rows(inst, 0, 0, "of an empty storage", rule);
    put(inst, &b, 'x', 1, rule);
    put(inst, &b, 'y', 2, rule);
    expect_rows(inst, 'y', 2, "after two commits", rule);
    expect_past(inst, 'x', 1, rule);
    expect_past(inst, 'y', 2, rule);
    expect_found(inst, rule);
    expect_outcome(inst, 2, IPAM_OUTCOME_COMMITTED, rule);
    expect_outcome(inst, 77, IPAM_OUTCOME_ABSENT, rule);
    expect_changes(inst, 2, rule);
    inst_close(inst);
    inst = inst_opened(0);
    expect_rows(inst, 'y', 2, "after opening again", rule);
    expect_changes(inst, 2, rule);
    inst_close(inst);
}

void try_storage_abort(void)
{
    static const char rule[] = "storage-abort";
    struct batch b;
    struct ipam_inst *inst;

    schema_use(&schema);
    inst = inst_opened(0);
    put(inst, &b, 'x', 1, rule);
    for (unsigned i = 0; i < 3; i++) {
        enter_gate(inst, &b, rule);
        if (b.enter.ret_head != 1)
            broken(rule, "gate_enter after an abort is at revision %lld, not 1", (long long)b.enter.ret_head);
        must(call(inst, "gate_abort", run_gate_abort, NULL, NULL), rule, "gate_abort");
        expect_rows(inst, 'x', 1, "after an abort", rule);
    }
    put(inst, &b, 'z', 2, rule);
    expect_rows(inst, 'z', 2, "of what was committed after an abort", rule);
    inst_close(inst);
}

/* All rows of one snapshot have the body of one revision. */
static void judge_snapshot(const struct told *told, const struct ipam_query *q)
{
    for (unsigned i = 0; i < told->rows && i < ROWS; i++)
        if (told->bodies[i] != (uint8_t)('a' + q->ret_head % 26) || told->rows != ROWS)
            broken("storage-readers",
                   "a query during a commit answers at revision %lld with rows of another; read all "
                   "of it from one snapshot",
                   (long long)q->ret_head);
}

void try_storage_readers(void)
{
    static const char rule[] = "storage-readers";
    struct batch b;
    struct told told[16];
    struct ipam_query q[16];
    struct ipam_req *reads[16], *commit;
    struct ipam_inst *inst;
    unsigned readers;

    schema_use(&schema);
    inst = inst_opened(0);
    readers = inst->worker_count - 1;
    put(inst, &b, 'b', 1, rule);
    for (unsigned round = 0; round < ROUNDS; round++) {
        enter_gate(inst, &b, rule);
        fill_batch(&b, (uint8_t)('a' + (b.enter.ret_head + 1) % 26), (uint8_t)(round + 2));
        commit = start(inst, "gate_commit", run_gate_commit, &b.commit, NULL, 0);
        for (unsigned r = 0; r < readers; r++) {
            q[r] = (struct ipam_query){ .size = sizeof(q[r]), .type = table.type, .reader = r };
            reads[r] = start(inst, "query", run_query, &q[r], &told[r], r + 1);
        }
        req_finish(commit, "done-always");
        must(commit->status, rule, "gate_commit beside queries");
        for (unsigned r = 0; r < readers; r++) {
            req_finish(reads[r], "done-always");
            must(reads[r]->status, rule, "query beside a commit");
            judge_snapshot(&told[r], &q[r]);
        }
    }
    inst_close(inst);
}

/* --- dump and load --- */

#define DUMP_MAX  64
#define BYTES_MAX 16 /* of a body or a column; the tests' are shorter */

/* What a dump emitted, to be loaded again. */
struct dumped {
    struct ipam_dump args;
    unsigned count;
    bool too_long;
    struct ipam_row rows[DUMP_MAX];
    const struct ipam_row *list[DUMP_MAX];
    struct ipam_bytes columns[DUMP_MAX];
    uint8_t bodies[DUMP_MAX][BYTES_MAX], values[DUMP_MAX][BYTES_MAX];
    struct blake2b digest;
};

static void digest_row(struct blake2b *b, const struct ipam_row *row)
{
    uint64_t numbers[] = { row->type, (uint64_t)row->id, (uint64_t)row->rev };
    uint8_t head[24];

    for (unsigned i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)(numbers[i / 8] >> (i % 8 * 8));
    blake2b_add(b, head, 4);
    blake2b_add(b, head + 8, 16);
    blake2b_add(b, row->body.data, row->body.len);
}

static void take_dumped(struct ipam_req *req, const struct ipam_row *row)
{
    struct dumped *d = req->user;
    unsigned n = d->count++;
    bool extra = row->columns != NULL && row->column_count == 1;

    digest_row(&d->digest, row);
    if (n >= DUMP_MAX || row->body.len > BYTES_MAX || (extra && row->columns[0].len > BYTES_MAX)) {
        d->too_long = true;
        return;
    }
    d->rows[n] = *row;
    d->rows[n].size = sizeof(d->rows[n]);
    if (row->body.len > 0)
        memcpy(d->bodies[n], row->body.data, row->body.len);
    d->rows[n].body.data = d->bodies[n];
    d->rows[n].columns = extra ? &d->columns[n] : NULL;
    d->rows[n].column_count = extra;
    if (extra && row->columns[0].len > 0)
        memcpy(d->values[n], row->columns[0].data, row->columns[0].len);
    d->columns[n] = (struct ipam_bytes){ d->values[n], extra ? row->columns[0].len : 0 };
    d->list[n] = &d->rows[n];
}

static void take_dump(struct ipam_inst *inst, struct dumped *d, const char *rule)
{
    struct ipam_req *req = req_plain(inst, "dump", run_dump);
    uint8_t digest[32];

    memset(d, 0, sizeof(*d));
    blake2b_init(&d->digest);
    d->args.size = sizeof(d->args);
    req->args = &d->args;
    req->user = d;
    req->on_row = take_dumped;
    req_start_on(req, 1);
    req_finish(req, "done-always");
    must(req->status, rule, "dump");
    blake2b_end(&d->digest, digest);
    if (d->too_long || d->args.ret_count != (int64_t)d->count)
        broken(rule, "dump tells %lld rows and emits %u, or longer ones than were stored",
               (long long)d->args.ret_count, d->count);
    else if (memcmp(digest, d->args.ret_digest, sizeof(digest)) != 0)
        broken(rule, "dump's digest is not that of the rows it emitted, as ipam/storage.h has it");
}

static int32_t load_dump(struct ipam_inst *inst, const struct dumped *d, uint32_t flags, uint8_t spoil)
{
    struct ipam_load l = { .size = sizeof(l),
                           .flags = IPAM_LOAD_FIRST | IPAM_LOAD_LAST | flags,
                           .row_count = d->count,
                           .rows = d->list,
                           .next_id = d->args.ret_next_id,
                           .head = d->args.ret_head };

    memcpy(l.digest, d->args.ret_digest, sizeof(l.digest));
    l.digest[7] ^= spoil;
    return call(inst, "load", run_load, &l, NULL);
}

void try_storage_dump(void)
{
    static const char rule[] = "storage-dump";
    static struct dumped first, second;
    struct ipam_changes c = { .size = sizeof(c) };
    struct told told = { 0 };
    struct ipam_inst *inst;
    struct batch b;

    schema_use(&schema);
    inst = inst_opened(0);
    if (ops.storage.dump == NULL || ops.storage.load == NULL) {
        inst_close(inst);
        return;
    }
    put(inst, &b, 'x', 1, rule);
    put(inst, &b, 'y', 2, rule);
    take_dump(inst, &first, rule);
    must(call(inst, "changes", run_changes, &c, &told), rule, "changes");
    if (first.args.ret_head != 2 || first.args.ret_next_id != ROWS + 1 || first.count < ROWS + told.rows)
        broken(rule,
               "dump emits %u rows at revision %lld with next id %lld, not all %u rows and change sets at 2 "
               "with %d",
               first.count, (long long)first.args.ret_head, (long long)first.args.ret_next_id,
               ROWS + told.rows, ROWS + 1);
    put(inst, &b, 'z', 3, rule);
    if (load_dump(inst, &first, 0, 0) != IPAM_E_CONFLICT)
        broken(rule, "load into a storage that is not empty is not answered IPAM_E_CONFLICT");
    expect_rows(inst, 'z', 3, "after a load that was refused", rule);
    if (load_dump(inst, &first, IPAM_LOAD_REPLACE, 1) != IPAM_E_CONFLICT)
        broken(rule, "load of another digest is not answered IPAM_E_CONFLICT");
    expect_rows(inst, 'z', 3, "after a load of another digest", rule);
    must(load_dump(inst, &first, IPAM_LOAD_REPLACE, 0), rule, "load with IPAM_LOAD_REPLACE");
    expect_rows(inst, 'y', 2, "after a load", rule);
    take_dump(inst, &second, rule);
    if (second.count != first.count || memcmp(first.args.ret_digest, second.args.ret_digest, 32) != 0)
        broken(rule, "a dump of what was loaded is another");
    inst_close(inst);
}

void schema_any(void)
{
    schema_use(&schema);
}

void try_storage_state(void)
{
    state_watch();
    try_storage();
}

void try_storage_leaks(void)
{
    unsigned files = 0, left, threads;
    char where[256] = "";
    struct batch b;
    size_t bytes;

    schema_use(&schema);
    worker_free(worker_new()); /* a sanitizer starts a thread of its own with the first one */
    threads = count_threads();
    alloc_watch(alloc_works());
    for (unsigned i = 1; i <= 9; i++) {
        struct ipam_inst *inst;
        alloc_generation(i);
        inst = inst_opened(0);
        put(inst, &b, 'x', (uint8_t)i, "storage-round-trip");
        expect_rows(inst, 'x', (int64_t)i, "after a commit", "storage-round-trip");
        inst_close(inst);
        inst_free(inst);
        if (i == 3)
            files = count_files();
    }
    if (count_files() > files)
        broken("leaks", "%u descriptors more are open after 6 times open and close; close them in close",
               count_files() - files);
    if (count_threads() > threads)
        broken("leaks", "threads of the plugin still run after close; end and join them there");
    left = alloc_left(4, 8, &bytes, where, sizeof(where));
    if (left >= 5)
        broken("leaks",
               "%u blocks of %zu bytes, made in 5 times open and close, are still there; the first was "
               "allocated at %s",
               left, bytes, where);
}

/* null_storage_test.c - null-storage: the gate, logs, dumps, readers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_storage.h"

#include <pthread.h>
#include <time.h>

static void test_what_was_stored_is_there_when_it_is_opened_again(void **state)
{
    struct ipam_filter f = { sizeof(f), COL_A, IPAM_CMP_EQ, { (const uint8_t *)"y", 1 } };
    const struct ipam_filter *filters[] = { &f };
    struct ipam_query q = { .type = THING, .filters = filters, .filter_count = 1 };
    struct ipam_gate_enter in;
    void *first;

    teardown(state);
    assert_int_equal(open_named("kept", NULL), IPAM_OK);
    commit_thing(1, 1, "x", NULL);
    commit_thing(1, 2, "y", NULL);
    first = db;
    assert_int_equal(open_named("kept", NULL), IPAM_E_BUSY);
    assert_says(inst.error, "another instance");
    ops()->close(first);
    assert_int_equal(open_named("kept", NULL), IPAM_OK);
    assert_int_equal(query(&q), IPAM_OK);
    assert_int_equal(req.count, 1);
    assert_int_equal(q.ret_head, 2);
    assert_int_equal(enter(1, &in), IPAM_OK);
    assert_int_equal(in.ret_next_id, 2);
    assert_int_equal(req.count, 1);
    abort_gate(IPAM_OK);
}

static void test_a_read_in_the_gate_finds_by_id_and_by_column(void **state)
{
    struct ipam_key keys[] = { { .type = THING, .id = 2 },
                               { .type = THING, .column = COL_B, .value = { (const uint8_t *)"same", 4 } },
                               { .type = THING, .id = 99 },
                               { .type = SEEN, .id = 2 },
                               { .type = THING, .column = 77 } };
    const struct ipam_key *list[] = { &keys[0], &keys[1], &keys[2], &keys[3], &keys[4] };
    struct ipam_gate_get args = { .size = sizeof(args), .count = 4, .keys = list };
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(1, 1, "p", "same");
    commit_thing(2, 2, "q", "oth");
    commit_thing(3, 3, "r", "same");
    assert_int_equal(enter(3, &in), IPAM_OK);
    assert_int_equal(in.ret_next_id, 4);
    assert_true(llabs(in.ret_clock_ms / 1000 - (int64_t)time(NULL)) <= 1);
    req_free(&req);
    ops()->gate_get(db, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 3);
    assert_int_equal(req.raw[0].id, 2);
    assert_int_equal(req.raw[1].id, 1);
    assert_int_equal(req.raw[2].id, 3);
    args.count = 5;
    req_free(&req);
    ops()->gate_get(db, &req, &args);
    req_ended(&req, IPAM_E_INVAL);
}

/* A batch whose last part cannot be done leaves nothing of its first. */
static void test_a_batch_is_done_as_a_whole_or_not_at_all(void **state)
{
    static const int32_t statuses[] = { IPAM_E_CONFLICT, IPAM_E_INVAL, IPAM_E_INVAL, IPAM_E_INVAL,
                                        IPAM_E_INVAL };
    struct row r = text_row("n", NULL);

    (void)state;
    commit_thing(1, 1, "x", NULL);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct batch b = { .row_count = 0 };

        put(&b, THING, 1, 2, &r);
        put(&b, THING, 2, 2, &r);
        log_row(&b, i == 0 ? 1 : 2);
        b.rows[1].type = i == 1 ? 77 : THING;
        b.rows[1].column_count = i == 2 ? 1 : 2;
        b.rows[1].op = i == 3 ? 0 : IPAM_ROW_PUT;
        b.rows[1].id = i == 4 ? 0 : 2;
        print_message("case %zu\n", i);
        assert_int_equal(run(&b, 3, 2), statuses[i]);
        assert_says(req.message, "nothing was changed");
        assert_int_equal(count_rows(THING), 1);
        assert_int_equal(head_of(), 1);
    }
    commit_thing(2, 2, "y", NULL);
    assert_int_equal(count_rows(THING), 2);
}

static void test_a_full_storage_says_so_and_goes_on(void **state)
{
    struct batch b = { .row_count = 0 }, c = { .row_count = 0 };
    struct row r = text_row("n", NULL);

    teardown(state);
    open_db("2");
    commit_thing(1, 1, "x", NULL);
    put(&b, THING, 2, 2, &r);
    put(&b, THING, 3, 2, &r);
    log_row(&b, 2);
    assert_int_equal(run(&b, 4, 2), IPAM_E_NOSPC);
    assert_int_equal(head_of(), 1);
    put(&c, THING, 1, 2, &r);
    put(&c, THING, 2, 2, &r);
    log_row(&c, 2);
    assert_int_equal(run(&c, 4, 2), IPAM_OK);
}

static void test_gate_calls_out_of_order_are_refused(void **state)
{
    struct ipam_gate_enter in;
    struct ipam_gate_get get = { .size = sizeof(get) };
    struct ipam_gate_commit nothing = { .size = sizeof(nothing) };

    (void)state;
    ops()->gate_commit(db, &req, &nothing);
    req_ended(&req, IPAM_E_BUG);
    abort_gate(IPAM_E_BUG);
    req_free(&req);
    ops()->gate_get(db, &req, &get);
    req_ended(&req, IPAM_E_BUG);
    assert_int_equal(enter(1, &in), IPAM_E_IO); /* a head above what there is */
    assert_int_equal(enter(0, &in), IPAM_OK);
    assert_int_equal(enter(0, &in), IPAM_E_BUG);
    req_free(&req);
    ops()->gate_commit(db, &req, &nothing); /* the first enter still holds */
    req_ended(&req, IPAM_OK);
}

static uint32_t outcome(uint8_t byte)
{
    struct ipam_gate_outcome args = { .size = sizeof(args) };

    memset(args.batch_id, byte, 16);
    req_free(&req);
    ops()->outcome(db, &req, &args);
    req_ended(&req, IPAM_OK);
    return args.ret_outcome;
}

static void test_the_outcome_of_the_last_batches_is_known(void **state)
{
    (void)state;
    assert_int_equal(outcome(0), IPAM_OUTCOME_ABSENT);
    for (uint8_t i = 1; i <= 20; i++) {
        struct batch b = { .row_count = 0 };

        memset(b.batch_id, i, 16);
        assert_int_equal(run(&b, 1, i), IPAM_OK);
    }
    assert_int_equal(outcome(20), IPAM_OUTCOME_COMMITTED);
    assert_int_equal(outcome(5), IPAM_OUTCOME_COMMITTED);
    assert_int_equal(outcome(21), IPAM_OUTCOME_ABSENT);
}

static void test_the_change_log_pages_both_ways(void **state)
{
    static const struct {
        uint32_t flags, limit;
        int64_t after, upto, expected[4];
    } cases[] = {
        { 0, 0, 0, 0, { 1, 2, 3, 4 } },
        { 0, 2, 1, 0, { 2, 3 } },
        { 0, 0, 1, 2, { 2 } },
        { 0, 0, 4, 0, { 0 } },
        { IPAM_QUERY_DESCENDING, 0, 0, 0, { 4, 3, 2, 1 } },
        { IPAM_QUERY_DESCENDING, 2, 3, 0, { 2, 1 } },
        { IPAM_QUERY_DESCENDING, 0, 4, 2, { 2, 1 } },
        { IPAM_QUERY_DESCENDING, 0, 1, 0, { 0 } },
    };

    (void)state;
    for (int64_t rev = 1; rev <= 4; rev++)
        commit_thing(rev, rev, "x", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipam_changes c = { .size = sizeof(c),
                                  .flags = cases[i].flags,
                                  .limit = cases[i].limit,
                                  .after = cases[i].after,
                                  .upto = cases[i].upto };
        size_t n = 0;

        req_free(&req);
        ops()->changes(db, &req, &c);
        req_ended(&req, IPAM_OK);
        assert_int_equal(c.ret_head, 4);
        assert_int_equal(c.ret_count, 4);
        for (; n < 4 && cases[i].expected[n]; n++) {
            assert_true(n < req.count);
            assert_int_equal(req.raw[n].type, IPAM_T_CHANGE);
            assert_int_equal(req.raw[n].id, cases[i].expected[n]);
            assert_int_equal(req.raw[n].rev, cases[i].expected[n]);
        }
        assert_int_equal(req.count, n);
    }
}

static size_t log_count(const char *key, int64_t from, int64_t to, uint32_t flags)
{
    struct ipam_log_query q = {
        .size = sizeof(q), .log = EVENTS, .flags = flags, .from_ms = from, .to_ms = to
    };

    q.key = (struct ipam_bytes){ (const uint8_t *)key, strlen(key) };
    req_free(&req);
    ops()->log_query(db, &req, &q);
    req_ended(&req, IPAM_OK);
    assert_int_equal(flags & IPAM_QUERY_COUNT ? 0 : q.ret_count, req.count);
    return (size_t)q.ret_count;
}

static void test_entries_are_found_by_time_and_key_and_dropped_by_age(void **state)
{
    struct ipam_log_prune prune = { .size = sizeof(prune), .log = EVENTS, .before_ms = 20 };
    struct batch b = { .row_count = 0 };

    (void)state;
    log_entry(&b, 30, "k", "third");
    log_entry(&b, 10, "k", "first");
    log_entry(&b, 20, "x", "second");
    log_entry(&b, 30, "k", "fourth");
    assert_int_equal(run(&b, 1, 0), IPAM_OK);
    assert_int_equal(log_count("", 0, 100, 0), 4);
    assert_memory_equal(req.raw[0].body.data, "first", 5);
    assert_memory_equal(req.raw[3].body.data, "fourth", 6); /* as they came, of one time */
    assert_int_equal(req.raw[3].id, 30);
    assert_int_equal(req.raw[3].type, EVENTS);
    assert_int_equal(log_count("", 0, 100, IPAM_QUERY_DESCENDING), 4);
    assert_memory_equal(req.raw[0].body.data, "fourth", 6);
    assert_int_equal(log_count("k", 10, 30, 0), 1);
    assert_int_equal(log_count("k", 0, 100, IPAM_QUERY_COUNT), 3);
    req_free(&req);
    ops()->log_prune(db, &req, &prune);
    req_ended(&req, IPAM_OK);
    assert_int_equal(prune.ret_count, 1);
    assert_int_equal(log_count("", 0, 100, 0), 3);
}

static void fill_for_dump(void)
{
    struct batch b = { .row_count = 0 };
    struct row r = text_row("s", NULL);

    commit_thing(1, 1, "a", "b");
    commit_thing(1, 2, "a2", "b");
    commit_thing(2, 3, "c", NULL);
    erase(&b, THING, 1, 4);
    r.len = 2; /* the one column of the other table */
    put(&b, SEEN, 7, 4, &r);
    log_row(&b, 4);
    log_entry(&b, 10, "k", "event");
    assert_int_equal(run(&b, 8, 4), IPAM_OK);
}

static void dump(struct ipam_dump *d)
{
    *d = (struct ipam_dump){ .size = sizeof(*d) };
    req_free(&req);
    ops()->dump(db, &req, d);
    req_ended(&req, IPAM_OK);
    assert_int_equal(d->ret_count, req.count);
}

/* Loads rows of a dump in two pieces. */
static int32_t load(const struct ipam_req *from, const struct ipam_dump *d, size_t count)
{
    const struct ipam_row *rows[BATCH_MAX];
    struct ipam_load l = { .size = sizeof(l), .flags = IPAM_LOAD_FIRST, .row_count = 2, .rows = rows };

    for (size_t i = 0; i < count; i++)
        rows[i] = &from->raw[i];
    req_free(&req);
    ops()->load(db, &req, &l);
    if (req.status != IPAM_OK)
        return req.status;
    assert_int_equal(count_rows(THING), 0); /* nothing is there before all is */
    l = (struct ipam_load){ .size = sizeof(l),
                            .flags = IPAM_LOAD_LAST,
                            .row_count = (uint32_t)count - 2,
                            .rows = rows + 2,
                            .next_id = 8,
                            .head = d->ret_head };
    memcpy(l.digest, d->ret_digest, sizeof(l.digest));
    req_free(&req);
    ops()->load(db, &req, &l);
    assert_int_equal(req.done, 1);
    return req.status;
}

static void test_a_dump_is_loaded_whole_or_not_at_all(void **state)
{
    struct ipam_dump first, second;
    struct ipam_gate_enter in;
    struct ipam_req kept;
    struct ipam_filter f = { sizeof(f), COL_A, IPAM_CMP_EQ, { (const uint8_t *)"c", 1 } };
    const struct ipam_filter *filters[] = { &f };
    struct ipam_query q = { .type = THING, .filters = filters, .filter_count = 1 };

    (void)state;
    fill_for_dump();
    dump(&first);
    assert_int_equal(first.ret_count, 2 + 2 + 4 + 1); /* rows, versions, changes, entries */
    kept = req;
    req_init(&req, &inst);
    assert_int_equal(load(&kept, &first, kept.count), IPAM_E_CONFLICT); /* it is not empty */
    teardown(state);
    open_db(NULL);
    kept.inst = &inst;
    assert_int_equal(load(&kept, &first, kept.count - 1), IPAM_E_CONFLICT); /* a row is missing */
    assert_int_equal(count_rows(THING), 0);
    assert_int_equal(load(&kept, &first, kept.count), IPAM_OK);
    dump(&second);
    assert_memory_equal(first.ret_digest, second.ret_digest, 32);
    assert_int_equal(second.ret_count, first.ret_count);
    assert_int_equal(query(&q), IPAM_OK); /* the columns were read from the bodies */
    assert_int_equal(req.count, 1);
    assert_int_equal(log_count("k", 0, 100, 0), 1);
    assert_int_equal(enter(3, &in), IPAM_OK);
    assert_int_equal(in.ret_next_id, 8);
    assert_int_equal(req.count, 2); /* versions too: row 1 is told to be gone */
    assert_int_equal(req.raw[0].op, IPAM_ROW_DELETE);
    abort_gate(IPAM_OK);
    req_free(&kept);
}

static void test_damage_is_found_and_figures_are_told(void **state)
{
    struct batch b = { .row_count = 0 };
    struct row r = text_row("a", "b");

    (void)state;
    fill_for_dump();
    ops()->verify(db, (req_free(&req), &req));
    req_ended(&req, IPAM_OK);
    assert_int_equal(req_rows(&req, IPAM_T_CHECK), 2);
    assert_int_equal(((const struct ipam_check *)req.rows[0])->state, IPAM_CHECK_STATE_OK);
    put(&b, THING, 9, 5, &r);
    b.rows[0].body = (struct ipam_bytes){ (const uint8_t *)"\1x\1y", 4 }; /* not those of its columns */
    log_row(&b, 5);
    assert_int_equal(run(&b, 10, 5), IPAM_OK);
    req_free(&req);
    ops()->verify(db, &req);
    req_ended(&req, IPAM_OK);
    assert_int_equal(((const struct ipam_check *)req.rows[0])->state, IPAM_CHECK_STATE_ERROR);
    req_free(&req);
    ops()->stat(db, &req);
    req_ended(&req, IPAM_OK);
    assert_str(((const struct ipam_stat *)req.rows[0])->name, "rows");
    assert_int_equal(((const struct ipam_stat *)req.rows[0])->count.lo, 3);
}

static void test_wrong_queries_and_readers_that_stop(void **state)
{
    struct ipam_filter no_column = { .column = 99, .cmp = IPAM_CMP_EQ },
                       no_cmp = { .column = COL_A, .cmp = 9 },
                       short_id = { .column = 0, .cmp = IPAM_CMP_EQ, .value = { (const uint8_t *)"x", 1 } };
    const struct ipam_filter *lists[] = { &no_column, &no_cmp, &short_id };
    struct ipam_query cases[] = { { .type = 77 },
                                  { .type = THING, .order = 99 },
                                  { .type = THING, .reader = 16 },
                                  { .type = THING, .filters = &lists[0], .filter_count = 1 },
                                  { .type = THING, .filters = &lists[1], .filter_count = 1 },
                                  { .type = THING, .filters = &lists[2], .filter_count = 1 } },
                      all = { .size = sizeof(all), .type = THING };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(query(&cases[i]), IPAM_E_INVAL);
    commit_thing(1, 1, "a", NULL);
    commit_thing(2, 2, "b", NULL);
    req_free(&req);
    req.stop_after = 1;
    ops()->query(db, &req, &all);
    req_ended(&req, IPAM_E_TIMEOUT);
    req_free(&req);
    req.cancelled = 1;
    ops()->query(db, &req, &all);
    req_ended(&req, IPAM_E_CANCELED);
}

/* Every batch sets all ten rows to its revision, so a snapshot shows ten equal ones and the head. */
struct race {
    pthread_t thread;
    atomic_bool stop;
    atomic_uint reads;
    bool wrong;
};

static void *read_along(void *user)
{
    struct race *r = user;
    struct ipam_req mine;

    req_init(&mine, &inst);
    while (!r->stop) {
        struct ipam_query q = { .size = sizeof(q), .type = THING, .reader = 1, .order = COL_A };

        req_free(&mine);
        ops()->query(db, &mine, &q);
        r->wrong = r->wrong || mine.status != IPAM_OK || mine.count != 10;
        for (size_t i = 0; i < mine.count; i++)
            r->wrong = r->wrong || mine.raw[i].rev != q.ret_head;
        r->reads++;
    }
    req_free(&mine);
    return NULL;
}

static void test_a_reader_sees_one_revision_while_the_writer_commits(void **state)
{
    struct race race = { .stop = false };

    (void)state;
    for (int64_t rev = 1; rev <= 2000 || race.reads < 10; rev++) {
        struct batch b = { .row_count = 0 };
        struct row r = text_row(rev & 1 ? "odd" : "even", NULL);

        for (int64_t id = 1; id <= 10; id++)
            put(&b, THING, id, rev, &r);
        log_row(&b, rev);
        assert_int_equal(run(&b, 11, rev), IPAM_OK);
        if (rev == 1)
            assert_int_equal(pthread_create(&race.thread, NULL, read_along, &race), 0);
    }
    race.stop = true;
    pthread_join(race.thread, NULL);
    assert_false(race.wrong);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_stored_is_there_when_it_is_opened_again),
        TEST(test_a_read_in_the_gate_finds_by_id_and_by_column),
        TEST(test_a_batch_is_done_as_a_whole_or_not_at_all),
        TEST(test_a_full_storage_says_so_and_goes_on),
        TEST(test_gate_calls_out_of_order_are_refused),
        TEST(test_the_outcome_of_the_last_batches_is_known),
        TEST(test_the_change_log_pages_both_ways),
        TEST(test_entries_are_found_by_time_and_key_and_dropped_by_age),
        TEST(test_a_dump_is_loaded_whole_or_not_at_all),
        TEST(test_damage_is_found_and_figures_are_told),
        TEST(test_wrong_queries_and_readers_that_stop),
        TEST(test_a_reader_sees_one_revision_while_the_writer_commits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

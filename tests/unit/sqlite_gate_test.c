/* sqlite_gate_test.c - the gate of the sqlite plugin: what is committed, kept, refused and found again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

static struct folder folder;
static struct db db;
static struct ipam_req req;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    req_free(&req);
    db_close(&db);
    folder_remove(&folder);
    return 0;
}

static void reopen(void)
{
    db_close(&db);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
}

/* One integer straight from the file, past the plugin. */
static int64_t peek(const char *sql)
{
    sqlite3 *raw;
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_open_v2(folder.path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(raw);
    return n;
}

static void test_a_fresh_file_is_at_revision_zero(void **state)
{
    struct ipam_gate_enter in;

    (void)state;
    assert_int_equal(enter(&db, 0, &in, &req), IPAM_OK);
    assert_int_equal(in.ret_head, 0);
    assert_int_equal(in.ret_next_id, 1);
    assert_true(in.ret_clock_ms / 1000 - (int64_t)time(NULL) <= 1 &&
                (int64_t)time(NULL) - in.ret_clock_ms / 1000 <= 1);
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    assert_int_equal(req.status, IPAM_OK);
}

static void test_what_was_committed_is_there_after_a_restart(void **state)
{
    struct ipam_gate_enter in;
    struct ipam_query q = { .type = THING };

    (void)state;
    commit_thing(&db, 7, 1, "x", NULL, "z");
    reopen();
    assert_int_equal(query(&db, &q, &req), IPAM_OK);
    assert_int_equal(req.count, 1);
    assert_int_equal(req.rows[0].id, 7);
    assert_int_equal(req.rows[0].rev, 1);
    assert_string_equal(req.rows[0].body, "x||z");
    assert_int_equal(q.ret_head, 1);
    assert_int_equal(enter(&db, 1, &in, &req), IPAM_OK);
    assert_int_equal(in.ret_head, 1);
    assert_int_equal(in.ret_next_id, 8);
}

static void test_a_read_in_the_gate_finds_by_id_and_by_column(void **state)
{
    struct ipam_key keys[] = { { .type = THING, .id = 2 },
                               { .type = THING, .column = COL_B, .value = { (const uint8_t *)"same", 4 } },
                               { .type = THING, .id = 99 },
                               { .type = SEEN, .id = 2 } };
    const struct ipam_key *list[] = { &keys[0], &keys[1], &keys[2], &keys[3] };
    struct ipam_gate_get args = { .size = sizeof(args), .count = 4, .keys = list };
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(&db, 1, 1, "p", "same", NULL);
    commit_thing(&db, 2, 2, "q", "other", NULL);
    commit_thing(&db, 3, 3, "r", "same", NULL);
    assert_int_equal(enter(&db, 3, &in, &req), IPAM_OK);
    req_free(&req);
    db.ops->gate_get(db.ctx, &req, &args);
    assert_int_equal(req.status, IPAM_OK);
    assert_int_equal(req.count, 3);
    assert_int_equal(req.rows[0].id, 2);
    assert_int_equal(req.rows[1].id, 1);
    assert_int_equal(req.rows[2].id, 3);
    assert_string_equal(req.rows[2].body, "r|same|");
}

static void test_replaced_and_deleted_rows_are_kept_as_versions(void **state)
{
    struct batch b = { .row_count = 0 };

    (void)state;
    commit_thing(&db, 1, 1, "first", NULL, NULL);
    commit_thing(&db, 1, 4, "second", NULL, NULL);
    batch_delete(&b, THING, 1, 6);
    batch_log(&b, 6, "gone");
    assert_int_equal(batch_run(&db, &b, 2, 6, &req), IPAM_OK);
    assert_int_equal(count_rows(&db, THING), 0);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version"), 2);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version WHERE type=5 AND id=1 AND rev_from=1 AND "
                          "rev_to=4 AND body=CAST('first||' AS BLOB)"),
                     1);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version WHERE type=5 AND id=1 AND rev_from=4 AND "
                          "rev_to=6 AND body=CAST('second||' AS BLOB)"),
                     1);
}

static void test_what_is_observed_is_overwritten_without_a_trace(void **state)
{
    struct batch b = { .row_count = 0 };

    (void)state;
    batch_seen(&b, 1, 1, "x");
    batch_seen(&b, 1, 2, "y");
    batch_seen(&b, 2, 2, "z");
    batch_delete(&b, SEEN, 2, 3);
    assert_int_equal(batch_run(&db, &b, 3, 3, &req), IPAM_OK);
    assert_int_equal(count_rows(&db, SEEN), 1);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version"), 0);
}

static size_t found(uint32_t column, const char *value)
{
    struct ipam_filter f = { .size = sizeof(f),
                             .column = column,
                             .cmp = IPAM_CMP_EQ,
                             .value = { (const uint8_t *)value, strlen(value) } };
    const struct ipam_filter *list[] = { &f };
    struct ipam_query q = { .type = THING, .filters = list, .filter_count = 1 };

    assert_int_equal(query(&db, &q, &req), IPAM_OK);
    return req.count;
}

static void test_a_row_written_again_is_found_by_its_new_values_only(void **state)
{
    struct batch b = { .row_count = 0 };

    (void)state;
    commit_thing(&db, 1, 1, "x", "left", NULL);
    commit_thing(&db, 1, 2, "y", "left", NULL);
    assert_int_equal(found(COL_A, "x"), 0);
    assert_int_equal(found(COL_A, "y"), 1);
    commit_thing(&db, 1, 3, "y", NULL, "z");
    assert_int_equal(found(COL_B, "left"), 0);
    assert_int_equal(found(COL_C, "z"), 1);
    batch_put(&b, 1, 4, "y", NULL, "z");
    b.rows[0].body = (struct ipam_bytes){ (const uint8_t *)"other", 5 };
    assert_int_equal(batch_run(&db, &b, 2, 4, &req), IPAM_OK);
    assert_int_equal(found(COL_A, "y"), 1);
    assert_string_equal(req.rows[0].body, "other"); /* same columns, new body */
    assert_int_equal(req.rows[0].rev, 4);
}

static void test_a_row_written_twice_in_one_revision_makes_no_version(void **state)
{
    struct batch b = { .row_count = 0 };

    (void)state;
    batch_put(&b, 1, 1, "x", NULL, NULL);
    batch_put(&b, 1, 1, "y", NULL, NULL);
    assert_int_equal(batch_run(&db, &b, 2, 1, &req), IPAM_OK);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version"), 0);
    assert_int_equal(peek("SELECT a=CAST('y' AS BLOB) FROM thing"), 1);
}

/* A batch whose last part cannot be done leaves nothing of its first, and the file goes on being used. */
static void test_a_batch_is_done_as_a_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *what;
        int32_t status;
    } cases[] = { { "a revision of the log twice", IPAM_E_CONFLICT },
                  { "an unknown table", IPAM_E_INVAL },
                  { "too few columns", IPAM_E_INVAL },
                  { "no operation", IPAM_E_INVAL },
                  { "no id", IPAM_E_INVAL },
                  { "entries of a log of events", IPAM_E_UNSUPPORTED },
                  { "an id that was not given", IPAM_E_INVAL },
                  { "ids given anew", IPAM_E_INVAL } };

    (void)state;
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct batch b = { .row_count = 0 };

        batch_put(&b, 1, 2, "changed", NULL, NULL);
        batch_put(&b, 2, 2, "new", NULL, NULL);
        batch_log(&b, i == 0 ? 1 : 2, "log");
        if (i == 1)
            b.rows[1].type = 77;
        if (i == 2)
            b.rows[1].column_count = 2;
        if (i == 3)
            b.rows[1].op = 0;
        if (i == 4)
            b.rows[1].id = 0;
        if (i == 5)
            b.entry_count = 1;
        if (i == 6)
            b.rows[1].id = 3;
        if (i == 7) {
            b.ids_anew = true;
            b.row_count = 0;
        }
        print_message("%s\n", cases[i].what);
        assert_int_equal(batch_run(&db, &b, i == 7 ? 1 : 3, 2, &req), cases[i].status);
        assert_says(req.message, folder.path);
        assert_says(req.message, "nothing was changed");
        assert_int_equal(count_rows(&db, THING), 1);
        assert_int_equal(head_of(&db), 1);
        assert_int_equal(peek("SELECT count(*) FROM ipam_version"), 0);
        assert_int_equal(peek("SELECT next_id FROM ipam_meta"), 2);
    }
    commit_thing(&db, 2, 2, "y", NULL, NULL);
    assert_int_equal(count_rows(&db, THING), 2);
}

/* Many new rows go to SQLite in groups: each is as it was given, and in the order of what comes between. */
static void test_many_new_rows_are_stored_each_as_it_is(void **state)
{
    char texts[100][2][16];
    struct batch b = { .row_count = 0 };
    int64_t id = 0;

    (void)state;
    commit_thing(&db, ++id, 1, "old", NULL, NULL);
    for (int i = 0; i < 100; i++) {
        snprintf(texts[i][0], 16, "a%d", i);
        snprintf(texts[i][1], 16, "b%d", i);
        batch_put(&b, ++id, 2, texts[i][0], i % 3 ? texts[i][1] : NULL, "c");
        if (i == 40) /* of another table */
            batch_seen(&b, ++id, 2, "s");
        if (i == 60) { /* again, what a group has just written; and what was there before */
            batch_put(&b, 12, 2, "twice", NULL, NULL);
            batch_put(&b, 1, 2, "new", NULL, NULL);
        }
        if (i == 80)
            batch_delete(&b, THING, 13, 2);
    }
    batch_log(&b, 2, "many");
    assert_int_equal(batch_run(&db, &b, id + 1, 2, &req), IPAM_OK);
    assert_int_equal(count_rows(&db, THING), 100);
    assert_int_equal(count_rows(&db, SEEN), 1);
    for (int i = 0; i < 100; i++) {
        size_t wanted = i == 10 || i == 11 ? 0 : 1;

        assert_int_equal(found(COL_A, texts[i][0]), wanted);
        assert_int_equal(found(COL_B, texts[i][1]), i % 3 ? wanted : 0);
    }
    assert_int_equal(peek("SELECT id FROM thing WHERE a=CAST('a99' AS BLOB)"), 102);
    assert_int_equal(found(COL_A, "twice"), 1);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version"), 1);
    assert_int_equal(peek("SELECT count(*) FROM ipam_version WHERE id=1 AND rev_to=2"), 1);
}

/* A row that does not fit among many that do. */
static void test_many_new_rows_are_stored_all_or_none(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 3; wrong++) {
        struct batch b = { .row_count = 0 };

        for (int64_t id = 1; id <= 70; id++)
            batch_put(&b, id, 1, "a", "b", "c");
        if (wrong == 0)
            b.rows[50].column_count = 2;
        if (wrong == 1)
            b.rows[50].id = 500;
        if (wrong == 2)
            b.rows[50].type = 77;
        assert_int_equal(batch_run(&db, &b, 71, 1, &req), IPAM_E_INVAL);
        assert_says(req.message, "nothing was changed");
        assert_int_equal(count_rows(&db, THING), 0);
    }
}

static void test_an_aborted_gate_changes_nothing(void **state)
{
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    assert_int_equal(enter(&db, 1, &in, &req), IPAM_OK);
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    assert_int_equal(req.status, IPAM_OK);
    commit_thing(&db, 2, 2, "y", NULL, NULL);
    assert_int_equal(head_of(&db), 2);
}

static void test_gate_calls_out_of_order_are_refused(void **state)
{
    struct ipam_gate_enter in;
    struct ipam_gate_commit nothing = { .size = sizeof(nothing), .next_id = 1 };

    (void)state;
    db.ops->gate_commit(db.ctx, &req, &nothing);
    assert_int_equal(req.status, IPAM_E_BUG);
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    assert_int_equal(req.status, IPAM_E_BUG);
    assert_int_equal(get_id(&db, THING, 1, &req), IPAM_E_BUG);
    assert_int_equal(enter(&db, 0, &in, &req), IPAM_OK);
    assert_int_equal(enter(&db, 0, &in, &req), IPAM_E_BUG);
    req_free(&req);
    db.ops->gate_commit(db.ctx, &req, &nothing); /* the first enter still holds */
    assert_int_equal(req.status, IPAM_OK);
}

static uint32_t outcome(uint8_t byte)
{
    struct ipam_gate_outcome args = { .size = sizeof(args) };

    memset(args.batch_id, byte, 16);
    req_free(&req);
    db.ops->outcome(db.ctx, &req, &args);
    assert_int_equal(req.status, IPAM_OK);
    return args.ret_outcome;
}

static void test_the_outcome_of_the_last_batches_is_known(void **state)
{
    (void)state;
    for (uint8_t i = 1; i <= 20; i++) {
        struct batch b = { .row_count = 0 };

        memset(b.batch_id, i, 16);
        batch_put(&b, i, i, "x", NULL, NULL);
        assert_int_equal(batch_run(&db, &b, i + 1, i, &req), IPAM_OK);
    }
    assert_int_equal(outcome(20), IPAM_OUTCOME_COMMITTED);
    assert_int_equal(outcome(5), IPAM_OUTCOME_COMMITTED);
    assert_int_equal(outcome(21), IPAM_OUTCOME_ABSENT);
    reopen();
    assert_int_equal(outcome(20), IPAM_OUTCOME_COMMITTED);
}

static void test_enter_tells_what_changed_since_a_revision(void **state)
{
    struct batch b = { .row_count = 0 };
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    commit_thing(&db, 2, 2, "y", NULL, NULL);
    commit_thing(&db, 3, 3, "z", NULL, NULL);
    batch_put(&b, 2, 4, "y2", NULL, NULL);
    batch_delete(&b, THING, 2, 6); /* two versions, gone in the second */
    batch_put(&b, 4, 5, "new", NULL, NULL);
    batch_delete(&b, THING, 4, 7); /* came and went: nothing to tell */
    batch_seen(&b, 5, 7, "s");
    batch_put(&b, 1, 8, "x2", NULL, NULL);
    assert_int_equal(batch_run(&db, &b, 6, 8, &req), IPAM_OK);

    assert_int_equal(enter(&db, 3, &in, &req), IPAM_OK);
    assert_int_equal(in.ret_head, 8);
    assert_int_equal(req.count, 3);
    assert_int_equal(req.rows[0].op, IPAM_ROW_DELETE);
    assert_int_equal(req.rows[0].type, THING);
    assert_int_equal(req.rows[0].id, 2);
    assert_int_equal(req.rows[0].rev, 6);
    assert_int_equal(req.rows[1].op, IPAM_ROW_PUT);
    assert_int_equal(req.rows[1].type, SEEN);
    assert_int_equal(req.rows[2].id, 1);
    assert_string_equal(req.rows[2].body, "x2||");
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    assert_int_equal(enter(&db, 8, &in, &req), IPAM_OK);
    assert_int_equal(req.count, 0);
}

/* A head above the file's: somebody put an older file in its place. */
static void test_a_file_older_than_what_was_seen_is_refused(void **state)
{
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    assert_int_equal(enter(&db, 2, &in, &req), IPAM_E_IO);
    assert_says(req.message, "revision 1");
    assert_says(req.message, "revision 2");
    assert_int_equal(enter(&db, 1, &in, &req), IPAM_E_IO); /* and stays refused */
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
        { IPAM_QUERY_DESCENDING, 2, 0, 0, { 4, 3 } },
        { IPAM_QUERY_DESCENDING, 2, 3, 0, { 2, 1 } },
        { IPAM_QUERY_DESCENDING, 0, 0, 2, { 2, 1 } },
        { IPAM_QUERY_DESCENDING, 0, 4, 2, { 2, 1 } },
        { IPAM_QUERY_DESCENDING, 0, 1, 0, { 0 } },
    };

    (void)state;
    for (int64_t rev = 1; rev <= 4; rev++)
        commit_thing(&db, rev, rev, "x", NULL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipam_changes c = {
            .flags = cases[i].flags, .limit = cases[i].limit, .after = cases[i].after, .upto = cases[i].upto
        };
        size_t n = 0;

        print_message("case %zu\n", i);
        assert_int_equal(changes(&db, &c, &req), IPAM_OK);
        assert_int_equal(c.ret_head, 4);
        assert_int_equal(c.ret_count, 4);
        for (; n < 4 && cases[i].expected[n]; n++) {
            assert_true(n < req.count);
            assert_int_equal(req.rows[n].type, IPAM_T_CHANGE);
            assert_int_equal(req.rows[n].rev, cases[i].expected[n]);
            assert_int_equal(req.rows[n].id, cases[i].expected[n]);
            assert_string_equal(req.rows[n].body, "log");
        }
        assert_int_equal(req.count, n);
    }
}

/* The log is written back as it grows, so it starts anew instead of growing for ever. */
static void test_the_write_ahead_log_stays_bounded(void **state)
{
    char wal[128];
    struct stat st;
    off_t largest = 0;

    (void)state;
    db_close(&db);
    db.inst.synchronous = "normal"; /* quicker; the log is the same */
    assert_int_equal(db.ops->open(&db.inst, &test_host, &test_schema, &db.ctx), IPAM_OK);
    snprintf(wal, sizeof(wal), "%s-wal", folder.path);
    for (int64_t id = 1; id < 100000; id += BATCH_MAX) {
        struct batch b = { .row_count = 0 };

        for (int64_t i = id; i < id + BATCH_MAX; i++)
            batch_put(&b, i, 1, i % 7 ? "even" : "odd", i % 3 ? "left" : NULL, NULL);
        assert_int_equal(batch_run(&db, &b, id + BATCH_MAX, 1, &req), IPAM_OK);
        assert_int_equal(stat(wal, &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
    }
    assert_in_range(largest, 4000 * 4096, 5000 * 4096);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_fresh_file_is_at_revision_zero),
        TEST(test_what_was_committed_is_there_after_a_restart),
        TEST(test_a_read_in_the_gate_finds_by_id_and_by_column),
        TEST(test_replaced_and_deleted_rows_are_kept_as_versions),
        TEST(test_what_is_observed_is_overwritten_without_a_trace),
        TEST(test_a_row_written_again_is_found_by_its_new_values_only),
        TEST(test_a_row_written_twice_in_one_revision_makes_no_version),
        TEST(test_a_batch_is_done_as_a_whole_or_not_at_all),
        TEST(test_many_new_rows_are_stored_each_as_it_is),
        TEST(test_many_new_rows_are_stored_all_or_none),
        TEST(test_an_aborted_gate_changes_nothing),
        TEST(test_gate_calls_out_of_order_are_refused),
        TEST(test_the_outcome_of_the_last_batches_is_known),
        TEST(test_enter_tells_what_changed_since_a_revision),
        TEST(test_a_file_older_than_what_was_seen_is_refused),
        TEST(test_the_change_log_pages_both_ways),
        TEST(test_the_write_ahead_log_stays_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

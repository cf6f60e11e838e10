/* sqlite_memory_test.c - the sqlite plugin when SQLite gets no memory, whichever allocation it is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <sqlite3.h>

#define GROUPED 40 /* a group and some */

static struct folder folder;
static struct db db;
static struct ipam_req req;
static sqlite3_mem_methods real;
static unsigned count, at, failed; /* allocations; the one that fails (0: none) */

static bool fails(void)
{
    bool hit = at != 0 && ++count == at;

    failed += hit;
    return hit;
}

static void *failing_malloc(int size)
{
    return fails() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *p, int size)
{
    return fails() ? NULL : real.xRealloc(p, size);
}

static void arm(unsigned n)
{
    at = n;
    count = failed = 0;
}

/* Disarms; true when the n-th allocation was asked for. */
static bool fired(void)
{
    at = 0;
    return failed > 0;
}

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
    assert_int_equal(sqlite3_memory_used(), 0);
    return 0;
}

/* Changes row 1, adds row `rev`, and a row of the log. */
static int32_t try_batch(int64_t rev)
{
    struct batch b = { .row_count = 0 };
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)rev);
    memset(b.batch_id, (int)rev, sizeof(b.batch_id));
    batch_put(&b, 1, rev, text, NULL, NULL);
    batch_put(&b, rev, rev, text, NULL, NULL);
    batch_log(&b, rev, text);
    return batch_run(&db, &b, rev + 1, rev, &req);
}

/* Leaves the gate as the caller does after a call of it failed, unless the failure left it already. */
static void leave(void)
{
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    req_free(&req);
}

/* Adds so many rows that they go in groups, whose statement is made when the first is there. */
static int32_t try_group(int64_t first)
{
    struct batch b = { .row_count = 0 };

    for (int64_t id = first; id < first + GROUPED; id++)
        batch_put(&b, id, first, "a", "b", "c");
    return batch_run(&db, &b, first + GROUPED, first, &req);
}

static void assert_whole(int64_t rev)
{
    struct ipam_gate_enter in;
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)rev);
    assert_int_equal(head_of(&db), rev);
    assert_int_equal(count_rows(&db, THING), rev);
    assert_int_equal(enter(&db, rev, &in, &req), IPAM_OK);
    assert_int_equal(get_id(&db, THING, 1, &req), IPAM_OK);
    assert_true(req.count == 1 && req.rows[0].rev == rev && strncmp(req.rows[0].body, text, strlen(text)) == 0);
    leave();
}

static void test_a_batch_is_whole_or_not_there(void **state)
{
    int64_t rev = 1;
    unsigned refused = 0, unknown = 0;
    bool hit = true;

    (void)state;
    commit_thing(&db, 1, 1, "1", NULL, NULL);
    for (unsigned n = 1; hit; n++) {
        arm(n);
        int32_t status = try_batch(rev + 1);
        hit = fired();
        if (status == IPAM_E_IO) { /* not known: the next start finds out */
            unknown++;
            req_free(&req);
            db_close(&db);
            assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
            rev += head_of(&db) == rev + 1;
        } else if (status == IPAM_OK) {
            rev++;
        } else {
            assert_int_equal(status, IPAM_E_NOMEM);
            assert_says(req.message, "memory");
            refused++;
        }
        assert_whole(rev);
        assert_int_equal(try_batch(rev + 1), IPAM_OK); /* and the next one is taken */
        assert_whole(++rev);
    }
    assert_true(refused + unknown > 3);
}

static void test_many_rows_are_whole_or_not_there(void **state)
{
    unsigned refused = 0;
    bool hit = true;

    (void)state;
    for (unsigned n = 1; hit; n += n < 60 ? 1 : 7) {
        db_close(&db);
        assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK); /* without the statement */
        int64_t before = count_rows(&db, THING);
        arm(n);
        int32_t status = try_group(before + 1);
        hit = fired();
        refused += status == IPAM_E_NOMEM;
        assert_true(status == IPAM_OK || status == IPAM_E_NOMEM || status == IPAM_E_IO);
        req_free(&req);
        db_close(&db);
        assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
        int64_t after = count_rows(&db, THING);
        assert_true(after == before + GROUPED || (after == before && status != IPAM_OK));
        before = after;
        assert_int_equal(try_group(before + 1), IPAM_OK); /* and the next one is taken */
        assert_int_equal(count_rows(&db, THING), before + GROUPED);
    }
    assert_true(refused > 3);
}

static size_t read_all(int32_t *ret_status)
{
    struct ipam_query q = { .type = THING };
    struct ipam_changes c = { .limit = 100 };
    int32_t status = query(&db, &q, &req);
    size_t rows = req.count;

    *ret_status = status;
    status = changes(&db, &c, &req);
    if (*ret_status == IPAM_OK)
        *ret_status = status;
    return rows + req.count;
}

/* A reader that ran out of memory is not left in its snapshot. */
static void test_a_read_is_whole_or_refused(void **state)
{
    unsigned refused = 0;
    int64_t rev = 1;
    int32_t status;
    bool hit = true;

    (void)state;
    commit_thing(&db, 1, 1, "1", NULL, NULL);
    for (unsigned n = 1; hit; n++) {
        arm(n);
        size_t rows = read_all(&status);
        hit = fired();
        refused += status != IPAM_OK;
        if (status == IPAM_OK)
            assert_int_equal(rows, 2 * rev);
        else
            assert_int_equal(status, IPAM_E_NOMEM);
        rev++;
        commit_thing(&db, rev, rev, "x", NULL, NULL);
        assert_int_equal(read_all(&status), 2 * rev);
        assert_int_equal(status, IPAM_OK);
    }
    assert_true(refused > 3);
}

static void test_open(void **state)
{
    unsigned refused = 0;
    bool hit = true;

    (void)state;
    commit_thing(&db, 1, 1, "1", NULL, NULL);
    for (unsigned n = 1; hit; n += n < 50 ? 1 : 17) {
        db_close(&db);
        arm(n);
        int32_t status = db_open(&db, folder.path, &test_schema);
        hit = fired();
        if (status != IPAM_OK) {
            refused++;
            assert_true(status == IPAM_E_NOMEM && db.inst.error[0] != '\0');
            assert_int_equal(sqlite3_memory_used(), 0);
            assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
        }
        assert_int_equal(head_of(&db), 1);
    }
    assert_true(refused > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_batch_is_whole_or_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_rows_are_whole_or_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_read_is_whole_or_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open, setup, teardown),
    };
    sqlite3_mem_methods failing;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    failing = real;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* which would hide small ones */
    if (sqlite3_initialize() != SQLITE_OK) /* before the plugin, so that memory is counted */
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sqlite_dump_test.c - dump, load, verify and stat of the sqlite plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_layout1.h"

#include <dirent.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

static struct folder folder, other;
static struct db db;
static struct ipam_req req, rows;
static struct ipam_dump dumped;
static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    folder_make_memory(&folder);
    folder_make_memory(&other);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    req_free(&req);
    req_free(&rows);
    db_close(&db);
    folder_remove(&folder);
    folder_remove(&other);
    return 0;
}

static uint64_t draw(uint64_t below) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

/* Runs SQL on a file, past the plugin. */
static void raw(const char *path, const char *sql)
{
    sqlite3 *handle;
    char *err = NULL;

    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, &err) != SQLITE_OK)
        fail_msg("%s", err);
    sqlite3_close(handle);
}

/* Revisions of random rows of both tables, some of which go again. */
static void fill(int64_t revisions)
{
    bool there[31] = { false };
    int64_t next = 1;

    for (int64_t rev = 1; rev <= revisions; rev++) {
        struct batch b = { .row_count = 0 };
        int64_t old = next > 1 ? 1 + (int64_t)draw((uint64_t)next - 1) : 0;
        char value[16];

        snprintf(value, sizeof(value), "v%u", (unsigned)draw(9));
        if (old && there[old] && draw(3) == 0) {
            batch_delete(&b, old % 3 ? THING : SEEN, old, rev);
            there[old] = false;
        } else {
            int64_t id = old && there[old] && draw(2) ? old : next < 30 ? next++ : 0;

            there[id] = id > 0;
            if (id && id % 3)
                batch_put(&b, id, rev, value, draw(2) ? "b" : NULL, NULL);
            else if (id)
                batch_seen(&b, id, rev, value);
        }
        batch_log(&b, rev, value);
        assert_int_equal(batch_run(&db, &b, 31, rev, &req), IPAM_OK);
    }
}

static void take_dump(void)
{
    if (dump(&db, &dumped, &rows) != IPAM_OK)
        fail_msg("%s", rows.message);
    assert_int_equal(dumped.ret_count, rows.count);
}

/* What is open is what was dumped. */
static void check_same(void)
{
    struct ipam_dump again;

    assert_int_equal(dump(&db, &again, &req), IPAM_OK);
    assert_memory_equal(again.ret_digest, dumped.ret_digest, 32);
    assert_int_equal(again.ret_head, dumped.ret_head);
    assert_int_equal(again.ret_next_id, dumped.ret_next_id);
    assert_int_equal(req.count, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(req.rows[i].op, rows.rows[i].op);
        assert_int_equal(req.rows[i].has_extra, rows.rows[i].has_extra);
        assert_memory_equal(req.rows[i].extra, rows.rows[i].extra, 8);
        assert_string_equal(req.rows[i].body, rows.rows[i].body);
    }
    req_free(&req);
}

static void check_well(void)
{
    req_free(&req);
    db.ops->verify(db.ctx, &req);
    assert_int_equal(req.status, IPAM_OK);
    for (size_t i = 0; i < req.word_count; i++)
        if (req.words[i].state != IPAM_CHECK_STATE_OK)
            fail_msg("%s: %s", req.words[i].name, req.words[i].text);
    assert_int_equal(req.word_count, 7); /* file, layout, changes, two tables, versions, newest */
    req_free(&req);
}

static void move_to(struct folder *f)
{
    db_close(&db);
    if (db_open(&db, f->path, &test_schema) != IPAM_OK)
        fail_msg("%s", db.inst.error);
}

static int64_t count_b(void)
{
    struct ipam_filter f = {
        .size = sizeof(f), .column = COL_B, .cmp = IPAM_CMP_EQ, { (const uint8_t *)"b", 1 }
    };
    const struct ipam_filter *list[] = { &f };
    struct ipam_query q = { .type = THING, .flags = IPAM_QUERY_COUNT, .filters = list, .filter_count = 1 };

    assert_int_equal(query(&db, &q, &req), IPAM_OK);
    return q.ret_count;
}

static void test_what_is_dumped_is_loaded_and_is_the_same(void **state)
{
    (void)state;
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < 5; round++) {
        folder_remove(&folder);
        folder_make_memory(&folder);
        move_to(&folder);
        fill(1 + (int64_t)draw(120));
        take_dump();
        int64_t with_b = count_b();
        folder_remove(&other);
        folder_make_memory(&other);
        move_to(&other);
        assert_int_equal(load(&db, &rows, &dumped, 0, 1 + draw(50), &req), IPAM_OK);
        check_same();
        check_well();
        assert_int_equal(count_b(), with_b); /* columns are read from the bodies, and indexed */
        commit_thing(&db, 31, dumped.ret_head + 1, "a", "b", NULL);
        move_to(&other);
        assert_int_equal(count_b(), with_b + 1);
    }
}

static void expect_empty(void)
{
    struct ipam_dump now;

    assert_int_equal(dump(&db, &now, &req), IPAM_OK);
    assert_int_equal(now.ret_count, 0);
    assert_int_equal(now.ret_head, 0);
}

static void test_what_is_not_whole_is_refused(void **state)
{
    struct ipam_dump lie;
    struct ipam_load l = { .size = sizeof(l), .flags = IPAM_LOAD_LAST };

    (void)state;
    seed = 7;
    fill(40);
    take_dump();
    assert_int_equal(load(&db, &rows, &dumped, 0, 9, &req), IPAM_E_CONFLICT);
    assert_says(req.message, "it is not empty");
    check_same();
    move_to(&other);
    req_free(&req);
    db.ops->load(db.ctx, &req, &l);
    assert_int_equal(req.status, IPAM_E_BUG);
    rows.count--;
    assert_int_equal(load(&db, &rows, &dumped, 0, 9, &req), IPAM_E_CONFLICT);
    assert_says(req.message, "digest");
    rows.count++;
    expect_empty();
    for (size_t i = 0; i < rows.count; i += 5) {
        rows.rows[i].body[0] ^= 1;
        assert_int_not_equal(load(&db, &rows, &dumped, 0, 9, &req), IPAM_OK);
        rows.rows[i].body[0] ^= 1;
        rows.rows[i].rev++;
        assert_int_not_equal(load(&db, &rows, &dumped, 0, 9, &req), IPAM_OK);
        rows.rows[i].rev--;
    }
    lie = dumped;
    lie.ret_head--;
    assert_int_equal(load(&db, &rows, &lie, 0, 9, &req), IPAM_E_CONFLICT);
    lie = dumped;
    lie.ret_next_id = 3;
    assert_int_equal(load(&db, &rows, &lie, 0, 9, &req), IPAM_E_CONFLICT);
    expect_empty();
    assert_int_equal(load(&db, &rows, &dumped, 0, 9, &req), IPAM_OK);
    check_same();
}

static unsigned kept(char *ret, size_t room)
{
    DIR *dir = opendir(other.dir);
    unsigned count = 0;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (strncmp(e->d_name, "db.replaced-", 12) != 0)
            continue;
        count++;
        snprintf(ret, room, "%s/%.60s", other.dir, e->d_name);
    }
    closedir(dir);
    return count;
}

static void test_what_is_replaced_is_kept_aside(void **state)
{
    char name[160];

    (void)state;
    seed = 8;
    fill(40);
    take_dump();
    move_to(&other);
    commit_thing(&db, 1, 1, "mine", NULL, NULL);
    assert_int_equal(load(&db, &rows, &dumped, IPAM_LOAD_REPLACE, 50, &req), IPAM_OK);
    assert_says(db.inst.logged, "sqlite-");
    check_same();
    assert_int_equal(kept(name, sizeof(name)), 1);
    db_close(&db);
    assert_int_equal(db_open(&db, name, &test_schema), IPAM_OK);
    assert_int_equal(head_of(&db), 1);
    assert_int_equal(count_rows(&db, THING), 1);
}

static void load_and_end(void)
{
    struct ipam_req mine = { .count = 0 };
    struct db to;

    if (db_open(&to, other.path, &test_schema) != IPAM_OK ||
        load(&to, &rows, &dumped, IPAM_LOAD_REPLACE, 20, &mine) != IPAM_OK)
        _exit(1);
    db_close(&to);
}

/* Killed before each change of a file, what is there is all of the old or all of the new. */
static void test_killed_at_any_moment_a_load_leaves_the_old_or_the_new(void **state)
{
    unsigned n = 1, old = 0, new = 0;
    bool killed = true;
    char name[160];

    (void)state;
    seed = 9;
    fill(40);
    take_dump();
    for (; killed; n++) {
        bool replaces = n % 2;

        folder_remove(&other);
        folder_make_memory(&other);
        move_to(&other);
        if (replaces)
            commit_thing(&db, 1, 1, "mine", NULL, NULL);
        db_close(&db);
        killed = killed_at(n, load_and_end);
        move_to(&other);
        if (head_of(&db) == dumped.ret_head) {
            new ++;
            check_same();
            assert_int_equal(kept(name, sizeof(name)), replaces);
        } else {
            old++;
            assert_int_equal(head_of(&db), replaces ? 1 : 0);
            assert_int_equal(count_rows(&db, THING), replaces ? 1 : 0);
            assert_int_equal(kept(name, sizeof(name)), 0);
        }
        check_well();
    }
    print_message("killed at %u steps: %u times the old, %u times the new\n", n - 2, old, new);
    assert_true(old > 20 && new > 1);
}

static void test_a_row_that_was_damaged_is_not_handed_out(void **state)
{
    struct ipam_query q = { .type = THING };
    struct ipam_changes c = { .limit = 0 };
    struct ipam_gate_enter in;

    (void)state;
    commit_thing(&db, 1, 1, "good", NULL, NULL);
    commit_thing(&db, 2, 2, "other", NULL, NULL);
    raw(folder.path, "UPDATE thing SET body=CAST('evil||' AS BLOB) WHERE id=2");
    assert_int_equal(query(&db, &q, &req), IPAM_E_PROVIDER);
    assert_says(req.message, "row thing 2 is not what was stored");
    assert_int_equal(req.count, 1);
    assert_int_equal(dump(&db, &dumped, &req), IPAM_E_PROVIDER);
    assert_int_equal(enter(&db, 2, &in, &req), IPAM_OK);
    assert_int_equal(get_id(&db, THING, 2, &req), IPAM_E_PROVIDER);
    assert_int_equal(get_id(&db, THING, 1, &req), IPAM_OK); /* the others are served */
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    raw(folder.path, "UPDATE ipam_log SET time=time+1 WHERE rev=1");
    assert_int_equal(changes(&db, &c, &req), IPAM_E_PROVIDER);
    assert_says(req.message, "row of the change log 1");
}

static void test_each_damage_is_found_where_it_is(void **state)
{
    static const struct {
        const char *sql, *channel, *says;
    } cases[] = {
        { "UPDATE thing SET body=CAST('evil||' AS BLOB) WHERE id=2", "thing",
          "row 2 is not what was stored" },
        { "UPDATE thing SET rev=rev-1 WHERE id=2", "thing", "row 2" },
        { "UPDATE thing SET b=x'00' WHERE id=2", "thing", "row 2 has columns" },
        { "UPDATE seen SET a=NULL WHERE id=5", "seen", "row 5 has columns" },
        { "DROP INDEX \"thing.b\"", "layout", "no index on b" },
        { "CREATE TABLE foreigner(x)", "layout", "a table foreigner that is not ours" },
        { "CREATE VIEW spy AS SELECT 1", "layout", "a view spy" },
        { "ALTER TABLE seen DROP COLUMN sum", "layout", "table seen has no column sum" },
        { "DELETE FROM ipam_log WHERE rev=2", "changes", "revision 1 is followed by 3" },
        { "DELETE FROM ipam_log WHERE rev=4", "changes", "3 change sets up to revision 3, but says 4 and 4" },
        { "UPDATE ipam_log SET body=x'21' WHERE rev=3", "changes", "revision 3 is not what was stored" },
        { "UPDATE ipam_meta SET head=3", "changes", "up to revision 4" },
        { "UPDATE ipam_meta SET next_id=2", "thing", "beyond the next id 2" },
        { "UPDATE ipam_version SET rev_to=9 WHERE id=1", "versions", "does not follow" },
        { "UPDATE ipam_version SET body=x'21' WHERE id=1", "versions", "object 1 is not what was stored" },
        { "UPDATE ipam_version SET rev_to=4 WHERE id=1", "newest", "1 rows of thing are older" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct batch b = { .row_count = 0 };

        folder_remove(&other);
        folder_make_memory(&other);
        move_to(&other);
        commit_thing(&db, 1, 1, "a", "b", NULL);
        commit_thing(&db, 2, 2, "c", "d", NULL);
        commit_thing(&db, 1, 3, "a2", "b", NULL);
        batch_seen(&b, 5, 4, "s");
        batch_log(&b, 4, "log");
        assert_int_equal(batch_run(&db, &b, 6, 4, &req), IPAM_OK);
        check_well();
        raw(other.path, cases[i].sql);
        req_free(&req);
        db.ops->verify(db.ctx, &req);
        assert_int_equal(req.status, IPAM_OK);
        const struct seen_word *w = word(&req, cases[i].channel);
        if (w->state != IPAM_CHECK_STATE_ERROR || !strstr(w->text, cases[i].says))
            fail_msg("%s: %s says '%s', not '%s'", cases[i].sql, cases[i].channel, w->text, cases[i].says);
    }
}

/* Any damaged page of a file is found, or does not matter. */
static void test_a_damaged_page_is_found(void **state)
{
    unsigned found = 0;

    (void)state;
    seed = 5;
    fill(60);
    take_dump();
    db_close(&db);
    for (unsigned page = 1;; page++) {
        char bytes[256];
        FILE *f = fopen(folder.path, "r+b");
        bool well = true;

        memset(bytes, 0x5a, sizeof(bytes));
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        if (ftell(f) <= (long)page * 4096) {
            fclose(f);
            break;
        }
        char before[256];
        fseek(f, (long)page * 4096 + 3840, SEEK_SET);
        assert_int_equal(fread(before, 1, sizeof(before), f), sizeof(before));
        fseek(f, (long)page * 4096 + 3840, SEEK_SET);
        assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
        fflush(f);
        if (db_open(&db, folder.path, &test_schema) == IPAM_OK) {
            req_free(&req);
            db.ops->verify(db.ctx, &req);
            for (size_t i = 0; i < req.word_count; i++)
                well &= req.words[i].state == IPAM_CHECK_STATE_OK;
            well &= req.status == IPAM_OK;
            if (well)
                check_same();
        } else {
            well = false;
        }
        found += !well;
        db_close(&db);
        fseek(f, (long)page * 4096 + 3840, SEEK_SET);
        assert_int_equal(fwrite(before, 1, sizeof(before), f), sizeof(before));
        fclose(f);
    }
    assert_true(found >= 5);
    move_to(&folder);
    check_same();
}

static void test_figures_are_told(void **state)
{
    (void)state;
    commit_thing(&db, 1, 1, "a", NULL, NULL);
    commit_thing(&db, 1, 2, "b", NULL, NULL);
    req_free(&req);
    db.ops->stat(db.ctx, &req);
    assert_int_equal(req.status, IPAM_OK);
    assert_int_equal(word(&req, "rows")->count, 1);
    assert_int_equal(word(&req, "versions")->count, 1);
    assert_int_equal(word(&req, "changes")->count, 2);
    assert_int_equal(word(&req, "head")->count, 2);
    assert_int_equal(word(&req, "next-id")->count, 2);
    assert_int_equal(word(&req, "layout")->count, 2);
    assert_int_equal(word(&req, "schema")->count, 3);
    assert_int_equal(word(&req, "last-change")->count, 1002);
    assert_true(word(&req, "pages")->count * word(&req, "page")->count >= 4096);
    assert_true(word(&req, "free-space")->count > 0);
    assert_true(word(&req, "log")->count > 0);
    assert_string_equal(word(&req, "table")->target, "thing");
    assert_int_equal(word(&req, "table")->count, 1);
}

static void test_a_cancelled_dump_or_verify_stops(void **state)
{
    (void)state;
    for (int64_t rev = 1; rev <= 300; rev++) {
        struct batch b = { .row_count = 0 };

        for (int64_t i = 0; i < 100; i++)
            batch_put(&b, rev * 100 + i, rev, "value", "other", "third");
        batch_log(&b, rev, "log");
        assert_int_equal(batch_run(&db, &b, rev * 100 + 100, rev, &req), IPAM_OK);
    }
    req_free(&req);
    req.cancelled = 1;
    db.ops->verify(db.ctx, &req);
    assert_int_equal(req.status, IPAM_E_CANCELED);
    req_free(&req);
    req.stop_after = 5;
    dumped = (struct ipam_dump){ .size = sizeof(dumped) };
    db.ops->dump(db.ctx, &req, &dumped);
    assert_int_equal(req.status, IPAM_E_TIMEOUT);
    assert_int_equal(req.count, 5);
    req.stop_after = 0;
    check_well();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_dumped_is_loaded_and_is_the_same),
        TEST(test_what_is_not_whole_is_refused),
        TEST(test_what_is_replaced_is_kept_aside),
        TEST(test_killed_at_any_moment_a_load_leaves_the_old_or_the_new),
        TEST(test_a_row_that_was_damaged_is_not_handed_out),
        TEST(test_each_damage_is_found_where_it_is),
        TEST(test_a_damaged_page_is_found),
        TEST(test_figures_are_told),
        TEST(test_a_cancelled_dump_or_verify_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sqlite_upgrade_test.c - files of an older layout are brought up in a copy; the old one is kept, whatever happens.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_layout1.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct folder folder;
static struct db db;
static struct ipam_req req;
static bool mounted;

static int setup(void **state)
{
    (void)state;
    folder_make_memory(&folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    req_free(&req);
    db_close(&db);
    if (mounted)
        umount2(folder.dir, MNT_DETACH);
    mounted = false;
    folder_remove(&folder);
    return 0;
}

static void open_good(void)
{
    if (db_open(&db, folder.path, &test_schema) != IPAM_OK)
        fail_msg("%s", db.inst.error);
}

/* How many files in the folder have a name that begins like this; the last of them. */
static unsigned files(const char *begin, char *ret, size_t room)
{
    DIR *dir = opendir(folder.dir);
    unsigned count = 0;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (strncmp(e->d_name, begin, strlen(begin)) != 0)
            continue;
        count++;
        snprintf(ret, room, "%s/%.60s", folder.dir, e->d_name);
    }
    closedir(dir);
    return count;
}

static int64_t peek(const char *path, const char *sql)
{
    sqlite3 *raw;
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_open_v2(path, &raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(raw);
    return n;
}

/* One old file is kept, whole and by itself: the version that wrote it could go on. */
static void check_kept(const char *begin)
{
    char kept[160];
    struct stat st;

    assert_int_equal(files(begin, kept, sizeof(kept)), 1);
    assert_int_equal(stat(kept, &st), 0);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(peek(kept, "PRAGMA user_version"), 1);
    assert_int_equal(peek(kept, "SELECT head FROM ipam_meta"), 7);
    assert_int_equal(peek(kept, "SELECT count(*) FROM ipam_log"), 7);
    assert_int_equal(peek(kept, "SELECT count(*) FROM thing"), 3);
}

static void test_a_file_of_layout_1_is_brought_up_and_kept(void **state)
{
    struct ipam_gate_enter in;
    char name[160];

    (void)state;
    layout1_write(folder.path, 3);
    open_good();
    assert_says(db.inst.logged, "sqlite-open");
    layout1_check(&db);
    check_kept("db.v1-");
    assert_int_equal(files("db.new", name, sizeof(name)), 0);
    assert_int_equal(enter(&db, 7, &in, &req), IPAM_OK); /* ids and revisions go on above */
    assert_int_equal(in.ret_next_id, 20);
    assert_int_equal(in.ret_head, 7);
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    commit_thing(&db, 20, 8, "new", "nb", NULL);
    db_close(&db);
    open_good();
    assert_int_equal(count_rows(&db, THING), 4);
    check_kept("db.v1-");
}

static void test_an_older_schema_is_kept_too(void **state)
{
    static struct ipam_schema older;

    (void)state;
    older = test_schema;
    older.version = 2;
    assert_int_equal(db_open(&db, folder.path, &older), IPAM_OK);
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    db_close(&db);
    open_good();
    assert_int_equal(count_rows(&db, THING), 1);
    db_close(&db);
    char name[160];
    assert_int_equal(files("db.schema2-", name, sizeof(name)), 1);
    assert_int_equal(peek(name, "SELECT schema FROM ipam_meta"), 2);
}

static void open_and_close(void)
{
    struct db mine;

    if (db_open(&mine, folder.path, &test_schema) != IPAM_OK)
        _exit(1);
    db_close(&mine);
}

/* Killed before each change of a file, the next start finds all rows and keeps one old file. */
static void test_killed_at_any_moment_it_is_brought_up_by_the_next_start(void **state)
{
    bool killed = true;
    unsigned n = 1;

    for (; killed; n++) {
        folder_remove(&folder);
        folder_make_memory(&folder);
        layout1_write(folder.path, 3);
        killed = killed_at(n, open_and_close);
        open_good();
        layout1_check(&db);
        db_close(&db);
        check_kept("db.v1-");
    }
    print_message("killed at %u steps\n", n - 2);
    assert_true(n > 50);
    (void)state;
}

static void test_without_room_for_the_copy_nothing_is_changed(void **state)
{
    char name[160];

    (void)state;
    if (mount("tmpfs", folder.dir, "tmpfs", 0, "size=1m,mode=0700") != 0) {
        print_message("no right to mount: skipped\n");
        skip();
    }
    mounted = true;
    layout1_write(folder.path, 3);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_E_NOSPC);
    assert_says(db.inst.error, "nothing was changed; make room and start again");
    assert_int_equal(files("db.new", name, sizeof(name)), 0);
    assert_int_equal(files("db.v1-", name, sizeof(name)), 0);
    assert_int_equal(peek(folder.path, "PRAGMA user_version"), 1);
    assert_int_equal(peek(folder.path, "SELECT head FROM ipam_meta"), 7);
}

static void test_an_old_row_that_cannot_be_read_is_named_and_nothing_is_changed(void **state)
{
    char name[160];

    (void)state;
    layout1_write(folder.path, 3);
    assert_int_equal(peek(folder.path, "UPDATE thing SET body=x'21' WHERE id=2 RETURNING 1"), 1);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_E_CONFIG);
    assert_says(db.inst.error, "row 2 of table thing cannot be read");
    assert_int_equal(files("db.new", name, sizeof(name)), 0);
    assert_int_equal(files("db.v1-", name, sizeof(name)), 0);
    assert_int_equal(peek(folder.path, "SELECT count(*) FROM thing"), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_file_of_layout_1_is_brought_up_and_kept),
        TEST(test_an_older_schema_is_kept_too),
        TEST(test_killed_at_any_moment_it_is_brought_up_by_the_next_start),
        TEST(test_without_room_for_the_copy_nothing_is_changed),
        TEST(test_an_old_row_that_cannot_be_read_is_named_and_nothing_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

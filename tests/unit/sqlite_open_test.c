/* sqlite_open_test.c - which files the sqlite plugin opens, how it brings them up, and what a killed process
 * leaves. Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct folder folder;
static struct db db;
static struct ipam_req req;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
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

static void open_good(const struct ipam_schema *schema)
{
    if (db_open(&db, folder.path, schema) != IPAM_OK)
        fail_msg("%s", db.inst.error);
}

/* Opening fails with this status, and says the file and these words. */
static void open_bad(const struct ipam_schema *schema, int32_t status, const char *part)
{
    assert_int_equal(db_open(&db, folder.path, schema), status);
    assert_null(db.ctx);
    assert_says(db.inst.error, folder.dir);
    assert_says(db.inst.error, part);
}

/* Runs SQL on the file, past the plugin. */
static void raw(const char *sql)
{
    sqlite3 *handle;

    assert_int_equal(sqlite3_open(folder.path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, 0600);
}

static void test_a_new_file_is_for_its_user_alone(void **state)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
    char path[128];
    struct stat st;

    (void)state;
    umask(0);
    open_good(&test_schema);
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", folder.path, suffixes[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    assert_int_equal(db.inst.warnings, 0);
}

static void test_normal_synchronous_is_warned_of(void **state)
{
    (void)state;
    open_good(&test_schema);
    db_close(&db);
    db.inst.synchronous = "normal";
    assert_int_equal(db.ops->open(&db.inst, &test_host, &test_schema, &db.ctx), IPAM_OK);
    assert_int_equal(db.inst.warnings, 1);
    assert_says(db.inst.logged, "sqlite-unsafe");
    assert_says(db.inst.logged, "power cut");
}

static void test_what_others_may_touch_is_refused(void **state)
{
    char other[128];

    (void)state;
    chmod(folder.dir, 0750);
    open_bad(&test_schema, IPAM_E_ACCESS, "chmod 0700");
    chmod(folder.dir, 0700);
    open_good(&test_schema);
    db_close(&db);
    chmod(folder.path, 0640);
    open_bad(&test_schema, IPAM_E_ACCESS, "chmod 0600");
    snprintf(other, sizeof(other), "%s/other", folder.dir);
    assert_int_equal(rename(folder.path, other), 0);
    assert_int_equal(symlink(other, folder.path), 0);
    open_bad(&test_schema, IPAM_E_CONFIG, "no regular file");
    if (geteuid() == 0) { /* only root can give files away */
        unlink(folder.path);
        rename(other, folder.path);
        assert_int_equal(chown(folder.path, 12345, 12345), 0);
        open_bad(&test_schema, IPAM_E_ACCESS, "belongs to user 12345");
    }
}

static void test_a_path_that_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *path, *part;
    } cases[] = { { "relative", "absolute" },
                  { "/tmp/", "absolute" },
                  { "/nonexistent-folder/db", "No such file or directory; create it" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(db_open(&db, cases[i].path, &test_schema), IPAM_E_CONFIG);
        assert_says(db.inst.error, cases[i].part);
    }
}

static void test_another_programs_file_is_refused_and_left_alone(void **state)
{
    struct stat before, after;

    (void)state;
    raw("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    chmod(folder.path, 0600);
    assert_int_equal(stat(folder.path, &before), 0);
    open_bad(&test_schema, IPAM_E_CONFIG, "another program");
    assert_int_equal(stat(folder.path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    raw("INSERT INTO theirs VALUES(2)");
}

static void test_a_file_that_is_no_database_is_refused(void **state)
{
    char text[2048];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    write_file(folder.path, text);
    open_bad(&test_schema, IPAM_E_CONFIG, "no database");
}

static void test_a_log_without_its_database_is_refused(void **state)
{
    char wal[128];

    (void)state;
    snprintf(wal, sizeof(wal), "%s-wal", folder.path);
    write_file(wal, "frames");
    open_bad(&test_schema, IPAM_E_CONFIG, "the database is missing");
    assert_int_equal(access(folder.path, F_OK), -1);
}

static void test_newer_schemas_are_refused_by_their_numbers(void **state)
{
    struct ipam_schema older = test_schema;

    (void)state;
    older.version = 2;
    open_good(&test_schema);
    db_close(&db);
    open_bad(&older, IPAM_E_CONFIG, "schema 3 is newer than 2");
    raw("PRAGMA user_version=99");
    open_bad(&test_schema, IPAM_E_CONFIG, "layout 99 is newer than 2");
}

static void test_an_older_schema_is_brought_up(void **state)
{
    struct ipam_schema older = test_schema;

    (void)state;
    older.version = 2;
    open_good(&older);
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    db_close(&db);
    open_good(&test_schema);
    assert_int_equal(count_rows(&db, THING), 1);
    db_close(&db);
    open_bad(&older, IPAM_E_CONFIG, "schema 3 is newer than 2");
}

/* The schema with only column `a` of THING. */
static const uint32_t a_number[] = { COL_A };
static const char *const a_name[] = { "a" };
static const struct ipam_table thing_a = {
    .size = sizeof(thing_a),
    .type = THING,
    .name = "thing",
    .versions = 1,
    .column_count = 1,
    .column_numbers = a_number,
    .column_names = a_name,
};
static const struct ipam_table *const tables_a[] = { &thing_a };

static struct ipam_schema schema_a(void)
{
    struct ipam_schema s = test_schema;

    s.table_count = 1;
    s.tables = tables_a;
    return s;
}

static int64_t find_by_b(const char *value)
{
    struct ipam_filter f = { .size = sizeof(f),
                             .column = COL_B,
                             .cmp = IPAM_CMP_EQ,
                             .value = { (const uint8_t *)value, strlen(value) } };
    const struct ipam_filter *list[] = { &f };
    struct ipam_query q = { .type = THING, .filters = list, .filter_count = 1 };

    assert_int_equal(query(&db, &q, &req), IPAM_OK);
    return req.count == 1 ? req.rows[0].id : -1;
}

static void set_b(int64_t id, int64_t rev, const char *body)
{
    struct batch b = { .row_count = 0 };

    batch_put(&b, id, rev, "x", NULL, NULL);
    b.rows[0].column_count = 1;
    b.rows[0].body = (struct ipam_bytes){ (const uint8_t *)body, strlen(body) };
    batch_log(&b, rev, "log");
    assert_int_equal(batch_run(&db, &b, id + 1, rev, &req), IPAM_OK);
}

/* A field that becomes indexed is found in rows that were written before; one that came, went and changed
 * meanwhile too. */
static void test_a_new_column_is_filled_from_the_bodies(void **state)
{
    static struct ipam_schema narrow; /* outlives the context, which the teardown closes */

    narrow = schema_a();

    (void)state;
    open_good(&narrow);
    set_b(1, 1, "x|one|");
    set_b(2, 2, "x|two|");
    db_close(&db);
    open_good(&test_schema);
    assert_int_equal(find_by_b("two"), 2);
    db_close(&db);
    open_good(&narrow);
    set_b(2, 3, "x|three|");
    db_close(&db);
    open_good(&test_schema);
    assert_int_equal(find_by_b("two"), -1);
    assert_int_equal(find_by_b("three"), 2);
    assert_int_equal(find_by_b("one"), 1);
    commit_thing(&db, 3, 4, "y", "four", "z");
    assert_int_equal(find_by_b("four"), 3);
}

static void test_a_row_whose_column_cannot_be_filled_is_named(void **state)
{
    static struct ipam_schema narrow; /* outlives the context, which the teardown closes */

    narrow = schema_a();

    (void)state;
    open_good(&narrow);
    set_b(1, 1, "x|one|");
    set_b(2, 2, "damaged");
    db_close(&db);
    open_bad(&test_schema, IPAM_E_CONFIG, "row 2 of table thing");
    open_good(&narrow); /* nothing was changed */
    assert_int_equal(count_rows(&db, THING), 2);
}

/* A child that holds the database until it is killed; its pid. */
static pid_t child_that_holds(int *ret_ready)
{
    int ready[2];

    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct db mine;

        if (db_open(&mine, folder.path, &test_schema) != IPAM_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    *ret_ready = ready[0];
    return pid;
}

static void test_a_second_process_is_kept_out(void **state)
{
    char pid_text[32], byte;
    int ready;

    (void)state;
    pid_t pid = child_that_holds(&ready);
    assert_int_equal(read(ready, &byte, 1), 1);
    snprintf(pid_text, sizeof(pid_text), "pid %d)", (int)pid);
    open_bad(&test_schema, IPAM_E_BUSY, pid_text);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready);
    open_good(&test_schema); /* the lock died with its holder */
}

/* Commits rows one by one, five a batch, and tells each revision once it is durable. */
static void commit_for_ever(int out)
{
    struct db mine;

    if (db_open(&mine, folder.path, &test_schema) != IPAM_OK)
        _exit(1);
    for (int64_t rev = head_of(&mine) + 1;; rev += 5) {
        struct batch b = { .row_count = 0 };
        struct ipam_req answer = { .count = 0 };

        for (int64_t i = rev; i < rev + 5; i++) {
            batch_put(&b, i, i, "x", "y", "z");
            batch_log(&b, i, "log");
        }
        if (batch_run(&mine, &b, rev + 5, rev + 4, &answer) != IPAM_OK)
            _exit(2);
        req_free(&answer);
        int64_t acknowledged = rev + 4;
        if (write(out, &acknowledged, sizeof(acknowledged)) != sizeof(acknowledged))
            _exit(3);
    }
}

static void test_nothing_acknowledged_is_lost_when_the_process_is_killed(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 8; round++) {
        int64_t rev, last = 0;
        int told[2];

        assert_int_equal(pipe(told), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            commit_for_ever(told[1]);
        close(told[1]);
        for (unsigned n = 0; n < 10 + round && read(told[0], &rev, sizeof(rev)) == sizeof(rev); n++)
            last = rev;
        kill(pid, SIGKILL);
        while (read(told[0], &rev, sizeof(rev)) == sizeof(rev))
            last = rev;
        close(told[0]);
        waitpid(pid, NULL, 0);

        struct ipam_changes c = { .limit = 1 };
        open_good(&test_schema);
        assert_int_equal(changes(&db, &c, &req), IPAM_OK);
        assert_true(last > 0 && c.ret_head >= last);
        assert_int_equal(c.ret_head % 5, 0); /* whole batches only */
        assert_int_equal(c.ret_count, c.ret_head);
        assert_int_equal(count_rows(&db, THING), c.ret_head);
        db_close(&db);
    }
}

static void *hold_lock(void *user)
{
    sqlite3 *handle = user;

    usleep(200000);
    sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return NULL;
}

/* A reader that meets a half-written index of the log takes the write lock for a moment: the writer waits. */
static void test_a_lock_that_is_held_for_a_moment_is_waited_for(void **state)
{
    sqlite3 *handle;
    pthread_t thread;

    (void)state;
    open_good(&test_schema);
    assert_int_equal(sqlite3_open(folder.path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pthread_create(&thread, NULL, hold_lock, handle), 0);
    commit_thing(&db, 1, 1, "x", NULL, NULL);
    pthread_join(thread, NULL);
    sqlite3_close(handle);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_file_is_for_its_user_alone),
        TEST(test_normal_synchronous_is_warned_of),
        TEST(test_what_others_may_touch_is_refused),
        TEST(test_a_path_that_cannot_be_is_refused),
        TEST(test_another_programs_file_is_refused_and_left_alone),
        TEST(test_a_file_that_is_no_database_is_refused),
        TEST(test_a_log_without_its_database_is_refused),
        TEST(test_newer_schemas_are_refused_by_their_numbers),
        TEST(test_an_older_schema_is_brought_up),
        TEST(test_a_new_column_is_filled_from_the_bodies),
        TEST(test_a_row_whose_column_cannot_be_filled_is_named),
        TEST(test_a_second_process_is_kept_out),
        TEST(test_nothing_acknowledged_is_lost_when_the_process_is_killed),
        TEST(test_a_lock_that_is_held_for_a_moment_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

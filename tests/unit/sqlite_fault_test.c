/* sqlite_fault_test.c - the sqlite plugin on a full disk and on one that fails.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct folder folder;
static struct db db;
static struct ipam_req req;
static bool mounted; /* a small file system on the folder */

/* A file system for SQLite whose write-ahead log fails when it is told to. */
static sqlite3_vfs faulty_vfs;
static sqlite3_vfs *real_vfs;
static sqlite3_io_methods faulty_methods;
static const sqlite3_io_methods *real_methods;
static bool sync_fails, write_fails;

static int faulty_sync(sqlite3_file *file, int flags)
{
    return sync_fails ? SQLITE_IOERR_FSYNC : real_methods->xSync(file, flags);
}

static int faulty_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    return write_fails ? SQLITE_IOERR_WRITE : real_methods->xWrite(file, data, len, at);
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    int rc = real_vfs->xOpen(vfs, name, file, flags, ret_flags);

    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
        real_methods = file->pMethods;
        faulty_methods = *real_methods;
        faulty_methods.xSync = faulty_sync;
        faulty_methods.xWrite = faulty_write;
        file->pMethods = &faulty_methods;
    }
    return rc;
}

static int group_setup(void **state)
{
    (void)state;
    real_vfs = sqlite3_vfs_find(NULL);
    faulty_vfs = *real_vfs;
    faulty_vfs.zName = "faulty";
    faulty_vfs.xOpen = faulty_open;
    return sqlite3_vfs_register(&faulty_vfs, 1);
}

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sync_fails = write_fails = false;
    req_free(&req);
    db_close(&db);
    if (mounted)
        umount2(folder.dir, MNT_DETACH);
    mounted = false;
    folder_remove(&folder);
    return 0;
}

static int32_t try_thing(int64_t rev)
{
    struct batch b = { .row_count = 0 };

    memset(b.batch_id, (int)rev, sizeof(b.batch_id));
    batch_put(&b, rev, rev, "x", NULL, NULL);
    batch_log(&b, rev, "log");
    return batch_run(&db, &b, rev + 1, rev, &req);
}

/* Every call of the context answers that nothing is known. */
static void assert_broken(void)
{
    struct ipam_gate_enter in;
    struct ipam_gate_commit nothing = { .size = sizeof(nothing) };
    struct ipam_gate_outcome asked = { .size = sizeof(asked) };
    struct ipam_query q = { .type = THING };
    struct ipam_changes c = { .limit = 1 };

    assert_int_equal(enter(&db, 1, &in, &req), IPAM_E_IO);
    assert_int_equal(get_id(&db, THING, 1, &req), IPAM_E_IO);
    assert_int_equal(query(&db, &q, &req), IPAM_E_IO);
    assert_int_equal(changes(&db, &c, &req), IPAM_E_IO);
    req_free(&req);
    db.ops->gate_commit(db.ctx, &req, &nothing);
    assert_int_equal(req.status, IPAM_E_IO);
    req_free(&req);
    db.ops->gate_abort(db.ctx, &req);
    assert_int_equal(req.status, IPAM_E_IO);
    req_free(&req);
    db.ops->outcome(db.ctx, &req, &asked);
    assert_int_equal(req.status, IPAM_E_IO);
    assert_int_equal(asked.ret_outcome, IPAM_OUTCOME_UNKNOWN);
}

static void fail_once(bool *fault, const char *native)
{
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    assert_int_equal(try_thing(1), IPAM_OK);
    *fault = true;
    assert_int_equal(try_thing(2), IPAM_E_IO);
    assert_says(req.message, folder.path);
    assert_says(req.message, native);
    assert_says(req.message, "start the service again");
    assert_string_equal(req.native, native);
    assert_int_equal(db.inst.errors, 1);
    *fault = false; /* the disk may say it is well again: what it lost it does not say */
    assert_broken();
    assert_int_equal(db.inst.errors, 1);
    db_close(&db);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    int64_t head = head_of(&db);
    assert_true(head == 1 || head == 2);
    assert_int_equal(count_rows(&db, THING), head); /* the batch is there as a whole or not at all */
    assert_int_equal(try_thing(head + 1), IPAM_OK);
}

static void test_a_sync_that_fails_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    fail_once(&sync_fails, "1034");
}

static void test_a_write_that_fails_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    fail_once(&write_fails, "778");
}

/* Commits until there is no space; the last revision that was. */
static int64_t fill_up(int64_t rev)
{
    int32_t status;

    do {
        status = try_thing(++rev);
        assert_true(rev < 100000);
    } while (status == IPAM_OK);
    assert_int_equal(status, IPAM_E_NOSPC);
    assert_says(req.message, folder.path);
    assert_says(req.message, "nothing was changed");
    return rev - 1;
}

static void assert_intact(int64_t head)
{
    assert_int_equal(head_of(&db), head);
    assert_int_equal(count_rows(&db, THING), head);
}

static void make_filler(const char *path, size_t size)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (size_t i = 0; i < size; i++)
        fputc('x', f);
    assert_int_equal(fclose(f), 0);
}

static void test_on_a_full_disk_reading_goes_on_and_writing_resumes(void **state)
{
    char filler[128];

    (void)state;
    if (mount("tmpfs", folder.dir, "tmpfs", 0, "size=1m,mode=0700") < 0)
        skip(); /* only root can; the next test needs no root */
    mounted = true;
    snprintf(filler, sizeof(filler), "%s/filler", folder.dir);
    make_filler(filler, 400000);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    int64_t head = fill_up(0);
    assert_true(head > 5);
    assert_intact(head);
    assert_int_equal(try_thing(head + 1), IPAM_E_NOSPC); /* again, and still alive */
    assert_intact(head);
    unlink(filler);
    assert_int_equal(try_thing(head + 1), IPAM_OK);
    assert_intact(head + 1);
    db_close(&db);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    assert_intact(head + 1);
    db_close(&db);
}

/* In a child, for the limit cannot be taken back and the signal is the process's. */
static void child_at_limit(void)
{
    struct rlimit limit = { 300000, 300000 };

    signal(SIGXFSZ, SIG_IGN);
    if (db_open(&db, folder.path, &test_schema) != IPAM_OK || setrlimit(RLIMIT_FSIZE, &limit) < 0)
        _exit(1);
    int64_t rev = 0;
    int32_t status;
    do
        status = try_thing(++rev);
    while (status == IPAM_OK && rev < 10000);
    if (status != IPAM_E_NOSPC || !strstr(req.message, "File too large"))
        _exit(2);
    _exit(head_of(&db) == rev - 1 && count_rows(&db, THING) == (size_t)rev - 1 ? 0 : 3);
}

static void test_a_file_size_limit_is_a_full_disk(void **state)
{
    int result;

    (void)state;
    fflush(stdout);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child_at_limit();
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_sync_that_fails_leaves_the_outcome_unknown),
        TEST(test_a_write_that_fails_leaves_the_outcome_unknown),
        TEST(test_on_a_full_disk_reading_goes_on_and_writing_resumes),
        TEST(test_a_file_size_limit_is_a_full_disk),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}

/* sqlite_layout1.c - writes files of layout 1, as the sqlite plugin did before rows had sums; and kills.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_layout1.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The statements of that version, as they were. */
static const char tables[] =
    "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA application_id=1768972653; PRAGMA "
    "user_version=1;"
    "CREATE TABLE ipam_meta(one INTEGER PRIMARY KEY CHECK(one=1), schema INTEGER NOT NULL, next_id INTEGER "
    "NOT NULL,"
    " head INTEGER NOT NULL, changes INTEGER NOT NULL, batches BLOB NOT NULL) STRICT;"
    "CREATE TABLE ipam_log(rev INTEGER PRIMARY KEY, time INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE ipam_version(type INTEGER, id INTEGER, rev_from INTEGER, rev_to INTEGER NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY(type, id, rev_from)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS \"thing\"(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, \"a\" BLOB, \"b\" "
    "BLOB,"
    " \"c\" BLOB, body BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS \"thing.a\" ON \"thing\"(\"a\");"
    "CREATE INDEX IF NOT EXISTS \"thing.b\" ON \"thing\"(\"b\");"
    "CREATE INDEX IF NOT EXISTS \"thing.c\" ON \"thing\"(\"c\");"
    "CREATE TABLE IF NOT EXISTS \"seen\"(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, \"a\" BLOB,"
    " body BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS \"seen.a\" ON \"seen\"(\"a\");";
static const char rows[] =
    "INSERT INTO thing VALUES(1, 7, x'7833', x'79', NULL, CAST('x3|y|' AS BLOB));"
    "INSERT INTO thing VALUES(2, 2, x'62', NULL, x'63', CAST('b||c' AS BLOB));"
    "INSERT INTO thing VALUES(3, 3, NULL, NULL, NULL, CAST('||' AS BLOB));"
    "INSERT INTO seen VALUES(9, 6, x'73', CAST('s||' AS BLOB));"
    "INSERT INTO ipam_version VALUES(5, 1, 1, 5, CAST('x|y|' AS BLOB)), (5, 1, 5, 7, CAST('x2|y|' AS BLOB)),"
    " (5, 4, 4, 6, CAST('gone||' AS BLOB));"
    "INSERT INTO ipam_log VALUES(1, 1001, x'61'), (2, 1002, x'62'), (3, 1003, x'63'), (4, 1004, x'64'),"
    " (5, 1005, x'65'), (6, 1006, x'66'), (7, 1007, x'67');";

void layout1_write(const char *path, unsigned schema)
{
    int pid = fork(), status;

    assert_true(pid >= 0);
    if (pid == 0) { /* ends without closing, so that its log stays */
        sqlite3 *db;
        char meta[96];

        snprintf(meta, sizeof(meta), "INSERT INTO ipam_meta VALUES(1, %u, 20, 7, 7, x'');", schema);
        umask(077);
        if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, tables, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_wal_checkpoint(db, NULL) != SQLITE_OK ||
            sqlite3_exec(db, meta, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(db, rows, NULL, NULL, NULL) != SQLITE_OK)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* "op type id rev extra body" of each row, in order. */
static const char *const expected[] = {
    "1 5 1 7 - x3|y|", "1 5 2 2 - b||c",   "1 5 3 3 - ||",    "1 9 9 6 - s||",   "3 5 1 5 1 x|y|",
    "3 5 1 7 5 x2|y|", "3 5 4 6 4 gone||", "4 14 1 1 1001 a", "4 14 2 2 1002 b", "4 14 3 3 1003 c",
    "4 14 4 4 1004 d", "4 14 5 5 1005 e",  "4 14 6 6 1006 f", "4 14 7 7 1007 g",
};

void layout1_check(struct db *db)
{
    struct ipam_req req = { .count = 0 };
    struct ipam_dump d;
    char text[128], extra[24], want[128];

    assert_int_equal(dump(db, &d, &req), IPAM_OK);
    assert_int_equal(d.ret_head, 7);
    assert_int_equal(d.ret_next_id, 20);
    assert_int_equal(req.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < req.count; i++) {
        const struct seen_row *r = &req.rows[i];

        snprintf(extra, sizeof(extra), "%u", r->extra[0] + 256u * r->extra[1]);
        snprintf(text, sizeof(text), "%u %u %lld %lld %s %s", r->op, r->type, (long long)r->id,
                 (long long)r->rev, r->has_extra ? extra : "-", r->body);
        snprintf(want, sizeof(want), "%s", expected[i]);
        assert_string_equal(text, want);
    }
    req_free(&req);
    db->ops->verify(db->ctx, &req);
    assert_int_equal(req.status, IPAM_OK);
    for (size_t i = 0; i < req.word_count; i++)
        if (req.words[i].state != IPAM_CHECK_STATE_OK)
            fail_msg("%s: %s", req.words[i].name, req.words[i].text);
    req_free(&req);
}

/* Whether the child is about to change a file. */
static bool changes_files(int pid)
{
    static const long calls[] = { SYS_write,     SYS_pwrite64, SYS_fsync,  SYS_fdatasync, SYS_ftruncate,
                                  SYS_fallocate, SYS_unlinkat, SYS_openat, SYS_linkat,    SYS_renameat2,
#ifdef SYS_unlink /* older machines have these, too */
                                  SYS_unlink,    SYS_link,     SYS_rename,
#endif
                                  SYS_renameat };
    struct __ptrace_syscall_info info;

    assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) > 0);
    for (size_t i = 0; info.op == PTRACE_SYSCALL_INFO_ENTRY && i < sizeof(calls) / sizeof(calls[0]); i++)
        if (info.entry.nr == (uint64_t)calls[i])
            return true;
    return false;
}

bool killed_at(unsigned n, void (*work)(void))
{
    int pid = fork(), status = 0;

    assert_true(pid >= 0);
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        work();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSTOPPED(status));
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD);
    for (unsigned i = 0; i < n; i += changes_files(pid)) {
        ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return false;
        }
        assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80));
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status) && !WIFEXITED(status))
        ;
    return true;
}

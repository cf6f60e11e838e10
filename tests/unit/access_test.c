/* access_test.c - token files, unix peers, roles, and what each may do.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "base/arena.h"
#include "ipam/status.h"

#define TOKEN "a-token-of-24-characters"
#define ADMINISTRATOR access_role(IPAM_STR("administrator"))
#define READER        access_role(IPAM_STR("reader"))

/* A folder of its own for each test. */
struct place {
    struct access *access;
    char dir[64], path[96], err[512];
    bool made;
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    p->access = access_new();
    snprintf(p->dir, sizeof(p->dir), "/tmp/ipam-access-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof(p->path), "%s/token", p->dir);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char other[128];
    unlink(p->path);
    snprintf(other, sizeof(other), "%s/other", p->dir);
    unlink(other);
    assert_int_equal(rmdir(p->dir), 0);
    access_free(p->access);
    free(p);
    return 0;
}

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static size_t read_file(const char *path, char *buf, size_t cap)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, buf, cap);
    close(fd);
    assert_true(n >= 0);
    return (size_t)n;
}

static int add(struct place *p, const char *name, const struct role *role)
{
    p->err[0] = '\0';
    return access_add_token(p->access, name, role, p->path, &p->made, p->err);
}

static bool knows(struct place *p, const char *bearer, size_t len)
{
    struct principal who = { .name = "" };
    return access_identify(p->access, (struct ipam_str){ bearer, len }, false, 0, &who);
}

static void test_token_is_made(void **state)
{
    struct place *p = *state;
    char first[128], second[128];
    struct principal who;
    struct stat st;
    umask(0);
    assert_int_equal(add(p, "admin", ADMINISTRATOR), 0);
    assert_true(p->made);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    size_t len = read_file(p->path, first, sizeof(first));
    assert_int_equal(len, 5 + 64);
    assert_memory_equal(first, "ipam_", 5);
    assert_true(access_identify(p->access, (struct ipam_str){ first, len }, false, 0, &who));
    assert_string_equal(who.name, "token:admin");
    assert_ptr_equal(who.role, ADMINISTRATOR);
    /* It is kept over a restart, and another one is another secret. */
    assert_int_equal(add(p, "again", READER), 0);
    assert_false(p->made);
    unlink(p->path);
    assert_int_equal(add(p, "other", READER), 0);
    assert_int_equal(read_file(p->path, second, sizeof(second)), len);
    assert_memory_not_equal(first, second, len);
}

static void test_token_must_be_right(void **state)
{
    struct place *p = *state;
    write_file(p->path, TOKEN "\n", sizeof(TOKEN), 0600);
    assert_int_equal(add(p, "admin", ADMINISTRATOR), 0);
    assert_true(knows(p, TOKEN, strlen(TOKEN)));
    assert_false(knows(p, TOKEN, strlen(TOKEN) - 1));
    assert_false(knows(p, TOKEN "x", strlen(TOKEN) + 1));
    assert_false(knows(p, TOKEN "\n", strlen(TOKEN) + 1));
    assert_false(knows(p, "", 0));
    assert_false(knows(p, "b-token-of-24-characters", strlen(TOKEN)));
}

static void test_each_token_has_its_role(void **state)
{
    struct place *p = *state;
    static const char *const texts[] = { "token-of-the-first-one", "token-of-the-second-one",
                                         "token-of-the-third-one" };
    static const char *const names[] = { "a", "b", "c" };
    const struct role *const roles[] = { ADMINISTRATOR, READER, ADMINISTRATOR };
    for (int i = 0; i < 3; i++) {
        write_file(p->path, texts[i], strlen(texts[i]), 0600);
        assert_int_equal(add(p, names[i], roles[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        struct principal who;
        char name[16];
        snprintf(name, sizeof(name), "token:%s", names[i]);
        assert_true(
            access_identify(p->access, str_from(texts[i]), true, 4711, &who)); /* also on the unix socket */
        assert_string_equal(who.name, name);
        assert_ptr_equal(who.role, roles[i]);
    }
}

/* Files that are refused: what is in them, and what the message must say. */
static void test_token_files_refused(void **state)
{
    static const char nul[] = "token\0of-24-characters-x";
    static char huge[600], behind[600];
    struct place *p = *state;
    const struct {
        const char *what, *text;
        size_t len;
        mode_t mode;
        const char *says;
    } rows[] = {
        { "readable by the group", TOKEN, sizeof(TOKEN) - 1, 0640,
          "must be a regular file that only its owner can read: chmod 600 it" },
        { "readable by others", TOKEN, sizeof(TOKEN) - 1, 0604, "chmod 600 it" },
        { "writable by the group", TOKEN, sizeof(TOKEN) - 1, 0620, "chmod 600 it" },
        { "empty", "", 0, 0600, "must hold one token of 16 to 511 characters; delete it to get a new one" },
        { "short", "fifteen-letters\n", 16, 0600, "16 to 511 characters" },
        { "only line ends", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", 17, 0600, "16 to 511 characters" },
        { "two words", "token of 24 characters..", 24, 0600, "one token" },
        { "two lines", "first-token-of-two\nsecond-token-of-two", 38, 0600, "one token" },
        { "a tab", "token\tof-24-characters", 22, 0600, "one token" },
        { "not ASCII", "t\xc3\xb6ken-of-24-characters", 23, 0600, "one token" },
        { "a NUL", nul, sizeof(nul) - 1, 0600, "one token" },
        { "too long", huge, sizeof(huge), 0600, "16 to 511 characters" },
        { "more behind it", behind, sizeof(behind), 0600, "16 to 511 characters" },
    };
    memset(huge, 'x', sizeof(huge));
    memset(behind, 'x', sizeof(behind));
    behind[511] = '\n';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row: %s\n", rows[i].what);
        write_file(p->path, rows[i].text, rows[i].len, rows[i].mode);
        assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
        assert_non_null(strstr(p->err, rows[i].says));
        assert_non_null(strstr(p->err, p->path));
        assert_false(knows(p, rows[i].text, rows[i].len));
        unlink(p->path);
    }
}

static void test_token_file_of_another_kind(void **state)
{
    struct place *p = *state;
    char other[128];
    snprintf(other, sizeof(other), "%s/other", p->dir);
    write_file(other, TOKEN, strlen(TOKEN), 0600);
    assert_int_equal(symlink(other, p->path), 0);
    assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
    assert_non_null(strstr(p->err, "is a symbolic link; name the file itself"));
    unlink(other); /* nor is a file made where a link points to */
    assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
    assert_int_equal(access(other, F_OK), -1);
    unlink(p->path);
    assert_int_equal(mkfifo(p->path, 0600), 0); /* answers at once, though nobody writes */
    assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
    assert_non_null(strstr(p->err, "must be a regular file"));
    unlink(p->path);
    assert_int_equal(mkdir(p->path, 0700), 0);
    assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
    assert_int_equal(rmdir(p->path), 0);
    snprintf(p->path, sizeof(p->path), "%s/no/token", p->dir);
    assert_int_equal(add(p, "admin", ADMINISTRATOR), IPAM_E_CONFIG);
    assert_non_null(strstr(p->err, "create its folder, writable by this user alone"));
}

static void test_peers(void **state)
{
    const struct {
        uid_t uid;
        bool local, known;
        const struct role *role;
        const char *name;
    } rows[] = {
        { 0, true, true, ADMINISTRATOR, "uid:0" },
        { 1000, true, true, READER, "uid:1000" },
        { 1001, true, true, ADMINISTRATOR, "uid:1001" },
        { 1002, true, false, NULL, NULL },
        { 0, false, false, NULL, NULL }, /* not on the unix socket */
        { 1001, false, false, NULL, NULL },
    };
    struct place *p = *state;
    access_add_peer(p->access, 1000, READER, NULL);
    access_add_peer(p->access, 1001, ADMINISTRATOR, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct principal who = { .name = "untouched" };
        assert_int_equal(
            access_identify(p->access, (struct ipam_str){ NULL, 0 }, rows[i].local, rows[i].uid, &who),
            rows[i].known);
        assert_string_equal(who.name, rows[i].known ? rows[i].name : "untouched");
        assert_ptr_equal(who.role, rows[i].role);
    }
    /* A wrong token is not made good by the socket it comes from. */
    struct principal who;
    assert_false(access_identify(p->access, IPAM_STR("wrong"), true, 0, &who));
    access_add_peer(p->access, 0, READER, NULL); /* even root may be a reader */
    assert_true(access_identify(p->access, (struct ipam_str){ NULL, 0 }, true, 0, &who));
    assert_ptr_equal(who.role, READER);
}

static void test_roles(void **state)
{
    (void)state;
    assert_string_equal(access_role_key(ADMINISTRATOR), "administrator");
    assert_string_equal(access_role_key(READER), "reader");
    assert_null(access_role(IPAM_STR("Reader")));
    assert_null(access_role(IPAM_STR("read")));
    assert_null(access_role(IPAM_STR("")));
}

/* A reader reads and nothing else, and the names say which is which. */
static void test_what_roles_may(void **state)
{
    unsigned reads = 0, writes = 0;
    (void)state;
    for (const struct operation *op = access_operations; op->name != NULL; op++) {
        const char *verb = strrchr(op->name, '.');
        print_message("%s\n", op->name);
        assert_non_null(verb);
        bool is_read = op->flags & OPERATION_READS;
        assert_int_equal(is_read, strcmp(verb, ".read") == 0);
        bool open = op->flags & (OPERATION_PUBLIC | OPERATION_SELF); /* about oneself, or signing in: no role is asked */
        assert_true(open || access_role_allows(ADMINISTRATOR, op));
        assert_int_equal(!open && access_role_allows(READER, op), !open && is_read && !(op->flags & OPERATION_GROUPS));
        assert_ptr_equal(access_operation(op->name), op); /* once only */
        *(is_read ? &reads : &writes) += 1;
    }
    assert_true(reads > 5 && writes > 10);
    assert_null(access_operation("ipam.subnet"));
    assert_null(access_operation(""));
}

static void test_digest(void **state)
{
    uint8_t a[ACCESS_DIGEST_BYTES], b[ACCESS_DIGEST_BYTES];
    /* BLAKE2b-256 of the empty input. */
    static const uint8_t empty[4] = { 0x0e, 0x57, 0x51, 0xc0 };
    (void)state;
    access_digest("", 0, a);
    assert_memory_equal(a, empty, sizeof(empty));
    access_digest("x", 1, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token_is_made, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_must_be_right, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_token_has_its_role, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_files_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_file_of_another_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peers, setup, teardown),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_what_roles_may),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

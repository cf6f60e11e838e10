/* secret_keyfile_test.c - files of master keys: who may read them, what is in them, and how they change places.
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

#include "ipam/status.h"
#include "secret/secret.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F"

struct folder {
    char dir[64], path[96], next[96], old[96], err[KEYFILE_ERR];
};

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    snprintf(f->dir, sizeof(f->dir), "/tmp/ipam-key-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/key", f->dir);
    snprintf(f->next, sizeof(f->next), "%s/key.next", f->dir);
    snprintf(f->old, sizeof(f->old), "%s/key.old", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    unlink(f->path);
    unlink(f->next);
    unlink(f->old);
    assert_int_equal(rmdir(f->dir), 0); /* nothing else was left there */
    free(f);
    return 0;
}

static void put(const char *path, const void *data, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void test_a_key_is_bytes_or_hex(void **state)
{
    struct folder *f = *state;
    uint8_t key[MASTER_KEY_BYTES], raw[MASTER_KEY_BYTES];
    for (size_t i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)i;
    put(f->path, HEX "\n", 65, 0600);
    assert_int_equal(keyfile_read(f->path, true, key, f->err), 0);
    assert_memory_equal(key, raw, sizeof(raw));
    put(f->path, HEX, 64, 0400);
    assert_int_equal(keyfile_read(f->path, true, key, f->err), 0);
    raw[31] = '\n'; /* also at the end of 32 bytes it is a byte of the key */
    put(f->path, raw, sizeof(raw), 0600);
    assert_int_equal(keyfile_read(f->path, true, key, f->err), 0);
    assert_memory_equal(key, raw, sizeof(raw));
}

static void test_what_is_no_key_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } bad[] = { { "", 0 }, { HEX, 31 }, { HEX, 63 }, { HEX "\n\n", 66 }, { "g" HEX, 64 }, { HEX "0", 65 } };
    struct folder *f = *state;
    uint8_t key[MASTER_KEY_BYTES];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put(f->path, bad[i].text, bad[i].len, 0600);
        assert_int_equal(keyfile_read(f->path, true, key, f->err), IPAM_E_CONFIG);
        assert_non_null(strstr(f->err, f->path));
        assert_non_null(strstr(f->err, "64 hex digits"));
    }
}

static void test_nobody_else_may_read_it(void **state)
{
    static const mode_t modes[] = { 0640, 0604, 0660, 0610, 0644 };
    struct folder *f = *state;
    uint8_t key[MASTER_KEY_BYTES];
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        put(f->path, HEX, 64, modes[i]);
        assert_int_equal(keyfile_read(f->path, true, key, f->err), IPAM_E_CONFIG);
        assert_non_null(strstr(f->err, "chmod 600"));
        assert_int_equal(keyfile_read(f->path, false, key, f->err),
                         0); /* a credential is the system's to guard */
    }
}

static void test_a_missing_one_and_a_link_are_told(void **state)
{
    struct folder *f = *state;
    uint8_t key[MASTER_KEY_BYTES];
    assert_int_equal(keyfile_read(f->path, true, key, f->err), IPAM_E_NOENT);
    assert_non_null(strstr(f->err, "put the key back"));
    put(f->next, HEX, 64, 0600);
    assert_int_equal(symlink(f->next, f->path), 0);
    assert_int_equal(keyfile_read(f->path, true, key, f->err), IPAM_E_CONFIG);
    assert_non_null(strstr(f->err, "symbolic link"));
}

static void test_a_new_key_is_whole_random_and_private(void **state)
{
    struct folder *f = *state;
    uint8_t one[MASTER_KEY_BYTES], two[MASTER_KEY_BYTES], read[MASTER_KEY_BYTES];
    char left[112];
    struct stat st;
    snprintf(left, sizeof(left), "%s.new", f->path);
    put(left, "half a ke", 9, 0600); /* of a start that was cut short */
    umask(0);
    assert_int_equal(keyfile_make(f->path, one, f->err), 0);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(keyfile_read(f->path, true, read, f->err), 0);
    assert_memory_equal(one, read, sizeof(one));
    assert_int_equal(keyfile_make(f->next, two, f->err), 0);
    assert_memory_not_equal(one, two, sizeof(one));
    assert_int_equal(keyfile_make(f->path, two, f->err), IPAM_E_CONFIG); /* never over a key that is there */
    assert_int_equal(keyfile_read(f->path, true, read, f->err), 0);
    assert_memory_equal(one, read, sizeof(one));
}

static void test_the_next_takes_the_place_and_the_old_stays(void **state)
{
    struct folder *f = *state;
    uint8_t old[MASTER_KEY_BYTES], next[MASTER_KEY_BYTES], read[MASTER_KEY_BYTES];
    assert_int_equal(keyfile_make(f->path, old, f->err), 0);
    assert_int_equal(keyfile_make(f->next, next, f->err), 0);
    assert_int_equal(link(f->path, f->old), 0); /* as a crash in the middle leaves it */
    assert_int_equal(keyfile_exchange(f->path, f->next, f->old, f->err), 0);
    assert_int_equal(keyfile_read(f->path, true, read, f->err), 0);
    assert_memory_equal(read, next, sizeof(read));
    assert_int_equal(keyfile_read(f->old, true, read, f->err), 0);
    assert_memory_equal(read, old, sizeof(read));
    assert_int_equal(access(f->next, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_key_is_bytes_or_hex, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_key_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_else_may_read_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_one_and_a_link_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_key_is_whole_random_and_private, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_next_takes_the_place_and_the_old_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

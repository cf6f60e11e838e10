/* provider_trust_test.c - each wrong placement of a plugin's file is refused for its own reason.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipam/status.h"
#include "provider/trust.h"

/* BASE/deep/providers/good.so, all of it right; each row spoils one thing. */
static char base[] = "/tmp/ipam-trust-XXXXXX";
static char dir[128], file[160];

static void copy_module(const char *to)
{
    static char data[1 << 20];
    Dl_info info;
    FILE *in, *out;
    size_t n;

    assert_true(dladdr((void *)_cmocka_run_group_tests, &info)); /* some shared object of this machine */
    in = fopen(info.dli_fname, "rb");
    out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(data, 1, sizeof(data), in)) > 0)
        assert_int_equal(fwrite(data, 1, n, out), n);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(to, 0644), 0);
}

static void remove_tree(void)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", base);
    assert_int_equal(system(command), 0);
}

static int build(void **state)
{
    char deep[96];

    (void)state;
    umask(022);
    memcpy(base + sizeof(base) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(base));
    chmod(base, 0755);
    snprintf(deep, sizeof(deep), "%s/deep", base);
    snprintf(dir, sizeof(dir), "%s/providers", deep);
    snprintf(file, sizeof(file), "%s/good.so", dir);
    assert_int_equal(mkdir(deep, 0755), 0);
    assert_int_equal(mkdir(dir, 0755), 0);
    copy_module(file);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_tree();
    return 0;
}

static void poke(size_t offset, const void *data, size_t len)
{
    int fd = open(file, O_WRONLY);

    assert_int_equal(pwrite(fd, data, len, (off_t)offset), len);
    close(fd);
}

static void spoil_nothing(void) { }
static void spoil_missing(void) { unlink(file); }
static void spoil_file_mode_group(void) { chmod(file, 0664); }
static void spoil_file_mode_other(void) { chmod(file, 0646); }
static void spoil_dir_mode(void) { chmod(dir, 0775); }
static void spoil_parent_mode(void) { chmod(base, 0777); }
static void sticky_parent(void) { chmod(base, 01777); }
static void spoil_file_owner(void) { assert_int_equal(chown(file, 65534, 0), 0); }
static void spoil_dir_owner(void) { assert_int_equal(chown(dir, 65534, 0), 0); }
static void spoil_parent_owner(void) { assert_int_equal(chown(base, 65534, 0), 0); }
static void spoil_truncated(void) { assert_int_equal(truncate(file, 5000), 0); }
static void spoil_tiny(void) { assert_int_equal(truncate(file, 20), 0); }
static void spoil_empty(void) { assert_int_equal(truncate(file, 0), 0); }
static void spoil_text(void) { poke(0, "#!/bin/sh\n", 10); }
static void spoil_machine(void) { poke(offsetof(Elf64_Ehdr, e_machine), "\xff\x7f", 2); }
static void spoil_class(void) { poke(EI_CLASS, "\x01", 1); }
static void spoil_type(void) { poke(offsetof(Elf64_Ehdr, e_type), "\x01\x00", 2); }
static void spoil_headers(void) { poke(offsetof(Elf64_Ehdr, e_phnum), "\x00\x00", 2); }
static void spoil_table(void) { poke(offsetof(Elf64_Ehdr, e_phoff), "\xff\xff\xff\xff\xff\xff\xff\xff", 8); }

static void spoil_symlink(void)
{
    char real[192];

    snprintf(real, sizeof(real), "%s.real", file);
    rename(file, real);
    assert_int_equal(symlink(real, file), 0);
}

static void spoil_hard_link(void)
{
    char other[192];

    snprintf(other, sizeof(other), "%s/other.so", base);
    assert_int_equal(link(file, other), 0);
}

static void spoil_folder(void)
{
    unlink(file);
    assert_int_equal(mkdir(file, 0755), 0);
}

static void spoil_fifo(void)
{
    unlink(file);
    assert_int_equal(mkfifo(file, 0644), 0);
}

static void spoil_dir_symlink(void)
{
    char real[192];

    snprintf(real, sizeof(real), "%s.real", dir);
    rename(dir, real);
    assert_int_equal(symlink(real, dir), 0);
}

static void spoil_dir_file(void)
{
    char real[192];

    snprintf(real, sizeof(real), "%s.real", dir);
    rename(dir, real);
    close(open(dir, O_CREAT | O_WRONLY, 0644));
}

static const struct {
    const char *name;
    void (*spoil)(void);
    bool as_root; /* only root can give files away */
    int status;
    const char *reason, *remedy; /* parts of the message */
} rows[] = {
    { "all right", spoil_nothing, false, 0, "", "" },
    { "sticky folder above", sticky_parent, false, 0, "", "" },
    { "missing", spoil_missing, false, IPAM_E_NOENT, "there is no plugin", "install" },
    { "file writable by group", spoil_file_mode_group, false, IPAM_E_ACCESS, "writable by others (mode 0664)",
      "chmod go-w" },
    { "file writable by all", spoil_file_mode_other, false, IPAM_E_ACCESS, "writable by others (mode 0646)",
      "chmod go-w" },
    { "folder writable", spoil_dir_mode, false, IPAM_E_ACCESS, "is writable by others (mode 0775)",
      "chmod go-w" },
    { "folder above writable", spoil_parent_mode, false, IPAM_E_ACCESS, "is writable by others (mode 0777)",
      "chmod go-w" },
    { "file of another user", spoil_file_owner, true, IPAM_E_ACCESS, "belongs to user 65534",
      "chown it to root" },
    { "folder of another user", spoil_dir_owner, true, IPAM_E_ACCESS, "belongs to user 65534",
      "chown it to root" },
    { "folder above of another user", spoil_parent_owner, true, IPAM_E_ACCESS, "belongs to user 65534",
      "chown it to root" },
    { "symbolic link", spoil_symlink, false, IPAM_E_ACCESS, "good.so is a symbolic link", "file itself" },
    { "folder a symbolic link", spoil_dir_symlink, false, IPAM_E_ACCESS, "providers is a symbolic link",
      "without links" },
    { "folder a file", spoil_dir_file, false, IPAM_E_ACCESS, "is not a folder", "reinstall" },
    { "hard link", spoil_hard_link, false, IPAM_E_ACCESS, "2 hard links", "install a copy" },
    { "a folder", spoil_folder, false, IPAM_E_ACCESS, "not a regular file", "put the plugin's file there" },
    { "a fifo", spoil_fifo, false, IPAM_E_ACCESS, "not a regular file", "put the plugin's file there" },
    { "text", spoil_text, false, IPAM_E_CONFIG, "no ELF file", "reinstall" },
    { "empty", spoil_empty, false, IPAM_E_CONFIG, "no ELF file", "reinstall" },
    { "part of a header", spoil_tiny, false, IPAM_E_CONFIG, "no ELF file", "reinstall" },
    { "truncated", spoil_truncated, false, IPAM_E_CONFIG, "is cut off (5000 bytes)", "reinstall" },
    { "other machine", spoil_machine, false, IPAM_E_CONFIG, "another machine", "install the package" },
    { "other word size", spoil_class, false, IPAM_E_CONFIG, "another machine", "install the package" },
    { "no shared object", spoil_type, false, IPAM_E_CONFIG, "no shared object", "reinstall" },
    { "no segments", spoil_headers, false, IPAM_E_CONFIG, "damaged ELF header", "reinstall" },
    { "segments nowhere", spoil_table, false, IPAM_E_CONFIG, "is cut off", "reinstall" },
};

static void test_each_placement(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[PATH_MAX] = "untouched", err[PROVIDER_ERR_MAX] = "";
        int status;

        if (rows[i].as_root && geteuid() != 0)
            continue;
        build(NULL);
        rows[i].spoil();
        status = trust_check(dir, "good", path, err);
        print_message("row: %s: %d %s\n", rows[i].name, status, err);
        assert_int_equal(status, rows[i].status);
        assert_non_null(strstr(err, rows[i].reason));
        assert_non_null(strstr(err, rows[i].remedy));
        assert_string_equal(path, status ? "untouched" : file);
        remove_tree();
    }
}

static void test_names(void **state)
{
    static const char *const bad[] = {
        "",     ".",       "..",  "a/b", "/etc/x",    "../good",
        "Good", "good.so", "a b", "a_b", "g\xc3\xb6", "abcdefghijklmnopqrstuvwxyz0123456"
    };
    char path[PATH_MAX], err[PROVIDER_ERR_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err[0] = '\0';
        assert_int_equal(trust_check(dir, bad[i], path, err), IPAM_E_INVAL);
        assert_non_null(strstr(err, "bare name"));
    }
    assert_true(trust_name("a"));
    assert_true(trust_name("kind-9"));
    assert_true(trust_name("abcdefghijklmnopqrstuvwxyz012345"));
}

static void test_relative_folder(void **state)
{
    char path[PATH_MAX], err[PROVIDER_ERR_MAX];

    (void)state;
    assert_int_equal(trust_check("providers", "good", path, err), IPAM_E_ACCESS);
    assert_non_null(strstr(err, "absolute"));
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(test_each_placement),
        cmocka_unit_test_setup_teardown(test_names, build, destroy),
        cmocka_unit_test_setup_teardown(test_relative_folder, build, destroy),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

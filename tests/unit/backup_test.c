/* backup_test.c - the format of a backup: what is written is read, and any other byte is named.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "ipam/status.h"

#define ROWS 700

static struct strbuf file;
static uint8_t bytes[400];

/* The n-th row: with a body and columns that say which it is. */
static struct ipam_row row_of(unsigned n, struct ipam_bytes columns[2])
{
    struct ipam_row row = {
        .size = sizeof(row), .op = 1 + n % 5, .type = n, .id = (int64_t)n << 33, .rev = -(int64_t)n
    };

    row.body = (struct ipam_bytes){ bytes + n % 100, n % 300 };
    columns[0] = (struct ipam_bytes){ bytes + n % 7, 8 };
    columns[1] = (struct ipam_bytes){ bytes, 0 };
    if (n % 3) {
        row.columns = columns;
        row.column_count = n % 3;
    }
    return row;
}

static void write_file(void)
{
    struct backup_head head = { .version = "0.1.0", .schema = 3, .created_ms = 99, .revision = 7, .rows = 5 };
    struct backup_tail tail = { .revision = 8, .next_id = 9, .rows = ROWS };
    struct ipam_bytes columns[2];
    struct backup_writer w;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    memset(tail.digest, 0xa5, sizeof(tail.digest));
    strbuf_reset(&file);
    backup_write(&w, &file, &head);
    for (unsigned i = 0; i < ROWS; i++) {
        struct ipam_row row = row_of(i, columns);

        assert_int_equal(backup_write_row(&w, &row), 0);
    }
    backup_write_end(&w, &tail);
    backup_writer_fini(&w);
    assert_false(file.failed);
}

static int setup(void **state)
{
    (void)state;
    strbuf_init(&file, 1 << 20);
    write_file();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_fini(&file);
    return 0;
}

static int file_of(const char *data, size_t len)
{
    FILE *f = tmpfile();
    int fd;

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fflush(f);
    fd = dup(fileno(f));
    fclose(f);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Reads all of it: 0, or what the reader says; how many rows were right before. */
static int read_file(const char *data, size_t len, unsigned *ret_rows, char *err)
{
    struct backup_reader *r = NULL;
    struct backup_head head;
    struct backup_tail tail;
    struct ipam_bytes columns[2];
    struct ipam_row row;
    int fd = file_of(data, len), status = backup_open(fd, "FILE", &r, &head, err);

    *ret_rows = 0;
    while (status == 0 || status == 1) {
        status = backup_next(r, &row, &tail, err);
        if (status <= 0)
            break;
        struct ipam_row want = row_of((*ret_rows)++, columns);
        assert_int_equal(row.op, want.op);
        assert_int_equal(row.type, want.type);
        assert_int_equal(row.id, want.id);
        assert_int_equal(row.rev, want.rev);
        assert_int_equal(row.column_count, want.column_count);
        for (uint32_t i = 0; i < want.column_count; i++)
            assert_memory_equal(row.columns[i].data, want.columns[i].data, want.columns[i].len);
        assert_int_equal(row.body.len, want.body.len);
        assert_memory_equal(row.body.data, want.body.data, want.body.len);
    }
    if (status == 0) {
        assert_int_equal(head.schema, 3);
        assert_string_equal(head.version, "0.1.0");
        assert_int_equal(tail.revision, 8);
        assert_int_equal(tail.next_id, 9);
        assert_int_equal(tail.digest[31], 0xa5);
        assert_int_equal(backup_at(r), len);
    }
    backup_close(r);
    close(fd);
    return status;
}

static void test_what_is_written_is_read(void **state)
{
    char err[BACKUP_ERR];
    unsigned rows;

    (void)state;
    assert_true(file.len > BACKUP_BLOCK); /* several blocks */
    assert_int_equal(read_file(file.data, file.len, &rows, err), 0);
    assert_int_equal(rows, ROWS);
}

static void test_any_changed_byte_is_named(void **state)
{
    char err[BACKUP_ERR];
    unsigned rows;

    (void)state;
    for (size_t at = 0; at < file.len; at += at < 600 || at + 600 > file.len ? 1 : 97) {
        file.data[at] ^= (char)(1u << at % 8);
        if (read_file(file.data, file.len, &rows, err) >= 0)
            fail_msg("a change of byte %zu was not seen", at);
        file.data[at] ^= (char)(1u << at % 8);
        if (strncmp(err, "FILE: ", 6) != 0 || (!strstr(err, "byte ") && at >= 4))
            fail_msg("byte %zu: '%s' does not say where", at, err);
    }
}

static void test_a_file_that_is_cut_is_named(void **state)
{
    char err[BACKUP_ERR];
    unsigned rows;

    (void)state;
    for (size_t len = 0; len < file.len; len += len < 600 || len + 600 > file.len ? 1 : 97) {
        assert_true(read_file(file.data, len, &rows, err) < 0);
        if (len >= 4 && !strstr(err, "without an end"))
            fail_msg("%zu bytes: '%s'", len, err);
    }
}

static void test_what_follows_the_end_and_other_files_are_refused(void **state)
{
    char err[BACKUP_ERR];
    unsigned rows;

    (void)state;
    strbuf_putc(&file, 'x');
    assert_true(read_file(file.data, file.len, &rows, err) < 0);
    assert_non_null(strstr(err, "something follows the end"));
    assert_true(read_file("SQLite format 3", 16, &rows, err) < 0);
    assert_non_null(strstr(err, "no backup of ipamd"));
}

/* A block of another backup is not taken, however right it is by itself. */
static void test_blocks_of_two_backups_do_not_mix(void **state)
{
    char err[BACKUP_ERR], *other = malloc(file.len);
    size_t len = file.len;
    unsigned rows;

    (void)state;
    assert_non_null(other);
    memcpy(other, file.data, len);
    struct backup_head head = {
        .version = "0.1.0", .schema = 3, .created_ms = 100, .revision = 7, .rows = 5
    };
    struct strbuf start;
    struct backup_writer w;
    strbuf_init(&start, 4096);
    backup_write(&w, &start, &head);
    backup_writer_fini(&w);
    struct strbuf mixed;
    strbuf_init(&mixed, 1 << 20);
    strbuf_add(&mixed, start.data, start.len);
    strbuf_add(&mixed, other + start.len - 1, len - start.len + 1); /* "99" is shorter than "100" */
    assert_true(read_file(mixed.data, mixed.len, &rows, err) < 0);
    assert_int_equal(rows, 0);
    strbuf_fini(&mixed);
    strbuf_fini(&start);
    free(other);
}

static void test_a_stream_that_failed_says_why(void **state)
{
    struct backup_head head = { .version = "0.1.0" };
    char err[BACKUP_ERR];
    struct backup_writer w;
    unsigned rows;

    (void)state;
    strbuf_reset(&file);
    backup_write(&w, &file, &head);
    backup_write_failed(&w, "the disk is on fire");
    backup_writer_fini(&w);
    assert_true(read_file(file.data, file.len, &rows, err) < 0);
    assert_non_null(strstr(err, "not finished: the disk is on fire"));
}

static void test_a_row_that_no_block_holds_is_refused(void **state)
{
    struct backup_head head = { .version = "0.1.0" };
    struct ipam_row row = { .size = sizeof(row), .op = 1, .body = { bytes, BACKUP_BLOCK_MAX } };
    struct backup_writer w;

    (void)state;
    backup_write(&w, &file, &head);
    assert_int_equal(backup_write_row(&w, &row), IPAM_E_TOOBIG);
    backup_writer_fini(&w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_written_is_read),
        TEST(test_any_changed_byte_is_named),
        TEST(test_a_file_that_is_cut_is_named),
        TEST(test_what_follows_the_end_and_other_files_are_refused),
        TEST(test_blocks_of_two_backups_do_not_mix),
        TEST(test_a_stream_that_failed_says_why),
        TEST(test_a_row_that_no_block_holds_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* fuzz_backup.c - backups: what is read is written again to the same bytes, and no other file is a backup.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A first byte of 0: the rest is a file. Otherwise the rest are blocks - a byte of the kind, one of the rows, two of the
 * length, the payload - that get digests which are right, so that what is under them is read; and then one
 * bit is turned, which must be seen. `make check` replays the seeds in tests/fuzz/corpus/backup and mutations of
 * them (fuzz_main.c); to fuzz, see README.md. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backup/backup_p.h"
#include "base/json.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static int open_bytes(const void *data, size_t size)
{
    int fd = memfd_create("backup", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void check_reason(int status, const char *err)
{
    CHECK(status < 0 && memchr(err, 0, BACKUP_ERR) != NULL && strncmp(err, "FILE: ", 6) == 0 && err[6] != '\0');
}

/* Reads all, and writes what is read; true when the file was whole. */
static bool read_all(const void *data, size_t size, struct strbuf *copy)
{
    struct backup_writer writer;
    struct backup_reader *r = NULL;
    struct backup_head head;
    struct backup_tail tail;
    struct ipam_row row;
    char err[BACKUP_ERR] = "";
    int fd = open_bytes(data, size), status = backup_open(fd, "FILE", &r, &head, err);

    if (status != 0) {
        check_reason(status, err);
        close(fd);
        return false;
    }
    backup_write(&writer, copy, &head);
    while ((status = backup_next(r, &row, &tail, err)) == 1) {
        CHECK(row.column_count == 0 || row.columns != NULL);
        CHECK(backup_write_row(&writer, &row) == 0 && backup_at(r) <= size);
    }
    if (status == 0) {
        CHECK(backup_at(r) == size);
        backup_write_end(&writer, &tail);
    } else {
        check_reason(status, err);
    }
    CHECK(backup_next(r, &row, &tail, err) < 0); /* it is read once */
    backup_writer_fini(&writer);
    backup_close(r);
    close(fd);
    return status == 0;
}

/* What was read and written is read and written again: the same bytes. */
static void read_file(const void *data, size_t size)
{
    struct strbuf once, twice;

    strbuf_init(&once, 64u << 20);
    strbuf_init(&twice, 64u << 20);
    if (read_all(data, size, &once)) {
        CHECK(!once.failed && read_all(once.data, once.len, &twice));
        CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
        strbuf_putc(&once, 'x'); /* nothing may follow it */
        CHECK(!read_all(once.data, once.len, &twice));
    }
    strbuf_fini(&once);
    strbuf_fini(&twice);
}

static void put_block(struct strbuf *out, uint8_t chain[BACKUP_DIGEST], const uint8_t *data, size_t len)
{
    static const char *const kinds[] = { KIND_HEAD, KIND_ROWS, KIND_END, KIND_FAIL, "ODD." };
    uint8_t head[BLOCK_HEAD] = { 0 };

    memcpy(head, kinds[data[0] % 5], 4);
    head[4] = data[1];
    head[8] = (uint8_t)len;
    head[9] = (uint8_t)(len >> 8);
    backup_chain(chain, head, data + 4, len);
    strbuf_add(out, (const char *)head, sizeof(head));
    strbuf_add(out, (const char *)data + 4, len);
    strbuf_add(out, (const char *)chain, BACKUP_DIGEST);
}

static void read_blocks(const uint8_t *data, size_t size, size_t draw)
{
    uint8_t chain[BACKUP_DIGEST] = { 0 };
    struct strbuf file, copy;

    strbuf_init(&file, 64u << 20);
    strbuf_init(&copy, 64u << 20);
    while (size >= 4) {
        size_t len = (size_t)data[2] | (size_t)data[3] << 8;

        len = len < size - 4 ? len : size - 4;
        put_block(&file, chain, data, len);
        data += 4 + len;
        size -= 4 + len;
    }
    if (file.len > 0) {
        read_file(file.data, file.len);
        file.data[draw / 8 % file.len] ^= (char)(1u << draw % 8);
        CHECK(!read_all(file.data, file.len, &copy));
    }
    strbuf_fini(&file);
    strbuf_fini(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t draw = size;

    if (size < 1 || size > 65536)
        return 0;
    for (size_t i = 0; i < size; i++)
        draw = draw * 31 + data[i];
    if (data[0] == 0)
        read_file(data + 1, size - 1);
    else
        read_blocks(data + 1, size - 1, draw);
    return 0;
}

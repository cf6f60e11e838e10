/* powercut_journal.c - the journal that powercut.so writes: one file, records in the order of what they tell.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * It makes its own system calls, since the calls of the same names are ours. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "powercut.h"
#include "powercut_journal.h"

static int journal = -1;
static uint64_t records;

void powercut_die(const char *what)
{
    fprintf(stderr, "powercut: %s: %s\n", what, strerror(errno));
    abort();
}

static void journal_open(void)
{
    const char *path = getenv("POWERCUT_JOURNAL");

    errno = EINVAL;
    if (path)
        journal = (int)syscall(SYS_openat, AT_FDCWD, path,
                               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0)
        powercut_die("POWERCUT_JOURNAL");
}

static void write_all(struct iovec *left, int count)
{
    int i = 0;

    while (i < count) {
        long n = syscall(SYS_writev, journal, left + i, count - i);

        if (n < 0)
            powercut_die("write to the journal");
        for (; i < count && (size_t)n >= left[i].iov_len; i++)
            n -= (long)left[i].iov_len;
        if (i < count) {
            left[i].iov_base = (char *)left[i].iov_base + n;
            left[i].iov_len -= (size_t)n;
        }
    }
}

void journal_put(enum powercut_type type, ino_t file, uint64_t offset, uint64_t upto, const struct iovec *parts,
                 int count)
{
    struct powercut_record record = {
        .magic = POWERCUT_MAGIC, .type = type, .file = file, .offset = offset, .upto = upto,
    };
    struct iovec all[JOURNAL_PARTS + 1] = { { &record, sizeof(record) } };
    int i, keep = errno;

    if (count > JOURNAL_PARTS) {
        errno = E2BIG;
        powercut_die("write in too many parts");
    }
    if (journal < 0)
        journal_open();
    for (i = 0; i < count; i++) {
        all[i + 1] = parts[i];
        record.length += parts[i].iov_len;
    }
    write_all(all, count + 1);
    records++;
    errno = keep;
}

void journal_note(enum powercut_type type, ino_t file, uint64_t offset, uint64_t upto)
{
    journal_put(type, file, offset, upto, NULL, 0);
}

void journal_name(enum powercut_type type, ino_t file, const char *name)
{
    struct iovec part = { (char *)(uintptr_t)name, strlen(name) };

    journal_put(type, file, 0, 0, &part, 1);
}

uint64_t journal_records(void) { return records; }

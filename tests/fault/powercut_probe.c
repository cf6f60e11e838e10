/* powercut_probe.c - writes and syncs files as its arguments say, then dies by SIGKILL: for test_powercut.py.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Arguments, one after the other: write NAME OFFSET TEXT | append NAME TEXT | resize NAME SIZE | empty NAME |
 * sync NAME | syncfolder | rename NAME NEW | remove NAME | missed NAME TEXT (in a way powercut.so does not see).
 * It works in the current folder. A sync that fails is told by a line on stdout. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(2);
    }
}

static int opened(const char *name, int flags)
{
    int fd = open(name, O_RDWR | O_CREAT | flags, 0600);

    check(fd >= 0, name);
    return fd;
}

static void write_text(const char *name, int flags, const char *text, long offset)
{
    size_t n = strlen(text);
    int fd = opened(name, flags);

    check((offset < 0 ? write(fd, text, n) : pwrite(fd, text, n, offset)) == (ssize_t)n, name);
    close(fd);
}

static void sync_file(const char *name)
{
    int fd = opened(name, 0);

    if (fdatasync(fd))
        printf("%s: %s\n", name, strerror(errno));
    fflush(stdout);
    close(fd);
}

static void sync_folder(void)
{
    int fd = open(".", O_RDONLY | O_DIRECTORY);

    check(fd >= 0 && !fsync(fd), "sync of the folder");
    close(fd);
}

/* Does what a[0] says with the arguments after it; returns how many there were. */
static int step(char **a, int left)
{
    if (!strcmp(a[0], "syncfolder"))
        return sync_folder(), 0;
    check(left > 1, a[0]);
    if (!strcmp(a[0], "sync"))
        return sync_file(a[1]), 1;
    if (!strcmp(a[0], "empty"))
        return close(opened(a[1], O_TRUNC)), 1;
    if (!strcmp(a[0], "remove"))
        return check(!unlink(a[1]), a[1]), 1;
    check(left > 2, a[0]);
    if (!strcmp(a[0], "append"))
        return write_text(a[1], O_APPEND, a[2], -1), 2;
    if (!strcmp(a[0], "resize"))
        return check(!ftruncate(opened(a[1], 0), strtol(a[2], NULL, 10)), a[1]), 2;
    if (!strcmp(a[0], "rename"))
        return check(!rename(a[1], a[2]), a[1]), 2;
    if (!strcmp(a[0], "missed"))
        return check(syscall(SYS_write, opened(a[1], 0), a[2], strlen(a[2])) > 0, a[1]), 2;
    check(left > 3 && !strcmp(a[0], "write"), a[0]);
    return write_text(a[1], 0, a[3], strtol(a[2], NULL, 10)), 3;
}

int main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        i += step(argv + i, argc - i);
    raise(SIGKILL);
    return 1;
}

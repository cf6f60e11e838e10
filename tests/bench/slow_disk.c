/* slow_disk.c - preloaded into a program: a sync takes as long as on a slower disk.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Environment: SLOW_DISK_US, the microseconds that fsync and fdatasync take at least. The rest of them is slept: a disk
 * needs no processor. How far work stays behind its floor depends on what a sync costs, and that differs from one
 * machine to the next by a factor of a hundred. */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static int (*real_fsync)(int fd), (*real_fdatasync)(int fd);
static int64_t least_ns;

__attribute__((constructor)) static void begin(void)
{
    const char *us = getenv("SLOW_DISK_US");

    *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    least_ns = us != NULL ? 1000 * strtoll(us, NULL, 10) : 0;
}

static int slowly(int (*sync)(int fd), int fd)
{
    struct timespec until;
    int rc, error;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += least_ns;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    rc = sync(fd);
    error = errno;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    errno = error;
    return rc;
}

EXPORT int fsync(int fd)
{
    return slowly(real_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
    return slowly(real_fdatasync, fd);
}

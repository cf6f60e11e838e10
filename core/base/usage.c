/* usage.c - what this process uses of the machine.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The n-th number of a line of numbers; 0: there is none. */
static int64_t number_at(const char *text, unsigned n)
{
    char *end;

    for (; n > 0 && text != NULL; n--) {
        text = strchr(text, ' ');
        text = text != NULL ? text + 1 : NULL;
    }
    return text != NULL ? strtoll(text, &end, 10) : 0;
}

/* proc(5), /proc/self/stat: the name, which may hold anything, ends with the last ')'; behind it stand the
 * state, then numbers. */
static void read_stat(struct usage *u)
{
    char text[1024];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    const char *after;
    struct timespec boot;

    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    after = strrchr(text, ')');
    if (after == NULL || after[1] == '\0')
        return;
    after += 2;
    u->threads = (unsigned)number_at(after, 17);
    u->virtual_ = number_at(after, 20);
    u->resident = number_at(after, 21) * sysconf(_SC_PAGESIZE);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    u->started_ms = clock_wall_ms() - (int64_t)boot.tv_sec * 1000 - boot.tv_nsec / 1000000 +
                    number_at(after, 19) * 1000 / sysconf(_SC_CLK_TCK);
}

static uint64_t count_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (dir == NULL)
        return 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count > 0 ? count - 1 : 0; /* without the one that looks */
}

void usage_read(struct usage *ret)
{
    struct rlimit files;
    struct rusage r;

    memset(ret, 0, sizeof(*ret));
    read_stat(ret);
    if (getrusage(RUSAGE_SELF, &r) == 0)
        ret->cpu_us = (int64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec +
                      r.ru_stime.tv_usec;
    ret->files = count_files();
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        ret->files_most = files.rlim_cur;
}

uint64_t usage_raise_files(uint64_t most)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 0;
    if (files.rlim_cur < most && files.rlim_cur < files.rlim_max) {
        struct rlimit more = { files.rlim_max < most ? files.rlim_max : most, files.rlim_max };

        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            files = more;
    }
    return files.rlim_cur;
}

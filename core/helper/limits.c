/* limits.c - a helper that looks at its own memory and descriptors, and ends before the system ends it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "helper/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "provider/wire.h"

#define LOOK_MS 250

/* Bytes of memory that are there now; 0 when that cannot be known. */
static uint64_t resident(void)
{
    char buf[128] = "", *end;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    strtoull(buf, &end, 10); /* the first number is the size of the address space */
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Descriptors that are open; all there can be when not even the folder can be opened for want of one. */
static uint64_t open_files(uint64_t most)
{
    DIR *dir = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (dir == NULL)
        return most;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count > 3 ? count - 3 : 0; /* ., .., and the folder itself */
}

static void on_look(struct loop_timer *t)
{
    struct limits *l = container_of(t, struct limits, timer);
    uint64_t memory = l->memory ? resident() : 0, files = l->files ? open_files(l->files) : 0;
    char doing[256] = "";

    if (l->memory && memory > l->memory) {
        l->doing(l->user, doing, sizeof(doing));
        log_event_with(LOG_ERR_, "helper-memory", LOG_FIELDS(LOG_TEXT("plugin", l->plugin)),
                       "the process of the plugin %s, %s, has %" PRIu64 " MiB of memory and may have %" PRIu64
                       "; ending, to be started anew: raise its memory_mib if it needs so much",
                       l->plugin, doing, memory >> 20, l->memory >> 20);
        _exit(HELPER_EXIT_MEMORY);
    }
    if (l->files && files > l->files - l->files / 10) {
        l->doing(l->user, doing, sizeof(doing));
        log_event_with(LOG_ERR_, "helper-files", LOG_FIELDS(LOG_TEXT("plugin", l->plugin)),
                       "the process of the plugin %s, %s, has %" PRIu64
                       " descriptors open and may have %" PRIu64
                       "; ending, to be started anew: report it to the plugin's author",
                       l->plugin, doing, files, l->files);
        _exit(HELPER_EXIT_FILES);
    }
    timer_start(l->loop, &l->timer, LOOK_MS, on_look);
}

void limits_watch(struct limits *l, struct loop *loop, const char *plugin,
                  void (*doing)(void *user, char *buf, size_t size), void *user)
{
    struct rlimit data = { 0 }, files = { 0 };

    getrlimit(RLIMIT_DATA, &data);
    getrlimit(RLIMIT_NOFILE, &files);
    *l = (struct limits){ .loop = loop, .plugin = plugin, .doing = doing, .user = user };
    l->memory = data.rlim_cur == RLIM_INFINITY ? 0 : data.rlim_cur / 2;
    l->files = files.rlim_cur == RLIM_INFINITY ? 0 : files.rlim_cur;
    timer_start(loop, &l->timer, LOOK_MS, on_look);
}

void limits_end(struct limits *l)
{
    timer_stop(&l->timer);
}

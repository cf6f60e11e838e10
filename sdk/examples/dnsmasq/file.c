/* file.c - reads a file as a whole, never half of it, and lists a folder.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX   (8L << 20)
#define YOUNG_MS   1000 /* a file written so lately may still be at it */
#define PAUSE_MS   30
#define PAUSES_MAX 20
#define TRIES_MAX  4 /* to read a file that is changed meanwhile */

static int32_t cannot(struct call *c, const char *what, const char *path, const char *from)
{
    int error = errno;
    char text[128];

    if (strerror_r(error, text, sizeof(text)) != 0)
        text[0] = '\0';
    return fail(c,
                error == ENOENT   ? IPAM_E_NOENT
                : error == EACCES ? IPAM_E_ACCESS
                                  : IPAM_E_IO,
                "cannot %s %.300s: %s; correct %.300s, or let the user of ipamd read it", what, path, text,
                from);
}

static int64_t changed_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int32_t busy(struct call *c, const char *path)
{
    return fail(c, IPAM_E_PROTO, "%.300s is being written all the time; try again, or see what writes it",
                path);
}

/* The server empties its lease file and writes it again in place: for a moment it is empty, or ends at some
 * line. So a file that was written just now is looked at again until it is at rest. */
static int32_t settle(struct call *c, int fd, const char *path, const char *from, struct stat *st)
{
    struct timespec pause = { 0, PAUSE_MS * 1000000L };
    struct stat before;

    if (fstat(fd, st) < 0)
        return cannot(c, "examine", path, from);
    for (int i = 0; i < PAUSES_MAX; i++) {
        int64_t age = now_ms() - changed_ns(st) / 1000000;

        if (age > YOUNG_MS || age < -YOUNG_MS)
            return IPAM_OK;
        before = *st;
        nanosleep(&pause, NULL);
        if (c->host->cancelled(c->req))
            return IPAM_E_CANCELED;
        if (fstat(fd, st) < 0)
            return cannot(c, "examine", path, from);
        if (changed_ns(&before) == changed_ns(st) && before.st_size == st->st_size)
            return IPAM_OK;
    }
    return fail(c, IPAM_E_PROTO, "%.300s is being written all the time; try again, or see what writes it",
                path);
}

/* *ret is NULL when the file was changed meanwhile. */
static int32_t slurp(struct call *c, int fd, const char *path, const char *from, char **ret)
{
    struct stat st, after;
    size_t have = 0, size;
    char *text;
    int32_t status = settle(c, fd, path, from, &st);

    if (status < 0)
        return status;
    if (!S_ISREG(st.st_mode))
        return fail(c, IPAM_E_CONFIG, "%.300s is no regular file; correct %.300s", path, from);
    if (st.st_size > FILE_MAX)
        return fail(c, IPAM_E_TOOBIG, "%.300s is larger than 8 MiB; correct %.300s", path, from);
    size = (size_t)st.st_size;
    text = c->host->alloc(c->req, size + 1);
    if (text == NULL)
        return IPAM_E_NOMEM;
    while (have < size) {
        ssize_t n = read(fd, text + have, size - have);

        if (n < 0 && errno != EINTR)
            return cannot(c, "read", path, from);
        if (n == 0)
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    if (fstat(fd, &after) < 0)
        return cannot(c, "examine", path, from);
    *ret = NULL;
    if (have < size || changed_ns(&after) != changed_ns(&st) || after.st_size != st.st_size)
        return IPAM_OK;
    if (memchr(text, '\0', have) != NULL || (have > 0 && text[have - 1] != '\n'))
        return fail(
            c, IPAM_E_PROTO,
            "%.300s is half written: it holds a NUL, or its last line has no end; try again, or end that "
            "line",
            path);
    *ret = text;
    return IPAM_OK;
}

int32_t file_read(struct call *c, const char *path, const char *from, char **ret)
{
    int32_t status = IPAM_OK;

    *ret = NULL;
    for (int i = 0; status == IPAM_OK && *ret == NULL; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* the path may lead to a pipe */

        if (fd < 0)
            return cannot(c, "open", path, from);
        status = i < TRIES_MAX ? slurp(c, fd, path, from, ret) : busy(c, path);
        close(fd);
    }
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* conf-dir=PATH[,*.conf][,.bak]: with a star only such names, without none such. */
static int wanted(const char *name, const struct statement *s)
{
    size_t len = strlen(name);
    int only = 0, found = 0;

    if (name[0] == '.' || name[len - 1] == '~' || (name[0] == '#' && name[len - 1] == '#'))
        return 0;
    for (size_t i = 1; s != NULL && i < s->count; i++) {
        int star = s->parts[i].text[0] == '*';
        const char *end = s->parts[i].text + star;
        size_t end_len = strlen(end);
        int is = len > end_len && strcmp(name + len - end_len, end) == 0;

        if (end_len == 0)
            continue;
        if (!star && is)
            return 0;
        only |= star;
        found |= star && is;
    }
    return !only || found;
}

static int32_t list(struct call *c, DIR *d, const char *path, const char *from, const struct statement *s,
                    char **names, size_t *ret)
{
    struct dirent *e;
    size_t n = 0;

    for (errno = 0; (e = readdir(d)) != NULL; errno = 0) {
        size_t bytes = strlen(path) + strlen(e->d_name) + 2;

        if (!wanted(e->d_name, s))
            continue;
        if (n == FILES_MAX)
            return fail(c, IPAM_E_TOOBIG, "%.300s has more than 1000 files; make one of several", path);
        names[n] = c->host->alloc(c->req, bytes);
        if (names[n] == NULL)
            return IPAM_E_NOMEM;
        snprintf(names[n++], bytes, "%s/%s", path, e->d_name);
    }
    if (errno != 0)
        return cannot(c, "list", path, from);
    qsort(names, n, sizeof(names[0]), compare_names);
    *ret = n;
    return IPAM_OK;
}

int32_t file_list(struct call *c, const char *path, const char *from, const struct statement *s, char ***ret,
                  size_t *ret_count)
{
    char **names = c->host->alloc(c->req, FILES_MAX * sizeof(names[0]));
    int32_t status;
    DIR *d;

    if (names == NULL)
        return IPAM_E_NOMEM;
    d = opendir(path);
    if (d == NULL)
        return cannot(c, "open the folder", path, from);
    status = list(c, d, path, from, s, names, ret_count);
    closedir(d);
    *ret = names;
    return status;
}

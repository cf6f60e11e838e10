/* file.c - reads the text file into memory of the request, and puts its lines in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Memory from host->alloc goes with the request, so no path out of here has anything to free. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

/* Says what happened, where, and what to do; the code is -errno where the header has it. */
static int32_t cannot(const char *what, const char *path, char why[WHY_MAX])
{
    int error = errno;
    char text[128];

    if (strerror_r(error, text, sizeof(text)) != 0)
        text[0] = '\0';
    snprintf(why, WHY_MAX,
             "cannot %s %.200s: %s; correct the option \"file\", or let the user of ipamd read it", what,
             path, text);
    return error == ENOENT ? IPAM_E_NOENT : error == EACCES ? IPAM_E_ACCESS : IPAM_E_IO;
}

static int64_t changed_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int32_t busy(const char *path, char why[WHY_MAX])
{
    snprintf(why, WHY_MAX, "%.200s is still being written; try again, or see what writes it", path);
    return IPAM_E_PROTO;
}

/* PROMISE: half a file never passes for a whole one. Who writes a file in place leaves it empty, or ending at
 * some line, for a moment: one that was written just now is looked at again until it is at rest. */
static int32_t settle(const struct ipam_host *host, struct ipam_req *req, int fd, const char *path,
                      struct stat *st, char why[WHY_MAX])
{
    struct timespec now, pause = { 0, PAUSE_MS * 1000000L };
    struct stat before;

    if (fstat(fd, st) < 0)
        return cannot("examine", path, why);
    for (int i = 0; i < PAUSES_MAX; i++) {
        clock_gettime(CLOCK_REALTIME, &now);
        if (now.tv_sec * INT64_C(1000) - changed_ns(st) / 1000000 > YOUNG_MS)
            return IPAM_OK;
        before = *st;
        nanosleep(&pause, NULL);
        if (host->cancelled(req))
            return IPAM_E_CANCELED;
        if (fstat(fd, st) < 0)
            return cannot("examine", path, why);
        if (changed_ns(&before) == changed_ns(st) && before.st_size == st->st_size)
            return IPAM_OK;
    }
    return busy(path, why);
}

/* The whole text with a NUL behind it. */
static int32_t slurp(const struct ipam_host *host, struct ipam_req *req, int fd, const char *path,
                     struct file *f, char **ret, char why[WHY_MAX])
{
    struct stat st, after;
    size_t have = 0, size;
    char *text;
    int32_t status = settle(host, req, fd, path, &st, why);

    if (status < 0)
        return status;
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
        snprintf(why, WHY_MAX, "%.200s is no regular file, or larger than 8 MiB; correct the option \"file\"",
                 path);
        return S_ISREG(st.st_mode) ? IPAM_E_TOOBIG : IPAM_E_CONFIG;
    }
    size = (size_t)st.st_size;
    text = host->alloc(req, size + 1);
    if (text == NULL) /* it may always be NULL */
        return IPAM_E_NOMEM;
    while (have < size) {
        ssize_t n = read(fd, text + have, size - have);

        if (n < 0 && errno != EINTR)
            return cannot("read", path, why);
        if (n == 0)
            break; /* it became shorter meanwhile: somebody is at it */
        have += n > 0 ? (size_t)n : 0;
    }
    if (have < size || fstat(fd, &after) < 0 || changed_ns(&after) != changed_ns(&st))
        return busy(path, why);
    /* What is missing in half a file would count as gone. */
    if (memchr(text, '\0', have) != NULL || (have > 0 && text[have - 1] != '\n')) {
        snprintf(why, WHY_MAX,
                 "%.200s holds a NUL, or its last line has no end: it is no text, or still being "
                 "written; try again, or correct what writes it",
                 path);
        return IPAM_E_PROTO;
    }
    f->changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    *ret = text;
    return IPAM_OK;
}

static int compare_texts(const struct ipam_str *a, const struct ipam_str *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, len);

    return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

static int by_scope(const void *pa, const void *pb)
{
    const struct line *a = pa, *b = pb;
    int order = compare_texts(&a->native, &b->native);

    if (order == 0)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    return order != 0 ? order : line_address_compare(&a->first, &b->first);
}

static int by_address(const void *pa, const void *pb)
{
    return line_address_compare(&((const struct line *)pa)->first, &((const struct line *)pb)->first);
}

/* FNV-1a over a line, with its end. */
static uint64_t digest(uint64_t hash, const char *text)
{
    do
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    while (*text++ != '\0');
    return hash;
}

/* One line after the other. Cancellation is polled where work is done: here, and at each emit. */
static int32_t parse(const struct ipam_host *host, struct ipam_req *req, char *text, const char *path,
                     struct file *f, char why[WHY_MAX])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const char *wrong = NULL;
    size_t number = 1;

    for (char *line = text, *next; line != NULL && wrong == NULL; line = next, number++) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (host->cancelled(req))
            return IPAM_E_CANCELED;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (strncmp(line, "lease,", 6) != 0)
            hash = digest(hash, line);
        f->lines[f->count].number = number;
        wrong = line_parse(line, &f->lines[f->count++]);
    }
    snprintf(f->token, sizeof(f->token), "%016" PRIx64, hash);
    if (wrong == NULL)
        return IPAM_OK;
    snprintf(why, WHY_MAX, "%.200s:%zu: %s; correct the line, or what writes it", path, number - 1, wrong);
    return IPAM_E_PROTO;
}

int32_t file_read(const struct ipam_host *host, struct ipam_req *req, const char *path, struct file *ret,
                  char why[WHY_MAX])
{
    struct file f = { 0 };
    char *text = NULL;
    size_t lines = 1;
    int32_t status;
    /* Close-on-exec, and never waiting: a path may lead to a pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return cannot("open", path, why);
    status = slurp(host, req, fd, path, &f, &text, why);
    close(fd);
    if (status < 0)
        return status;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    f.lines = host->alloc(req, lines * sizeof(f.lines[0]));
    if (f.lines == NULL)
        return IPAM_E_NOMEM;
    status = parse(host, req, text, path, &f, why);
    if (status < 0)
        return status;
    qsort(f.lines, f.count, sizeof(f.lines[0]), by_scope);
    *ret = f;
    return IPAM_OK;
}

void file_keep_leases(struct file *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->count; i++)
        if (f->lines[i].kind == LINE_LEASE)
            f->lines[kept++] = f->lines[i];
    f->count = kept;
    qsort(f->lines, f->count, sizeof(f->lines[0]), by_address);
}

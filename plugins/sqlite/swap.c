/* swap.c - a file beside the database, made in peace, that takes its place.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * PATH is never missing: the former file gets its second name by a link, then the new one is renamed over the
 * first. A crash between the two leaves a second name of the present database, which the next start takes
 * away. */
#include "sq.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MOST 16 /* tried for the former file, when it was kept twice in a second */
#define ROOM_MORE  (16 << 20)

static const char *const leftovers[] = { SQ_NEW, SQ_NEW "-journal", SQ_NEW "-wal", SQ_NEW "-shm" };

static int32_t fail(struct sq_error *err, const char *path, const char *what)
{
    int number = errno;
    int32_t status = number == ENOSPC || number == EDQUOT || number == EFBIG  ? IPAM_E_NOSPC
                     : number == EACCES || number == EPERM || number == EROFS ? IPAM_E_ACCESS
                                                                              : IPAM_E_IO;

    errno = number;
    return sq_refuse(err, status, "%s: cannot %s: %m; nothing was changed; %s", path, what,
                     status == IPAM_E_NOSPC ? "free space on its file system"
                     : status == IPAM_E_ACCESS
                         ? "make the folder and what is in it writable for the service's user"
                         : "look at the disk and the system log");
}

static int32_t open_folder(const char *path, int *ret, struct sq_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    *ret = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? fail(err, folder, "open the folder") : IPAM_OK;
}

static int32_t sync_folder(const char *path, struct sq_error *err)
{
    int fd, rc;
    int32_t status = open_folder(path, &fd, err);

    if (status != IPAM_OK)
        return status;
    rc = fsync(fd);
    status = rc < 0 ? fail(err, path, "sync its folder") : IPAM_OK;
    close(fd);
    return status;
}

/* Takes second names of the database away: "ipam.db.KIND-TIME" of the same file. */
static int32_t drop_aliases(const char *path, const struct stat *st, struct sq_error *err)
{
    const char *base = strrchr(path, '/') + 1;
    size_t len = strlen(base);
    int32_t status = IPAM_OK;
    int fd;
    struct dirent *e;
    struct stat other;

    if (st->st_nlink < 2)
        return IPAM_OK;
    status = open_folder(path, &fd, err);
    if (status != IPAM_OK)
        return status;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return sq_refuse(err, IPAM_E_NOMEM, "%s: out of memory", path);
    }
    while (status == IPAM_OK && (e = readdir(dir)) != NULL) {
        if (strncmp(e->d_name, base, len) != 0 || e->d_name[len] != '.' ||
            fstatat(fd, e->d_name, &other, AT_SYMLINK_NOFOLLOW) < 0 || other.st_ino != st->st_ino ||
            other.st_dev != st->st_dev)
            continue;
        if (unlinkat(fd, e->d_name, 0) < 0)
            status = fail(err, path, "take the second name of the database away");
    }
    closedir(dir);
    return status;
}

int32_t sq_new_drop(struct sq_ctx *ctx, struct sq_error *err)
{
    char name[PATH_MAX];
    struct stat st;

    for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", ctx->path, leftovers[i]);
        if (unlink(name) < 0 && errno != ENOENT)
            return fail(err, name, "remove what an interrupted attempt left");
    }
    if (stat(ctx->path, &st) < 0)
        return fail(err, ctx->path, "look at it");
    return drop_aliases(ctx->path, &st, err);
}

int32_t sq_new_room(struct sq_ctx *ctx, struct sq_error *err)
{
    char wal[PATH_MAX];
    struct statvfs fs;
    struct stat st, log = { .st_size = 0 };
    int fd;

    snprintf(wal, sizeof(wal), "%s-wal", ctx->path);
    if (stat(ctx->path, &st) < 0)
        return fail(err, ctx->path, "look at it");
    if (stat(wal, &log) < 0 && errno != ENOENT)
        return fail(err, wal, "look at it");
    int32_t status = open_folder(ctx->path, &fd, err);
    if (status != IPAM_OK)
        return status;
    if (fstatvfs(fd, &fs) < 0)
        status = fail(err, ctx->path, "see how much space there is");
    close(fd);
    uint64_t there = (uint64_t)fs.f_bavail * fs.f_frsize,
             wanted = (uint64_t)st.st_size + (uint64_t)st.st_size / 4 + (uint64_t)log.st_size + ROOM_MORE;
    if (status == IPAM_OK && there < wanted)
        status = sq_refuse(
            err, IPAM_E_NOSPC,
            "%s: bringing it up to date makes a copy and keeps the old file: that needs %llu MiB on "
            "its file system, and %llu MiB are free; nothing was changed; make room and start again",
            ctx->path, (unsigned long long)(wanted >> 20) + 1, (unsigned long long)(there >> 20));
    return status;
}

int32_t sq_new_open(struct sq_ctx *ctx, struct sq_conn *ret, char *path, size_t room, struct sq_error *err)
{
    struct sq_settings set = ctx->settings;
    int32_t status = sq_new_drop(ctx, err);

    if (status != IPAM_OK)
        return status;
    snprintf(path, room, "%s" SQ_NEW, ctx->path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, path, "create it");
    close(fd);
    set.path = path;
    status = sq_conn_open(ret, &set, false, err);
    if (status != IPAM_OK)
        return status;
    status = sq_exec(ret, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF",
                     err);
    if (status != IPAM_OK)
        sq_conn_close(ret);
    return status;
}

static int32_t sync_file(const char *path, struct sq_error *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return fail(err, path, "open it");
    int32_t status = fsync(fd) < 0 ? fail(err, path, "sync it") : IPAM_OK;
    close(fd);
    return status;
}

/* A log that stays behind would be taken for the new file's. */
static int32_t no_log(const char *path, struct sq_error *err)
{
    char wal[PATH_MAX];
    struct stat st;

    snprintf(wal, sizeof(wal), "%s-wal", path);
    if (lstat(wal, &st) < 0 && errno == ENOENT)
        return IPAM_OK;
    return sq_refuse(
        err, IPAM_E_IO,
        "%s: its log could not be written back to the database; nothing was changed; look at the disk "
        "and the system log",
        wal);
}

static int32_t keep(const char *path, const char *kind, char *ret, size_t room, struct sq_error *err)
{
    struct timespec now;
    struct tm tm;
    char when[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
    for (unsigned i = 1; i <= NAMES_MOST; i++) {
        if (i == 1)
            snprintf(ret, room, "%s.%s-%s", path, kind, when);
        else
            snprintf(ret, room, "%s.%s-%s-%u", path, kind, when, i);
        if (link(path, ret) == 0)
            return sync_folder(path, err);
        if (errno != EEXIST)
            break;
    }
    return fail(err, ret, "keep the former database under this name");
}

int32_t sq_new_use(struct sq_ctx *ctx, const char *kind, char *ret_kept, size_t room, struct sq_error *err)
{
    char new[PATH_MAX];

    ret_kept[0] = '\0';
    snprintf(new, sizeof(new), "%s" SQ_NEW, ctx->path);
    int32_t status = no_log(ctx->path, err);
    if (status == IPAM_OK)
        status = sync_file(new, err);
    if (status == IPAM_OK && kind)
        status = keep(ctx->path, kind, ret_kept, room, err);
    if (status != IPAM_OK)
        return status;
    if (rename(new, ctx->path) < 0)
        return fail(err, ctx->path, "put the new file in its place");
    return sync_folder(ctx->path, err);
}

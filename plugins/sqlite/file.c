/* file.c - the folder, the lock and the database file before SQLite touches them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int32_t refuse_errno(struct sq_error *err, const char *path, const char *what, const char *todo)
{
    int number = errno;
    int32_t status = IPAM_E_IO;

    if (number == EACCES || number == EPERM || number == EROFS)
        status = IPAM_E_ACCESS;
    else if (number == ENOENT || number == ENOTDIR || number == ELOOP)
        status = IPAM_E_CONFIG;
    else if (number == ENOSPC || number == EDQUOT)
        status = IPAM_E_NOSPC;
    errno = number;
    return sq_refuse(err, status, "%s: %s: %m; %s", path, what, todo);
}

/* What is inside is nobody else's business, and whoever may write here may change the plan. */
static int32_t check_owner(const char *path, const struct stat *st, mode_t mode, struct sq_error *err)
{
    if (st->st_uid != geteuid())
        return sq_refuse(err, IPAM_E_ACCESS,
                         "%s: it belongs to user %u, not to user %u the service runs as; chown it", path,
                         (unsigned)st->st_uid, (unsigned)geteuid());
    if (st->st_mode & 077)
        return sq_refuse(err, IPAM_E_ACCESS, "%s: mode %04o lets other users in; chmod %04o it", path,
                         (unsigned)st->st_mode & 07777, (unsigned)mode);
    return IPAM_OK;
}

static int32_t open_folder(const char *path, int *ret_fd, struct sq_error *err)
{
    char folder[PATH_MAX];
    struct stat st;
    const char *slash = strrchr(path, '/');

    if (path[0] != '/' || slash[1] == '\0' || strlen(path) + sizeof("-journal") > sizeof(folder))
        return sq_refuse(err, IPAM_E_CONFIG, "%s: option path must be the absolute path of a file", path);
    snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return refuse_errno(err, folder, "cannot open the folder",
                            "create it with mode 0700 for the service's user");
    int32_t status = fstat(fd, &st) < 0
                         ? refuse_errno(err, folder, "cannot read its mode", "check the file system")
                         : check_owner(folder, &st, 0700, err);
    if (status != IPAM_OK)
        close(fd);
    else
        *ret_fd = fd;
    return status;
}

static int32_t refuse_second(const char *path, int fd, struct sq_error *err)
{
    char pid[24];
    ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

    pid[n > 0 ? n : 0] = '\0';
    pid[strcspn(pid, "\n")] = '\0';
    return sq_refuse(err, IPAM_E_BUSY,
                     "%s: another process (pid %s) has this database; stop it first, or let option path name "
                     "another file",
                     path, pid[0] ? pid : "unknown");
}

/* flock is tied to the open file, not to the process: it ends with us even by SIGKILL, and SQLite's own fcntl
 * locks, which any close of the database file would drop, stay out of it. */
static int32_t take_lock(const char *path, int *ret_fd, struct sq_error *err)
{
    char name[PATH_MAX], pid[24];
    struct stat st;

    snprintf(name, sizeof(name), "%s.lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse_errno(err, name, "cannot open the lock file",
                            "make the folder writable for the service's user");
    int32_t status = fstat(fd, &st) < 0
                         ? refuse_errno(err, name, "cannot read its mode", "check the file system")
                         : check_owner(name, &st, 0600, err);
    if (status == IPAM_OK && flock(fd, LOCK_EX | LOCK_NB) < 0)
        status = errno == EWOULDBLOCK
                     ? refuse_second(path, fd, err)
                     : refuse_errno(err, name, "cannot lock it", "use a file system that has flock");
    if (status != IPAM_OK) {
        close(fd);
        return status;
    }
    int len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)len, 0) < 0)
        ftruncate(fd, 0); /* the pid is for people only: a full disk must not keep the service from reading */
    *ret_fd = fd;
    return IPAM_OK;
}

/* A log without its database is what is left of one. */
static int32_t no_stray_log(const char *path, struct sq_error *err)
{
    char wal[PATH_MAX];
    struct stat st;

    snprintf(wal, sizeof(wal), "%s-wal", path);
    if (lstat(wal, &st) == 0 && st.st_size > 0)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "%s: the database is missing, but its log %s is there; put the database back, or "
                         "move the log away",
                         path, wal);
    return IPAM_OK;
}

/* A new file is made by us, so that its mode is right from the first moment and its name is on disk before
 * anything in it is called durable. */
static int32_t create(const char *path, int folder, struct sq_error *err)
{
    int32_t status = no_stray_log(path, err);

    if (status != IPAM_OK)
        return status;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse_errno(err, path, "cannot create it", "make the folder writable for the service's user");
    close(fd);
    if (fsync(folder) < 0)
        return refuse_errno(err, path, "cannot sync its folder", "check the disk");
    return IPAM_OK;
}

static int32_t check_file(const char *path, int folder, bool as_is, struct sq_error *err)
{
    struct stat st;

    if (lstat(path, &st) < 0 && errno == ENOENT && as_is) {
        int32_t status = no_stray_log(path, err);

        return status != IPAM_OK ? status
                                 : sq_refuse(err, IPAM_E_NOENT,
                                             "%s: there is no database yet; the first start makes it", path);
    }
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? create(path, folder, err)
                               : refuse_errno(err, path, "cannot look at it", "check the file system");
    if (!S_ISREG(st.st_mode))
        return sq_refuse(err, IPAM_E_CONFIG, "%s: it is no regular file; let option path name one", path);
    return check_owner(path, &st, 0600, err);
}

int32_t sq_file_claim(const char *path, bool as_is, int *ret_lock, struct sq_error *err)
{
    int folder, lock;
    int32_t status = open_folder(path, &folder, err);

    if (status != IPAM_OK)
        return status;
    status = take_lock(path, &lock, err);
    if (status == IPAM_OK) {
        status = check_file(path, folder, as_is, err);
        if (status == IPAM_OK)
            *ret_lock = lock;
        else
            close(lock);
    }
    close(folder);
    return status;
}

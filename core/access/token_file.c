/* token_file.c - files with a token of the configuration: made, read, made anew.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "ipam/status.h"

#define TOKEN_BYTES  32
#define TOKEN_PREFIX "ipam_"
#define TOKEN_MIN    16
#define PATH_MOST    4200

/* Makes a new secret in a new file, durable before it is used. */
int token_make(const char *path, char *secret, size_t *ret_len, char *err)
{
    uint8_t raw[TOKEN_BYTES];
    char hex[2 * TOKEN_BYTES + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        snprintf(err, TOKEN_ERR,
                 "cannot make token file %s: %s; create its folder, writable by this user alone", path,
                 strerror(errno));
        return IPAM_E_CONFIG;
    }
    randombytes_buf(raw, sizeof(raw));
    sodium_bin2hex(hex, sizeof(hex), raw, sizeof(raw));
    int len = snprintf(secret, TOKEN_FILE_MAX, TOKEN_PREFIX "%s", hex);
    bool ok = write(fd, secret, (size_t)len) == len && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    sodium_memzero(raw, sizeof(raw));
    sodium_memzero(hex, sizeof(hex));
    if (!ok) {
        unlink(path);
        snprintf(err, TOKEN_ERR, "cannot write token file %s: %s", path, strerror(saved));
        return IPAM_E_IO;
    }
    *ret_len = (size_t)len;
    return 0;
}

/* What a client can send as a bearer token (RFC 6750 2.1, read generously): visible ASCII without a space. */
static bool is_token(const char *secret, ssize_t len)
{
    for (ssize_t i = 0; i < len; i++)
        if (secret[i] <= ' ' || secret[i] > '~')
            return false;
    return len >= TOKEN_MIN && len < TOKEN_FILE_MAX;
}

int token_read(int fd, const char *path, char *secret, size_t *ret_len, char *err)
{
    struct stat st;
    ssize_t n = -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0)
        n = read(fd, secret, TOKEN_FILE_MAX + 1);
    else {
        snprintf(err, TOKEN_ERR,
                 "token file %s must be a regular file that only its owner can read: chmod 600 it", path);
        return IPAM_E_CONFIG;
    }
    while (n > 0 && n <= TOKEN_FILE_MAX && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
        n--; /* a longer file may go on with anything */
    if (!is_token(secret, n)) {
        snprintf(err, TOKEN_ERR,
                 "token file %s must hold one token of %d to %d characters; delete it to get a new one", path,
                 TOKEN_MIN, TOKEN_FILE_MAX - 1);
        return IPAM_E_CONFIG;
    }
    *ret_len = (size_t)n;
    return 0;
}

/* Whose a file is; of one that is not there its folder's. */
static bool owner_of(const char *path, struct stat *ret)
{
    char folder[PATH_MOST];
    const char *slash = strrchr(path, '/');
    if (lstat(path, ret) == 0)
        return true;
    snprintf(folder, sizeof(folder), "%.*s/.", slash != NULL ? (int)(slash - path) : 0, path);
    return stat(folder, ret) == 0;
}

/* A new secret in place of the one in a file, of the same owner. At no moment is there half of one. */
int token_renew(const char *path, char *secret, char *err)
{
    char next[PATH_MOST];
    struct stat st;
    size_t len = 0;
    snprintf(next, sizeof(next), "%s.new", path);
    unlink(next);
    int rc = token_make(next, secret, &len, err);
    if (rc != 0)
        return rc;
    secret[len] = '\0';
    if (!owner_of(path, &st) || (st.st_uid != geteuid() && lchown(next, st.st_uid, st.st_gid) != 0) ||
        rename(next, path) != 0) {
        snprintf(err, TOKEN_ERR, "cannot put a new token into %s: %s", path, strerror(errno));
        unlink(next);
        return IPAM_E_IO;
    }
    return 0;
}

int access_recover_file(const char *path, char *err)
{
    char secret[TOKEN_FILE_MAX + 1], mark[PATH_MOST];
    int rc = token_renew(path, secret, err), fd;
    sodium_memzero(secret, sizeof(secret));
    if (rc != 0)
        return rc;
    snprintf(mark, sizeof(mark), "%s.recovered", path);
    fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && close(fd) == 0)
        return 0;
    snprintf(err, TOKEN_ERR, "the token in %.160s is new, but %.160s could not be made: %s", path, mark,
             strerror(errno));
    return IPAM_E_IO;
}

bool access_was_recovered(const char *path)
{
    char mark[PATH_MOST];
    snprintf(mark, sizeof(mark), "%s.recovered", path);
    return unlink(mark) == 0;
}

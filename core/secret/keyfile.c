/* keyfile.c - files of master keys: read, made, exchanged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipam/status.h"

#define HEX_BYTES (2 * MASTER_KEY_BYTES)

static int refuse(char *err, const char *path, const char *why)
{
    snprintf(err, KEYFILE_ERR, "master key %.300s: %.180s", path, why);
    return IPAM_E_CONFIG;
}

bool keyfile_take(const uint8_t *text, size_t len, uint8_t ret[MASTER_KEY_BYTES])
{
    size_t got;
    if (len == MASTER_KEY_BYTES) {
        memcpy(ret, text, len);
        return true;
    }
    if (len == HEX_BYTES + 1 && text[HEX_BYTES] == '\n')
        len--;
    return len == HEX_BYTES &&
           sodium_hex2bin(ret, MASTER_KEY_BYTES, (const char *)text, len, NULL, &got, NULL) == 0 &&
           got == MASTER_KEY_BYTES;
}

int keyfile_read(const char *path, bool own, uint8_t ret[MASTER_KEY_BYTES], char *err)
{
    uint8_t text[HEX_BYTES + 2];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc = 0;
    if (fd < 0 && errno == ENOENT) {
        refuse(err, path, "there is no such file; put the key back there");
        return IPAM_E_NOENT;
    }
    if (fd < 0)
        return refuse(err, path,
                      errno == ELOOP ? "it is a symbolic link; name the file itself" : strerror(errno));
    ssize_t n = fstat(fd, &st) == 0 ? read(fd, text, sizeof(text)) : -1;
    if (n < 0)
        rc = refuse(err, path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = refuse(err, path, "it is no regular file; name a file");
    else if (own && (st.st_mode & 077) != 0)
        rc = refuse(err, path,
                    "others may read it: chmod 600 the file, and rotate the key if it may have been read");
    else if (own && st.st_uid != geteuid() && st.st_uid != 0)
        rc = refuse(err, path, "it belongs to somebody else; chown it to the service's user");
    else if (!keyfile_take(text, (size_t)n, ret))
        rc = refuse(err, path,
                    "it holds no key: 32 bytes or 64 hex digits are expected; put the right file there");
    close(fd);
    sodium_memzero(text, sizeof(text));
    return rc;
}

/* What is in the folder of a file is durable. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof(folder), "%.*s", slash > path ? (int)(slash - path) : 1,
             slash != NULL ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0)
        close(fd);
    return rc;
}

/* The new file under its own name, all at once: a crash leaves no half key there. */
static int write_key(const char *path, const char *draft, const uint8_t *hex, size_t len)
{
    unlink(draft); /* of a start that was cut short */
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    int why = write(fd, hex, len) == (ssize_t)len && fsync(fd) == 0 && link(draft, path) == 0 ? 0 : errno;
    close(fd);
    unlink(draft);
    return why == 0 && sync_folder(path) != 0 ? errno : why;
}

int keyfile_make(const char *path, uint8_t ret[MASTER_KEY_BYTES], char *err)
{
    char hex[HEX_BYTES + 1], draft[PATH_MAX];
    if (sodium_init() < 0)
        return refuse(err, path, "the library of ciphers cannot be used; see the log of the system");
    if (snprintf(draft, sizeof(draft), "%s.new", path) >= (int)sizeof(draft))
        return refuse(err, path, "the path is too long; name a shorter one");
    randombytes_buf(ret, MASTER_KEY_BYTES);
    sodium_bin2hex(hex, sizeof(hex), ret, MASTER_KEY_BYTES);
    hex[HEX_BYTES] = '\n';
    int why = write_key(path, draft, (const uint8_t *)hex, sizeof(hex));
    sodium_memzero(hex, sizeof(hex));
    return why == 0 ? 0 : refuse(err, path, strerror(why));
}

int keyfile_exchange(const char *path, const char *next, const char *old, char *err)
{
    if (link(path, old) != 0 && errno != EEXIST)
        return refuse(err, path, strerror(errno));
    if (sync_folder(path) != 0 || rename(next, path) != 0 || sync_folder(path) != 0)
        return refuse(err, next, strerror(errno));
    return 0;
}

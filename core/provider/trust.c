/* trust.c - whether a plugin's file may be loaded.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The plain path is handed to dlopen afterwards: what only root can write does not change between check and
 * use. */
#include "config.h"

#include "provider/trust.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipam/status.h"
#include "provider/reason.h"

#define SEGMENTS_MAX 256 /* program headers; real modules have about ten */

bool trust_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len >= 1 && len <= PLUGIN_NAME_MAX && name[len] == '\0';
}

static bool trusted_owner(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

static const char *right_owner(void)
{
    return geteuid() == 0 ? "root" : "root or the user who starts ipamd";
}

static int errno_refusal(const char *what, const char *path, char *err)
{
    char text[64];
    int error = errno;
    const char *reason = strerror_r(error, text, sizeof(text));

    if (error == ENOENT)
        return refuse(IPAM_E_NOENT, err,
                      "there is no %s %s: install the plugin, or correct its name in the configuration", what,
                      path);
    return refuse(IPAM_E_ACCESS, err,
                  "cannot examine the %s %s: %s; let this user search the folders above it", what, path,
                  reason);
}

static int check_folder(const char *path, char *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno_refusal("folder", path, err);
    if (S_ISLNK(st.st_mode))
        return refuse(IPAM_E_ACCESS, err, "%s is a symbolic link: install ipamd under a path without links",
                      path);
    if (!S_ISDIR(st.st_mode))
        return refuse(IPAM_E_ACCESS, err, "%s is not a folder: reinstall ipamd", path);
    if (!trusted_owner(st.st_uid))
        return refuse(IPAM_E_ACCESS, err,
                      "the folder %s belongs to user %u, who could exchange plugins: chown it to %s", path,
                      (unsigned)st.st_uid, right_owner());
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
        return refuse(IPAM_E_ACCESS, err,
                      "the folder %s is writable by others (mode %04o), who could exchange plugins: "
                      "chmod go-w %s",
                      path, (unsigned)(st.st_mode & 07777), path);
    return 0;
}

/* Each folder from / down to `dir`, which is absolute. */
static int check_folders(const char *dir, char *err)
{
    char path[PATH_MAX];
    size_t len = strlen(dir);

    if (dir[0] != '/' || len >= sizeof(path))
        return refuse(IPAM_E_ACCESS, err,
                      "the plugin folder '%.200s' is no absolute path: build ipamd with an absolute --prefix",
                      dir);
    memcpy(path, dir, len + 1);
    for (size_t i = 0; i <= len; i++) {
        char after = path[i == 0 ? 1 : i];
        int status;

        if (i > 0 && path[i] != '/' && path[i] != '\0')
            continue;
        path[i == 0 ? 1 : i] = '\0';
        status = check_folder(path, err);
        path[i == 0 ? 1 : i] = after;
        if (status < 0)
            return status;
    }
    return 0;
}

static int check_file(const struct stat *st, const char *path, char *err)
{
    if (S_ISLNK(st->st_mode))
        return refuse(IPAM_E_ACCESS, err, "%s is a symbolic link: put the plugin's file itself there", path);
    if (!S_ISREG(st->st_mode))
        return refuse(IPAM_E_ACCESS, err, "%s is not a regular file: put the plugin's file there", path);
    if (!trusted_owner(st->st_uid))
        return refuse(IPAM_E_ACCESS, err, "%s belongs to user %u, who could change it: chown it to %s", path,
                      (unsigned)st->st_uid, right_owner());
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return refuse(IPAM_E_ACCESS, err, "%s is writable by others (mode %04o): chmod go-w %s", path,
                      (unsigned)(st->st_mode & 07777), path);
    if (st->st_nlink != 1)
        return refuse(IPAM_E_ACCESS, err,
                      "%s has %lu hard links, so it can be changed under another name: install a copy", path,
                      (unsigned long)st->st_nlink);
    return 0;
}

static bool read_at(int fd, void *buf, size_t len, uint64_t offset)
{
    return pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

/* The header must be that of a shared object for this machine (compared with our own), and no segment may
 * reach beyond the end of the file: the loader would map it and die of SIGBUS. */
static int check_elf(int fd, uint64_t size, const char *path, char *err)
{
    ElfW(Ehdr) eh, own;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool known = self >= 0 && read_at(self, &own, sizeof(own), 0);

    if (self >= 0)
        close(self);
    if (!read_at(fd, &eh, sizeof(eh), 0) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0)
        return refuse(IPAM_E_CONFIG, err, "%s is no ELF file: reinstall the plugin", path);
    if (eh.e_type != ET_DYN)
        return refuse(IPAM_E_CONFIG, err, "%s is no shared object (ELF type %u): reinstall the plugin", path,
                      (unsigned)eh.e_type);
    if (known && (memcmp(eh.e_ident, own.e_ident, EI_OSABI) != 0 || eh.e_machine != own.e_machine))
        return refuse(IPAM_E_CONFIG, err,
                      "%s is built for another machine (ELF machine %u): install the package for this one",
                      path, (unsigned)eh.e_machine);
    if (eh.e_phentsize != sizeof(ElfW(Phdr)) || eh.e_phnum == 0 || eh.e_phnum > SEGMENTS_MAX)
        return refuse(IPAM_E_CONFIG, err, "%s has a damaged ELF header: reinstall the plugin", path);
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        ElfW(Phdr) ph;

        if (eh.e_phoff > size || !read_at(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) ||
            ph.p_offset > size || ph.p_filesz > size - ph.p_offset)
            return refuse(IPAM_E_CONFIG, err, "%s is cut off (%llu bytes): reinstall the plugin", path,
                          (unsigned long long)size);
    }
    return 0;
}

int trust_check(const char *dir, const char *name, char ret_path[PATH_MAX], char *err)
{
    char path[PATH_MAX];
    struct stat st;
    int fd = -1, status;

    if (!trust_name(name))
        return refuse(IPAM_E_INVAL, err,
                      "'%.64s' is no plugin name: write its bare name, 1 to %d of a-z, 0-9 and -", name,
                      PLUGIN_NAME_MAX);
    status = check_folders(dir, err);
    if (status < 0)
        return status;
    if (snprintf(path, sizeof(path), "%s/%s.so", dir, name) >= (int)sizeof(path))
        return refuse(IPAM_E_ACCESS, err,
                      "the path of the plugin folder is too long: build ipamd with a shorter --prefix");
    if (lstat(path, &st) < 0)
        return errno_refusal("plugin", path, err);
    status = check_file(&st, path, err);
    if (status < 0)
        return status;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        status = errno_refusal("plugin", path, err);
        goto out;
    }
    status = check_file(&st, path, err); /* again: this is the file that is read */
    if (status == 0)
        status = check_elf(fd, (uint64_t)st.st_size, path, err);
    if (status == 0)
        memcpy(ret_path, path, strlen(path) + 1);
out:
    if (fd >= 0)
        close(fd);
    return status;
}

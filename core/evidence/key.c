/* key.c - the signing key in its file.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "evidence/evidence_p.h"

#define KEY_FILE_MOST 512

static bool make_key(const char *path, struct signer *ret, char why[WHY])
{
    struct strbuf text;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good;
    if (fd < 0) {
        snprintf(why, WHY,
                 "%s: the audit key cannot be made: %s; name a file in a folder that ipamd may write", path,
                 strerror(errno));
        return false;
    }
    strbuf_init(&text, KEY_FILE_MOST);
    proof_key_new(ret->secret, ret->public);
    proof_key_print(ret->secret, &text);
    good = write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    if (!good) {
        snprintf(why, WHY, "%s: the audit key cannot be written: %s", path, strerror(errno));
        unlink(path);
    }
    proof_wipe(text.data, text.len);
    strbuf_fini(&text);
    close(fd);
    if (good)
        log_event(LOG_NOTE_, "audit-key-made", "the key that signs checkpoints of the change log is in %s",
                  path);
    ret->there = good;
    return good;
}

static bool read_key(int fd, const char *path, struct signer *ret, char why[WHY])
{
    char text[KEY_FILE_MOST];
    struct stat st;
    ssize_t n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 0077) != 0) {
        snprintf(why, WHY, "%s: the audit key may be read by others, or is no file; chmod 0600 it", path);
        return false;
    }
    n = read(fd, text, sizeof(text));
    ret->there = n > 0 && proof_key_read((struct ipam_str){ text, (size_t)n }, ret->secret, ret->public) == 0;
    proof_wipe(text, sizeof(text));
    if (!ret->there)
        snprintf(why, WHY,
                 "%s: there is no audit key in it; expected \"ipam-audit-key-1 \" and 64 digits, as ipamd "
                 "makes it",
                 path);
    return ret->there;
}

bool key_load(const char *path, bool make, struct signer *ret, char why[WHY])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool good;
    if (fd < 0 && errno == ENOENT && make)
        return make_key(path, ret, why);
    if (fd < 0) {
        snprintf(why, WHY, "%s: the audit key cannot be read: %s", path, strerror(errno));
        return false;
    }
    good = read_key(fd, path, ret, why);
    close(fd);
    return good;
}

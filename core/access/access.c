/* access.c - tokens, unix peers, two roles.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A token is kept as its BLAKE2b-256 digest: it has 256 random bits, so no slow hash is needed. */
#include "access/access.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "ipam/status.h"

#define DIGEST_BYTES   ACCESS_DIGEST_BYTES
#define TOKEN_BYTES    32
#define TOKEN_PREFIX   "ipam_"
#define TOKEN_MIN      16
#define TOKEN_FILE_MAX 512
#define ERR_MAX        512

struct token {
    struct token *next;
    char name[48];
    enum role role;
    uint8_t digest[DIGEST_BYTES];
};

struct peer {
    struct peer *next;
    uid_t uid;
    enum role role;
};

struct access {
    struct token *tokens;
    struct peer *peers;
};

/* clang-format off: a macro of two rows is no block */
#define OPS(noun)                                                                                            \
    { noun ".read", true }, { noun ".create", false }, { noun ".change", false },                            \
    {                                                                                                        \
        noun ".delete", false                                                                                \
    }
/* clang-format on */
const struct operation access_operations[] = {
    OPS("ipam.space"),
    OPS("ipam.block"),
    OPS("ipam.subnet"),
    OPS("ipam.range"),
    OPS("ipam.address"),
    { "ipam.address.allocate", false },
    OPS("inventory.server"),
    { "inventory.server.probe", false },
    { "inventory.server.collect", false },
    { "dhcp.scope.read", true },
    OPS("dhcp.reservation"),
    { "dhcp.lease.read", true },
    { "manage.plan.read", true },
    { "manage.plan.resume", false },
    { "system.job.read", true },
    { "system.job.cancel", false },
    { "system.plugin.read", true },
    { "audit.change.read", true },
    { NULL, false },
};

const struct operation *access_operation(const char *name)
{
    for (const struct operation *op = access_operations; op->name != NULL; op++)
        if (strcmp(op->name, name) == 0)
            return op;
    return NULL;
}

struct access *access_new(void)
{
    if (sodium_init() < 0)
        abort(); /* no random numbers: nothing here could be trusted */
    return xcalloc(1, sizeof(struct access));
}

void access_free(struct access *a)
{
    if (a == NULL)
        return;
    for (struct token *t = a->tokens, *next; t != NULL; t = next) {
        next = t->next;
        free(t);
    }
    for (struct peer *p = a->peers, *next; p != NULL; p = next) {
        next = p->next;
        free(p);
    }
    free(a);
}

void access_digest(const void *data, size_t len, uint8_t ret[ACCESS_DIGEST_BYTES])
{
    crypto_generichash(ret, DIGEST_BYTES, data, len, NULL, 0);
}

/* Makes a new secret in a new file, durable before it is used. */
static int token_make(const char *path, char *secret, size_t *ret_len, char *err)
{
    uint8_t raw[TOKEN_BYTES];
    char hex[2 * TOKEN_BYTES + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        snprintf(err, ERR_MAX,
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
        snprintf(err, ERR_MAX, "cannot write token file %s: %s", path, strerror(saved));
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

static int token_read(int fd, const char *path, char *secret, size_t *ret_len, char *err)
{
    struct stat st;
    ssize_t n = -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0)
        n = read(fd, secret, TOKEN_FILE_MAX);
    else {
        snprintf(err, ERR_MAX,
                 "token file %s must be a regular file that only its owner can read: chmod 600 it", path);
        return IPAM_E_CONFIG;
    }
    while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
        n--;
    if (!is_token(secret, n)) {
        snprintf(err, ERR_MAX,
                 "token file %s must hold one token of %d to %d characters; delete it to get a new one", path,
                 TOKEN_MIN, TOKEN_FILE_MAX - 1);
        return IPAM_E_CONFIG;
    }
    *ret_len = (size_t)n;
    return 0;
}

int access_add_token(struct access *a, const char *name, enum role role, const char *path, bool *ret_made,
                     char *err)
{
    char secret[TOKEN_FILE_MAX + 1];
    size_t len = 0;
    int rc,
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* a pipe must not stop the start */
    bool made = fd < 0 && errno == ENOENT;
    if (made) {
        rc = token_make(path, secret, &len, err);
    } else if (fd < 0 && errno == ELOOP) {
        snprintf(err, ERR_MAX, "token file %s is a symbolic link; name the file itself", path);
        rc = IPAM_E_CONFIG;
    } else if (fd < 0) {
        snprintf(err, ERR_MAX, "cannot read token file %s: %s", path, strerror(errno));
        rc = IPAM_E_CONFIG;
    } else {
        rc = token_read(fd, path, secret, &len, err);
        close(fd);
    }
    if (rc != 0) {
        sodium_memzero(secret, sizeof(secret));
        return rc;
    }
    struct token *t = xcalloc(1, sizeof(*t));
    snprintf(t->name, sizeof(t->name), "%s", name);
    t->role = role;
    access_digest(secret, len, t->digest);
    sodium_memzero(secret, sizeof(secret));
    t->next = a->tokens;
    a->tokens = t;
    *ret_made = made;
    return 0;
}

void access_add_peer(struct access *a, uid_t uid, enum role role)
{
    struct peer *p = xcalloc(1, sizeof(*p));
    p->uid = uid;
    p->role = role;
    p->next = a->peers;
    a->peers = p;
}

void access_exchange(struct access *a, struct access *from)
{
    struct access before = *a;
    *a = *from;
    *from = before;
}

enum role access_role(struct ipam_str name)
{
    if (str_is(name, "administrator"))
        return ROLE_ADMINISTRATOR;
    return str_is(name, "reader") ? ROLE_READER : ROLE_NONE;
}

const char *access_role_name(enum role r)
{
    return r == ROLE_ADMINISTRATOR ? "administrator" : r == ROLE_READER ? "reader" : "none";
}

bool access_identify(const struct access *a, struct ipam_str bearer, bool local, uid_t uid,
                     struct principal *ret)
{
    const struct token *found = NULL;
    uint8_t d[DIGEST_BYTES];
    if (bearer.data != NULL) {
        access_digest(bearer.data, bearer.len, d);
        for (const struct token *t = a->tokens; t != NULL; t = t->next)
            if (sodium_memcmp(d, t->digest, sizeof(d)) == 0)
                found = t;
        if (found == NULL)
            return false;
        snprintf(ret->name, sizeof(ret->name), "token:%s", found->name);
        ret->role = found->role;
        return true;
    }
    if (!local)
        return false;
    enum role role = uid == 0 ? ROLE_ADMINISTRATOR : ROLE_NONE;
    for (const struct peer *p = a->peers; p != NULL; p = p->next)
        if (p->uid == uid)
            role = p->role;
    if (role == ROLE_NONE)
        return false;
    snprintf(ret->name, sizeof(ret->name), "uid:%u", (unsigned)uid);
    ret->role = role;
    return true;
}

bool access_allows(const struct principal *who, const struct operation *op)
{
    return who->role == ROLE_ADMINISTRATOR || (who->role == ROLE_READER && op->reads);
}

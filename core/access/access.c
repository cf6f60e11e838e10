/* access.c - tokens and unix peers, and the role each has.
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
#include <unistd.h>

#include "access/cert.h"
#include "access/token_file.h"
#include "base/arena.h"
#include "ipam/status.h"

#define DIGEST_BYTES ACCESS_DIGEST_BYTES

struct token {
    struct token *next;
    char name[48];
    const struct role *role;
    char *path;
    uint8_t digest[DIGEST_BYTES];
};

struct peer {
    struct peer *next;
    uid_t uid;
    const struct role *role;
    char *user; /* NULL: none */
};

struct access {
    struct token *tokens;
    struct peer *peers;
    struct cert_line *certs;
};

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
        free(t->path);
        free(t);
    }
    for (struct peer *p = a->peers, *next; p != NULL; p = next) {
        next = p->next;
        free(p->user);
        free(p);
    }
    cert_free(a->certs);
    free(a);
}

void access_digest(const void *data, size_t len, uint8_t ret[ACCESS_DIGEST_BYTES])
{
    crypto_generichash(ret, DIGEST_BYTES, data, len, NULL, 0);
}

int access_add_token(struct access *a, const char *name, const struct role *role, const char *path,
                     bool *ret_made, char *err)
{
    char secret[TOKEN_FILE_MAX + 1];
    size_t len = 0;
    int rc,
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* a pipe must not stop the start */
    bool made = fd < 0 && errno == ENOENT;
    if (made) {
        rc = token_make(path, secret, &len, err);
    } else if (fd < 0 && errno == ELOOP) {
        snprintf(err, TOKEN_ERR, "token file %s is a symbolic link; name the file itself", path);
        rc = IPAM_E_CONFIG;
    } else if (fd < 0) {
        snprintf(err, TOKEN_ERR, "cannot read token file %s: %s", path, strerror(errno));
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
    t->path = xstrdup(path);
    access_digest(secret, len, t->digest);
    sodium_memzero(secret, sizeof(secret));
    t->next = a->tokens;
    a->tokens = t;
    *ret_made = made;
    return 0;
}

void access_add_peer(struct access *a, uid_t uid, const struct role *role, const char *user)
{
    struct peer *p = xcalloc(1, sizeof(*p));
    p->uid = uid;
    p->role = role;
    p->user = user != NULL ? xstrdup(user) : NULL;
    p->next = a->peers;
    a->peers = p;
}

struct cert_line **access_certificates(struct access *a)
{
    return &a->certs;
}

void access_exchange(struct access *a, struct access *from)
{
    struct access before = *a;
    *a = *from;
    *from = before;
}

bool access_same(const struct access *a, const struct access *b)
{
    const struct token *t = a->tokens, *u = b->tokens;
    const struct peer *p = a->peers, *q = b->peers;
    while (t != NULL && u != NULL && t->role == u->role && strcmp(t->name, u->name) == 0 &&
           sodium_memcmp(t->digest, u->digest, sizeof(t->digest)) == 0)
        t = t->next, u = u->next;
    while (p != NULL && q != NULL && p->uid == q->uid && p->role == q->role &&
           strcmp(p->user != NULL ? p->user : "", q->user != NULL ? q->user : "") == 0)
        p = p->next, q = q->next;
    return t == NULL && u == NULL && p == NULL && q == NULL && cert_same(a->certs, b->certs);
}

static struct principal of_token(const struct token *t)
{
    struct principal who = { .role = t->role };
    snprintf(who.name, sizeof(who.name), "token:%s", t->name);
    return who;
}

/* A peer may be a user of ours, or a unix user with a role. */
static struct principal of_peer(uid_t uid, const struct peer *p)
{
    struct principal who = { .role = p != NULL ? p->role : access_role(IPAM_STR("administrator")) };
    if (p != NULL && p->user != NULL)
        snprintf(who.name, sizeof(who.name), "user:%s", p->user);
    else
        snprintf(who.name, sizeof(who.name), "uid:%u", (unsigned)uid);
    return who;
}

void access_each_configured(const struct access *a, void (*fn)(void *user, const struct principal *who),
                            void *user)
{
    struct principal one;
    bool root = false;
    for (const struct token *t = a->tokens; t != NULL; t = t->next) {
        one = of_token(t);
        fn(user, &one);
    }
    for (const struct peer *p = a->peers; p != NULL; p = p->next) {
        one = of_peer(p->uid, p);
        root = root || p->uid == 0;
        fn(user, &one);
    }
    if (!root) {
        one = of_peer(0, NULL);
        fn(user, &one);
    }
    cert_each(a->certs, fn, user);
}

/* By the unix user. */
static bool identify_peer(const struct access *a, uid_t uid, struct principal *ret)
{
    const struct peer *found = NULL;
    for (const struct peer *p = a->peers; p != NULL; p = p->next)
        if (p->uid == uid)
            found = p;
    if (found == NULL && uid != 0)
        return false;
    *ret = of_peer(uid, found);
    return true;
}

bool access_identify(const struct access *a, struct ipam_str bearer, bool local, uid_t uid,
                     struct principal *ret)
{
    const struct token *found = NULL;
    uint8_t d[DIGEST_BYTES];
    if (bearer.data == NULL)
        return local && identify_peer(a, uid, ret);
    access_digest(bearer.data, bearer.len, d);
    for (const struct token *t = a->tokens; t != NULL; t = t->next)
        if (sodium_memcmp(d, t->digest, sizeof(d)) == 0)
            found = t;
    if (found == NULL)
        return false;
    *ret = of_token(found);
    return true;
}

/* --- recovery --- */

/* The first of the file is the last of the list. */
static struct token *administrators_token(struct access *a)
{
    const struct role *admin = access_role(IPAM_STR("administrator"));
    struct token *first = NULL;
    for (struct token *t = a->tokens; t != NULL; t = t->next)
        if (t->role == admin)
            first = t;
    return first;
}

bool access_administrator(struct access *a, const char **ret_name, const char **ret_path)
{
    const struct token *t = administrators_token(a);
    if (t == NULL)
        return false;
    *ret_name = t->name;
    *ret_path = t->path;
    return true;
}

int access_recover(struct access *a, const char **ret_name, const char **ret_path, char *err)
{
    char secret[TOKEN_FILE_MAX + 1];
    uint8_t digest[DIGEST_BYTES];
    struct token *t = administrators_token(a);
    if (t == NULL) {
        snprintf(err, TOKEN_ERR,
                 "no token of the configuration has the role administrator: add a line to \"tokens\"");
        return IPAM_E_CONFIG;
    }
    int rc = token_renew(t->path, secret, err);
    if (rc == 0) {
        access_digest(secret, strlen(secret), digest);
        memcpy(t->digest, digest, sizeof(digest));
        *ret_name = t->name;
        *ret_path = t->path;
    }
    sodium_memzero(secret, sizeof(secret));
    return rc;
}

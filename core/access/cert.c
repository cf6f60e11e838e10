/* cert.c - which principal a client's certificate is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct cert_line {
    struct cert_line *next;
    char name[57];
    const struct role *role;
    char user[65];   /* "": none */
    char sha256[65]; /* "": it is by the name below */
    enum http_cert_kind kind;
    char *value;
};

void cert_add(struct cert_line **table, const char *name, const struct role *role, const char *user,
              const char *sha256, enum http_cert_kind kind, const char *value)
{
    struct cert_line *l = xcalloc(1, sizeof(*l));
    snprintf(l->name, sizeof(l->name), "%s", name);
    snprintf(l->sha256, sizeof(l->sha256), "%s", sha256 != NULL ? sha256 : "");
    snprintf(l->user, sizeof(l->user), "%s", user != NULL ? user : "");
    l->role = role;
    l->kind = kind;
    l->value = sha256 != NULL ? NULL : xstrdup(value);
    l->next = *table;
    *table = l;
}

void cert_free(struct cert_line *table)
{
    for (struct cert_line *l = table, *next; l != NULL; l = next) {
        next = l->next;
        free(l->value);
        free(l);
    }
}

bool cert_same(const struct cert_line *a, const struct cert_line *b)
{
    while (a != NULL && b != NULL && a->role == b->role && a->kind == b->kind &&
           strcmp(a->name, b->name) == 0 && strcmp(a->user, b->user) == 0 &&
           strcmp(a->sha256, b->sha256) == 0 &&
           strcmp(a->value != NULL ? a->value : "", b->value != NULL ? b->value : "") == 0)
        a = a->next, b = b->next;
    return a == NULL && b == NULL;
}

static bool has_name(const struct http_cert *cert, const struct cert_line *l)
{
    for (size_t i = 0; i < cert->name_count; i++)
        if (cert->names[i].kind == l->kind && str_is(cert->names[i].value, l->value))
            return true;
    return false;
}

/* The line of its fingerprint. */
static const struct cert_line *by_fingerprint(const struct cert_line *table, const struct http_cert *cert)
{
    const struct cert_line *l = table;
    while (l != NULL && strcmp(l->sha256, cert->sha256) != 0)
        l = l->next;
    return l;
}

/* The line of its names; NULL as well when they lead to different principals. */
static const struct cert_line *by_name(const struct cert_line *table, const struct http_cert *cert)
{
    const struct cert_line *found = NULL;
    for (const struct cert_line *l = table; l != NULL; l = l->next) {
        if (l->value == NULL || !has_name(cert, l))
            continue;
        if (found != NULL && strcmp(found->name, l->name) != 0)
            return NULL;
        found = l;
    }
    return found;
}

static struct principal principal_of(const struct cert_line *l)
{
    struct principal who = { .role = l->role };
    snprintf(who.name, sizeof(who.name), "%s:%s", l->user[0] != '\0' ? "user" : "cert",
             l->user[0] != '\0' ? l->user : l->name);
    return who;
}

bool cert_find(const struct cert_line *table, const struct http_cert *cert, int64_t now_ms,
               struct principal *ret)
{
    const struct cert_line *l = by_fingerprint(table, cert);
    if (l == NULL)
        l = by_name(table, cert);
    if (l == NULL || now_ms > cert->until_ms)
        return false;
    *ret = principal_of(l);
    return true;
}

void cert_each(const struct cert_line *table, void (*fn)(void *user, const struct principal *who), void *user)
{
    for (const struct cert_line *l = table; l != NULL; l = l->next) {
        struct principal who = principal_of(l);
        fn(user, &who);
    }
}

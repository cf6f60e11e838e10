/* check.c - what is wrong between the entries of a configuration: twins, names that lead nowhere.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf_p.h"

static const char *profile_name(const struct conf *c, size_t i)
{
    return c->profiles[i].name;
}

static const char *plugin_name(const struct conf *c, size_t i)
{
    return c->plugins[i].name;
}

static const char *token_name(const struct conf *c, size_t i)
{
    return c->tokens[i].name;
}

static const char *token_file(const struct conf *c, size_t i)
{
    return c->tokens[i].file;
}

static const char *listener_name(const struct conf *c, size_t i)
{
    return c->listeners[i].address != NULL ? c->listeners[i].address : c->listeners[i].unix_path;
}

static bool is_any_port(const char *listener)
{
    size_t n = strlen(listener);
    return n > 2 && listener[0] != '/' && strcmp(listener + n - 2, ":0") == 0;
}

static size_t twin(const struct conf *c, size_t i, const char *(*name)(const struct conf *, size_t))
{
    for (size_t k = 0; k < i; k++)
        if (name(c, i) != NULL && name(c, k) != NULL && strcmp(name(c, i), name(c, k)) == 0)
            return k;
    return i;
}

static int check_storage(const struct conf *c, const char *path, conf_report report, void *user)
{
    char text[PATH_MAX + 128];
    if (c->storage.place.doc != NULL)
        return 0;
    snprintf(text, sizeof(text),
             "%s:1:1: \"storage\" is missing; add { \"plugin\": NAME, \"options\": { ... } }", path);
    report(user, text);
    return 1;
}

static int check_plugins(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->plugin_count; i++)
        if (twin(c, i, plugin_name) != i && ++problems)
            conf_problem(&c->plugins[i].place, report, user, "plugin \"%s\" is there twice; give it once",
                         c->plugins[i].name);
    return problems;
}

static int check_listeners(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->listener_count; i++)
        if (twin(c, i, listener_name) != i && !is_any_port(listener_name(c, i)) && ++problems)
            conf_problem(&c->listeners[i].place, report, user, "listener \"%s\" is there twice; give it once",
                         listener_name(c, i));
    return problems;
}

static int check_tokens(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->token_count; i++) {
        const struct conf_token *t = &c->tokens[i];
        if (twin(c, i, token_name) != i && ++problems)
            conf_problem(&t->place, report, user, "token \"%s\" is there twice; give each its own name",
                         t->name);
        if (twin(c, i, token_file) != i && ++problems)
            conf_problem(&t->place, report, user,
                         "file \"%s\" holds another token already; give each its own", t->file);
    }
    return problems;
}

static int check_peers(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->peer_count; i++)
        for (size_t k = 0; k < i; k++)
            if (c->peers[i].uid != CONF_NO_UID && c->peers[k].uid == c->peers[i].uid && ++problems)
                conf_problem(&c->peers[i].place, report, user, "uid %u is there twice; give it once",
                             (unsigned)c->peers[i].uid);
    return problems;
}

static bool asks_clients(const struct conf *c)
{
    for (size_t i = 0; i < c->listener_count; i++)
        if (c->listeners[i].tls.client_ca != NULL)
            return true;
    return false;
}

/* What a line makes of its client. */
static const char *cert_principal(const struct conf_cert *c)
{
    return c->role != NULL ? c->role : c->user != NULL ? c->user : "nothing";
}

/* One name may have several certificates, so that an old one goes when the new one is there. */
static int check_certificates(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    if (c->cert_count > 0 && !asks_clients(c) && ++problems)
        conf_problem(&c->certs[0].place, report, user,
                     "no listener asks clients for certificates; give one \"tls\" with a \"client_ca\"");
    for (size_t i = 0; i < c->cert_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct conf_cert *a = &c->certs[k], *b = &c->certs[i];
            const char *as = cert_principal(a), *bs = cert_principal(b);
            if (a->name == NULL || b->name == NULL || a->value == NULL || b->value == NULL)
                continue;
            if (a->kind == b->kind && strcmp(a->value, b->value) == 0 && ++problems)
                conf_problem(&b->place, report, user, "certificate %s \"%s\" is there twice; give it once",
                             conf_cert_kinds[b->kind], b->value);
            else if (strcmp(a->name, b->name) == 0 &&
                     (strcmp(as, bs) != 0 || (a->role == NULL) != (b->role == NULL)) && ++problems)
                conf_problem(&b->place, report, user,
                             "\"%s\" is there twice, as %s and as %s; give one name one role", b->name, as,
                             bs);
        }
    return problems;
}

static int check_profiles(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct conf_profile *p = &c->profiles[i];
        bool known = p->driver == NULL;
        if (twin(c, i, profile_name) != i && ++problems)
            conf_problem(&p->place, report, user, "profile \"%s\" is there twice; give each its own name",
                         p->name);
        for (size_t k = 0; !known && k < c->plugin_count; k++)
            known = c->plugins[k].name != NULL && strcmp(c->plugins[k].name, p->driver) == 0;
        if (!known && ++problems)
            conf_problem(&p->place, report, user,
                         "driver \"%s\" of profile \"%s\" is not among \"plugins\"; add it there", p->driver,
                         p->name != NULL ? p->name : "");
    }
    return problems;
}

static int check_identities(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->identity_count; i++) {
        const struct conf_identity *p = &c->identities[i];
        bool known = p->profile == NULL, twice = false;
        for (size_t k = 0; k < i; k++)
            twice = twice || (p->name != NULL && c->identities[k].name != NULL &&
                              strcmp(p->name, c->identities[k].name) == 0);
        for (size_t k = 0; !known && k < c->profile_count; k++)
            known = c->profiles[k].name != NULL && strcmp(c->profiles[k].name, p->profile) == 0;
        if (twice && ++problems)
            conf_problem(&p->place, report, user,
                         "identity provider \"%s\" is there twice; give each its own name", p->name);
        if (!known && ++problems)
            conf_problem(&p->place, report, user, "profile \"%s\" is not among \"profiles\"; add it there",
                         p->profile);
    }
    return problems;
}

static int check_reach(const struct conf *c, conf_report report, void *user)
{
    bool known = c->reach.profile == NULL;
    for (size_t k = 0; !known && k < c->profile_count; k++)
        known = c->profiles[k].name != NULL && strcmp(c->profiles[k].name, c->reach.profile) == 0;
    if (!known)
        conf_problem(&c->reach.place, report, user, "profile \"%s\" is not among \"profiles\"; add it there",
                     c->reach.profile);
    return !known;
}

/* Whoever copies the folder of the data would copy the key with it. */
static int check_master_key(const struct conf *c, conf_report report, void *user)
{
    struct ipam_str data = json_str(json_get(c->storage.options.value, "path"));
    const char *slash = data.data != NULL ? memrchr(data.data, '/', data.len) : NULL;
    size_t len = slash != NULL ? (size_t)(slash - data.data) + 1 : 0;
    if (c->master_key == NULL || len == 0 || strncmp(c->master_key, data.data, len) != 0)
        return 0;
    conf_problem(&c->master_key_place, report, user,
                 "master_key \"%.400s\" is in the folder of the data, which would be copied with it; name a "
                 "file elsewhere, such as /etc/ipamd/master.key",
                 c->master_key);
    return 1;
}

int conf_check(const struct conf *c, const char *path, conf_report report, void *user)
{
    return check_storage(c, path, report, user) + check_plugins(c, report, user) +
           check_listeners(c, report, user) + check_tokens(c, report, user) + check_peers(c, report, user) +
           check_certificates(c, report, user) + check_profiles(c, report, user) +
           check_identities(c, report, user) + check_reach(c, report, user) +
           check_master_key(c, report, user) + conf_check_audit(c, report, user);
}

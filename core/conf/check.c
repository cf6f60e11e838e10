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
            if (c->peers[k].role != NULL && c->peers[i].role != NULL && c->peers[k].uid == c->peers[i].uid &&
                ++problems)
                conf_problem(&c->peers[i].place, report, user, "uid %u is there twice; give it once",
                             (unsigned)c->peers[i].uid);
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

int conf_check(const struct conf *c, const char *path, conf_report report, void *user)
{
    return check_storage(c, path, report, user) + check_plugins(c, report, user) +
           check_listeners(c, report, user) + check_tokens(c, report, user) + check_peers(c, report, user) +
           check_profiles(c, report, user);
}

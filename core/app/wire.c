/* wire.c - what one subsystem lends another: secrets for providers, the collector's eyes for plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_p.h"

/* A name is one file name: no path leaves the credentials' folder. */
static bool name_is_plain(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL && strlen(name) <= 64;
}

/* systemd's credentials, systemd.exec(5): files in $CREDENTIALS_DIRECTORY. A newline at the end is not part
 * of the secret. */
static int credential(void *user, const char *name, uint8_t *buf, size_t cap)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char path[512];
    (void)user;
    if (dir == NULL || !name_is_plain(name) ||
        snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return IPAM_E_NOENT;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return IPAM_E_NOENT;
    ssize_t n = read(fd, buf, cap);
    bool more = n > 0 && (size_t)n == cap && read(fd, &(uint8_t){ 0 }, 1) != 0;
    close(fd);
    if (more) /* half a secret is none */
        return IPAM_E_TOOBIG;
    if (n > 0 && buf[n - 1] == '\n')
        n--;
    return n >= 0 ? (int)n : IPAM_E_NOENT;
}

/* The secrets that one set of options names. */
static void each_secret(const struct conf_place *options, const char *what, const char *name,
                        void (*each)(void *user, struct ipam_str secret, const char *owner), void *user)
{
    char owner[128];
    snprintf(owner, sizeof(owner), "%s%s%s", what, name[0] != '\0' ? " " : "", name);
    for (const struct json *o = json_first(options->value); o != NULL; o = json_next(o)) {
        struct ipam_str secret = json_str(json_get(o, "secret"));
        if (json_type(o) == JSON_OBJECT && secret.data != NULL)
            each(user, secret, owner);
    }
}

static void secret_uses(void *user, void (*each)(void *each_user, struct ipam_str secret, const char *owner),
                        void *each_user)
{
    const struct conf *c = ((const struct app *)user)->conf;
    each_secret(&c->storage.options, "storage", "", each, each_user);
    for (size_t i = 0; i < c->plugin_count; i++)
        each_secret(&c->plugins[i].options, "plugin", c->plugins[i].name, each, each_user);
    for (size_t i = 0; i < c->profile_count; i++)
        each_secret(&c->profiles[i].options, "profile", c->profiles[i].name, each, each_user);
}

static void secret_changed(void *user, struct ipam_str secret)
{
    struct app *a = user;
    fleet_secret_changed(a->fleet, secret);
    if (realms_need(identities_realms(a->identities), secret))
        app_open_realms(a);
    if (prober_needs(a->prober, secret))
        app_open_prober(a);
}

struct vault *app_vault(struct app *a)
{
    return vault_new(&(struct vault_config){ .loop = a->loop,
                                             .state = a->state,
                                             .gate = a->gate,
                                             .jobs = a->jobs,
                                             .file = a->conf->master_key,
                                             .credentials = getenv("CREDENTIALS_DIRECTORY"),
                                             .credential = credential,
                                             .uses = secret_uses,
                                             .changed = secret_changed,
                                             .user = a });
}

void app_read_back(void *user, struct instance *inst, int64_t server, struct ipam_str native_scope,
                   void (*done)(void *user, int status, const char *message), void *done_user,
                   struct request **ret_current)
{
    struct app *a = user;
    collect_config_read(a->collect, inst, server, native_scope, done, done_user, ret_current);
}

void app_applied(void *user, int64_t server, struct ipam_str from, struct ipam_str to)
{
    collect_applied(((struct app *)user)->collect, server, from, to);
}

void app_read_lease(void *user, struct instance *inst, int64_t server, const struct ipam_lease *which,
                    void (*done)(void *user, int status, const char *message), void *done_user,
                    struct request **ret_current)
{
    struct app *a = user;
    collect_lease_read(a->collect, inst, server, which, done, done_user, ret_current);
}

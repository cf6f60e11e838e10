/* providers.c - all plugins and instances of the daemon: adding, finding, closing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/provider_p.h"

#define DESCRIBE_MS 10000
#define DESCRIPTION_MAX (256u << 10)

struct providers *providers_new(struct loop *loop, int keeper_fd)
{
    struct providers *p = xcalloc(1, sizeof(*p));

    p->loop = loop;
    p->zombie_grace_ms = ZOMBIE_GRACE_MS;
    p->close_grace_ms = CLOSE_GRACE_MS;
    if (keeper_fd >= 0)
        p->keeper = keeper_open(loop, keeper_fd, helper_ended, p);
    return p;
}

/* Whether it offers any kind that may run in a helper. */
static bool offers_other(const struct plugin *pl)
{
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        if (kind != IPAM_KIND_STORAGE && pl->offers[kind].offered)
            return true;
    return false;
}

/* What the helper's --describe says, of a plugin that must not be loaded here. */
static int describe(struct providers *p, const char *name, struct plugin *pl, char *err)
{
    struct strbuf out;
    int status;

    if (p->keeper == NULL)
        return refuse(IPAM_E_BUG, err, "the plugin %s cannot run in a helper: ipam-keeper was not started",
                      name);
    strbuf_init(&out, DESCRIPTION_MAX);
    status = keeper_describe(p->keeper, name, DESCRIBE_MS, &out);
    if (status < 0) {
        char text[64];

        status = refuse(IPAM_E_PROVIDER, err,
                        "the plugin %s cannot be described: %s/ipam-provider-host --describe %s: %s", name,
                        IPAM_LIBEXECDIR, name, strerror_r(-status, text, sizeof(text)));
    } else {
        status = plugin_from_description(name, strbuf_str(&out), pl, err);
    }
    strbuf_fini(&out);
    if (status == 0 && pl->offers[IPAM_KIND_STORAGE].offered && !offers_other(pl)) {
        plugin_fini(pl);
        status = refuse(IPAM_E_CONFIG, err,
                        "the plugin %s is a storage backend, which runs in the daemon's process: set its "
                        "isolation to \"none\"",
                        name);
    }
    return status;
}

int plugin_add(struct providers *p, const char *name, enum isolation isolation, struct plugin **ret,
               char *err)
{
    struct plugin *pl = xcalloc(1, sizeof(*pl));
    char path[PATH_MAX];
    int status;

    if (trust_name(name) && plugin_find(p, str_from(name))) {
        status = refuse(IPAM_E_EXIST, err, "the plugin %s is there twice: name it once", name);
    } else if (isolation == ISOLATION_NONE) {
        status = plugin_load(IPAM_PROVIDER_DIR, name, pl, err);
    } else {
        status = trust_check(IPAM_PROVIDER_DIR, name, path, err);
        if (status == 0)
            status = describe(p, name, pl, err);
    }
    if (status < 0) {
        free(pl);
        return status;
    }
    pl->isolation = isolation;
    pl->next = p->plugins;
    p->plugins = pl;
    *ret = pl;
    return 0;
}

struct plugin *plugin_find(struct providers *p, struct ipam_str name)
{
    struct plugin *pl = p->plugins;

    while (pl && !str_is(name, pl->name))
        pl = pl->next;
    return pl;
}

void plugin_info(const struct plugin *pl, struct plugin_info *ret)
{
    *ret = (struct plugin_info){ .name = pl->name,
                                 .version = pl->version,
                                 .summary = pl->summary,
                                 .isolation = pl->isolation };
}

const struct kind_offer *plugin_offer(const struct plugin *pl, uint32_t kind)
{
    return &pl->offers[kind < KIND_END ? kind : 0];
}

int plugin_check_options(const struct plugin *pl, const struct json_doc *doc, const struct json *options,
                         void (*problem)(void *user, uint32_t line, uint32_t column, const char *message),
                         void *user)
{
    return options_check(&pl->options, doc, options, problem, user);
}

/* What plugins hold on to when the daemon ends. Listed so that it is leaked knowingly. */
static struct instance *left_behind;
static struct plugin *left_plugins;

static void finish(struct providers *p)
{
    void (*closed)(void *user) = p->closed;
    void *user = p->user;

    timer_stop(&p->close_timer);
    if (p->keeper)
        keeper_close(p->keeper);
    while (p->plugins) {
        struct plugin *pl = p->plugins;

        p->plugins = pl->next;
        if (left_behind) { /* its threads may still look at it */
            pl->next = left_plugins;
            left_plugins = pl;
            continue;
        }
        plugin_fini(pl);
        free(pl);
    }
    free(p);
    closed(user);
}

static void on_step(struct loop_work *w)
{
    struct providers *p = container_of(w, struct providers, post);

    p->posted = false;
    if (p->instances)
        return;
    helpers_end(p, false);
    if (p->helpers == NULL)
        finish(p);
}

void providers_step(struct providers *p)
{
    if (!p->closing || p->posted)
        return;
    p->posted = true;
    loop_post(p->loop, &p->post, on_step);
}

/* Not even the keeper answers: its socket is closed, which ends it and its helpers. */
static void on_helper_grace(struct loop_timer *t)
{
    struct providers *p = container_of(t, struct providers, close_timer);

    helpers_end(p, true);
    providers_step(p);
}

static void on_close_grace(struct loop_timer *t)
{
    struct providers *p = container_of(t, struct providers, close_timer);

    while (p->instances) {
        struct instance *inst = p->instances;

        p->instances = inst->next;
        inst->next = left_behind;
        left_behind = inst;
        inst->abandoned = true;
        for (struct request *req = inst->requests; req; req = req->next)
            timer_stop(&req->timer);
        inst->backend->abandon(inst);
    }
    timer_start(p->loop, &p->close_timer, p->close_grace_ms, on_helper_grace);
    providers_step(p);
}

void providers_close(struct providers *p, void (*closed)(void *user), void *user)
{
    p->closing = true;
    p->closed = closed;
    p->user = user;
    for (struct instance *inst = p->instances; inst; inst = inst->next)
        instance_close(inst);
    timer_start(p->loop, &p->close_timer, p->close_grace_ms, on_close_grace);
    providers_step(p);
}

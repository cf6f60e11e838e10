/* providers.c - all plugins and instances of the daemon: adding, finding, closing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/provider_p.h"

struct providers *providers_new(struct loop *loop, int keeper_fd)
{
    struct providers *p = xcalloc(1, sizeof(*p));

    p->loop = loop;
    p->zombie_grace_ms = ZOMBIE_GRACE_MS;
    p->close_grace_ms = CLOSE_GRACE_MS;
    (void)keeper_fd;
    return p;
}

int plugin_add(struct providers *p, const char *name, enum isolation isolation, struct plugin **ret,
               char *err)
{
    struct plugin *pl = xcalloc(1, sizeof(*pl));
    int status;

    if (trust_name(name) && plugin_find(p, str_from(name))) {
        status = refuse(IPAM_E_EXIST, err, "the plugin %s is there twice: name it once", name);
    } else if (isolation == ISOLATION_NONE) {
        status = plugin_load(IPAM_PROVIDER_DIR, name, pl, err);
    } else {
        status = refuse(IPAM_E_UNSUPPORTED, err,
                        "the plugin %s cannot run in a helper: this ipamd has none; set its "
                        "isolation to \"none\"",
                        name);
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
                                 .isolation = pl->isolation,
                                 .has_dhcp = pl->has_dhcp,
                                 .has_storage = pl->has_storage,
                                 .dhcp_capabilities = pl->dhcp_capabilities };
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
    if (p->instances == NULL)
        finish(p);
}

void providers_step(struct providers *p)
{
    if (!p->closing || p->posted)
        return;
    p->posted = true;
    loop_post(p->loop, &p->post, on_step);
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

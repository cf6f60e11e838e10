/* providers.c - all plugins and instances of the daemon: beginning and end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/ask.h"

#define HELPER_FILES 1024

struct providers *providers_new(struct loop *loop, int keeper_fd)
{
    struct providers *p = xcalloc(1, sizeof(*p));

    p->loop = loop;
    p->zombie_grace_ms = ZOMBIE_GRACE_MS;
    p->close_grace_ms = CLOSE_GRACE_MS;
    p->limits = (struct keeper_limits){ MEMORY_MIB, HELPER_FILES };
    p->sandbox = SANDBOX_ON;
    if (keeper_fd >= 0)
        p->keeper = keeper_open(loop, keeper_fd, helper_ended, p);
    return p;
}

void providers_sandbox(struct providers *p, enum sandbox_mode mode, bool network)
{
    p->sandbox = mode;
    p->network = network;
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
    while (p->plugins || p->retired) {
        struct plugin **list = p->plugins ? &p->plugins : &p->retired, *pl = *list;

        *list = pl->next;
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

/* Instances that others stand on stay until those have gone. */
static void close_highest(struct providers *p)
{
    unsigned highest = 0;

    for (const struct instance *inst = p->instances; inst; inst = inst->next)
        if (inst->plugin->rank > highest)
            highest = inst->plugin->rank;
    for (struct instance *inst = p->instances; inst; inst = inst->next)
        if (inst->plugin->rank == highest)
            instance_close(inst);
}

static void on_step(struct loop_work *w)
{
    struct providers *p = container_of(w, struct providers, post);

    p->posted = false;
    close_highest(p);
    if (p->instances)
        return;
    helpers_end(p, false);
    if (p->helpers == NULL && p->asks == NULL)
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
    ask_forget_all(p);
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
    ask_cancel_all(p);
    timer_start(p->loop, &p->close_timer, p->close_grace_ms, on_close_grace);
    providers_step(p);
}

/* alone.c - the storage of a configuration without the rest of the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "app/alone.h"

#include <sysexits.h>

#include "app/stack.h"

static void on_closed(void *user)
{
    struct alone *a = user;
    loop_stop(a->loop);
}

void alone_end(struct alone *a, int exit_status)
{
    a->exit_status = exit_status;
    if (a->store != NULL)
        store_close(a->store);
    providers_close(a->providers, on_closed, a);
}

static void on_opened(void *user, int status, const char *message)
{
    struct alone *a = user;
    a->opened(a, status, message);
}

static void on_ready(void *user, struct stack *s)
{
    struct alone *a = user;
    struct plugin *storage = stack_storage(s);
    if (stack_fatal(s) > 0) {
        stack_drop(s);
        alone_end(a, EX_CONFIG);
        return;
    }
    stack_use(s);
    a->store = store_open(a->providers, storage, a->conf->storage.options.doc, a->conf->storage.options.value,
                          a->as_is, on_opened, a);
}

int alone_run(struct alone *a)
{
    size_t plugins = a->conf->plugin_count, profiles = a->conf->profile_count;
    a->loop = loop_new();
    a->providers = providers_new(a->loop, -1);
    a->conf->plugin_count = a->conf->profile_count = 0; /* only the storage is wanted */
    stack_prepare(a->providers, a->conf, a->report, a->report_user, on_ready, a);
    loop_run(a->loop);
    loop_free(a->loop);
    a->conf->plugin_count = plugins;
    a->conf->profile_count = profiles;
    return a->exit_status;
}

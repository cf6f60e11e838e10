/* check.c - what --check-config asks of plugins: that they load, and that options and profiles fit them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "app/app_p.h"

struct checker {
    const struct conf *conf;
    struct providers *providers;
    struct loop *loop;
    conf_report report;
    void *user;
    const char *file; /* of the options under check */
    int problems;
};

static void on_option_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    struct checker *k = user;
    char text[768];
    snprintf(text, sizeof(text), "%s:%u:%u: %s", k->file, line, column, message);
    k->report(k->user, text);
}

static void check_options(struct checker *k, const struct plugin *pl, const struct conf_place *options,
                          const struct conf_place *owner)
{
    k->file = owner->file;
    k->problems += plugin_check_options(pl, options->value != NULL ? options->doc : owner->doc,
                                        options->value, on_option_problem, k);
}

/* Options of the storage and of every profile whose plugin is loaded. */
static void check_all_options(struct checker *k)
{
    const struct conf *conf = k->conf;
    const struct plugin *storage = plugin_find(k->providers, str_from(conf->storage.name));
    if (storage != NULL) {
        if (!plugin_offer(storage, IPAM_KIND_STORAGE)->offered && ++k->problems)
            conf_problem(&conf->storage.place, k->report, k->user,
                         "plugin \"%s\" is no storage; name one that stores", conf->storage.name);
        else
            check_options(k, storage, &conf->storage.options, &conf->storage.place);
    }
    for (size_t i = 0; i < conf->profile_count; i++) {
        const struct plugin *driver = plugin_find(k->providers, str_from(conf->profiles[i].driver));
        if (driver != NULL)
            check_options(k, driver, &conf->profiles[i].options, &conf->profiles[i].place);
    }
}

int check_plugin_options(struct providers *p, const struct conf *conf, conf_report report, void *user)
{
    struct checker k = { .conf = conf, .providers = p, .report = report, .user = user };
    check_all_options(&k);
    return k.problems;
}

static void check_plugin(struct checker *k, const struct conf_plugin *p)
{
    struct plugin *pl;
    char err[512];
    if (plugin_add(k->providers, p->name, p->isolated ? ISOLATION_PROCESS : ISOLATION_NONE, &pl, err) == 0)
        return;
    k->problems++;
    conf_problem(&p->place, k->report, k->user, "plugin \"%s\": %s", p->name, err);
}

static void on_closed(void *user)
{
    struct checker *k = user;
    loop_stop(k->loop);
}

int app_check(const struct conf *conf, int keeper_fd, conf_report report, void *user)
{
    struct checker k = { .conf = conf, .report = report, .user = user };
    k.loop = loop_new();
    k.providers = providers_new(k.loop, keeper_fd);
    for (size_t i = 0; i < conf->plugin_count; i++)
        check_plugin(&k, &conf->plugins[i]);
    check_plugin(&k, &conf->storage);
    check_all_options(&k);
    providers_close(k.providers, on_closed, &k);
    loop_run(k.loop);
    loop_free(k.loop);
    return k.problems;
}

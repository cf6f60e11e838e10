/* stack.c - the plugins of a configuration: loaded, checked, then put to use together or not at all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "app/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/container.h"

struct stack {
    struct providers *providers;
    const struct conf *conf;
    conf_report report;
    void *report_user;
    void (*ready)(void *user, struct stack *s);
    void *user;
    struct plugin_set *set;
    struct plugin_want *wants; /* the configuration's plugins, then its storage */
    unsigned problems, fatal;
    unsigned checks; /* under way, and one of our own */
};

/* One set of options that a plugin judges. */
struct judged {
    struct stack *stack;
    const struct conf_place *options, *owner; /* owner: where there are no options */
    struct conf_place base;
};

struct conf_place stack_base(const struct conf *conf, const char *plugin)
{
    for (size_t i = 0; i < conf->plugin_count; i++)
        if (conf->plugins[i].name != NULL && strcmp(conf->plugins[i].name, plugin) == 0)
            return conf->plugins[i].options;
    return (struct conf_place){ 0 };
}

static void fatal(struct stack *s)
{
    s->problems++;
    s->fatal++;
}

/* --- the plugins --- */

static void want(struct plugin_want *w, const struct conf_plugin *p, bool critical)
{
    w->name = p->name;
    w->settings = (struct plugin_settings){ .isolation = p->isolated ? ISOLATION_PROCESS : ISOLATION_NONE,
                                            .critical = critical,
                                            .helpers = p->helpers,
                                            .max_concurrency = p->max_concurrency,
                                            .timeout_ms = p->timeout_ms,
                                            .memory_mib = p->memory_mib };
}

static const struct conf_plugin *conf_plugin(const struct conf *conf, size_t i)
{
    return i < conf->plugin_count ? &conf->plugins[i] : &conf->storage;
}

static void report_plugins(struct stack *s)
{
    for (size_t i = 0; i <= s->conf->plugin_count; i++) {
        const struct conf_plugin *p = conf_plugin(s->conf, i);
        const char *problem;
        plugin_set_get(s->set, i, &problem);
        if (problem[0] == '\0')
            continue;
        s->problems++;
        s->fatal += s->wants[i].settings.critical;
        conf_problem(&p->place, s->report, s->report_user, "plugin \"%s\": %s", p->name, problem);
    }
}

/* --- options, by the tables --- */

struct place_report {
    struct stack *stack;
    const char *file;
};

static void on_option_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    struct place_report *r = user;
    char text[768];
    snprintf(text, sizeof(text), "%s:%u:%u: %s", r->file, line, column, message);
    r->stack->report(r->stack->report_user, text);
    fatal(r->stack);
}

/* True when nothing was wrong. */
static bool check_table(struct stack *s, const struct plugin *pl, const struct conf_place *options,
                        const struct conf_place *owner, const struct conf_place *base, bool partial)
{
    struct place_report r = { s, owner->file };
    return plugin_check_options(pl, options->value != NULL ? options->doc : owner->doc, options->value,
                                base != NULL ? base->value : NULL, partial, on_option_problem, &r) == 0;
}

/* --- options, by the plugins --- */

static void check_done(struct stack *s)
{
    if (--s->checks == 0)
        s->ready(s->user, s);
}

static void on_judged_problem(void *user, const char *option, const char *message)
{
    struct judged *j = user;
    const struct json *own = json_get(j->options->value, option), *base = json_get(j->base.value, option);
    struct conf_place at = own != NULL    ? (struct conf_place){ j->options->doc, own, j->options->file }
                           : base != NULL ? (struct conf_place){ j->base.doc, base, j->base.file }
                                          : *j->owner;
    conf_problem(&at, j->stack->report, j->stack->report_user, "option '%s' %s", option, message);
    fatal(j->stack);
}

static void on_judged(void *user, int status, const char *why)
{
    struct judged *j = user;
    struct stack *s = j->stack;
    if (status != 0) {
        conf_problem(j->owner, s->report, s->report_user, "%s", why);
        fatal(s);
    }
    free(j);
    check_done(s);
}

/* Options of storage or of a profile. */
static void check_options(struct stack *s, const struct plugin *pl, const struct conf_place *options,
                          const struct conf_place *owner, struct conf_place base)
{
    struct judged *j;
    if (!check_table(s, pl, options, owner, &base, false))
        return;
    j = xcalloc(1, sizeof(*j));
    *j = (struct judged){ s, options, owner, base };
    s->checks++;
    plugin_check_together(s->providers, pl, options->doc, options->value, base.doc, base.value,
                          on_judged_problem, on_judged, j);
}

static void check_storage(struct stack *s)
{
    const struct conf_plugin *c = &s->conf->storage;
    struct plugin *storage = stack_storage(s);
    if (storage == NULL)
        return;
    if (!plugin_offer(storage, IPAM_KIND_STORAGE)->offered) {
        conf_problem(&c->place, s->report, s->report_user,
                     "plugin \"%s\" is no storage; name one that stores", c->name);
        fatal(s);
        return;
    }
    check_options(s, storage, &c->options, &c->place, (struct conf_place){ 0 });
}

static const struct conf_profile *profile_named(const struct conf *conf, const char *name)
{
    const struct conf_profile *p = conf->profiles;
    while (strcmp(p->name, name) != 0) /* conf_check has seen that it is there */
        p++;
    return p;
}

static void check_identities(struct stack *s)
{
    for (size_t i = 0; i < s->conf->identity_count; i++) {
        const struct conf_identity *id = &s->conf->identities[i];
        const struct conf_profile *p = profile_named(s->conf, id->profile);
        const struct plugin *pl = plugin_set_find(s->set, str_from(p->driver));
        if (pl == NULL || plugin_offer(pl, IPAM_KIND_IDENTITY)->offered)
            continue;
        conf_problem(&id->place, s->report, s->report_user,
                     "plugin \"%s\" of profile \"%s\" knows no users; name a profile of one that does",
                     p->driver, p->name);
        fatal(s);
    }
}

static void check_reach(struct stack *s)
{
    const struct conf_reach *r = &s->conf->reach;
    if (r->profile == NULL)
        return;
    const struct conf_profile *p = profile_named(s->conf, r->profile);
    const struct plugin *pl = plugin_set_find(s->set, str_from(p->driver));
    if (pl == NULL || plugin_offer(pl, IPAM_KIND_REACH)->offered)
        return;
    conf_problem(
        &r->place, s->report, s->report_user,
        "plugin \"%s\" of profile \"%s\" does not ask whether addresses answer; name a profile of one that "
        "does, such as reach",
        p->driver, p->name);
    fatal(s);
}

static void on_loaded(void *user, struct plugin_set *set)
{
    struct stack *s = user;
    const struct conf *conf = s->conf;
    s->set = set;
    report_plugins(s);
    check_storage(s);
    for (size_t i = 0; i < conf->plugin_count; i++) {
        const struct plugin *pl = plugin_set_find(set, str_from(conf->plugins[i].name));
        if (pl != NULL && conf->plugins[i].options.value != NULL)
            check_table(s, pl, &conf->plugins[i].options, &conf->plugins[i].place, NULL, true);
    }
    for (size_t i = 0; i < conf->profile_count; i++) {
        const struct conf_profile *p = &conf->profiles[i];
        const struct plugin *pl = plugin_set_find(set, str_from(p->driver));
        if (pl != NULL)
            check_options(s, pl, &p->options, &p->place, stack_base(conf, p->driver));
    }
    check_identities(s);
    check_reach(s);
    check_done(s);
}

struct stack *stack_prepare(struct providers *p, const struct conf *conf, conf_report report,
                            void *report_user, void (*ready)(void *user, struct stack *s), void *user)
{
    struct stack *s = xcalloc(1, sizeof(*s));
    s->providers = p;
    s->conf = conf;
    s->report = report;
    s->report_user = report_user;
    s->ready = ready;
    s->user = user;
    s->checks = 1;
    s->wants = xcalloc(conf->plugin_count + 1, sizeof(s->wants[0]));
    for (size_t i = 0; i <= conf->plugin_count; i++)
        want(&s->wants[i], conf_plugin(conf, i), i == conf->plugin_count || conf->plugins[i].critical);
    plugins_load(p, s->wants, conf->plugin_count + 1, on_loaded, s);
    return s;
}

unsigned stack_problems(const struct stack *s)
{
    return s->problems;
}

unsigned stack_fatal(const struct stack *s)
{
    return s->fatal;
}

struct plugin *stack_storage(const struct stack *s)
{
    const char *problem;
    struct plugin *storage = plugin_set_get(s->set, s->conf->plugin_count, &problem);
    return problem[0] == '\0' ? storage : NULL;
}

static void stack_free(struct stack *s)
{
    free(s->wants);
    free(s);
}

void stack_use(struct stack *s)
{
    plugins_use(s->set);
    stack_free(s);
}

void stack_drop(struct stack *s)
{
    plugins_drop(s->set);
    stack_free(s);
}

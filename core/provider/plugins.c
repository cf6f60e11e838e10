/* plugins.c - the set of plugins: loaded together, exchanged together.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A set is prepared beside the one in use: plugins that are wanted as they are stay, others are loaded anew.
 * A plugin that is no longer in use stays until its last instance has closed. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ipam/status.h"
#include "provider/ask.h"
#include "provider/depend.h"

struct set_item {
    struct plugin_set *set;
    struct plugin *plugin; /* ours when `fresh` */
    bool fresh;
    int status; /* why it cannot be loaded */
    char problem[PROVIDER_ERR_MAX];
    unsigned rank;
};

struct plugin_set {
    struct providers *providers;
    struct set_item *items;
    size_t count, pending;
    void (*loaded)(void *user, struct plugin_set *set);
    void *user;
    struct loop_work post;
};

static bool same_settings(const struct plugin_settings *a, const struct plugin_settings *b)
{
    return a->isolation == b->isolation && a->critical == b->critical && a->helpers == b->helpers &&
           a->max_concurrency == b->max_concurrency && a->timeout_ms == b->timeout_ms &&
           a->memory_mib == b->memory_mib;
}

/* What tells one installation of a file from the next. */
static void note_file(const char *path, struct plugin *pl)
{
    struct stat st;

    if (stat(path, &st) == 0) {
        pl->file_inode = (uint64_t)st.st_ino;
        pl->file_changed_ns = (int64_t)st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
    }
}

/* A plugin in use that is exactly what is wanted. Code loaded into this process cannot be exchanged, so there
 * the file does not matter. */
static struct plugin *find_same(const struct providers *p, const struct plugin_want *want)
{
    char path[PATH_MAX], err[PROVIDER_ERR_MAX];
    struct plugin now = { 0 };

    for (struct plugin *pl = p->plugins; pl; pl = pl->next) {
        if (strcmp(pl->name, want->name) != 0 || pl->problem[0] ||
            !same_settings(&pl->settings, &want->settings))
            continue;
        if (want->settings.isolation == ISOLATION_NONE)
            return pl;
        if (trust_check(IPAM_PROVIDER_DIR, want->name, path, err) < 0)
            return NULL;
        note_file(path, &now);
        return now.file_inode == pl->file_inode && now.file_changed_ns == pl->file_changed_ns ? pl : NULL;
    }
    return NULL;
}

/* --- the end of loading --- */

static void resolve(struct plugin_set *set)
{
    struct depend *depends = xcalloc(set->count + 1, sizeof(*depends));

    for (size_t i = 0; i < set->count; i++) {
        depends[i].plugin = set->items[i].plugin;
        snprintf(depends[i].problem, sizeof(depends[i].problem), "%s", set->items[i].problem);
    }
    depend_resolve(depends, set->count);
    for (size_t i = 0; i < set->count; i++) {
        struct set_item *item = &set->items[i];

        if (item->problem[0] == '\0' && depends[i].problem[0]) {
            item->status = IPAM_E_CONFIG;
            snprintf(item->problem, sizeof(item->problem), "the plugin %s cannot be used: %.400s",
                     item->plugin->name, depends[i].problem);
        }
        item->rank = depends[i].rank;
    }
    free(depends);
}

static void on_all(struct loop_work *w)
{
    struct plugin_set *set = container_of(w, struct plugin_set, post);

    resolve(set);
    set->loaded(set->user, set);
}

static void item_done(struct set_item *item, int status)
{
    struct plugin_set *set = item->set;

    item->status = status;
    if (--set->pending == 0)
        loop_post(set->providers->loop, &set->post, on_all);
}

/* --- loading one --- */

/* Whether it offers any kind that may run in a helper. */
static bool offers_other(const struct plugin *pl)
{
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        if (kind != IPAM_KIND_STORAGE && pl->offers[kind].offered)
            return true;
    return false;
}

/* What the helper's --describe says. Also of a plugin that is to be loaded here: code of one that will be
 * refused never runs in this process. */
static void on_described(void *user, int status, struct ipam_str output)
{
    struct set_item *item = user;
    const char *name = item->plugin->name;
    char text[64], plain[PLUGIN_NAME_MAX + 1];

    snprintf(plain, sizeof(plain), "%s", name);
    if (status < 0) {
        item_done(item, refuse(IPAM_E_PROVIDER, item->problem,
                               "the plugin %s cannot be described: %s/ipam-provider-host --describe %s: %s",
                               name, IPAM_LIBEXECDIR, name, strerror_r(-status, text, sizeof(text))));
        return;
    }
    status = plugin_from_description(plain, output, item->plugin, item->problem);
    if (status == 0 && item->plugin->settings.isolation == ISOLATION_NONE) {
        plugin_fini(item->plugin);
        status = plugin_load(IPAM_PROVIDER_DIR, plain, item->plugin, item->problem);
    } else if (status == 0 && item->plugin->offers[IPAM_KIND_STORAGE].offered && !offers_other(item->plugin))
        status = refuse(IPAM_E_CONFIG, item->problem,
                        "the plugin %s is a storage backend, which runs in the daemon's process: set its "
                        "isolation to \"none\"",
                        name);
    item_done(item, status);
}

static void load_item(struct set_item *item, const struct plugin_want *want)
{
    struct providers *p = item->set->providers;
    struct plugin *pl = item->plugin;
    char path[PATH_MAX];
    int status;

    if (want->settings.isolation == ISOLATION_NONE && p->keeper == NULL) {
        status = plugin_load(IPAM_PROVIDER_DIR, want->name, pl, item->problem);
        item_done(item, status);
        return;
    }
    status = trust_check(IPAM_PROVIDER_DIR, want->name, path, item->problem);
    if (status == 0 && p->keeper == NULL)
        status = refuse(IPAM_E_BUG, item->problem,
                        "the plugin %s cannot run in a helper: ipam-keeper was not started", want->name);
    if (status < 0) {
        item_done(item, status);
        return;
    }
    note_file(path, pl);
    ask_helper(p, KEEPER_DESCRIBE, want->name, NULL, NULL, on_described, item);
}

static bool named_before(const struct plugin_want *wants, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(wants[k].name, wants[i].name) == 0)
            return true;
    return false;
}

static void want_item(struct set_item *item, const struct plugin_want *wants, size_t i)
{
    const struct plugin_want *want = &wants[i];

    bool twin = trust_name(want->name) && named_before(wants, i);

    item->plugin = twin ? NULL : find_same(item->set->providers, want);
    if (item->plugin) {
        item_done(item, 0);
        return;
    }
    item->fresh = true;
    item->plugin = xcalloc(1, sizeof(*item->plugin));
    plugin_blank(item->plugin, want->name);
    item->plugin->settings = want->settings;
    if (twin)
        item_done(item, refuse(IPAM_E_EXIST, item->problem, "the plugin %s is there twice: name it once",
                               want->name));
    else
        load_item(item, want);
}

struct plugin_set *plugins_load(struct providers *p, const struct plugin_want *wants, size_t count,
                                void (*loaded)(void *user, struct plugin_set *set), void *user)
{
    struct plugin_set *set = xcalloc(1, sizeof(*set));

    set->providers = p;
    set->items = xcalloc(count + 1, sizeof(*set->items));
    set->count = count;
    set->pending = count + 1;
    set->loaded = loaded;
    set->user = user;
    for (size_t i = 0; i < count; i++) {
        set->items[i].set = set;
        want_item(&set->items[i], wants, i);
    }
    if (--set->pending == 0)
        loop_post(p->loop, &set->post, on_all);
    return set;
}

struct plugin *plugin_set_get(const struct plugin_set *set, size_t i, const char **ret_problem)
{
    *ret_problem = set->items[i].problem;
    return set->items[i].plugin;
}

int plugin_set_status(const struct plugin_set *set, size_t i)
{
    return set->items[i].status;
}

bool plugin_set_fresh(const struct plugin_set *set, size_t i)
{
    return set->items[i].fresh;
}

struct plugin *plugin_set_find(const struct plugin_set *set, struct ipam_str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].problem[0] == '\0' && str_is(name, set->items[i].plugin->name))
            return set->items[i].plugin;
    return NULL;
}

static void set_free(struct plugin_set *set)
{
    free(set->items);
    free(set);
}

void plugins_drop(struct plugin_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!set->items[i].fresh)
            continue;
        plugin_fini(set->items[i].plugin);
        free(set->items[i].plugin);
    }
    set_free(set);
}

void plugin_release(struct providers *p, struct plugin *pl)
{
    struct plugin **at = &p->retired;

    if (--pl->users > 0)
        return;
    while (*at && *at != pl)
        at = &(*at)->next;
    if (*at == NULL)
        return; /* still in use */
    *at = pl->next;
    plugin_fini(pl);
    free(pl);
}

void plugins_use(struct plugin_set *set)
{
    struct providers *p = set->providers;
    struct plugin *old = p->plugins, *next;

    for (struct plugin *pl = old; pl; pl = pl->next)
        pl->kept = false;
    p->plugins = NULL;
    for (size_t i = set->count; i-- > 0;) { /* in the order they were wanted */
        struct set_item *item = &set->items[i];

        item->plugin->kept = true;
        item->plugin->rank = item->rank;
        snprintf(item->plugin->problem, sizeof(item->plugin->problem), "%s", item->problem);
    }
    for (struct plugin *pl = old; pl; pl = next) {
        next = pl->next;
        if (pl->kept)
            continue;
        pl->next = p->retired;
        pl->retired = true;
        p->retired = pl;
        pl->users++; /* held while it is looked at */
        plugin_release(p, pl);
    }
    for (size_t i = set->count; i-- > 0;) {
        set->items[i].plugin->next = p->plugins;
        p->plugins = set->items[i].plugin;
    }
    set_free(set);
    helpers_tidy(p);
}

struct plugin *plugin_find(struct providers *p, struct ipam_str name)
{
    struct plugin *pl = p->plugins;

    while (pl && (pl->problem[0] || !str_is(name, pl->name)))
        pl = pl->next;
    return pl;
}

const char *plugin_refusal(struct providers *p, struct ipam_str name)
{
    for (const struct plugin *pl = p->plugins; pl; pl = pl->next)
        if (pl->problem[0] && str_is(name, pl->name))
            return pl->problem;
    return NULL;
}

void plugin_info(const struct plugin *pl, struct plugin_info *ret)
{
    *ret = (struct plugin_info){
        .name = pl->name, .version = pl->version, .summary = pl->summary, .settings = pl->settings
    };
}

const struct kind_offer *plugin_offer(const struct plugin *pl, uint32_t kind)
{
    return &pl->offers[kind < KIND_END ? kind : 0];
}

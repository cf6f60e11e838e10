/* load.c - loads a plugin's module and checks its descriptor before anything in it is used.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The host never calls through a table of the plugin: it calls through a zeroed copy in its own layout, so
 * that an older plugin's missing members are NULL and a table that changes later does not matter. */
#include "config.h"

#include "provider/load.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/reason.h"

#define VERSION_MAX 64
#define SUMMARY_MAX 256

static bool plain_text(const char *text, size_t max)
{
    size_t len = text ? strnlen(text, max + 1) : 0;

    return len > 0 && len <= max && utf8_valid(text, len);
}

#define NEEDS_MAX 16
#define NEED_MAX  64

/* A list of "kind" or "kind:capability", copied into the plugin's arena. */
static int take_needs(const char *const *theirs, const char *what, struct plugin *pl, const char *const **ret,
                      char *err)
{
    const char **list = arena_alloc(&pl->arena, (NEEDS_MAX + 1) * sizeof(*list));
    unsigned n = 0;

    for (; theirs && theirs[n]; n++) {
        size_t len = strnlen(theirs[n], NEED_MAX + 1), kind_len = strcspn(theirs[n], ":");
        uint32_t kind = kind_find(theirs[n], kind_len);

        if (n == NEEDS_MAX)
            return refuse(IPAM_E_CONFIG, err, "it %s more than %d others, or the list has no NULL at its end",
                          what, NEEDS_MAX);
        if (len > NEED_MAX || kind == 0 ||
            (theirs[n][kind_len] == ':' &&
             kind_capability(kind, theirs[n] + kind_len + 1, len - kind_len - 1) == 0))
            return refuse(IPAM_E_CONFIG, err,
                          "it %s '%.64s', which is no kind, or no capability of it, that this ABI knows",
                          what, theirs[n]);
        list[n] = arena_strdup(&pl->arena, theirs[n]);
    }
    *ret = list;
    return 0;
}

/* Every kind that it offers, of which there must be one. */
static int take_kinds(const struct ipam_plugin *d, struct plugin *pl, char *err)
{
    bool any = false;
    int status = 0;

    for (uint32_t kind = 1; kind < KIND_END && status == 0; kind++) {
        status = kind_take(kind, d, &pl->tables, &pl->offers[kind], err);
        any |= pl->offers[kind].offered;
    }
    if (status == 0 && !any)
        status = refuse(IPAM_E_CONFIG, err, "it offers no kind this ABI knows");
    return status;
}

int plugin_examine(const char *name, const struct ipam_plugin *theirs, struct plugin *pl, char *err)
{
    struct ipam_plugin d = { 0 };
    int status;

    if (!kind_copy_table(&d, sizeof(d), theirs) || d.size < offsetof(struct ipam_plugin, options))
        return refuse(IPAM_E_CONFIG, err,
                      "its descriptor is cut off (%u bytes): install the build for this ipamd",
                      (unsigned)d.size);
    if (d.abi != IPAM_ABI)
        return refuse(IPAM_E_CONFIG, err,
                      "it is built for ABI %u.%u, this is %u.%u: install the build for this ipamd",
                      (unsigned)(d.abi >> 16), (unsigned)(d.abi & 0xffff), IPAM_ABI_MAJOR, IPAM_ABI_MINOR);
    if (d.name == NULL || strcmp(d.name, name) != 0)
        return refuse(IPAM_E_CONFIG, err, "it calls itself '%.32s', not '%s': install it under its own name",
                      d.name ? d.name : "", name);
    if (!plain_text(d.version, VERSION_MAX) || !plain_text(d.summary, SUMMARY_MAX))
        return refuse(IPAM_E_CONFIG, err, "it has no version or no summary");
    memcpy(pl->name, name, strlen(name) + 1);
    pl->version = arena_strdup(&pl->arena, d.version);
    pl->summary = arena_strdup(&pl->arena, d.summary);
    status = option_table_copy(d.options, &pl->arena, &pl->options, err);
    if (status == 0)
        status = take_needs(d.needs, "requires", pl, &pl->requires, err);
    if (status == 0)
        status = take_needs(d.wants, "wants", pl, &pl->wants, err);
    if (status == 0)
        status = take_kinds(&d, pl, err);
    pl->check = d.check;
    pl->has_check = d.check != NULL;
    return status;
}

int plugin_load(const char *dir, const char *name, struct plugin *pl, char *err)
{
    const struct ipam_plugin *(*entry)(void), *descriptor;
    char path[PATH_MAX], why[PROVIDER_ERR_MAX];
    void *module, *symbol;
    int status = trust_check(dir, name, path, err);

    if (status < 0)
        return status;
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL)
        return refuse(IPAM_E_CONFIG, err, "the plugin %s cannot be loaded: %s", name, dlerror());
    symbol = dlsym(module, IPAM_PLUGIN_ENTRY);
    if (symbol == NULL)
        return refuse(IPAM_E_CONFIG, err, "the plugin %s has no %s: install the build for this ipamd", name,
                      IPAM_PLUGIN_ENTRY);
    memcpy(&entry, &symbol, sizeof(entry)); /* POSIX's way around ISO C */
    descriptor = entry();
    if (descriptor == NULL)
        return refuse(IPAM_E_CONFIG, err, "the plugin %s has no descriptor: reinstall it", name);
    status = plugin_examine(name, descriptor, pl, why);
    if (status < 0) {
        plugin_fini(pl);
        return refuse(status, err, "the plugin %s cannot be used: %s", name, why);
    }
    return 0;
}

void plugin_blank(struct plugin *pl, const char *name)
{
    static const char *const nothing[] = { NULL };

    snprintf(pl->name, sizeof(pl->name), "%s", name);
    pl->version = pl->summary = "";
    pl->requires = pl->wants = nothing;
}

void plugin_fini(struct plugin *pl)
{
    char name[sizeof(pl->name)];

    memcpy(name, pl->name, sizeof(name));
    arena_fini(&pl->arena);
    memset(pl->offers, 0, sizeof(pl->offers));
    memset(&pl->tables, 0, sizeof(pl->tables));
    pl->options = (struct option_table){ 0 };
    pl->check = NULL;
    plugin_blank(pl, name);
}

/* plugin.c - loads the plugin under test and takes over the table of one kind, as a host does.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

const struct ipam_plugin *plugin;
union tables ops;

#define KIND(number, member)                                                                                 \
    {                                                                                                        \
        number, #member, offsetof(struct ipam_plugin, member), sizeof(struct ipam_##member##_ops)            \
    }
const struct kind kinds[KIND_COUNT - 1] = {
    KIND(IPAM_KIND_DISCOVERY, discovery), KIND(IPAM_KIND_DHCP, dhcp),   KIND(IPAM_KIND_DNS, dns),
    KIND(IPAM_KIND_VSPACE, vspace),       KIND(IPAM_KIND_AUDIT, audit), KIND(IPAM_KIND_STORAGE, storage),
    KIND(IPAM_KIND_IDENTITY, identity),   KIND(IPAM_KIND_REACH, reach), KIND(IPAM_KIND_SINK, sink),
};

const struct kind *kind_of(uint32_t number)
{
    return number > 0 && number < KIND_COUNT ? &kinds[number - 1] : NULL;
}

const struct kind *kind_by_name(const char *name)
{
    for (unsigned i = 0; i < KIND_COUNT - 1; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const struct ipam_plugin *plugin_load(char *why, size_t size)
{
    const struct ipam_plugin *(*get)(void);
    const struct ipam_plugin *p;
    void *lib = dlopen(settings.path, RTLD_NOW | RTLD_LOCAL), *symbol;

    if (lib == NULL) {
        snprintf(why, size, "it cannot be loaded: %s", dlerror());
        return NULL;
    }
    symbol = dlsym(lib, IPAM_PLUGIN_ENTRY);
    if (symbol == NULL) {
        snprintf(why, size, "it has no function " IPAM_PLUGIN_ENTRY "; define it as in ipam/plugin.h");
        return NULL;
    }
    memcpy(&get, &symbol, sizeof(get));
    p = get();
    if (p == NULL)
        snprintf(why, size, IPAM_PLUGIN_ENTRY " answers NULL; return the address of a static descriptor");
    return p;
}

const void *plugin_table(const struct ipam_plugin *p, const struct kind *k)
{
    const void *table;

    if (p->size < k->member + sizeof(table))
        return NULL;
    memcpy(&table, (const char *)p + k->member, sizeof(table));
    return table;
}

void plugin_take(void)
{
    const struct kind *k = kind_of(trial_kind);
    const void *table;
    char why[TEXT_MAX];
    uint32_t size;

    plugin = plugin_load(why, sizeof(why));
    if (plugin == NULL)
        trial_unjudged("%s", why);
    if (k == NULL)
        return;
    table = plugin_table(plugin, k);
    if (table == NULL)
        trial_skip("the kind %s is not offered", k->name);
    memcpy(&size, table, sizeof(size));
    memcpy(&ops, table, size < k->size ? size : k->size);
    if (trial_kind != IPAM_KIND_STORAGE && (ops.common.open == NULL || ops.common.close == NULL))
        trial_unjudged("the table has no open or close: see tables-and-capabilities");
}

bool under_loop(void)
{
    return ops.common.thread_model == IPAM_THREAD_LOOP;
}

bool has_cap(uint64_t bits)
{
    return (ops.common.capabilities & bits) != 0;
}

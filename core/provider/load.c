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

/* Copies a size-tagged table into ours. False when it has not even a size. */
static bool take_table(void *ours, size_t our_size, const void *theirs)
{
    uint32_t size;

    memcpy(&size, theirs, sizeof(size));
    if (size < sizeof(size))
        return false;
    memset(ours, 0, our_size);
    memcpy(ours, theirs, size < our_size ? size : our_size);
    return true;
}

/* The member a capability bit promises, and the reverse. */
static int check_capability(uint64_t capabilities, uint64_t bit, const char *bit_name, bool member,
                            const char *member_name, char *err)
{
    if (!!(capabilities & bit) == member)
        return 0;
    return member ? refuse(IPAM_E_CONFIG, err, "it has %s, but not the capability %s that says so",
                           member_name, bit_name)
                  : refuse(IPAM_E_CONFIG, err, "it claims the capability %s, but has no %s", bit_name,
                           member_name);
}

static int take_dhcp(struct plugin *pl, const struct ipam_dhcp_ops *theirs, char *err)
{
    static const uint64_t known = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC |
                                  IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6;
    struct ipam_dhcp_ops *o = &pl->dhcp;
    int status;

    if (!take_table(o, sizeof(*o), theirs))
        return refuse(IPAM_E_CONFIG, err, "its dhcp table has no size");
    if (o->version != 0)
        return refuse(IPAM_E_CONFIG, err, "its dhcp table is of version %u, not 0", (unsigned)o->version);
    if (o->thread_model != IPAM_THREAD_SERIAL && o->thread_model != IPAM_THREAD_PARALLEL)
        return refuse(IPAM_E_CONFIG, err, "its dhcp table has no known thread model (%u)",
                      (unsigned)o->thread_model);
    if (!o->open || !o->close || !o->probe || !o->read_config)
        return refuse(IPAM_E_CONFIG, err, "its dhcp table lacks %s",
                      !o->open ? "open" : !o->close ? "close" : !o->probe ? "probe" : "read_config");
    if (o->capabilities & ~known)
        return refuse(IPAM_E_CONFIG, err, "it claims capabilities this ABI does not know (0x%llx)",
                      (unsigned long long)(o->capabilities & ~known));
    status = check_capability(o->capabilities, IPAM_DHCP_CAP_LEASES, "LEASES", o->read_leases != NULL,
                              "read_leases", err);
    if (status == 0)
        status = check_capability(o->capabilities, IPAM_DHCP_CAP_RESERVATIONS, "RESERVATIONS",
                                  o->apply != NULL, "apply", err);
    if (status < 0)
        return status;
    if ((o->capabilities & IPAM_DHCP_CAP_ATOMIC) && !o->apply)
        return refuse(IPAM_E_CONFIG, err, "it claims the capability ATOMIC, but has no apply");
    pl->has_dhcp = true;
    pl->dhcp_capabilities = o->capabilities;
    return 0;
}

static int take_storage(struct plugin *pl, const struct ipam_storage_ops *theirs, char *err)
{
    struct ipam_storage_ops *o = &pl->storage;

    if (!take_table(o, sizeof(*o), theirs))
        return refuse(IPAM_E_CONFIG, err, "its storage table has no size");
    if (o->version != 0)
        return refuse(IPAM_E_CONFIG, err, "its storage table is of version %u, not 0", (unsigned)o->version);
    if (o->readers < 1 || o->readers > 16)
        return refuse(IPAM_E_CONFIG, err, "its storage table wants %u readers, not 1 to 16",
                      (unsigned)o->readers);
    if (!o->open || !o->close || !o->gate_enter || !o->gate_get || !o->gate_commit || !o->gate_abort ||
        !o->outcome || !o->query || !o->changes)
        return refuse(IPAM_E_CONFIG, err, "its storage table lacks a function");
    pl->has_storage = true;
    return 0;
}

static bool plain_text(const char *text, size_t max)
{
    size_t len = text ? strnlen(text, max + 1) : 0;

    return len > 0 && len <= max && utf8_valid(text, len);
}

int plugin_examine(const char *name, const struct ipam_plugin *theirs, struct plugin *pl, char *err)
{
    struct ipam_plugin d = { 0 };
    int status;

    if (!take_table(&d, sizeof(d), theirs) || d.size < offsetof(struct ipam_plugin, options))
        return refuse(IPAM_E_CONFIG, err, "its descriptor is cut off (%u bytes)", (unsigned)d.size);
    if (d.abi != IPAM_ABI)
        return refuse(IPAM_E_CONFIG, err,
                      "it is built for ABI %u.%u, this is %u.%u: install the build for this ipamd",
                      (unsigned)(d.abi >> 16), (unsigned)(d.abi & 0xffff), IPAM_ABI_MAJOR, IPAM_ABI_MINOR);
    if (d.name == NULL || strcmp(d.name, name) != 0)
        return refuse(IPAM_E_CONFIG, err, "it calls itself '%.32s', not '%s': install it under its own name",
                      d.name ? d.name : "", name);
    if (!plain_text(d.version, VERSION_MAX) || !plain_text(d.summary, SUMMARY_MAX))
        return refuse(IPAM_E_CONFIG, err, "it has no version or no summary");
    if (!d.dhcp && !d.storage)
        return refuse(IPAM_E_CONFIG, err, "it offers no kind this ABI knows");
    memcpy(pl->name, name, strlen(name) + 1);
    pl->version = arena_strdup(&pl->arena, d.version);
    pl->summary = arena_strdup(&pl->arena, d.summary);
    status = option_table_copy(d.options, &pl->arena, &pl->options, err);
    if (status == 0 && d.dhcp)
        status = take_dhcp(pl, d.dhcp, err);
    if (status == 0 && d.storage)
        status = take_storage(pl, d.storage, err);
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

void plugin_fini(struct plugin *pl)
{
    arena_fini(&pl->arena);
    memset(pl, 0, sizeof(*pl));
}

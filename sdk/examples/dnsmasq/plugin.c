/* plugin.c - a read-only DHCP provider for dnsmasq: its options, opening and closing, and the descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The configuration and the lease file are read anew in each call; that the server runs, and which version,
 * it says itself. */
#include "dnsmasq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ipam_option opt_config = {
    .size = sizeof(opt_config),
    .kind = IPAM_OPT_PATH,
    .flags = IPAM_OPT_REQUIRED,
    .name = "config",
    .help = "The configuration file that dnsmasq is started with (-C); what it includes is followed.",
};
static const struct ipam_option opt_leases = {
    .size = sizeof(opt_leases),
    .kind = IPAM_OPT_PATH,
    .name = "leases",
    .help = "The lease file; absent: the configuration's dhcp-leasefile, else /var/lib/misc/dnsmasq.leases.",
};
static const struct ipam_option opt_networks = {
    .size = sizeof(opt_networks),
    .kind = IPAM_OPT_LIST,
    .name = "networks",
    .max = 1000,
    .help = "IPv4 prefixes of dnsmasq's interfaces, for ranges written without a netmask.",
};
static const struct ipam_option opt_address = {
    .size = sizeof(opt_address),
    .kind = IPAM_OPT_ADDRESS,
    .flags = IPAM_OPT_SERVER,
    .name = "address",
    .def = "127.0.0.1",
    .help = "Where dnsmasq answers DNS: the probe asks it there for its version.",
};
static const struct ipam_option opt_port = {
    .size = sizeof(opt_port),
    .kind = IPAM_OPT_INT,
    .name = "port",
    .min = 1,
    .max = 65535,
    .help = "UDP port of its DNS; absent: the configuration's port, else 53.",
};
static const struct ipam_option opt_timeout = {
    .size = sizeof(opt_timeout),
    .kind = IPAM_OPT_DURATION,
    .name = "timeout",
    .def = "2s",
    .min = 100,
    .max = 60000,
    .help = "How long the probe waits for its answer.",
};
static const struct ipam_option *const options[] = { &opt_config, &opt_leases,  &opt_networks, &opt_address,
                                                     &opt_port,   &opt_timeout, NULL };

static int is_network(const struct ipam_str *s, struct ipam_prefix *ret)
{
    char text[64];

    if (s->len >= sizeof(text))
        return 0;
    snprintf(text, sizeof(text), "%.*s", (int)s->len, s->data);
    return text_prefix(text, ret) == 0 && ret->addr.family == 4;
}

static void check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs list;
    struct ipam_prefix p;

    for (size_t i = 0; host->option_list(inst, "networks", &list) == 0 && i < list.count; i++)
        if (!is_network(&list.items[i], &p)) {
            host->option_problem(inst, "networks",
                                 "holds what is no IPv4 prefix: write for example \"10.0.0.0/24\"");
            return;
        }
}

static int32_t path_of(struct ipam_inst *inst, const struct ipam_host *host, const char *name,
                       char ret[PATH_BYTES])
{
    struct ipam_str s;
    int32_t status = host->option_text(inst, name, &s);

    ret[0] = '\0';
    if (status < 0)
        return status;
    if (snprintf(ret, PATH_BYTES, "%.*s", (int)s.len, s.data) < PATH_BYTES)
        return IPAM_OK;
    host->open_error(inst,
                     "a path is longer than 1023 bytes: give the options config and leases shorter ones");
    return IPAM_E_CONFIG;
}

static int32_t networks_of(struct ipam_inst *inst, const struct ipam_host *host, struct options *o)
{
    struct ipam_strs list;

    if (host->option_list(inst, "networks", &list) < 0 || list.count == 0)
        return IPAM_OK;
    o->networks = calloc(list.count, sizeof(o->networks[0]));
    if (o->networks == NULL)
        return IPAM_E_NOMEM;
    for (size_t i = 0; i < list.count; i++)
        if (!is_network(&list.items[i], &o->networks[o->network_count++])) {
            host->open_error(
                inst, "the option networks holds what is no IPv4 prefix: write for example 10.0.0.0/24");
            return IPAM_E_CONFIG;
        }
    return IPAM_OK;
}

static int32_t read_options(struct ipam_inst *inst, const struct ipam_host *host, struct options *o)
{
    int32_t status = path_of(inst, host, "config", o->config);

    if (status == IPAM_OK)
        status = path_of(inst, host, "leases", o->leases);
    if (status == IPAM_E_NOENT && o->config[0] != '\0') /* leases may be absent */
        status = IPAM_OK;
    if (status == IPAM_OK)
        status = host->option_addr(inst, "address", &o->address);
    if (status == IPAM_OK)
        status = host->option_int(inst, "timeout", &o->timeout_ms);
    if (status == IPAM_OK && host->option_int(inst, "port", &o->port) < 0)
        o->port = 0;
    return status == IPAM_OK ? networks_of(inst, host, o) : status;
}

static void close_instance(void *ctx)
{
    struct provider *p = ctx;

    free(p->options.networks);
    free(p);
}

static int32_t open_instance(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct provider *p = calloc(1, sizeof(*p));
    int32_t status;

    if (p == NULL)
        return IPAM_E_NOMEM;
    p->host = host;
    p->inst = inst;
    if (!IPAM_HAS(host, option_list) || !IPAM_HAS(host, option_addr)) {
        host->open_error(
            inst, "this ipamd is too old to give lists and addresses: install one of ABI 0.2 or newer");
        close_instance(p);
        return IPAM_E_UNSUPPORTED;
    }
    status = read_options(inst, host, &p->options);
    if (status < 0) {
        close_instance(p);
        return status;
    }
    *ret_ctx = p;
    return IPAM_OK;
}

/* SERIAL: files and one socket, straight on. Nothing waits longer than 100 ms without asking host->cancelled,
 * so there is no `cancel`. */
static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6,
                .open = open_instance,
                .close = close_instance,
                .probe = op_probe },
    .read_config = op_read_config,
    .read_leases = op_read_leases,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = NAME,
        .version = VERSION,
        .summary = "Reads scopes, reservations and leases of a dnsmasq from its files.",
        .options = options,
        .check = check,
        .dhcp = &dhcp,
    };

    return &plugin;
}

/* plugin.h - a plugin's descriptor and its one entry point.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A plugin is NAME.so with exactly one exported symbol, ipam_plugin_v0. While the ABI is v0 there is no
 * promise: the minor number must match exactly. Every table the plugin returns lives as long as the process.
 */
#ifndef IPAM_PLUGIN_H
#define IPAM_PLUGIN_H

#include "ipam/audit.h"
#include "ipam/dhcp.h"
#include "ipam/discovery.h"
#include "ipam/dns.h"
#include "ipam/identity.h"
#include "ipam/reach.h"
#include "ipam/sink.h"
#include "ipam/storage.h"
#include "ipam/vspace.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_ABI_MAJOR 0u
#define IPAM_ABI_MINOR 2u
#define IPAM_ABI       ((IPAM_ABI_MAJOR << 16) | IPAM_ABI_MINOR)

struct ipam_plugin {
    uint32_t size, abi;                       /* sizeof and IPAM_ABI as the plugin was built; always first */
    const char *name;                         /* [a-z0-9-]{1,32}, the file's name without .so */
    const char *version;                      /* of the plugin, for people */
    const char *summary;                      /* one line */
    const struct ipam_option *const *options; /* NULL-terminated; NULL: none */
    /* What other plugins must (needs) or should (wants) be there: NULL-terminated lists of "kind" or
     * "kind:capability", such as "dhcp:leases"; NULL: nothing. Their instances are closed after this one's.
     * */
    const char *const *needs;
    const char *const *wants;
    /* Checks options that depend on each other: reads them with host->option_* (secrets are absent), and
     * tells host->option_problem of each problem. No file, no network, no other effect. May be NULL. */
    void (*check)(struct ipam_inst *inst, const struct ipam_host *host);
    const struct ipam_discovery_ops *discovery; /* the kinds; NULL: not offered */
    const struct ipam_dhcp_ops *dhcp;
    const struct ipam_dns_ops *dns;
    const struct ipam_vspace_ops *vspace;
    const struct ipam_audit_ops *audit;
    const struct ipam_storage_ops *storage;
    const struct ipam_identity_ops *identity;
    const struct ipam_reach_ops *reach;
    const struct ipam_sink_ops *sink;
};

#define IPAM_PLUGIN_ENTRY "ipam_plugin_v0"
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const struct ipam_plugin *
ipam_plugin_v0(void);

#ifdef __cplusplus
}
#endif
#endif

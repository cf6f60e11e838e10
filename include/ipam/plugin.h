/* plugin.h - a plugin's descriptor and its one entry point.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A plugin is NAME.so with exactly one exported symbol, ipam_plugin_v0. While the ABI is v0 there is no
 * promise: the minor number must match exactly. Every table the plugin returns lives as long as the process.
 */
#ifndef IPAM_PLUGIN_H
#define IPAM_PLUGIN_H

#include "ipam/dhcp.h"
#include "ipam/storage.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_ABI_MAJOR 0u
#define IPAM_ABI_MINOR 1u
#define IPAM_ABI       ((IPAM_ABI_MAJOR << 16) | IPAM_ABI_MINOR)

struct ipam_plugin {
    uint32_t size, abi;                       /* sizeof and IPAM_ABI as the plugin was built; always first */
    const char *name;                         /* [a-z0-9-]{1,32}, the file's name without .so */
    const char *version;                      /* of the plugin, for people */
    const char *summary;                      /* one line */
    const struct ipam_option *const *options; /* NULL-terminated; NULL: none */
    const struct ipam_dhcp_ops *dhcp;         /* NULL: kind not offered */
    const struct ipam_storage_ops *storage;   /* NULL: kind not offered */
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

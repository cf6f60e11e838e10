/* kind.h - the kinds of provider as data: their tables, members and capabilities.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_KIND_H
#define PROVIDER_KIND_H

#include <stdbool.h>

#include "ipam/plugin.h"

#define KIND_END (IPAM_KIND_SINK + 1)

/* The host's own copies of a plugin's tables, in the newest layout; zero where a kind is not offered. */
struct kind_tables {
    struct ipam_discovery_ops discovery;
    struct ipam_dhcp_ops dhcp;
    struct ipam_dns_ops dns;
    struct ipam_vspace_ops vspace;
    struct ipam_audit_ops audit;
    struct ipam_storage_ops storage;
    struct ipam_identity_ops identity;
    struct ipam_reach_ops reach;
    struct ipam_sink_ops sink;
};

/* What is known of one kind that a plugin offers, also when its tables are in another process. */
struct kind_offer {
    bool offered;
    uint32_t thread_model, concurrency; /* as the table says; storage: 0 */
    uint64_t capabilities;
};

/* "dhcp", ...; NULL for a number that is no kind. */
const char *kind_name(uint32_t kind);
/* The number of a kind by its name; 0: none. */
uint32_t kind_find(const char *name, size_t len);
/* "loop", "serial", "parallel"; NULL for a number that is no thread model. */
const char *kind_thread_model(uint32_t model);

/* Calls `found` for the name of each capability in the set. */
void kind_each_capability(uint32_t kind, uint64_t capabilities, void (*found)(void *user, const char *name),
                          void *user);
/* The bit of a capability by its name; 0: the kind has none of that name. */
uint64_t kind_capability(uint32_t kind, const char *name, size_t len);

/* Copies the table of a kind out of a descriptor and checks it: sizes, version, thread model, required
 * members, and that capabilities and members say the same. A kind that is not offered is well. 0, or
 * IPAM_E_CONFIG with the reason. */
int kind_take(uint32_t kind, const struct ipam_plugin *descriptor, struct kind_tables *tables,
              struct kind_offer *ret, char *err);
/* The common part of a kind's table; NULL for storage. */
const struct ipam_ops *kind_ops(const struct kind_tables *tables, uint32_t kind);

/* Copies a size-tagged table into ours, newest layout, the rest zero. False when it has not even a size. */
bool kind_copy_table(void *ours, size_t our_size, const void *theirs);

#endif

/* discovery.h - server discovery provider interface (kind "discovery", v0): finds servers, and prepares them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_DISCOVERY_H
#define IPAM_DISCOVERY_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_DISCOVERY_CAP_DISCOVER  0x1 /* discover: it can look around; without, it only describes */
#define IPAM_DISCOVERY_CAP_PROVISION 0x2 /* provision */
#define IPAM_DISCOVERY_CAP_REALMS    0x4 /* discover takes args->realms */

struct ipam_discovery_ops {
    struct ipam_ops common;
    /* Looks for servers in args->realm (a domain, a network, a site: what the source calls its parts): emits
     * ipam_found, one a server; with args->realms instead an ipam_realm for each part that can be looked in.
     * IPAM_DONE_COMPLETE: what was not emitted is not there. */
    void (*discover)(void *ctx, struct ipam_req *req, const struct ipam_discover *args);
    /* Emits one ipam_found for args->name, or ends with IPAM_E_NOENT. */
    void (*describe)(void *ctx, struct ipam_req *req, const struct ipam_discover *args);
    /* Prepares servers for management, or takes that back: access groups, policies, delegations; with
     * args->servers it lets these in, or out again, and leaves the realm's own things. Emits an
     * ipam_artefact for each thing there is, that is to be made (verb plan), was made (apply) or removed
     * (remove). */
    void (*provision)(void *ctx, struct ipam_req *req, const struct ipam_provision *args);
};

#ifdef __cplusplus
}
#endif
#endif

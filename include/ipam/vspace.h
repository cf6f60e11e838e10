/* vspace.h - virtual address space source interface (kind "vspace", v0): virtual networks and who is in them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_VSPACE_H
#define IPAM_VSPACE_H

#include "ipam/dhcp.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_VSPACE_CAP_WATCH  0x1 /* watch */
#define IPAM_VSPACE_CAP_APPLY  0x2 /* apply: what was changed here is handed back */
#define IPAM_VSPACE_CAP_ATOMIC 0x4 /* apply is all or nothing */
#define IPAM_VSPACE_CAP_CHECK  0x8 /* apply takes IPAM_APPLY_CHECK */

struct ipam_vspace_ops {
    struct ipam_ops common;
    /* Emits all that there is: ipam_vnetwork, each followed by its ipam_vsubnet, ipam_vpool and ipam_vaddress
     * rows. Outcome token: this state, for watch and apply; IPAM_DONE_COMPLETE as in dhcp. */
    void (*snapshot)(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args);
    /* Emits what changes after the state args->token, as it happens, until cancelled (done IPAM_E_CANCELED
     * then); rows with `removed` set are gone. Outcome token: the state reached. IPAM_E_GONE: that state is
     * too old; take a snapshot. */
    void (*watch)(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args);
    /* As in dhcp. */
    void (*apply)(void *ctx, struct ipam_req *req, const struct ipam_apply *args);
};

#ifdef __cplusplus
}
#endif
#endif

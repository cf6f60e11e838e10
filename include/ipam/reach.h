/* reach.h - reachability provider interface (kind "reach", v0): whether somebody uses an address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_REACH_H
#define IPAM_REACH_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Methods, also the capabilities. */
#define IPAM_REACH_PING     0x1 /* an echo request */
#define IPAM_REACH_NEIGHBOR 0x2 /* ARP, or neighbour discovery */
#define IPAM_REACH_DNS      0x4 /* whether the address has a name */
#define IPAM_REACH_DHCP     0x8 /* what a DHCP server says of it */

struct ipam_reach_ops {
    struct ipam_ops common;
    /* Emits an ipam_reached for each of args->addresses and each of args->methods, as answers come. What is
     * not answered in args->timeout is `silent`, no error. */
    void (*reach)(void *ctx, struct ipam_req *req, const struct ipam_reach *args);
};

#ifdef __cplusplus
}
#endif
#endif

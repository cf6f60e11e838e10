/* dhcp.h - DHCP management provider interface (kind "dhcp", v0).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_DHCP_H
#define IPAM_DHCP_H

#include "ipam/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a server can do; reported by probe for the server as it is, by the table for the driver at best. */
#define IPAM_DHCP_CAP_LEASES       0x1 /* read_leases */
#define IPAM_DHCP_CAP_RESERVATIONS 0x2 /* apply takes reservations */
#define IPAM_DHCP_CAP_ATOMIC       0x4 /* apply is all or nothing */
#define IPAM_DHCP_CAP_V4           0x8
#define IPAM_DHCP_CAP_V6           0x10

/* Flags of apply. */
#define IPAM_APPLY_CHECK 0x1 /* validate only; nothing changes */
/* An earlier call with these edits may have got anywhere: make sure first that the server serves clients
 * (falling back to its own saved configuration if it does not), then finish what is missing and repeat
 * nothing that is there. The token is ignored. */
#define IPAM_APPLY_RESUME 0x2
/* With RESUME: the edits must not be in effect afterwards; take back what is there. */
#define IPAM_APPLY_UNDO 0x4

/* Every operation gets its request and ends in exactly one host->done. `args` stay valid until then. */
struct ipam_dhcp_ops {
    uint32_t size, version; /* sizeof; 0 */
    uint32_t thread_model;  /* IPAM_THREAD_* */
    uint64_t capabilities;  /* at best */
    /* Makes the context of one instance; on its thread; does not talk to the server. 0 and *ret_ctx, or
     * IPAM_E_*. */
    int32_t (*open)(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx);
    void (*close)(void *ctx); /* no request is open */
    /* Emits one ipam_probe and an ipam_check per channel. Done IPAM_OK when the server answered, whatever the
     * checks say. */
    void (*probe)(void *ctx, struct ipam_req *req);
    /* Emits ipam_scope, ipam_pool (after its scope), ipam_reservation rows: vendor-free, without ids, with
     * `native`/`native_scope`. Outcome: token naming this configuration; IPAM_DONE_COMPLETE when everything
     * asked for was emitted. */
    void (*read_config)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
    /* Emits ipam_lease rows, at most args->limit or what the server likes; outcome cursor: where to go on,
     * absent at the end. Rows of one page come in ascending order of address within their family. */
    void (*read_leases)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
    /* Applies args->count edits (host->edit). Emits one ipam_edit_result each. IPAM_E_CHANGED: the
     * configuration is not the token's, nothing changed. IPAM_E_REFUSED: the server refused, nothing changed,
     * results say which edit and why if that can be known. IPAM_E_UNKNOWN: sent, but the outcome cannot be
     * told. Edits the server's present configuration; never rebuilds it. Outcome token: the configuration
     * afterwards. */
    void (*apply)(void *ctx, struct ipam_req *req, const struct ipam_apply *args);
    /* A hint for a request under way; done still follows. Any thread. May be NULL. */
    void (*cancel)(void *ctx, struct ipam_req *req);
};

#ifdef __cplusplus
}
#endif
#endif

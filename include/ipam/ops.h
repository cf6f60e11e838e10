/* ops.h - what the tables of all kinds but storage begin with: opening, closing, probing, cancelling.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_OPS_H
#define IPAM_OPS_H

#include "ipam/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of provider: what an instance is opened as. */
#define IPAM_KIND_DISCOVERY 1
#define IPAM_KIND_DHCP      2
#define IPAM_KIND_DNS       3
#define IPAM_KIND_VSPACE    4
#define IPAM_KIND_AUDIT     5
#define IPAM_KIND_STORAGE   6
#define IPAM_KIND_IDENTITY  7
#define IPAM_KIND_REACH     8
#define IPAM_KIND_SINK      9

/* Thread models: what the plugin can stand. The host may call less, never more.
 * LOOP: never blocks; open, close, cancel and every operation come on one thread, on which emit and done are
 * called, too. Several calls may be under way.
 * SERIAL: may block; one call at a time, always on the same thread of the instance.
 * PARALLEL: may block; up to `concurrency` calls at once, on threads of the instance.
 * Under SERIAL and PARALLEL, `cancel` comes on another thread than the call it is about. */
#define IPAM_THREAD_LOOP     3
#define IPAM_THREAD_SERIAL   1
#define IPAM_THREAD_PARALLEL 2

/* The first member of each kind's table. It never grows: what is new is appended to the kinds. */
struct ipam_ops {
    uint32_t size, version; /* sizeof the whole table of the kind; 0 */
    uint32_t thread_model;  /* IPAM_THREAD_* */
    uint32_t concurrency;   /* calls at once under LOOP and PARALLEL, 1-64; 0: as the host likes (4) */
    uint64_t capabilities;  /* what the driver can at best: IPAM_DHCP_CAP_*, IPAM_DNS_CAP_*, ... */
    /* Makes the context of one instance; does not talk to the server. Reads all options there: the host keeps
     * them, but a secret is gone afterwards. 0 and *ret_ctx (not NULL), or IPAM_E_*, having said why with
     * host->open_error. */
    int32_t (*open)(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx);
    /* No request is open. Afterwards nothing of the context may be running. */
    void (*close)(void *ctx);
    /* Asks the server how it is: emits one ipam_probe, and an ipam_check for each channel. Done IPAM_OK when
     * the server answered, whatever the checks say. */
    void (*probe)(void *ctx, struct ipam_req *req);
    /* A hint for a request under way: end it soon; done still follows. It may come at any moment from
     * before the operation has looked at the request until done is being called. May be NULL. */
    void (*cancel)(void *ctx, struct ipam_req *req);
};

#ifdef __cplusplus
}
#endif
#endif

/* audit.h - audit source interface (kind "audit", v0): the only source of events.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Leases given and returned, changes of configuration, zone events and logons, each stream read in order from
 * a bookmark. An event is delivered at least once; the bookmark is stored in the batch that stores its
 * events, so it is recorded exactly once. */
#ifndef IPAM_AUDIT_H
#define IPAM_AUDIT_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_AUDIT_CAP_POLL   0x1 /* poll */
#define IPAM_AUDIT_CAP_LISTEN 0x2 /* listen */

struct ipam_audit_ops {
    struct ipam_ops common;
    /* Emits an ipam_event_stream for each stream of the server. */
    void (*streams)(void *ctx, struct ipam_req *req);
    /* Emits ipam_event rows of args->stream after args->bookmark (absent: from its oldest), oldest first, at
     * most args->limit and only args->kinds. Outcome cursor: the bookmark behind the last one looked at.
     * IPAM_E_GONE: events after the bookmark were lost (a log was overwritten); the outcome's cursor is the
     * bookmark before the oldest that there is. */
    void (*poll)(void *ctx, struct ipam_req *req, const struct ipam_event_read *args);
    /* Emits events as they come, each with its `bookmark`, until cancelled; done
     * IPAM_E_CANCELED then. */
    void (*listen)(void *ctx, struct ipam_req *req, const struct ipam_event_read *args);
    /* Everything up to args->bookmark is durable here: the source may forget it. NULL when no source wants to
     * know. */
    void (*ack)(void *ctx, struct ipam_req *req, const struct ipam_event_read *args);
};

#ifdef __cplusplus
}
#endif
#endif

/* call.h - the operations of all kinds, as one list.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_CALL_H
#define PROVIDER_CALL_H

#include <stdbool.h>

#include "ipam/types.h"

/* The numbers go over the wire between two builds of the same version: append only all the same. */
enum call_op {
    CALL_PROBE = 1,
    CALL_READ_CONFIG,
    CALL_READ_LEASES,
    CALL_APPLY,
    CALL_ENTER,
    CALL_GET,
    CALL_COMMIT,
    CALL_ABORT,
    CALL_OUTCOME,
    CALL_QUERY,
    CALL_CHANGES,
    CALL_DHCP_STATS,
    CALL_ACT,
    CALL_NEXT_FREE,
    CALL_LIST_ZONES,
    CALL_READ_RECORDS,
    CALL_DNS_STATS,
    CALL_RESOLVE,
    CALL_DISCOVER,
    CALL_DESCRIBE,
    CALL_PROVISION,
    CALL_SNAPSHOT,
    CALL_WATCH,
    CALL_STREAMS,
    CALL_POLL,
    CALL_LISTEN,
    CALL_ACK,
    CALL_VERIFY_CREDENTIAL,
    CALL_REACH,
    CALL_DELIVER,
    CALL_LOG_QUERY,
    CALL_LOG_PRUNE,
    CALL_DUMP,
    CALL_LOAD,
    CALL_VERIFY,
    CALL_STAT,
    CALL_EXPLAIN,
    CALL_OP_END
};

#define CALL_STORAGE 1u /* arguments are plain structs of the caller's */
#define CALL_READER  2u /* storage: on the reader threads */
#define CALL_SECRET  4u /* the arguments hold a secret: copies are wiped */
#define CALL_LASTING 8u /* it lasts until it is cancelled: no deadline, and not one of the calls at once */

struct call_kind {
    const char *name;   /* for messages: "read_leases" */
    uint32_t args_type; /* record type of the arguments; 0: none, or a plain struct (storage) */
    uint32_t flags;     /* CALL_* */
};
/* NULL for a number that is no operation. */
const struct call_kind *call_kind(uint32_t op);

struct call_edit {
    uint32_t verb;
    const struct ipam_record *before, *after; /* NULL: absent */
};
#define CALL_EDITS_MAX 10000

struct kind_tables;
struct ipam_req;
/* Calls the operation of a kind. False when the kind has none such, or the plugin does not offer it; then
 * nothing was called. */
bool call_plugin(const struct kind_tables *t, uint32_t kind, uint32_t op, void *ctx, struct ipam_req *req,
                 const void *args);

#endif

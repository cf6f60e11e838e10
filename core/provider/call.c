/* call.c - the operations of all kinds, as one list, and how each is called.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/call.h"

#include "provider/kind.h"

static const struct call_kind calls[CALL_OP_END] = {
    [CALL_PROBE] = { "probe", 0, 0 },
    [CALL_READ_CONFIG] = { "read_config", IPAM_T_DHCP_READ, 0 },
    [CALL_READ_LEASES] = { "read_leases", IPAM_T_DHCP_READ, 0 },
    [CALL_APPLY] = { "apply", IPAM_T_APPLY, 0 },
    [CALL_ENTER] = { "gate_enter", 0, CALL_STORAGE },
    [CALL_GET] = { "gate_get", 0, CALL_STORAGE },
    [CALL_COMMIT] = { "gate_commit", 0, CALL_STORAGE },
    [CALL_ABORT] = { "gate_abort", 0, CALL_STORAGE },
    [CALL_OUTCOME] = { "outcome", 0, CALL_STORAGE },
    [CALL_QUERY] = { "query", 0, CALL_STORAGE | CALL_READER },
    [CALL_CHANGES] = { "changes", 0, CALL_STORAGE | CALL_READER },
    [CALL_DHCP_STATS] = { "read_stats", IPAM_T_DHCP_READ, 0 },
    [CALL_ACT] = { "act", IPAM_T_ACT, 0 },
    [CALL_NEXT_FREE] = { "next_free", IPAM_T_NEXT_FREE, 0 },
    [CALL_LIST_ZONES] = { "list_zones", IPAM_T_DNS_READ, 0 },
    [CALL_READ_RECORDS] = { "read_records", IPAM_T_DNS_READ, 0 },
    [CALL_DNS_STATS] = { "read_stats", IPAM_T_DNS_READ, 0 },
    [CALL_RESOLVE] = { "resolve", IPAM_T_RESOLVE, 0 },
    [CALL_DISCOVER] = { "discover", IPAM_T_DISCOVER, 0 },
    [CALL_DESCRIBE] = { "describe", IPAM_T_DISCOVER, 0 },
    [CALL_PROVISION] = { "provision", IPAM_T_PROVISION, 0 },
    [CALL_SNAPSHOT] = { "snapshot", IPAM_T_VSPACE_READ, 0 },
    [CALL_WATCH] = { "watch", IPAM_T_VSPACE_READ, CALL_LASTING },
    [CALL_STREAMS] = { "streams", 0, 0 },
    [CALL_POLL] = { "poll", IPAM_T_EVENT_READ, 0 },
    [CALL_LISTEN] = { "listen", IPAM_T_EVENT_READ, CALL_LASTING },
    [CALL_ACK] = { "ack", IPAM_T_EVENT_READ, 0 },
    [CALL_VERIFY_CREDENTIAL] = { "verify", IPAM_T_CREDENTIAL, CALL_SECRET },
    [CALL_REACH] = { "reach", IPAM_T_REACH, 0 },
    [CALL_DELIVER] = { "deliver", IPAM_T_DELIVERY, 0 },
    [CALL_LOG_QUERY] = { "log_query", 0, CALL_STORAGE | CALL_READER },
    [CALL_LOG_PRUNE] = { "log_prune", 0, CALL_STORAGE },
    [CALL_DUMP] = { "dump", 0, CALL_STORAGE | CALL_READER },
    [CALL_LOAD] = { "load", 0, CALL_STORAGE },
    [CALL_VERIFY] = { "verify", 0, CALL_STORAGE | CALL_READER },
    [CALL_STAT] = { "stat", 0, CALL_STORAGE | CALL_READER },
    [CALL_EXPLAIN] = { "explain", IPAM_T_DHCP_CLIENT, 0 },
};

const struct call_kind *call_kind(uint32_t op)
{
    return op < CALL_OP_END && calls[op].name ? &calls[op] : NULL;
}

/* One operation of a table: called when it is there. */
#define TO(table, member)       return (table).member ? ((table).member(ctx, req, args), true) : false
#define TO_PLAIN(table, member) return (table).member ? ((table).member(ctx, req), true) : false
/* Storage writes its answers into the caller's struct. */
#define TO_CALLER(table, member)                                                                             \
    return (table).member ? ((table).member(ctx, req, (void *)args), true) : false

static bool call_dhcp(const struct ipam_dhcp_ops *o, uint32_t op, void *ctx, struct ipam_req *req,
                      const void *args)
{
    switch (op) {
    case CALL_READ_CONFIG: TO(*o, read_config);
    case CALL_READ_LEASES: TO(*o, read_leases);
    case CALL_APPLY: TO(*o, apply);
    case CALL_DHCP_STATS: TO(*o, read_stats);
    case CALL_ACT: TO(*o, act);
    case CALL_NEXT_FREE: TO(*o, next_free);
    case CALL_EXPLAIN: TO(*o, explain);
    default: return false;
    }
}

static bool call_dns(const struct ipam_dns_ops *o, uint32_t op, void *ctx, struct ipam_req *req,
                     const void *args)
{
    switch (op) {
    case CALL_LIST_ZONES: TO(*o, list_zones);
    case CALL_READ_RECORDS: TO(*o, read_records);
    case CALL_APPLY: TO(*o, apply);
    case CALL_DNS_STATS: TO(*o, read_stats);
    case CALL_ACT: TO(*o, act);
    case CALL_RESOLVE: TO(*o, resolve);
    default: return false;
    }
}

static bool call_sources(const struct kind_tables *t, uint32_t kind, uint32_t op, void *ctx,
                         struct ipam_req *req, const void *args)
{
    switch (kind << 8 | op) {
    case IPAM_KIND_DISCOVERY << 8 | CALL_DISCOVER: TO(t->discovery, discover);
    case IPAM_KIND_DISCOVERY << 8 | CALL_DESCRIBE: TO(t->discovery, describe);
    case IPAM_KIND_DISCOVERY << 8 | CALL_PROVISION: TO(t->discovery, provision);
    case IPAM_KIND_VSPACE << 8 | CALL_SNAPSHOT: TO(t->vspace, snapshot);
    case IPAM_KIND_VSPACE << 8 | CALL_WATCH: TO(t->vspace, watch);
    case IPAM_KIND_VSPACE << 8 | CALL_APPLY: TO(t->vspace, apply);
    case IPAM_KIND_AUDIT << 8 | CALL_STREAMS: TO_PLAIN(t->audit, streams);
    case IPAM_KIND_AUDIT << 8 | CALL_POLL: TO(t->audit, poll);
    case IPAM_KIND_AUDIT << 8 | CALL_LISTEN: TO(t->audit, listen);
    case IPAM_KIND_AUDIT << 8 | CALL_ACK: TO(t->audit, ack);
    default: return false;
    }
}

static bool call_services(const struct kind_tables *t, uint32_t kind, uint32_t op, void *ctx,
                          struct ipam_req *req, const void *args)
{
    switch (kind << 8 | op) {
    case IPAM_KIND_IDENTITY << 8 | CALL_VERIFY_CREDENTIAL: TO(t->identity, verify);
    case IPAM_KIND_REACH << 8 | CALL_REACH: TO(t->reach, reach);
    case IPAM_KIND_SINK << 8 | CALL_DELIVER: TO(t->sink, deliver);
    default: return false;
    }
}

static bool call_storage(const struct ipam_storage_ops *o, uint32_t op, void *ctx, struct ipam_req *req,
                         const void *args)
{
    switch (op) {
    case CALL_ENTER: TO_CALLER(*o, gate_enter);
    case CALL_GET: TO(*o, gate_get);
    case CALL_COMMIT: TO(*o, gate_commit);
    case CALL_ABORT: TO_PLAIN(*o, gate_abort);
    case CALL_OUTCOME: TO_CALLER(*o, outcome);
    case CALL_QUERY: TO_CALLER(*o, query);
    case CALL_CHANGES: TO_CALLER(*o, changes);
    case CALL_LOG_QUERY: TO_CALLER(*o, log_query);
    case CALL_LOG_PRUNE: TO_CALLER(*o, log_prune);
    case CALL_DUMP: TO_CALLER(*o, dump);
    case CALL_LOAD: TO(*o, load);
    case CALL_VERIFY: TO_PLAIN(*o, verify);
    case CALL_STAT: TO_PLAIN(*o, stat);
    default: return false;
    }
}

bool call_plugin(const struct kind_tables *t, uint32_t kind, uint32_t op, void *ctx, struct ipam_req *req,
                 const void *args)
{
    if (kind == IPAM_KIND_STORAGE)
        return call_storage(&t->storage, op, ctx, req, args);
    if (op == CALL_PROBE)
        TO_PLAIN(*kind_ops(t, kind), probe);
    if (kind == IPAM_KIND_DHCP)
        return call_dhcp(&t->dhcp, op, ctx, req, args);
    if (kind == IPAM_KIND_DNS)
        return call_dns(&t->dns, op, ctx, req, args);
    if (kind == IPAM_KIND_DISCOVERY || kind == IPAM_KIND_VSPACE || kind == IPAM_KIND_AUDIT)
        return call_sources(t, kind, op, ctx, req, args);
    return call_services(t, kind, op, ctx, req, args);
}

/* calls.c - every operation of every kind but storage: where it is in its table, and what it goes with.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "conform.h"

#define DHCP_WRITE                                                                                           \
    (IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_SERVER | IPAM_DHCP_CAP_SCOPES | IPAM_DHCP_CAP_SUPERSCOPES |  \
     IPAM_DHCP_CAP_OPTIONS | IPAM_DHCP_CAP_CLASSES | IPAM_DHCP_CAP_POLICIES | IPAM_DHCP_CAP_FILTERS |        \
     IPAM_DHCP_CAP_FAILOVERS | IPAM_DHCP_CAP_EXCLUSIONS | IPAM_DHCP_CAP_WHOLE)
#define DHCP_ACTS (IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RESTART + 1) - IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_ADD))
#define DHCP_REST                                                                                            \
    (IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_ATOMIC | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6 |                     \
     IPAM_DHCP_CAP_STATS | IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_CHECK | IPAM_DHCP_CAP_MIRROR |            \
     IPAM_DHCP_CAP_LATIN1 | IPAM_DHCP_CAP_EXPLAIN | IPAM_DHCP_CAP_TEXT)
#define DNS_WRITE (IPAM_DNS_CAP_WRITE_RECORDS | IPAM_DNS_CAP_WRITE_ZONES | IPAM_DNS_CAP_FORWARDERS)
#define DNS_ACTS  (IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_RESTART + 1) - IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_TRANSFER))
#define DNS_REST                                                                                             \
    (IPAM_DNS_CAP_RECORDS | IPAM_DNS_CAP_DELTA | IPAM_DNS_CAP_STATS | IPAM_DNS_CAP_RESOLVE |                 \
     IPAM_DNS_CAP_ATOMIC | IPAM_DNS_CAP_CHECK)

#define IN(kind, m) offsetof(struct ipam_##kind##_ops, m)
const struct call calls[] = {
    { "probe", 0, offsetof(struct ipam_ops, probe), 0, 0, 0, 0 },
    { "discover", IPAM_KIND_DISCOVERY, IN(discovery, discover), IPAM_T_DISCOVER, IPAM_T_FOUND,
      IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_REALMS, 0 },
    { "describe", IPAM_KIND_DISCOVERY, IN(discovery, describe), IPAM_T_DISCOVER, IPAM_T_FOUND, 0, 0 },
    { "provision", IPAM_KIND_DISCOVERY, IN(discovery, provision), IPAM_T_PROVISION, IPAM_T_ARTEFACT,
      IPAM_DISCOVERY_CAP_PROVISION, 0 },
    { "read_config", IPAM_KIND_DHCP, IN(dhcp, read_config), IPAM_T_DHCP_READ, 0, 0, 0 },
    { "read_leases", IPAM_KIND_DHCP, IN(dhcp, read_leases), IPAM_T_DHCP_READ, IPAM_T_LEASE,
      IPAM_DHCP_CAP_LEASES, 0 },
    { "apply", IPAM_KIND_DHCP, IN(dhcp, apply), IPAM_T_APPLY, IPAM_T_EDIT_RESULT, DHCP_WRITE, CALL_WRITES },
    { "read_stats", IPAM_KIND_DHCP, IN(dhcp, read_stats), IPAM_T_DHCP_READ, IPAM_T_STAT, IPAM_DHCP_CAP_STATS,
      0 },
    { "act", IPAM_KIND_DHCP, IN(dhcp, act), IPAM_T_ACT, 0, DHCP_ACTS, CALL_WRITES },
    { "next_free", IPAM_KIND_DHCP, IN(dhcp, next_free), IPAM_T_NEXT_FREE, IPAM_T_ADDRESS,
      IPAM_DHCP_CAP_NEXT_FREE, 0 },
    { "explain", IPAM_KIND_DHCP, IN(dhcp, explain), IPAM_T_DHCP_CLIENT, IPAM_T_CLIENT_FINDING,
      IPAM_DHCP_CAP_EXPLAIN, 0 },
    { "list_zones", IPAM_KIND_DNS, IN(dns, list_zones), IPAM_T_DNS_READ, 0, 0, 0 },
    { "read_records", IPAM_KIND_DNS, IN(dns, read_records), IPAM_T_DNS_READ, 0, IPAM_DNS_CAP_RECORDS, 0 },
    { "apply", IPAM_KIND_DNS, IN(dns, apply), IPAM_T_APPLY, IPAM_T_EDIT_RESULT, DNS_WRITE, CALL_WRITES },
    { "read_stats", IPAM_KIND_DNS, IN(dns, read_stats), IPAM_T_DNS_READ, IPAM_T_STAT, IPAM_DNS_CAP_STATS, 0 },
    { "act", IPAM_KIND_DNS, IN(dns, act), IPAM_T_ACT, 0, DNS_ACTS, CALL_WRITES },
    { "resolve", IPAM_KIND_DNS, IN(dns, resolve), IPAM_T_RESOLVE, 0, IPAM_DNS_CAP_RESOLVE, 0 },
    { "snapshot", IPAM_KIND_VSPACE, IN(vspace, snapshot), IPAM_T_VSPACE_READ, 0, 0, 0 },
    { "watch", IPAM_KIND_VSPACE, IN(vspace, watch), IPAM_T_VSPACE_READ, 0, IPAM_VSPACE_CAP_WATCH,
      CALL_ENDLESS },
    { "apply", IPAM_KIND_VSPACE, IN(vspace, apply), IPAM_T_APPLY, IPAM_T_EDIT_RESULT, IPAM_VSPACE_CAP_APPLY,
      CALL_WRITES },
    { "streams", IPAM_KIND_AUDIT, IN(audit, streams), 0, IPAM_T_EVENT_STREAM, 0, 0 },
    { "poll", IPAM_KIND_AUDIT, IN(audit, poll), IPAM_T_EVENT_READ, 0, IPAM_AUDIT_CAP_POLL, 0 },
    { "listen", IPAM_KIND_AUDIT, IN(audit, listen), IPAM_T_EVENT_READ, 0, IPAM_AUDIT_CAP_LISTEN,
      CALL_ENDLESS },
    { "ack", IPAM_KIND_AUDIT, IN(audit, ack), IPAM_T_EVENT_READ, 0, 0, CALL_MAY | CALL_WRITES },
    { "verify", IPAM_KIND_IDENTITY, IN(identity, verify), IPAM_T_CREDENTIAL, IPAM_T_PRINCIPAL, 0, 0 },
    { "reach", IPAM_KIND_REACH, IN(reach, reach), IPAM_T_REACH, IPAM_T_REACHED, 0, 0 },
    { "deliver", IPAM_KIND_SINK, IN(sink, deliver), IPAM_T_DELIVERY, 0, 0, CALL_WRITES },
};
const unsigned call_count = sizeof(calls) / sizeof(calls[0]);

const struct call *call_at(unsigned index)
{
    void (*f)(void);

    if (index > 0 && trial_late())
        return NULL;
    for (unsigned i = 0; i < call_count; i++) {
        const struct call *c = &calls[i];
        if (c->kind != 0 && c->kind != trial_kind)
            continue;
        memcpy(&f, (const char *)&ops + c->member, sizeof(f));
        if (f == NULL || (settings.read_only && (c->flags & CALL_WRITES) != 0))
            continue;
        if (index-- == 0)
            return c;
    }
    return NULL;
}

uint64_t known_caps(uint32_t kind)
{
    switch (kind) {
    case IPAM_KIND_DISCOVERY:
        return IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_PROVISION | IPAM_DISCOVERY_CAP_REALMS;
    case IPAM_KIND_DHCP: return DHCP_WRITE | DHCP_ACTS | DHCP_REST;
    case IPAM_KIND_DNS: return DNS_WRITE | DNS_ACTS | DNS_REST;
    case IPAM_KIND_VSPACE:
        return IPAM_VSPACE_CAP_WATCH | IPAM_VSPACE_CAP_APPLY | IPAM_VSPACE_CAP_ATOMIC | IPAM_VSPACE_CAP_CHECK;
    case IPAM_KIND_AUDIT: return IPAM_AUDIT_CAP_POLL | IPAM_AUDIT_CAP_LISTEN;
    case IPAM_KIND_STORAGE:
        return IPAM_STORAGE_CAP_LOGS | IPAM_STORAGE_CAP_DUMP | IPAM_STORAGE_CAP_VERIFY |
               IPAM_STORAGE_CAP_STATS | IPAM_STORAGE_CAP_AT;
    case IPAM_KIND_IDENTITY:
        return IPAM_IDENTITY_CAP_PASSWORD | IPAM_IDENTITY_CAP_BEARER | IPAM_IDENTITY_CAP_CERTIFICATE |
               IPAM_IDENTITY_CAP_NEGOTIATE;
    case IPAM_KIND_REACH: return IPAM_REACH_PING | IPAM_REACH_NEIGHBOR | IPAM_REACH_DNS | IPAM_REACH_DHCP;
    case IPAM_KIND_SINK: return IPAM_SINK_CAP_ALERTS | IPAM_SINK_CAP_CHANGES | IPAM_SINK_CAP_CHECKPOINTS;
    default: return 0;
    }
}

static const struct {
    int32_t status;
    const char *name;
} statuses[] = {
    { IPAM_OK, "IPAM_OK" },
    { IPAM_E_NOENT, "IPAM_E_NOENT" },
    { IPAM_E_IO, "IPAM_E_IO" },
    { IPAM_E_AGAIN, "IPAM_E_AGAIN" },
    { IPAM_E_NOMEM, "IPAM_E_NOMEM" },
    { IPAM_E_ACCESS, "IPAM_E_ACCESS" },
    { IPAM_E_BUSY, "IPAM_E_BUSY" },
    { IPAM_E_EXIST, "IPAM_E_EXIST" },
    { IPAM_E_INVAL, "IPAM_E_INVAL" },
    { IPAM_E_NOSPC, "IPAM_E_NOSPC" },
    { IPAM_E_RANGE, "IPAM_E_RANGE" },
    { IPAM_E_PROTO, "IPAM_E_PROTO" },
    { IPAM_E_UNSUPPORTED, "IPAM_E_UNSUPPORTED" },
    { IPAM_E_CONN, "IPAM_E_CONN" },
    { IPAM_E_TIMEOUT, "IPAM_E_TIMEOUT" },
    { IPAM_E_CANCELED, "IPAM_E_CANCELED" },
    { IPAM_E_AUTH, "IPAM_E_AUTH" },
    { IPAM_E_CONFIG, "IPAM_E_CONFIG" },
    { IPAM_E_CHANGED, "IPAM_E_CHANGED" },
    { IPAM_E_CONFLICT, "IPAM_E_CONFLICT" },
    { IPAM_E_TOOBIG, "IPAM_E_TOOBIG" },
    { IPAM_E_EXHAUSTED, "IPAM_E_EXHAUSTED" },
    { IPAM_E_REFUSED, "IPAM_E_REFUSED" },
    { IPAM_E_UNKNOWN, "IPAM_E_UNKNOWN" },
    { IPAM_E_PROVIDER, "IPAM_E_PROVIDER" },
    { IPAM_E_GONE, "IPAM_E_GONE" },
    { IPAM_E_BUG, "IPAM_E_BUG" },
};

const char *status_name(int32_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return NULL;
}

/* dns.h - DNS monitoring and management provider interface (kind "dns", v0).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_DNS_H
#define IPAM_DNS_H

#include "ipam/dhcp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a server can do: the table says it for the driver at best, probe for the server as it is. */
#define IPAM_DNS_CAP_RECORDS       0x1   /* read_records */
#define IPAM_DNS_CAP_DELTA         0x2   /* read_records answers what changed since a state */
#define IPAM_DNS_CAP_STATS         0x4   /* read_stats */
#define IPAM_DNS_CAP_RESOLVE       0x8   /* resolve */
#define IPAM_DNS_CAP_ATOMIC        0x10  /* apply is all or nothing */
#define IPAM_DNS_CAP_CHECK         0x20  /* apply takes IPAM_APPLY_CHECK */
#define IPAM_DNS_CAP_WRITE_RECORDS 0x40  /* apply takes DNS records */
#define IPAM_DNS_CAP_WRITE_ZONES   0x80  /* apply takes zones */
#define IPAM_DNS_CAP_FORWARDERS    0x100 /* apply takes zones of type forwarder */
/* The capability of an act, by its verb. */
#define IPAM_DNS_CAP_ACT(verb) ((uint64_t)1 << (32 + (verb)))

/* Verbs of act; the target is a zone's name, or absent for the whole server. */
#define IPAM_DNS_ACT_TRANSFER    1 /* ask the primary whether there is something newer, and take it */
#define IPAM_DNS_ACT_FULL_COPY   2 /* take the whole zone from the primary, whatever its serial */
#define IPAM_DNS_ACT_RELOAD      3 /* read the zone from its own store again */
#define IPAM_DNS_ACT_NOTIFY      4 /* tell the secondaries */
#define IPAM_DNS_ACT_PAUSE       5
#define IPAM_DNS_ACT_RESUME      6
#define IPAM_DNS_ACT_SCAVENGE    7
#define IPAM_DNS_ACT_CLEAR_CACHE 8
#define IPAM_DNS_ACT_RESTART     9

/* Every operation gets its request and ends in exactly one host->done. `args` stay valid until then. */
struct ipam_dns_ops {
    struct ipam_ops common;
    /* Emits ipam_zone rows: state, serial, last transfer and last error, settings; forwarders among them.
     * Outcome token as in dhcp; IPAM_DONE_COMPLETE when every zone was emitted. */
    void (*list_zones)(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args);
    /* Emits ipam_dns_record rows of args->zone, SOA and NS among them. With args->token (or args->serial,
     * when no token is known) and the capability DELTA only what changed since: flag IPAM_DONE_DELTA, rows
     * with `removed` set are gone. Outcome token: the zone's state, which is its serial where that tells
     * every change; cursor as in dhcp. IPAM_E_GONE: that state is too old; read all. */
    void (*read_records)(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args);
    /* As in dhcp; token: of the zone, as read_records gave it, or for edits of zones that of list_zones. */
    void (*apply)(void *ctx, struct ipam_req *req, const struct ipam_apply *args);
    /* Emits ipam_stat rows of the server and its zones. */
    void (*read_stats)(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args);
    /* Does args->verb (IPAM_DNS_ACT_*), whose capability the table has. */
    void (*act)(void *ctx, struct ipam_req *req, const struct ipam_act *args);
    /* Asks the server a question of the DNS: emits ipam_dns_record rows of the answer. IPAM_E_NOENT: there is
     * no such name, or none of that type. */
    void (*resolve)(void *ctx, struct ipam_req *req, const struct ipam_resolve *args);
};

#ifdef __cplusplus
}
#endif
#endif

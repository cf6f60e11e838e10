/* dhcp.h - DHCP management provider interface (kind "dhcp", v0).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_DHCP_H
#define IPAM_DHCP_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a server can do: the table says it for the driver at best, probe for the server as it is. */
#define IPAM_DHCP_CAP_LEASES       0x1 /* read_leases */
#define IPAM_DHCP_CAP_RESERVATIONS 0x2 /* apply takes reservations */
#define IPAM_DHCP_CAP_ATOMIC       0x4 /* apply is all or nothing */
#define IPAM_DHCP_CAP_V4           0x8
#define IPAM_DHCP_CAP_V6           0x10
#define IPAM_DHCP_CAP_STATS        0x20    /* read_stats */
#define IPAM_DHCP_CAP_NEXT_FREE    0x40    /* next_free */
#define IPAM_DHCP_CAP_CHECK        0x80    /* apply takes IPAM_APPLY_CHECK */
#define IPAM_DHCP_CAP_SERVER       0x100   /* apply takes dhcp_server: settings of the whole server */
#define IPAM_DHCP_CAP_SCOPES       0x200   /* apply takes scopes and pools */
#define IPAM_DHCP_CAP_SUPERSCOPES  0x400   /* apply takes superscopes, or shared networks */
#define IPAM_DHCP_CAP_OPTIONS      0x800   /* apply takes option definitions and values */
#define IPAM_DHCP_CAP_CLASSES      0x1000  /* apply takes dhcp_class */
#define IPAM_DHCP_CAP_POLICIES     0x2000  /* apply takes dhcp_policy, dhcp_condition, dhcp_policy_range */
#define IPAM_DHCP_CAP_FILTERS      0x4000  /* apply takes dhcp_filter */
#define IPAM_DHCP_CAP_FAILOVERS    0x8000  /* apply takes failover or HA relations */
#define IPAM_DHCP_CAP_EXCLUSIONS   0x10000 /* apply takes exclusions; without it pools are cut instead */
#define IPAM_DHCP_CAP_MIRROR       0x20000 /* the server itself brings what apply changes to its partner */
#define IPAM_DHCP_CAP_LATIN1       0x40000 /* it keeps no character beyond U+00FF; the caller refuses them before */
#define IPAM_DHCP_CAP_TEXT         0x80000 /* read_config takes text: it can tell how the server spells it */
#define IPAM_DHCP_CAP_WHOLE        0x100000 /* apply takes config_text: a whole part of the configuration anew */
#define IPAM_DHCP_CAP_EXPLAIN      0x200000 /* explain */
/* The capability of an act, by its verb. */
#define IPAM_DHCP_CAP_ACT(verb) ((uint64_t)1 << (32 + (verb)))

/* Verbs of act: what a server does that is no change of an object. */
/* A lease for a client, in the scope `target`: address, or a prefix with prefix_length; identifier: the hardware
 * address, or with DHCPv6 the DUID; client_id, mac, iaid, expires, name where they are known. IPAM_E_EXIST: it is leased
 * already, to whomever. */
#define IPAM_DHCP_ACT_LEASE_ADD 1
/* The lease of that address or prefix ends: the client may be given another. With identifier or client_id only as long
 * as it is that client's; IPAM_E_CONFLICT: it is another's now. IPAM_E_NOENT: it is not leased. */
#define IPAM_DHCP_ACT_LEASE_DELETE     2
#define IPAM_DHCP_ACT_RELOAD           3 /* read its configuration from its own store again */
#define IPAM_DHCP_ACT_REPLICATE        4 /* target (server, relation or scope) to `partner` */
#define IPAM_DHCP_ACT_PARTNER_DOWN     5 /* serve alone in the relation `target` */
#define IPAM_DHCP_ACT_CLEAR_SYNC_ERROR 6 /* of the relation `target`, after both were made alike */
#define IPAM_DHCP_ACT_RECONCILE        7 /* make the lease database of scope `target` consistent */
#define IPAM_DHCP_ACT_START            8 /* the service */
#define IPAM_DHCP_ACT_STOP             9
#define IPAM_DHCP_ACT_RESTART          10

/* Flags of apply, of every kind that has it. */
#define IPAM_APPLY_CHECK 0x1 /* validate only; nothing changes */
/* An earlier call with these edits may have got anywhere: make sure first that the server serves clients
 * (falling back to its own saved configuration if it does not), then finish what is missing and repeat
 * nothing that is there. The token is ignored. */
#define IPAM_APPLY_RESUME 0x2
/* With RESUME: the edits must not be in effect afterwards; take back what is there. */
#define IPAM_APPLY_UNDO 0x4
/* Also where clients or a partner lose by it: a scope with leases, a relation whose partner is away. */
#define IPAM_APPLY_FORCE 0x8

/* Every operation gets its request and ends in exactly one host->done. `args` stay valid until then. */
struct ipam_dhcp_ops {
    struct ipam_ops common;
    /* Emits ipam_dhcp_server; then ipam_scope, each followed by its ipam_pool, ipam_exclusion,
     * ipam_reservation, ipam_dhcp_policy, ipam_dhcp_condition, ipam_dhcp_policy_range and ipam_option_value
     * rows; then what belongs to the whole server: ipam_reservation of no scope, ipam_superscope, ipam_failover,
     * ipam_dhcp_class, ipam_option_definition, ipam_option_value, ipam_dhcp_policy with its conditions,
     * ipam_dhcp_filter. All that for one protocol after the other, where a server keeps them apart. Rows are
     * vendor-free, without ids, with `native`/`native_scope`. Outcome: token naming this configuration;
     * IPAM_DONE_COMPLETE when everything asked for was emitted. With args->token that names the configuration as
     * it is now, rows may stay away: then IPAM_DONE_DELTA instead, and rows only of what may have changed without
     * the configuration, such as the state of an ipam_failover. With args->text, and where rows do not stay away, also
     * ipam_config_text: each part's whole text, whatever scope was asked for, exactly as apply would take it. */
    void (*read_config)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
    /* Emits ipam_lease rows, at most args->limit or what the server likes; outcome cursor: where to go on,
     * another at each page, absent at the end, where IPAM_DONE_COMPLETE speaks for all pages together. Rows
     * of one page come in ascending order of address within their family. With args->address only the lease of it
     * is wanted; who does not look at it has all pages read. */
    void (*read_leases)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
    /* Applies args->count edits (host->edit). Emits one ipam_edit_result each. IPAM_E_CHANGED: the
     * configuration is not the token's (or there is none, without RESUME), nothing changed. IPAM_E_REFUSED:
     * the server refused, nothing changed, results say which edit and why if that can be known.
     * IPAM_E_UNKNOWN: sent, but the outcome cannot be told. Edits the server's present configuration; never
     * rebuilds it. Edits come in an order that works one by one. What is added together with its parent
     * names it by the `native` that the parent's edit proposes; the server may choose another. Outcome
     * token: the configuration afterwards. A failover relation that is deleted leaves its scopes to the
     * server that is asked, and to no other. Edits of ipam_config_text, set without a row before, are the pieces of one
     * part in their order and come with no other edits: that part is to be as they say, and no other is touched. With
     * UNDO they are refused as IPAM_E_UNSUPPORTED: the way back is the text that was there. */
    void (*apply)(void *ctx, struct ipam_req *req, const struct ipam_apply *args);
    /* Emits ipam_stat rows of the server and its scopes, with the names of sdk/docs/operations.md: all that there
     * are. */
    void (*read_stats)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
    /* Does args->verb (IPAM_DHCP_ACT_*), whose capability the table has. */
    void (*act)(void *ctx, struct ipam_req *req, const struct ipam_act *args);
    /* Asks the server which addresses it would give next: emits ipam_address rows, args->count at most. */
    void (*next_free)(void *ctx, struct ipam_req *req, const struct ipam_next_free *args);
    /* What the server, as it is set up now, would give this client: emits ipam_client_finding rows, those of the
     * scopes of its link first, then classes, reservations, leases, addresses and prefixes, settings and options, and
     * notes about what was not looked at. The client sends what args say and nothing else. What cannot be known is
     * `unknown`, never guessed; what depends on it stays away. Of an option the first in the server's own order of
     * precedence is emitted; where that is not certain the next ones, too. */
    void (*explain)(void *ctx, struct ipam_req *req, const struct ipam_dhcp_client *args); /* since 0.5 */
};

#ifdef __cplusplus
}
#endif
#endif

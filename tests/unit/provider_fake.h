/* provider_fake.h - DHCP and DNS servers in memory behind the calls of core/provider, which do as their script says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_FAKE_H
#define PROVIDER_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "provider/provider.h"
#include "record/record.h"

enum fake_dhcp_call {
    DHCP_PROBE,
    DHCP_CONFIG,
    DHCP_LEASES,
    DHCP_APPLY,
    DHCP_STATS,
    DNS_ZONES,
    DNS_RECORDS,
    DHCP_ACT,
    DHCP_CALLS
};

/* One server: what it has, how it behaves, what was asked of it. Tests write the members they need. */
struct fake_dhcp {
    struct fake_dhcp *next;
    char name[64];
    void **rows; /* scopes and what else it has, in the order they are reported */
    size_t count;
    void **stats;
    size_t stat_count;
    void **leases;
    size_t lease_count;
    unsigned token; /* names the configuration; a change is another one */
    unsigned zone_edits
        [128]; /* of the zone that begins with the letter: applied, since which its state has another name */
    /* behaviour */
    int script[DHCP_CALLS][64];
    bool hold[DHCP_CALLS];
    bool incomplete, endless; /* answers that do not say they are complete; pages that do not end */
    unsigned page;            /* leases or records in one page; 0: all */
    uint8_t refuses;          /* last byte of an address for which edits are refused; 0: none */
    bool mute;                /* it does not say which */
    bool reads_all;           /* who asks for one lease gets all */
    bool deaf;                /* edits are accepted, and nothing is done */
    const char *renames;      /* what it calls a scope, whatever was asked; NULL: as it was asked */
    int lost_answer;          /* the next apply or act is carried out, and answered with this */
    unsigned changes;         /* so many times somebody else changes it just before an apply */
    const char *check;        /* what the probe warns of */
    uint32_t check_state;
    uint32_t service;          /* what the probe says of it; 0: nothing */
    bool has_stats;            /* the probe says that it keeps figures */
    const char *secret;        /* that its options name; NULL: none */
    const char *other_channel; /* on which it warns; NULL: the one there is */
    bool delta_always;         /* it takes every token for its own, and no token too */
    bool has_tokens;           /* one who names the configuration as it is gets only failover relations */
    bool deltas;               /* one who names a state of a zone gets only rows from `delta_from` on */
    size_t delta_from;
    /* what was asked: p probe, c config (C one scope, k with a token), l leases (L: one of them), s statistics, + and -: a lease is added or ends, a2 apply of 2 edits, r2 the same with
     * RESUME; z zones, d records (D with a token), each with the first letter of its zone */
    char trace[1024];
    unsigned repeated; /* edits that were carried out although they were in effect */
    struct request *held;
    unsigned opened, closed;
};

/* Forgets all servers; the calls answer on this loop. */
void fake_dhcp_begin(struct loop *loop);
void fake_dhcp_end(void);
/* The server of that name, made when there is none. */
struct fake_dhcp *fake_dhcp(const char *name);
void fake_dhcp_fail(struct fake_dhcp *d, enum fake_dhcp_call call, unsigned n, int status);
void fake_dhcp_go(struct fake_dhcp *d);
/* What was asked since the last look. */
const char *fake_dhcp_trace(struct fake_dhcp *d);

/* Configures it. */
void fake_dhcp_row(struct fake_dhcp *d, const void *rec);
void fake_dhcp_stat(struct fake_dhcp *d, const char *target, const char *name, uint64_t count);
void fake_dhcp_clear_stats(struct fake_dhcp *d);
void fake_dhcp_scope(struct fake_dhcp *d, const char *native, const char *prefix);
void fake_dhcp_pool(struct fake_dhcp *d, const char *native, const char *first, const char *last);
void fake_dhcp_reservation(struct fake_dhcp *d, const char *native, const char *address, uint8_t mac);
void fake_dhcp_lease(struct fake_dhcp *d, const char *native, const char *address, uint8_t mac,
                     int64_t expires);
/* Of a DNS server: a zone, whose identifier is its name; a record in it. */
void fake_dns_zone(struct fake_dhcp *d, const char *name, uint32_t type);
void fake_dns_record(struct fake_dhcp *d, const char *zone, const char *name, const char *type,
                     const char *data);
/* The same, gone: told to those who ask what is new. */
void fake_dns_removed(struct fake_dhcp *d, const char *zone, const char *name, const char *type,
                      const char *data);
void fake_dhcp_clear(struct fake_dhcp *d);
void fake_dhcp_clear_leases(struct fake_dhcp *d);
/* Has it this reservation? */
bool fake_dhcp_has(const struct fake_dhcp *d, const char *address);

#endif

/* probe.h - probe=ping,dns,dhcp: addresses that are free in the plan are looked for on the network before they are shown or
 * handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PROBE_H
#define API_PROBE_H

#include "api/call.h"
#include "prober/prober.h"

#define PROBE_COUNT_MOST 256   /* addresses that may be asked for with a probe */
#define PROBE_TAKEN_MOST 64    /* of those that answer, before it ends as exhausted */
#define PROBE_MS         30000 /* for all of them */

/* The probing of one call; zero: none is wanted. */
struct probing {
    uint32_t methods;     /* IPAM_REACH_*; 0: none */
    struct probed *items; /* known ones, then those that are asked for now */
    size_t known, count;
    size_t taken;  /* of the known */
    bool full;     /* more are wanted than there is room for */
    int64_t space; /* of the addresses */
    int64_t until_ms;
    struct probe_dhcp *dhcp; /* while DHCP servers are asked */
    void (*then)(struct call *c);
};

/* "ping,dns,dhcp", or some of them; 0, or -1. */
int probe_parse(struct ipam_str text, uint32_t *ret);
/* A member of a body: such a text, or a list of the methods; 0, or -1. */
int probe_parse_json(const struct json *v, uint32_t *ret);
#define PROBE_EXPECTED "expected ping, dns, dhcp, or some of them with commas between: ping,dns"

/* Adds an address that is to be asked for, unless it is known. */
void probe_want(struct call *c, struct probing *p, const struct ipam_addr *a);
/* Whether something is to be asked. */
static inline bool probe_is_due(const struct probing *p)
{
    return p->count > p->known;
}
/* Forgets what was to be asked. */
static inline void probe_restart(struct probing *p)
{
    p->count = p->known;
    p->full = false;
}
/* Asks for what is wanted; `then` runs when all of it is known. Else the call has been answered; a call whose client goes
 * away meanwhile ends. */
void probe_ask(struct call *c, struct probing *p, void (*then)(struct call *c));
/* Goes on with a probe whose client may have gone, or whose time may be over: false when it has ended with that. */
bool probe_goes_on(struct call *c, struct probing *p);
/* Asks the DHCP servers of those addresses that are wanted; `then` runs when they have answered. Else the call has been
 * answered. */
void probe_dhcp_ask(struct call *c, struct probing *p, void (*then)(struct call *c));
/* {"address", "ping", "dns", "dhcp"} of each that is taken, as a list. */
void probe_write_taken(const struct probing *p, struct json_writer *w);

#endif

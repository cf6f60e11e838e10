/* side.h - what the rows of memory are also known by here: by their scope, server, client, party or place.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Exclusions of a scope, relations of a server, reservations of a client, conflicts of a party and at an address,
 * gateways and further addresses of reservations by address, and how much of a plan a space has. It follows each
 * durable change of a row, from the load on, and holds ids alone. What is contested it is told of. */
#ifndef CONFLICT_SIDE_H
#define CONFLICT_SIDE_H

#include "base/hash.h"
#include "index/aset.h"
#include "index/rset.h"
#include "record/record.h"

struct side {
    struct imap exclusions, failovers; /* scope, server -> struct ids */
    struct imap clients, parties;      /* side_client, side_party -> struct ids */
    struct imap places;                /* space -> by family: conflicts at single addresses, sets of others */
    struct imap plans;                 /* space and family -> number of blocks and own subnets */
};
struct ids {
    size_t count, cap;
    int64_t *items;
};

void side_init(struct side *s);
void side_fini(struct side *s);
/* A row as it was and as it is; NULL: it was not there, it is gone. */
void side_note(struct side *s, const void *before, const void *after);

/* Never NULL; valid until the next side_note. */
const struct ids *side_exclusions(const struct side *s, int64_t scope);
const struct ids *side_failovers(const struct side *s, int64_t server);
const struct ids *side_clients(const struct side *s, uint64_t client);
const struct ids *side_conflicts(const struct side *s, uint32_t type, int64_t party);
/* The client of a reservation with an address in a scope, of that space; 0: none. The same in every
 * process. */
uint64_t side_client(const struct ipam_reservation *r);
bool side_has_plan(const struct side *s, int64_t space, uint8_t family);
/* Conflicts at single addresses of a space; NULL: there were never any. */
const struct rset *side_places(const struct side *s, int64_t space, uint8_t family);
/* Gateways of subnets, and those that scopes offer, wherever they are; NULL as above. side_gateway: of a handle
 * of the set, whose it is. */
const struct aset *side_gateways(const struct side *s, int64_t space, uint8_t family);
void side_gateway(uint64_t handle, uint32_t *ret_type, int64_t *ret_id);
/* Addresses that reservations have besides their first one (DHCPv6), by the id of the reservation; NULL as above. */
const struct aset *side_further(const struct side *s, int64_t space, uint8_t family);
/* Addresses whose leases told of different clients when they were judged last: which of them is the newest
 * matters there. */
void side_contest(struct side *s, int64_t space, const struct ipam_addr *a, bool contested);
bool side_is_contested(const struct side *s, int64_t space, const struct ipam_addr *a);
/* Whether a conflict is about a single address alone, not about what two objects are. */
bool side_is_at_address(const struct ipam_conflict *c);

#endif

/* look.h - what stands at a place, as a view shows it, and the conflicts that are there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_LOOK_H
#define CONFLICT_LOOK_H

#include "conflict/judge.h"
#include "conflict/side.h"
#include "model/view.h"

/* A place is an address (type IPAM_T_ADDRESS), or an object that may be in conflicts: a scope, a pool, a
 * range or subnet of the plan, a reservation. */
struct place {
    uint32_t type;
    int64_t space, id; /* id: of the object */
    struct ipam_addr addr;
    uint64_t client; /* of a reservation, as side_client has it */
};

struct look {
    const struct view *view;
    const struct side *side;
};

/* Calls fn for each row that is not resident and will be looked at there. */
void look_needs(const struct look *l, const struct place *p,
                void (*fn)(void *user, uint32_t type, int64_t id), void *user);
/* Calls `found` for each conflict there. */
void look_at(const struct look *l, const struct place *p, judge_found found, void *user);
/* Calls fn for each conflict that is recorded there. */
void look_recorded(const struct look *l, const struct place *p,
                   void (*fn)(void *user, const struct ipam_conflict *c), void *user);
/* The client whom a conflict is about, as side_client has it; 0: none. */
uint64_t look_client(const struct ipam_conflict *c);
/* Whether leases of different clients are at an address: then it matters which of them is the newest. */
bool look_is_contested(const struct look *l, const struct place *p);
/* Whether there is or may be one that a renewed lease decides, by memory alone. */
bool look_is_undecided(const struct look *l, int64_t space, const struct ipam_addr *addr);
/* Whether there may be one at an address, by memory alone: only then is it worth a place. */
bool look_is_suspect(const struct look *l, int64_t space, const struct ipam_addr *addr);

#endif

/* judge.h - which conflicts there are at one place, given what stands there. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is asked for here: whoever calls has gathered the rows. docs/conflicts.md has the kinds, and for
 * each what is none. */
#ifndef CONFLICT_JUDGE_H
#define CONFLICT_JUDGE_H

#include "net/addr.h"
#include "record/record.h"

#define PARTIES_MAX 64
#define HOLDERS_MAX 62 /* of one kind at one address that are looked at */

/* Who is in a conflict: his row, and of a scope the part of it that matters (family 0: all). */
struct party {
    const void *row;
    struct ipam_addr first, last;
};

struct finding {
    uint32_t kind; /* IPAM_CONFLICT_KIND_* */
    int64_t space;
    struct ipam_addr first, last; /* where */
    struct ipam_prefix prefix;    /* or this, when it is about a whole one; family 0: it is not */
    uint64_t client;              /* reservation-twice of one client: who; else 0 */
    struct party parties[PARTIES_MAX];
    size_t count;
};
typedef void (*judge_found)(void *user, const struct finding *f);

/* What stands at one address. */
struct standing {
    int64_t space;
    struct ipam_addr addr;
    const struct ipam_address *plan; /* NULL: the plan has no address there */
    const struct ipam_reservation *reservations[HOLDERS_MAX];
    const struct ipam_lease *leases[HOLDERS_MAX];
    struct party leased[HOLDERS_MAX]; /* scopes that lease it, with the run that holds it */
    size_t reservation_count, lease_count, leased_count;
    const struct ipam_subnet *gateway_of; /* the subnet it leads out of; NULL: none */
    const struct ipam_scope *router_of;   /* the scope that offers it as a gateway; NULL: none */
    bool in_static_range;                 /* a range of the plan keeps it from DHCP */
    /* Whether two servers share their leases. */
    bool (*partners)(void *user, int64_t server, int64_t other);
    void *user;
};
/* Of several kinds that have one cause the gravest is found alone: gateway-held, two-holders, lease-of-
 * static, gateway-in-pool, static-in-pool. reservation-twice stands for itself. */
void judge_address(const struct standing *s, judge_found found, void *user);

/* A run of addresses, and what a scope leases: runs in order that do not touch one another's addresses. */
struct run {
    struct ipam_addr first, last;
};
struct leasing {
    const struct ipam_scope *scope;
    bool serves; /* it is switched on, whether it has pools or not */
    struct run *runs;
    size_t count, cap;
};
void leasing_add(struct leasing *l, const struct ipam_addr *first, const struct ipam_addr *last);
/* Once all runs are added: puts them in order and joins those that overlap. */
void leasing_sort(struct leasing *l);
void leasing_exclude(struct leasing *l, const struct ipam_addr *first, const struct ipam_addr *last);
void leasing_fini(struct leasing *l);
/* The run that holds the address; NULL: it is not leased. */
const struct run *leasing_at(const struct leasing *l, const struct ipam_addr *a);

/* Whether two servers lease the same addresses; they share nothing. */
bool judge_pools(const struct leasing *a, const struct leasing *b, struct finding *ret);
/* Whether two servers, which share nothing, both serve a prefix, and lease nothing twice: each a part of it, or one of
 * them nothing. */
bool judge_twins(const struct leasing *a, const struct leasing *b, struct finding *ret);
/* Whether a pool of addresses lies outside of its scope, at least in part. */
bool judge_pool(const struct ipam_pool *pool, const struct ipam_scope *scope, struct finding *ret);
/* Whether servers lease addresses of a range that the plan gives out itself: all of them are in one conflict. */
bool judge_range(const struct ipam_range *r, const struct leasing *scopes, size_t count, struct finding *ret);
bool range_is_static(const struct ipam_range *r);
/* Reservations of one client in scopes of one prefix: whether they are for different addresses. */
bool judge_client(const struct ipam_reservation *const *rows, size_t count, int64_t space,
                  const struct ipam_prefix *prefix, uint64_t client, struct finding *ret);
/* Whether a reservation is for an address that its scope does not have. */
bool judge_reservation(const struct ipam_reservation *r, const struct ipam_scope *scope, struct finding *ret);
/* A subnet that lies in another. */
void judge_subnets(const struct ipam_subnet *inner, const struct ipam_subnet *outer, struct finding *ret);
/* A scope for which the plan has no place. */
void judge_outside(const struct ipam_scope *scope, struct finding *ret);

#endif

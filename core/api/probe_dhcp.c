/* probe_dhcp.c - the part of a probe that DHCP servers answer: whether one could give an address away now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What was collected is as old as the last collection; a lease that was given since then is known to the
 * server alone. An address that no server leases is asked of none: nobody can have it by DHCP. */
#include "api/next_free.h"
#include "api/probe.h"
#include "net/u128.h"

struct probe_dhcp {
    struct next_free ask; /* of one range at a time */
    int64_t range;        /* this one */
    bool *settled;        /* of each item of the probe */
    void (*then)(struct call *c);
};

static int find_leased(void *user, const struct ipam_range *r)
{
    const struct ipam_range **found = user;
    if (!record_has(r, IPAM_RANGE_SCOPE))
        return 0;
    *found = r;
    return 1;
}

/* The range that a DHCP server leases the address of; NULL: none. */
static const struct ipam_range *leased_range(const struct call *c, const struct ipam_addr *a)
{
    const struct ipam_range *found = NULL;
    view_ranges(call_view(c), c->probing->space, a, a, find_leased, &found);
    return found;
}

static void next_range(struct call *c);

/* Judges those of the range up to the last address that the answer tells of. */
static void on_answer(struct call *c)
{
    struct probing *p = c->probing;
    struct probe_dhcp *d = p->dhcp;
    const struct next_free *f = &d->ask;
    const struct ipam_addr *last = f->count == f->most ? &f->items[f->count - 1] : &f->last;
    for (size_t i = p->known; i < p->count; i++) {
        struct probed *x = &p->items[i];
        if (d->settled[i] || addr_compare(&x->address, &f->first) < 0 || addr_compare(&x->address, last) > 0)
            continue;
        bool free = false;
        for (size_t k = 0; k < f->count && !free; k++)
            free = addr_equal(&f->items[k], &x->address);
        d->settled[i] = true;
        x->dhcp = free ? IPAM_ADDRESS_DHCP_FREE : IPAM_ADDRESS_DHCP_LEASED;
        x->taken = x->taken || !free;
    }
    next_range(c);
}

/* Takes in one more address of the range that is asked for. */
static void widen(struct next_free *f, const struct ipam_addr *a)
{
    if (f->first.family == 0 || addr_compare(a, &f->first) < 0)
        f->first = *a;
    if (f->last.family == 0 || addr_compare(a, &f->last) > 0)
        f->last = *a;
}

/* The first range of which something is not settled, with all that is asked of it; false: there is none. */
static bool find_range(struct call *c)
{
    struct probing *p = c->probing;
    struct probe_dhcp *d = p->dhcp;
    d->range = 0;
    d->ask = (struct next_free){ .otherwise = "without dhcp in the probe" };
    for (size_t i = p->known; i < p->count; i++) {
        const struct ipam_range *r = d->settled[i] ? NULL : leased_range(c, &p->items[i].address);
        if (r == NULL || (d->range == 0 && !next_free_place(c, r, &d->ask))) {
            d->settled[i] = true; /* nobody leases it, as far as the caller sees */
            continue;
        }
        if (d->range == 0)
            d->range = r->id;
        if (d->range == r->id)
            widen(&d->ask, &p->items[i].address);
    }
    return d->range != 0;
}

static void next_range(struct call *c)
{
    struct probe_dhcp *d = c->probing->dhcp;
    if (!probe_goes_on(c, c->probing))
        return;
    if (!find_range(c)) {
        d->then(c);
        return;
    }
    struct ipam_u128 most = addr_distance(&d->ask.first, &d->ask.last);
    d->ask.most =
        u128_compare(most, u128_from(NEXT_FREE_MOST)) < 0 ? (size_t)u128_value(most) : NEXT_FREE_MOST;
    next_free_ask(c, &d->ask, on_answer);
}

void probe_dhcp_ask(struct call *c, struct probing *p, void (*then)(struct call *c))
{
    struct probe_dhcp *d = arena_alloc(&c->arena, sizeof(*d));
    if (d != NULL)
        d->settled = arena_alloc(&c->arena, p->count * sizeof(d->settled[0]));
    if (d == NULL || d->settled == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    d->then = then;
    p->dhcp = d;
    next_range(c);
}

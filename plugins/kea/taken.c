/* taken.c - the addresses of a subnet that somebody has: by reservation, or by lease.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lease.h"
#include "net/addr.h"

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static int take(struct kea_call *c, struct kea_taken *t, const struct ipam_addr *a)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 256;
        struct ipam_addr *list = realloc(t->list, cap * sizeof(*list));

        if (!list)
            return kea_fail(c, IPAM_E_NOMEM, "out of memory for the addresses of a scope");
        t->list = list;
        t->cap = cap;
    }
    t->list[t->count++] = *a;
    return 0;
}

static int take_reservations(struct kea_call *c, struct kea_taken *t, const struct kea_config *cfg)
{
    int status = 0;

    for (size_t i = 0; i < cfg->reservation_count && status == 0; i++) {
        const struct ipam_reservation *r = &cfg->reservations[i].row;

        if (r->address.family)
            status = take(c, t, &r->address);
        for (size_t k = 0; k < r->addresses.count && status == 0; k++)
            status = take(c, t, &r->addresses.items[k]);
    }
    return status;
}

/* One that has expired and was reclaimed, or was given back, is free; until it is reclaimed it is not. */
static bool has_address(const struct ipam_lease *l)
{
    return l->kind != IPAM_LEASE_KIND_PREFIX && l->state != IPAM_LEASE_STATE_EXPIRED &&
           l->state != IPAM_LEASE_STATE_RELEASED;
}

static int take_leases(struct kea_call *c, struct kea_taken *t, enum kea_service s, int64_t subnet)
{
    char arguments[64], where[400];
    const struct json *list;
    struct kea_answer answer;
    struct kea_lease lease;
    struct arena arena;
    int status;

    snprintf(arguments, sizeof(arguments), "{\"subnets\": [%" PRId64 "]}", subnet);
    status =
        kea_ask(c, s, s == KEA_DHCP4 ? "lease4-get-all" : "lease6-get-all", str_from(arguments), &answer);
    if (status)
        return status;
    arena_init(&arena, 0); /* bounded by the largest answer taken */
    list = json_get(answer.arguments, "leases");
    kea_where(c->kea, s, where, sizeof(where));
    if (json_type(list) != JSON_ARRAY)
        status =
            kea_fail(c, IPAM_E_PROTO,
                     "%s: the answer with all leases of a subnet holds none, nor an empty list; see that "
                     "the options lead to a Kea server",
                     where);
    for (const struct json *v = json_first(list); v && status == 0; v = json_next(v)) {
        if (kea_lease_parse(s, answer.doc, v, &arena, &lease))
            status = kea_fail(
                c, IPAM_E_PROTO,
                "%s: a lease is not understood; see the server's lease database and its version", where);
        else if (has_address(&lease.row))
            status = take(c, t, &lease.row.address);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    kea_answer_fini(&answer);
    return status;
}

int kea_taken_read(struct kea_call *c, const struct kea_config *cfg, int64_t subnet, struct kea_taken *ret)
{
    int status = take_reservations(c, ret, cfg);

    if (status == 0)
        status = take_leases(c, ret, cfg->service, subnet);
    if (status == 0 && ret->count > 1)
        qsort(ret->list, ret->count, sizeof(ret->list[0]), by_address);
    return status;
}

void kea_taken_fini(struct kea_taken *t)
{
    free(t->list);
    *t = (struct kea_taken){ NULL, 0, 0 };
}

bool kea_taken_has(const struct kea_taken *t, const struct ipam_addr *a)
{
    return t->count > 0 && bsearch(a, t->list, t->count, sizeof(t->list[0]), by_address) != NULL;
}

bool kea_taken_next(const struct kea_taken *t, const struct ipam_addr *first, const struct ipam_addr *last,
                    struct ipam_addr *ret)
{
    size_t next = 0, hi = t->count;

    *ret = *first;
    while (next < hi) { /* the first that is not below */
        size_t mid = next + (hi - next) / 2;

        if (addr_compare(&t->list[mid], ret) < 0)
            next = mid + 1;
        else
            hi = mid;
    }
    while (addr_compare(ret, last) <= 0) {
        if (next == t->count || !addr_equal(&t->list[next], ret))
            return true;
        while (next < t->count && addr_equal(&t->list[next], ret))
            next++;
        if (addr_add(ret, u128_from(1), ret))
            break;
    }
    return false;
}

/* next_free.c - which addresses of a scope's pools nobody has now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea has no command that tells what it would give next. Its pools and reservations (config-get) and the
 * leases of the one subnet (leaseN-get-all of the hook library lease_cmds) tell what it could give now. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lease.h"
#include "net/addr.h"

/* Addresses that somebody has. */
struct taken {
    struct ipam_addr *list;
    size_t count, cap;
};

/* What is looked for. */
struct finding {
    struct kea_call *call;
    const struct ipam_next_free *args;
    struct taken taken; /* in order */
    int64_t wanted, left;
};

static int by_address(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static int take(struct kea_call *c, struct taken *t, const struct ipam_addr *a)
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

static int take_reservations(struct kea_call *c, struct taken *t, const struct kea_config *cfg)
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

static int take_leases(struct kea_call *c, struct taken *t, enum kea_service s, int64_t subnet)
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

/* The free ones from first to last. */
static int emit_run(struct finding *f, struct ipam_addr at, struct ipam_addr last)
{
    struct ipam_address row = { .size = sizeof(row), .type = IPAM_T_ADDRESS };
    size_t next = 0, hi = f->taken.count;
    int status = 0;

    if (IPAM_HAS_FIELD(f->args, IPAM_NEXT_FREE_FIRST) && addr_compare(&f->args->first, &at) > 0)
        at = f->args->first;
    if (IPAM_HAS_FIELD(f->args, IPAM_NEXT_FREE_LAST) && addr_compare(&f->args->last, &last) < 0)
        last = f->args->last;
    while (next < hi) { /* the first that is not below */
        size_t mid = next + (hi - next) / 2;

        if (addr_compare(&f->taken.list[mid], &at) < 0)
            next = mid + 1;
        else
            hi = mid;
    }
    IPAM_SET_FIELD(&row, IPAM_ADDRESS_ADDRESS);
    while (f->left > 0 && status == 0 && addr_compare(&at, &last) <= 0) {
        bool taken = false;

        for (; next < f->taken.count && addr_equal(&f->taken.list[next], &at); next++)
            taken = true;
        row.address = at;
        if (!taken) {
            status = f->call->kea->host->emit(f->call->req, (const struct ipam_record *)&row);
            f->left--;
        }
        if (addr_add(&at, u128_from(1), &at))
            break;
    }
    return status;
}

static int emit_pools(struct finding *f, const struct kea_subnet *subnet)
{
    struct ipam_addr first, last;
    int status = 0;

    for (const struct json *v = json_first(json_get(subnet->node, "pools")); v && status == 0;
         v = json_next(v))
        if (kea_pool_parse(json_str(json_get(v, "pool")), &first, &last) == 0)
            status = emit_run(f, first, last);
    if (status == 0 && f->left == f->wanted)
        status = kea_fail(f->call, IPAM_E_EXHAUSTED, "no address of the scope's pools is free");
    return status;
}

static int find(struct finding *f, enum kea_service s, int64_t id)
{
    struct kea_running running;
    const struct kea_subnet *subnet;
    int status = kea_config_get(f->call, s, &running);

    if (status)
        return status;
    subnet = id ? kea_config_subnet(&running.cfg, f->args->native_scope) : NULL;
    if (!subnet)
        status = kea_fail(f->call, IPAM_E_NOENT, "the server has no scope %.*s; collect it anew",
                          (int)f->args->native_scope.len, f->args->native_scope.data);
    if (status == 0)
        status = take_reservations(f->call, &f->taken, &running.cfg);
    if (status == 0)
        status = take_leases(f->call, &f->taken, s, id);
    if (status == 0 && f->taken.count > 1)
        qsort(f->taken.list, f->taken.count, sizeof(f->taken.list[0]), by_address);
    if (status == 0)
        status = emit_pools(f, subnet);
    kea_running_fini(&running);
    return status;
}

void kea_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct finding f = { .call = &c,
                         .args = args,
                         .wanted = IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_COUNT) ? args->count : 1 };
    enum kea_service s;
    int64_t id;
    int status = 0;

    f.left = f.wanted;
    if (f.wanted < 1 || kea_native_parse(args->native_scope, &s, &id))
        status = kea_fail(&c, IPAM_E_INVAL, "a scope of Kea, such as v4/7, is needed, and a count from 1");
    else if (!c.kea->opt.use[s])
        status = kea_fail(&c, IPAM_E_NOENT, "%s is not managed (option services)", kea_service_name(s));
    else
        status = find(&f, s, id);
    kea_done(&c, status, NULL);
    free(f.taken.list);
}

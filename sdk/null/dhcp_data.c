/* dhcp_data.c - null-dhcp: its rows, what fits among them, and what is there at the start.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dhcp.h"
#include "fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTER_AT 1 /* addresses of a scope counted from its first */
#define POOL_AT   10

static const struct null_shape *const shapes[] = { &null_scope_shape, &null_pool_shape, &null_exclusion_shape,
                                                   &null_reservation_shape, NULL };

struct ipam_str null_dhcp_scope_of(const struct ipam_record *rec)
{
    switch (rec->type) {
    case IPAM_T_SCOPE: return ((const struct ipam_scope *)rec)->native;
    case IPAM_T_POOL: return ((const struct ipam_pool *)rec)->native_scope;
    case IPAM_T_EXCLUSION: return ((const struct ipam_exclusion *)rec)->native_scope;
    default: return ((const struct ipam_reservation *)rec)->native_scope;
    }
}

static int rank_of(const struct ipam_record *rec)
{
    return rec->type == IPAM_T_SCOPE       ? 0
           : rec->type == IPAM_T_POOL      ? 1
           : rec->type == IPAM_T_EXCLUSION ? 2
                                           : 3;
}

struct null_dhcp_run null_dhcp_run(const struct ipam_record *rec)
{
    const struct ipam_pool *p = (const void *)rec;
    const struct ipam_exclusion *e = (const void *)rec;

    return rec->type == IPAM_T_POOL ? (struct null_dhcp_run){ p->first, p->last }
                                    : (struct null_dhcp_run){ e->first, e->last };
}

static bool is_run(const struct ipam_record *rec)
{
    return rec->type == IPAM_T_POOL || rec->type == IPAM_T_EXCLUSION;
}

static int by_client(const struct ipam_reservation *a, const struct ipam_reservation *b)
{
    struct ipam_str x = { (const char *)a->identifier.data, a->identifier.len },
                    y = { (const char *)b->identifier.data, b->identifier.len };

    return a->identifier_type != b->identifier_type ? (a->identifier_type < b->identifier_type ? -1 : 1)
                                                    : null_compare(x, y);
}

/* By scope; in it the scope, its pools by address, its reservations by address, those without by client. */
static int config_order(const struct ipam_record *a, const struct ipam_record *b)
{
    int order = null_compare(null_dhcp_scope_of(a), null_dhcp_scope_of(b));

    if (order == 0)
        order = rank_of(a) - rank_of(b);
    if (order || a->type == IPAM_T_SCOPE)
        return order;
    if (a->type == IPAM_T_POOL)
        return null_addr_compare(&((const struct ipam_pool *)a)->first,
                                 &((const struct ipam_pool *)b)->first);
    const struct ipam_reservation *x = (const void *)a, *y = (const void *)b;
    order = null_addr_compare(&x->address, &y->address);
    return order == 0 && x->address.family == 0 ? by_client(x, y) : order;
}

size_t null_dhcp_first(const struct null_list *rows, struct ipam_str native)
{
    struct ipam_scope key = { .type = IPAM_T_SCOPE, .native = native };
    bool found;

    return null_find(rows, &key, config_order, &found);
}

const struct ipam_scope *null_dhcp_scope(const struct null_list *rows, struct ipam_str native)
{
    struct ipam_scope key = { .type = IPAM_T_SCOPE, .native = native };
    bool found;
    size_t at = null_find(rows, &key, config_order, &found);

    return found ? (const void *)rows->rows[at]->rec : NULL;
}

const struct ipam_scope *null_dhcp_scope_at(const struct null_list *rows, const struct ipam_addr *address)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct ipam_scope *s = (const void *)rows->rows[i]->rec;

        if (s->type == IPAM_T_SCOPE && null_prefix_has(&s->prefix, address))
            return s;
    }
    return NULL;
}

static int32_t wrong(char *why, size_t size, int32_t status, const char *text)
{
    snprintf(why, size, "%s", text);
    return status;
}

/* Whether a row lies in its scope. */
static bool inside(const struct ipam_scope *s, const struct ipam_record *rec)
{
    const struct ipam_reservation *r = (const void *)rec;

    if (is_run(rec)) {
        struct null_dhcp_run run = null_dhcp_run(rec);

        return null_prefix_has(&s->prefix, &run.first) && null_prefix_has(&s->prefix, &run.last) &&
               null_addr_compare(&run.first, &run.last) <= 0;
    }
    return rec->type == IPAM_T_SCOPE || r->address.family == 0 || null_prefix_has(&s->prefix, &r->address);
}

/* Whether two rows of one scope cannot be both. */
static bool clash(const struct ipam_record *a, const struct ipam_record *b)
{
    if (a->type != b->type || a->type == IPAM_T_SCOPE || config_order(a, b) == 0)
        return false;
    if (is_run(a)) {
        struct null_dhcp_run p = null_dhcp_run(a), q = null_dhcp_run(b);

        return null_addr_compare(&p.first, &q.last) <= 0 && null_addr_compare(&q.first, &p.last) <= 0;
    }
    return by_client((const void *)a, (const void *)b) == 0;
}

static bool overlaps(const struct null_list *rows, const struct ipam_scope *s)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct ipam_scope *o = (const void *)rows->rows[i]->rec;

        if (o->type == IPAM_T_SCOPE && null_compare(o->native, s->native) != 0 &&
            (null_prefix_has(&o->prefix, &s->prefix.addr) || null_prefix_has(&s->prefix, &o->prefix.addr)))
            return true;
    }
    return false;
}

static bool has_leases(const struct null_dhcp *d, struct ipam_str native)
{
    for (size_t i = 0; i < d->leases.count; i++)
        if (null_compare(((const struct ipam_lease *)d->leases.rows[i]->rec)->native_scope, native) == 0)
            return true;
    return false;
}

/* What a server would look at: that scopes are apart, and what is in a scope is within it and agrees. */
static int32_t fits(const struct null_store *store, const struct null_list *rows,
                    const struct ipam_record *rec, bool removed, char *why, size_t size)
{
    struct ipam_str native = null_dhcp_scope_of(rec);
    const struct ipam_scope *scope = null_dhcp_scope(rows, native);
    bool is_scope = rec->type == IPAM_T_SCOPE;

    if (is_scope && scope && overlaps(rows, scope))
        return wrong(why, size, IPAM_E_CONFLICT, "the scope overlaps another; delete that one first");
    if (is_scope && !scope && !(store->flags & IPAM_APPLY_FORCE) && has_leases(store->user, native))
        return wrong(why, size, IPAM_E_CONFLICT,
                     "clients have leases in the scope; delete these first, or force it");
    if (!scope && !is_scope)
        return removed ? IPAM_OK : wrong(why, size, IPAM_E_NOENT, "there is no scope of this identifier");
    for (size_t i = null_dhcp_first(rows, native); scope && i < rows->count; i++) {
        const struct ipam_record *other = rows->rows[i]->rec;

        if (null_compare(null_dhcp_scope_of(other), native) != 0)
            break;
        if ((is_scope || other == rec) && !inside(scope, other))
            return wrong(why, size, IPAM_E_RANGE,
                         "an address is outside its scope, or a run of addresses ends before it begins");
        if (!removed && clash(rec, other))
            return wrong(
                why, size, IPAM_E_CONFLICT,
                "it overlaps another of its kind, or the client has another reservation in the scope");
    }
    return IPAM_OK;
}

static bool within(const struct ipam_record *rec, const struct ipam_record *outer)
{
    return outer->type == IPAM_T_SCOPE &&
           null_compare(null_dhcp_scope_of(rec), null_dhcp_scope_of(outer)) == 0;
}

/* A scope without an identifier is known by its prefix. */
static struct null_row *make(const struct null_store *s, const struct ipam_record *rec)
{
    struct ipam_scope scope = { .size = 0 };
    char native[NULL_ADDR_TEXT];

    if (rec->type != IPAM_T_SCOPE || IPAM_HAS_FIELD(rec, IPAM_SCOPE_NATIVE))
        return null_row_new(null_shape_of(s, rec), rec);
    memcpy(&scope, rec, rec->size < sizeof(scope) ? rec->size : sizeof(scope));
    scope.size = sizeof(scope);
    null_prefix_print(&scope.prefix, native);
    scope.native = null_str(native);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NATIVE);
    return null_row_new(&null_scope_shape, (const struct ipam_record *)&scope);
}

void null_dhcp_init(struct null_dhcp *d)
{
    d->config = (struct null_store){ .shapes = shapes,
                                     .order = config_order,
                                     .make = make,
                                     .within = within,
                                     .fits = fits,
                                     .user = d,
                                     .state = 1 };
}

int null_dhcp_lease_order(const struct ipam_record *a, const struct ipam_record *b)
{
    const struct ipam_lease *x = (const void *)a, *y = (const void *)b;
    int64_t left = IPAM_HAS_FIELD(x, IPAM_LEASE_PREFIX_LENGTH) ? x->prefix_length : 129,
            right = IPAM_HAS_FIELD(y, IPAM_LEASE_PREFIX_LENGTH) ? y->prefix_length : 129;
    int order = null_addr_compare(&x->address, &y->address);

    return order ? order : (left > right) - (left < right);
}

int32_t null_dhcp_lease_add(struct null_dhcp *d, const struct ipam_lease *lease)
{
    bool found;
    size_t at = null_find(&d->leases, lease, null_dhcp_lease_order, &found);

    if (found)
        return IPAM_E_EXIST;
    struct null_row *row = null_row_new(&null_lease_shape, (const struct ipam_record *)lease);
    if (row && null_list_insert(&d->leases, at, row))
        return IPAM_OK;
    free(row);
    return IPAM_E_NOMEM;
}

bool null_dhcp_plan(const struct ipam_host *host, struct ipam_inst *inst, struct null_dhcp_plan *ret,
                    const char **ret_option, const char **ret_why)
{
    struct null_dhcp_plan p = { .bits = 8 };

    *ret_option = "network";
    *ret_why = "is missing";
    if (!null_option_prefix(host, inst, "network", &p.network))
        return false;
    p.scopes = (uint64_t)null_option_int(host, inst, "scopes");
    p.leases = (uint64_t)null_option_int(host, inst, "leases");
    p.reservations = (uint64_t)null_option_int(host, inst, "reservations");
    *ret_option = "scopes";
    *ret_why = "is 0, but leases and reservations need a scope: write 1 or more";
    if (p.scopes == 0 && p.leases + p.reservations > 0)
        return false;
    *ret_option = "network";
    *ret_why = "has no room for the scopes, leases and reservations wanted: write a shorter prefix, or fewer "
               "of them";
    /* Half of each scope stays free. */
    while (p.scopes && (uint64_t)1 << p.bits < 2 * (p.leases + p.reservations) / p.scopes + 2 * POOL_AT)
        p.bits++;
    unsigned own = (p.network.addr.family == 4 ? 32u : 128u) - p.network.length;
    *ret = p;
    return p.scopes == 0 ||
           (own >= p.bits && (own - p.bits >= 32 || p.scopes <= (uint64_t)1 << (own - p.bits)));
}

static int32_t fill_leases(struct null_dhcp *d, const struct ipam_scope *s, uint64_t from, uint64_t to)
{
    int64_t now = null_clock_ms();
    char name[32];

    for (uint64_t n = from; n < to; n++) {
        uint8_t client[] = { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        struct ipam_lease l = { .size = sizeof(l),
                                .type = IPAM_T_LEASE,
                                .native_scope = s->native,
                                .address = null_addr_add(&s->prefix.addr, POOL_AT + n - from),
                                .state = IPAM_LEASE_STATE_ACTIVE,
                                .started = now,
                                .expires = now + NULL_DHCP_LEASE_TIME * 1000 };

        snprintf(name, sizeof(name), "client-%llu", (unsigned long long)n);
        l.name = null_str(name);
        l.mac = l.duid = (struct ipam_bytes){ client, sizeof(client) };
        IPAM_SET_FIELD(&l, IPAM_LEASE_NATIVE_SCOPE);
        IPAM_SET_FIELD(&l, IPAM_LEASE_ADDRESS);
        IPAM_SET_FIELD(&l, s->prefix.addr.family == 4 ? IPAM_LEASE_MAC : IPAM_LEASE_DUID);
        IPAM_SET_FIELD(&l, IPAM_LEASE_NAME);
        IPAM_SET_FIELD(&l, IPAM_LEASE_STATE);
        IPAM_SET_FIELD(&l, IPAM_LEASE_STARTED);
        IPAM_SET_FIELD(&l, IPAM_LEASE_EXPIRES);
        if (null_dhcp_lease_add(d, &l) != IPAM_OK)
            return IPAM_E_NOMEM;
    }
    return IPAM_OK;
}

/* Reservations are at the upper end of the pool. */
static int32_t fill_reservations(struct null_dhcp *d, const struct ipam_scope *s, const struct ipam_pool *p,
                                 uint64_t from, uint64_t to)
{
    uint64_t last = null_addr_distance(&p->first, &p->last);
    int32_t status = IPAM_OK;
    char name[32];

    for (uint64_t n = from; n < to && status == IPAM_OK; n++) {
        uint8_t client[] = { 6, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        struct ipam_reservation r = { .size = sizeof(r),
                                      .type = IPAM_T_RESERVATION,
                                      .native_scope = s->native,
                                      .address = null_addr_add(&p->first, last - (n - from)),
                                      .identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS,
                                      .identifier = { client, sizeof(client) } };

        snprintf(name, sizeof(name), "reserved-%llu", (unsigned long long)n);
        r.name = null_str(name);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NATIVE_SCOPE);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESS);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER_TYPE);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NAME);
        status = null_store_add(&d->config, &r);
    }
    return status;
}

int32_t null_dhcp_fill(struct null_dhcp *d, const struct null_dhcp_plan *plan)
{
    uint64_t size = (uint64_t)1 << plan->bits;
    unsigned width = plan->network.addr.family == 4 ? 32 : 128;
    struct ipam_scope s = { .size = sizeof(s), .type = IPAM_T_SCOPE, .lease_time = NULL_DHCP_LEASE_TIME };
    struct ipam_pool p = { .size = sizeof(p), .type = IPAM_T_POOL };
    int32_t status = IPAM_OK;

    for (int number = IPAM_SCOPE_PREFIX; number <= IPAM_SCOPE_NAME; number++)
        IPAM_SET_FIELD(&s, number);
    IPAM_SET_FIELD(&s, IPAM_SCOPE_LEASE_TIME);
    IPAM_SET_FIELD(&s, IPAM_SCOPE_ROUTERS);
    IPAM_SET_FIELD(&p, IPAM_POOL_NATIVE_SCOPE);
    IPAM_SET_FIELD(&p, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(&p, IPAM_POOL_LAST);
    for (uint64_t i = 0; i < plan->scopes && status == IPAM_OK; i++) {
        struct ipam_addr base = null_addr_add(&plan->network.addr, i * size),
                         router = null_addr_add(&base, ROUTER_AT);
        char native[NULL_ADDR_TEXT], name[32];

        s.prefix = (struct ipam_prefix){ base, (uint8_t)(width - plan->bits) };
        null_prefix_print(&s.prefix, native);
        snprintf(name, sizeof(name), "scope-%llu", (unsigned long long)i);
        s.native = p.native_scope = null_str(native);
        s.name = null_str(name);
        s.routers = (struct ipam_addrs){ &router, 1 };
        p.first = null_addr_add(&base, POOL_AT);
        p.last = null_addr_add(&base, size - 2);
        status = null_store_add(&d->config, &s);
        if (status == IPAM_OK)
            status = null_store_add(&d->config, &p);
        if (status == IPAM_OK)
            status =
                fill_leases(d, &s, plan->leases * i / plan->scopes, plan->leases * (i + 1) / plan->scopes);
        if (status == IPAM_OK)
            status = fill_reservations(d, &s, &p, plan->reservations * i / plan->scopes,
                                       plan->reservations * (i + 1) / plan->scopes);
    }
    return status == IPAM_OK ? null_store_order(&d->config) : status;
}

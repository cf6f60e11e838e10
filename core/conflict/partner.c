/* partner.c - servers that share their leases by a failover or HA relation.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/partner.h"

#include <string.h>
#include <strings.h>

static bool same_host(struct ipam_str a, struct ipam_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    if (n == 0 || strncasecmp(a.data, b.data, n) != 0)
        return false;
    /* "dhcp2" and "dhcp2.example.com", but no two names with different domains, nor parts of addresses */
    bool bare = memchr(a.data, '.', n) == NULL && memchr(a.data, ':', n) == NULL;
    return a.len == b.len || (bare && (a.len > n ? a.data[n] : b.data[n]) == '.');
}

static bool has_address(const struct ipam_server *s, const struct ipam_addr *a)
{
    struct ipam_addr own;
    if (addr_parse(s->name.data, s->name.len, &own) == 0 && addr_equal(&own, a))
        return true;
    for (size_t i = 0; record_has(s, IPAM_SERVER_ADDRESSES) && i < s->addresses.count; i++)
        if (addr_equal(&s->addresses.items[i], a))
            return true;
    return false;
}

static bool is_named(const struct ipam_failover *f, const struct ipam_server *s)
{
    struct ipam_addr a;
    if (same_host(f->partner, s->name))
        return true;
    if (addr_parse(f->partner.data, f->partner.len, &a) == 0 && has_address(s, &a))
        return true;
    return record_has(f, IPAM_FAILOVER_PARTNER_ADDRESS) && has_address(s, &f->partner_address);
}

/* The server of the inventory that a relation names as its partner; 0: none, by that name. */
struct target {
    const struct ipam_failover *relation;
    int64_t wanted, found;
};

static int find_target(void *user, const void *row)
{
    struct target *t = user;
    const struct ipam_server *s = row;
    if (s->id == t->relation->server || !is_named(t->relation, s))
        return 0;
    t->found = s->id;
    return s->id == t->wanted;
}

static int64_t target_of(const struct look *l, const struct ipam_failover *f, int64_t wanted)
{
    struct target t = { f, wanted, 0 };
    view_each(l->view, IPAM_T_SERVER, find_target, &t);
    return t.found;
}

static bool covers(const struct ipam_failover *f, const struct ipam_scope *s)
{
    uint32_t family = s->prefix.addr.family == 4 ? IPAM_FAILOVER_FAMILY_IPV4 : IPAM_FAILOVER_FAMILY_IPV6;
    if (record_has(f, IPAM_FAILOVER_FAMILY) && f->family != family)
        return false;
    if (record_has(f, IPAM_FAILOVER_SCOPES)) {
        for (size_t i = 0; i < f->scopes.count; i++)
            if (str_equal(f->scopes.items[i], s->native))
                return true;
        return false;
    }
    return s->failover.len == 0 || str_equal(s->failover, f->name);
}

static bool same_name(const struct ipam_failover *a, const struct ipam_failover *b)
{
    return a->name.len == b->name.len && strncasecmp(a->name.data, b->name.data, a->name.len) == 0;
}

/* A partner that is known here by another name is taken for the one whose relation has the same name. */
static bool match(const struct look *l, const struct ipam_failover *a, const struct ipam_failover *b)
{
    int64_t to = target_of(l, a, b->server), back = target_of(l, b, a->server);
    if ((to != 0 && to != b->server) || (back != 0 && back != a->server))
        return false;
    return (to != 0 && back != 0) || same_name(a, b);
}

/* Scopes NULL: whatever the relations cover. */
static bool related(const struct look *l, int64_t server, const struct ipam_scope *scope, int64_t other,
                    const struct ipam_scope *theirs)
{
    const struct ids *ours = side_failovers(l->side, server), *others = side_failovers(l->side, other);
    for (size_t i = 0; i < ours->count; i++) {
        const struct ipam_failover *a = view_get(l->view, IPAM_T_FAILOVER, ours->items[i]);
        if (a == NULL || (scope != NULL && !covers(a, scope)))
            continue;
        for (size_t k = 0; k < others->count; k++) {
            const struct ipam_failover *b = view_get(l->view, IPAM_T_FAILOVER, others->items[k]);
            if (b != NULL && (theirs == NULL || covers(b, theirs)) && match(l, a, b))
                return true;
        }
    }
    return false;
}

bool partner_servers(const struct look *l, int64_t server, int64_t other)
{
    return related(l, server, NULL, other, NULL);
}

bool partner_scopes(const struct look *l, const struct ipam_scope *scope, const struct ipam_scope *other)
{
    return related(l, scope->server, scope, other->server, other);
}

/* --- who may be one --- */

struct candidates {
    const struct look *look;
    const struct ipam_server *server;
    const struct ipam_failover *relation;
    void (*found)(void *user, int64_t server);
    void *user;
};

static int find_candidate(void *user, const void *row)
{
    const struct candidates *k = user;
    const struct ipam_failover *f = row;
    int64_t self = k->server != NULL ? k->server->id : k->relation->server;
    if (f->server == self)
        return 0;
    bool named = k->server != NULL && is_named(f, k->server);
    if (named || (k->relation != NULL && same_name(f, k->relation) && target_of(k->look, f, self) == 0))
        k->found(k->user, f->server);
    return 0;
}

void partner_candidates(const struct look *l, const struct ipam_server *s, const struct ipam_failover *f,
                        void (*found)(void *user, int64_t server), void *user)
{
    struct candidates k = { l, s, f, found, user };
    if (s == NULL && f == NULL)
        return;
    view_each(l->view, IPAM_T_FAILOVER, find_candidate, &k);
}

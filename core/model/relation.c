/* relation.c - failover and HA relations: who is whose partner.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/relation.h"

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

bool relation_names(const struct ipam_failover *f, const struct ipam_server *s)
{
    struct ipam_addr a;
    if (same_host(f->partner, s->name))
        return true;
    if (addr_parse(f->partner.data, f->partner.len, &a) == 0 && has_address(s, &a))
        return true;
    return record_has(f, IPAM_FAILOVER_PARTNER_ADDRESS) && has_address(s, &f->partner_address);
}

/* The server that a relation names is looked for. */
struct target {
    const struct ipam_failover *relation;
    int64_t wanted, found;
};

static int find_target(void *user, const void *row)
{
    struct target *t = user;
    const struct ipam_server *s = row;
    if (s->id == t->relation->server || !relation_names(t->relation, s))
        return 0;
    t->found = s->id;
    return s->id == t->wanted;
}

int64_t relation_target(const struct view *v, const struct ipam_failover *f, int64_t wanted)
{
    struct target t = { f, wanted, 0 };
    view_each(v, IPAM_T_SERVER, find_target, &t);
    return t.found;
}

bool relation_covers(const struct ipam_failover *f, const struct ipam_scope *s)
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

bool relation_same_name(const struct ipam_failover *a, const struct ipam_failover *b)
{
    return a->name.len == b->name.len && strncasecmp(a->name.data, b->name.data, a->name.len) == 0;
}

/* A partner that is known here by another name is taken for the one whose relation has the same name. */
bool relation_match(const struct view *v, const struct ipam_failover *a, const struct ipam_failover *b)
{
    int64_t to = relation_target(v, a, b->server), back = relation_target(v, b, a->server);
    if ((to != 0 && to != b->server) || (back != 0 && back != a->server))
        return false;
    return (to != 0 && back != 0) || relation_same_name(a, b);
}

/* Scopes of two servers, and a relation of the first that covers its scope. */
struct joining {
    const struct view *v;
    const struct ipam_scope *scope, *other;
    const struct ipam_failover *ours; /* NULL: it is still looked for */
};

static int find_joint(void *user, const void *row)
{
    struct joining *j = user;
    const struct ipam_failover *f = row;
    if (j->ours != NULL)
        return f->server == j->other->server && relation_covers(f, j->other) &&
               relation_match(j->v, j->ours, f);
    if (f->server != j->scope->server || !relation_covers(f, j->scope))
        return 0;
    struct joining theirs = *j;
    theirs.ours = f;
    return view_each(j->v, IPAM_T_FAILOVER, find_joint, &theirs);
}

bool relation_joins(const struct view *v, const struct ipam_scope *scope, const struct ipam_scope *other)
{
    struct joining j = { v, scope, other, NULL };
    return view_each(v, IPAM_T_FAILOVER, find_joint, &j) != 0;
}

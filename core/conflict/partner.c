/* partner.c - servers that share their leases by a failover or HA relation.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/partner.h"

#include "model/relation.h"

/* Scopes NULL: whatever the relations cover. */
static bool related(const struct look *l, int64_t server, const struct ipam_scope *scope, int64_t other,
                    const struct ipam_scope *theirs)
{
    const struct ids *ours = side_failovers(l->side, server), *others = side_failovers(l->side, other);
    for (size_t i = 0; i < ours->count; i++) {
        const struct ipam_failover *a = view_get(l->view, IPAM_T_FAILOVER, ours->items[i]);
        if (a == NULL || (scope != NULL && !relation_covers(a, scope)))
            continue;
        for (size_t k = 0; k < others->count; k++) {
            const struct ipam_failover *b = view_get(l->view, IPAM_T_FAILOVER, others->items[k]);
            if (b != NULL && (theirs == NULL || relation_covers(b, theirs)) && relation_match(l->view, a, b))
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
    bool named = k->server != NULL && relation_names(f, k->server);
    if (named || (k->relation != NULL && relation_same_name(f, k->relation) &&
                  relation_target(k->look->view, f, self) == 0))
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

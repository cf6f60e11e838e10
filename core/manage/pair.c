/* pair.c - scopes of partners: whether both have the same of them, as far as plans tell.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A change of a pair is made on one server and then on its partner. Where the second does not follow, the
 * pair is out of sync until a later change of it ends well. */
#include "manage/manage_p.h"
#include "model/relation.h"

static void set_sync(struct draft *d, const struct ipam_scope *before, bool alike)
{
    uint32_t sync = alike ? IPAM_SCOPE_FAILOVER_SYNC_IN_SYNC : IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC;
    struct ipam_scope s = *before;
    RECORD_SET(&s, IPAM_SCOPE_FAILOVER_SYNC, failover_sync, sync);
    draft_replace(d, before, &s);
}

struct both {
    struct draft *d;
    const struct ipam_scope *scope;
    bool alike;
};

static int note_partner(void *user, const struct ipam_scope *other)
{
    const struct both *b = user;
    if (other->server != b->scope->server && prefix_equal(&other->prefix, &b->scope->prefix) &&
        relation_joins(draft_view(b->d), b->scope, other))
        set_sync(b->d, other, b->alike);
    return 0;
}

/* The scope that a step is about, or in. */
static const struct ipam_scope *scope_of(const struct view *v, const struct work *w)
{
    const struct ipam_scope *s = (const void *)w->object;
    if (s->type == IPAM_T_LEASE) /* no part of its configuration */
        return NULL;
    return view_get(v, IPAM_T_SCOPE, s->type == IPAM_T_SCOPE ? s->id : rule_ref(w->object, "scope"));
}

void pair_note(struct draft *d, const struct work *w, bool well)
{
    const struct ipam_scope *s = record_has(w->plan, IPAM_PLAN_AFTER) ? scope_of(draft_view(d), w) : NULL;
    struct ipam_addr first;
    if (s == NULL || (w->why_not != NULL && !w->partner_changed) ||
        (well && s->failover_sync != IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC))
        return;
    struct both b = { d, s, well };
    prefix_first(&s->prefix, &first);
    view_scopes_at(draft_view(d), s->space, &first, note_partner, &b);
    set_sync(d, s, well);
}

/* note.c - what a changed row makes suspect.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * In the middle of a change, thousands of rows at a time: what takes long is put off as a span or a walk,
 * and of addresses only those become places where memory alone does not tell that there is nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conflict/follow_p.h"
#include "conflict/partner.h"
#include "conflict/text.h"
#include "model/rules.h"

#define WALKS_MAX 16 /* beyond, all scopes of the space are looked at */

/* What a change is noted with. */
struct cause {
    struct conflicts *c;
    int64_t rev, server;
};

static bool is_urgent(int64_t rev, int64_t server)
{
    return server == 0 && rev != 0;
}

void note_place(struct conflicts *c, const struct place *p, int64_t rev, int64_t server)
{
    struct item *i = smap_get(&c->queued, p, sizeof(*p));
    if (i == NULL) {
        i = xcalloc(1, sizeof(*i));
        memcpy(&i->place, p, sizeof(*p)); /* whole: it is a key */
        i->server = server;
        i->noted_ms = clock_mono_ms();
        bool held = server != 0 && c->fleet != NULL && fleet_is_busy(c->fleet, server);
        struct items *to = held ? &c->held : is_urgent(rev, server) ? &c->urgent : &c->ready;
        smap_put(&c->queued, p, sizeof(*p), i);
        *to->tail = i;
        to->tail = &i->next;
        c->waiting++;
    }
    if (server == 0)
        i->server = 0; /* it need not wait any more */
    if (rev > i->rev)
        i->rev = rev;
}

static void note_object(const struct cause *why, uint32_t type, int64_t id)
{
    struct place p;
    memset(&p, 0, sizeof(p));
    p.type = type;
    p.id = id;
    note_place(why->c, &p, why->rev, why->server);
}

static void note_address(const struct cause *why, int64_t space, const struct ipam_addr *addr)
{
    struct look l = conflicts_look(why->c);
    struct place p;
    if (addr->family == 0)
        return;
    if (!look_is_suspect(&l, space, addr)) {
        side_contest(&why->c->side, space, addr, false); /* one lease at the most is left */
        return;
    }
    memset(&p, 0, sizeof(p));
    p.type = IPAM_T_ADDRESS;
    p.space = space;
    p.addr = *addr;
    note_place(why->c, &p, why->rev, why->server);
}

void note_span(struct conflicts *c, int64_t space, const struct ipam_addr *first,
               const struct ipam_addr *last, int64_t rev, int64_t server)
{
    struct span *s = xcalloc(1, sizeof(*s));
    *s = (struct span){ .space = space, .rev = rev, .server = server, .at = *first, .last = *last };
    if (c->spans == NULL)
        c->spans_end = &c->spans;
    if (is_urgent(rev, server) && c->spans != NULL) {
        s->next = c->spans;
        c->spans = s;
        return;
    }
    *c->spans_end = s;
    c->spans_end = &s->next;
}

/* Whether one that has not begun does all that another would. */
static bool walk_covers(const struct walk *a, const struct walk *b)
{
    bool all =
        a->prefix.addr.family == 0 || (b->prefix.addr.family != 0 && prefix_contains(&a->prefix, &b->prefix));
    return a->server == b->server && a->space == b->space && all && a->after == 0;
}

/* Walks that have not begun and are part of the new one. */
static void drop_parts(struct conflicts *c, const struct walk *whole)
{
    for (struct walk **at = &c->walks; *at != NULL;) {
        struct walk *w = *at;
        if (!walk_covers(whole, w) || w->after != 0) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        c->walk_count--;
        free(w);
    }
}

static void note_walk(const struct cause *why, struct walk w)
{
    struct conflicts *c = why->c;
    struct walk **at = &c->walks, *last;
    if (state_count(c->state, IPAM_T_SCOPE) == 0)
        return;
    w.rev = why->rev;
    if (c->walk_count >= WALKS_MAX && w.space != 0)
        w.prefix = (struct ipam_prefix){ .addr = { .family = 0 } };
    for (; *at != NULL; at = &(*at)->next) {
        if (walk_covers(*at, &w)) {
            (*at)->rev = w.rev;
            return;
        }
    }
    if (w.prefix.addr.family == 0)
        drop_parts(c, &w);
    for (at = &c->walks; *at != NULL;)
        at = &(*at)->next;
    last = xcalloc(1, sizeof(*last));
    *last = w;
    *at = last;
    c->walk_count++;
}

static void note_addresses(const struct cause *why, int64_t space, const struct ipam_addrs *list)
{
    for (size_t i = 0; i < list->count; i++)
        note_address(why, space, &list->items[i]);
}

/* --- rows --- */

static int note_static(void *user, const struct ipam_range *r)
{
    if (range_is_static(r))
        note_object(user, IPAM_T_RANGE, r->id);
    return 0;
}

static void note_ranges(const struct cause *why, int64_t space, const struct ipam_addr *first,
                        const struct ipam_addr *last)
{
    view_ranges(state_view(why->c->state), space, first, last, note_static, (void *)why);
}

/* What a scope leases may be another: the scope, ranges of the plan in it, and those addresses. */
static void note_leasing(const struct cause *why, const struct ipam_scope *s, const struct ipam_addr *first,
                         const struct ipam_addr *last)
{
    struct cause of = { why->c, why->rev, s->server };
    struct ipam_addr begin, end;
    prefix_first(&s->prefix, &begin);
    prefix_last(&s->prefix, &end);
    note_object(&of, IPAM_T_SCOPE, s->id);
    note_ranges(&of, s->space, &begin, &end);
    note_span(of.c, s->space, first, last, of.rev, of.server);
}

/* Reservations and pools outside of the scope say of it what it is. */
static void note_strays(const struct cause *why, int64_t scope)
{
    const struct ids *ids = side_conflicts(&why->c->side, IPAM_T_SCOPE, scope);
    for (size_t i = 0; i < ids->count; i++) {
        const struct ipam_conflict *k = view_get(state_view(why->c->state), IPAM_T_CONFLICT, ids->items[i]);
        uint32_t type;
        int64_t id;
        if (k != NULL &&
            (k->kind == IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE ||
             k->kind == IPAM_CONFLICT_KIND_POOL_OUTSIDE) &&
            conflict_party(k->parties.items[0], &type, &id))
            note_object(why, type, id);
    }
}

static void note_scope(const struct cause *why, const struct ipam_scope *s)
{
    struct ipam_addr first, last;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    note_strays(why, s->id);
    note_addresses(why, s->space, &s->routers); /* which may be elsewhere */
    note_leasing(why, s, &first, &last);
}

void note_whole_scope(struct conflicts *c, const struct ipam_scope *s, int64_t rev, int64_t server)
{
    note_scope(&(struct cause){ c, rev, server }, s);
}

/* When its scope is gone, its addresses are looked at because that went. */
static void note_exclusion(const struct cause *why, const struct ipam_exclusion *e)
{
    const struct ipam_scope *s = view_get(state_view(why->c->state), IPAM_T_SCOPE, e->scope);
    if (s != NULL)
        note_leasing(why, s, &e->first, &e->last);
}

/* A pool outside of its scope, or one that was. */
static void note_pool(const struct cause *why, const struct ipam_pool *p)
{
    const struct ipam_scope *s = view_get(state_view(why->c->state), IPAM_T_SCOPE, p->scope);
    struct finding f;
    if ((s != NULL && judge_pool(p, s, &f)) || side_conflicts(&why->c->side, IPAM_T_POOL, p->id)->count > 0)
        note_object(why, IPAM_T_POOL, p->id);
}

static void note_range(const struct cause *why, const struct ipam_range *r)
{
    const struct ipam_scope *s =
        record_has(r, IPAM_RANGE_SCOPE) ? view_get(state_view(why->c->state), IPAM_T_SCOPE, r->scope) : NULL;
    if (s != NULL) {
        note_leasing(why, s, &r->first, &r->last);
        return;
    }
    if (record_has(r, IPAM_RANGE_SCOPE))
        note_ranges(why, r->space, &r->first, &r->last);
    else
        note_object(why, IPAM_T_RANGE, r->id);
    note_span(why->c, r->space, &r->first, &r->last, why->rev, 0);
}

/* The reservation as an object: of a client who has several, or outside of its scope. */
static void note_reserved(const struct cause *why, const struct ipam_reservation *r)
{
    struct look l = conflicts_look(why->c);
    const struct ipam_scope *s = view_get(l.view, IPAM_T_SCOPE, r->scope);
    struct place p;
    memset(&p, 0, sizeof(p));
    p.type = IPAM_T_RESERVATION;
    p.id = r->id;
    p.client = side_client(r);
    if (side_clients(l.side, p.client)->count > 1 ||
        side_conflicts(l.side, IPAM_T_RESERVATION, r->id)->count > 0 ||
        (s != NULL && r->address.family != 0 && !prefix_contains_addr(&s->prefix, &r->address)))
        note_place(why->c, &p, why->rev, why->server);
}

static void note_reservation(const struct cause *why, const struct ipam_reservation *r)
{
    note_address(why, r->space, &r->address);
    note_addresses(why, r->space, &r->addresses);
    note_reserved(why, r);
}

/* Of subnets that lie in one another the inner one is the place; and whose gateways are gateways. */
static void note_nested(const struct cause *why, const struct ipam_subnet *n)
{
    const struct view *v = state_view(why->c->state);
    struct ipam_addr first, last;
    if (view_enclosing(v, IPAM_T_SUBNET, n->space, &n->prefix, true) != 0 ||
        side_conflicts(&why->c->side, IPAM_T_SUBNET, n->id)->count > 0)
        note_object(why, IPAM_T_SUBNET, n->id);
    const struct ipam_subnet *inner = NULL;
    for (int64_t id = view_next_inside(v, IPAM_T_SUBNET, n->space, &n->prefix, NULL); id != 0;
         id = view_next_inside(v, IPAM_T_SUBNET, n->space, &n->prefix, &inner->prefix)) {
        inner = view_get(v, IPAM_T_SUBNET, id);
        note_object(why, IPAM_T_SUBNET, id);
    }
    prefix_first(&n->prefix, &first);
    prefix_last(&n->prefix, &last);
    if (inner != NULL || view_enclosing(v, IPAM_T_SUBNET, n->space, &n->prefix, true) != 0)
        note_span(why->c, n->space, &first, &last, why->rev, 0);
}

/* The first part of a plan in a space, or the last: scopes anywhere are in it or not. */
static void note_plan(const struct cause *why, int64_t space, const struct ipam_prefix *p, bool had)
{
    struct walk w = { .space = space, .prefix = *p };
    if (side_has_plan(&why->c->side, space, p->addr.family) != had)
        w.prefix.addr.family = 0;
    note_walk(why, w);
}

static void note_subnet(const struct cause *why, const struct ipam_subnet *n)
{
    note_addresses(why, n->space, &n->gateways);
    note_nested(why, n);
}

static void note_lease(const struct cause *why, const struct ipam_lease *l)
{
    if (!record_has(l, IPAM_LEASE_PREFIX_LENGTH))
        note_address(why, l->space, &l->address);
}

static void note_server(const struct cause *why, int64_t server)
{
    note_walk(why, (struct walk){ .server = server });
}

static void note_candidate(void *user, int64_t server)
{
    note_server(user, server);
}

/* A partner may lease what the other one reserves. */
static void note_relation(const struct cause *why, const struct ipam_failover *f)
{
    struct look l = conflicts_look(why->c);
    note_server(why, f->server);
    partner_candidates(&l, view_get(l.view, IPAM_T_SERVER, f->server), f, note_candidate, (void *)why);
}

/* Relations name it by its name and addresses. */
static void note_named(const struct cause *why, const struct ipam_server *s)
{
    struct look l = conflicts_look(why->c);
    const struct ids *ids = side_failovers(l.side, s->id);
    note_server(why, s->id);
    partner_candidates(&l, s, NULL, note_candidate, (void *)why);
    for (size_t i = 0; i < ids->count; i++)
        partner_candidates(&l, NULL, view_get(l.view, IPAM_T_FAILOVER, ids->items[i]), note_candidate,
                           (void *)why);
}

/* One side of a change. */
static void note_one(struct cause why, const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_ADDRESS: {
        const struct ipam_address *a = row;
        note_address(&why, a->space, &a->address);
        break;
    }
    case IPAM_T_LEASE:
        why.server = ((const struct ipam_lease *)row)->server;
        note_lease(&why, row);
        break;
    case IPAM_T_RESERVATION:
        why.server = ((const struct ipam_reservation *)row)->server;
        note_reservation(&why, row);
        break;
    case IPAM_T_SCOPE:
        why.server = ((const struct ipam_scope *)row)->server;
        note_scope(&why, row);
        break;
    case IPAM_T_EXCLUSION: note_exclusion(&why, row); break;
    case IPAM_T_RANGE: note_range(&why, row); break;
    case IPAM_T_POOL:
        why.server = ((const struct ipam_pool *)row)->server;
        note_pool(&why, row);
        break;
    case IPAM_T_SUBNET: note_subnet(&why, row); break;
    case IPAM_T_FAILOVER: note_relation(&why, row); break;
    case IPAM_T_SUPERSCOPE: note_server(&why, ((const struct ipam_superscope *)row)->server); break;
    case IPAM_T_SERVER: note_named(&why, row); break;
    default: break;
    }
}

static int64_t rev_of(const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    return *(const int64_t *)(const void *)((const char *)row + t->fields[1].offset);
}

/* What moves by itself says nothing of who is where; but a lease that had run out may be one again. */
static bool is_other(const struct conflicts *c, const void *before, const void *after)
{
    const struct ipam_lease *lease = before;
    uint64_t changed[2], fleeting[2];
    if (before == NULL || after == NULL)
        return true;
    if (lease->type == IPAM_T_LEASE) {
        const struct ipam_server *s = view_get(state_view(c->state), IPAM_T_SERVER, lease->server);
        if (s != NULL && record_has(lease, IPAM_LEASE_EXPIRES) && lease->expires <= s->leases_read)
            return true;
    }
    record_diff(before, after, changed);
    record_mask(record_type(((const struct ipam_record *)after)->type), FIELD_VOLATILE, fleeting);
    changed[0] &= ~((uint64_t)1 << 2); /* its revision */
    return ((changed[0] & ~fleeting[0]) | (changed[1] & ~fleeting[1])) != 0;
}

/* A lease that its client has renewed may be newer now than that of a partner. Where all leases tell of one
 * client that is nothing: only addresses are noted at which it was judged otherwise. */
static void note_renewed(struct conflicts *c, const void *before, const void *after)
{
    const struct ipam_lease *was = before, *is = after;
    struct look l = conflicts_look(c);
    if (is->type == IPAM_T_LEASE && was->started != is->started &&
        look_is_undecided(&l, is->space, &is->address))
        note_lease(&(struct cause){ c, state_head(c->state), is->server }, is);
}

/* The part of the plan that a row is; NULL: none. */
static const struct ipam_prefix *plan_of(const void *row, int64_t *ret_space)
{
    const struct ipam_block *b = row;
    const struct ipam_subnet *n = row;
    if (row == NULL || (b->type != IPAM_T_BLOCK && (n->type != IPAM_T_SUBNET || !rule_is_own(n))))
        return NULL;
    *ret_space = b->type == IPAM_T_BLOCK ? b->space : n->space;
    return b->type == IPAM_T_BLOCK ? &b->prefix : &n->prefix;
}

/* A server has told of its leases: one that it tells of although it has run out is none any more. */
static void note_read(struct conflicts *c, const void *before, const void *after)
{
    const struct ipam_server *was = before, *is = after;
    if (c->gate != NULL && was != NULL && is != NULL && is->type == IPAM_T_SERVER &&
        was->leases_read != is->leases_read && state_count(c->state, IPAM_T_CONFLICT) > 0)
        expand_recorded(c);
}

/* Reservations are not in memory: what is wrong with them is seen as they come by. */
static void note_loaded(struct conflicts *c, const void *row)
{
    if (row != NULL && ((const struct ipam_record *)row)->type == IPAM_T_RESERVATION)
        note_reserved(&(struct cause){ .c = c }, row);
}

void note_row(struct conflicts *c, const void *before, const void *after)
{
    const void *sides[2] = { before, after };
    const struct ipam_prefix *plans[2] = { NULL, NULL };
    int64_t spaces[2] = { 0, 0 };
    bool had[2] = { false, false };
    note_read(c, before, after);
    if (c->gate == NULL || !is_other(c, before, after)) {
        side_note(&c->side, before, after);
        if (c->gate == NULL)
            note_loaded(c, after);
        else
            note_renewed(c, before, after);
        return;
    }
    for (int i = 0; i < 2; i++)
        if ((plans[i] = plan_of(sides[i], &spaces[i])) != NULL)
            had[i] = side_has_plan(&c->side, spaces[i], plans[i]->addr.family);
    side_note(&c->side, before, after);
    struct cause why = { .c = c, .rev = after != NULL ? rev_of(after) : state_head(c->state) + 1 };
    if (why.rev < state_head(c->state))
        why.rev = state_head(c->state); /* it changed without a revision */
    for (int i = 0; i < 2; i++) {
        if (sides[i] != NULL)
            note_one(why, sides[i]);
        if (plans[i] != NULL)
            note_plan(&why, spaces[i], plans[i], had[i]);
    }
}

static bool has_lease(const struct ipam_conflict *k)
{
    uint32_t type;
    int64_t id;
    for (size_t i = 0; i < k->parties.count; i++)
        if (conflict_party(k->parties.items[i], &type, &id) && type == IPAM_T_LEASE)
            return true;
    return false;
}

/* The objects and the address that a recorded conflict is judged at; when it is for leases that were read,
 * of those that have one. */
static void note_recorded(const struct cause *why, const struct ipam_conflict *k)
{
    uint32_t type;
    int64_t id;
    for (size_t i = 0; i < k->parties.count && !why->c->sweep_recorded; i++) {
        struct place p;
        memset(&p, 0, sizeof(p));
        if (!conflict_party(k->parties.items[i], &type, &id) || type == IPAM_T_ADDRESS ||
            type == IPAM_T_LEASE)
            continue;
        p.type = type;
        p.id = id;
        p.client = type == IPAM_T_RESERVATION ? look_client(k) : 0;
        note_place(why->c, &p, 0, 0);
    }
    if (!why->c->sweep_recorded || has_lease(k))
        note_address(why, k->space, &k->first);
}

void note_swept(struct conflicts *c, const void *row)
{
    struct cause why = { .c = c };
    const struct ipam_scope *s = row;
    switch (s->type) {
    case IPAM_T_CONFLICT: note_recorded(&why, row); break;
    case IPAM_T_SUBNET: note_subnet(&why, row); break;
    case IPAM_T_RANGE: note_static(&why, row); break;
    case IPAM_T_POOL: note_pool(&why, row); break;
    default: note_object(&why, IPAM_T_SCOPE, s->id); break;
    }
}

/* move.c - rows that go elsewhere, and what must not lose its subnet by that.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

/* What follows from the place it had. */
static void leave_place(const struct view *v, const void *before, void *after)
{
    switch (((const struct ipam_record *)after)->type) {
    case IPAM_T_RANGE: range_keeps_zone(v, after); break;
    case IPAM_T_ADDRESS: rule_take_over(before, after); break;
    default: break;
    }
}

int rule_move(struct draft *d, const void *before, void *after, struct problem *p)
{
    if (rule_stays(draft_view(d), before, p) != 0 || moving_refuses(draft_view(d), after, p) != 0)
        return IPAM_E_INVAL;
    return row_move(d, before, after, p);
}

int row_move(struct draft *d, const void *before, void *after, struct problem *p)
{
    const struct draft_place place = draft_place(d);
    struct arena a;
    leave_place(draft_view(d), before, after);
    arena_init(&a, 0);
    void *judged = record_copy(&a, after);
    if (judged == NULL)
        out_of_memory(0); /* the arena has no limit */
    draft_delete(d, before);
    int rc = row_create(d, judged, p);
    draft_back(d, &place);
    arena_fini(&a);
    if (rc == 0)
        draft_replace(d, before, after);
    return rc;
}

/* What is looked at when subnets have gone. */
struct left {
    struct draft *d;
    const struct view *v;
    int64_t space, since;
    struct problem *p;
};

/* Whether an address may be in no subnet: it was there before, or it is there no more. */
static bool may_be_left(const struct left *l, int64_t id, const struct ipam_addr *at)
{
    const struct ipam_address *a = view_get(l->v, IPAM_T_ADDRESS, id);
    if (a == NULL)
        return view_is_gone(l->v, IPAM_T_ADDRESS, id);
    if (a->space != l->space || !addr_equal(&a->address, at))
        return true;
    return l->since != 0 && (a->rev < l->since || a->rev == draft_revision(l->d));
}

static bool is_held(const struct left *l, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(l->v, l->space, at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        if (users[i].type == IPAM_T_QUARANTINE)
            continue;
        else if (users[i].type != IPAM_T_ADDRESS ? l->since == 0 : !may_be_left(l, users[i].id, at))
            return true;
    return false;
}

static int held_check(const struct left *l, const struct ipam_prefix *where)
{
    struct ipam_addr from, last, used;
    char text[PREFIX_TEXT_MAX], at[ADDR_TEXT_MAX];
    prefix_first(where, &from);
    prefix_last(where, &last);
    while (view_first_used(l->v, l->space, &from, &last, &used) == 0) {
        if (is_held(l, &used)) {
            addr_print(&used, at);
            prefix_print(where, text);
            problem_about(l->p, IPAM_T_ADDRESS, l->space);
            l->p->about_addr = used;
            problem_hint(l->p, "release or move them first: GET /api/v1/ipam/addresses?within=%s", text);
            return problem_set(l->p, PROBLEM_IN_USE, "address %s would be in no subnet any more", at);
        }
        if (addr_equal(&used, &last) || addr_add(&used, u128_from(1), &from) != 0)
            break;
    }
    return 0;
}

/* The parts of a prefix that no subnet covers must hold no address. */
static int addresses_check(const struct left *l, const struct ipam_prefix *where)
{
    struct ipam_prefix half;
    if (view_enclosing(l->v, IPAM_T_SUBNET, l->space, where, false) != 0)
        return 0;
    if (view_first_inside(l->v, IPAM_T_SUBNET, l->space, where) == 0)
        return held_check(l, where);
    for (int which = 0; which < 2; which++)
        if (prefix_half(where, which, &half) && addresses_check(l, &half) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static int range_is_held(void *user, const struct ipam_range *r)
{
    const struct left *c = user;
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    const struct ipam_subnet *s =
        view_get(c->v, IPAM_T_SUBNET, rule_subnet_around(c->v, r->space, &r->first, &r->last));
    if (s != NULL)
        return !rule_is_own(r) ? 0 : range_ends_check(r, &s->prefix, c->p);
    addr_print(&r->first, first);
    addr_print(&r->last, last);
    problem_about(c->p, IPAM_T_RANGE, r->id);
    problem_hint(c->p, rule_is_own(r) ? "move, shorten or delete it first"
                                      : "change its scope on the server and collect again");
    return problem_set(c->p, PROBLEM_IN_USE, "range %s-%s (id %lld) would lie in no subnet any more", first,
                       last, (long long)r->id);
}

int rule_still_held(struct draft *d, int64_t space, const struct ipam_prefix *was, int64_t since,
                    struct problem *p)
{
    struct left l = { d, draft_view(d), space, since, p };
    struct ipam_addr first, last;
    prefix_first(was, &first);
    prefix_last(was, &last);
    if (view_ranges(l.v, space, &first, &last, range_is_held, &l) != 0)
        return IPAM_E_INVAL;
    return addresses_check(&l, was);
}

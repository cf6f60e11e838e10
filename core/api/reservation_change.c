/* reservation_change.c - PATCH of a reservation: changed in place on its server, by a plan.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/plans.h"

struct change_work {
    struct plans plans;
    const struct ipam_reservation *patch;
};

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct call *c = call_of(in);
    const struct ipam_reservation *r = c->row;
    int64_t address = rule_address_at(v, r->space, &r->address);
    needs_row(n, IPAM_T_RESERVATION, c->id);
    if (address != 0)
        needs_row(n, IPAM_T_ADDRESS, address);
}

/* DHCPv4 gives a client one address, and no prefix. */
static int fits(const struct ipam_reservation *r, struct problem *p)
{
    if (r->address.family != 4 || (r->addresses.count == 0 && r->prefixes.count == 0))
        return 0;
    return problem_set(p, PROBLEM_INVALID, "%s: a reservation of DHCPv4 has one address and no prefix",
                       r->addresses.count > 0 ? "addresses" : "prefixes");
}

/* A plan for the address says what it wants of the reservation, and goes first. */
static int is_free(const struct view *v, const struct ipam_reservation *r, struct problem *p)
{
    const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, rule_address_at(v, r->space, &r->address));
    return a != NULL && rule_is_under_way(a, SERVED_RESERVATION) ? rule_under_way(a, SERVED_RESERVATION, p)
                                                                 : 0;
}

static int draft_change(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    const struct change_work *w = c->work;
    const struct view *v = draft_view(d);
    const struct ipam_reservation *before = view_get(v, IPAM_T_RESERVATION, c->id);
    (void)i;
    if (before == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "the reservation was deleted meanwhile");
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, before->server);
    if (server == NULL || !server->managed)
        return plans_not_managed(server, p);
    struct ipam_reservation after = *before;
    record_merge(&after, w->patch, c->cleared);
    if (fits(&after, p) != 0 || is_free(v, before, p) != 0)
        return IPAM_E_INVAL;
    const struct server_change change = {
        .before = before, .after = &after, .actor = c->actor.name, .reason = c->actor.reason
    };
    int64_t plan = rule_plan(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    plans_add(c, d, plan, before->server);
    return 0;
}

static void found(struct call *c)
{
    plans_submit(c, needs_rows);
}

/* Reads what is to be changed; an error with the problem. */
static int read_patch(struct call *c)
{
    static const char *const none[] = { NULL };
    struct change_work *w = arena_alloc(&c->arena, sizeof(*w));
    struct record_problems problems;
    void *patch = NULL;
    record_problems_init(&problems, &c->arena);
    if (w == NULL || !call_params_known(c, none) || call_body(c) != 0)
        return IPAM_E_INVAL;
    int rc = record_from_json(c->type, MODE_PATCH, c->doc, json_root(c->doc), "", &c->arena, &patch,
                              c->cleared, &problems);
    call_body_done(c);
    if (rc != 0)
        return call_invalid(c, &problems);
    *w = (struct change_work){ .plans = { .items = 1, .draft = draft_change }, .patch = patch };
    c->work = w;
    return 0;
}

void handle_reservation_change(struct call *c)
{
    if (read_patch(c) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

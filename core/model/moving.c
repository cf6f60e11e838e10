/* moving.c - a subnet that a job is moving, and its stand-in: nothing new comes into them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What came into either of them could stand where an address of the other is to go, or to go back. So they
 * are closed from the first change set of the job to the last, also when it ended in between: then the move
 * can be gone on with, and undone, whatever others did meanwhile. Addresses may be changed and released. */
#include "model/rules_p.h"

static const struct ipam_subnet *subnet_around(const struct view *v, int64_t space,
                                               const struct ipam_addr *first, const struct ipam_addr *last)
{
    return view_get(v, IPAM_T_SUBNET, rule_subnet_around(v, space, first, last));
}

static int refuse(const struct ipam_subnet *s, const char *what, struct problem *p)
{
    char text[PREFIX_TEXT_MAX];
    if (s == NULL || !record_has(s, IPAM_SUBNET_MOVING))
        return 0;
    prefix_print(&s->prefix, text);
    problem_about(p, IPAM_T_SUBNET, s->id);
    problem_hint(
        p,
        "wait until the job has ended; if it ended without having moved it, go on with the same move, "
        "or undo it: POST /api/v1/system/jobs/%lld/revert",
        (long long)s->moving);
    return problem_set(p, PROBLEM_IN_USE, "subnet %s (id %lld) is being moved by job %lld: %s", text,
                       (long long)s->id, (long long)s->moving, what);
}

int moving_refuses(const struct view *v, const void *rec, struct problem *p)
{
    static const char what[] = "nothing new comes into it";
    const struct ipam_subnet *s = rec;
    const struct ipam_range *r = rec;
    const struct ipam_address *a = rec;
    switch (s->type) {
    case IPAM_T_SUBNET:
        s = view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, s->space, &s->prefix, false));
        return refuse(s, what, p);
    case IPAM_T_RANGE: return refuse(subnet_around(v, r->space, &r->first, &r->last), what, p);
    case IPAM_T_ADDRESS: return refuse(subnet_around(v, a->space, &a->address, &a->address), what, p);
    default: return 0;
    }
}

int rule_stays(const struct view *v, const void *row, struct problem *p)
{
    const struct ipam_range *r = row;
    if (row == NULL)
        return 0;
    if (r->type == IPAM_T_SUBNET)
        return refuse(row, "it stays as it is", p);
    return r->type == IPAM_T_RANGE
               ? refuse(subnet_around(v, r->space, &r->first, &r->last), "its ranges stay as they are", p)
               : 0;
}

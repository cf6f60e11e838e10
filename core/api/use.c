/* use.c - POST /ipam/ranges/{key}/use: of the ranges that it overlaps it is the one that counts.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The choice is the plan's own, also where the range comes from a server. */
#include "api/call.h"

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct ipam_range *r = view_get(draft_view(d), IPAM_T_RANGE, c->id);
    if (r == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the range was deleted meanwhile");
    rule_use_range(d, r);
    call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), IPAM_T_RANGE, c->id));
    return 0;
}

static void found(struct call *c)
{
    call_submit(c, NULL, decide, NULL);
}

void handle_use(struct call *c)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    if (!call_params_known(c, none))
        call_problem(c);
    else
        call_find(c, found);
}

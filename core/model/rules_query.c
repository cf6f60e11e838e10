/* rules_query.c - saved queries: what may be created and changed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Whether the list of a query takes its parameters is the list's own to say, before the gate. */
#include "model/rules_p.h"

int query_check(const struct view *v, const struct ipam_saved_query *q, int64_t self, struct problem *p)
{
    int64_t twin = view_by_name(v, IPAM_T_SAVED_QUERY, q->name);
    if (name_is_no_id(q->name, p) != 0)
        return IPAM_E_INVAL;
    if (twin == 0 || twin == self)
        return 0;
    problem_about(p, IPAM_T_SAVED_QUERY, twin);
    problem_hint(p, "run the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "query \"" STR_FMT "\" exists already (id %lld)", STR_ARG(q->name),
                       (long long)twin);
}

int query_create(struct draft *d, struct ipam_saved_query *q, struct problem *p)
{
    if (query_check(draft_view(d), q, 0, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, q);
    return 0;
}

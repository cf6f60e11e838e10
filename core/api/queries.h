/* queries.h - saved queries: a list and its parameters, kept by a name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_QUERIES_H
#define API_QUERIES_H

#include "api/ask.h"

/* The list of that path behind /api/v1/, such as "ipam/subnets"; NULL: there is none. */
const struct route *query_list(struct ipam_str path);
/* The parameters of a request put over those of a saved query, both as they stand in a URL: what the request names, it
 * says alone. In the arena; absent: memory is out. */
struct ipam_str query_over(struct arena *a, struct ipam_str saved, struct ipam_str request);
/* Which rows of a list are meant, for a call that is about something else: until query_leave it is one of that list. */
struct as_call {
    const struct route *route;
    const struct record_type *type;
    struct ipam_str query;
    const struct operation *op;
    bool own_only, csv;
};
/* False with the problem, after which the call is itself again: it is no list, or does not take these parameters, or is not
 * for the caller. */
bool query_enter(struct call *c, struct ipam_str path, struct ipam_str query, struct ask *ret,
                 struct as_call *before);
void query_leave(struct call *c, const struct as_call *before);
/* Whether the list takes the parameters, as it would if the caller asked for it now; false with what it says. */
bool query_is_taken(struct call *c, const struct ipam_saved_query *q, struct problem *p);

#endif

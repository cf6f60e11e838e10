/* create.h - new objects: one, a list, or one at the key of a PUT.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CREATE_H
#define API_CREATE_H

#include "api/call.h"

/* Whether PUT may create an object at the key of the path: it is a natural key, objects of the type are made by POST,
 * and the caller may do that. */
bool create_may_have_key(struct call *c);
/* Makes of c->recs[0], read in MODE_REPLACE, a new object at that key; an error with the problem when they do not
 * agree. */
int create_at_key(struct call *c);
/* Before the gate: whether what an object names takes it, a server's provider or a query's list; false with the problem. */
bool create_is_taken(struct call *c, const void *rec, struct problem *p);
/* Creates c->recs and answers. */
void create_submit(struct call *c);

/* Makes an object, if the caller may; else, or where a rule refuses it, an error with the problem. */
int create_row(struct sight *s, struct draft *d, void *rec, struct problem *p);

#endif

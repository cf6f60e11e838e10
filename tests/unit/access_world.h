/* access_world.h - access scopes, roles and policies of a world, as the lines of tests/data/access have them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rows are made by the rules of access control, in the open batch of the world. */
#ifndef ACCESS_WORLD_H
#define ACCESS_WORLD_H

#include "model_world.h"

#include "access/rights.h"
#include "access/rows.h"

#define ACCESS_NOW INT64_C(1700000000000) /* the moment of every request, UTC ms */

/* What is before the separator; *rest goes behind it, NULL at the end. "-" alone is nothing: NULL. */
char *cut(char **rest, char sep);

/* Begins a world at that moment with an open batch, in which /Global is and the paths, in an order in which each
 * follows what it is a part of. */
void access_world_init(struct world *w, char *paths);
int64_t access_scope_id(const struct world *w, const char *path);
/* The name of a role: of a group's key, of a title, or ("custom:OPERATION,...") of one that is made so if there is
 * none. Lives as long as the world. */
struct ipam_str access_role_name(struct world *w, const char *text);
/* "PRINCIPAL ROLE SCOPE FROM UNTIL", and with `caps` " MAX_BLOCKS MIN_LENGTH4 MIN_LENGTH6"; `principal` NULL: as the
 * line says. False: that role is given him there already; the rules keep one policy of it, and the second is put past
 * them, as rights add up whatever rows there are. */
bool access_pair(struct world *w, const char *pair, bool caps, const char *principal);
/* The user or group that a policy is for, which must be there. */
void access_identity(struct world *w, struct ipam_str principal);
/* One row by access_row_create, as an intent of its own. */
enum problem_type access_create(struct world *w, void *rec);
/* Into that access scope (0: out of its own), as an intent of its own. */
enum problem_type access_set_scope(struct world *w, uint32_t type, int64_t id, int64_t scope);

/* Calls fn with each line of a file that is no comment, cut at its tabs into `count` parts; how many there were. */
size_t each_line(const char *path, size_t count, void (*fn)(void *user, char **parts), void *user);

#endif

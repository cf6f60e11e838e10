/* rows.h - rules of what access control is made of: roles, access scopes, policies.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * As the rules of the model (model/rules.h): each function decides on the draft alone, and drafts all of its rows or
 * fills the problem. */
#ifndef ACCESS_ROWS_H
#define ACCESS_ROWS_H

#include "model/rules.h"

#define ACCESS_ROOT      "/Global" /* the access scope that all others are a part of, and that always is */
#define ACCESS_DEPTH_MAX 7         /* levels below it: eight with itself ([MS-IPAMM2], MaximumAccessScopeLevelReached) */

/* Whether rows of the type are changed by these rules. */
bool access_is_row(uint32_t type);
int access_row_create(struct draft *d, void *rec, struct problem *p);
int access_row_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                      struct problem *p);
/* An access scope takes its parts and the policies for them along; one that objects are in stays. */
int access_row_delete(struct draft *d, const void *before, struct problem *p);
/* A user or group goes: with it go the policies for it, lest another one of that name inherits them. */
void access_forget(struct draft *d, const void *identity);
/* Makes the access scope that all others are a part of, where it is not there. */
void access_seed(struct draft *d);

/* Puts an object into an access scope, or (0) has it inherit one again. */
int access_row_set_scope(struct draft *d, const void *before, int64_t scope, struct problem *p);

/* A path as people may write it, with slashes or backslashes, as it is stored; absent where it cannot be one. In the
 * arena. */
struct ipam_str access_path(struct arena *a, struct ipam_str text);
/* Whether `path` is `in`, or a part of it. */
bool access_path_within(struct ipam_str path, struct ipam_str in);

#endif

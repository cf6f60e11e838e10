/* objects.h - what changing one object needs of others.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OBJECTS_H
#define API_OBJECTS_H

#include "api/call.h"

/* Rows that are looked at when `row` is changed or deleted; `like` must live until the intent is decided. */
void needs_of_row(struct needs *n, const struct view *v, const void *row, struct ipam_claim *like);
/* The addresses of the plan that are in a subnet or range. */
void needs_inside(struct needs *n, const struct view *v, const void *row);
/* The first of them that are in use in [from, last]. */
void needs_addresses(struct needs *n, const struct view *v, int64_t space, struct ipam_addr from,
                     const struct ipam_addr *last, size_t most);

/* Addresses that a rename of the custom field (value absent), or of that value of it, changes too. */
void needs_of_rename(struct needs *n, const struct view *v, struct ipam_str field, struct ipam_str value);

/* Changes and deletes by the rules of the type; of what the caller does not see a refusal says nothing. Whether he may
 * is judged by what becomes of it (sight_check_draft). */
int change_row(struct sight *s, struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
               struct problem *p);
void delete_found(struct call *c); /* the rest of handle_delete */
int delete_row(struct sight *s, struct draft *d, const void *before, struct problem *p);

#endif

/* rollup.h - how full several objects are together.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each address of a space counts once: of subnets that overlap the widest one counts, of ranges the first that was
 * there, as in usage.h. */
#ifndef MODEL_ROLLUP_H
#define MODEL_ROLLUP_H

#include "model/usage.h"

/* A subnet or a range, and the addresses that it has. */
struct rollup_member {
    const void *rec;
    int64_t space, id;
    struct ipam_addr first, last;
};
void rollup_member(const void *rec, struct rollup_member *ret);
/* Leaves those that count, all of one family and of one record type, in the order of their addresses; returns how many
 * are left. */
size_t rollup_pick(struct rollup_member *members, size_t count);
/* Sums of what each of them has. */
void rollup_usage(const struct view *v, const struct rollup_member *members, size_t count, struct usage *ret);

#endif

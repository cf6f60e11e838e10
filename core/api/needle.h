/* needle.h - what somebody looks for, in whatever spelling, and how well a record answers to it. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_NEEDLE_H
#define API_NEEDLE_H

#include "record/condition.h"

#define NEEDLE_MAX       255
#define NEEDLE_BYTES_MIN 3 /* of a hardware address: those of its maker */

/* The best first. */
enum needle_match { MATCH_EXACT, MATCH_ENCLOSES, MATCH_BEGINS, MATCH_CONTAINS, MATCH_NONE };

struct needle {
    struct ipam_str text, lower; /* as it was given; in small letters */
    bool placed;                 /* it is an address or a prefix: `prefix`, with its first and last address */
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
    struct ipam_bytes
        bytes; /* a hardware address, client identifier or DUID, whole or in part; len 0: none */
};

/* Takes it apart; memory from the arena. */
void needle_read(struct needle *n, struct ipam_str text, struct arena *a);
const char *needle_match_name(enum needle_match m);

/* Whether records are looked for by this field: addresses and prefixes, identifiers, names. Of records that are
 * not in memory, only those that storage has a column for. */
bool needle_looks_at(const struct record_type *t, const struct record_field *f);
/* How well the record answers, and by which field; MATCH_NONE: not at all. */
enum needle_match needle_judge(const struct needle *n, const struct record_type *t, const void *rec,
                               const struct record_field **ret_field);
/* The same of one field. */
enum needle_match needle_judge_field(const struct needle *n, const struct record_field *f, const void *rec);

#endif

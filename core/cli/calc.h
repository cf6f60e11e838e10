/* calc.h - a subnet calculator: what is told of addresses, prefixes and ranges without any daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CALC_H
#define CLI_CALC_H

#include "cli/nouns.h"

enum calc_kind { CALC_ADDRESS, CALC_PREFIX, CALC_RANGE };

/* What was asked about. */
struct calc_item {
    enum calc_kind kind;
    struct ipam_addr address;  /* as it was given, with its host bits; absent (family 0) for a range */
    struct ipam_prefix prefix; /* of an address the one that holds it alone; of no meaning for a range */
    struct ipam_addr first, last;
};

#define CALC_WHY_MAX 192

/* Reads "10.1.2.37", "10.1.2.37/24", "10.1.2.37/255.255.255.0", "2001:db8::/32" or "10.1.2.5-10.1.2.77". 0, or
 * IPAM_E_INVAL with `why`, CALC_WHY_MAX bytes: what is wrong, and at which column. Pure. */
int calc_read(const char *text, struct calc_item *ret, char *why);

/* Makes of `count` runs of addresses, in any order, the fewest that hold the same: sorted, apart from each other. Returns
 * how many they are. Pure. */
size_t calc_merge(struct calc_item *items, size_t count);

int verb_calc(struct cli *c, const struct command *cmd);

#endif

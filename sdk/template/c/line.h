/* line.h - one line of the text file, as values.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef LINE_H
#define LINE_H

#include <ipam/types.h>

/* In the order in which read_config emits what belongs to one scope. */
enum line_kind { LINE_SCOPE, LINE_POOL, LINE_RESERVATION, LINE_LEASE };

struct line {
    enum line_kind kind;
    size_t number;                /* in the file, for messages */
    struct ipam_str native;       /* the scope's identifier: the server's word, not ours */
    struct ipam_prefix prefix;    /* of a scope */
    struct ipam_addr first, last; /* of a pool; a reservation and a lease have their address in `first` */
    uint8_t mac[6];
    struct ipam_str name;
    int64_t seconds; /* lease time of a scope; end of a lease, since 1970 */
};

/* Reads one line that is neither empty nor a comment; cuts `text` into fields, which ret points into.
 * NULL, or what is wrong with the line. */
const char *line_parse(char *text, struct line *ret);

/* An address from its text, 0; or -1. */
int line_address(const char *text, struct ipam_addr *ret);

/* By family, then by value: the order in which leases are emitted. */
int line_address_compare(const struct ipam_addr *a, const struct ipam_addr *b);

#endif

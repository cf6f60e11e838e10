/* facts.h - what standards say of addresses: categories, names in the reverse DNS, the MAC in one. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_FACTS_H
#define NET_FACTS_H

#include "net/addr.h"

#define REVERSE_TEXT_MAX 80 /* longest name with its NUL: 32 nibbles and ip6.arpa */

/* A row of the IANA special-purpose registries (RFC 6890), and what stands around them. */
struct addr_block {
    const char *prefix;   /* "10.0.0.0/8" */
    const char *category; /* "private" */
    const char *source;   /* "RFC 1918" */
};

/* The smallest block around the prefix. A prefix that reaches over blocks of several categories, such as
 * 0.0.0.0/0, has the category "mixed", and no block: prefix and source are "". */
const struct addr_block *prefix_block(const struct ipam_prefix *p);

/* How many zones of the reverse DNS a prefix takes: IPv4 zones end at octets, IPv6 zones at nibbles, so it is 1 for
 * 10.1.0.0/16 and 16 for 10.1.0.0/20. */
unsigned reverse_zone_count(const struct ipam_prefix *p);
/* The name of the n-th of them, from 0, without the root's dot; of an IPv4 prefix between /25 and /31 the classless one:
 * "64/26.2.0.192.in-addr.arpa" (RFC 2317). Returns its length; `buf` holds REVERSE_TEXT_MAX. */
size_t reverse_zone(const struct ipam_prefix *p, unsigned n, char *buf);

/* What a name of the reverse DNS stands for, without the root's dot: an address (a prefix of its whole length), or the
 * prefix of a zone; classless names too, "64/26.2.0.192.in-addr.arpa" and "65.64/26.2.0.192.in-addr.arpa" (RFC 2317).
 * False: it is none. */
bool reverse_name_parse(const char *name, size_t len, struct ipam_prefix *ret);

/* Whether the low half of an IPv6 address is an interface's identifier made of its MAC (RFC 4291, appendix A: modified
 * EUI-64), and that MAC. */
bool addr_eui64(const struct ipam_addr *a, uint8_t ret_mac[6]);

#endif

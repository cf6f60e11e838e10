/* dns.h - null-dns: a DNS server in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every change of the store has a number, and the serial of a zone is that of its last change: so it tells
 * every change, and what changed since a serial is known as long as what went is remembered. */
#ifndef IPAM_NULL_DNS_H
#define IPAM_NULL_DNS_H

#include "null.h"

#define NULL_DNS_NAME 256 /* room for a name */

struct null_dns {
    const struct ipam_host *host;
    struct null_store store; /* zones, each followed by its records */
};

/* What is there (dns_data.c). */
int32_t null_dns_fill(struct null_dns *d, struct ipam_inst *inst);
struct ipam_str null_dns_zone_of(const struct ipam_record *rec); /* its zone's identifier */
/* The place of the first row of a zone: the zone itself, if there is one. */
size_t null_dns_first(const struct null_list *rows, struct ipam_str native, bool *ret_found);
const struct ipam_zone *null_dns_zone(const struct null_list *rows, struct ipam_str native);
uint64_t null_dns_serial(const struct null_dns *d, struct ipam_str native);

#endif

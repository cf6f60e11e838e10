/* dns.h - names and data of the DNS as text: what may be written, and whether two mean the same. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The form of records: names absolute, in lower case, without the dot at the end; the root is a dot. */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "net/addr.h"

#define DNS_NAME_MAX 254 /* longest name with its NUL */
#define DNS_DATA_MAX 65536

/* Writes a name in the form of records; `ret` holds DNS_NAME_MAX. False: it is none. */
bool dns_name_tidy(struct ipam_str text, char *ret);
/* Whether a name lies in a zone, or is its name; both in the form of records. */
bool dns_name_within(struct ipam_str name, struct ipam_str zone);

/* Writes the data of a record of that type in the form of records; `ret` holds DNS_DATA_MAX. NULL, or what is wrong with
 * it. A type that is not known here is taken as it is. */
const char *dns_data_tidy(struct ipam_str type, struct ipam_str data, char *ret);
/* Whether data of that type mean the same, however they are written; `scratch` holds twice DNS_DATA_MAX. */
bool dns_data_equal(struct ipam_str type, struct ipam_str a, struct ipam_str b, char *scratch);

#endif

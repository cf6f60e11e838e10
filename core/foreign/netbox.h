/* netbox.h - what NetBox calls things, in its CSV and in its REST JSON alike.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FOREIGN_NETBOX_H
#define FOREIGN_NETBOX_H

#include "foreign/foreign_p.h"

#define NETBOX_SEPARATOR '\x1f' /* between tags that come from a list */

extern const struct foreign_column netbox_aggregates[], netbox_prefixes[], netbox_ranges[],
    netbox_addresses[];
/* A prefix of that status: a container is a block. */
uint32_t netbox_prefix_type(struct ipam_str status);

/* CSV that begins in that line (netbox_csv.c). */
void netbox_csv_open(struct foreign *f, uint32_t line);

/* JSON that begins in that line (netbox_json.c). */
struct netbox_json;
struct netbox_json *netbox_json_open(uint32_t line);
int netbox_json_feed(struct foreign *f, struct netbox_json *n, struct ipam_str piece);
int netbox_json_end(struct foreign *f, struct netbox_json *n);
void netbox_json_fini(struct netbox_json *n);

#endif

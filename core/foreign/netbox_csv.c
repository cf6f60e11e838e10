/* netbox_csv.c - the CSV that NetBox exports and imports: what the rows are is told by the titles.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "foreign/netbox.h"

static const struct foreign_column *pick(struct foreign *f, const struct foreign_csv *csv)
{
    if (foreign_csv_has(csv, "startaddress") && foreign_csv_has(csv, "endaddress"))
        return netbox_ranges;
    if (foreign_csv_has(csv, "address ipaddress"))
        return netbox_addresses;
    if (foreign_csv_has(csv, "prefix aggregate") && foreign_csv_has(csv, "rir dateadded added"))
        return netbox_aggregates;
    if (foreign_csv_has(csv, "prefix prefix(flat) prefixflat"))
        return netbox_prefixes;
    foreign_fail(f, "line 1: these are no titles of aggregates (prefix and rir), prefixes (prefix), ranges "
                    "(start_address and end_address) or addresses (address)");
    return NULL;
}

static uint32_t kind(struct foreign *f, const struct foreign_csv *csv)
{
    (void)f;
    if (foreign_csv_has(csv, "startaddress"))
        return IPAM_T_RANGE;
    if (foreign_csv_has(csv, "address ipaddress"))
        return IPAM_T_ADDRESS;
    if (foreign_csv_has(csv, "rir dateadded added"))
        return IPAM_T_BLOCK;
    return netbox_prefix_type(foreign_csv_cell(csv, "status"));
}

void netbox_csv_open(struct foreign *f, uint32_t line)
{
    foreign_csv_open(f, line, pick, kind);
}

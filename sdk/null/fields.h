/* fields.h - the fields that the null providers keep of the records they hold.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_NULL_FIELDS_H
#define IPAM_NULL_FIELDS_H

#include "null.h"

extern const struct null_shape null_scope_shape, null_pool_shape, null_exclusion_shape,
    null_reservation_shape, null_lease_shape;
extern const struct null_shape null_zone_shape, null_dns_record_shape;
extern const struct null_shape null_vnetwork_shape, null_vsubnet_shape, null_vpool_shape, null_vaddress_shape;

#endif

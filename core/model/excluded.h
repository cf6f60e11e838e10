/* excluded.h - how many addresses of a run DHCP servers exclude.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_EXCLUDED_H
#define MODEL_EXCLUDED_H

#include "model/view.h"

/* Different addresses from first to last that any of these servers excludes; count 0: any server. */
struct ipam_u128 excluded_of(const struct view *v, int64_t space, const int64_t *servers, size_t count,
                             const struct ipam_addr *first, const struct ipam_addr *last);

#endif

/* json_in.h - what reading records and describing them share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_JSON_IN_H
#define RECORD_JSON_IN_H

#include "record/record.h"

/* The field whose name is close to `name`, among those without any of the flags; NULL when none is close. */
const struct record_field *record_nearest(const struct record_type *t, unsigned without,
                                          struct ipam_str name);

/* Flags of fields a client cannot set in this mode. */
unsigned record_closed_flags(enum record_mode mode);

#endif

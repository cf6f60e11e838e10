/* tables.h - what tables.c offers to types.c.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TABLES_H
#define RECORD_TABLES_H

#include "record/record.h"

extern const struct record_type record_table[]; /* in ascending order of number */
extern const unsigned record_table_count;
extern const uint8_t record_table_place[256];   /* by number: 1 + the place in record_table, 0 for none */

#endif

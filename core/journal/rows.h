/* rows.h - the rows that samples are stored in: what they are called, and how they are asked for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A series is of an object's place, not of the object: one that is deleted and made again at the same place, by the
 * same source, goes on with its history. */
#ifndef JOURNAL_ROWS_H
#define JOURNAL_ROWS_H

#include "journal/series.h"
#include "record/record.h"

/* Who may ask for how long back: steps that are older are given up. Milliseconds. */
#define SERIES_KEEP_MINUTES (32 * INT64_C(86400000))
#define SERIES_KEEP_HOURS   (400 * INT64_C(86400000))

#define SERIES_NAME_MAX 640
/* The name of the series of a space (of one family), block, subnet or range; NUL-terminated. */
void series_name(const void *rec, uint8_t family, char ret[SERIES_NAME_MAX]);
/* The name of its row of those steps that begins then. */
#define SERIES_ROW_NAME_MAX (SERIES_NAME_MAX + 32)
void series_row_name(const char *series, enum series_step step, int64_t row, char ret[SERIES_ROW_NAME_MAX]);
/* What the names of all its rows of those steps begin with. */
void series_row_prefix(const char *series, enum series_step step, char ret[SERIES_ROW_NAME_MAX]);

#endif

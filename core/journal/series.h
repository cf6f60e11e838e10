/* series.h - samples of one series in time, many of them packed into one row, each step of time once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A series is kept in steps of minutes, hours and days at once: what is asked of a long time is read from few rows, and
 * fine steps can be given up before coarse ones.
 *
 *   points = point*                 ascending steps, each at most once
 *   point  = step mask field*       step: how many behind the one before (the first: behind the begin of the row)
 *   mask   bit n: field n follows; without it, it is what it was in the point before (in the first: 0)
 *   field  0 count  1 used  2 utilized  3 peak  4 size  5 assigned
 *
 * All numbers are varints: seven bits a byte, least significant first, the top bit set on all but the last. */
#ifndef JOURNAL_SERIES_H
#define JOURNAL_SERIES_H

#include "base/strbuf.h"
#include "net/addr.h"

enum series_step { SERIES_MINUTE = 1, SERIES_HOUR, SERIES_DAY };

/* What was seen in one step of time. */
struct sample {
    int64_t at;                      /* begin of the step, UTC milliseconds */
    uint64_t count;                  /* how often it was looked at; 1 or more */
    uint64_t used, utilized;         /* sums over these */
    uint64_t peak;                   /* the most used */
    struct ipam_u128 size, assigned; /* when it was last looked at */
};

/* Length of a step, and of the time that one row holds: milliseconds. */
int64_t series_step_ms(enum series_step step);
int64_t series_span_ms(enum series_step step);
/* Begin of the step, and of the row, that a time (0 or later) belongs to. */
int64_t series_step_at(enum series_step step, int64_t at);
int64_t series_row_at(enum series_step step, int64_t at);

/* Reads the points of a row, in order. */
struct series_reader {
    struct ipam_bytes points;
    size_t pos;
    enum series_step step;
    int64_t row, index; /* begin of the row; step of the last point, -1: none yet */
    struct sample last;
};
void series_read(struct series_reader *r, enum series_step step, int64_t row, struct ipam_bytes points);
/* 1 with the next sample, 0 at the end, IPAM_E_INVAL when the row is damaged. */
int series_next(struct series_reader *r, struct sample *ret);

/* Appends to `out` the points of a row with one more sample: added to what its step has already. 0, or IPAM_E_INVAL
 * when the points are damaged or the sample is of another row. */
int series_add(enum series_step step, int64_t row, struct ipam_bytes points, const struct sample *s,
               struct strbuf *out);

/* Appends to `out` the points of a row that are not before a time. 0, or IPAM_E_INVAL when the points are damaged. */
int series_since(enum series_step step, int64_t row, struct ipam_bytes points, int64_t since,
                 struct strbuf *out);

/* `into` with another sample of the same step of time, which is the later one. */
void sample_merge(struct sample *into, const struct sample *later);

#endif

/* trend.h - what a series says of a time: averages of equal steps, and when it will be full.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef JOURNAL_TREND_H
#define JOURNAL_TREND_H

#include "journal/series.h"

#define TREND_STEPS_MOST 10000

/* Samples sorted into steps of equal length, as they come in any order. */
struct trend {
    int64_t from, to, step_ms;
    size_t count;
    struct sample
        *steps; /* count 0: nothing is known of the step; size and assigned: of the last sample in it */
};
/* From `from` to `to`, the last step as long as is left; at most TREND_STEPS_MOST steps. */
void trend_init(struct trend *t, int64_t from, int64_t to, int64_t step_ms);
void trend_fini(struct trend *t);
/* One more sample, which is not older than others of the same step; samples of other times are ignored. */
void trend_add(struct trend *t, const struct sample *s);

/* Adds, step by step, the averages of what another series says of the same time: figures of both together. The peak is
 * the sum of both, which they never exceeded; samples are those of the one that was looked at more often. */
void trend_sum(struct trend *into, const struct trend *one);

/* Whether and when what grows is full, by a straight line through the samples.
 *
 * The line is that of the least squares; its slope is certain within 95 %, where samples that follow each other are
 * taken for as few as they are worth when what is left over of one is like that of the one before (the first
 * autocorrelation: see e.g. Wilks, Statistical Methods in the Atmospheric Sciences, on effective sample size). */
enum forecast { FORECAST_EXPECTED, FORECAST_STEADY, FORECAST_TOO_FEW, FORECAST_UNCLEAR };
struct forecast_answer {
    enum forecast kind;
    int64_t full, earliest, latest; /* UTC milliseconds, with FORECAST_EXPECTED; latest 0: perhaps never */
};
#define FORECAST_SAMPLES 8                          /* fewer say nothing, */
#define FORECAST_SPAN_MS (3 * INT64_C(86400000))    /* nor do those of a shorter time */
#define FORECAST_MOST_MS (3650 * INT64_C(86400000)) /* what is further ahead is no forecast: it is steady */
/* `samples` in order of time. Steps without a sample (count 0) are passed over. */
void forecast(const struct sample *samples, size_t count, int64_t now_ms, struct forecast_answer *ret);

#endif

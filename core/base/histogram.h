/* histogram.h - how long things took, counted in buckets of fixed bounds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BOUNDS 14
/* Upper bounds in microseconds, ascending: from 0.5 ms to 10 s. */
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {                         /* a zeroed one is empty */
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* not cumulative; the last: above all bounds */
    uint64_t sum_us;
};
void histogram_add(struct histogram *h, int64_t us);
uint64_t histogram_count(const struct histogram *h);

#endif

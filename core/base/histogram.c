/* histogram.c - how long things took, counted in buckets of fixed bounds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = { 500,     1000,    2500,    5000,    10000,
                                                        25000,   50000,   100000,  250000,  500000,
                                                        1000000, 2500000, 5000000, 10000000 };

void histogram_add(struct histogram *h, int64_t us)
{
    unsigned i = 0;

    if (us < 0)
        us = 0;
    while (i < HISTOGRAM_BOUNDS && us > histogram_bounds_us[i])
        i++;
    h->counts[i]++;
    h->sum_us += (uint64_t)us;
}

uint64_t histogram_count(const struct histogram *h)
{
    uint64_t count = 0;

    for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++)
        count += h->counts[i];
    return count;
}

/* trend.h - the samples of an object read from storage, for a request about its utilization.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TREND_H
#define API_TREND_H

#include "api/call.h"
#include "journal/rows.h"
#include "journal/trend.h"
#include "model/rollup.h"

/* In the arena of the call, for as long as it lasts. */
struct trend_read {
    struct call *c;
    struct trend trend; /* what was read: trend_init first, trend_fini when the call ends */
    enum series_step step;
    const char *damaged; /* the row that cannot be read; NULL: none */
    char prefix[SERIES_ROW_NAME_MAX];
    void (*then)(struct trend_read *r);
};
/* Reads the series of the object (of one family) in steps of that length into r->trend. `then` runs when all is
 * there; or the call is answered with what went wrong. */
void trend_read(struct trend_read *r, const void *rec, uint8_t family, enum series_step step,
                void (*then)(struct trend_read *r));
/* Reads the series of several objects of one family, one after the other, and adds them up in r->trend. */
struct trend_sum {
    struct trend_read one; /* of the object under way */
    struct trend_read *into;
    const struct rollup_member *members;
    size_t count, at;
    uint8_t family;
};
void trend_read_sum(struct trend_sum *s, const struct rollup_member *members, size_t count,
                    struct trend_read *into, uint8_t family, enum series_step step,
                    void (*then)(struct trend_read *r));
/* When the call ends, whatever it was doing. */
void trend_sum_fini(struct trend_sum *s);
/* The length of steps that is read for a trend: the longest that its begin and its steps are multiples of, or else the
 * shortest that is kept for so long. */
enum series_step trend_step(int64_t from, int64_t step_ms, int64_t now_ms);

#endif

/* trend.c - averages of equal steps, and when a series will be full.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "journal/trend.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

#define DAY_MS   86400000.0
#define ROUNDING 1e-12 /* of the sum of squares */

void trend_init(struct trend *t, int64_t from, int64_t to, int64_t step_ms)
{
    *t = (struct trend){ .from = from, .to = to, .step_ms = step_ms };
    t->count = to > from ? (size_t)((to - from + step_ms - 1) / step_ms) : 0;
    if (t->count > TREND_STEPS_MOST)
        t->count = TREND_STEPS_MOST;
    t->steps = xcalloc(t->count + 1, sizeof(t->steps[0]));
    for (size_t i = 0; i < t->count; i++)
        t->steps[i].at = from + (int64_t)i * step_ms;
}

void trend_fini(struct trend *t)
{
    free(t->steps);
}

void trend_add(struct trend *t, const struct sample *s)
{
    if (s->at < t->from || s->at >= t->to || (size_t)((s->at - t->from) / t->step_ms) >= t->count)
        return;
    sample_merge(&t->steps[(s->at - t->from) / t->step_ms], s);
}

/* --- several series together --- */

static uint64_t rounded(uint64_t sum, uint64_t count)
{
    return count != 0 ? (sum + count / 2) / count : 0;
}

void trend_sum(struct trend *into, const struct trend *one)
{
    for (size_t i = 0; i < into->count && i < one->count; i++) {
        struct sample *a = &into->steps[i];
        const struct sample *b = &one->steps[i];
        uint64_t count = a->count > b->count ? a->count : b->count;
        a->used = (rounded(a->used, a->count) + rounded(b->used, b->count)) * count;
        a->utilized = (rounded(a->utilized, a->count) + rounded(b->utilized, b->count)) * count;
        a->peak += b->peak;
        a->size = u128_add(a->size, b->size);
        a->assigned = u128_add(a->assigned, b->assigned);
        a->count = count;
    }
}

/* --- forecast --- */

static double number(struct ipam_u128 n)
{
    return (double)n.hi * 18446744073709551616.0 + (double)n.lo;
}

static double average(const struct sample *s)
{
    return (double)s->used / (double)s->count;
}

/* A straight line through samples: x in days before or after `now`, y in addresses. */
struct line {
    int64_t now;
    double n, mean_x, mean_y, xx, xy, yy; /* sums of squares about the means */
    double slope, doubt;                  /* doubt: half of the interval that the slope is in */
};

static double x_of(const struct line *l, const struct sample *s)
{
    return (double)(s->at - l->now) / DAY_MS;
}

static void fit(struct line *l, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (samples[i].count == 0)
            continue;
        l->n++;
        double dx = x_of(l, &samples[i]) - l->mean_x;
        double dy = average(&samples[i]) - l->mean_y;
        l->mean_x += dx / l->n;
        l->mean_y += dy / l->n;
        l->xx += dx * (x_of(l, &samples[i]) - l->mean_x);
        l->xy += dx * (average(&samples[i]) - l->mean_y);
        l->yy += dy * (average(&samples[i]) - l->mean_y);
    }
    l->slope = l->xx > 0 ? l->xy / l->xx : 0;
}

static double left_over(const struct line *l, const struct sample *s)
{
    return average(s) - (l->mean_y + l->slope * (x_of(l, s) - l->mean_x));
}

/* What 95 of 100 are within, in standard errors, with so many degrees of freedom: Student's t, a series. */
static double student(double freedom)
{
    return 1.96 + 2.372 / freedom + 2.822 / (freedom * freedom) + 2.556 / (freedom * freedom * freedom);
}

/* How sure the slope is. */
static void doubt(struct line *l, const struct sample *samples, size_t count)
{
    double squares = 0, pairs = 0, before = 0, r, worth;
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (samples[i].count == 0)
            continue;
        double left = left_over(l, &samples[i]);
        squares += left * left;
        pairs += first ? 0 : left * before;
        before = left;
        first = false;
    }
    if (squares <= l->yy * ROUNDING) /* all are on the line, but for how numbers are rounded */
        return;
    r = pairs / squares;
    r = r < 0 ? 0 : r > 0.99 ? 0.99 : r;
    worth = l->n * (1 - r) / (1 + r);
    l->doubt =
        worth > 3 ? student(worth - 2) * sqrt(squares / (worth - 2) / l->xx * (l->n / worth)) : INFINITY;
}

/* When a line of that slope through the middle of the samples reaches `size`; 0: in no time that counts. */
static int64_t reached(const struct line *l, double slope, double size)
{
    double days = slope > 0 ? l->mean_x + (size - l->mean_y) / slope : INFINITY;
    if (!(days * DAY_MS < (double)FORECAST_MOST_MS))
        return 0;
    return l->now + (int64_t)((days > 0 ? days : 0) * DAY_MS);
}

static const struct sample *last_known(const struct sample *samples, size_t count)
{
    while (count > 0 && samples[count - 1].count == 0)
        count--;
    return count > 0 ? &samples[count - 1] : NULL;
}

static const struct sample *first_known(const struct sample *samples, size_t count)
{
    size_t i = 0;
    while (i < count && samples[i].count == 0)
        i++;
    return i < count ? &samples[i] : NULL;
}

void forecast(const struct sample *samples, size_t count, int64_t now_ms, struct forecast_answer *ret)
{
    const struct sample *first = first_known(samples, count), *last = last_known(samples, count);
    struct line l = { .now = now_ms };
    *ret = (struct forecast_answer){ .kind = FORECAST_TOO_FEW };
    fit(&l, samples, count);
    if (l.n < FORECAST_SAMPLES || last->at - first->at < FORECAST_SPAN_MS)
        return;
    doubt(&l, samples, count);
    double size = number(last->size);
    ret->full = reached(&l, l.slope, size);
    ret->earliest = reached(&l, l.slope + l.doubt, size);
    ret->latest = reached(&l, l.slope - l.doubt, size);
    if (l.slope - l.doubt > 0)
        ret->kind = ret->full != 0 ? FORECAST_EXPECTED : FORECAST_STEADY;
    else
        ret->kind = ret->earliest == 0 ? FORECAST_STEADY : FORECAST_UNCLEAR;
    if (ret->kind != FORECAST_EXPECTED)
        ret->full = ret->earliest = ret->latest = 0;
}

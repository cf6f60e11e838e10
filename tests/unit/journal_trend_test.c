/* journal_trend_test.c - averages of steps, and forecasts of series whose future is known.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "journal/trend.h"

#include <math.h>

#include "index_random.h"

#define SAMPLES 60
#define TRIES   600

static const int64_t day = INT64_C(86400000), now = 20000 * INT64_C(86400000);

static void test_steps_are_averages(void **state)
{
    const struct sample samples[] = {
        { now - 1, 1, 99, 99, 99, u128_from(256), u128_from(200) }, /* before */
        { now, 1, 10, 4, 10, u128_from(256), u128_from(200) },
        { now + 59 * 60000, 3, 60, 12, 30, u128_from(256), u128_from(250) },
        { now + 2 * 3600000, 1, 7, 7, 7, u128_from(256), u128_from(200) },
        { now + 150 * 60000, 1, 99, 99, 99, u128_from(256), u128_from(200) }, /* behind */
    };
    struct trend t;
    (void)state;
    trend_init(&t, now, now + 150 * 60000, 3600000);
    for (size_t i = 0; i < COUNT(samples); i++)
        trend_add(&t, &samples[i]);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.steps[0].at, now);
    assert_int_equal(t.steps[0].count, 4);
    assert_int_equal(t.steps[0].used, 70);
    assert_int_equal(t.steps[0].utilized, 16);
    assert_int_equal(t.steps[0].peak, 30);
    assert_int_equal(t.steps[0].assigned.lo, 250);
    assert_int_equal(t.steps[1].at, now + 3600000);
    assert_int_equal(t.steps[1].count, 0);
    assert_int_equal(t.steps[2].used, 7);
    trend_fini(&t);
}

static void test_several_are_summed_by_their_averages_78(void **state)
{
    struct trend sum, one;
    (void)state;
    trend_init(&sum, now, now + 3 * 3600000, 3600000);
    for (int i = 0; i < 2; i++) {
        trend_init(&one, now, now + 3 * 3600000, 3600000);
        trend_add(&one, &(struct sample){ now, 2, 20, 6, 15, u128_from(256), u128_from(200) });
        if (i == 1) { /* looked at more often, and later */
            trend_add(&one, &(struct sample){ now + 60000, 2, 40, 2, 25, u128_from(256), u128_from(220) });
            trend_add(&one, &(struct sample){ now + 3600000, 3, 10, 3, 5, u128_from(128), u128_from(20) });
        }
        trend_sum(&sum, &one);
        trend_fini(&one);
    }
    assert_int_equal(sum.steps[0].count, 4);
    assert_int_equal(sum.steps[0].used, (10 + 15) * 4);
    assert_int_equal(sum.steps[0].utilized, (3 + 2) * 4);
    assert_int_equal(sum.steps[0].peak, 15 + 25);
    assert_int_equal(sum.steps[0].size.lo, 512);
    assert_int_equal(sum.steps[0].assigned.lo, 420);
    assert_int_equal(sum.steps[1].count, 3); /* the one alone: 10 / 3 is about 3 */
    assert_int_equal(sum.steps[1].used, 3 * 3);
    assert_int_equal(sum.steps[1].size.lo, 128);
    assert_int_equal(sum.steps[2].count, 0);
    trend_fini(&sum);
}

static void test_there_is_an_end_of_steps(void **state)
{
    struct trend t;
    (void)state;
    trend_init(&t, now, now + INT64_C(1000000000000), 60000);
    assert_int_equal(t.count, TREND_STEPS_MOST);
    trend_fini(&t);
    trend_init(&t, now, now - 1, 60000);
    assert_int_equal(t.count, 0);
    trend_add(&t, &(struct sample){ now, 1, 1, 1, 1, u128_from(1), u128_from(1) });
    trend_fini(&t);
}

/* Between 0 and 1, about as often anywhere. */
static double uniform(void)
{
    return (double)(draw() >> 11) / 9007199254740992.0;
}

/* About normal, of standard deviation 1. */
static double noise(void)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

/* One a day until now: `level` at the end, `slope` a day. */
static void draw_line(struct sample *s, size_t count, double level, double slope, double spread,
                      struct ipam_u128 size)
{
    for (size_t i = 0; i < count; i++) {
        double y = level - slope * (double)(count - i) + spread * noise();
        s[i] = (struct sample){ .at = now - (int64_t)(count - i) * day, .count = 1, .size = size };
        s[i].used = y > 0 ? (uint64_t)(y + 0.5) : 0;
    }
}

static void test_a_straight_line_is_followed(void **state)
{
    struct sample s[SAMPLES];
    struct forecast_answer f;
    (void)state;
    draw_line(s, SAMPLES, 600, 10, 0, u128_from(1000)); /* full in 40 days */
    forecast(s, SAMPLES, now, &f);
    assert_int_equal(f.kind, FORECAST_EXPECTED);
    assert_in_range(f.full, now + 39 * day, now + 41 * day);
    assert_in_range(f.earliest, now + 39 * day, f.full);
    assert_in_range(f.latest, f.full, now + 41 * day);
}

/* Whatever the numbers, and however they are rounded: what is on the line is certain. */
static void test_a_straight_line_is_certain(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TRIES; i++) {
        struct sample s[SAMPLES];
        struct forecast_answer f;
        unsigned slope = 1 + below(50), level = slope * SAMPLES + below(1000),
                 count = FORECAST_SAMPLES + below(SAMPLES - FORECAST_SAMPLES);
        int64_t shift = (int64_t)below(86400000);
        draw_line(s, count, level, slope, 0, u128_from(level + 100 * slope));
        for (size_t k = 0; k < count; k++)
            s[k].at += shift;
        forecast(s, count, now, &f);
        assert_int_equal(f.kind, FORECAST_EXPECTED);
        assert_in_range(f.full, now + 99 * day, now + 102 * day);
        assert_in_range(f.latest - f.earliest, 0, day);
    }
}

static void test_gaps_do_not_matter(void **state)
{
    struct sample s[SAMPLES];
    struct forecast_answer f;
    (void)state;
    draw_line(s, SAMPLES, 600, 10, 0, u128_from(1000));
    for (size_t i = 0; i < SAMPLES; i++)
        if (i % 3 != 1)
            s[i].count = 0;
    forecast(s, SAMPLES, now, &f);
    assert_int_equal(f.kind, FORECAST_EXPECTED);
    assert_in_range(f.full, now + 39 * day, now + 41 * day);
}

static void test_a_full_one_is_full_now(void **state)
{
    struct sample s[SAMPLES];
    struct forecast_answer f;
    (void)state;
    draw_line(s, SAMPLES, 1000, 10, 0, u128_from(900));
    forecast(s, SAMPLES, now, &f);
    assert_int_equal(f.kind, FORECAST_EXPECTED);
    assert_int_equal(f.full, now);
}

static void test_no_forecast_where_there_is_none(void **state)
{
    static const struct {
        const char *name;
        double level, slope, spread;
        unsigned samples;
        bool large; /* a /64 of IPv6 */
        enum forecast kind;
    } cases[] = {
        { "stands still", 600, 0, 0, SAMPLES, false, FORECAST_STEADY },
        { "empties", 600, -5, 1, SAMPLES, false, FORECAST_STEADY },
        { "grows, but never to that", 600, 10, 0, SAMPLES, true, FORECAST_STEADY },
        { "a week", 600, 10, 0, FORECAST_SAMPLES - 1, false, FORECAST_TOO_FEW },
        { "nothing", 600, 10, 0, 0, false, FORECAST_TOO_FEW },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sample s[SAMPLES];
        struct forecast_answer f;
        draw_line(s, cases[i].samples, cases[i].level, cases[i].slope, cases[i].spread,
                  cases[i].large ? (struct ipam_u128){ 1, 0 } : u128_from(1000));
        forecast(s, cases[i].samples, now, &f);
        if (f.kind != cases[i].kind)
            fail_msg("%s: %d", cases[i].name, f.kind);
        assert_int_equal(f.full, 0);
        assert_int_equal(f.earliest, 0);
        assert_int_equal(f.latest, 0);
    }
}

/* Samples of one afternoon say nothing of the month. */
static void test_a_short_time_says_nothing(void **state)
{
    struct sample s[SAMPLES];
    struct forecast_answer f;
    (void)state;
    draw_line(s, SAMPLES, 600, 10, 0, u128_from(1000));
    for (size_t i = 0; i < SAMPLES; i++)
        s[i].at = now - (int64_t)(SAMPLES - i) * 60000;
    forecast(s, SAMPLES, now, &f);
    assert_int_equal(f.kind, FORECAST_TOO_FEW);
}

/* It stood still, then somebody moved in: one step up is no growth. */
static void test_one_move_is_no_growth(void **state)
{
    struct sample s[SAMPLES];
    struct forecast_answer f;
    (void)state;
    draw_line(s, SAMPLES, 100, 0, 0, u128_from(1000));
    for (size_t i = SAMPLES / 2; i < SAMPLES; i++)
        s[i].used += 500;
    forecast(s, SAMPLES, now, &f);
    assert_int_equal(f.kind, FORECAST_UNCLEAR);
}

/* Over many lines with noise, the true day is in the interval about as often as is said; and where nothing grows,
 * a day is named hardly ever. */
static void test_the_interval_holds_the_truth(void **state)
{
    unsigned expected = 0, held = 0, false_alarms = 0;
    (void)state;
    for (unsigned i = 0; i < TRIES; i++) {
        struct sample s[SAMPLES];
        struct forecast_answer f;
        double slope = 2 + 8 * uniform(), truth = 400 / slope;
        draw_line(s, SAMPLES, 600, slope, 20, u128_from(1000));
        forecast(s, SAMPLES, now, &f);
        if (f.kind == FORECAST_EXPECTED) {
            int64_t at = now + (int64_t)(truth * (double)day);
            expected++;
            held += f.earliest <= at + day && (f.latest == 0 || at - day <= f.latest);
        }
        draw_line(s, SAMPLES, 600, 0, 20, u128_from(1000));
        forecast(s, SAMPLES, now, &f);
        false_alarms += f.kind == FORECAST_EXPECTED;
    }
    printf("%u of %u lines have a forecast, %u of them hold the truth; %u of %u level ones have one\n",
           expected, TRIES, held, false_alarms, TRIES);
    assert_true(expected >= TRIES * 95 / 100);
    assert_true(held >= expected * 90 / 100);
    assert_true(false_alarms <= TRIES * 6 / 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_averages),
        cmocka_unit_test(test_several_are_summed_by_their_averages_78),
        cmocka_unit_test(test_there_is_an_end_of_steps),
        cmocka_unit_test(test_a_straight_line_is_followed),
        cmocka_unit_test(test_a_straight_line_is_certain),
        cmocka_unit_test(test_gaps_do_not_matter),
        cmocka_unit_test(test_a_full_one_is_full_now),
        cmocka_unit_test(test_no_forecast_where_there_is_none),
        cmocka_unit_test(test_a_short_time_says_nothing),
        cmocka_unit_test(test_one_move_is_no_growth),
        cmocka_unit_test(test_the_interval_holds_the_truth),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base_clock_test.c - times and durations as text; random numbers below a bound.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "ipam/status.h"

static void test_time_texts(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.5Z", 500 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "2026-11-23T01:02:03.004Z", 1795395723004 },
        { "2026-11-23t01:02:03.004999999z", 1795395723004 },
        { "2026-11-23T03:02:03.004+02:00", 1795395723004 },
        { "2026-11-22T19:32:03.004-05:30", 1795395723004 },
        { "2000-02-29T00:00:00Z", 951782400000 },
        { "2016-12-31T23:59:60Z", 1483228800000 },
        { "0000-01-01T00:00:00Z", -62167219200000 },
        { "9999-12-31T23:59:59.999Z", 253402300799999 },
    };
    static const char *const bad[] = {
        "", "2026", "2026-11-23", "2026-11-23T01:02:03", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T01:60:00Z", "2026-11-23T01:02:61Z", "2026-11-23T01:02:03.Z",
        "2026-11-23T01:02:03.0123456789Z", "2026-11-23T01:02:03+2:00", "2026-11-23T01:02:03+24:00",
        "2026-11-23T01:02:03Zx", "-026-11-23T01:02:03Z", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "2026-11-23T01:02:03,5Z", "2026-1-23T01:02:03Z",
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(time_parse(good[i].text, strlen(good[i].text), &ms), 0);
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ms = 77;
        if (time_parse(bad[i], strlen(bad[i]), &ms) != IPAM_E_INVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(ms, 77);
    }
}

static void test_time_prints_as_the_c_library_does(void **state)
{
    char text[TIME_TEXT_MAX], expect[64];
    int64_t back;

    (void)state;
    for (int64_t ms = -62167219200000; ms <= 253402300799999; ms += 86400000 * INT64_C(37) + 12345678) {
        time_t seconds = (time_t)((ms - (ms % 1000 + 1000) % 1000) / 1000);
        struct tm tm;

        assert_non_null(gmtime_r(&seconds, &tm));
        snprintf(expect, sizeof(expect), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                 (int)((ms % 1000 + 1000) % 1000));
        assert_int_equal(time_print(ms, text), strlen(expect));
        assert_string_equal(text, expect);
        assert_int_equal(time_parse(text, strlen(text), &back), 0);
        assert_int_equal(back, ms);
    }
    time_print(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    time_print(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = { { "250ms", 250 }, { "5s", 5000 }, { "15m", 900000 }, { "2h", 7200000 }, { "7d", 604800000 },
                 { "0s", 0 }, { "106751991167d", INT64_C(106751991167) * 86400000 } };
    static const char *const bad[] = { "", "5", "s", "5 s", "-5s", "+5s", "5S", "5sec", "1.5s", "5s ", "5m5s",
                                       "106751991168d", "99999999999999999999s", "9223372036854775808ms" };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(duration_parse(good[i].text, strlen(good[i].text), &ms), 0);
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ms = 77;
        if (duration_parse(bad[i], strlen(bad[i]), &ms) != IPAM_E_INVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(ms, 77);
    }
}

static void test_random_numbers_cover_the_bound(void **state)
{
    int seen[7] = { 0 };

    (void)state;
    for (int i = 0; i < 7000; i++) {
        uint64_t n = rng_below(7);

        assert_true(n < 7);
        seen[n]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 700, 1300); /* 1000 expected, over ten standard deviations allowed */
    assert_int_equal(rng_below(1), 0);
}

static int64_t fixed_ms(void)
{
    return 1234;
}

static uint64_t next_random = UINT64_MAX;

static void counting_random(void *buf, size_t len)
{
    assert_int_equal(len, sizeof(next_random));
    memcpy(buf, &next_random, len);
    next_random++;
}

static void test_a_test_can_replace_clock_and_randomness(void **state)
{
    static const struct base_port fake = { fixed_ms, fixed_ms, counting_random };
    const struct base_port *system_port = base_port;
    int64_t before, after;

    (void)state;
    before = clock_mono_ms();
    after = clock_mono_ms();
    assert_true(after >= before);
    assert_true(clock_wall_ms() > 1700000000000);
    base_port = &fake;
    assert_int_equal(clock_wall_ms(), 1234);
    assert_int_equal(clock_mono_ms(), 1234);
    /* 2^64 mod 10 is 6: 0..5 would favour small results and are drawn again. */
    next_random = 0;
    assert_int_equal(rng_below(10), 6);
    assert_int_equal(next_random, 7);
    base_port = system_port;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_texts),
        cmocka_unit_test(test_time_prints_as_the_c_library_does),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_random_numbers_cover_the_bound),
        cmocka_unit_test(test_a_test_can_replace_clock_and_randomness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base_usage_test.c - what the process uses, and how long things took.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/usage.h"

static void test_usage(void **state)
{
    struct usage before, after;
    int fds[10];

    (void)state;
    usage_read(&before);
    for (int i = 0; i < 10; i++)
        assert_true((fds[i] = open("/dev/null", O_RDONLY)) >= 0);
    for (int64_t end = clock_mono_ms() + 50; clock_mono_ms() < end;)
        ;
    usage_read(&after);
    assert_int_equal(after.files, before.files + 10);
    assert_true(after.cpu_us >= before.cpu_us);
    assert_int_equal(after.threads, 1);
    assert_true(after.resident > 100000 && after.resident < after.virtual_);
    assert_true(after.started_ms <= clock_wall_ms() && after.started_ms > clock_wall_ms() - 600000);
    for (int i = 0; i < 10; i++)
        close(fds[i]);
}

static void test_files_are_raised_and_no_further(void **state)
{
    struct rlimit r, now;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 64, r.rlim_max < 1000 ? r.rlim_max : 1000 }),
                     0);
    assert_int_equal(usage_raise_files(100), 100);
    assert_int_equal(usage_raise_files(50), 100); /* never less */
    assert_int_equal(usage_raise_files(100000), 1000);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    assert_int_equal(now.rlim_cur, 1000);
    usage_read(&(struct usage){ 0 });
}

static void test_histogram(void **state)
{
    struct histogram h = { 0 };

    (void)state;
    assert_int_equal(histogram_count(&h), 0);
    histogram_add(&h, -5); /* a clock that was set back is no reason to write elsewhere */
    histogram_add(&h, 500);
    histogram_add(&h, 501);
    histogram_add(&h, 10000000);
    histogram_add(&h, 10000001);
    assert_int_equal(h.counts[0], 2); /* bounds belong to their bucket */
    assert_int_equal(h.counts[1], 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS - 1], 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(h.sum_us, 500 + 501 + 10000000 + 10000001);
    assert_int_equal(histogram_count(&h), 5);
    for (unsigned i = 1; i < HISTOGRAM_BOUNDS; i++)
        assert_true(histogram_bounds_us[i] > histogram_bounds_us[i - 1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_files_are_raised_and_no_further),
        cmocka_unit_test(test_histogram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

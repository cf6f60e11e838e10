/* schedule_test.c - what is due runs, one task of a target at a time, and a target that fails is left alone longer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fake.h"

#include "base/clock.h"
#include "job/schedule.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* Two tasks; what began is written down as "task:target " and goes on until the test ends it. */
struct bench {
    struct loop *loop;
    struct schedule *schedule;
    struct base_port port;
    char trace[4096];
};

/* A multiple of every bound that is asked for here: the least there is. One less is the most. */
#define LEAST ((UINT64_C(1) << 20) * 729 * 9765625)
static uint64_t drawn;
static int64_t wall_ms;

static void not_random(void *buf, size_t len)
{
    memset(buf, 0, len);
    memcpy(buf, &drawn, len < sizeof(drawn) ? len : sizeof(drawn));
}

static int64_t fake_wall(void)
{
    return wall_ms;
}

static void on_run(void *user, unsigned task, int64_t target)
{
    struct bench *b = user;
    size_t len = strlen(b->trace);
    snprintf(b->trace + len, sizeof(b->trace) - len, "%c%lld ", 'a' + (char)task, (long long)target);
    fake_stir();
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    fake_time_begin();
    b->port = *base_port;
    b->port.random = not_random;
    b->port.wall_ms = fake_wall;
    base_port = &b->port;
    drawn = LEAST;
    b->loop = loop_new();
    b->schedule = schedule_new(&(struct schedule_config){ b->loop, 2, on_run, b });
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    schedule_stop(b->schedule);
    schedule_free(b->schedule);
    loop_stop(b->loop);
    loop_run(b->loop);
    loop_free(b->loop);
    fake_time_end();
    free(b);
    return 0;
}

static void set(struct bench *b, unsigned at_once, int64_t a_ms, int64_t b_ms)
{
    const struct schedule_task tasks[2] = { { a_ms, a_ms / 10, a_ms != 0 }, { b_ms, b_ms / 10, b_ms != 0 } };
    schedule_set(b->schedule, at_once, tasks);
}

static void targets(struct bench *b, size_t count)
{
    static const int64_t ids[] = { 11, 12, 13, 14, 15 };
    schedule_targets(b->schedule, ids, count);
    fake_spin(b->loop);
}

/* What began since the last look. */
static const char *began(struct bench *b)
{
    static char text[sizeof(b->trace)];
    fake_spin(b->loop);
    memcpy(text, b->trace, sizeof(text));
    b->trace[0] = '\0';
    return text;
}

static void done(struct bench *b, unsigned task, int64_t target, enum schedule_end end)
{
    schedule_done(b->schedule, task, target, end);
    fake_spin(b->loop);
}

static int64_t due_in(const struct bench *b, unsigned task, int64_t target)
{
    struct schedule_slot slot;
    assert_true(schedule_slot(b->schedule, task, target, &slot));
    return slot.due_in_ms;
}

static void test_interval(void **state)
{
    struct bench *b = *state;
    set(b, 1, MINUTE, 0);
    targets(b, 1);
    assert_string_equal(began(b), "a11 "); /* at random somewhere in the first interval: here at once */
    fake_pass(b->loop, 10 * SECOND);
    done(b, 0, 11, SCHEDULE_OK);
    assert_int_equal(due_in(b, 0, 11), 50 * SECOND); /* an interval after it began, not after it ended */
    fake_pass(b->loop, 50 * SECOND - 1);
    assert_string_equal(began(b), "");
    fake_pass(b->loop, 1);
    assert_string_equal(began(b), "a11 ");
    fake_pass(b->loop, 5 * MINUTE); /* it takes longer than the interval: the next follows it, and only one */
    assert_string_equal(began(b), "");
    done(b, 0, 11, SCHEDULE_OK);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    assert_string_equal(began(b), "");
}

static void test_first_runs_and_jitter_are_spread(void **state)
{
    struct bench *b = *state;
    drawn = LEAST - 1;
    set(b, 1, 10 * MINUTE, HOUR);
    targets(b, 1);
    assert_string_equal(began(b), "");
    int64_t first = due_in(b, 0, 11);
    assert_true(first > 0 && first < SCHEDULE_SPREAD_MS);
    fake_pass(b->loop, first);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    int64_t next = due_in(b, 0, 11);
    assert_true(next > 10 * MINUTE && next < 11 * MINUTE);
}

static void test_one_of_a_target_and_some_at_once(void **state)
{
    struct bench *b = *state;
    set(b, 2, MINUTE, MINUTE);
    targets(b, 3);
    assert_string_equal(began(b), "a11 a12 "); /* two targets, one task each */
    done(b, 0, 12, SCHEDULE_OK);
    assert_string_equal(began(b), "b12 "); /* due as long as the others of 13 */
    assert_true(schedule_ask(b->schedule, 0, 13));
    done(b, 1, 12, SCHEDULE_OK);
    assert_string_equal(began(b), "a13 ");
    done(b, 0, 13, SCHEDULE_OK);
    assert_string_equal(began(b), "b13 ");
    done(b, 1, 13, SCHEDULE_OK);
    done(b, 0, 11, SCHEDULE_OK);
    assert_string_equal(began(b), "b11 ");
}

static void test_asked_goes_first(void **state)
{
    struct bench *b = *state;
    set(b, 1, MINUTE, 0);
    targets(b, 3);
    assert_string_equal(began(b), "a11 ");
    assert_true(schedule_ask(b->schedule, 1, 13)); /* a task that is disabled */
    assert_false(schedule_ask(b->schedule, 1, 99));
    done(b, 0, 11, SCHEDULE_OK);
    assert_string_equal(began(b), "b13 ");
    done(b, 1, 13, SCHEDULE_OK);
    assert_string_equal(began(b), "a12 ");
    assert_true(schedule_ask(b->schedule, 1, 11));
    assert_true(schedule_unask(b->schedule, 1, 11));
    assert_false(schedule_unask(b->schedule, 1, 11));
    done(b, 0, 12, SCHEDULE_OK);
    assert_string_equal(began(b), "a13 ");
}

/* Lets the task fail so often, each time as soon as it begins; the pause after the last time. */
static int64_t fail_often(struct bench *b, unsigned task, unsigned times, enum schedule_end end)
{
    while (times-- > 0) {
        fake_pass(b->loop, due_in(b, task, 11));
        assert_string_not_equal(began(b), "");
        done(b, task, 11, end);
    }
    return due_in(b, task, 11);
}

static void test_pauses_double_to_an_hour(void **state)
{
    struct bench *b = *state;
    set(b, 1, 6 * HOUR, 0);
    targets(b, 1);
    int64_t wanted = MINUTE;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(fail_often(b, 0, 1, SCHEDULE_FAILED), wanted);
        wanted = 2 * wanted < HOUR ? 2 * wanted : HOUR;
    }
    assert_int_equal(wanted, HOUR);
    fake_pass(b->loop, HOUR - 1); /* and not a moment sooner */
    assert_string_equal(began(b), "");
    fake_pass(b->loop, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK); /* well again: as ever */
    assert_int_equal(due_in(b, 0, 11), 6 * HOUR);
    assert_int_equal(fail_often(b, 0, 1, SCHEDULE_FAILED), MINUTE); /* and from the beginning */
}

static void test_short_intervals_pause_too(void **state)
{
    struct bench *b = *state;
    set(b, 1, 2 * SECOND, 0);
    targets(b, 1);
    assert_int_equal(fail_often(b, 0, 1, SCHEDULE_FAILED), 2 * SECOND);
    assert_int_equal(fail_often(b, 0, 1, SCHEDULE_FAILED), 4 * SECOND);
    assert_int_equal(fail_often(b, 0, 20, SCHEDULE_FAILED), HOUR);
}

/* One task after the other would find the same: all wait, and the others are done meanwhile. */
static void test_unreachable_pauses_all_tasks(void **state)
{
    struct bench *b = *state;
    set(b, 1, HOUR, HOUR);
    targets(b, 2);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_UNREACHABLE);
    assert_string_equal(began(b), "a12 ");
    done(b, 0, 12, SCHEDULE_OK);
    assert_string_equal(began(b), "b12 ");
    done(b, 1, 12, SCHEDULE_OK);
    assert_string_equal(began(b), "");
    fake_pass(b->loop, MINUTE);
    assert_string_equal(began(b), "a11 "); /* the first task tries for all */
    done(b, 0, 11, SCHEDULE_UNREACHABLE);
    fake_pass(b->loop, 2 * MINUTE - 1); /* the second in a row */
    assert_string_equal(began(b), "");
    fake_pass(b->loop, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    assert_string_equal(began(b), "b11 "); /* it is back: all that was put off */
    done(b, 1, 11, SCHEDULE_OK);
}

/* A failure of one task alone is no reason to leave the others. */
static void test_failure_of_one_task(void **state)
{
    struct bench *b = *state;
    set(b, 1, HOUR, HOUR);
    targets(b, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_FAILED);
    assert_string_equal(began(b), "b11 ");
    done(b, 1, 11, SCHEDULE_OK);
    assert_int_equal(due_in(b, 0, 11), MINUTE);
}

static void test_gives_way(void **state)
{
    struct bench *b = *state;
    set(b, 1, MINUTE, 0);
    targets(b, 1);
    assert_string_equal(began(b), "a11 ");
    schedule_hold(b->schedule, 11);
    schedule_hold(b->schedule, 11);
    done(b, 0, 11, SCHEDULE_YIELDED);
    assert_string_equal(began(b), "");
    schedule_let_go(b->schedule, 11);
    assert_string_equal(began(b), ""); /* another still works on it */
    schedule_let_go(b->schedule, 11);
    assert_string_equal(began(b), "a11 "); /* nobody did it: at once */
    schedule_hold(b->schedule, 11);
    done(b, 0, 11, SCHEDULE_YIELDED);
    schedule_did(b->schedule, 0, 11, SCHEDULE_OK);
    schedule_let_go(b->schedule, 11);
    assert_string_equal(began(b), "");
    assert_int_equal(due_in(b, 0, 11), MINUTE);
    schedule_let_go(b->schedule, 11); /* one too many does no harm */
    schedule_hold(b->schedule, 99);
    schedule_let_go(b->schedule, 99);
}

static void test_canceled_waits_for_its_next_time(void **state)
{
    struct bench *b = *state;
    set(b, 1, MINUTE, 0);
    targets(b, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_CANCELED);
    assert_int_equal(due_in(b, 0, 11), MINUTE);
}

static void test_clock_jumps(void **state)
{
    struct bench *b = *state;
    wall_ms = INT64_C(1790000000000);
    set(b, 1, MINUTE, 0);
    targets(b, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    wall_ms += 400 * INT64_C(86400000);
    fake_pass(b->loop, SECOND);
    assert_string_equal(began(b), "");
    wall_ms -= 800 * INT64_C(86400000);
    fake_pass(b->loop, 59 * SECOND);
    assert_string_equal(began(b), "a11 ");
}

static void test_targets_come_and_go(void **state)
{
    struct bench *b = *state;
    struct schedule_slot slot;
    set(b, 5, MINUTE, 0);
    targets(b, 3);
    assert_string_equal(began(b), "a11 a12 a13 ");
    targets(b, 1); /* 12 and 13 are gone while they run */
    assert_false(schedule_slot(b->schedule, 0, 12, &slot));
    assert_int_equal(schedule_next_target(b->schedule, 0), 11);
    assert_int_equal(schedule_next_target(b->schedule, 11), 0);
    done(b, 0, 12, SCHEDULE_OK);
    targets(b, 3);
    assert_string_equal(began(b),
                        "a12 "); /* as if it were new; 13 was gone for a moment only and still runs */
    done(b, 0, 13, SCHEDULE_OK);
    done(b, 0, 12, SCHEDULE_OK);
    done(b, 0, 11, SCHEDULE_OK);
    targets(b, 0);
    fake_pass(b->loop, HOUR);
    assert_string_equal(began(b), "");
}

static void test_settings_change(void **state)
{
    struct bench *b = *state;
    set(b, 1, HOUR, 0);
    targets(b, 1);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    fake_pass(b->loop, MINUTE);
    set(b, 1, 5 * MINUTE, 0);
    assert_int_equal(due_in(b, 0, 11), 4 * MINUTE);
    fake_pass(b->loop, 4 * MINUTE);
    assert_string_equal(began(b), "a11 ");
    done(b, 0, 11, SCHEDULE_OK);
    set(b, 1, 0, 0); /* disabled */
    fake_pass(b->loop, HOUR);
    assert_string_equal(began(b), "");
    set(b, 1, MINUTE, 0);
    assert_string_equal(began(b), "a11 ");
    schedule_stop(b->schedule);
    done(b, 0, 11, SCHEDULE_OK);
    fake_pass(b->loop, HOUR);
    assert_string_equal(began(b), "");
}

int main(void)
{
#define SCHEDULE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        SCHEDULE(test_interval),
        SCHEDULE(test_first_runs_and_jitter_are_spread),
        SCHEDULE(test_one_of_a_target_and_some_at_once),
        SCHEDULE(test_asked_goes_first),
        SCHEDULE(test_pauses_double_to_an_hour),
        SCHEDULE(test_short_intervals_pause_too),
        SCHEDULE(test_unreachable_pauses_all_tasks),
        SCHEDULE(test_failure_of_one_task),
        SCHEDULE(test_gives_way),
        SCHEDULE(test_canceled_waits_for_its_next_time),
        SCHEDULE(test_clock_jumps),
        SCHEDULE(test_targets_come_and_go),
        SCHEDULE(test_settings_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

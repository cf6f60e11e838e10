/* base_loop_test.c - posted work runs once and in order; timers fire in order; stopping ends the loop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/loop.h"

#define THREADS 4
#define POSTS 5000

struct post {
    struct loop_work work;
    int thread, number;
};

static struct loop *loop;
static struct post posts[THREADS][POSTS];
static int next_number[THREADS], ran;

static void on_post(struct loop_work *w)
{
    struct post *p = container_of(w, struct post, work);

    assert_true(loop_is_mine(loop));
    assert_int_equal(p->number, next_number[p->thread]++); /* each thread's posts in its order */
    if (++ran == THREADS * POSTS)
        loop_stop(loop);
}

static void *post_many(void *arg)
{
    int thread = (int)(intptr_t)arg;

    for (int i = 0; i < POSTS; i++) {
        posts[thread][i].thread = thread;
        posts[thread][i].number = i;
        loop_post(loop, &posts[thread][i].work, on_post);
    }
    return NULL;
}

static void test_posts_of_many_threads_run_once_and_in_order(void **state)
{
    pthread_t ids[THREADS];

    (void)state;
    loop = loop_new();
    ran = 0;
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, post_many, (void *)i), 0);
    loop_run(loop);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    assert_int_equal(ran, THREADS * POSTS);
    loop_free(loop);
}

static int rounds;

static void post_again(struct loop_work *w)
{
    struct post *p = container_of(w, struct post, work);
    int before = rounds++;

    if (rounds < 10)
        loop_post(loop, w, post_again);
    else if (p->number)
        loop_stop(loop);
    assert_int_equal(rounds, before + 1); /* it did not run inside loop_post */
}

static void test_work_may_post_itself_again(void **state)
{
    struct post p = { .number = 1 };

    (void)state;
    loop = loop_new();
    rounds = 0;
    loop_post(loop, &p.work, post_again);
    assert_int_equal(rounds, 0);
    loop_run(loop);
    assert_int_equal(rounds, 10);
    loop_free(loop);
}

static void stop_now(struct loop_work *w)
{
    struct post *p = container_of(w, struct post, work);

    loop_stop(loop);
    rounds = 0;
    loop_post(loop, &p[1].work, post_again); /* after the stop, ten times */
}

static void test_work_posted_during_stop_still_runs(void **state)
{
    struct post two[2] = { { .number = 0 }, { .number = 0 } };

    (void)state;
    loop = loop_new();
    loop_post(loop, &two[0].work, stop_now);
    loop_run(loop);
    assert_int_equal(rounds, 10);
    loop_post(loop, &two[0].work, stop_now); /* nobody hears it, nobody is harmed */
    loop_free(loop);
}

static void slow_work(struct loop_work *w)
{
    struct post *p = container_of(w, struct post, work);

    usleep(300);
    if (p->number == 199)
        loop_stop(loop);
}

static int ticks;

static void on_tick(struct loop_timer *t)
{
    ticks++;
    timer_start(loop, t, 1, on_tick);
}

/* 200 works of 0.3 ms posted at once: the loop looks at timers (and sockets) in between. */
static void test_posted_work_leaves_turns_to_others(void **state)
{
    struct loop_timer t = { 0 };

    (void)state;
    loop = loop_new();
    ticks = 0;
    timer_start(loop, &t, 1, on_tick);
    for (int i = 0; i < 200; i++) {
        posts[0][i].number = i;
        loop_post(loop, &posts[0][i].work, slow_work);
    }
    loop_run(loop);
    assert_true(ticks >= 5);
    timer_stop(&t);
    loop_free(loop);
}

/* A clock that the test moves; libuv's timer still decides when we look. */
static int64_t fake_ms;

static int64_t fake_mono_ms(void)
{
    return fake_ms;
}

static struct base_port fake_port;

#define TIMERS 300

struct numbered {
    struct loop_timer timer;
    int64_t due;
    int started; /* order of starting */
    int fired;
};

static struct numbered numbered[TIMERS];
static int fired, expected, last_started;
static int64_t last_due;

static void on_numbered(struct loop_timer *t)
{
    struct numbered *n = container_of(t, struct numbered, timer);

    assert_true(n->due > last_due || (n->due == last_due && n->started > last_started));
    assert_int_equal(n->fired, 0);
    assert_int_equal(t->due_ms, 0);
    last_due = n->due;
    last_started = n->started;
    n->fired = 1;
    if (++fired == expected)
        loop_stop(loop);
}

static void test_timers_fire_in_order_of_time_then_of_start(void **state)
{
    const struct base_port *system_port = base_port;
    unsigned seed;
    int started = 0;

    (void)state;
    rng_bytes(&seed, sizeof(seed));
    print_message("seed %u\n", seed);
    srandom(seed);
    fake_port = *base_port;
    fake_port.mono_ms = fake_mono_ms;
    fake_ms = 1000;
    base_port = &fake_port;
    loop = loop_new();
    /* Start, stop, restart at random; what remains must fire in order. */
    for (int i = 0; i < 20 * TIMERS; i++) {
        struct numbered *n = &numbered[random() % TIMERS];

        if (random() % 3) {
            n->due = fake_ms + random() % 50;
            n->started = ++started;
            timer_start(loop, &n->timer, n->due - fake_ms, on_numbered);
        } else {
            timer_stop(&n->timer);
        }
        fake_ms += random() % 100 == 0;
    }
    fired = expected = 0;
    last_due = 0;
    for (int i = 0; i < TIMERS; i++)
        expected += numbered[i].timer.due_ms != 0;
    fake_ms += 100;
    loop_run(loop);
    assert_int_equal(fired, expected);
    assert_true(expected > TIMERS / 3);
    for (int i = 0; i < TIMERS; i++)
        timer_stop(&numbered[i].timer);
    loop_free(loop);
    base_port = system_port;
}

static struct loop_timer first, second;
static int64_t started_at;

static void on_second(struct loop_timer *t)
{
    (void)t;
    fail();
}

static void on_last(struct loop_timer *t)
{
    (void)t;
    assert_true(clock_mono_ms() - started_at >= 30);
    loop_stop(loop);
}

static void on_first(struct loop_timer *t)
{
    timer_stop(&second); /* due at the same time, but stopped: it must not run */
    timer_start(loop, t, 30 - (clock_mono_ms() - started_at), on_last);
}

static void test_a_stopped_timer_does_not_run(void **state)
{
    (void)state;
    loop = loop_new();
    timer_stop(NULL);
    timer_stop(&first);
    started_at = clock_mono_ms();
    timer_start(loop, &first, 5, on_first);
    timer_start(loop, &second, 5, on_second);
    loop_run(loop);
    loop_free(loop);
}

static int spins;

static void on_spin(struct loop_timer *t)
{
    if (++spins < 1000)
        timer_start(loop, t, 0, on_spin);
}

static void on_spun(struct loop_timer *t)
{
    (void)t;
    loop_stop(loop);
}

/* The clock stands still: whatever the timer starts is due at once, but only in the next turn. */
static void test_a_timer_that_restarts_itself_at_once_waits_a_turn(void **state)
{
    const struct base_port *system_port = base_port;
    struct loop_timer spin = { 0 };

    (void)state;
    fake_port = *base_port;
    fake_port.mono_ms = fake_mono_ms;
    base_port = &fake_port;
    loop = loop_new();
    spins = 0;
    timer_start(loop, &spin, 0, on_spin);
    assert_int_equal(spins, 0);
    for (int turn = 1; turn <= 5; turn++) {
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
        assert_true(spins <= turn);
    }
    while (spins < 20)
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    timer_stop(&spin);
    loop_free(loop);
    base_port = system_port;
}

/* Stopping does not wait for a timer that is far away. */
static void test_stop_does_not_wait_for_timers(void **state)
{
    struct loop_timer far = { 0 }, near = { 0 };
    int64_t start = clock_mono_ms();

    (void)state;
    loop = loop_new();
    timer_start(loop, &far, 3600000, on_second);
    timer_start(loop, &near, 1, on_spun);
    loop_run(loop);
    assert_true(clock_mono_ms() - start < 60000);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posts_of_many_threads_run_once_and_in_order),
        cmocka_unit_test(test_work_may_post_itself_again),
        cmocka_unit_test(test_work_posted_during_stop_still_runs),
        cmocka_unit_test(test_posted_work_leaves_turns_to_others),
        cmocka_unit_test(test_timers_fire_in_order_of_time_then_of_start),
        cmocka_unit_test(test_a_stopped_timer_does_not_run),
        cmocka_unit_test(test_a_timer_that_restarts_itself_at_once_waits_a_turn),
        cmocka_unit_test(test_stop_does_not_wait_for_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base_lane_test.c - work on lanes is done exactly once, in order where promised, and can be taken back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/lane.h"
#include "ipam/status.h"

#define WORKS 2000

struct item {
    struct lane_work work;
    int number, ran, done, canceled;
    unsigned thread;
};

static struct loop *loop;
static struct lane *lane;
static struct item items[WORKS];
static int runs, dones, closed_after;
static _Atomic int begun;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held by the test: work does not go on */

static void count_run(struct lane_work *w, unsigned thread)
{
    struct item *it = container_of(w, struct item, work);

    assert_false(loop_is_mine(loop));
    it->ran++;
    it->thread = thread;
}

static void wait_run(struct lane_work *w, unsigned thread)
{
    atomic_fetch_add(&begun, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    count_run(w, thread);
}

static void serial_run(struct lane_work *w, unsigned thread)
{
    struct item *it = container_of(w, struct item, work);

    assert_int_equal(it->number, runs++); /* one thread, in order of submission */
    count_run(w, thread);
}

static void count_done(struct lane_work *w, bool canceled)
{
    struct item *it = container_of(w, struct item, work);

    assert_true(loop_is_mine(loop));
    assert_int_equal(it->ran, canceled ? 0 : 1);
    it->done++;
    it->canceled = canceled;
    dones++;
}

static void on_closed(void *user)
{
    assert_true(loop_is_mine(loop));
    assert_ptr_equal(user, &closed_after);
    closed_after = dones;
    loop_stop(loop);
}

static void begin(unsigned threads, unsigned queue_max, void (*run)(struct lane_work *w, unsigned thread))
{
    memset(items, 0, sizeof(items));
    runs = dones = 0;
    begun = 0;
    closed_after = -1;
    loop = loop_new();
    lane = lane_new(loop, "test", threads, queue_max);
    assert_non_null(lane);
    for (int i = 0; i < WORKS; i++) {
        items[i].number = i;
        items[i].work.run = run;
        items[i].work.done = count_done;
    }
}

static void wait_begun(int count)
{
    while (atomic_load(&begun) < count)
        usleep(1000);
}

static void turn(void)
{
    uv_run(loop_uv(loop), UV_RUN_ONCE);
}

static void finish(void)
{
    lane_close(lane, on_closed, &closed_after);
    loop_run(loop);
    loop_free(loop);
}

static void test_serial_runs_in_order_on_one_thread(void **state)
{
    (void)state;
    begin(1, WORKS, serial_run);
    for (int i = 0; i < WORKS; i++)
        assert_int_equal(lane_submit(lane, &items[i].work), 0);
    assert_int_equal(dones, 0);
    while (dones < WORKS)
        turn();
    finish();
    for (int i = 0; i < WORKS; i++) {
        assert_int_equal(items[i].done, 1);
        assert_int_equal(items[i].thread, 0);
        assert_false(items[i].canceled);
    }
    assert_int_equal(closed_after, WORKS);
}

static void test_parallel_uses_its_threads(void **state)
{
    int seen = 0;

    (void)state;
    begin(3, WORKS, wait_run);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < WORKS; i++)
        assert_int_equal(lane_submit(lane, &items[i].work), 0);
    wait_begun(3);
    pthread_mutex_unlock(&gate);
    while (dones < WORKS)
        turn();
    finish();
    for (int i = 0; i < WORKS; i++) {
        assert_int_equal(items[i].done, 1);
        assert_in_range(items[i].thread, 0, 2);
        seen |= 1 << items[i].thread;
    }
    assert_true(seen & (seen - 1)); /* more than one of them worked */
}

static void test_a_full_queue_is_busy(void **state)
{
    int accepted = 0, rc;

    (void)state;
    begin(1, 5, wait_run);
    pthread_mutex_lock(&gate);
    assert_int_equal(lane_submit(lane, &items[0].work), 0);
    wait_begun(1);
    for (int i = 1; i < 20; i++) {
        rc = lane_submit(lane, &items[i].work);
        accepted += rc == 0;
        assert_int_equal(rc, i <= 5 ? 0 : IPAM_E_BUSY);
    }
    assert_int_equal(accepted, 5);
    assert_int_equal(items[19].done, 0);
    pthread_mutex_unlock(&gate);
    while (dones < accepted + 1)
        turn();
    assert_int_equal(lane_submit(lane, &items[19].work), 0);
    while (dones < accepted + 2)
        turn();
    finish();
    assert_int_equal(items[18].done, 0);
    assert_int_equal(items[19].done, 1);
}

static void test_queued_work_can_be_taken_back(void **state)
{
    (void)state;
    begin(1, WORKS, wait_run);
    pthread_mutex_lock(&gate);
    assert_false(lane_cancel(&items[0].work)); /* never submitted */
    for (int i = 0; i < 10; i++)
        assert_int_equal(lane_submit(lane, &items[i].work), 0);
    wait_begun(1);
    assert_false(lane_cancel(&items[0].work)); /* has begun */
    assert_true(lane_cancel(&items[1].work));
    assert_true(lane_cancel(&items[5].work));
    assert_true(lane_cancel(&items[9].work)); /* the last: what is submitted next must be found */
    assert_false(lane_cancel(&items[9].work));
    assert_int_equal(items[1].done, 0); /* not inside the call */
    assert_int_equal(lane_submit(lane, &items[10].work), 0);
    pthread_mutex_unlock(&gate);
    while (dones < 11)
        turn();
    assert_false(lane_cancel(&items[1].work));
    assert_false(lane_cancel(&items[2].work));
    finish();
    for (int i = 0; i <= 10; i++) {
        assert_int_equal(items[i].done, 1);
        assert_int_equal(items[i].canceled, i == 1 || i == 5 || i == 9);
    }
    assert_int_equal(dones, 11);
}

static void test_close_cancels_the_queue_and_waits_for_what_runs(void **state)
{
    (void)state;
    begin(2, WORKS, wait_run);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 100; i++)
        assert_int_equal(lane_submit(lane, &items[i].work), 0);
    wait_begun(2);
    lane_close(lane, on_closed, &closed_after);
    assert_int_equal(lane_submit(lane, &items[200].work), IPAM_E_CANCELED);
    loop_stop(loop); /* the loop must wait for the lane all the same */
    assert_int_equal(dones, 0);
    pthread_mutex_unlock(&gate);
    loop_run(loop);
    loop_free(loop);
    assert_int_equal(dones, 100);
    assert_int_equal(closed_after, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(items[i].done, 1);
    assert_true(items[99].canceled);
    assert_false(items[0].canceled);
    assert_false(items[1].canceled);
    assert_int_equal(items[200].done, 0);
}

static _Atomic int came_back;
static struct lane *volatile abandoned; /* never freed, but known: no leak to report */

static void late_run(struct lane_work *w, unsigned thread)
{
    (void)w;
    (void)thread;
    atomic_fetch_add(&begun, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    atomic_fetch_add(&came_back, 1);
}

/* An abandoned lane is never freed, for its threads may come back: it stays reachable here. */
static struct lane *volatile abandoned;

static void test_an_abandoned_lane_holds_nothing_up(void **state)
{
    (void)state;
    begin(2, WORKS, late_run);
    abandoned = lane;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 100; i++)
        assert_int_equal(lane_submit(lane, &items[i].work), 0);
    wait_begun(2);
    lane_abandon(lane);
    loop_stop(loop);
    loop_run(loop); /* does not wait for the two that run */
    loop_free(loop);
    assert_int_equal(dones, 98);
    pthread_mutex_unlock(&gate); /* they come back after the loop has gone */
    while (atomic_load(&came_back) < 2)
        usleep(1000);
    usleep(10000);
    assert_int_equal(dones, 98);
    assert_int_equal(items[0].done + items[1].done, 0);
}

static char name[32];
static int blocked;

static void look_run(struct lane_work *w, unsigned thread)
{
    sigset_t set;

    pthread_getname_np(pthread_self(), name, sizeof(name));
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    blocked = sigismember(&set, SIGTERM) && sigismember(&set, SIGCHLD) && sigismember(&set, SIGUSR1);
    count_run(w, thread);
}

static void test_threads_have_a_name_and_no_signals(void **state)
{
    sigset_t set;

    (void)state;
    begin(1, 1, look_run);
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    assert_false(sigismember(&set, SIGTERM)); /* those of the caller are as before */
    usleep(20000);                            /* until the name is set */
    assert_int_equal(lane_submit(lane, &items[0].work), 0);
    while (!dones)
        turn();
    finish();
    assert_string_equal(name, "test");
    assert_true(blocked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial_runs_in_order_on_one_thread),
        cmocka_unit_test(test_parallel_uses_its_threads),
        cmocka_unit_test(test_a_full_queue_is_busy),
        cmocka_unit_test(test_queued_work_can_be_taken_back),
        cmocka_unit_test(test_close_cancels_the_queue_and_waits_for_what_runs),
        cmocka_unit_test(test_an_abandoned_lane_holds_nothing_up),
        cmocka_unit_test(test_threads_have_a_name_and_no_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

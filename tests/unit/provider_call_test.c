/* provider_call_test.c - what callers hear of well and badly behaved plugins.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/local_p.h"
#include "record/record.h"

#define OK "{\"name\": \"x\"}"

static struct heard h, h2;
static struct opened o;

static void test_probe_sees_its_options(void **state)
{
    struct instance *inst =
        open_odd("{\"name\": \"caf\xc3\xa9\", \"wait\": \"2s\", \"password\": {\"secret\": \"right\"}}", &o);

    (void)state;
    assert_int_equal(o.status, 0);
    memset(&h, 0, sizeof(h));
    request_start(inst, CALL_PROBE, NULL, 5000, &events, &h);
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    assert_string_equal(
        h.said, "probe odd\ntarget=server-1\nname=caf\xc3\xa9\nwait=2000\npassword=sesame\nlate=-2 -22 -22\n"
                "thread=same\n");
}

static void test_leases_arrive_whole_and_in_order(void **state)
{
    struct instance *inst = open_odd(OK, NULL);

    (void)state;
    ask_and_wait(inst, "", 20000, 9000, &h);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.records, 20000);
    assert_true(h.ordered);
    assert_string_equal(h.token, "token-1");
    assert_int_equal(h.flags, IPAM_DONE_COMPLETE);
    assert_non_null(strstr(h.said, "lease 3 host-3.example 6\n"));
    ask_and_wait(inst, "", 1, 9000, &h);
    assert_string_equal(h.said, "lease 0 host-0.example 6\n");
}

static void test_steps_come_between_records(void **state)
{
    (void)state;
    ask_and_wait(open_odd(OK, NULL), "steps", 1, 5000, &h);
    assert_string_equal(h.said, "step one\nlease 1 host-1.example 6\nstep two\n");
}

static void test_done_from_another_thread(void **state)
{
    (void)state;
    ask_and_wait(open_odd(OK, NULL), "late-thread", 1, 5000, &h);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.last, 7);
}

/* A row each: how odd behaves, and what the caller hears. */
static const struct {
    const char *how;
    int status;
    const char *message;
} rows[] = {
    { "double-done", 0, "" },
    { "emit-after-done", 0, "" },
    { "strange-status", IPAM_E_PROVIDER,
      "read_leases of server-1: the plugin odd answered -7777, which is no status of this ABI: "
      "strange things" },
    { "no-reason", IPAM_E_IO, "the plugin odd answered status -5 without a reason" },
    { "malformed", IPAM_E_TOOBIG, "what the plugin odd emitted as lease is too large" },
    { "bad-message", IPAM_E_IO, "what the plugin odd emitted as outcome is malformed" },
};

static void test_odd_ways_are_survived(void **state)
{
    struct instance *inst = open_odd(OK, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_and_wait(inst, rows[i].how, 1, 5000, &h);
        print_message("row: %s: %d %s\n", rows[i].how, h.status, h.message);
        assert_int_equal(h.status, rows[i].status);
        assert_non_null(strstr(h.message, rows[i].message));
        assert_int_equal(h.records, 0);
    }
    ask_and_wait(inst, "", 3, 5000, &h); /* and the instance goes on */
    assert_int_equal(h.records, 3);
}

static void test_a_handle_is_dead_after_done(void **state)
{
    struct instance *inst = open_odd(OK, NULL);

    (void)state;
    ask_and_wait(inst, "keep", 1, 5000, &h);
    for (int i = 0; i < 20; i++) {
        ask_and_wait(inst, "done-of-kept", 1, 5000, &h2);
        assert_int_equal(h2.status, 0); /* not the IPAM_E_IO it said of the kept one */
    }
    assert_int_equal(h.done, 1);
}

static void test_the_deadline_answers_and_cancels(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    int64_t begun = clock_mono_ms();

    (void)state;
    ask_and_wait(inst, "patient", 1, 100, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    assert_in_range(clock_mono_ms() - begun, 95, 2000);
    assert_non_null(strstr(h.message, "read_leases of server-1 got no answer in time from the plugin odd"));
    ask_and_wait(inst, "", 2, 5000, &h); /* it let go when it was told */
    assert_int_equal(h.status, 0);
}

static void test_a_call_waits_for_the_one_before_and_may_time_out_there(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    struct heard first = { 0 };

    (void)state;
    ask(inst, "slow", 300, 5000, &first);
    ask_and_wait(inst, "", 2, 50, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    assert_int_equal(first.done, 0);
    fixture_wait(&first.done);
    assert_int_equal(first.status, 0);
    assert_int_equal(h.records, 0);
}

static void test_cancel_answers_once(void **state)
{
    struct instance *inst = open_odd(OK, &o);

    (void)state;
    ask(inst, "patient", 1, 5000, &h);
    ask(inst, "", 1, 5000, &h2); /* waits behind it */
    request_cancel(h2.req);
    request_cancel(h2.req);
    fixture_wait(&h2.done);
    assert_int_equal(h2.status, IPAM_E_CANCELED);
    assert_int_equal(h2.records, 0);
    assert_int_equal(h.done, 0);
    request_cancel(h.req);
    assert_int_equal(h.done, 0);
    fixture_wait(&h.done);
    assert_int_equal(h.status, IPAM_E_CANCELED);
    fixture_run(50);
    assert_int_equal(h.done, 1);
    assert_int_equal(h2.done, 1);
}

static void cancel_at_1000(struct heard *heard)
{
    if (heard->records == 1000)
        request_cancel(heard->req);
}

static void test_no_row_after_a_cancel(void **state)
{
    struct instance *inst = open_odd(OK, &o);

    (void)state;
    h.on_record = cancel_at_1000;
    ask_and_wait(inst, "", 500000, 9000, &h);
    h.on_record = NULL;
    assert_int_equal(h.status, IPAM_E_CANCELED);
    assert_int_equal(h.records, 1000);
    ask_and_wait(inst, "", 2, 5000, &h); /* the plugin was told to stop, and did */
    assert_int_equal(h.records, 2);
}

/* The loop stands still, so nothing is taken in: the plugin must stop at its credit, not fill the memory. */
static void test_a_flood_waits_for_credit(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    size_t most;

    (void)state;
    ask(inst, "", 300000, 20000, &h);
    usleep(300000);
    if (isolation == ISOLATION_NONE) {
        pthread_mutex_lock(&h.req->call.req->lock);
        most = h.req->call.outstanding;
        pthread_mutex_unlock(&h.req->call.req->lock);
        assert_in_range(most, LOCAL_CREDIT, LOCAL_CREDIT + 64 * 1024);
    }
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.records, 300000);
    assert_true(h.ordered);
}

static int64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void work_hard(struct heard *heard)
{
    int64_t until = cpu_us() + 100;

    (void)heard;
    while (cpu_us() < until)
        ;
}

/* Rows whose reader works 100 us on each: all that may be on its way would hold up the loop for 0.3 s. */
static void test_a_flood_leaves_the_loop_its_turns(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    int64_t longest = 0;

    (void)state;
    h.on_record = work_hard;
    ask(inst, "", 3000, 20000, &h);
    usleep(100000);
    while (!h.done) {
        int64_t before = cpu_us();

        uv_run(loop_uv(loop), UV_RUN_ONCE);
        longest = cpu_us() - before > longest ? cpu_us() - before : longest;
    }
    h.on_record = NULL;
    print_message("longest turn: %.1f ms\n", (double)longest / 1e3);
    assert_true(longest < 50000);
    assert_int_equal(h.records, 3000);
}

static void test_edits_reach_the_plugin(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    struct ipam_reservation a, b;
    struct ipam_apply args;
    uint32_t verbs[] = { IPAM_EDIT_VERB_ADD, IPAM_EDIT_VERB_SET, IPAM_EDIT_VERB_DELETE };
    const struct ipam_record *befores[] = { NULL, (struct ipam_record *)&a, (struct ipam_record *)&a };
    const struct ipam_record *afters[] = { (struct ipam_record *)&a, (struct ipam_record *)&b, NULL };

    (void)state;
    record_init(&a, IPAM_T_RESERVATION);
    a.name = str_from("alpha");
    IPAM_SET_FIELD(&a, IPAM_RESERVATION_NAME);
    record_init(&b, IPAM_T_RESERVATION);
    b.name = str_from("beta");
    IPAM_SET_FIELD(&b, IPAM_RESERVATION_NAME);
    record_init(&args, IPAM_T_APPLY);
    args.count = 3;
    IPAM_SET_FIELD(&args, IPAM_APPLY_COUNT);
    memset(&h, 0, sizeof(h));
    request_apply(inst, &args, verbs, befores, afters, 5000, &events, &h);
    memset(&a, 0xee, sizeof(a)); /* arguments are copied */
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    assert_string_equal(h.said, "edit 0 0 0 - alpha\nedit 1 0 1 alpha beta\nedit 2 0 2 alpha -\n");
    record_init(&args, IPAM_T_APPLY);
    args.count = 10001;
    memset(&h, 0, sizeof(h));
    request_apply(inst, &args, verbs, befores, afters, 5000, &events, &h);
    fixture_wait(&h.done);
    assert_int_equal(h.status, IPAM_E_TOOBIG);
}

static void test_requests_wait_for_a_slow_open(void **state)
{
    struct instance *inst = open_odd("{\"name\": \"x\", \"open_time\": \"200ms\"}", NULL);

    (void)state;
    ask(inst, "", 2, 5000, &h);
    ask_and_wait(inst, "", 2, 50, &h2);
    assert_int_equal(h2.status, IPAM_E_TIMEOUT);
    assert_int_equal(h.done, 0);
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.records, 2);
}

static void test_a_failed_instance_answers_with_its_reason_and_opens_again(void **state)
{
    struct instance *inst = open_odd("{\"name\": \"x\", \"open\": \"fail\"}", &o);

    (void)state;
    assert_int_equal(o.status, IPAM_E_CONFIG);
    assert_string_equal(o.message, "odd for server-1 cannot be used: the option open says so: say ok");
    ask_and_wait(inst, "", 2, 5000, &h);
    assert_int_equal(h.status, IPAM_E_CONFIG);
    assert_string_equal(h.message, o.message);
    assert_int_equal(inst->back_off_ms, 1000); /* within the back-off it was not even tried */
    inst->retry_at_ms = clock_mono_ms();
    ask_and_wait(inst, "", 2, 5000, &h);
    assert_int_equal(h.status, IPAM_E_CONFIG);
    assert_int_equal(inst->back_off_ms, 2000);
    assert_int_equal(o.done, 1);
}

static void test_wrong_options_and_secrets_fail_the_open(void **state)
{
    static const struct {
        const char *options, *message;
    } bad[] = {
        { "{}", "option 'name' is missing" },
        { "{\"name\": \"x\", \"nmae\": 1}",
          "line 1, column 23: option 'nmae' is not known; known are: open, open_time, name" },
        { "{\"name\": \"x\", \"password\": {\"secret\": \"wrong\"}}",
          "the secret 'wrong' of option 'password' is not known" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct instance *inst = open_odd(bad[i].options, &o);

        print_message("row: %s\n", o.message);
        assert_int_equal(o.status, IPAM_E_CONFIG);
        assert_non_null(strstr(o.message, bad[i].message));
        inst->retry_at_ms = 0;
        ask_and_wait(inst, "", 1, 5000, &h);
        assert_int_equal(h.status, IPAM_E_CONFIG);
    }
}

static void test_the_reason_of_a_failed_open_shows_no_secret(void **state)
{
    (void)state;
    open_odd("{\"name\": \"x\", \"open\": \"tell\", \"password\": {\"secret\": \"right\"}}", &o);
    assert_int_equal(o.status, IPAM_E_ACCESS);
    assert_string_equal(o.message, "odd for server-1 cannot be used: no such password: ******");
}

/* It is left alone when it cannot be reached, not when it refuses; a probe asks all the same. */
static void test_a_server_that_does_not_answer_is_left_alone(void **state)
{
    struct instance *inst = open_odd(OK, &o);

    (void)state;
    for (int i = 0; i < 6; i++) {
        ask_and_wait(inst, "no-reason", 1, 5000, &h);
        assert_int_equal(h.status, IPAM_E_IO);
    }
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        ask_and_wait(inst, "patient", 1, 20, &h);
        assert_int_equal(h.status, IPAM_E_TIMEOUT);
        fixture_run(20); /* it lets go */
    }
    ask_and_wait(inst, "", 1, 5000, &h);
    assert_int_equal(h.status, IPAM_E_AGAIN);
    assert_non_null(strstr(h.message, "is not tried for another 1 s, for 5 calls in a row failed"));
    memset(&h, 0, sizeof(h));
    request_start(inst, CALL_PROBE, NULL, 5000, &events, &h);
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    ask_and_wait(inst, "", 2, 5000, &h); /* its answer has closed the breaker */
    assert_int_equal(h.records, 2);
}

static void test_busy_over_a_thousand(void **state)
{
    static struct heard many[1002];
    struct instance *inst = open_odd(OK, &o);
    int busy = 0;

    (void)state;
    ask(inst, "patient", 1, 9000, &many[0]);
    for (int i = 1; i <= 1001; i++)
        ask(inst, "", 1, 9000, &many[i]);
    fixture_run(20);
    for (int i = 0; i <= 1001; i++)
        busy += many[i].done && many[i].status == IPAM_E_BUSY;
    assert_int_equal(busy, 2);
    assert_non_null(strstr(many[1001].message, "try again later"));
    request_cancel(many[0].req);
    fixture_wait(&many[999].done);
    assert_int_equal(many[999].status, 0);
}

static void test_close_answers_everything_once(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    static struct heard third;

    (void)state;
    ask(inst, "patient", 1, 5000, &h);
    ask(inst, "", 1, 5000, &h2);
    ask(inst, "", 1, 5000, &third);
    instance_close(inst);
    instance_close(NULL);
    assert_int_equal(h.done + h2.done + third.done, 0);
    fixture_run(200);
    assert_int_equal(h.done, 1);
    assert_int_equal(h2.done, 1);
    assert_int_equal(third.done, 1);
    assert_int_equal(h.status, IPAM_E_CANCELED);
    assert_int_equal(third.status, IPAM_E_CANCELED);
    assert_null(providers->instances);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
        T(test_probe_sees_its_options),
        T(test_leases_arrive_whole_and_in_order),
        T(test_steps_come_between_records),
        T(test_done_from_another_thread),
        T(test_odd_ways_are_survived),
        T(test_a_handle_is_dead_after_done),
        T(test_the_deadline_answers_and_cancels),
        T(test_a_call_waits_for_the_one_before_and_may_time_out_there),
        T(test_cancel_answers_once),
        T(test_no_row_after_a_cancel),
        T(test_a_flood_waits_for_credit),
        T(test_a_flood_leaves_the_loop_its_turns),
        T(test_edits_reach_the_plugin),
        T(test_requests_wait_for_a_slow_open),
        T(test_a_failed_instance_answers_with_its_reason_and_opens_again),
        T(test_wrong_options_and_secrets_fail_the_open),
        T(test_the_reason_of_a_failed_open_shows_no_secret),
        T(test_a_server_that_does_not_answer_is_left_alone),
        T(test_busy_over_a_thousand),
        T(test_close_answers_everything_once),
    };
    int failed;

    isolation = TEST_ISOLATION;
    log_init("test", LOG_ERR_);
    fixture_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

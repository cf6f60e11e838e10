/* null_reach_test.c - null-reach: who answers and when, and how a LOOP plugin waits for time and for credit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

static struct ipam_inst inst;
static struct ipam_req req;
static struct ipam_addr addresses[4];

static void start(const char *delay)
{
    const struct option_pair options[] = {
        { "alive", "10.0.0.0/31;2001:db8::/64" }, { "gateway", "10.0.0.9" }, { "delay", delay }, { NULL, NULL }
    };

    inst_start(&inst, options);
    req_init(&req, &inst);
    addresses[0] = addr_of("10.0.0.1");
    addresses[1] = addr_of("10.0.0.2");
    addresses[2] = addr_of("2001:db8::7");
    addresses[3] = addr_of("10.0.0.9");
}

static void stop(void)
{
    req_free(&req);
    inst_close(&inst);
}

static struct ipam_reach args;

static void reach(size_t count, int64_t methods, int64_t timeout)
{
    record_init(&args, IPAM_T_REACH);
    RECORD_SET(&args, IPAM_REACH_ADDRESSES, addresses, ((struct ipam_addrs){ addresses, count }));
    RECORD_SET(&args, IPAM_REACH_METHODS, methods, methods);
    if (timeout)
        RECORD_SET(&args, IPAM_REACH_TIMEOUT, timeout, timeout);
    req_free(&req);
    inst.plugin->reach->reach(inst.ctx, &req, &args);
}

/* The state of one address by one method; -1: there is no row of it. */
static int state_of(size_t address, int64_t method)
{
    int state = -1;

    for (size_t i = 0; i < req.count; i++) {
        const struct ipam_reached *r = req_row(&req, IPAM_T_REACHED, i);

        if (memcmp(&r->address, &addresses[address], sizeof(r->address)) != 0 || r->method != method)
            continue;
        assert_int_equal(state, -1);
        state = (int)r->state;
    }
    return state;
}

static void test_who_is_listed_answers_and_nobody_else(void **state)
{
    (void)state;
    start("0s");
    reach(4, IPAM_REACH_PING | IPAM_REACH_NEIGHBOR, 300);
    assert_int_equal(req.done, 0); /* nothing happens inside the call */
    assert_in_range(loop_run(&inst), 200, 300);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 8);
    for (size_t i = 0; i < 4; i++) {
        int expected = i == 1 ? IPAM_REACHED_STATE_SILENT : IPAM_REACHED_STATE_ANSWERED;

        assert_int_equal(state_of(i, IPAM_REACH_PING), expected);
        assert_int_equal(state_of(i, IPAM_REACH_NEIGHBOR), expected);
    }
    reach(1, IPAM_REACH_NEIGHBOR, 0);
    assert_in_range(loop_run(&inst), 0, 5); /* all answer: no time-out is waited for */
    req_ended(&req, IPAM_OK);
    assert_int_equal(((const struct ipam_reached *)req_row(&req, IPAM_T_REACHED, 0))->mac.len, 6);
    stop();
}

static void test_an_answer_after_the_time_out_is_none(void **state)
{
    (void)state;
    start("500ms");
    reach(1, IPAM_REACH_PING, 400);
    assert_in_range(loop_run(&inst), 300, 400);
    req_ended(&req, IPAM_OK);
    assert_int_equal(state_of(0, IPAM_REACH_PING), IPAM_REACHED_STATE_SILENT);
    reach(1, IPAM_REACH_PING, 600);
    assert_in_range(loop_run(&inst), 400, 500);
    assert_int_equal(state_of(0, IPAM_REACH_PING), IPAM_REACHED_STATE_ANSWERED);
    const struct ipam_reached *r = req_row(&req, IPAM_T_REACHED, 0);
    assert_int_equal(r->round_trip, 500000);
    stop();
}

static void test_wrong_arguments_are_refused(void **state)
{
    (void)state;
    start("0s");
    reach(0, IPAM_REACH_PING, 0);
    req_ended(&req, IPAM_E_INVAL);
    reach(1, 0, 0);
    req_ended(&req, IPAM_E_INVAL);
    reach(1, IPAM_REACH_DNS, 0);
    req_ended(&req, IPAM_E_INVAL);
    assert_null(inst.timers);
    stop();
}

static void test_rows_wait_for_credit_and_none_is_lost_or_repeated(void **state)
{
    (void)state;
    start("0s");
    inst.credit = 1;
    reach(4, IPAM_REACH_PING | IPAM_REACH_NEIGHBOR, 50);
    for (int rounds = 0; !req.done && rounds < 20; rounds++) {
        loop_run(&inst);
        loop_credit(&inst, 1);
    }
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 8);
    for (size_t i = 0; i < 4; i++)
        assert_true(state_of(i, IPAM_REACH_PING) >= 0 && state_of(i, IPAM_REACH_NEIGHBOR) >= 0);
    stop();
}

static void test_a_call_is_cancelled_while_it_waits_for_time(void **state)
{
    struct ipam_req second;

    (void)state;
    start("10s");
    reach(1, IPAM_REACH_PING, 20000);
    req_init(&second, &inst);
    inst.plugin->reach->reach(inst.ctx, &second, &args);
    req.cancelled = 1;
    inst.plugin->reach->common.cancel(inst.ctx, &req);
    req_ended(&req, IPAM_E_CANCELED);
    loop_run(&inst); /* the other goes on */
    req_ended(&second, IPAM_OK);
    inst.plugin->reach->common.cancel(inst.ctx, &second); /* too late is no harm */
    req_free(&second);
    stop();
}

static void test_a_call_is_cancelled_while_it_waits_for_credit(void **state)
{
    (void)state;
    start("0s");
    inst.credit = 0;
    reach(4, IPAM_REACH_PING, 50);
    loop_run(&inst);
    assert_int_equal(req.done, 0);
    req.cancelled = 1;
    inst.plugin->reach->common.cancel(inst.ctx, &req);
    assert_int_equal(req.done, 0); /* the host calls who waits for credit */
    loop_credit(&inst, 0);
    req_ended(&req, IPAM_E_CANCELED);
    stop();
}

static void test_a_reader_that_stops_ends_the_call(void **state)
{
    (void)state;
    start("0s");
    record_init(&args, IPAM_T_REACH);
    RECORD_SET(&args, IPAM_REACH_ADDRESSES, addresses, ((struct ipam_addrs){ addresses, 4 }));
    RECORD_SET(&args, IPAM_REACH_METHODS, methods, IPAM_REACH_PING);
    req.stop_after = 2;
    inst.plugin->reach->reach(inst.ctx, &req, &args);
    loop_run(&inst);
    req_ended(&req, IPAM_E_TIMEOUT);
    stop();
}

static void test_a_probe_waits_for_credit_too(void **state)
{
    (void)state;
    start("0s");
    inst.credit = 0;
    inst.plugin->reach->common.probe(inst.ctx, &req);
    assert_int_equal(req.done, 0);
    loop_credit(&inst, 1);
    assert_int_equal(req.count, 1);
    loop_credit(&inst, 1);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 2);
    req_free(&req);
    inst.credit = 0;
    inst.plugin->reach->common.probe(inst.ctx, &req);
    req.cancelled = 1;
    loop_credit(&inst, 0);
    req_ended(&req, IPAM_E_CANCELED);
    stop();
}

static void test_options_and_probe(void **state)
{
    struct ipam_inst other;

    (void)state;
    start("0s");
    assert_probe(&inst, &inst.plugin->reach->common, IPAM_REACH_PING | IPAM_REACH_NEIGHBOR);
    assert_int_equal(inst.plugin->reach->common.thread_model, IPAM_THREAD_LOOP);
    stop();
    assert_string_equal(
        inst_check(&other, (struct option_pair[]){ { "alive", "10.0.0.1;10.0.0.0/8" }, { NULL, NULL } }), "");
    assert_says(inst_check(&other, (struct option_pair[]){ { "alive", "10.0.0.1/8" }, { NULL, NULL } }), "alive");
    assert_int_equal(inst_open(&other, (struct option_pair[]){ { "alive", "nonsense" }, { NULL, NULL } }),
                     IPAM_E_CONFIG);
    assert_says(other.error, "alive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_listed_answers_and_nobody_else),
        cmocka_unit_test(test_an_answer_after_the_time_out_is_none),
        cmocka_unit_test(test_wrong_arguments_are_refused),
        cmocka_unit_test(test_rows_wait_for_credit_and_none_is_lost_or_repeated),
        cmocka_unit_test(test_a_call_is_cancelled_while_it_waits_for_time),
        cmocka_unit_test(test_a_call_is_cancelled_while_it_waits_for_credit),
        cmocka_unit_test(test_a_reader_that_stops_ends_the_call),
        cmocka_unit_test(test_a_probe_waits_for_credit_too),
        cmocka_unit_test(test_options_and_probe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

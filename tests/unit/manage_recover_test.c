/* manage_recover_test.c - plans whose fate is not known: asked later, resumed, after a crash too.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <string.h>

/* --- not known --- */

/* The answer is lost; whether the change was made or not, it is there once in the end. */
static void test_unknown(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    for (int made = 0; made < 2; made++) {
        int64_t id = bench_add(s, server, 7 + (unsigned)made);
        if (made)
            d->lost_answer = IPAM_E_TIMEOUT;
        else
            fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_UNKNOWN);
        bench_kick(s, server);
        assert_string_equal(fake_dhcp_trace(d), "a1");
        assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
        fake_pass(s->loop, 999);
        assert_string_equal(fake_dhcp_trace(d), ""); /* not at once */
        fake_pass(s->loop, 1);
        assert_string_equal(fake_dhcp_trace(d), "r1C");
        assert_verified(s, id, RESUMED);
        assert_int_equal(d->repeated, 0);
    }
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 2);
}

static void test_backoff(void **state)
{
    static const int64_t pauses[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    for (unsigned i = 0; i <= 8; i++)
        fake_dhcp_fail(d, DHCP_APPLY, i, IPAM_E_CONN);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    for (unsigned i = 0; i < 8; i++) {
        fake_pass(s->loop, pauses[i] - 1);
        assert_string_equal(fake_dhcp_trace(d), "");
        fake_pass(s->loop, 1);
        assert_string_equal(fake_dhcp_trace(d), "r1");
        assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    }
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server); /* somebody says: now */
    assert_string_equal(fake_dhcp_trace(d), "r1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, TROUBLE); /* what was wrong is told until it is over */
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_verified(s, id, RESUMED);
    int64_t next = bench_add(s, server, 8);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_CONN);
    bench_kick(s, server);
    fake_pass(s->loop, 1000); /* the pauses begin anew */
    assert_verified(s, next, RESUMED);
}

static void test_read_back_fails(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "r1C");
    assert_verified(s, id, RESUMED);
}

static void test_drifted(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    d->hold[DHCP_CONFIG] = true;
    bench_kick(s, server);
    fake_dhcp_clear(d); /* somebody else, before it is read back */
    fake_dhcp_scope(d, "v4/1", "10.0.1.0/24");
    d->hold[DHCP_CONFIG] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_plan(
        s, id, IPAM_PLAN_STATE_DRIFTED, IPAM_PLAN_STEP_STATE_DONE, IPAM_ADDRESS_DHCP_SYNC_FAILED,
        "the server accepted it, but reading back shows otherwise; somebody else may have changed it");
}

static void test_cannot_be_read_at_first(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), id = bench_add(s, server, 7);
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "c");
    assert_planned(s, id, TROUBLE); /* nothing was sent, and it says so */
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "ca1C");
    assert_verified(s, id, NULL);
}

static void test_our_storage_is_full(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    fake_fail(s->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), ""); /* what cannot be noted is not sent */
    assert_planned(s, id, NULL);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
    /* The end cannot be noted: asked again, done once. */
    id = bench_add(s, server, 8);
    fake_fail(s->store, FAKE_COMMIT, 2, IPAM_E_NOSPC); /* after sent and the reservation that was read back */
    bench_kick(s, server);
    assert_true(fake_dhcp_has(d, "10.0.1.8"));
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_RUNNING);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, RESUMED);
    assert_int_equal(d->repeated, 0);
}

/* --- after a crash: storage says what was under way --- */

static void crashed(struct site *s, int64_t id, uint32_t step_state)
{
    struct ipam_plan p = *bench_row(s, id);
    struct ipam_plan_step step = *bench_step(s, id);
    RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_RUNNING);
    RECORD_SET(&step, IPAM_PLAN_STEP_STATE, state, step_state);
    fake_keep(s->store, &p);
    fake_keep(s->store, &step);
}

static void test_recover(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d, *quiet = fake_dhcp("dhcp2"), *other = fake_dhcp("dhcp3");
    int64_t server = bench_server(s, &d, true), ids[5];
    site_server(s, "dhcp2", true);
    int64_t third = site_server(s, "dhcp3", true);
    fake_dhcp_scope(other, "v4/2", "10.0.2.0/24");
    int64_t alone = bench_plan(s, third, IPAM_PLAN_STEP_VERB_ADD, 2, 9);
    for (unsigned i = 0; i < 5; i++)
        ids[i] = bench_add(s, server, 10 + i);
    crashed(s, ids[1], IPAM_PLAN_STEP_STATE_SENT);
    crashed(s, ids[3], IPAM_PLAN_STEP_STATE_UNKNOWN);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.11", 11); /* this one had got through */
    manage_recover(s->manage);
    fake_spin(s->loop);
    /* What may have been sent goes first, by itself; then the rest, as if nothing had been. */
    assert_string_equal(fake_dhcp_trace(d), "r2Ca3C");
    assert_string_equal(fake_dhcp_trace(quiet), "");
    assert_string_equal(fake_dhcp_trace(other), "ca1C");
    assert_verified(s, alone, NULL);
    for (unsigned i = 0; i < 5; i++)
        assert_verified(s, ids[i], i == 1 || i == 3 ? RESUMED : NULL);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 6);
    assert_int_equal(d->repeated, 0);
    manage_recover(s->manage); /* nothing is left */
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "");
}

/* What was sent and is refused now was not made: it failed. */
static void test_resumed_and_refused(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), good = bench_add(s, server, 10),
            bad = bench_add(s, server, 66);
    crashed(s, good, IPAM_PLAN_STEP_STATE_SENT);
    crashed(s, bad, IPAM_PLAN_STEP_STATE_SENT);
    d->refuses = 66;
    manage_recover(s->manage);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "r2r1C");
    assert_verified(s, good, RESUMED);
    assert_plan(s, bad, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                "that address is not wanted");
}

static void test_server_gone(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), ids[2] = { bench_add(s, server, 7), bench_add(s, server, 8) };
    crashed(s, ids[1], IPAM_PLAN_STEP_STATE_SENT);
    assert_int_equal(site_job(s, COLLECT_FORGET, server)->state, IPAM_JOB_STATE_DONE);
    fake_dhcp_trace(d);
    manage_recover(s->manage); /* it finds the plans though the server is no more */
    fake_spin(s->loop);
    for (int i = 0; i < 2; i++)
        assert_plan(s, ids[i], IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED,
                    IPAM_ADDRESS_DHCP_SYNC_FAILED, "the server was removed from the inventory");
    assert_string_equal(fake_dhcp_trace(d), "");
}

static void test_server_that_cannot_be_opened(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), id = bench_add(s, server, 7);
    struct ipam_server v = *site_server_row(s, server);
    RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, IPAM_STR("home"));
    state_put(s->state, NULL, &v);
    bench_kick(s, server);
    assert_planned(s, id, "there is no profile \"home\"");
    RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, IPAM_STR("lab"));
    state_put(s->state, NULL, &v);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
}

/* A plan that cannot be read is left alone, and does not stop the others. */
static void test_damaged_plan(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), bad = bench_add(s, server, 7),
            good = bench_add(s, server, 8);
    struct ipam_plan_step step = *bench_step(s, bad);
    RECORD_SET(&step, IPAM_PLAN_STEP_AFTER, after,
               ((struct ipam_bytes){ (const uint8_t *)"\xff\xff\xff", 3 }));
    fake_keep(s->store, &step);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_verified(s, good, NULL);
    assert_planned(s, bad, NULL);
}

static void test_plans_cannot_be_read(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    for (unsigned i = 0; i < 3; i++) { /* either look for plans, or the one for the step */
        fake_fail(s->store, FAKE_QUERY, i, IPAM_E_IO);
        bench_kick(s, server);
        assert_string_equal(fake_dhcp_trace(d), "");
        assert_planned(s, id, NULL);
    }
    fake_pass(s->loop, 4000);
    assert_verified(s, id, NULL);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_unknown),
        SITE(test_backoff),
        SITE(test_read_back_fails),
        SITE(test_drifted),
        SITE(test_cannot_be_read_at_first),
        SITE(test_our_storage_is_full),
        SITE(test_recover),
        SITE(test_resumed_and_refused),
        SITE(test_server_gone),
        SITE(test_server_that_cannot_be_opened),
        SITE(test_damaged_plan),
        SITE(test_plans_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

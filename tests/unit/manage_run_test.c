/* manage_run_test.c - plans carried out: sent, answered, refused, tried again on a changed configuration.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

/* --- the good course --- */

static void test_verified(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    assert_planned(s, id, NULL);
    assert_string_equal(fake_dhcp_trace(d), ""); /* committed before a byte is sent */
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C"); /* the token is known; its scope is read back */
    assert_true(fake_dhcp_has(d, "10.0.1.7"));
    assert_verified(s, id, NULL);
    assert_int_equal(bench_row(s, id)->finished, *fake_clock(s->store));
    const struct ipam_reservation *r = fake_next(s->store, IPAM_T_RESERVATION, 0);
    assert_int_equal(r->server, server);
    assert_int_equal(r->scope, site_scope(s, server, "v4/1")->id);
    assert_int_equal(d->repeated, 0);
}

static void test_reads_before_the_first_change(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), id = bench_add(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "ca1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, NULL);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "C");
    assert_verified(s, id, NULL);
}

static void test_sent_is_durable_before_it_is_sent(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    fake_hold(s->store, FAKE_COMMIT, true);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "");
    fake_hold(s->store, FAKE_COMMIT, false);
    d->hold[DHCP_APPLY] = true;
    fake_go(s->store);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, NULL);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_verified(s, id, NULL);
}

static void test_many_in_one_call(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), ids[210];
    for (unsigned i = 0; i < 5; i++)
        ids[i] = bench_plan(s, server, IPAM_PLAN_STEP_VERB_ADD, 1 + i % 2, 10 + i);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a5c"); /* of two scopes: everything is read back */
    for (unsigned i = 0; i < 5; i++)
        assert_verified(s, ids[i], NULL);
    for (unsigned i = 0; i < 210; i++)
        ids[i] = bench_add(s, server, 20 + i);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a200Ca10C");
    for (unsigned i = 0; i < 210; i++)
        assert_verified(s, ids[i], NULL);
}

static void test_those_that_come_meanwhile_travel_next(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), ids[3];
    ids[0] = bench_add(s, server, 10);
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    ids[1] = bench_add(s, server, 11);
    bench_kick(s, server);
    ids[2] = bench_add(s, server, 12);
    bench_kick(s, server);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "a1Ca2C");
    for (int i = 0; i < 3; i++)
        assert_verified(s, ids[i], NULL);
}

static void test_delete(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", 7);
    site_collect(s, server);
    fake_dhcp_trace(d);
    int64_t id = bench_plan(s, server, IPAM_PLAN_STEP_VERB_DELETE, 1, 7);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_false(fake_dhcp_has(d, "10.0.1.7"));
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_VERIFIED);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 0);
}

/* One that takes the place of another is two edits of one call: neither is there without the other. */
static void test_replace_64(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), ids[2];
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", BENCH_FORMER);
    site_collect(s, server);
    fake_dhcp_trace(d);
    ids[0] = bench_plan(s, server, IPAM_PLAN_STEP_VERB_SET, 1, 7);
    ids[1] = bench_add(s, server, 8);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a3C");
    assert_verified(s, ids[0], NULL);
    assert_verified(s, ids[1], NULL);
    assert_int_equal(d->repeated, 0);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 2);
}

/* The reservation of 10.0.1.7 on a server, and as it is to be: with a name. */
static int64_t change_name(struct site *s, int64_t server, const char *name)
{
    const struct ipam_reservation *before = fake_next(s->store, IPAM_T_RESERVATION, 0);
    struct ipam_reservation after = *before;
    const struct server_change change = { .before = before, .after = &after };
    assert_int_equal(before->server, server);
    RECORD_SET(&after, IPAM_RESERVATION_NAME, name, str_from(name));
    return bench_commit(s, &change, NULL);
}

/* One that stays of the same client is one edit, and the rest of it is left alone. */
static void test_change_in_place_121(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", 7);
    site_collect(s, server);
    fake_dhcp_trace(d);
    int64_t id = change_name(s, server, "printer");
    assert_true(str_is(bench_row(s, id)->summary, "change reservation 10.0.1.7 on dhcp1"));
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, NULL);
    const struct ipam_reservation *r = fake_next(s->store, IPAM_T_RESERVATION, 0);
    assert_true(str_is(r->name, "printer"));
    assert_int_equal(r->identifier.data[5], 7);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 1);
}

/* It is not enough that the reservation is there: what was changed must be read back as it was wanted. */
static void test_change_that_is_not_made_drifts_121(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", 7);
    site_collect(s, server);
    d->deaf = true;
    int64_t id = change_name(s, server, "printer");
    bench_kick(s, server);
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_DRIFTED);
    const struct ipam_reservation *r = fake_next(s->store, IPAM_T_RESERVATION, 0);
    assert_false(record_has(r, IPAM_RESERVATION_NAME));
}

static void test_replace_refused_64(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true), ids[2];
    fake_dhcp_reservation(d, "v4/1", "10.0.1.66", BENCH_FORMER);
    site_collect(s, server);
    fake_dhcp_trace(d);
    d->refuses = 66;
    ids[0] = bench_plan(s, server, IPAM_PLAN_STEP_VERB_SET, 1, 66);
    ids[1] = bench_add(s, server, 8);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a3a1C"); /* neither of its edits */
    assert_plan(s, ids[0], IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                "that address is not wanted");
    assert_verified(s, ids[1], NULL);
    assert_true(fake_dhcp_has(d, "10.0.1.66"));
}

static void test_removal_is_noted_66(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, true);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", 7);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.66", 66);
    site_collect(s, server);
    int64_t id = bench_leave(s, server, 7);
    bench_kick(s, server);
    assert_plan(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, IPAM_ADDRESS_DHCP_SYNC_REMOVED,
                NULL);
    d->refuses = 66;
    id = bench_leave(s, server, 66);
    bench_kick(s, server);
    assert_plan(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED,
                IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED, "that address is not wanted");
}

/* --- refusals --- */

static void test_refused(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 66);
    d->refuses = 66;
    bench_kick(s, server);
    fake_pass(s->loop, 100000);
    assert_string_equal(fake_dhcp_trace(d), "a1"); /* nothing changed: nothing to read, nothing to repeat */
    assert_plan(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                "that address is not wanted");
    assert_true(str_is(bench_step(s, id)->message, "that address is not wanted"));
}

/* A refusal without a word about the edit: the call's own words. */
static void test_refused_as_a_whole(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_UNSUPPORTED);
    bench_kick(s, server);
    assert_plan(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                TROUBLE);
}

/* One bad edit does not spoil the others. */
static void test_refused_in_company(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), ids[4];
    for (unsigned i = 0; i < 4; i++)
        ids[i] = bench_add(s, server, i == 1 ? 66 : 10 + i);
    d->refuses = 66;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a4a3C");
    for (unsigned i = 0; i < 4; i++) {
        if (i == 1)
            assert_plan(s, ids[i], IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED,
                        IPAM_ADDRESS_DHCP_SYNC_FAILED, "that address is not wanted");
        else
            assert_verified(s, ids[i], NULL);
    }
    assert_int_equal(d->repeated, 0);
}

/* --- the configuration is another one --- */

static void test_changed(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    d->changes = 2;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1ca1C");
    assert_verified(s, id, NULL);
}

static void test_changed_again_and_again(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    d->changes = 4;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1ca1ca1");
    assert_planned(
        s, id,
        "the server's configuration changes again and again; nothing was changed, it will be tried later");
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1C");
    assert_verified(s, id, NULL); /* and the complaint is gone */
}

static void test_changed_and_cannot_be_read(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    d->changes = 1;
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    bench_kick(s, server);
    assert_planned(s, id, TROUBLE);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_verified),
        SITE(test_reads_before_the_first_change),
        SITE(test_sent_is_durable_before_it_is_sent),
        SITE(test_many_in_one_call),
        SITE(test_those_that_come_meanwhile_travel_next),
        SITE(test_delete),
        SITE(test_replace_64),
        SITE(test_change_in_place_121),
        SITE(test_change_that_is_not_made_drifts_121),
        SITE(test_replace_refused_64),
        SITE(test_removal_is_noted_66),
        SITE(test_refused),
        SITE(test_refused_as_a_whole),
        SITE(test_refused_in_company),
        SITE(test_changed),
        SITE(test_changed_again_and_again),
        SITE(test_changed_and_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* manage_lease_test.c - plans of leases: given and ended one by one, each read back, none of them twice.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <stdio.h>
#include <string.h>

static const uint8_t macs[256][6] = {
    [7] = { 2, 0, 0, 0, 1, 7 }, [8] = { 2, 0, 0, 0, 1, 8 }, [9] = { 2, 0, 0, 0, 1, 9 }
};

static const struct ipam_lease *lease_at(const struct site *s, uint8_t host)
{
    for (const struct ipam_lease *l = fake_next(s->store, IPAM_T_LEASE, 0); l != NULL;
         l = fake_next(s->store, IPAM_T_LEASE, l->id))
        if (l->address.bytes[3] == host)
            return l;
    return NULL;
}

static int64_t plan_add(struct site *s, int64_t server, uint8_t host)
{
    struct ipam_lease l;
    record_init(&l, IPAM_T_LEASE);
    RECORD_SET(&l, IPAM_LEASE_SERVER, server, server);
    RECORD_SET(&l, IPAM_LEASE_SPACE, space, s->space);
    RECORD_SET(&l, IPAM_LEASE_NATIVE_SCOPE, native_scope, IPAM_STR("v4/1"));
    RECORD_SET(&l, IPAM_LEASE_ADDRESS, address, ((struct ipam_addr){ 4, { 10, 0, 1, host } }));
    RECORD_SET(&l, IPAM_LEASE_MAC, mac, ((struct ipam_bytes){ macs[host], 6 }));
    const struct server_change change = { .after = &l };
    return bench_commit(s, &change, NULL);
}

static int64_t plan_end(struct site *s, uint8_t host)
{
    struct ipam_lease l = *lease_at(s, host);
    const struct server_change change = { .before = &l };
    return bench_commit(s, &change, NULL);
}

static void assert_done(const struct site *s, int64_t id, const char *message)
{
    assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, message);
}

/* Each is a call, and read back alone: the others are not read, and no configuration. */
static void test_leases_are_given_and_ended(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), a = plan_add(s, server, 7), b = plan_add(s, server, 8);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "++LL");
    assert_done(s, a, NULL);
    assert_done(s, b, NULL);
    assert_true(str_is(bench_row(s, a)->summary, "add lease 10.0.1.7 on dhcp1"));
    assert_int_equal(lease_at(s, 8)->scope, site_scope(s, server, "v4/1")->id);
    a = plan_end(s, 7);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "-L");
    assert_done(s, a, NULL);
    assert_null(lease_at(s, 7));
    assert_non_null(lease_at(s, 8));
    assert_int_equal(d->repeated, 0);
}

/* A provider that knows no single lease is read to its end, page by page. */
static void test_a_provider_that_reads_all(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    d->reads_all = true;
    d->page = 1;
    fake_dhcp_lease(d, "v4/1", "10.0.1.100", 100, 5000000);
    fake_dhcp_lease(d, "v4/1", "10.0.1.101", 101, 5000000);
    int64_t id = plan_add(s, server, 7);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "+LLL");
    assert_done(s, id, NULL);
    assert_int_equal(site_count(s, IPAM_T_LEASE), 1); /* what was not meant is not recorded */
}

/* Changes of the configuration are one call before, leases come after, in the order they were planned. */
static void test_among_changes_of_the_configuration(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    int64_t ids[] = { bench_add(s, server, 7), plan_add(s, server, 8), bench_add(s, server, 9) };
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C+La1C");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bench_row(s, ids[i])->state, IPAM_PLAN_STATE_VERIFIED);
}

/* One that is refused holds up no other; what the server says is told, and whose the address is now is recorded. */
static void test_refusals(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), a = plan_add(s, server, 7);
    bench_kick(s, server);
    a = plan_end(s, 7);
    fake_dhcp_clear_leases(d);
    fake_dhcp_lease(d, "v4/1", "10.0.1.7", 99, 5000000); /* another client has come */
    int64_t b = plan_add(s, server, 8);
    fake_dhcp_trace(d);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "-+LL");
    assert_int_equal(bench_row(s, a)->state, IPAM_PLAN_STATE_FAILED);
    assert_int_equal(lease_at(s, 7)->mac.data[5], 99);
    assert_done(s, b, NULL);
    d->refuses = 9;
    a = plan_add(s, server, 9);
    bench_kick(s, server);
    assert_ended(s, a, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, "the server refused it");
    assert_null(lease_at(s, 9));
}

/* What is gone already needs not go. */
static void test_it_has_gone_already(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = plan_add(s, server, 7);
    bench_kick(s, server);
    id = plan_end(s, 7);
    fake_dhcp_clear_leases(d);
    bench_kick(s, server);
    assert_done(s, id, NULL);
    assert_null(lease_at(s, 7));
}

/* The server says yes, and has it not. */
static void test_it_drifts(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = plan_add(s, server, 7);
    d->deaf = true;
    bench_kick(s, server);
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_DRIFTED);
}

/* The answer is lost: it is looked at first, and done only when it was not. */
static void test_the_answer_is_lost(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    for (unsigned made = 0; made < 2; made++) {
        int64_t id = plan_add(s, server, (uint8_t)(7 + made));
        if (made)
            d->lost_answer = IPAM_E_TIMEOUT;
        else
            fake_dhcp_fail(d, DHCP_ACT, 0, IPAM_E_UNKNOWN);
        fake_dhcp_trace(d);
        bench_kick(s, server);
        assert_string_equal(fake_dhcp_trace(d), "+");
        assert_ended(s, id, IPAM_PLAN_STATE_RUNNING, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
        fake_pass(s->loop, 1000);
        assert_string_equal(fake_dhcp_trace(d), made ? "LL" : "L+L");
        assert_done(s, id, RESUMED);
    }
    int64_t id = plan_end(s, 7);
    d->lost_answer = IPAM_E_TIMEOUT;
    bench_kick(s, server);
    fake_dhcp_lease(d, "v4/1", "10.0.1.7", 99, 5000000); /* the address has been given away meanwhile */
    fake_dhcp_trace(d);
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "LL");
    assert_done(s, id, RESUMED);
    assert_int_equal(lease_at(s, 7)->mac.data[5], 99);
    assert_int_equal(d->repeated, 0);
}

static void test_reading_back_fails(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), id = plan_add(s, server, 7);
    fake_dhcp_fail(d, DHCP_LEASES, 0, IPAM_E_CONN);
    bench_kick(s, server);
    assert_ended(s, id, IPAM_PLAN_STATE_RUNNING, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    fake_dhcp_trace(d);
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "LL");
    assert_done(s, id, RESUMED);
}

#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE(test_leases_are_given_and_ended),
        SITE(test_a_provider_that_reads_all),
        SITE(test_among_changes_of_the_configuration),
        SITE(test_refusals),
        SITE(test_it_has_gone_already),
        SITE(test_it_drifts),
        SITE(test_the_answer_is_lost),
        SITE(test_reading_back_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

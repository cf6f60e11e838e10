/* manage_dns_test.c - plans of records of the DNS: zone by zone, each by its own token; none holds up another.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <stdio.h>
#include <string.h>

#define DRIFT "the server accepted it, but reading back shows otherwise; somebody else may have changed it"

static int64_t zone_id(const struct site *s, const char *name)
{
    for (const struct ipam_zone *z = fake_next(s->store, IPAM_T_ZONE, 0); z != NULL;
         z = fake_next(s->store, IPAM_T_ZONE, z->id))
        if (str_is(z->name, name))
            return z->id;
    fail_msg("there is no zone %s", name);
    return 0;
}

/* A server with the zones x.example and y.example, collected. */
static int64_t dns_server(struct site *s, struct fake_dhcp **ret)
{
    *ret = fake_dhcp("ns1");
    int64_t server = site_dns_server(s, "ns1");
    fake_dns_zone(*ret, "x.example", IPAM_ZONE_TYPE_PRIMARY);
    fake_dns_zone(*ret, "y.example", IPAM_ZONE_TYPE_PRIMARY);
    site_collect(s, server);
    fake_dhcp_trace(*ret);
    return server;
}

static void record_of(struct site *s, int64_t server, const char *zone, const char *texts[3],
                      struct ipam_dns_record *ret)
{
    record_init(ret, IPAM_T_DNS_RECORD);
    RECORD_SET(ret, IPAM_DNS_RECORD_SERVER, server, server);
    RECORD_SET(ret, IPAM_DNS_RECORD_ZONE, zone, zone_id(s, zone));
    RECORD_SET(ret, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, str_from(zone));
    RECORD_SET(ret, IPAM_DNS_RECORD_NAME, name, str_from(texts[0]));
    RECORD_SET(ret, IPAM_DNS_RECORD_TYPE, type_, str_from(texts[1]));
    RECORD_SET(ret, IPAM_DNS_RECORD_DATA, data, str_from(texts[2]));
}

/* Commits a plan for hN.ZONE A 10.0.0.N, which serves that address; with `former` in place of that data. */
static int64_t plan(struct site *s, int64_t server, const char *zone, unsigned n, bool goes,
                    const char *former)
{
    struct ipam_addr a = { 4, { 10, 0, 0, (uint8_t)n } };
    struct ipam_address address;
    struct ipam_dns_record wanted, old;
    char name[64], data[32];
    snprintf(name, sizeof(name), "h%u.%s", n, zone);
    snprintf(data, sizeof(data), "10.0.0.%u", n);
    record_of(s, server, zone, (const char *[]){ name, "A", data }, &wanted);
    if (former != NULL)
        record_of(s, server, zone, (const char *[]){ name, "A", former }, &old);
    const struct server_change change = { .before = goes             ? &wanted
                                                    : former != NULL ? &old
                                                                     : NULL,
                                          .after = goes ? NULL : &wanted };
    bench_address(s, &a, &address);
    rule_sync_set(&address, SERVED_HOST,
                  goes ? IPAM_ADDRESS_DHCP_SYNC_REMOVING : IPAM_ADDRESS_DHCP_SYNC_PENDING);
    return bench_commit(s, &change, &address);
}

static int64_t plan_add(struct site *s, int64_t server, const char *zone, unsigned n)
{
    return plan(s, server, zone, n, false, NULL);
}

static void assert_made(const struct site *s, int64_t id, const char *message)
{
    assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, message);
    assert_int_equal(bench_sync(s, id, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_SYNCED);
    assert_int_equal(bench_sync(s, id, SERVED_RESERVATION), IPAM_ADDRESS_DHCP_SYNC_NONE);
}

static void assert_waits(const struct site *s, int64_t id, const char *message)
{
    assert_ended(s, id, IPAM_PLAN_STATE_PLANNED, IPAM_PLAN_STEP_STATE_PLANNED, message);
    assert_int_equal(bench_sync(s, id, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_PENDING);
}

static void test_verified_65(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), id = plan_add(s, server, "x.example", 7);
    assert_waits(s, id, NULL);
    assert_string_equal(fake_dhcp_trace(d), "");
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1Dx"); /* the zone's token is known; the zone is read back */
    assert_made(s, id, NULL);
    assert_int_equal(bench_row(s, id)->zone, zone_id(s, "x.example"));
    const struct ipam_dns_record *r = fake_next(s->store, IPAM_T_DNS_RECORD, 0);
    assert_true(str_is(r->name, "h7.x.example") && r->server == server);
    id = plan(s, server, "x.example", 7, true, NULL);
    bench_kick(s, server);
    assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, NULL);
    assert_int_equal(bench_sync(s, id, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_REMOVED);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 0);
    assert_int_equal(d->repeated, 0);
}

/* Those of one zone travel together, by its token; the other zone's is another. */
static void test_zones_travel_apart_65(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), ids[5];
    for (unsigned i = 0; i < 5; i++)
        ids[i] = plan_add(s, server, i % 2 == 0 ? "y.example" : "x.example", 10 + i);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a2Dxa3Dy");
    for (unsigned i = 0; i < 5; i++)
        assert_made(s, ids[i], NULL);
    ids[0] = plan_add(s, server, "y.example", 20);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1Dy"); /* by the token that the last answer gave */
    assert_made(s, ids[0], NULL);
}

static void test_replaced_65(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d);
    fake_dns_record(d, "x.example", "h7.x.example", "A", "10.0.0.99");
    site_collect(s, server);
    fake_dhcp_trace(d);
    int64_t id = plan(s, server, "x.example", 7, false, "10.0.0.99");
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a2Dx"); /* both edits in one call */
    assert_made(s, id, NULL);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 1);
    assert_int_equal(d->repeated, 0);
}

static void test_refused_in_company(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), good = plan_add(s, server, "x.example", 7),
            bad = plan_add(s, server, "x.example", 66), other = plan_add(s, server, "y.example", 8);
    d->refuses = 66;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a2a1Dxa1Dy"); /* x without what was refused, then y */
    assert_made(s, good, NULL);
    assert_made(s, other, NULL);
    assert_ended(s, bad, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, "that address is not wanted");
    assert_int_equal(bench_sync(s, bad, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_FAILED);
}

/* Somebody else changes a zone meanwhile: it is read, and the edits are planned on that. */
static void test_changed(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), id = plan_add(s, server, "x.example", 7);
    d->changes = 1;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1Dxa1Dx");
    assert_made(s, id, NULL);
}

/* A zone that cannot be changed does not hold up the others: it waits, and says why. */
static void test_a_bad_zone_holds_up_no_other(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), bad = plan_add(s, server, "x.example", 7),
            good = plan_add(s, server, "y.example", 8);
    d->changes = 1;
    fake_dhcp_fail(d, DNS_RECORDS, 0, IPAM_E_NOENT);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1Dxa1Dya1Dy");
    assert_waits(s, bad, TROUBLE);
    assert_made(s, good, NULL);
    fake_pass(s->loop, 1000);
    assert_made(s, bad, NULL);
}

/* The server cannot be asked: nobody tries zone after zone, and each plan says it. */
static void test_server_down(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), first = plan_add(s, server, "x.example", 7),
            second = plan_add(s, server, "y.example", 8);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_CONN);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    assert_ended(s, first, IPAM_PLAN_STATE_RUNNING, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    assert_waits(s, second, TROUBLE);
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "r1Dxa1Dy");
    assert_made(s, first, RESUMED);
    assert_made(s, second, NULL);
    assert_int_equal(d->repeated, 0);
}

/* What may have got anywhere goes first; the others of its zone wait for it, those of another do not. */
static void test_unknown_holds_up_its_zone_alone(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), first = plan_add(s, server, "x.example", 7);
    d->lost_answer = IPAM_E_UNKNOWN;
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    int64_t next = plan_add(s, server, "x.example", 8), other = plan_add(s, server, "y.example", 9);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_UNKNOWN);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "r1a1Dy");
    assert_waits(s, next, NULL);
    assert_made(s, other, NULL);
    fake_pass(s->loop, 60000);
    assert_string_equal(fake_dhcp_trace(d), "r1Dxa1Dx");
    assert_made(s, first, RESUMED);
    assert_made(s, next, NULL);
    assert_int_equal(d->repeated, 0);
}

static void test_drifted_66(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), id = plan_add(s, server, "x.example", 7);
    d->hold[DNS_RECORDS] = true;
    bench_kick(s, server);
    fake_dhcp_clear(d); /* somebody else, before it is read back */
    fake_dns_zone(d, "x.example", IPAM_ZONE_TYPE_PRIMARY);
    fake_dns_record(d, "x.example", "h7.x.example", "A", "10.0.0.99");
    d->hold[DNS_RECORDS] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_ended(s, id, IPAM_PLAN_STATE_DRIFTED, IPAM_PLAN_STEP_STATE_DONE, DRIFT);
    assert_int_equal(bench_sync(s, id, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_FAILED);
}

/* A server may write what it has otherwise. */
static void test_spelled_otherwise(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d);
    static const char *const rows[][2] = { { "PTR", "h.x.example" },
                                           { "TXT", "\"one\"" },
                                           { "AAAA", "2001:db8::1" } };
    static const char *const its[] = { "H.x.example.", "one", "2001:DB8:0::1" };
    for (size_t i = 0; i < 3; i++) {
        struct ipam_dns_record r;
        record_of(s, server, "x.example", (const char *[]){ "n.x.example", rows[i][0], rows[i][1] }, &r);
        const struct server_change change = { .after = &r };
        int64_t id = bench_commit(s, &change, NULL);
        d->hold[DNS_RECORDS] = true;
        bench_kick(s, server);
        fake_dhcp_clear(d);
        fake_dns_zone(d, "x.example", IPAM_ZONE_TYPE_PRIMARY);
        fake_dns_record(d, "x.example", "n.x.example", rows[i][0], its[i]);
        d->hold[DNS_RECORDS] = false;
        fake_dhcp_go(d);
        fake_spin(s->loop);
        assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, NULL);
    }
}

static void test_what_is_read_back_cannot_be_looked_at(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), id = plan_add(s, server, "x.example", 7);
    d->hold[DNS_RECORDS] = true;
    bench_kick(s, server);
    fake_fail(s->store, FAKE_QUERY, 1, IPAM_E_IO); /* after the collector's */
    d->hold[DNS_RECORDS] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_ended(s, id, IPAM_PLAN_STATE_RUNNING, IPAM_PLAN_STEP_STATE_UNKNOWN,
                 "what was read back of it cannot be read from storage; it will be asked again");
    fake_pass(s->loop, 1000);
    assert_made(s, id, RESUMED);
    assert_int_equal(d->repeated, 0);
}

/* The zone is not there any more: nobody waits for it. */
static void test_zone_gone(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), id = plan_add(s, server, "x.example", 7),
            good = plan_add(s, server, "y.example", 8);
    fake_dhcp_clear(d);
    fake_dns_zone(d, "y.example", IPAM_ZONE_TYPE_PRIMARY);
    site_collect(s, server);
    fake_dhcp_trace(d);
    bench_kick(s, server);
    assert_ended(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED,
                 "its zone is no longer on the server");
    assert_int_equal(bench_sync(s, id, SERVED_HOST), IPAM_ADDRESS_DHCP_SYNC_FAILED);
    assert_made(s, good, NULL);
    assert_string_equal(fake_dhcp_trace(d), "a1Dy");
}

/* So many of one zone that they do not travel in one call hide none of another. */
static void test_many(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), ids[215], other;
    for (unsigned i = 0; i < 215; i++)
        ids[i] = plan_add(s, server, "x.example", i + 1);
    other = plan_add(s, server, "y.example", 230);
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a200Dxa1Dya15Dx");
    for (unsigned i = 0; i < 215; i++)
        assert_made(s, ids[i], NULL);
    assert_made(s, other, NULL);
}

/* --- after a crash --- */

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
    struct fake_dhcp *d;
    int64_t server = dns_server(s, &d), ids[4];
    for (unsigned i = 0; i < 4; i++)
        ids[i] = plan_add(s, server, i < 3 ? "x.example" : "y.example", 10 + i);
    crashed(s, ids[1], IPAM_PLAN_STEP_STATE_SENT);
    crashed(s, ids[2], IPAM_PLAN_STEP_STATE_UNKNOWN);
    fake_dns_record(d, "x.example", "h11.x.example", "A", "10.0.0.11"); /* this one had got through */
    manage_recover(s->manage);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "r2Dxa1Dxa1Dy");
    for (unsigned i = 0; i < 4; i++)
        assert_made(s, ids[i], i == 1 || i == 2 ? RESUMED : NULL);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 4);
    assert_int_equal(d->repeated, 0);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_verified_65),
        SITE(test_zones_travel_apart_65),
        SITE(test_replaced_65),
        SITE(test_refused_in_company),
        SITE(test_changed),
        SITE(test_a_bad_zone_holds_up_no_other),
        SITE(test_server_down),
        SITE(test_unknown_holds_up_its_zone_alone),
        SITE(test_drifted_66),
        SITE(test_spelled_otherwise),
        SITE(test_what_is_read_back_cannot_be_looked_at),
        SITE(test_zone_gone),
        SITE(test_many),
        SITE(test_recover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* collect_leases_test.c - leases merged page by page; jobs that probe, collect, forget, are cancelled.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "site.h"

static int64_t scoped(struct site *s, struct fake_dhcp **ret)
{
    *ret = fake_dhcp("dhcp1");
    fake_dhcp_scope(*ret, "v4/1", "10.0.0.0/24");
    fake_dhcp_pool(*ret, "v4/1", "10.0.0.10", "10.0.0.250");
    return site_server(s, "dhcp1", true);
}

static void lease(struct fake_dhcp *d, unsigned host, uint8_t mac, int64_t expires)
{
    char text[24];
    snprintf(text, sizeof(text), "10.0.0.%u", host);
    fake_dhcp_lease(d, "v4/1", text, mac, expires);
}

static const struct ipam_lease *lease_at(const struct site *s, unsigned host)
{
    for (const struct ipam_lease *l = fake_next(s->store, IPAM_T_LEASE, 0); l != NULL;
         l = fake_next(s->store, IPAM_T_LEASE, l->id))
        if (l->address.family == 4 && l->address.bytes[3] == host)
            return l;
    return NULL;
}

static uint64_t used(const struct site *s)
{
    struct ipam_addr first = { 4, { 10 } }, last = { 4, { 10, 255, 255, 255 } };
    return view_used(state_view(s->state), s->space, &first, &last).lo;
}

static void test_merge(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    for (unsigned i = 10; i < 20; i++)
        lease(d, i, (uint8_t)i, 1000);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_LEASE), 10);
    assert_int_equal(used(s), 10);
    assert_int_equal(lease_at(s, 10)->scope, site_scope(s, server, "v4/1")->id);
    assert_int_equal(lease_at(s, 10)->space, s->space);
    int64_t head = fake_head(s->store), id = lease_at(s, 11)->id;
    fake_dhcp_clear_leases(d);
    lease(d, 10, 10, 1000); /* as it was */
    lease(d, 11, 11, 2000); /* renewed */
    lease(d, 12, 99, 1000); /* another client */
    lease(d, 30, 30, 1000); /* new */
    d->page = 2;
    const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(job->done, 4);
    assert_true(
        str_is(job->message, "1 scopes, 4 leases, 10 of them changed")); /* renewed, given, new, 7 gone */
    assert_int_equal(site_count(s, IPAM_T_LEASE), 4);
    assert_int_equal(used(s), 4);
    assert_int_equal(lease_at(s, 11)->id, id);
    assert_int_equal(lease_at(s, 11)->expires, 2000);
    assert_int_equal(lease_at(s, 12)->mac.data[5], 99);
    assert_true(fake_head(s->store) > head);
    head = fake_head(s->store);
    fake_dhcp_clear_leases(d);
    lease(d, 10, 10, 5000); /* renewals alone are no revision */
    lease(d, 11, 11, 5000);
    lease(d, 12, 99, 5000);
    lease(d, 30, 30, 5000);
    site_collect(s, server);
    assert_int_equal(fake_head(s->store), head);
    assert_int_equal(lease_at(s, 30)->expires, 5000);
}

/* The table changed between two pages: one lease comes twice. */
static void test_lease_on_two_pages(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    for (int round = 0; round < 2; round++) {
        fake_dhcp_clear_leases(d);
        d->page = 2;
        lease(d, 10, 10, 1000);
        lease(d, 11, 11, 1000);
        lease(d, 11, 11, 1000);
        lease(d, 12, 12, 1000);
        site_collect(s, server);
        assert_int_equal(site_count(s, IPAM_T_LEASE), 3);
        assert_int_equal(used(s), 3);
    }
}

/* Nothing is taken for gone unless the provider says that it told of everything. */
static void test_pages_that_do_not_end_well(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    for (unsigned i = 10; i < 14; i++)
        lease(d, i, (uint8_t)i, 1000);
    site_collect(s, server);
    int64_t seen = site_server_row(s, server)->collected;
    *fake_clock(s->store) += 1000;
    for (int i = 0; i < 3; i++) {
        fake_dhcp_clear_leases(d);
        lease(d, 10, 10, 1000);
        lease(d, 50, 50, 1000);
        d->page = i == 0 ? 1 : 0;
        d->endless = i == 1;
        if (i == 0)
            fake_dhcp_fail(d, DHCP_LEASES, 1, IPAM_E_TIMEOUT); /* the second page */
        if (i == 2)
            d->hold[DHCP_LEASES] = true;
        int64_t id = site_start(s, COLLECT_ALL, server);
        if (i == 2) {
            d->incomplete = true; /* of the leases only */
            d->hold[DHCP_LEASES] = false;
            fake_dhcp_go(d);
            fake_spin(s->loop);
        }
        const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, id);
        assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
        if (i > 0)
            assert_true(
                str_is(job->message,
                       i == 1 ? "the provider's pages of leases do not come to an end; none was removed"
                              : "the provider did not say that its leases are complete; none was removed"));
        for (unsigned k = 10; k < 14; k++)
            assert_non_null(lease_at(s, k));
        assert_int_equal(site_server_row(s, server)->collected, seen);
    }
}

static void test_many_leases(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    char text[24];
    for (unsigned i = 0; i < 12000; i++) {
        snprintf(text, sizeof(text), "10.1.%u.%u", i >> 8, i & 255);
        fake_dhcp_lease(d, "v4/1", text, (uint8_t)i, 1000);
    }
    site_collect(s, server);
    assert_int_equal(used(s), 12000);
    fake_dhcp_clear_leases(d);
    site_collect(s, server); /* 12,000 rows vanish in one answer */
    assert_int_equal(site_count(s, IPAM_T_LEASE), 0);
    assert_int_equal(used(s), 0);
}

/* --- jobs --- */

static void test_probe(void **state)
{
    static const struct {
        const char *check;
        uint32_t check_state, state;
        const char *message;
    } rows[] = {
        { NULL, 0, IPAM_SERVER_STATE_REACHABLE, "dummy 1.2 answers" },
        { "slow", IPAM_CHECK_STATE_WARNING, IPAM_SERVER_STATE_REACHABLE,
          "dummy 1.2 answers; control: slow; mend it" },
        { "deaf", IPAM_CHECK_STATE_ERROR, IPAM_SERVER_STATE_FAULTY,
          "dummy 1.2 answers; control: deaf; mend it" },
        { NULL, 0, IPAM_SERVER_STATE_REACHABLE, "dummy 1.2 answers" },
    };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d), head = fake_head(s->store);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        d->check = rows[i].check;
        d->check_state = rows[i].check_state;
        const struct ipam_job *job = site_job(s, COLLECT_PROBE, server);
        assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
        assert_true(str_is(job->kind, "probe") && str_is(job->target, "dhcp1"));
        assert_true(str_is(job->message, rows[i].message));
        const struct ipam_server *row = site_server_row(s, server);
        assert_int_equal(row->state, rows[i].state);
        assert_int_equal(record_has(row, IPAM_SERVER_MESSAGE),
                         rows[i].check != NULL); /* an old complaint does not stay */
        assert_int_equal(row->contacted, *fake_clock(s->store));
        assert_false(record_has(row, IPAM_SERVER_COLLECTED));
        assert_string_equal(fake_dhcp_trace(d), "p");
    }
    assert_int_equal(fake_head(s->store), head); /* what was observed is no revision */
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 0);
}

/* One job on a server at a time. */
static void test_turns(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    d->hold[DHCP_PROBE] = true;
    int64_t first = site_start(s, COLLECT_ALL, server), second = site_start(s, COLLECT_PROBE, server);
    assert_string_equal(fake_dhcp_trace(d), "p");
    assert_true(str_is(jobs_running(s->jobs, first)->message, "probing"));
    d->hold[DHCP_PROBE] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "clp");
    assert_null(jobs_running(s->jobs, first));
    assert_null(jobs_running(s->jobs, second));
}

static void test_cancel(void **state)
{
    static const struct {
        enum fake_dhcp_call hold;
        unsigned page;
        const char *trace;
    } rows[] = {
        { DHCP_PROBE, 0, "p" }, { DHCP_CONFIG, 0, "pc" }, { DHCP_LEASES, 0, "pcl" }, { DHCP_LEASES, 1, "pcl" }
    };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    for (unsigned i = 10; i < 14; i++)
        lease(d, i, (uint8_t)i, 1000);
    site_collect(s, server);
    const struct ipam_server before = *site_server_row(s, server);
    fake_dhcp_clear_leases(d);
    lease(d, 10, 10, 1000);
    lease(d, 11, 11, 1000);
    *fake_clock(s->store) += 1000;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        d->page = rows[i].page;
        fake_dhcp_trace(d);
        d->hold[rows[i].hold] = true;
        int64_t id = site_start(s, COLLECT_ALL, server);
        d->hold[rows[i].hold] = false;
        assert_true(jobs_cancel(s->jobs, id));
        fake_spin(s->loop);
        const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, id);
        assert_int_equal(job->state, IPAM_JOB_STATE_CANCELED);
        assert_true(str_is(job->message, "cancelled; what was recorded so far stays"));
        assert_string_equal(fake_dhcp_trace(d), rows[i].trace);
        const struct ipam_server *row = site_server_row(s, server);
        assert_int_equal(row->state, before.state); /* it says nothing about the server */
        assert_int_equal(row->collected, before.collected);
        assert_int_equal(site_count(s, IPAM_T_LEASE), 4);
    }
}

/* Between two pages no call is under way that could be cancelled: the next one is not made. */
static void test_cancel_between_pages(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    char text[24];
    for (unsigned i = 0; i < 2200; i++) {
        snprintf(text, sizeof(text), "10.1.%u.%u", i >> 8, i & 255);
        fake_dhcp_lease(d, "v4/1", text, (uint8_t)i, 1000);
    }
    d->page = 1100; /* so many differences are handed in at once */
    d->hold[DHCP_LEASES] = true;
    int64_t id = site_start(s, COLLECT_ALL, server);
    fake_hold(s->store, FAKE_COMMIT, true);
    d->hold[DHCP_LEASES] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_true(fake_held(s->store)); /* the first page is being recorded */
    assert_true(jobs_cancel(s->jobs, id));
    fake_hold(s->store, FAKE_COMMIT, false);
    fake_go(s->store);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "pcl");
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, id))->state,
                     IPAM_JOB_STATE_CANCELED);
    assert_int_equal(site_count(s, IPAM_T_LEASE), 1100); /* what was recorded stays */
}

/* Few differences wait for those of the pages after them: one change set, not one a page. */
static void test_few_differences_of_many_pages(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    for (unsigned i = 10; i < 110; i++)
        lease(d, i, (uint8_t)i, 1000);
    d->page = 1;
    site_collect(s, server);
    int64_t head = fake_head(s->store);
    fake_dhcp_clear_leases(d);
    for (unsigned i = 10; i < 110; i++)
        lease(d, i, (uint8_t)(i % 10 == 0 ? 200 : i), 1000);
    site_collect(s, server);
    assert_int_equal(fake_head(s->store), head + 1);
    assert_int_equal(lease_at(s, 20)->mac.data[5], 200);
}

/* Pages that are in no order, and a server that was renumbered: what is stored is found all the same. */
static void test_leases_in_any_order(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    d->page = 7;
    for (int round = 0; round < 3; round++) {
        fake_dhcp_clear_leases(d);
        for (unsigned i = 0; i < 100; i++) {
            unsigned host = 10 + (round == 0 ? i : round == 1 ? 99 - i : i * 37 % 100);
            lease(d, host, (uint8_t)host, 1000);
        }
        const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
        assert_true(str_is(job->message, round == 0 ? "1 scopes, 100 leases, 100 of them changed"
                                                    : "1 scopes, 100 leases, 0 of them changed"));
        assert_int_equal(site_count(s, IPAM_T_LEASE), 100);
    }
}

static void test_cancel_while_waiting_for_the_turn(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = scoped(s, &d);
    d->hold[DHCP_PROBE] = true;
    site_start(s, COLLECT_PROBE, server);
    int64_t second = site_start(s, COLLECT_ALL, server), third = site_start(s, COLLECT_FORGET, server);
    assert_true(jobs_cancel(s->jobs, second));
    assert_true(jobs_cancel(s->jobs, third));
    d->hold[DHCP_PROBE] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "p");
    assert_non_null(site_server_row(s, server));
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, second))->state,
                     IPAM_JOB_STATE_CANCELED);
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, third))->state,
                     IPAM_JOB_STATE_CANCELED);
}

static void test_forget(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d, *other = fake_dhcp("dhcp2");
    int64_t server = scoped(s, &d), stays = site_server(s, "dhcp2", true);
    fake_dhcp_reservation(d, "v4/1", "10.0.0.5", 5);
    lease(d, 10, 10, 1000);
    fake_dhcp_scope(other, "v4/1", "10.0.0.0/24");
    fake_dhcp_reservation(other, "v4/1", "10.0.0.7", 7);
    site_collect(s, server);
    site_collect(s, stays);
    fake_dhcp_trace(d);
    const struct ipam_job *job = site_job(s, COLLECT_FORGET, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_true(str_is(job->kind, "forget"));
    assert_string_equal(fake_dhcp_trace(d), ""); /* it needs no server that answers */
    assert_null(site_server_row(s, server));
    assert_int_equal(site_count(s, IPAM_T_SERVER), 1);
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 1);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 0);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 1);
    assert_int_equal(site_count(s, IPAM_T_LEASE), 0);
    assert_true(str_is(site_subnet(s, "10.0.0.0/24")->instance, "dhcp2")); /* it stands on that one's scope */
    assert_int_equal(used(s), 1);
    job = site_job(s, COLLECT_ALL, server); /* it is gone */
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
}

static void test_profile_that_does_not_fit(void **state)
{
    struct site *s = *state;
    struct ipam_server v = *site_server_row(s, site_server(s, "dhcp3", true));
    static const struct {
        const char *driver, *profile, *says;
    } rows[] = {
        { "none", NULL, "driver \"none\" is not loaded" },
        { "files", NULL, "plugin files does not manage servers" },
        { "dummy", "home", "there is no profile \"home\"" },
        { "dummy", "strange", "profile strange is for driver other, not dummy" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[8];
        struct problem p = { 0 };
        snprintf(name, sizeof(name), "bad%zu", i);
        RECORD_SET(&v, IPAM_SERVER_NAME, name, str_from(name));
        RECORD_SET(&v, IPAM_SERVER_DRIVER, driver, str_from(rows[i].driver));
        if (rows[i].profile != NULL)
            RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, str_from(rows[i].profile));
        assert_int_not_equal(fleet_check(s->fleet, &v, &p), 0);
        assert_string_equal(p.detail, rows[i].says);
        assert_true(p.hint[0] != '\0');
        int64_t id = site_put(s, &v);
        const struct ipam_job *job = site_job(s, COLLECT_ALL, id);
        assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
        assert_true(str_is(job->message, rows[i].says));
        assert_int_equal(site_server_row(s, id)->state, IPAM_SERVER_STATE_UNREACHABLE);
    }
    RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, IPAM_STR("lab"));
    struct problem p = { 0 };
    assert_int_equal(fleet_check(s->fleet, &v, &p), 0);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_merge),
        SITE(test_lease_on_two_pages),
        SITE(test_pages_that_do_not_end_well),
        SITE(test_many_leases),
        SITE(test_probe),
        SITE(test_turns),
        SITE(test_cancel),
        SITE(test_cancel_between_pages),
        SITE(test_few_differences_of_many_pages),
        SITE(test_leases_in_any_order),
        SITE(test_cancel_while_waiting_for_the_turn),
        SITE(test_forget),
        SITE(test_profile_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

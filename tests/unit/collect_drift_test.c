/* collect_drift_test.c - what changes on a managed server behind the service's back: noted in one change with the object.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <stdio.h>
#include <string.h>

#include "model/drift.h"

#define MINUTE 60000

/* The newest drift of that state whose object begins so; NULL: none. */
static const struct ipam_drift *drift_of(const struct site *s, uint32_t state, const char *object)
{
    const struct ipam_drift *found = NULL;
    for (const struct ipam_drift *n = fake_next(s->store, IPAM_T_DRIFT, 0); n != NULL;
         n = fake_next(s->store, IPAM_T_DRIFT, n->id))
        if (n->state == state && n->object.len >= strlen(object) &&
            memcmp(n->object.data, object, strlen(object)) == 0)
            found = n;
    return found;
}

static void *side_of(struct arena *a, const struct ipam_drift *n, struct ipam_bytes packed)
{
    void *row;
    assert_int_equal(record_unpack(record_type_by_name(n->about), packed, a, &row), 0);
    return row;
}

static struct ipam_scope *scope_there(struct fake_dhcp *d, const char *native)
{
    for (size_t i = 0; i < d->count; i++) {
        struct ipam_scope *s = d->rows[i];
        if (s->type == IPAM_T_SCOPE && str_is(s->native, native))
            return s;
    }
    return NULL;
}

/* Somebody changes the lease time on the server itself. */
static void retime(struct fake_dhcp *d, const char *native, int64_t seconds)
{
    struct ipam_scope *s = scope_there(d, native);
    RECORD_SET(s, IPAM_SCOPE_LEASE_TIME, lease_time, seconds);
    d->token++;
}

static void test_nothing_is_told_of_a_first_reading_or_of_servers_of_others(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp2");
    bench_server(s, &d, false);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 0);
    struct fake_dhcp *other = fake_dhcp("dhcp2");
    int64_t theirs = site_server(s, "dhcp2", false);
    fake_dhcp_scope(other, "v4/9", "10.9.0.0/24");
    site_collect(s, theirs);
    retime(other, "v4/9", 700);
    site_collect(s, theirs);
    assert_int_equal(site_scope(s, theirs, "v4/9")->lease_time, 700);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 0);
}

static void test_a_change_is_noted_with_its_object(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct arena a;
    int64_t server = bench_server(s, &d, false), read = site_server_row(s, server)->config_read;
    arena_init(&a, 0);
    *fake_clock(s->store) += MINUTE;
    retime(d, "v4/1", 700);
    site_collect(s, server);
    const struct ipam_drift *n = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope 10.0.1.0/24");
    assert_non_null(n);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 1);
    assert_int_equal(n->verb, IPAM_DRIFT_VERB_CHANGED);
    assert_int_equal(n->object_id, site_scope(s, server, "v4/1")->id);
    assert_int_equal(n->rev, site_scope(s, server, "v4/1")->rev); /* both or none */
    assert_int_equal(n->revision, n->rev);
    assert_int_equal(n->since, read);
    assert_int_equal(n->seen, *fake_clock(s->store));
    assert_true(n->differs.count == 1 && str_is(n->differs.items[0], "lease_time"));
    assert_false(record_has(side_of(&a, n, n->before), IPAM_SCOPE_LEASE_TIME));
    assert_int_equal(((struct ipam_scope *)side_of(&a, n, n->after))->lease_time, 700);
    assert_int_equal(site_server_row(s, server)->drifts, 1);
    /* Read again as it is: nothing is drafted. */
    int64_t head = fake_head(s->store);
    site_collect(s, server);
    assert_int_equal(fake_head(s->store), head);
    arena_fini(&a);
}

static void test_the_first_before_stays_and_closes_it(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct arena a;
    int64_t server = bench_server(s, &d, false);
    arena_init(&a, 0);
    retime(d, "v4/1", 700);
    site_collect(s, server);
    int64_t id = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope")->id,
            since = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope")->since;
    *fake_clock(s->store) += MINUTE;
    retime(d, "v4/1", 800);
    site_collect(s, server);
    const struct ipam_drift *n = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope");
    assert_true(n->id == id && n->since == since && n->seen > since);
    assert_false(record_has(side_of(&a, n, n->before), IPAM_SCOPE_LEASE_TIME));
    assert_int_equal(((struct ipam_scope *)side_of(&a, n, n->after))->lease_time, 800);
    assert_int_equal(site_server_row(s, server)->drifts, 1);
    struct ipam_scope *there = scope_there(d, "v4/1");
    there->has[0] &= ~((uint64_t)1 << IPAM_SCOPE_LEASE_TIME);
    there->lease_time = 0;
    d->token++;
    site_collect(s, server);
    assert_null(drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope"));
    n = drift_of(s, IPAM_DRIFT_STATE_GONE, "scope");
    assert_true(n->id == id && !record_has(n, IPAM_DRIFT_KEY) && !record_has(n, IPAM_DRIFT_DECIDED_BY));
    assert_int_equal(site_server_row(s, server)->drifts, 0);
    /* The next one is another one. */
    retime(d, "v4/1", 900);
    site_collect(s, server);
    assert_int_not_equal(drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope")->id, id);
    arena_fini(&a);
}

/* What is gone and comes back is the object that it was. */
static void test_a_scope_that_comes_back_has_its_id(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.5", 5);
    d->token++;
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 1); /* the reservation, which somebody added */
    int64_t scope = site_scope(s, server, "v4/1")->id;
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/2", "10.0.2.0/24");
    site_collect(s, server);
    assert_int_equal(drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope")->verb, IPAM_DRIFT_VERB_DELETED);
    assert_non_null(drift_of(s, IPAM_DRIFT_STATE_GONE, "reservation"));
    assert_int_equal(site_server_row(s, server)->drifts, 1);
    fake_dhcp_scope(d, "v4/1", "10.0.1.0/24");
    d->token++;
    site_collect(s, server);
    assert_int_equal(site_scope(s, server, "v4/1")->id, scope);
    assert_non_null(drift_of(s, IPAM_DRIFT_STATE_GONE, "scope"));
    assert_int_equal(site_server_row(s, server)->drifts, 0);
}

static int64_t commit(struct site *s, const void *before, const void *after, int64_t drift)
{
    const struct server_change change = { .before = before, .after = after, .drift = drift };
    return bench_commit(s, &change, NULL);
}

/* Whatever becomes of the answer. */
static void test_what_plans_do_is_none(void **state)
{
    static const int answers[] = { 0, IPAM_E_TIMEOUT };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    for (size_t i = 0; i < 2; i++) {
        struct ipam_scope after = *site_scope(s, server, "v4/1");
        RECORD_SET(&after, IPAM_SCOPE_LEASE_TIME, lease_time, 700 + (int64_t)i);
        d->lost_answer = answers[i];
        int64_t id = commit(s, site_scope(s, server, "v4/1"), &after, 0);
        bench_kick(s, server);
        while (bench_row(s, id)->state == IPAM_PLAN_STATE_RUNNING)
            fake_pass(s->loop, MINUTE);
        assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_VERIFIED);
        assert_int_equal(site_scope(s, server, "v4/1")->lease_time, 700 + (int64_t)i);
    }
    bench_add(s, server, 7);
    bench_kick(s, server);
    commit(s, site_scope(s, server, "v4/1"), NULL, 0);
    bench_kick(s, server);
    assert_null(site_scope(s, server, "v4/1"));
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 0);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 0);
}

/* A plan finds that somebody was there before it: that is told, and its own part is none. */
static void test_a_plan_that_meets_a_change_tells_it(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    retime(d, "v4/1", 700);
    retime(d, "v4/2", 700);
    int64_t id = bench_add(s, server, 7);
    bench_kick(s, server);
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_VERIFIED);
    assert_true(fake_dhcp_has(d, "10.0.1.7"));
    const struct ipam_drift *n = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope 10.0.1.0/24");
    assert_true(n->differs.count == 1 && str_is(n->differs.items[0], "lease_time"));
    assert_non_null(drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope 10.0.2.0/24"));
    assert_int_equal(site_count(s, IPAM_T_DRIFT), 2);
}

static void test_what_a_plan_puts_back_is_restored(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct arena a;
    int64_t server = bench_server(s, &d, false);
    arena_init(&a, 0);
    retime(d, "v4/1", 700);
    site_collect(s, server);
    const struct ipam_drift *n = drift_of(s, IPAM_DRIFT_STATE_OPEN, "scope");
    const void *now = site_scope(s, server, "v4/1");
    int64_t id =
        commit(s, now, drift_restored(&a, side_of(&a, n, n->before), side_of(&a, n, n->after), now), n->id);
    bench_kick(s, server);
    assert_int_equal(bench_row(s, id)->state, IPAM_PLAN_STATE_VERIFIED);
    assert_false(record_has(scope_there(d, "v4/1"), IPAM_SCOPE_LEASE_TIME));
    assert_non_null(drift_of(s, IPAM_DRIFT_STATE_RESTORED, "scope"));
    assert_int_equal(site_server_row(s, server)->drifts, 0);
    arena_fini(&a);
}

/* Far more than one change set holds. */
static void test_many_at_once(void **state)
{
    enum { MANY = 2000 };
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    char native[16], prefix[24];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(native, sizeof(native), "v4/%u", i + 1);
        snprintf(prefix, sizeof(prefix), "10.%u.%u.0/24", i / 256, i % 256);
        fake_dhcp_scope(d, native, prefix);
    }
    site_collect(s, server);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(native, sizeof(native), "v4/%u", i + 1);
        retime(d, native, 700);
    }
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_DRIFT), MANY);
    assert_int_equal(site_server_row(s, server)->drifts, MANY);
}

#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE(test_nothing_is_told_of_a_first_reading_or_of_servers_of_others),
        SITE(test_a_change_is_noted_with_its_object),
        SITE(test_the_first_before_stays_and_closes_it),
        SITE(test_a_scope_that_comes_back_has_its_id),
        SITE(test_what_plans_do_is_none),
        SITE(test_a_plan_that_meets_a_change_tells_it),
        SITE(test_what_a_plan_puts_back_is_restored),
        SITE(test_many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

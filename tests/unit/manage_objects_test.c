/* manage_objects_test.c - plans of what a DHCP server has beside reservations: scopes, pools, superscopes, options.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <string.h>

#define DRIFT "the server accepted it, but reading back shows otherwise; somebody else may have changed it"

static int64_t commit(struct site *s, const void *before, const void *after)
{
    const struct server_change change = { .before = before, .after = after };
    return bench_commit(s, &change, NULL);
}

static void assert_done(struct site *s, int64_t server, int64_t id, const char *summary)
{
    bench_kick(s, server);
    assert_ended(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, NULL);
    assert_true(str_is(bench_row(s, id)->summary, summary));
}

static void assert_drifted(struct site *s, int64_t server, int64_t id)
{
    bench_kick(s, server);
    assert_ended(s, id, IPAM_PLAN_STATE_DRIFTED, IPAM_PLAN_STEP_STATE_DONE, DRIFT);
}

static struct ipam_prefix net(uint8_t third)
{
    return (struct ipam_prefix){ { 4, { 10, 0, third, 0 } }, 24 };
}

static const struct ipam_scope *scope_of(const struct site *s, uint8_t third)
{
    const struct ipam_prefix p = net(third);
    for (const struct ipam_scope *o = fake_next(s->store, IPAM_T_SCOPE, 0); o != NULL;
         o = fake_next(s->store, IPAM_T_SCOPE, o->id))
        if (memcmp(&o->prefix, &p, sizeof(p)) == 0)
            return o;
    return NULL;
}

static void scope_init(const struct site *s, int64_t server, uint8_t third, struct ipam_scope *ret)
{
    record_init(ret, IPAM_T_SCOPE);
    RECORD_SET(ret, IPAM_SCOPE_SERVER, server, server);
    RECORD_SET(ret, IPAM_SCOPE_SPACE, space, s->space);
    RECORD_SET(ret, IPAM_SCOPE_PREFIX, prefix, net(third));
    RECORD_SET(ret, IPAM_SCOPE_NAME, name, IPAM_STR("new"));
    RECORD_SET(ret, IPAM_SCOPE_LEASE_TIME, lease_time, 600);
}

/* The server chooses how it calls it; all that was asked for is read back. */
static void test_a_scope_is_added_113(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct ipam_scope wanted;
    int64_t server = bench_server(s, &d, false);
    scope_init(s, server, 9, &wanted);
    assert_done(s, server, commit(s, NULL, &wanted), "add scope 10.0.9.0/24 on dhcp1");
    assert_string_equal(fake_dhcp_trace(d), "a1c"); /* nobody knows its name there: all is read back */
    assert_int_equal(scope_of(s, 9)->lease_time, 600);
    assert_true(scope_of(s, 9)->native.len > 0);
    assert_int_equal(d->repeated, 0);
}

static void test_a_scope_is_changed_114(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    struct ipam_scope after = *scope_of(s, 1);
    RECORD_SET(&after, IPAM_SCOPE_NAME, name, IPAM_STR("floor 1"));
    int64_t id = commit(s, scope_of(s, 1), &after);
    assert_done(s, server, id, "change scope 10.0.1.0/24 on dhcp1");
    assert_true(str_is(scope_of(s, 1)->name, "floor 1"));
    assert_int_equal(bench_step(s, id)->verb, IPAM_PLAN_STEP_VERB_SET);
}

/* It is there, but not as it was asked for. */
static void test_a_scope_that_became_another_drifts_114(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    struct ipam_scope after = *scope_of(s, 1), wanted;
    RECORD_SET(&after, IPAM_SCOPE_NAME, name, IPAM_STR("floor 1"));
    d->renames = "FLOOR 1";
    assert_drifted(s, server, commit(s, scope_of(s, 1), &after));
    scope_init(s, server, 8, &wanted);
    assert_drifted(s, server, commit(s, NULL, &wanted));
    assert_non_null(scope_of(s, 8)); /* it is there, under another name */
    d->deaf = true;
    scope_init(s, server, 9, &wanted);
    assert_drifted(s, server, commit(s, NULL, &wanted));
    assert_null(scope_of(s, 9));
}

/* A server need not tell an empty text from none. */
static void test_an_empty_text_is_none(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    struct ipam_scope after = *scope_of(s, 1);
    d->deaf = true;
    RECORD_SET(&after, IPAM_SCOPE_DESCRIPTION, description, IPAM_STR(""));
    assert_done(s, server, commit(s, scope_of(s, 1), &after), "change scope 10.0.1.0/24 on dhcp1");
    RECORD_SET(&after, IPAM_SCOPE_DESCRIPTION, description, IPAM_STR("x"));
    assert_drifted(s, server, commit(s, scope_of(s, 1), &after));
}

static void test_a_scope_goes_116(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    assert_done(s, server, commit(s, scope_of(s, 2), NULL), "delete scope 10.0.2.0/24 on dhcp1");
    assert_null(scope_of(s, 2));
    assert_non_null(scope_of(s, 1));
}

static void test_a_superscope_is_made_renamed_and_deleted_117(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false);
    struct ipam_superscope wanted, after;
    record_init(&wanted, IPAM_T_SUPERSCOPE);
    RECORD_SET(&wanted, IPAM_SUPERSCOPE_SERVER, server, server);
    RECORD_SET(&wanted, IPAM_SUPERSCOPE_NAME, name, IPAM_STR("floor"));
    RECORD_SET(&wanted, IPAM_SUPERSCOPE_NATIVE, native, IPAM_STR("one"));
    assert_done(s, server, commit(s, NULL, &wanted), "add superscope floor on dhcp1");
    const struct ipam_superscope *there = fake_next(s->store, IPAM_T_SUPERSCOPE, 0);
    after = *there;
    RECORD_SET(&after, IPAM_SUPERSCOPE_NAME, name, IPAM_STR("floors"));
    assert_done(s, server, commit(s, there, &after), "change superscope floors on dhcp1");
    there = fake_next(s->store, IPAM_T_SUPERSCOPE, 0);
    assert_true(str_is(there->name, "floors"));
    assert_done(s, server, commit(s, there, NULL), "delete superscope floors on dhcp1");
    assert_int_equal(site_count(s, IPAM_T_SUPERSCOPE), 0);
}

/* What several plans for one server want travels in the order in which they were made. */
static void test_pools_travel_with_their_scope_113(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = bench_server(s, &d, false), ids[2];
    struct ipam_pool pools[2];
    for (unsigned i = 0; i < 2; i++) {
        record_init(&pools[i], IPAM_T_POOL);
        RECORD_SET(&pools[i], IPAM_POOL_SERVER, server, server);
        RECORD_SET(&pools[i], IPAM_POOL_SCOPE, scope, scope_of(s, 1)->id);
        RECORD_SET(&pools[i], IPAM_POOL_NATIVE_SCOPE, native_scope, scope_of(s, 1)->native);
        RECORD_SET(&pools[i], IPAM_POOL_FIRST, first,
                   ((struct ipam_addr){ 4, { 10, 0, 1, (uint8_t)(10 + 10 * i) } }));
        RECORD_SET(&pools[i], IPAM_POOL_LAST, last,
                   ((struct ipam_addr){ 4, { 10, 0, 1, (uint8_t)(15 + 10 * i) } }));
        ids[i] = commit(s, NULL, &pools[i]);
    }
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a2C"); /* both are in one scope */
    for (unsigned i = 0; i < 2; i++)
        assert_ended(s, ids[i], IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, NULL);
    assert_true(str_is(bench_row(s, ids[1])->summary, "add pool 10.0.1.20-10.0.1.25 on dhcp1"));
    assert_int_equal(site_count(s, IPAM_T_POOL), 2);
}

#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE(test_a_scope_is_added_113),
        SITE(test_a_scope_is_changed_114),
        SITE(test_a_scope_that_became_another_drifts_114),
        SITE(test_a_scope_goes_116),
        SITE(test_an_empty_text_is_none),
        SITE(test_a_superscope_is_made_renamed_and_deleted_117),
        SITE(test_pools_travel_with_their_scope_113),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

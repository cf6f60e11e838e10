/* model_drift_test.c - what a reading finds changed: what is compared, what plans account for, what is put back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <string.h>

#include "model/drift.h"

#define SERVER 7

static struct ipam_scope scope(uint8_t third, const char *native)
{
    struct ipam_scope s;
    record_init(&s, IPAM_T_SCOPE);
    RECORD_SET(&s, IPAM_SCOPE_ID, id, 100 + third);
    RECORD_SET(&s, IPAM_SCOPE_SERVER, server, SERVER);
    RECORD_SET(&s, IPAM_SCOPE_PREFIX, prefix, ((struct ipam_prefix){ { 4, { 10, 0, third, 0 } }, 24 }));
    RECORD_SET(&s, IPAM_SCOPE_NATIVE, native, str_from(native));
    RECORD_SET(&s, IPAM_SCOPE_NAME, name, IPAM_STR("floor"));
    RECORD_SET(&s, IPAM_SCOPE_LEASE_TIME, lease_time, 600);
    return s;
}

static struct ipam_option_value option(const char *scope, int64_t code)
{
    struct ipam_option_value o;
    record_init(&o, IPAM_T_OPTION_VALUE);
    RECORD_SET(&o, IPAM_OPTION_VALUE_SERVER, server, SERVER);
    RECORD_SET(&o, IPAM_OPTION_VALUE_OWNER, owner, IPAM_OPTION_VALUE_OWNER_SCOPE);
    RECORD_SET(&o, IPAM_OPTION_VALUE_NATIVE_SCOPE, native_scope, str_from(scope));
    RECORD_SET(&o, IPAM_OPTION_VALUE_CODE, code, code);
    return o;
}

static struct ipam_pool pool(const char *scope, uint8_t first, uint8_t last)
{
    struct ipam_pool p;
    record_init(&p, IPAM_T_POOL);
    RECORD_SET(&p, IPAM_POOL_SERVER, server, SERVER);
    RECORD_SET(&p, IPAM_POOL_NATIVE_SCOPE, native_scope, str_from(scope));
    RECORD_SET(&p, IPAM_POOL_FIRST, first, ((struct ipam_addr){ 4, { 10, 0, 1, first } }));
    RECORD_SET(&p, IPAM_POOL_LAST, last, ((struct ipam_addr){ 4, { 10, 0, 1, last } }));
    return p;
}

/* Whether the plan accounts for the change. */
static bool is_caused(const void *plan_before, const void *plan_after, const char *native, const void *before,
                      const void *after, bool just)
{
    const struct drift_cause c = { plan_before, plan_after, str_from(native), false };
    struct drift_seen s = { 0 };
    drift_judge(&s, before, after, &c, 1, just);
    assert_false(s.restores);
    return s.caused;
}

static void test_what_is_the_servers_own_is_not_compared(void **state)
{
    struct ipam_scope a = scope(1, "one"), b = a;
    (void)state;
    assert_true(drift_same(&a, &b));
    RECORD_SET(&b, IPAM_SCOPE_ID, id, 999);
    RECORD_SET(&b, IPAM_SCOPE_NATIVE, native, IPAM_STR("two"));
    RECORD_SET(&b, IPAM_SCOPE_FAILOVER_SYNC, failover_sync, IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC);
    assert_true(drift_same(&a, &b));
    RECORD_SET(&b, IPAM_SCOPE_VENDOR, vendor, IPAM_STR("{}"));
    assert_false(drift_same(&a, &b));
    b = a;
    RECORD_SET(&b, IPAM_SCOPE_STATE, state, IPAM_SCOPE_STATE_INACTIVE);
    assert_false(drift_same(&a, &b));
}

static void test_an_object_is_named_for_people_and_however_long(void **state)
{
    char text[200];
    struct ipam_scope a = scope(1, "one");
    struct ipam_option_value o = option("one", 6), other;
    struct drift_seen s = { 0 }, t = { 0 };
    (void)state;
    drift_name(&s, SERVER, &a, 0);
    assert_string_equal(s.key, "scope 10.0.1.0/24 one");
    assert_true(str_is(s.like.key, s.key));
    drift_name(&s, SERVER, &a, 2);
    assert_string_equal(s.key, "scope 10.0.1.0/24 one #2");
    memset(text, 'x', sizeof(text));
    RECORD_SET(&o, IPAM_OPTION_VALUE_HOLDER, holder, ((struct ipam_str){ text, sizeof(text) }));
    other = o;
    other.holder.len--;
    drift_name(&s, SERVER, &o, 0);
    drift_name(&t, SERVER, &other, 0);
    assert_string_not_equal(s.key, t.key);
    assert_true(strlen(s.key) < 80);
}

static void test_a_plan_accounts_for_what_it_asks(void **state)
{
    struct ipam_scope was = scope(1, "one"), wanted = was, found;
    (void)state;
    RECORD_SET(&wanted, IPAM_SCOPE_LEASE_TIME, lease_time, 900);
    found = wanted;
    RECORD_SET(&found, IPAM_SCOPE_MAX_LEASE_TIME, max_lease_time, 900); /* goes with it */
    assert_true(is_caused(&was, &wanted, "one", &was, &found, false));
    RECORD_SET(&found, IPAM_SCOPE_NAME, name, IPAM_STR("theirs"));
    assert_false(is_caused(&was, &wanted, "one", &was, &found, false));
    found = wanted;
    RECORD_SET(&found, IPAM_SCOPE_LEASE_TIME, lease_time, 901);
    assert_false(is_caused(&was, &wanted, "one", &was, &found, false));
    assert_false(is_caused(&was, &wanted, "one", &was, NULL, false));
    /* of another scope */
    struct ipam_scope else_ = scope(2, "two"), else_now = else_;
    RECORD_SET(&else_now, IPAM_SCOPE_LEASE_TIME, lease_time, 900);
    assert_false(is_caused(&was, &wanted, "one", &else_, &else_now, true));
}

static void test_a_plan_accounts_for_what_comes_and_goes(void **state)
{
    struct ipam_scope s = scope(1, "one"), found = s;
    struct ipam_pool p = pool("one", 10, 19), elsewhere = pool("two", 10, 19), wider = pool("one", 10, 29);
    struct ipam_option_value o = option("one", 6);
    (void)state;
    assert_true(is_caused(NULL, &s, "one", NULL, &found, false));
    RECORD_SET(&found, IPAM_SCOPE_NAME, name, IPAM_STR("theirs"));
    assert_false(is_caused(NULL, &s, "one", NULL, &found, false));
    assert_true(is_caused(&s, NULL, "one", &s, NULL, false));
    assert_true(is_caused(&s, NULL, "one", &p, NULL, false)); /* what was in it */
    assert_true(is_caused(&s, NULL, "one", &o, NULL, false));
    assert_false(is_caused(&s, NULL, "one", &elsewhere, NULL, false));
    assert_false(is_caused(&s, NULL, "one", &p, &wider, false));
    assert_false(is_caused(NULL, &s, "one", &p, NULL, false));
    assert_true(is_caused(NULL, &p, NULL, NULL, &p, false));
    assert_false(is_caused(NULL, &p, NULL, NULL, &wider, false));
}

/* Routers are an option of the scope, and a scope that leases addresses says so. */
static void test_what_says_it_again_goes_along(void **state)
{
    struct ipam_scope was = scope(1, "one"), wanted = was, leases = was;
    struct ipam_option_value routers = option("one", 3), dns = option("one", 6);
    struct ipam_addr at = { 4, { 10, 0, 1, 1 } };
    struct ipam_pool p = pool("one", 10, 19);
    (void)state;
    RECORD_SET(&wanted, IPAM_SCOPE_ROUTERS, routers, ((struct ipam_addrs){ &at, 1 }));
    assert_true(is_caused(&was, &wanted, "one", NULL, &routers, false));
    assert_false(is_caused(&was, &wanted, "one", NULL, &dns, false));
    RECORD_SET(&leases, IPAM_SCOPE_ASSIGNMENT, assignment, IPAM_SCOPE_ASSIGNMENT_STATELESS);
    assert_true(is_caused(NULL, &p, NULL, &leases, &was, false));
    RECORD_SET(&leases, IPAM_SCOPE_NAME, name, IPAM_STR("theirs"));
    assert_false(is_caused(NULL, &p, NULL, &leases, &was, false));
}

/* Just carried out on what is recorded: what else is in that scope is its doing; not so what is elsewhere. */
static void test_what_was_done_just_now_takes_the_scope_along(void **state)
{
    struct ipam_pool p = pool("one", 10, 19), elsewhere = pool("two", 10, 19);
    struct ipam_scope was = scope(1, "one"), now = was;
    (void)state;
    RECORD_SET(&now, IPAM_SCOPE_NAME, name, IPAM_STR("FLOOR"));
    assert_false(is_caused(NULL, &p, NULL, &was, &now, false));
    assert_true(is_caused(NULL, &p, NULL, &was, &now, true));
    assert_false(is_caused(NULL, &p, NULL, NULL, &elsewhere, true));
}

static void test_what_puts_back_is_told_from_other_plans(void **state)
{
    struct ipam_scope s = scope(1, "one");
    struct ipam_pool p = pool("one", 10, 19), theirs = pool("one", 30, 39);
    const struct drift_cause c = { NULL, &p, { NULL, 0 }, true };
    struct drift_seen seen = { 0 };
    (void)state;
    (void)s;
    drift_judge(&seen, NULL, &p, &c, 1, true);
    assert_true(seen.caused && seen.restores);
    seen = (struct drift_seen){ 0 };
    drift_judge(&seen, NULL, &theirs, &c, 1, true);
    assert_false(seen.restores);
}

static void test_only_what_drifted_is_put_back(void **state)
{
    struct ipam_scope first = scope(1, "one"), theirs = first, now;
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    RECORD_SET(&theirs, IPAM_SCOPE_NAME, name, IPAM_STR("theirs"));
    RECORD_SET(&theirs, IPAM_SCOPE_REPLY_DELAY, reply_delay, 5);
    now = theirs;
    RECORD_SET(&now, IPAM_SCOPE_LEASE_TIME, lease_time, 900); /* meanwhile, by a plan */
    const struct ipam_scope *back = drift_restored(&a, &first, &theirs, &now);
    assert_true(str_is(back->name, "floor"));
    assert_false(record_has(back, IPAM_SCOPE_REPLY_DELAY));
    assert_int_equal(back->lease_time, 900);
    assert_null(drift_restored(&a, NULL, &theirs, &now));
    back = drift_restored(&a, &first, NULL, NULL);
    assert_true(drift_same(back, &first));
    arena_fini(&a);
}

static void test_who_is_judged(void **state)
{
    struct ipam_server s;
    (void)state;
    record_init(&s, IPAM_T_SERVER);
    assert_false(drift_is_judged(NULL));
    RECORD_SET(&s, IPAM_SERVER_MANAGED, managed, 1);
    assert_false(drift_is_judged(&s)); /* it was never read */
    RECORD_SET(&s, IPAM_SERVER_CONFIG_READ, config_read, 1);
    assert_true(drift_is_judged(&s));
    RECORD_SET(&s, IPAM_SERVER_MANAGED, managed, 0);
    assert_false(drift_is_judged(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_the_servers_own_is_not_compared),
        cmocka_unit_test(test_an_object_is_named_for_people_and_however_long),
        cmocka_unit_test(test_a_plan_accounts_for_what_it_asks),
        cmocka_unit_test(test_a_plan_accounts_for_what_comes_and_goes),
        cmocka_unit_test(test_what_says_it_again_goes_along),
        cmocka_unit_test(test_what_was_done_just_now_takes_the_scope_along),
        cmocka_unit_test(test_what_puts_back_is_told_from_other_plans),
        cmocka_unit_test(test_only_what_drifted_is_put_back),
        cmocka_unit_test(test_who_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

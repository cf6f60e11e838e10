/* model_threshold_test.c - utilisation against its thresholds, expiry against the clock, and reclaiming.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

#define DAY INT64_C(86400000)

/* A place in each family: space, two blocks in each other, subnet, range. */
struct place {
    struct world *w;
    const char *outer, *inner, *subnet, *first, *last;
    int64_t space, outer_id, inner_id, subnet_id, range_id;
};
static const struct place places[] = {
    { NULL, "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "10.1.0.1", "10.1.0.100", 0, 0, 0, 0, 0 },
    { NULL, "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::/120", "2001:db8:1::1", "2001:db8:1::64", 0, 0,
      0, 0, 0 },
};

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static void build(struct world *w, struct place *p)
{
    p->w = w;
    p->space = w->space;
    p->outer_id = made(w, block_of(w, p->outer));
    p->inner_id = made(w, block_of(w, p->inner));
    p->subnet_id = made(w, subnet_of(w, p->subnet));
    p->range_id = made(w, range_of(w, p->first, p->last, IPAM_RANGE_KIND_STATIC));
}

/* --- setting --- */

enum { KEEP = -2, CLEAR = -1 };

static enum problem_type set(struct world *w, uint32_t type, int64_t id, int64_t under, int64_t over)
{
    const struct record_type *t = record_type(type);
    const struct record_field *fields[2] = { record_field(t, IPAM_STR("under")),
                                             record_field(t, IPAM_STR("over")) };
    const int64_t values[2] = { under, over };
    struct ipam_record *patch = record_new(&w->arena, type);
    uint64_t cleared[2] = { 0, 0 };
    for (int i = 0; i < 2; i++) {
        if (values[i] == CLEAR)
            cleared[0] |= UINT64_C(1) << fields[i]->number;
        if (values[i] < 0)
            continue;
        *(int64_t *)(void *)((char *)patch + fields[i]->offset) = values[i];
        IPAM_SET_FIELD(patch, fields[i]->number);
    }
    return world_update(w, world_row(w, type, id), patch, cleared);
}

static void assert_thresholds(struct world *w, uint32_t type, int64_t id, int64_t under, int64_t over)
{
    struct thresholds t;
    assert_true(rule_thresholds(state_view(w->state), world_row(w, type, id), &t));
    assert_int_equal(t.under, under);
    assert_int_equal(t.over, over);
}

/* Each inherits each of the two for itself, from the nearest that has it. */
static void test_the_nearest_holds_79(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct place p = places[i];
        world_init(&w);
        build(&w, &p);
        const struct {
            uint32_t type;
            int64_t id;
        } path[] = { { IPAM_T_SPACE, p.space },
                     { IPAM_T_BLOCK, p.outer_id },
                     { IPAM_T_BLOCK, p.inner_id },
                     { IPAM_T_SUBNET, p.subnet_id },
                     { IPAM_T_RANGE, p.range_id } };
        for (int k = 0; k < 5; k++)
            assert_thresholds(&w, path[k].type, path[k].id, 2000, 8000);
        for (int k = 0; k < 5;
             k++) { /* from outside inwards: what lies further in has it, what lies outside not */
            assert_int_equal(set(&w, path[k].type, path[k].id, 2100 + k, k % 2 == 0 ? 8100 + k : KEEP),
                             PROBLEM_NONE);
            for (int in = 0; in < 5; in++)
                assert_thresholds(&w, path[in].type, path[in].id, in <= k ? 2100 + in : 2100 + k,
                                  8100 + ((in <= k ? in : k) & ~1));
        }
        for (int k = 4; k >= 1; k--) { /* cleared, each inherits again */
            assert_int_equal(set(&w, path[k].type, path[k].id, CLEAR, CLEAR), PROBLEM_NONE);
            assert_thresholds(&w, IPAM_T_RANGE, p.range_id, 2100 + k - 1, 8100 + ((k - 1) & ~1));
        }
        assert_int_equal(set(&w, IPAM_T_SPACE, p.space, CLEAR, CLEAR), PROBLEM_NONE);
        assert_thresholds(&w, IPAM_T_RANGE, p.range_id, 2000, 8000);
        world_fini(&w);
    }
}

static void test_a_block_of_the_subnets_own_prefix_counts_79(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t block = made(&w, block_of(&w, "10.1.0.0/24")), subnet = made(&w, subnet_of(&w, "10.1.0.0/24"));
    assert_int_equal(set(&w, IPAM_T_BLOCK, block, 1000, 9000), PROBLEM_NONE);
    assert_thresholds(&w, IPAM_T_SUBNET, subnet, 1000, 9000);
    struct thresholds t;
    assert_false(rule_thresholds(state_view(w.state), address_of(&w, "10.1.0.1"), &t));
    world_fini(&w);
}

static void test_the_boundaries_79(void **state)
{
    static const struct {
        int64_t under, over, used;
        uint32_t level;
    } rows[] = {
        { 2000, 8000, 0, IPAM_BLOCK_LEVEL_UNDER },      { 2000, 8000, 1999, IPAM_BLOCK_LEVEL_UNDER },
        { 2000, 8000, 2000, IPAM_BLOCK_LEVEL_OPTIMAL }, { 2000, 8000, 8000, IPAM_BLOCK_LEVEL_OPTIMAL },
        { 2000, 8000, 8001, IPAM_BLOCK_LEVEL_OVER },    { 0, 10000, 0, IPAM_BLOCK_LEVEL_OPTIMAL },
        { 0, 10000, 10000, IPAM_BLOCK_LEVEL_OPTIMAL },  { 0, 0, 1, IPAM_BLOCK_LEVEL_OVER },
        { 10000, 10000, 9999, IPAM_BLOCK_LEVEL_UNDER }, { 5000, 5000, 5000, IPAM_BLOCK_LEVEL_OPTIMAL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(rule_level(&(struct thresholds){ rows[i].under, rows[i].over }, rows[i].used),
                         rows[i].level);
    /* The words of all three are the same numbers. */
    assert_int_equal(IPAM_SUBNET_LEVEL_UNDER, IPAM_BLOCK_LEVEL_UNDER);
    assert_int_equal(IPAM_RANGE_LEVEL_OPTIMAL, IPAM_BLOCK_LEVEL_OPTIMAL);
    assert_int_equal(IPAM_SUBNET_LEVEL_OVER, IPAM_BLOCK_LEVEL_OVER);
    assert_int_equal(IPAM_RANGE_LEVEL_OVER, IPAM_BLOCK_LEVEL_OVER);
}

/* On read, of what is durable. */
static void test_levels_are_derived_79(void **state)
{
    static const uint32_t want[] = { IPAM_RANGE_LEVEL_UNDER, IPAM_RANGE_LEVEL_OPTIMAL,
                                     IPAM_RANGE_LEVEL_OVER };
    static const int used[] = { 19, 20, 81 };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct place p = places[i];
        int made_so_far = 0;
        char text[ADDR_TEXT_MAX];
        world_init(&w);
        build(&w, &p);
        for (int k = 0; k < 3; k++) {
            for (; made_so_far < used[k]; made_so_far++) {
                snprintf(text, sizeof(text), i == 0 ? "10.1.0.%d" : "2001:db8:1::%x", made_so_far + 1);
                made(&w, address_of(&w, text));
            }
            struct ipam_range r = *(const struct ipam_range *)world_row(&w, IPAM_T_RANGE, p.range_id);
            rule_derive(state_view(w.state), &r);
            assert_true(record_has(&r, IPAM_RANGE_LEVEL));
            assert_int_equal(r.level, want[k]);
        }
        struct ipam_subnet s = *(const struct ipam_subnet *)world_row(&w, IPAM_T_SUBNET, p.subnet_id);
        struct ipam_block b = *(const struct ipam_block *)world_row(&w, IPAM_T_BLOCK, p.outer_id);
        rule_derive(state_view(w.state), &s);
        rule_derive(state_view(w.state), &b);
        assert_int_equal(s.level, IPAM_SUBNET_LEVEL_OPTIMAL); /* 81 of 256 */
        assert_int_equal(b.level, IPAM_BLOCK_LEVEL_UNDER);
        world_fini(&w);
    }
}

static void test_over_below_under_is_refused_79(void **state)
{
    struct world w;
    struct place p = places[0];
    (void)state;
    world_init(&w);
    build(&w, &p);
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, 6000, 5999), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "over: 59.99 is below under, which is 60.00");
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, KEEP, 1999), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "over: 19.99 is below under, which is 20.00");
    assert_int_equal(set(&w, IPAM_T_SPACE, p.space, 8001, KEEP), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "under: 80.01 is above over, which is 80.00");
    assert_int_equal(set(&w, IPAM_T_RANGE, p.range_id, KEEP, 10001), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "over: 100.01 is more than all");
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, 6000, 6000), PROBLEM_NONE);
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, 0, 10000), PROBLEM_NONE);
    struct ipam_subnet *s = subnet_of(&w, "10.2.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_UNDER, under, 9000);
    assert_int_equal(world_create(&w, s), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "under: 90.00 is above over, which is 80.00");
    assert_thresholds(&w, IPAM_T_SUBNET, p.subnet_id, 0, 10000);
    world_fini(&w);
}

/* What is above may change whatever is set below: there the nearer of the two holds, and the other is as much. */
static void test_the_nearer_holds_where_they_contradict_79(void **state)
{
    struct world w;
    struct place p = places[1];
    (void)state;
    world_init(&w);
    build(&w, &p);
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, 6000, KEEP), PROBLEM_NONE);
    assert_int_equal(set(&w, IPAM_T_BLOCK, p.outer_id, KEEP, 5000), PROBLEM_NONE);
    assert_thresholds(&w, IPAM_T_SUBNET, p.subnet_id, 6000, 6000);
    assert_thresholds(&w, IPAM_T_RANGE, p.range_id, 6000, 6000);
    assert_thresholds(&w, IPAM_T_BLOCK, p.inner_id, 2000, 5000);
    assert_int_equal(set(&w, IPAM_T_BLOCK, p.outer_id, 4000, CLEAR), PROBLEM_NONE);
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, CLEAR, 4500), PROBLEM_NONE);
    assert_int_equal(set(&w, IPAM_T_BLOCK, p.outer_id, 5000, KEEP), PROBLEM_NONE);
    assert_thresholds(&w, IPAM_T_SUBNET, p.subnet_id, 4500, 4500);
    /* Who changes something else of it is not to blame. */
    struct ipam_subnet *patch = record_new(&w.arena, IPAM_T_SUBNET);
    const uint64_t none[2] = { 0, 0 };
    RECORD_SET(patch, IPAM_SUBNET_NAME, name, IPAM_STR("floor"));
    assert_int_equal(world_update(&w, world_row(&w, IPAM_T_SUBNET, p.subnet_id), patch, none), PROBLEM_NONE);
    assert_int_equal(set(&w, IPAM_T_SUBNET, p.subnet_id, KEEP, 4600), PROBLEM_INVALID);
    world_fini(&w);
}

static void test_the_default_space_has_settings_79(void **state)
{
    struct world w;
    const uint64_t none[2] = { 0, 0 };
    (void)state;
    world_init(&w);
    struct ipam_space *patch = record_new(&w.arena, IPAM_T_SPACE);
    RECORD_SET(patch, IPAM_SPACE_UNDER, under, 500);
    RECORD_SET(patch, IPAM_SPACE_EXPIRY_ALERT, expiry_alert, 3);
    RECORD_SET(patch, IPAM_SPACE_EXPIRY_EVENTS, expiry_events, IPAM_SPACE_EXPIRY_EVENTS_PERIODIC);
    assert_int_equal(world_update(&w, world_row(&w, IPAM_T_SPACE, w.space), patch, none), PROBLEM_NONE);
    assert_thresholds(&w, IPAM_T_SPACE, w.space, 500, 8000);
    RECORD_SET(patch, IPAM_SPACE_OWNER, owner, IPAM_STR("me"));
    assert_int_equal(world_update(&w, world_row(&w, IPAM_T_SPACE, w.space), patch, none), PROBLEM_IN_USE);
    world_fini(&w);
}

/* --- expiry --- */

static void test_expiry_by_the_clock_87(void **state)
{
    const int64_t now = 1000 * DAY;
    const struct {
        int64_t days, at;
        uint32_t expiry;
    } rows[] = {
        { -1, now + 10 * DAY + 1, IPAM_ADDRESS_EXPIRY_ACTIVE },
        { -1, now + 10 * DAY, IPAM_ADDRESS_EXPIRY_ALERT },
        { -1, now + 1, IPAM_ADDRESS_EXPIRY_ALERT },
        { -1, now, IPAM_ADDRESS_EXPIRY_EXPIRED },
        { -1, 0, IPAM_ADDRESS_EXPIRY_EXPIRED },
        { 0, now + 1, IPAM_ADDRESS_EXPIRY_ACTIVE },
        { 0, now, IPAM_ADDRESS_EXPIRY_EXPIRED },
        { 1, now + DAY, IPAM_ADDRESS_EXPIRY_ALERT },
        { 1, now + DAY + 1, IPAM_ADDRESS_EXPIRY_ACTIVE },
        { 3500, now + 3500 * DAY, IPAM_ADDRESS_EXPIRY_ALERT },
        { 3500, now + 3501 * DAY, IPAM_ADDRESS_EXPIRY_ACTIVE },
    };
    struct ipam_space space;
    struct ipam_address a;
    uint32_t got = 9;
    (void)state;
    record_init(&a, IPAM_T_ADDRESS);
    assert_false(rule_expiry(NULL, &a, now, &got));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        record_init(&space, IPAM_T_SPACE);
        if (rows[i].days >= 0)
            RECORD_SET(&space, IPAM_SPACE_EXPIRY_ALERT, expiry_alert, rows[i].days);
        RECORD_SET(&a, IPAM_ADDRESS_EXPIRES, expires, rows[i].at);
        assert_true(rule_expiry(&space, &a, now, &got));
        assert_int_equal(got, rows[i].expiry);
        if (rows[i].days < 0) {
            assert_true(rule_expiry(NULL, &a, now, &got));
            assert_int_equal(got, rows[i].expiry);
        }
    }
}

/* --- reclaiming --- */

static void test_mapped_is_of_the_same_source_89(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_range *r = range_of(&w, "10.0.0.10", "10.0.0.20", IPAM_RANGE_KIND_STATIC);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, w.space);
    RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("ipamd"));
    static const struct {
        const char *address, *by, *instance;
        int64_t other;
        bool mapped;
    } rows[] = {
        { "10.0.0.10", "ipamd", NULL, 0, true },  { "10.0.0.20", "ipamd", NULL, 0, true },
        { "10.0.0.9", "ipamd", NULL, 0, false },  { "10.0.0.21", "ipamd", NULL, 0, false },
        { "10.0.0.15", "kea", NULL, 0, false },   { "10.0.0.15", "ipamd", "x", 0, false },
        { "10.0.0.15", "ipamd", NULL, 1, false }, { "::10.0.0.15", "ipamd", NULL, 0, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ipam_address *a = address_of(&w, rows[i].address);
        RECORD_SET(a, IPAM_ADDRESS_SPACE, space, w.space + rows[i].other);
        RECORD_SET(a, IPAM_ADDRESS_MANAGED_BY, managed_by, str_from(rows[i].by));
        if (rows[i].instance != NULL)
            RECORD_SET(a, IPAM_ADDRESS_INSTANCE, instance, str_from(rows[i].instance));
        assert_int_equal(rule_is_mapped(r, a), rows[i].mapped);
    }
    world_fini(&w);
}

/* The reservation that was made for it stays on its server, which DELETE would have removed. */
static void test_reclaiming_leaves_dhcp_as_it_is_89(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.0.0.0/24"));
    int64_t range = made(&w, range_of(&w, "10.0.0.1", "10.0.0.9", IPAM_RANGE_KIND_STATIC));
    int64_t server = world_server(&w, "dhcp1", true), scope = world_scope(&w, server, "10.0.0.0/24", "1");
    world_reservation(&w, server, scope, "10.0.0.5");
    struct ipam_address *a = address_of(&w, "10.0.0.5");
    RECORD_SET(a, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_SYNCED);
    int64_t id = made(&w, a);
    world_open(&w);
    world_begin(&w);
    int rc = rule_reclaim(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, id), &w.problem);
    if (rc == 0)
        rule_reclaimed(w.draft, view_get(draft_view(w.draft), IPAM_T_RANGE, range));
    assert_int_equal(world_end(&w, rc), PROBLEM_NONE);
    world_publish(&w);
    assert_null(world_row(&w, IPAM_T_ADDRESS, id));
    assert_int_equal(world_count(&w, IPAM_T_PLAN), 0);
    assert_int_equal(world_count(&w, IPAM_T_RESERVATION), 1);
    const struct ipam_range *r = world_row(&w, IPAM_T_RANGE, range);
    assert_true(record_has(r, IPAM_RANGE_RECLAIMED));
    assert_int_equal(r->reclaimed, w.now);
    struct ipam_address *other = address_of(&w, "10.0.0.6");
    RECORD_SET(other, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR("kea"));
    id = made(&w, other);
    world_open(&w);
    world_begin(&w);
    rc = rule_reclaim(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, id), &w.problem);
    assert_int_equal(world_end(&w, rc), PROBLEM_MANAGED);
    world_drop(&w);
    world_fini(&w);
}

/* --- who sees an alert --- */

static int64_t alert_scope(struct world *w, uint32_t about, int64_t object, const char *key)
{
    struct ipam_alert a;
    record_init(&a, IPAM_T_ALERT);
    RECORD_SET(&a, IPAM_ALERT_ABOUT, about, about);
    RECORD_SET(&a, IPAM_ALERT_OBJECT, object, object);
    RECORD_SET(&a, IPAM_ALERT_KEY, key, str_from(key));
    RECORD_SET(&a, IPAM_ALERT_SPACE, space, w->space);
    assert_true(rule_has_access_scope(IPAM_T_ALERT));
    return rule_access_scope(state_view(w->state), &a);
}

/* In the access scope of its object; of one that has gone, of the place where it was. */
static void test_an_alert_is_where_its_object_is(void **state)
{
    enum { BLOCK = 1001, SUBNET, RANGE, GONE = 999999 };
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_block *b = block_of(&w, "10.0.0.0/8");
    struct ipam_subnet *s = subnet_of(&w, "10.1.0.0/24");
    struct ipam_range *r = range_of(&w, "10.1.0.10", "10.1.0.20", IPAM_RANGE_KIND_STATIC);
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, w.space);
    RECORD_SET(s, IPAM_SUBNET_SPACE, space, w.space);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, w.space);
    RECORD_SET(b, IPAM_BLOCK_ACCESS_SCOPE, access_scope, BLOCK);
    RECORD_SET(s, IPAM_SUBNET_ACCESS_SCOPE, access_scope, SUBNET);
    RECORD_SET(r, IPAM_RANGE_ACCESS_SCOPE, access_scope, RANGE);
    int64_t block = world_put(&w, b), subnet = world_put(&w, s), range = world_put(&w, r);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_BLOCK, block, "10.0.0.0/8"), BLOCK);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_SUBNET, subnet, "10.1.0.0/24"), SUBNET);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_RANGE, range, "10.1.0.10"), RANGE);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_ADDRESS, GONE, "10.1.0.15"), RANGE);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_ADDRESS, GONE, "10.1.0.25"), SUBNET);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_ADDRESS, GONE, "10.2.0.1"), BLOCK);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_SUBNET, GONE, "10.2.0.0/24"), BLOCK);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_RANGE, GONE, "10.1.0.30"), SUBNET);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_SUBNET, GONE, "2001:db8::/64"), 0);
    assert_int_equal(alert_scope(&w, IPAM_ALERT_ABOUT_RANGE, GONE, "2001:db8::1"), 0);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_holds_79),
        cmocka_unit_test(test_a_block_of_the_subnets_own_prefix_counts_79),
        cmocka_unit_test(test_the_boundaries_79),
        cmocka_unit_test(test_levels_are_derived_79),
        cmocka_unit_test(test_over_below_under_is_refused_79),
        cmocka_unit_test(test_the_nearer_holds_where_they_contradict_79),
        cmocka_unit_test(test_the_default_space_has_settings_79),
        cmocka_unit_test(test_expiry_by_the_clock_87),
        cmocka_unit_test(test_mapped_is_of_the_same_source_89),
        cmocka_unit_test(test_reclaiming_leaves_dhcp_as_it_is_89),
        cmocka_unit_test(test_an_alert_is_where_its_object_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* model_release_test.c - what an address leaves on its DHCP server, and what of a server's free ones the plan lets go.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

static struct ipam_address *with_sync(struct world *w, const char *text, uint32_t sync)
{
    struct ipam_address *a = address_of(w, text);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, w->space);
    RECORD_SET(a, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    RECORD_SET(a, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, sync);
    return a;
}

/* One that is leaving its server goes on; one that could not leave is tried again; others stay. */
static void test_release_by_what_was_done_66_68(void **state)
{
    static const struct {
        uint32_t sync;
        size_t plans;
    } rows[] = {
        { IPAM_ADDRESS_DHCP_SYNC_SYNCED, 1 },        { IPAM_ADDRESS_DHCP_SYNC_FAILED, 0 },
        { IPAM_ADDRESS_DHCP_SYNC_REMOVING, 0 },      { IPAM_ADDRESS_DHCP_SYNC_REMOVED, 0 },
        { IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED, 1 }, { IPAM_ADDRESS_DHCP_SYNC_NONE, 0 },
    };
    static const char *const places[][2] = { { "10.0.0.0/24", "10.0.0.1" },
                                             { "2001:db8::/64", "2001:db8::1" } };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        world_init(&w);
        int64_t server = world_server(&w, "dhcp1", true);
        int64_t scope = world_scope(&w, server, places[i % 2][0], "2");
        int64_t id = world_put(&w, with_sync(&w, places[i % 2][1], rows[i / 2].sync));
        world_reservation(&w, server, scope, places[i % 2][1]);
        assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, id)), PROBLEM_NONE);
        assert_int_equal(world_count(&w, IPAM_T_PLAN), rows[i / 2].plans);
        world_fini(&w);
    }
}

static int64_t reserve(struct world *w, const struct server_change *c)
{
    world_open(w);
    world_begin(w);
    int64_t plan = rule_plan_noted(w->draft, c, &w->problem);
    world_end(w, plan != 0 ? 0 : IPAM_E_INVAL);
    world_publish(w);
    return plan;
}

/* It is noted on the address; until the plan has ended there is no other. */
static void test_on_demand_one_at_a_time_64_66(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true), scope = world_scope(&w, server, "10.0.0.0/24", "2");
    int64_t id = world_put(&w, with_sync(&w, "10.0.0.1", IPAM_ADDRESS_DHCP_SYNC_REMOVED));
    struct ipam_reservation r = *(const struct ipam_reservation *)world_row(
        &w, IPAM_T_RESERVATION, world_reservation(&w, server, scope, "10.0.0.1"));
    const struct server_change adds = { .after = &r, .address = id }, goes = { .before = &r, .address = id },
                               unnoted = { .before = &r };
    int64_t plan = reserve(&w, &adds);
    assert_true(plan != 0);
    const struct ipam_address *a = world_row(&w, IPAM_T_ADDRESS, id);
    assert_int_equal(a->dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    assert_int_equal(a->plan, plan);
    assert_int_equal(reserve(&w, &goes), 0);
    assert_int_equal(w.problem.type, PROBLEM_IN_USE);
    assert_true(reserve(&w, &unnoted) != 0);
    const struct server_change other = {
        .before = &r, .address = world_put(&w, with_sync(&w, "10.0.0.3", IPAM_ADDRESS_DHCP_SYNC_SYNCED))
    };
    assert_true(reserve(&w, &other) != 0);
    a = world_row(&w, IPAM_T_ADDRESS, other.address);
    assert_int_equal(a->dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_REMOVING);
    assert_int_equal(reserve(&w, &other), 0);
    world_fini(&w);
}

/* What the plan has for somebody is not offered, whatever the server says; its old leases are no reason. */
static void test_what_the_plan_has_is_not_offered_63(void **state)
{
    static const uint8_t left[] = { 10, 11, 13, 14, 17, 18, 19 };
    struct ipam_str kept = IPAM_STR("10.0.0.15-10.0.0.16");
    struct allocation a = { .reservation = true };
    struct ipam_addr list[16];
    struct world w;
    size_t count = 0;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true), scope = world_scope(&w, server, "10.0.0.0/24", "2");
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.0.0/24")), PROBLEM_NONE);
    struct ipam_range *r = range_of(&w, "10.0.0.10", "10.0.0.19", IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, w.space);
    RECORD_SET(r, IPAM_RANGE_RESERVED, reserved, ((struct ipam_strs){ &kept, 1 }));
    RECORD_SET(r, IPAM_RANGE_SCOPE, scope, scope);
    a.range = world_put(&w, r);
    world_put(&w, with_sync(&w, "10.0.0.12", IPAM_ADDRESS_DHCP_SYNC_NONE));
    world_lease(&w, server, "10.0.0.13", IPAM_LEASE_STATE_ACTIVE);
    world_reservation(&w, server, scope, "10.0.0.14");
    for (unsigned host = 9; host <= 20; host++)
        list[count++] = (struct ipam_addr){ 4, { 10, 0, 0, (uint8_t)host } };
    assert_int_equal(rule_keep_unheld(state_view(w.state), &a, list, &count, &w.problem), 0);
    assert_int_equal(count, sizeof(left));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list[i].bytes[3], left[i]);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_by_what_was_done_66_68),
        cmocka_unit_test(test_on_demand_one_at_a_time_64_66),
        cmocka_unit_test(test_what_the_plan_has_is_not_offered_63),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

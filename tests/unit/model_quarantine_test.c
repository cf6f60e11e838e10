/* model_quarantine_test.c - released addresses are kept back for as long as what lies nearest says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

static const uint64_t none[2] = { 0, 0 };

static int setup(void **state)
{
    static struct world w;
    world_init(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    world_fini(*state);
    return 0;
}

static void say_space(struct world *w, int64_t seconds)
{
    struct ipam_space patch;
    record_init(&patch, IPAM_T_SPACE);
    RECORD_SET(&patch, IPAM_SPACE_QUARANTINE, quarantine, seconds);
    assert_int_equal(world_update(w, world_row(w, IPAM_T_SPACE, w->space), &patch, none), PROBLEM_NONE);
}

static void add_block(struct world *w, const char *prefix, int64_t seconds)
{
    struct ipam_block *b = block_of(w, prefix);
    if (seconds >= 0)
        RECORD_SET(b, IPAM_BLOCK_QUARANTINE, quarantine, seconds);
    assert_int_equal(world_create(w, b), PROBLEM_NONE);
}

static void add_subnet(struct world *w, const char *prefix, int64_t seconds)
{
    struct ipam_subnet *s = subnet_of(w, prefix);
    if (seconds >= 0)
        RECORD_SET(s, IPAM_SUBNET_QUARANTINE, quarantine, seconds);
    assert_int_equal(world_create(w, s), PROBLEM_NONE);
}

/* Takes an address and releases it; for how many seconds it is kept back then, 0: not at all. */
static int64_t released(struct world *w, const char *address)
{
    struct ipam_address *a = address_of(w, address);
    size_t before = world_count(w, IPAM_T_QUARANTINE);
    RECORD_SET(a, IPAM_ADDRESS_NAME, name, IPAM_STR("web"));
    assert_int_equal(world_create(w, a), PROBLEM_NONE);
    assert_int_equal(world_delete(w, world_row(w, IPAM_T_ADDRESS, a->id)), PROBLEM_NONE);
    if (world_count(w, IPAM_T_QUARANTINE) == before)
        return 0;
    const struct ipam_quarantine *q = world_row(w, IPAM_T_QUARANTINE, w->next_id - 1);
    assert_true(addr_equal(&q->address, &a->address) && q->space == w->space && q->since == w->now);
    assert_true(str_is(q->name, "web"));
    return (q->until - q->since) / 1000;
}

static void test_what_lies_nearest_says_how_long(void **state)
{
    struct world *w = *state;
    add_block(w, "10.0.0.0/8", 100);
    add_block(w, "10.1.0.0/16", -1);
    add_block(w, "10.2.0.0/16", 200);
    add_block(w, "2001:db8::/32", 300);
    add_subnet(w, "10.1.0.0/24", -1);
    add_subnet(w, "10.1.1.0/24", 0);
    add_subnet(w, "10.1.2.0/24", 7);
    add_subnet(w, "10.2.0.0/24", -1);
    add_subnet(w, "192.168.0.0/24", -1);
    add_subnet(w, "2001:db8:1::/64", -1);
    add_subnet(w, "2001:db8:2::/64", 9);
    assert_int_equal(released(w, "10.1.0.5"), 100);
    assert_int_equal(released(w, "10.1.1.5"), 0);
    assert_int_equal(released(w, "10.1.2.5"), 7);
    assert_int_equal(released(w, "10.2.0.5"), 200);
    assert_int_equal(released(w, "192.168.0.5"), 0);
    assert_int_equal(released(w, "2001:db8:1::5"), 300);
    assert_int_equal(released(w, "2001:db8:2::5"), 9);
    say_space(w, 50);
    assert_int_equal(released(w, "192.168.0.6"), 50);
    assert_int_equal(released(w, "10.1.0.6"), 100);
    assert_int_equal(released(w, "172.16.0.6"), 50); /* in no subnet at all */
}

static void test_nobody_gets_it_meanwhile(void **state)
{
    struct world *w = *state;
    struct allocation a = { .count = 2 };
    int64_t ids[2];
    struct ipam_address like;
    add_subnet(w, "10.1.2.0/29", 60);
    assert_int_equal(released(w, "10.1.2.1"), 60);
    assert_int_equal(world_create(w, address_of(w, "10.1.2.1")), PROBLEM_IN_USE);
    assert_problem(w, "in-use", "address 10.1.2.1 was released and is in quarantine");
    record_init(&like, IPAM_T_ADDRESS);
    a.subnet = 2;
    a.fields = &like;
    a.ret_ids = ids;
    assert_int_equal(world_allocate(w, &a), PROBLEM_NONE);
    const struct ipam_address *first = world_row(w, IPAM_T_ADDRESS, ids[0]);
    struct ipam_addr wanted = addr_of("10.1.2.2");
    assert_true(addr_equal(&first->address, &wanted));
    /* Its end makes it free. */
    const struct ipam_quarantine *q = world_only(w, IPAM_T_QUARANTINE);
    assert_int_equal(world_delete(w, q), PROBLEM_NONE);
    assert_int_equal(world_create(w, address_of(w, "10.1.2.1")), PROBLEM_NONE);
}

/* Nothing that lies in quarantine is in the way of who deletes the subnet. */
static void test_a_subnet_goes_without_it(void **state)
{
    struct world *w = *state;
    add_subnet(w, "10.1.2.0/24", 60);
    assert_int_equal(released(w, "10.1.2.7"), 60);
    assert_int_equal(world_delete(w, world_row(w, IPAM_T_SUBNET, 2)), PROBLEM_NONE);
    assert_int_equal(world_count(w, IPAM_T_QUARANTINE), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_lies_nearest_says_how_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_gets_it_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_subnet_goes_without_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

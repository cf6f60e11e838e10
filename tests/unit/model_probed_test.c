/* model_probed_test.c - what a probe found says which free addresses are handed out, and stays on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#define MOST 64

struct wish {
    struct allocation a;
    struct ipam_address fields;
    uint8_t digest[4];
    int64_t ids[MOST];
    struct probed probed[MOST];
};

static void wish_init(struct wish *q, int64_t subnet)
{
    *q = (struct wish){ .a = { .subnet = subnet, .count = 1, .actor = IPAM_STR("token:admin") } };
    record_init(&q->fields, IPAM_T_ADDRESS);
    q->a.fields = &q->fields;
    q->a.ret_ids = q->ids;
    q->a.digest = (struct ipam_bytes){ q->digest, sizeof(q->digest) };
    q->a.probed = q->probed;
}

static int64_t subnet_made(struct world *w, const char *prefix)
{
    struct ipam_subnet *s = subnet_of(w, prefix);
    assert_int_equal(world_create(w, s), PROBLEM_NONE);
    return s->id;
}

static void know(struct wish *q, const char *text, bool taken)
{
    struct probed *x = &q->probed[q->a.probed_count++];
    *x = (struct probed){ .ping = taken ? IPAM_ADDRESS_PING_REACHABLE : IPAM_ADDRESS_PING_UNREACHABLE,
                          .dns = IPAM_ADDRESS_DNS_NOT_FOUND,
                          .taken = taken };
    assert_int_equal(addr_parse(text, strlen(text), &x->address), 0);
}

static const struct ipam_address *got(const struct world *w, const struct wish *q, size_t i)
{
    return world_row(w, IPAM_T_ADDRESS, q->ids[i]);
}

static void assert_got(const struct world *w, const struct wish *q, size_t i, const char *text)
{
    char is[ADDR_TEXT_MAX];
    addr_print(&got(w, q, i)->address, is);
    assert_string_equal(is, text);
}

static const struct {
    const char *prefix, *a, *b, *c, *d; /* the first four that hosts can have */
    const char *last, *outside;
} families[] = {
    { "10.0.0.0/24", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.254", "10.0.1.9" },
    { "2001:db8::/120", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::ff",
      "2001:db8::1:9" },
};
#define EACH_FAMILY(f) for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++)

static void test_taken_ones_are_passed_over_by_each_strategy_61(void **state)
{
    static const enum strategy strategies[] = { STRATEGY_FIRST, STRATEGY_LAST, STRATEGY_RANDOM,
                                                STRATEGY_SPARSE };
    (void)state;
    EACH_FAMILY(f)
    for (size_t s = 0; s < sizeof(strategies) / sizeof(strategies[0]); s++)
        for (int i = 0; i < 20; i++) {
            struct world w;
            struct wish q;
            world_init(&w);
            wish_init(&q, subnet_made(&w, families[f].prefix));
            know(&q, families[f].a, true);
            know(&q, families[f].last, true);
            q.a.strategy = strategies[s];
            q.a.count = 4;
            assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
            for (size_t k = 0; k < 4; k++)
                assert_false(addr_equal(&got(&w, &q, k)->address, &q.probed[0].address) ||
                             addr_equal(&got(&w, &q, k)->address, &q.probed[1].address));
            if (strategies[s] == STRATEGY_FIRST)
                assert_got(&w, &q, 0, families[f].b);
            world_fini(&w);
        }
}

static void test_silent_ones_come_first_while_they_are_free_61(void **state)
{
    (void)state;
    EACH_FAMILY(f)
    {
        struct world w;
        struct wish q, other;
        world_init(&w);
        int64_t subnet = subnet_made(&w, families[f].prefix);
        wish_init(&other, subnet);
        assert_int_equal(world_allocate(&w, &other.a), PROBLEM_NONE);
        assert_got(&w, &other, 0, families[f].a);
        wish_init(&q, subnet);
        know(&q, families[f].a, false); /* taken by somebody else since */
        know(&q, families[f].outside, false);
        know(&q, families[f].d, false);
        know(&q, families[f].b, true);
        q.a.count = 2;
        q.a.strategy = STRATEGY_RANDOM;
        assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
        assert_got(&w, &q, 0, families[f].d);
        assert_int_equal(got(&w, &q, 0)->ping, IPAM_ADDRESS_PING_UNREACHABLE);
        assert_int_equal(got(&w, &q, 0)->dns, IPAM_ADDRESS_DNS_NOT_FOUND);
        assert_true(record_has(got(&w, &q, 0), IPAM_ADDRESS_PING));
        assert_false(record_has(got(&w, &q, 1), IPAM_ADDRESS_PING)); /* nobody asked for that one */
        world_fini(&w);
    }
}

static void test_a_run_goes_around_those_that_are_taken_61(void **state)
{
    (void)state;
    EACH_FAMILY(f)
    {
        struct world w;
        struct wish q;
        world_init(&w);
        wish_init(&q, subnet_made(&w, families[f].prefix));
        know(&q, families[f].b, true);
        know(&q, families[f].a, true);
        q.a.count = 3;
        q.a.contiguous = true;
        assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
        assert_got(&w, &q, 0, families[f].c);
        world_fini(&w);
    }
}

static void test_all_taken_is_exhausted_61(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    wish_init(&q, subnet_made(&w, "10.0.0.0/30"));
    know(&q, "10.0.0.1", true);
    know(&q, "10.0.0.2", true);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 0);
    world_fini(&w);
}

static void test_the_address_of_a_mac_is_not_replaced_61(void **state)
{
    static const uint8_t mac[] = { 2, 0, 0x5e, 0, 0x53, 1 };
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    wish_init(&q, subnet_made(&w, "2001:db8::/64"));
    RECORD_SET(&q.fields, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac, sizeof(mac) }));
    q.a.strategy = STRATEGY_EUI64;
    know(&q, "2001:db8::5eff:fe00:5301", true);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    q.probed[0].taken = false;
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_got(&w, &q, 0, "2001:db8::5eff:fe00:5301");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_ones_are_passed_over_by_each_strategy_61),
        cmocka_unit_test(test_silent_ones_come_first_while_they_are_free_61),
        cmocka_unit_test(test_a_run_goes_around_those_that_are_taken_61),
        cmocka_unit_test(test_all_taken_is_exhausted_61),
        cmocka_unit_test(test_the_address_of_a_mac_is_not_replaced_61),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* model_carve_test.c - prefixes that are carved out of blocks, once per claim, and what is free there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include "index_random.h"

#define MANY 1000

struct wish {
    struct carving c;
    struct ipam_subnet fields;
    uint8_t digest[4];
    int64_t ids[MANY];
};

static int make(void *user, struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    (void)user;
    return rule_create(d, s, p);
}

static void wish_init(struct wish *q, int64_t block, int64_t length)
{
    *q = (struct wish){
        .c = { .block = block, .length = length, .count = 1, .actor = IPAM_STR("token:admin") }
    };
    record_init(&q->fields, IPAM_T_SUBNET);
    q->c.fields = &q->fields;
    q->c.make = make;
    q->c.ret_ids = q->ids;
    q->c.digest = (struct ipam_bytes){ q->digest, sizeof(q->digest) };
}

static enum problem_type carve(struct world *w, struct wish *q)
{
    world_open(w);
    world_begin(w);
    q->c.ret_count = 0;
    q->c.ret_replayed = false;
    enum problem_type end = world_end(w, rule_carve(w->draft, &q->c, &w->problem));
    world_publish(w);
    return end;
}

static int64_t block_made(struct world *w, const char *prefix)
{
    struct ipam_block *b = block_of(w, prefix);
    assert_int_equal(world_create(w, b), PROBLEM_NONE);
    return b->id;
}

static const char *text_of(const struct ipam_prefix *p)
{
    static char text[PREFIX_TEXT_MAX];
    prefix_print(p, text);
    return text;
}

static const char *got(const struct world *w, const struct wish *q, size_t i)
{
    const struct ipam_subnet *s = world_row(w, IPAM_T_SUBNET, q->ids[i]);
    assert_non_null(s);
    return text_of(&s->prefix);
}

/* One prefix of a block; NULL: it was refused. */
static const char *carved(struct world *w, int64_t block, int64_t length, enum strategy strategy)
{
    struct wish q;
    wish_init(&q, block, length);
    q.c.strategy = strategy;
    return carve(w, &q) == PROBLEM_NONE ? got(w, &q, 0) : NULL;
}

static void test_order_of_strategies(void **state)
{
    static const struct {
        enum strategy strategy;
        const char *block;
        int64_t length;
        const char *order[9];
    } rows[] = {
        { STRATEGY_FIRST,
          "10.0.0.0/22",
          24,
          { "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", NULL } },
        { STRATEGY_SPARSE,
          "10.0.0.0/21",
          24,
          { "10.0.0.0/24", "10.0.4.0/24", "10.0.2.0/24", "10.0.6.0/24", "10.0.1.0/24", "10.0.3.0/24",
            "10.0.5.0/24", "10.0.7.0/24", NULL } },
        { STRATEGY_FIRST,
          "2001:db8::/62",
          64,
          { "2001:db8::/64", "2001:db8:0:1::/64", "2001:db8:0:2::/64", "2001:db8:0:3::/64", NULL } },
        { STRATEGY_SPARSE,
          "2001:db8::/32",
          48,
          { "2001:db8::/48", "2001:db8:8000::/48", "2001:db8:4000::/48", "2001:db8:c000::/48",
            "2001:db8:2000::/48" } },
        { STRATEGY_FIRST, "10.0.0.0/24", 24, { "10.0.0.0/24", NULL } },
        { STRATEGY_FIRST, "10.0.0.0/31", 32, { "10.0.0.0/32", "10.0.0.1/32", NULL } },
        { STRATEGY_RANDOM, "10.0.0.0/32", 32, { "10.0.0.0/32", NULL } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        print_message("row: %s of %s\n", rows[i].order[0], rows[i].block);
        world_init(&w);
        int64_t block = block_made(&w, rows[i].block);
        for (size_t k = 0; k < 5 || (k < 9 && rows[i].order[k] != NULL); k++) {
            const char *text = carved(&w, block, rows[i].length, rows[i].strategy);
            if (rows[i].order[k] == NULL) {
                assert_null(text);
                assert_string_equal(problem_slug(w.problem.type), "exhausted");
                break;
            }
            assert_string_equal(text, rows[i].order[k]);
        }
        world_fini(&w);
    }
}

/* Each free prefix comes up, and none twice. */
static void test_random_reaches_all(void **state)
{
    struct world w;
    unsigned first[64] = { 0 }, n = 0;
    (void)state;
    world_init(&w);
    int64_t block = block_made(&w, "10.0.0.0/18");
    while (carved(&w, block, 24, STRATEGY_RANDOM) != NULL)
        n++;
    assert_int_equal(n, 64);
    world_fini(&w);
    for (int i = 0; i < 2000; i++) {
        world_init(&w);
        block = block_made(&w, "10.0.0.0/18");
        struct ipam_prefix p = prefix_of(carved(&w, block, 24, STRATEGY_RANDOM));
        assert_in_range(p.addr.bytes[2], 0, 63);
        first[p.addr.bytes[2]]++;
        world_fini(&w);
    }
    for (unsigned i = 0; i < 64; i++)
        assert_in_range(first[i], 1, 120);
}

/* Subnets, blocks inside and addresses in use are passed over; the block itself, and what encloses it, are not. */
static void test_what_is_taken(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    block_made(&w, "10.0.0.0/8");
    int64_t block = block_made(&w, "10.1.0.0/21");
    block_made(&w, "10.1.0.0/24");
    assert_int_equal(world_create(&w, subnet_of(&w, "10.1.1.128/25")), PROBLEM_NONE);
    assert_int_equal(world_create(&w, address_of(&w, "10.1.2.255")), PROBLEM_NONE);
    assert_int_equal(world_create(&w, address_of(&w, "10.1.3.0")), PROBLEM_NONE);
    world_lease(&w, world_server(&w, "dhcp1", true), "10.1.4.7", IPAM_LEASE_STATE_ACTIVE);
    assert_string_equal(carved(&w, block, 24, STRATEGY_FIRST), "10.1.5.0/24");
    assert_string_equal(carved(&w, block, 25, STRATEGY_FIRST), "10.1.1.0/25");
    assert_string_equal(carved(&w, block, 25, STRATEGY_FIRST), "10.1.2.0/25");
    assert_string_equal(carved(&w, block, 25, STRATEGY_FIRST), "10.1.3.128/25");
    assert_string_equal(carved(&w, block, 23, STRATEGY_FIRST), "10.1.6.0/23");
    assert_null(carved(&w, block, 24, STRATEGY_FIRST));
    world_fini(&w);
}

static void test_a_block_that_is_a_subnet_has_nothing_free(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t block = block_made(&w, "10.1.0.0/24");
    assert_int_equal(world_create(&w, subnet_of(&w, "10.1.0.0/23")), PROBLEM_NONE);
    assert_null(carved(&w, block, 28, STRATEGY_FIRST));
    assert_problem(&w, "exhausted", "10.1.0.0/24 has 0 of the 1 prefixes of 28 bits asked for free");
    world_fini(&w);
}

static void test_all_or_none(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t block = block_made(&w, "10.0.0.0/24");
    wish_init(&q, block, 26);
    q.c.count = 5;
    assert_int_equal(carve(&w, &q), PROBLEM_EXHAUSTED);
    assert_problem(&w, "exhausted", "10.0.0.0/24 has 4 of the 5 prefixes of 26 bits asked for free");
    q.c.count = 4;
    assert_int_equal(carve(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 3), "10.0.0.192/26");
    q.c.length = 23;
    assert_int_equal(carve(&w, &q), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "prefix_length: block 10.0.0.0/24 has no prefixes of 23 bits");
    q.c.length = 33;
    assert_int_equal(carve(&w, &q), PROBLEM_INVALID);
    world_fini(&w);
}

/* The same claim gets the same subnets; another request under it, and what was released, get none. */
static void test_claims(void **state)
{
    struct world w;
    struct wish q, again;
    (void)state;
    world_init(&w);
    int64_t block = block_made(&w, "10.0.0.0/16");
    wish_init(&q, block, 24);
    q.c.claim = IPAM_STR("site-7");
    q.c.count = 2;
    assert_int_equal(carve(&w, &q), PROBLEM_NONE);
    again = q;
    again.c.ret_ids = again.ids;
    memset(again.ids, 0, sizeof(again.ids));
    assert_int_equal(carve(&w, &again), PROBLEM_NONE);
    assert_true(again.c.ret_replayed && again.c.ret_count == 2);
    assert_memory_equal(again.ids, q.ids, 2 * sizeof(q.ids[0]));
    const struct ipam_subnet *s = world_row(&w, IPAM_T_SUBNET, q.ids[0]);
    assert_true(str_equal(s->claim, IPAM_STR("site-7")));
    again.digest[0]++;
    again.c.digest = (struct ipam_bytes){ again.digest, sizeof(again.digest) };
    assert_int_equal(carve(&w, &again), PROBLEM_CLAIM_MISMATCH);
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_SUBNET, q.ids[1])), PROBLEM_NONE);
    assert_int_equal(carve(&w, &q), PROBLEM_CLAIM_RELEASED);
    assert_problem(&w, "claim-released", "the subnets of claim \"site-7\" were released");
    world_fini(&w);
}

/* --- what is free --- */

static void assert_gaps(const struct world *w, const char *within, const char *const *expected)
{
    struct ipam_prefix block = prefix_of(within), gap;
    struct ipam_addr from = block.addr, last;
    size_t n = 0;
    while (rule_next_gap(state_view(w->state), w->space, &block, &from, &gap) == 0) {
        assert_non_null(expected[n]);
        assert_string_equal(text_of(&gap), expected[n++]);
        prefix_last(&gap, &last);
        if (addr_add(&last, u128_from(1), &from) != 0 || !prefix_contains_addr(&block, &from))
            break;
    }
    assert_null(expected[n]);
}

static void test_gaps(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    assert_gaps(&w, "10.0.0.0/8", (const char *[]){ "10.0.0.0/8", NULL });
    assert_gaps(&w, "0.0.0.0/0", (const char *[]){ "0.0.0.0/0", NULL });
    assert_gaps(&w, "::/0", (const char *[]){ "::/0", NULL });
    world_create(&w, subnet_of(&w, "10.0.1.0/24"));
    world_create(&w, address_of(&w, "10.0.2.255"));
    assert_gaps(&w, "10.0.0.0/22",
                (const char *[]){ "10.0.0.0/24", "10.0.2.0/25", "10.0.2.128/26", "10.0.2.192/27",
                                  "10.0.2.224/28", "10.0.2.240/29", "10.0.2.248/30", "10.0.2.252/31",
                                  "10.0.2.254/32", "10.0.3.0/24", NULL });
    assert_gaps(&w, "10.0.1.0/24", (const char *[]){ NULL });
    assert_gaps(&w, "255.255.255.254/31", (const char *[]){ "255.255.255.254/31", NULL });
    world_fini(&w);
}

/* Gaps cover what nothing takes, exactly, and none could be larger. */
static void test_gaps_are_what_is_left(void **state)
{
    struct world w;
    (void)state;
    random_begin();
    for (int round = 0; round < 60; round++) {
        bool taken[256] = { false };
        char text[32];
        world_init(&w);
        for (int i = 0; i < 12; i++) {
            unsigned length = 26 + below(7), size = 1u << (32 - length), at = below(256 / size) * size;
            snprintf(text, sizeof(text), "10.0.0.%u/%u", at, length);
            if (world_create(&w, subnet_of(&w, text)) == PROBLEM_NONE)
                memset(taken + at, 1, size);
        }
        struct ipam_prefix block = prefix_of("10.0.0.0/24"), gap;
        struct ipam_addr from = block.addr;
        for (unsigned at = 0; at < 256;) {
            bool more = rule_next_gap(state_view(w.state), w.space, &block, &from, &gap) == 0;
            unsigned next = more ? gap.addr.bytes[3] : 256, size = more ? 1u << (32 - gap.length) : 0;
            for (; at < next; at++)
                assert_true(taken[at]);
            for (unsigned i = 0; i < size; i++, at++)
                assert_false(taken[at]);
            if (!more)
                break;
            if (size < 256 &&
                (gap.addr.bytes[3] & size) == 0) /* with its other half it is not free, or not whole */
                assert_non_null(memchr(taken + gap.addr.bytes[3] + size, 1, size));
            if (at < 256)
                from.bytes[3] = (uint8_t)at;
        }
        world_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_strategies),
        cmocka_unit_test(test_random_reaches_all),
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_a_block_that_is_a_subnet_has_nothing_free),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_gaps_are_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

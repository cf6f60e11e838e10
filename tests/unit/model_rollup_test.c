/* model_rollup_test.c - which of several objects count together, against a count of every address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rollup.h"
#include "model_world.h"

#include "index_random.h"

#define HOSTS  64
#define MOST   12
#define ROUNDS 2000

static struct ipam_addr host(const char *base, unsigned n)
{
    struct ipam_addr a = addr_of(base);
    a.bytes[a.family == 4 ? 3 : 15] = (uint8_t)n;
    return a;
}

static unsigned number(const struct ipam_addr *a)
{
    return a->bytes[a->family == 4 ? 3 : 15];
}

/* A range, or a prefix of 1 to 32 addresses. */
static void *some(struct world *w, const char *base, bool subnets, int64_t id)
{
    int64_t space = 1 + (int64_t)below(2);
    unsigned from = below(HOSTS), size = 1u << below(6);
    if (subnets) {
        struct ipam_subnet *s = record_new(&w->arena, IPAM_T_SUBNET);
        struct ipam_prefix p = { host(base, from / size * size), (uint8_t)addr_bits(addr_of(base).family) };
        for (unsigned n = size; n > 1; n /= 2)
            p.length--;
        RECORD_SET(s, IPAM_SUBNET_ID, id, id);
        RECORD_SET(s, IPAM_SUBNET_SPACE, space, space);
        RECORD_SET(s, IPAM_SUBNET_PREFIX, prefix, p);
        return s;
    }
    struct ipam_range *r = record_new(&w->arena, IPAM_T_RANGE);
    unsigned last = from + below(20);
    RECORD_SET(r, IPAM_RANGE_ID, id, id);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, space);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, host(base, from));
    RECORD_SET(r, IPAM_RANGE_LAST, last, host(base, last));
    return r;
}

static bool meets(const struct rollup_member *a, const struct rollup_member *b)
{
    return a->space == b->space && number(&a->first) <= number(&b->last) &&
           number(&b->first) <= number(&a->last);
}

static bool comes_first(const struct rollup_member *a, const struct rollup_member *b, bool subnets)
{
    unsigned x = number(&a->last) - number(&a->first), y = number(&b->last) - number(&b->first);
    return subnets && x != y ? x > y : a->id < b->id;
}

/* Whether it counts, by its definition: nothing that comes first and counts has an address of it. */
static bool counts(const struct rollup_member *all, size_t n, size_t i, bool subnets)
{
    for (size_t k = 0; k < n; k++)
        if (k != i && meets(&all[k], &all[i]) && comes_first(&all[k], &all[i], subnets) &&
            counts(all, n, k, subnets))
            return false;
    return true;
}

static void one_round(const char *base, bool subnets)
{
    struct rollup_member all[MOST], picked[MOST];
    size_t n = below(MOST + 1), wanted = 0;
    unsigned seen[3][HOSTS + 32] = { { 0 } };
    struct world w;
    world_init(&w);
    for (size_t i = 0; i < n; i++)
        rollup_member(some(&w, base, subnets, 100 + (int64_t)((i * 7) % MOST)), &all[i]);
    memcpy(picked, all, sizeof(all));
    size_t left = rollup_pick(picked, n);
    for (size_t i = 0; i < n; i++)
        wanted += counts(all, n, i, subnets);
    assert_int_equal(left, wanted);
    for (size_t i = 0; i < left; i++) {
        size_t at = 0;
        while (all[at].rec != picked[i].rec)
            at++;
        assert_true(counts(all, n, at, subnets));
        for (unsigned a = number(&picked[i].first); a <= number(&picked[i].last); a++)
            assert_int_equal(seen[picked[i].space][a]++, 0); /* once */
    }
    for (size_t i = 0; subnets && i < n; i++) /* of prefixes none is lost */
        for (unsigned a = number(&all[i].first); a <= number(&all[i].last); a++)
            assert_int_equal(seen[all[i].space][a], 1);
    world_fini(&w);
}

static void test_each_address_counts_once_78(void **state)
{
    static const char *const bases[] = { "10.0.0.0", "2001:db8::" };
    (void)state;
    for (int i = 0; i < ROUNDS; i++)
        one_round(bases[i & 1], (i & 2) != 0);
}

static void test_sums_of_what_each_has_78(void **state)
{
    struct rollup_member m[2];
    struct usage sum;
    struct world w;
    (void)state;
    world_init(&w);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.0.0/24")), PROBLEM_NONE);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.2.0/25")), PROBLEM_NONE);
    assert_int_equal(world_create(&w, range_of(&w, "10.0.0.10", "10.0.0.19", IPAM_RANGE_KIND_STATIC)),
                     PROBLEM_NONE);
    assert_int_equal(world_create(&w, range_of(&w, "10.0.2.10", "10.0.2.14", IPAM_RANGE_KIND_DYNAMIC)),
                     PROBLEM_NONE);
    for (int i = 0; i < 3; i++) {
        static const char *const at[] = { "10.0.0.10", "10.0.0.200", "10.0.2.7" };
        assert_int_equal(world_create(&w, address_of(&w, at[i])), PROBLEM_NONE);
    }
    for (size_t i = 0; i < 2; i++)
        rollup_member(state_row(w.state, IPAM_T_SUBNET, i), &m[i]);
    rollup_usage(state_view(w.state), m, rollup_pick(m, 2), &sum);
    assert_int_equal(sum.size.lo, 256 + 128);
    assert_int_equal(usage_used(&sum).lo, 3);
    assert_int_equal(sum.use.of[USE_STATIC], 3);
    assert_int_equal(sum.assigned.lo, 15);
    assert_int_equal(sum.utilized.lo, 1);
    for (size_t i = 0; i < 2; i++)
        rollup_member(state_row(w.state, IPAM_T_RANGE, i), &m[i]);
    rollup_usage(state_view(w.state), m, rollup_pick(m, 2), &sum);
    assert_int_equal(sum.size.lo, 15);
    assert_int_equal(usage_used(&sum).lo, 1);
    rollup_usage(state_view(w.state), m, rollup_pick(m, 0), &sum);
    assert_int_equal(sum.size.lo + sum.assigned.lo, 0);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_address_counts_once_78),
        cmocka_unit_test(test_sums_of_what_each_has_78),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

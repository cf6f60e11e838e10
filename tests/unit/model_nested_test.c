/* model_nested_test.c - subnets that lie in others: whose their addresses are, against a look at every address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include "index_random.h"

#define HOSTS   64
#define SUBNETS 12 /* at a time, at the most */
#define STEPS   2500

struct setting {
    struct world w;
    struct ipam_addr base;
};

static struct ipam_addr host(const struct setting *s, unsigned n)
{
    struct ipam_addr a = s->base;
    a.bytes[a.family == 4 ? 3 : 15] = (uint8_t)n;
    return a;
}

static unsigned number(const struct ipam_addr *a)
{
    return a->bytes[a->family == 4 ? 3 : 15];
}

static const struct view *now(const struct setting *s)
{
    return state_view(s->w.state);
}

/* --- the model --- */

static const struct ipam_subnet *after(const struct setting *s, const struct ipam_subnet *n)
{
    return state_next(s->w.state, IPAM_T_SUBNET, n != NULL ? n->id : 0);
}

static bool has(const struct ipam_subnet *n, const struct ipam_addr *a)
{
    return prefix_contains_addr(&n->prefix, a);
}

/* The smallest subnet with both addresses. */
static const struct ipam_subnet *around(const struct setting *s, const struct ipam_addr *first,
                                        const struct ipam_addr *last)
{
    const struct ipam_subnet *n = NULL, *found = NULL;
    while ((n = after(s, n)) != NULL)
        if (has(n, first) && has(n, last) && (found == NULL || n->prefix.length > found->prefix.length))
            found = n;
    return found;
}

static bool overlaps(const struct setting *s, const struct ipam_subnet *n, bool *ret_inside)
{
    const struct ipam_subnet *o = NULL;
    bool any = false;
    *ret_inside = false;
    while ((o = after(s, o)) != NULL) {
        if (o == n || !prefix_overlaps(&o->prefix, &n->prefix))
            continue;
        any = true;
        *ret_inside |= o->prefix.length < n->prefix.length;
    }
    return any;
}

static bool is_used(const struct setting *s, const struct ipam_addr *a)
{
    struct view_user users[4];
    return view_users(now(s), s->w.space, a, users, 4) > 0;
}

/* Whether the subnet may hand it out: it is free, in none inside it, and no end of the subnet. */
static bool may_give(const struct setting *s, const struct ipam_subnet *n, unsigned number)
{
    struct ipam_addr a = host(s, number), first, last;
    prefix_usable(&n->prefix, &first, &last);
    return addr_compare(&a, &first) >= 0 && addr_compare(&a, &last) <= 0 && !is_used(s, &a) &&
           around(s, &a, &a) == n;
}

/* --- what is said --- */

static void check(const struct setting *s)
{
    const struct ipam_subnet *n = NULL;
    bool covered[HOSTS] = { false };
    uint64_t sum = 0, all = 0;
    while ((n = after(s, n)) != NULL) {
        struct ipam_subnet copy = *n;
        bool inside;
        rule_derive(now(s), &copy);
        bool overlapping = overlaps(s, n, &inside);
        assert_int_equal(copy.overlap,
                         overlapping ? IPAM_SUBNET_OVERLAP_OVERLAPPING : IPAM_SUBNET_OVERLAP_NONE);
        assert_int_equal(copy.counted, !inside);
        sum += copy.counted ? copy.size_.lo : 0;
        for (unsigned i = 0; i < HOSTS; i++) {
            struct ipam_addr a = host(s, i);
            covered[i] |= has(n, &a);
        }
    }
    for (unsigned i = 0; i < HOSTS; i++)
        all += covered[i];
    assert_int_equal(sum, all); /* each address once */
}

/* What is free of it, run after run, is what it may hand out. */
static void check_free(const struct setting *s, const struct ipam_subnet *n)
{
    struct ipam_address fields;
    struct allocation a = { .subnet = n->id, .count = 1, .fields = &fields };
    struct ipam_addr from = { 0 }, first, last;
    struct problem p = { 0 };
    unsigned at = 0;
    record_init(&fields, IPAM_T_ADDRESS);
    while (rule_free_run(now(s), &a, &from, &first, &last, &p) == 0) {
        for (; at < number(&first); at++)
            assert_false(may_give(s, n, at));
        for (; at <= number(&last); at++)
            assert_true(may_give(s, n, at));
        assert_int_equal(addr_add(&last, u128_from(1), &from), 0);
    }
    for (; at < HOSTS; at++)
        assert_false(may_give(s, n, at));
}

/* --- changes --- */

static const struct ipam_subnet *any(const struct setting *s)
{
    const struct ipam_subnet *n = after(s, NULL), *next;
    for (unsigned skip = below(SUBNETS); n != NULL && skip > 0; skip--)
        n = (next = after(s, n)) != NULL ? next : n;
    return n;
}

static void add(struct setting *s)
{
    struct ipam_subnet *n = record_new(&s->w.arena, IPAM_T_SUBNET);
    struct ipam_prefix p = { host(s, below(HOSTS)), 0 };
    const struct ipam_subnet *o = NULL;
    bool exists = false;
    p.length = (uint8_t)(addr_bits(s->base.family) - below(7));
    prefix_mask(&p);
    while ((o = after(s, o)) != NULL)
        exists |= prefix_equal(&o->prefix, &p);
    RECORD_SET(n, IPAM_SUBNET_SPACE, space, s->w.space);
    RECORD_SET(n, IPAM_SUBNET_PREFIX, prefix, p);
    assert_int_equal(world_create(&s->w, n), exists ? PROBLEM_EXISTS : PROBLEM_NONE);
}

/* It goes when no address is in it that is in none inside it. */
static void drop(struct setting *s, const struct ipam_subnet *n)
{
    bool holds = false;
    for (unsigned i = 0; i < HOSTS; i++) {
        struct ipam_addr a = host(s, i);
        holds |= is_used(s, &a) && around(s, &a, &a) == n;
    }
    assert_int_equal(world_delete(&s->w, n), holds ? PROBLEM_IN_USE : PROBLEM_NONE);
}

/* By each strategy an address that it may hand out; none only when there is none. */
static void allocate(struct setting *s, const struct ipam_subnet *n)
{
    static const enum strategy strategies[] = { STRATEGY_FIRST, STRATEGY_LAST, STRATEGY_RANDOM,
                                                STRATEGY_SPARSE };
    struct ipam_address fields;
    int64_t ids[3];
    struct allocation a = { .subnet = n->id,
                            .count = 1,
                            .strategy = strategies[below(COUNT(strategies))],
                            .fields = &fields,
                            .ret_ids = ids };
    bool could[HOSTS];
    unsigned lowest = HOSTS, highest = 0, run = 0;
    record_init(&fields, IPAM_T_ADDRESS);
    if (below(3) == 0) {
        a.strategy = STRATEGY_FIRST;
        a.contiguous = true;
        a.count = 3;
    }
    for (unsigned i = 0; i < HOSTS; i++) {
        could[i] = may_give(s, n, i);
        run = could[i] ? run + 1 : 0;
        if (run >= (unsigned)a.count && lowest == HOSTS)
            lowest = i + 1 - (unsigned)a.count;
        if (could[i])
            highest = i;
    }
    bool none = lowest == HOSTS;
    assert_int_equal(world_allocate(&s->w, &a), none ? PROBLEM_EXHAUSTED : PROBLEM_NONE);
    for (int64_t i = 0; !none && i < a.count; i++) {
        const struct ipam_address *got = world_row(&s->w, IPAM_T_ADDRESS, ids[i]);
        assert_true(could[number(&got->address)]);
        if (a.strategy == STRATEGY_FIRST)
            assert_int_equal(number(&got->address), lowest + (unsigned)i);
        if (a.strategy == STRATEGY_LAST)
            assert_int_equal(number(&got->address), highest);
    }
}

static void release(struct setting *s)
{
    size_t pos = 0, skip = below(20);
    uint64_t key;
    void *row = NULL, *found = NULL;
    while (imap_next(&s->w.stored, &pos, &key, &row) && (found == NULL || skip > 0)) {
        found = row;
        skip--;
    }
    if (found != NULL)
        assert_int_equal(world_delete(&s->w, found), PROBLEM_NONE);
}

static void change(struct setting *s)
{
    const struct ipam_subnet *n = any(s);
    switch (below(8)) {
    case 0:
    case 1:
        if (state_count(s->w.state, IPAM_T_SUBNET) < SUBNETS)
            add(s);
        break;
    case 2:
        if (n != NULL)
            drop(s, n);
        break;
    case 3:
    case 4: release(s); break;
    default:
        if (n != NULL)
            allocate(s, n);
    }
}

static void history(const char *base)
{
    struct setting s;
    memset(&s, 0, sizeof(s));
    world_init(&s.w);
    s.base = addr_of(base);
    for (unsigned long i = 0; i < scaled(STEPS); i++) {
        change(&s);
        check(&s);
        const struct ipam_subnet *n = any(&s);
        if (n != NULL)
            check_free(&s, n);
        arena_reset(&s.w.arena);
    }
    world_fini(&s.w);
}

static void test_as_every_address_says_ipv4_20(void **state)
{
    (void)state;
    history("10.1.2.0");
}

static void test_as_every_address_says_ipv6_20(void **state)
{
    (void)state;
    history("2001:db8::");
}

/* --- rules, one by one --- */

static void refuse_overlaps(struct world *w)
{
    const struct ipam_space *before = view_get(state_view(w->state), IPAM_T_SPACE, w->space);
    const uint64_t none[2] = { 0 };
    struct ipam_space patch;
    record_init(&patch, IPAM_T_SPACE);
    RECORD_SET(&patch, IPAM_SPACE_SUBNET_OVERLAP, subnet_overlap, IPAM_SPACE_SUBNET_OVERLAP_REFUSE);
    assert_int_equal(world_update(w, before, &patch, none), PROBLEM_NONE);
}

static void test_a_space_may_refuse_20(void **state)
{
    static const char *const refused[] = { "10.0.0.128/25", "10.0.0.0/16", "10.0.0.7/32" };
    struct world w;
    (void)state;
    world_init(&w);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.0.0/24")), PROBLEM_NONE);
    refuse_overlaps(&w);
    for (size_t i = 0; i < COUNT(refused); i++) {
        char text[80];
        snprintf(text, sizeof(text), "subnet %s overlaps subnet 10.0.0.0/24 (id 2)", refused[i]);
        assert_int_equal(world_create(&w, subnet_of(&w, refused[i])), PROBLEM_OVERLAP);
        assert_problem(&w, "overlap", text);
        assert_string_equal(w.problem.hint,
                            "use a block to group subnets, or set subnet_overlap of the space to allow");
    }
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.1.0/24")), PROBLEM_NONE);
    world_fini(&w);
}

/* Nobody gets addresses of a subnet of others by making one inside it, or one around it. */
static void test_it_takes_no_address_out_of_its_access_scope_20(void **state)
{
    struct world w;
    struct ipam_subnet *outer;
    (void)state;
    world_init(&w);
    outer = subnet_of(&w, "10.0.0.0/16");
    RECORD_SET(outer, IPAM_SUBNET_SPACE, space, w.space);
    RECORD_SET(outer, IPAM_SUBNET_ACCESS_SCOPE, access_scope, 77);
    int64_t id = world_put(&w, outer);
    char text[120];
    snprintf(text, sizeof(text),
             "subnet 10.0.1.0/24 overlaps subnet 10.0.0.0/16 (id %lld), which is in another access scope",
             (long long)id);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.1.0/24")), PROBLEM_OVERLAP);
    assert_problem(&w, "overlap", text);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.0.0/8")), PROBLEM_OVERLAP);
    assert_int_equal(world_create(&w, subnet_of(&w, "11.0.0.0/8")), PROBLEM_NONE);
    world_fini(&w);
}

/* A range that the inner one is then around may not begin or end where no host may be. */
static void test_ranges_fit_the_subnet_that_is_now_theirs_20(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_create(&w, subnet_of(&w, "10.0.0.0/16"));
    assert_int_equal(world_create(&w, range_of(&w, "10.0.1.0", "10.0.1.99", IPAM_RANGE_KIND_STATIC)),
                     PROBLEM_NONE);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.1.0/24")), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "first: 10.0.1.0 is the address of the network");
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.1.0/25")), PROBLEM_INVALID);
    assert_int_equal(world_create(&w, subnet_of(&w, "10.0.1.0/26")), PROBLEM_NONE); /* only a part of it */
    assert_int_equal(world_create(&w, range_of(&w, "10.0.1.200", "10.0.2.9", IPAM_RANGE_KIND_STATIC)),
                     PROBLEM_NONE);
    assert_int_equal(world_create(&w, range_of(&w, "10.0.0.250", "10.0.0.255", IPAM_RANGE_KIND_STATIC)),
                     PROBLEM_NONE);
    world_fini(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_every_address_says_ipv4_20),
        cmocka_unit_test(test_as_every_address_says_ipv6_20),
        cmocka_unit_test(test_a_space_may_refuse_20),
        cmocka_unit_test(test_it_takes_no_address_out_of_its_access_scope_20),
        cmocka_unit_test(test_ranges_fit_the_subnet_that_is_now_theirs_20),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

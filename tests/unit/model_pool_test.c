/* model_pool_test.c - pools: which members they may have, and that they hand out in order until all are full.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include "index_random.h"
#include "model/pool.h"

#define MANY 1000

/* What a request says, and room for its answer. */
struct wish {
    struct allocation a;
    struct carving c;
    struct pool_request q;
    struct pool_try tries[POOL_MEMBERS];
    struct ipam_address fields;
    struct ipam_subnet subnet_fields;
    uint8_t digest[4];
    int64_t ids[MANY];
};

static int make(void *user, struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    (void)user;
    return rule_create(d, s, p);
}

static void wish_init(struct wish *q, int64_t pool, int64_t count)
{
    memset(q, 0, sizeof(*q));
    record_init(&q->fields, IPAM_T_ADDRESS);
    record_init(&q->subnet_fields, IPAM_T_SUBNET);
    q->q = (struct pool_request){ .pool = pool, .ret_tries = q->tries };
    q->a = (struct allocation){ .count = count,
                                .actor = IPAM_STR("token:admin"),
                                .fields = &q->fields,
                                .ret_ids = q->ids,
                                .digest = { q->digest, sizeof(q->digest) } };
    q->c = (struct carving){ .count = count,
                             .actor = IPAM_STR("token:admin"),
                             .fields = &q->subnet_fields,
                             .make = make,
                             .ret_ids = q->ids,
                             .digest = { q->digest, sizeof(q->digest) } };
}

static enum problem_type ask(struct world *w, struct wish *q)
{
    world_open(w);
    world_begin(w);
    q->a.ret_count = q->c.ret_count = 0;
    q->a.ret_replayed = q->c.ret_replayed = false;
    int rc = q->c.length != 0 ? rule_pool_carve(w->draft, &q->q, &q->c, &w->problem)
                              : rule_pool_allocate(w->draft, &q->q, &q->a, &w->problem);
    enum problem_type end = world_end(w, rc);
    world_publish(w);
    return end;
}

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(const int64_t *)((const char *)rec +
                              record_type(((const struct ipam_record *)rec)->type)->fields[0].offset);
}

static struct ipam_address_pool *pool_of(struct world *w, const char *name, const char *const *members,
                                         size_t count)
{
    struct ipam_address_pool *pool = record_new(&w->arena, IPAM_T_ADDRESS_POOL);
    struct ipam_str *items = arena_alloc(&w->arena, (count + 1) * sizeof(*items));
    for (size_t i = 0; i < count; i++)
        items[i] = str_from(members[i]);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_NAME, name, str_from(arena_printf(&w->arena, "%s", name)));
    RECORD_SET(pool, IPAM_ADDRESS_POOL_MEMBERS, members, ((struct ipam_strs){ items, count }));
    return pool;
}

#define POOL(w, name, ...)                                                                                   \
    pool_of(w, name, (const char *const[]){ __VA_ARGS__ },                                                   \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static const char *got(const struct world *w, const struct wish *q, size_t i)
{
    static char text[PREFIX_TEXT_MAX];
    if (q->c.length != 0)
        prefix_print(&((const struct ipam_subnet *)world_row(w, IPAM_T_SUBNET, q->ids[i]))->prefix, text);
    else
        addr_print(&((const struct ipam_address *)world_row(w, IPAM_T_ADDRESS, q->ids[i]))->address, text);
    return text;
}

static const struct ipam_address_pool *pool_now(const struct world *w, int64_t id)
{
    return view_get(state_view(w->state), IPAM_T_ADDRESS_POOL, id);
}

/* --- members --- */

static void test_members_are_kept_by_id_whatever_they_were_called(void **state)
{
    struct world w;
    char wanted[64];
    struct strbuf key;
    (void)state;
    world_init(&w);
    int64_t subnet = made(&w, subnet_of(&w, "10.1.2.0/24"));
    int64_t range = made(&w, range_of(&w, "10.1.2.10", "10.1.2.19", IPAM_RANGE_KIND_STATIC));
    int64_t other = made(&w, subnet_of(&w, "10.1.3.0/24"));
    snprintf(wanted, sizeof(wanted), "subnet %lld", (long long)other);
    int64_t id = made(&w, POOL(&w, "edge", "10.1.2.0/24", "range 10.1.2.10", wanted));
    const struct ipam_address_pool *pool = pool_now(&w, id);
    const int64_t ids[] = { subnet, range, other };
    for (size_t i = 0; i < 3; i++) {
        struct pool_member m;
        assert_true(pool_member_parse(pool->members.items[i], &m));
        assert_int_equal(m.id, ids[i]);
        assert_int_equal(m.type, i == 1 ? IPAM_T_RANGE : IPAM_T_SUBNET);
    }
    struct pool_member m = { IPAM_T_RANGE, range };
    strbuf_init(&key, 100);
    pool_member_print(state_view(w.state), &m, &key);
    assert_string_equal(key.data, "range 10.1.2.10-10.1.2.19");
    strbuf_fini(&key);
    /* A key that a path would have. */
    made(&w, POOL(&w, "core", "subnet 10.1.2.0_24", "10.1.2.10-10.1.2.19"));
    world_fini(&w);
}

static void test_what_may_be_a_member(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, block_of(&w, "10.0.0.0/8"));
    made(&w, subnet_of(&w, "10.1.2.0/24"));
    made(&w, subnet_of(&w, "2001:db8::/64"));
    struct ipam_space *space = record_new(&w.arena, IPAM_T_SPACE);
    RECORD_SET(space, IPAM_SPACE_NAME, name, IPAM_STR("lab"));
    made(&w, space);
    struct ipam_subnet *elsewhere = subnet_of(&w, "10.1.2.0/24");
    RECORD_SET(elsewhere, IPAM_SUBNET_SPACE, space, space->id);
    made(&w, elsewhere);
    char by_id[64];
    snprintf(by_id, sizeof(by_id), "subnet %lld", (long long)elsewhere->id);
    const struct {
        const char *members[3];
        const char *said;
    } bad[] = {
        { { "10.9.9.0/24" }, "place 1 is no subnet" },
        { { "10.1.2.0/24", "subnet 4711" }, "place 2 is no subnet" },
        { { "subnet 10.0.0.0/8" }, "place 1 is no subnet" },
        { { "range 10.1.2.0/24" }, "place 1 is no subnet" },
        { { by_id }, "place 1 is no subnet" },
        { { "nonsense" }, "place 1 is no subnet" },
        { { "10.1.2.0/24", "subnet 10.1.2.0/24" }, "is given twice" },
        { { "10.1.2.0/24", "2001:db8::/64" }, "is of the other family" },
        { { "10.1.2.0/24", "block 10.0.0.0/8" }, "hands out subnets, the first member addresses" },
        { { "block 10.0.0.0/8", "10.1.2.0/24" }, "hands out addresses, the first member subnets" },
        { { NULL }, "without a member" },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t count = bad[i].members[0] == NULL ? 0 : bad[i].members[1] == NULL ? 1 : 2;
        assert_int_equal(world_create(&w, pool_of(&w, "edge", bad[i].members, count)), PROBLEM_INVALID);
        assert_non_null(strstr(w.problem.detail, bad[i].said));
    }
    assert_int_equal(world_create(&w, POOL(&w, "123", "10.1.2.0/24")), PROBLEM_INVALID);
    made(&w, POOL(&w, "edge", "10.1.2.0/24"));
    assert_int_equal(world_create(&w, POOL(&w, "edge", "10.1.2.0/24")), PROBLEM_EXISTS);
    made(&w, POOL(&w, "blocks", "10.0.0.0/8")); /* no subnet has it: the block is meant */
    world_fini(&w);
}

static void test_a_member_stays_while_a_pool_names_it(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_subnet *s = subnet_of(&w, "10.1.2.0/24");
    struct ipam_range *r = range_of(&w, "10.1.2.10", "10.1.2.19", IPAM_RANGE_KIND_STATIC);
    struct ipam_block *b = block_of(&w, "10.0.0.0/8");
    void *const rows[] = { s, r, b };
    made(&w, s);
    made(&w, r);
    made(&w, b);
    int64_t pools[] = { made(&w, POOL(&w, "edge", "range 10.1.2.10", "subnet 10.1.2.0/24")),
                        made(&w, POOL(&w, "blocks", "block 10.0.0.0/8")) };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(world_delete(&w, rows[i]), PROBLEM_IN_USE);
        assert_non_null(strstr(w.problem.detail, i == 2 ? "\"blocks\"" : "\"edge\""));
    }
    /* An id that begins alike is another. */
    struct ipam_subnet *free_one = subnet_of(&w, "10.3.0.0/24");
    made(&w, free_one);
    assert_int_equal(world_delete(&w, free_one), PROBLEM_NONE);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(world_delete(&w, pool_now(&w, pools[i])), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, r), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, s), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, b), PROBLEM_NONE);
    world_fini(&w);
}

static void test_what_members_share_counts_once(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.1.2.0/24"));
    made(&w, range_of(&w, "10.1.2.10", "10.1.2.19", IPAM_RANGE_KIND_STATIC));
    made(&w, subnet_of(&w, "10.1.4.0/28"));
    made(&w, address_of(&w, "10.1.2.12"));
    made(&w, address_of(&w, "10.1.4.3"));
    made(&w, address_of(&w, "10.1.3.3"));
    int64_t id = made(&w, POOL(&w, "edge", "10.1.4.0/28", "range 10.1.2.10", "10.1.2.0/24"));
    struct ipam_address_pool *pool = record_copy(&w.arena, pool_now(&w, id));
    rule_derive(state_view(w.state), pool);
    assert_int_equal(pool->size_.lo, 256 + 16);
    assert_int_equal(pool->used.lo, 2);
    world_fini(&w);
}

/* --- handing out --- */

static void test_the_first_member_that_can_give_all_does(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.1.2.0/30")); /* two */
    made(&w, subnet_of(&w, "10.1.1.0/29")); /* six */
    int64_t pool = made(&w, POOL(&w, "edge", "10.1.2.0/30", "10.1.1.0/29"));
    wish_init(&q, pool, 1);
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.2.1");
    wish_init(&q, pool, 2); /* one is left in the first */
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.1.1");
    assert_string_equal(got(&w, &q, 1), "10.1.1.2");
    assert_int_equal(q.q.ret_count, 2);
    assert_int_equal(q.tries[0].had, 1);
    assert_int_equal(q.tries[0].why, PROBLEM_EXHAUSTED);
    wish_init(&q, pool, 1); /* what was tried there is free again */
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.2.2");
    wish_init(&q, pool, 5); /* four are left, in the second */
    assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
    assert_int_equal(q.tries[0].had, 0);
    assert_int_equal(q.tries[1].had, 4);
    assert_non_null(strstr(w.problem.detail, "\"edge\""));
    wish_init(&q, pool, 4);
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    wish_init(&q, pool, 1);
    assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
    world_fini(&w);
}

static void test_spread_takes_a_part_of_each(void **state)
{
    struct world w;
    struct wish q;
    static const char *const wanted[] = { "10.1.2.1", "10.1.2.2", "10.1.1.1", "10.1.1.2", "10.1.1.3" };
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.1.2.0/30"));
    made(&w, subnet_of(&w, "10.1.1.0/29"));
    int64_t pool = made(&w, POOL(&w, "edge", "10.1.2.0/30", "10.1.1.0/29"));
    wish_init(&q, pool, 9); /* there are eight */
    q.q.spread = true;
    assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
    assert_non_null(strstr(w.problem.detail, "8 of the 9"));
    wish_init(&q, pool, 5);
    q.q.spread = true;
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_int_equal(q.a.ret_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(got(&w, &q, i), wanted[i]);
    world_fini(&w);
}

static void test_a_claim_gets_the_same_whichever_member_gave_it(void **state)
{
    struct world w;
    struct wish q, again;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.1.2.0/30"));
    made(&w, subnet_of(&w, "10.1.1.0/29"));
    int64_t pool = made(&w, POOL(&w, "edge", "10.1.2.0/30", "10.1.1.0/29"));
    wish_init(&q, pool, 3);
    q.a.claim = IPAM_STR("order-1");
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    wish_init(&again, pool, 3);
    again.a.claim = IPAM_STR("order-1");
    assert_int_equal(ask(&w, &again), PROBLEM_NONE);
    assert_true(again.a.ret_replayed);
    assert_memory_equal(again.ids, q.ids, 3 * sizeof(q.ids[0]));
    again.digest[0] = 1;
    assert_int_equal(ask(&w, &again), PROBLEM_CLAIM_MISMATCH);
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, q.ids[1])), PROBLEM_NONE);
    again.digest[0] = 0;
    assert_int_equal(ask(&w, &again), PROBLEM_CLAIM_RELEASED);
    world_fini(&w);
}

static bool is_not(void *user, const struct view *v, const void *row)
{
    (void)v;
    return ((const struct ipam_subnet *)row)->id != *(const int64_t *)user;
}

static void test_members_that_are_not_his_are_passed_over(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t hidden = made(&w, subnet_of(&w, "10.1.2.0/24"));
    made(&w, subnet_of(&w, "10.1.1.0/30"));
    int64_t pool = made(&w, POOL(&w, "edge", "10.1.2.0/24", "10.1.1.0/30"));
    wish_init(&q, pool, 1);
    q.q.may = is_not;
    q.q.user = &hidden;
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.1.1");
    q.a.count = 2;
    assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
    assert_int_equal(q.q.ret_count, 1); /* nothing tells of the other */
    assert_int_equal(q.tries[0].had, 1);
    world_fini(&w);
}

static void test_a_range_that_its_server_leases_is_passed_over(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.1.2.0/24"));
    struct ipam_range *leased = range_of(&w, "10.1.2.10", "10.1.2.19", IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(leased, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    made(&w, leased);
    int64_t pool = made(&w, POOL(&w, "edge", "range 10.1.2.10", "10.1.2.0/24"));
    wish_init(&q, pool, 1);
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.2.1");
    assert_int_equal(q.tries[0].why, PROBLEM_MANAGED);
    world_fini(&w);
}

static void test_a_member_that_its_server_took_away_is_passed_over(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    struct ipam_subnet *gone = subnet_of(&w, "10.1.2.0/24");
    made(&w, gone);
    made(&w, subnet_of(&w, "10.1.1.0/30"));
    int64_t pool = made(&w, POOL(&w, "edge", "10.1.2.0/24", "10.1.1.0/30"));
    world_open(&w); /* as a collection does */
    world_begin(&w);
    draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_SUBNET, gone->id));
    world_end(&w, 0);
    world_publish(&w);
    wish_init(&q, pool, 1);
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.1.1.1");
    struct ipam_address_pool *now = record_copy(&w.arena, pool_now(&w, pool));
    rule_derive(state_view(w.state), now);
    assert_int_equal(now->size_.lo, 4);
    world_fini(&w);
}

static void test_blocks_give_subnets_in_order(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    made(&w, block_of(&w, "10.8.0.0/25"));
    made(&w, block_of(&w, "10.2.0.0/23"));
    int64_t pool = made(&w, POOL(&w, "sites", "block 10.8.0.0/25", "block 10.2.0.0/23"));
    wish_init(&q, pool, 1);
    assert_int_equal(ask(&w, &q), PROBLEM_INVALID); /* it has no addresses to give */
    assert_non_null(strstr(w.problem.detail, "prefix_length"));
    wish_init(&q, pool, 2);
    q.c.length = 26;
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.8.0.0/26");
    assert_string_equal(got(&w, &q, 1), "10.8.0.64/26");
    wish_init(&q, pool, 1); /* the first is full, and too small for these */
    q.c.length = 24;
    q.c.claim = IPAM_STR("site-1");
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.2.0.0/24");
    assert_int_equal(q.tries[0].why, PROBLEM_INVALID);
    assert_int_equal(ask(&w, &q), PROBLEM_NONE);
    assert_true(q.c.ret_replayed);
    wish_init(&q, pool, 2);
    q.c.length = 24;
    assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
    assert_int_equal(q.tries[1].had, 1);
    wish_init(&q, pool, 1); /* larger than every member: no waiting would help */
    q.c.length = 16;
    assert_int_equal(ask(&w, &q), PROBLEM_INVALID);
    q.c.length = 33;
    assert_int_equal(ask(&w, &q), PROBLEM_INVALID);
    made(&w, POOL(&w, "edge", "subnet 10.2.0.0/24"));
    wish_init(&q, view_by_name(state_view(w.state), IPAM_T_ADDRESS_POOL, IPAM_STR("edge")), 1);
    q.c.length = 26;
    assert_int_equal(ask(&w, &q), PROBLEM_INVALID);
    world_fini(&w);
}

/* --- against a simple model --- */

#define MODEL_MEMBERS 6
#define MODEL_HOSTS   32

/* A member as the model knows it: which of its hosts may be handed out. */
struct shelf {
    char prefix[PREFIX_TEXT_MAX];
    struct ipam_addr first;
    bool free[MODEL_HOSTS];
    int left;
};

static void shelf_init(struct world *w, struct shelf *s, unsigned i, bool v6)
{
    unsigned bits = 2 + below(4);
    struct ipam_prefix p;
    snprintf(s->prefix, sizeof(s->prefix), v6 ? "2001:db8:%x::/%u" : "10.0.%u.0/%u", i * 7 % 11,
             (v6 ? 128u : 32u) - bits);
    made(w, subnet_of(w, s->prefix));
    p = prefix_of(s->prefix);
    prefix_first(&p, &s->first);
    s->left = 0;
    for (unsigned k = 0; k < MODEL_HOSTS; k++) {
        struct ipam_addr at, first, last;
        addr_add(&s->first, u128_from(k), &at);
        prefix_usable(&p, &first, &last);
        s->free[k] = k < 1u << bits && addr_compare(&at, &first) >= 0 && addr_compare(&at, &last) <= 0;
        if (s->free[k] && below(3) == 0) {
            char text[ADDR_TEXT_MAX];
            addr_print(&at, text);
            made(w, address_of(w, text));
            s->free[k] = false;
        }
        s->left += s->free[k];
    }
}

/* Takes what was handed out off the shelf that has it; its number. */
static size_t take_off(struct shelf *shelves, size_t count, const struct ipam_addr *a)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < MODEL_HOSTS; k++) {
            struct ipam_addr at;
            addr_add(&shelves[i].first, u128_from(k), &at);
            if (!addr_equal(&at, a))
                continue;
            assert_true(shelves[i].free[k]); /* nothing twice */
            shelves[i].free[k] = false;
            shelves[i].left--;
            return i;
        }
    fail_msg("an address of no member");
    return 0;
}

static bool has_run(const struct shelf *s, int64_t n)
{
    int64_t run = 0;
    for (unsigned k = 0; k < MODEL_HOSTS; k++) {
        run = s->free[k] ? run + 1 : 0;
        if (run >= n)
            return true;
    }
    return n == 0;
}

/* How many of what is asked for the shelf can give, all or none unless they are spread. */
static int64_t can_give(const struct shelf *s, int64_t left, bool contiguous, bool spread)
{
    if (contiguous)
        return has_run(s, left) ? left : 0;
    return s->left >= left ? left : spread ? s->left : 0;
}

static void one_request(struct world *w, int64_t pool, struct shelf *shelves, size_t count)
{
    static const enum strategy strategies[] = { STRATEGY_FIRST, STRATEGY_LAST, STRATEGY_RANDOM,
                                                STRATEGY_SPARSE };
    struct wish q;
    int64_t wanted[MODEL_MEMBERS] = { 0 }, left;
    wish_init(&q, pool, 1 + below(below(4) == 0 ? 40 : 4));
    q.a.strategy = strategies[below(4)];
    q.q.spread = below(2) == 0;
    q.a.contiguous = !q.q.spread && q.a.strategy == STRATEGY_FIRST && below(2) == 0;
    left = q.a.count;
    for (size_t i = 0; i < count && left > 0; i++)
        left -= wanted[i] = can_give(&shelves[i], left, q.a.contiguous, q.q.spread);
    enum problem_type end = ask(w, &q);
    assert_int_equal(end, left == 0 ? PROBLEM_NONE : PROBLEM_EXHAUSTED);
    if (end != PROBLEM_NONE)
        return;
    assert_int_equal(q.a.ret_count, q.a.count);
    size_t before = 0;
    for (int64_t i = 0; i < q.a.count; i++) {
        const struct ipam_address *a = world_row(w, IPAM_T_ADDRESS, q.ids[i]);
        size_t of = take_off(shelves, count, &a->address);
        assert_true(of >= before); /* in the order of the members */
        before = of;
        wanted[of]--;
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(wanted[i], 0);
}

/* Until not one address is left in any member, and no sooner, a request for one is answered. */
static void test_fails_only_when_all_are_full_6(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct world w;
        struct shelf shelves[MODEL_MEMBERS];
        const char *members[MODEL_MEMBERS];
        size_t count = 1 + below(MODEL_MEMBERS);
        world_init(&w);
        for (size_t i = 0; i < count; i++) {
            shelf_init(&w, &shelves[i], (unsigned)i, round % 2 == 1);
            members[i] = shelves[i].prefix;
        }
        int64_t pool = made(&w, pool_of(&w, "edge", members, count));
        for (int step = 0; step < 40; step++)
            (void)one_request(&w, pool, shelves, count);
        for (size_t i = 0; i < count; i++) /* the rest, one by one: each from the first that has one */
            while (shelves[i].left > 0) {
                struct wish q;
                wish_init(&q, pool, 1);
                assert_int_equal(ask(&w, &q), PROBLEM_NONE);
                const struct ipam_address *a = world_row(&w, IPAM_T_ADDRESS, q.ids[0]);
                assert_int_equal(take_off(shelves, count, &a->address), i);
            }
        struct wish q;
        wish_init(&q, pool, 1);
        assert_int_equal(ask(&w, &q), PROBLEM_EXHAUSTED);
        world_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_kept_by_id_whatever_they_were_called),
        cmocka_unit_test(test_what_may_be_a_member),
        cmocka_unit_test(test_a_member_stays_while_a_pool_names_it),
        cmocka_unit_test(test_what_members_share_counts_once),
        cmocka_unit_test(test_the_first_member_that_can_give_all_does),
        cmocka_unit_test(test_spread_takes_a_part_of_each),
        cmocka_unit_test(test_a_claim_gets_the_same_whichever_member_gave_it),
        cmocka_unit_test(test_members_that_are_not_his_are_passed_over),
        cmocka_unit_test(test_a_range_that_its_server_leases_is_passed_over),
        cmocka_unit_test(test_a_member_that_its_server_took_away_is_passed_over),
        cmocka_unit_test(test_blocks_give_subnets_in_order),
        cmocka_unit_test(test_fails_only_when_all_are_full_6),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

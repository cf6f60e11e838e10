/* model_allocate_test.c - which addresses are handed out, once per claim, and how they come back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

#include "base/clock.h"

#define MANY 1000

/* What a request says, and room for its answer. */
struct wish {
    struct allocation a;
    struct ipam_address fields;
    uint8_t digest[4];
    int64_t ids[MANY];
};

static void wish_init(struct wish *q, int64_t subnet, int64_t range)
{
    *q = (struct wish){
        .a = { .subnet = subnet, .range = range, .count = 1, .actor = IPAM_STR("token:admin") }
    };
    record_init(&q->fields, IPAM_T_ADDRESS);
    q->a.fields = &q->fields;
    q->a.ret_ids = q->ids;
    q->a.digest = (struct ipam_bytes){ q->digest, sizeof(q->digest) };
}

static int64_t subnet_made(struct world *w, const char *prefix)
{
    struct ipam_subnet *s = subnet_of(w, prefix);
    assert_int_equal(world_create(w, s), PROBLEM_NONE);
    return s->id;
}

static int64_t range_made(struct world *w, const char *first, const char *last, uint32_t kind)
{
    struct ipam_range *r = range_of(w, first, last, kind);
    if (kind == IPAM_RANGE_KIND_DYNAMIC)
        RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    assert_int_equal(world_create(w, r), PROBLEM_NONE);
    return r->id;
}

/* One of a server, which may have more than hosts can. */
static int64_t range_found(struct world *w, const char *first, const char *last)
{
    struct ipam_range *r = range_of(w, first, last, IPAM_RANGE_KIND_STATIC);
    RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    assert_int_equal(world_create(w, r), PROBLEM_NONE);
    return r->id;
}

/* The address that was handed out as text. */
static const char *got(const struct world *w, const struct wish *q, size_t i)
{
    static char text[ADDR_TEXT_MAX];
    const struct ipam_address *a = world_row(w, IPAM_T_ADDRESS, q->ids[i]);
    assert_non_null(a);
    addr_print(&a->address, text);
    return text;
}

/* One address of a subnet or range by a strategy; NULL when it was refused. */
static const char *hand_out(struct world *w, int64_t subnet, int64_t range, enum strategy strategy)
{
    struct wish q;
    wish_init(&q, subnet, range);
    q.a.strategy = strategy;
    return world_allocate(w, &q.a) == PROBLEM_NONE ? got(w, &q, 0) : NULL;
}

/* The first and the last address of a subnet that are handed out, and how many there are. */
static void test_usable_addresses(void **state)
{
    static const struct {
        const char *prefix, *first, *last;
        unsigned count;
    } rows[] = {
        { "10.0.0.0/29", "10.0.0.1", "10.0.0.6", 6 },
        { "10.0.0.0/30", "10.0.0.1", "10.0.0.2", 2 },
        { "10.0.0.0/31", "10.0.0.0", "10.0.0.1", 2 }, /* RFC 3021 */
        { "10.0.0.7/32", "10.0.0.7", "10.0.0.7", 1 },
        { "2001:db8::/125", "2001:db8::1", "2001:db8::7", 7 },
        { "2001:db8::/127", "2001:db8::", "2001:db8::1", 2 }, /* RFC 6164 */
        { "2001:db8::5/128", "2001:db8::5", "2001:db8::5", 1 },
        { "2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", 0 },
        { "::/0", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0 },
        { "0.0.0.0/0", "0.0.0.1", "255.255.255.254", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        unsigned n = 0;
        print_message("row: %s\n", rows[i].prefix);
        world_init(&w);
        int64_t subnet = subnet_made(&w, rows[i].prefix);
        assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), rows[i].first);
        if (rows[i].count != 1)
            assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_LAST), rows[i].last);
        while (rows[i].count != 0 && hand_out(&w, subnet, 0, STRATEGY_RANDOM) != NULL)
            n++;
        if (rows[i].count != 0) {
            assert_int_equal(world_count(&w, IPAM_T_ADDRESS), rows[i].count);
            assert_int_equal(n, rows[i].count > 2 ? rows[i].count - 2 : 0);
        } else {
            assert_non_null(hand_out(&w, subnet, 0, STRATEGY_RANDOM));
        }
        world_fini(&w);
    }
}

static void test_order_of_strategies(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.1");
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.2");
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_LAST), "10.0.0.254");
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_LAST), "10.0.0.253");
    struct wish q;
    wish_init(&q, subnet, 0);
    q.a.count = 250; /* all that is left, in one request */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_int_equal(q.a.ret_count, 250);
    assert_string_equal(got(&w, &q, 0), "10.0.0.3");
    assert_string_equal(got(&w, &q, 249), "10.0.0.252");
    world_fini(&w);
}

/* Each far from those before it: RFC 3531, 3.1, but for the network address. */
static void test_sparse(void **state)
{
    static const char *const order[] = { "10.0.0.1", "10.0.0.8", "10.0.0.4",  "10.0.0.12", "10.0.0.2",
                                         "10.0.0.10", "10.0.0.6", "10.0.0.14", "10.0.0.3" };
    static const char *const wide[] = { "2001:db8::1", "2001:db8:0:0:8000::", "2001:db8:0:0:4000::",
                                        "2001:db8:0:0:c000::", "2001:db8:0:0:2000::" };
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/28"), v6 = subnet_made(&w, "2001:db8::/64");
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_SPARSE), order[i]);
    wish_init(&q, v6, 0);
    q.a.strategy = STRATEGY_SPARSE;
    q.a.count = 5; /* in one request they are as far from one another */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(got(&w, &q, i), wide[i]);
    wish_init(&q, subnet, 0);
    q.a.strategy = STRATEGY_SPARSE;
    q.a.count = 5; /* all that is left */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_null(hand_out(&w, subnet, 0, STRATEGY_SPARSE));
    world_fini(&w);
}

static void test_contiguous(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/26");
    world_create(&w, address_of(&w, "10.0.0.5"));
    range_made(&w, "10.0.0.10", "10.0.0.19", IPAM_RANGE_KIND_DYNAMIC);
    world_lease(&w, world_server(&w, "dhcp1", true), "10.0.0.25", IPAM_LEASE_STATE_ACTIVE);
    wish_init(&q, subnet, 0);
    q.a.contiguous = true;
    q.a.count = 5; /* 1-4 and 6-9 are too short, 20-24 are not */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.0.0.20");
    assert_string_equal(got(&w, &q, 4), "10.0.0.24");
    q.a.count = 38; /* 26-62 are 37 */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    assert_problem(&w, "exhausted", "10.0.0.0/26 has no 38 free addresses that follow one another");
    q.a.count = 37;
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 36), "10.0.0.62");
    q.a.count = 4;
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.0.0.1");
    q.a.count = 100; /* more than the subnet has */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    world_fini(&w);
}

/* What a client makes of its hardware address itself; when somebody has it, no other will do. */
static void test_eui64(void **state)
{
    static const uint8_t mac6[] = { 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde };
    static const uint8_t mac8[] = { 0x34, 0x56, 0x78, 0x01, 0x02, 0x9a, 0xbc, 0xde };
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    wish_init(&q, subnet_made(&w, "2001:db8:1:2::/64"), 0);
    q.a.strategy = STRATEGY_EUI64;
    RECORD_SET(&q.fields, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac6, sizeof(mac6) }));
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "2001:db8:1:2:3656:78ff:fe9a:bcde"); /* RFC 4291, appendix A */
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    assert_problem(&w, "exhausted", "the address in 2001:db8:1:2::/64 of that mac is not free");
    RECORD_SET(&q.fields, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac8, sizeof(mac8) }));
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "2001:db8:1:2:3656:7801:29a:bcde");
    world_fini(&w);
}

/* Item 59: what is kept back in ranges, and the gateways of the subnet and of ranges, are handed out to nobody. */
static void test_what_is_kept_back(void **state)
{
    static const struct ipam_str reserved[] = { IPAM_STR("10.0.0.1-10.0.0.3") }, vips[] = { IPAM_STR("10.0.0.5") },
                                 routers[] = { IPAM_STR("10.0.0.6=20") };
    static const char *const order[] = { "10.0.0.4", "10.0.0.7", "10.0.0.9", "10.0.0.13" };
    struct ipam_addr gateway = addr_of("10.0.0.8");
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/28");
    RECORD_SET(s, IPAM_SUBNET_GATEWAYS, gateways, ((struct ipam_addrs){ &gateway, 1 }));
    assert_int_equal(world_create(&w, s), PROBLEM_NONE);
    struct ipam_range *r = range_of(&w, "10.0.0.1", "10.0.0.7", IPAM_RANGE_KIND_STATIC);
    RECORD_SET(r, IPAM_RANGE_RESERVED, reserved, ((struct ipam_strs){ (struct ipam_str *)reserved, 1 }));
    RECORD_SET(r, IPAM_RANGE_VIPS, vips, ((struct ipam_strs){ (struct ipam_str *)vips, 1 }));
    RECORD_SET(r, IPAM_RANGE_GATEWAYS, gateways, ((struct ipam_strs){ (struct ipam_str *)routers, 1 }));
    assert_int_equal(world_create(&w, r), PROBLEM_NONE);
    r = range_of(&w, "10.0.0.10", "10.0.0.12", IPAM_RANGE_KIND_VIP);
    assert_int_equal(world_create(&w, r), PROBLEM_NONE);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        assert_string_equal(hand_out(&w, s->id, 0, STRATEGY_FIRST), order[i]);
    assert_string_equal(hand_out(&w, 0, r->id, STRATEGY_FIRST), "10.0.0.10"); /* who asks for one gets it */
    const struct ipam_address *a = world_row(&w, IPAM_T_ADDRESS, w.next_id - 1);
    assert_true(a->state == IPAM_ADDRESS_STATE_IN_USE && str_is(a->device_type, "Host"));
    world_fini(&w);
}

/* The runs that are shown are those that are handed out, and nothing else. */
static void test_free_runs(void **state)
{
    static const char *const runs[][2] = { { "10.0.0.1", "10.0.0.4" },   { "10.0.0.6", "10.0.0.9" },
                                           { "10.0.0.20", "10.0.0.24" }, { "10.0.0.26", "10.0.0.29" },
                                           { "10.0.0.31", "10.0.0.62" } };
    struct world w;
    struct allocation a = { .count = 1 };
    struct ipam_addr from = { .family = 0 }, first, last;
    char text[ADDR_TEXT_MAX];
    size_t n = 0;
    (void)state;
    world_init(&w);
    a.subnet = subnet_made(&w, "10.0.0.0/26");
    world_create(&w, address_of(&w, "10.0.0.5"));
    range_made(&w, "10.0.0.10", "10.0.0.19", IPAM_RANGE_KIND_DYNAMIC);
    int64_t server = world_server(&w, "dhcp1", true);
    world_lease(&w, server, "10.0.0.25", IPAM_LEASE_STATE_ACTIVE);
    int64_t id = world_scope(&w, server, "10.0.0.0/26", "1");
    struct ipam_scope routed = *(const struct ipam_scope *)world_row(&w, IPAM_T_SCOPE, id);
    struct ipam_addr gateway = addr_of("10.0.0.30");
    RECORD_SET(&routed, IPAM_SCOPE_ROUTERS, routers, ((struct ipam_addrs){ &gateway, 1 }));
    world_put(&w, &routed);
    while (rule_free_run(state_view(w.state), &a, &from, &first, &last, &w.problem) == 0) {
        assert_true(n < sizeof(runs) / sizeof(runs[0]));
        addr_print(&first, text);
        assert_string_equal(text, runs[n][0]);
        addr_print(&last, text);
        assert_string_equal(text, runs[n++][1]);
        addr_add(&last, u128_from(1), &from);
    }
    assert_int_equal(n, sizeof(runs) / sizeof(runs[0]));
    a.subnet = 4711;
    assert_int_not_equal(rule_free_run(state_view(w.state), &a, &from, &first, &last, &w.problem), IPAM_E_EXHAUSTED);
    assert_problem(&w, "not-found", "there is no subnet 4711");
    world_fini(&w);
}

/* Uniform enough that each of 128 free addresses comes up, none much more often than others. */
static void test_random_reaches_all(void **state)
{
    struct world w;
    unsigned hits[256] = { 0 };
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    range_made(&w, "10.0.0.5", "10.0.0.130", IPAM_RANGE_KIND_DYNAMIC);
    for (unsigned i = 0; i < 6400; i++) {
        struct wish q;
        wish_init(&q, subnet, 0);
        q.a.strategy = STRATEGY_RANDOM;
        world_open(&w);
        assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
        const struct ipam_address *a = view_get(draft_view(w.draft), IPAM_T_ADDRESS, q.ids[0]);
        hits[a->address.bytes[3]]++;
        world_drop(&w);
    }
    for (unsigned i = 0; i < 256; i++) {
        assert_int_equal(hits[i] > 0, (i >= 1 && i <= 4) || (i >= 131 && i <= 254));
        assert_true(hits[i] < 150); /* 50 are expected; the odds of 150 are below 10^-27 */
    }
    world_fini(&w);
}

static void test_dynamic_ranges_are_passed_over(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    range_made(&w, "10.0.0.0", "10.0.0.99", IPAM_RANGE_KIND_DYNAMIC);
    range_made(&w, "10.0.0.102", "10.0.0.255", IPAM_RANGE_KIND_DYNAMIC);
    int64_t fixed = range_made(&w, "10.0.0.90", "10.0.0.101", IPAM_RANGE_KIND_STATIC);
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.100");
    assert_string_equal(hand_out(&w, 0, fixed, STRATEGY_FIRST),
                        "10.0.0.101"); /* also where they lie over a static one */
    assert_null(hand_out(&w, subnet, 0, STRATEGY_LAST));
    assert_problem(&w, "exhausted", "10.0.0.0/24 has 0 of the 1 addresses asked for free");
    assert_null(hand_out(&w, subnet, 0, STRATEGY_RANDOM));
    assert_null(hand_out(&w, 0, fixed, STRATEGY_FIRST));
    assert_problem(&w, "exhausted", "10.0.0.90-10.0.0.101 has 0 of the 1 addresses asked for free");
    world_fini(&w);
}

static void test_ranges(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/29");
    int64_t all = range_found(&w, "10.0.0.0", "10.0.0.7");
    assert_string_equal(hand_out(&w, 0, all, STRATEGY_FIRST), "10.0.0.1"); /* never network or broadcast */
    assert_string_equal(hand_out(&w, 0, all, STRATEGY_LAST), "10.0.0.6");
    assert_string_equal(hand_out(&w, 0, all, STRATEGY_FIRST), "10.0.0.2");
    subnet_made(&w, "10.0.1.0/24");
    int64_t network = range_found(&w, "10.0.1.0", "10.0.1.0");
    int64_t broadcast = range_found(&w, "10.0.1.255", "10.0.1.255");
    for (enum strategy i = STRATEGY_FIRST; i <= STRATEGY_RANDOM; i++) {
        assert_null(hand_out(&w, 0, network, i));
        assert_problem(&w, "exhausted", "10.0.1.0-10.0.1.0 has 0 of the 1 addresses asked for free");
        assert_null(hand_out(&w, 0, broadcast, i));
    }
    int64_t dynamic = range_made(&w, "10.0.1.10", "10.0.1.20", IPAM_RANGE_KIND_DYNAMIC);
    assert_null(hand_out(&w, 0, dynamic, STRATEGY_FIRST));
    assert_problem(&w, "managed-elsewhere",
                   "range 10.0.1.10-10.0.1.20 is leased by its DHCP server, which may give the address away");
    assert_null(hand_out(&w, 0, 99, STRATEGY_FIRST));
    assert_problem(&w, "not-found", "there is no range 99");
    assert_null(hand_out(&w, 99, 0, STRATEGY_FIRST));
    assert_problem(&w, "not-found", "there is no subnet 99");
    assert_non_null(hand_out(&w, subnet, 0, STRATEGY_RANDOM));
    world_fini(&w);
}

static void test_what_others_use_is_not_free(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/29");
    int64_t server = world_server(&w, "dhcp1", true);
    world_lease(&w, server, "10.0.0.1", IPAM_LEASE_STATE_ACTIVE);
    world_reservation(&w, server, 0, "10.0.0.2");
    world_lease(&w, server, "10.0.0.3", IPAM_LEASE_STATE_DECLINED);
    world_lease(&w, server, "10.0.0.4", IPAM_LEASE_STATE_EXPIRED);
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.4");
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.5");
    world_fini(&w);
}

static void test_all_or_none(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/29"), head = w.head;
    wish_init(&q, subnet, 0);
    q.a.count = 7;
    q.a.claim = IPAM_STR("too-many");
    world_allocate(&w, &q.a);
    assert_problem(&w, "exhausted", "10.0.0.0/29 has 6 of the 7 addresses asked for free");
    assert_string_equal(w.problem.hint, "release addresses, or allocate from another subnet");
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 0);
    assert_int_equal(world_count(&w, IPAM_T_CLAIM), 0);
    assert_int_equal(w.head, head);
    q.a.count = 6;
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_int_equal(w.head, head + 1);
    world_fini(&w);
}

/* --- claims --- */

static void test_claims(void **state)
{
    struct world w;
    struct wish first, again, other;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    wish_init(&first, subnet, 0);
    first.a.count = 2;
    first.a.claim = IPAM_STR("order-1");
    again = other = first;
    again.a.ret_ids = again.ids;
    other.a.ret_ids = other.ids;
    assert_int_equal(world_allocate(&w, &first.a), PROBLEM_NONE);
    assert_false(first.a.ret_replayed);
    int64_t head = w.head;
    again.a.digest.data = again.digest;
    assert_int_equal(world_allocate(&w, &again.a), PROBLEM_NONE);
    assert_true(again.a.ret_replayed);
    assert_int_equal(again.a.ret_count, 2);
    assert_memory_equal(again.ids, first.ids, 2 * sizeof(first.ids[0]));
    assert_int_equal(w.head, head); /* an answer, not a change */

    other.digest[0] = 1;
    other.a.digest.data = other.digest;
    world_allocate(&w, &other.a);
    assert_problem(&w, "claim-mismatch", "claim \"order-1\" was made with another request");
    assert_string_equal(w.problem.hint, "use the request the claim was made with, or another claim");

    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, first.ids[1])), PROBLEM_NONE);
    world_allocate(&w, &again.a);
    assert_problem(&w, "claim-released", "the addresses of claim \"order-1\" were released");
    assert_string_equal(w.problem.hint, "use another claim: this one never gets anything else");
    assert_int_equal(problem_status(w.problem.type), 410);
    const struct ipam_claim *c = world_only(&w, IPAM_T_CLAIM);
    assert_true(str_is(c->actor, "token:admin"));
    assert_int_equal(c->created, w.now);
    world_fini(&w);
}

/* The same claim twice in one batch, before either is durable. */
static void test_claim_within_a_batch(void **state)
{
    struct world w;
    struct wish first, again;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    wish_init(&first, subnet, 0);
    wish_init(&again, subnet, 0);
    first.a.claim = again.a.claim = IPAM_STR("order-1");
    world_open(&w);
    world_allocate(&w, &first.a);
    assert_int_equal(world_allocate(&w, &again.a), PROBLEM_NONE);
    assert_true(again.a.ret_replayed);
    assert_int_equal(again.ids[0], first.ids[0]);
    world_publish(&w);
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 1);
    world_only(&w, IPAM_T_CLAIM);
    world_fini(&w);
}

/* A claim belongs to its space: another space's of that name is another claim. */
static void test_claims_of_two_spaces(void **state)
{
    struct world w;
    struct wish here, there;
    struct ipam_space *lab = NULL;
    (void)state;
    world_init(&w);
    lab = record_new(&w.arena, IPAM_T_SPACE);
    RECORD_SET(lab, IPAM_SPACE_NAME, name, IPAM_STR("lab"));
    assert_int_equal(world_create(&w, lab), PROBLEM_NONE);
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_SPACE, space, lab->id);
    assert_int_equal(world_create(&w, s), PROBLEM_NONE);
    wish_init(&here, subnet_made(&w, "10.0.0.0/24"), 0);
    wish_init(&there, s->id, 0);
    here.a.claim = there.a.claim = IPAM_STR("order-1");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(world_allocate(&w, &here.a), PROBLEM_NONE);
        assert_int_equal(here.a.ret_replayed, round == 1);
        assert_int_equal(world_allocate(&w, &there.a), PROBLEM_NONE);
        assert_int_equal(there.a.ret_replayed, round == 1);
    }
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 2);
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, here.ids[0])), PROBLEM_NONE);
    assert_int_equal(world_allocate(&w, &here.a), PROBLEM_CLAIM_RELEASED);
    assert_int_equal(world_allocate(&w, &there.a), PROBLEM_NONE);
    world_fini(&w);
}

/* --- reservations --- */

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

static void wish_reservation(struct wish *q, int64_t subnet, int64_t range)
{
    wish_init(q, subnet, range);
    q->a.reservation = true;
    q->a.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    q->a.identifier = (struct ipam_bytes){ mac, sizeof(mac) };
    q->a.reason = IPAM_STR("ticket 7");
    RECORD_SET(&q->fields, IPAM_ADDRESS_NAME, name, IPAM_STR("web-07"));
}

static void test_reservation_is_planned(void **state)
{
    struct world w;
    struct wish q;
    struct arena a;
    void *after;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true);
    int64_t wide = world_scope(&w, server, "10.0.0.0/8", "1"),
            scope = world_scope(&w, server, "10.0.0.0/24", "2");
    wish_reservation(&q, subnet_made(&w, "10.0.0.0/24"), 0);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    const struct ipam_address *address = world_row(&w, IPAM_T_ADDRESS, q.ids[0]);
    assert_int_equal(address->dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    assert_int_equal(address->plan, q.a.ret_plan);
    const struct ipam_plan *plan = world_only(&w, IPAM_T_PLAN);
    assert_int_equal(plan->id, q.a.ret_plan);
    assert_int_equal(plan->server, server);
    assert_int_equal(plan->state, IPAM_PLAN_STATE_PLANNED);
    assert_int_equal(plan->steps, 1);
    assert_int_equal(plan->created, w.now);
    assert_true(str_is(plan->summary, "add reservation 10.0.0.1 on dhcp1"));
    assert_true(str_is(plan->actor, "token:admin"));
    assert_true(str_is(plan->reason, "ticket 7"));
    const struct ipam_plan_step *step = world_only(&w, IPAM_T_PLAN_STEP);
    assert_int_equal(step->plan, plan->id);
    assert_int_equal(step->seq, 1);
    assert_int_equal(step->verb, IPAM_PLAN_STEP_VERB_ADD);
    assert_int_equal(step->state, IPAM_PLAN_STEP_STATE_PLANNED);
    assert_int_equal(step->address, q.ids[0]);
    assert_true(str_is(step->object, "reservation 10.0.0.1"));
    arena_init(&a, 0);
    assert_int_equal(record_unpack(record_type(IPAM_T_RESERVATION), step->after, &a, &after), 0);
    const struct ipam_reservation *r = after;
    assert_int_equal(r->scope, scope); /* the longest prefix */
    assert_int_not_equal(r->scope, wide);
    assert_true(str_is(r->native_scope, "2"));
    assert_true(str_is(r->name, "web-07"));
    assert_memory_equal(r->identifier.data, mac, sizeof(mac));
    assert_int_equal(r->address.bytes[3], 1);
    arena_fini(&a);
    world_fini(&w);
}

static void test_reservation_in_a_dynamic_range(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true);
    world_scope(&w, server, "10.0.0.0/24", "2");
    subnet_made(&w, "10.0.0.0/24");
    int64_t range = range_made(&w, "10.0.0.10", "10.0.0.12", IPAM_RANGE_KIND_DYNAMIC);
    world_lease(&w, server, "10.0.0.10", IPAM_LEASE_STATE_ACTIVE);
    wish_reservation(&q, 0, range);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    assert_string_equal(got(&w, &q, 0), "10.0.0.11");
    world_fini(&w);
}

static void test_reservation_refused(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/24"), head = w.head;
    wish_reservation(&q, subnet, 0);
    q.a.claim = IPAM_STR("order-1");
    world_allocate(&w, &q.a);
    assert_problem(&w, "invalid", "no known DHCP scope holds 10.0.0.1");
    assert_string_equal(w.problem.hint,
                        "collect the DHCP server that serves it, or allocate without a reservation");
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS) + world_count(&w, IPAM_T_CLAIM), 0);
    assert_int_equal(w.head, head);
    world_scope(&w, world_server(&w, "dhcp1", false), "10.0.0.0/24", "1");
    world_allocate(&w, &q.a);
    assert_problem(&w, "managed-elsewhere", "the DHCP server of 10.0.0.1, dhcp1, is not managed by ipamd");
    assert_string_equal(w.problem.hint, "let ipamd manage it: ipamctl server set dhcp1 --managed");
    world_scope(&w, world_server(&w, "dhcp2", true), "10.0.0.0/24", "1");
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE); /* the managed one of two */
    const struct ipam_plan *plan = world_only(&w, IPAM_T_PLAN);
    assert_true(str_is(plan->summary, "add reservation 10.0.0.1 on dhcp2"));
    world_fini(&w);
}

/* --- release --- */

/* What manage does once the plan has ended. */
static void address_synced(struct world *w, int64_t id, uint32_t sync)
{
    world_open(w);
    world_begin(w);
    const struct ipam_address *before = view_get(draft_view(w->draft), IPAM_T_ADDRESS, id);
    struct ipam_address a = *before;
    RECORD_SET(&a, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, sync);
    draft_replace(w->draft, before, &a);
    world_end(w, 0);
    world_publish(w);
}

static void test_release_takes_the_reservation_along(void **state)
{
    struct world w;
    struct wish q;
    struct arena a;
    void *before;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true), stranger = world_server(&w, "dhcp2", false);
    int64_t scope = world_scope(&w, server, "10.0.0.0/24", "2");
    wish_reservation(&q, subnet_made(&w, "10.0.0.0/24"), 0);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    int64_t plan = q.a.ret_plan;
    address_synced(&w, q.ids[0], IPAM_ADDRESS_DHCP_SYNC_SYNCED);
    int64_t reservation = world_reservation(&w, server, scope, "10.0.0.1");
    world_reservation(&w, stranger, 0, "10.0.0.1"); /* not ours to change */
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, q.ids[0])), PROBLEM_NONE);
    assert_int_equal(world_count(&w, IPAM_T_PLAN), 2);
    const struct ipam_plan_step *step = NULL;
    size_t pos = 0;
    uint64_t key;
    void *row;
    while (imap_next(&w.stored, &pos, &key, &row))
        if (((struct ipam_record *)row)->type == IPAM_T_PLAN_STEP &&
            ((struct ipam_plan_step *)row)->plan != plan)
            step = row;
    assert_non_null(step);
    assert_int_equal(step->verb, IPAM_PLAN_STEP_VERB_DELETE);
    assert_false(record_has(step, IPAM_PLAN_STEP_ADDRESS));
    arena_init(&a, 0);
    assert_int_equal(record_unpack(record_type(IPAM_T_RESERVATION), step->before, &a, &before), 0);
    assert_int_equal(((struct ipam_reservation *)before)->id, reservation);
    arena_fini(&a);
    world_fini(&w);
}

/* What waits to be sent is taken back; what is under way must end first. */
static void test_release_before_the_plan_has_ended(void **state)
{
    struct world w;
    struct wish q;
    char text[128];
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true), scope = world_scope(&w, server, "10.0.0.0/24", "2");
    int64_t subnet = subnet_made(&w, "10.0.0.0/24");
    wish_reservation(&q, subnet, 0);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    world_reservation(&w, server, scope, "10.0.0.1"); /* somebody else was quicker: not ours to delete */
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, q.ids[0])), PROBLEM_NONE);
    struct ipam_plan plan = *(const struct ipam_plan *)world_only(&w, IPAM_T_PLAN);
    assert_int_equal(plan.state, IPAM_PLAN_STATE_UNDONE);
    assert_int_equal(plan.finished, w.now);
    assert_true(str_is(plan.message, "the address was released before anything was sent"));
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 0);

    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    world_open(&w);
    world_begin(&w);
    const struct ipam_plan *before = view_get(draft_view(w.draft), IPAM_T_PLAN, q.a.ret_plan);
    plan = *before;
    RECORD_SET(&plan, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_RUNNING);
    draft_replace(w.draft, before, &plan);
    world_end(&w, 0);
    world_publish(&w);
    snprintf(text, sizeof(text), "a reservation of 10.0.0.2 is on its way to or from its server (plan %lld)",
             (long long)q.a.ret_plan);
    world_delete(&w, world_row(&w, IPAM_T_ADDRESS, q.ids[0]));
    assert_problem(&w, "in-use", text);
    snprintf(text, sizeof(text), "wait until the plan has ended: GET /api/v1/manage/plans/%lld",
             (long long)q.a.ret_plan);
    assert_string_equal(w.problem.hint, text);
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 1);
    world_fini(&w);
}

/* A plan that failed put nothing on the server: the address goes alone, whatever reservation stands there. */
static void test_release_after_a_failed_plan(void **state)
{
    struct world w;
    struct wish q;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true), scope = world_scope(&w, server, "10.0.0.0/24", "2");
    wish_reservation(&q, subnet_made(&w, "10.0.0.0/24"), 0);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_NONE);
    address_synced(&w, q.ids[0], IPAM_ADDRESS_DHCP_SYNC_FAILED);
    world_reservation(&w, server, scope, "10.0.0.1");
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, q.ids[0])), PROBLEM_NONE);
    assert_int_equal(world_count(&w, IPAM_T_PLAN), 1);
    assert_int_equal(world_count(&w, IPAM_T_ADDRESS), 0);
    world_fini(&w);
}

/* An address without a plan leaves a server's reservation alone. */
static void test_release_leaves_foreign_reservations(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_reservation(&w, world_server(&w, "dhcp1", true), 0, "10.0.0.1");
    struct ipam_address *a = address_of(&w, "10.0.0.1");
    assert_int_equal(world_create(&w, a), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, a), PROBLEM_NONE);
    assert_int_equal(world_count(&w, IPAM_T_PLAN), 0);
    world_fini(&w);
}

static void test_freed_address_stays_taken_until_durable(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t subnet = subnet_made(&w, "10.0.0.0/30");
    struct ipam_address *a = address_of(&w, "10.0.0.1"), *b = address_of(&w, "10.0.0.2");
    world_create(&w, a);
    world_create(&w, b);
    world_open(&w);
    assert_int_equal(world_delete(&w, a), PROBLEM_NONE);
    struct wish q;
    wish_init(&q, subnet, 0);
    assert_int_equal(world_allocate(&w, &q.a), PROBLEM_EXHAUSTED);
    assert_int_equal(world_create(&w, address_of(&w, "10.0.0.1")), PROBLEM_EXISTS);
    world_publish(&w);
    assert_string_equal(hand_out(&w, subnet, 0, STRATEGY_FIRST), "10.0.0.1");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usable_addresses),
        cmocka_unit_test(test_order_of_strategies),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_contiguous),
        cmocka_unit_test(test_eui64),
        cmocka_unit_test(test_free_runs),
        cmocka_unit_test(test_what_is_kept_back),
        cmocka_unit_test(test_random_reaches_all),
        cmocka_unit_test(test_dynamic_ranges_are_passed_over),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_what_others_use_is_not_free),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_claim_within_a_batch),
        cmocka_unit_test(test_claims_of_two_spaces),
        cmocka_unit_test(test_reservation_is_planned),
        cmocka_unit_test(test_reservation_in_a_dynamic_range),
        cmocka_unit_test(test_reservation_refused),
        cmocka_unit_test(test_release_takes_the_reservation_along),
        cmocka_unit_test(test_release_before_the_plan_has_ended),
        cmocka_unit_test(test_release_after_a_failed_plan),
        cmocka_unit_test(test_release_leaves_foreign_reservations),
        cmocka_unit_test(test_freed_address_stays_taken_until_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

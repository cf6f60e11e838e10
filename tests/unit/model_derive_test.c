/* model_derive_test.c - parents, sizes and utilisation against a recount of all there is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

#include "index_random.h"

#define USERS 400

/* Every address that is in use, counted the slow way. */
struct recount {
    struct world w;
    struct ipam_addr used[3 * USERS];
    size_t count;
};

static void use(struct recount *r, const struct ipam_addr *a)
{
    for (size_t i = 0; i < r->count; i++)
        if (addr_equal(&r->used[i], a))
            return;
    r->used[r->count++] = *a;
}

static uint64_t used_between(const struct recount *r, const struct ipam_addr *first,
                             const struct ipam_addr *last)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += r->used[i].family == first->family && addr_compare(first, &r->used[i]) <= 0 &&
             addr_compare(&r->used[i], last) <= 0;
    return n;
}

static uint64_t used_in(const struct recount *r, const struct ipam_prefix *p)
{
    struct ipam_addr first, last;
    prefix_first(p, &first);
    prefix_last(p, &last);
    return used_between(r, &first, &last);
}

/* Addresses of the plan, leases and reservations, some of them at the same address. */
static void populate(struct recount *r, int64_t server)
{
    char text[ADDR_TEXT_MAX];
    world_open(&r->w);
    for (unsigned i = 0; i < USERS; i++) {
        bool v4 = below(4) != 0;
        unsigned host = below(512);
        if (v4)
            snprintf(text, sizeof(text), "10.0.%u.%u", host >> 8, host & 255);
        else
            snprintf(text, sizeof(text), "2001:db8::%x", host);
        struct ipam_addr a = addr_of(text);
        switch (below(4)) {
        case 0:
            if (world_create(&r->w, address_of(&r->w, text)) == PROBLEM_NONE)
                use(r, &a);
            break;
        case 1:
            world_lease(&r->w, server, text, IPAM_LEASE_STATE_ACTIVE);
            use(r, &a);
            break;
        case 2:
            world_reservation(&r->w, server, 0, text);
            use(r, &a);
            break;
        default: world_lease(&r->w, server, text, IPAM_LEASE_STATE_EXPIRED);
        }
    }
    world_publish(&r->w);
}

static void assert_use(struct ipam_u128 size, struct ipam_u128 used, int64_t utilization, uint64_t want_size,
                       uint64_t want_used)
{
    assert_int_equal(size.hi, 0);
    assert_int_equal(size.lo, want_size);
    assert_int_equal(used.lo, want_used);
    assert_int_equal(utilization, u128_percent(u128_from(want_used), u128_from(want_size)));
}

static void test_use_equals_a_recount(void **state)
{
    static const char *const prefixes[] = { "10.0.0.0/23",    "10.0.0.0/24",      "10.0.1.0/25",
                                            "10.0.1.128/26",  "10.0.1.255/32",    "10.7.0.0/24",
                                            "2001:db8::/120", "2001:db8::100/120" };
    struct recount r = { 0 };
    (void)state;
    world_init(&r.w);
    int64_t server = world_server(&r.w, "dhcp1", true);
    populate(&r, server);
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        struct ipam_block *b = block_of(&r.w, prefixes[i]);
        struct ipam_subnet *s = subnet_of(&r.w, prefixes[i]);
        uint64_t size = prefix_size(&b->prefix).lo, want = used_in(&r, &b->prefix);
        b->space = s->space = r.w.space;
        rule_derive(state_view(r.w.state), b);
        rule_derive(state_view(r.w.state), s);
        assert_use(b->size_, b->used, b->utilization, size, want);
        assert_use(s->size_, s->used, s->utilization, size, want);
        assert_true(record_has(b, IPAM_BLOCK_UTILIZATION) && record_has(s, IPAM_SUBNET_UTILIZATION));
    }
    for (unsigned i = 0; i < 50; i++) {
        struct ipam_range *g = range_of(&r.w, "10.0.0.0", "10.0.0.0", IPAM_RANGE_KIND_STATIC);
        g->space = r.w.space;
        unsigned from = below(256), to = from + below(256 - from);
        g->first.bytes[3] = (uint8_t)from;
        g->last.bytes[3] = (uint8_t)to;
        rule_derive(state_view(r.w.state), g);
        assert_use(g->size_, g->used, g->utilization, to - from + 1, used_between(&r, &g->first, &g->last));
    }
    world_fini(&r.w);
}

/* A scope's size is that of its pools; those of others in its prefix do not count. */
static void test_scope(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t server = world_server(&w, "dhcp1", true);
    int64_t scope = world_scope(&w, server, "10.0.0.0/24", "1"),
            twin = world_scope(&w, server, "10.0.0.0/24", "2");
    static const char *const pools[][2] = { { "10.0.0.10", "10.0.0.19" },
                                            { "10.0.0.50", "10.0.0.59" },
                                            { "10.0.0.100", "10.0.0.199" } };
    for (int i = 0; i < 3; i++) {
        struct ipam_range *g = range_of(&w, pools[i][0], pools[i][1], IPAM_RANGE_KIND_DYNAMIC);
        RECORD_SET(g, IPAM_RANGE_SPACE, space, w.space);
        RECORD_SET(g, IPAM_RANGE_SCOPE, scope, i < 2 ? scope : twin);
        world_put(&w, g);
    }
    world_lease(&w, server, "10.0.0.12", IPAM_LEASE_STATE_ACTIVE);
    world_lease(&w, server, "10.0.0.55", IPAM_LEASE_STATE_ACTIVE);
    world_lease(&w, server, "10.0.0.60", IPAM_LEASE_STATE_ACTIVE);
    world_lease(&w, server, "10.0.0.150", IPAM_LEASE_STATE_ACTIVE);
    struct ipam_scope s = *(const struct ipam_scope *)world_row(&w, IPAM_T_SCOPE, scope);
    rule_derive(state_view(w.state), &s);
    assert_use(s.size_, s.used, s.utilization, 20, 2);
    assert_int_equal(s.utilization, 1000);
    assert_false(record_has(&s, IPAM_SCOPE_SUBNET));
    struct ipam_subnet *n = subnet_of(&w, "10.0.0.0/24");
    world_create(&w, n);
    rule_derive(state_view(w.state), &s);
    assert_int_equal(s.subnet, n->id);
    world_fini(&w);
}

static void test_parents(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_block *ten = block_of(&w, "10.0.0.0/8"), *site = block_of(&w, "10.1.0.0/16");
    struct ipam_subnet *s = subnet_of(&w, "10.1.0.0/16"), *lone = subnet_of(&w, "192.0.2.0/24");
    struct ipam_range *r = range_of(&w, "10.1.2.3", "10.1.2.9", IPAM_RANGE_KIND_STATIC);
    struct ipam_address *a = address_of(&w, "10.1.2.3"), *out = address_of(&w, "198.51.100.1");
    void *all[] = { ten, site, s, lone, r, a, out };
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(world_create(&w, all[i]), PROBLEM_NONE);
        rule_derive(state_view(w.state), all[i]);
    }
    assert_false(record_has(ten, IPAM_BLOCK_PARENT));
    assert_int_equal(site->parent, ten->id);
    assert_int_equal(s->parent, site->id); /* a block of the same prefix holds it */
    assert_false(record_has(lone, IPAM_SUBNET_PARENT));
    assert_int_equal(r->parent, s->id);
    assert_int_equal(a->parent, s->id);
    assert_false(record_has(out, IPAM_ADDRESS_PARENT));
    struct ipam_subnet *part = subnet_of(&w, "10.1.2.0/29"); /* the first address of the range lies in it, the last does not */
    RECORD_SET(part, IPAM_SUBNET_SPACE, space, w.space);
    world_put(&w, part);
    rule_derive(state_view(w.state), r);
    rule_derive(state_view(w.state), a);
    assert_int_equal(r->parent, s->id);
    assert_int_equal(a->parent, part->id);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use_equals_a_recount),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_parents),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

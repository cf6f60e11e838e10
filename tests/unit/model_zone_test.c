/* model_zone_test.c - reverse zones mapped to ranges, and what the DNS makes of addresses: items 43, 58.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

/* A place in each family. */
static const struct place {
    const char *subnet, *first, *last, *inside, *outside, *zone, *part, *other;
} places[] = {
    { "10.1.2.0/24", "10.1.2.10", "10.1.2.99", "10.1.2.20", "10.1.2.200", "10.1.0.0/16", "10.1.2.0/26",
      "2001:db8::/32" },
    { "2001:db8:1::/64", "2001:db8:1::10", "2001:db8:1::99", "2001:db8:1::20", "2001:db8:1::1:0",
      "2001:db8::/32", "2001:db8:1::/122", "10.0.0.0/8" },
};

struct bed {
    struct world w;
    const struct place *p;
    int64_t server, range, zone;
};

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static int64_t zone(struct bed *b, const char *name, const char *prefix, uint32_t type)
{
    struct ipam_zone *z = record_new(&b->w.arena, IPAM_T_ZONE);
    RECORD_SET(z, IPAM_ZONE_SERVER, server, b->server);
    RECORD_SET(z, IPAM_ZONE_SPACE, space, b->w.space);
    RECORD_SET(z, IPAM_ZONE_NAME, name, str_from(name));
    RECORD_SET(z, IPAM_ZONE_TYPE, type_, type);
    if (prefix != NULL)
        RECORD_SET(z, IPAM_ZONE_PREFIX, prefix, prefix_of(prefix));
    return world_put(&b->w, z);
}

static void begin(struct bed *b, size_t which)
{
    memset(b, 0, sizeof(*b));
    b->p = &places[which];
    world_init(&b->w);
    b->server = world_server(&b->w, "ns1", true);
    made(&b->w, subnet_of(&b->w, b->p->subnet));
    b->range = made(&b->w, range_of(&b->w, b->p->first, b->p->last, IPAM_RANGE_KIND_STATIC));
    b->zone = zone(b, "reverse", b->p->zone, IPAM_ZONE_TYPE_PRIMARY);
}

static enum problem_type map(struct bed *b, int64_t range, int64_t to)
{
    world_open(&b->w);
    world_begin(&b->w);
    enum problem_type rc =
        world_end(&b->w, rule_map_zone(b->w.draft, view_get(draft_view(b->w.draft), IPAM_T_RANGE, range), to,
                                       &b->w.problem));
    world_publish(&b->w);
    return rc;
}

static int64_t mapped_to(const struct bed *b, int64_t range)
{
    const struct ipam_range *r = world_row(&b->w, IPAM_T_RANGE, range);
    assert_non_null(r);
    return record_has(r, IPAM_RANGE_REVERSE_ZONE) ? r->reverse_zone : 0;
}

static void test_one_zone_a_range_43(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        int64_t second = zone(&b, "second", b.p->zone, IPAM_ZONE_TYPE_SECONDARY);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(mapped_to(&b, b.range), b.zone);
        int64_t head = b.w.head;
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE); /* as it is */
        assert_int_equal(b.w.head, head);
        assert_int_equal(map(&b, b.range, second), PROBLEM_EXISTS);
        assert_non_null(strstr(b.w.problem.detail, "is mapped to zone reverse already"));
        assert_int_equal(mapped_to(&b, b.range), b.zone);
        assert_int_equal(map(&b, b.range, 0), PROBLEM_NONE);
        assert_int_equal(mapped_to(&b, b.range), 0);
        assert_int_equal(map(&b, b.range, second), PROBLEM_NONE);
        assert_int_equal(mapped_to(&b, b.range), second);
        world_fini(&b.w);
    }
}

static void test_what_does_not_fit_43(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        const struct {
            int64_t zone;
            const char *why;
        } cases[] = {
            { zone(&b, "forward", NULL, IPAM_ZONE_TYPE_PRIMARY), "zone: forward is no reverse zone of IPv" },
            { zone(&b, "family", b.p->other, IPAM_ZONE_TYPE_PRIMARY), "zone: family is no reverse zone of" },
            { zone(&b, "part", b.p->part, IPAM_ZONE_TYPE_PRIMARY),
              "zone: part does not cover the range wholly" },
            { zone(&b, "away", b.p->zone, IPAM_ZONE_TYPE_FORWARDER), "zone: away has no PTR records" },
            { zone(&b, "stub", b.p->zone, IPAM_ZONE_TYPE_STUB), "zone: stub has no PTR records" },
            { 999999, "zone: there is no zone 999999" },
        };
        for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            assert_int_equal(map(&b, b.range, cases[k].zone), PROBLEM_INVALID);
            assert_ptr_equal(strstr(b.w.problem.detail, cases[k].why), b.w.problem.detail);
            assert_int_equal(mapped_to(&b, b.range), 0);
        }
        world_fini(&b.w);
    }
}

static int64_t customer_space(struct bed *b)
{
    struct ipam_space *s = record_new(&b->w.arena, IPAM_T_SPACE);
    RECORD_SET(s, IPAM_SPACE_NAME, name, IPAM_STR("tenant"));
    RECORD_SET(s, IPAM_SPACE_KIND, kind, IPAM_SPACE_KIND_CUSTOMER);
    return world_put(&b->w, s);
}

/* Neither with a zone of another space nor with one of its own. */
static void test_customer_spaces_have_no_zones_43(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        int64_t space = customer_space(&b);
        struct ipam_subnet *n = subnet_of(&b.w, b.p->subnet);
        struct ipam_range *r = range_of(&b.w, b.p->first, b.p->last, IPAM_RANGE_KIND_STATIC);
        RECORD_SET(n, IPAM_SUBNET_SPACE, space, space);
        RECORD_SET(r, IPAM_RANGE_SPACE, space, space);
        world_put(&b.w, n);
        int64_t range = world_put(&b.w, r);
        assert_int_equal(map(&b, range, b.zone), PROBLEM_INVALID);
        struct ipam_zone *z = record_new(&b.w.arena, IPAM_T_ZONE);
        *z = *(const struct ipam_zone *)world_row(&b.w, IPAM_T_ZONE, b.zone);
        z->space = space;
        z->name = IPAM_STR("own");
        assert_int_equal(map(&b, range, world_put(&b.w, z)), PROBLEM_INVALID);
        assert_non_null(strstr(b.w.problem.detail, "is in the customer space tenant"));
        assert_int_equal(map(&b, b.range, z->id), PROBLEM_INVALID);
        assert_non_null(strstr(b.w.problem.detail, "own is of another address space"));
        world_fini(&b.w);
    }
}

/* A range of a server, which may overlap one of the plan. */
static int64_t overlapping(struct bed *b)
{
    struct ipam_range *r = range_of(&b->w, b->p->inside, b->p->last, IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, b->w.space);
    RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("kea"));
    RECORD_SET(r, IPAM_RANGE_INSTANCE, instance, IPAM_STR("dhcp1"));
    return world_put(&b->w, r);
}

static void test_of_ranges_that_overlap_one_is_mapped_43(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        int64_t other = overlapping(&b), second = zone(&b, "second", b.p->zone, IPAM_ZONE_TYPE_PRIMARY);
        assert_int_equal(map(&b, other, b.zone), PROBLEM_NONE);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_OVERLAP);
        assert_int_equal(map(&b, b.range, second), PROBLEM_OVERLAP); /* another zone would say otherwise */
        assert_non_null(strstr(b.w.problem.detail, "which is mapped to a zone"));
        assert_int_equal(map(&b, other, 0), PROBLEM_NONE);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(map(&b, other, b.zone), PROBLEM_OVERLAP);
        world_fini(&b.w);
    }
}

/* The zone is not there any more, or is for other addresses. */
static void test_a_zone_that_goes_leaves_its_ranges_43(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int how = 0; how < 3; how++) {
            struct bed b;
            begin(&b, i);
            assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
            world_open(&b.w);
            world_begin(&b.w);
            const struct ipam_zone *before = view_get(draft_view(b.w.draft), IPAM_T_ZONE, b.zone);
            struct ipam_zone after = *before;
            after.prefix = prefix_of(how == 1 ? b.p->part : b.p->zone);
            rule_zone_changed(b.w.draft, before, how > 0 ? &after : NULL);
            assert_int_equal(world_end(&b.w, 0), PROBLEM_NONE);
            world_publish(&b.w);
            assert_int_equal(mapped_to(&b, b.range), how == 2 ? b.zone : 0);
            world_fini(&b.w);
        }
}

static enum problem_type move(struct bed *b, const char *first, const char *last)
{
    struct reshaping r = { .arena = &b->w.arena, .most = 8 };
    int64_t ids[8];
    r.ret_ids = ids;
    world_open(&b->w);
    world_begin(&b->w);
    r.row = view_get(draft_view(b->w.draft), IPAM_T_RANGE, b->range);
    struct ipam_range *after = record_copy(&b->w.arena, r.row);
    after->first = addr_of(first);
    after->last = addr_of(last);
    enum problem_type rc = world_end(&b->w, rule_move_range(b->w.draft, &r, after, &b->w.problem));
    world_publish(&b->w);
    return rc;
}

/* It keeps its zone where that covers it, and where no other range is mapped. */
static void test_a_range_that_moves_keeps_a_zone_that_fits_43(void **state)
{
    static const char *const away[2][3] = { { "10.2.0.0/24", "10.2.0.5", "10.2.0.9" },
                                            { "2001:db9::/64", "2001:db9::5", "2001:db9::9" } };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        made(&b.w, subnet_of(&b.w, away[i][0]));
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(move(&b, b.p->first, b.p->inside), PROBLEM_NONE);
        assert_int_equal(mapped_to(&b, b.range), b.zone);
        assert_int_equal(move(&b, away[i][1], away[i][2]), PROBLEM_NONE);
        assert_int_equal(mapped_to(&b, b.range), 0);
        world_fini(&b.w);
    }
}

/* --- addresses --- */

static enum problem_type follow(struct bed *b, int64_t zone_id, const char *at, const char *name)
{
    struct ipam_addr a = addr_of(at);
    world_open(&b->w);
    world_begin(&b->w);
    enum problem_type rc = world_end(
        &b->w, rule_follow_dns(b->w.draft, zone_id, &a,
                               name != NULL ? str_from(name) : (struct ipam_str){ NULL, 0 }, &b->w.problem));
    world_publish(&b->w);
    return rc;
}

static void assert_address(const struct bed *b, const char *name, bool from_dns)
{
    const struct ipam_address *a = world_only(&b->w, IPAM_T_ADDRESS);
    assert_true(str_is(a->name, name));
    assert_int_equal(record_has(a, IPAM_ADDRESS_FROM_DNS) && a->from_dns, from_dns);
}

static void test_an_address_follows_its_ptr_record_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(world_count(&b.w, IPAM_T_ADDRESS), 0); /* not mapped yet */
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->outside, "one.example"), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone + 1, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(world_count(&b.w, IPAM_T_ADDRESS), 0);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_address(&b, "one.example", true);
        int64_t head = b.w.head;
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(b.w.head, head);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "two.example"), PROBLEM_NONE);
        assert_address(&b, "two.example", true);
        assert_int_equal(map(&b, b.range, 0), PROBLEM_NONE); /* mapped no more: it stays */
        assert_int_equal(follow(&b, b.zone, b.p->inside, NULL), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "three.example"), PROBLEM_NONE);
        assert_address(&b, "two.example", true);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, NULL), PROBLEM_NONE);
        assert_int_equal(world_count(&b.w, IPAM_T_ADDRESS), 0);
        world_fini(&b.w);
    }
}

/* What a DHCP server has there is no address of the plan. */
static void test_reservations_and_leases_are_no_obstacle_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        int64_t scope = world_scope(&b.w, b.server, b.p->subnet, "1");
        world_reservation(&b.w, b.server, scope, b.p->inside);
        world_lease(&b.w, b.server, b.p->last, IPAM_LEASE_STATE_ACTIVE);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->last, "two.example"), PROBLEM_NONE);
        assert_int_equal(world_count(&b.w, IPAM_T_ADDRESS), 2);
        world_fini(&b.w);
    }
}

static void test_what_somebody_made_is_not_of_the_dns_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        struct ipam_address *mine = address_of(&b.w, b.p->inside);
        RECORD_SET(mine, IPAM_ADDRESS_NAME, name, IPAM_STR("mine"));
        made(&b.w, mine);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, NULL), PROBLEM_NONE);
        assert_address(&b, "mine", false);
        world_fini(&b.w);
    }
}

/* Whoever changes it has it from then on; who changes nothing does not. */
static void test_a_change_takes_an_address_over_58(void **state)
{
    static const uint64_t none[2] = { 0, 0 };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        struct ipam_address *patch = record_new(&b.w.arena, IPAM_T_ADDRESS);
        RECORD_SET(patch, IPAM_ADDRESS_NAME, name, IPAM_STR("one.example"));
        assert_int_equal(world_update(&b.w, world_only(&b.w, IPAM_T_ADDRESS), patch, none), PROBLEM_NONE);
        assert_address(&b, "one.example", true);
        RECORD_SET(patch, IPAM_ADDRESS_DESCRIPTION, description, IPAM_STR("of the desk"));
        assert_int_equal(world_update(&b.w, world_only(&b.w, IPAM_T_ADDRESS), patch, none), PROBLEM_NONE);
        assert_address(&b, "one.example", false);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "two.example"), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, NULL), PROBLEM_NONE);
        assert_address(&b, "one.example", false);
        world_fini(&b.w);
    }
}

static void test_a_move_takes_an_address_over_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        struct reshaping r = { .most = 8 };
        int64_t ids[8];
        begin(&b, i);
        r.arena = &b.w.arena;
        r.ret_ids = ids;
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        world_open(&b.w);
        world_begin(&b.w);
        r.row = view_get(draft_view(b.w.draft), IPAM_T_ADDRESS,
                         ((const struct ipam_address *)world_only(&b.w, IPAM_T_ADDRESS))->id);
        struct ipam_address *after = record_copy(&b.w.arena, r.row);
        after->address = addr_of(b.p->last);
        assert_int_equal(world_end(&b.w, rule_move_address(b.w.draft, &r, after, &b.w.problem)),
                         PROBLEM_NONE);
        world_publish(&b.w);
        assert_int_equal(follow(&b, b.zone, b.p->last, NULL), PROBLEM_NONE);
        assert_address(&b, "one.example", false);
        world_fini(&b.w);
    }
}

/* What was released is kept back as long as it is in quarantine, whatever the DNS says. */
static void test_quarantine_comes_first_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        struct ipam_space *patch = record_new(&b.w.arena, IPAM_T_SPACE);
        static const uint64_t none[2] = { 0, 0 };
        RECORD_SET(patch, IPAM_SPACE_QUARANTINE, quarantine, 3600);
        assert_int_equal(world_update(&b.w, world_row(&b.w, IPAM_T_SPACE, b.w.space), patch, none),
                         PROBLEM_NONE);
        assert_int_equal(map(&b, b.range, b.zone), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, NULL), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_int_equal(world_count(&b.w, IPAM_T_ADDRESS), 0);
        assert_int_equal(world_delete(&b.w, world_only(&b.w, IPAM_T_QUARANTINE)), PROBLEM_NONE);
        assert_int_equal(follow(&b, b.zone, b.p->inside, "one.example"), PROBLEM_NONE);
        assert_address(&b, "one.example", true);
        world_fini(&b.w);
    }
}

/* Ranges of servers may come to overlap when they are mapped: the first one decides. */
static void test_one_zone_decides_of_an_address_58(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bed b;
        begin(&b, i);
        struct ipam_addr inside = addr_of(b.p->inside), first = addr_of(b.p->first);
        int64_t second = zone(&b, "second", b.p->zone, IPAM_ZONE_TYPE_PRIMARY);
        assert_int_equal(map(&b, overlapping(&b), second), PROBLEM_NONE);
        assert_int_equal(rule_zone_at(state_view(b.w.state), b.w.space, &inside), second);
        struct ipam_range *mine = record_copy(&b.w.arena, world_row(&b.w, IPAM_T_RANGE, b.range));
        RECORD_SET(mine, IPAM_RANGE_REVERSE_ZONE, reverse_zone, b.zone);
        world_open(&b.w);
        world_begin(&b.w);
        draft_replace(b.w.draft, world_row(&b.w, IPAM_T_RANGE, b.range), mine);
        assert_int_equal(world_end(&b.w, 0), PROBLEM_NONE);
        world_publish(&b.w);
        assert_int_equal(rule_zone_at(state_view(b.w.state), b.w.space, &inside), b.zone);
        assert_int_equal(rule_zone_at(state_view(b.w.state), b.w.space, &first), b.zone);
        world_fini(&b.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_zone_a_range_43),
        cmocka_unit_test(test_what_does_not_fit_43),
        cmocka_unit_test(test_customer_spaces_have_no_zones_43),
        cmocka_unit_test(test_of_ranges_that_overlap_one_is_mapped_43),
        cmocka_unit_test(test_a_zone_that_goes_leaves_its_ranges_43),
        cmocka_unit_test(test_a_range_that_moves_keeps_a_zone_that_fits_43),
        cmocka_unit_test(test_an_address_follows_its_ptr_record_58),
        cmocka_unit_test(test_reservations_and_leases_are_no_obstacle_58),
        cmocka_unit_test(test_what_somebody_made_is_not_of_the_dns_58),
        cmocka_unit_test(test_a_change_takes_an_address_over_58),
        cmocka_unit_test(test_a_move_takes_an_address_over_58),
        cmocka_unit_test(test_quarantine_comes_first_58),
        cmocka_unit_test(test_one_zone_decides_of_an_address_58),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

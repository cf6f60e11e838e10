/* conflict_side_test.c - what no index of the state tells: which partner is asked, gateways elsewhere, further addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "conflict_estate.h"

static void make_partners(void)
{
    struct edit e;
    edit_begin(&e);
    edit_add(&e, relation_of(0, &(struct relation){ "pair", "b.example.com", NULL, false }));
    edit_add(&e, relation_of(1, &(struct relation){ "pair", "a.example.com", NULL, false }));
    edit_run(&e);
}

/* A lease of a partner: of the host `who`, asked for at `started`. */
static struct ipam_lease *told_by(unsigned server, unsigned n, uint8_t who, int64_t started)
{
    struct ipam_lease *l = lease_of(server, n, 9000 + started);
    uint8_t *mac = arena_alloc(&estate.arena, 6);
    memcpy(mac, (const uint8_t[]){ 2, 9, 9, 9, 9, who }, 6);
    RECORD_SET(l, IPAM_LEASE_MAC, mac, ((struct ipam_bytes){ mac, 6 }));
    RECORD_SET(l, IPAM_LEASE_STARTED, started, started);
    return l;
}

/* Nothing but when. Returns how many batches that took: a second one judges. */
static unsigned renew(struct ipam_lease **lease, int64_t started)
{
    struct edit e;
    unsigned batches = 0;
    edit_begin(&e);
    *lease = record_copy(&estate.arena, *lease);
    (*lease)->started = started;
    (*lease)->expires = 9000 + started;
    edit_add(&e, *lease);
    edit_submit(&e);
    fake_spin(estate.site->loop);
    for (const char *call = fake_trace(estate.site->store); *call != '\0'; call++)
        batches += *call == 'e';
    estate_settle();
    assert_int_equal(e.status, 0);
    return batches;
}

/* Of partners that tell of different clients the one is asked whom the client asked last: that changes with each renewal. */
static void test_a_partner_renews(void **state)
{
    struct edit e;
    struct ipam_lease *one = told_by(0, 30, 1, 100), *other = told_by(1, 30, 2, 200);
    struct ipam_address *plan = plan_of(30);
    (void)state;
    make_partners();
    RECORD_SET(plan, IPAM_ADDRESS_MAC, mac, other->mac);
    edit_begin(&e);
    edit_add(&e, one);
    edit_add(&e, other);
    edit_add(&e, plan);
    edit_run(&e);
    assert_int_equal(open_now(), 0);
    renew(&one, 300);
    assert_int_equal(open_now(), 1);
    const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0);
    assert_int_equal(c->kind, IPAM_CONFLICT_KIND_TWO_HOLDERS);
    assert_non_null(memmem(c->parties.items[1].data, c->parties.items[1].len, "@a.example.com", 14));
    renew(&other, 400);
    assert_int_equal(open_now(), 0);
    renew(&one, 500);
    assert_int_equal(open_now(), 1);
}

/* Both tell of one client: a renewal decides nothing, and is not judged. In a conflict it is the newest that is named. */
static void test_a_renewal_that_decides_nothing(void **state)
{
    struct edit e;
    struct ipam_lease *one = told_by(0, 30, 1, 100), *other = told_by(1, 30, 1, 200);
    (void)state;
    make_partners();
    edit_begin(&e);
    edit_add(&e, one);
    edit_add(&e, other);
    edit_run(&e);
    assert_int_equal(renew(&one, 300), 1);
    assert_int_equal(renew(&other, 400), 1);
    struct ipam_address *plan = plan_of(30);
    edit_begin(&e);
    edit_add(&e, plan);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    assert_int_equal(renew(&one, 500), 2);
    const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0);
    assert_int_equal(c->parties.count, 2);
    assert_non_null(memmem(c->parties.items[1].data, c->parties.items[1].len, "@a.example.com", 14));

    edit_begin(&e); /* one that tells of another for a while, and is alone then */
    other = record_copy(&estate.arena, other);
    other->mac = told_by(1, 30, 2, 0)->mac;
    edit_add(&e, other);
    edit_run(&e);
    edit_begin(&e);
    edit_add(&e, other);
    edit_add(&e, plan);
    e.gone[0] = e.gone[1] = true;
    edit_run(&e);
    assert_int_equal(open_now(), 0);
    assert_int_equal(renew(&one, 600), 1);
}

/* --- where a gateway and a reservation are besides --- */

/* A gateway that a scope offers may lie in another, of this server or not. */
static void test_a_gateway_elsewhere(void **state)
{
    struct edit e;
    struct ipam_scope *s = scope_of(1, "v4/2");
    struct ipam_addr *routers = arena_alloc(&estate.arena, 2 * sizeof(*routers));
    (void)state;
    add_pool(0);
    routers[0] = estate_address(4, 15);
    routers[1] = estate_address(4, 30);
    s->prefix.addr.bytes[1] = 9;
    RECORD_SET(s, IPAM_SCOPE_ROUTERS, routers, ((struct ipam_addrs){ routers, 2 }));
    edit_begin(&e);
    edit_add(&e, s);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0);
    assert_int_equal(c->kind, IPAM_CONFLICT_KIND_GATEWAY_IN_POOL);
    assert_true(addr_equal(&c->first, &routers[0]));
    edit_begin(&e);
    edit_add(&e, lease_of(0, 30, 5000));
    edit_run(&e);
    assert_int_equal(open_now(), 2);
    s = record_copy(&estate.arena, s);
    s->routers.count = 1;
    edit_begin(&e);
    edit_add(&e, s);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    edit_begin(&e);
    edit_add(&e, s);
    e.gone[0] = true;
    edit_run(&e);
    assert_int_equal(open_now(), 0);
}

/* An address that a reservation has besides its first one is as much its client's. */
static void test_further_addresses(void **state)
{
    static const uint8_t duids[2][4] = { { 0, 2, 9, 1 }, { 0, 2, 9, 2 } };
    struct edit e;
    struct ipam_scope *s = scope_of(0, "v6/1");
    struct ipam_reservation *r = record_new(&estate.arena, IPAM_T_RESERVATION);
    struct ipam_addr *more = arena_alloc(&estate.arena, 2 * sizeof(*more));
    struct ipam_range *pool = pool_of(s, 10, 20);
    struct ipam_address *plan = plan_of(12);
    (void)state;
    RECORD_SET(s, IPAM_SCOPE_PREFIX, prefix, ((struct ipam_prefix){ estate_address(6, 0), 64 }));
    edit_begin(&e);
    edit_add(&e, s);
    edit_run(&e);
    RECORD_SET(pool, IPAM_RANGE_SCOPE, scope, s->id);
    RECORD_SET(pool, IPAM_RANGE_FIRST, first, estate_address(6, 10));
    RECORD_SET(pool, IPAM_RANGE_LAST, last, estate_address(6, 20));
    more[0] = estate_address(6, 12);
    more[1] = estate_address(6, 13);
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, estate.servers[0]);
    RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, s->id);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, estate_address(6, 5));
    RECORD_SET(r, IPAM_RESERVATION_ADDRESSES, addresses, ((struct ipam_addrs){ more, 2 }));
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, IPAM_RESERVATION_IDENTIFIER_TYPE_DUID);
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ duids[0], 4 }));
    RECORD_SET(plan, IPAM_ADDRESS_ADDRESS, address, more[0]);
    edit_begin(&e);
    edit_add(&e, pool);
    edit_add(&e, r);
    edit_add(&e, plan);
    edit_run(&e);
    assert_int_equal(open_now(), 0);
    plan = record_copy(&estate.arena, plan);
    RECORD_SET(plan, IPAM_ADDRESS_DUID, duid, ((struct ipam_bytes){ duids[1], 4 }));
    edit_begin(&e);
    edit_add(&e, plan);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0);
    assert_int_equal(c->kind, IPAM_CONFLICT_KIND_TWO_HOLDERS);
    assert_non_null(memmem(c->evidence.items[1].data, c->evidence.items[1].len, "2001::c", 7));
    r = record_copy(&estate.arena, r);
    r->addresses = (struct ipam_addrs){ &more[1], 1 };
    edit_begin(&e);
    edit_add(&e, r);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    c = state_next(estate.site->state, IPAM_T_CONFLICT, 0);
    assert_int_equal(c->kind, IPAM_CONFLICT_KIND_STATIC_IN_POOL); /* nobody keeps it any more */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_partner_renews, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_a_renewal_that_decides_nothing, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_a_gateway_elsewhere, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_further_addresses, estate_setup, estate_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

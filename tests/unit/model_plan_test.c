/* model_plan_test.c - the facts of the plan: spaces, blocks, subnets, ranges and addresses, and what is refused.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static struct ipam_subnet *with_vlans(struct world *w, const char *prefix, const int64_t *vlans, size_t count)
{
    struct ipam_subnet *s = subnet_of(w, prefix);
    RECORD_SET(s, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ vlans, count }));
    return s;
}

/* --- spaces --- */

static struct ipam_space *space_named(struct world *w, const char *name)
{
    struct ipam_space *s = record_new(&w->arena, IPAM_T_SPACE);
    RECORD_SET(s, IPAM_SPACE_NAME, name, str_from(name));
    return s;
}

static struct ipam_space *customer_of(struct world *w, const char *name, int64_t provider)
{
    struct ipam_space *s = space_named(w, name);
    RECORD_SET(s, IPAM_SPACE_KIND, kind, IPAM_SPACE_KIND_CUSTOMER);
    RECORD_SET(s, IPAM_SPACE_PROVIDER, provider, provider);
    RECORD_SET(s, IPAM_SPACE_ISOLATION, isolation, IPAM_SPACE_ISOLATION_VXLAN);
    return s;
}

static int64_t strict_space(struct world *w)
{
    struct ipam_space *s = space_named(w, "strict");
    RECORD_SET(s, IPAM_SPACE_LIMITS, limits, IPAM_SPACE_LIMITS_STRICT);
    return made(w, s);
}

static void clear_field(void *rec, unsigned number)
{
    ((struct ipam_record *)rec)->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

static void test_customer_spaces(void **state)
{
    static const uint64_t none[2];
    uint64_t isolation[2] = { (uint64_t)1 << IPAM_SPACE_ISOLATION, 0 };
    struct world w;
    (void)state;
    world_init(&w);
    int64_t plain = made(&w, space_named(&w, "plain"));
    const struct ipam_space *row = world_row(&w, IPAM_T_SPACE, plain);
    assert_true(record_has(row, IPAM_SPACE_KIND));
    assert_int_equal(row->kind, IPAM_SPACE_KIND_PROVIDER);
    world_create(&w, space_named(&w, "4711"));
    assert_problem(&w, "invalid", "name: \"4711\" would be taken for an id");
    struct ipam_space *s = customer_of(&w, "tenant", plain);
    clear_field(s, IPAM_SPACE_PROVIDER);
    world_create(&w, s);
    assert_problem(&w, "invalid", "provider: a customer space lies on a provider space");
    s = customer_of(&w, "tenant", 99);
    world_create(&w, s);
    assert_problem(&w, "invalid", "provider: there is no address space 99");
    s = customer_of(&w, "tenant", plain);
    clear_field(s, IPAM_SPACE_ISOLATION);
    world_create(&w, s);
    assert_problem(&w, "invalid", "isolation: a customer space is kept apart from others somehow");
    int64_t tenant = made(&w, customer_of(&w, "tenant", plain));
    world_create(&w, customer_of(&w, "other", tenant));
    assert_problem(&w, "invalid", "provider: space tenant is a customer's");
    s = space_named(&w, "other");
    RECORD_SET(s, IPAM_SPACE_TENANT, tenant, IPAM_STR("acme"));
    world_create(&w, s);
    assert_problem(&w, "invalid", "tenant: only a customer space has one");
    world_update(&w, world_row(&w, IPAM_T_SPACE, tenant), record_new(&w.arena, IPAM_T_SPACE), isolation);
    assert_problem(&w, "invalid", "isolation: a customer space is kept apart from others somehow");
    world_update(&w, world_row(&w, IPAM_T_SPACE, tenant), space_named(&w, "plain"), none);
    assert_problem(&w, "exists", "space plain exists already (id 2)");
    assert_int_equal(world_update(&w, world_row(&w, IPAM_T_SPACE, tenant), space_named(&w, "acme"), none),
                     PROBLEM_NONE);
    world_fini(&w);
}

static void test_default_space_stays(void **state)
{
    static const uint64_t none[2];
    struct world w;
    (void)state;
    world_init(&w);
    world_update(&w, world_row(&w, IPAM_T_SPACE, w.space), space_named(&w, "other"), none);
    assert_problem(&w, "in-use", "the default space stays as it is");
    world_delete(&w, world_row(&w, IPAM_T_SPACE, w.space));
    assert_problem(&w, "in-use", "the default space stays as it is");
    world_fini(&w);
}

/* One object in a space, and what the refusal to delete the space says. */
static void test_delete_space(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t plain = made(&w, space_named(&w, "plain")), tenant = made(&w, customer_of(&w, "tenant", plain)),
            other = made(&w, customer_of(&w, "other", w.space));
    struct ipam_server *server = record_new(&w.arena, IPAM_T_SERVER);
    RECORD_SET(server, IPAM_SERVER_NAME, name, IPAM_STR("dhcp9"));
    RECORD_SET(server, IPAM_SERVER_SPACE, space, tenant);
    struct ipam_subnet *subnet = subnet_of(&w, "2001:db8::/64");
    RECORD_SET(subnet, IPAM_SUBNET_SPACE, space, tenant);
    struct ipam_block *block = block_of(&w, "10.0.0.0/8");
    RECORD_SET(block, IPAM_BLOCK_SPACE, space, tenant);
    struct ipam_address *address = address_of(&w, "10.0.0.5");
    RECORD_SET(address, IPAM_ADDRESS_SPACE, space, tenant);
    const struct {
        void *rec;
        const char *detail;
    } rows[] = { { server, "space tenant holds server dhcp9" },
                 { subnet, "space tenant holds subnet 2001:db8::/64" },
                 { block, "space tenant holds block 10.0.0.0/8" },
                 { address, "space tenant holds address 10.0.0.5" } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t id = made(&w, rows[i].rec);
        uint32_t type = ((struct ipam_record *)rows[i].rec)->type;
        world_delete(&w, world_row(&w, IPAM_T_SPACE, tenant));
        assert_problem(&w, "in-use", rows[i].detail);
        world_delete(&w, world_row(&w, IPAM_T_SPACE, plain)); /* what lies on it is not empty */
        assert_problem(&w, "in-use", rows[i].detail);
        assert_non_null(world_row(&w, IPAM_T_SPACE, tenant));
        assert_int_equal(world_delete(&w, world_row(&w, type, id)), PROBLEM_NONE);
    }
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_SPACE, plain)), PROBLEM_NONE);
    assert_null(world_row(&w, IPAM_T_SPACE, plain));
    assert_null(world_row(&w, IPAM_T_SPACE, tenant));
    assert_non_null(world_row(&w, IPAM_T_SPACE, other)); /* it lies on another */
    world_fini(&w);
}

/* --- addresses --- */

static void test_addresses_that_no_host_has(void **state)
{
    static const struct {
        const char *address, *detail;
    } rows[] = {
        { "0.1.2.3", "address: 0.1.2.3 is \"this network\" (RFC 791)" },
        { "127.0.0.1", "address: 127.0.0.1 is loopback (RFC 1122)" },
        { "169.254.7.7", "address: 169.254.7.7 is link-local (RFC 3927)" },
        { "224.0.0.1", "address: 224.0.0.1 is multicast (RFC 5771)" },
        { "239.255.255.255", "address: 239.255.255.255 is multicast (RFC 5771)" },
        { "255.255.255.255", "address: 255.255.255.255 is the limited broadcast (RFC 919)" },
        { "::", "address: :: is the unspecified address (RFC 4291)" },
        { "::1", "address: ::1 is loopback (RFC 4291)" },
        { "fe80::1", "address: fe80::1 is link-local (RFC 4291)" },
        { "fec0::1", "address: fec0::1 is site-local (RFC 3879)" },
        { "ff02::1", "address: ff02::1 is multicast (RFC 4291)" },
    };
    static const char *const good[] = { "1.0.0.1",         "126.255.255.255", "128.0.0.1", "169.253.0.1",
                                        "223.255.255.254", "240.0.0.1",       "::2",       "fe00::1",
                                        "fd00::1",         "2001:db8::1" };
    struct world w;
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_create(&w, address_of(&w, rows[i].address));
        assert_problem(&w, "invalid", rows[i].detail);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        made(&w, address_of(&w, good[i]));
    world_fini(&w);
}

static void set_mac(struct ipam_address *a, size_t octets)
{
    static const uint8_t mac[21] = { 0, 0x53 };
    RECORD_SET(a, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac, octets }));
}

static void test_address_fields(void **state)
{
    static const uint64_t none[2];
    uint64_t no_state[2] = { (uint64_t)1 << IPAM_ADDRESS_STATE, 0 };
    struct world w;
    (void)state;
    world_init(&w);
    int64_t id = made(&w, address_of(&w, "10.0.0.5"));
    const struct ipam_address *a = world_row(&w, IPAM_T_ADDRESS, id);
    assert_true(record_has(a, IPAM_ADDRESS_DEVICE_TYPE) && str_is(a->device_type, "Host"));
    assert_true(record_has(a, IPAM_ADDRESS_STATE) && a->state == IPAM_ADDRESS_STATE_IN_USE);
    assert_true(record_has(a, IPAM_ADDRESS_ASSIGNMENT) && a->assignment == IPAM_ADDRESS_ASSIGNMENT_STATIC);
    struct ipam_address *patch = record_new(&w.arena, IPAM_T_ADDRESS);
    RECORD_SET(patch, IPAM_ADDRESS_STATE, state, IPAM_ADDRESS_STATE_INACTIVE);
    world_update(&w, a, patch, none);
    a = world_row(&w, IPAM_T_ADDRESS, id);
    assert_int_equal(a->state, IPAM_ADDRESS_STATE_INACTIVE);
    world_update(&w, a, record_new(&w.arena, IPAM_T_ADDRESS), no_state);
    a = world_row(&w, IPAM_T_ADDRESS, id);
    assert_true(record_has(a, IPAM_ADDRESS_STATE) && a->state == IPAM_ADDRESS_STATE_IN_USE);

    struct ipam_address *b = address_of(&w, "10.0.0.6");
    RECORD_SET(b, IPAM_ADDRESS_ASSIGNED, assigned, 2000);
    RECORD_SET(b, IPAM_ADDRESS_EXPIRES, expires, 1999);
    world_create(&w, b);
    assert_problem(&w, "invalid", "expires: the address would end before it was assigned");
    RECORD_SET(b, IPAM_ADDRESS_EXPIRES, expires, 2000);
    assert_int_equal(world_create(&w, b), PROBLEM_NONE);
    patch = record_new(&w.arena, IPAM_T_ADDRESS);
    RECORD_SET(patch, IPAM_ADDRESS_ASSIGNED, assigned, 2001);
    world_update(&w, world_row(&w, IPAM_T_ADDRESS, b->id), patch, none);
    assert_problem(&w, "invalid", "expires: the address would end before it was assigned");
    for (size_t octets = 1; octets <= 20; octets++) {
        patch = record_new(&w.arena, IPAM_T_ADDRESS);
        set_mac(patch, octets);
        assert_int_equal(world_update(&w, world_row(&w, IPAM_T_ADDRESS, id), patch, none) == PROBLEM_NONE,
                         octets == 6 || octets == 8 || octets == 20);
    }
    world_fini(&w);
}

/* IPv4 knows its clients by a client id, IPv6 by DUID and IAID. */
static void test_client_identifiers(void **state)
{
    static const uint8_t id[] = { 1, 0, 0x53 };
    const struct ipam_bytes bytes = { id, sizeof(id) };
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_address *a4 = address_of(&w, "10.0.0.5"), *a6 = address_of(&w, "2001:db8::5");
    RECORD_SET(a4, IPAM_ADDRESS_DUID, duid, bytes);
    RECORD_SET(a6, IPAM_ADDRESS_CLIENT_ID, client_id, bytes);
    world_create(&w, a4);
    assert_problem(&w, "invalid", "duid: an IPv4 address has none");
    world_create(&w, a6);
    assert_problem(&w, "invalid", "client_id: an IPv6 address has none");
    clear_field(a4, IPAM_ADDRESS_DUID);
    RECORD_SET(a4, IPAM_ADDRESS_IAID, iaid, 7);
    world_create(&w, a4);
    assert_problem(&w, "invalid", "iaid: an IPv4 address has none");
    clear_field(a4, IPAM_ADDRESS_IAID);
    clear_field(a6, IPAM_ADDRESS_CLIENT_ID);
    RECORD_SET(a4, IPAM_ADDRESS_CLIENT_ID, client_id, bytes);
    RECORD_SET(a6, IPAM_ADDRESS_DUID, duid, bytes);
    RECORD_SET(a6, IPAM_ADDRESS_IAID, iaid, 7);
    made(&w, a4);
    made(&w, a6);
    world_fini(&w);
}

/* --- blocks --- */

static struct ipam_block *block_in(struct world *w, const char *prefix, int64_t space)
{
    struct ipam_block *b = block_of(w, prefix);
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, space);
    return b;
}

static void test_block_prefixes(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_create(&w, block_of(&w, "0.0.0.0/0"));
    assert_problem(&w, "invalid", "block 0.0.0.0/0 is the whole Internet");
    world_create(&w, block_of(&w, "::/0"));
    assert_problem(&w, "invalid", "block ::/0 is the whole Internet");
    world_create(&w, block_of(&w, "172.0.0.0/8"));
    assert_problem(&w, "invalid",
                   "block 172.0.0.0/8 holds the private network 172.16.0.0/12 and public addresses");
    world_create(&w, block_of(&w, "192.168.0.0/15"));
    assert_problem(&w, "invalid",
                   "block 192.168.0.0/15 holds the private network 192.168.0.0/16 and public addresses");
    made(&w, block_of(&w, "192.168.0.0/16"));
    made(&w, block_of(&w, "172.16.0.0/12"));
    made(&w, block_of(&w, "192.169.0.0/16"));
    world_fini(&w);
}

static void test_block_registry(void **state)
{
    static const uint64_t none[2];
    uint64_t no_rir[2] = { (uint64_t)1 << IPAM_BLOCK_RIR, 0 };
    struct world w;
    (void)state;
    world_init(&w);
    int64_t strict = strict_space(&w);
    made(&w, block_of(&w, "198.51.100.0/24")); /* elsewhere it is as one likes */
    world_create(&w, block_in(&w, "198.51.100.0/24", strict));
    assert_problem(&w, "invalid", "rir: a public IPv4 block needs one in this space");
    struct ipam_block *b = block_in(&w, "198.51.100.0/24", strict);
    RECORD_SET(b, IPAM_BLOCK_RIR, rir, IPAM_BLOCK_RIR_RIPE);
    int64_t id = made(&w, b);
    world_update(&w, world_row(&w, IPAM_T_BLOCK, id), record_new(&w.arena, IPAM_T_BLOCK), no_rir);
    assert_problem(&w, "invalid", "rir: a public IPv4 block needs one in this space");
    b = block_in(&w, "10.0.0.0/8", strict);
    RECORD_SET(b, IPAM_BLOCK_RIR_DATE, rir_date, 1000);
    world_create(&w, b);
    assert_problem(&w, "invalid", "rir_date: a private IPv4 block has none in this space");
    id = made(&w, block_in(&w, "10.0.0.0/8", strict));
    struct ipam_block *patch = record_new(&w.arena, IPAM_T_BLOCK);
    RECORD_SET(patch, IPAM_BLOCK_RIR, rir, IPAM_BLOCK_RIR_ARIN);
    world_update(&w, world_row(&w, IPAM_T_BLOCK, id), patch, none);
    assert_problem(&w, "invalid", "rir: a private IPv4 block has none in this space");
    made(&w, block_in(&w, "2001:db8::/32", strict));
    world_fini(&w);
}

/* Eight, wherever the ninth would come: below, above or between. */
static void test_block_levels(void **state)
{
    static const char *const good[] = { "10.0.0.0/9",  "10.0.0.0/10", "10.0.0.0/11", "10.0.0.0/13",
                                        "10.0.0.0/14", "10.0.0.0/15", "10.0.0.0/16", "10.0.0.0/17" };
    static const char *const bad[] = { "10.0.0.0/18", "10.0.0.0/8", "10.0.0.0/12" };
    char detail[128];
    struct world w;
    (void)state;
    world_init(&w);
    int64_t strict = strict_space(&w);
    for (size_t i = 0; i < 8; i++) {
        made(&w, block_in(&w, good[i], strict));
        made(&w, block_of(&w, good[i]));
    }
    for (size_t i = 0; i < 3; i++) {
        snprintf(detail, sizeof(detail), "with block %s there would be more than 8 levels of blocks", bad[i]);
        world_create(&w, block_in(&w, bad[i], strict));
        assert_problem(&w, "invalid", detail);
        made(&w, block_of(&w, bad[i]));
    }
    made(&w, block_in(&w, "10.0.128.0/17", strict)); /* beside the last */
    world_fini(&w);
}

struct seen_blocks {
    const char *wanted[8];
    size_t count;
};

static int see_block(void *user, const struct ipam_block *b)
{
    struct seen_blocks *s = user;
    char text[PREFIX_TEXT_MAX];
    prefix_print(&b->prefix, text);
    assert_true(s->count < 8 && s->wanted[s->count] != NULL);
    assert_string_equal(text, s->wanted[s->count++]);
    return 0;
}

static void test_blocks_inside(void **state)
{
    struct seen_blocks seen = { { "10.0.0.0/16", "10.0.0.0/9", "10.128.0.0/16", "10.255.255.255/32" }, 0 };
    struct world w;
    (void)state;
    world_init(&w);
    int64_t outer = made(&w, block_of(&w, "10.0.0.0/8"));
    for (size_t i = 0; i < 4; i++)
        made(&w, block_of(&w, seen.wanted[i]));
    made(&w, block_of(&w, "11.0.0.0/16"));
    assert_int_equal(
        rule_blocks_inside(state_view(w.state), world_row(&w, IPAM_T_BLOCK, outer), see_block, &seen), 0);
    assert_int_equal(seen.count, 4);
    world_fini(&w);
}

static void test_block_categories(void **state)
{
    static const struct {
        const char *prefix;
        uint32_t category;
    } rows[] = {
        { "10.0.0.0/8", IPAM_BLOCK_CATEGORY_PRIVATE },
        { "10.1.0.0/16", IPAM_BLOCK_CATEGORY_PRIVATE },
        { "172.31.255.0/24", IPAM_BLOCK_CATEGORY_PRIVATE },
        { "172.32.0.0/16", IPAM_BLOCK_CATEGORY_PUBLIC },
        { "192.168.7.0/24", IPAM_BLOCK_CATEGORY_PRIVATE },
        { "100.64.0.0/10", IPAM_BLOCK_CATEGORY_PUBLIC },
        { "11.0.0.0/8", IPAM_BLOCK_CATEGORY_PUBLIC },
        { "224.0.0.0/24", IPAM_BLOCK_CATEGORY_OTHER },
        { "127.0.0.0/8", IPAM_BLOCK_CATEGORY_OTHER },
        { "2001:db8::/32", IPAM_BLOCK_CATEGORY_GLOBAL },
        { "fd00::/8", IPAM_BLOCK_CATEGORY_PRIVATE },
        { "fe80::/10", IPAM_BLOCK_CATEGORY_OTHER },
        { "::/8", IPAM_BLOCK_CATEGORY_OTHER },
    };
    struct world w;
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const void *row = world_row(&w, IPAM_T_BLOCK, made(&w, block_of(&w, rows[i].prefix)));
        struct ipam_block *b = record_copy(&w.arena, row);
        rule_derive(state_view(w.state), b);
        assert_true(record_has(b, IPAM_BLOCK_CATEGORY));
        assert_int_equal(b->category, rows[i].category);
    }
    world_fini(&w);
}

/* --- subnets --- */

static void test_subnet_fields(void **state)
{
    static const int64_t twice[] = { 10, 20, 10 }, top[] = { 4095 };
    struct ipam_addr inside = addr_of("10.4.0.1"), outside = addr_of("10.4.1.1");
    struct world w;
    (void)state;
    world_init(&w);
    int64_t strict = strict_space(&w);
    world_create(&w, with_vlans(&w, "10.4.0.0/24", twice, 3));
    assert_problem(&w, "invalid", "vlans: 10 is given twice");
    struct ipam_subnet *s = with_vlans(&w, "10.4.0.0/24", top, 1);
    world_create(&w, s);
    assert_problem(&w, "invalid", "vlans: 4095 is no VLAN id");
    RECORD_SET(s, IPAM_SUBNET_SPACE, space, strict);
    assert_int_equal(world_create(&w, s), PROBLEM_NONE);
    s = subnet_of(&w, "10.4.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_GATEWAYS, gateways, ((struct ipam_addrs){ &outside, 1 }));
    world_create(&w, s);
    assert_problem(&w, "invalid", "gateways: 10.4.1.1 is not in 10.4.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_GATEWAYS, gateways, ((struct ipam_addrs){ &inside, 1 }));
    assert_int_equal(world_create(&w, s), PROBLEM_NONE);
    world_fini(&w);
}

/* --- ranges --- */

static struct ipam_range *range_in(struct world *w, const char *prefix)
{
    struct ipam_range *r = record_new(&w->arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_PREFIX, prefix, prefix_of(prefix));
    return r;
}

static void test_range_of_a_prefix(void **state)
{
    static const struct {
        const char *prefix, *first, *last;
    } rows[] = {
        { "10.0.0.0/24", "10.0.0.1", "10.0.0.254" },
        { "10.0.1.0/31", "10.0.1.0", "10.0.1.1" },
        { "10.0.1.4/32", "10.0.1.4", "10.0.1.4" },
        { "2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff" },
        { "2001:db8:1::/127", "2001:db8:1::", "2001:db8:1::1" },
    };
    struct world w;
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        made(&w, subnet_of(&w, rows[i].prefix));
        const struct ipam_range *r = world_row(&w, IPAM_T_RANGE, made(&w, range_in(&w, rows[i].prefix)));
        struct ipam_addr first = addr_of(rows[i].first), last = addr_of(rows[i].last);
        assert_true(addr_equal(&r->first, &first) && addr_equal(&r->last, &last));
        assert_false(record_has(r, IPAM_RANGE_PREFIX));
    }
    struct ipam_range *r = range_in(&w, "10.0.1.0/31");
    RECORD_SET(r, IPAM_RANGE_FIRST, first, addr_of("10.0.0.9"));
    world_create(&w, r);
    assert_problem(&w, "invalid", "prefix: the range sticks out of 10.0.1.0/31");
    world_create(&w, record_new(&w.arena, IPAM_T_RANGE));
    assert_problem(&w, "invalid", "first: is missing");
    r = record_new(&w.arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, addr_of("10.0.0.9"));
    world_create(&w, r);
    assert_problem(&w, "invalid", "last: is missing");
    world_fini(&w);
}

static void test_range_ends(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.0.0.0/24"));
    made(&w, subnet_of(&w, "2001:db8::/64"));
    world_create(&w, range_of(&w, "10.0.0.0", "10.0.0.9", IPAM_RANGE_KIND_STATIC));
    assert_problem(&w, "invalid", "first: 10.0.0.0 is the address of the network");
    world_create(&w, range_of(&w, "10.0.0.9", "10.0.0.255", IPAM_RANGE_KIND_STATIC));
    assert_problem(&w, "invalid", "last: 10.0.0.255 is the broadcast address of the network");
    made(&w, range_of(&w, "2001:db8::", "2001:db8::9", IPAM_RANGE_KIND_AUTO));
    struct ipam_range *theirs = range_of(&w, "10.0.0.0", "10.0.0.255", IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(theirs, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    made(&w, theirs); /* a server may do as it likes */
    world_fini(&w);
}

static void test_range_parts(void **state)
{
    static const struct {
        const char *reserved, *vip, *gateway, *detail;
    } rows[] = {
        { "10.0.0.9", NULL, NULL, "reserved: 10.0.0.9 is not in the range" },
        { "10.0.0.20-10.0.0.51", NULL, NULL, "reserved: 10.0.0.20-10.0.0.51 is not in the range" },
        { "10.0.0.30-10.0.0.20", NULL, NULL,
          "reserved: \"10.0.0.30-10.0.0.20\" is no address and no run of them" },
        { "2001:db8::1", NULL, NULL, "reserved: 2001:db8::1 is not in the range" },
        { NULL, "10.0.0.51", NULL, "vips: 10.0.0.51 is not in the range" },
        { NULL, "x", NULL, "vips: \"x\" is no address and no run of them" },
        { NULL, NULL, "10.0.0.1=0", "gateways: \"10.0.0.1=0\" is no IPv4 address with a metric" },
        { NULL, NULL, "10.0.0.1=10000", "gateways: \"10.0.0.1=10000\" is no IPv4 address with a metric" },
        { NULL, NULL, "2001:db8::1", "gateways: \"2001:db8::1\" is no IPv4 address with a metric" },
        { "10.0.0.10", "10.0.0.11-10.0.0.50", "10.0.0.1=9999", NULL },
    };
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.0.0.0/24"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ipam_range *r = range_of(&w, "10.0.0.10", "10.0.0.50", IPAM_RANGE_KIND_STATIC);
        struct ipam_str text = str_from(rows[i].reserved != NULL ? rows[i].reserved : "10.0.0.10"),
                        vip = str_from(rows[i].vip != NULL ? rows[i].vip : "10.0.0.10"),
                        gateway = str_from(rows[i].gateway != NULL ? rows[i].gateway : "10.0.0.1");
        RECORD_SET(r, IPAM_RANGE_RESERVED, reserved, ((struct ipam_strs){ &text, 1 }));
        RECORD_SET(r, IPAM_RANGE_VIPS, vips, ((struct ipam_strs){ &vip, 1 }));
        RECORD_SET(r, IPAM_RANGE_GATEWAYS, gateways, ((struct ipam_strs){ &gateway, 1 }));
        assert_int_equal(world_create(&w, r) != PROBLEM_NONE, rows[i].detail != NULL);
        if (rows[i].detail != NULL)
            assert_problem(&w, "invalid", rows[i].detail);
    }
    world_fini(&w);
}

static void test_range_wins(void **state)
{
    struct ipam_addr server4 = addr_of("10.0.0.2"), server6 = addr_of("2001:db8::2");
    struct world w;
    (void)state;
    world_init(&w);
    made(&w, subnet_of(&w, "10.0.0.0/24"));
    made(&w, subnet_of(&w, "2001:db8::/64"));
    struct ipam_range *r6 = range_of(&w, "2001:db8::10", "2001:db8::20", IPAM_RANGE_KIND_STATIC),
                      *r4 = range_of(&w, "10.0.0.10", "10.0.0.20", IPAM_RANGE_KIND_STATIC);
    RECORD_SET(r6, IPAM_RANGE_WINS, wins, ((struct ipam_addrs){ &server4, 1 }));
    RECORD_SET(r4, IPAM_RANGE_WINS, wins, ((struct ipam_addrs){ &server6, 1 }));
    world_create(&w, r6);
    assert_problem(&w, "invalid", "wins: WINS servers are of IPv4 alone");
    world_create(&w, r4);
    assert_problem(&w, "invalid", "wins: WINS servers are of IPv4 alone");
    RECORD_SET(r4, IPAM_RANGE_WINS, wins, ((struct ipam_addrs){ &server4, 1 }));
    assert_int_equal(world_create(&w, r4), PROBLEM_NONE);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_customer_spaces),   cmocka_unit_test(test_default_space_stays),
        cmocka_unit_test(test_delete_space),      cmocka_unit_test(test_addresses_that_no_host_has),
        cmocka_unit_test(test_address_fields),    cmocka_unit_test(test_client_identifiers),
        cmocka_unit_test(test_block_prefixes),    cmocka_unit_test(test_block_registry),
        cmocka_unit_test(test_block_levels),      cmocka_unit_test(test_blocks_inside),
        cmocka_unit_test(test_block_categories),  cmocka_unit_test(test_subnet_fields),
        cmocka_unit_test(test_range_of_a_prefix), cmocka_unit_test(test_range_ends),
        cmocka_unit_test(test_range_parts),       cmocka_unit_test(test_range_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

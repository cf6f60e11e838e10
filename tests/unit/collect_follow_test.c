/* collect_follow_test.c - addresses of the plan follow the PTR records of mapped zones: item 58.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include <stdio.h>
#include <string.h>

static struct ipam_addr at(const char *text)
{
    struct ipam_addr a;
    assert_int_equal(addr_parse(text, strlen(text), &a), 0);
    return a;
}

/* A server with a reverse zone that is mapped to one range of 10.0.0.0/8 or of 2001:db8::/32. */
struct bed {
    struct site *s;
    int64_t server, zone;
    unsigned ended;
    int status;
    char message[256];
};

static int64_t put_zone(struct bed *b, const char *name, const char *prefix)
{
    struct ipam_zone z;
    record_init(&z, IPAM_T_ZONE);
    RECORD_SET(&z, IPAM_ZONE_SERVER, server, b->server);
    RECORD_SET(&z, IPAM_ZONE_SPACE, space, b->s->space);
    RECORD_SET(&z, IPAM_ZONE_NATIVE, native, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_NAME, name, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_TYPE, type_, IPAM_ZONE_TYPE_PRIMARY);
    IPAM_SET_FIELD((struct ipam_record *)&z, IPAM_ZONE_PREFIX);
    assert_int_equal(prefix_parse(prefix, strlen(prefix), &z.prefix), 0);
    return site_put(b->s, &z);
}

static int64_t put_range(struct bed *b, const char *first, const char *last, int64_t zone)
{
    struct ipam_range r;
    record_init(&r, IPAM_T_RANGE);
    RECORD_SET(&r, IPAM_RANGE_SPACE, space, b->s->space);
    RECORD_SET(&r, IPAM_RANGE_FIRST, first, at(first));
    RECORD_SET(&r, IPAM_RANGE_LAST, last, at(last));
    RECORD_SET(&r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_STATIC);
    RECORD_SET(&r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    if (zone != 0)
        RECORD_SET(&r, IPAM_RANGE_REVERSE_ZONE, reverse_zone, zone);
    return site_put(b->s, &r);
}

static void begin(struct bed *b, struct site *s)
{
    *b = (struct bed){ .s = s };
    fake_query_any(s->store);
    b->server = site_server(s, "ns1", true);
    b->zone = put_zone(b, "10.in-addr.arpa", "10.0.0.0/8");
}

static struct ipam_dns_record ptr(const struct bed *b, int64_t zone, const char *address, const char *target)
{
    struct ipam_dns_record r;
    record_init(&r, IPAM_T_DNS_RECORD);
    RECORD_SET(&r, IPAM_DNS_RECORD_SERVER, server, b->server);
    RECORD_SET(&r, IPAM_DNS_RECORD_ZONE, zone, zone);
    RECORD_SET(&r, IPAM_DNS_RECORD_SPACE, space, b->s->space);
    RECORD_SET(&r, IPAM_DNS_RECORD_NAME, name, IPAM_STR("reverse"));
    RECORD_SET(&r, IPAM_DNS_RECORD_TYPE, type_, IPAM_STR("PTR"));
    RECORD_SET(&r, IPAM_DNS_RECORD_ADDRESS, address, at(address));
    RECORD_SET(&r, IPAM_DNS_RECORD_TARGET, target, str_from(target));
    return r;
}

static int64_t put_ptr(struct bed *b, int64_t zone, const char *address, const char *target)
{
    struct ipam_dns_record r = ptr(b, zone, address, target);
    return site_put(b->s, &r);
}

/* The record becomes another. */
static void set_ptr(struct bed *b, int64_t id, int64_t zone, const char *address, const char *target)
{
    struct ipam_dns_record r = ptr(b, zone, address, target);
    RECORD_SET(&r, IPAM_DNS_RECORD_ID, id, id);
    RECORD_SET(&r, IPAM_DNS_RECORD_REV, rev, 1);
    fake_keep(b->s->store, &r);
}

static void on_followed(void *user, int status, const char *message)
{
    struct bed *b = user;
    b->ended++;
    b->status = status;
    snprintf(b->message, sizeof(b->message), "%s", message);
}

static void follow(struct bed *b, int64_t zone)
{
    unsigned before = b->ended;
    collect_follow_zone(b->s->collect, zone, NULL, on_followed, b);
    assert_int_equal(b->ended, before); /* later */
    fake_spin(b->s->loop);
    assert_int_equal(b->ended, before + 1);
    assert_int_equal(b->status, 0);
    assert_string_equal(b->message, "");
}

/* "ADDRESS NAME" of each, those of the DNS with a +, in the order they came. */
static const char *addresses(const struct bed *b)
{
    static char text[4096];
    char address[ADDR_TEXT_MAX];
    size_t len = 0;
    text[0] = '\0';
    for (const struct ipam_address *a = fake_next(b->s->store, IPAM_T_ADDRESS, 0); a != NULL;
         a = fake_next(b->s->store, IPAM_T_ADDRESS, a->id)) {
        addr_print(&a->address, address);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s " STR_FMT, len > 0 ? ", " : "",
                                record_has(a, IPAM_ADDRESS_FROM_DNS) && a->from_dns ? "+" : "", address,
                                STR_ARG(a->name));
    }
    return text;
}

static void test_addresses_come_change_and_go_58(void **state)
{
    struct bed b;
    begin(&b, *state);
    put_range(&b, "10.1.0.0", "10.1.0.99", b.zone);
    put_range(&b, "10.2.0.0", "10.2.0.99", b.zone);
    put_range(&b, "10.3.0.0", "10.3.0.99", 0);
    int64_t other = put_zone(&b, "1.10.in-addr.arpa", "10.1.0.0/16");
    put_ptr(&b, b.zone, "10.2.0.7", "c.example");
    int64_t one = put_ptr(&b, b.zone, "10.1.0.5", "a.example");
    put_ptr(&b, b.zone, "10.1.0.5", "b.example"); /* of two names the first in their order */
    put_ptr(&b, b.zone, "10.1.0.100", "out.example");
    put_ptr(&b, b.zone, "10.3.0.5", "unmapped.example");
    put_ptr(&b, other, "10.1.0.6", "other.example");
    follow(&b, b.zone);
    assert_string_equal(addresses(&b), "+10.1.0.5 a.example, +10.2.0.7 c.example");
    int64_t head = fake_head(b.s->store);
    follow(&b, b.zone);
    follow(&b, other);
    assert_int_equal(fake_head(b.s->store), head); /* as it was: nothing */
    set_ptr(&b, one, b.zone, "10.1.0.5", "z.example");
    follow(&b, b.zone);
    assert_string_equal(addresses(&b), "+10.1.0.5 b.example, +10.2.0.7 c.example");
    set_ptr(&b, one, b.zone, "10.1.0.8", "d.example");
    follow(&b, b.zone);
    assert_string_equal(addresses(&b), "+10.1.0.5 b.example, +10.2.0.7 c.example, +10.1.0.8 d.example");
    set_ptr(&b, one, other, "10.1.0.8", "d.example"); /* it went to a zone that is not mapped */
    follow(&b, b.zone);
    assert_string_equal(addresses(&b), "+10.1.0.5 b.example, +10.2.0.7 c.example");
}

static void test_ipv6_58(void **state)
{
    struct bed b;
    begin(&b, *state);
    int64_t zone = put_zone(&b, "8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32");
    put_range(&b, "2001:db8::1", "2001:db8::ff", zone);
    int64_t one = put_ptr(&b, zone, "2001:db8::5", "a.example");
    follow(&b, zone);
    assert_string_equal(addresses(&b), "+2001:db8::5 a.example");
    set_ptr(&b, one, zone, "2001:db8::5", "b.example");
    follow(&b, zone);
    assert_string_equal(addresses(&b), "+2001:db8::5 b.example");
    set_ptr(&b, one, zone, "2001:db8:1::", "b.example");
    follow(&b, zone);
    assert_string_equal(addresses(&b), "");
}

/* A record that the server does not answer with, one without a name that an address can have, an address of somebody. */
static void test_what_makes_no_address_58(void **state)
{
    struct bed b;
    char name[256];
    begin(&b, *state);
    put_range(&b, "10.1.0.0", "10.1.0.99", b.zone);
    struct ipam_dns_record r = ptr(&b, b.zone, "10.1.0.5", "a.example");
    RECORD_SET(&r, IPAM_DNS_RECORD_DISABLED, disabled, true);
    site_put(b.s, &r);
    r = ptr(&b, b.zone, "10.1.0.6", "a.example");
    RECORD_SET(&r, IPAM_DNS_RECORD_TYPE, type_, IPAM_STR("TXT"));
    site_put(b.s, &r);
    memset(name, 'x', sizeof(name));
    name[254] = '\0';
    put_ptr(&b, b.zone, "10.1.0.7", name);
    put_ptr(&b, b.zone, "10.1.0.8", ".");
    struct ipam_address mine;
    record_init(&mine, IPAM_T_ADDRESS);
    RECORD_SET(&mine, IPAM_ADDRESS_SPACE, space, b.s->space);
    RECORD_SET(&mine, IPAM_ADDRESS_ADDRESS, address, at("10.1.0.9"));
    RECORD_SET(&mine, IPAM_ADDRESS_NAME, name, IPAM_STR("mine"));
    site_put(b.s, &mine);
    put_ptr(&b, b.zone, "10.1.0.9", "a.example");
    int64_t head = fake_head(b.s->store);
    follow(&b, b.zone);
    assert_string_equal(addresses(&b), "10.1.0.9 mine");
    assert_int_equal(fake_head(b.s->store), head);
}

/* What somebody does while the addresses are made is not undone: the rows are read again where they are decided. */
static void test_a_change_meanwhile_stays_58(void **state)
{
    struct bed b;
    begin(&b, *state);
    put_range(&b, "10.1.0.0", "10.1.0.99", b.zone);
    int64_t one = put_ptr(&b, b.zone, "10.1.0.5", "a.example");
    follow(&b, b.zone);
    const struct ipam_address *a = fake_next(b.s->store, IPAM_T_ADDRESS, 0);
    struct ipam_address mine = *a;
    set_ptr(&b, one, b.zone, "10.1.0.5", "b.example");
    fake_hold(b.s->store, FAKE_ENTER, true);
    collect_follow_zone(b.s->collect, b.zone, NULL, on_followed, &b);
    fake_spin(b.s->loop);
    assert_true(fake_held(b.s->store)); /* at the gate, with what was read */
    rule_take_over(a, &mine);
    RECORD_SET(&mine, IPAM_ADDRESS_NAME, name, IPAM_STR("mine"));
    fake_keep(b.s->store, &mine);
    fake_hold(b.s->store, FAKE_ENTER, false);
    fake_go(b.s->store);
    fake_spin(b.s->loop);
    assert_int_equal(b.ended, 2);
    assert_string_equal(addresses(&b), "10.1.0.5 mine");
}

#define MANY 2500

static void test_many_go_in_as_several_change_sets_58(void **state)
{
    struct bed b;
    char text[ADDR_TEXT_MAX];
    begin(&b, *state);
    put_range(&b, "10.1.0.0", "10.1.255.255", b.zone);
    for (unsigned n = 0; n < MANY; n++) {
        snprintf(text, sizeof(text), "10.1.%u.%u", n >> 8, n & 255);
        put_ptr(&b, b.zone, text, "host.example");
    }
    int64_t head = fake_head(b.s->store);
    follow(&b, b.zone);
    assert_int_equal(site_count(b.s, IPAM_T_ADDRESS), MANY);
    assert_int_equal(fake_head(b.s->store) - head, 3);
}

/* Two that are asked for at once run one after the other: the later one sees what the first has made. */
static void test_one_after_the_other_58(void **state)
{
    struct bed b;
    bool canceled = true;
    begin(&b, *state);
    put_range(&b, "10.1.0.0", "10.1.0.99", b.zone);
    put_ptr(&b, b.zone, "10.1.0.5", "a.example");
    int64_t head = fake_head(b.s->store);
    for (int i = 0; i < 3; i++)
        collect_follow_zone(b.s->collect, b.zone, NULL, on_followed, &b);
    fake_spin(b.s->loop);
    assert_int_equal(b.ended, 3);
    assert_string_equal(addresses(&b), "+10.1.0.5 a.example");
    assert_int_equal(fake_head(b.s->store), head + 1);
    put_ptr(&b, b.zone, "10.1.0.6", "b.example");
    collect_follow_zone(b.s->collect, b.zone, &canceled, on_followed, &b);
    fake_spin(b.s->loop);
    assert_int_equal(b.status, IPAM_E_CANCELED);
    fake_fail(b.s->store, FAKE_QUERY, 1, IPAM_E_CONN);
    collect_follow_zone(b.s->collect, b.zone, NULL, on_followed, &b);
    fake_spin(b.s->loop);
    assert_int_equal(b.status, IPAM_E_CONN);
    assert_string_equal(addresses(&b), "+10.1.0.5 a.example");
    follow(&b, b.zone); /* the next time it is made up for */
    assert_string_equal(addresses(&b), "+10.1.0.5 a.example, +10.1.0.6 b.example");
}

/* A server that leaves takes its zones along; no range is mapped to what is not there. */
static void test_a_server_that_leaves_unmaps_its_zones_43(void **state)
{
    struct bed b;
    begin(&b, *state);
    int64_t range = put_range(&b, "10.1.0.0", "10.1.0.99", b.zone);
    put_ptr(&b, b.zone, "10.1.0.5", "a.example");
    follow(&b, b.zone);
    const struct ipam_job *job = site_job(b.s, COLLECT_FORGET, b.server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(site_count(b.s, IPAM_T_ZONE) + site_count(b.s, IPAM_T_DNS_RECORD), 0);
    const struct ipam_range *r = fake_row(b.s->store, IPAM_T_RANGE, range);
    assert_non_null(r);
    assert_false(record_has(r, IPAM_RANGE_REVERSE_ZONE));
    assert_string_equal(addresses(&b), "+10.1.0.5 a.example"); /* the address stays */
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, site_setup, site_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_addresses_come_change_and_go_58),
        TEST(test_ipv6_58),
        TEST(test_what_makes_no_address_58),
        TEST(test_a_change_meanwhile_stays_58),
        TEST(test_many_go_in_as_several_change_sets_58),
        TEST(test_one_after_the_other_58),
        TEST(test_a_server_that_leaves_unmaps_its_zones_43),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

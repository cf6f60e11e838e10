/* net_facts_test.c - categories of prefixes, zones of the reverse DNS, the MAC of an EUI-64; whole prefixes of a run.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/facts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct ipam_prefix prefix(const char *text)
{
    struct ipam_prefix p = { 0 };

    if (prefix_parse(text, strlen(text), &p) != 0)
        fail_msg("%s is refused", text);
    return p;
}

static struct ipam_addr addr(const char *text)
{
    struct ipam_addr a = { 0 };

    if (addr_parse(text, strlen(text), &a) != 0)
        fail_msg("%s is refused", text);
    return a;
}

static void test_categories(void **state)
{
    static const struct {
        const char *prefix, *category, *block, *source;
    } rows[] = {
        { "10.1.2.0/24", "private", "10.0.0.0/8", "RFC 1918" },
        { "10.0.0.0/8", "private", "10.0.0.0/8", "RFC 1918" },
        { "10.0.0.0/7", "mixed", "", "" },
        { "172.16.0.0/12", "private", "172.16.0.0/12", "RFC 1918" },
        { "172.32.0.0/11", "global", "0.0.0.0/0", "RFC 791" },
        { "192.168.255.255/32", "private", "192.168.0.0/16", "RFC 1918" },
        { "100.127.255.255/32", "shared", "100.64.0.0/10", "RFC 6598" },
        { "100.128.0.0/32", "global", "0.0.0.0/0", "RFC 791" },
        { "127.0.0.1/32", "loopback", "127.0.0.0/8", "RFC 1122" },
        { "169.254.0.0/16", "link-local", "169.254.0.0/16", "RFC 3927" },
        { "192.0.0.0/24", "protocol", "192.0.0.0/24", "RFC 6890" }, /* with the exceptions in it */
        { "192.0.0.9/32", "anycast", "192.0.0.9/32", "RFC 7723" },
        { "203.0.113.128/25", "documentation", "203.0.113.0/24", "RFC 5737" },
        { "198.19.0.0/16", "benchmarking", "198.18.0.0/15", "RFC 2544" },
        { "239.1.2.3/32", "multicast", "224.0.0.0/4", "RFC 5771" },
        { "255.255.255.255/32", "broadcast", "255.255.255.255/32", "RFC 8190" },
        { "255.255.255.254/32", "reserved", "240.0.0.0/4", "RFC 1112" },
        { "0.0.0.0/32", "unspecified", "0.0.0.0/32", "RFC 1122" },
        { "0.0.0.0/0", "mixed", "", "" },
        { "8.8.8.0/24", "global", "0.0.0.0/0", "RFC 791" },
        { "::/0", "mixed", "", "" },
        { "::/128", "unspecified", "::/128", "RFC 4291" },
        { "::1/128", "loopback", "::1/128", "RFC 4291" },
        { "2600::/10", "mixed", "", "" }, /* AS112 is in it */
        { "2600::/16", "global", "2000::/3", "RFC 4291" },
        { "6000::/3", "unallocated", "::/0", "RFC 4291" },
        { "2001:db8::/32", "documentation", "2001:db8::/32", "RFC 3849" },
        { "3fff:0fff::/32", "documentation", "3fff::/20", "RFC 9637" },
        { "2001:0:1::/48", "teredo", "2001::/32", "RFC 4380" },
        { "2002:a01::/32", "6to4", "2002::/16", "RFC 3056" },
        { "64:ff9b::a00:0/104", "translation", "64:ff9b::/96", "RFC 6052" },
        { "::ffff:10.0.0.0/104", "ipv4-mapped", "::ffff:0:0/96", "RFC 4291" },
        { "fd12::/16", "unique-local", "fc00::/7", "RFC 4193" },
        { "fe80::/64", "link-local", "fe80::/10", "RFC 4291" },
        { "ff02::1/128", "multicast", "ff00::/8", "RFC 4291" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix p = prefix(rows[i].prefix);
        const struct addr_block *b = prefix_block(&p);

        if (strcmp(b->category, rows[i].category) != 0 || strcmp(b->prefix, rows[i].block) != 0 ||
            strcmp(b->source, rows[i].source) != 0)
            fail_msg("%s is %s, %s, %s", rows[i].prefix, b->category, b->prefix, b->source);
    }
}

static void test_reverse_zones(void **state)
{
    static const struct {
        const char *prefix;
        unsigned count;
        const char *first, *last;
    } rows[] = {
        { "0.0.0.0/0", 1, "in-addr.arpa", "in-addr.arpa" },
        { "0.0.0.0/1", 128, "0.in-addr.arpa", "127.in-addr.arpa" },
        { "10.0.0.0/8", 1, "10.in-addr.arpa", "10.in-addr.arpa" },
        { "10.128.0.0/9", 128, "128.10.in-addr.arpa", "255.10.in-addr.arpa" },
        { "10.1.16.0/20", 16, "16.1.10.in-addr.arpa", "31.1.10.in-addr.arpa" },
        { "10.1.2.0/24", 1, "2.1.10.in-addr.arpa", "2.1.10.in-addr.arpa" },
        { "192.0.2.128/25", 1, "128/25.2.0.192.in-addr.arpa", "128/25.2.0.192.in-addr.arpa" },
        { "192.0.2.2/31", 1, "2/31.2.0.192.in-addr.arpa", "2/31.2.0.192.in-addr.arpa" },
        { "192.0.2.255/32", 1, "255.2.0.192.in-addr.arpa", "255.2.0.192.in-addr.arpa" },
        { "::/0", 1, "ip6.arpa", "ip6.arpa" },
        { "2001:db8::/32", 1, "8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa" },
        { "2001:db8::/33", 8, "0.8.b.d.0.1.0.0.2.ip6.arpa", "7.8.b.d.0.1.0.0.2.ip6.arpa" },
        { "2001:db8:c000::/35", 2, "c.8.b.d.0.1.0.0.2.ip6.arpa", "d.8.b.d.0.1.0.0.2.ip6.arpa" },
        { "8000::/1", 8, "8.ip6.arpa", "f.ip6.arpa" },
        { "2001:db8::fe/127", 2, "e.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
          "f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix p = prefix(rows[i].prefix);
        char text[REVERSE_TEXT_MAX];

        assert_int_equal(reverse_zone_count(&p), rows[i].count);
        assert_int_equal(reverse_zone(&p, 0, text), strlen(rows[i].first));
        assert_string_equal(text, rows[i].first);
        reverse_zone(&p, rows[i].count - 1, text);
        assert_string_equal(text, rows[i].last);
    }
}

static bool reverse_is(const char *name, const char *wanted)
{
    struct ipam_prefix p;
    char text[PREFIX_TEXT_MAX];

    if (!reverse_name_parse(name, strlen(name), &p))
        return wanted == NULL;
    prefix_print(&p, text);
    return wanted != NULL && strcmp(text, wanted) == 0;
}

static void test_reverse_names(void **state)
{
    static const struct {
        const char *name, *prefix;
    } rows[] = {
        { "in-addr.arpa", "0.0.0.0/0" },
        { "IP6.ARPA", "::/0" },
        { "10.in-addr.arpa", "10.0.0.0/8" },
        { "7.2.0.192.in-addr.arpa", "192.0.2.7/32" },
        { "64/26.2.0.192.in-addr.arpa", "192.0.2.64/26" },
        { "65.64/26.2.0.192.in-addr.arpa", "192.0.2.65/32" },
        { "8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32" },
        { "B.d.0.1.0.0.2.ip6.arpa", "2001:db0::/28" },
        { "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/128" },
        { "128.64/26.2.0.192.in-addr.arpa", NULL }, /* is not in it */
        { "65/26.2.0.192.in-addr.arpa", NULL },     /* host bits */
        { "64/24.2.0.192.in-addr.arpa", NULL },
        { "64/33.2.0.192.in-addr.arpa", NULL },
        { "x/26.2.0.192.in-addr.arpa", NULL },
        { "0/26.0.0.1.0.0.2.ip6.arpa", NULL },
        { "64/26.0.192.in-addr.arpa", NULL },
        { "1.7.2.0.192.in-addr.arpa", NULL },
        { "1.65.64/26.2.0.192.in-addr.arpa", NULL },
        { "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL },
        { "256.in-addr.arpa", NULL },
        { "010.in-addr.arpa", NULL },
        { "h.10.in-addr.arpa", NULL },
        { "g.ip6.arpa", NULL },
        { "10.ip6.arpa", NULL },
        { ".in-addr.arpa", NULL },
        { ".10.in-addr.arpa", NULL },
        { "1..10.in-addr.arpa", NULL },
        { "10in-addr.arpa", NULL },
        { "example.com", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!reverse_is(rows[i].name, rows[i].prefix))
            fail_msg("\"%s\" is not read as %s", rows[i].name,
                     rows[i].prefix != NULL ? rows[i].prefix : "no name of the reverse DNS");
}

/* Each prefix is what the name of its zone says, where it has one zone. */
static void test_reverse_names_are_those_of_zones(void **state)
{
    char text[REVERSE_TEXT_MAX];

    (void)state;
    for (unsigned length = 0; length <= 128; length++)
        for (unsigned family = 4; family <= 6; family += 2) {
            struct ipam_prefix p = prefix(family == 4 ? "203.0.113.171/32"
                                                      : "2001:db8:1:203:405:607:809:a0b/128"),
                               q;

            if (length > addr_bits((uint8_t)family))
                continue;
            p.length = (uint8_t)length;
            prefix_mask(&p);
            size_t len = reverse_zone(&p, 0, text);
            if (reverse_zone_count(&p) == 1)
                assert_true(reverse_name_parse(text, len, &q) && prefix_equal(&p, &q));
        }
}

static void test_the_mac_of_an_interface(void **state)
{
    static const struct {
        const char *address;
        uint8_t mac[6];
    } rows[] = {
        { "2001:db8::200:5eff:fe00:5301", { 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01 } },
        { "fe80::5e:ff:fe00:5301", { 0x02, 0x5e, 0x00, 0x00, 0x53, 0x01 } },
    };
    static const char *const none[] = {
        "2001:db8::200:5eff:ff00:5301", "2001:db8::200:5efe:fe00:5301", "2001:db8::1",
        "ff02::200:5eff:fe00:5301",     "2001:db8::300:5eff:fe00:5301", "10.1.2.3"
    };
    uint8_t mac[6];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_addr a = addr(rows[i].address);

        assert_true(addr_eui64(&a, mac));
        assert_memory_equal(mac, rows[i].mac, sizeof(mac));
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        struct ipam_addr a = addr(none[i]);

        if (addr_eui64(&a, mac))
            fail_msg("%s has a MAC in it", none[i]);
    }
}

static void test_usable(void **state)
{
    static const struct {
        const char *prefix, *first, *last;
    } rows[] = {
        { "0.0.0.0/0", "0.0.0.1", "255.255.255.254" },
        { "10.1.2.0/24", "10.1.2.1", "10.1.2.254" },
        { "10.1.2.4/30", "10.1.2.5", "10.1.2.6" },
        { "10.1.2.4/31", "10.1.2.4", "10.1.2.5" },
        { "10.1.2.4/32", "10.1.2.4", "10.1.2.4" },
        { "255.255.255.252/30", "255.255.255.253", "255.255.255.254" },
        { "::/0", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
        { "2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff" },
        { "2001:db8::/126", "2001:db8::1", "2001:db8::3" },
        { "2001:db8::/127", "2001:db8::", "2001:db8::1" },
        { "2001:db8::/128", "2001:db8::", "2001:db8::" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix p = prefix(rows[i].prefix);
        struct ipam_addr first, last;
        char text[ADDR_TEXT_MAX];

        prefix_usable(&p, &first, &last);
        addr_print(&first, text);
        assert_string_equal(text, rows[i].first);
        addr_print(&last, text);
        assert_string_equal(text, rows[i].last);
    }
}

#define TOP6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

static void test_a_run_in_whole_prefixes(void **state)
{
    static const struct {
        const char *first, *last, *prefixes, *count;
    } rows[] = {
        { "10.1.2.5", "10.1.2.5", "10.1.2.5/32", "1" },
        { "10.1.2.4", "10.1.2.5", "10.1.2.4/31", "2" },
        { "10.1.2.5", "10.1.2.6", "10.1.2.5/32 10.1.2.6/32", "2" },
        { "10.1.2.5", "10.1.2.77",
          "10.1.2.5/32 10.1.2.6/31 10.1.2.8/29 10.1.2.16/28 10.1.2.32/27 10.1.2.64/29 10.1.2.72/30 "
          "10.1.2.76/31",
          "73" },
        { "0.0.0.0", "255.255.255.255", "0.0.0.0/0", "4294967296" },
        { "0.0.0.1", "0.0.0.3", "0.0.0.1/32 0.0.0.2/31", "3" },
        { "255.255.255.253", "255.255.255.255", "255.255.255.253/32 255.255.255.254/31", "3" },
        { "::", TOP6, "::/0", "340282366920938463463374607431768211456" },
        { "::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/1",
          "170141183460469231731687303715884105728" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd", TOP6,
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd/128 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "3" },
        { "2001:db8::", "2001:db8:0:2:ffff:ffff:ffff:ffff", "2001:db8::/63 2001:db8:0:2::/64",
          "55340232221128654848" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_addr from = addr(rows[i].first), last = addr(rows[i].last), end;
        char text[1024] = "", one[PREFIX_TEXT_MAX];
        struct ipam_prefix p;

        addr_distance_print(&from, &last, text);
        assert_string_equal(text, rows[i].count);
        for (text[0] = '\0';; addr_add(&end, u128_from(1), &from)) {
            prefix_largest(&from, &last, &p);
            prefix_print(&p, one);
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] != '\0' ? " " : "",
                     one);
            prefix_last(&p, &end);
            if (addr_compare(&end, &last) >= 0)
                break;
        }
        assert_string_equal(text, rows[i].prefixes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_reverse_zones),
        cmocka_unit_test(test_reverse_names),
        cmocka_unit_test(test_reverse_names_are_those_of_zones),
        cmocka_unit_test(test_the_mac_of_an_interface),
        cmocka_unit_test(test_usable),
        cmocka_unit_test(test_a_run_in_whole_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

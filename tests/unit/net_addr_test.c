/* net_addr_test.c - addresses, prefixes and 128-bit counts: tables of rules, and properties against
 * arithmetic on single bytes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS   200000

static uint64_t seed;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Parses from an exact heap copy, so that a sanitizer sees any look behind the end. */
static int parse_addr(const char *text, struct ipam_addr *ret)
{
    size_t len = strlen(text);
    char *copy = malloc(len + 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy + 1, text, len);
    rc = addr_parse(copy + 1, len, ret);
    free(copy);
    return rc;
}

static struct ipam_addr addr(const char *text)
{
    struct ipam_addr a = { 0 };

    if (parse_addr(text, &a) != 0)
        fail_msg("%s is refused", text);
    return a;
}

static struct ipam_prefix prefix(const char *text)
{
    struct ipam_prefix p = { 0 };

    if (prefix_parse(text, strlen(text), &p) != 0)
        fail_msg("%s is refused", text);
    return p;
}

static struct ipam_u128 u128(const char *text)
{
    struct ipam_u128 n = { 0, 0 };

    if (u128_parse(text, strlen(text), &n) != 0)
        fail_msg("%s is refused", text);
    return n;
}

/* What is read and how it is printed; RFC 5952 where the text is longer than its print. */
static const struct {
    const char *text, *print;
} accepted[] = {
    { "0.0.0.0", "0.0.0.0" },
    { "192.0.2.1", "192.0.2.1" },
    { "255.255.255.255", "255.255.255.255" },
    { "10.20.100.9", "10.20.100.9" },
    { "::", "::" },
    { "::1", "::1" },
    { "1::", "1::" },
    { "0:0:0:0:0:0:0:0", "::" },
    /* RFC 5952 1 and 2.1: leading zeros */
    { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:db8::1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:0db8::1:0:0:1", "2001:db8::1:0:0:1" },
    { "2001:db8:0:0:1::1", "2001:db8::1:0:0:1" },
    { "2001:db8:0000:0:1::1", "2001:db8::1:0:0:1" },
    { "2001:DB8:0:0:1::1", "2001:db8::1:0:0:1" },
    { "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1" },
    /* 2.2: zero compression, 4.2.2: not for one group */
    { "2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1" },
    { "2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1" },
    { "2001:db8:0:0:0::1", "2001:db8::1" },
    { "2001:db8:0:0::1", "2001:db8::1" },
    { "2001:db8:0::1", "2001:db8::1" },
    { "2001:db8::1", "2001:db8::1" },
    { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
    /* 4.2.3: the longest run, the first of equals */
    { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
    { "2001:db8::aaaa:0:0:1", "2001:db8::aaaa:0:0:1" },
    { "2001:db8:0:0:aaaa::1", "2001:db8::aaaa:0:0:1" },
    /* 2.3, 4.3: case */
    { "2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa" },
    { "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:db8:85a3::8a2e:370:7334" },
    /* 5: dotted decimal only behind the well-known prefix */
    { "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
    { "::ffff:c000:201", "::ffff:192.0.2.1" },
    { "0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1" },
    { "::ffff:0:0", "::ffff:0.0.0.0" },
    { "::192.0.2.1", "::c000:201" },
    { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
    { "1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a" },
    { "1::7.8.9.10", "1::708:90a" },
    { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
    { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
    { "1:0:0:4:5:0:0:8", "1::4:5:0:0:8" },
    { "0:0:3:4:5:6:0:0", "::3:4:5:6:0:0" },
    { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "1111:1111:1111:1111:1111:1111:255.255.255.255", "1111:1111:1111:1111:1111:1111:ffff:ffff" },
};

static void test_addresses_are_read_and_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct ipam_addr a = addr(accepted[i].text);
        char buf[ADDR_TEXT_MAX];

        assert_int_equal(addr_print(&a, buf), strlen(accepted[i].print));
        assert_string_equal(buf, accepted[i].print);
        assert_true(strchr(accepted[i].text, ':') != NULL ? a.family == 6 : a.family == 4);
    }
}

static const char *const malformed[] = {
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.",
    ".1.2.3",
    "1..2.3",
    "01.2.3.4",
    "1.2.3.04",
    "1.2.3.00",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4\n",
    "1.2.3.a",
    "0x1.2.3.4",
    "+1.2.3.4",
    "-1.2.3.4",
    "1.2.3.4/32",
    "16909060",
    "localhost",
    "1000.2.3.4",
    ":",
    ":::",
    "::1::",
    "1::2::3",
    ":1",
    "1:",
    ":1::",
    "1:::2",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:",
    ":2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:",
    "1:2:3:4::5:6:7:8",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "00001::",
    "g::",
    "::-1",
    "fe80::1%eth0",
    "fe80::1%",
    "[::1]",
    "::1 ",
    " ::1",
    "::1/128",
    "::ffff:1.2.3",
    "::ffff:1.2.3.4.5",
    "::ffff:1.2.3.04",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1:2:3:4:5:1.2.3.4",
    "1.2.3.4::",
    "1.2.3.4:1:2:3:4:5:6",
    "::1.2.3.4:1",
    "1111:1111:1111:1111:1111:1111:255.255.255.2555",
};

static const char *const too_large[] = {
    "1.2.3.256",
    "999.1.1.1",
    "::ffff:1.2.3.256",
};

static void check_refused(const char *text, int expected)
{
    struct ipam_addr a = { .family = 99 };
    int rc = parse_addr(text, &a);

    if (rc != expected)
        fail_msg("\"%s\" gave %d, not %d", text, rc, expected);
    assert_int_equal(a.family, 99);
}

static void test_other_texts_are_refused(void **state)
{
    struct ipam_addr a;

    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++)
        check_refused(malformed[i], IPAM_E_INVAL);
    for (size_t i = 0; i < COUNT(too_large); i++)
        check_refused(too_large[i], IPAM_E_RANGE);
    assert_int_equal(addr_parse("1.2.3.4\0", 8, &a), IPAM_E_INVAL); /* a NUL is no end */
    assert_int_equal(addr_parse("1.2.3.45", 7, &a), 0);             /* the length is */
    assert_int_equal(a.bytes[3], 4);
}

static void test_an_absent_address_prints_nothing(void **state)
{
    struct ipam_prefix none = { { 0 }, 0 };
    char buf[PREFIX_TEXT_MAX] = "x";

    (void)state;
    assert_int_equal(addr_print(&none.addr, buf), 0);
    assert_string_equal(buf, "");
    assert_int_equal(prefix_print(&none, buf), 0);
    assert_string_equal(buf, "");
}

static const struct {
    const char *text;
    int rc, host_rc;
    const char *print;
} prefixes[] = {
    { "0.0.0.0/0", 0, 0, "0.0.0.0/0" },
    { "10.0.0.0/8", 0, 0, "10.0.0.0/8" },
    { "192.0.2.1/32", 0, 0, "192.0.2.1/32" },
    { "::/0", 0, 0, "::/0" },
    { "2001:DB8::/32", 0, 0, "2001:db8::/32" },
    { "::1/128", 0, 0, "::1/128" },
    { "::ffff:10.0.0.0/104", 0, 0, "::ffff:10.0.0.0/104" },
    { "10.0.0.1/8", IPAM_E_RANGE, 0, "10.0.0.0/8" },
    { "10.255.0.0/9", IPAM_E_RANGE, 0, "10.128.0.0/9" },
    { "1.2.3.4/0", IPAM_E_RANGE, 0, "0.0.0.0/0" },
    { "2001:db8::1/127", IPAM_E_RANGE, 0, "2001:db8::/127" },
    { "2001:db8:ffff::/33", IPAM_E_RANGE, 0, "2001:db8:8000::/33" },
    { "10.0.0.0/33", IPAM_E_RANGE, IPAM_E_RANGE, NULL },
    { "::/129", IPAM_E_RANGE, IPAM_E_RANGE, NULL },
    { "::/4294967296", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "/8", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/08", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/8 ", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/+8", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/8/8", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10/8", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0/255.0.0.0", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "10.0.0.0 /8", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
    { "", IPAM_E_INVAL, IPAM_E_INVAL, NULL },
};

static void test_prefix_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        const char *text = prefixes[i].text;
        struct ipam_prefix p = { { .family = 99 }, 99 }, h = p;
        char buf[PREFIX_TEXT_MAX];

        if (prefix_parse(text, strlen(text), &p) != prefixes[i].rc)
            fail_msg("prefix_parse of \"%s\" is not %d", text, prefixes[i].rc);
        if (prefix_parse_host(text, strlen(text), &h) != prefixes[i].host_rc)
            fail_msg("prefix_parse_host of \"%s\" is not %d", text, prefixes[i].host_rc);
        assert_true(prefixes[i].rc == 0 ? prefix_equal(&p, &h) : p.addr.family == 99 && p.length == 99);
        if (prefixes[i].host_rc != 0) {
            assert_true(h.addr.family == 99 && h.length == 99);
            continue;
        }
        assert_int_equal(prefix_print(&h, buf), strlen(prefixes[i].print));
        assert_string_equal(buf, prefixes[i].print);
    }
}

static const struct {
    const char *a, *b;
    bool contains, overlaps;
} pairs[] = {
    { "10.0.0.0/8", "10.0.0.0/8", true, true },
    { "10.0.0.0/8", "10.1.0.0/16", true, true },
    { "10.1.0.0/16", "10.0.0.0/8", false, true },
    { "10.0.0.0/9", "10.128.0.0/9", false, false },
    { "0.0.0.0/0", "255.255.255.255/32", true, true },
    { "0.0.0.0/0", "::/0", false, false },
    { "::/0", "10.0.0.0/8", false, false },
    { "2001:db8::/33", "2001:db8:8000::/33", false, false },
    { "2001:db8::/33", "2001:db8:7fff::/48", true, true },
    { "1.2.3.4/32", "1.2.3.5/32", false, false },
    { "1.2.3.4/31", "1.2.3.5/32", true, true },
    { "2001::/16", "2001::/15", false, true },
};

static void test_contains_and_overlaps(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct ipam_prefix a, b;

        (void)prefix_parse_host(pairs[i].a, strlen(pairs[i].a), &a);
        (void)prefix_parse_host(pairs[i].b, strlen(pairs[i].b), &b);
        assert_int_equal(prefix_contains(&a, &b), pairs[i].contains);
        assert_int_equal(prefix_overlaps(&a, &b), pairs[i].overlaps);
        assert_int_equal(prefix_overlaps(&b, &a), pairs[i].overlaps);
        if (pairs[i].contains)
            assert_true(prefix_contains_addr(&a, &b.addr));
        if (!pairs[i].overlaps)
            assert_false(prefix_contains_addr(&a, &b.addr));
    }
}

static void test_order(void **state)
{
    static const char *const sorted[] = { "0.0.0.0/0",    "0.0.0.0/8",   "10.0.0.0/8",   "10.0.0.0/9",
                                          "10.0.0.0/32",  "10.0.0.1/32", "10.64.0.0/10", "11.0.0.0/8",
                                          "::/0",         "::/1",        "::1/128",      "2001:db8::/32",
                                          "2001:db8::/33" };

    (void)state;
    for (size_t i = 0; i < COUNT(sorted); i++) {
        for (size_t j = 0; j < COUNT(sorted); j++) {
            struct ipam_prefix a = prefix(sorted[i]), b = prefix(sorted[j]);
            int order = prefix_compare(&a, &b);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(prefix_equal(&a, &b), i == j);
        }
    }
}

static const struct {
    const char *addr, *n, *sum, *difference;
} sums[] = {
    /* NULL: out of the space */
    { "0.0.0.0", "0", "0.0.0.0", "0.0.0.0" },
    { "0.0.0.0", "1", "0.0.0.1", NULL },
    { "0.0.0.0", "4294967295", "255.255.255.255", NULL },
    { "0.0.0.0", "4294967296", NULL, NULL },
    { "255.255.255.255", "1", NULL, "255.255.255.254" },
    { "255.255.255.255", "4294967295", NULL, "0.0.0.0" },
    { "10.0.255.255", "1", "10.1.0.0", "10.0.255.254" },
    { "10.0.0.0", "18446744073709551616", NULL, NULL },
    { "::", "340282366920938463463374607431768211455", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
    { "::1", "340282366920938463463374607431768211455", NULL, NULL },
    { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1", NULL, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe" },
    { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "340282366920938463463374607431768211455", NULL, "::" },
    { "::ffff:ffff:ffff:ffff", "1", "0:0:0:1::", "::ffff:ffff:ffff:fffe" },
    { "0:0:0:1::", "1", "::1:0:0:0:1", "::ffff:ffff:ffff:ffff" },
    { "2001:db8::", "18446744073709551616", "2001:db8:0:1::", "2001:db7:ffff:ffff::" },
};

static void check_moved(int rc, const struct ipam_addr *a, const char *expected)
{
    struct ipam_addr e;

    assert_int_equal(rc, expected == NULL ? IPAM_E_RANGE : 0);
    if (expected != NULL) {
        e = addr(expected);
        assert_memory_equal(&e, a, sizeof(e));
    }
}

static void test_add_and_subtract_at_the_edges(void **state)
{
    struct ipam_addr none = { 0 }, r = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(sums); i++) {
        struct ipam_addr a = addr(sums[i].addr);
        int rc = addr_add(&a, u128(sums[i].n), &r);

        check_moved(rc, &r, sums[i].sum);
        rc = addr_sub(&a, u128(sums[i].n), &r);
        check_moved(rc, &r, sums[i].difference);
    }
    assert_int_equal(addr_add(&none, u128_from(0), &r), IPAM_E_INVAL);
    assert_int_equal(addr_sub(&none, u128_from(0), &r), IPAM_E_INVAL);
}

static const struct {
    const char *prefix, *last, *size;
} sizes[] = {
    { "10.0.0.0/8", "10.255.255.255", "16777216" },
    { "0.0.0.0/0", "255.255.255.255", "4294967296" },
    { "1.2.3.4/32", "1.2.3.4", "1" },
    { "1.2.3.4/31", "1.2.3.5", "2" },
    { "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "340282366920938463463374607431768211455" },
    { "8000::/1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "170141183460469231731687303715884105728" },
    { "2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "79228162514264337593543950336" },
    { "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "18446744073709551616" },
    { "::1/128", "::1", "1" },
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct ipam_prefix p = prefix(sizes[i].prefix);
        struct ipam_addr first, last, expected = addr(sizes[i].last);
        char buf[U128_TEXT_MAX];

        prefix_first(&p, &first);
        prefix_last(&p, &last);
        assert_true(addr_equal(&first, &p.addr));
        assert_memory_equal(&last, &expected, sizeof(last));
        assert_int_equal(u128_print(prefix_size(&p), buf), strlen(sizes[i].size));
        assert_string_equal(buf, sizes[i].size);
        assert_int_equal(u128_compare(addr_distance(&first, &last), prefix_size(&p)), 0);
    }
}

static void test_halves(void **state)
{
    static const struct {
        const char *whole, *lower, *upper;
    } rows[] = {
        { "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1" },
        { "10.1.0.0/16", "10.1.0.0/17", "10.1.128.0/17" },
        { "10.1.2.254/31", "10.1.2.254/32", "10.1.2.255/32" },
        { "2001:db8::/63", "2001:db8::/64", "2001:db8:0:1::/64" },
        { "10.1.2.3/32", NULL, NULL },
        { "::1/128", NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix whole = prefix(rows[i].whole), half;
        for (int which = 0; which < 2; which++) {
            const char *expected = which == 0 ? rows[i].lower : rows[i].upper;
            assert_int_equal(prefix_half(&whole, which, &half), expected != NULL);
            if (expected != NULL) {
                struct ipam_prefix wanted = prefix(expected);
                assert_true(prefix_equal(&half, &wanted));
            }
        }
    }
}

static void test_counts_saturate(void **state)
{
    const struct ipam_u128 max = { UINT64_MAX, UINT64_MAX }, zero = { 0, 0 }, carry = { 1, 0 };
    struct ipam_u128 n = { 7, 7 };

    (void)state;
    assert_int_equal(u128_compare(u128_add(max, u128_from(1)), max), 0);
    assert_int_equal(u128_compare(u128_add(max, max), max), 0);
    assert_int_equal(u128_compare(u128_add(u128_from(UINT64_MAX), u128_from(1)), carry), 0);
    assert_int_equal(u128_compare(u128_sub(carry, u128_from(1)), u128_from(UINT64_MAX)), 0);
    assert_int_equal(u128_compare(u128_sub(u128_from(1), carry), zero), 0);
    assert_true(u128_compare(u128_from(UINT64_MAX), carry) < 0 && u128_compare(carry, u128_from(5)) > 0);

    assert_int_equal(u128_parse("340282366920938463463374607431768211456", 39, &n), IPAM_E_RANGE);
    assert_int_equal(u128_parse("3402823669209384634633746074317682114550", 40, &n), IPAM_E_RANGE);
    assert_int_equal(u128_parse("", 0, &n), IPAM_E_INVAL);
    assert_int_equal(u128_parse("01", 2, &n), IPAM_E_INVAL);
    assert_int_equal(u128_parse("-1", 2, &n), IPAM_E_INVAL);
    assert_int_equal(u128_parse("1 ", 2, &n), IPAM_E_INVAL);
    assert_int_equal(u128_parse("1e3", 3, &n), IPAM_E_INVAL);
    assert_true(n.hi == 7 && n.lo == 7);
}

static const struct {
    const char *part, *whole;
    int64_t percent;
} shares[] = {
    { "0", "0", 0 },
    { "5", "0", 0 },
    { "0", "100", 0 },
    { "1", "100", 100 },
    { "1", "3", 3333 },
    { "2", "3", 6666 },
    { "100", "100", 10000 },
    { "101", "100", 10000 },
    { "999999", "1000000", 9999 },
    { "1", "10000", 1 },
    { "1", "10001", 1 },
    { "1", "20000", 1 },
    { "1", "20001", 0 },
    { "3", "20000", 1 },
    { "60000", "65536", 9155 },
    { "340282366920938463463374607431768211454", "340282366920938463463374607431768211455", 9999 },
    { "170141183460469231731687303715884105728", "340282366920938463463374607431768211455", 5000 },
    { "170141183460469231731687303715884105727", "340282366920938463463374607431768211455", 4999 },
    { "17014118346046923173168730371588410", "340282366920938463463374607431768211455", 0 },
    { "17014118346046923173168730371588411", "340282366920938463463374607431768211455", 1 },
};

static void test_percentages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(shares); i++) {
        int64_t percent = u128_percent(u128(shares[i].part), u128(shares[i].whole));

        if (percent != shares[i].percent)
            fail_msg("%s of %s gave %lld, not %lld", shares[i].part, shares[i].whole, (long long)percent,
                     (long long)shares[i].percent);
    }
}

/* --- properties: the model computes on single bytes and bits --- */

static struct ipam_addr draw_addr(uint8_t family)
{
    struct ipam_addr a = { .family = family };

    for (unsigned i = 0; i < addr_bits(family) / 8; i++) {
        unsigned kind = (unsigned)draw() & 3; /* many zeros and many ones: runs and carries */
        a.bytes[i] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)draw();
    }
    return a;
}

static void test_text_comes_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ipam_addr a = draw_addr(i % 2 ? 4 : 6), b;
        struct ipam_prefix p = { a, (uint8_t)(draw() % (addr_bits(a.family) + 1)) }, q;
        struct ipam_u128 n = { draw() >> draw() % 64, draw() }, m;
        char buf[PREFIX_TEXT_MAX];
        size_t len = addr_print(&a, buf);

        assert_true(len == strlen(buf) && len < ADDR_TEXT_MAX);
        assert_int_equal(addr_parse(buf, len, &b), 0);
        assert_memory_equal(&a, &b, sizeof(a));
        len = prefix_print(&p, buf);
        assert_true(len == strlen(buf) && len < PREFIX_TEXT_MAX);
        prefix_mask(&p);
        assert_int_equal(prefix_parse_host(buf, len, &q), 0);
        assert_memory_equal(&p, &q, sizeof(p));
        assert_int_equal(u128_parse(buf, u128_print(n, buf), &m), 0);
        assert_int_equal(u128_compare(n, m), 0);
    }
}

/* Adds `n` byte by byte; false on a carry out of the first byte. */
static bool model_add(struct ipam_addr *a, struct ipam_u128 n)
{
    int len = (int)addr_bits(a->family) / 8;
    unsigned carry = 0;

    for (int i = 15; i >= 0; i--) {
        unsigned byte = (unsigned)((i >= 8 ? n.lo >> 8 * (15 - i) : n.hi >> 8 * (7 - i)) & 255);
        int at = i - (16 - len);

        if (at < 0) {
            carry |= byte;
            continue;
        }
        carry += byte + a->bytes[at];
        a->bytes[at] = (uint8_t)carry;
        carry >>= 8;
    }
    return carry == 0;
}

static void test_arithmetic_equals_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ipam_addr a = draw_addr(i % 2 ? 4 : 6), sum, back, model = a;
        struct ipam_u128 n = { draw() >> draw() % 64, draw() >> draw() % 64 };
        bool fits;

        if (draw() % 2)
            n.hi = 0;
        fits = model_add(&model, n);
        assert_int_equal(addr_add(&a, n, &sum), fits ? 0 : IPAM_E_RANGE);
        if (!fits)
            continue;
        assert_memory_equal(&sum, &model, sizeof(sum));
        assert_int_equal(addr_sub(&sum, n, &back), 0);
        assert_memory_equal(&back, &a, sizeof(back));
        assert_int_equal(u128_compare(addr_distance(&a, &sum), u128_add(n, u128_from(1))), 0);
        if (n.lo != 0 || n.hi != 0)
            assert_true(addr_compare(&a, &sum) < 0 && addr_compare(&sum, &a) > 0);
    }
}

static bool model_contains(const struct ipam_prefix *p, const struct ipam_addr *a)
{
    for (unsigned bit = 0; bit < p->length; bit++) {
        if ((p->addr.bytes[bit / 8] ^ a->bytes[bit / 8]) & 0x80 >> bit % 8)
            return false;
    }
    return p->addr.family == a->family;
}

static void test_prefixes_equal_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ipam_prefix p = { draw_addr(i % 2 ? 4 : 6), 0 };
        struct ipam_addr a = p.addr, last, next;
        unsigned bit = (unsigned)draw() % addr_bits(a.family);

        p.length = (uint8_t)(draw() % (addr_bits(a.family) + 1));
        prefix_mask(&p);
        assert_true(model_contains(&p, &a) && prefix_contains_addr(&p, &a));
        a.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        assert_int_equal(prefix_contains_addr(&p, &a), model_contains(&p, &a));
        prefix_last(&p, &last);
        assert_true(model_contains(&p, &last));
        if (addr_add(&last, u128_from(1), &next) == 0)
            assert_false(model_contains(&p, &next));
    }
}

/* Both lie in it, and no longer prefix holds both. */
static void test_span_is_the_smallest_prefix(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ipam_addr a = draw_addr(i % 2 ? 4 : 6), b = draw_addr(a.family);
        unsigned from = (unsigned)(draw() % (addr_bits(a.family) + 1));
        struct ipam_prefix span, half;

        for (unsigned bit = 0; bit < from; bit++) { /* random addresses have little in common */
            b.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
            b.bytes[bit / 8] |= a.bytes[bit / 8] & (0x80 >> bit % 8);
        }
        prefix_span(&a, &b, &span);
        assert_true(span.length >= from && model_contains(&span, &a) && model_contains(&span, &b));
        half = span;
        prefix_mask(&half);
        assert_true(prefix_equal(&half, &span));
        half = (struct ipam_prefix){ a, (uint8_t)(span.length + 1) };
        if (span.length < addr_bits(a.family))
            assert_false(model_contains(&half, &b));
        else
            assert_true(addr_equal(&a, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_read_and_printed),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_an_absent_address_prints_nothing),
        cmocka_unit_test(test_prefix_text),
        cmocka_unit_test(test_contains_and_overlaps),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_add_and_subtract_at_the_edges),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_counts_saturate),
        cmocka_unit_test(test_percentages),
        cmocka_unit_test(test_text_comes_back),
        cmocka_unit_test(test_arithmetic_equals_bytes),
        cmocka_unit_test(test_prefixes_equal_bits),
        cmocka_unit_test(test_span_is_the_smallest_prefix),
    };
    const char *given = getenv("IPAM_TEST_SEED");

    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("IPAM_TEST_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* kea_eval_test.c - tests of client classes: the language, its precedence, and what is not known.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipam/records.h"
#include "plugins/kea/eval.h"

#define NO  KEA_NO
#define YES KEA_YES
#define UNK KEA_UNKNOWN

struct world {
    struct arena arena;
    struct kea_definitions definitions;
    struct kea_query q;
};

static const uint8_t mac[] = { 2, 0, 0, 0, 0x0e, 0x99 };

static enum kea_truth member(void *user, struct ipam_str name)
{
    (void)user;
    return str_is(name, "in") ? KEA_YES : str_is(name, "maybe") ? KEA_UNKNOWN : KEA_NO;
}

#define SENT(code, text)                                                                                     \
    {                                                                                                        \
        code,                                                                                                \
        {                                                                                                    \
            (const uint8_t *)(text), sizeof(text) - 1                                                        \
        }                                                                                                    \
    }
static const struct kea_sent sent4[] = {
    SENT(12, "alpha"),
    SENT(60, "Phone 7\0"),
    SENT(82, "\x01\x06port-7\x02\x02\x00\x07"),
    SENT(124, "\x00\x00\x11\x8b\x06\x05modem"),
    SENT(125, "\x00\x00\x11\x8b\x05\x02\x03xyz"),
    SENT(55, ""),
};
static const struct kea_sent sent6[] = {
    SENT(16, "\x00\x00\x11\x8b\x00\x05Phone\x00\x02v2"),
    SENT(17, "\x00\x00\x11\x8b\x00\x01\x00\x02hi"),
    SENT(15, "\x00\x05guest"),
};

static void world_init(struct world *w, enum kea_service s, unsigned version)
{
    static const uint8_t six[] = { 0x20, 1, 0xd, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    bool v4 = s == KEA_DHCP4;

    *w = (struct world){ .q = { .service = s, .version = version, .member = member } };
    arena_init(&w->arena, 0);
    assert_int_equal(kea_definitions_read(s, NULL, version, &w->arena, &w->definitions), 0);
    w->q.definitions = &w->definitions;
    w->q.sent = v4 ? sent4 : sent6;
    w->q.sent_count = v4 ? sizeof(sent4) / sizeof(sent4[0]) : sizeof(sent6) / sizeof(sent6[0]);
    w->q.mac = (struct ipam_bytes){ mac, sizeof(mac) };
    w->q.relay = (struct ipam_addr){ .family = v4 ? 4 : 6, .bytes = { 10, 0, 0, 1 } };
    if (!v4)
        memcpy(w->q.relay.bytes, six, 16);
}

struct row {
    const char *test;
    enum kea_truth want;
};

static void check(enum kea_service s, unsigned version, const struct row *rows, size_t count)
{
    struct world w;

    world_init(&w, s, version);
    for (size_t i = 0; i < count; i++) {
        struct strbuf why;
        enum kea_truth got;

        strbuf_init(&why, 4096);
        got = kea_test(&w.q, str_from(rows[i].test), &w.arena, &why);
        if (got != rows[i].want)
            fail_msg("%s: got %d (%.*s)", rows[i].test, got, (int)why.len, why.len ? why.data : "");
        strbuf_fini(&why);
    }
    arena_fini(&w.arena);
}
#define CHECK(s, version, rows) check(s, version, rows, sizeof(rows) / sizeof((rows)[0]))

static void test_values(void **state)
{
    static const struct row rows[] = {
        { "option[12].hex == 'alpha'", YES },
        { "option[12].text == 'alpha'", YES },
        { "option[host-name].text == 'alpha'", YES },
        { "option[12].exists", YES },
        { "option[13].exists", NO },
        { "option[13].hex == ''", YES },        /* what is not sent is empty */
        { "option[60].hex == 'Phone 7'", YES }, /* zeros at the end of a text are gone */
        { "option[55].exists and option[55].hex == ''", YES },
        { "substring(option[60].hex,0,5) == 'Phone'", YES },
        { "substring(option[60].hex,-1,all) == '7'", YES },
        { "substring(option[60].hex,-1,-2) == 'e '", YES },
        { "substring(option[60].hex,0,-2) == ''", YES },
        { "substring(option[60].hex,99,all) == ''", YES },
        { "substring('foobar', 4, 99) == 'ar'", YES },
        { "concat('a','b') == 'ab'", YES },
        { "'a' + 'b' + 'c' == 'abc'", YES },
        { "split('a.b.c', '.', 2) == 'b'", YES },
        { "split('a.b.c', '.', 4) == ''", YES },
        { "ifelse(option[12].exists, 'yes', 'no') == 'yes'", YES },
        { "ifelse(member('maybe'), 'same', 'same') == 'same'", YES },
        { "hexstring(pkt4.mac, ':') == '02:00:00:00:0e:99'", YES },
        { "hexstring(0x1, '') == '01'", YES }, /* half a byte has a zero before it */
        { "pkt4.mac == 0x020000000e99", YES },
        { "pkt4.giaddr == 10.0.0.1", YES },
        { "pkt4.hlen == 6 and pkt4.htype == 1", YES },
        { "addrtotext(pkt4.giaddr) == '10.0.0.1'", YES },
        { "uint8totext(0xff) == '255' and int8totext(0xff) == '-1'", YES },
        { "uint16totext(0x0100) == '256' and int32totext(0xfffffffe) == '-2'", YES },
        { "relay4[1].hex == 'port-7' and relay4[2].hex == 0x0007 and not relay4[3].exists", YES },
        { "option[82].option[1].hex == 'port-7'", YES },
        { "vendor-class[4491].data == 'modem'", YES },
        { "vendor-class[4492].exists", NO },
        { "vendor-class.enterprise == 0x0000118b and vendor.enterprise == 4491", YES },
        { "vendor[4491].option[2].hex == 'xyz' and vendor[*].option[2].exists", YES },
        { "lcase('AbC') == 'abc' and ucase('aBc') == 'ABC'", YES },
        { "1 == 0x00000001", YES }, /* a number has four bytes */
    };

    (void)state;
    CHECK(KEA_DHCP4, 300, rows);
}

static void test_conditions(void **state)
{
    static const struct row rows[] = {
        { "member('in')", YES },
        { "not member('out')", YES },
        { "not member('in') or member('in')", YES },               /* not binds tighter than or */
        { "member('in') or member('in') and member('out')", YES }, /* and than or */
        { "(member('in') or member('in')) and member('out')", NO },
        { "not 'a' == 'b'", YES }, /* == than not */
        { "not not member('in')", YES },
        { "member('out') sand member('in') sor member('in')", YES },
    };

    (void)state;
    CHECK(KEA_DHCP4, 202, rows);
    CHECK(KEA_DHCP4, 300, rows);
}

static void test_what_is_not_known(void **state)
{
    static const struct row rows[] = {
        { "pkt.iface == 'eth0'", UNK },
        { "not (pkt.iface == 'eth0')", UNK },
        { "pkt.iface == 'eth0' and member('out')", NO },
        { "member('out') and pkt.iface == 'eth0'", NO },
        { "pkt.iface == 'eth0' or member('in')", YES },
        { "pkt.iface == 'eth0' or member('out')", UNK },
        { "member('maybe') and member('in')", UNK },
        { "concat(pkt.iface, 'x') == 'x'", UNK },
        { "ifelse(pkt.iface == 'a', 'x', 'y') == 'x'", UNK },
        { "pkt4.msgtype == 1", UNK },
        { "pkt4.ciaddr == 0.0.0.0", UNK },
        { "match('.*', 'a')", UNK },
        { "option[61].text == ''", YES }, /* not sent, and so no text */
        { "option[82].text == 'x'", UNK },
        { "option[125].option[1].hex == 'x'", UNK },
    };

    (void)state;
    CHECK(KEA_DHCP4, 300, rows);
}

static void test_what_is_no_test(void **state)
{
    static const struct row rows[] = {
        { "", UNK },
        { "'a'", UNK }, /* a value is no condition */
        { "member('in') == member('in')", UNK },
        { "'a' and 'b'", UNK },
        { "member('in'", UNK },
        { "member('in') member('in')", UNK },
        { "option[nonsense].exists", UNK },
        { "nonsense('a') == 'a'", UNK },
        { "pkt6.msgtype == 1", UNK },
        { "relay6[0].linkaddr == ::", UNK },
        { "'a' == 'b", UNK },
        { "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((('a' == 'a'", UNK },
    };

    (void)state;
    CHECK(KEA_DHCP4, 300, rows);
}

/* Where the server itself gives a test up, nobody is in the class; since 3.0 it looks no further than it must. */
static void test_what_the_server_gives_up(void **state)
{
    static const struct row both[] = {
        { "addrtotext('abc') == 'x'", NO },
        { "not (addrtotext('abc') == 'x')", NO },
        { "addrtotext('abc') == 'x' or member('in')", NO },
        { "member('in') and uint8totext('ab') == '1'", NO },
    };
    static const struct row old[] = { { "member('in') or addrtotext('abc') == 'x'", NO } };
    static const struct row new[] = { { "member('in') or addrtotext('abc') == 'x'", YES } };

    (void)state;
    CHECK(KEA_DHCP4, 202, both);
    CHECK(KEA_DHCP4, 300, both);
    CHECK(KEA_DHCP4, 202, old);
    CHECK(KEA_DHCP4, 300, new);
}

static void test_ipv6(void **state)
{
    static const struct row rows[] = {
        { "relay6[0].linkaddr == 2001:db8:9::1", YES },
        { "relay6[-1].linkaddr == 2001:db8:9::1", YES },
        { "relay6[1].linkaddr == 2001:db8:9::1", UNK },
        { "relay6[0].peeraddr == fe80::1", UNK },
        { "relay6[0].option[18].exists", UNK },
        { "vendor-class[4491].data == 'Phone' and vendor-class[4491].data[1] == 'v2'", YES },
        { "vendor-class[4491].data[2] == ''", YES },
        { "vendor[4491].option[1].hex == 'hi'", YES },
        { "substring(option[15].hex, 2, all) == 'guest'", YES },
        { "pkt6.transid == 7", UNK },
        { "pkt4.mac == 0x00", UNK },
    };

    (void)state;
    CHECK(KEA_DHCP6, 202, rows);
}

static void test_reasons_and_templates(void **state)
{
    struct world w;
    struct strbuf why;
    struct ipam_bytes value;

    (void)state;
    world_init(&w, KEA_DHCP4, 300);
    strbuf_init(&why, 4096);
    kea_test(&w.q, IPAM_STR("option[12].hex == 'beta' or option[13].exists"), &w.arena, &why);
    assert_true(str_is(strbuf_str(&why), "option[12].hex is 'alpha', option[13] is not sent"));
    strbuf_reset(&why);
    assert_int_equal(
        kea_test_value(&w.q, IPAM_STR("substring(option[12].hex, 0, 2)"), &w.arena, &value, &why), YES);
    assert_int_equal(value.len, 2);
    assert_memory_equal(value.data, "al", 2);
    assert_int_equal(kea_test_value(&w.q, IPAM_STR("option[13].hex"), &w.arena, &value, &why), NO);
    assert_int_equal(kea_test_value(&w.q, IPAM_STR("pkt.iface"), &w.arena, &value, &why), UNK);
    strbuf_fini(&why);
    arena_fini(&w.arena);
}

static bool is_known(void *user, struct ipam_str name)
{
    (*(int *)user)++;
    return str_is(name, "KNOWN");
}

static void test_names(void **state)
{
    int asked = 0;

    (void)state;
    assert_true(kea_test_names(IPAM_STR("not member('a') and member( 'KNOWN' )"), is_known, &asked));
    assert_int_equal(asked, 2);
    assert_false(kea_test_names(IPAM_STR("option[12].hex == 'member(''KNOWN'')'"), is_known, &asked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_what_is_not_known),
        cmocka_unit_test(test_what_is_no_test),
        cmocka_unit_test(test_what_the_server_gives_up),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_reasons_and_templates),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* net_dns_test.c - names and data of the DNS: what is taken, how it is written, what means the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/dns.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct ipam_str str(const char *text)
{
    return (struct ipam_str){ text, strlen(text) };
}

static void test_names(void **state)
{
    static const struct {
        const char *text, *tidy; /* NULL: it is none */
    } rows[] = {
        { "WWW.Example.COM.", "www.example.com" },
        { "a", "a" },
        { ".", "." },
        { "_sip._tcp.x", "_sip._tcp.x" },
        { "*.x", "*.x" },
        { "65.64/26.2.0.192.in-addr.arpa", "65.64/26.2.0.192.in-addr.arpa" },
        { "", NULL },
        { "..", NULL },
        { ".a", NULL },
        { "a..b", NULL },
        { "a b", NULL },
        { "a.b..", NULL },
        { "b\xc3\xa4r.example", NULL },
        { "a;b", NULL },
        { "a{b", NULL },
    };
    char name[DNS_NAME_MAX], text[300];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(dns_name_tidy(str(rows[i].text), name), rows[i].tidy != NULL);
        if (rows[i].tidy != NULL)
            assert_string_equal(name, rows[i].tidy);
    }
    memset(text, 'a', 64);
    text[64] = '\0';
    assert_false(dns_name_tidy(str(text), name)); /* labels have 63 at the most */
    assert_true(dns_name_tidy(str(text + 1), name));
    for (size_t i = 0; i < 254; i++)
        text[i] = i % 2 == 0 ? 'a' : '.';
    text[253] = '\0';
    assert_true(dns_name_tidy(str(text), name));
    assert_int_equal(strlen(name), 253);
    memcpy(text + 253, ".a", sizeof(".a"));
    assert_false(dns_name_tidy(str(text), name));
}

static void test_within(void **state)
{
    (void)state;
    assert_true(dns_name_within(str("www.example.com"), str("example.com")));
    assert_true(dns_name_within(str("example.com"), str("example.com")));
    assert_true(dns_name_within(str("example.com"), str(".")));
    assert_false(dns_name_within(str("badexample.com"), str("example.com")));
    assert_false(dns_name_within(str("com"), str("example.com")));
    assert_false(dns_name_within(str("www.example.org"), str("example.com")));
    assert_true(dns_name_within(str("b.a"), str("a")));
}

static void test_data(void **state)
{
    static const struct {
        const char *type, *data, *tidy; /* NULL: it is refused */
    } rows[] = {
        { "A", "10.1.2.3", "10.1.2.3" },
        { "A", "10.1.2.3 ", "10.1.2.3" },
        { "A", "2001:db8::1", NULL },
        { "A", "10.1.2.3 10.1.2.4", NULL },
        { "AAAA", "2001:DB8:0::1", "2001:db8::1" },
        { "AAAA", "10.1.2.3", NULL },
        { "PTR", "WWW.Example.com.", "www.example.com" },
        { "PTR", "a b", NULL },
        { "PTR", "a..b", NULL },
        { "A", "here", NULL },
        { "AAAA", "2001:db8::1 2001:db8::2", NULL },
        { "CNAME", "", NULL },
        { "NS", "ns1.example.com", "ns1.example.com" },
        { "MX", "010  Mail.example.com.", "10 mail.example.com" },
        { "MX", "0 .", "0 ." },
        { "MX", "65536 mail.example.com", NULL },
        { "MX", "mail.example.com", NULL },
        { "MX", "\t10\tmail.example.com\t", "10 mail.example.com" },
        { "MX", "10", NULL },
        { "MX", "-1 mail.example.com", NULL },
        { "SRV", "0 5 5060 sip.example.com.", "0 5 5060 sip.example.com" },
        { "SRV", "0 5 sip.example.com", NULL },
        { "SRV", "0", NULL },
        { "TXT", "\"v=spf1 -all\"", "\"v=spf1 -all\"" },
        { "TXT", "one  \"two words\"", "\"one\" \"two words\"" },
        { "TXT", "\"say \\\"x\\\" \\032\"", "\"say \\\"x\\\" \\032\"" },
        { "TXT", "\"open", NULL },
        { "TXT", "o\"ne", NULL },
        { "TXT", "end\\", NULL },
        { "TXT", "\\03x", NULL },
        { "TXT", "\\999", NULL },
        { "TXT", "\\256", NULL },
        { "TXT", "\\255", "\"\\255\"" },
        { "TXT", "\\x", "\"\\x\"" },
        { "TXT", "\\\n", NULL },
        { "TXT", "\\12", NULL },
        { "TXT", "\"\\1 2\"", NULL },
        { "TXT", "a\tb \"c\td\"", "\"a\" \"b\" \"c\td\"" },
        { "TXT", "a\x7f", NULL },
        { "TXT", "\xc3\xa4", "\"\xc3\xa4\"" },
        { "TXT", "  ", NULL },
        { "TYPE65280 or more", "x", NULL },
        { "TXT", "\"a\nb\"", NULL },
        { "TYPE65280", "\\# 2 0102", "\\# 2 0102" },
        { "CAA", "", NULL },
    };
    static char ret[DNS_DATA_MAX], text[300];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *problem = dns_data_tidy(str(rows[i].type), str(rows[i].data), ret);
        if ((problem == NULL) != (rows[i].tidy != NULL))
            fail_msg("%s %s: %s", rows[i].type, rows[i].data, problem != NULL ? problem : "is taken");
        if (rows[i].tidy != NULL)
            assert_string_equal(ret, rows[i].tidy);
    }
    memset(text, 'a', 256);
    assert_null(dns_data_tidy(str("TXT"), (struct ipam_str){ text, 255 }, ret));
    assert_non_null(dns_data_tidy(str("TXT"), (struct ipam_str){ text, 256 }, ret));
    assert_non_null(dns_data_tidy(str("CAA"), (struct ipam_str){ "a\0b", 3 }, ret));
}

/* What is longer than the data of a record may be, as it was sent or as it would be written. */
static void test_too_long(void **state)
{
    static char ret[DNS_DATA_MAX], text[DNS_DATA_MAX];
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_null(dns_data_tidy(str("CAA"), (struct ipam_str){ text, sizeof(text) - 1 }, ret));
    assert_non_null(dns_data_tidy(str("CAA"), (struct ipam_str){ text, sizeof(text) }, ret));
    for (size_t i = 1; i < sizeof(text); i += 2)
        text[i] = ' ';
    assert_non_null(dns_data_tidy(str("TXT"), (struct ipam_str){ text, sizeof(text) }, ret));
}

static void test_equal(void **state)
{
    static char scratch[2 * DNS_DATA_MAX];
    (void)state;
    assert_true(dns_data_equal(str("CNAME"), str("a.example."), str("A.example"), scratch));
    assert_true(dns_data_equal(str("TXT"), str("x"), str("\"x\""), scratch));
    assert_true(dns_data_equal(str("AAAA"), str("2001:db8:0:0::1"), str("2001:db8::1"), scratch));
    assert_false(dns_data_equal(str("TXT"), str("X"), str("\"x\""), scratch));
    assert_false(dns_data_equal(str("MX"), str("10 a.example"), str("20 a.example"), scratch));
    assert_false(dns_data_equal(str("A"), str("here"), str("10.1.2.3"), scratch));
    assert_false(dns_data_equal(str("A"), str("10.1.2.3"), str("here"), scratch));
    assert_true(dns_data_equal(str("CAA"), str("0 issue"), str("0 issue"), scratch));
    assert_false(dns_data_equal(str("CAA"), str("0 issue"), str("0 ISSUE"), scratch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_within), cmocka_unit_test(test_data),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cli_calc_test.c - the subnet calculator: what it takes, what it says of what it does not take, how runs are merged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/calc.h"
#include "net/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TOP6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

/* "10.1.2.37 of 10.1.2.0-10.1.2.255" */
static void spell(const struct calc_item *item, char *text, size_t size)
{
    char address[ADDR_TEXT_MAX], first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

    addr_print(&item->address, address);
    addr_print(&item->first, first);
    addr_print(&item->last, last);
    snprintf(text, size, "%s%s%s-%s", address, address[0] != '\0' ? " of " : "", first, last);
}

static void test_what_is_taken(void **state)
{
    static const struct {
        const char *text;
        enum calc_kind kind;
        const char *spelled;
    } rows[] = {
        { "10.1.2.37", CALC_ADDRESS, "10.1.2.37 of 10.1.2.37-10.1.2.37" },
        { "10.1.2.0/24", CALC_PREFIX, "10.1.2.0 of 10.1.2.0-10.1.2.255" },
        { "10.1.2.37/24", CALC_PREFIX, "10.1.2.37 of 10.1.2.0-10.1.2.255" },
        { "10.1.2.37/255.255.255.0", CALC_PREFIX, "10.1.2.37 of 10.1.2.0-10.1.2.255" },
        { "10.1.2.37/255.255.255.255", CALC_PREFIX, "10.1.2.37 of 10.1.2.37-10.1.2.37" },
        { "10.1.2.37/0.0.0.0", CALC_PREFIX, "10.1.2.37 of 0.0.0.0-255.255.255.255" },
        { "10.1.2.37/128.0.0.0", CALC_PREFIX, "10.1.2.37 of 0.0.0.0-127.255.255.255" },
        { "255.255.255.255/0", CALC_PREFIX, "255.255.255.255 of 0.0.0.0-255.255.255.255" },
        { "10.1.2.5/31", CALC_PREFIX, "10.1.2.5 of 10.1.2.4-10.1.2.5" },
        { "2001:DB8::1", CALC_ADDRESS, "2001:db8::1 of 2001:db8::1-2001:db8::1" },
        { "2001:db8::1/127", CALC_PREFIX, "2001:db8::1 of 2001:db8::-2001:db8::1" },
        { "2001:db8::1/128", CALC_PREFIX, "2001:db8::1 of 2001:db8::1-2001:db8::1" },
        { "::/0", CALC_PREFIX, ":: of ::-" TOP6 },
        { "10.1.2.5-10.1.2.77", CALC_RANGE, "10.1.2.5-10.1.2.77" },
        { "255.255.255.255-255.255.255.255", CALC_RANGE, "255.255.255.255-255.255.255.255" },
        { "::-" TOP6, CALC_RANGE, "::-" TOP6 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct calc_item item;
        char why[CALC_WHY_MAX] = "", text[256];

        if (calc_read(rows[i].text, &item, why) != 0)
            fail_msg("%s: %s", rows[i].text, why);
        spell(&item, text, sizeof(text));
        assert_string_equal(text, rows[i].spelled);
        assert_int_equal(item.kind, rows[i].kind);
    }
}

static void test_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "an address is missing at column 1" },
        { "10.1.2.256", "the octet '256' at column 8 is above 255" },
        { "10.1.2.99999", "the octet '99999' at column 8 is above 255" },
        { "10.01.2.3", "the octet '01' at column 4 has a zero before it, which is octal to some programs" },
        { "10..2.3", "an octet is missing at column 4" },
        { "10.1.2.", "an octet is missing at column 8" },
        { "10.1.2", "'10.1.2' at column 1 has 3 of four octets" },
        { "10.1.2.3.4", "there are more than four octets, from column 10 on" },
        { "10.1.x.3", "'x' at column 6 is no digit of an address" },
        { "floor", "'f' at column 1 is no digit of an address" },
        { "10.1.2.0/33", "the prefix length '33' at column 10 is above 32" },
        { "10.1.2.0/999999999999", "the prefix length '999999999999' at column 10 is above 32" },
        { "10.1.2.0/", "a prefix length from 0 to 32, or a netmask, is expected at column 10" },
        { "10.1.2.0/024", "a prefix length from 0 to 32, or a netmask, is expected at column 10" },
        { "10.1.2.0/2x", "'x' at column 11 is no digit of a prefix length" },
        { "10.1.2.0/24/8", "'/' at column 12 is no digit of a prefix length" },
        { "10.1.2.0/255.0.255.0", "'255.0.255.0' at column 10 is no netmask: its ones do not all come first" },
        { "10.1.2.0/0.0.0.255", "'0.0.0.255' at column 10 is no netmask: its ones do not all come first" },
        { "10.1.2.0/255.255.300.0", "the octet '300' at column 18 is above 255" },
        { "/24", "an address is missing at column 1" },
        { "2001:db8::/129", "the prefix length '129' at column 12 is above 128" },
        { "2001:db8::/255.0.0.0", "the netmask at column 12 belongs to IPv4: IPv6 has a length, such as /64" },
        { "2001:db8::1::2", "'::' stands twice, again at column 12" },
        { "2001:db8::12345", "the group at column 11 has more than four digits" },
        { "2001:dbg::", "'g' at column 8 is no digit of an address" },
        { "fe80::1%eth0", "the zone from column 8 on is no part of an address" },
        { "1:2:3", "'1:2:3' at column 1 is not eight groups of up to four digits, with '::' once for those of zeros" },
        { "10.1.2.77-10.1.2.5", "the last address, at column 11, comes before the first" },
        { "10.1.2.5-", "an address is missing at column 10" },
        { "10.1.2.5-77", "'77' at column 10 has 1 of four octets" },
        { "10.1.2.5-2001:db8::", "the last address, at column 10, is not of the family of the first" },
        { "10.1.2.5-10.1.2.300", "the octet '300' at column 17 is above 255" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct calc_item item;
        char why[CALC_WHY_MAX] = "";

        assert_int_equal(calc_read(rows[i].text, &item, why), IPAM_E_INVAL);
        assert_string_equal(why, rows[i].why);
    }
}

static void test_runs_are_merged(void **state)
{
    static const struct {
        const char *given[6];
        const char *merged;
    } rows[] = {
        { { "10.0.0.0/24" }, "10.0.0.0-10.0.0.255" },
        { { "10.0.1.0/24", "10.0.0.0/24" }, "10.0.0.0-10.0.1.255" },
        { { "10.0.0.0/8", "10.1.0.0/16", "10.255.255.255" }, "10.0.0.0-10.255.255.255" },
        { { "10.0.0.0/24", "10.0.2.0/24" }, "10.0.0.0-10.0.0.255 10.0.2.0-10.0.2.255" },
        { { "10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20", "10.0.0.21" }, "10.0.0.0-10.0.0.21" },
        { { "255.255.255.255", "::", "255.255.255.254" }, "255.255.255.254-255.255.255.255 ::-::" },
        { { "::/1", "8000::/1", "::/0" }, "::-" TOP6 },
        { { TOP6, "10.0.0.1", TOP6 }, "10.0.0.1-10.0.0.1 " TOP6 "-" TOP6 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct calc_item items[6];
        char why[CALC_WHY_MAX], text[512] = "";
        size_t count = 0;

        for (; count < 6 && rows[i].given[count] != NULL; count++)
            assert_int_equal(calc_read(rows[i].given[count], &items[count], why), 0);
        count = calc_merge(items, count);
        for (size_t j = 0; j < count; j++) {
            items[j].address.family = 0;
            if (j > 0)
                text[strlen(text)] = ' '; /* it began as zeros */
            spell(&items[j], text + strlen(text), sizeof(text) - strlen(text));
        }
        assert_string_equal(text, rows[i].merged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_wrong_and_where),
        cmocka_unit_test(test_runs_are_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

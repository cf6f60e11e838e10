/* foreign_rir_test.c - files of the registries: what was given out becomes blocks, the rest is counted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "foreign_rows.h"

static void test_records(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } table[] = {
        { "2|arin|20240101|3|19830101|20240101|-0500\n"
          "arin|*|ipv4|*|2|summary\n"
          "# a comment\r\n"
          "arin|US|ipv4|192.0.2.0|256|20100203|allocated|abc123\r\n"
          "arin|CA|ipv6|2001:db8::|32|20110405|assigned\n",
          "4 {\"prefix\":\"192.0.2.0/24\",\"description\":\"allocated; country: US; holder: "
          "abc123\",\"rir\":\"arin\","
          "\"rir_date\":\"2010-02-03T00:00:00.000Z\"}\n"
          "5 {\"prefix\":\"2001:db8::/32\",\"description\":\"assigned; country: CA\",\"rir\":\"arin\","
          "\"rir_date\":\"2011-04-05T00:00:00.000Z\"}\n" },
        /* A count that is no power of two is the fewest blocks; no date, no country; no line end. */
        { "ripencc|ZZ|ipv4|198.51.100.0|768|00000000|allocated",
          "1 {\"prefix\":\"198.51.100.0/23\",\"description\":\"allocated\",\"rir\":\"ripe\"} -rir_date\n"
          "1 {\"prefix\":\"198.51.102.0/24\",\"description\":\"allocated\",\"rir\":\"ripe\"} -rir_date\n" },
        { "iana|*|ipv4|10.0.0.0|16777216|19000101|assigned\n",
          "1 {\"prefix\":\"10.0.0.0/8\",\"description\":\"assigned; registry: iana; date: 19000101\"} -rir "
          "-rir_date\n" },
        /* What is nobody's, and AS numbers. */
        { "apnic|AU|asn|64496|2|20200101|allocated\napnic|AU|asn|64499|1|20200101|allocated\n"
          "apnic||ipv4|203.0.113.0|256||available\napnic||ipv6|2001:db8:1::|48||reserved\n",
          "2x from 1: a record of type asn\n1x from 3: a record of status available, which is nobody's\n"
          "1x from 4: a record of status reserved, which is nobody's\n" },
        /* What is wrong in a record is told of it alone. */
        { "apnic|AU|ipv4|203.0.113|256|20200101|allocated\napnic|AU|ipv4|255.255.255.0|257|20200101|"
          "allocated\n"
          "apnic|AU|ipv4|203.0.113.0|0|20200101|allocated\napnic|AU|ipv6|2001:db8::1|32|20200101|allocated\n"
          "apnic|AU|ipv4|203.0.113.0|1|20200101|assigned\n",
          "1 refused: ipv4 record of 203.0.113 and 256: the start is no IPv4 address\n"
          "2 refused: ipv4 record of 255.255.255.0 and 257: the value is no number of addresses that there "
          "are from "
          "there\n"
          "3 refused: ipv4 record of 203.0.113.0 and 0: the value is no number of addresses that there are "
          "from there\n"
          "4 refused: ipv6 record of 2001:db8::1 and 32: start and value are no IPv6 prefix\n"
          "5 {\"prefix\":\"203.0.113.0/32\",\"description\":\"assigned; country: AU\",\"rir\":\"apnic\","
          "\"rir_date\":\"2020-01-01T00:00:00.000Z\"}\n" },
        { "prefix,name\n10.0.0.0/8,x\n", "error: line 1: a record has at least 7 parts with | between, as in "
                                         "arin|US|ipv4|192.0.2.0|256|20240101|allocated, not 1\n" },
        { "", "" },
        { "arin|US\xff", "error: line 1 is not UTF-8, or has a NUL; save the file as UTF-8\n" },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_rows("rir", IPAM_T_BLOCK, table[i].text, table[i].rows);
}

static void count_row(void *user, const struct foreign_row *row)
{
    *(size_t *)user += row->refusal == NULL;
}

/* A long text is read in the memory of one row, and a row has an end. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    size_t rows = 0, early = 0;
    struct foreign *f = foreign_open(foreign_dialect(IPAM_STR("rir")), IPAM_T_BLOCK, count_row, &rows);
    for (unsigned n = 0; n < 300000; n++) {
        char line[96];
        int len = snprintf(line, sizeof(line), "arin|US|ipv4|%u.%u.%u.0|256|20100203|allocated|abc123\n",
                           11 + (n >> 16), (n >> 8) & 255, n & 255);
        assert_int_equal(foreign_feed(f, line, (size_t)len), 0);
        if (n == 1000)
            early = mallinfo2().uordblks;
    }
    assert_int_equal(foreign_end(f), 0);
    assert_int_equal(rows, 300000);
    assert_true(mallinfo2().uordblks <= early + 65536);
    foreign_close(f);

    struct strbuf line;
    strbuf_init(&line, 3u << 20);
    strbuf_puts(&line, "arin|US|ipv4|192.0.2.0|256|20100203|allocated|");
    while (line.len < (1u << 20) + 10)
        strbuf_putc(&line, 'x');
    char *got = read_in_steps("rir", IPAM_T_BLOCK, strbuf_str(&line), 4096);
    assert_string_equal(got, "error: line 1 is longer than 1 MiB\n");
    free(got);
    strbuf_fini(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

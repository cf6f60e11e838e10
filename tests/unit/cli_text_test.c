/* cli_text_test.c - text on terminals: width, control characters, bars, near misses, aligned columns.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/table.h"
#include "cli/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct term plain = { 0 };
static const struct term color = { .tty = true, .utf8 = true, .color = true };

static void test_foreign_text_cannot_reach_the_terminal(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *out;
    } rows[] = {
        { "web-07", 6, "web-07" },
        { "\033[2J", 4, "\\x1b[2J" },
        { "a\nb\tc", 5, "a b c" },
        { "a\0b", 3, "a\\x00b" },
        { "\177", 1, "\\x7f" },
        { "\302\233" "2J", 4, "\\x9b2J" },         /* C1's CSI in UTF-8 */
        { "B\303\274ro", 5, "B\303\274ro" },
        { "\303", 1, "?" },                         /* cut short */
        { "\300\257", 2, "??" },                    /* overlong */
        { "\355\240\200", 3, "???" },               /* a surrogate */
        { "\364\220\200\200", 4, "????" },          /* beyond U+10FFFF */
        { "\360\237\230\200", 4, "\360\237\230\200" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 256);
        text_clean((struct ipam_str){ rows[i].in, rows[i].len }, &out);
        assert_string_equal(out.data, rows[i].out);
        strbuf_fini(&out);
    }
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("\033[31mabc\033[0m"), 3);
    assert_int_equal(text_width("\377"), 1);
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        skip();
    assert_int_equal(text_width("B\303\274ro"), 4);
    assert_int_equal(text_width("\346\227\245\346\234\254"), 4); /* two wide characters */
    assert_int_equal(text_width("e\314\201"), 1);                /* a combining accent */
}

static void test_percent(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        { "0", 0 }, { "42.13", 4213 }, { "42.1", 4210 }, { "100", 10000 }, { "", -1 }, { ".5", -1 },
        { "12a", -1 }, { "-3", -1 }, { "1.234", -1 }, { "99999999999999999999", -1 },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        assert_int_equal(text_percent(str_from(rows[i].text)), rows[i].value);
}

static void test_bar(void **state)
{
    static const struct {
        int64_t value;
        const struct term *term;
        const char *text;
    } rows[] = {
        { 0, &plain, "[----------]   0.0 %" },
        { 1, &plain, "[#---------]   0.0 %" },     /* something is seen */
        { 4219, &plain, "[####------]  42.1 %" },
        { 9999, &plain, "[#########-]  99.9 %" },  /* full is full alone */
        { 10000, &plain, "[##########] 100.0 %" },
        { 8500, &color, "[\033[33m########--\033[0m]  85.0 %" },
        { 9600, &color, "[\033[31m#########-\033[0m]  96.0 %" },
        { 4219, &color, "[####------]  42.1 %" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 256);
        text_bar_percent(rows[i].value, rows[i].term, &out);
        assert_string_equal(out.data, rows[i].text);
        strbuf_fini(&out);
    }
}

static void test_counts(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "256", "256" }, { "4294967296", "4294967296" }, { "8589934592", "2^33" },
        { "18446744073709551616", "2^64" }, { "18446744073709551617", "18446744073709551617" },
        { "340282366920938463463374607431768211455", "340282366920938463463374607431768211455" }, { "0", "0" },
        { "many\033", "many\\x1b" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 256);
        text_count(str_from(rows[i].in), &out);
        assert_string_equal(out.data, rows[i].out);
        strbuf_fini(&out);
    }
}

static void test_nearest(void **state)
{
    static const char *const words[] = { "server", "subnet", "scope", "reservation", "lease" };
    static const struct {
        const char *typed, *meant;
    } rows[] = {
        { "subnte", "subnet" }, { "sever", "server" }, { "res", "reservation" }, { "leases", "lease" },
        { "xyz", NULL }, { "", NULL }, { "scpoe", "scope" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const char *best = NULL;
        unsigned distance = 0;

        for (unsigned j = 0; j < COUNT(words); j++)
            text_nearest(rows[i].typed, words[j], &best, &distance);
        if (rows[i].meant == NULL)
            assert_null(best);
        else
            assert_string_equal(best, rows[i].meant);
    }
    assert_int_equal(text_distance("abcd", "abdc"), 1);
    assert_int_equal(text_distance("", "abc"), 3);
}

static void test_table_is_aligned(void **state)
{
    struct table t;
    struct strbuf out;

    (void)state;
    table_init(&t, true, "-");
    table_column(&t, "name", false);
    table_column(&t, "used", true);
    table_column(&t, "note", false);
    table_cell(&t, "a"), table_cell(&t, "1000"), table_cell(&t, "");
    table_cell(&t, "longer"), table_cell(&t, "7"), table_cell(&t, "x");
    strbuf_init(&out, 4096);
    table_flush(&t, false, &out);
    assert_string_equal(out.data, "NAME    USED  NOTE\n"
                                  "a       1000  -\n"
                                  "longer     7  x\n");
    /* The next batch keeps the widths and does not repeat the titles. */
    strbuf_reset(&out);
    table_cell(&t, "b"), table_cell(&t, "12345"), table_cell(&t, "y");
    table_flush(&t, false, &out);
    assert_string_equal(out.data, "b       12345  y\n");
    strbuf_fini(&out);
    table_fini(&t);
}

static void test_table_leaves_no_blanks_at_the_end(void **state)
{
    struct table t;
    struct strbuf out;

    (void)state;
    table_init(&t, false, "");
    table_column(&t, "", false);
    table_column(&t, "", false);
    table_column(&t, "", true);
    table_cell(&t, "wide name"), table_cell(&t, "x"), table_cell(&t, "10");
    table_cell(&t, "a"), table_cell(&t, ""), table_cell(&t, "");
    table_cell(&t, "a"), table_cell(&t, ""), table_cell(&t, "7");
    strbuf_init(&out, 4096);
    table_flush(&t, false, &out);
    assert_string_equal(out.data, "wide name  x  10\na\na              7\n");
    strbuf_fini(&out);
    table_fini(&t);
}

/* On a narrow terminal the widest texts give way, figures and bars never, and at last the last columns go. */
static void test_a_table_fits_its_terminal(void **state)
{
    static const char *const rows[][4] = {
        { "10.1.2.0/24", "a name that is far too long", "[##--] 50 %", "12345" },
        { "10.1.3.0/24", "\xe6\xa5\xbc\xe5\xb1\xa4 wide", "[#---]  1 %", "1" }
    };
    struct strbuf out;

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t limit = 20; limit <= 80; limit++) {
        struct table t;

        strbuf_init(&out, 4096);
        table_init(&t, true, "-");
        t.limit = limit;
        t.utf8 = limit % 2;
        table_column(&t, "prefix", false);
        table_column(&t, "name", false);
        table_column(&t, "used", false);
        table_column(&t, "size", true);
        for (unsigned r = 0; r < 2; r++)
            for (unsigned i = 0; i < 4; i++)
                table_cell(&t, rows[r][i]);
        table_flush(&t, false, &out);
        for (char *line = out.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            assert_true(text_width(line) <= limit);
        }
        strbuf_fini(&out);
        table_fini(&t);
    }
    strbuf_init(&out, 4096);
    text_cut("abcdef", 4, true, &out);
    assert_string_equal(out.data, "abc\xe2\x80\xa6");
    strbuf_reset(&out);
    text_cut("\xe6\xa5\xbc\xe5\xb1\xa4", 3, false, &out); /* two that are two wide */
    assert_string_equal(out.data, "\xe6\xa5\xbc~");
    strbuf_reset(&out);
    text_cut("abcd", 9, false, &out);
    assert_string_equal(out.data, "abcd");
    strbuf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_text_cannot_reach_the_terminal),
        cmocka_unit_test(test_a_table_fits_its_terminal),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_table_is_aligned),
        cmocka_unit_test(test_table_leaves_no_blanks_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cli_plot_test.c - charts of figures over time, character by character, and as SVG.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/plot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400000

static const struct plot_point week[] = {
    { 0, 1 * DAY, 0, 0 },           { 1 * DAY, 2 * DAY, 1, 1 },   { 2 * DAY, 3 * DAY, 25, 25 },
    { 3 * DAY, 4 * DAY, -1, -1 },   { 4 * DAY, 5 * DAY, 50, 60 }, { 5 * DAY, 6 * DAY, 75, 80 },
    { 6 * DAY, 7 * DAY, 100, 100 },
};
static const struct plot plot = { { "a <b> & c", 9 }, "addresses in use", 100, week, 7 };

static const char *drawn(const struct plot *p, bool utf8, struct strbuf *out)
{
    struct term t = { .utf8 = utf8 };
    strbuf_init(out, 1 << 20);
    plot_text(p, &t, out);
    assert_false(out->failed);
    return out->data;
}

static void test_a_chart_of_blocks(void **state)
{
    struct strbuf out;
    (void)state;
    assert_string_equal(drawn(&plot, true, &out), "     100 │      █\n"
                                                  "         │      █\n"
                                                  "      75 │     ██\n"
                                                  "         │     ██\n"
                                                  "      50 │    ███\n"
                                                  "         │    ███\n"
                                                  "      25 │  █ ███\n"
                                                  "         │ ▁█·███\n"
                                                  "       0 └───────\n"
                                                  "          1970-01-01 00:00 1970-01-08 00:00\n"
                                                  "          ·: not known, nobody looked\n");
    strbuf_fini(&out);
}

static void test_a_chart_of_ascii(void **state)
{
    struct strbuf out;
    (void)state;
    assert_non_null(strstr(drawn(&plot, false, &out), "         | .#?###\n"));
    for (size_t i = 0; i < out.len; i++)
        assert_true((unsigned char)out.data[i] < 0x80);
    strbuf_fini(&out);
}

/* Where all is far below the limit, the scale ends where the values do. */
static void test_the_scale_fits(void **state)
{
    const struct plot far = { { "x", 1 }, "", 1e19, week, 7 };
    static const struct {
        double most, scale;
    } cases[] = { { 0, 1 },  { 1, 1 },     { 1.5, 2 },   { 3, 5 },
                  { 7, 10 }, { 100, 100 }, { 101, 200 }, { 5e18, 5e18 } };
    struct strbuf out;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_true(plot_scale(cases[i].most) == cases[i].scale);
    assert_memory_equal(drawn(&far, true, &out), "     100 │", strlen("     100 │"));
    strbuf_fini(&out);
}

static void test_large_numbers_are_short(void **state)
{
    const struct plot_point one = { 0, DAY, 16777216, 16777216 };
    const struct plot large = { { "x", 1 }, "", 0, &one, 1 };
    struct strbuf out;
    (void)state;
    assert_memory_equal(drawn(&large, true, &out), "     20M │", strlen("     20M │"));
    strbuf_fini(&out);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    while ((text = strstr(text, what)) != NULL) {
        n++;
        text += strlen(what);
    }
    return n;
}

/* A line has a gap where nothing is known, and what was named is no markup. */
static void test_a_picture(void **state)
{
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 1 << 20);
    plot_svg(&plot, &out);
    assert_memory_equal(out.data, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40);
    assert_non_null(strstr(out.data, "<title>a &lt;b&gt; &amp; c</title>"));
    assert_int_equal(count_of(out.data, "<path "), 2);
    const char *line = strstr(out.data, "<path d=\"");
    line = strstr(line + 1, "<path d=\"");
    assert_int_equal(count_of(line, "M"), 2);
    assert_int_equal(count_of(line, "L"), 4);
    assert_non_null(strstr(line, "M70.0 260.0H165.7")); /* 0 of 100 on the first day */
    assert_non_null(strstr(line, "L644.3 40.0H740.0")); /* 100 on the last */
    strbuf_fini(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chart_of_blocks), cmocka_unit_test(test_a_chart_of_ascii),
        cmocka_unit_test(test_the_scale_fits),    cmocka_unit_test(test_large_numbers_are_short),
        cmocka_unit_test(test_a_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

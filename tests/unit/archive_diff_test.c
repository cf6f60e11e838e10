/* archive_diff_test.c - two texts compared line by line: right, short, and done in time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/diff.h"
#include "base/arena.h"

#define SMALL_LINES 12
#define LARGE_LINES 100000

static struct ipam_str str(const struct strbuf *b)
{
    return b->len > 0 ? strbuf_str(b) : (struct ipam_str){ "", 0 };
}

/* --- what is written --- */

static void assert_unified(const char *from, const char *to, const char *wanted)
{
    struct strbuf out;
    struct diff *d = diff_new(str_from(from), str_from(to));
    assert_non_null(d);
    strbuf_init(&out, 1 << 16);
    diff_unified(d, "old", "new", 1, &out);
    assert_string_equal(out.len > 0 ? out.data : "", wanted);
    strbuf_fini(&out);
    diff_free(d);
}

static void test_written_as_everybody_writes_it(void **state)
{
    (void)state;
    assert_unified("a\nb\nc\nd\n", "a\nb\nX\nd\n", "--- old\n+++ new\n@@ -2,3 +2,3 @@\n b\n-c\n+X\n d\n");
    assert_unified("", "a\n", "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    assert_unified("a\n", "", "--- old\n+++ new\n@@ -1 +0,0 @@\n-a\n");
    assert_unified("a\nb", "a\nb", "");
    assert_unified("", "", "");
    /* Two hunks, and one where the lines between are the context of both. */
    assert_unified("1\n2\n3\n4\n5\n6\n7\n", "x\n2\n3\n4\n5\n6\ny\n",
                   "--- old\n+++ new\n@@ -1,2 +1,2 @@\n-1\n+x\n 2\n@@ -6,2 +6,2 @@\n 6\n-7\n+y\n");
    assert_unified("1\n2\n3\n4\n", "x\n2\n3\ny\n",
                   "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n-4\n+y\n");
}

/* --- it is right, and no shorter one exists --- */

static size_t longest_common(const char *a, size_t n, const char *b, size_t m)
{
    size_t best[SMALL_LINES + 1][SMALL_LINES + 1] = { 0 };
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;)
            best[i][j] = a[i] == b[j]                      ? 1 + best[i + 1][j + 1]
                         : best[i + 1][j] > best[i][j + 1] ? best[i + 1][j]
                                                           : best[i][j + 1];
    return best[0][0];
}

/* The old text taken to the new one by what is said, with the whole as context. */
struct applied {
    struct strbuf from, to;
};

static void on_line(void *user, enum diff_kind kind, struct ipam_str line)
{
    struct applied *a = user;
    if (kind != DIFF_COMES) {
        strbuf_addstr(&a->from, line);
        strbuf_putc(&a->from, '\n');
    }
    if (kind != DIFF_GOES) {
        strbuf_addstr(&a->to, line);
        strbuf_putc(&a->to, '\n');
    }
}

static void assert_leads(const struct diff *d, struct ipam_str from, struct ipam_str to)
{
    struct applied a;
    struct diff_hunk h = { 0 };
    strbuf_init(&a.from, 1u << 28);
    strbuf_init(&a.to, 1u << 28);
    if (diff_next(d, SIZE_MAX / 4, &h)) {
        diff_lines(d, &h, on_line, &a);
        assert_true(str_equal(str(&a.from), from));
        assert_true(str_equal(str(&a.to), to));
        assert_false(diff_next(d, SIZE_MAX / 4, &h));
    } else {
        assert_true(str_equal(from, to));
    }
    strbuf_fini(&a.from);
    strbuf_fini(&a.to);
}

static size_t make_small(unsigned *seed, char *letters, struct strbuf *text)
{
    size_t n = (size_t)(rand_r(seed) % (SMALL_LINES + 1));
    for (size_t i = 0; i < n; i++) {
        letters[i] = (char)('a' + rand_r(seed) % 4);
        strbuf_printf(text, "%c\n", letters[i]);
    }
    return n;
}

static void test_small_ones_are_the_shortest(void **state)
{
    unsigned seed = 4711;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char a[SMALL_LINES], b[SMALL_LINES];
        struct strbuf from, to;
        size_t gone, came;
        strbuf_init(&from, 1000);
        strbuf_init(&to, 1000);
        size_t n = make_small(&seed, a, &from), m = make_small(&seed, b, &to);
        struct diff *d = diff_new(str(&from), str(&to));
        assert_non_null(d);
        assert_leads(d, str(&from), str(&to));
        diff_count(d, &gone, &came);
        assert_int_equal(gone + came, n + m - 2 * longest_common(a, n, b, m));
        diff_free(d);
        strbuf_fini(&from);
        strbuf_fini(&to);
    }
}

/* --- large ones --- */

/* A configuration of so many lines: every third says something of its own. */
static void make_large(struct strbuf *text, unsigned step, unsigned extra)
{
    for (unsigned i = 0; i < LARGE_LINES; i++) {
        if (i % 3 == 1)
            strbuf_printf(text, "  \"hw-address\": \"%06x\",\n", i);
        else
            strbuf_puts(text, i % 3 == 0 ? "{\n" : "},\n");
        if (step > 0 && i % step == 0)
            for (unsigned k = 0; k < extra; k++)
                strbuf_printf(text, "  \"added\": %u\n", i + k);
    }
}

static void test_few_changes_in_many_lines_are_told_alone(void **state)
{
    struct strbuf from, to;
    size_t gone, came;
    (void)state;
    strbuf_init(&from, 1u << 28);
    strbuf_init(&to, 1u << 28);
    make_large(&from, 0, 0);
    make_large(&to, 10000, 2);
    struct diff *d = diff_new(str(&from), str(&to));
    assert_non_null(d);
    assert_leads(d, str(&from), str(&to));
    diff_count(d, &gone, &came);
    assert_int_equal(gone, 0);
    assert_int_equal(came, 20);
    diff_free(d);
    strbuf_fini(&from);
    strbuf_fini(&to);
}

/* Lines that are all there many times, in another order: nothing to hold on to, and the shortest edit would take for ever. */
static void test_what_has_nothing_in_common_is_bounded(void **state)
{
    unsigned seed = 1;
    struct strbuf from, to;
    (void)state;
    strbuf_init(&from, 1u << 28);
    strbuf_init(&to, 1u << 28);
    for (unsigned i = 0; i < LARGE_LINES; i++) {
        strbuf_printf(&from, "%u\n", rand_r(&seed) % 50);
        strbuf_printf(&to, "%u\n", rand_r(&seed) % 50);
    }
    struct diff *d = diff_new(str(&from), str(&to));
    assert_non_null(d);
    assert_leads(d, str(&from), str(&to));
    diff_free(d);
    strbuf_fini(&from);
    strbuf_fini(&to);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(test_written_as_everybody_writes_it),
        cmocka_unit_test(test_small_ones_are_the_shortest),
        cmocka_unit_test(test_few_changes_in_many_lines_are_told_alone),
        cmocka_unit_test(test_what_has_nothing_in_common_is_bounded),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

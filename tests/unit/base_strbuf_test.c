/* base_strbuf_test.c - byte buffers grow to their maximum and stay failed beyond it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"

static void test_int(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } rows[] = { { 0, "0" }, { 7, "7" }, { -1, "-1" }, { 1234567890, "1234567890" },
                 { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" } };
    struct strbuf b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strbuf_init(&b, 20);
        strbuf_int(&b, rows[i].n);
        assert_string_equal(b.data, rows[i].text);
        assert_int_equal(b.len, strlen(rows[i].text));
        strbuf_fini(&b);
    }
    strbuf_init(&b, 3);
    strbuf_int(&b, 1234);
    assert_true(b.failed);
    strbuf_fini(&b);
}

/* A text that finds room at once and one that does not; what does not fit leaves nothing of itself. */
static void test_printf_in_place_and_not(void **state)
{
    struct strbuf b;

    (void)state;
    strbuf_init(&b, 100);
    strbuf_printf(&b, "%d", 12);
    strbuf_printf(&b, "%s", "-and-more");
    assert_string_equal(b.data, "12-and-more");
    strbuf_printf(&b, "%080d", 5);
    assert_int_equal(b.len, 91);
    strbuf_printf(&b, "%s", "0123456789");
    assert_true(b.failed);
    assert_int_equal(b.len, 91);
    assert_int_equal(strlen(b.data), 91);
    strbuf_fini(&b);
}

static void test_appends(void **state)
{
    struct strbuf b;
    char *taken, *room;
    size_t len;

    (void)state;
    strbuf_init(&b, 1000);
    assert_string_equal(strbuf_str(&b).data, "");
    strbuf_puts(&b, "one");
    strbuf_putc(&b, ' ');
    strbuf_addstr(&b, IPAM_STR("two"));
    strbuf_addstr(&b, (struct ipam_str){ NULL, 0 });
    strbuf_printf(&b, " %d%s", 3, "!");
    assert_string_equal(b.data, "one two 3!");
    strbuf_drop(&b, 4);
    assert_string_equal(b.data, "two 3!");
    strbuf_drop(&b, 0);
    room = strbuf_room(&b, 100);
    assert_non_null(room);
    memcpy(room, "wide", 4);
    strbuf_advance(&b, 4);
    assert_string_equal(b.data, "two 3!wide");
    taken = strbuf_take(&b, &len);
    assert_int_equal(len, 10);
    assert_string_equal(taken, "two 3!wide");
    free(taken);
    assert_int_equal(b.len, 0);
    strbuf_puts(&b, "again");
    assert_string_equal(b.data, "again");
    strbuf_fini(&b);
}

static void test_maximum_is_exact_and_failure_stays(void **state)
{
    struct strbuf b;

    (void)state;
    for (size_t max = 1; max < 300; max++) {
        strbuf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            strbuf_putc(&b, 'x');
        assert_false(b.failed);
        assert_int_equal(b.len, max);
        assert_int_equal(strlen(b.data), max);
        strbuf_add(&b, "", 0);
        assert_false(b.failed);
        strbuf_putc(&b, 'x');
        assert_true(b.failed);
        assert_int_equal(b.len, max);
        strbuf_drop(&b, max);
        strbuf_putc(&b, 'x');
        strbuf_printf(&b, "%s", "x");
        assert_null(strbuf_room(&b, 1));
        assert_true(b.failed);
        assert_int_equal(b.len, 0);
        strbuf_reset(&b);
        strbuf_putc(&b, 'y');
        assert_string_equal(b.data, "y");
        strbuf_fini(&b);
    }
    strbuf_init(&b, 10);
    strbuf_printf(&b, "%s", "0123456789");
    assert_false(b.failed);
    strbuf_printf(&b, "%s", "z");
    assert_true(b.failed);
    assert_string_equal(b.data, "0123456789");
    strbuf_reset(&b);
    strbuf_add(&b, "z", SIZE_MAX);
    assert_true(b.failed);
    strbuf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_printf_in_place_and_not),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_maximum_is_exact_and_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

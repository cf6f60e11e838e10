/* http_text_test.c - percent-decoding and query strings.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "http/http.h"
#include "ipam/status.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_percent_decoding(void **state)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        { "", "" },
        { "plain", "plain" },
        { "a+b", "a+b" },
        { "%41%2f%2F%20", "A// " },
        { "%c3%a9\xc3\xa9", "\xc3\xa9\xc3\xa9" },
        { "%", NULL },
        { "%4", NULL },
        { "a%4", NULL },
        { "%4g", NULL },
        { "%%41", NULL },
        { "%00", NULL },
        { "%ff", NULL },
        { "%c3", NULL },
        { "%ed%a0%80", NULL },
    };
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_str s = http_decode(&a, str_from(rows[i].in));

        if (!str_equal(s, str_from(rows[i].out)))
            fail_msg("%s", rows[i].in);
    }
    arena_fini(&a);
}

static void test_query_strings(void **state)
{
    static const struct {
        const char *query;
        const char *pairs[7]; /* name, value, ...; "!" for an error */
    } rows[] = {
        { "", { NULL } },
        { "&&", { NULL } },
        { "a=1", { "a", "1" } },
        { "a=1&b=2&a=3", { "a", "1", "b", "2", "a", "3" } },
        { "a&b=&=c", { "a", "", "b", "", "", "c" } },
        { "a=b=c&x%3Dy=%26+%2B", { "a", "b=c", "x=y", "& +" } },
        { "&a=1&&b=2&", { "a", "1", "b", "2" } },
        { "a=1&b=%", { "a", "1", "!" } },
        { "%zz=1", { "!" } },
        { "a=%00", { "!" } },
    };
    struct ipam_str name, value;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const *want = rows[i].pairs;
        size_t pos = 0;
        int rc;

        while ((rc = http_query_next(&a, str_from(rows[i].query), &pos, &name, &value)) == 1) {
            assert_non_null(want[0]);
            assert_true(str_is(name, want[0]));
            assert_true(str_is(value, want[1]));
            want += 2;
        }
        if (want[0]) {
            assert_string_equal(want[0], "!");
            assert_int_equal(rc, IPAM_E_INVAL);
        } else {
            assert_int_equal(rc, 0);
        }
    }
    arena_fini(&a);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(http_method_name(HTTP_PATCH_), "PATCH");
    assert_string_equal(http_method_name(HTTP_DELETE_), "DELETE");
    assert_string_equal(http_status_text(507), "Insufficient Storage");
    assert_string_equal(http_status_text(299), "Unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent_decoding),
        cmocka_unit_test(test_query_strings),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cli_ask_test.c - what --at means to the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/ask.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW      INT64_C(1795659723123) /* 2026-11-26T02:22:03.123Z */

static void test_times(void **state)
{
    static const struct {
        const char *text, *meant; /* NULL: neither a revision nor a time */
    } rows[] = {
        { "0", "0" },
        { "4711", "4711" },
        { "2026-11-01T10:00Z", "2026-11-01T10:00:00Z" },
        { "2026-11-01T10:00+02:00", "2026-11-01T10:00:00+02:00" },
        { "2026-11-01T10:00:05.5Z", "2026-11-01T10:00:05.5Z" },
        { "2026-11-01", "2026-11-01T00:00:00Z" },
        { "1s", "2026-11-26T02:22:02.123Z" },
        { "7d", "2026-11-19T02:22:03.123Z" },
        { "", NULL },
        { "-1", NULL },
        { "yesterday", NULL },
        { "2026-13-01", NULL },
        { "2026-02-30T10:00Z", NULL },
        { "2026-11-01T10:00", NULL },
        { "2026-11-01T", NULL },
        { "2026-11-01T10:0", NULL },
        { "2026-1-1", NULL },
        { "7 d", NULL },
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *meant = ask_time(rows[i].text, NOW, &arena);

        print_message("row: %s\n", rows[i].text);
        if (rows[i].meant == NULL)
            assert_null(meant);
        else
            assert_string_equal(meant, rows[i].meant);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_times) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

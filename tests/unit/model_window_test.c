/* model_window_test.c - maintenance windows: what is one, and when it opens.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "ipam/status.h"
#include "base/arena.h"
#include "model/window.h"

static int64_t at(const char *text)
{
    int64_t ms;
    assert_int_equal(time_parse(text, strlen(text), &ms), 0);
    return ms;
}

static void test_what_is_no_window(void **state)
{
    static const char *const wrong[] = { "",
                                         " ",
                                         "22:00",
                                         "22:00-",
                                         "22:00-25:00",
                                         "24:00-05:00",
                                         "22:00-22:00",
                                         "2:00-3:00",
                                         "22:60-23:00",
                                         "mon",
                                         "mon 22",
                                         "mo 22:00-23:00",
                                         "mon- 22:00-23:00",
                                         "mon,22:00-23:00",
                                         "22:00-23:00;",
                                         "22:00-23:00 x",
                                         "Mon 22:00-23:00",
                                         "22:00-24:01",
                                         "-1:00-02:00",
                                         "mon-fri, 22:00-05:00" };
    struct window w;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(window_parse(str_from(wrong[i]), &w), IPAM_E_INVAL);
    struct strbuf many;
    strbuf_init(&many, 512);
    strbuf_puts(&many, "00:00-00:01");
    for (int i = 0; i < WINDOW_PARTS; i++)
        strbuf_puts(&many, ";00:00-00:01");
    assert_int_equal(window_parse(strbuf_str(&many), &w), IPAM_E_INVAL);
    strbuf_fini(&many);
}

/* 2026-11-27 is a Friday. */
static void test_when_it_opens(void **state)
{
    static const struct {
        const char *window, *now, *opens; /* NULL: it is open */
    } rows[] = {
        { "22:00-05:00", "2026-11-27T21:59:59Z", "2026-11-27T22:00:00Z" },
        { "22:00-05:00", "2026-11-27T22:00:00Z", NULL },
        { "22:00-05:00", "2026-11-28T04:59:59Z", NULL },
        { "22:00-05:00", "2026-11-28T05:00:00Z", "2026-11-28T22:00:00Z" },
        { "08:00-12:00", "2026-11-27T12:00:00Z", "2026-11-28T08:00:00Z" },
        { "mon-fri 22:00-05:00", "2026-11-28T04:00:00Z", NULL }, /* Friday's night */
        { "mon-fri 22:00-05:00", "2026-11-28T22:30:00Z", "2026-11-30T22:00:00Z" },
        { "sat,sun 00:00-24:00", "2026-11-27T23:59:00Z", "2026-11-28T00:00:00Z" },
        { "sat,sun 00:00-24:00", "2026-11-29T23:59:59Z", NULL },
        { "sat,sun 00:00-24:00", "2026-11-30T00:00:00Z", "2026-12-05T00:00:00Z" },
        { "fri-mon 10:00-11:00", "2026-11-27T12:00:00Z", "2026-11-28T10:00:00Z" },
        { "fri-mon 10:00-11:00", "2026-11-30T10:30:00Z", NULL },
        { "fri 10:00-11:00", "2026-11-27T11:00:00Z", "2026-12-04T10:00:00Z" },
        { "fri 10:00-11:00", "2026-12-31T11:00:00Z", "2027-01-01T10:00:00Z" },
        { "mon 01:00-02:00; wed 03:00-04:00", "2026-11-30T02:00:00Z", "2026-12-02T03:00:00Z" },
        { "wed 03:00-04:00;mon 01:00-02:00", "2026-11-29T23:00:00Z", "2026-11-30T01:00:00Z" },
    };
    struct window w;
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t now = at(rows[i].now);
        assert_int_equal(window_parse(str_from(rows[i].window), &w), 0);
        assert_int_equal(window_wait(&w, now), rows[i].opens != NULL ? at(rows[i].opens) - now : 0);
    }
}

/* Times are those of the service, in summer and in winter. */
static void test_by_the_clock_of_the_service(void **state)
{
    struct window w;
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    assert_int_equal(window_parse(str_from("22:00-23:00"), &w), 0);
    assert_int_equal(window_wait(&w, at("2026-11-27T21:30:00Z")), 0);
    assert_int_equal(window_wait(&w, at("2026-07-27T20:30:00Z")), 0);
    assert_int_equal(window_wait(&w, at("2026-07-27T21:30:00Z")),
                     at("2026-07-28T20:00:00Z") - at("2026-07-27T21:30:00Z"));
    setenv("TZ", "UTC", 1);
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_window),
        cmocka_unit_test(test_when_it_opens),
        cmocka_unit_test(test_by_the_clock_of_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cli_events_test.c - server-sent events, however the stream is cut.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cli/watch.h"

static struct strbuf seen;
static unsigned most;

static bool on_event(void *user, const char *name, const char *id, struct ipam_str data)
{
    (void)user;
    strbuf_printf(&seen, "[%s %s " STR_FMT "]", name, id, STR_ARG(data));
    return --most > 0;
}

static bool read_cut(const char *text, size_t step)
{
    struct events e;
    bool more = true;

    events_init(&e, on_event, NULL);
    for (size_t at = 0; more && at < strlen(text); at += step)
        more = events_feed(&e, text + at, strlen(text) - at < step ? strlen(text) - at : step);
    events_fini(&e);
    return more;
}

static const struct {
    const char *text, *events;
} rows[] = {
    { "id: 7\nevent: change\ndata: {\"a\":1}\n\n", "[change 7 {\"a\":1}]" },
    { ": a comment\n\n", "[  ]" },
    { "retry: 1000\nid: 3\n\n", "[ 3 ]" },
    { "id: 3\n\ndata: x\n\n", "[ 3 ][ 3 x]" }, /* the id stays */
    { "data: one\ndata: two\n\n", "[  one\ntwo]" },
    { "data:tight\r\nevent:e\r\n\r\n", "[e  tight]" },
    { "event: e\ndata: x\n\ndata: y\n\n", "[e  x][  y]" }, /* the name does not */
    { "database: no\ndata\ndata: yes\n\n", "[  yes]" },
    { "data: cut off\n", "" },
};

static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t step = 1; step <= strlen(rows[i].text); step++) {
            strbuf_init(&seen, 4096);
            most = 100;
            assert_true(read_cut(rows[i].text, step));
            assert_string_equal(seen.len > 0 ? seen.data : "", rows[i].events);
            strbuf_fini(&seen);
        }
    }
}

static void test_it_ends_when_told(void **state)
{
    (void)state;
    strbuf_init(&seen, 4096);
    most = 2;
    assert_false(read_cut("id: 1\n\nid: 2\n\nid: 3\n\n", 100));
    assert_string_equal(seen.data, "[ 1 ][ 2 ]");
    strbuf_fini(&seen);
}

static void test_half_an_event_is_forgotten(void **state)
{
    struct events e;

    (void)state;
    strbuf_init(&seen, 4096);
    most = 10;
    events_init(&e, on_event, NULL);
    assert_true(events_feed(&e, "id: 4\n\nevent: change\ndata: {\"ha", 32));
    events_reset(&e); /* the connection broke */
    assert_true(events_feed(&e, "data: whole\n\n", 13));
    assert_string_equal(seen.data, "[ 4 ][ 4 whole]");
    events_fini(&e);
    strbuf_fini(&seen);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_it_ends_when_told),
        cmocka_unit_test(test_half_an_event_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

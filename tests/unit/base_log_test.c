/* base_log_test.c - log lines as journald and a terminal's reader get them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>

#include "base/log.h"

static char got[8192];

/* What one event writes to stderr. `terminal` makes stderr a pseudo-terminal. */
static void capture(int terminal, enum log_level limit, enum log_level level, const char *event,
                    const char *text)
{
    int ends[2], saved = dup(STDERR_FILENO);
    size_t len = 0;
    ssize_t n;

    if (terminal) {
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        assert_true(ends[0] >= 0 && grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0);
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
        assert_true(ends[1] >= 0);
    } else {
        assert_int_equal(pipe(ends), 0);
    }
    dup2(ends[1], STDERR_FILENO);
    log_init("ipamd", limit);
    log_event(level, event, "%s", text);
    dup2(saved, STDERR_FILENO);
    if (terminal) { /* has no end of file: an empty line of ours marks it */
        assert_int_equal(write(ends[1], "\n", 1), 1);
        while (len < 4 || memcmp(got + len - 4, "\r\n\r\n", 4) != 0) {
            n = read(ends[0], got + len, sizeof(got) - 1 - len);
            assert_true(n > 0);
            len += (size_t)n;
        }
        len -= 2;
    } else {
        close(ends[1]);
        while ((n = read(ends[0], got + len, sizeof(got) - 1 - len)) > 0)
            len += (size_t)n;
    }
    got[len] = '\0';
    close(saved);
    close(ends[0]);
    if (terminal)
        close(ends[1]);
}

static void test_lines(void **state)
{
    static const struct {
        enum log_level level;
        const char *text, *line;
    } rows[] = {
        { LOG_ERR_, "disk full", "<3>test-event: disk full\n" },
        { LOG_INFO_, "gr\xc3\xbc\xc3\x9f dich", "<6>test-event: gr\xc3\xbc\xc3\x9f dich\n" },
        { LOG_WARN_, "forged\n<0>line\r", "<4>test-event: forged\\x0a<0>line\\x0d\n" },
        { LOG_WARN_, "esc \x1b[2J del \x7f tab \t", "<4>test-event: esc \\x1b[2J del \\x7f tab \\x09\n" },
        { LOG_WARN_, "c1 \xc2\x9b" "2J nbsp \xc2\xa0", "<4>test-event: c1 \\xc2\\x9b2J nbsp \xc2\xa0\n" },
        { LOG_DEBUG_, "too fine", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        capture(0, LOG_INFO_, rows[i].level, "test-event", rows[i].text);
        assert_string_equal(got, rows[i].line);
    }
    assert_int_equal(log_level_now(), LOG_INFO_);
    capture(0, LOG_DEBUG_, LOG_DEBUG_, "test-event", "fine");
    assert_string_equal(got, "<7>test-event: fine\n");
}

static void test_long_lines_end_at_2000_bytes(void **state)
{
    char text[5000];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    capture(0, LOG_INFO_, LOG_INFO_, "e", text);
    assert_int_equal(strlen(got), 2000);
    assert_string_equal(got + 1995, "a...\n");
    /* No half character before the cut, wherever it falls: each is three bytes. */
    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    for (size_t i = 0; i < 3; i++) {
        capture(0, LOG_INFO_, LOG_INFO_, &"eee"[i], text);
        assert_in_range(strlen(got), 1990, 2000);
        assert_string_equal(got + strlen(got) - 7, "\xe2\x82\xac...\n");
    }
    /* An escape is written whole or not at all. */
    memset(text, 1, sizeof(text) - 1);
    capture(0, LOG_INFO_, LOG_INFO_, "e", text);
    assert_in_range(strlen(got), 1990, 2000);
    assert_string_equal(got + strlen(got) - 8, "\\x01...\n");
}

static void test_a_terminal_gets_time_and_name(void **state)
{
    (void)state;
    capture(1, LOG_INFO_, LOG_NOTE_, "started", "version 1");
    assert_memory_equal(got, "20", 2);
    assert_string_equal(strchr(got, ' '), " ipamd: started: version 1\r\n");
    assert_int_equal(strchr(got, ' ') - got, strlen("2026-11-23T01:02:03.004Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_lines_end_at_2000_bytes),
        cmocka_unit_test(test_a_terminal_gets_time_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

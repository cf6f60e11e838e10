/* base_log_test.c - log lines as journald, a terminal's reader and a reader of JSON get them.
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
#include <pthread.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
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

/* --- json --- */

static struct json_doc *doc;

/* The value of a member of the line `got`, which must be one object. */
static const struct json *member(const char *line, const char *key)
{
    struct json_error e;

    json_free(doc);
    if (json_parse(line, strlen(line), 8192, &doc, &e) != 0)
        fail_msg("column %u: %s: %s", e.column, e.message, line);
    return json_get(json_root(doc), key);
}

static void assert_text(const char *key, const char *expected)
{
    struct ipam_str s = json_str(member(got, key));

    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.data, expected, s.len);
}

static int json_up(void **state)
{
    (void)state;
    log_set_format(LOG_JSON);
    return 0;
}

static int json_down(void **state)
{
    (void)state;
    log_set_format(LOG_JOURNALD);
    json_free(doc);
    doc = NULL;
    return 0;
}

static void test_a_json_line_has_its_keys(void **state)
{
    struct ipam_str time;
    int64_t ms;

    (void)state;
    for (int terminal = 0; terminal < 2; terminal++) {
        capture(terminal, LOG_INFO_, LOG_WARN_, "test-event", "disk full");
        assert_text("level", "warning");
        assert_text("event", "test-event");
        assert_text("message", "disk full");
        assert_text("program", "ipamd");
        assert_int_equal(json_count(json_root(doc)), 5);
        time = json_str(member(got, "time"));
        assert_int_equal(time.len, strlen("2026-11-23T01:02:03.004Z"));
        assert_int_equal(time_parse(time.data, time.len, &ms), 0);
        assert_in_range(clock_wall_ms() - ms, 0, 60000);
    }
    capture(0, LOG_INFO_, LOG_DEBUG_, "test-event", "too fine");
    assert_string_equal(got, "");
}

static void test_json_lines_survive_any_bytes(void **state)
{
    static const struct {
        const char *text, *read; /* what was logged, what a reader of JSON gets */
    } rows[] = {
        { "", "" },
        { "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80" },
        { "\"},{\"level\":\"x\\", "\"},{\"level\":\"x\\" },
        { "forged\n{}\r\t\b\f\x1b[2J\x01\x7f", "forged\n{}\r\t\b\f\x1b[2J\x01\x7f" },
        { "c1 \xc2\x9b", "c1 \xc2\x9b" },
        { "\xff\xfe", "\\xff\\xfe" },
        { "half \xe2\x82", "half \\xe2\\x82" },
        { "over \xc0\x80 surrogate \xed\xa0\x80", "over \\xc0\\x80 surrogate \\xed\\xa0\\x80" },
    };
    char all[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        capture(0, LOG_INFO_, LOG_INFO_, "test-event", rows[i].text);
        assert_text("message", rows[i].read);
        for (const char *p = got; *p && *p != '\n'; p++) /* nothing acts on a terminal */
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        assert_null(strstr(got, "\xc2\x9b"));
        capture(0, LOG_INFO_, LOG_INFO_, rows[i].text, "an event of a plugin's making");
        assert_text("event", rows[i].read);
    }
    for (int seed = 0; seed < 3000; seed++) { /* any bytes of any length are one line of JSON */
        srand((unsigned)seed);
        for (size_t i = 0; i < sizeof(all); i++)
            all[i] = (char)(1 + rand() % 255);
        all[rand() % (int)sizeof(all)] = '\0';
        all[sizeof(all) - 1] = '\0';
        capture(0, LOG_INFO_, LOG_INFO_, "test-event", all);
        member(got, "message");
        assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
    }
}

static void test_long_json_lines_end_at_2000_bytes(void **state)
{
    static const char *const pieces[] = { "a", "\x01", "\xff", "\"", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    char text[5000];

    (void)state;
    for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
        size_t n = strlen(pieces[k]);
        struct ipam_str s;

        for (size_t i = 0; i + n < sizeof(text); i += n)
            memcpy(text + i, pieces[k], n), text[i + n] = '\0';
        capture(0, LOG_INFO_, LOG_INFO_, "e", text);
        s = json_str(member(got, "message"));
        assert_in_range(strlen(got), 1990, 2000);
        assert_memory_equal(s.data + s.len - 3, "...", 3);
        capture(0, LOG_INFO_, LOG_INFO_, text, "short"); /* an event cannot push the message out */
        assert_text("message", "short");
    }
}

/* What a line with fields is on stderr. */
static void capture_with(const struct log_field *fields, const char *text)
{
    int ends[2], saved = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_init("ipamd", LOG_INFO_);
    log_event_with(LOG_INFO_, "test-event", fields, "%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    n = read(ends[0], got, sizeof(got) - 1);
    got[n > 0 ? n : 0] = '\0';
    close(ends[0]);
}

static void test_what_a_line_is_about(void **state)
{
    char longest[3000];
    int64_t number;

    (void)state;
    capture_with(LOG_FIELDS(LOG_TEXT("plugin", "kea"), LOG_TEXT("server", ""), LOG_TEXT("request", "a\"b\n"),
                            LOG_NUMBER("status", -201)),
                 "it is");
    assert_text("plugin", "kea");
    assert_text("request", "a\"b\n");
    assert_int_equal(json_int(member(got, "status"), &number), 0);
    assert_int_equal(number, -201);
    assert_int_equal(json_type(member(got, "server")), JSON_NONE); /* nothing is known of it */
    assert_text("message", "it is");
    memset(longest, 1, sizeof(longest)); /* the message has its room whatever there is beside it */
    longest[sizeof(longest) - 1] = '\0';
    capture_with(LOG_FIELDS(LOG_TEXT("plugin", longest), LOG_TEXT("server", longest), LOG_TEXT("request", longest),
                            LOG_TEXT("path", longest), LOG_TEXT("principal", longest)),
                 "the message");
    assert_text("message", "the message");
    assert_in_range(strlen(got), 400, 2000);
    log_set_format(LOG_JOURNALD);
    capture_with(LOG_FIELDS(LOG_TEXT("plugin", "kea")), "it is");
    assert_string_equal(got, "<6>test-event: it is\n");
}

#define THREADS 8
#define LINES   500

static void *log_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_event_with(LOG_INFO_, "test-event", LOG_FIELDS(LOG_NUMBER("status", *(int *)arg)), "%0*d",
                       1 + i, i);
    return NULL;
}

/* Lines of many threads stand one after another, each whole. */
static void test_many_threads(void **state)
{
    char path[] = "/tmp/ipam-log-XXXXXX", *line = NULL;
    int file = mkstemp(path), saved = dup(STDERR_FILENO), numbers[THREADS], next[THREADS] = { 0 }, count = 0;
    pthread_t threads[THREADS];
    int64_t thread, n;
    size_t size = 0;
    FILE *f;

    (void)state;
    assert_true(file >= 0 && fcntl(file, F_SETFL, O_APPEND) == 0);
    dup2(file, STDERR_FILENO);
    log_init("ipamd", LOG_INFO_);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_lines, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    f = fopen(path, "r");
    assert_non_null(f);
    for (; getline(&line, &size, f) > 0; count++) {
        assert_int_equal(json_int(member(line, "status"), &thread), 0);
        n = strtol(json_str(member(line, "message")).data, NULL, 10);
        assert_int_equal(n, next[thread]++);
    }
    assert_int_equal(count, THREADS * LINES);
    free(line);
    fclose(f);
    close(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_lines_end_at_2000_bytes),
        cmocka_unit_test(test_a_terminal_gets_time_and_name),
        cmocka_unit_test_setup_teardown(test_a_json_line_has_its_keys, json_up, json_down),
        cmocka_unit_test_setup_teardown(test_json_lines_survive_any_bytes, json_up, json_down),
        cmocka_unit_test_setup_teardown(test_long_json_lines_end_at_2000_bytes, json_up, json_down),
        cmocka_unit_test_setup_teardown(test_what_a_line_is_about, json_up, json_down),
        cmocka_unit_test_setup_teardown(test_many_threads, json_up, json_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

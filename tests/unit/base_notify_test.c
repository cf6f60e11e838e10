/* base_notify_test.c - what a supervisor's socket hears, and that one that hears nothing does no harm.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"

static char path[64], got[2048];
static int supervisor = -1;
static struct notify *n;

/* Listens as a supervisor does; `abstract`: on a name that is no file. */
static void listen_on(bool abstract)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    snprintf(path, sizeof(path), "%sipam-notify-%ld", abstract ? "@" : "/tmp/", (long)getpid());
    memcpy(a.sun_path, path, strlen(path));
    if (abstract)
        a.sun_path[0] = '\0';
    supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(supervisor, (struct sockaddr *)&a,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
                     0);
    setenv("NOTIFY_SOCKET", path, 1);
}

static int down(void **state)
{
    (void)state;
    notify_free(n);
    n = NULL;
    if (supervisor >= 0)
        close(supervisor);
    supervisor = -1;
    unlink(path);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

/* The next thing the supervisor was told, or "". */
static const char *heard(void)
{
    ssize_t len = recv(supervisor, got, sizeof(got) - 1, 0);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static void test_it_is_told_by_path_and_by_abstract_name(void **state)
{
    for (int abstract = 0; abstract < 2; abstract++) {
        listen_on(abstract);
        n = notify_new();
        assert_non_null(n);
        notify_say(n, "READY=1\nSTATUS=serving, revision %d", 5);
        assert_string_equal(heard(), "READY=1\nSTATUS=serving, revision 5");
        notify_say(n, "STOPPING=1");
        assert_string_equal(heard(), "STOPPING=1");
        assert_string_equal(heard(), "");
        down(state);
    }
}

static void test_a_reload_has_its_time(void **state)
{
    struct timespec t;
    int64_t before, said, now;
    char *at;

    (void)state;
    listen_on(true);
    n = notify_new();
    clock_gettime(CLOCK_MONOTONIC, &t);
    before = t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
    notify_reloading(n);
    clock_gettime(CLOCK_MONOTONIC, &t);
    now = t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
    assert_memory_equal(heard(), "RELOADING=1\n", 12);
    at = strstr(got, "\nMONOTONIC_USEC=");
    assert_non_null(at);
    said = strtoll(at + strlen("\nMONOTONIC_USEC="), &at, 10);
    assert_true(*at == '\n' && said >= before && said <= now);
}

static void test_without_a_supervisor_nothing_is_said(void **state)
{
    struct loop *loop = loop_new();

    (void)state;
    setenv("WATCHDOG_USEC", "1000000", 1);
    n = notify_new();
    assert_null(n);
    notify_say(n, "READY=1");
    notify_reloading(n);
    notify_watchdog(n, loop);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
}

/* --- the watchdog --- */

static struct loop *loop;
static int beats;
static int64_t beat_at[16];

static void on_tick(struct loop_timer *t)
{
    (void)t;
}

/* Waits for what comes next, and remembers the beats. */
static void look(int64_t ms, void (*meanwhile)(void))
{
    struct loop_timer tick = { 0 };
    int64_t end = clock_mono_ms() + ms;

    while (clock_mono_ms() < end) {
        timer_start(loop, &tick, 5, on_tick);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
        timer_stop(&tick);
        if (meanwhile)
            meanwhile();
        while (heard()[0]) {
            assert_string_equal(got, "WATCHDOG=1");
            assert_true(beats < 16);
            beat_at[beats++] = clock_mono_ms();
        }
    }
}

static void watch(const char *usec, const char *pid)
{
    beats = 0;
    listen_on(true);
    n = notify_new();
    if (usec)
        setenv("WATCHDOG_USEC", usec, 1);
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    loop = loop_new();
    notify_watchdog(n, loop);
}

static void watched(void **state)
{
    down(state);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
}

static void stand_still(void)
{
    struct timespec t = { 0, 450000000 };

    nanosleep(&t, NULL);
}

static void test_the_loop_beats_at_half_of_the_time(void **state)
{
    char mine[16];

    snprintf(mine, sizeof(mine), "%ld", (long)getpid());
    watch("400000", mine);
    look(1100, NULL);
    assert_in_range(beats, 5, 6); /* at 0, 200, 400, ... */
    for (int i = 1; i < beats; i++)
        assert_in_range(beat_at[i] - beat_at[i - 1], 150, 300);
    beats = 0;
    look(900, stand_still); /* it stands still for 450 ms at a time: no more than one beat each */
    assert_in_range(beats, 1, 3);
    watched(state);
    watch("400000", NULL); /* whoever started it did not say who is meant */
    look(100, NULL);
    assert_int_equal(beats, 1);
    watched(state);
}

static void test_a_watchdog_that_is_not_ours_gets_nothing(void **state)
{
    static const struct {
        const char *usec, *pid;
    } rows[] = { { NULL, NULL }, { "1000", "1" }, { "0", NULL },  { "", NULL },
                 { "-5", NULL }, { "5s", NULL },  { "1000", "" }, { "99999999999999999999", NULL } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        watch(rows[i].usec, rows[i].pid);
        look(30, NULL);
        assert_int_equal(beats, 0);
        watched(state);
    }
}

/* --- errors --- */

/* What `act` logs. */
static const char *logged(void (*act)(void))
{
    int ends[2], saved = dup(STDERR_FILENO);
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    act();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    len = read(ends[0], got, sizeof(got) - 1);
    got[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    return got;
}

static void say_thrice(void)
{
    n = notify_new();
    for (int i = 0; i < 3; i++)
        notify_say(n, "READY=1");
}

static void test_an_error_is_logged_once(void **state)
{
    static const char *const names[] = {
        "/nonexistent/socket", "@ipam-notify-nobody", "relative", "", "/", "@"
    };
    char longest[200];

    log_init("test", LOG_WARN_);
    for (size_t i = 0; i <= sizeof(names) / sizeof(names[0]); i++) {
        const char *end;

        memset(longest, 'x', sizeof(longest));
        longest[0] = '/';
        longest[sizeof(longest) - 1] = '\0';
        setenv("NOTIFY_SOCKET", i < sizeof(names) / sizeof(names[0]) ? names[i] : longest, 1);
        assert_memory_equal(logged(say_thrice), "<4>notify-failed: ", 18);
        end = strchr(got, '\n');
        assert_true(end != NULL && end[1] == '\0');
        down(state);
    }
}

static void say_much(void)
{
    for (int i = 0; i < 3; i++)
        notify_say(n, "STATUS=%d", i);
}

/* Nobody reads: the socket is full after some time, and saying more ends soon. */
static void test_a_supervisor_that_does_not_read_does_no_harm(void **state)
{
    struct sockaddr_un a;
    socklen_t len = sizeof(a);
    int64_t began;
    int fd;

    (void)state;
    listen_on(true);
    n = notify_new();
    assert_int_equal(getsockname(supervisor, (struct sockaddr *)&a, &len), 0);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    while (sendto(fd, "x", 1, 0, (struct sockaddr *)&a, len) == 1)
        ;
    began = clock_mono_ms();
    assert_non_null(strstr(logged(say_much), "nobody reads it"));
    assert_in_range(clock_mono_ms() - began, 0, 5000);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_is_told_by_path_and_by_abstract_name, down),
        cmocka_unit_test_teardown(test_a_reload_has_its_time, down),
        cmocka_unit_test_teardown(test_without_a_supervisor_nothing_is_said, down),
        cmocka_unit_test_teardown(test_the_loop_beats_at_half_of_the_time, down),
        cmocka_unit_test_teardown(test_a_watchdog_that_is_not_ours_gets_nothing, down),
        cmocka_unit_test_teardown(test_an_error_is_logged_once, down),
        cmocka_unit_test_teardown(test_a_supervisor_that_does_not_read_does_no_harm, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

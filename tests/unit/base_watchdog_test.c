/* base_watchdog_test.c - a loop that stands still is named, and so is whose code a crash was in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each case is a process of its own, whose last words are read from its standard error. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lane.h"
#include "base/log.h"
#include "base/slot.h"
#include "base/watchdog.h"

static char said[16384];

/* Runs `life` in a child; its wait status, and what it said in `said`. */
static int live(void (*life)(void))
{
    int fds[2], status;
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        struct rlimit none = { 0, 0 };

        setrlimit(RLIMIT_CORE, &none);
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        log_init("test", LOG_WARN_);
        life();
        _exit(0);
    }
    close(fds[1]);
    while ((n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
        len += (size_t)n;
    said[len] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
}

static struct loop *loop;
static struct loop_work work;

static void stand_still(struct loop_work *w)
{
    (void)w;
    slot_enter("odd", "read_leases");
    usleep(1900000);
    slot_leave();
    loop_stop(loop);
}

static void stand_still_unnamed(struct loop_work *w)
{
    (void)w;
    usleep(1400000);
    loop_stop(loop);
}

static void turn_well(struct loop_timer *t)
{
    (void)t;
    loop_stop(loop);
}

static void watched(void (*run)(struct loop_work *w), int64_t fatal_ms)
{
    struct watchdog *dog;

    loop = loop_new();
    dog = watchdog_start(loop, fatal_ms, 83);
    loop_post(loop, &work, run);
    loop_run(loop);
    watchdog_stop(dog);
    loop_free(loop);
}

static void life_named(void) { watched(stand_still, 0); }
static void life_unnamed(void) { watched(stand_still_unnamed, 0); }
static void life_fatal(void) { watched(stand_still, 1000); }

static void life_well(void)
{
    struct loop_timer t = { 0 };
    struct watchdog *dog;

    loop = loop_new();
    dog = watchdog_start(loop, 500, 83);
    timer_start(loop, &t, 1300, turn_well);
    loop_run(loop);
    watchdog_stop(dog);
    loop_free(loop);
}

static void test_a_loop_that_stands_still_is_named(void **state)
{
    (void)state;
    assert_int_equal(live(life_named), 0);
    assert_non_null(strstr(said, "loop-stuck: the event loop has stood still for 1000 ms in read_leases of the "
                                 "plugin odd, which says that it never blocks"));
    assert_int_equal(live(life_unnamed), 0);
    assert_non_null(strstr(said, "loop-stuck: the event loop has stood still for 1000 ms in ipamd's own code"));
    assert_int_equal(live(life_well), 0);
    assert_string_equal(said, ""); /* idle is not stuck */
}

static void test_one_that_does_not_come_back_is_given_up(void **state)
{
    int status = live(life_fatal);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 83);
    assert_non_null(strstr(said, "loop-given-up"));
}

#ifndef IPAM_SANITIZED /* it reports crashes by itself */
static void fault(void)
{
    volatile uintptr_t nowhere = 16;

    *(volatile int *)nowhere = 1;
}

static void life_fault(void)
{
    crash_report_init();
    slot_enter("odd", "open");
    fault();
}

static void life_abort(void)
{
    crash_report_init();
    slot_enter("odd", "probe");
    abort();
}

static void life_after(void)
{
    crash_report_init();
    slot_enter("odd", "probe");
    slot_leave();
    fault();
}

static int deeper(int depth)
{
    volatile char room[4096];

    room[depth % 4096] = (char)depth;
    return depth < 0 ? 0 : deeper(depth + 1) + room[depth % 4096];
}

static void overflow(struct lane_work *w, unsigned thread)
{
    (void)w, (void)thread;
    slot_enter("odd", "apply");
    deeper(0);
}

static void done(struct lane_work *w, bool canceled)
{
    (void)w, (void)canceled;
}

static void life_overflow(void)
{
    struct lane_work w = { .run = overflow, .done = done };
    struct lane *lane;

    crash_report_init();
    loop = loop_new();
    lane = lane_new(loop, "lane", 1, 4);
    lane_submit(lane, &w);
    loop_run(loop);
}

/* A supervisor whose watchdog has run out sends one, and waits for the end. */
static void life_sent(void)
{
    crash_report_init();
    kill(getpid(), SIGABRT);
}

/* A row each: how it ends, and its last words. */
static const struct {
    void (*life)(void);
    int signal;
    const char *words;
} rows[] = {
    { life_fault, SIGSEGV, "crashed: signal 11 in open of the plugin odd" },
    { life_abort, SIGABRT, "crashed: signal 6 in probe of the plugin odd" },
    { life_sent, SIGABRT, "crashed: signal 6 in ipamd's own code" },
    { life_after, SIGSEGV, "crashed: signal 11 in ipamd's own code" },
    { life_overflow, SIGSEGV, "crashed: signal 11 in apply of the plugin odd" }, /* on a lane, of its stack */
};

static void test_a_crash_says_in_whose_code_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = live(rows[i].life);

        print_message("row: %s", said);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), rows[i].signal);
        assert_non_null(strstr(said, rows[i].words));
        assert_memory_equal(said, "<3>", 3);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_loop_that_stands_still_is_named),
        cmocka_unit_test(test_one_that_does_not_come_back_is_given_up),
#ifndef IPAM_SANITIZED
        cmocka_unit_test(test_a_crash_says_in_whose_code_it_was),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

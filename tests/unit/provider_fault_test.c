/* provider_fault_test.c - a crash at a step comes before the plugin goes on, on either side.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Built with fault points whatever configure says. Each row runs in a process of its own, which may die. */
#include "config.h"

#include "provider_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static const struct {
    enum isolation isolation;
    const char *point;  /* IPAM_FAULT_POINT */
    int signal, exit;   /* how the daemon ends; 0, 0: not */
    int status;         /* what the caller hears then */
    const char *trace;  /* how far the plugin came */
} rows[] = {
    { ISOLATION_NONE, "", 0, 0, 0, "one two " },
    { ISOLATION_PROCESS, "", 0, 0, 0, "one two " },
    { ISOLATION_NONE, "ipamd:one=kill", SIGKILL, 0, 0, "" },
    { ISOLATION_PROCESS, "ipamd:one=kill", SIGKILL, 0, 0, "" },
    { ISOLATION_NONE, "ipamd:two=exit", 0, 99, 0, "one " },
    { ISOLATION_PROCESS, "ipamd:two=exit", 0, 99, 0, "one " },
    { ISOLATION_NONE, "lane:two=kill", SIGKILL, 0, 0, "one " },
    { ISOLATION_PROCESS, "lane:two=kill", 0, 0, 0, "one two " },
    { ISOLATION_PROCESS, "helper:one=kill", 0, 0, IPAM_E_CONN, "" },
    { ISOLATION_PROCESS, "helper:two=exit", 0, 0, IPAM_E_CONN, "one " },
    { ISOLATION_PROCESS, "helper:two=kill:2", 0, 0, 0, "one two " },
    { ISOLATION_NONE, "helper:two=kill", 0, 0, 0, "one two " },
};

static char trace_path[64];

/* The daemon of a row: one call with two steps. */
static void live(size_t row)
{
    static struct heard h;
    static struct opened o;
    struct instance *inst;

    setenv("IPAM_FAULT_POINT", rows[row].point, 1);
    setenv("ODD_TRACE", trace_path, 1);
    isolation = rows[row].isolation;
    fixture_up_with(NULL, TEST_FAULT_HELPER, SANDBOX_OFF);
    inst = open_odd("{\"name\": \"x\"}", &o);
    ask_and_wait(inst, "steps", 1, 5000, &h);
    if (h.status != rows[row].status)
        _exit(1);
    if (h.status == 0 && strcmp(h.said, "step one\nlease 1 host-1.example 6\nstep two\n") != 0)
        _exit(2);
    fixture_down(NULL);
    _exit(0);
}

static void read_trace(char *buf, size_t size)
{
    FILE *f = fopen(trace_path, "r");
    size_t n = f ? fread(buf, 1, size - 1, f) : 0;

    buf[n] = '\0';
    if (f)
        fclose(f);
}

static void test_each_side_at_each_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char trace[64];
        int status;
        pid_t pid;

        print_message("row: %s %s\n", rows[i].isolation == ISOLATION_NONE ? "in process" : "apart",
                      rows[i].point);
        unlink(trace_path);
        pid = fork();
        if (pid == 0)
            live(i);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (rows[i].signal) {
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), rows[i].signal);
        } else {
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), rows[i].exit);
        }
        usleep(100000); /* a helper that goes on although it must not would do so now */
        read_trace(trace, sizeof(trace));
        assert_string_equal(trace, rows[i].trace);
    }
    unlink(trace_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_side_at_each_step) };
    int failed;

    log_init("test", LOG_ERR_);
    snprintf(trace_path, sizeof(trace_path), "/tmp/ipam-trace-%d", (int)getpid());
    fixture_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

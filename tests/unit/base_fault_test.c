/* base_fault_test.c - a fault point acts at the hit that the environment names, and at no other.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"

static const struct {
    const char *environment;
    int hits;          /* of a:step, each after one of b:step */
    int signal, exit;  /* how the process ends; 0 and 0: it reached the end */
} rows[] = {
    { NULL, 3, 0, 0 },
    { "", 3, 0, 0 },
    { "c:step=kill", 3, 0, 0 },
    { "a:step=kill", 1, SIGKILL, 0 },
    { "a:step=kill:3", 2, 0, 0 },
    { "a:step=kill:3", 3, SIGKILL, 0 },
    { "a:step=exit", 1, 0, 99 },
    { "c:step=kill,a:step=exit:2", 2, 0, 99 },
    { "a:step=exit:2,b:step=kill:2", 2, SIGKILL, 0 },
    { "a:step=stop", 1, -SIGSTOP, 0 },
    { "a:step=burn", 0, 0, 99 },
    { "a:step", 0, 0, 99 },
    { "a:step=kill:0", 0, 0, 99 },
    { "a:step=kill:x", 0, 0, 99 },
};

static void run(size_t row)
{
    if (rows[row].environment)
        setenv("IPAM_FAULT_POINT", rows[row].environment, 1);
    else
        unsetenv("IPAM_FAULT_POINT");
    fault_point("start");
    for (int n = 0; n < rows[row].hits; n++) {
        fault_point_at("b", "step");
        fault_point("a:step");
    }
    _exit(0);
}

static void test_acts_at_its_hit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
            run(i);
        print_message("row: %s, %d\n", rows[i].environment ? rows[i].environment : "unset", rows[i].hits);
        assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
        if (rows[i].signal < 0) {
            assert_true(WIFSTOPPED(status));
            assert_int_equal(WSTOPSIG(status), -rows[i].signal);
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
        } else if (rows[i].signal > 0) {
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), rows[i].signal);
        } else {
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), rows[i].exit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest t[] = { cmocka_unit_test(test_acts_at_its_hit) };
    return cmocka_run_group_tests(t, NULL, NULL);
}

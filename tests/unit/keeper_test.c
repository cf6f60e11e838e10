/* keeper_test.c - the keeper starts one binary, tells of its end, and takes it along when the daemon goes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The binary is this test itself: started by the keeper it becomes the helper below. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "keeper/door.h"
#include "keeper/keeper.h"
#include "keeper/keeper_p.h"
#include "sandbox/reach.h"

static char self[PATH_MAX];
static struct loop *loop;
static struct keeper *keeper;

/* As a helper: asks its doorman whatever it is told to, for a socket of its own, and says what came of it. */
static int ask_doorman(void)
{
    struct reach_request q;
    struct reach_reply r;

    while (recv(3, &q, sizeof(q), MSG_WAITALL) == (ssize_t)sizeof(q)) {
        union {
            struct cmsghdr align;
            char room[CMSG_SPACE(2 * sizeof(int))];
        } control = { 0 };
        struct iovec iov = { &q, sizeof(q) };
        struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
                              .msg_controllen = sizeof(control.room) };
        int pair[2], fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
            return 9;
        control.align = (struct cmsghdr){ CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.align), (int[2]){ fd, pair[1] }, 2 * sizeof(int));
        if (sendmsg(REACH_FD, &msg, MSG_NOSIGNAL) < 0 || recv(pair[0], &r, sizeof(r), 0) != (ssize_t)sizeof(r) ||
            send(3, &r, sizeof(r), MSG_NOSIGNAL) < 0)
            return 9;
        close(fd);
        close(pair[0]);
        close(pair[1]);
    }
    return 0;
}

/* As a helper: says on its socket what it finds, then does as its name says. */
static int helper(const char *name)
{
    char said[256];
    int open_fds = 0, len;
    struct dirent *e;
    DIR *d = opendir("/proc/self/fd");
    sigset_t blocked;

    while ((e = readdir(d)))
        open_fds += e->d_name[0] != '.' && strtol(e->d_name, NULL, 10) != dirfd(d);
    closedir(d);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    len = snprintf(said, sizeof(said), "%s fds=%d blocked=%d ignored=%d group=%d notify=%s credentials=%s other=%s", name,
                   open_fds, sigismember(&blocked, SIGCHLD),
                   signal(SIGTERM, SIG_IGN) == SIG_IGN && signal(SIGINT, SIG_IGN) == SIG_IGN &&
                       signal(SIGHUP, SIG_IGN) == SIG_IGN && signal(SIGUSR1, SIG_IGN) == SIG_IGN &&
                       signal(SIGUSR2, SIG_IGN) == SIG_IGN,
                   getpgrp() == getpgid(getppid()), getenv("NOTIFY_SOCKET") || getenv("WATCHDOG_USEC") || getenv("WATCHDOG_PID") ? "yes" : "no",
                   getenv("CREDENTIALS_DIRECTORY") ? "yes" : "no",
                   getenv("OTHER") ? "yes" : "no");
    if (send(3, said, (size_t)len, MSG_NOSIGNAL) < 0)
        return 9;
    if (strcmp(name, "stay") == 0)
        pause();
    if (strcmp(name, "visit") == 0)
        return ask_doorman();
    if (strcmp(name, "hang-up") == 0) {
        close(REACH_FD);
        pause();
    }
    return strcmp(name, "seven") == 0 ? 7 : 0;
}

/* As a helper that is asked: its arguments, what it was told, and its limits. */
static int asked(const char *what, const char *name)
{
    struct rlimit data, files;
    char told[16] = "";

    if (fread(told, 1, sizeof(told) - 1, stdin) == 0)
        return 9;
    getrlimit(RLIMIT_DATA, &data);
    getrlimit(RLIMIT_NOFILE, &files);
#ifdef IPAM_SANITIZED /* whose shadow memory would not fit */
    data.rlim_cur = (rlim_t)64 << 20;
#endif
    printf("%s %s %s %lu %lu\n", what, name, told, (unsigned long)(data.rlim_cur >> 20),
           (unsigned long)files.rlim_cur);
    return 0;
}

static const struct keeper_limits no_limits;
static const struct sandbox_words no_rules = { .text = "" };

struct seen {
    int started, ended, fd, door, wait_status;
    pid_t pid;
};
static struct seen seen[4];
static int starts, ends;

static void on_started(void *user, pid_t pid, int fd, int door)
{
    struct seen *s = user;

    assert_ptr_equal(s, &seen[starts]); /* answered in order */
    starts++;
    s->started++;
    s->pid = pid;
    s->fd = fd;
    s->door = door;
}

static void on_ended(void *user, pid_t pid, int wait_status)
{
    assert_ptr_equal(user, seen);
    ends++;
    for (int i = 0; i < 4; i++) {
        if (seen[i].pid != pid)
            continue;
        seen[i].ended++;
        seen[i].wait_status = wait_status;
    }
}

static void on_tick(struct loop_timer *t)
{
    (void)t;
}

static void wait_for(const int *flag, int value)
{
    struct loop_timer tick = { 0 };
    int64_t give_up_ms = clock_mono_ms() + 10000;

    while (*flag < value) {
        assert_true(clock_mono_ms() < give_up_ms);
        timer_start(loop, &tick, 20, on_tick);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    }
    timer_stop(&tick);
}

static void read_said(int fd, char *buf, size_t size)
{
    ssize_t n = recv(fd, buf, size - 1, 0);

    assert_true(n > 0);
    buf[n] = '\0';
}

static void up(const char *binary)
{
    int fd;

    memset(seen, 0, sizeof(seen));
    starts = ends = 0;
    fd = keeper_fork(binary, SANDBOX_ON);
    assert_true(fd >= 0);
    loop = loop_new();
    keeper = keeper_open(loop, fd, on_ended, seen);
}

static void down(void)
{
    keeper_close(keeper);
    keeper = NULL;
    for (int i = 0; i < 4; i++)
        if (seen[i].started && seen[i].fd >= 0)
            close(seen[i].fd);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* the keeper was reaped: there is no child */
}

/* After a test that failed: its keeper would be waited for by the others. */
static int tidy(void **state)
{
    (void)state;
    if (keeper)
        down();
    return 0;
}

static void test_helpers_are_started_and_reaped(void **state)
{
    char said[256];
    int stray = open("/dev/null", O_RDONLY); /* without close-on-exec: the keeper must not hand it on */

    (void)state;
    setenv("NOTIFY_SOCKET", "/run/x", 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    setenv("CREDENTIALS_DIRECTORY", "/run/y", 1);
    setenv("OTHER", "1", 1);
    up(self);
    keeper_start(keeper, KEEPER_RUN, "quick", &no_limits, &no_rules, on_started, &seen[0]);
    keeper_start(keeper, KEEPER_RUN, "seven", &no_limits, &no_rules, on_started, &seen[1]);
    keeper_start(keeper, KEEPER_RUN, "stay", &no_limits, &no_rules, on_started, &seen[2]);
    assert_int_equal(starts, 0);
    wait_for(&starts, 3);
    read_said(seen[0].fd, said, sizeof(said));
    assert_string_equal(said, "quick fds=4 blocked=0 ignored=1 group=1 notify=no credentials=no other=yes");
    assert_true(fcntl(seen[0].fd, F_GETFD) & FD_CLOEXEC);
    wait_for(&ends, 2);
    assert_true(seen[0].ended == 1 && WIFEXITED(seen[0].wait_status) &&
                WEXITSTATUS(seen[0].wait_status) == 0);
    assert_true(seen[1].ended == 1 && WIFEXITED(seen[1].wait_status) &&
                WEXITSTATUS(seen[1].wait_status) == 7);
    assert_int_equal(seen[2].ended, 0);
    keeper_kill(keeper, getpid()); /* none of its helpers: nothing happens */
    keeper_kill(keeper, seen[2].pid);
    wait_for(&ends, 3);
    assert_true(WIFSIGNALED(seen[2].wait_status) && WTERMSIG(seen[2].wait_status) == SIGKILL);
    down();
    close(stray);
}

static void test_a_binary_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    up("/nonexistent/ipam-provider-host");
    keeper_start(keeper, KEEPER_RUN, "quick", &no_limits, &no_rules, on_started, &seen[0]);
    keeper_start(keeper, KEEPER_RUN, "a-name-of-more-than-thirty-two-bytes", &no_limits, &no_rules, on_started,
                 &seen[1]);
    wait_for(&starts, 2);
    assert_int_equal(seen[0].pid, -ENOENT);
    assert_int_equal(seen[0].fd, -1);
    assert_int_equal(seen[1].pid, -ENAMETOOLONG);
    down();
}

/* One that is asked has the socket as its standard input and output, and the limits that were given. */
static void test_one_that_is_asked_answers_on_the_socket(void **state)
{
    static const struct keeper_limits limits = { .memory_mib = 32, .files = 77 };
    char buf[256] = "";
    size_t len = 0;
    ssize_t n;

    (void)state;
    up(self);
    keeper_start(keeper, KEEPER_DESCRIBE, "kind", &limits, &no_rules, on_started, &seen[0]);
    wait_for(&starts, 1);
    assert_true(seen[0].pid > 0);
    assert_int_equal(write(seen[0].fd, "hello", 5), 5);
    shutdown(seen[0].fd, SHUT_WR);
    while ((n = read(seen[0].fd, buf + len, sizeof(buf) - 1 - len)) > 0)
        len += (size_t)n;
    assert_string_equal(buf, "--describe kind hello 64 77\n");
    wait_for(&ends, 1);
    down();
}

/* Waits for the end of a process that has become our child by adoption. */
static bool ended_soon(pid_t pid)
{
    for (int i = 0; i < 200; i++) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return true;
        usleep(10000);
    }
    return false;
}

/* In a child: a daemon with a helper that stays, which dies as told. Tells the helper's pid. */
static void daemon_life(int tell, int how)
{
    up(self);
    keeper_start(keeper, KEEPER_RUN, "stay", &no_limits, &no_rules, on_started, &seen[0]);
    wait_for(&starts, 1);
    if (write(tell, &seen[0].pid, sizeof(pid_t)) != sizeof(pid_t))
        _exit(1);
    if (how != 0)
        kill(getpid(), how);
    keeper_close(keeper);
    uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    for (;;)
        pause();
}

static void test_helpers_do_not_outlive_the_daemon(void **state)
{
    static const int ways[] = { 0, SIGKILL, SIGSEGV }; /* 0: it closes the keeper and lives on */

    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        int tell[2];
        pid_t daemon, pid;

        assert_int_equal(pipe(tell), 0);
        daemon = fork();
        if (daemon == 0) {
            signal(SIGSEGV, SIG_DFL);
            daemon_life(tell[1], ways[i]);
        }
        close(tell[1]);
        assert_int_equal(read(tell[0], &pid, sizeof(pid)), sizeof(pid));
        close(tell[0]);
        if (ways[i] == 0) {
            usleep(300000);
            assert_int_equal(kill(pid, 0), -1); /* the keeper ended it, and reaped it */
            kill(daemon, SIGKILL);
            assert_true(ended_soon(daemon));
        } else {
            assert_true(ended_soon(daemon));
            assert_true(kill(pid, 0) < 0 || ended_soon(pid));
        }
    }
    while (waitpid(-1, NULL, 0) > 0) /* the keepers of dead daemons, adopted: they end, too */
        ;
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static pid_t parent_of(pid_t pid)
{
    char path[64], buf[512];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(buf, 1, sizeof(buf) - 1, f);
    buf[n] = '\0';
    fclose(f);
    return (pid_t)strtol(strrchr(buf, ')') + 4, NULL, 10);
}

static void test_a_keeper_that_dies_is_noticed(void **state)
{
    pid_t keeper_pid;

    (void)state;
    up(self);
    keeper_start(keeper, KEEPER_RUN, "stay", &no_limits, &no_rules, on_started, &seen[0]);
    wait_for(&starts, 1);
    keeper_pid = parent_of(seen[0].pid);
    seen[0].pid = 0; /* the end is told with pid 0 */
    kill(keeper_pid, SIGKILL);
    wait_for(&ends, 1);
    assert_int_equal(seen[0].ended, 1);
    keeper_start(keeper, KEEPER_RUN, "quick", &no_limits, &no_rules, on_started, &seen[1]);
    assert_int_equal(starts, 1);
    wait_for(&starts, 2);
    assert_int_equal(seen[1].pid, -EPIPE);
    down();
}

/* A report as a keeper gone wrong might send it, with so many descriptors. */
static void report_badly(int fd, const void *data, size_t len, unsigned descriptors)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control = { 0 };
    struct iovec iov = { (void *)(uintptr_t)data, len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (descriptors > 0) {
        struct cmsghdr *c = &control.align;
        int *fds = (int *)(void *)CMSG_DATA(c);

        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        c->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        for (unsigned i = 0; i < descriptors; i++)
            fds[i] = fd;
    }
    assert_int_equal(sendmsg(fd, &msg, 0), len);
}

/* The number that the fourth descriptor from now gets: the same again when none of three was left open. */
static int next_fd(void)
{
    int fds[4];

    for (int i = 0; i < 4; i++)
        fds[i] = dup(STDERR_FILENO);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    return fds[3];
}

/* What is no report of a keeper is its end: nobody is answered with it, and no descriptor stays. */
static void test_a_report_of_the_wrong_sort_is_the_end(void **state)
{
    static const struct {
        struct keeper_report report;
        size_t len;
        unsigned descriptors;
    } bad[] = {
        { { KEEPER_STARTED, 77, 0 }, sizeof(struct keeper_report), 0 },
        { { KEEPER_STARTED, 77, 0 }, sizeof(struct keeper_report), 3 },
        { { KEEPER_STARTED, -ENOENT, 0 }, sizeof(struct keeper_report), 1 },
        { { KEEPER_STARTED, 0, 0 }, sizeof(struct keeper_report), 0 },
        { { KEEPER_STARTED, 77, 0 }, sizeof(struct keeper_report) - 1, 1 },
        { { KEEPER_STARTED, 77, 0 }, sizeof(struct keeper_report) + 1, 1 },
        { { KEEPER_ENDED, 77, 0 }, sizeof(struct keeper_report), 1 },
        { { KEEPER_ENDED, 0, 0 }, sizeof(struct keeper_report), 0 },
        { { 3, 77, 0 }, sizeof(struct keeper_report), 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char bytes[sizeof(struct keeper_report) + 1] = { 0 };
        int pair[2], free_fd;

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        memset(seen, 0, sizeof(seen));
        starts = ends = 0;
        loop = loop_new();
        keeper = keeper_open(loop, pair[0], on_ended, seen);
        keeper_start(keeper, KEEPER_RUN, "quick", &no_limits, &no_rules, on_started, &seen[0]);
        free_fd = next_fd();
        memcpy(bytes, &bad[i].report, sizeof(bad[i].report));
        report_badly(pair[1], bytes, bad[i].len, bad[i].descriptors);
        wait_for(&starts, 1);
        assert_int_equal(seen[0].pid, -EPIPE);
        assert_int_equal(seen[0].fd, -1);
        assert_int_equal(ends, 1); /* of all that it started */
        assert_int_equal(next_fd(), free_fd);
        down();
        close(pair[1]);
    }
}

#define ORDER offsetof(struct keeper_order, sandbox) /* the least bytes of one */

/* What is no order of the daemon ends the keeper, and nothing is started or killed for it. */
static void test_an_order_of_the_wrong_sort_is_the_end(void **state)
{
    static const struct {
        struct keeper_order order;
        size_t len;
    } bad[] = {
        { { .op = 4, .plugin = "quick" }, ORDER },
        { { .op = 0, .plugin = "quick" }, ORDER },
        { { .op = KEEPER_KILL, .pid = 0 }, ORDER },
        { { .op = KEEPER_KILL, .pid = -1 }, ORDER },
        { { .op = KEEPER_RUN, .plugin = "quick" }, ORDER - 1 },
        { { .op = KEEPER_RUN, .plugin = "quick" }, sizeof(struct keeper_order) },
        { { .op = KEEPER_RUN, .plugin = "a-name-of-thirty-three-bytes-none" }, ORDER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char bytes[sizeof(struct keeper_order) + 1] = { 0 }, said;
        struct pollfd p = { .events = POLLIN };
        int fd = keeper_fork(self, SANDBOX_ON);

        assert_true(fd >= 0);
        memcpy(bytes, &bad[i].order, sizeof(bad[i].order));
        assert_int_equal(send(fd, bytes, bad[i].len, 0), bad[i].len);
        p.fd = fd;
        assert_int_equal(poll(&p, 1, 10000), 1);
        assert_int_equal(recv(fd, &said, 1, 0), 0); /* it closed, and had said nothing */
        loop = loop_new();
        keeper = keeper_open(loop, fd, on_ended, seen);
        down();
    }
}

static int refusals;
static char refused[160];

static void on_refused(void *user, const char *what, unsigned count)
{
    assert_ptr_equal(user, &refusals);
    if (refusals == 0)
        snprintf(refused, sizeof(refused), "%s", what);
    refusals += (int)count;
}

/* What the doorman answers its helper that wants to connect there; a connection that is being made is one. */
static int visit(const char *address, unsigned port)
{
    struct reach_request q = { .op = REACH_CONNECT, .address_len = sizeof(struct sockaddr_in) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct reach_reply r;

    assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
    memcpy(q.address, &to, sizeof(to));
    assert_int_equal(send(seen[0].fd, &q, sizeof(q), 0), sizeof(q));
    assert_int_equal(recv(seen[0].fd, &r, sizeof(r), MSG_WAITALL), sizeof(r));
    assert_true(r.blocking);
    return r.result == -EINPROGRESS ? 0 : -r.result;
}

static void visit_with(struct door *door, unsigned port)
{
    assert_int_equal(visit("127.0.0.1", port), EACCES);
    assert_true(door_tell(door, true, "127.0.0.1"));
    assert_int_equal(visit("127.0.0.1", port), 0);
    assert_int_equal(visit("127.0.0.2", port), EACCES);
    assert_int_equal(visit("0.0.0.0", port), EACCES);
    assert_int_equal(visit("127.0.0.1", port + 1), EACCES);
    assert_int_equal(visit("127.0.0.2", 53), EACCES);
    assert_true(door_tell(door, false, "127.0.0.1"));
    assert_int_equal(visit("127.0.0.1", port), EACCES);
    assert_true(door_tell(door, true, "localhost"));
    assert_int_equal(visit("127.0.0.1", port), 0);
    assert_int_equal(visit("127.0.0.2", port), EACCES);
    assert_true(door_tell(door, false, "localhost"));
    assert_int_equal(visit("127.0.0.1", port), EACCES);
}

static void test_a_doorman_lets_through_whom_it_was_told(void **state)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sandbox_words rules;
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct door *door;
    char said[256], port[8];

    (void)state;
    refusals = 0;
    assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(listener, 8), 0);
    getsockname(listener, (struct sockaddr *)&at, &len);
    snprintf(port, sizeof(port), "%u", ntohs(at.sin_port));
    sandbox_words_begin(&rules, SANDBOX_ON);
    sandbox_words_add(&rules, "port", port);
    sandbox_words_add(&rules, "network", "");
    up(self);
    keeper_start(keeper, KEEPER_RUN, "visit", &no_limits, &rules, on_started, &seen[0]);
    wait_for(&starts, 1);
    assert_true(seen[0].pid > 0 && seen[0].door >= 0);
    read_said(seen[0].fd, said, sizeof(said));
    door = door_open(loop, seen[0].door, on_refused, &refusals);
    visit_with(door, ntohs(at.sin_port));
    wait_for(&refusals, 8);
    snprintf(said, sizeof(said), "127.0.0.1 port %s", port);
    assert_string_equal(refused, said);
    door_close(door);
    wait_for(&ends, 1); /* nobody is left who lets it out */
    down();
    close(listener);
}

/* What a helper with a doorman ended with that did as its name says. */
static int end_of(const char *name)
{
    struct sandbox_words rules;

    sandbox_words_begin(&rules, SANDBOX_ON);
    sandbox_words_add(&rules, "network", "");
    up(self);
    keeper_start(keeper, KEEPER_RUN, name, &no_limits, &rules, on_started, &seen[0]);
    wait_for(&ends, 1);
    assert_true(seen[0].pid > 0 && seen[0].ended == 1);
    down();
    return seen[0].wait_status;
}

/* Its doorman ends with it, and may be seen to end before it. */
static void test_a_helper_that_ends_is_not_said_to_be_alone(void **state)
{
    int status = end_of("seven");

    (void)state;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    tidy(state);
    status = end_of("hang-up");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_helpers_are_started_and_reaped, tidy),
        cmocka_unit_test_teardown(test_a_binary_that_is_not_there_is_an_error, tidy),
        cmocka_unit_test_teardown(test_one_that_is_asked_answers_on_the_socket, tidy),
        cmocka_unit_test_teardown(test_helpers_do_not_outlive_the_daemon, tidy),
        cmocka_unit_test_teardown(test_a_keeper_that_dies_is_noticed, tidy),
        cmocka_unit_test_teardown(test_a_report_of_the_wrong_sort_is_the_end, tidy),
        cmocka_unit_test_teardown(test_a_doorman_lets_through_whom_it_was_told, tidy),
        cmocka_unit_test_teardown(test_a_helper_that_ends_is_not_said_to_be_alone, tidy),
        cmocka_unit_test_teardown(test_an_order_of_the_wrong_sort_is_the_end, tidy),
    };
    ssize_t n;

    if (argc == 2)
        return helper(argv[1]);
    if (argc == 3)
        return asked(argv[1], argv[2]);
    log_init("test", LOG_WARN_);
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(n > 0);
    self[n] = '\0';
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sandbox_test.c - what each process may do in its sandbox works, and everything else is refused or ends it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each try is a process of its own, which enters a sandbox and then does one thing. */
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
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox/sandbox.h"

#define FAMILY_ALG 38

static char folder[PATH_MAX], inside[PATH_MAX + 32], given[PATH_MAX + 32], outside[PATH_MAX + 32],
    beside[PATH_MAX + 48];
static uint16_t open_port, shut_port; /* both have a listener */

/* --- the tries: 0, or the errno --- */

static int result(long rc)
{
    return rc < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600), status = result(fd);

    if (fd >= 0)
        close(fd);
    return status;
}

static int read_password(void)
{
    return try_open("/etc/passwd", O_RDONLY); /* what is not named, whoever may read it */
}

static int read_shadow(void)
{
    return try_open("/etc/shadow", O_RDONLY);
}

static int read_outside(void)
{
    return try_open(outside, O_RDONLY);
}

static int write_outside(void)
{
    return try_open(outside, O_WRONLY);
}

static int make_outside(void)
{
    char path[sizeof(outside) + 8];

    snprintf(path, sizeof(path), "%s.new", outside);
    return try_open(path, O_RDWR | O_CREAT);
}

static int make_inside(void)
{
    char path[sizeof(inside) + 8], other[sizeof(inside) + 8];

    snprintf(path, sizeof(path), "%s/new", inside);
    snprintf(other, sizeof(other), "%s/other", inside);
    int status = try_open(path, O_RDWR | O_CREAT);

    if (status == 0)
        status = result(rename(path, other));
    return status == 0 ? result(unlink(other)) : status;
}

static int list_inside(void)
{
    DIR *d = opendir(inside);

    if (d == NULL)
        return errno;
    closedir(d);
    return 0;
}

/* What libuv does when descriptors run out. */
static int open_root(void)
{
    return try_open("/", O_RDONLY);
}

static int read_given(void)
{
    return try_open(given, O_RDONLY);
}

static int write_given(void)
{
    return try_open(given, O_WRONLY | O_TRUNC);
}

static int remove_given(void)
{
    return result(unlink(given));
}

static int reach(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = result(fd);

    if (fd < 0)
        return status;
    status = result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
    close(fd);
    return status;
}

static int reach_open_port(void)
{
    return reach(open_port);
}

static int reach_shut_port(void)
{
    return reach(shut_port);
}

static int bind_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? errno : result(bind(fd, (struct sockaddr *)&at, sizeof(at)));
}

static int socket_alg(void)
{
    return result(socket(FAMILY_ALG, SOCK_SEQPACKET, 0));
}

static int socket_vsock(void)
{
    return result(socket(AF_VSOCK, SOCK_STREAM, 0));
}

static int socket_raw(void)
{
    return result(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int socket_packet(void)
{
    return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int socket_unix(void)
{
    return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int execute(void)
{
    char *const argv[] = { (char *)"true", NULL }, *const env[] = { NULL };

    return result(execve("/bin/true", argv, env));
}

static int execute_beside(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(execute());
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static int fork_(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return result(pid);
}

static int trace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int mount_(void)
{
    return result(mount("none", folder, "tmpfs", 0, NULL));
}

static int bpf(void)
{
    return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int keyctl_(void)
{
    return result(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static int userfaultfd_(void)
{
    return result(syscall(SYS_userfaultfd, 0));
}

static int unshare_(void)
{
    return result(unshare(CLONE_NEWUSER));
}

static int perf_event(void)
{
    return result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}

static int read_memory(void)
{
    return result(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static int load_module(void)
{
    return result(syscall(SYS_init_module, NULL, 0, ""));
}

static int change_root(void)
{
    return result(chroot("/"));
}

static int signal_parent(void)
{
    return result(kill(getppid(), 0));
}

static int signal_self(void)
{
    return result(kill(getpid(), 0));
}

static int type_for_terminal(void)
{
    return result(ioctl(STDERR_FILENO, TIOCSTI, "x"));
}

static int ring(void)
{
    return result(syscall(SYS_io_uring_setup, 1, NULL));
}

static int persona(void)
{
    return result(syscall(SYS_personality, 0));
}

static void *nothing(void *user)
{
    return user;
}

static int thread(void)
{
    pthread_t t;
    int rc = pthread_create(&t, NULL, nothing, NULL);

    return rc != 0 ? rc : pthread_join(t, NULL);
}

static int resolve(void)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int rc = getaddrinfo("localhost", "80", &hints, &found);

    if (rc == 0)
        freeaddrinfo(found);
    return rc == 0 ? 0 : EINVAL;
}

static int look_at_itself(void)
{
    DIR *d = opendir("/proc/self/fd");

    if (d != NULL)
        closedir(d);
    return d == NULL ? errno : try_open("/proc/self/statm", O_RDONLY);
}

static int look_at_parent(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/environ", (long)getppid());
    return try_open(path, O_RDONLY);
}

/* --- the tables --- */

enum { ENDS = -1 };
struct try {
    const char *name; /* of the system call, where it ends the process */
    int (*act)(void);
    int daemon, helper, keeper; /* 0, an errno, or ENDS */
};
#define EVERYWHERE(x) (x), (x), (x)
static const struct try tries[] = {
    { "thread", thread, EVERYWHERE(0) },
    { "unix", socket_unix, EVERYWHERE(0) },
    { "self", signal_self, EVERYWHERE(0) },
    { "statm", look_at_itself, EVERYWHERE(0) },
    { "passwd", read_password, EACCES, EACCES, 0 }, /* the keeper's rules are of writing and starting */
    { "shadow", read_shadow, EACCES, EACCES, 0 },
    { "parent", look_at_parent, EVERYWHERE(EACCES) },
    { "outside", read_outside, EACCES, EACCES, 0 },
    { "write", write_outside, EACCES, EACCES, 0 },
    { "make", make_outside, EACCES, EACCES, EACCES },
    { "unlink", remove_given, EACCES, ENDS, ENDS },
    { "inside", make_inside, 0, EACCES, EACCES },
    { "list", list_inside, 0, EACCES, 0 },
    { "root", open_root, 0, EACCES, 0 },
    { "given", read_given, EACCES, 0, 0 },
    { "write-given", write_given, EACCES, 0, 0 },
    { "resolve", resolve, EINVAL, 0, 0 },
    { "port", reach_open_port, EPERM, 0, 0 },
    { "shut", reach_shut_port, EPERM, EACCES, 0 },
    { "bind", bind_port, EPERM, EACCES, EACCES },
    { "alg", socket_alg, EVERYWHERE(EPERM) },
    { "vsock", socket_vsock, EVERYWHERE(EPERM) },
    { "terminal", type_for_terminal, EPERM, EPERM, ENOTTY },
    { "ring", ring, EVERYWHERE(ENOSYS) },
    { "persona", persona, EVERYWHERE(EPERM) },
    { "socket", socket_raw, EVERYWHERE(ENDS) },
    { "socket", socket_packet, EVERYWHERE(ENDS) },
    { "execve", execute, ENDS, ENDS, EACCES },
    { "clone", fork_, ENDS, ENDS, 0 },
    { "ptrace", trace, EVERYWHERE(ENDS) },
    { "mount", mount_, EVERYWHERE(ENDS) },
    { "bpf", bpf, EVERYWHERE(ENDS) },
    { "keyctl", keyctl_, EVERYWHERE(ENDS) },
    { "userfaultfd", userfaultfd_, EVERYWHERE(ENDS) },
    { "unshare", unshare_, EVERYWHERE(ENDS) },
    { "perf_event_open", perf_event, EVERYWHERE(ENDS) },
    { "process_vm_readv", read_memory, EVERYWHERE(ENDS) },
    { "init_module", load_module, EVERYWHERE(ENDS) },
    { "chroot", change_root, EVERYWHERE(ENDS) },
    { "kill", signal_parent, ENDS, ENDS, EPERM },
};
#define TRIES (sizeof(tries) / sizeof(tries[0]))

static void rules_of(enum sandbox_process process, struct sandbox_rules *r)
{
    *r = (struct sandbox_rules){ .process = process };
    if (process == SANDBOX_DAEMON)
        sandbox_allow_path(r, inside, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_CHANGE);
    if (process == SANDBOX_HELPER) {
        sandbox_allow_path(r, given, SANDBOX_READ | SANDBOX_WRITE);
        sandbox_allow_port(r, open_port);
    }
    sandbox_allow_path(r, "/nowhere/at/all", SANDBOX_READ);
}

/* Runs one in a child; its wait status, and what it logged. */
static int run(const struct sandbox_rules *r, int (*act)(void), char *said, size_t size)
{
    int pipes[2], status = 0;
    size_t len = 0;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        _exit(sandbox_enter(r, SANDBOX_ON) < 0 ? 255 : act());
    }
    close(pipes[1]);
    while (len + 1 < size && (n = read(pipes[0], said + len, size - 1 - len)) > 0)
        len += (size_t)n;
    said[len] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#ifdef IPAM_SANITIZED /* whose calls are not filtered: only paths and ports are */
#define FILTERED false
#else
#define FILTERED true
#endif

static bool is_of_landlock(int expected)
{
    return expected == 0 || expected == EACCES;
}

static unsigned try_all(enum sandbox_process process, const char *name, int (*expected)(const struct try *t))
{
    struct sandbox_rules r;
    unsigned wrong = 0;

    rules_of(process, &r);
    for (size_t i = 0; i < TRIES; i++) {
        const struct try *t = &tries[i];
        char said[4096], line[128];
        int want = expected(t), status;

        if (!FILTERED && !is_of_landlock(want))
            continue;
        status = run(&r, t->act, said, sizeof(said));
        snprintf(line, sizeof(line), "call-forbidden: the system call %s (", t->name);
        if (want == ENDS ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && strstr(said, line) != NULL
                         : WIFEXITED(status) && WEXITSTATUS(status) == want)
            continue;
        print_error("%s: %s: status %#x instead of %d; it said: %s\n", name, t->name, (unsigned)status, want, said);
        wrong++;
    }
    return wrong;
}

static int of_daemon(const struct try *t)
{
    return t->daemon;
}

static int of_helper(const struct try *t)
{
    return t->helper;
}

static int of_keeper(const struct try *t)
{
    return t->keeper;
}

static void test_the_daemon(void **state)
{
    (void)state;
    assert_int_equal(try_all(SANDBOX_DAEMON, "daemon", of_daemon), 0);
}

static void test_a_helper(void **state)
{
    (void)state;
    assert_int_equal(try_all(SANDBOX_HELPER, "helper", of_helper), 0);
}

static void test_the_keeper(void **state)
{
    (void)state;
    assert_int_equal(try_all(SANDBOX_KEEPER, "keeper", of_keeper), 0);
}

static int send_to_open_port(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(open_port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return result(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int send_to_peer(void)
{
    int pair[2];

    return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0 ? errno : result(send(pair[0], "x", 1, 0));
}

static int listen_(void)
{
    return result(listen(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 1));
}

/* It has no doorman, as one that is only asked something: nobody is reached, not even the port that it may. */
static void test_a_helper_with_a_network_fence(void **state)
{
    static const struct {
        int (*act)(void);
        int expected;
    } ways[] = { { reach_open_port, EACCES }, { send_to_open_port, EACCES }, { send_to_peer, 0 }, { listen_, EPERM } };
    struct sandbox_abilities can;
    struct sandbox_rules r;
    char said[4096];

    (void)state;
    sandbox_probe(&can);
    rules_of(SANDBOX_HELPER, &r);
    r.network = true;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        int status = run(&r, ways[i].act, said, sizeof(said));

        if (can.network)
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ways[i].expected);
        else /* where there can be none, it ends */
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 255 && strstr(said, "sandbox-failed:") != NULL);
    }
}

static void test_the_keeper_starts_what_it_may(void **state)
{
    struct sandbox_rules r;
    char said[1024];

    (void)state;
    rules_of(SANDBOX_KEEPER, &r);
    sandbox_allow_path(&r, "/bin/true", SANDBOX_EXECUTE);
    assert_int_equal(run(&r, execute_beside, said, sizeof(said)), 0);
}

/* A plugin that names no ports may reach any; one that runs in the daemon, too. */
static void test_any_port(void **state)
{
    struct sandbox_rules r = { .process = SANDBOX_HELPER, .any_port = true };
    char said[1024];

    (void)state;
    assert_int_equal(run(&r, reach_shut_port, said, sizeof(said)), 0);
    assert_int_not_equal(run(&r, bind_port, said, sizeof(said)), 0);
    r = (struct sandbox_rules){ .process = SANDBOX_DAEMON, .internet = true };
    assert_int_equal(run(&r, reach_shut_port, said, sizeof(said)), 0);
    assert_int_equal(run(&r, resolve, said, sizeof(said)), 0);
}

static int read_beside(void)
{
    int status = try_open(beside, O_RDONLY);

    return status == 0 && try_open(beside, O_WRONLY) == 0 ? EEXIST : status;
}

/* A file that is written anew under its name is read on, so what is beside it is, too: but not outside, nor in /etc. */
static void test_a_file_is_written_anew(void **state)
{
    struct sandbox_rules r = { .process = SANDBOX_HELPER };
    char said[1024], path[sizeof(beside) + 8];

    (void)state;
    snprintf(path, sizeof(path), "%s.old", beside); /* is not there yet */
    sandbox_allow_path(&r, path, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_BESIDE);
    sandbox_allow_path(&r, "/etc/hosts", SANDBOX_READ | SANDBOX_BESIDE);
    assert_int_equal(run(&r, read_beside, said, sizeof(said)), 0);
    assert_int_equal(WEXITSTATUS(run(&r, read_outside, said, sizeof(said))), EACCES);
    assert_int_equal(WEXITSTATUS(run(&r, read_password, said, sizeof(said))), EACCES);
    r.paths[0].path = inside; /* a folder is no file: what is beside it is not read */
    assert_int_equal(WEXITSTATUS(run(&r, read_beside, said, sizeof(said))), EEXIST);
    assert_int_equal(WEXITSTATUS(run(&r, read_outside, said, sizeof(said))), EACCES);
}

/* No capabilities, none to be had, no new ones, no look into it. */
static int look_at_status(void)
{
    char text[8192] = "";
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    bool well = n > 0 && strstr(text, "NoNewPrivs:\t1") && strstr(text, "CapEff:\t0000000000000000") &&
                strstr(text, "CapPrm:\t0000000000000000") && strstr(text, "CapInh:\t0000000000000000");

    if (geteuid() == 0)
        well = well && strstr(text, "CapBnd:\t0000000000000000");
    if (FILTERED)
        well = well && strstr(text, "Seccomp:\t2") && prctl(PR_GET_DUMPABLE) == 0;
    return well ? 0 : 1;
}

static void test_privileges(void **state)
{
    static const enum sandbox_process all[] = { SANDBOX_DAEMON, SANDBOX_KEEPER, SANDBOX_HELPER };
    struct sandbox_rules r;
    char said[1024];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        rules_of(all[i], &r);
        assert_int_equal(run(&r, look_at_status, said, sizeof(said)), 0);
        if (FILTERED)
            assert_string_equal(said, "");
    }
}

/* Not entered: nothing changes. What is missing where there is no filter is fatal only when it is required. */
static void test_modes(void **state)
{
    struct sandbox_rules r = { .process = SANDBOX_HELPER };
    struct sandbox_abilities can;

    (void)state;
    assert_int_equal(sandbox_enter(&r, SANDBOX_OFF), 0);
    assert_int_equal(read_outside(), 0);
    sandbox_probe(&can);
    assert_int_equal(can.calls, FILTERED);
    assert_int_equal(can.missing[0] == '\0', FILTERED && can.landlock >= 4);
    if (can.missing[0])
        assert_int_equal(sandbox_enter(&r, SANDBOX_REQUIRE), -1);
}

/* --- rules on their way --- */

static void test_words_go_and_come(void **state)
{
    struct sandbox_words w;
    struct sandbox_rules r = { .process = SANDBOX_HELPER };
    enum sandbox_mode mode;

    (void)state;
    sandbox_words_begin(&w, SANDBOX_REQUIRE);
    assert_true(sandbox_words_add(&w, "port", "8000"));
    assert_true(sandbox_words_add(&w, "path", "/a b"));
    assert_true(sandbox_words_add(&w, "port", "8000"));
    assert_string_equal(w.text, "require\nport 8000\npath /a b\n");
    assert_false(sandbox_words_add(&w, "path", "/a\nport 22"));
    assert_true(sandbox_words_read(w.text, &r, &mode));
    assert_int_equal(mode, SANDBOX_REQUIRE);
    assert_int_equal(r.port_count, 1);
    assert_int_equal(r.ports[0], 8000);
    assert_int_equal(r.path_count, 1);
    assert_string_equal(r.paths[0].path, "/a b");
    assert_int_equal(r.paths[0].rights, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_BESIDE);
    assert_false(r.any_port);
}

static void test_words_that_make_no_sense(void **state)
{
    static const char *const wrong[] = { "", "on", "perhaps\n", "on\nport\n", "on\nport 0\n", "on\nport 65536\n",
                                         "on\nport 80x\n", "on\npath a\n", "on\nanything\n", "on\nport 80" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct sandbox_rules r = { .process = SANDBOX_HELPER };
        enum sandbox_mode mode;
        char text[64];

        snprintf(text, sizeof(text), "%s", wrong[i]);
        if (sandbox_words_read(text, &r, &mode))
            fail_msg("read: %s", wrong[i]);
    }
}

static void test_words_cover(void **state)
{
    struct sandbox_words more, less;

    (void)state;
    sandbox_words_begin(&more, SANDBOX_ON);
    sandbox_words_begin(&less, SANDBOX_ON);
    assert_true(sandbox_words_cover(&more, &less));
    sandbox_words_add(&less, "port", "80");
    assert_false(sandbox_words_cover(&more, &less));
    sandbox_words_add(&more, "port", "8000");
    assert_false(sandbox_words_cover(&more, &less)); /* a part of a line is none */
    sandbox_words_add(&more, "port", "80");
    assert_true(sandbox_words_cover(&more, &less));
    assert_false(sandbox_words_cover(&less, &more));
}

static void test_words_have_a_limit(void **state)
{
    struct sandbox_words w;
    char path[4000];
    unsigned took = 0;

    (void)state;
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    sandbox_words_begin(&w, SANDBOX_ON);
    for (unsigned i = 0; i < 10; i++) {
        path[1] = (char)('a' + i);
        took += sandbox_words_add(&w, "path", path);
    }
    assert_int_equal(took, 4);
    assert_int_equal(strlen(w.text), w.len);
}

/* --- */

static uint16_t listen_somewhere(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return 0;
    return ntohs(at.sin_port);
}

static int make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    return fd < 0 ? -1 : close(fd);
}

static int prepare(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/sandbox-test.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(inside, sizeof(inside), "%s/inside", folder);
    snprintf(given, sizeof(given), "%s/given", folder);
    snprintf(outside, sizeof(outside), "%s/outside", folder);
    snprintf(beside, sizeof(beside), "%s/beside", inside);
    open_port = listen_somewhere();
    shut_port = listen_somewhere();
    return mkdir(inside, 0700) < 0 || make(given) < 0 || make(outside) < 0 || make(beside) < 0 || open_port == 0 || shut_port == 0 ? -1 : 0;
}

static int tidy(void **state)
{
    char path[sizeof(outside) + 8];

    (void)state;
    snprintf(path, sizeof(path), "%s.new", outside);
    unlink(path);
    unlink(beside);
    unlink(given);
    unlink(outside);
    rmdir(inside);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_daemon),
        cmocka_unit_test(test_a_helper),
        cmocka_unit_test(test_the_keeper),
        cmocka_unit_test(test_a_helper_with_a_network_fence),
        cmocka_unit_test(test_the_keeper_starts_what_it_may),
        cmocka_unit_test(test_any_port),
        cmocka_unit_test(test_a_file_is_written_anew),
        cmocka_unit_test(test_privileges),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_words_go_and_come),
        cmocka_unit_test(test_words_that_make_no_sense),
        cmocka_unit_test(test_words_cover),
        cmocka_unit_test(test_words_have_a_limit),
    };

    log_init("sandbox_test", LOG_NOTE_);
    return cmocka_run_group_tests(tests, prepare, tidy);
}

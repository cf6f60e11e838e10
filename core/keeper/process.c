/* process.c - the keeper process: starts helpers, reaps them, passes their sockets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One thread, one poll loop, no allocation: it must outlive every trouble of the daemon long enough to end
 * the helpers. It ends when the daemon's end of its socket closes, or with the daemon (PR_SET_PDEATHSIG). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "keeper/keeper_p.h"

#define HELPERS_MAX 256
#define HELPER_FD   3 /* the helper's end of its socket */

struct process {
    int fd, signal_fd;
    const char *binary;
    pid_t helpers[HELPERS_MAX];
    unsigned count;
};

extern char **environ;

/* What belongs to the daemon alone: its supervisor's socket, its listeners, its secrets. */
static const char *const not_inherited[] = { "NOTIFY_SOCKET",        "WATCHDOG_PID", "WATCHDOG_USEC",
                                             "LISTEN_FDS",           "LISTEN_PID",   "LISTEN_FDNAMES",
                                             "CREDENTIALS_DIRECTORY" };

static void limit(int what, rlim_t most)
{
    struct rlimit r = { most, most };

    if (most > 0)
        setrlimit(what, &r);
}

/* In the child: becomes the helper or exits, telling errno through `report`. It stays in the daemon's process
 * group, which supervisors and terminals signal as a whole, and ignores what asks for an end: the daemon ends
 * its calls first, then closes the socket. */
static void become_helper(const struct process *p, const struct keeper_order *order, int socket, int report,
                          pid_t keeper)
{
    bool asked = order->op != KEEPER_RUN;
    const char *run[] = { p->binary, order->plugin, NULL };
    const char *ask[] = { p->binary, order->op == KEEPER_CHECK ? "--check" : "--describe", order->plugin,
                          NULL };
    sigset_t none;
    int error;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper)
        _exit(1);
    signal(SIGPIPE, SIG_DFL); /* what prepare ignores stays ignored */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (size_t i = 0; i < sizeof(not_inherited) / sizeof(not_inherited[0]); i++)
        unsetenv(not_inherited[i]);
#ifndef IPAM_SANITIZED
    limit(RLIMIT_DATA, (rlim_t)order->memory_mib << 21); /* twice: it ends itself before, with a word */
#endif
    limit(RLIMIT_NOFILE, order->files);
    /* The keeper's own socket is its 3, so this is never dup2 onto itself, which would keep close-on-exec. */
    if (asked ? dup2(socket, STDIN_FILENO) >= 0 && dup2(socket, STDOUT_FILENO) >= 0
              : dup2(socket, HELPER_FD) >= 0)
        execve(p->binary, (char *const *)(asked ? ask : run), environ);
    error = errno;
    if (write(report, &error, sizeof(error)) < 0)
        _exit(2);
    _exit(1);
}

/* Starts one helper. The pipe closes at execve, or brings the errno of what failed before it. Not fork: its
 * handlers (libuv has one) would close descriptors whose numbers were theirs in the daemon and are ours here.
 */
static pid_t start_helper(struct process *p, const struct keeper_order *order, int *ret_socket)
{
    int pair[2] = { -1, -1 }, report[2] = { -1, -1 }, error = 0;
    pid_t pid = -1, keeper = getpid();

    if (p->count == HELPERS_MAX)
        return -EAGAIN;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(report, O_CLOEXEC) < 0 ||
        (pid = _Fork()) < 0) {
        pid = -errno;
        goto out;
    }
    if (pid == 0)
        become_helper(p, order, pair[1], report[1], keeper);
    close(report[1]);
    report[1] = -1;
    if (read(report[0], &error, sizeof(error)) == (ssize_t)sizeof(error)) {
        waitpid(pid, NULL, 0);
        pid = -error;
        goto out;
    }
    p->helpers[p->count++] = pid;
    *ret_socket = pair[0];
    pair[0] = -1;
out:
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
        if (report[i] >= 0)
            close(report[i]);
    }
    return pid;
}

static void start(struct process *p, const struct keeper_order *order)
{
    struct keeper_report r = { .event = KEEPER_STARTED };
    int socket = -1;

    r.pid = start_helper(p, order, &socket);
    keeper_send(p->fd, &r, socket);
    if (socket >= 0)
        close(socket);
}

static void kill_one(const struct process *p, pid_t pid)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->helpers[i] == pid)
            kill(pid, SIGKILL);
}

/* One order of the daemon; false when it has gone. */
static bool obey(struct process *p)
{
    struct keeper_order order;
    ssize_t n = recv(p->fd, &order, sizeof(order), MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n != (ssize_t)sizeof(order))
        return false;
    order.plugin[KEEPER_PLUGIN_MAX] = '\0';
    switch (order.op) {
    case KEEPER_RUN:
    case KEEPER_DESCRIBE:
    case KEEPER_CHECK: start(p, &order); return true;
    case KEEPER_KILL: kill_one(p, order.pid); return true;
    default: return false;
    }
}

static void reap(struct process *p)
{
    struct signalfd_siginfo info;
    struct keeper_report r = { .event = KEEPER_ENDED };

    while (read(p->signal_fd, &info, sizeof(info)) > 0)
        ;
    while ((r.pid = waitpid(-1, &r.status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < p->count; i++)
            if (p->helpers[i] == r.pid)
                p->helpers[i] = p->helpers[--p->count];
        keeper_send(p->fd, &r, -1);
    }
}

/* Leaves only 0-2, the socket (as 3) and a signalfd open. 0 or -errno. */
static int prepare(struct process *p, int fd)
{
    sigset_t child;

    prctl(PR_SET_NAME, "ipam-keeper");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN); /* of the daemon's log; helpers hear of it on their sockets */
    signal(SIGUSR2, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    if (fd != HELPER_FD && dup3(fd, HELPER_FD, O_CLOEXEC) < 0)
        return -errno;
    if (close_range(HELPER_FD + 1, ~0u, 0) < 0)
        return -errno;
    p->fd = HELPER_FD;
    p->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    return p->signal_fd < 0 ? -errno : 0;
}

int keeper_process(int fd, const char *binary)
{
    struct process p = { .binary = binary };

    if (prepare(&p, fd) < 0)
        return 1;
    for (;;) {
        struct pollfd f[2] = { { .fd = p.fd, .events = POLLIN }, { .fd = p.signal_fd, .events = POLLIN } };

        if (poll(f, 2, -1) < 0 && errno != EINTR)
            break;
        if (f[1].revents)
            reap(&p);
        if (f[0].revents && !obey(&p))
            break;
    }
    for (unsigned i = 0; i < p.count; i++)
        kill(p.helpers[i], SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return 0;
}

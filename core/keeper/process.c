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

#include "keeper/doorman.h"
#include "keeper/keeper.h"
#include "keeper/keeper_p.h"
#include "sandbox/reach.h"

#define HELPERS_MAX  256
#define HELPER_FD    3 /* the helper's end of its socket */
#define DOORMAN_GONE (-1)

struct helper {
    pid_t pid, doorman; /* 0: it has none any more; DOORMAN_GONE: it ended before its helper */
};

struct process {
    int fd, signal_fd;
    const char *binary;
    struct helper helpers[HELPERS_MAX];
    unsigned count;
};

/* What a helper is started with, ours and its: its socket, and what it asks its doorman by; -1: not there. */
struct lines {
    int socket[2], requests[2], report[2];
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
static void become_helper(const struct process *p, const struct keeper_order *order, const struct lines *l,
                          pid_t keeper)
{
    int socket = l->socket[1];
    static char rules[sizeof(SANDBOX_ENVIRONMENT "=") + SANDBOX_WORDS_MAX];
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
    snprintf(rules, sizeof(rules), SANDBOX_ENVIRONMENT "=%s", order->sandbox);
    putenv(rules);
#ifndef IPAM_SANITIZED
    limit(RLIMIT_DATA, (rlim_t)order->memory_mib << 21); /* twice: it ends itself before, with a word */
#endif
    limit(RLIMIT_NOFILE, order->files);
    /* The keeper has its 3 and 4, so this is never dup2 onto itself, which would keep close-on-exec. */
    if ((asked ? dup2(socket, STDIN_FILENO) >= 0 && dup2(socket, STDOUT_FILENO) >= 0
               : dup2(socket, HELPER_FD) >= 0) &&
        (l->requests[1] < 0 || dup2(l->requests[1], REACH_FD) >= 0))
        execve(p->binary, (char *const *)(asked ? ask : run), environ);
    error = errno;
    if (write(l->report[1], &error, sizeof(error)) < 0)
        _exit(2);
    _exit(1);
}

static void close_all(int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static bool draw_lines(struct lines *l, bool network)
{
    *l = (struct lines){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, l->socket) == 0 &&
           pipe2(l->report, O_CLOEXEC) == 0 &&
           (!network || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, l->requests) == 0);
}

/* Forks the helper. The pipe closes at execve, or brings the errno of what failed before it. Not fork: its
 * handlers (libuv has one) would close descriptors whose numbers were theirs in the daemon and are ours
 * here. */
static pid_t fork_helper(const struct process *p, const struct keeper_order *order, struct lines *l)
{
    pid_t keeper = getpid(), pid = _Fork();
    int error = 0;

    if (pid < 0)
        return -errno;
    if (pid == 0)
        become_helper(p, order, l, keeper);
    close(l->report[1]);
    l->report[1] = -1;
    if (read(l->report[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
        return pid;
    waitpid(pid, NULL, 0);
    return -error;
}

/* Starts one helper and its doorman, without whom it would reach nothing. `pass`: the daemon's ends. */
static pid_t start_helper(struct process *p, const struct keeper_order *order, int pass[KEEPER_PASSED])
{
    bool network = order->op == KEEPER_RUN && sandbox_words_have(order->sandbox, "network");
    struct lines l;
    pid_t pid = 0, doorman = 0;

    if (p->count == HELPERS_MAX)
        return -EAGAIN;
    if (!draw_lines(&l, network))
        pid = -errno;
    if (pid == 0)
        pid = fork_helper(p, order, &l);
    if (pid > 0 && network && (doorman = doorman_start(order, l.requests[0], &pass[1])) < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = doorman;
    }
    if (pid > 0) {
        p->helpers[p->count++] = (struct helper){ pid, doorman };
        pass[0] = l.socket[0];
        l.socket[0] = -1;
    }
    close_all(l.socket);
    close_all(l.requests);
    close_all(l.report);
    return pid;
}

static void start(struct process *p, const struct keeper_order *order)
{
    struct keeper_report r = { .event = KEEPER_STARTED };
    int pass[KEEPER_PASSED] = { -1, -1 };

    r.pid = start_helper(p, order, pass);
    keeper_send(p->fd, &r, pass);
    close_all(pass);
}

static void kill_one(const struct process *p, pid_t pid)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->helpers[i].pid == pid)
            kill(pid, SIGKILL);
}

/* One order of the daemon; false when it has gone, or says what it never says. */
static bool obey(struct process *p)
{
    struct keeper_order order;
    int rc = keeper_receive_order(p->fd, &order);

    if (rc <= 0)
        return rc == -EAGAIN || rc == -EINTR;
    if (order.op == KEEPER_KILL)
        kill_one(p, order.pid);
    else
        start(p, &order);
    return true;
}

/* Whether it was a helper. One whose doorman has gone reaches nothing any more: it is ended, so that it is
 * started anew with another, and *status says so. A doorman that found its helper gone ends with 0 and may be
 * seen first: the helper's own status tells why. */
static bool note_end(struct process *p, pid_t pid, int *status)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct helper *h = &p->helpers[i];

        if (h->pid == pid) {
            if (h->doorman == DOORMAN_GONE && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL)
                *status = W_EXITCODE(KEEPER_EXIT_ALONE, 0);
            *h = p->helpers[--p->count];
            return true;
        }
        if (h->doorman == pid) {
            h->doorman = WIFEXITED(*status) && WEXITSTATUS(*status) == 0 ? 0 : DOORMAN_GONE;
            kill(h->pid, SIGKILL);
        }
    }
    return false;
}

static void reap(struct process *p)
{
    struct signalfd_siginfo info;
    struct keeper_report r = { .event = KEEPER_ENDED };
    static const int none[KEEPER_PASSED] = { -1, -1 };

    while (read(p->signal_fd, &info, sizeof(info)) > 0)
        ;
    while ((r.pid = waitpid(-1, &r.status, WNOHANG)) > 0)
        if (note_end(p, r.pid, &r.status))
            keeper_send(p->fd, &r, none);
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

/* It has no files of its own, and executes one program. */
static int enter_sandbox(const char *binary, enum sandbox_mode mode)
{
    struct sandbox_rules rules = { .process = SANDBOX_KEEPER };

    sandbox_allow_path(&rules, binary, SANDBOX_EXECUTE);
    return sandbox_enter(&rules, mode);
}

int keeper_process(int fd, const char *binary, enum sandbox_mode mode)
{
    struct process p = { .binary = binary };

    if (prepare(&p, fd) < 0 || enter_sandbox(binary, mode) < 0)
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
        kill(p.helpers[i].pid, SIGKILL); /* and their doormen end with them */
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return 0;
}

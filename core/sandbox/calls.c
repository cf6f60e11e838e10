/* calls.c - the system calls that a process may make; any other ends it with a line that names the call.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What libraries try and can do without is answered with an error instead: these are the probes. A filter
 * sees numbers, not what pointers lead to: paths are Landlock's part. */
#include "config.h"

#include "sandbox/sandbox_p.h"

#ifdef IPAM_SANITIZED /* its run time makes calls of its own: for reports, threads, the search for leaks */

#include <errno.h>

bool calls_can_be_filtered(void)
{
    return false;
}

int calls_enter(const struct sandbox_rules *r)
{
    (void)r;
    return -ENOSYS;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/line.h"
#include "base/slot.h"
#include "sandbox/network.h"
#include "sandbox/reach.h"

/* clang-format off */
/* What every process does: memory, threads, time, its files and sockets, asking who it is. */
static const char *const everyone[] = {
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek", "close",
    "close_range", "fcntl", "open", "openat", "stat", "fstat", "lstat", "newfstatat", "statx", "statfs",
    "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd",
    "umask", "dup", "dup2", "dup3", "pipe", "pipe2", "fadvise64", "ftruncate", "flock", "fsync",
    "fdatasync", "sendfile", "truncate", "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mlock",
    "mlock2", "munlock", "mincore", "msync", "futex", "exit", "exit_group", "set_robust_list",
    "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "membarrier", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "getcpu", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "pause", "wait4", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "timer_create", "timer_settime", "timer_delete", "setitimer",
    "alarm", "getpid", "gettid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid",
    "getegid", "getgroups", "getresuid", "getresgid", "getrusage", "getrlimit", "sysinfo", "uname",
    "getrandom", "getpriority", "capget", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd4", "poll", "ppoll", "select",
    "pselect6", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "bind", "getsockname",
    "getpeername", "getsockopt", "shutdown", "recvfrom", "recvmsg", "recvmmsg", NULL
};
/* What a helper with a network fence asks its doorman for (reach.c), and what it may not do at all, or only
 * with some arguments (network.c). Everybody else may. */
static const char *const reaches[] = { "connect", "sendto", "sendmsg", "sendmmsg", NULL };
static const char *const serves[] = { "listen", "accept", "accept4", "setsockopt", NULL };
/* The daemon keeps a database. fchown is its library's, which asks it of root for files that are root's
 * already. */
static const char *const keeps_files[] = {
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat", "rmdir",
    "fallocate", "sync_file_range", "chmod", "fchmod", "fchmodat", "fchown", "utimensat", "copy_file_range",
    NULL
};
/* The keeper starts helpers, which then enter fences of their own. */
static const char *const starts_helpers[] = {
    "fork", "vfork", "execve", "waitid", "kill", "tgkill", "setrlimit", "prlimit64", "prctl", "seccomp",
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "capset", "clone", "ioctl",
    "socketpair", NULL
};
/* Probes, and what they are told. A library that hears ENOSYS takes an older way, whose arguments can be
 * judged. */
static const struct {
    const char *name;
    int error;
} probes[] = {
    { "clone3", ENOSYS }, { "io_uring_setup", ENOSYS }, { "openat2", ENOSYS }, { "futex_waitv", ENOSYS },
    { "pkey_alloc", ENOSYS }, { "memfd_create", EPERM }, { "personality", EPERM }, { "setpriority", EPERM },
    { "sched_setaffinity", EPERM }, { "sched_setscheduler", EPERM }, { "sched_setparam", EPERM },
    { "get_mempolicy", EPERM }, { "set_mempolicy", EPERM }, { "mbind", EPERM }, { "setrlimit", EPERM },
    { "ioprio_set", EPERM }, { "chown", EPERM }, { "lchown", EPERM }, { "fchownat", EPERM },
    { "mknod", EPERM }, { "mknodat", EPERM }, { "symlink", EPERM }, { "symlinkat", EPERM },
    { "getxattr", ENOTSUP }, { "lgetxattr", ENOTSUP }, { "fgetxattr", ENOTSUP }, { "listxattr", ENOTSUP },
    { "setxattr", EPERM }, { "fsetxattr", EPERM }
};
/* clang-format on */
/* What one filter lets pass because the other looks at its arguments. */
static const char *const judged[] = { "ioctl", "prctl", "prlimit64", "socketpair", NULL };

static const unsigned long ioctls[] = { FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ };
static const int prctls[] = { PR_SET_NAME,         PR_GET_NAME,         PR_SET_PDEATHSIG,
                              PR_GET_PDEATHSIG,    PR_GET_DUMPABLE,     PR_CAPBSET_READ,
                              PR_GET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS, PR_GET_SECCOMP };

/* Names by number, for the line of a process that ends: nothing can be looked up in a signal handler. */
#define NUMBERS 512
static char *names[NUMBERS];

/* Runs in whatever thread made the call, which has not been made. */
static void on_forbidden(int signum, siginfo_t *info, void *context)
{
    const char *who, *what, *name = "";
    int number = info->si_syscall;
    char line[320];
    size_t at, most = sizeof(line) - 1;

    if (reach_answer(number, context))
        return;
    if (number >= 0 && number < NUMBERS && names[number] != NULL)
        name = names[number];
    slot_read(slot_mine(), &who, &what);
    at = line_add(line, 0, most, "<3>call-forbidden: the system call ");
    at = line_add(line, at, most, name);
    at = line_add(line, at, most, " (");
    at = line_add_number(line, at, most, number < 0 ? 0 : number);
    at = line_add(line, at, most, ") is not for this process");
    if (who != NULL) {
        at = line_add(line, at, most, ", in ");
        at = line_add(line, at, most, what);
        at = line_add(line, at, most, " of the plugin ");
        at = line_add(line, at, most, who);
    }
    at = line_add(line, at, most, "; it ends: report it");
    at = line_add(line, at, most, who != NULL ? " to the plugin's author" : "");
    line[at++] = '\n';
    if (write(STDERR_FILENO, line, at) < 0)
        _exit(128 + signum);
    signal(signum, SIG_DFL);
    raise(signum); /* it is blocked until this returns: before the call's result is seen */
}

static void prepare_names(void)
{
    for (int i = 0; i < NUMBERS; i++)
        if (names[i] == NULL)
            names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
}

static int allow_all(scmp_filter_ctx f, const char *const *calls)
{
    int status = 0;

    for (; *calls != NULL && status == 0; calls++) {
        int number = seccomp_syscall_resolve_name(*calls);

        if (number >= 0) /* below: not on this machine */
            status = seccomp_rule_add(f, SCMP_ACT_ALLOW, number, 0);
    }
    return status;
}

static int allow_lists(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    int status = allow_all(f, everyone);

    if (status == 0 && r->process == SANDBOX_DAEMON)
        status = allow_all(f, keeps_files);
    if (status == 0 && r->process == SANDBOX_KEEPER)
        status = allow_all(f, starts_helpers);
    return status;
}

/* The call with one of its arguments being this. */
static int allow_with(scmp_filter_ctx f, int number, unsigned argument, uint64_t value)
{
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, number, 1, SCMP_CMP(argument, SCMP_CMP_EQ, value));
}

/* --- the filter that ends --- */

/* The process that the filters are for; they are made in others. */
static pid_t entering;

/* Threads, not processes; signals to oneself. */
static int allow_itself(scmp_filter_ctx f)
{
    uint64_t self = (uint64_t)entering;
    int status =
        seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                         SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_NEWUSER, CLONE_THREAD));

    if (status == 0)
        status = allow_with(f, SCMP_SYS(tgkill), 0, self);
    if (status == 0)
        status = allow_with(f, SCMP_SYS(kill), 0, self);
    return status == 0 ? allow_all(f, judged) : status;
}

#define TYPE_MASK 0xfu /* of a socket's type; the rest are flags */

/* Raw sockets are no probe: none but those by which the resolver asks which addresses this machine has. */
static int allow_types(scmp_filter_ctx f)
{
    static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
    int status = 0;

    for (unsigned i = 0; i < 3 && status == 0; i++)
        status = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                  SCMP_CMP(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, (uint64_t)types[i]));
    if (status == 0)
        status =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_CMP(0, SCMP_CMP_EQ, AF_NETLINK),
                             SCMP_CMP(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_RAW));
    return status;
}

static int answer_probes(scmp_filter_ctx f, bool keeper)
{
    int status = 0;

    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]) && status == 0; i++) {
        int number = seccomp_syscall_resolve_name(probes[i].name);

        if (number < 0)
            continue;
        status = seccomp_rule_add(f, SCMP_ACT_ERRNO((uint32_t)probes[i].error), number, 0);
        if (keeper && status == -EEXIST) /* it may, for its helpers' start */
            status = 0;
    }
    return status;
}

static int fill_ending(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    bool keeper = r->process == SANDBOX_KEEPER;
    int status = allow_lists(f, r);

    if (status == 0 && !keeper)
        status = allow_itself(f);
    if (status == 0)
        status = allow_types(f);
    if (status == 0)
        status = allow_all(f, serves); /* judged by the other */
    if (status == 0)
        status = r->network ? network_fill_ending(f, r) : allow_all(f, reaches);
    return status == 0 ? answer_probes(f, keeper) : status;
}

/* --- the filter that answers with an error --- */

static int allow_values(scmp_filter_ctx f)
{
    int status = 0;

    for (size_t i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]) && status == 0; i++)
        status = allow_with(f, SCMP_SYS(ioctl), 1, ioctls[i]);
    for (size_t i = 0; i < sizeof(prctls) / sizeof(prctls[0]) && status == 0; i++)
        status = allow_with(f, SCMP_SYS(prctl), 0, (uint64_t)prctls[i]);
    /* Limits: one's own. */
    return status == 0 ? allow_with(f, SCMP_SYS(prlimit64), 0, 0) : status;
}

static int allow_families(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
    unsigned count = r->process == SANDBOX_DAEMON && !r->internet ? 1 : 3;
    int status = 0;

    for (unsigned i = 0; i < count && status == 0; i++)
        status = allow_with(f, SCMP_SYS(socket), 0, (uint64_t)families[i]);
    if (status == 0 && r->process != SANDBOX_KEEPER)
        status = allow_with(f, SCMP_SYS(socketpair), 0, AF_UNIX);
    if (status == 0 && count > 1)
        status =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_CMP(0, SCMP_CMP_EQ, AF_NETLINK),
                             SCMP_CMP(2, SCMP_CMP_EQ, NETLINK_ROUTE));
    return status;
}

static int fill_answering(scmp_filter_ctx f, const struct sandbox_rules *r)
{
    static const char *const elsewhere[] = { "clone", "tgkill", "kill", "seccomp", NULL };
    int status = allow_lists(f, r);

    if (status == 0 && r->process != SANDBOX_KEEPER)
        status = allow_all(f, elsewhere); /* judged by the other */
    if (status == 0 && r->process != SANDBOX_KEEPER)
        status = allow_values(f);
    if (status == 0)
        status = allow_all(f, reaches);
    if (status == 0 && r->network)
        return network_fill_answering(f, r);
    if (status == 0)
        status = allow_all(f, serves);
    return status == 0 ? allow_families(f, r) : status;
}

/* --- all: the stricter of their answers holds --- */

struct recipe {
    uint32_t otherwise;
    int (*fill)(scmp_filter_ctx f, const struct sandbox_rules *r);
};

/* In a process of its own: writes the filter to the pipe. libseccomp does not look whether it got its
 * memory, and where there is none it may crash. Ends with an errno. */
static _Noreturn void write_filter(const struct recipe *of, const struct sandbox_rules *r, int fd)
{
    scmp_filter_ctx f;
    int status;

    signal(SIGSEGV, SIG_DFL); /* its crash is no matter of the log */
    signal(SIGABRT, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    f = seccomp_init(of->otherwise);
    status = f != NULL ? seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;
    if (status == 0)
        status = of->fill(f, r);
    if (status == 0)
        status = seccomp_export_bpf(f, fd);
    _exit(-status);
}

struct filter {
    struct sock_filter steps[BPF_MAXINSNS];
    unsigned short count;
};

/* All that comes until the end; -errno. */
static int read_filter(int fd, struct filter *ret)
{
    size_t at = 0;
    ssize_t n = 1;

    while (n != 0) {
        n = read(fd, (char *)ret->steps + at, sizeof(ret->steps) - at);
        if (n < 0 && errno != EINTR)
            return -errno;
        at += n > 0 ? (size_t)n : 0;
    }
    ret->count = (unsigned short)(at / sizeof(ret->steps[0]));
    return at > 0 && at % sizeof(ret->steps[0]) == 0 ? 0 : -ENOMEM;
}

static int make(const struct recipe *of, const struct sandbox_rules *r, struct filter *ret)
{
    int fds[2], status, ended = 0;
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    pid = _Fork();
    if (pid == 0)
        write_filter(of, r, fds[1]);
    status = pid < 0 ? -errno : 0;
    close(fds[1]);
    if (pid > 0)
        status = read_filter(fds[0], ret);
    close(fds[0]);
    while (pid > 0 && waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        ;
    if (pid > 0 && ended != 0)
        status = WIFEXITED(ended) ? -WEXITSTATUS(ended) : -ENOMEM;
    return status;
}

static int install(const struct filter *f)
{
    struct sock_fprog program = { f->count, (struct sock_filter *)f->steps };

    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}

bool calls_can_be_filtered(void)
{
    uint32_t action = SECCOMP_RET_TRAP;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* The first is for a helper with a doorman only. */
#define FILTERS   3

int calls_enter(const struct sandbox_rules *r)
{
    static const struct recipe recipes[FILTERS] = { { SCMP_ACT_ALLOW, network_fill_guard },
                                                    { SCMP_ACT_ERRNO(EPERM), fill_answering },
                                                    { SCMP_ACT_TRAP, fill_ending } };
    static struct filter filters[FILTERS];
    struct sigaction act = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    int first = r->network && r->doorman ? 0 : 1, status = 0;

    entering = getpid();
    prepare_names();
    sigaction(SIGSYS, &act, NULL);
    for (int i = first; i < FILTERS && status == 0; i++)
        status = make(&recipes[i], r, &filters[i]);
    for (int i = first; i < FILTERS && status == 0; i++)
        status = install(&filters[i]);
    return status;
}

#endif

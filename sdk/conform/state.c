/* state.c - the state of the process that a plugin may not change: signals, locale, umask, folder, ...
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"

#define SIGNALS 65
#define FILES   4096

extern char **environ;

struct state {
    void (*handlers[SIGNALS])(int);
    char locale[256], folder[1024];
    long mask;
    uint64_t environment;
};
static struct state before;
static bool watching;
static bool known_file[FILES];
static atomic_int forks;
static pthread_mutex_t look_lock = PTHREAD_MUTEX_INITIALIZER;

/* A number of /proc/.../status, such as "SigBlk:", in this base; -1 when the thread is gone. */
static int64_t status_number(const char *task, const char *name, int base)
{
    char path[64], text[4096], *at;
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", task);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    at = strstr(text, name);
    return at != NULL ? (int64_t)strtoull(at + strlen(name), NULL, base) : -1;
}

static int64_t umask_now(void)
{
    char task[24];

    snprintf(task, sizeof(task), "%ld", (long)syscall(SYS_gettid));
    return status_number(task, "Umask:", 8);
}

static uint64_t environment_hash(void)
{
    uint64_t h = 14695981039346656037u;

    for (char **e = environ; e != NULL && *e != NULL; e++)
        for (const char *c = *e;; c++) {
            h = (h ^ (uint8_t)*c) * 1099511628211u;
            if (*c == '\0')
                break;
        }
    return h;
}

static void take_state(struct state *s)
{
    const char *locale = setlocale(LC_ALL, NULL);
    struct sigaction sa;

    memset(s, 0, sizeof(*s));
    for (int sig = 1; sig < SIGNALS; sig++)
        if (sigaction(sig, NULL, &sa) == 0)
            s->handlers[sig] = sa.sa_handler;
    snprintf(s->locale, sizeof(s->locale), "%s%s", locale != NULL ? locale : "",
             uselocale((locale_t)0) != LC_GLOBAL_LOCALE ? " and one of the thread" : "");
    if (getcwd(s->folder, sizeof(s->folder)) == NULL)
        s->folder[0] = '\0';
    s->mask = (long)umask_now();
    s->environment = environment_hash();
}

static void each_number(const char *folder, void (*fn)(long, void *), void *user)
{
    DIR *d = opendir(folder);
    const struct dirent *e;

    if (d == NULL)
        return;
    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
            if (strtol(e->d_name, NULL, 10) != dirfd(d) || strstr(folder, "task") != NULL)
                fn(strtol(e->d_name, NULL, 10), user);
    closedir(d);
}

static void add_thread(long tid, void *user)
{
    if (!tester_thread(tid))
        ++*(unsigned *)user;
}

unsigned count_threads(void)
{
    unsigned n = 0;

    each_number("/proc/self/task", add_thread, &n);
    return n;
}

static void add_file(long fd, void *user)
{
    (void)fd;
    ++*(unsigned *)user;
}

unsigned count_files(void)
{
    unsigned n = 0;

    each_number("/proc/self/fd", add_file, &n);
    return n;
}

static void know_file(long fd, void *user)
{
    (void)user;
    if (fd < FILES)
        known_file[fd] = true;
}

static void look_at_file(long fd, void *user)
{
    int flags = fcntl((int)fd, F_GETFD);
    char path[64], name[128];
    ssize_t n;

    if (fd >= FILES || known_file[fd] || flags < 0 || (flags & FD_CLOEXEC) != 0)
        return;
    snprintf(path, sizeof(path), "/proc/self/fd/%ld", fd);
    n = readlink(path, name, sizeof(name) - 1);
    name[n > 0 ? n : 0] = '\0';
    broken("close-on-exec",
           "descriptor %ld (%s) is open without close-on-exec, seen at %s; open with O_CLOEXEC, "
           "SOCK_CLOEXEC, \"e\" of fopen",
           fd, name, (const char *)user);
}

/* Threads the plugin started must leave signals to the host. Those of a fault, and the two glibc keeps for
 * itself, do not count. */
static void look_at_thread(long tid, void *user)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGKILL, SIGSTOP, 32, 33 };
    uint64_t wanted = UINT64_MAX;
    int64_t blocked;
    char task[24];

    if (tester_thread(tid))
        return;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        wanted &= ~((uint64_t)1 << (own[i] - 1));
    snprintf(task, sizeof(task), "%ld", tid);
    blocked = status_number(task, "SigBlk:", 16);
    if (blocked != -1 && ((uint64_t)blocked & wanted) != wanted)
        broken("signal-mask",
               "a thread the plugin started takes signals, seen at %s; block all signals around "
               "pthread_create",
               (const char *)user);
}

static void look_at_mask(const char *where)
{
    sigset_t set;

    pthread_sigmask(SIG_SETMASK, NULL, &set);
    if (!sigismember(&set, SIGTERM) || !sigismember(&set, SIGINT) || !sigismember(&set, SIGPIPE) ||
        !sigismember(&set, SIGUSR1))
        broken("signal-mask", "the signal mask of the host's thread was changed, seen at %s; leave it alone",
               where);
}

static void compare(const struct state *now, const char *where)
{
    for (int sig = 1; sig < SIGNALS; sig++)
        if (now->handlers[sig] != before.handlers[sig])
            broken("signal-handlers",
                   "the handler of signal %d was changed, seen at %s; signals belong to the host "
                   "(for SIGPIPE use MSG_NOSIGNAL)",
                   sig, where);
    if (strcmp(now->locale, before.locale) != 0)
        broken("locale",
               "the locale is now '%s', seen at %s; never call setlocale or uselocale: use functions "
               "that take a locale",
               now->locale, where);
    if (strcmp(now->folder, before.folder) != 0)
        broken("working-directory",
               "the working directory is now %s, seen at %s; use absolute paths or openat", now->folder,
               where);
    if (now->mask != before.mask)
        broken("umask", "the umask is now 0%03lo, seen at %s; set modes with fchmod",
               (unsigned long)now->mask, where);
    if (now->environment != before.environment)
        broken("environment",
               "the environment was changed, seen at %s; setenv is unsafe among threads: give "
               "values to the library in another way",
               where);
}

static void count_fork(void)
{
    atomic_fetch_add(&forks, 1);
}

/* A child that was forked in the open, that is still there, or that was waited for: the last two in whichever
 * way it was started. */
static bool child_seen(void)
{
    siginfo_t info = { 0 };
    struct rusage gone;

    getrusage(RUSAGE_CHILDREN, &gone);
    return atomic_load(&forks) > 0 || waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
           gone.ru_minflt > 0;
}

void state_watch(void)
{
    take_state(&before);
    each_number("/proc/self/fd", know_file, NULL);
    pthread_atfork(count_fork, NULL, NULL);
    watching = true;
}

void state_look(const char *where)
{
    struct state now;
    char what[96];

    if (!watching)
        return;
    host_side++;
    snprintf(what, sizeof(what), "%s", where);
    pthread_mutex_lock(&look_lock);
    take_state(&now);
    compare(&now, what);
    if (tester_thread((long)syscall(SYS_gettid)) && syscall(SYS_gettid) != getpid())
        look_at_mask(what);
    each_number("/proc/self/fd", look_at_file, what);
    each_number("/proc/self/task", look_at_thread, what);
    if (child_seen())
        broken("fork",
               "the plugin forked a process, seen at %s; a fork copies locks that other threads hold: talk "
               "to a service instead",
               what);
    pthread_mutex_unlock(&look_lock);
    host_side--;
}

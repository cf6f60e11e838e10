/* nth.c - preloaded into a program: its n-th allocation or system call fails, and its wall clock may jump.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Environment: NTH_CONTROL (a file with a struct nth_control), without which nothing is done. What fails is told on
 * stderr with the stack that called it. powercut.c keeps a journal of one folder; here any call fails, and nothing is
 * written down. Not seen: what libc and libuv do through syscall(2) or among themselves, and stdio. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "nth.h"

#define EXPORT      __attribute__((visibility("default")))
#define ALIAS(name) __attribute__((visibility("default"), alias(name)))

_Static_assert(sizeof(off_t) == 8, "the 64-bit names below are the same calls");

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

#define X(name) NTH_##name,
enum nth_call { NTH_CALLS(X) };
#undef X
#define X(name) #name,
static const char *const names[] = { NTH_CALLS(X) };
#undef X

static struct nth_control *control;
static _Thread_local bool inside; /* our own calls are not counted */

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("NTH_CONTROL");
    void *stack[4], *p;
    uint64_t nobody = 0;
    int fd;

    inside = true;
    backtrace(stack, 4); /* loads what it needs */
    fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    p = fd >= 0 ? mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (path && p == MAP_FAILED) {
        dprintf(STDERR_FILENO, "nth: %s: %s\n", path, strerror(errno));
        _exit(99);
    }
    if (path) {
        close(fd);
        __atomic_compare_exchange_n(&((struct nth_control *)p)->pid, &nobody, (uint64_t)getpid(), 0,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        control = p;
    }
    inside = false;
}

static bool is_first(void)
{
    return control->pid == (uint64_t)getpid();
}

static void tell(enum nth_call call, uint64_t n)
{
    void *stack[24];
    int depth = backtrace(stack, 24), saved = errno;

    snprintf(control->last, sizeof(control->last), "%s", names[call]);
    dprintf(STDERR_FILENO, "nth: %s, number %llu, fails in process %d:\n", names[call], (unsigned long long)n,
            (int)getpid());
    backtrace_symbols_fd(stack + 2, depth > 2 ? depth - 2 : 0, STDERR_FILENO);
    errno = saved;
}

static bool fails(enum nth_call call)
{
    uint64_t at, n;
    bool hit;

    if (!control || inside || !(at = __atomic_load_n(&control->at, __ATOMIC_SEQ_CST)) ||
        !(control->mask >> call & 1))
        return false;
    if (control->who != NTH_ALL && (control->who == NTH_FIRST) != is_first())
        return false;
    n = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    hit = n >= at && n - at <= control->hold;
    if (!hit)
        return false;
    inside = true;
    if (__atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST) == 1)
        tell(call, n);
    inside = false;
    errno = control->error ? (int)control->error : errno;
    return true;
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define NEXT(type, name)                                                                                     \
    static __typeof__(type) real;                                                                            \
    if (!real)                                                                                               \
    *(void **)&real = next(name)

/* --- memory --- */

static void *noted(void *p)
{
    if (control && p && !inside && is_first())
        __atomic_add_fetch(&control->live, 1, __ATOMIC_RELAXED);
    return p;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

EXPORT void *malloc(size_t size)
{
    return fails(NTH_malloc) ? no_memory() : noted(__libc_malloc(size));
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fails(NTH_malloc) ? no_memory() : noted(__libc_calloc(count, size));
}

EXPORT void *realloc(void *p, size_t size)
{
    void *q;

    if (fails(NTH_malloc))
        return no_memory();
    q = __libc_realloc(p, size);
    return p ? q : noted(q);
}

EXPORT void free(void *p)
{
    if (control && p && !inside && is_first())
        __atomic_sub_fetch(&control->live, 1, __ATOMIC_RELAXED);
    __libc_free(p);
}

/* --- files --- */

EXPORT int open(const char *path, int flags, ...)
{
    NEXT(int (*)(const char *, int, ...), "open");
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return fails(NTH_open) ? -1 : real(path, flags, mode);
}
int open64(const char *path, int flags, ...) ALIAS("open");

EXPORT int openat(int at, const char *path, int flags, ...)
{
    NEXT(int (*)(int, const char *, int, ...), "openat");
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return fails(NTH_open) ? -1 : real(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) ALIAS("openat");

EXPORT int fcntl(int fd, int cmd, ...)
{
    NEXT(int (*)(int, int, ...), "fcntl");
    va_list ap;
    void *arg;

    va_start(ap, cmd);
    arg = va_arg(ap, void *);
    va_end(ap);
    return fails(NTH_fcntl) ? -1 : real(fd, cmd, arg);
}
int fcntl64(int fd, int cmd, ...) ALIAS("fcntl");

/* What the kernel's own wake-ups go through, eventfd, signalfd, pipes, does not fail, and libuv aborts if it did. */
static bool can_fail(int fd)
{
    NEXT(int (*)(int, struct stat *), "fstat");
    struct stat st;

    return !control || !control->at || real(fd, &st) || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode);
}

/* A transfer: all of it, half of it, or an error. */
#define TRANSFER(call, type, name, len, ...)                                                                 \
    NEXT(type, name);                                                                                        \
    bool hit = can_fail(fd) && fails(call);                                                                                  \
    if (hit && control->error)                                                                               \
        return -1;                                                                                           \
    if (hit && len > 1)                                                                                      \
        len /= 2;                                                                                            \
    return real(__VA_ARGS__)

EXPORT ssize_t read(int fd, void *buf, size_t len)
{
    TRANSFER(NTH_read, ssize_t(*)(int, void *, size_t), "read", len, fd, buf, len);
}

EXPORT ssize_t write(int fd, const void *buf, size_t len)
{
    TRANSFER(NTH_write, ssize_t(*)(int, const void *, size_t), "write", len, fd, buf, len);
}

EXPORT ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
    TRANSFER(NTH_pread, ssize_t(*)(int, void *, size_t, off_t), "pread", len, fd, buf, len, at);
}
ssize_t pread64(int fd, void *buf, size_t len, off64_t at) ALIAS("pread");

EXPORT ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
    TRANSFER(NTH_pwrite, ssize_t(*)(int, const void *, size_t, off_t), "pwrite", len, fd, buf, len, at);
}
ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t at) ALIAS("pwrite");

EXPORT ssize_t send(int fd, const void *buf, size_t len, int flags)
{
    TRANSFER(NTH_send, ssize_t(*)(int, const void *, size_t, int), "send", len, fd, buf, len, flags);
}

EXPORT ssize_t recv(int fd, void *buf, size_t len, int flags)
{
    TRANSFER(NTH_recv, ssize_t(*)(int, void *, size_t, int), "recv", len, fd, buf, len, flags);
}

/* Of a list of buffers half is the first of them, or half of the only one. */
#define TRANSFER_LIST(call, type, name, list, count, ...)                                                    \
    NEXT(type, name);                                                                                        \
    bool hit = can_fail(fd) && fails(call);                                                                                  \
    struct iovec half;                                                                                       \
    if (hit && control->error)                                                                               \
        return -1;                                                                                           \
    if (hit && (count > 1 || (count == 1 && list->iov_len > 1))) {                                           \
        half = list[0];                                                                                      \
        if (count == 1)                                                                                      \
            half.iov_len /= 2;                                                                               \
        list = &half;                                                                                        \
        count = 1;                                                                                           \
    }                                                                                                        \
    return real(__VA_ARGS__)

EXPORT ssize_t readv(int fd, const struct iovec *list, int count)
{
    TRANSFER_LIST(NTH_readv, ssize_t(*)(int, const struct iovec *, int), "readv", list, count, fd, list,
                  count);
}

EXPORT ssize_t writev(int fd, const struct iovec *list, int count)
{
    TRANSFER_LIST(NTH_writev, ssize_t(*)(int, const struct iovec *, int), "writev", list, count, fd, list,
                  count);
}

/* --- calls that work or do not --- */

#define CALL(bit, type, name, params, ...)                                                                   \
    EXPORT type name params                                                                                  \
    {                                                                                                        \
        NEXT(type(*) params, #name);                                                                         \
        return fails(NTH_##bit) ? (type)-1 : real(__VA_ARGS__);                                              \
    }

CALL(fsync, int, fsync, (int fd), fd)
CALL(fdatasync, int, fdatasync, (int fd), fd)
CALL(ftruncate, int, ftruncate, (int fd, off_t size), fd, size)
int ftruncate64(int fd, off64_t size) ALIAS("ftruncate");
CALL(unlink, int, unlink, (const char *path), path)
CALL(unlink, int, unlinkat, (int at, const char *path, int flags), at, path, flags)
CALL(rename, int, rename, (const char *from, const char *to), from, to)
CALL(rename, int, renameat, (int a, const char *from, int b, const char *to), a, from, b, to)
CALL(stat, int, stat, (const char *path, struct stat *st), path, st)
int stat64(const char *path, struct stat64 *st) ALIAS("stat");
CALL(stat, int, lstat, (const char *path, struct stat *st), path, st)
int lstat64(const char *path, struct stat64 *st) ALIAS("lstat");
CALL(stat, int, fstatat, (int at, const char *path, struct stat *st, int flags), at, path, st, flags)
int fstatat64(int at, const char *path, struct stat64 *st, int flags) ALIAS("fstatat");
CALL(stat, int, access, (const char *path, int mode), path, mode)
CALL(fstat, int, fstat, (int fd, struct stat *st), fd, st)
int fstat64(int fd, struct stat64 *st) ALIAS("fstat");
CALL(chmod, int, chmod, (const char *path, mode_t mode), path, mode)
CALL(chmod, int, fchmod, (int fd, mode_t mode), fd, mode)
CALL(mkdir, int, mkdir, (const char *path, mode_t mode), path, mode)
CALL(dup, int, dup2, (int a, int b), a, b)

CALL(socket, int, socket, (int domain, int type, int protocol), domain, type, protocol)
CALL(socketpair, int, socketpair, (int domain, int type, int protocol, int fds[2]), domain, type, protocol,
     fds)
CALL(bind, int, bind, (int fd, const struct sockaddr *a, socklen_t len), fd, a, len)
CALL(listen, int, listen, (int fd, int backlog), fd, backlog)
CALL(connect, int, connect, (int fd, const struct sockaddr *a, socklen_t len), fd, a, len)
CALL(accept, int, accept, (int fd, struct sockaddr *a, socklen_t *len), fd, a, len)
CALL(accept, int, accept4, (int fd, struct sockaddr *a, socklen_t *len, int flags), fd, a, len, flags)
CALL(getsockname, int, getsockname, (int fd, struct sockaddr *a, socklen_t *len), fd, a, len)
CALL(getpeername, int, getpeername, (int fd, struct sockaddr *a, socklen_t *len), fd, a, len)
CALL(getsockopt, int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len), fd, level, name,
     value, len)
CALL(setsockopt, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len), fd, level,
     name, value, len)
CALL(sendmsg, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), fd, m, flags)
CALL(recvmsg, ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), fd, m, flags)
CALL(shutdown, int, shutdown, (int fd, int how), fd, how)
CALL(epoll_create, int, epoll_create1, (int flags), flags)
CALL(epoll_ctl, int, epoll_ctl, (int fd, int op, int other, struct epoll_event *e), fd, op, other, e)
CALL(epoll_wait, int, epoll_wait, (int fd, struct epoll_event *e, int count, int ms), fd, e, count, ms)
CALL(epoll_wait, int, epoll_pwait, (int fd, struct epoll_event *e, int count, int ms, const sigset_t *mask),
     fd, e, count, ms, mask)
CALL(eventfd, int, eventfd, (unsigned n, int flags), n, flags)
CALL(pipe, int, pipe2, (int fds[2], int flags), fds, flags)
CALL(getrandom, ssize_t, getrandom, (void *buf, size_t len, unsigned flags), buf, len, flags)
EXPORT pid_t fork(void)
{
    NEXT(pid_t(*)(void), "fork");
    return fails(NTH_fork) ? -1 : real();
}

EXPORT void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    NEXT(void *(*)(void *, size_t, int, int, int, off_t), "mmap");
    return fails(NTH_mmap) ? MAP_FAILED : real(at, len, prot, flags, fd, offset);
}
void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset) ALIAS("mmap");

EXPORT int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    NEXT(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), "pthread_create");
    return fails(NTH_pthread_create) ? EAGAIN : real(t, attr, run, arg);
}

/* --- the wall clock --- */

EXPORT int clock_gettime(clockid_t id, struct timespec *t)
{
    NEXT(int (*)(clockid_t, struct timespec *), "clock_gettime");
    int rc = real(id, t);
    int64_t ahead = control ? control->wall_ms : 0;

    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        t->tv_sec += ahead / 1000;
    return rc;
}

EXPORT int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec t;

    (void)tz;
    if (clock_gettime(CLOCK_REALTIME, &t))
        return -1;
    *tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
    return 0;
}

EXPORT time_t time(time_t *ret)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    if (ret)
        *ret = t.tv_sec;
    return t.tv_sec;
}

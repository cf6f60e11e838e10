/* reach.c - a call that was trapped because it brings an address: the doorman is asked.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Runs in a signal handler, of the thread that made the call, where errno is the caller's: calls of the
 * system, no library that has locks. None of it is trusted by anybody: what is refused is refused by
 * filters and by the doorman. */
#include "config.h"

#include "sandbox/reach.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define GATHER_MAX (1u << 20) /* of one message; a stream takes less than it was given, too */
#define PAUSE_NS   5000000    /* before a unix socket is tried again whose server has no room for callers */

static bool begun, has_doorman;

bool reach_known_here(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

void reach_begin(bool doorman)
{
    begun = reach_known_here();
    has_doorman = doorman;
}

/* --- asking --- */

/* Sends the request, with both descriptors. */
static int send_request(const struct reach_request *q, const void *data, const int fds[2])
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = { .room = { 0 } };
    struct iovec iov[2] = { { (void *)q, sizeof(*q) }, { (void *)data, q->data_len } };
    struct msghdr msg = { .msg_iov = iov,
                          .msg_iovlen = q->data_len > 0 ? 2 : 1,
                          .msg_control = control.room,
                          .msg_controllen = sizeof(control.room) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    ssize_t n;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(c), fds, 2 * sizeof(int));
    do {
        n = sendmsg(REACH_FD, &msg, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* 0 with the reply, or -errno. */
static int ask(int fd, const struct reach_request *q, const void *data, struct reach_reply *ret)
{
    int pair[2], status;
    ssize_t n;

    if (!has_doorman)
        return -EACCES;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    status = send_request(q, data, (const int[2]){ fd, pair[1] });
    close(pair[1]);
    if (status == 0) {
        do {
            n = recv(pair[0], ret, sizeof(*ret), 0);
        } while (n < 0 && errno == EINTR);
        status = n == (ssize_t)sizeof(*ret) ? 0 : -EACCES; /* it has gone */
    } else if (status == -EPIPE) {
        status = -EACCES;
    }
    close(pair[0]);
    return status;
}

static int set_address(struct reach_request *q, const void *address, uint64_t len)
{
    if (len > sizeof(q->address))
        return -EINVAL;
    q->address_len = (uint32_t)len;
    memcpy(q->address, address, len);
    return 0;
}

/* --- waiting, where the socket is one that waits; the doorman never does --- */

/* Milliseconds that a call may wait (SO_SNDTIMEO); -1: for ever. */
static int patience(int fd)
{
    struct timeval most = { 0, 0 };
    socklen_t len = sizeof(most);

    if (getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, &len) < 0 || (most.tv_sec == 0 && most.tv_usec == 0))
        return -1;
    return most.tv_sec > 1000000 ? 1000000000 : (int)(most.tv_sec * 1000 + (most.tv_usec + 999) / 1000);
}

static bool wait_writable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    int n, most = patience(fd);

    do {
        n = poll(&p, 1, most);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* A connection that is being made: how it ends. */
static long await_connection(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (!wait_writable(fd))
        return -EINPROGRESS;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
}

static long answer_connect(int fd, const void *address, uint64_t len)
{
    struct reach_request q = { .op = REACH_CONNECT };
    struct reach_reply r = { 0, 0 };
    const struct timespec pause = { 0, PAUSE_NS };
    long status = set_address(&q, address, len);
    int tries = 0, most;

    if (status < 0)
        return status;
    for (;;) {
        status = ask(fd, &q, NULL, &r);
        if (status < 0)
            return status;
        if (r.result == -EINPROGRESS && r.blocking)
            return await_connection(fd);
        most = r.result == -EAGAIN && r.blocking ? patience(fd) : 0;
        if (most == 0 || (most > 0 && ++tries > most / (PAUSE_NS / 1000000)))
            return r.result;
        nanosleep(&pause, NULL);
    }
}

/* --- sending --- */

static long answer_send(int fd, const void *data, uint64_t len, int flags, const void *address,
                        uint64_t address_len)
{
    struct reach_request q = { .op = REACH_SEND, .flags = (uint32_t)flags };
    struct reach_reply r = { 0, 0 };
    long status;

    if (address == NULL || address_len == 0) {
        status = sendto(fd, data, len, flags, NULL, 0);
        return status < 0 ? -errno : status;
    }
    if (len > REACH_DATA_MAX)
        return -EMSGSIZE;
    q.data_len = (uint32_t)len;
    status = set_address(&q, address, address_len);
    while (status == 0) {
        status = ask(fd, &q, data, &r);
        if (status < 0 || r.result != -EAGAIN || !r.blocking || flags & MSG_DONTWAIT)
            return status < 0 ? status : r.result;
        status = wait_writable(fd) ? 0 : -EAGAIN;
    }
    return status;
}

/* What the vectors hold, in one piece; *ret_map has what is to be unmapped afterwards. */
static int gather(const struct msghdr *msg, struct iovec *ret, struct iovec *ret_map)
{
    size_t len = 0, at = 0;
    char *room;

    *ret_map = (struct iovec){ NULL, 0 };
    *ret = (struct iovec){ NULL, 0 };
    if (msg->msg_iovlen == 1)
        *ret = msg->msg_iov[0];
    if (msg->msg_iovlen < 2)
        return 0;
    if (msg->msg_iovlen > 1024)
        return -EMSGSIZE;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        len += msg->msg_iov[i].iov_len > GATHER_MAX ? GATHER_MAX : msg->msg_iov[i].iov_len;
    len = len > GATHER_MAX ? GATHER_MAX : len;
    room = mmap(NULL, len + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return -ENOMEM;
    for (size_t i = 0; i < msg->msg_iovlen && at < len; i++) {
        size_t part = msg->msg_iov[i].iov_len < len - at ? msg->msg_iov[i].iov_len : len - at;

        memcpy(room + at, msg->msg_iov[i].iov_base, part);
        at += part;
    }
    *ret = (struct iovec){ room, at };
    *ret_map = (struct iovec){ room, len + 1 };
    return 0;
}

/* Control data could bring descriptors, or a route. */
static long answer_message(int fd, const struct msghdr *msg, int flags)
{
    struct iovec data, map;
    long status;

    if (msg->msg_controllen > 0)
        return -EPERM;
    status = gather(msg, &data, &map);
    if (status == 0)
        status = answer_send(fd, data.iov_base, data.iov_len, flags, msg->msg_name, msg->msg_namelen);
    if (map.iov_base != NULL)
        munmap(map.iov_base, map.iov_len);
    return status;
}

static long answer_messages(int fd, struct mmsghdr *messages, uint64_t count, int flags)
{
    long sent = 0, status = 0;

    while ((uint64_t)sent < count && sent < 1024) {
        status = answer_message(fd, &messages[sent].msg_hdr, flags);
        if (status < 0)
            break;
        messages[sent++].msg_len = (unsigned)status;
    }
    return sent > 0 ? sent : status;
}

/* --- the call in the machine's registers --- */

#if defined(__x86_64__)
static void take(const ucontext_t *c, uint64_t args[6])
{
    static const int registers[6] = { REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9 };

    for (int i = 0; i < 6; i++)
        args[i] = (uint64_t)c->uc_mcontext.gregs[registers[i]];
}

static void put(ucontext_t *c, long result)
{
    c->uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
static void take(const ucontext_t *c, uint64_t args[6])
{
    for (int i = 0; i < 6; i++)
        args[i] = c->uc_mcontext.regs[i];
}

static void put(ucontext_t *c, long result)
{
    c->uc_mcontext.regs[0] = (unsigned long long)result;
}
#else /* it is never begun */
static void take(const ucontext_t *c, uint64_t args[6])
{
    (void)c;
    memset(args, 0, 6 * sizeof(*args));
}

static void put(ucontext_t *c, long result)
{
    (void)c;
    (void)result;
}
#endif

bool reach_answer(int number, void *context)
{
    uint64_t a[6];
    int before = errno;
    long result;

    if (!begun)
        return false;
    take(context, a);
    switch (number) {
    case SYS_connect: result = answer_connect((int)a[0], (const void *)a[1], (uint32_t)a[2]); break;
    case SYS_sendto:
        result =
            answer_send((int)a[0], (const void *)a[1], a[2], (int)a[3], (const void *)a[4], (uint32_t)a[5]);
        break;
    case SYS_sendmsg: result = answer_message((int)a[0], (const struct msghdr *)a[1], (int)a[2]); break;
    case SYS_sendmmsg:
        result = answer_messages((int)a[0], (struct mmsghdr *)a[1], (uint32_t)a[2], (int)a[3]);
        break;
    default: return false;
    }
    put(context, result);
    errno = before;
    return true;
}

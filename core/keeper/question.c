/* question.c - what a helper asks its doorman: read, judged, answered.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keeper/question.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Where the name services of the system listen: libc asks them without being told to. */
static const char *const name_services[] = { "/run/nscd/socket",
                                             "/var/run/nscd/socket",
                                             "/run/systemd/resolve/io.systemd.Resolve",
                                             "/run/systemd/userdb/io.systemd.DynamicUser",
                                             "/run/avahi-daemon/socket",
                                             "/var/run/avahi-daemon/socket",
                                             "/var/lib/sss/pipes/nss",
                                             NULL };

/* --- reading --- */

/* The descriptors of a question. What is too many was cut by the kernel, and said. */
static bool take_descriptors(struct msghdr *msg, struct question *x)
{
    int fds[2], count = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            if (count < 2)
                memcpy(&fds[count++], CMSG_DATA(c) + at, sizeof(int));
        }
    }
    x->socket = count > 0 ? fds[0] : -1;
    x->reply = count > 1 ? fds[1] : -1;
    return count == 2;
}

static bool is_sound(const struct question *x, ssize_t len)
{
    return len >= (ssize_t)sizeof(x->q) && (x->q.op == REACH_CONNECT || x->q.op == REACH_SEND) &&
           x->q.address_len <= sizeof(x->q.address) && x->q.data_len <= REACH_DATA_MAX &&
           (size_t)len == sizeof(x->q) + x->q.data_len;
}

int question_read(int fd, struct question **ret)
{
    struct question *x = calloc(1, sizeof(*x));
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec iov[2];
    struct msghdr msg = {
        .msg_iov = iov, .msg_iovlen = 2, .msg_control = control.room, .msg_controllen = sizeof(control.room)
    };
    ssize_t n;

    if (x == NULL)
        return -ENOMEM;
    x->socket = x->reply = -1;
    iov[0] = (struct iovec){ &x->q, sizeof(x->q) };
    iov[1] = (struct iovec){ x->data, sizeof(x->data) };
    n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n >= 0 && take_descriptors(&msg, x) && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
        is_sound(x, n)) {
        *ret = x;
        return 1;
    }
    question_free(x);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? -EAGAIN : 0;
}

void question_free(struct question *x)
{
    if (x->socket >= 0)
        close(x->socket);
    if (x->reply >= 0)
        close(x->reply);
    free(x);
}

/* --- judging --- */

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || (path[len] == '/' && !strstr(path, "/..")));
}

static bool may_path(const struct sandbox_rules *rules, const struct sockaddr_un *address, socklen_t len)
{
    char path[sizeof(address->sun_path) + 1] = "";

    if (len <= offsetof(struct sockaddr_un, sun_path) || len > sizeof(*address) ||
        address->sun_path[0] != '/')
        return false;
    memcpy(path, address->sun_path, len - offsetof(struct sockaddr_un, sun_path));
    for (const char *const *at = name_services; *at != NULL; at++)
        if (strcmp(*at, path) == 0)
            return true;
    for (unsigned i = 0; i < rules->path_count; i++)
        if (is_below(path, rules->paths[i].path))
            return true;
    return false;
}

/* Ports are of TCP, as in landlock.c, which this process has around it, too. */
static bool may_port(const struct sandbox_rules *rules, int socket, const struct sockaddr *address)
{
    int type = 0;
    socklen_t len = sizeof(type);
    bool found = rules->any_port;

    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM)
        return type == SOCK_DGRAM;
    for (unsigned i = 0; i < rules->port_count && !found; i++)
        found = rules->ports[i] == known_port(address);
    return found;
}

/* A socket of which the kernel lets nothing out but echo requests. */
static bool is_echo(int socket)
{
    int type = 0, protocol = 0;
    socklen_t len = sizeof(type);

    return getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM &&
           getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
           (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6);
}

/* Where datagrams and connections may go; of echo requests no socket is connected, so that each is judged. */
static enum known judge_internet(const struct question *x, const struct sandbox_rules *rules)
{
    const struct sockaddr *address = (const struct sockaddr *)x->q.address;
    socklen_t len = x->q.address_len;

    if (is_echo(x->socket))
        return rules->echo && x->q.op == REACH_SEND && known_echo(address, len) ? KNOWN_YES : KNOWN_NO;
    if (known_resolver(address, len))
        return KNOWN_YES;
    return may_port(rules, x->socket, address) ? known_server(address, len) : KNOWN_NO;
}

enum known question_judge(const struct question *x, const struct sandbox_rules *rules)
{
    const struct sockaddr *address = (const struct sockaddr *)x->q.address;
    socklen_t len = x->q.address_len;

    if (len < sizeof(address->sa_family))
        return KNOWN_NO;
    switch (address->sa_family) {
    case AF_UNSPEC: return x->q.op == REACH_CONNECT ? KNOWN_YES : KNOWN_NO; /* dissolves what was connected */
    case AF_UNIX: return may_path(rules, (const struct sockaddr_un *)address, len) ? KNOWN_YES : KNOWN_NO;
    case AF_NETLINK:
        return len >= sizeof(struct sockaddr_nl) && ((const struct sockaddr_nl *)address)->nl_pid == 0 &&
                       ((const struct sockaddr_nl *)address)->nl_groups == 0
                   ? KNOWN_YES
                   : KNOWN_NO; /* the kernel */
    case AF_INET:
    case AF_INET6: return judge_internet(x, rules);
    default: return KNOWN_NO;
    }
}

/* --- answering --- */

/* As if the socket were one that does not wait: it is the helper's, too, which waits itself. */
static int connect_at_once(const struct question *x, bool blocking, int flags)
{
    int rc;

    if (blocking)
        fcntl(x->socket, F_SETFL, flags | O_NONBLOCK);
    rc = connect(x->socket, (const struct sockaddr *)x->q.address, x->q.address_len) < 0 ? -errno : 0;
    if (blocking)
        fcntl(x->socket, F_SETFL, flags);
    return rc;
}

/* Data in the first packet would be sent before anybody is there: TCP's "fast open" is refused. */
static ssize_t send_at_once(const struct question *x)
{
    ssize_t n;

    if (x->q.flags & MSG_FASTOPEN)
        return -EOPNOTSUPP;
    n = sendto(x->socket, x->data, x->q.data_len, (int)x->q.flags | MSG_DONTWAIT | MSG_NOSIGNAL,
               (const struct sockaddr *)x->q.address, x->q.address_len);
    return n < 0 ? -errno : n;
}

void question_answer(struct question *x, bool may)
{
    int flags = fcntl(x->socket, F_GETFL);
    struct reach_reply r = { .result = -EACCES, .blocking = flags >= 0 && !(flags & O_NONBLOCK) };

    if (may && x->q.op == REACH_CONNECT)
        r.result = connect_at_once(x, r.blocking, flags);
    else if (may)
        r.result = (int32_t)send_at_once(x);
    send(x->reply, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL);
    question_free(x);
}

/* message.c - messages between the daemon and its keeper; what is not sound is refused, descriptors closed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "keeper/keeper_p.h"

/* Room for the descriptors, aligned as cmsg(3) wants it. */
union control {
    struct cmsghdr align;
    char room[CMSG_SPACE(KEEPER_PASSED * sizeof(int))];
};

int keeper_send(int fd, const struct keeper_report *report, const int pass[KEEPER_PASSED])
{
    struct iovec iov = { (void *)report, sizeof(*report) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    size_t count = 0;
    union control control;
    ssize_t n;

    while (count < KEEPER_PASSED && pass[count] >= 0)
        count++;
    if (count > 0) {
        struct cmsghdr *c;

        memset(&control, 0, sizeof(control));
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), pass, count * sizeof(int));
    }
    do {
        n = sendmsg(fd, &msg, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

static void close_passed(int passed[KEEPER_PASSED])
{
    for (int i = 0; i < KEEPER_PASSED; i++) {
        if (passed[i] >= 0)
            close(passed[i]);
        passed[i] = -1;
    }
}

/* The descriptors that ride along: their number. What is too many is cut by the kernel, which says so. */
static int descriptors_of(struct msghdr *msg, int ret[KEEPER_PASSED])
{
    int count = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0) && count < KEEPER_PASSED;
             at += sizeof(int))
            memcpy(&ret[count++], CMSG_DATA(c) + at, sizeof(int));
    }
    return count;
}

/* A helper that was started comes with its socket, and with its door; nothing else brings a descriptor. */
static bool report_is_sound(const struct keeper_report *r, int passed)
{
    switch (r->event) {
    case KEEPER_STARTED: return r->pid != 0 && (passed > 0) == (r->pid > 0);
    case KEEPER_ENDED: return r->pid > 0 && passed == 0;
    default: return false;
    }
}

int keeper_receive(int fd, int flags, struct keeper_report *ret_report, int ret_passed[KEEPER_PASSED])
{
    struct iovec iov = { ret_report, sizeof(*ret_report) };
    union control control;
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
    };
    int passed;
    ssize_t n;

    for (int i = 0; i < KEEPER_PASSED; i++)
        ret_passed[i] = -1;
    do {
        n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    passed = descriptors_of(&msg, ret_passed);
    if (n == 0 && passed == 0)
        return 0;
    if (n != (ssize_t)sizeof(*ret_report) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
        !report_is_sound(ret_report, passed)) {
        close_passed(ret_passed);
        return -EPROTO;
    }
    return 1;
}

static bool order_is_sound(const struct keeper_order *o)
{
    switch (o->op) {
    case KEEPER_RUN:
    case KEEPER_DESCRIBE:
    case KEEPER_CHECK: return memchr(o->plugin, '\0', sizeof(o->plugin)) != NULL;
    case KEEPER_KILL: return o->pid > 0;
    default: return false;
    }
}

int keeper_receive_order(int fd, struct keeper_order *ret)
{
    /* With MSG_TRUNC the length is that of the datagram, of which a longer one is cut. */
    ssize_t n = recv(fd, ret, sizeof(*ret) - 1, MSG_DONTWAIT | MSG_TRUNC);

    if (n <= 0)
        return n < 0 ? -errno : 0;
    if (n < (ssize_t)offsetof(struct keeper_order, sandbox) || n >= (ssize_t)sizeof(*ret))
        return -EPROTO;
    ((char *)ret)[n] = '\0'; /* the rules end with the datagram */
    return order_is_sound(ret) ? 1 : -EPROTO;
}

/* fuzz_doorman.c - what a helper asks its doorman: whatever it is, nobody is reached but who may be.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte: how many descriptors ride along; the rest is the question, and after it, once more, a
 * line of resolv.conf. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "keeper/question.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)
#define PORT   80
#define SERVER "192.0.2.1"
#define SOCKET "/run/kea/socket"

static void say(int fd, const uint8_t *data, size_t len, const int *pass, unsigned count)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(4 * sizeof(int))];
    } control = { 0 };
    struct iovec iov = { (void *)(uintptr_t)data, len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (count > 0) {
        struct cmsghdr *c = &control.align;

        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        memcpy(CMSG_DATA(c), pass, count * sizeof(int));
    }
    sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The lowest number that is free from `from` on. */
static int next_fd(int from)
{
    int fd = dup(from);

    close(fd);
    return fd;
}

/* Its own socket, or what libc asks for names. */
static bool may_path(const char *path)
{
    return (strncmp(path, SOCKET, strlen(SOCKET)) == 0 && strstr(path, "/..") == NULL) ||
           strncmp(path, "/var/", 5) == 0 || strncmp(path, "/run/nscd/", 10) == 0 ||
           strncmp(path, "/run/systemd/", 13) == 0 || strncmp(path, "/run/avahi-daemon/", 18) == 0;
}

/* Said again in other words than question.c's. */
static bool may(const struct reach_request *q)
{
    struct sockaddr_in four;
    struct sockaddr_nl kernel;
    uint16_t family;
    char path[sizeof(q->address)];
    in_addr_t server = inet_addr(SERVER);

    memcpy(&family, q->address, sizeof(family));
    memcpy(&four, q->address, sizeof(four));
    memcpy(&kernel, q->address, sizeof(kernel));
    if (family == AF_INET)
        return (four.sin_addr.s_addr == server && four.sin_port == htons(PORT)) || four.sin_port == htons(53);
    if (family == AF_INET6)
        return memcmp(q->address + 8, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0 || four.sin_port == htons(53);
    if (family == AF_UNIX) {
        snprintf(path, sizeof(path), "%.*s", (int)q->address_len - 2, (const char *)q->address + 2);
        return may_path(path);
    }
    return (family == AF_UNSPEC && q->op == REACH_CONNECT) ||
           (family == AF_NETLINK && kernel.nl_pid == 0 && kernel.nl_groups == 0);
}

static void judge(struct question *x)
{
    static const struct sandbox_rules rules = { .process = SANDBOX_DOORMAN,
                                                .port_count = 1,
                                                .ports = { PORT },
                                                .path_count = 1,
                                                .paths = { { SOCKET, 0 } } };
    char text[64];

    if (question_judge(x, &rules) != KNOWN_NO)
        CHECK(x->q.address_len >= 2 && may(&x->q));
    memset(text, 'x', sizeof(text));
    if (x->q.address_len >= 2)
        known_write((const struct sockaddr *)x->q.address, x->q.address_len, text, sizeof(text));
    for (size_t i = 0; x->q.address_len >= 2 && text[i] != '\0'; i++)
        CHECK(i < sizeof(text) && text[i] >= ' ' && text[i] <= '~');
    question_answer(x, false);
}

static void ask(const uint8_t *data, size_t size, unsigned descriptors)
{
    int pair[2], reply[2], socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), first, n;
    struct question *x;
    struct reach_reply r;

    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reply) == 0);
    first = next_fd(socket_fd);
    say(pair[1], data, size, (const int[4]){ socket_fd, reply[1], socket_fd, socket_fd }, descriptors);
    n = question_read(pair[0], &x);
    CHECK(n != 1 || descriptors == 2);
    if (n == 1) {
        judge(x);
        CHECK(recv(reply[0], &r, sizeof(r), MSG_DONTWAIT) == (ssize_t)sizeof(r) && r.result == -EACCES &&
              r.blocking);
    }
    CHECK(next_fd(socket_fd) == first); /* none stays open */
    close(pair[1]);
    while (n != 0)
        n = question_read(pair[0], &x);
    close(pair[0]);
    close(reply[0]);
    close(reply[1]);
    close(socket_fd);
}

static void read_line(const uint8_t *data, size_t size)
{
    char line[256];
    unsigned char ip[16];

    size = size < sizeof(line) - 1 ? size : sizeof(line) - 1;
    memcpy(line, data, size);
    line[size] = '\0';
    if (known_nameserver(line, ip))
        CHECK(strstr(line, "nameserver") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    known_add(SERVER);
    ask(data + 1, size - 1, data[0] % 5);
    read_line(data + 1, size - 1);
    return 0;
}

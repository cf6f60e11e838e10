/* fuzz_keeper.c - messages between the daemon and its keeper, either way: what is not sound ends it and changes nothing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says which end reads; then come messages: a byte of their length, one of how many descriptors ride
 * along, and the bytes. `make check` replays the seeds in tests/fuzz/corpus/keeper and mutations of them
 * (fuzz_main.c); to fuzz, see README.md. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fuzz.h"
#include "keeper/keeper.h"
#include "keeper/keeper_p.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define STARTS   3
#define MESSAGES 16 /* fewer than a socket holds */

struct message {
    const uint8_t *data;
    size_t len;
    unsigned descriptors;
};

static bool next_message(const uint8_t **data, size_t *size, struct message *ret)
{
    if (*size < 2)
        return false;
    size_t len = (*data)[0] % 64 < *size - 2 ? (*data)[0] % 64 : *size - 2;
    *ret = (struct message){ *data + 2, len, (*data)[1] % 4 };
    *data += 2 + len;
    *size -= 2 + len;
    return true;
}

static void say(int fd, const struct message *m)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control = { 0 };
    struct iovec iov = { (void *)(uintptr_t)m->data, m->len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (m->descriptors > 0) {
        struct cmsghdr *c = &control.align;

        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        c->cmsg_len = CMSG_LEN(m->descriptors * sizeof(int));
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(m->descriptors * sizeof(int));
        for (unsigned i = 0; i < m->descriptors; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
    }
    sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT); /* the other end may have gone */
}

/* The number of the fourth descriptor from now: the same again when no message left one of its three open. */
static int next_fd(void)
{
    int fds[4];

    for (int i = 0; i < 4; i++)
        fds[i] = dup(STDERR_FILENO);
    for (int i = 0; i < 4; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return fds[3];
}

/* --- the keeper reads --- */

static bool is_order(const struct message *m)
{
    struct keeper_order o;

    if (m->len < offsetof(struct keeper_order, sandbox) || m->len >= sizeof(o))
        return false;
    memset(&o, 0, sizeof(o));
    memcpy(&o, m->data, m->len);
    if (o.op == KEEPER_KILL)
        return o.pid > 0;
    return o.op >= KEEPER_RUN && o.op <= KEEPER_CHECK && memchr(o.plugin, 0, sizeof(o.plugin)) != NULL;
}

static void read_orders(int pair[2], const uint8_t *data, size_t size)
{
    struct keeper_order order;
    struct message m;
    int free_fd = next_fd();

    for (int i = 0; i < MESSAGES && next_message(&data, &size, &m); i++) {
        say(pair[1], &m);
        int rc = keeper_receive_order(pair[0], &order);
        CHECK(is_order(&m) ? rc == 1 : rc == -EPROTO || (rc == 0 && m.len == 0));
        CHECK(rc != 1 || (memcmp(&order, m.data, m.len) == 0 && ((const char *)&order)[m.len] == 0));
    }
    CHECK(keeper_receive_order(pair[0], &order) == -EAGAIN);
    CHECK(next_fd() == free_fd);
}

/* --- the daemon reads --- */

/* What must have been heard, and what was. */
struct heard {
    unsigned starts, ends, lost;
    int32_t pids[STARTS], ended[MESSAGES], status[MESSAGES];
};
static struct heard wanted, got;

static void on_started(void *user, pid_t pid, int fd, int door)
{
    CHECK(user == &got.pids[got.starts] && (fd >= 0) == (pid > 0)); /* in order */
    got.pids[got.starts++] = pid;
    if (fd >= 0)
        close(fd);
    if (door >= 0)
        close(door);
}

static void on_ended(void *user, pid_t pid, int wait_status)
{
    CHECK(user == &got && got.lost == 0);
    if (pid == 0) {
        got.lost++;
        return;
    }
    got.ended[got.ends] = pid;
    got.status[got.ends++] = wait_status;
}

/* Notes what a report must do; false when it is the end. */
static bool want(const struct message *m)
{
    struct keeper_report r;

    if (m->len != sizeof(r))
        return false;
    memcpy(&r, m->data, sizeof(r));
    if (r.event == KEEPER_STARTED && r.pid != 0 && m->descriptors <= KEEPER_PASSED && (m->descriptors > 0) == (r.pid > 0)) {
        if (wanted.starts < STARTS) /* else nobody asked */
            wanted.pids[wanted.starts++] = r.pid;
        return true;
    }
    if (r.event != KEEPER_ENDED || r.pid <= 0 || m->descriptors > 0)
        return false;
    wanted.ended[wanted.ends] = r.pid;
    wanted.status[wanted.ends++] = r.status;
    return true;
}

/* What keeper_start writes, the other end reads. */
static void check_ordered(int fd, unsigned n)
{
    struct keeper_order o;

    CHECK(keeper_receive_order(fd, &o) == 1);
    CHECK(o.op == KEEPER_RUN + n && o.memory_mib == n && o.files == 2 * n && strcmp(o.plugin, "kea") == 0 &&
          strcmp(o.sandbox, "on\n") == 0);
}

static void read_reports(int pair[2], const uint8_t *data, size_t size)
{
    struct loop *loop = loop_new();
    struct keeper *k = keeper_open(loop, pair[0], on_ended, &got);
    struct message m;

    memset(&wanted, 0, sizeof(wanted));
    memset(&got, 0, sizeof(got));
    for (unsigned i = 0; i < STARTS; i++) {
        const struct keeper_limits limits = { i, 2 * i };
        const struct sandbox_words rules = { "on\n", 3 };

        keeper_start(k, (enum keeper_run)(KEEPER_RUN + i), "kea", &limits, &rules, on_started, &got.pids[i]);
        check_ordered(pair[1], i);
    }
    int free_fd = next_fd();
    for (int i = 0; i < MESSAGES && next_message(&data, &size, &m); i++) {
        if (wanted.lost == 0 && !want(&m))
            wanted.lost++;
        say(pair[1], &m);
    }
    for (unsigned i = wanted.starts; wanted.lost > 0 && i < STARTS; i++)
        wanted.pids[wanted.starts++] = -EPIPE;
    for (int i = 0; i < 4; i++)
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    CHECK(memcmp(&wanted, &got, sizeof(got)) == 0);
    CHECK(next_fd() == free_fd);
    keeper_close(k); /* and pair[0] with it */
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2];

    if (size == 0)
        return 0;
    log_init("fuzz", LOG_ERR_ - 1);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    if (data[0] & 1) {
        read_orders(pair, data + 1, size - 1);
        close(pair[0]);
    } else {
        read_reports(pair, data + 1, size - 1);
    }
    close(pair[1]);
    return 0;
}

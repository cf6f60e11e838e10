/* unix.c - carries one command over a server's own unix socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One command a connection. The server answers as soon as the JSON object is complete and then closes:
 * the answer ends at end of file (measured on 2.2.0). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kea.h"

#define LOOK_MS  100 /* how often a waiting call looks whether it was cancelled */
#define RETRY_MS 20

struct talk {
    struct kea_call *call;
    const char *command;
    char where[400];
    int fd;
    int64_t until;
};

static int failed(struct talk *t, const char *what)
{
    char reason[128] = "";
    int e = errno;

    if (e == ENOENT || e == ECONNREFUSED)
        return kea_fail(
            t->call, IPAM_E_CONN,
            "%s: no server listens there; start it, or correct the path (options socket4, socket6)",
            t->where);
    if (e == EACCES || e == EPERM)
        return kea_fail(t->call, IPAM_E_ACCESS,
                        "%s: this process may not connect; give its user the rights of Kea's group on the "
                        "socket and its folder",
                        t->where);
    if (strerror_r(e, reason, sizeof(reason)))
        snprintf(reason, sizeof(reason), "error %d", e);
    return kea_fail(t->call, IPAM_E_CONN, "%s: %s %s: %s; see the log of the server", t->where, t->command,
                    what, reason);
}

/* 0 while there is time and interest. */
static int still(struct talk *t)
{
    if (kea_stopped(t->call))
        return kea_fail(t->call, IPAM_E_CANCELED, "%s: %s was given up: the caller cancelled it", t->where,
                        t->command);
    if (t->call->kea->host->now_ms() >= t->until)
        return kea_fail(t->call, IPAM_E_TIMEOUT,
                        "%s: no answer to %s in time; see whether the server hangs, or raise the "
                        "option timeout",
                        t->where, t->command);
    return 0;
}

/* Waits for `events`; 0, or the failure noted. */
static int await(struct talk *t, short events)
{
    struct pollfd p = { .fd = t->fd, .events = events };

    for (;;) {
        int64_t left = t->until - t->call->kea->host->now_ms();
        int status = still(t), n;

        if (status)
            return status;
        n = poll(&p, 1, left < LOOK_MS ? (int)left + 1 : LOOK_MS);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return failed(t, "failed");
    }
}

static int dial(struct talk *t, const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int status = 0;

    memcpy(to.sun_path, path, strlen(path)); /* shorter than sun_path: options.c */
    t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t->fd < 0)
        return failed(t, "got no socket");
    while (status == 0 && connect(t->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        if (errno == EAGAIN) /* the listener's queue is full, and no event tells when it is not: unix(7) */
            poll(NULL, 0, RETRY_MS);
        else if (errno != EINTR)
            return failed(t, "failed");
        status = still(t);
    }
    return status;
}

static int send_all(struct talk *t, struct ipam_str body)
{
    int status = 0;

    for (size_t at = 0; status == 0 && at < body.len;) {
        ssize_t n = send(t->fd, body.data + at, body.len - at, MSG_NOSIGNAL);

        if (n > 0)
            at += (size_t)n;
        else if (errno == EAGAIN)
            status = await(t, POLLOUT);
        else if (errno != EINTR)
            return failed(t, "could not be sent");
    }
    return status;
}

/* Reads until the server closes. 0: the answer is whole. */
static int receive_all(struct talk *t, struct kea_incoming *in)
{
    char part[65536];

    for (;;) {
        ssize_t n = recv(t->fd, part, sizeof(part), 0);
        int status;

        if (n > 0 && !kea_incoming_add(in, part, (size_t)n))
            return kea_incoming_fail(t->call, in, t->where, t->command);
        if (n == 0)
            break;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return failed(t, "was not answered");
        status = n > 0 ? still(t) : await(t, POLLIN);
        if (status)
            return status;
    }
    if (in->text.len == 0)
        return kea_fail(t->call, IPAM_E_CONN,
                        "%s: the connection was closed without an answer to %s; see the log of the server",
                        t->where, t->command);
    if (!in->ended)
        return kea_fail(
            t->call, IPAM_E_CONN,
            "%s: the answer to %s ended before it was complete; see the log of the server, it may have died",
            t->where, t->command);
    return 0;
}

int kea_unix_exchange(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str body,
                      struct kea_incoming *in, bool *ret_sent)
{
    struct talk t = {
        .call = c, .command = command, .fd = -1, .until = c->kea->host->now_ms() + kea_patience(c)
    };
    int status;

    kea_where(c->kea, s, t.where, sizeof(t.where));
    status = dial(&t, c->kea->opt.socket[s]);
    if (status == 0)
        status = send_all(&t, body);
    if (status == 0) {
        *ret_sent = true; /* half a command is dropped by the server, a whole one may be at work */
        status = receive_all(&t, in);
    }
    if (t.fd >= 0)
        close(t.fd);
    return status;
}

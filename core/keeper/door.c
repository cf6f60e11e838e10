/* door.c - the daemon's side of a helper's doorman: whom it lets through, and whom it did not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keeper/door.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
#include "base/memory.h"
#include "keeper/doorman.h"

#define WAIT_MS 1000 /* for a doorman that was told more than a socket holds */

struct door {
    int fd;
    uv_poll_t poll;
    void (*refused)(void *user, const char *what, unsigned count);
    void *user;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct door *d = container_of(poll, struct door, poll);
    struct door_report r;
    ssize_t n;

    (void)status;
    (void)events;
    while ((n = recv(d->fd, &r, sizeof(r), MSG_DONTWAIT)) == (ssize_t)sizeof(r)) {
        r.text[sizeof(r.text) - 1] = '\0';
        d->refused(d->user, r.text, r.count);
    }
    if (n >= 0 || errno != EAGAIN) /* it has gone: the keeper ends its helper */
        uv_poll_stop(poll);
}

struct door *door_open(struct loop *loop, int fd,
                       void (*refused)(void *user, const char *what, unsigned count), void *user)
{
    struct door *d = xcalloc(1, sizeof(*d));

    d->fd = fd;
    d->refused = refused;
    d->user = user;
    uv_poll_init(loop_uv(loop), &d->poll, fd);
    uv_poll_start(&d->poll, UV_READABLE, on_readable);
    return d;
}

static bool tell(const struct door *d, const void *text, size_t len)
{
    struct pollfd room = { .fd = d->fd, .events = POLLOUT };
    ssize_t n;

    do {
        n = send(d->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && (errno == EINTR || (errno == EAGAIN && poll(&room, 1, WAIT_MS) > 0)));
    return n == (ssize_t)len;
}

bool door_tell(struct door *d, bool admit, const char *server)
{
    char text[DOOR_SERVER_MAX + 2];
    int len = snprintf(text, sizeof(text), "%c%s", admit ? '+' : '-', server);

    return len < 0 || (size_t)len >= sizeof(text) || tell(d, text, (size_t)len);
}

bool door_tell_echo(struct door *d, const struct ipam_addrs *addresses)
{
    static unsigned char text[1 + DOOR_ECHO_MAX * 16];
    size_t count = addresses->count < DOOR_ECHO_MAX ? addresses->count : DOOR_ECHO_MAX;

    text[0] = '?';
    for (size_t i = 0; i < count; i++) {
        const struct ipam_addr *a = &addresses->items[i];
        unsigned char *at = text + 1 + i * 16;

        memset(at, 0, 16);
        memset(at + 10, a->family == 4 ? 0xff : 0, 2);
        memcpy(at + (a->family == 4 ? 12 : 0), a->bytes, a->family == 4 ? 4 : 16);
    }
    return tell(d, text, 1 + count * 16);
}

static void on_closed(uv_handle_t *h)
{
    struct door *d = container_of((uv_poll_t *)h, struct door, poll);

    close(d->fd);
    free(d);
}

void door_close(struct door *d)
{
    if (d != NULL)
        uv_close((uv_handle_t *)&d->poll, on_closed);
}

/* notify.c - datagrams to the supervisor, and its watchdog kept content by the loop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"

#define SAY_MAX    1024
#define PATIENCE_S 1 /* for a supervisor that does not read: the loop waits meanwhile */

struct notify {
    int fd;
    struct sockaddr_un address;
    socklen_t address_len;
    bool failed; /* and that was logged */
    struct loop *loop;
    struct loop_timer beat;
    int64_t every_ms;
};

static void complain(struct notify *n, const char *what)
{
    if (!n->failed)
        log_event(LOG_WARN_, "notify-failed",
                  "the supervisor's socket %s cannot be told: %s; ipamd goes on: look at NOTIFY_SOCKET",
                  getenv("NOTIFY_SOCKET"), what);
    n->failed = true;
}

static bool set_address(struct notify *n, const char *name)
{
    size_t len = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(n->address.sun_path))
        return false;
    n->address.sun_family = AF_UNIX;
    memcpy(n->address.sun_path, name, len);
    if (name[0] == '@')
        n->address.sun_path[0] = '\0';
    n->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

struct notify *notify_new(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct notify *n;

    if (name == NULL)
        return NULL;
    n = xcalloc(1, sizeof(*n));
    n->fd = -1;
    if (!set_address(n, name)) {
        complain(n, "it is neither a path nor an abstract name, or too long");
    } else if ((n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0) {
        complain(n, strerror(errno));
    } else {
        setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        return n;
    }
    notify_free(n);
    return NULL;
}

void notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    timer_stop(&n->beat);
    if (n->fd >= 0)
        close(n->fd);
    free(n);
}

/* By its name each time: the supervisor may have made its socket anew. */
static void send_text(struct notify *n, const char *text, size_t len)
{
    ssize_t sent;

    do
        sent = sendto(n->fd, text, len, MSG_NOSIGNAL, (struct sockaddr *)&n->address, n->address_len);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        complain(n, errno == EAGAIN ? "it is full and nobody reads it" : strerror(errno));
}

void notify_say(struct notify *n, const char *fmt, ...)
{
    char text[SAY_MAX];
    va_list ap;

    if (n == NULL)
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    send_text(n, text, strlen(text));
}

void notify_reloading(struct notify *n)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    notify_say(n, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration anew",
               t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000);
}

static void on_beat(struct loop_timer *t)
{
    struct notify *n = container_of(t, struct notify, beat);

    notify_say(n, "WATCHDOG=1");
    timer_start(n->loop, &n->beat, n->every_ms, on_beat);
}

/* A variable that is a number above 0; else 0. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long long n;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    n = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0 ? n : 0;
}

void notify_watchdog(struct notify *n, struct loop *loop)
{
    int64_t usec = number_of("WATCHDOG_USEC");

    if (n == NULL || usec == 0 || (getenv("WATCHDOG_PID") != NULL && number_of("WATCHDOG_PID") != getpid()))
        return;
    n->loop = loop;
    n->every_ms = usec / 2000 > 0 ? usec / 2000 : 1;
    timer_start(loop, &n->beat, 0, on_beat);
}

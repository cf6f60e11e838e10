/* fuzz_wire.c - whatever a helper sends: the daemon survives, and every call is answered exactly once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The input is what a helper says after its greeting; it goes through the daemon's whole side of the wire,
 * with two calls under way (numbers 2 and 3 of instance 1). The keeper is played here. */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fuzz.h"
#include "ipam/status.h"
#include "keeper/door.h"
#include "provider/helper.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

#define HELPER_PID 4242

static struct {
    void (*started)(void *user, pid_t pid, int fd, int door);
    void *user;
} wanted; /* what the daemon asked of the keeper */

struct keeper *keeper_open(struct loop *loop, int fd, void (*ended)(void *user, pid_t pid, int wait_status),
                           void *user)
{
    (void)loop;
    (void)fd;
    (void)ended;
    (void)user;
    return (struct keeper *)&wanted;
}

void keeper_start(struct keeper *k, enum keeper_run how, const char *plugin,
                  const struct keeper_limits *limits, const struct sandbox_words *sandbox,
                  void (*started)(void *user, pid_t pid, int fd, int door), void *user)
{
    (void)sandbox;
    (void)k;
    (void)plugin;
    (void)limits;
    CHECK(how == KEEPER_RUN);
    wanted.started = started;
    wanted.user = user;
}

/* No helper here has a doorman. */
struct door *door_open(struct loop *loop, int fd, void (*refused)(void *user, const char *what, unsigned count),
                       void *user)
{
    (void)loop;
    (void)fd;
    (void)refused;
    (void)user;
    return NULL;
}

bool door_tell(struct door *d, bool admit, const char *server)
{
    (void)d;
    (void)admit;
    (void)server;
    return true;
}

bool door_tell_echo(struct door *d, const struct ipam_addrs *addresses)
{
    (void)d;
    (void)addresses;
    return true;
}

void door_close(struct door *d)
{
    (void)d;
}

void keeper_kill(struct keeper *k, pid_t pid)
{
    (void)k;
    CHECK(pid == HELPER_PID);
}

void keeper_close(struct keeper *k)
{
    (void)k;
}

struct call {
    int done;
};

static void on_record(void *user, const struct ipam_record *rec)
{
    CHECK(((struct call *)user)->done == 0 && rec->size >= sizeof(*rec));
}

static void on_step(void *user, const char *step)
{
    CHECK(((struct call *)user)->done == 0 && utf8_valid(step, strlen(step)));
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    CHECK(status >= 0 || info->message.len > 0);
    CHECK(utf8_valid(info->message.data ? info->message.data : "", info->message.len));
    ((struct call *)user)->done++;
}

static const struct request_events events = { .record = on_record, .step = on_step, .done = on_done };

static void on_opened(void *user, int status, const char *message)
{
    (void)message;
    CHECK(status <= 0);
    ++*(int *)user;
}

static void on_closed(void *user)
{
    *(int *)user = 1;
}

static void on_tick(struct loop_timer *t)
{
    (void)t;
}

static void turn(struct loop *loop)
{
    struct loop_timer tick = { 0 };

    timer_start(loop, &tick, 1, on_tick);
    uv_run(loop_uv(loop), UV_RUN_ONCE);
    timer_stop(&tick);
}

static void await_order(struct loop *loop)
{
    while (wanted.started == NULL)
        turn(loop);
}

/* Answers the daemon's order for a helper: a socket on which everything has been said, or an error. */
static void answer_order(const uint8_t *data, size_t size)
{
    void (*started)(void *user, pid_t pid, int fd, int door) = wanted.started;
    struct strbuf hello;
    int pair[2];

    wanted.started = NULL;
    if (data == NULL) {
        started(wanted.user, -2, -1, -1);
        return;
    }
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    strbuf_init(&hello, 4096);
    wire_put_hello(&hello, 0, "");
    CHECK(write(pair[1], hello.data, hello.len) == (ssize_t)hello.len);
    CHECK(size == 0 || write(pair[1], data, size) == (ssize_t)size);
    shutdown(pair[1], SHUT_WR);
    strbuf_fini(&hello);
    started(wanted.user, HELPER_PID, pair[0], -1);
    wanted.user = (void *)(intptr_t)pair[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plugin plugin = { .name = "odd", .offers[IPAM_KIND_DHCP].offered = true };
    struct instance_spec spec = { .plugin = &plugin, .kind = IPAM_KIND_DHCP, .target = "t" };
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    struct call calls[2] = { { 0 }, { 0 } };
    struct loop *loop = loop_new();
    struct providers *p = providers_new(loop, 0);
    int opened = 0, closed = 0, other;

    log_init("fuzz", LOG_ERR_ - 1);
    signal(SIGPIPE, SIG_IGN);
    if (size > 65536)
        size = 65536;
    instance_open(p, &spec, on_opened, &opened);
    request_start(p->instances, CALL_READ_LEASES, &args, 0, &events, &calls[0]);
    request_start(p->instances, CALL_PROBE, NULL, 0, &events, &calls[1]);
    await_order(loop);
    answer_order(data, size);
    other = (int)(intptr_t)wanted.user;
    while (p->helpers->state != HELPER_ENDING)
        turn(loop);
    helper_ended(p, HELPER_PID, SIGKILL);
    for (int i = 0; calls[0].done + calls[1].done < 2; i++) {
        CHECK(i < 10000);
        turn(loop);
        if (wanted.started)
            answer_order(NULL, 0);
    }
    providers_close(p, on_closed, &closed);
    while (!closed) {
        turn(loop);
        if (wanted.started)
            answer_order(NULL, 0);
    }
    CHECK(calls[0].done == 1 && calls[1].done == 1 && opened <= 1);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
    close(other);
    return 0;
}

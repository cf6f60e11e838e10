/* ping.c - echo requests and their replies, IPv4 (RFC 792) and IPv6 (RFC 4443, 4.1 and 4.2).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A socket of type SOCK_DGRAM needs no privilege: the kernel gives it an identifier of its own, makes the
 * checksums, lets nothing out but echo requests, and hands in their replies alone. It is for the groups of
 * net.ipv4.ping_group_range. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "reach.h"

#define HEAD_BYTES  8    /* of an echo, both families alike: type, code, checksum, identifier, number */
#define READS_MOST  256  /* replies that are read in one go */
#define RETRY_MS    10   /* when the kernel has no room */
#define ONE         1000 /* of the budget: an echo request */
#define NUMBER_BITS 10   /* REACH_PARALLEL */

struct reach_ping {
    struct reach *reach;
    int fd[2]; /* of IPv4, IPv6; -1: none yet */
    char why[2][320];
    int64_t budget, budget_ms; /* in thousandths of an echo request, as of then */
    unsigned busy;
    struct reach_echo slots[REACH_PARALLEL];
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- sockets --- */

static void on_readable(void *user, int32_t fd, uint32_t events);

static void explain(struct reach_ping *p, bool six, int error)
{
    const char *what = six ? "IPv6" : "IPv4";

    if (error == EACCES || error == EPERM)
        snprintf(p->why[six], sizeof(p->why[six]),
                 "the kernel lets this process send no echo requests of %s: have net.ipv4.ping_group_range "
                 "hold its "
                 "group, for instance by sysctl -w net.ipv4.ping_group_range='0 2147483647'",
                 what);
    else
        snprintf(p->why[six], sizeof(p->why[six]), "there is no socket for echo requests of %s: %s", what,
                 strerror(error));
}

const char *reach_ping_ready(struct reach_ping *p, uint8_t family)
{
    bool six = family == 6;
    int fd;

    if (p->fd[six] >= 0)
        return NULL;
    fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                six ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
    if (fd < 0) {
        explain(p, six, errno);
        return p->why[six];
    }
    if (p->reach->host->watch_fd(p->reach->inst, fd, IPAM_FD_READ, on_readable, p) != 0) {
        explain(p, six, ENOMEM);
        close(fd);
        return p->why[six];
    }
    p->fd[six] = fd;
    return NULL;
}

struct reach_ping *reach_ping_new(struct reach *r)
{
    struct reach_ping *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->reach = r;
    p->fd[0] = p->fd[1] = -1;
    return p;
}

void reach_ping_free(struct reach_ping *p)
{
    for (int i = 0; p != NULL && i < 2; i++)
        if (p->fd[i] >= 0) {
            p->reach->host->watch_fd(p->reach->inst, p->fd[i], 0, on_readable, p);
            close(p->fd[i]);
        }
    free(p);
}

/* --- sending --- */

static socklen_t set_address(const struct ipam_addr *a, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    memset(ret, 0, sizeof(*ret));
    if (a->family == 4) {
        v4->sin_family = AF_INET;
        memcpy(&v4->sin_addr, a->bytes, 4);
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    memcpy(&v6->sin6_addr, a->bytes, 16);
    return sizeof(*v6);
}

/* 0 or an errno. The kernel fills the checksum and the identifier in. */
static int send_echo(const struct reach_ping *p, const struct reach_echo *e)
{
    const struct ipam_addr *a = reach_address(e->call, e->task);
    uint16_t number = htons((uint16_t)(e->generation << NUMBER_BITS | (unsigned)(e - p->slots)));
    uint8_t packet[HEAD_BYTES + sizeof(e->cookie)] = { a->family == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST };
    struct sockaddr_storage to;
    socklen_t len = set_address(a, &to);

    memcpy(packet + 6, &number, sizeof(number));
    memcpy(packet + HEAD_BYTES, e->cookie, sizeof(e->cookie));
    return sendto(p->fd[a->family == 6], packet, sizeof(packet), MSG_NOSIGNAL, (const struct sockaddr *)&to,
                  len) < 0
               ? errno
               : 0;
}

static const char *why_not_sent(int error)
{
    switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL: return "this host has no route to the address: give it one, or ask from another host";
    case EACCES:
    case EPERM:
        return "the kernel lets no echo request go there: it is a broadcast address, or a packet filter "
               "forbids it";
    default: return "the echo request could not be sent; see whether the network of this host works";
    }
}

static void release(struct reach_ping *p, struct reach_echo *e)
{
    e->call = NULL;
    e->generation = (e->generation + 1) % (1u << (16 - NUMBER_BITS));
    p->busy--;
}

/* Its end: the slot is free, and the call may be gone. */
static void settle(struct reach_ping *p, struct reach_echo *e, uint32_t state, const char *message)
{
    struct reach_call *c = e->call;
    struct reach_task *t = e->task;

    release(p, e);
    reach_ended(c, t, state, message);
}

/* How much may be sent now. */
static void fill_budget(struct reach_ping *p, int64_t now_ms)
{
    int64_t rate = p->reach->opt.rate, most = rate >= 10 ? rate / 10 * ONE : ONE;
    int64_t passed = p->budget_ms == 0 ? 1000 : now_ms - p->budget_ms;

    p->budget += (passed > 1000 ? 1000 : passed) * rate;
    p->budget = p->budget > most ? most : p->budget;
    p->budget_ms = now_ms;
}

/* False: nothing more can go out now. */
static bool try_send(struct reach_ping *p, struct reach_echo *e, int64_t now_ms)
{
    int error = send_echo(p, e);

    if (error == EAGAIN || error == ENOBUFS || error == EINTR) {
        e->due_ms = now_ms + RETRY_MS;
        return false;
    }
    p->budget -= ONE;
    if (error != 0) {
        settle(p, e, IPAM_REACHED_STATE_FAILED, why_not_sent(error));
        return true;
    }
    e->tries++;
    e->sent_us = now_us();
    e->due_ms = now_ms + e->call->timeout_ms;
    return true;
}

/* The call with something to send whose turn it is; it goes behind the others. NULL: there is none. */
static struct reach_call *next_call(struct reach *r)
{
    struct reach_call **at = &r->calls, *c;

    while (*at != NULL && (*at)->next_echo == (*at)->echoes)
        at = &(*at)->next;
    c = *at;
    if (c == NULL)
        return NULL;
    *at = c->next;
    c->next = NULL;
    while (*at != NULL)
        at = &(*at)->next;
    *at = c;
    return c;
}

static struct reach_echo *free_slot(struct reach_ping *p)
{
    struct reach_echo *e = p->slots;

    while (e->call != NULL)
        e++;
    return e;
}

/* One more; false: it did not go out. */
static bool begin_one(struct reach_ping *p, struct reach_call *c, int64_t now_ms)
{
    struct reach_task *t = &c->tasks[c->next_echo++];
    const char *why = reach_ping_ready(p, reach_address(c, t)->family);
    struct reach_echo *e;

    if (why != NULL) {
        reach_ended(c, t, IPAM_REACHED_STATE_FAILED, why);
        return true;
    }
    e = free_slot(p);
    e->call = c;
    e->task = t;
    e->tries = 0;
    p->busy++;
    if (getrandom(e->cookie, sizeof(e->cookie), GRND_NONBLOCK) < 0)
        memcpy(e->cookie, &now_ms, sizeof(now_ms)); /* at the first moments of the machine alone */
    return try_send(p, e, now_ms);
}

/* Those whose time is up: once more, or silent. */
static bool look_at_slots(struct reach_ping *p, int64_t now_ms)
{
    bool room = true;

    for (struct reach_echo *e = p->slots; e < p->slots + REACH_PARALLEL; e++) {
        if (e->call == NULL || e->due_ms > now_ms)
            continue;
        if (e->tries >= p->reach->opt.tries)
            settle(p, e, IPAM_REACHED_STATE_SILENT, NULL);
        else if (!room || p->budget < ONE)
            e->due_ms = now_ms + ONE / p->reach->opt.rate + 1;
        else
            room = try_send(p, e, now_ms);
    }
    return room;
}

/* When there will be something to do again. */
static void wake_later(struct reach_ping *p, int64_t now_ms)
{
    int64_t due = INT64_MAX;
    bool more = false;

    for (const struct reach_echo *e = p->slots; p->busy > 0 && e < p->slots + REACH_PARALLEL; e++)
        if (e->call != NULL && e->due_ms < due)
            due = e->due_ms;
    for (const struct reach_call *c = p->reach->calls; c != NULL; c = c->next)
        more = more || c->next_echo < c->echoes;
    if (more && p->busy < p->reach->opt.parallel) {
        int64_t lack = ONE - p->budget, wait = lack > 0 ? lack / p->reach->opt.rate + 1 : RETRY_MS;

        due = now_ms + wait < due ? now_ms + wait : due;
    }
    if (due < INT64_MAX)
        reach_wake(p->reach, due);
}

void reach_ping_step(struct reach_ping *p, int64_t now_ms)
{
    struct reach_call *c;
    bool room;

    fill_budget(p, now_ms);
    room = p->busy == 0 || look_at_slots(p, now_ms);
    while (room && p->budget >= ONE && p->busy < p->reach->opt.parallel && (c = next_call(p->reach)) != NULL)
        room = begin_one(p, c, now_ms);
    wake_later(p, now_ms);
}

void reach_ping_forget(struct reach_ping *p, const struct reach_call *c)
{
    for (struct reach_echo *e = p->slots; p->busy > 0 && e < p->slots + REACH_PARALLEL; e++)
        if (e->call == c)
            release(p, e);
}

/* --- replies --- */

static bool from_there(const struct sockaddr_storage *from, const struct ipam_addr *a)
{
    if (from->ss_family == AF_INET)
        return a->family == 4 && memcmp(&((const struct sockaddr_in *)from)->sin_addr, a->bytes, 4) == 0;
    return from->ss_family == AF_INET6 && a->family == 6 &&
           memcmp(&((const struct sockaddr_in6 *)from)->sin6_addr, a->bytes, 16) == 0;
}

/* The request that a packet answers, or NULL. */
static struct reach_echo *answered(struct reach_ping *p, const uint8_t *packet, size_t len,
                                   const struct sockaddr_storage *from)
{
    struct reach_echo *e;
    uint16_t number;

    if (len < HEAD_BYTES + sizeof(e->cookie) ||
        packet[0] != (from->ss_family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
        return NULL;
    memcpy(&number, packet + 6, sizeof(number));
    number = ntohs(number);
    e = &p->slots[number % REACH_PARALLEL];
    if (e->call == NULL || e->generation != number >> NUMBER_BITS ||
        memcmp(packet + HEAD_BYTES, e->cookie, sizeof(e->cookie)) != 0 ||
        !from_there(from, reach_address(e->call, e->task)))
        return NULL;
    return e;
}

static void on_readable(void *user, int32_t fd, uint32_t events)
{
    struct reach_ping *p = user;
    struct reach *r = p->reach;

    (void)events;
    for (int i = 0; i < READS_MOST; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t len = sizeof(from);
        uint8_t packet[256];
        ssize_t n = recvfrom(fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&from, &len);
        struct reach_echo *e;

        if (n < 0)
            break;
        e = answered(p, packet, (size_t)n, &from);
        if (e != NULL) {
            e->task->round_trip_us = now_us() - e->sent_us;
            settle(p, e, IPAM_REACHED_STATE_ANSWERED, NULL);
        }
    }
    reach_go_on(r); /* there is room for others */
}

/* dns.c - whether an address has a name: PTR questions to resolvers, by c-ares on the host's loop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * c-ares has its own numbers and ports drawn at random, asks again, asks the next resolver, and asks by TCP
 * what did not fit a datagram (RFC 1035, 4.2; RFC 7766). A question outlives its call, which has no way to
 * take it back. */
#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "reach.h"

struct reach_question {
    struct reach_question *next;
    struct reach_dns *dns;
    struct reach_call *call; /* NULL: nobody wants the answer any more */
    struct reach_task *task;
};

struct reach_dns {
    struct reach *reach;
    ares_channel channel;
    struct reach_question *questions;
    unsigned busy;
};

/* --- its sockets and timers on the host's loop --- */

static void on_ready(void *user, int32_t fd, uint32_t events)
{
    struct reach_dns *d = user;

    ares_process_fd(d->channel, events & IPAM_FD_READ ? fd : ARES_SOCKET_BAD,
                    events & IPAM_FD_WRITE ? fd : ARES_SOCKET_BAD);
    reach_go_on(d->reach);
}

static void on_socket(void *user, ares_socket_t fd, int reads, int writes)
{
    struct reach_dns *d = user;

    d->reach->host->watch_fd(d->reach->inst, fd, (reads ? IPAM_FD_READ : 0) | (writes ? IPAM_FD_WRITE : 0),
                             on_ready, d);
}

/* --- one question --- */

/* "4.3.2.1.in-addr.arpa", or the 32 nibbles of ip6.arpa (RFC 1035, 3.5; RFC 3596, 2.5). */
static void write_name(const struct ipam_addr *a, char *buf, size_t size)
{
    size_t at = 0;

    if (a->family == 4) {
        snprintf(buf, size, "%u.%u.%u.%u.in-addr.arpa", a->bytes[3], a->bytes[2], a->bytes[1], a->bytes[0]);
        return;
    }
    for (int i = 15; i >= 0; i--)
        at += (size_t)snprintf(buf + at, size - at, "%x.%x.", a->bytes[i] & 15u, a->bytes[i] >> 4u);
    snprintf(buf + at, size - at, "ip6.arpa");
}

/* The name of an answer, as memory of the request: ARES_SUCCESS, or why there is none. */
static int read_name(const struct reach_question *q, const unsigned char *answer, int len, char **ret)
{
    const struct ipam_addr *a = reach_address(q->call, q->task);
    struct hostent *host = NULL;
    size_t n;
    int status = ares_parse_ptr_reply(answer, len, a->bytes, a->family == 4 ? 4 : 16,
                                      a->family == 4 ? AF_INET : AF_INET6, &host);

    if (status != ARES_SUCCESS)
        return status;
    n = strnlen(host->h_name, REACH_NAME_MAX);
    *ret = q->call->reach->host->alloc(q->call->req, n + 1);
    for (size_t i = 0; *ret != NULL && i < n; i++) /* names of hosts are ASCII; others are bytes */
        (*ret)[i] = host->h_name[i] > ' ' && host->h_name[i] < 0x7f ? host->h_name[i] : '?';
    ares_free_hostent(host);
    return *ret != NULL ? ARES_SUCCESS : ARES_ENOMEM;
}

static const char *why_failed(int status)
{
    switch (status) {
    case ARES_ECONNREFUSED:
        return "no resolver can be reached: see the option resolvers, or /etc/resolv.conf";
    case ARES_ESERVFAIL:
        return "the resolvers fail (SERVFAIL): see their logs, or ask others by the option resolvers";
    case ARES_EREFUSED:
        return "the resolvers refuse questions of this host: allow it, or ask others by the option resolvers";
    default: return ares_strerror(status);
    }
}

static void conclude(struct reach_question *q, int status, const unsigned char *answer, int len)
{
    struct reach_task *t = q->task;

    if (status == ARES_SUCCESS)
        status = read_name(q, answer, len, &t->name);
    switch (status) {
    case ARES_SUCCESS: reach_ended(q->call, t, IPAM_REACHED_STATE_ANSWERED, NULL); break;
    case ARES_ENOTFOUND:
    case ARES_ENODATA: reach_ended(q->call, t, IPAM_REACHED_STATE_REFUSED, NULL); break;
    case ARES_ETIMEOUT:
        reach_ended(q->call, t, IPAM_REACHED_STATE_SILENT,
                    "no resolver answered in time: see the option resolvers, or /etc/resolv.conf");
        break;
    default: reach_ended(q->call, t, IPAM_REACHED_STATE_FAILED, why_failed(status));
    }
}

static void on_answer(void *user, int status, int timeouts, unsigned char *answer, int len)
{
    struct reach_question *q = user, **at = &q->dns->questions;

    (void)timeouts;
    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
    q->dns->busy--;
    if (q->call != NULL)
        conclude(q, status, answer, len);
    free(q);
}

static void ask(struct reach_dns *d, struct reach_call *c)
{
    struct reach_task *t = &c->tasks[c->next_question++];
    struct reach_question *q = malloc(sizeof(*q));
    char name[80];

    if (q == NULL) {
        reach_ended(c, t, IPAM_REACHED_STATE_FAILED, "out of memory for a question");
        return;
    }
    *q = (struct reach_question){ d->questions, d, c, t };
    d->questions = q;
    d->busy++;
    write_name(reach_address(c, t), name, sizeof(name));
    ares_query(d->channel, name, ns_c_in, ns_t_ptr, on_answer, q); /* may answer at once */
}

/* --- all of them --- */

static struct reach_call *next_call(const struct reach_dns *d)
{
    struct reach_call *c = d->reach->calls;

    while (c != NULL && c->next_question == c->count)
        c = c->next;
    return c;
}

void reach_dns_step(struct reach_dns *d, int64_t now_ms)
{
    struct timeval left;
    struct reach_call *c;

    if (d->busy > 0)
        ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* whose time is up */
    while (d->busy < d->reach->opt.parallel && (c = next_call(d)) != NULL)
        ask(d, c);
    if (d->busy > 0 && ares_timeout(d->channel, NULL, &left) != NULL)
        reach_wake(d->reach, now_ms + left.tv_sec * 1000 + left.tv_usec / 1000 + 1);
}

void reach_dns_forget(struct reach_dns *d, const struct reach_call *c)
{
    for (struct reach_question *q = d->questions; q != NULL; q = q->next)
        if (q->call == c)
            q->call = NULL;
}

static int set_resolvers(struct reach_dns *d)
{
    const struct reach_options *o = &d->reach->opt;
    char text[REACH_SERVERS * 64] = "";
    size_t at = 0;

    for (size_t i = 0; i < o->resolvers.count && i < REACH_SERVERS; i++) {
        bool six = memchr(o->resolvers.items[i].data, ':', o->resolvers.items[i].len) != NULL;

        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s%.45s%s:%d", i > 0 ? "," : "",
                               six ? "[" : "", o->resolvers.items[i].data, six ? "]" : "", (int)o->port);
    }
    return at > 0 ? ares_set_servers_ports_csv(d->channel, text) : ARES_SUCCESS;
}

struct reach_dns *reach_dns_new(struct reach *r, char *why, size_t size)
{
    struct ares_options o = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
                              .timeout = (int)r->opt.timeout_ms,
                              .tries = (int)r->opt.tries,
                              .sock_state_cb = on_socket,
                              .lookups = (char[]){ "b" } };
    struct reach_dns *d = calloc(1, sizeof(*d));
    int status = ARES_ENOMEM;

    if (d != NULL) {
        d->reach = r;
        o.sock_state_cb_data = d;
        status = ares_init_options(&d->channel, &o,
                                   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
    }
    if (status == ARES_SUCCESS && (status = set_resolvers(d)) == ARES_SUCCESS)
        return d;
    snprintf(why, size, "resolvers cannot be asked: %s; see the options resolvers and port",
             ares_strerror(status));
    if (d != NULL && d->channel != NULL)
        ares_destroy(d->channel);
    free(d);
    return NULL;
}

void reach_dns_free(struct reach_dns *d)
{
    if (d == NULL)
        return;
    ares_destroy(d->channel); /* answers each question */
    free(d);
}

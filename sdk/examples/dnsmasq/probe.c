/* probe.c - asks the running server who it is, by a question of the DNS, and looks at its files.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE_MS  100 /* how late a cancellation is seen */
#define RESEND_MS 500
#define ROOM_MS   200 /* our own message comes before the deadline */
#define HEAD      12
#define ANSWER    512

/* version.bind, class CHAOS, type TXT; recursion is not wanted. */
static const uint8_t question[] = { 7,   'v', 'e', 'r', 's', 'i', 'o', 'n', 4,
                                    'b', 'i', 'n', 'd', 0,   0,   16,  0,   3 };

struct talk {
    int fd;
    uint16_t id;
    int64_t port, until; /* until: monotonic */
    char where[64];      /* for messages */
    char text[128];      /* what it answered; empty: it refused to say */
};

static int32_t connect_to(struct call *c, struct talk *t)
{
    const struct ipam_addr *a = &c->p->options.address;
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)t->port) };
    int is4 = a->family == 4;

    memcpy(&v4.sin_addr, a->bytes, 4);
    memcpy(&v6.sin6_addr, a->bytes, 16);
    t->fd = socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t->fd < 0)
        return fail(c, IPAM_E_IO, "cannot make a socket to ask %s; see how many files ipamd has open",
                    t->where);
    if (connect(t->fd, is4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6,
                is4 ? sizeof(v4) : sizeof(v6)) == 0)
        return IPAM_OK;
    return fail(c, IPAM_E_CONN, "cannot reach %s; correct the option \"address\", or the route there",
                t->where);
}

static int32_t send_question(struct call *c, struct talk *t)
{
    uint8_t packet[HEAD + sizeof(question)] = { 0 };

    packet[0] = (uint8_t)(t->id >> 8);
    packet[1] = (uint8_t)t->id;
    packet[5] = 1;
    memcpy(packet + HEAD, question, sizeof(question));
    if (send(t->fd, packet, sizeof(packet), MSG_NOSIGNAL) == (ssize_t)sizeof(packet) || errno == EAGAIN)
        return IPAM_OK;
    return fail(c, IPAM_E_CONN,
                "nothing listens at %s; start dnsmasq, or correct the options \"address\" and \"port\"",
                t->where);
}

/* The first text of the first answer, which follows the question and has its name. 0, or -1: it is none. */
static int understand(const uint8_t *p, size_t len, struct talk *t)
{
    size_t at = HEAD + sizeof(question), name, n;

    if (len < at || p[0] != t->id >> 8 || p[1] != (t->id & 0xff) || !(p[2] & 0x80) ||
        memcmp(p + HEAD, question, sizeof(question)) != 0)
        return -1;
    if ((p[3] & 0x0f) != 0 || (p[6] == 0 && p[7] == 0))
        return 0; /* refused, or no answer */
    name = at < len && (p[at] & 0xc0) == 0xc0 ? 2 : sizeof(question) - 4;
    at += name + 10; /* type, class, TTL, length */
    if (len <= at || p[at - 10 + 1] != 16)
        return -1;
    n = p[at];
    if (n >= sizeof(t->text) || len - at - 1 < n)
        return -1;
    memcpy(t->text, p + at + 1, n);
    t->text[n] = '\0';
    return text_plain(t->text, sizeof(t->text) - 1);
}

static int32_t wait_answer(struct call *c, struct talk *t)
{
    int64_t now = c->host->now_ms(), resend = now;
    uint8_t packet[ANSWER];
    int32_t status = IPAM_OK;

    for (; status == IPAM_OK && now < t->until; now = c->host->now_ms()) {
        struct pollfd p = { .fd = t->fd, .events = POLLIN };
        ssize_t n;

        if (now >= resend) {
            status = send_question(c, t);
            resend = now + RESEND_MS;
        }
        if (status == IPAM_OK &&
            poll(&p, 1, (int)(t->until - now < SLICE_MS ? t->until - now : SLICE_MS)) < 0 && errno != EINTR)
            return fail(c, IPAM_E_IO, "cannot wait for %s; try again", t->where);
        if (c->host->cancelled(c->req))
            return IPAM_E_CANCELED;
        n = recv(t->fd, packet, sizeof(packet), 0);
        if (n >= 0 && understand(packet, (size_t)n, t) == 0)
            return IPAM_OK;
        if (n < 0 && errno == ECONNREFUSED)
            return fail(
                c, IPAM_E_CONN,
                "nothing listens at %s; start dnsmasq, or correct the options \"address\" and \"port\"",
                t->where);
    }
    return status < 0 ? status
                      : fail(c, IPAM_E_TIMEOUT,
                             "%s did not answer in %lld ms; see whether dnsmasq runs, or correct "
                             "the options \"address\", \"port\" and \"timeout\"",
                             t->where, (long long)c->p->options.timeout_ms);
}

static int32_t ask(struct call *c, struct talk *t)
{
    int64_t deadline = c->host->deadline_ms(c->req);
    const struct ipam_addr *a = &c->p->options.address;
    char address[INET6_ADDRSTRLEN];
    int32_t status;

    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, address, sizeof(address));
    snprintf(t->where, sizeof(t->where), "%s port %lld", address, (long long)t->port);
    t->until = c->host->now_ms() + c->p->options.timeout_ms;
    if (deadline != 0 && t->until > deadline - ROOM_MS)
        t->until = deadline - ROOM_MS;
    t->id = (uint16_t)now_ms();
    status = connect_to(c, t);
    if (status == IPAM_OK)
        status = wait_answer(c, t);
    if (t->fd >= 0)
        close(t->fd);
    return status;
}

static int32_t emit_check(struct call *c, const char *channel, uint32_t state, const char *message,
                          const char *remedy)
{
    struct ipam_check row;

    record_begin(&row, sizeof(row), IPAM_T_CHECK);
    row.channel = str(channel);
    row.state = state;
    row.message = str(message);
    IPAM_SET_FIELD(&row, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&row, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&row, IPAM_CHECK_MESSAGE);
    if (state != IPAM_CHECK_STATE_OK) {
        row.remedy = str(remedy);
        IPAM_SET_FIELD(&row, IPAM_CHECK_REMEDY);
    }
    return call_emit(c, &row);
}

static int32_t emit_probe(struct call *c, const struct talk *t)
{
    const char *version = text_after(t->text, "dnsmasq-");
    struct ipam_probe row;

    record_begin(&row, sizeof(row), IPAM_T_PROBE);
    row.product = str("dnsmasq");
    row.capabilities =
        (c->conf.leases_elsewhere ? 0 : IPAM_DHCP_CAP_LEASES) | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6;
    row.service = t->port > 0 ? IPAM_PROBE_SERVICE_RUNNING : IPAM_PROBE_SERVICE_UNKNOWN;
    IPAM_SET_FIELD(&row, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&row, IPAM_PROBE_CAPABILITIES);
    IPAM_SET_FIELD(&row, IPAM_PROBE_SERVICE);
    if (version != NULL) {
        row.version = str(version);
        IPAM_SET_FIELD(&row, IPAM_PROBE_VERSION);
    }
    return call_emit(c, &row);
}

/* The server's own voice. */
static int32_t check_control(struct call *c, const struct talk *t)
{
    char text[256];

    if (t->port <= 0)
        return emit_check(c, "control", IPAM_CHECK_STATE_WARNING,
                          "its DNS is switched off (port=0): it cannot be asked",
                          "give it a port, or see to it by other means that it runs");
    if (t->text[0] == '\0')
        return emit_check(c, "control", IPAM_CHECK_STATE_WARNING, "it answers, but not who it is",
                          "take no-ident out of its configuration");
    snprintf(text, sizeof(text), "it answers as %s", t->text);
    if (text_after(t->text, "dnsmasq-") == NULL)
        return emit_check(c, "control", IPAM_CHECK_STATE_ERROR, text,
                          "that is another server: correct the options \"address\" and \"port\"");
    return emit_check(c, "control", IPAM_CHECK_STATE_OK, text, NULL);
}

/* A file check: `why` is what reading it failed with. */
static int32_t check_file(struct call *c, const char *channel, int32_t status, const struct notice *bad)
{
    char why[WHY_BYTES];

    snprintf(why, sizeof(why), "%s", c->why);
    c->why[0] = '\0';
    if (status == IPAM_E_CANCELED || status == IPAM_E_NOMEM)
        return status; /* that says nothing of the file */
    if (status < 0)
        return emit_check(c, channel, IPAM_CHECK_STATE_ERROR, why, "do what the message says");
    if (bad->count != 0)
        return emit_check(c, channel, IPAM_CHECK_STATE_WARNING, bad->first,
                          "correct the line, or what writes it");
    return emit_check(c, channel, IPAM_CHECK_STATE_OK, "it can be read", NULL);
}

static int32_t probe(struct call *c)
{
    struct talk talk = { .fd = -1 };
    char *text;
    char conf_why[WHY_BYTES];
    int32_t conf_status = conf_read(c), status = IPAM_OK;

    memcpy(conf_why, c->why, sizeof(conf_why));
    c->why[0] = '\0';
    talk.port = c->p->options.port != 0 ? c->p->options.port : c->conf.port != 0 ? c->conf.port : 53;
    if (talk.port > 0)
        status = ask(c, &talk);
    if (status == IPAM_OK)
        status = emit_probe(c, &talk);
    if (status == IPAM_OK)
        status = check_control(c, &talk);
    if (status < 0)
        return status; /* it does not answer; what its files are like does not matter then */
    memcpy(c->why, conf_why, sizeof(c->why));
    status = check_file(c, "file", conf_status, &c->notices[NOTICE_CONFIG]);
    if (status < 0 || conf_status < 0 || c->conf.leases_elsewhere)
        return status;
    return check_file(c, "leases", file_read(c, leases_path(c), "the option \"leases\"", &text),
                      &c->notices[NOTICE_LEASES]);
}

void op_probe(void *ctx, struct ipam_req *req)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, probe(&c));
}

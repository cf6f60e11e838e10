/* audit.c - null-audit: streams of made-up events, to be polled or listened to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * PARALLEL: while one call listens, others poll. Events are numbered from 1 in each stream, and the number is
 * the bookmark. An event is made from its number when it is read, so that nothing but numbers is kept: how
 * many there are follows from the time, how far back they go from what is kept and what was acknowledged. */
#define _POSIX_C_SOURCE 200809L
#include "null.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE      1000
#define NAP_MS    20 /* of a listening call, between two looks at time and cancellation */
#define STREAMS   5
#define NO_NUMBER UINT64_MAX

/* What a stream's events are about, and their kinds in turn. */
static const struct {
    const char *about;
    uint32_t kinds[3];
} topics[STREAMS] = {
    { "lease", { IPAM_EVENT_KIND_LEASE_NEW, IPAM_EVENT_KIND_LEASE_RENEW, IPAM_EVENT_KIND_LEASE_RELEASE } },
    { "config", { IPAM_EVENT_KIND_CONFIG, IPAM_EVENT_KIND_CONFIG, IPAM_EVENT_KIND_CONFIG } },
    { "zone", { IPAM_EVENT_KIND_ZONE, IPAM_EVENT_KIND_ZONE, IPAM_EVENT_KIND_ZONE } },
    { "logon", { IPAM_EVENT_KIND_LOGON, IPAM_EVENT_KIND_LOGON, IPAM_EVENT_KIND_NETWORK_LOGON } },
    { "service", { IPAM_EVENT_KIND_SERVICE, IPAM_EVENT_KIND_SERVICE, IPAM_EVENT_KIND_SERVICE } },
};

struct audit {
    const struct ipam_host *host;
    struct ipam_strs streams;
    uint64_t at_start, keep;
    int64_t interval_ms, opened_ms, opened_utc;
    pthread_mutex_t lock;
    pthread_cond_t stirred; /* a call was cancelled */
    uint64_t acked[STREAMS];
};

static int topic_of(struct ipam_str name)
{
    for (int i = 0; i < STREAMS; i++)
        if (null_is(name, topics[i].about))
            return i;
    return -1;
}

static void audit_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs streams = null_option_list(host, inst, "streams");

    for (size_t i = 0; i < streams.count; i++)
        if (topic_of(streams.items[i]) < 0)
            host->option_problem(inst, "streams",
                                 "holds an unknown stream: write lease, config, zone, logon or service");
}

static void audit_close(void *ctx)
{
    struct audit *a = ctx;

    pthread_cond_destroy(&a->stirred);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static int32_t audit_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct audit *a = calloc(1, sizeof(*a));

    if (!a)
        return IPAM_E_NOMEM;
    a->host = host;
    a->streams = null_option_list(host, inst, "streams");
    for (size_t i = 0; i < a->streams.count; i++)
        if (topic_of(a->streams.items[i]) < 0) {
            host->open_error(
                inst, "option streams holds an unknown stream; write lease, config, zone, logon or service");
            free(a);
            return IPAM_E_CONFIG;
        }
    a->at_start = (uint64_t)null_option_int(host, inst, "events");
    a->keep = (uint64_t)null_option_int(host, inst, "keep");
    a->interval_ms = null_option_int(host, inst, "interval");
    a->opened_ms = host->now_ms();
    a->opened_utc = null_clock_ms();
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->stirred, NULL);
    *ret_ctx = a;
    return IPAM_OK;
}

static void audit_probe(void *ctx, struct ipam_req *req)
{
    struct audit *a = ctx;
    struct null_call c;

    null_begin(&c, a->host, req);
    null_done(&c, null_probe(&c, IPAM_AUDIT_CAP_POLL | IPAM_AUDIT_CAP_LISTEN, "events are made up"));
}

static uint64_t newest(const struct audit *a)
{
    int64_t passed = a->host->now_ms() - a->opened_ms;

    return a->at_start + (a->interval_ms ? (uint64_t)(passed / a->interval_ms) : 0);
}

/* What has been forgotten: all up to this one. */
static uint64_t forgotten(struct audit *a, int topic)
{
    uint64_t last = newest(a), acked;

    pthread_mutex_lock(&a->lock);
    acked = a->acked[topic];
    pthread_mutex_unlock(&a->lock);
    return last > a->keep && last - a->keep > acked ? last - a->keep : acked;
}

static void audit_streams(void *ctx, struct ipam_req *req)
{
    struct audit *a = ctx;
    struct null_call c;
    char oldest[24], last[24];
    int32_t status = IPAM_OK;

    null_begin(&c, a->host, req);
    for (size_t i = 0; i < a->streams.count && status == IPAM_OK; i++) {
        struct ipam_event_stream row = { .size = sizeof(row),
                                         .type = IPAM_T_EVENT_STREAM,
                                         .stream = a->streams.items[i],
                                         .kinds = { &a->streams.items[i], 1 },
                                         .listen = 1 };
        uint64_t lost = forgotten(a, topic_of(row.stream)), count = newest(a);

        snprintf(oldest, sizeof(oldest), "%llu", (unsigned long long)lost + 1);
        snprintf(last, sizeof(last), "%llu", (unsigned long long)count);
        row.oldest = null_str(oldest);
        row.newest = null_str(last);
        IPAM_SET_FIELD(&row, IPAM_EVENT_STREAM_STREAM);
        IPAM_SET_FIELD(&row, IPAM_EVENT_STREAM_KINDS);
        IPAM_SET_FIELD(&row, IPAM_EVENT_STREAM_LISTEN);
        if (count > lost) { /* else it is empty */
            IPAM_SET_FIELD(&row, IPAM_EVENT_STREAM_OLDEST);
            IPAM_SET_FIELD(&row, IPAM_EVENT_STREAM_NEWEST);
        }
        status = null_emit(&c, &row);
    }
    null_done(&c, status);
}

static int32_t emit_event(struct null_call *c, const struct audit *a, int topic, uint64_t number)
{
    uint8_t mac[] = {
        2, 0, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number
    };
    char bookmark[24], message[96];
    struct ipam_event row = { .size = sizeof(row),
                              .type = IPAM_T_EVENT,
                              .stream = null_str(topics[topic].about),
                              .time = a->opened_utc + (int64_t)(number - a->at_start) * a->interval_ms,
                              .kind = topics[topic].kinds[number % 3],
                              .level = IPAM_EVENT_LEVEL_INFO,
                              .address = { 4, { 10, mac[3], mac[4], mac[5] } },
                              .mac = { mac, sizeof(mac) } };

    snprintf(bookmark, sizeof(bookmark), "%llu", (unsigned long long)number);
    snprintf(message, sizeof(message), "%s event %s", topics[topic].about, bookmark);
    row.bookmark = null_str(bookmark);
    row.message = null_str(message);
    for (int field = IPAM_EVENT_STREAM; field <= IPAM_EVENT_KIND; field++)
        IPAM_SET_FIELD(&row, field); /* stream, bookmark, time, kind */
    IPAM_SET_FIELD(&row, IPAM_EVENT_LEVEL);
    IPAM_SET_FIELD(&row, IPAM_EVENT_MESSAGE);
    if (topic == 0) {
        IPAM_SET_FIELD(&row, IPAM_EVENT_ADDRESS);
        IPAM_SET_FIELD(&row, IPAM_EVENT_MAC);
    }
    return null_emit(c, &row);
}

/* Finds the stream, and the event that a reading goes on behind; cursor and IPAM_E_GONE when it is lost. */
static int32_t locate(struct null_call *c, struct audit *a, const struct ipam_event_read *args,
                      int *ret_topic, uint64_t *ret_after)
{
    int topic = -1;
    char text[24];

    for (size_t i = 0; i < a->streams.count; i++)
        if (null_compare(a->streams.items[i], args->stream) == 0)
            topic = topic_of(args->stream);
    if (topic < 0)
        return null_fail(c, IPAM_E_NOENT, "there is no such stream; see the option streams");
    uint64_t lost = forgotten(a, topic), after = lost;
    if (IPAM_HAS_FIELD(args, IPAM_EVENT_READ_BOOKMARK) && !null_number(args->bookmark, NO_NUMBER - 1, &after))
        return null_fail(c, IPAM_E_INVAL, "the bookmark is none of this provider; begin without one");
    if (after < lost || after > newest(a)) { /* beyond the newest: of an instance before this one */
        snprintf(text, sizeof(text), "%llu", (unsigned long long)lost);
        null_cursor(c, text);
        return null_fail(c, IPAM_E_GONE, "events after %llu were lost; go on after %s",
                         (unsigned long long)after, text);
    }
    *ret_topic = topic;
    *ret_after = after;
    return IPAM_OK;
}

static bool wanted(const struct ipam_event_read *args, int topic)
{
    bool any = !IPAM_HAS_FIELD(args, IPAM_EVENT_READ_KINDS) || args->kinds.count == 0;

    for (size_t i = 0; !any && i < args->kinds.count; i++)
        any = null_is(args->kinds.items[i], topics[topic].about);
    return any;
}

static int64_t limit_of(const struct ipam_event_read *args)
{
    return IPAM_HAS_FIELD(args, IPAM_EVENT_READ_LIMIT) ? args->limit : PAGE;
}

static void audit_poll(void *ctx, struct ipam_req *req, const struct ipam_event_read *args)
{
    struct audit *a = ctx;
    struct null_call c;
    uint64_t after = 0;
    char text[24];
    int topic = 0;

    null_begin(&c, a->host, req);
    int32_t status = locate(&c, a, args, &topic, &after);
    if (status == IPAM_OK && limit_of(args) < 1)
        status = null_fail(&c, IPAM_E_INVAL, "no events are wanted; ask for 1 or more");
    if (status == IPAM_OK) {
        uint64_t last = newest(a);

        for (int64_t n = 0; n < limit_of(args) && after < last && status == IPAM_OK; n++, after++)
            if (wanted(args, topic))
                status = emit_event(&c, a, topic, after + 1);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)after);
        if (status == IPAM_OK)
            null_cursor(&c, text);
    }
    null_done(&c, status);
}

/* Sleeps a little, or until a call is cancelled. */
static void nap(struct audit *a)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NAP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&a->lock);
    pthread_cond_timedwait(&a->stirred, &a->lock, &until);
    pthread_mutex_unlock(&a->lock);
}

static void audit_listen(void *ctx, struct ipam_req *req, const struct ipam_event_read *args)
{
    struct audit *a = ctx;
    struct null_call c;
    uint64_t after = 0;
    int topic = 0;

    null_begin(&c, a->host, req);
    int32_t status = locate(&c, a, args, &topic, &after);
    while (status == IPAM_OK) {
        uint64_t last = newest(a);

        for (; after < last && status == IPAM_OK; after++)
            if (wanted(args, topic))
                status = emit_event(&c, a, topic, after + 1);
        if (status == IPAM_OK)
            status = null_wait(&c, 0); /* cancelled, or too late? */
        if (status == IPAM_OK)
            nap(a);
    }
    null_done(&c, status);
}

static void audit_cancel(void *ctx, struct ipam_req *req)
{
    struct audit *a = ctx;

    (void)req; /* those that were not cancelled look, and sleep on */
    pthread_mutex_lock(&a->lock);
    pthread_cond_broadcast(&a->stirred);
    pthread_mutex_unlock(&a->lock);
}

static void audit_ack(void *ctx, struct ipam_req *req, const struct ipam_event_read *args)
{
    struct audit *a = ctx;
    struct null_call c;
    uint64_t after = 0;
    int topic = 0;

    null_begin(&c, a->host, req);
    int32_t status = locate(&c, a, args, &topic, &after);
    if (status == IPAM_OK && !IPAM_HAS_FIELD(args, IPAM_EVENT_READ_BOOKMARK))
        status = null_fail(&c, IPAM_E_INVAL, "the bookmark is missing");
    if (status == IPAM_OK) {
        pthread_mutex_lock(&a->lock);
        a->acked[topic] = after > a->acked[topic] ? after : a->acked[topic];
        pthread_mutex_unlock(&a->lock);
    }
    null_done(&c, status);
}

static const struct ipam_option streams =
                                    NULL_OPTION(IPAM_OPT_LIST, "streams", "lease,config", 1, STREAMS, NULL,
                                                "streams there are: lease, config, zone, logon, service"),
                                events = NULL_OPTION(IPAM_OPT_INT, "events", "10", 0, 1000000000, NULL,
                                                     "events in each at the start"),
                                keep = NULL_OPTION(IPAM_OPT_INT, "keep", "1000000", 1, 1000000000, NULL,
                                                   "most events that a stream keeps: older ones are lost"),
                                interval = NULL_OPTION(IPAM_OPT_DURATION, "interval", "0s", 0, 3600000, NULL,
                                                       "how often a new event happens in each; 0: never");
static const struct ipam_option *const options[] = { &streams, &events, &keep, &interval, NULL };
static const char *const wants[] = { "dhcp:leases", NULL };

static const struct ipam_audit_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_PARALLEL,
                .concurrency = 8,
                .capabilities = IPAM_AUDIT_CAP_POLL | IPAM_AUDIT_CAP_LISTEN,
                .open = audit_open,
                .close = audit_close,
                .probe = audit_probe,
                .cancel = audit_cancel },
    .streams = audit_streams,
    .poll = audit_poll,
    .listen = audit_listen,
    .ack = audit_ack,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-audit",
                                               .version = NULL_VERSION,
                                               .summary = "streams of made-up events",
                                               .options = options,
                                               .wants = wants,
                                               .check = audit_check,
                                               .audit = &ops };

    return &plugin;
}

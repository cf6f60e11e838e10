/* odd.c - a provider that behaves as the call asks: well, or wrong in one way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * read_leases takes the way to behave from args->native_scope, and how many leases to emit from args->limit.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipam/plugin.h"

#ifndef ODD_ABI
#define ODD_ABI IPAM_ABI
#endif
#ifndef ODD_NAME
#define ODD_NAME "odd"
#endif

struct odd {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    pthread_t thread, late; /* that opened it; that calls done late */
    int late_started;
    char secret[64];
    struct ipam_req *kept; /* of a call that was never ended, or ended already */
};

struct late {
    struct odd *odd;
    struct ipam_req *req;
};

static void nap(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* A real fault: lane threads block all signals, so a raised one would only be kept for later. */
static void crash(void)
{
    volatile uintptr_t nowhere = 16;

    *(volatile int *)nowhere = 1;
}

static struct ipam_str text(const char *s)
{
    struct ipam_str str = { s, strlen(s) };

    return str;
}

static int32_t odd_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct odd *o;
    struct ipam_str how = { 0 };
    struct ipam_bytes secret;
    int64_t nap_ms = 0;

    host->option_text(inst, "open", &how);
    host->option_int(inst, "open_time", &nap_ms);
    nap(nap_ms);
    if (how.len == 4 && memcmp(how.data, "fail", 4) == 0) {
        host->open_error(inst, "the option open says so: say ok");
        return IPAM_E_CONFIG;
    }
    if (how.len == 5 && memcmp(how.data, "crash", 5) == 0)
        crash();
    if (how.len == 4 && memcmp(how.data, "tell", 4) == 0 &&
        host->option_secret(inst, "password", &secret) == 0) {
        char said[64];

        snprintf(said, sizeof(said), "no such password: %.*s", (int)secret.len, (const char *)secret.data);
        host->open_error(inst, said);
        return IPAM_E_ACCESS;
    }
    o = calloc(1, sizeof(*o));
    if (o == NULL)
        return IPAM_E_NOMEM;
    o->host = host;
    o->inst = inst;
    o->thread = pthread_self();
    if (host->option_secret(inst, "password", &secret) == 0 && secret.len < sizeof(o->secret))
        memcpy(o->secret, secret.data, secret.len);
    *ret_ctx = o;
    return IPAM_OK;
}

static void odd_close(void *ctx)
{
    struct odd *o = ctx;

    if (o->late_started)
        pthread_join(o->late, NULL);
    o->host->log(o->inst, 7, "odd-closed", "closed");
    free(o);
}

static void emit_check(struct odd *o, struct ipam_req *req, const char *channel, const char *found)
{
    struct ipam_check c = { .size = sizeof(c), .type = IPAM_T_CHECK };

    c.channel = text(channel);
    c.message = text(found);
    IPAM_SET_FIELD(&c, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&c, IPAM_CHECK_MESSAGE);
    o->host->emit(req, (const struct ipam_record *)&c);
}

/* Emits what the instance was opened with. */
static void odd_probe(void *ctx, struct ipam_req *req)
{
    struct odd *o = ctx;
    struct ipam_probe p = { .size = sizeof(p), .type = IPAM_T_PROBE };
    struct ipam_str s = { 0 };
    struct ipam_bytes secret;
    char buf[128];
    int64_t n = -1;

    p.product = text("odd");
    IPAM_SET_FIELD(&p, IPAM_PROBE_PRODUCT);
    p.capabilities = IPAM_DHCP_CAP_V4;
    IPAM_SET_FIELD(&p, IPAM_PROBE_CAPABILITIES);
    o->host->emit(req, (const struct ipam_record *)&p);
    snprintf(buf, sizeof(buf), "%.*s", (int)o->host->target(o->inst).len, o->host->target(o->inst).data);
    emit_check(o, req, "target", buf);
    o->host->option_text(o->inst, "name", &s);
    snprintf(buf, sizeof(buf), "%.*s", (int)s.len, s.data ? s.data : "");
    emit_check(o, req, "name", buf);
    o->host->option_int(o->inst, "wait", &n);
    snprintf(buf, sizeof(buf), "%lld", (long long)n);
    emit_check(o, req, "wait", buf);
    emit_check(o, req, "password", o->secret);
    snprintf(buf, sizeof(buf), "%d %d %d", (int)o->host->option_secret(o->inst, "password", &secret),
             (int)o->host->option_int(o->inst, "name", &n),
             (int)o->host->option_text(o->inst, "nothing", &s));
    emit_check(o, req, "late", buf); /* a secret after open, a wrong kind, an unknown name */
    emit_check(o, req, "thread", pthread_equal(pthread_self(), o->thread) ? "same" : "other");
    o->host->done(req, IPAM_OK, NULL);
}

static void odd_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct odd *o = ctx;

    (void)args;
    o->host->done(req, IPAM_OK, NULL);
}

static int32_t emit_lease(struct odd *o, struct ipam_req *req, uint32_t n)
{
    struct ipam_lease l = { .size = sizeof(l), .type = IPAM_T_LEASE };
    uint8_t mac[6] = { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    char name[32];

    l.address.family = 4;
    l.address.bytes[0] = 10;
    l.address.bytes[1] = (uint8_t)(n >> 16);
    l.address.bytes[2] = (uint8_t)(n >> 8);
    l.address.bytes[3] = (uint8_t)n;
    IPAM_SET_FIELD(&l, IPAM_LEASE_ADDRESS);
    l.mac.data = mac;
    l.mac.len = sizeof(mac);
    IPAM_SET_FIELD(&l, IPAM_LEASE_MAC);
    snprintf(name, sizeof(name), "host-%u.example", n);
    l.name = text(name);
    IPAM_SET_FIELD(&l, IPAM_LEASE_NAME);
    l.expires = 1700000000000 + n;
    IPAM_SET_FIELD(&l, IPAM_LEASE_EXPIRES);
    return o->host->emit(req, (const struct ipam_record *)&l);
}

static void finish(struct odd *o, struct ipam_req *req, int32_t status, const char *message)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };

    info.token = text("token-1");
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_TOKEN);
    info.flags = IPAM_DONE_COMPLETE;
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_FLAGS);
    if (message) {
        info.message = text(message);
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    }
    o->host->done(req, status, &info);
}

static void *done_late(void *arg)
{
    struct late *l = arg;

    nap(50);
    emit_lease(l->odd, l->req, 7);
    finish(l->odd, l->req, IPAM_OK, NULL);
    free(l);
    return NULL;
}

static void emit_all(struct odd *o, struct ipam_req *req, int64_t count)
{
    int32_t status = IPAM_OK;

    for (int64_t i = 0; i < count && status == IPAM_OK; i++)
        status = emit_lease(o, req, (uint32_t)i);
    finish(o, req, status, status == IPAM_E_CANCELED ? "told to stop" : NULL);
}

static void emit_malformed(struct odd *o, struct ipam_req *req)
{
    struct ipam_lease l = { .size = sizeof(l), .type = IPAM_T_LEASE };
    char big[300];
    int32_t status;

    memset(big, 'x', sizeof(big));
    l.name.data = big;
    l.name.len = sizeof(big); /* the limit is 255 */
    IPAM_SET_FIELD(&l, IPAM_LEASE_NAME);
    status = o->host->emit(req, (const struct ipam_record *)&l);
    o->host->done(req, status, NULL);
}

/* Appends to the file ODD_TRACE how far it came. */
static void trace(const char *step)
{
    const char *path = getenv("ODD_TRACE");
    FILE *f = path ? fopen(path, "a") : NULL;

    if (f == NULL)
        return;
    fprintf(f, "%s ", step);
    fclose(f);
}

static void wait_for_cancel(struct odd *o, struct ipam_req *req)
{
    while (!o->host->cancelled(req))
        nap(5);
    o->host->done(req, IPAM_E_CANCELED, NULL);
}

/* Takes descriptors, which it never gives back. */
static void hoard(int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (dup(0) < 0)
            return;
}

/* Takes and uses MiB of memory, and never gives them back. */
static void swell(int64_t mib)
{
    for (int64_t i = 0; i < mib; i++) {
        char *p = malloc(1 << 20);

        if (p == NULL)
            return;
        memset(p, (int)i | 1, 1 << 20);
    }
}

static void start_late(struct odd *o, struct ipam_req *req)
{
    struct late *l = malloc(sizeof(*l));

    l->odd = o;
    l->req = req;
    if (o->late_started)
        pthread_join(o->late, NULL);
    o->late_started = pthread_create(&o->late, NULL, done_late, l) == 0;
}

static void odd_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct odd *o = ctx;
    char how[64] = "";

    snprintf(how, sizeof(how), "%.*s", (int)args->native_scope.len,
             args->native_scope.data ? args->native_scope.data : "");
    if (strcmp(how, "double-done") == 0) {
        o->host->done(req, IPAM_OK, NULL);
        o->host->done(req, IPAM_E_IO, NULL);
    } else if (strcmp(how, "emit-after-done") == 0) {
        o->host->done(req, IPAM_OK, NULL);
        if (emit_lease(o, req, 1) == IPAM_OK)
            abort();
    } else if (strcmp(how, "no-done") == 0) {
        o->kept = req;
    } else if (strcmp(how, "done-of-kept") == 0) {
        o->host->done(o->kept, IPAM_E_IO, NULL);
        o->host->done(req, IPAM_OK, NULL);
    } else if (strcmp(how, "keep") == 0) {
        o->kept = req;
        o->host->done(req, IPAM_OK, NULL);
    } else if (strcmp(how, "late-thread") == 0) {
        start_late(o, req);
    } else if (strcmp(how, "crash") == 0) {
        crash();
    } else if (strcmp(how, "hang") == 0) {
        for (;;)
            nap(1000);
    } else if (strcmp(how, "patient") == 0) {
        wait_for_cancel(o, req);
    } else if (strcmp(how, "slow") == 0) {
        nap(args->limit);
        o->host->done(req, IPAM_OK, NULL);
    } else if (strcmp(how, "hoard") == 0) {
        hoard(args->limit);
        wait_for_cancel(o, req);
    } else if (strcmp(how, "swell") == 0) {
        swell(args->limit);
        wait_for_cancel(o, req);
    } else if (strcmp(how, "strange-status") == 0) {
        finish(o, req, -7777, "strange things");
    } else if (strcmp(how, "no-reason") == 0) {
        finish(o, req, IPAM_E_IO, NULL);
    } else if (strcmp(how, "malformed") == 0) {
        emit_malformed(o, req);
    } else if (strcmp(how, "bad-message") == 0) {
        finish(o, req, IPAM_E_IO, "\xff\xfe");
    } else if (strcmp(how, "steps") == 0) {
        o->host->step(req, "one");
        trace("one");
        emit_lease(o, req, 1);
        o->host->step(req, "two");
        trace("two");
        finish(o, req, IPAM_OK, NULL);
    } else {
        emit_all(o, req, args->limit);
    }
}

/* Says of each edit what it was. */
static void odd_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct odd *o = ctx;
    const struct ipam_record *before, *after;
    char said[200];
    uint32_t verb;

    for (uint32_t i = 0; i < (uint32_t)args->count; i++) {
        struct ipam_edit_result r = { .size = sizeof(r), .type = IPAM_T_EDIT_RESULT };

        r.index = i;
        IPAM_SET_FIELD(&r, IPAM_EDIT_RESULT_INDEX);
        r.status = o->host->edit(req, i, &verb, &before, &after);
        IPAM_SET_FIELD(&r, IPAM_EDIT_RESULT_STATUS);
        snprintf(said, sizeof(said), "%u %.*s %.*s", verb,
                 before ? (int)((const struct ipam_reservation *)before)->name.len : 1,
                 before ? ((const struct ipam_reservation *)before)->name.data : "-",
                 after ? (int)((const struct ipam_reservation *)after)->name.len : 1,
                 after ? ((const struct ipam_reservation *)after)->name.data : "-");
        r.message = text(said);
        IPAM_SET_FIELD(&r, IPAM_EDIT_RESULT_MESSAGE);
        o->host->emit(req, (const struct ipam_record *)&r);
    }
    if (o->host->edit(req, (uint32_t)args->count, &verb, &before, &after) != IPAM_E_NOENT)
        abort();
    finish(o, req, IPAM_OK, NULL);
}

static void odd_cancel(void *ctx, struct ipam_req *req)
{
    struct odd *o = ctx;

    (void)req;
    o->host->log(o->inst, 7, "odd-cancel", "told to cancel");
}

static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_V4,
                .open = odd_open,
                .close = odd_close,
                .probe = odd_probe,
                .cancel = odd_cancel },
    .read_config = odd_read_config,
    .read_leases = odd_read_leases,
    .apply = odd_apply,
};

static const char *const opens[] = { "ok", "fail", "crash", "tell", NULL };
static const struct ipam_option opt_open = { sizeof(opt_open), IPAM_OPT_ENUM, 0, "open", "ok", 0, 0, opens,
                                             "How open ends." };
static const struct ipam_option opt_open_time = {
    sizeof(opt_open_time), IPAM_OPT_DURATION, 0, "open_time", "0ms", 0, 60000, NULL, "How long open takes."
};
static const struct ipam_option opt_name = {
    sizeof(opt_name), IPAM_OPT_TEXT, IPAM_OPT_REQUIRED, "name", NULL, 0, 0, NULL, "Any text."
};
static const struct ipam_option opt_wait = {
    sizeof(opt_wait), IPAM_OPT_DURATION, 0, "wait", "5s", 1, 60000, NULL, "A time."
};
static const struct ipam_option opt_count = { sizeof(opt_count), IPAM_OPT_INT, 0, "count", NULL, 1, 10, NULL,
                                              "A number." };
static const struct ipam_option opt_flag = { sizeof(opt_flag), IPAM_OPT_BOOL, 0, "flag", "false", 0, 0, NULL,
                                             "Yes or no." };
static const struct ipam_option opt_path = { sizeof(opt_path), IPAM_OPT_PATH, 0, "path", NULL, 0, 0, NULL,
                                             "A file." };
static const struct ipam_option opt_password = {
    sizeof(opt_password), IPAM_OPT_SECRET, 0, "password", NULL, 0, 0, NULL, "A secret."
};
static const struct ipam_option *const options[] = { &opt_open, &opt_open_time, &opt_name,
                                                     &opt_wait, &opt_count,     &opt_flag,
                                                     &opt_path, &opt_password,  NULL };

static const struct ipam_plugin descriptor = {
    .size = sizeof(descriptor),
    .abi = ODD_ABI,
    .name = ODD_NAME,
    .version = "1.2",
    .summary = "Behaves as it is told.",
    .options = options,
    .dhcp = &dhcp,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &descriptor;
}

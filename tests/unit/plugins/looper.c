/* looper.c - a LOOP provider: each way of read_leases (args->native_scope) uses the loop in another way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipam/plugin.h"

#define HELD_MAX 64

struct looper {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    pthread_t thread;
    struct ipam_req *held[HELD_MAX]; /* calls that wait to be cancelled, or for a timer */
    unsigned holding, most;
};

/* A call that goes on later. */
struct later {
    struct looper *l;
    struct ipam_req *req;
    int64_t next, count;
    int pipe[2];
    pthread_t thread;
};

static struct ipam_str text(const char *s)
{
    struct ipam_str str = { s, strlen(s) };

    return str;
}

static void finish(struct looper *l, struct ipam_req *req, int32_t status, const char *token)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };

    info.token = text(pthread_equal(pthread_self(), l->thread) ? token : "wrong thread");
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_TOKEN);
    l->host->done(req, status, &info);
}

static int32_t looper_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct looper *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return IPAM_E_NOMEM;
    l->host = host;
    l->inst = inst;
    l->thread = pthread_self();
    *ret_ctx = l;
    return IPAM_OK;
}

static void never(void *user)
{
    (void)user;
    abort(); /* after close nothing of it runs */
}

static void looper_close(void *ctx)
{
    struct looper *l = ctx;

    l->host->timer_start(l->inst, 1, never, NULL);
    l->host->defer(l->inst, never, NULL);
    free(l);
}

static void looper_probe(void *ctx, struct ipam_req *req)
{
    struct looper *l = ctx;

    l->host->caps_changed(l->inst, IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V6);
    finish(l, req, IPAM_OK, "probed");
}

static void looper_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    finish(ctx, req, IPAM_OK, "config");
}

static void emit_more(void *user)
{
    struct later *w = user;
    int32_t status = IPAM_OK;

    while (w->next < w->count && status == IPAM_OK) {
        struct ipam_lease lease = { .size = sizeof(lease), .type = IPAM_T_LEASE };

        lease.address.family = 4;
        lease.address.bytes[0] = 10;
        lease.address.bytes[1] = (uint8_t)(w->next >> 16);
        lease.address.bytes[2] = (uint8_t)(w->next >> 8);
        lease.address.bytes[3] = (uint8_t)w->next;
        IPAM_SET_FIELD(&lease, IPAM_LEASE_ADDRESS);
        status = w->l->host->emit(w->req, (const struct ipam_record *)&lease);
        w->next += status == IPAM_OK;
    }
    if (status == IPAM_E_AGAIN) {
        w->l->host->on_credit(w->req, emit_more, w);
        return;
    }
    finish(w->l, w->req, status, "emitted");
    free(w);
}

static void end_later(void *user)
{
    struct later *w = user;

    finish(w->l, w->req, IPAM_OK, "later");
    free(w);
}

static void *defer_it(void *user)
{
    struct later *w = user;

    w->l->host->defer(w->l->inst, end_later, w);
    return NULL;
}

static void on_readable(void *user, int32_t fd, uint32_t events)
{
    struct later *w = user;
    char c = 0;

    if (!(events & IPAM_FD_READ) || read(fd, &c, 1) != 1 || c != 'x')
        abort();
    w->l->host->watch_fd(w->l->inst, fd, 0, NULL, NULL);
    close(w->pipe[0]);
    close(w->pipe[1]);
    end_later(w);
}

static void watch_pipe(struct later *w)
{
    if (pipe(w->pipe) < 0 ||
        w->l->host->watch_fd(w->l->inst, w->pipe[0], IPAM_FD_READ, on_readable, w) != IPAM_OK ||
        write(w->pipe[1], "x", 1) != 1)
        abort();
}

static void let_go(struct looper *l, struct ipam_req *req, int32_t status)
{
    char most[32];

    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (l->held[i] != req)
            continue;
        l->held[i] = NULL;
        l->holding--;
        snprintf(most, sizeof(most), "most %u", l->most);
        finish(l, req, status, most);
        return;
    }
}

static void hold(struct looper *l, struct ipam_req *req)
{
    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (l->held[i])
            continue;
        l->held[i] = req;
        break;
    }
    l->holding++;
    if (l->holding > l->most)
        l->most = l->holding;
}

static void release_later(void *user)
{
    struct later *w = user;

    let_go(w->l, w->req, IPAM_OK);
    free(w);
}

static void looper_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct looper *l = ctx;
    struct later *w = calloc(1, sizeof(*w));
    char how[16] = "";

    snprintf(how, sizeof(how), "%.*s", (int)args->native_scope.len,
             args->native_scope.data ? args->native_scope.data : "");
    w->l = l;
    w->req = req;
    w->count = args->limit;
    if (strcmp(how, "timer") == 0) {
        struct ipam_timer *stopped = l->host->timer_start(l->inst, 1, never, NULL);

        l->host->timer_stop(l->inst, stopped);
        l->host->timer_start(l->inst, args->limit, end_later, w);
    } else if (strcmp(how, "fd") == 0) {
        watch_pipe(w);
    } else if (strcmp(how, "defer") == 0) {
        pthread_create(&w->thread, NULL, defer_it, w);
        pthread_detach(w->thread);
    } else if (strcmp(how, "hold") == 0) {
        hold(l, req);
        free(w);
    } else if (strcmp(how, "share") == 0) { /* held for a while, to count how many are held at once */
        hold(l, req);
        l->host->timer_start(l->inst, args->limit, release_later, w);
    } else if (strcmp(how, "block") == 0) {
        struct timespec t = { args->limit / 1000, args->limit % 1000 * 1000000 };

        nanosleep(&t, NULL);
        end_later(w);
    } else {
        emit_more(w);
    }
}

static void looper_cancel(void *ctx, struct ipam_req *req)
{
    let_go(ctx, req, IPAM_E_CANCELED);
}

static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = IPAM_THREAD_LOOP,
                .concurrency = 3,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6,
                .open = looper_open,
                .close = looper_close,
                .probe = looper_probe,
                .cancel = looper_cancel },
    .read_config = looper_read_config,
    .read_leases = looper_read_leases,
};

static const struct ipam_option low = {
    sizeof(low), IPAM_OPT_INT, 0, "low", "1", 0, 100, NULL, "A number below high."
};
static const struct ipam_option high = {
    sizeof(high), IPAM_OPT_INT, 0, "high", "9", 0, 100, NULL, "A number above low."
};
static const struct ipam_option *const options[] = { &low, &high, NULL };

static void check(struct ipam_inst *inst, const struct ipam_host *host)
{
    int64_t a = 0, b = 0;

    host->option_int(inst, "low", &a);
    host->option_int(inst, "high", &b);
    if (a >= b)
        host->option_problem(inst, "low", "is not below high; write a smaller number");
}

static const struct ipam_plugin descriptor = {
    .size = sizeof(descriptor),
    .abi = IPAM_ABI,
    .name = "looper",
    .version = "1.0",
    .summary = "Lives on the loop.",
    .options = options,
    .check = check,
    .dhcp = &dhcp,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &descriptor;
}

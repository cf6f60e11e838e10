/* loop.c - a LOOP plugin that waits: timer, then descriptor, then a deferred function; it keeps every rule.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipam/plugin.h"

#ifndef NAME
#define NAME "loop"
#endif

struct job {
    struct ctx *ctx;
    struct ipam_req *req;
    struct ipam_timer *timer; /* NULL: it was due */
    size_t next, count;
    const struct ipam_addr *addresses;
    struct job *below;
};
struct ctx {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    int fds[2]; /* the "server" is the other end of a socket pair */
    struct job *jobs;
};

static void end(struct job *job, int32_t status, const char *message)
{
    struct ctx *ctx = job->ctx;
    struct job **at = &ctx->jobs;
    struct ipam_outcome info;

    while (*at != job)
        at = &(*at)->below;
    *at = job->below;
    memset(&info, 0, sizeof(info));
    info.size = sizeof(info);
    info.type = IPAM_T_OUTCOME;
    if (message != NULL) {
        info.message.data = message;
        info.message.len = strlen(message);
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    }
    ctx->host->done(job->req, status, &info);
    free(job);
}

static int32_t emit_row(struct job *job)
{
    struct ipam_reached r;
    struct ipam_probe p;

    if (job->addresses == NULL) {
        memset(&p, 0, sizeof(p));
        p.size = sizeof(p);
        p.type = IPAM_T_PROBE;
        p.capabilities = IPAM_REACH_PING;
        IPAM_SET_FIELD(&p, IPAM_PROBE_CAPABILITIES);
        return job->ctx->host->emit(job->req, (const struct ipam_record *)&p);
    }
    memset(&r, 0, sizeof(r));
    r.size = sizeof(r);
    r.type = IPAM_T_REACHED;
    r.address = job->addresses[job->next];
    r.method = IPAM_REACH_PING;
    r.state = IPAM_REACHED_STATE_SILENT;
    IPAM_SET_FIELD(&r, IPAM_REACHED_ADDRESS);
    IPAM_SET_FIELD(&r, IPAM_REACHED_METHOD);
    IPAM_SET_FIELD(&r, IPAM_REACHED_STATE);
    return job->ctx->host->emit(job->req, (const struct ipam_record *)&r);
}

static void answer(void *user)
{
    struct job *job = user;
    int32_t rc = IPAM_OK;

    for (; job->next < job->count; job->next++) {
        rc = emit_row(job);
        if (rc == IPAM_E_AGAIN) {
            job->ctx->host->on_credit(job->req, answer, job);
            return;
        }
        if (rc < 0)
            break;
    }
    end(job, rc, rc < 0 ? "the host took no more rows" : NULL);
}

/* The server answers: the job's address comes back. */
static void readable(void *user, int32_t fd, uint32_t events)
{
    struct ctx *ctx = user;
    struct job *job;

    (void)events;
    while (recv(fd, &job, sizeof(job), MSG_DONTWAIT) == (ssize_t)sizeof(job))
        if (ctx->host->defer(ctx->inst, answer, job) < 0)
            end(job, IPAM_E_NOMEM, "out of memory");
}

/* Later: the question goes out. */
static void due(void *user)
{
    struct job *job = user;

    job->timer = NULL;
    if (send(job->ctx->fds[1], &job, sizeof(job), MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof(job))
        end(job, IPAM_E_CONN, "the question could not be sent; try again");
}

static void begin(struct ctx *ctx, struct ipam_req *req, const struct ipam_addr *addresses, size_t count)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        ctx->host->done(req, IPAM_E_NOMEM, NULL);
        return;
    }
    job->ctx = ctx;
    job->req = req;
    job->addresses = addresses;
    job->count = count;
    job->below = ctx->jobs;
    ctx->jobs = job;
    ctx->host->step(req, "wait");
    job->timer = ctx->host->timer_start(ctx->inst, 1, due, job);
    if (job->timer == NULL)
        end(job, IPAM_E_NOMEM, "out of memory");
}

static void probe(void *ctx, struct ipam_req *req)
{
    begin(ctx, req, NULL, 1);
}

static void reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args)
{
    static const struct ipam_addr none;
    size_t count = IPAM_HAS_FIELD(args, IPAM_REACH_ADDRESSES) ? args->addresses.count : 0;

    begin(ctx, req, count > 0 ? args->addresses.items : &none, count);
}

/* What waits for the timer ends at once; what was sent ends with its answer, which is near. */
static void cancel(void *user, struct ipam_req *req)
{
    struct ctx *ctx = user;
    struct job *job = ctx->jobs;

    while (job != NULL && job->req != req)
        job = job->below;
    if (job == NULL || job->timer == NULL)
        return;
    ctx->host->timer_stop(ctx->inst, job->timer);
    end(job, IPAM_E_CANCELED, NULL);
}

static int32_t open_loop(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct ctx *ctx;

    if (!IPAM_HAS(host, on_credit)) {
        host->open_error(inst, "the host is too old for this plugin; use ipamd 0.2 or newer");
        return IPAM_E_UNSUPPORTED;
    }
    ctx = calloc(1, sizeof(*ctx));
    if (ctx == NULL)
        return IPAM_E_NOMEM;
    ctx->host = host;
    ctx->inst = inst;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ctx->fds) < 0) {
        host->open_error(inst, "no socket can be made; look at the limit of open files");
        free(ctx);
        return IPAM_E_NOMEM;
    }
    if (host->watch_fd(inst, ctx->fds[0], IPAM_FD_READ, readable, ctx) < 0) {
        close(ctx->fds[0]);
        close(ctx->fds[1]);
        free(ctx);
        return IPAM_E_NOMEM;
    }
    *ret_ctx = ctx;
    return IPAM_OK;
}

static void close_loop(void *user)
{
    struct ctx *ctx = user;

    ctx->host->watch_fd(ctx->inst, ctx->fds[0], 0, readable, ctx);
    close(ctx->fds[0]);
    close(ctx->fds[1]);
    free(ctx);
}

static const struct ipam_reach_ops ops = {
    .common = {
        .size = sizeof(ops),
        .thread_model = IPAM_THREAD_LOOP,
        .concurrency = 64,
        .capabilities = IPAM_REACH_PING,
        .open = open_loop,
        .close = close_loop,
        .probe = probe,
        .cancel = cancel,
    },
    .reach = reach,
};

static const struct ipam_plugin plugin = {
    .size = sizeof(plugin),
    .abi = IPAM_ABI,
    .name = NAME,
    .version = "1.0",
    .summary = "Everything a LOOP plugin can wait for, for the contract tests.",
    .reach = &ops,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &plugin;
}

/* plugin.c - the descriptor, the life of an instance, and how it is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ares.h>
#include <stdlib.h>
#include <string.h>

#include "reach.h"

static void reach_close(void *ctx)
{
    struct reach *r = ctx;

    if (r->timer != NULL)
        r->host->timer_stop(r->inst, r->timer);
    reach_dns_free(r->dns);
    reach_ping_free(r->ping);
    free(r);
}

static int32_t reach_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    char why[256] = "out of memory";
    struct reach *r;

    if (!IPAM_HAS(host, watch_fd) || !IPAM_HAS(host, timer_start) || !IPAM_HAS(host, timer_stop) ||
        !IPAM_HAS(host, on_credit) || !IPAM_HAS(host, option_list)) {
        host->open_error(inst, "this ipamd has no timers for plugins; install a newer one");
        return IPAM_E_UNSUPPORTED;
    }
    r = calloc(1, sizeof(*r));
    if (r == NULL)
        return IPAM_E_NOMEM;
    r->host = host;
    r->inst = inst;
    reach_options_read(host, inst, &r->opt);
    r->ping = reach_ping_new(r);
    r->dns = r->ping != NULL ? reach_dns_new(r, why, sizeof(why)) : NULL;
    if (r->dns == NULL) {
        host->open_error(inst, why);
        reach_close(r);
        return strcmp(why, "out of memory") == 0 ? IPAM_E_NOMEM : IPAM_E_PROVIDER;
    }
    *ret_ctx = r;
    return IPAM_OK;
}

/* --- probe: how it is --- */

/* A call of probe under way: memory of the request. It is done at once, or waits for credit alone. */
struct asked {
    struct reach *reach;
    struct ipam_req *req;
    unsigned step;
};

static struct ipam_str text_of(const char *s)
{
    return (struct ipam_str){ s, strlen(s) };
}

static int32_t emit_product(const struct asked *a)
{
    struct ipam_probe row = { .size = sizeof(row),
                              .type = IPAM_T_PROBE,
                              .product = text_of("c-ares"),
                              .version = text_of(ares_version(NULL)),
                              .capabilities = REACH_METHODS,
                              .service = IPAM_PROBE_SERVICE_RUNNING };

    IPAM_SET_FIELD(&row, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&row, IPAM_PROBE_VERSION);
    IPAM_SET_FIELD(&row, IPAM_PROBE_CAPABILITIES);
    IPAM_SET_FIELD(&row, IPAM_PROBE_SERVICE);
    return a->reach->host->emit(a->req, (const struct ipam_record *)&row);
}

/* Whether echo requests can be sent: the kernel may not want it. */
static int32_t emit_ping(const struct asked *a, uint8_t family)
{
    const char *why = reach_ping_ready(a->reach->ping, family);
    struct ipam_check row = { .size = sizeof(row),
                              .type = IPAM_T_CHECK,
                              .channel = text_of(family == 4 ? "ping4" : "ping6"),
                              .state = why == NULL ? IPAM_CHECK_STATE_OK : IPAM_CHECK_STATE_DENIED,
                              .message = text_of(why != NULL ? why : "echo requests can be sent") };

    IPAM_SET_FIELD(&row, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&row, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&row, IPAM_CHECK_MESSAGE);
    return a->reach->host->emit(a->req, (const struct ipam_record *)&row);
}

static void go_on_probe(void *user)
{
    struct asked *a = user;
    const struct ipam_host *host = a->reach->host;
    int32_t status = host->cancelled(a->req) ? IPAM_E_CANCELED : IPAM_OK;

    for (; status == IPAM_OK && a->step < 3; a->step += status == IPAM_OK)
        status = a->step == 0 ? emit_product(a) : emit_ping(a, a->step == 1 ? 4 : 6);
    if (status == IPAM_E_AGAIN)
        host->on_credit(a->req, go_on_probe, a);
    else
        host->done(a->req, status, NULL);
}

static void reach_probe(void *ctx, struct ipam_req *req)
{
    struct reach *r = ctx;
    struct asked *a = r->host->alloc(req, sizeof(*a));

    if (a == NULL) {
        r->host->done(req, IPAM_E_NOMEM, NULL);
        return;
    }
    *a = (struct asked){ .reach = r, .req = req };
    go_on_probe(a);
}

static const struct ipam_reach_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_LOOP,
                .concurrency = 64,
                .capabilities = REACH_METHODS,
                .open = reach_open,
                .close = reach_close,
                .probe = reach_probe,
                .cancel = reach_cancel },
    .reach = reach_reach,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = "reach",
        .version = "0.1.0",
        .summary = "Whether somebody uses an address: echo requests and PTR records",
        .options = reach_options,
        .check = reach_options_check,
        .reach = &ops
    };
    return &plugin;
}

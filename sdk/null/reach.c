/* reach.c - null-reach: addresses in the prefixes of its options answer, all others are silent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * LOOP: nothing here ever waits. A call is a struct of its own; a timer goes on with it when the answers
 * come, and another when the time is up for those that do not. It waits either for a timer or for credit. */
#include "null.h"

#include <stdlib.h>

#define METHODS    (IPAM_REACH_PING | IPAM_REACH_NEIGHBOR)
#define TIMEOUT_MS 1000 /* records.def: reach.timeout, when absent */

struct reach {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    struct ipam_prefix *alive;
    size_t alive_count;
    int64_t delay_ms;
    struct probing *calls; /* under way */
};

/* One call under way: memory of the request, gone with done. */
struct probing {
    struct null_call c;
    struct reach *reach;
    const struct ipam_reach *args; /* valid until done */
    struct probing *next;
    struct ipam_timer *timer; /* NULL: none is waited for */
    bool waits_for_credit;
    int64_t methods, timeout_ms, wait_ms; /* wait_ms: from the answers to the time-out */
    size_t at;                            /* the next of the rows, one an address and method */
    bool answered;                        /* those that answer have been emitted, those that do not follow */
};

static void go_on(void *user);

static void end(struct probing *p, int32_t status)
{
    struct probing **at = &p->reach->calls;

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    null_done(&p->c, status);
}

/* Calls go_on after some time. */
static void wait_for(struct probing *p, int64_t ms)
{
    p->timer = p->reach->host->timer_start(p->reach->inst, ms, go_on, p);
    if (!p->timer)
        end(p, null_fail(&p->c, IPAM_E_NOMEM, "out of memory for a timer"));
}

static bool is_alive(const struct reach *r, const struct ipam_addr *a)
{
    for (size_t i = 0; i < r->alive_count; i++)
        if (null_prefix_has(&r->alive[i], a))
            return true;
    return false;
}

static int32_t emit_row(struct probing *p, const struct ipam_addr *a, int64_t method, bool alive)
{
    uint8_t mac[] = { 2, 0, a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3] };
    struct ipam_reached row = { .size = sizeof(row),
                                .type = IPAM_T_REACHED,
                                .address = *a,
                                .method = method,
                                .state = alive ? IPAM_REACHED_STATE_ANSWERED : IPAM_REACHED_STATE_SILENT,
                                .round_trip = p->reach->delay_ms * 1000,
                                .mac = { mac, sizeof(mac) } };

    IPAM_SET_FIELD(&row, IPAM_REACHED_ADDRESS);
    IPAM_SET_FIELD(&row, IPAM_REACHED_METHOD);
    IPAM_SET_FIELD(&row, IPAM_REACHED_STATE);
    if (alive)
        IPAM_SET_FIELD(&row, IPAM_REACHED_ROUND_TRIP);
    if (alive && method == IPAM_REACH_NEIGHBOR)
        IPAM_SET_FIELD(&row, IPAM_REACHED_MAC);
    return p->reach->host->emit(p->c.req, (const struct ipam_record *)&row);
}

/* The rows of those that answer in time, or of the others. Two places stand for each address: its methods. */
static int32_t emit_rows(struct probing *p, bool alive)
{
    for (; p->at < 2 * p->args->addresses.count; p->at++) {
        const struct ipam_addr *a = &p->args->addresses.items[p->at / 2];
        int64_t method = p->at % 2 ? IPAM_REACH_NEIGHBOR : IPAM_REACH_PING;
        bool answers = is_alive(p->reach, a) && p->reach->delay_ms <= p->timeout_ms;

        if (!(p->methods & method) || answers != alive)
            continue;
        int32_t status = emit_row(p, a, method, alive);
        if (status < 0)
            return status; /* and `at` stays, in case that it can be tried again */
    }
    p->at = 0;
    return IPAM_OK;
}

static bool all_answer(const struct probing *p)
{
    for (size_t i = 0; i < p->args->addresses.count; i++)
        if (!is_alive(p->reach, &p->args->addresses.items[i]) || p->reach->delay_ms > p->timeout_ms)
            return false;
    return true;
}

/* Runs when there is something to do: a timer is due, or there is credit again. */
static void go_on(void *user)
{
    struct probing *p = user;
    const struct ipam_host *host = p->reach->host;

    p->timer = NULL; /* it is gone when it was due */
    p->waits_for_credit = false;
    if (host->cancelled(p->c.req)) {
        end(p, null_fail(&p->c, IPAM_E_CANCELED, "given up: the caller cancelled it"));
        return;
    }
    int32_t status = emit_rows(p, !p->answered);
    if (status == IPAM_E_AGAIN) { /* the host has taken nothing: go on when it can */
        p->waits_for_credit = true;
        host->on_credit(p->c.req, go_on, p);
    } else if (status != IPAM_OK) {
        end(p, null_fail(&p->c, status, "the reader wants no more rows"));
    } else if (p->answered || all_answer(p)) {
        end(p, IPAM_OK);
    } else {
        p->answered = true;
        wait_for(p, p->wait_ms);
    }
}

static void reach_reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args)
{
    struct reach *r = ctx;
    struct null_call c;
    int64_t timeout = IPAM_HAS_FIELD(args, IPAM_REACH_TIMEOUT) ? args->timeout : TIMEOUT_MS;

    null_begin(&c, r->host, req);
    if (args->addresses.count == 0 || args->methods == 0 || (args->methods & ~(int64_t)METHODS) ||
        timeout < 1) {
        null_done(&c,
                  null_fail(&c, IPAM_E_INVAL,
                            "no addresses, no time, or methods other than ping and neighbour; this provider "
                            "has these two"));
        return;
    }
    struct probing *p = r->host->alloc(req, sizeof(*p));
    if (!p) {
        null_done(&c, null_fail(&c, IPAM_E_NOMEM, "out of memory"));
        return;
    }
    null_begin(&p->c, r->host, req); /* in its own place: texts of the end are in it */
    p->reach = r;
    p->args = args;
    p->methods = args->methods;
    p->timeout_ms = timeout;
    p->next = r->calls;
    r->calls = p;
    int64_t first = r->delay_ms < timeout ? r->delay_ms : timeout;
    p->wait_ms = timeout - first;
    wait_for(p, first);
}

/* May come at any moment before done, also while nothing but a timer is waited for. What waits for credit is
 * called by the host itself when it is cancelled. */
static void reach_cancel(void *ctx, struct ipam_req *req)
{
    struct reach *r = ctx;

    for (struct probing *p = r->calls; p; p = p->next)
        if (p->c.req == req && p->timer && !p->waits_for_credit) {
            r->host->timer_stop(r->inst, p->timer);
            end(p, null_fail(&p->c, IPAM_E_CANCELED, "given up: the caller cancelled it"));
            return;
        }
}

/* A call of probe under way: memory of the request, too. It is done at once, or waits for credit alone. */
struct asked {
    struct null_call c;
    unsigned step;
};

static void go_on_probe(void *user)
{
    struct asked *a = user;
    int32_t status = a->c.host->cancelled(a->c.req)
                         ? null_fail(&a->c, IPAM_E_CANCELED, "given up: the caller cancelled it")
                         : null_probe_step(&a->c, METHODS, "the addresses are in its options", &a->step);

    if (status == IPAM_E_AGAIN)
        a->c.host->on_credit(a->c.req, go_on_probe, a);
    else
        null_done(&a->c, status);
}

static void reach_probe(void *ctx, struct ipam_req *req)
{
    struct reach *r = ctx;
    struct asked *a = r->host->alloc(req, sizeof(*a));
    struct null_call c;

    if (!a) {
        null_begin(&c, r->host, req);
        null_done(&c, null_fail(&c, IPAM_E_NOMEM, "out of memory"));
        return;
    }
    null_begin(&a->c, r->host, req);
    go_on_probe(a);
}

static void reach_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs alive = null_option_list(host, inst, "alive");
    struct ipam_prefix p;

    for (size_t i = 0; i < alive.count; i++)
        if (!null_prefix_parse(alive.items[i], &p))
            host->option_problem(inst, "alive",
                                 "holds an entry that is no prefix: write one without host bits, such as "
                                 "192.0.2.0/24, or an address");
}

static void reach_close(void *ctx)
{
    struct reach *r = ctx;

    free(r->alive);
    free(r);
}

static int32_t reach_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct ipam_strs alive = null_option_list(host, inst, "alive");
    struct reach *r;

    if (!IPAM_HAS(host, timer_start) || !IPAM_HAS(host, timer_stop) || !IPAM_HAS(host, on_credit)) {
        host->open_error(inst, "this ipamd has no timers for plugins; install a newer one");
        return IPAM_E_UNSUPPORTED;
    }
    r = calloc(1, sizeof(*r));
    if (!r)
        return IPAM_E_NOMEM;
    r->host = host;
    r->inst = inst;
    r->delay_ms = null_option_int(host, inst, "delay");
    r->alive = calloc(alive.count + 2, sizeof(*r->alive));
    if (!r->alive) {
        reach_close(r);
        return IPAM_E_NOMEM;
    }
    for (size_t i = 0; i < alive.count; i++) {
        if (!null_prefix_parse(alive.items[i], &r->alive[r->alive_count++])) {
            host->open_error(inst,
                             "option alive holds an entry that is no prefix; write one such as 192.0.2.0/24");
            reach_close(r);
            return IPAM_E_CONFIG;
        }
    }
    struct ipam_prefix gateway = { .length = 32 };
    if (null_option_addr(host, inst, "gateway", &gateway.addr)) {
        gateway.length = gateway.addr.family == 4 ? 32 : 128;
        r->alive[r->alive_count++] = gateway;
    }
    *ret_ctx = r;
    return IPAM_OK;
}

static const struct ipam_option alive = NULL_OPTION(IPAM_OPT_LIST, "alive", NULL, 0, 1000, NULL,
                                                    "prefixes whose addresses answer"),
                                gateway = NULL_OPTION(IPAM_OPT_ADDRESS, "gateway", NULL, 0, 0, NULL,
                                                      "one more address that answers"),
                                delay = NULL_OPTION(IPAM_OPT_DURATION, "delay", "0s", 0, 3600000, NULL,
                                                    "how long an answer takes");
static const struct ipam_option *const options[] = { &alive, &gateway, &delay, NULL };

static const struct ipam_reach_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_LOOP,
                .concurrency = 16,
                .capabilities = METHODS,
                .open = reach_open,
                .close = reach_close,
                .probe = reach_probe,
                .cancel = reach_cancel },
    .reach = reach_reach,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-reach",
                                               .version = NULL_VERSION,
                                               .summary = "addresses that its options name answer",
                                               .options = options,
                                               .check = reach_check,
                                               .reach = &ops };

    return &plugin;
}

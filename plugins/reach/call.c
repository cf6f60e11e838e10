/* call.c - the life of a call: its tasks, what is emitted of them, and its one end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "reach.h"

static void done(struct reach_call *c, int32_t status, const char *message)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };

    if (message != NULL) {
        info.message = (struct ipam_str){ message, strlen(message) };
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    }
    c->reach->host->done(c->req, status, &info);
}

static void end(struct reach_call *c, int32_t status, const char *message)
{
    struct reach *r = c->reach;
    struct reach_call **at = &r->calls;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    reach_ping_forget(r->ping, c);
    reach_dns_forget(r->dns, c);
    done(c, status, message);
}

const struct ipam_addr *reach_address(const struct reach_call *c, const struct reach_task *t)
{
    return &c->args->addresses.items[t->at];
}

static int32_t emit(struct reach_call *c, const struct reach_task *t)
{
    struct ipam_reached row = { .size = sizeof(row),
                                .type = IPAM_T_REACHED,
                                .address = *reach_address(c, t),
                                .method = t->method,
                                .state = t->state,
                                .round_trip = t->round_trip_us };

    IPAM_SET_FIELD(&row, IPAM_REACHED_ADDRESS);
    IPAM_SET_FIELD(&row, IPAM_REACHED_METHOD);
    IPAM_SET_FIELD(&row, IPAM_REACHED_STATE);
    if (t->round_trip_us >= 0)
        IPAM_SET_FIELD(&row, IPAM_REACHED_ROUND_TRIP);
    if (t->name != NULL) {
        row.name = (struct ipam_str){ t->name, strlen(t->name) };
        IPAM_SET_FIELD(&row, IPAM_REACHED_NAME);
    }
    if (t->message != NULL) {
        row.message = (struct ipam_str){ t->message, strlen(t->message) };
        IPAM_SET_FIELD(&row, IPAM_REACHED_MESSAGE);
    }
    return c->reach->host->emit(c->req, (const struct ipam_record *)&row);
}

/* Emits what waits for it; ends the call with its last row. Also when there is credit again. */
static void flush(void *user)
{
    struct reach_call *c = user;
    const struct ipam_host *host = c->reach->host;

    c->waits_for_credit = false;
    if (host->cancelled(c->req)) {
        end(c, IPAM_E_CANCELED, "given up: the caller cancelled it");
        return;
    }
    while (c->first != NULL) {
        int32_t status = emit(c, c->first);

        if (status == IPAM_E_AGAIN) { /* the host has taken nothing: go on when it can */
            c->waits_for_credit = true;
            host->on_credit(c->req, flush, c);
            return;
        }
        if (status != IPAM_OK) {
            end(c, status, "the reader wants no more rows");
            return;
        }
        c->first = c->first->next;
        c->emitted++;
    }
    c->last = &c->first;
    if (c->emitted == c->count)
        end(c, IPAM_OK, NULL);
}

void reach_ended(struct reach_call *c, struct reach_task *t, uint32_t state, const char *message)
{
    t->state = state;
    t->message = message;
    t->next = NULL;
    *c->last = t;
    c->last = &t->next;
    if (!c->waits_for_credit)
        flush(c);
}

/* --- when something is to be done --- */

static void on_timer(void *user)
{
    struct reach *r = user;

    r->timer = NULL; /* it is gone when it was due */
    reach_go_on(r);
}

void reach_wake(struct reach *r, int64_t at_ms)
{
    int64_t left = at_ms - r->host->now_ms();

    if (r->timer != NULL && r->timer_due_ms <= at_ms)
        return;
    if (r->timer != NULL)
        r->host->timer_stop(r->inst, r->timer);
    r->timer_due_ms = at_ms;
    r->timer = r->host->timer_start(r->inst, left > 0 ? left : 0, on_timer, r);
}

void reach_go_on(struct reach *r)
{
    int64_t now = r->host->now_ms();

    reach_ping_step(r->ping, now);
    reach_dns_step(r->dns, now);
    if (r->timer == NULL) /* the host had no memory for one: what waits for it would wait for ever */
        for (struct reach_call *c = r->calls, *next; c != NULL; c = next) {
            next = c->next;
            if (!c->waits_for_credit)
                end(c, IPAM_E_NOMEM, "out of memory for a timer");
        }
}

/* --- begin and cancel --- */

static void make_tasks(struct reach_call *c, int64_t methods)
{
    static const int64_t each[] = { IPAM_REACH_PING, IPAM_REACH_DNS };
    size_t n = 0;

    for (unsigned m = 0; m < sizeof(each) / sizeof(each[0]); m++) {
        for (size_t i = 0; (methods & each[m]) && i < c->args->addresses.count; i++)
            c->tasks[n++] = (struct reach_task){ .at = (uint32_t)i, .method = each[m], .round_trip_us = -1 };
        if (m == 0)
            c->echoes = n;
    }
    c->count = n;
    c->next_question = c->echoes;
}

/* Why it cannot be done, or NULL. */
static const char *refusal(const struct ipam_reach *args, int32_t *ret_status)
{
    *ret_status = IPAM_E_INVAL;
    if (args->addresses.count == 0 || args->methods == 0)
        return "no addresses or no methods are given; give both";
    for (size_t i = 0; i < args->addresses.count; i++)
        if (args->addresses.items[i].family != 4 && args->addresses.items[i].family != 6)
            return "one of the addresses is none of IPv4 and none of IPv6";
    if (IPAM_HAS_FIELD(args, IPAM_REACH_TIMEOUT) && args->timeout < 1)
        return "the time-out is below 1 ms; give a longer one";
    *ret_status = IPAM_E_UNSUPPORTED;
    if (args->methods & ~(int64_t)REACH_METHODS)
        return "this provider asks by ping and dns; neighbour and dhcp it cannot: leave them away";
    return NULL;
}

void reach_reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args)
{
    struct reach *r = ctx;
    struct reach_call refused = { .reach = r, .req = req }, *c = NULL;
    int32_t status;
    const char *why = refusal(args, &status);

    if (why == NULL)
        c = r->host->alloc(req, sizeof(*c));
    if (c != NULL)
        c->tasks = r->host->alloc(req, 2 * args->addresses.count * sizeof(*c->tasks));
    if (why == NULL && (c == NULL || c->tasks == NULL)) {
        status = IPAM_E_NOMEM;
        why = "out of memory";
    }
    if (why != NULL) {
        done(&refused, status, why);
        return;
    }
    c->reach = r;
    c->req = req;
    c->args = args;
    c->timeout_ms = IPAM_HAS_FIELD(args, IPAM_REACH_TIMEOUT) ? args->timeout : r->opt.timeout_ms;
    c->last = &c->first;
    make_tasks(c, args->methods);
    struct reach_call **at = &r->calls;
    while (*at != NULL)
        at = &(*at)->next;
    *at = c;
    reach_go_on(r);
}

/* May come at any moment before done. What waits for credit is called by the host itself when it is
 * cancelled. */
void reach_cancel(void *ctx, struct ipam_req *req)
{
    struct reach *r = ctx;

    for (struct reach_call *c = r->calls; c != NULL; c = c->next)
        if (c->req == req) {
            if (!c->waits_for_credit)
                end(c, IPAM_E_CANCELED, "given up: the caller cancelled it");
            return;
        }
}

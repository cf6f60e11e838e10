/* request.c - the life of one call as its caller sees it: done comes exactly once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A request is freed when both sides have let go: the caller has been answered, and the backend has released
 * it. A plugin that goes on after the deadline keeps the memory alive ("zombie"), never the caller waiting.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ipam/status.h"
#include "provider/provider_p.h"
#include "record/record.h"

void request_name(const struct request *req, char *buf, size_t size)
{
    const struct instance *inst = req->inst;

    snprintf(buf, size, "%s%s%.200s", call_kind(req->op)->name, inst->target[0] ? " of " : "", inst->target);
}

/* Storage works on its caller's memory: it cannot be answered before the plugin has let go. */
static bool must_wait(const struct request *req)
{
    return (call_kind(req->op)->flags & CALL_STORAGE) && !req->queued && !req->released;
}

void request_settle(struct request *req)
{
    struct instance *inst = req->inst;
    struct request **at = &inst->requests;

    if (!req->answered || !req->released || req->in_inbox)
        return;
    while (*at != req)
        at = &(*at)->next;
    *at = req->next;
    inst->stuck -= req->stuck;
    inst->zombies -= req->zombie;
    timer_stop(&req->timer);
    chunk_queue_fini(&req->frames);
    arena_fini(&req->scratch);
    if (call_kind(req->op)->flags & CALL_SECRET)
        arena_wipe(&req->arena);
    arena_fini(&req->arena);
    free(req);
    if (inst->requests == NULL)
        instance_kick(inst);
}

/* What the answer says of the server: whether it can be reached at all. */
static bool is_outage(int status)
{
    return status == IPAM_E_CONN || status == IPAM_E_TIMEOUT;
}

/* The breaker and the counts hear of a call that the plugin has seen. */
static void note_answer(struct request *req, int status, const struct ipam_outcome *info)
{
    struct instance *inst = req->inst;
    bool failed = status < 0 && status != IPAM_E_CANCELED;

    if (!req->begun_ms)
        return;
    inst->calls++;
    inst->failures += failed;
    if (failed)
        snprintf(inst->last_failure, sizeof(inst->last_failure), STR_FMT, STR_ARG(info->message));
    if (call_kind(req->op)->flags & CALL_STORAGE)
        return;
    if (status == IPAM_E_CANCELED || req->lost)
        breaker_forgets(&inst->breaker);
    else
        breaker_heard(&inst->breaker, clock_mono_ms(), is_outage(status));
}

/* Its caller has given up, the plugin has not. With many of these it gets less time to let go. */
static void note_zombie(struct request *req)
{
    struct instance *inst = req->inst;
    int64_t grace_ms = inst->providers->zombie_grace_ms;

    if (req->released || !req->begun_ms || (call_kind(req->op)->flags & CALL_STORAGE))
        return;
    req->zombie = true;
    if (++inst->zombies > ZOMBIES_MAX && grace_ms > ZOMBIES_GRACE_MS)
        timer_start(inst->loop, &req->timer, ZOMBIES_GRACE_MS, request_on_timer);
}

void request_answer(struct request *req, int status, const struct ipam_outcome *info)
{
    if (req->answered)
        return;
    note_answer(req, status, info);
    req->answered = true;
    req->inst->waiting--;
    timer_stop(&req->timer);
    if (!req->released && !(call_kind(req->op)->flags & CALL_STORAGE))
        timer_start(req->inst->loop, &req->timer, req->inst->providers->zombie_grace_ms, request_on_timer);
    req->ev.done(req->user, status, info);
}

void request_fail(struct request *req, int status, const char *fmt, ...)
{
    struct ipam_outcome info;
    char message[PROVIDER_ERR_MAX + 128];
    va_list ap;

    if (req->answered)
        return;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    record_init(&info, IPAM_T_OUTCOME);
    info.status = status;
    info.message = str_from(message);
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_STATUS);
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    request_answer(req, status, &info);
}

static void unqueue(struct request *req)
{
    struct instance *inst = req->inst;
    struct request **at = &inst->first_call;

    if (!req->queued)
        return;
    while (*at != req)
        at = &(*at)->call_next;
    *at = req->call_next;
    if (*at == NULL)
        inst->last_call = at;
    req->queued = false;
}

void request_turn_away(struct request *req, int status, const char *message)
{
    unqueue(req);
    req->released = true;
    request_fail(req, status, "%s", message);
    request_settle(req);
}

/* The caller wants no more: what is still here never starts, what is under way is told. */
static void call_off(struct request *req)
{
    if (req->queued) {
        unqueue(req);
        req->released = true;
    } else if (!req->released) {
        req->inst->backend->cancel(req);
    }
}

/* How long the breaker still keeps calls back; a trial under way counts as a second. */
static int64_t left_alone_ms(const struct instance *inst)
{
    int64_t left = inst->breaker.until_ms - clock_mono_ms();

    return left > 0 ? left : 1000;
}

/* Answers a call that was never sent. */
static void refuse_call(struct request *req, int status)
{
    struct instance *inst = req->inst;
    char name[256];

    request_name(req, name, sizeof(name));
    req->released = true;
    if (inst->state == INSTANCE_FAILED)
        request_fail(req, status, "%s", inst->message);
    else if (status == IPAM_E_TOOBIG)
        request_fail(req, status, "%s has more than %d edits; split it", name, CALL_EDITS_MAX);
    else if (status == IPAM_E_NOMEM)
        request_fail(req, status, "%s needs more memory than there is", name);
    else if (status == IPAM_E_AGAIN)
        request_fail(
            req, status,
            "%s is not tried for another %lld s, for %u calls in a row failed: %.300s; to ask at once, "
            "probe the server",
            name, (long long)(left_alone_ms(inst) + 999) / 1000, inst->breaker.failures, inst->last_failure);
    else if (status == IPAM_E_PROVIDER)
        request_fail(req, status,
                     "%s cannot begin: an earlier call of the plugin %s has not come back; "
                     "restart ipamd if it stays so",
                     name, inst->plugin->name);
    else
        request_fail(req, status, "%s would wait behind %u others of the plugin %s: try again later", name,
                     inst->waiting - 1, inst->plugin->name);
    request_settle(req);
}

static void on_deadline(struct request *req)
{
    char name[256];
    bool waited = req->queued;

    request_name(req, name, sizeof(name));
    call_off(req);
    if (waited)
        request_fail(req, IPAM_E_TIMEOUT,
                     "%s was not begun in time, for the plugin %s is still being opened; try "
                     "again later%s%s",
                     name, req->inst->plugin->name, req->inst->open_failures ? ". Last: " : "",
                     req->inst->open_failures ? req->inst->message : "");
    else
        request_fail(req, IPAM_E_TIMEOUT,
                     "%s got no answer in time from the plugin %s: see whether the server is up "
                     "and reachable, or allow more time",
                     name, req->inst->plugin->name);
    note_zombie(req);
    request_settle(req);
}

/* The deadline, a cancellation that is due, or the end of a zombie's grace. */
void request_on_timer(struct loop_timer *t)
{
    struct request *req = container_of(t, struct request, timer);
    struct instance *inst = req->inst;
    char name[256], why[PROVIDER_ERR_MAX];

    if (req->answered) {
        request_name(req, name, sizeof(name));
        snprintf(why, sizeof(why), "%s had not ended %lld s after its caller gave up", name,
                 (long long)(inst->providers->zombie_grace_ms / 1000));
        inst->stuck += !req->stuck;
        req->stuck = true;
        inst->backend->condemn(inst, why);
    } else if (req->refusal) {
        refuse_call(req, req->refusal);
    } else if (req->canceled) {
        request_fail(req, IPAM_E_CANCELED, "canceled");
        note_zombie(req);
        request_settle(req);
    } else {
        on_deadline(req);
    }
}

void request_drop(struct request *req)
{
    if (req->answered || req->canceled)
        return;
    req->canceled = true;
    request_pause(req, false);
    call_off(req);
    if (!must_wait(req))
        timer_start(req->inst->loop, &req->timer, 0, request_on_timer);
}

void request_cancel(struct request *req)
{
    request_drop(req);
}

void request_send(struct request *req)
{
    struct instance *inst = req->inst;
    int status;

    unqueue(req);
    if (inst->state == INSTANCE_FAILED)
        status = inst->status;
    else
        status = request_give(req);
    if (status < 0)
        refuse_call(req, status);
}

/* A probe goes past an open breaker: it is how people ask, and its success closes it. */
static bool may_go(struct request *req)
{
    struct breaker *b = &req->inst->breaker;

    return breaker_takes(b, clock_mono_ms()) || req->op == CALL_PROBE ||
           (call_kind(req->op)->flags & CALL_STORAGE);
}

int request_give(struct request *req)
{
    struct instance *inst = req->inst;
    int status;

    if (inst->stuck)
        return IPAM_E_PROVIDER;
    if (!may_go(req))
        return IPAM_E_AGAIN;
    req->begun_ms = clock_mono_ms();
    status = inst->backend->call(req);
    if (status < 0) {
        req->begun_ms = 0;
        breaker_forgets(&inst->breaker);
    }
    return status;
}

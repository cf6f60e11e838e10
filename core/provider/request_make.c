/* request_make.c - the operations a caller can ask for: arguments are copied, deadlines set.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ipam/status.h"
#include "provider/provider_p.h"
#include "record/record.h"

/* Takes a call in; it is sent at once when the instance is open, and never answered from here. */
static struct request *start(struct request *req, int64_t timeout_ms)
{
    struct instance *inst = req->inst;

    if (++inst->waiting > WAITING_MAX && !req->refusal)
        req->refusal = IPAM_E_BUSY;
    if (req->refusal) {
        timer_start(inst->loop, &req->timer, 0, request_on_timer);
        return req;
    }
    if (timeout_ms > 0 && inst->plugin->settings.timeout_ms > 0 &&
        timeout_ms > inst->plugin->settings.timeout_ms)
        timeout_ms = inst->plugin->settings.timeout_ms;
    if (timeout_ms > 0) {
        req->deadline_ms = clock_mono_ms() + timeout_ms;
        timer_start(inst->loop, &req->timer, timeout_ms, request_on_timer);
    }
    if (inst->state == INSTANCE_OPEN && !inst->first_call && request_give(req) == 0)
        return req;
    req->queued = true;
    *inst->last_call = req;
    inst->last_call = &req->call_next;
    instance_kick(inst);
    return req;
}

static struct request *make(struct instance *inst, enum call_op op, const struct request_events *ev,
                            void *user)
{
    struct request *req = xcalloc(1, sizeof(*req));

    req->inst = inst;
    req->op = op;
    req->ev = *ev;
    req->user = user;
    arena_init(&req->arena, 0);
    arena_init(&req->scratch, 0);
    chunk_queue_init(&req->frames);
    req->next = inst->requests;
    inst->requests = req;
    return req;
}

/* The caller's arguments, copied, or a record without fields. */
static void take_args(struct request *req, const void *args)
{
    const struct call_kind *kind = call_kind(req->op);

    req->args = args;
    if ((kind->flags & CALL_STORAGE) || kind->args_type == 0)
        return;
    req->args = args ? record_copy(&req->arena, args) : record_new(&req->arena, kind->args_type);
    if (req->args == NULL)
        req->refusal = IPAM_E_NOMEM;
}

struct request *request_start(struct instance *inst, enum call_op op, const void *args, int64_t timeout_ms,
                              const struct request_events *ev, void *user)
{
    struct request *req = make(inst, op, ev, user);

    take_args(req, args);
    return start(req, timeout_ms);
}

/* False when memory is out. */
static bool copy_edits(struct request *req, size_t count, const uint32_t *verbs,
                       const struct ipam_record *const *befores, const struct ipam_record *const *afters)
{
    req->edits = arena_alloc(&req->arena, (count + 1) * sizeof(*req->edits));
    if (req->edits == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct call_edit *e = &req->edits[i];

        e->verb = verbs[i];
        e->before = befores[i] ? record_copy(&req->arena, befores[i]) : NULL;
        e->after = afters[i] ? record_copy(&req->arena, afters[i]) : NULL;
        if ((befores[i] && !e->before) || (afters[i] && !e->after))
            return false;
    }
    req->edit_count = (uint32_t)count;
    return true;
}

struct request *request_apply(struct instance *inst, const struct ipam_apply *args, const uint32_t *verbs,
                              const struct ipam_record *const *befores,
                              const struct ipam_record *const *afters, int64_t timeout_ms,
                              const struct request_events *ev, void *user)
{
    struct request *req = make(inst, CALL_APPLY, ev, user);

    take_args(req, args);
    if (args->count < 0 || args->count > CALL_EDITS_MAX)
        req->refusal = IPAM_E_TOOBIG;
    else if (!req->refusal && !copy_edits(req, (size_t)args->count, verbs, befores, afters))
        req->refusal = IPAM_E_NOMEM;
    return start(req, timeout_ms);
}

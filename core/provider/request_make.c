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
    if (timeout_ms > 0) {
        req->deadline_ms = clock_mono_ms() + timeout_ms;
        timer_start(inst->loop, &req->timer, timeout_ms, request_on_timer);
    }
    if (inst->state == INSTANCE_OPEN && !inst->first_call && !inst->stuck && inst->backend->call(req) == 0)
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

struct request *dhcp_probe(struct instance *inst, int64_t timeout_ms, const struct request_events *ev,
                           void *user)
{
    return start(make(inst, CALL_PROBE, ev, user), timeout_ms);
}

static struct request *start_read(struct instance *inst, enum call_op op, const struct ipam_dhcp_read *args,
                                  int64_t timeout_ms, const struct request_events *ev, void *user)
{
    struct request *req = make(inst, op, ev, user);

    req->args = args ? record_copy(&req->arena, args) : record_new(&req->arena, IPAM_T_DHCP_READ);
    if (req->args == NULL)
        req->refusal = IPAM_E_NOMEM;
    return start(req, timeout_ms);
}

struct request *dhcp_read_config(struct instance *inst, const struct ipam_dhcp_read *args, int64_t timeout_ms,
                                 const struct request_events *ev, void *user)
{
    return start_read(inst, CALL_READ_CONFIG, args, timeout_ms, ev, user);
}

struct request *dhcp_read_leases(struct instance *inst, const struct ipam_dhcp_read *args, int64_t timeout_ms,
                                 const struct request_events *ev, void *user)
{
    return start_read(inst, CALL_READ_LEASES, args, timeout_ms, ev, user);
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

struct request *dhcp_apply(struct instance *inst, const struct ipam_apply *args, const uint32_t *verbs,
                           const struct ipam_record *const *befores, const struct ipam_record *const *afters,
                           int64_t timeout_ms, const struct request_events *ev, void *user)
{
    struct request *req = make(inst, CALL_APPLY, ev, user);

    req->args = record_copy(&req->arena, args);
    if (args->count < 0 || args->count > CALL_EDITS_MAX)
        req->refusal = IPAM_E_TOOBIG;
    else if (req->args == NULL || !copy_edits(req, (size_t)args->count, verbs, befores, afters))
        req->refusal = IPAM_E_NOMEM;
    return start(req, timeout_ms);
}

static struct request *start_storage(struct instance *inst, enum call_op op, const void *args,
                                     const struct request_events *ev, void *user)
{
    struct request *req = make(inst, op, ev, user);

    req->args = args;
    return start(req, 0);
}

struct request *storage_enter(struct instance *inst, struct ipam_gate_enter *args,
                              const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_ENTER, args, ev, user);
}

struct request *storage_get(struct instance *inst, const struct ipam_gate_get *args,
                            const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_GET, args, ev, user);
}

struct request *storage_commit(struct instance *inst, const struct ipam_gate_commit *args,
                               const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_COMMIT, args, ev, user);
}

struct request *storage_abort(struct instance *inst, const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_ABORT, NULL, ev, user);
}

struct request *storage_outcome(struct instance *inst, struct ipam_gate_outcome *args,
                                const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_OUTCOME, args, ev, user);
}

struct request *storage_query(struct instance *inst, struct ipam_query *args, const struct request_events *ev,
                              void *user)
{
    return start_storage(inst, CALL_QUERY, args, ev, user);
}

struct request *storage_changes(struct instance *inst, struct ipam_changes *args,
                                const struct request_events *ev, void *user)
{
    return start_storage(inst, CALL_CHANGES, args, ev, user);
}

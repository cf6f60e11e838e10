/* request_read.c - from the frames of a call to its caller's callbacks, a little each turn of the loop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "ipam/status.h"
#include "provider/provider_p.h"

#define FRAMES_A_LOOK 16                                   /* frames between two looks at the clock */
#define UNREAD_MAX    (LOCAL_CREDIT + 2 * WIRE_RECORD_MAX) /* nobody who keeps to the credit gets there */

static bool known_status(int64_t status)
{
    static const int16_t known[] = {
        IPAM_OK,        IPAM_E_NOENT, IPAM_E_IO,          IPAM_E_AGAIN, IPAM_E_NOMEM,
        IPAM_E_ACCESS,  IPAM_E_BUSY,  IPAM_E_EXIST,       IPAM_E_INVAL, IPAM_E_NOSPC,
        IPAM_E_RANGE,   IPAM_E_PROTO, IPAM_E_UNSUPPORTED, IPAM_E_CONN,  IPAM_E_TIMEOUT,
        IPAM_E_CANCELED
    };

    if (status <= IPAM_E_AUTH && status >= IPAM_E_BUG)
        return true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (status == known[i])
            return true;
    return false;
}

/* The plugin's outcome: an unknown status becomes IPAM_E_PROVIDER with its number in the text, and every
 * error has a text. */
static void answer_outcome(struct request *req, struct ipam_outcome *o)
{
    char name[256];
    bool known = known_status(o->status);

    if (known && (o->status >= 0 || o->message.len != 0)) {
        request_answer(req, (int)o->status, o);
        return;
    }
    request_name(req, name, sizeof(name));
    if (!known)
        request_fail(req, IPAM_E_PROVIDER,
                     "%s: the plugin %s answered %lld, which is no status of this ABI%s%.*s", name,
                     req->inst->plugin->name, (long long)o->status, o->message.len ? ": " : "",
                     (int)o->message.len, o->message.data ? o->message.data : "");
    else
        request_fail(req, (int)o->status,
                     "%s: the plugin %s answered status %lld without a reason; see the log", name,
                     req->inst->plugin->name, (long long)o->status);
}

/* One frame to its callback; false when it is broken. */
static bool deliver(struct request *req, const struct wire_frame *f)
{
    bool foreign = req->inst->plugin->settings.isolation == ISOLATION_PROCESS,
         wanted = !req->answered && !req->canceled;
    struct ipam_record *rec;
    struct ipam_outcome *outcome;
    struct ipam_row row;

    switch (f->kind) {
    case WIRE_RECORD:
        if (wanted && req->ev.record && wire_get_record(f->payload, foreign, &req->scratch, &rec) < 0)
            return false;
        if (wanted && req->ev.record)
            req->ev.record(req->user, rec);
        return true;
    case WIRE_ROW:
        if (foreign || wire_get_row(f->payload, &req->scratch, &row) < 0)
            return false;
        if (wanted && req->ev.row)
            req->ev.row(req->user, &row);
        return true;
    case WIRE_STEP:
        if (f->payload.len > WIRE_STEP_MAX || !utf8_valid((const char *)f->payload.data, f->payload.len))
            return false;
        memcpy(req->step, f->payload.data, f->payload.len);
        req->step[f->payload.len] = '\0';
        fault_point_at("ipamd", req->step);
        if (wanted && req->ev.step)
            req->ev.step(req->user, req->step);
        if (!req->released)
            req->inst->backend->stepped(req);
        return true;
    case WIRE_DONE:
        if (wire_unpack(IPAM_T_OUTCOME, f->payload, foreign, &req->scratch, &outcome) < 0)
            return false;
        if (!req->canceled ||
            (call_kind(req->op)->flags & CALL_STORAGE)) /* else the caller hears of his cancellation */
            answer_outcome(req, outcome);
        return true;
    default: return false;
    }
}

/* Reads one frame of the request; false when none is left. */
static bool read_frame(struct request *req)
{
    struct chunk *c = req->frames.first;
    struct wire_frame f = { 0 };
    size_t size;

    if (c == NULL || req->paused)
        return false;
    if (wire_next(c->data.data + c->taken, c->data.len - c->taken, &f, &size) != 1 || !deliver(req, &f)) {
        char why[128];

        snprintf(why, sizeof(why), "a frame of kind %u from it was malformed", (unsigned)f.kind);
        chunk_queue_fini(&req->frames);
        req->inst->backend->condemn(req->inst, why);
        request_fail(req, IPAM_E_PROTO, "the provider process of the plugin %s broke the protocol: %s",
                     req->inst->plugin->name, why);
        return false;
    }
    arena_reset(&req->scratch);
    c->taken += size;
    if (c->taken == c->data.len) {
        req->unread -= c->data.len;
        if (!req->released)
            req->inst->backend->credit(req, c->data.len);
        chunk_free(chunk_pop(&req->frames));
    }
    return true;
}

static void enter_inbox(struct request *req)
{
    struct instance *inst = req->inst;

    req->in_inbox = true;
    req->inbox_next = NULL;
    *inst->last_inbox = req;
    inst->last_inbox = &req->inbox_next;
}

/* The backend let go of a call that never said done. */
static void answer_silence(struct request *req)
{
    char name[256];

    if (!req->released || req->answered || req->frames.first)
        return;
    request_name(req, name, sizeof(name));
    if (req->canceled)
        request_fail(req, IPAM_E_CANCELED, "%s was canceled before it began", name);
    else
        request_fail(req, IPAM_E_BUG, "%s ended without an outcome; see the log", name);
}

/* The first of the inbox, until it is empty or the turn is over; true when it is empty. */
static bool read_first(struct instance *inst, uint64_t until)
{
    struct request *req = inst->first_inbox;
    bool more = true;

    while (more && uv_hrtime() < until)
        for (unsigned n = 0; more && n < FRAMES_A_LOOK; n++)
            more = read_frame(req);
    inst->first_inbox = req->inbox_next;
    if (inst->first_inbox == NULL)
        inst->last_inbox = &inst->first_inbox;
    if (more) {
        enter_inbox(req); /* behind the others */
        return false;
    }
    req->in_inbox = false;
    answer_silence(req);
    request_settle(req);
    return true;
}

static void on_read(struct loop_work *w)
{
    struct instance *inst = container_of(w, struct instance, read);
    uint64_t until = uv_hrtime() + TURN_NS;

    while (!inst->abandoned && inst->first_inbox && read_first(inst, until))
        ;
    inst->reading = inst->first_inbox != NULL && !inst->abandoned;
    if (inst->reading)
        loop_post(inst->loop, &inst->read, on_read);
    else if (inst->state == INSTANCE_CLOSING)
        instance_kick(inst);
}

static void read_later(struct request *req)
{
    struct instance *inst = req->inst;

    if (!req->in_inbox)
        enter_inbox(req);
    if (inst->reading)
        return;
    inst->reading = true;
    loop_post(inst->loop, &inst->read, on_read);
}

void request_input(struct request *req, struct chunk *chunk)
{
    struct instance *inst = req->inst;

    req->unread += chunk->data.len;
    chunk_push(&req->frames, chunk);
    if (req->unread > UNREAD_MAX)
        inst->backend->condemn(inst, "it sent more than its credit");
    read_later(req);
}

void request_pause(struct request *req, bool paused)
{
    req->paused = paused && !req->canceled;
    if (!req->paused && req->frames.first)
        read_later(req);
}

void request_released(struct request *req, bool canceled)
{
    req->released = true;
    req->canceled |= canceled;
    if (!req->in_inbox)
        answer_silence(req);
    request_settle(req);
}

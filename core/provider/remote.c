/* remote.c - instances whose plugin runs in a helper: the backend over the wire.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What comes from the helper is not trusted: anything malformed ends the helper. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipam/status.h"
#include "provider/admit.h"
#include "provider/helper.h"
#include "record/record.h"

#define FRAMES_MAX      (64u << 20)  /* what one call may send: 10,000 edits of moderate size */
#define SECRET_CALL_MAX (128u << 10) /* frames of a call with a secret */
#define DEATHS_ALONE    2            /* of its process during its calls: then it gets one of its own */
#define OBJECT_MAX      (256u << 10) /* packed bytes of an edit's before or after, as records.def has it */

static void send_plain(struct helper *h, enum wire_kind kind, uint32_t id)
{
    struct strbuf out;

    if (h->stream == NULL)
        return;
    strbuf_init(&out, 64);
    wire_put_empty(&out, kind, id);
    stream_write(h->stream, &out, false);
}

static struct instance *find_instance(const struct helper *h, uint32_t number)
{
    struct instance *inst = h->instances;

    while (inst && inst->number != number)
        inst = inst->helper_next;
    return inst;
}

static void detach(struct instance *inst)
{
    struct instance **at = &inst->helper->instances;

    admit_no_more(inst);
    while (*at != inst)
        at = &(*at)->helper_next;
    *at = inst->helper_next;
    inst->remote = REMOTE_NONE;
    inst->helper = NULL;
}

static void open_failed(struct instance *inst, int status, const char *message)
{
    struct helper *h = inst->helper;

    detach(inst);
    instance_opened(inst, status, message);
    helper_release(h);
}

void remote_send_open(struct instance *inst)
{
    struct options options;
    struct strbuf out;
    char err[PROVIDER_ERR_MAX];
    size_t begun;
    int status = instance_take_options(inst, &options, err);

    if (status < 0) {
        open_failed(inst, status, err);
        return;
    }
    strbuf_init(&out, WIRE_PAYLOAD_MAX);
    strbuf_room(&out, WIRE_HEAD + 12 + strlen(inst->target) + options_size(&options));
    begun = wire_begin(&out, WIRE_OPEN, inst->number);
    wire_put32(&out, inst->kind);
    wire_put32(&out, inst->plugin->settings.max_concurrency);
    wire_put_bytes(&out, inst->target, strlen(inst->target));
    options_write(&options, &out);
    options_fini(&options);
    if (!wire_end(&out, begun)) {
        strbuf_fini(&out);
        open_failed(inst, IPAM_E_TOOBIG, "its options are too large together");
        return;
    }
    inst->remote = REMOTE_OPENING;
    admit_instance(inst);
    stream_write(inst->helper->stream, &out, true);
}

static void send_log(struct helper *h)
{
    struct strbuf out;
    size_t begun;

    if (h->stream == NULL)
        return;
    strbuf_init(&out, 64);
    begun = wire_begin(&out, WIRE_LOG, 0);
    wire_put32(&out, log_level_now());
    wire_put32(&out, log_format_now());
    wire_end(&out, begun);
    stream_write(h->stream, &out, false);
}

/* One that has not greeted yet hears it, too: it follows our greeting. */
void providers_log_changed(struct providers *p)
{
    for (struct helper *h = p->helpers; h; h = h->next)
        send_log(h);
}

static void backend_open(struct instance *inst)
{
    helper_attach(inst);
    inst->remote = REMOTE_WAITING;
    if (inst->helper->state == HELPER_UP)
        remote_send_open(inst);
    else
        helper_want(inst->helper);
}

/* A process may be long in coming, when it rests after crashes. */
static bool backend_give_up(struct instance *inst)
{
    struct helper *h = inst->helper;

    if (inst->remote != REMOTE_WAITING)
        return false;
    detach(inst);
    helper_release(h);
    return true;
}

static void backend_close(struct instance *inst)
{
    inst->remote = REMOTE_CLOSING;
    send_plain(inst->helper, WIRE_CLOSE, inst->number);
}

static bool put_object(const struct ipam_record *rec, struct strbuf *buf, struct ipam_bytes *ret)
{
    strbuf_init(buf, OBJECT_MAX);
    if (rec == NULL)
        return true;
    if (record_pack(rec, NULL, buf) < 0)
        return false;
    *ret = (struct ipam_bytes){ (const uint8_t *)strbuf_str(buf).data, buf->len };
    return true;
}

static bool put_edit(struct strbuf *out, const struct request *req, uint32_t index)
{
    const struct call_edit *edit = &req->edits[index];
    const struct ipam_record *object = edit->after ? edit->after : edit->before;
    struct strbuf before, after;
    struct ipam_edit e;
    size_t begun;
    bool well;

    record_init(&e, IPAM_T_EDIT);
    e.index = index;
    e.verb = edit->verb;
    e.object_type = object ? object->type : 0;
    IPAM_SET_FIELD(&e, IPAM_EDIT_INDEX);
    IPAM_SET_FIELD(&e, IPAM_EDIT_VERB);
    IPAM_SET_FIELD(&e, IPAM_EDIT_OBJECT_TYPE);
    well = put_object(edit->before, &before, &e.before);
    well = put_object(edit->after, &after, &e.after) && well;
    if (edit->before)
        IPAM_SET_FIELD(&e, IPAM_EDIT_BEFORE);
    if (edit->after)
        IPAM_SET_FIELD(&e, IPAM_EDIT_AFTER);
    begun = wire_begin(out, WIRE_EDIT, req->number);
    well = well && record_pack(&e, NULL, out) == 0;
    well = wire_end(out, begun) && well;
    strbuf_fini(&before);
    strbuf_fini(&after);
    return well;
}

static bool put_call(struct strbuf *out, const struct request *req)
{
    size_t begun = wire_begin(out, WIRE_CALL, req->number);
    uint32_t args_type = call_kind(req->op)->args_type;

    wire_put32(out, req->inst->number);
    wire_put32(out, req->op);
    wire_put64(out, (uint64_t)req->deadline_ms);
    wire_put32(out, args_type);
    if (args_type && record_pack(req->args, NULL, out) < 0)
        return false;
    if (!wire_end(out, begun))
        return false;
    for (uint32_t i = 0; i < req->edit_count; i++)
        if (!put_edit(out, req, i))
            return false;
    return true;
}

static int backend_call(struct request *req)
{
    struct helper *h = req->inst->helper;
    bool secret = call_kind(req->op)->flags & CALL_SECRET;
    struct strbuf out;

    while (h->next_number == 0 || imap_get(&h->calls, h->next_number))
        h->next_number++;
    req->number = h->next_number++;
    strbuf_init(&out, FRAMES_MAX);
    if (secret)
        strbuf_room(&out, SECRET_CALL_MAX); /* at once: growing leaves copies behind */
    if (!put_call(&out, req)) {
        strbuf_fini(&out);
        return IPAM_E_TOOBIG;
    }
    imap_put(&h->calls, req->number, req);
    if (req->op == CALL_REACH)
        admit_echo(req->inst, &((const struct ipam_reach *)req->args)->addresses);
    if (h->stream)
        stream_write(h->stream, &out, secret);
    strbuf_fini(&out);
    return 0;
}

static void backend_cancel(struct request *req)
{
    send_plain(req->inst->helper, WIRE_CANCEL, req->number);
}

static void backend_credit(struct request *req, size_t bytes)
{
    struct helper *h = req->inst->helper;
    struct strbuf out;
    size_t begun;

    if (h->stream == NULL)
        return;
    strbuf_init(&out, 64);
    begun = wire_begin(&out, WIRE_CREDIT, req->number);
    wire_put32(&out, (uint32_t)bytes);
    wire_end(&out, begun);
    stream_write(h->stream, &out, false);
}

/* Only a helper with fault points waits for it. */
static void backend_stepped(struct request *req)
{
#ifdef IPAM_FAULT_POINTS
    send_plain(req->inst->helper, WIRE_STEPPED, req->number);
#else
    (void)req;
#endif
}

static void backend_condemn(struct instance *inst, const char *why)
{
    if (inst->helper)
        helper_condemn(inst->helper, why);
}

static void backend_abandon(struct instance *inst)
{
    struct helper *h = inst->helper;

    if (inst->remote == REMOTE_NONE)
        return;
    for (struct request *req = inst->requests; req; req = req->next)
        imap_del(&h->calls, req->number);
    helper_condemn(h, "it did not let go of its calls when ipamd ended");
    detach(inst);
}

const struct backend backend_remote = {
    .open = backend_open,
    .give_up = backend_give_up,
    .close = backend_close,
    .call = backend_call,
    .cancel = backend_cancel,
    .credit = backend_credit,
    .stepped = backend_stepped,
    .condemn = backend_condemn,
    .abandon = backend_abandon,
};

static void drop_gathered(struct helper *h)
{
    chunk_free(h->gathered);
    h->gathered = NULL;
    h->gathered_for = NULL;
}

/* Hands over the frames of one request that came in a row. */
static void hand_over(struct helper *h)
{
    struct chunk *c = h->gathered;

    if (c == NULL)
        return;
    h->gathered = NULL;
    request_input(h->gathered_for, c);
}

/* RECORD, STEP and DONE: to their request, in runs; DONE is the last. */
static bool to_request(struct helper *h, const struct wire_frame *f, struct ipam_bytes raw)
{
    struct request *req = imap_get(&h->calls, f->id);

    if (req == NULL)
        return false;
    if (h->gathered && h->gathered_for != req)
        hand_over(h);
    if (h->gathered == NULL)
        h->gathered = chunk_new();
    h->gathered_for = req;
    strbuf_add(&h->gathered->data, raw.data, raw.len);
    if (h->gathered->data.failed)
        return false;
    if (f->kind == WIRE_DONE) {
        hand_over(h);
        imap_del(&h->calls, f->id);
        request_released(req, false);
    }
    return true;
}

/* The helper is of our version and has its plugin: whoever waits is opened. */
static bool greeted(struct helper *h, const struct wire_frame *f)
{
    struct wire_hello hello;
    char text[PROVIDER_ERR_MAX];

    if (!wire_get_hello(f->payload, &hello) || hello.status > 0)
        return false;
    if (!wire_hello_agrees(&hello)) {
        helper_condemn(h, "it is of another version than ipamd: restart ipamd");
        return true;
    }
    if (hello.status < 0) {
        snprintf(text, sizeof(text), STR_FMT, STR_ARG(hello.text));
        helper_condemn(h, "its plugin cannot be loaded");
        remote_lost(h, hello.status, text);
        return true;
    }
    h->greeted = true;
    if (h->state != HELPER_GREETING)
        return true; /* it is ending already */
    timer_stop(&h->timer);
    h->state = HELPER_UP;
    h->up_since_ms = clock_mono_ms();
    for (struct instance *inst = h->instances, *next; inst; inst = next) {
        next = inst->helper_next;
        if (inst->remote == REMOTE_WAITING)
            remote_send_open(inst);
    }
    return true;
}

static bool opened(struct helper *h, const struct wire_frame *f)
{
    struct instance *inst = find_instance(h, f->id);
    char message[PROVIDER_ERR_MAX];
    struct ipam_bytes text;
    struct wire_reader r;
    int32_t status;

    wire_reader_init(&r, f->payload);
    status = (int32_t)wire_get32(&r);
    text = wire_get_bytes(&r);
    if (inst == NULL || inst->remote != REMOTE_OPENING || !wire_read_well(&r) || status > 0 ||
        !utf8_valid((const char *)text.data, text.len))
        return false;
    snprintf(message, sizeof(message), "%.*s", (int)text.len, (const char *)text.data);
    if (status < 0) {
        open_failed(inst, status, message);
        return true;
    }
    inst->remote = REMOTE_OPEN;
    instance_opened(inst, 0, "");
    return true;
}

static bool closed(struct helper *h, const struct wire_frame *f)
{
    struct instance *inst = find_instance(h, f->id);

    if (inst == NULL || inst->remote != REMOTE_CLOSING || f->payload.len > 0)
        return false;
    detach(inst);
    instance_closed(inst);
    helper_release(h);
    return true;
}

static bool caps_changed(struct helper *h, const struct wire_frame *f)
{
    struct instance *inst = find_instance(h, f->id);
    struct wire_reader r;
    uint64_t capabilities;

    wire_reader_init(&r, f->payload);
    capabilities = wire_get64(&r);
    if (inst == NULL || !wire_read_well(&r))
        return false;
    instance_caps_changed(inst, capabilities);
    return true;
}

static bool on_frame(void *user, const struct wire_frame *f, struct ipam_bytes raw)
{
    struct helper *h = user;

    if (h->state == HELPER_ENDING && h->reason[0])
        return true; /* it was condemned: nothing it says counts */
    if (!h->greeted)
        return f->kind == WIRE_HELLO && greeted(h, f);
    switch (f->kind) {
    case WIRE_RECORD:
    case WIRE_STEP:
    case WIRE_DONE: return to_request(h, f, raw);
    case WIRE_OPENED: return opened(h, f);
    case WIRE_CLOSED: return closed(h, f);
    case WIRE_CAPS: return caps_changed(h, f);
    default: return false;
    }
}

static void on_pause(void *user)
{
    hand_over(user);
}

static void on_ended(void *user, const char *error)
{
    hand_over(user);
    helper_stream_ended(user, error);
}

void providers_trace_frames(void)
{
    stream_trace();
}

const struct stream_events helper_events = { on_frame, on_pause, on_ended };

/* An instance in whose call its process dies twice is not to take others along again. */
static void blame(struct helper *h)
{
    bool shared = h->instances && h->instances->helper_next;

    for (struct instance *inst = h->instances; inst; inst = inst->helper_next) {
        bool busy = inst->remote == REMOTE_OPENING;

        for (const struct request *req = inst->requests; req && !busy; req = req->next)
            busy = !req->queued && !req->released;
        if (busy && shared && h->greeted && !h->wanted_end && ++inst->helper_deaths >= DEATHS_ALONE)
            inst->solitary = true;
    }
}

/* Instances leave the helper before anything is called back: a callback may open others. `died`: the
 * process was there, and is to be followed by another. */
static void lose(struct helper *h, int status, const char *why, bool waiting, bool died)
{
    struct instance *list = h->instances, *inst;

    blame(h);
    h->instances = NULL;
    imap_fini(&h->calls);
    imap_init(&h->calls);
    drop_gathered(h);
    while ((inst = list)) {
        enum remote_state was = inst->remote;

        list = inst->helper_next;
        if (was == REMOTE_WAITING && !waiting) {
            inst->helper_next = h->instances;
            h->instances = inst;
            continue;
        }
        inst->remote = REMOTE_NONE;
        inst->helper = NULL;
        if (was == REMOTE_OPEN)
            instance_lost(inst, status, why);
        else if (was == REMOTE_CLOSING)
            instance_closed(inst);
        else if (died)
            instance_open_lost(inst, why);
        else
            instance_opened(inst, status, why);
    }
}

void remote_lost(struct helper *h, int status, const char *why)
{
    lose(h, status, why, true, false);
}

void remote_died(struct helper *h, const char *why, bool waiting)
{
    lose(h, IPAM_E_CONN, why, waiting, true);
}

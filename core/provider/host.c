/* host.c - the table of functions a plugin calls.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any thread. What a plugin does wrong (done twice, emit after done, a malformed record) is logged with its
 * name and has no other effect. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "ipam/status.h"
#include "provider/local_p.h"
#include "record/record.h"

#define CHUNK_BYTES  (32u << 10) /* rows are handed to the loop in runs of this size ... */
#define CHUNK_MS     100         /* ... or when the first of them has waited this long */
#define LOG_TEXT_MAX 1900        /* of one line of a plugin */
#define MESSAGE_MAX  1024        /* of an outcome, as records.def has it */

static int32_t host_option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    return options_text(&inst->options, name, ret);
}

static int32_t host_option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    return options_int(&inst->options, name, ret);
}

static int32_t host_option_secret(struct ipam_inst *inst, const char *name, struct ipam_bytes *ret)
{
    return options_secret(&inst->options, name, ret);
}

static int32_t host_option_list(struct ipam_inst *inst, const char *name, struct ipam_strs *ret)
{
    return options_list(&inst->options, name, ret);
}

static int32_t host_option_addr(struct ipam_inst *inst, const char *name, struct ipam_addr *ret)
{
    return options_addr(&inst->options, name, ret);
}

static int32_t host_option_prefix(struct ipam_inst *inst, const char *name, struct ipam_prefix *ret)
{
    return options_prefix(&inst->options, name, ret);
}

static void host_option_problem(struct ipam_inst *inst, const char *name, const char *text)
{
    if (inst->problem)
        inst->problem(inst->problem_user, name ? name : "", text ? text : "");
}

static struct ipam_str host_target(struct ipam_inst *inst)
{
    return str_from(inst->target);
}

static void host_open_error(struct ipam_inst *inst, const char *text)
{
    snprintf(inst->open_error, sizeof(inst->open_error), "%s", text ? text : "");
    options_redact(&inst->options, inst->open_error);
}

/* Lines are held back when they come too fast, and secrets that `open` may show are taken out. */
static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    enum log_level l = level < LOG_ERR_ ? LOG_ERR_ : level > LOG_DEBUG_ ? LOG_DEBUG_ : (enum log_level)level;
    char line[LOG_TEXT_MAX], more[64] = "";
    unsigned held;

    if (l > log_level_now() || !log_quota_take(&inst->quota, clock_mono_ms(), &held))
        return;
    if (held)
        snprintf(more, sizeof(more), " (%u more before it were not logged)", held);
    snprintf(line, sizeof(line), "%s", text ? text : "");
    options_redact(&inst->options, line);
    log_event_with(l, event ? event : "plugin-log",
                   LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name), LOG_TEXT("server", inst->target)),
                   "%s%s%s: %s%s", inst->plugin->name, inst->target[0] ? " " : "", inst->target, line, more);
}

static int64_t host_now_ms(void)
{
    return clock_mono_ms();
}

static void *host_alloc(struct ipam_req *req, size_t size)
{
    struct local_call *c = handle_enter(req, "alloc");
    void *p;

    if (c == NULL)
        return NULL;
    p = arena_alloc(&c->memory, size);
    handle_leave(req);
    return p;
}

/* On the loop: hands over what is ready. */
static void on_posted(struct loop_work *w)
{
    struct local_call *c = container_of(w, struct local_call, post);
    struct chunk_queue ready;
    struct chunk *chunk;

    pthread_mutex_lock(&c->req->lock);
    c->posted = false;
    ready.first = c->ready.first;
    chunk_queue_init(&c->ready);
    pthread_mutex_unlock(&c->req->lock);
    while ((chunk = ready.first)) {
        ready.first = chunk->next;
        c->output(c, chunk);
    }
}

void call_flush(struct local_call *c)
{
    if (c->filling == NULL)
        return;
    c->outstanding += c->filling->data.len;
    chunk_push(&c->ready, c->filling);
    c->filling = NULL;
    if (c->posted)
        return;
    c->posted = true;
    loop_post(c->local->spec.loop, &c->post, on_posted);
}

static struct strbuf *filling(struct local_call *c)
{
    if (c->filling == NULL) {
        c->filling = chunk_new();
        c->filling_since_ms = clock_mono_ms();
    }
    return &c->filling->data;
}

/* Waits for credit; the status emit is to answer. The call cannot end meanwhile but by an abandoned context.
 */
static int32_t await_credit(struct ipam_req *req, struct local_call *c)
{
    if (c->local->on_loop && !c->canceled && c->outstanding >= LOCAL_CREDIT)
        return IPAM_E_AGAIN;
    while (req->call == c && !c->canceled && c->outstanding >= LOCAL_CREDIT)
        pthread_cond_wait(&req->wake, &req->lock);
    return req->call != c || c->canceled ? IPAM_E_CANCELED : 0;
}

static int32_t refused(struct local_call *c, int32_t status, const char *what)
{
    const char *why = status == IPAM_E_TOOBIG  ? "too large"
                      : status == IPAM_E_NOMEM ? "more than memory holds"
                                               : "malformed";

    if (c->complaint[0] == '\0')
        log_event_with(LOG_WARN_, "plugin-misuse", LOG_FIELDS(LOG_TEXT("plugin", c->req->plugin)),
                       "what the plugin %s emitted as %s is %s (status %d); refused: report this to "
                       "the plugin's author",
                       c->req->plugin, what, why, status);
    snprintf(c->complaint, sizeof(c->complaint),
             "what the plugin %s emitted as %s is %s; report this to its author", c->req->plugin, what, why);
    return status;
}

/* The record as a frame, by way of a struct of ours: its author may know fewer or more fields. */
static int32_t put_record(struct local_call *c, const struct ipam_record *rec)
{
    const struct record_type *t = rec && rec->size >= sizeof(*rec) ? record_type(rec->type) : NULL;
    void *ours;
    int status;

    if (t == NULL)
        return refused(c, IPAM_E_INVAL, "record of no known type");
    status = record_import(&c->scratch, rec, &ours);
    if (status == 0)
        status = wire_put_record(filling(c), c->id, ours);
    arena_reset(&c->scratch);
    return status < 0 ? refused(c, status, t->name) : 0;
}

static void flush_when_due(struct local_call *c)
{
    if (c->filling &&
        (c->filling->data.len >= CHUNK_BYTES || clock_mono_ms() - c->filling_since_ms >= CHUNK_MS))
        call_flush(c);
}

static int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec)
{
    struct local_call *c = handle_enter(req, "emit");
    int32_t status;

    if (c == NULL)
        return IPAM_E_CANCELED;
    status = await_credit(req, c);
    if (status == 0)
        status = put_record(c, rec);
    if (status == 0)
        flush_when_due(c);
    handle_leave(req);
    return status;
}

static int32_t host_row(struct ipam_req *req, const struct ipam_row *row)
{
    struct local_call *c = handle_enter(req, "row");
    struct ipam_row ours = { 0 };
    int32_t status;

    if (c == NULL)
        return IPAM_E_CANCELED;
    status = await_credit(req, c);
    if (status == 0 && (row == NULL || row->size < sizeof(row->size)))
        status = refused(c, IPAM_E_INVAL, "row");
    if (status == 0) {
        memcpy(&ours, row, row->size < sizeof(ours) ? row->size : sizeof(ours));
        status = wire_put_row(filling(c), c->id, &ours);
        if (status < 0)
            refused(c, status, "row");
    }
    if (status == 0)
        flush_when_due(c);
    handle_leave(req);
    return status;
}

static void host_step(struct ipam_req *req, const char *step)
{
    struct local_call *c = handle_enter(req, "step");
    struct strbuf *out;
    size_t begun;

    if (c == NULL)
        return;
    out = filling(c);
    begun = wire_begin(out, WIRE_STEP, c->id);
    strbuf_add(out, step, strnlen(step, WIRE_STEP_MAX));
    wire_end(out, begun);
    call_flush(c);
#ifdef IPAM_FAULT_POINTS
    /* A crash of the daemon at this step must come before the plugin goes on. */
    c->stepped = false;
    while (req->call == c && !c->canceled && !c->stepped)
        pthread_cond_wait(&req->wake, &req->lock);
    if (req->call == c)
        fault_point_at(c->local->spec.process, step);
#endif
    handle_leave(req);
}

static int32_t host_cancelled(struct ipam_req *req)
{
    struct local_call *c = handle_enter(req, "cancelled");
    int32_t canceled;

    if (c == NULL)
        return 1;
    canceled = c->canceled;
    handle_leave(req);
    return canceled;
}

static int64_t host_deadline_ms(struct ipam_req *req)
{
    struct local_call *c = handle_enter(req, "deadline_ms");
    int64_t deadline_ms;

    if (c == NULL)
        return 0;
    deadline_ms = c->deadline_ms;
    handle_leave(req);
    return deadline_ms;
}

static int32_t host_edit(struct ipam_req *req, uint32_t index, uint32_t *ret_verb,
                         const struct ipam_record **ret_before, const struct ipam_record **ret_after)
{
    struct local_call *c = handle_enter(req, "edit");
    int32_t status = IPAM_E_NOENT;

    if (c == NULL)
        return IPAM_E_CANCELED;
    if (index < c->edit_count) {
        *ret_verb = c->edits[index].verb;
        *ret_before = c->edits[index].before;
        *ret_after = c->edits[index].after;
        status = 0;
    }
    handle_leave(req);
    return status;
}

/* Cuts a text to `max` bytes, not within a character. */
static void clip(struct ipam_str *s, size_t max)
{
    if (s->data == NULL || s->len <= max)
        return;
    s->len = max;
    while (s->len > 0 && ((unsigned char)s->data[s->len] & 0xc0) == 0x80)
        s->len--;
}

/* The plugin's outcome in a struct of ours. A message that is no text is dropped, not the token beside it. */
static struct ipam_outcome *take_outcome(struct local_call *c, const struct ipam_outcome *info,
                                         struct arena *a)
{
    struct ipam_outcome copy = { 0 };
    void *ours;

    if (info == NULL)
        return record_new(a, IPAM_T_OUTCOME);
    memcpy(&copy, info, info->size < sizeof(copy) ? info->size : sizeof(copy));
    copy.size = info->size < sizeof(copy) ? info->size : (uint32_t)sizeof(copy);
    clip(&copy.message, MESSAGE_MAX);
    if (record_import(a, (const struct ipam_record *)&copy, &ours) == 0 && copy.type == IPAM_T_OUTCOME)
        return ours;
    refused(c, IPAM_E_INVAL, "outcome");
    copy.has[0] &= ~(UINT64_C(1) << IPAM_OUTCOME_MESSAGE | UINT64_C(1) << IPAM_OUTCOME_NATIVE);
    if (record_import(a, (const struct ipam_record *)&copy, &ours) == 0 && copy.type == IPAM_T_OUTCOME)
        return ours;
    return record_new(a, IPAM_T_OUTCOME);
}

/* The DONE frame's outcome: the status is the argument's; an error without words gets ours. */
static void put_outcome(struct local_call *c, int32_t status, const struct ipam_outcome *info,
                        struct strbuf *out)
{
    struct arena scratch;
    struct ipam_outcome *o;

    arena_init(&scratch, 0);
    o = take_outcome(c, info, &scratch);
    if (o == NULL)
        out_of_memory(sizeof(*o));
    o->status = status;
    IPAM_SET_FIELD(o, IPAM_OUTCOME_STATUS);
    if (status < 0 && !record_has(o, IPAM_OUTCOME_MESSAGE) && c->complaint[0]) {
        o->message = str_from(c->complaint);
        IPAM_SET_FIELD(o, IPAM_OUTCOME_MESSAGE);
    }
    record_pack(o, NULL, out);
    arena_fini(&scratch);
}

static bool put_done(struct local_call *c, int32_t status, const struct ipam_outcome *info)
{
    struct strbuf *out = filling(c);
    size_t begun = wire_begin(out, WIRE_DONE, c->id);

    put_outcome(c, status, info, out);
    return wire_end(out, begun);
}

static void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    struct local_call *c = handle_enter(req, "done");

    if (c == NULL)
        return;
    if (!put_done(c, status, info)) {
        call_flush(c); /* what is full of rows found no more memory; an end must not get lost */
        if (!put_done(c, status, info))
            out_of_memory(0);
    }
    call_flush(c);
    req->call = NULL;
    pthread_cond_broadcast(&req->wake);
    if (c->local->on_loop)
        on_loop_done(c);
    handle_leave(req);
}

void host_unsupported(struct ipam_req *req, const char *operation)
{
    struct ipam_outcome o;
    char text[128];

    record_init(&o, IPAM_T_OUTCOME);
    snprintf(text, sizeof(text), "the plugin %s has no %s", req->plugin, operation);
    o.message = str_from(text);
    IPAM_SET_FIELD(&o, IPAM_OUTCOME_MESSAGE);
    host_done(req, IPAM_E_UNSUPPORTED, &o);
}

static void host_caps_changed(struct ipam_inst *inst, uint64_t capabilities)
{
    if (inst->local)
        local_caps_changed(inst->local, capabilities);
}

static const void *host_service(struct ipam_inst *inst, const char *name, uint32_t version)
{
    (void)inst, (void)name, (void)version; /* none is offered in v0 */
    return NULL;
}

const struct ipam_host host_table = {
    .size = sizeof(host_table),
    .abi = IPAM_ABI,
    .option_text = host_option_text,
    .option_int = host_option_int,
    .option_secret = host_option_secret,
    .target = host_target,
    .open_error = host_open_error,
    .log = host_log,
    .now_ms = host_now_ms,
    .alloc = host_alloc,
    .emit = host_emit,
    .row = host_row,
    .step = host_step,
    .cancelled = host_cancelled,
    .deadline_ms = host_deadline_ms,
    .edit = host_edit,
    .done = host_done,
    .option_list = host_option_list,
    .option_addr = host_option_addr,
    .option_prefix = host_option_prefix,
    .option_problem = host_option_problem,
    .caps_changed = host_caps_changed,
    .service = host_service,
    .watch_fd = host_watch_fd,
    .timer_start = host_timer_start,
    .timer_stop = host_timer_stop,
    .defer = host_defer,
    .on_credit = host_on_credit,
};

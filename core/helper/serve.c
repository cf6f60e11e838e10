/* serve.c - a plugin served to the daemon over a socket: frames in, calls on lanes, frames out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The daemon is trusted; a frame that makes no sense is a bug, and the helper ends rather than guess. What
 * the plugin says is frames already (local.h) and goes out as it is. */
#include "config.h"

#include "helper/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/watchdog.h"
#include "helper/limits.h"
#include "ipam/status.h"
#include "provider/local.h"
#include "provider/stream.h"
#include "record/record.h"

#define STUCK_MS 5000 /* a LOOP plugin that holds up the loop so long ends its helper */

struct server {
    struct loop *loop;
    struct stream *stream;
    const struct plugin *plugin;
    struct imap instances; /* number to struct served */
    struct imap calls;     /* number to struct served_call */
    bool greeted;
    int exit_status;
};

struct served {
    struct server *server;
    uint32_t number;
    struct local *local;
    bool open, closing;
};

struct served_call {
    struct local_call call;
    struct served *instance;
    struct arena arena; /* arguments and edits */
    struct call_edit *edits;
    uint32_t edits_here;
};

static void send_frame(struct server *s, struct strbuf *out)
{
    if (s->stream)
        stream_write(s->stream, out, false);
    strbuf_fini(out);
}

static void send_status(struct served *i, enum wire_kind kind, int status, const char *message)
{
    struct strbuf out;
    size_t begun;

    strbuf_init(&out, 4096);
    begun = wire_begin(&out, kind, i->number);
    if (kind == WIRE_OPENED) {
        wire_put32(&out, (uint32_t)status);
        wire_put_bytes(&out, message, strlen(message));
    }
    wire_end(&out, begun);
    send_frame(i->server, &out);
}

/* A done for a call the plugin never saw. */
static void send_done(struct server *s, uint32_t number, int status)
{
    struct ipam_outcome o;
    struct strbuf out;
    size_t begun;

    record_init(&o, IPAM_T_OUTCOME);
    o.status = status;
    IPAM_SET_FIELD(&o, IPAM_OUTCOME_STATUS);
    strbuf_init(&out, 4096);
    begun = wire_begin(&out, WIRE_DONE, number);
    record_pack(&o, NULL, &out);
    wire_end(&out, begun);
    send_frame(s, &out);
}

static void on_opened(void *user, int status, const char *message)
{
    struct served *i = user;

    i->open = status == 0;
    send_status(i, WIRE_OPENED, status > 0 ? IPAM_E_PROVIDER : status, message);
    if (i->open)
        return;
    i->closing = true;
    local_close(i->local);
}

static void on_closed(void *user)
{
    struct served *i = user;

    imap_del(&i->server->instances, i->number);
    if (i->open)
        send_status(i, WIRE_CLOSED, 0, "");
    free(i);
}

static void on_caps_changed(void *user, uint64_t capabilities)
{
    struct served *i = user;
    struct strbuf out;
    size_t begun;

    strbuf_init(&out, 64);
    begun = wire_begin(&out, WIRE_CAPS, i->number);
    wire_put64(&out, capabilities);
    wire_end(&out, begun);
    send_frame(i->server, &out);
}

static bool open_instance(struct server *s, const struct wire_frame *f)
{
    struct local_spec spec = { .loop = s->loop,
                               .plugin = s->plugin,
                               .process = "helper",
                               .opened = on_opened,
                               .closed = on_closed,
                               .caps_changed = on_caps_changed };
    struct served *i;
    struct wire_reader r;
    struct ipam_bytes target;
    char *text;

    wire_reader_init(&r, f->payload);
    spec.kind = wire_get32(&r);
    spec.most_calls = wire_get32(&r);
    target = wire_get_bytes(&r);
    if (spec.kind >= KIND_END || spec.kind == IPAM_KIND_STORAGE || !s->plugin->offers[spec.kind].offered ||
        imap_get(&s->instances, f->id) || options_read(&spec.options, &s->plugin->options, &r) < 0)
        return false;
    if (!wire_read_well(&r)) {
        options_fini(&spec.options);
        return false;
    }
    text = xcalloc(1, target.len + 1);
    memcpy(text, target.data, target.len);
    i = xcalloc(1, sizeof(*i));
    i->server = s;
    i->number = f->id;
    spec.target = text;
    spec.user = i;
    i->local = local_open(&spec);
    free(text);
    if (i->local == NULL) {
        send_status(i, WIRE_OPENED, IPAM_E_AGAIN, "no thread can be made: allow the service more tasks");
        free(i);
        return true;
    }
    imap_put(&s->instances, f->id, i);
    return true;
}

static bool close_instance(struct server *s, uint32_t number)
{
    struct served *i = imap_get(&s->instances, number);
    struct served_call *c;
    size_t pos = 0;
    uint64_t key;
    void *value;

    if (i == NULL || !i->open || i->closing)
        return false;
    while (imap_next(&s->calls, &pos, &key, &value)) {
        c = value;
        if (c->instance == i)
            return false; /* the daemon closes when the last call has ended */
    }
    i->closing = true;
    local_close(i->local);
    return true;
}

static void on_output(struct local_call *call, struct chunk *chunk)
{
    struct served_call *c = container_of(call, struct served_call, call);

    if (c->instance->server->stream)
        stream_write(c->instance->server->stream, &chunk->data, false);
    chunk_free(chunk);
}

static void call_free(struct served_call *c)
{
    if (call_kind(c->call.op) && (call_kind(c->call.op)->flags & CALL_SECRET))
        arena_wipe(&c->arena);
    arena_fini(&c->arena);
    free(c);
}

static void on_ended(struct local_call *call, bool canceled)
{
    struct served_call *c = container_of(call, struct served_call, call);
    struct server *s = c->instance->server;

    imap_del(&s->calls, call->id);
    if (canceled)
        send_done(s, call->id, IPAM_E_CANCELED);
    call_free(c);
}

static void submit(struct served_call *c)
{
    int status;

    c->call.edits = c->edits;
    status = local_submit(c->instance->local, &c->call);
    if (status == 0)
        return;
    send_done(c->instance->server, c->call.id, status);
    imap_del(&c->instance->server->calls, c->call.id);
    call_free(c);
}

/* The arguments of a call: a record of the operation's type, or nothing. */
static bool read_args(struct served_call *c, const struct call_kind *kind, struct wire_reader *r)
{
    uint32_t type = wire_get32(r);
    void *args;

    if (type != kind->args_type || r->bad)
        return false;
    if (type == 0)
        return wire_read_well(r);
    if (wire_unpack(type, wire_get_rest(r), false, &c->arena, &args) < 0)
        return false;
    c->call.args = args;
    if (type != IPAM_T_APPLY)
        return true;
    if (((const struct ipam_apply *)args)->count < 0 ||
        ((const struct ipam_apply *)args)->count > CALL_EDITS_MAX)
        return false;
    c->call.edit_count = (uint32_t)((const struct ipam_apply *)args)->count;
    c->edits = arena_alloc(&c->arena, (c->call.edit_count + 1) * sizeof(*c->edits));
    return c->edits != NULL;
}

static bool start_call(struct server *s, const struct wire_frame *f)
{
    struct served_call *c = xcalloc(1, sizeof(*c));
    struct wire_reader r;
    const struct call_kind *kind;

    wire_reader_init(&r, f->payload);
    arena_init(&c->arena, 0);
    c->instance = imap_get(&s->instances, wire_get32(&r));
    c->call.id = f->id;
    c->call.op = wire_get32(&r);
    c->call.deadline_ms = (int64_t)wire_get64(&r);
    c->call.output = on_output;
    c->call.ended = on_ended;
    kind = call_kind(c->call.op);
    if (c->instance == NULL || !c->instance->open || c->instance->closing || kind == NULL ||
        (kind->flags & CALL_STORAGE) || imap_get(&s->calls, f->id) || !read_args(c, kind, &r)) {
        call_free(c);
        return false;
    }
    imap_put(&s->calls, f->id, c);
    if (c->call.edit_count == 0)
        submit(c);
    return true;
}

/* The record an edit names, from its packed bytes; NULL when absent. */
static bool read_object(struct served_call *c, int64_t type, bool present, struct ipam_bytes packed,
                        const struct ipam_record **ret)
{
    void *rec = NULL;

    if (present &&
        (type <= 0 || type > UINT32_MAX || wire_unpack((uint32_t)type, packed, false, &c->arena, &rec) < 0))
        return false;
    *ret = rec;
    return true;
}

static bool add_edit(struct server *s, const struct wire_frame *f)
{
    struct served_call *c = imap_get(&s->calls, f->id);
    struct ipam_edit *e;
    struct call_edit *edit;

    if (c == NULL || c->edits_here >= c->call.edit_count ||
        wire_unpack(IPAM_T_EDIT, f->payload, false, &c->arena, &e) < 0)
        return false;
    edit = &c->edits[c->edits_here++];
    edit->verb = e->verb;
    if (!read_object(c, e->object_type, record_has(e, IPAM_EDIT_BEFORE), e->before, &edit->before) ||
        !read_object(c, e->object_type, record_has(e, IPAM_EDIT_AFTER), e->after, &edit->after))
        return false;
    if (c->edits_here == c->call.edit_count)
        submit(c);
    return true;
}

/* How to log comes with the daemon's greeting. */
static bool greet(struct server *s, const struct wire_frame *f)
{
    struct wire_hello h;

    if (!wire_get_hello(f->payload, &h) || !wire_hello_agrees(&h))
        return false;
    log_set_level((enum log_level)h.status);
    log_set_format(str_is(h.text, "json") ? LOG_JSON : LOG_JOURNALD);
    s->greeted = true;
    return true;
}

static bool set_log(const struct wire_frame *f)
{
    struct wire_reader r;
    uint32_t level, format;

    wire_reader_init(&r, f->payload);
    level = wire_get32(&r);
    format = wire_get32(&r);
    if (!wire_read_well(&r) || level > LOG_DEBUG_ || format > LOG_JSON)
        return false;
    log_set_level((enum log_level)level);
    log_set_format((enum log_format)format);
    return true;
}

/* What concerns a call that may have ended meanwhile. */
static bool tell_call(struct server *s, const struct wire_frame *f)
{
    struct served_call *c = imap_get(&s->calls, f->id);
    struct wire_reader r;

    wire_reader_init(&r, f->payload);
    if (c == NULL)
        return true;
    if (f->kind == WIRE_CANCEL)
        local_cancel(&c->call);
    else if (f->kind == WIRE_STEPPED)
        local_stepped(&c->call);
    else
        local_credit(&c->call, wire_get32(&r));
    return wire_read_well(&r);
}

static bool on_frame(void *user, const struct wire_frame *f, struct ipam_bytes raw)
{
    struct server *s = user;

    (void)raw;
    if (!s->greeted)
        return f->kind == WIRE_HELLO && greet(s, f);
    switch (f->kind) {
    case WIRE_OPEN: return open_instance(s, f);
    case WIRE_CLOSE: return close_instance(s, f->id);
    case WIRE_CALL: return start_call(s, f);
    case WIRE_EDIT: return add_edit(s, f);
    case WIRE_CANCEL:
    case WIRE_CREDIT:
    case WIRE_STEPPED: return tell_call(s, f);
    case WIRE_LOG: return set_log(f);
    default: return false;
    }
}

/* The daemon has gone or wants no more. With contexts still open their threads may be anywhere, so nothing is
 * torn down. */
static void on_stream_ended(void *user, const char *error)
{
    struct server *s = user;

    if (error[0]) {
        log_event_with(LOG_ERR_, "helper-protocol", LOG_FIELDS(LOG_TEXT("plugin", s->plugin->name)),
                       "the helper of the plugin %s ends: %s from ipamd; restart ipamd", s->plugin->name,
                       error);
        s->exit_status = 3;
    }
    if (s->instances.count > 0)
        _exit(s->exit_status);
    stream_close(s->stream);
    s->stream = NULL;
    loop_stop(s->loop);
}

/* The calls that the plugin has, by name: "in read_leases, probe", or that it has none. */
static void doing(void *user, char *buf, size_t size)
{
    struct server *s = user;
    size_t pos = 0, len = 0;
    uint64_t key;
    void *value;

    while (imap_next(&s->calls, &pos, &key, &value) && len < size) {
        struct served_call *c = value;

        if (local_started(&c->call))
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "in ",
                                    call_kind(c->call.op)->name);
    }
    if (len == 0)
        snprintf(buf, size, "in no call");
}

int serve(int fd, const struct plugin *plugin, int status, const char *err)
{
    static const struct stream_events ev = { .frame = on_frame, .ended = on_stream_ended };
    struct server s = { .plugin = plugin };
    struct watchdog *watchdog;
    struct limits limits;
    struct strbuf out;

    s.loop = loop_new();
    imap_init(&s.instances);
    imap_init(&s.calls);
    s.stream = stream_open(s.loop, fd, &ev, &s);
    strbuf_init(&out, 4096);
    wire_put_hello(&out, status, err);
    send_frame(&s, &out);
    limits_watch(&limits, s.loop, plugin->name, doing, &s);
    watchdog = watchdog_start(s.loop, STUCK_MS, HELPER_EXIT_STUCK);
    loop_run(s.loop);
    watchdog_stop(watchdog);
    limits_end(&limits);
    loop_free(s.loop);
    imap_fini(&s.instances);
    imap_fini(&s.calls);
    return s.exit_status;
}

/* backup.c - POST /system/backup: everything that is stored, as one stream, while the gate goes on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rows come from one snapshot as fast as the client takes them: a block goes out when it is full, and the
 * backend waits while the socket does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "backup/backup.h"
#include "base/clock.h"
#include "base/log.h"

#define OUT_FULL BACKUP_BLOCK

struct backup {
    struct call *call; /* until the answer has begun */
    struct api *api;
    struct http_request *http; /* then; NULL: the client has gone */
    struct request *dump;
    struct backup_head head;
    struct backup_writer writer;
    struct strbuf out;
    bool begun, over; /* the answer; all of it is in `out` or sent */
    bool too_big;     /* a row was */
};

static void backup_free(struct backup *b)
{
    if (b->begun)
        backup_writer_fini(&b->writer);
    strbuf_fini(&b->out);
    free(b);
}

/* Sends what is there. True: the client takes more. */
static bool send_out(struct backup *b)
{
    bool more;

    if (!http_stream_ready(b->http) || b->out.failed)
        return false;
    if (b->out.len == 0)
        return true;
    more = http_stream_send(b->http, strbuf_str(&b->out));
    strbuf_reset(&b->out);
    return more;
}

static void go_on(struct backup *b)
{
    bool more = send_out(b);

    if (b->out.failed)
        return;
    if (!b->over) {
        request_pause(b->dump, !more);
    } else if (more && b->out.len == 0) {
        http_stream_end(b->http);
        backup_free(b);
    }
}

static void on_drained(struct http_request *req)
{
    go_on(req->user);
}

static void on_gone(struct http_request *req)
{
    struct backup *b = req->user;

    b->http = NULL;
    log_event(LOG_WARN_, "backup-broken", "a client went away in the middle of its backup");
    if (b->over)
        backup_free(b);
    else
        request_cancel(b->dump);
}

/* The head of the answer: from here on the client is told of failures in the stream. False: it has gone. */
static bool begin(struct backup *b)
{
    struct call *c = b->call;

    if (b->begun)
        return b->http != NULL;
    b->begun = true;
    backup_write(&b->writer, &b->out, &b->head);
    b->call = NULL;
    struct http_request *req = c->http;
    if (req != NULL) {
        req->user = b;
        req->gone = on_gone;
    }
    b->http = call_stream(c, BACKUP_TYPE, on_drained);
    return b->http != NULL;
}

static void on_row(void *user, const struct ipam_row *row)
{
    struct backup *b = user;

    if (b->too_big || b->out.failed)
        return;
    if (begin(b))
        b->too_big = backup_write_row(&b->writer, row) != 0;
    if (b->http == NULL || b->too_big || b->out.failed)
        request_cancel(b->dump);
    else if (b->out.len >= OUT_FULL)
        go_on(b);
}

static void on_dumped(void *user, int status, const char *message, const struct store_dumped *d)
{
    struct backup *b = user;
    struct backup_tail tail = { d->head, d->next_id, d->count, { 0 } };

    b->dump = NULL;
    if (b->too_big)
        message = "a row is larger than a backup takes; please report it";
    if (status != 0 && !b->begun) {
        call_status_problem(b->call, status, message);
        backup_free(b);
        return;
    }
    if (!begin(b)) {
        backup_free(b);
        return;
    }
    memcpy(tail.digest, d->digest, sizeof(tail.digest));
    if (status == 0)
        backup_write_end(&b->writer, &tail);
    else
        backup_write_failed(&b->writer, message);
    if (b->out.failed) { /* there is a hole in it, which no last block can mend */
        log_event(LOG_ERR_, "backup-failed", "a backup could not be finished: there is not enough memory");
        http_stream_cut(b->http);
        backup_free(b);
        return;
    }
    if (status == 0)
        log_event(LOG_NOTE_, "backup-made", "a backup of revision %lld with %lld rows", (long long)d->head,
                  (long long)d->count);
    else
        log_event(LOG_ERR_, "backup-failed", "a backup could not be finished: %s", message);
    b->over = true;
    go_on(b);
}

static void on_stat(void *user, const struct ipam_stat *stat)
{
    struct backup *b = user;

    if (str_is(stat->name, "rows") || str_is(stat->name, "versions") || str_is(stat->name, "changes"))
        b->head.rows += (int64_t)stat->count.lo;
}

/* The figures are for the client's bar alone: without them it has none. */
static void on_stats(void *user, int status, const char *message)
{
    struct backup *b = user;

    (void)status;
    (void)message;
    b->dump = store_dump(b->api->at.store, on_row, on_dumped, b);
    if (b->dump != NULL)
        return;
    problem_hint(&b->call->problem, "wait until it has ended");
    problem_set(&b->call->problem, PROBLEM_UNAVAILABLE, "another backup, or a verification, is under way");
    b->call->problem.retry_after_s = 10;
    call_problem(b->call);
    backup_free(b);
}

void handle_backup(struct call *c)
{
    static const char *const known[] = { NULL };
    struct backup *b;

    c->csv = false;
    if (!call_params_known(c, known)) {
        call_problem(c);
        return;
    }
    b = xcalloc(1, sizeof(*b));
    b->call = c;
    b->api = c->api;
    strbuf_init(&b->out, 2 * BACKUP_BLOCK_MAX + BACKUP_BLOCK);
    snprintf(b->head.version, sizeof(b->head.version), "%s", c->api->at.version);
    b->head.schema = store_schema_version();
    b->head.created_ms = clock_wall_ms();
    b->head.revision = state_head(c->api->at.state);
    store_stat(c->api->at.store, on_stat, on_stats, b);
}

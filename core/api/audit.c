/* audit.c - /audit/checkpoints and /audit/export: what the change log is proved by.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An export is lines of checkpoints, then rows of the log, a page at a time, as fast as the client takes
 * them. */
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "evidence/evidence.h"
#include "proof/export.h"

#define OUT_FULL  (256u << 10)
#define OUT_MOST  (STORE_LOG_ROW_MAX + 4 * PROOF_LINE_MOST)
#define LIST_MOST 1000
#define PAGE_ROWS 2048

/* Without a key there is nothing to show. */
static struct evidence *evidence_of(struct call *c)
{
    if (c->api->at.evidence != NULL)
        return c->api->at.evidence;
    problem_hint(&c->problem,
                 "add \"audit\" to the configuration: ipamd.json(5) has it, docs/evidence.md says what for");
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "no checkpoints of the change log are made here");
    call_problem(c);
    return NULL;
}

/* And before its key is known, that of nobody would be shown. */
static bool is_open(struct call *c)
{
    struct evidence_stats s;
    if (evidence_of(c) == NULL)
        return false;
    evidence_stats(c->api->at.evidence, &s);
    if (s.open)
        return true;
    c->problem.retry_after_s = 1;
    problem_hint(&c->problem, "repeat in a moment: the service has only started");
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the checkpoints of the change log are not read yet");
    call_problem(c);
    return false;
}

static void hex(struct json_writer *w, const char *key, const uint8_t *data, size_t len)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    proof_hex(data, len, &text);
    jw_key(w, key);
    jw_str(w, strbuf_str(&text));
    strbuf_fini(&text);
}

static void time_of(struct json_writer *w, const char *key, int64_t ms)
{
    char text[40];
    time_print(ms, text);
    jw_key(w, key);
    jw_text(w, text);
}

static void number(struct json_writer *w, const char *key, int64_t n)
{
    jw_key(w, key);
    jw_int(w, n);
}

static void checkpoint_json(struct json_writer *w, const struct checkpoint *c)
{
    jw_object(w);
    number(w, "number", c->number);
    time_of(w, "time", c->time_ms);
    number(w, "first", c->first);
    number(w, "last", c->last);
    jw_key(w, "rows_seen");
    jw_text(w, c->committed ? "committed" : "read");
    hex(w, "root", c->root, PROOF_HASH);
    hex(w, "chain", c->chain, PROOF_HASH);
    hex(w, "key", c->key, PROOF_KEY);
    if (c->introduces)
        hex(w, "next_key", c->next, PROOF_KEY);
    jw_object_end(w);
}

static void sinks_json(struct json_writer *w, const struct evidence_stats *s)
{
    jw_key(w, "sinks");
    jw_array(w);
    for (size_t i = 0; i < s->sink_count; i++) {
        jw_object(w);
        jw_key(w, "name");
        jw_text(w, s->sinks[i].name);
        number(w, "sent", s->sinks[i].sent);
        jw_key(w, "works");
        jw_bool(w, s->sinks[i].problem[0] == '\0');
        if (s->sinks[i].problem[0] != '\0') {
            jw_key(w, "problem");
            jw_text(w, s->sinks[i].problem);
        }
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void answer_checkpoints(struct call *c, int status, int64_t before, size_t most)
{
    struct checkpoint *list = xcalloc(most, sizeof(list[0]));
    size_t count = evidence_recent(c->api->at.evidence, before, list, most);
    struct evidence_stats s;
    struct json_writer w;
    evidence_stats(c->api->at.evidence, &s);
    jw_init(&w, &c->out);
    jw_object(&w);
    hex(&w, "key", s.key, PROOF_KEY);
    number(&w, "waiting", s.waiting);
    if (s.problem[0] != '\0') {
        jw_key(&w, "problem");
        jw_text(&w, s.problem);
    }
    sinks_json(&w, &s);
    jw_key(&w, "items");
    jw_array(&w);
    for (size_t i = 0; i < count; i++)
        checkpoint_json(&w, &list[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    free(list);
    call_json(c, status);
}

void handle_checkpoints(struct call *c)
{
    static const char *const known[] = { "limit", "before", NULL };
    int64_t limit, before;
    c->csv = false;
    if (!call_params_known(c, known) || !call_param_int(c, "limit", 100, 1, LIST_MOST, &limit) ||
        !call_param_int(c, "before", 0, 0, INT64_C(1) << 53, &before))
        call_problem(c);
    else if (is_open(c))
        answer_checkpoints(c, 200, before, (size_t)limit);
}

static void on_sealed(void *user, const char *problem)
{
    struct call *c = user;
    if (problem == NULL) {
        answer_checkpoints(c, 201, 0, 1);
        return;
    }
    problem_hint(&c->problem, "mend that; it is tried again by itself");
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "no checkpoint can be made: %s", problem);
    c->problem.retry_after_s = 5;
    call_problem(c);
}

void handle_checkpoint_make(struct call *c)
{
    static const char *const known[] = { NULL };
    c->csv = false;
    if (!call_params_known(c, known))
        call_problem(c);
    else if (evidence_of(c) != NULL)
        evidence_seal(c->api->at.evidence, on_sealed, c);
}

/* --- export --- */

struct exporting {
    struct api *api;
    struct http_request *http; /* NULL: the client has gone */
    struct request *reading;
    struct strbuf out;
    int64_t from;             /* in the file of checkpoints */
    int64_t rows, last, head; /* of the log: sent, the last of them, the last to be sent */
    unsigned page;            /* rows of this reading */
    bool lines_done, asking, read_on, over;
};

static void export_free(struct exporting *x)
{
    strbuf_fini(&x->out);
    free(x);
}

/* Sends what is there. True: the client takes more. */
static bool send_out(struct exporting *x)
{
    bool more;
    if (!http_stream_ready(x->http))
        return false;
    if (x->out.len == 0)
        return true;
    more = http_stream_send(x->http, strbuf_str(&x->out));
    strbuf_reset(&x->out);
    return more;
}

static void ask_lines(struct exporting *x);
static void ask_rows(struct exporting *x);

/* What has no last line is seen to be cut. */
static void cut(struct exporting *x, const char *why)
{
    log_event(LOG_ERR_, "export-failed", "an export of the change log could not be finished: %s", why);
    http_stream_cut(x->http);
    export_free(x);
}

static void go_on(struct exporting *x)
{
    if (x->out.failed) { /* there is a hole in it: none of it is sent */
        if (x->reading == NULL && !x->asking)
            cut(x, "there is not enough memory");
        return;
    }
    bool more = send_out(x);
    if (x->reading != NULL || x->asking || !more)
        return;
    if (x->over && x->out.len == 0) {
        http_stream_end(x->http);
        export_free(x);
    } else if (!x->over && x->lines_done) {
        ask_rows(x);
    } else if (!x->over) {
        ask_lines(x);
    }
}

static void on_drained(struct http_request *req)
{
    go_on(req->user);
}

static void on_gone(struct http_request *req)
{
    struct exporting *x = req->user;
    x->http = NULL;
    if (x->reading != NULL)
        request_cancel(x->reading);
    else if (!x->asking)
        export_free(x);
}

static void on_row(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body)
{
    struct exporting *x = user;
    const struct proof_row row = { rev, time_ms, body };
    if (!x->read_on)
        return;
    export_row_head(&row, &x->out);
    strbuf_add(&x->out, body.data, body.len);
    strbuf_putc(&x->out, '\n');
    x->rows++;
    x->page++;
    x->last = rev;
    if (x->out.len < OUT_FULL && !x->out.failed)
        return;
    x->read_on = false; /* others want to read too while the client takes it */
    request_cancel(x->reading);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct exporting *x = user;
    (void)answer;
    x->reading = NULL;
    if (x->http == NULL) {
        export_free(x);
        return;
    }
    if (status != 0 && x->read_on) {
        cut(x, message);
        return;
    }
    if (x->read_on && x->page < PAGE_ROWS) {
        export_tail(x->rows, x->last, &x->out);
        x->over = true;
    }
    go_on(x);
}

/* What is in the log is never changed, so pages that are read one after the other are of one piece. */
static void ask_rows(struct exporting *x)
{
    x->page = 0;
    x->read_on = true;
    x->reading = store_log(x->api->at.store, x->last, x->head, PAGE_ROWS, on_row, on_rows, x);
}

static void on_lines(void *user, struct ipam_str text, int64_t next, const char *problem)
{
    struct exporting *x = user;
    x->asking = false;
    if (x->http == NULL) {
        export_free(x);
        return;
    }
    if (problem != NULL) {
        cut(x, problem);
        return;
    }
    strbuf_addstr(&x->out, text);
    x->lines_done = next == x->from;
    x->from = next;
    go_on(x);
}

static void ask_lines(struct exporting *x)
{
    x->asking = true;
    evidence_lines(x->api->at.evidence, x->from, on_lines, x);
}

void handle_audit_export(struct call *c)
{
    static const char *const known[] = { NULL };
    struct evidence_stats s;
    struct exporting *x;
    c->csv = false;
    if (!call_params_known(c, known)) {
        call_problem(c);
        return;
    }
    if (!is_open(c))
        return;
    evidence_stats(c->api->at.evidence, &s);
    x = xcalloc(1, sizeof(*x));
    x->api = c->api;
    x->head = state_head(c->api->at.state);
    strbuf_init(&x->out, OUT_MOST);
    strbuf_puts(&x->out, EXPORT_HEAD "key ");
    proof_hex(s.key, PROOF_KEY, &x->out);
    strbuf_putc(&x->out, '\n');
    x->http = call_stream(c, EXPORT_TYPE, on_drained);
    if (x->http == NULL) {
        export_free(x);
        return;
    }
    x->http->user = x;
    x->http->gone = on_gone;
    ask_lines(x);
}

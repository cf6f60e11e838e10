/* evidence.c - the loop's side: rows as they are committed, or read again, to the lane.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The gate hands over each row before anybody could change it on disk. What it did not hand over (before the
 * start, or more than the lane takes) is read from storage, a page at a time, and its checkpoint says so. */
#include "evidence/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lane.h"
#include "base/log.h"
#include "evidence/evidence_p.h"

#define BUFFER_MOST (16u << 20) /* rows that wait for the lane; what comes beyond is read again later */
#define BUFFER_ROOM (STORE_LOG_ROW_MAX + BUFFER_MOST + (1u << 20))
#define PAGE_ROWS   512
#define PAGE_BYTES  (4u << 20)
#define TICK_MS     1000

enum job_kind { JOB_OPEN, JOB_ROWS, JOB_TICK, JOB_SEAL, JOB_LINES };

struct job {
    struct lane_work work;
    struct evidence *e;
    struct job *next; /* of those that wait */
    enum job_kind kind;
    struct strbuf data; /* rows; or lines */
    size_t taken;
    int64_t from, to;
    char why[WHY];
    void (*sealed)(void *user, const char *problem);
    evidence_text text;
    void *user;
};

struct evidence {
    struct evidence_config at;
    struct lane *lane; /* NULL: closed */
    struct writer writer;
    struct strbuf rows; /* for the lane */
    int64_t next;       /* the revision that must come */
    bool opening, open;
    bool hashing, ticking; /* on the lane now */
    bool behind;           /* `next` must be read */
    bool resting;          /* something failed: until the next tick */
    bool closing;
    struct request *reading;
    bool read_on; /* rows of this reading are still wanted */
    bool read_any;
    size_t read_bytes;
    struct loop_timer timer;
    struct job *waiting; /* seals, until all has come */
    void (*closed)(void *user);
    void *closed_user;
};

static void pump(struct evidence *e);

/* --- the lane --- */

static void run(struct lane_work *work, unsigned thread)
{
    struct job *j = container_of(work, struct job, work);
    struct writer *w = &j->e->writer;
    (void)thread;
    switch (j->kind) {
    case JOB_OPEN:
        if (!writer_open(w, j->why) && j->why[0] == '\0')
            snprintf(j->why, sizeof(j->why), "it cannot be begun");
        break;
    case JOB_ROWS: j->taken = writer_rows(w, j->data.data, j->data.len); break;
    case JOB_TICK:
    case JOB_SEAL:
        if (!writer_tick(w, j->kind == JOB_SEAL))
            snprintf(j->why, sizeof(j->why), "%s", w->stats.problem);
        break;
    case JOB_LINES: writer_lines(w, j->from, &j->data, &j->to, j->why); break;
    default: break;
    }
}

static void on_opened(struct evidence *e, const struct job *j);

/* What was not taken goes first the next time. */
static void on_hashed(struct evidence *e, struct job *j)
{
    struct strbuf rest;
    e->hashing = false;
    if (j->taken == j->data.len)
        return;
    e->resting = true;
    rest = j->data;
    strbuf_init(&j->data, 1);
    strbuf_drop(&rest, j->taken);
    rest.max = 2 * (size_t)BUFFER_ROOM;
    strbuf_add(&rest, e->rows.data, e->rows.len);
    strbuf_fini(&e->rows);
    e->rows = rest;
}

static void answer(struct job *j)
{
    const char *problem = j->why[0] != '\0' ? j->why : NULL;
    struct evidence *e = j->e;
    switch (j->kind) {
    case JOB_OPEN: on_opened(e, j); break;
    case JOB_ROWS: on_hashed(e, j); break;
    case JOB_TICK: e->ticking = false; break;
    case JOB_SEAL: j->sealed(j->user, problem); break;
    case JOB_LINES: j->text(j->user, strbuf_str(&j->data), j->to, problem); break;
    default: break;
    }
    strbuf_fini(&j->data);
    free(j);
}

static void done(struct lane_work *work, bool canceled)
{
    struct job *j = container_of(work, struct job, work);
    struct evidence *e = j->e;
    if (canceled)
        snprintf(j->why, sizeof(j->why), "the service is stopping");
    answer(j);
    pump(e);
}

static struct job *job_new(struct evidence *e, enum job_kind kind)
{
    struct job *j = xcalloc(1, sizeof(*j));
    j->e = e;
    j->kind = kind;
    j->work.run = run;
    j->work.done = done;
    strbuf_init(&j->data, 2 * (size_t)PROOF_LINE_MOST);
    return j;
}

static void submit(struct job *j)
{
    struct evidence *e = j->e;
    if (e->lane != NULL && lane_submit(e->lane, &j->work) == 0)
        return;
    snprintf(j->why, sizeof(j->why), "the thread that signs has too much to do, or is stopping; try again");
    j->to = j->from;
    answer(j);
}

/* --- rows --- */

static void keep(struct evidence *e, int64_t rev, int64_t time_ms, struct ipam_bytes body, bool committed)
{
    struct kept_row k;
    size_t len = e->rows.len;
    memset(&k, 0, sizeof(k)); /* its padding too */
    k.rev = rev;
    k.time_ms = time_ms;
    k.len = body.len;
    k.committed = committed;
    strbuf_add(&e->rows, &k, sizeof(k));
    strbuf_add(&e->rows, body.data, body.len);
    if (!e->rows.failed) {
        e->next = rev + 1;
        return;
    }
    e->rows.len = len; /* later, from storage */
    e->rows.failed = e->rows.nomem = false;
    e->behind = true;
    e->read_on = false;
}

static void on_witnessed(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes row)
{
    struct evidence *e = user;
    if (rev < e->next)
        return;
    if (!e->behind && row.data != NULL && rev == e->next && e->rows.len < BUFFER_MOST)
        keep(e, rev, time_ms, row, true);
    else
        e->behind = true;
    pump(e);
}

static void say_gap(int64_t from, int64_t to)
{
    log_event(LOG_ERR_, "audit-gap",
              "revisions %" PRId64 "..%" PRId64
              " are not in the change log any more: somebody took them out before a "
              "checkpoint covered them",
              from, to);
}

static void on_row(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body)
{
    struct evidence *e = user;
    if (!e->read_on || rev < e->next)
        return;
    if (rev > e->next && e->next > 1)
        say_gap(e->next, rev - 1);
    e->read_any = true;
    e->read_bytes += body.len;
    keep(e, rev, time_ms, body, false);
    if (e->read_on && e->read_bytes < PAGE_BYTES)
        return;
    e->read_on = false;
    request_cancel(e->reading);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *result)
{
    struct evidence *e = user;
    int64_t head = state_head(e->at.state);
    (void)result;
    e->reading = NULL;
    if (status != 0 && e->read_on) {
        log_event(LOG_ERR_, "audit-read-failed", "the change log cannot be read for its checkpoints: %s",
                  message);
        e->resting = true;
    } else if (status == 0 && !e->read_any && e->next <= head) {
        say_gap(e->next, head);
        e->next = head + 1;
    }
    e->behind = e->next <= head;
    pump(e);
}

static void read_more(struct evidence *e)
{
    e->read_any = false;
    e->read_on = true;
    e->read_bytes = 0;
    e->reading = store_log(e->at.store, e->next - 1, state_head(e->at.state), PAGE_ROWS, on_row, on_read, e);
}

/* --- what is next --- */

static void hash_rows(struct evidence *e)
{
    struct job *j = job_new(e, JOB_ROWS);
    e->hashing = true;
    strbuf_fini(&j->data);
    j->data = e->rows;
    strbuf_init(&e->rows, BUFFER_ROOM);
    submit(j);
}

static void on_lane_closed(void *user)
{
    struct evidence *e = user;
    e->closed(e->closed_user);
}

static void end_lane(struct evidence *e)
{
    struct lane *lane = e->lane;
    e->lane = NULL;
    lane_close(lane, on_lane_closed, e);
}

static void on_last_seal(void *user, const char *problem)
{
    struct evidence *e = user;
    if (problem != NULL)
        log_event(LOG_ERR_, "audit-failed", "what came last is not signed: %s; the next start signs it",
                  problem);
    end_lane(e);
}

static void seal_last(struct evidence *e)
{
    struct job *j = job_new(e, JOB_SEAL);
    e->closing = false;
    j->sealed = on_last_seal;
    j->user = e;
    submit(j);
}

static void on_timer(struct loop_timer *t)
{
    struct evidence *e = container_of(t, struct evidence, timer);
    e->resting = false;
    if (!e->ticking) {
        e->ticking = true;
        submit(job_new(e, JOB_TICK));
    }
    pump(e);
}

static bool all_given(const struct evidence *e)
{
    return !e->hashing && !e->behind && e->reading == NULL && e->rows.len == 0;
}

static void seal_waiting(struct evidence *e)
{
    struct job *j;
    while ((j = e->waiting) != NULL && (all_given(e) || e->resting || e->closing)) {
        e->waiting = j->next;
        submit(j);
    }
}

static bool must_tick(struct evidence *e)
{
    bool must;
    pthread_mutex_lock(&e->writer.lock);
    must = e->writer.stats.waiting > 0 || e->writer.stats.unsent || e->writer.stats.problem[0] != '\0';
    pthread_mutex_unlock(&e->writer.lock);
    return must || e->resting;
}

static void pump(struct evidence *e)
{
    if (e->lane == NULL)
        return;
    if (!e->open) {
        if (e->closing && !e->opening)
            end_lane(e);
        return;
    }
    if (!e->hashing && e->rows.len > 0 && !e->resting)
        hash_rows(e);
    if (e->behind && e->reading == NULL && e->rows.len < PAGE_BYTES && !e->closing && !e->resting)
        read_more(e);
    seal_waiting(e);
    if (e->closing && e->reading == NULL && !e->hashing && (e->rows.len == 0 || e->resting)) {
        timer_stop(&e->timer);
        seal_last(e);
    } else if (e->lane != NULL && !e->closing && e->timer.due_ms == 0 && must_tick(e)) {
        timer_start(e->at.loop, &e->timer, TICK_MS, on_timer);
    }
}

/* --- begin and end --- */

/* Nothing is signed here. */
static void answer_waiting(struct evidence *e, const char *why)
{
    struct job *j;
    while ((j = e->waiting) != NULL) {
        e->waiting = j->next;
        snprintf(j->why, sizeof(j->why), "%s", why);
        answer(j);
    }
}

static void on_opened(struct evidence *e, const struct job *j)
{
    int64_t head = state_head(e->at.state);
    e->opening = false;
    if (j->why[0] != '\0') {
        answer_waiting(e, j->why);
        e->at.failed(e->at.user, j->why);
        return;
    }
    e->open = true;
    e->next = e->writer.last.last + 1;
    if (e->writer.last.last > head) {
        log_event(LOG_ERR_, "audit-rolled-back",
                  "checkpoint %" PRId64 " proves revisions up to %" PRId64 ", and the log ends with %" PRId64
                  ": an older copy is in its place. If that was a restore, keep a note of it: the chain "
                  "begins anew, and "
                  "every verification will say so",
                  e->writer.last.number, e->writer.last.last, head);
        writer_anew(&e->writer);
        e->next = 1;
    }
    e->behind = e->next <= head;
    if (!e->closing) /* else the gate has gone already */
        gate_witness(e->at.gate, on_witnessed, e);
}

static char *copy(const char *text)
{
    return text != NULL ? xstrdup(text) : NULL;
}

struct evidence *evidence_new(const struct evidence_config *config)
{
    struct evidence *e = xcalloc(1, sizeof(*e));
    struct writer *w = &e->writer;
    e->at = *config;
    e->lane = lane_new(config->loop, "audit", 1, 1024);
    if (e->lane == NULL) {
        free(e);
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    w->fd = -1;
    w->key = copy(config->key);
    w->next_key = copy(config->next_key);
    w->credentials = copy(config->credentials);
    w->checkpoints = copy(config->checkpoints);
    w->interval_ms = config->interval_ms;
    for (size_t i = 0; i < config->sink_count && i < EVIDENCE_SINKS; i++)
        w->sinks[w->sink_count++] = (struct sink){ .file = copy(config->sinks[i].file),
                                                   .syslog = copy(config->sinks[i].syslog),
                                                   .fd = -1 };
    strbuf_init(&e->rows, BUFFER_ROOM);
    e->opening = true;
    submit(job_new(e, JOB_OPEN));
    return e;
}

void evidence_close(struct evidence *e, void (*closed)(void *user), void *user)
{
    e->closed = closed;
    e->closed_user = user;
    e->closing = true;
    if (e->open)
        gate_witness(e->at.gate, NULL, NULL);
    pump(e);
}

void evidence_free(struct evidence *e)
{
    if (e == NULL)
        return;
    writer_free(&e->writer);
    strbuf_fini(&e->rows);
    free(e);
}

void evidence_seal(struct evidence *e, void (*sealed)(void *user, const char *problem), void *user)
{
    struct job *j = job_new(e, JOB_SEAL), **at = &e->waiting;
    j->sealed = sealed;
    j->user = user;
    while (*at != NULL)
        at = &(*at)->next;
    *at = j;
    pump(e);
}

void evidence_lines(struct evidence *e, int64_t from, evidence_text text, void *user)
{
    struct job *j = job_new(e, JOB_LINES);
    j->from = from;
    j->text = text;
    j->user = user;
    submit(j);
}

void evidence_stats(struct evidence *e, struct evidence_stats *ret)
{
    pthread_mutex_lock(&e->writer.lock);
    *ret = e->writer.stats;
    pthread_mutex_unlock(&e->writer.lock);
    ret->behind = e->behind;
}

size_t evidence_recent(struct evidence *e, int64_t before, struct checkpoint *ret, size_t most)
{
    struct writer *w = &e->writer;
    size_t count = 0;
    pthread_mutex_lock(&w->lock);
    int64_t number = before > 0 && before <= w->stats.number ? before - 1 : w->stats.number;
    for (; number > 0 && count < most && number > w->stats.number - EVIDENCE_RECENT; number--)
        ret[count++] = w->recent[number % EVIDENCE_RECENT];
    pthread_mutex_unlock(&w->lock);
    return count;
}

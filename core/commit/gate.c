/* gate.c - batches: take, enter, read, decide, commit, publish.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "commit/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "commit/changelog.h"
#include "commit/queue.h"
#include "model/rules.h"

#define BATCH_ROWS    2048   /* bulk rows of one batch */
#define BATCH_INTENTS 1024   /* interactive intents of one batch */
#define ANSWERS_TURN  16      /* answers between two looks at what else there is to do */
#define WAITING_MAX   100000 /* interactive intents beyond are turned away */
#define LOG_ROW_MAX   STORE_LOG_ROW_MAX
#define TOLD_KEEP     (1u << 20)  /* memory for them that stays */
#define TOLD_MAX      (64u << 20) /* rows of one batch that are kept for the watcher */

struct needs {
    struct store_key *keys;
    size_t count, cap;
};

enum stage { STAGE_IDLE, STAGE_OPEN, STAGE_DEAD };

struct gate {
    gate_sealer seal; /* NULL: none */
    void *seal_user;
    struct loop *loop;
    struct state *state;
    struct store *store;
    void (*fatal)(void *user, const char *message);
    void *fatal_user;
    struct loop_work wake;
    bool waking;
    enum stage stage;
    struct queue urgent, bulk;
    struct queue alone;   /* intents of a failed batch, run once more one a batch */
    struct queue turned;  /* turned away: told so on the next turn */
    struct queue decided; /* durable and shown, or refused for good: they are being answered */
    struct loop_work answers;
    bool answering; /* `answers` is posted */
    /* the open batch */
    struct queue batch;
    struct needs needs;
    struct draft *draft;
    struct store_batch *rows; /* of what was accepted; NULL: nothing yet */
    struct strbuf log;
    struct strbuf told; /* rows of the change log for the watcher, as told_add writes them */
    bool told_whole;    /* it has every revision of the batch */
    int64_t told_head;  /* all up to here was told */
    int64_t published_head, witnessed_head; /* of each when it began to be told */
    gate_published published;
    void *published_user;
    gate_witnessed witnessed;
    void *witnessed_user;
    int64_t entered_us;
    int failed; /* status for which it is left, with `message` */
    char message[512];
    void (*closed)(void *user);
    void *closed_user;
    bool closing;
    struct gate_stats stats;
};

void needs_row(struct needs *n, uint32_t type, int64_t id)
{
    if (n->count == n->cap) {
        n->cap = n->cap != 0 ? n->cap * 2 : 64;
        n->keys = xrealloc(n->keys, n->cap * sizeof(n->keys[0]));
    }
    n->keys[n->count++] = (struct store_key){ .type = type, .id = id };
}

void needs_find(struct needs *n, uint32_t type, unsigned field, const void *like)
{
    needs_row(n, type, 0);
    n->keys[n->count - 1].field = field;
    n->keys[n->count - 1].like = like;
}

struct gate *gate_new(struct loop *loop, struct state *state, struct store *store,
                      void (*fatal)(void *user, const char *message), void *user)
{
    struct gate *g = xcalloc(1, sizeof(*g));
    g->loop = loop;
    g->state = state;
    g->store = store;
    g->fatal = fatal;
    g->fatal_user = user;
    queue_init(&g->urgent);
    queue_init(&g->bulk);
    queue_init(&g->alone);
    queue_init(&g->turned);
    queue_init(&g->decided);
    queue_init(&g->batch);
    strbuf_init(&g->log, LOG_ROW_MAX);
    strbuf_init(&g->told, TOLD_MAX);
    return g;
}

static void gate_free(struct gate *g)
{
    draft_free(g->draft);
    free(g->needs.keys);
    strbuf_fini(&g->log);
    strbuf_fini(&g->told);
    free(g);
}

/* --- answers --- */

static void settle(struct gate *g, struct intent *in, int status)
{
    g->stats.waiting--;
    in->settled(in, status);
}

/* Why an intent ends without having been decided for good. */
struct ending {
    enum problem_type type;
    int status;
    int retry_after_s;
    const char *detail, *hint;
};

static void settle_all(struct gate *g, struct queue *q, const struct ending *why)
{
    struct queue all;
    struct intent *in;
    queue_init(&all);
    queue_move(&all, q); /* what an answered one hands in anew is not among them */
    while ((in = queue_pop(&all)) != NULL) {
        memset(&in->problem, 0, sizeof(in->problem));
        problem_set(&in->problem, why->type, "%s", why->detail);
        problem_hint(&in->problem, "%s", why->hint);
        in->problem.retry_after_s = why->retry_after_s;
        settle(g, in, why->status);
    }
}

static void wake(struct gate *g);
static void begin(struct gate *g);

static void batch_end(struct gate *g)
{
    draft_free(g->draft);
    g->draft = NULL;
    g->stage = STAGE_IDLE;
    if (g->closing)
        wake(g);
    else
        begin(g);
}

static void note_trouble(struct gate *g, int status, const char *message)
{
    g->stats.failed++;
    g->stats.trouble = status;
    snprintf(g->stats.trouble_text, sizeof(g->stats.trouble_text), "%s", message);
}

/* Nothing of the batch is in storage, and no intent of it is to blame. */
static void batch_unavailable(struct gate *g, int status, const char *message)
{
    struct problem p = { 0 };
    problem_of_storage(&p, status, message);
    const struct ending why = { p.type, status == IPAM_E_NOSPC ? IPAM_E_NOSPC : IPAM_E_AGAIN, p.retry_after_s,
                                p.detail, p.hint };
    log_event(LOG_ERR_, "commit-failed", "%s", message);
    note_trouble(g, status, message);
    settle_all(g, &g->batch, &why);
    batch_end(g);
}

/* Nothing of the batch is in storage. One bad intent must not spoil the others: each runs once more, alone.
 */
static void batch_failed(struct gate *g, int status, const char *message)
{
    bool one = g->batch.first != NULL && g->batch.first->next == NULL;
    if (status == IPAM_E_NOSPC || one) {
        batch_unavailable(g, status, message);
        return;
    }
    log_event(LOG_ERR_, "commit-failed", "%s; its changes are tried one by one", message);
    g->stats.failed++;
    queue_move(&g->alone, &g->batch);
    batch_end(g);
}

/* Whether the batch is in storage cannot be known: the process ends, recovery is the normal start. */
static void outcome_unknown(struct gate *g, const char *message)
{
    const struct ending why = { PROBLEM_OUTCOME_UNKNOWN, IPAM_E_UNKNOWN, 1, message,
                                "repeat the request with the same claim once the service answers again" };
    log_event(LOG_ERR_, "outcome-unknown", "%s", message);
    note_trouble(g, IPAM_E_UNKNOWN, message);
    g->stage = STAGE_DEAD;
    settle_all(g, &g->batch, &why);
    settle_all(g, &g->alone, &why);
    settle_all(g, &g->urgent, &why);
    settle_all(g, &g->bulk, &why);
    g->fatal(g->fatal_user, message);
}

static bool is_unknown(int status)
{
    return status == IPAM_E_IO || status == IPAM_E_UNKNOWN;
}

/* --- commit, publish --- */

/* One revision: its number and length, then its row. */
struct told {
    int64_t rev, time_ms;
    size_t len;
};

static void told_add(struct gate *g, int64_t rev)
{
    const struct told t = { rev, draft_now(g->draft), g->log.len };
    if (g->published == NULL && g->witnessed == NULL) {
        g->told_whole = false;
        return;
    }
    strbuf_add(&g->told, &t, sizeof(t));
    strbuf_add(&g->told, g->log.data, g->log.len);
}

static void tell_one(struct gate *g, int64_t rev, int64_t time_ms, struct ipam_bytes row)
{
    if (g->witnessed != NULL && rev > g->witnessed_head)
        g->witnessed(g->witnessed_user, rev, time_ms, row);
    if (g->published != NULL && rev > g->published_head)
        g->published(g->published_user, rev, row);
}

static void tell(struct gate *g)
{
    struct told t;
    int64_t head = state_head(g->state);
    if ((g->published == NULL && g->witnessed == NULL) || head == g->told_head)
        return;
    if (!g->told_whole || g->told.failed)
        tell_one(g, head, 0, (struct ipam_bytes){ NULL, 0 });
    for (size_t pos = 0; g->told_whole && !g->told.failed && pos < g->told.len; pos += sizeof(t) + t.len) {
        memcpy(&t, g->told.data + pos, sizeof(t));
        tell_one(g, t.rev, t.time_ms,
                 (struct ipam_bytes){ (const uint8_t *)g->told.data + pos + sizeof(t), t.len });
    }
    g->told_head = head;
}

void gate_watch(struct gate *g, gate_published published, void *user)
{
    g->published = published;
    g->published_user = user;
    g->published_head = state_head(g->state);
    if (g->witnessed == NULL)
        g->told_head = g->published_head;
}

void gate_seal(struct gate *g, gate_sealer seal, void *user)
{
    g->seal = seal;
    g->seal_user = user;
}

void gate_witness(struct gate *g, gate_witnessed witnessed, void *user)
{
    g->witnessed = witnessed;
    g->witnessed_user = user;
    g->witnessed_head = state_head(g->state);
    if (g->published == NULL)
        g->told_head = g->witnessed_head;
}

static void answer_some(struct gate *g);

static void on_answers(struct loop_work *w)
{
    struct gate *g = container_of(w, struct gate, answers);
    g->answering = false;
    answer_some(g);
}

/* A few answers at a time: in between, the next batch goes on to storage as soon as it can. */
static void answer_some(struct gate *g)
{
    struct intent *in;
    for (unsigned n = 0; n < ANSWERS_TURN && (in = queue_pop(&g->decided)) != NULL; n++)
        settle(g, in, in->status);
    if (g->decided.first != NULL) {
        g->answering = true;
        loop_post(g->loop, &g->answers, on_answers);
        return;
    }
    tell(g);
    if (g->closing)
        wake(g);
}

/* All of the batch may be answered, and is while the next one is under way: neither thread waits for the
 * other. */
static void batch_decided(struct gate *g)
{
    queue_move(&g->decided, &g->batch);
    batch_end(g);
    if (!g->answering)
        answer_some(g);
}

static void on_committed(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (is_unknown(status)) {
        outcome_unknown(g, message);
        return;
    }
    if (status != 0) {
        batch_failed(g, status, message);
        return;
    }
    fault_point("gate:committed");
    draft_publish(g->draft);
    g->stats.batches++;
    g->stats.trouble = 0;
    histogram_add(&g->stats.commit, clock_mono_us() - g->entered_us);
    batch_decided(g);
}

/* Nothing was to be written, or the batch could not be decided. */
static void on_aborted(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (is_unknown(status)) {
        outcome_unknown(g, message);
        return;
    }
    if (g->failed != 0) {
        batch_failed(g, g->failed, g->message);
        return;
    }
    if (g->stats.trouble != IPAM_E_NOSPC) /* a batch without rows says nothing of room */
        g->stats.trouble = 0;
    batch_decided(g);
}

/* --- decide --- */

/* Rows of the open intent, which is about to be accepted, and its row of the change log. */
static int write_rows(struct gate *g, struct intent *in)
{
    size_t count;
    const struct draft_op *ops = draft_open_ops(g->draft, &count);
    bool logged = false, fits = count <= MODEL_SET_ROWS;
    for (size_t i = 0; i < count; i++)
        logged = logged || ops[i].logged;
    strbuf_reset(&g->log);
    if (fits && logged) {
        in->rev = draft_head(g->draft) + 1;
        changelog_write(in, g->draft, ops, count, &g->log);
    }
    if (g->log.nomem) {
        in->problem.retry_after_s = 1;
        problem_hint(&in->problem, "try again later");
        problem_set(&in->problem, PROBLEM_UNAVAILABLE, "memory is short; nothing was changed");
        return IPAM_E_NOMEM;
    }
    if (!fits || g->log.failed) {
        problem_hint(&in->problem, "make several requests of it");
        if (fits)
            problem_set(&in->problem, PROBLEM_TOO_LARGE,
                        "the change has more than the %u MiB that one change set holds", LOG_ROW_MAX >> 20);
        else
            problem_set(&in->problem, PROBLEM_TOO_LARGE,
                        "the change touches %zu rows; one change set holds at most %d", count,
                        MODEL_SET_ROWS);
        return IPAM_E_TOOBIG;
    }
    if (count != 0 && g->rows == NULL)
        g->rows = store_batch_new(g->store);
    for (size_t i = 0; i < count; i++) {
        if (ops[i].after != NULL)
            store_batch_put(g->rows, ops[i].after);
        else
            store_batch_delete(g->rows, ops[i].type, ops[i].id, ops[i].rev);
    }
    if (logged)
        told_add(g, in->rev);
    if (logged)
        store_batch_log(g->rows, in->rev, draft_now(g->draft),
                        (struct ipam_bytes){ (const uint8_t *)g->log.data, g->log.len });
    return 0;
}

/* The intent's own decision, with what its guard wants before and after it. */
static int decide_guarded(struct gate *g, struct intent *in)
{
    struct guard *guard = in->guard;
    int rc = guard != NULL && guard->before != NULL ? guard->before(guard, g->draft, &in->problem) : 0;
    if (rc == 0)
        rc = in->decide(in, g->draft);
    if (rc == 0 && guard != NULL && guard->after != NULL)
        rc = guard->after(guard, g->draft, &in->problem);
    if (rc == 0 && g->seal != NULL)
        g->seal(g->seal_user, g->draft);
    return rc;
}

static void decide_one(struct gate *g, struct intent *in)
{
    memset(&in->problem, 0, sizeof(in->problem));
    draft_begin(g->draft);
    in->status = decide_guarded(g, in);
    g->stats.intents++;
    if (in->status == 0)
        in->status = write_rows(g, in);
    if (in->status == 0) {
        in->rev = draft_accept(g->draft);
        g->stats.accepted++;
    } else {
        draft_refuse(g->draft);
        in->rev = draft_head(g->draft);
        g->stats.refused++;
    }
}

static void decide(struct gate *g)
{
    for (struct intent *in = g->batch.first; in != NULL; in = in->next)
        decide_one(g, in);
    if (g->rows == NULL) {
        store_abort(g->store, on_aborted, g);
        return;
    }
    struct store_batch *rows = g->rows;
    g->rows = NULL;
    g->stats.rows += store_batch_rows(rows);
    fault_point("gate:decided");
    store_commit(g->store, rows, draft_next_id(g->draft), draft_head(g->draft), on_committed, g);
}

/* --- enter, read --- */

static void on_found(void *user, const struct record_type *t, void *rec)
{
    struct gate *g = user;
    (void)t;
    draft_fetched(g->draft, rec);
}

static void on_read(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (status == 0) {
        decide(g);
    } else if (is_unknown(status)) {
        outcome_unknown(g, message);
    } else {
        g->failed = status;
        snprintf(g->message, sizeof(g->message), "%s", message);
        store_abort(g->store, on_aborted, g);
    }
}

/* A row that another node changed since. */
static void on_changed(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_record *head = rec;
    struct gate *g = user;
    const int64_t id = *(const int64_t *)((const char *)rec + t->fields[0].offset);
    const void *old = view_get(state_view(g->state), t->type, id);
    bool gone = head->has[0] == ((uint64_t)1 << t->fields[0].number | (uint64_t)1 << t->fields[1].number) &&
                head->has[1] == 0;
    if (!gone)
        state_put(g->state, NULL, rec);
    else if (old != NULL)
        state_delete(g->state, old);
}

/* What the batch has to read, as far as `v` tells. */
static void gather_needs(struct gate *g, const struct view *v)
{
    g->needs.count = 0;
    for (struct intent *in = g->batch.first; in != NULL; in = in->next) {
        if (in->needs != NULL)
            in->needs(in, v, &g->needs);
        if (in->guard != NULL && in->guard->needs != NULL)
            in->guard->needs(in->guard, v, &g->needs);
    }
}

/* The rows that were read on the way in, or those that must be asked for now: where others wrote in between,
 * what is needed may have changed with it. */
static void read_rows(struct gate *g, const struct store_entry *entry, bool moved)
{
    if (moved)
        gather_needs(g, draft_view(g->draft));
    if (g->needs.count != 0 && (moved || !entry->read)) {
        store_get(g->store, g->needs.keys, g->needs.count, on_found, on_read, g);
        return;
    }
    for (size_t i = 0; i < entry->found_count; i++)
        draft_fetched(g->draft, entry->found[i]);
    decide(g);
}

static void on_entered(void *user, int status, const char *message, const struct store_entry *entry)
{
    struct gate *g = user;
    bool moved;
    if (is_unknown(status)) {
        outcome_unknown(g, message);
        return;
    }
    if (status != 0) {
        batch_unavailable(g, status, message);
        return;
    }
    tell(g); /* the batch before, if its answers still take their time: what it had to tell makes room */
    moved = entry->head != state_head(g->state);
    state_set_head(g->state, entry->head);
    if (g->told.cap > TOLD_KEEP)
        strbuf_fini(&g->told);
    strbuf_reset(&g->told);
    g->told_whole = g->told_head == entry->head; /* else another node's come first */
    g->draft = draft_new(g->state, entry->clock_ms, entry->next_id, entry->head);
    g->failed = 0;
    read_rows(g, entry, moved);
}

/* --- take --- */

/* Interactive intents first, then bulk up to its rows; what failed in company runs alone. */
static void take(struct gate *g)
{
    struct intent *in = queue_pop(&g->alone);
    unsigned rows = 0;
    if (in != NULL) {
        queue_push(&g->batch, in);
        return;
    }
    for (unsigned n = 0; n < BATCH_INTENTS && (in = queue_pop(&g->urgent)) != NULL; n++)
        queue_push(&g->batch, in);
    while ((in = g->bulk.first) != NULL) {
        rows += in->rows > 0 ? in->rows : 1;
        if (rows > BATCH_ROWS && rows > in->rows) /* one that is larger than a batch has one to itself */
            break;
        queue_push(&g->batch, queue_pop(&g->bulk));
    }
}

static void begin(struct gate *g)
{
    if (g->stage == STAGE_IDLE)
        take(g);
    if (g->batch.first == NULL)
        return;
    g->stage = STAGE_OPEN;
    g->entered_us = clock_mono_us();
    gather_needs(g, state_view(g->state));
    store_enter(g->store, state_head(g->state), g->needs.keys, g->needs.count, on_changed, on_entered, g);
}

static void turn_away(struct gate *g)
{
    static const char again[] = "try again when it is back";
    struct ending why = { PROBLEM_UNAVAILABLE, IPAM_E_AGAIN, 1, "too many changes are waiting",
                          "try again later" };
    if (g->stage == STAGE_DEAD)
        why = (struct ending){ PROBLEM_UNAVAILABLE, IPAM_E_AGAIN, 1, "storage failed and the service ends",
                               again };
    else if (g->closing)
        why = (struct ending){ PROBLEM_UNAVAILABLE, IPAM_E_AGAIN, 1, "the service is stopping", again };
    else if (memory_low())
        why = (struct ending){ PROBLEM_UNAVAILABLE, IPAM_E_AGAIN, 1, "memory is short; nothing was changed",
                               "try again later" };
    settle_all(g, &g->turned, &why);
}

static void run(struct loop_work *w)
{
    struct gate *g = container_of(w, struct gate, wake);
    g->waking = false;
    if (g->closing) {
        queue_move(&g->turned, &g->alone);
        queue_move(&g->turned, &g->urgent);
        queue_move(&g->turned, &g->bulk);
    }
    turn_away(g);
    if (g->stage == STAGE_OPEN || g->waking)
        return;
    if (!g->closing) {
        begin(g);
    } else if (g->decided.first == NULL) {
        g->closed(g->closed_user);
        gate_free(g);
    }
}

static void wake(struct gate *g)
{
    if (g->waking)
        return;
    g->waking = true;
    loop_post(g->loop, &g->wake, run);
}

static struct ipam_str text_copy(struct ipam_str s, struct arena *a)
{
    return s.data != NULL ? arena_str(a, s) : s;
}

struct actor actor_copy(const struct actor *actor, struct arena *a)
{
    return (struct actor){ text_copy(actor->name, a), text_copy(actor->peer, a), text_copy(actor->reason, a),
                           text_copy(actor->request, a) };
}

void gate_submit(struct gate *g, struct intent *in)
{
    bool full = (!in->bulk && g->stats.waiting >= WAITING_MAX) || memory_low();
    g->stats.waiting++;
    if (g->closing || g->stage == STAGE_DEAD || full)
        queue_push(&g->turned, in);
    else
        queue_push(in->bulk ? &g->bulk : &g->urgent, in);
    wake(g);
}

void gate_close(struct gate *g, void (*closed)(void *user), void *user)
{
    g->closing = true;
    g->closed = closed;
    g->closed_user = user;
    wake(g);
}

struct loop *gate_loop(const struct gate *g)
{
    return g->loop;
}

void gate_stats(const struct gate *g, struct gate_stats *ret)
{
    *ret = g->stats;
}

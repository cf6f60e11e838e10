/* gate.c - batches: take, enter, read, decide, commit, publish.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "commit/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "commit/changelog.h"
#include "commit/queue.h"
#include "model/rules.h"

#define BATCH_ROWS    2048   /* bulk rows of one batch */
#define BATCH_INTENTS 1024   /* interactive intents of one batch */
#define WAITING_MAX   100000 /* interactive intents beyond are turned away */
#define LOG_ROW_MAX   (64u << 20)

struct needs {
    struct store_key *keys;
    size_t count, cap;
};

enum stage { STAGE_IDLE, STAGE_OPEN, STAGE_DEAD };

struct gate {
    struct loop *loop;
    struct state *state;
    struct store *store;
    void (*fatal)(void *user, const char *message);
    void *fatal_user;
    struct loop_work wake;
    bool waking;
    enum stage stage;
    struct queue urgent, bulk;
    struct queue alone;  /* intents of a failed batch, run once more one a batch */
    struct queue turned; /* turned away: told so on the next turn */
    /* the open batch */
    struct queue batch;
    struct needs needs;
    struct draft *draft;
    struct store_batch *rows; /* of what was accepted; NULL: nothing yet */
    struct strbuf log;
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
    queue_init(&g->batch);
    strbuf_init(&g->log, LOG_ROW_MAX);
    return g;
}

static void gate_free(struct gate *g)
{
    draft_free(g->draft);
    free(g->needs.keys);
    strbuf_fini(&g->log);
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

static void batch_end(struct gate *g)
{
    draft_free(g->draft);
    g->draft = NULL;
    g->stage = STAGE_IDLE;
    wake(g);
}

/* Nothing of the batch is in storage, and no intent of it is to blame. */
static void batch_unavailable(struct gate *g, int status, const char *message)
{
    struct ending why = { PROBLEM_UNAVAILABLE, IPAM_E_AGAIN, 1, message,
                          "try again; if it happens again, look at the service's log" };
    if (status == IPAM_E_NOSPC)
        why =
            (struct ending){ PROBLEM_NO_SPACE, IPAM_E_NOSPC, 5, message,
                             "make space; reads go on, and writes are taken again as soon as there is room" };
    log_event(LOG_ERR_, "commit-failed", "%s", message);
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
    queue_move(&g->alone, &g->batch);
    batch_end(g);
}

/* Whether the batch is in storage cannot be known: the process ends, recovery is the normal start. */
static void outcome_unknown(struct gate *g, const char *message)
{
    const struct ending why = { PROBLEM_OUTCOME_UNKNOWN, IPAM_E_UNKNOWN, 1, message,
                                "repeat the request with the same claim once the service answers again" };
    log_event(LOG_ERR_, "outcome-unknown", "%s", message);
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

static void answer_batch(struct gate *g)
{
    struct intent *in;
    while ((in = queue_pop(&g->batch)) != NULL)
        settle(g, in, in->status);
}

/* --- commit, publish --- */

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
    answer_batch(g);
    batch_end(g);
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
    answer_batch(g);
    batch_end(g);
}

/* --- decide --- */

/* Rows of the open intent, which is about to be accepted, and its row of the change log. False: it is too
 * large. */
static bool write_rows(struct gate *g, struct intent *in)
{
    size_t count;
    const struct draft_op *ops = draft_open_ops(g->draft, &count);
    bool logged = false, fits = count <= MODEL_SET_ROWS;
    for (size_t i = 0; i < count; i++)
        logged = logged || ops[i].logged;
    strbuf_reset(&g->log);
    if (fits && logged) {
        in->rev = draft_head(g->draft) + 1;
        changelog_write(in, draft_now(g->draft), ops, count, &g->log);
    }
    if (!fits || g->log.failed) {
        problem_hint(&in->problem, "make several requests of it");
        problem_set(&in->problem, PROBLEM_TOO_LARGE,
                    "the change touches %zu rows; one change set holds at most %d", count, MODEL_SET_ROWS);
        return false;
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
        store_batch_log(g->rows, in->rev, draft_now(g->draft),
                        (struct ipam_bytes){ (const uint8_t *)g->log.data, g->log.len });
    return true;
}

static void decide_one(struct gate *g, struct intent *in)
{
    memset(&in->problem, 0, sizeof(in->problem));
    draft_begin(g->draft);
    in->status = in->decide(in, g->draft);
    g->stats.intents++;
    if (in->status == 0 && !write_rows(g, in))
        in->status = IPAM_E_TOOBIG;
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

static void on_entered(void *user, int status, const char *message, const struct store_entry *entry)
{
    struct gate *g = user;
    if (is_unknown(status)) {
        outcome_unknown(g, message);
        return;
    }
    if (status != 0) {
        batch_unavailable(g, status, message);
        return;
    }
    state_set_head(g->state, entry->head);
    g->draft = draft_new(g->state, entry->clock_ms, entry->next_id, entry->head);
    g->needs.count = 0;
    g->failed = 0;
    for (struct intent *in = g->batch.first; in != NULL; in = in->next)
        if (in->needs != NULL)
            in->needs(in, draft_view(g->draft), &g->needs);
    if (g->needs.count == 0)
        decide(g);
    else
        store_get(g->store, g->needs.keys, g->needs.count, on_found, on_read, g);
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
    if (g->closing) {
        g->closed(g->closed_user);
        gate_free(g);
        return;
    }
    if (g->stage == STAGE_IDLE)
        take(g);
    if (g->batch.first == NULL)
        return;
    g->stage = STAGE_OPEN;
    store_enter(g->store, state_head(g->state), on_changed, on_entered, g);
}

static void wake(struct gate *g)
{
    if (g->waking)
        return;
    g->waking = true;
    loop_post(g->loop, &g->wake, run);
}

void gate_submit(struct gate *g, struct intent *in)
{
    bool full = !in->bulk && g->stats.waiting >= WAITING_MAX;
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

void gate_stats(const struct gate *g, struct gate_stats *ret)
{
    *ret = g->stats;
}

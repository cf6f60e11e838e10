/* gate.c - batches: take, enter, read, decide, commit, publish.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit/gate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "commit/changelog.h"

#define BATCH_ROWS 2048    /* bulk rows of one batch */
#define BATCH_INTENTS 1024 /* interactive intents of one batch */
#define WAITING_MAX 100000

struct queue {
    struct intent *first, **tail;
};

struct needs {
    struct store_key *keys;
    size_t count, cap;
};

enum stage { STAGE_IDLE, STAGE_ENTER, STAGE_READ, STAGE_COMMIT, STAGE_ABORT, STAGE_DEAD };

struct gate {
    struct loop *loop;
    struct state *state;
    struct store *store;
    void (*fatal)(void *user, const char *message);
    void *fatal_user;
    struct loop_work wake;
    bool waking;
    enum stage stage;
    struct queue urgent, bulk, batch; /* batch: the intents of the open one */
    struct intent *alone;             /* intents of a failed batch, run once more one a batch */
    struct needs needs;
    struct draft *draft;
    struct strbuf log;
    void (*closed)(void *user);
    void *closed_user;
    bool closing;
    struct gate_stats stats;
};

static void wake(struct gate *g);

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->tail = &q->first;
}

static void queue_push(struct queue *q, struct intent *in)
{
    in->next = NULL;
    *q->tail = in;
    q->tail = &in->next;
}

static struct intent *queue_pop(struct queue *q)
{
    struct intent *in = q->first;
    if (in == NULL)
        return NULL;
    q->first = in->next;
    if (q->first == NULL)
        q->tail = &q->first;
    in->next = NULL;
    return in;
}

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

struct gate *gate_new(struct loop *loop, struct state *state, struct store *store, void (*fatal)(void *user, const char *message), void *user)
{
    struct gate *g = xcalloc(1, sizeof(*g));
    g->loop = loop;
    g->state = state;
    g->store = store;
    g->fatal = fatal;
    g->fatal_user = user;
    queue_init(&g->urgent);
    queue_init(&g->bulk);
    queue_init(&g->batch);
    strbuf_init(&g->log, 64u << 20);
    return g;
}

static void gate_free(struct gate *g)
{
    free(g->needs.keys);
    strbuf_fini(&g->log);
    free(g);
}

static void settle(struct gate *g, struct intent *in, int status)
{
    g->stats.waiting--;
    in->settled(in, status);
}

static void settle_with(struct gate *g, struct intent *in, enum problem_type type, const char *detail, const char *hint)
{
    memset(&in->problem, 0, sizeof(in->problem));
    problem_set(&in->problem, type, "%s", detail);
    problem_hint(&in->problem, "%s", hint);
    in->problem.retry_after_s = type == PROBLEM_NO_SPACE ? 5 : 1;
    settle(g, in, type == PROBLEM_NO_SPACE ? IPAM_E_NOSPC : type == PROBLEM_OUTCOME_UNKNOWN ? IPAM_E_UNKNOWN : IPAM_E_AGAIN);
}

static void settle_all(struct gate *g, struct queue *q, enum problem_type type, const char *detail, const char *hint)
{
    struct intent *in;
    while ((in = queue_pop(q)) != NULL)
        settle_with(g, in, type, detail, hint);
}

static void batch_end(struct gate *g)
{
    draft_free(g->draft);
    g->draft = NULL;
    g->stage = STAGE_IDLE;
    wake(g);
}

/* The batch cannot be finished, but nothing of it is in storage. */
static void batch_failed(struct gate *g, int status, const char *message)
{
    struct intent *in;
    log_event(LOG_ERR_, "commit-failed", "%s", message);
    if (status == IPAM_E_NOSPC) {
        settle_all(g, &g->batch, PROBLEM_NO_SPACE, message, "make space; reads go on, and writes are taken again as soon as there is room");
    } else if (g->batch.first != NULL && g->batch.first->next == NULL) {
        settle_all(g, &g->batch, PROBLEM_UNAVAILABLE, message, "try again; if it happens again, look at the service's log");
    } else { /* one bad intent must not spoil the others */
        struct intent **tail = &g->alone;
        while (*tail != NULL)
            tail = &(*tail)->next;
        while ((in = queue_pop(&g->batch)) != NULL) {
            *tail = in;
            tail = &in->next;
        }
    }
    batch_end(g);
}

/* Whether the batch is in storage cannot be known: the process ends, recovery is the normal start. */
static void outcome_unknown(struct gate *g, const char *message)
{
    static const char hint[] = "repeat the request with the same claim once the service answers again";
    struct queue alone = { g->alone, NULL };
    log_event(LOG_ERR_, "outcome-unknown", "%s", message);
    g->stage = STAGE_DEAD;
    g->alone = NULL;
    settle_all(g, &g->batch, PROBLEM_OUTCOME_UNKNOWN, message, hint);
    alone.tail = &alone.first;
    settle_all(g, &alone, PROBLEM_OUTCOME_UNKNOWN, message, hint);
    settle_all(g, &g->urgent, PROBLEM_OUTCOME_UNKNOWN, message, hint);
    settle_all(g, &g->bulk, PROBLEM_OUTCOME_UNKNOWN, message, hint);
    g->fatal(g->fatal_user, message);
}

static void answer_batch(struct gate *g)
{
    struct intent *in;
    while ((in = queue_pop(&g->batch)) != NULL)
        settle(g, in, in->status);
}

static void on_committed(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (status == IPAM_E_IO || status == IPAM_E_UNKNOWN) {
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

static void on_aborted(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (status == IPAM_E_IO)
        log_event(LOG_ERR_, "abort-failed", "%s", message);
    answer_batch(g);
    batch_end(g);
}

/* The rows and log rows of everything that was accepted. */
static struct store_batch *batch_make(struct gate *g)
{
    struct store_batch *b = store_batch_new(g->store);
    const struct draft_op *ops = draft_ops(g->draft);
    size_t count = draft_op_count(g->draft);
    for (size_t i = 0; i < count; i++) {
        if (ops[i].after != NULL)
            store_batch_put(b, ops[i].after);
        else
            store_batch_delete(b, ops[i].type, ops[i].id, ops[i].rev);
    }
    return b;
}

/* Where an accepted intent's ops begin, for its log row. */
struct accepted {
    const struct intent *in;
    size_t from, to;
};

static void decide_one(struct gate *g, struct intent *in)
{
    int64_t head = draft_head(g->draft);
    memset(&in->problem, 0, sizeof(in->problem));
    draft_begin(g->draft);
    in->status = in->decide(in, g->draft);
    g->stats.intents++;
    if (in->status != 0) {
        draft_refuse(g->draft);
        in->rev = head;
        g->stats.refused++;
        return;
    }
    in->rev = draft_accept(g->draft);
    g->stats.accepted++;
}

static void decide(struct gate *g)
{
    struct accepted *logged = NULL;
    size_t logged_count = 0, logged_cap = 0;
    for (struct intent *in = g->batch.first; in != NULL; in = in->next) {
        size_t from = draft_op_count(g->draft);
        int64_t head = draft_head(g->draft);
        decide_one(g, in);
        if (in->status != 0 || in->rev == head)
            continue;
        if (logged_count == logged_cap) {
            logged_cap = logged_cap != 0 ? logged_cap * 2 : 64;
            logged = xrealloc(logged, logged_cap * sizeof(*logged));
        }
        logged[logged_count++] = (struct accepted){ in, from, draft_op_count(g->draft) };
    }
    if (draft_op_count(g->draft) == 0) {
        g->stage = STAGE_ABORT;
        store_abort(g->store, on_aborted, g);
        return;
    }
    struct store_batch *b = batch_make(g);
    for (size_t i = 0; i < logged_count; i++) {
        strbuf_reset(&g->log);
        changelog_write(logged[i].in, draft_now(g->draft), draft_ops(g->draft) + logged[i].from, logged[i].to - logged[i].from, &g->log);
        store_batch_log(b, logged[i].in->rev, draft_now(g->draft), (struct ipam_bytes){ (const uint8_t *)g->log.data, g->log.len });
    }
    free(logged);
    g->stats.rows += store_batch_rows(b);
    g->stage = STAGE_COMMIT;
    fault_point("gate:decided");
    store_commit(g->store, b, draft_next_id(g->draft), draft_head(g->draft), on_committed, g);
}

static void on_found(void *user, const struct record_type *t, void *rec)
{
    struct gate *g = user;
    (void)t;
    draft_fetched(g->draft, rec);
}

static void on_read(void *user, int status, const char *message)
{
    struct gate *g = user;
    if (status == 0)
        decide(g);
    else
        outcome_unknown(g, message); /* a backend that cannot read inside its own transaction is not to be trusted */
}

static void on_changed(void *user, const struct record_type *t, void *rec)
{
    struct gate *g = user;
    (void)t;
    state_put(g->state, NULL, rec);
}

static void on_entered(void *user, int status, const char *message, const struct store_entry *entry)
{
    struct gate *g = user;
    if (status == IPAM_E_IO) {
        outcome_unknown(g, message);
        return;
    }
    if (status != 0) {
        batch_failed(g, status, message);
        return;
    }
    state_set_head(g->state, entry->head);
    g->draft = draft_new(g->state, entry->clock_ms, entry->next_id, entry->head);
    g->needs.count = 0;
    for (struct intent *in = g->batch.first; in != NULL; in = in->next)
        if (in->needs != NULL)
            in->needs(in, draft_view(g->draft), &g->needs);
    if (g->needs.count == 0) {
        decide(g);
        return;
    }
    g->stage = STAGE_READ;
    store_get(g->store, g->needs.keys, g->needs.count, on_found, on_read, g);
}

/* Interactive intents first, then bulk up to its rows; what failed in company runs alone. */
static void take(struct gate *g)
{
    struct intent *in;
    unsigned rows = 0;
    if (g->alone != NULL) {
        in = g->alone;
        g->alone = in->next;
        queue_push(&g->batch, in);
        return;
    }
    for (unsigned n = 0; n < BATCH_INTENTS && (in = queue_pop(&g->urgent)) != NULL; n++)
        queue_push(&g->batch, in);
    while (g->bulk.first != NULL && rows < BATCH_ROWS) {
        in = queue_pop(&g->bulk);
        rows += in->rows > 0 ? in->rows : 1;
        queue_push(&g->batch, in);
    }
}

static void run(struct loop_work *w)
{
    struct gate *g = (struct gate *)((char *)w - offsetof(struct gate, wake));
    g->waking = false;
    if (g->stage != STAGE_IDLE)
        return;
    if (g->closing) {
        g->closed(g->closed_user);
        gate_free(g);
        return;
    }
    take(g);
    if (g->batch.first == NULL)
        return;
    g->stage = STAGE_ENTER;
    store_enter(g->store, state_head(g->state), on_changed, on_entered, g);
}

static void wake(struct gate *g)
{
    if (g->waking || g->stage != STAGE_IDLE)
        return;
    g->waking = true;
    loop_post(g->loop, &g->wake, run);
}

void gate_submit(struct gate *g, struct intent *in)
{
    g->stats.waiting++;
    queue_push(in->bulk ? &g->bulk : &g->urgent, in);
    wake(g);
}

void gate_close(struct gate *g, void (*closed)(void *user), void *user)
{
    static const char detail[] = "the service is stopping", hint[] = "try again when it is back";
    g->closing = true;
    g->closed = closed;
    g->closed_user = user;
    settle_all(g, &g->urgent, PROBLEM_UNAVAILABLE, detail, hint);
    settle_all(g, &g->bulk, PROBLEM_UNAVAILABLE, detail, hint);
    wake(g);
}

void gate_stats(const struct gate *g, struct gate_stats *ret)
{
    *ret = g->stats;
}

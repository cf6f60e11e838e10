/* prune.c - records of ended jobs that nobody needs any more are given up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "job/job_p.h"

#define PIECE_ROWS 1000

struct ended {
    int64_t id, finished;
    bool dropped;
};

struct prune {
    struct intent intent; /* first: cast back */
    struct jobs *jobs;
    int64_t keep_ms;
    size_t keep_most;
    struct ended *rows; /* ended jobs in order of id: the oldest first */
    size_t count, cap;
    struct smap runs; /* "task\0target" -> 1 + place of the newest run */
    size_t from, to;  /* the piece under way */
    size_t pruned;
    void (*done)(void *user, int status, const char *message, size_t pruned);
    void *user;
};

static void finish(struct prune *p, int status, const char *message)
{
    struct jobs *j = p->jobs;
    j->pruning = false;
    if (p->done != NULL)
        p->done(p->user, status, message, p->pruned);
    smap_fini(&p->runs);
    free(p->rows);
    free(p);
    jobs_close_when_idle(j);
}

/* A run of a task takes the place of the one before it for the same target. */
static void replace_run(struct prune *p, const struct ipam_job *job)
{
    struct strbuf key;
    strbuf_init(&key, 512);
    strbuf_addstr(&key, job->task);
    strbuf_putc(&key, '\0');
    strbuf_addstr(&key, job->target);
    size_t before = (size_t)(uintptr_t)smap_put(&p->runs, key.data, key.len, (void *)(uintptr_t)p->count);
    if (before != 0)
        p->rows[before - 1].dropped = true;
    strbuf_fini(&key);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_job *job = rec;
    struct prune *p = user;
    (void)t;
    if (job->state == IPAM_JOB_STATE_RUNNING)
        return;
    if (p->count == p->cap) {
        p->cap = p->cap != 0 ? p->cap * 2 : 256;
        p->rows = xrealloc(p->rows, p->cap * sizeof(p->rows[0]));
    }
    p->rows[p->count++] = (struct ended){ job->id, job->finished, false };
    if (record_has(job, IPAM_JOB_TASK))
        replace_run(p, job);
}

static void needs_piece(struct intent *in, const struct view *v, struct needs *n)
{
    struct prune *p = (struct prune *)in;
    (void)v;
    for (size_t i = p->from; i < p->to; i++)
        needs_row(n, IPAM_T_JOB, p->rows[i].id);
}

static int decide_piece(struct intent *in, struct draft *d)
{
    struct prune *p = (struct prune *)in;
    for (size_t i = p->from; i < p->to; i++) {
        const void *row = view_get(draft_view(d), IPAM_T_JOB, p->rows[i].id);
        if (row != NULL)
            draft_delete(d, row);
    }
    return 0;
}

static void next_piece(struct prune *p);

static void settled_piece(struct intent *in, int status)
{
    struct prune *p = (struct prune *)in;
    if (status != 0) {
        finish(p, status, in->problem.detail);
        return;
    }
    p->pruned += p->to - p->from;
    p->from = p->to;
    next_piece(p);
}

static void next_piece(struct prune *p)
{
    if (p->from == p->count) {
        finish(p, 0, "");
        return;
    }
    p->to = p->count - p->from > PIECE_ROWS ? p->from + PIECE_ROWS : p->count;
    memset(&p->intent, 0, sizeof(p->intent));
    p->intent.operation = "system.job.prune";
    p->intent.actor.name = IPAM_STR("ipamd");
    p->intent.bulk = true;
    p->intent.rows = (unsigned)(p->to - p->from);
    p->intent.needs = needs_piece;
    p->intent.decide = decide_piece;
    p->intent.settled = settled_piece;
    gate_submit(p->jobs->gate, &p->intent);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct prune *p = user;
    int64_t oldest = clock_wall_ms() - p->keep_ms;
    size_t kept = 0, gone = 0;
    (void)answer;
    if (status != 0) {
        finish(p, status, message);
        return;
    }
    for (size_t i = p->count; i-- > 0;) { /* from the newest, which are kept first */
        struct ended *e = &p->rows[i];
        e->dropped = e->dropped || e->finished < oldest || kept == p->keep_most;
        kept += !e->dropped;
    }
    for (size_t i = 0; i < p->count; i++)
        if (p->rows[i].dropped)
            p->rows[gone++] = p->rows[i];
    p->count = gone;
    next_piece(p);
}

bool jobs_prune(struct jobs *j, struct store *store, int64_t keep_ms, size_t keep_most,
                void (*done)(void *user, int status, const char *message, size_t pruned), void *user)
{
    struct prune *p;
    struct store_query q = { .type = IPAM_T_JOB };
    if (j->pruning || j->closing)
        return false;
    p = xcalloc(1, sizeof(*p));
    p->jobs = j;
    p->keep_ms = keep_ms;
    p->keep_most = keep_most;
    p->done = done;
    p->user = user;
    smap_init(&p->runs);
    j->pruning = true;
    store_query(store, &q, on_row, on_read, p);
    return true;
}

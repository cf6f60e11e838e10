/* job.c - long work and its records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "job/job_p.h"

#define END_AGAIN_MS      500
#define END_AGAIN_MOST_MS 30000

struct job {
    struct intent intent; /* first: intents are cast back */
    struct jobs *jobs;
    struct job_spec spec;
    struct arena arena; /* texts of the record */
    struct ipam_job rec;
    struct ipam_str *results; /* grows by doubling */
    char message[512];
    bool canceled, ended, end_waits; /* end_waits: its end could not be stored, and is tried again */
    uint32_t end_state;
    struct loop_timer again;
    int64_t again_ms;
};

struct jobs *jobs_new(struct gate *gate)
{
    struct jobs *j = xcalloc(1, sizeof(*j));
    j->gate = gate;
    imap_init(&j->running);
    return j;
}

void jobs_free(struct jobs *j)
{
    if (j == NULL)
        return;
    imap_fini(&j->running);
    free(j);
}

static void job_free(struct job *job)
{
    arena_fini(&job->arena);
    free(job->results);
    free(job);
}

static int decide_put(struct intent *in, struct draft *d)
{
    struct job *job = (struct job *)in;
    if (!job->ended) {
        const void *old = view_get(draft_view(d), IPAM_T_JOB, job->spec.in_place_of);
        if (old != NULL)
            draft_delete(d, old);
        RECORD_SET(&job->rec, IPAM_JOB_CREATED, created, draft_now(d));
        RECORD_SET(&job->rec, IPAM_JOB_BEGAN, began,
                   job->spec.continues != 0 ? job->spec.continues_since : draft_revision(d));
        if (job->spec.continues != 0)
            RECORD_SET(&job->rec, IPAM_JOB_CONTINUES, continues, job->spec.continues);
        draft_replace(d, NULL, &job->rec);
        return 0;
    }
    struct ipam_job last = job->rec; /* it shows as running until this is durable */
    RECORD_SET(&last, IPAM_JOB_STATE, state, job->end_state);
    RECORD_SET(&last, IPAM_JOB_FINISHED, finished, draft_now(d));
    last.has[0] &= ~((uint64_t)1 << IPAM_JOB_PHASE);
    draft_replace(d, view_get(draft_view(d), IPAM_T_JOB, last.id), &last);
    return 0;
}

static void needs_own_row(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    needs_row(n, IPAM_T_JOB, ((struct job *)in)->rec.id);
}

static void needs_old_row(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    needs_row(n, IPAM_T_JOB, ((struct job *)in)->spec.in_place_of);
}

static void cancel_one(struct job *job)
{
    if (job->canceled || job->ended)
        return;
    job->canceled = true;
    if (job->spec.cancel != NULL)
        job->spec.cancel(job->spec.user);
}

void jobs_close_when_idle(struct jobs *j)
{
    void (*closed)(void *) = j->closed;
    if (!j->closing || closed == NULL || j->running.count > 0 || j->starting > 0 || j->pruning)
        return;
    j->closed = NULL; /* once */
    closed(j->closed_user);
}

static void on_started(struct intent *in, int status)
{
    struct job *job = (struct job *)in;
    struct jobs *j = job->jobs;
    j->starting--;
    in->guard = NULL;
    if (status != 0) {
        job->spec.started(job->spec.user, NULL, &in->problem);
        job_free(job);
        jobs_close_when_idle(j);
        return;
    }
    imap_put(&j->running, (uint64_t)job->rec.id, job);
    job->spec.started(job->spec.user, job, NULL);
    if (j->closing)
        cancel_one(job);
}

void job_start(struct jobs *j, const struct job_spec *spec)
{
    struct job *job = xcalloc(1, sizeof(*job));
    job->jobs = j;
    job->spec = *spec;
    arena_init(&job->arena, 0);
    record_init(&job->rec, IPAM_T_JOB);
    RECORD_SET(&job->rec, IPAM_JOB_KIND, kind, str_from(spec->kind));
    RECORD_SET(&job->rec, IPAM_JOB_STATE, state, IPAM_JOB_STATE_RUNNING);
    RECORD_SET(&job->rec, IPAM_JOB_TARGET, target, arena_str(&job->arena, spec->target));
    RECORD_SET(&job->rec, IPAM_JOB_ACTOR, actor, arena_str(&job->arena, spec->actor.name));
    if (spec->task != NULL)
        RECORD_SET(&job->rec, IPAM_JOB_TASK, task, str_from(spec->task));
    if (spec->in_place_of != 0)
        job->intent.needs = needs_old_row;
    job->intent.operation = "system.job.create";
    job->intent.actor =
        (struct actor){ job->rec.actor, arena_str(&job->arena, spec->actor.peer),
                        arena_str(&job->arena, spec->actor.reason),
                        arena_str(&job->arena, spec->actor.request) };
    job->intent.guard = spec->guard;
    job->intent.decide = decide_put;
    job->intent.settled = on_started;
    j->starting++;
    gate_submit(j->gate, &job->intent);
}

int64_t job_id(const struct job *job)
{
    return job->rec.id;
}

void job_progress(struct job *job, int64_t done, int64_t total)
{
    RECORD_SET(&job->rec, IPAM_JOB_DONE, done, done);
    if (total > 0)
        RECORD_SET(&job->rec, IPAM_JOB_TOTAL, total, total);
}

__attribute__((format(printf, 2, 0))) static void set_message(struct job *job, const char *fmt, va_list ap)
{
    utf8_vprint(job->message, sizeof(job->message), fmt, ap);
    RECORD_SET(&job->rec, IPAM_JOB_MESSAGE, message, str_from(job->message));
}

void job_message(struct job *job, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_message(job, fmt, ap);
    va_end(ap);
}

void job_phase(struct job *job, const char *phase)
{
    RECORD_SET(&job->rec, IPAM_JOB_PHASE, phase, str_from(phase));
}

void job_result(struct job *job, const char *fmt, ...)
{
    char text[256];
    size_t count = job->rec.results.count;
    va_list ap;
    if (count == JOB_RESULTS_MAX)
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    if ((count & (count - 1)) == 0) /* full: a power of two */
        job->results = xrealloc(job->results, (count != 0 ? 2 * count : 1) * sizeof(job->results[0]));
    job->results[count] = count + 1 < JOB_RESULTS_MAX ? arena_str(&job->arena, str_from(text))
                                                      : IPAM_STR("and more, which are not listed");
    count++;
    RECORD_SET(&job->rec, IPAM_JOB_RESULTS, results, ((struct ipam_strs){ job->results, count }));
}

static void try_end_again(struct job *job)
{
    job->end_waits = false;
    timer_stop(&job->again);
    gate_submit(job->jobs->gate, &job->intent);
}

static void on_again(struct loop_timer *t)
{
    try_end_again(container_of(t, struct job, again));
}

/* Storage is full or memory short, for now. Who waits for the job sees it running until its end is told. */
static void end_later(struct job *job)
{
    if (job->again_ms == 0)
        log_event(LOG_WARN_, "job-end-waits",
                  "the end of job %lld cannot be stored yet, and is tried again: %s", (long long)job->rec.id,
                  job->intent.problem.detail);
    job->again_ms = job->again_ms == 0                      ? END_AGAIN_MS
                    : job->again_ms < END_AGAIN_MOST_MS / 2 ? job->again_ms * 2
                                                            : END_AGAIN_MOST_MS;
    job->end_waits = true;
    timer_start(gate_loop(job->jobs->gate), &job->again, job->again_ms, on_again);
}

static void on_ended(struct intent *in, int status)
{
    struct job *job = (struct job *)in;
    struct jobs *j = job->jobs;
    if ((status == IPAM_E_AGAIN || status == IPAM_E_NOSPC || status == IPAM_E_NOMEM) && !j->closing) {
        end_later(job);
        return;
    }
    if (status != 0)
        log_event(LOG_WARN_, "job-end-lost", "the end of job %lld could not be stored: %s",
                  (long long)job->rec.id, in->problem.detail);
    imap_del(&j->running, (uint64_t)job->rec.id);
    job_free(job);
    jobs_close_when_idle(j);
}

void job_end(struct job *job, uint32_t state, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_message(job, fmt, ap);
    va_end(ap);
    job->ended = true;
    job->end_state = state;
    job->intent.needs = needs_own_row;
    job->intent.settled = on_ended;
    gate_submit(job->jobs->gate, &job->intent);
}

const struct ipam_job *jobs_running(const struct jobs *j, int64_t id)
{
    const struct job *job = imap_get(&j->running, (uint64_t)id);
    return job != NULL ? &job->rec : NULL;
}

const struct ipam_job *jobs_going_on(const struct jobs *j, int64_t id)
{
    size_t pos = 0;
    uint64_t key;
    void *at;
    while (imap_next(&j->running, &pos, &key, &at)) {
        const struct ipam_job *rec = &((const struct job *)at)->rec;
        if (rec->id == id || (record_has(rec, IPAM_JOB_CONTINUES) && rec->continues == id))
            return rec;
    }
    return NULL;
}

size_t jobs_running_count(const struct jobs *j)
{
    return j->running.count;
}

bool jobs_cancel(struct jobs *j, int64_t id)
{
    struct job *job = imap_get(&j->running, (uint64_t)id);
    if (job == NULL || job->ended)
        return false;
    cancel_one(job);
    return true;
}

void jobs_close(struct jobs *j, void (*closed)(void *user), void *user)
{
    size_t pos = 0;
    uint64_t id;
    void *job;
    j->closing = true;
    j->closed = closed;
    j->closed_user = user;
    while (imap_next(&j->running, &pos, &id, &job)) {
        cancel_one(job);
        if (((struct job *)job)->end_waits)
            try_end_again(job); /* the last time */
    }
    jobs_close_when_idle(j);
}

/* Recovery: what a former run left as running. */
struct recovery {
    struct intent intent;
    struct arena arena;
    int64_t *ids;
    size_t count, cap;
    struct gate *gate;
    void (*done)(void *user, int status, const char *message);
    void *user;
};

static void recover_needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct recovery *r = (struct recovery *)in;
    (void)v;
    for (size_t i = 0; i < r->count; i++)
        needs_row(n, IPAM_T_JOB, r->ids[i]);
}

static int recover_decide(struct intent *in, struct draft *d)
{
    struct recovery *r = (struct recovery *)in;
    for (size_t i = 0; i < r->count; i++) {
        const struct ipam_job *before = view_get(draft_view(d), IPAM_T_JOB, r->ids[i]);
        if (before == NULL)
            continue;
        struct ipam_job job = *before;
        RECORD_SET(&job, IPAM_JOB_STATE, state, IPAM_JOB_STATE_INTERRUPTED);
        RECORD_SET(&job, IPAM_JOB_FINISHED, finished, draft_now(d));
        RECORD_SET(&job, IPAM_JOB_MESSAGE, message,
                   IPAM_STR("the service stopped before it ended; start it again"));
        draft_replace(d, before, &job);
    }
    return 0;
}

static void recovery_end(struct recovery *r, int status, const char *message)
{
    r->done(r->user, status, message);
    arena_fini(&r->arena);
    free(r->ids);
    free(r);
}

static void recover_settled(struct intent *in, int status)
{
    recovery_end((struct recovery *)in, status, in->problem.detail);
}

static void recover_row(void *user, const struct record_type *t, void *rec)
{
    struct recovery *r = user;
    (void)t;
    if (r->count == r->cap) {
        r->cap = r->cap != 0 ? r->cap * 2 : 16;
        r->ids = xrealloc(r->ids, r->cap * sizeof(r->ids[0]));
    }
    r->ids[r->count++] = ((struct ipam_job *)rec)->id;
}

static void recover_found(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct recovery *r = user;
    (void)answer;
    if (status != 0 || r->count == 0) {
        recovery_end(r, status, message);
        return;
    }
    r->intent.operation = "system.job.recover";
    r->intent.actor.name = IPAM_STR("ipamd");
    r->intent.needs = recover_needs;
    r->intent.decide = recover_decide;
    r->intent.settled = recover_settled;
    gate_submit(r->gate, &r->intent);
}

void jobs_recover(struct jobs *j, struct store *store,
                  void (*done)(void *user, int status, const char *message), void *user)
{
    struct recovery *r = xcalloc(1, sizeof(*r));
    struct ipam_job like;
    record_init(&like, IPAM_T_JOB);
    RECORD_SET(&like, IPAM_JOB_STATE, state, IPAM_JOB_STATE_RUNNING);
    struct store_filter f = { IPAM_JOB_STATE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_JOB, .filters = &f, .filter_count = 1 };
    arena_init(&r->arena, 0);
    r->gate = j->gate;
    r->done = done;
    r->user = user;
    store_query(store, &q, recover_row, recover_found, r);
}

/* import_job.c - a large file of CSV taken in as a job: many change sets, all with the request's id.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/import_p.h"

#define CHUNK 2000 /* rows of one change set: people's changes come between */

struct run {
    struct import *im;
    struct call *c; /* until the job has started */
    struct job *job;
    struct intent intent;
    size_t from, to;
    bool canceled;
};

static void run_end(struct run *r, uint32_t state, const char *why)
{
    size_t counts[VERDICTS];
    import_count(r->im, 0, r->im->count, counts);
    for (size_t i = 0; i < r->im->count; i++) {
        const struct import_row *row = &r->im->rows[i];
        if (row->verdict == VERDICT_PASSED)
            job_result(r->job, "passed over from line %u on: %s", row->line, row->message);
        else if (row->verdict == VERDICT_REFUSED && row->line != 0)
            job_result(r->job, "line %u: %s", row->line, row->message);
        else if (row->verdict == VERDICT_REFUSED)
            job_result(r->job, "%s %lld, not in the file: %s", r->im->type->name, (long long)row->id,
                       row->message);
    }
    job_end(r->job, state, "%s%zu created, %zu updated, %zu unchanged, %zu deleted, %zu refused", why,
            counts[VERDICT_CREATED], counts[VERDICT_UPDATED], counts[VERDICT_UNCHANGED],
            counts[VERDICT_DELETED], counts[VERDICT_REFUSED]);
    import_free(r->im);
    free(r);
}

static void next(struct run *r);

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct run *r = container_of(in, struct run, intent);
    import_needs(r->im, r->from, r->to, v, n);
}

static int decide(struct intent *in, struct draft *d)
{
    struct run *r = container_of(in, struct run, intent);
    import_decide(r->im, r->from, r->to, d);
    return 0;
}

static void settled(struct intent *in, int status)
{
    struct run *r = container_of(in, struct run, intent);
    char why[600];
    if (status != 0) {
        for (size_t i = r->from; i < r->to; i++) /* what was decided of them was not kept */
            if (!r->im->rows[i].unread)
                r->im->rows[i].verdict = VERDICT_NONE;
        snprintf(why, sizeof(why), "%s; send the file again to go on. So far: ", in->problem.detail);
        run_end(r, IPAM_JOB_STATE_FAILED, why);
        return;
    }
    if (r->im->plans)
        import_kick(r->im);
    r->from = r->to;
    next(r);
}

static void next(struct run *r)
{
    job_progress(r->job, (int64_t)r->from, (int64_t)r->im->count);
    if (r->canceled && r->from < r->im->count) {
        run_end(r, IPAM_JOB_STATE_CANCELED, "cancelled; what was taken in stays. ");
        return;
    }
    if (r->from == r->im->count) {
        run_end(r, IPAM_JOB_STATE_DONE, "");
        return;
    }
    size_t most = r->im->plans ? IMPORT_PLANS : CHUNK;
    r->to = r->im->count - r->from < most ? r->im->count : r->from + most;
    r->intent.rows = (unsigned)(r->to - r->from);
    gate_submit(r->im->api->at.gate, &r->intent);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct run *r = user;
    struct call *c = r->c;
    r->c = NULL;
    r->job = job;
    r->intent.job = job != NULL ? job_id(job) : 0;
    call_settled(c, job != NULL ? 0 : IPAM_E_INVAL, problem, NULL);
    if (job != NULL) {
        next(r);
        return;
    }
    import_free(r->im);
    free(r);
}

static void on_cancel(void *user)
{
    ((struct run *)user)->canceled = true;
}

void import_job(struct import *im, struct call *c)
{
    struct run *r = xcalloc(1, sizeof(*r));
    c->import = NULL;
    c->csv = false;
    r->im = im;
    r->c = c;
    r->intent.operation = c->route->operation;
    r->intent.actor = actor_copy(&c->actor, &im->arena);
    r->intent.bulk = true;
    r->intent.needs = needs;
    r->intent.decide = decide;
    r->intent.settled = settled;
    struct job_spec spec = {
        .kind = "import",
        .target = str_from(c->type->plural),
        .actor = c->actor,
        .guard = write_guard(c, call_render_job),
        .started = on_started,
        .cancel = on_cancel,
        .user = r,
    };
    job_start(c->api->at.jobs, &spec);
}

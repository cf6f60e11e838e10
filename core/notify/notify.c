/* notify.c - thresholds and expiry dates watched: the tasks of the plan.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include <stdlib.h>

#include "notify/notify_p.h"
#include "notify/quarantine.h"
#include "notify/samples.h"

enum { USAGE, EXPIRY, PASSES, HISTORY = PASSES, TASKS };
_Static_assert(TASKS == CONF_PLAN_TASKS && TASK_UTILIZATION - CONF_SERVER_TASKS == USAGE &&
                   TASK_EXPIRY - CONF_SERVER_TASKS == EXPIRY && TASK_HISTORY - CONF_SERVER_TASKS == HISTORY,
               "each task of the plan is done here");

struct notify_tasks {
    struct notify_config at;
    struct regular *regular;
    struct regular_task tasks[TASKS];
    struct pass passes[PASSES];
    struct samples *samples;
    struct quarantine *quarantine;
    struct job *sampling; /* of the run of HISTORY under way */
    bool canceled;
};

static void begin(void *user, struct job *job)
{
    pass_begin(user, job);
}

static void begin_samples(void *user, struct job *job)
{
    struct notify_tasks *n = user;
    n->sampling = job;
    n->canceled = false;
    job_phase(job, "samples");
    samples_begin(n->samples);
}

static void cancel_samples(void *user)
{
    struct notify_tasks *n = user;
    n->canceled = true;
    samples_cancel(n->samples);
}

static void on_sampled(void *user, int64_t done, int64_t total)
{
    struct notify_tasks *n = user;
    job_progress(n->sampling, done, total);
}

static void samples_done(void *user, int status, const char *message, int64_t noted)
{
    struct notify_tasks *n = user;
    n->sampling = NULL;
    if (status != 0)
        regular_end(n->regular, IPAM_JOB_STATE_FAILED, "%s", message);
    else if (n->canceled)
        regular_end(n->regular, IPAM_JOB_STATE_CANCELED, "cancelled after %lld objects; what was noted stays",
                    (long long)noted);
    else
        regular_end(n->regular, IPAM_JOB_STATE_DONE, "%lld spaces, blocks, subnets and ranges noted",
                    (long long)noted);
}

struct notify_tasks *notify_tasks_new(const struct notify_config *config)
{
    struct notify_tasks *n = xcalloc(1, sizeof(*n));
    n->at = *config;
    n->tasks[USAGE] = (struct regular_task){
        conf_task_names[TASK_UTILIZATION],
        "Compares the utilisation of blocks, subnets and ranges with their thresholds.", begin, pass_cancel,
        &n->passes[USAGE]
    };
    n->tasks[EXPIRY] = (struct regular_task){ conf_task_names[TASK_EXPIRY],
                                              "Compares the expiry dates of addresses with the clock.", begin,
                                              pass_cancel, &n->passes[EXPIRY] };
    n->tasks[HISTORY] = (struct regular_task){ conf_task_names[TASK_HISTORY],
                                               "Notes how full each space, block, subnet and range is.",
                                               begin_samples, cancel_samples, n };
    n->samples = samples_new(&(struct samples_config){ config->loop, config->state, config->store,
                                                       config->gate, on_sampled, samples_done, n });
    n->quarantine = quarantine_new(config->loop, config->store, config->gate);
    n->regular = regular_new(config->loop, config->jobs, n->tasks, TASKS);
    pass_init(&n->passes[USAGE], &n->at, n->regular, "blocks, subnets and ranges", usage_look);
    pass_init(&n->passes[EXPIRY], &n->at, n->regular, "addresses", expiry_look);
    n->passes[EXPIRY].batch.telling = true;
    return n;
}

void notify_tasks_free(struct notify_tasks *n)
{
    if (n == NULL)
        return;
    regular_free(n->regular);
    samples_free(n->samples);
    quarantine_free(n->quarantine);
    free(n);
}

void notify_tasks_configure(struct notify_tasks *n, const struct conf *conf)
{
    struct schedule_task settings[TASKS];
    for (unsigned i = 0; i < TASKS; i++) {
        const struct conf_task *t = &conf->tasks[CONF_SERVER_TASKS + i];
        settings[i] = (struct schedule_task){ t->interval_ms, t->jitter_ms, t->enabled };
    }
    regular_set(n->regular, settings);
}

void notify_tasks_stop(struct notify_tasks *n)
{
    if (n == NULL)
        return;
    regular_stop(n->regular);
    quarantine_stop(n->quarantine);
}

void notify_tasks_run(struct notify_tasks *n, unsigned task, const struct actor *actor, struct guard *guard,
                      void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    regular_run(n->regular, task - CONF_SERVER_TASKS, actor, guard, started, user);
}

/* --- history that is given up --- */

struct purging {
    struct notify_tasks *n;
    struct job *job;
    int64_t before;
    bool canceled;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
};

static void on_purged(void *user, int status, const char *message, int64_t rows)
{
    struct purging *p = user;
    if (status != 0)
        job_end(p->job, IPAM_JOB_STATE_FAILED, "%s", message);
    else
        job_end(p->job, p->canceled ? IPAM_JOB_STATE_CANCELED : IPAM_JOB_STATE_DONE,
                "%lld rows of samples were given up or shortened", (long long)rows);
    free(p);
}

static void on_purge_started(void *user, struct job *job, const struct problem *problem)
{
    struct purging *p = user;
    p->job = job;
    p->started(p->user, job != NULL ? job_id(job) : 0, problem);
    if (job == NULL) {
        free(p);
    } else if (!samples_purge(p->n->samples, p->before, on_purged, p)) {
        job_end(job, IPAM_JOB_STATE_FAILED,
                "samples are being given up already; try again when that has ended");
        free(p);
    }
}

static void cancel_purge(void *user)
{
    struct purging *p = user;
    p->canceled = true;
    samples_purge_cancel(p->n->samples);
}

void notify_tasks_purge(struct notify_tasks *n, int64_t before_ms, const struct actor *actor,
                        struct guard *guard,
                        void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct purging *p = xcalloc(1, sizeof(*p));
    *p = (struct purging){ .n = n, .before = before_ms, .started = started, .user = user };
    job_start(n->at.jobs, &(struct job_spec){ .kind = "purge",
                                              .target = str_from(conf_task_names[TASK_HISTORY]),
                                              .actor = *actor,
                                              .guard = guard,
                                              .started = on_purge_started,
                                              .cancel = cancel_purge,
                                              .user = p });
}

void notify_tasks_report(const struct notify_tasks *n, struct arena *a,
                         void (*task)(void *user, struct ipam_task *rec), void *user)
{
    regular_report(n->regular, a, task, user);
}

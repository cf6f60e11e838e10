/* regular.h - what is done regularly, once for the whole plan: each run a job, one at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The record of a regular run takes the place of the one before of the same task. Somebody may ask for a run besides,
 * which waits for the one under way; it is what is due, so that the next is due an interval later. Loop thread only. */
#ifndef JOB_REGULAR_H
#define JOB_REGULAR_H

#include "job/job.h"
#include "job/schedule.h"

/* A task. The work begins with the job of its run, and ends by regular_end, later; `cancel` is called at most once
 * for it, on demand, and the work then ends by itself. */
struct regular_task {
    const char *name, *help;
    void (*begin)(void *user, struct job *job);
    void (*cancel)(void *user);
    void *user;
};
struct regular;
/* `tasks` lives as long; at most SCHEDULE_TASKS. Nothing is enabled at first. */
struct regular *regular_new(struct loop *loop, struct jobs *jobs, const struct regular_task *tasks,
                            unsigned count);
/* When no job of it is left. */
void regular_free(struct regular *r);
/* When each task is done, from now on. */
void regular_set(struct regular *r, const struct schedule_task *settings);
/* Begins no more runs by itself. */
void regular_stop(struct regular *r);

/* Runs a task because somebody asked for it. `started` gets the job's id, or 0 and the problem. */
void regular_run(struct regular *r, unsigned task, const struct actor *actor, struct guard *guard,
                 void (*started)(void *user, int64_t job, const struct problem *problem), void *user);
/* The run under way has ended: job_end of its job, which is gone afterwards. */
void regular_end(struct regular *r, uint32_t state, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Each task as it is now; texts are in the arena. */
void regular_report(const struct regular *r, struct arena *a, void (*task)(void *user, struct ipam_task *rec),
                    void *user);

#endif

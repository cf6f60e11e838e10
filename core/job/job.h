/* job.h - long work: started at once, watched by its record, cancelled on demand.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. A job's record is stored when it begins and when it ends; progress is in memory. */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "commit/gate.h"

struct jobs;
struct job;

struct jobs *jobs_new(struct gate *gate);
void jobs_free(struct jobs *j);
/* At start: jobs a former run left as running become interrupted. Calls done when that is durable. */
void jobs_recover(struct jobs *j, struct store *store,
                  void (*done)(void *user, int status, const char *message), void *user);

/* How many a job's results and records may be. */
#define JOB_RESULTS_MAX 1000

/* Starts one. `started` runs with the job once its record is durable (NULL and a problem when it could not
 * be), and begins the work. `cancel` is called at most once, on demand; the work then ends by itself through
 * job_end. */
struct job_spec {
    const char *kind;
    const char *task;    /* the task it is a run of; NULL: somebody asked for it */
    int64_t in_place_of; /* an ended job whose record is given up for this one's; 0: none */
    int64_t continues;   /* an ended job whose changes these are, too, and the revision since when; 0: none */
    int64_t continues_since;
    struct ipam_str target;
    struct actor actor;
    struct guard *guard; /* of the intent that makes the record; lives until `started`; NULL: none */
    void (*started)(void *user, struct job *job, const struct problem *problem);
    void (*cancel)(void *user);
    void *user;
};
void job_start(struct jobs *j, const struct job_spec *spec);
int64_t job_id(const struct job *job);
void job_progress(struct job *job, int64_t done, int64_t total); /* total 0: not known */
void job_phase(struct job *job, const char *phase);              /* lives as long as the job */
void job_message(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What became of one part of it, of at most 255 bytes. Beyond JOB_RESULTS_MAX the last says that there were more. */
void job_result(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends it: the state is IPAM_JOB_STATE_DONE, FAILED or CANCELED. The job is gone afterwards. */
void job_end(struct job *job, uint32_t state, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The record of a job under way, progress included; NULL when none of that id runs (its record is in
 * storage). */
const struct ipam_job *jobs_running(const struct jobs *j, int64_t id);
/* The same of a job that is of that id, or goes on with that one. */
const struct ipam_job *jobs_going_on(const struct jobs *j, int64_t id);
size_t jobs_running_count(const struct jobs *j);
/* True when it runs and was told. */
bool jobs_cancel(struct jobs *j, int64_t id);
/* Gives up the records of ended jobs: those older than keep_ms, the oldest beyond keep_most, and those of a task's
 * former runs for the same target. Calls done (may be NULL) when that is durable. One pass at a time: false when
 * one is under way, and done is not called. */
bool jobs_prune(struct jobs *j, struct store *store, int64_t keep_ms, size_t keep_most,
                void (*done)(void *user, int status, const char *message, size_t pruned), void *user);
/* Tells every running job to end; `closed` runs when none is left. */
void jobs_close(struct jobs *j, void (*closed)(void *user), void *user);

#endif

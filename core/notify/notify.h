/* notify.h - thresholds and expiry dates watched: the tasks of the plan, and the alerts that come of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The plan is looked through in slices, off the gate; what deserves another alert than it has is handed in, and judged
 * anew there, so that a transition is told once, whoever looks and however often. Loop thread only. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "conf/conf.h"
#include "job/regular.h"

struct notify_tasks;
struct notify_config {
    struct loop *loop;
    struct state *state;
    struct store *store;
    struct gate *gate;
    struct jobs *jobs;
};
struct notify_tasks *notify_tasks_new(const struct notify_config *config);
/* When no job of it is left. */
void notify_tasks_free(struct notify_tasks *n);
/* The configuration's tasks, at the start and when it is another. */
void notify_tasks_configure(struct notify_tasks *n, const struct conf *conf);
/* Begins no more runs; those under way end with their jobs. */
void notify_tasks_stop(struct notify_tasks *n);

/* A task from CONF_SERVER_TASKS on, now; as regular_run. */
void notify_tasks_run(struct notify_tasks *n, unsigned task, const struct actor *actor, struct guard *guard,
                      void (*started)(void *user, int64_t job, const struct problem *problem), void *user);
/* Gives up all samples of utilization of before a time, as a job; one at a time. As notify_tasks_run. */
void notify_tasks_purge(struct notify_tasks *n, int64_t before_ms, const struct actor *actor,
                        struct guard *guard,
                        void (*started)(void *user, int64_t job, const struct problem *problem), void *user);
/* As regular_report. */
void notify_tasks_report(const struct notify_tasks *n, struct arena *a,
                         void (*task)(void *user, struct ipam_task *rec), void *user);

#endif

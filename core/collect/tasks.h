/* tasks.h - what is done regularly with every server of the inventory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each task on each server is a job of its own, whose record takes the place of the one before: the last run of each
 * is on record, and the log has the failures. Servers that ipamd may not change are watched as all others are. */
#ifndef COLLECT_TASKS_H
#define COLLECT_TASKS_H

#include "collect/collect.h"
#include "conf/conf.h"
#include "job/schedule.h"

struct tasks;
/* Begins when tasks_configure was called. */
struct tasks *tasks_new(struct loop *loop, struct collect *c);
void tasks_free(struct tasks *t);
/* The configuration's tasks, at the start and when it is another. */
void tasks_configure(struct tasks *t, const struct conf *conf);
/* Begins no more runs; those under way end with their jobs. */
void tasks_stop(struct tasks *t);

/* Runs a task on all servers now, as one job with a result for each. `started` gets its id, or 0 and the problem.
 * `task` is below CONF_SERVER_TASKS. */
void tasks_run(struct tasks *t, unsigned task, const struct actor *actor, struct guard *guard,
               void (*started)(void *user, int64_t job, const struct problem *problem), void *user);

/* Each task as it is now; texts are in the arena. */
void tasks_report(const struct tasks *t, struct arena *a, void (*task)(void *user, struct ipam_task *rec),
                  void *user);

#endif

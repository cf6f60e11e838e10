/* tasks_p.h - what tasks.c and batch.c share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECT_TASKS_P_H
#define COLLECT_TASKS_P_H

#include "base/container.h"
#include "collect/collect_p.h"

#define FAILURES_MOST 1000

/* How a task ended last. */
struct ended {
    uint32_t result; /* IPAM_TASK_LAST_RESULT_* */
    int64_t began_ms;
    char message[256];
};

/* What is remembered of a server. */
struct served {
    struct collect_run *run; /* under way; NULL: none */
    int64_t jobs[CONF_SERVER_TASKS];
    struct ended last[CONF_SERVER_TASKS];
};

struct tasks {
    struct loop *loop;
    struct collect *c;
    struct schedule *schedule;
    struct conf_task set[CONF_SERVER_TASKS];
    struct schedule_task settings[CONF_SERVER_TASKS];
    struct ended last[CONF_SERVER_TASKS]; /* on any server */
    struct imap served;                   /* server id -> struct served */
    struct batch *batches;                /* tasks that run on all servers because somebody asked for it */
    struct loop_timer look_timer, prune_timer;
};

/* Takes the servers that there are now. */
void tasks_refresh(struct tasks *t);

/* batch.c: a run on a server ended; servers came or went. */
void batches_ended(struct tasks *t, unsigned task, int64_t server, enum schedule_end end,
                   const char *message);
void batches_look(struct tasks *t);

#endif

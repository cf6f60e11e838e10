/* regular.c - what is done regularly, once for the whole plan.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "job/regular.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define THE_PLAN 1 /* the only target of the schedule */

struct run {
    struct regular *r;
    unsigned task;
    struct job *job;
    bool asked; /* by somebody */
    struct run *next;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
};

/* What a task did last. */
struct last {
    int64_t job; /* of the last regular run */
    int64_t began_ms;
    uint32_t result; /* IPAM_TASK_LAST_RESULT_* */
    char message[256];
};

struct regular {
    struct jobs *jobs;
    struct schedule *schedule;
    const struct regular_task *tasks;
    unsigned count;
    struct schedule_task settings[SCHEDULE_TASKS];
    struct last last[SCHEDULE_TASKS];
    struct run *under_way, *waiting; /* NULL: none */
};

static void note_end(struct regular *r, const struct run *run, enum schedule_end end, const char *message)
{
    struct last *last = &r->last[run->task];
    if (end != SCHEDULE_CANCELED) {
        last->result = end == SCHEDULE_OK ? IPAM_TASK_LAST_RESULT_DONE : IPAM_TASK_LAST_RESULT_FAILED;
        snprintf(last->message, sizeof(last->message), "%s", message);
    }
    if (!run->asked) {
        schedule_done(r->schedule, run->task, THE_PLAN, end);
        return;
    }
    if (end != SCHEDULE_CANCELED)
        schedule_did(r->schedule, run->task, THE_PLAN, end);
    schedule_let_go(r->schedule, THE_PLAN);
}

static void begin_next(struct regular *r)
{
    struct run *run = r->waiting;
    if (r->under_way != NULL || run == NULL)
        return;
    r->waiting = run->next;
    r->under_way = run;
    r->last[run->task].began_ms = clock_wall_ms();
    r->tasks[run->task].begin(r->tasks[run->task].user, run->job);
}

__attribute__((format(printf, 3, 0))) static void end(struct run *run, uint32_t state, const char *fmt,
                                                      va_list ap)
{
    char message[512];
    struct regular *r = run->r;
    utf8_vprint(message, sizeof(message), fmt, ap);
    note_end(r, run,
             state == IPAM_JOB_STATE_DONE       ? SCHEDULE_OK
             : state == IPAM_JOB_STATE_CANCELED ? SCHEDULE_CANCELED
                                                : SCHEDULE_FAILED,
             message);
    job_end(run->job, state, "%s", message);
    free(run);
}

void regular_end(struct regular *r, uint32_t state, const char *fmt, ...)
{
    struct run *run = r->under_way;
    va_list ap;
    r->under_way = NULL;
    va_start(ap, fmt);
    end(run, state, fmt, ap);
    va_end(ap);
    begin_next(r);
}

__attribute__((format(printf, 2, 3))) static void end_waiting(struct run *run, const char *fmt, ...)
{
    struct run **at = &run->r->waiting;
    va_list ap;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    va_start(ap, fmt);
    end(run, IPAM_JOB_STATE_CANCELED, fmt, ap);
    va_end(ap);
}

static void on_cancel(void *user)
{
    struct run *run = user;
    if (run == run->r->under_way)
        run->r->tasks[run->task].cancel(run->r->tasks[run->task].user);
    else
        end_waiting(run, "cancelled before it began");
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct run *run = user, **at = &run->r->waiting;
    struct regular *r = run->r;
    run->job = job;
    if (run->started != NULL)
        run->started(run->user, job != NULL ? job_id(job) : 0, problem);
    if (job == NULL) {
        note_end(r, run, run->asked ? SCHEDULE_CANCELED : SCHEDULE_FAILED, problem->detail);
        free(run);
        return;
    }
    if (!run->asked)
        r->last[run->task].job = job_id(job);
    job_phase(job, "waiting");
    while (*at != NULL)
        at = &(*at)->next;
    *at = run;
    begin_next(r);
}

static void start(struct run *run, const struct job_spec *like)
{
    struct job_spec spec = *like;
    spec.target = str_from(run->r->tasks[run->task].name);
    spec.kind = "task";
    spec.started = on_started;
    spec.cancel = on_cancel;
    spec.user = run;
    job_start(run->r->jobs, &spec);
}

static void on_due(void *user, unsigned task, int64_t target)
{
    struct regular *r = user;
    struct run *run = xcalloc(1, sizeof(*run));
    (void)target;
    *run = (struct run){ .r = r, .task = task };
    start(run, &(struct job_spec){ .task = r->tasks[task].name,
                                   .in_place_of = r->last[task].job,
                                   .actor.name = IPAM_STR("ipamd") });
}

void regular_run(struct regular *r, unsigned task, const struct actor *actor, struct guard *guard,
                 void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct run *run = xcalloc(1, sizeof(*run));
    *run = (struct run){ .r = r, .task = task, .asked = true, .started = started, .user = user };
    schedule_hold(r->schedule, THE_PLAN);
    start(run, &(struct job_spec){ .actor = *actor, .guard = guard });
}

/* --- reports --- */

static void report(const struct regular *r, unsigned task, struct arena *a, struct ipam_task *rec)
{
    const struct last *last = &r->last[task];
    struct schedule_slot slot = { 0 };
    bool runs = r->under_way != NULL && r->under_way->task == task;
    (void)schedule_slot(r->schedule, task, THE_PLAN, &slot);
    RECORD_SET(rec, IPAM_TASK_NAME, name, str_from(r->tasks[task].name));
    RECORD_SET(rec, IPAM_TASK_DESCRIPTION, description, str_from(r->tasks[task].help));
    RECORD_SET(rec, IPAM_TASK_INTERVAL, interval, r->settings[task].interval_ms / 1000);
    RECORD_SET(rec, IPAM_TASK_JITTER, jitter, r->settings[task].jitter_ms / 1000);
    RECORD_SET(rec, IPAM_TASK_RUNNING, running, runs);
    RECORD_SET(rec, IPAM_TASK_FAILING, failing, slot.failures > 0);
    RECORD_SET(rec, IPAM_TASK_STATE, state,
               runs                        ? IPAM_TASK_STATE_RUNNING
               : r->settings[task].enabled ? IPAM_TASK_STATE_IDLE
                                           : IPAM_TASK_STATE_DISABLED);
    if (last->began_ms != 0)
        RECORD_SET(rec, IPAM_TASK_LAST_RUN, last_run, last->began_ms);
    if (r->settings[task].enabled && !runs)
        RECORD_SET(rec, IPAM_TASK_NEXT_RUN, next_run,
                   clock_wall_ms() + (slot.due_in_ms > 0 ? slot.due_in_ms : 0));
    RECORD_SET(rec, IPAM_TASK_LAST_RESULT, last_result, last->result);
    if (last->message[0] != '\0')
        RECORD_SET(rec, IPAM_TASK_MESSAGE, message, arena_str(a, str_from(last->message)));
}

void regular_report(const struct regular *r, struct arena *a, void (*task)(void *user, struct ipam_task *rec),
                    void *user)
{
    for (unsigned i = 0; i < r->count; i++) {
        struct ipam_task *rec = record_new(a, IPAM_T_TASK);
        if (rec == NULL)
            return;
        report(r, i, a, rec);
        task(user, rec);
    }
}

/* --- life --- */

struct regular *regular_new(struct loop *loop, struct jobs *jobs, const struct regular_task *tasks,
                            unsigned count)
{
    struct regular *r = xcalloc(1, sizeof(*r));
    const int64_t plan = THE_PLAN;
    r->jobs = jobs;
    r->tasks = tasks;
    r->count = count;
    r->schedule =
        schedule_new(&(struct schedule_config){ .loop = loop, .tasks = count, .run = on_due, .user = r });
    schedule_targets(r->schedule, &plan, 1);
    return r;
}

void regular_free(struct regular *r)
{
    if (r == NULL)
        return;
    schedule_free(r->schedule);
    free(r);
}

void regular_set(struct regular *r, const struct schedule_task *settings)
{
    for (unsigned i = 0; i < r->count; i++)
        r->settings[i] = settings[i];
    schedule_set(r->schedule, 1, settings);
}

void regular_stop(struct regular *r)
{
    schedule_stop(r->schedule);
}

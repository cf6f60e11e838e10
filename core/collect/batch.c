/* batch.c - a task on all servers now, because somebody asked for it: one job with a result for each.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "collect/tasks_p.h"

struct batch {
    struct batch *next;
    struct tasks *t;
    unsigned task;
    struct job *job;
    int64_t *servers; /* that are still to come */
    size_t count;
    int64_t total, done, failed;
    bool canceled;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
};

static void batch_free(struct batch *b)
{
    free(b->servers);
    free(b);
}

static void unlink_batch(struct batch *b)
{
    struct batch **at = &b->t->batches;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
}

static void end_if_all_came(struct batch *b)
{
    if (b->count > 0)
        return;
    unlink_batch(b);
    if (b->canceled)
        job_end(b->job, IPAM_JOB_STATE_CANCELED, "cancelled after %lld of %lld servers", (long long)b->done,
                (long long)b->total);
    else if (b->failed > 0)
        job_end(b->job, IPAM_JOB_STATE_FAILED, "it failed on %lld of %lld servers; the results say why",
                (long long)b->failed, (long long)b->total);
    else
        job_end(b->job, IPAM_JOB_STATE_DONE, "done on %lld servers", (long long)b->total);
    batch_free(b);
}

static void came(struct batch *b, size_t at, bool good, const char *message)
{
    const struct ipam_server *v = view_get(state_view(b->t->c->at.state), IPAM_T_SERVER, b->servers[at]);
    if (v != NULL)
        job_result(b->job, STR_FMT ": %s", STR_ARG(v->name), message);
    else
        job_result(b->job, "server %lld: %s", (long long)b->servers[at], message);
    b->done++;
    b->failed += !good;
    b->servers[at] = b->servers[--b->count];
    job_progress(b->job, b->done, b->total);
}

void batches_ended(struct tasks *t, unsigned task, int64_t server, enum schedule_end end, const char *message)
{
    for (struct batch *b = t->batches, *next; b != NULL; b = next) {
        next = b->next;
        if (b->task != task || end == SCHEDULE_YIELDED) /* it will begin again */
            continue;
        for (size_t i = 0; i < b->count; i++) {
            if (b->servers[i] != server)
                continue;
            came(b, i, end == SCHEDULE_OK, message);
            break;
        }
        end_if_all_came(b);
    }
}

void batches_look(struct tasks *t)
{
    struct schedule_slot slot;
    for (struct batch *b = t->batches, *next; b != NULL; b = next) {
        next = b->next;
        for (size_t i = 0; i < b->count;) {
            if (schedule_slot(t->schedule, b->task, b->servers[i], &slot))
                i++;
            else
                came(b, i, false, "it was removed");
        }
        end_if_all_came(b);
    }
}

/* What has not begun does not begin for this one; what is under way is told to end. */
static void on_cancel(void *user)
{
    struct batch *b = user;
    b->canceled = true;
    while (b->count > 0) {
        int64_t server = b->servers[--b->count];
        const struct served *s = imap_get(&b->t->served, (uint64_t)server);
        if (!schedule_unask(b->t->schedule, b->task, server) && s != NULL && s->run != NULL)
            collect_give_way(s->run);
    }
    end_if_all_came(b);
}

static void ask_all(struct batch *b)
{
    struct schedule_slot slot;
    size_t cap = 0;
    tasks_refresh(b->t);
    for (int64_t id = 0; (id = schedule_next_target(b->t->schedule, id)) != 0;) {
        if (b->count == cap) {
            cap = cap != 0 ? 2 * cap : 16;
            b->servers = xrealloc(b->servers, cap * sizeof(b->servers[0]));
        }
        b->servers[b->count++] = id;
        if (schedule_slot(b->t->schedule, b->task, id, &slot) && !slot.running) /* one under way will do */
            schedule_ask(b->t->schedule, b->task, id);
    }
    b->total = (int64_t)b->count;
    job_progress(b->job, 0, b->total);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct batch *b = user;
    if (job == NULL) {
        b->started(b->user, 0, problem);
        batch_free(b);
        return;
    }
    b->job = job;
    b->next = b->t->batches;
    b->t->batches = b;
    job_phase(job, "servers");
    job_message(job, "on each server");
    ask_all(b);
    b->started(b->user, job_id(job), NULL);
    end_if_all_came(b);
}

void tasks_run(struct tasks *t, unsigned task, const struct actor *actor, struct guard *guard,
               void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct batch *b = xcalloc(1, sizeof(*b));
    b->t = t;
    b->task = task;
    b->started = started;
    b->user = user;
    struct job_spec spec = { .kind = "task",
                             .target = str_from(conf_task_names[task]),
                             .actor = *actor,
                             .guard = guard,
                             .started = on_started,
                             .cancel = on_cancel,
                             .user = b };
    job_start(t->c->at.jobs, &spec);
}

/* tasks.c - what is done regularly with every server of the inventory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "collect/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/tasks_p.h"

#define LOOK_MS   5000    /* servers come and go by many ways: this is how soon it is noticed */
#define PRUNE_MS  3600000 /* old records of jobs, and old configurations, are given up so often */
#define KEEP_MS   (30 * INT64_C(86400000))
#define KEEP_MOST 10000

static const struct {
    enum collect_kind kind;
    const char *help;
} does[CONF_SERVER_TASKS] = {
    [TASK_AVAILABILITY] = { COLLECT_PROBE, "Asks each server what it is and how it is." },
    [TASK_CONFIGURATION] = { COLLECT_CONFIG,
                             "Reads each server's configuration when it is another than before." },
    [TASK_LEASES] = { COLLECT_LEASES, "Reads the leases of each server." },
    [TASK_STATISTICS] = { COLLECT_STATS, "Reads the figures that each server keeps." },
};

/* --- servers --- */

static struct served *served(struct tasks *t, int64_t server)
{
    struct served *s = imap_get(&t->served, (uint64_t)server);
    if (s == NULL) {
        s = xcalloc(1, sizeof(*s));
        imap_put(&t->served, (uint64_t)server, s);
    }
    return s;
}

void tasks_refresh(struct tasks *t)
{
    const struct state *s = t->c->at.state;
    size_t count = 0;
    int64_t *ids = xcalloc(state_count(s, IPAM_T_SERVER) + 1, sizeof(ids[0]));
    for (const struct ipam_server *v = state_next(s, IPAM_T_SERVER, 0); v != NULL;
         v = state_next(s, IPAM_T_SERVER, v->id))
        ids[count++] = v->id;
    schedule_targets(t->schedule, ids, count);
    free(ids);
}

static void look(struct loop_timer *timer)
{
    struct tasks *t = container_of(timer, struct tasks, look_timer);
    tasks_refresh(t);
    batches_look(t);
    timer_start(t->loop, &t->look_timer, LOOK_MS, look);
}

static void on_pruned(void *user, int status, const char *message, size_t pruned)
{
    (void)user;
    if (status != 0)
        log_event(LOG_WARN_, "job-prune-failed", "old records of jobs could not be given up: %s", message);
    else if (pruned != 0)
        log_event(LOG_INFO_, "jobs-pruned", "%zu records of ended jobs were given up", pruned);
}

static void prune(struct loop_timer *timer)
{
    struct tasks *t = container_of(timer, struct tasks, prune_timer);
    jobs_prune(t->c->at.jobs, t->c->at.store, KEEP_MS, KEEP_MOST, on_pruned, t);
    if (t->c->at.archive != NULL)
        archive_prune(t->c->at.archive);
    timer_start(t->loop, &t->prune_timer, PRUNE_MS, prune);
}

/* --- runs --- */

struct regular_run {
    struct tasks *t;
    unsigned task;
    int64_t server;
};

static void note_end(struct tasks *t, unsigned task, int64_t server, enum schedule_end end,
                     const char *message)
{
    struct ended *last = &t->last[task], *own = &served(t, server)->last[task];
    if (end == SCHEDULE_YIELDED || end == SCHEDULE_CANCELED)
        return;
    own->result = end == SCHEDULE_OK ? IPAM_TASK_LAST_RESULT_DONE : IPAM_TASK_LAST_RESULT_FAILED;
    snprintf(own->message, sizeof(own->message), "%s", message);
    last->result = own->result;
    snprintf(last->message, sizeof(last->message), "%s", message);
}

static void on_ended(void *user, int64_t job, enum schedule_end end, const char *message)
{
    struct regular_run *r = user;
    struct tasks *t = r->t;
    struct served *s = served(t, r->server);
    s->run = NULL;
    if (job != 0)
        s->jobs[r->task] = job;
    note_end(t, r->task, r->server, end, message);
    schedule_done(t->schedule, r->task, r->server, end);
    batches_ended(t, r->task, r->server, end, message);
    free(r);
}

static void on_due(void *user, unsigned task, int64_t server)
{
    struct tasks *t = user;
    struct served *s = served(t, server);
    struct regular_run *r = xcalloc(1, sizeof(*r));
    *r = (struct regular_run){ t, task, server };
    t->last[task].began_ms = clock_wall_ms();
    s->run = collect_start_regular(
        t->c, does[task].kind, server,
        &(struct collect_regular){
            .task = conf_task_names[task], .in_place_of = s->jobs[task], .ended = on_ended, .user = r });
}

/* --- what somebody asked for --- */

void tasks_give_way(struct tasks *t, int64_t server)
{
    const struct served *s = t != NULL ? imap_get(&t->served, (uint64_t)server) : NULL;
    if (t == NULL)
        return;
    schedule_hold(t->schedule, server);
    if (s != NULL && s->run != NULL)
        collect_give_way(s->run);
}

/* Whether a job of that kind does what a task does: each probes first. */
static bool covers(enum collect_kind kind, unsigned task)
{
    return kind == COLLECT_ALL || (kind == COLLECT_PROBE && task == TASK_AVAILABILITY);
}

void tasks_resume(struct tasks *t, int64_t server, enum collect_kind kind, bool ended, enum schedule_end end,
                  const char *message)
{
    if (t == NULL)
        return;
    for (unsigned task = 0; task < CONF_SERVER_TASKS && ended; task++) {
        if (!covers(kind, task))
            continue;
        note_end(t, task, server, end, message);
        schedule_did(t->schedule, task, server, end);
    }
    schedule_let_go(t->schedule, server);
}

/* --- reports --- */

static const char *server_name(const struct tasks *t, struct arena *a, int64_t server)
{
    const struct ipam_server *v = view_get(state_view(t->c->at.state), IPAM_T_SERVER, server);
    return v != NULL ? arena_printf(a, STR_FMT, STR_ARG(v->name)) : "a server that was removed";
}

/* The servers where it failed last, in words. */
static struct ipam_str failure(const struct tasks *t, struct arena *a, unsigned task, int64_t server,
                               const struct schedule_slot *slot)
{
    const struct served *s = imap_get(&t->served, (uint64_t)server);
    int64_t in_s = slot->due_in_ms > 0 ? (slot->due_in_ms + 999) / 1000 : 0;
    return str_from(arena_printf(a, "%.253s: %.600s; tried again in %llds", server_name(t, a, server),
                                 s != NULL ? s->last[task].message : "", (long long)in_s));
}

static void report_servers(const struct tasks *t, struct arena *a, unsigned task, struct ipam_task *rec)
{
    struct ipam_str *failures = arena_alloc(a, FAILURES_MOST * sizeof(failures[0]));
    struct schedule_slot slot;
    int64_t next_in = INT64_MAX;
    size_t listed = 0;
    for (int64_t id = 0; (id = schedule_next_target(t->schedule, id)) != 0;) {
        if (!schedule_slot(t->schedule, task, id, &slot))
            continue;
        rec->servers++;
        rec->running += slot.running;
        rec->failing += slot.failures > 0;
        if (slot.failures > 0 && listed < FAILURES_MOST)
            failures[listed++] = failure(t, a, task, id, &slot);
        if (!slot.running && slot.due_in_ms < next_in)
            next_in = slot.due_in_ms > 0 ? slot.due_in_ms : 0;
    }
    if (listed != 0)
        RECORD_SET(rec, IPAM_TASK_FAILURES, failures, ((struct ipam_strs){ failures, listed }));
    if (t->set[task].enabled && next_in != INT64_MAX)
        RECORD_SET(rec, IPAM_TASK_NEXT_RUN, next_run, clock_wall_ms() + next_in);
}

void tasks_report(const struct tasks *t, struct arena *a, void (*task)(void *user, struct ipam_task *rec),
                  void *user)
{
    for (unsigned i = 0; i < CONF_SERVER_TASKS; i++) {
        const struct ended *last = &t->last[i];
        struct ipam_task *rec = record_new(a, IPAM_T_TASK);
        RECORD_SET(rec, IPAM_TASK_NAME, name, str_from(conf_task_names[i]));
        RECORD_SET(rec, IPAM_TASK_DESCRIPTION, description, str_from(does[i].help));
        RECORD_SET(rec, IPAM_TASK_INTERVAL, interval, t->set[i].interval_ms / 1000);
        RECORD_SET(rec, IPAM_TASK_JITTER, jitter, t->set[i].jitter_ms / 1000);
        report_servers(t, a, i, rec);
        IPAM_SET_FIELD(rec, IPAM_TASK_SERVERS);
        IPAM_SET_FIELD(rec, IPAM_TASK_RUNNING);
        IPAM_SET_FIELD(rec, IPAM_TASK_FAILING);
        RECORD_SET(rec, IPAM_TASK_STATE, state,
                   rec->running > 0    ? IPAM_TASK_STATE_RUNNING
                   : t->set[i].enabled ? IPAM_TASK_STATE_IDLE
                                       : IPAM_TASK_STATE_DISABLED);
        if (last->began_ms != 0)
            RECORD_SET(rec, IPAM_TASK_LAST_RUN, last_run, last->began_ms);
        RECORD_SET(rec, IPAM_TASK_LAST_RESULT, last_result, last->result);
        if (last->message[0] != '\0')
            RECORD_SET(rec, IPAM_TASK_MESSAGE, message, arena_str(a, str_from(last->message)));
        task(user, rec);
    }
}

/* --- life --- */

struct tasks *tasks_new(struct loop *loop, struct collect *c)
{
    struct tasks *t = xcalloc(1, sizeof(*t));
    t->loop = loop;
    t->c = c;
    imap_init(&t->served);
    t->schedule = schedule_new(
        &(struct schedule_config){ .loop = loop, .tasks = CONF_SERVER_TASKS, .run = on_due, .user = t });
    c->tasks = t;
    return t;
}

void tasks_free(struct tasks *t)
{
    size_t pos = 0;
    uint64_t id;
    void *s;
    if (t == NULL)
        return;
    tasks_stop(t);
    t->c->tasks = NULL;
    schedule_free(t->schedule);
    while (imap_next(&t->served, &pos, &id, &s))
        free(s);
    imap_fini(&t->served);
    free(t);
}

void tasks_configure(struct tasks *t, const struct conf *conf)
{
    for (unsigned i = 0; i < CONF_SERVER_TASKS; i++) {
        t->set[i] = conf->tasks[i];
        t->settings[i] = (struct schedule_task){ conf->tasks[i].interval_ms, conf->tasks[i].jitter_ms,
                                                 conf->tasks[i].enabled };
    }
    schedule_set(t->schedule, conf->servers_at_once, t->settings);
    if (t->look_timer.due_ms == 0) { /* the first time */
        timer_start(t->loop, &t->look_timer, 0, look);
        timer_start(t->loop, &t->prune_timer, 0, prune);
    }
}

void tasks_stop(struct tasks *t)
{
    if (t == NULL)
        return;
    schedule_stop(t->schedule);
    timer_stop(&t->look_timer);
    timer_stop(&t->prune_timer);
}

/* servers.c - jobs on servers, and jobs themselves.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"

static void on_started(void *user, int64_t job, const struct problem *problem)
{
    struct call *c = user;
    struct json_writer w;
    const struct ipam_job *rec = job != 0 ? jobs_running(c->api->at.jobs, job) : NULL;
    if (rec == NULL) {
        c->problem = *problem;
        call_problem(c);
        return;
    }
    snprintf(c->location, sizeof(c->location), "/api/v1/system/jobs/%lld", (long long)job);
    jw_init(&w, &c->out);
    record_to_json(rec, NULL, &w);
    call_json(c, 202);
}

static void start(struct call *c, enum collect_kind kind)
{
    collect_start(c->api->at.collect, kind, c->id, &c->actor, on_started, c);
}

static void found_job(struct call *c)
{
    start(c, strcmp(c->route->verb, "probe") == 0 ? COLLECT_PROBE : COLLECT_ALL);
}

static void found_delete(struct call *c)
{
    start(c, COLLECT_FORGET);
}

void handle_server_job(struct call *c)
{
    call_find_plain(c, found_job);
}

void handle_server_delete(struct call *c)
{
    call_find_plain(c, found_delete);
}

static void found_cancel(struct call *c)
{
    if (!jobs_cancel(c->api->at.jobs, c->id)) {
        problem_set(&c->problem, PROBLEM_IN_USE, "job %lld has ended", (long long)c->id);
        call_problem(c);
        return;
    }
    call_object(c, 202, jobs_running(c->api->at.jobs, c->id));
}

void handle_job_cancel(struct call *c)
{
    call_find_plain(c, found_cancel);
}

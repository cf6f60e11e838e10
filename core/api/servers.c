/* servers.c - jobs on servers, and jobs themselves.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"

int call_render_job(struct call *c, struct draft *d)
{
    size_t count;
    const struct draft_op *ops = draft_open_ops(d, &count);
    const struct draft_op *op = count > 0 ? &ops[count - 1] : NULL;
    if (op == NULL || op->type != IPAM_T_JOB || op->after == NULL)
        return IPAM_E_BUG;
    snprintf(c->location, sizeof(c->location), "/api/v1/system/jobs/%lld", (long long)op->id);
    call_decide_object(c, 202, draft_view(d), op->after);
    return 0;
}

void call_started(void *user, int64_t job, const struct problem *problem)
{
    call_settled(user, job != 0 ? 0 : IPAM_E_INVAL, problem, NULL);
}

static void start(struct call *c, enum collect_kind kind)
{
    collect_start(c->api->at.collect, kind, c->id, &c->actor, write_guard(c, call_render_job), call_started,
                  c);
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

static int decide_cancel(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct ipam_job *job = jobs_running(c->api->at.jobs, c->id);
    if (job == NULL || job->state != IPAM_JOB_STATE_RUNNING) {
        problem_hint(&in->problem, "GET /api/v1/system/jobs/%lld says how", (long long)c->id);
        return problem_set(&in->problem, PROBLEM_IN_USE, "job %lld has ended", (long long)c->id);
    }
    call_decide_object(c, 202, draft_view(d), job);
    return 0;
}

static void accepted_cancel(struct call *c)
{
    jobs_cancel(c->api->at.jobs, c->id); /* it may have ended in this moment: then there is nothing to stop */
    call_reply(c);
}

static void found_cancel(struct call *c)
{
    call_submit(c, NULL, decide_cancel, accepted_cancel);
}

void handle_job_cancel(struct call *c)
{
    call_find_plain(c, found_cancel);
}

/* tasks.c - a task now: on all servers, or once for the whole plan; and what a task has noted, given up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"
#include "base/clock.h"

/* CONF_TASKS: there is none of that name. */
static unsigned task_named(struct ipam_str name)
{
    unsigned task = 0;
    while (task < CONF_TASKS && !str_is(name, conf_task_names[task]))
        task++;
    return task;
}

static void no_task(struct call *c)
{
    problem_hint(&c->problem, "list them with GET /api/v1/system/tasks");
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no task " STR_FMT, STR_ARG(c->key));
    call_problem(c);
}

void handle_task_run(struct call *c)
{
    static const char *const none[] = { NULL };
    unsigned task = task_named(c->key);
    c->csv = false;
    if (!call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    if (task < CONF_TASKS) {
        struct guard *guard = write_guard(c, call_render_job);
        if (task < CONF_SERVER_TASKS)
            tasks_run(c->api->at.tasks, task, &c->actor, guard, call_started, c);
        else
            notify_tasks_run(c->api->at.plan_tasks, task, &c->actor, guard, call_started, c);
        return;
    }
    no_task(c);
}

/* False with the problem. */
static bool read_before(struct call *c, int64_t *ret)
{
    static const char *const known[] = { "before", NULL };
    if (!call_params_known(c, known))
        return false;
    struct ipam_str text = call_param(c, "before");
    if (text.data != NULL && time_parse(text.data, text.len, ret) == 0 && *ret >= 0 &&
        *ret <= clock_wall_ms())
        return true;
    problem_hint(&c->problem, "give a time of the past: ?before=2026-01-31T00:00:00Z");
    problem_set(&c->problem, PROBLEM_INVALID, "before is %s",
                text.data == NULL ? "missing" : "no time, or one that is still to come");
    return false;
}

void handle_task_purge(struct call *c)
{
    int64_t before;
    c->csv = false;
    if (!read_before(c, &before))
        call_problem(c);
    else if (str_is(c->key, conf_task_names[TASK_HISTORY]))
        notify_tasks_purge(c->api->at.plan_tasks, before, &c->actor, write_guard(c, call_render_job),
                           call_started, c);
    else if (task_named(c->key) == CONF_TASKS)
        no_task(c);
    else {
        problem_hint(&c->problem, "only utilization_history does");
        problem_set(&c->problem, PROBLEM_INVALID, "the task " STR_FMT " notes nothing that could be given up",
                    STR_ARG(c->key));
        call_problem(c);
    }
}

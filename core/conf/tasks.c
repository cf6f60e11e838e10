/* tasks.c - the section "tasks": what is done regularly, and how often.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf_p.h"

#define INTERVAL_LEAST 1000
#define INTERVAL_MOST  (30 * INT64_C(86400000))
#define AT_ONCE        8
#define AT_ONCE_MOST   1000
#define MINUTE         INT64_C(60000)

const char *const conf_task_names[CONF_TASKS + 1] = {
    [TASK_AVAILABILITY] = "server_availability",
    [TASK_CONFIGURATION] = "server_configuration",
    [TASK_LEASES] = "dhcp_leases",
    [TASK_STATISTICS] = "dhcp_statistics",
    [TASK_UTILIZATION] = "utilization",
    [TASK_EXPIRY] = "address_expiry",
    [TASK_HISTORY] = "utilization_history",
};

void conf_tasks_init(struct conf *c)
{
    static const int64_t intervals[CONF_TASKS] = {
        [TASK_AVAILABILITY] = 15 * MINUTE, [TASK_CONFIGURATION] = 360 * MINUTE, [TASK_LEASES] = 60 * MINUTE,
        [TASK_STATISTICS] = 30 * MINUTE,   [TASK_UTILIZATION] = 120 * MINUTE,   [TASK_EXPIRY] = 1440 * MINUTE,
        [TASK_HISTORY] = 120 * MINUTE
    };
    c->servers_at_once = AT_ONCE;
    for (size_t i = 0; i < CONF_TASKS; i++)
        c->tasks[i] = (struct conf_task){ intervals[i], -1, true };
}

void conf_tasks_settle(struct conf *c)
{
    for (size_t i = 0; i < CONF_TASKS; i++)
        if (c->tasks[i].jitter_ms < 0)
            c->tasks[i].jitter_ms = c->tasks[i].interval_ms / 10;
}

static void read_duration(struct reader *r, const struct json *v, const char *key, int64_t least, int64_t *at)
{
    struct ipam_str text = json_str(v);
    int64_t ms = 0;
    if (text.data == NULL || duration_parse(text.data, text.len, &ms) < 0 || ms < least || ms > INTERVAL_MOST)
        WRONG(r, v, "%s is no duration from %llds to 30d; write one such as \"15m\", \"6h\" or \"1d\"", key,
              (long long)(least / 1000));
    else
        *at = ms;
}

static void read_task(struct reader *r, const struct json *v, struct conf_task *t)
{
    if (json_type(v) != JSON_OBJECT) {
        WRONG(r, v, "a task is %s; expected an object such as { \"interval\": \"15m\" }",
              json_type_name(json_type(v)));
        return;
    }
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        if (str_is(json_key(m), "interval"))
            read_duration(r, m, "interval", INTERVAL_LEAST, &t->interval_ms);
        else if (str_is(json_key(m), "jitter"))
            read_duration(r, m, "jitter", 0, &t->jitter_ms);
        else if (!str_is(json_key(m), "enabled"))
            WRONG(r, m, "unknown key \"" STR_FMT "\" in a task; known are interval, jitter, enabled",
                  STR_ARG(json_key(m)));
        else if (json_bool(m, &t->enabled) != 0)
            WRONG(r, m, "enabled is neither true nor false");
    }
}

static void read_at_once(struct reader *r, const struct json *v, unsigned *at)
{
    int64_t n;
    if (json_int(v, &n) != 0 || n < 1 || n > AT_ONCE_MOST)
        WRONG(r, v, "servers_at_once is no integer from 1 to %d", AT_ONCE_MOST);
    else
        *at = (unsigned)n;
}

static void unknown_task(struct reader *r, const struct json *v)
{
    char list[256] = "servers_at_once";
    for (size_t i = 0; i < CONF_TASKS; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), ", %s", conf_task_names[i]);
    WRONG(r, v, "unknown key \"" STR_FMT "\" in tasks; known are %s", STR_ARG(json_key(v)), list);
}

void conf_read_tasks(struct reader *r, const struct json *v)
{
    if (json_type(v) != JSON_OBJECT) {
        WRONG(r, v, "tasks is %s; expected an object", json_type_name(json_type(v)));
        return;
    }
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        size_t i = 0;
        while (i < CONF_TASKS && !str_is(json_key(m), conf_task_names[i]))
            i++;
        if (i < CONF_TASKS)
            read_task(r, m, &r->conf->tasks[i]);
        else if (str_is(json_key(m), "servers_at_once"))
            read_at_once(r, m, &r->conf->servers_at_once);
        else
            unknown_task(r, m);
    }
}

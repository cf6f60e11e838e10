/* tasks_test.c - servers are looked at regularly, give way to people, and leave few records behind.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#include "collect/tasks.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static struct conf conf;

/* What the file says; 0: disabled. */
static void set(struct tasks *t, int64_t availability, int64_t configuration, int64_t leases,
                int64_t statistics)
{
    const int64_t intervals[CONF_SERVER_TASKS] = { availability, configuration, leases, statistics };
    conf.servers_at_once = 2;
    for (int i = 0; i < CONF_SERVER_TASKS; i++)
        conf.tasks[i] = (struct conf_task){ intervals[i] != 0 ? intervals[i] : HOUR, 0, intervals[i] != 0 };
    tasks_configure(t, &conf);
}

/* Lets time pass in steps: whatever is due in between happens. */
static void pass(struct site *s, int64_t ms)
{
    for (int64_t step = 5 * SECOND; ms > 0; ms -= step) {
        *fake_clock(s->store) += step;
        fake_trace(s->store);
        fake_pass(s->loop, step < ms ? step : ms);
    }
}

static const char *asked(const char *server)
{
    return fake_dhcp_trace(fake_dhcp(server));
}

static struct tasks *begin(struct site *s)
{
    return tasks_new(s->loop, s->collect);
}

static void on_task(void *user, struct ipam_task *rec)
{
    struct ipam_task *rows = user;
    for (int i = 0; i < CONF_SERVER_TASKS; i++)
        if (str_is(rec->name, conf_task_names[i]))
            rows[i] = *rec;
}

/* Each task as it is shown, by its number. */
static const struct ipam_task *report(struct tasks *t, struct arena *a)
{
    static struct ipam_task rows[CONF_SERVER_TASKS];
    memset(rows, 0, sizeof(rows));
    tasks_report(t, a, on_task, rows);
    return rows;
}

static void test_regular(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    struct arena a;
    arena_init(&a, 0);
    site_server(s, "dhcp1", true);
    set(t, MINUTE, 0, 0, 0);
    pass(s, MINUTE + 5 * SECOND); /* it begins at random within the first interval */
    const char *first = asked("dhcp1");
    assert_true(strcmp(first, "p") == 0 || strcmp(first, "pp") == 0);
    for (int i = 0; i < 10; i++) {
        pass(s, MINUTE);
        assert_string_equal(asked("dhcp1"), "p");
    }
    assert_int_equal(site_count(s, IPAM_T_JOB), 1); /* each takes the place of the one before */
    const struct ipam_job *job = fake_next(s->store, IPAM_T_JOB, 0);
    assert_true(str_is(job->task, "server_availability") && str_is(job->target, "dhcp1"));
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    const struct ipam_task *shown = report(t, &a);
    assert_int_equal(shown[TASK_AVAILABILITY].state, IPAM_TASK_STATE_IDLE);
    assert_int_equal(shown[TASK_AVAILABILITY].interval, 60);
    assert_int_equal(shown[TASK_AVAILABILITY].servers, 1);
    assert_int_equal(shown[TASK_AVAILABILITY].last_result, IPAM_TASK_LAST_RESULT_DONE);
    assert_true(str_is(shown[TASK_AVAILABILITY].message, "dummy 1.2 answers"));
    assert_true(shown[TASK_AVAILABILITY].next_run > shown[TASK_AVAILABILITY].last_run);
    assert_int_equal(shown[TASK_LEASES].state, IPAM_TASK_STATE_DISABLED);
    assert_int_equal(shown[TASK_LEASES].last_result, IPAM_TASK_LAST_RESULT_NONE);
    assert_false(record_has(&shown[TASK_LEASES], IPAM_TASK_NEXT_RUN));
    set(t, 10 * SECOND, 0, 0, 0); /* the configuration is another */
    pass(s, MINUTE);
    assert_true(strlen(asked("dhcp1")) >= 5);
    tasks_free(t);
    arena_fini(&a);
}

static void test_each_task_does_its_part(void **state)
{
    static const char *const traces[CONF_SERVER_TASKS] = { "p", "pc", "pl", "ps" };
    struct site *s = *state;
    struct tasks *t = begin(s);
    int64_t intervals[CONF_SERVER_TASKS];
    fake_dhcp("dhcp1")->has_stats = true;
    site_server(s, "dhcp1", true);
    for (int i = 0; i < CONF_SERVER_TASKS; i++) {
        for (int k = 0; k < CONF_SERVER_TASKS; k++)
            intervals[k] = i == k ? MINUTE : 0;
        set(t, intervals[0], intervals[1], intervals[2], intervals[3]);
        pass(s, MINUTE + 5 * SECOND);
        assert_true(strncmp(asked("dhcp1"), traces[i], strlen(traces[i])) == 0);
    }
    assert_int_equal(site_count(s, IPAM_T_JOB), CONF_SERVER_TASKS);
    tasks_free(t);
}

static void test_servers_come(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    site_server(s, "dhcp1", true);
    site_server(s, "dhcp2", false); /* not to be changed: to be looked at all the same */
    set(t, MINUTE, 0, 0, 0);
    pass(s, 2 * MINUTE);
    assert_string_not_equal(asked("dhcp1"), "");
    assert_string_not_equal(asked("dhcp2"), "");
    site_server(s, "dhcp3", true); /* one that came */
    pass(s, 2 * MINUTE);
    assert_string_not_equal(asked("dhcp3"), "");
    tasks_free(t);
}

/* A dead server is asked seldom, and a living one beside it as ever. */
static void test_a_dead_server(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    struct arena a;
    arena_init(&a, 0);
    site_server(s, "dhcp1", true);
    site_server(s, "dhcp2", true);
    for (unsigned i = 0; i < 64; i++)
        fake_dhcp_fail(fake_dhcp("dhcp1"), DHCP_PROBE, i, IPAM_E_CONN);
    set(t, MINUTE, MINUTE, MINUTE, 0);
    pass(s, HOUR);
    size_t dead = strlen(asked("dhcp1")), alive = strlen(asked("dhcp2"));
    assert_true(dead >= 4 && dead <= 8); /* after 1, 2, 4, 8, 16 and 32 minutes */
    assert_true(alive > 200);
    const struct ipam_task *shown = report(t, &a);
    assert_int_equal(shown[0].servers, 2);
    assert_int_equal(shown[0].failing, 1);
    assert_int_equal(shown[0].failures.count, 1);
    assert_true(shown[0].failures.items[0].len > 20 &&
                memcmp(shown[0].failures.items[0].data, "dhcp1: scripted trouble; tried again in ", 40) == 0);
    for (unsigned i = 0; i < 64; i++)
        fake_dhcp_fail(fake_dhcp("dhcp1"), DHCP_PROBE, i, 0);
    pass(s, HOUR); /* it is back */
    asked("dhcp1");
    pass(s, 10 * MINUTE);
    assert_true(strlen(asked("dhcp1")) > 30);
    assert_int_equal(report(t, &a)[0].failing, 0);
    assert_true(site_count(s, IPAM_T_JOB) <= 6); /* two servers, three tasks */
    tasks_free(t);
    arena_fini(&a);
}

/* --- people come first --- */

static void test_gives_way(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    set(t, 0, 0, MINUTE, 0);
    d->hold[DHCP_LEASES] = true;
    pass(s, MINUTE + 5 * SECOND);
    assert_string_equal(asked("dhcp1"), "pl"); /* a regular run, which lasts */
    d->hold[DHCP_LEASES] = false;
    int64_t job = site_start(s, COLLECT_ALL, server);
    assert_string_equal(asked("dhcp1"), "pcl"); /* at once */
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, job))->state,
                     IPAM_JOB_STATE_DONE);
    size_t given_way = 0;
    for (const struct ipam_job *j = fake_next(s->store, IPAM_T_JOB, 0); j != NULL;
         j = fake_next(s->store, IPAM_T_JOB, j->id))
        given_way += j->state == IPAM_JOB_STATE_CANCELED &&
                     str_is(j->message,
                            "cancelled, for somebody wants the server now; what was recorded so far stays");
    assert_int_equal(given_way, 1);
    pass(s, MINUTE - 5 * SECOND); /* it was done: not again before an interval has passed */
    assert_string_equal(asked("dhcp1"), "");
    pass(s, 10 * SECOND);
    assert_string_equal(asked("dhcp1"), "pl");
    tasks_free(t);
}

/* It was cancelled, so nothing was done for the task: it is due at once. */
static void test_what_was_asked_for_is_canceled(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    set(t, 0, 0, MINUTE, 0);
    fake_pass(s->loop, 0); /* the server is known */
    d->hold[DHCP_PROBE] = true;
    int64_t job = site_start(s, COLLECT_ALL, server);
    pass(s, 2 * MINUTE);
    assert_string_equal(asked("dhcp1"), "p"); /* held: no regular run begins meanwhile */
    d->hold[DHCP_PROBE] = false;
    assert_true(jobs_cancel(s->jobs, job));
    fake_spin(s->loop);
    pass(s, 5 * SECOND);
    assert_string_equal(asked("dhcp1"), "pl");
    tasks_free(t);
}

/* --- a task on all servers now --- */

static void on_started(void *user, int64_t job, const struct problem *problem)
{
    (void)problem;
    *(int64_t *)user = job;
}

static int64_t run(struct site *s, struct tasks *t, unsigned task)
{
    static const struct actor actor = { { "token:admin", 11 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    static int64_t job;
    job = 0;
    tasks_run(t, task, &actor, NULL, on_started, &job);
    fake_spin(s->loop);
    return job;
}

static void test_run_now(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    site_server(s, "dhcp1", true);
    site_server(s, "dhcp2", true);
    site_server(s, "dhcp3", true);
    set(t, 0, 0, 0, 0); /* disabled or not */
    pass(s, 5 * SECOND);
    fake_dhcp_fail(fake_dhcp("dhcp2"), DHCP_PROBE, 0, IPAM_E_CONN);
    int64_t id = run(s, t, TASK_AVAILABILITY);
    const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, id);
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
    assert_true(str_is(job->kind, "task") && str_is(job->target, "server_availability"));
    assert_true(str_is(job->message, "it failed on 1 of 3 servers; the results say why"));
    assert_int_equal(job->done, 3);
    assert_int_equal(job->total, 3);
    assert_int_equal(job->results.count, 3);
    assert_true(str_is(job->results.items[0], "dhcp1: dummy 1.2 answers"));
    id = run(s, t, TASK_AVAILABILITY); /* also one that is in its pause */
    job = fake_row(s->store, IPAM_T_JOB, id);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_true(str_is(job->message, "done on 3 servers"));
    asked("dhcp1");
    pass(s, 2 * HOUR);
    assert_string_equal(asked("dhcp1"), ""); /* once */
    tasks_free(t);
}

static void test_run_is_canceled(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    const char *names[] = { "dhcp1", "dhcp2", "dhcp3" };
    set(t, 0, 0, 0, 0);
    for (int i = 0; i < 3; i++) {
        site_server(s, names[i], true);
        fake_dhcp(names[i])->hold[DHCP_PROBE] = true;
    }
    pass(s, 5 * SECOND);
    int64_t id = run(s, t, TASK_AVAILABILITY);
    assert_int_equal(jobs_running(s->jobs, id)->total, 3);
    assert_string_equal(asked("dhcp1"), "p");
    assert_string_equal(asked("dhcp3"), ""); /* two at once */
    fake_dhcp_go(fake_dhcp("dhcp1"));
    fake_spin(s->loop);
    assert_int_equal(jobs_running(s->jobs, id)->done, 1);
    assert_string_equal(asked("dhcp3"), "p");
    assert_true(jobs_cancel(s->jobs, id));
    fake_spin(s->loop);
    const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, id);
    assert_int_equal(job->state, IPAM_JOB_STATE_CANCELED);
    assert_true(str_is(job->message, "cancelled after 1 of 3 servers"));
    for (int i = 0; i < 3; i++)
        fake_dhcp(names[i])->hold[DHCP_PROBE] = false;
    tasks_free(t);
}

static void test_run_without_servers(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    set(t, 0, 0, 0, 0);
    const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, run(s, t, TASK_LEASES));
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_true(str_is(job->message, "done on 0 servers"));
    tasks_free(t);
}

static void test_a_server_goes_meanwhile(void **state)
{
    struct site *s = *state;
    struct tasks *t = begin(s);
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    set(t, 0, 0, 0, 0);
    pass(s, 5 * SECOND);
    d->hold[DHCP_PROBE] = true;
    int64_t other = site_start(s, COLLECT_PROBE, server), id = run(s, t, TASK_AVAILABILITY);
    assert_non_null(jobs_running(s->jobs, id)); /* waits: somebody works on the server */
    state_delete(s->state, site_server_row(s, server));
    pass(s, 10 * SECOND);
    const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, id);
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(job->results.count, 1);
    d->hold[DHCP_PROBE] = false;
    assert_true(jobs_cancel(s->jobs, other));
    fake_spin(s->loop);
    fleet_reset(s->fleet, server);
    tasks_free(t);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_regular),
        SITE(test_each_task_does_its_part),
        SITE(test_servers_come),
        SITE(test_a_dead_server),
        SITE(test_gives_way),
        SITE(test_what_was_asked_for_is_canceled),
        SITE(test_run_now),
        SITE(test_run_is_canceled),
        SITE(test_run_without_servers),
        SITE(test_a_server_goes_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

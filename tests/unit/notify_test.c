/* notify_test.c - transitions are told once each, in bounded batches; runs are jobs, one at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#include "base/clock.h"
#include "notify/judge.h"
#include "notify/notify.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define DAY    INT64_C(86400000)

static struct conf conf;

static struct notify_tasks *begin(struct site *s)
{
    static struct notify_config c;
    c = (struct notify_config){ s->loop, s->state, s->store, s->gate, s->jobs };
    return notify_tasks_new(&c);
}

/* Intervals of the two that look for alerts; 0: disabled, as the third is. */
static void set(struct notify_tasks *n, int64_t utilization, int64_t expiry)
{
    const int64_t intervals[CONF_PLAN_TASKS] = { utilization, expiry };
    for (int i = 0; i < CONF_PLAN_TASKS; i++)
        conf.tasks[CONF_SERVER_TASKS + i] =
            (struct conf_task){ intervals[i] != 0 ? intervals[i] : DAY, 0, intervals[i] != 0 };
    notify_tasks_configure(n, &conf);
}

static void on_started(void *user, int64_t job, const struct problem *problem)
{
    (void)problem;
    *(int64_t *)user = job;
}

static const struct actor asker = { { "token:admin", 11 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

static const struct ipam_job *run(struct site *s, struct notify_tasks *n, unsigned task)
{
    int64_t job = 0;
    notify_tasks_run(n, task, &asker, NULL, on_started, &job);
    fake_spin(s->loop);
    assert_int_not_equal(job, 0);
    assert_null(jobs_running(s->jobs, job));
    return fake_row(s->store, IPAM_T_JOB, job);
}

/* --- what there is --- */

static int64_t put_subnet(struct site *s, const char *prefix)
{
    struct ipam_subnet n;
    record_init(&n, IPAM_T_SUBNET);
    RECORD_SET(&n, IPAM_SUBNET_SPACE, space, s->space);
    RECORD_SET(&n, IPAM_SUBNET_PREFIX, prefix, ((struct ipam_prefix){ .length = 0 }));
    assert_int_equal(prefix_parse(prefix, strlen(prefix), &n.prefix), 0);
    return site_put(s, &n);
}

/* `expires` 0: never. */
static int64_t put_address(struct site *s, const char *text, int64_t expires)
{
    struct ipam_address a;
    record_init(&a, IPAM_T_ADDRESS);
    RECORD_SET(&a, IPAM_ADDRESS_SPACE, space, s->space);
    assert_int_equal(addr_parse(text, strlen(text), &a.address), 0);
    IPAM_SET_FIELD(&a, IPAM_ADDRESS_ADDRESS);
    if (expires != 0)
        RECORD_SET(&a, IPAM_ADDRESS_EXPIRES, expires, expires);
    return site_put(s, &a);
}

/* A resident row as it is now, with other fields, past the rules. */
static void settle(struct site *s, void *rec)
{
    fake_keep(s->store, rec);
    state_put(s->state, NULL, rec);
}

static void set_subnet(struct site *s, int64_t id, int64_t under, int64_t over)
{
    struct ipam_subnet n = *(const struct ipam_subnet *)view_get(state_view(s->state), IPAM_T_SUBNET, id);
    RECORD_SET(&n, IPAM_SUBNET_UNDER, under, under);
    RECORD_SET(&n, IPAM_SUBNET_OVER, over, over);
    settle(s, &n);
}

static const struct ipam_alert *alert(struct site *s, int64_t object)
{
    const struct view *v = state_view(s->state);
    return view_get(v, IPAM_T_ALERT, view_alert(v, object));
}

/* --- utilisation --- */

static void test_each_transition_once_80(void **state)
{
    static const struct {
        int64_t under, over;
        bool told;
        uint32_t kind;
    } steps[] = {
        { 0, 10000, false, 0 }, /* 12.50 */
        { 0, 1249, true, IPAM_ALERT_KIND_UTILIZATION_OVER },
        { 0, 1000, true, IPAM_ALERT_KIND_UTILIZATION_OVER }, /* more of the same is no transition */
        { 1251, 2000, true, IPAM_ALERT_KIND_UTILIZATION_UNDER },
        { 1250, 1250, false, 0 },
        { 2000, 8000, true, IPAM_ALERT_KIND_UTILIZATION_UNDER },
        { 1250, 8000, false, 0 },
    };
    static const int logged[] = { 0, 1, 1, 2, 3, 4, 5 }; /* revisions so far */
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t subnet = put_subnet(s, "10.1.0.0/28"), since[7];
    put_address(s, "10.1.0.1", 0);
    put_address(s, "10.1.0.2", 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        set_subnet(s, subnet, steps[i].under, steps[i].over);
        *fake_clock(s->store) += SECOND;
        size_t before = fake_log_count(s->store);
        for (int again = 0; again < 2; again++)
            assert_int_equal(run(s, n, TASK_UTILIZATION)->state, IPAM_JOB_STATE_DONE);
        const struct ipam_alert *a = alert(s, subnet);
        assert_int_equal(a != NULL, steps[i].told);
        assert_int_equal(fake_log_count(s->store) - before, logged[i] - (i > 0 ? logged[i - 1] : 0));
        since[i] = a != NULL ? a->since : 0;
        if (a != NULL) {
            assert_int_equal(a->kind, steps[i].kind);
            assert_int_equal(a->about, IPAM_ALERT_ABOUT_SUBNET);
            assert_true(str_is(a->key, "10.1.0.0/28"));
            assert_int_equal(a->repeated, 0);
            assert_int_equal(a->space, s->space);
        }
    }
    assert_int_equal(since[1], since[2]);
    assert_true(since[3] > since[2]);
    assert_true(alert(s, subnet) == NULL && state_count(s->state, IPAM_T_ALERT) == 0);
    notify_tasks_free(n);
}

static void test_a_range_and_a_block_say_what_they_are_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    struct ipam_block b;
    struct ipam_range r;
    record_init(&b, IPAM_T_BLOCK);
    RECORD_SET(&b, IPAM_BLOCK_SPACE, space, s->space);
    RECORD_SET(&b, IPAM_BLOCK_UNDER, under, 1);
    assert_int_equal(prefix_parse("2001:db8::/32", 13, &b.prefix), 0);
    IPAM_SET_FIELD(&b, IPAM_BLOCK_PREFIX);
    record_init(&r, IPAM_T_RANGE);
    RECORD_SET(&r, IPAM_RANGE_SPACE, space, s->space);
    assert_int_equal(addr_parse("2001:db8::1", 11, &r.first), 0);
    assert_int_equal(addr_parse("2001:db8::2", 11, &r.last), 0);
    IPAM_SET_FIELD(&r, IPAM_RANGE_FIRST);
    IPAM_SET_FIELD(&r, IPAM_RANGE_LAST);
    int64_t block = site_put(s, &b), range = site_put(s, &r);
    put_address(s, "2001:db8::1", 0);
    put_address(s, "2001:db8::2", 0);
    run(s, n, TASK_UTILIZATION);
    assert_int_equal(alert(s, block)->about, IPAM_ALERT_ABOUT_BLOCK);
    assert_int_equal(alert(s, range)->about, IPAM_ALERT_ABOUT_RANGE);
    assert_true(str_is(alert(s, block)->message, "block 2001:db8::/32 is used to 0.00 %, under 0.01 %"));
    assert_true(str_is(alert(s, range)->message, "range 2001:db8::1 is used to 100.00 %, over 80.00 %"));
    notify_tasks_free(n);
}

/* Many of them: no decision takes more than a few, and each is told once. */
static void test_many_in_bounded_batches_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    char text[PREFIX_TEXT_MAX];
    for (int i = 0; i < 1500; i++) {
        snprintf(text, sizeof(text), "10.%d.%d.0/28", i >> 8, i & 255);
        put_subnet(s, text);
    }
    size_t before = fake_log_count(s->store);
    const struct ipam_job *job = run(s, n, TASK_UTILIZATION);
    assert_true(str_is(job->message, "1500 blocks, subnets and ranges looked at, 1500 alerts changed"));
    assert_int_equal(job->done, 1500);
    assert_int_equal(state_count(s->state, IPAM_T_ALERT), 1500);
    assert_true(fake_log_count(s->store) - before >= 4);
    assert_true(str_is(run(s, n, TASK_UTILIZATION)->message,
                       "1500 blocks, subnets and ranges looked at, 0 alerts changed"));
    notify_tasks_free(n);
}

/* What has gone has no alert; what came back in between keeps it. */
static void test_what_has_gone_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t one = put_subnet(s, "10.1.0.0/28"), other = put_subnet(s, "10.2.0.0/28");
    run(s, n, TASK_UTILIZATION);
    assert_true(alert(s, one) != NULL && alert(s, other) != NULL);
    state_delete(s->state, view_get(state_view(s->state), IPAM_T_SUBNET, one));
    run(s, n, TASK_EXPIRY); /* which is not about it */
    assert_non_null(alert(s, one));
    run(s, n, TASK_UTILIZATION);
    assert_null(alert(s, one));
    assert_non_null(alert(s, other));
    notify_tasks_free(n);
}

/* The gate judges anew: what somebody else has told meanwhile is not told again. */
static void test_another_node_has_told_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t subnet = put_subnet(s, "10.1.0.0/28"), job = 0;
    struct ipam_alert a;
    record_init(&a, IPAM_T_ALERT);
    RECORD_SET(&a, IPAM_ALERT_KIND, kind, IPAM_ALERT_KIND_UTILIZATION_UNDER);
    RECORD_SET(&a, IPAM_ALERT_ABOUT, about, IPAM_ALERT_ABOUT_SUBNET);
    RECORD_SET(&a, IPAM_ALERT_OBJECT, object, subnet);
    RECORD_SET(&a, IPAM_ALERT_KEY, key, IPAM_STR("10.1.0.0/28"));
    RECORD_SET(&a, IPAM_ALERT_SPACE, space, s->space);
    RECORD_SET(&a, IPAM_ALERT_SINCE, since, 5);
    notify_tasks_run(n, TASK_UTILIZATION, &asker, NULL, on_started, &job);
    fake_hold(s->store, FAKE_ENTER, true);
    fake_spin(s->loop);
    fake_go(s->store); /* the job's record */
    fake_spin(s->loop);
    assert_non_null(jobs_running(s->jobs, job));
    assert_true(fake_held(s->store)); /* what the look has found */
    site_put(s, &a);
    fake_hold(s->store, FAKE_ENTER, false);
    while (fake_held(s->store)) {
        fake_go(s->store);
        fake_spin(s->loop);
    }
    fake_spin(s->loop);
    assert_int_equal(state_count(s->state, IPAM_T_ALERT), 1);
    assert_int_equal(alert(s, subnet)->since, 5);
    assert_int_equal(alert(s, subnet)->repeated, 0);
    notify_tasks_free(n);
}

/* --- expiry --- */

static void test_active_alert_expired_87(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t now = clock_wall_ms();
    *fake_clock(s->store) = now;
    int64_t late = put_address(s, "10.1.0.1", now - DAY), due = put_address(s, "2001:db8::2", now + 9 * DAY),
            well = put_address(s, "10.1.0.3", now + 11 * DAY), never = put_address(s, "10.1.0.4", 0);
    size_t before = fake_log_count(s->store);
    const struct ipam_job *job = run(s, n, TASK_EXPIRY);
    assert_true(str_is(job->message, "4 addresses looked at, 2 alerts changed"));
    assert_int_equal(alert(s, late)->kind, IPAM_ALERT_KIND_ADDRESS_EXPIRED);
    assert_int_equal(alert(s, due)->kind, IPAM_ALERT_KIND_ADDRESS_ALERT);
    assert_true(str_is(alert(s, due)->key, "2001:db8::2"));
    assert_true(alert(s, well) == NULL && alert(s, never) == NULL);
    run(s, n, TASK_EXPIRY);
    assert_int_equal(fake_log_count(s->store) - before, 1); /* both in one revision, once */
    notify_tasks_free(n);
}

static void set_events(struct site *s, uint32_t events)
{
    struct ipam_space space =
        *(const struct ipam_space *)view_get(state_view(s->state), IPAM_T_SPACE, s->space);
    RECORD_SET(&space, IPAM_SPACE_EXPIRY_EVENTS, expiry_events, events);
    settle(s, &space);
}

static void test_once_or_periodic_88(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t now = clock_wall_ms();
    *fake_clock(s->store) = now;
    int64_t late = put_address(s, "10.1.0.1", now - DAY), well = put_address(s, "10.1.0.2", now + 90 * DAY);
    set_events(s, IPAM_SPACE_EXPIRY_EVENTS_ONCE);
    for (int i = 0; i < 3; i++)
        run(s, n, TASK_EXPIRY);
    assert_int_equal(alert(s, late)->repeated, 0);
    set_events(s, IPAM_SPACE_EXPIRY_EVENTS_PERIODIC);
    int64_t since = alert(s, late)->since;
    for (int i = 1; i <= 3; i++) {
        *fake_clock(s->store) += MINUTE;
        size_t before = fake_log_count(s->store);
        run(s, n, TASK_EXPIRY);
        assert_int_equal(alert(s, late)->repeated, i);
        assert_int_equal(alert(s, late)->last, *fake_clock(s->store));
        assert_int_equal(fake_log_count(s->store) - before, 1);
    }
    assert_int_equal(alert(s, late)->since, since);
    assert_null(alert(s, well));
    put_subnet(s, "10.1.0.0/28"); /* utilisation is never told again */
    run(s, n, TASK_UTILIZATION);
    size_t before = fake_log_count(s->store);
    run(s, n, TASK_UTILIZATION);
    assert_int_equal(fake_log_count(s->store), before);
    notify_tasks_free(n);
}

static void test_many_addresses_in_pages_87(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    int64_t now = clock_wall_ms();
    char text[ADDR_TEXT_MAX];
    *fake_clock(s->store) = now;
    for (int i = 0; i < 2500; i++) {
        snprintf(text, sizeof(text), "10.1.%d.%d", i / 200, i % 200);
        put_address(s, text, i % 3 == 0 ? now - DAY : 0);
    }
    assert_true(str_is(run(s, n, TASK_EXPIRY)->message, "2500 addresses looked at, 834 alerts changed"));
    assert_int_equal(state_count(s->state, IPAM_T_ALERT), 834);
    assert_true(str_is(run(s, n, TASK_EXPIRY)->message, "2500 addresses looked at, 0 alerts changed"));
    notify_tasks_free(n);
}

/* --- runs --- */

static void test_regular_runs_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    put_subnet(s, "10.1.0.0/28");
    set(n, MINUTE, 0);
    fake_pass(s->loop, MINUTE);
    assert_int_equal(state_count(s->state, IPAM_T_ALERT), 1);
    for (int i = 0; i < 5; i++)
        fake_pass(s->loop, MINUTE);
    assert_int_equal(site_count(s, IPAM_T_JOB), 1); /* each in place of the one before */
    const struct ipam_job *job = fake_next(s->store, IPAM_T_JOB, 0);
    assert_true(str_is(job->task, "utilization") && str_is(job->target, "utilization"));
    notify_tasks_stop(n);
    fake_pass(s->loop, 10 * MINUTE);
    notify_tasks_free(n);
}

static void on_task(void *user, struct ipam_task *rec)
{
    struct ipam_task *rows = user;
    if (!str_is(rec->name, "utilization_history"))
        rows[str_is(rec->name, "utilization") ? 0 : 1] = *rec;
}

static void test_canceled_and_waiting_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    struct ipam_task rows[2];
    struct arena a;
    int64_t first = 0, second = 0, third = 0;
    put_address(s, "10.1.0.1", 1);
    arena_init(&a, 0);
    set(n, 0, 0);
    notify_tasks_run(n, TASK_EXPIRY, &asker, NULL, on_started, &first);
    fake_spin(s->loop); /* it ends at once: nothing holds it */
    fake_hold(s->store, FAKE_QUERY, true);
    notify_tasks_run(n, TASK_EXPIRY, &asker, NULL, on_started, &first);
    notify_tasks_run(n, TASK_UTILIZATION, &asker, NULL, on_started, &second);
    notify_tasks_run(n, TASK_EXPIRY, &asker, NULL, on_started, &third);
    fake_spin(s->loop);
    assert_true(jobs_running(s->jobs, first) != NULL && jobs_running(s->jobs, second) != NULL);
    assert_true(str_is(jobs_running(s->jobs, second)->phase, "waiting"));
    assert_true(str_is(jobs_running(s->jobs, first)->phase, "addresses"));
    notify_tasks_report(n, &a, on_task, rows);
    assert_int_equal(rows[1].state, IPAM_TASK_STATE_RUNNING);
    assert_int_equal(rows[0].state, IPAM_TASK_STATE_DISABLED);
    assert_false(record_has(&rows[0], IPAM_TASK_SERVERS));
    assert_true(jobs_cancel(s->jobs, third)); /* one that waits */
    assert_true(jobs_cancel(s->jobs, first)); /* the one under way */
    fake_hold(s->store, FAKE_QUERY, false);
    while (fake_held(s->store)) {
        fake_go(s->store);
        fake_spin(s->loop);
    }
    fake_spin(s->loop);
    const struct ipam_job *job = fake_row(s->store, IPAM_T_JOB, first);
    assert_int_equal(job->state, IPAM_JOB_STATE_CANCELED);
    assert_true(str_is(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, third))->message,
                       "cancelled before it began"));
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, second))->state,
                     IPAM_JOB_STATE_DONE);
    notify_tasks_report(n, &a, on_task, rows);
    assert_int_equal(rows[0].last_result, IPAM_TASK_LAST_RESULT_DONE);
    arena_fini(&a);
    notify_tasks_free(n);
}

static void test_storage_that_fails_is_told_80(void **state)
{
    struct site *s = *state;
    struct notify_tasks *n = begin(s);
    put_address(s, "10.1.0.1", 1);
    fake_fail(s->store, FAKE_QUERY, 0, IPAM_E_IO);
    const struct ipam_job *job = run(s, n, TASK_EXPIRY);
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(run(s, n, TASK_EXPIRY)->state, IPAM_JOB_STATE_DONE);
    notify_tasks_free(n);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_each_transition_once_80),
        SITE(test_a_range_and_a_block_say_what_they_are_80),
        SITE(test_many_in_bounded_batches_80),
        SITE(test_what_has_gone_80),
        SITE(test_another_node_has_told_80),
        SITE(test_active_alert_expired_87),
        SITE(test_once_or_periodic_88),
        SITE(test_many_addresses_in_pages_87),
        SITE(test_regular_runs_80),
        SITE(test_canceled_and_waiting_80),
        SITE(test_storage_that_fails_is_told_80),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

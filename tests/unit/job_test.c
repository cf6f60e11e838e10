/* job_test.c - jobs: begun when durable, watched, cancelled, ended, found interrupted after a crash.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fake.h"

#include "base/clock.h"
#include "job/job.h"

struct bench {
    struct loop *loop;
    struct store *store;
    struct state *state;
    struct gate *gate;
    struct jobs *jobs;
    unsigned closed, gate_closed;
};

/* One piece of work. */
struct work {
    struct job *job;
    unsigned started, canceled;
    struct problem problem;
    bool ends_at_once; /* when it is told to */
};

static void on_fatal(void *user, const char *message)
{
    (void)user;
    (void)message;
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->loop = loop_new();
    b->store = fake_store_new(b->loop);
    b->state = state_new();
    b->gate = gate_new(b->loop, b->state, b->store, on_fatal, b);
    b->jobs = jobs_new(b->gate);
    *state = b;
    return 0;
}

static void on_closed(void *user)
{
    ++*(unsigned *)user;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    gate_close(b->gate, on_closed, &b->gate_closed);
    fake_spin(b->loop);
    assert_int_equal(b->gate_closed, 1);
    jobs_free(b->jobs);
    fake_store_free(b->store);
    state_free(b->state);
    loop_stop(b->loop);
    loop_run(b->loop);
    loop_free(b->loop);
    free(b);
    return 0;
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct work *w = user;
    w->started++;
    w->job = job;
    if (problem != NULL)
        w->problem = *problem;
    assert_int_equal(job == NULL, problem != NULL);
}

static void on_cancel(void *user)
{
    struct work *w = user;
    w->canceled++;
    if (w->ends_at_once)
        job_end(w->job, IPAM_JOB_STATE_CANCELED, "told to");
}

static void start(struct bench *b, struct work *w)
{
    const struct job_spec spec = { .kind = "collect",
                                   .target = IPAM_STR("dhcp1"),
                                   .actor.name = IPAM_STR("token:admin"),
                                   .started = on_started,
                                   .cancel = on_cancel,
                                   .user = w };
    job_start(b->jobs, &spec);
    assert_int_equal(w->started, 0);
}

static const struct ipam_job *kept(const struct bench *b, int64_t id)
{
    return fake_row(b->store, IPAM_T_JOB, id);
}

static void test_life(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    fake_hold(b->store, FAKE_COMMIT, true);
    start(b, &w);
    fake_spin(b->loop);
    assert_int_equal(w.started, 0); /* not before its record is durable */
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(w.started, 1);
    int64_t id = job_id(w.job);
    const struct ipam_job *row = kept(b, id), *now = jobs_running(b->jobs, id);
    assert_int_equal(row->state, IPAM_JOB_STATE_RUNNING);
    assert_int_equal(row->created, *fake_clock(b->store));
    assert_true(str_is(row->kind, "collect") && str_is(row->target, "dhcp1") &&
                str_is(row->actor, "token:admin"));
    job_progress(w.job, 3, 10);
    job_message(w.job, "reading %s", "leases");
    assert_int_equal(now->done, 3);
    assert_int_equal(now->total, 10);
    assert_true(str_is(now->message, "reading leases"));
    fake_spin(b->loop);
    assert_false(record_has(kept(b, id), IPAM_JOB_DONE)); /* progress is in memory */
    *fake_clock(b->store) += 5000;
    job_end(w.job, IPAM_JOB_STATE_DONE, "%d rows", 10);
    fake_spin(b->loop);
    row = kept(b, id);
    assert_int_equal(row->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(row->finished - row->created, 5000);
    assert_int_equal(row->done, 3);
    assert_true(str_is(row->message, "10 rows"));
    assert_null(jobs_running(b->jobs, id));
    assert_false(jobs_cancel(b->jobs, id));
    assert_int_equal(fake_count(b->store, IPAM_T_JOB), 1);
    assert_int_equal(fake_head(b->store), 0); /* jobs are no revisions */
}

static void test_cannot_start(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    start(b, &w);
    fake_spin(b->loop);
    assert_int_equal(w.started, 1);
    assert_null(w.job);
    assert_int_equal(w.problem.type, PROBLEM_NO_SPACE);
    assert_int_equal(fake_count(b->store, IPAM_T_JOB), 0);
}

static void test_cancel_once(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    start(b, &w);
    fake_spin(b->loop);
    int64_t id = job_id(w.job);
    assert_true(jobs_cancel(b->jobs, id));
    assert_true(jobs_cancel(b->jobs, id));
    assert_int_equal(w.canceled, 1);
    assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_RUNNING); /* it ends by itself */
    job_end(w.job, IPAM_JOB_STATE_CANCELED, "%s", "cancelled");
    assert_false(jobs_cancel(b->jobs, id));
    fake_spin(b->loop);
    assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_CANCELED);
    assert_false(jobs_cancel(b->jobs, 99));
}

/* The end of a job is tried again until it is stored; until then nobody is told that it has ended. */
static void test_end_waits_for_room(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    fake_time_begin();
    start(b, &w);
    fake_spin(b->loop);
    int64_t id = job_id(w.job);
    for (unsigned i = 0; i < 3; i++)
        fake_fail(b->store, FAKE_COMMIT, i, IPAM_E_NOSPC);
    job_end(w.job, IPAM_JOB_STATE_DONE, "done");
    for (int64_t ms = 500; ms <= 2000; ms *= 2) {
        fake_spin(b->loop);
        fake_pass(b->loop, ms - 1);
        assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_RUNNING);
        assert_int_equal(jobs_running(b->jobs, id)->state, IPAM_JOB_STATE_RUNNING);
        assert_false(jobs_cancel(b->jobs, id));
        fake_pass(b->loop, 1);
    }
    assert_null(jobs_running(b->jobs, id));
    assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_DONE);
    fake_time_end();
}

/* Closing waits for no room: the next start says interrupted. */
static void test_end_is_lost_at_the_stop(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    start(b, &w);
    fake_spin(b->loop);
    int64_t id = job_id(w.job);
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    fake_fail(b->store, FAKE_COMMIT, 1, IPAM_E_NOSPC);
    job_end(w.job, IPAM_JOB_STATE_DONE, "done");
    fake_spin(b->loop);
    jobs_close(b->jobs, on_closed, &b->closed);
    fake_spin(b->loop);
    assert_int_equal(b->closed, 1);
    assert_null(jobs_running(b->jobs, id));
    assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_RUNNING);
}

static void on_recovered(void *user, int status, const char *message)
{
    (void)message;
    *(int *)user = status;
}

static void test_recover(void **state)
{
    struct bench *b = *state;
    struct ipam_job job;
    int status = 1;
    record_init(&job, IPAM_T_JOB);
    for (int64_t id = 1; id <= 4; id++) {
        RECORD_SET(&job, IPAM_JOB_ID, id, id);
        RECORD_SET(&job, IPAM_JOB_REV, rev, 0);
        RECORD_SET(&job, IPAM_JOB_STATE, state,
                   (uint32_t)(id % 2 != 0 ? IPAM_JOB_STATE_RUNNING : IPAM_JOB_STATE_DONE));
        fake_keep(b->store, &job);
    }
    jobs_recover(b->jobs, b->store, on_recovered, &status);
    assert_int_equal(status, 1);
    fake_spin(b->loop);
    assert_int_equal(status, 0);
    for (int64_t id = 1; id <= 4; id++)
        assert_int_equal(kept(b, id)->state, id % 2 != 0 ? IPAM_JOB_STATE_INTERRUPTED : IPAM_JOB_STATE_DONE);
    assert_true(str_is(kept(b, 1)->message, "the service stopped before it ended; start it again"));
    assert_true(record_has(kept(b, 1), IPAM_JOB_FINISHED));
    status = 1;
    jobs_recover(b->jobs, b->store, on_recovered, &status); /* nothing is left */
    fake_spin(b->loop);
    assert_int_equal(status, 0);
    fake_fail(b->store, FAKE_QUERY, 0, IPAM_E_IO);
    jobs_recover(b->jobs, b->store, on_recovered, &status);
    fake_spin(b->loop);
    assert_int_equal(status, IPAM_E_IO);
}

static void test_close(void **state)
{
    struct bench *b = *state;
    struct work running = { .ends_at_once = true }, stubborn = { 0 }, starting = { .ends_at_once = true };
    start(b, &running);
    start(b, &stubborn);
    fake_spin(b->loop);
    fake_hold(b->store, FAKE_COMMIT, true);
    start(b, &starting);
    fake_spin(b->loop);
    jobs_close(b->jobs, on_closed, &b->closed);
    assert_int_equal(running.canceled + stubborn.canceled, 2);
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(starting.canceled, 1); /* as soon as it had begun */
    assert_int_equal(b->closed, 0);
    job_end(stubborn.job, IPAM_JOB_STATE_CANCELED, "at last");
    fake_spin(b->loop);
    assert_int_equal(b->closed, 1);
    for (int64_t id = 1; id <= 3; id++)
        assert_int_equal(kept(b, id)->state, IPAM_JOB_STATE_CANCELED);
}

static void test_close_while_one_starts_in_vain(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    fake_hold(b->store, FAKE_COMMIT, true);
    start(b, &w);
    fake_spin(b->loop);
    jobs_close(b->jobs, on_closed, &b->closed);
    assert_int_equal(b->closed, 0);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(b->closed, 1);
    assert_int_equal(w.started, 1);
}

/* --- parts, runs of a task, records that are given up --- */

static void test_phases_and_results(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    start(b, &w);
    fake_spin(b->loop);
    int64_t id = job_id(w.job);
    job_phase(w.job, "probe");
    job_result(w.job, "dhcp%d: %s", 1, "done");
    assert_true(str_is(jobs_running(b->jobs, id)->phase, "probe"));
    for (int i = 2; i < JOB_RESULTS_MAX + 10; i++)
        job_result(w.job, "dhcp%d: done", i);
    job_end(w.job, IPAM_JOB_STATE_DONE, "all of it");
    fake_spin(b->loop);
    const struct ipam_job *row = kept(b, id);
    assert_false(record_has(row, IPAM_JOB_PHASE));
    assert_int_equal(row->results.count, JOB_RESULTS_MAX);
    assert_true(str_is(row->results.items[0], "dhcp1: done"));
    assert_true(str_is(row->results.items[JOB_RESULTS_MAX - 2], "dhcp999: done"));
    assert_true(str_is(row->results.items[JOB_RESULTS_MAX - 1], "and more, which are not listed"));
}

static void test_takes_the_place_of_another(void **state)
{
    struct bench *b = *state;
    int64_t former = 0;
    for (int i = 0; i < 3; i++) {
        struct work w = { 0 };
        const struct job_spec spec = { .kind = "probe",
                                       .task = "server_availability",
                                       .in_place_of = former,
                                       .target = IPAM_STR("dhcp1"),
                                       .actor.name = IPAM_STR("ipamd"),
                                       .started = on_started,
                                       .user = &w };
        job_start(b->jobs, &spec);
        fake_spin(b->loop);
        former = job_id(w.job);
        assert_int_equal(fake_count(b->store, IPAM_T_JOB), 1);
        assert_true(str_is(kept(b, former)->task, "server_availability"));
        job_end(w.job, IPAM_JOB_STATE_DONE, "done");
        fake_spin(b->loop);
        assert_int_equal(kept(b, former)->state, IPAM_JOB_STATE_DONE);
    }
    assert_int_equal(fake_count(b->store, IPAM_T_JOB), 1);
}

static void keep(struct bench *b, int64_t id, uint32_t state, int64_t finished, const char *task, const char *target)
{
    struct ipam_job job;
    record_init(&job, IPAM_T_JOB);
    RECORD_SET(&job, IPAM_JOB_ID, id, id);
    RECORD_SET(&job, IPAM_JOB_REV, rev, 0);
    RECORD_SET(&job, IPAM_JOB_STATE, state, state);
    RECORD_SET(&job, IPAM_JOB_TARGET, target, str_from(target));
    if (finished != 0)
        RECORD_SET(&job, IPAM_JOB_FINISHED, finished, finished);
    if (task != NULL)
        RECORD_SET(&job, IPAM_JOB_TASK, task, str_from(task));
    fake_keep(b->store, &job);
}

#define KEEP_MS   INT64_C(86400000)
#define KEEP_MOST 20

struct pruned {
    int status;
    size_t count;
};

static void on_pruned(void *user, int status, const char *message, size_t pruned)
{
    (void)message;
    *(struct pruned *)user = (struct pruned){ status, pruned };
}

static void test_prune(void **state)
{
    struct bench *b = *state;
    struct pruned p = { 1, 0 };
    int64_t now = clock_wall_ms(), old = now - KEEP_MS - 1000, recent = now - KEEP_MS + 60000;
    keep(b, 1, IPAM_JOB_STATE_DONE, old, NULL, "a");
    keep(b, 2, IPAM_JOB_STATE_DONE, recent, NULL, "a");
    keep(b, 3, IPAM_JOB_STATE_RUNNING, 0, NULL, "a"); /* however long ago it began */
    keep(b, 4, IPAM_JOB_STATE_DONE, recent, "dhcp_leases", "a");
    keep(b, 5, IPAM_JOB_STATE_FAILED, recent, "dhcp_leases", "b");
    keep(b, 6, IPAM_JOB_STATE_DONE, recent, "dhcp_leases", "a"); /* the last of these two stays */
    keep(b, 7, IPAM_JOB_STATE_DONE, recent, "server_availability", "a");
    assert_true(jobs_prune(b->jobs, b->store, KEEP_MS, KEEP_MOST, on_pruned, &p));
    assert_false(jobs_prune(b->jobs, b->store, KEEP_MS, KEEP_MOST, on_pruned, &p)); /* one at a time */
    fake_spin(b->loop);
    assert_int_equal(p.status, 0);
    assert_int_equal(p.count, 2);
    for (int64_t id = 1; id <= 7; id++)
        assert_int_equal(kept(b, id) == NULL, id == 1 || id == 4);
    for (int64_t id = 100; id < 100 + KEEP_MOST + 15; id++)
        keep(b, id, IPAM_JOB_STATE_DONE, recent, NULL, "a");
    assert_true(jobs_prune(b->jobs, b->store, KEEP_MS, KEEP_MOST, on_pruned, &p));
    fake_spin(b->loop);
    assert_int_equal(fake_count(b->store, IPAM_T_JOB), KEEP_MOST + 1); /* and the one that runs */
    assert_null(kept(b, 100 + 14));
    assert_non_null(kept(b, 100 + 15));
    fake_fail(b->store, FAKE_QUERY, 0, IPAM_E_IO);
    assert_true(jobs_prune(b->jobs, b->store, KEEP_MS, KEEP_MOST, on_pruned, &p));
    fake_spin(b->loop);
    assert_int_equal(p.status, IPAM_E_IO);
}

static void test_close_while_pruning(void **state)
{
    struct bench *b = *state;
    struct pruned p = { 1, 0 };
    keep(b, 1, IPAM_JOB_STATE_DONE, 1, NULL, "a");
    fake_hold(b->store, FAKE_QUERY, true);
    assert_true(jobs_prune(b->jobs, b->store, KEEP_MS, KEEP_MOST, on_pruned, &p));
    fake_spin(b->loop);
    jobs_close(b->jobs, on_closed, &b->closed);
    fake_spin(b->loop);
    assert_int_equal(b->closed, 0); /* the gate is still needed */
    fake_hold(b->store, FAKE_QUERY, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(p.status, 0);
    assert_int_equal(b->closed, 1);
}

int main(void)
{
#define JOB(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        JOB(test_life),
        JOB(test_cannot_start),
        JOB(test_cancel_once),
        JOB(test_end_waits_for_room),
        JOB(test_end_is_lost_at_the_stop),
        JOB(test_recover),
        JOB(test_close),
        JOB(test_close_while_one_starts_in_vain),
        JOB(test_phases_and_results),
        JOB(test_takes_the_place_of_another),
        JOB(test_prune),
        JOB(test_close_while_pruning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* job_test.c - jobs: begun when durable, watched, cancelled, ended, found interrupted after a crash.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fake.h"

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
                                   .actor = IPAM_STR("token:admin"),
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

/* The end of a job that cannot be stored: it is over all the same, and the next start says interrupted. */
static void test_end_is_lost(void **state)
{
    struct bench *b = *state;
    struct work w = { 0 };
    start(b, &w);
    fake_spin(b->loop);
    int64_t id = job_id(w.job);
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    job_end(w.job, IPAM_JOB_STATE_DONE, "done");
    fake_spin(b->loop);
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

int main(void)
{
#define JOB(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        JOB(test_life),
        JOB(test_cannot_start),
        JOB(test_cancel_once),
        JOB(test_end_is_lost),
        JOB(test_recover),
        JOB(test_close),
        JOB(test_close_while_one_starts_in_vain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

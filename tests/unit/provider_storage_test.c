/* provider_storage_test.c - storage calls: one writer, several readers, arguments that live until done.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const struct ipam_table table = { .size = sizeof(table), .type = 1, .name = "things" };
static const struct ipam_table *const tables[] = { &table, &table, &table };
static const struct ipam_schema schema = {
    .size = sizeof(schema), .version = 1, .table_count = 3, .tables = tables
};

static struct instance *shelf;
static struct heard h;

static int up(void **state)
{
    struct instance_spec spec = { .kind = IPAM_KIND_STORAGE, .target = "", .schema = &schema };
    char err[PROVIDER_ERR_MAX] = "";
    struct opened o = { 0 };

    fixture_up(state);
    if (fixture_add("shelf", ISOLATION_NONE, &spec.plugin, err) < 0)
        fail_msg("%s", err);
    assert_true(plugin_offer(spec.plugin, IPAM_KIND_STORAGE)->offered);
    assert_false(plugin_offer(spec.plugin, IPAM_KIND_DHCP)->offered);
    shelf = instance_open(providers, &spec, on_opened, &o);
    fixture_wait(&o.done);
    assert_int_equal(o.status, 0);
    memset(&h, 0, sizeof(h));
    return 0;
}

static void test_the_gate(void **state)
{
    struct ipam_gate_enter enter = { .size = sizeof(enter), .head = 41 };
    struct ipam_key key = { .size = sizeof(key), .type = 7, .id = 9 };
    const struct ipam_key *keys[] = { &key, &key };
    struct ipam_gate_get get = { .size = sizeof(get), .count = 2, .keys = keys };
    struct ipam_gate_commit commit = { .size = sizeof(commit) };
    struct ipam_gate_outcome outcome = { .size = sizeof(outcome) };
    static struct heard heard[5];

    (void)state;
    memset(heard, 0, sizeof(heard));
    request_start(shelf, CALL_ENTER, &enter, 0, &events, &heard[0]);
    request_start(shelf, CALL_GET, &get, 0, &events, &heard[1]);
    request_start(shelf, CALL_COMMIT, &commit, 0, &events, &heard[2]);
    request_start(shelf, CALL_ABORT, NULL, 0, &events, &heard[3]);
    request_start(shelf, CALL_OUTCOME, &outcome, 0, &events, &heard[4]);
    assert_int_equal(heard[0].done, 0);
    fixture_wait(&heard[4].done);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(heard[i].done, 1);
        assert_int_equal(heard[i].status, 0);
    }
    assert_int_equal(enter.ret_head, 42);
    assert_int_equal(enter.ret_next_id, 3);
    assert_string_equal(heard[0].said, "row 1 1 10 no columns 'changed'\n");
    assert_string_equal(heard[1].said, "row 7 9 0 3 0 ''\nrow 7 9 0 3 0 ''\n");
    assert_int_equal(outcome.ret_outcome, IPAM_OUTCOME_ABSENT);
}

static void test_readers_know_their_number_and_rows_stream(void **state)
{
    struct ipam_query query = { .size = sizeof(query), .limit = 100000, .reader = 99 };
    struct ipam_changes changes = { .size = sizeof(changes), .after = 5, .reader = 99 };
    static struct heard other;

    (void)state;
    memset(&other, 0, sizeof(other));
    request_start(shelf, CALL_QUERY, &query, 0, &events, &h);
    request_start(shelf, CALL_CHANGES, &changes, 0, &events, &other);
    fixture_wait(&other.done);
    assert_int_equal(other.status, 0);
    assert_int_equal(changes.ret_head, 5);
    assert_int_equal(h.done, 0); /* it needs the loop for its credit, and did not hold up the other */
    fixture_wait(&h.done);
    assert_int_equal(h.status, 0);
    assert_int_equal(h.rows, 100000);
    assert_int_equal(query.ret_count, 100000);
    assert_non_null(strstr(h.said, "row 1 9 90 no columns 'reader "));
    assert_true(query.reader < 2 && changes.reader < 2);
}

/* A cancelled commit may be at work on its caller's memory: done comes when the plugin has let go, with its
 * word. */
static void test_a_commit_is_never_answered_early(void **state)
{
    struct ipam_gate_commit *commit = calloc(1, sizeof(*commit));
    struct request *req;
    static struct heard queued;
    struct ipam_gate_enter enter = { .size = sizeof(enter) };

    (void)state;
    memset(&queued, 0, sizeof(queued));
    commit->size = sizeof(*commit);
    commit->head = -1; /* takes its time */
    req = request_start(shelf, CALL_COMMIT, commit, 0, &events, &h);
    usleep(20000);
    request_cancel(req);
    req = request_start(shelf, CALL_ENTER, &enter, 0, &events, &queued);
    request_cancel(req);
    fixture_run(30);
    assert_int_equal(h.done, 0);
    assert_int_equal(queued.done, 1); /* never began */
    assert_int_equal(queued.status, IPAM_E_CANCELED);
    fixture_wait(&h.done);
    free(commit);
    assert_int_equal(h.status, 0);
}

static void test_closing_waits_for_a_commit(void **state)
{
    struct ipam_gate_commit *commit = calloc(1, sizeof(*commit));

    (void)state;
    commit->size = sizeof(*commit);
    commit->head = -1;
    request_start(shelf, CALL_COMMIT, commit, 0, &events, &h);
    usleep(20000);
    instance_close(shelf);
    fixture_wait(&h.done);
    free(commit);
    assert_int_equal(h.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_gate, up, fixture_down),
        cmocka_unit_test_setup_teardown(test_readers_know_their_number_and_rows_stream, up, fixture_down),
        cmocka_unit_test_setup_teardown(test_a_commit_is_never_answered_early, up, fixture_down),
        cmocka_unit_test_setup_teardown(test_closing_waits_for_a_commit, up, fixture_down),
    };
    int failed;

    isolation = ISOLATION_NONE;
    log_init("test", LOG_ERR_);
    fixture_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

/* commit_watch_test.c - who is told of revisions, and what is remembered of storage that does not take a batch.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit_bench.h"

#include "commit/changelog.h"

/* --- who is told --- */

static char told[400];

static void on_published(void *user, int64_t rev, struct ipam_bytes row)
{
    struct bench *b = user;
    struct strbuf json;
    struct arena a;
    assert_true(state_head(b->state) >= rev); /* it is shown already */
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%ld%s ", (long)rev,
             row.data != NULL ? "" : "?");
    note('P', '!');
    if (row.data == NULL)
        return;
    arena_init(&a, 0);
    strbuf_init(&json, 1u << 20);
    assert_int_equal(changelog_json(row, &a, &json, NULL, NULL), 0);
    assert_non_null(strstr(json.data, "\"actor\":\"token:admin\""));
    assert_non_null(strstr(json.data, "\"items\":[{\"type\":\"block\""));
    strbuf_fini(&json);
    arena_fini(&a);
}

static const char *told_now(void)
{
    static char text[sizeof(told)];
    memcpy(text, told, sizeof(text));
    told[0] = '\0';
    return text;
}

static void test_the_watcher_hears_each_revision_once_after_its_answer(void **state)
{
    struct bench *b = *state;
    struct probe p[6] = { 0 };
    told[0] = '\0';
    gate_watch(b->gate, on_published, b);
    for (int i = 0; i < 3; i++)
        submit(b, probe(&p[i], (char)('a' + i), i == 1 ? 0 : 1)); /* the second changes nothing */
    fake_spin(b->loop);
    assert_string_equal(events(), "a+b+c+a!b!c!P!P!");
    assert_string_equal(told_now(), "1 2 ");
    probe(&p[3], 'd', 1)->refuses = true;
    submit(b, &p[3]);
    fake_spin(b->loop);
    assert_string_equal(told_now(), ""); /* a refusal is no revision */
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    submit(b, probe(&p[4], 'e', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), ""); /* nor is what was not stored */
    submit(b, probe(&p[5], 'f', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "3 ");
}

/* Nothing is lost between a batch that is still being answered and the next one, which is under way already. */
static void test_the_watcher_hears_of_batches_that_overlap(void **state)
{
    struct bench *b = *state;
    struct probe p[21] = { 0 };
    char expected[100] = "";
    told[0] = '\0';
    gate_watch(b->gate, on_published, b);
    fake_hold(b->store, FAKE_COMMIT, true);
    for (int i = 0; i < 20; i++)
        submit(b, probe(&p[i], (char)('a' + i), 1));
    fake_spin(b->loop);
    submit(b, probe(&p[20], 'z', 1));
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    for (int i = 1; i <= 21; i++)
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%d ", i);
    assert_string_equal(told_now(), expected);
}

static void test_the_watcher_hears_of_what_it_must_read(void **state)
{
    struct bench *b = *state;
    struct probe p[3] = { 0 };
    struct ipam_space other;
    told[0] = '\0';
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    gate_watch(b->gate, on_published, b); /* it was decided before */
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_string_equal(told_now(), "1? ");
    record_init(&other, IPAM_T_SPACE);
    RECORD_SET(&other, IPAM_SPACE_ID, id, 70);
    RECORD_SET(&other, IPAM_SPACE_REV, rev, 4);
    RECORD_SET(&other, IPAM_SPACE_NAME, name, IPAM_STR("theirs"));
    fake_changed(b->store, &other, false); /* another node is at revision 4 */
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "5? ");
    submit(b, probe(&p[2], 'c', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "6 ");
    gate_watch(b->gate, NULL, NULL);
}

/* A witness hears the same, each with its time, whether or not somebody watches. */
static void on_witnessed(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes row)
{
    struct bench *b = user;
    assert_int_equal(time_ms, row.data != NULL ? *fake_clock(b->store) : 0);
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "w%ld%s ", (long)rev, row.data != NULL ? "" : "?");
}

static void test_a_witness_hears_the_same(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    told[0] = '\0';
    gate_witness(b->gate, on_witnessed, b);
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "w1 ");
    gate_watch(b->gate, on_published, b);
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "w2 2 ");
    gate_watch(b->gate, NULL, NULL);
    submit(b, probe(&p[2], 'c', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "w3 ");
    gate_watch(b->gate, on_published, b);
    submit(b, probe(&p[3], 'd', 1));
    fake_spin(b->loop);
    assert_string_equal(told_now(), "w4 4 ");
    gate_watch(b->gate, NULL, NULL);
    gate_witness(b->gate, NULL, NULL);
}

/* --- trouble with storage --- */

static struct gate_stats gate_now(const struct bench *b)
{
    struct gate_stats s;
    gate_stats(b->gate, &s);
    return s;
}

static void test_trouble_is_remembered_until_storage_works_again(void **state)
{
    struct bench *b = *state;
    struct probe p[8] = { 0 };
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, 0);
    struct gate_stats stats = gate_now(b);
    assert_int_equal(histogram_count(&stats.commit), 1);
    fake_fail(b->store, FAKE_ENTER, 0, IPAM_E_BUSY);
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, IPAM_E_BUSY);
    assert_string_equal(gate_now(b).trouble_text, "scripted failure");
    submit(b, probe(&p[2], 'c', 0)); /* one without rows tells as well that it can be entered */
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, 0);
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    submit(b, probe(&p[3], 'd', 1));
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, IPAM_E_NOSPC);
    submit(b, probe(&p[4], 'e', 0)); /* but nothing of room */
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, IPAM_E_NOSPC);
    submit(b, probe(&p[5], 'f', 1));
    fake_spin(b->loop);
    assert_int_equal(gate_now(b).trouble, 0);
    assert_int_equal(gate_now(b).failed, 2);
}

#define GATE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        GATE(test_the_watcher_hears_each_revision_once_after_its_answer),
        GATE(test_the_watcher_hears_of_batches_that_overlap),
        GATE(test_the_watcher_hears_of_what_it_must_read),
        GATE(test_a_witness_hears_the_same),
        GATE(test_trouble_is_remembered_until_storage_works_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* provider_loop_test.c - LOOP plugins: on the loop's thread, with its timers, descriptors and credit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/report.h"
#include "record/record.h"

static struct heard h, many[12];
static struct plugin *looper;
static struct opened o;

static struct instance *open_looper(void)
{
    struct instance_spec spec = { .plugin = looper, .kind = IPAM_KIND_DHCP, .target = "server-1" };
    struct instance *inst;

    memset(&o, 0, sizeof(o));
    inst = instance_open(providers, &spec, on_opened, &o);
    fixture_wait(&o.done);
    assert_int_equal(o.status, 0);
    return inst;
}

static int up(void **state)
{
    char err[PROVIDER_ERR_MAX];

    fixture_up(state);
    if (fixture_add("looper", isolation, &looper, err) < 0)
        fail_msg("%s", err);
    memset(&h, 0, sizeof(h));
    memset(many, 0, sizeof(many));
    return 0;
}

static void test_rows_wait_for_credit_without_blocking(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    ask_and_wait(inst, "", 50000, 9000, &h); /* several times the credit */
    assert_int_equal(h.status, 0);
    assert_int_equal(h.records, 50000);
    assert_true(h.ordered);
    assert_string_equal(h.token, "emitted");
}

/* A row each: how the plugin goes on later, always on the same thread. */
static void test_each_way_to_go_on_later(void **state)
{
    static const char *const ways[] = { "timer", "fd", "defer" };
    struct instance *inst = open_looper();

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        print_message("row: %s\n", ways[i]);
        ask_and_wait(inst, ways[i], 20, 5000, &h);
        assert_int_equal(h.status, 0);
        assert_string_equal(h.token, "later");
    }
}

static void test_calls_run_beside_each_other_up_to_its_limit(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    for (size_t i = 0; i < 12; i++)
        ask(inst, "share", 30, 5000, &many[i]);
    for (size_t i = 0; i < 12; i++) {
        fixture_wait(&many[i].done);
        assert_int_equal(many[i].status, 0);
    }
    assert_string_equal(many[11].token, "most 3"); /* as its table says */
}

/* A plugin of its own, for its settings are: "looper" as the operator wants it. */
static void want_looper(struct plugin_settings settings)
{
    char err[PROVIDER_ERR_MAX];

    settings.isolation = isolation;
    if (fixture_want("looper", &settings, &looper, err) < 0)
        fail_msg("%s", err);
}

static void test_the_operator_may_allow_fewer_calls_at_once(void **state)
{
    struct instance *inst;

    (void)state;
    want_looper((struct plugin_settings){ .max_concurrency = 2 });
    inst = open_looper();
    for (size_t i = 0; i < 8; i++)
        ask(inst, "share", 30, 5000, &many[i]);
    for (size_t i = 0; i < 8; i++)
        fixture_wait(&many[i].done);
    assert_string_equal(many[7].token, "most 2");
    want_looper((struct plugin_settings){ .max_concurrency = 60 }); /* never more than it can stand */
    inst = open_looper();
    for (size_t i = 0; i < 8; i++)
        ask(inst, "share", 30, 5000, &many[i]);
    for (size_t i = 0; i < 8; i++)
        fixture_wait(&many[i].done);
    assert_string_equal(many[7].token, "most 3");
}

static void test_the_operator_may_allow_less_time(void **state)
{
    int64_t begun;

    (void)state;
    want_looper((struct plugin_settings){ .timeout_ms = 100 });
    begun = clock_mono_ms();
    ask_and_wait(open_looper(), "hold", 1, 9000, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    assert_in_range(clock_mono_ms() - begun, 95, 3000);
}

/* As many processes as wanted share the servers; in process there is nothing to share. */
static void test_helpers_share_the_servers(void **state)
{
    struct instance *inst[5];
    unsigned in[2] = { 0, 0 };

    (void)state;
    want_looper((struct plugin_settings){ .helpers = 2 });
    for (int i = 0; i < 5; i++)
        inst[i] = open_looper();
    for (int i = 0; i < 5; i++) {
        ask_and_wait(inst[i], "", 2, 5000, &h);
        assert_int_equal(h.records, 2);
        if (isolation == ISOLATION_PROCESS)
            in[inst[i]->helper != inst[0]->helper]++;
    }
    if (isolation == ISOLATION_PROCESS) {
        assert_true(in[0] >= 2 && in[1] >= 2); /* evenly */
        for (int i = 1; i < 5; i++)
            assert_true(inst[i]->helper == inst[0]->helper || inst[i]->helper == inst[1]->helper);
    } else {
        assert_null(providers->helpers);
    }
}

static void test_cancel_and_deadline_reach_it(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    ask(inst, "hold", 1, 5000, &h);
    fixture_run(20);
    request_cancel(h.req);
    fixture_wait(&h.done);
    assert_int_equal(h.status, IPAM_E_CANCELED);
    ask_and_wait(inst, "hold", 1, 50, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    ask_and_wait(inst, "", 2, 5000, &h); /* both let go: all three places are free again */
    assert_int_equal(h.records, 2);
    fixture_run(20);
    assert_null(inst->requests);
}

static void cancel_at_1000(struct heard *heard)
{
    if (heard->records == 1000)
        request_cancel(heard->req);
}

/* It waits for credit, and is told that none will come. */
static void test_cancel_reaches_it_while_it_waits_for_credit(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    h.on_record = cancel_at_1000;
    ask_and_wait(inst, "", 500000, 9000, &h);
    assert_int_equal(h.status, IPAM_E_CANCELED);
    assert_int_equal(h.records, 1000);
    fixture_run(200);
    assert_null(inst->requests);
}

static void test_a_call_that_waits_can_be_canceled(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    for (size_t i = 0; i < 4; i++)
        ask(inst, "hold", 1, 5000, &many[i]);
    fixture_run(20);
    request_cancel(many[3].req); /* the plugin never saw it */
    fixture_wait(&many[3].done);
    assert_int_equal(many[3].status, IPAM_E_CANCELED);
    assert_int_equal(many[0].done + many[1].done + many[2].done, 0);
    instance_close(inst); /* cancels the others, then closes */
    while (providers->instances)
        fixture_run(5);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(many[i].status, IPAM_E_CANCELED);
}

static void test_the_server_may_turn_out_to_do_less(void **state)
{
    struct instance *inst = open_looper();

    (void)state;
    assert_int_equal(inst->capabilities, IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6);
    request_start(inst, CALL_PROBE, NULL, 5000, &events, &h);
    fixture_wait(&h.done);
    fixture_run(20);
    assert_int_equal(inst->capabilities, IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V6);
}

static struct ipam_instance *reported;

static void keep(void *user, struct ipam_instance *rec)
{
    (void)user;
    if (str_is(rec->plugin, "looper"))
        reported = rec;
}

static void test_the_report_says_what_it_is_doing(void **state)
{
    struct instance *inst = open_looper();
    struct arena a;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        ask(inst, "hold", 1, 5000, &many[i]);
    fixture_run(50);
    arena_init(&a, 0);
    reported = NULL;
    providers_report_instances(providers, &a, keep, NULL);
    assert_non_null(reported);
    assert_int_equal(reported->state, IPAM_INSTANCE_STATE_OPEN);
    assert_int_equal(reported->running + reported->waiting, 5);
    assert_true(reported->doing.count >= 3);
    assert_memory_equal(reported->doing.items[0].data, "read_leases 0.", 14);
    arena_fini(&a);
}

static bool is_there(const struct instance *wanted)
{
    const struct instance *inst = providers->instances;

    while (inst && inst != wanted)
        inst = inst->next;
    return inst != NULL;
}

static void on_all_closed(void *user)
{
    *(int *)user = 1;
}

static int loop_down(void **state)
{
    (void)state;
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
    return 0;
}

static void test_what_others_stand_on_closes_last(void **state)
{
    struct instance *upper = open_looper(), *lower = open_odd("{\"name\": \"x\"}", &o);
    int closed = 0, turns = 0;

    (void)state;
    looper->rank = 1;
    providers_close(providers, on_all_closed, &closed);
    while (!closed && is_there(upper)) {
        assert_int_equal(lower->state, INSTANCE_OPEN);
        turns += upper->state == INSTANCE_CLOSING;
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    }
    assert_true(turns > 0);
    fixture_wait(&closed);
}

static int problems, checked, check_status;
static char said[256];

static void on_problem(void *user, const char *option, const char *message)
{
    (void)user;
    problems++;
    snprintf(said, sizeof(said), "%s %s", option, message);
}

static void on_checked(void *user, int status, const char *why)
{
    (void)user;
    (void)why;
    check_status = status;
    checked = 1;
}

static void judge(const char *options, const char *base)
{
    struct json_doc *doc = NULL, *base_doc = NULL;
    struct json_error e;

    problems = checked = 0;
    assert_int_equal(json_parse(options, strlen(options), 4096, &doc, &e), 0);
    assert_int_equal(json_parse(base, strlen(base), 4096, &base_doc, &e), 0);
    plugin_check_together(providers, looper, doc, json_root(doc), base_doc, json_root(base_doc), on_problem,
                          on_checked, NULL);
    assert_int_equal(checked, 0); /* never inside the call */
    fixture_wait(&checked);
    assert_int_equal(check_status, 0);
    json_free(doc);
    json_free(base_doc);
}

static void test_the_plugin_judges_options_together(void **state)
{
    (void)state;
    judge("{\"low\": 3}", "{}");
    assert_int_equal(problems, 0);
    judge("{\"low\": 9}", "{}"); /* the default of the other counts */
    assert_int_equal(problems, 1);
    assert_string_equal(said, "low is not below high; write a smaller number");
    judge("{\"low\": 9}", "{\"high\": 10}");
    assert_int_equal(problems, 0);
    judge("{\"low\": 9}", "{\"high\": 8}");
    assert_int_equal(problems, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, up, fixture_down)
        T(test_rows_wait_for_credit_without_blocking),
        T(test_each_way_to_go_on_later),
        T(test_calls_run_beside_each_other_up_to_its_limit),
        T(test_the_operator_may_allow_fewer_calls_at_once),
        T(test_the_operator_may_allow_less_time),
        T(test_helpers_share_the_servers),
        T(test_cancel_and_deadline_reach_it),
        T(test_cancel_reaches_it_while_it_waits_for_credit),
        T(test_a_call_that_waits_can_be_canceled),
        T(test_the_server_may_turn_out_to_do_less),
        T(test_the_report_says_what_it_is_doing),
        T(test_the_plugin_judges_options_together),
        cmocka_unit_test_setup_teardown(test_what_others_stand_on_closes_last, up, loop_down),
    };

    int failed;

    isolation = TEST_ISOLATION;
    log_init("test", LOG_ERR_);
    fixture_folder();
    fixture_copy("looper", "looper"); /* once: it stays loaded */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

/* provider_trouble_test.c - plugins that crash, hang or never answer, and how the daemon goes on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/helper.h"
#include "record/record.h"

#define OK "{\"name\": \"x\"}"

static struct heard h, h2;
static struct opened o;

static bool apart(void)
{
    return isolation == ISOLATION_PROCESS;
}

/* A call that never ends: the caller is answered in time, whoever comes next waits, and then the plugin
 * counts as stuck: in process it gets no more calls, in a helper the process is exchanged. */
static void never_ends(const char *how)
{
    struct instance *inst = open_odd(OK, &o);

    providers->zombie_grace_ms = 150;
    ask_and_wait(inst, how, 1, 50, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    assert_non_null(inst->requests); /* its memory stays with the plugin */
    ask_and_wait(inst, "", 1, 30, &h2);
    assert_int_equal(h2.status, IPAM_E_TIMEOUT);
    fixture_run(400);
    ask_and_wait(inst, "", 1, 5000, &h2);
    if (apart()) {
        assert_int_equal(h2.status, 0);
        assert_int_equal(h2.records, 1);
        assert_null(inst->requests);
    } else {
        assert_int_equal(h2.status, IPAM_E_PROVIDER);
        assert_non_null(strstr(h2.message, "an earlier call of the plugin odd has not come back"));
    }
    assert_int_equal(h.done, 1);
}

static void test_no_done(void **state)
{
    (void)state;
    never_ends("no-done");
}

static void test_a_hang(void **state)
{
    (void)state;
    never_ends("hang");
}

/* What hangs for a while only is of use again afterwards. */
static void test_a_plugin_that_comes_back(void **state)
{
    struct instance *inst = open_odd(OK, &o);

    (void)state;
    if (apart())
        return; /* its process is exchanged meanwhile */
    providers->zombie_grace_ms = 50;
    ask_and_wait(inst, "slow", 400, 50, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    fixture_run(100);
    ask_and_wait(inst, "", 1, 5000, &h2);
    assert_int_equal(h2.status, IPAM_E_PROVIDER);
    fixture_run(400);
    ask_and_wait(inst, "", 1, 5000, &h2);
    assert_int_equal(h2.status, 0);
}

static void test_an_open_that_hangs_does_not_hold_up_the_end(void **state)
{
    int64_t begun = clock_mono_ms();

    open_odd("{\"name\": \"x\", \"open_time\": \"60s\"}", NULL);
    fixture_run(50);
    fixture_down(state);
    assert_true(clock_mono_ms() - begun < 5000);
    fixture_up(state);
}

static void test_a_crash_ends_its_calls_and_the_next_works(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    int64_t begun;

    (void)state;
    if (!apart())
        return;
    ask(inst, "crash", 1, 5000, &h);
    ask(inst, "", 1, 5000, &h2); /* sent behind it */
    fixture_wait(&h.done);
    fixture_wait(&h2.done);
    assert_int_equal(h.status, IPAM_E_CONN);
    assert_string_equal(h.message,
                        "the provider process of plugin odd ended: signal 11 (Segmentation fault)");
    assert_int_equal(h2.status, IPAM_E_CONN);
    begun = clock_mono_ms();
    ask_and_wait(inst, "", 3, 5000, &h); /* the first new process comes at once */
    assert_int_equal(h.status, 0);
    assert_int_equal(h.records, 3);
    ask_and_wait(inst, "crash", 1, 5000, &h);
    assert_int_equal(h.status, IPAM_E_CONN);
    begun = clock_mono_ms();
    ask_and_wait(inst, "", 3, 5000, &h);
    assert_int_equal(h.status, 0);
    assert_in_range(clock_mono_ms() - begun, 200, 3000); /* the second takes 250 ms */
    assert_int_equal(inst->helper->back_off_ms, 500);
    assert_int_equal(o.done, 1);
}

static void test_a_crash_in_open_fails_the_open(void **state)
{
    (void)state;
    if (!apart())
        return;
    open_odd("{\"name\": \"x\", \"open\": \"crash\"}", &o);
    assert_int_equal(o.status, IPAM_E_CONN);
    assert_non_null(
        strstr(o.message, "the provider process of plugin odd ended: signal 11 (Segmentation fault)"));
}

/* Two instances share the process; both are opened again without being asked. */
static void test_a_killed_process_is_exchanged_unasked(void **state)
{
    struct instance *first = open_odd(OK, &o), *second = open_odd(OK, &o);
    pid_t before;

    (void)state;
    if (!apart())
        return;
    before = first->helper->pid;
    assert_ptr_equal(first->helper, second->helper);
    kill(before, SIGKILL);
    fixture_run(400);
    assert_int_equal(first->state, INSTANCE_OPEN);
    assert_int_equal(second->state, INSTANCE_OPEN);
    assert_true(first->helper->pid > 0 && first->helper->pid != before);
    ask_and_wait(second, "", 2, 5000, &h);
    assert_int_equal(h.status, 0);
}

static void test_a_stopped_process_is_exchanged(void **state)
{
    struct instance *inst = open_odd(OK, &o);

    (void)state;
    if (!apart())
        return;
    providers->zombie_grace_ms = 100;
    kill(inst->helper->pid, SIGSTOP);
    ask_and_wait(inst, "", 1, 50, &h);
    assert_int_equal(h.status, IPAM_E_TIMEOUT);
    fixture_run(400);
    ask_and_wait(inst, "", 1, 5000, &h);
    assert_int_equal(h.status, 0);
}

/* A row each: what it takes too much of, and what its caller hears before the system would end it. */
static void test_a_process_that_takes_too_much_is_exchanged(void **state)
{
    static const struct {
        const char *how;
        int64_t much;
        const char *message;
    } rows[] = {
        { "hoard", 60, "it had more descriptors open than it may" },
#ifndef IPAM_SANITIZED /* which takes more memory by itself */
        { "swell", 40, "it used more memory than it may" },
#endif
    };

    (void)state;
    if (!apart())
        return;
    providers->limits = (struct keeper_limits){ .memory_mib = 32, .files = 64 };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instance *inst = open_odd(OK, &o);

        assert_int_equal(o.status, 0);
        ask_and_wait(inst, rows[i].how, rows[i].much, 5000, &h);
        print_message("row: %s: %d %s\n", rows[i].how, h.status, h.message);
        assert_int_equal(h.status, IPAM_E_CONN);
        assert_non_null(strstr(h.message, rows[i].message));
        ask_and_wait(inst, "", 1, 5000, &h);
        assert_int_equal(h.status, 0);
    }
}

/* Whose calls end the shared process twice gets one for itself, and troubles nobody any more. */
static void test_who_crashes_again_is_set_apart(void **state)
{
    struct instance *bad = open_odd(OK, &o), *good = open_odd(OK, &o);

    (void)state;
    if (!apart())
        return;
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(bad->helper, good->helper);
        ask_and_wait(bad, "crash", 1, 5000, &h);
        assert_int_equal(h.status, IPAM_E_CONN);
        ask_and_wait(good, "", 1, 5000, &h);
        assert_int_equal(h.status, 0);
    }
    ask_and_wait(bad, "", 1, 5000, &h);
    assert_int_equal(h.status, 0);
    assert_ptr_not_equal(bad->helper, good->helper);
    ask(good, "slow", 200, 5000, &h2);
    ask_and_wait(bad, "crash", 1, 5000, &h);
    fixture_wait(&h2.done);
    assert_int_equal(h2.status, 0);
}

static void test_closing_does_not_wait_for_a_process_that_rests(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    int64_t begun;

    (void)state;
    if (!apart())
        return;
    for (int i = 0; i < 3; i++) {
        ask_and_wait(inst, "crash", 1, 9000, &h);
        assert_int_equal(h.status, IPAM_E_CONN);
    }
    fixture_run(50); /* the next one comes in 500 ms */
    assert_int_equal(inst->helper->state, HELPER_RESTING);
    begun = clock_mono_ms();
    ask(inst, "", 1, 9000, &h);
    instance_close(inst);
    while (providers->instances)
        fixture_run(5);
    assert_true(clock_mono_ms() - begun < 200);
    assert_int_equal(h.status, IPAM_E_CANCELED);
}

static void test_the_last_instance_ends_the_process(void **state)
{
    struct instance *first = open_odd(OK, &o), *second = open_odd(OK, &o);
    pid_t pid;

    (void)state;
    if (!apart())
        return;
    pid = first->helper->pid;
    instance_close(first);
    fixture_run(100);
    assert_int_equal(kill(pid, 0), 0);
    instance_close(second);
    fixture_run(300);
    assert_int_equal(kill(pid, 0), -1);
    first = open_odd(OK, &o); /* and a new one starts it again, without back-off */
    assert_int_equal(o.status, 0);
}

static void test_a_keeper_that_dies_takes_all_along(void **state)
{
    struct instance *inst = open_odd(OK, &o);
    char path[64], stat[512];
    FILE *f;

    (void)state;
    if (!apart())
        return;
    ask(inst, "patient", 1, 9000, &h);
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)inst->helper->pid);
    f = fopen(path, "r");
    stat[fread(stat, 1, sizeof(stat) - 1, f)] = '\0';
    fclose(f);
    kill((pid_t)strtol(strrchr(stat, ')') + 4, NULL, 10), SIGKILL);
    fixture_wait(&h.done);
    assert_int_equal(h.status, IPAM_E_CONN);
    assert_non_null(strstr(h.message, "ipam-keeper has gone; restart ipamd"));
    ask_and_wait(inst, "", 1, 5000, &h);
    assert_int_equal(h.status, IPAM_E_CONN);
    assert_non_null(strstr(h.message, "cannot be started"));
}

/* Plugins that must not be used, and why; the same words whoever found it. */
static void test_bad_plugins_are_refused(void **state)
{
    static const struct {
        const char *name;
        int status;
        const char *message;
    } rows[] = {
        { "odd-abi", IPAM_E_CONFIG,
          "the plugin odd-abi cannot be used: it is built for ABI 0.99, this is 0.2" },
        { "other", IPAM_E_CONFIG, "the plugin other cannot be used: it calls itself 'odd', not 'other'" },
        { "absent", IPAM_E_NOENT, "there is no plugin" },
        { "../odd", IPAM_E_INVAL, "'../odd' is no plugin name" },
        { "cut", IPAM_E_CONFIG, "is cut off" },
        { "library", IPAM_E_CONFIG, "the plugin library has no ipam_plugin_v0" },
        { "odd", IPAM_E_EXIST, "the plugin odd is there twice" },
    };
    struct plugin *pl;
    char err[PROVIDER_ERR_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(fixture_add(rows[i].name, isolation, &pl, err), rows[i].status);
        print_message("row: %s: %s\n", rows[i].name, err);
        assert_non_null(strstr(err, rows[i].message));
    }
    if (apart()) {
        assert_int_equal(fixture_add("shelf", isolation, &pl, err), IPAM_E_CONFIG);
        assert_non_null(strstr(err, "set its isolation to \"none\""));
    }
}

static struct plugin_set *set;
static int set_loaded;

static void on_loaded(void *user, struct plugin_set *loaded)
{
    (void)user;
    set = loaded;
    set_loaded = 1;
}

static void load(const char *first, const char *second)
{
    struct plugin_want wants[] = { { first, { .isolation = isolation } },
                                   { second, { .isolation = isolation } } };

    set_loaded = 0;
    plugins_load(providers, wants, 2, on_loaded, NULL);
    fixture_wait(&set_loaded);
}

static void test_a_refused_plugin_is_not_found(void **state)
{
    (void)state;
    load("odd", "absent");
    plugins_use(set);
    assert_non_null(plugin_find(providers, str_from("odd")));
    assert_null(plugin_find(providers, str_from("absent")));
    assert_non_null(strstr(plugin_refusal(providers, str_from("absent")), "there is no plugin"));
    assert_null(plugin_refusal(providers, str_from("odd")));
}

/* In this process what is loaded stays; in another a new file is a new plugin. */
static void test_a_file_that_was_exchanged_is_loaded_anew(void **state)
{
    (void)state;
    load("odd", "absent");
    assert_false(plugin_set_fresh(set, 0));
    plugins_drop(set);
    fixture_copy("odd", "odd.new");
    fixture_rename("odd.new", "odd");
    load("odd", "absent");
    assert_int_equal(plugin_set_fresh(set, 0), apart());
    plugins_drop(set);
}

static void test_the_description_is_the_plugins(void **state)
{
    struct plugin_info info;
    struct plugin *pl = plugin_find(providers, str_from("odd"));

    (void)state;
    assert_non_null(pl);
    assert_null(plugin_find(providers, str_from("od")));
    plugin_info(pl, &info);
    assert_string_equal(info.name, "odd");
    assert_string_equal(info.version, "1.2");
    assert_string_equal(info.summary, "Behaves as it is told.");
    assert_int_equal(info.settings.isolation, isolation);
    assert_true(plugin_offer(pl, IPAM_KIND_DHCP)->offered);
    assert_false(plugin_offer(pl, IPAM_KIND_STORAGE)->offered);
    assert_int_equal(plugin_offer(pl, IPAM_KIND_DHCP)->capabilities,
                     IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_V4);
    assert_int_equal(pl->options.count, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
        T(test_no_done),
        T(test_a_hang),
        T(test_a_plugin_that_comes_back),
        T(test_an_open_that_hangs_does_not_hold_up_the_end),
        T(test_a_crash_ends_its_calls_and_the_next_works),
        T(test_a_crash_in_open_fails_the_open),
        T(test_a_killed_process_is_exchanged_unasked),
        T(test_a_stopped_process_is_exchanged),
        T(test_a_process_that_takes_too_much_is_exchanged),
        T(test_who_crashes_again_is_set_apart),
        T(test_closing_does_not_wait_for_a_process_that_rests),
        T(test_the_last_instance_ends_the_process),
        T(test_a_keeper_that_dies_takes_all_along),
        T(test_bad_plugins_are_refused),
        T(test_a_refused_plugin_is_not_found),
        T(test_a_file_that_was_exchanged_is_loaded_anew),
        T(test_the_description_is_the_plugins),
    };
    int failed;

    isolation = TEST_ISOLATION;
    log_init("test", LOG_ERR_);
    fixture_crash_plainly();
    fixture_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

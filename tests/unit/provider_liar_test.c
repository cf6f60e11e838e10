/* provider_liar_test.c - whatever a helper sends, it ends the helper and never the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "provider/helper.h"

#define OK "{\"name\": \"x\"}"

/* A row each: the lie, and a part of what its call's caller hears. */
static const struct {
    const char *how;
    int status;
    const char *message;
} rows[] = {
    { "garbage", IPAM_E_CONN, "malformed frame" },
    { "huge", IPAM_E_CONN, "malformed frame" },
    { "short", IPAM_E_CONN, "malformed frame" },
    { "kind", IPAM_E_CONN, "malformed frame" },
    { "daemons-kind", IPAM_E_CONN, "malformed frame" },
    { "nobody", IPAM_E_CONN, "malformed frame" },
    { "twice", 0, "" }, /* the first is an outcome; the second is for nobody */
    { "utf8", IPAM_E_PROTO, "broke the protocol" },
    { "packed", IPAM_E_PROTO, "broke the protocol" },
    { "type", IPAM_E_PROTO, "broke the protocol" },
    { "row", IPAM_E_CONN, "malformed frame" },
    { "outcome", IPAM_E_PROTO, "broke the protocol" },
    { "step", IPAM_E_PROTO, "broke the protocol" },
    { "opened", IPAM_E_CONN, "malformed frame" },
    { "credit", IPAM_E_CONN, "more than its credit" },
};

static struct heard h;
static struct opened o;

static void slowly(struct heard *heard)
{
    struct timespec t = { 0, 1000000 };

    (void)heard;
    nanosleep(&t, NULL);
}

static void test_lies_end_the_helper(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instance *inst;

        setenv("LIAR", rows[i].how, 1);
        fixture_up_with(state, TEST_LIAR, SANDBOX_OFF);
        inst = open_odd(OK, &o);
        assert_int_equal(o.status, 0);
        h.on_record = strcmp(rows[i].how, "credit") == 0 ? slowly : NULL; /* a reader who lags behind */
        ask_and_wait(inst, "", 1, 20000, &h);
        h.on_record = NULL;
        print_message("row: %s: %d %s\n", rows[i].how, h.status, h.message);
        assert_int_equal(h.status, rows[i].status);
        assert_non_null(strstr(h.message, rows[i].message));
        fixture_run(100);
        assert_int_equal(h.done, 1);
        assert_true(inst->helper->back_off_ms > 0); /* it was ended */
        fixture_down(state);
    }
}

static void test_no_more_capabilities_than_the_table_has(void **state)
{
    struct instance *inst;

    setenv("LIAR", "caps", 1);
    fixture_up_with(state, TEST_LIAR, SANDBOX_OFF);
    inst = open_odd(OK, &o);
    ask(inst, "", 1, 5000, &h);
    while (h.records == 0)
        fixture_run(5);
    assert_int_equal(inst->capabilities,
                     IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_V4);
    fixture_down(state);
}

static void test_a_helper_of_another_version_is_not_used(void **state)
{
    static const char *const ways[] = { "version", "tables", "greeting" };

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        setenv("LIAR", ways[i], 1);
        fixture_up_with(state, TEST_LIAR, SANDBOX_OFF);
        open_odd(OK, &o);
        print_message("row: %s: %s\n", ways[i], o.message);
        assert_int_equal(o.status, IPAM_E_CONN);
        assert_non_null(
            strstr(o.message, i < 2 ? "another version than ipamd: restart ipamd" : "malformed frame"));
        fixture_down(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies_end_the_helper),
        cmocka_unit_test(test_no_more_capabilities_than_the_table_has),
        cmocka_unit_test(test_a_helper_of_another_version_is_not_used),
    };
    int failed;

    isolation = ISOLATION_PROCESS;
    log_init("test", LOG_ERR_);
    fixture_folder();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}

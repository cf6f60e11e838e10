/* null_discovery_test.c - null-discovery: servers found by realm, role and name; access prepared and taken back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

static struct ipam_inst inst;
static struct ipam_req req;

static int setup(void **state)
{
    static const struct option_pair options[] = {
        { "realm", "site" },
        { "servers", "a/dhcp+dns/10.0.0.1+2001:db8::1;b/dns/10.0.0.2;c/dc/10.0.0.3" },
        { NULL, NULL }
    };

    (void)state;
    inst_start(&inst, options);
    req_init(&req, &inst);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    req_free(&req);
    inst_close(&inst);
    return 0;
}

static void discover(const char *realm, struct ipam_strs roles, uint32_t realms)
{
    struct ipam_discover args = { .size = sizeof(args), .type = IPAM_T_DISCOVER };

    if (realm)
        RECORD_SET(&args, IPAM_DISCOVER_REALM, realm, STR(realm));
    if (roles.count)
        RECORD_SET(&args, IPAM_DISCOVER_ROLES, roles, roles);
    if (realms)
        RECORD_SET(&args, IPAM_DISCOVER_REALMS, realms, realms);
    req_free(&req);
    inst.plugin->discovery->discover(inst.ctx, &req, &args);
}

static void test_servers_are_found_by_realm_and_role(void **state)
{
    struct ipam_str roles[] = { STR("dhcp"), STR("dc") };
    struct ipam_addr second = addr_of("2001:db8::1");

    (void)state;
    discover("site", (struct ipam_strs){ NULL, 0 }, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE);
    assert_int_equal(req.count, 3);
    const struct ipam_found *f = req_row(&req, IPAM_T_FOUND, 0);
    assert_str(f->name, "a");
    assert_str(f->realm, "site");
    assert_int_equal(f->roles.count, 2);
    assert_int_equal(f->addresses.count, 2);
    assert_memory_equal(&f->addresses.items[1], &second, sizeof(second));
    discover(NULL, (struct ipam_strs){ roles, 2 }, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 2);
    discover("elsewhere", (struct ipam_strs){ NULL, 0 }, 0);
    req_ended(&req, IPAM_E_NOENT);
    discover(NULL, (struct ipam_strs){ NULL, 0 }, 1);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 1);
    assert_str(((const struct ipam_realm *)req_row(&req, IPAM_T_REALM, 0))->name, "site");
}

static void test_a_server_is_described_by_its_name(void **state)
{
    struct ipam_discover args = { .size = sizeof(args), .type = IPAM_T_DISCOVER, .name = STR("b") };

    (void)state;
    inst.plugin->discovery->describe(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 1);
    args.name = STR("nobody");
    req_free(&req);
    inst.plugin->discovery->describe(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_NOENT);
}

/* The state of the artefacts, in order: "missing made". */
static void assert_provision(uint32_t verb, size_t servers, const uint32_t *states)
{
    struct ipam_str names[] = { STR("a"), STR("b") };
    struct ipam_provision args = { .size = sizeof(args), .type = IPAM_T_PROVISION, .verb = verb };

    if (servers)
        RECORD_SET(&args, IPAM_PROVISION_SERVERS, servers, ((struct ipam_strs){ names, servers }));
    RECORD_SET(&args, IPAM_PROVISION_PREFIX, prefix, STR("test"));
    req_free(&req);
    inst.plugin->discovery->provision(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, servers ? servers : 1);
    for (size_t i = 0; i < req.count; i++)
        assert_int_equal(((const struct ipam_artefact *)req_row(&req, IPAM_T_ARTEFACT, i))->state, states[i]);
}

static void test_access_is_made_once_and_taken_back(void **state)
{
    enum {
        MISSING = IPAM_ARTEFACT_STATE_MISSING,
        PRESENT = IPAM_ARTEFACT_STATE_PRESENT,
        MADE = IPAM_ARTEFACT_STATE_MADE,
        REMOVED = IPAM_ARTEFACT_STATE_REMOVED
    };

    (void)state;
    assert_provision(IPAM_PROVISION_VERB_PLAN, 0, (uint32_t[]){ MISSING });
    assert_provision(IPAM_PROVISION_VERB_APPLY, 0, (uint32_t[]){ MADE });
    assert_str(((const struct ipam_artefact *)req_row(&req, IPAM_T_ARTEFACT, 0))->name, "test-managers");
    assert_provision(IPAM_PROVISION_VERB_APPLY, 1, (uint32_t[]){ MADE });
    assert_provision(IPAM_PROVISION_VERB_APPLY, 2, (uint32_t[]){ PRESENT, MADE });
    assert_provision(IPAM_PROVISION_VERB_REMOVE, 1, (uint32_t[]){ REMOVED });
    assert_provision(IPAM_PROVISION_VERB_PLAN, 2, (uint32_t[]){ MISSING, PRESENT });
    assert_provision(IPAM_PROVISION_VERB_PLAN, 0, (uint32_t[]){ PRESENT }); /* the realm's own stays */
}

static void test_probe_says_what_it_can(void **state)
{
    (void)state;
    assert_probe(&inst, &inst.plugin->discovery->common, inst.plugin->discovery->common.capabilities);
}

static void test_wrong_options_are_found(void **state)
{
    static const char *const wrong[] = { "a", "a/dhcp", "a/dhcp/", "/dhcp/10.0.0.1", "a/dhcp/10.0.0.256" };
    struct ipam_inst other;

    (void)state;
    assert_string_equal(inst_check(&other, NULL), "");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_says(inst_check(&other, (struct option_pair[]){ { "servers", wrong[i] }, { NULL, NULL } }),
                    "servers");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_servers_are_found_by_realm_and_role),
        TEST(test_a_server_is_described_by_its_name),
        TEST(test_access_is_made_once_and_taken_back),
        TEST(test_probe_says_what_it_can),
        TEST(test_wrong_options_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

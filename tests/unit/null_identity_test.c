/* null_identity_test.c - null-identity: who is let in, with which groups, and who is not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

static struct ipam_inst inst;
static struct ipam_req req;

static int setup(void **state)
{
    static const struct option_pair options[] = { { "users", "ann:secret:admins,readers;bob:geheim:" },
                                                  { "token", "0123456789" },
                                                  { "token_user", "bob" },
                                                  { "lifetime", "2s" },
                                                  { NULL, NULL } };

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

static void verify(uint32_t kind, const char *name, const char *secret)
{
    struct ipam_credential args = { .size = sizeof(args), .type = IPAM_T_CREDENTIAL };

    RECORD_SET(&args, IPAM_CREDENTIAL_KIND, kind, kind);
    if (name)
        RECORD_SET(&args, IPAM_CREDENTIAL_NAME, name, STR(name));
    if (secret)
        RECORD_SET(&args, IPAM_CREDENTIAL_SECRET, secret,
                   ((struct ipam_bytes){ (const uint8_t *)secret, strlen(secret) }));
    req_free(&req);
    inst.plugin->identity->verify(inst.ctx, &req, &args);
}

static void test_a_user_is_known_by_his_password(void **state)
{
    (void)state;
    verify(IPAM_CREDENTIAL_KIND_PASSWORD, "ann", "secret");
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 1);
    const struct ipam_principal *p = req_row(&req, IPAM_T_PRINCIPAL, 0);
    assert_str(p->name, "ann");
    assert_int_equal(p->groups.count, 2);
    assert_str(p->groups.items[1], "readers");
    assert_true(record_has(p, IPAM_PRINCIPAL_EXPIRES));
    verify(IPAM_CREDENTIAL_KIND_PASSWORD, "bob", "geheim");
    req_ended(&req, IPAM_OK);
    assert_int_equal(((const struct ipam_principal *)req_row(&req, IPAM_T_PRINCIPAL, 0))->groups.count, 0);
}

/* An unknown name and a wrong secret cannot be told apart. */
static void test_everybody_else_is_refused_with_the_same_words(void **state)
{
    static const struct {
        const char *name, *secret;
    } cases[] = { { "ann", "Secret" }, { "ann", "secre" },        { "ann", "secretx" },
                  { "ann", "" },       { "eve", "secret" },       { "", "" },
                  { "", "secret" },    { "ann", "secretsecret" }, { "eve", "" } };
    char message[sizeof(req.message)] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        verify(IPAM_CREDENTIAL_KIND_PASSWORD, cases[i].name, cases[i].secret);
        req_ended(&req, IPAM_E_AUTH);
        assert_int_equal(req.count, 0);
        if (i > 0)
            assert_string_equal(req.message, message);
        snprintf(message, sizeof(message), "%s", req.message);
    }
}

static void test_a_token_is_its_owners(void **state)
{
    (void)state;
    verify(IPAM_CREDENTIAL_KIND_BEARER, NULL, "0123456789");
    req_ended(&req, IPAM_OK);
    assert_str(((const struct ipam_principal *)req_row(&req, IPAM_T_PRINCIPAL, 0))->name, "bob");
    verify(IPAM_CREDENTIAL_KIND_BEARER, NULL, "0123456780");
    req_ended(&req, IPAM_E_AUTH);
    assert_probe(&inst, &inst.plugin->identity->common,
                 IPAM_IDENTITY_CAP_PASSWORD | IPAM_IDENTITY_CAP_BEARER);
}

static void test_what_cannot_be_verified_is_told_from_what_is_wrong(void **state)
{
    (void)state;
    verify(IPAM_CREDENTIAL_KIND_CERTIFICATE, NULL, "x");
    req_ended(&req, IPAM_E_UNSUPPORTED);
    verify(IPAM_CREDENTIAL_KIND_PASSWORD, NULL, "x");
    req_ended(&req, IPAM_E_INVAL);
    verify(IPAM_CREDENTIAL_KIND_PASSWORD, "ann", NULL);
    req_ended(&req, IPAM_E_INVAL);
}

static void test_without_a_token_none_is_good(void **state)
{
    struct ipam_inst other = inst;

    (void)state;
    inst_start(&inst, (struct option_pair[]){ { "users", "ann:secret:" }, { NULL, NULL } });
    verify(IPAM_CREDENTIAL_KIND_BEARER, NULL, "");
    req_ended(&req, IPAM_E_UNSUPPORTED);
    assert_probe(&inst, &inst.plugin->identity->common, IPAM_IDENTITY_CAP_PASSWORD);
    inst_close(&inst);
    inst = other;
}

static void test_wrong_options_are_found(void **state)
{
    struct ipam_inst other;

    (void)state;
    assert_string_equal(inst_check(&other, NULL), "");
    assert_says(inst_check(&other, (struct option_pair[]){ { "users", "ann" }, { NULL, NULL } }), "users holds");
    assert_says(inst_check(&other, (struct option_pair[]){ { "users", ":x:" }, { NULL, NULL } }), "users holds");
    assert_says(
        inst_check(&other,
                   (struct option_pair[]){ { "users", "ann:x:" }, { "token_user", "eve" }, { NULL, NULL } }),
        "token_user is none");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_user_is_known_by_his_password),
        TEST(test_everybody_else_is_refused_with_the_same_words),
        TEST(test_a_token_is_its_owners),
        TEST(test_what_cannot_be_verified_is_told_from_what_is_wrong),
        TEST(test_without_a_token_none_is_good),
        TEST(test_wrong_options_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* provider_manual_test.c - manual pages and samples: words for all there is, samples that pass their own check.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "provider/manual.h"

#define TEXT_MAX (256u << 10)
#define REQUIRED IPAM_OPT_REQUIRED

static const char *const modes[] = { "fast", "-safe", NULL };
/* Each kind, required, with ranges at their edges. */
static struct ipam_option required[] = {
    { sizeof(required[0]), IPAM_OPT_TEXT, REQUIRED, "url", NULL, 0, 0, NULL, ".SH Where\n.it is \\ 'there'." },
    { sizeof(required[0]), IPAM_OPT_INT, REQUIRED, "low", NULL, -9, -7, NULL, "Low." },
    { sizeof(required[0]), IPAM_OPT_INT, REQUIRED, "least", NULL, INT64_MIN, INT64_MAX, NULL, "Least." },
    { sizeof(required[0]), IPAM_OPT_BOOL, REQUIRED, "tls", NULL, 0, 0, NULL, "TLS." },
    { sizeof(required[0]), IPAM_OPT_ENUM, REQUIRED, "mode", NULL, 0, 0, modes, "Mode." },
    { sizeof(required[0]), IPAM_OPT_DURATION, REQUIRED, "short", NULL, 0, 1500, NULL, "Short." },
    { sizeof(required[0]), IPAM_OPT_DURATION, REQUIRED, "long", NULL, 3600000, 86400000, NULL, "Long." },
    { sizeof(required[0]), IPAM_OPT_PATH, REQUIRED, "socket", NULL, 0, 0, NULL, "Socket." },
    { sizeof(required[0]), IPAM_OPT_SECRET, REQUIRED, "password", NULL, 0, 0, NULL, "Password." },
    { sizeof(required[0]), IPAM_OPT_ADDRESS, REQUIRED, "source", NULL, 0, 0, NULL, "Address." },
    { sizeof(required[0]), IPAM_OPT_PREFIX, REQUIRED, "net", NULL, 0, 0, NULL, "Prefix." },
    { sizeof(required[0]), IPAM_OPT_LIST, REQUIRED, "none", NULL, 0, 0, NULL, "No host." },
    { sizeof(required[0]), IPAM_OPT_LIST, REQUIRED, "hosts", NULL, 3, 5, NULL, "Hosts." },
};
static struct ipam_option defaults[] = {
    { sizeof(defaults[0]), IPAM_OPT_TEXT, 0, "url", "say \"hi\"\\", 0, 0, NULL, "Where it is." },
    { sizeof(defaults[0]), IPAM_OPT_TEXT, 0, "void", "", 0, 0, NULL, "Nothing." },
    { sizeof(defaults[0]), IPAM_OPT_INT, 0, "port", "-8000", -9000, 65535, NULL, "Port." },
    { sizeof(defaults[0]), IPAM_OPT_BOOL, 0, "tls", "true", 0, 0, NULL, "TLS." },
    { sizeof(defaults[0]), IPAM_OPT_ENUM, 0, "mode", "-safe", 0, 0, modes, "Mode." },
    { sizeof(defaults[0]), IPAM_OPT_DURATION, 0, "timeout", "5s", 100, 90000, NULL, "Time." },
    { sizeof(defaults[0]), IPAM_OPT_PREFIX, 0, "net", "10.0.0.0/8", 0, 0, NULL, "Prefix." },
    { sizeof(defaults[0]), IPAM_OPT_LIST, 0, "hosts", "a,b \"c\"", 1, 3, NULL, "Hosts." },
    { sizeof(defaults[0]), IPAM_OPT_LIST, 0, "nobody", "", 0, 3, NULL, "Nobody." },
    { sizeof(defaults[0]), IPAM_OPT_SECRET, 0, "password", NULL, 0, 0, NULL, "Password." },
};

static void make(struct plugin *pl, struct ipam_option *items, unsigned count, uint32_t kind)
{
    memset(pl, 0, sizeof(*pl));
    plugin_blank(pl, "acme");
    pl->version = "1-2";
    pl->summary = "Servers of Acme";
    pl->options = (struct option_table){ items, count };
    pl->offers[kind].offered = true;
    pl->offers[kind].thread_model = kind == IPAM_KIND_STORAGE ? 0 : IPAM_THREAD_PARALLEL;
    pl->offers[kind].concurrency = 7;
}

static void on_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    (void)user;
    print_error("%u:%u: %s\n", line, column, message);
}

/* The options object of a sample. */
static const struct json *options_of(const struct json *root)
{
    const struct json *storage = json_get(root, "storage");

    return json_get(storage ? storage : json_first(json_get(root, "profiles")), "options");
}

static struct json_doc *sample_of(const struct plugin *pl)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    struct strbuf out;

    strbuf_init(&out, TEXT_MAX);
    plugin_sample(pl, &out);
    print_message("%.*s", (int)out.len, out.data);
    assert_int_equal(json_parse(out.data, out.len, TEXT_MAX, &doc, &e), 0);
    strbuf_fini(&out);
    return doc;
}

static void check_sample(struct ipam_option *items, unsigned count, uint32_t kind, size_t options)
{
    struct plugin pl;
    struct json_doc *doc;
    const struct json *values;

    make(&pl, items, count, kind);
    doc = sample_of(&pl);
    values = options_of(json_root(doc));
    assert_int_equal(json_type(values), JSON_OBJECT);
    assert_int_equal(json_count(values), options);
    assert_int_equal(options_check(&pl.options, doc, values, NULL, false, on_problem, NULL), 0);
    json_free(doc);
    plugin_fini(&pl);
}

static void test_samples_pass_their_own_check(void **state)
{
    (void)state;
    check_sample(required, sizeof(required) / sizeof(required[0]), IPAM_KIND_DHCP, 13);
    check_sample(required, sizeof(required) / sizeof(required[0]), IPAM_KIND_STORAGE, 13);
    check_sample(defaults, sizeof(defaults) / sizeof(defaults[0]), IPAM_KIND_DNS, 9);
    check_sample(NULL, 0, IPAM_KIND_SINK, 0);
}

static void test_a_sample_names_the_plugin(void **state)
{
    struct plugin pl;
    struct json_doc *doc;
    const struct json *profile;

    (void)state;
    make(&pl, required, sizeof(required) / sizeof(required[0]), IPAM_KIND_DHCP);
    doc = sample_of(&pl);
    profile = json_first(json_get(json_root(doc), "profiles"));
    assert_true(str_is(json_str(json_get(json_first(json_get(json_root(doc), "plugins")), "name")), "acme"));
    assert_true(str_is(json_str(json_get(profile, "name")), "acme-site"));
    assert_true(str_is(json_str(json_get(profile, "driver")), "acme"));
    profile = json_get(json_get(profile, "options"), "password");
    assert_true(str_is(json_str(json_get(profile, "secret")), "acme-password"));
    json_free(doc);
    plugin_fini(&pl);
}

static void count_words(void *user, const char *name)
{
    uint32_t kind = *(const uint32_t *)user;

    print_message("%s:%s\n", kind_name(kind), name);
    assert_non_null(manual_capability(kind, name));
}

static void test_all_there_is_has_words(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind < KIND_END; kind++) {
        assert_non_null(manual_kind(kind));
        kind_each_capability(kind, ~UINT64_C(0), count_words, &kind);
    }
    assert_null(manual_capability(IPAM_KIND_DHCP, "fly"));
}

static void test_a_page_tells_all(void **state)
{
    static const char *const parts[] = {
        "\n.TH IPAM\\-ACME 5 \"\" acme ipamd\n",
        "\nipam\\-acme \\- Servers of Acme\n",
        "\nversion 1\\-2.\n",
        "at most 7 are under way.\n",
        "\n.BR act\\-reload :\nhas the server read its own configuration again\n",
        "\n.B url\n\\&.SH Where\n\\&.it is \\e 'there'.\n.br\nText; required.\n",
        "\nInt, \\-9 to \\-7; required.\n",
        "\nInt, \\-9223372036854775808 to 9223372036854775807; required.\n",
        "\nEnum: fast, \\-safe; required.\n",
        "\nDuration, 0ms to 1500ms; required.\n",
        "\nDuration, 1h to 1d; required.\n",
        "\nList, 3 to 5 items; required.\n",
        "\n.TP\n.I $CREDENTIALS_DIRECTORY\n",
    };
    struct plugin pl;
    struct strbuf out;

    (void)state;
    make(&pl, required, sizeof(required) / sizeof(required[0]), IPAM_KIND_DHCP);
    pl.offers[IPAM_KIND_DHCP].capabilities = IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RELOAD);
    strbuf_init(&out, TEXT_MAX);
    plugin_manual(&pl, &out);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(out.data, parts[i]) == NULL)
            fail_msg("the page lacks '%s':\n%s", parts[i], out.data);
    strbuf_fini(&out);
    plugin_fini(&pl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_pass_their_own_check),
        cmocka_unit_test(test_a_sample_names_the_plugin),
        cmocka_unit_test(test_all_there_is_has_words),
        cmocka_unit_test(test_a_page_tells_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

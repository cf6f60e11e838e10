/* provider_options_test.c - options from JSON: problems with their places, defaults, secrets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "provider/options.h"
#include "provider/reason.h"

static const char *const modes[] = { "fast", "safe", NULL };
static struct ipam_option items[] = {
    { sizeof(items[0]), IPAM_OPT_TEXT, IPAM_OPT_REQUIRED, "url", NULL, 0, 0, NULL, "Where it is." },
    { sizeof(items[0]), IPAM_OPT_INT, 0, "port", "8000", 1, 65535, NULL, "Port." },
    { sizeof(items[0]), IPAM_OPT_BOOL, 0, "tls", "true", 0, 0, NULL, "TLS." },
    { sizeof(items[0]), IPAM_OPT_ENUM, 0, "mode", NULL, 0, 0, modes, "Mode." },
    { sizeof(items[0]), IPAM_OPT_DURATION, 0, "timeout", "5s", 100, 60000, NULL, "Time." },
    { sizeof(items[0]), IPAM_OPT_PATH, 0, "socket", NULL, 0, 0, NULL, "Socket." },
    { sizeof(items[0]), IPAM_OPT_SECRET, 0, "password", NULL, 0, 0, NULL, "Password." },
    { sizeof(items[0]), IPAM_OPT_ADDRESS, 0, "bind", NULL, 0, 0, NULL, "Address." },
    { sizeof(items[0]), IPAM_OPT_PREFIX, 0, "net", "10.0.0.0/8", 0, 0, NULL, "Prefix." },
    { sizeof(items[0]), IPAM_OPT_LIST, 0, "hosts", "a,b", 1, 3, NULL, "Hosts." },
};
static const struct option_table table = { items, sizeof(items) / sizeof(items[0]) };

static char problems[2048];

static void on_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    size_t len = strlen(problems);

    assert_ptr_equal(user, problems);
    snprintf(problems + len, sizeof(problems) - len, "%u:%u %s\n", line, column, message);
}

/* A row each: the object, the number of problems, and a part of what is said. */
static const struct {
    const char *json;
    int count;
    const char *said;
} rows[] = {
    { "{\"url\": \"http://x\"}", 0, "" },
    { "{\"url\": \"\", \"port\": 65535, \"tls\": false, \"mode\": \"safe\", \"timeout\": \"250ms\", "
      "\"socket\": \"/run/x\","
      " \"password\": {\"secret\": \"kea-api\"}}",
      0, "" },
    { "{}", 1, "1:1 option 'url' is missing; write it: Where it is." },
    { "[]", 1, "1:1 options are an array; write an object" },
    { "{\"url\": \"x\",\n  \"uri\": 1}", 1,
      "2:10 option 'uri' is not known; known are: url, port, tls, mode, timeout" },
    { "{\"url\": 1}", 1, "1:9 option 'url' is a number; write a string" },
    { "{\"url\": null}", 1, "option 'url' is null; write a string" },
    { "{\"url\": \"x\", \"port\": 0}", 1, "option 'port' is 0; write 1 to 65535" },
    { "{\"url\": \"x\", \"port\": 65536}", 1, "option 'port' is 65536; write 1 to 65535" },
    { "{\"url\": \"x\", \"port\": 1.5}", 1, "option 'port' is no integer; write 1 to 65535" },
    { "{\"url\": \"x\", \"port\": \"80\"}", 1, "option 'port' is a string; write an integer" },
    { "{\"url\": \"x\", \"tls\": \"yes\"}", 1, "option 'tls' is a string; write true or false" },
    { "{\"url\": \"x\", \"mode\": \"slow\"}", 1, "option 'mode' is 'slow'; write one of 'fast', 'safe'" },
    { "{\"url\": \"x\", \"timeout\": \"5\"}", 1,
      "option 'timeout' is no duration; write a number and ms, s, m, h or d" },
    { "{\"url\": \"x\", \"timeout\": \"50ms\"}", 1, "option 'timeout' is 50 ms; write 100ms to 60000ms" },
    { "{\"url\": \"x\", \"timeout\": \"2h\"}", 1, "option 'timeout' is 7200000 ms; write 100ms to 60000ms" },
    { "{\"url\": \"x\", \"socket\": \"run/x\"}", 1, "option 'socket' is no absolute path" },
    { "{\"url\": \"x\", \"password\": \"hunter2\"}", 1,
      "option 'password' is a string; write { \"secret\": \"NAME\" }, never the" },
    { "{\"url\": \"x\", \"password\": {\"secret\": \"../shadow\"}}", 1,
      "option 'password' has no secret's name" },
    { "{\"url\": \"x\", \"password\": {\"secret\": \".hidden\"}}", 1,
      "option 'password' has no secret's name" },
    { "{\"url\": \"x\", \"password\": {\"secret\": \"a\", \"b\": 1}}", 1,
      "option 'password' is an object; write" },
    { "{\"url\": \"x\", \"bind\": \"::1\", \"net\": \"2001:db8::/32\", \"hosts\": [\"x\", \"y\", \"\"]}", 0,
      "" },
    { "{\"url\": \"x\", \"bind\": \"10.0.0\"}", 1,
      "option 'bind' is no address; write one such as 10.0.0.1" },
    { "{\"url\": \"x\", \"net\": \"10.0.0.1/8\"}", 1,
      "option 'net' is no prefix; write one such as 10.0.0.0/8" },
    { "{\"url\": \"x\", \"hosts\": \"a\"}", 1, "option 'hosts' is a string; write a list of texts" },
    { "{\"url\": \"x\", \"hosts\": []}", 1, "option 'hosts' has 0 items; write 1 to 3" },
    { "{\"url\": \"x\", \"hosts\": [\"a\", \"b\", \"c\", \"d\"]}", 1, "option 'hosts' has 4 items" },
    { "{\"url\": \"x\", \"hosts\": [\"a\", 1]}", 1,
      "option 'hosts' has an item that is a number; write texts alone" },
    { "{\"port\": 0, \"nothing\": 1, \"tls\": 3}", 4, "option 'url' is missing" },
};

static void test_each_problem_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *doc;
        struct json_error e;

        problems[0] = '\0';
        assert_int_equal(json_parse(rows[i].json, strlen(rows[i].json), 4096, &doc, &e), 0);
        assert_int_equal(options_check(&table, doc, json_root(doc), NULL, false, on_problem, problems),
                         rows[i].count);
        print_message("row: %s", problems[0] ? problems : "\n");
        assert_non_null(strstr(problems, rows[i].said));
        assert_null(strstr(problems, "hunter2"));
        json_free(doc);
    }
}

static void make(struct options *o, const char *json)
{
    struct json_doc *doc;
    struct json_error e;

    assert_int_equal(json_parse(json, strlen(json), 4096, &doc, &e), 0);
    options_init(o, &table, json_root(doc), NULL);
    json_free(doc);
}

static void test_values_and_defaults(void **state)
{
    struct options o;
    struct ipam_str text;
    struct ipam_bytes secret;
    int64_t n;

    (void)state;
    make(&o, "{\"url\": \"http://x\", \"tls\": false, \"mode\": \"safe\"}");
    assert_int_equal(options_text(&o, "url", &text), 0);
    assert_true(str_is(text, "http://x"));
    assert_int_equal(options_text(&o, "mode", &text), 0);
    assert_true(str_is(text, "safe"));
    assert_int_equal(options_int(&o, "port", &n), 0);
    assert_int_equal(n, 8000);
    assert_int_equal(options_int(&o, "tls", &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(options_int(&o, "timeout", &n), 0);
    assert_int_equal(n, 5000);
    assert_int_equal(options_text(&o, "socket", &text), IPAM_E_NOENT);
    assert_int_equal(options_text(&o, "port", &text), IPAM_E_INVAL);
    assert_int_equal(options_int(&o, "url", &n), IPAM_E_INVAL);
    assert_int_equal(options_text(&o, "nothing", &text), IPAM_E_INVAL);
    assert_int_equal(options_text(&o, NULL, &text), IPAM_E_INVAL);
    assert_int_equal(options_secret(&o, "password", &secret), IPAM_E_NOENT);
    options_fini(&o);
    options_init(&o, &table, NULL, NULL); /* no object at all: the defaults */
    assert_int_equal(options_int(&o, "tls", &n), 0);
    assert_int_equal(n, 1);
    options_fini(&o);
}

static void assert_items(const struct options *o, const char *joined)
{
    char text[64] = "";
    struct ipam_strs found;

    assert_int_equal(options_list(o, "hosts", &found), 0);
    for (size_t i = 0; i < found.count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), STR_FMT ";", STR_ARG(found.items[i]));
    assert_string_equal(text, joined);
}

static void test_addresses_prefixes_and_lists(void **state)
{
    struct options o, copy;
    struct ipam_addr addr;
    struct ipam_prefix prefix;
    struct ipam_str text;

    (void)state;
    make(&o, "{\"url\": \"x\", \"bind\": \"192.0.2.7\", \"hosts\": [\"x,y\", \"\"]}");
    assert_int_equal(options_addr(&o, "bind", &addr), 0);
    assert_int_equal(addr.family, 4);
    assert_int_equal(addr.bytes[3], 7);
    assert_int_equal(options_prefix(&o, "net", &prefix), 0); /* the default */
    assert_int_equal(prefix.length, 8);
    assert_int_equal(options_text(&o, "net", &text), 0); /* and as it was written */
    assert_true(str_is(text, "10.0.0.0/8"));
    assert_items(&o, "x,y;;");
    options_clone(&copy, &o);
    assert_true(options_same(&copy, &o));
    options_fini(&o);
    assert_items(&copy, "x,y;;"); /* of its own memory */
    make(&o, "{\"url\": \"x\", \"bind\": \"192.0.2.7\", \"hosts\": [\"x,y\", \"z\"]}");
    assert_false(options_same(&copy, &o));
    options_fini(&copy);
    options_fini(&o);
    make(&o, "{\"url\": \"x\"}");
    assert_items(&o, "a;b;");
    assert_int_equal(options_addr(&o, "bind", &addr), IPAM_E_NOENT);
    assert_int_equal(options_addr(&o, "net", &addr), IPAM_E_INVAL);
    assert_int_equal(options_list(&o, "url", &(struct ipam_strs){ 0 }), IPAM_E_INVAL);
    options_fini(&o);
}

/* Options that all profiles of a plugin share. */
static void test_values_come_from_the_base_where_there_are_none(void **state)
{
    struct json_doc *doc, *base;
    struct json_error e;
    struct options o;
    struct ipam_str text;
    int64_t n;
    const char *own = "{\"port\": 7}", *shared = "{\"url\": \"shared\", \"port\": 8}";

    (void)state;
    problems[0] = '\0';
    assert_int_equal(json_parse(own, strlen(own), 4096, &doc, &e), 0);
    assert_int_equal(json_parse(shared, strlen(shared), 4096, &base, &e), 0);
    assert_int_equal(options_check(&table, doc, json_root(doc), NULL, false, on_problem, problems), 1);
    assert_int_equal(options_check(&table, doc, json_root(doc), NULL, true, on_problem, problems), 0);
    assert_int_equal(options_check(&table, doc, json_root(doc), json_root(base), false, on_problem, problems),
                     0);
    options_init(&o, &table, json_root(doc), json_root(base));
    assert_int_equal(options_text(&o, "url", &text), 0);
    assert_true(str_is(text, "shared"));
    assert_int_equal(options_int(&o, "port", &n), 0);
    assert_int_equal(n, 7);
    options_fini(&o);
    json_free(doc);
    json_free(base);
}

static int lookup(void *user, const char *name, uint8_t *buf, size_t cap)
{
    assert_int_equal(cap, SECRET_MAX);
    if (strcmp(name, user) != 0)
        return IPAM_E_NOENT;
    memcpy(buf, "sesame\0x", 8);
    return 8;
}

static void test_secrets_are_there_only_between_load_and_wipe(void **state)
{
    struct options o, copy;
    struct ipam_bytes secret;
    char err[PROVIDER_ERR_MAX] = "", name[] = "kea-api", other[] = "other";

    (void)state;
    make(&o, "{\"url\": \"x\", \"password\": {\"secret\": \"kea-api\"}}");
    assert_int_equal(options_secret(&o, "password", &secret), IPAM_E_NOENT);
    assert_int_equal(options_load_secrets(&o, lookup, other, err), IPAM_E_CONFIG);
    assert_non_null(strstr(err, "the secret 'kea-api' of option 'password' is not known"));
    assert_int_equal(options_load_secrets(&o, lookup, name, err), 0);
    assert_int_equal(options_secret(&o, "password", &secret), 0);
    assert_int_equal(secret.len, 8);
    assert_memory_equal(secret.data, "sesame\0x", 8);
    options_clone(&copy, &o);
    assert_int_equal(options_secret(&copy, "password", &secret), IPAM_E_NOENT); /* a copy has none */
    options_fini(&copy);
    options_wipe_secrets(&o);
    assert_int_equal(options_secret(&o, "password", &secret), IPAM_E_NOENT);
    assert_int_equal(options_load_secrets(&o, NULL, NULL, err), IPAM_E_CONFIG);
    options_fini(&o);
    options_fini(&o); /* harmless */
}

static int plain_lookup(void *user, const char *name, uint8_t *buf, size_t cap)
{
    (void)user, (void)name, (void)cap;
    memcpy(buf, "hunter2", 7);
    return 7;
}

static void test_a_secret_does_not_show_in_a_text(void **state)
{
    struct options o;
    char err[PROVIDER_ERR_MAX], line[] = "login hunter2 failed: hunter2!", after[] = "hunter2";

    (void)state;
    make(&o, "{\"url\": \"x\", \"password\": {\"secret\": \"k\"}}");
    assert_int_equal(options_load_secrets(&o, plain_lookup, NULL, err), 0);
    options_redact(&o, line);
    assert_string_equal(line, "login ******* failed: *******!");
    options_wipe_secrets(&o);
    options_redact(&o, after);
    assert_string_equal(after, "hunter2"); /* nobody knows it any more */
    options_fini(&o);
}

static void test_values_travel(void **state)
{
    struct options o, there;
    struct wire_reader r;
    struct strbuf out;
    struct ipam_str text;
    struct ipam_bytes secret;
    int64_t n;
    char err[PROVIDER_ERR_MAX], name[] = "k";

    (void)state;
    make(&o, "{\"url\": \"http://x\", \"port\": 1, \"hosts\": [\"p\", \"\", \"q\"], \"password\": "
             "{\"secret\": \"k\"}}");
    assert_int_equal(options_load_secrets(&o, lookup, name, err), 0);
    strbuf_init(&out, 65536);
    options_write(&o, &out);
    assert_true(out.len <=
                options_size(&o)); /* so that room made once is enough, and no copy is left behind */
    for (size_t len = 0; len <= out.len; len++) {
        uint8_t *exact = malloc(len + 1);

        memcpy(exact, out.data, len);
        wire_reader_init(&r, (struct ipam_bytes){ exact, len });
        if (len < out.len) {
            assert_int_equal(options_read(&there, &table, &r), IPAM_E_PROTO);
            free(exact);
            continue;
        }
        assert_int_equal(options_read(&there, &table, &r), 0);
        assert_true(wire_read_well(&r));
        free(exact);
    }
    assert_int_equal(options_text(&there, "url", &text), 0);
    assert_true(str_is(text, "http://x"));
    assert_int_equal(options_int(&there, "port", &n), 0);
    assert_int_equal(n, 1);
    assert_items(&there, "p;;q;");
    assert_int_equal(options_text(&there, "socket", &text), IPAM_E_NOENT);
    assert_int_equal(options_secret(&there, "password", &secret), 0);
    assert_memory_equal(secret.data, "sesame\0x", 8);
    options_fini(&there);
    out.data[8] ^= 1; /* another option's name */
    wire_reader_init(&r, (struct ipam_bytes){ (uint8_t *)out.data, out.len });
    assert_int_equal(options_read(&there, &table, &r), IPAM_E_PROTO);
    strbuf_fini(&out);
    options_fini(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_problem_is_named_with_its_place),
        cmocka_unit_test(test_values_and_defaults),
        cmocka_unit_test(test_addresses_prefixes_and_lists),
        cmocka_unit_test(test_values_come_from_the_base_where_there_are_none),
        cmocka_unit_test(test_secrets_are_there_only_between_load_and_wipe),
        cmocka_unit_test(test_a_secret_does_not_show_in_a_text),
        cmocka_unit_test(test_values_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

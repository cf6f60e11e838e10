/* cli_output_test.c - YAML and CSV of what the daemon sends, and its refusals in words and exit codes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/output.h"
#include "cli/problem.h"
#include "cli/progress.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct json_doc *parse(const char *text)
{
    struct json_doc *doc = NULL;
    struct json_error e;

    assert_int_equal(json_parse(text, strlen(text), 65536, &doc, &e), 0);
    return doc;
}

/* What YAML 1.1 or 1.2 would read as something else than this text stands in quotes. */
static void test_yaml_texts(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "web-07.example.com", "web-07.example.com" }, { "floor 2", "\"floor 2\"" }, { "", "\"\"" },
        { "no", "\"no\"" }, { "Yes", "\"Yes\"" }, { "y", "\"y\"" }, { "null", "\"null\"" }, { "TRUE", "\"TRUE\"" },
        { "off", "\"off\"" }, { "nothing", "nothing" }, { "10", "\"10\"" }, { "1e3", "\"1e3\"" }, { "0x1f", "\"0x1f\"" },
        { "10.1.2.0/24", "\"10.1.2.0/24\"" }, { "aa:bb:cc", "\"aa:bb:cc\"" }, { "12:30:45", "\"12:30:45\"" },
        { "- a", "\"- a\"" }, { "a: b", "\"a: b\"" }, { "a #b", "\"a #b\"" }, { "*x", "\"*x\"" }, { "~", "\"~\"" },
        { "2026-11-23", "\"2026-11-23\"" }, { "a\"b", "\"a\\\"b\"" }, { "a\nb", "\"a\\nb\"" }, { ".nan", "\".nan\"" },
        { "B\303\274ro", "\"B\303\274ro\"" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 256);
        yaml_text(str_from(rows[i].in), &out);
        assert_string_equal(out.data, rows[i].out);
        strbuf_fini(&out);
    }
}

static void test_yaml_objects(void **state)
{
    struct json_doc *doc = parse("{\"id\": 7, \"name\":\"no\",\"managed\":true,\"roles\":[\"dhcp\",\"dns\"],"
                                 "\"vlans\":[],\"size\":\"18446744073709551616\",\"vendor\":{\"a\":[1, 2]},\"x\":null}");
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 4096);
    output_yaml(doc, json_root(doc), 0, &out);
    assert_string_equal(out.data, "id: 7\nname: \"no\"\nmanaged: true\nroles:\n  - dhcp\n  - dns\nvlans: []\n"
                                  "size: \"18446744073709551616\"\nvendor: {\"a\":[1,2]}\nx: null\n");
    strbuf_reset(&out);
    json_free(doc);
    doc = parse("{\"id\":1,\"roles\":[\"dhcp\"]}");
    output_yaml(doc, json_root(doc), 2, &out);
    assert_string_equal(out.data, "- id: 1\n  roles:\n    - dhcp\n");
    json_free(doc);
    strbuf_fini(&out);
}

static void test_csv_texts(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "plain", "plain" }, { "a,b", "\"a,b\"" }, { "say \"x\"", "\"say \"\"x\"\"\"" }, { "a\nb", "\"a\nb\"" },
        { "=1+1", "'=1+1" }, { "@x", "'@x" }, { "-x", "'-x" }, { "+x,y", "\"'+x,y\"" }, { "\tx", "'\tx" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 256);
        csv_text(str_from(rows[i].in), &out);
        assert_string_equal(out.data, rows[i].out);
        strbuf_fini(&out);
    }
}

static void test_exit_codes(void **state)
{
    static const struct {
        int status;
        const char *type;
        int exit;
    } rows[] = {
        { 400, NULL, CLI_USAGE }, { 422, "invalid", CLI_USAGE }, { 422, "claim-mismatch", CLI_CONFLICT },
        { 401, NULL, CLI_DENIED }, { 403, NULL, CLI_DENIED }, { 404, NULL, CLI_NOT_FOUND },
        { 410, "claim-released", CLI_NOT_FOUND }, { 409, "overlap", CLI_CONFLICT }, { 412, NULL, CLI_CONFLICT },
        { 409, "https://ipamd.example/problems/exhausted", CLI_EXHAUSTED }, { 409, "exhausted", CLI_EXHAUSTED },
        { 503, "outcome-unknown", CLI_TRY_AGAIN }, { 507, NULL, CLI_TRY_AGAIN }, { 429, NULL, CLI_TRY_AGAIN },
        { 409, "in-progress", CLI_TRY_AGAIN }, { 422, "idempotency-mismatch", CLI_CONFLICT },
        { 412, "/problems/precondition-failed", CLI_CONFLICT }, { 422, "of-a-newer-daemon", CLI_USAGE },
        { 500, NULL, CLI_FAILED }, { 501, NULL, CLI_FAILED }, { 302, NULL, CLI_FAILED },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        assert_int_equal(problem_exit(rows[i].status, str_from(rows[i].type)), rows[i].exit);
}

static void test_problem_in_words(void **state)
{
    struct json_doc *doc = parse("{\"type\":\"/problems/invalid\",\"title\":\"Invalid input\",\"status\":422,"
                                 "\"detail\":\"2 fields are wrong\",\"errors\":[{\"pointer\":\"/prefix\",\"message\":"
                                 "\"host bits\\u001b[2J\"},{\"pointer\":\"/name\",\"message\":\"too long\"}],"
                                 "\"hint\":\"Use 10.1.2.0/24\"}");
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 4096);
    problem_print(json_root(doc), 422, &out);
    assert_string_equal(out.data, "Invalid input: 2 fields are wrong\n"
                                  "  /prefix: host bits\\x1b[2J\n"
                                  "  /name: too long\n"
                                  "  hint: Use 10.1.2.0/24\n");
    json_free(doc);
    strbuf_reset(&out);
    doc = parse("{\"title\":\"Not valid\",\"detail\":\"/scope: is needed\",\"errors\":[{\"pointer\":\"/scope\","
                "\"message\":\"is needed\"},{\"pointer\":\"/name\",\"message\":\"is needed\"}]}");
    problem_print(json_root(doc), 422, &out);
    assert_string_equal(out.data, "Not valid: /scope: is needed\n  /name: is needed\n");
    json_free(doc);
    strbuf_reset(&out);
    doc = parse("{}");
    problem_print(json_root(doc), 418, &out);
    assert_string_equal(out.data, "the daemon refused with HTTP status 418\n");
    json_free(doc);
    strbuf_fini(&out);
}

/* Every state of a job or plan that is an end has an exit code; the others go on. */
static void test_every_state_goes_on_or_ends(void **state)
{
    static const struct {
        uint32_t type;
        const char *going;
    } rows[] = { { IPAM_T_JOB, " running " }, { IPAM_T_PLAN, " planned running planning " } };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct record_field *f = record_field(record_type(rows[i].type), IPAM_STR("state"));

        for (const char *const *name = f->names; *name != NULL; name++) {
            char word[64];

            snprintf(word, sizeof(word), " %s ", *name);
            if ((follow_exit(rows[i].type, str_from(*name)) < 0) != (strstr(rows[i].going, word) != NULL))
                fail_msg("type %u, state %s", rows[i].type, *name);
        }
    }
}

static void test_progress_lines(void **state)
{
    static const struct {
        int64_t done, total, ms;
        unsigned frame;
        const char *line;
    } rows[] = {
        { 0, 200, 0, 0, "collect d1  [--------------------]   0 %  0/200  0.0 s" },
        { 100, 200, 1550, 0, "collect d1  [##########----------]  50 %  100/200  1.5 s" },
        { 200, 200, 61000, 0, "collect d1  [####################] 100 %  200/200  1 min 1 s" },
        { 300, 200, 0, 0, "collect d1  [####################] 100 %  200/200  0.0 s" },
        { 0, 0, 0, 0, "collect d1  [#-------------------]  0.0 s" },
        { 12, 0, 0, 19, "collect d1  [-------------------#]  12  0.0 s" },
        { 0, 0, 0, 37, "collect d1  [-#------------------]  0.0 s" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 1024);
        progress_line("collect d1", rows[i].done, rows[i].total, rows[i].ms, rows[i].frame, &out);
        assert_string_equal(out.data, rows[i].line);
        strbuf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_texts),
        cmocka_unit_test(test_yaml_objects),
        cmocka_unit_test(test_csv_texts),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_problem_in_words),
        cmocka_unit_test(test_every_state_goes_on_or_ends),
        cmocka_unit_test(test_progress_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

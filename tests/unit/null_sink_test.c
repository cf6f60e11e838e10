/* null_sink_test.c - null-sink: items once each, as lines of JSON; and a receiver that fails as it is told to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#include <unistd.h>

static struct ipam_inst inst;
static struct ipam_req req;
static char path[64];

static void start(const char *answer, const char *keep)
{
    const struct option_pair options[] = {
        { "file", path }, { "answer", answer }, { "keep", keep }, { NULL, NULL }
    };
    int fd;

    snprintf(path, sizeof(path), "/tmp/null_sink.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    inst_start(&inst, options);
    req_init(&req, &inst);
}

static void stop(void)
{
    unlink(path);
    req_free(&req);
    inst_close(&inst);
}

static void deliver(const char *key)
{
    struct ipam_delivery args;

    record_init(&args, IPAM_T_DELIVERY);
    if (key)
        RECORD_SET(&args, IPAM_DELIVERY_KEY, key, STR(key));
    RECORD_SET(&args, IPAM_DELIVERY_KIND, kind, IPAM_DELIVERY_KIND_ALERT);
    RECORD_SET(&args, IPAM_DELIVERY_TIME, time, 1234567890123);
    RECORD_SET(&args, IPAM_DELIVERY_SEVERITY, severity, IPAM_DELIVERY_SEVERITY_ERROR);
    RECORD_SET(&args, IPAM_DELIVERY_SUBJECT, subject, STR("a \"quoted\" back\\slash,\ttab and \xc3\xa4"));
    RECORD_SET(&args, IPAM_DELIVERY_BODY, body, STR("{ \"a\":\n 1 }"));
    RECORD_SET(&args, IPAM_DELIVERY_ITEM_REV, item_rev, 7);
    req_free(&req);
    inst.plugin->sink->deliver(inst.ctx, &req, &args);
}

/* The file's text; its number of lines. */
static size_t lines(char *text, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t count = 0;

    assert_non_null(f);
    size_t len = fread(text, 1, size - 1, f);
    fclose(f);
    text[len] = '\0';
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static void test_an_item_is_a_line_of_json(void **state)
{
    char text[4096];

    (void)state;
    start("ok", "10");
    deliver("first");
    req_ended(&req, IPAM_OK);
    deliver("second");
    assert_int_equal(lines(text, sizeof(text)), 2);
    assert_says(
        text,
        "{\"kind\":\"alert\",\"time\":1234567890123,\"key\":\"first\",\"severity\":\"error\",\"subject\":\"a "
        "\\\"quoted\\\" back\\\\slash,\\u0009tab and \xc3\xa4\",\"item_rev\":7,\"body\":{ \"a\":  1 }}\n");
    stop();
}

static void test_an_item_that_comes_again_is_taken_once(void **state)
{
    char text[4096];

    (void)state;
    start("lost", "2");
    deliver("a");
    req_ended(&req, IPAM_E_CONN); /* taken, but nobody knows */
    deliver("a");
    req_ended(&req, IPAM_E_CONN);
    assert_int_equal(lines(text, sizeof(text)), 1);
    deliver("b");
    deliver("c");
    deliver("a"); /* forgotten meanwhile */
    assert_int_equal(lines(text, sizeof(text)), 4);
    stop();
}

static void test_a_receiver_that_takes_nothing_says_why(void **state)
{
    char text[64];

    (void)state;
    start("again", "10");
    deliver("a");
    req_ended(&req, IPAM_E_AGAIN);
    assert_int_equal(lines(text, sizeof(text)), 0);
    stop();
    start("refused", "10");
    deliver("a");
    req_ended(&req, IPAM_E_REFUSED);
    assert_int_equal(lines(text, sizeof(text)), 0);
    stop();
}

static void test_wrong_items_and_a_file_that_cannot_be_written(void **state)
{
    char key[66];

    (void)state;
    start("ok", "10");
    deliver(NULL);
    req_ended(&req, IPAM_E_INVAL);
    deliver("");
    req_ended(&req, IPAM_E_INVAL);
    memset(key, 'k', 65);
    key[65] = '\0';
    deliver(key);
    req_ended(&req, IPAM_E_INVAL);
    stop();
    inst_start(&inst, (struct option_pair[]){ { "file", "/nonexistent/file" }, { NULL, NULL } });
    req_init(&req, &inst);
    deliver("a");
    req_ended(&req, IPAM_E_IO);
    assert_says(req.message, "/nonexistent/file");
    req_free(&req);
    inst_close(&inst);
    inst_start(&inst, (struct option_pair[]){ { "file", "/dev/full" }, { NULL, NULL } });
    deliver("a");
    req_ended(&req, IPAM_E_NOSPC);
    deliver("a"); /* it was not taken, so it is tried again */
    req_ended(&req, IPAM_E_NOSPC);
    req_free(&req);
    inst_close(&inst);
}

static void test_without_a_file_it_remembers(void **state)
{
    (void)state;
    inst_start(&inst, NULL);
    req_init(&req, &inst);
    deliver("a");
    req_ended(&req, IPAM_OK);
    assert_probe(&inst, &inst.plugin->sink->common, inst.plugin->sink->common.capabilities);
    req_free(&req);
    inst.plugin->sink->common.probe(inst.ctx, &req);
    assert_str(((const struct ipam_check *)req_row(&req, IPAM_T_CHECK, 0))->message, "1 items were taken");
    req_free(&req);
    inst_close(&inst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_item_is_a_line_of_json),
        cmocka_unit_test(test_an_item_that_comes_again_is_taken_once),
        cmocka_unit_test(test_a_receiver_that_takes_nothing_says_why),
        cmocka_unit_test(test_wrong_items_and_a_file_that_cannot_be_written),
        cmocka_unit_test(test_without_a_file_it_remembers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

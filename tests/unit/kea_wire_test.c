/* kea_wire_test.c - an answer followed as it comes in, in whatever pieces; and what is kept out of messages.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "plugins/kea/kea.h"

#define MIB (1u << 20)

/* Feeds the text in pieces of `step` bytes until it is refused. */
static enum kea_complaint feed(const char *text, size_t len, size_t step, bool *ret_ended)
{
    struct kea_incoming in;
    enum kea_complaint complaint;

    kea_incoming_init(&in);
    for (size_t at = 0; at < len; at += step)
        if (!kea_incoming_add(&in, text + at, len - at < step ? len - at : step))
            break;
    complaint = in.complaint;
    *ret_ended = in.ended;
    if (complaint == KEA_INCOMING_OK) {
        assert_int_equal(in.text.len, len);
        assert_memory_equal(in.text.data, text, len);
    }
    kea_incoming_fini(&in);
    return complaint;
}

static const struct {
    const char *text;
    enum kea_complaint complaint;
    bool ended;
} rows[] = {
    { "{ \"result\": 0 }", KEA_INCOMING_OK, true },
    { " \r\n\t[ { \"result\": 0 } ]\r\n ", KEA_INCOMING_OK, true },
    { "{ \"text\": \"} ] \\\" \\\\\" }", KEA_INCOMING_OK, true },
    { "{ \"text\": \"} ] \\\\\\\" }", KEA_INCOMING_OK, false },
    { "{ \"result\": 0, \"text\": \"cut o", KEA_INCOMING_OK, false },
    { "[ { \"result\": 0 }", KEA_INCOMING_OK, false },
    { "{", KEA_INCOMING_OK, false },
    { "   ", KEA_INCOMING_OK, false },
    { "{}}", KEA_INCOMING_MORE, true },
    { "{} {}", KEA_INCOMING_MORE, true },
    { "{ \"result\": 0 }\n\n{ \"result\": 1 }", KEA_INCOMING_MORE, true },
    { "[]x", KEA_INCOMING_MORE, true },
    { "<html>", KEA_INCOMING_NO_JSON, false },
    { "0", KEA_INCOMING_NO_JSON, false },
    { "\"{}\"", KEA_INCOMING_NO_JSON, false },
    { "]", KEA_INCOMING_NO_JSON, false },
    { "\xEF\xBB\xBF{}", KEA_INCOMING_NO_JSON, false },
};

static void test_the_end_is_found_in_any_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t step = 1; step <= 3 || step == strlen(rows[i].text); step++) {
            bool ended;

            print_message("%s by %zu\n", rows[i].text, step);
            assert_int_equal(feed(rows[i].text, strlen(rows[i].text), step, &ended), rows[i].complaint);
            assert_int_equal(ended, rows[i].ended);
        }
}

static void test_no_beginning_of_an_answer_is_whole(void **state)
{
    static const char text[] = "[ { \"arguments\": { \"Dhcp4\": { \"boot-file-name\": \"\", "
                               "\"hostname-char-set\": \"[^A-Za-z0-9.-]\", "
                               "\"option-data\": [  ], \"shared-networks\": [ { \"name\": \"a \\\"campus\\\" "
                               "{\", \"subnet4\": [ { \"id\": 7, "
                               "\"pools\": [ { \"option-data\": [  ], \"pool\": \"10.77.64.0/18\" } ], "
                               "\"t1-percent\": 0.5, \"user-context\": "
                               "{ \"path\": \"C:\\\\\" } } ] } ] } }, \"result\": 0 } ]";
    size_t len = strlen(text);
    bool ended;

    (void)state;
    for (size_t part = 1; part < len; part++)
        for (size_t step = 1; step < 64; step += 31) {
            assert_int_equal(feed(text, part, step, &ended), KEA_INCOMING_OK);
            assert_false(ended);
        }
    assert_int_equal(feed(text, len, 4096, &ended), KEA_INCOMING_OK);
    assert_true(ended);
}

/* Adds `piece` again and again, up to `total` bytes; how many were taken. */
static size_t pour(struct kea_incoming *in, const char *piece, size_t total)
{
    size_t len = strlen(piece), taken = 0;

    while (taken < total && kea_incoming_add(in, piece, len))
        taken += len;
    return taken;
}

static void test_the_limits_bound_what_is_kept(void **state)
{
    static const struct {
        const char *head, *piece;
        enum kea_complaint complaint;
        size_t least, most; /* bytes taken */
    } floods[] = {
        { "", "                                                                ", KEA_INCOMING_LONG, 63 * MIB,
          64 * MIB },
        { "{\"text\":\"", "0123456789012345678901234567890123456789012345678901234567890123456789",
          KEA_INCOMING_LONG, 63 * MIB, 64 * MIB },
        { "[", "0,", KEA_INCOMING_MANY, 2 * (KEA_ANSWER_VALUES - 2), 2 * KEA_ANSWER_VALUES },
        { "[", "{},", KEA_INCOMING_MANY, KEA_ANSWER_VALUES, 3 * KEA_ANSWER_VALUES / 2 + 3 },
        { "", "[", KEA_INCOMING_DEEP, JSON_DEPTH_MAX, JSON_DEPTH_MAX },
        { "", "{\"a\":", KEA_INCOMING_DEEP, 5 * JSON_DEPTH_MAX, 5 * JSON_DEPTH_MAX },
        { "{}", "\n", KEA_INCOMING_LONG, 63 * MIB, 64 * MIB },
        { "{}", "garbage", KEA_INCOMING_MORE, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
        struct kea_incoming in;
        size_t taken;

        kea_incoming_init(&in);
        if (floods[i].head[0])
            assert_true(kea_incoming_add(&in, floods[i].head, strlen(floods[i].head)));
        taken = pour(&in, floods[i].piece, 500u * MIB);
        print_message("%zu: %zu bytes taken, %zu held\n", i, taken, in.text.cap);
        assert_int_equal(in.complaint, floods[i].complaint);
        assert_in_range(taken, floods[i].least, floods[i].most);
        assert_in_range(in.text.cap, 0, KEA_ANSWER_MAX + 1);
        assert_false(kea_incoming_add(&in, " ", 1)); /* and it stays so */
        kea_incoming_fini(&in);
    }
}

static void test_secrets_are_overwritten(void **state)
{
    char password[] = "s3cr/t\"+", user[] = "ipam";
    struct kea_options o = { .user = user, .password = password };
    struct kea_answer a = { .opt = &o };
    char words[401], text[] = "s3cret, s3cret and s3cre", long_text[500];

    (void)state;
    kea_redact(text, "s3cret");
    assert_string_equal(text, "******, ****** and s3cre");
    kea_redact(text, NULL);
    kea_redact(text, "");
    kea_redact(text, "and"); /* too short to be told from other words */
    assert_string_equal(text, "******, ****** and s3cre");
    assert_int_equal(kea_forms_make(&o), 0);
    a.text = str_from("password 's3cr/t\"+'\nis wrong");
    assert_string_equal(kea_words(&a, words), "password '********' is wrong");
    /* The header of a request, a URL, a line of JSON. */
    a.text = str_from("Basic aXBhbTpzM2NyL3QiKw== s3cr%2Ft%22%2B s3cr%2ft%22%2b s3cr/t\\\"+ end");
    assert_string_equal(kea_words(&a, words),
                        "Basic ******************** ************** ************** ********* end");
    /* One that the cut halves. */
    memset(long_text, 'x', 396);
    snprintf(long_text + 396, sizeof(long_text) - 396, "%s", password);
    a.text = str_from(long_text);
    assert_string_equal(kea_words(&a, words) + 394, "xx****");
    kea_forms_fini(&o);
}

static void test_words_are_one_line(void **state)
{
    static const struct {
        const char *said, *told;
    } lines[] = {
        { "a\r\n\tb\x1b[31m\x7f", "a   b [31m " },
        { "a\xc2\x85z\xc2\xa0", "a z\xc2\xa0" }, /* C1; not a blank */
        { "\xe2\x80\xae"
          "drow\xe2\x81\xa6\xd8\x9c\xef\xbb\xbf.",
          " drow   ." }, /* what turns a line */
        { "M\xc3\xbcller \xf0\x9f\x98\x80", "M\xc3\xbcller \xf0\x9f\x98\x80" },
        { "half \xc3", "half ?" },
        { "\xff\xfe", "??" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[100];

        snprintf(text, sizeof(text), "%s", lines[i].said);
        kea_one_line(text);
        assert_string_equal(text, lines[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_end_is_found_in_any_pieces),
        cmocka_unit_test(test_no_beginning_of_an_answer_is_whole),
        cmocka_unit_test(test_the_limits_bound_what_is_kept),
        cmocka_unit_test(test_secrets_are_overwritten),
        cmocka_unit_test(test_words_are_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

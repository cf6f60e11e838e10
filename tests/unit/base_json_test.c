/* base_json_test.c - what the JSON reader accepts and refuses, and what it says about it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "ipam/status.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct json_doc *parse(const char *text)
{
    struct json_doc *doc = NULL;
    struct json_error error;
    int rc = json_parse(text, strlen(text), 1 << 20, &doc, &error);

    if (rc)
        fail_msg("%s: refused at %u:%u: %s", text, error.line, error.column, error.message);
    return doc;
}

static void test_valid_texts(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
    } rows[] = {
        { "null", JSON_NULL },
        { " \t\r\n true \n", JSON_TRUE },
        { "false", JSON_FALSE },
        { "0", JSON_NUMBER },
        { "-0", JSON_NUMBER },
        { "-12.5e+10", JSON_NUMBER },
        { "1E400", JSON_NUMBER },
        { "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
          JSON_NUMBER },
        { "\"\"", JSON_STRING },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD834\\uDD1E\xf0\x9f\x98\x80\x7f\"", JSON_STRING },
        { "[]", JSON_ARRAY },
        { "[ [ ] , { } , 1 ]", JSON_ARRAY },
        { "{}", JSON_OBJECT },
        { "{\"\":{\"\":[]},\" \":1}", JSON_OBJECT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_doc *doc = parse(rows[i].text);

        assert_int_equal(json_type(json_root(doc)), rows[i].type);
        json_free(doc);
    }
}

static const struct {
    const char *text;
    uint32_t line, column;
    const char *message;
} invalid[] = {
    { "", 1, 1, "expected a value, but the text ends here" },
    { " \n ", 2, 2, "expected a value, but the text ends here" },
    { "\xef\xbb\xbf{}", 1, 1, "a byte order mark stands before the value; save the text without it" },
    { "{} {}", 1, 4, "expected nothing after the value, found '{'" },
    { "{}\n\n  x", 3, 3, "expected nothing after the value, found 'x'" },
    { "nul", 1, 1, "unknown word; JSON has true, false and null" },
    { "[True]", 1, 2, "unknown word; JSON has true, false and null" },
    { "truefalse", 1, 1, "unknown word; JSON has true, false and null" },
    { "NaN", 1, 1, "unknown word; JSON has true, false and null" },
    { "+1", 1, 1, "expected a value, found '+'" },
    { "[01]", 1, 2, "a number must not begin with a zero" },
    { "-", 1, 2, "expected a digit after '-', but the text ends here" },
    { "-x", 1, 2, "expected a digit after '-', found 'x'" },
    { "1.", 1, 3, "expected a digit after '.', but the text ends here" },
    { ".5", 1, 1, "expected a value, found '.'" },
    { "1e", 1, 3, "expected a digit in the exponent, but the text ends here" },
    { "1e+]", 1, 4, "expected a digit in the exponent, found ']'" },
    { "1x", 1, 2, "expected nothing after the value, found 'x'" },
    { "0x10", 1, 2, "expected nothing after the value, found 'x'" },
    { "[1,]", 1, 3, "a comma must not stand before ']'" },
    { "{\"a\":1 , }", 1, 8, "a comma must not stand before '}'" },
    { "[,1]", 1, 2, "expected a value, found ','" },
    { "[1 2]", 1, 4, "expected ',' or ']' after an element, found '2'" },
    { "[1", 1, 3, "expected ',' or ']' after an element, but the text ends here" },
    { "[1}", 1, 3, "expected ',' or ']' after an element, found '}'" },
    { "[", 1, 2, "expected a value, but the text ends here" },
    { "{", 1, 2, "expected a key in double quotes, but the text ends here" },
    { "{a:1}", 1, 2, "expected a key in double quotes, found 'a'" },
    { "{1:1}", 1, 2, "expected a key in double quotes, found '1'" },
    { "{'a':1}", 1, 2, "expected a key in double quotes; JSON quotes with \"" },
    { "{\"a\" 1}", 1, 6, "expected ':' after the key, found '1'" },
    { "{\"a\":}", 1, 6, "expected a value, found '}'" },
    { "{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}' after a member, found '\"'" },
    { "{\n  # hosts\n}", 2, 3, "expected a key in double quotes; JSON has no comments" },
    { "[ // none\n]", 1, 3, "expected a value; JSON has no comments" },
    { "\"abc", 1, 1, "the string that begins here is not closed" },
    { "[\"abc]\n", 1, 7, "control character 0x0a in a string; write it as \\u000a" },
    { "\"\t\"", 1, 2, "control character 0x09 in a string; write it as \\u0009" },
    { "\"\x1f\"", 1, 2, "control character 0x1f in a string; write it as \\u001f" },
    { "\"\\x\"", 1, 2, "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX" },
    { "\"\\", 1, 2, "the text ends inside an escape" },
    { "\"\\u12\"", 1, 2, "\\u needs four hexadecimal digits" },
    { "\"\\u12g4\"", 1, 2, "\\u needs four hexadecimal digits" },
    { "\"\\u0000\"", 1, 2, "a NUL character (\\u0000) is not allowed in a text" },
    { "\"a\\uD800\"", 1, 3, "\\ud800 is half of a surrogate pair" },
    { "\"\\uD800\\u0041\"", 1, 2, "\\ud800 is half of a surrogate pair" },
    { "\"\\uD800\\uD800\"", 1, 2, "\\ud800 is half of a surrogate pair" },
    { "\"\\uDC00\"", 1, 2, "\\udc00 is half of a surrogate pair" },
    { "\"\\uD83D\\", 1, 2, "\\ud83d is half of a surrogate pair" },
    { "\"\x80\"", 1, 2, "malformed UTF-8 (byte 0x80) in a string" },
    { "\"\xc0\xaf\"", 1, 2, "malformed UTF-8 (byte 0xc0) in a string" },
    { "\"\xe0\x80\xaf\"", 1, 2, "malformed UTF-8 (byte 0xe0) in a string" },
    { "\"\xed\xa0\x80\"", 1, 2, "malformed UTF-8 (byte 0xed) in a string" },
    { "\"\xf4\x90\x80\x80\"", 1, 2, "malformed UTF-8 (byte 0xf4) in a string" },
    { "\"\xf5\x80\x80\x80\"", 1, 2, "malformed UTF-8 (byte 0xf5) in a string" },
    { "\"\xe2\x82\"", 1, 2, "malformed UTF-8 (byte 0xe2) in a string" },
    { "[\xc3\xa9]", 1, 2, "expected a value, found byte 0xc3" },
    { "[1,\f2]", 1, 4, "expected a value, found byte 0x0c" },
    { "{\"a\":1,\"b\":{\"a\":2},\n\"a\":3}", 2, 1, "key \"a\" stands twice in an object; first at 1:2" },
    { "{\"a\":1,\"\\u0061\":3}", 1, 8, "key \"a\" stands twice in an object; first at 1:2" },
    { "[{\"\":1,\"\":{}}]", 1, 8, "key \"\" stands twice in an object; first at 1:3" },
};

static void test_invalid_texts_are_refused_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        struct json_doc *doc = NULL;
        struct json_error error;
        int rc = json_parse(invalid[i].text, strlen(invalid[i].text), 1 << 20, &doc, &error);

        if (rc != IPAM_E_INVAL || error.line != invalid[i].line || error.column != invalid[i].column ||
            strcmp(error.message, invalid[i].message) != 0)
            fail_msg("%s: %d at %u:%u: %s", invalid[i].text, rc, error.line, error.column, error.message);
        assert_null(doc);
    }
}

static void test_nul_bytes_are_refused(void **state)
{
    static const char *const texts[] = { "\0", "1\0", "\"a\0b\"", "[\0]", "{\"a\0\":1}" };
    static const size_t lengths[] = { 1, 2, 5, 3, 8 };
    struct json_error error;
    struct json_doc *doc;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(json_parse(texts[i], lengths[i], 100, &doc, &error), IPAM_E_INVAL);
}

static void test_every_cut_is_refused(void **state)
{
    static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\xc3\xa9\",true,null,{\"b\":{}}],\"c\":[]}";
    struct json_error error;
    struct json_doc *doc;

    (void)state;
    for (size_t len = 0; len < sizeof(text) - 1; len++)
        assert_int_equal(json_parse(text, len, 1000, &doc, &error), IPAM_E_INVAL);
    json_free(parse(text));
}

static void test_depth_and_size_limits(void **state)
{
    char text[131];
    struct json_error error;
    struct json_doc *doc;

    (void)state;
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    json_free(parse(text));
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    text[130] = '\0';
    assert_int_equal(json_parse(text, 130, 1000, &doc, &error), IPAM_E_INVAL);
    assert_string_equal(error.message, "nested deeper than 64 levels");
    assert_int_equal(error.column, 65);
    assert_int_equal(json_parse("[1]", 3, 2, &doc, &error), IPAM_E_TOOBIG);
    assert_string_equal(error.message, "the text has 3 bytes; at most 2 are allowed");
    assert_int_equal(json_parse("[1]", 3, 3, &doc, &error), 0);
    json_free(doc);
}

static void test_integers_are_exact(void **state)
{
    static const struct {
        const char *text;
        int rc;
        int64_t value;
    } rows[] = {
        { "0", 0, 0 },
        { "-0", 0, 0 },
        { "9007199254740993", 0, 9007199254740993 },
        { "9223372036854775807", 0, INT64_MAX },
        { "-9223372036854775808", 0, INT64_MIN },
        { "9223372036854775808", IPAM_E_RANGE, 0 },
        { "-9223372036854775809", IPAM_E_RANGE, 0 },
        { "99999999999999999999999999999999999999999999", IPAM_E_RANGE, 0 },
        { "1.0", IPAM_E_INVAL, 0 },
        { "1e3", IPAM_E_INVAL, 0 },
        { "1E3", IPAM_E_INVAL, 0 },
        { "\"1\"", IPAM_E_INVAL, 0 },
        { "null", IPAM_E_INVAL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_doc *doc = parse(rows[i].text);
        int64_t value = 0;

        assert_int_equal(json_int(json_root(doc), &value), rows[i].rc);
        assert_int_equal(value, rows[i].value);
        json_free(doc);
    }
}

static void test_navigation_places_and_spans(void **state)
{
    static const char text[] =
        "{\n  \"list\": [10, \"tw\\u006f\", {\"x\": 1.50}],\n  \"flag\": true,\n\t\"list2\": {}\n}\n";
    struct json_doc *doc = parse(text);
    const struct json *root = json_root(doc), *list = json_get(root, "list"), *v;
    uint32_t line, column;
    bool flag = false;

    (void)state;
    assert_int_equal(json_count(root), 3);
    assert_int_equal(json_count(list), 3);
    assert_true(str_is(json_key(list), "list"));
    assert_true(str_is(json_key(json_next(list)), "flag"));
    assert_null(json_key(root).data);
    v = json_first(list);
    assert_true(str_is(json_span(doc, v), "10"));
    assert_null(json_str(v).data);
    v = json_next(v);
    assert_true(str_is(json_str(v), "two"));
    assert_true(str_is(json_span(doc, v), "\"tw\\u006f\""));
    assert_memory_equal(text + json_offset(v), "\"tw", 3);
    json_place(doc, v, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 16);
    v = json_next(v);
    assert_true(str_is(json_span(doc, v), "{\"x\": 1.50}"));
    assert_true(str_is(json_span(doc, json_get(v, "x")), "1.50"));
    assert_null(json_next(v));
    assert_true(str_is(json_span(doc, list), "[10, \"tw\\u006f\", {\"x\": 1.50}]"));
    assert_int_equal(json_bool(json_get(root, "flag"), &flag), 0);
    assert_true(flag);
    assert_int_equal(json_bool(list, &flag), IPAM_E_INVAL);
    assert_null(json_get(root, "LIST"));
    assert_null(json_get(list, "x"));
    assert_string_equal(json_type_name(json_type(list)), "an array");
    json_place(doc, json_get(root, "list2"), &line, &column);
    assert_int_equal(line, 4);
    assert_int_equal(column, 11);
    json_free(doc);
}

static void test_missing_values_are_answered_for(void **state)
{
    uint32_t line = 0, column = 0;
    int64_t n = 5;
    bool b = true;

    (void)state;
    assert_int_equal(json_type(NULL), JSON_NONE);
    assert_null(json_get(NULL, "a"));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_key(NULL).data);
    assert_null(json_str(NULL).data);
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_int(NULL, &n), IPAM_E_INVAL);
    assert_int_equal(n, 5);
    assert_int_equal(json_bool(NULL, &b), IPAM_E_INVAL);
    assert_null(json_span(NULL, NULL).data);
    json_place(NULL, NULL, &line, &column);
    assert_int_equal(line, 1);
    json_free(NULL);
}

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* 100,000 keys in one object: quadratic work would take minutes, here it is far below a second. */
static void test_large_objects_are_checked_in_linear_time(void **state)
{
    struct json_error error;
    struct json_doc *doc;
    struct strbuf b;
    double start;

    (void)state;
    strbuf_init(&b, 10 << 20);
    strbuf_puts(&b, "{");
    for (int i = 0; i < 100000; i++)
        strbuf_printf(&b, "\"key-%d\":%d,\n", i, i);
    strbuf_puts(&b, "\"key-77\":0}");
    start = seconds();
    assert_int_equal(json_parse(b.data, b.len, b.len, &doc, &error), IPAM_E_INVAL);
    assert_string_equal(error.message, "key \"key-77\" stands twice in an object; first at 78:1");
    assert_int_equal(error.line, 100001);
    assert_true(seconds() - start < 10);
    strbuf_fini(&b);
}

/* The shape of a large DHCP server configuration: many subnets with many small reservations. */
static void test_five_megabytes(void **state)
{
    struct json_error error;
    struct json_doc *doc;
    struct strbuf b;
    int64_t id;
    double start;

    (void)state;
    strbuf_init(&b, 10 << 20);
    strbuf_puts(&b, "{\"Dhcp4\":{\"subnet4\":[");
    for (int i = 0; b.len < 5000000; i++) {
        strbuf_printf(&b, "%s{\"id\":%d,\"subnet\":\"10.%d.%d.0/24\",\"reservations\":[", i ? ",\n" : "",
                      i + 1, i / 256, i % 256);
        for (int j = 0; j < 50; j++)
            strbuf_printf(
                &b, "%s\n  { \"hw-address\": \"02:00:00:00:%02x:%02x\", \"ip-address\": \"10.0.0.%d\" }",
                j ? "," : "", i % 256, j, j);
        strbuf_puts(&b, "]}");
    }
    strbuf_puts(&b, "]}}");
    start = seconds();
    assert_int_equal(json_parse(b.data, b.len, b.len, &doc, &error), 0);
    print_message("%zu bytes parsed in %.0f ms\n", b.len, (seconds() - start) * 1000);
    assert_int_equal(
        json_int(json_get(json_first(json_get(json_get(json_root(doc), "Dhcp4"), "subnet4")), "id"), &id), 0);
    assert_int_equal(id, 1);
    json_free(doc);
    strbuf_fini(&b);
}

static void cut(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void cut(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    utf8_vprint(buf, size, fmt, ap);
    va_end(ap);
}

static void test_messages_are_cut_between_characters(void **state)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"; /* of 1, 2, 3, 4 and 1 bytes */
    static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11 };
    char buf[16];
    (void)state;
    for (size_t room = 0; room < COUNT(whole); room++) {
        cut(buf, room + 1, "%s", text);
        assert_int_equal(strlen(buf), whole[room]);
        assert_memory_equal(buf, text, whole[room]);
    }
    cut(buf, 4, "\x80\x80\x80\x80\x80"); /* no character at all: cut all the same */
    assert_true(strlen(buf) <= 3);
}

static void test_the_same_value_is_told_from_another(void **state)
{
    /* A row each: two texts, and whether they say the same. */
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        { "{\"a\": 1, \"b\": [true, null]}", "{ \"b\" : [true,null], \"a\" : 1 }", true },
        { "\"\\u0041\"", "\"A\"", true },
        { "[]", "[ ]", true },
        { "{\"a\": 1}", "{\"a\": 2}", false },
        { "{\"a\": 1}", "{\"b\": 1}", false },
        { "{\"a\": 1}", "{\"a\": 1, \"b\": 1}", false },
        { "{\"a\": 1, \"b\": 1}", "{\"a\": 1}", false },
        { "[1, 2]", "[2, 1]", false },
        { "[1]", "[1, 1]", false },
        { "1", "\"1\"", false },
        { "true", "false", false },
        { "1", "1.0", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *a, *b;
        struct json_error e;

        print_message("row: %s %s\n", rows[i].a, rows[i].b);
        assert_int_equal(json_parse(rows[i].a, strlen(rows[i].a), 4096, &a, &e), 0);
        assert_int_equal(json_parse(rows[i].b, strlen(rows[i].b), 4096, &b, &e), 0);
        assert_int_equal(json_same(json_root(a), json_root(b)), rows[i].same);
        assert_int_equal(json_same(json_root(b), json_root(a)), rows[i].same);
        assert_false(json_same(json_root(a), NULL));
        json_free(a);
        json_free(b);
    }
    assert_true(json_same(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_value_is_told_from_another),
        cmocka_unit_test(test_messages_are_cut_between_characters),
        cmocka_unit_test(test_valid_texts),
        cmocka_unit_test(test_invalid_texts_are_refused_with_place_and_reason),
        cmocka_unit_test(test_nul_bytes_are_refused),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_depth_and_size_limits),
        cmocka_unit_test(test_integers_are_exact),
        cmocka_unit_test(test_navigation_places_and_spans),
        cmocka_unit_test(test_missing_values_are_answered_for),
        cmocka_unit_test(test_large_objects_are_checked_in_linear_time),
        cmocka_unit_test(test_five_megabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

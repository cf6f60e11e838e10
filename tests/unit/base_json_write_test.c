/* base_json_write_test.c - what the JSON writer writes, and the reader reads back; the canonical form.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_commas_and_values(void **state)
{
    struct json_writer w;
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 1000);
    jw_init(&w, &out);
    jw_object(&w);
    jw_key(&w, "empty");
    jw_array(&w);
    jw_array_end(&w);
    jw_key(&w, "list");
    jw_array(&w);
    jw_int(&w, INT64_MIN);
    jw_bool(&w, true);
    jw_bool(&w, false);
    jw_null(&w);
    jw_object(&w);
    jw_object_end(&w);
    jw_text(&w, "t");
    jw_text(&w, NULL);
    jw_array_end(&w);
    jw_key_str(&w, IPAM_STR("k\"\n"));
    jw_object(&w);
    jw_key(&w, "raw");
    jw_raw(&w, IPAM_STR("1.50"));
    jw_object_end(&w);
    jw_key(&w, "absent");
    jw_str(&w, (struct ipam_str){ NULL, 0 });
    jw_object_end(&w);
    assert_string_equal(out.data,
                        "{\"empty\":[],\"list\":[-9223372036854775808,true,false,null,{},\"t\",null],"
                        "\"k\\\"\\n\":{\"raw\":1.50},\"absent\":null}");
    strbuf_fini(&out);
}

static void test_strings(void **state)
{
    static const struct {
        struct ipam_str in;
        const char *utf8, *ascii;
    } rows[] = {
        { IPAM_STR(""), "\"\"", "\"\"" },
        { IPAM_STR("a/b\x7f"), "\"a/b\x7f\"", "\"a/b\x7f\"" },
        { IPAM_STR("\"\\\b\f\n\r\t\x01\x1f"), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"",
          "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"" },
        { IPAM_STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
          "\"\\u00e9\\u20ac\\ud83d\\ude00\"" },
        { IPAM_STR("a\xff\xc3z\xed\xa0\x80"),
          "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
          "\"a\\ufffd\\ufffdz\\ufffd\\ufffd\\ufffd\"" },
        { IPAM_STR("a\0z"), "\"a\xef\xbf\xbdz\"", "\"a\\ufffdz\"" },
    };
    struct json_writer w;
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 1000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            strbuf_reset(&out);
            jw_init(&w, &out);
            w.ascii = ascii;
            jw_str(&w, rows[i].in);
            assert_string_equal(out.data, ascii ? rows[i].ascii : rows[i].utf8);
        }
    }
    strbuf_fini(&out);
}

static void test_full_buffer_is_noticed_once_at_the_end(void **state)
{
    struct json_writer w;
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 20);
    jw_init(&w, &out);
    jw_array(&w);
    for (int i = 0; i < 100; i++)
        jw_int(&w, i);
    jw_array_end(&w);
    assert_true(out.failed);
    assert_true(out.len <= 20);
    strbuf_fini(&out);
}

static void test_deepest_nesting_is_written_and_read(void **state)
{
    struct json_error error;
    struct json_doc *doc;
    struct json_writer w;
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 10000);
    jw_init(&w, &out);
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        if (i % 2) {
            jw_array(&w);
            jw_int(&w, i);
        } else {
            jw_object(&w);
            jw_key(&w, "a");
            jw_int(&w, i);
            jw_key(&w, "b");
        }
    }
    for (int i = JSON_DEPTH_MAX; i-- > 0;) {
        if (i % 2)
            jw_array_end(&w);
        else
            jw_object_end(&w);
    }
    assert_int_equal(json_parse(out.data, out.len, 10000, &doc, &error), 0);
    json_free(doc);
    strbuf_fini(&out);
}

static uint64_t state_now;

static uint64_t draw(uint64_t bound)
{
    state_now ^= state_now >> 12;
    state_now ^= state_now << 25;
    state_now ^= state_now >> 27;
    return (state_now * UINT64_C(2685821657736338717) >> 16) % bound;
}

/* Random text of code points that the reader accepts. */
static struct ipam_str draw_text(struct arena *a)
{
    static const char *const pieces[] = { "a", "\"", "\\", "\n", "\x01", "\x7f", "/", "key", "",
                                          "\xc3\xa9", "\xe2\x82\xac", "\xee\x80\x80", "\xef\xbf\xbf",
                                          "\xf0\x9f\x98\x80" };
    char *text = arena_strdup(a, "");

    for (uint64_t n = draw(6); n > 0; n--)
        text = arena_printf(a, "%s%s", text, pieces[draw(COUNT(pieces))]);
    return str_from(text);
}

/* Writes a random value. */
static void draw_value(struct arena *a, struct json_writer *w, int depth)
{
    uint64_t count = draw(5);

    switch (draw(depth < 5 ? 7 : 5)) {
    case 0:
        jw_null(w);
        break;
    case 1:
        jw_bool(w, draw(2));
        break;
    case 2:
        jw_int(w, (int64_t)(draw(UINT64_MAX) << draw(64)));
        break;
    case 3:
    case 4:
        jw_str(w, draw_text(a));
        break;
    case 5:
        jw_array(w);
        while (count--)
            draw_value(a, w, depth + 1);
        jw_array_end(w);
        break;
    default:
        jw_object(w);
        while (count--) {
            jw_key_str(w, str_from(arena_printf(a, "%d%s", (int)count, draw_text(a).data)));
            draw_value(a, w, depth + 1);
        }
        jw_object_end(w);
    }
}

/* Writes what was read. */
static void copy_value(struct json_writer *w, const struct json_doc *doc, const struct json *v)
{
    bool object = json_type(v) == JSON_OBJECT, b;
    int64_t n;

    if (object)
        jw_object(w);
    else if (json_type(v) == JSON_ARRAY)
        jw_array(w);
    else if (json_type(v) == JSON_STRING)
        jw_str(w, json_str(v));
    else if (json_int(v, &n) == 0)
        jw_int(w, n);
    else if (json_bool(v, &b) == 0)
        jw_bool(w, b);
    else
        jw_null(w);
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        if (object)
            jw_key_str(w, json_key(c));
        copy_value(w, doc, c);
    }
    if (object)
        jw_object_end(w);
    else if (json_type(v) == JSON_ARRAY)
        jw_array_end(w);
}

static struct json_doc *reread(const struct strbuf *text)
{
    struct json_doc *doc = NULL;
    struct json_error error;

    if (json_parse(text->data, text->len, 1 << 20, &doc, &error))
        fail_msg("%s: refused at %u:%u: %s", text->data, error.line, error.column, error.message);
    return doc;
}

static void test_random_values_survive_reading_and_writing(void **state)
{
    struct strbuf text, again, canonical;

    (void)state;
    rng_bytes(&state_now, sizeof(state_now));
    state_now |= 1;
    print_message("seed %llu\n", (unsigned long long)state_now);
    strbuf_init(&text, 1 << 20);
    strbuf_init(&again, 1 << 20);
    strbuf_init(&canonical, 1 << 20);
    for (int round = 0; round < 3000; round++) {
        struct json_writer w;
        struct json_doc *doc;
        struct arena a;

        arena_init(&a, 0);
        strbuf_reset(&text);
        jw_init(&w, &text);
        w.ascii = draw(2);
        draw_value(&a, &w, 0);
        doc = reread(&text);
        strbuf_reset(&again);
        jw_init(&w, &again);
        copy_value(&w, doc, json_root(doc));
        strbuf_reset(&canonical);
        json_canonical(doc, json_root(doc), &canonical);
        json_free(doc);
        /* The canonical form of the copy is that of the original, and its own. */
        doc = reread(&again);
        strbuf_reset(&text);
        json_canonical(doc, json_root(doc), &text);
        json_free(doc);
        assert_string_equal(text.data, canonical.data);
        doc = reread(&text);
        strbuf_reset(&again);
        json_canonical(doc, json_root(doc), &again);
        json_free(doc);
        assert_string_equal(again.data, canonical.data);
        arena_fini(&a);
    }
    strbuf_fini(&text);
    strbuf_fini(&again);
    strbuf_fini(&canonical);
}

static void test_canonical_form(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { " [ 3, 1.50 , -0, 1E2 ] ", "[3,1.50,-0,1E2]" },
        { "{\"b\":1,\"a\":{\"d\":[],\"c\":null}}", "{\"a\":{\"c\":null,\"d\":[]},\"b\":1}" },
        { "{\"aa\":1,\"a\":2,\"\":3,\"B\":4}", "{\"\":3,\"B\":4,\"a\":2,\"aa\":1}" },
        { "\"\\u0041\\u000a\\u001F\\/\\u00e9\"", "\"A\\n\\u001f/\xc3\xa9\"" },
        /* The example of RFC 8785, 3.2.3: the smiley (a surrogate pair) sorts before U+FB33. */
        { "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
          "Dagesh\","
          "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
          "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
          "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
          "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
          "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With "
          "Dagesh\"}" },
    };
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 10000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_error error;
        struct json_doc *doc;

        assert_int_equal(json_parse(rows[i].in, strlen(rows[i].in), 10000, &doc, &error), 0);
        strbuf_reset(&out);
        json_canonical(doc, json_root(doc), &out);
        assert_string_equal(out.data, rows[i].out);
        json_free(doc);
    }
    strbuf_fini(&out);
}

static void test_utf8(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(
        utf8_valid("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80", 19));
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("\xf0\x8f\xbf\xbf", 4));
    assert_false(utf8_valid("\xe2\x82\xac", 2));
    assert_false(utf8_valid("\xc1\xbf", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas_and_values),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_full_buffer_is_noticed_once_at_the_end),
        cmocka_unit_test(test_deepest_nesting_is_written_and_read),
        cmocka_unit_test(test_random_values_survive_reading_and_writing),
        cmocka_unit_test(test_canonical_form),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* model_problem_test.c - the table of problems: what clients rely on stays, and each says what happened and what to do.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/problem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Promises: programs compare them. A type that is new is added here, and none of these is changed. */
static const struct {
    const char *slug;
    int status;
} promised[] = {
    { "bad-request", 400 },
    { "bad-json", 400 },
    { "bad-cursor", 400 },
    { "no-history", 400 },
    { "unauthenticated", 401 },
    { "denied", 403 },
    { "not-found", 404 },
    { "method-not-allowed", 405 },
    { "not-acceptable", 406 },
    { "exists", 409 },
    { "overlap", 409 },
    { "in-use", 409 },
    { "changed-since", 409 },
    { "ambiguous", 409 },
    { "managed-elsewhere", 409 },
    { "defined-in-file", 409 },
    { "exhausted", 409 },
    { "in-progress", 409 },
    { "claim-released", 410 },
    { "forgotten", 410 },
    { "precondition-failed", 412 },
    { "too-large", 413 },
    { "media-type", 415 },
    { "invalid", 422 },
    { "claim-mismatch", 422 },
    { "idempotency-mismatch", 422 },
    { "too-many-attempts", 429 },
    { "internal", 500 },
    { "unsupported", 501 },
    { "unavailable", 503 },
    { "outcome-unknown", 503 },
    { "behind", 503 },
    { "no-space", 507 },
};

static void test_what_is_promised_stays(void **state)
{
    (void)state;
    assert_int_equal(COUNT(promised), PROBLEM_COUNT - 1);
    for (size_t i = 0; i < COUNT(promised); i++) {
        enum problem_type t = problem_by_slug(str_from(promised[i].slug));
        assert_string_equal(problem_slug(t), promised[i].slug);
        assert_int_equal(problem_status(t), promised[i].status);
    }
    assert_int_equal(problem_by_slug(IPAM_STR("nonsense")), PROBLEM_NONE);
    assert_int_equal(problem_by_slug(IPAM_STR("")), PROBLEM_NONE);
}

/* Titles are headings, and what a type means is one or more whole sentences. */
static void test_each_type_is_explained(void **state)
{
    (void)state;
    for (int t = PROBLEM_NONE + 1; t < PROBLEM_COUNT; t++) {
        const char *title = problem_title((enum problem_type)t), *help = problem_help((enum problem_type)t);
        assert_true(isupper((unsigned char)title[0]) && title[strlen(title) - 1] != '.');
        assert_true(strlen(help) > strlen("It is so.") && help[strlen(help) - 1] == '.');
        for (int other = PROBLEM_NONE + 1; other < t; other++)
            assert_string_not_equal(title, problem_title((enum problem_type)other));
    }
}

static const char *written(const struct problem *p, int status, struct strbuf *out)
{
    struct json_writer w;
    strbuf_reset(out);
    jw_init(&w, out);
    problem_write(&w, p, status);
    strbuf_putc(out, '\0');
    assert_false(out->failed);
    return out->data;
}

static void test_what_is_answered(void **state)
{
    struct record_problem second = { .pointer = "/b", .message = "is \"wrong\"" };
    struct record_problem first = { .pointer = "/a", .message = "too", .next = &second };
    struct problem p = { 0 };
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 4096);
    assert_int_equal(problem_set(&p, PROBLEM_EXISTS, "%s is there", "10.0.0.0/8"), IPAM_E_INVAL);
    assert_int_equal(problem_hint(&p, "take %d", 11), IPAM_E_INVAL);
    assert_string_equal(written(&p, 409, &out),
                        "{\"type\":\"/problems/exists\",\"title\":\"It exists already\",\"status\":409,"
                        "\"detail\":\"10.0.0.0/8 is there\",\"hint\":\"take 11\"}");
    p.errors = &first;
    assert_non_null(strstr(written(&p, 409, &out),
                           "\"hint\":\"take 11\",\"errors\":[{\"pointer\":\"/a\",\"message\":\"too\"},"
                           "{\"pointer\":\"/b\",\"message\":\"is \\\"wrong\\\"\"}]}"));
    strbuf_fini(&out);
}

/* Whoever refuses may leave the hint to the table: nobody is told what is wrong and not what to do. */
static void test_there_is_always_a_hint(void **state)
{
    struct strbuf out, hint;
    (void)state;
    strbuf_init(&out, 4096);
    strbuf_init(&hint, 4096);
    for (int t = PROBLEM_NONE + 1; t < PROBLEM_COUNT; t++) {
        struct problem p = { 0 };
        struct json_writer w;
        problem_set(&p, (enum problem_type)t, "it is so");
        strbuf_reset(&hint);
        strbuf_puts(&hint, "\"hint\":");
        jw_init(&w, &hint);
        jw_text(&w, problem_help((enum problem_type)t));
        strbuf_puts(&hint, "}");
        strbuf_putc(&hint, '\0');
        assert_non_null(strstr(written(&p, problem_status(p.type), &out), hint.data));
    }
    strbuf_fini(&hint);
    strbuf_fini(&out);
}

/* Whether a client asks again is the type's and the header's: never of what is damaged for good. */
static void test_what_storage_says(void **state)
{
    static const struct {
        int status;
        enum problem_type type;
        bool again;
    } rows[] = {
        { IPAM_E_NOSPC, PROBLEM_NO_SPACE, true },     { IPAM_E_BUG, PROBLEM_INTERNAL, false },
        { IPAM_E_PROVIDER, PROBLEM_INTERNAL, false }, { IPAM_E_BUSY, PROBLEM_UNAVAILABLE, true },
        { IPAM_E_IO, PROBLEM_UNAVAILABLE, true },     { IPAM_E_NOMEM, PROBLEM_UNAVAILABLE, true },
        { IPAM_E_AGAIN, PROBLEM_UNAVAILABLE, true },  { IPAM_E_CANCELED, PROBLEM_UNAVAILABLE, true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct problem p = { 0 };
        problem_of_storage(&p, rows[i].status, "/a/b: 100 %s of it");
        assert_int_equal(p.type, rows[i].type);
        assert_string_equal(p.detail, "/a/b: 100 %s of it");
        assert_string_not_equal(p.hint, "");
        assert_int_equal(p.retry_after_s > 0, rows[i].again);
    }
}

/* What does not fit is cut at a whole character. */
static void test_long_texts_are_cut(void **state)
{
    char text[1200];
    struct problem p = { 0 };
    (void)state;
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    text[sizeof(text) - 2] = '\0';
    problem_set(&p, PROBLEM_INVALID, "x%s", text);
    problem_hint(&p, "%s", text);
    assert_in_range(strlen(p.detail), sizeof(p.detail) - 3, sizeof(p.detail) - 1);
    assert_in_range(strlen(p.hint), sizeof(p.hint) - 3, sizeof(p.hint) - 1);
    assert_true(utf8_valid(p.detail, strlen(p.detail)) && utf8_valid(p.hint, strlen(p.hint)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_promised_stays), cmocka_unit_test(test_each_type_is_explained),
        cmocka_unit_test(test_what_is_answered),       cmocka_unit_test(test_there_is_always_a_hint),
        cmocka_unit_test(test_what_storage_says),      cmocka_unit_test(test_long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* cli_args_test.c - command lines: what they mean, and what is said of wrong ones.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "cli/args.h"
#include "ipam/status.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX 12

static const struct arg_option options[] = {
    { "output", NULL, 'o', ARG_VALUE, false, "FORMAT", "", NULL },
    { "role", "roles", 0, ARG_VALUE, true, "VALUE", "", NULL },
    { "managed", NULL, 0, ARG_BOOL, false, NULL, "", NULL },
    { "count", NULL, 'c', ARG_BARE, false, NULL, "", NULL },
    { "wait", NULL, 0, ARG_DURATION, false, "[DURATION]", "", NULL },
};

/* Each row: the arguments, and all that was understood as "word" and "option=value" in one line. */
static const struct {
    const char *argv[WORDS_MAX];
    const char *expected;
} rows[] = {
    { { "a", "b" }, "a b" },
    { { "a", "--output", "csv", "b" }, "a b output=csv" },
    { { "--output=csv" }, "output=csv" },
    { { "--output=" }, "output=" },
    { { "-o", "json", "x" }, "x output=json" },
    { { "-ojson" }, "output=json" },
    { { "--role", "dhcp", "--roles", "dns" }, "role=dhcp role=dns" },
    { { "--managed", "x" }, "x managed=true" },
    { { "--no-managed" }, "managed=false" },
    { { "--managed=false" }, "managed=false" },
    { { "-c", "--", "--output", "-c" }, "--output -c count" },
    { { "--wait", "10s", "x" }, "x wait=10s" },
    { { "--wait", "x" }, "x wait" },
    { { "x", "--wait" }, "x wait" },
    { { "--wait=2m" }, "wait=2m" },
    { { "--output=--odd" }, "output=--odd" },
    { { "-" }, "-" },
};

static const struct {
    const char *argv[WORDS_MAX];
    const char *error; /* part of it */
} wrong[] = {
    { { "--ouptut", "x" }, "did you mean --output" },
    { { "--rolls=x" }, "did you mean --role" },
    { { "--zebra" }, "unknown option --zebra" },
    { { "-z" }, "unknown option -z" },
    { { "-cx" }, "unknown option -cx" },
    { { "--output" }, "--output needs a value" },
    { { "--output", "--count" }, "write --output=--count" },
    { { "--output", "a", "-o", "b" }, "--output is given twice" },
    { { "--count=3" }, "--count takes no value" },
    { { "--managed=maybe" }, "--managed=true|false" },
    { { "--no-managed=true" }, "--no-managed" },
    { { "--wait=soon" }, "expected a duration" },
    { { "--no-count" }, "unknown option --no-count" },
};

static int parse(const char *const *argv, struct arena *arena, struct args *a)
{
    static char program[] = "ipamctl";
    static char *copy[WORDS_MAX + 1];
    struct arg_options list = { .count = 0 };
    int argc = 1;

    copy[0] = program;
    for (; argc <= WORDS_MAX && argv[argc - 1] != NULL; argc++)
        copy[argc] = arena_strdup(arena, argv[argc - 1]);
    for (unsigned i = 0; i < COUNT(options); i++)
        args_option(&list, &options[i]);
    args_init(a, argc, copy, arena);
    return args_rest(a, &list);
}

static void test_understood(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        struct args a;
        struct strbuf text;

        arena_init(&arena, 0);
        strbuf_init(&text, 4096);
        assert_int_equal(parse(rows[i].argv, &arena, &a), 0);
        for (unsigned j = 0; j < a.word_count; j++)
            strbuf_printf(&text, "%s%s", text.len > 0 ? " " : "", a.words[j]);
        for (const struct arg *v = a.first; v != NULL; v = v->next)
            strbuf_printf(&text, "%s%s%s%s", text.len > 0 ? " " : "", v->name, v->value != NULL ? "=" : "",
                          v->value != NULL ? v->value : "");
        assert_string_equal(text.data, rows[i].expected);
        strbuf_fini(&text);
        arena_fini(&arena);
    }
}

static void test_refused_with_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(wrong); i++) {
        struct arena arena;
        struct args a;

        arena_init(&arena, 0);
        assert_int_equal(parse(wrong[i].argv, &arena, &a), IPAM_E_INVAL);
        if (strstr(a.error, wrong[i].error) == NULL)
            fail_msg("row %u: '%s' lacks '%s'", i, a.error, wrong[i].error);
        arena_fini(&arena);
    }
}

/* The noun is taken before the options of its verb are known. */
static void test_words_one_by_one(void **state)
{
    char program[] = "ipamctl", noun[] = "server", verb[] = "add", early[] = "--count", late[] = "--role=dhcp";
    char *argv[] = { program, early, noun, verb, late };
    struct arg_options list = { .count = 0 };
    struct arena arena;
    struct args a;
    const char *word;

    (void)state;
    arena_init(&arena, 0);
    args_option(&list, &options[3]);
    args_init(&a, COUNT(argv), argv, &arena);
    assert_int_equal(args_next(&a, &list, &word), 0);
    assert_string_equal(word, "server");
    assert_int_equal(args_next(&a, &list, &word), 0);
    assert_string_equal(word, "add");
    args_option(&list, &options[1]);
    assert_int_equal(args_rest(&a, &list), 0);
    assert_true(args_given(&a, "count"));
    assert_string_equal(args_value(&a, "role"), "dhcp");
    assert_null(args_value(&a, "output"));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_understood),
        cmocka_unit_test(test_refused_with_reason),
        cmocka_unit_test(test_words_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

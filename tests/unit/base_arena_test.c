/* base_arena_test.c - arenas give aligned, zeroed memory up to their limit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static int is_zero(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i])
            return 0;
    }
    return 1;
}

static void test_memory_is_aligned_zeroed_and_apart(void **state)
{
    unsigned char *blocks[400];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 400; i++) {
            blocks[i] = arena_alloc(&a, i * 7);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % 16, 0);
            assert_true(is_zero(blocks[i], i * 7));
            memset(blocks[i], (int)(i % 255) + 1, i * 7);
        }
        for (size_t i = 0; i < 400; i++) {
            for (size_t j = 0; j < i * 7; j++)
                assert_int_equal(blocks[i][j], i % 255 + 1);
        }
        arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    arena_fini(&a);
}

static void test_limit_is_kept(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1000);
    assert_non_null(arena_alloc(&a, 600));
    assert_null(arena_alloc(&a, 401));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_memdup(&a, "x", SIZE_MAX));
    assert_non_null(arena_alloc(&a, 400));
    assert_null(arena_alloc(&a, 1));
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 1000));
    arena_fini(&a);
    assert_non_null(arena_alloc(&a, 1000));
    arena_fini(&a);
}

static void test_texts_are_copied(void **state)
{
    char text[] = "bytes\0more";
    struct ipam_str s = { text, sizeof(text) - 1 }, copy;
    struct arena a;
    char *p;

    (void)state;
    arena_init(&a, 0);
    p = arena_memdup(&a, text, sizeof(text) - 1);
    copy = arena_str(&a, s);
    assert_string_equal(arena_strdup(&a, text), "bytes");
    text[0] = 'X';
    assert_memory_equal(p, "bytes\0more\0", sizeof(text));
    assert_int_equal(copy.len, 10);
    assert_memory_equal(copy.data, "bytes\0more", 10);
    assert_null(arena_str(&a, (struct ipam_str){ NULL, 0 }).data);
    assert_non_null(arena_str(&a, IPAM_STR("")).data);
    assert_string_equal(arena_printf(&a, "%s-%05d", "a", 42), "a-00042");
    arena_fini(&a);
}

static void test_text_comparison(void **state)
{
    struct ipam_str absent = { NULL, 0 };

    (void)state;
    assert_true(str_is(IPAM_STR("abc"), "abc"));
    assert_false(str_is(IPAM_STR("abc"), "abd"));
    assert_false(str_is(IPAM_STR("abc"), "ab"));
    assert_false(str_equal(absent, IPAM_STR("")));
    assert_true(str_equal(absent, absent));
    assert_true(str_equal(str_from(NULL), absent));
    assert_int_equal(str_from("four").len, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_aligned_zeroed_and_apart),
        cmocka_unit_test(test_limit_is_kept),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_text_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

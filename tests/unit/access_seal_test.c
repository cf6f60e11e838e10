/* access_seal_test.c - what is sealed opens for whom it is, and for nobody else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "access/seal.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct ipam_bytes bytes(const char *text)
{
    return (struct ipam_bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_every_length_comes_back(void **state)
{
    uint8_t text[300];
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof(text); len++) {
        struct ipam_bytes sealed = seal_close(&arena, (struct ipam_bytes){ text, len }, bytes("token:a"));
        assert_non_null(sealed.data);
        assert_true(sealed.len <= len + SEAL_MORE);
        struct ipam_bytes again = seal_open(&arena, sealed, bytes("token:a"));
        assert_non_null(again.data);
        assert_int_equal(again.len, len);
        assert_memory_equal(again.data, text, len);
    }
}

static void test_it_tells_nothing(void **state)
{
    (void)state;
    struct ipam_bytes a = seal_close(&arena, bytes("10.9.0.0/24"), bytes("token:a"));
    struct ipam_bytes b = seal_close(&arena, bytes("10.9.0.0/24"), bytes("token:a"));
    struct ipam_bytes c = seal_close(&arena, bytes("10.9.0.0/24 and more"), bytes("token:a"));
    assert_int_equal(a.len, b.len);
    assert_memory_not_equal(a.data, b.data, a.len); /* the same place twice */
    assert_int_equal(a.len, c.len);
    assert_null(memmem(a.data, a.len, "10.9", 4));
}

static void test_not_for_others_and_not_changed(void **state)
{
    (void)state;
    struct ipam_bytes sealed = seal_close(&arena, bytes("a place"), bytes("token:a"));
    uint8_t *text = (uint8_t *)arena_memdup(&arena, sealed.data, sealed.len);
    assert_null(seal_open(&arena, sealed, bytes("token:b")).data);
    for (size_t i = 0; i < sealed.len; i++) {
        text[i] ^= 1;
        assert_null(seal_open(&arena, (struct ipam_bytes){ text, sealed.len }, bytes("token:a")).data);
        text[i] ^= 1;
        assert_null(seal_open(&arena, (struct ipam_bytes){ text, i }, bytes("token:a")).data);
    }
    assert_non_null(seal_open(&arena, (struct ipam_bytes){ text, sealed.len }, bytes("token:a")).data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_length_comes_back),
        TEST(test_it_tells_nothing),
        TEST(test_not_for_others_and_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

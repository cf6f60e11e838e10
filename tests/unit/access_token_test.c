/* access_token_test.c - tokens as text: their form, their sum, and what is no token.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/token.h"
#include "base/arena.h"

static void copy(char *to, const char *from)
{
    memcpy(to, from, TOKEN_CHARS + 1);
}

static bool is_token(const char *text, size_t len)
{
    enum token_kind kind;
    struct ipam_str id;
    return token_parse((struct ipam_str){ text, len }, &kind, &id);
}

static void test_what_is_made_is_one(void **state)
{
    static const char *const heads[TOKEN_KINDS] = { "ipam_pat_", "ipam_svc_", "ipam_ses_" };
    char text[TOKEN_CHARS + 1], before[TOKEN_CHARS + 1] = "";
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        enum token_kind kind = i % TOKEN_KINDS, found;
        struct ipam_str id;
        token_new(kind, text);
        assert_int_equal(strlen(text), TOKEN_CHARS);
        assert_int_equal(strncmp(text, heads[kind], 9), 0);
        assert_int_equal(strspn(text + 9, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), TOKEN_ID);
        assert_int_equal(text[9 + TOKEN_ID], '_');
        assert_true(token_parse(str_from(text), &found, &id));
        assert_int_equal(found, kind);
        assert_ptr_equal(id.data, text + 9);
        assert_int_equal(id.len, TOKEN_ID);
        assert_string_not_equal(text, before);
        copy(before, text);
    }
}

/* Made apart from this code: CRC-32 as zlib and PNG have it. */
static void test_a_known_one(void **state)
{
    static const char known[] = "ipam_svc_Abc0123xyzQ9_7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq7Kq73EgPIT";
    (void)state;
    assert_true(is_token(known, strlen(known)));
}

/* Every other character in every place, every length: only the one that was made is one. */
static void test_what_is_mistyped_is_none(void **state)
{
    static const char others[] = "0aZ_-+/=. \n\t\x7f\xff";
    char text[TOKEN_CHARS + 2], made[TOKEN_CHARS + 1];
    (void)state;
    token_new(TOKEN_PERSON, made);
    for (size_t i = 0; i < TOKEN_CHARS; i++)
        for (size_t k = 0; k < sizeof(others); k++) { /* the NUL too */
            copy(text, made);
            text[i] = others[k];
            assert_int_equal(is_token(text, TOKEN_CHARS), text[i] == made[i]);
        }
    for (size_t i = 0; i + 1 < TOKEN_CHARS; i++) { /* two that changed places */
        copy(text, made);
        text[i] = made[i + 1];
        text[i + 1] = made[i];
        assert_int_equal(is_token(text, TOKEN_CHARS), text[i] == text[i + 1]);
    }
    copy(text, made);
    text[TOKEN_CHARS] = '0';
    for (size_t len = 0; len <= TOKEN_CHARS + 1; len++)
        assert_int_equal(is_token(text, len), len == TOKEN_CHARS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_made_is_one),
        cmocka_unit_test(test_a_known_one),
        cmocka_unit_test(test_what_is_mistyped_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

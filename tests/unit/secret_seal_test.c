/* secret_seal_test.c - the cipher is the published one, and what is sealed for one place opens for no other.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "secret/seal.c"

static const struct seal_place here = { 60, 17, 4, 3 };
static const uint8_t key_a[MASTER_KEY_BYTES] = { 1, 2, 3 }, key_b[MASTER_KEY_BYTES] = { 9, 8, 7 };
static const char text[] = "correct horse battery staple";

struct bench {
    struct keyring *k;
    char a[MASTER_KEY_ID_SIZE], b[MASTER_KEY_ID_SIZE];
    uint8_t wrapped[SEAL_WRAPPED_BYTES], body[sizeof(text) + SEAL_OVERHEAD];
};

static int setup(void **state)
{
    struct bench *t = calloc(1, sizeof(*t));
    t->k = keyring_new();
    assert_non_null(t->k);
    keyring_add(t->k, key_a, t->a);
    keyring_add(t->k, key_b, t->b);
    assert_int_equal(secret_seal(t->k, str_from(t->a), &here, text, sizeof(text), t->wrapped, t->body), 0);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct bench *t = *state;
    keyring_free(t->k);
    free(t);
    return 0;
}

static int open_at(const struct bench *t, const char *id, const struct seal_place *at, const uint8_t *wrapped,
                   size_t wrapped_len, const uint8_t *body, size_t body_len)
{
    char out[sizeof(text) + 64];
    return secret_open(t->k, str_from(id), at, (struct ipam_bytes){ wrapped, wrapped_len },
                       (struct ipam_bytes){ body, body_len }, out, sizeof(out));
}

static int open_here(const struct bench *t, const char *id)
{
    return open_at(t, id, &here, t->wrapped, sizeof(t->wrapped), t->body, sizeof(t->body));
}

/* draft-irtf-cfrg-xchacha-03, appendix A.3.1 */
static void test_the_cipher_is_the_published_one(void **state)
{
    static const char plain[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.";
    static const char want[] =
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
        "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
    static const uint8_t ad[] = { 0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
    uint8_t key[KEY_BYTES], nonce[NONCE_BYTES], out[sizeof(plain) + SEAL_OVERHEAD], back[sizeof(plain)];
    char hex[2 * sizeof(out) + 1];
    size_t len = sizeof(plain) - 1;
    (void)state;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(0x80 + i);
    for (size_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = (uint8_t)(0x40 + i);
    box_with(nonce, key, ad, sizeof(ad), plain, len, out);
    assert_memory_equal(out, nonce, sizeof(nonce));
    sodium_bin2hex(hex, sizeof(hex), out + NONCE_BYTES, len + TAG_BYTES);
    assert_string_equal(hex, want);
    assert_int_equal(unbox(key, ad, sizeof(ad), (struct ipam_bytes){ out, len + SEAL_OVERHEAD }, back), 0);
    assert_memory_equal(back, plain, len);
}

static void test_what_was_sealed_opens_at_its_place(void **state)
{
    struct bench *t = *state;
    char out[sizeof(text)];
    assert_int_equal(secret_open(t->k, str_from(t->a), &here,
                                 (struct ipam_bytes){ t->wrapped, sizeof(t->wrapped) },
                                 (struct ipam_bytes){ t->body, sizeof(t->body) }, out, sizeof(out)),
                     sizeof(text));
    assert_memory_equal(out, text, sizeof(text));
    assert_null(memmem(t->body, sizeof(t->body), text, 8));
    assert_int_equal(secret_open(t->k, str_from(t->a), &here,
                                 (struct ipam_bytes){ t->wrapped, sizeof(t->wrapped) },
                                 (struct ipam_bytes){ t->body, sizeof(t->body) }, out, sizeof(out) - 1),
                     IPAM_E_TOOBIG);
}

static void test_it_opens_nowhere_else(void **state)
{
    static const struct seal_place others[] = { { 61, 17, 4, 3 }, { 60, 18, 4, 3 },
                                                { 60, 17, 5, 3 }, { 60, 17, 4, 2 },
                                                { 60, 17, 4, 4 }, { 60, 17 + (1LL << 32), 4, 3 } };
    struct bench *t = *state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(
            open_at(t, t->a, &others[i], t->wrapped, sizeof(t->wrapped), t->body, sizeof(t->body)),
            IPAM_E_INVAL);
}

/* Each half of one row beside the other half of another, at either place. */
static void test_halves_of_two_rows_do_not_fit(void **state)
{
    static const struct seal_place there = { 60, 18, 4, 3 };
    struct bench *t = *state;
    uint8_t wrapped[SEAL_WRAPPED_BYTES], body[sizeof(text) + SEAL_OVERHEAD];
    assert_int_equal(secret_seal(t->k, str_from(t->a), &there, text, sizeof(text), wrapped, body), 0);
    const struct seal_place *at[] = { &here, &there };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(open_at(t, t->a, at[i], wrapped, sizeof(wrapped), t->body, sizeof(t->body)),
                         IPAM_E_INVAL);
        assert_int_equal(open_at(t, t->a, at[i], t->wrapped, sizeof(t->wrapped), body, sizeof(body)),
                         IPAM_E_INVAL);
    }
}

static void test_every_bit_and_every_length_counts(void **state)
{
    struct bench *t = *state;
    for (size_t i = 0; i < sizeof(t->body) * 8; i++) {
        t->body[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(open_here(t, t->a), IPAM_E_INVAL);
        t->body[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sizeof(t->wrapped) * 8; i++) {
        t->wrapped[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(open_here(t, t->a), IPAM_E_INVAL);
        t->wrapped[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t n = 0; n < sizeof(t->body); n++)
        assert_int_equal(open_at(t, t->a, &here, t->wrapped, sizeof(t->wrapped), t->body, n), IPAM_E_INVAL);
    for (size_t n = 0; n < sizeof(t->wrapped); n++)
        assert_int_equal(open_at(t, t->a, &here, t->wrapped, n, t->body, sizeof(t->body)), IPAM_E_INVAL);
    assert_int_equal(open_here(t, t->a), sizeof(text));
}

static void test_another_key_opens_nothing_and_says_which_is_missing(void **state)
{
    struct bench *t = *state;
    assert_int_equal(open_here(t, t->b), IPAM_E_INVAL);
    assert_int_equal(open_here(t, "0123456789abcdef"), IPAM_E_NOENT);
    assert_string_not_equal(t->a, t->b);
}

/* A new master key: the secret itself stays, byte for byte, and the old wrapping is of no use under the new one. */
static void test_a_new_key_wraps_the_old_secret(void **state)
{
    struct bench *t = *state;
    uint8_t anew[SEAL_WRAPPED_BYTES];
    const struct ipam_bytes old = { t->wrapped, sizeof(t->wrapped) };
    static const struct seal_place there = { 60, 18, 4, 3 };
    assert_int_equal(secret_rewrap(t->k, str_from(t->a), str_from(t->b), &there, old, anew), IPAM_E_INVAL);
    assert_int_equal(secret_rewrap(t->k, str_from(t->a), str_from("none"), &here, old, anew), IPAM_E_NOENT);
    assert_int_equal(secret_rewrap(t->k, str_from(t->a), str_from(t->b), &here, old, anew), 0);
    assert_int_equal(open_at(t, t->b, &here, anew, sizeof(anew), t->body, sizeof(t->body)), sizeof(text));
    assert_int_equal(open_at(t, t->a, &here, anew, sizeof(anew), t->body, sizeof(t->body)), IPAM_E_INVAL);
    assert_int_equal(open_here(t, t->a), sizeof(text));
}

static void test_the_same_secret_never_looks_the_same(void **state)
{
    struct bench *t = *state;
    uint8_t wrapped[SEAL_WRAPPED_BYTES], body[sizeof(text) + SEAL_OVERHEAD];
    assert_int_equal(secret_seal(t->k, str_from(t->a), &here, text, sizeof(text), wrapped, body), 0);
    assert_memory_not_equal(body, t->body, sizeof(body));
    assert_memory_not_equal(wrapped, t->wrapped, sizeof(wrapped));
}

static void test_a_digest_is_of_the_key_too(void **state)
{
    struct bench *t = *state;
    uint8_t one[SECRET_DIGEST_BYTES], two[SECRET_DIGEST_BYTES];
    assert_int_equal(secret_digest(t->k, str_from(t->a), text, sizeof(text), one), 0);
    assert_int_equal(secret_digest(t->k, str_from(t->b), text, sizeof(text), two), 0);
    assert_memory_not_equal(one, two, sizeof(one));
    assert_int_equal(secret_digest(t->k, str_from(t->a), text, sizeof(text), two), 0);
    assert_memory_equal(one, two, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cipher_is_the_published_one),
        cmocka_unit_test_setup_teardown(test_what_was_sealed_opens_at_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_it_opens_nowhere_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_halves_of_two_rows_do_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_bit_and_every_length_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_key_opens_nothing_and_says_which_is_missing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_new_key_wraps_the_old_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_secret_never_looks_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_digest_is_of_the_key_too, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

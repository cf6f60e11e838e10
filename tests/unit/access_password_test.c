/* access_password_test.c - passwords: hashed and verified off the loop, a bounded number at a time, kept up to date.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "access/password.h"
#include "base/arena.h"
#include "base/clock.h"
#include "ipam/status.h"

static struct loop *loop;
static struct passwords *passwords;

struct heard {
    int times, status;
    char hash[PASSWORD_HASH_MAX];
    int64_t after_ms;
};
static int64_t began;
static unsigned waiting;

static void on_closed(void *user)
{
    (void)user;
    loop_stop(loop);
}

static void hear(void *user, int status, const char *hash)
{
    struct heard *h = user;
    assert_true(loop_is_mine(loop));
    h->times++;
    h->status = status;
    h->after_ms = clock_mono_ms() - began;
    snprintf(h->hash, sizeof(h->hash), "%s", hash != NULL ? hash : "");
    if (--waiting == 0)
        passwords_close(passwords, on_closed, NULL);
}

static void begin(void)
{
    loop = loop_new();
    passwords = passwords_new(loop);
    assert_non_null(passwords);
    began = clock_mono_ms();
}

static void end(void)
{
    loop_run(loop);
    loop_free(loop);
}

static struct ipam_bytes bytes(const char *text)
{
    return (struct ipam_bytes){ (const uint8_t *)text, strlen(text) };
}

static struct heard made(const char *secret)
{
    struct heard h = { 0 };
    begin();
    waiting = 1;
    assert_int_equal(password_hash(passwords, bytes(secret), hear, &h), 0);
    assert_int_equal(h.times, 0); /* never inside the call */
    end();
    assert_int_equal(h.times, 1);
    return h;
}

static struct heard verified(const char *hash, const char *secret)
{
    struct heard h = { 0 };
    begin();
    waiting = 1;
    assert_int_equal(password_verify(passwords, hash != NULL ? str_from(hash) : (struct ipam_str){ NULL, 0 },
                                     bytes(secret), hear, &h), 0);
    end();
    assert_int_equal(h.times, 1);
    return h;
}

static void test_hashed_and_verified(void **state)
{
    struct heard h = made("correct horse battery");
    (void)state;
    assert_int_equal(h.status, 0);
    assert_int_equal(strncmp(h.hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_int_equal(verified(h.hash, "correct horse battery").status, 0);
    assert_string_equal(verified(h.hash, "correct horse battery").hash, ""); /* it may stay as it is */
    assert_int_equal(verified(h.hash, "correct horse batterY").status, IPAM_E_AUTH);
    assert_int_equal(verified(h.hash, "").status, IPAM_E_AUTH);
    assert_int_equal(verified("not a hash", "correct horse battery").status, IPAM_E_AUTH);
    assert_string_not_equal(made("correct horse battery").hash, h.hash); /* a salt of its own */
}

static void test_nobody_takes_as_long(void **state)
{
    struct heard h = made("a password");
    struct heard known = verified(h.hash, "another one"), nobody = verified(NULL, "another one");
    (void)state;
    print_message("known %lld ms, unknown %lld ms\n", (long long)known.after_ms, (long long)nobody.after_ms);
    assert_int_equal(nobody.status, IPAM_E_AUTH);
    assert_true(nobody.after_ms * 3 > known.after_ms && nobody.after_ms < known.after_ms * 3 + 30);
}

static void test_weak_ones_are_made_anew(void **state)
{
    char weak[crypto_pwhash_STRBYTES];
    (void)state;
    assert_int_equal(crypto_pwhash_str(weak, "old times", 9, 1, 8 << 20), 0);
    struct heard h = verified(weak, "old times");
    assert_int_equal(h.status, 0);
    assert_int_equal(strncmp(h.hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_int_equal(verified(h.hash, "old times").status, 0);
    assert_string_equal(verified(weak, "wrong").hash, "");
}

static void test_the_queue_has_an_end(void **state)
{
    struct heard h[PASSWORD_QUEUE + 4] = { 0 };
    unsigned taken = 0;
    (void)state;
    begin();
    waiting = PASSWORD_QUEUE + 4;
    for (unsigned i = 0; i < PASSWORD_QUEUE + 4; i++) {
        int rc = password_hash(passwords, bytes("a password"), hear, &h[i]);
        assert_true(rc == 0 || rc == IPAM_E_BUSY);
        taken += rc == 0;
    }
    assert_true(taken >= PASSWORD_QUEUE && taken <= PASSWORD_QUEUE + 1);
    waiting = taken;
    end();
    for (unsigned i = 0; i < PASSWORD_QUEUE + 4; i++)
        assert_int_equal(h[i].times, i < taken);
}

static void test_a_stop_ends_what_waits(void **state)
{
    struct heard h[3] = { 0 };
    (void)state;
    begin();
    waiting = 100;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(password_hash(passwords, bytes("a password"), hear, &h[i]), 0);
    passwords_close(passwords, on_closed, NULL);
    end();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(h[i].times, 1);
    assert_int_equal(h[2].status, IPAM_E_CANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashed_and_verified),
        cmocka_unit_test(test_nobody_takes_as_long),
        cmocka_unit_test(test_weak_ones_are_made_anew),
        cmocka_unit_test(test_the_queue_has_an_end),
        cmocka_unit_test(test_a_stop_ends_what_waits),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

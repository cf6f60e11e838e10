/* base_hash_test.c - both maps against a plain array, with random puts, deletions and look-ups.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/hash.h"

#define KEYS 500
#define STEPS 200000

static uint64_t state_now;

/* xorshift64*: repeatable from the printed seed. */
static uint64_t draw(uint64_t bound)
{
    state_now ^= state_now >> 12;
    state_now ^= state_now << 25;
    state_now ^= state_now >> 27;
    return (state_now * UINT64_C(2685821657736338717) >> 16) % bound;
}

static void start(void)
{
    rng_bytes(&state_now, sizeof(state_now));
    state_now |= 1;
    print_message("seed %llu\n", (unsigned long long)state_now);
}

static int values[16];

/* Few different keys, so that removal and reuse are common; among them the extremes. */
static uint64_t int_key(size_t i)
{
    return i == 0 ? 0 : i == 1 ? UINT64_MAX : (uint64_t)i << 40;
}

static void test_imap_against_an_array(void **state)
{
    void *model[KEYS] = { 0 }, *value;
    size_t live = 0, pos = 0, walked = 0;
    struct imap m;
    uint64_t key;

    (void)state;
    start();
    imap_init(&m);
    assert_null(imap_get(&m, 1));
    assert_null(imap_del(&m, 1));
    for (int step = 0; step < STEPS; step++) {
        size_t i = draw(KEYS);
        int what = (int)draw(3);

        if (what == 0) {
            value = &values[draw(16)];
            live += !model[i];
            assert_ptr_equal(imap_put(&m, int_key(i), value), model[i]);
            model[i] = value;
        } else if (what == 1) {
            live -= !!model[i];
            assert_ptr_equal(imap_del(&m, int_key(i)), model[i]);
            model[i] = NULL;
        } else {
            assert_ptr_equal(imap_get(&m, int_key(i)), model[i]);
        }
        assert_int_equal(m.count, live);
    }
    assert_true(m.cap <= 2048); /* tombs are swept: the table follows its entries */
    while (imap_next(&m, &pos, &key, &value)) {
        size_t i = key == UINT64_MAX ? 1 : (size_t)(key >> 40);

        assert_ptr_equal(value, model[i]);
        walked++;
    }
    assert_int_equal(walked, live);
    imap_fini(&m);
    assert_null(imap_get(&m, 0));
}

/* Keys of 0 to 38 bytes, with NULs; a prefix of a key is a key too. */
static size_t text_key(size_t i, char *buf)
{
    memset(buf, 0, 64);
    if (i < 39)
        return i;
    return (size_t)snprintf(buf, 64, "key-%zu", i) + i % 9;
}

static void test_smap_against_an_array(void **state)
{
    void *model[KEYS] = { 0 }, *value;
    size_t live = 0, pos = 0, walked = 0, len;
    char buf[64];
    const void *key;
    struct smap m;

    (void)state;
    start();
    smap_init(&m);
    assert_null(smap_get(&m, "a", 1));
    for (int step = 0; step < STEPS; step++) {
        size_t i = draw(KEYS);
        int what = (int)draw(3);

        len = text_key(i, buf);
        if (what == 0) {
            value = &values[draw(16)];
            live += !model[i];
            assert_ptr_equal(smap_put(&m, buf, len, value), model[i]);
            model[i] = value;
        } else if (what == 1) {
            live -= !!model[i];
            assert_ptr_equal(smap_del(&m, buf, len), model[i]);
            model[i] = NULL;
        } else {
            assert_ptr_equal(smap_get(&m, buf, len), model[i]);
        }
        assert_int_equal(m.count, live);
    }
    assert_true(m.cap <= 2048);
    while (smap_next(&m, &pos, &key, &len, &value)) {
        assert_ptr_equal(smap_get(&m, key, len), value);
        walked++;
    }
    assert_int_equal(walked, live);
    smap_fini(&m);
}

/* The published SipHash-1-3 value cannot be checked through the random seed; what users rely on can:
 * equal bytes hash equally, and single-bit changes spread over both halves. */
static void test_hash_bytes_spreads(void **state)
{
    unsigned char data[64] = { 0 };
    uint64_t base_hash = hash_bytes(data, sizeof(data));
    int low = 0, high = 0;

    (void)state;
    assert_int_equal(hash_bytes(data, sizeof(data)), base_hash);
    assert_int_not_equal(hash_bytes(data, 8), hash_bytes(data, 7));
    for (int bit = 0; bit < 512; bit++) {
        uint64_t diff;

        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        diff = hash_bytes(data, sizeof(data)) ^ base_hash;
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        low += __builtin_popcount((uint32_t)diff);
        high += __builtin_popcount((uint32_t)(diff >> 32));
    }
    assert_in_range(low, 512 * 14, 512 * 18);
    assert_in_range(high, 512 * 14, 512 * 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imap_against_an_array),
        cmocka_unit_test(test_smap_against_an_array),
        cmocka_unit_test(test_hash_bytes_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* index_random.h - the seed, the scale and the random shapes of the index tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef INDEX_RANDOM_H
#define INDEX_RANDOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t seed;

static inline uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline unsigned below(unsigned n)
{
    return (unsigned)(draw() >> 33) % n;
}

/* IPAM_TEST_SEED repeats a run; every test program prints its seed. */
static inline void random_begin(void)
{
    const char *given = getenv("IPAM_TEST_SEED");

    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("IPAM_TEST_SEED=%llu\n", (unsigned long long)seed);
}

/* `n` operations, times IPAM_TEST_SCALE. */
static inline unsigned long scaled(unsigned long n)
{
    const char *given = getenv("IPAM_TEST_SCALE");
    double factor = given != NULL ? strtod(given, NULL) : 1;

    return factor > 0 ? (unsigned long)((double)n * factor) : n;
}

static inline struct ipam_addr addr(const char *text)
{
    struct ipam_addr a = { 0 };

    if (addr_parse(text, strlen(text), &a) != 0)
        fail_msg("%s is refused", text);
    return a;
}

static inline struct ipam_prefix prefix(const char *text)
{
    struct ipam_prefix p = { 0 };

    if (prefix_parse_host(text, strlen(text), &p) != 0)
        fail_msg("%s is refused", text);
    return p;
}

/* Sets the `n` bits from bit `at` to the low ones of `value`, again and again beyond 64. */
static inline void set_bits(struct ipam_addr *a, unsigned at, unsigned n, uint64_t value)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned bit = at + i;
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);

        if (value >> ((n - 1 - i) & 63) & 1)
            a->bytes[bit / 8] |= mask;
        else
            a->bytes[bit / 8] &= (uint8_t)~mask;
    }
}

/* A random address whose first `bits` bits come from few values, so that many share them. With values 0
 * each byte behind them is one of six: levels of nodes above each other, their ends in use. */
static inline struct ipam_addr draw_addr(uint8_t family, unsigned bits, unsigned values)
{
    static const uint8_t bytes[6] = { 0, 1, 2, 127, 128, 255 };
    struct ipam_addr a = { .family = family };
    unsigned width = addr_bits(family);
    uint64_t pick = values == 0 ? 0 : below(values) * 0x9e3779b97f4a7c15;

    for (unsigned i = 0; i < width; i += 8)
        set_bits(&a, i, 8, values == 0 ? bytes[below(COUNT(bytes))] : draw());
    for (unsigned i = 0; i < bits; i++)
        set_bits(&a, i, 1, pick >> i % 64);
    return a;
}

#endif

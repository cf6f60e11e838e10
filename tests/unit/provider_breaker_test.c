/* provider_breaker_test.c - when a server is left alone, and for how long; how much an instance may log.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "provider/breaker.h"
#include "provider/log_quota.h"

/* A row each: what happens to a closed breaker, letter by letter, and what it is afterwards. f: a call fails, s:
 * succeeds, c: is cancelled, t: asks whether it may go and must, n: must not; a digit waits that many seconds. */
static const struct {
    const char *events;
    enum breaker_state state;
} rows[] = {
    { "t", BREAKER_CLOSED },
    { "ffff", BREAKER_CLOSED },
    { "fffft", BREAKER_CLOSED },
    { "ffffsffff", BREAKER_CLOSED }, /* in a row only */
    { "fffff", BREAKER_OPEN },
    { "fffffn", BREAKER_OPEN },
    { "fffff1t", BREAKER_TRIAL },
    { "fffff1tn", BREAKER_TRIAL },   /* one trial at a time */
    { "fffff1ts", BREAKER_CLOSED },
    { "fffff1tst", BREAKER_CLOSED },
    { "fffff1tf", BREAKER_OPEN },
    { "fffff1tfn1n", BREAKER_OPEN }, /* the second pause is two seconds */
    { "fffff1tf2t", BREAKER_TRIAL },
    { "fffff1tf2tf4t", BREAKER_TRIAL },
    { "fffff1tc", BREAKER_OPEN },    /* a cancelled trial says nothing: the next may try */
    { "fffff1tct", BREAKER_TRIAL },
    { "fffffff", BREAKER_OPEN },     /* calls that went before it opened make the pause no longer */
    { "fffffff1t", BREAKER_TRIAL },
    { "fffffs", BREAKER_CLOSED },    /* a probe that went past it, and was answered */
    { "fffff1tsffff", BREAKER_CLOSED },
};

static void play(struct breaker *b, const char *events, int64_t *now_ms)
{
    for (const char *e = events; *e; e++) {
        if (*e == 'f' || *e == 's')
            breaker_heard(b, *now_ms, *e == 'f');
        else if (*e == 'c')
            breaker_forgets(b);
        else if (*e == 't' || *e == 'n')
            assert_int_equal(breaker_takes(b, *now_ms), *e == 't');
        else
            *now_ms += (*e - '0') * 1000;
    }
}

static void test_each_run_of_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct breaker b = { 0 };
        int64_t now_ms = 1000000;

        print_message("row: %s\n", rows[i].events);
        play(&b, rows[i].events, &now_ms);
        assert_int_equal(breaker_state(&b), rows[i].state);
    }
}

static void test_the_pause_has_an_end(void **state)
{
    struct breaker b = { 0 };
    int64_t now_ms = 5000;

    (void)state;
    play(&b, "fffff", &now_ms);
    for (int i = 0; i < 20; i++) {
        assert_true(b.until_ms - now_ms <= BREAKER_MOST_MS);
        now_ms = b.until_ms;
        play(&b, "tf", &now_ms);
    }
    assert_int_equal(b.until_ms - now_ms, BREAKER_MOST_MS);
}

static unsigned take_all(struct log_quota *q, int64_t now_ms, unsigned tries)
{
    unsigned taken = 0, held;

    for (unsigned i = 0; i < tries; i++)
        taken += log_quota_take(q, now_ms, &held);
    return taken;
}

static void test_a_flood_of_lines_is_held_back_and_counted(void **state)
{
    struct log_quota q;
    unsigned held;

    (void)state;
    log_quota_init(&q);
    assert_int_equal(take_all(&q, 1000, 1000), LOG_BURST);
    assert_int_equal(take_all(&q, 1000 + LOG_REFILL_MS - 1, 10), 0);
    assert_true(log_quota_take(&q, 1000 + LOG_REFILL_MS, &held));
    assert_int_equal(held, 1000 - LOG_BURST + 10);
    assert_false(log_quota_take(&q, 1000 + LOG_REFILL_MS, &held));
    assert_int_equal(take_all(&q, 3600000, 1000), LOG_BURST); /* a long rest saves up no more */
    log_quota_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_run_of_events),
        cmocka_unit_test(test_the_pause_has_an_end),
        cmocka_unit_test(test_a_flood_of_lines_is_held_back_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* access_guess_test.c - delays on guessing: by a table, and against a model that forgets nothing else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/guess.h"
#include "index_random.h"

#include "base/arena.h"

#define S  INT64_C(1000)
#define M  (60 * S)
#define T0 (1000 * M) /* the clock does not begin at 0 */

static const uint8_t seed_bytes[16] = "0123456789abcdef";

static struct guess_source at(const char *text)
{
    struct guess_source s = { 0 };
    assert_int_equal(addr_parse(text, strlen(text), &s.addr), 0);
    return s;
}

enum what { TRY, RIGHT, UNJUDGED };
struct step {
    int64_t ms; /* after the step before */
    enum what what;
    const char *account; /* NULL: a token */
    const char *from;
    int64_t wait; /* expected of TRY */
    bool first;
    unsigned times; /* that it is done; all alike */
};

static void run(const char *name, const struct step *steps)
{
    struct guess *g = guess_new(seed_bytes);
    int64_t now = T0;
    print_message("%s\n", name);
    for (const struct step *s = steps; s->from != NULL; s++) {
        const struct guess_source from = at(s->from);
        const enum guess_kind kind = s->account != NULL ? GUESS_PASSWORD : GUESS_TOKEN;
        const struct ipam_str account = s->account != NULL ? str_from(s->account) : (struct ipam_str){ NULL, 0 };
        now += s->ms;
        for (unsigned i = 0; i < s->times; i++) {
            bool first;
            if (s->what == RIGHT)
                guess_right(g, kind, account, &from, now);
            else if (s->what == UNJUDGED)
                guess_unjudged(g, kind, account, &from, now);
            else {
                assert_int_equal(guess_try(g, kind, account, &from, now, &first), s->wait);
                assert_int_equal(first, s->first);
            }
        }
    }
    guess_free(g);
}

#define A "10.0.0.1"
#define B "10.0.0.2"

static void test_table(void **state)
{
    (void)state;
    run("five wrong ones are free, then the delay doubles", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 5 }, { 0, TRY, "alice", A, 0, true, 1 }, { 0, TRY, "alice", A, 1 * S, false, 3 },
        { 999, TRY, "alice", A, 1, false, 1 }, { 1, TRY, "alice", A, 0, false, 1 }, { 0, TRY, "alice", A, 2 * S, false, 1 },
        { 2 * S, TRY, "alice", A, 0, false, 1 }, { 0, TRY, "alice", A, 4 * S, false, 1 }, { .from = NULL } });
    run("another source does not wait", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 5 }, { 0, TRY, "alice", A, 0, true, 1 }, { 0, TRY, "alice", A, 1 * S, false, 1 },
        { 0, TRY, "alice", B, 0, false, 1 }, { 0, RIGHT, "alice", B, 0, false, 1 }, { .from = NULL } });
    run("another account from there does not wait yet", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 5 }, { 0, TRY, "alice", A, 0, true, 1 }, { 0, TRY, "bob", A, 0, false, 1 },
        { .from = NULL } });
    run("one right is the end of the account's, not of the source's", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 5 }, { 0, RIGHT, "alice", A, 0, false, 1 }, { 0, TRY, "alice", A, 0, false, 5 },
        { 0, TRY, "alice", A, 0, true, 1 }, { 0, TRY, "alice", A, 1 * S, false, 1 }, { .from = NULL } });
    run("what was not judged counts as nothing", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 4 }, { 0, TRY, "alice", A, 0, false, 1 }, { 0, UNJUDGED, "alice", A, 0, false, 1 },
        { 0, TRY, "alice", A, 0, false, 1 }, { 0, TRY, "alice", A, 0, true, 1 }, { .from = NULL } });
    run("half is forgotten in ten minutes", (const struct step[]){
        { 0, TRY, "alice", A, 0, false, 5 }, { 0, TRY, "alice", A, 0, true, 1 }, { 10 * M, TRY, "alice", A, 0, false, 2 },
        { 0, TRY, "alice", A, 0, true, 1 }, { .from = NULL } });
    run("a source of many tokens waits; the /64 is one source", (const struct step[]){
        { 0, TRY, NULL, "2001:db8::1", 0, false, 20 }, { 0, TRY, NULL, "2001:db8::ffff:1", 0, true, 1 },
        { 0, TRY, NULL, "2001:db8:0:0:9::", 1 * S, false, 1 }, { 0, TRY, NULL, "2001:db8:0:1::1", 0, false, 1 },
        { .from = NULL } });
    run("tokens and passwords are counted apart", (const struct step[]){
        { 0, TRY, NULL, A, 0, false, 20 }, { 0, TRY, NULL, A, 0, true, 1 }, { 0, TRY, NULL, A, 1 * S, false, 1 },
        { 0, TRY, "alice", A, 0, false, 1 }, { .from = NULL } });
}

static void test_a_delay_has_an_end(void **state)
{
    struct guess *g = guess_new(seed_bytes);
    const struct guess_source from = at(A);
    int64_t now = T0, most = 0;
    bool first;
    (void)state;
    for (int i = 0; i < 60; i++) {
        int64_t wait = guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &from, now, &first);
        most = wait > most ? wait : most;
        now += wait;
    }
    assert_true(most > M && most <= GUESS_DELAY_MOST);
    guess_free(g);
}

/* While everybody fails, whoever failed once waits, and whoever did not is let in. */
static void test_all_together(void **state)
{
    struct guess *g = guess_new(seed_bytes);
    const struct guess_source good = at(A), once = at(B);
    struct guess_source from = at("198.18.0.0");
    unsigned firsts = 0;
    bool first;
    (void)state;
    assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("bob"), &once, T0, &first), 0);
    for (unsigned i = 0; i < GUESS_ALL_MOST + 10; i++) {
        from.addr.bytes[2] = (uint8_t)(i >> 8);
        from.addr.bytes[3] = (uint8_t)i;
        assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &from, T0, &first), 0);
        firsts += first;
    }
    assert_int_equal(firsts, 1); /* told once */
    assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &from, T0, &first), 1000);
    assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("bob"), &once, T0, &first), 1000);
    assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &good, T0, &first), 0);
    assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &from, T0 + 2 * M, &first), 0);
    guess_free(g);
}

/* A million sources take no more memory than one, and do not make a delay forgotten. */
static void test_a_flood_of_sources(void **state)
{
    struct guess *g = guess_new(seed_bytes);
    const struct guess_source bad = at(A);
    struct guess_source from = at("2001:db8::");
    bool first;
    (void)state;
    for (int i = 0; i < 6; i++)
        assert_int_equal(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &bad, T0, &first), 0);
    for (unsigned i = 0; i < 1000000; i++) {
        memcpy(from.addr.bytes + 4, &i, 4);
        guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &from, T0 + 1, &first);
    }
    assert_true(guess_try(g, GUESS_PASSWORD, IPAM_STR("alice"), &bad, T0 + 2, &first) > 0);
    guess_free(g);
}

/* --- the model: every counter for itself, in doubles of time --- */

#define SOURCES  6
#define ACCOUNTS 4

struct count {
    unsigned n;
    int64_t last;
};
struct model {
    struct count source[2][SOURCES], account[SOURCES][ACCOUNTS], all;
};

static void age(struct count *c, int64_t half, int64_t now)
{
    for (; c->n > 0 && now - c->last >= half; c->last += half)
        c->n /= 2;
}

static int64_t delay_of(struct count *c, unsigned allowed, const struct model *m, int64_t now)
{
    age(c, GUESS_HALF_MS, now);
    unsigned over = c->n - (m->all.n > GUESS_ALL_MOST ? 0 : c->n < allowed ? c->n : allowed);
    double ms = over == 0 ? 0 : GUESS_DELAY_MS;
    for (unsigned i = 1; i < over; i++)
        ms *= 2;
    ms = ms > GUESS_DELAY_MOST ? GUESS_DELAY_MOST : ms;
    int64_t left = over == 0 ? 0 : (int64_t)ms - (now - c->last);
    return left > 0 ? left : 0;
}

static int64_t model_try(struct model *m, unsigned kind, unsigned source, unsigned account, int64_t now)
{
    struct count *s = &m->source[kind][source], *a = &m->account[source][account];
    age(&m->all, GUESS_ALL_HALF_MS, now);
    int64_t wait = delay_of(s, GUESS_FREE_SOURCE, m, now);
    if (kind == GUESS_PASSWORD && delay_of(a, GUESS_FREE_ACCOUNT, m, now) > wait)
        wait = delay_of(a, GUESS_FREE_ACCOUNT, m, now);
    if (wait > 0)
        return wait;
    s->n++, s->last = now;
    if (kind == GUESS_PASSWORD)
        a->n++, a->last = now;
    if (m->all.n++ == 0)
        m->all.last = now;
    return 0;
}

static void model_back(struct model *m, unsigned kind, unsigned source, unsigned account, int64_t now, bool right)
{
    struct count *s = &m->source[kind][source], *a = &m->account[source][account];
    age(&m->all, GUESS_ALL_HALF_MS, now);
    age(s, GUESS_HALF_MS, now);
    age(a, GUESS_HALF_MS, now);
    m->all.n -= m->all.n > 0;
    s->n -= s->n > 0;
    if (kind == GUESS_PASSWORD && a->n > 0)
        a->n = right ? 0 : a->n - 1;
}

static void test_model(void **state)
{
    static const char *const sources[SOURCES] = { "10.0.0.1", "10.0.0.2", "2001:db8::1",
                                                  "2001:db8:0:1::1", "192.0.2.1", "fe80::1" };
    static const char *const accounts[ACCOUNTS] = { "alice", "bob", "al", "ice" };
    struct guess *g = guess_new(seed_bytes);
    struct model m = { 0 };
    int64_t now = T0;
    unsigned waits = 0;
    (void)state;
    random_begin();
    for (unsigned i = 0; i < 200000; i++) {
        unsigned kind = below(3) == 0, source = below(SOURCES), account = below(ACCOUNTS);
        const struct guess_source from = at(sources[source]);
        const struct ipam_str name = kind == GUESS_PASSWORD ? str_from(accounts[account]) : (struct ipam_str){ NULL, 0 };
        bool first;
        now += below(20) == 0 ? below(5 * 60 * 1000) : below(300);
        int64_t wanted = model_try(&m, kind, source, account, now);
        int64_t wait = guess_try(g, kind, name, &from, now, &first);
        if (wait != wanted)
            fail_msg("step %u: waits %lld ms, the model %lld", i, (long long)wait, (long long)wanted);
        waits += wait > 0;
        if (wait > 0 || below(4) != 0)
            continue;
        bool right = below(2) == 0;
        model_back(&m, kind, source, account, now, right);
        (right ? guess_right : guess_unjudged)(g, kind, name, &from, now);
    }
    assert_true(waits > 1000 && waits < 190000);
    guess_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_a_delay_has_an_end),
        cmocka_unit_test(test_all_together),
        cmocka_unit_test(test_a_flood_of_sources),
        cmocka_unit_test(test_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* model_overlap_test.c - ranges that overlap, and which of them count, against a look at every address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/usage.h"
#include "model_world.h"

#include <stdlib.h>

#include "index_random.h"

#define HOSTS   48
#define STEPS   2500
#define SERVERS 3
#define RANGES  32 /* at a time, about */
#define CHAIN   5000

struct setting {
    struct world w;
    struct ipam_addr base;
    int64_t servers[SERVERS], scopes[SERVERS];
    int64_t relations[2]; /* of the first server and of the second; 0: there is none */
};

static const char *const names[SERVERS] = { "one.example", "two.example", "three.example" };

static struct ipam_addr host(const struct setting *s, unsigned n)
{
    struct ipam_addr a = s->base;
    a.bytes[a.family == 4 ? 3 : 15] = (uint8_t)n;
    return a;
}

static unsigned number(const struct ipam_addr *a)
{
    return a->bytes[a->family == 4 ? 3 : 15];
}

static void begin(struct setting *s, const char *base)
{
    struct ipam_prefix p = { .length = 24 };
    memset(s, 0, sizeof(*s));
    world_init(&s->w);
    s->base = addr_of(base);
    p.addr = s->base;
    p.length = (uint8_t)(addr_bits(s->base.family) - 8);
    for (int i = 0; i < SERVERS; i++) {
        struct ipam_scope scope;
        s->servers[i] = world_server(&s->w, names[i], true);
        record_init(&scope, IPAM_T_SCOPE);
        RECORD_SET(&scope, IPAM_SCOPE_SERVER, server, s->servers[i]);
        RECORD_SET(&scope, IPAM_SCOPE_SPACE, space, s->w.space);
        RECORD_SET(&scope, IPAM_SCOPE_PREFIX, prefix, p);
        RECORD_SET(&scope, IPAM_SCOPE_NATIVE, native, IPAM_STR("1"));
        s->scopes[i] = world_put(&s->w, &scope);
    }
}

/* --- the model --- */

static const struct ipam_range *after(const struct setting *s, const struct ipam_range *r)
{
    return state_next(s->w.state, IPAM_T_RANGE, r != NULL ? r->id : 0);
}

/* The server of its scope, by its place in the setting; -1: it has none. */
static int server_of(const struct setting *s, const struct ipam_range *r)
{
    for (int i = 0; record_has(r, IPAM_RANGE_SCOPE) && i < SERVERS; i++)
        if (s->scopes[i] == r->scope)
            return i;
    return -1;
}

static bool has(const struct setting *s, const struct ipam_range *r, unsigned n)
{
    const struct ipam_exclusion *e = NULL;
    int server = server_of(s, r);
    if (n < number(&r->first) || n > number(&r->last))
        return false;
    while ((e = state_next(s->w.state, IPAM_T_EXCLUSION, e != NULL ? e->id : 0)) != NULL)
        if (server >= 0 && e->server == s->servers[server] && number(&e->first) <= n && n <= number(&e->last))
            return false;
    return true;
}

static bool meet(const struct setting *s, const struct ipam_range *a, const struct ipam_range *b)
{
    for (unsigned n = 0; n < HOSTS; n++)
        if (has(s, a, n) && has(s, b, n))
            return true;
    return false;
}

static uint32_t overlap_of(const struct setting *s, const struct ipam_range *r)
{
    const struct ipam_range *o = NULL;
    uint32_t found = IPAM_RANGE_OVERLAP_NONE;
    while ((o = after(s, o)) != NULL) {
        if (o == r || !meet(s, r, o))
            continue;
        int a = server_of(s, r), b = server_of(s, o);
        bool partners = a >= 0 && b >= 0 && a + b == 1 && s->relations[0] != 0 && s->relations[1] != 0;
        if (!partners)
            return IPAM_RANGE_OVERLAP_OVERLAPPING;
        found = IPAM_RANGE_OVERLAP_FAILOVER;
    }
    return found;
}

/* One counts when it meets none that comes before it and counts. */
static bool counts(const struct setting *s, const struct ipam_range *r)
{
    const struct ipam_range *o = NULL;
    while ((o = after(s, o)) != NULL) {
        bool before = o->choice != r->choice ? o->choice > r->choice : o->id < r->id;
        if (before && meet(s, r, o) && counts(s, o))
            return false;
    }
    return true;
}

static struct ipam_range shown(const struct setting *s, const struct ipam_range *r)
{
    struct ipam_range copy = *r;
    rule_derive(state_view(s->w.state), &copy);
    return copy;
}

/* What is said of each range, that of those that meet never two count, and that the whole is their sum. */
static void check(const struct setting *s)
{
    const struct ipam_range *r = NULL;
    struct ipam_addr first = host(s, 0), last = host(s, 255);
    bool taken[HOSTS] = { false };
    uint64_t assigned = 0;
    struct usage u;
    while ((r = after(s, r)) != NULL) {
        struct ipam_range is = shown(s, r);
        assert_int_equal(is.overlap, overlap_of(s, r));
        assert_int_equal(is.counted, counts(s, r));
        for (unsigned n = 0; is.counted && n < HOSTS; n++) {
            assert_false(taken[n] && has(s, r, n));
            taken[n] |= has(s, r, n);
            assigned += has(s, r, n);
        }
    }
    usage_of_run(state_view(s->w.state), s->w.space, &first, &last, &u);
    assert_int_equal(u.assigned.lo, assigned);
}

/* --- random changes --- */

static void put_range(struct setting *s, unsigned first, unsigned last, int of)
{
    struct ipam_range r;
    record_init(&r, IPAM_T_RANGE);
    RECORD_SET(&r, IPAM_RANGE_SPACE, space, s->w.space);
    RECORD_SET(&r, IPAM_RANGE_FIRST, first, host(s, first));
    RECORD_SET(&r, IPAM_RANGE_LAST, last, host(s, last));
    RECORD_SET(&r, IPAM_RANGE_KIND, kind, of < 0 ? IPAM_RANGE_KIND_STATIC : IPAM_RANGE_KIND_DYNAMIC);
    if (of >= 0)
        RECORD_SET(&r, IPAM_RANGE_SCOPE, scope, s->scopes[of]);
    world_put(&s->w, &r);
}

static void put_exclusion(struct setting *s, unsigned first, unsigned last, int of)
{
    struct ipam_exclusion e;
    record_init(&e, IPAM_T_EXCLUSION);
    RECORD_SET(&e, IPAM_EXCLUSION_SERVER, server, s->servers[of]);
    RECORD_SET(&e, IPAM_EXCLUSION_SCOPE, scope, s->scopes[of]);
    RECORD_SET(&e, IPAM_EXCLUSION_FIRST, first, host(s, first));
    RECORD_SET(&e, IPAM_EXCLUSION_LAST, last, host(s, last));
    world_put(&s->w, &e);
}

/* Any row of a type; NULL: there is none. */
static const void *any(const struct setting *s, uint32_t type)
{
    const void *row = state_next(s->w.state, type, 0), *next;
    const struct record_type *t = record_type(type);
    for (unsigned skip = below(RANGES); row != NULL && skip > 0; skip--) {
        next = state_next(s->w.state, type, *(const int64_t *)((const char *)row + t->fields[0].offset));
        row = next != NULL ? next : row;
    }
    return row;
}

static void drop(struct setting *s, const void *row)
{
    if (row == NULL)
        return;
    world_open(&s->w);
    world_begin(&s->w);
    draft_delete(s->w.draft, row);
    world_end(&s->w, 0);
    world_publish(&s->w);
}

/* A partner begins to say so, or ends it. */
static void turn_relation(struct setting *s, int of)
{
    struct ipam_failover f;
    if (s->relations[of] != 0) {
        drop(s, view_get(state_view(s->w.state), IPAM_T_FAILOVER, s->relations[of]));
        s->relations[of] = 0;
        return;
    }
    record_init(&f, IPAM_T_FAILOVER);
    RECORD_SET(&f, IPAM_FAILOVER_SERVER, server, s->servers[of]);
    RECORD_SET(&f, IPAM_FAILOVER_NAME, name, IPAM_STR("pair"));
    RECORD_SET(&f, IPAM_FAILOVER_MODE, mode, IPAM_FAILOVER_MODE_HOT_STANDBY);
    RECORD_SET(&f, IPAM_FAILOVER_PARTNER, partner, str_from(names[1 - of]));
    s->relations[of] = world_put(&s->w, &f);
}

/* It counts from now on, and to choose it again changes nothing. */
static void choose(struct setting *s, const struct ipam_range *r)
{
    if (r == NULL)
        return;
    int64_t id = r->id, choice = r->choice;
    bool counted = counts(s, r);
    for (int i = 0; i < 2; i++) {
        world_open(&s->w);
        world_begin(&s->w);
        rule_use_range(s->w.draft, view_get(draft_view(s->w.draft), IPAM_T_RANGE, id));
        world_end(&s->w, 0);
        world_publish(&s->w);
        r = view_get(state_view(s->w.state), IPAM_T_RANGE, id);
        assert_true(counts(s, r));
        if (i == 0)
            assert_true(counted ? r->choice == choice : r->choice > choice);
        else
            assert_int_equal(r->choice, choice);
        choice = r->choice;
    }
}

static void change(struct setting *s)
{
    unsigned a = below(HOSTS), b = a + below(HOSTS - a < 16 ? HOSTS - a : 16);
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        if (state_count(s->w.state, IPAM_T_RANGE) < RANGES)
            put_range(s, a, b, (int)below(SERVERS + 1) - 1);
        else
            drop(s, any(s, IPAM_T_RANGE));
        break;
    case 3: drop(s, any(s, IPAM_T_RANGE)); break;
    case 4: put_exclusion(s, a, b, (int)below(SERVERS)); break;
    case 5: drop(s, any(s, IPAM_T_EXCLUSION)); break;
    case 6: turn_relation(s, (int)below(2)); break;
    default: choose(s, any(s, IPAM_T_RANGE));
    }
}

static void history(const char *base)
{
    struct setting s;
    begin(&s, base);
    for (unsigned long i = 0; i < scaled(STEPS); i++) {
        change(&s);
        check(&s);
        arena_reset(&s.w.arena);
    }
    world_fini(&s.w);
}

static void test_as_every_address_says_ipv4_32(void **state)
{
    (void)state;
    history("10.1.2.0");
}

static void test_as_every_address_says_ipv6_32(void **state)
{
    (void)state;
    history("2001:db8::");
}

/* The smallest cases, one by one: what the random ones rest on. */
static void test_split_scopes_do_not_overlap_34(void **state)
{
    struct setting s;
    const struct ipam_range *a, *b;
    (void)state;
    begin(&s, "10.1.2.0");
    put_range(&s, 10, 40, 0);
    put_range(&s, 10, 40, 1);
    a = after(&s, NULL);
    assert_int_equal(shown(&s, a).overlap, IPAM_RANGE_OVERLAP_OVERLAPPING);
    put_exclusion(&s, 31, 40, 0);
    put_exclusion(&s, 10, 30, 1);
    a = after(&s, NULL);
    b = after(&s, a);
    assert_int_equal(shown(&s, a).overlap, IPAM_RANGE_OVERLAP_NONE);
    assert_true(shown(&s, a).counted && shown(&s, b).counted);
    world_fini(&s.w);
}

static void test_partners_have_a_state_of_their_own_34(void **state)
{
    struct setting s;
    const struct ipam_range *a, *b;
    (void)state;
    begin(&s, "10.1.2.0");
    put_range(&s, 10, 40, 0);
    put_range(&s, 10, 40, 1);
    turn_relation(&s, 0);
    a = after(&s, NULL);
    assert_int_equal(shown(&s, a).overlap, IPAM_RANGE_OVERLAP_OVERLAPPING); /* one alone says so */
    turn_relation(&s, 1);
    b = after(&s, a = after(&s, NULL));
    assert_int_equal(shown(&s, a).overlap, IPAM_RANGE_OVERLAP_FAILOVER);
    assert_true(shown(&s, a).counted && !shown(&s, b).counted);
    put_range(&s, 40, 41, 2);
    b = after(&s, a = after(&s, NULL));
    assert_int_equal(shown(&s, a).overlap, IPAM_RANGE_OVERLAP_OVERLAPPING);
    world_fini(&s.w);
}

/* Each overlaps the next: every second one counts, and to find that out takes no deep stack. */
static void test_a_long_chain(void **state)
{
    struct setting s;
    const struct ipam_range *r = NULL;
    struct ipam_addr first, last;
    struct usage u;
    (void)state;
    begin(&s, "2001:db8::");
    world_open(&s.w);
    for (unsigned i = 0; i < CHAIN; i++) {
        struct ipam_range *link = record_new(&s.w.arena, IPAM_T_RANGE);
        assert_int_equal(addr_add(&s.base, u128_from(2 * i), &first), 0);
        assert_int_equal(addr_add(&first, u128_from(2), &last), 0);
        RECORD_SET(link, IPAM_RANGE_SPACE, space, s.w.space);
        RECORD_SET(link, IPAM_RANGE_FIRST, first, first);
        RECORD_SET(link, IPAM_RANGE_LAST, last, last);
        RECORD_SET(link, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_STATIC);
        world_begin(&s.w);
        draft_put(s.w.draft, link);
        world_end(&s.w, 0);
    }
    world_publish(&s.w);
    for (unsigned i = 0; i < CHAIN; i++) {
        r = after(&s, r);
        if (i < 4 || i + 4 > CHAIN)
            assert_int_equal(shown(&s, r).counted, i % 2 == 0);
    }
    usage_of_run(state_view(s.w.state), s.w.space, &s.base, &last, &u);
    assert_int_equal(u.assigned.lo, 3 * (CHAIN / 2));
    world_fini(&s.w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_every_address_says_ipv4_32),
        cmocka_unit_test(test_as_every_address_says_ipv6_32),
        cmocka_unit_test(test_split_scopes_do_not_overlap_34),
        cmocka_unit_test(test_partners_have_a_state_of_their_own_34),
        cmocka_unit_test(test_a_long_chain),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

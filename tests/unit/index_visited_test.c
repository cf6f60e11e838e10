/* index_visited_test.c - size-blind: a query touches at most 4 x log2(stored) + 8 nodes, whatever is stored and how.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "index/aset.h"
#include "index/ptrie.h"
#include "index_bound.h"
#include "index_random.h"

#ifdef IPAM_SANITIZED
#define STORED_MOST 10000u
#else
#define STORED_MOST 1000000u
#endif
#define QUERIES 1000 /* of each kind, at each size */
#define STEPS   50   /* of a list of free prefixes */

/* --- the bound --- */

static const struct query {
    const char *name;
} queries[] = { { "next free" }, { "last free" },   { "nth free" },     { "next run" },
                { "match" },     { "next prefix" }, { "free prefixes" } };
enum { NEXT_FREE, LAST_FREE, NTH_FREE, NEXT_RUN, MATCH, NEXT_PREFIX, LIST };

static unsigned most[COUNT(queries)]; /* the most nodes that a query of each kind has touched */

static void check(const char *shape, unsigned query, unsigned visited, uint64_t stored)
{
    if (visited > most[query])
        most[query] = visited;
    if (!size_blind(visited, stored))
        fail_msg("%s: %s touched %u nodes with %llu stored", shape, queries[query].name, visited,
                 (unsigned long long)stored);
}

static void show(const char *shape, uint64_t stored)
{
    print_message("%-26s %8llu stored:", shape, (unsigned long long)stored);
    for (size_t i = 0; i < COUNT(queries); i++) {
        if (most[i] > 0)
            print_message(" %s %u", queries[i].name, most[i]);
        most[i] = 0;
    }
    print_message("\n");
}

/* --- what is stored: the i-th address or prefix of a shape --- */

static struct ipam_addr counted(const char *from, unsigned bits, uint64_t i)
{
    struct ipam_addr a = addr(from);

    set_bits(&a, addr_bits(a.family) - bits, bits, i);
    return a;
}

static struct ipam_addr dense(uint64_t i)
{
    return counted("10.0.0.0", 24, i);
}

static struct ipam_addr every_second(uint64_t i)
{
    return counted("10.0.0.0", 24, 2 * i);
}

static struct ipam_addr short_runs(uint64_t i) /* of 15 */
{
    return counted("10.0.0.0", 24, 16 * i + 15);
}

static struct ipam_addr sparse(uint64_t i)
{
    (void)i;
    return draw_addr(6, 0, 1);
}

/* 24 levels of bits below each other, again and again. */
static struct ipam_addr nested(uint64_t i)
{
    struct ipam_addr a = addr("2001:db8::");

    set_bits(&a, 32, 32, i / 24 * 0x9e3779b1u);
    set_bits(&a, 64 + (unsigned)(i % 24), 1, 1);
    return a;
}

static struct ipam_addr routed(uint64_t i)
{
    struct ipam_addr a = addr("0.0.0.0");

    (void)i;
    set_bits(&a, 0, 10, 37 * below(24));
    set_bits(&a, 10, 22, draw());
    return a;
}

static struct ipam_prefix net_dense(uint64_t i)
{
    struct ipam_prefix p = prefix("2001:d00::/48");

    set_bits(&p.addr, 28, 20, i);
    return p;
}

static struct ipam_prefix net_every_second(uint64_t i)
{
    struct ipam_prefix p = prefix("2001:d00::/49");

    set_bits(&p.addr, 28, 21, 2 * i);
    return p;
}

static struct ipam_prefix net_sparse(uint64_t i)
{
    struct ipam_prefix p = { sparse(i), (uint8_t)(20 + below(109)) };

    prefix_mask(&p);
    return p;
}

static struct ipam_prefix net_nested(uint64_t i)
{
    struct ipam_prefix p = prefix("2001:d00::/48");

    set_bits(&p.addr, 32, 31, i / 24 * 0x9e3779b1u);
    p.length = (uint8_t)(40 + i % 24);
    prefix_mask(&p);
    return p;
}

static struct ipam_prefix net_routed(uint64_t i)
{
    static const uint8_t lengths[8] = { 24, 24, 24, 24, 23, 22, 22, 20 };
    struct ipam_prefix p = { draw_addr(4, 0, 1), lengths[below(8)] };

    (void)i;
    if (below(32) == 0)
        p.length = (uint8_t)(8 + below(17));
    prefix_mask(&p);
    return p;
}

/* --- the queries --- */

/* From a place in use, beside one, or any to the end of all addresses. */
static void ask_set(const char *shape, struct aset *s, struct ipam_addr at)
{
    struct ipam_addr zero = { .family = at.family }, end = zero, got;
    uint64_t stored = aset_entries(s);

    memset(end.bytes, 255, addr_bits(at.family) / 8);
    if (below(2))
        (void)(below(2) ? addr_add : addr_sub)(&at, u128_from(1), &at);
    (void)aset_next_free(s, &at, &end, &got);
    check(shape, NEXT_FREE, aset_visited(), stored);
    (void)aset_last_free(s, &zero, &at, &got);
    check(shape, LAST_FREE, aset_visited(), stored);
    (void)aset_nth_free(s, &at, &end, u128_from(draw() >> below(64)), &got);
    check(shape, NTH_FREE, aset_visited(), stored);
    (void)aset_next_run(s, &at, &end, 1 + (uint32_t)(draw() >> (32 + below(32))) / 2, &got);
    check(shape, NEXT_RUN, aset_visited(), stored);
    (void)aset_next_run(s, &at, &end, below(2) ? 2 : 16, &got);
    check(shape, NEXT_RUN, aset_visited(), stored);
}

static void list_free(const char *shape, const struct ptrie *t, const struct ipam_prefix *within,
                      uint8_t length)
{
    struct ipam_prefix from = *within, got;
    struct ipam_addr last;

    for (unsigned i = 0; i < STEPS; i++) {
        int rc = ptrie_next_free(t, within, length, &from, &got);

        check(shape, LIST, ptrie_visited(), ptrie_count(t));
        if (rc != 0)
            return;
        prefix_last(&got, &last);
        from.length = (uint8_t)addr_bits(last.family);
        if (addr_add(&last, u128_from(1), &from.addr) != 0)
            return;
    }
}

static void ask_trie(const char *shape, const struct ptrie *t, const struct ipam_prefix *p, bool list)
{
    struct ipam_prefix within = *p, got;
    unsigned bits = addr_bits(p->addr.family);
    uint8_t length;

    within.length = (uint8_t)below(p->length + 1u);
    prefix_mask(&within);
    length = (uint8_t)(within.length + below(bits - within.length + 1));
    (void)ptrie_match(t, &p->addr, NULL, NULL);
    check(shape, MATCH, ptrie_visited(), ptrie_count(t));
    (void)ptrie_next_free(t, &within, length, NULL, &got);
    check(shape, NEXT_PREFIX, ptrie_visited(), ptrie_count(t));
    (void)ptrie_next_free(t, &within, length, p, &got);
    check(shape, NEXT_PREFIX, ptrie_visited(), ptrie_count(t));
    (void)ptrie_next_free(t, &within, p->length, p, &got);
    check(shape, NEXT_PREFIX, ptrie_visited(), ptrie_count(t));
    if (list)
        list_free(shape, t, &within, below(2) ? p->length : length);
}

/* --- shapes of any size --- */

static const struct {
    const char *name;
    struct ipam_addr (*nth)(uint64_t i);
    bool full; /* a whole block, but for its last address */
} sets[] = {
    { "dense", dense, false },
    { "all but the last", dense, true },
    { "every second", every_second, false },
    { "runs of 15", short_runs, false },
    { "sparse 128-bit", sparse, false },
    { "nested 24 deep", nested, false },
    { "BGP-like", routed, false },
};

static void test_addresses(void **state)
{
    struct ipam_addr *all = malloc(STORED_MOST * sizeof(*all));

    (void)state;
    assert_non_null(all);
    for (size_t k = 0; k < COUNT(sets); k++) {
        struct aset *s = aset_new(sets[k].nth(0).family);

        for (uint64_t n = 0, stop = 100; n < STORED_MOST; stop *= 10) {
            for (; n < stop; n++) {
                all[n] = sets[k].nth(n);
                (void)aset_add(s, &all[n], n);
            }
            aset_settle(s);
            if (sets[k].full)
                (void)aset_remove(s, &all[n - 1], n - 1);
            ask_set(sets[k].name, s, all[0]);
            for (unsigned i = 0; i < QUERIES; i++)
                ask_set(sets[k].name, s, all[draw() % n]);
            show(sets[k].name, aset_entries(s));
            if (sets[k].full)
                (void)aset_add(s, &all[n - 1], n - 1);
        }
        aset_free(s);
    }
    free(all);
}

static const struct {
    const char *name;
    struct ipam_prefix (*nth)(uint64_t i);
    bool full;
} tries[] = {
    { "prefixes: dense", net_dense, false },
    { "prefixes: all but the last", net_dense, true },
    { "prefixes: every second", net_every_second, false },
    { "prefixes: sparse", net_sparse, false },
    { "prefixes: nested 24 deep", net_nested, false },
    { "prefixes: BGP-like", net_routed, false },
};

static void test_prefixes(void **state)
{
    struct ipam_prefix *all = malloc(STORED_MOST * sizeof(*all));

    (void)state;
    assert_non_null(all);
    for (size_t k = 0; k < COUNT(tries); k++) {
        struct ptrie *t = ptrie_new(tries[k].nth(0).addr.family);

        for (uint64_t n = 0, stop = 100; n < STORED_MOST; stop *= 10) {
            for (; n < stop; n++) {
                all[n] = tries[k].nth(n);
                (void)ptrie_insert(t, &all[n], n);
            }
            if (tries[k].full)
                (void)ptrie_remove(t, &all[n - 1], NULL);
            ask_trie(tries[k].name, t, &all[0], true);
            for (unsigned i = 0; i < QUERIES; i++)
                ask_trie(tries[k].name, t, &all[draw() % n], i % 20 == 0);
            show(tries[k].name, ptrie_count(t));
            if (tries[k].full)
                (void)ptrie_insert(t, &all[n - 1], n - 1);
        }
        ptrie_free(t);
    }
    free(all);
}

/* --- the deepest that few can make it: a node at every byte --- */

/* Two chains of nodes: one down to the last address of 00.., which is full behind `from`, one down to the first of
 * 01... A search that begins at the end of the first goes all the way down both. */
struct chains {
    unsigned depth, step; /* where the chains end; 1 or 256: in a page, or in buckets */
    struct aset *s;
    struct ptrie *t;
    struct ipam_addr from, to;
};

static void chain_put(struct chains *c, struct ipam_addr a, bool add)
{
    struct ipam_prefix p = { a, 128 };

    if (add) {
        assert_int_equal(aset_add(c->s, &a, 1), 0);
        assert_int_equal(ptrie_insert(c->t, &p, 1), 0);
    } else {
        assert_int_equal(aset_remove(c->s, &a, 1), 0);
        assert_int_equal(ptrie_remove(c->t, &p, NULL), 0);
    }
}

/* The k-th address at the end of either chain. */
static struct ipam_addr chain_end(const struct chains *c, bool second, unsigned k)
{
    struct ipam_addr a = second ? c->to : c->from;

    (void)(second ? addr_add : addr_sub)(&a, u128_from((uint64_t)k * c->step), &a);
    return a;
}

static void chain_ask(const struct chains *c)
{
    struct ipam_addr zero = { .family = 6 }, end = chain_end(c, true, 0), got;
    struct ipam_prefix all = { zero, 0 }, from = { c->from, 128 };
    uint64_t stored = aset_entries(c->s);

    memset(end.bytes, 255, sizeof(end.bytes));
    assert_int_equal(aset_next_free(c->s, &c->from, &end, &got), 0);
    check("chains", NEXT_FREE, aset_visited(), stored);
    assert_int_equal(aset_last_free(c->s, &zero, &c->to, &got), 0);
    check("chains", LAST_FREE, aset_visited(), stored);
    for (unsigned n = 1; n < 1000; n = 3 * n + 1) {
        assert_int_equal(aset_nth_free(c->s, &c->from, &end, u128_from(n - 1), &got), 0);
        check("chains", NTH_FREE, aset_visited(), stored);
        (void)aset_next_run(c->s, &c->from, &end, n, &got);
        check("chains", NEXT_RUN, aset_visited(), stored);
    }
    for (uint8_t length = 1; length <= 128; length++) {
        (void)ptrie_next_free(c->t, &all, length, &from, NULL);
        check("chains", NEXT_PREFIX, ptrie_visited(), ptrie_count(c->t));
    }
    assert_int_equal(ptrie_match(c->t, &c->to, NULL, NULL), 0);
    check("chains", MATCH, ptrie_visited(), ptrie_count(c->t));
}

static void chain_run(unsigned depth, unsigned step)
{
    struct chains c = { .depth = depth, .step = step, .s = aset_new(6), .t = ptrie_new(6) };

    c.from = addr("ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    c.to = addr("100::");
    for (unsigned k = 0; k < 17; k++) {
        chain_put(&c, chain_end(&c, false, k), true);
        chain_put(&c, chain_end(&c, true, k), true);
    }
    for (unsigned byte = 1; byte < depth; byte++) { /* keeps a node at this byte */
        struct ipam_addr a = c.from, b = c.to;

        set_bits(&a, 8 * byte, 8, 0x10);
        set_bits(&b, 8 * byte, 8, 0x80);
        chain_put(&c, a, true);
        chain_put(&c, b, true);
    }
    for (unsigned k = 17; k-- > 1;) { /* as few as leave the nodes where they are, and fewer */
        chain_ask(&c);
        chain_put(&c, chain_end(&c, false, k), false);
        chain_put(&c, chain_end(&c, true, k), false);
    }
    chain_ask(&c);
    aset_free(c.s);
    ptrie_free(c.t);
}

static void test_chains(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth < 16; depth++) {
        chain_run(depth, 1);
        if (depth < 15)
            chain_run(depth, 256);
    }
    show("chains of nodes, at most", 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_prefixes),
    };

    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* index_ptrie_test.c - the prefix trie: rules in tables, properties against a sorted array.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index_random.h"

#include "index/ptrie.h"

/* --- the model: an array in prefix_compare order --- */

#define MODEL_MAX 600

struct entry {
    struct ipam_prefix p;
    uint64_t handle;
};

struct model {
    unsigned n;
    struct entry e[MODEL_MAX];
};

/* Index of the first entry not before p. */
static unsigned model_at(const struct model *m, const struct ipam_prefix *p)
{
    unsigned low = 0, high = m->n;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (prefix_compare(&m->e[mid].p, p) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct entry *model_get(const struct model *m, const struct ipam_prefix *p)
{
    unsigned i = model_at(m, p);

    return i < m->n && prefix_equal(&m->e[i].p, p) ? &m->e[i] : NULL;
}

/* The longest that contains p, with at most `max` bits. */
static const struct entry *model_match(const struct model *m, const struct ipam_prefix *p, int max)
{
    const struct entry *best = NULL;

    for (unsigned i = 0; i < m->n; i++) {
        if (prefix_contains(&m->e[i].p, p) && m->e[i].p.length <= max)
            best = &m->e[i];
    }
    return best;
}

static bool strictly_inside(const struct ipam_prefix *within, const struct ipam_prefix *p)
{
    return within == NULL || (prefix_contains(within, p) && within->length < p->length);
}

static const struct entry *model_next(const struct model *m, const struct ipam_prefix *within,
                                      const struct ipam_prefix *after, bool child)
{
    for (unsigned i = 0; i < m->n; i++) {
        const struct ipam_prefix *p = &m->e[i].p;

        if (strictly_inside(within, p) && (after == NULL || prefix_compare(p, after) > 0) &&
            !(child && after != NULL && prefix_contains(after, p)))
            return &m->e[i];
    }
    return NULL;
}

static bool model_next_free(const struct model *m, const struct ipam_prefix *within, uint8_t length,
                            const struct ipam_prefix *from, struct ipam_prefix *ret)
{
    struct ipam_prefix c = { within->addr, length };
    struct ipam_addr last, start;

    if (from != NULL && addr_compare(&from->addr, &c.addr) > 0) {
        c.addr = from->addr;
        prefix_mask(&c);
        if (!addr_equal(&c.addr, &from->addr)) {
            prefix_last(&c, &last);
            if (addr_add(&last, u128_from(1), &c.addr) != 0)
                return false;
        }
    }
    for (unsigned i = 0; i < m->n && prefix_contains(within, &c); i++) {
        const struct ipam_prefix *p = &m->e[i].p;

        if (!strictly_inside(within, p) || !prefix_overlaps(p, &c))
            continue;
        prefix_last(p->length < c.length ? p : &c, &last);
        if (addr_add(&last, u128_from(1), &start) != 0)
            return false;
        c.addr = start;
        i = (unsigned)-1; /* look at all of them again */
    }
    *ret = c;
    return prefix_contains(within, &c);
}

/* --- random operations --- */

static const struct shape {
    const char *name;
    uint8_t family;
    unsigned low, high;   /* lengths */
    unsigned bits, values; /* the first `bits` bits have one of so many values */
    unsigned most;        /* prefixes at the most */
} shapes[] = {
    { "dense in a /24", 4, 22, 32, 23, 1, 500 },
    { "dense in a v6 /112", 6, 110, 128, 112, 1, 500 },
    { "whole v4, short", 4, 0, 10, 0, 1, 500 },
    { "sparse v6", 6, 0, 128, 0, 1, 300 },
    { "sparse v6, few branches", 6, 20, 128, 90, 12, 300 },
    { "nested 24 deep, v4", 4, 8, 32, 30, 2, 120 },
    { "nested 24 deep, v6", 6, 40, 64, 62, 3, 120 },
    { "nested 128 deep", 6, 0, 128, 126, 2, 300 },
    { "nodes above nodes, v4", 4, 6, 32, 0, 0, 590 },
    { "nodes above nodes, v6", 6, 60, 100, 56, 0, 590 },
    { "like the v4 internet", 4, 8, 24, 14, 6, 600 },
    { "like the v6 internet", 6, 20, 48, 30, 8, 600 },
};

static struct ipam_prefix draw_prefix(const struct shape *s)
{
    struct ipam_prefix p = { draw_addr(s->family, s->bits, s->values), 0 };

    p.length = (uint8_t)(s->low + below(s->high - s->low + 1));
    if (below(4) == 0)
        p.length = (uint8_t)(p.length / 8 * 8); /* byte borders are where it is easy to be wrong */
    prefix_mask(&p);
    return p;
}

/* A stored prefix most of the time, else any; sometimes a parent of it. */
static struct ipam_prefix pick(const struct shape *s, const struct model *m)
{
    struct ipam_prefix p = m->n > 0 && below(4) != 0 ? m->e[below(m->n)].p : draw_prefix(s);

    if (below(3) == 0) {
        p.length = (uint8_t)(p.length - below(p.length < 12 ? p.length + 1u : 12));
        prefix_mask(&p);
    }
    return p;
}

static void check_visited(const struct shape *s, unsigned bound)
{
    if (ptrie_visited() > bound)
        fail_msg("%s: %u nodes touched, more than %u", s->name, ptrie_visited(), bound);
}

static void check_found(const struct shape *s, const char *what, int rc, const struct ipam_prefix *p,
                        uint64_t handle, const struct entry *expected)
{
    char a[PREFIX_TEXT_MAX] = "nothing", b[PREFIX_TEXT_MAX] = "nothing";

    if (expected == NULL && rc == IPAM_E_NOENT)
        return;
    if (rc == 0 && expected != NULL && prefix_equal(p, &expected->p) && handle == expected->handle)
        return;
    if (rc == 0)
        prefix_print(p, a);
    if (expected != NULL)
        prefix_print(&expected->p, b);
    fail_msg("%s: %s gave %s (%d), the model %s", s->name, what, a, rc, b);
}

static void change(const struct shape *s, struct ptrie *t, struct model *m, bool add)
{
    struct ipam_prefix p = add ? draw_prefix(s) : pick(s, m);
    const struct entry *there = model_get(m, &p);
    unsigned i = model_at(m, &p);
    uint64_t handle = draw(), old = 0;
    int rc;

    if (add && m->n < MODEL_MAX) {
        assert_int_equal(ptrie_insert(t, &p, handle), there != NULL ? IPAM_E_EXIST : 0);
        if (there == NULL) {
            memmove(&m->e[i + 1], &m->e[i], (m->n++ - i) * sizeof(m->e[0]));
            m->e[i] = (struct entry){ p, handle };
        }
    } else if (below(5) == 0) {
        rc = ptrie_replace(t, &p, handle, &old);
        check_found(s, "replace", rc, &p, old, there);
        if (there != NULL)
            m->e[i].handle = handle;
    } else {
        rc = ptrie_remove(t, &p, &old);
        check_found(s, "remove", rc, &p, old, there);
        if (there != NULL)
            memmove(&m->e[i], &m->e[i + 1], (--m->n - i) * sizeof(m->e[0]));
    }
    assert_int_equal(ptrie_count(t), m->n);
    check_visited(s, addr_bits(s->family) / 8 + 2);
}

static void ask_next_free(const struct shape *s, const struct ptrie *t, const struct model *m)
{
    struct ipam_prefix within = pick(s, m), from = pick(s, m), got = { { 0 }, 0 }, expected;
    unsigned room = addr_bits(s->family) - within.length;
    uint8_t length = (uint8_t)(within.length + below((below(2) || room < 10 ? room : 9) + 1));
    const struct ipam_prefix *start = below(2) ? &from : NULL;
    bool found = model_next_free(m, &within, length, start, &expected);
    int rc = ptrie_next_free(t, &within, length, start, &got);

    if (rc != (found ? 0 : IPAM_E_EXHAUSTED) || (found && !prefix_equal(&got, &expected))) {
        char w[PREFIX_TEXT_MAX], f[PREFIX_TEXT_MAX], g[PREFIX_TEXT_MAX], e[PREFIX_TEXT_MAX];

        prefix_print(&within, w);
        prefix_print(&from, f);
        prefix_print(&got, g);
        prefix_print(&expected, e);
        fail_msg("%s: a free /%u in %s from %s: got %s (%d), the model %s", s->name, length, w,
                 start != NULL ? f : "its start", g, rc, found ? e : "none");
    }
    check_visited(s, 2 * (addr_bits(s->family) / 8) + 2);
}

static void ask(const struct shape *s, const struct ptrie *t, const struct model *m)
{
    struct ipam_prefix p = pick(s, m), within = pick(s, m), got;
    struct ipam_prefix host = { draw_addr(s->family, s->bits, s->values), (uint8_t)addr_bits(s->family) };
    const struct ipam_prefix *in = below(3) ? &within : NULL, *after = below(4) ? &p : NULL;
    const struct entry *expected;
    uint64_t handle = 0;
    bool child;
    int rc;

    switch (below(6)) {
    case 0:
        rc = ptrie_get(t, &p, &handle);
        check_found(s, "get", rc, &p, handle, model_get(m, &p));
        break;
    case 1:
        if (below(2))
            prefix_last(&p, &host.addr);
        rc = ptrie_match(t, &host.addr, &got, &handle);
        check_found(s, "match", rc, &got, handle, model_match(m, &host, 128));
        break;
    case 2:
        rc = ptrie_parent(t, &p, &got, &handle);
        check_found(s, "parent", rc, &got, handle, model_match(m, &p, p.length - 1));
        break;
    case 3:
        child = below(2);
        rc = (child ? ptrie_next_child : ptrie_next)(t, in, after, &got, &handle);
        expected = model_next(m, in, after, child);
        check_found(s, child ? "next child" : "next", rc, &got, handle, expected);
        break;
    case 4:
        rc = ptrie_overlap(t, &p, &got, &handle);
        expected = model_match(m, &p, 128);
        if (expected == NULL)
            expected = model_next(m, &p, NULL, false);
        check_found(s, "overlap", rc, &got, handle, expected);
        check_visited(s, 3 * (addr_bits(s->family) / 8) + 3);
        return;
    default:
        ask_next_free(s, t, m);
        return;
    }
    check_visited(s, 2 * (addr_bits(s->family) / 8) + 2);
}

static void check_order(const struct shape *s, const struct ptrie *t, const struct model *m)
{
    struct ipam_prefix at, *after = NULL;
    uint64_t handle;
    unsigned i = 0;

    for (; ptrie_next(t, NULL, after, &at, &handle) == 0; after = &at, i++)
        check_found(s, "the walk", 0, &at, handle, i < m->n ? &m->e[i] : NULL);
    assert_int_equal(i, m->n);
}

static void run_shape(const struct shape *s, unsigned long operations)
{
    struct ptrie *t = ptrie_new(s->family);
    struct model m = { 0 };
    size_t empty = ptrie_bytes(t);
    unsigned target = 0;

    for (unsigned long i = 0; i < operations; i++) {
        if (i % 512 == 0) { /* up and down, so that nodes come and go */
            target = below(s->most + 1);
            check_order(s, t, &m);
        }
        if (below(3) == 0)
            change(s, t, &m, m.n == target ? below(2) : m.n < target ? below(8) != 0 : below(8) == 0);
        else
            ask(s, t, &m);
    }
    check_order(s, t, &m);
    while (m.n > 0) {
        unsigned i = below(m.n);

        assert_int_equal(ptrie_remove(t, &m.e[i].p, NULL), 0);
        memmove(&m.e[i], &m.e[i + 1], (--m.n - i) * sizeof(m.e[0]));
    }
    assert_int_equal(ptrie_count(t), 0);
    assert_int_equal(ptrie_bytes(t), empty);
    ptrie_free(t);
}

static void test_equals_a_sorted_array(void **state)
{
    unsigned long each = scaled(500000) / COUNT(shapes);

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        run_shape(&shapes[i], each);
        print_message("%s: %lu operations\n", shapes[i].name, each);
    }
}

/* --- rules --- */

static struct ptrie *made(const char *const *texts)
{
    struct ptrie *t = ptrie_new(strchr(texts[0], ':') != NULL ? 6 : 4);

    for (uint64_t i = 0; texts[i] != NULL; i++) {
        struct ipam_prefix p = prefix(texts[i]);

        assert_int_equal(ptrie_insert(t, &p, i), 0);
    }
    return t;
}

static void test_free_prefixes(void **state)
{
    static const char *const plan[] = { "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/25",
                                        "10.1.0.0/16", "10.2.0.0/15", "10.4.0.1/32", "192.168.0.0/16", NULL };
    static const struct { const char *within, *from; uint8_t length; int rc; const char *answer; } rows[] = {
        { "10.0.0.0/8", NULL, 16, 0, "10.5.0.0/16" }, /* 10.4.0.1 takes all of 10.4 */
        { "10.0.0.0/8", NULL, 32, 0, "10.4.0.0/32" }, /* what is inside 10.0.0.0/16 does not matter */
        { "10.0.0.0/8", "10.4.0.1/32", 32, 0, "10.4.0.2/32" }, { "10.0.0.0/8", NULL, 9, 0, "10.128.0.0/9" },
        { "10.0.0.0/16", NULL, 24, 0, "10.0.2.0/24" }, { "10.0.0.0/16", NULL, 25, 0, "10.0.1.128/25" },
        { "10.0.0.0/16", "10.0.255.0/24", 24, 0, "10.0.255.0/24" },
        { "10.0.0.0/16", "10.0.255.128/25", 24, IPAM_E_EXHAUSTED, NULL },
        { "10.0.0.0/16", "10.1.0.0/16", 24, IPAM_E_EXHAUSTED, NULL },
        { "10.1.0.0/16", NULL, 16, 0, "10.1.0.0/16" },
        { "10.0.0.0/16", NULL, 16, IPAM_E_EXHAUSTED, NULL }, { "10.0.0.0/16", NULL, 15, IPAM_E_RANGE, NULL },
        { "10.0.0.0/16", NULL, 33, IPAM_E_RANGE, NULL }, { "172.16.0.0/12", NULL, 16, 0, "172.16.0.0/16" },
        { "10.2.0.0/16", NULL, 24, 0, "10.2.0.0/24" }, /* inside one that is stored, itself not */
        { "0.0.0.0/0", NULL, 8, 0, "0.0.0.0/8" }, { "0.0.0.0/0", "10.0.0.0/8", 8, 0, "11.0.0.0/8" },
        { "0.0.0.0/0", "255.255.255.255/32", 32, 0, "255.255.255.255/32" },
        { "0.0.0.0/0", "255.255.255.255/32", 31, IPAM_E_EXHAUSTED, NULL },
        { "0.0.0.0/0", NULL, 0, IPAM_E_EXHAUSTED, NULL }, { "::/0", NULL, 32, IPAM_E_INVAL, NULL },
    };
    struct ptrie *t = made(plan);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix within = prefix(rows[i].within), from = { { 0 }, 0 }, got, expected;
        int rc;

        if (rows[i].from != NULL)
            from = prefix(rows[i].from);
        rc = ptrie_next_free(t, &within, rows[i].length, rows[i].from != NULL ? &from : NULL, &got);
        if (rc != rows[i].rc)
            fail_msg("row %zu: %d, not %d", i, rc, rows[i].rc);
        if (rc != 0)
            continue;
        expected = prefix(rows[i].answer);
        if (!prefix_equal(&got, &expected))
            fail_msg("row %zu: not %s", i, rows[i].answer);
    }
    ptrie_free(t);
}

/* Where the next place would be behind the last address of all. */
static void test_free_prefixes_at_the_end_of_the_space(void **state)
{
    static const char *const few[] = { "255.255.255.253/32", NULL };
    static const struct { bool many; const char *within, *from; uint8_t length; const char *answer; } rows[] = {
        { false, "255.0.0.0/8", "255.255.255.254/32", 31, "255.255.255.254/31" },
        { false, "255.0.0.0/8", "255.255.255.255/32", 31, NULL },
        { false, "255.0.0.0/8", "255.255.255.252/30", 30, NULL },
        { false, "255.0.0.0/8", "255.255.255.252/30", 31, "255.255.255.254/31" },
        /* 239 to 255 are taken */
        { true, "255.0.0.0/8", "255.255.255.238/32", 32, "255.255.255.238/32" },
        { true, "255.0.0.0/8", "255.255.255.239/32", 32, NULL },
        { true, "255.0.0.0/8", "255.255.255.255/32", 31, NULL },
        { true, "255.0.0.0/8", "255.255.255.0/24", 24, NULL },
        { true, "255.0.0.0/8", "255.255.254.0/24", 24, "255.255.254.0/24" },
        { true, "255.0.0.0/8", "255.255.255.0/24", 25, "255.255.255.0/25" },
        { true, "255.0.0.0/8", "255.255.255.128/25", 25, NULL },
        { true, "255.255.254.0/24", "255.255.254.255/32", 25, NULL },
    };
    struct ptrie *small = made(few), *large = ptrie_new(4);
    struct ipam_prefix p = prefix("255.255.255.255/32");

    (void)state;
    for (unsigned i = 0; i < 17; i++, p.addr.bytes[3]--)
        assert_int_equal(ptrie_insert(large, &p, i), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ipam_prefix within = prefix(rows[i].within), from = prefix(rows[i].from), got, expected;
        int rc = ptrie_next_free(rows[i].many ? large : small, &within, rows[i].length, &from, &got);

        if (rc != (rows[i].answer == NULL ? IPAM_E_EXHAUSTED : 0))
            fail_msg("row %zu: %d", i, rc);
        if (rc != 0)
            continue;
        expected = prefix(rows[i].answer);
        if (!prefix_equal(&got, &expected))
            fail_msg("row %zu: not %s", i, rows[i].answer);
    }
    ptrie_free(small);
    ptrie_free(large);
}

static void test_answers_may_be_unwanted(void **state)
{
    static const char *const plan[] = { "10.0.0.0/8", "10.1.0.0/16", NULL };
    struct ipam_prefix outer = prefix("10.0.0.0/8"), inner = prefix("10.1.0.0/16"), got;
    struct ptrie *t = made(plan);
    uint64_t handle = 77;

    (void)state;
    assert_int_equal(ptrie_get(t, &inner, NULL), 0);
    assert_int_equal(ptrie_match(t, &inner.addr, NULL, NULL), 0);
    assert_int_equal(ptrie_parent(t, &inner, NULL, &handle), 0);
    assert_int_equal(handle, 0);
    assert_int_equal(ptrie_parent(t, &inner, &got, NULL), 0);
    assert_true(prefix_equal(&got, &outer));
    assert_int_equal(ptrie_next_free(t, &outer, 16, NULL, NULL), 0);
    assert_int_equal(ptrie_replace(t, &inner, 5, NULL), 0);
    assert_int_equal(ptrie_get(t, &inner, &handle), 0);
    assert_int_equal(handle, 5);
    ptrie_free(t);
}

static void test_children(void **state)
{
    static const char *const plan[] = { "::/0", "2001:db8::/32", "2001:db8::/48", "2001:db8:0:1::/64",
                                        "2001:db8:1::/48", "2001:db8:ffff::/48", "2001:db9::/32", NULL };
    static const char *const children[] = { "2001:db8::/48", "2001:db8:1::/48", "2001:db8:ffff::/48" };
    struct ipam_prefix within = prefix("2001:db8::/32"), at, *after = NULL;
    struct ptrie *t = made(plan);
    unsigned n = 0;

    (void)state;
    for (; ptrie_next_child(t, &within, after, &at, NULL) == 0; after = &at, n++) {
        struct ipam_prefix expected = prefix(children[n < COUNT(children) ? n : 0]);

        assert_true(prefix_equal(&at, &expected));
    }
    assert_int_equal(n, COUNT(children));
    for (n = 0, after = NULL; ptrie_next(t, &within, after, &at, NULL) == 0; after = &at)
        n++;
    assert_int_equal(n, 4);
    ptrie_free(t);
}

static void test_wrong_arguments(void **state)
{
    struct ptrie *t = ptrie_new(4);
    struct ipam_prefix good = prefix("10.0.0.0/8"), v6 = prefix("::/0"), host = good, longer = good, got;
    struct ipam_addr a = addr("::1");

    (void)state;
    host.addr.bytes[3] = 1;
    longer.length = 33;
    assert_int_equal(ptrie_insert(t, &v6, 1), IPAM_E_INVAL);
    assert_int_equal(ptrie_insert(t, &host, 1), IPAM_E_INVAL);
    assert_int_equal(ptrie_insert(t, &longer, 1), IPAM_E_INVAL);
    assert_int_equal(ptrie_remove(t, &host, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_get(t, &v6, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_match(t, &a, NULL, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_overlap(t, &v6, NULL, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_next(t, &v6, NULL, &got, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_next(t, NULL, &v6, &got, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_next(t, &good, &host, &got, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_next_free(t, &good, 16, &v6, &got), IPAM_E_INVAL);
    assert_int_equal(ptrie_next_free(t, &host, 16, NULL, &got), IPAM_E_INVAL);
    assert_int_equal(ptrie_replace(t, &v6, 1, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_parent(t, &longer, &got, NULL), IPAM_E_INVAL);
    assert_int_equal(ptrie_count(t), 0);
    assert_int_equal(ptrie_insert(t, &good, 7), 0);
    assert_int_equal(ptrie_insert(t, &good, 8), IPAM_E_EXIST);
    assert_int_equal(ptrie_remove(t, &good, NULL), 0);
    assert_int_equal(ptrie_remove(t, &good, NULL), IPAM_E_NOENT);
    ptrie_free(t);
    ptrie_free(NULL);
}

/* What is left after many have gone takes what it would have taken alone. */
static void test_memory_comes_back(void **state)
{
    struct ptrie *t = ptrie_new(6), *alone = ptrie_new(6);
    struct ipam_prefix p = prefix("2001:db8::/80");

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 20000; i++) {
            set_bits(&p.addr, 40, 32, i * 2654435761u);
            if (round == 0)
                assert_int_equal(ptrie_insert(t, &p, i), 0);
            if (round == 0 && i % 500 == 0)
                assert_int_equal(ptrie_insert(alone, &p, i), 0);
            if (round == 1 && i % 500 != 0)
                assert_int_equal(ptrie_remove(t, &p, NULL), 0);
        }
    }
    assert_int_equal(ptrie_count(t), ptrie_count(alone));
    assert_true(ptrie_bytes(t) <= 2 * ptrie_bytes(alone));
    p = prefix("2001:dead::/32"); /* far from all the others */
    for (unsigned i = 0; i < 2; i++) {
        size_t bytes = ptrie_bytes(t);

        assert_int_equal(ptrie_insert(t, &p, 1), 0);
        assert_true(ptrie_bytes(t) > bytes);
        assert_int_equal(ptrie_remove(t, &p, NULL), 0);
        assert_int_equal(ptrie_bytes(t), bytes);
    }
    ptrie_free(t);
    ptrie_free(alone);
}

/* A full block costs no more than a small one. */
static void test_a_full_block_is_passed_at_once(void **state)
{
    struct ipam_prefix p = prefix("10.0.0.0/24"), block = prefix("10.0.0.0/8");
    struct ipam_prefix last = prefix("10.255.255.0/24"), got;
    struct ptrie *t = ptrie_new(4);

    (void)state;
    for (unsigned i = 0; i < 65535; i++) {
        set_bits(&p.addr, 8, 16, i);
        assert_int_equal(ptrie_insert(t, &p, i), 0);
    }
    assert_int_equal(ptrie_next_free(t, &block, 24, NULL, &got), 0);
    assert_true(prefix_equal(&got, &last));
    assert_in_range(ptrie_visited(), 1, 4);
    assert_int_equal(ptrie_next_free(t, &block, 23, NULL, &got), IPAM_E_EXHAUSTED);
    assert_in_range(ptrie_visited(), 1, 4);
    p = prefix("10.77.88.0/24");
    assert_int_equal(ptrie_remove(t, &p, NULL), 0);
    assert_int_equal(ptrie_next_free(t, &block, 32, NULL, &got), 0);
    assert_true(addr_equal(&got.addr, &p.addr));
    assert_in_range(ptrie_visited(), 1, 4);
    print_message("%zu bytes for 65,534 prefixes\n", ptrie_bytes(t));
    assert_true(ptrie_bytes(t) < 65534 * 40);
    ptrie_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_prefixes), cmocka_unit_test(test_free_prefixes_at_the_end_of_the_space),
        cmocka_unit_test(test_answers_may_be_unwanted), cmocka_unit_test(test_children),
        cmocka_unit_test(test_wrong_arguments), cmocka_unit_test(test_memory_comes_back),
        cmocka_unit_test(test_a_full_block_is_passed_at_once),
        cmocka_unit_test(test_equals_a_sorted_array),
    };

    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

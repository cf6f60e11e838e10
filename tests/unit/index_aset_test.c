/* index_aset_test.c - the address set: rules, sizes, and properties against a sorted array.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index_random.h"

#include "index/aset_node.h"

/* --- the model: entries in the order of address and handle --- */

#define MODEL_MAX 700

struct entry {
    struct ipam_addr a;
    uint64_t handle;
};

struct model {
    unsigned n;
    struct entry e[MODEL_MAX];
};

static int compare(const struct entry *x, const struct entry *y)
{
    int order = addr_compare(&x->a, &y->a);

    return order != 0 ? order : (x->handle > y->handle) - (x->handle < y->handle);
}

/* Index of the first entry not before e. */
static unsigned model_at(const struct model *m, const struct entry *e)
{
    unsigned low = 0, high = m->n;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (compare(&m->e[mid], e) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static unsigned model_first(const struct model *m, const struct ipam_addr *a)
{
    struct entry e = { *a, 0 };

    return model_at(m, &e);
}

/* Moves on by n; false past the last address. */
static bool move(struct ipam_addr *a, uint64_t n)
{
    return addr_add(a, u128_from(n), a) == 0;
}

/* Fills `ret` with the free runs of [first, last], each from .first to .last; returns how many. */
struct run {
    struct ipam_addr first, last;
};

static unsigned model_runs(const struct model *m, const struct ipam_addr *first, const struct ipam_addr *last,
                           struct run *ret)
{
    struct ipam_addr at = *first;
    unsigned n = 0;

    for (unsigned i = model_first(m, first); i < m->n && addr_compare(&m->e[i].a, last) <= 0; i++) {
        int order = addr_compare(&at, &m->e[i].a);

        if (order < 0) {
            ret[n] = (struct run){ at, m->e[i].a };
            (void)addr_sub(&m->e[i].a, u128_from(1), &ret[n++].last);
        }
        at = m->e[i].a;
        if (!move(&at, 1))
            return n;
    }
    if (addr_compare(&at, last) <= 0)
        ret[n++] = (struct run){ at, *last };
    return n;
}

/* --- random operations --- */

static const struct shape {
    const char *name;
    uint8_t family;
    unsigned bits, values; /* the first `bits` bits have one of so many values */
    unsigned most;
} shapes[] = {
    { "dense in a /24", 4, 24, 1, 280 },      { "dense in a /23", 4, 23, 1, 650 },
    { "dense in two v6 /120", 6, 120, 2, 600 }, { "half full, v4 /22", 4, 22, 1, 600 },
    { "all of v4", 4, 0, 1, 400 },            { "all of v6", 6, 0, 1, 400 },
    { "hosts of a v6 /64", 6, 64, 1, 400 },   { "hosts of a few v6 /100", 6, 100, 9, 400 },
    { "deep and narrow", 6, 126, 40, 120 },   { "many v4 /28", 4, 28, 60, 500 },
    { "nodes above nodes, v4", 4, 0, 0, 690 }, { "nodes above nodes, v6", 6, 96, 0, 690 },
};

static struct ipam_addr draw_one(const struct shape *s)
{
    struct ipam_addr a = draw_addr(s->family, s->bits, s->values);
    unsigned width = addr_bits(s->family);

    if (below(32) == 0) /* the very ends */
        set_bits(&a, s->bits, width - s->bits, below(2) ? UINT64_MAX : 0);
    if (below(500) == 0)
        memset(a.bytes, below(2) ? 255 : 0, width / 8);
    return a;
}

/* An address in use, or next to one, or any. */
static struct ipam_addr pick(const struct shape *s, const struct model *m)
{
    struct ipam_addr a = m->n > 0 && below(4) != 0 ? m->e[below(m->n)].a : draw_one(s), b = a;

    if (below(3) == 0)
        (void)(below(2) ? addr_add : addr_sub)(&a, u128_from(below(4)), &b);
    return b;
}

static void check_visited(const struct shape *s, const char *what, unsigned bound)
{
    if (aset_visited() > bound)
        fail_msg("%s: %s touched %u nodes, more than %u", s->name, what, aset_visited(), bound);
}

static void check_addr(const struct shape *s, const char *what, const struct ipam_addr *first,
                       const struct ipam_addr *last, int rc, const struct ipam_addr *got,
                       const struct ipam_addr *expected)
{
    char f[ADDR_TEXT_MAX], l[ADDR_TEXT_MAX], g[ADDR_TEXT_MAX] = "nothing", e[ADDR_TEXT_MAX] = "nothing";

    if (expected == NULL ? rc < 0 : rc == 0 && addr_equal(got, expected))
        return;
    addr_print(first, f);
    addr_print(last, l);
    if (rc == 0)
        addr_print(got, g);
    if (expected != NULL)
        addr_print(expected, e);
    fail_msg("%s: %s in %s - %s gave %s (%d), the model %s", s->name, what, f, l, g, rc, e);
}

static bool in_use(const struct model *m, const struct ipam_addr *a)
{
    unsigned i = model_first(m, a);

    return i < m->n && addr_equal(&m->e[i].a, a);
}

static unsigned model_used(const struct model *m, const struct ipam_addr *first, const struct ipam_addr *last)
{
    unsigned used = 0;

    for (unsigned i = model_first(m, first); i < m->n && addr_compare(&m->e[i].a, last) <= 0; i++)
        used += i == 0 || !addr_equal(&m->e[i].a, &m->e[i - 1].a);
    return used;
}

static void change(const struct shape *s, struct aset *t, struct model *m, bool add)
{
    struct entry e = { add ? draw_one(s) : pick(s, m), below(10) ? 1 : below(4) };
    unsigned i = model_at(m, &e);
    bool there;

    if (!add && below(2) && m->n > 0) {
        i = below(m->n);
        e = m->e[i];
    }
    there = i < m->n && compare(&m->e[i], &e) == 0;
    if (add && m->n < MODEL_MAX) {
        assert_int_equal(aset_add(t, &e.a, e.handle), there ? IPAM_E_EXIST : 0);
        if (!there) {
            memmove(&m->e[i + 1], &m->e[i], (m->n++ - i) * sizeof(m->e[0]));
            m->e[i] = e;
        }
    } else {
        assert_int_equal(aset_remove(t, &e.a, e.handle), there ? 0 : IPAM_E_NOENT);
        if (there)
            memmove(&m->e[i], &m->e[i + 1], (--m->n - i) * sizeof(m->e[0]));
    }
    check_visited(s, "a change", addr_bits(s->family) / 8 + 2);
    assert_int_equal(aset_entries(t), m->n);
    assert_int_equal(aset_has(t, &e.a), in_use(m, &e.a));
}

static void ask_entries(const struct aset *t, const struct model *m, const struct ipam_addr *a)
{
    uint64_t handles[8] = { 0 };
    unsigned i = model_first(m, a), n = 0;
    size_t got = aset_get(t, a, handles, COUNT(handles));

    for (; i < m->n && addr_equal(&m->e[i].a, a); i++, n++) {
        if (n < COUNT(handles))
            assert_int_equal(handles[n], m->e[i].handle);
    }
    assert_int_equal(got, n);
}

/* The free address with `rank` free ones before it. */
static bool model_nth(const struct run *runs, unsigned n, struct ipam_u128 rank, struct ipam_addr *ret)
{
    for (unsigned i = 0; i < n; i++) {
        struct ipam_u128 size = addr_distance(&runs[i].first, &runs[i].last);

        if (u128_compare(rank, size) < 0)
            return addr_add(&runs[i].first, rank, ret) == 0;
        rank = u128_sub(rank, size);
    }
    return false;
}

static void ask_rank(const struct shape *s, const struct aset *t, const struct run *runs, unsigned n,
                     const struct ipam_addr *first, const struct ipam_addr *last)
{
    struct ipam_u128 rank = { 0, below(2) ? below(600) : draw() >> draw() % 64 };
    struct ipam_addr got = { 0 }, expected = { 0 };
    bool found;
    int rc;

    if (below(8) == 0)
        rank.hi = draw() >> draw() % 64;
    found = model_nth(runs, n, rank, &expected);
    rc = aset_nth_free(t, first, last, rank, &got);
    check_visited(s, "nth_free", 2 * (addr_bits(s->family) / 8) + 2);
    check_addr(s, "nth_free", first, last, rc, &got, found ? &expected : NULL);
}

static void ask_run(const struct shape *s, struct aset *t, const struct run *runs, unsigned n,
                    const struct ipam_addr *first, const struct ipam_addr *last)
{
    uint32_t want = below(2) ? 1 + below(8) : (uint32_t)(draw() >> (32 + below(32)));
    struct ipam_addr got = { 0 };
    unsigned i = 0;
    int rc;

    if (want == 0)
        want = 1;
    rc = aset_next_run(t, first, last, want, &got);
    check_visited(s, "next_run", 2 * (addr_bits(s->family) / 8) + 2);
    while (i < n && u128_compare(addr_distance(&runs[i].first, &runs[i].last), u128_from(want)) < 0)
        i++;
    check_addr(s, "next_run", first, last, rc, &got, i < n ? &runs[i].first : NULL);
}

static void ask(const struct shape *s, struct aset *t, const struct model *m)
{
    static struct run runs[MODEL_MAX + 1];
    struct ipam_addr first = pick(s, m), last = below(4) ? pick(s, m) : first, got = { 0 };
    unsigned n = 0, i, bound = 2 * (addr_bits(s->family) / 8) + 2, what = below(7);
    int rc;

    if (below(8) == 0)
        memset(first.bytes, 0, sizeof(first.bytes));
    if (below(8) == 0)
        memset(last.bytes, 255, addr_bits(s->family) / 8);
    if (addr_compare(&first, &last) > 0) {
        struct ipam_addr swap = first;

        first = last;
        last = swap;
    }
    if (what >= 3)
        n = model_runs(m, &first, &last, runs);
    switch (what) {
    case 0:
        ask_entries(t, m, &first);
        break;
    case 1:
        rc = aset_next_used(t, &first, &last, &got);
        check_visited(s, "next_used", bound);
        i = model_first(m, &first);
        check_addr(s, "next_used", &first, &last, rc, &got,
                   i < m->n && addr_compare(&m->e[i].a, &last) <= 0 ? &m->e[i].a : NULL);
        break;
    case 3:
        rc = aset_next_free(t, &first, &last, &got);
        check_visited(s, "next_free", bound);
        check_addr(s, "next_free", &first, &last, rc, &got, n > 0 ? &runs[0].first : NULL);
        break;
    case 4:
        rc = aset_last_free(t, &first, &last, &got);
        check_visited(s, "last_free", bound);
        check_addr(s, "last_free", &first, &last, rc, &got, n > 0 ? &runs[n - 1].last : NULL);
        break;
    case 2:
        assert_int_equal(aset_used(t, &first, &last), model_used(m, &first, &last));
        check_visited(s, "used", bound);
        break;
    case 5:
        ask_rank(s, t, runs, n, &first, &last);
        break;
    default:
        ask_run(s, t, runs, n, &first, &last);
        break;
    }
}

static void run_shape(const struct shape *s, unsigned long operations)
{
    struct ipam_addr zero = { .family = s->family }, end = zero;
    struct aset *t = aset_new(s->family);
    struct model m = { 0 };
    size_t empty = aset_bytes(t);
    unsigned target = 0;

    memset(end.bytes, 255, addr_bits(s->family) / 8);
    for (unsigned long i = 0; i < operations; i++) {
        if (i % 2048 == 0) { /* up and down, so that nodes come and go */
            target = below(4) == 0 ? s->most : below(s->most + 1);
            assert_int_equal(aset_total(t), model_used(&m, &zero, &end));
        }
        if (i % 1024 == 0 && below(4) == 0)
            aset_settle(t);
        if (i / 1024 % 4 == 0 || below(3) == 0) /* at times much changes before anything is asked */
            change(s, t, &m, m.n == target ? below(2) : m.n < target ? below(8) != 0 : below(8) == 0);
        else
            ask(s, t, &m);
    }
    while (m.n > 0) {
        unsigned i = below(m.n);

        assert_int_equal(aset_remove(t, &m.e[i].a, m.e[i].handle), 0);
        memmove(&m.e[i], &m.e[i + 1], (--m.n - i) * sizeof(m.e[0]));
    }
    assert_int_equal(aset_total(t), 0);
    assert_int_equal(aset_bytes(t), empty);
    aset_free(t);
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

/* --- sizes --- */

static void fill(struct aset *t, const char *from, unsigned n)
{
    struct ipam_addr a = addr(from);

    for (unsigned i = 0; i < n; i++, (void)move(&a, 1))
        assert_int_equal(aset_add(t, &a, i), 0);
}

/* A full /16 costs no more than a full /24, in memory and in time. */
static void test_a_full_block_is_passed_at_once(void **state)
{
    struct ipam_addr first = addr("10.1.0.0"), last = addr("10.1.255.255"), hole = addr("10.1.200.7"), got;
    struct aset *t = aset_new(4);

    (void)state;
    fill(t, "10.1.0.0", 65536);
    assert_int_equal(aset_next_free(t, &first, &last, &got), IPAM_E_EXHAUSTED);
    assert_in_range(aset_visited(), 1, 5);
    assert_int_equal(aset_last_free(t, &first, &last, &got), IPAM_E_EXHAUSTED);
    assert_in_range(aset_visited(), 1, 5);
    assert_int_equal(aset_nth_free(t, &first, &last, u128_from(0), &got), IPAM_E_EXHAUSTED);
    assert_int_equal(aset_next_run(t, &first, &last, 1, &got), IPAM_E_EXHAUSTED);
    assert_int_equal(aset_used(t, &first, &last), 65536);
    print_message("%.1f bytes a dense address\n", (double)aset_bytes(t) / 65536);
    assert_true(aset_bytes(t) <= 65536 * 24);

    assert_int_equal(aset_remove(t, &hole, 200 * 256 + 7), 0);
    assert_int_equal(aset_next_free(t, &first, &last, &got), 0);
    assert_true(addr_equal(&got, &hole));
    assert_in_range(aset_visited(), 1, 8);
    assert_int_equal(aset_last_free(t, &first, &last, &got), 0);
    assert_true(addr_equal(&got, &hole));
    assert_int_equal(aset_nth_free(t, &first, &last, u128_from(0), &got), 0);
    assert_true(addr_equal(&got, &hole));
    assert_int_equal(aset_next_run(t, &first, &last, 2, &got), IPAM_E_EXHAUSTED);
    assert_int_equal(aset_used(t, &first, &last), 65535);
    aset_free(t);
}

/* A run that all levels but the last have to be asked for. */
static void test_a_run_in_the_middle_of_a_full_block(void **state)
{
    struct ipam_addr first = addr("10.0.0.0"), last = addr("10.1.255.255"), hole = addr("10.1.77.10");
    struct ipam_addr a = hole, got;
    struct aset *t = aset_new(4);

    (void)state;
    fill(t, "10.0.0.0", 131072);
    fill(t, "10.200.0.0", 300);
    for (unsigned i = 0; i < 10; i++, (void)move(&a, 1))
        assert_int_equal(aset_remove(t, &a, 65536 + 77 * 256 + 10 + i), 0);
    assert_int_equal(aset_next_run(t, &first, &last, 10, &got), 0);
    assert_true(addr_equal(&got, &hole));
    assert_in_range(aset_visited(), 1, 5);
    assert_int_equal(aset_next_run(t, &first, &last, 11, &got), IPAM_E_EXHAUSTED);
    assert_in_range(aset_visited(), 1, 5);
    last = addr("10.255.255.255");
    hole = addr("10.2.0.0");
    assert_int_equal(aset_next_run(t, &first, &last, 11, &got), 0);
    assert_true(addr_equal(&got, &hole));
    aset_free(t);
}

static void test_sparse_addresses_are_small(void **state)
{
    static const unsigned bits[] = { 0, 32, 64, 96 };

    (void)state;
    for (unsigned k = 0; k < COUNT(bits); k++) {
        struct aset *t = aset_new(6);
        unsigned n = 30000;
        size_t all;

        for (unsigned i = 0; i < n; i++) {
            struct ipam_addr a = draw_addr(6, bits[k], 1);

            assert_int_equal(aset_add(t, &a, i), 0);
        }
        all = aset_bytes(t);
        print_message("%.1f bytes an address, %u random bits\n", (double)all / n, 128 - bits[k]);
        assert_true(all <= n * 64);
        aset_free(t);
    }
}

/* What is left after many have gone takes what it would have taken alone. */
static void test_memory_comes_back(void **state)
{
    struct ipam_addr a = addr("2001:db8::"), kept[40];
    struct aset *t = aset_new(6), *alone = aset_new(6);

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        set_bits(&a, 64, 32, i * 2654435761u);
        assert_int_equal(aset_add(t, &a, 1), 0);
        if (i % 500 == 0) {
            kept[i / 500] = a;
            assert_int_equal(aset_add(alone, &a, 1), 0);
        }
    }
    for (unsigned i = 0; i < 20000; i++) {
        set_bits(&a, 64, 32, i * 2654435761u);
        if (i % 500 != 0)
            assert_int_equal(aset_remove(t, &a, 1), 0);
    }
    assert_int_equal(aset_total(t), COUNT(kept));
    for (unsigned i = 0; i < COUNT(kept); i++)
        assert_true(aset_has(t, &kept[i]));
    assert_true(aset_bytes(t) <= 2 * aset_bytes(alone));
    aset_free(t);
    aset_free(alone);

    t = aset_new(6);
    alone = aset_new(6);
    fill(t, "2001:db8::", 1000);
    fill(alone, "2001:db8::", 1000);
    a = addr("2001:db8:1::");
    assert_int_equal(aset_add(t, &a, 1), 0);
    assert_true(aset_bytes(t) > aset_bytes(alone));
    assert_int_equal(aset_remove(t, &a, 1), 0);
    assert_int_equal(aset_bytes(t), aset_bytes(alone));
    aset_free(t);
    aset_free(alone);
}

/* --- rules --- */

static void test_entries_of_one_address(void **state)
{
    struct ipam_addr a = addr("192.0.2.1");
    struct aset *t = aset_new(4);
    uint64_t got[3];

    (void)state;
    for (uint64_t h = 40; h > 0; h--)
        assert_int_equal(aset_add(t, &a, h), 0);
    assert_int_equal(aset_add(t, &a, 7), IPAM_E_EXIST);
    assert_int_equal(aset_total(t), 1);
    assert_int_equal(aset_entries(t), 40);
    assert_int_equal(aset_get(t, &a, got, 3), 40);
    assert_true(got[0] == 1 && got[1] == 2 && got[2] == 3);
    for (uint64_t h = 1; h < 40; h++)
        assert_int_equal(aset_remove(t, &a, h), 0);
    assert_true(aset_has(t, &a));
    assert_int_equal(aset_remove(t, &a, 39), IPAM_E_NOENT);
    assert_int_equal(aset_remove(t, &a, 40), 0);
    assert_false(aset_has(t, &a));
    assert_int_equal(aset_total(t), 0);
    aset_free(t);
}

static void test_a_block_has_a_limit_of_entries(void **state)
{
    struct ipam_addr a = addr("192.0.2.1"), b = addr("192.0.3.1");
    struct aset *t = aset_new(4);

    (void)state;
    for (uint64_t h = 0; h < 8192; h++)
        assert_int_equal(aset_add(t, &a, h), 0);
    assert_int_equal(aset_add(t, &a, 8192), IPAM_E_TOOBIG);
    assert_int_equal(aset_entries(t), 8192);
    assert_int_equal(aset_add(t, &b, 1), 0);
    assert_int_equal(aset_total(t), 2);
    aset_free(t);
}

/* As many as are counted in 32 bits would not fit in memory here: the count alone is set. */
static void test_a_set_has_a_limit_of_addresses(void **state)
{
    struct ipam_addr a = addr("2001:db8::1"), b = addr("2001:db8::2");
    struct aset *t = aset_new(6);

    (void)state;
    assert_int_equal(aset_add(t, &a, 1), 0);
    t->total = UINT32_MAX;
    assert_int_equal(aset_add(t, &b, 1), IPAM_E_TOOBIG);
    assert_false(aset_has(t, &b));
    assert_int_equal(aset_add(t, &a, 2), 0); /* no other address */
    assert_int_equal(aset_total(t), UINT32_MAX);
    t->total--;
    assert_int_equal(aset_add(t, &b, 1), 0);
    aset_free(t);
}

/* Sixteen in one block of 256, of which the others have gone, and one elsewhere. */
static void test_a_block_that_is_left_alone(void **state)
{
    struct ipam_addr other = addr("10.0.1.1"), first = addr("10.0.0.0"), last = addr("10.0.255.255"), got;
    struct ipam_addr expected = addr("10.0.0.16");
    struct aset *t = aset_new(4);

    (void)state;
    assert_int_equal(aset_add(t, &other, 1), 0);
    fill(t, "10.0.0.0", 16);
    assert_int_equal(aset_remove(t, &other, 1), 0);
    assert_int_equal(aset_next_free(t, &first, &last, &got), 0);
    assert_true(addr_equal(&got, &expected));
    assert_int_equal(aset_used(t, &first, &last), 16);
    assert_int_equal(aset_next_run(t, &first, &last, 65520, &got), 0);
    assert_true(addr_equal(&got, &expected));
    aset_free(t);
}

static void test_nothing_is_settled(void **state)
{
    struct ipam_addr a = addr("10.0.0.1"), got;
    struct aset *t = aset_new(4);

    (void)state;
    aset_settle(t);
    assert_int_equal(aset_next_free(t, &a, &a, &got), 0);
    assert_int_equal(aset_next_run(t, &a, &a, 1, &got), 0);
    assert_int_equal(aset_add(t, &a, 1), 0);
    assert_int_equal(aset_next_run(t, &a, &a, 1, &got), IPAM_E_EXHAUSTED);
    aset_free(t);
}

static void test_wrong_arguments(void **state)
{
    struct ipam_addr v4 = addr("10.0.0.1"), low = addr("10.0.0.0"), v6 = addr("::1"), dirty = v4, got;
    struct aset *t = aset_new(4);

    (void)state;
    dirty.bytes[9] = 1;
    assert_int_equal(aset_add(t, &v6, 1), IPAM_E_INVAL);
    assert_int_equal(aset_add(t, &dirty, 1), IPAM_E_INVAL);
    assert_int_equal(aset_remove(t, &v6, 1), IPAM_E_INVAL);
    assert_int_equal(aset_next_free(t, &v4, &low, &got), IPAM_E_INVAL);
    assert_int_equal(aset_last_free(t, &v4, &v6, &got), IPAM_E_INVAL);
    assert_int_equal(aset_next_used(t, &v6, &v6, &got), IPAM_E_INVAL);
    assert_int_equal(aset_nth_free(t, &v4, &low, u128_from(0), &got), IPAM_E_INVAL);
    assert_int_equal(aset_next_run(t, &low, &v4, 0, &got), IPAM_E_INVAL);
    assert_int_equal(aset_next_run(t, &v4, &low, 1, &got), IPAM_E_INVAL);
    assert_int_equal(aset_next_run(t, &v4, &dirty, 1, &got), IPAM_E_INVAL);
    assert_int_equal(aset_used(t, &v4, &low), 0);
    assert_int_equal(aset_get(t, &v6, NULL, 0), 0);
    assert_int_equal(aset_entries(t), 0);
    aset_free(t);
    aset_free(NULL);
}

/* The whole of either space: no count may overflow. */
static void test_the_ends_of_the_space(void **state)
{
    static const char *const ends[][2] = { { "0.0.0.0", "255.255.255.255" },
                                           { "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct ipam_addr first = addr(ends[i][0]), last = addr(ends[i][1]), got, expected;
        struct ipam_u128 most = u128_sub(addr_distance(&first, &last), u128_from(1));
        struct aset *t = aset_new(first.family);

        if (i == 1)
            most = (struct ipam_u128){ UINT64_MAX, UINT64_MAX };
        assert_int_equal(aset_nth_free(t, &first, &last, most, &got), 0);
        assert_true(addr_equal(&got, &last));
        assert_int_equal(aset_add(t, &last, 1), 0);
        assert_int_equal(aset_add(t, &first, 1), 0);
        assert_int_equal(aset_nth_free(t, &first, &last, u128_sub(most, u128_from(1)), &got),
                         IPAM_E_EXHAUSTED);
        assert_int_equal(aset_nth_free(t, &first, &last, u128_sub(most, u128_from(2)), &got), 0);
        (void)addr_sub(&last, u128_from(1), &expected);
        assert_true(addr_equal(&got, &expected));
        assert_int_equal(aset_last_free(t, &first, &last, &got), 0);
        assert_true(addr_equal(&got, &expected));
        assert_int_equal(aset_next_free(t, &last, &last, &got), IPAM_E_EXHAUSTED);
        assert_int_equal(aset_next_run(t, &first, &last, UINT32_MAX, &got), i == 0 ? IPAM_E_EXHAUSTED : 0);
        assert_int_equal(aset_next_run(t, &first, &last, UINT32_MAX - 1, &got), 0);
        assert_int_equal(aset_used(t, &first, &last), 2);
        aset_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_of_one_address), cmocka_unit_test(test_a_block_has_a_limit_of_entries),
        cmocka_unit_test(test_a_set_has_a_limit_of_addresses), cmocka_unit_test(test_a_block_that_is_left_alone),
        cmocka_unit_test(test_nothing_is_settled),
        cmocka_unit_test(test_wrong_arguments), cmocka_unit_test(test_the_ends_of_the_space),
        cmocka_unit_test(test_a_full_block_is_passed_at_once),
        cmocka_unit_test(test_a_run_in_the_middle_of_a_full_block),
        cmocka_unit_test(test_sparse_addresses_are_small),
        cmocka_unit_test(test_memory_comes_back), cmocka_unit_test(test_equals_a_sorted_array),
    };

    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* index_rset_test.c - the range set: rules, balance, and properties against a sorted array.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index_random.h"

#include "index/rset.h"

/* --- the model: an array in the order of first, last, handle --- */

#define MODEL_MAX 400

struct model {
    unsigned n;
    struct rset_item item[MODEL_MAX];
};

static int compare(const struct rset_item *a, const struct rset_item *b)
{
    int order = addr_compare(&a->first, &b->first);

    if (order == 0)
        order = addr_compare(&a->last, &b->last);
    return order != 0 ? order : (a->handle > b->handle) - (a->handle < b->handle);
}

/* Index of the first item not before `item`. */
static unsigned model_at(const struct model *m, const struct rset_item *item)
{
    unsigned i = 0;

    while (i < m->n && compare(&m->item[i], item) < 0)
        i++;
    return i;
}

static bool overlap(const struct rset_item *item, const struct ipam_addr *first, const struct ipam_addr *last)
{
    return addr_compare(&item->first, last) <= 0 && addr_compare(&item->last, first) >= 0;
}

/* --- random operations --- */

static const struct shape {
    const char *name;
    uint8_t family;
    unsigned bits, values, span, most; /* span: at the most 2^span addresses long */
} shapes[] = {
    { "short, v4", 4, 20, 1, 5, 300 },       { "long, v4", 4, 8, 3, 24, 200 },
    { "all of v4", 4, 0, 1, 32, 200 },       { "short, v6", 6, 112, 2, 6, 300 },
    { "all of v6", 6, 0, 1, 60, 200 },       { "many equal", 4, 29, 2, 2, 300 },
};

static void sort_ends(struct rset_item *r)
{
    struct ipam_addr swap = r->first;

    if (addr_compare(&r->first, &r->last) <= 0)
        return;
    r->first = r->last;
    r->last = swap;
}

static struct rset_item draw_range(const struct shape *s)
{
    struct rset_item r = { .handle = below(3) };

    r.first = draw_addr(s->family, s->bits, s->values);
    if (addr_add(&r.first, u128_from(draw() >> (64 - s->span)), &r.last) != 0)
        r.last = r.first;
    if (s->span == 60 && below(2)) /* and some longer than 64 bits can say */
        r.last = draw_addr(s->family, 0, 1);
    sort_ends(&r);
    return r;
}

static struct rset_item pick(const struct shape *s, const struct model *m)
{
    return m->n > 0 && below(3) != 0 ? m->item[below(m->n)] : draw_range(s);
}

/* 1.44 log2(n) is the height of the worst AVL tree. */
static unsigned height_bound(uint64_t n)
{
    unsigned log = 0;

    while (n >> log != 0)
        log++;
    return log * 3 / 2 + 1;
}

static void check_visited(const struct shape *s, const char *what, uint64_t n, unsigned times, unsigned found)
{
    unsigned bound = times * height_bound(n) + 2 * found;

    if (rset_visited() > bound)
        fail_msg("%s: %s touched %u nodes of %llu, more than %u", s->name, what, rset_visited(),
                 (unsigned long long)n, bound);
}

static void change(const struct shape *s, struct rset *t, struct model *m, bool add)
{
    struct rset_item r = add ? draw_range(s) : pick(s, m);
    unsigned i = model_at(m, &r), n = m->n;
    bool there = i < m->n && compare(&m->item[i], &r) == 0;

    if (add && m->n < MODEL_MAX) {
        assert_int_equal(rset_insert(t, &r), there ? IPAM_E_EXIST : 0);
        if (!there) {
            memmove(&m->item[i + 1], &m->item[i], (m->n++ - i) * sizeof(r));
            m->item[i] = r;
        }
    } else {
        assert_int_equal(rset_remove(t, &r), there ? 0 : IPAM_E_NOENT);
        if (there)
            memmove(&m->item[i], &m->item[i + 1], (--m->n - i) * sizeof(r));
    }
    check_visited(s, "a change", n, 1, 0);
    assert_int_equal(rset_count(t), m->n);
}

struct walk {
    const struct model *m;
    struct ipam_addr first, last;
    unsigned at, found, stop;
};

/* Expects the next overlapping item of the model. */
static int expect(void *arg, const struct rset_item *item)
{
    struct walk *w = arg;

    while (w->at < w->m->n && !overlap(&w->m->item[w->at], &w->first, &w->last))
        w->at++;
    assert_true(w->at < w->m->n);
    assert_int_equal(compare(&w->m->item[w->at], item), 0);
    w->at++;
    return ++w->found == w->stop ? 77 : 0;
}

static void ask_each(const struct shape *s, const struct rset *t, const struct model *m, struct rset_item q)
{
    struct walk w = { .m = m, .first = q.first, .last = q.last, .stop = below(4) ? 0 : 1 + below(5) };
    int rc;

    if (below(2)) /* who holds this address */
        w.last = w.first;
    rc = rset_each(t, &w.first, &w.last, expect, &w);
    check_visited(s, "each", m->n, 3, w.found);
    assert_int_equal(rc, w.stop != 0 && w.found == w.stop ? 77 : 0);
    for (; rc == 0 && w.at < m->n; w.at++)
        assert_false(overlap(&m->item[w.at], &w.first, &w.last));
}

static void ask_next(const struct shape *s, const struct rset *t, const struct model *m, struct rset_item q)
{
    struct rset_item after = pick(s, m), got;
    bool begin = below(4) == 0, all = below(3) == 0;
    unsigned i = 0;
    int rc = rset_next(t, all ? NULL : &q.first, all ? NULL : &q.last, begin ? NULL : &after, &got);

    check_visited(s, "next", m->n, 4, 0);
    while (i < m->n && ((!begin && compare(&m->item[i], &after) <= 0) ||
                        (!all && !overlap(&m->item[i], &q.first, &q.last))))
        i++;
    assert_int_equal(rc, i < m->n ? 0 : IPAM_E_NOENT);
    if (rc == 0)
        assert_int_equal(compare(&got, &m->item[i]), 0);
}

static void run_shape(const struct shape *s, unsigned long operations)
{
    struct rset *t = rset_new(s->family);
    struct model m = { 0 };
    size_t empty = rset_bytes(t);
    unsigned target = 0;

    for (unsigned long i = 0; i < operations; i++) {
        if (i % 1024 == 0)
            target = below(s->most + 1);
        if (below(2) == 0)
            change(s, t, &m, m.n == target ? below(2) : m.n < target ? below(8) != 0 : below(8) == 0);
        else if (below(2) == 0)
            ask_each(s, t, &m, pick(s, &m));
        else
            ask_next(s, t, &m, pick(s, &m));
    }
    while (m.n > 0)
        assert_int_equal(rset_remove(t, &m.item[--m.n]), 0);
    assert_int_equal(rset_count(t), 0);
    assert_int_equal(rset_bytes(t), empty);
    rset_free(t);
}

static void test_equals_a_sorted_array(void **state)
{
    unsigned long each = scaled(300000) / COUNT(shapes);

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        run_shape(&shapes[i], each);
        print_message("%s: %lu operations\n", shapes[i].name, each);
    }
}

/* --- rules --- */

static int count(void *arg, const struct rset_item *item)
{
    (void)item;
    ++*(unsigned *)arg;
    return 0;
}

/* 100,000 ranges inserted in order: the worst for a tree without balance. */
static void test_it_is_balanced(void **state)
{
    static const struct shape s = { "in order", 4, 0, 1, 0, 0 };
    struct rset *t = rset_new(4);
    struct rset_item r = { addr("10.0.0.0"), addr("10.0.0.7"), 1 };
    struct rset_item outer = { addr("0.0.0.0"), addr("11.0.0.0"), 2 };
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        assert_int_equal(rset_insert(t, &r), 0);
        check_visited(&s, "insert", i, 1, 0);
        (void)addr_add(&r.first, u128_from(8), &r.first);
        (void)addr_add(&r.last, u128_from(8), &r.last);
    }
    assert_int_equal(rset_insert(t, &outer), 0);
    r.first = addr("10.1.2.3");
    assert_int_equal(rset_each(t, &r.first, &r.first, count, &n), 0);
    assert_int_equal(n, 2);
    check_visited(&s, "each", 100001, 3, n);
    print_message("%zu bytes a range\n", rset_bytes(t) / 100001);
    for (unsigned i = 0; rset_count(t) > 1; i++) { /* from one end, then from the middle, in turn */
        struct ipam_addr at = i % 2 == 0 ? addr("10.0.0.0") : addr("10.6.0.0"), end = addr("11.0.0.0");
        uint64_t left = rset_count(t);

        if (rset_next(t, &at, &end, &outer, &r) == 0) {
            assert_int_equal(rset_remove(t, &r), 0);
            check_visited(&s, "remove", left, 1, 0);
        }
    }
    rset_free(t);
}

static void test_wrong_arguments(void **state)
{
    struct rset *t = rset_new(6);
    struct rset_item v4 = { addr("10.0.0.0"), addr("10.0.0.7"), 1 }, turned = { addr("::2"), addr("::1"), 1 };
    struct rset_item mixed = { addr("10.0.0.0"), addr("::1"), 1 }, split = { addr("::"), addr("10.0.0.0"), 1 }, got;
    unsigned n = 0;

    (void)state;
    assert_int_equal(rset_insert(t, &v4), IPAM_E_INVAL);
    assert_int_equal(rset_insert(t, &turned), IPAM_E_INVAL);
    assert_int_equal(rset_insert(t, &mixed), IPAM_E_INVAL);
    assert_int_equal(rset_insert(t, &split), IPAM_E_INVAL);
    assert_int_equal(rset_remove(t, &turned), IPAM_E_INVAL);
    assert_int_equal(rset_each(t, &turned.first, &turned.last, count, &n), IPAM_E_INVAL);
    assert_int_equal(rset_next(t, &turned.first, NULL, NULL, &got), IPAM_E_INVAL);
    assert_int_equal(rset_next(t, &turned.first, &turned.last, NULL, &got), IPAM_E_INVAL);
    assert_int_equal(rset_next(t, NULL, NULL, &v4, &got), IPAM_E_INVAL);
    assert_int_equal(rset_next(t, NULL, NULL, NULL, &got), IPAM_E_NOENT);
    assert_int_equal(rset_count(t), 0);
    rset_free(t);
    rset_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_arguments), cmocka_unit_test(test_it_is_balanced),
        cmocka_unit_test(test_equals_a_sorted_array),
    };

    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

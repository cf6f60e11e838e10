/* index_ops_test.c - random operations on all index structures, in four shapes, against models; what fails is
 * shrunk and shown as a table. IPAM_TEST_SEED repeats a run, IPAM_TEST_SCALE makes it longer or shorter.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "index_ops.h"
#include "index_random.h"

#ifdef IPAM_SANITIZED
#define OPERATIONS 600000ul
#else
#define OPERATIONS 12000000ul
#endif
#define EPISODE 20000u /* operations on the same structures */
#define LATELY  16

static const struct shape {
    const char *name;
    uint8_t family[2]; /* in turn from episode to episode */
    unsigned most[3];  /* addresses, prefixes, ranges */
} shapes[] = {
    { "dense 8-bit", { 4, 4 }, { 256, 300, 150 } },
    { "sparse 128-bit", { 6, 6 }, { 400, 300, 150 } },
    { "nested 24 deep", { 4, 6 }, { 400, 120, 100 } },
    { "BGP-like", { 4, 6 }, { 400, 500, 150 } },
};
enum { DENSE, SPARSE, NESTED, BGP };

/* What the operations of an episode are drawn from. */
struct episode {
    unsigned shape, bits;
    struct model *m;
    number top;            /* the last address of the family */
    number spine;          /* the address around which prefixes are nested */
    number lately[LATELY]; /* what was taken out: where stale knowledge shows */
    unsigned nlately;
    unsigned aim[3]; /* how many are to be stored */
};

static number draw_number(const struct episode *e)
{
    return ((number)draw() << 64 | draw()) & e->top;
}

/* All ones in the last bits. */
static number host_bits(const struct episode *e, unsigned length)
{
    return number_last(e->bits, 0, length);
}

static number draw_spine(const struct episode *e)
{
    number host = host_bits(e, below(e->bits + 1)), rest;

    rest = below(3) == 0 ? draw_number(e) : below(2) ? e->top : 0;
    return (e->spine & ~host & e->top) | (rest & host);
}

/* In one of 24 allocations of 16 bits (IPv6: 32). */
static number draw_routed(const struct episode *e)
{
    unsigned allocated = e->bits / 2 > 32 ? 32 : 16;
    number net = (0x2001u + below(24) * 0x155u) & 0xffff;

    if (allocated == 32)
        net = net << 16 | 0x0db8;
    return net << (e->bits - allocated) | (draw_number(e) & host_bits(e, allocated));
}

static number draw_address(const struct episode *e)
{
    switch (e->shape) {
    case DENSE: return 0x0a000000u + below(256) + (below(32) == 0 ? below(3) * 256 - 256 : 0);
    case SPARSE: return below(500) == 0 ? (below(2) ? e->top : 0) : draw_number(e);
    case NESTED: return draw_spine(e);
    default: return draw_routed(e);
    }
}

/* Most routes are as long as is still taken, few are short. */
static unsigned draw_route_length(const struct episode *e)
{
    static const uint8_t v4[16] = { 24, 24, 24, 24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 16 };
    static const uint8_t v6[16] = { 48, 48, 48, 48, 48, 48, 48, 44, 44, 40, 40, 36, 32, 32, 32, 29 };

    if (below(24) == 0)
        return e->bits == 32 ? 8 + below(25) : 20 + below(45);
    return (e->bits == 32 ? v4 : v6)[below(16)];
}

static void draw_prefix(const struct episode *e, number *ret_a, uint8_t *ret_length)
{
    unsigned length = 0;

    switch (e->shape) {
    case DENSE: length = 22 + below(11); break;
    case SPARSE: length = below(129); break;
    case NESTED: length = (e->bits == 32 ? 8 : 57) + below(25); break;
    default: length = draw_route_length(e); break;
    }
    if (below(8) == 0)
        length = length / 8 * 8; /* where nodes begin */
    *ret_length = (uint8_t)length;
    *ret_a =
        (e->shape == NESTED && below(8) != 0 ? e->spine : draw_address(e)) & ~host_bits(e, length) & e->top;
}

/* --- operands: what is stored, what was, what could be --- */

static number pick_address(const struct episode *e)
{
    number a = draw_address(e);
    unsigned how = below(8);

    if (how < 4)
        (void)model_address(e->m, draw(), &a);
    else if (how < 6 && e->nlately > 0)
        a = e->lately[below(e->nlately < LATELY ? e->nlately : LATELY)];
    if (below(4) == 0)
        a = (a + below(5) - 2) & e->top;
    return a;
}

static void pick_prefix(const struct episode *e, number *ret_a, uint8_t *ret_length)
{
    unsigned how = below(8);

    draw_prefix(e, ret_a, ret_length);
    if (how < 5)
        (void)model_prefix(e->m, draw(), ret_a, ret_length);
    else if (how == 5)
        *ret_a = pick_address(e);
    if (below(3) == 0)
        *ret_length = (uint8_t)(*ret_length - below(*ret_length < 12 ? *ret_length + 1u : 12));
    *ret_a &= ~host_bits(e, *ret_length) & e->top;
}

static void sort_ends(struct op *op)
{
    number a = op->a;

    if (op->a <= op->b || below(64) == 0) /* or the wrong way round, which is refused */
        return;
    op->a = op->b;
    op->b = a;
}

static void pick_ends(const struct episode *e, struct op *op)
{
    op->a = below(8) == 0 ? 0 : pick_address(e);
    op->b = below(8) == 0 ? e->top : below(4) ? pick_address(e) : op->a;
    sort_ends(op);
}

static void draw_range(const struct episode *e, struct op *op)
{
    op->a = draw_address(e);
    op->b = op->a + (draw() >> (e->bits == 32 ? 32 + below(32) : below(64)));
    if (op->b < op->a || op->b > e->top || below(16) == 0)
        op->b = draw_address(e);
    op->n = below(HANDLES);
    sort_ends(op);
}

/* --- operations --- */

static struct op set_change(struct episode *e, bool add)
{
    struct op op = { .kind = add ? ADD : REMOVE, .n = below(10) ? 1 : below(HANDLES), .lc = NONE };

    if (below(64) == 0) { /* what makes nodes and breaks them */
        op.kind = add ? FILL : CLEAR;
        op.n = 1 + below(MANY);
        op.b = (number)1 << (below(3) ? 0 : below(e->bits));
    }
    op.a = add ? draw_address(e) : pick_address(e);
    if (!add)
        e->lately[e->nlately++ % LATELY] = op.a;
    return op;
}

static struct op set_ask(const struct episode *e)
{
    struct op op = { .kind = (uint8_t)(ENTRIES + below(NEXT_RUN - ENTRIES + 1)), .lc = NONE };

    pick_ends(e, &op);
    if (op.kind == NTH_FREE)
        op.n = below(2) ? below(600) : draw_number(e) >> below(e->bits);
    if (op.kind == NEXT_RUN)
        op.n = below(2) ? below(12) : draw() >> (32 + below(32));
    return op;
}

static struct op trie_change(struct episode *e, bool add)
{
    struct op op = { .kind = add ? INSERT : below(5) == 0 ? REPLACE : DELETE, .n = draw(), .lc = NONE };

    if (add)
        draw_prefix(e, &op.a, &op.la);
    else
        pick_prefix(e, &op.a, &op.la);
    if (below(64) == 0 && op.la > 0) {
        op.kind = add ? PLAN : UNPLAN;
        op.n = 1 + below(MANY);
    }
    return op;
}

static struct op trie_ask(const struct episode *e)
{
    struct op op = { .kind = (uint8_t)(GET + below(FREE_PREFIX - GET + 1)) };
    unsigned room;

    pick_prefix(e, &op.a, &op.la);
    pick_prefix(e, &op.c, &op.lc);
    room = e->bits - op.la;
    if (op.kind == MATCH && below(2))
        op.a = pick_address(e);
    if (op.kind == FREE_PREFIX)
        op.n = op.la + below((below(2) || room < 10 ? room : 9) + 1);
    if ((op.kind == NEXT || op.kind == NEXT_CHILD) && below(3) == 0)
        op.la = NONE;
    if (below(3) == 0)
        op.lc = NONE;
    return op;
}

static struct op ranges_any(const struct episode *e, unsigned size)
{
    struct op op = { .lc = NONE }, after = op;

    if (below(2)) {
        draw_range(e, &op);
        op.kind = below(8) < (size < e->aim[2] ? 6u : 2u) ? PUT : TAKE;
        if (op.kind == TAKE && below(8) != 0)
            (void)model_range(e->m, draw(), &op);
        return op;
    }
    op.kind = below(2) ? HOLDERS : NEXT_RANGE;
    pick_ends(e, &op);
    if (op.kind == NEXT_RANGE && below(3) != 0) {
        draw_range(e, &after);
        if (below(3) != 0)
            (void)model_range(e->m, draw(), &after);
        op.c = after.a;
        op.d = after.b;
        op.n = after.n;
        op.lc = 0;
    }
    return op;
}

/* The i-th operation of the episode. */
static struct op draw_op(struct episode *e, unsigned i)
{
    unsigned structure = below(8) / 3, size = model_size(e->m, structure);
    bool add;

    for (unsigned k = 0; i % 1024 == 0 && k < 3; k++) /* up and down, so that nodes come and go */
        e->aim[k] = below(4) == 0 ? shapes[e->shape].most[k] : below(shapes[e->shape].most[k] + 1);
    if (i == EPISODE - 1)
        return (struct op){ .kind = EMPTY };
    if (i % 2048 == 2047)
        return (struct op){ .kind = WALK };
    if (below(2000) == 0)
        return (struct op){ .kind = SETTLE };
    if (structure == 2)
        return ranges_any(e, size);
    add = below(8) < (size < e->aim[structure] ? 7u : 1u);
    if (below(3) != 0)
        return structure == 0 ? set_ask(e) : trie_ask(e);
    return structure == 0 ? set_change(e, add) : trie_change(e, add);
}

/* Fills ops with the operations of an episode until one fails; returns how many they are. */
static unsigned run_episode(unsigned shape, unsigned number_of, doer *real, struct op *ops, bool *ret_failed)
{
    struct episode e = { .shape = shape, .bits = addr_bits(shapes[shape].family[number_of % 2]) };
    struct world *w = world_new(e.bits);
    unsigned n = 0;

    e.m = model_new(e.bits);
    e.top = number_last(e.bits, 0, 0);
    e.spine = draw_number(&e);
    for (*ret_failed = false; n < EPISODE && !*ret_failed; n++) {
        ops[n] = draw_op(&e, n);
        *ret_failed = !ops_agree(w, real, e.m, &ops[n]);
    }
    world_free(w);
    model_free(e.m);
    return n;
}

static void run_shape(unsigned shape)
{
    unsigned episodes = (unsigned)(scaled(OPERATIONS) / COUNT(shapes) / EPISODE) + 1;
    struct op *ops = malloc(EPISODE * sizeof(*ops));

    assert_non_null(ops);
    for (unsigned i = 0; i < episodes; i++) {
        unsigned bits = addr_bits(shapes[shape].family[i % 2]);
        bool failed;
        size_t n = run_episode(shape, i, world_do, ops, &failed);

        if (!failed)
            continue;
        n = ops_shrink(bits, world_do, ops, n);
        ops_show(bits, world_do, ops, n);
        free(ops);
        fail_msg("%s: the last of these %zu operations was answered wrongly", shapes[shape].name, n);
    }
    free(ops);
    print_message("%s: %u operations\n", shapes[shape].name, episodes * EPISODE);
}

static void test_dense(void **state)
{
    (void)state;
    run_shape(DENSE);
}

static void test_sparse(void **state)
{
    (void)state;
    run_shape(SPARSE);
}

static void test_nested(void **state)
{
    (void)state;
    run_shape(NESTED);
}

static void test_bgp_like(void **state)
{
    (void)state;
    run_shape(BGP);
}

/* --- the shrinker: an index that lies is caught by few operations --- */

/* Passes over a free address that ends in 7, once it was taken out. */
static struct answer stale_free(struct world *w, const struct op *op)
{
    struct answer a = world_do(w, op);

    if (op->kind == REMOVE && a.rc == 0 && (op->a & 7) == 7)
        *world_note(w) = op->a;
    if (op->kind == NEXT_FREE && a.rc == 0 && a.a != 0 && a.a == *world_note(w))
        a.a++;
    return a;
}

/* A prefix whose handle was replaced is found with the one before. */
static struct answer stale_handle(struct world *w, const struct op *op)
{
    struct answer a = world_do(w, op);

    if (op->kind == REPLACE && a.rc == 0)
        *world_note(w) = op->n;
    if ((op->kind == MATCH || op->kind == PARENT) && a.rc == 0 && a.n != 0 && a.n == *world_note(w))
        a.n ^= 1;
    return a;
}

/* Forgets one of four ranges or more. */
static struct answer short_walk(struct world *w, const struct op *op)
{
    struct answer a = world_do(w, op);

    if (op->kind == HOLDERS && a.n >= 4)
        a.n--;
    return a;
}

/* Counts wrongly from 30 addresses on, which as many single additions would take long to show. */
static struct answer crowded(struct world *w, const struct op *op)
{
    struct answer a = world_do(w, op);

    if (op->kind == USED && a.n >= 30)
        a.n--;
    return a;
}

static void check_shrinks(const char *name, doer *liar, unsigned shape)
{
    struct op *ops = malloc(EPISODE * sizeof(*ops));
    bool failed = false;
    unsigned bits = 0;
    size_t n = 0;

    assert_non_null(ops);
    for (unsigned i = 0; i < 20 && !failed; i++) {
        n = run_episode(shape, i, liar, ops, &failed);
        bits = addr_bits(shapes[shape].family[i % 2]);
    }
    if (!failed)
        fail_msg("%s: %s was not seen", shapes[shape].name, name);
    print_message("%s: %s: %zu operations", shapes[shape].name, name, n);
    n = ops_shrink(bits, liar, ops, n);
    print_message(", shrunk to %zu\n", n);
    assert_int_equal(ops_replay(bits, liar, ops, n), n - 1); /* still wrong, and by its last operation */
    assert_int_equal(ops_replay(bits, world_do, ops, n), n);
    if (n >= 20) {
        ops_show(bits, liar, ops, n);
        fail_msg("%s: %s was shrunk to no less than %zu operations", shapes[shape].name, name, n);
    }
    free(ops);
}

static void test_a_failing_run_is_shrunk(void **state)
{
    static const struct {
        const char *name;
        doer *liar;
    } liars[] = {
        { "a free address that is not found", stale_free },
        { "a handle of before", stale_handle },
        { "a range that is forgotten", short_walk },
        { "a count that is too low", crowded },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(liars); i++) {
        for (unsigned shape = 0; shape < COUNT(shapes); shape++)
            check_shrinks(liars[i].name, liars[i].liar, shape);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failing_run_is_shrunk),
        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_bgp_like),
    };

    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

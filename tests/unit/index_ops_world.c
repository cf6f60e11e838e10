/* index_ops_world.c - operations on the index itself, and lists of them on the index and its model.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/aset.h"
#include "index/ptrie.h"
#include "index/rset.h"
#include "index_bound.h"
#include "index_ops.h"

struct world {
    unsigned bits;
    uint8_t family;
    struct aset *set;
    struct ptrie *trie;
    struct rset *ranges;
    size_t bytes[3]; /* of each when it is empty */
    number note;
};

struct world *world_new(unsigned bits)
{
    struct world *w = calloc(1, sizeof(*w));

    if (w == NULL)
        abort();
    w->bits = bits;
    w->family = bits == 32 ? 4 : 6;
    w->set = aset_new(w->family);
    w->trie = ptrie_new(w->family);
    w->ranges = rset_new(w->family);
    w->bytes[0] = aset_bytes(w->set);
    w->bytes[1] = ptrie_bytes(w->trie);
    w->bytes[2] = rset_bytes(w->ranges);
    return w;
}

void world_free(struct world *w)
{
    aset_free(w->set);
    ptrie_free(w->trie);
    rset_free(w->ranges);
    free(w);
}

number *world_note(struct world *w)
{
    return &w->note;
}

static struct ipam_addr to_addr(unsigned bits, number a)
{
    struct ipam_addr r = { .family = bits == 32 ? 4 : 6 };

    for (unsigned i = bits / 8; i-- > 0; a >>= 8)
        r.bytes[i] = (uint8_t)a;
    return r;
}

static number to_number(const struct ipam_addr *a)
{
    number v = 0;

    for (unsigned i = 0; i < (a->family == 4 ? 4 : 16); i++)
        v = v << 8 | a->bytes[i];
    return v;
}

static struct ipam_prefix to_prefix(unsigned bits, number a, uint8_t length)
{
    return (struct ipam_prefix){ to_addr(bits, a), length };
}

/* What an answer is when the call failed: its code alone. */
static struct answer place(int rc, const struct ipam_addr *a)
{
    return rc != 0 ? (struct answer){ .rc = rc } : (struct answer){ .a = to_number(a) };
}

static struct answer network(int rc, const struct ipam_prefix *p, uint64_t handle)
{
    if (rc != 0)
        return (struct answer){ .rc = rc };
    return (struct answer){ .a = to_number(&p->addr), .len = p->length, .n = handle };
}

#define TOO_MANY 1 /* as rc: the right answer, but too many nodes were touched for it */

static struct answer bounded(struct answer a, unsigned visited, uint64_t stored)
{
    return size_blind(visited, stored) ? a : (struct answer){ .rc = TOO_MANY, .n = visited };
}

static uint64_t handle_of(number n)
{
    static const uint8_t classes[HANDLES] = CLASSES;

    return (uint64_t)n << 56 | (uint64_t)classes[n] << ASET_CLASS_SHIFT | (n == 3 ? ASET_MARK : 0);
}

/* How many addresses are in use; and of each class (16 bits each), and marked. */
static struct answer set_used(struct world *w, const struct ipam_addr *a, const struct ipam_addr *b)
{
    struct answer r = { .n = aset_used(w->set, a, b) };
    struct aset_count count;

    aset_count(w->set, a, b, &count);
    for (unsigned c = 0; c < ASET_CLASSES; c++)
        r.a += (number)count.of[c] << 16 * c;
    r.b = count.marked;
    return r;
}

static struct answer set_entries(struct world *w, number a)
{
    struct ipam_addr addr = to_addr(w->bits, a);
    uint64_t handles[HANDLES];
    size_t n = aset_get(w->set, &addr, handles, HANDLES);
    struct answer r = { 0 };

    for (size_t i = 0; i < n && i < HANDLES; i++)
        answer_count(&r, a, 0, handles[i] >> 56 & 3);
    return r;
}

static struct answer set_do(struct world *w, const struct op *op)
{
    struct ipam_addr a = to_addr(w->bits, op->a), b = to_addr(w->bits, op->b), got = { 0 };
    struct ipam_u128 rank = { (uint64_t)(op->n >> 64), (uint64_t)op->n };

    switch (op->kind) {
    case ADD: return (struct answer){ .rc = aset_add(w->set, &a, handle_of(op->n)) };
    case REMOVE: return (struct answer){ .rc = aset_remove(w->set, &a, handle_of(op->n)) };
    case ENTRIES: return set_entries(w, op->a);
    case USED: return set_used(w, &a, &b);
    case NEXT_USED: return place(aset_next_used(w->set, &a, &b, &got), &got);
    case NEXT_FREE: return place(aset_next_free(w->set, &a, &b, &got), &got);
    case LAST_FREE: return place(aset_last_free(w->set, &a, &b, &got), &got);
    case NTH_FREE: return place(aset_nth_free(w->set, &a, &b, rank, &got), &got);
    case NEXT_RUN: return place(aset_next_run(w->set, &a, &b, (uint32_t)op->n, &got), &got);
    default: /* SETTLE */
        aset_settle(w->set);
        return (struct answer){ 0 };
    }
}

static struct answer trie_do(struct world *w, const struct op *op)
{
    struct ipam_prefix a = to_prefix(w->bits, op->a, op->la), c = to_prefix(w->bits, op->c, op->lc), got = a;
    const struct ipam_prefix *in = op->la == NONE ? NULL : &a, *from = op->lc == NONE ? NULL : &c;
    uint64_t h = 0;
    int rc;

    switch (op->kind) {
    case INSERT: return (struct answer){ .rc = ptrie_insert(w->trie, &a, (uint64_t)op->n) };
    case DELETE: rc = ptrie_remove(w->trie, &a, &h); return (struct answer){ .rc = rc, .n = h };
    case REPLACE:
        rc = ptrie_replace(w->trie, &a, (uint64_t)op->n, &h);
        return (struct answer){ .rc = rc, .n = h };
    case GET: rc = ptrie_get(w->trie, &a, &h); return (struct answer){ .rc = rc, .n = h };
    case MATCH: rc = ptrie_match(w->trie, &a.addr, &got, &h); break;
    case PARENT: rc = ptrie_parent(w->trie, &a, &got, &h); break;
    case OVERLAP: rc = ptrie_overlap(w->trie, &a, &got, &h); break;
    case NEXT: rc = ptrie_next(w->trie, in, from, &got, &h); break;
    case NEXT_CHILD: rc = ptrie_next_child(w->trie, in, from, &got, &h); break;
    default: /* FREE_PREFIX */ rc = ptrie_next_free(w->trie, &a, (uint8_t)op->n, from, &got); break;
    }
    return network(rc, &got, h);
}

static int count_range(void *arg, const struct rset_item *item)
{
    answer_count(arg, to_number(&item->first), to_number(&item->last), item->handle);
    return 0;
}

static struct answer ranges_do(struct world *w, const struct op *op)
{
    struct rset_item item = { to_addr(w->bits, op->a), to_addr(w->bits, op->b), (uint64_t)op->n };
    struct rset_item after = { to_addr(w->bits, op->c), to_addr(w->bits, op->d), (uint64_t)op->n }, got;
    struct answer r = { 0 };

    switch (op->kind) {
    case PUT: r.rc = rset_insert(w->ranges, &item); return r;
    case TAKE: r.rc = rset_remove(w->ranges, &item); return r;
    case HOLDERS: r.rc = rset_each(w->ranges, &item.first, &item.last, count_range, &r); return r;
    default: /* NEXT_RANGE */
        r.rc = rset_next(w->ranges, &item.first, &item.last, op->lc == NONE ? NULL : &after, &got);
        if (r.rc == 0)
            r = (struct answer){ .a = to_number(&got.first), .b = to_number(&got.last), .n = got.handle };
        return r;
    }
}

static struct answer walk(struct world *w)
{
    struct ipam_addr a = to_addr(w->bits, 0), last = to_addr(w->bits, ~(number)0);
    struct ipam_prefix p, *after = NULL;
    uint64_t handles[HANDLES], h, counted;
    struct answer r = { 0 };

    while (aset_next_used(w->set, &a, &last, &a) == 0) {
        size_t n = aset_get(w->set, &a, handles, HANDLES);

        for (size_t i = 0; i < n && i < HANDLES; i++)
            answer_count(&r, to_number(&a), 0, handles[i] >> 56 & 3);
        r.len++;
        if (addr_add(&a, u128_from(1), &a) != 0)
            break;
    }
    counted = (uint64_t)r.n;
    for (; ptrie_next(w->trie, NULL, after, &p, &h) == 0; after = &p)
        answer_count(&r, to_number(&p.addr), p.length, h);
    counted =
        counted == aset_entries(w->set) && r.n - counted == ptrie_count(w->trie) ? (uint64_t)r.n : UINT64_MAX;
    a = to_addr(w->bits, 0);
    (void)rset_each(w->ranges, &a, &last, count_range, &r);
    if (r.len != aset_total(w->set) || r.n - counted != rset_count(w->ranges))
        r.rc = 1; /* it counts otherwise than it shows */
    return r;
}

/* Takes out all there is, one by one: no memory may be left. */
static struct answer empty(struct world *w)
{
    struct ipam_addr first = to_addr(w->bits, 0), last = to_addr(w->bits, ~(number)0), a;
    struct ipam_prefix p;
    struct rset_item item;
    uint64_t h;
    int rc = 0;

    while (rc == 0 && aset_next_used(w->set, &first, &last, &a) == 0)
        rc = aset_get(w->set, &a, &h, 1) > 0 ? aset_remove(w->set, &a, h) : 1;
    while (rc == 0 && ptrie_next(w->trie, NULL, NULL, &p, NULL) == 0)
        rc = ptrie_remove(w->trie, &p, NULL);
    while (rc == 0 && rset_next(w->ranges, NULL, NULL, NULL, &item) == 0)
        rc = rset_remove(w->ranges, &item);
    if (aset_bytes(w->set) != w->bytes[0] || ptrie_bytes(w->trie) != w->bytes[1] ||
        rset_bytes(w->ranges) != w->bytes[2])
        rc = 2;
    return (struct answer){ .rc = rc };
}

struct answer world_do(struct world *w, const struct op *op)
{
    bool search = op->kind >= NEXT_USED && op->kind <= NEXT_RUN;
    struct answer a;

    if (op->kind <= SETTLE) {
        a = set_do(w, op);
        return search ? bounded(a, aset_visited(), aset_entries(w->set)) : a;
    }
    if (op->kind <= UNPLAN) {
        a = trie_do(w, op);
        search = op->kind == MATCH || op->kind == FREE_PREFIX;
        return search ? bounded(a, ptrie_visited(), ptrie_count(w->trie)) : a;
    }
    if (op->kind <= NEXT_RANGE)
        return ranges_do(w, op);
    return op->kind == WALK ? walk(w) : empty(w);
}

/* --- lists --- */

/* True for an addition to a structure that has all it may: the operation is then left out. */
static bool is_full(const struct model *m, uint8_t kind)
{
    return (kind == ADD && model_size(m, 0) == STORED) || (kind == INSERT && model_size(m, 1) == STORED) ||
           (kind == PUT && model_size(m, 2) == STORED);
}

static bool one_agrees(struct world *w, doer *real, struct model *m, const struct op *op,
                       struct answer ret[2])
{
    if (is_full(m, op->kind))
        return true;
    ret[0] = real(w, op);
    ret[1] = model_do(m, op);
    return answer_equal(&ret[0], &ret[1]);
}

/* Does one operation on both; FILL, CLEAR, PLAN and UNPLAN as the single ones that they stand for. */
static bool agree(struct world *w, doer *real, struct model *m, const struct op *op, struct answer ret[2])
{
    static const uint8_t single[KINDS] = {
        [FILL] = ADD, [CLEAR] = REMOVE, [PLAN] = INSERT, [UNPLAN] = DELETE
    };
    number most = number_last(w->bits, 0, 0), step = op->b;
    struct op one = *op;

    if (op->kind != FILL && op->kind != CLEAR && op->kind != PLAN && op->kind != UNPLAN)
        return one_agrees(w, real, m, op, ret);
    one.kind = single[op->kind];
    one.n = 0;
    if (op->kind >= PLAN)
        step = number_last(w->bits, 0, op->la) + 1;
    for (unsigned i = 0; i < op->n; i++) {
        if (!one_agrees(w, real, m, &one, ret))
            return false;
        if (step == 0 || step > most - one.a)
            break;
        one.a += step;
    }
    return true;
}

static size_t replay(unsigned bits, doer *real, const struct op *ops, size_t n, struct answer ret[2])
{
    struct world *w = world_new(bits);
    struct model *m = model_new(bits);
    size_t i = 0;

    while (i < n && agree(w, real, m, &ops[i], ret))
        i++;
    world_free(w);
    model_free(m);
    return i;
}

size_t ops_replay(unsigned bits, doer *real, const struct op *ops, size_t n)
{
    struct answer a[2];

    return replay(bits, real, ops, n, a);
}

bool ops_agree(struct world *w, doer *real, struct model *m, const struct op *op)
{
    struct answer a[2];

    return agree(w, real, m, op, a);
}

static void show_number(unsigned bits, number a, int width)
{
    char text[ADDR_TEXT_MAX];
    struct ipam_addr addr = to_addr(bits, a);

    addr_print(&addr, text);
    printf(" %-*s", width, text);
}

static void show_answer(unsigned bits, const char *who, const struct answer *a)
{
    printf("%s: %d", who, a->rc);
    show_number(bits, a->a, 0);
    printf("/%u", a->len);
    show_number(bits, a->b, 0);
    printf(" %llu:%llu\n", (unsigned long long)(a->n >> 64), (unsigned long long)a->n);
}

void ops_show(unsigned bits, doer *real, const struct op *ops, size_t n)
{
    static const char *const names[KINDS] = {
        [ADD] = "add",
        [REMOVE] = "remove",
        [ENTRIES] = "entries",
        [USED] = "used",
        [NEXT_USED] = "next used",
        [NEXT_FREE] = "next free",
        [LAST_FREE] = "last free",
        [NTH_FREE] = "nth free",
        [NEXT_RUN] = "next run",
        [FILL] = "fill",
        [CLEAR] = "clear",
        [SETTLE] = "settle",
        [INSERT] = "insert",
        [DELETE] = "delete",
        [REPLACE] = "replace",
        [GET] = "get",
        [MATCH] = "match",
        [PARENT] = "parent",
        [OVERLAP] = "overlap",
        [NEXT] = "next",
        [NEXT_CHILD] = "next child",
        [FREE_PREFIX] = "free prefix",
        [PLAN] = "plan",
        [UNPLAN] = "unplan",
        [PUT] = "put",
        [TAKE] = "take",
        [HOLDERS] = "holders",
        [NEXT_RANGE] = "next range",
        [WALK] = "walk",
        [EMPTY] = "empty",
    };
    int width = bits == 32 ? 15 : 39;
    struct answer a[2] = { 0 };

    printf("%3s %-11s %-*s %3s %-*s %-*s %3s %-*s n\n", "#", "operation", width, "a", "/a", width, "b", width,
           "c", "/c", width, "d");
    for (size_t i = 0; i < n; i++) {
        printf("%3zu %-11s", i + 1, names[ops[i].kind]);
        show_number(bits, ops[i].a, width);
        printf(" %3u", ops[i].la);
        show_number(bits, ops[i].b, width);
        show_number(bits, ops[i].c, width);
        printf(" %3u", ops[i].lc);
        show_number(bits, ops[i].d, width);
        printf(" %llu:%llu\n", (unsigned long long)(ops[i].n >> 64), (unsigned long long)ops[i].n);
    }
    if (replay(bits, real, ops, n, a) < n) {
        show_answer(bits, "the index", &a[0]);
        show_answer(bits, "the model", &a[1]);
    }
    fflush(stdout);
}

/* index_ops_shrink.c - makes a failing list of operations short and plain: delta debugging.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "index_ops.h"

struct list {
    unsigned bits;
    doer *real;
    struct op *ops, *trial;
    size_t n;
};

/* Takes the first `n` of the trial over when they fail; what stands behind the failure goes. */
static bool try_it(struct list *l, size_t n)
{
    size_t failed = ops_replay(l->bits, l->real, l->trial, n);

    if (failed == n)
        return false;
    l->n = failed + 1;
    memcpy(l->ops, l->trial, l->n * sizeof(*l->ops));
    return true;
}

static bool without(struct list *l, size_t at, size_t chunk)
{
    memcpy(l->trial, l->ops, at * sizeof(*l->ops));
    memcpy(l->trial + at, l->ops + at + chunk, (l->n - at - chunk) * sizeof(*l->ops));
    return try_it(l, l->n - chunk);
}

/* Leaves out pieces, from halves down to single operations, until none can go. */
static bool drop_some(struct list *l)
{
    bool any = false, gone = true;

    for (size_t chunk = l->n / 2; chunk > 1; chunk = (chunk + 1) / 2) {
        for (size_t end = l->n; end >= chunk; end = end < l->n ? end : l->n) {
            any |= without(l, end - chunk, chunk);
            end -= chunk;
        }
    }
    while (gone) {
        gone = false;
        for (size_t i = l->n; i-- > 0;)
            gone |= i < l->n && without(l, i, 1);
        any |= gone;
    }
    return any;
}

/* Makes an addition the first of many. */
static bool multiply(struct list *l, size_t i)
{
    struct op *op = &l->trial[i];

    memcpy(l->trial, l->ops, l->n * sizeof(*l->ops));
    if (op->kind != ADD && op->kind != INSERT)
        return false;
    op->kind = op->kind == ADD ? FILL : PLAN;
    op->b = op->kind == FILL ? 1 : 0;
    op->n = MANY;
    return try_it(l, l->n);
}

/* When so many must be there, that is one operation: puts it where others can go for it. */
static bool gather_additions(struct list *l)
{
    struct op *before = malloc(l->n * sizeof(*before));
    size_t n = l->n;

    if (before == NULL)
        abort();
    memcpy(before, l->ops, n * sizeof(*before));
    for (size_t i = 0; i < n && l->n == n; i++) {
        if (!multiply(l, i))
            continue;
        drop_some(l);
        if (l->n == n) /* none could go */
            memcpy(l->ops, before, n * sizeof(*before));
    }
    free(before);
    return l->n < n;
}

/* Clears these bits of all addresses, with which the lengths of prefixes stay right. */
static bool clear_bits(struct list *l, number mask)
{
    bool any = false;

    memcpy(l->trial, l->ops, l->n * sizeof(*l->ops));
    for (size_t i = 0; i < l->n; i++) {
        struct op *op = &l->trial[i];

        any |= ((op->a | op->b | op->c | op->d) & mask) != 0;
        op->a &= ~mask;
        op->b &= ~mask;
        op->c &= ~mask;
        op->d &= ~mask;
    }
    return any && try_it(l, l->n);
}

/* Gives one operand of one operation another value. */
static bool with_number(struct list *l, size_t i, number *place, number value)
{
    if (*place <= value) /* plain is small */
        return false;
    memcpy(l->trial, l->ops, l->n * sizeof(*l->ops));
    *(number *)((char *)&l->trial[i] + ((char *)place - (char *)&l->ops[i])) = value;
    return try_it(l, l->n);
}

static bool plainer(struct list *l, size_t i)
{
    struct op *op = &l->ops[i];
    bool any = with_number(l, i, &op->n, 0) || with_number(l, i, &op->n, 1);

    while (i < l->n && (with_number(l, i, &op->n, op->n / 2) || with_number(l, i, &op->n, op->n - 1)))
        any = true;
    if (i < l->n)
        any |= with_number(l, i, &op->b, op->kind <= SETTLE || op->kind >= PUT ? op->a : 0);
    if (i < l->n)
        any |= with_number(l, i, &op->c, 0);
    if (i < l->n)
        any |= with_number(l, i, &op->d, op->c);
    return any;
}

size_t ops_shrink(unsigned bits, doer *real, struct op *ops, size_t n)
{
    struct list l = { bits, real, ops, malloc(n * sizeof(*ops)), n };
    bool again = true;

    if (l.trial == NULL)
        abort();
    memcpy(l.trial, ops, n * sizeof(*ops));
    (void)try_it(&l, n);
    for (unsigned round = 0; again && round < 8; round++) {
        again = drop_some(&l);
        again |= gather_additions(&l);
        for (unsigned at = 0; at < bits; at += 8)
            again |= clear_bits(&l, (number)0xff << at);
        for (unsigned at = 0; at < bits; at++)
            again |= clear_bits(&l, (number)1 << at);
        for (size_t i = 0; i < l.n; i++)
            again |= plainer(&l, i);
    }
    free(l.trial);
    return l.n;
}

/* index_ops.h - operations on the three index structures as data: done, predicted, shrunk, shown.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Addresses are plain numbers here (an IPv4 address has 32 bits), so that no code of the index takes part in
 * what is expected of it. An operation has all its operands: a list of them does the same each time. */
#ifndef INDEX_OPS_H
#define INDEX_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 number;

enum kind {
    /* the address set: the address a with the handle n; the range a to b */
    ADD,
    REMOVE,
    ENTRIES,
    USED,
    NEXT_USED,
    NEXT_FREE,
    LAST_FREE,
    NTH_FREE,
    NEXT_RUN,
    FILL,
    CLEAR, /* n addresses from a on, in steps of b, with the handle 0 */
    SETTLE,
    /* the prefix trie: the prefix a/la with the handle n; c/lc is another */
    INSERT,
    DELETE,
    REPLACE,
    GET,
    MATCH,
    PARENT,
    OVERLAP,
    NEXT,
    NEXT_CHILD,  /* inside a/la, after c/lc */
    FREE_PREFIX, /* of n bits, inside a/la, from c/lc on */
    PLAN,
    UNPLAN, /* n prefixes from a/la on, one behind the other */
    /* the range set: a to b with the handle n */
    PUT,
    TAKE,
    HOLDERS,
    NEXT_RANGE, /* that overlaps a to b, after c to d with the handle n */
    /* all three */
    WALK,
    EMPTY,
    KINDS
};

#define NONE    255 /* as lc: there is no c/lc; as la: everywhere */
#define MANY    40  /* the most that FILL, CLEAR, PLAN and UNPLAN do */
#define HANDLES 4   /* the handles of one address or range */
#define CLASSES                                                                                              \
    {                                                                                                        \
        3, 0, 5, 0                                                                                           \
    }              /* of an address: that of each handle, the highest counts; handle 3 marks it */
#define STORED 640 /* the most that a structure gets */

struct op {
    number a, b, c, d, n;
    uint8_t kind, la, lc;
};

struct answer {
    int rc;
    unsigned len;
    number a, b, n;
};

struct world;
typedef struct answer doer(struct world *w, const struct op *op);

/* The structures under test. */
struct world *world_new(unsigned bits);
void world_free(struct world *w);
doer world_do;
/* A place for a doer that lies to remember something; zero in a new world. */
number *world_note(struct world *w);

/* The models. */
struct model;
struct model *model_new(unsigned bits);
void model_free(struct model *m);
struct answer model_do(struct model *m, const struct op *op);
/* The i-th of what is stored, for choosing operands; false when there is nothing. */
bool model_address(const struct model *m, uint64_t i, number *ret_a);
bool model_prefix(const struct model *m, uint64_t i, number *ret_a, uint8_t *ret_length);
bool model_range(const struct model *m, uint64_t i, struct op *ret);
unsigned model_size(const struct model *m, unsigned structure); /* 0 set, 1 trie, 2 ranges */

/* The last address of a/length. */
number number_last(unsigned bits, number a, unsigned length);
/* One more item in the sum of a walk. */
void answer_count(struct answer *w, number a, number b, uint64_t n);
bool answer_equal(const struct answer *x, const struct answer *y);

/* Does one operation on both; false when the answers differ. */
bool ops_agree(struct world *w, doer *real, struct model *m, const struct op *op);
/* Does a list on new structures and models. The index of the first operation with another answer, or `n`. */
size_t ops_replay(unsigned bits, doer *real, const struct op *ops, size_t n);
/* Makes a failing list as short and plain as it finds; returns its length. */
size_t ops_shrink(unsigned bits, doer *real, struct op *ops, size_t n);
/* Prints a list as a table, with what its last operation answered. */
void ops_show(unsigned bits, doer *real, const struct op *ops, size_t n);

#endif

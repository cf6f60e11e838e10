/* fuzz_index.c - any bytes as operations on the index: it answers what the models of its tests answer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/index and mutations of them (fuzz_main.c); to fuzz, see README.md.
 * The first byte is the family; six bytes are an operation: its kind, how its two places lie beside the last ones, a
 * length, and a number. Few places, many operations on each. */
#include <stdlib.h>

#include "fuzz.h"
#include "index_ops.h"

#define OP_BYTES 6

static number place(unsigned bits, uint8_t high, uint8_t low)
{
    number a = low;

    for (unsigned at = 8; at < bits; at += 8) /* long ways down that part where the bits of `high` say */
        a |= (number)(high >> (at / 8 % 4 * 2) & 1 ? 255 : at + 8 == bits ? 10 : 0) << at;
    return a;
}

static uint8_t length_of(unsigned bits, uint8_t byte)
{
    return (uint8_t)(byte % (bits + 1));
}

static struct op read_op(unsigned bits, const uint8_t *d)
{
    number top = number_last(bits, 0, 0);
    struct op op = {
        .kind = d[0] % KINDS, .la = length_of(bits, d[3]), .lc = length_of(bits, d[4]), .n = d[5]
    };

    op.a = place(bits, d[1], d[2]);
    op.b = d[4] & 1 ? top : place(bits, d[1], (uint8_t)(d[2] + d[4]));
    op.c = place(bits, d[4], d[3]);
    op.d = place(bits, d[4], (uint8_t)(d[3] | 15));
    switch (op.kind) {
    case ADD:
    case REMOVE:
    case PUT:
    case TAKE:
    case NEXT_RANGE: op.n %= HANDLES; break;
    case FILL:
    case CLEAR:
        op.n %= MANY;
        op.b = (number)1 << (d[3] % bits);
        break;
    case NTH_FREE: op.n <<= d[3] % bits; break;
    case PLAN:
    case UNPLAN:
        op.n %= MANY;
        op.la += op.la == 0;
        break;
    default: break;
    }
    if (op.kind >= INSERT && op.kind <= UNPLAN && op.kind != MATCH) {
        op.a &= ~number_last(bits, 0, op.la);
        op.c &= ~number_last(bits, 0, op.lc);
        op.lc = d[5] & 1 ? NONE : op.lc;
    }
    return op;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned bits = size > 0 && data[0] & 1 ? 128 : 32;
    struct op last[] = { { .kind = WALK }, { .kind = EMPTY } };
    struct world *w = world_new(bits);
    struct model *m = model_new(bits);

    for (size_t at = 1; at + OP_BYTES <= size; at += OP_BYTES) {
        struct op op = read_op(bits, data + at);

        if (!ops_agree(w, world_do, m, &op))
            abort();
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!ops_agree(w, world_do, m, &last[i]))
            abort();
    }
    world_free(w);
    model_free(m);
    return 0;
}

/* hash.c - hashes of rows: the chain, the tree of RFC 6962, the marks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "proof/proof.h"

/* What a hash is of: its first byte, so that none can be taken for another. */
#define OF_LEAF 0
#define OF_NODE 1
#define OF_MARK 2

bool proof_init(void)
{
    return sodium_init() >= 0;
}

void proof_hash(const void *data, size_t len, uint8_t ret[PROOF_HASH])
{
    struct sha s;
    sha_begin(&s);
    sha_add(&s, data, len);
    sha_end(&s, ret);
}

static uint8_t *put64(uint8_t *p, uint64_t n)
{
    n = htobe64(n);
    memcpy(p, &n, sizeof(n));
    return p + sizeof(n);
}

void proof_mark(const struct proof_row *row, uint8_t ret[PROOF_MARK])
{
    uint8_t head[1 + 16], hash[PROOF_HASH];
    struct sha s;
    head[0] = OF_MARK;
    put64(put64(head + 1, (uint64_t)row->time_ms), row->body.len);
    sha_begin(&s);
    sha_add(&s, head, sizeof(head));
    sha_add(&s, row->body.data, row->body.len);
    sha_end(&s, hash);
    memcpy(ret, hash, PROOF_MARK);
}

/* --- the tree --- */

void proof_entry(const void *data, size_t len, uint8_t ret[PROOF_HASH])
{
    const uint8_t head = OF_LEAF;
    struct sha s;
    sha_begin(&s);
    sha_add(&s, &head, 1);
    sha_add(&s, data, len);
    sha_end(&s, ret);
}

static void node(const uint8_t left[PROOF_HASH], const uint8_t right[PROOF_HASH], uint8_t ret[PROOF_HASH])
{
    uint8_t both[1 + 2 * PROOF_HASH];
    both[0] = OF_NODE;
    memcpy(both + 1, left, PROOF_HASH);
    memcpy(both + 1 + PROOF_HASH, right, PROOF_HASH);
    proof_hash(both, sizeof(both), ret);
}

static unsigned bits(uint64_t n)
{
    return (unsigned)__builtin_popcountll(n);
}

void proof_tree_add(struct proof_tree *t, const uint8_t leaf[PROOF_HASH])
{
    unsigned at = bits(t->count);
    memcpy(t->roots[at], leaf, PROOF_HASH);
    for (uint64_t n = t->count; n & 1; n >>= 1, at--)
        node(t->roots[at - 1], t->roots[at], t->roots[at - 1]);
    t->count++;
}

void proof_tree_root(const struct proof_tree *t, uint8_t ret[PROOF_HASH])
{
    unsigned at = bits(t->count);
    if (at == 0) {
        proof_hash("", 0, ret);
        return;
    }
    memcpy(ret, t->roots[--at], PROOF_HASH);
    while (at > 0)
        node(t->roots[--at], ret, ret);
}

/* --- a segment --- */

static void page_begin(struct proof_segment *s)
{
    uint8_t head[1 + PROOF_HASH];
    head[0] = OF_LEAF;
    memcpy(head + 1, s->chain, PROOF_HASH);
    sha_begin(&s->page);
    sha_add(&s->page, head, sizeof(head));
    s->rows = 0;
}

static void page_end(struct proof_segment *s)
{
    sha_end(&s->page, s->chain);
    proof_tree_add(&s->tree, s->chain);
}

void proof_segment_begin(struct proof_segment *s, const uint8_t start[PROOF_HASH])
{
    s->tree.count = 0;
    memcpy(s->chain, start, PROOF_HASH);
    page_begin(s);
}

void proof_segment_add(struct proof_segment *s, const struct proof_row *row)
{
    uint8_t head[24];
    if (s->rows == PROOF_PAGE) {
        page_end(s);
        page_begin(s);
    }
    put64(put64(put64(head, (uint64_t)row->rev), (uint64_t)row->time_ms), row->body.len);
    sha_add(&s->page, head, sizeof(head));
    sha_add(&s->page, row->body.data, row->body.len);
    s->rows++;
}

void proof_segment_end(const struct proof_segment *s, uint8_t ret_root[PROOF_HASH],
                       uint8_t ret_chain[PROOF_HASH])
{
    struct proof_segment end = *s;
    if (end.rows > 0)
        page_end(&end);
    proof_tree_root(&end.tree, ret_root);
    memcpy(ret_chain, end.chain, PROOF_HASH);
}

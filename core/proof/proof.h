/* proof.h - what the change log is proved by: hashes of its rows, signed checkpoints, and the judge of both.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Pure: no storage, no daemon. docs/evidence.md is the format; who changes one changes the other. */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "ipam/types.h"
#include "proof/sha.h"

#define PROOF_HASH         32
#define PROOF_KEY          32
#define PROOF_SIGNATURE    64
#define PROOF_MARK         8     /* bytes that tell one row from another */
#define PROOF_SEGMENT_MOST 65536 /* rows of a checkpoint */
#define PROOF_LINE_MOST    (2u * PROOF_MARK * PROOF_SEGMENT_MOST + 2048)
#define PROOF_LINE         "ipam-checkpoint-1" /* what a checkpoint begins with */

/* False: the library cannot be started. */
bool proof_init(void);

struct proof_row {
    int64_t rev, time_ms;
    struct ipam_bytes body;
};

/* What tells a row from others wherever it stands: neither its revision nor the rows before it are in it. */
void proof_mark(const struct proof_row *row, uint8_t ret[PROOF_MARK]);
void proof_hash(const void *data, size_t len, uint8_t ret[PROOF_HASH]);

/* The tree of RFC 6962 over leaves that come one after the other. */
struct proof_tree {
    uint64_t count;
    uint8_t roots[64][PROOF_HASH]; /* of whole subtrees, the largest first; one for each bit of the count */
};
void proof_tree_add(struct proof_tree *t, const uint8_t leaf[PROOF_HASH]);
void proof_tree_root(const struct proof_tree *t, uint8_t ret[PROOF_HASH]);
/* The hash of an entry by itself, as RFC 6962 has it. */
void proof_entry(const void *data, size_t len, uint8_t ret[PROOF_HASH]);

/* The hashes of a segment. Its rows stand on pages of 16, the last one shorter. A page and the hash of the one before
 * it are an entry of the tree; the hash of that entry is the next link of the chain. */
#define PROOF_PAGE 16
struct proof_segment {
    struct proof_tree tree;
    struct sha page;
    unsigned rows; /* on it */
    uint8_t chain[PROOF_HASH];
};
void proof_segment_begin(struct proof_segment *s, const uint8_t start[PROOF_HASH]);
void proof_segment_add(struct proof_segment *s, const struct proof_row *row);
/* More may be added afterwards, as if it had not been asked. */
void proof_segment_end(const struct proof_segment *s, uint8_t ret_root[PROOF_HASH],
                       uint8_t ret_chain[PROOF_HASH]);

/* A checkpoint: what is signed of one segment of the log. */
struct checkpoint {
    uint8_t log[16];              /* which log, for all of its life */
    int64_t number;               /* 1, 2, 3, ... */
    int64_t time_ms, first, last; /* last is first - 1 when there are no rows */
    bool committed;               /* every row was hashed as it was committed; else some were read again */
    uint8_t start[PROOF_HASH], chain[PROOF_HASH]; /* before the first row, after the last */
    uint8_t root[PROOF_HASH], marks[PROOF_HASH];  /* of the tree; of all marks together */
    uint8_t previous[PROOF_HASH];                 /* of the line before, without its marks */
    uint8_t key[PROOF_KEY];
    bool introduces;
    uint8_t next[PROOF_KEY]; /* the key that signs from now on */
    uint8_t signature[PROOF_SIGNATURE];
};
/* Writes the line, signed with the 64 bytes of a secret key, then its marks if there are any; no line end. */
void checkpoint_write(struct checkpoint *c, const uint8_t secret[64], struct ipam_bytes marks,
                      struct strbuf *out);
/* Reads a line without its end: 0, or -1 when it is none. Marks are left in the line as digits; absent when it has
 * none. Nothing is known of its signature then. */
int checkpoint_read(struct ipam_str line, struct checkpoint *ret, struct ipam_str *ret_marks);
/* The line without its marks. */
struct ipam_str checkpoint_short(struct ipam_str line);
/* Whether the key in it signed the line. */
bool checkpoint_signed(const struct checkpoint *c, struct ipam_str line);
/* The hash by which the next one names it. */
void checkpoint_hash(struct ipam_str line, uint8_t ret[PROOF_HASH]);

/* Keys in files: "ipam-audit-key-1 " and 64 digits of the seed; "ipam-audit-public-1 " and those of the public
 * key, or the 64 digits alone. 0, or -1. */
int proof_key_read(struct ipam_str text, uint8_t ret_secret[64], uint8_t ret_public[PROOF_KEY]);
int proof_public_read(struct ipam_str text, uint8_t ret[PROOF_KEY]);
void proof_key_new(uint8_t ret_secret[64], uint8_t ret_public[PROOF_KEY]);
void proof_key_print(const uint8_t secret[64], struct strbuf *out);
void proof_wipe(void *data, size_t len);
void proof_hex(const uint8_t *data, size_t len, struct strbuf *out);
bool proof_unhex(struct ipam_str text, uint8_t *ret, size_t len);

#endif

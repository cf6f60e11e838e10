/* judge_p.h - what the files of the judge share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROOF_JUDGE_P_H
#define PROOF_JUDGE_P_H

#include "proof/judge.h"

/* One line that was given, or several that say the same. */
struct entry {
    struct checkpoint c;
    char *line; /* without marks */
    size_t len;
    char *marks; /* as digits; NULL: none that were signed, or not wanted yet */
    bool held, own, good;
    bool wanted; /* its rows are not as they were: the second time the marks are kept */
    bool unreadable;
};

/* The rows of one good checkpoint, while they come. */
struct segment {
    struct entry *entry;
    unsigned epoch; /* how often the log was begun anew before it */
    int64_t next;   /* the revision that must come */
    bool active, over, bad;
    struct proof_segment *tree;
};

/* One revision that must be looked at closely. */
struct suspect {
    int64_t rev;
    unsigned epoch;
    uint8_t was[PROOF_MARK], is[PROOF_MARK];
    bool there, named;
};

struct known_key {
    uint8_t key[PROOF_KEY];
    bool retired;
};

struct judge {
    struct known_key *keys;
    size_t key_count;
    bool keyed;
    struct entry *entries;
    size_t entry_count, entry_room;
    struct segment *segments;
    size_t segment_count, segment_at; /* those before have been begun */
    size_t *active, active_count;
    unsigned epochs;
    int64_t *anew; /* of each epoch but the first, the number that began it */
    struct suspect *suspects;
    size_t suspect_count,
        *suspect_at; /* where each epoch's are looked for next; the end of each after that */
    struct finding *findings;
    size_t finding_count, finding_room;
    struct judged_segment *shown;
    size_t shown_count;
    bool again;
    int64_t last_rev; /* of this pass */
    int64_t steady;   /* up to here no segment ends or begins */
    int64_t rows, first, last, covered, gap_from, bytes, unproved;
    const struct segment *latest; /* the one that covers the highest revision */
};

void *judge_grow(void *items, size_t count, size_t *room, size_t size);
void judge_found(struct judge *j, enum finding_kind kind, int64_t from, int64_t to, int64_t number,
                 const char *why);
/* checkpoints.c: which entries are good, in order of number. */
void judge_checkpoints(struct judge *j);
/* Keeps the marks of a line that comes again, if they are wanted. */
void judge_marks(struct judge *j, struct ipam_str line);
/* name.c: what became of the suspects. */
void judge_suspects(struct judge *j);
void judge_suspect_row(struct judge *j, const struct proof_row *row);
void judge_name(struct judge *j);

#endif

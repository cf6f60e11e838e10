/* judge.h - judges a change log by checkpoints: what is proved, what is not, and what was done to it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Order: keys and checkpoints; judge_begin; all rows; judge_end_rows, and when that says so the log's own checkpoints,
 * judge_begin, all rows and judge_end_rows once more; judge_finish. */
#ifndef PROOF_JUDGE_H
#define PROOF_JUDGE_H

#include "proof/proof.h"

enum finding_kind {
    FOUND_EDITED,    /* revision `from` is not the row it was */
    FOUND_DELETED,   /* revisions from..to are not there */
    FOUND_SWAPPED,   /* revisions `from` and `to` stand in each other's place */
    FOUND_INSERTED,  /* revision `from` was put in; perhaps what follows was moved on */
    FOUND_TRUNCATED, /* nothing is there from `from` to `to`, the last that was proved */
    FOUND_CHANGED,   /* something in from..to, and no marks say what */
    FOUND_ROLLED_BACK, /* from..to is not what was proved before the log was begun anew by checkpoint `number` */
    FOUND_FORGED,      /* checkpoint `number` is not signed as it must be */
    FOUND_FORKED,      /* there are two of checkpoint `number`, both signed */
    FOUND_MISSING,     /* checkpoints from..to are not there, or not among the log's own */
    FOUND_UNLINKED,    /* checkpoint `number` does not follow the one before it */
    FOUND_BROKEN,      /* the export itself: `text` */
    FOUND_KINDS
};
extern const char *const finding_words[FOUND_KINDS];

struct finding {
    enum finding_kind kind;
    int64_t from, to, number;
    const char *text; /* why, or NULL; static */
};

/* One checkpoint in the picture of the chain. */
struct judged_segment {
    int64_t number, time_ms, first, last;
    bool committed, held; /* held: it came from outside */
    bool good;            /* its rows are as they were */
};

struct verdict {
    size_t findings;
    int64_t rows, first, last; /* that were looked at */
    int64_t proved;            /* rows that a checkpoint covers, all of whose rows are right */
    int64_t unproved;          /* rows that none covers */
    int64_t covered;           /* the last revision that any covers */
    int64_t number, time_ms;   /* the last checkpoint */
    size_t checkpoints, held;
    bool keyed;    /* a key was given */
    int64_t bytes; /* of the rows */
};

struct judge;
struct judge *judge_new(void);
void judge_free(struct judge *j);
/* A key to trust. Without any, the key of the first checkpoint is taken, and nothing is proved. */
void judge_key(struct judge *j, const uint8_t key[PROOF_KEY]);
/* A checkpoint, in any order: `held` outside, or the log's own. */
void judge_line(struct judge *j, struct ipam_str line, bool held);
/* Something that shows the export itself to be broken. `why` is static. */
void judge_broken(struct judge *j, const char *why);
void judge_begin(struct judge *j);
void judge_row(struct judge *j, const struct proof_row *row);
/* True: all of the log is wanted once more. */
bool judge_end_rows(struct judge *j);
void judge_finish(struct judge *j);

const struct finding *judge_findings(const struct judge *j, size_t *ret_count);
const struct judged_segment *judge_segments(const struct judge *j, size_t *ret_count);
void judge_verdict(const struct judge *j, struct verdict *ret);
#define JUDGED_PROVED   0
#define JUDGED_TAMPERED 1
#define JUDGED_PARTLY   7
int judge_exit(const struct judge *j);
/* The findings and the verdict in words, a line each. */
void judge_print(const struct judge *j, struct strbuf *out);
void finding_print(const struct finding *f, struct strbuf *out);

#endif

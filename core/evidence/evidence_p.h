/* evidence_p.h - what the loop's side and the lane's side share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_EVIDENCE_P_H
#define EVIDENCE_EVIDENCE_P_H

#include <pthread.h>

#include "evidence/evidence.h"

#define ROWS_OF_CHECKPOINT 4096
#define WHY                512

/* A key that signs. */
struct signer {
    uint8_t secret[64], public[PROOF_KEY];
    bool there;
};

struct sink {
    char *file, *syslog;
    int fd;
    int64_t sent, offset; /* in the log's own file, behind the line that was sent last */
    bool known;           /* what it has is known */
    int64_t tried_ms;     /* when it failed last; 0: it works */
    uint64_t failures;
    char problem[256];
};

/* The lane's own, but for what `lock` guards. */
struct writer {
    char *key, *next_key, *credentials, *checkpoints;
    int64_t interval_ms;
    struct signer signer, next;
    int fd;
    struct checkpoint last; /* number 0: there is none yet */
    uint8_t last_hash[PROOF_HASH];
    struct checkpoint open; /* what is gathered */
    struct proof_segment tree;
    uint8_t *marks;
    uint64_t rows, bytes;
    int64_t count, began_ms, opened; /* opened: the number at the start */
    struct sink sinks[EVIDENCE_SINKS];
    size_t sink_count;
    pthread_mutex_t lock;
    struct checkpoint *recent; /* ring, by number */
    struct evidence_stats stats;
};

/* One row in a buffer, before its body. */
struct kept_row {
    int64_t rev, time_ms;
    size_t len;
    bool committed;
};

/* writer.c; on the lane. False with why. */
bool writer_open(struct writer *w, char why[WHY]);
/* Hashes rows from a buffer; returns the bytes taken, less than all when nothing can be signed for long. */
size_t writer_rows(struct writer *w, const char *data, size_t len);
/* Signs what is gathered if there is any and it is due, or `now`; then sends. False: stats.problem says why. */
bool writer_tick(struct writer *w, bool now);
/* The log is older than what was signed: the chain begins anew. */
void writer_anew(struct writer *w);
void writer_free(struct writer *w);
void writer_lines(struct writer *w, int64_t from, struct strbuf *out, int64_t *ret_next, char why[WHY]);

/* key.c */
bool key_load(const char *path, bool make, struct signer *ret, char why[WHY]);

/* sinks.c; on the lane. */
/* `now`: also to those that failed just before. */
void sinks_send(struct writer *w, bool now);
bool sinks_behind(const struct writer *w);
/* Checkpoints that a sink has and the log's own file lacks are taken back. */
bool sinks_take_back(struct writer *w, char why[WHY]);
/* The lines of a file from a place on, each with the place behind it; false from `each` ends it. A line that is longer
 * than a checkpoint can be comes in pieces. Returns false, with errno, when the file cannot be read. */
bool each_line(int fd, int64_t at, bool (*each)(void *user, struct ipam_str line, int64_t end), void *user);
/* Appends a signed line to the log's own file: durable, and the last one now. */
bool writer_append(struct writer *w, const struct checkpoint *c, struct ipam_str line, char why[WHY]);

#endif

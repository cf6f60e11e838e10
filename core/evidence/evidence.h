/* evidence.h - hashes the change log as it grows, signs checkpoints of it and sends them away.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread. Hashing, files and sockets are on a lane of its own; docs/evidence.md has what is written. */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "commit/gate.h"
#include "proof/proof.h"

struct evidence;

struct evidence_sink {
    const char *file, *syslog; /* one of them: a file, or the socket of a syslog */
};
struct evidence_config {
    struct loop *loop;
    struct state *state;
    struct store *store;
    struct gate *gate;
    const char *key, *next_key; /* files; NULL: none. A credential named audit-key goes before `key` */
    const char *credentials;    /* folder of them, or NULL */
    const char *checkpoints;    /* the file of the log's own */
    const struct evidence_sink *sinks;
    size_t sink_count;
    int64_t interval_ms;
    /* It cannot begin, and nothing is proved: why, and what to do. */
    void (*failed)(void *user, const char *message);
    void *user;
};
/* Texts are copied. NULL: there are no threads. */
struct evidence *evidence_new(const struct evidence_config *config);
/* After the gate is closed: the rest is signed and sent. */
void evidence_close(struct evidence *e, void (*closed)(void *user), void *user);
void evidence_free(struct evidence *e);

/* Signs what has come until now, then `done`: with NULL, or why not. */
void evidence_seal(struct evidence *e, void (*done)(void *user, const char *problem), void *user);

/* Lines of the log's own checkpoints from a place in their file: whole ones, each a checkpoint or something that
 * reads as none. `next` is where to go on; the same place: there are no more, or there is a problem. */
typedef void (*evidence_text)(void *user, struct ipam_str text, int64_t next, const char *problem);
void evidence_lines(struct evidence *e, int64_t from, evidence_text done, void *user);

#define EVIDENCE_SINKS  16
#define EVIDENCE_RECENT 1000
struct evidence_sink_stats {
    const char *name;
    int64_t sent; /* number of the last checkpoint it took */
    uint64_t failures;
    char problem[256]; /* "": it works */
};
struct evidence_stats {
    bool open;
    uint8_t key[PROOF_KEY];
    int64_t number, last, time_ms; /* of the last checkpoint */
    int64_t waiting;               /* rows hashed and not signed yet */
    uint64_t rows, bytes;          /* hashed since the start */
    bool unsent;                   /* a sink has not taken all of them */
    bool behind;                   /* reads rows again that were committed earlier */
    char problem[512];             /* with the log's own file; "": none */
    size_t sink_count;
    struct evidence_sink_stats sinks[EVIDENCE_SINKS];
};
void evidence_stats(struct evidence *e, struct evidence_stats *ret);
/* The newest checkpoints with a number below `before` (0: of all), at most `most`, newest first. Returns how many. */
size_t evidence_recent(struct evidence *e, int64_t before, struct checkpoint *ret, size_t most);

#endif

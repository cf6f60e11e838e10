/* gate.h - the one way in: intents are decided in order, made durable in batches, then shown and answered.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. One batch is open at a time: take, enter, read, decide, commit, publish (architecture,
 * section 3). Nothing is answered before the batch that decided it is durable, neither success nor refusal.
 */
#ifndef COMMIT_GATE_H
#define COMMIT_GATE_H

#include "base/histogram.h"
#include "model/problem.h"
#include "state/state.h"
#include "store/store.h"

struct gate;
struct intent;

/* Who wants a change and why; texts live as long as the intent. */
struct actor {
    struct ipam_str name; /* token, unix user, or the service itself */
    struct ipam_str peer; /* from where */
    struct ipam_str reason, request;
};
/* One whose texts are copied into the arena. */
struct actor actor_copy(const struct actor *actor, struct arena *a);

/* Collects what an intent must read of rows that are not resident. */
struct needs;
void needs_row(struct needs *n, uint32_t type, int64_t id);
/* Rows whose KEY+INDEXED field has the value `like` has; `like` must live until the intent is decided. */
void needs_find(struct needs *n, uint32_t type, unsigned field, const void *like);

/* What somebody else than the maker of an intent wants of its decision: preconditions before it, and what belongs
 * into the same change after it. `before` and `after` refuse with an error and the problem set, as decide does; all
 * may be NULL and run as often as decide does. It lives as long as the intent. */
struct guard {
    void (*needs)(struct guard *g, const struct view *v, struct needs *n);
    int (*before)(struct guard *g, struct draft *d, struct problem *p);
    int (*after)(struct guard *g, struct draft *d, struct problem *p);
};

/* Embedded in its owner, zeroed, then filled; it must live until `settled`. */
struct intent {
    const char *operation; /* as access control knows it */
    struct actor actor;
    int64_t job;   /* the job whose change it is one of; 0: none */
    bool bulk;     /* an import or a collection: waits behind what people do */
    unsigned rows; /* about how many rows it touches; 0 counts as 1 */
    struct guard *guard; /* NULL: none */
    /* Names the rows `decide` will look at; may be NULL. Pure. */
    void (*needs)(struct intent *in, const struct view *v, struct needs *n);
    /* Drafts the change: 0, or an error with in->problem filled. Pure, under 1 ms for an interactive one; may
     * run again. */
    int (*decide)(struct intent *in, struct draft *d);
    /* Runs once, after the batch is durable (status 0, in->rev set), or with the error and in->problem. */
    void (*settled)(struct intent *in, int status);
    /* Answers */
    int64_t rev; /* the revision it made, or the head it was decided at */
    struct problem problem;
    /* The gate's own */
    struct intent *next;
    int status;
};

/* `fatal` runs when the outcome of a batch cannot be known and storage must not be used again: every waiting
 * intent has been answered outcome-unknown; the process must end at once. */
struct gate *gate_new(struct loop *loop, struct state *state, struct store *store,
                      void (*fatal)(void *user, const char *message), void *user);
/* No new intent is taken; `closed` runs later, when the open batch is done. Waiting intents, and those that
 * still come, are answered `unavailable`. */
void gate_close(struct gate *g, void (*closed)(void *user), void *user);
/* Hands in an intent. `settled` always runs later. Interactive ones beyond 100,000 waiting are answered
 * `unavailable`; one that drafts more than 10,000 rows `too-large`. */
void gate_submit(struct gate *g, struct intent *in);

/* Tells of every revision once, in order, after it is durable, shown and answered: with its row of the change
 * log (changelog.h), which lives until the callback returns, or an absent one when that is not at hand (another
 * node's, or decided before the watch) and all up to `rev` must be read from storage. One watcher; NULL: none. */
typedef void (*gate_published)(void *user, int64_t rev, struct ipam_bytes row);
void gate_watch(struct gate *g, gate_published published, void *user);
/* One more, who is told the same with the time of each change, and never of one that was told before. */
typedef void (*gate_witnessed)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes row);
void gate_witness(struct gate *g, gate_witnessed witnessed, void *user);

/* Runs behind each decision that is about to be accepted, and may draft what belongs into the same change. One; NULL:
 * none. */
typedef void (*gate_sealer)(void *user, struct draft *d);
void gate_seal(struct gate *g, gate_sealer seal, void *user);

struct loop *gate_loop(const struct gate *g);

struct gate_stats {
    uint64_t batches, intents, accepted, refused, rows;
    uint64_t failed; /* batches that storage did not take */
    unsigned waiting;
    struct histogram commit; /* from entering storage to durable */
    /* What is wrong with storage: 0, or the status and words of the last batch it did not take, until it takes
     * one again. */
    int trouble;
    char trouble_text[512];
};
void gate_stats(const struct gate *g, struct gate_stats *ret);

#endif

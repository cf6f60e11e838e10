/* follow_p.h - what the files that follow the changes share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_FOLLOW_P_H
#define CONFLICT_FOLLOW_P_H

#include "conflict/conflict.h"
#include "conflict/look.h"

#define BATCH_PLACES 64 /* of one intent, if they are addresses: it is decided in less than a millisecond */

/* A place that must be looked at: once nobody has the turn of the server any more. */
struct item {
    struct item *next;
    struct place place;
    int64_t rev;      /* the revision for which; 0: none in particular */
    int64_t server;   /* whose rows are why; 0: the plan's */
    int64_t noted_ms; /* monotonic */
};
struct items {
    struct item *first, **tail;
};

/* Addresses of which those must be found that are suspect, from `at` on. */
struct span {
    struct span *next;
    int64_t space, rev, server;
    struct ipam_addr at, last;
};
/* Scopes of which those must be looked at that are of a server (0: any), and in a space and prefix (family
 * 0: any). */
struct walk {
    struct walk *next;
    int64_t server, space, rev;
    struct ipam_prefix prefix;
    int64_t after; /* id of the last one that was seen */
};

struct conflicts {
    struct state_watch watch;
    struct loop *loop;
    struct state *state;
    struct gate *gate; /* NULL: not started */
    struct fleet *fleet;
    struct side side;
    struct smap queued;               /* place -> struct item, that waits */
    struct items urgent, ready, held; /* urgent: of what somebody did to the plan; he may look at once */
    int64_t polled_ms;                /* when it was last asked whether those that are held need be */
    size_t waiting;
    struct span *spans, **spans_end; /* the end: while there is one */
    struct walk *walks;
    size_t walk_count;
    unsigned sweep;      /* which type of row is looked at whole; 0: none */
    bool sweep_recorded; /* of conflicts alone */
    int64_t sweep_after; /* id of the last one that was seen */
    struct loop_work work;
    struct loop_timer timer;
    bool posted, in_flight, stopped;
    struct intent intent;
    struct item *batch[BATCH_PLACES];
    size_t batch_count;
};

struct look conflicts_look(const struct conflicts *c);

/* note.c: what a changed row makes suspect. */
void note_row(struct conflicts *c, const void *before, const void *after);
void note_place(struct conflicts *c, const struct place *p, int64_t rev, int64_t server);
/* A row that is looked at with all others, for no revision in particular: a conflict, a scope, range or subnet. */
void note_swept(struct conflicts *c, const void *row);
/* A scope with all its addresses. */
void note_whole_scope(struct conflicts *c, const struct ipam_scope *s, int64_t rev, int64_t server);
void note_span(struct conflicts *c, int64_t space, const struct ipam_addr *first,
               const struct ipam_addr *last, int64_t rev, int64_t server);

/* expand.c: goes on with spans, walks and the sweep for about a millisecond. */
void expand_some(struct conflicts *c);
bool expand_is_done(const struct conflicts *c);
/* Looks at everything; only at what is recorded. */
void expand_sweep(struct conflicts *c);
void expand_recorded(struct conflicts *c);
void expand_drop(struct conflicts *c);

/* decide.c: looks at the batch and drafts what differs. */
void decide_needs(struct intent *in, const struct view *v, struct needs *n);
int decide_batch(struct intent *in, struct draft *d);

#endif

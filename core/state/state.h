/* state.h - the resident rows, the indexes and the head: what readers see, the last durable batch.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. Only the gate (and the load at start) writes. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "model/view.h"

struct state;

struct state *state_new(void);
void state_free(struct state *s);
int64_t state_head(const struct state *s);
void state_set_head(struct state *s, int64_t head);
/* Embedded in its owner, for as long as the state lives. Both run in the middle of a change: they may take note and no
 * more; NULL: not wanted. `moved` runs whenever the head has moved; `changed` whenever a durable row was put or deleted
 * (load included): as it was, if that is known (NULL: it was not there), and as it is (NULL: it is gone). */
struct state_watch {
    void (*moved)(struct state_watch *w);
    void (*changed)(struct state_watch *w, const void *before, const void *after);
    struct state_watch *next;
};
void state_watch(struct state *s, struct state_watch *w);

/* A durable row: a resident one is kept, one with an address enters the index. `before` (NULL: none): the row
 * it replaces, when that is not resident. */
void state_put(struct state *s, const void *before, const void *rec);
/* A row is gone; `before` is the row as it was. */
void state_delete(struct state *s, const void *before);

/* Resident rows in ascending order of id: the first with an id above `after`; NULL at the end. */
const void *state_next(const struct state *s, uint32_t type, int64_t after);
/* The same among the rows of one server, of a resident type whose rows belong to one. */
const void *state_next_of(const struct state *s, uint32_t type, int64_t server, int64_t after);
size_t state_count(const struct state *s, uint32_t type);
/* The same by their places in that order, from 0; the place of the first with an id above `after`. */
const void *state_row(const struct state *s, uint32_t type, size_t place);
size_t state_place(const struct state *s, uint32_t type, int64_t after);
/* Another number whenever a row of the type was put or deleted; and whenever an object was put into another access
 * scope, or one that is in a scope of its own came or went. */
uint64_t state_edition(const struct state *s, uint32_t type);
/* Another number whenever any row was put or deleted. */
uint64_t state_changes(const struct state *s);
uint64_t state_scoped_edition(const struct state *s);
/* Rows with addresses in memory (addresses, reservations, leases), for reports. */
struct state_usage {
    uint64_t entries;
    size_t bytes;
};
void state_usage(const struct state *s, struct state_usage *ret);

/* The readers' view: valid as long as the state. */
const struct view *state_view(const struct state *s);

/* The draft of a batch: opened inside the gate, one at a time. */
struct draft *draft_new(struct state *s, int64_t now_ms, int64_t next_id, int64_t head);
void draft_free(struct draft *d);
/* A row the gate fetched for this batch. */
void draft_fetched(struct draft *d, const void *rec);
/* Each intent: begin, decide, then accept or refuse. What was refused leaves nothing. accept answers the
 * revision the intent made (the head when it made none). */
void draft_begin(struct draft *d);
int64_t draft_accept(struct draft *d);
void draft_refuse(struct draft *d);

/* What the accepted intents did, in order. */
struct draft_op {
    uint32_t type;
    int64_t id, rev;
    const void *before, *after; /* after NULL: deleted */
    bool logged;                /* belongs in the change log */
    uint64_t changed[2];        /* fields that differ from before */
};
size_t draft_op_count(const struct draft *d);
const struct draft_op *draft_ops(const struct draft *d);
/* Those of the open intent, behind the accepted ones. */
const struct draft_op *draft_open_ops(const struct draft *d, size_t *ret_count);
int64_t draft_next_id(const struct draft *d);
int64_t draft_head(const struct draft *d);
/* Makes everything accepted durable in the state and moves the head. */
void draft_publish(struct draft *d);

#endif

/* drift.h - what changed on a DHCP server outside ipamd: judged by what plans do, noted, closed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A reading finds an object other than it is recorded. Either a plan that is under way did that, or somebody else:
 * then it is a drift, a record that is drafted with the object in one change. */
#ifndef MODEL_DRIFT_H
#define MODEL_DRIFT_H

#include "model/planned.h"

#define DRIFT_KEY_SIZE 128 /* of a key's text, with the NUL */

/* What a plan that is under way does to one object of the server. */
struct drift_cause {
    const void *before, *after; /* NULL: added; NULL: deleted */
    struct ipam_str native;     /* what the server calls it, as far as it is known */
    bool restores;              /* it puts back what was there before a drift */
};
/* One object that was found other than it is recorded. */
struct drift_seen {
    struct ipam_drift like; /* names the object, so that its open drift is found */
    char key[DRIFT_KEY_SIZE];
    bool caused;   /* plans did it */
    bool restores; /* and one of them puts back what was there */
    int *tally;    /* how many more drifts are open now */
    bool *noted;   /* that a drift was opened, or has another object now */
};

/* Whether what a reading of the server finds is judged: it is managed, and was read before. */
bool drift_is_judged(const struct ipam_server *server);
/* Whether two rows of one object are the same but for what is the server's own, such as states. */
bool drift_same(const void *a, const void *b);
/* Whether a field is compared at all. */
bool drift_compares(const struct record_type *t, const struct record_field *f);
/* Names the object of a row; of several that are known by the same their number tells them apart. */
void drift_name(struct drift_seen *s, int64_t server, const void *row, unsigned number);
/* What is known of the change (either may be NULL) by the plans under way. `just`: they have been carried out just now,
 * on what is recorded; so all that is others in the scope of one is its doing. */
void drift_judge(struct drift_seen *s, const void *before, const void *after,
                 const struct drift_cause *causes, size_t count, bool just);
/* Whether `row` is in the object `around`, so that it comes and goes with it: a pool in a scope, an option in a class. */
bool drift_is_in(const void *row, const void *around);

/* Inside the gate; the open drift of the object was fetched by s->like (IPAM_DRIFT_KEY). */
/* Before a row that was found new is drafted: gives it the id, and what people set of it, that it had before it was
 * gone. False: it is a new one. */
bool rule_drift_comes_back(struct draft *d, const struct drift_seen *s, void *row);
/* Behind the row's own draft. */
void rule_drift(struct draft *d, const struct ipam_server *server, const struct drift_seen *s,
                const void *before, const void *after);
/* Ends an open drift; how: IPAM_DRIFT_STATE_*. */
void rule_drift_close(struct draft *d, const struct ipam_drift *drift, uint32_t how);
/* The plan that was to put back what was there has not: it is open still. */
void rule_drift_not_restored(struct draft *d, const struct ipam_drift *drift, const char *why);
/* So many more are open on the server. */
void rule_drifts_count(struct draft *d, int64_t server, int more);
/* What the row that is there now (NULL: none is) must become for what made `changed` of `first` to be taken back; NULL: it
 * must go. What else has become of it stays. */
void *drift_restored(struct arena *a, const void *first, const void *changed, const void *now);

#endif

/* drift_pick.h - which open drifts a decision is about: those named, and what goes with them, in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DRIFT_PICK_H
#define API_DRIFT_PICK_H

#include "api/plans.h"
#include "model/drift.h"

#define DRIFTS_MOST 3000 /* of one decision: each is a row, and may be a plan with its step */

struct picked {
    const struct ipam_drift *drift; /* as it was read */
    void *before, *after;           /* its object; NULL: it was not there, or is gone */
    bool named;                     /* else it goes with one that was */
    bool taken;
};
struct pick {
    struct call *c;
    bool restores;
    const int64_t *ids; /* that were named */
    size_t id_count;
    struct picked *all; /* open drifts; the first `count` are those that are decided */
    size_t count, seen, room;
    void (*next)(struct call *c);
};

/* Reads what is open, picks, and goes on with next(c); or the call has been answered. */
void drift_pick(struct pick *p);

#endif

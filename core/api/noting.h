/* noting.h - plans of many steps, noted in several change sets before any of it is sent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Plans are `planning` until the last change set, with which the request is answered: what was not answered is never sent.
 * What fits into one change set is planned by that alone. Of several servers each has a plan, which is a part of one. */
#ifndef API_NOTING_H
#define API_NOTING_H

#include "api/call.h"

#define NOTE_STEPS 10000 /* steps of one server */

/* What is planned on one server. */
struct note_group {
    int64_t server;
    struct note_group *after; /* whose plan must end verified before: its partner's */
    int64_t plan, steps;      /* as far as they are noted */
};

struct noting {
    struct call *c; /* that is answered */
    struct note_group *groups;
    size_t count;
    struct plan_head head; /* what all of them have: begin, window, undoes */
    /* What a plan on a server says (0: the whole); memory until the decision is made. */
    struct ipam_str (*summary)(void *user, const struct view *v, size_t group, bool whole);
    void *user;
    /* the change set under way */
    size_t group; /* its steps are of this one */
    bool last;
    int64_t parent, total;
    int64_t made_parent, made_plan, made_steps; /* by the decision, until it is durable */
    struct intent intent;
    void (*took)(void *user); /* it is durable; the next may come */
    int (*draft)(void *user, struct draft *d, struct problem *p);
    void (*needs)(void *user, struct needs *n);
    struct problem problem; /* why it is given up */
};

/* Hands in the change set that n->draft makes; the last one (n->last) answers the call. */
void note_set(struct noting *n, unsigned rows);
/* For n->draft: one more step of the group. An error with the problem when there are too many. */
int note_step(struct noting *n, struct draft *d, const struct server_change *change, struct problem *p);

#endif

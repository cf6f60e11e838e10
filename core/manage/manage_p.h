/* manage_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MANAGE_MANAGE_P_H
#define MANAGE_MANAGE_P_H

#include "base/container.h"
#include "base/hash.h"
#include "manage/manage.h"
#include "model/rules.h"

#define RUN_PLANS 200          /* plans that travel in one call */

struct manage {
    struct manage_config at;
    struct imap servers;       /* server id -> struct runner */
    struct plan_wait *waits;
    unsigned running;          /* rounds and look-ups under way */
    void (*closed)(void *user);
    void *closed_user;
    bool closing;
    struct loop_timer hurry_timer;
    bool hurried;              /* closing takes too long: calls are cancelled and none is made */
};

/* One plan with its one step (plans of several steps come with bulk edits). */
struct work {
    struct ipam_plan *plan;
    struct ipam_plan_step *step;
    struct ipam_reservation *object; /* the step's object, unpacked: as it is to be, or was */
    struct ipam_reservation *former; /* that it takes the place of; NULL: none */
    size_t edits;              /* how many it takes: 2 where it takes the place of another */
    bool ended;                /* it was undone after it was loaded */
    int status;                /* of the step, from the provider */
    char message[512];
};

/* What is done for one server now. Loaded anew from storage each round. */
struct runner {
    struct manage *m;
    int64_t server;
    struct loop_timer retry;
    int64_t backoff_ms;
    bool active, kicked;
    /* the round */
    struct instance *inst;
    struct request *current;   /* the provider call under way, to cancel */
    struct arena arena;
    struct work *work;         /* those of this round */
    size_t count;
    bool resume;               /* an earlier call may have got anywhere */
    bool alone;                /* refused in company: one at a time */
    size_t from, to;           /* those under way */
    unsigned tries;            /* after `changed` */
    char message[512];         /* the provider's last word */
};

void runner_start(struct runner *r);
/* Something under way has ended. */
void manage_leave(struct manage *m);
/* A plan has ended: those who wait for it hear. */
void waits_wake(struct manage *m, int64_t plan);

/* outcome.c: the intents of a round. Each calls `next` on the loop once it is durable. */
/* Marks as ended what needs not be sent any more. */
void outcome_sent(struct runner *r, void (*next)(struct runner *r, int status));
void outcome_ended(struct runner *r, void (*next)(struct runner *r, int status));
/* Nothing was changed and all is tried again later: noted with r->message. */
void outcome_waits(struct runner *r, void (*next)(struct runner *r, int status));
/* The steps' fate is not known: noted, to be asked later. */
void outcome_unknown(struct runner *r, void (*next)(struct runner *r, int status));

#endif

/* manage_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MANAGE_MANAGE_P_H
#define MANAGE_MANAGE_P_H

#include "base/clock.h"
#include "base/container.h"
#include "base/hash.h"
#include "manage/manage.h"
#include "model/rules.h"

#define MANAGE_STOPPING "the service is stopping; it will be asked again at the next start"

struct manage {
    struct manage_config at;
    struct imap servers; /* server id -> struct runner */
    struct plan_wait *waits;
    unsigned running; /* rounds and look-ups under way */
    void (*closed)(void *user);
    void *closed_user;
    bool closing;
    struct loop_timer hurry_timer;
    bool hurried; /* closing takes too long: calls are cancelled and none is made */
};

/* One step of a plan. */
struct work {
    struct ipam_plan *plan;
    struct ipam_plan_step *step;
    struct ipam_record *object;    /* the step's, unpacked: as it is to be, or was */
    struct ipam_record *former;    /* that it takes the place of, or what it was; NULL: none */
    bool in_place;                 /* it is the same object that is changed */
    struct ipam_str part;          /* of the server, by whose token it is changed (fleet.h) */
    struct ipam_str place;         /* scope or zone that it is in, by its identifier there */
    size_t order;                  /* in which they were planned */
    const char *why_not;           /* it is not sent, for that; NULL: it is */
    bool partner_changed;          /* though that of its partner was */
    bool pending;                  /* an earlier call may have got anywhere */
    size_t edits;                  /* how many it takes: 2 where it takes the place of another */
    bool ended;                    /* it was undone after it was loaded */
    bool plan_ended, parent_ended; /* with this step so has the plan, and that which it is a part of */
    bool there;                    /* the server has the object, as it was read back */
    int status;                    /* of the step, from the provider */
    char message[512];

    bool whole;                     /* all that its part of the server has: it travels alone (restore.c) */
    struct ipam_config_text *texts; /* which is this text */
    size_t text_count;
};

/* What is done for one server now. Loaded anew from storage each round. */
struct runner {
    struct manage *m;
    int64_t server;
    struct loop_timer retry;
    struct loop_timer due; /* when a plan that waits for its time may begin */
    int64_t due_ms;        /* that time (UTC) as of the last round; 0: none waits */
    int64_t quiet_ms;      /* until then (monotonic) nothing more is sent: so many steps a minute */
    int64_t backoff_ms;
    bool active, kicked;
    bool awaits; /* a plan waits for that of a partner */
    /* the round */
    struct instance *inst;
    struct request *current; /* the provider call under way, to cancel */
    struct arena arena;
    struct work *work; /* those of this round: by part, in each those that are pending first */
    size_t count, room;
    size_t allowance;  /* steps that may still be sent in it, by the rate of the server */
    bool more;         /* there are more than it took up */
    size_t end;        /* of those that travel together: one part, pending or not */
    size_t from, to; /* of these, those under way */
    bool again;        /* something is left undone */
    bool held;         /* so are those before `end`: what else there is of their part waits */
    bool down;         /* the server cannot be asked: all that is left waits */
    unsigned tries;    /* after `changed` */
    size_t at;         /* of those under way, the one that is acted on or read */
    bool looks;        /* they are read before anything is done */
    void (*acted)(struct runner *r, int status, const char *message);
    char message[512]; /* the provider's last word */
    bool secret;       /* the arena holds a text with secrets: it is overwritten */
};

void runner_start(struct runner *r);

/* load.c: fills r->work with what is to be done now; due_ms, more and awaits with what is to be done later. */
void runner_load(struct runner *r, void (*done)(struct runner *r, int status));
/* So many steps are on their way: how long the rate of the server leaves it alone. */
void load_sent(struct runner *r, size_t steps);

/* A definite no: nothing was changed. */
bool runner_is_refusal(int status);
/* Something under way has ended. */
void manage_leave(struct manage *m);
/* A plan has ended: those who wait for it hear. */
void waits_wake(struct manage *m, int64_t plan);

/* object.c: what is particular to an object that plans carry. */
/* Unpacks what the step is about; false: it cannot be read. */
bool object_unpack(struct runner *r, struct work *w);
/* Why it cannot be carried out any more; NULL: it can. */
const char *object_gone(const struct runner *r, const struct work *w);
/* Looks in storage whether the objects under way are there, after they were read back; `next` later. */
void object_look(struct runner *r, void (*next)(struct runner *r, int status));

/* pair.c: notes on the scopes of a pair whose second server has ended a step, whether they are alike now. */
void pair_note(struct draft *d, const struct work *w, bool well);

/* act.c: steps that are no edits. */
bool act_is(const struct work *w);
/* Carries those under way out, and reads them back: 0, with the status of each, or why it is not known. */
void act_begin(struct runner *r, void (*acted)(struct runner *r, int status, const char *message));

/* restore.c: opens the text of the one under way; `next` later, with why it cannot be, or NULL. */
void restore_open(struct runner *r, void (*next)(struct runner *r, const char *why));

/* outcome.c: the intents of a round. Each calls `next` on the loop once it is durable. */
/* Marks as ended what needs not be sent any more. */
void outcome_sent(struct runner *r, void (*next)(struct runner *r, int status));
void outcome_ended(struct runner *r, void (*next)(struct runner *r, int status));
/* Nothing was changed and all is tried again later: noted with r->message. */
void outcome_waits(struct runner *r, void (*next)(struct runner *r, int status));
/* The steps' fate is not known: noted, to be asked later. */
void outcome_unknown(struct runner *r, void (*next)(struct runner *r, int status));

#endif

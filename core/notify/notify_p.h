/* notify_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_NOTIFY_P_H
#define NOTIFY_NOTIFY_P_H

#include "base/container.h"
#include "base/hash.h"
#include "notify/judge.h"
#include "notify/notify.h"

#define BATCH_ROWS 200  /* objects that are judged in one decision, or up to a page more */
#define PAGE_ROWS  200  /* that are read at once */
#define SLICE_US   1000 /* of the loop, for one look */
#define SLICE_ROWS 200

/* Objects that deserve another alert, on their way through the gate. */
struct batch {
    struct intent intent; /* first: cast back */
    bool telling;         /* what is told again at each run is told now */
    struct candidate {
        uint32_t type;
        int64_t id;
    } objects[BATCH_ROWS + PAGE_ROWS];
    size_t count;
    int64_t drafted; /* alerts that the decision changed */
    void (*settled)(void *user, int status, const char *message);
    void *user;
};
void batch_add(struct batch *b, uint32_t type, int64_t id);
bool batch_is_full(const struct batch *b);
/* Hands it in; it is empty when `settled` runs. */
void batch_submit(struct gate *g, struct batch *b);

/* One pass over the plan for one task: it looks, hands in what it found, looks on, until there is no more. */
struct pass {
    const struct notify_config *at;
    struct regular *regular;
    struct job *job; /* of the run under way */
    struct batch batch;
    struct loop_work turn;
    /* Looks on, and then calls pass_go_on or pass_end, at once or later. */
    void (*look)(struct pass *p);
    const char *things; /* that it looks at */
    bool canceled, all; /* all: there is no more */
    int64_t looked, changed;
    unsigned stage;
    int64_t after;    /* id that the stage goes on behind */
    struct imap seen; /* expiry.c: addresses that have an alert, or are to have one */
};
void pass_init(struct pass *p, const struct notify_config *at, struct regular *regular, const char *things,
               void (*look)(struct pass *p));
void pass_begin(struct pass *p, struct job *job);
void pass_cancel(void *user);
/* A look is over: what it found is handed in when the batch is full or there is no more; then the next. */
void pass_go_on(struct pass *p);
/* Ends the run: status 0, or an error and why. */
void pass_end(struct pass *p, int status, const char *message);
/* Alerts about what has gone, in slices: of objects for which `gone` says so. True when all were looked at. */
bool pass_look_at_alerts(struct pass *p, bool (*gone)(struct pass *p, const struct ipam_alert *a));

/* What the passes look at. */
void usage_look(struct pass *p);
void expiry_look(struct pass *p);

#endif

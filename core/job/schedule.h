/* schedule.h - what is to be done regularly on each of many targets, and when.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A slot is one task on one target. Slots of one target run one at a time, and so many targets at once as allowed;
 * what was asked for goes first, then what is due longest. Times are monotonic: a clock that jumps changes nothing.
 *
 * After a run: the next is due an interval and a random part of the jitter after this one began. After a failure it
 * is due after a pause instead, which begins with the interval or a minute, whichever is shorter, and doubles to an
 * hour. A target that cannot be reached pauses with all its tasks. Loop thread only. */
#ifndef JOB_SCHEDULE_H
#define JOB_SCHEDULE_H

#include "base/loop.h"

#define SCHEDULE_TASKS      8
#define SCHEDULE_PAUSE_MS   60000   /* the first pause after a failure, unless the interval is shorter */
#define SCHEDULE_PAUSE_MOST 3600000 /* the longest */
#define SCHEDULE_SPREAD_MS                                                                                   \
    300000 /* first runs of a target are spread over so long, or the interval if shorter */

struct schedule;
struct schedule_task {
    int64_t interval_ms, jitter_ms;
    bool enabled;
};
struct schedule_config {
    struct loop *loop;
    unsigned tasks; /* at most SCHEDULE_TASKS */
    /* Begins a run; it ends with schedule_done, later. */
    void (*run)(void *user, unsigned task, int64_t target);
    void *user;
};
/* Nothing is enabled, and one target at once. */
struct schedule *schedule_new(const struct schedule_config *config);
void schedule_free(struct schedule *s);
/* From now on: what is due is due again an interval after it last began. */
void schedule_set(struct schedule *s, unsigned at_once, const struct schedule_task *tasks);
/* From now on these are the targets, in ascending order; what runs on one that is gone ends as it does. */
void schedule_targets(struct schedule *s, const int64_t *targets, size_t count);
/* Begins no more runs. */
void schedule_stop(struct schedule *s);

/* A run is wanted as soon as the target is free, whatever is enabled or pauses. False: there is no such target. */
bool schedule_ask(struct schedule *s, unsigned task, int64_t target);
/* It is not wanted any more, if it was and has not begun. True when so. */
bool schedule_unask(struct schedule *s, unsigned task, int64_t target);

enum schedule_end {
    SCHEDULE_OK,
    SCHEDULE_FAILED,
    SCHEDULE_UNREACHABLE, /* failed, and so would every other task of that target */
    SCHEDULE_CANCELED,    /* it says nothing; the next is due as after any other */
    SCHEDULE_YIELDED      /* it says nothing; due again at once */
};
void schedule_done(struct schedule *s, unsigned task, int64_t target, enum schedule_end end);
/* Somebody works on the target: until let go as often, nothing begins there. */
void schedule_hold(struct schedule *s, int64_t target);
void schedule_let_go(struct schedule *s, int64_t target);
/* Somebody else did with the target what the task does: as if it had run now. */
void schedule_did(struct schedule *s, unsigned task, int64_t target, enum schedule_end end);

struct schedule_slot {
    bool running, asked;
    unsigned failures; /* in a row */
    int64_t due_in_ms; /* at or below 0: as soon as its turn comes */
    int64_t began_ms;  /* monotonic; 0: never */
};
/* False: there is no such target. */
bool schedule_slot(const struct schedule *s, unsigned task, int64_t target, struct schedule_slot *ret);
/* Targets in ascending order: the first above `after`; 0 at the end. */
int64_t schedule_next_target(const struct schedule *s, int64_t after);

#endif

/* samples.h - one pass over the plan that notes how full each space, block, subnet and range is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each object gets a sample in the steps of minutes, hours and days that the pass began in. What is noted twice in a
 * step is an average. Steps that are older than they are kept for are given up, once a day. Loop thread only. */
#ifndef NOTIFY_SAMPLES_H
#define NOTIFY_SAMPLES_H

#include "commit/gate.h"

struct samples_config {
    struct loop *loop;
    struct state *state;
    struct store *store;
    struct gate *gate;
    /* How many objects were noted so far, of how many; and the end, later: 0, or an error with its message. */
    void (*progress)(void *user, int64_t done, int64_t total);
    void (*done)(void *user, int status, const char *message, int64_t noted);
    void *user;
};
/* One pass after the other, each from samples_begin to `done`. */
struct samples *samples_new(const struct samples_config *config);
/* When none is under way. */
void samples_free(struct samples *s);
void samples_begin(struct samples *s);
/* The pass under way ends soon; what it noted stays. */
void samples_cancel(struct samples *s);

/* Gives up all samples of before a time: begins, and ends with `done` and the number of rows. False: the last one is not
 * done yet. */
bool samples_purge(struct samples *s, int64_t before_ms,
                   void (*done)(void *user, int status, const char *message, int64_t rows), void *user);
/* The purge under way ends soon; what it gave up is gone. */
void samples_purge_cancel(struct samples *s);

#endif

/* lane.h - threads for work that may block: a bounded queue in front, results posted to the loop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LANE_H
#define BASE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct lane;

/* Embedded in its owner. `run` is called on a lane thread with the thread's number (0..threads-1);
 * afterwards `done` runs on the loop, exactly once, with canceled = true when `run` was not called. */
struct lane_work {
    struct lane_work *next;
    struct loop_work post;
    struct lane *lane;
    bool canceled;
    void (*run)(struct lane_work *w, unsigned thread);
    void (*done)(struct lane_work *w, bool canceled);
};

/* Starts `threads` threads (1: SERIAL, always the same thread) named `name` (15 characters). Signals
 * are blocked in them. NULL when no thread can be made. */
struct lane *lane_new(struct loop *loop, const char *name, unsigned threads, unsigned queue_max);
/* Queues work; IPAM_E_BUSY when the queue is full, IPAM_E_CANCELED after lane_close (nothing is queued
 * then). Loop thread. */
int lane_submit(struct lane *l, struct lane_work *w);
/* Takes queued work back: true when it will not run (done comes, canceled). Work that has begun, is done or
 * was never submitted (zeroed): false. Loop thread. */
bool lane_cancel(struct lane_work *w);
/* Cancels what is queued, lets what runs finish, ends the threads, then calls `closed` on the loop and
 * frees the lane. Loop thread. loop_run does not return before every lane is closed. */
void lane_close(struct lane *l, void (*closed)(void *user), void *user);
/* Instead of lane_close, when a `run` does not come back: cancels what is queued and forgets the threads.
 * Nothing is posted for what runs, even if it comes back after all. The lane's memory is never freed. Loop
 * thread. */
void lane_abandon(struct lane *l);

#endif

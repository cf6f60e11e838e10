/* loop.h - the event loop thread: libuv's loop, work posted from other threads, timers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Callbacks never run inside the call that registers them. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/container.h"

struct loop; /* one per process; everything here but loop_post is for its thread alone */

/* Ends the process, with a word, when the system has no descriptors left. The process ignores SIGPIPE from here on: libuv's writes
 * would raise it when a peer went away. */
struct loop *loop_new(void);
/* Runs until loop_stop was called, every handle and lane is closed, and all posted work has run. */
void loop_run(struct loop *l);
/* Timers that are still started do not run any more once nothing else is left. */
void loop_stop(struct loop *l);
/* Every handle must be closed. */
void loop_free(struct loop *l);
uv_loop_t *loop_uv(struct loop *l);
bool loop_is_mine(const struct loop *l); /* called on the loop's thread? */

/* A posted piece of work: embedded in its owner, queued at most once at a time, run in post order. */
struct loop_work {
    struct loop_work *next;
    void (*run)(struct loop_work *w);
};
/* Any thread. The loop runs w->run once, later, on its own thread. After loop_stop it is still run. */
void loop_post(struct loop *l, struct loop_work *w, void (*run)(struct loop_work *w));

/* Runs what other threads have posted by now, if anything: for handlers of libuv that many of come in one turn of the
 * loop, at their end, with nothing of their own left on the stack. */
void loop_hear(struct loop *l);

/* One-shot timer embedded in its owner. A timer that is not started costs nothing and needs no close. */
struct loop_timer {
    struct loop *loop;
    uint64_t order; /* of starting: decides between timers due at the same time */
    int64_t due_ms; /* monotonic; 0: not started */
    size_t heap_index;
    void (*run)(struct loop_timer *t);
};
/* Starts, or starts anew when started already. after_ms at or below 0: in the loop's next turn. */
void timer_start(struct loop *l, struct loop_timer *t, int64_t after_ms, void (*run)(struct loop_timer *t));
/* Does nothing to NULL, or to a zeroed or stopped timer; run is not called afterwards. */
void timer_stop(struct loop_timer *t);

#endif

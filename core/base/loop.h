/* loop.h - the event loop thread: libuv's loop, work posted from other threads, timers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Callbacks never run inside the call that registers them. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct loop; /* one per process; everything here but loop_post is for its thread alone */

struct loop *loop_new(void);
/* Runs until loop_stop and every handle is closed. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
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

/* One-shot timer embedded in its owner. A timer that is not started costs nothing and needs no close. */
struct loop_timer {
    struct loop *loop;
    struct loop_timer *next, *prev;
    int64_t due_ms; /* monotonic; 0: not started */
    size_t heap_index;
    void (*run)(struct loop_timer *t);
};
void timer_start(struct loop *l, struct loop_timer *t, int64_t after_ms, void (*run)(struct loop_timer *t));
void timer_stop(struct loop_timer *t); /* NULL-safe on a zeroed or stopped timer; run is not called afterwards */

#endif

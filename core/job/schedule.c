/* schedule.c - what is to be done regularly on each of many targets, and when.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "job/schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

struct slot {
    int64_t due, began; /* monotonic */
    unsigned failures;
    bool asked, running;
};

struct target {
    int64_t id;
    int64_t pause_until;  /* it could not be reached */
    unsigned unreachable; /* so often in a row */
    unsigned held;
    bool busy, gone;
    struct slot slots[SCHEDULE_TASKS];
};

struct schedule {
    struct schedule_config config;
    struct schedule_task tasks[SCHEDULE_TASKS];
    unsigned at_once, busy;
    struct target *targets; /* by id */
    size_t count, cap;
    struct loop_timer timer;
    struct loop_work work; /* a look at once */
    bool posted, stopped, freed;
};

struct schedule *schedule_new(const struct schedule_config *config)
{
    struct schedule *s = xcalloc(1, sizeof(*s));
    assert(config->tasks <= SCHEDULE_TASKS);
    s->config = *config;
    s->at_once = 1;
    return s;
}

void schedule_free(struct schedule *s)
{
    if (s == NULL)
        return;
    timer_stop(&s->timer);
    s->stopped = s->freed = true;
    if (s->posted) /* then when the loop comes to it */
        return;
    free(s->targets);
    free(s);
}

static size_t place_of(const struct schedule *s, int64_t id)
{
    size_t lo = 0, hi = s->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->targets[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct target *find(const struct schedule *s, int64_t id)
{
    size_t at = place_of(s, id);
    return at < s->count && s->targets[at].id == id ? &s->targets[at] : NULL;
}

static int64_t at_random(int64_t most)
{
    return most > 0 ? (int64_t)rng_below((uint64_t)most) : 0;
}

static int64_t pause_of(const struct schedule_task *t, unsigned failures)
{
    int64_t pause = t->interval_ms < SCHEDULE_PAUSE_MS ? t->interval_ms : SCHEDULE_PAUSE_MS;
    while (--failures > 0 && pause < SCHEDULE_PAUSE_MOST)
        pause *= 2;
    return pause < SCHEDULE_PAUSE_MOST ? pause : SCHEDULE_PAUSE_MOST;
}

/* When it may begin. */
static int64_t ready_at(const struct target *t, const struct slot *slot)
{
    if (slot->asked)
        return 0;
    return slot->due > t->pause_until ? slot->due : t->pause_until;
}

/* --- begin what is due --- */

static bool is_wanted(const struct schedule *s, unsigned task, const struct slot *slot)
{
    return slot->asked || s->tasks[task].enabled;
}

static bool may_begin(const struct target *t)
{
    return !t->busy && !t->gone && t->held == 0;
}

/* The slot that is to begin first among those that may; its target, or NULL. */
static struct target *first_ready(const struct schedule *s, unsigned *ret_task)
{
    struct target *first = NULL;
    int64_t best = INT64_MAX;
    for (size_t i = 0; i < s->count; i++) {
        struct target *t = &s->targets[i];
        for (unsigned k = 0; k < s->config.tasks && may_begin(t); k++) {
            int64_t at = ready_at(t, &t->slots[k]);
            if (!is_wanted(s, k, &t->slots[k]) || at >= best)
                continue;
            first = t;
            best = at;
            *ret_task = k;
        }
    }
    return first;
}

static void on_time(struct loop_timer *timer);
static void on_post(struct loop_work *w);

static void look_later(struct schedule *s, int64_t after_ms)
{
    if (s->stopped || s->posted)
        return;
    if (after_ms > 0) {
        timer_start(s->config.loop, &s->timer, after_ms, on_time);
        return;
    }
    s->posted = true;
    loop_post(s->config.loop, &s->work, on_post);
}

static void begin(struct schedule *s, struct target *t, unsigned task)
{
    struct slot *slot = &t->slots[task];
    t->busy = slot->running = true;
    slot->asked = false;
    slot->began = clock_mono_ms();
    s->busy++;
    s->config.run(s->config.user, task, t->id);
}

static void look(struct schedule *s)
{
    int64_t now = clock_mono_ms();
    unsigned task = 0;
    while (s->busy < s->at_once) {
        struct target *t = first_ready(s, &task);
        if (t == NULL)
            return;
        int64_t at = ready_at(t, &t->slots[task]);
        if (at > now) {
            look_later(s, at - now);
            return;
        }
        begin(s, t, task);
    }
}

static void on_time(struct loop_timer *timer)
{
    look(container_of(timer, struct schedule, timer));
}

static void on_post(struct loop_work *w)
{
    struct schedule *s = container_of(w, struct schedule, work);
    s->posted = false;
    if (s->freed)
        schedule_free(s);
    else if (!s->stopped)
        look(s);
}

/* --- settings, targets --- */

void schedule_set(struct schedule *s, unsigned at_once, const struct schedule_task *tasks)
{
    s->at_once = at_once;
    for (unsigned k = 0; k < s->config.tasks; k++) {
        bool other = s->tasks[k].interval_ms != tasks[k].interval_ms;
        s->tasks[k] = tasks[k];
        for (size_t i = 0; i < s->count && other; i++) {
            struct slot *slot = &s->targets[i].slots[k];
            int64_t soon = slot->began + tasks[k].interval_ms;
            if (slot->began != 0 && slot->failures == 0)
                slot->due = soon;
            else if (slot->failures == 0 && slot->due > clock_mono_ms() + tasks[k].interval_ms)
                slot->due = clock_mono_ms() + at_random(tasks[k].interval_ms);
        }
    }
    look_later(s, 0);
}

static void target_init(struct schedule *s, struct target *t, int64_t id)
{
    *t = (struct target){ .id = id };
    for (unsigned k = 0; k < s->config.tasks; k++) {
        int64_t spread = s->tasks[k].interval_ms;
        t->slots[k].due =
            clock_mono_ms() + at_random(spread < SCHEDULE_SPREAD_MS ? spread : SCHEDULE_SPREAD_MS);
    }
}

static void target_add(struct schedule *s, int64_t id)
{
    size_t at = place_of(s, id);
    if (at < s->count && s->targets[at].id == id) {
        s->targets[at].gone = false;
        return;
    }
    if (s->count == s->cap) {
        s->cap = s->cap != 0 ? 2 * s->cap : 16;
        s->targets = xrealloc(s->targets, s->cap * sizeof(s->targets[0]));
    }
    memmove(&s->targets[at + 1], &s->targets[at], (s->count - at) * sizeof(s->targets[0]));
    target_init(s, &s->targets[at], id);
    s->count++;
}

static void drop_gone(struct schedule *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!s->targets[i].gone || s->targets[i].busy)
            s->targets[kept++] = s->targets[i];
    s->count = kept;
}

void schedule_targets(struct schedule *s, const int64_t *targets, size_t count)
{
    for (size_t i = 0; i < s->count; i++)
        s->targets[i].gone = true;
    for (size_t i = 0; i < count; i++)
        target_add(s, targets[i]);
    drop_gone(s);
    look_later(s, 0);
}

void schedule_stop(struct schedule *s)
{
    s->stopped = true;
    timer_stop(&s->timer);
}

bool schedule_ask(struct schedule *s, unsigned task, int64_t target)
{
    struct target *t = find(s, target);
    if (t == NULL || t->gone || s->stopped)
        return false;
    t->slots[task].asked = true;
    look_later(s, 0);
    return true;
}

bool schedule_unask(struct schedule *s, unsigned task, int64_t target)
{
    struct target *t = find(s, target);
    bool asked = t != NULL && t->slots[task].asked;
    if (asked)
        t->slots[task].asked = false;
    return asked;
}

void schedule_hold(struct schedule *s, int64_t target)
{
    struct target *t = find(s, target);
    if (t != NULL)
        t->held++;
}

void schedule_let_go(struct schedule *s, int64_t target)
{
    struct target *t = find(s, target);
    if (t == NULL || t->held == 0) /* it became one meanwhile */
        return;
    t->held--;
    look_later(s, 0);
}

/* --- ends --- */

static void note_end(struct schedule *s, struct target *t, unsigned task, enum schedule_end end)
{
    struct slot *slot = &t->slots[task];
    const struct schedule_task *set = &s->tasks[task];
    int64_t now = clock_mono_ms();
    switch (end) {
    case SCHEDULE_YIELDED: return;
    case SCHEDULE_CANCELED: slot->due = now + set->interval_ms; return;
    case SCHEDULE_OK:
        slot->failures = t->unreachable = 0;
        t->pause_until = 0;
        slot->due = slot->began + set->interval_ms + at_random(set->jitter_ms);
        return;
    case SCHEDULE_FAILED:
        t->unreachable = 0;
        t->pause_until = 0;
        slot->due = now + pause_of(set, ++slot->failures);
        return;
    case SCHEDULE_UNREACHABLE:
        slot->failures++;
        t->pause_until = slot->due = now + pause_of(set, ++t->unreachable);
        return;
    }
}

void schedule_done(struct schedule *s, unsigned task, int64_t target, enum schedule_end end)
{
    struct target *t = find(s, target);
    assert(t != NULL && t->busy && t->slots[task].running);
    t->busy = t->slots[task].running = false;
    s->busy--;
    note_end(s, t, task, end);
    drop_gone(s);
    look_later(s, 0);
}

void schedule_did(struct schedule *s, unsigned task, int64_t target, enum schedule_end end)
{
    struct target *t = find(s, target);
    if (t == NULL)
        return;
    t->slots[task].began = clock_mono_ms();
    note_end(s, t, task, end);
    look_later(s, 0);
}

bool schedule_slot(const struct schedule *s, unsigned task, int64_t target, struct schedule_slot *ret)
{
    const struct target *t = find(s, target);
    if (t == NULL || t->gone)
        return false;
    const struct slot *slot = &t->slots[task];
    *ret = (struct schedule_slot){ slot->running, slot->asked, slot->failures,
                                   ready_at(t, slot) - clock_mono_ms(), slot->began };
    return true;
}

int64_t schedule_next_target(const struct schedule *s, int64_t after)
{
    size_t at = place_of(s, after + 1);
    while (at < s->count && s->targets[at].gone)
        at++;
    return at < s->count ? s->targets[at].id : 0;
}

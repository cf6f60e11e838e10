/* watchdog.c - a thread that sees when the loop's thread stands still, and says in whose code.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/slot.h"

#define LOOK_MS  250
#define STUCK_MS 1000

struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct loop *loop;
    const struct slot *slot; /* of the loop's thread */
    struct loop_work beat;
    _Atomic bool beating; /* posted, and not yet run */
    bool stopping;
    int64_t fatal_ms;
    int exit_status;
};

static void on_beat(struct loop_work *work)
{
    struct watchdog *w = container_of(work, struct watchdog, beat);

    atomic_store(&w->beating, false);
}

static void report(const struct watchdog *w, int64_t stood_ms)
{
    const char *who, *what;

    slot_read(w->slot, &who, &what);
    if (who)
        log_event_with(
            LOG_ERR_, "loop-stuck", LOG_FIELDS(LOG_TEXT("plugin", who)),
            "the event loop has stood still for %lld ms in %s of the plugin %s, which says that it never "
            "blocks: report it to the plugin's author, or isolate the plugin",
            (long long)stood_ms, what, who);
    else
        log_event(LOG_ERR_, "loop-stuck",
                  "the event loop has stood still for %lld ms in ipamd's own code: please report it",
                  (long long)stood_ms);
}

/* Waits for the next look; false when the watch ends. */
static bool wait_look(struct watchdog *w)
{
    struct timespec until;
    bool going;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&w->lock);
    if (!w->stopping)
        pthread_cond_timedwait(&w->wake, &w->lock, &until);
    going = !w->stopping;
    pthread_mutex_unlock(&w->lock);
    return going;
}

/* A beat is posted at each look, and should have run by the next. The process may have been stopped and gone
 * on (SIGSTOP, a suspended machine): time counts by looks, not by the clock. */
static void *watch(void *arg)
{
    struct watchdog *w = arg;
    int64_t stood_ms = 0, report_ms = STUCK_MS;

    while (wait_look(w)) {
        if (!atomic_exchange(&w->beating, true)) {
            stood_ms = 0;
            report_ms = STUCK_MS;
            loop_post(w->loop, &w->beat, on_beat);
            continue;
        }
        stood_ms += LOOK_MS;
        if (stood_ms >= report_ms) {
            report(w, stood_ms);
            report_ms *= 2;
        }
        if (w->fatal_ms && stood_ms >= w->fatal_ms) {
            log_event(LOG_ERR_, "loop-given-up",
                      "the event loop does not come back; ending, to be started anew");
            _exit(w->exit_status);
        }
    }
    return NULL;
}

struct watchdog *watchdog_start(struct loop *loop, int64_t fatal_ms, int exit_status)
{
    struct watchdog *w = xcalloc(1, sizeof(*w));
    pthread_condattr_t attr;
    sigset_t all, before;
    int failed;

    w->loop = loop;
    w->slot = slot_mine();
    w->fatal_ms = fatal_ms;
    w->exit_status = exit_status;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &attr);
    pthread_condattr_destroy(&attr);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&w->thread, NULL, watch, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(w);
        return NULL;
    }
    pthread_setname_np(w->thread, "watchdog");
    return w;
}

void watchdog_stop(struct watchdog *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

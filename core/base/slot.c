/* slot.c - whose code a thread is running, and the last words of a process that crashes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/slot.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/line.h"
#include "base/log.h"

#define CRASH_STACK (64u << 10)

/* Read by the watchdog's thread while its owner writes: each part alone is whole, and a mixture of two calls
 * of one thread does no harm. */
struct slot {
    _Atomic(const char *) who, what;
    _Atomic int64_t since_ns;
};
static _Thread_local struct slot slot;

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void slot_enter(const char *who, const char *what)
{
    atomic_store_explicit(&slot.since_ns, now_ns(), memory_order_relaxed);
    atomic_store_explicit(&slot.what, what, memory_order_relaxed);
    atomic_store_explicit(&slot.who, who, memory_order_release);
}

int64_t slot_leave(void)
{
    atomic_store_explicit(&slot.who, NULL, memory_order_release);
    return (now_ns() - atomic_load_explicit(&slot.since_ns, memory_order_relaxed)) / 1000;
}

const struct slot *slot_mine(void)
{
    return &slot;
}

void slot_read(const struct slot *s, const char **ret_who, const char **ret_what)
{
    *ret_who = atomic_load_explicit(&s->who, memory_order_acquire);
    *ret_what = atomic_load_explicit(&s->what, memory_order_relaxed);
}

/* --- the last words --- */

/* A plugin has no business to end the process: whoever does is named, also when it does so in good order. */
static void on_process_exit(int status, void *user)
{
    const char *who, *what;

    (void)user;
    slot_read(&slot, &who, &what);
    if (who)
        log_event_with(
            LOG_ERR_, "plugin-exit", LOG_FIELDS(LOG_TEXT("plugin", who)),
            "the plugin %s ended the process with status %d in %s: report it to the plugin's author, or "
            "isolate the plugin",
            who, status, what);
}

void exit_report_init(void)
{
    on_exit(on_process_exit, NULL);
}

#ifdef IPAM_SANITIZED /* it reports by itself */
void crash_report_init(void)
{
}

void crash_report_thread(void)
{
}
#else

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
#define CRASH_SIGNALS (sizeof(crash_signals) / sizeof(crash_signals[0]))

static void on_crash(int signum)
{
    const char *who = atomic_load(&slot.who), *what = atomic_load(&slot.what);
    char line[256];
    size_t at = line_add(line, 0, sizeof(line), "<3>crashed: signal ");

    at = line_add_number(line, at, sizeof(line), signum);
    if (who) {
        at = line_add(line, at, sizeof(line), " in ");
        at = line_add(line, at, sizeof(line), what);
        at = line_add(line, at, sizeof(line), " of the plugin ");
        at = line_add(line, at, sizeof(line), who);
        at = line_add(line, at, sizeof(line), ": report it to the plugin's author, or isolate the plugin");
    } else {
        at = line_add(line, at, sizeof(line), " in ipamd's own code: please report it");
    }
    at = line_add(line, at < sizeof(line) ? at : sizeof(line) - 1, sizeof(line), "\n");
    if (write(STDERR_FILENO, line, at) < 0)
        _exit(128 + signum);
    signal(signum, SIG_DFL);
    raise(signum); /* when this returns; a fault would come again, what a supervisor sends would not */
}

void crash_report_init(void)
{
    struct sigaction act = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i], &act, NULL);
    crash_report_thread();
}

static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

static void end_stack(void *memory)
{
    stack_t none = { .ss_flags = SS_DISABLE };

    sigaltstack(&none, NULL);
    free(memory);
}

static void make_key(void)
{
    pthread_key_create(&stack_key, end_stack);
}

void crash_report_thread(void)
{
    stack_t stack = { .ss_size = CRASH_STACK };
    sigset_t crashes;

    sigemptyset(&crashes);
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        sigaddset(&crashes, crash_signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &crashes, NULL); /* blocked, a fault would kill without a word */
    pthread_once(&stack_once, make_key);
    stack.ss_sp = xmalloc(CRASH_STACK);
    pthread_setspecific(stack_key, stack.ss_sp);
    sigaltstack(&stack, NULL);
}
#endif

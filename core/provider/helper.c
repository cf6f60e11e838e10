/* helper.c - the life of helper processes: start, greet, end, start again with back-off.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An end is seen twice, by the socket and by the keeper, in either order; only when both have come (or the
 * second is overdue) do the instances hear of it, so that everything the process still said is read and its
 * signal can be named. */
#include "config.h"

#include "provider/helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipam/status.h"

#define GREETING_MS 10000      /* from start to hello: loading may be slow */
#define END_MS 2000            /* from one sign of its end to the other, or from closing to its end */
#define BACK_OFF_FIRST_MS 250
#define BACK_OFF_MOST_MS 30000
#define STEADY_MS 60000        /* up for so long: the next restart is at once again */

static void on_timer(struct loop_timer *t);

static void set_timer(struct helper *h, int64_t ms)
{
    timer_start(h->providers->loop, &h->timer, ms, on_timer);
}

void helper_attach(struct instance *inst)
{
    struct providers *p = inst->providers;
    struct helper *h = p->helpers;

    while (h && h->plugin != inst->plugin)
        h = h->next;
    if (h == NULL) {
        h = xcalloc(1, sizeof(*h));
        h->providers = p;
        h->plugin = inst->plugin;
        h->next_number = 1;
        imap_init(&h->calls);
        h->next = p->helpers;
        p->helpers = h;
    }
    inst->helper = h;
    inst->number = h->next_number++;
    inst->helper_next = h->instances;
    h->instances = inst;
}

static void helper_free(struct helper *h)
{
    struct helper **at = &h->providers->helpers;

    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    timer_stop(&h->timer);
    imap_fini(&h->calls);
    free(h);
}

/* What the process came to, in words. */
static void describe_end(const struct helper *h, char *buf, size_t size)
{
    int signal = WIFSIGNALED(h->wait_status) ? WTERMSIG(h->wait_status) : 0;

    if (h->reason[0])
        snprintf(buf, size, "the provider process of plugin %s was ended: %s", h->plugin->name, h->reason);
    else if (!h->reported)
        snprintf(buf, size, "the provider process of plugin %s closed its socket", h->plugin->name);
    else if (signal)
        snprintf(buf, size, "the provider process of plugin %s ended: signal %d (%s)", h->plugin->name,
                 signal, sigdescr_np(signal) ? sigdescr_np(signal) : "unknown");
    else
        snprintf(buf, size, "the provider process of plugin %s ended: exit status %d", h->plugin->name,
                 WEXITSTATUS(h->wait_status));
}

/* The first restart is at once; a process that does not last is started more and more slowly. */
static void back_off(struct helper *h)
{
    int64_t now = clock_mono_ms();

    if (h->up_since_ms && now - h->up_since_ms >= STEADY_MS)
        h->back_off_ms = 0;
    h->not_before_ms = now + h->back_off_ms;
    h->back_off_ms = h->back_off_ms == 0 ? BACK_OFF_FIRST_MS : h->back_off_ms * 2;
    if (h->back_off_ms > BACK_OFF_MOST_MS)
        h->back_off_ms = BACK_OFF_MOST_MS;
    h->up_since_ms = 0;
}

/* Both signs have come: tells the instances, which want a new process or not. */
static void dead(struct helper *h)
{
    char why[PROVIDER_ERR_MAX];
    bool wanted = h->wanted_end, was_up = h->greeted;

    describe_end(h, why, sizeof(why));
    timer_stop(&h->timer);
    stream_close(h->stream);
    h->stream = NULL;
    h->pid = 0;
    h->state = HELPER_DOWN;
    h->wanted_end = false;
    if (!wanted) {
        back_off(h);
        log_event(LOG_WARN_, "helper-ended",
                  "%s; it is started again when it is needed, in %lld ms at the earliest", why,
                  (long long)(h->not_before_ms - clock_mono_ms() > 0 ? h->not_before_ms - clock_mono_ms()
                                                                     : 0));
    }
    remote_lost(h, IPAM_E_CONN, why, !was_up && !wanted);
    h->reason[0] = '\0';
    if (h->instances)
        helper_want(h);
    else
        providers_step(h->providers);
}

static void on_timer(struct loop_timer *t)
{
    struct helper *h = container_of(t, struct helper, timer);

    switch (h->state) {
    case HELPER_RESTING:
        h->state = HELPER_DOWN;
        if (h->instances)
            helper_want(h);
        break;
    case HELPER_GREETING:
        helper_condemn(h, "it did not greet within 10 s");
        break;
    case HELPER_ENDING:
        if (h->reported || h->wait_status < 0) {
            dead(h);
            break;
        }
        keeper_kill(h->providers->keeper, h->pid);
        h->wait_status = -1; /* killed; if not even that is reported, it counts as ended */
        set_timer(h, END_MS);
        break;
    default:
        break;
    }
}

/* One sign of its end: waits for the other. */
static void ending(struct helper *h)
{
    if (h->reported && h->stream == NULL) {
        dead(h);
        return;
    }
    h->state = HELPER_ENDING;
    set_timer(h, END_MS);
}

static void on_started(void *user, pid_t pid, int fd)
{
    struct helper *h = user;
    struct strbuf out;
    char why[PROVIDER_ERR_MAX], text[64];

    if (pid < 0) {
        h->state = HELPER_DOWN;
        back_off(h);
        snprintf(why, sizeof(why),
                 "the provider process of plugin %s cannot be started: %s/ipam-provider-host: %s",
                 h->plugin->name, IPAM_LIBEXECDIR, strerror_r(-pid, text, sizeof(text)));
        log_event(LOG_ERR_, "helper-not-started", "%s", why);
        remote_lost(h, IPAM_E_CONN, why, true);
        providers_step(h->providers);
        return;
    }
    h->pid = pid;
    h->reason[0] = '\0';
    h->greeted = h->reported = false;
    h->wait_status = 0;
    h->stream = stream_open(h->providers->loop, fd, &helper_events, h);
    h->state = HELPER_GREETING;
    set_timer(h, GREETING_MS);
    strbuf_init(&out, 4096);
    wire_put_hello(&out, log_level_now(), "");
    stream_write(h->stream, &out, false);
    if (h->instances == NULL)
        helper_release(h);
}

void helper_want(struct helper *h)
{
    int64_t wait_ms = h->not_before_ms - clock_mono_ms();

    if (h->state != HELPER_DOWN)
        return;
    if (wait_ms > 0) {
        h->state = HELPER_RESTING;
        set_timer(h, wait_ms);
        return;
    }
    h->state = HELPER_STARTING;
    keeper_start(h->providers->keeper, h->plugin->name, on_started, h);
}

void helper_condemn(struct helper *h, const char *why)
{
    if (h->reason[0] == '\0')
        snprintf(h->reason, sizeof(h->reason), "%s", why);
    if (h->state != HELPER_GREETING && h->state != HELPER_UP)
        return;
    keeper_kill(h->providers->keeper, h->pid);
    h->state = HELPER_ENDING;
    set_timer(h, END_MS);
}

/* Closing its socket is the request to end. */
void helper_release(struct helper *h)
{
    if (h->instances || (h->state != HELPER_GREETING && h->state != HELPER_UP))
        return;
    h->wanted_end = true;
    stream_close(h->stream);
    h->stream = NULL;
    ending(h);
}

void helper_stream_ended(struct helper *h, const char *error)
{
    if (error[0])
        helper_condemn(h, error);
    stream_close(h->stream);
    h->stream = NULL;
    ending(h);
}

static void report(struct helper *h, int wait_status)
{
    h->reported = true;
    h->wait_status = wait_status;
    ending(h);
}

void helper_ended(void *user, pid_t pid, int wait_status)
{
    struct providers *p = user;

    for (struct helper *h = p->helpers, *next; h; h = next) {
        next = h->next;
        if (h->pid <= 0 || (pid != 0 && h->pid != pid))
            continue;
        if (pid == 0)
            snprintf(h->reason, sizeof(h->reason), "ipam-keeper has gone; restart ipamd");
        report(h, wait_status);
    }
}

void helpers_end(struct providers *p, bool at_once)
{
    for (struct helper *h = p->helpers, *next; h; h = next) {
        next = h->next;
        if (at_once) {
            stream_close(h->stream);
            helper_free(h);
        } else if (h->state == HELPER_DOWN || h->state == HELPER_RESTING) {
            helper_free(h);
        } else {
            helper_release(h);
        }
    }
}

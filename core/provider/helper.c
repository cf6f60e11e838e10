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
#include "keeper/keeper.h"
#include "provider/admit.h"
#include "provider/fence.h"

#define GREETING_MS       10000 /* from start to hello: loading may be slow */
#define END_MS            2000  /* from one sign of its end to the other, or from closing to its end */
#define BACK_OFF_FIRST_MS 250
#define BACK_OFF_MOST_MS  30000
#define STEADY_MS         60000 /* up for so long: the next restart is at once again */

static void on_timer(struct loop_timer *t);

static void set_timer(struct helper *h, int64_t ms)
{
    timer_start(h->providers->loop, &h->timer, ms, on_timer);
}

static struct helper *helper_new(struct providers *p, struct plugin *plugin)
{
    struct helper *h = xcalloc(1, sizeof(*h));

    h->providers = p;
    h->plugin = plugin;
    plugin->users++;
    h->next_number = 1;
    imap_init(&h->calls);
    h->next = p->helpers;
    p->helpers = h;
    return h;
}

static unsigned instance_count(const struct helper *h)
{
    unsigned count = 0;

    for (const struct instance *inst = h->instances; inst; inst = inst->helper_next)
        count++;
    return count;
}

/* A process cannot be given more than it was started with: whether this one has what the instance needs. One
 * that is still to be started gets it. */
static bool fits(const struct helper *h, const struct instance *inst)
{
    struct sandbox_words needs;

    if (h->state == HELPER_DOWN || h->state == HELPER_RESTING || h->state == HELPER_ENDING)
        return true;
    fence_begin(h->providers, &needs);
    fence_add_instance(&needs, inst);
    return sandbox_words_cover(&h->fence, &needs);
}

/* The helper that serves the fewest instances and may reach what this one needs; or a new one, while there
 * may be more or when there is none. */
static struct helper *choose(const struct instance *inst)
{
    struct providers *p = inst->providers;
    struct plugin *plugin = inst->plugin;
    unsigned most = plugin->settings.helpers ? plugin->settings.helpers : 1, count = 0;
    struct helper *best = NULL;

    for (struct helper *h = p->helpers; h; h = h->next) {
        if (h->plugin != plugin || h->solitary)
            continue;
        count++;
        if (!fits(h, inst))
            continue;
        if (best == NULL || instance_count(h) < instance_count(best))
            best = h;
    }
    return best && (count >= most || instance_count(best) == 0) ? best : helper_new(p, plugin);
}

/* The helper that an instance has for itself; made when there is none yet. */
static struct helper *own(struct instance *inst)
{
    struct helper *h = inst->providers->helpers;

    while (h && h->owner != inst)
        h = h->next;
    if (h)
        return h;
    log_event_with(LOG_WARN_, "helper-apart",
                   LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name), LOG_TEXT("server", inst->target)),
                   "calls of %s have ended the process of the plugin %s twice: it gets a process of its own",
                   inst->target, inst->plugin->name);
    h = helper_new(inst->providers, inst->plugin);
    h->solitary = true;
    h->owner = inst;
    return h;
}

void helper_attach(struct instance *inst)
{
    struct helper *h = inst->solitary ? own(inst) : choose(inst);

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
    admit_end(h);
    imap_fini(&h->calls);
    plugin_release(h->providers, h->plugin);
    free(h);
}

static const char *exit_reason(int status)
{
    switch (status) {
    case HELPER_EXIT_MEMORY: return "it used more memory than it may";
    case HELPER_EXIT_FILES: return "it had more descriptors open than it may";
    case HELPER_EXIT_STUCK: return "its event loop stood still";
    case KEEPER_EXIT_ALONE: return "the doorman that reaches servers for it has ended";
    default: return "see the log for its last words";
    }
}

void helpers_tidy(struct providers *p)
{
    for (struct helper *h = p->helpers, *next; h; h = next) {
        bool idle = h->state == HELPER_DOWN || h->state == HELPER_RESTING;

        next = h->next;
        if (idle && h->instances == NULL && (h->plugin->retired || (h->solitary && h->owner == NULL)))
            helper_free(h);
    }
}

void helpers_forget(struct providers *p, const struct instance *inst)
{
    for (struct helper *h = p->helpers; h; h = h->next)
        if (h->owner == inst)
            h->owner = NULL;
    helpers_tidy(p);
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
        snprintf(buf, size, "the provider process of plugin %s ended: %s (exit status %d)", h->plugin->name,
                 exit_reason(WEXITSTATUS(h->wait_status)), WEXITSTATUS(h->wait_status));
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
    admit_end(h);
    h->pid = 0;
    h->state = HELPER_DOWN;
    h->wanted_end = false;
    if (!wanted) {
        h->plugin->restarts++;
        back_off(h);
        log_event_with(
            LOG_WARN_, "helper-ended", LOG_FIELDS(LOG_TEXT("plugin", h->plugin->name)),
            "%s; it is started again when it is needed, in %lld ms at the earliest", why,
            (long long)(h->not_before_ms - clock_mono_ms() > 0 ? h->not_before_ms - clock_mono_ms() : 0));
    }
    remote_died(h, why, !was_up && !wanted);
    h->reason[0] = '\0';
    if (h->instances)
        helper_want(h);
    providers_step(h->providers);
    helpers_tidy(h->providers);
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
    case HELPER_GREETING: helper_condemn(h, "it did not greet within 10 s"); break;
    case HELPER_ENDING:
        if (h->reported || h->wait_status < 0) {
            dead(h);
            break;
        }
        keeper_kill(h->providers->keeper, h->pid);
        h->wait_status = -1; /* killed; if not even that is reported, it counts as ended */
        set_timer(h, END_MS);
        break;
    default: break;
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

static void on_started(void *user, pid_t pid, int fd, int door)
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
        log_event_with(LOG_ERR_, "helper-not-started", LOG_FIELDS(LOG_TEXT("plugin", h->plugin->name)), "%s",
                       why);
        remote_lost(h, IPAM_E_CONN, why);
        providers_step(h->providers);
        return;
    }
    h->pid = pid;
    admit_begin(h, door);
    h->reason[0] = '\0';
    h->greeted = h->reported = false;
    h->wait_status = 0;
    h->stream = stream_open(h->providers->loop, fd, &helper_events, h);
    h->state = HELPER_GREETING;
    set_timer(h, GREETING_MS);
    strbuf_init(&out, 4096);
    wire_put_hello(&out, log_level_now(), log_format_now() == LOG_JSON ? "json" : "");
    stream_write(h->stream, &out, false);
    if (h->instances == NULL)
        helper_release(h);
}

void helper_want(struct helper *h)
{
    int64_t wait_ms = h->not_before_ms - clock_mono_ms();
    struct keeper_limits limits = h->providers->limits;

    if (h->plugin->settings.memory_mib)
        limits.memory_mib = h->plugin->settings.memory_mib;
    if (h->state != HELPER_DOWN)
        return;
    if (wait_ms > 0) {
        h->state = HELPER_RESTING;
        set_timer(h, wait_ms);
        return;
    }
    h->state = HELPER_STARTING;
    fence_begin(h->providers, &h->fence);
    for (const struct instance *inst = h->instances; inst; inst = inst->helper_next)
        fence_add_instance(&h->fence, inst);
    keeper_start(h->providers->keeper, KEEPER_RUN, h->plugin->name, &limits, &h->fence, on_started, h);
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

/* report.c - what plugins and instances are doing now, as records for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "provider/helper.h"
#include "record/record.h"

#define TEXTS_MAX 512
#define DOING_MAX 64
#define PIDS_MAX  256

/* A list of texts that grows in the arena. */
struct texts {
    struct arena *arena;
    struct ipam_str items[TEXTS_MAX];
    size_t count;
    const char *prefix;
};

static void add_text(struct texts *t, const char *text)
{
    if (t->count < TEXTS_MAX)
        t->items[t->count++] = str_from(text);
}

static void add_named(void *user, const char *name)
{
    struct texts *t = user;

    add_text(t, t->prefix ? arena_printf(t->arena, "%s:%s", t->prefix, name) : name);
}

static struct ipam_strs take_texts(struct texts *t)
{
    struct ipam_str *items = arena_alloc(t->arena, (t->count + 1) * sizeof(*items));
    struct ipam_strs list = { items, t->count };

    memcpy(items, t->items, t->count * sizeof(*items));
    t->count = 0;
    return list;
}

static struct ipam_strs take_list(const char *const *list, struct texts *t)
{
    for (; *list; list++)
        add_text(t, *list);
    return take_texts(t);
}

/* --- plugins --- */

static void put_offers(const struct plugin *pl, struct ipam_plugin_info *r, struct texts *t)
{
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        if (pl->offers[kind].offered)
            add_text(t, kind_name(kind));
    RECORD_SET(r, IPAM_PLUGIN_INFO_KINDS, kinds, take_texts(t));
    for (uint32_t kind = 1; kind < KIND_END; kind++) {
        t->prefix = kind_name(kind);
        kind_each_capability(kind, pl->offers[kind].capabilities, add_named, t);
    }
    RECORD_SET(r, IPAM_PLUGIN_INFO_CAPABILITIES, capabilities, take_texts(t));
    for (uint32_t kind = 1; kind < KIND_END; kind++) {
        t->prefix = kind_name(kind);
        if (pl->offers[kind].offered && kind_thread_model(pl->offers[kind].thread_model))
            add_named(t, kind_thread_model(pl->offers[kind].thread_model));
    }
    RECORD_SET(r, IPAM_PLUGIN_INFO_THREAD_MODELS, thread_models, take_texts(t));
    RECORD_SET(r, IPAM_PLUGIN_INFO_REQUIRES, requires_, take_list(pl->requires, t));
    RECORD_SET(r, IPAM_PLUGIN_INFO_WANTS, wants, take_list(pl->wants, t));
    for (unsigned i = 0; i < pl->options.count; i++)
        add_text(t, pl->options.items[i].name);
    RECORD_SET(r, IPAM_PLUGIN_INFO_OPTIONS, options, take_texts(t));
}

static void put_settings(const struct plugin *pl, struct ipam_plugin_info *r)
{
    const struct plugin_settings *s = &pl->settings;

    RECORD_SET(r, IPAM_PLUGIN_INFO_ISOLATION, isolation,
               s->isolation == ISOLATION_PROCESS ? IPAM_PLUGIN_INFO_ISOLATION_PROCESS
                                                 : IPAM_PLUGIN_INFO_ISOLATION_NONE);
    RECORD_SET(r, IPAM_PLUGIN_INFO_CRITICAL, critical, s->critical);
    if (s->max_concurrency)
        RECORD_SET(r, IPAM_PLUGIN_INFO_MAX_CONCURRENCY, max_concurrency, s->max_concurrency);
    if (s->timeout_ms)
        RECORD_SET(r, IPAM_PLUGIN_INFO_TIMEOUT, timeout, s->timeout_ms);
    if (s->isolation == ISOLATION_PROCESS)
        RECORD_SET(r, IPAM_PLUGIN_INFO_MEMORY_MIB, memory_mib, s->memory_mib ? s->memory_mib : MEMORY_MIB);
}

static void put_pids(const struct providers *p, const struct plugin *pl, struct ipam_plugin_info *r,
                     struct arena *a)
{
    int64_t *pids = arena_alloc(a, PIDS_MAX * sizeof(*pids));
    size_t count = 0;

    for (const struct helper *h = p->helpers; h; h = h->next)
        if (h->plugin == pl && h->pid > 0 && count < PIDS_MAX)
            pids[count++] = h->pid;
    RECORD_SET(r, IPAM_PLUGIN_INFO_PIDS, pids, ((struct ipam_ints){ pids, count }));
    RECORD_SET(r, IPAM_PLUGIN_INFO_RESTARTS, restarts, pl->restarts);
    RECORD_SET(r, IPAM_PLUGIN_INFO_NETWORK_FENCE, network_fence,
               p->network && pl->settings.isolation == ISOLATION_PROCESS);
    RECORD_SET(r, IPAM_PLUGIN_INFO_REFUSED, refused, (int64_t)pl->refused);
}

/* A call that the plugin has, and whose caller waits. */
static bool is_running(const struct request *req)
{
    return req->begun_ms && !req->released && !req->answered;
}

static unsigned running(const struct instance *inst)
{
    unsigned count = 0;

    for (const struct request *req = inst->requests; req; req = req->next)
        count += is_running(req);
    return count;
}

static bool is_troubled(const struct instance *inst)
{
    return inst->state == INSTANCE_FAILED || (inst->state == INSTANCE_OPENING && inst->open_failures) ||
           inst->stuck || breaker_state(&inst->breaker) != BREAKER_CLOSED;
}

/* Why an instance is not well, in words; NULL. */
static const char *trouble(const struct instance *inst, struct arena *a)
{
    if (inst->state == INSTANCE_FAILED || (inst->state == INSTANCE_OPENING && inst->open_failures))
        return inst->message;
    if (inst->stuck)
        return arena_printf(
            a,
            "%u calls for %s do not come back, so the plugin gets no more until they do: restart "
            "ipamd, or isolate the plugin",
            inst->stuck, inst->target);
    if (breaker_state(&inst->breaker) != BREAKER_CLOSED)
        return arena_printf(a, "%s is left alone for a while, for %u calls in a row failed: %.400s",
                            inst->target, inst->breaker.failures, inst->last_failure);
    return NULL;
}

/* The sums over its instances, and its state. */
static void put_work(const struct providers *p, const struct plugin *pl, struct ipam_plugin_info *r,
                     struct arena *a)
{
    const char *message = pl->problem[0] ? pl->problem : NULL;
    uint32_t state = pl->problem[0] ? IPAM_PLUGIN_INFO_STATE_REFUSED : IPAM_PLUGIN_INFO_STATE_READY;

    for (const struct instance *inst = p->instances; inst; inst = inst->next) {
        if (inst->plugin != pl)
            continue;
        r->instances++;
        r->running += running(inst);
        r->waiting += inst->waiting - running(inst);
        r->zombies += inst->zombies;
        r->calls += (int64_t)inst->calls;
        r->failures += (int64_t)inst->failures;
        if (is_troubled(inst)) {
            state = IPAM_PLUGIN_INFO_STATE_DEGRADED;
            message = trouble(inst, a);
        }
    }
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_INSTANCES);
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_RUNNING);
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_WAITING);
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_ZOMBIES);
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_CALLS);
    IPAM_SET_FIELD(r, IPAM_PLUGIN_INFO_FAILURES);
    RECORD_SET(r, IPAM_PLUGIN_INFO_STATE, state, state);
    if (message)
        RECORD_SET(r, IPAM_PLUGIN_INFO_MESSAGE, message, str_from(message));
}

void providers_report_plugins(struct providers *p, struct arena *a,
                              void (*each)(void *user, struct ipam_plugin_info *rec), void *user)
{
    struct texts *t = xcalloc(1, sizeof(*t));

    t->arena = a;
    for (const struct plugin *pl = p->plugins; pl; pl = pl->next) {
        struct ipam_plugin_info *r = record_new(a, IPAM_T_PLUGIN_INFO);

        RECORD_SET(r, IPAM_PLUGIN_INFO_NAME, name, str_from(pl->name));
        if (pl->version[0]) { /* else it was never seen */
            RECORD_SET(r, IPAM_PLUGIN_INFO_VERSION, version, str_from(pl->version));
            RECORD_SET(r, IPAM_PLUGIN_INFO_SUMMARY, summary, str_from(pl->summary));
        }
        put_offers(pl, r, t);
        put_settings(pl, r);
        put_pids(p, pl, r, a);
        put_work(p, pl, r, a);
        each(user, r);
    }
    free(t);
}

/* --- instances --- */

static uint32_t state_of(const struct instance *inst)
{
    static const uint32_t states[] = { [INSTANCE_OPENING] = IPAM_INSTANCE_STATE_OPENING,
                                       [INSTANCE_OPEN] = IPAM_INSTANCE_STATE_OPEN,
                                       [INSTANCE_FAILED] = IPAM_INSTANCE_STATE_FAILED,
                                       [INSTANCE_CLOSING] = IPAM_INSTANCE_STATE_CLOSING };

    return states[inst->state];
}

static uint32_t breaker_of(const struct instance *inst)
{
    static const uint32_t states[] = { [BREAKER_CLOSED] = IPAM_INSTANCE_BREAKER_CLOSED,
                                       [BREAKER_OPEN] = IPAM_INSTANCE_BREAKER_OPEN,
                                       [BREAKER_TRIAL] = IPAM_INSTANCE_BREAKER_TRIAL };

    return states[breaker_state(&inst->breaker)];
}

static void put_doing(const struct instance *inst, struct ipam_instance *r, struct texts *t, int64_t now_ms)
{
    for (const struct request *req = inst->requests; req && t->count < DOING_MAX; req = req->next)
        if (is_running(req))
            add_text(t, arena_printf(t->arena, "%s %.1f s%s%s", call_kind(req->op)->name,
                                     (double)(now_ms - req->begun_ms) / 1000, req->step[0] ? ": " : "",
                                     req->step));
    RECORD_SET(r, IPAM_INSTANCE_DOING, doing, take_texts(t));
}

static void put_trouble(const struct instance *inst, struct ipam_instance *r, struct arena *a, int64_t now_ms)
{
    const char *message = trouble(inst, a);
    int64_t retry_ms = inst->state == INSTANCE_FAILED ? inst->retry_at_ms : inst->breaker.until_ms;

    if (message)
        RECORD_SET(r, IPAM_INSTANCE_MESSAGE, message, str_from(message));
    if (message && retry_ms > now_ms)
        RECORD_SET(r, IPAM_INSTANCE_RETRY_IN, retry_in, retry_ms - now_ms);
    if (inst->last_failure[0])
        RECORD_SET(r, IPAM_INSTANCE_LAST_FAILURE, last_failure, str_from(inst->last_failure));
}

static void put_instance(const struct instance *inst, struct ipam_instance *r, struct texts *t,
                         int64_t now_ms)
{
    RECORD_SET(r, IPAM_INSTANCE_PLUGIN, plugin, str_from(inst->plugin->name));
    RECORD_SET(r, IPAM_INSTANCE_KIND, kind, str_from(kind_name(inst->kind)));
    RECORD_SET(r, IPAM_INSTANCE_TARGET, target, str_from(inst->target));
    RECORD_SET(r, IPAM_INSTANCE_STATE, state, state_of(inst));
    RECORD_SET(r, IPAM_INSTANCE_BREAKER, breaker, breaker_of(inst));
    if (inst->helper && inst->helper->pid > 0)
        RECORD_SET(r, IPAM_INSTANCE_PID, pid, inst->helper->pid);
    RECORD_SET(r, IPAM_INSTANCE_ALONE, alone, inst->solitary);
    t->prefix = NULL;
    kind_each_capability(inst->kind, inst->capabilities, add_named, t);
    RECORD_SET(r, IPAM_INSTANCE_CAPABILITIES, capabilities, take_texts(t));
    put_doing(inst, r, t, now_ms);
    put_trouble(inst, r, t->arena, now_ms);
    RECORD_SET(r, IPAM_INSTANCE_RUNNING, running, running(inst));
    RECORD_SET(r, IPAM_INSTANCE_WAITING, waiting, inst->waiting - running(inst));
    RECORD_SET(r, IPAM_INSTANCE_ZOMBIES, zombies, inst->zombies);
    RECORD_SET(r, IPAM_INSTANCE_STUCK, stuck, inst->stuck > 0);
    RECORD_SET(r, IPAM_INSTANCE_CALLS, calls, (int64_t)inst->calls);
    RECORD_SET(r, IPAM_INSTANCE_FAILURES, failures, (int64_t)inst->failures);
    RECORD_SET(r, IPAM_INSTANCE_LOSSES, losses, inst->losses);
    RECORD_SET(r, IPAM_INSTANCE_AGE, age, now_ms - inst->opened_ms);
}

void providers_report_instances(struct providers *p, struct arena *a,
                                void (*each)(void *user, struct ipam_instance *rec), void *user)
{
    struct texts *t = xcalloc(1, sizeof(*t));
    int64_t now_ms = clock_mono_ms();

    t->arena = a;
    for (const struct instance *inst = p->instances; inst; inst = inst->next) {
        struct ipam_instance *r = record_new(a, IPAM_T_INSTANCE);

        put_instance(inst, r, t, now_ms);
        each(user, r);
    }
    free(t);
}

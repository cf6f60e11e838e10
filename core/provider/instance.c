/* instance.c - one server or storage opened with its options: open, fail, back off, open again, close.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipam/status.h"
#include "provider/provider_p.h"

#define BACK_OFF_FIRST_MS 1000
#define BACK_OFF_MOST_MS  60000

static void instance_free(struct instance *inst)
{
    struct providers *p = inst->providers;
    struct instance **at = &p->instances;

    while (*at != inst)
        at = &(*at)->next;
    *at = inst->next;
    options_fini(&inst->options);
    free(inst->target);
    helpers_forget(p, inst);
    plugin_release(p, inst->plugin);
    free(inst);
    providers_step(p);
}

/* The caller has let go: when the calls have ended, the backend closes; then nothing is left. */
static void close_step(struct instance *inst)
{
    if (inst->requests || inst->reading)
        return;
    if (inst->backend_busy && (inst->backend_open || !inst->backend->give_up(inst)))
        return;
    if (inst->backend_open) {
        inst->backend_busy = true;
        inst->backend->close(inst);
    } else {
        instance_free(inst);
    }
}

static void on_kick(struct loop_work *w)
{
    struct instance *inst = container_of(w, struct instance, post);

    inst->posted = false;
    if (inst->abandoned)
        return;
    if (inst->state == INSTANCE_CLOSING) {
        close_step(inst);
        return;
    }
    if (inst->state == INSTANCE_FAILED && inst->first_call && clock_mono_ms() >= inst->retry_at_ms)
        inst->state = INSTANCE_OPENING;
    if (inst->state == INSTANCE_OPENING && !inst->backend_busy) {
        inst->backend_busy = true;
        if (inst->problem[0])
            instance_opened(inst, IPAM_E_CONFIG, inst->problem);
        else
            inst->backend->open(inst);
    }
    while (inst->first_call && inst->state != INSTANCE_OPENING)
        request_send(inst->first_call);
}

void instance_kick(struct instance *inst)
{
    if (inst->posted)
        return;
    inst->posted = true;
    loop_post(inst->loop, &inst->post, on_kick);
}

int instance_take_options(struct instance *inst, struct options *ret, char *err)
{
    int status;

    options_clone(ret, &inst->options);
    status = options_load_secrets(ret, inst->secret, inst->secret_user, err);
    if (status < 0)
        options_fini(ret);
    return status;
}

/* Tells whoever opened it, once. */
static void tell_opened(struct instance *inst, int status, const char *message)
{
    void (*opened)(void *user, int status, const char *message) = inst->opened;

    inst->opened = NULL;
    if (opened)
        opened(inst->user, status, message);
}

static void keep_reason(struct instance *inst, const char *message)
{
    snprintf(inst->message, sizeof(inst->message), "%s%s%s cannot be used: %s", inst->plugin->name,
             inst->target[0] ? " for " : "", inst->target,
             message[0] ? message : "its plugin could not open it and gave no reason; see the log");
    inst->open_failures++;
}

static void fail(struct instance *inst, int status, const char *message)
{
    keep_reason(inst, message);
    inst->state = INSTANCE_FAILED;
    inst->status = status;
    inst->back_off_ms = inst->back_off_ms == 0 ? BACK_OFF_FIRST_MS : inst->back_off_ms * 2;
    if (inst->back_off_ms > BACK_OFF_MOST_MS)
        inst->back_off_ms = BACK_OFF_MOST_MS;
    inst->retry_at_ms = clock_mono_ms() + inst->back_off_ms;
    log_event_with(LOG_WARN_, "instance-failed",
                   LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name), LOG_TEXT("server", inst->target)),
                   "%s (status %d)", inst->message, status);
    tell_opened(inst, status, inst->message);
}

void instance_opened(struct instance *inst, int status, const char *message)
{
    inst->backend_busy = false;
    inst->backend_open = status == 0;
    instance_kick(inst);
    if (inst->state == INSTANCE_CLOSING)
        return;
    if (status < 0) {
        fail(inst, status, message);
        return;
    }
    inst->state = INSTANCE_OPEN;
    inst->open_failures = 0;
    inst->back_off_ms = 0;
    tell_opened(inst, 0, "");
}

void instance_caps_changed(struct instance *inst, uint64_t capabilities)
{
    inst->capabilities = capabilities & inst->plugin->offers[inst->kind].capabilities;
}

/* Calls that wait hear it; new ones wait for the next process, whose pauses are the helper's. */
void instance_open_lost(struct instance *inst, const char *message)
{
    inst->backend_busy = inst->backend_open = false;
    inst->losses++;
    instance_kick(inst);
    if (inst->state == INSTANCE_CLOSING)
        return;
    keep_reason(inst, message);
    inst->state = INSTANCE_OPENING;
    tell_opened(inst, IPAM_E_CONN, inst->message);
    for (struct request *req = inst->requests, *next; req; req = next) {
        next = req->next;
        if (req->queued)
            request_turn_away(req, IPAM_E_CONN, inst->message);
    }
}

void instance_closed(struct instance *inst)
{
    inst->backend_busy = inst->backend_open = false;
    instance_kick(inst);
}

void instance_lost(struct instance *inst, int status, const char *message)
{
    inst->backend_open = false;
    inst->losses++;
    if (inst->state == INSTANCE_OPEN)
        inst->state = INSTANCE_OPENING;
    for (struct request *req = inst->requests, *next; req; req = next) {
        next = req->next;
        if (req->queued || req->released)
            continue;
        req->released = req->lost = true;
        chunk_queue_fini(&req->frames);
        request_fail(req, req->canceled ? IPAM_E_CANCELED : status, "%s", message);
        request_settle(req);
    }
    instance_kick(inst);
}

/* The first problem of the options, for `opened`. */
static void keep_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    struct instance *inst = user;

    if (inst->problem[0] == '\0')
        snprintf(inst->problem, sizeof(inst->problem), "line %u, column %u: %s", (unsigned)line,
                 (unsigned)column, message);
}

/* Whether the plugin can be what it is opened as. */
static void check_kind(struct instance *inst)
{
    const struct plugin *pl = inst->plugin;

    if (!pl->offers[inst->kind].offered)
        refuse(0, inst->problem, "the plugin does not offer the kind %s; choose one that does",
               kind_name(inst->kind));
    else if (inst->kind == IPAM_KIND_STORAGE && pl->settings.isolation != ISOLATION_NONE)
        refuse(0, inst->problem,
               "a storage backend runs in the daemon's process; set its isolation to \"none\"");
}

struct instance *instance_open(struct providers *p, const struct instance_spec *spec,
                               void (*opened)(void *user, int status, const char *message), void *user)
{
    struct instance *inst = xcalloc(1, sizeof(*inst));

    inst->providers = p;
    inst->loop = p->loop;
    inst->plugin = spec->plugin;
    spec->plugin->users++;
    inst->opened_ms = clock_mono_ms();
    inst->kind = spec->kind;
    inst->capabilities = spec->plugin->offers[spec->kind].capabilities;
    inst->backend = spec->plugin->settings.isolation == ISOLATION_NONE ? &backend_local : &backend_remote;
    inst->target = xstrdup(spec->target);
    inst->secret = spec->secret;
    inst->secret_user = spec->secret_user;
    inst->schema = spec->schema;
    inst->opened = opened;
    inst->user = user;
    inst->last_call = &inst->first_call;
    inst->last_inbox = &inst->first_inbox;
    options_init(&inst->options, &spec->plugin->options, spec->options, spec->base);
    inst->next = p->instances;
    p->instances = inst;
    check_kind(inst);
    options_check(&spec->plugin->options, spec->doc, spec->options, spec->base, false, keep_problem, inst);
    instance_kick(inst);
    return inst;
}

bool instance_same(const struct instance *inst, const struct instance_spec *spec)
{
    struct options options;
    bool same;

    if (inst->plugin != spec->plugin || inst->kind != spec->kind || strcmp(inst->target, spec->target) != 0)
        return false;
    options_init(&options, &spec->plugin->options, spec->options, spec->base);
    same = options_same(&inst->options, &options);
    options_fini(&options);
    return same;
}

bool instance_uses_secret(const struct instance *inst, struct ipam_str name)
{
    return options_name_secret(&inst->options, name);
}

void instance_close(struct instance *inst)
{
    if (inst == NULL || inst->state == INSTANCE_CLOSING)
        return;
    inst->state = INSTANCE_CLOSING;
    inst->opened = NULL;
    for (struct request *req = inst->requests; req; req = req->next)
        request_drop(req);
    instance_kick(inst);
}

/* backend_local.c - instances whose plugin runs in this process.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "ipam/status.h"
#include "provider/provider_p.h"

/* What failed to open is freed before anybody hears of it. */
static void on_opened(void *user, int status, const char *message)
{
    struct instance *inst = user;

    if (status == 0) {
        instance_opened(inst, 0, "");
        return;
    }
    inst->open_status = status < 0 ? status : IPAM_E_PROVIDER;
    snprintf(inst->message, sizeof(inst->message), "%s", message);
    local_close(inst->local);
}

static void on_closed(void *user)
{
    struct instance *inst = user;
    char reason[PROVIDER_ERR_MAX];

    inst->local = NULL;
    if (inst->open_status == 0) {
        instance_closed(inst);
        return;
    }
    snprintf(reason, sizeof(reason), "%s", inst->message);
    instance_opened(inst, inst->open_status, reason);
}

static void on_caps_changed(void *user, uint64_t capabilities)
{
    instance_caps_changed(user, capabilities);
}

static void backend_open(struct instance *inst)
{
    struct local_spec spec = { .loop = inst->loop,
                               .plugin = inst->plugin,
                               .process = "lane",
                               .target = inst->target,
                               .kind = inst->kind,
                               .most_calls = inst->plugin->settings.max_concurrency,
                               .schema = inst->schema,
                               .caps_changed = on_caps_changed,
                               .opened = on_opened,
                               .closed = on_closed,
                               .user = inst };
    char err[PROVIDER_ERR_MAX];
    int status = instance_take_options(inst, &spec.options, err);

    inst->open_status = 0;
    if (status == 0) {
        inst->local = local_open(&spec);
        if (inst->local)
            return;
        status = IPAM_E_AGAIN;
        snprintf(err, sizeof(err), "no thread can be made: allow the service more tasks");
    }
    instance_opened(inst, status, err);
}

static bool backend_give_up(struct instance *inst)
{
    (void)inst; /* it has a thread at once */
    return false;
}

static void backend_close(struct instance *inst)
{
    local_close(inst->local);
}

static void on_output(struct local_call *c, struct chunk *chunk)
{
    request_input(container_of(c, struct request, call), chunk);
}

static void on_ended(struct local_call *c, bool canceled)
{
    request_released(container_of(c, struct request, call), canceled);
}

static int backend_call(struct request *req)
{
    struct local_call *c = &req->call;

    c->op = req->op;
    c->args = req->args;
    c->edits = req->edits;
    c->edit_count = req->edit_count;
    c->deadline_ms = req->deadline_ms;
    c->output = on_output;
    c->ended = on_ended;
    return local_submit(req->inst->local, c);
}

static void backend_cancel(struct request *req)
{
    local_cancel(&req->call);
}

static void backend_credit(struct request *req, size_t bytes)
{
    local_credit(&req->call, bytes);
}

static void backend_stepped(struct request *req)
{
    local_stepped(&req->call);
}

/* A thread cannot be ended from outside: all that is left is to say so, and to send no more calls. */
static void backend_condemn(struct instance *inst, const char *why)
{
    log_event_with(LOG_ERR_, "plugin-stuck",
                   LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name), LOG_TEXT("server", inst->target)),
                   "the plugin %s is stuck: %s; it gets no more calls until it comes back: restart ipamd, "
                   "or isolate the plugin",
                   inst->plugin->name, why);
}

static void backend_abandon(struct instance *inst)
{
    log_event_with(LOG_ERR_, "plugin-left-behind",
                   LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name), LOG_TEXT("server", inst->target)),
                   "the plugin %s does not let go of its calls; left behind", inst->plugin->name);
    if (inst->local)
        local_abandon(inst->local);
}

const struct backend backend_local = {
    .open = backend_open,
    .give_up = backend_give_up,
    .close = backend_close,
    .call = backend_call,
    .cancel = backend_cancel,
    .credit = backend_credit,
    .stepped = backend_stepped,
    .condemn = backend_condemn,
    .abandon = backend_abandon,
};

/* host_loop.c - what the host does for LOOP plugins alone: descriptors, timers, deferred functions, credit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/log.h"
#include "ipam/status.h"
#include "provider/local_p.h"

/* The things of a LOOP plugin's instance; NULL for any other, which is told in the log. */
static struct loop_things *things_of(struct ipam_inst *inst, const char *function)
{
    if (inst->local && inst->local->on_loop)
        return &inst->local->things;
    log_event_with(
        LOG_ERR_, "plugin-misuse", LOG_FIELDS(LOG_TEXT("plugin", inst->plugin->name)),
        "the plugin %s called %s, which is for plugins of the thread model LOOP; refused: report this to the "
        "plugin's author",
        inst->plugin->name, function);
    return NULL;
}

int32_t host_watch_fd(struct ipam_inst *inst, int32_t fd, uint32_t events,
                      void (*ready)(void *user, int32_t fd, uint32_t events), void *user)
{
    struct loop_things *t = things_of(inst, "watch_fd");

    return t ? things_watch(t, fd, events, ready, user) : IPAM_E_UNSUPPORTED;
}

struct ipam_timer *host_timer_start(struct ipam_inst *inst, int64_t after_ms, void (*due)(void *user),
                                    void *user)
{
    struct loop_things *t = things_of(inst, "timer_start");

    return t && due ? things_timer(t, after_ms, due, user) : NULL;
}

void host_timer_stop(struct ipam_inst *inst, struct ipam_timer *timer)
{
    struct loop_things *t = things_of(inst, "timer_stop");

    if (t && timer)
        things_timer_stop(t, timer);
}

int32_t host_defer(struct ipam_inst *inst, void (*run)(void *user), void *user)
{
    struct loop_things *t = things_of(inst, "defer");

    if (t == NULL)
        return IPAM_E_UNSUPPORTED;
    return run ? things_defer(t, run, user) : IPAM_E_INVAL;
}

void host_on_credit(struct ipam_req *req, void (*run)(void *user), void *user)
{
    struct local_call *c = handle_enter(req, "on_credit");

    if (c == NULL)
        return;
    c->on_credit = run;
    c->on_credit_user = user;
    if (c->local->on_loop)
        on_loop_credit(c);
    handle_leave(req);
}

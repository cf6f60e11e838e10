/* rules_cancel.c - cancelling and deadlines, at every step of every call.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each call is first made in the ordinary way: what does not even end then is broken in another way. */
#include <stddef.h>

#include "conform.h"

#define STEPS_TRIED 60 /* calls of the host at which a call is cancelled */

static struct ipam_req *control(struct ipam_inst *inst, const struct call *call)
{
    return req_run(inst, call, FILL_ORDINARY);
}

void try_cancel_before(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        struct ipam_req *req;
        control(inst, call);
        req = req_new(inst, call, FILL_ORDINARY);
        req->cancelled = true;
        if (!under_loop()) /* the thread of the call may be about to call the plugin just now */
            cancel_now(inst, req);
        req_start(req);
        if (!req_wait(req, settings.grace_ms)) {
            broken("cancel-before",
                   "%s did not end within %lld ms although it was cancelled before it began; ask "
                   "host->cancelled before anything long",
                   call->name, (long long)settings.grace_ms);
            trial_end();
        }
    }
    inst_close(inst);
}

static void must_end(struct ipam_req *req, const char *when)
{
    if (req_wait(req, settings.grace_ms))
        return;
    broken("cancel-during",
           "%s did not end within %lld ms after it was cancelled %s; ask host->cancelled at each "
           "step, and bound each wait",
           req->what, (long long)settings.grace_ms, when);
    trial_end();
}

static void cancel_at_steps(struct ipam_inst *inst, const struct call *call, uint32_t steps)
{
    for (uint32_t n = 1; n <= steps && n <= STEPS_TRIED && !trial_late(); n++) {
        struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
        req->cancel_at = n;
        req_start(req);
        /* From the moment it is cancelled, which is not before its start. */
        if (!req_wait(req, settings.deadline_ms))
            must_end(req, "in a call of the host");
    }
}

static void cancel_waiting(struct ipam_inst *inst, const struct call *call)
{
    static const int64_t after[] = { 0, 1, 5, 20 };

    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
        req->credit = (int64_t)i % 2; /* it waits for credit at its first or second row */
        req_start(req);
        req_entered(req);
        req_wait(req, after[i]);
        req_cancel(req);
        must_end(req, "while it was under way");
    }
}

void try_cancel_during(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        struct ipam_req *ordinary = control(inst, call);
        cancel_waiting(inst, call);
        if ((call->flags & CALL_ENDLESS) == 0)
            cancel_at_steps(inst, call, ordinary->host_calls);
    }
    inst_close(inst);
}

static struct {
    struct ipam_inst *inst;
    struct ipam_req *req;
} late;

static void late_cancel(void *arg)
{
    (void)arg;
    cancel_now(late.inst, late.req);
}

void try_cancel_after(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    if (ops.common.cancel == NULL)
        trial_skip("the plugin has no cancel");
    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        late.inst = inst;
        late.req = control(inst, call);
        if (under_loop() && !worker_call(inst->workers[0], late_cancel, NULL, settings.grace_ms)) {
            broken("cancel-after", "cancel did not return after the call had ended");
            trial_end();
        }
        if (!under_loop())
            late_cancel(NULL);
        control(inst, call);
    }
    inst_close(inst);
}

static void run_to_deadline(struct ipam_inst *inst, const struct call *call, int64_t credit, int64_t in_ms)
{
    struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);

    req->deadline = now_ms() + in_ms;
    req->credit = credit;
    req_start(req);
    req_entered(req);
    req_finish(req, "deadline");
}

/* Phases: it is over before the call begins; while it waits for its first rows; while it works. */
void try_deadline(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        control(inst, call);
        run_to_deadline(inst, call, -1, -1);
        for (int64_t rows = 0; rows < 3; rows++)
            run_to_deadline(inst, call, rows, 30);
        run_to_deadline(inst, call, -1, 5);
    }
    inst_close(inst);
}

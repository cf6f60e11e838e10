/* rules_call.c - calls: ordinary ones, odd arguments, a host that stops or is late, a thousand at once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "conform.h"

#define ROWS_TRIED 20   /* rows at which emit is made to answer negative */
#define MANY       1000 /* calls in a row or at once */

void try_battery(void)
{
    struct ipam_inst *inst = inst_opened(0);

    for (unsigned i = 0; i < 3; i++)
        run_battery(inst);
    inst_close(inst);
}

void try_state(void)
{
    struct ipam_inst *inst;

    state_watch();
    inst = inst_opened(0);
    run_battery(inst);
    inst_close(inst);
}

void try_arguments(void)
{
    static const enum fill fills[] = { FILL_ABSENT, FILL_EMPTY, FILL_MAXIMAL };
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        req_run(inst, call, FILL_ORDINARY);
        for (unsigned f = 0; f < 3 && call->args != 0; f++) {
            struct ipam_req *req = req_new(inst, call, fills[f]);
            req_start(req);
            req_finish(req, "arguments");
        }
    }
    inst_close(inst);
}

/* --- what is not offered ------------------------------------------------------------------------------ */

static void must_refuse(struct ipam_req *req, const char *what, int64_t number)
{
    req_start(req);
    req_finish(req, "done-always");
    if (req->status != IPAM_E_UNSUPPORTED)
        broken("unknown-capability",
               "%s of %s %lld, which no capability tells of, is answered %s; answer "
               "IPAM_E_UNSUPPORTED",
               req->what, what, (long long)number,
               status_name(req->status) != NULL ? status_name(req->status) : "an unknown status");
}

/* A number below `most` whose capability bit is missing; -1: none is. */
static int64_t missing(unsigned shift, unsigned most)
{
    for (unsigned n = 0; n < most; n++)
        if (!has_cap((uint64_t)1 << (shift + n)))
            return n;
    return -1;
}

void try_capability(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;
    bool tried = false;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        bool act = call->args == IPAM_T_ACT, verify = call->args == IPAM_T_CREDENTIAL;
        int64_t n = act ? 31 : verify ? missing(0, 4) : call->args == IPAM_T_DELIVERY ? missing(0, 3) : -1;
        struct ipam_req *req;
        if (n < 0)
            continue;
        req = req_new(inst, call, FILL_ORDINARY);
        arg_set_int(req->args, act ? "verb" : "kind", n);
        must_refuse(req, act ? "verb" : "kind", n);
        tried = true;
    }
    inst_close(inst);
    if (!tried)
        trial_skip("no call of this kind can ask for what is not offered");
}

/* --- a host that stops, or is late -------------------------------------------------------------------- */

void try_stop(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        uint32_t rows = req_run(inst, call, FILL_ORDINARY)->rows;
        for (uint32_t n = 1; n <= rows && n <= ROWS_TRIED && !trial_late(); n++) {
            struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
            req->stop_at = n;
            req_start(req);
            req_finish(req, "emit-after-stop");
        }
    }
    inst_close(inst);
}

/* Gives one row after the other, each a while after the one before was taken. */
static struct ipam_req *run_late(struct ipam_inst *inst, const struct call *call)
{
    struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
    int64_t until = now_ms() + settings.deadline_ms;

    req->credit = 0;
    req->slow_ms = 1;
    req->deadline = 2 * settings.deadline_ms + now_ms();
    req_start(req);
    while (!req_wait(req, 3) && now_ms() < until)
        req_credit(req, 1);
    req_credit(req, -1);
    req_finish(req, "late-host");
    return req;
}

void try_late(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        struct ipam_req *before, *late, *after;
        if ((call->flags & (CALL_ENDLESS | CALL_WRITES)) != 0)
            continue;
        before = req_run(inst, call, FILL_ORDINARY);
        late = run_late(inst, call);
        after = req_run(inst, call, FILL_ORDINARY);
        if (before->status != IPAM_OK || after->status != IPAM_OK || before->rows != after->rows)
            continue;
        if (late->status != IPAM_OK || late->rows != before->rows)
            broken("late-host",
                   "%s emitted %u rows, and %u with %s to a host that takes them slowly; under LOOP wait "
                   "with on_credit and emit the same row again",
                   call->name, before->rows, late->rows,
                   status_name(late->status) != NULL ? status_name(late->status) : "an unknown status");
    }
    inst_close(inst);
}

/* --- many --------------------------------------------------------------------------------------------- */

static bool gave_up(int32_t status)
{
    return status == IPAM_E_BUSY || status == IPAM_E_AGAIN || status == IPAM_E_NOMEM ||
           status == IPAM_E_NOSPC || status == IPAM_E_EXHAUSTED;
}

void try_many(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call = call_at(1) != NULL ? call_at(1) : call_at(0);
    struct ipam_req **reqs = xcalloc(MANY, sizeof(struct ipam_req *)),
                    *first = req_run(inst, call, FILL_ORDINARY);
    unsigned count = 0;

    for (; count < MANY && !trial_late(); count++) {
        reqs[count] = req_new(inst, count % 10 == 9 ? &calls[0] : call, FILL_ORDINARY);
        req_start(reqs[count]);
    }
    for (unsigned i = 0; i < count; i++) {
        req_finish(reqs[i], "many-requests");
        if (!gave_up(first->status) && gave_up(reqs[i]->status))
            broken("many-requests",
                   "call %u of %u was answered %s, the first was not; give back what a call took, and "
                   "declare the concurrency that is really there",
                   i + 1, count, status_name(reqs[i]->status));
    }
    inst_close(inst);
    free(reqs);
}

/* pass.c - one pass over the plan: a look at a slice, what it found through the gate, and so on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_p.h"

static void on_turn(struct loop_work *w)
{
    struct pass *p = container_of(w, struct pass, turn);
    if (p->canceled)
        pass_end(p, 0, "");
    else
        p->look(p);
}

static void next(struct pass *p)
{
    job_progress(p->job, p->looked, 0);
    if (p->all)
        pass_end(p, 0, "");
    else
        loop_post(p->at->loop, &p->turn, on_turn);
}

static void on_settled(void *user, int status, const char *message)
{
    struct pass *p = user;
    if (status != 0) {
        pass_end(p, status, message);
        return;
    }
    p->changed += p->batch.drafted;
    next(p);
}

void pass_go_on(struct pass *p)
{
    if (p->batch.count > 0 && (p->all || batch_is_full(&p->batch)))
        batch_submit(p->at->gate, &p->batch);
    else
        next(p);
}

void pass_end(struct pass *p, int status, const char *message)
{
    p->job = NULL;
    imap_fini(&p->seen);
    if (status != 0)
        regular_end(p->regular, IPAM_JOB_STATE_FAILED, "%s", message);
    else if (p->canceled)
        regular_end(p->regular, IPAM_JOB_STATE_CANCELED,
                    "cancelled after %lld %s; what was told until then stays", (long long)p->looked,
                    p->things);
    else
        regular_end(p->regular, IPAM_JOB_STATE_DONE, "%lld %s looked at, %lld alerts changed",
                    (long long)p->looked, p->things, (long long)p->changed);
}

bool pass_look_at_alerts(struct pass *p, bool (*gone)(struct pass *p, const struct ipam_alert *a))
{
    const struct ipam_alert *a;
    for (int i = 0; i < SLICE_ROWS && !batch_is_full(&p->batch); i++) {
        a = state_next(p->at->state, IPAM_T_ALERT, p->after);
        if (a == NULL)
            return true;
        p->after = a->id;
        if (gone(p, a))
            batch_add(&p->batch, judge_type(a), a->object);
    }
    return false;
}

void pass_cancel(void *user)
{
    ((struct pass *)user)->canceled = true;
}

void pass_init(struct pass *p, const struct notify_config *at, struct regular *regular, const char *things,
               void (*look)(struct pass *p))
{
    *p = (struct pass){ .at = at, .regular = regular, .things = things, .look = look };
    p->batch.settled = on_settled;
    p->batch.user = p;
}

void pass_begin(struct pass *p, struct job *job)
{
    p->job = job;
    p->canceled = p->all = false;
    p->looked = p->changed = p->after = 0;
    p->stage = 0;
    p->batch.count = 0;
    imap_init(&p->seen);
    job_phase(job, p->things);
    loop_post(p->at->loop, &p->turn, on_turn);
}

/* quarantine.c - ends the quarantine of addresses when its time has come.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The time is the backend's, and is judged in the gate: who looks too early ends nothing. */
#include "notify/quarantine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define PIECE_ROWS 500

struct quarantine {
    struct intent intent; /* first: cast back */
    struct loop *loop;
    struct store *store;
    struct gate *gate;
    struct loop_timer timer;
    int64_t ids[PIECE_ROWS];
    size_t count;
    bool stopped;
};

static void on_timer(struct loop_timer *t);

static void wait(struct quarantine *q, int64_t ms)
{
    if (!q->stopped)
        timer_start(q->loop, &q->timer, ms, on_timer);
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct quarantine *q = (struct quarantine *)in;
    (void)v;
    for (size_t i = 0; i < q->count; i++)
        needs_row(n, IPAM_T_QUARANTINE, q->ids[i]);
}

static int decide(struct intent *in, struct draft *d)
{
    struct quarantine *q = (struct quarantine *)in;
    for (size_t i = 0; i < q->count; i++) {
        const struct ipam_quarantine *row = view_get(draft_view(d), IPAM_T_QUARANTINE, q->ids[i]);
        if (row != NULL && row->until <= draft_now(d))
            draft_delete(d, row);
    }
    return 0;
}

/* A full piece is perhaps not all. */
static void settled(struct intent *in, int status)
{
    struct quarantine *q = (struct quarantine *)in;
    if (status != 0)
        log_event(LOG_WARN_, "quarantine-not-ended", "addresses stay in quarantine for now: %s",
                  in->problem.detail);
    wait(q, status == 0 && q->count == PIECE_ROWS ? 0 : QUARANTINE_LOOK_MS);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct quarantine *q = user;
    (void)t;
    if (q->count < PIECE_ROWS)
        q->ids[q->count++] = ((const struct ipam_quarantine *)rec)->id;
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct quarantine *q = user;
    (void)answer;
    if (status != 0)
        log_event(LOG_WARN_, "quarantine-not-ended", "addresses stay in quarantine for now: %s", message);
    if (status != 0 || q->count == 0 || q->stopped) {
        wait(q, QUARANTINE_LOOK_MS);
        return;
    }
    q->intent = (struct intent){ .operation = "ipam.quarantine.end",
                                 .actor.name = IPAM_STR("ipamd"),
                                 .bulk = true,
                                 .rows = (unsigned)q->count,
                                 .needs = needs,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(q->gate, &q->intent);
}

static void on_timer(struct loop_timer *t)
{
    struct quarantine *q = container_of(t, struct quarantine, timer);
    struct ipam_quarantine like;
    struct store_filter f = { IPAM_QUARANTINE_UNTIL, IPAM_CMP_LE, &like };
    struct store_query query = {
        .type = IPAM_T_QUARANTINE, .limit = PIECE_ROWS, .filters = &f, .filter_count = 1
    };
    record_init(&like, IPAM_T_QUARANTINE);
    RECORD_SET(&like, IPAM_QUARANTINE_UNTIL, until, clock_wall_ms());
    q->count = 0;
    store_query(q->store, &query, on_row, on_read, q);
}

struct quarantine *quarantine_new(struct loop *loop, struct store *store, struct gate *gate)
{
    struct quarantine *q = xcalloc(1, sizeof(*q));
    q->loop = loop;
    q->store = store;
    q->gate = gate;
    wait(q, QUARANTINE_LOOK_MS);
    return q;
}

void quarantine_stop(struct quarantine *q)
{
    if (q == NULL)
        return;
    q->stopped = true;
    timer_stop(&q->timer);
}

void quarantine_free(struct quarantine *q)
{
    free(q);
}

/* runner.c - one server's plans, round by round: load, mark sent, apply, read back, end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   load -> sent -> apply -> read back -> ended -> the next part of the server ... -> load ...
 *    |                |-> changed: read, apply again (three times)
 *    |                |-> refused: those that were named end; the others again, by halves when none was
 *    |                `-> not known: noted; the rest of the part waits; resumed after a back-off
 *    `-> the server cannot be read: noted, back-off, load ...
 *
 * A DHCP server is one part; of a DNS server each zone is one, so that none of them holds up the others. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "manage/manage_p.h"

#define APPLY_TIMEOUT_MS 120000
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS  60000
#define TRIES_MOST       3
#define DUE_LOOK_MS      60000

static void apply(struct runner *r);
static void next_group(struct runner *r);

static void round_free(struct runner *r)
{
    if (r->secret)
        arena_wipe(&r->arena);
    r->secret = false;
    arena_fini(&r->arena);
    free(r->work);
    r->work = NULL;
    r->count = r->room = 0;
}

static void on_due(struct loop_timer *t)
{
    struct runner *r = container_of(t, struct runner, due);
    r->kicked = true;
    runner_start(r);
}

/* It may be a clock that is set meanwhile: it is looked at anew from time to time. */
static void wait_due(struct runner *r)
{
    int64_t left = r->due_ms - clock_wall_ms();
    timer_stop(&r->due);
    if (r->due_ms != 0 && !r->m->closing)
        timer_start(r->m->at.loop, &r->due, left < 0 ? 0 : left < DUE_LOOK_MS ? left : DUE_LOOK_MS, on_due);
}

static void retry(struct loop_timer *t)
{
    struct runner *r = container_of(t, struct runner, retry);
    r->kicked = true;
    runner_start(r);
}

/* The round is over; `again` after a pause when something is left undone. */
static void round_end(struct runner *r, bool again)
{
    struct manage *m = r->m;
    fleet_leave(m->at.fleet, r->server);
    round_free(r);
    wait_due(r);
    r->active = false;
    if (again && !m->closing) {
        r->backoff_ms = r->backoff_ms == 0 ? BACKOFF_FIRST_MS : r->backoff_ms * 2;
        if (r->backoff_ms > BACKOFF_MOST_MS)
            r->backoff_ms = BACKOFF_MOST_MS;
        timer_start(m->at.loop, &r->retry, r->backoff_ms, retry);
    } else if (r->kicked) {
        runner_start(r);
    }
    manage_leave(m);
}

/* --- ended: the round's steps are recorded --- */

/* What is left of those that travel together goes on without those that have ended. */
static void next_rest(struct runner *r)
{
    r->from = r->to;
    r->to = r->end;
    r->tries = 0;
    apply(r);
}

/* Those who wait for what has ended with it. */
static void wake(struct runner *r, const struct work *w)
{
    if (w->plan_ended)
        waits_wake(r->m, w->plan->id);
    if (w->parent_ended)
        waits_wake(r->m, w->plan->parent);
}

static void on_ended(struct runner *r, int status)
{
    for (size_t i = r->from; i < r->to && status == 0; i++)
        wake(r, &r->work[i]);
    if (status != 0) {
        round_end(r, true);
        return;
    }
    if (r->to < r->end)
        next_rest(r);
    else
        next_group(r);
}

/* Those that are left wait, as the server cannot be asked; nothing was sent of them. */
static void on_rest_noted(struct runner *r, int status)
{
    (void)status;
    round_end(r, true);
}

/* Noted, or not: what storage says then is `sent`, which means the same as unknown, or `planned`. */
static void on_noted(struct runner *r, int status)
{
    r->again = r->held = true;
    if (status != 0 || r->m->closing || (r->down && r->end == r->count)) {
        round_end(r, true);
    } else if (r->down) {
        r->from = r->end;
        r->to = r->end = r->count;
        outcome_waits(r, on_rest_noted);
    } else {
        next_group(r);
    }
}

/* Whether no part of the server can be asked. */
static bool is_down(int status)
{
    return status == IPAM_E_CONN || status == IPAM_E_TIMEOUT || status == IPAM_E_PROVIDER ||
           status == IPAM_E_BUSY || status == IPAM_E_CANCELED || status == IPAM_E_NOMEM;
}

static void unknown(struct runner *r, int status, const char *message)
{
    if (message != r->message)
        snprintf(r->message, sizeof(r->message), "%s", message);
    r->down = is_down(status);
    outcome_unknown(r, on_noted);
}

/* Nothing was changed; the plans wait for better times. */
static void wait_longer(struct runner *r, int status, const char *message)
{
    log_event_with(LOG_WARN_, "plans-wait", LOG_FIELDS(LOG_NUMBER("server_id", r->server)), "server %lld: %s",
                   (long long)r->server, message);
    if (message != r->message)
        snprintf(r->message, sizeof(r->message), "%s", message);
    r->down = is_down(status);
    outcome_waits(r, on_noted);
}

/* --- reading back --- */

/* Reads the scope or zone, or all, as the server has it now; not any more when time is up. */
static void look(struct runner *r, struct ipam_str place,
                 void (*done)(void *user, int status, const char *message))
{
    if (r->m->hurried)
        done(r, IPAM_E_CANCELED, MANAGE_STOPPING);
    else
        r->m->at.read_back(r->m->at.user, r->inst, r->server, place, done, r, &r->current);
}

static void on_looked(struct runner *r, int status)
{
    if (status != 0)
        unknown(r, status, "what was read back of it cannot be read from storage; it will be asked again");
    else
        outcome_ended(r, on_ended);
}

static void on_read_back(void *user, int status, const char *message)
{
    struct runner *r = user;
    if (status != 0) {
        log_event_with(LOG_WARN_, "read-back-failed", LOG_FIELDS(LOG_NUMBER("server_id", r->server)),
                       "server %lld: %s", (long long)r->server, message);
        unknown(r, status, message);
        return;
    }
    fault_point("manage:read-back");
    object_look(r, on_looked);
}

static void read_back(struct runner *r)
{
    /* One scope when all steps are in one; else everything. Those of zones are of one. */
    struct ipam_str place = r->work[r->from].place;
    for (size_t i = r->from; i < r->to; i++)
        if (!str_equal(place, r->work[i].place))
            place = (struct ipam_str){ NULL, 0 };
    look(r, place, on_read_back);
}

/* --- applying --- */

/* Whose edit it is; NULL: nobody's. */
static struct work *work_of(struct runner *r, int64_t edit)
{
    for (size_t i = r->from; i < r->to && edit >= 0; i++) {
        if ((size_t)edit < r->work[i].edits)
            return &r->work[i];
        edit -= (int64_t)r->work[i].edits;
    }
    return NULL;
}

static void on_result(void *user, const struct ipam_record *rec)
{
    struct runner *r = user;
    const struct ipam_edit_result *e = (const struct ipam_edit_result *)rec;
    struct work *w = rec->type == IPAM_T_EDIT_RESULT ? work_of(r, e->index) : NULL;
    if (w == NULL || (w->status != 0 && e->status == 0))
        return;
    w->status = (int)e->status;
    snprintf(w->message, sizeof(w->message), STR_FMT, STR_ARG(e->message));
}

bool runner_is_refusal(int status)
{
    return status == IPAM_E_REFUSED || status == IPAM_E_INVAL || status == IPAM_E_UNSUPPORTED ||
           status == IPAM_E_CONFLICT || status == IPAM_E_EXIST || status == IPAM_E_NOENT ||
           status == IPAM_E_TOOBIG;
}

static void on_read_again(void *user, int status, const char *message)
{
    struct runner *r = user;
    if (status != 0)
        wait_longer(r, status, message);
    else
        apply(r);
}

static struct ipam_str part_of(const struct runner *r)
{
    return r->work[r->from].part;
}

/* Those that the server named are put first, in order; how many. */
static size_t name_first(struct runner *r)
{
    size_t count = r->to - r->from, named = 0, others = 0;
    struct work *sorted = xmalloc(count * sizeof(*sorted));
    for (size_t i = r->from; i < r->to; i++)
        named += runner_is_refusal(r->work[i].status);
    for (size_t i = r->from, k = 0; i < r->to; i++)
        sorted[runner_is_refusal(r->work[i].status) ? k++ : named + others++] = r->work[i];
    memcpy(&r->work[r->from], sorted, count * sizeof(*sorted));
    free(sorted);
    return named;
}

/* One bad edit must not spoil the others: they go on without those that are named; if none is, by halves. */
static void refused(struct runner *r, int status)
{
    size_t count = r->to - r->from, named = name_first(r);
    if (named == 0 && count > 1) {
        r->to = r->from + count / 2;
        apply(r);
        return;
    }
    if (named == 0) {
        struct work *w = &r->work[r->from];
        w->status = status;
        if (w->message[0] == '\0')
            snprintf(w->message, sizeof(w->message), "%s", r->message);
    }
    r->to = r->from + (named > 0 ? named : 1);
    outcome_ended(r, on_ended);
}

/* What is resumed was sent earlier: others may have changed the server since. */
static void tell_applied(struct runner *r, struct ipam_str token)
{
    struct ipam_str from = r->work[r->from].pending ? (struct ipam_str){ NULL, 0 }
                                                    : fleet_token(r->m->at.fleet, r->server, part_of(r));
    if (r->m->at.applied != NULL && part_of(r).len == 0)
        r->m->at.applied(r->m->at.user, r->server, from, token);
}

static void on_applied(void *user, int status, const struct ipam_outcome *info)
{
    struct runner *r = user;
    r->current = NULL;
    fault_point("manage:applied");
    snprintf(r->message, sizeof(r->message), STR_FMT, STR_ARG(info->message));
    if (status == 0) {
        tell_applied(r, info->token);
        fleet_set_token(r->m->at.fleet, r->server, part_of(r), info->token);
        read_back(r);
    } else if (status == IPAM_E_CHANGED && r->tries < TRIES_MOST) {
        r->tries++;
        look(r, part_of(r), on_read_again);
    } else if (status == IPAM_E_CHANGED) {
        wait_longer(r, status,
                    "the server's configuration changes again and again; nothing was changed, it will be "
                    "tried later");
    } else if (runner_is_refusal(status)) {
        refused(r, status);
    } else {
        log_event_with(LOG_WARN_, "apply-unknown", LOG_FIELDS(LOG_NUMBER("server_id", r->server)),
                       "server %lld: %s (%d); it will be asked again", (long long)r->server, r->message,
                       status);
        unknown(r, status, r->message);
    }
}

static void on_acted(struct runner *r, int status, const char *message)
{
    if (status != 0) {
        log_event_with(LOG_WARN_, "apply-unknown", LOG_FIELDS(LOG_NUMBER("server_id", r->server)),
                       "server %lld: %s (%d); it will be asked again", (long long)r->server, message, status);
        unknown(r, status, message);
        return;
    }
    fault_point("manage:read-back");
    object_look(r, on_looked);
}

struct edits {
    uint32_t *verbs;
    const struct ipam_record **befores, **afters;
};

/* The edits of one step, from number n on; how many. A reservation of another client, or a record of other
 * data, is none that could be changed into this one: it is deleted in the same call. */
static size_t put_edits(struct work *w, const struct edits *e, size_t n)
{
    const struct ipam_record *object = w->object;
    w->status = 0;
    w->message[0] = '\0';
    for (size_t i = 0; i < w->text_count; i++) {
        e->verbs[n + i] = IPAM_EDIT_VERB_SET;
        e->befores[n + i] = NULL;
        e->afters[n + i] = (const struct ipam_record *)(const void *)&w->texts[i];
    }
    if (w->whole)
        return w->edits = w->text_count;
    w->edits = w->former != NULL && !w->in_place ? 2 : 1;
    if (w->in_place) {
        e->verbs[n] = IPAM_EDIT_VERB_SET;
        e->befores[n] = w->former;
        e->afters[n] = object;
        return w->edits;
    }
    if (w->former != NULL) {
        e->verbs[n] = IPAM_EDIT_VERB_DELETE;
        e->befores[n] = w->former;
        e->afters[n++] = NULL;
    }
    bool goes = w->step->verb == IPAM_PLAN_STEP_VERB_DELETE;
    e->verbs[n] = goes ? IPAM_EDIT_VERB_DELETE : IPAM_EDIT_VERB_ADD;
    e->befores[n] = goes ? object : NULL;
    e->afters[n] = goes ? NULL : object;
    return w->edits;
}

static void apply(struct runner *r)
{
    static const struct request_events events = { .record = on_result, .done = on_applied };
    size_t most = 2 * (r->to - r->from) + r->work[r->from].text_count, n = 0;
    struct edits e = { arena_alloc(&r->arena, most * sizeof(*e.verbs)),
                       arena_alloc(&r->arena, most * sizeof(*e.befores)),
                       arena_alloc(&r->arena, most * sizeof(*e.afters)) };
    struct ipam_apply args;
    if (r->m->hurried) {
        unknown(r, IPAM_E_CANCELED, MANAGE_STOPPING);
        return;
    }
    if (act_is(&r->work[r->from])) {
        act_begin(r, on_acted);
        return;
    }
    for (size_t i = r->from; i < r->to; i++)
        n += put_edits(&r->work[i], &e, n);
    record_init(&args, IPAM_T_APPLY);
    RECORD_SET(&args, IPAM_APPLY_TOKEN, token, fleet_token(r->m->at.fleet, r->server, part_of(r)));
    RECORD_SET(&args, IPAM_APPLY_FLAGS, flags, r->work[r->from].pending ? IPAM_APPLY_RESUME : 0);
    RECORD_SET(&args, IPAM_APPLY_COUNT, count, (int64_t)n);
    r->current = request_apply(r->inst, &args, e.verbs, e.befores, e.afters, APPLY_TIMEOUT_MS, &events, r);
}

static void on_sent(struct runner *r, int status)
{
    if (status != 0) {
        round_end(r, true);
        return;
    }
    size_t left = r->from;
    for (size_t i = r->from; i < r->count; i++)
        if (i < r->to && r->work[i].ended)
            waits_wake(r->m, r->work[i].plan->id);
        else
            r->work[left++] = r->work[i];
    r->to = r->end -= r->count - left;
    r->count = left;
    if (r->from == r->to) {
        next_group(r);
        return;
    }
    if (!r->work[r->from].pending)
        load_sent(r, r->to - r->from);
    fault_point("manage:sent");
    apply(r);
}

static void on_known(void *user, int status, const char *message)
{
    struct runner *r = user;
    if (status != 0)
        wait_longer(r, status, message);
    else
        outcome_sent(r, on_sent);
}

/* Whether what is changed is kept as it is, should it be wanted back. Zones have a history of their own. */
static bool is_kept(const struct runner *r)
{
    struct archive *a = r->m->at.archive;
    return a == NULL || fleet_kind(r->m->at.fleet, r->server) == IPAM_KIND_DNS ||
           archive_has(a, r->server, fleet_token(r->m->at.fleet, r->server, part_of(r)));
}

/* Edits are planned on a configuration that was read, and kept; to resume, the provider reads for itself. */
static void begin(struct runner *r)
{
    const struct work *first = &r->work[r->from];
    bool known = fleet_token(r->m->at.fleet, r->server, part_of(r)).len != 0 && is_kept(r);
    if (!known && !first->pending && !act_is(first))
        look(r, part_of(r), on_known);
    else
        outcome_sent(r, on_sent);
}

/* Those of `from` to `end` cannot be carried out any more. */
static void give_up(struct runner *r, const char *why)
{
    r->to = r->end;
    for (size_t i = r->from; i < r->to; i++) {
        r->work[i].status = IPAM_E_NOENT;
        snprintf(r->work[i].message, sizeof(r->work[i].message), "%s", why);
    }
    outcome_ended(r, on_ended);
}

/* --- what travels together --- */

static bool same_part(const struct work *a, const struct work *b)
{
    return str_equal(a->part, b->part);
}

static bool travel_together(const struct work *a, const struct work *b)
{
    return same_part(a, b) && a->pending == b->pending && a->why_not == b->why_not && act_is(a) == act_is(b);
}

static void round_over(struct runner *r)
{
    if (!r->again) {
        r->backoff_ms = 0;
        r->kicked = true; /* more may have come meanwhile */
    }
    round_end(r, r->again);
}

static void on_opened(struct runner *r, const char *why)
{
    if (why != NULL)
        give_up(r, why);
    else
        begin(r);
}

static void next_group(struct runner *r)
{
    r->from = r->end;
    while (r->held && r->from > 0 && r->from < r->count &&
           same_part(&r->work[r->from - 1], &r->work[r->from]))
        r->from++;
    r->held = false;
    r->tries = 0;
    if (r->from == r->count) {
        round_over(r);
        return;
    }
    const struct work *first = &r->work[r->from];
    for (r->end = r->from + 1; r->end < r->count && travel_together(first, &r->work[r->end]) &&
                               !first->whole && !r->work[r->end].whole;)
        r->end++;
    r->to = r->end;
    const char *gone = first->why_not != NULL ? first->why_not : object_gone(r, first);
    if (gone != NULL)
        give_up(r, gone);
    else if (first->whole)
        restore_open(r, on_opened);
    else
        begin(r);
}

/* Those of a part together, of these first the ones of which an earlier call may have got anywhere. */
static int in_order(const void *x, const void *y)
{
    const struct work *a = x, *b = y;
    size_t len = a->part.len < b->part.len ? a->part.len : b->part.len;
    int order = len > 0 ? memcmp(a->part.data, b->part.data, len) : 0;
    if (order == 0)
        order = (a->part.len > b->part.len) - (a->part.len < b->part.len);
    if (order == 0)
        order = (int)b->pending - (int)a->pending;
    if (order == 0)
        order = (a->why_not != NULL) - (b->why_not != NULL);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static void begin_round(struct runner *r)
{
    qsort(r->work, r->count, sizeof(r->work[0]), in_order);
    r->from = 0;
    r->to = r->end = r->count;
    r->again = r->held = r->down = false;
    if (view_get(state_view(r->m->at.state), IPAM_T_SERVER, r->server) == NULL) {
        give_up(r, "the server was removed from the inventory");
    } else if (r->inst == NULL) { /* it cannot be opened now */
        wait_longer(r, IPAM_E_CONN, r->message);
    } else {
        r->end = 0;
        next_group(r);
    }
}

static void on_loaded(struct runner *r, int status)
{
    if (status == 0 && r->count > 0)
        begin_round(r);
    else
        round_end(r, status != 0);
}

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    struct runner *r = user;
    if (r->m->closing) {
        round_end(r, false);
        return;
    }
    r->inst = inst;
    snprintf(r->message, sizeof(r->message), "%s", reason);
    runner_load(r, on_loaded);
}

void runner_start(struct runner *r)
{
    if (r->active || r->m->closing)
        return;
    r->active = true;
    r->m->running++;
    arena_init(&r->arena, 0);
    r->count = 0;
    fleet_enter(r->m->at.fleet, r->server, on_turn, r);
}

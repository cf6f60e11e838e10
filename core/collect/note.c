/* note.c - what was found of a server itself: its row, its checks, for how long it has been available.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/container.h"
#include "collect/collect_p.h"

struct note {
    struct intent intent;
    struct collect *c;
    int64_t server;
    int64_t now_ms; /* monotonic */
    const struct finding *found;
    collect_done done;
    void *user;
};

/* --- the server's row --- */

static void text_if_any(struct ipam_server *s, unsigned number, struct ipam_str *member, struct ipam_str text)
{
    if (text.len == 0)
        return;
    *member = text;
    IPAM_SET_FIELD(s, number);
}

static void forget_field(void *rec, unsigned number)
{
    ((struct ipam_record *)rec)->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

/* What a probe says replaces what is stored; what it does not say stays, but for the state of the service. */
static void set_probed(struct ipam_server *s, const struct ipam_server *before, const struct ipam_probe *p,
                       int64_t now)
{
    text_if_any(s, IPAM_SERVER_PRODUCT, &s->product, p->product);
    text_if_any(s, IPAM_SERVER_VERSION, &s->version, p->version);
    text_if_any(s, IPAM_SERVER_PLATFORM, &s->platform, p->platform);
    text_if_any(s, IPAM_SERVER_TIME_ZONE, &s->time_zone, p->time_zone);
    if (record_has(p, IPAM_PROBE_CLOCK_OFFSET))
        RECORD_SET(s, IPAM_SERVER_CLOCK_OFFSET, clock_offset, p->clock_offset);
    if (record_has(p, IPAM_PROBE_STARTED))
        RECORD_SET(s, IPAM_SERVER_STARTED, started, p->started);
    forget_field(s, IPAM_SERVER_SERVICE);
    forget_field(s, IPAM_SERVER_SERVICE_SINCE);
    if (!record_has(p, IPAM_PROBE_SERVICE))
        return;
    bool same = record_has(before, IPAM_SERVER_SERVICE) && before->service == p->service;
    RECORD_SET(s, IPAM_SERVER_SERVICE, service, p->service);
    RECORD_SET(s, IPAM_SERVER_SERVICE_SINCE, service_since,
               record_has(p, IPAM_PROBE_SERVICE_SINCE)                 ? p->service_since
               : same && record_has(before, IPAM_SERVER_SERVICE_SINCE) ? before->service_since
                                                                       : now);
}

/* The time since the last look belongs to what was found then. Without a last look nothing is counted. */
static void set_availability(struct ipam_server *s, const struct ipam_server *before, const struct note *n,
                             int64_t now)
{
    int64_t seen = collect_watched(n->c, n->server)->seen_ms;
    int64_t passed = seen != 0 ? n->now_ms - seen : 0;
    bool was_up = before->state == IPAM_SERVER_STATE_REACHABLE;
    RECORD_SET(s, IPAM_SERVER_WATCHED, watched, before->watched + passed);
    RECORD_SET(s, IPAM_SERVER_AVAILABLE, available, before->available + (was_up ? passed : 0));
    if (!record_has(before, IPAM_SERVER_STATE_SINCE) || before->state != n->found->state)
        RECORD_SET(s, IPAM_SERVER_STATE_SINCE, state_since, now);
}

static void set_times(struct ipam_server *s, const struct finding *f, int64_t now)
{
    if (f->probed)
        RECORD_SET(s, IPAM_SERVER_CONTACTED, contacted, now);
    if (f->config) /* what changed while it was read may not have been seen */
        RECORD_SET(s, IPAM_SERVER_CONFIG_READ, config_read, now - (clock_mono_ms() - f->config_ms));
    if (f->leases)
        RECORD_SET(s, IPAM_SERVER_LEASES_READ, leases_read, now);
    if (f->stats)
        RECORD_SET(s, IPAM_SERVER_STATISTICS_READ, statistics_read, now);
    if (f->is_dns && f->config)
        RECORD_SET(s, IPAM_SERVER_COLLECTED, collected, now);
    else if ((f->config || f->leases) && record_has(s, IPAM_SERVER_CONFIG_READ) &&
             record_has(s, IPAM_SERVER_LEASES_READ))
        RECORD_SET(s, IPAM_SERVER_COLLECTED, collected,
                   s->config_read < s->leases_read ? s->config_read : s->leases_read);
}

static void draft_server(struct draft *d, const struct ipam_server *before, const struct note *n)
{
    const struct finding *f = n->found;
    struct ipam_server s = *before;
    if (f->probed)
        set_probed(&s, before, &f->probe, draft_now(d));
    set_availability(&s, before, n, draft_now(d));
    set_times(&s, f, draft_now(d));
    RECORD_SET(&s, IPAM_SERVER_STATE, state, f->state);
    forget_field(&s, IPAM_SERVER_MESSAGE); /* no trouble, no message */
    text_if_any(&s, IPAM_SERVER_MESSAGE, &s.message, str_from(f->trouble));
    draft_replace(d, before, &s);
}

/* --- its checks --- */

static const struct ipam_server_check *stored_check(const struct note *n, struct ipam_str channel)
{
    const struct state *s = n->c->at.state;
    for (const struct ipam_server_check *c = state_next(s, IPAM_T_SERVER_CHECK, 0); c != NULL;
         c = state_next(s, IPAM_T_SERVER_CHECK, c->id))
        if (c->server == n->server && str_equal(c->channel, channel))
            return c;
    return NULL;
}

static bool is_seen(const struct finding *f, struct ipam_str channel, size_t upto)
{
    for (size_t i = 0; i < upto; i++)
        if (str_equal(((const struct ipam_check *)f->checks.items[i])->channel, channel))
            return true;
    return false;
}

static void draft_check(struct draft *d, const struct note *n, const struct ipam_check *in)
{
    const struct ipam_server_check *before = stored_check(n, in->channel);
    struct ipam_server_check c;
    bool same = before != NULL && before->state == in->state;
    record_init(&c, IPAM_T_SERVER_CHECK);
    RECORD_SET(&c, IPAM_SERVER_CHECK_SERVER, server, n->server);
    RECORD_SET(&c, IPAM_SERVER_CHECK_CHANNEL, channel, in->channel);
    RECORD_SET(&c, IPAM_SERVER_CHECK_STATE, state, in->state);
    if (in->code.len != 0)
        RECORD_SET(&c, IPAM_SERVER_CHECK_CODE, code, in->code);
    if (in->message.len != 0)
        RECORD_SET(&c, IPAM_SERVER_CHECK_MESSAGE, message, in->message);
    if (in->remedy.len != 0)
        RECORD_SET(&c, IPAM_SERVER_CHECK_REMEDY, remedy, in->remedy);
    RECORD_SET(&c, IPAM_SERVER_CHECK_CHECKED, checked,
               record_has(in, IPAM_CHECK_CHECKED) ? in->checked : draft_now(d));
    RECORD_SET(&c, IPAM_SERVER_CHECK_SINCE, since,
               same && record_has(before, IPAM_SERVER_CHECK_SINCE) ? before->since : draft_now(d));
    draft_replace(d, before, &c);
}

/* A channel that a probe tells of twice is as it says first; one that it does not tell of is not there. */
static void draft_checks(struct draft *d, const struct note *n)
{
    const struct state *s = n->c->at.state;
    const struct finding *f = n->found;
    for (const struct ipam_server_check *c = state_next(s, IPAM_T_SERVER_CHECK, 0); c != NULL;
         c = state_next(s, IPAM_T_SERVER_CHECK, c->id))
        if (c->server == n->server && !is_seen(f, c->channel, f->checks.count))
            draft_delete(d, c);
    for (size_t i = 0; i < f->checks.count; i++) {
        const struct ipam_check *check = f->checks.items[i];
        if (!is_seen(f, check->channel, i))
            draft_check(d, n, check);
    }
}

/* --- the intent --- */

static int decide(struct intent *in, struct draft *d)
{
    struct note *n = container_of(in, struct note, intent);
    const struct ipam_server *before = view_get(draft_view(d), IPAM_T_SERVER, n->server);
    if (before == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile",
                           (long long)n->server);
    draft_server(d, before, n);
    if (n->found->probed)
        draft_checks(d, n);
    return 0;
}

static void settled(struct intent *in, int status)
{
    struct note *n = container_of(in, struct note, intent);
    if (status == 0)
        collect_watched(n->c, n->server)->seen_ms = n->now_ms;
    n->done(n->user, status, in->problem.detail);
    free(n);
}

void collect_note(struct collect *c, int64_t server, const struct finding *finding, collect_done done,
                  void *user)
{
    struct note *n = xcalloc(1, sizeof(*n));
    n->c = c;
    n->server = server;
    n->now_ms = clock_mono_ms();
    n->found = finding;
    n->done = done;
    n->user = user;
    n->intent.operation = "inventory.server.collect";
    n->intent.actor.name = IPAM_STR(MODEL_SELF);
    n->intent.decide = decide;
    n->intent.settled = settled;
    gate_submit(c->at.gate, &n->intent);
}

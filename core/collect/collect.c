/* collect.c - the jobs on a server: probe it, collect it, forget it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   waiting for the turn, probe, then as wanted configuration, leases, statistics; then a note */
#include "collect/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/collect_p.h"

#define PROBE_TIMEOUT_MS 30000

enum { WANT_CONFIG = 1, WANT_LEASES = 2, WANT_STATS = 4 };
static const struct {
    const char *name;
    unsigned wants;
} kinds[] = {
    [COLLECT_PROBE] = { "probe", 0 },
    [COLLECT_ALL] = { "collect", WANT_CONFIG | WANT_LEASES | WANT_STATS },
    [COLLECT_FORGET] = { "forget", 0 },
    [COLLECT_CONFIG] = { "collect-configuration", WANT_CONFIG },
    [COLLECT_LEASES] = { "collect-leases", WANT_LEASES },
    [COLLECT_STATS] = { "collect-statistics", WANT_STATS },
};

struct collect_run {
    struct collect *c;
    enum collect_kind kind;
    int64_t server;
    struct job *job;
    struct instance *inst;
    struct request *request; /* the provider call under way, to cancel */
    struct arena arena;
    unsigned wants; /* what is still to do */
    bool waits, turn, canceled, gives_way;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
    struct collect_regular regular; /* without `ended`: somebody asked for it */
    /* what was found */
    struct finding found;
    struct config_tally config;
    char trouble[512];
    int64_t leases, changed;
    size_t figures;
    /* how it ends */
    uint32_t job_state;
    bool unreachable;
    char message[1024];
};

struct collect *collect_new(const struct collect_config *config)
{
    struct collect *c = xcalloc(1, sizeof(*c));
    c->at = *config;
    c->following_end = &c->following;
    imap_init(&c->watched);
    return c;
}

static void watched_free(struct watched *w)
{
    if (w == NULL)
        return;
    watched_forget_zones(w);
    free(w);
}

void collect_free(struct collect *c)
{
    size_t pos = 0;
    uint64_t id;
    void *w;
    if (c == NULL)
        return;
    while (imap_next(&c->watched, &pos, &id, &w))
        watched_free(w);
    imap_fini(&c->watched);
    free(c);
}

struct watched *collect_watched(struct collect *c, int64_t server)
{
    struct watched *w = imap_get(&c->watched, (uint64_t)server);
    if (w == NULL) {
        w = xcalloc(1, sizeof(*w));
        smap_init(&w->zones);
        imap_put(&c->watched, (uint64_t)server, w);
    }
    return w;
}

/* --- the end --- */

static enum schedule_end end_of(const struct collect_run *r)
{
    if (r->gives_way)
        return SCHEDULE_YIELDED;
    if (r->job_state == IPAM_JOB_STATE_FAILED)
        return r->unreachable ? SCHEDULE_UNREACHABLE : SCHEDULE_FAILED;
    return r->job_state == IPAM_JOB_STATE_DONE ? SCHEDULE_OK : SCHEDULE_CANCELED;
}

static void run_end(struct collect_run *r)
{
    if (r->turn)
        fleet_leave(r->c->at.fleet, r->server);
    if (r->regular.ended != NULL)
        r->regular.ended(r->regular.user, job_id(r->job), end_of(r), r->message);
    else
        tasks_resume(r->c->tasks, r->server, r->kind, r->job_state != IPAM_JOB_STATE_CANCELED, end_of(r),
                     r->message);
    job_end(r->job, r->job_state, "%s", r->message);
    list_fini(&r->found.checks);
    arena_fini(&r->arena);
    free(r);
}

static void end_canceled(struct collect_run *r)
{
    r->job_state = IPAM_JOB_STATE_CANCELED;
    snprintf(r->message, sizeof(r->message), "cancelled%s; what was recorded so far stays",
             r->gives_way ? ", for somebody wants the server now" : "");
    run_end(r);
}

static void on_noted(void *user, int status, const char *message)
{
    struct collect_run *r = user;
    if (status != 0 && r->job_state == IPAM_JOB_STATE_DONE) {
        r->job_state = IPAM_JOB_STATE_FAILED;
        snprintf(r->message, sizeof(r->message), "%s", message);
    }
    run_end(r);
}

static void note(struct collect_run *r)
{
    r->found.trouble = r->trouble;
    collect_note(r->c, r->server, &r->found, on_noted, r);
}

static void fail(struct collect_run *r, int status, const char *message)
{
    if (r->canceled) { /* it says nothing about the server */
        end_canceled(r);
        return;
    }
    r->job_state = IPAM_JOB_STATE_FAILED;
    r->unreachable = !r->found.probed;
    snprintf(r->message, sizeof(r->message), "%s", message);
    r->found.state = r->found.probed ? IPAM_SERVER_STATE_FAULTY : IPAM_SERVER_STATE_UNREACHABLE;
    snprintf(r->trouble, sizeof(r->trouble), "%s", message);
    log_event_with(LOG_WARN_, "collect-failed", LOG_FIELDS(LOG_NUMBER("server_id", r->server)),
                   "server %lld: %s (%d)", (long long)r->server, message, status);
    note(r);
}

/* All that was wanted is done. */
static void succeed(struct collect_run *r)
{
    r->job_state = IPAM_JOB_STATE_DONE;
    switch (r->kind) {
    case COLLECT_PROBE:
        snprintf(r->message, sizeof(r->message), STR_FMT " " STR_FMT " answers%s%s",
                 STR_ARG(r->found.probe.product), STR_ARG(r->found.probe.version),
                 r->trouble[0] != '\0' ? "; " : "", r->trouble);
        break;
    case COLLECT_CONFIG: snprintf(r->message, sizeof(r->message), "configuration: %s", r->config.text); break;
    case COLLECT_LEASES:
        snprintf(r->message, sizeof(r->message), "%lld leases, %lld of them changed", (long long)r->leases,
                 (long long)r->changed);
        break;
    case COLLECT_STATS: snprintf(r->message, sizeof(r->message), "%zu figures", r->figures); break;
    default:
        if (r->found.is_dns)
            snprintf(r->message, sizeof(r->message), "%s", r->config.text);
        else
            snprintf(r->message, sizeof(r->message), "%zu scopes, %lld leases, %lld of them changed",
                     r->config.scopes, (long long)r->leases, (long long)r->changed);
        break;
    }
    note(r);
}

/* --- what is wanted, one after the other --- */

static void next_want(struct collect_run *r);

/* Ends the part under way; false when the run ends with it. */
static bool part_done(struct collect_run *r, int status, const char *message)
{
    r->request = NULL;
    if (status == 0 && !r->canceled)
        return true;
    fail(r, status != 0 ? status : IPAM_E_CANCELED, message);
    return false;
}

static void on_config(void *user, int status, const char *message)
{
    struct collect_run *r = user;
    if (!part_done(r, status, message))
        return;
    r->found.config = true;
    if (r->config.trouble[0] != '\0') {
        r->found.state = IPAM_SERVER_STATE_FAULTY;
        snprintf(r->trouble, sizeof(r->trouble), "%s", r->config.trouble);
    }
    job_result(r->job, "configuration: %s", r->config.text);
    next_want(r);
}

static void read_config(struct collect_run *r)
{
    const char *recorded = collect_watched(r->c, r->server)->token;
    struct ipam_str token = fleet_token(r->c->at.fleet, r->server, IPAM_STR(""));
    bool known = r->kind != COLLECT_ALL && str_is(token, recorded);
    struct config_read what = { .inst = r->inst,
                                .server = r->server,
                                .token = str_from(known ? recorded : NULL),
                                .anew = r->kind == COLLECT_ALL,
                                .canceled = &r->canceled,
                                .tally = &r->config,
                                .current = &r->request };
    r->found.config_ms = clock_mono_ms();
    job_phase(r->job, "configuration");
    job_message(r->job, "reading the configuration");
    collect_config(r->c, &what, on_config, r);
}

static void on_leases(void *user, int status, const char *message, int64_t seen, int64_t changed)
{
    struct collect_run *r = user;
    r->leases = seen;
    r->changed = changed;
    if (!part_done(r, status, message))
        return;
    r->found.leases = true;
    job_result(r->job, "leases: %lld, %lld of them changed", (long long)seen, (long long)changed);
    next_want(r);
}

static bool on_leases_progress(void *user, int64_t seen)
{
    struct collect_run *r = user;
    job_progress(r->job, seen, 0);
    job_message(r->job, "reading leases: %lld so far", (long long)seen);
    return !r->canceled;
}

static void read_leases(struct collect_run *r)
{
    job_phase(r->job, "leases");
    job_message(r->job, "reading leases");
    collect_leases(r->c, r->inst, r->server, &r->canceled, on_leases_progress, on_leases, r, &r->request);
}

static void on_stats(void *user, int status, const char *message, size_t seen, size_t changed)
{
    struct collect_run *r = user;
    r->figures = seen;
    if (!part_done(r, status, message))
        return;
    r->found.stats = true;
    job_result(r->job, "statistics: %zu figures, %zu of them changed", seen, changed);
    next_want(r);
}

static void read_stats(struct collect_run *r)
{
    if ((r->found.probe.capabilities & IPAM_DHCP_CAP_STATS) == 0) {
        job_result(r->job, "statistics: the server gives none");
        next_want(r);
        return;
    }
    job_phase(r->job, "statistics");
    job_message(r->job, "reading statistics");
    collect_stats(r->c, r->inst, r->server, &r->canceled, on_stats, r, &r->request);
}

static void next_want(struct collect_run *r)
{
    static void (*const reads[])(struct collect_run * r) = { read_config, read_leases, read_stats };
    for (unsigned i = 0; i < 3; i++) {
        if ((r->wants & 1u << i) == 0)
            continue;
        r->wants &= ~(1u << i);
        reads[i](r);
        return;
    }
    succeed(r);
}

/* --- probe --- */

/* The first error, or the first warning when there is none. */
static void judge(struct collect_run *r, const struct ipam_check *c)
{
    bool bad = c->state == IPAM_CHECK_STATE_ERROR || c->state == IPAM_CHECK_STATE_DENIED ||
               c->state == IPAM_CHECK_STATE_MISSING;
    if ((!bad && c->state != IPAM_CHECK_STATE_WARNING) || r->found.state == IPAM_SERVER_STATE_FAULTY ||
        (r->trouble[0] != '\0' && !bad))
        return;
    snprintf(r->trouble, sizeof(r->trouble), STR_FMT ": " STR_FMT "%s" STR_FMT, STR_ARG(c->channel),
             STR_ARG(c->message), c->remedy.len != 0 ? "; " : "", STR_ARG(c->remedy));
    if (bad)
        r->found.state = IPAM_SERVER_STATE_FAULTY;
}

static void on_probe_row(void *user, const struct ipam_record *rec)
{
    struct collect_run *r = user;
    if (rec->type == IPAM_T_PROBE) {
        r->found.probe = *(const struct ipam_probe *)record_copy(&r->arena, rec);
    } else if (rec->type == IPAM_T_CHECK) {
        list_add(&r->found.checks, record_copy(&r->arena, rec));
        judge(r, (const struct ipam_check *)rec);
    }
}

static void on_probe(void *user, int status, const struct ipam_outcome *info)
{
    struct collect_run *r = user;
    char text[512];
    r->request = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    r->found.probed = status == 0;
    if (!part_done(r, status, text))
        return;
    job_result(r->job, "probe: " STR_FMT " " STR_FMT " answers%s%s", STR_ARG(r->found.probe.product),
               STR_ARG(r->found.probe.version), r->trouble[0] != '\0' ? "; " : "", r->trouble);
    next_want(r);
}

/* --- begin --- */

static void on_forgotten(void *user, int status, const char *message)
{
    struct collect_run *r = user;
    if (status != 0) {
        fail(r, status, message);
        return;
    }
    fleet_reset(r->c->at.fleet, r->server);
    watched_free(imap_del(&r->c->watched, (uint64_t)r->server));
    r->job_state = IPAM_JOB_STATE_DONE;
    snprintf(r->message, sizeof(r->message), "the server and all that came from it were removed");
    run_end(r);
}

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    static const struct request_events events = { .record = on_probe_row, .done = on_probe };
    struct collect_run *r = user;
    r->waits = false;
    r->turn = true;
    r->inst = inst;
    if (r->kind == COLLECT_FORGET) { /* needs no server that answers */
        job_phase(r->job, "forget");
        collect_forget(r->c, r->server, &r->canceled, on_forgotten, r);
        return;
    }
    if (inst == NULL) {
        fail(r, IPAM_E_CONFIG, reason);
        return;
    }
    r->found.is_dns = fleet_kind(r->c->at.fleet, r->server) == IPAM_KIND_DNS;
    if (r->found.is_dns && (r->wants & WANT_CONFIG) == 0 && r->wants != 0) {
        r->job_state = IPAM_JOB_STATE_DONE;
        snprintf(r->message, sizeof(r->message),
                 "nothing is read: leases and statistics are those of DHCP servers");
        run_end(r);
        return;
    }
    if (r->found.is_dns)
        r->wants &= WANT_CONFIG;
    job_phase(r->job, "probe");
    job_message(r->job, "probing");
    r->request = request_start(inst, CALL_PROBE, NULL, PROBE_TIMEOUT_MS, &events, r);
}

static void on_cancel(void *user)
{
    struct collect_run *r = user;
    r->canceled = true;
    if (r->request != NULL)
        request_cancel(r->request);
    else if (r->waits && fleet_withdraw(r->c->at.fleet, r->server, r))
        end_canceled(r);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct collect_run *r = user;
    if (job == NULL && r->regular.ended != NULL) {
        r->regular.ended(r->regular.user, 0, SCHEDULE_FAILED, problem->detail);
    } else if (job == NULL) {
        r->started(r->user, 0, problem);
    } else if (r->regular.ended == NULL) {
        tasks_give_way(r->c->tasks, r->server);
    }
    if (job == NULL) {
        arena_fini(&r->arena);
        free(r);
        return;
    }
    r->job = job;
    if (r->canceled) {
        end_canceled(r);
        return;
    }
    r->waits = true;
    job_phase(job, "waiting");
    job_message(job, "waiting for its turn on the server");
    if (r->regular.ended != NULL) {
        fleet_enter_last(r->c->at.fleet, r->server, on_turn, r);
        return;
    }
    r->started(r->user, job_id(job), NULL);
    fleet_enter(r->c->at.fleet, r->server, on_turn, r);
}

static struct collect_run *run_new(struct collect *c, enum collect_kind kind, int64_t server)
{
    struct collect_run *r = xcalloc(1, sizeof(*r));
    r->c = c;
    r->kind = kind;
    r->server = server;
    r->wants = kinds[kind].wants;
    r->found.state = IPAM_SERVER_STATE_REACHABLE;
    arena_init(&r->arena, 0);
    record_init(&r->found.probe, IPAM_T_PROBE);
    return r;
}

static struct ipam_str target_of(const struct collect *c, int64_t server)
{
    const struct ipam_server *row = view_get(state_view(c->at.state), IPAM_T_SERVER, server);
    return row != NULL ? row->name : (struct ipam_str){ "", 0 };
}

void collect_start(struct collect *c, enum collect_kind kind, int64_t server, const struct actor *actor,
                   struct guard *guard,
                   void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct collect_run *r = run_new(c, kind, server);
    r->started = started;
    r->user = user;
    struct job_spec spec = {
        .kind = kinds[kind].name,
        .target = target_of(c, server),
        .actor = *actor,
        .guard = guard,
        .started = on_started,
        .cancel = on_cancel,
        .user = r,
    };
    job_start(c->at.jobs, &spec);
}

struct collect_run *collect_start_regular(struct collect *c, enum collect_kind kind, int64_t server,
                                          const struct collect_regular *regular)
{
    struct collect_run *r = run_new(c, kind, server);
    r->regular = *regular;
    struct job_spec spec = {
        .kind = kinds[kind].name,
        .task = regular->task,
        .in_place_of = regular->in_place_of,
        .target = target_of(c, server),
        .actor.name = IPAM_STR(MODEL_SELF),
        .started = on_started,
        .cancel = on_cancel,
        .user = r,
    };
    job_start(c->at.jobs, &spec);
    return r;
}

void collect_give_way(struct collect_run *r)
{
    if (r->canceled)
        return;
    r->gives_way = true;
    if (r->job != NULL)
        jobs_cancel(r->c->at.jobs, job_id(r->job));
    else
        r->canceled = true; /* its record is on its way to storage */
}

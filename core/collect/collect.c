/* collect.c - the jobs on a server: probe it, collect it, forget it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "collect/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/log.h"
#include "collect/collect_p.h"

#define PROBE_TIMEOUT_MS 30000

struct run {
    struct collect *c;
    enum collect_kind kind;
    int64_t server;
    struct job *job;
    struct instance *inst;
    struct request *request; /* the provider call under way, to cancel */
    bool turn, canceled;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
    /* what was found */
    char product[129], version[129], trouble[512];
    int64_t leases, changed;
    uint32_t state; /* IPAM_SERVER_STATE_* */
    bool contacted, collected;
    /* how it ends */
    uint32_t job_state;
    char message[1024];
    struct intent note; /* writes what was found to the server's record */
};

struct collect *collect_new(const struct collect_config *config)
{
    struct collect *c = xcalloc(1, sizeof(*c));
    c->at = *config;
    return c;
}

void collect_free(struct collect *c)
{
    free(c);
}

static void run_end(struct run *r)
{
    if (r->turn)
        fleet_leave(r->c->at.fleet, r->server);
    job_end(r->job, r->job_state, "%s", r->message);
    free(r);
}

/* What was heard replaces what is stored. */
static void text_if_any(struct ipam_server *s, unsigned number, struct ipam_str *member, const char *text)
{
    if (text[0] == '\0')
        return;
    *member = str_from(text);
    IPAM_SET_FIELD(s, number);
}

static int decide_note(struct intent *in, struct draft *d)
{
    struct run *r = container_of(in, struct run, note);
    const struct ipam_server *before = view_get(draft_view(d), IPAM_T_SERVER, r->server);
    if (before == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile",
                           (long long)r->server);
    struct ipam_server s = *before;
    text_if_any(&s, IPAM_SERVER_PRODUCT, &s.product, r->product);
    text_if_any(&s, IPAM_SERVER_VERSION, &s.version, r->version);
    RECORD_SET(&s, IPAM_SERVER_STATE, state, r->state);
    s.has[IPAM_SERVER_MESSAGE >> 6] &=
        ~((uint64_t)1 << (IPAM_SERVER_MESSAGE & 63)); /* no trouble, no message */
    text_if_any(&s, IPAM_SERVER_MESSAGE, &s.message, r->trouble);
    if (r->contacted)
        RECORD_SET(&s, IPAM_SERVER_CONTACTED, contacted, draft_now(d));
    if (r->collected)
        RECORD_SET(&s, IPAM_SERVER_COLLECTED, collected, draft_now(d));
    draft_replace(d, before, &s);
    return 0;
}

static void note_settled(struct intent *in, int status)
{
    struct run *r = container_of(in, struct run, note);
    if (status != 0 && r->job_state == IPAM_JOB_STATE_DONE) {
        r->job_state = IPAM_JOB_STATE_FAILED;
        snprintf(r->message, sizeof(r->message), "%s", in->problem.detail);
    }
    run_end(r);
}

static void note(struct run *r)
{
    r->note.operation = "inventory.server.collect";
    r->note.actor.name = IPAM_STR(MODEL_SELF);
    r->note.decide = decide_note;
    r->note.settled = note_settled;
    gate_submit(r->c->at.gate, &r->note);
}

static void fail(struct run *r, int status, const char *message)
{
    if (r->canceled) { /* it says nothing about the server */
        r->job_state = IPAM_JOB_STATE_CANCELED;
        snprintf(r->message, sizeof(r->message), "cancelled; what was recorded so far stays");
        run_end(r);
        return;
    }
    r->job_state = IPAM_JOB_STATE_FAILED;
    snprintf(r->message, sizeof(r->message), "%s", message);
    r->state = r->contacted ? IPAM_SERVER_STATE_FAULTY : IPAM_SERVER_STATE_UNREACHABLE;
    snprintf(r->trouble, sizeof(r->trouble), "%s", message);
    log_event_with(LOG_WARN_, "collect-failed", LOG_FIELDS(LOG_NUMBER("server_id", r->server)),
                   "server %lld: %s (%d)", (long long)r->server, message, status);
    note(r);
}

static void on_leases(void *user, int status, const char *message, int64_t seen, int64_t changed)
{
    struct run *r = user;
    r->leases = seen;
    r->changed += changed;
    if (status != 0) {
        fail(r, status, message);
        return;
    }
    r->collected = true;
    r->job_state = IPAM_JOB_STATE_DONE;
    size_t scopes = 0;
    const struct state *s = r->c->at.state;
    for (const struct ipam_scope *sc = state_next(s, IPAM_T_SCOPE, 0); sc != NULL;
         sc = state_next(s, IPAM_T_SCOPE, sc->id))
        scopes += sc->server == r->server;
    snprintf(r->message, sizeof(r->message), "%zu scopes, %lld leases, %lld of them changed", scopes,
             (long long)seen, (long long)changed);
    note(r);
}

static bool on_leases_progress(void *user, int64_t seen)
{
    struct run *r = user;
    job_progress(r->job, seen, 0);
    return !r->canceled;
}

static void on_config(void *user, int status, const char *message)
{
    struct run *r = user;
    if (status != 0 || r->canceled) {
        fail(r, status != 0 ? status : IPAM_E_CANCELED, message);
        return;
    }
    job_message(r->job, "reading leases");
    collect_leases(r->c, r->inst, r->server, on_leases_progress, on_leases, r, &r->request);
}

static void on_probe_row(void *user, const struct ipam_record *rec)
{
    struct run *r = user;
    if (rec->type == IPAM_T_PROBE) {
        const struct ipam_probe *p = (const struct ipam_probe *)rec;
        snprintf(r->product, sizeof(r->product), STR_FMT, STR_ARG(p->product));
        snprintf(r->version, sizeof(r->version), STR_FMT, STR_ARG(p->version));
    } else if (rec->type == IPAM_T_CHECK) {
        const struct ipam_check *c = (const struct ipam_check *)rec;
        /* The first error, or the first warning when there is none. */
        if (c->state == IPAM_CHECK_STATE_OK || r->state == IPAM_SERVER_STATE_FAULTY ||
            (r->trouble[0] != '\0' && c->state != IPAM_CHECK_STATE_ERROR))
            return;
        snprintf(r->trouble, sizeof(r->trouble), STR_FMT ": " STR_FMT "%s" STR_FMT, STR_ARG(c->channel),
                 STR_ARG(c->message), c->remedy.len != 0 ? "; " : "", STR_ARG(c->remedy));
        if (c->state == IPAM_CHECK_STATE_ERROR)
            r->state = IPAM_SERVER_STATE_FAULTY;
    }
}

static void on_probe(void *user, int status, const struct ipam_outcome *info)
{
    struct run *r = user;
    char text[512];
    r->request = NULL;
    if (status != 0) {
        snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
        fail(r, status, text);
        return;
    }
    r->contacted = true;
    if (r->kind == COLLECT_PROBE) {
        r->job_state = IPAM_JOB_STATE_DONE;
        snprintf(r->message, sizeof(r->message), "%s %s answers%s%s", r->product, r->version,
                 r->trouble[0] != '\0' ? "; " : "", r->trouble);
        note(r);
        return;
    }
    job_message(r->job, "reading the configuration");
    collect_config_read(r->c, r->inst, r->server, (struct ipam_str){ NULL, 0 }, on_config, r, &r->request);
}

static void on_forgotten(void *user, int status, const char *message)
{
    struct run *r = user;
    if (status != 0) {
        fail(r, status, message);
        return;
    }
    fleet_reset(r->c->at.fleet, r->server);
    r->job_state = IPAM_JOB_STATE_DONE;
    snprintf(r->message, sizeof(r->message), "the server and all that came from it were removed");
    run_end(r);
}

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    static const struct request_events events = { .record = on_probe_row, .done = on_probe };
    struct run *r = user;
    r->turn = true;
    r->inst = inst;
    if (r->kind == COLLECT_FORGET && !r->canceled) { /* needs no server that answers */
        collect_forget(r->c, r->server, on_forgotten, r);
        return;
    }
    if (inst == NULL || r->canceled) {
        fail(r, IPAM_E_CONFIG, reason);
        return;
    }
    r->state = IPAM_SERVER_STATE_REACHABLE;
    job_message(r->job, "probing");
    r->request = request_start(inst, CALL_PROBE, NULL, PROBE_TIMEOUT_MS, &events, r);
}

static void on_cancel(void *user)
{
    struct run *r = user;
    r->canceled = true;
    if (r->request != NULL)
        request_cancel(r->request);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct run *r = user;
    if (job == NULL) {
        r->started(r->user, 0, problem);
        free(r);
        return;
    }
    r->job = job;
    r->started(r->user, job_id(job), NULL);
    fleet_enter(r->c->at.fleet, r->server, on_turn, r);
}

void collect_start(struct collect *c, enum collect_kind kind, int64_t server, const struct actor *actor,
                   void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    static const char *const kinds[] = { "probe", "collect", "forget" };
    const struct ipam_server *row = view_get(state_view(c->at.state), IPAM_T_SERVER, server);
    struct run *r = xcalloc(1, sizeof(*r));
    r->c = c;
    r->kind = kind;
    r->server = server;
    r->started = started;
    r->user = user;
    struct job_spec spec = {
        .kind = kinds[kind],
        .target = row != NULL ? row->name : (struct ipam_str){ "", 0 },
        .actor = actor->name,
        .peer = actor->peer,
        .reason = actor->reason,
        .request = actor->request,
        .started = on_started,
        .cancel = on_cancel,
        .user = r,
    };
    job_start(c->at.jobs, &spec);
}

/* rotate.c - all secrets under a new master key while they are in use: a job, which a start goes on with.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * From the beginning what is new is sealed under the new key; what is under another is wrapped anew, piece
 * by piece. Only when nothing is left under the old one do the keys change places: until then both are at
 * hand at every start. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vault/vault_p.h"

#define PIECE_ROWS 64

struct rotation {
    struct intent intent; /* first: cast back */
    struct vault *v;
    struct job *job;
    int64_t after; /* the seal that was last looked at */
    int64_t ids[PIECE_ROWS];
    size_t count;
    int64_t done, total;
    unsigned dead;
    bool canceled;
    void (*started)(void *user, int64_t job, const struct problem *problem);
    void *user;
};

static void end(struct rotation *r, uint32_t state, const char *message)
{
    struct vault *v = r->v;
    log_event(state == IPAM_JOB_STATE_DONE ? LOG_NOTE_ : LOG_WARN_, "master-key-rotated", "%s", message);
    v->rotation = NULL;
    job_end(r->job, state, "%s", message);
    free(r);
}

static void finish(struct rotation *r)
{
    char told[KEYFILE_ERR] = "", err[KEYFILE_ERR], text[2 * KEYFILE_ERR];
    if (vault_end_key(r->v, told, sizeof(told), err) != 0) {
        snprintf(text, sizeof(text),
                 "the keys could not change places: %s; both are kept, and a restart tries again", err);
        end(r, IPAM_JOB_STATE_FAILED, text);
        return;
    }
    snprintf(text, sizeof(text), "secrets under the master key %s: %" PRId64 ", not readable: %u; %s",
             r->v->key, r->done, r->dead, told);
    end(r, IPAM_JOB_STATE_DONE, text);
}

static void wrap_anew(const struct vault *v, struct draft *d, const struct ipam_seal *s)
{
    const struct seal_place at = vault_place_of(s);
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    struct ipam_seal copy = *s;
    if (secret_rewrap(v->keys, s->key, str_from(v->next), &at, s->wrapped, wrapped) != 0)
        return;
    copy.key = str_from(v->next);
    copy.wrapped = (struct ipam_bytes){ wrapped, sizeof(wrapped) };
    draft_replace(d, s, &copy);
}

static int decide_piece(struct intent *in, struct draft *d)
{
    const struct rotation *r = (struct rotation *)in;
    for (size_t i = 0; i < r->count; i++) {
        const struct ipam_seal *s = view_get(draft_view(d), IPAM_T_SEAL, r->ids[i]);
        if (s != NULL && !str_is(s->key, r->v->next))
            wrap_anew(r->v, d, s); /* what does not open stays as it is, and is counted below */
    }
    if (r->count == 0)
        vault_tie_next(r->v, d);
    return 0;
}

static void next_piece(struct rotation *r);

static void leave_dead(struct rotation *r, const struct ipam_seal *s, const char *why)
{
    r->dead++;
    job_result(r->job, "secret " STR_FMT " stays under the master key " STR_FMT ", %s", STR_ARG(s->label),
               STR_ARG(s->key), why);
}

static void count_one(struct rotation *r, const struct ipam_seal *s)
{
    if (s == NULL) /* deleted meanwhile */
        return;
    if (str_is(s->key, r->v->next))
        r->done++;
    else
        leave_dead(r, s, "for it is not what was sealed there");
}

static void on_piece(struct intent *in, int status)
{
    struct rotation *r = (struct rotation *)in;
    if (status != 0) {
        char text[sizeof(in->problem.detail) + 64];
        snprintf(text, sizeof(text), "%s; both keys are kept, and a restart goes on", in->problem.detail);
        end(r, IPAM_JOB_STATE_FAILED, text);
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        count_one(r, view_get(state_view(r->v->at.state), IPAM_T_SEAL, r->ids[i]));
    job_progress(r->job, r->done, r->total);
    next_piece(r);
}

static void choose(struct rotation *r)
{
    const struct ipam_seal *s;
    r->count = 0;
    while (r->count < PIECE_ROWS && (s = state_next(r->v->at.state, IPAM_T_SEAL, r->after)) != NULL) {
        r->after = s->id;
        if (keyring_has(r->v->keys, s->key)) {
            r->ids[r->count++] = s->id;
            continue;
        }
        leave_dead(r, s, "which is not at hand");
    }
}

static void next_piece(struct rotation *r)
{
    if (r->canceled) {
        end(r, IPAM_JOB_STATE_CANCELED, "cancelled; both keys are kept, and a restart goes on");
        return;
    }
    choose(r);
    if (r->count == 0 && !vault_ties_anew(r->v)) {
        finish(r);
        return;
    }
    r->intent = (struct intent){ .operation = "system.master-key.rotate",
                                 .actor = { .name = IPAM_STR("ipamd") },
                                 .bulk = true,
                                 .rows = (unsigned)r->count,
                                 .decide = decide_piece,
                                 .settled = on_piece };
    gate_submit(r->v->at.gate, &r->intent);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct rotation *r = user;
    if (r->started != NULL)
        r->started(r->user, job != NULL ? job_id(job) : 0, problem);
    if (job == NULL) {
        r->v->rotation = NULL;
        free(r);
        return;
    }
    r->job = job;
    r->total = (int64_t)state_count(r->v->at.state, IPAM_T_SEAL);
    char err[KEYFILE_ERR];
    if (vault_begin_key(r->v, err) != 0) {
        end(r, IPAM_JOB_STATE_FAILED, err);
        return;
    }
    job_message(job, "wrapping the keys of %" PRId64 " secrets", r->total);
    job_progress(job, 0, r->total);
    next_piece(r);
}

static void on_cancel(void *user)
{
    ((struct rotation *)user)->canceled = true;
}

static void begin(struct vault *v, const struct actor *actor, struct guard *guard,
                  void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct rotation *r = xcalloc(1, sizeof(*r));
    *r = (struct rotation){ .v = v, .started = started, .user = user };
    v->rotation = r;
    job_start(v->at.jobs, &(struct job_spec){ .kind = "rotate-master-key",
                                              .target = IPAM_STR("secrets"),
                                              .actor = *actor,
                                              .guard = guard,
                                              .started = on_started,
                                              .cancel = on_cancel,
                                              .user = r });
}

/* 0, or why it cannot begin. */
static int judge(struct vault *v, struct problem *p)
{
    char err[KEYFILE_ERR];
    if (vault_can_seal(v, p) != 0)
        return IPAM_E_INVAL;
    if (v->rotation != NULL) {
        problem_hint(p, "GET /api/v1/system/jobs?state=running shows it");
        return problem_set(p, PROBLEM_IN_USE, "the secrets are being put under a new master key already");
    }
    if (v->source == VAULT_CREDENTIAL && vault_begin_key(v, err) != 0) {
        problem_hint(p, "systemd.exec(5) tells of LoadCredential=");
        return problem_set(p, PROBLEM_UNSUPPORTED, "%s", err);
    }
    return 0;
}

void vault_rotate(struct vault *v, const struct actor *actor, struct guard *guard,
                  void (*started)(void *user, int64_t job, const struct problem *problem), void *user)
{
    struct problem p = { 0 };
    if (judge(v, &p) != 0)
        started(user, 0, &p);
    else
        begin(v, actor, guard, started, user);
}

/* Secrets under a credential that is not the master key yet: a change was begun. */
static void notice_next(struct vault *v)
{
    const struct ipam_seal *s = NULL;
    while (v->source == VAULT_CREDENTIAL &&
           (s = state_next(v->at.state, IPAM_T_SEAL, s != NULL ? s->id : 0)) != NULL)
        if (!str_is(s->key, v->key) && keyring_has(v->keys, s->key)) {
            snprintf(v->next, sizeof(v->next), STR_FMT, STR_ARG(s->key));
            return;
        }
}

void vault_start(struct vault *v)
{
    static const struct actor self = { .name = IPAM_STR("ipamd") };
    const struct ipam_seal *s = NULL;
    if (v->keys == NULL)
        return;
    while ((s = state_next(v->at.state, IPAM_T_SEAL, s != NULL ? s->id : 0)) != NULL)
        if (vault_try(v, s) != 0)
            log_event(LOG_ERR_, "secret-dead",
                      "the secret " STR_FMT " cannot be read: %s; put the master key " STR_FMT
                      " back, or write the secret anew",
                      STR_ARG(s->label),
                      keyring_has(v->keys, s->key) ? "it is not what was sealed there"
                                                   : "its master key is not at hand",
                      STR_ARG(s->key));
    notice_next(v);
    if (v->next[0] != '\0')
        begin(v, &self, NULL, NULL, NULL);
}

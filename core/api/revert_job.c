/* revert_job.c - POST /system/jobs/{key}/revert: what a job has changed is undone, by another job.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The change log is read first: which revisions are the job's, and whether a later one changed the same:
 * that stands in its way before anything is undone. Then each of them is undone by a revision of its own, the
 * newest first, as `POST /audit/changes/{rev}/revert` does. What a job that went on with another did is that
 * one's, and undone with it. */
#include <stdio.h>
#include <stdlib.h>

#include "api/revert.h"

struct rewind {
    struct api *api;
    struct call *c; /* until the job has started */
    struct job *job;
    struct principal who;
    struct sight sight;
    struct arena arena, page; /* as long as it takes; as long as one step does */
    int64_t target, began;    /* the job that is undone */
    struct fold known;        /* what it changed */
    struct imap undone_at;    /* type and id of an object -> the revision that undid a change of it last */
    int64_t *revs;            /* its revisions */
    size_t count, cap, undone;
    struct request *reading;
    int failed;
    int64_t stopped_at; /* a revision that cannot be read, or is in the way */
    const struct ipam_change *in_the_way;
    struct fold fold; /* of one revision */
    struct undoing *list;
    struct intent intent;
    size_t objects;
    bool canceled;
};

static void rewind_free(struct rewind *w)
{
    fold_fini(&w->known);
    fold_fini(&w->fold);
    imap_fini(&w->undone_at);
    arena_fini(&w->page);
    arena_fini(&w->arena);
    free(w->revs);
    free(w);
}

static void rewind_end(struct rewind *w, uint32_t state, const char *why)
{
    manage_recover(w->api->at.manage); /* reservations may go with addresses */
    job_end(w->job, state, "%s%zu of %zu revisions were undone, %zu objects%s", why, w->undone, w->count,
            w->objects,
            state == IPAM_JOB_STATE_CANCELED ? "; what was undone stays so, and is undone itself as this job"
                                             : "");
    rewind_free(w);
}

static void rewind_fail(struct rewind *w, const char *why)
{
    char text[700];
    snprintf(text, sizeof(text), "%s. So far ", why);
    rewind_end(w, IPAM_JOB_STATE_FAILED, text);
}

static void go_on(struct rewind *w);

/* --- looking --- */

static void on_look_row(void *user, int64_t rev, struct ipam_bytes body)
{
    struct rewind *w = user;
    size_t pos = 0;
    void *head = NULL;
    if (w->failed != 0 || w->in_the_way != NULL)
        return;
    arena_reset(&w->page);
    int rc = changelog_read(body, &pos, &w->page, &head);
    if (rc == 1 && ((struct ipam_change *)head)->job == w->target) {
        if (w->count == w->cap) {
            w->cap = w->cap != 0 ? w->cap * 2 : 64;
            w->revs = xrealloc(w->revs, w->cap * sizeof(w->revs[0]));
        }
        w->revs[w->count++] = rev;
        rc = fold_know(&w->known, body);
    } else if (rc == 1 && (rc = fold_touches(&w->known, body)) == 1) {
        w->in_the_way = record_copy(&w->arena, head);
        rc = 0;
    }
    if (rc < 0 || w->in_the_way != NULL) {
        w->failed = rc < 0 ? rc : 0;
        w->stopped_at = rev;
        request_cancel(w->reading);
    }
}

static void on_looked(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct rewind *w = user;
    char text[512];
    (void)answer;
    w->reading = NULL;
    if (w->in_the_way != NULL) {
        snprintf(text, sizeof(text), "revision %lld has changed the same since%s; undo that first",
                 (long long)w->stopped_at,
                 sight_whole(&w->sight)
                     ? arena_printf(&w->arena, " (" STR_FMT " by " STR_FMT ")",
                                    STR_ARG(w->in_the_way->operation), STR_ARG(w->in_the_way->actor))
                     : "");
        rewind_fail(w, text);
    } else if (w->failed != 0) {
        snprintf(text, sizeof(text),
                 "revision %lld of the change log cannot be read: the database is damaged",
                 (long long)w->stopped_at);
        rewind_fail(w, text);
    } else if (status != 0) {
        rewind_fail(w, message);
    } else {
        go_on(w);
    }
}

/* --- undoing one --- */

static int64_t next_of(const struct rewind *w)
{
    return w->revs[w->count - 1 - w->undone];
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct rewind *w = container_of(in, struct rewind, intent);
    revert_needs(&w->fold, &w->page, v, n);
}

static int decide(struct intent *in, struct draft *d)
{
    struct rewind *w = container_of(in, struct rewind, intent);
    struct arena scratch;
    arena_init(&scratch, 0);
    int rc = rule_undo(d, w->list, w->fold.count, &scratch, &in->problem);
    arena_fini(&scratch);
    if (rc == 0)
        rc = sight_check_draft(&w->sight, d, &in->problem);
    if (rc != 0)
        sight_veil(&w->sight, draft_view(d), &in->problem);
    return rc;
}

static uint64_t key_of(const struct undoing *u)
{
    return (uint64_t)u->type << 53 | (uint64_t)u->id;
}

/* What several of the revisions changed is as this job has left it, not as the older of them did. */
static void expect(struct rewind *w)
{
    for (size_t i = 0; i < w->fold.count; i++) {
        void *rev = imap_get(&w->undone_at, key_of(&w->list[i]));
        if (rev != NULL)
            w->list[i].rev = (int64_t)(intptr_t)rev;
    }
}

static void settled(struct intent *in, int status)
{
    struct rewind *w = container_of(in, struct rewind, intent);
    if (status != 0) {
        rewind_fail(w, in->problem.detail);
        return;
    }
    for (size_t i = 0; i < w->fold.count; i++)
        imap_put(&w->undone_at, key_of(&w->list[i]), (void *)(intptr_t)in->rev);
    w->objects += w->fold.count;
    w->undone++;
    go_on(w);
}

static void on_row(void *user, int64_t rev, struct ipam_bytes body)
{
    struct rewind *w = user;
    if (rev == next_of(w))
        w->failed = fold_add(&w->fold, body, NULL);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct rewind *w = user;
    (void)answer;
    w->reading = NULL;
    if (status != 0 || w->failed != 0) {
        rewind_fail(w, status != 0 ? message : "a revision of the change log cannot be read");
        return;
    }
    w->list = fold_undoing(&w->fold);
    expect(w);
    w->intent.rows = (unsigned)w->fold.count;
    gate_submit(w->api->at.gate, &w->intent);
}

static void go_on(struct rewind *w)
{
    job_phase(w->job, "undoing");
    job_progress(w->job, (int64_t)w->undone, (int64_t)w->count);
    fold_fini(&w->fold);
    fold_init(&w->fold, MODEL_SET_ROWS);
    arena_reset(&w->page);
    if (w->undone == w->count) {
        rewind_end(w, w->count > 0 ? IPAM_JOB_STATE_DONE : IPAM_JOB_STATE_FAILED,
                   w->count > 0 ? "" : "the job changed nothing in the plan: ");
        return;
    }
    if (w->canceled) {
        rewind_end(w, IPAM_JOB_STATE_CANCELED, "cancelled; ");
        return;
    }
    int64_t rev = next_of(w);
    w->reading = store_changes(w->api->at.store, rev - 1, rev, 0, 0, on_row, on_read, w);
}

/* --- the job --- */

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct rewind *w = user;
    struct call *c = w->c;
    w->c = NULL;
    w->job = job;
    w->intent.job = job != NULL ? job_id(job) : 0;
    call_settled(c, job != NULL ? 0 : IPAM_E_INVAL, problem, NULL);
    if (job == NULL) {
        rewind_free(w);
        return;
    }
    job_phase(job, "looking");
    w->reading = store_changes(w->api->at.store, w->began - 1, 0, 0, 0, on_look_row, on_looked, w);
}

static void on_cancel(void *user)
{
    ((struct rewind *)user)->canceled = true;
}

static void start(struct call *c)
{
    const struct ipam_job *target = c->row;
    struct rewind *w = xcalloc(1, sizeof(*w));
    w->api = c->api;
    w->c = c;
    w->who = c->who;
    sight_init(&w->sight, c->api->book, c->api->at.state, &w->who, c->sight.op);
    w->sight.by_row = true;
    w->target = record_has(target, IPAM_JOB_CONTINUES) ? target->continues : target->id;
    w->began = target->began;
    arena_init(&w->arena, 0);
    arena_init(&w->page, 0);
    imap_init(&w->undone_at);
    fold_init(&w->known, 0);
    fold_init(&w->fold, MODEL_SET_ROWS);
    w->intent = (struct intent){
        .operation = c->route->operation,
        .actor = actor_copy(&c->actor, &w->arena),
        .bulk = true,
        .needs = needs,
        .decide = decide,
        .settled = settled,
    };
    struct job_spec spec = {
        .kind = "revert",
        .target = str_from(arena_printf(&c->arena, "job %lld", (long long)target->id)),
        .actor = c->actor,
        .guard = write_guard(c, call_render_job),
        .started = on_started,
        .cancel = on_cancel,
        .user = w,
    };
    job_start(c->api->at.jobs, &spec);
}

static void found(struct call *c)
{
    const struct ipam_job *target = c->row;
    long long id = target->id;
    const struct ipam_job *running = jobs_going_on(
        c->api->at.jobs, record_has(target, IPAM_JOB_CONTINUES) ? target->continues : target->id);
    if (running != NULL || target->state == IPAM_JOB_STATE_RUNNING) {
        problem_hint(&c->problem, "cancel it, or wait until it has ended");
        problem_set(&c->problem, PROBLEM_IN_USE, "job %lld is under way",
                    running != NULL ? (long long)running->id : id);
    } else if (!record_has(target, IPAM_JOB_BEGAN)) {
        problem_hint(&c->problem, "undo its revisions one by one: POST /api/v1/audit/changes/{rev}/revert");
        problem_set(&c->problem, PROBLEM_UNSUPPORTED, "what job %lld changed was not noted by that version",
                    id);
    } else {
        start(c);
        return;
    }
    call_problem(c);
}

void handle_job_revert(struct call *c)
{
    call_find_plain(c, found);
}
